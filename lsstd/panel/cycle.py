"""A round of evaluation: the sheets of all bases combined, the list, its days, and what an objection would change.

A round is a folder: ``cycle.yaml``; ``assessments/BASE.yaml``, what each base says of itself; ``sheets/BASE/…``, a sheet
of each expert. What is wrong with one sheet is told, and keeps no other back.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lsstd.engine.charted import Charted
from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, LsstdError, Problem, Problems
from lsstd.exact import Exact, plain, plain_tree
from lsstd.files.assessments import load_assessment
from lsstd.files.cases import evaluate
from lsstd.files.reading import KINDS, ending_of, read_plain, refused, sha256_of
from lsstd.files.standards import load_standard, model_of
from lsstd.panel.combination import PanelResult, combine
from lsstd.panel.cycle_file import Applicant, CycleFile, Frozen, Objection
from lsstd.panel.rounds import places
from lsstd.panel.sheets import Sheet, load_sheet
from lsstd.planning.procedure_days import Schedule, dates
from lsstd.standard.document import Step
from lsstd.standard.models import as_in_file, fields_of
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, msg, msg_in, nearest, noted, same

if TYPE_CHECKING:
    import pandas as pd

FILE, FROZEN, OWN, SHEETS = "cycle.yaml", "frozen.yaml", "assessments", "sheets"
_ENDINGS = (*KINDS, ".xlsx")


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
    """A base in the round: what it says of itself, what the panel found, whose sheet is missing, what bars it."""

    base: Applicant
    own: Result | None
    panel: PanelResult | None
    missing: tuple[str, ...] = ()
    barred: Text | None = None

    @property
    def counts(self) -> bool:
        """Whether it is ranked: the panel scored it, and nothing bars it."""
        return self.panel is not None and self.barred is None

    @property
    def grade(self) -> str | None:
        """The grade by the panel's score that is proposed for the list; None: not on it."""
        return self.panel.grade if self.panel and self.counts else None


class Place(NamedTuple):
    """The place of a base: its rank (None: not ranked), and whether others share it."""

    rank: int | None
    tied: bool
    standing: Standing

    @property
    def stands(self) -> tuple[int | None, str | None]:
        """What the public sees of it."""
        return (self.rank, self.standing.grade) if self.standing.grade else (None, None)


def ranked(standings: Sequence[Standing]) -> tuple[Place, ...]:
    """Return the bases by the panel's score; ties share a rank, in the order of the file; last who is not ranked."""
    ranks = places(one.panel.score if one.panel and one.counts else None for one in standings)
    count = Counter(ranks)
    listed = [Place(rank, rank is not None and count[rank] > 1, one) for rank, one in zip(ranks, standings, strict=True)]
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
        return tuple(self._effect(one) if one.is_admissible else None for one in self.file.objections)

    def _effect(self, objection: Objection) -> Effect:
        new = {place.standing.base.id: place for place in self._with([objection])}
        pairs = [(old, new[old.standing.base.id]) for old in self.proposed]
        own = next(pair for pair in pairs if pair[0].standing.base.id == objection.subject)
        moved = tuple((a, b) for a, b in pairs if (a, b) != own and (a.rank, a.tied) != (b.rank, b.tied))
        return Effect(objection, *own, moved)

    def _with(self, objections: Sequence[Objection]) -> tuple[Place, ...]:
        named = {one.subject for one in objections}
        return ranked([self._upheld(one, objections) if one.base.id in named else one for one in self.standings])

    def _upheld(self, standing: Standing, objections: Sequence[Objection]) -> Standing:
        """Return a base as it would be if the panel had found what objections say of it."""
        about = {one.row: one.claim for one in objections if one.subject == standing.base.id}
        points = {row: claim for row, claim in about.items() if row in self.standard.criteria}
        panel = standing.panel
        if panel is not None and points:
            answers = {row: {"score": claim} for row, claim in points.items()}
            sheets = [dataclasses.replace(s, assessment=s.assessment.with_answers(answers)) for s in panel.sheets]
            panel = combine(self.standard, sheets, self.file.combination)
        return dataclasses.replace(standing, panel=panel, barred=barred(standing.own, about))

    @property
    def table(self) -> pd.DataFrame:
        """One line a base, by rank."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["ranking"])

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the round as JSON holds it, without who objects and who is on the panel.

        Examples
        --------
        >>> found = lsstd.cycle("data/cycles/made_up_2025")
        >>> [(place["rank"], place["tied"]) for place in found.to_dict()["ranking"]][:3]
        """
        file, objections = self.file, zip(self.file.objections, self.effects, strict=True)
        return plain_tree({
            "cycle": file.cycle,
            "title": file.title.to(lang),
            **fields_of(self.standard, "standard edition sha256"),
            "readings": self.standard.printed_readings(self.standard.choose_readings(file.readings)),
            "combination": as_in_file(file.combination),
            "frozen": self.is_frozen,
            "ranking": [_place(place, lang) for place in self.current],
            "dates": self.schedule.to_list(lang) if self.schedule else [],
            "objections": [_objection(i, one, effect) for i, (one, effect) in enumerate(objections, start=1)],
            "faults": [fault.to_dict(lang) for fault in self.faults],
        })  # fmt: skip


def _place(place: Place, lang: Lang) -> dict[str, Any]:
    standing = place.standing
    return {
        "rank": place.rank,
        "tied": place.tied,
        "subject": standing.base.name,
        "score": standing.panel.score if standing.panel else None,
        "grade": standing.grade,
        "id": standing.base.id,
        "region": standing.base.region,
        "self_score": standing.own.score.secured if standing.own else None,
        "eligible": standing.own.eligible if standing.own else None,
        "sheets": len(standing.panel.sheets) if standing.panel else 0,
        "missing": len(standing.missing),
        "why": standing.barred.to(lang) if standing.barred else None,
    }


def _objection(number: int, one: Objection, effect: Effect | None) -> dict[str, Any]:
    told = fields_of(one, "subject row received claim decision reason")
    found = {"number": number, **told, "admissible": one.is_admissible, "lacks": one.lacks, "effect": None}
    if effect:
        pairs = ((effect.before, effect.after), *effect.moved)
        found["effect"] = {
            "changes_list": effect.changes_list,
            "moved": [{"subject": a.standing.base.name, "from": _stand(a), "to": _stand(b)} for a, b in pairs],
        }
    return found


def _stand(place: Place) -> dict[str, Any]:
    panel = place.standing.panel
    return {"rank": place.rank, "score": panel.score if panel else None, "grade": place.standing.grade}


def barred(own: Result | None, claims: Mapping[str, object] | None = None) -> Text | None:
    """Tell why a base is not ranked whatever its score: a veto, or a condition that is not met; None where nothing is.

    Claims replace what the base says of a condition or veto.
    """
    found = {**own.vetoes, **own.conditions} if own else {}
    unmet = [one.condition for key, one in found.items() if (claims or {}).get(key, one.state) == "unmet"]
    return join(noted(condition.label, condition.clause) for condition in unmet) if unmet else None
