"""The columns and the exact engine are two ways to one number."""

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lsstd.assessment.assessment import Assessment
from lsstd.changes.migrate import migrate_answers
from lsstd.changes.reform import Reform
from lsstd.engine.evaluate import evaluate
from lsstd.files.places import data
from lsstd.population.moves import moves_of
from lsstd.population.population import Population, assessment_of, load_population
from lsstd.population.scoring import eligible, scores_of
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.standard.readings import OPTIONS
from lsstd.standard.standard import Standard

AS_OF = "2024-12-31"
DECISIVE = tuple(key for key in OPTIONS if key != "unscored_row")
CHOICES = [dict(zip(DECISIVE, chosen, strict=True)) for chosen in product(*(OPTIONS[key] for key in DECISIVE))]


def assert_agree(
    population: Population, assessments: list[Assessment], standard: Standard, readings: dict[str, str]
) -> None:
    """Compare every number of every subject, exactly."""
    found = scores_of(population, standard, readings)
    table, lattice = found.table, found.ratings.lattice
    may = eligible(population, standard, readings)
    for i, assessment in enumerate(assessments):
        exact = evaluate(standard, assessment, readings)
        assert Fraction(int(found.secured.total[i]), lattice) == exact.score.secured
        assert Fraction(int(found.possible.total[i]), lattice) == exact.score.possible
        assert found.grades()[i] == exact.grade.secured
        assert found.grades("possible")[i] == exact.grade.possible
        for name, row in exact.criteria.items():
            if row.criterion.max_score is not None:
                assert Fraction(int(found.ratings.secured[name][i]), lattice) == row.secured, name
                assert Fraction(int(found.ratings.possible[name][i]), lattice) == row.possible, name
        for name, node in exact.indicators.items():
            assert table[name][i] == pytest.approx(float(node.score.secured))
        assert table["score"][i] == float(exact.score.secured)
        assert (None if pd.isna(table["eligible"][i]) else bool(table["eligible"][i])) == exact.eligible
        back = assessment_of(population, i)
        if population.standard.sha256 != standard.sha256:
            back = migrate_answers(back, population.standard, standard)[0]
        again = evaluate(standard, back, readings)
        assert (again.score, again.grade, again.eligible) == (exact.score, exact.grade, exact.eligible)
        assert may is not None
        assert exact.eligible == (True if may.low[i] else None if may.high[i] else False)


# Under twelve choices of readings, every row, total, grade and condition is the exact engine's.
@pytest.mark.parametrize("seed", range(12))
def test_heilongjiang(seed: int, hlj: Standard, subjects: Callable[..., Any]) -> None:
    readings = random.Random(seed).choice(CHOICES)
    frame, assessments = subjects(hlj, 50, seed)
    assert_agree(load_population(frame, hlj, AS_OF), assessments, hlj, readings)


# A standard of another shape passes through the same code, under every choice of readings that decides points.
@pytest.mark.parametrize("seed", range(0, len(CHOICES), 13))
def test_another_shape(seed: int, small: Standard, subjects: Callable[..., Any]) -> None:
    frame, assessments = subjects(small, 60, seed)
    assert_agree(load_population(frame, small, AS_OF), assessments, small, CHOICES[seed])


REFORMS: dict[str, dict[str, Any]] = {
    "points": {"changes": {"criteria.village_rooms.max_score": 10, "criteria.party_branch.max_score": 8}},
    "rescaled": {"changes": {"criteria.village_rooms.max_score": 10}, "rescale": ["indicators.social_service"]},
    "thresholds": {"changes": {"criteria.live_room_count.parts.enough_live_rooms.test": 12, "lines.AAA": 395}},
    "readings": {"changes": {"readings.compound_rows": "all", "readings.rounding": "row"}},
    "dropped": {"drop": ["criteria.party_branch", "criteria.public_service_zone.parts.public_services_offered"]},
    "added": {"add": {"criteria": [{"id": "new_row", "after": "village_rooms", "max_score": 7, "gloss": "新行"}]}},
    "split": {
        "split": {
            "criteria.live_equipment": [
                {"id": "equipment_a", "max_score": 4, "parts": ["equipment_provided"]},
                {"id": "equipment_b", "max_score": 6, "parts": ["equipment_maintained", "maintenance_recorded"]},
            ]
        }
    },
    "split_optional": {
        "split": {"criteria.advance_approval": [{"id": "a", "max_score": 2}, {"id": "b", "max_score": 3}]}
    },
    "merged_optional": {
        "merge": [{"criteria": ["advance_approval", "third_party_services"], "into": {"id": "c", "max_score": 15}}]
    },
    "merged": {
        "merge": [{"criteria": ["plans_and_policy_study", "advance_approval"], "into": {"id": "both", "max_score": 17}}]
    },
}


