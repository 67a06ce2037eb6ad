"""How the points of rows and of indicators come together above them: written once, for every kind of number.

`Fold` goes up the tree in any numbers: exact ones (one assessment), or columns of whole numbers (a population, joint
outcomes). A fold knows one side of an assessment: what is secured, or what is possible.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, reduce
from itertools import compress
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from lsstd.engine.result import CriterionResult, IndicatorResult, Known, Score
from lsstd.exact import Exact, Rounding, portion, rounded, total, whole
from lsstd.standard.scoring_table import Indicator
from lsstd.standard.standard import Standard

N = TypeVar("N")
Side = Literal["secured", "possible"]
SIDES: tuple[Side, Side] = ("secured", "possible")
Condition: TypeAlias = Any  # True, False, or an array of them, one a subject: whatever knows ``&``, ``|`` and ``^``


class _Numbers(Protocol[N]):
    """What a tree and its grades compute with."""

    def constant(self, value: Exact) -> N: ...  # an exact number as one of these
    def total(self, values: Sequence[N]) -> N: ...  # nothing adds up to 0
    def times(self, value: N, factor: Exact) -> N: ...  # multiplied by an exact number
    def held(self, value: N, floor: Exact | None, cap: Exact | None) -> N: ...  # between the ends that there are
    def best(self, values: Sequence[N], present: Sequence[Condition], count: int) -> N: ...  # the highest few, added up
    def lowest(self, values: Sequence[N], present: Sequence[Condition]) -> N: ...  # of those present, 0 where none is
    def where(self, condition: Condition, this: N, other: N) -> N: ...  # the one where it holds, else the other
    def rescaled(self, points: N, maximum: N, full: Exact) -> tuple[N, N]: ...  # both, as the maximum grows to the full
    def rounded(self, value: N, rounding: Rounding) -> N: ...  # to the nearest multiple of a step
    def reaches(self, value: N, line: Any, is_closed: bool = True) -> Condition: ...  # at the line, or only beyond it
    def first(self, conditions: Sequence[Condition], places: Sequence[int], none: int) -> Any: ...  # place of the first
    def furthest(self, found: Sequence[tuple[Condition, Any]], none: int) -> Any: ...  # of the places that hold


class _ExactNumbers:
    """Exact numbers, one subject: for trees and grades, and for the rules of rows (`lsstd.engine.rows`)."""

    total, rounded = staticmethod(total), staticmethod(rounded)

    def constant(self, value: Exact) -> Exact:
        return value

    def times(self, value: Exact, factor: Exact) -> Exact:
        return value if factor == 1 else whole(value * factor)

    def held(self, value: Exact, floor: Exact | None, cap: Exact | None) -> Exact:
        value = value if cap is None else min(value, cap)
        return value if floor is None else max(value, floor)

    def best(self, values: Sequence[Exact], present: Sequence[Condition], count: int) -> Exact:
        return total(sorted((v for v, here in zip(values, present, strict=True) if here), reverse=True)[:count])

    def lowest(self, values: Sequence[Exact], present: Sequence[Condition]) -> Exact:
        return min((v for v, here in zip(values, present, strict=True) if here), default=0)

    def where(self, condition: Condition, this: Exact, other: Exact) -> Exact:
        return this if condition else other

    def rescaled(self, points: Exact, maximum: Exact, full: Exact) -> tuple[Exact, Exact]:
        return (whole(points * Fraction(full) / maximum), full) if maximum else (points, maximum)

    def reaches(self, value: Exact, line: Exact, is_closed: bool = True) -> Condition:
        return value >= line if is_closed else value > line

    def count(self, conditions: Sequence[Condition]) -> int:
        return sum(conditions)

    def share(self, top: Exact, weights: Sequence[Exact], conditions: Sequence[Condition]) -> Exact:
        return portion(top, sum(compress(weights, conditions)), sum(weights))

    def first(self, conditions: Sequence[Condition], places: Sequence[int], none: int) -> int:
        return next((place for holds, place in zip(conditions, places, strict=True) if holds), none)

    def furthest(self, found: Sequence[tuple[Condition, int]], none: int) -> int:
        return max((place for holds, place in found if holds), default=none)


EXACT = _ExactNumbers()


class Branch(NamedTuple, Generic[N]):
    """What stands below an indicator: a row, or another indicator."""

    points: N
    maximum: N
    full: Exact  # what it is worth where everything applies
    applies: Condition = True
    weight: Exact = 1
    on_top: bool = False
    leaves: Condition = False  # whether, where it does not apply, it also leaves the maximum above it


class Fold(Generic[N]):
    """One side of a tree, from the leaves to the total.

    The leaves are the scored rows; those that a reading leaves out are no part of the tree. `decided` tells of each
    indicator that counts only under a condition whether that holds for certain, and whether it can.
    """

    def __init__(
        self,
        standard: Standard,
        numbers: _Numbers[N],
        leaves: Mapping[str, Branch[N]],
        decided: Mapping[str, tuple[Condition, Condition]],
        side: Side,
    ) -> None:
        self.standard, self.numbers, self.leaves, self.decided, self.side = standard, numbers, leaves, decided, side
        self.nodes: dict[str, Branch[N]] = {}
        tops = [self._visit(node) for node in standard.children_of[None]]
        within = [branch for branch in tops if not branch.on_top]
        self.points = numbers.total([self._points(branch) for branch in tops])
        self.maximum = numbers.total([self._maximum(branch) for branch in within])
        self.full = total(_times(branch) for branch in within)

    def _visit(self, node: Indicator) -> Branch[N]:
        branches = [self._visit(child) for child in self.standard.children_of[node.id]]
        branches += [self.leaves[row.id] for row in self.standard.rows_of[node.id] if row.id in self.leaves]
        self.nodes[node.id] = branch = self._branch(node, branches)
        return branch

    def _branch(self, node: Indicator, branches: list[Branch[N]]) -> Branch[N]:
        numbers, is_fixed, is_plain = self.numbers, node.not_applicable == "fixed", node.is_plain
        within = [branch for branch in branches if not branch.on_top]
        present = [is_fixed or branch.applies for branch in within]
        points = combined(numbers, node, [self._points(branch) for branch in within], present)
        maximum = combined(numbers, node, [self._maximum(branch, is_fixed) for branch in within], present)
        full = combined(EXACT, node, [_times(branch) for branch in within], [True] * len(within))
        if node.not_applicable == "rescaled":
            points, maximum = numbers.rescaled(points, maximum, full)
        if len(within) < len(branches):  # what comes on top is never scaled
            points = numbers.total([points, *(self._points(branch) for branch in branches if branch.on_top)])
        if is_plain and is_fixed:
            return Branch(points, maximum, full)
        points, maximum = finished(numbers, node, points), finished(numbers, node, maximum)
        certain, possible = self.decided.get(node.id, (True, True))
        if certain is not True:
            points = numbers.where(certain, points, self._undecided(points, maximum))
        below = True if is_fixed or not branches else _any(branch.applies for branch in branches)
        leaves = (below ^ True) & possible if node.not_applicable == "reduced" else False
        full = finished(EXACT, node, full)
        return Branch(points, maximum, full, below & possible, node.weight, node.on_top, leaves)

    def _undecided(self, points: N, maximum: N) -> N:
        """Return a node's points while nobody knows whether it applies: it counts, its points unknown."""
        if self.side == "secured":
            return self.numbers.held(points, None, 0)
        return self.numbers.best([points, maximum], (True, True), 1)

    def _points(self, branch: Branch[N]) -> N:
        """Return the points that count above a branch: none where it does not apply."""
        points = branch.points
        if branch.applies is not True:
            points = self.numbers.where(branch.applies, points, self.numbers.constant(0))
        return points if branch.weight == 1 else self.numbers.times(points, branch.weight)

    def _maximum(self, branch: Branch[N], is_fixed: bool = True) -> N:
        """Return the maximum that counts above a branch: where it does not apply, all or nothing of its full one."""
        numbers, maximum = self.numbers, branch.maximum
        if branch.applies is not True:
            other = numbers.constant(branch.full if is_fixed else 0)
            if branch.leaves is not False:
                other = numbers.where(branch.leaves, numbers.constant(0), other)
            maximum = numbers.where(branch.applies, maximum, other)
        return maximum if branch.weight == 1 else numbers.times(maximum, branch.weight)


