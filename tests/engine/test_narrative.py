"""The result in plain language: every number that it prints is found again, and both languages say the same."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from worked_cases import Worked, worked_cases

from lsstd import Result, Standard, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import evaluate
from lsstd.engine.evidence_register import register
from lsstd.engine.narrative import narrative, way_up
from lsstd.exact import Exact, shown
from lsstd.files.cases import evaluate_file
from lsstd.standard.readings import OPTIONS
from lsstd.words import Text, quoted

Assess = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "data" / "assessments").glob("*.yaml"))
AMOUNT = re.compile(r"(\d+(?:\.\d+)?) (万|亿|million |billion |trillion |)(?:元|yuan)")
NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
LONGEST = 1600
FOUND: dict[int, tuple[Standard, re.Pattern[str]]] = {}


def result_of(path: Path) -> Result:
    studio = ROOT / "data" / "standards" / "made-up-studio.yaml"
    return evaluate_file(path, load_standard(studio) if "studio" in path.name else None)


def words_of(value: Any) -> Iterator[Text]:
    """Yield every text of a standard, whatever it stands in."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from words_of(getattr(value, name))
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from words_of(inner)


def named_in(standard: Standard) -> re.Pattern[str]:
    """Return what finds a standard's own words, the longest first."""
    own = [*words_of(standard), *(quoted(words) for words in words_of(standard))]
    named = {word.strip("“”。？.") for words in own for word in (words.zh, words.en)}
    longest = sorted((word for word in named if len(word) > 1), key=len, reverse=True)
    return re.compile("|".join(f"(?:× )?{re.escape(word)}" for word in longest) or "(?!)")


def bare(result: Result, text: str) -> str:
    """Return a paragraph without the standard's own words, in which each language has numbers of its own."""
    standard = result.standard
    if id(standard) not in FOUND:
        FOUND[id(standard)] = (standard, named_in(standard))
    return FOUND[id(standard)][1].sub("", text)


def numbers(result: Result, text: str) -> Counter[str]:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    return Counter(NUMBER.findall(bare(result, AMOUNT.sub(lambda found: in_10k_yuan(*found.groups()), text))))


def in_10k_yuan(number: str, scale: str) -> str:
    """Return an amount in 万元: 1000 万元 and 10 million yuan are one number."""
    scales = {"万": 10**4, "亿": 10**8, "million ": 10**6, "billion ": 10**9, "trillion ": 10**12}
    return shown(Fraction(number) * scales.get(scale, 1) / 10**4)


def holds(result: Result) -> tuple[Text, ...]:
    """Hold what is true of every narrative, and return it."""
    told = narrative(result)
    assert told == narrative(result)
    assert told
    for text in told:
        for words, stop in ((text.zh, "。"), (text.en, ".")):
            assert words.endswith(stop)
            assert len(words) <= LONGEST
            assert not re.search(
                r"None|\bnan\b|Fraction|\bTrue\b|\bFalse\b|  |。。|\.\.|[：:]\s*[。.]|[（(]\s*[）)]", words
            )
        assert 1 <= bare(result, text.zh).count("。") <= 4
        assert numbers(result, text.zh) == numbers(result, text.en), text
    return told


def result_of_case(case: Worked) -> Result:
    return evaluate(case.standard, parse_assessment(case.standard, case.given), case.readings)


def allowed(result: Result) -> set[str]:
    """Return every number that the result holds and a narrative may print, recomputed from rows, facts and bands."""
    rows = list(result.criteria.values())
    scored = [row for row in rows if row.criterion.max_score is not None]
    known = register(result)
    points: list[Exact] = [*map(len, (rows, scored)), result.score.secured, known.claimed, known.with_evidence]
    points += [row.criterion.row for row in rows]
    points += [row.possible - row.secured for row in rows] + [row.maximum - row.secured for row in rows]
    points += [result.score.possible - result.score.secured, result.score.maximum - result.score.secured]
    points += [result.score.secured - band.lower.value for band in result.standard.bands if band.lower]
    if way := way_up(result):
        points += [len(way.gaps), sum(gap.row.maximum - gap.row.secured for gap in way.gaps)]
    tests = [test for found in (*result.conditions.values(), *result.vetoes.values()) for test in found.tests]
    points += [value for test in tests for value in (test.found, test.required) if isinstance(value, int | Fraction)]
    told = {shown(value) for value in points}
    texts = [band.printed for band in result.standard.bands]
    texts += [found.condition.clause for found in (*result.conditions.values(), *result.vetoes.values())]
    texts += [reading.clause for reading in result.standard.readings.values()]
    texts += [finding.message.zh for finding in result.findings if finding.code != "reading_matters"]
    return told | {number for text in texts for number in NUMBER.findall(text)}


def counts(result: Result) -> set[str]:
    """Return the small whole numbers by which things are counted."""
    return {str(number) for number in range(max(len(result.criteria), 12) + 1)}


# Every number of every example is one that the result holds, or a count of its rows; both languages print the same.
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    result = result_of(path)
    for text in holds(result):
        odd = set(numbers(result, text.zh)) - allowed(result) - counts(result)
        assert not odd, (text.zh, odd)


# Whatever the standard: weights, conditions, demands, further tables, no bands at all; worked cases of every mechanism.
def test_worked_cases() -> None:
    cases = list(worked_cases())
    assert len(cases) > 200
    for case in cases:
        result = result_of_case(case)
        for text in holds(result):
            assert result.standard.grades or "grade" not in text.en, case.name


