"""The worked cases of tests/cases: small YAML files that a standards officer can sign (see the README there)."""

from __future__ import annotations

from typing import Any

import pytest
from worked_cases import FOLDERS, Worked, mechanism_cases, number, standard_of, worked_cases

from lsstd import Result, evaluate
from lsstd.assessment.check import parse_assessment
from lsstd.exact import exact
from lsstd.standard.bands import Distance
from lsstd.standard.readings import OPTIONS


def result_of(worked: Worked) -> Result:
    return evaluate(worked.standard, parse_assessment(worked.standard, worked.given), worked.readings)


def found_in(result: Result, key: str, name: str = "") -> Any:
    """Look up one expected thing in a result."""
    distance = {"up": result.distance_up, "down": result.cushion_down}
    if key in distance:
        return told(distance[key])
    match key:
        case "score":
            return result.score.secured, result.score.possible
        case "maximum":
            return result.score.maximum
        case "grade":
            return result.grade.secured, result.grade.possible
        case "awarded":
            return result.grade.awarded
        case "eligible":
            return "unknown" if result.eligible is None else result.eligible
        case "findings":
            return sorted({finding.code for finding in result.findings})
        case "conditions":
            return result.conditions[name].state
        case "tests":
            tests = [test for found in result.conditions.values() for test in found.tests]
            return next(test.state for test in tests if test.fact == name)
        case "rows":
            return result.criteria[name].secured, result.criteria[name].possible
        case "states":
            return result.criteria[name].state
        case "tables":
            return result.tables[name].secured, result.tables[name].possible
        case "indicators":
            return result.indicators[name].score.secured, result.indicators[name].score.possible
    raise KeyError(key)


def told(distance: Distance | None) -> list[Any] | None:
    if distance is None:
        return None
    return [distance.grade, distance.points, *(["beyond"] if distance.beyond else [])]


def expected(key: str, value: Any) -> Any:
    """Read what a case expects in the form in which it is looked up."""
    if key in ("score", "rows", "indicators"):
        ends = value if isinstance(value, list) else [value, value]
        return tuple(number(end) for end in ends)
    if key in ("grade", "tables"):
        ends = value if isinstance(value, list) else [value, value]
        return tuple(None if end == "none" else end for end in ends)
    if key in ("awarded", "up", "down") and value == "none":
        return None
    if key in ("up", "down"):
        return [value[0], number(value[1]), *value[2:]]
    return sorted(value) if key == "findings" else value


CASES = list(worked_cases())


# Every worked case comes to what its officer wrote: score, grades, states, points, distances and findings.
@pytest.mark.parametrize("worked", CASES, ids=lambda worked: worked.name)
def test_a_worked_case(worked: Worked) -> None:
    result = result_of(worked)
    usual = {"eligible": True, "findings": [], **worked.expect}
    if not worked.standard.grades:
        usual.setdefault("grade", "none")
    may = usual["eligible"] is True
    usual.setdefault("awarded", expected("grade", usual["grade"])[0] if may else None)
    wanted, found = {}, {}
    for key, value in usual.items():
        for name, one in value.items() if isinstance(value, dict) else [("", value)]:
            wanted[key, name], found[key, name] = expected(key, one), found_in(result, key, name)
    assert found == wanted


def all_cases(folder: str) -> list[Worked]:
    return [worked for worked in CASES if worked.standard is standard_of(folder)]


# A case can be held against the paper: it has a title of its own and names a clause that the standard has.
@pytest.mark.parametrize("folder", FOLDERS)
def test_cases_have_titles_and_clauses(folder: str) -> None:
    standard = standard_of(folder)
    known = {row.clause for row in standard.criteria.values()} | set(standard.clauses)
    known |= {entry.clause for entry in (*standard.conditions.values(), *standard.readings.values())}
    assert {worked.case["clause"] for worked in all_cases(folder)} <= known


# No two cases of a file have the same title.
def test_titles_are_unique() -> None:
    assert len({worked.name for worked in CASES}) == len(CASES)


# Each mechanism is seen with everything known, and with something unknown that leaves score or grade open.
def test_every_mechanism_is_seen_unknown() -> None:
    seen: dict[str, set[bool]] = {}
    for worked in mechanism_cases():
        result = result_of(worked)
        is_open = result.score.possible > result.score.secured or result.grade.possible != result.grade.secured
        seen.setdefault(worked.standard.standard, set()).add(is_open)
    assert {name for name, found in seen.items() if found != {True, False}} == {"veto"}  # turns on its fact alone


# Each condition and each test in it is seen met, missed and unknown.
def test_every_condition_is_seen_in_every_state() -> None:
    standard = standard_of("hlj-base-evaluation")
    seen: dict[str, set[str]] = {}
    for worked in all_cases("hlj-base-evaluation"):
        for found in result_of(worked).conditions.values():
            for test in found.tests:
                seen.setdefault(test.fact, set()).add(test.state)
    states = {"met", "unmet", "unknown"}
    assert seen == {test.fact: states for condition in standard.conditions.values() for test in condition.tests}


# Each reading is seen under each of its options.
def test_every_reading_is_seen_under_every_option() -> None:
    chosen = {pair for worked in all_cases("hlj-base-evaluation") for pair in worked.readings.items()}
    assert chosen == {(key, option) for key, options in OPTIONS.items() for option in options}


# The totals on which Table 2 turns are all there.
def test_every_boundary_is_seen() -> None:
    totals = {
        number(worked.expect["score"])
        for worked in all_cases("hlj-base-evaluation")
        if not isinstance(worked.expect["score"], list)
    }
    lines = {300: (-1, -0.5, 0), 350: (0, 0.5, 1), 400: (0, 0.5, 1), 450: (0, 0.5, 1)}
    assert {line + exact(step) for line, steps in lines.items() for step in steps} <= totals
