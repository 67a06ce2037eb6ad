"""Columns of numbers, one number a subject: sums and grades in the smallest integers, and trees in exact ones.

Points are counted in units of one over a lattice (12 where a row gives quarters and thirds of a point), so that all is
whole numbers and every result is exact. Where every number is a sum, columns of the smallest integers that hold it are
added up. All other trees compute with `COLUMNS`, the numbers of `lsstd.engine.tree`.
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
from lsstd.exact import Exact, Rounding, nearest
from lsstd.words import msg

Column: TypeAlias = NDArray[np.unsignedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Node:
    """A sum: of which columns, of which nodes before it, and the most that it can be."""

    columns: tuple[int, ...]
    nodes: tuple[int, ...]
    largest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is added up, and where grades begin.

    Parameters
    ----------
    nodes : tuple of Node
        Each after the nodes that it adds; the last is the total.
    edges : tuple of int
        Rising totals at which a new stretch of one grade begins.
    step : int
        What the total is rounded to; 0 leaves it as it is.
    to_even : bool
        Whether a half goes to the even multiple.
    """

    nodes: tuple[Node, ...]
    edges: tuple[int, ...]
    step: int = 0
    to_even: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """A column a node, the last the total, and the stretch (number of edges passed) in which each total lies."""

    nodes: tuple[NDArray[Any], ...]
    total: NDArray[Any]
    stretch: NDArray[np.uint8]


def smallest(largest: int) -> np.dtype[Any]:
    """Return the smallest unsigned integer type that holds a number.

    Examples
    --------
    >>> smallest(255), smallest(256)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(largest)


def add_up(columns: Sequence[Column], plan: Plan) -> Sums:
    """Add columns (unsigned integers, equally long) up to every node of a plan, and find the stretch of each total."""
    sums: list[NDArray[Any]] = []
    for node in plan.nodes:
        out = np.zeros(len(columns[0]) if columns else 0, smallest(max(node.largest, plan.step)))
        for addend in (*(columns[i] for i in node.columns), *(sums[i] for i in node.nodes)):
            np.add(out, addend, out=out)
        sums.append(out)
    if plan.step:
        sums[-1] = nearest(sums[-1], plan.step, plan.to_even)
    return Sums(tuple(sums), sums[-1], find_stretch(sums[-1], plan.edges))


def find_stretch(total: Column, edges: Sequence[int]) -> NDArray[np.uint8]:
    """Count the edges that each total has passed: one comparison an edge is faster than a search or a table."""
    out = np.zeros(len(total), np.uint8)
    most = np.iinfo(total.dtype).max
    for edge in edges:
        if edge <= most:
            np.add(out, (total >= total.dtype.type(edge)).view(np.uint8), out=out)
    return out


def change(total: Column, old: Sequence[Column], new: Sequence[Column], largest: int) -> Column:
    """Return totals in which some columns are replaced: what a reform changes is all that is added anew.

    Parameters
    ----------
    total : array
        The sums with the old columns, unrounded.
    old, new : sequence of arrays
        The columns that go and that come, in the units of `total`.
    largest : int
        The most that a new total can be.
    """
    out = total.astype(smallest(largest))
    for come in new:  # unsigned integers wrap, so the order does not matter
        np.add(out, come, out=out)
    for gone in old:
        np.subtract(out, gone, out=out)
    return out


def sums(places: NDArray[Any], size: int, *factors: NDArray[Any]) -> list[int]:
    """Return exact sums of products of whole numbers, however large; without factors, counts.

    Floats hold whole numbers below 2⁵³ exactly; factors whose sums could exceed that are split into two halves.

    Parameters
    ----------
    places : array of int
        Which of the `size` sums, from 0, each product belongs to.

    Examples
    --------
    >>> import numpy as np
    >>> sums(np.array([0, 1, 1]), 2, np.array([2**60, 2**60, 5]), np.array([-9, 8, 7]))
    [-10376293541461622784, 9223372036854775843]
    """
    bits = [max(int(factor.max(initial=0)), -int(factor.min(initial=0))).bit_length() for factor in factors]
    if sum(bits) + len(places).bit_length() <= 53:
        product = reduce(np.multiply, (factor.astype(np.float64) for factor in factors)) if factors else None
        return [int(each) for each in np.bincount(places, product, size).tolist()]
    widest = bits.index(max(bits))
    half, others = bits[widest] // 2, [factor for i, factor in enumerate(factors) if i != widest]
    high, low = factors[widest] >> half, factors[widest] & ((1 << half) - 1)
    both = zip(sums(places, size, high, *others), sums(places, size, low, *others), strict=True)
    return [(above << half) + below for above, below in both]


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
        opposite = [self.times(value, -1) for value in values]
        return self.times(self.best(opposite, present, 1), -1)

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

    def rounded(self, value: Amount, rounding: Rounding) -> Amount:
        (whole, units), denominator = _common([value, self.constant(rounding.step)])
        return Amount(nearest(whole, units, rounding.to_even), denominator)

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


def too_fine(units: int, place: str = "standard") -> InvalidFile:
    """Return the error that points are so fine that 64 bits do not hold the sums."""
    found = msg("{units} units per point", units=units)
    expected = msg("fewer decimals, or points in simpler proportions")
    title = msg("points too fine to be counted exactly")
    return InvalidFile(title, [Problem(place, found, expected)])


def hold_weights(weight: NDArray[Any], unit: int, times: int = 1) -> None:
    """Refuse weights, in units of one over `unit`, whose sum, multiplied by `times`, would not fit into 64 bits."""
    if float(weight.astype(np.float64).sum()) * times >= 2**55:
        found, right = msg("weights in units of 1/{unit}", unit=unit), msg("fewer decimals")
        raise InvalidFile(msg("weights too fine to be counted exactly"), [Problem("weight", found, right)])
