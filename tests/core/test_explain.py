"""Explanations: every number names its clause, wording, answer, facts and points, and none is computed anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lsstd import Result, evaluate, example, examples, load_assessment, load_standard
from lsstd.core.exact import shown
from lsstd.core.explain import Step, explain, lines
from lsstd.errors import UnknownName

Assess = Callable[..., Result]
NAMES = [name for name in examples() if name != "supply_chain"]


def result_of(name: str) -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example(name)))


def text(step: Step, lang: Any = "en") -> str:
    return "\n".join(lines(step, lang))


def span(low: Any, high: Any) -> str:
    return shown(low) if low == high else f"{shown(low)}–{shown(high)}"


# Each row of each example tells its number, clause, wording, points and state, in both languages.
@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_explained(name: str) -> None:
    result = result_of(name)
    for key, row in result.criteria.items():
        for lang, head_start in (("zh", f"第 {row.criterion.row} 行"), ("en", f"Row {row.criterion.row},")):
            head, *rest = text(explain(result, key), lang).splitlines()
            assert head.startswith(head_start)
            assert f"{row.criterion.clause}" in head
            assert span(row.secured, row.possible) in head
            assert shown(row.maximum) in head
            assert any(row.criterion.text in line for line in rest)


# Each part of a row is listed with its worth and state, and each threshold with what was found and what is required.
@pytest.mark.parametrize("name", NAMES)
def test_every_part_and_fact_is_explained(name: str) -> None:
    result = result_of(name)
    for key, row in result.criteria.items():
        told = text(explain(result, key))
        for part in row.parts:
            assert part.part.gloss.en in told
            if row.maximum:
                assert f"{part.part.gloss.en} (worth {shown(part.share * row.maximum)})" in told
            if part.test:
                assert result.standard.facts[part.test.fact].label.en in told
                assert f"required {'≥'} {shown(part.test.required)}" in told
                assert ("not given" if part.test.found is None else shown(part.test.found)) in told


# Each indicator lists what stands under it, once each, with the points that add up to its own.
@pytest.mark.parametrize("name", NAMES)
def test_every_indicator_is_explained(name: str) -> None:
    result = result_of(name)
    for key, node in result.indicators.items():
        step = explain(result, key)
        children = [result.indicators[child.id].score for child in result.standard.children_of[key]]
        below = [*children, *(result.criteria[row.id] for row in result.standard.rows_of[key])]
        assert len(step.steps) == len(below)
        for line, score in zip(step.steps, below, strict=True):
            assert span(score.secured, score.possible) in line.text.en
        assert sum(score.secured for score in below) == node.score.secured
        assert span(node.score.secured, node.score.possible) in step.text.en


# Each condition and the veto tell their wording and each test.
def test_every_condition_is_explained() -> None:
    result = result_of("not_eligible")
    for key, found in {**result.conditions, **result.vetoes}.items():
        told = text(explain(result, key), "zh")
        assert found.condition.clause in told
        assert found.condition.text in told
        assert all(result.standard.facts[test.fact].label.zh in told for test in found.tests)
    assert "签约主播数量：17 人（要求 ≥ 20 人）" in text(explain(result, "scale"), "zh")


# Every form of answer is told as it was given, with its note and evidence.
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "Not answered"),
        ("unknown", "Not answered"),
        ("met", "Answered: met"),
        ("unmet", "Answered: not met"),
        ({"score": 7.25}, "Answered: 7.25 points"),
        ({"range": [4, 8]}, "Answered: between 4 and 8 points"),
        ({"chances": [[0, 0.125], [10, 0.875]]}, "Answered, chances of points: 0: 12.5%, 10: 87.5%"),
        ({"state": "met", "note": "see folder 3"}, "Note: see folder 3"),
        ({"state": "met", "evidence": [{"file": "a.pdf"}, {"file": "b.pdf"}]}, "Evidence: a.pdf, b.pdf"),
    ],
)
def test_answers_are_told(assess: Assess, answer: Any, told: str) -> None:
    assert told in text(explain(assess({"certifications": answer}), "certifications"))


# What a row as a whole is answered holds for its parts, too, unless a fact says otherwise.
def test_parts_follow_the_row(assess: Assess) -> None:
    met = explain(assess({"site_and_amenities": "met"}), "site_and_amenities")
    assert text(met).count("(worth 3.33): met") == 3
    unmet = assess({"resident_bodies": "unmet"}, {"resident_agencies": 12})
    told = text(explain(unmet, "resident_bodies"))
    assert "residents follow the authorities' rules (worth 5): not met" in told
    assert "at least ten resident bodies (worth 5): met" in told
    assert "Answer and facts contradict" in told


# The readings that made a number what it is are named where they did.
def test_readings_at_work_are_named(assess: Assess) -> None:
    readings = {"bonus": "ignored", "recommended_rows": "left_out", "rounding": "row", "compound_rows": "all"}
    result = assess({"certifications": {"score": 7.5}}, None, readings)
    for key, told in (
        ("live_equipment", "compound_rows: all"),
        ("network_security_rules", "bonus: ignored"),
        ("public_welfare_broadcasts", "recommended_rows: left_out"),
        ("certifications", "rounding: row"),
    ):
        assert told in text(explain(result, key))
        assert told in text(explain(result, key), "zh")
    plain = text(explain(assess({"certifications": {"score": 7.5}}), "certifications"))
    assert "As read" not in plain


# A row can be named by its number; a name that is none is told with the nearest one.
def test_names(assess: Assess) -> None:
    result = assess()
    assert explain(result, "8") == explain(result, "village_rooms")
    for wrong, right in (("vilage_rooms", "village_rooms"), ("saftey_rules", "safety_rules"), ("retial", "retail")):
        with pytest.raises(UnknownName, match=f"did you mean {right}"):
            explain(result, wrong)


# Control characters of a note never reach the terminal.
def test_notes_cannot_steer_the_terminal(assess: Assess) -> None:
    told = text(explain(assess({"certifications": {"state": "met", "note": "\x1b[31mred\u202e"}}), "certifications"))
    assert "\x1b" not in told
    assert "\u202e" not in told


# As JSON, an explanation holds the same lines.
def test_explanations_as_json(assess: Assess) -> None:
    step = explain(assess({"village_rooms": "met"}), "village_rooms")
    as_json = step.to_dict("zh")
    assert as_json["text"] == step.text.zh
    assert [below["text"] for below in as_json["steps"]] == [below.text.zh for below in step.steps]
