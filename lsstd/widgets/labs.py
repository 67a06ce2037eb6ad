"""Small forms for notebooks: try changes to an assessment, move grade lines and points, search the standards."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import ipywidgets as ipw

from lsstd.assessment.assessment import Assessment, FactEntry, Scenario
from lsstd.changes.compare import meeting
from lsstd.changes.reform import Reform
from lsstd.engine.result import Gap
from lsstd.engine.search import Hit, search, silent
from lsstd.engine.verdict import verdict
from lsstd.errors import LsstdError
from lsstd.exact import Exact, plain, shown
from lsstd.files.assessments import save_scenario
from lsstd.files.cases import evaluate
from lsstd.pages.handbook import KIND_NAMES, VOICE_NAMES, hit_page
from lsstd.pages.impact_page import shares_figure, transitions_figure
from lsstd.population.impact import Impact, impact
from lsstd.population.population import Population
from lsstd.standard.document import Crosswalk
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, in_turn, join, msg

_LABEL = ipw.Layout(width="auto")
_WRAPPED = ipw.Layout(flex_flow="row wrap")
_MOST_HITS = 60


class ScenarioLab:
    """A form over one assessment; what is ticked and moved is a `Scenario` at any time.

    Parameters
    ----------
    standard, assessment
        The baseline; it stays as it is.
    readings : dict of str to str, optional
    most : int
        How many rows to offer, those with the greatest effect first.
    lang : {"zh", "en"}
    """

    def __init__(
        self,
        standard: Standard,
        assessment: Assessment,
        readings: dict[str, str] | None = None,
        most: int = 12,
        lang: Lang = "zh",
    ) -> None:
        self.standard, self.assessment, self.readings, self.lang = standard, assessment, readings or {}, lang
        self.baseline = evaluate(standard, assessment, self.readings)
        self.rows = {gap.row.criterion.id: self._tick(gap) for gap in self.baseline.gaps[:most]}
        self.facts = {fact: self._slider(fact, threshold) for fact, threshold in self._short_facts().items()}
        self.outcome = ipw.HTML()
        self.name = ipw.Text(value=msg("scenario 1").to(lang), description=msg("Name").to(lang))
        self.file = ipw.Text(value="scenario.yaml", description=msg("File").to(lang))
        save = ipw.Button(description=msg("Save the scenario").to(lang), layout=_LABEL)
        self.saved = ipw.Label()
        save.on_click(self._save)
        for control in (*self.rows.values(), *self.facts.values()):
            control.observe(self._refresh, "value")
        columns = [(msg("If these rows were met"), self.rows), (msg("If these facts had these values"), self.facts)]
        controls = [ipw.VBox([_html(head, lang), *inputs.values()]) for head, inputs in columns]
        saving = ipw.HBox([self.name, self.file, save, self.saved], layout=_WRAPPED)
        self.widget = ipw.VBox([self.outcome, ipw.HBox(controls), saving])
        self._refresh()

    def scenario(self) -> Scenario:
        """Return what is ticked and moved as a scenario."""
        ticked = [row for row, tick in self.rows.items() if tick.value]
        met = meeting(self.baseline, ticked, self.name.value or "—")
        moved = {fact: s.value for fact, s in self.facts.items() if s.value != self._given(fact)}
        given = {fact: FactEntry(value=value) for fact, value in moved.items()}
        return met.model_copy(update={"facts": {**given, **met.facts}})  # a row ticked as met needs its facts

    def _tick(self, gap: Gap) -> ipw.Checkbox:
        criterion = gap.row.criterion
        label = f"{criterion.row} {criterion.gloss.to(self.lang)} +{shown(gap.points)}"
        return ipw.Checkbox(description=label, indent=False, layout=_LABEL)

    def _short_facts(self) -> dict[str, int]:
        """Return the counted facts that miss a threshold, or are unknown, with that threshold."""
        thresholds: dict[str, int] = {}
        tests = [test for condition in self.baseline.conditions.values() for test in condition.tests]
        tests += [part.test for row in self.baseline.criteria.values() for part in row.parts if part.test]
        for test in tests:
            counted = self.standard.facts[test.fact].kind == "count" and isinstance(test.required, int)
            if counted and test.state != "met":
                thresholds[test.fact] = max(thresholds.get(test.fact, 0), int(test.required))
        return thresholds

    def _given(self, fact: str) -> int:
        entry = self.assessment.facts.get(fact)
        return int(entry.value) if entry and entry.value is not None else 0

    def _slider(self, fact: str, threshold: int) -> ipw.IntSlider:
        label, given = self.standard.facts[fact].label.to(self.lang), self._given(fact)
        return ipw.IntSlider(
            value=given,
            max=max(2 * threshold, given),
            description=f"{label} ≥{threshold}",
            continuous_update=False,  # evaluate once, when the handle is released
            style={"description_width": "initial"},
            layout=ipw.Layout(width="32em"),
        )

    def _refresh(self, _: object = None) -> None:
        scenario = self.scenario()
        result = evaluate(self.standard, scenario.apply(self.assessment), scenario.read(self.readings))
        points = result.score.secured - self.baseline.score.secured
        moved = f"{'+' if points >= 0 else ''}{shown(points)}"
        change = msg("{moved} points from the baseline", moved=moved).to(self.lang)
        self.outcome.value = f"<p>{_html(verdict(result), self.lang).value}<br>{escape(change)}</p>"

    def _save(self, _: object) -> None:
        try:
            save_scenario(self.scenario(), Path(self.file.value))
            self.saved.value = msg("saved {file}", file=self.file.value).to(self.lang)
        except LsstdError as error:
            self.saved.value = error.to(self.lang)


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
        self.message = ipw.HTML()
        self.picture = ipw.HTML()
        for slider in (*self.lines.values(), *self.rows.values()):
            slider.observe(self._refresh, "value")
        sliders = ipw.VBox([*self.lines.values(), *self.rows.values()])
        self.widget = ipw.VBox([self.message, ipw.HBox([sliders, self.picture], layout=_WRAPPED)])
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
        name = msg("experiment").to(self.lang)
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
            moved = self.impact()
        except LsstdError as error:  # lines that cross: keep the last picture
            self.message.value = f"<pre>{escape(error.to(self.lang))}</pre>"
            return
        won, lost = int(moved.winners.sum()), int(moved.losers.sum())
        summary = msg("higher grade: {won}; lower grade: {lost}", won=won, lost=lost)
        notes = in_turn(self.population.notes, len(self.population.notes)).to(self.lang)
        self.message.value = f"<p>{_html(summary, self.lang).value}<br><small>{escape(notes)}</small></p>"
        self.picture.value = transitions_figure(moved, self.lang).html + shares_figure(moved, self.lang).html


def reference_browser(standards: Sequence[Standard], crosswalks: Sequence[Crosswalk], lang: Lang = "zh") -> ipw.Widget:
    """Return a search field, what it finds, and the page of what is chosen.

    Parameters
    ----------
    standards : sequence of Standard
        What is searched: Chinese wording, clause numbers, ids, English glosses.
    crosswalks : sequence of Crosswalk
        For a row's neighbours in another standard.
    lang : {"zh", "en"}
    """
    by_id = {standard.standard: standard for standard in standards}
    query = ipw.Text(
        description=msg("Search").to(lang), placeholder=msg("words, a clause number").to(lang), continuous_update=True
    )
    hits = ipw.Select(rows=10, layout=ipw.Layout(width="100%"))
    count = ipw.Label()
    page = ipw.HTML()

    def refresh(_: object = None) -> None:
        matches = search(standards, query.value)
        hits.options = [(_line(hit, lang), hit) for hit in matches[:_MOST_HITS]]
        own = msg("; {titles}: silent, lsstd's own only", titles=join(s.title for s in silent(standards, matches)))
        found = msg("{matches} found", matches=len(matches))
        count.value = found.to(lang) + (own.to(lang) if silent(standards, matches) else "")

    def read(_: object = None) -> None:
        hit = hits.value
        page.value = hit_page(by_id[hit.standard], hit, crosswalks, lang).html if hit else ""

    query.observe(refresh, "value")
    hits.observe(read, "value")
    refresh()
    return ipw.VBox([ipw.HBox([query, count]), hits, page])


def _line(hit: Hit, lang: Lang) -> str:
    place = f"{hit.clause} {'' if hit.row is None else msg('row {number}', number=hit.row).to(lang)}"
    return f"[{KIND_NAMES[hit.kind].to(lang)}] {place.strip()} {hit.label.to(lang)} · {VOICE_NAMES[hit.voice].to(lang)}"


def _html(text: Text, lang: Lang) -> ipw.HTML:
    """Return a text in bold."""
    return ipw.HTML(f"<b>{escape(text.to(lang))}</b>")
