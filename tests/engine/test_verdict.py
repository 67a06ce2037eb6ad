"""The verdict: one sentence in each language, that says neither more nor less than the numbers do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lsstd import Result, Standard, load_standard
from lsstd.engine.narrative import narrative
from lsstd.engine.verdict import notices, provenance, self_assessment, shown_grades, verdict
from lsstd.words import Text

SELF = self_assessment(load_standard("hlj-base-evaluation"))
Assess = Callable[..., Result]

ELIGIBLE = {
    "years_in_operation": 2,
    "registered_in_heilongjiang": True,
    "independent_legal_person": True,
    "office_area": 2000,
    "ecommerce_firms": 20,
    "live_rooms": 20,
    "signed_anchors": 40,
    "online_retail_10k_yuan": 2000,
    "honest_operation": True,
    "taxes_paid_lawfully": True,
    "no_major_violation": True,
    "data_falsified": False,
}


def half(standard: Standard, share: float) -> dict[str, Any]:
    """Answer every scored row with a share of its points."""
    return {
        row.id: {"score": float(row.max_score or 0) * share}
        for row in standard.scored_rows
        if row.id != "live_room_count"
    }


# A full sheet: what is secured, the grade, that it stands by the self-assessment, and what the next one takes.
def test_a_grade_that_stands(assess: Assess, standard: Standard) -> None:
    facts = {**ELIGIBLE, "years_in_operation": None, "opened": "2020-01-01"}
    result = assess({**half(standard, 0.5), "builder_and_opening": {"score": 2.5}}, facts, as_of="2024-12-31")
    assert verdict(result).zh == "得分 252.5（满分 500），未达到任何等级；距 A 级还差 47.5 分。" + SELF.zh
    better = assess({**half(standard, 0.8), "builder_and_opening": {"score": 4}}, facts, as_of="2024-12-31")
    told = "得分 401（满分 500），AAA 级；申报条件均已满足，自评等级为 AAA 级；距 AAAA 级还差 49 分以上（须超过该线）。"
    assert verdict(better).zh == told + SELF.zh
    assert verdict(better).en == (
        "401 of 500 points, grade AAA; the conditions hold, so the self-assessed grade is AAA; "
        f"grade AAAA needs more than 49 further points. {SELF.en}"
    )


# With unknowns, both ends of the score and both grades are told.
def test_both_ends_are_told(assess: Assess, standard: Standard) -> None:
    answers = {**half(standard, 0.8), "honest_trading": "unknown"}  # 396 + 5, less 16, up to 20 more
    told = verdict(assess(answers, ELIGIBLE))
    assert told.zh.startswith("确定得分 385（满分 500），AA 级；待核实项全部得分时 405 分，AAA 级；")
    assert told.en.startswith("385 of 500 points are secured, grade AA; with every unknown granted 405, grade AAA; ")
    nothing = verdict(assess({row.id: "unmet" for row in standard.scored_rows if row.id != "certifications"}))
    assert "仍未达到任何等级" in nothing.zh
    assert "still no grade" in nothing.en


# Whoever is not eligible hears which conditions failed, and of no award, whatever else is open.
def test_failed_conditions_are_named(assess: Assess, standard: Standard) -> None:
    result = assess(half(standard, 1), {**ELIGIBLE, "signed_anchors": 19, "office_area": 999, "honest_operation": None})
    assert "不符合申报条件：5.1.3 办公面积、5.1.4 规模" in verdict(result).zh
    assert "not eligible: 5.1.3 office floor area, 5.1.4 size" in verdict(result).en
    assert "自评等级为" not in verdict(result).zh


# What is undecided is named as such; what is decided is not.
def test_open_conditions_are_named(assess: Assess, standard: Standard) -> None:
    told = verdict(assess(half(standard, 1), {**ELIGIBLE, "signed_anchors": None}))
    assert "待核实：规模，暂无自评等级" in told.zh
    assert "no self-assessed grade yet, undecided: size" in told.en
    told = verdict(assess(half(standard, 1), {**ELIGIBLE, "data_falsified": None}))
    assert "能否参评待核实：数据造假（4.2.2）" in told.zh
    assert "自评等级为" not in told.zh


# Who is disqualified hears that first, and no grade, no gap, no distance to one; a veto that is open is told as open.
def test_a_veto_is_told_first_and_no_distance(assess: Assess, standard: Standard) -> None:
    results = [assess(half(standard, 0.8), {**ELIGIBLE, "data_falsified": value}) for value in (True, None, False)]
    assert [result.disqualified for result in results] == [True, None, False]
    assert [result.to_dict()["disqualified"] for result in results] == [True, None, False]
    barred, undecided, cleared = results
    told = verdict(barred)
    assert told.zh == f"取消参评资格：数据造假（4.2.2）；确定得分 401（满分 500），不据以确定等级。{SELF.zh}"
    assert told.en.startswith("Disqualified from taking part: falsified data (4.2.2); 401 of 500 points are secured")
    assert (barred.eligible, barred.distance_up, barred.cushion_down, barred.gaps) == (True, None, None, ())
    assert barred.to_dict()["grade"] == {
        **dict(zip(("secured", "possible", "awarded"), ("AAA", "AAA", None), strict=True)),
        "shown": dict.fromkeys(("secured", "possible", "awarded"), "取消参评资格"),
    }
    texts = " ".join(text.zh + text.en for text in (*narrative(barred), *notices(barred)))
    assert not re.search("AAA|申报条件均已满足|conditions are met|下限|further points", texts)
    assert notices(barred)[0].zh == "取消参评资格：数据造假（4.2.2）。"
    assert notices(undecided)[0].zh == "能否参评待核实：数据造假（4.2.2）。"
    assert undecided.to_dict("en")["grade"]["shown"]["awarded"] == "undecided"
    assert narrative(undecided)[0].zh.startswith("评定等级前待核实的事项：4.2.2")
    assert len(notices(cleared)) == 1
    assert cleared.distance_up
    assert cleared.gaps


# Whose word decides comes from the standard's procedure; where none is given, that alone is told.
def test_who_decides_is_data(standard: Standard) -> None:
    assert "8.3.3" in SELF.zh
    assert "9.3" in SELF.en
    steps = {key: step.model_copy(update={"decides": None}) for key, step in standard.procedure.items()}
    silent = standard.model_copy(update={"procedure": steps})
    assert self_assessment(silent).zh == "本结果为自评，不是正式评定结果。"


# The words printed for a grade; what is shown where a condition fails is a choice that changes no number.
def test_words_for_grades(assess: Assess, standard: Standard) -> None:
    failed = assess(half(standard, 0.8), {**ELIGIBLE, "signed_anchors": 19})
    reported = replace(failed, condition_failed="report")
    assert {**failed.to_dict(), "grade": None} == {**reported.to_dict(), "grade": None}
    assert shown_grades(failed)["secured"] == Text("AAA 级", "AAA")
    assert shown_grades(failed)["awarded"] == Text("无等级（不符合申报条件）", "no grade (not eligible)")
    assert shown_grades(reported)["awarded"].zh == "仅按得分为 AAA 级；未满足：5.1.4 规模"
    assert "5.1.4 size; by score alone it would be grade AAA" in verdict(reported).en
    assert shown_grades(assess(half(standard, 0.5), ELIGIBLE))["awarded"].zh == "无等级"


# A gate that is not passed is told where the row without points is read as one.
def test_a_gate_is_told(assess: Assess, standard: Standard) -> None:
    answers = {**half(standard, 1), "legal_compliance": "unmet"}
    assert "门槛项" in verdict(assess(answers, ELIGIBLE, {"unscored_row": "gate"})).zh
    assert "门槛项" not in verdict(assess(answers, ELIGIBLE)).zh


# The highest grade has no next one.
def test_the_highest_grade_has_no_next(assess: Assess, standard: Standard) -> None:
    result = assess(half(standard, 1), ELIGIBLE)
    assert result.distance_up is None
    assert verdict(result).zh.endswith(f"自评等级为 AAAA 级。{SELF.zh}")


# Provenance names the standard with its edition and file, the reference day, every reading used, and the version.
def test_provenance(assess: Assess, standard: Standard) -> None:
    result = assess(readings={"rounding": "total"}, as_of="2024-12-31")
    told = dict(provenance(result, "en"))
    assert told["Standard"] == "hlj-base-evaluation (draft)"
    assert told["SHA-256 of its file"] == standard.sha256[:16]
    assert len(standard.sha256) == 64
    assert told["Reference day"] == "2024-12-31"
    assert all(f"{key}: {option}" in told["Readings used"] for key, option in result.readings.items())
    assert told["Software"].startswith("lsstd 0.")
