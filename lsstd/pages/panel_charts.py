"""The chart of a panel. It takes an optional `ax`, returns it, and never shows it."""

from __future__ import annotations

from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lsstd.pages.charts import POSSIBLE, SECURED, lines
from lsstd.pages.drawing import alone, rows_canvas
from lsstd.panel.panel_result import PanelResult
from lsstd.words import Lang, msg

_WIDTH, _ROW, _REST = 7.0, 0.34, 1.1
_PANEL = "#D55E00"


def totals(panel: PanelResult, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the total of each expert and of the panel, what is open pale, with the lines of the grades."""
    names = [*panel.experts, msg("the panel").to(lang)]
    scores = [*panel.totals, panel.score]
    with rows_canvas(ax, names, _ROW, _REST) as (ax, places):
        for place, score in zip(places, scores, strict=True):
            low, high = float(score.secured), float(score.possible)
            is_panel = place == places[-1]
            ax.plot([low, high], [place] * 2, color=POSSIBLE, linewidth=6, solid_capstyle="butt", zorder=1)
            ax.scatter([low], [place], color=_PANEL if is_panel else SECURED, marker="D" if is_panel else "o", zorder=3)
            ax.annotate(f"{low:g}", (low, place), (6, 4), textcoords="offset points", fontsize=8)
        ends = [float(end) for score in scores for end in score[:2]]
        margin = max(5.0, 0.2 * (max(ends) - min(ends)))
        lines(panel.standard, ax)
        ax.set_xlim(min(ends) - margin, max(ends) + margin)
        for note in list(ax.texts):  # a line outside what is drawn has no name
            note.set_clip_on(False)
            if not min(ends) - margin <= note.xy[0] <= max(ends) + margin:  # type: ignore[attr-defined]
                note.remove()
        ax.set_ylim(places[-1] - 0.6, places[0] + 0.6)
        ax.set_xlabel(msg("total score").to(lang))
    return ax


def totals_alone(panel: PanelResult, lang: Lang) -> Figure:
    """Return the chart as a figure of its own."""
    height = _ROW * (len(panel.experts) + 1) + _REST
    return alone(partial(totals, panel, lang=lang), _WIDTH, height, (0.14, 0.55 / height, 0.97, 1 - 0.3 / height))
