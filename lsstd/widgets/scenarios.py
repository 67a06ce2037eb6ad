"""Try what would be: tick rows to meet, move facts, see score, grade and distance, keep it as a scenario."""

from __future__ import annotations

from html import escape
from pathlib import Path

import ipywidgets as ipw

from lsstd.assessment.assessment import Assessment, FactEntry, Scenario
from lsstd.changes.compare import meeting
from lsstd.engine.result import Gap
from lsstd.engine.verdict import verdict
from lsstd.errors import LsstdError
from lsstd.exact import shown
from lsstd.files.cases import evaluate
from lsstd.files.changes import save_scenario
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text

_LABEL = ipw.Layout(width="auto")


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
        self.shown = ipw.HTML()
        self.name = ipw.Text(value=Text("情景一", "scenario 1").to(lang), description=Text("名称", "Name").to(lang))
        self.file = ipw.Text(value="scenario.yaml", description=Text("文件", "File").to(lang))
        save = ipw.Button(description=Text("保存情景", "Save the scenario").to(lang), layout=_LABEL)
        self.saved = ipw.Label()
        save.on_click(self._save)
        for control in (*self.rows.values(), *self.facts.values()):
            control.observe(self._refresh, "value")
        heads = (Text("若这些评价内容都满足", "If these rows were met"), Text("若这些事实如此", "If these facts were"))
        head = [ipw.HTML(f"<b>{escape(text.to(lang))}</b>") for text in heads]
        self.widget = ipw.VBox(
            [
                self.shown,
                ipw.HBox([ipw.VBox([head[0], *self.rows.values()]), ipw.VBox([head[1], *self.facts.values()])]),
                ipw.HBox([self.name, self.file, save, self.saved], layout=ipw.Layout(flex_flow="row wrap")),
            ]
        )
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
        found: dict[str, int] = {}
        tests = [test for condition in self.baseline.conditions.values() for test in condition.tests]
        tests += [part.test for row in self.baseline.criteria.values() for part in row.parts if part.test]
        for test in tests:
            counted = self.standard.facts[test.fact].kind == "count" and isinstance(test.required, int)
            if counted and test.state != "met":
                found[test.fact] = max(found.get(test.fact, 0), int(test.required))
        return found

    def _given(self, fact: str) -> int:
        entry = self.assessment.facts.get(fact)
        return int(entry.value) if entry and entry.value is not None else 0

    def _slider(self, fact: str, threshold: int) -> ipw.IntSlider:
        label, given = self.standard.facts[fact].label.to(self.lang), self._given(fact)
        return ipw.IntSlider(
            value=given,
            max=max(2 * threshold, given),
            description=f"{label} ≥{threshold}",
            continuous_update=False,  # one evaluation when the handle is let go, not one a pixel
            style={"description_width": "initial"},
            layout=ipw.Layout(width="32em"),
        )

    def _refresh(self, _: object = None) -> None:
        scenario = self.scenario()
        result = evaluate(self.standard, scenario.apply(self.assessment), scenario.read(self.readings))
        points = result.score.secured - self.baseline.score.secured
        moved = f"{'+' if points >= 0 else ''}{shown(points)}"
        change = Text(f"比基准 {moved} 分", f"{moved} points on the baseline").to(self.lang)
        self.shown.value = f"<p><b>{escape(verdict(result).to(self.lang))}</b><br>{escape(change)}</p>"

    def _save(self, _: object) -> None:
        try:
            save_scenario(self.scenario(), Path(self.file.value))
            self.saved.value = Text(f"已保存 {self.file.value}", f"saved {self.file.value}").to(self.lang)
        except LsstdError as error:
            self.saved.value = error.to(self.lang)
