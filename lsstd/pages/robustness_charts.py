"""Charts of how certain and robust a grade is. They take an optional `ax`, return it, and never show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from lsstd.exact import shown
from lsstd.pages.charts import FULL, SECURED, grade_colours, lines
from lsstd.pages.drawing import canvas
from lsstd.pages.robustness_page import gloss, grade_name, target_name
from lsstd.robustness.certificate import TOTAL, Certificate
from lsstd.robustness.reading_effects import Envelope
from lsstd.robustness.sensitivity import Sensitivity
from lsstd.robustness.uncertainty import Uncertainty
from lsstd.standard import bands
from lsstd.standard.standard import Standard
from lsstd.words import Lang, msg

if TYPE_CHECKING:
    from lsstd.robustness.reading_effects import PopulationReadings

_LOST = "#D55E00"


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
    with canvas(ax, 7, 3) as ax:
        scores = [float(score) for score in found.scores]
        graded = [bands.grade_of(completed, score) for score in found.scores]
        ax.vlines(scores, 0, list(found.scores.values()), colors=[colours[grade] for grade in graded], linewidth=2)
        for grade, p in found.grades.items():
            if p > 0:
                name = grade_name(grade, lang)
                ax.plot([], [], color=colours[grade], linewidth=4, label=f"{name} {p:.1%}")
        spread = max(scores) - min(scores) or 10
        ax.set_xlim(min(scores) - 0.15 * spread, max(scores) + 0.15 * spread)
        left, right = ax.get_xlim()
        lines(standard, ax)
        for note in ax.texts:
            note.set_visible(left <= note.xy[0] <= right)  # type: ignore[attr-defined]
        ax.set_xlim(left, right)
        ax.set_ylim(bottom=0)
        ax.set_xlabel(msg("total score").to(lang))
        ax.set_ylabel(msg("chance").to(lang))
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def tornado(found: Sensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 12) -> Axes:
    """Draw what becomes of the target with each open row at its lowest and at its highest, the widest first."""
    open_rows = found.table[found.table["variance_share"] > 0]
    kept = open_rows.loc[open_rows["gain"].abs().sort_values(ascending=False, kind="stable").index].head(most)
    with canvas(ax, 6.6, 0.34 * len(kept) + 1.2) as ax:
        places = list(range(len(kept)))[::-1]
        for end, colour in (("at_lowest", "#D55E00"), ("at_highest", "#0072B2")):
            word = {"at_lowest": msg("row at its lowest"), "at_highest": msg("at its highest")}[end]
            ax.barh(places, kept[end] - found.value, left=found.value, color=colour, height=0.6, label=word.to(lang))
        ax.axvline(found.value, color="#333333", linewidth=0.8)
        ax.set_yticks(places, [gloss(found.standard, name, lang) for name in kept["criterion"]])
        ax.spines["left"].set_visible(False)
        ax.tick_params(length=0)
        ax.set_xlabel(target_name(found, lang))
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return ax


def shares(
    frame: pd.DataFrame, standard: Standard, column: str, ax: Axes | None = None, lang: Lang = "zh", most: int = 6
) -> Axes:
    """Draw each row's nominal share of the points against its share of the variance; on the line they agree."""
    with canvas(ax, 5, 4.2) as ax:
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
            ax.annotate(gloss(standard, line["criterion"], lang), at, (4, 3), textcoords="offset points", fontsize=8)
        ax.set_xlabel(msg("nominal weight: % of the points").to(lang))
        ax.set_ylabel(msg("effective weight: % of the variance").to(lang))
    return ax


def cushions(certificate: Certificate, ax: Axes | None = None, lang: Lang = "zh", most: int = 10) -> Axes:
    """Draw rows lost one after another, each from where the one above it ends, against what the grade withstands.

    Parameters
    ----------
    certificate : Certificate
    ax : Axes, optional
    lang : {"zh", "en"}
    most : int
        Number of rows: first the fewest whose loss changes the grade, then the largest others.
    """
    fewest = certificate.rows.names or ()
    sized = {loss.row.criterion.id: loss.row.criterion.weight * loss.points for loss in certificate.losses}
    by_size = sorted(certificate.losses, key=lambda each: -sized[each.row.criterion.id])
    losses = sorted(by_size, key=lambda each: each.row.criterion.id not in fewest)[: max(most, len(fewest))]
    sizes = [float(sized[each.row.criterion.id]) for each in losses]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    places = list(range(len(losses)))[::-1]
    with canvas(ax, 7, 0.3 * len(losses) + 1.6) as ax:
        colours = [_LOST if each.row.criterion.id in fewest else SECURED for each in losses]
        ax.barh(places, sizes, left=starts, color=colours, height=0.62)
        labels = [f"{each.row.criterion.row}  {each.row.criterion.gloss.to(lang)[:40]}" for each in losses]
        ax.set_yticks(places, labels)
        if certificate.points and certificate.points.of == TOTAL:
            line, number = float(certificate.points.points), shown(certificate.points.points)
            ax.axvline(line, color="#7F7F7F", linewidth=0.8, linestyle="--")
            told = msg("the grade withstands {number}", number=number).to(lang)
            ax.annotate(told, (line, 1.0), (2, 2), ("data", "axes fraction"), "offset points", fontsize=8)
        ax.set_xlabel(msg("points lost, row after row").to(lang))
    return ax


def envelope(envelope: Envelope, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of combinations with each grade: of all, and under each option of readings that decide."""
    bars: list[tuple[str, Mapping[str | None, int]]] = [(msg("all").to(lang), envelope.grades)]
    for effect in envelope.effects:
        bars += [(f"{effect.key} = {o}", counts) for o, counts in effect.counts.items() if effect.changes]
    colours = grade_colours(envelope.standard.grades)
    places = list(range(len(bars)))[::-1]
    with canvas(ax, 7, 0.36 * len(bars) + 1.3) as ax:
        left = [0.0] * len(bars)
        for grade, count in envelope.grades.items():
            if not count:
                continue
            shares = [100 * counts[grade] / sum(counts.values()) for _, counts in bars]
            ax.barh(places, shares, left=left, color=colours[grade], height=0.66, label=grade_name(grade, lang))
            left = [start + share for start, share in zip(left, shares, strict=True)]
        ax.set_yticks(places, [label for label, _ in bars])
        ax.set_xlim(0, 100)
        ax.set_xlabel(msg("% of the combinations of readings").to(lang))
        ax.spines["left"].set_visible(False)
        ax.tick_params(length=0)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, frameon=False)
    return ax


def movers(found: PopulationReadings, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many subjects each option moves: to a higher grade (right), to a lower one (left)."""
    places = list(range(len(found.moved)))[::-1]
    with canvas(ax, 7, 0.36 * len(found.moved) + 1.3) as ax:
        ax.barh(places, [m.up for m in found.moved], color=SECURED, height=0.62, label=msg("up").to(lang))
        ax.barh(places, [-m.down for m in found.moved], color=_LOST, height=0.62, label=msg("down").to(lang))
        ax.axvline(0, color=FULL)
        ax.set_yticks(places, [f"{m.key} = {m.option}" for m in found.moved])
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        if found.population.is_synthetic:
            ax.set_title(msg("synthetic data").to(lang))
        ax.set_xlabel(msg("subjects whose grade falls (left), rises (right)").to(lang))
        ax.spines["left"].set_visible(False)
        ax.legend(frameon=False)
    return ax
