"""The ways to a grade: what is open and priced as tasks, searched, judged by the exact engine, dated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from lsstd.engine.result import Result
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, whole
from lsstd.planning.cheapest import Search, Solution
from lsstd.planning.costs import Costs, ordered, tasks_of
from lsstd.planning.improvement_plan import Effect, PlanStep, Way
from lsstd.planning.improvements import Gains, Improvement, Improvements, gains_of
from lsstd.planning.schedule import Calendar
from lsstd.planning.surest import chance_of
from lsstd.robustness.distribution import denominator
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Condition
from lsstd.words import msg, same


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
        ends = {i: end for i, (_, end) in sorted(calendar.scheduled(range(len(every)), with_capacity=False).items())}
        in_time = [i for i, end in ends.items() if calendar.last is None or end <= calendar.last]
        self.late = [(every[i], calendar.day(end)) for i, end in ends.items() if i not in in_time]
        """Tasks done after the last day, whoever has the time for them, and when they are."""
        places = {i: place for place, i in enumerate(in_time)}  # what comes first is in time, too
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
