"""Results for a population read in parts equal those for the whole, to the last digit, however it is cut."""

import json
import pickle
import random
import runpy
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError
from lsstd.files.places import data
from lsstd.pages.impact_page import overview
from lsstd.pages.population_page import sweep_sections
from lsstd.pages.robustness_page import movers_sections
from lsstd.population.columns import sums
from lsstd.population.impact import each_impact, impact
from lsstd.population.moves import each_effects, moves_of
from lsstd.population.partitions import Partitions
from lsstd.population.population import Population, load_population
from lsstd.population.sweep import sweep
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.robustness.reading_effects import population_readings
from lsstd.standard.bands import with_line
from lsstd.standard.standard import Standard

AS_OF = "2024-12-31"
AGREEMENT = runpy.run_path(str(Path(__file__).with_name("test_agreement.py")))
MECHANISMS = runpy.run_path(str(Path(__file__).with_name("test_mechanisms.py")))
HELD = {"compound_rows": "shares", "missed_threshold": "nothing", "same_quantity": "suggest"}
AREA = "conditions.area.tests.office_area"


def part(population: Population, rows: slice) -> Population:
    """Return some subjects as if read from a separate file, without the notes, which belong to the whole."""
    return replace(population.part(rows), notes=())


def cut(population: Population, *ends: int) -> Partitions:
    """Cut a population at these places."""
    pairs = zip([0, *ends], [*ends, len(population)], strict=True)
    return Partitions(population.standard, tuple(partial(part, population, slice(*pair)) for pair in pairs))


