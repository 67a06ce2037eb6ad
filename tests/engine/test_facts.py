"""Facts: years counted from dates, demands, quantities that may be one, checks of one fact against another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lsstd import Assessment, Result, Standard, evaluate, load_standard
from lsstd.assessment.assessment import FactEntry, years_between
from lsstd.engine.catalogue import fact_list, fields_for, not_asked, purposes
from lsstd.engine.facts import all_of, tell_test
from lsstd.exact import shown
from lsstd.standard.wording import required_text, value_text
from lsstd.words import Text

Assess = Callable[..., Result]
STATES = st.sampled_from(["met", "unmet", "unknown"])


# Years are counted in whole months; a month is whole on its day, or on the last day of a month that is too short.
@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2023-12-31", "2024-12-31", 12),  # to the day
        ("2024-01-01", "2024-12-31", 11),  # a day short of a year
        ("2023-12-15", "2024-12-14", 11),
        ("2023-12-15", "2024-12-15", 12),
        ("2024-02-29", "2025-02-28", 12),  # no 29 February that year
        ("2024-02-29", "2025-02-27", 11),
        ("2024-02-29", "2028-02-28", 47),  # there is one that year
        ("2024-02-29", "2028-02-29", 48),
        ("2024-01-31", "2024-02-29", 1),  # the month ends on the 29th
        ("2024-01-31", "2024-04-30", 3),
        ("2024-01-30", "2024-02-28", 0),
        ("2024-06-15", "2024-06-15", 0),
        ("2024-06-15", "2024-06-10", -1),  # opens only after the reference day
        ("2025-06-15", "2024-06-15", -12),
        ("2023-05", "2024-05-31", 12),  # a month counts from its last day
        ("2023-05", "2024-05-30", 11),
        ("2023-02", "2024-02-29", 12),
        ("2023-02", "2024-02-28", 12),  # 2023-02-28 is that last day
        ("2024-02", "2025-02-28", 12),
        ("1999-12-31", "2024-12-31", 300),
    ],
)
def test_years_are_counted_in_whole_months(start: str, end: str, months: int) -> None:
    assert years_between(start, end) == Fraction(months, 12)


# A later start never counts more years, a later reference day never fewer.
@given(days=st.lists(st.dates().map(str), min_size=3, max_size=3).map(sorted))
def test_years_run_one_way(days: list[str]) -> None:
    first, middle, last = days
    assert years_between(first, last) >= years_between(middle, last)
    assert years_between(first, last) >= years_between(first, middle)


# Where the day of a start is not known, it is taken as late as it can be.
@given(day=st.dates().map(str), end=st.dates().map(str))
def test_an_unknown_day_is_the_last_of_its_month(day: str, end: str) -> None:
    assume(day <= end)
    assert years_between(day[:7], end) <= years_between(day, end)


# Several demands together: one that fails fails them, and all must be met.
@given(st.lists(STATES))
def test_demands_together(states: list[Any]) -> None:
    found = all_of(states)
    assert (found == "unmet") == ("unmet" in states)
    assert (found == "met") == (set(states) <= {"met"})


# Each operator compares as it is printed, on the line and beside it.
@pytest.mark.parametrize(
    ("fact", "value", "state"),
    [
        ("stalls", 20, "unmet"),
        ("stalls", 21, "met"),
        ("noise_db", 55.5, "met"),
        ("noise_db", 55.51, "unmet"),
        ("waste_share", 4.99, "met"),
        ("waste_share", 5, "unmet"),
        ("fires", 0, "met"),
        ("fires", 1, "unmet"),
    ],
)
def test_operators(assess: Assess, made_up: Standard, fact: str, value: float, state: str) -> None:
    result = assess(facts={fact: value}, against=made_up)
    tests = [test for found in result.conditions.values() for test in found.tests]
    tests += [part.test for row in result.criteria.values() for part in row.parts if part.test]
    assert [test.state for test in tests if test.fact == fact] == [state]


# A threshold is compared exactly: three tenths are not a hair more, as they would be in binary.
def test_thresholds_are_compared_exactly(assess: Assess) -> None:
    assert assess(facts={"office_area": 999.9999999999999}).conditions["area"].state == "unmet"
    assert assess(facts={"office_area": 1000.0}).conditions["area"].state == "met"


# A test tells what was found and what is required, in both languages, with the unit.
def test_a_test_is_told(assess: Assess, standard: Standard) -> None:
    [test] = assess(facts={"online_retail_10k_yuan": 999.5}).conditions["retail"].tests
    told = tell_test(standard, test)
    assert told.zh == "上一年度网络零售额：999.5 万元（要求：≥ 1000 万元）"
    assert told.en == "online retail sales of the previous year: 9.995 million yuan (required: ≥ 10 million yuan)"
    [unknown] = assess().conditions["retail"].tests
    assert "未填" in tell_test(standard, unknown).zh
    assert "not given" in tell_test(standard, unknown).en


# Values are shown as people write them: yes and no, lists, numbers with their unit, nothing as not given.
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, Text("是", "yes")),
        (False, Text("否", "no")),
        (None, Text("未填", "not given")),
        (Fraction(25, 2), Text("12.5 m²", "12.5 m²")),
        ("2021-05", Text("2021-05", "2021-05")),
        (("a", "b"), Text("a、b", "a, b")),
    ],
)
def test_values_are_told(value: Any, told: Text) -> None:
    assert value_text(value, Text("m²", "m²")) == told


# English tells amounts of money in words that a reader knows, one thing in the singular, a share without a blank.
@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (1000, Text("万元", "10,000 yuan"), "10 million yuan"),
        (5200, Text("万元", "10k yuan"), "52 million yuan"),
        (Fraction(19991, 20), Text("万元", "10,000 yuan"), "9.9955 million yuan"),
        (Fraction(-3, 2), Text("万元", "10,000 yuan"), "-15,000 yuan"),
        (123456789, Text("万元", "× 10,000 yuan"), "1.23456789 trillion yuan"),
        (49168, Text("亿元", "100 million yuan"), "4.9168 trillion yuan"),
        (1, Text("年", "years"), "1 year"),
        (2, Text("年", "years"), "2 years"),
        (Fraction(-1, 2), Text("年", "years"), "-0.5 years"),
        (1, Text("家", "bodies"), "1 body"),
        (1, Text("人", "people"), "1 person"),
        (1200, Text("m²", "m²"), "1,200 m²"),
        (Fraction(45, 2), Text("%", "%"), "22.5%"),
    ],
)
def test_quantities_in_english(value: Any, unit: Text, told: str) -> None:
    assert value_text(value, unit).en == told
    assert value_text(value, unit).zh == f"{shown(value)}{'' if unit.zh == '%' else ' '}{unit.zh}"


# A demand shows its sign; a claim needs none.
def test_demands_are_told() -> None:
    assert required_text("<=", 5, None) == Text("≤ 5", "≤ 5")
    assert required_text(">", Fraction(1, 2), Text("年", "years")) == Text("> 0.5 年", "> 0.5 years")
    assert required_text("==", True, None) == Text("是", "yes")


# Quantities that are named differently stay apart; that they may be one is told, and only a reading makes them one.
def test_same_quantity_is_suggested_never_assumed(assess: Assess) -> None:
    suggested = assess(facts={"base_area": 5000})
    assert suggested.conditions["area"].state == "unknown"
    [finding] = [finding for finding in suggested.findings if finding.code == "same_quantity"]
    assert "核心区域内用于电商机构办公的总体建筑面积" in finding.message.zh
    assert "equate" in finding.message.en
    assert "5.1.3" in finding.clause

    equated = assess(facts={"base_area": 5000}, readings={"same_quantity": "equate"})
    assert equated.conditions["area"].state == "met"
    assert equated.conditions["area"].tests[0].found == 5000
    assert [finding.message.zh for finding in equated.findings if "视为同一" in finding.message.zh]


# Nothing is suggested where nothing is missing, and nothing is taken as one where the values differ.
def test_same_quantity_keeps_what_is_given(assess: Assess) -> None:
    both = {"office_area": 900, "base_area": 5000, "core_area": 5000}
    assert "same_quantity" not in [finding.code for finding in assess(facts=both).findings]
    equated = assess(facts=both, readings={"same_quantity": "equate"})
    assert equated.conditions["area"].state == "unmet"
    assert [finding.code for finding in equated.findings].count("same_quantity") == 1


# A number of years that its date cannot bear out is told; one that leaves out part of a year is not.
@pytest.mark.parametrize(
    ("years", "told"), [(3, True), (2, False), (1.5, False), (1.42, False), (1.41, True), (2.42, True), (0, True)]
)
def test_years_are_checked_against_their_date(assess: Assess, years: float, told: bool) -> None:
    facts = {"opened": "2022-07-31", "years_in_operation": years}  # 2 5/12 years
    findings = assess(facts=facts, as_of="2024-12-31").findings
    assert ("cross_check" in [finding.code for finding in findings]) is told


# A part that is more than its whole, and a share over 100 %, are told with both numbers; as much as the whole is not.
def test_facts_are_checked_against_each_other(assess: Assess) -> None:
    wrong = assess(facts={"ecommerce_firms": 12, "firms": 11})
    [finding] = [finding for finding in wrong.findings if finding.code == "cross_check"]
    assert "12" in finding.message.zh
    assert "11" in finding.message.zh
    assert finding.clause == "A.1"
    right = assess(facts={"ecommerce_firms": 11, "firms": 11})
    assert "cross_check" not in [finding.code for finding in right.findings]


# Without a reference day nothing is counted from dates.
def test_without_a_reference_day_nothing_is_counted(assess: Assess) -> None:
    assert assess(facts={"opened": "2000-01-01"}).conditions["operation"].state == "unknown"
    assert assess(facts={"opened": "2000-01-01"}, as_of="2024-12-31").conditions["operation"].state == "met"


# --- the census: one fact, typed once ---


def entries(result: Result) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in fact_list(result, "zh")}


# One fact, typed once, appears in the condition, the row and the form.
def test_a_fact_is_listed_with_all_its_uses(assess: Callable[..., Result]) -> None:
    rooms = entries(assess(facts={"live_rooms": 14}))["live_rooms"]
    assert {place.split(".")[0] for place in rooms["used"]} == {"conditions", "criteria", "form"}
    assert (rooms["value"], rooms["contradictions"], rooms["same_as"]) == (14, [], [])


# What each field of the form is for: one class each, names and contacts their own; rows and conditions many to many.
def test_purposes_of_form_fields(standard: Standard) -> None:
    found = purposes(standard)
    counts = Counter(purpose.kind for purpose in found.values())
    assert counts == {"decides": 4, "equated": 5, "informs": 27, "form": 21, "contact": 21}
    assert found["opened"].decides == ("conditions.operation", "criteria.builder_and_opening")
    assert found["anchors"].equated == ("conditions.scale",)
    assert found["farm_certifications"].informs == ("criteria.certifications",)
    assert found["head_phone"].places == ()
    deciding = [purpose.field.id for purpose in fields_for(purposes(standard), "criteria.business_statistics")]
    assert deciding == ["statistics_monitoring", "statistics_reports", "report_cycle", "information_submitted"]
    assert fields_for(purposes(standard), "criteria.live_room_count")[0].field.id == "live_rooms"
    assert {"office_area", "signed_anchors", "base_area"} <= {fact.id for fact in not_asked(standard)}
    assert "live_rooms" not in {fact.id for fact in not_asked(standard)}


# A sub-total above its total contradicts both facts, with the clause and the message of the finding.
def test_a_sub_total_above_its_total(assess: Callable[..., Result]) -> None:
    listed = entries(assess(facts={"firms": 10, "ecommerce_firms": 26, "live_rooms": 14}))
    for fact in ("firms", "ecommerce_firms"):
        assert [(found["code"], found["clause"]) for found in listed[fact]["contradictions"]] == [
            ("cross_check", "A.1")
        ]
    assert not listed["live_rooms"]["contradictions"]


# A share above 100 % contradicts itself, and so do years that the date of opening does not bear out.
def test_a_fact_against_a_number_or_a_date(assess: Callable[..., Result]) -> None:
    listed = entries(
        assess(facts={"shared_area_share": 120, "opened": "2020-09", "years_in_operation": 9}, as_of="2024-12-31")
    )
    assert len(listed["shared_area_share"]["contradictions"]) == 1
    assert len(listed["years_in_operation"]["contradictions"]) == 1


# A row claimed met against its own number contradicts the number that fails, not those beside it.
def test_a_row_against_its_own_number(assess: Callable[..., Result]) -> None:
    facts = {"contests_and_campaigns": 6, "contracted_service_agencies": 2}
    listed = entries(assess({"daily_management": "met"}, facts))
    assert [found["code"] for found in listed["contracted_service_agencies"]["contradictions"]] == ["contradiction"]
    assert not listed["contests_and_campaigns"]["contradictions"]
    listed = entries(assess({"live_room_count": "unmet"}, {"live_rooms": 14}))
    assert [found["code"] for found in listed["live_rooms"]["contradictions"]] == ["contradiction"]
    parts = {"enough_contests": "unmet", "enough_service_agencies": "unmet"}
    listed = entries(assess({"daily_management": {"parts": parts}}, facts))
    assert [found["code"] for found in listed["contests_and_campaigns"]["contradictions"]] == ["contradiction"]
    assert not listed["contracted_service_agencies"]["contradictions"]


# A credit code whose check digit is wrong contradicts itself.
def test_a_wrong_credit_code(standard: Standard, assess: Callable[..., Result]) -> None:
    given = assess(facts={"operator_code": "91230100MA18XXXXX1"}).assessment
    assert [found["code"] for found in entries(evaluate(standard, given))["operator_code"]["contradictions"]] == [
        "cross_check"
    ]


# Facts that may be the same are named with each other, whichever are given and whatever the reading.
@pytest.mark.parametrize("reading", ["suggest", "equate"])
def test_facts_that_may_be_the_same(reading: str, assess: Callable[..., Result]) -> None:
    listed = entries(assess(facts={"signed_anchors": 33}, readings={"same_quantity": reading}))
    assert listed["signed_anchors"]["same_as"] == ["anchors"]
    assert listed["anchors"]["same_as"] == ["signed_anchors"]
    assert listed["anchors"]["value"] == (33 if reading == "equate" else None)
    assert listed["resident_agencies"]["same_as"] == ["ecommerce_firms", "firms"]


# A share of 1 in a percentage, or more than the whole, is asked about once; what is typed still counts as typed.
# The finding names the clause of the row that asks for it.
@pytest.mark.parametrize(
    ("value", "asked"),
    [("0.12", "0.12 counts as 0.12%; if 12% is meant, enter 12"), ("320", "but"), ("12", ""),
     ("0", ""), ("100", ""), ("1", "")],
)  # fmt: skip
def test_percentages_in_doubt(value: str, asked: str) -> None:
    standard = load_standard("hlj-base-evaluation")
    given = FactEntry(value=Fraction(value))
    result = evaluate(standard, Assessment(standard=standard.standard, facts={"shared_area_share": given}))
    told = [finding for finding in result.findings if finding.code == "cross_check"]
    assert [asked in finding.message.en for finding in told] == ([True] if asked else [])
    assert {finding.clause for finding in told} <= {"B.1"}
