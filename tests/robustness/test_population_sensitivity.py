"""Sensitivity between subjects: against exchanging answers one by one, exact indices, and resamples made by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from lsstd import Population, Standard, effective_weights, load_population, population_sensitivity, sensitivity
from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError
from lsstd.files.places import data
from lsstd.population.population import assessment_of
from lsstd.population.ranking import score


def made(tops: list[int], **nodes: dict[str, object]) -> Standard:
    """A standard of one row a maximum, alternately below two indicators."""
    rows = {
        f"row_{i}": {"clause": "1", "text": "r", "indicator": "ab"[i % 2], "max_score": top}
        for i, top in enumerate(tops)
    }
    bands = [{"grade": "A", "lower": sum(tops) / 2}, {"grade": "B", "lower": sum(tops) / 4}]
    values = {"standard": "made-up", "edition": "1", "title": "made up", "criteria": rows, "bands": bands}
    indicators = {name: {"name": name, **nodes.get(name, {})} for name in "ab"}
    return Standard.model_validate({**values, "indicators": indicators})


def people(standard: Standard, count: int, seed: int = 0) -> Population:
    rng = np.random.default_rng(seed)
    points = {row.id: rng.integers(0, int(row.max_score or 0) + 1, count) for row in standard.scored_rows}
    return load_population(pd.DataFrame({"id": [f"s{i}" for i in range(count)], **points}), standard)


def exchanged(one: Assessment, other: Assessment, rows: list[str]) -> Assessment:
    return one.model_copy(update={"answers": {**one.answers, **{row: other.answers[row] for row in rows}}})


PLAIN, CAPPED = made([4, 3, 6, 2]), made([4, 3, 6, 2], a={"cap": 8}, b={"combine": "minimum"})


# Total indices, flips and interactions are those of exchanging each subject's answers for every other's, by the engine.
@pytest.mark.parametrize("standard", [PLAIN, CAPPED], ids=["sum", "tree"])
@pytest.mark.parametrize(("target", "by"), [("A", "criteria"), ("score", "criteria"), ("A", "indicators")])
def test_exchanges_one_by_one(standard: Standard, target: str, by: str) -> None:
    population = people(standard, 11)
    found = population_sensitivity(population, standard, target, by=by, resamples=0)  # type: ignore[arg-type]
    all_of = [assessment_of(population, i) for i in range(11)]

    def value(assessment: Assessment) -> float:
        result = evaluate(standard, assessment)
        return float(result.score.secured) if target == "score" else float(result.grade.secured == "A")

    now = np.array([value(assessment) for assessment in all_of])
    assert found.value["value"] == pytest.approx(now.mean())
    blocks = {row.id: [row.id] for row in standard.scored_rows}
    if by == "indicators":
        blocks = {name: [row.id for row in standard.rows_of[name]] for name in "ab"}
    alone = {
        name: np.array([[value(exchanged(one, other, rows)) for other in all_of] for one in all_of])
        for name, rows in blocks.items()
    }
    for line in found.table.to_dict("records"):
        name = line["criterion" if by == "criteria" else "indicator"]
        squares = ((now[:, None] - alone[name]) ** 2).mean()
        assert line["total"] == pytest.approx(squares / 2 / now.var())
    if target == "score" and standard is PLAIN:
        assert found.pairs.empty  # a sum: none of two rows does anything together with the other
        return
    first, second = found.pairs.loc[0, ["first", "second"]]
    both = np.array(
        [
            [[value(exchanged(exchanged(one, i, blocks[first]), j, blocks[second])) for j in all_of] for i in all_of]
            for one in all_of
        ]
    )
    changes = now[:, None, None] - alone[first][:, :, None] - alone[second][:, None, :] + both
    expected = (changes**2).mean() / 4 / now.var()
    assert found.pairs.loc[0, "interaction"] == pytest.approx(expected, abs=1e-12)


# Where all combinations occur equally often the indices are Sobol's, as they are exactly for one subject of whom
# nothing is known; the first-order one is corrected for what so many subjects bring by chance.
def test_independent_rows_have_sobol_indices() -> None:
    standard = made([4, 3, 6, 2])
    combinations = list(product(*((0, int(row.max_score or 0)) for row in standard.scored_rows)))
    frame = pd.DataFrame(combinations, columns=[row.id for row in standard.scored_rows])
    population = load_population(frame.assign(id=[f"s{i}" for i in range(16)]), standard)
    found = population_sensitivity(population, standard, "A", resamples=0).table.set_index("criterion")
    exact = sensitivity(standard, Assessment(standard="made-up"), "A")
    by_row = exact.table.set_index("criterion")
    assert found["total"].tolist() == pytest.approx(by_row["total"].tolist())
    first = by_row["first_order"]
    assert found["first_order"].tolist() == pytest.approx((first - (1 - first) / 14).clip(0).tolist())
    blocks = sensitivity(standard, Assessment(standard="made-up"), "A", by="indicators").table.set_index("indicator")
    grouped = population_sensitivity(population, standard, "A", by="indicators", resamples=0).table
    assert grouped["total"].tolist() == pytest.approx(blocks["total"].tolist())
    two = sensitivity(standard, Assessment(standard="made-up"), "A", by="indicators").pairs()
    assert two["second_order"].tolist() == pytest.approx([1 - blocks["first_order"].sum()])


# Intervals are the quantiles of what the samples give, each made by hand as a population of its own.
def test_intervals_are_those_of_resamples() -> None:
    standard, count = made([4, 3, 5, 2]), 7
    population = people(standard, 30, 3)
    found = population_sensitivity(population, standard, "A", resamples=count, seed=5)
    weighed = effective_weights(population, resamples=count, seed=5).table
    drawn = np.random.default_rng(5).multinomial(30, np.full(30, 1 / 30), count)
    samples = [population.part(np.repeat(np.arange(30), often)) for often in drawn]
    one_by_one = [population_sensitivity(sample, standard, "A", resamples=0).table for sample in samples]
    effective = [effective_weights(sample, resamples=0).table for sample in samples]
    for table, parts, key in (
        (found.table, one_by_one, "total"),
        (found.table, one_by_one, "first_order"),
        (weighed, effective, "effective_share"),
        (weighed, effective, "linear_effect"),
    ):
        ends = np.quantile(np.stack([part[key] for part in parts]), [0.025, 0.975], axis=0)
        assert table[f"{key}_low"].tolist() == pytest.approx(ends[0].tolist())
        assert table[f"{key}_high"].tolist() == pytest.approx(ends[1].tolist())
    assert population_sensitivity(population, standard, "A", resamples=count, seed=5).table.equals(found.table)


# Without an indicator the other points are worth proportionally more; grades and ranks shift accordingly.
def test_an_indicator_left_out() -> None:
    population = load_population(data() / "populations" / "made_up_60.csv", "hlj-base-evaluation")  # type: ignore[arg-type]
    table, left = score(population), population_sensitivity(population, resamples=0).left_out.set_index("indicator")
    for name, top in (("security", 50), ("social_service", 40)):
        scaled = ((table["score"] - table[name]) * 500 / (500 - top)).round(9)
        grades = pd.cut(scaled, [-1, 299.99999, 350.99999, 400.99999, 450, 501], labels=[4, 3, 2, 1, 0]).astype(int)
        before = table["grade"].map({"AAAA": 0, "AAA": 1, "AA": 2, "A": 3}).fillna(4).astype(int)
        assert left.loc[name, ["up", "down"]].tolist() == [(grades < before).sum(), (grades > before).sum()]
        shift = np.abs(rankdata(-scaled) - rankdata(-table["score"]))
        assert left.loc[name, "rank_shift"] == pytest.approx(shift.mean())


# Too few subjects for an interval, targets that do not exist, resamples below none: clear errors.
def test_wrong_input() -> None:
    few = people(PLAIN, 9)
    for options, told in (
        ({}, "at least 10, or no intervals"),
        ({"target": "AAA", "resamples": 0}, "did you mean A"),
        ({"resamples": -1}, "≥ 0"),
    ):
        with pytest.raises(LsstdError, match=told):
            population_sensitivity(few, **options)  # type: ignore[arg-type]
    with pytest.raises(LsstdError, match="at least 10"):
        effective_weights(few)
    with pytest.raises(LsstdError, match="two subjects"):
        population_sensitivity(few.part([0]), resamples=0)
    found = population_sensitivity(few, resamples=0)
    assert "total_low" not in found.table
    assert len(found.plot(lang="en").get_yticks()) == 4
