"""Charts of how certain and robust a grade is. They take an optional `ax`, return it, and never show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from lsstd.exact import shown
from lsstd.pages.charts import FULL, SECURED, grade_colours, lines
from lsstd.pages.drawing import canvas, rows_canvas
from lsstd.pages.robustness_page import between_name, gloss, grade_name, target_name
from lsstd.robustness.certificate import Certificate
from lsstd.robustness.reading_effects import Envelope
from lsstd.robustness.sensitivity import Sensitivity
from lsstd.robustness.uncertainty import Uncertainty
from lsstd.standard import bands
from lsstd.words import Lang, msg

if TYPE_CHECKING:
    from lsstd.robustness.population_sensitivity import PopulationSensitivity
    from lsstd.robustness.reading_effects import PopulationReadings
    from lsstd.robustness.weights import EffectiveWeights, WeightUncertainty

_LOST = "#D55E00"


def distribution(found: Uncertainty, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the chance of each score, coloured by the grade of its points, with the lines of the grades.

    Parameters
    ----------
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
                name = grade_name(standard, grade, lang)
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
    ends = ("at_lowest", _LOST, msg("row at its lowest")), ("at_highest", SECURED, msg("at its highest"))
    with rows_canvas(ax, [gloss(found.standard, name, lang) for name in kept.iloc[:, 0]]) as (ax, places):
        for end, colour, word in ends:
            ax.barh(places, kept[end] - found.value, left=found.value, color=colour, height=0.6, label=word.to(lang))
        ax.axvline(found.value, color="#333333", linewidth=0.8)
        ax.set_xlabel(target_name(found, lang))
    return ax


def weights(found: EffectiveWeights | Sensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 6) -> Axes:
    """Draw each row's nominal share of the points against its share of the variance; on the line they agree."""
    frame = found.table
    column = "variance_share" if "variance_share" in frame else "effective_share"
    with canvas(ax, 5, 4.2) as ax:
        if f"{column}_low" in frame:  # rows of one nominal weight side by side
            alike = frame.groupby(frame["nominal_share"].round(12))["nominal_share"]
            place = alike.cumcount() / alike.transform("size") - 0.5
            frame = frame.assign(nominal_share=frame["nominal_share"] + place * 0.6 * frame["nominal_share"].min())
            ends = frame[f"{column}_low"] * 100, frame[f"{column}_high"] * 100
            ax.vlines(frame["nominal_share"] * 100, *ends, color="#0072B2", alpha=0.3, linewidth=1)
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
            ax.annotate(
                gloss(found.standard, next(iter(line.values())), lang),
                at,
                (4, 3),
                textcoords="offset points",
                fontsize=8,
            )
        ax.set_xlabel(msg("nominal weight: % of the points").to(lang))
        ax.set_ylabel(msg("effective weight: % of the variance").to(lang))
    return ax


def between(found: PopulationSensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 12) -> Axes:
    """Draw the first-order and total indices of a population, largest totals first, with their intervals."""
    kept = found.table.nlargest(most, "total")
    indices = ("first_order", SECURED, 0.13, msg("first-order")), ("total", _LOST, -0.13, msg("total"))
    with rows_canvas(ax, [gloss(found.standard, name, lang) for name in kept.iloc[:, 0]]) as (ax, places):
        for column, colour, offset, label in indices:
            at = [place + offset for place in places]
            if f"{column}_low" in kept:
                ax.hlines(at, kept[f"{column}_low"], kept[f"{column}_high"], color=colour, alpha=0.5)
            ax.plot(kept[column], at, "o", color=colour, markersize=4, label=label.to(lang))
        ax.set_xlim(left=0)
        ax.set_xlabel(msg("share of the variance between subjects").to(lang))
        ax.set_title(between_name(found).to(lang), fontsize=11, pad=24)  # above the legend
    return ax


def weight_curve(found: WeightUncertainty, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the chance of each grade against how far the rows' points may lie from the printed ones."""
    colours = grade_colours(found.standard.grades)
    with canvas(ax, 6, 3.2) as ax:
        for grade in found.grades:
            if found.table[column := grade or "none"].max() > 0:
                name = grade_name(found.standard, grade, lang)
                ax.plot(found.table["spread"] * 100, found.table[column], color=colours[grade], marker=".", label=name)
        ax.axvline(found.spread * 100, color="#7F7F7F", linewidth=0.8, linestyle="--")
        ax.set_ylim(0, 1)
        ax.set_xlabel(msg("spread: ± % of each row's points (standard deviation)").to(lang))
        ax.set_ylabel(msg("chance").to(lang))
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def cushions(certificate: Certificate, ax: Axes | None = None, lang: Lang = "zh", most: int = 10) -> Axes:
    """Draw rows lost one after another, each from where the one above it ends, against what the grade withstands.

    Parameters
    ----------
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
    labels = [f"{each.row.criterion.row}  {each.row.criterion.gloss.to(lang)[:40]}" for each in losses]
    with rows_canvas(ax, labels, 0.3, 1.6) as (ax, places):
        colours = [_LOST if each.row.criterion.id in fewest else SECURED for each in losses]
        ax.barh(places, sizes, left=starts, color=colours, height=0.62)
        if certificate.points and certificate.points.name == "total":
            line, number = float(certificate.points.points), shown(certificate.points.points)
            ax.axvline(line, color="#7F7F7F", linewidth=0.8, linestyle="--")
            note = msg("the grade withstands a loss of {number}", number=number).to(lang)
            ax.annotate(note, (line, 1.0), (2, 2), ("data", "axes fraction"), "offset points", fontsize=8)
        ax.set_xlabel(msg("cumulative points lost, row by row").to(lang))
    return ax


def envelope(envelope: Envelope, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of combinations with each grade: of all, and under each option of readings that decide."""
    bars: list[tuple[str, Mapping[str | None, int]]] = [(msg("all").to(lang), envelope.grades)]
    for effect in envelope.effects:
        bars += [(f"{effect.key} = {o}", counts) for o, counts in effect.counts.items() if effect.changes]
    colours = grade_colours(envelope.standard.grades)
    with rows_canvas(ax, [label for label, _ in bars]) as (ax, places):
        left = [0.0] * len(bars)
        for grade, count in envelope.grades.items():
            if not count:
                continue
            shares = [100 * counts[grade] / sum(counts.values()) for _, counts in bars]
            ax.barh(
                places,
                shares,
                left=left,
                color=colours[grade],
                height=0.66,
                label=grade_name(envelope.standard, grade, lang),
            )
            left = [start + share for start, share in zip(left, shares, strict=True)]
        ax.set_xlim(0, 100)
        ax.set_xlabel(msg("% of the combinations of readings, each counted once (no probability)").to(lang))
    return ax


def movers(found: PopulationReadings, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many subjects each option moves: to a higher grade (right), to a lower one (left)."""
    with rows_canvas(ax, [f"{m.key} = {m.option}" for m in found.moved]) as (ax, places):
        ax.barh(places, [m.up for m in found.moved], color=SECURED, height=0.62, label=msg("up").to(lang))
        ax.barh(places, [-m.down for m in found.moved], color=_LOST, height=0.62, label=msg("down").to(lang))
        ax.axvline(0, color=FULL)
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        if found.population.is_synthetic:
            ax.set_title(msg("synthetic data").to(lang), pad=24)  # above the legend
        ax.set_xlabel(msg("subjects whose grade falls (left) or rises (right)").to(lang))
    return ax
