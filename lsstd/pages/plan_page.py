"""A plan as sections: its steps first, then when, at what price per point, what else could be done, where to look."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lsstd.engine.result import Result
from lsstd.engine.verdict import disqualification, named_grade
from lsstd.exact import Exact, shown, whole
from lsstd.pages.base_page import notice
from lsstd.pages.blocks import Blocks, Section, Table, chart_figure, grid, paragraphs, section, signed, tiles
from lsstd.planning.improvement_plan import (
    CurvePoint,
    ImprovementPlan,
    PlanStep,
    Way,
    step_clauses,
    step_evidence,
    step_label,
    step_values,
)
from lsstd.planning.planner import plan
from lsstd.standard.standard import Reading
from lsstd.standard.wording import id_text
from lsstd.words import Lang, Text, beside, counted, in_turn, join, msg, msg_in, noted, paragraph, same

MOST_ROWS = 10
"""The most rows listed for a look on site."""


def title_of(plan: ImprovementPlan) -> Text:
    """Return the title of a plan."""
    return msg("Plan to {grade}", grade=beside(named_grade(plan.target)))


def plan_sections(plan: ImprovementPlan, lang: Lang) -> Iterator[Section]:
    """Yield the sections of a plan."""
    yield notice(plan.result, lang)
    yield summary(plan, lang)
    way = plan.way or plan.best
    if plan.blocked:
        heads = [msg("where"), msg("why"), msg("cured on")]
        asked = {"budget": msg("budget"), "by": msg("last day"), plan.target: named_grade(plan.target)}
        places = [asked.get(one.id) or id_text(plan.result.standard, one.id) for one in plan.blocked]
        rows = [(place, one.why, one.cured_on) for place, one in zip(places, plan.blocked, strict=True)]
        yield section(msg("Obstacles"), lang, grid(lang, heads, rows))
    if way and way.steps:
        note = paragraphs(lang, [msg("The kinds of evidence are lsstd's own suggestion, non-normative.")])
        title = msg("Steps") if plan.way else msg("What can be reached")
        yield section(title, lang, _listed(plan, way, lang), *note)
        if any(step.finish != step.start for step in way.steps):
            yield timetable(plan, lang)
    if plan.alternatives or plan.chance_asked is not None or plan.sensitive:
        yield alternatives(plan, lang)
    if len(plan.curve) > 1:
        yield curve(plan, lang)
    if plan.by_reading:
        yield readings(plan, lang)
    if plan.visit.less_wrong:
        yield look(plan, lang)
    if plan.unused:
        unused = [(id_text(plan.result.standard, name), why) for name, why in plan.unused]
        yield section(msg("Not used"), lang, grid(lang, [msg("step"), msg("why")], unused))
    yield section(msg("What the plan rests on"), lang, *plan.assumptions)


def summary(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the plan in a sentence, with its key figures."""
    way, told = plan.way, paragraphs(lang, [paragraph([in_a_sentence(plan)])], "verdict")
    figures: list[tuple[Text, object]] = []
    if plan.needed is not None:
        figures.append((msg("Points needed"), shown(plan.needed)))
    if way:
        figures += [(msg("Steps"), len(way.steps)), (msg("Cost"), _amount(plan, way.cost).to(lang))]
        if any(step.task.price.chance != 1 for step in way.steps):
            figures.append((msg("Chance"), _percent(way)))
        if way.finish:
            figures.append((msg("Done on"), way.finish))
    return section(title_of(plan), lang, *told, tiles(lang, figures) if figures else None)


def in_a_sentence(plan: ImprovementPlan) -> Text:
    """Return the plan in a sentence."""
    grade, way = beside(named_grade(plan.target)), plan.way
    named, points = plan.result.standard.named, plan.result.standard.points
    if reason := disqualification(plan.result):
        return reason
    if way is None:
        if plan.best is None:
            return msg("{grade} cannot be reached by any step", grade=grade)
        reached, (score, *_) = named(plan.best.after.grade.secured), points(plan.best.after.score.secured)
        return msg(
            "{grade} is out of reach; within reach are {score} points, {reached}",
            grade=grade,
            score=score,
            reached=reached,
        )
    if not way.steps:
        return msg("{grade} is reached already", grade=grade)
    proven = msg("nothing cheaper reaches it") if plan.status == "optimal" else msg("the best found")
    return msg(
        "{steps} for {cost} reach {grade} with {score} points; {proven}",
        steps=counted(len(way.steps), "step"),
        cost=_amount(plan, way.cost),
        grade=grade,
        score=points(way.after.score.secured)[0],
        proven=proven,
    )


