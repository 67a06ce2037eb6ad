"""Whom reforms move: flows add up, an empty reform moves nobody, two ways to one number agree."""

import json
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import run_lsstd

from lsstd.changes.migrate import migrate_answers
from lsstd.changes.reform import Reform
from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError
from lsstd.files.places import data
from lsstd.pages.impact_page import summary
from lsstd.population.impact import each_impact, impact
from lsstd.population.moves import moves_of
from lsstd.population.population import Population, load_population
from lsstd.population.scoring import scores_of
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.standard.standard import Standard


@pytest.fixture(scope="module")
def people(hlj: Standard) -> Population:
    return synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", hlj), hlj, 2000, 11)


def reform(hlj: Standard, total: int | None = None, **changes: Any) -> Reform:
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return Reform(reform="r", standard=hlj.standard, changes=named, new_total=total)


# Three subjects by hand: 440 points are AAAA once the line is 430; village rooms worth 10 instead of 5 lift 398.
def test_by_hand(hlj: Standard) -> None:
    full = {row.id: [float(row.max_score or 0)] * 3 for row in hlj.scored_rows}
    full["party_branch"] = [0.0] * 3  # 485 at most
    full["honest_trading"], full["anchor_training"] = [0.0] * 3, [20.0, 0.0, 0.0]
    full["public_welfare_broadcasts"] = [20.0, 20.0, 0.0]
    full["local_product_marketing"] = [0.0, 20.0, 13.0]
    frame = pd.DataFrame({"id": ["x", "y", "z"], "weight": [1, 2, 4], "group.g": ["p", "q", "q"], **full})
    frame["village_rooms"] = [5, 0, 5]  # 445, 440, 418
    after = reform(hlj, 505, lines__AAAA=447, criteria__village_rooms__max_score=10)
    found = impact(load_population(frame, hlj), hlj, after)
    said = found.to_dict()
    assert [entry["count"] for entry in said["baseline"]] == [0, 3, 0, 0, 0]
    assert [entry["count"] for entry in said["reform"]] == [1, 2, 0, 0, 0]
    assert [entry["grade"] for entry in said["reform"]] == ["AAAA", "AAA", "AA", "A", None]
    assert {"from": "AAA", "to": "AAAA", "count": 1} in said["transitions"]
    assert (said["winners"], said["losers"], said["unchanged"]) == (1, 0, 2)
    assert said["population"] == {"count": 3, "weight": 7.0}
    assert said["weighted"]["reform"][0] == {"grade": "AAAA", "count": 1.0}
    assert said["movers"] == [
        {"id": "x", "from": "AAA", "to": "AAAA", "change": 5.0, "from_score": 445.0, "to_score": 450.0},
        {"id": "z", "from": "AAA", "to": "AAA", "change": 5.0, "from_score": 418.0, "to_score": 423.0},
    ]
    assert said["rows"] == [{"criterion": "village_rooms", "change": 10}]
    assert said["eligible"] is None
    groups = [(each["value"], each["count"], each["winners"], each["mean_change"]) for each in found.groups]
    assert groups == [("p", 1, 1, 5), ("q", 2, 0, pytest.approx(4 * 5 / 6))]  # by weight
    assert (said["movers_left_out"], found.to_dict(movers=1)["movers_left_out"]) == (0, 1)
    assert found.rows == {"village_rooms": (10, 5, 0)}
    near = found.cliffs().set_index(["side", "grade"])
    assert near.loc[("before", "AAAA"), "below"] == 1
    assert near.loc[("after", "AAAA"), "above"] == 1


# The JSON is JSON, with the keys agreed on.
def test_json(people: Population, hlj: Standard) -> None:
    said = json.loads(json.dumps(impact(people, hlj, reform(hlj, lines__AAA=390)).to_dict()))
    agreed = {"population", "baseline", "reform", "transitions", "winners", "losers", "unchanged", "eligible", "movers"}
    assert agreed <= said.keys()
    assert said["synthetic"] is True
    assert said["eligible"].keys() == {"before", "after"}
    assert all({"id", "from", "to", "change"} <= mover.keys() for mover in said["movers"])


# An empty reform is zero everywhere.
def test_nothing_changes(people: Population, hlj: Standard) -> None:
    found = impact(people, hlj, reform(hlj))
    said = found.to_dict()
    assert said["baseline"] == said["reform"]
    assert all(flow["count"] == 0 for flow in said["transitions"] if flow["from"] != flow["to"])
    assert (said["winners"], said["losers"], said["movers"], said["rows"]) == (0, 0, [], [])
    assert said["eligible"]["before"] == said["eligible"]["after"]


