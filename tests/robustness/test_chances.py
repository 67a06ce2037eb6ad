"""The exact distribution against the engine itself, run on every joint outcome, on made-up standards."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from judge import Judge

from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import asked, evaluate
from lsstd.engine.facts import all_of
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult
from lsstd.engine.tree import Tree
from lsstd.robustness.distribution import UnknownChance
from lsstd.robustness.independent_groups import Totals, Unknowns
from lsstd.robustness.row_chances import RowOutcome, SupposedFacts, TooLarge, ways
from lsstd.robustness.uncertainty import drawn, totals_of
from lsstd.robustness.uncertainty import enumerated as all_joint
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Condition, Standard, Veto


def with_conditions(draw: Any, standard: Standard, mechanisms: ModuleType) -> Standard:
    """Return the standard with conditions and a veto that ask for the facts of its rows, and a row without points."""
    conditions = {}
    for i in range(draw(st.integers(0, 2))):
        tests = [Test.model_validate(mechanisms.demand_on_a_fact(draw)) for _ in range(draw(st.integers(1, 2)))]
        applies = Test.model_validate(mechanisms.demand_on_a_fact(draw)) if draw(st.integers(0, 2)) == 0 else None
        shape = {"tests": tuple(tests), "any_of": draw(st.booleans()), "applies": applies}
        conditions[f"c_{i}"] = Condition(id=f"c_{i}", clause="1", text="c", **shape)
    vetoes = {}
    if draw(st.booleans()):
        vetoes["v"] = Veto(id="v", clause="1", text="v", test=Test(fact="running", operator="==", value=True))
    return standard.model_copy(update={"conditions": conditions, "vetoes": vetoes})


def answers_of(draw: Any, standard: Standard, mechanisms: ModuleType) -> dict[str, Any]:
    """Return an assessment's plain values in which much is unknown, a range, or has chances."""
    facts = {name: draw(st.integers(0, 12)) for name in ("rooms", "sales", "staff") if draw(st.booleans())}
    if draw(st.booleans()):
        facts["running"] = draw(st.booleans())
    answers: dict[str, Any] = {}
    for row in standard.criteria.values():
        low, top = int(row.min_score), int(row.max_score or 0)
        form = draw(st.sampled_from(["nothing", "met", "parts", "range", "chances", "not_applicable"]))
        if form == "met" or (row.max_score is None and form in ("range", "chances")):
            answers[row.id] = "met"
        elif form == "parts" and row.parts:
            answers[row.id] = {"parts": mechanisms.states_of(draw, row)}
        elif form == "range":
            answers[row.id] = {"range": [max(low, top - 2), top]}
        elif form == "chances":
            answers[row.id] = {"chances": [[low, 0.25], [top, 0.75]]} if low < top else {"score": top}
        elif form == "not_applicable" and row.optional:
            answers[row.id] = "not_applicable"
    return {"standard": "made-up", "facts": facts, "answers": answers}


def concrete(model: Unknowns, name: str, outcome: RowOutcome) -> CriterionResult:
    """Return a row's result as the engine would hold it, had the row turned out so."""
    row, top = model.standard.criteria[name], model.standard.criteria[name].max_score
    state = "met" if outcome.met else "partly"
    if not outcome.applies:
        state = "not_applicable"
    points = outcome.points
    return CriterionResult(row, state, points, points, top or 0, None, (), False, applies=outcome.applies)


def found_by(model: Unknowns, totals: Totals) -> dict[Any, float]:
    """Return the chances of total and grade, by whether a grade can be awarded."""
    found: dict[Any, float] = defaultdict(float)
    names = (*model.standard.grades, None)
    columns = (totals.units.tolist(), totals.grades.tolist(), totals.chance.tolist(), totals.passing.tolist())
    for units, place, p, passing in zip(*columns, strict=True):
        found[Fraction(units, totals.step), names[place], True] += passing
        found[Fraction(units, totals.step), names[place], False] += p - passing
    return {key: p for key, p in found.items() if p > 1e-15}