def _amount(plan: ImprovementPlan, cost: Exact) -> Text:
    """Return a cost with its unit."""
    if plan.costs is None:
        return msg("{cost} (each point at 1)", cost=shown(cost))
    return same(f"{shown(cost)} {plan.costs.unit}".rstrip())


def _percent(way: Way) -> str:
    """Return a chance as a percentage; one that falls short of certainty is never shown as 100%."""
    if way.chance is None:
        return "—"
    text = f"{float(way.chance):.1%}"
    return f"< {text}" if text == "100.0%" and way.chance < 1 else text


def _listed(plan: ImprovementPlan, way: Way, lang: Lang) -> Table:
    """Return the steps as a table, with what they cost where that is known."""
    standard, costs = plan.result.standard, [msg("cost"), msg("per point")] if plan.costs else []
    heads = [msg("step"), msg("what experts look at"), msg_in("plan", "now"), msg("then")]
    heads += [msg_in("plan", "points"), *costs, msg("evidence")]
    rows: list[tuple[object, ...]] = []
    for step in way.steps:
        task, cost = step.task, step.task.price.cost
        opens = any(effect.gain is None for effect in step.effects)
        gain = msg("condition") if opens and not step.gain else signed(step.gain)
        told = (step_label(standard, task), step_clauses(standard, task), *step_values(standard, task), gain)
        priced = (cost, cost / Fraction(step.gain) if step.gain else None) if costs else ()
        rows.append((*told, *priced, step_evidence(standard, step)))
    total = sum((step.gain for step in way.steps), Fraction(0))
    in_all = (way.cost, "") if costs else ()
    rows.append((msg("in all"), "", "", "", signed(whole(total)), *in_all, ""))
    return grid(lang, heads, rows, right=(4, 5, 6) if costs else (4,))


def step_in_a_line(plan: ImprovementPlan, step: PlanStep) -> Text:
    """Return in a line what a step changes, brings and costs, who does it by when, and the paper that proves it."""
    standard, price = plan.result.standard, step.task.price
    now, then = step_values(standard, step.task)
    gain = msg("{n} points", n=signed(step.gain)) if step.gain else msg("condition")
    told = [msg("{now} → {then}", now=now, then=then), gain]
    told += [_amount(plan, price.cost)] if plan.costs else []
    told += [same(text) for text in (price.owner, step.finish) if text]
    told += [evidence] if (evidence := step_evidence(standard, step)).zh else []
    return in_turn(told, len(told))


def cheapest_way(result: Result, lang: Lang) -> Blocks:
    """Return, for a report, the cheapest steps to the next grade where no costs are known."""
    if not result.standard.grades:
        return msg("The standard has no grades.")
    found = plan(result.standard, result.assessment, readings=result.readings, brief=True)
    if found.way is None or not found.way.steps:
        return paragraph([in_a_sentence(found)])
    intro = msg(
        "The fewest points that reach {grade}, if each point costs the same (with costs, lead times and owners of "
        "your own: lsstd plan --costs).",
        grade=beside(named_grade(found.target)),
    )
    return intro, _listed(found, found.way, lang)