# Flows add up to the population, and their margins to the grades before and after.
def test_flows_add_up(people: Population, hlj: Standard) -> None:
    changes: dict[str, Any] = {"lines__AAAA": 440, "lines__AA": 360, "criteria__party_branch__max_score": 30}
    after = reform(hlj, 515, **changes)
    found = impact(people, hlj, after, {"rounding": "total"})
    flows = found.transitions.to_numpy()
    assert flows.sum() == len(people)
    assert flows.sum(axis=1).tolist() == found.table["before"].tolist()
    assert flows.sum(axis=0).tolist() == found.table["after"].tolist()
    assert np.tril(flows, -1).sum() == found.winners
    total = sum(points[0] for points in found.rows.values())
    moves = moves_of(people, hlj, after.apply(hlj), {"rounding": "total"})
    assert total == Fraction(int(moves.units.sum()), moves.lattice)
    for name in people.groups:
        groups = [each for each in found.groups if each["group"] == name]
        assert sum(each["winners"] for each in groups) == found.winners
        assert sum(each["count"] for each in groups) == len(people)


# A second implementation, one subject after the other through the exact engine, counts the same transitions.
def test_one_by_one(hlj: Standard, subjects: Callable[..., Any]) -> None:
    frame, assessments = subjects(hlj, 150, 21)
    changes: dict[str, Any] = {"lines__A": 200, "lines__AA": 240, "conditions__area__tests__office_area": 400}
    after = reform(hlj, 520, criteria__site_safety__max_score=25, **changes).apply(hlj)
    found = impact(load_population(frame, hlj, "2024-12-31"), hlj, after).to_dict()
    old = [evaluate(hlj, assessment) for assessment in assessments]
    new = [evaluate(after, migrate_answers(assessment, hlj, after)[0]) for assessment in assessments]
    flows = Counter((a.grade.secured, b.grade.secured) for a, b in zip(old, new, strict=True))
    assert flows == {(flow["from"], flow["to"]): flow["count"] for flow in found["transitions"] if flow["count"]}
    eligible = {"before": sum(a.eligible is True for a in old), "after": sum(b.eligible is True for b in new)}
    assert found["eligible"] == eligible
    moved = {m["id"]: m["change"] for m in found["movers"]}
    for i, (a, b) in enumerate(zip(old, new, strict=True)):
        assert moved.get(f"s{i}", 0) == pytest.approx(float(b.score.secured - a.score.secured))


# Several reforms at once are what each of them is alone; a grade that is new takes its place in the order.
def test_several(people: Population, hlj: Standard) -> None:
    bands = [band.model_dump() for band in hlj.bands]
    split = [{**bands[0], "grade": "AAAAA", "printed": "> 480", "lower": {"value": 480, "closed": False}}]
    bands[0] = {**bands[0], "upper": {"value": 480, "closed": True}}
    five = hlj.model_copy(update={"bands": tuple(type(hlj.bands[0]).model_validate(b) for b in [*split, *bands])})
    afters = [reform(hlj, lines__AAA=410).apply(hlj), five, hlj]
    found = list(each_impact(people, hlj, afters))
    for one, after in zip(found, afters, strict=True):
        assert one.to_dict() == impact(people, hlj, after).to_dict()
    assert found[1].grades == ("AAAAA", "AAAA", "AAA", "AA", "A", None)
    assert found[1].losers == 0
    assert found[1].table["after"].sum() == len(people)


# The order of subjects is irrelevant, and a population in two parts moves as the whole does.
def test_partition(people: Population, hlj: Standard) -> None:
    after = reform(hlj, 515, lines__AA=360, criteria__party_branch__max_score=30)
    whole = impact(people, hlj, after).transitions
    halves = [impact(people.part(part), hlj, after).transitions for part in (slice(0, 700), slice(700, None))]
    assert (halves[0] + halves[1]).equals(whole)
    order = np.random.default_rng(1).permutation(len(people))
    assert impact(people.part(order), hlj, after).transitions.equals(whole)


