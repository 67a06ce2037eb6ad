"""Totals of many subjects that are sums of independent numbers: their means, and their chances between lines.

Subjects with the same unknowns have the same distribution, shifted by their certain points; it is computed once.
Different ones are convolved side by side, each in a line of a matrix: adding a number is a weighted sum of shifted
copies. Every step adds positive numbers, so that small chances stay accurate and impossible outcomes stay at 0; and the
result of a subject does not depend, to the last digit, on the subjects beside it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, nearest
from lsstd.population.ratings import is_too_fine
from lsstd.population.scoring import grade_lines
from lsstd.robustness.common_factor import UnknownChance
from lsstd.robustness.distribution import Array, Pmf, denominator
from lsstd.robustness.independent_groups import MOST_PRODUCTS, WIDEST, Group, Unknowns, mixture, pmf_of, steps_of
from lsstd.robustness.joint_outcomes import totals_of
from lsstd.robustness.row_chances import RowChances, TooLarge
from lsstd.standard.standard import Standard

BLOCK = 1 << 17
"""Numbers computed at a time: few enough to stay in the cache of one core."""

Whole = NDArray[np.int64]


class Addend(NamedTuple):
    """The outcomes of an independent number: the lowest, how far above it each lies, and their chances.

    Outcomes are whole numbers over `step`.
    """

    step: int
    low: int
    above: Whole
    chances: Array

    @classmethod
    def of(cls, pmf: Pmf, step: int) -> Addend:
        """Return the outcomes of a distribution on a lattice whose chance is not 0."""
        held = np.flatnonzero(pmf.chances)
        return cls(step, pmf.start + int(held[0]), (held - held[0]).astype(np.int64), pmf.chances[held])

    @classmethod
    def at(cls, chances: Mapping[Exact, float]) -> Addend:
        """Return the outcomes with these points and chances; raise `TooLarge` if they are too fine to be counted."""
        step = denominator(chances)
        units = [int(points * step) for points in sorted(chances)]
        if (reach := units[-1] - units[0]) >= 2**53:
            raise TooLarge(reach)
        above = np.array([unit - units[0] for unit in units], np.int64)
        return cls(step, units[0], above, np.array([chances[points] for points in sorted(chances)]))

    @property
    def mean(self) -> float:
        """The expected excess over the lowest outcome, in points."""
        return float(self.above @ self.chances) / self.step


@dataclass(frozen=True)
class Edges:
    """Totals, in units, at which ranges of a scale begin, and the multiple to which totals are first rounded."""

    edges: tuple[int, ...]
    multiple: int = 0
    to_even: bool = False

    @property
    def unrounded(self) -> Whole:
        """The lowest totals that reach the edges once rounded."""
        if not self.multiple:
            return np.array(self.edges, np.int64)
        found = []
        for edge in self.edges:
            half = -(-edge // self.multiple) * self.multiple - self.multiple // 2
            near = np.arange(half - 1, half + 2)  # a half may be rounded either way
            found.append(near[int(np.argmax(nearest(near, self.multiple, self.to_even) >= edge))])
        return np.array(found, np.int64)


def alike(columns: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first line of each kind in a matrix, and the kind of every line."""
    lines = np.ascontiguousarray(columns)
    kinds = lines.view(np.dtype((np.void, lines.itemsize * lines.shape[1]))).ravel()
    _, first, kind = np.unique(kinds, return_index=True, return_inverse=True)
    return first, kind


