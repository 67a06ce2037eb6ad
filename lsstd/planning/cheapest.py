"""The cheapest tasks that reach a grade, proven: by the cost curve where points add up, else by integer programs.

What an integer program cannot know of a total that is no sum (minima, caps, demands of a grade) it learns from the
exact engine: each answer is evaluated, and one that does not reach the grade is cut off, with every answer below it
(implicit hitting sets; Moreno-Centeno and Karp 2013, https://doi.org/10.1287/opre.1120.1139).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from lsstd.planning.improvements import Gains
from lsstd.planning.integer_program import Program

MOST_CUTS = 200
"""Most answers that are cut off before the search settles for the best that is known."""
FAR = 2**62
"""Above every cost: the cost of what cannot be reached."""
MOST_CELLS = 30_000_000
"""Most cells of the table of all costs (240 MB)."""
EXACT_FLOATS = 2**40
"""Largest sum at which a solver's floating-point objective still separates neighbouring whole numbers."""

Tasks: TypeAlias = tuple[int, ...]


class Solution(NamedTuple):
    """Tasks that reach a grade, what they cost in whole units, and the least that any such tasks can cost."""

    tasks: Tasks
    cost: int
    bound: int
    periods: Mapping[int, int] | None = None
    """Where capacity and a last day meet: the month in which each begins."""


class Timing(NamedTuple):
    """When tasks can begin: periods one after the other, how many tasks of whom begin in each, and the last day.

    Parameters
    ----------
    starts : sequence of int
        The first day of each period, counted from the start.
    ends : sequence of sequence of int
        The day on which each task is done, by the period in which it begins.
    by : int
        The day by which all must be done.
    groups : sequence of (tasks, periods, most)
        At most `most` of these tasks begin in these periods.
    """

    starts: Sequence[int]
    ends: Sequence[Sequence[int]]
    by: int
    groups: Sequence[tuple[frozenset[int], frozenset[int], int]]


