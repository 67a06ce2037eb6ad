"""Charts of results. Each takes an optional `ax`, returns it, and never shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lsstd.changes.compare import Comparison
from lsstd.engine.result import IndicatorResult, Result
from lsstd.engine.tree import Tree, full_tree
from lsstd.exact import shown
from lsstd.pages.fonts import families, warn_missing
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, shorten

_LONGEST = 36  # a label that leaves room for the chart beside it
SECURED, POSSIBLE, FULL = "#0072B2", "#8EC6E6", "#ECECEC"
GRADE_COLOURS = ("#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00")
"""One colour a grade by its rank, highest first (Okabe and Ito's palette, safe for the colour-blind)."""


def grade_colours(grades: tuple[str, ...]) -> dict[str | None, str]:
    """Return the fixed colour of each grade, by rank; grey for none."""
    ranked: dict[str | None, str] = {grade: GRADE_COLOURS[i % len(GRADE_COLOURS)] for i, grade in enumerate(grades)}
    return {**ranked, None: "#7F7F7F"}


@contextmanager
def style() -> Iterator[None]:
    """Draw with fonts that hold Chinese, without touching the user's own settings.

    Only these settings are put back: a notebook's backend changes others when the first figure is made, and
    without them no later figure would be shown.
    """
    own: dict[str, Any] = {
        "font.family": list(families()),
        "axes.unicode_minus": False,
        "svg.fonttype": "none",  # texts stay text: to be read aloud, searched, checked
        "svg.hashsalt": "lsstd",
        "text.parse_math": False,
    }
    settings: Any = plt.rcParams
    before = {key: settings[key] for key in own}
    settings.update(own)
    try:
        yield
    finally:
        settings.update(before)


def profile(result: Result, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw secured and possible points as a share of each indicator's maximum.

    Parameters
    ----------
    result : Result
    ax : Axes, optional
        Where to draw; a new figure without it.
    lang : {"zh", "en"}
    """
    nodes = [node for node in result.indicators.values() if not result.standard.children_of[node.indicator.id]]
    with style():
        ax = ax or plt.subplots(figsize=(6.6, 0.36 * len(nodes) + 1.3), layout="constrained")[1]
        places = list(range(len(nodes)))[::-1]
        secured, possible = ([_share(node, which) for node in nodes] for which in ("secured", "possible"))
        could = [high - low for low, high in zip(secured, possible, strict=True)]
        ax.barh(places, [100] * len(nodes), color=FULL, height=0.62)
        ax.barh(places, secured, color=SECURED, height=0.62, label=_word("secured", lang))
        ax.barh(places, could, left=secured, color=POSSIBLE, height=0.62, label=_word("possible", lang))
        for place, node in zip(places, nodes, strict=True):
            ax.text(101, place, _points(node), va="center", fontsize=9)
        ax.set_yticks(places, [shorten(node.indicator.name.to(lang), _LONGEST) for node in nodes])
        ax.set_xlim(0, 118)
        ax.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100 %"])
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(length=0)
        ax.set_xlabel(_word("share", lang))
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    check_glyphs(ax)
    return ax


_WORDS = {
    "secured": Text("确定得分", "secured"),
    "possible": Text("未知项全部得分", "with every unknown granted"),
    "share": Text("占该指标满分的比例", "share of the indicator's full points"),
}


def _word(key: str, lang: Lang) -> str:
    return _WORDS[key].to(lang)


def _share(node: IndicatorResult, which: str) -> float:
    return 100 * float(getattr(node.score, which)) / float(node.score.maximum) if node.score.maximum else 0.0


def _points(node: IndicatorResult) -> str:
    return f"{shown(node.score.secured, 1)} / {shown(node.score.maximum)}"


def check_glyphs(ax: Axes) -> None:
    """Say which characters of a chart no font can draw."""
    artists = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels(), *ax.get_yticklabels(), *ax.texts]
    warn_missing(artist.get_text() for artist in artists)


def tree(standard: Standard, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the indicator tree: each indicator as wide as its rows' points, with its rows below.

    Parameters
    ----------
    standard : Standard
        Any standard with points; indicators may be nested to any depth.
    """
    with style():
        ax = ax or plt.subplots(figsize=(9, 3.6), layout="constrained")[1]
        left, full = 0.0, full_tree(standard)
        for rank, top in enumerate(standard.children_of[None]):
            colour = GRADE_COLOURS[rank % len(GRADE_COLOURS)]
            left = _branch(full, top.id, ax, left, 0, colour, lang)
        ax.set_xlim(0, left)
        ax.invert_yaxis()
        ax.set_yticks([])
        ax.set_xlabel(Text("分值", "points").to(lang))
        ax.spines[["top", "right", "left"]].set_visible(False)
    check_glyphs(ax)
    return ax


def _branch(full: Tree, name: str, ax: Axes, left: float, depth: int, colour: str, lang: Lang) -> float:
    """Draw an indicator and all below it from `left` on; return where it ends. Its label tells what it can be worth."""
    start, standard = left, full.standard
    for child in standard.children_of[name]:
        left = _branch(full, child.id, ax, left, depth + 1, colour, lang)
    for row in standard.rows_of[name]:
        points = float(row.max_score or 0)
        ax.barh(depth + 1, points, left=left, color=colour, alpha=0.35, edgecolor="white", height=0.9)
        ax.text(left + points / 2, depth + 1, str(row.row), ha="center", va="center", fontsize=6)
        left += points
    ax.barh(depth, left - start, left=start, color=colour, alpha=0.9 - 0.25 * depth, edgecolor="white", height=0.9)
    label = f"{standard.indicators[name].name.to(lang)}\n{shown(full.nodes[name].score.maximum)}"
    narrow = left - start < 30
    turn = 90 if narrow else 0
    ax.text((start + left) / 2, depth, label, ha="center", va="center", fontsize=7 if narrow else 9, rotation=turn)
    return left


def cases(comparison: Comparison, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw each case's secured and possible score, with the lines of the grades.

    Parameters
    ----------
    comparison : Comparison
    """
    results = [case.result for case in comparison.cases]
    with style():
        ax = ax or plt.subplots(figsize=(7, 0.45 * len(results) + 1.6), layout="constrained")[1]
        places = list(range(len(results)))[::-1]
        secured = [float(result.score.secured) for result in results]
        could = [float(r.score.possible - r.score.secured) for r in results]
        ax.barh(places, secured, color=SECURED, height=0.55, label=_word("secured", lang))
        ax.barh(places, could, left=secured, color=POSSIBLE, height=0.55, label=_word("possible", lang))
        ax.set_yticks(places, [shorten(case.name, _LONGEST) for case in comparison.cases])
        lines(results[0].standard, ax)
        ax.set_xlim(right=max(float(end) for r in results for end in (r.score.maximum, r.score.possible)))
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(length=0)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.08), ncols=2, frameon=False)
    check_glyphs(ax)
    return ax


def lines(standard: Standard, ax: Axes) -> None:
    """Draw the lower line of each grade, named above the chart."""
    for band in standard.bands:
        if band.lower is not None:
            line = float(band.lower.value)
            ax.axvline(line, color="#7F7F7F", linewidth=0.8, linestyle="--")
            ax.annotate(band.grade, (line, 1.0), (2, 2), ("data", "axes fraction"), "offset points", fontsize=8)
