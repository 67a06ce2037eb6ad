"""From an assessment to a plan: what is open, priced, searched, replayed by the exact engine, dated and compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import Outcomes, evaluate
from lsstd.engine.result import Result
from lsstd.engine.verdict import disqualification
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.exact import Exact, exact, shown, whole
from lsstd.planning.cheapest import Search, Solution
from lsstd.planning.costs import Costs
from lsstd.planning.improvement_plan import Blocked, CurvePoint, ImprovementPlan, Phase, UnderReading, Way
from lsstd.planning.improvements import Gains
from lsstd.planning.surest import ChanceSearch
from lsstd.planning.way_finder import WayFinder, next_grade, quarters
from lsstd.planning.where_to_look import where_to_look
from lsstd.standard.readings import touching_grades
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg, nearest, same

APART = 3
"""Steps of every earlier plan that another one leaves out: plans that differ less tell a reader nothing."""
OTHERS = 3
"""How many alternative plans are shown."""
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
    brief: bool = False,
) -> ImprovementPlan:
    """Return the cheapest improvements that reach a grade: conditions first, proven, dated, replayed by the engine.

    Parameters
    ----------
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
    brief : bool
        Only the steps: no curve, no other ways, no other readings, nowhere to look.

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
    finder = WayFinder(result, wanted, costs, by, _asked(cushion, "--cushion"))
    return _planned(finder, limit, asked, brief)


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


def _planned(finder: WayFinder, budget: Exact | None, chance: Exact | None, brief: bool) -> ImprovementPlan:
    """Return the plan, unless in brief with everything shown beside it."""
    search = finder.search(finder.target)
    gains = search.gains[0] if search.gains else None
    added = gains if finder.standard.is_plain else None  # of a total that is no sum gains are only a bound
    answer = search.cheapest()
    needed = Fraction(gains.reach[0][0], gains.step) if gains and gains.reach else None
    made = ImprovementPlan(
        finder.result,
        finder.target,
        finder.costs,
        None,
        None if needed is None else max(whole(needed), 0),
        chance_asked=chance,
        unused=tuple(_unused(finder)),
        assumptions=_told(finder),
        found=finder.found,
    )
    can_apply = finder.found.after(finder.changes(finder.everything)).eligible  # else no grade is within reach
    if not brief:
        visit = where_to_look(finder.standard, finder.result.assessment, finder.result.readings)
        made = replace(made, curve=tuple(_curve(finder, search, added) if can_apply else ()), visit=visit)
    if answer is None or (budget is not None and finder.cost(answer.cost) > budget):
        best = _best(finder, search, added, budget)
        if budget is not None and (best is None or not best.tasks):
            _refuse(finder, budget, answer)
        way = finder.way(best, added) if best and can_apply else None
        return replace(made, best=way, blocked=tuple(_blocked(finder, answer, budget)))
    made = replace(made, way=(way := finder.way(answer, added)), bound=finder.cost(answer.bound))
    if brief:
        return made
    robust = _robust(finder, search)
    others = [finder.way(other, added, answer) for other in search.others(answer, OTHERS, APART)]
    return replace(
        made,
        alternatives=tuple(others),
        by_reading=tuple(_by_reading(finder)),
        robust=finder.way(robust, added) if robust else None,
        surest=_surest(finder, search, added, chance) if chance is not None and added else None,
        phases=tuple(_phases(finder, answer)),
        sensitive=tuple(_sensitive(finder, search, answer)),
    )


def _phases(finder: WayFinder, answer: Solution) -> Iterator[Phase]:
    """Yield the quarters in which steps are done, with what the assessment comes to at the end of each."""
    done: list[int] = []
    for until, tasks in quarters(finder.calendar.scheduled(answer.tasks, answer.periods), finder.calendar):
        done += tasks
        is_dated = finder.costs is not None or any(finder.tasks[task].ready for task in tasks)
        ids, after = tuple(finder.tasks[task].id for task in tasks), finder.found.after(finder.changes(done))
        yield Phase(until if is_dated else None, ids, after)


