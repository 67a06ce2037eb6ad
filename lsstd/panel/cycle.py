"""A round of evaluation: all bases by the panel's scores, the days, and what an objection would change.

Ranks follow the panel's score; a base that a veto or a condition bars has none. An objection is weighed by combining
the sheets anew, as if each expert had given the points that it claims.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from lsstd.engine.charted import Charted
from lsstd.engine.result import Result
from lsstd.errors import Problem
from lsstd.exact import Exact, plain_tree
from lsstd.panel.cycle_file import Applicant, CycleFile, Objection
from lsstd.panel.panel_result import PanelResult
from lsstd.panel.rounds import places
from lsstd.planning.procedure_days import Schedule, ScheduledStep, dates
from lsstd.standard.models import fields_of
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, noted

if TYPE_CHECKING:
    import pandas as pd


class Fault(NamedTuple):
    """What keeps a file of the round from counting: the file, as seen from the folder, and the problem."""

    file: str
    problem: Problem

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the fault as JSON holds it."""
        where, line = self.problem.where, self.problem.line
        told = {name: getattr(self.problem, name).to(lang) for name in ("found", "expected")}
        return {"file": self.file, "where": where, "line": line, **told}


@dataclass(frozen=True)
class Standing:
    """A base in the round: what it says of itself, what the panel found, whose sheets are missing, what bars it."""

    base: Applicant
    own: Result | None
    panel: PanelResult | None
    missing: tuple[str, ...] = ()
    barred: Text | None = None

    @property
    def score(self) -> Exact | None:
        """The panel's score, by which it is ranked; None where nothing was scored, or something bars it."""
        return self.panel.score.secured if self.panel and self.barred is None else None

    @property
    def grade(self) -> str | None:
        """The grade by that score, as it is proposed for the list; None: not on the list."""
        return self.panel.grade if self.panel and self.barred is None else None

    @property
    def sheets(self) -> int:
        """How many experts' sheets count."""
        return len(self.panel.sheets) if self.panel else 0

    def reasons(self, row: str) -> list[str]:
        """Return what experts wrote beside a row: without their names, and in an order that does not tell whose."""
        sheets = self.panel.sheets if self.panel else ()
        names = [name for sheet in sheets for name in (sheet.expert.name, sheet.expert.id) if len(name) > 1]
        named = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")
        notes = (sheet.assessment.answers[row].note for sheet in sheets if row in sheet.assessment.answers)
        return sorted({named.sub("…", note.strip()) for note in notes if note and note.strip()})


class Place(NamedTuple):
    """The place of a base: its rank (None: not ranked), and whether others share it."""

    rank: int | None
    tied: bool
    standing: Standing

    @property
    def stands(self) -> tuple[int | None, bool, str] | None:
        """What the public sees of it; None: it is not on the list."""
        return (self.rank, self.tied, self.standing.grade) if self.standing.grade else None


def ranked(standings: Sequence[Standing]) -> tuple[Place, ...]:
    """Return the bases by the panel's score; ties share a rank, in the order of the file; last who is not ranked."""
    ranks = places(one.score for one in standings)
    count = Counter(ranks)
    listed = [
        Place(rank, rank is not None and count[rank] > 1, one) for rank, one in zip(ranks, standings, strict=True)
    ]
    return tuple(sorted(listed, key=lambda place: (place.rank is None, place.rank or 0)))


class Effect(NamedTuple):
    """What the list would be with one objection upheld: the base before and after, and all others that move."""

    objection: Objection
    before: Place
    after: Place
    moved: tuple[tuple[Place, Place], ...]

    @property
    def changes_list(self) -> bool:
        """Whether the public would see another list: a rank or a grade on it is another."""
        return any(old.stands != new.stands for old, new in ((self.before, self.after), *self.moved))


class CycleSteps(NamedTuple):
    """Steps of the procedure; None where a standard has no such step."""

    scored: ScheduledStep | None
    """The panel scores: the first step that decides."""
    noticed: ScheduledStep | None
    """The list is shown: the step during which anybody may object."""
    objecting: ScheduledStep | None
    announced: ScheduledStep | None
    """The grades become results: the last step that decides."""


