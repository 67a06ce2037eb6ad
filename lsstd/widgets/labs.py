"""Small forms for notebooks: try changes to an assessment, move grade lines and points, search the standards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as ipw
import traitlets

from lsstd.assessment.assessment import Assessment, FactEntry, Scenario
from lsstd.changes.compare import meeting
from lsstd.changes.reform import Reform
from lsstd.engine.search import Hit, search, silent
from lsstd.engine.verdict import verdict
from lsstd.errors import LsstdError
from lsstd.exact import plain, shown
from lsstd.files.assessments import save_assessment
from lsstd.files.cases import evaluate
from lsstd.files.writing import safe_name
from lsstd.lint.linting import LARGEST, run_lint
from lsstd.pages.handbook import PARTS, VOICE_NAMES, hit_page, part_of
from lsstd.pages.impact_page import shares_figure, transitions_figure
from lsstd.pages.lint_page import finding_sections, marked_sections
from lsstd.population.impact import Impact, impact
from lsstd.population.population import Population
from lsstd.reports.render import style_sheet, temporary_folder
from lsstd.standard.document import Crosswalk
from lsstd.standard.standard import Standard
from lsstd.standard.wording import listed_text
from lsstd.words import Lang, Text, in_turn, join, msg, paired, same

_LABEL = ipw.Layout(width="auto")
_WRAPPED = ipw.Layout(flex_flow="row wrap")
_MOST_HITS = 60


class ScenarioLab:
    """A form over one assessment, the baseline; what is ticked and moved is a `Scenario` at any time.

    It offers the `most` rows with the greatest effect.
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
        gaps = [(gap.row.criterion, gap.points) for gap in self.baseline.gaps[:most]]
        labels = {row.id: f"{listed_text(standard, row.id).to(lang)} +{shown(points)}" for row, points in gaps}
        self.rows = {row: ipw.Checkbox(description=label, indent=False, layout=_LABEL) for row, label in labels.items()}
        self.facts = {fact: self._slider(fact, threshold) for fact, threshold in self._short_facts().items()}
        self.outcome = ipw.HTML()
        self.name = ipw.Text(value=msg("scenario 1").to(lang), description=msg("Name").to(lang))
        self.file = ipw.Text(value="scenario.yaml", description=msg("File").to(lang))
        save, self.saved = ipw.Button(description=msg("Save the scenario").to(lang), layout=_LABEL), ipw.Label()
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

    def _short_facts(self) -> dict[str, int]:
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
        label, given = f"{self.standard.facts[fact].label.to(self.lang)} ≥{threshold}", self._given(fact)
        return _slider(ipw.IntSlider, label, given, 0, max(2 * threshold, given), layout=ipw.Layout(width="32em"))

    def _refresh(self, _: object = None) -> None:
        scenario = self.scenario()
        result = evaluate(self.standard, scenario.apply(self.assessment), scenario.read(self.readings))
        points = result.score.secured - self.baseline.score.secured
        moved = f"{'+' if points >= 0 else ''}{shown(points)}"
        change = msg("{moved} points from the baseline", moved=moved).to(self.lang)
        self.outcome.value = f"<p>{_html(verdict(result), self.lang).value}<br>{escape(change)}</p>"

    def _save(self, _: object) -> None:
        try:
            save_assessment(self.scenario(), Path(self.file.value))
            self.saved.value = msg("saved {file}", file=self.file.value).to(self.lang)
        except LsstdError as error:
            self.saved.value = error.to(self.lang)


class ThresholdLab:
    """A form over a population; what is moved is a `Reform` at any time.

    The points of `rows` can be moved; the total is kept by rescaling all other rows.
    """

    def __init__(self, standard: Standard, population: Population, rows: Sequence[str] = (), lang: Lang = "zh") -> None:
        self.standard, self.population, self.lang = standard, population, lang
        lines = {band.grade: float(band.lower.value) for band in standard.bands if band.lower}
        self.lines = {g: _slider(ipw.FloatSlider, g, at, at - 30, at + 30, step=0.5) for g, at in lines.items()}
        criteria = {row: standard.criteria[row] for row in rows}
        named = {key: listed_text(standard, key).to(lang) for key in criteria}
        tops = {key: plain(row.max_score or 0) for key, row in criteria.items()}
        self.rows = {row: _slider(ipw.FloatSlider, named[row], n, 1, 3 * n, step=1) for row, n in tops.items()}
        self.message, self.picture = ipw.HTML(), ipw.HTML()
        sliders = ipw.VBox([*self.lines.values(), *self.rows.values()])
        self._printed = {slider: slider.value for slider in sliders.children}
        for slider in sliders.children:
            slider.observe(self._refresh, "value")
        self.widget = ipw.VBox([self.message, ipw.HBox([sliders, self.picture], layout=_WRAPPED)])
        self._refresh()

    def reform(self) -> Reform:
        """Return what has been moved as a reform."""
        changes: dict[str, float] = {f"lines.{grade}": slider.value for grade, slider in self._moved(self.lines)}
        moved = {f"criteria.{row}.max_score": slider.value for row, slider in self._moved(self.rows)}
        name = msg("experiment").to(self.lang)
        body = {"reform": name, "standard": self.standard.standard, "changes": {**changes, **moved}}
        if moved:
            tops = [node.id for node in self.standard.children_of[None]]
            body["restore_total"] = {"rescale": [f"indicators.{top}" for top in tops]}
        return Reform.model_validate(body)

    @property
    def state(self) -> Text:
        """What has been moved, in words."""
        rows = self._moved(self.rows)
        named = [(same(grade), slider) for grade, slider in self._moved(self.lines)]
        named += [(self.standard.criteria[row].gloss, slider) for row, slider in rows]
        told = [paired(name, f"{self._printed[slider]:g} → {slider.value:g}") for name, slider in named]
        told += [msg("all other rows rescaled, the total kept")] if rows else []
        return in_turn(told, len(told)) if told else msg("Nothing is changed")

    def _moved(self, sliders: Mapping[str, ipw.FloatSlider]) -> list[tuple[str, ipw.FloatSlider]]:
        return [(name, slider) for name, slider in sliders.items() if slider.value != self._printed[slider]]

    def impact(self) -> Impact:
        """Return whom the reform moves."""
        return impact(self.population, self.standard, self.reform().apply(self.standard))

    def _refresh(self, _: object = None) -> None:
        try:
            moved = self.impact()
        except LsstdError as error:  # lines that cross: an earlier picture would show other lines than the sliders
            self.message.value, self.picture.value = f"<pre>{escape(error.to(self.lang))}</pre>", ""
            return
        state = self.state.to(self.lang)
        summary = msg("higher grade: {won}; lower grade: {lost}", won=moved.winners, lost=moved.losers)
        notes = in_turn(self.population.notes, len(self.population.notes)).to(self.lang)
        self.message.value = (
            f"<p><b>{escape(state)}</b><br>{_html(summary, self.lang).value}<br><small>{escape(notes)}</small></p>"
        )
        figures = (transitions_figure(moved, self.lang), shares_figure(moved, self.lang))
        self.picture.value = "".join(replace(figure, caption=f"{figure.alt} · {state}").html for figure in figures)


