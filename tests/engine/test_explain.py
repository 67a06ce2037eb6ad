"""Explanations: every number names its clause, wording, answer, facts and points, and none is computed anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from worked_cases import Worked, mechanism_cases

from lsstd import Result, evaluate, example, examples, load_assessment, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.explain import Reason, explain, lines
from lsstd.errors import UnknownName
from lsstd.exact import shown
from lsstd.standard.wording import required_text, value_text

Assess = Callable[..., Result]
NAMES = [name for name in examples() if "standard: hlj-base-evaluation" in example(name).read_text(encoding="utf-8")]


def result_of(name: str) -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example(name)))


def text(step: Reason, lang: Any = "en") -> str:
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
                assert f"required: {required_text('>=', part.test.required, part.test.unit).en}" in told
                assert value_text(part.test.found, part.test.unit).en in told


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
    assert "签约主播数量：17 人（要求：≥ 20 人）" in text(explain(result, "scale"), "zh")


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
    assert "tenants follow the authorities' rules (worth 5): not met" in told
    assert "at least ten tenants (worth 5): met" in told
    assert "Answer and facts contradict" in told


# The readings that made a number what it is are named where they did.
def test_readings_at_work_are_named(assess: Assess) -> None:
    readings = {"bonus": "ignored", "recommended_rows": "left_out", "rounding": "row", "compound_rows": "all"}
    result = assess({"certifications": {"score": 7.5}}, None, readings)
    for key, reading in (
        ("live_equipment", "compound_rows"),
        ("network_security_rules", "bonus"),
        ("public_welfare_broadcasts", "recommended_rows"),
        ("certifications", "rounding"),
    ):
        told = result.standard.readings[reading].in_short(readings[reading])
        assert told.en in text(explain(result, key))
        assert told.zh in text(explain(result, key), "zh")
        assert f"{reading}:" not in text(explain(result, key))
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


MECHANISMS = {worked.name: worked for worked in mechanism_cases()}


def worked_result(worked: Worked) -> Result:
    return evaluate(worked.standard, parse_assessment(worked.standard, worked.given), worked.readings)


# Under every way of scoring each row tells its points, its rule if it has one, and why it does not apply; so does each
# indicator, and each table its grades; in both languages.
@pytest.mark.parametrize("name", MECHANISMS)
def test_every_mechanism_is_explained(name: str) -> None:
    result = worked_result(MECHANISMS[name])
    for key, row in result.criteria.items():
        zh, en = text(explain(result, key), "zh"), text(explain(result, key), "en")
        assert ("规则：" in zh) == ("Rule: " in en) == (row.criterion.rule is not None)
        assert f"{span(row.secured, row.possible)} / {shown(row.maximum)} 分" in zh
        assert ("仅在" in zh) == ("counts only where" in en) == (row.criterion.applies is not None)
    for key, node in result.indicators.items():
        told = text(explain(result, key))
        assert (span(node.score.secured, node.score.possible) in told) or not node.applies
    for key, found in result.tables.items():
        assert found.table.label.zh in text(explain(result, key), "zh")


# What a mechanism made of a row or an indicator is told in words: the case, what is explained, a line in each language.
@pytest.mark.parametrize(
    ("start", "key", "zh", "en"),
    [
        ("all_or_nothing: 9", "a", "规则：各分项都满足得 9 分，否则 0 分", "Rule: All parts: 9 points, else 0"),
        ("parts_given_weights: 一、三", "a", "一（5 分）：满足", "一 (worth 5): met"),
        ("n_of_m: 恰", "a", "5 项中至少 3 项得 6 分", "At least 3 of 5 parts: 6 points"),
        ("levels: 中", "a", "所答：中", "Answered: 中"),
        ("levels: 中", "a", "分档：好 10 分；中 6 分；差 2 分", "Levels, in points: 好 10; 中 6; 差 2"),
        ("tiers: 只知", "a", "良 5～7.5 分", "良 5 to 7.5"),
        ("linear: 入驻率 85", "a", "入驻率为 60 得 0 分，100 得 20 分", "0 points at 60, 20 at 100"),
        ("linear: 入驻率 85", "a", "得 12.5 分", "It earns 12.5 points"),
        ("ratio_steps: 18", "a", "持证人数 ÷ 总人数 = 0.6", "持证人数 ÷ 总人数 = 0.6"),
        ("ratio_steps: 18", "a", "≥ 0.6 得 2.5 分；> 0.9 得 5 分", "≥ 0.6: 2.5 points; > 0.9: 5 points"),
        ("ratio_steps: 总人数为 0", "a", "待核实，暂不能计分", "Unknown, so it cannot be scored yet"),
        ("counts: 5", "a", "每满 2，加 1.5 分，限于 0～6 分", "1.5 more for each 2, within 0 to 6"),
        (
            "deductions: 两次",
            "a",
            "每满 1，扣 2 分，限于 4～10 分",
            "from 10 points 2 less for each unit, within 4 to 10",
        ),
        ("deductions: 两次", "b", "迟报（-1.5 分）：满足", "迟报 (-1.5): met"),
        ("multi_select: 一、二", "a", "二（+3 分）：满足", "二 (+3): met"),
        ("expert: 7.5", "a", "由专家给分，0～10 分，以 0.5 分为单位", "by an expert, 0 to 10, in steps of 0.5"),
        ("signed: 10 − 2.5", "b", "由专家给分，-5～5 分", "by an expert, -5 to 5"),
        ("signed: 10 − 2.5", "all_points", "至少 0 分", "At least 0 points"),
        ("best_of: 合作", "prizes", "只计得分最高的 2 项", "Only the 2 with the most points count"),
        ("best_of: 合作", "place", "取其中最高的一项", "The highest of them counts"),
        ("weakest_counts: 9", "chain", "取其中最低的一项", "The lowest of them counts"),
        ("bonus_pool: 三项", "bonus", "加在满分之外", "on top of the maximum"),
        ("bonus_pool: 三项", "bonus", "至多 10 分", "At most 10 points"),
        ("divisor: （400 + 250 + 200", "total_points", "再除以 10", "Then divided by 10"),
        ("weights: 0.35", "left", "上一级按 0.35 倍计", "It counts 0.35 times in the level above"),
        ("weights: 0.35", "c", "上一级按 2 倍计", "It counts 2 times in the level above"),
        ("not_applicable_fixed: 乙不", "b", "所答：不计", "Answered: not counted"),
        ("not_applicable_reduced: 乙一不适用：", "right", "其分值从满分中扣除", "out of the maximum as well"),
        ("not_applicable_rescaled: 丙", "all_points", "其余按比例折算至原满分", "scaled up to the full maximum"),
        ("stages: 设计", "b", "仅在“已投入运营：是”时计分", "It counts only where 已投入运营: yes"),
        ("stages: 设计", "b", "已投入运营：否（要求：是）", "已投入运营: no (required: yes)"),
        ("stages: 设计", "c", "所在指标不适用", "Its indicator does not apply"),
        ("stages: 设计", "running", "运营：不适用", "运营: it does not apply"),
        ("stages: 阶段未知", "b", "暂按适用处理", "it counts as applying"),
        ("sheets: 大厅", "kitchen_grade", "厨房等级：B", "厨房等级: B"),
        ("two_tables: 80", "mark", "信用标识：黄标～绿标", "信用标识: 黄标–绿标"),
    ],
)
def test_mechanisms_are_told_in_words(start: str, key: str, zh: str, en: str) -> None:
    [worked] = [worked for name, worked in MECHANISMS.items() if name.startswith(start)]
    result = worked_result(worked)
    assert zh in text(explain(result, key), "zh")
    assert en in text(explain(result, key), "en")


# Parts that were set aside are named with what becomes of their points; a row set aside says that it loses its own.
def test_what_does_not_apply_is_told(assess: Assess) -> None:
    parts = {"selection_controlled": "met", "products_lawful": "unmet", "products_inspected": "not_applicable"}
    result = assess({"product_quality_control": {"parts": parts}, "advance_approval": "not_applicable"})
    told = "\n".join(lines(explain(result, "product_quality_control"), "en"))
    assert "products subject to quarantine or testing pass it: does not apply; the others share its points" in told
    assert "(worth 5): met" in told
    told = "\n".join(lines(explain(result, "37"), "zh"))
    assert "不适用，该行 5 分不得分，满分仍为 500 分" in told


# Years counted from a date say from which day to which; years given outright were not counted.
def test_how_years_are_counted_is_told(assess: Assess) -> None:
    counted = assess({}, {"opened": "2023-05"}, as_of="2024-12-31")
    for name in ("operation", "builder_and_opening"):
        told = "\n".join(lines(explain(counted, name), "en"))
        assert "from the last day of 2023-05 (no day is given) to the reference day, 2024-12-31" in told
    given = assess({}, {"years_in_operation": 2, "opened": "2022-12-31"}, as_of="2024-12-31")
    assert "reference day" not in "\n".join(lines(explain(given, "operation"), "en"))
