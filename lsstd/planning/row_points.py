"""Points moved from row to row, alone or together with lines: integer programs for a proof, a search for an answer.

A program asks which points to move, no more than a budget, so that goals are missed by least. It is always feasible,
for goals may be missed at a price; what it proves for one budget holds for every smaller one. Few totals can cross a
line within a small budget, so that most subjects need no variable, which is why budgets rise step by step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from lsstd.exact import Exact, whole
from lsstd.planning.design_aims import FOREVER, Scene, Whole
from lsstd.planning.integer_program import Program
from lsstd.planning.line_frontier import Choice, Family, LineSearch

LARGE = 500
"""Beyond so many subjects, programs seldom end in time: a search goes first; what it finds is not proved."""
MOST_TRIED = 400
"""Moves of a search that improves an answer one by one."""
TABU = 20
"""For so many moves at most, a search does not take the same points back."""


@dataclass(frozen=True)
class Rows:
    """The rows whose points may move: their present points, and by how many steps each may rise and fall.

    Parameters
    ----------
    heads : tuple of str
        Of each row, what keeps its sum: the indicator of the top level, or nothing in particular.
    """

    names: tuple[str, ...]
    points: tuple[Exact, ...]
    step: Fraction
    rises: Whole
    falls: Whole
    heads: tuple[str, ...]

    @property
    def most(self) -> int:
        """The most steps that can be moved at once."""
        sums = ((sum(self.rises[rows]), sum(self.falls[rows])) for rows in self.groups)
        return int(sum(min(pair) for pair in sums))

    @property
    def groups(self) -> list[list[int]]:
        """The rows among which points are moved."""
        return [[i for i, head in enumerate(self.heads) if head == each] for each in dict.fromkeys(self.heads)]

    def changes(self, steps: Sequence[int] | Whole) -> dict[str, Exact]:
        """Return the points that rows have after some steps, where they are others."""
        pairs = zip(self.names, self.points, (int(each) for each in steps), strict=True)
        return {f"criteria.{row}.max_score": whole(points + self.step * by) for row, points, by in pairs if by}

    def moved(self, steps: Whole) -> Exact:
        """Return the points that are moved: the sum of the rises."""
        return whole(self.step * int(np.maximum(steps, 0).sum()))


def rows_of(scene: Scene, step: Fraction) -> Rows:
    """Return the rows that may change, each within its cap and never below one step."""
    standard, goals, names = scene.standard, scene.goals, scene.rows
    points = tuple(standard.criteria[name].max_score or 0 for name in names)
    most = int((goals.cap.points or 2 * step) / step)
    falls = [max(0, min(most, math.floor((each - step) / step))) for each in points]
    tops = (list(standard.above(standard.criteria[name].indicator))[-1].id for name in names)
    heads = tuple(tops) if goals.keep.subtotals else ("",) * len(points)
    return Rows(names, points, step, np.full(len(points), most), np.array(falls, np.int64), heads)


class _Built(NamedTuple):
    """A program with its variables: each row's steps, whether it changes, lines' values, what each aim is missed by."""

    program: Program
    steps: list[int]
    changed: list[int]
    lines: list[list[int]]
    missed: list[list[int]]


class RowSearch:
    """The rows of a scene, and its lines where they may move as well, under a rising budget of points."""

    def __init__(self, scene: Scene, rows: Rows, lines: LineSearch | None = None) -> None:
        assert scene.edges is not None
        self.scene, self.rows, self.lines, self.edges = scene, rows, lines, scene.edges
        self.family: Family = "rows" if lines is None else "mixed"

    # ── programs ─────────────────────────────────────────────────────────────────────────────────────────────

    def best(
        self,
        budget: Exact,
        seconds: float,
        *,
        presolves: tuple[bool, ...] = (True, False),
        factors: Mapping[int, int] | None = None,
    ) -> Choice | None:
        """Return the choice within a budget that misses the goals by least; None where none was found in time.

        Its `bound` holds for the whole budget. Factors say how much more some goals count than others.
        """
        built = self._program(budget, factors or {})
        solved = built.program.solve(seconds, presolves)
        if solved is None:
            return None
        return self._choice(built, solved.values, max(0, math.ceil(solved.bound - 1e-6)))

    def smallest(self, choice: Choice, seconds: float) -> Choice | None:
        """Return the choice that reaches all goals with the fewest points moved within a budget, then the fewest edits.

        The budget is what an earlier choice moves; None where the solver comes to no end in time.
        """
        start = time.perf_counter()
        for is_of_edits in (False, True):
            built = self._program(choice.moved, {}, is_hard=True)
            program, scale = built.program, self._scale
            for variable, cost in self._moves(built, scale).items():
                program.objective[variable] = 0 if is_of_edits else cost
            if is_of_edits:
                for variable in built.changed:
                    program.objective[variable] = 1
                for values in built.lines:
                    for variable in values[1:]:
                        program.objective[variable] = 1
            left = seconds - (time.perf_counter() - start)
            solved = program.solve(left) if left > 0 else None
            if solved is None or not solved.is_optimal:
                return None
            choice = self._choice(built, solved.values, 0)
        return choice

    @property
    def _scale(self) -> int:
        unit = self.lines.unit if self.lines else Fraction(1)
        return math.lcm(self.rows.step.denominator, unit.denominator)

    def _moves(self, built: _Built, scale: int) -> dict[int, int]:
        """Return what each variable moves, in whole units."""
        found = {rise: int(self.rows.step * scale) for rise in (each + 1 for each in built.steps)}
        for j, values in enumerate(built.lines):
            assert self.lines is not None
            unit = int(self.lines.unit * scale)
            found |= {v: unit * int(self.lines.moves[j][place]) for place, v in enumerate(values) if place}
        return found

    def _program(self, budget: Exact, factors: Mapping[int, int], is_hard: bool = False) -> _Built:
        program, rows = Program(), self.rows
        many = min(rows.most, int(budget / rows.step))
        steps, changed = [], []
        for rise, fall in zip(rows.rises.tolist(), rows.falls.tolist(), strict=True):
            steps.append(program.variable(-min(fall, many), min(rise, many)))
            up = program.variable(0, min(rise, many))
            program.add({steps[-1]: 1, up: -1}, high=0)
            changed.append(program.variable())
            program.add({steps[-1]: 1, changed[-1]: -max(1, rise)}, high=0)
            program.add({steps[-1]: -1, changed[-1]: -max(1, fall)}, high=0)
        for group in rows.groups:
            program.add({steps[i]: 1 for i in group}, 0, 0)
        lines = self._line_values(program, budget)
        built = _Built(program, steps, changed, lines, [])
        scale = self._scale
        program.add(self._moves(built, scale), high=int(budget * scale))
        self._add_aims(built, many, factors, is_hard)
        return built

    def _line_values(self, program: Program, budget: Exact) -> list[list[int]]:
        """Give each line that may move one of its values; neighbours keep clear of each other."""
        found: list[list[int]] = []
        for j, line in enumerate(self.lines.lines if self.lines else ()):
            assert self.lines is not None
            within = self.lines.moves[j] <= int(budget / self.lines.unit)
            found.append([program.variable(0, float(within[place])) for place in range(len(line.values))])
            program.add(dict.fromkeys(found[-1], 1), 1, 1)
            if j:
                for place, crossed in enumerate(self.lines.crossed(j - 1)):
                    others = {found[j][i]: 1.0 for i in np.flatnonzero(crossed)}
                    if others and program.high[found[j - 1][place]]:
                        program.add({found[j - 1][place]: 1, **others}, high=1)
        return found

    def _add_aims(self, built: _Built, many: int, factors: Mapping[int, int], is_hard: bool) -> None:
        """Add, for each subject that may cross a line that matters to it, whether it is at or above that line."""
        scene, program = self.scene, built.program
        low, high = self._reach(many)
        line_of = {line.number: j for j, line in enumerate(self.lines.lines)} if self.lines else {}
        ends = []
        for k, edge in enumerate(self.edges.tolist()):
            may = [edge]
            if self.lines and k in line_of:
                starts = self.lines.lines[line_of[k]].starts.tolist()
                may = [v for v, where in zip(starts, built.lines[line_of[k]], strict=True) if program.high[where]]
            ends.append((min(may), max(may)))
        above: dict[tuple[int, int], int] = {}  # of a subject and a line: the variable, 1 where it is at or above it
        asked: set[tuple[int, int, bool]] = set()

        def reaches(i: int, k: int, is_wanted: bool) -> int | bool:
            """Return the variable that says whether subject i reaches line k, or the answer where it is certain.

            Wanted, it may be 1 only if the line is reached; else it must be 1 if it is.
            """
            (least, most), total = ends[k], int(scene.total[i])
            if total + low[i] >= most or total + high[i] < least:
                return bool(total + low[i] >= most)
            if (i, k) not in above:
                above[i, k] = program.variable()
            if (i, k, is_wanted) not in asked:
                asked.add((i, k, is_wanted))
                terms = {built.steps[r]: float(gain) for r, gain in enumerate(scene.gains[:, i].tolist()) if gain}
                if k in line_of and self.lines:
                    starts = self.lines.lines[line_of[k]].starts.tolist()
                    terms |= {v: -float(s) for v, s in zip(built.lines[line_of[k]], starts, strict=True)}
                    total_less = total
                else:
                    total_less = total - least
                if is_wanted:
                    slack = most - total - int(low[i])
                    program.add({**terms, above[i, k]: -float(slack)}, low=-total_less - slack)
                else:
                    slack = total + int(high[i]) - least + 1
                    program.add({**terms, above[i, k]: -float(slack)}, high=-total_less - 1)
            return above[i, k]

        for number, aim in enumerate(scene.aims):
            sides = [(True, aim.low)] if aim.low > 0 else []
            sides += [(False, aim.high)] if aim.high < FOREVER else []
            built.missed.append([])
            for is_least, end in sides:
                terms, constant = dict[int, float](), 0
                for i in np.flatnonzero(aim.weight).tolist():
                    for k, sign in ((int(aim.at[i]), 1), (int(aim.above[i]), -1)):
                        if k < 0:
                            continue
                        found = reaches(i, k, (sign > 0) == is_least)
                        if isinstance(found, bool):
                            constant += sign * int(aim.weight[i]) * found
                        else:
                            terms[found] = terms.get(found, 0) + sign * int(aim.weight[i])
                over = program.variable(0, 0 if is_hard else int(aim.weight.sum()), factors.get(number, 1))
                built.missed[-1].append(over)
                if is_least:
                    program.add({**terms, over: 1}, low=end - constant)
                else:
                    program.add({**terms, over: -1}, high=end - constant)

    def _reach(self, many: int) -> tuple[Whole, Whole]:
        """Return by how much each total can fall and rise while so many steps are moved."""
        if not many:
            return np.zeros(len(self.scene), np.int64), np.zeros(len(self.scene), np.int64)
        rises, falls = (np.repeat(self.scene.gains, steps, axis=0) for steps in (self.rows.rises, self.rows.falls))
        rises.sort(axis=0)
        falls.sort(axis=0)
        least, most = rises[:many] - falls[::-1][:many], rises[::-1][:many] - falls[:many]
        low, high = np.cumsum(least, axis=0).min(axis=0), np.cumsum(most, axis=0).max(axis=0)
        return np.minimum(0, low), np.maximum(0, high)

    def _choice(self, built: _Built, values: Sequence[float], bound: int) -> Choice:
        """Return what a solver's values stand for, counted anew in whole numbers."""
        steps = np.array([round(values[variable]) for variable in built.steps], np.int64)
        edges, changes, moved = self.edges.copy(), self.rows.changes(steps), Fraction(self.rows.moved(steps))
        for j, variables in enumerate(built.lines):
            assert self.lines is not None
            line, place = self.lines.lines[j], max(range(len(variables)), key=lambda p: values[variables[p]])
            edges[line.number] = line.starts[place]
            moved += self.lines.unit * int(self.lines.moves[j][place])
            changes |= {line.path: line.values[place]} if place else {}
        missed = int(missed_by(self.scene, steps[None, :], edges)[0])
        return Choice(self.family, changes, whole(moved), missed, min(bound, missed))

    # ── the curve ────────────────────────────────────────────────────────────────────────────────────────────

    def frontier(self, seconds: float, enough: Exact | None = None) -> tuple[list[Choice], Exact]:
        """Return the least miss for a rising number of points moved, and the points up to which goals are out of reach.

        It ends where all goals are reached, where `enough` points are moved, or where time is out; what a search finds
        beyond what is proved follows.
        """
        start, excluded = time.perf_counter(), Fraction(0)
        choices = [Choice(self.family, {}, 0, self.scene.missed, self.scene.missed)]
        hints = list(self.searched(seconds / 4)) if len(self.scene) > LARGE else []
        for many in range(1, self.rows.most + 1):
            budget, left = self.rows.step * many, seconds - (time.perf_counter() - start)
            if not choices[-1].missed or left <= 0 or (enough is not None and budget >= enough):
                break
            found = self.best(whole(budget), left)
            excluded = budget if found and found.bound else excluded
            choices += [found] if found and found.missed < choices[-1].missed else []
            if not found or not found.proved:
                break
        hints = hints or list(self.searched(seconds / 4)) if choices[-1].missed else hints
        for hint in hints:
            if hint.missed < choices[-1].missed and hint.moved > choices[-1].moved:
                choices.append(hint)
        return choices, whole(excluded)

    def searched(self, seconds: float) -> Iterator[Choice]:
        """Yield choices that a search finds by moving one step at a time, each missing less than all before."""

        def tried(many: Whole) -> Whole:
            found = np.empty(len(many), np.int64)
            for k in range(0, len(many), 64):
                found[k : k + 64] = missed_by(self.scene, many[k : k + 64], self.edges)
            return found

        yield from improved(self.rows, tried, self.scene.missed, seconds)


