"""The scoring table: the tree of indicators, the rows under them, the parts of a row."""

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from lsstd.exact import Exact
from lsstd.standard.models import ById, Clause, Id, Model, Number, Words, like
from lsstd.standard.quantities import Test
from lsstd.standard.reference import Provision
from lsstd.standard.rules import RuleAsGiven


class Indicator(Model):
    """A node of the indicator tree; it combines the points of its rows and of the indicators below it.

    What counts of them is combined, held between `floor` and `cap`, divided by `divisor`; its own indicator counts
    `weight` times the outcome.
    """

    id: Id
    name: Words
    parent: Id | None = None
    printed_score: Number | None = Field(None, description="the points printed beside the name")
    also_printed: dict[Clause, str] = Field({}, description="where the document prints another name for it")
    weight: Number = Field(1, description="how often its points count above it")
    combine: Literal["sum", "minimum", "maximum", "best"] = "sum"
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
        """Whether it is the sum of what stands under it, and nothing else."""
        own = {name: getattr(self, name) for name in _COMBINING}
        return own == _COMBINING


_COMBINING: dict[str, Any] = {
    name: Indicator.model_fields[name].default
    for name in ("weight", "combine", "cap", "floor", "divisor", "applies", "on_top")
}


class Part(Model):
    """One of the demands of a row: answered by itself, or decided by a fact."""

    id: Id
    text: str
    gloss: Words = like("text")
    test: Test | None = None
    bonus: bool = False
    weight: Number = Field(1, description="its share of the row, against the other parts'")
    points: Number | None = Field(None, description="under the rule points: what it adds, or takes if below 0")


class Criterion(Model):
    """A row of the scoring table (评价内容) with its maximum score (分值)."""

    id: Id
    row: int
    clause: Clause
    text: str
    indicator: Id
    max_score: Number | None = None
    min_score: Number = Field(0, description="the least that it can be worth: a floor, or below 0 where it is signed")
    weight: Number = Field(1, description="how often its points count in its indicator")
    provision: Provision = Provision(kind="requirement")
    gloss: Words = like("text")
    parts: Annotated[dict[Id, Part], ById] = {}
    rule: RuleAsGiven | None = None
    optional: bool = Field(False, description="may be answered not_applicable")
    applies: Test | None = Field(None, description="it counts only where this holds (a stage, a kind of subject)")
    evidence: tuple[Id, ...] = Field((), strict=False, description="kinds that lsstd suggests")

    def kind_under(self, compound_rows: str) -> str:
        """Return how its points come about: by its own rule, else as the reading of rows with several parts says."""
        if self.rule:
            return self.rule.kind
        return "all" if self.max_score is None else compound_rows

    @property
    def lowest(self) -> Exact:
        """The points of a row that is not met: none, or its floor; all that it takes, where it can only take."""
        return self.min_score if self.max_score == 0 else max(self.min_score, 0)

    @property
    def is_plain(self) -> bool:
        """Whether it always applies, once, and earns from nothing to its maximum."""
        return self.weight == 1 and self.min_score == 0 and not self.optional and self.applies is None
