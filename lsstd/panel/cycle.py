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
from lsstd.errors import LsstdError
from lsstd.exact import Exact, plain_tree
from lsstd.panel.cycle_file import Applicant, CycleFile, Objection
from lsstd.panel.panel_result import PanelResult
from lsstd.panel.rounds import places
from lsstd.planning.procedure_days import Schedule, ScheduledStep, dates
from lsstd.standard.models import fields_of, in_json
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, noted

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Candidate:
    """A base in the round: its self-assessment, what the panel found, whose sheets are missing, what bars it."""

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
    def checked(self) -> Result | None:
        """What decides its conditions: facts that the panel verified, else those that the base claims."""
        return self.panel.standing if self.panel else self.own

    @property
    def is_unchecked(self) -> bool:
        """Whether nobody knows yet if a condition or veto bars it."""
        found = self.checked
        return self.barred is None and (found is None or None in (found.eligible, found.disqualified))

    @property
    def sheets(self) -> int:
        """How many experts' sheets count."""
        return len(self.panel.sheets) if self.panel else 0


class Place(NamedTuple):
    """The place of a base: its rank (None: not ranked), and whether others share it."""

    rank: int | None
    tied: bool
    candidate: Candidate

    @property
    def on_list(self) -> tuple[int | None, bool, str] | None:
        """What the public sees of it; None: it is not on the list."""
        return (self.rank, self.tied, self.candidate.grade) if self.candidate.grade else None

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the place as JSON holds it."""
        one = self.candidate
        return {
            "rank": self.rank,
            "tied": self.tied,
            "subject": one.base.name,
            **fields_of(one.panel, "score=score.secured possible=score.possible"),
            **fields_of(one, "grade sheets id=base.id region=base.region"),
            **fields_of(one.own, "self_score=score.secured"),
            **fields_of(one.checked, "eligible disqualified"),
            "missing": len(one.missing),
            "why": one.barred and one.barred.to(lang),
        }


def ranked(candidates: Sequence[Candidate]) -> tuple[Place, ...]:
    """Return the bases by the panel's score; ties share a rank, in the order of the file; last who is not ranked."""
    ranks = places(one.score for one in candidates)
    count = Counter(ranks)
    listed = [
        Place(rank, rank is not None and count[rank] > 1, one) for rank, one in zip(ranks, candidates, strict=True)
    ]
    return tuple(sorted(listed, key=lambda place: (place.rank is None, place.rank or 0)))


class ListChange(NamedTuple):
    """What one objection alone would change in the list: its base before and after, then all others that move."""

    moves: tuple[tuple[Place, Place], ...]

    @property
    def is_seen(self) -> bool:
        """Whether the public would see another list: another rank or grade on it, a tie more or less."""
        return any(old.on_list != new.on_list for old, new in self.moves)


class CycleSteps(NamedTuple):
    """The steps of the procedure that a round's papers speak of; None where a standard has no such step."""

    scored: ScheduledStep | None
    """The panel scores: the first step that decides."""
    noticed: ScheduledStep | None
    """The list is shown: the step during which anybody may object."""
    objecting: ScheduledStep | None
    announced: ScheduledStep | None
    """The grades become results: the last step that decides."""


