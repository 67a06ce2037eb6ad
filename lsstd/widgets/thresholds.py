"""Move lines and points, see who rises and who falls."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets as ipw

from lsstd.changes.reform import Reform
from lsstd.errors import LsstdError
from lsstd.exact import Exact, plain
from lsstd.pages import impact_page
from lsstd.population.impact import Impact, impact
from lsstd.population.population import Population
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text


class ThresholdLab:
    """A form over a population; what is moved is a `Reform` at any time.

    Parameters
    ----------
    standard : Standard
    population : Population
    rows : sequence of str
        Rows whose points can be moved; the total is kept by rescaling all other rows.
    lang : {"zh", "en"}
    """

    def __init__(self, standard: Standard, population: Population, rows: Sequence[str] = (), lang: Lang = "zh") -> None:
        self.standard, self.population, self.lang = standard, population, lang
        self.lines = {b.grade: self._slider(b.grade, b.lower.value, 30) for b in standard.bands if b.lower}
        self.rows = {row: self._points(row) for row in rows}
        self.told = ipw.HTML()
        self.drawn = ipw.HTML()
        for slider in (*self.lines.values(), *self.rows.values()):
            slider.observe(self._refresh, "value")
        sliders = ipw.VBox([*self.lines.values(), *self.rows.values()])
        self.widget = ipw.VBox([self.told, ipw.HBox([sliders, self.drawn], layout=ipw.Layout(flex_flow="row wrap"))])
        self._refresh()

    def reform(self) -> Reform:
        """Return what has been moved as a reform."""
        changes: dict[str, float] = {
            f"lines.{band.grade}": self.lines[band.grade].value
            for band in self.standard.bands
            if band.lower and self.lines[band.grade].value != band.lower.value
        }
        moved = {
            f"criteria.{row}.max_score": slider.value
            for row, slider in self.rows.items()
            if slider.value != self.standard.criteria[row].max_score
        }
        name = Text("实验", "experiment").to(self.lang)
        body = {"reform": name, "standard": self.standard.standard, "changes": {**changes, **moved}}
        if moved:
            tops = [node.id for node in self.standard.children_of[None]]
            body["restore_total"] = {"rescale": [f"indicators.{top}" for top in tops]}
        return Reform.model_validate(body)

    def impact(self) -> Impact:
        """Return whom the reform moves."""
        return impact(self.population, self.standard, self.reform().apply(self.standard))

    def _slider(self, label: str, value: Exact, reach: int) -> ipw.FloatSlider:
        at = float(value)
        return ipw.FloatSlider(
            value=at, min=at - reach, max=at + reach, step=0.5, description=label, continuous_update=False
        )

    def _points(self, row: str) -> ipw.FloatSlider:
        criterion = self.standard.criteria[row]
        points = plain(criterion.max_score or 0)
        return ipw.FloatSlider(
            value=points,
            min=1,
            max=3 * points,
            step=1,
            description=f"{criterion.row} {criterion.gloss.to(self.lang)}",
            continuous_update=False,
            style={"description_width": "initial"},
        )

    def _refresh(self, _: object = None) -> None:
        try:
            found = self.impact()
        except LsstdError as error:  # lines that cross: say so, keep the last picture
            self.told.value = f"<pre>{escape(error.to(self.lang))}</pre>"
            return
        won, lost = int(found.winners.sum()), int(found.losers.sum())
        told = Text(f"{won} 个升级，{lost} 个降级", f"{won} rise, {lost} fall").to(self.lang)
        notes = "；".join(note.to(self.lang) for note in self.population.notes)
        self.told.value = f"<p><b>{escape(told)}</b><br><small>{escape(notes)}</small></p>"
        flows, shares = impact_page.transitions_figure(found, self.lang), impact_page.shares_figure(found, self.lang)
        self.drawn.value = flows.html + shares.html
