"""What is asked of a subject and what it earns: facts, tests, rules of rows, the scoring table.

Every rule stays between the row's lowest and highest points. `lsstd/standards/README.md` shows what each spells.
"""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property
from operator import eq, ge, gt, le, lt
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lsstd.exact import Exact, exact, whole
from lsstd.standard import models
from lsstd.standard.document import Measure, Provision
from lsstd.standard.models import ById, Clause, Id, InClause, Listed, Model, Number, Positive, Share, Taken, Words, like
from lsstd.words import msg

Operator = Literal[">=", ">", "<=", "<", "==", "!=", "in", "not_in"]
_OPPOSITE: dict[Operator, Operator] = {">=": "<", ">": "<=", "==": "!=", "in": "not_in"}
_OPPOSITE |= {no: yes for yes, no in _OPPOSITE.items()}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {">=": ge, ">": gt, "<=": le, "<": lt, "==": eq}
FactKind = Literal["number", "count", "percent", "boolean", "date", "text", "choices"]
Period = Literal["point_in_time", "previous_year", "year", "last_12_months"]


class Fact(Model):
    """A quantity, date, claim or text about the subject; typed once, used wherever it is named."""

    id: Id = Field(description="an id of one's own")
    kind: FactKind = Field(description="its kind")
    label: Words = Field(description="what it is called, in both languages or one")
    unit: Words | None = Field(None, description="the unit: {zh: 间, en: rooms}")
    period: Period | None = Field(None, description="the time that it covers")
    years_since: Id | None = Field(None, description="the date from which this number of years is counted")
    options: dict[Id, Words] = Field({}, description="what may be ticked, for the kind choices")
    signed: bool = Field(False, description="may be negative (a profit)")
    identifying: bool = Field(False, description="tells who the subject is, or whom to call")
    identifier: Literal["credit_code"] | None = Field(None, description="whose check digit can be verified")
    measure: Measure | None = Field(None, description="the topic that it measures; lsstd's own, non-normative")
    note: Words | None = Field(None, description="a remark")


def _test_value(value: object) -> Any:
    """Take what a fact can be held against: true, false, a number, a text or an option, or a list of them."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, list | tuple):
        return tuple(map(_test_value, value))
    try:
        return exact(value)
    except ValueError:
        raise models.mistake(msg("true, false, a finite number, a text, or a list of them")) from None


TestValue = Annotated[Any, Taken(_test_value, {"type": ["boolean", "number", "string", "array"]})]


class Test(Model):
    """A demand on a fact: ``live_rooms >= 10``."""

    __test__ = False  # not a test case of pytest's
    fact: Id = Field(description="the id of a fact")
    operator: Operator = Field(description="how the fact is compared")
    value: TestValue = Field(description="the value; under in and not_in a list of them")

    @property
    def is_number(self) -> bool:
        """Whether it holds a number against a line."""
        return not isinstance(self.value, bool | str | tuple)

    @property
    def negated(self) -> "Test":
        """The test that holds of a known fact exactly where this one does not."""
        return self.model_copy(update={"operator": _OPPOSITE[self.operator]})

    def meets(self, found: Any) -> bool:
        """Say whether a value meets it; of several options ticked, one is enough."""
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if self.operator in ("==", "in", "!=", "not_in"):
            is_among = any(one in values for one in (found if isinstance(found, tuple) else (found,)))
            return is_among == (self.operator in ("==", "in"))
        return bool(COMPARE[self.operator](found, self.value))


KINDS = ("all", "shares", "at_least", "points", "levels", "linear", "steps", "per_unit", "expert")
MEASURED = ("linear", "steps", "per_unit")  # the rules that a fact, or the ratio of two, decides by itself


class Measured(Model):
    """A quantity that decides a row: a fact, or the ratio of two."""

    fact: Id = Field(description="the id of a fact")
    per: Id | None = Field(None, description="the fact that it is divided by; a ratio with 0 below it is unknown")

    def near(self) -> Exact:
        """Return a quantity about which the points turn, for those who make up examples."""
        raise NotImplementedError

    def points_at(self, quantity: Exact, low: Exact, top: Exact) -> Exact:
        """Return the points that a quantity earns on a row with these lowest and highest points."""
        return min(max(self._earned(quantity, top), low), top)

    def _earned(self, quantity: Exact, top: Exact) -> Exact:
        raise NotImplementedError

    def ends(self, low: Exact, top: Exact) -> tuple[Exact, Exact]:
        """Return the fewest and the most points that any quantity earns."""
        return low, top


class Linear(Measured):
    """No points at `from`, the maximum at `to`, in proportion between them (`to` may be the smaller)."""

    start: Number = Field(alias="from", description="the quantity that earns nothing")
    to: Number = Field(description="the quantity that earns the maximum")
    step: Positive | None = Field(None, description="shares are rounded down to steps of this share, as 0.05")

    def _earned(self, quantity: Exact, top: Exact) -> Exact:
        share = min(max(Fraction(quantity - self.start) / Fraction(self.to - self.start), Fraction(0)), Fraction(1))
        if self.step is not None:
            share = math.floor(share / self.step) * Fraction(self.step)
        return whole(share * top)

    def near(self) -> Exact:
        """Return the quantity halfway."""
        return whole(Fraction(self.start + self.to) / 2)


class Stage(Model):
    """What a quantity earns from some value on: a share of the row's maximum, or points."""

    start: Number | None = Field(None, alias="from", description="this value included (不低于)")
    above: Number | None = Field(None, description="this value not included (超过)")
    share: Share | None = Field(None, description="a share of the maximum, from 0 to 1")
    points: Number | None = Field(None, description="points; under a rule points: where they start")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.start is None) == (self.above is None) or (self.share is None) == (self.points is None):
            raise models.mistake(msg("one of from, above; and one of share, points"))
        return self

    @property
    def line(self) -> tuple[Exact, bool]:
        """The value at which the stage begins, and whether it lies beyond it; stages are ordered by it."""
        return (self.start, False) if self.start is not None else (self.above or 0, True)

    def worth(self, top: Exact) -> Exact:
        """Return what the stage earns on a row with this maximum."""
        return self.points if self.points is not None else whole(Fraction(top) * (self.share or 0))


