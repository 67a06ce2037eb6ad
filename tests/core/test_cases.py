"""The worked cases of tests/cases: small YAML files that a standards officer can sign (see the README there)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lsstd import Result, Standard, evaluate, example, load_standard
from lsstd.core.bands import Distance
from lsstd.core.exact import exact
from lsstd.core.intake import parse_assessment
from lsstd.core.standard import OPTIONS
from lsstd.files.strict_yaml import read_text

FOLDER = Path(__file__).resolve().parents[1] / "cases"
FOLDERS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
MERGED = ("facts", "answers", "readings")  # a case adds to what stands above it
HANDED_DOWN = (*MERGED, "clause", "start", "as_of", "every_row", "unmet", "expect", "case", "cases")


def read(path: Path) -> Any:
    return read_text(path.read_text(encoding="utf-8"), str(path))


@cache
def standard_of(folder: str) -> Standard:
    own = FOLDER / folder / "standard.yaml"
    return load_standard(own if own.exists() else folder)


def unfold(case: dict[str, Any], above: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Hand down what stands above each case; ``expect`` is a case's own."""
    assert not set(case) - set(HANDED_DOWN), f"{case.get('case')}: unknown keys {set(case) - set(HANDED_DOWN)}"
    own = {**above, **case, **{key: {**above.get(key, {}), **case.get(key, {})} for key in MERGED}}
    if case.get("start", "base") != "base":  # a fresh start leaves the base behind
        own = {**case, **{key: case.get(key, {}) for key in MERGED}, "clause": own["clause"]}
    for below in case.get("cases", ()):
        yield from unfold(below, {key: value for key, value in own.items() if key not in ("cases", "expect", "case")})
    if "expect" in case:
        yield own


def cases() -> Iterator[Any]:
    """Every case of every folder, each with what was handed down to it."""
    for folder in FOLDERS:
        base = read(FOLDER / folder / "base.yaml")
        above = {key: value for key, value in base.items() if key != "cases"}
        for path in sorted((FOLDER / folder).glob("*.yaml")):
            if path.stem == "standard":
                continue
            for case in unfold(base if path.stem == "base" else read(path), above):
                yield pytest.param(folder, case, id=f"{folder}/{path.stem}: {case['case']}")


def number(value: Any) -> Any:
    """Read a number, or a fraction written as text: ``20/3``, ``66 2/3``."""
    return sum(Fraction(part) for part in value.split()) if isinstance(value, str) else exact(value)


def answers_of(standard: Standard, case: dict[str, Any]) -> dict[str, Any]:
    """Return the answers that a case comes to: those for every row, rows not met, then its own."""
    found: dict[str, Any] = {}
    every = case.get("every_row", "nothing")
    for row in standard.criteria.values():
        by_hand = {part.id: "met" for part in row.parts.values() if part.test is None}
        if every == "met":
            found[row.id] = {"parts": by_hand} if len(by_hand) < len(row.parts) else "met"
        elif every != "nothing" and row.max_score is not None:
            found[row.id] = {"score": float(row.max_score * number(every))}
    return {**found, **dict.fromkeys(case.get("unmet", ()), "unmet"), **case["answers"]}


def result_of(standard: Standard, case: dict[str, Any]) -> Result:
    start = case.get("start", "base")
    given = {"standard": standard.standard, "facts": {}, "answers": {}}
    if start not in ("base", "nothing"):
        given = read(example(start))
    else:
        given["as_of"] = case.get("as_of")
    given["facts"] = {**given["facts"], **case["facts"]}
    given["answers"] = {**given["answers"], **answers_of(standard, case)}
    return evaluate(standard, parse_assessment(standard, given), case["readings"])


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
    if key == "grade":
        ends = value if isinstance(value, list) else [value, value]
        return tuple(None if end == "none" else end for end in ends)
    if key in ("awarded", "up", "down") and value == "none":
        return None
    if key in ("up", "down"):
        return [value[0], number(value[1]), *value[2:]]
    return sorted(value) if key == "findings" else value


CASES = list(cases())


# Every worked case comes to what its officer wrote: score, grades, states, points, distances and findings.
@pytest.mark.parametrize(("folder", "case"), CASES)
def test_a_worked_case(folder: str, case: dict[str, Any]) -> None:
    result = result_of(standard_of(folder), case)
    usual = {"eligible": True, "findings": [], **case["expect"]}
    may = usual["eligible"] is True
    usual.setdefault("awarded", expected("grade", usual["grade"])[0] if may else None)
    wanted, found = {}, {}
    for key, value in usual.items():
        for name, one in value.items() if isinstance(value, dict) else [("", value)]:
            wanted[key, name], found[key, name] = expected(key, one), found_in(result, key, name)
    assert found == wanted


def all_cases(folder: str) -> list[dict[str, Any]]:
    return [param.values[1] for param in CASES if param.values[0] == folder]


# A case can be held against the paper: it has a title of its own and names a clause that the standard has.
@pytest.mark.parametrize("folder", FOLDERS)
def test_cases_have_titles_and_clauses(folder: str) -> None:
    standard = standard_of(folder)
    titles = [case["case"] for case in all_cases(folder)]
    assert len(set(titles)) == len(titles)
    known = {row.clause for row in standard.criteria.values()} | set(standard.clauses)
    known |= {entry.clause for entry in (*standard.conditions.values(), *standard.readings.values())}
    assert {case["clause"] for case in all_cases(folder)} <= known


# Each condition and each test in it is seen met, missed and unknown.
def test_every_condition_is_seen_in_every_state() -> None:
    standard = standard_of("hlj-base-evaluation")
    seen: dict[str, set[str]] = {}
    for case in all_cases("hlj-base-evaluation"):
        for found in result_of(standard, case).conditions.values():
            for test in found.tests:
                seen.setdefault(test.fact, set()).add(test.state)
    states = {"met", "unmet", "unknown"}
    assert seen == {test.fact: states for condition in standard.conditions.values() for test in condition.tests}


# Each reading is seen under each of its options.
def test_every_reading_is_seen_under_every_option() -> None:
    chosen = {pair for case in all_cases("hlj-base-evaluation") for pair in case["readings"].items()}
    assert chosen == {(key, option) for key, options in OPTIONS.items() for option in options}


# The totals on which Table 2 turns are all there.
def test_every_boundary_is_seen() -> None:
    totals = {
        number(case["expect"]["score"])
        for case in all_cases("hlj-base-evaluation")
        if not isinstance(case["expect"]["score"], list)
    }
    lines = {300: (-1, -0.5, 0), 350: (0, 0.5, 1), 400: (0, 0.5, 1), 450: (0, 0.5, 1)}
    assert {line + exact(step) for line, steps in lines.items() for step in steps} <= totals
