"""What must hold within a standard: every fault is found, all at once, with its line and what would be right."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from lsstd import load_standard
from lsstd.errors import InvalidFile
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed, parse_yaml

FILE = Path(__file__).resolve().parents[1] / "cases" / "made-up" / "standard.yaml"
TEXT = FILE.read_text(encoding="utf-8")
MADE_UP = parse_yaml(TEXT, FILE.name).value


def problems(value: Any) -> list[tuple[str, str]]:
    """Return place and what would be right of every problem of a standard."""
    with pytest.raises(InvalidFile) as caught:
        parse_standard(Parsed(value), "", "made-up")
    return [(problem.where, problem.expected.en) for problem in caught.value.problems]


def changed(path: str, value: Any) -> Any:
    """Return the made-up standard with one thing otherwise (None: taken out)."""
    whole = copy.deepcopy(MADE_UP)
    *way, last = path.split(".")
    place = whole
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    if value is None:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return whole


# As it stands, the made-up standard has no fault.
def test_the_made_up_standard_is_sound() -> None:
    assert load_standard(FILE).maximum == 10


# Each dangling name, doubled id, wrong kind of value and crossed band is found, and what would be right is named.
@pytest.mark.parametrize(
    ("path", "value", "where", "right"),
    [
        ("criteria.charm.indicator", "all_point", "criteria.charm.indicator", "did you mean all_points?"),
        (
            "criteria.enough_stalls.parts.many_stalls.test.fact",
            "stals",
            "criteria.enough_stalls.parts.many_stalls.test.fact",
            "stalls",
        ),
        ("conditions.safe.tests.0.fact", "fire", "conditions.safe.tests.0.fact", "did you mean fires?"),
        ("conditions.safe.tests.0.value", True, "conditions.safe.tests.0.value", "a value of the fact's kind"),
        (
            "conditions.safe.tests.0",
            {"fact": "open_air", "operator": ">=", "value": True},
            "conditions.safe.tests.0.value",
            "kind",
        ),
        ("facts.noise_db.kind", "boolean", "criteria.quiet.parts.low_noise.test.value", "a value of the fact's kind"),
        ("facts.floor_a.years_since", "floor_b", "facts.floor_a.years_since", "none to choose from"),  # it is no date
        (
            "cross_checks",
            {
                "c": {
                    "clause": "1",
                    "left": "stalls",
                    "operator": "<=",
                    "right": "name",
                    "gloss": {"zh": "x", "en": "x"},
                }
            },
            "cross_checks.c",
            "one of fires",
        ),
        ("rounding_step", 0, "rounding_step", "a number above 0"),
        ("indicators.all_points.parent", "all_points", "indicators.all_points.parent", "no circle of parents"),
        ("indicators.all_points.parent", "nothing", "indicators.all_points.parent", "one of all_points"),
        ("criteria.charm.max_score", 0, "criteria.charm.max_score", "more than 0 points"),
        ("criteria.charm.max_score", -5, "criteria.charm.max_score", "more than 0 points"),
        ("bands.1.upper.value", 9, "bands.1", "without overlap"),
        ("bands.0.lower.closed", False, None, None),  # a point between two bands is a gap, not a fault
        ("bands.1.upper.closed", True, "bands.1", "without overlap"),
        ("bands.1.grade", "金", "bands.1.grade", "each grade once"),
        ("bands.2.lower.value", 5, "bands.2", "a band that holds a score"),
        (
            "same_quantities",
            [{"facts": ["floor_a", "flor_b"], "clauses": ["1"], "note": {"zh": "x", "en": "x"}}],
            "same_quantities.0.facts",
            "floor_b",
        ),
        (
            "cross_checks",
            {"c": {"clause": "1", "left": "stals", "operator": "<=", "right": 9, "gloss": {"zh": "x", "en": "x"}}},
            "cross_checks.c",
            "stalls",
        ),
        ("criteria.charm.evidence", ["photo"], "criteria.charm.evidence", "none to choose from"),
        (
            "facts.charm",
            {"kind": "count", "label": {"zh": "x", "en": "x"}},
            "criteria.charm",
            "an id that is not in use",
        ),
    ],
)
def test_faults_are_found(path: str, value: Any, where: str | None, right: str | None) -> None:
    whole = changed(path, value)
    if where is None or right is None:
        assert parse_standard(Parsed(whole), "", "made-up").grades == ("金", "银", "铜")
        return
    [found] = [problem for problem in problems(whole) if problem[0] == where]
    assert right in found[1]


# What the model itself refuses is told with the nearest right key, option or kind.
@pytest.mark.parametrize(
    ("path", "value", "where", "right"),
    [
        ("criteria.charm.max_scores", 5, "criteria.charm.max_scores", "did you mean max_score?"),
        ("criteria.charm.gloss", 5, "criteria.charm.gloss", "{zh: …, en: …}"),
        ("criteria.charm.text", None, "criteria.charm.text", "a value"),
        ("criteria.charm.clause", 2.3, "criteria.charm.clause", "text (in quotes"),
        ("criteria.charm.max_score", "five", "criteria.charm.max_score", "a finite number"),
        ("criteria.charm.provision.kind", "wish", "criteria.charm.provision.kind", "'recommendation'"),
        ("conditions.safe.tests", [], "conditions.safe.tests", "at least 1 items"),
        ("facts.fires.signed", "no", "facts.fires.signed", "true or false"),
        ("readings.roundings", {}, "readings.roundings.[key]", "'rounding'"),
        (
            "readings.between_bands.options.middle",
            {"zh": "x", "en": "x"},
            "readings.between_bands.options.middle",
            "one of lower, none",
        ),
        ("criteria.Charm", {}, "criteria.Charm.[key]", "an identifier like"),
    ],
)
def test_wrong_shapes_are_told(path: str, value: Any, where: str, right: str) -> None:
    found = dict(problems(changed(path, value)))
    assert where in found
    assert right in found[where]


# All faults are told at once, in the order of the file, each with its line.
def test_all_faults_at_once() -> None:
    wrong = (
        TEXT.replace("fact: fires", "fact: fire")
        .replace("fact: stalls", "fact: stals")
        .replace("max_score: 5\n", "max_score: 0\n")
    )
    parsed = parse_yaml(wrong, FILE.name)
    with pytest.raises(InvalidFile) as caught:
        parse_standard(parsed, "", FILE.name)
    lines = [problem.line for problem in caught.value.problems]
    assert len(lines) == 3
    assert lines == sorted(line for line in lines if line)
    for problem, word in zip(caught.value.problems, ("fire", "stals", "max_score: 0"), strict=True):
        assert problem.line is not None
        assert word in wrong.splitlines()[problem.line - 1]


# A clause is written as its document has it, and the reader takes it so.
@pytest.mark.parametrize(
    "clause",
    ["5.10", "B.1", "四（三）2", "第五条", "第十二条第二款", "第 3 章", "表3", "表B.1", "附录 A", "A.2.1 a)", "前言"],
)
def test_clauses_are_written_as_printed(clause: str) -> None:
    value = copy.deepcopy(MADE_UP)
    row = next(iter(value["criteria"].values()))
    row["clause"] = clause
    standard = parse_standard(Parsed(value), "", "made-up")
    assert next(iter(standard.criteria.values())).clause == clause
