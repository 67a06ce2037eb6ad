"""Cut scores: the least errors found exactly, the lines that attain them, experts compared, wrong input told."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command_line import run_lsstd

import lsstd
from lsstd import cut_scores, load_population, load_standard
from lsstd.errors import LsstdError
from lsstd.files.places import data
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import parse_yaml
from lsstd.planning.line_fit import LineFit, MovingLine, middle, roundest
from lsstd.population.impact import impact
from lsstd.population.population import Population
from lsstd.standard.bands import with_line
from lsstd.standard.standard import Standard

HLJ = load_standard("hlj-base-evaluation")
PEOPLE = load_population(data() / "populations" / "made_up_60.csv", HLJ)
JUDGEMENTS = data() / "judgements" / "made_up_60.csv"


def drawn_fit(rng: random.Random) -> tuple[LineFit, list[int], list[int], list[list[int]], int]:
    """Return a fit of a few judgements with lines, gaps and demands at random."""
    lines = []
    for place in range(rng.randint(1, 3)):
        begin, gap = rng.choice([0, 0, -1]), rng.choice([0, 0, 2]) if place else 0
        ends: Any = ((begin - gap, rng.choice(["left", "right"])), (begin, "right"))
        lines.append(MovingLine(rng.randint(0, 12), 0, rng.randint(2, 3) + gap if place else 0, ends))
    count = rng.randint(1, 9)
    scores, judged = [[rng.randint(0, most) for _ in range(count)] for most in (14, len(lines))]
    given = []
    for _ in range(count):
        meets = [True, *(rng.random() < 0.8 for _ in lines)]
        given.append([max(r for r in range(n + 1) if meets[r]) for n in range(len(lines) + 1)] + [0])
    highest = rng.randint(8, 14)
    fit = LineFit(lines, np.array(scores), np.array(judged), np.array(given), 1, highest)
    return fit, scores, judged, given, highest


def rank(fit: LineFit, places: tuple[int, ...], score: int, given: list[int]) -> int:
    """Return the rank of one score, line by line."""
    column = 0
    for k, (place, line) in enumerate(zip(places, fit.lines, strict=True)):
        (end, stops), (begin, starts) = line.ends
        if score > place + begin or (score == place + begin and starts == "left"):
            column = k + 1
        elif score > place + end or (score == place + end and stops == "left"):
            return given[-1]
        else:
            break
    return given[column]


# The least cost, every place of every line that attains it, and the lines picked: as enumeration has them.
def test_the_least_errors_are_those_of_enumeration() -> None:
    rng = random.Random(5)
    for _ in range(60):
        fit, scores, judged, given, highest = drawn_fit(rng)
        weights = np.array([rng.randint(0, 3) for _ in scores])
        rooms = [line.room for line in fit.lines]
        costs = {}
        for places in product(range(highest + 1), repeat=len(rooms)):
            if all(b >= a + room for a, b, room in zip(places, places[1:], rooms[1:], strict=False)):
                apart = [abs(rank(fit, places, *each) - r) for *each, r in zip(scores, given, judged, strict=True)]
                costs[places] = sum(w * a for w, a in zip(weights, apart, strict=True))
        for pick in (middle, roundest(20)):
            if not costs:
                continue
            found = fit.best(weights, pick)
            assert found.cost == min(costs.values()) == costs[tuple(found.places)]
            best = [places for places, cost in costs.items() if cost == found.cost]
            for k, runs in enumerate(found.runs):
                assert [p for low, high in runs for p in range(low, high + 1)] == sorted({places[k] for places in best})


def standard(text: str) -> Standard:
    """Return a small standard of one row, with the bands that a text of YAML gives."""
    head = """
standard: small
edition: "1"
title: small
indicators: {all: {name: all}, half: {name: half, parent: all}}
criteria:
  a: {clause: "1", text: a, indicator: half, max_score: 60}
  b: {clause: "1", text: b, indicator: all, max_score: 40}
"""
    return parse_standard(parse_yaml(head + text, "small"), "0" * 64, "small")


ASKED = "requires: [{indicator: half, share: 0.6}]"
SMALL = {
    "gaps": "bands: [{grade: X, lower: 80}, {grade: Y, lower: 60, upper: 75}, {grade: Z, lower: 20, upper: 50}]",
    "open": "bands: [{grade: X, lower: {value: 70, closed: false}}, {grade: Y, upper: 70}]",
    "demand": f"bands: [{{grade: X, lower: 70, {ASKED}}}, {{grade: Y, lower: 40, upper: 69}}]",
}
ASKS = """
readings:
  between_bands: {clause: "1", question: q, options: {lower: l, none: n, upper: u, nearest: m}}
