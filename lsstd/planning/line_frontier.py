"""The lines of grades: for every number of points moved, those that miss the goals by least, exactly.

What a goal counts is a sum of one function of each line. So a recursion from line to line, with a label for the points
moved, finds the whole frontier where each goal is of one line or of two neighbours; else all combinations are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import pairwise, zip_longest
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lsstd.engine.tree import full_tree
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact, whole
from lsstd.planning.design_aims import Mask, Scene, Whole, first
from lsstd.planning.design_goals import allowed, common
from lsstd.words import msg, same

MOST_CELLS = 10_000_000
"""Most combinations of lines that are tried one by one."""
Family: TypeAlias = Literal["lines", "rows", "mixed", "conditions"]
Found: TypeAlias = tuple[int, int, tuple[int, ...]]
"""Units moved, by how much goals are then missed, the place of each line's value."""


class Choice(NamedTuple):
    """A reform of one family: what it moves, by how much, and by how much it misses the goals.

    `bound` is what no reform of the family that moves as little can undercut; where it is `missed`, that is proved.
    """

    family: Family
    changes: Mapping[str, Exact]
    moved: Exact
    missed: int
    bound: int

    @property
    def edits(self) -> int:
        """How many lines, rows or thresholds it changes."""
        return len(self.changes)

    @property
    def proved(self) -> bool:
        """Whether nothing that moves as little does better."""
        return self.bound >= self.missed


@dataclass(frozen=True)
class LineValues:
    """The lower end of a band and the values that it may have, the present one first.

    Parameters
    ----------
    starts, ends : array
        For each value the least units in that band, and the least above the band below; they differ in a gap.
    """

    path: str
    values: tuple[Exact, ...]
    starts: Whole
    ends: Whole


def lines_of(scene: Scene) -> list[LineValues]:
    """Return the lower end of each band, with other values within reach where it may move."""
    standard, goals, found = scene.standard, scene.goals, []
    top, is_closed = full_tree(standard).score.possible, True
    if standard.bands and (end := standard.bands[0].upper) and end.value <= top:  # the highest grade ends below it
        top, is_closed = end.value, end.closed
    completed = standard.completed_bands(scene.readings["between_bands"])
    may, step = allowed(goals, standard, "lines"), goals.step.lines
    many = int((goals.cap.lines or 0) / step)
    for band, here, below in zip_longest(standard.bands, completed, completed[1:]):
        path, values = f"lines.{band.grade}", [band.lower.value if band.lower else 0]
        now = values[0]
        if band.lower and path in may:
            others = (whole(Fraction(now + each * step)) for each in range(-many, many + 1))
            is_open = not (band.lower.closed and is_closed)
            values += [
                value for value in others if value != now and 0 <= value <= top and not (is_open and value == top)
            ]
        shifts = [value - now for value in values]
        lower, upper = here.lower, below.upper if below else None
        starts = [first(lower.value + by, lower.closed, scene.lattice) if lower else -(2**62) for by in shifts]
        ends = [first(upper.value + by, not upper.closed, scene.lattice) for by in shifts] if upper else starts
        found.append(LineValues(path, tuple(values), np.array(starts, np.int64), np.array(ends, np.int64)))
    return found


