"""What a score and a grade depend on: exact indices against enumeration, laws, and against SALib's estimates."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd import (
    Standard,
    effective_weights,
    evaluate,
    example,
    load_assessment,
    load_population,
    sensitivity,
    uncertainty,
    weight_uncertainty,
)
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.errors import LsstdError
from lsstd.files.places import data
from lsstd.robustness.distribution import Pmf, add, without_each
from lsstd.robustness.sensitivity import Sensitivity, indices, joint_indices
from lsstd.robustness.uncertainty import enumerated


def made(*tops: int, bands: list[dict[str, Any]] | None = None) -> Standard:
    rows = {f"row_{i}": {"clause": "1", "text": "r", "indicator": "a", "max_score": top} for i, top in enumerate(tops)}
    lines = bands or [{"grade": "A", "lower": sum(tops) / 2}]
    values = {"standard": "made-up", "edition": "1", "title": "made up", "criteria": rows, "bands": lines}
    return Standard.model_validate({**values, "indicators": {"a": {"name": "a"}}})


def by_row(found: Sensitivity) -> pd.DataFrame:
    return found.table.set_index("criterion")


# First-order and total index of any function of a sum are what enumerating all outcomes gives, to the last digits.
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_indices_are_those_of_enumeration(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    pmfs = [Pmf(0, p / p.sum()) for p in (rng.random(rng.integers(2, 5)) for _ in range(4))]
    values = rng.random(len(add(pmfs).chances)).round()
    outcomes = list(itertools.product(*(range(len(pmf.chances)) for pmf in pmfs)))
    chance = np.array([math.prod(pmf.chances[k] for pmf, k in zip(pmfs, each, strict=True)) for each in outcomes])
    f = np.array([values[sum(each)] for each in outcomes])
    mean, variance = chance @ f, chance @ f**2 - (chance @ f) ** 2
    for i, others in enumerate(without_each(pmfs)):
        own = pd.Series([each[i] for each in outcomes])
        rest = pd.Series([each[:i] + each[i + 1 :] for each in outcomes])
        frame = pd.DataFrame({"own": own, "rest": rest, "p": chance, "pf": chance * f})
        told = indices(pmfs[i], others, values)
        if variance < 1e-9:
            continue
        for key, name, complement in (("own", "first_order", False), ("rest", "total", True)):
            sums = frame.groupby(key)[["p", "pf"]].sum()
            explained = (sums["pf"] ** 2 / sums["p"]).sum() - mean**2
            expected = (variance - explained if complement else explained) / variance
            assert told[name] == pytest.approx(expected, abs=1e-9)  # ratios of variances, some of them small


# Of a score that is a sum, first-order and total indices are the shares of variance, which sum to 1.
def test_indices_of_a_sum_are_its_variance_shares(standard: Standard) -> None:
    table = sensitivity(standard, load_assessment(example("near_aaa")), "score").table
    assert table["variance_share"].sum() == pytest.approx(1)
    assert table["first_order"].to_numpy() == pytest.approx(table["variance_share"].to_numpy(), abs=1e-12)
    assert table["total"].to_numpy() == pytest.approx(table["variance_share"].to_numpy(), abs=1e-12)
    assert table["nominal_share"].sum() == pytest.approx(1)


# A gain is what certainty of one row changes in the grade's chance; `without` is the chance if it earned nothing.
def test_gains_are_differences_of_chances(standard: Standard) -> None:
    assessment = load_assessment(example("near_aaa"))
    line = by_row(sensitivity(standard, assessment, "AAA")).loc["policy_support"]
    ends = []
    for answer in ("unmet", "met"):
        grades = uncertainty(standard, assessment.with_answers({"policy_support": answer})).grades
        ends.append(grades["AAAA"] + grades["AAA"])
    assert [line["at_lowest"], line["at_highest"]] == pytest.approx(ends, abs=1e-12)
    assert line["gain"] == pytest.approx(ends[1] - ends[0], abs=1e-12)
    assert line["without"] == pytest.approx(ends[0], abs=1e-12)


# The general way, by all joint outcomes at once, finds the same as convolution from front and back.
@pytest.mark.parametrize("target", ["AAA", "score"])
def test_two_ways_to_the_indices(standard: Standard, target: str) -> None:
    found = sensitivity(standard, load_assessment(example("near_aaa")), target)
    table = by_row(found)
    joint = enumerated(found.model, found.chance)
    lines = joint_indices(joint, joint.totals(), target, [[group] for group in joint.model.groups])
    for group, line in zip(found.model.scored, lines, strict=True):
        for key, value in line.items():
            assert value == pytest.approx(table.loc[next(iter(group.rows)), key], abs=1e-10), (group, key)


def by_permutation(units: list[int], need: int) -> list[float]:
    """Return the share of orders in which each is the one that reaches the line."""
    found = [0] * len(units)
    for order in itertools.permutations(range(len(units))):
        reached = 0
        for i in order:
            reached += units[i]
            if reached >= need:
                found[i] += 1
                break
    return [count / math.factorial(len(units)) for count in found]


# Shapley shares of the way to a grade are those of all orders of the rows, and sum to 1.
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.data())
@settings(max_examples=30, deadline=None)
def test_shapley_shares_are_those_of_all_orders(tops: list[int], data: st.DataObject) -> None:
    need = data.draw(st.integers(1, sum(tops)))
    standard = made(*tops, bands=[{"grade": "A", "lower": need}])
    answers = {f"row_{i}": "unmet" for i in range(len(tops))}
    found = sensitivity(standard, parse_assessment(standard, {"standard": "made-up", "answers": answers}), "A")
    assert found.table["shapley"].tolist() == pytest.approx(by_permutation(tops, need), abs=1e-12)
    assert found.table["shapley"].sum() == pytest.approx(1)


# Rows that depend on the same unknown fact cannot be told apart: they share one index and name each other.
def test_rows_on_one_fact_share_an_index() -> None:
    rows = {
        f"row_{i}": {
            "clause": "1",
            "text": "r",
            "indicator": "a",
            "max_score": 5,
            "parts": {f"p_{i}": {"text": "p", "test": test}},
        }
        for i, test in enumerate([{"fact": "rooms", "operator": ">=", "value": 5 * (1 + i)} for i in range(2)])
    }
    values = {"standard": "made-up", "edition": "1", "title": "m", "criteria": rows, "indicators": {"a": {"name": "a"}}}
    values |= {"facts": {"rooms": {"kind": "count", "label": "rooms"}}, "bands": [{"grade": "A", "lower": 8}]}
    table = by_row(sensitivity(Standard.model_validate(values), Assessment(standard="made-up"), "A"))
    assert table["with"].tolist() == [["row_1"], ["row_0"]]
    assert table["first_order"].tolist() == [1.0, 1.0]


# Where a node takes the weakest of its rows, all indices still come out, but no Shapley shares.
def test_other_trees_than_sums() -> None:
    standard = made(4, 4)
    weakest = standard.indicators["a"].model_copy(update={"combine": "minimum"})
    standard = standard.model_copy(update={"indicators": {"a": weakest}, "bands": standard.bands[:0]})
    found = sensitivity(standard, Assessment(standard="made-up"), "score")
    assert found.value == 1.0
    line = by_row(found).loc["row_0"]
    assert line["first_order"] == pytest.approx(1 / 3)  # variance 3 of 0, 0, 0, 4; explained by one row: 1
    assert line["total"] == pytest.approx(2 / 3)  # the other row known, half of the time 4 × a coin is left: 2
    assert found.to_dict()["rows"][0]["shapley"] is None


# Where joint outcomes are too many they are drawn, which is said, and the indices come near the exact ones.
def test_many_unknowns_in_other_trees_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    standard = made(*range(3, 13), bands=[{"grade": "A", "lower": 40}])
    capped = standard.indicators["a"].model_copy(update={"cap": 50})
    standard = standard.model_copy(update={"indicators": {"a": capped}})
    exact = sensitivity(standard, Assessment(standard="made-up"), "A")
    monkeypatch.setattr("lsstd.robustness.uncertainty.MOST_JOINT", 100)
    sampled = sensitivity(standard, Assessment(standard="made-up"), "A")
    assert (exact.draws, sampled.draws) == (None, 100_000)
    assert abs(sampled.value - exact.value) < 5 * (sampled.standard_error or 0)
    assert (sampled.to_dict()["method"], sampled.to_dict()["rows"][0]["total"]) == ("sampled", None)
    for column in ("variance_share", "first_order", "gain", "without"):
        assert sampled.table[column].to_numpy() == pytest.approx(exact.table[column].to_numpy(), abs=0.02)


# SALib, run on our model through our frames, estimates what we compute, within its own confidence intervals.
def test_salib_estimates_what_we_compute(standard: Standard) -> None:
    from SALib.analyze import sobol as analyse
    from SALib.sample import sobol as sample

    ours = sensitivity(standard, load_assessment(example("near_aaa")), "score").to_salib()
    estimated = analyse.analyze(ours.problem, ours.evaluate(sample.sample(ours.problem, 512, seed=1)), seed=1)
    for index in ("S1", "ST"):
        assert (np.abs(estimated[index] - ours.results[index]) <= 2 * estimated[f"{index}_conf"] + 0.02).all()
    frame = ours.results.to_df()
    assert list(frame.index) == ours.problem["names"]


# Effective weights sum to 1; what conditions ask for guarantees points that every eligible base has.
def test_effective_weights_of_a_population(standard: Standard) -> None:
    found = effective_weights(load_population(data() / "populations" / "made_up_60.csv", standard))
    assert found.table["effective_share"].sum() == pytest.approx(1)
    table = found.table.set_index("criterion")
    assert table.loc["live_room_count", "guaranteed"] == 5  # 5.1.4 asks for 10 rooms, as the row does
    assert not (table["always_met"] & table["never_met"]).any()
    assert found.plot(lang="en", title="Weights").get_title() == "Weights (synthetic data)"


# Shaken weights leave the mean where it is; the same seed gives the same draws; a settled share of 1 moves nothing.
def test_shaken_weights(standard: Standard) -> None:
    assessment = load_assessment(example("near_aaa"))
    found = weight_uncertainty(standard, assessment, draws=4000, seed=3)
    assert found.table["spread"].is_monotonic_increasing
    assert found.table.loc[found.table["spread"] == 0, "AA"].tolist() == [1.0]  # 398.92 points
    at_10 = found.table.set_index("spread").loc[0.1]
    assert {grade: at_10[grade or "none"] for grade in found.grades} == found.grades
    # the variance of a ratio of sums, to the first order: each row moves by ± 10 % of its points
    result = evaluate(standard, assessment)
    rows = [row for row in result.criteria.values() if row.criterion.max_score]
    share = float(result.score.secured) / 500
    moves = [float(row.secured) - share * float(row.criterion.max_score) for row in rows]
    assert at_10["sd"] == pytest.approx(0.1 * math.sqrt(sum(move**2 for move in moves)), rel=0.05)
    assert found.plot(lang="en").get_xlabel().startswith("spread")
    assert at_10["mean"] == pytest.approx(398.92, abs=5 * at_10["sd"] / math.sqrt(4000))
    assert sum(found.grades.values()) == pytest.approx(1)
    assert 0 < found.standard_error < 0.01
    assert weight_uncertainty(standard, assessment, draws=4000, seed=3).grades == found.grades
    full = made(4, 6)
    met = parse_assessment(full, {"standard": "made-up", "answers": {"row_0": "met", "row_1": "met"}})
    assert weight_uncertainty(full, met, draws=10).table["sd"].max() == pytest.approx(0, abs=1e-12)


# Targets that do not exist, no draws, weights that cannot be drawn: refused.
def test_wrong_input_is_refused(standard: Standard) -> None:
    assessment = load_assessment(example("near_aaa"))
    with pytest.raises(LsstdError, match="did you mean AAA"):
        sensitivity(standard, assessment, "AAAAAA")
    for options in ({"draws": 0}, {"spread": 1.0}, {"spread": -0.1}, {"spread": float("nan")}):
        with pytest.raises(LsstdError, match=r"≥ 1|less than 1"):
            weight_uncertainty(standard, assessment, **options)  # type: ignore[arg-type]
    with pytest.raises(LsstdError, match="two subjects"):
        effective_weights(load_population(pd.DataFrame({"id": ["x"]}), standard))


# The tornado has two bars for each open row, the widest on top.
def test_the_tornado_shows_every_open_row(standard: Standard) -> None:
    found = sensitivity(standard, load_assessment(example("near_aaa")), "score")
    axes = found.plot(lang="en")
    assert len(axes.patches) == 2 * int((found.table["variance_share"] > 0).sum())
    assert axes.get_yticklabels()[0].get_text().startswith("41 ")
    assert found.plot_weights(lang="en").get_yticklabels()[0].get_text().startswith("41 ")


# An axis that shows a part of the chances says so.
def test_a_cut_axis_says_so(standard: Standard) -> None:
    found = sensitivity(standard, load_assessment(example("near_aaa")), "AAA")
    assert re.search(r"the axis shows 97\.\d% to 100\.\d% only", found.plot(lang="en").get_xlabel())


def _of_rows(rows: dict[str, dict[str, Any]], indicators: dict[str, dict[str, Any]]) -> Standard:
    entries = {key: {"clause": "1", "text": key, **row} for key, row in rows.items()}
    nodes = {key: {"name": key, **node} for key, node in indicators.items()}
    values = {"standard": "made-up", "edition": "1", "title": "made up", "criteria": entries, "indicators": nodes}
    return Standard.model_validate(values)


# A standard written with weights and divisors, and the same one written with points alone, weigh their rows alike;
# a weighted subject counts as often as its weight says.
def test_weights_are_weights() -> None:
    weighted = _of_rows(
        {"a": {"max_score": 100, "indicator": "x"}, "b": {"max_score": 100, "weight": 3, "indicator": "x"},
         "c": {"max_score": 50, "indicator": "y"}},
        {"top": {}, "x": {"parent": "top", "weight": 0.9, "divisor": 4}, "y": {"parent": "top", "weight": 0.2}},
    )  # fmt: skip
    bare = _of_rows(
        {"a": {"max_score": 22.5, "indicator": "x"}, "b": {"max_score": 67.5, "indicator": "x"},
         "c": {"max_score": 10, "indicator": "y"}},
        {"x": {}, "y": {}},
    )  # fmt: skip
    shares = np.array([[0, 0.5, 1], [1, 0.2, 0], [0.4, 0.3, 0.6], [1, 1, 0.1]])
    tables = []
    for standard, weight in ((weighted, True), (bare, True), (bare, False)):
        points = pd.DataFrame(
            shares * [float(row.max_score or 0) for row in standard.scored_rows], columns=["a", "b", "c"]
        )
        frame = points.assign(id=["p", "q", "r", "s"], weight=[1, 3, 1, 2])
        if not weight:
            frame = frame.loc[frame.index.repeat(frame["weight"])].drop(columns="weight")
            frame["id"] = [f"s{i}" for i in range(len(frame))]
        people = load_population(frame.reset_index(drop=True), standard)
        tables.append(effective_weights(people, resamples=0).table)
    for table in tables:
        assert table["nominal_share"].tolist() == pytest.approx([0.225, 0.675, 0.1])
        assert table["effective_share"].sum() == pytest.approx(1)
        assert table["effective_share"].tolist() == pytest.approx(tables[0]["effective_share"].tolist())
        assert table["linear_effect"].tolist() == pytest.approx(tables[0]["linear_effect"].tolist())
    answers = {"a": {"range": [0, 100]}, "b": {"range": [0, 100]}, "c": {"range": [0, 50]}}
    assessment = parse_assessment(weighted, {"standard": "made-up", "answers": answers})
    nominal = sensitivity(weighted, assessment, target="score").table["nominal_share"]
    assert nominal.tolist() == pytest.approx([0.225, 0.675, 0.1])


# Groups of rows and pairs of them, by convolution, are what all joint outcomes give; together they are Sobol's.
def test_indicators_and_pairs(standard: Standard) -> None:
    found = sensitivity(standard, load_assessment(example("near_aaa")), "AAA", by="indicators")
    table, pairs = found.table.set_index("indicator"), found.pairs()
    joint = enumerated(found.model, found.chance)
    both = [[*found.blocks[one], *found.blocks[other]] for one, other in pairs[["first", "second"]].to_numpy()]
    lines = joint_indices(joint, joint.totals(), "AAA", [*(found.blocks[name] for name in table.index), *both])
    for name, line in zip(table.index, lines, strict=False):
        for key, value in line.items():
            assert value == pytest.approx(table.loc[name, key], abs=1e-10), (name, key)
    for (one, other, second), line in zip(pairs.to_numpy(), lines[len(table) :], strict=True):
        assert second == pytest.approx(
            line["first_order"] - table.loc[one, "first_order"] - table.loc[other, "first_order"], abs=1e-10
        )
    assert "independently" in found.to_dict("en")["assumptions"][0]