def cuts(population: Population, seed: int) -> list[Partitions]:
    """Cut it into one part, into two, and into seven uneven ones, one of them empty."""
    size, rng = len(population), random.Random(seed)
    six = sorted(rng.randrange(size + 1) for _ in range(5))
    return [cut(population), cut(population, size // 2), cut(population, *sorted([*six, six[2]]))]


def weighed(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Add weights with more decimals further down, and groups with values, and blanks, that occur only late."""
    rng, size = random.Random(seed), len(frame)
    weights = [round(rng.random() * 10 ** rng.randrange(7), 9 * i // size) for i in range(size)]
    regions = [rng.choice(["x", "y"] if i < size // 2 else ["x", "z", None]) for i in range(size)]
    sizes = [None if i < size // 3 else "large" for i in range(size)]
    return frame.assign(**{"weight": weights, "group.region": regions, "group.size": sizes})


def listed(result: Any) -> str:
    return json.dumps(result.to_dict())


@pytest.fixture(scope="module")
def people(hlj: Standard) -> Population:
    frame = synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", hlj), hlj, 300, 11).frame
    rooms = [[5, 2.5, 1.125, None][i % 4] if i > 200 else i % 6 for i in range(300)]  # parts differ in their lattices
    return load_population(weighed(frame.assign(village_rooms=rooms), 4), hlj, AS_OF)


# Points, lines, thresholds, readings, dropped, added, split, merged rows: the JSON is identical.
@pytest.mark.parametrize("name", AGREEMENT["REFORMS"])
def test_each_kind_of_reform(name: str, people: Population, hlj: Standard) -> None:
    after, protect = AGREEMENT["reformed"](hlj, name), [{"region": "z"}, {"region": "x", "size": "large"}]
    readings = {"rounding": "total", "between_bands": "none"} if name in ("points", "merged") else {}
    whole = impact(people, hlj, after, readings, protect)
    assert whole.moved or name in ("added", "split", "split_optional", "merged_optional")
    for parts in cuts(people, 1):
        found = impact(parts, hlj, after, readings, protect)
        assert listed(found) == listed(whole)
        assert found.rows == whole.rows
        assert found.table.equals(whole.table)
        assert found.groups == whole.groups


# The pages are identical, too.
def test_pages(people: Population, hlj: Standard) -> None:
    shown = [
        [
            *overview(impact(each, hlj, AGREEMENT["reformed"](hlj, "points")), "en"),
            *sweep_sections(sweep(each, hlj, {AREA: [0, 500]}), "zh"),
            *movers_sections(population_readings(each, hlj, HELD), "zh"),
        ]
        for each in (people, cut(people, 3, 90))
    ]
    assert [section.html for section in shown[0]] == [section.html for section in shown[1]]


# The same holds for standards that are more than sums, whatever they combine, and for subjects without weights.
@given(drawn=st.data())
@settings(max_examples=25, deadline=None)
def test_any_standard(drawn: st.DataObject) -> None:
    before = drawn.draw(MECHANISMS["standards"]())
    values = before.in_file
    indicators = {**values["indicators"], "a": {**values["indicators"]["a"], "divisor": drawn.draw(st.integers(1, 3))}}
    after = Standard.model_validate({**values, "indicators": indicators, "bands": values["bands"][:2]})
    readings = {key: drawn.draw(st.sampled_from(options)) for key, options in MECHANISMS["READINGS"].items()}
    lines = [MECHANISMS["answers_of"](drawn.draw, before)[1] for _ in range(5)]
    lines[0].setdefault("rooms", 1)  # a table without any answer is refused
    frame = pd.DataFrame([{**line, "id": str(i), "group.g": "ab"[i % 2]} for i, line in enumerate(lines)])
    people = load_population(weighed(frame, 1) if drawn.draw(st.booleans()) else frame, before)
    parts = cut(people, *sorted(drawn.draw(st.lists(st.integers(0, 5), max_size=3))))
    assert listed(impact(parts, before, after, readings)) == listed(impact(people, before, after, readings))
    over = {"lines.C": [0, 1, 2, 3.5]}
    try:
        whole = sweep(people, before, over, readings)
    except LsstdError as error:
        with pytest.raises(type(error), match="cannot be swept"):
            sweep(parts, before, over, readings)
    else:
        assert listed(sweep(parts, before, over, readings)) == listed(whole)


# Sweeps of lines (alone and in pairs, some of which cross), conditions, points and readings.
@pytest.mark.parametrize(
    "over",
    [
        {"lines.AAA": [360, 380.5, 401, 430]},
        {"lines.AAA": [390, 401], "lines.AA": [340, 395]},
        {AREA: [0, 500, 1000]},
        {"criteria.village_rooms.max_score": [5, 15], AREA: [10, 1000]},
        {"readings.compound_rows": ["shares", "all"]},
    ],
)
def test_sweeps(over: dict[str, Any], people: Population, hlj: Standard) -> None:
    options: dict[str, Any] = {"restore_total": {"rescale": ["indicators.social_service"]}}
    options = options if "criteria.village_rooms.max_score" in over else {}
    whole = sweep(people, hlj, over, {"rounding": "row"}, **options)
    for parts in cuts(people, 2):
        found = sweep(parts, hlj, over, {"rounding": "row"}, **options)
        assert listed(found) == listed(whole)
        assert found.table.equals(whole.table)


# A line that is swept counts as the reform that moves it, by weight too.
def test_a_line_counts_as_its_reform(people: Population, hlj: Standard) -> None:
    found = sweep(cut(people, 50), hlj, {"lines.A": [250, 287.3]}, {"between_bands": "none"}).table
    for value, cells in found.groupby("lines.A"):
        after = hlj.model_copy(update={"bands": with_line(hlj.bands, "A", value)})
        table = impact(people, hlj, after, {"between_bands": "none"}).table
        assert cells["count"].tolist() == table["after"].tolist()
        assert cells["share"].tolist() == table["share_after"].tolist()


# Readings of a population: counts, stable and moved subjects add up; results by subject need the whole in memory.
def test_readings(people: Population, hlj: Standard) -> None:
    whole = population_readings(people, hlj, HELD)
    assert 0 < whole.stable < len(people)
    for parts in cuts(people, 3):
        found = population_readings(parts, hlj, HELD)
        assert listed(found) == listed(whole)
    with pytest.raises(LsstdError, match="load it whole"):
        _ = found.subjects


# Tied movers keep the order of the table; for a population in parts the first thousand are known.
def test_the_furthest_movers(hlj: Standard) -> None:
    size = 2600
    rooms = [[5, 5, 4, 3, 0][i % 5] for i in range(size)]
    frame = pd.DataFrame({"id": [f"s{i}" for i in range(size)], "village_rooms": rooms})
    people, after = load_population(frame, hlj), AGREEMENT["reformed"](hlj, "points")
    whole, found = impact(people, hlj, after), impact(cut(people, 100, 2000), hlj, after)
    assert found.movers().equals(whole.movers())
    assert found.movers()["id"].tolist() == [f"s{i}" for i in range(size) if rooms[i] == 5][:1000]
    assert (len(found.movers(None)), len(whole.movers(None)), whole.moved) == (1000, 2080, 2080)
    assert found.to_dict(movers=None)["movers_left_out"] == 1080


# A protected group that no part has is refused as for the whole; the results of a part can cross processes.
def test_refusals_and_travelling(people: Population, hlj: Standard) -> None:
    after = AGREEMENT["reformed"](hlj, "points")
    for group, told in (({"region": "zz"}, "no subject has 'zz' there"), ({"k": "q"}, "no column 'group.k'")):
        with pytest.raises(LsstdError, match=told):
            impact(cut(people, 30), hlj, after, None, [group])
    work = pickle.loads(pickle.dumps(partial(each_effects, before=hlj, afters=[after, hlj])))
    told = pickle.loads(pickle.dumps(work(people)))
    assert [each.moved for each in told] == [found.moved for found in each_impact(people, hlj, [after, hlj])]
    assert len(pickle.dumps(told)) < 100_000
    bare = load_population(pd.DataFrame({"id": ["a", "b"], "village_rooms": [1, 2]}), hlj)
    with pytest.raises(LsstdError, match="a column of office_area"):
        sweep(cut(bare, 1), hlj, {AREA: [5]})


# The weighted mean change of a group equals that of the exact engine, in fractions, subject by subject.
def test_weights_by_hand(hlj: Standard, subjects: Callable[..., Any]) -> None:
    frame, assessments = subjects(hlj, 40, 8)
    frame = weighed(frame, 9)
    frame.loc[:3, "weight"] = [1e15, 0.1, 123456789012.125, 3e22]
    after = AGREEMENT["reformed"](hlj, "thresholds")
    gains = [Fraction(evaluate(after, a).score.secured) - Fraction(evaluate(hlj, a).score.secured) for a in assessments]
    weights = [Fraction(repr(weight)) for weight in frame["weight"].tolist()]
    population = load_population(frame, hlj, AS_OF)
    for found in (impact(population, hlj, after), impact(cut(population, 2, 20), hlj, after)):
        assert found.to_dict()["population"]["weight"] == float(sum(weights))
        for line in found.groups:
            whom = [
                i
                for i in range(40)
                if (None if pd.isna(v := frame[f"group.{line['group']}"][i]) else v) == line["value"]
            ]
            mean = sum(weights[i] * gains[i] for i in whom) / sum(weights[i] for i in whom)
            assert (line["count"], line["mean_change"]) == (len(whom), float(mean))


# Sums beyond 64 bits: a hundred thousand weights with seven decimals, all with the same change, have it as their mean.
def test_weighted_sums_do_not_overflow(hlj: Standard) -> None:
    size = 100_000
    columns = {"village_rooms": 5, "group.g": np.where(np.arange(size) % 2, "a", "b")}
    frame = pd.DataFrame({"id": np.arange(size), "weight": 123456.1234567 + np.arange(size) % 7, **columns})
    after = AGREEMENT["reformed"](hlj, "points")
    found = impact(load_population(frame, hlj), hlj, after)
    assert [group["mean_change"] for group in found.groups] == [5, 5]
    assert found.census.weight == sum(Fraction(repr(weight)) for weight in frame["weight"].tolist())
    shares = found.table["share_before"].sum()
    assert shares == 1


# Sums by place equal those of Python's integers, whatever their size and sign.
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2**64 - 1), st.integers(-(2**62), 2**62)), min_size=1))
def test_sums(lines: list[tuple[int, int, int]]) -> None:
    places, one, other = zip(*lines, strict=True)
    expected = [sum(a * b for place, a, b in lines if place == i) for i in range(3)]
    assert sums(np.array(places), 3, np.array(one, np.uint64), np.array(other, np.int64)) == expected
    assert sums(np.array(places), 3) == [places.count(i) for i in range(3)]
    assert sums(np.array(places), 3, np.array([x * 2**70 for x in one], object)) == [
        sum(a * 2**70 for place, a, _ in lines if place == i) for i in range(3)
    ]


# A weight counts the same whether the other weights have few decimals or nine.
def test_a_weight_is_the_decimal_that_it_shows(hlj: Standard) -> None:
    weights = [12345678.1, 98765432.3, 0.123456789, 7e17]
    for some in (weights, weights[:2], weights[1:3], weights[2:]):
        frame = pd.DataFrame({"id": range(len(some)), "weight": some})
        (found,) = load_population(frame, hlj).weighed(np.zeros(len(some), int), 1)
        assert found == sum(Fraction(repr(weight)) for weight in some)
    tenths = load_population(pd.DataFrame({"id": range(10), "weight": 0.1}), hlj)
    assert impact(tenths, hlj, hlj).to_dict()["population"]["weight"] == 1
    with pytest.raises(LsstdError, match="a finite number"):
        load_population(pd.DataFrame({"id": [1], "weight": [1e300]}), hlj)


# Lines do not depend on the lattice of the data: a gap between whole points is not lost on a coarse lattice.
def test_lines_do_not_depend_on_the_data(hlj: Standard, small: Standard) -> None:
    for standard, column in ((hlj, "village_rooms"), (small, "b")):
        coarse, fine = (load_population(pd.DataFrame({"id": [1], column: [x]}), standard) for x in (3, 3.125))
        for reading in ("lower", "none", "upper", "nearest"):
            lines = [
                impact(p, standard, standard, {"between_bands": reading}).cliffs().iloc[:, :3] for p in (coarse, fine)
            ]
            assert lines[0].equals(lines[1])
    assert moves_of(coarse, small, small).lattice < moves_of(fine, small, small).lattice
