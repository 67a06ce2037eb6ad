"""Charts and tables of how sure a score is, and of what it hangs on. Charts take an optional `ax` and return it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lsstd.core import bands
from lsstd.core.exact import shown
from lsstd.robustness.uncertainty import QUANTILES, Uncertainty
from lsstd.text import Lang, Text, words
from lsstd.views.charts import grade_colours, lines, style
from lsstd.views.fonts import warn_missing

if TYPE_CHECKING:
    from rich.console import RenderableType

_NONE = Text("无等级", "no grade")


def distribution(found: Uncertainty, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the chance of each score, coloured by the grade of its points, with the lines of the grades.

    Parameters
    ----------
    found : Uncertainty
    ax : Axes, optional
        Where to draw; a new figure without it.
    lang : {"zh", "en"}
    """
    standard = found.standard
    completed = bands.complete(standard.bands, found.readings["between_bands"])
    colours = grade_colours(standard.grades)
    with style():
        ax = ax or plt.subplots(figsize=(7, 3), layout="constrained")[1]
        scores = [float(score) for score in found.scores]
        graded = [bands.grade_of(completed, score) for score in found.scores]
        ax.vlines(scores, 0, list(found.scores.values()), colors=[colours[grade] for grade in graded], linewidth=2)
        for grade, p in found.grades.items():
            if p > 0:
                name = _NONE.to(lang) if grade is None else grade
                ax.plot([], [], color=colours[grade], linewidth=4, label=f"{name} {p:.1%}")
        spread = max(scores) - min(scores) or 10
        ax.set_xlim(min(scores) - 0.15 * spread, max(scores) + 0.15 * spread)
        left, right = ax.get_xlim()
        lines(standard, ax)
        for note in ax.texts:
            note.set_visible(left <= note.xy[0] <= right)  # type: ignore[attr-defined]
        ax.set_xlim(left, right)
        ax.set_ylim(bottom=0)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel(Text("总分", "total score").to(lang))
        ax.set_ylabel(Text("概率", "chance").to(lang))
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    warn_missing([ax.get_xlabel(), ax.get_ylabel(), *standard.grades])
    return ax


def uncertainty_tables(found: Uncertainty, lang: Lang) -> Iterator[RenderableType]:
    """Yield the grades with their chances, the score's spread, and what that rests on."""
    from lsstd.views.terminal import escape, table

    title = Text("等级的概率", "How sure the grade is").to(lang)
    heads = words(lang, "等级|grade", "按得分|by score", "可授予|awarded")
    made = table(f"{escape(found.assessment.subject.name)} · {title}", *heads, right=(1, 2))
    for grade, p in found.grades.items():
        made.add_row(escape(_NONE.to(lang) if grade is None else grade), f"{p:.2%}", f"{found.awarded[grade]:.2%}")
    yield made
    ends = "  ".join(f"{p:.0%}: {shown(found.quantile(p))}" for p in QUANTILES)
    mean, sd = f"{found.mean:.2f}", f"{found.sd:.2f}"
    yield Text(f"总分：均值 {mean}，标准差 {sd}；分位数 {ends}", f"Score: mean {mean}, sd {sd}; quantiles {ends}").to(lang)
    if found.draws:
        error = f"{found.standard_error:.4f}"
        yield Text(f"抽样所得，概率的标准误不超过 {error}", f"Sampled: the standard error of a chance is at most {error}").to(lang)
    for text in found.assumptions:
        yield f"[dim]· {escape(text.to(lang))}[/]"
