"""Charts of populations under reforms. Each takes an optional `ax`, returns it, and never shows it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lsstd.pages.charts import grade_colours, wrapped
from lsstd.pages.drawing import alone, canvas
from lsstd.pages.robustness_page import grade_name
from lsstd.population.impact import Impact
from lsstd.population.sweep import Sweep
from lsstd.words import Lang, made_up, msg, words

_SHARES = msg("Share of each grade")


def transitions(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many go from which grade (down) to which (across), the darker the larger a share of its line."""
    counts = impact.transitions.to_numpy()
    names = [grade_name(impact.before.standard, grade, lang) for grade in impact.grades]
    with canvas(ax, 5.2, 4.4) as ax:
        lines = counts.sum(axis=1, keepdims=True)
        parts = np.divide(counts, lines, out=np.zeros(counts.shape), where=lines > 0)
        ax.imshow(parts, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for i, j in np.ndindex(*counts.shape):
            if counts[i, j]:
                colour = "white" if parts[i, j] > 0.5 else "black"
                ax.text(j, i, f"{counts[i, j]}", ha="center", va="center", color=colour)
        ax.set_xticks(range(len(names)), ["\n".join(wrapped(name, 280 / len(names))) for name in names])
        ax.set_yticks(range(len(names)), ["\n".join(wrapped(name, 55)) for name in names])
        ax.set_xlabel(msg("after").to(lang))
        ax.set_ylabel(msg("before").to(lang))
        title = msg("Who moves from which grade to which")
        ax.set_title(made_up(title, impact.population.is_synthetic).to(lang), fontsize=11)
    return ax


def shares(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade before and after."""
    table = impact.table
    colours = grade_colours(tuple(grade for grade in impact.grades if grade))
    with canvas(ax, 6.6, 2.4) as ax:
        left = np.zeros(2)
        for grade, before, after in zip(impact.grades, table["share_before"], table["share_after"], strict=True):
            widths, label = np.array([before, after]) * 100, grade_name(impact.before.standard, grade, lang)
            bars = ax.barh([1, 0], widths, left=left, color=colours[grade], label=label, height=0.6)
            labels = [f"{width:.0f}%" if width >= 6 else "" for width in widths]
            ax.bar_label(bars, labels, label_type="center", color="white")
            left += widths
        ax.set_yticks([1, 0], words(lang, msg("before"), msg("after")))
        ax.set_xticks([])
        ax.set_xlim(0, 100)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(length=0)
        handles, labels = ax.get_legend_handles_labels()
        labels = ["\n".join(wrapped(label, 380 / len(labels) - 28)) for label in labels]
        close: Any = {"handlelength": 1, "handletextpad": 0.5, "columnspacing": 1}
        ax.legend(
            handles, labels, ncols=len(labels), loc="upper center", bbox_to_anchor=(0.44, 0), frameon=False, **close
        )
        ax.set_title(made_up(_SHARES, impact.population.is_synthetic).to(lang), fontsize=11)
    return ax


def shares_alone(impact: Impact, lang: Lang) -> Figure:
    """Return the share of each grade before and after as a figure of its own."""
    return alone(lambda ax: shares(impact, ax, lang), 5.4, 2.2, (0.12, 0.24, 0.99, 0.84))


def transitions_alone(impact: Impact, lang: Lang) -> Figure:
    """Return who moves from which grade to which as a figure of its own."""
    return alone(lambda ax: transitions(impact, ax, lang), 5.4, 3.5, (0.22, 0.19, 0.99, 0.9))


def sweep(sweep: Sweep, ax: Axes | None = None, lang: Lang = "zh", grade: str | None = None) -> Axes:
    """Draw the share of each grade over the values of one path, or that of one grade over two lines."""
    if len(sweep.paths) == 1:
        return _sweep_lines(sweep, ax, lang)
    return _sweep_map(sweep, grade or sweep.paths[0].removeprefix("lines."), ax, lang)


def _sweep_lines(sweep: Sweep, ax: Axes | None, lang: Lang) -> Axes:
    path = sweep.paths[0]
    colours = grade_colours(tuple(grade for grade in sweep.grades if grade))
    with canvas(ax, 6.6, 3.6) as ax:
        for i, grade in enumerate(sweep.grades):
            lines = sweep.table.iloc[i :: len(sweep.grades)]
            ax.plot(
                lines[path], lines["share"] * 100, color=colours[grade], label=grade_name(sweep.standard, grade, lang)
            )
        ax.set_ylim(bottom=0)
        ax.set_xlabel(path)
        ax.set_ylabel("%")
        ax.legend(frameon=False)
        ax.set_title(made_up(_SHARES, sweep.is_synthetic).to(lang))
    return ax


def _sweep_map(sweep: Sweep, grade: str | None, ax: Axes | None, lang: Lang) -> Axes:
    down, across = sweep.paths
    lines = sweep.table.iloc[sweep.grades.index(grade) :: len(sweep.grades)]
    cells = lines.pivot(index=down, columns=across, values="share") * 100
    with canvas(ax, 5.6, 4.4) as ax:
        mesh = ax.pcolormesh(cells.columns, cells.index, cells.to_numpy(), cmap="Blues", shading="nearest")
        ax.figure.colorbar(mesh, ax=ax, label="%")
        ax.set_xlabel(across)
        ax.set_ylabel(down)
        name = grade_name(sweep.standard, grade, lang)
        ax.set_title(made_up(msg("Share of {name}", name=name), sweep.is_synthetic).to(lang))
    return ax
