"""A second, independent way to the same numbers: two judges who fill in the table of Annex B by hand.

The strict judge believes the worst that is said of each demand and gives nothing for what is unknown; the generous
judge believes the best and grants what is unknown. They know nothing of lsstd's code: the standard is read with
PyYAML alone, points are added once in fractions and once in floats, and grades are looked up in a list of lines.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

import lsstd
from lsstd import Result, example, examples, load_assessment, load_standard

ROOT = Path(lsstd.__file__).parent
PAPER = yaml.safe_load((ROOT / "standards" / "hlj-base-evaluation.yaml").read_text(encoding="utf-8"))
COMPARE = {">=": operator.ge, "==": operator.eq}
OWN = f"standard: {PAPER['standard']}"
NAMES = [name for name in examples() if OWN in example(name).read_text(encoding="utf-8")]
LINES = [("AAAA", 450), ("AAA", 400), ("AA", 350)]  # more than; A from 300 on. Under between_bands: upper
Assess = Callable[..., Result]


def fact_says(test: dict[str, Any] | None, facts: dict[str, Any]) -> str:
    if test is None or facts.get(test["fact"]) is None:
        return "unknown"
    return "met" if COMPARE[test["operator"]](facts[test["fact"]], test["value"]) else "unmet"


def judge(row: dict[str, Any], answer: Any, facts: dict[str, Any], generous: bool, every: bool) -> Fraction:
    """Return the points that one judge writes down for a row."""
    top = Fraction(row["max_score"])
    demands = [(name, part.get("test")) for name, part in (row.get("parts") or {"the_row": {}}).items()]
    by_fact = [fact_says(test, facts) for _, test in demands]
    answer = {"state": answer} if isinstance(answer, str) else answer or {}
    for form, pick in (("score", lambda a: [a]), ("range", lambda a: a), ("chances", lambda a: [s for s, p in a if p])):
        if form in answer:
            named = [Fraction(str(points)) for points in pick(answer[form])]
            return points_written(min(named), max(named), by_fact, top, generous)
    earned = []
    for (name, _), fact in zip(demands, by_fact, strict=True):
        said = answer.get("state") or answer.get("parts", {}).get(name, "unknown")
        heard = {said, fact} - {"unknown"}
        earned.append("met" in heard or not heard if generous else "unmet" not in heard and bool(heard))
    if every and len(demands) > 1 and answer.get("state") in ("met", "unmet"):
        return all_or_nothing(answer["state"], by_fact, top, generous)
    return top * all(earned) if every else top * sum(earned) / len(earned)


def points_written(low: Fraction, high: Fraction, by_fact: list[str], top: Fraction, generous: bool) -> Fraction:
    """Points are written down as they are, unless facts settle the row or leave less than that."""
    if set(by_fact) in ({"met"}, {"unmet"}):
        settled = top if "met" in by_fact else Fraction(0)
        if low <= settled <= high:
            return settled
        return max(high, settled) if generous else min(low, settled)
    left = top * sum(fact != "unmet" for fact in by_fact) / len(by_fact)
    return high if generous else min(low, left)


def all_or_nothing(said: str, by_fact: list[str], top: Fraction, generous: bool) -> Fraction:
    """Where every demand counts, a row is met or not as a whole; so are the facts, once one fails or all are met."""
    facts = "unmet" if "unmet" in by_fact else "met" if set(by_fact) == {"met"} else said
    return top * ("met" in (said, facts)) if generous else top * (said == facts == "met")


def grade_by_hand(points: Fraction) -> str | None:
    return next((grade for grade, line in LINES if points > line), "A" if points >= 300 else None)


def add_up(answers: dict[str, Any], facts: dict[str, Any], every: bool) -> list[Fraction]:
    scored = {key: row for key, row in PAPER["criteria"].items() if row.get("max_score") is not None}
    judged = [
        [judge(row, answers.get(key), facts, generous, every) for key, row in scored.items()]
        for generous in (False, True)
    ]
    for points in judged:  # in floats the same, but for dust
        assert sum(float(p) for p in points) == pytest.approx(float(sum(points)), abs=1e-9)
    return [sum(points) for points in judged]


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
        parts = {name: dice.choice(["met", "unmet", "unknown"]) for name in row.get("parts") or {}}
        forms: list[Any] = [state, state, {"parts": parts} if parts else None]
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


# Two judges with pencil and paper come to the secured and the possible score, and to the grades of both.
@pytest.mark.parametrize("every", [False, True], ids=["shares", "all"])
def test_two_judges_agree_with_the_engine(assess: Assess, every: bool) -> None:
    for seed in range(150):
        answers, facts = random_assessment(random.Random(seed))
        readings = {"compound_rows": "all" if every else "shares", "between_bands": "upper"}
        result = assess(answers, facts, readings)
        by_hand = add_up(answers, facts, every)
        assert [result.score.secured, result.score.possible] == by_hand, f"seed {seed}"
        assert [result.grade.secured, result.grade.possible] == [grade_by_hand(p) for p in by_hand], f"seed {seed}"


# The two judges agree on the examples that travel with the package, too.
@pytest.mark.parametrize("name", NAMES)
def test_two_judges_agree_on_the_examples(assess: Assess, name: str) -> None:
    given = load_assessment(example(name)).plain()
    facts = {key: value["value"] if isinstance(value, dict) else value for key, value in given["facts"].items()}
    opened, by_day = str(facts["opened"]), str(given["as_of"])
    full_years = int(by_day[:4]) - int(opened[:4]) - (opened[5:] > by_day[5:])
    by_hand = add_up(given["answers"], {**facts, "years_in_operation": full_years}, every=False)
    result = assess(given["answers"], given["facts"], as_of=given["as_of"])
    assert [result.score.secured, result.score.possible] == by_hand


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
