"""What an evaluation found: immutable, with the working of every number."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lsstd.assessment.assessment import Answer, Assessment
from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.profile import Profile
from lsstd.exact import Exact
from lsstd.standard import bands
from lsstd.standard.bands import Band, Distance, Table
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.scoring_table import Criterion, Indicator, Operator, Part
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import code_of
from lsstd.words import Lang, Text

if TYPE_CHECKING:
    import pandas as pd

Known = Literal["met", "unmet", "unknown"]
RowState = Literal["met", "partly", "unmet", "unknown", "not_applicable"]
ConditionFailed = Literal["withhold", "report"]
"""What is shown where a condition fails: no grade, or the grade by score beside it. Numbers stay as they are."""


class TestResult(NamedTuple):
    """A demand on a fact: what was found, what is required."""

    fact: str
    found: Any
    operator: Operator
    required: bool | Exact
    unit: Text | None
    state: Known


class ConditionResult(NamedTuple):
    """A condition (or veto) and its tests."""

    condition: Condition | Veto
    state: Known
    tests: tuple[TestResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the condition with its tests as JSON holds them."""
        tests = [
            {**fields_of(test, "fact found operator required"), "unit": code_of(test.unit), "state": test.state}
            for test in self.tests
        ]
        return {**fields_of(self, "id=condition.id clause=condition.clause state"), "tests": tests}


class PartResult(NamedTuple):
    """A part of a row: its share of the points, its state as far as settled, what a fact says of it."""

    part: Part
    share: Exact
    state: Known
    test: TestResult | None
    contradiction: bool


class CriterionResult(NamedTuple):
    """A row: its points, secured and possible, and how they came about."""

    criterion: Criterion
    state: RowState
    secured: Exact
    possible: Exact
    maximum: Exact
    answer: Answer | None
    parts: tuple[PartResult, ...]
    contradiction: bool
    quantity: Quantity | None = None
    applies: bool = True
    left_out: bool = False

    @property
    def score(self) -> Score:
        """Its points."""
        return Score(self.secured, self.possible, self.maximum)

    @classmethod
    def full(cls, row: Criterion) -> CriterionResult:
        """Return a row at its maximum."""
        top = row.max_score or 0
        return cls(row, "met", top, top, top, None, (), False)


class Quantity(NamedTuple):
    """What decides a row whose rule measures: the facts found, their ratio or the one, the points that it earns."""

    found: tuple[tuple[str, Any], ...]
    value: Exact | None
    points: Exact | None


class Score(NamedTuple):
    """Points: what is proven, what it could be, what there is."""

    secured: Exact
    possible: Exact
    maximum: Exact


class IndicatorResult(NamedTuple):
    """An indicator and its points, combined from those below it."""

    indicator: Indicator
    level: int
    score: Score
    applies: bool = True


class Grade(NamedTuple):
    """The grade by score, secured and possible, and the grade awarded (None: none)."""

    secured: str | None
    possible: str | None
    awarded: str | None


class TableGrade(NamedTuple):
    """The grade of a further table of bands, by score."""

    table: Table
    secured: str | None
    possible: str | None


class Finding(NamedTuple):
    """Something about this assessment that a reader should know."""

    code: str
    clause: str
    message: Text
    facts: tuple[str, ...] = ()  # the facts that it is about, where it is about facts
    reading: str | None = None  # the reading that it is about, where it is about one

    def to_dict(self, lang: Lang) -> dict[str, str]:
        """Return the finding as JSON holds it."""
        return {"code": self.code, "clause": self.clause, "message": self.message.to(lang)}


class Gap(NamedTuple):
    """A row below its maximum: what closing it alone would add to the total, and the grade that it would bring."""

    row: CriterionResult
    points: Exact
    grade: str | None
    crosses: bool