@dataclass(frozen=True)
class Cycle(Charted):
    """A round: its bases in the order of the file, the days of the procedure, and what could not be used."""

    file: CycleFile
    standard: Standard
    standings: tuple[Standing, ...]
    faults: tuple[Fault, ...]
    is_frozen: bool = False

    @cached_property
    def schedule(self) -> Schedule | None:
        """The procedure on the calendar; None for a standard without one."""
        file = self.file
        return dates(self.standard, file.start, file.days, file.on) if self.standard.procedure else None

    @cached_property
    def proposed(self) -> tuple[Place, ...]:
        """The list as the panel proposes it, before any objection."""
        return ranked(self.standings)

    @cached_property
    def current(self) -> tuple[Place, ...]:
        """The list with every objection that was upheld."""
        return self._with([one for one in self.file.objections if one.decision == "upheld"])

    @cached_property
    def effects(self) -> tuple[Effect | None, ...]:
        """What each objection alone would change in the proposed list; None for one that cannot be admitted."""
        return tuple(None if one.lacks else self._effect(one) for one in self.file.objections)

    def _effect(self, objection: Objection) -> Effect:
        new = {place.standing.base.id: place for place in self._with([objection])}
        pairs = [(old, new[old.standing.base.id]) for old in self.proposed]
        (own,) = [pair for pair in pairs if pair[0].standing.base.id == objection.subject]
        moved = [(a, b) for a, b in pairs if a.stands != b.stands and a is not own[0]]
        return Effect(objection, *own, tuple(moved))

    def _with(self, objections: Sequence[Objection]) -> tuple[Place, ...]:
        named = {one.subject for one in objections}
        return ranked([self._upheld(one, objections) if one.base.id in named else one for one in self.standings])

    def _upheld(self, standing: Standing, objections: Sequence[Objection]) -> Standing:
        """Return a base as it would be if the panel had found what objections say of it."""
        of = (one for one in objections if one.subject == standing.base.id)
        claims = {one.target(self.standard): one.claim for one in of}
        points = {row: claim for row, claim in claims.items() if row in self.standard.criteria}
        panel = standing.panel
        if panel is not None and points:
            panel = panel.rescored({(expert, row): points[row] for expert in panel.experts for row in points})
        return dataclasses.replace(standing, panel=panel, barred=barred(standing.own, claims))

    @cached_property
    def steps(self) -> CycleSteps:
        """The steps of the procedure that the papers of a round speak of, found by what they do."""
        listed = self.schedule.steps if self.schedule else ()
        deciding = [one for one in listed if one.step.decides] or [None]
        objecting = next((one for one in listed if one.step.during), None)
        noticed = next((one for one in listed if objecting and one.step.id == objecting.step.during), None)
        return CycleSteps(deciding[0], noticed, objecting, deciding[-1])

    @property
    def table(self) -> pd.DataFrame:
        """One line a base, by rank."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["ranking"])

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the round as JSON holds it, without who objects and who is on the panel.

        Examples
        --------
        >>> found = lsstd.cycle("data/cycles/made_up_2025").to_dict("en")
        >>> [one["effect"] and one["effect"]["changes_list"] for one in found["objections"]]
        """
        file, objections = self.file, zip(self.file.objections, self.effects, strict=True)
        document: dict[str, Any] = plain_tree({
            "round": file.round,
            "title": file.title.to(lang),
            **fields_of(self.standard, "standard edition sha256"),
            "readings": self.standard.printed_readings(self.standard.choose_readings(file.readings)),
            "combination": file.combination.to_dict(),
            "frozen": self.is_frozen,
            "ranking": [_place(place, lang) for place in self.current],
            "dates": self.schedule.to_list(lang) if self.schedule else [],
            "objections": [_objection(i, one, effect) for i, (one, effect) in enumerate(objections, start=1)],
            "faults": [fault.to_dict(lang) for fault in self.faults],
        })  # fmt: skip
        return document


def _place(place: Place, lang: Lang) -> dict[str, Any]:
    standing = place.standing
    return {
        "rank": place.rank,
        "tied": place.tied,
        "subject": standing.base.name,
        "score": standing.panel.score.secured if standing.panel else None,
        "grade": standing.grade,
        "id": standing.base.id,
        "region": standing.base.region,
        "self_score": standing.own.score.secured if standing.own else None,
        "eligible": standing.own.eligible if standing.own else None,
        "possible": standing.panel.score.possible if standing.panel else None,
        "sheets": standing.sheets,
        "missing": len(standing.missing),
        "why": standing.barred.to(lang) if standing.barred else None,
    }


def _objection(number: int, one: Objection, effect: Effect | None) -> dict[str, Any]:
    told = fields_of(one, "subject row received claim decision reason")
    found = {"number": number, **told, "admissible": not one.lacks, "lacks": one.lacks, "effect": None}
    if effect:
        pairs = ((effect.before, effect.after), *effect.moved)
        found["effect"] = {
            "changes_list": effect.changes_list,
            "moved": [{"subject": a.standing.base.name, "from": _stand(a), "to": _stand(b)} for a, b in pairs],
        }
    return found


def _stand(place: Place) -> dict[str, Any]:
    panel = place.standing.panel
    return {"rank": place.rank, "score": panel.score.secured if panel else None, "grade": place.standing.grade}


def barred(own: Result | None, claims: Mapping[str | None, object] | None = None) -> Text | None:
    """Tell why a base is not ranked whatever its score: a veto, or a condition that is not met; None where nothing is.

    Claims replace what the base says of a condition or veto.
    """
    found = {**own.vetoes, **own.conditions} if own else {}
    unmet = [one.condition for key, one in found.items() if (claims or {}).get(key, one.state) == "unmet"]
    return join(noted(condition.label, condition.clause) for condition in unmet) if unmet else None