def _robust(finder: WayFinder, search: Search) -> Solution | None:
    """Return the cheapest tasks that reach the grade whatever the readings, adding one that fails after another."""
    keys = [key for key in touching_grades(finder.standard) if key in finder.standard.readings]
    options = [reversed(finder.standard.options_of(key)) for key in keys]
    combined = [{**finder.result.readings, **dict(zip(keys, some, strict=True))} for some in product(*options)]
    grades, line = finder.standard.grades, finder.standard.grades.index(finder.target)

    def failing(tasks: frozenset[int]) -> dict[str, str] | None:
        scenario = finder.found.scenario(finder.changes(tasks), finder.target)
        outcomes = Outcomes(finder.standard, scenario.apply(finder.result.assessment))
        secured = ((readings, outcomes.under(readings).secured) for readings in combined)
        return next((each for each, grade in secured if grade is None or grades.index(grade) > line), None)

    if failing(finder.everything) is not None:
        return None
    for _ in range(MOST_READINGS):
        answer = search.cheapest()
        if answer is None or (worst := failing(frozenset(answer.tasks))) is None:
            return answer
        gains = finder.gains(finder.target, worst)
        if gains is None:
            return None
        search = replace(search, gains=(*search.gains, gains), _cuts=search._cuts)
    return None


def _curve(finder: WayFinder, search: Search, gains: Gains | None) -> Iterator[CurvePoint]:
    """Yield the cost curve by whole points and at the lines; without a curve, the cost of each grade alone."""
    grades, before = finder.standard.grades, Fraction(0)
    if gains is None or (curve := search.curve) is None:
        for grade in reversed(grades):
            each = finder.search(grade)
            if each.gains and each.gains[0].reach and (answer := each.cheapest()):
                cost, gained = finder.cost(answer.cost), each.gains[0]
                points = whole(Fraction(gained.reach[0][0], gained.step))
                yield CurvePoint(points, cost, grade, whole(cost - before))
                before = Fraction(cost)
        return
    reached = {grade: finder.gains(grade, finder.result.readings) for grade in grades}
    lines = {found.reach[0][0]: grade for grade, found in reached.items() if found and found.reach}
    costs = curve.costs
    most = max((gain for gain, cost in enumerate(costs) if cost is not None), default=0)
    wanted = sorted({*range(0, most + 1, gains.step), *(line for line in lines if line <= most), most})
    for place, gain in enumerate(wanted):
        following = costs[wanted[place + 1]] if place + 1 < len(wanted) else None
        if (here := costs[gain]) is None or (here == following and gain not in lines):
            continue
        cost = finder.cost(here)
        reach = next((grade for grade, found in reached.items() if found and found.suffices(gain)), None)
        yield CurvePoint(whole(Fraction(gain, gains.step)), cost, reach, whole(cost - before))
        before = Fraction(cost)


def _by_reading(finder: WayFinder) -> Iterator[UnderReading]:
    """Yield the cost where one reading alone is chosen otherwise."""
    for key in touching_grades(finder.standard):
        for option in finder.standard.options_of(key) if key in finder.standard.readings else ():
            if option != finder.result.readings[key]:
                answer = finder.search(finder.target, {**finder.result.readings, key: option}).cheapest()
                yield UnderReading({key: option}, finder.cost(answer.cost) if answer else None)


def _surest(finder: WayFinder, search: Search, gains: Gains, chance: Exact) -> Way | None:
    """Return the cheapest way that reaches a given chance."""
    chances = [task.price.chance for task in finder.tasks]
    found = ChanceSearch(search, chances, finder.vital).cheapest(chance)
    return replace(finder.way(found, gains), bound=finder.cost(found.bound)) if found else None


def _sensitive(finder: WayFinder, search: Search, answer: Solution) -> Iterator[str]:
    """Yield the steps of which a cost at the far end of its range would change the plan."""
    for task, entry in enumerate(finder.tasks):
        if entry.price.range:
            end = entry.price.range[1 if task in answer.tasks else 0]
            prices = [price * end.denominator for price in finder.prices]
            prices[task] = int(end * end.denominator * finder.scale)
            other = replace(search, costs=prices, _cuts=search._cuts).cheapest()
            if other and sum(prices[i] for i in answer.tasks) > other.cost:
                yield entry.id


