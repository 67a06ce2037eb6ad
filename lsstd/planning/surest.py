"""The cheapest tasks that reach a grade with some probability, each task succeeding by itself with a chance of its own.

No knapsack, since the distribution of the gain is the state. Whoever may decide after each outcome does at least as
well as any fixed plan; that best chance, `V`, bounds a depth-first search over fixed plans, which then ends after a
few dozen nodes. `V` itself tells what waiting and seeing would cost. Chances are compared as exact fractions.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, whole
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


@dataclass(frozen=True)
class Surest:
    """The cheapest tasks with a chance of at least what was asked, and the least that waiting and seeing would cost."""

    tasks: tuple[int, ...]
    cost: int
    bound: int
    adaptive: int
    nodes: int


class ChanceSearch:
    """The search for the cheapest tasks that reach a grade with some probability.

    Parameters
    ----------
    costs : sequence of int
        Of each task, in whole units.
    gains : Gains
        What tasks bring.
    chances : sequence of int or Fraction
        That each succeeds.
    after : sequence of tuple of int
        The tasks that each comes after.
    must, open, vital : frozenset of int
        Tasks that are done in any case; those that can be done at all; those that must succeed.
    """

    def __init__(
        self,
        costs: Sequence[int],
        gains: Gains,
        chances: Sequence[Exact],
        after: Sequence[tuple[int, ...]],
        must: frozenset[int],
        open: frozenset[int],
        vital: frozenset[int],
    ) -> None:
        self.costs, self.gains, self.chances, self.after = costs, gains, chances, after
        self.must, self.vital = must, vital
        self.most = most = [gains.most(task) for task in range(len(costs))]
        self.need = max((gains.reach[0][0] if gains.reach else 0) - sum(most[task] for task in vital), 0)
        needed = {task for first in after for task in first}
        useful = [task for task in open - must if most[task] or task in needed]

        def worth(task: int) -> tuple[float, int]:
            return (-float(chances[task]) * most[task] / costs[task] if costs[task] else -math.inf), task

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

    def cheapest(self, p: Exact) -> Surest | None:
        """Return the cheapest tasks with a chance of at least `p`; None where none have it."""
        best: tuple[int, ...] | None = self._start(p)
        if best is None and self.gains.is_upward:
            return None
        known = sum(self.costs[task] for task in self.order) + 1 if best is None else self._cost(best)
        best_cost, base = known, self._cost(self.must)
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
        adaptive = min(least(0, missing), best_cost)
        search(0, 0, (), missing)
        bound = best_cost if nodes <= most_nodes else adaptive
        if best is None:
            return None
        tasks = tuple(sorted({*best, *self.must}))
        return Surest(tasks, base + best_cost, base + bound, base + adaptive, nodes)

    def _cost(self, tasks: Iterable[int]) -> int:
        return sum(self.costs[task] for task in tasks)

    def _start(self, p: Exact) -> tuple[int, ...] | None:
        """Return some tasks with enough of a chance: the best first, then without those that are not needed."""
        counts = range(len(self.order) + 1)
        enough = next((count for count in counts if self.exact(self.order[:count]) >= p), None)
        if enough is None:
            return None
        chosen = self.order[:enough]
        for task in sorted(chosen, key=lambda task: -self.costs[task]):
            without = [other for other in chosen if other != task]
            if not any(task in self.after[other] for other in without) and self.exact(without) >= p:
                chosen = without
        return tuple(chosen)

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
