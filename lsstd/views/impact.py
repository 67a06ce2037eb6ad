"""Charts and tables of populations under reforms. Charts take an optional `ax`, return it, and never show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text as Words

from lsstd.analysis.impact import Impact
from lsstd.analysis.sweep import Sweep
from lsstd.text import Lang, Text, words
from lsstd.views.charts import grade_colours, style
from lsstd.views.fonts import families, warn_missing

if TYPE_CHECKING:
    from rich.table import Table

_NONE = Text("无等级", "no grade")
_MADE_UP = Text("合成数据", "synthetic data")


def _named(grade: str | None, lang: Lang) -> str:
    return _NONE.to(lang) if grade is None else grade


def _finish(ax: Axes, title: str, is_synthetic: bool, lang: Lang) -> Axes:
    """Head a chart, say where its data are made up, and warn of characters that cannot be drawn."""
    ax.set_title(f"{title}（{_MADE_UP.to(lang)}）" if is_synthetic and lang == "zh" else title)
    if is_synthetic and lang == "en":
        ax.set_title(f"{title} ({_MADE_UP.en})")
    for text in ax.findobj(Words):  # those that stood on the axes before have the fonts of whoever made them
        text.set_fontfamily(list(families()))
    warn_missing([title, *(text.get_text() for text in (*ax.get_xticklabels(), *ax.get_yticklabels()))])
    return ax


def transitions(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many go from which grade (down) to which (across), the darker the larger a share of its line."""
    counts = impact.transitions.to_numpy()
    names = [_named(grade, lang) for grade in impact.grades]
    with style():
        ax = ax or plt.subplots(figsize=(5.2, 4.4), layout="constrained")[1]
        lines = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, lines, out=np.zeros(counts.shape), where=lines > 0)
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for i, j in np.ndindex(*counts.shape):
            if counts[i, j]:
                colour = "white" if shares[i, j] > 0.5 else "black"
                ax.text(j, i, f"{counts[i, j]}", ha="center", va="center", color=colour)
        ax.set_xticks(range(len(names)), names)
        ax.set_yticks(range(len(names)), names)
        ax.set_xlabel(Text("调整后", "after").to(lang))
        ax.set_ylabel(Text("调整前", "before").to(lang))
        title = Text("等级变动", "Who moves from which grade to which").to(lang)
        return _finish(ax, title, impact.population.is_synthetic, lang)


def shares(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade before and after."""
    table = impact.table
    colours = grade_colours(tuple(grade for grade in impact.grades if grade))
    with style():
        ax = ax or plt.subplots(figsize=(6.6, 2.4), layout="constrained")[1]
        left = np.zeros(2)
        for grade, before, after in zip(impact.grades, table["share_before"], table["share_after"], strict=True):
            widths = np.array([before, after]) * 100
            bars = ax.barh([1, 0], widths, left=left, color=colours[grade], label=_named(grade, lang), height=0.6)
            labels = [f"{width:.0f}" if width >= 4 else "" for width in widths]
            ax.bar_label(bars, labels, label_type="center", color="white")
            left += widths
        ax.set_yticks([1, 0], words(lang, "调整前|before", "调整后|after"))
        ax.set_xlabel("%")
        ax.set_xlim(0, 100)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.legend(ncols=len(impact.grades), loc="upper center", bbox_to_anchor=(0.5, -0.25), frameon=False)
        title = Text("各等级占比", "Share of each grade").to(lang)
        return _finish(ax, title, impact.population.is_synthetic, lang)


def sweep_lines(sweep: Sweep, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade over the values of one path."""
    path = sweep.paths[0]
    colours = grade_colours(tuple(grade for grade in sweep.grades if grade))
    with style():
        ax = ax or plt.subplots(figsize=(6.6, 3.6), layout="constrained")[1]
        for i, grade in enumerate(sweep.grades):
            lines = sweep.table.iloc[i :: len(sweep.grades)]
            ax.plot(lines[path], lines["share"] * 100, color=colours[grade], label=_named(grade, lang))
        ax.set_xlabel(path)
        ax.set_ylabel("%")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False)
        return _finish(ax, Text("各等级占比", "Share of each grade").to(lang), sweep.is_synthetic, lang)


def sweep_map(sweep: Sweep, grade: str | None, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of one grade over two lines."""
    down, across = sweep.paths
    lines = sweep.table.iloc[sweep.grades.index(grade) :: len(sweep.grades)]
    grid = lines.pivot(index=down, columns=across, values="share") * 100
    with style():
        ax = ax or plt.subplots(figsize=(5.6, 4.4), layout="constrained")[1]
        mesh = ax.pcolormesh(grid.columns, grid.index, grid.to_numpy(), cmap="Blues", shading="nearest")
        ax.figure.colorbar(mesh, ax=ax, label="%")
        ax.set_xlabel(across)
        ax.set_ylabel(down)
        name = _named(grade, lang)
        title = Text(f"{name} 占比", f"Share of {name}").to(lang)
        return _finish(ax, title, sweep.is_synthetic, lang)


def impact_tables(impact: Impact, lang: Lang = "zh") -> list[Table]:
    """Return tables for the terminal: grades before and after, who moves, winners and losers, rows responsible."""
    found = impact.to_dict(movers=10)
    heads = words(lang, "等级|grade", "调整前|before", "调整后|after", "增减|change")
    grades = [
        (_named(old["grade"], lang), old["count"], new["count"], new["count"] - old["count"])
        for old, new in zip(found["baseline"], found["reform"], strict=True)
    ]
    tables = [_table(Text("各等级数量", "Subjects by grade").to(lang), heads, grades, impact, lang)]
    counted = words(lang, "升级|winners", "降级|losers", "不变|unchanged", "可申报：前|eligible before", "后|after")
    eligible = found["eligible"] or {"before": "—", "after": "—"}
    moved = [(found["winners"], found["losers"], found["unchanged"], eligible["before"], eligible["after"])]
    tables.append(_table(Text("升降", "Winners and losers").to(lang), counted, moved, impact, lang))
    if found["movers"]:
        heads = words(lang, "编号|id", "原等级|from", "新等级|to", "分数变化|change of points")
        lines = [
            (line["id"], _named(line["from"], lang), _named(line["to"], lang), f"{line['change']:+.4g}")
            for line in found["movers"]
        ]
        tables.append(_table(Text("变动最大者", "Biggest movers").to(lang), heads, lines, impact, lang))
    if found["rows"]:
        heads = words(lang, "评价内容|criterion", "分数变化合计|change of points, all subjects")
        rows = [(row["criterion"], f"{row['change']:+.6g}") for row in found["rows"]]
        tables.append(_table(Text("变化来自哪些行", "Rows responsible").to(lang), heads, rows, impact, lang))
    return tables


def _table(title: str, heads: list[str], lines: list[Any], impact: Impact, lang: Lang) -> Table:
    from rich.markup import escape

    from lsstd.text import printable
    from lsstd.views.terminal import table

    note = f" · {_MADE_UP.to(lang)}" if impact.population.is_synthetic else ""
    made = table(title + note, *heads)
    for line in lines:
        made.add_row(*(escape(printable(str(cell))) for cell in line))
    return made
