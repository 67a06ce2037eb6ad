"""From an assessment to a plan: what is open, priced, searched, replayed by the exact engine, dated and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product

from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import evaluate
from lsstd.engine.outcomes import Outcomes
from lsstd.engine.result import Result
from lsstd.engine.verdict import disqualification
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.exact import Exact, exact, shown, whole
from lsstd.planning.cheapest import Search, Solution
from lsstd.planning.costs import Costs, ordered, tasks_of
from lsstd.planning.improvement_plan import (
    Blocked,
    CurvePoint,
    Effect,
    ImprovementPlan,
    Phase,
    PlanStep,
    UnderReading,
    Way,
)
from lsstd.planning.improvements import Change, Gains, Improvements, gains_of
from lsstd.planning.schedule import Calendar, quarters
from lsstd.planning.surest import ChanceSearch, chance_of
from lsstd.planning.where_to_look import where_to_look
from lsstd.robustness.distribution import denominator
from lsstd.standard.readings import touching_grades
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Condition, Standard
from lsstd.words import Text, join, msg, nearest, same

APART = 3
"""Steps of every earlier plan that another one leaves out: plans that differ less tell a reader nothing."""
OTHERS = 3
"""How many other plans are told."""
MOST_READINGS = 20
"""Most combinations of readings that are added, one by one, until a plan holds under all."""


def plan(
    standard: Standard,
    assessment: Assessment,
    target: str | None = None,
    *,
    costs: Costs | None = None,
    budget: float | Exact | None = None,
    by: str | None = None,
    chance: float | Exact | None = None,
    cushion: float | Exact = 0,
    readings: dict[str, str] | None = None,
) -> ImprovementPlan:
    """Return the cheapest improvements that reach a grade: conditions first, proven, dated, replayed by the engine.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    target : str, optional
        A grade; without it the next one up.
    costs : Costs, optional
        What improvements cost (`load_costs`); without it each point costs the same.
    budget : number, optional
        The most that may be spent, in the unit of the costs.
    by : str, optional
        The last day, as 2025-06-30.
    chance : number, optional
        Find also the cheapest plan that reaches the grade with at least this chance.
    cushion : number
        Points to be reached beyond the line.
    readings : dict of str to str, optional

    Raises
    ------
    UnknownName, LsstdError, InvalidFile
        No such grade; a standard without grades; a budget or day that allows nothing; as `evaluate`.

    Examples
    --------
    >>> from lsstd import example, load_assessment, load_standard
    >>> standard = load_standard("hlj-base-evaluation")
    >>> found = plan(standard, load_assessment(example("near_aaa")), "AAA")
    >>> found.status, found.needed, found.way.after.grade.awarded
    ('optimal', Fraction(25, 12), 'AAA')
    """
    result = evaluate(standard, assessment, readings)
    wanted = _target(result, target)
    asked = _asked(chance, "--chance", 1) if chance is not None else None
    if reason := disqualification(result):
        vetoes = [key for key, found in result.vetoes.items() if found.state == "unmet"]
        blocked = tuple(Blocked(key, reason) for key in vetoes)
        return ImprovementPlan(result, wanted, costs, None, None, blocked=blocked, chance_asked=asked)
    limit = _asked(budget, "--budget") if budget is not None else None
    made = Planner(result, wanted, costs, by, _asked(cushion, "--cushion"))
    return made.plan(limit, asked)


def _target(result: Result, target: str | None) -> str:
    """Return the grade to be reached: the one asked for, else the next one up that is not awarded yet."""
    grades = result.standard.grades
    if not grades:
        problem = Problem("standard", same(result.standard.standard), msg("a standard with grades"))
        raise LsstdError(msg("the standard has no grades to plan for"), [problem])
    if target is None:
        return next_grade(result)
    if target not in grades:
        problem = Problem("--target", msg("no grade {target}", target=target), nearest(target, grades))
        raise UnknownName(msg("no such grade"), [problem])
    return target


def next_grade(result: Result) -> str:
    """Return the next grade up; where none is awarded, the one that the score earns, or the lowest."""
    grades, now = result.standard.grades, result.grade.awarded
    place = grades.index(now) - 1 if now else grades.index(result.grade.secured or grades[-1])
    return grades[max(place, 0)]


def _asked(value: float | Exact, name: str, most: int | None = None) -> Exact:
    """Return a number that a user asks for, if it is one from 0 on."""
    expected = msg("a number from 0 on") if most is None else msg("a number from 0 to {most}", most=most)
    try:
        number = exact(value)
    except ValueError:
        number = -1
    if number < 0 or (most is not None and number > most):
        raise LsstdError(msg("invalid number"), [Problem(name, same(value), expected)])
    return number


def every_step(result: Result) -> tuple[PlanStep, ...]:
    """Return every step that is open, with what it brings where all are done: the lines of a table of costs."""
    made = Planner(result, _target(result, None), None, None, 0)
    return made.way(Solution(tuple(sorted(made.everything)), 0, 0), None).steps


def way_to(result: Result, target: str) -> Way | None:
    """Return the cheapest way to a grade at equal cost per point, and nothing beside it."""
    made = Planner(result, target, None, None, 0)
    answer = made.search(made.target).cheapest()
    return made.way(answer, None) if answer else None


@dataclass
class Planner:
    """Makes plans for one result and one grade."""

    result: Result
    target: str
    costs: Costs | None
    by: str | None
    cushion: Exact

    def __post_init__(self) -> None:
        self.standard, self.found = self.result.standard, Improvements(self.result)
        changes = self.found.changes
        self.tasks, self.unused = tasks_of(self.found, self.costs, self._worth(changes))
        self.scale = denominator(task.price.cost for task in self.tasks)
        self.prices = [int(task.price.cost * self.scale) for task in self.tasks]
        self.everything = frozenset(range(len(self.tasks)))
        self.calendar = Calendar.of(self.tasks, self.costs, self.result.assessment.as_of, self.by)
        self.open = self.calendar.in_time(self.everything)
        if self.everything and not self.open:
            first = self.calendar.day(min(finish for _, finish in self._all_times.values()))
            problem = Problem(
                "--by", same(self.by), msg("{first} or later, when the first step can be done", first=first)
            )
            raise LsstdError(msg("nothing can be done by that day"), [problem])
        must = {i for i, task in enumerate(self.tasks) if any(self._is_needed(c) for c in task.changes)}
        while more := {first for i in must for first in self.tasks[i].after} - must:
            must |= more
        self.must = frozenset(must)

    @cached_property
    def _all_times(self) -> dict[int, tuple[int, int]]:
        return self.calendar.scheduled(self.everything, with_capacity=False)

    def _is_needed(self, change: Change) -> bool:
        """Whether no award comes without a change: of conditions whose tests must all hold."""
        either = {key for key, each in self.standard.conditions.items() if each.is_compound}
        return any(name not in either for name in change.conditions)

    def _worth(self, changes: Iterable[Change]) -> dict[str, Exact]:
        """Return the points of each change: what it brings by itself, else its share of what is missing in its rows."""
        listed = list(changes)
        if self.costs is not None:
            return {}
        gains = gains_of(self.found, [(change,) for change in listed], self.target, self.result.readings)
        alone = [
            Fraction(gain, gains.step) if gains else Fraction(0)
            for gain in (gains.alone if gains else [0] * len(listed))
        ]
        worth: dict[str, Exact] = {}
        tied = {i for row in gains.joint for pattern in row for i in pattern.tasks} if gains else range(len(listed))
        for i, change in enumerate(listed):
            shares = Fraction(0)
            for row in change.rows if i in tied else ():
                found, together = self.found.widest.criteria[row], sum(row in other.rows for other in listed)
                shares += Fraction(found.maximum - found.secured) / together
            worth[change.id] = whole(shares or alone[i])
        return worth

    # ── searching ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _changes(self, tasks: Iterable[int]) -> list[Change]:
        return [change for task in sorted(tasks) for change in self.tasks[task].changes]

    def gains(self, target: str, readings: Mapping[str, str]) -> Gains | None:
        """Return what tasks bring under some readings, the cushion included."""
        found = gains_of(self.found, [task.changes for task in self.tasks], target, dict(readings))
        return found and found.with_cushion(self.cushion)

    def reaches(self, tasks: frozenset[int], target: str, readings: Mapping[str, str]) -> bool:
        """Ask the exact engine whether tasks reach a grade that would be awarded."""
        after, grades = self.found.after(self._changes(tasks), readings), self.standard.grades
        if after.grade.awarded is None or grades.index(after.grade.awarded) > grades.index(target):
            return False
        if not self.cushion:
            return True
        cushion = after.cushion_down
        is_higher = grades.index(after.grade.awarded) < grades.index(target)
        return is_higher or cushion is None or cushion.points >= self.cushion

    def search(self, target: str, readings: Mapping[str, str] | None = None) -> Search:
        """Return the search for a grade under some readings."""
        chosen = readings or self.result.readings
        gains, after = self.gains(target, chosen), [task.after for task in self.tasks]
        known = () if gains is None else (gains,)
        return Search(
            self.prices,
            after,
            self.must,
            known,
            lambda tasks: self.reaches(tasks, target, chosen),
            self.open,
            self.calendar.timing(),
        )

    def cost(self, units: int) -> Exact:
        """Return a cost in the unit of the table."""
        return whole(Fraction(units, self.scale))

    def robust(self, search: Search) -> Solution | None:
        """Return the cheapest tasks that reach the grade whatever the readings, adding one that fails after another."""
        keys = [key for key in touching_grades(self.standard) if key in self.standard.readings]
        options = [reversed(self.standard.options_of(key)) for key in keys]
        combined = [{**self.result.readings, **dict(zip(keys, some, strict=True))} for some in product(*options)]
        grades, line = self.standard.grades, self.standard.grades.index(self.target)

        def failing(tasks: frozenset[int]) -> dict[str, str] | None:
            scenario = self.found.scenario(self._changes(tasks), self.target)
            outcomes = Outcomes(self.standard, scenario.apply(self.result.assessment))
            secured = ((readings, outcomes.under(readings).secured) for readings in combined)
            return next((each for each, grade in secured if grade is None or grades.index(grade) > line), None)

        if failing(self.open) is not None:
            return None
        for _ in range(MOST_READINGS):
            answer = search.cheapest()
            if answer is None or (worst := failing(frozenset(answer.tasks))) is None:
                return answer
            gains = self.gains(self.target, worst)
            if gains is None:
                return None
            search = replace(search, gains=(*search.gains, gains), _cuts=search._cuts)
        return None

    # ── a plan ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def plan(self, budget: Exact | None, chance: Exact | None) -> ImprovementPlan:
        """Return the plan with all that is told beside it."""
        search, gains = self.search(self.target), self.gains(self.target, self.result.readings)
        answer = search.cheapest()
        needed = Fraction(gains.reach[0][0], gains.step) if gains and gains.reach else None
        made = ImprovementPlan(
            self.result,
            self.target,
            self.costs,
            None,
            None if needed is None else max(whole(needed), 0),
            curve=tuple(self._curve(search, gains)),
            chance_asked=chance,
            unused=tuple(self._unused()),
            visit=where_to_look(self.standard, self.result.assessment, self.result.readings),
            found=self.found,
        )
        if answer is None or (budget is not None and self.cost(answer.cost) > budget):
            best = self._best(search, gains, budget)
            if budget is not None and (best is None or not best.tasks):
                self._refuse(budget, answer)
            way = self.way(best, gains) if best else None
            return replace(made, best=way, blocked=tuple(self._blocked(answer, budget)), assumptions=self._told(gains))
        way, robust = self.way(answer, gains), self.robust(search)
        others = [self.way(other, gains, answer) for other in search.others(answer, OTHERS, APART)]
        sure, adaptive = self._surest(gains, chance) if chance is not None and gains else (None, None)
        return replace(
            made,
            way=way,
            bound=self.cost(answer.bound),
            alternatives=tuple(replace(other, why=_why(other, way)) for other in others),
            by_reading=tuple(self._by_reading()),
            robust=self.way(robust, gains) if robust else None,
            surest=self.way(sure, gains) if sure else None,
            adaptive=adaptive,
            phases=tuple(self._phases(answer)),
            sensitive=tuple(self._sensitive(search, answer)),
            assumptions=self._told(gains),
        )

    def way(self, answer: Solution, gains: Gains | None, first: Solution | None = None) -> Way:
        """Return an answer as a way: its steps in order, each with what it brings and its days."""
        chances = [task.price.chance for task in self.tasks]
        times = self.calendar.scheduled(answer.tasks, answer.periods)
        steps = []
        for task in sorted(ordered(self.tasks, answer.tasks), key=lambda task: (task not in self.must, times[task])):
            effects = self._effects(task, answer.tasks)
            total = whole(sum((effect.gain for effect in effects if effect.gain is not None), Fraction(0)))
            start, finish = (self.calendar.day(day) for day in times[task])
            steps.append(PlanStep(self.tasks[task], total, effects, start, finish, self._kinds(task)))
        sure = chance_of(answer.tasks, chances, self.must & set(answer.tasks), gains) if gains else None
        missing = frozenset(first.tasks) - set(answer.tasks) if first else frozenset()
        after = self.found.after(self._changes(answer.tasks))
        return Way(tuple(steps), self.cost(answer.cost), sure, after, len(missing))

    def _effects(self, task: int, chosen: Iterable[int]) -> tuple[Effect, ...]:
        """Return what a task brings: its part of each row's gain, as the rows of the plan come to; and conditions."""
        readings, effects = self.result.readings, []
        for name in self.tasks[task].rows:
            row, now = self.standard.criteria[name], self.result.criteria[name]
            if row.max_score is None:
                continue
            here = [i for i in chosen if name in self.tasks[i].rows]
            worth = self.found.points(row, self._changes(here), readings)
            without = [worth - self.found.points(row, self._changes(set(here) - {i}), readings) for i in here]
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

    def _phases(self, answer: Solution) -> Iterator[Phase]:
        """Yield the quarters in which steps are done, with what the assessment comes to at the end of each."""
        done: list[int] = []
        for until, tasks in quarters(self.calendar.scheduled(answer.tasks, answer.periods), self.calendar):
            done += tasks
            yield Phase(until, tuple(self.tasks[task].id for task in tasks), self.found.after(self._changes(done)))

    # ── what is told beside it ──────────────────────────────────────────────────────────────────────────────────────

    def _curve(self, search: Search, gains: Gains | None) -> Iterator[CurvePoint]:
        """Yield the cost curve by whole points and at the lines; without a curve, the cost of each grade alone."""
        grades, before = self.standard.grades, Fraction(0)
        if gains is None or search.curve is None:
            for grade in reversed(grades):
                each, gained = self.search(grade), self.gains(grade, self.result.readings)
                if (answer := each.cheapest()) and gained and gained.reach:
                    cost = self.cost(answer.cost)
                    points = whole(Fraction(gained.reach[0][0], gained.step))
                    yield CurvePoint(points, cost, grade, whole(cost - before))
                    before = Fraction(cost)
            return
        reached = {grade: self.gains(grade, self.result.readings) for grade in grades}
        lines = {found.reach[0][0]: grade for grade, found in reached.items() if found and found.reach}
        costs, last = search.curve.costs, frozenset[int]()
        most = max((gain for gain, cost in enumerate(costs) if cost is not None), default=0)
        wanted = sorted({*range(0, most + 1, gains.step), *(line for line in lines if line <= most), most})
        for place, gain in enumerate(wanted):
            following = costs[wanted[place + 1]] if place + 1 < len(wanted) else None
            if (here := costs[gain]) is None or (here == following and gain not in lines):
                continue
            tasks, cost = frozenset(search.on_curve(gain) or ()), self.cost(here)
            reach = next((g for g in grades if (r := reached[g]) and r.suffices(gain)), None)
            inside, outside = ([self.tasks[task].id for task in sorted(some)] for some in (tasks - last, last - tasks))
            yield CurvePoint(
                whole(Fraction(gain, gains.step)), cost, reach, whole(cost - before), tuple(inside), tuple(outside)
            )
            before, last = Fraction(cost), tasks

    def _by_reading(self) -> Iterator[UnderReading]:
        """Yield the cost where one reading alone is chosen otherwise."""
        for key in touching_grades(self.standard):
            for option in self.standard.options_of(key) if key in self.standard.readings else ():
                if option != self.result.readings[key]:
                    answer = self.search(self.target, {**self.result.readings, key: option}).cheapest()
                    yield UnderReading({key: option}, self.cost(answer.cost) if answer else None)

    def _surest(self, gains: Gains, chance: Exact) -> tuple[Solution | None, Exact | None]:
        """Return the cheapest tasks with a chance, and what waiting and seeing costs at least."""
        chances = [task.price.chance for task in self.tasks]
        after = [task.after for task in self.tasks]
        found = ChanceSearch(self.prices, gains, chances, after, self.must, self.open).cheapest(chance)
        if found is None:
            return None, None
        return Solution(found.tasks, found.cost, found.bound), self.cost(found.adaptive)

    def _sensitive(self, search: Search, answer: Solution) -> Iterator[str]:
        """Yield the steps of which a cost at the far end of its range would change the plan."""
        for task, entry in enumerate(self.tasks):
            if entry.price.range and task in self.open:
                end = entry.price.range[1 if task in answer.tasks else 0]
                prices = [price * end.denominator for price in self.prices]
                prices[task] = int(end * end.denominator * self.scale)
                other = replace(search, costs=prices, _cuts=search._cuts).cheapest()
                if other and sum(prices[i] for i in answer.tasks) > other.cost:
                    yield entry.id

    def _best(self, search: Search, gains: Gains | None, budget: Exact | None) -> Solution | None:
        """Return the most points that the budget and the day allow; where points do not add up, the best grade."""
        limit = None if budget is None else int(budget * self.scale)
        if search.curve and gains:
            affordable = [
                gain
                for gain, cost in enumerate(search.curve.costs)
                if cost is not None and (limit is None or cost <= limit)
            ]
            tasks = search.on_curve(max(affordable)) if affordable else None
            return None if tasks is None else Solution(tasks, search.cost(tasks), search.cost(tasks))
        for grade in self.standard.grades:
            found = self.search(grade).cheapest()
            if found and (limit is None or found.cost <= limit):
                return found
        return None

    def _refuse(self, budget: Exact, answer: Solution | None) -> None:
        """Refuse a budget that allows nothing."""
        cheapest = min((self.prices[i] for i in self.must), default=min((self.prices[i] for i in self.open), default=0))
        least = sum(self.prices[i] for i in self.must) or cheapest
        expected = msg("at least {least}", least=shown(self.cost(least)))
        if answer:
            whole_way = shown(self.cost(answer.cost))
            expected = msg(
                "at least {least}; {target} takes {cost}",
                least=shown(self.cost(least)),
                target=self.target,
                cost=whole_way,
            )
        raise LsstdError(msg("the budget allows no step"), [Problem("--budget", same(shown(budget)), expected)])

    def _blocked(self, answer: Solution | None, budget: Exact | None) -> Iterator[Blocked]:
        """Yield what stands in the way: days, missing points, the budget."""
        if answer is not None and budget is not None:
            missing = shown(self.cost(answer.cost) - budget)
            cost = shown(self.cost(answer.cost))
            yield Blocked(
                "budget", msg("the cheapest way costs {cost}; {missing} are missing", cost=cost, missing=missing)
            )
            return
        times = self._all_times
        for task in sorted(self.everything - self.open):
            day = self.calendar.day(times[task][1])
            if task in self.must or not self._is_enough(self.everything - {task}):
                why = msg("it can be done on {day} at the earliest, after {by}", day=day, by=self.by)
                yield Blocked(self.tasks[task].id, why, day)
        if self.by and (later := Planner(self.result, self.target, self.costs, None, self.cushion)._without_a_day()):
            yield later
            return
        full = self.found.after(self._changes(self.open))
        if not any(found.code in ("veto", "gate") for found in full.findings) and full.grade.secured != self.target:
            yield Blocked(
                self.target,
                msg(
                    "at most {score} points can be reached ({grade})",
                    score=self.standard.points(full.score.secured)[0],
                    grade=self.standard.named(full.grade.secured),
                ),
            )
        for key, found in full.conditions.items():
            tasks = {i for i, task in enumerate(self.tasks) if key in task.conditions}
            if found.state != "met" and tasks <= self.open:
                yield Blocked(key, msg("no step meets it"))

    def _without_a_day(self) -> Blocked | None:
        """Return when, and for how much, the grade is reached where no day is set."""
        answer = self.search(self.target).cheapest()
        if answer is None:
            return None
        day = max((step.finish for step in self.way(answer, None).steps if step.finish), default=None)
        why = msg("without a last day it is reached on {day}, for {cost}", day=day, cost=shown(self.cost(answer.cost)))
        return Blocked("by", why, day)

    def _is_enough(self, tasks: frozenset[int]) -> bool:
        return self.reaches(tasks, self.target, self.result.readings)

    def _unused(self) -> Iterator[tuple[str, Text]]:
        """Yield what stands in no plan, with the reason."""
        yield from self.unused
        for task in sorted(self.everything - self.open):
            day = self.calendar.day(self._all_times[task][1])
            yield self.tasks[task].id, msg("it would be done on {day}, after {by}", day=day, by=self.by)

    def _told(self, gains: Gains | None) -> tuple[Text, ...]:
        """Return what the plan rests on."""
        told = [msg("Costs, lead times and chances are the user's; nothing in the standard gives them.")]
        if self.costs is None:
            told = [msg("No costs are given: each point costs the same, and what brings no points costs nothing.")]
        elif unpriced := [same(task.id) for task in self.tasks if not task.priced and task.kind != "time"]:
            told.append(msg("Without a cost in the table, counted as 0: {names}", names=join(unpriced)))
        if any(task.price.chance != 1 for task in self.tasks):
            told.append(
                msg("Steps succeed independently; all that conditions need must succeed, of the others enough.")
            )
        if gains is None:
            told.append(msg("The total is no plain sum; the exact engine judged every plan that was tried."))
        if self.calendar.capacity:
            told.append(msg("A step counts in the month in which it begins; what comes first is done by then."))
        return tuple(told)


def _why(other: Way, first: Way) -> Text:
    """Say what speaks for another plan."""
    reasons = []
    if len(other.steps) < len(first.steps):
        reasons.append(msg("fewer steps"))
    if other.finish and first.finish and other.finish < first.finish:
        reasons.append(msg("done sooner"))
    if other.chance is not None and first.chance is not None and other.chance > first.chance:
        reasons.append(msg("surer"))
    if other.after.score.secured > first.after.score.secured:
        reasons.append(msg("more points to spare"))
    return join(reasons) if reasons else msg("other steps at little more cost")
