"""A second, independent way to the same numbers: two judges (tests/judge.py) who fill in the table by hand.

They know nothing of lsstd's code; standards are read with PyYAML alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge import Judge
from worked_cases import MECHANISMS, Worked, mechanism_cases

import lsstd
from lsstd import Result, example, examples, load_assessment, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import evaluate
from lsstd.standard.readings import OPTIONS

ROOT = Path(lsstd.__file__).parent
PAPER = yaml.safe_load((ROOT / "standards" / "hlj-base-evaluation.yaml").read_text(encoding="utf-8"))
OWN = f"standard: {PAPER['standard']}"
NAMES = [name for name in examples() if OWN in example(name).read_text(encoding="utf-8")]
Assess = Callable[..., Result]


def judged(
    paper: dict[str, Any], facts: dict[str, Any], answers: dict[str, Any], readings: dict[str, str]
) -> tuple[list[Fraction], list[str | None], dict[str, list[Fraction]]]:
    """Return the total, the grade and each indicator's points, as the strict and as the generous judge has it."""
    two = [Judge(paper, facts, answers, readings, generous) for generous in (False, True)]
    points = {key: [judge.nodes[key].points * judge.nodes[key].counts for judge in two] for key in two[0].nodes}
    return [judge.total for judge in two], [judge.grade for judge in two], points


def of(result: Result) -> tuple[list[Fraction], list[str | None], dict[str, list[Fraction]]]:
    """Return the same of a result."""
    score, grade = result.score, result.grade
    nodes = {key: [node.score.secured, node.score.possible] for key, node in result.indicators.items()}
    return [score.secured, score.possible], [grade.secured, grade.possible], nodes


def random_assessment(dice: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers in all forms, facts on both sides of their thresholds."""
    facts: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for key, row in PAPER["criteria"].items():
        for part in (row.get("parts") or {}).values():
            if "test" in part:
                least = part["test"]["value"]
                facts[part["test"]["fact"]] = dice.choice([None, least - 1, least, least + 1])
        top = row.get("max_score")
        state = dice.choice(["met", "unmet", "unknown"])
        aside = {True: ["not_applicable"], None: []}
        states = {name: aside[part.get("optional")] for name, part in (row.get("parts") or {}).items()}
        parts = {name: dice.choice(["met", "unmet", "unknown", *more]) for name, more in states.items()}
        forms: list[Any] = [state, state, {"parts": parts} if parts else None, *aside[row.get("optional")]]
        if top is not None:
            low, high = sorted(dice.sample(range(top * 8 + 1), 2))
            forms += [
                {"score": low / 8},
                {"range": [low / 8, high / 8]},
                {"chances": [[low / 8, 0.25], [high / 8, 0.75]]},
            ]
            forms += [{"score": dice.choice([0, top])}]
        if answer := dice.choice(forms):
            answers[key] = answer
    return answers, {key: value for key, value in facts.items() if value is not None}


# Two judges with pencil and paper come to the secured and the possible score, and to the grades of both, under any
# readings.
@pytest.mark.parametrize("seed", range(10))
def test_two_judges_agree_with_the_engine(assess: Assess, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(40):
        answers, facts = random_assessment(dice)
        readings = {key: dice.choice(OPTIONS[key]) for key in OPTIONS if key != "same_quantity"}
        result = assess(answers, facts, readings)
        assert of(result) == judged(PAPER, facts, answers, result.readings), (answers, facts, readings)


# The two judges agree on the examples that travel with the package, too.
@pytest.mark.parametrize("name", NAMES)
def test_two_judges_agree_on_the_examples(assess: Assess, name: str) -> None:
    given = load_assessment(example(name)).plain()
    facts = {key: value["value"] if isinstance(value, dict) else value for key, value in given["facts"].items()}
    opened, by_day = str(facts["opened"]), str(given["as_of"])
    full_years = int(by_day[:4]) - int(opened[:4]) - (opened[5:] > by_day[5:])
    result = assess(given["answers"], given["facts"], as_of=given["as_of"])
    assert of(result) == judged(PAPER, {**facts, "years_in_operation": full_years}, given["answers"], result.readings)


# They agree on every worked case of every mechanism, from the very file that a standards officer can sign.
@pytest.mark.parametrize("worked", [w for w in mechanism_cases() if w.standard.scored_rows], ids=lambda w: w.name)
def test_two_judges_agree_on_the_mechanisms(worked: Worked) -> None:
    paper = yaml.safe_load((MECHANISMS / f"{worked.name.partition(':')[0]}.yaml").read_text(encoding="utf-8"))
    result = evaluate(worked.standard, parse_assessment(worked.standard, worked.given), worked.readings)
    facts = {key: value for key, value in worked.given["facts"].items() if value is not None}
    assert of(result) == judged(paper["standard"], facts, worked.given["answers"], result.readings)


# The table itself adds up to what is printed beside the names of its indicators, and to 500.
def test_the_table_adds_up_to_what_is_printed() -> None:
    nodes = PAPER["indicators"]
    points: dict[str, int] = dict.fromkeys(nodes, 0)
    for row in PAPER["criteria"].values():
        node = row["indicator"]
        while node:
            points[node] += row.get("max_score") or 0
            node = nodes[node].get("parent")
    assert points == {key: node["printed_score"] for key, node in nodes.items()}
    assert sum(points[key] for key, node in nodes.items() if "parent" not in node) == 500
    assert load_standard("hlj-base-evaluation").maximum == 500