@dataclass(frozen=True)
class Result(Charted):
    """What one assessment comes to under one standard and one choice of readings."""

    standard: Standard
    assessment: Assessment
    readings: dict[str, str]
    eligible: bool | None
    conditions: dict[str, ConditionResult]
    vetoes: dict[str, ConditionResult]
    indicators: dict[str, IndicatorResult]
    criteria: dict[str, CriterionResult]
    score: Score
    grade: Grade
    tables: dict[str, TableGrade] = field(default_factory=dict)
    profile: Profile | None = None
    findings: tuple[Finding, ...] = ()
    condition_failed: ConditionFailed = "withhold"

    def __repr__(self) -> str:
        name, score = self.assessment.subject.name, self.score
        points = f"{float(score.secured):g}–{float(score.possible):g} of {float(score.maximum):g}"
        return f"<Result {name!r}: {points}, {self.grade}>"

    @cached_property
    def bands(self) -> tuple[Band, ...]:
        """The bands as the readings complete them."""
        return self.standard.completed_bands(self.readings["between_bands"])

    @cached_property
    def disqualified(self) -> bool | None:
        """Whether a veto ends participation (取消参评资格); None while one is undecided.

        The disqualified are shown no distance to a grade: whatever shows one asks here, or one of the next three.
        """
        states = {found.state for found in self.vetoes.values()}
        return True if "unmet" in states else None if "unknown" in states else False

    @property
    def distance_up(self) -> Distance | None:
        """How far the secured score is below the next grade; None for who is disqualified."""
        return None if self.disqualified else bands.distance_up(self.bands, self.score.secured)

    @property
    def cushion_down(self) -> Distance | None:
        """How far the secured score is above the line of its grade; None for who is disqualified."""
        return None if self.disqualified else bands.cushion_down(self.bands, self.score.secured)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Rows with points still to gain: first those that alone reach a higher grade; none for who is disqualified."""
        from lsstd.engine.grading import gaps_of

        return () if self.disqualified else gaps_of(self)

    def has(self, row: CriterionResult) -> bool:
        """Say whether a row and all above it apply.

        >>> result = lsstd.evaluate("hlj-base-evaluation", lsstd.example("near_aaa"))
        >>> result.has(result.criteria["village_rooms"])
        True
        """
        return row.applies and self.counts(row.criterion.indicator)

    def counts(self, indicator: str | None) -> bool:
        """Say whether an indicator and all above it apply.

        >>> lsstd.evaluate("hlj-base-evaluation", "data/assessments/near_aaa.yaml").counts("infrastructure")
        True
        """
        return all(self.indicators[node.id].applies for node in self.standard.above(indicator))

    @property
    def completeness(self) -> tuple[int, int]:
        """How many scored rows are settled, of how many."""
        rows = [row for row in self.criteria.values() if row.criterion.max_score is not None]
        return sum(row.state != "unknown" for row in rows), len(rows)

    @property
    def table(self) -> pd.DataFrame:
        """One line a criterion, in the document's order; of a standard of topics one line a topic."""
        if self.profile:
            about = "topic=topic.id label_zh=topic.label.zh label_en=topic.label.en clause=topic.clause level evidenced"
            return frame_of(fields_of(topic, about) for topic in self.profile.topics).astype({"level": "Int64"})
        about = "row=criterion.row criterion=criterion.id indicator=criterion.indicator "
        about += "gloss_zh=criterion.gloss.zh gloss_en=criterion.gloss.en state secured possible maximum"
        return frame_of(fields_of(row, about) for row in self.criteria.values())

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the result as JSON holds it; codes and ids are never translated.

        >>> lsstd.evaluate("hlj-base-evaluation", "data/assessments/near_aaa.yaml").to_dict()["score"]
        {'secured': 398.9166666666667, 'possible': 432.4166666666667, 'maximum': 500}
        """
        from lsstd.engine.verdict import shown_grades

        tables, is_scored = [_table(self.standard, found) for found in self.tables.values()], self.standard.scored_rows
        document = {
            **fields_of(self.standard, "standard edition"),
            "subject": self.assessment.subject.name,
            "readings": self.standard.printed_readings(self.readings) if self.criteria else {},
            "eligible": self.eligible,
            "conditions": [found.to_dict() for found in self.conditions.values()],
            "score": self.score._asdict() if is_scored else None,
            "grade": {**self.grade._asdict(), "shown": shown_grades(self)} if is_scored else None,
            "disqualified": self.disqualified,
            **({"tables": tables} if tables else {}),
            "indicators": [{**fields_of(n, _NODE), **n.score._asdict()} for n in self.indicators.values()],
            "criteria": [{**fields_of(row, _ROW), **row.score._asdict()} for row in self.criteria.values()],
            **(_profile(self.profile) if self.profile else {}),
            "findings": [finding.to_dict(lang) for finding in self.findings],
        }
        return json_object(document, lang)


def _table(standard: Standard, found: TableGrade) -> dict[str, Any]:
    grades = {"secured": found.secured, "possible": found.possible}
    return {"id": found.table.id, **grades, "shown": {side: standard.named(grade) for side, grade in grades.items()}}


_NODE = "id=indicator.id parent=indicator.parent name=indicator.name level"
_ROW = "id=criterion.id text=criterion.text indicator=criterion.indicator state"
"""What JSON holds of an indicator and of a row, besides their points."""


def _profile(profile: Profile) -> dict[str, Any]:
    topics = [fields_of(entry, "topic=topic.id level evidenced counted why") for entry in profile.topics]
    for topic, entry in zip(topics, profile.topics, strict=True):
        given = [(one, fields_of(one.entry, "value period source")) for one in entry.measures]
        topic["measures"] = [{"id": one.fact.id, **held, "counts": one.lacks is None} for one, held in given]
    middle, proven = (fields_of(one, "median weakest") for one in (profile, profile.proven))
    return {"profile": topics, **middle, "proven": proven}
