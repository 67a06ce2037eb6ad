"""Points moved from row to row, alone or together with lines: integer programs for a proof, a search for an answer.

A program asks which points to move, within a budget, so that goals are missed by as little as possible. It is always
feasible, because goals may be missed at a price; what it proves for one budget holds for every smaller one. Within a
small budget few totals can cross a line, so that most classes need no variable: hence budgets rise step by step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from lsstd.exact import Exact, whole
from lsstd.planning.design_aims import FOREVER, Scene, Whole
from lsstd.planning.integer_program import Program
from lsstd.planning.line_frontier import Choice, Family, LineSearch

LARGE = 500
"""With more classes, integer programs rarely finish in time: a local search runs first, without proof."""
MOST_TRIED = 400
"""Moves of a search that improves an answer one by one."""
BLOCK = 64
"""Choices that are counted at a time."""
MOST_COUNTED = 6_400_000
"""Most totals counted at a time: the more classes, the fewer choices."""
MOST_TERMS = 2_000_000
"""Most terms of a program: with more, building it alone takes longer than anyone would wait."""
TABU = 20
"""The local search may not undo a move for up to this many moves."""


@dataclass(frozen=True)
class Rows:
    """The rows whose points may move: their present points, and by how many steps each may rise and fall.

    Parameters
    ----------
    groups : list of list of int
        The rows among which points are moved: all of them, or those of one indicator of the top level.
    """

    names: tuple[str, ...]
    points: tuple[Exact, ...]
    step: Fraction
    rises: Whole
    falls: Whole
    groups: list[list[int]]

    @property
    def most(self) -> int:
        """The most steps that can be moved at once."""
        return sum(min(int(self.rises[group].sum()), int(self.falls[group].sum())) for group in self.groups)

    def changes(self, steps: Whole) -> dict[str, Exact]:
        """Return the points that rows have after some steps, where they are others."""
        moved = zip(self.names, self.points, steps.tolist(), strict=True)
        return {f"criteria.{row}.max_score": whole(points + self.step * by) for row, points, by in moved if by}

    def steps(self, changes: Mapping[str, Exact]) -> Whole:
        """Return the steps that rows have taken when they have these points."""
        moved = zip(self.names, self.points, strict=True)
        taken = [(Fraction(changes.get(f"criteria.{row}.max_score", now)) - now) / self.step for row, now in moved]
        return np.array([int(each) for each in taken], np.int64)

    def moved(self, steps: Whole) -> Exact:
        """Return the points that are moved: the sum of the rises."""
        return whole(self.step * int(np.maximum(steps, 0).sum()))


def rows_of(scene: Scene) -> Rows:
    """Return the rows that may change, each within its cap and never below one step."""
    standard, goals, by = scene.standard, scene.goals, Fraction(scene.goals.step.points or 1)
    points = tuple(standard.criteria[name].max_score or 0 for name in scene.rows)
    most = int((goals.cap.points or 0) / by)
    falls = [max(0, min(most, math.floor((each - by) / by))) for each in points]
    tops = [[*standard.above(standard.criteria[name].indicator)][-1].id for name in scene.rows]
    heads = tops if goals.keep.subtotals else [""] * len(points)
    groups = [[i for i, head in enumerate(heads) if head == each] for each in dict.fromkeys(heads)]
    return Rows(scene.rows, points, by, np.full(len(points), most), np.array(falls, np.int64), groups)


class _Built(NamedTuple):
    """A program with its variables: each row's steps and rise, each line's values, and what each of them moves."""

    program: Program
    steps: list[int]
    lines: list[list[int]]
    moves: dict[int, int]


class RowSearch:
    """The rows of a scene, and its lines where these may move as well, under a rising budget of points."""

    def __init__(self, scene: Scene, rows: Rows, lines: LineSearch | None = None) -> None:
        self.scene, self.rows = scene, rows
        self.lines = lines or LineSearch(scene, is_fixed=True)

    # ── programs ─────────────────────────────────────────────────────────────────────────────────────────────

    def best(
        self,
        budget: Exact,
        seconds: float,
        *,
        presolves: tuple[bool, ...] = (True, False),
        factors: Mapping[int, int] | None = None,
    ) -> Choice | None:
        """Return the choice within a budget that misses the goals least; None if none was found in time.

        Its `bound` holds for the whole budget. Factors say which goals count, and how often; by default each does once.
        """
        counted = self._every if factors is None else factors
        built = self._program(budget, counted)
        solved = built.program.solve(seconds, presolves) if built else None
        if built is None or solved is None:
            return None
        return self._choice(built, solved.values, math.ceil(solved.bound - 1e-6), [*counted])

    @property
    def _every(self) -> dict[int, int]:
        """Each goal, counted once."""
        return dict.fromkeys(range(len(self.scene.aims)), 1)

    def smallest(self, choice: Choice, seconds: float) -> tuple[Choice, bool]:
        """Return what reaches all goals with the fewest points moved, no more than a choice does, then fewest edits.

        Second, whether that is proved; else time was out.
        """
        end, found = time.perf_counter() + seconds, choice
        wanted: tuple[Literal["moved", "edits"], ...] = ("moved", "edits")
        for fewest in wanted:
            built, left = self._program(found.moved, self._every, fewest), end - time.perf_counter()
            solved = built.program.solve(left) if built and left > 0 else None
            better = self._choice(built, solved.values, 0, [*self._every]) if built and solved else found
            found = min(found, better, key=lambda each: (each.missed, each.moved, each.edits))
            if solved is None or not solved.is_optimal:
                return found, False
        return found, True

    def _program(
        self, budget: Exact, factors: Mapping[int, int], fewest: Literal["moved", "edits"] | None = None
    ) -> _Built | None:
        """Build the program: miss the goals least or, if they must be reached, move or edit least.

        None if too many classes may cross lines for a solver to finish.
        """
        program, rows, lines = Program(), self.rows, self.lines
        built = _Built(program, [], [], {})
        scale = math.lcm(rows.step.denominator, lines.unit.denominator)
        many = min(rows.most, int(budget / rows.step))
        for rise, fall in zip(rows.rises.tolist(), rows.falls.tolist(), strict=True):
            up, down = min(rise, many), min(fall, many)
            built.steps.append(program.variable(-down, up))
            risen = program.variable(0, up)
            program.add({built.steps[-1]: 1, risen: -1}, high=0)
            built.moves[risen] = int(rows.step * scale)
            if fewest == "edits":
                changed = program.variable(cost=1)
                program.add({built.steps[-1]: 1, changed: -up}, high=0)
                program.add({built.steps[-1]: -1, changed: -down}, high=0)
        for group in rows.groups:
            program.add({built.steps[i]: 1 for i in group}, 0, 0)
        for j, moves in enumerate(lines.moves):
            units = (moves * int(lines.unit * scale)).tolist()
            may = [each <= budget * scale for each in units]
            built.lines.append([program.variable(0, here, fewest == "edits" and p > 0) for p, here in enumerate(may)])
            built.moves.update(zip(built.lines[j], units, strict=True))
            program.add(dict.fromkeys(built.lines[j], 1), 1, 1)
            for place, crossed in enumerate(lines.crossed(j - 1) if j else ()):
                if crossed.any() and program.high[built.lines[j - 1][place]]:
                    others = dict.fromkeys((built.lines[j][p] for p in np.flatnonzero(crossed)), 1.0)
                    program.add({built.lines[j - 1][place]: 1, **others}, high=1)
        program.add(built.moves, high=int(budget * scale))
        if fewest == "moved":
            for variable, cost in built.moves.items():
                program.objective[variable] = cost
        crossing = _Crossing(self, built, many)
        if crossing.open * len(rows.names) > MOST_TERMS:
            return None
        self._add_aims(built, crossing, factors, is_hard=fewest is not None)
        return built

    def _add_aims(self, built: _Built, crossing: _Crossing, factors: Mapping[int, int], is_hard: bool) -> None:
        """Add by how much each goal is missed, at a price unless it must be reached."""
        program = built.program
        for number, price in factors.items():
            aim = self.scene.aims[number]
            most = 0 if is_hard else int(aim.weight.sum())
            for is_least, end in ((True, aim.low), (False, aim.high)):
                if end == (0 if is_least else FOREVER):
                    continue
                over = program.variable(0, most, 0 if is_hard else price)
                terms: dict[int, float] = {over: 1 if is_least else -1}
                for k in range(len(self.lines.lines)):
                    counts = aim.weight * ((aim.at == k) * 1 - (aim.above == k))
                    end -= int(counts[crossing.surely[k]].sum())
                    for i in np.flatnonzero(crossing.perhaps[k] & (counts != 0)).tolist():
                        terms[crossing.reaches(i, k)] = int(counts[i])
                program.add(terms, *((end, math.inf) if is_least else (-math.inf, end)))

    def _choice(self, built: _Built, values: Sequence[float], bound: int, aims: Sequence[int]) -> Choice:
        """Return what a solver's values stand for, counted anew in whole numbers."""
        steps = np.array([round(values[variable]) for variable in built.steps], np.int64)
        changes, moved = self.rows.changes(steps), Fraction(self.rows.moved(steps))
        places = [int(np.argmax([values[variable] for variable in each])) for each in built.lines]
        for line, moves, place in zip(self.lines.lines, self.lines.moves, places, strict=True):
            moved += self.lines.unit * int(moves[place])
            changes |= {line.path: line.values[place]} if place else {}
        missed = int(self._missed(steps[None, :], places)[0, aims].sum())
        family: Family = "mixed" if self.lines.may_move else "rows"
        return Choice(family, changes, whole(moved), missed, min(max(0, bound), missed))

    def missed_each(self, changes: Mapping[str, Exact]) -> list[int]:
        """Return by how much each goal is missed after some changes of rows and lines."""
        missed = self._missed(self.rows.steps(changes)[None, :], self.lines.places(changes))
        return [int(each) for each in missed[0]]

    @cached_property
    def _gains(self) -> Any:
        """What steps bring, as floats: they multiply fastest and hold all totals exactly."""
        return self.scene.gains.astype(np.float64)

    def _missed(self, steps: Whole, places: Sequence[int]) -> Whole:
        """Return by how much several choices of steps (a line each) miss each goal when lines have these values."""
        total = self.scene.total + steps.astype(np.float64) @ self._gains
        place = np.zeros(total.shape, np.int8)
        for line, value in zip(self.lines.lines, places, strict=True):
            place += total < line.starts[value]
        return np.stack([aim.missed(aim.count(place)) for aim in self.scene.aims], axis=1)

    # ── the curve ────────────────────────────────────────────────────────────────────────────────────────────

    def frontier(self, seconds: float, enough: Exact | None = None) -> tuple[list[Choice], Exact]:
        """Return the least miss for a rising number of points moved, and the points up to which goals are out of reach.

        It ends where all goals are reached, where `enough` points are moved, or where time is out; what a search finds
        beyond what is proved follows.
        """
        end, excluded = time.perf_counter() + seconds, Fraction(0)
        choices = [Choice("rows", {}, 0, self.scene.missed, self.scene.missed)]
        hints = list(self.searched(seconds / 4)) if len(self.scene) > LARGE else []
        for many in range(1, self.rows.most + 1):
            budget, left = self.rows.step * many, end - time.perf_counter()
            if not choices[-1].missed or left <= 0 or (enough is not None and budget >= enough):
                break
            found = self.best(whole(budget), left)
            excluded = budget if found and found.bound else excluded
            choices += [found] if found and found.missed < choices[-1].missed else []
            if not found or not found.proved:
                break
        for hint in hints or (self.searched(seconds / 4) if choices[-1].missed else ()):
            if hint.missed < choices[-1].missed and hint.moved > choices[-1].moved:
                choices.append(hint)
        return choices, whole(excluded)

    def searched(self, seconds: float, start: Choice | None = None) -> Iterator[Choice]:
        """Yield ever better choices, unproved: each move takes the best step from one row to another.

        It starts from lines that have moved already, if a choice says so.
        """
        end, rows, count = time.perf_counter() + seconds, self.rows, len(self.rows.names)
        set_at, best, before = (start.changes, start.missed, start.moved) if start else ({}, self.scene.missed, 0)
        places, size = self.lines.places(set_at), max(1, min(BLOCK, MOST_COUNTED // max(1, len(self.scene))))
        steps = np.zeros(count, np.int64)
        pairs = [(i, j) for group in rows.groups for i in group for j in group if i != j]
        up_again, down_again = np.zeros(count, np.int64), np.zeros(count, np.int64)
        for turn in range(MOST_TRIED):
            rise = (steps < rows.rises) & (up_again <= turn)
            fall = (-steps < rows.falls) & (down_again <= turn)
            free = [(i, j) for i, j in pairs if rise[i] and fall[j]]
            if not free or not best:
                return
            many = np.repeat(steps[None, :], len(free), axis=0)
            many[np.arange(len(free)), [i for i, _ in free]] += 1
            many[np.arange(len(free)), [j for _, j in free]] -= 1
            blocks = []
            for k in range(0, len(many), size):
                if time.perf_counter() > end:
                    return
                blocks.append(self._missed(many[k : k + size], places).sum(axis=1))
            found = np.concatenate(blocks)
            place = np.lexsort((np.maximum(many, 0).sum(axis=1), found))[0]
            (i, j), steps = free[place], many[place]
            down_again[i] = up_again[j] = turn + min(TABU, count // 2)
            if found[place] < best:
                best, moved = int(found[place]), whole(Fraction(before + rows.moved(steps)))
                yield Choice("mixed" if start else "rows", {**set_at, **rows.changes(steps)}, moved, best, 0)


class _Crossing:
    """Which classes reach which lines within a budget: certainly, or depending on a variable of the program."""

    def __init__(self, search: RowSearch, built: _Built, many: int) -> None:
        self.scene, self.built, lines = search.scene, built, search.lines.lines
        rises, falls = (np.repeat(self.scene.gains, each, axis=0) for each in (search.rows.rises, search.rows.falls))
        rises.sort(axis=0)
        falls.sort(axis=0)
        self.low, self.high, lowest, highest = (self.scene.total.copy() for _ in range(4))
        for k in range(min(many, len(rises), len(falls))):
            lowest += rises[k].astype(np.int64) - falls[-1 - k]
            highest += rises[-1 - k].astype(np.int64) - falls[k]
            np.minimum(self.low, lowest, out=self.low)  # moving less is always one of the possibilities
            np.maximum(self.high, highest, out=self.high)
        self.starts = [dict(zip(built.lines[k], line.starts.tolist(), strict=True)) for k, line in enumerate(lines)]
        may = [[start for v, start in starts.items() if built.program.high[v]] for starts in self.starts]
        self.ends = [(min(each), max(each)) for each in may]
        self.surely = [self.low >= last for _, last in self.ends]
        self.perhaps = [(self.high >= first) & (self.low < last) for first, last in self.ends]
        self.open = sum(int(each.sum()) for each in self.perhaps)
        self.above: dict[tuple[int, int], int] = {}

    def reaches(self, i: int, k: int) -> int:
        """Return the variable that is 1 exactly if class i reaches line k, where that is open."""
        if (i, k) not in self.above:
            program = self.built.program
            gains = zip(self.built.steps, self.scene.gains[:, i].tolist(), strict=True)
            terms = {variable: float(gain) for variable, gain in gains if gain}
            terms |= {variable: -float(start) for variable, start in self.starts[k].items()}
            (first, last), total, above = self.ends[k], int(self.scene.total[i]), program.variable()
            most, least = last - int(self.low[i]), int(self.high[i]) - first + 1  # short of the line, and beyond it
            program.add({**terms, above: -float(most)}, low=-total - most)
            program.add({**terms, above: -float(least)}, high=-total - 1)
            self.above[i, k] = above
        return self.above[i, k]
