"""A round of evaluation: what ``cycle.yaml`` says of it, all bases by the panel's scores, and what objections change.

Ranks follow the panel's score; a base that a veto or a condition bars has none. An objection needs what the procedure
asks of it (HLJ 9.2: in writing, under one's own name, with proof and contact details); no page names who objects.
It is assessed by combining the sheets anew, as if each expert had given the points that it claims.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from lsstd.assessment.assessment import FullDay, PanelExpert
from lsstd.engine.charted import Charted
from lsstd.engine.result import Result
from lsstd.errors import LsstdError
from lsstd.exact import Exact, plain_tree, shown
from lsstd.panel.combination import Combination
from lsstd.panel.panel_result import PanelResult
from lsstd.panel.portfolio import places
from lsstd.planning.procedure_days import Schedule, ScheduledStep, dates
from lsstd.standard.models import ByKey, Id, Listed, Model, Number, Taken, Words, fields_of, in_json, mistake
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, join, msg, nearest, noted, same

if TYPE_CHECKING:
    import pandas as pd


class Applicant(Model):
    """A base that takes part in a round; its id names its assessment and the folder of its sheets."""

    id: str
    name: str = Field(min_length=1, max_length=200, description="the name on the list")
    region: str | None = Field(None, max_length=200, description="the region")


class Objection(Model):
    """An objection to what a base was given, as it came in, and what was decided."""

    subject: str = Field(description="the id of a base")
    row: str | int = Field(description="a row, by id or number, or the id of a condition or veto")
    sender: str = Field(alias="from", max_length=200, description="who objects; never published")
    received: FullDay = Field(description="the day on which it came in")
    in_writing: bool
    real_name: bool
    evidence: Listed[str] = Field((), description="what proves it")
    contact: bool | None = Field(None, description="whether it names a way to be reached; not recorded: no objection")
    claim: Number | Literal["met", "unmet"] = Field(
        description="the points that would be right, or a condition's state"
    )
    decision: Literal["pending", "upheld", "rejected"] = "pending"
    reason: str = Field("", max_length=4000, description="why it was decided so")

    @model_validator(mode="after")
    def _decided(self) -> Self:
        if self.decision != "pending" and not self.reason.strip():
            raise mistake(msg("a reason, since it is decided"))
        if self.decision == "upheld" and self.lacks:
            raise mistake(
                msg(
                    "pending or rejected: an objection that lacks {lacks} cannot be upheld", lacks=", ".join(self.lacks)
                )
            )
        return self

    @property
    def lacks(self) -> list[str]:
        """What every objection needs and this one lacks, by the keys of the file; if anything, it is not admitted."""
        needed = {"in_writing": self.in_writing, "real_name": self.real_name, "evidence": self.evidence}
        return [key for key, is_given in {**needed, "contact": self.contact is not False}.items() if not is_given]

    def target(self, standard: Standard) -> str | None:
        """Return the id of the row, condition or veto concerned; None if the standard has no such entry."""
        if isinstance(self.row, int):
            return next((key for key, row in standard.criteria.items() if row.row == self.row), None)
        known = (standard.criteria, standard.conditions, standard.vetoes)
        return self.row if any(self.row in section for section in known) else None

    def faults(self, standard: Standard, bases: Mapping[str, Applicant]) -> Iterator[tuple[str, Text, Text]]:
        """Yield what does not fit the round: key, found, expected."""
        if self.subject not in bases:
            yield "subject", same(clip(self.subject)), nearest(self.subject, bases)
        if (target := self.target(standard)) is None:
            known = [*standard.criteria, *standard.conditions, *standard.vetoes]
            yield "row", same(clip(self.row)), nearest(str(self.row), known)
        elif target not in standard.criteria and not isinstance(self.claim, str):
            yield "claim", same(shown(self.claim)), same("met / unmet")
        elif target in standard.criteria:
            least, _, top = standard.criteria[target].ends
            if isinstance(self.claim, str) or not least <= self.claim <= top:
                found = self.claim if isinstance(self.claim, str) else shown(self.claim)
                yield "claim", same(found), msg("a number from {least} to {most}", least=shown(least), most=shown(top))


def _combination(value: Any) -> Combination:
    """Take how scores combine, by the names of its parameters."""
    if isinstance(value, Combination):
        return value
    if not isinstance(value, dict):
        raise mistake(msg("a mapping such as {example}", example="{rule: mean}"))
    names = [field.name for field in fields(Combination)]
    if unknown := [key for key in value if key not in names]:
        raise mistake(nearest(unknown[0], names, every=True))
    try:
        return Combination(**value)
    except LsstdError as error:
        raise mistake(error.problems[0].text) from None


class CycleFile(Model):
    """A round of evaluation, as ``cycle.yaml`` holds it."""

    round: Id = Field(description="the round's id, as its sheets name it")
    title: Words = Field(description="what the round is called, as it stands in the public notice")
    standard: str = Field(description="the standard's id or file")
    edition: str = Field(description="its edition; no other takes part")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{16,64}$")] | None = Field(
        None, description="of the standard's file"
    )
    readings: dict[str, str] = Field({}, description="the readings chosen for the round")
    combination: Annotated[Combination, Taken(_combination, {"type": "object"})] = Field(
        Combination(), description="how the experts' scores combine"
    )
    organiser: str = Field("", max_length=200, description="who organises the panel")
    start: FullDay | None = Field(None, description="the day on which papers are handed in")
    days: dict[str, int] = Field({}, description="working days that steps take")
    on: dict[str, FullDay] = Field({}, description="days on which steps begin, as announced")
    experts: ByKey[PanelExpert] = Field(min_length=1, description="the panel, by id; conflicts name bases by id")
    bases: ByKey[Applicant] = Field(min_length=1, description="who takes part, by id")
    objections: Listed[Objection] = Field((), description="what came in during the public notice")


class Frozen(Model):
    """What a round rests on, as ``lsstd cycle --freeze`` writes it."""

    rules: dict[str, str] = Field(description="round, standard, edition; what is long in cycle.yaml by its SHA-256")
    files: dict[str, str] = Field(description="the SHA-256 of each assessment and sheet")


@dataclass(frozen=True)
class Candidate:
    """A base in the round: its self-assessment, what the panel found, whose sheets are missing, what bars it.

    On a list also its rank (None: not ranked), and whether others share it.
    """

    base: Applicant
    own: Result | None
    panel: PanelResult | None
    missing: tuple[str, ...] = ()
    barred: Text | None = None
    rank: int | None = None
    tied: bool = False

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

    @property
    def on_list(self) -> tuple[int | None, bool, str] | None:
        """What the public sees of it; None: it is not on the list."""
        return (self.rank, self.tied, self.grade) if self.grade else None

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the base as JSON holds it."""
        return {
            **fields_of(self, "rank tied subject=base.name"),
            **fields_of(self.panel, "score=score.secured possible=score.possible"),
            **fields_of(self, "grade sheets id=base.id region=base.region"),
            **fields_of(self.own, "self_score=score.secured"),
            **fields_of(self.checked, "eligible disqualified"),
            "missing": len(self.missing),
            "why": self.barred and self.barred.to(lang),
        }


