"""A standard as data: what the document says, and, kept apart from it, what lsstd reads into it."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema

from lsstd.core.exact import Exact, Number, exact, plain, total
from lsstd.core.models import ById, Clause, Id, Model, Words, mistake
from lsstd.core.reference import (
    ClauseEntry,
    CrossCheck,
    Event,
    Figure,
    Form,
    Level,
    Measure,
    Provision,
    Reference,
    Step,
    Term,
    Topic,
)
from lsstd.errors import Problem, UnknownName
from lsstd.text import Text, nearest

Operator = Literal[">=", ">", "<=", "<", "=="]
FactKind = Literal["number", "count", "percent", "boolean", "date", "text", "choices"]
Period = Literal["point_in_time", "previous_year", "year", "last_12_months"]
ReadingKey = Literal[
    "compound_rows",
    "between_bands",
    "unscored_row",
    "bonus",
    "recommended_rows",
    "experts",
    "rounding",
    "failed_condition",
    "same_quantity",
]

OPTIONS: dict[ReadingKey, tuple[str, ...]] = {
    "compound_rows": ("shares", "all"),
    "between_bands": ("lower", "none", "upper", "nearest"),
    "unscored_row": ("information", "gate"),
    "bonus": ("within", "ignored"),
    "recommended_rows": ("scored", "left_out"),
    "experts": ("mean", "median", "trimmed", "consensus"),
    "rounding": ("none", "row", "total"),
    "failed_condition": ("withhold", "report"),
    "same_quantity": ("suggest", "equate"),
}
"""The readings that the engine knows, with their options; a standard's file says which apply and which is first."""


class Fact(Model):
    """A quantity, date, claim or text about the subject; typed once, used wherever it is named."""

    id: Id
    kind: FactKind
    label: Words
    unit: Words | None = None
    period: Period | None = None
    years_since: Id | None = Field(None, description="the date from which this number of years is counted")
    options: dict[Id, Words] = Field({}, description="what may be ticked, for the kind choices")
    signed: bool = Field(False, description="may be negative (a profit)")
    identifying: bool = Field(False, description="tells who the subject is, or whom to call")
    identifier: Literal["credit_code"] | None = Field(None, description="whose check digit can be verified")
    note: Words | None = None


def _test_value(value: object) -> bool | Exact:
    """Take what a fact can be held against: true, false or a number."""
    if isinstance(value, bool):
        return value
    try:
        return exact(value)
    except ValueError:
        raise mistake("true、false 或有限的数", "true, false or a finite number") from None


TestValue = Annotated[
    bool | Exact,
    PlainValidator(_test_value),
    PlainSerializer(lambda v: v if isinstance(v, bool) else plain(v), when_used="json"),
    WithJsonSchema({"type": ["boolean", "number"]}),
]


class Test(Model):
    """A demand on a fact: ``live_rooms >= 10``."""

    __test__ = False  # not a test case of pytest's
    fact: Id
    operator: Operator
    value: TestValue


class Condition(Model):
    """An application condition: met when all its tests are."""

    id: Id
    clause: Clause
    text: str
    label: Words
    tests: tuple[Test, ...] = Field(min_length=1, strict=False)
    evidence: tuple[Id, ...] = Field((), strict=False, description="kinds that lsstd suggests")


class Veto(Model):
    """A fact that ends participation whatever the score; cleared when the test is met."""

    id: Id
    clause: Clause
    text: str
    label: Words
    test: Test


class Indicator(Model):
    """A node of the indicator tree; its points are the sum of its rows."""

    id: Id
    name: Words
    parent: Id | None = None
    printed_score: Number | None = Field(None, description="the points printed beside the name")
    also_printed: dict[Clause, str] = Field({}, description="where the document prints another name for it")


class Part(Model):
    """One of the demands of a row: answered by itself, or decided by a fact."""

    id: Id
    text: str
    gloss: Words
    test: Test | None = None
    bonus: bool = False


class Criterion(Model):
    """A row of the scoring table (评价内容) with its maximum score (分值)."""

    id: Id
    row: int
    clause: Clause
    text: str
    indicator: Id
    max_score: Number | None = None
    provision: Provision
    gloss: Words
    parts: Annotated[dict[Id, Part], ById] = {}
    evidence: tuple[Id, ...] = Field((), strict=False, description="kinds that lsstd suggests")


class End(Model):
    """One end of a band: a score, and whether it belongs to the band."""

    value: Number
    closed: bool


class Band(Model):
    """A grade and the scores that earn it, as printed and as parsed; a missing end is unbounded."""

    grade: str
    printed: str
    lower: End | None = None
    upper: End | None = None

    def holds(self, score: Exact) -> bool:
        """Say whether a score lies in this band."""
        above = self.lower is None or score > self.lower.value or (self.lower.closed and score == self.lower.value)
        below = self.upper is None or score < self.upper.value or (self.upper.closed and score == self.upper.value)
        return above and below


class Reading(Model):
    """A question that the text leaves open, the admissible answers, the default first."""

    clause: Clause
    question: Words
    options: dict[Id, Words] = Field(min_length=1)


class SameQuantity(Model):
    """Facts that the text names differently and that may be one; taken as one only under a reading."""

    facts: tuple[Id, ...] = Field(min_length=2, strict=False)
    clauses: tuple[Clause, ...] = Field(strict=False)
    note: Words