@dataclass(frozen=True)
class ManySums:
    """Totals of many subjects.

    Parameters
    ----------
    certain : array
        The certain points of each subject, in units of one over `step`.
    codes : array
        One line per subject: the places of its addends in `addends`, -1 for none.
    addends : sequence of Addend
        Their steps divide `step`.
    """

    step: int
    certain: Whole
    codes: NDArray[np.int32]
    addends: Sequence[Addend]

    def between(self, lines: Edges) -> tuple[Array, Array, dict[int, int]]:
        """Return each subject's mean in points, its chance of each range, and the subjects with too much to compute.

        The ranges lie below the first edge, from each edge to the next, and from the last one on.
        """
        scale = [self.step // each.step for each in self.addends]
        tables = [
            (each.low * k, int(each.above[-1]) * k, int(np.gcd.reduce(each.above)) * k, len(each.above))
            for each, k in zip(self.addends, scale, strict=True)
        ]
        low, reach, pitch, often = np.array([*tables, (0, 0, 0, 0)], np.int64).T  # the last one stands for none, -1
        means = np.array([*(each.mean for each in self.addends), 0.0])
        start = self.certain + low[self.codes].sum(axis=1)
        codes = np.where(reach[self.codes] > 0, self.codes, np.int32(-1))
        first, kind = alike(codes)
        kinds = codes[first]
        steps = np.maximum(1, np.gcd.reduce(pitch[kinds], axis=1))
        widths = reach[kinds].sum(axis=1) // steps + 1
        products = widths * often[kinds].sum(axis=1)
        too_large = (widths > WIDEST) | (products > MOST_PRODUCTS)
        found = np.zeros((len(codes), len(lines.edges) + 1))
        common = np.gcd(start, self.step)  # the same fraction, whatever step other subjects need
        mean = (start // common) / (self.step // common) + means[codes].sum(axis=1)
        ranks = np.lexsort((widths, steps, too_large))
        rank = np.empty(len(ranks), np.intp)
        rank[ranks] = np.arange(len(ranks))
        subjects = np.argsort(rank[kind], kind="stable")
        ordered, edges = rank[kind][subjects], lines.unrounded
        for block in _blocks(widths[ranks], steps[ranks], int((~too_large).sum())):
            chosen = ranks[block]
            width, step = int(widths[chosen[-1]]), int(steps[chosen[0]])
            added = self._added(kinds[chosen], step, width)
            begin, end = np.searchsorted(ordered, [block.start, block.stop])
            often_at_once = max(1, BLOCK // width)
            for at in range(begin, end, often_at_once):
                people = subjects[at : min(end, at + often_at_once)]
                rows = rank[kind[people]] - block.start
                ends = widths[kind[people]]
                places = np.clip(-((start[people, None] - edges) // step), 0, ends[:, None])
                found[people] = _sums(added[rows], places, ends)
                if lines.multiple:
                    units = start[people, None] + step * np.arange(width + 1)
                    rounded = nearest(units, lines.multiple, lines.to_even) // lines.multiple
                    one = _sums(added[rows] * rounded, np.empty((len(people), 0), np.int64), ends)[:, 0]
                    mean[people] = one * float(Fraction(lines.multiple, self.step))
        sizes = np.where(widths > WIDEST, widths, products)[kind]
        return mean, found, {int(i): int(sizes[i]) for i in np.flatnonzero(too_large[kind])}

    def _added(self, codes: NDArray[np.int32], step: int, width: int) -> Array:
        """Return the distribution of the sum of each line of codes above its lowest, with a last column of zeros."""
        found = np.zeros((len(codes), width + 1))
        found[:, 0], wide = 1, 1
        for column in codes.T:
            widest = wide
            for code in np.unique(column[column >= 0]):
                addend, rows = self.addends[code], np.flatnonzero(column == code)
                offsets = addend.above * (self.step // addend.step) // step
                reach = min(width, wide + int(offsets[-1]))
                before, after = found[rows, :wide], np.zeros((len(rows), reach))
                for offset, chance in zip(offsets.tolist(), addend.chances.tolist(), strict=True):
                    held = min(wide, reach - offset)  # beyond it this line is 0, though others of the block are not
                    after[:, offset : offset + held] += chance * before[:, :held]
                found[rows, :reach] = after
                widest = max(widest, reach)
            wide = widest
        return found


def _blocks(widths: Whole, steps: Whole, count: int) -> Iterator[slice]:
    """Yield slices of lines sorted by step and width: each of one step, and no larger than a block."""
    at = 0
    while at < count:
        most = max(1, BLOCK // int(widths[at]))
        while at + most > count or steps[at + most - 1] != steps[at] or most * widths[at + most - 1] > 2 * BLOCK:
            if most == 1:
                break
            most = (most + 1) // 2
        yield slice(at, at + most)
        at += most


def _sums(numbers: Array, places: Whole, ends: Whole) -> Array:
    """Return the sums of each line before its first place, between its places, and from the last one to the end."""
    count, width = numbers.shape
    cuts = np.column_stack([np.zeros(count, np.int64), places, ends])
    flat = (np.arange(count)[:, None] * width + cuts).ravel()
    sums = np.add.reduceat(numbers.ravel(), flat).reshape(count, -1)[:, :-1]
    return np.where(np.diff(cuts) > 0, sums, 0.0)  # for an empty range `reduceat` returns the number at its start


# -- of standards and answers -----------------------------------------------------------------------------------------


class Found(NamedTuple):
    """Expected scores, chances (subjects by grades, highest first, no grade last), and subjects that are too large."""

    mean: Array
    chances: Array
    too_large: dict[int, TooLarge]


Levels: TypeAlias = Sequence[tuple[UnknownChance, float]]
Answered = Mapping[str, RowChances]


def _of_group(rows: Answered, group: Group, chance: UnknownChance) -> Addend:
    """Return the outcomes of a group; raise `TooLarge`, with its rows."""
    try:
        if not group.events:
            points: dict[Exact, float] = defaultdict(float)
            for outcome, p in rows[group.rows[0]].given({}, chance).items():
                points[outcome.points] += p
            return Addend.at(points)
        step = steps_of(rows, group, chance)
        if (size := step * sum(rows[name].row.max_score or 0 for name in group.rows)) > WIDEST:
            raise TooLarge(int(size))
        return Addend.of(pmf_of(rows, group, chance, step), step)
    except TooLarge as large:
        raise TooLarge(large.args[0], *group.rows) from None


@dataclass
class OpenGroups:
    """The unknowns of many subjects: each kind of group is kept once, under a number."""

    standard: Standard
    known: dict[Any, int] = field(default_factory=dict)
    addends: list[Callable[[UnknownChance], Addend]] = field(default_factory=list)

    def _code(self, key: Any, addend: Callable[[UnknownChance], Addend]) -> int:
        """Return the number of a kind of group, adding it if it is new."""
        code = self.known.setdefault(key, len(self.known))
        if code == len(self.addends):
            self.addends.append(addend)
        return code

    def gap(self, points: Fraction) -> int:
        """Return the number of an addend that gives these points if met, else 0."""
        return self._code(points, lambda chance: Addend.at(chance.between(0, points)))

    def group(self, rows: Answered, group: Group) -> int:
        """Return the number of a group, by the answers to its rows (`addends` keeps them, so that ids stay valid)."""
        members = {name: rows[name] for name in group.rows}
        return self._code(tuple(map(id, members.values())), partial(_of_group, members, group))

    def graded(self, readings: dict[str, str], certain: Whole, step: int, codes: Any, levels: Levels) -> Found:
        """Return the chances of subjects with certain points (whole numbers over `step`) and open groups (`codes`)."""
        found = Found(np.zeros(len(codes)), np.zeros((len(codes), len(self.standard.grades) + 1)), {})
        for chance, weight in levels:
            addends: list[Addend] = []
            failed: dict[int, TooLarge] = {}
            for code, addend in enumerate(self.addends):
                try:
                    addends.append(addend(chance))
                except TooLarge as large:
                    failed[code] = large
                    addends.append(Addend.at({0: 1.0}))
            for code, why in failed.items():
                found.too_large.update(dict.fromkeys(np.flatnonzero((codes == code).any(axis=1)).tolist(), why))
            one = self._at_level(readings, certain, step, codes, addends)
            found.mean[:] += one.mean * weight
            found.chances[:] += one.chances * weight
            found.too_large.update(one.too_large)
        return found

    def _at_level(
        self, readings: dict[str, str], certain: Whole, step: int, codes: Any, addends: Sequence[Addend]
    ) -> Found:
        standard, unit = self.standard, Fraction(self.standard.rounding_step)
        is_rounded = readings["rounding"] == "total"
        used = [addends[code] for code in np.unique(codes[codes >= 0])]
        units = math.lcm(step, unit.denominator if is_rounded else 1, *(addend.step for addend in used))
        if is_too_fine(standard, units):
            if len(codes) == 1:
                large = TooLarge(units * int(standard.maximum))
                return Found(np.zeros(1), np.zeros((1, len(standard.grades) + 1)), {0: large})
            half = len(codes) // 2
            parts = [slice(half), slice(half, None)]
            one, other = (self._at_level(readings, certain[part], step, codes[part], addends) for part in parts)
            too_large = one.too_large | {half + i: large for i, large in other.too_large.items()}
            mean, chances = np.concatenate([one.mean, other.mean]), np.concatenate([one.chances, other.chances])
            return Found(mean, chances, too_large)
        scale = grade_lines(standard, readings, units)
        multiple = int(unit * units) if is_rounded else 0
        lines = Edges(scale.edges, multiple, standard.rounding.to_even)
        means, between, too_much = ManySums(units, certain * (units // step), codes, addends).between(lines)
        chances = np.zeros((len(codes), len(standard.grades) + 1))
        for stretch, grade in enumerate(scale.codes((*standard.grades, None)).tolist()):
            chances[:, grade] += between[:, stretch]
        return Found(means, chances, {i: TooLarge(size) for i, size in too_much.items()})


def of_models(
    standard: Standard, readings: dict[str, str], models: Iterable[Unknowns], order: Mapping[str, int], levels: Levels
) -> Found:
    """Return the chances of subjects given one by one: sums all together at the end, other trees outcome by outcome."""
    if standard.is_plain:
        found, lines = OpenGroups(standard), []
        for model in models:
            codes = np.full(len(order), -1, np.int32)
            for group in model.scored:
                codes[order[group.rows[0]]] = found.group(model.rows, group)
            lines.append(codes)
        everyone = np.array(lines, np.int32).reshape(-1, len(order))
        return found.graded(readings, np.zeros(len(lines), np.int64), 1, everyone, levels)
    means, chances, too_large = [], [], {}
    for i, model in enumerate(models):
        try:
            totals = mixture((totals_of(model, chance, with_award=False), weight) for chance, weight in levels)
        except TooLarge as large:
            too_large[i] = large
        means.append(float(totals.units @ totals.chance) / totals.step if i not in too_large else math.nan)
        none = np.full(len(standard.grades) + 1, math.nan)
        chances.append(totals.by_grade(totals.chance, standard.grades) if i not in too_large else none)
    return Found(np.array(means), np.array(chances).reshape(len(means), -1), too_large)