def ranked(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the bases by the panel's score; ties share a rank, in the order of the file; last who is not ranked."""
    ranks = places(one.score for one in candidates)
    listed = [
        dataclasses.replace(one, rank=rank, tied=rank is not None and ranks.count(rank) > 1)
        for one, rank in zip(candidates, ranks, strict=True)
    ]
    return tuple(sorted(listed, key=lambda one: (one.rank is None, one.rank or 0)))


class ListChange(NamedTuple):
    """What one objection alone would change in the list: its base before and after, then all others that move."""

    moves: tuple[tuple[Candidate, Candidate], ...]

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
    def proposed(self) -> tuple[Candidate, ...]:
        """The list as the panel proposes it, before any objection."""
        return ranked(self.candidates)

    @cached_property
    def current(self) -> tuple[Candidate, ...]:
        """The list with every objection that was upheld."""
        return self._with([one for one in self.file.objections if one.decision == "upheld"])

    @cached_property
    def changes(self) -> tuple[ListChange | None, ...]:
        """What each objection alone would change in the proposed list; None for one that cannot be admitted."""
        return tuple(None if one.lacks else self._change(one) for one in self.file.objections)

    def _change(self, objection: Objection) -> ListChange:
        new = {place.base.id: place for place in self._with([objection])}
        pairs = [(old, new[old.base.id]) for old in self.proposed]
        own = [pair for pair in pairs if pair[0].base.id == objection.subject]
        return ListChange((*own, *((a, b) for a, b in pairs if a.on_list != b.on_list and a is not own[0][0])))

    def _with(self, objections: Sequence[Objection]) -> tuple[Candidate, ...]:
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
    moves = [(old.base.name, *map(_short, (old, new))) for old, new in change.moves]
    return {"changes_list": change.is_seen, "moves": [{"subject": of, "from": a, "to": b} for of, a, b in moves]}


def _short(one: Candidate) -> dict[str, Any]:
    return {"rank": one.rank, **fields_of(one.panel, "score=score.secured"), "grade": one.grade}


def barred(found: Result | None, claims: Mapping[str, object] | None = None) -> Text | None:
    """Tell why a base is not ranked whatever its score: a veto, or a condition that is not met; None where nothing is.

    Claims replace what was found of a condition or veto.
    """
    asked = {**found.vetoes, **found.conditions} if found else {}
    unmet = [one.condition for key, one in asked.items() if (claims or {}).get(key, one.state) == "unmet"]
    return join(noted(condition.label, condition.clause) for condition in unmet) if unmet else None