class LineSearch:
    """The frontier of the lines of a scene; with `is_fixed`, they stay where they are."""

    def __init__(self, scene: Scene, lines: list[LineValues] | None = None, is_fixed: bool = False) -> None:
        self.scene, self.lines = scene, lines_of(scene) if lines is None else lines
        if is_fixed:
            self.lines = [LineValues(line.path, line.values[:1], line.starts[:1], line.ends[:1]) for line in self.lines]
        shifts = [[abs(Fraction(value - line.values[0])) for value in line.values] for line in self.lines]
        self.unit = common(each for values in shifts for each in values)
        self.moves = [np.array([int(each / self.unit) for each in values], np.int64) for values in shifts]

    @property
    def may_move(self) -> bool:
        """Whether there is any line that may."""
        return any(len(line.values) > 1 for line in self.lines)

    @property
    def most(self) -> Exact:
        """The most points that all lines together can move."""
        return whole(self.unit * sum(int(moves.max()) for moves in self.moves))

    @cached_property
    def _counts(self) -> list[list[Whole]]:
        """For each aim, what each value of each line adds to its count."""
        scene, found = self.scene, []

        def beyond(weight: Whole, units: Whole) -> Whole:
            """Return the sum over those whose total is at or beyond some units."""
            return np.append(np.cumsum(weight[::-1])[::-1], 0)[np.searchsorted(scene.total, units)]

        for aim in scene.aims:
            at, above, added = aim.at, aim.above, list[Whole]()
            if not scene.standard.is_plain:  # the bands that must be reached for these places
                enters = np.stack([scene.column(f"enters.{place}") for place in range(len(scene.standard.grades) + 1)])
                at, above = (np.where(each < 0, -1, enters[each, np.arange(len(scene))]) for each in (at, above))
            for number, line in enumerate(self.lines):
                added.append(beyond(aim.weight * ((at == number) * 1 - (above == number)), line.starts))
                if not np.array_equal(line.starts, line.ends):
                    gap = aim.weight * ((at > number) * 1 - (above > number))
                    added[-1] = added[-1] + beyond(gap, line.starts) - beyond(gap, line.ends)
            if self.lines and (top := scene.standard.bands[0].upper):
                over = np.array([first(top.value, not top.closed, scene.lattice)])
                added[0] = added[0] - beyond(aim.weight * ((at >= 0) * 1 - (above >= 0)), over)
            found.append(added)
        return found

    def places(self, changes: Mapping[str, Exact]) -> list[int]:
        """Return which of its values each line takes after some changes."""
        return [line.values.index(changes.get(line.path, line.values[0])) for line in self.lines]

    def missed_each(self, changes: Mapping[str, Exact]) -> list[int]:
        """Return by how much each goal is missed once lines have moved so."""
        if not any(places := self.places(changes)):
            return [int(aim.missed(aim.count(self.scene.place))) for aim in self.scene.aims]
        return [
            int(aim.missed(sum(int(each[place]) for each, place in zip(added, places, strict=True))))
            for aim, added in zip(self.scene.aims, self._counts, strict=True)
        ]

    def _costs(self, aims: Mapping[int, int], kind: Any) -> tuple[list[Any], list[Any], int] | None:
        """Return what each line's values, and each pair of neighbours', miss; None where a goal is of others."""
        alone: list[Any] = [np.zeros(len(line.values), kind) for line in self.lines]
        pairs: list[Any] = [np.zeros((len(one), len(other)), kind) for one, other in pairwise(alone)]
        constant = 0
        for i, factor in aims.items():
            aim, added = self.scene.aims[i], self._counts[i]
            varied = [j for j, values in enumerate(added) if np.ptp(values)]
            count = sum(int(values[0]) for j, values in enumerate(added) if j not in varied)
            if aim.is_of_each:
                constant += factor * (aim.low - count)
                for j in varied:
                    alone[j] -= factor * added[j].astype(kind)
            elif not varied:
                constant += factor * int(aim.missed(count))
            elif len(varied) == 1:
                alone[varied[0]] += factor * aim.missed(count + added[varied[0]]).astype(kind)
            elif len(varied) == 2 and varied[1] == varied[0] + 1:
                both = added[varied[0]][:, None] + added[varied[1]][None, :]
                pairs[varied[0]] += factor * aim.missed(count + both).astype(kind)
            else:
                return None
        return alone, pairs, constant

    def crossed(self, j: int) -> Mask:
        """Return which values of a line and of the next one leave no score between them."""
        (high, low), (one, other) = self.scene.standard.bands[j : j + 2], self.lines[j : j + 2]
        if not (high.lower and low.lower and low.upper):
            return np.zeros((len(one.values), len(other.values)), np.bool_)
        gap = high.lower.value - low.upper.value
        scale = math.lcm(*(Fraction(value).denominator for value in (*one.values, *other.values, gap)))
        tops = np.array([int((value - gap) * scale) for value in one.values], np.int64)
        bottoms = np.array([int(value * scale) for value in other.values], np.int64)
        is_single = low.lower.closed and low.upper.closed  # a band may be a single score
        crossed: Mask = tops[:, None] < bottoms[None, :] + (not is_single)
        crossed[0, 0] = False
        return crossed

    def frontier(self, aims: Mapping[int, int] | None = None) -> list[Choice]:
        """Return the least miss of some goals for rising numbers of points moved, as far as it falls.

        Of choices that move and miss as much the one with the fewest edits is taken. `aims` says which goals count,
        and how many times; without it, each counts once.
        """
        wanted = dict.fromkeys(range(len(self.scene.aims)), 1) if aims is None else aims
        if not self.may_move:
            each = self.missed_each({})
            missed = sum(factor * each[i] for i, factor in wanted.items())
            return [Choice("lines", {}, 0, missed, missed)]
        # No cost comes near `far`; sums of a few unreachable ones may need Python's integers instead of 64 bits.
        most = 1 + sum(factor * int(self.scene.aims[i].weight.sum()) for i, factor in wanted.items())
        far = 4 * most * (len(self.lines) + 2)
        kind = np.int64 if far < 2**61 else np.object_
        costs, choices = self._costs(wanted, kind), list[Choice]()
        found = self._by_recursion(*costs, far) if costs else self._by_trial(wanted, far, kind)
        for moved, missed, places in found:
            if not choices or missed < choices[-1].missed:
                changed = [(line, place) for line, place in zip(self.lines, places, strict=True) if place]
                changes = {line.path: line.values[place] for line, place in changed}
                choices.append(Choice("lines", changes, whole(moved * self.unit), missed, missed))
        return choices

    def _by_recursion(self, alone: list[Any], pairs: list[Any], constant: int, far: int) -> Iterator[Found]:
        """Yield the least miss for each number of units moved: values of one line after the other, moves as labels."""
        many = len(self.lines) + 1
        costs = [each * many + (np.arange(len(each)) > 0) for each in alone]
        kind = costs[0].dtype
        best, came = np.full((int(self.moves[0].max()) + 1, len(costs[0])), far, kind), []
        best[self.moves[0], np.arange(len(costs[0]))] = costs[0]
        for j, (moves, cost) in enumerate(zip(self.moves[1:], costs[1:], strict=True)):
            step = np.where(self.crossed(j), far, pairs[j] * many).astype(kind)
            wider = np.full((len(best) + int(moves.max()), len(cost)), far, kind)
            source = np.zeros(wider.shape, np.int64)
            for place, move in enumerate(moves.tolist()):
                through = best + step[:, place]
                chosen, here = through.argmin(axis=1), slice(move, move + len(best))
                wider[here, place] = np.minimum(far, through[np.arange(len(best)), chosen] + cost[place])
                source[here, place] = chosen
            best = wider
            came.append(source)
        for moved, (place, least) in enumerate(zip(best.argmin(axis=1), best.min(axis=1), strict=True)):
            if least < far // 2:
                places, left = [int(place)], moved
                for source, moves in zip(reversed(came), reversed(self.moves), strict=False):
                    before = int(source[left, places[0]])
                    left -= int(moves[places[0]])
                    places.insert(0, before)
                yield moved, int(least) // many + constant, tuple(places)

    def _by_trial(self, aims: Mapping[int, int], far: int, kind: Any) -> Iterator[Found]:
        """Yield the same by trying all combinations of values, one axis per line."""
        shape = tuple(len(line.values) for line in self.lines)
        if math.prod(shape) > MOST_CELLS:
            title = msg("grades depend on more than the total: too many combinations of lines to try")
            right = msg("at most {most}: list fewer lines in may_change, or lower the cap", most=MOST_CELLS)
            raise InvalidFile(title, [Problem("cap.lines", same(str(math.prod(shape))), right)])

        def along(j: int, values: Whole) -> Whole:
            return values.reshape([-1 if i == j else 1 for i in range(len(shape))])

        def over_lines(values: Iterable[Whole]) -> Whole:
            return reduce(np.add, (along(j, each) for j, each in enumerate(values)))

        missed = np.zeros(shape, kind)
        for i, factor in aims.items():
            missed += factor * self.scene.aims[i].missed(over_lines(self._counts[i])).astype(kind)
        for j in range(len(shape) - 1):
            crossed = self.crossed(j).reshape([shape[i] if i in (j, j + 1) else 1 for i in range(len(shape))])
            missed = np.where(crossed, far, missed)
        edits = over_lines((moves > 0) * 1 for moves in self.moves)
        for units, least, place in falling(missed, over_lines(self.moves), edits):
            yield units, least, tuple(int(each) for each in np.unravel_index(place, shape))

    def interval(self, choice: Choice, path: str) -> tuple[Exact, Exact]:
        """Return the range in which a line can move without changing anyone's grade."""
        j = next(j for j, line in enumerate(self.lines) if line.path == path)
        line, totals = self.lines[j], np.unique(self.scene.total)
        at = np.stack([np.searchsorted(totals, line.starts), np.searchsorted(totals, line.ends)])
        alike = (at == at[:, [line.values.index(choice.changes[path])]]).all(axis=0)
        set_at = self.places(choice.changes)
        if j:
            alike &= ~self.crossed(j - 1)[set_at[j - 1], :]
        if j + 1 < len(self.lines):
            alike &= ~self.crossed(j)[:, set_at[j + 1]]
        values = [value for value, same in zip(line.values, alike, strict=True) if same]
        return min(values), max(values)


def falling(missed: Any, moved: Any, edits: Any) -> Iterator[tuple[int, int, int]]:
    """Yield the least miss in a grid of combinations for rising numbers of units moved, as long as it falls.

    With it comes its place in the grid: of combinations that move and miss as much, the one with the fewest edits.
    """
    missed, moved, edits, least = missed.ravel(), moved.ravel(), edits.ravel(), None
    for units in range(int(moved.max()) + 1):
        flat = np.flatnonzero(moved == units)
        if len(flat) and (least is None or missed[flat].min() < least):
            least = missed[flat].min()
            alike = flat[missed[flat] == least]
            yield units, int(least), int(alike[edits[alike].argmin()])
        if least == 0:
            return