# What is asked of a population is answered for a reading too: with all or nothing, nobody gains.
def test_a_reading_as_reform(people: Population, hlj: Standard) -> None:
    after = reform(hlj, readings__compound_rows="all")
    found, moves = impact(people, hlj, after), moves_of(people, hlj, after.apply(hlj))
    assert found.winners == 0
    assert found.losers > 0
    assert (moves.after.total <= scores_of(people, hlj).secured.total * (moves.lattice // 12)).all()


# Whom falsified data bar is counted apart and told first; without such a column nothing is said of it.
def test_who_is_disqualified_is_counted(hlj: Standard) -> None:
    rows = {row.id: [float(row.max_score or 0)] * 3 for row in hlj.scored_rows}
    plain = pd.DataFrame({"id": ["a", "b", "c"], **rows})
    found = impact(load_population(plain.assign(data_falsified=[1, 0, None]), hlj), hlj, reform(hlj))
    assert found.to_dict()["disqualified"] == {"before": 1, "after": 1}
    told = summary(found, "zh").blocks
    assert getattr(told[0], "text", "").startswith("取消参评资格：调整前 1 个，调整后 1 个")
    without = impact(load_population(plain, hlj), hlj, reform(hlj))
    assert without.to_dict()["disqualified"] is None
    assert "取消参评资格" not in summary(without, "zh").html


# Who pays, by hand: of q (weights 2 and 4) who weighs 4 loses a grade; p loses nothing, and may be protected.
def test_who_pays_and_who_is_protected(hlj: Standard) -> None:
    full = {row.id: [float(row.max_score or 0)] * 3 for row in hlj.scored_rows}
    full["party_branch"], full["village_rooms"] = [0.0] * 3, [5, 5, 0]
    groups = {"group.g": ["p", "q", "q"], "group.h": ["a", "a", "b"]}
    frame = pd.DataFrame(
        {"id": ["x", "y", "z"], "weight": [1, 2, 4], **groups, **full, "office_area": [900, 2000, 900]}
    )
    frame["local_product_marketing"] = [20.0, 20.0, 0.0]  # 485, 485, 460
    changes: dict[str, Any] = {"lines__AAAA": 465, "conditions__area__tests__office_area": 800}
    people, harsh = load_population(frame, hlj), reform(hlj, 496, criteria__village_rooms__max_score=1, **changes)
    found = impact(people, hlj, harsh, protect=[{"g": "q"}, {"g": "q", "h": "a"}])
    q = next(each for each in found.groups if each["value"] == "q")
    assert (q["mean_change"], q["share_losing"]) == (-4 * 2 / 6, 4 / 6)
    assert [(cost["count"], cost["losers"], cost["mean_change"]) for cost in found.protected] == [
        (2, 1, -8 / 6),
        (1, 0, -4),
    ]
    said = found.to_dict("en")
    assert [cost["harmed"] for cost in said["protected"]] == [True, True]
    assert said["who_pays"][0] == (
        "Protected and harmed: g q: 1 of 2 lose a grade (66.7% by weight), -1.33 points on average (a small group)"
    )
    assert said["who_pays"][2].startswith("Who pays: h b: 1 of 1 lose a grade (100.0%), 0 points")
    assert said["who_pays"][0] in getattr(summary(found, "en").blocks[1], "text", "")
    spared = impact(people, hlj, reform(hlj, lines__AAAA=440).model_copy(update={"protect": ({"g": "p"},)})).to_dict(
        "en"
    )
    assert spared["who_pays"][0].startswith("Protected, not harmed: g p: none of 1 loses a grade")
    stricter = impact(people, hlj, reform(hlj, conditions__area__tests__office_area=3000), protect=[{"g": "q"}])
    assert (stricter.protected[0]["excluded"], stricter.protected[0]["harmed"]) == (1, True)
    for group in ({"k": "q"}, {"g": "r"}, {"g": "p", "h": "b"}):
        with pytest.raises(LsstdError, match="cannot be protected"):
            impact(people, hlj, harsh, protect=[group])


# A reform's file and the command line name protected groups; the report carries them, and is made again with them.
def test_protected_groups_are_reported(tmp_path: Path) -> None:
    people, out = data() / "populations" / "made_up_60.csv", tmp_path / "impact.html"
    rural = (data() / "reforms" / "rural_weight.yaml").read_text("utf-8") + "protect: [{region: 绥化}]\n"
    (tmp_path / "rural.yaml").write_text(rural, "utf-8")
    line = ["impact", tmp_path / "rural.yaml", "--population", people, "--protect", "size=small"]
    said = run_lsstd(*line, "--json").parsed
    assert [cost["group"] for cost in said["protected"]] == [{"region": "绥化"}, {"size": "small"}]
    assert [cost["losers"] for cost in said["protected"]] == [2, 0]
    assert run_lsstd(*line, "-o", out).status == 0
    assert all(text in out.read_text("utf-8") for text in said["who_pays"])
    assert run_lsstd("verify", out).status == 0
    wrong = run_lsstd(*line, "--protect", "size=smal", "--lang", "en")
    assert (wrong.status, "did you mean small?" in wrong.err) == (1, True)
    assert run_lsstd(*line, "--table").status == 2  # which has no place for them
