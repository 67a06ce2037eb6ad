"""A plan as sections: its steps first, then when, at what price per point, what else could be done, where to look."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lsstd.engine.result import Result
from lsstd.engine.verdict import disqualification, named_grade
from lsstd.exact import Exact, shown, whole
from lsstd.pages.base_page import notice
from lsstd.pages.blocks import Blocks, Paragraph, Section, Table, Tiles, chart_figure, grid, labelled, section, signed
from lsstd.planning.improvement_plan import (
    CurvePoint,
    ImprovementPlan,
    PlanStep,
    Way,
    id_label,
    step_clauses,
    step_evidence,
    step_label,
    step_values,
)
from lsstd.planning.planner import plan
from lsstd.standard.standard import Reading
from lsstd.words import Lang, Text, beside, counted, join, msg, msg_in, noted, paragraph, same

MOST_ROWS = 10
"""Rows to look at that are listed."""


def title_of(plan: ImprovementPlan) -> Text:
    """Return what a plan is called."""
    return msg("Plan to {grade}", grade=beside(named_grade(plan.target)))


def plan_sections(plan: ImprovementPlan, lang: Lang) -> Iterator[Section]:
    """Yield all that a plan tells."""
    yield notice(plan.result, lang)
    yield summary(plan, lang)
    way = plan.way or plan.best
    if plan.blocked:
        heads = [msg("where"), msg("why"), msg("cured on")]
        rows = [(_obstacle(plan, one.id), one.why, one.cured_on) for one in plan.blocked]
        yield section(msg("What stands in the way"), lang, grid(lang, heads, rows))
    if way and way.steps:
        yield steps(plan, way, lang)
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
        unused = [(id_label(plan.result.standard, name), why) for name, why in plan.unused]
        yield section(msg("Not used"), lang, grid(lang, [msg("step"), msg("why")], unused))
    yield section(msg("What the plan rests on"), lang, *plan.assumptions)


def summary(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the plan in a sentence, with its key figures."""
    way, told = plan.way, Paragraph(paragraph([in_a_sentence(plan)]).to(lang), "verdict")
    figures: list[tuple[Text, object]] = []
    if plan.needed is not None:
        figures.append((msg("Points needed"), shown(plan.needed)))
    if way:
        figures += [(msg("Steps"), len(way.steps)), (msg("Cost"), _amount(plan, way.cost).to(lang))]
        if any(step.task.price.chance != 1 for step in way.steps):
            figures.append((msg("Chance"), _percent(way)))
        if way.finish:
            figures.append((msg("Done on"), way.finish))
    return section(title_of(plan), lang, told, Tiles(labelled(lang, figures)) if figures else None)


def in_a_sentence(plan: ImprovementPlan) -> Text:
    """Return the plan in a sentence."""
    grade, way = beside(named_grade(plan.target)), plan.way
    if reason := disqualification(plan.result):
        return reason
    if way is None:
        if plan.best is None:
            return msg("{grade} cannot be reached by any step", grade=grade)
        score, reached = _reached(plan, plan.best)
        return msg(
            "{grade} is out of reach; within reach are {score} points, {reached}",
            grade=grade,
            score=score,
            reached=reached,
        )
    if not way.steps:
        return msg("{grade} is reached already", grade=grade)
    proven = msg("nothing cheaper reaches it") if plan.status == "optimal" else msg("the best found")
    score, _ = _reached(plan, way)
    return msg(
        "{steps} for {cost} reach {grade} with {score} points; {proven}",
        steps=counted(len(way.steps), "step"),
        cost=_amount(plan, way.cost),
        grade=grade,
        score=score,
        proven=proven,
    )


def _reached(plan: ImprovementPlan, way: Way) -> tuple[str, Text]:
    return plan.result.standard.points(way.after.score.secured)[0], plan.result.standard.named(way.after.grade.secured)


def _obstacle(plan: ImprovementPlan, name: str) -> Text:
    asked = {"budget": msg("budget"), "by": msg("last day"), plan.target: named_grade(plan.target)}
    return asked[name] if name in asked else id_label(plan.result.standard, name)


def _amount(plan: ImprovementPlan, cost: Exact) -> Text:
    """Tell a cost with its unit."""
    if plan.costs is None:
        return msg("{cost} (each point at 1)", cost=shown(cost))
    return same(f"{shown(cost)} {plan.costs.unit}".rstrip())


def _percent(way: Way) -> str:
    """Tell a chance, never as certain what is not."""
    if way.chance is None:
        return "—"
    text = f"{float(way.chance):.1%}"
    return f"< {text}" if text == "100.0%" and way.chance < 1 else text


def steps(plan: ImprovementPlan, way: Way, lang: Lang) -> Section:
    """Return the steps in order: first what conditions ask for."""
    note = Paragraph(msg("The kinds of evidence are lsstd's own suggestion, non-normative.").to(lang), "status")
    title = msg("Steps") if plan.way else msg("What can be reached")
    return section(title, lang, _listed(plan, way, lang), note)