"""


def small(kind: str, rng: random.Random, count: int) -> tuple[Population, pd.DataFrame]:
    """Return subjects of a small standard, with their weights, and what three experts hold them to be."""
    made = standard(SMALL[kind] + ASKS)
    points = [
        (rng.choice([None, rng.randint(0, 60)]), rng.randint(0, 80) / 2, rng.choice([1, 0.5, 2.25]))
        for _ in range(count)
    ]
    frame = pd.DataFrame(points, columns=["a", "b", "weight"]).assign(id=[f"s{i}" for i in range(count)])
    grades = [*made.grades, "none"]
    judged = [(f"s{i}", e, rng.choice(grades)) for i in range(count) for e in "pqr" if rng.random() < 0.6]
    return load_population(frame, made), pd.DataFrame(judged, columns=["id", "expert", "grade"])


# The grades by which lines are judged are those that the exact engine gives under them, as printed and as reformed.
@pytest.mark.parametrize("reading", ["lower", "none", "upper", "nearest"])
@pytest.mark.parametrize("kind", SMALL)
def test_what_lines_give_is_what_the_engine_gives(kind: str, reading: str) -> None:
    rng, readings = random.Random(kind), {"between_bands": reading}
    for _ in range(3):
        people, judged = small(kind, rng, 14)
        found = cut_scores(people, people.standard, judged, readings, resamples=0)
        under = {"printed": people.standard, "proposed": found.reform.apply(people.standard)}
        for name, changed in under.items():
            table = lsstd.score(people, changed, readings).set_index("id")
            grades = table["grade"].reindex(found.judged["id"])
            given = [found.grades[rank] for rank in found.judged[name]]
            assert given == [grade if isinstance(grade, str) else None for grade in grades]
        assert found.misfit("proposed")["distance"] == found.least <= found.misfit("printed")["distance"]


# No lines that a reform can set do better, by the exact engine: tried one after the other on a small standard.
@pytest.mark.parametrize("reading", ["lower", "none"])
def test_no_other_lines_do_better(reading: str) -> None:
    people, judged = small("demand", random.Random(1), 9)
    found = cut_scores(people, people.standard, judged, {"between_bands": reading}, resamples=0)
    order = {"X": 2, "Y": 1}
    weights = dict(zip(people.ids, people.frame["weight"], strict=True))
    costs = {}
    for low, high in ((a, b) for b in range(0, 101, 4) for a in range(0, b, 4)):
        bands = with_line(with_line(people.standard.bands, "X", high), "Y", low)
        changed = people.standard.model_copy(update={"bands": bands})
        grades = lsstd.score(people, changed, {"between_bands": reading}).set_index("id")["grade"]
        apart = [
            abs(order.get(grades[i], 0) - order.get(g, 0)) * weights[i] for i, _, g in judged.itertuples(index=False)
        ]
        costs[low, high] = sum(apart)
    assert min(costs.values()) >= found.least
    assert any(cost == found.least for cost in costs.values())


# Judgements that follow the printed lines leave them where they are: nothing to change.
def test_judgements_as_printed_change_nothing() -> None:
    table = lsstd.score(PEOPLE)
    judged = pd.DataFrame({"id": table["id"], "expert": "甲", "grade": table["grade"].fillna("无等级")})
    found = cut_scores(PEOPLE, HLJ, judged, resamples=20)
    assert found.reform.is_empty
    assert found.least == 0
    assert found.errors.empty
    assert (found.to_dict()["alpha"], found.disputed) == (None, {})


# The proposed line is the printed one where that fits, else the roundest, in the manner of the standard (401, 391).
def test_the_roundest_line_is_proposed() -> None:
    pick = roundest(50000)
    printed = MovingLine(40100, 100, 0, ((0, "left"), (0, "left")))
    assert pick(printed, [(39000, 41000)]) == 40100
    assert pick(printed, [(38667, 39516)]) == 39100
    assert pick(printed, [(34092, 35075)]) == 35000
    assert pick(printed, [(39821, 39876)]) == 39850
    assert pick(printed, [(30000, 30001), (39821, 39822)]) == 30000


# Experts in the order of judgements, subjects in any order, one seed: the same lines, the same errors.
def test_the_order_of_judgements_is_irrelevant() -> None:
    judged = pd.read_csv(JUDGEMENTS, encoding="utf-8-sig")
    one = cut_scores(PEOPLE, HLJ, judged, resamples=0)
    two = cut_scores(PEOPLE, HLJ, judged.sample(frac=1, random_state=1), resamples=0)
    assert [line.intervals for line in one.lines] == [line.intervals for line in two.lines]
    assert one.alpha == pytest.approx(two.alpha)
    again = cut_scores(PEOPLE, HLJ, judged, resamples=30, seed=4)
    assert again.to_dict() == cut_scores(PEOPLE, HLJ, judged, resamples=30, seed=4).to_dict()
    intervals = [(line.estimate.low, line.estimate.high) for line in again.lines]
    assert all(low is not None and high is not None and low <= high for low, high in intervals)


# Agreement by hand: three subjects, ranks (2, 1, 0) and (2, 0, 0); squares apart 1/3, 58/30 by chance.
def test_agreement_by_hand() -> None:
    judged = [("synthetic-000001", "甲", "AA"), ("synthetic-000002", "甲", "A"), ("synthetic-000003", "甲", "none")]
    judged += [("synthetic-000001", "乙", "AA"), ("synthetic-000002", "乙", "none"), ("synthetic-000003", "乙", "none")]
    found = cut_scores(PEOPLE, HLJ, pd.DataFrame(judged, columns=["id", "expert", "grade"]), resamples=0)
    assert found.alpha == pytest.approx(1 - 10 / 58)
    assert found.disputed == {"synthetic-000002": {"甲": "A", "乙": None}}


# What is wrong with judgements is told with its line, all at once; nothing is written.
def test_wrong_judgements_are_told(tmp_path: Path) -> None:
    wrong = {
        "id,expert,grade\nsynthetic-00001,甲,AAA\nsynthetic-000002,甲,AAAAA\nsynthetic-000002,甲,AA\n,乙,\n": [
            "id (line 2): 'synthetic-00001'; did you mean synthetic-0000",
            "grade (line 3): 'AAAAA'; did you mean AAAA?",
            "expert (line 4): '甲'; expected: one judgement of a subject by each expert",
            "id (line 5): blank; expected: not blank",
            "grade (line 5): blank; expected: not blank",
        ],
        "id,expert,grade\n": ["no judgements; expected: rows of id, expert, grade"],
        "id,judge,grade\nsynthetic-000001,甲,AAA\n": ["judge: unknown column; expected: one of id, expert, grade"],
    }
    population = data() / "populations" / "made_up_60.csv"
    for place, (text, told) in enumerate(wrong.items()):
        path = tmp_path / f"{place}.csv"
        path.write_text(text, "utf-8")
        run = run_lsstd("cut-scores", path, "--population", population, "-o", tmp_path / "r.yaml", "--lang", "en")
        assert (run.status, run.out) == (1, "")
        assert [part for part in told if part not in run.err] == []
    assert not (tmp_path / "r.yaml").exists()
    people = small("gaps", random.Random(1), 3)[0]
    with pytest.raises(LsstdError, match="no lines"):
        cut_scores(people, people.standard.model_copy(update={"bands": ()}), JUDGEMENTS)


# On the command line: the reform that is written is taken by `impact`, and moves as many as the lines say.
def test_the_reform_is_what_impact_takes(tmp_path: Path) -> None:
    people, path = data() / "populations" / "made_up_60.csv", tmp_path / "lines.yaml"
    assert run_lsstd("cut-scores", JUDGEMENTS, "--population", people, "--resamples", 5, "-o", path).status == 0
    said = run_lsstd("impact", path, "--population", people, "--json").parsed
    found = run_lsstd("cut-scores", JUDGEMENTS, "--population", people, "--json").parsed
    after = lsstd.load_reform(path).apply(HLJ)
    assert said["winners"] == impact(PEOPLE, HLJ, after).winners > 0
    assert found["reform"]["changes"] == {"lines.AAA": 391, "lines.AA": 350}
    lines = {line["grade"]: line for line in found["lines"]}
    assert lines["AAA"]["intervals"] == [[386.67, 395.16]]
    assert lines["AAA"]["estimate"]["low"] <= 391 <= lines["AAA"]["estimate"]["high"]
    sheet = tmp_path / "judged.xlsx"
    pd.read_csv(JUDGEMENTS, encoding="utf-8-sig").set_axis(["编号", "专家", "等级"], axis=1).to_excel(
        sheet, index=False
    )
    assert run_lsstd("cut-scores", sheet, "--population", people, "--json").parsed == found
    for ending in ("html", "docx", "xlsx"):
        out = tmp_path / f"page.{ending}"
        assert run_lsstd("cut-scores", JUDGEMENTS, "--population", people, "--resamples", 5, "-o", out).status == 0
        assert out.stat().st_size > 5000


# Weights whose sums exceed 64 bits are refused.
@pytest.mark.parametrize("weight", [1e22, 123456789.123456789])
def test_weights_beyond_64_bits(weight: float) -> None:
    people = load_population(PEOPLE.frame.assign(weight=[weight, 0.1] * 30), HLJ)
    with pytest.raises(LsstdError, match="weights too fine"):
        cut_scores(people, HLJ, JUDGEMENTS, resamples=0)
