"""The lines of grades: for every number of points moved, those that miss the goals by least, exactly.

What a goal counts is a sum of one function of each line. So a recursion from line to line, with a label for the points
moved, finds the whole frontier where each goal is of one line or of two neighbours; else all combinations are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from itertools import combinations
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from lsstd.engine.tree import full_tree
from lsstd.exact import Exact, decimals, whole
from lsstd.planning.design_aims import Mask, Scene, Whole, first
from lsstd.planning.design_goals import allowed
from lsstd.standard.bands import Band

MOST_CELLS = 10_000_000
"""Most combinations of lines that are tried one by one; of more, two lines are moved at a time."""
Family: TypeAlias = Literal["lines", "rows", "mixed", "conditions"]


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
class Line:
    """A line of a grade and the values that it may have, the present one first.

    Parameters
    ----------
    number : int
        Of the band whose lower end it is.
    starts, ends : array
        For each value the least units in that band, and the least above the band below; they differ in a gap.
    """

    number: int
    path: str
    values: tuple[Exact, ...]
    starts: Whole
    ends: Whole

    def moves(self, unit: Fraction) -> Whole:
        """Return how far each value is from the present one, in a unit."""
        return np.array([int(abs(Fraction(value - self.values[0])) / unit) for value in self.values], np.int64)


def lines_of(scene: Scene) -> list[Line]:
    """Return the lines that may change, with values that leave every grade some scores within reach."""
    standard, goals, found = scene.standard, scene.goals, []
    printed, top = standard.bands, full_tree(standard).score.possible
    is_closed = True
    if printed and (end := printed[0].upper) and end.value <= top:  # the highest grade ends below the total
        top, is_closed = end.value, end.closed
    completed = standard.completed_bands(scene.readings["between_bands"])
    may, cap = allowed(goals, standard, "lines"), goals.cap.lines or Fraction(standard.maximum) / 10
    for number, band in enumerate(printed):
        if band.lower is None or f"lines.{band.grade}" not in may:
            continue
        step, now, values = goals.step.lines.step, band.lower.value, [band.lower.value]
        base = 0 if goals.step.lines.anchor == "zero" else now
        for times in range(math.ceil((now - cap - base) / step), math.floor((now + cap - base) / step) + 1):
            value = whole(Fraction(base + times * step))
            if value != now and (value < top or (value == top and band.lower.closed and is_closed)) and value >= 0:
                values.append(value)
        above = printed[number - 1] if number else None
        below = printed[number + 1] if number + 1 < len(printed) else None
        held = [each if each and f"lines.{each.grade}" not in may else None for each in (above, below)]
        kept = [value for value in values if value == now or _fits(band, value, *held)]
        lower, upper = completed[number].lower, completed[number + 1].upper if below else None
        shifts = [value - now for value in kept]
        starts = [first(lower.value + by, lower.closed, scene.lattice) for by in shifts] if lower else []
        ends = [first(upper.value + by, not upper.closed, scene.lattice) for by in shifts] if upper else starts
        line = Line(number, f"lines.{band.grade}", tuple(kept), np.array(starts, np.int64), np.array(ends, np.int64))
        found.append(line)
    return found


def _fits(band: Band, value: Exact, above: Band | None, below: Band | None) -> bool:
    """Say whether a line keeps clear of neighbours that stay where they are."""
    tops = above is None or above.lower is None or _clear(above, band, above.lower.value, value)
    return tops and (below is None or below.lower is None or _clear(band, below, value, below.lower.value))


def _room(high: Band, low: Band) -> tuple[Exact, bool]:
    """Return the gap between two neighbours, and whether the lower one may be a single score."""
    gap = high.lower.value - low.upper.value if high.lower and low.upper else 0
    return gap, bool(low.lower and low.lower.closed and low.upper and low.upper.closed)


def _clear(high: Band, low: Band, top: Exact, bottom: Exact) -> bool:
    """Say whether the lower of two neighbours holds scores where their lines are at these values."""
    gap, is_closed = _room(high, low)
    return top - gap > bottom or (is_closed and top - gap == bottom)


class LineSearch:
    """The frontier of the lines of a scene."""

    def __init__(self, scene: Scene, lines: Sequence[Line] | None = None) -> None:
        self.scene = scene
        self.lines = lines_of(scene) if lines is None else list(lines)
        shifts = [Fraction(value - line.values[0]) for line in self.lines for value in line.values]
        scale = math.lcm(*(shift.denominator for shift in shifts), 1)
        self.unit = Fraction(math.gcd(*(int(shift * scale) for shift in shifts)) or 1, scale)
        self.moves = [line.moves(self.unit) for line in self.lines]

    @cached_property
    def _counts(self) -> list[tuple[int, list[Whole]]]:
        """Of each aim what it counts whatever the lines, and what each line's values add."""
        scene = self.scene
        order = np.argsort(scene.total, kind="stable")
        total = scene.total[order]
        bands = scene.standard.completed_bands(scene.readings["between_bands"])
        fixed = {line.number: line for line in self.lines}
        found = []
        for aim in scene.aims:
            at, above = (self._enters(places)[order] for places in (aim.at, aim.above))
            weight = aim.weight[order]

            def beyond(signed: Whole, units: Whole, total: Whole = total) -> Whole:
                """Return the sum over those whose total is at or beyond some units."""
                sums = np.append(np.cumsum(signed[::-1])[::-1], 0)
                return sums[np.searchsorted(total, units)]

            constant, by_line = 0, {}
            for number, band in enumerate(bands):
                below = bands[number + 1].upper if number + 1 < len(bands) else None
                if line := fixed.get(number):
                    starts, ends = line.starts, line.ends
                else:
                    low = first(band.lower.value, band.lower.closed, scene.lattice) if band.lower else -(2**62)
                    starts = np.array([low])
                    ends = np.array([first(below.value, not below.closed, scene.lattice)]) if below else starts
                added = beyond(weight * ((at == number) * 1 - (above == number)), starts)
                if not np.array_equal(starts, ends):
                    gap = weight * ((at > number) * 1 - (above > number))
                    added = added + beyond(gap, starts) - beyond(gap, ends)
                if line:
                    by_line[number] = added
                else:
                    constant += int(added[0])
            if bands and (top := bands[0].upper):
                over = np.array([first(top.value, not top.closed, scene.lattice)])
                constant -= int(beyond(weight * ((at >= 0) * 1 - (above >= 0)), over)[0])
            found.append((constant, [by_line[line.number] for line in self.lines]))
        return found

    def _enters(self, places: Whole) -> Whole:
        """Return the band that each subject must reach to be graded at a place or better; -1 where none suffices."""
        enters = self.scene.enters
        if enters is None:
            return places
        return np.where(places < 0, -1, enters[np.arange(len(places)), places])

    def _costs(self, aims: Mapping[int, int]) -> tuple[list[Whole], list[Whole], int] | None:
        """Return what each line's values, and each pair of neighbours', miss; None where a goal is of others."""
        alone = [np.zeros(len(line.values), np.int64) for line in self.lines]
        pairs = [
            np.zeros((len(one.values), len(other.values)), np.int64)
            for one, other in zip(self.lines, self.lines[1:], strict=False)
        ]
        constant = 0
        for i, factor in aims.items():
            aim, (count, added) = self.scene.aims[i], self._counts[i]
            varied = [j for j, values in enumerate(added) if np.ptp(values)]
            count += sum(int(values[0]) for j, values in enumerate(added) if j not in varied)
            if aim.is_of_each:
                constant += factor * (aim.low - count)
                for j in varied:
                    alone[j] -= factor * added[j]
            elif not varied:
                constant += factor * int(aim.missed(count))
            elif len(varied) == 1:
                alone[varied[0]] += factor * aim.missed(count + added[varied[0]])
            elif len(varied) == 2 and varied[1] == varied[0] + 1:
                both = count + added[varied[0]][:, None] + added[varied[1]][None, :]
                pairs[varied[0]] += factor * aim.missed(both)
            else:
                return None
        return alone, pairs, constant

    def crossed(self, j: int) -> Mask:
        """Return which values of a line and of the next one leave no score between them."""
        one, other = self.lines[j], self.lines[j + 1]
        if other.number != one.number + 1:
            return np.zeros((len(one.values), len(other.values)), np.bool_)
        high, low = (self.scene.standard.bands[line.number] for line in (one, other))
        gap, is_closed = _room(high, low)
        scale = math.lcm(*(Fraction(value).denominator for value in (*one.values, *other.values, gap)))
        tops, bottoms = (
            np.array([int((value - by) * scale) for value in line.values], np.int64)
            for line, by in ((one, gap), (other, 0))
        )
        crossed: Mask = tops[:, None] < bottoms[None, :] + (not is_closed)
        crossed[0, 0] = False
        return crossed

    def frontier(self, aims: Mapping[int, int] | None = None) -> list[Choice]:
        """Return the least miss of some goals for rising numbers of points moved, as far as it falls.

        Of choices that move and miss as much the one with the fewest edits is taken. `aims` says which goals count,
        and how many times; without it, each counts once.
        """
        wanted = dict.fromkeys(range(len(self.scene.aims)), 1) if aims is None else aims
        if not self.lines:
            aims_, place = self.scene.aims, self.scene.place
            missed = sum(factor * int(aims_[i].missed(aims_[i].count(place))) for i, factor in wanted.items())
            return [Choice("lines", {}, 0, missed, missed)]
        costs = self._costs(wanted)
        found = self._by_recursion(*costs) if costs else self._by_trial(wanted)
        choices: list[Choice] = []
        for moved, missed, places, proved in found:
            if not choices or missed < choices[-1].missed:
                changed = [(line, place) for line, place in zip(self.lines, places, strict=True) if place]
                changes = {line.path: line.values[place] for line, place in changed}
                bound = missed if proved else 0
                choices.append(Choice("lines", changes, whole(moved * self.unit), missed, bound))
        return choices

    def _by_recursion(
        self, alone: list[Whole], pairs: list[Whole], constant: int
    ) -> Iterator[tuple[int, int, tuple[int, ...], bool]]:
        """Yield the least miss for each number of units moved: values of one line after the other, moves as labels."""
        many, never = len(self.lines) + 1, FAR
        costs = [each * many + (np.arange(len(each)) > 0) for each in alone]
        most = [int(moves.max()) for moves in self.moves]
        best = np.full((most[0] + 1, len(costs[0])), never)
        best[self.moves[0], np.arange(len(costs[0]))] = costs[0]
        came = []
        for j in range(1, len(self.lines)):
            step = np.where(self.crossed(j - 1), never, pairs[j - 1] * many)
            wider = np.full((len(best) + most[j], len(costs[j])), never)
            source = np.zeros(wider.shape, np.int64)
            for place, move in enumerate(self.moves[j].tolist()):
                through = best + step[:, place]
                chosen = through.argmin(axis=1)
                least = through[np.arange(len(best)), chosen] + costs[j][place]
                wider[move : move + len(best), place], source[move : move + len(best), place] = least, chosen
            best = wider
            came.append(source)
        for moved, (place, least) in enumerate(zip(best.argmin(axis=1), best.min(axis=1), strict=True)):
            if least < never // 2:
                yield moved, int(least) // many + constant, self._traced(came, moved, int(place)), True

    def _traced(self, came: Sequence[Whole], moved: int, place: int) -> tuple[int, ...]:
        """Return the values of all lines that led to one value of the last with some units moved."""
        places = [place]
        for j in range(len(self.lines) - 1, 0, -1):
            before = int(came[j - 1][moved, places[0]])
            moved -= int(self.moves[j][places[0]])
            places.insert(0, before)
        return tuple(places)

    def _by_trial(self, aims: Mapping[int, int]) -> Iterator[tuple[int, int, tuple[int, ...], bool]]:
        """Yield the same by trying all combinations, or those of two lines at a time where there are too many."""
        count, is_whole = len(self.lines), math.prod(len(line.values) for line in self.lines) <= MOST_CELLS
        best: dict[int, tuple[int, int, tuple[int, ...]]] = {}
        for free in [tuple(range(count))] if is_whole else combinations(range(count), min(2, count)):
            shape = tuple(len(line.values) if j in free else 1 for j, line in enumerate(self.lines))

            def along(j: int, values: Whole, shape: tuple[int, ...] = shape) -> Whole:
                return values[: shape[j]].reshape([-1 if i == j else 1 for i in range(count)])

            missed = np.zeros(shape, np.int64)
            for i, factor in aims.items():
                constant, added = self._counts[i]
                missed += factor * self.scene.aims[i].missed(constant + reduce(np.add, map(along, range(count), added)))
            moved = reduce(np.add, map(along, range(count), self.moves)) + np.zeros(shape, np.int64)
            edits = reduce(np.add, (along(j, (moves > 0) * 1) for j, moves in enumerate(self.moves)))
            value = missed * (count + 1) + edits
            for j in range(count - 1):
                crossed = self.crossed(j)[: shape[j], : shape[j + 1]]
                value += np.where(crossed, FAR, 0).reshape([shape[i] if i in (j, j + 1) else 1 for i in range(count)])
            flat = np.lexsort((value.ravel(), moved.ravel()))
            _, firsts = np.unique(moved.ravel()[flat], return_index=True)
            for place in flat[firsts]:
                at, units = value.ravel()[place], int(moved.ravel()[place])
                if at < FAR and (units not in best or at < best[units][0]):
                    places = tuple(int(each) for each in np.unravel_index(place, shape))
                    best[units] = (int(at), int(missed.ravel()[place]), places)
        for units, (_, least, places) in sorted(best.items()):
            yield units, least, places, is_whole

    def interval(self, choice: Choice, path: str) -> tuple[Exact, Exact, Exact]:
        """Return between which values the line can be without another grade for anybody, and the roundest of them."""
        line = next(line for line in self.lines if line.path == path)
        value = choice.changes[path]
        place = line.values.index(value)
        totals = np.unique(self.scene.total)
        at = np.stack([np.searchsorted(totals, line.starts), np.searchsorted(totals, line.ends)])
        alike = (at == at[:, [place]]).all(axis=0)
        for other in self.lines:
            fixed = other.values.index(choice.changes.get(other.path, other.values[0]))
            j = self.lines.index(line)
            if other.number == line.number + 1:
                alike &= ~self.crossed(j)[:, fixed]
            elif other.number == line.number - 1:
                alike &= ~self.crossed(j - 1)[fixed, :]
        values = sorted({value, *(each for each, same in zip(line.values, alike, strict=True) if same)})
        return values[0], values[-1], min(values, key=lambda each: (_roughness(each), abs(each - value)))


FAR = 2**50


def _roughness(value: Exact) -> tuple[int, int]:
    """Return how round a number is: less for tens than for fives, for these than for whole numbers, then decimals."""
    steps = (Fraction(50), Fraction(10), Fraction(5), Fraction(1))
    return next((i for i, step in enumerate(steps) if value % step == 0), len(steps)), decimals(value)
