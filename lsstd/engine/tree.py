"""The tree of indicators: how the points of rows and of indicators come together above them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from lsstd.engine.result import CriterionResult, IndicatorResult, Known, Score
from lsstd.exact import Exact, total, whole
from lsstd.standard.scoring_table import Indicator
from lsstd.standard.standard import Standard

_NOTHING = Score(0, 0, 0)
_COLUMNS = ("secured", "possible", "maximum")


@dataclass(frozen=True, slots=True)
class _Branch:
    """What stands below an indicator: its points (None: it does not apply), and what it would be worth if it did."""

    score: Score | None
    full: Exact
    weight: Exact = 1
    on_top: bool = False
    leaves: bool = False

    @property
    def counted(self) -> Score:
        """What counts above it: where it does not apply, nothing of its maximum, or of none if it leaves that, too."""
        return self.score or Score(0, 0, 0 if self.leaves else self.full)


class Tree:
    """Adds rows up, from the leaves to the total.

    Parameters
    ----------
    standard : Standard
    rows : mapping of str to CriterionResult
        Those with ``applies`` false do not apply; those that a reading leaves out are no part of the tree.
    decided : mapping of str to str
        By indicator with a condition of its own, whether that is met, unmet or unknown.
    """

    def __init__(
        self, standard: Standard, rows: Mapping[str, CriterionResult], decided: Mapping[str, Known] | None = None
    ) -> None:
        self.standard, self.rows, self.decided = standard, rows, decided or {}
        self.nodes: dict[str, IndicatorResult] = {}
        tops = [self._visit(node, 1) for node in standard.children_of[None]]
        self.score = _weighed(tops, _sum)
        self.full = total(top.full * top.weight for top in tops if not top.on_top)

    def in_order(self) -> dict[str, IndicatorResult]:
        """Return the indicators in the document's order."""
        return {key: self.nodes[key] for key in self.standard.indicators if key in self.nodes}

    def _visit(self, node: Indicator, level: int) -> _Branch:
        branches = [self._visit(child, level + 1) for child in self.standard.children_of[node.id]]
        rows = [self.rows[row.id] for row in self.standard.rows_of[node.id] if row.max_score is not None]
        branches += [_leaf(row) for row in rows if not row.left_out]
        if node.is_plain and node.not_applicable == "fixed":
            branch = _Branch(_weighed(branches, _sum), total(b.full * b.weight for b in branches if not b.on_top))
        else:
            branch = self._combined(node, branches)
        self.nodes[node.id] = IndicatorResult(node, level, branch.score or _NOTHING, branch.score is not None)
        return branch

    def _combined(self, node: Indicator, branches: list[_Branch]) -> _Branch:
        """Combine branches as a node says, what does not apply among them treated as it says, too."""
        full = _weighed([_Branch(Score(b.full, b.full, b.full), 0, b.weight, b.on_top) for b in branches], way_of(node))
        whole_score = held_between(node, full)
        applying = branches if node.not_applicable == "fixed" else [b for b in branches if b.score is not None]
        state = self.decided.get(node.id, "met")
        if state == "unmet" or (branches and not applying):
            leaves = state != "unmet" and node.not_applicable == "reduced"
            return _Branch(None, whole_score.maximum, node.weight, node.on_top, leaves)
        score = _weighed([b for b in applying if not b.on_top], way_of(node))
        if node.not_applicable == "rescaled" and score.maximum not in (0, full.maximum):
            factor = Fraction(full.maximum) / score.maximum
            score = Score(whole(score.secured * factor), whole(score.possible * factor), full.maximum)
        bonus = _weighed([b for b in applying if b.on_top], _sum)  # comes on top as it is, never scaled
        score = Score(total([score.secured, bonus.secured]), total([score.possible, bonus.possible]), score.maximum)
        score = held_between(node, score)
        if state == "unknown":  # while that is undecided it counts as applying, its points unknown
            score = Score(min(0, score.secured), max(score.maximum, score.possible), score.maximum)
        return _Branch(score, whole_score.maximum, node.weight, node.on_top)


def _leaf(row: CriterionResult) -> _Branch:
    top = row.criterion.max_score or 0
    return _Branch(Score(row.secured, row.possible, row.maximum) if row.applies else None, top, row.criterion.weight)


def _sum(values: list[Exact]) -> Exact:
    return total(values)


def way_of(node: Indicator) -> Callable[[list[Exact]], Exact]:
    """Return how a node makes one number of several."""
    if node.combine == "sum":
        return _sum
    if node.combine == "best":
        return lambda values: total(sorted(values, reverse=True)[: node.best])
    pick = min if node.combine == "minimum" else max
    return lambda values: pick(values, default=0)


def _weighed(branches: list[_Branch], way: Callable[[list[Exact]], Exact]) -> Score:
    """Combine branches by their weights; one that does not apply earns nothing of its maximum."""
    scores = [b.counted for b in branches]
    if way is _sum and all(b.weight == 1 and not b.on_top for b in branches):
        return Score(*(total(getattr(score, name) for score in scores) for name in _COLUMNS))
    columns = []
    for name in _COLUMNS:
        values = [whole(getattr(s, name) * b.weight) for b, s in zip(branches, scores, strict=True)]
        within = [value for value, b in zip(values, branches, strict=True) if not b.on_top]
        extra = [value for value, b in zip(values, branches, strict=True) if b.on_top and name != "maximum"]
        columns.append(total([way(within), *extra]))
    return Score(*columns)


def held_between(node: Indicator, score: Score) -> Score:
    """Hold a score between floor and cap, and divide it."""
    ends = []
    for value in (score.secured, score.possible, score.maximum):
        held = value if node.cap is None else min(value, node.cap)
        held = held if node.floor is None else max(held, node.floor)
        ends.append(held if node.divisor == 1 else whole(Fraction(held) / node.divisor))
    return Score(*ends)


def full_tree(standard: Standard) -> Tree:
    """Return the tree in which everything applies and every row is at its maximum."""
    return Tree(standard, {key: CriterionResult.full(row) for key, row in standard.criteria.items()})