@dataclass(frozen=True)
class Cycle(Charted):
    """A round: its bases in the order of the file, the days of the procedure, the files that do not count."""

    file: CycleFile
    standard: Standard
    candidates: tuple[Candidate, ...]
    refused: Mapping[str, LsstdError]
    """By the file, as seen from the round's folder, why it does not count."""
    is_frozen: bool = False

    @cached_property
    def schedule(self) -> Schedule | None:
        """The procedure on the calendar; None for a standard without one."""
        file = self.file
        return dates(self.standard, file.start, file.days, file.on) if self.standard.procedure else None

    @cached_property
    def steps(self) -> CycleSteps:
        """The steps that the papers speak of, found by what they do."""
        listed = self.schedule.steps if self.schedule else ()
        deciding = [one for one in listed if one.step.decides]
        objecting = next((one for one in listed if one.step.during), None)
        noticed = next((one for one in listed if objecting and one.step.id == objecting.step.during), None)
        return CycleSteps(next(iter(deciding), None), noticed, objecting, next(reversed(deciding), None))

    @cached_property
    def proposed(self) -> tuple[Place, ...]:
        """The list as the panel proposes it, before any objection."""
        return ranked(self.candidates)

    @cached_property
    def current(self) -> tuple[Place, ...]:
        """The list with every objection that was upheld."""
        return self._with([one for one in self.file.objections if one.decision == "upheld"])

    @cached_property
    def changes(self) -> tuple[ListChange | None, ...]:
        """What each objection alone would change in the proposed list; None for one that cannot be admitted."""
        return tuple(None if one.lacks else self._change(one) for one in self.file.objections)

    def _change(self, objection: Objection) -> ListChange:
        new = {place.candidate.base.id: place for place in self._with([objection])}
        pairs = [(old, new[old.candidate.base.id]) for old in self.proposed]
        own = [pair for pair in pairs if pair[0].candidate.base.id == objection.subject]
        return ListChange((*own, *((a, b) for a, b in pairs if a.on_list != b.on_list and a is not own[0][0])))

    def listed(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """Return those that the public sees: the bases with a grade.

        Examples
        --------
        >>> found = lsstd.cycle("data/cycles/made_up_2025")
        >>> len(found.current), len(found.listed(found.current))
        (7, 6)
        """
        return tuple(place for place in places if place.on_list)

    def _with(self, objections: Sequence[Objection]) -> tuple[Place, ...]:
        named = {one.subject for one in objections}
        return ranked([self._upheld(one, objections) if one.base.id in named else one for one in self.candidates])

    def _upheld(self, candidate: Candidate, objections: Sequence[Objection]) -> Candidate:
        """Return a base as it would be if the panel had found what objections say of it."""
        of = (one for one in objections if one.subject == candidate.base.id)
        claims = {one.target(self.standard) or "": one.claim for one in of}
        points = {row: claim for row, claim in claims.items() if not isinstance(claim, str)}
        panel = candidate.panel
        if panel is not None and points:
            panel = panel.rescored({(expert, row): points[row] for expert in panel.experts for row in points})
        return dataclasses.replace(candidate, panel=panel, barred=barred(candidate.checked, claims))

    def reasons(self, candidate: Candidate, row: str) -> list[str]:
        """Return what experts wrote beside a row of a base: without any expert's name, in no expert's order.

        Examples
        --------
        >>> found = lsstd.cycle("data/cycles/made_up_2025")
        >>> found.reasons(found.candidates[0], "village_rooms")
        []
        """
        sheets = candidate.panel.sheets if candidate.panel else ()
        notes = (sheet.assessment.answers[row].note for sheet in sheets if row in sheet.assessment.answers)
        return sorted({self._names.sub("…", note.strip()) for note in notes if note and note.strip()})

    @cached_property
    def _names(self) -> re.Pattern[str]:
        experts = self.file.experts.values()
        names = sorted({name for one in experts for name in (one.name, one.id) if len(name) > 1}, key=len, reverse=True)
        return re.compile(
            f"(?<![A-Za-z0-9])({'|'.join(map(re.escape, names)) or '(?!)'})(?![A-Za-z0-9])", re.IGNORECASE
        )

    @property
    def table(self) -> pd.DataFrame:
        """One line a base, by rank."""
        import pandas as pd

        return pd.DataFrame(self.to_dict()["ranking"]).astype({"rank": "Int64"})

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the round as JSON holds it, without who objects and who is on the panel.

        Examples
        --------
        >>> found = lsstd.cycle("data/cycles/made_up_2025").to_dict("en")
        >>> [(one["admissible"], one["effect"] and one["effect"]["changes_list"]) for one in found["objections"]]
        [(True, True), (False, None), (True, True), (True, True)]
        """
        file = self.file
        objections = [
            {**_objection(one), "number": number, "effect": change and _effect(change)}
            for number, (one, change) in enumerate(zip(file.objections, self.changes, strict=True), start=1)
        ]
        document: dict[str, Any] = {
            "round": file.round,
            "title": file.title,
            "frozen": self.is_frozen,
            **fields_of(self.standard, "standard edition sha256"),
            "readings": self.standard.printed_readings(self.standard.choose_readings(file.readings)),
            "combination": file.combination.to_dict(),
            "ranking": [place.to_dict(lang) for place in self.current],
            "dates": self.schedule.to_list(lang) if self.schedule else [],
            "objections": objections,
            "refused": [
                {"file": name, **fields_of(problem, "where line found expected")}
                for name, error in self.refused.items()
                for problem in error.problems
            ],
        }
        plain_document: dict[str, Any] = plain_tree(in_json(document, lang))
        return plain_document


def _objection(one: Objection) -> dict[str, Any]:
    return {**fields_of(one, "subject row received claim decision reason lacks"), "admissible": not one.lacks}


def _effect(change: ListChange) -> dict[str, Any]:
    moves = [(old.candidate.base.name, *map(_short, (old, new))) for old, new in change.moves]
    return {"changes_list": change.is_seen, "moves": [{"subject": of, "from": a, "to": b} for of, a, b in moves]}


def _short(place: Place) -> dict[str, Any]:
    panel = place.candidate.panel
    return {"rank": place.rank, **fields_of(panel, "score=score.secured"), "grade": place.candidate.grade}


def barred(found: Result | None, claims: Mapping[str, object] | None = None) -> Text | None:
    """Tell why a base is not ranked whatever its score: a veto, or a condition that is not met; None where nothing is.

    Claims replace what was found of a condition or veto.
    """
    asked = {**found.vetoes, **found.conditions} if found else {}
    unmet = [one.condition for key, one in asked.items() if (claims or {}).get(key, one.state) == "unmet"]
    return join(noted(condition.label, condition.clause) for condition in unmet) if unmet else None
