"""Charts and tables of populations under reforms. Charts take an optional `ax`, return it, and never show it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lsstd.pages.blocks import Figure, Paragraph, Section, table
from lsstd.pages.charts import grade_colours
from lsstd.pages.drawing import alone, canvas
from lsstd.population.moved import Impact
from lsstd.population.sweep import Sweep
from lsstd.words import Lang, Text, words

_NONE = Text("无等级", "no grade")
_MADE_UP = Text("合成数据", "synthetic data")


def named(grade: str | None, lang: Lang) -> str:
    """Return what a grade is called, also where there is none."""
    return _NONE.to(lang) if grade is None else grade


def _title(title: Text, is_synthetic: bool, lang: Lang) -> str:
    """Return a chart's title, which says where its data are made up."""
    made_up = Text(f"{title.zh}（{_MADE_UP.zh}）", f"{title.en} ({_MADE_UP.en})")
    return (made_up if is_synthetic else title).to(lang)


def transitions(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many go from which grade (down) to which (across), the darker the larger a share of its line."""
    counts = impact.transitions.to_numpy()
    names = [named(grade, lang) for grade in impact.grades]
    with canvas(ax, 5.2, 4.4) as ax:
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
        title = Text("等级变动", "Who moves from which grade to which")
        ax.set_title(_title(title, impact.population.is_synthetic, lang), loc="left")
    return ax


def shares(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade before and after."""
    table = impact.table
    colours = grade_colours(tuple(grade for grade in impact.grades if grade))
    with canvas(ax, 6.6, 2.4) as ax:
        left = np.zeros(2)
        for grade, before, after in zip(impact.grades, table["share_before"], table["share_after"], strict=True):
            widths = np.array([before, after]) * 100
            bars = ax.barh([1, 0], widths, left=left, color=colours[grade], label=named(grade, lang), height=0.6)
            labels = [f"{width:.0f}%" if width >= 6 else "" for width in widths]
            ax.bar_label(bars, labels, label_type="center", color="white")
            left += widths
        ax.set_yticks([1, 0], words(lang, "调整前|before", "调整后|after"))
        ax.set_xticks([])
        ax.set_xlim(0, 100)
        ax.spines[["left", "bottom"]].set_visible(False)
        ax.tick_params(length=0)
        ax.legend(ncols=len(impact.grades), loc="upper center", bbox_to_anchor=(0.5, 0), frameon=False)
        ax.set_title(
            _title(Text("各等级占比", "Share of each grade"), impact.population.is_synthetic, lang), loc="left"
        )
    return ax


def shares_figure(impact: Impact, lang: Lang) -> Figure:
    """Return the share of each grade before and after as a figure of a page."""
    draw = partial(alone, partial(shares, impact, lang=lang), 5.4, 1.9, (0.12, 0.18, 0.99, 0.86))
    return Figure(Text("各等级占比", "Share of each grade").to(lang), draw)


def transitions_figure(impact: Impact, lang: Lang) -> Figure:
    """Return who moves from which grade to which as a figure of a page."""
    draw = partial(alone, partial(transitions, impact, lang=lang), 5.4, 3.4, (0.2, 0.16, 0.99, 0.9))
    return Figure(Text("等级变动", "Who moves where").to(lang), draw)


def sweep_lines(sweep: Sweep, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade over the values of one path."""
    path = sweep.paths[0]
    colours = grade_colours(tuple(grade for grade in sweep.grades if grade))
    with canvas(ax, 6.6, 3.6) as ax:
        for i, grade in enumerate(sweep.grades):
            lines = sweep.table.iloc[i :: len(sweep.grades)]
            ax.plot(lines[path], lines["share"] * 100, color=colours[grade], label=named(grade, lang))
        ax.set_xlabel(path)
        ax.set_ylabel("%")
        ax.legend(frameon=False)
        ax.set_title(_title(Text("各等级占比", "Share of each grade"), sweep.is_synthetic, lang))
    return ax


def sweep_map(sweep: Sweep, grade: str | None, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of one grade over two lines."""
    down, across = sweep.paths
    lines = sweep.table.iloc[sweep.grades.index(grade) :: len(sweep.grades)]
    grid = lines.pivot(index=down, columns=across, values="share") * 100
    with canvas(ax, 5.6, 4.4) as ax:
        mesh = ax.pcolormesh(grid.columns, grid.index, grid.to_numpy(), cmap="Blues", shading="nearest")
        ax.figure.colorbar(mesh, ax=ax, label="%")
        ax.set_xlabel(across)
        ax.set_ylabel(down)
        name = named(grade, lang)
        ax.set_title(_title(Text(f"{name} 占比", f"Share of {name}"), sweep.is_synthetic, lang))
    return ax


def signed(value: float | None, form: str = "+.10g") -> str:
    """Tell a change with its sign; none is 0, and — what nobody can tell.

    Examples
    --------
    >>> signed(2.5), signed(0), signed(-0.001, "+.2f"), signed(None)
    ('+2.5', '0', '0', '—')
    """
    if value is None:
        return "—"
    told = f"{value:{form}}"
    return told if float(told) else "0"


def impact_sections(impact: Impact, lang: Lang = "zh") -> list[Section]:
    """Return an impact for the terminal: notes, grades, who moves where, groups, cliffs, movers, rows responsible."""
    found = impact.to_dict(lang, movers=10)
    notes = Section("", "", tuple(Paragraph(note, "status") for note in found["notes"]))
    tables = [_grades, _flows, _moved, _groups, _cliffs, _movers, _rows]
    return [notes, *(part for make in tables if (part := make(impact, found, lang)) is not None)]


def _grades(impact: Impact, found: dict[str, Any], lang: Lang) -> Section | None:
    heads = words(lang, "等级|grade", "调整前|before", "调整后|after", "增减|change")
    lines = [
        (named(old["grade"], lang), old["count"], new["count"], signed(new["count"] - old["count"]))
        for old, new in zip(found["baseline"], found["reform"], strict=True)
    ]
    return _table(Text("各等级数量", "Subjects by grade"), heads, lines, impact, lang)


def _flows(impact: Impact, _: dict[str, Any], lang: Lang) -> Section | None:
    names = [named(grade, lang) for grade in impact.grades]
    heads = [Text("调整前 \\ 调整后", "before \\ after").to(lang), *names]
    lines = [(name, *counts) for name, counts in zip(names, impact.transitions.to_numpy().tolist(), strict=True)]
    return _table(Text("等级变动", "Who moves from which grade to which"), heads, lines, impact, lang)


def _moved(impact: Impact, found: dict[str, Any], lang: Lang) -> Section | None:
    heads = words(lang, "升级|winners", "降级|losers", "不变|unchanged", "可申报：前|eligible before", "后|after")
    may = found["eligible"] or {"before": "—", "after": "—"}
    lines = [(found["winners"], found["losers"], found["unchanged"], may["before"], may["after"])]
    return _table(Text("升降", "Winners and losers"), heads, lines, impact, lang, label=0)


def _groups(impact: Impact, found: dict[str, Any], lang: Lang) -> Section | None:
    lines = group_lines(found)
    return _table(Text("分组", "By group"), group_heads(lang), lines, impact, lang, label=2) if lines else None


def _cliffs(impact: Impact, found: dict[str, Any], lang: Lang) -> Section | None:
    lines = cliff_lines(found, lang)
    title = Text("临界：离线 5 分以内", "Cliffs: within 5 points of a line")
    return _table(title, cliff_heads(lang), lines, impact, lang, label=2) if lines else None


def _movers(impact: Impact, found: dict[str, Any], lang: Lang) -> Section | None:
    title = Text("变动最大者", "Biggest movers")
    if left_out := found["movers_left_out"]:
        title = Text(f"{title.zh}（另有 {left_out} 个未列）", f"{title.en} ({left_out} more not listed)")
    lines = mover_lines(found, lang)
    return _table(title, mover_heads(lang), lines, impact, lang, label=3) if lines else None


def _rows(impact: Impact, found: dict[str, Any], lang: Lang) -> Section | None:
    heads = words(lang, "评价内容|criterion", "分数变化合计|change of points, all subjects")
    lines = [(row["criterion"], signed(row["change"])) for row in found["rows"]]
    return _table(Text("变化来自哪些行", "Rows responsible"), heads, lines, impact, lang) if lines else None


def group_heads(lang: Lang) -> list[str]:
    """Return the heads over winners and losers by group."""
    return words(
        lang, "分组|group", "值|value", "数量|count", "升级|winners", "降级|losers", "平均分数变化|mean change"
    )


def group_lines(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return winners and losers by group as lines of a table; the mean change is weighted where there are weights."""
    return [
        (
            group["group"],
            "—" if group["value"] is None else str(group["value"]),
            *(str(group[key]) for key in ("count", "winners", "losers")),
            signed(group["mean_change"], "+.2f"),
        )
        for group in found["groups"]
    ]


def cliff_heads(lang: Lang) -> list[str]:
    """Return the heads over the subjects close to a line."""
    return words(lang, "时间|side", "等级|grade", "线|line", "线下 5 分|5 points below", "线上 5 分|5 points above")


def cliff_lines(found: dict[str, Any], lang: Lang) -> list[tuple[str, ...]]:
    """Return how many stand close to which line as lines of a table."""
    sides = dict(zip(("before", "after"), words(lang, "调整前|before", "调整后|after"), strict=True))
    return [
        (sides[c["side"]], named(c["grade"], lang), f"{c['line']:g}", str(c["below"]), str(c["above"]))
        for c in found["cliffs"]
    ]


def mover_heads(lang: Lang) -> list[str]:
    """Return the heads over those who move most."""
    return words(
        lang, "编号|id", "原等级|from", "新等级|to", "原分数|score before", "新分数|score after", "变化|change"
    )


def mover_lines(found: dict[str, Any], lang: Lang) -> list[tuple[str, ...]]:
    """Return those who move most as lines of a table."""
    return [
        (
            mover["id"],
            *(named(mover[key], lang) for key in ("from", "to")),
            *(f"{mover[key]:.6g}" for key in ("from_score", "to_score")),
            signed(mover["change"]),
        )
        for mover in found["movers"]
    ]


def _table(title: Text, heads: list[str], lines: list[Any], impact: Impact, lang: Lang, label: int = 1) -> Section:
    """Return a table whose first columns are labels and whose others are numbers."""
    note = f" · {_MADE_UP.to(lang)}" if impact.population.is_synthetic else ""
    rows = [tuple(map(str, line)) for line in lines]
    return Section("", title.to(lang) + note, (table(heads, rows, right=range(label, len(heads))),))
