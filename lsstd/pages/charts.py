"""Charts of results. Each takes an optional `ax`, returns it, and never shows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lsstd.changes.compare import ComparedResult, Comparison
from lsstd.engine.result import Result
from lsstd.engine.tree import full_tree
from lsstd.exact import shown
from lsstd.pages.base_page import LEGEND, indicator_bars
from lsstd.pages.blocks import Bar
from lsstd.pages.design_page import FAMILIES
from lsstd.pages.drawing import Frame, alone, canvas, rows_canvas
from lsstd.pages.supply_chain_page import WITHOUT_GRADE
from lsstd.pages.terminal import wrap
from lsstd.panel.cycle import Cycle
from lsstd.panel.panel_result import PanelResult
from lsstd.panel.portfolio import Portfolio
from lsstd.panel.supply_chain import Chain
from lsstd.planning.design_result import Design
from lsstd.planning.improvement_plan import ImprovementPlan, step_label
from lsstd.standard.standard import Standard
from lsstd.words import Lang, msg, printable, shorten, words

_MARKERS = "osD^vP*X"
_LONGEST = 36  # a label that leaves room for the chart beside it
_CURVE = 7.0, 3.4  # the size of a cost curve, in inches
SECURED, POSSIBLE, FULL, LOST = "#0072B2", "#8EC6E6", "#ECECEC", "#D55E00"
GRADE_COLOURS = ("#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00")
"""One colour a grade by its rank, highest first (Okabe and Ito's palette, safe for the colour-blind)."""


def grade_colours(grades: tuple[str, ...]) -> dict[str | None, str]:
    """Return the fixed colour of each grade, by rank; grey for none."""
    ranked: dict[str | None, str] = {grade: GRADE_COLOURS[i % len(GRADE_COLOURS)] for i, grade in enumerate(grades)}
    return {**ranked, None: "#7F7F7F"}


_WIDTH, _ROW, _SIZE = 5.4, 0.34, 10.0  # of a figure and of a row, in inches; of letters, in points


def _points_wide(text: str) -> float:
    """Estimate the width of a line in points, the same on every machine, whatever its fonts."""
    wide = (1.0 if unicodedata.east_asian_width(char) in "WFA" or char in "MWm%" else 0.56 for char in text)
    return _SIZE * sum(wide)


def wrapped(text: str, width: float) -> str:
    """Return a label on two lines at most, cut where it has more."""
    lines = wrap(printable(text.replace("\n", " ")), width, _points_wide)
    return "\n".join(lines if len(lines) <= 2 else [lines[0], lines[1][:-1] + "…"])


_BROADEST = 0.4 * 72 * _WIDTH  # of a label, in points


def bars(rows: Sequence[Bar], legend: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """Draw horizontal bars, each with its label before and its text behind, so that no number is only a length.

    The legend says what the full and the pale part of a bar stand for.
    """
    labels = [wrapped(bar.label, _BROADEST) for bar in rows]
    full, pale = [bar.full for bar in rows], [bar.pale for bar in rows]
    names = *legend, *[""] * (2 - len(legend))
    with rows_canvas(ax, labels, _ROW, 0.5) as (ax, places):
        ax.barh(places, [1.0] * len(rows), color=FULL, height=0.55)
        ax.barh(places, full, color=SECURED, height=0.55, label=names[0])
        ax.barh(places, pale, left=full, color=POSSIBLE, height=0.55, label=names[1])
        for bar, place in zip(rows, places, strict=True):
            ax.text(1.02, place, printable(bar.text), va="center")
        ax.set_xlim(0, 1)
        ax.set_ylim(-0.6, len(rows) - 0.4)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
    return ax


def bars_alone(rows: Sequence[Bar], legend: Sequence[str] = ()) -> Figure:
    """Return bars as a figure of their own, which no notebook displays."""
    labels = max(
        (_points_wide(line) for bar in rows for line in wrapped(bar.label, _BROADEST).split("\n")), default=0.0
    )
    texts = min(_BROADEST, max((_points_wide(bar.text) for bar in rows), default=0.0))
    height = _ROW * len(rows) + 0.1
    above = 0.3 + 0.04 * height if legend else 0.05
    margins = (labels + 6) / (72 * _WIDTH), 0.05 / (height + above), 1 - (texts + 12) / (72 * _WIDTH)
    return alone(partial(bars, rows, legend), _WIDTH, height + above, (*margins, height / (height + above)))


def profile(result: Result, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw secured and possible points of each indicator as shares of its maximum."""
    return bars(*indicator_bars(result, lang), ax=ax)


def tree(standard: Standard, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the points of each indicator, those of the top level dark, each with the numbers of its rows."""
    nodes = full_tree(standard).nodes
    most = max(float(node.score.maximum) for node in nodes.values())
    rows = []
    for indicator in standard.descent():
        points, numbers = nodes[indicator.id].score.maximum, [row.row for row in standard.rows_of[indicator.id]]
        span = "–".join(dict.fromkeys((str(numbers[0]), str(numbers[-1])))) if numbers else ""
        text = msg("{points} points · rows {span}", points=shown(points), span=span).to(lang)
        share, is_top = float(points) / most, indicator.parent is None
        label = indicator.name.to(lang)
        rows.append(Bar(label, share * is_top, text if numbers else text.partition(" · ")[0], share * (not is_top)))
    return bars(rows, ax=ax)


def cases(comparison: Comparison, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw each case's secured and possible score, with the lines of the grades."""
    results = [case.result for case in comparison.cases]
    names = [shorten(case.name, _LONGEST) for case in comparison.cases]
    with rows_canvas(ax, names, 0.45, 1.6) as (ax, places):
        secured = [float(result.score.secured) for result in results]
        open_points = [float(r.score.possible - r.score.secured) for r in results]
        legend = words(lang, *LEGEND)
        ax.barh(places, secured, color=SECURED, height=0.55, label=legend[0])
        ax.barh(places, open_points, left=secured, color=POSSIBLE, height=0.55, label=legend[1])
        lines(results[0].standard, ax)
        ax.set_xlabel(msg("total score").to(lang))
        ax.set_xlim(right=max(float(end) for r in results for end in (r.score.maximum, r.score.possible)))
    return ax


def ranks(portfolio: Portfolio, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the secured and possible score of each subject, by rank, with the lines of the grades."""
    named = (ComparedResult(member.label.to(lang), member.result, (), (), 0) for member in portfolio.members)
    return cases(Comparison(tuple(named)), ax=ax, lang=lang)


def places(cycle: Cycle, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the panel's score of each ranked base by its rank, in the colour of its grade, with what it gave itself."""
    ranked = [place for place in cycle.current if place.rank is not None]
    colours = grade_colours(cycle.standard.grades)
    with rows_canvas(ax, [place.base.name for place in ranked], 0.34, 1.4) as (ax, heights):
        for one, y in zip(ranked, heights, strict=True):
            if one.own:
                ax.scatter(float(one.own.score.secured), y, marker="|", s=90, color="#7F7F7F", label="")
            ax.scatter(float(one.score or 0), y, color=colours[one.grade])
        ax.set_xlabel(msg("points of the panel; a bar: what the base gave itself").to(lang))
        lines(cycle.standard, ax)
    return ax


def parties(chain: Chain, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the level that each party of a supply chain sees of each topic; a line joins the views of one topic."""
    top, count = len(chain.standard.scale) - 1, len(chain.parties)
    names = [seen.topic.label.to(lang) for seen in chain.topics]
    with rows_canvas(ax, names, 0.42, 1.6, columns=3) as (ax, places):
        for seen, place in zip(chain.topics, places, strict=True):
            if seen.given:
                ends = [min(seen.given.values()), max(seen.given.values())]
                ax.plot(ends, [place] * 2, color="#C8C8C8", linewidth=5, zorder=1)
        for i, (party, label) in enumerate(chain.parties.items()):
            views = [(t.given[party], y) for t, y in zip(chain.topics, places, strict=True) if party in t.given]
            shift = 0.12 * (i - (count - 1) / 2)
            colour, marker = GRADE_COLOURS[i % len(GRADE_COLOURS)], _MARKERS[i % len(_MARKERS)]
            levels, heights = [level for level, _ in views], [y + shift for _, y in views]
            ax.scatter(levels, heights, color=colour, marker=marker, label=label.to(lang), zorder=2)
        ax.set_xlim(-0.3, top + 0.3)
        ax.set_xticks(range(top + 1))
        ax.set_xlabel(msg("level ({without_grade})", without_grade=WITHOUT_GRADE).to(lang))
    return ax


def lines(standard: Standard, ax: Axes, low: float = float("-inf"), high: float = float("inf")) -> None:
    """Draw the lower line of each grade that lies between two scores, named above the chart."""
    for band in standard.bands:
        if band.lower is not None and low <= (line := float(band.lower.value)) <= high:
            mark(ax, line, band.grade)


def mark(ax: Axes, place: float, text: str, colour: str = "#7F7F7F", style: str = "--") -> None:
    """Draw an upright line, named above the chart."""
    ax.axvline(place, color=colour, linewidth=1, linestyle=style)
    ax.annotate(text, (place, 1.0), (2, 2), ("data", "axes fraction"), "offset points", fontsize=8)


def grade_bars(
    labels: Sequence[str],
    counts: Sequence[Mapping[str | None, float]],
    names: Mapping[str | None, str],
    ax: Axes | None,
) -> Axes:
    """Draw the share of each grade in several counts, a bar each; the grades by their names, highest first."""
    colours = grade_colours(tuple(filter(None, names)))
    with rows_canvas(ax, labels, 0.46) as (ax, places):
        left = np.zeros(len(labels))
        for grade, name in names.items():
            shares = np.array([100 * count[grade] / sum(count.values()) for count in counts])
            drawn = ax.barh(places, shares, left=left, color=colours[grade], height=0.66, label=name)
            ax.bar_label(drawn, [f"{n:.0f}%" if n >= 6 else "" for n in shares], label_type="center", color="white")
            left += shares
        ax.set_xlim(0, 100)
    return ax


def cost_curve(plan: ImprovementPlan, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the least cost of each number of points as stairs, with the lines of the grades and the plan on them."""
    base, points = plan.result.score.secured, [float(point.points) for point in plan.curve]
    colours = grade_colours(plan.result.standard.grades)
    with canvas(ax, *_CURVE) as ax:
        costs = [float(point.cost) for point in plan.curve]
        scores = [float(base) + each for each in points]
        if len({point.grade for point in plan.curve}) == len(points):  # known at the lines only: no steps between
            ax.plot(scores, costs, "s", color=SECURED)
        else:
            ax.step(scores, costs, where="pre", color=SECURED, linewidth=1.8)
            ax.fill_between(scores, costs, step="pre", color=SECURED, alpha=0.12, linewidth=0)
        seen = {plan.curve[0].grade} if plan.curve else set()
        for score, point in zip(scores, plan.curve, strict=True):
            if point.grade not in seen:
                seen.add(point.grade)
                mark(ax, score, str(point.grade), colours[point.grade])
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
    labels = [shorten(step_label(plan.result.standard, step.task).to(lang), 24) for step in steps]
    with rows_canvas(ax, labels) as (ax, places):
        for place, step in zip(places, steps, strict=True):
            start, finish = date2num([date.fromisoformat(day) for day in (step.start or "", step.finish or "")])
            colour = "#B8B8B8" if step.task.kind == "time" else SECURED
            ax.barh(place, max(finish - start, 1), left=start, height=0.55, color=colour)
            note = f" {step.task.price.owner}" if step.task.price.owner else ""
            ax.text(finish, place, f" {step.finish}{note}", va="center", fontsize=8)
        left, right = ax.get_xlim()
        ax.set_xlim(left, right + 0.3 * (right - left))
        ax.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=6))
        ax.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d"))
        ax.grid(axis="x", color="#E5E5E5", linewidth=0.8)
        ax.set_axisbelow(True)
    return ax


_MARKS = {"lines": "s", "rows": "o", "conditions": "D"}


def design_curve(design: Design, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw by how many subjects goals are missed as more points are moved."""
    with canvas(ax, *_CURVE) as ax:
        for place, (family, name) in enumerate(FAMILIES.items()):
            points = [point for point in design.curve if point.family == family]
            moved, missed = [float(p.moved) for p in points], [p.missed / design.denominator for p in points]
            colour = GRADE_COLOURS[place]
            if points:
                ax.step(moved, missed, where="post", color=colour, linewidth=1.2)
                ax.plot(moved, missed, _MARKS[family], color=colour, label=name.to(lang))
        if design.is_reached and design.moved:
            ax.plot(float(design.moved), 0, "*", ms=15, color=GRADE_COLOURS[5], label=msg("the reform").to(lang))
        ax.set_xlabel(msg("points moved").to(lang))
        ax.set_ylabel(msg("subjects short of the goals").to(lang))
        ax.set_ylim(bottom=0)
        ax.set_xlim(left=0)
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        for line in ax.lines:
            line.set_clip_on(False)
        ax.legend(frameon=False, loc="upper right")
    return ax


def totals(panel: PanelResult, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the total of each expert and of the panel, what is open pale, with the lines of the grades."""
    names = [*panel.experts, msg("the panel").to(lang)]
    scores = [*panel.totals, panel.score]
    with rows_canvas(ax, names, 0.34, 1.1) as (ax, places):
        for place, score in zip(places, scores, strict=True):
            low, high = float(score.secured), float(score.possible)
            is_panel = place == places[-1]
            ax.plot([low, high], [place] * 2, color=POSSIBLE, linewidth=6, solid_capstyle="butt", zorder=1)
            ax.scatter([low], [place], color=LOST if is_panel else SECURED, marker="D" if is_panel else "o", zorder=3)
            ax.annotate(f"{low:g}", (low, place), (6, 4), textcoords="offset points", fontsize=8)
        ends = [float(end) for score in scores for end in score[:2]]
        margin = max(5.0, 0.2 * (max(ends) - min(ends)))
        low, high = min(ends) - margin, max(ends) + margin
        lines(panel.standard, ax, low, high)
        ax.set_xlim(low, high)
        for note in ax.texts:
            note.set_clip_on(False)
        ax.set_ylim(places[-1] - 0.6, places[0] + 0.6)
        ax.set_xlabel(msg("total score").to(lang))
    return ax


def _schedule_frame(plan: ImprovementPlan) -> Frame:
    way = plan.way or plan.best
    height = 0.36 * len(way.steps if way else ()) + 0.8
    return 7, height, (0.36, 0.45 / height, 0.99, 0.98)


def _totals_frame(panel: PanelResult) -> Frame:
    height = 0.34 * (len(panel.experts) + 1) + 1.1
    return 7, height, (0.14, 0.55 / height, 0.97, 1 - 0.3 / height)


FRAMES: dict[str, Frame | Callable[[Any], Frame]] = {
    "cost_curve": (*_CURVE, (0.11, 0.15, 0.97, 0.94)),
    "design_curve": (*_CURVE, (0.09, 0.15, 0.97, 0.9)),
    "schedule": _schedule_frame,
    "totals": _totals_frame,
}
"""The frames of charts that stand alone as figures."""
