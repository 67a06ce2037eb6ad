"""The tree of indicators for many subjects at once, where it is more than sums; exact, in whole numbers.

Each indicator's points are whole numbers over a denominator of its own, since weights, divisors and scaled-up rows
make finer fractions on the way up. Grades follow from the total, and from whatever else they ask for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.engine.grading import Side
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact
from lsstd.population.facts import FactColumns, Heard
from lsstd.standard import bands
from lsstd.standard.bands import Band, Demand
from lsstd.standard.scoring_table import Indicator
from lsstd.standard.standard import Standard
from lsstd.words import Text

Mask: TypeAlias = NDArray[np.bool_]
Whole: TypeAlias = NDArray[np.int64]
_MOST = 2**61
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Amount:
    """Numbers as whole numbers over a denominator."""

    whole: Whole
    denominator: int

    def over(self, denominator: int) -> Whole:
        """Return the whole numbers over a multiple of the denominator.

        Raises
        ------
        InvalidFile
            They do not fit into 64 bits.
        """
        factor = denominator // self.denominator
        if factor > 1 and int(np.abs(self.whole).max(initial=0)) * factor >= _MOST:
            raise too_fine(denominator)
        return self.whole * factor

    def times(self, factor: Exact) -> Amount:
        """Return the numbers times an exact factor."""
        if factor == 1:
            return self
        share = Fraction(factor)
        largest = int(np.abs(self.whole).max(initial=0)) * max(1, abs(share.numerator))
        if largest >= _MOST or self.denominator * share.denominator >= _MOST:
            raise too_fine(self.denominator * share.denominator)
        return Amount(self.whole * share.numerator, self.denominator * share.denominator)

    def compared(self, other: Amount | Exact) -> tuple[Whole, Whole | int]:
        """Return both sides over one denominator."""
        if isinstance(other, Amount):
            common = math.lcm(self.denominator, other.denominator)
            return self.over(common), other.over(common)
        common = math.lcm(self.denominator, Fraction(other).denominator)
        return self.over(common), int(other * common)

    def limited(self, cap: Exact | None, floor: Exact | None) -> Amount:
        """Return the numbers held between floor and cap."""
        found = self
        for end, hold in ((cap, np.minimum), (floor, np.maximum)):
            if end is not None:
                common = math.lcm(found.denominator, Fraction(end).denominator)
                found = Amount(hold(found.over(common), int(end * common)), common)
        return found


@dataclass(frozen=True, slots=True)
class Branch:
    """What stands below an indicator: points, their maximum, for whom it applies, what it is worth in full."""

    value: Amount
    maximum: Amount
    applies: Mask | None
    full: Exact
    weight: Exact
    on_top: bool
    leaves: Mask | None = None  # for whom it leaves the maximum above it, too, where it does not apply


@dataclass(frozen=True, slots=True)
class Row:
    """A row's points in units of one over a lattice, and for whom it applies (None: for all)."""

    units: NDArray[Any]
    applies: Mask | None


