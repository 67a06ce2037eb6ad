"""Charts of populations under reforms. Each takes an optional `ax`, returns it, and never shows it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lsstd.exact import shown
from lsstd.lint.linting import Linted
from lsstd.pages.charts import grade_bars, grade_colours, lines, mark, wrapped
from lsstd.pages.drawing import Frame, canvas, rows_canvas
from lsstd.planning.cut_scores import CutScores
from lsstd.population.impact import Impact
from lsstd.population.scoring import Scores
from lsstd.population.sweep import Sweep
from lsstd.words import Lang, Text, msg, paired, shorten, words

FRAMES: dict[str, Frame] = {
    "shares": (5.4, 2.0, (0.12, 0.04, 0.99, 0.6)),
    "transitions": (5.4, 3.5, (0.22, 0.19, 0.99, 0.9)),
    "sweep": (6.6, 3.4, (0.1, 0.17, 0.8, 0.88)),
    "cut_lines": (6.6, 3.2, (0.18, 0.15, 0.98, 0.84)),
}


def histogram(scores: Scores, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many subjects score how much, with the lines of the grades, and how many have which grade."""
    standard, points, places = scores.standard, scores.table["score"].to_numpy(), scores.grade()
    colours = grade_colours(standard.grades)
    with canvas(ax, 6.6, 3.2) as ax:
        parts, names, shades = [], [], []
        for place, grade in enumerate((*standard.grades, None)):
            if count := int((places == place).sum()):
                parts.append(points[places == place])
                names.append(f"{standard.named(grade).to(lang)}  {count} ({count / len(points):.0%})")
                shades.append(colours[grade])
        ax.hist(parts, 24, color=shades, label=names, stacked=True)
        left, right = ax.get_xlim()
        lines(standard, ax, left, right)
        ax.set_xlim(left, right)
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel(msg("total score").to(lang))
        ax.set_ylabel(msg("subjects").to(lang))
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def transitions(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many go from which grade (down) to which (across), the darker the larger a share of its line."""
    counts = impact.transitions.to_numpy()
    names = [impact.before.named(grade).to(lang) for grade in impact.grades]
    with canvas(ax, 5.2, 4.4) as ax:
        sums = counts.sum(axis=1, keepdims=True)
        parts = np.divide(counts, sums, out=np.zeros(counts.shape), where=sums > 0)
        ax.imshow(parts, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for i, j in np.ndindex(*counts.shape):
            if counts[i, j]:
                colour = "white" if parts[i, j] > 0.5 else "black"
                ax.text(j, i, f"{counts[i, j]}", ha="center", va="center", color=colour)
        ax.set_xticks(range(len(names)), ["\n".join(wrapped(name, 280 / len(names))) for name in names])
        ax.set_yticks(range(len(names)), ["\n".join(wrapped(name, 55)) for name in names])
        ax.set_xlabel(msg("after").to(lang))
        ax.set_ylabel(msg("before").to(lang))
    return ax


def shares(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade before and after."""
    table, names = impact.table, {grade: impact.before.named(grade).to(lang) for grade in impact.grades}
    wide = 380 / len(names) - 28
    wrapped_names = {grade: "\n".join(wrapped(name, wide)) for grade, name in names.items()}
    counts = [dict(zip(impact.grades, table[f"share_{side}"], strict=True)) for side in ("before", "after")]
    ax = grade_bars(words(lang, msg("before"), msg("after")), counts, wrapped_names, ax)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    return ax


def sweep(sweep: Sweep, ax: Axes | None = None, lang: Lang = "zh", grade: str | None = None) -> Axes:
    """Draw the share of each grade over the values of one path, or that of one grade over two lines."""
    if len(sweep.paths) == 1:
        return _sweep_lines(sweep, ax, lang)
    swept = (path.removeprefix("lines.") for path in sweep.paths)  # the grade whose line is swept, or the highest
    first = next((name for name in swept if name in sweep.grades), sweep.grades[0])
    return _sweep_map(sweep, grade or first, ax, lang)


def _of_whom(sweep: Sweep) -> Text:
    """Return what the share is of: under a condition those alone are counted who may apply."""
    return msg("% of all, eligible ones only") if sweep.is_of_eligible else msg("% of all subjects")


def _sweep_lines(sweep: Sweep, ax: Axes | None, lang: Lang) -> Axes:
    path = sweep.paths[0]
    colours = grade_colours(tuple(grade for grade in sweep.grades if grade))
    with canvas(ax, 6.6, 3.6) as ax:
        for i, grade in enumerate(sweep.grades):
            cells, name = sweep.table.iloc[i :: len(sweep.grades)], sweep.standard.named(grade).to(lang)
            ax.plot(cells[path], cells["share"] * 100, color=colours[grade], label=name)
        ax.set_ylim(bottom=0)
        ax.set_xlabel(sweep.labels[0].to(lang))
        ax.set_ylabel(_of_whom(sweep).to(lang))
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def _sweep_map(sweep: Sweep, grade: str | None, ax: Axes | None, lang: Lang) -> Axes:
    down, across = sweep.paths
    of_grade = sweep.table.iloc[sweep.grades.index(grade) :: len(sweep.grades)]
    cells = of_grade.pivot(index=down, columns=across, values="share") * 100
    with canvas(ax, 5.6, 4.4) as ax:
        mesh = ax.pcolormesh(cells.columns, cells.index, cells.to_numpy(), cmap="Blues", shading="nearest")
        name = paired(sweep.standard.named(grade), _of_whom(sweep)).to(lang)
        ax.figure.colorbar(mesh, ax=ax, label=name)
        ax.set_xlabel(sweep.labels[1].to(lang))
        ax.set_ylabel(sweep.labels[0].to(lang))
    return ax


def cut_lines(found: CutScores, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the grades that experts judge over the scores, the population behind them, and the lines old and new."""
    colours = grade_colours(tuple(grade for grade in reversed(found.grades) if grade is not None))
    names = [found.standard.named(grade).to(lang) for grade in found.grades]
    with canvas(ax, 6.6, 3.4) as ax:
        behind = ax.twinx()
        behind.hist(found.points, 24, color="#DDDDDD")
        behind.set_axis_off()
        ax.set_zorder(behind.get_zorder() + 1)
        ax.patch.set_visible(False)
        for rank, grade in enumerate(found.grades):
            at = found.judged["score"][found.judged["judged"] == rank]
            beside = 0.24 * np.sin(2.4 * np.arange(len(at)))  # so that equal scores do not hide one another
            ax.plot(at, rank + beside, "o", color=colours[grade], markersize=3.5, alpha=0.7)
        for line in found.lines:
            text = line.grade if line.proposed == line.printed else f"{line.grade} {shown(line.proposed)}"
            mark(ax, float(line.proposed), text, "black", "-")
            ax.axvline(float(line.printed), color="#7F7F7F", linestyle="--", linewidth=1)
        ax.plot([], [], color="#7F7F7F", linestyle="--", label=msg("printed line").to(lang))
        ax.plot([], [], color="black", label=msg("proposed line").to(lang))
        ax.set_yticks(range(len(names)), ["\n".join(wrapped(name, 55)) for name in names])
        ax.set_ylabel(msg("judged").to(lang))
        ax.set_xlabel(msg("score; grey: the population").to(lang))
        ax.legend(loc="lower right", edgecolor="none")
    return ax


def moved_by_findings(linted: Linted, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many bases another interpretation would move, for each finding that a reading settles otherwise."""
    found = {one.fault.reading: one for one in linted.findings if one.bases is not None}
    listed = sorted(found.values(), key=lambda one: -(one.bases or 0))
    names = [shorten(f"{one.rule.code} {one.rule.says.to(lang)}", 48) for one in listed]
    with rows_canvas(ax, names, 0.4, 1.2) as (ax, places):
        bars = ax.barh(places, [one.bases or 0 for one in listed], height=0.55)
        ax.bar_label(bars, padding=3)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_xlabel(msg("bases that another interpretation would move").to(lang))
    return ax