def enumerated(model: Unknowns, chance: UnknownChance) -> dict[Any, float]:
    """Return the same by running the engine on every joint outcome."""
    standard, readings = model.standard, model.readings
    found: dict[Any, float] = defaultdict(float)
    for supposed, p in ways({event.id for event in model.events.values()}, chance.met):
        facts = SupposedFacts(model.facts, model.events, supposed)
        vetoes = all_of([facts.test(veto.test).state for veto in standard.vetoes.values()]) == "met"
        eligible = all_of([found.state for found in asked(standard, facts).values()]) == "met"
        may = vetoes and eligible
        grader, decided = Grader(standard, readings, facts), facts.decided()
        left_out = {
            key: CriterionResult(row, "not_applicable", 0, 0, 0, None, (), False, applies=False, left_out=True)
            for key, row in standard.criteria.items()
            if key not in model.rows
        }
        for joint in product(*(row.given(supposed, chance).items() for row in model.rows.values())):
            rows = {name: concrete(model, name, outcome) for name, (outcome, _) in zip(model.rows, joint, strict=True)}
            tree = Tree(standard, {**rows, **left_out}, decided)
            grade = grader.grade(tree, "secured")
            found[grader.total(tree).secured, grade, may] += p * math.prod(q for _, q in joint)
    return dict(found)


def agree(one: dict[Any, float], other: dict[Any, float]) -> None:
    assert {key for key, p in one.items() if p > 0} == {key for key, p in other.items() if p > 0}
    assert all(abs(p - other[key]) < 1e-12 for key, p in one.items() if p > 0)