# A base two points below AAA: how many rows, what is open, where points lack, by the sheet of the worked example.
def test_near_aaa_reads_as_it_should() -> None:
    result = result_of(ROOT / "data" / "assessments" / "near_aaa.yaml")
    standing, origin, ways, care, read = narrative(result)
    assert standing.zh == "确定得分比 AA（351 ～ 400）的下限高 47.92 分，上一级为 AAA（401 ～ 450）。"
    assert "得满分 30 行、得部分分 11 行、未得分 3 行、尚未确定 7 行" in origin.zh
    assert "30 earn full points, 11 earn part of the points, 3 earn none and 7 are not settled" in origin.en
    assert "第 41 行“政策协助”、第 26 行“主播素质”" in origin.zh
    assert ways.en.startswith("Full points in any one of 20 rows are enough for grade AAA: row 38 “outside experts ")
    assert "另有 16 项。其中 7 行尚未确定" in ways.zh
    assert care.en.startswith("Answered by a range or by chances, of which only the lower end is secured: row 21")
    assert "原文有 2 处未明" in read.zh
    assert read.zh.endswith("其分值与分数线本工具未掌握。")


# What stands against an award is told with what was found and what is required, and nothing is promised beside it.
def test_what_stands_against_an_award(assess: Assess, standard: Standard) -> None:
    facts = {"signed_anchors": 19, "live_rooms": 10, "ecommerce_firms": 10, "data_falsified": True}
    answers = {row.id: {"score": float(row.max_score or 0)} for row in standard.scored_rows}
    result = assess({**answers, "legal_compliance": "unmet"}, facts, {"unscored_row": "gate"})
    told = narrative(result)[0]
    assert "5.1.4 规模，签约主播数量：19 人（要求：≥ 20 人）" in told.zh
    assert "5.1.4 size, hosts under contract: 19 people (required: ≥ 20 people)" in told.en
    assert "5.1.1 运营年限，正式投入运营年数：未填（要求：≥ 1 年）" in told.zh
    assert "row 24" in told.en
    assert told.zh.startswith("影响评定等级的事项：4.2.2 数据造假，存在捏造、虚报或篡改数据：是（要求：否）")


# The rows named as enough together are enough when each is answered in full, none of them is to spare, and where
# points simply add up no smaller number could do.
def test_rows_that_reach_together_do(assess: Assess, standard: Standard) -> None:
    for met in range(0, len(standard.scored_rows), 3):
        answers = dict.fromkeys([row.id for row in standard.scored_rows[:met]], "met")
        result = assess(answers)
        if (way := way_up(result)) is None:
            assert result.grade.secured == "AAAA"
            continue
        rows = [gap.row.criterion.id for gap in way.gaps]
        after = assess({**answers, **dict.fromkeys(rows, "met")})
        assert after.grade.secured == way.grade != result.grade.secured
        assert after.score.secured - result.score.secured == way.points == sum(gap.points for gap in way.gaps)
        most = sorted((row.maximum - row.secured for row in result.criteria.values()), reverse=True)
        assert way.points == sum(most[: len(rows)])
        for spare in rows:
            fewer = assess({**answers, **{row: "met" for row in rows if row != spare}})
            assert fewer.grade.secured == result.grade.secured


# Also where weights, caps and demands stand between rows and grade.
def test_rows_reach_together_under_other_mechanisms() -> None:
    tried = 0
    for case in worked_cases():
        result = result_of_case(case)
        way = way_up(result) if result.standard.grades else None
        rows = [gap.row for gap in way.gaps] if way else []
        if not way or any(row.quantity or row.criterion.applies or row.contradiction for row in rows):
            continue
        if any(part.test for row in rows for part in row.parts):
            continue
        full = {row.criterion.id: {"score": float(row.maximum)} if row.criterion.max_score else "met" for row in rows}
        given_anew = {**case.given, "answers": {**case.given["answers"], **full}}
        after = evaluate(case.standard, parse_assessment(case.standard, given_anew), case.readings)
        assert after.grade.secured == way.grade, case.name
        tried += 1
    assert tried > 20


def drawn(standard: Standard, dice: random.Random) -> dict[str, Any]:
    """Answers to all rows, in every form."""
    found: dict[str, Any] = {}
    for row in standard.criteria.values():
        forms: list[Any] = ["met", "met", "met", "unmet", "unknown"]
        if row.max_score is not None:
            low, high = sorted(dice.randint(0, int(row.max_score)) for _ in range(2))
            forms += [{"score": high}, {"range": [low, high]}]
        found[row.id] = dice.choice(forms)
    return found


FACTS = ("live_rooms", "signed_anchors", "office_area", "ecommerce_firms", "policy_study_events")
READINGS = st.fixed_dictionaries({}, optional={key: st.sampled_from(options) for key, options in OPTIONS.items()})


# Whatever is answered, under whatever reading: the same words each time, the same numbers in both languages, all of
# them found in the result.
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**16), facts=st.lists(st.integers(0, 30), max_size=5), readings=READINGS)
def test_drawn_answers(
    assess: Assess, standard: Standard, seed: int, facts: list[int], readings: dict[str, str]
) -> None:
    result = assess(drawn(standard, random.Random(seed)), dict(zip(FACTS, facts, strict=False)), readings)
    for text in holds(result):
        assert not set(numbers(result, text.zh)) - allowed(result) - counts(result), text.zh
