"""Wrong standards: each mistake of a drafter is told with place, line, what was found and what would be right."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from lsstd import load_standard
from lsstd.errors import MOST, LsstdError

SOUND = """\
standard: x
edition: "1"
title: 一部标准
facts: {people: {kind: count, label: 人数}, opened: {kind: boolean, label: 已开业}}
indicators:
  left: {name: 甲}
  right: {name: 乙, parent: left}
criteria:
  a: {clause: "1", text: 甲的行, indicator: left, max_score: 10}
  b: {clause: "2", text: 乙的行, indicator: right, max_score: 5, rule: all, parts: {p1: {text: 一}, p2: {text: 二}}}
conditions:
  c: {clause: "3", text: 条件, tests: [{fact: people, operator: ">=", value: 3}]}
bands:
  - {grade: 优, lower: 12}
  - {grade: 良, lower: 8, upper: {value: 12, closed: false}}
"""
# What is put instead of what; then where, line, found and right in English.
MISTAKES = {
    "circular parents": (
        "left: {name: 甲}",
        "left: {name: 甲, parent: right}",
        "indicators.left.parent",
        6,
        "right",
        "no circle",
    ),
    "an unknown parent": ("parent: left", "parent: lefft", "indicators.right.parent", 7, "lefft", "mean left?"),
    "one id twice": (
        "  b: {clause",
        "  people: {clause",
        "criteria.people",
        10,
        "used in facts",
        "an id that is not in use",
    ),
    "a part like a row": (
        "p1: {text: 一}",
        "a: {text: 一}",
        "criteria.b.parts.a",
        10,
        "used in criteria",
        "an id that is not in use",
    ),
    "overlapping bands": (
        "value: 12, closed: false",
        "value: 12, closed: true",
        "bands.1",
        15,
        "8 ～ 12",
        "without overlap",
    ),
    "one grade twice": ("grade: 良", "grade: 优", "bands.1.grade", 15, "优", "each grade once"),
    "a band upside down": ("lower: 8,", "lower: 13,", "bands.1", 15, "13", "a band that holds a score"),
    "words as a line": ("lower: 12", "lower: twelve", "bands.0.lower.value", 14, "'twelve'", "a finite number"),
    "a cap below its floor": (
        "{name: 甲}",
        "{name: 甲, cap: 5, floor: 6}",
        "indicators.left.cap",
        6,
        "a cap of 5",
        "the floor, 6",
    ),
    "a negative weight": ("max_score: 10", "max_score: 10, weight: -1", "criteria.a.weight", 9, "-1", "0 or more"),
    "weights of 0 under an indicator": (
        "max_score: 5,",
        "max_score: 5, weight: 0,",
        "indicators.right",
        7,
        "are 0",
        "above 0",
    ),
    "weights of 0 at the top": ("left: {name: 甲}", "left: {name: 甲, weight: 0}", "indicators", 5, "are 0", "above 0"),
    "parts that weigh nothing": (
        "{text: 一}, p2: {text: 二}",
        "{text: 一, weight: 0}, p2: {text: 二, weight: 0}",
        "criteria.b.parts",
        10,
        "are 0",
        "above 0",
    ),
    "a divisor of 0": ("{name: 甲}", "{name: 甲, divisor: 0}", "indicators.left.divisor", 6, "0", "above 0"),
    "best without its way": ("{name: 甲}", "{name: 甲, best: 2}", "indicators.left.best", 6, "2", "combine: best"),
    "a condition on no fact": (
        "fact: people,",
        "fact: peple,",
        "conditions.c.tests.0.fact",
        12,
        "peple",
        "mean people?",
    ),
    "a number against a claim": (
        "fact: people,",
        "fact: opened,",
        "conditions.c.tests.0.value",
        12,
        "3",
        "of the fact's kind",
    ),
    "a rule of two kinds": (
        "rule: all",
        "rule: {all: {}, shares: {}}",
        "criteria.b.rule",
        10,
        "'all'",
        "exactly one of all",
    ),
    "a unit below nothing": (
        "rule: all, parts: {p1: {text: 一}, p2: {text: 二}}",
        "rule: {per_unit: {fact: people, each: 1, unit: -1}}",
        "criteria.b.rule.per_unit.unit",
        10,
        "-1",
        "a number above 0",
    ),
    "a share above one": (
        "{grade: 优, lower: 12}",
        "{grade: 优, lower: 12, requires: [{indicator: left, share: 1.5}]}",
        "bands.0.requires.0.share",
        14,
        "1.5",
        "from 0 to 1",
    ),
    "a rule of no kind": ("rule: all", "rule: {}", "criteria.b.rule", 10, "{}", "exactly one of all"),
    "an unknown rule": ("rule: all", "rule: every", "criteria.b.rule", 10, "'every'", "a mapping"),
    "an unknown rule, spelled out": (
        "rule: all",
        "rule: {al: {}}",
        "criteria.b.rule.al",
        10,
        "unknown key al",
        "mean all?",
    ),
    "half a demand": (
        "lower: 12",
        "lower: 12, requires: [{indicator: left}]",
        "bands.0.requires.0",
        14,
        "left",
        "with share or points",
    ),
    "a demand of two kinds": (
        "lower: 12",
        "lower: 12, requires: [{indicator: left, share: 0.5, points: 3}]",
        "bands.0.requires.0",
        14,
        "left",
        "exactly one",
    ),
    "a demand on no row": (
        "lower: 12",
        "lower: 12, requires: [{criteria: [a, z], met: 1}]",
        "bands.0.requires.0.criteria",
        14,
        "z",
        "one of a, b",
    ),
    "more met than listed": (
        "lower: 12",
        "lower: 12, requires: [{criteria: [a], met: 2}]",
        "bands.0.requires.0.met",
        14,
        "2",
        "at most 1",
    ),
    "a table on no indicator": (
        "bands:\n",
        "tables: {t: {label: 表, indicator: lef, bands: [{grade: 优, lower: 1}]}}\nbands:\n",
        "tables.t.indicator",
        13,
        "lef",
        "mean left?",
    ),
    "a rule on no fact": (
        "max_score: 10",
        "max_score: 10, rule: {linear: {fact: size, from: 0, to: 9}}",
        "criteria.a.rule.linear.fact",
        9,
        "size",
        "one of people",
    ),
    "a line from a number to itself": (
        "max_score: 10",
        "max_score: 10, rule: {linear: {fact: people, from: 9, to: 9}}",
        "criteria.a.rule.linear.to",
        9,
        "9",
        "other than from",
    ),
    "falling stages": (
        "max_score: 10",
        "max_score: 10, rule: {steps: {fact: people, stages: [{from: 9, share: 1}, {from: 3, share: 0.5}]}}",
        "criteria.a.rule.steps.stages.1",
        9,
        "3",
        "above the one before",
    ),
    "a level beyond the row": (
        "max_score: 10",
        "max_score: 10, rule: {levels: {good: {label: 好, points: 11}}}",
        "criteria.a.rule.levels.good.points",
        9,
        "11",
        "from 0 to 10",
    ),
    "more parts asked than there are": (
        "rule: all",
        "rule: {at_least: {parts: 3}}",
        "criteria.b.rule.at_least.parts",
        10,
        "3",
        "at most 2",
    ),
    "a rule of parts without parts": (
        "max_score: 10",
        "max_score: 10, rule: all",
        "criteria.a.parts",
        9,
        "no parts",
        "parts for the rule all",
    ),
    "a floor above the maximum": (
        "max_score: 10",
        "max_score: 10, min_score: 11",
        "criteria.a.min_score",
        9,
        "11",
        "at most the maximum",
    ),
    "a list as a text": ("text: 甲的行", "text: [甲]", "criteria.a.text", 9, "['甲']", "text"),
    "a comma in a bare text": (
        "title: 一部标准",
        "title: {zh: 一, en: one, two}",
        "title",
        3,
        "two",
        "quote a text with a comma",
    ),
    "a clause that is a number": (
        'clause: "1"',
        "clause: 1.10",
        "criteria.a.clause",
        9,
        "1.1",
        "in quotes, where it looks like a number",
    ),
    "a clause that is none": (
        'clause: "1"',
        "clause: 见正文",
        "criteria.a.clause",
        9,
        "见正文",
        "A.2.1 a), 第五条 or 表3",
    ),
    "a list of rows": ("criteria:\n", "vetoes: [v]\ncriteria:\n", "vetoes", 8, "['v']", "a mapping"),
}


def refused(folder: Path, text: str) -> LsstdError:
    """Return the error that loading a standard ends with."""
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LsstdError) as caught:
        load_standard(path)
    return caught.value


# As it stands, the standard from which the mistakes are made has none.
def test_it_is_sound(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SOUND, encoding="utf-8")
    assert load_standard(tmp_path / "mine.yaml").maximum == 15


# Each mistake is told at its place and line, short forms included, with what was found and what would be right.
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told(tmp_path: Path, mistake: str) -> None:
    old, new, where, line, found, right = MISTAKES[mistake]
    assert SOUND.count(old) == 1
    error = refused(tmp_path, SOUND.replace(old, new))
    told = [problem for problem in error.problems if problem.where == where]
    assert told, error.to("en")
    assert (told[0].line, found in told[0].found.en, right in told[0].expected.en) == (line, True, True), error.to("en")
    assert re.search(r"[\u4e00-\u9fff]", told[0].expected.zh) or right in told[0].expected.zh


# Mistakes of many kinds are told all at once, in the order of the file.
def test_all_at_once(tmp_path: Path) -> None:
    wrong = SOUND.replace("parent: left", "parent: lefft").replace("fact: people,", "fact: peple,")
    wrong = wrong.replace("max_score: 10", "max_score: 10, weight: -1").replace("grade: 良", "grade: 优")
    places = [problem.where for problem in refused(tmp_path, wrong).problems]
    assert places == ["indicators.right.parent", "criteria.a.weight", "conditions.c.tests.0.fact", "bands.1.grade"]


HEAD = 'standard: x\nedition: "1"\ntitle: x\n'
MANY = {
    "unknown keys": "".join(f"k{i}: 1\n" for i in range(20_000)),
    "unknown parents": "indicators:\n" + "".join(f"  n{i}: {{name: x, parent: m{i}}}\n" for i in range(20_000)),
    "a chain": "indicators:\n  n0: {name: x}\n"
    + "".join(f"  n{i}: {{name: x, parent: n{i - 1}}}\n" for i in range(1, 20_000)),
    "a circle of many": "indicators:\n"
    + "".join(f"  n{i}: {{name: x, parent: n{(i + 1) % 20_000}}}\n" for i in range(20_000)),
    "half rows": "criteria:\n" + "".join(f"  r{i}: {{clause: 1, max_scor: 5}}\n" for i in range(20_000)),
    "one grade": "bands:\n" + "- {grade: a, lower: 1}\n" * 20_000,
}


# A file full of mistakes is refused within seconds and bounded memory, with no more problems than one would read.
@pytest.mark.parametrize("kind", MANY)
def test_many_mistakes_are_refused_soon(tmp_path: Path, kind: str) -> None:
    resource = pytest.importorskip("resource")  # which Windows has not
    started, held = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert 0 < len(refused(tmp_path, HEAD + MANY[kind]).problems) <= MOST
    assert time.monotonic() - started < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held < 400 * 2**10


# A file that would unfold into more than it holds, and one of 200 MB, are refused before they are taken in.
def test_bombs_and_giants_are_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    (problem,) = refused(tmp_path, bomb).problems
    assert (problem.line, problem.found.en) == (1, "an anchor or alias")
    with (tmp_path / "giant.yaml").open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(LsstdError, match="200 MB; expected: at most 2 MB"):
        load_standard(tmp_path / "giant.yaml")