def _listed(plan: ImprovementPlan, way: Way, lang: Lang) -> Table:
    """Return the steps as a table, with what they cost where that is known."""
    standard, costs = plan.result.standard, [msg("cost"), msg("per point")] if plan.costs else []
    heads = [msg("step"), msg("what experts look at"), msg_in("plan", "now"), msg_in("plan", "then")]
    heads += [msg_in("plan", "points"), *costs, msg("evidence")]
    rows: list[tuple[object, ...]] = []
    for step in way.steps:
        task, cost = step.task, step.task.price.cost
        told = (step_label(standard, task), step_clauses(standard, task), *step_values(standard, task), _gain(step))
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
    gain = msg("{n} points", n=signed(step.gain)) if step.gain else msg_in("step", "condition")
    told = [msg("{now} → {then}", now=now, then=then), gain]
    told += [_amount(plan, price.cost)] if plan.costs else []
    told += [same(text) for text in (price.owner, step.finish) if text]
    told += [evidence] if (evidence := step_evidence(standard, step)).zh else []
    return Text("；".join(text.zh for text in told), "; ".join(text.en for text in told))


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


def _gain(step: PlanStep) -> str | Text:
    conditions = [effect for effect in step.effects if effect.gain is None]
    if step.gain:
        return signed(step.gain)
    return msg_in("step", "condition") if conditions else "0"


def timetable(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the Gantt chart and what each quarter comes to."""
    title, way = msg("Timetable"), plan.way or plan.best
    figure = chart_figure(title.to(lang), "plan_charts.schedule_alone", plan, lang)
    heads = [msg("step"), msg("owner"), msg("start"), msg("done"), msg_in("plan", "after"), msg("chance")]
    named, standard = plan.result.standard.named, plan.result.standard
    labels = {step.task.id: step_label(standard, step.task) for step in (way.steps if way else ())}
    dated = [
        (
            labels[s.task.id],
            s.task.price.owner,
            s.start,
            s.finish,
            join(labels.get(name) or id_label(standard, name) for name in s.task.price.after),
            f"{float(s.task.price.chance):.0%}",
        )
        for s in (way.steps if way else ())
        if s.finish
    ]
    when = grid(lang, heads, dated, right=(5,), tight=(2, 3))
    heads = [msg("until"), msg("steps done"), msg("score"), msg("grade by score"), msg("self-assessed grade")]
    rows = [
        (
            phase.until,
            join(labels[name] for name in phase.steps),
            standard.points(phase.result.score.secured)[0],
            named(phase.result.grade.secured),
            named(phase.result.grade.awarded),
        )
        for phase in plan.phases
    ]
    return section(title, lang, figure, when, grid(lang, heads, rows, right=(2,), tight=(0,)) if rows else None)


def alternatives(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the next cheapest plans, each of which leaves out several steps of all before."""
    heads = [msg("plan"), msg("cost"), msg("chance"), msg("done"), msg("steps left out"), msg("why"), msg("steps")]
    rows: list[tuple[object, ...]] = []
    listed = [(msg("another way"), way) for way in plan.alternatives]
    if plan.surest:
        listed.append((msg("surest enough"), plan.surest))
    if plan.robust:
        listed.append((msg("under every reading"), plan.robust))
    for name, way in listed:
        named = join(step_label(plan.result.standard, step.task) for step in way.steps)
        rows.append((name, way.cost, _percent(way), way.finish, way.differs_by, way.why or "", named))
    return section(
        msg("Other ways"), lang, grid(lang, heads, rows, right=(1, 2, 4), tight=(3,)) if rows else None, *_notes(plan)
    )


def _notes(plan: ImprovementPlan) -> Iterator[Text]:
    """Tell what a chance costs, and which costs decide the plan."""
    if plan.chance_asked is not None and plan.way:
        chance = f"{float(plan.chance_asked):.0%}"
        if plan.surest is None or plan.adaptive is None:
            yield msg("No plan reaches the grade with a chance of {chance}.", chance=chance)
        else:
            cost = _amount(plan, plan.surest.cost)
            yield msg(
                "With a chance of {chance} the grade takes {cost}; whoever decides after each outcome what to do next "
                "pays no less than {least}.",
                chance=chance,
                cost=cost if plan.surest.bound == plan.surest.cost else noted(cost, msg("the best found")),
                least=_amount(plan, plan.adaptive),
            )
    if plan.sensitive:
        names = [id_label(plan.result.standard, name) for name in plan.sensitive]
        yield msg("A cost at the far end of its range would change the plan: {names}.", names=join(names))


def curve(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the cost curve, drawn, and the cost of each grade."""
    title = msg("What the next point costs")
    figure = chart_figure(title.to(lang), "plan_charts.cost_curve_alone", plan, lang)
    rows: list[tuple[object, ...]] = []
    first: dict[str | None, CurvePoint] = {}
    for point in plan.curve:
        first.setdefault(point.grade, point)
    for grade, point in first.items():
        rows.append((plan.result.standard.named(grade), signed(point.points), point.cost, point.marginal))
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
        price = msg(
            "A plan that holds under every combination of readings costs {cost}, {more} more.",
            cost=_amount(plan, plan.robust.cost),
            more=shown(plan.price_of_robustness),
        )
    return section(msg("Under other readings"), lang, price, grid(lang, heads, rows, right=(2,)))


def look(plan: ImprovementPlan, lang: Lang) -> Section:
    """Return the rows whose verification on site would most reduce the chance that the grade told is wrong."""
    rows = [
        (plan.result.standard.criteria[row].row, plan.result.standard.criteria[row].gloss, f"{100 * less:.1f}")
        for row, less in list(plan.visit.less_wrong.items())[:MOST_ROWS]
    ]
    heads = [msg("row"), msg("criterion"), msg("less wrong (percentage points)")]
    told = msg(
        "The secured grade is not the true one with a chance of {wrong}; a look at one of these rows alone reduces it.",
        wrong=f"{plan.visit.wrong:.1%}",
    )
    return section(msg("Where to look on site"), lang, told, grid(lang, heads, rows, right=(0, 2)))