def reformed(standard: Standard, name: str) -> Standard:
    """Apply one of the reforms above; the new total is whatever comes out."""
    spec = {**REFORMS[name]}
    if "add" in spec:
        row = {**spec["add"]["criteria"][0], "gloss": {"zh": "新行", "en": "new row"}, "row": 99}
        spec["add"] = {"criteria": [row]}
    rescale = spec.pop("rescale", None)
    if rescale:
        spec["restore_total"] = {"rescale": rescale}
    body = {"reform": name, "standard": standard.standard, **spec}
    for total in (None, 498, 512, 485, 507, 502, 490, 500, 497):
        try:
            return Reform.model_validate({**body, **({"new_total": total} if total else {})}).apply(standard)
        except Exception as error:
            last = error
    raise last


# Under a reformed standard, the columns say what the exact engine says of the answers carried over.
@pytest.mark.parametrize("name", REFORMS)
@pytest.mark.parametrize("readings", [{}, {"compound_rows": "all", "bonus": "ignored"}])
def test_reformed(name: str, readings: dict[str, str], hlj: Standard, subjects: Callable[..., Any]) -> None:
    frame, assessments = subjects(hlj, 35, 5)
    after = reformed(hlj, name)
    population = load_population(frame, hlj, AS_OF)
    carried = [migrate_answers(assessment, hlj, after)[0] for assessment in assessments]
    assert_agree(population, carried, after, readings)


# What is scored anew only where a reform changes something is what scoring everything anew gives.
@pytest.mark.parametrize("name", REFORMS)
@pytest.mark.parametrize("rounding", ["none", "total"])
def test_only_what_changes(name: str, rounding: str, hlj: Standard, subjects: Callable[..., Any]) -> None:
    population = load_population(subjects(hlj, 200, 9)[0], hlj, AS_OF)
    after, readings = reformed(hlj, name), {"rounding": rounding}
    if name == "readings":
        readings = {}
    moves, whole = moves_of(population, hlj, after, readings), scores_of(population, after, readings)
    np.testing.assert_allclose(moves.after.total / moves.lattice, whole.secured.total / whole.ratings.lattice, rtol=0)
    assert [moves.grades[i] for i in moves.after.grade] == list(whole.grades())
    before, change = scores_of(population, hlj, readings), sum(points[0] for points in moves.rows.values())
    assert change == Fraction(int(moves.units.sum()), moves.lattice)
    assert [moves.grades[i] for i in moves.before.grade] == list(before.grades())


def by_pandas(frame: pd.DataFrame, standard: Standard) -> pd.Series:
    """Secured totals under the default readings, in floats, written a second time and otherwise."""
    total = pd.Series(0.0, index=frame.index)
    for row in standard.scored_rows:
        top, states = float(row.max_score or 0), []
        for part in row.parts.values():
            column = f"{row.id}.{part.id}"
            said = frame[column] if column in frame else pd.Series(np.nan, index=frame.index)
            if part.test and part.test.fact in frame:
                fact = frame[part.test.fact]
                held = fact.ge(float(part.test.value)).astype(float).where(fact.notna())
                said = pd.concat([said, held], axis=1).min(axis=1)
            states.append(said.fillna(0.0))
        points = top * sum(states) / len(states) if states else pd.Series(0.0, index=frame.index)
        if row.id in frame:
            points = frame[row.id].where(frame[row.id].notna(), points)
        total += points
    return total


# On 100,000 subjects a second implementation, in pandas and floats, comes to the same totals and grades.
def test_a_hundred_thousand(hlj: Standard) -> None:
    assumptions = load_assumptions(data() / "populations" / "assumptions.yaml", hlj)
    population = synthetic(assumptions, hlj, 100_000, 3)
    found, expected = scores_of(population), by_pandas(population.frame, hlj)
    assert np.abs(found.secured.total / found.ratings.lattice - expected).max() < 1e-9
    cut = pd.cut(
        expected.round(9), [-1, 299.9999, 350.9999, 400.9999, 450, 501], labels=["-", "A", "AA", "AAA", "AAAA"]
    )
    assert (found.table["grade"].fillna("-").to_numpy() == cut.to_numpy(str)).all()


# A subject alone, a part of the population, another order: each subject's result is its own.
def test_partition_and_order(hlj: Standard, subjects: Callable[..., Any]) -> None:
    population = load_population(subjects(hlj, 300, 4)[0], hlj, AS_OF)
    whole = scores_of(population).table
    parts = [scores_of(population.part(slice(i, i + 100))).table for i in (0, 100, 200)]
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    order = np.random.default_rng(0).permutation(300)
    shuffled = scores_of(population.part(order)).table
    pd.testing.assert_frame_equal(
        shuffled.sort_values("id", ignore_index=True), whole.sort_values("id", ignore_index=True)
    )