# Whatever rules, nodes, demands, tables and conditions a standard combines, the chances of total, grade and award are
# what the engine finds on every joint outcome; so they are by enumeration where convolution would do.
@given(st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_distribution_is_what_the_engine_finds_on_every_outcome(
    mechanisms: ModuleType, data: st.DataObject
) -> None:
    standard = with_conditions(data.draw, data.draw(mechanisms.standards()), mechanisms)
    if data.draw(st.booleans()):
        standard = mechanisms.summed(standard)
    options = mechanisms.READINGS
    readings = {key: data.draw(st.sampled_from(choices)) for key, choices in options.items()}
    assessment = parse_assessment(standard, answers_of(data.draw, standard, mechanisms))
    model, chance = Unknowns(standard, assessment, standard.choose_readings(readings)), UnknownChance(0.3)
    every = {event.id: True for event in model.events.values()}
    size = 2 ** len(every) * math.prod(len(row.given(every, chance)) for row in model.rows.values())
    assume(size <= 3000)
    expected = enumerated(model, chance)
    agree(found_by(model, totals_of(model, chance)), expected)
    agree(found_by(model, all_joint(model, chance).totals()), expected)


# Joint outcomes drawn at random have the chances of all, within the error of so many draws.
@given(st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_drawn_outcomes_are_like_all(mechanisms: ModuleType, data: st.DataObject) -> None:
    standard = with_conditions(data.draw, data.draw(mechanisms.standards()), mechanisms)
    assessment = parse_assessment(standard, answers_of(data.draw, standard, mechanisms))
    model, draws = Unknowns(standard, assessment, standard.choose_readings()), 20_000
    try:
        expected = found_by(model, totals_of(model, UnknownChance(0.3)))
    except TooLarge:
        assume(False)
    sample = drawn(model, UnknownChance(0.3), draws, np.random.default_rng(0)).totals()
    for key, p in found_by(model, sample).items():
        exact = min(expected[key], 1.0)  # nothing is drawn that cannot be
        assert abs(p - exact) < 6 * math.sqrt(exact * (1 - exact) / draws) + 6 / draws


# Where every unknown is a part or a fact, the distribution is what a judge who knows nothing of the engine writes down
# (tests/judge.py): each part met or not, or set aside, a fact given as the value that decides it. (One part is told:
# a row of which nothing is said is met as a whole or not.)
@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_distribution_is_what_the_judge_writes_down(mechanisms: ModuleType, data: st.DataObject) -> None:
    standard = data.draw(mechanisms.standards())
    readings = standard.choose_readings({key: data.draw(st.sampled_from(o)) for key, o in mechanisms.READINGS.items()})
    unmeasured = {  # a fact that also measures a row answered outright would contradict it
        key: row.model_copy(update={"rule": None}) if row.rule and row.rule.measured else row
        for key, row in standard.criteria.items()
    }
    standard = standard.model_copy(update={"criteria": unmeasured})
    rows = standard.criteria.values()
    fixed: dict[str, Any] = {
        row.id: {"score": 1 if row.min_score <= 1 <= (row.max_score or 0) else 0} for row in rows if not row.parts
    }
    aside = {p.id for row in rows for p in row.parts.values() if p.optional and data.draw(st.booleans())}
    free = {row.id: [p.id for p in row.parts.values() if not (p.test or p.id in aside)] for row in rows if row.parts}
    assume(sum(map(len, free.values())) <= 6)

    paper = standard.in_file
    told = {row: dict.fromkeys(aside & standard.criteria[row].parts.keys(), "not_applicable") for row in free}
    for row, parts in free.items():
        told[row] |= dict.fromkeys(parts[:1], "met")

    def given_parts(states: dict[str, str]) -> dict[str, Any]:
        return fixed | {
            row: {"parts": {part: states.get(part, "unknown") for part in parts} | told[row]}
            for row, parts in free.items()
            if parts or told[row]
        }

    model = Unknowns(
        standard, parse_assessment(standard, {"standard": "made-up", "answers": given_parts({})}), readings
    )
    found: dict[Any, float] = defaultdict(float)
    for (points, grade, _), p in found_by(model, totals_of(model, UnknownChance())).items():
        found[points, grade] += p
    names = [part for parts in free.values() for part in parts[1:]]
    expected: dict[Any, float] = defaultdict(float)
    for supposed, p in ways({event.id for event in model.events.values()}, 0.5):
        facts = SupposedFacts(model.facts, model.events, supposed).values
        for states in product(["met", "unmet"], repeat=len(names)):
            answers = given_parts(dict(zip(names, states, strict=True)))
            plainly = {key: float(v) if standard.facts[key].kind == "number" else v for key, v in facts.items()}
            plainly = {key: int(v) if standard.facts[key].kind == "count" else v for key, v in plainly.items()}
            judge = Judge(paper, plainly, answers, readings, generous=False)
            expected[judge.total, judge.grade] += p / 2 ** len(names)
    agree(found, expected)


# Nothing unknown is met: what remains is secured; everything unknown is met: what remains is possible (where no value
# of a fact would have to meet two demands that exclude each other, and no indicator depends on an unknown fact).
@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_none_met_is_secured_all_met_is_possible(mechanisms: ModuleType, data: st.DataObject) -> None:
    standard = data.draw(mechanisms.standards())
    readings = standard.choose_readings({key: data.draw(st.sampled_from(o)) for key, o in mechanisms.READINGS.items()})
    given_values = answers_of(data.draw, standard, mechanisms)
    given_values["facts"] = {"rooms": 3, "sales": 4, "staff": 0, "running": True, "sort": ["inner"], "city": "a"}
    said = ("range", "chances")
    given_values["answers"] = {
        key: answer
        for key, answer in given_values["answers"].items()
        if not isinstance(answer, dict) or not {*answer} & {*said}
    }
    assessment = parse_assessment(standard, given_values)
    exact = evaluate(standard, assessment, readings)
    for unknown, score in ((0.0, exact.score.secured), (1.0, exact.score.possible)):
        model = Unknowns(standard, assessment, readings)
        assert {points for points, _, _ in found_by(model, totals_of(model, UnknownChance(unknown)))} == {score}


# Points to the hundredth on sixteen rows: the lattice stays bounded, and the distribution is that of the sum.
def test_fine_points_stay_feasible(standard: Standard) -> None:
    fine = standard.model_copy(update={"rounding_step": Fraction(1, 100)})
    rows = fine.scored_rows[:16]
    tops = [float(row.max_score or 0) for row in rows]
    answers = {row.id: {"range": [0, top]} for row, top in zip(rows, tops, strict=True)}
    assessment = parse_assessment(fine, {"standard": fine.standard, "answers": answers})
    totals = totals_of(Unknowns(fine, assessment, fine.choose_readings()), UnknownChance(0))
    points = totals.units / totals.step
    mean = float(points @ totals.chance)
    variance = float((points - mean) ** 2 @ totals.chance)
    assert len(points) <= 2 * 50_001
    assert mean == pytest.approx(sum(tops) / 2)
    assert variance == pytest.approx(sum(((100 * top + 1) ** 2 - 1) / 12 / 100**2 for top in tops))


# Twenty facts, each behind a row of either indicator: far too many ways at once, yet each is one event of its own.
def test_many_shared_facts_stay_feasible() -> None:
    facts = {f"fact_{i}": {"kind": "count", "label": "f"} for i in range(20)}
    rows = {}
    for side in ("a", "b"):
        for i in range(20):
            test = {"fact": f"fact_{i}", "operator": ">=", "value": 1}
            parts = {f"part_{side}_{i}": {"text": "p", "test": test}}
            rows[f"{side}_{i}"] = {"clause": "1", "text": "r", "indicator": side, "max_score": 1, "parts": parts}
    values = {"standard": "made-up", "edition": "1", "title": "m", "facts": facts, "criteria": rows}
    standard = Standard.model_validate({**values, "indicators": {"a": {"name": "a"}, "b": {"name": "b"}}})
    model = Unknowns(standard, parse_assessment(standard, {"standard": "made-up"}), standard.choose_readings())
    found = {points: p for (points, _, _), p in found_by(model, totals_of(model, UnknownChance())).items()}
    assert found == pytest.approx({2 * k: math.comb(20, k) / 2**20 for k in range(21)})
