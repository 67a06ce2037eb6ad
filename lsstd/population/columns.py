"""Columns of exact numbers: what a tree of many subjects computes with, each column whole numbers over a denominator.

Weights, divisors and scaled-up rows make finer fractions on the way up; each column keeps a denominator of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.engine.tree import Condition
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact
from lsstd.words import Text

Whole: TypeAlias = NDArray[np.int64]
_MOST = 2**61


@dataclass(frozen=True, slots=True)
class Amount:
    """Whole numbers over a denominator, one a subject, or one for all of them."""

    whole: Whole
    denominator: int

    @property
    def largest(self) -> int:
        """The largest of the whole numbers, whichever way."""
        return int(np.abs(self.whole).max(initial=0))

    def over(self, denominator: int) -> Whole:
        """Return the whole numbers over a multiple of the denominator.

        Raises
        ------
        InvalidFile
            They do not fit into 64 bits.
        """
        factor = denominator // self.denominator
        if factor > 1 and self.largest * factor >= _MOST:
            raise too_fine(denominator)
        return self.whole * factor


def _common(amounts: Sequence[Amount]) -> tuple[list[Whole], int]:
    """Return the whole numbers of several columns over one denominator."""
    denominator = math.lcm(*(amount.denominator for amount in amounts))
    return [amount.over(denominator) for amount in amounts], denominator


class _Columns:
    """The numbers of `lsstd.engine.tree`, as columns."""

    def constant(self, value: Exact) -> Amount:
        return Amount(np.array(value.numerator, np.int64), value.denominator)

    def total(self, values: Sequence[Amount]) -> Amount:
        wholes, denominator = _common(values)
        if sum(int(np.abs(whole).max(initial=0)) for whole in wholes) >= _MOST:
            raise too_fine(denominator)
        return Amount(reduce(np.add, wholes, np.array(0, np.int64)), denominator)

    def times(self, value: Amount, factor: Exact) -> Amount:
        if factor == 1:
            return value
        denominator = value.denominator * factor.denominator
        if value.largest * max(1, abs(factor.numerator)) >= _MOST or denominator >= _MOST:
            raise too_fine(denominator)
        return Amount(value.whole * factor.numerator, denominator)

    def held(self, value: Amount, floor: Exact | None, cap: Exact | None) -> Amount:
        for end, hold in ((cap, np.minimum), (floor, np.maximum)):
            if end is not None:
                (whole, line), denominator = _common([value, self.constant(end)])
                value = Amount(hold(whole, line), denominator)
        return value

    def best(self, values: Sequence[Amount], present: Sequence[Condition], count: int) -> Amount:
        if not values:
            return self.total(values)
        wholes, denominator = _common(values)
        absent = np.iinfo(np.int64).min
        stack = np.broadcast_arrays(*(np.where(p, whole, absent) for p, whole in zip(present, wholes, strict=True)))
        highest = np.sort(np.stack(stack), axis=0)[::-1][:count]
        return self.total([Amount(np.where(each == absent, 0, each), denominator) for each in highest])

    def lowest(self, values: Sequence[Amount], present: Sequence[Condition]) -> Amount:
        if not values:
            return self.total(values)
        wholes, denominator = _common(values)
        absent = np.iinfo(np.int64).max
        low = reduce(np.minimum, (np.where(p, whole, absent) for p, whole in zip(present, wholes, strict=True)))
        return Amount(np.where(low == absent, 0, low), denominator)

    def where(self, condition: Condition, this: Amount, other: Amount) -> Amount:
        wholes, denominator = _common([this, other])
        return Amount(np.where(condition, *wholes), denominator)

    def rescaled(self, points: Amount, maximum: Amount, full: Exact) -> tuple[Amount, Amount]:
        """Scale points up, by each maximum that occurs."""
        tops, place = np.unique(maximum.whole, return_inverse=True)
        factors = [Fraction(full * maximum.denominator, top) if top else Fraction(1) for top in tops.tolist()]
        common = math.lcm(*(factor.denominator for factor in factors))
        factor = np.array([int(each * common) for each in factors], np.int64)[place.reshape(maximum.whole.shape)]
        denominator = points.denominator * common
        if points.largest * int(np.abs(factor).max(initial=0)) >= _MOST or denominator >= _MOST:
            raise too_fine(denominator)
        scaled = Amount(points.whole * factor, denominator)
        return scaled, self.where(maximum.whole == 0, maximum, self.constant(full))

    def rounded(self, value: Amount, step: Exact) -> Amount:
        (whole, units), denominator = _common([value, self.constant(step)])
        return Amount((2 * whole + units) // (2 * units) * units, denominator)

    def reaches(self, value: Amount, line: Amount | Exact, is_closed: bool = True) -> Condition:
        (ours, theirs), _ = _common([value, line if isinstance(line, Amount) else self.constant(line)])
        return ours >= theirs if is_closed else ours > theirs

    def first(self, conditions: Sequence[Condition], places: Sequence[int], none: int) -> NDArray[np.uint8]:
        found = np.array(none, np.uint8)
        for holds, place in zip(reversed(conditions), reversed(places), strict=True):
            found = np.where(holds, np.uint8(place), found)
        return found

    def furthest(self, found: Sequence[tuple[Condition, Any]], none: int) -> NDArray[np.uint8]:
        graded, lowest = reduce(np.logical_or, (here for here, _ in found), np.False_), np.array(0, np.uint8)
        for here, place in found:
            lowest = np.where(here, np.maximum(lowest, place), lowest)
        return np.where(graded, lowest, np.uint8(none))


COLUMNS = _Columns()


def too_fine(units: int) -> InvalidFile:
    """Return the error that points are so fine that 64 bits do not hold the sums."""
    found = Text(f"每分 {units} 份", f"{units} units to a point")
    expected = Text("较少的小数位或较简单的分值比例", "fewer decimals, or points in simpler proportions")
    title = Text("分值过细，无法精确计数", "points too fine to be counted exactly")
    return InvalidFile(title, [Problem("standard", found, expected)])