def missed_by(scene: Scene, steps: Whole, edges: Whole) -> Whole:
    """Return by how much each of several choices of steps misses the goals."""
    total = scene.total + (steps.astype(np.float64) @ scene.gains.astype(np.float64)).astype(np.int64)
    place = sum((total < edge).astype(np.int8) for edge in edges)
    found = np.zeros(len(steps), np.int64)
    for aim in scene.aims:
        found += aim.missed(aim.count(place))
    return found


def improved(
    rows: Rows,
    tried: Callable[[Whole], Whole],
    missed: int,
    seconds: float,
    holds: Callable[[Whole], bool] = lambda _: True,
) -> Iterator[Choice]:
    """Yield ever better choices of points moved: each move is the best of all that take a step from one row to another.

    Parameters
    ----------
    tried : callable
        By how much each of several choices of steps (a line each) misses the goals.
    holds : callable
        Whether a choice can be made at all.
    """
    start, steps, best = time.perf_counter(), np.zeros(len(rows.names), np.int64), missed
    pairs = [(i, j) for group in rows.groups for i in group for j in group if i != j]
    rests = min(TABU, len(rows.names) // 2)
    up_again, down_again = [dict.fromkeys(range(len(rows.names)), 0) for _ in range(2)]
    for turn in range(MOST_TRIED):
        free = [
            (i, j)
            for i, j in pairs
            if steps[i] < rows.rises[i] and -steps[j] < rows.falls[j] and max(up_again[i], down_again[j]) <= turn
        ]
        if not free or not best or time.perf_counter() - start > seconds:
            return
        many = np.repeat(steps[None, :], len(free), axis=0)
        many[np.arange(len(free)), [i for i, _ in free]] += 1
        many[np.arange(len(free)), [j for _, j in free]] -= 1
        found, moves = tried(many), np.maximum(many, 0).sum(axis=1)
        for place in np.lexsort((moves, found)):
            if holds(many[place]):
                break
        else:
            return
        i, j = free[place]
        down_again[i] = up_again[j] = turn + rests
        steps = many[place]
        if found[place] < best:
            best = int(found[place])
            yield Choice("rows", rows.changes(steps), rows.moved(steps), best, 0)
