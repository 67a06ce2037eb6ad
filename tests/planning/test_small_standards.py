"""Plans on small random standards against evaluating every choice of steps: the same optimum, the same other ways."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
from worked_cases import Worked, mechanism_cases

from lsstd import Standard, evaluate, plan
from lsstd.assessment.check import parse_assessment
from lsstd.errors import Problems
from lsstd.planning.costs import parse_costs
from lsstd.planning.improvements import Improvements
from lsstd.planning.way_finder import WayFinder

FACTS = {"rooms": {"kind": "count", "label": "rooms"}, "area": {"kind": "number", "label": "area"}}


def made_up(rng: random.Random, is_sum: bool) -> Standard:
    """Make up a standard: rows with parts, thresholds and rules under two indicators that may be no plain sums."""
    rows: dict[str, Any] = {}
    for i in range(5):
        parts: dict[str, Any] = {f"part_{i}_{j}": {"text": "t"} for j in range(rng.choice([0, 2, 2]))}
        if rng.random() < 0.4:
            demand = {"fact": rng.choice([*FACTS]), "operator": ">=", "value": 10}
            parts[f"part_{i}_t"] = {"text": "t", "test": demand}
        rule = rng.choice([None, None, "all", {"at_least": {"parts": 1}}]) if parts else None
        rows[f"row_{i}"] = {
            **{
                "clause": "1",
                "text": "t",
                "indicator": f"node_{i % 2}",
                "max_score": rng.randint(2, 9),
                "parts": parts,
            },
            **({"rule": rule} if rule else {}),
        }
    top = sum(row["max_score"] for row in rows.values())
    shape = (
        {}
        if is_sum
        else rng.choice([{"combine": "minimum"}, {"cap": 6}, {"combine": "best", "best": 2}, {"divisor": 2}])
    )
    values = {
        **{"standard": "made-up", "edition": "1", "title": "made up", "facts": FACTS, "criteria": rows},
        "indicators": {"node_0": {"name": "one", **shape}, "node_1": {"name": "other"}},
        "bands": [{"grade": "A", "lower": rng.randint(1, top)}],
        "conditions": {"c": {"clause": "2", "text": "t", "tests": [{"fact": "rooms", "operator": ">=", "value": 8}]}},
    }
    return Standard.model_validate(values)


# The plan costs what the cheapest of all choices costs; so does each other way among those that leave out three steps.
@pytest.mark.parametrize("is_sum", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_the_plan_is_the_cheapest_of_all_choices(seed: int, is_sum: bool) -> None:
    rng = random.Random(f"{seed} {is_sum}")
    standard = made_up(rng, is_sum)
    facts = {"rooms": rng.choice([3, 8, 9]), "area": rng.choice([None, 5, 12])}
    answers = {key: rng.choice(["unmet", "unknown", "met"]) for key in standard.criteria if rng.random() < 0.6}
    assessment = parse_assessment(standard, {"standard": "made-up", "facts": facts, "answers": answers})
    found = Improvements(evaluate(standard, assessment))
    prices = {change.id: {"cost": rng.randint(1, 30)} for change in found.changes}
    for first, second in combinations(prices, 2):
        if rng.random() < 0.1:
            prices[second].setdefault("after", [])
            prices[second]["after"] += [first]  # type: ignore[operator]
    costs = parse_costs({"standard": "made-up", "costs": prices}, standard, Problems())
    made = plan(standard, assessment, "A", costs=costs)
    count, places = len(found.changes), {change.id: i for i, change in enumerate(found.changes)}
    cost_of: dict[frozenset[int], int] = {}
    for size in range(count + 1):
        for some in map(frozenset, combinations(range(count), size)):
            listed = [found.changes[i] for i in some]
            is_ready = all(places[each] in some for c in listed for each in prices[c.id].get("after", ()))  # type: ignore[attr-defined]
            if is_ready and found.after(listed).grade.awarded == "A":
                cost_of[some] = sum(prices[c.id]["cost"] for c in listed)
    assert (made.way and made.way.cost) == min(cost_of.values(), default=None)
    assert made.status == ("optimal" if cost_of else "unreachable")
    if made.way is None:
        return
    assert made.bound == made.way.cost
    must = {step.task.id for step in made.way.steps if "c" in step.task.conditions}
    earlier: list[frozenset[int]] = []
    for way in (made.way, *made.alternatives):
        left = [
            cost
            for some, cost in cost_of.items()
            if all(len(before - some) >= min(3, len(before)) for before in earlier)
        ]
        assert way.cost == min(left)
        assert (
            sum((step.gain for step in way.steps), Fraction(0)) == way.after.score.secured - made.result.score.secured
            or not is_sum
        )
        earlier.append(frozenset(places[step.task.id] for step in way.steps if step.task.id not in must))


GRADED = [worked for worked in mechanism_cases() if worked.standard.grades]


# Whatever the mechanism of scoring, the plan is the cheapest of all choices, and a plan where there is one.
@pytest.mark.parametrize("worked", GRADED, ids=lambda worked: worked.name)
def test_every_mechanism_can_be_planned(worked: Worked) -> None:
    standard = worked.standard
    assessment = parse_assessment(standard, worked.given)
    result = evaluate(standard, assessment, worked.readings)
    found = Improvements(result)
    for place, target in enumerate(standard.grades if not result.disqualified else ()):
        made = plan(standard, assessment, target, readings=worked.readings)
        prices = {task.changes[0].id: task.price.cost for task in WayFinder(result, target, None, None, 0).tasks}
        costs = [
            sum(prices[change.id] for change in some)
            for size in range(len(found.changes) + 1)
            for some in combinations(found.changes, size)
            if found.after(some).grade.awarded in standard.grades[: place + 1]
        ]
        assert (made.way and made.way.cost) == min(costs, default=None)
