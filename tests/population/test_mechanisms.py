"""The population kernel against the exact engine, on made-up standards that combine every rule and every node."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge import Judge
from worked_cases import Worked, mechanism_cases

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import evaluate
from lsstd.exact import plain
from lsstd.population.population import assessment_of, line_of, load_population
from lsstd.population.scoring import eligible, scores_of
from lsstd.standard.checks import standard_faults
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.standard import Standard

WORKED = [worked for worked in mechanism_cases() if worked.standard.scored_rows]
POINTS = st.integers(0, 12)
SHARES = st.sampled_from([0, 0.25, 0.3, 0.5, 1])
WEIGHTS = st.sampled_from([1, 1, 1, 2, 0.5, 0.3])
STATES = ("met", "unmet", "unknown")
READINGS = {
    "compound_rows": ("shares", "all"),
    "between_bands": ("lower", "none", "upper", "nearest"),
    "rounding": ("none", "row", "total"),
    "recommended_rows": ("scored", "left_out"),
    "bonus": ("within", "ignored"),
    "missed_threshold": ("nothing", "shown"),
}
FACTS = {
    "rooms": {"kind": "count", "label": "rooms"},
    "sales": {"kind": "number", "label": "sales"},
    "staff": {"kind": "count", "label": "staff"},
    "running": {"kind": "boolean", "label": "running"},
    "sort": {"kind": "choices", "label": "sort", "options": {"inner": "inner", "outer": "outer", "other": "other"}},
    "city": {"kind": "text", "label": "city"},
}


def demand_on_a_fact(draw: Any) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"fact": "running", "operator": "==", "value": draw(st.booleans())}
    fact = draw(st.sampled_from(["rooms", "sales", "staff", "sort", "city"]))
    if fact in ("sort", "city") or draw(st.integers(0, 5)) == 0:  # among some values, or not
        values = {"sort": st.sampled_from(["inner", "outer"]), "city": st.sampled_from(["a", "b"])}.get(fact, POINTS)
        operator = draw(st.sampled_from(["==", "!=", "in", "not_in"]))
        value = draw(st.lists(values, min_size=1, max_size=2)) if "in" in operator else draw(values)
        return {"fact": fact, "operator": operator, "value": value}
    operator = draw(st.sampled_from([">=", ">", "<=", "<", "=="]))
    return {"fact": fact, "operator": operator, "value": draw(POINTS)}


def condition_of(draw: Any) -> dict[str, Any]:
    tests = [demand_on_a_fact(draw) for _ in range(draw(st.integers(1, 2)))]
    applies = {"applies": demand_on_a_fact(draw)} if draw(st.booleans()) else {}
    return {"clause": "1", "text": "c", "tests": tests, "any_of": draw(st.booleans()), **applies}


def rule_of(draw: Any, top: int) -> tuple[Any, str]:
    """Return a rule, and whether it needs parts: none, some, some with points."""
    quantity = {"fact": draw(st.sampled_from(["rooms", "sales"]))}
    if draw(st.booleans()):
        quantity["per"] = "staff"
    kind = draw(
        st.sampled_from(["none", "parts", "all", "shares", "at_least", "points", *MEASURED, "levels", "expert"])
    )
    if kind in ("none", "parts"):
        return None, kind
    if kind in ("all", "shares", "expert"):
        return kind, "none" if kind == "expert" else "parts"
    if kind == "at_least":
        return {"at_least": {"parts": 1}}, "parts"
    if kind == "points":
        return {"points": {"start": draw(st.sampled_from([0, top]))}}, "points"
    if kind == "levels":
        levels = {"good": {"label": "good", "points": top}, "fair": {"label": "fair", "points": [top / 4, top / 2]}}
        return {"levels": levels}, "none"
    if kind == "linear":
        step = {"step": draw(st.sampled_from([0.05, 0.3]))} if draw(st.booleans()) else {}
        return {"linear": {**quantity, "from": draw(POINTS), "to": draw(st.integers(13, 20)), **step}}, "none"
    if kind == "steps":
        stages = [{"from": 2, "share": draw(SHARES)}, {"above": 5, "points": draw(st.integers(0, top))}]
        return {"steps": {**quantity, "stages": stages}}, "none"
    each, start = draw(st.sampled_from([(1.5, 0), (-2, top), (0.3, 0)]))
    return {"per_unit": {**quantity, "each": each, "unit": draw(st.sampled_from([1, 0.5])), "start": start}}, "none"


MEASURED = ("linear", "steps", "per_unit")


def row_of(draw: Any, key: str, indicator: str) -> dict[str, Any]:
    if key != "row_0" and draw(st.integers(0, 5)) == 0:  # a row without points, which a grade may demand
        row = {"clause": "1", "text": key, "indicator": indicator, "optional": draw(st.booleans())}
        count = draw(st.integers(0, 2))
        rule = draw(st.sampled_from([{}, {"rule": "all"}, {"rule": {"at_least": {"parts": 1}}}])) if count else {}
        return {
            **row,
            **rule,
            **({"parts": {f"{key}_{i}": {"text": f"part {i}"} for i in range(count)}} if count else {}),
        }
    top = draw(st.integers(1, 12))
    rule, needs = rule_of(draw, top)
    row: dict[str, Any] = {"clause": "1", "text": key, "indicator": indicator, "max_score": top}
    row["weight"], row["optional"] = draw(WEIGHTS), draw(st.booleans())
    row["min_score"] = draw(st.sampled_from([0, 0, 0, -3, 1])) if needs == "none" and rule in (None, "expert") else 0
    row["provision"] = {"kind": draw(st.sampled_from(["requirement", "recommendation"]))}
    if rule is not None:
        row["rule"] = rule
    if draw(st.integers(0, 4)) == 0:
        row["applies"] = demand_on_a_fact(draw)
    if needs != "none":
        parts = {}
        for i in range(draw(st.integers(1, 3))):
            part: dict[str, Any] = {"text": f"part {i}", "weight": draw(WEIGHTS), "bonus": i == 2}
            part["optional"] = draw(st.booleans())
            if draw(st.booleans()):
                part["test"] = demand_on_a_fact(draw)
            if needs == "points":
                part["points"] = draw(st.integers(-3, 4))
            parts[f"{key}_{i}"] = part
        row["parts"] = parts
    return row


def node_of(draw: Any, name: str, parent: str | None) -> dict[str, Any]:
    node: dict[str, Any] = {"name": name, "parent": parent, "weight": draw(WEIGHTS)}
    node["combine"] = draw(st.sampled_from(["sum", "sum", "sum", "minimum", "maximum", "best"]))
    node["best"] = draw(st.integers(1, 2)) if node["combine"] == "best" else 1
    node["not_applicable"] = draw(st.sampled_from(["fixed", "reduced", "rescaled"]))
    node["cap"] = draw(st.sampled_from([None, None, 7, 10.5]))
    node["floor"] = draw(st.sampled_from([None, None, 1]))
    node["divisor"] = draw(st.sampled_from([1, 1, 2, 3]))
    node["on_top"] = draw(st.integers(0, 4)) == 0
    if draw(st.integers(0, 5)) == 0:
        node["applies"] = demand_on_a_fact(draw)
    return node


def demand_of(draw: Any, rows: list[str]) -> dict[str, Any]:
    applies = {"applies": demand_on_a_fact(draw)} if draw(st.integers(0, 3)) == 0 else {}
    return {**asked_of(draw, rows), **applies}


def asked_of(draw: Any, rows: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["share", "points", "rows", "test"]))
    if kind == "test":
        return {"test": demand_on_a_fact(draw)}
    if kind == "rows":
        return {"criteria": rows[:2], "met": 1}
    return {"indicator": draw(st.sampled_from(["a", "b", "a_1"])), kind: draw(SHARES if kind == "share" else POINTS)}


@st.composite
def standards(draw: Any) -> Standard:
    indicators = {"a": node_of(draw, "a", None), "b": node_of(draw, "b", None), "a_1": node_of(draw, "a 1", "a")}
    rows = {}
    for i in range(draw(st.integers(2, 5))):
        key = f"row_{i}"
        rows[key] = row_of(draw, key, draw(st.sampled_from(["a", "b", "a_1"])))
    low = draw(st.integers(0, 6))
    middle, high = low + draw(st.integers(1, 6)), low + 12
    demands = [demand_of(draw, list(rows)) for _ in range(draw(st.integers(0, 2)))]
    bands = [
        {"grade": "A", "lower": {"value": high, "closed": draw(st.booleans())}, "requires": demands[:1]},
        {"grade": "B", "lower": middle, "upper": {"value": high, "closed": False}},
        {"grade": "C", "lower": low, "upper": {"value": middle - 0.5, "closed": True}},
    ]
    tables = {}
    if draw(st.booleans()):
        sheet = [{"grade": "A", "lower": 4}, {"grade": "C", "lower": 1, "upper": {"value": 4, "closed": False}}]
        tables["sheet"] = {"label": "sheet", "indicator": "a", "bands": sheet, "decides": draw(st.booleans())}
    values = {"standard": "made-up", "edition": "1", "title": "made up", "facts": FACTS, "indicators": indicators}
    values |= {"criteria": rows, "bands": bands, "requires": demands[1:], "tables": tables}
    values["conditions"] = {f"c_{i}": condition_of(draw) for i in range(draw(st.integers(0, 2)))}
    standard = Standard.model_validate(values)
    assert not list(standard_faults(standard))
    return standard


def summed(standard: Standard) -> Standard:
    """Return the standard as a sum of rows, graded by its total."""
    nodes = {key: Indicator(id=key, name=node.name, parent=node.parent) for key, node in standard.indicators.items()}
    plain = {"weight": 1, "min_score": 0, "optional": False, "applies": None}
    rows = {key: row.model_copy(update=plain) for key, row in standard.criteria.items()}
    bands = tuple(band.model_copy(update={"requires": ()}) for band in standard.bands)
    return standard.model_copy(
        update={"indicators": nodes, "criteria": rows, "bands": bands, "requires": (), "tables": {}}
    )


def states_of(draw: Any, row: Criterion) -> dict[str, str]:
    """Return a state for each part; those that name a case may not apply."""
    aside = ("not_applicable",)
    return {key: draw(st.sampled_from((*STATES, *aside * part.optional))) for key, part in row.parts.items()}


def answers_of(draw: Any, standard: Standard) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an assessment's plain values, and the same as a line of a population."""
    line: dict[str, Any] = {"id": "x"}
    facts: dict[str, Any] = {}
    for name in ("rooms", "sales", "staff"):
        if draw(st.booleans()):
            value = draw(POINTS if name != "sales" else st.sampled_from([0, 0.1, 2.5, 4, 13.25, 30]))
            facts[name] = line[name] = value
    if draw(st.booleans()):
        facts["running"] = draw(st.booleans())
        line["running"] = int(facts["running"])
    if draw(st.booleans()):
        facts["sort"] = draw(st.lists(st.sampled_from(["inner", "outer", "other"]), max_size=2, unique=True))
        if facts["sort"]:  # in a table an empty cell is unknown, and no options ticked cannot be told
            line["sort"] = ";".join(facts["sort"])
        else:
            del facts["sort"]
    if draw(st.booleans()):
        facts["city"] = line["city"] = draw(st.sampled_from(["a", "b", "c"]))
    answers: dict[str, Any] = {}
    for row in standard.criteria.values():
        form = draw(st.sampled_from(["nothing", "score", "parts", "not_applicable"]))
        if form == "score" and row.max_score is None:
            met = draw(st.booleans())
            answers[row.id], line[row.id] = "met" if met else "unmet", int(met)
        elif form == "score":
            low, high = int(4 * row.min_score), int(4 * (row.max_score or 0))
            points = plain(Fraction(draw(st.integers(low, high)), 4))
            answers[row.id], line[row.id] = {"score": points}, points
        elif form == "parts" and row.parts:
            states = states_of(draw, row)
            answers[row.id] = {"parts": states}
            line |= {f"{row.id}.{p}": int(s == "met") for p, s in states.items() if s in ("met", "unmet")}
            line |= {f"{row.id}.{p}.not_applicable": 1 for p, s in states.items() if s == "not_applicable"}
        elif form == "not_applicable" and row.optional:
            answers[row.id], line[f"{row.id}.not_applicable"] = "not_applicable", 1
    return {"standard": "made-up", "facts": facts, "answers": answers}, line