@dataclass(frozen=True)
class Search:
    """The search for the cheapest tasks.

    Parameters
    ----------
    costs : sequence of int
        Of each task, in whole units.
    after : sequence of tuple of int
        The tasks that each comes after.
    must : frozenset of int
        The tasks that are done in any case.
    gains : tuple of Gains
        What tasks bring under each reading that must hold; empty where nothing can be said of a total.
    reaches : callable
        The exact engine's word on whether tasks reach the grade.
    """

    costs: Sequence[int]
    after: Sequence[Tasks]
    must: frozenset[int]
    gains: tuple[Gains, ...]
    reaches: Callable[[frozenset[int]], bool]
    timing: Timing | None = None
    apart: tuple[tuple[frozenset[int], int], ...] = ()
    _cuts: list[tuple[frozenset[int], bool]] = field(default_factory=list, repr=False)

    @cached_property
    def everything(self) -> frozenset[int]:
        """All tasks."""
        return frozenset(range(len(self.costs)))

    @cached_property
    def curve(self) -> CostCurve | None:
        """The whole cost curve, where one reading counts, its points add up, and tasks come after one other at most."""
        gains = self.gains[0] if len(self.gains) == 1 else None
        if not gains or not gains.adds_up or self.timing or any(len(first) > 1 for first in self.after):
            return None
        many = len(self.costs) + 1
        is_small = many * (sum(gains.alone) + 1) <= MOST_CELLS and sum(self.costs) * many < FAR // 4
        return CostCurve(self) if is_small else None

    def cost(self, tasks: Iterable[int]) -> int:
        """Return what tasks cost together."""
        return sum(self.costs[task] for task in tasks)

    def cheapest(self) -> Solution | None:
        """Return the cheapest tasks that reach the grade; None where none do."""
        if self.timing is None and not self.reaches(self.everything):
            return None  # what all tasks together do not reach, no fewer do: the engine's word, not a solver's
        if not self.costs:
            return Solution((), 0, 0)
        if self.curve and not self.apart and self.gains[0].is_upward and self.gains[0].reach:
            tasks = self.curve.tasks(self.gains[0].reach[0][0])
            if tasks is not None and self.reaches(frozenset(tasks)):
                return Solution(tasks, self.cost(tasks), self.cost(tasks))
        return self._by_cuts()

    def others(self, first: Solution, count: int, distance: int) -> Iterator[Solution]:
        """Yield the next cheapest answers, each of which leaves out some tasks of every earlier one."""
        search, answer = self, first
        for _ in range(count):
            free = frozenset(answer.tasks) - self.must
            search = replace(search, apart=(*search.apart, (free, min(distance, len(free)))), _cuts=search._cuts)
            found = search.cheapest() if free else None
            if found is None:
                return
            yield found
            answer = found

    def _by_cuts(self) -> Solution | None:
        """Solve integer programs, each with what the engine said of the answers before."""
        bound = 0
        for _ in range(MOST_CUTS):
            solved = self._solve()
            if solved is None:
                return None
            tasks, below, periods = solved
            bound = max(bound, below)
            if self.reaches(frozenset(tasks)):
                return Solution(tasks, self.cost(tasks), bound, periods)
            self._cuts.append(self._cut(frozenset(tasks)))
        if self.apart or self.timing:
            return None
        known = self._pruned()
        return Solution(known, self.cost(known), min(bound, self.cost(known)))

    @property
    def _is_upward(self) -> bool:
        return all(gains.is_upward for gains in self.gains)

    def _cut(self, failed: frozenset[int]) -> tuple[frozenset[int], bool]:
        """Return what an answer that fails teaches: something beyond the most that fails with it must be done."""
        if not self._is_upward:
            return failed, False
        for task in sorted(self.everything - failed, key=lambda task: self.costs[task]):
            if not self.reaches(failed | {task}):
                failed = failed | {task}
        return self.everything - failed, True

    def _pruned(self) -> Tasks:
        """Return all tasks but those, dearest first, without which the grade is reached as well."""
        kept = self.everything
        for task in sorted(kept - self.must, key=lambda task: -self.costs[task]):
            is_base = any(task in self.after[other] for other in kept)
            if not is_base and self.reaches(kept - {task}):
                kept = kept - {task}
        return tuple(sorted(kept))

    def _solve(self) -> tuple[Tasks, int, Mapping[int, int] | None] | None:
        """Return the cheapest tasks of the program as it stands, the least that any can cost, and when they begin."""
        program = Program()
        scale = len(self.costs) + 1 if sum(self.costs) * (len(self.costs) + 1) < EXACT_FLOATS else 1
        for task, cost in enumerate(self.costs):
            program.variable(task in self.must, 1, cost * scale + (scale > 1))
        for task in range(len(self.costs)):
            for first in self.after[task]:
                program.add({task: 1, first: -1}, high=0)
        for gains in self.gains:
            _require(program, gains)
        for cut, is_upward in self._cuts:
            if is_upward:
                program.add(dict.fromkeys(cut, 1), low=1)
            else:
                others = dict.fromkeys(self.everything - cut, 1)
                program.add({**others, **dict.fromkeys(cut, -1)}, low=1 - len(cut))
        for earlier, distance in self.apart:
            program.add(dict.fromkeys(earlier, 1), high=len(earlier) - distance)
        begins = _schedule(program, self.timing, self.after) if self.timing else []
        solved = program.solve()
        if solved is None:
            return None
        chosen, below = solved.values, solved.bound
        tasks = tuple(task for task in range(len(self.costs)) if chosen[task] > 0.5)
        periods = {
            task: next(p for p, begin in enumerate(begins[task]) if chosen[begin] > 0.5) for task in tasks if begins
        }
        return tasks, math.floor(below / scale + 1e-6), periods or None


def _require(program: Program, gains: Gains) -> None:
    """Require that tasks bring enough: the best pattern of each row whose points do not add up counts."""
    terms: dict[int, float] = {task: gain for task, gain in enumerate(gains.alone) if gain}
    for row in gains.joint:
        used = {program.variable(): pattern for pattern in row}
        program.add(dict.fromkeys(used, 1), high=1)
        for variable, pattern in used.items():
            terms[variable] = pattern.points
            for task in pattern.tasks:
                program.add({variable: 1, task: -1}, high=0)
    if not gains.reach:
        program.add({}, low=1)  # nothing suffices
    elif gains.is_upward:
        program.add(terms, low=gains.reach[0][0])
    else:
        spans = {program.variable(): span for span in gains.reach}
        program.add(dict.fromkeys(spans, 1), low=1, high=1)
        program.add({**terms, **{variable: -low for variable, (low, _) in spans.items()}}, low=0)
        most = gains.of(range(len(gains.alone)))
        ends = {variable: -(most if high is None else high) for variable, (_, high) in spans.items()}
        program.add({**terms, **ends}, high=0)


