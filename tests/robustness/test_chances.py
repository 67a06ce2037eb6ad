"""The exact distribution against the engine itself, run on every joint outcome, on made-up standards."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import all_of
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult
from lsstd.engine.tree import Tree
from lsstd.robustness import sums
from lsstd.robustness.chances import Model
from lsstd.robustness.outcomes import Chance, Outcome, SupposedFacts, ways
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Condition, Standard, Veto


def with_conditions(draw: Any, standard: Standard, mechanisms: ModuleType) -> Standard:
    """Return the standard with conditions and a veto that ask for the facts of its rows, and a row without points."""
    conditions = {}
    for i in range(draw(st.integers(0, 2))):
        tests = [Test.model_validate(mechanisms.demand_on_a_fact(draw)) for _ in range(draw(st.integers(1, 2)))]
        conditions[f"c_{i}"] = Condition(id=f"c_{i}", clause="1", text="c", tests=tuple(tests))
    vetoes = {}
    if draw(st.booleans()):
        vetoes["v"] = Veto(id="v", clause="1", text="v", test=Test(fact="running", operator="==", value=True))
    return standard.model_copy(update={"conditions": conditions, "vetoes": vetoes})


def answers_of(draw: Any, standard: Standard) -> dict[str, Any]:
    """Return an assessment's plain values in which much is unknown, a range, or has chances."""
    facts = {name: draw(st.integers(0, 12)) for name in ("rooms", "sales", "staff") if draw(st.booleans())}
    if draw(st.booleans()):
        facts["running"] = draw(st.booleans())
    answers: dict[str, Any] = {}
    for row in standard.criteria.values():
        low, top = int(row.min_score), int(row.max_score or 0)
        form = draw(st.sampled_from(["nothing", "met", "parts", "range", "chances", "not_applicable"]))
        if form == "met":
            answers[row.id] = "met"
        elif form == "parts" and row.parts:
            answers[row.id] = {
                "parts": {part: draw(st.sampled_from(["met", "unmet", "unknown"])) for part in row.parts}
            }
        elif form == "range":
            answers[row.id] = {"range": [max(low, top - 2), top]}
        elif form == "chances":
            answers[row.id] = {"chances": [[low, 0.25], [top, 0.75]]} if low < top else {"score": top}
        elif form == "not_applicable" and row.optional:
            answers[row.id] = "not_applicable"
    return {"standard": "made-up", "facts": facts, "answers": answers}


def concrete(model: Model, name: str, outcome: Outcome) -> CriterionResult:
    """Return a row's result as the engine would hold it, had the row turned out so."""
    row, top = model.standard.criteria[name], model.standard.criteria[name].max_score
    state = "met" if outcome.met else "partly"
    if not outcome.applies:
        state = "not_applicable"
    points = outcome.points
    return CriterionResult(
        row,
        state,
        points,
        points,
        top or 0,
        None,
        (),
        False,
        applies=outcome.applies,
        left_out=model.rows[name].left_out,
    )


def enumerated(model: Model) -> tuple[dict[Any, float], dict[str, dict[Any, float]]]:
    """Return the chances of total, grade and award, and of each indicator, by running the engine on every outcome."""
    standard, readings = model.standard, model.readings
    found: dict[Any, float] = defaultdict(float)
    nodes: dict[str, dict[Any, float]] = {name: defaultdict(float) for name in standard.indicators}
    for supposed, p in ways({event.id for event in model.events.values()}, model.chance.met):
        facts = SupposedFacts(model.facts, model.events, supposed)
        tests = [test for c in standard.conditions.values() for test in c.tests]
        vetoes = all_of([facts.test(veto.test).state for veto in standard.vetoes.values()]) == "met"
        eligible = all_of([facts.test(test).state for test in tests]) == "met"
        may = vetoes and (eligible or readings["failed_condition"] == "report")
        grader, decided = Grader(standard, readings, facts), facts.decided()
        names = list(model.rows)
        for joint in product(*(model.rows[name].given(supposed, model.chance).items() for name in names)):
            rows = {name: concrete(model, name, outcome) for name, (outcome, _) in zip(names, joint, strict=True)}
            tree = Tree(standard, rows, decided)
            q = p * math.prod(chance for _, chance in joint)
            grade = grader.grade(tree, "secured")
            found[grader.total(tree).secured, grade, grade if may else None] += q
            for name, node in tree.nodes.items():
                nodes[name][node.score.secured] += q
    return found, nodes


def agree(one: dict[Any, float], other: dict[Any, float]) -> None:
    assert {key for key, p in one.items() if p > 0} == {key for key, p in other.items() if p > 0}
    assert all(abs(p - other[key]) < 1e-12 for key, p in one.items() if p > 0)