# Whatever rules, nodes, demands and tables a standard combines, kernel and engine find the same points and grades; so
# do two judges who know nothing of either (tests/judge.py).
@given(st.data())
@settings(max_examples=200, deadline=None)
def test_kernel_engine_and_judges_agree(data: st.DataObject) -> None:
    standard = data.draw(standards())
    readings = {key: data.draw(st.sampled_from(options)) for key, options in READINGS.items()}
    given_values = [answers_of(data.draw, standard) for _ in range(3)]
    frame = pd.DataFrame([{**line, "id": str(i)} for i, (_, line) in enumerate(given_values)])
    found = scores_of(load_population(frame, standard), standard, readings)
    table, lattice = found.table, found.ratings.lattice
    may = eligible(load_population(frame, standard), standard, readings)
    asked = {name for condition in standard.conditions.values() for name in condition.facts}
    for i, (values, _) in enumerate(given_values):
        exact = evaluate(standard, parse_assessment(standard, values), readings)
        if may and asked <= {*frame}:  # else some conditions are left out of what a table tells
            assert (may.low[i], may.high[i]) == (exact.eligible is True, exact.eligible is not False)
        assert (None if pd.isna(table["eligible"][i]) else bool(table["eligible"][i])) == exact.eligible
        again = evaluate(standard, assessment_of(found.population, i), readings)
        assert (again.score, again.grade, again.eligible) == (exact.score, exact.grade, exact.eligible)
        for side, generous in (("secured", False), ("possible", True)):
            judge = Judge(standard.in_file, values["facts"], values["answers"], exact.readings, generous)
            nodes = {name: node.points * node.counts for name, node in judge.nodes.items()}
            assert {name: getattr(node.score, side) for name, node in exact.indicators.items()} == nodes
            assert (getattr(exact.score, side), getattr(exact.grade, side)) == (judge.total, judge.grade)
            assert judge.eligible() == (exact.eligible is not False if generous else exact.eligible is True)
        for name in found.ratings.secured:
            row = exact.criteria[name]
            assert Fraction(int(found.ratings.secured[name][i]), lattice) == row.secured, name
            assert Fraction(int(found.ratings.possible[name][i]), lattice) == row.possible, name
        for name, node in exact.indicators.items():
            assert table[name][i] == float(node.score.secured), name
        assert Fraction(int(found.secured.total[i]), lattice) == exact.score.secured
        assert Fraction(int(found.possible.total[i]), lattice) == exact.score.possible
        assert (found.grades()[i], found.grades("possible")[i]) == (exact.grade.secured, exact.grade.possible)


# Every worked case that a standards officer can sign comes to the same in the kernel.
@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked.name)
def test_worked_cases_in_the_kernel(worked: Worked) -> None:
    assessment = parse_assessment(worked.standard, worked.given)
    exact = evaluate(worked.standard, assessment, worked.readings)
    frame = pd.DataFrame([line_of(assessment, "x", worked.standard)])
    population = load_population(frame, worked.standard, assessment.as_of)
    found = scores_of(population, worked.standard, worked.readings)
    lattice = found.ratings.lattice
    assert Fraction(int(found.secured.total[0]), lattice) == exact.score.secured
    assert found.grades()[0] == exact.grade.secured
    if not is_spanned(worked.standard, assessment):
        assert Fraction(int(found.possible.total[0]), lattice) == exact.score.possible
        assert found.grades("possible")[0] == exact.grade.possible


def is_spanned(standard: Standard, assessment: Assessment) -> bool:
    """Say whether an answer leaves a span of points, of which a population keeps the lower end only."""
    return any(
        answer.form in ("range", "chances", "level")
        for key, answer in assessment.answers.items()
        if key in standard.criteria
    )