class Forest:
    """The trees of all subjects: one side of them, secured or possible.

    Parameters
    ----------
    standard : Standard
    rows : mapping of str to Row
        Rows that a reading leaves out are not in it.
    lattice : int
    facts : FactColumns
    side : {"secured", "possible"}
    """

    def __init__(
        self, standard: Standard, rows: Mapping[str, Row], lattice: int, facts: FactColumns, side: Side
    ) -> None:
        self.standard, self.rows, self.lattice, self.facts, self.side = standard, rows, lattice, facts, side
        self.count = len(facts.population)
        self.nodes: dict[str, Branch] = {}
        tops = [self._visit(node) for node in standard.children_of[None]]
        self.total = self._gathered(tops, None)

    def _visit(self, node: Indicator) -> Branch:
        branches = [self._visit(child) for child in self.standard.children_of[node.id]]
        branches += [self._leaf(row.id) for row in self.standard.rows_of[node.id] if row.id in self.rows]
        self.nodes[node.id] = branch = self._combined(node, branches)
        return branch

    def _leaf(self, name: str) -> Branch:
        row, top = self.standard.criteria[name], Fraction(self.standard.criteria[name].max_score or 0)
        given = self.rows[name]
        return Branch(
            Amount(given.units.astype(np.int64), self.lattice),
            self._constant(top),
            given.applies,
            top,
            row.weight,
            False,
        )

    def _constant(self, value: Exact) -> Amount:
        exact = Fraction(value)
        return Amount(np.full(self.count, exact.numerator, np.int64), exact.denominator)

    def _combined(self, node: Indicator, branches: list[Branch]) -> Branch:
        """Combine branches as a node says (see `lsstd.engine.tree`)."""
        within = [b for b in branches if not b.on_top]
        full = _one(node, [Fraction(b.full) * b.weight for b in within])
        is_fixed = node.not_applicable == "fixed"
        value = self._gathered(within, node, is_fixed=is_fixed)
        maximum = self._gathered(within, node, is_fixed=is_fixed, is_maximum=True)
        if node.not_applicable == "rescaled":
            value, maximum = self._rescaled(value, maximum, full)
        if bonus := [branch for branch in branches if branch.on_top]:  # comes on top as it is, never scaled
            value = _plus(value, self._gathered(bonus, None))
        share = 1 / Fraction(node.divisor)
        value, maximum = (amount.limited(node.cap, node.floor).times(share) for amount in (value, maximum))
        held = min(full, node.cap) if node.cap is not None else full
        whole = (max(held, node.floor) if node.floor is not None else held) * share
        below = None if is_fixed else _any_applies(branches)
        applies = below
        if node.applies:
            applies, value = self._if_decided(node, below, value, maximum)
        leaves = None
        if below is not None and node.not_applicable == "reduced":
            heard = self.facts.test(node.applies) if node.applies else None
            leaves = ~below if heard is None else ~below & heard.high
        return Branch(value, maximum, applies, whole, node.weight, node.on_top, leaves)

    def _if_decided(self, node: Indicator, applies: Mask | None, value: Amount, maximum: Amount) -> tuple[Mask, Amount]:
        """Apply a node's own condition; while that is undecided it counts as applying, its points unknown."""
        assert node.applies is not None
        everyone = np.ones(self.count, np.bool_)
        heard = self.facts.test(node.applies) or Heard(~everyone, everyone)
        common = math.lcm(value.denominator, maximum.denominator)
        own, top = value.over(common), maximum.over(common)
        unknown = np.minimum(0, own) if self.side == "secured" else np.maximum(own, top)
        return (heard.high if applies is None else heard.high & applies), Amount(
            np.where(heard.low, own, unknown), common
        )

    def _gathered(
        self, branches: Sequence[Branch], node: Indicator | None, is_fixed: bool = True, is_maximum: bool = False
    ) -> Amount:
        """Return what a node makes of branches; those that do not apply are no part of it, unless that is fixed."""
        if not branches:
            return Amount(np.zeros(self.count, np.int64), 1)
        amounts = [self._counted(branch, is_maximum, is_fixed) for branch in branches]
        common = math.lcm(*(amount.denominator for amount in amounts))
        wholes = [amount.over(common) for amount in amounts]
        if sum(int(np.abs(whole).max(initial=0)) for whole in wholes) >= _MOST:
            raise too_fine(common)
        if node is None or node.combine == "sum":
            return Amount(np.add.reduce(wholes), common)
        present = [None if is_fixed else branch.applies for branch in branches]
        return Amount(_picked(node.combine, node.best, wholes, present), common)

    def _counted(self, branch: Branch, is_maximum: bool, is_fixed: bool) -> Amount:
        """Return what counts of a branch: where it does not apply, nothing (of its full maximum, if that is fixed)."""
        amount = branch.maximum if is_maximum else branch.value
        if branch.applies is None:
            return amount.times(branch.weight)
        full = Fraction(branch.full) if is_fixed and is_maximum else Fraction(0)
        common = math.lcm(amount.denominator, full.denominator)
        otherwise = int(full * common) * (1 if branch.leaves is None else ~branch.leaves)
        return Amount(np.where(branch.applies, amount.over(common), otherwise), common).times(branch.weight)

    def _rescaled(self, value: Amount, maximum: Amount, full: Fraction) -> tuple[Amount, Amount]:
        """Scale points up to the full maximum, by each maximum that occurs."""
        tops, place = np.unique(maximum.whole, return_inverse=True)
        factors = [full * maximum.denominator / top if top else Fraction(1) for top in tops.tolist()]
        common = math.lcm(*(factor.denominator for factor in factors))
        wholes = np.array([int(factor * common) for factor in factors], np.int64)[place.ravel()]
        largest = int(np.abs(value.whole).max(initial=0)) * int(wholes.max(initial=0))
        if largest >= _MOST or value.denominator * common >= _MOST:
            raise too_fine(value.denominator * common)
        scaled = Amount(value.whole * wholes, value.denominator * common)
        ends, whole = maximum.compared(full)
        return scaled, Amount(np.where(ends == 0, 0, whole), math.lcm(maximum.denominator, full.denominator))

    def rounded(self, step: Exact | None) -> Amount:
        """Return the totals, rounded to the nearest multiple of a step if one is given, a half upwards."""
        if step is None:
            return self.total
        common = math.lcm(self.total.denominator, Fraction(step).denominator)
        units = int(step * common)
        return Amount((2 * self.total.over(common) + units) // (2 * units) * units, common)

    def denominators(self) -> Iterator[int]:
        """Yield the denominators of all points."""
        yield self.total.denominator
        yield from (branch.value.denominator for branch in self.nodes.values())

    def points(self, name: str) -> Amount:
        """Return an indicator's points; none where it does not apply."""
        branch = self.nodes[name]
        if branch.applies is None:
            return branch.value
        return Amount(np.where(branch.applies, branch.value.whole, 0), branch.value.denominator)

    # ── grades ───────────────────────────────────────────────────────────────────────────────────────────────

    def grades(self, total: Amount, readings: Mapping[str, str]) -> NDArray[np.uint8]:
        """Return the place of each subject's grade among the standard's, highest first; after them comes none."""
        standard, none = self.standard, len(self.standard.grades)
        lowest = np.zeros(self.count, np.uint8)
        graded = np.full(self.count, bool(standard.bands))
        if standard.bands:
            lowest = self._by(standard.bands, total, readings)
        for table in standard.tables.values():
            if table.decides:
                node = self.nodes[table.indicator] if table.indicator else None
                here = np.True_ if node is None or node.applies is None else node.applies
                found = self._by(table.bands, node.value if node else total, readings)
                lowest = np.where(here, np.maximum(lowest, found), lowest)
                graded |= here
        return np.where(graded, lowest, np.uint8(none))

    def _by(self, printed: tuple[Band, ...], score: Amount, readings: Mapping[str, str]) -> NDArray[np.uint8]:
        names = (*self.standard.grades, None)
        completed = bands.complete(printed, readings["between_bands"])
        asked = self._all_hold(self.standard.requires)
        out = np.full(self.count, len(names) - 1, np.uint8)
        reached = np.zeros(self.count, np.bool_)
        graded = np.zeros(self.count, np.bool_)
        for band in completed:
            reached |= self._within(band, score)
            earned = reached & ~graded & asked & self._all_hold(band.requires)
            out[earned] = names.index(band.grade)
            graded |= earned
        return out

    @staticmethod
    def _within(band: Band, score: Amount) -> Mask:
        found = np.ones(len(score.whole), np.bool_)
        for end, strictly, loosely in (
            (band.lower, np.greater, np.greater_equal),
            (band.upper, np.less, np.less_equal),
        ):
            if end:
                found &= (loosely if end.closed else strictly)(*score.compared(end.value))
        return found

    def _all_hold(self, demands: Sequence[Demand]) -> Mask:
        found = np.ones(self.count, np.bool_)
        for demand in demands:
            found &= self._holds(demand)
        return found

    def _holds(self, demand: Demand) -> Mask:
        if demand.test:
            heard = self.facts.test(demand.test)
            if heard is None:
                return np.full(self.count, self.side == "possible")
            return heard.low if self.side == "secured" else heard.high
        if demand.indicator:
            node = self.nodes[demand.indicator]
            line = demand.points if demand.points is not None else node.maximum.times(demand.share or 0)
            ours, theirs = node.value.compared(line)
            reached: Mask = ours >= theirs
            return reached if node.applies is None else reached | ~node.applies
        met = [self._is_met(name) for name in demand.criteria]
        enough: Mask = np.add.reduce(met, dtype=np.int64) >= (demand.met or 0)
        return enough

    def _is_met(self, name: str) -> Mask:
        """Whether a row is met for certain, or can be; a row without points or left out counts as undecided."""
        row, given = self.standard.criteria[name], self.rows.get(name)
        if given is None:
            return np.full(self.count, self.side == "possible" and row.max_score is None)
        full: Mask = given.units == int((row.max_score or 0) * self.lattice)
        return full if given.applies is None else full & given.applies


def _one(node: Indicator, values: list[Fraction]) -> Fraction:
    """Return what a node makes of exact numbers."""
    if node.combine == "sum":
        return sum(values, Fraction(0))
    if node.combine == "best":
        return sum(sorted(values, reverse=True)[: node.best], Fraction(0))
    return (min if node.combine == "minimum" else max)(values, default=Fraction(0))


def _plus(one: Amount, other: Amount) -> Amount:
    common = math.lcm(one.denominator, other.denominator)
    return Amount(one.over(common) + other.over(common), common)


def _any_applies(branches: list[Branch]) -> Mask | None:
    """Return for whom anything below applies; None where something always does, or nothing is there."""
    masks = [branch.applies for branch in branches]
    given = [mask for mask in masks if mask is not None]
    return np.logical_or.reduce(given) if given and len(given) == len(masks) else None


def _picked(way: str, best: int, wholes: list[Whole], applies: list[Mask | None]) -> Whole:
    """Return the minimum, maximum or sum of the best of several columns, without those that do not apply."""
    if way == "minimum":
        never = np.iinfo(np.int64).max
        stack = [w if a is None else np.where(a, w, never) for w, a in zip(wholes, applies, strict=True)]
        lowest: Whole = np.minimum.reduce(stack)
        return np.where(lowest == never, 0, lowest)
    stack = [w if a is None else np.where(a, w, _NEVER) for w, a in zip(wholes, applies, strict=True)]
    ordered = np.sort(np.stack(stack), axis=0)[::-1][: 1 if way == "maximum" else best]
    picked: Whole = np.add.reduce(np.where(ordered == _NEVER, 0, ordered), axis=0)
    return picked


def too_fine(units: int) -> InvalidFile:
    """Return the error that points are so fine that 64 bits do not hold the sums."""
    found = Text(f"每分 {units} 份", f"{units} units to a point")
    expected = Text("较少的小数位或较简单的分值比例", "fewer decimals, or points in simpler proportions")
    title = Text("分值过细，无法精确计数", "points too fine to be counted exactly")
    return InvalidFile(title, [Problem("standard", found, expected)])
