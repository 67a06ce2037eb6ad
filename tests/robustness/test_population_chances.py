"""Chances of many at once equal `uncertainty` for each subject, from a table, its parts, or assessments."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lsstd as package
from lsstd.assessment.assessment import Assessment
from lsstd.changes.migrate import migrate_answers
from lsstd.errors import LsstdError
from lsstd.files.places import data, example
from lsstd.files.standards import load_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.population.partitions import Partitions
from lsstd.population.population import Population, assessment_of, load_population
from lsstd.robustness import independent_groups
from lsstd.robustness.distribution import load_common
from lsstd.robustness.population_chances import grade_chances, population_chances
from lsstd.robustness.uncertainty import uncertainty
from lsstd.standard.standard import Standard

MADE_UP = data() / "populations" / "made_up_60.csv"
FACTOR = load_common(Parsed({"common": "x", "levels": [{"weight": 0.4, "odds": 0.5}, {"weight": 0.6, "odds": 3}]}))


def as_assessments(population: Population, standard: Standard, places: Sequence[int]) -> list[Assessment]:
    found = [assessment_of(population, place) for place in places]
    if standard.sha256 == population.standard.sha256:
        return found
    return [migrate_answers(one, population.standard, standard)[0] for one in found]


def agree(population: Population, standard: Standard, places: Sequence[int], **options: Any) -> None:
    """Compare the chances from a table with those of each subject alone, and of all assessments at once."""
    table = grade_chances(standard, population, **options)
    width = len(standard.grades) + 1
    assessments = as_assessments(population, standard, places)
    many = grade_chances(standard, assessments, **options)
    for place, assessment, other in zip(places, assessments, many.to_numpy()[:, 1:].astype(float), strict=True):
        alone = uncertainty(standard, assessment, **options)
        expected = [*alone.grades.values()]
        line = table.iloc[place]
        assert line["mean"] == pytest.approx(alone.mean, rel=1e-12)
        found = line.iloc[-width:].to_numpy(float)
        assert np.abs(found - expected).max() < 1e-12
        assert [p > 0 for p in found] == [p > 0 for p in expected]  # impossible outcomes stay at 0
        assert np.abs(other - [alone.mean, *expected]).max() < 1e-12 * max(1, alone.mean)


@pytest.fixture(scope="module")
def hlj() -> Standard:
    return load_standard("hlj-base-evaluation")


@pytest.fixture(scope="module")
def people(hlj: Standard, populations: ModuleType) -> Population:
    """Random subjects: blanks among points, parts and facts, parts that do not apply, facts that contradict points."""
    rng = random.Random(4)
    lines = [populations.random_line(hlj, rng, number) for number in range(30)]
    return load_population(pd.DataFrame(lines), hlj, populations.AS_OF)


# Each subject of a table has the chances that `uncertainty` finds, whatever is blank and whatever the readings.
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"readings": {"rounding": "total", "compound_rows": "all"}, "unknown": 0.3},
        {"readings": {"rounding": "row", "same_quantity": "equate", "missed_threshold": "shown"}, "unknown": 0.8},
        {"readings": {"recommended_rows": "left_out", "bonus": "ignored", "between_bands": "none"}, "common": FACTOR},
        {"unknown": 1},
        {"unknown": 0},
    ],
    ids=["by default", "rounded totals", "rounded rows", "common factor", "all met", "none met"],
)
def test_a_table_is_told_what_each_subject_is(people: Population, hlj: Standard, options: dict[str, Any]) -> None:
    agree(people, hlj, range(0, 30, 3), **options)


# So too where points come in halves, parts have different weights, and one fact decides several rows.
@pytest.mark.parametrize("rounding", ["none", "row", "total"])
def test_another_shape(populations: ModuleType, rounding: str) -> None:
    standard, rng = populations.made_up(), random.Random(7)
    lines = [populations.random_line(standard, rng, number) for number in range(60)]
    population = load_population(pd.DataFrame(lines), standard, populations.AS_OF)
    agree(population, standard, range(20), readings={"rounding": rounding, "same_quantity": "equate"}, unknown=0.3)


# Under a reform, the answers are carried over: rescaled, split, merged, with parts that are gone.
@pytest.mark.parametrize("name", ["points", "dropped", "split", "merged"])
def test_reformed(people: Population, hlj: Standard, agreement: ModuleType, name: str) -> None:
    agree(people, agreement.reformed(hlj, name), range(0, 30, 4), unknown=0.4)


# So too for whatever rules, nodes, demands and tables a standard combines, whether or not it is a sum.
@given(st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_mechanism(mechanisms: ModuleType, data: st.DataObject) -> None:
    standard = data.draw(mechanisms.standards())
    if data.draw(st.booleans()):
        standard = mechanisms.summed(standard)
    readings = {key: data.draw(st.sampled_from(options)) for key, options in mechanisms.READINGS.items()}
    lines = [mechanisms.answers_of(data.draw, standard)[1] for _ in range(4)]
    frame = pd.DataFrame([{**line, "id": str(i)} for i, line in enumerate([*lines, lines[0]])])
    agree(load_population(frame, standard), standard, range(5), readings=readings, unknown=0.3)


# However a population is cut, every number is the same to the last digit.
@pytest.mark.parametrize("rounding", ["none", "total"])
def test_cuts_change_nothing(people: Population, hlj: Standard, rounding: str) -> None:
    options: dict[str, Any] = {"readings": {"rounding": rounding}, "common": FACTOR}
    whole = grade_chances(hlj, people, **options)
    cuts = (slice(0, 1), slice(1, 20), slice(20, 30))
    parts = Partitions(hlj, tuple(lambda cut=cut: people.part(cut) for cut in cuts))  # type: ignore[misc]
    pd.testing.assert_frame_equal(grade_chances(hlj, parts, **options), whole, check_exact=True)


# The expected counts of grades are the sums of the subjects' chances, weighted if there are weights; groups are kept.
def test_the_whole(hlj: Standard) -> None:
    people = load_population(MADE_UP, hlj)
    weight = pd.Series(np.arange(1, 61), name="weight")
    weighed = load_population(pd.concat([people.frame, weight], axis=1), hlj)
    found, table = population_chances(weighed), grade_chances(hlj, weighed)
    assert [*table][:5] == ["id", "group.region", "group.size", "weight", "mean"]
    grades = [*hlj.grades, None]
    assert found.grades["count"].tolist() == pytest.approx(table[grades].sum().tolist())
    shares = (table[grades].mul(table["weight"], axis=0)).sum() / table["weight"].sum()
    assert found.grades["probability"].tolist() == pytest.approx(shares.tolist())
    document = found.to_dict()
    assert [each["grade"] for each in document["grades"]] == grades
    assert document["population"] == {"count": 60, "weight": 1830}
    assert [each["id"] for each in document["subjects"]] == weighed.ids.tolist()


# A file, a data frame and a population give the same; a file of one assessment counts as one, also in a list.
def test_what_stands_for_subjects(hlj: Standard) -> None:
    found = package.grade_chances("hlj-base-evaluation", MADE_UP)  # type: ignore[arg-type]
    again = package.grade_chances(hlj, load_population(MADE_UP, hlj).frame)  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(found, again)
    one = example("near_aaa")
    alone, listed = (package.grade_chances(hlj, each) for each in (one, [one]))  # type: ignore[arg-type, list-item]
    pd.testing.assert_frame_equal(alone, listed)
    with pytest.raises(LsstdError, match="load_assessment"):
        package.grade_chances(hlj, [3])  # type: ignore[list-item]


# Subjects with too much to compute are listed all at once, by id, for tables, their parts, and assessments.
def test_too_large(people: Population, hlj: Standard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(independent_groups, "MOST_EVENTS", 0)
    few, alone = people.part(slice(0, 8)), []
    for place in range(8):
        try:
            grade_chances(hlj, few.part(slice(place, place + 1)))
        except LsstdError as error:
            alone.append(error.problems[0].where)
    assert 0 < len(alone) < 8
    parts = Partitions(hlj, (lambda: few.part(slice(0, 3)), lambda: few.part(slice(3, 8))))
    for subjects in (few, parts, as_assessments(few, hlj, range(8))):
        with pytest.raises(LsstdError, match=f"{len(alone)} of 8") as refused:
            grade_chances(hlj, subjects)
        told = ", ".join(f"{problem.where} {problem.found.en}" for problem in refused.value.problems)
        assert all(name in told for name in alone)


# The command shows the whole in terminal and JSON, every subject in a table; wrong input fails.
def test_on_the_command_line(lsstd: Callable[..., Any], hlj: Standard, tmp_path: Path) -> None:
    told = lsstd("uncertainty", MADE_UP, "--json", "--unknown", "0.3").parsed
    table = grade_chances(hlj, load_population(MADE_UP, hlj), unknown=0.3)
    assert [line["mean"] for line in told["subjects"]] == table["mean"].tolist()
    assert [line["grades"][-1]["probability"] for line in told["subjects"]] == table[None].tolist()
    assert "-o FILE or --json lists the chances" in lsstd("uncertainty", MADE_UP, "--lang", "en").out
    assert lsstd("uncertainty", MADE_UP, "-o", tmp_path / "chances.csv").status == 0
    written = pd.read_csv(tmp_path / "chances.csv")
    assert [*written][-6:] == ["mean", "AAAA", "AAA", "AA", "A", "none"]
    assert written[["AAAA", "AAA", "AA", "A", "none"]].sum(axis=1).tolist() == pytest.approx([1] * 60)
    for wrong in (["-o", tmp_path / "x.html"], ["--unknown", "2"]):
        assert lsstd("uncertainty", MADE_UP, *wrong).status == 1
    assert lsstd("uncertainty", example("near_aaa"), "-o", tmp_path / "x.csv").status == 2
