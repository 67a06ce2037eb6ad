"""The cheapest way to every gain at once: a dynamic program over whole units of a point.

Where points add up and each task comes after at most one other, one run over the tasks in preorder gives the whole
curve: take a task and go on below it, or leave it and jump over all that comes after it (Johnson and Niemi 1983,
https://doi.org/10.1287/moor.8.1.1, for knapsacks on trees).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FAR = 2**62
"""Above every cost; what cannot be reached costs as much."""


class CostCurve:
    """The least cost of every gain.

    Parameters
    ----------
    costs, gains : sequence of int
        Of each task, in whole units.
    after : sequence of (int or None)
        The one task that it comes after, if any.
    must : set of int
        The tasks that are done in any case.
    """

    def __init__(
        self,
        costs: Sequence[int],
        gains: Sequence[int],
        after: Sequence[int | None],
        must: frozenset[int] = frozenset(),
    ) -> None:
        count = len(costs)
        self._order, self._skip = _preorder(after)
        below = [any(self._order[j] in must for j in range(k, self._skip[k])) for k in range(count)]
        top = sum(gains)
        self._scale = count + 1  # of two ways that cost the same, the one of fewer tasks
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
    """Return the tasks, each right before all that come after it, and where what follows those begins."""
    children: dict[int | None, list[int]] = {}
    for task, first in enumerate(after):
        children.setdefault(first, []).append(task)
    order: list[int] = []
    skip: list[int] = []

    def visit(task: int) -> None:
        place = len(order)
        order.append(task)
        skip.append(0)
        for child in children.get(task, ()):
            visit(child)
        skip[place] = len(order)

    for root in children.get(None, ()):
        visit(root)
    return order, skip


def fits(costs: Sequence[int], gains: Sequence[int]) -> bool:
    """Whether the table is of a size that fits memory, and its costs fit 64 bits."""
    return (len(costs) + 1) * (sum(gains) + 1) <= 30_000_000 and sum(costs) * (len(costs) + 1) < FAR // 4