def _schedule(program: Program, timing: Timing, after: Sequence[Tasks]) -> list[list[int]]:
    """Give each task a period in which it begins, so that all that comes first is done by then and all ends in time.

    Returns the variables of each task's periods. Of two that cost the same, the earlier is a hair cheaper.
    """
    periods = range(len(timing.starts))
    hair = 0.5 / (1 + len(after) * len(periods))
    begins = [
        [program.variable(0, end <= timing.by, hair * period) for period, end in enumerate(ends)]
        for ends in timing.ends
    ]
    for task in range(len(after)):
        program.add({task: -1, **dict.fromkeys(begins[task], 1)}, low=0, high=0)
        for period in periods:
            for first in after[task]:
                done = {begins[first][p]: -1.0 for p in periods if timing.ends[first][p] <= timing.starts[period]}
                program.add({**dict.fromkeys(begins[task][: period + 1], 1.0), **done}, high=0)
    for tasks, within, most in timing.groups:
        program.add({begins[task][period]: 1.0 for task in tasks for period in within}, high=most)
    return begins


# ── where points add up: the cost of every gain ──────────────────────────────────────────────────────────────────────


class CostCurve:
    """The least cost of every gain at once: a dynamic program over whole units of a point.

    Where points add up and each task comes after at most one other, one run over the tasks in preorder gives the whole
    curve: take a task and go on below it, or leave it and jump over all that comes after it (Johnson and Niemi 1983,
    https://doi.org/10.1287/moor.8.1.1, for knapsacks on trees).

    Of two ways with the same cost, the one with fewer tasks wins.
    """

    def __init__(self, search: Search) -> None:
        costs, gains, must = search.costs, search.gains[0].alone, search.must
        count = len(costs)
        self._order, self._skip = _preorder([first[0] if first else None for first in search.after])
        below = [any(self._order[j] in must for j in range(k, self._skip[k])) for k in range(count)]
        top = sum(gains)
        self._scale = count + 1
        self._costs, self._gains = costs, gains
        best = np.full((count + 1, top + 1), FAR, np.int64)
        best[count, 0] = 0
        for k in range(count - 1, -1, -1):
            task = self._order[k]
            gain, cost = gains[task], costs[task] * self._scale + 1
            take = np.empty(top + 1, np.int64)
            take[gain:] = best[k + 1, : top + 1 - gain]
            take[:gain] = best[k + 1, 0]
            take = np.where(take < FAR, take + cost, FAR)
            best[k] = take if below[k] else np.minimum(take, best[self._skip[k]])
        self._best, self._below = best, below

    @property
    def costs(self) -> list[int | None]:
        """The least cost of gaining at least 0, 1, 2 … units; None where it is out of reach."""
        return [None if cost >= FAR else cost // self._scale for cost in self._best[0].tolist()]

    def tasks(self, gain: int) -> tuple[int, ...] | None:
        """Return the tasks of the cheapest way to gain at least `gain`, or None if there is no way."""
        gain = max(gain, 0)
        if gain >= self._best.shape[1] or self._best[0, gain] >= FAR:
            return None
        chosen, k = [], 0
        while k < len(self._order):
            task: Any = self._order[k]
            if not self._below[k] and self._best[k, gain] == self._best[self._skip[k], gain]:
                k = self._skip[k]
            else:
                chosen.append(task)
                gain, k = max(gain - self._gains[task], 0), k + 1
        return tuple(sorted(chosen))


def _preorder(after: Sequence[int | None]) -> tuple[list[int], list[int]]:
    """Return the tasks in preorder, and for each the place just past all that depend on it."""

    def path(task: int) -> tuple[int, ...]:
        first = after[task]
        return (task,) if first is None else (*path(first), task)

    paths = sorted(map(path, range(len(after))))
    order, count = [each[-1] for each in paths], len(paths)
    skip = [next((j for j in range(k, count) if order[k] not in paths[j]), count) for k in range(count)]
    return order, skip
