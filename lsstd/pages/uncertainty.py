"""Charts and tables of how sure a score is, and of what it hangs on. Charts take an optional `ax` and return it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from lsstd.exact import shown
from lsstd.pages.charts import grade_colours, lines
from lsstd.pages.drawing import style, warn_missing
from lsstd.robustness.sensitivity import SCORE, Sensitivity
from lsstd.robustness.uncertainty import QUANTILES, Uncertainty
from lsstd.standard import bands
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, words

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
    from lsstd.pages.terminal import escape, table

    yield f"[bold]{escape(found.assessment.subject.name)}[/]"
    title = Text("等级的概率", "How sure the grade is").to(lang)
    heads = words(lang, "等级|grade", "按得分|by score", "可授予|awarded")
    made = table(title, *heads, right=(1, 2))
    for grade, p in found.grades.items():
        made.add_row(escape(_NONE.to(lang) if grade is None else grade), f"{p:.2%}", f"{found.awarded[grade]:.2%}")
    yield made
    ends = "  ".join(f"{p:.0%}: {shown(found.quantile(p))}" for p in QUANTILES)
    mean, sd = f"{found.mean:.2f}", f"{found.sd:.2f}"
    yield Text(f"总分：均值 {mean}，标准差 {sd}；分位数 {ends}", f"Score: mean {mean}, sd {sd}; quantiles {ends}").to(
        lang
    )
    if found.draws:
        error = f"{found.standard_error:.4f}"
        yield Text(
            f"抽样所得，概率的标准误不超过 {error}", f"Sampled: the standard error of a chance is at most {error}"
        ).to(lang)
    for text in found.assumptions:
        yield f"[dim]· {escape(text.to(lang))}[/]"


def _gloss(standard: Standard, name: str, lang: Lang) -> str:
    row = standard.criteria[name]
    return f"{row.row} {row.gloss.to(lang)}"


def _target(found: Sensitivity, lang: Lang) -> str:
    if found.target == SCORE:
        return Text("预期总分", "expected score").to(lang)
    return Text(f"达到 {found.target} 的概率", f"chance of {found.target} or better").to(lang)


def tornado(found: Sensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 12) -> Axes:
    """Draw what becomes of the target with each open row at its lowest and at its highest, the widest first."""
    open_rows = found.table[found.table["variance_share"] > 0]
    kept = open_rows.loc[open_rows["gain"].abs().sort_values(ascending=False, kind="stable").index].head(most)
    with style():
        ax = ax or plt.subplots(figsize=(6.6, 0.34 * len(kept) + 1.2), layout="constrained")[1]
        places = list(range(len(kept)))[::-1]
        for end, colour in (("at_lowest", "#D55E00"), ("at_highest", "#0072B2")):
            word = {
                "at_lowest": Text("该行最低", "row at its lowest"),
                "at_highest": Text("该行最高", "at its highest"),
            }[end]
            ax.barh(places, kept[end] - found.value, left=found.value, color=colour, height=0.6, label=word.to(lang))
        ax.axvline(found.value, color="#333333", linewidth=0.8)
        ax.set_yticks(places, [_gloss(found.standard, name, lang) for name in kept["criterion"]])
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(length=0)
        ax.set_xlabel(_target(found, lang))
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    warn_missing([ax.get_xlabel(), *(label.get_text() for label in ax.get_yticklabels())])
    return ax


def shares(
    frame: pd.DataFrame, standard: Standard, column: str, ax: Axes | None = None, lang: Lang = "zh", most: int = 6
) -> Axes:
    """Draw each row's nominal share of the points against its share of the variance; on the line they agree."""
    with style():
        ax = ax or plt.subplots(figsize=(5, 4.2), layout="constrained")[1]
        ax.scatter(frame["nominal_share"] * 100, frame[column] * 100, color="#0072B2", alpha=0.7, s=22)
        top = 100 * float(frame["nominal_share"].max())
        ax.plot([0, top], [0, top], color="#7F7F7F", linewidth=0.8, linestyle="--")
        ax.set_xlim(0, 1.35 * top)
        named: list[tuple[float, float]] = []
        highest = 100 * float(frame[column].max()) or 1
        for line in frame.nlargest(most, column).to_dict("records"):
            at = (line["nominal_share"] * 100, line[column] * 100)
            if any(abs(at[1] - y) < 0.05 * highest and abs(at[0] - x) < 0.4 * top for x, y in named):
                continue  # its name would lie over another's
            named.append(at)
            ax.annotate(_gloss(standard, line["criterion"], lang), at, (4, 3), textcoords="offset points", fontsize=8)
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlabel(Text("名义权重：占分值的 %", "nominal weight: % of the points").to(lang))
        ax.set_ylabel(Text("有效权重：占方差的 %", "effective weight: % of the variance").to(lang))
    warn_missing([ax.get_xlabel(), ax.get_ylabel(), *(note.get_text() for note in ax.texts)])
    return ax


def sensitivity_tables(found: Sensitivity, lang: Lang, most: int = 15) -> Iterator[RenderableType]:
    """Yield the rows that the target hangs on most."""
    from lsstd.pages.terminal import escape, table

    value = f"{found.value:.2f}" if found.target == SCORE else f"{found.value:.2%}"
    yield f"[bold]{escape(found.assessment.subject.name)}[/]  ·  {escape(_target(found, lang))} {value}"
    pairs = (
        "评价内容|criterion",
        "名义|nominal",
        "方差|variance",
        "一阶|first",
        "总|total",
        "增益|gain",
        "Shapley|Shapley",
    )
    title = Text("取决于哪些行", "What it hangs on").to(lang)
    made = table(title, *words(lang, *pairs), right=range(1, 7))
    order = found.table.sort_values(["gain", "shapley", "nominal_share"], ascending=False, kind="stable")
    for line in order[(order["variance_share"] > 0) | (order["shapley"] > 0)].head(most).to_dict("records"):
        cells = [line[key] for key in ("nominal_share", "variance_share", "first_order", "total")]
        gain = f"{line['gain']:+.2f}" if found.target == SCORE else f"{line['gain']:+.2%}"
        shown_cells = ["—" if cell != cell else f"{cell:.2%}" for cell in (*cells, line["shapley"])]
        name = escape(_gloss(found.standard, line["criterion"], lang))
        made.add_row(name, *shown_cells[:4], gain, shown_cells[4])
    yield made
    note = Text(
        "名义：占分值；方差：占总分方差；一阶、总：目标的 Sobol 指数；增益：该行由最低到最高；Shapley：占所差之份额",
        "nominal: of the points; variance: of the score's; first, total: Sobol indices of the target; gain: the row "
        "from its lowest to its highest; Shapley: share of the way to the grade",
    )
    yield f"[dim]{note.to(lang)}[/]"
    if found.draws:
        draws = f"{found.draws}"
        yield Text(
            f"联合结果过多，以上由 {draws} 次抽样估计", f"Too many joint outcomes: estimated from {draws} draws"
        ).to(lang)
