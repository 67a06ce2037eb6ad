"""Charts of plans and designs: what the next point costs, when each step is done, how far a reform must go."""

from __future__ import annotations

from datetime import date
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lsstd.pages.charts import GRADE_COLOURS, SECURED, grade_colours
from lsstd.pages.design_page import FAMILIES
from lsstd.pages.drawing import alone, canvas, rows_canvas
from lsstd.planning.design_result import Design
from lsstd.planning.improvement_plan import ImprovementPlan, step_label
from lsstd.words import Lang, made_up, msg, shorten

_WIDTH, _HEIGHT, _ROW = 7.0, 3.4, 0.36
_LONGEST = 24
_WAITING = "#B8B8B8"


def cost_curve(plan: ImprovementPlan, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the least cost of each number of points as stairs, with the lines of the grades and the plan on them."""
    base, points = plan.result.score.secured, [float(point.points) for point in plan.curve]
    colours = grade_colours(plan.result.standard.grades)
    with canvas(ax, _WIDTH, _HEIGHT) as ax:
        costs = [float(point.cost) for point in plan.curve]
        scores = [float(base) + each for each in points]
        if not any(point.steps_in for point in plan.curve):  # known at the lines alone, so no stairs between
            ax.plot(scores, costs, "s", color=SECURED)
        else:
            ax.step(scores, costs, where="pre", color=SECURED, linewidth=1.8)
            ax.fill_between(scores, costs, step="pre", color=SECURED, alpha=0.12, linewidth=0)
        seen = {plan.curve[0].grade} if plan.curve else set()
        for score, point in zip(scores, plan.curve, strict=True):
            if point.grade not in seen:
                seen.add(point.grade)
                ax.axvline(score, color=colours[point.grade], linewidth=1, linestyle="--")
                ax.annotate(
                    str(point.grade), (score, 1), (3, -3), xycoords=("data", "axes fraction"),
                    textcoords="offset points", va="top", fontsize=9, color=colours[point.grade],
                )  # fmt: skip
        if plan.way and plan.way.steps:
            at = (float(plan.way.after.score.secured), float(plan.way.cost))
            ax.plot(*at, "o", color=GRADE_COLOURS[5], label=msg("the plan").to(lang))
            ax.legend(frameon=False, loc="center left")
        ax.set_xlabel(msg("secured score after the steps").to(lang))
        unit = plan.costs.unit if plan.costs else ""
        ax.set_ylabel(f"{msg('least cost').to(lang)} {unit}".rstrip())
        ax.set_ylim(bottom=0)
    return ax


def schedule(plan: ImprovementPlan, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw when each step begins and is done (a Gantt chart); grey where it only waits for time to pass."""
    way = plan.way or plan.best
    steps = [step for step in way.steps if step.start and step.finish] if way else []
    labels = [shorten(step_label(plan.result.standard, step.task).to(lang), _LONGEST) for step in steps]
    with rows_canvas(ax, labels, _ROW) as (ax, places):
        for place, step in zip(places, steps, strict=True):
            start, finish = (date.fromisoformat(day).toordinal() for day in (step.start or "", step.finish or ""))
            colour = _WAITING if step.task.kind == "time" else SECURED
            ax.barh(place, max(finish - start, 1), left=start, height=0.55, color=colour)
            note = f" {step.task.price.owner}" if step.task.price.owner else ""
            ax.text(finish, place, f" {step.finish}{note}", va="center", fontsize=8)
        left, right = ax.get_xlim()
        ax.set_xlim(left, right + 0.3 * (right - left))
        ticks = _months(int(left), int(right)) if steps else []
        ax.set_xticks([day.toordinal() for day in ticks], [f"{day:%Y-%m}" for day in ticks])
        ax.grid(axis="x", color="#E5E5E5", linewidth=0.8)
        ax.set_axisbelow(True)
    return ax


def _months(first: int, last: int) -> list[date]:
    """Return first days of months, at most about five, between two days."""
    begin, end = date.fromordinal(max(first, 1)), date.fromordinal(max(last, 1))
    months = range(begin.year * 12 + begin.month, end.year * 12 + end.month)
    every = max(1, -(-len(months) // 5))
    return [date(month // 12, month % 12 + 1, 1) for month in months[::every]]


_MARKS = {"lines": "s", "rows": "o", "conditions": "D"}


def design_curve(design: Design, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw by how many subjects goals are missed for a rising number of points moved; hollow is what is not proved."""
    with canvas(ax, _WIDTH, _HEIGHT) as ax:
        for place, (family, name) in enumerate(FAMILIES.items()):
            points = [point for point in design.curve if point.family == family]
            moved, missed = [float(p.moved) for p in points], [p.missed / design.denominator for p in points]
            colour = GRADE_COLOURS[place]
            if points:
                ax.step(moved, missed, where="post", color=colour, linewidth=1.2)
                ax.plot([], [], _MARKS[family], color=colour, label=name.to(lang))
            for x, y, point in zip(moved, missed, points, strict=True):
                ax.plot(x, y, _MARKS[family], color=colour, markerfacecolor=colour if point.proved else "white")
        if design.is_reached and design.moved:
            ax.plot(
                float(design.moved), 0, "*", markersize=15, color=GRADE_COLOURS[5], label=msg("the reform").to(lang)
            )
        if not all(point.proved for point in design.curve):
            ax.plot([], [], "o", color="#7F7F7F", markerfacecolor="white", label=msg("not proved").to(lang))
        ax.set_xlabel(msg("points moved").to(lang))
        ax.set_ylabel(msg("subjects short of the goals").to(lang))
        ax.set_ylim(bottom=0)
        ax.set_xlim(left=0)
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        for line in ax.lines:
            line.set_clip_on(False)
        ax.legend(frameon=False, loc="upper right")
        ax.set_title(made_up(msg("How far a reform must go"), design.is_synthetic).to(lang), fontsize=11)
    return ax


def design_curve_alone(design: Design, lang: Lang) -> Figure:
    """Return the curve of a design as a figure of its own."""
    return alone(partial(design_curve, design, lang=lang), _WIDTH, _HEIGHT, (0.09, 0.15, 0.97, 0.9))


def cost_curve_alone(plan: ImprovementPlan, lang: Lang) -> Figure:
    """Return the cost curve as a figure of its own."""
    return alone(partial(cost_curve, plan, lang=lang), _WIDTH, _HEIGHT, (0.11, 0.15, 0.97, 0.96))


def schedule_alone(plan: ImprovementPlan, lang: Lang) -> Figure:
    """Return the Gantt chart as a figure of its own."""
    way = plan.way or plan.best
    height = _ROW * len(way.steps if way else ()) + 0.8
    return alone(partial(schedule, plan, lang=lang), _WIDTH, height, (0.36, 0.45 / height, 0.99, 0.98))
