"""Charts of analyses: populations under reforms, how certain and robust a grade is. Each takes an optional `ax`,
returns it, and never shows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lsstd.exact import shown
from lsstd.lint.linting import Linted
from lsstd.pages.charts import FULL, LOST, POSSIBLE, SECURED, grade_bars, grade_colours, lines, mark, wrapped
from lsstd.pages.drawing import Frame, canvas, rows_canvas
from lsstd.pages.robustness_page import READING_NAMES, between_name, target_name
from lsstd.planning.cut_scores import CutScores
from lsstd.population.impact import Impact
from lsstd.population.scoring import Scores
from lsstd.population.sweep import Sweep
from lsstd.robustness.certificate import Certificate
from lsstd.robustness.reading_effects import Envelope
from lsstd.robustness.sensitivity import SCORE, Sensitivity
from lsstd.robustness.uncertainty import Uncertainty
from lsstd.standard import bands
from lsstd.standard.readings import ReadingKey
from lsstd.standard.standard import Standard
from lsstd.standard.wording import listed_text
from lsstd.words import Lang, first_sentence, msg, paired, same, shorten, words

if TYPE_CHECKING:
    from lsstd.robustness.population_sensitivity import PopulationSensitivity
    from lsstd.robustness.reading_effects import PopulationReadings
    from lsstd.robustness.weights import EffectiveWeights, WeightUncertainty

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
        ax.set_xticks(range(len(names)), [wrapped(name, 280 / len(names)) for name in names])
        ax.set_yticks(range(len(names)), [wrapped(name, 55) for name in names])
        ax.set_xlabel(msg("after").to(lang))
        ax.set_ylabel(msg("before").to(lang))
    return ax


def shares(impact: Impact, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of each grade before and after."""
    table, names = impact.table, {grade: impact.before.named(grade).to(lang) for grade in impact.grades}
    wide = 380 / len(names) - 28
    wrapped_names = {grade: wrapped(name, wide) for grade, name in names.items()}
    counts = [dict(zip(impact.grades, table[f"share_{side}"], strict=True)) for side in ("before", "after")]
    ax = grade_bars(words(lang, msg("before"), msg("after")), counts, wrapped_names, ax)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    return ax


def sweep(sweep: Sweep, ax: Axes | None = None, lang: Lang = "zh", grade: str | None = None) -> Axes:
    """Draw the share of each grade over the values of one path, or that of one grade over two lines."""
    of_whom = msg("% of all, eligible ones only") if sweep.is_of_eligible else msg("% of all subjects")
    if len(sweep.paths) == 1:
        colours = grade_colours(tuple(filter(None, sweep.grades)))
        with canvas(ax, 6.6, 3.6) as ax:
            for i, one in enumerate(sweep.grades):
                cells, name = sweep.table.iloc[i :: len(sweep.grades)], sweep.standard.named(one).to(lang)
                ax.plot(cells[sweep.paths[0]], cells["share"] * 100, color=colours[one], label=name)
            ax.set_ylim(bottom=0)
            ax.set_xlabel(sweep.labels[0].to(lang))
            ax.set_ylabel(of_whom.to(lang))
            ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
        return ax
    if grade is None:  # the grade whose line is swept, or the highest
        swept = (path.removeprefix("lines.") for path in sweep.paths)
        grade = next((name for name in swept if name in sweep.grades), sweep.grades[0])
    down, across = sweep.paths
    of_grade = sweep.table.iloc[sweep.grades.index(grade) :: len(sweep.grades)]
    cells = of_grade.pivot(index=down, columns=across, values="share") * 100
    with canvas(ax, 5.6, 4.4) as ax:
        mesh = ax.pcolormesh(cells.columns, cells.index, cells.to_numpy(), cmap="Blues", shading="nearest")
        ax.figure.colorbar(mesh, ax=ax, label=paired(sweep.standard.named(grade), of_whom).to(lang))
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
            beside = 0.24 * np.sin(2.4 * np.arange(len(at)))  # so that equal scores do not hide each other
            ax.plot(at, rank + beside, "o", color=colours[grade], markersize=3.5, alpha=0.7)
        for line in found.lines:
            text = line.grade if line.proposed == line.printed else f"{line.grade} {shown(line.proposed)}"
            mark(ax, float(line.proposed), text, "black", "-")
            ax.axvline(float(line.printed), color="#7F7F7F", linestyle="--", linewidth=1)
        ax.plot([], [], color="#7F7F7F", linestyle="--", label=msg("printed line").to(lang))
        ax.plot([], [], color="black", label=msg("proposed line").to(lang))
        ax.set_yticks(range(len(names)), [wrapped(name, 55) for name in names])
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


# ── how certain and robust a grade is ───────────────────────────────────────────────────────────────────────────────


