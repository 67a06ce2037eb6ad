"""When tasks are done: lead times along what comes first, what only time cures, and how much an owner can begin."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count

from lsstd.errors import LsstdError, Problem
from lsstd.planning.cheapest import Timing
from lsstd.planning.costs import Capacity, Costs, Task, ordered
from lsstd.planning.improvements import later
from lsstd.words import msg, same

LONGEST = 120
"""Months after which no task begins."""


@dataclass(frozen=True)
class Calendar:
    """The days of a plan: its start, its last day if there is one, and who can begin how much.

    Parameters
    ----------
    start : str or None
        Without a day nothing can be dated; days are then only counted.
    """

    tasks: Sequence[Task]
    start: str | None
    by: str | None = None
    capacity: tuple[Capacity, ...] = ()

    @classmethod
    def of(cls, tasks: Sequence[Task], costs: Costs | None, as_of: str | None, by: str | None) -> Calendar:
        """Return the calendar of a table of costs, which begins on its own day or on the reference day.

        Raises `LsstdError`: a last day that is no day, lies before the start, or has no start to count from.
        """
        start = (costs.start if costs else None) or as_of
        start = f"{start}-01" if start and len(start) == 7 else start
        if by is not None:
            title = msg("no plan for that day")
            try:
                date.fromisoformat(by)
            except ValueError:
                raise LsstdError(title, [Problem("--by", same(by), msg("a full date such as 2024-12-31"))]) from None
            if start is None:
                expected = msg("a reference day (as_of) in the assessment, or start in the costs")
                raise LsstdError(title, [Problem("--by", msg("no day to count from"), expected)])
            if by < start:
                raise LsstdError(title, [Problem("--by", same(by), msg("a day from {start} on", start=start))])
        return cls(tasks, start, by, costs.capacity if costs else ())

    @property
    def last(self) -> int | None:
        """The last day, counted from the start."""
        return None if self.by is None else self._offset(self.by)

    def _offset(self, day: str) -> int:
        return (date.fromisoformat(day) - date.fromisoformat(self.start or day)).days

    def day(self, offset: int) -> str | None:
        """Return a day as a date, if the start is one."""
        return None if self.start is None else later(self.start, days=offset)

    def end(self, task: int, first: int) -> int:
        """Return the day on which a task counts that begins on some day, no sooner than time cures it."""
        ready, done = self.tasks[task].ready, first + (self.tasks[task].price.lead_days or 0)
        return max(done, self._offset(ready)) if ready and self.start else done

    def starts(self) -> list[int]:
        """Return the first day of each month in which work can begin."""
        if self.start is None:
            return [30 * month for month in range(LONGEST)]
        return [self._offset(later(self.start, months=month)) for month in range(LONGEST)]

    def timing(self) -> Timing | None:
        """Return what an integer program must know, where a last day and somebody's capacity meet."""
        if self.last is None or not self.capacity:
            return None
        starts, groups = [day for day in self.starts() if day <= self.last], []
        for each in self.capacity:
            owned = frozenset(i for i, task in enumerate(self.tasks) if task.price.owner == each.owner)
            months = 3 if each.per_quarter else 1
            spans = [
                frozenset(range(first, min(first + months, len(starts)))) for first in range(0, len(starts), months)
            ]
            groups += [(owned, span, each.per_quarter or each.per_month or 0) for span in spans]
        ends = [[self.end(task, first) for first in starts] for task in range(len(self.tasks))]
        return Timing(starts, ends, self.last, groups)

    def scheduled(
        self, chosen: Iterable[int], periods: Mapping[int, int] | None = None, *, with_capacity: bool = True
    ) -> dict[int, tuple[int, int]]:
        """Return the first day of each task, and the one on which it counts.

        Parameters
        ----------
        periods : mapping of int to int, optional
            The month in which each begins, where that is settled; else as early as possible, in order.
        """
        times: dict[int, tuple[int, int]] = {}
        begun = Counter[tuple[str, int]]()
        starts = self.starts() if with_capacity and self.capacity else []
        for task in ordered(self.tasks, chosen):
            first = max((times[other][1] for other in self.tasks[task].after if other in times), default=0)
            if periods is not None:
                first = starts[periods[task]]
            elif starts and (limits := [each for each in self.capacity if each.owner == self.tasks[task].price.owner]):
                first = self._free(first, limits, begun, starts)
            times[task] = (first, self.end(task, first))
        return times

    def _free(self, first: int, limits: Sequence[Capacity], begun: Counter[tuple[str, int]], starts: list[int]) -> int:
        """Return the first day from one on, on which an owner can begin, and note that something is begun then."""
        for month in count():
            day, after = starts[min(month, LONGEST - 1)], starts[min(month + 1, LONGEST - 1)]
            keys = [((f"{e.owner} {e.per_month}", month // (3 if e.per_quarter else 1)), e) for e in limits]
            if (after > first or month >= LONGEST) and all(
                begun[key] < (e.per_quarter or e.per_month or 0) for key, e in keys
            ):
                begun.update(key for key, _ in keys)
                return max(day, first)
        return first


def quarters(times: Mapping[int, tuple[int, int]], calendar: Calendar) -> list[tuple[str | None, list[int]]]:
    """Return the tasks by the quarter, counted from the start, in which each is done; with that quarter's last day."""
    ends = [later(calendar.start, months=3 * n) for n in range(1, 200)] if calendar.start else []
    phases: dict[int, list[int]] = {}
    for task, (_, finish) in sorted(times.items(), key=lambda entry: entry[1][1]):
        day = calendar.day(finish)
        place = 0 if day is None else next((n for n, end in enumerate(ends) if day <= end), len(ends) - 1)
        phases.setdefault(place, []).append(task)
    return [(ends[place] if ends else None, tasks) for place, tasks in phases.items()]