def reference_browser(standards: Sequence[Standard], crosswalks: Sequence[Crosswalk], lang: Lang = "zh") -> ipw.Widget:
    """Return a search field over standards (wording, clause numbers, ids, glosses), what it finds, and the page of what
    is chosen, with its neighbours in another standard by the crosswalks.
    """
    by_id = {standard.standard: standard for standard in standards}
    query = ipw.Text(
        description=msg("Search").to(lang), placeholder=msg("words, a clause number").to(lang), continuous_update=True
    )
    hits, count, page = ipw.Select(rows=10, layout=ipw.Layout(width="100%")), ipw.Label(), ipw.HTML()

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


class FileDrop(anywidget.AnyWidget):
    """A field on which a file is dropped, or chosen by a click: `on_msg` gets its name and its bytes.

    Of a file that is too large only so much comes that this can be told.
    """

    _esm = """
    export default { render({ model, el }) {
      const area = document.createElement("label"), input = document.createElement("input");
      area.textContent = model.get("label");
      area.style = "display: block; padding: 1.2em; border: 2px dashed #888; border-radius: 6px; cursor: pointer";
      Object.assign(input, { type: "file", accept: model.get("accept"), style: "display: block; margin-top: .6em" });
      const send = async file => file &&
        model.send({ name: file.name }, undefined, [await file.slice(0, model.get("largest") + 1).arrayBuffer()]);
      input.addEventListener("change", () => send(input.files[0]).then(() => { input.value = ""; }));
      area.addEventListener("dragover", event => event.preventDefault());
      area.addEventListener("drop", event => { event.preventDefault(); send(event.dataTransfer.files[0]); });
      area.append(input);
      el.append(area);
    } };
    """
    label = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    largest = traitlets.Int().tag(sync=True)


class LintLab:
    """A place to drop the text of a draft (.txt, .docx): what is found in it, beside its lines."""

    def __init__(self, lang: Lang = "zh") -> None:
        self.lang, self.outcome = lang, ipw.HTML(layout=_LABEL)
        label = msg("Drop a draft here (.txt, .docx), or choose one").to(lang)
        self.file = FileDrop(label=label, accept=".txt,.docx", largest=LARGEST)
        self.file.on_msg(lambda _, content, buffers: self._show(content["name"], bytes(buffers[0])))
        intro = msg("The draft stays on this computer. Findings stand beside the lines that they are about.")
        self.widget = ipw.VBox([_html(intro, lang), self.file, self.outcome])

    def _show(self, name: str, content: bytes) -> None:
        """Show what linting finds in a file, or why it cannot be read."""
        try:
            with temporary_folder() as folder:
                path = folder / safe_name(name, "draft.txt")
                path.write_bytes(content)
                linted = run_lint(path)
            sections = (*finding_sections(linted, self.lang), *marked_sections(linted, self.lang))
            page = "".join(section.html for section in sections)
            self.outcome.value = f'<style>{style_sheet()}</style><div class="lsstd">{page}</div>'
        except LsstdError as error:
            self.outcome.value = f"<pre>{escape(error.to(self.lang))}</pre>"


def _line(hit: Hit, lang: Lang) -> str:
    place = f"{hit.clause} {'' if hit.row is None else msg('row {number}', number=hit.row).to(lang)}"
    kind, voice = PARTS[part_of(hit)][0].to(lang), VOICE_NAMES[hit.voice].to(lang)
    return f"[{kind}] {place.strip()} {hit.label.to(lang)} · {voice}"


def _slider(kind: Any, label: str, value: float, least: float, most: float, **looks: Any) -> Any:
    """Return a slider that gives its value once, when its handle is released."""
    looks |= {"continuous_update": False, "style": {"description_width": "initial"}}
    return kind(value=value, min=least, max=most, description=label, **looks)


def _html(text: Text, lang: Lang) -> ipw.HTML:
    return ipw.HTML(f"<b>{escape(text.to(lang))}</b>")