def distribution(
    found: Uncertainty, ax: Axes | None = None, lang: Lang = "zh", beside: Mapping[str, Uncertainty] | None = None
) -> Axes:
    """Draw the chance of each score, coloured by the grade of its points, and on the right that of scoring at least it.

    Beside it may stand the same base under other assumptions, by their names: a curve each.
    """
    standard = found.standard
    completed = bands.complete(standard.bands, found.readings["between_bands"])
    colours = grade_colours(standard.grades)
    with canvas(ax, 7, 3.4) as ax:
        scores = [float(score) for score in found.scores]
        graded = [bands.grade_of(completed, score) for score in found.scores]
        ax.vlines(scores, 0, list(found.scores.values()), colors=[colours[grade] for grade in graded], linewidth=2)
        for grade, p in found.grades.items():
            if p > 0:
                name = standard.named(grade).to(lang)
                ax.plot([], [], color=colours[grade], linewidth=4, label=f"{name} {p:.1%}")
        right = ax.twinx()
        right.spines["top"].set_visible(False)
        reaching = msg("chance of at least this score").to(lang)
        for i, (name, each) in enumerate({reaching: found, **(beside or {})}.items()):
            dashes = ("-", "--", ":", "-.")[i % 4]
            places = [float(score) for score in each.scores]
            chances = np.cumsum(list(each.scores.values())[::-1])[::-1]
            right.step(places, chances, where="pre", color="#333333", linewidth=1.2, linestyle=dashes)
            ax.plot([], [], color="#333333", linewidth=1.2, linestyle=dashes, label=name)
        right.set_ylim(0, 1.02)
        right.yaxis.set_major_formatter(PercentFormatter(1))
        margin = 0.15 * (max(scores) - min(scores) or 10)
        low, high = min(scores) - margin, max(scores) + margin
        lines(standard, ax, low, high)
        ax.set_xlim(low, high)
        ax.set_ylim(bottom=0)
        ax.set_xlabel(msg("total score").to(lang))
        ax.set_ylabel(msg("chance of this score").to(lang))
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.07), ncols=4)
    return ax


def tornado(found: Sensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 12) -> Axes:
    """Draw what becomes of the target with each open row at its lowest and at its highest, the widest first."""
    open_rows = found.table[found.table["variance_share"] > 0]
    kept = open_rows.loc[open_rows["gain"].abs().sort_values(ascending=False, kind="stable").index].head(most)
    ends = ("at_lowest", LOST, msg("row at its lowest")), ("at_highest", SECURED, msg("at its highest"))
    with rows_canvas(ax, [listed_text(found.standard, name).to(lang) for name in kept.iloc[:, 0]]) as (ax, places):
        for end, colour, word in ends:
            ax.barh(places, kept[end] - found.value, left=found.value, color=colour, height=0.6, label=word.to(lang))
        ax.axvline(found.value, color="#333333", linewidth=0.8)
        (low, high), name = ax.get_xlim(), target_name(found, lang)
        if found.target == SCORE:
            ax.set_xlabel(name)
        else:
            ax.xaxis.set_major_formatter(PercentFormatter(1))
            low, high = ax.set_xlim(max(low, 0.0), min(high, 1.0))
            cut = msg("(the axis shows {low:.1%} to {high:.1%} only)", low=low, high=high)
            ax.set_xlabel(f"{name}\n{cut.to(lang)}")
    return ax


def weights(found: EffectiveWeights | Sensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 15) -> Axes:
    """Draw the rows whose share of the variance is furthest from their nominal share of the points: both, joined.

    Where shares are estimated, each has its interval, and those come first whose interval lies off the nominal share.
    """
    column = "variance_share" if "variance_share" in found.table else "effective_share"
    weighed = found.table[found.table[column] != 0]
    apart = (weighed[column] - weighed["nominal_share"]).abs()
    ends = [f"{column}_low", f"{column}_high"]
    has_intervals = ends[0] in weighed
    if has_intervals:
        apart += (weighed[ends[0]] > weighed["nominal_share"]) | (weighed[ends[1]] < weighed["nominal_share"])
    kept = weighed.loc[apart.sort_values(ascending=False, kind="stable").index].head(most)
    labels = [listed_text(found.standard, name).to(lang) for name in kept.iloc[:, 0]]
    with rows_canvas(ax, labels, 0.3, columns=1) as (ax, places):
        nominal, effective = 100 * kept["nominal_share"], 100 * kept[column]
        ax.scatter(nominal, places, marker="|", s=120, color="#333333", label=msg("nominal: % of the points").to(lang))
        if has_intervals:
            ax.hlines(places, 100 * kept[ends[0]], 100 * kept[ends[1]], color=POSSIBLE, linewidth=3, zorder=1)
            label = msg("effective: % of the variance, with its 95% interval").to(lang)
        else:
            ax.hlines(places, nominal, effective, color="#C8C8C8", linewidth=3, zorder=1)
            label = msg("effective: % of the variance").to(lang)
        ax.scatter(effective, places, color=SECURED, s=30, label=label, zorder=2)
        ax.set_xlim(left=min(0, *ax.get_xlim()))
        left_out = msg("% ({count} of {all} rows, those furthest apart)", count=len(kept), all=len(weighed))
        ax.set_xlabel("%" if len(kept) == len(weighed) else left_out.to(lang))
    return ax


