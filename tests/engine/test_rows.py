"""One row: what is answered and what facts say, held together; the cases in tests/cases say the same in numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsstd import Result, Standard
from lsstd.engine.rows import agreed

Assess = Callable[..., Result]
SPANS = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted).map(tuple)


def row(result: Result, key: str) -> tuple[Any, Any, bool]:
    found = result.criteria[key]
    return found.secured, found.possible, found.contradiction


# Two spans agree where they overlap; if they do not, the span from one to the other is what is left open.
@given(one=SPANS, other=SPANS)
def test_spans_agree_or_contradict(one: tuple[int, int], other: tuple[int, int]) -> None:
    found = agreed(one, other)
    overlap = [n for n in range(10) if one[0] <= n <= one[1] and other[0] <= n <= other[1]]
    assert found[0] <= found[1]
    assert found == agreed(other, one)
    if overlap:
        assert found == (overlap[0], overlap[-1])
    else:
        assert found == (min(one[1], other[1]), max(one[0], other[0]))


# The parts of a row share its points equally, and the shares add up to the row.
def test_shares_add_up(assess: Assess) -> None:
    for found in assess().criteria.values():
        if found.parts:
            assert sum(part.share for part in found.parts) == 1
            assert {part.share for part in found.parts} == {Fraction(1, len(found.parts))}


# A fact that fails one demand of several: more points never secure less, and beyond what is left they contradict it.
def test_points_against_a_failed_threshold(assess: Assess) -> None:
    facts = {"policy_study_events": 5}  # one of two demands of a row of 15: 7.5 are left
    spans = [
        row(assess({"plans_and_policy_study": {"score": s}}, facts), "plans_and_policy_study")
        for s in (0, 7.5, 8, 14.9, 15)
    ]
    assert spans == [
        (0, 0, False),
        (Fraction(15, 2), Fraction(15, 2), False),
        (Fraction(15, 2), 8, True),
        (Fraction(15, 2), Fraction(149, 10), True),
        (Fraction(15, 2), 15, True),
    ]


# The credit that points get does not depend on how parts are credited, even where a fact fails one of them.
@pytest.mark.parametrize("reading", ["shares", "all"])
def test_points_bypass_the_credit_for_parts(assess: Assess, reading: str) -> None:
    readings = {"compound_rows": reading}
    assert (
        row(assess({"live_equipment": {"score": 7.5}}, None, readings), "live_equipment")[:2] == (Fraction(15, 2),) * 2
    )
    result = assess({"plans_and_policy_study": {"score": 7}}, {"policy_study_events": 5}, readings)
    assert row(result, "plans_and_policy_study") == (7, 7, False)


# Where facts decide every demand alike they settle the row; points or ranges beside that contradict them.
@pytest.mark.parametrize(
    ("rooms", "answer", "span"),
    [
        (10, {"range": [0, 5]}, (5, 5, False)),
        (10, {"range": [1, 3]}, (1, 5, True)),
        (9, {"range": [0, 3]}, (0, 0, False)),
        (9, {"range": [1, 3]}, (0, 3, True)),
        (10, {"score": 5}, (5, 5, False)),
        (10, {"score": 0}, (0, 5, True)),
        (9, {"chances": {"0": 0.5, "5": 0.5}}, (0, 0, False)),
        (9, {"chances": {"2": 0.5, "5": 0.5}}, (0, 5, True)),
        (None, {"range": [1, 3]}, (1, 3, False)),
    ],
)
def test_points_against_settled_rows(assess: Assess, rooms: int | None, answer: Any, span: Any) -> None:
    assert row(assess({"live_room_count": answer}, {"live_rooms": rooms}), "live_room_count") == span


# Under all-or-nothing one failed demand decides the row; what is unknown of the others no longer matters.
def test_all_or_nothing(assess: Assess) -> None:
    readings = {"compound_rows": "all"}
    parts = ["sales_service_safeguards", "after_sales_feedback", "after_sales_accountability", "after_sales_complaints"]
    for states, span in (
        (["met"] * 4, (10, 10, False)),
        (["met"] * 3, (0, 10, False)),
        (["unmet"], (0, 0, False)),
        (["met", "met", "met", "unmet"], (0, 0, False)),
    ):
        answer = {"parts": dict(zip(parts, states, strict=False))}
        assert row(assess({"after_sales": answer}, {"improvement_service_events": 4}, readings), "after_sales") == span


# A row of another standard is scored by the same rules: other points, strict thresholds, its own rounding step.
def test_another_standard(assess: Assess, made_up: Standard) -> None:
    facts = {"stalls": 21, "noise_db": 50, "waste_share": 5}
    result = assess(
        {"quiet": {"parts": {"on_time": "met"}}, "charm": {"score": 3.3}},
        facts,
        {"compound_rows": "shares"},
        against=made_up,
    )
    assert row(result, "enough_stalls") == (Fraction(5, 2), Fraction(5, 2), False)
    assert row(result, "quiet") == (Fraction(5, 3), Fraction(5, 3), False)
    rounded = assess({"charm": {"score": 3.3}}, facts, {"rounding": "row"}, against=made_up)
    assert row(rounded, "charm") == (Fraction(7, 2), Fraction(7, 2), False)