def timetable(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the Gantt chart, the days of each step, and the score and grade reached by each date."""
    title, way = msg("Timetable"), plan.way or plan.best
    figure = chart_figure(title.to(lang), "charts.schedule", plan, lang)
    heads = [msg("step"), msg("owner"), msg("start"), msg("done"), msg_in("plan", "after"), msg("chance")]
    standard, steps = plan.result.standard, way.steps if way else ()
    labels = {step.task.id: step_label(standard, step.task) for step in steps}
    dated = []
    for step in (step for step in steps if step.finish):
        price = step.task.price
        after = join(labels.get(name) or id_text(standard, name) for name in price.after)
        days = step.start, step.finish
        dated.append((labels[step.task.id], price.owner, *days, after, f"{float(price.chance):.0%}"))
    when = grid(lang, heads, dated, right=(5,), tight=(2, 3))
    heads = [msg("until"), msg("steps done"), msg("score"), msg("grade by score"), msg("self-assessed grade")]
    rows = []
    for phase in plan.phases:
        grades = map(standard.named, (phase.result.grade.secured, phase.result.grade.awarded))
        done, score = join(labels[name] for name in phase.steps), standard.points(phase.result.score.secured)[0]
        rows.append((phase.until, done, score, *grades))
    return section(title, lang, figure, when, grid(lang, heads, rows, right=(2,), tight=(0,)) if rows else None)


def alternatives(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the next cheapest plans, each of which leaves out several steps of the earlier ones."""
    heads = [msg("plan"), msg("cost"), msg("chance"), msg("done"), msg("steps left out"), msg("steps")]
    rows = []
    others = (msg("surest enough"), plan.surest), (msg("under every reading"), plan.robust)
    for name, way in (*((msg("another way"), way) for way in plan.alternatives), *others):
        if way:
            named = join(step_label(plan.result.standard, step.task) for step in way.steps)
            rows.append((name, way.cost, _percent(way), way.finish, way.differs_by, named))
    listed = grid(lang, heads, rows, right=(1, 2, 4), tight=(3,)) if rows else None
    return section(msg("Other ways"), lang, listed, *_notes(plan))


def _notes(plan: ImprovementPlan) -> Iterator[Text]:
    """Yield the price of more certainty, and the costs on which the plan depends."""
    if plan.chance_asked is not None and plan.way:
        chance = f"{float(plan.chance_asked):.0%}"
        if plan.surest is None:
            yield msg("No plan reaches the grade with a chance of {chance}.", chance=chance)
        else:
            cost = _amount(plan, plan.surest.cost)
            cost = cost if plan.surest.bound == plan.surest.cost else noted(cost, msg("the best found"))
            yield msg("Reaching the grade with a chance of {chance} costs {cost}.", chance=chance, cost=cost)
    if plan.sensitive:
        names = [id_text(plan.result.standard, name) for name in plan.sensitive]
        yield msg("A cost at the far end of its range would change the plan: {names}.", names=join(names))


def curve(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the cost curve, drawn, and the cost of each grade."""
    title = msg("What the next point costs")
    figure = chart_figure(title.to(lang), "charts.cost_curve", plan, lang)
    first: dict[str | None, CurvePoint] = {}
    for point in plan.curve:
        first.setdefault(point.grade, point)
    named = plan.result.standard.named
    rows = [(named(grade), signed(point.points), point.cost, point.marginal) for grade, point in first.items()]
    heads = [msg("grade"), msg("points from now"), msg("least cost"), msg("marginal cost")]
    return section(title, lang, figure, grid(lang, heads, rows, right=(1, 2, 3)))


def readings(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the cost under each reading, and the price of a plan that holds under all."""
    heads = [msg("reading"), msg("option"), msg("cost")]
    asked: dict[str, Reading] = {str(key): reading for key, reading in plan.result.standard.readings.items()}
    rows = [
        (asked[key].question, asked[key].options[option], msg("out of reach") if each.cost is None else each.cost)
        for each in plan.by_reading
        for key, option in each.readings.items()
    ]
    price = msg("No plan holds under every combination of readings.")
    if plan.robust and plan.price_of_robustness is not None:
        cost, more = _amount(plan, plan.robust.cost), shown(plan.price_of_robustness)
        price = msg(
            "A plan that holds under every combination of readings costs {cost}, {more} more.", cost=cost, more=more
        )
    return section(msg("Under other readings"), lang, price, grid(lang, heads, rows, right=(2,)))


def look(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the rows whose verification on site would most reduce the chance that the stated grade is wrong."""
    criteria, found = plan.result.standard.criteria, list(plan.visit.less_wrong.items())[:MOST_ROWS]
    rows = [(criteria[row].row, criteria[row].gloss, f"{100 * less:.1f}") for row, less in found]
    heads = [msg("row"), msg("criterion"), msg("less wrong (percentage points)")]
    told = msg(
        "The secured grade is not the true one with a chance of {wrong}; a look at one of these rows alone reduces it.",
        wrong=f"{plan.visit.wrong:.1%}",
    )
    return section(msg("Where to look on site"), lang, told, grid(lang, heads, rows, right=(0, 2)))