def _best(finder: WayFinder, search: Search, gains: Gains | None, budget: Exact | None) -> Solution | None:
    """Return the most points that the budget and the day allow; where points do not add up, the best grade."""
    limit = None if budget is None else int(budget * finder.scale)
    if search.curve and gains:
        costs = enumerate(search.curve.costs)
        affordable = [gain for gain, cost in costs if cost is not None and (limit is None or cost <= limit)]
        tasks = search.curve.tasks(max(affordable)) if affordable else None
        return None if tasks is None else Solution(tasks, search.cost(tasks), search.cost(tasks))
    for grade in finder.standard.grades:
        found = finder.search(grade).cheapest()
        if found and (limit is None or found.cost <= limit):
            return found
    return None


def _refuse(finder: WayFinder, budget: Exact, answer: Solution | None) -> None:
    """Refuse a budget that allows nothing."""
    first = sum(finder.prices[i] for i in finder.must) or min(finder.prices, default=0)
    least, whole_way = (shown(finder.cost(units)) for units in (first, answer.cost if answer else 0))
    expected = msg("at least {least}", least=least)
    if answer:
        expected = msg("at least {least}; {target} takes {cost}", least=least, target=finder.target, cost=whole_way)
    raise LsstdError(msg("the budget allows no step"), [Problem("--budget", same(shown(budget)), expected)])


def _blocked(finder: WayFinder, answer: Solution | None, budget: Exact | None) -> Iterator[Blocked]:
    """Yield the obstacles: days, missing points, the budget."""
    if answer is not None and budget is not None:
        missing = shown(finder.cost(answer.cost) - budget)
        cost = shown(finder.cost(answer.cost))
        yield Blocked("budget", msg("the cheapest way costs {cost}; {missing} are missing", cost=cost, missing=missing))
        return
    tasks = [*finder.tasks, *(task for task, _ in finder.late)]
    for late, day in finder.late:
        changes = [change for task in tasks if task is not late for change in task.changes]
        if not finder.suffices(changes, finder.target, finder.result.readings):
            why = msg("it can be done on {day} at the earliest, after {by}", day=day, by=finder.by)
            yield Blocked(late.id, why, day)
    if finder.by and (
        later := _without_a_day(WayFinder(finder.result, finder.target, finder.costs, None, finder.cushion))
    ):
        yield later
        return
    full = finder.found.after(finder.changes(finder.everything))
    if not any(found.code in ("veto", "gate") for found in full.findings) and full.grade.secured != finder.target:
        yield Blocked(
            finder.target,
            msg(
                "at most {score} points can be reached ({grade})",
                score=finder.standard.points(full.score.secured)[0],
                grade=finder.standard.named(full.grade.secured),
            ),
        )
    for key, found in full.conditions.items():
        if found.state != "met" and not any(key in task.conditions for task, _ in finder.late):
            yield Blocked(key, msg("no step meets it"))


def _without_a_day(finder: WayFinder) -> Blocked | None:
    """Return when, and for how much, the grade is reached where no day is set."""
    answer = finder.search(finder.target).cheapest()
    if answer is None:
        return None
    day = max((step.finish for step in finder.way(answer, None).steps if step.finish), default=None)
    why = msg("without a last day it is reached on {day}, for {cost}", day=day, cost=shown(finder.cost(answer.cost)))
    return Blocked("by", why, day)


def _unused(finder: WayFinder) -> Iterator[tuple[str, Text]]:
    """Yield what no plan uses, with the reason."""
    yield from finder.unused
    for task, day in finder.late:
        yield task.id, msg("it would be done on {day}, after {by}", day=day, by=finder.by)


def _told(finder: WayFinder) -> tuple[Text, ...]:
    """Return what the plan rests on."""
    told = [msg("Costs, lead times and chances are the user's; nothing in the standard gives them.")]
    if finder.costs is None:
        told = [msg("No costs are given: each point costs the same, and what brings no points costs nothing.")]
    elif unpriced := [same(task.id) for task in finder.tasks if not task.priced and task.kind != "time"]:
        told.append(msg("Without a cost in the table, counted as 0: {names}", names=join(unpriced)))
    if any(task.price.chance != 1 for task in finder.tasks):
        told.append(msg("Steps succeed independently; all that conditions need must succeed, of the others enough."))
    if not finder.standard.is_plain:
        told.append(msg("The total is no plain sum: the exact engine judged each plan tried, and no chances are told."))
    if finder.calendar.capacity:
        told.append(msg("A step counts in the month in which it begins; what comes first is done by then."))
    return tuple(told)
