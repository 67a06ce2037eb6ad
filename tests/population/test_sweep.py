"""Sweeps look up what scoring anew under each reform would find."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lsstd.changes.reform import Reform
from lsstd.errors import InvalidFile, LsstdError
from lsstd.files.places import data
from lsstd.population.impact import impact
from lsstd.population.moves import moves_of
from lsstd.population.population import Population, load_population
from lsstd.population.scoring import scores_of
from lsstd.population.sweep import sweep
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.standard.bands import with_line
from lsstd.standard.standard import Standard


@pytest.fixture(scope="module")
def people(hlj: Standard) -> Population:
    return synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", hlj), hlj, 1500, 2)


def reform(hlj: Standard, **changes: Any) -> Reform:
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return Reform(reform="r", standard=hlj.standard, changes=named)


# For each place of a line the counts are those of the reform that moves it there.
@pytest.mark.parametrize("reading", ["lower", "none", "upper", "nearest"])
def test_one_line(reading: str, people: Population, hlj: Standard) -> None:
    readings = {"between_bands": reading}
    found = sweep(people, hlj, {"lines.AAA": [352, 380.5, 401, 450]}, readings)
    for value, lines in found.table.groupby("lines.AAA"):
        table = impact(people, hlj, reform(hlj, lines__AAA=value), readings).table
        assert lines["count"].tolist() == table["after"].tolist()
        assert lines["share"].to_numpy() == pytest.approx(table["share_after"].to_numpy())


# Two lines make a grid; pairs that would cross are missing.
def test_two_lines(people: Population, hlj: Standard) -> None:
    found = sweep(people, hlj, {"lines.AAA": [390, 401], "lines.AA": [340, 395]}).table
    cells = {key: lines["count"].tolist() for key, lines in found.groupby(["lines.AAA", "lines.AA"])}
    both = reform(hlj, lines__AAA=390, lines__AA=340)
    assert cells[390.0, 340.0] == impact(people, hlj, both).table["after"].tolist()
    assert np.isnan(cells[390.0, 395.0]).all()


# Lines move as a reform moves them, and are refused where a reform would refuse them.
@pytest.mark.parametrize("grade", ["AAAA", "AAA", "AA", "A"])
@pytest.mark.parametrize("value", [1, 299, 345.5, 350, 399, 401, 449, 451, 499, 500, 501])
def test_as_a_reform(grade: str, value: float, people: Population, hlj: Standard) -> None:
    over, some = {f"lines.{grade}": [value]}, people.part(slice(0, 50))
    try:
        after = reform(hlj, **{f"lines__{grade}": value}).apply(hlj)
    except InvalidFile:
        with pytest.raises(LsstdError, match="cannot be swept"):
            sweep(some, hlj, over)
    else:
        found = sweep(some, hlj, over).table
        assert found["count"].notna().all()
        ends = [(band.lower, band.upper) for band in after.bands]
        assert [(band.lower, band.upper) for band in with_line(hlj.bands, grade, value)] == ends  # type: ignore[arg-type]


# The threshold of a condition decides who may apply; shares are of everyone.
@pytest.mark.parametrize("weight", [None, 2.5])
def test_a_condition(weight: float | None, people: Population, hlj: Standard) -> None:
    frame = people.frame if weight is None else people.frame.assign(weight=weight)
    path = "conditions.area.tests.office_area"
    weighed = load_population(frame, hlj)
    found = sweep(weighed, hlj, {path: [0, 800, 1000, 3000]}).table
    for value, lines in found.groupby(path):
        after = moves_of(weighed, hlj, reform(hlj, **{path.replace(".", "__"): value}).apply(hlj)).after
        assert after.eligible is not None
        codes = after.grade[after.eligible]
        assert lines["count"].tolist() == np.bincount(codes, minlength=5).tolist()
        assert lines["share"].sum() == pytest.approx(after.eligible.mean())


# Every operator passes those that it should, at the threshold itself too.
@pytest.mark.parametrize(("value", "passing"), [(0, 4), (1, 3), (2, 1), (3, 0)])
def test_a_strict_threshold(value: float, passing: int, small: Standard) -> None:
    frame = pd.DataFrame({"id": range(5), "years": [1, 2, 2, 3, None], "people": 5, "honest": True})
    found = sweep(load_population(frame, small), small, {"conditions.time.tests.years": [value]}).table
    assert found["count"].sum() == passing


# A path that does not exist is told with the nearest; so is what is no number, and a condition without a column.
def test_wrong_paths(people: Population, hlj: Standard) -> None:
    for over, told in (
        ({"line.AAA": [1]}, "did you mean lines.AAA"),
        ({"criteria.vilage_rooms.max_score": [1]}, "did you mean criteria.village_rooms.max_score"),
        ({"lines.AAA": ["high"]}, "a number"),
        ({"lines.AAA": [float("nan")]}, "a number"),
        ({"lines.AAA": []}, "with 1 to 10000 values"),
        ({"lines.A": [1], "lines.AA": [2], "lines.AAA": [3]}, "one path or two"),
        ({"criteria.village_rooms.max_score": [5, 10]}, "--rescale indicators"),
        ({"criteria": [5]}, "there is no path criteria"),
    ):
        with pytest.raises(LsstdError, match=told):
            sweep(people, hlj, over)
    alone = load_population(pd.DataFrame({"id": ["a", "b"], "village_rooms": [1, 2]}), hlj)
    with pytest.raises(LsstdError, match="a column of office_area"):
        sweep(alone, hlj, {"conditions.area.tests.office_area": [5]})


# Whatever a reform can change can be swept, alone or with another, and counts as that reform does.
def test_any_path(people: Population, hlj: Standard) -> None:
    restored = {"rescale": ["indicators.social_service"]}
    row, area = "criteria.village_rooms.max_score", "conditions.area.tests.office_area"
    found = sweep(people, hlj, {row: [5, 15], area: [500, 2000]}, restore_total=restored)
    for (points, square), lines in found.table.groupby([row, area]):
        after = Reform.model_validate(
            {"reform": "r", "standard": hlj.standard, "changes": {row: points, area: square}, "restore_total": restored}
        )
        side = moves_of(people, hlj, after.apply(hlj)).after
        assert side.eligible is not None
        assert lines["count"].tolist() == np.bincount(side.grade[side.eligible], minlength=5).tolist()
    assert found.is_of_eligible
    assert [label.en for label in found.labels] == [
        "row 8, shared live rooms in villages and towns: points",
        "condition 5.1.3 (office floor area): floor area for e-commerce offices, core zone (m²)",
    ]
    free = sweep(people, hlj, {row: [5, 15]}, new_total=True)
    after = reform(hlj, **{row.replace(".", "__"): 15}).model_copy(update={"new_total": 510})
    assert free.table["count"][5:].tolist() == impact(people, hlj, after).table["after"].tolist()
    options = sweep(people, hlj, {"readings.compound_rows": ["shares", "all"]}).table
    assert (
        options["count"].tolist()[5:]
        == np.bincount(scores_of(people, hlj, {"compound_rows": "all"}).grade(), minlength=5).tolist()
    )
    assert len(found.plot(lang="en").get_ylabel()) > 10


# Weights and tables of a standard whose trees are no sums are swept as well.
def test_other_trees(small: Standard) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "b": [7, 3, 0], "e": [300, 100, 250]})
    capped = small.model_copy(update={"indicators": {**small.indicators, "right": small.indicators["right"].model_copy(
        update={"cap": 200})}})  # fmt: skip
    people = load_population(frame, capped)
    found = sweep(people, capped, {"indicators.right.cap": [50, 120.5, 250]}, new_total=True)
    counts = found.table.pivot(index="indicators.right.cap", columns="grade", values="count")
    assert counts["silver"].tolist()[1:] == [2, 1]
    assert counts.loc[50].isna().all()  # gold would be out of reach