class Source(Model):
    """Where the encoded text comes from, and what became of it."""

    document: Words
    number: str | None = None
    published: Words | None = None


class Standard(Model):
    """A standard, one edition of it, as read from its file."""

    standard: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)]
    edition: str
    title: Words
    status: Words = Field(description="what every output says of this edition")
    subject_label: Words
    source: Source
    facts: Annotated[dict[Id, Fact], ById] = {}
    conditions: Annotated[dict[Id, Condition], ById] = {}
    vetoes: Annotated[dict[Id, Veto], ById] = {}
    indicators: Annotated[dict[Id, Indicator], ById] = {}
    criteria: Annotated[dict[Id, Criterion], ById] = {}
    bands: tuple[Band, ...] = Field((), strict=False, description="highest first")
    rounding_step: Number = 1
    readings: dict[ReadingKey, Reading] = {}
    same_quantities: tuple[SameQuantity, ...] = Field((), strict=False)
    cross_checks: Annotated[dict[Id, CrossCheck], ById] = {}
    clauses: dict[Clause, ClauseEntry] = {}
    terms: Annotated[dict[Id, Term], ById] = {}
    references: tuple[Reference, ...] = Field((), strict=False)
    procedure: Annotated[dict[Id, Step], ById] = {}
    form: Form | None = None
    evidence_kinds: dict[Id, Words] = Field({}, description="lsstd's own suggestion, non-normative")
    topics: Annotated[dict[Id, Topic], ById] = {}
    scale: tuple[Level, ...] = Field((), strict=False, description="lsstd's own maturity scale, non-normative")
    measures: Annotated[dict[Id, Measure], ById] = {}
    history: tuple[Event, ...] = Field((), strict=False)
    background: Annotated[dict[Id, Figure], ById] = {}
    lineage: dict[Id, tuple[Id, ...]] = Field(
        {}, exclude=True, description="set by reforms: the rows of the unreformed standard that a row comes from"
    )
    sha256: str = Field("", exclude=True, description="of the file; set on loading")

    @cached_property
    def default_readings(self) -> dict[str, str]:
        """The reading that applies where nobody chose another: the file's first option, or the engine's."""
        return {
            key: next(iter(self.readings[key].options)) if key in self.readings else options[0]
            for key, options in OPTIONS.items()
        }

    @cached_property
    def rows_of(self) -> dict[str, tuple[Criterion, ...]]:
        """The rows that stand directly under each indicator, in order."""
        return {node: tuple(row for row in self.criteria.values() if row.indicator == node) for node in self.indicators}

    @cached_property
    def children_of(self) -> dict[str | None, tuple[Indicator, ...]]:
        """The indicators under each indicator; the highest ones under None."""
        parents: tuple[str | None, ...] = (None, *self.indicators)
        return {parent: tuple(node for node in self.indicators.values() if node.parent == parent) for parent in parents}

    @cached_property
    def scored_rows(self) -> tuple[Criterion, ...]:
        """The rows with points, in order."""
        return tuple(row for row in self.criteria.values() if row.max_score is not None)

    @cached_property
    def tested_facts(self) -> frozenset[str]:
        """The facts that a condition, veto or row holds against a threshold."""
        tests = [test for condition in self.conditions.values() for test in condition.tests]
        tests += [veto.test for veto in self.vetoes.values()]
        tests += [part.test for row in self.criteria.values() for part in row.parts.values() if part.test]
        return frozenset(test.fact for test in tests)

    @cached_property
    def topic_leaves(self) -> tuple[Topic, ...]:
        """The topics that are answered: those without topics below them."""
        parents = {topic.parent for topic in self.topics.values()}
        return tuple(topic for topic in self.topics.values() if topic.id not in parents)

    def sources_of(self, row: str) -> tuple[str, ...]:
        """Return the rows of the unreformed standard that a row comes from: itself, unless a reform says otherwise."""
        return self.lineage.get(row, (row,))

    @property
    def maximum(self) -> Exact:
        """The full score: the sum of all rows."""
        return total(row.max_score for row in self.scored_rows if row.max_score is not None)

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades, highest first."""
        return tuple(band.grade for band in self.bands)

    def choose_readings(self, chosen: dict[str, str] | None = None) -> dict[str, str]:
        """Return every reading with its option, the defaults replaced by those chosen.

        Raises
        ------
        UnknownName
            A reading or option that does not exist; the nearest right one is named.
        """
        problems = []
        for key, option in (chosen or {}).items():
            if key not in self.default_readings:
                found = Text(f"未知的解读 {key}", f"unknown reading {key}")
                problems.append(Problem(f"readings.{key}", found, nearest(key, OPTIONS)))
            elif option not in (known := self.options_of(key)):
                found = Text(f"未知的选项 {option}", f"unknown option {option}")
                problems.append(Problem(f"readings.{key}", found, nearest(str(option), known)))
        if problems:
            raise UnknownName(Text("解读不存在", "no such reading"), problems)
        return {**self.default_readings, **(chosen or {})}

    def options_of(self, key: str) -> tuple[str, ...]:
        """Return the options of a reading: those of the file, or all that the engine knows."""
        for known, options in OPTIONS.items():
            if known == key:
                return tuple(self.readings[known].options) if known in self.readings else options
        return ()
