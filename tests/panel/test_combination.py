"""How scores combine: by hand, at the limits of each rule, in any order."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panel_sheets import STANDARD, sheets

from lsstd import Combination, LsstdError, combine, load_reform, panel
from lsstd.panel.combination import LEVELS, MISSING, RULES
from lsstd.panel.panel_result import PanelResult
from lsstd.panel.sheets import PanelSheet, load_sheet

ROOT = Path(__file__).parents[2]
VILLAGE, HOSTS = "village_rooms", "anchor_training"  # 5 and 20 points, under different indicators; the rest is 475
FLIP = [load_sheet(path) for path in sorted((ROOT / "data" / "panels" / "flip").glob("e*.yaml"))]
THREE = {VILLAGE: 5, HOSTS: 8}, {VILLAGE: 3, HOSTS: 20}, {VILLAGE: 1, HOSTS: 14}  # totals 488, 498, 490


def combined(made: list[Any], **how: Any) -> PanelResult:
    return combine(STANDARD, made, Combination(**how))


# Three experts, by hand: 475 + (5 + 3 + 1)/3 + (8 + 20 + 14)/3 = 492 for the mean at every level; the middle scores are
# 3 and 14 by row, 490 on the totals; a consensus lies between the lowest and the highest.
@pytest.mark.parametrize(
    ("rule", "level", "low", "high"),
    [
        *(("mean", level, 492, 492) for level in LEVELS),
        ("median", "row", 492, 492),
        ("median", "indicator", 492, 492),
        ("median", "total", 490, 490),
        ("trimmed_mean", "row", 492, 492),
        ("trimmed_mean", "total", 490, 490),
        ("consensus", "row", 484, 500),
        ("consensus", "total", 488, 498),
    ],
)
def test_three_experts_by_hand(rule: str, level: str, low: int, high: int, tmp_path: Path) -> None:
    found = combined(sheets(tmp_path, *THREE), rule=rule, level=level, trim_from=3)
    assert (found.score.secured, found.score.possible) == (low, high)
    assert [total.secured for total in found.totals] == [488, 498, 490]


# Groups with shares: within a and within b the mean, then 60 to 40; a group that nobody stands for leaves its share.
def test_groups_by_hand(tmp_path: Path) -> None:
    made = sheets(tmp_path, *THREE, groups="aab")
    found = combined(made, groups={"a": 60, "b": 40})
    assert "; within each group of raters, then by their shares: a: 60, b: 40; " in found.combination.text.en
    assert "by their shares" not in combined(made, rule="consensus", groups={"a": 60, "b": 40}).combination.text.en
    assert found.rows[VILLAGE].secured == Fraction(60 * 4 + 40 * 1, 100)
    assert found.score.secured == 475 + Fraction(28, 10) + 14
    assert combined(made[:2], groups={"a": 60, "b": 40}).score.secured == 475 + 4 + 14
    with pytest.raises(LsstdError, match=r"e3\.yaml expert\.group: b; expected: one of a"):
        combined(made, groups={"a": 1})


# A missing score is left to the others, 22/2, or stays open, from 22/3 to 42/3, at every level.
@pytest.mark.parametrize("level", LEVELS)
def test_missing_scores(level: str, tmp_path: Path) -> None:
    made = sheets(tmp_path, {HOSTS: 8}, {HOSTS: 14}, {HOSTS: None})
    ends = {how: combined(made, level=level, missing=how).score[:2] for how in MISSING}
    assert ends == {"others": (491, 491), "open": (480 + Fraction(22, 3), 494)}
    nobody = sheets(tmp_path, {HOSTS: None}, {HOSTS: None})
    assert combined(nobody, level=level).score[:2] == (480, 500)


# The mean is trimmed from exactly so many scores on; three leave the middle one; less than three cannot be trimmed.
def test_the_trimmed_mean_at_its_limits() -> None:
    scores: list[tuple[str | None, int]] = [(None, score) for score in (1, 10, 4, 6)]
    trimmed = Combination("trimmed_mean", trim_from=4)
    assert trimmed.of(scores) == 5
    assert trimmed.of(scores[:3]) == 5  # (1 + 10 + 4) / 3: too few to trim
    assert Combination("trimmed_mean", trim_from=3).of(scores[:3]) == 4
    assert Combination().of(scores) == Fraction(21, 4)  # the mean never trims silently
    with pytest.raises(LsstdError, match="trim_from: 2; expected: at least 3"):
        Combination("trimmed_mean", trim_from=2)


# What is combined is rounded where the panel combines, halves away from zero, and only there.
def test_rounding(tmp_path: Path) -> None:
    made = sheets(tmp_path, {VILLAGE: 4, HOSTS: 10}, {VILLAGE: 3, HOSTS: 13})
    assert combined(made).score.secured == 475 + Fraction(7, 2) + Fraction(23, 2)
    assert combined(made, rounding=1).score.secured == 475 + 4 + 12
    assert combined(made, rounding=1, level="total").score.secured == 490
    assert "1" in combined(made, rounding=1).combination.text.en


# Wrong names and numbers are told by name, all at once.
def test_combinations_that_do_not_exist() -> None:
    with pytest.raises(LsstdError) as error:
        Combination("meen", level="rows", rounding=float("nan"), groups={"a": float("inf")})  # type: ignore[arg-type]
    assert [problem.where for problem in error.value.problems] == ["rule", "level", "groups.a", "rounding"]


# A row applies unless all who scored it say that it does not; a range keeps its ends; a row without points is settled
# only where all agree.
def test_rows_beyond_points(tmp_path: Path) -> None:
    made = sheets(
        tmp_path,
        {"third_party_services": "not_applicable", HOSTS: {"range": [10, 20]}, "legal_compliance": "met"},
        {"third_party_services": 6, HOSTS: 14, "legal_compliance": "unmet"},
    )
    rows = combined(made).rows
    assert rows["third_party_services"].secured == 6
    assert (rows[HOSTS].secured, rows[HOSTS].possible, rows[HOSTS].state) == (12, 17, "unknown")
    assert rows["legal_compliance"].state == "unknown"
    assert not combined(made[:1]).rows["third_party_services"].applies


# The order of sheets is irrelevant, under every rule at every level.
@settings(max_examples=30)
@given(st.permutations(FLIP), st.sampled_from([*RULES]), st.sampled_from([*LEVELS]))
def test_the_order_of_sheets_is_irrelevant(order: list[PanelSheet], rule: Any, level: Any) -> None:
    one, other = (panel(made, rule=rule, level=level) for made in (FLIP, order))
    assert (one.score, one.grade, one.experts, one.rows) == (other.score, other.grade, other.experts, other.rows)


# A better score of any expert never lowers the total of the panel.
@settings(max_examples=30)
@given(st.integers(0, 4), st.sampled_from([*RULES]), st.sampled_from([*LEVELS]), st.sampled_from([VILLAGE, HOSTS]))
def test_more_points_never_lower_the_total(expert: int, rule: Any, level: Any, row: str) -> None:
    found = panel(FLIP, rule=rule, level=level)
    better = found.rescored({(found.experts[expert], row): STANDARD.criteria[row].max_score or 0})
    assert better.score.secured >= found.score.secured


# One expert alone is the panel: the same points and grade as the sheet by itself, at every level.
@pytest.mark.parametrize("level", LEVELS)
def test_one_expert_alone(level: str) -> None:
    found = panel([ROOT / "data" / "panels" / "flip" / "e2.yaml"], level=level)
    assert (found.score, found.grade) == (found.results[0].score, found.results[0].grade.secured)
    assert found.without == {}


# Under a reform the sheets are scored anew, as assessments are.
def test_a_panel_under_a_reform() -> None:
    found = panel(
        ROOT / "data" / "panels" / "flip", reforms=[load_reform(ROOT / "data" / "reforms" / "rural_weight.yaml")]
    )
    assert found.standard.edition.endswith("rural-weight")
    assert found.score.maximum == 500
