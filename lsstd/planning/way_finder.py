"""The ways to a grade: what is open and priced as tasks, searched, judged by the exact engine, dated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from lsstd.engine.result import Result
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, whole
from lsstd.planning.cheapest import Search, Solution, Timing
from lsstd.planning.costs import Capacity, Costs, Task, ordered, tasks_of
from lsstd.planning.improvement_plan import Effect, PlanStep, Way
from lsstd.planning.improvements import Gains, Improvement, Improvements, gains_of, later
from lsstd.planning.surest import chance_of
from lsstd.robustness.distribution import denominator
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Condition
from lsstd.words import msg, same

LONGEST = 120
"""Months after which no task begins."""
_Begun: TypeAlias = Counter[tuple[Capacity, int]]  # how many tasks begin within a limit, by its month or quarter


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
        """Return the day on which a task that begins on some day counts, no sooner than time alone would."""
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

    def scheduled(self, chosen: Iterable[int], periods: Mapping[int, int] | None = None) -> dict[int, tuple[int, int]]:
        """Return the first day of each task, and the one on which it counts.

        Parameters
        ----------
        periods : mapping of int to int, optional
            The month in which each begins, where that is settled; else as early as possible, in order.
        """
        times: dict[int, tuple[int, int]] = {}
        begun: _Begun = Counter()
        starts = self.starts() if self.capacity else []
        for task in ordered(self.tasks, chosen):
            first = max((times[other][1] for other in self.tasks[task].after if other in times), default=0)
            if periods is not None:
                first = starts[periods[task]]
            elif starts and (limits := [each for each in self.capacity if each.owner == self.tasks[task].price.owner]):
                first = self._free(first, limits, begun, starts)
            times[task] = (first, self.end(task, first))
        return times

    def _free(self, first: int, limits: Sequence[Capacity], begun: _Begun, starts: list[int]) -> int:
        """Return the first day from one on, on which an owner can begin, and note that something is begun then."""
        month = 0
        while True:
            day, after = (starts[min(each, LONGEST - 1)] for each in (month, month + 1))
            keys = [(each, month // (3 if each.per_quarter else 1)) for each in limits]
            is_free = all(begun[each, time] < (each.per_quarter or each.per_month or 0) for each, time in keys)
            if is_free and (after > first or month >= LONGEST):
                begun.update(keys)
                return max(day, first)
            month += 1


def quarters(times: Mapping[int, tuple[int, int]], calendar: Calendar) -> list[tuple[str | None, list[int]]]:
    """Return the tasks by the quarter, counted from the start, in which each is done; with that quarter's last day."""
    ends = [later(calendar.start, months=3 * n) for n in range(1, 200)] if calendar.start else []
    phases: dict[int, list[int]] = {}
    for task, (_, finish) in sorted(times.items(), key=lambda entry: entry[1][1]):
        day = calendar.day(finish)
        place = 0 if day is None else next((n for n, end in enumerate(ends) if day <= end), len(ends) - 1)
        phases.setdefault(place, []).append(task)
    return [(ends[place] if ends else None, tasks) for place, tasks in phases.items()]