def between(found: PopulationSensitivity, ax: Axes | None = None, lang: Lang = "zh", most: int = 12) -> Axes:
    """Draw the first-order and total indices of a population, largest totals first, with their intervals."""
    kept = found.table.nlargest(most, "total")
    indices = ("first_order", SECURED, 0.13, msg("first-order")), ("total", LOST, -0.13, msg("total"))
    with rows_canvas(ax, [listed_text(found.standard, name).to(lang) for name in kept.iloc[:, 0]]) as (ax, places):
        for column, colour, offset, label in indices:
            at = [place + offset for place in places]
            if f"{column}_low" in kept:
                ax.hlines(at, kept[f"{column}_low"], kept[f"{column}_high"], color=colour, alpha=0.5)
            ax.plot(kept[column], at, "o", color=colour, markersize=4, label=label.to(lang))
        ax.set_xlim(left=0)
        variance = msg("share of the variance between subjects")
        ax.set_xlabel(paired(between_name(found), variance).to(lang))
    return ax


def weight_curve(found: WeightUncertainty, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the chance of each grade against how far the rows' points may lie from the printed ones."""
    colours = grade_colours(found.standard.grades)
    with canvas(ax, 6, 3.2) as ax:
        for grade in found.grades:
            if found.table[column := grade or "none"].max() > 0:
                name = found.standard.named(grade).to(lang)
                ax.plot(found.table["spread"] * 100, found.table[column], color=colours[grade], marker=".", label=name)
        ax.axvline(found.spread * 100, color="#7F7F7F", linewidth=0.8, linestyle="--")
        ax.set_ylim(0, 1)
        ax.set_xlabel(msg("spread: ± % of each row's points (standard deviation)").to(lang))
        ax.set_ylabel(msg("chance").to(lang))
        ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def cushions(certificate: Certificate, ax: Axes | None = None, lang: Lang = "zh", most: int = 10) -> Axes:
    """Draw rows lost one after another, each from where the one above it ends, against what the grade withstands.

    First come the fewest rows whose loss changes the grade, then the largest others.
    """
    fewest = certificate.rows.names or ()
    sized = {loss.row.criterion.id: loss.row.criterion.weight * loss.points for loss in certificate.losses}
    by_size = sorted(certificate.losses, key=lambda each: -sized[each.row.criterion.id])
    losses = sorted(by_size, key=lambda each: each.row.criterion.id not in fewest)[: max(most, len(fewest))]
    sizes = [float(sized[each.row.criterion.id]) for each in losses]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    labels = [shorten(listed_text(certificate.result.standard, each.row.criterion.id).to(lang), 40) for each in losses]
    with rows_canvas(ax, labels, 0.3, 1.6) as (ax, places):
        colours = [LOST if each.row.criterion.id in fewest else SECURED for each in losses]
        ax.barh(places, sizes, left=starts, color=colours, height=0.62)
        if certificate.points and certificate.points.name == "total":
            line, number = float(certificate.points.points), shown(certificate.points.points)
            mark(ax, line, msg("the grade withstands a loss of {number}", number=number).to(lang))
        ax.set_xlabel(msg("cumulative points lost, row by row").to(lang))
    return ax


def option_name(standard: Standard, key: ReadingKey, option: str, lang: Lang) -> str:
    """Return a reading's name with what an option says first, on two lines at most."""
    says = re.sub(r"\W$", "", first_sentence(standard.readings[key].options[option]).to(lang))
    return wrapped(paired(READING_NAMES[key], same(says)).to(lang), 250)


def envelope(envelope: Envelope, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of combinations with each grade: of all, and under each option of readings that decide."""
    bars: list[tuple[str, Mapping[str | None, int]]] = [(msg("all").to(lang), envelope.grades)]
    for effect in (effect for effect in envelope.effects if effect.changes):
        bars += [(option_name(envelope.standard, effect.key, o, lang), counts) for o, counts in effect.counts.items()]
    names = {g: envelope.standard.named(g).to(lang) for g, count in envelope.grades.items() if count}
    ax = grade_bars([label for label, _ in bars], [counts for _, counts in bars], names, ax)
    label = msg("% of the combinations of readings, each counted once (no probability)").to(lang)
    ax.set_xlabel(wrapped(label, 260))
    return ax


def movers(found: PopulationReadings, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many subjects each option moves: to a higher grade (right), to a lower one (left)."""
    moved = found.table
    options = zip(moved["key"], moved["option"], strict=True)
    labels = [option_name(found.standard, cast(ReadingKey, key), option, lang) for key, option in options]
    with rows_canvas(ax, labels, 0.46) as (ax, places):
        ax.barh(places, moved["up"], color=SECURED, height=0.62, label=msg("up").to(lang))
        ax.barh(places, -moved["down"], color=LOST, height=0.62, label=msg("down").to(lang))
        ax.axvline(0, color=FULL)
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        label = msg("subjects whose grade falls (left) or rises (right)")
        ax.set_xlabel(wrapped(label.to(lang), 260))
    return ax
