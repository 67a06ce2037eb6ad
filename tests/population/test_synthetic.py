"""Made-up populations: what is assumed comes out, the same from the same seed, and says that it is made up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lsstd.errors import InvalidFile
from lsstd.files.places import data
from lsstd.population.impact import impact
from lsstd.population.moves import moves_of
from lsstd.population.population import anonymise, as_csv, load_population
from lsstd.population.synthetic import Assumptions, load_assumptions, synthetic
from lsstd.standard.standard import Standard

FILE = data() / "populations" / "assumptions.yaml"


@pytest.fixture(scope="module")
def assumed(hlj: Standard) -> Assumptions:
    return load_assumptions(FILE, hlj)


# The same seed gives the same population, byte by byte; another seed another one.
def test_seeded(assumed: Assumptions, hlj: Standard) -> None:
    first, again, other = (as_csv(synthetic(assumed, hlj, 200, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


# Shares, chances, blanks and correlation through the factor come out as assumed.
def test_assumptions_come_out(assumed: Assumptions, hlj: Standard) -> None:
    frame = synthetic(assumed, hlj, 40_000, 5).frame
    assert (frame["group.size"] == "small").mean() == pytest.approx(0.5, abs=0.01)
    assert (frame["group.region"] == "哈尔滨").mean() == pytest.approx(0.35, abs=0.01)
    assert frame["waste_rules"].isna().mean() == pytest.approx(0.02, abs=0.005)
    flat = assumed.model_copy(update={"sizes": {"one": assumed.sizes["small"].model_copy(update={"maturity": 0.0})}})
    frame = synthetic(flat, hlj, 40_000, 5).frame
    assert frame["village_rooms"].mean() / 5 == pytest.approx(0.4, abs=0.01)
    assert frame["party_branch.party_study"].mean() == pytest.approx(0.78, abs=0.01)
    assert set(frame["waste_rules"].dropna()) == {0, 5, 10}
    pair = frame[["party_branch.party_study", "service_quality.service_inspected"]].corr().iloc[0, 1]
    alone = frame[["village_rooms", "service_quality.service_inspected"]].corr().iloc[0, 1]
    assert 0.05 < pair < 0.25
    assert abs(alone) < 0.03
    assert np.median(frame["office_area"].dropna()) == pytest.approx(1000 * 2.2 * 0.6, rel=0.03)


# Conditions are met by some and not by others, and every grade occurs.
def test_conditions_and_grades(assumed: Assumptions, hlj: Standard) -> None:
    people = synthetic(assumed, hlj, 3000, 5)
    found, moves = impact(people, hlj, hlj), moves_of(people, hlj, hlj)
    assert moves.before.eligible is not None
    assert 0.1 < moves.before.eligible.mean() < 0.9
    assert (found.table["before"] > 0).all()


# Wherever the population goes, it says that it is synthetic.
def test_labelled(assumed: Assumptions, hlj: Standard, tmp_path: Path) -> None:
    made = synthetic(assumed, hlj, 30, 5)
    (tmp_path / "p.csv").write_bytes(as_csv(made))
    again = load_population(tmp_path / "p.csv", hlj)
    hidden, _ = anonymise(again)
    assert all(population.is_synthetic for population in (made, again, hidden))
    assert "synthetic" in impact(made, hlj, hlj).to_dict("en")["notes"][0]
    assert not load_population(pd.DataFrame({"id": ["a"]}), hlj).is_synthetic


# Wrong assumptions are told all at once.
def test_wrong_assumptions(hlj: Standard, tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    for old, new in {
        "unknown: 0.02": "unknown: 2",
        "village_rooms:": "village_room:",
        "office_area: {around: 2.2, spread: 0.7}": "office_area: {chance: 1}",
    }.items():
        text = text.replace(old, new)
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile, match="unknown"):
        load_assumptions(path, hlj)
    path.write_text(text.replace("unknown: 2", "unknown: 0"), encoding="utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_assumptions(path, hlj)
    assert {problem.where for problem in caught.value.problems} == {"criteria.village_room", "facts.office_area"}