class Steps(Measured):
    """Points by stages of a quantity; below the first, the row's lowest."""

    stages: Listed[Stage] = Field(min_length=1, description="rising")

    def _earned(self, quantity: Exact, top: Exact) -> Exact:
        return next((stage.worth(top) for stage in reversed(self.stages) if (quantity, True) > stage.line), 0)

    def near(self) -> Exact:
        """Return where the middle stage begins."""
        return self.stages[len(self.stages) // 2].line[0]

    def ends(self, low: Exact, top: Exact) -> tuple[Exact, Exact]:
        """Return the fewest and the most points of any stage."""
        worths = [max(low, 0), *(stage.worth(top) for stage in self.stages)]
        return min(worths), max(worths)


class PerUnit(Measured):
    """Points for each whole unit of a quantity, added to a start: a count, or deductions from full marks."""

    each: Number = Field(description="points a unit; below 0 for deductions")
    unit: Positive = Field(1, description="how much of the quantity is a unit; only whole units count")
    start: Number = Field(0, description="points with no unit: 0 for counts, the maximum for deductions")

    def _earned(self, quantity: Exact, _top: Exact) -> Exact:
        return whole(self.start + self.each * max(math.floor(Fraction(quantity) / self.unit), 0))

    def ends(self, low: Exact, top: Exact) -> tuple[Exact, Exact]:
        """Return the start and whichever end the units lead to."""
        start = min(max(self.start, low), top)
        return (low, start) if self.each < 0 else (start, top)

    def near(self) -> Exact:
        """Return three units."""
        return 3 * self.unit


class AtLeast(Model):
    """All points where at least this number of parts is met, else none (n of m)."""

    parts: int = Field(ge=1, description="its demands, by id; under a rule at_least: how many of them must be met")


class Points(Model):
    """Each part that is met adds its own points to a start: multi-select with a cap, faults that cost points."""

    start: Number = Field(0, description="points with no part met; the maximum where parts are faults")


def _span(value: object) -> tuple[Exact, Exact]:
    """Take points, or a pair of points between which a rater is free."""
    ends = value if isinstance(value, list | tuple) and len(value) == 2 else [value, value]
    try:
        low, high = (exact(end) for end in ends)
    except ValueError:
        raise models.mistake(msg("points, or [low, high]")) from None
    if low > high:
        raise models.mistake(msg("the lower end first"))
    return low, high


_PAIR = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
PointsOrSpan = Annotated[tuple[Exact, Exact], Taken(_span, {"anyOf": [{"type": "number"}, _PAIR]})]


class NamedLevel(Model):
    """A level of a row: its name, and its points or the pair between which a rater is free."""

    label: Words = Field(description="what it is called, in both languages or one")
    points: PointsOrSpan = Field(description="points; under a rule points: where they start")


class Expert(Model):
    """Points that an expert gives."""

    step: Positive | None = Field(None, description="the points given are a whole number of these")


def _short_form(value: object) -> object:
    return {value: {}} if isinstance(value, str) and value in KINDS else value


class Rule(Model):
    """How a row earns its points; exactly one of these. Without a rule, the reading `compound_rows` decides."""

    all: Model | None = Field(None, description="all points where every part is met, else none")
    shares: Model | None = Field(None, description="each part its share, by weight")
    at_least: AtLeast | None = Field(None, description="n of m parts")
    points: Points | None = Field(None, description="points; under a rule points: where they start")
    levels: dict[Id, NamedLevel] | None = Field(None, min_length=1, description="best first")
    linear: Linear | None = Field(None, description="in proportion between two values of a fact")
    steps: Steps | None = Field(None, description="by stages of a fact")
    per_unit: PerUnit | None = Field(None, description="for each unit of a fact")
    expert: Expert | None = Field(None, description="given by an expert")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise models.mistake(msg("exactly one of {kinds}", kinds=", ".join(KINDS)))
        return self

    @property
    def kind(self) -> str:
        """Which rule it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def measured(self) -> Measured | None:
        """The rule where a quantity decides, else None."""
        return self.linear or self.steps or self.per_unit

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield the path and name of each fact that the rule asks for."""
        if rule := self.measured:
            yield f"{self.kind}.fact", rule.fact
            if rule.per:
                yield f"{self.kind}.per", rule.per


RuleAsGiven = Annotated[Rule, BeforeValidator(_short_form, Literal["all", "shares", "expert", "points"] | Rule)]


class Indicator(Model):
    """A node of the indicator tree; it combines the points of its rows and of the indicators below it.

    What counts of them is combined, held between `floor` and `cap`, divided by `divisor`; its own indicator counts
    `weight` times the outcome.
    """

    id: Id = Field(description="an id of one's own")
    name: Words = Field(description="the name")
    parent: Id | None = Field(None, description="the id of what it stands under; none at the top")
    printed_score: Number | None = Field(None, description="the points printed beside the name")
    also_printed: dict[Clause, str] = Field({}, description="where the document prints another name for it")
    weight: Number = Field(1, description="how often its points count above it")
    combine: Literal["sum", "minimum", "maximum", "best"] = Field(
        "sum", description="what it makes of what stands under it"
    )
    best: int = Field(1, ge=1, description="how many count, under combine: best")
    cap: Number | None = Field(None, description="the most that it can be worth")
    floor: Number | None = Field(None, description="the least that it can be worth")
    divisor: Number = Field(1, description="what its points are divided by, after cap and floor")
    not_applicable: Literal["fixed", "reduced", "rescaled"] = Field(
        "fixed",
        description="rows that do not apply: earn nothing of an unchanged maximum; leave the maximum, too; "
        "or leave it, and the others are scaled up to the full maximum",
    )
    applies: Test | None = Field(None, description="it counts only where this holds (a stage, a kind of subject)")
    on_top: bool = Field(False, description="its points come on top of the maximum above it (a bonus)")

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is the sum of what is below it, and nothing else."""
        return {name: getattr(self, name) for name in _COMBINING} == _COMBINING


_COMBINING: dict[str, Any] = {
    name: Indicator.model_fields[name].default
    for name in ("weight", "combine", "cap", "floor", "divisor", "applies", "on_top")
}


class Part(Model):
    """One of the demands of a row: answered by itself, or decided by a fact."""

    id: Id = Field(description="an id of one's own")
    text: str = Field(description="the wording as printed")
    gloss: Words = like("text", "what it means, in lsstd's own words")
    test: Test | None = Field(None, description="a demand on a fact; it decides by itself")
    bonus: bool = Field(False, description="a bonus within the row's points; never a demand")
    optional: bool = Field(False, description="names a case: may be answered not_applicable, and leaves its share")
    weight: Number = Field(1, description="its share of the row, against the other parts'")
    points: Number | None = Field(None, description="under the rule points: what it adds, or takes if below 0")

    @property
    def is_number(self) -> bool:
        """Whether it demands a number (one that counts faults is not a demand)."""
        return self.test is not None and self.test.is_number and (self.points or 0) >= 0

    def is_only_shown(self, missed_threshold: str) -> bool:
        """Whether an answer stands though the number demanded is missed."""
        return missed_threshold == "shown" and self.is_number


_REQUIREMENT = Provision.model_construct(kind="requirement")  # unchecked, so that nothing is built on import


class Criterion(Model):
    """A row of the scoring table (评价内容) with its maximum score (分值)."""

    id: Id = Field(description="an id of one's own")
    row: int = Field(description="its number in the table; counted where not given")
    clause: InClause
    text: str = Field(description="the wording as printed")
    indicator: Id = Field(description="the id of the indicator that it stands under")
    max_score: Number | None = Field(None, description="its points; none for a row without points")
    min_score: Number = Field(0, description="the least that it can be worth: a floor, or below 0 where it is signed")
    weight: Number = Field(1, description="how often its points count in its indicator")
    provision: Provision = Field(_REQUIREMENT, description="what kind of provision it is")
    gloss: Words = like("text", "what it means, in lsstd's own words")
    parts: ById[Part] = Field({}, description="its demands, by id; under a rule at_least: how many of them must be met")
    rule: RuleAsGiven | None = Field(
        None, description="how it earns its points; without one, a reading decides how parts count"
    )
    optional: bool = Field(False, description="may be answered not_applicable")
    applies: Test | None = Field(None, description="it counts only where this holds (a stage, a kind of subject)")
    evidence: Listed[Id] = Field((), description="kinds that lsstd suggests")

    def kind_under(self, compound_rows: str) -> str:
        """Return how its points come about: by its own rule, else as the reading of rows with several parts says."""
        if self.rule:
            return self.rule.kind
        return "all" if self.max_score is None else compound_rows

    @cached_property
    def ends(self) -> tuple[Exact, Exact, Exact]:
        """What it can be worth: at least, where it is not met, at most (0 and 1 of a row without points)."""
        return (0, 0, 1) if self.max_score is None else (self.min_score, self.lowest, self.max_score)

    @property
    def levels(self) -> dict[str, NamedLevel]:
        """Its named levels, by id."""
        return (self.rule and self.rule.levels) or {}

    def level_id(self, name: int | str) -> str | None:
        """Return the id of a level named by it, or by its label in either language; None where there is none."""
        if str(name) in self.levels:
            return str(name)
        named = [key for key, entry in self.levels.items() if str(name) in (entry.label.zh, entry.label.en)]
        return named[0] if len(named) == 1 else None

    def level(self, name: int | str) -> NamedLevel | None:
        """Return the level of an id, or of a label in either language; None where there is no such level."""
        return self.levels.get(self.level_id(name) or "")

    @cached_property
    def lowest(self) -> Exact:
        """The points of a row that is not met: none, or its floor; all that it takes, where it can only take."""
        return self.min_score if self.max_score == 0 else max(self.min_score, 0)

    @property
    def is_plain(self) -> bool:
        """Whether it counts once, under no condition, and earns from nothing to its maximum."""
        return self.weight == 1 and self.min_score == 0 and self.applies is None

    @property
    def is_recommended(self) -> bool:
        """Whether the text only recommends it (宜)."""
        return self.provision.kind == "recommendation"

    @property
    def can_be_set_aside(self) -> bool:
        """Whether an answer can say that it does not apply, of the row or of all its parts."""
        return self.optional or (bool(self.parts) and all(part.optional for part in self.parts.values()))

    def parts_under(self, bonus: str) -> list[Part]:
        """Return the parts that count, as the reading of bonuses says."""
        return self._demands if bonus == "ignored" else [*self.parts.values()]

    @cached_property
    def _demands(self) -> list[Part]:
        return [part for part in self.parts.values() if not part.bonus]
