"""The verdict: one sentence in each language, that says neither more nor less than the numbers do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsstd import Result, Standard
from lsstd.engine.verdict import provenance, verdict

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


# A full sheet: what is secured, the grade, that it can be awarded, and what the next one takes.
def test_a_grade_that_can_be_awarded(assess: Assess, standard: Standard) -> None:
    facts = {**ELIGIBLE, "years_in_operation": None, "opened": "2020-01-01"}
    result = assess({**half(standard, 0.5), "builder_and_opening": {"score": 2.5}}, facts, as_of="2024-12-31")
    assert verdict(result).zh == "得分 252.5（满分 500），未达到任何等级；距 A 级还差 47.5 分。"
    better = assess({**half(standard, 0.8), "builder_and_opening": {"score": 4}}, facts, as_of="2024-12-31")
    assert verdict(better).zh == (
        "得分 401（满分 500），AAA 级；申报条件与否决项均已满足，可授予该等级；距 AAAA 级还差 49 分以上（须超过该线）。"
    )
    assert verdict(better).en == (
        "401 of 500 points, grade AAA; the conditions hold, so the grade can be awarded; "
        "grade AAAA needs more than 49 further points."
    )


# With unknowns, both ends of the score and both grades are told.
def test_both_ends_are_told(assess: Assess, standard: Standard) -> None:
    answers = {**half(standard, 0.8), "honest_trading": "unknown"}  # 396 + 5, less 16, up to 20 more
    told = verdict(assess(answers, ELIGIBLE))
    assert told.zh.startswith("确定得分 385（满分 500），AA 级；未知项全部得分时 405 分，AAA 级；")
    assert told.en.startswith("385 of 500 points are secured, grade AA; with every unknown granted 405, grade AAA; ")
    nothing = verdict(assess({row.id: "unmet" for row in standard.scored_rows if row.id != "certifications"}))
    assert "仍无等级" in nothing.zh
    assert "still no grade" in nothing.en


# Whoever is not eligible hears which conditions failed, and of no award, whatever else is open.
def test_failed_conditions_are_named(assess: Assess, standard: Standard) -> None:
    result = assess(half(standard, 1), {**ELIGIBLE, "signed_anchors": 19, "office_area": 999, "honest_operation": None})
    assert "不符合申报条件：5.1.3 办公面积、5.1.4 规模" in verdict(result).zh
    assert "not eligible: 5.1.3 office floor area, 5.1.4 size" in verdict(result).en
    assert "可授予" not in verdict(result).zh


# What is undecided is named as such; what is decided is not.
def test_open_conditions_are_named(assess: Assess, standard: Standard) -> None:
    told = verdict(assess(half(standard, 1), {**ELIGIBLE, "signed_anchors": None}))
    assert "尚待确定：规模，暂不授予等级" in told.zh
    assert "no grade is awarded yet, undecided: size" in told.en
    told = verdict(assess(half(standard, 1), {**ELIGIBLE, "data_falsified": None}))
    assert "尚待确定：数据造假，暂不授予等级" in told.zh


# A veto that is proven is told as a veto, not as something still to be decided.
def test_a_proven_veto_is_no_open_question(assess: Assess, standard: Standard) -> None:
    told = verdict(assess(half(standard, 1), {**ELIGIBLE, "data_falsified": True}))
    assert "否决项：数据造假，不授予等级" in told.zh
    assert "no grade is awarded: falsified data" in told.en
    assert "尚待确定" not in told.zh


# A gate that is not passed is told where the row without points is read as one.
def test_a_gate_is_told(assess: Assess, standard: Standard) -> None:
    answers = {**half(standard, 1), "legal_compliance": "unmet"}
    assert "门槛项" in verdict(assess(answers, ELIGIBLE, {"unscored_row": "gate"})).zh
    assert "门槛项" not in verdict(assess(answers, ELIGIBLE)).zh


# The highest grade has no next one.
def test_the_highest_grade_has_no_next(assess: Assess, standard: Standard) -> None:
    result = assess(half(standard, 1), ELIGIBLE)
    assert result.distance_up is None
    assert verdict(result).zh.endswith("可授予该等级。")


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
