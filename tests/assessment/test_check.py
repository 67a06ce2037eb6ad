"""Taking in an assessment: what may be answered, where the limits lie, and nothing that is typed crashes it."""

from __future__ import annotations

from typing import Any

import pytest

from lsstd import Standard
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile


def taken(standard: Standard, **sections: Any) -> Any:
    return parse_assessment(standard, {"standard": standard.standard, **sections})


def places(standard: Standard, **sections: Any) -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        taken(standard, **sections)
    assert "internal" not in caught.value.to("en")
    return [problem.where for problem in caught.value.problems]


# Points may be anything from zero to the row's maximum, both included, and nothing beyond by the least bit.
@pytest.mark.parametrize(
    ("score", "fits"), [(0, True), (5, True), (4.999999, True), (5.000001, False), (-0.000001, False)]
)
def test_points_have_limits(standard: Standard, score: float, fits: bool) -> None:
    for answer in ({"score": score}, {"range": sorted((score, 2))}, {"chances": [[score, 1]]}):
        if fits:
            assert taken(standard, answers={"village_rooms": answer}).answers["village_rooms"].form in answer
        else:
            assert places(standard, answers={"village_rooms": answer}) == [
                f"answers.village_rooms.{next(iter(answer))}"
            ]


# Chances sum to one: ten tenths and three rounded thirds do, what was rounded to four digits does not.
@pytest.mark.parametrize(
    ("chances", "fits"),
    [
        ([0.1] * 10, True),
        ([0.3333333333, 0.3333333333, 0.3333333334], True),
        ([0.3333333333] * 3, True),
        ([0.3333] * 3, False),
        ([0.5, 0.6], False),
        ([-0.5, 1.5], False),
        ([], False),
        ([10**400], False),
    ],
)
def test_chances_sum_to_one(standard: Standard, chances: list[Any], fits: bool) -> None:
    answers = {"anchor_training": {"chances": [[score, chance] for score, chance in enumerate(chances)]}}
    if fits:
        assert taken(standard, answers=answers).answers["anchor_training"].chances
    else:
        found = set(places(standard, answers=answers))
        assert found <= {"answers.anchor_training.chances", "answers.anchor_training.chances.0.1"}
        assert len(found) == 1


# Chances name each score once, also where a map writes one score in two ways.
def test_chances_name_each_score_once(standard: Standard) -> None:
    for chances in ([[5, 0.5], [5.0, 0.5]], {"5": 0.5, "5.0": 0.5}):
        assert places(standard, answers={"certifications": {"chances": chances}}) == ["answers.certifications.chances"]


# A day is written as year-month-day, and where the day is not known as year-month; nothing else that Python would take.
@pytest.mark.parametrize("day", ["2024-12-31", "2024-02-29", "2024-12"])
def test_days(standard: Standard, day: str) -> None:
    assert taken(standard, facts={"opened": day}).facts["opened"].value == day


# What is no day (a week, digits alone, a number, a date that no calendar has) is refused.
@pytest.mark.parametrize(
    "day",
    ["2024-W01-1", "2024-13", "2023-02-29", "20241231", "2024-1-1", "2024", "31.12.2024", 2024, True, "２０２４-01"],
)
def test_what_is_no_day(standard: Standard, day: Any) -> None:
    assert places(standard, facts={"opened": day}) == ["facts.opened"]
    assert places(standard, as_of=day or "x") == ["as_of"]


# The reference day is a whole day.
def test_the_reference_day_is_a_whole_day(standard: Standard) -> None:
    assert places(standard, as_of="2024-12") == ["as_of"]
    assert taken(standard, as_of="2024-12-31").as_of == "2024-12-31"


# What stands there empty is unknown: a fact, an answer, its parts, a whole section.
def test_empty_is_unknown(standard: Standard) -> None:
    assert taken(standard, facts=None, answers=None) == taken(standard)
    found = taken(
        standard, facts={"live_rooms": None, "office_area": {}}, answers={"village_rooms": None, "waste_rules": {}}
    )
    assert [entry.value for entry in found.facts.values()] == [None, None]
    assert [answer.state for answer in found.answers.values()] == ["unknown", "unknown"]


