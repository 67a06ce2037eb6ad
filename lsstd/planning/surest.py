"""The cheapest tasks that reach a grade with some probability, each task succeeding by itself with a chance of its own.

No knapsack, since the distribution of the gain is the state. Whoever may decide after each outcome does at least as
well as any fixed plan; that best chance, `V`, bounds a depth-first search over fixed plans, which then ends after a
few dozen nodes. Chances are compared as exact fractions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, whole
from lsstd.planning.cheapest import Search, Solution
from lsstd.planning.improvements import MOST_TOGETHER, Gains

CELLS = 16_000_000
"""Most cells of the table of best chances (128 MB)."""
Floats: TypeAlias = NDArray[np.float64]
MOST_NODES = 200_000
"""Most nodes of a search before it settles for the best that is known."""


def chance_of(tasks: Iterable[int], chances: Sequence[Exact], must: frozenset[int], gains: Gains) -> Exact | None:
    """Return the exact chance that tasks reach the grade; None where too many hang together to be gone through.

    Whatever a condition needs must succeed; of all others, enough.
    """
    chosen = set(tasks)
    groups: list[tuple[set[int], list[int]]] = []
    for place, row in enumerate(gains.joint):
        names, rows = {task for pattern in row for task in pattern.tasks} & chosen, [place]
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            names, rows = names | group[0], rows + group[1]
        if names:
            groups.append((names, rows))
    tied = set[int]().union(*(names for names, _ in groups))
    groups += [({task}, []) for task in chosen - tied]
    sure = math.prod((Fraction(chances[task]) for task in must & chosen), start=Fraction(1))
    total, scale = {0: 1}, 1  # whole numbers over one denominator: exact, and quicker than fractions
    for names, rows in groups:
        unsure = sorted(task for task in names if task not in must and chances[task] != 1)
        if len(unsure) > MOST_TOGETHER:
            return None
        base, bottom = names - set(unsure), math.prod(Fraction(chances[task]).denominator for task in unsure)
        outcome = defaultdict[int, int](int)
        for count in range(len(unsure) + 1):
            for done in combinations(unsure, count):
                p = math.prod(
                    (Fraction(chances[t] if t in done else 1 - chances[t]) for t in unsure), start=Fraction(1)
                )
                outcome[_gain(gains, base | set(done), rows)] += int(p * bottom)
        mixed = defaultdict[int, int](int)
        for gain, weight in total.items():
            for more, often in outcome.items():
                mixed[gain + more] += weight * often
        total, scale = mixed, scale * bottom
    return whole(sure * Fraction(sum(weight for gain, weight in total.items() if gains.suffices(gain)), scale))


def _gain(gains: Gains, done: set[int], rows: Sequence[int]) -> int:
    best = (max((p.points for p in gains.joint[row] if p.tasks <= done), default=0) for row in rows)
    return sum(gains.alone[task] for task in done) + sum(best)


class ChanceSearch:
    """The search for the cheapest tasks that reach a grade with some probability.

    Parameters
    ----------
    search : Search
        The same without chances; what tasks bring under one choice of readings.
    chances : sequence of int or Fraction
        That each succeeds.
    vital : frozenset of int
        Tasks that must succeed.
    """

    def __init__(self, search: Search, chances: Sequence[Exact], vital: frozenset[int]) -> None:
        self.search, self.gains, self.chances, self.vital = search, search.gains[0], chances, vital
        self.costs, self.after, self.must = search.costs, search.after, search.must
        self.most = most = [self.gains.most(task) for task in range(len(self.costs))]
        self.need = max((self.gains.reach[0][0] if self.gains.reach else 0) - sum(most[task] for task in vital), 0)
        needed = {task for first in self.after for task in first}
        useful = [task for task in search.everything - self.must if most[task] or task in needed]

        def worth(task: int) -> tuple[float, int]:
            cost = self.costs[task]
            return (-float(chances[task]) * most[task] / cost if cost else -math.inf), task

        self.order: list[int] = []
        for task in sorted(useful, key=worth):
            self._place(task)

    def _place(self, task: int) -> None:
        """Put a task in order, behind all that it comes after."""
        if task not in self.order and task not in self.must:
            for first in self.after[task]:
                self._place(first)
            self.order.append(task)

    def exact(self, tasks: Iterable[int]) -> Exact:
        """Return the exact chance that tasks, and those done in any case, reach the grade."""
        return chance_of({*tasks, *self.must}, self.chances, self.vital, self.gains) or 0

    def cheapest(self, p: Exact) -> Solution | None:
        """Return the cheapest tasks with a chance of at least `p`; None where none have it."""
        best = tuple(self.order) if self.exact(self.order) >= p else None
        if best is None and self.gains.is_upward:
            return None
        best_cost = self.search.cost(self.order) + (best is None)
        most_nodes = MOST_NODES if self.gains.adds_up else MOST_NODES // 100  # else the bound is looser
        sure = math.prod(float(self.chances[task]) for task in self.vital)
        wanted = float(p) / sure - 1e-9  # a hair less, since floats only decide where to look
        unit, table = self._table(best_cost)
        beyond, nodes = best_cost + 1, 0

        def least(k: int, left: Floats) -> int:
            """Return the least that the tasks from the k-th on can still cost."""
            enough = np.flatnonzero(table[k] @ left >= wanted)
            return int(enough[0]) * unit if len(enough) else beyond

        def search(k: int, spent: int, chosen: tuple[int, ...], left: Floats) -> None:
            nonlocal nodes, best, best_cost
            nodes += 1
            if nodes > most_nodes or spent >= best_cost:
                return
            if left[0] >= wanted and self.exact(chosen) >= p:
                best, best_cost = chosen, spent
            elif k < len(self.order) and spent + least(k, left) < best_cost:
                task = self.order[k]
                if set(self.after[task]) <= {*chosen, *self.must}:
                    moved = _taken(left, self.most[task], float(self.chances[task]))
                    search(k + 1, spent + self.costs[task], (*chosen, task), moved)
                search(k + 1, spent, chosen, left)

        missing = np.zeros(self.need + 1)
        missing[self.need] = 1.0
        for task in self.must - self.vital:
            missing = _taken(missing, self.most[task], float(self.chances[task]))
        below = min(least(0, missing), best_cost)
        search(0, 0, (), missing)
        if best is None:
            return None
        base, bound = self.search.cost(self.must), best_cost if nodes <= most_nodes else below
        return Solution(tuple(sorted({*best, *self.must})), base + best_cost, base + bound)

    def _table(self, budget: int) -> tuple[int, list[Floats]]:
        """Return the best chance by task from which on one decides, by budget and by missing units.

        Costs are rounded down to a coarser unit, which leaves it a bound.
        """
        width, count = self.need + 1, len(self.order) + 1
        unit = max(1, -(-budget // max(8, min(500, CELLS // (count * width)))))
        rows = budget // unit + 1
        last = np.zeros((rows, width))
        last[:, 0] = 1.0
        table = [last]
        for task in reversed(self.order):
            cost, gain, chance = self.costs[task] // unit, min(self.most[task], self.need), self.chances[task]
            now = table[-1].copy()
            if cost < rows:
                paid = table[-1][: rows - cost]
                met = np.concatenate([np.repeat(paid[:, :1], gain, axis=1), paid[:, : width - gain]], axis=1)
                now[cost:] = np.maximum(now[cost:], float(chance) * met + (1 - float(chance)) * paid)
            table.append(now)
        return unit, table[::-1]


def _taken(left: Floats, gain: int, chance: float) -> Floats:
    """Return the distribution of what is missing after one more task."""
    gain, met = min(gain, len(left) - 1), np.zeros_like(left)
    met[: len(left) - gain] = left[gain:]
    met[0] += left[:gain].sum()
    return np.asarray(chance * met + (1 - chance) * left)
