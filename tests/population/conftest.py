"""Standards, random subjects and their assessments, for everything that works on populations."""

import random
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.files.standards import load_standard, parse_standard
from lsstd.files.strict_yaml import parse_yaml
from lsstd.standard.standard import Standard

AS_OF = "2024-12-31"
NUMBERS = [0, 1, 2, 3, 4, 5, 9, 10, 19.5, 20, 20.1, 999, 1000, 1500]
COUNTS = [0, 1, 3, 4, 5, 6, 9, 10, 20, 200]
DAYS = ["2023-12", "2024-01", "2023-12-31", "2024-06-05", "2021-02"]

SMALL = """
standard: made-up
edition: "1"
title: {zh: 虚构标准, en: A made-up standard}
status: {zh: 虚构, en: made up}
subject_label: {zh: 对象, en: subject}
source: {document: {zh: 虚构, en: made up}}
rounding_step: 0.5
facts:
  begun: {kind: date, label: {zh: 开始, en: begun}}
  years: {kind: number, label: {zh: 年数, en: years}, years_since: begun}
  people: {kind: count, label: {zh: 人数, en: people}}
  staff: {kind: count, label: {zh: 员工, en: staff}}
  margin: {kind: percent, label: {zh: 利润率, en: margin}, signed: true}
  honest: {kind: boolean, label: {zh: 诚信, en: honest}}
conditions:
  size: {clause: "1", text: 人, label: {zh: 人, en: people}, tests: [{fact: people, operator: ">=", value: 5}]}
  time:
    {clause: "2", text: 年, label: {zh: 年, en: years}, tests: [{fact: years, operator: ">", value: 1},
     {fact: honest, operator: "==", value: true}]}
vetoes: {}
indicators:
  left: {name: {zh: 左, en: left}}
  deep: {name: {zh: 深, en: deep}, parent: left}
  deeper: {name: {zh: 更深, en: deeper}, parent: deep}
  right: {name: {zh: 右, en: right}}
criteria:
  a:
    {row: 1, clause: "3", text: 甲, indicator: left, max_score: 2.5, provision: {kind: statement},
     gloss: {zh: 甲, en: a},
     parts: {a1: {text: 一, gloss: {zh: 一, en: "1"}}, a2: {text: 二, gloss: {zh: 二, en: "2"}},
     a3: {text: 三, gloss: {zh: 三, en: "3"}, test: {fact: staff, operator: "<", value: 10}}}}
  b: {row: 2, clause: "3", text: 乙, indicator: deeper, max_score: 7, provision: {kind: recommendation, verb: 宜},
      gloss: {zh: 乙, en: b}}
  c:
    {row: 3, clause: "3", text: 丙, indicator: deep, max_score: 0.75, provision: {kind: statement},
     gloss: {zh: 丙, en: c}, parts: {c1: {text: 一, gloss: {zh: 一, en: "1"},
     test: {fact: margin, operator: ">=", value: 0.3}}}}
  d:
    {row: 4, clause: "3", text: 丁, indicator: right, provision: {kind: instruction}, gloss: {zh: 丁, en: d}}
  e:
    {row: 5, clause: "3", text: 戊, indicator: right, max_score: 300, provision: {kind: statement},
     gloss: {zh: 戊, en: e}, parts: {e1: {text: 一, gloss: {zh: 一, en: "1"}}, e2: {text: 二,
     gloss: {zh: 二, en: "2"}, bonus: true}, e3: {text: 三, gloss: {zh: 三, en: "3"},
     test: {fact: people, operator: ">=", value: 10}}, e4: {text: 四, gloss: {zh: 四, en: "4"},
     test: {fact: years, operator: ">=", value: 1}}}}
bands:
  - {grade: gold, printed: ≥ 250.5, lower: {value: 250.5, closed: true}}
  - {grade: silver, printed: 120 ～ 250, lower: {value: 120, closed: false}, upper: {value: 250, closed: true}}
  - {grade: bronze, printed: 20 ～ 80, lower: {value: 20, closed: true}, upper: {value: 80, closed: false}}
same_quantities:
  - {facts: [people, staff], clauses: ["1"], note: {zh: 人, en: people}}
"""