# An answer has exactly one form, however many notes it has.
@pytest.mark.parametrize(
    "answer", [{"score": 1, "range": [1, 2]}, {"state": "met", "parts": {}}, {"note": "x"}, {"state": None}]
)
def test_an_answer_has_one_form(standard: Standard, answer: Any) -> None:
    assert places(standard, answers={"village_rooms": answer}) == ["answers.village_rooms"]


# A row without points takes met, unmet or a score of 0; other points, ranges and chances are refused.
@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ("met", True),
        ("unmet", True),
        ({"score": 0}, True),
        ({"parts": {"laws_followed": "met"}}, True),
        ({"score": 1}, False),
        ({"range": [0, 0]}, False),
        ({"chances": [[0, 1]]}, False),
    ],
)
def test_the_row_without_points(standard: Standard, answer: Any, fits: bool) -> None:
    if fits:
        assert "legal_compliance" in taken(standard, answers={"legal_compliance": answer}).answers
    else:
        assert places(standard, answers={"legal_compliance": answer})


# Every row of this standard always applies, and each is answered in points, not levels.
@pytest.mark.parametrize("answer", ["not_applicable", {"parts": {"easy_access": "not_applicable"}}, {"level": 3}])
def test_forms_that_no_row_here_allows(standard: Standard, answer: Any) -> None:
    assert places(standard, answers={"site_and_amenities": answer}) == ["answers.site_and_amenities"]


# Facts are of their kind: counts whole, quantities not negative (a profit may be), claims true or false, texts text.
@pytest.mark.parametrize(
    ("fact", "value", "fits"),
    [
        ("live_rooms", 12, True),
        ("live_rooms", 12.0, True),
        ("live_rooms", 12.5, False),
        ("live_rooms", -1, False),
        ("live_rooms", True, False),
        ("live_rooms", "12", False),
        ("office_area", 1000.5, True),
        ("office_area", 10**30, True),
        ("office_area", float("nan"), False),
        ("profit_10k_yuan", -12.5, True),
        ("honest_operation", True, True),
        ("honest_operation", 1, False),
        ("honest_operation", "yes", False),
        ("base_address", "007", True),
        ("base_address", 7, False),
        ("office_area", [1000], False),
        ("office_area", {"value": {"a": 1}}, False),
    ],
)
def test_facts_are_of_their_kind(standard: Standard, fact: str, value: Any, fits: bool) -> None:
    if fits:
        assert taken(standard, facts={fact: value}).facts[fact].value == value
    else:
        assert places(standard, facts={fact: value})[0].startswith(f"facts.{fact}")


# All that is wrong is told at once: shapes and contents, facts and answers.
def test_all_at_once(standard: Standard) -> None:
    found = places(
        standard,
        subjekt={},
        facts={"live_rooms": "many", "live_room": 3},
        answers={
            "village_rooms": {"score": 99},
            "waste_rules": {"score": "9"},
            "x": "met",
            "site_and_amenities": {"parts": {"y": "met"}},
        },
    )
    assert set(found) == {
        "subjekt",
        "facts.live_rooms",
        "facts.live_room",
        "answers.village_rooms.score",
        "answers.waste_rules.score",
        "answers.x",
        "answers.site_and_amenities.parts.y",
    }


# Absent or empty is unknown, wherever it stands: a part named and left empty, an empty text, an empty section.
def test_empty_within_is_unknown(standard: Standard) -> None:
    given = {
        "standard": standard.standard,
        "subject": None,
        "facts": {"opened": "", "live_rooms": None},
        "answers": {"village_rooms": "", "training_centre": {"parts": {"training_plan": None}}},
    }
    assessment = parse_assessment(standard, given)
    assert assessment.facts["opened"].value is None
    assert assessment.answers["village_rooms"].state == "unknown"
    assert assessment.answers["training_centre"].parts == {"training_plan": "unknown"}