# Whatever rules, nodes, demands, tables and conditions a standard combines, the distribution of total, grade and award,
# and of each indicator, is what the engine finds on every joint outcome.
@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_distribution_is_what_the_engine_finds_on_every_outcome(
    mechanisms: ModuleType, data: st.DataObject
) -> None:
    standard = with_conditions(data.draw, data.draw(mechanisms.standards()), mechanisms)
    options = {**mechanisms.READINGS, "failed_condition": ("withhold", "report")}
    readings = {key: data.draw(st.sampled_from(choices)) for key, choices in options.items()}
    assessment = parse_assessment(standard, answers_of(data.draw, standard))
    model = Model(
        standard, assessment, standard.choose_readings(readings), Chance(data.draw(st.sampled_from([0.5, 0.3])))
    )
    every = {event.id: True for event in model.events.values()}
    size = 2 ** len(every) * math.prod(len(row.given(every, model.chance)) for row in model.rows.values())
    assume(size <= 3000)
    expected, nodes = enumerated(model)
    found: dict[Any, float] = defaultdict(float)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "FEW", data.draw(st.sampled_from([0, 400])))  # densely, or pair by pair
        model.total()
    for (points, marks), p in model.total().items():
        grade = model.watch.grade(points, marks)
        found[points, grade, None if marks[0] else grade] += p
    agree(found, expected)
    for name, chances in nodes.items():
        agree(model.indicator(name), chances)


# Where every unknown is a part or a fact, the distribution is that of whole evaluations: each part met or not, a fact
# given as the value that decides it.
@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_distribution_is_that_of_whole_evaluations(mechanisms: ModuleType, data: st.DataObject) -> None:
    standard = data.draw(mechanisms.standards())
    readings = standard.choose_readings({key: data.draw(st.sampled_from(o)) for key, o in mechanisms.READINGS.items()})
    unmeasured = {  # a fact that also measures a row answered outright would contradict it
        key: row.model_copy(update={"rule": None}) if row.rule and row.rule.measured else row
        for key, row in standard.criteria.items()
    }
    standard = standard.model_copy(update={"criteria": unmeasured})
    rows = standard.criteria.values()
    fixed: dict[str, Any] = {row.id: {"score": 1 if row.min_score <= 1 <= (row.max_score or 0) else 0} for row in rows}
    free = {row.id: [p.id for p in row.parts.values() if not p.test] for row in rows if row.parts}
    assume(sum(map(len, free.values())) <= 6)

    def given_parts(states: dict[str, str]) -> dict[str, Any]:
        return fixed | {
            row: {"parts": {part: states.get(part, "unknown") for part in parts}} for row, parts in free.items()
        }

    model = Model(
        standard, parse_assessment(standard, {"standard": "made-up", "answers": given_parts({})}), readings, Chance()
    )
    found: dict[Any, float] = defaultdict(float)
    for (points, marks), p in model.total().items():
        found[points, model.watch.grade(points, marks)] += p
    names = [part for parts in free.values() for part in parts]
    expected: dict[Any, float] = defaultdict(float)
    for supposed, p in ways({event.id for event in model.events.values()}, 0.5):
        facts = SupposedFacts(model.facts, model.events, supposed).values
        for states in product(["met", "unmet"], repeat=len(names)):
            answers = given_parts(dict(zip(names, states, strict=True)))
            plainly = {key: value if isinstance(value, bool) else float(value) for key, value in facts.items()}
            plainly = {key: int(v) if standard.facts[key].kind == "count" else v for key, v in plainly.items()}
            exact = evaluate(
                standard,
                parse_assessment(standard, {"standard": "made-up", "facts": plainly, "answers": answers}),
                readings,
            )
            expected[exact.score.secured, exact.grade.secured] += p / 2 ** len(names)
    agree(found, expected)


# Nothing unknown is met: what remains is secured; everything unknown is met: what remains is possible (where no value
# of a fact would have to meet two demands that exclude each other, and no indicator hangs on an unknown fact).
@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_none_met_is_secured_all_met_is_possible(mechanisms: ModuleType, data: st.DataObject) -> None:
    standard = data.draw(mechanisms.standards())
    readings = standard.choose_readings({key: data.draw(st.sampled_from(o)) for key, o in mechanisms.READINGS.items()})
    given_values = answers_of(data.draw, standard)
    given_values["facts"] = {"rooms": 3, "sales": 4, "staff": 0, "running": True}
    said = ("range", "chances")
    given_values["answers"] = {
        key: answer
        for key, answer in given_values["answers"].items()
        if not isinstance(answer, dict) or not {*answer} & {*said}
    }
    assessment = parse_assessment(standard, given_values)
    exact = evaluate(standard, assessment, readings)
    for unknown, score in ((0.0, exact.score.secured), (1.0, exact.score.possible)):
        chances = Model(standard, assessment, readings, Chance(unknown)).total()
        assert {points for (points, _), p in chances.items() if p > 0} == {score}


# Points to the hundredth on sixteen rows: the lattice stays bounded, and the distribution is that of the sum.
def test_fine_points_stay_feasible(standard: Standard) -> None:
    fine = standard.model_copy(update={"rounding_step": Fraction(1, 100)})
    rows = fine.scored_rows[:16]
    tops = [float(row.max_score or 0) for row in rows]
    answers = {row.id: {"range": [0, top]} for row, top in zip(rows, tops, strict=True)}
    assessment = parse_assessment(fine, {"standard": fine.standard, "answers": answers})
    chances = Model(fine, assessment, fine.choose_readings(), Chance(0)).total()
    mean = math.fsum(float(points) * p for (points, _), p in chances.items())
    variance = math.fsum((float(points) - mean) ** 2 * p for (points, _), p in chances.items())
    assert len(chances) <= 2 * 50_001
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
    model = Model(standard, parse_assessment(standard, {"standard": "made-up"}), standard.choose_readings(), Chance())
    found = {points: p for (points, _), p in model.total().items()}
    assert found == pytest.approx({2 * k: math.comb(20, k) / 2**20 for k in range(21)})
