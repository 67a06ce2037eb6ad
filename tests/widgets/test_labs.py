"""The small forms of the notebooks: what is ticked and moved is data, and what is shown is the engine's answer."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from lsstd import evaluate, load_assessment, load_assumptions, load_crosswalks, load_scenario, load_standard, synthetic
from lsstd.files.places import data, example
from lsstd.widgets.labs import ScenarioLab, ThresholdLab, reference_browser
from lsstd.words import Lang

HLJ = load_standard("hlj-base-evaluation")


@pytest.fixture
def lab() -> ScenarioLab:
    return ScenarioLab(HLJ, load_assessment(example("near_aaa")), most=30, lang="en")


# Nothing ticked is the baseline: an empty scenario, the same verdict.
def test_a_fresh_form_changes_nothing(lab: ScenarioLab) -> None:
    assert lab.scenario().plain() == {"scenario": "scenario 1"}
    assert "398.92" in lab.outcome.value
    assert "+0 points" in lab.outcome.value


# Ticking every row meets it, with the facts that its thresholds ask for; so all ticked is the full score.
def test_all_ticked_is_the_full_score(lab: ScenarioLab) -> None:
    for tick in lab.rows.values():
        tick.value = True
    scenario = lab.scenario()
    result = evaluate(HLJ, scenario.apply(lab.assessment))
    assert result.score.secured == 500
    assert scenario.facts["shared_supply_chain_products"].value == 200
    assert "500 of 500" in lab.outcome.value


# A row ticked as met keeps its fact at the threshold, wherever the slider stands.
def test_a_tick_wins_over_its_slider(lab: ScenarioLab) -> None:
    lab.facts["shared_supply_chain_products"].value = 10
    assert lab.scenario().facts["shared_supply_chain_products"].value == 10
    lab.rows["supervision_and_sales"].value = True
    assert lab.scenario().facts["shared_supply_chain_products"].value == 200


# What was found is saved as a scenario file that gives the same again; a file of somebody else's stays.
def test_saving_a_scenario(lab: ScenarioLab, tmp_path: Path) -> None:
    lab.rows["village_rooms"].value = True
    lab.file.value = str(tmp_path / "mine.yaml")
    lab._save(None)
    assert load_scenario(tmp_path / "mine.yaml") == lab.scenario()
    foreign = tmp_path / "foreign.yaml"
    foreign.write_text("a: 1\n")
    lab.file.value = str(foreign)
    lab._save(None)
    assert foreign.read_text() == "a: 1\n"
    assert "not written by lsstd" in lab.saved.value


# Moving a line is a reform of that line; lines that would cross are told.
def test_lines_move_and_crossing_is_told() -> None:
    assumptions = load_assumptions(data() / "populations" / "assumptions.yaml", HLJ)
    form = ThresholdLab(HLJ, synthetic(assumptions, HLJ, n=60, seed=3), rows=["village_rooms"], lang="en")
    assert form.reform().is_empty
    form.lines["AAAA"].value = 440
    assert form.reform().changes == {"lines.AAAA": 440}
    picture = form.picture.value
    assert "<svg" in picture
    form.lines["AAAA"].value = 425
    form.lines["AAA"].value = 429
    assert "changes.lines.AAA" in form.message.value
    form.lines["AAA"].value = 401
    form.rows["village_rooms"].value = 15
    assert form.reform().apply(HLJ).maximum == 500
    assert form.reform().apply(HLJ).criteria["village_rooms"].max_score == 15
    assert "synthetic" in form.message.value


# Whatever the sliders say is what the words and the pictures show, in the form's language: the lines moved, who moves
# where; while the sliders ask for what cannot be, there is no picture of something else.
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pictures_keep_up_with_the_sliders(lang: Lang) -> None:
    people = synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", HLJ), HLJ, n=60, seed=3)
    form = ThresholdLab(HLJ, people, rows=["village_rooms"], lang=lang)
    nothing = {"zh": "没有改动", "en": "Nothing is changed"}[lang]
    row = HLJ.criteria["village_rooms"].gloss.to(lang)
    states = [
        (form.lines["AAAA"], 450, nothing),
        (form.lines["AAAA"], 440, "440"),
        (form.lines["AAA"], 420, "420"),
        (form.lines["AAA"], 425, "425"),
        (form.rows["village_rooms"], 15, row),
    ]
    pictures = set()
    for slider, value, said in states:
        slider.value = value
        counts = form.impact().transitions.to_numpy()
        drawn = re.findall(r"<(?:text|figcaption)[^>]*>([^<]*)<", form.picture.value)
        assert said in form.message.value
        assert said in " ".join(drawn)
        assert (nothing in form.message.value) is (said == nothing) is any(nothing in text for text in drawn)
        assert Counter(drawn) & Counter(str(n) for n in counts.ravel() if n) == Counter(
            str(n) for n in counts.ravel() if n
        )
        other = {"zh": "[a-z]{3,}", "en": "[\u4e00-\u9fff]"}[lang]
        assert [text for text in drawn if re.search(other, text)] == []
        pictures.add(form.picture.value)
    assert len(pictures) == len(states)
    form.lines["AAAA"].value = 425
    form.lines["AAA"].value = 429
    assert "changes.lines.AAA" in form.message.value
    assert form.picture.value == ""
    form.lines["AAA"].value = 401
    assert "<svg" in form.picture.value
    assert "425" in form.message.value


# Searching lists what matches and shows the page of what is chosen.
def test_the_browser_finds_and_shows() -> None:
    form = reference_browser([HLJ, load_standard("sz-supply-chain-collaboration")], load_crosswalks(), lang="en")
    head, hits, page = form.children
    query, count = head.children
    query.value = "5.1.4"
    assert hits.options[0][1].id == "scale"
    hits.value = hits.options[0][1]
    assert "live-streaming rooms ≥ 10 rooms" in page.value
    query.value = "nothing at all"
    assert count.value == "0 found"