def combined(numbers: _Numbers[N], node: Indicator, values: Sequence[N], present: Sequence[Condition]) -> N:
    """Make one number of several as a node combines them; what is not present is 0 in a sum."""
    if node.combine == "sum":
        return numbers.total(values)
    if node.combine == "minimum":
        return numbers.lowest(values, present)
    return numbers.best(values, present, node.best if node.combine == "best" else 1)


def finished(numbers: _Numbers[N], node: Indicator, value: N) -> N:
    """Hold a node's points between floor and cap, and divide them."""
    return numbers.times(numbers.held(value, node.floor, node.cap), 1 / Fraction(node.divisor))


def _times(branch: Branch[Any]) -> Exact:
    return EXACT.times(branch.full, branch.weight)


def _any(conditions: Iterable[Condition]) -> Condition:
    listed = list(conditions)
    return True if any(each is True for each in listed) else reduce(operator.or_, listed, False)


KNOWN: Mapping[Known, tuple[bool, bool]] = {"met": (True, True), "unmet": (False, False), "unknown": (False, True)}
"""Of each state of a demand: whether it holds for certain, and whether it can."""


class Tree:
    """The tree of one assessment, both sides of it; `decided` has the state of each indicator's own condition."""

    def __init__(
        self, standard: Standard, rows: Mapping[str, CriterionResult], decided: Mapping[str, Known] | None = None
    ) -> None:
        self.standard, self.rows = standard, rows
        self._decided = {key: KNOWN[state] for key, state in (decided or {}).items()}

    @cached_property
    def secured(self) -> Fold[Exact]:
        """What is secured."""
        return self._fold("secured")

    @cached_property
    def possible(self) -> Fold[Exact]:
        """What is possible."""
        return self._fold("possible")

    def _fold(self, side: Side) -> Fold[Exact]:
        leaves = {}
        for row in self.standard.scored_rows:
            found, top = self.rows[row.id], row.max_score or 0
            if not found.left_out:
                points = found.secured if side == "secured" else found.possible
                leaves[row.id] = Branch(points, top, top, found.applies, row.weight)
        return Fold(self.standard, EXACT, leaves, self._decided, side)

    def with_points(self, points: Exact, name: str | None = None) -> Tree:
        """Return the tree with other secured points of an indicator, or of the total, and all else as it is."""
        other, fold = Tree(self.standard, self.rows), object.__new__(Fold)
        vars(fold).update(vars(self.secured))
        if name is None:
            fold.points = points
        else:
            fold.nodes = {**fold.nodes, name: fold.nodes[name]._replace(points=points)}
        vars(other)["secured"] = fold
        return other

    @cached_property
    def nodes(self) -> dict[str, IndicatorResult]:
        """The indicators, each followed by those under it."""
        return {node.id: self._result(node) for node in self.standard.descent()}

    def _result(self, node: Indicator) -> IndicatorResult:
        low, high = self.secured.nodes[node.id], self.possible.nodes[node.id]
        score = Score(low.points, high.points, low.maximum) if low.applies else Score(0, 0, 0)
        return IndicatorResult(node, self.standard.level_of[node.id], score, low.applies)

    @property
    def score(self) -> Score:
        """The total, before a reading rounds it."""
        return Score(self.secured.points, self.possible.points, self.secured.maximum)

    @property
    def full(self) -> Exact:
        """The total where everything applies, in full."""
        return self.secured.full


def full_tree(standard: Standard, without_recommended: bool = False) -> Tree:
    """Return the tree in which everything applies and every row is at its maximum, perhaps but for recommended ones."""
    rows = {
        key: CriterionResult.full(row)._replace(left_out=without_recommended and row.is_recommended)
        for key, row in standard.criteria.items()
    }
    return Tree(standard, rows)


def reachable(standard: Standard) -> Exact:
    """Return the total that can be reached under the standard's own readings, where everything applies."""
    return full_tree(standard, standard.choose_readings()["recommended_rows"] == "left_out").full
