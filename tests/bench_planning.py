"""Measurements of plans: the whole cost curve against an integer program for each point, and the surest plan."""

from __future__ import annotations

import random
import time
from fractions import Fraction

from bench_population import ratio, rounds, told

from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import evaluate
from lsstd.files.assessments import load_assessment
from lsstd.files.places import data, example
from lsstd.files.standards import load_standard
from lsstd.office.costs_sheet import load_costs
from lsstd.planning.cheapest import CostCurve, Search
from lsstd.planning.improvements import Gains, Improvements, gains_of
from lsstd.planning.planner import plan
from lsstd.planning.surest import ChanceSearch

STANDARD = load_standard("hlj-base-evaluation")
POINTS = range(5, 101, 5)
"""The points that the integer programs are asked for, one each."""


def made_up(name: str | None) -> tuple[list[int], Gains]:
    """Return made-up costs of all that is open in an example, or in a base of which nothing is known."""
    assessment = load_assessment(example(name)) if name else Assessment(standard=STANDARD.standard)
    result = evaluate(STANDARD, assessment)
    found = Improvements(result)
    gains = gains_of(found, [(change,) for change in found.changes], STANDARD.grades[0], result.readings)
    rng = random.Random(7)
    assert gains is not None
    return [rng.randint(1, 60) for _ in found.changes], gains


def whole_curve(costs: list[int], gains: Gains) -> list[int | None]:
    """Return the least cost of every gain."""
    return CostCurve(Search(costs, [()] * len(costs), frozenset(), (gains,), lambda _: True)).costs


def cost_curve() -> None:
    """The whole cost curve in one run, against scipy's milp for one number of points after the other: same costs."""
    for name in ("near_aaa", "small_rural"):
        costs, gains = made_up(name)
        count = len(costs)

        def one(points: int, costs: list[int] = costs, gains: Gains = gains) -> int:
            asked = Gains(gains.step, 0, gains.alone, (), ((points * gains.step, None),))
            solved = Search(costs, [()] * len(costs), frozenset(), (asked,), lambda _: True)._by_cuts()
            assert solved is not None
            return solved.cost

        curve = whole_curve(costs, gains)
        assert [curve[points * gains.step] for points in POINTS] == [one(points) for points in POINTS]
        times = rounds(
            {
                "curve": lambda costs=costs, gains=gains: whole_curve(costs, gains),
                "milp": lambda one=one: [one(points) for points in POINTS],
            }
        )
        told(f"{count} steps: lsstd, whole curve", times["curve"])
        most = sum(gains.alone) // gains.step
        times["milp"] = [each / len(POINTS) * most for each in times["milp"]]
        faster = ratio(times, "milp", "curve")
        told(f"one milp for each of {most} points", times["milp"], f"lsstd is {faster:.0f} × faster (aim ≥ 300)")


def surest_plan() -> None:
    """The cheapest plan with a chance of at least p over 51 rows, proven."""
    rng = random.Random(7)
    gains = Gains(12, 0, tuple(rng.choice([20, 30, 40, 60, 120, 180]) for _ in range(51)), (), ((614, None),))
    costs, chances = [rng.randint(5, 60) for _ in range(51)], [Fraction(rng.randint(5, 10), 10) for _ in range(51)]
    search = Search(costs, [()] * 51, frozenset(), (gains,), lambda _: True)
    for p in (Fraction(1, 2), Fraction(4, 5), Fraction(19, 20), Fraction(99, 100)):
        start = time.perf_counter()
        found = ChanceSearch(search, chances, frozenset()).cheapest(p)
        took = time.perf_counter() - start
        assert found is not None
        assert found.bound == found.cost
        told(f"p = {float(p):g}", [took], "proven (aim ≤ 0.5 s)")


def whole_plan() -> None:
    """All that `lsstd plan` tells of an example; and the steps alone, which a click in the form waits for."""
    assessment, costs = load_assessment(example("near_aaa")), load_costs(data() / "costs" / "near_aaa.yaml", STANDARD)
    for brief in (False, True):
        times = rounds({"plan": lambda brief=brief: plan(STANDARD, assessment, "AAAA", costs=costs, brief=brief)})
        told(f"lsstd.plan, {'steps alone' if brief else 'all'}", times["plan"], "aim ≤ 1 s")


sections = (cost_curve, surest_plan, whole_plan)