@dataclass
class WayFinder:
    """Finds ways from one result to a grade."""

    result: Result
    target: str
    costs: Costs | None
    by: str | None
    cushion: Exact

    def __post_init__(self) -> None:
        self.standard, self.found = self.result.standard, Improvements(self.result)
        changes = self.found.changes
        every, self.unused = tasks_of(self.found, self.costs, self._worth(changes))
        calendar = Calendar.of(every, self.costs, self.result.assessment.as_of, self.by)
        alone = replace(calendar, capacity=()).scheduled(range(len(every)))  # whoever has the time for it
        ends = {i: end for i, (_, end) in sorted(alone.items())}
        in_time = [i for i, end in ends.items() if calendar.last is None or end <= calendar.last]
        self.late = [(every[i], calendar.day(end)) for i, end in ends.items() if i not in in_time]
        """Tasks done after the last day, and when they are."""
        places = {i: place for place, i in enumerate(in_time)}  # its prerequisites are in time, too
        self.tasks = [replace(every[i], after=tuple(places[first] for first in every[i].after)) for i in in_time]
        self.calendar = replace(calendar, tasks=self.tasks)
        self.everything = frozenset(range(len(self.tasks)))
        self.scale = denominator(task.price.cost for task in self.tasks)
        self.prices = [int(task.price.cost * self.scale) for task in self.tasks]
        if self.late and not self.tasks and not self.reaches(frozenset(), self.target, self.result.readings):
            first = calendar.day(min(ends.values()))
            problem = Problem(
                "--by", same(self.by), msg("{first} or later, when the first step can be done", first=first)
            )
            raise LsstdError(msg("nothing can be done by that day"), [problem])
        must = {i for i, task in enumerate(self.tasks) if any(self._is_needed(c) for c in task.changes)}
        self.vital = frozenset(must)  # what comes first must be done, too, but need not succeed
        while more := {first for i in must for first in self.tasks[i].after} - must:
            must |= more
        self.must = frozenset(must)

    def _is_needed(self, change: Improvement) -> bool:
        """Whether no award comes without a change: of conditions whose tests must all hold."""
        either = {key for key, each in self.standard.conditions.items() if each.is_compound}
        return any(name not in either for name in change.conditions)

    def _worth(self, changes: Sequence[Improvement]) -> dict[str, Exact]:
        """Return the points of each change: what it brings by itself, else its share of what is missing in its rows."""
        if self.costs is not None:
            return {}
        gains = gains_of(self.found, [(change,) for change in changes], self.target, self.result.readings)
        tied = {i for row in gains.joint for pattern in row for i in pattern.tasks} if gains else range(len(changes))
        worth: dict[str, Exact] = {}
        for i, change in enumerate(changes):
            worth[change.id] = whole(Fraction(gains.alone[i], gains.step)) if gains else 0
            if i in tied:
                rows = [(self.found.widest.criteria[row], sum(row in c.rows for c in changes)) for row in change.rows]
                worth[change.id] = whole(sum(Fraction(row.maximum - row.secured) / count for row, count in rows))
        return worth

    # ── searching ───────────────────────────────────────────────────────────────────────────────────────────────────

    def changes(self, tasks: Iterable[int]) -> list[Improvement]:
        """Return the changes that tasks make."""
        return [change for task in sorted(tasks) for change in self.tasks[task].changes]

    def gains(self, target: str, readings: Mapping[str, str]) -> Gains | None:
        """Return what tasks bring under some readings, the cushion included."""
        return gains_of(self.found, [task.changes for task in self.tasks], target, dict(readings), self.cushion)

    def reaches(self, tasks: frozenset[int], target: str, readings: Mapping[str, str]) -> bool:
        """Ask the exact engine whether tasks reach a grade that would be awarded."""
        return self.suffices(self.changes(tasks), target, readings)

    def suffices(self, changes: Iterable[Improvement], target: str, readings: Mapping[str, str]) -> bool:
        """Ask the exact engine whether changes reach a grade that would be awarded, with the cushion to spare."""
        after, grades = self.found.after(changes, readings), self.standard.grades
        if after.grade.awarded is None or grades.index(after.grade.awarded) > grades.index(target):
            return False
        if not self.cushion:
            return True
        lines = [band.lower.value for band in after.bands if band.lower and band.grade == target]
        return all(after.score.secured - line >= self.cushion for line in lines)

    def search(self, target: str, readings: Mapping[str, str] | None = None) -> Search:
        """Return the search for a grade under some readings."""
        chosen = readings or self.result.readings
        gains, after = self.gains(target, chosen), [task.after for task in self.tasks]
        known = () if gains is None else (gains,)

        def reaches(tasks: frozenset[int]) -> bool:
            return self.reaches(tasks, target, chosen)

        return Search(self.prices, after, self.must, known, reaches, self.calendar.timing())

    def cost(self, units: int) -> Exact:
        """Return a cost in the unit of the table."""
        return whole(Fraction(units, self.scale))

    def way(self, answer: Solution, gains: Gains | None, first: Solution | None = None) -> Way:
        """Return an answer as a way: its steps in order, each with what it brings and its days."""
        chances = [task.price.chance for task in self.tasks]
        times = self.calendar.scheduled(answer.tasks, answer.periods)
        steps = []
        for task in sorted(ordered(self.tasks, answer.tasks), key=lambda task: (task not in self.must, times[task])):
            effects = self._effects(task, answer.tasks)
            total = whole(sum((effect.gain for effect in effects if effect.gain is not None), Fraction(0)))
            is_dated = self.costs is not None or self.tasks[task].ready  # else nobody knows how long it takes
            start, finish = (self.calendar.day(day) if is_dated else None for day in times[task])
            steps.append(PlanStep(self.tasks[task], total, effects, start, finish, self._kinds(task)))
        sure = chance_of(answer.tasks, chances, self.vital & set(answer.tasks), gains) if gains else None
        missing = frozenset(first.tasks) - set(answer.tasks) if first else frozenset()
        after = self.found.after(self.changes(answer.tasks))
        return Way(tuple(steps), self.cost(answer.cost), sure, after, len(missing))

    def _effects(self, task: int, chosen: Iterable[int]) -> tuple[Effect, ...]:
        """Return what a task brings: its part of each row's gain, as the rows of the plan come to; and conditions."""
        readings, effects = self.result.readings, []
        for name in self.tasks[task].rows:
            row, now = self.standard.criteria[name], self.result.criteria[name]
            if row.max_score is None:
                continue
            here = [i for i in chosen if name in self.tasks[i].rows]
            worth = self.found.points(row, self.changes(here), readings)
            without = [worth - self.found.points(row, self.changes(set(here) - {i}), readings) for i in here]
            mine, together = without[here.index(task)], sum(without)
            gained = Fraction(worth - now.secured)
            share = gained * mine / together if together else gained / len(here)
            reach = Fraction(self.standard.reach[name]) / (row.max_score or 1)
            effects.append(Effect(name, whole(share * reach)))
        return (
            *effects,
            *(Effect(name, None) for name in self.tasks[task].conditions if name not in self.tasks[task].rows),
        )

    def _kinds(self, task: int) -> tuple[str, ...]:
        """Return the kinds of evidence that would prove a task, as the standard's file suggests them."""
        names = (*self.tasks[task].rows, *self.tasks[task].conditions)
        entries: dict[str, Criterion | Condition] = {**self.standard.criteria, **self.standard.conditions}
        return tuple(dict.fromkeys(kind for name in names if name in entries for kind in entries[name].evidence))


def every_step(result: Result) -> tuple[PlanStep, ...]:
    """Return every step that is open, with what it brings where all are done: the lines of a table of costs."""
    made = WayFinder(result, next_grade(result), None, None, 0)
    return made.way(Solution(tuple(sorted(made.everything)), 0, 0), None).steps


def next_grade(result: Result) -> str:
    """Return the next grade up; where none is awarded, the one that the score earns, or the lowest."""
    grades, now = result.standard.grades, result.grade.awarded
    place = grades.index(now) - 1 if now else grades.index(result.grade.secured or grades[-1])
    return grades[max(place, 0)]