@pytest.fixture(scope="session")
def hlj() -> Standard:
    return load_standard("hlj-base-evaluation")


@pytest.fixture(scope="session")
def small() -> Standard:
    """A made-up standard of another shape: uneven depth, fractional points, open ends, wide gaps."""
    return made_up()


def made_up() -> Standard:
    return parse_standard(parse_yaml(SMALL, "small"), "0" * 64, "small")


def random_line(standard: Standard, rng: random.Random, number: int) -> dict[str, Any]:
    """One subject: points, parts and facts at random, contradictions and blanks among them."""
    line: dict[str, Any] = {"id": f"s{number}"}
    for fact in standard.facts.values():
        if rng.random() < 0.75 and fact.id in standard.tested_facts and not (fact.years_since and rng.random() < 0.7):
            kinds = {"boolean": [True, False], "count": COUNTS, "date": DAYS}
            line[fact.id] = rng.choice(kinds.get(fact.kind, NUMBERS))
        elif rng.random() < 0.75 and fact.id in {other.years_since for other in standard.facts.values()}:
            line[fact.id] = rng.choice(DAYS)
    for row in standard.scored_rows:
        chance, top = rng.random(), float(row.max_score or 0)
        if chance < 0.35:
            choices = [0, top, rng.randrange(int(top) + 1), int(rng.random() * top * 2) / 2, int(top * 50) / 100]
            line[row.id] = rng.choice(choices)
        elif chance < 0.9:
            parts = [part for part in row.parts if rng.random() < 0.7]
            line |= {f"{row.id}.{part}": int(rng.random() < 0.6) for part in parts}
        gone = [f"{row.id}.{p.id}" for p in row.parts.values() if p.optional] + [row.id] * row.optional
        for name in gone:
            if row.id not in line and rng.random() < 0.4:
                line.pop(name, None)
                line[f"{name}.not_applicable"] = 1
    return line


def assessment_of(standard: Standard, line: dict[str, Any]) -> Assessment:
    """The same subject as an assessment, for the exact engine."""
    facts = {key: value for key, value in line.items() if key in standard.facts}
    answers: dict[str, Any] = {}
    for key, value in line.items():
        row, _, part = key.partition(".")
        if part == "not_applicable":
            answers[row] = "not_applicable"
        elif part.endswith(".not_applicable"):
            answers.setdefault(row, {"parts": {}})["parts"][part.partition(".")[0]] = "not_applicable"
        elif part and row in standard.criteria:
            answers.setdefault(row, {"parts": {}})["parts"][part] = "met" if value else "unmet"
        elif key in standard.criteria:
            answers[key] = {"score": value}
    plain = {"standard": standard.standard, "as_of": AS_OF, "facts": facts, "answers": answers}
    return parse_assessment(standard, plain)


Made = tuple[pd.DataFrame, list[Assessment]]


@pytest.fixture(scope="session")
def subjects() -> Callable[[Standard, int, int], Made]:
    """Make random subjects: ``subjects(standard, count, seed)`` gives a frame and the same as assessments."""

    kept: dict[tuple[str, int, int], Made] = {}

    def made(standard: Standard, count: int, seed: int) -> Made:
        key = (standard.sha256, count, seed)
        if key not in kept:
            rng = random.Random(seed)
            lines = [random_line(standard, rng, number) for number in range(count)]
            kept[key] = pd.DataFrame(lines), [assessment_of(standard, line) for line in lines]
        return kept[key]

    return made


@pytest.fixture(scope="session")
def quotients() -> Standard:
    """The made-up standard with a row whose points are a share of the quotient of two facts."""
    ratio = "rule: {linear: {fact: people, per: staff, from: 0, to: 3}}, gloss: {zh: 乙, en: b}}"
    return parse_standard(parse_yaml(SMALL.replace("gloss: {zh: 乙, en: b}}", ratio), "small"), "1" * 64, "small")
