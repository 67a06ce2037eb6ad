"""Laws that hold for every assessment, whatever is answered (hypothesis looks for one that breaks them)."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from lsstd import Result, load_standard
from lsstd.exact import total
from lsstd.standard import bands
from lsstd.standard.readings import OPTIONS
from lsstd.standard.scoring_table import Criterion

STANDARD = load_standard("hlj-base-evaluation")
ROWS = list(STANDARD.criteria.values())
SCORED = list(STANDARD.scored_rows)
GRADES = [None, *reversed(STANDARD.grades)]
NUMBERS = [key for key in sorted(STANDARD.tested_facts) if STANDARD.facts[key].kind in ("number", "count", "percent")]
TESTS = [test for condition in STANDARD.conditions.values() for test in condition.tests]
TESTS += [part.test for row in ROWS for part in row.parts.values() if part.test]
CLAIMS = sorted({test.fact for test in TESTS if test.value is True})
THRESHOLDS = {test.fact: test.value for test in TESTS}
ELIGIBLE = [False, None, True]
Assess = Callable[..., Result]

# To search further than the steady examples of every run, set LSSTD_EXAMPLES: the examples are random then.
EXAMPLES = int(os.environ.get("LSSTD_EXAMPLES", "0"))
law = settings(
    max_examples=EXAMPLES or 60,
    deadline=None,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def points_of(row: Criterion) -> st.SearchStrategy[float]:
    """Points that a row may score, in steps of a quarter and, now and then, of less."""
    assert isinstance(row.max_score, int)
    return st.integers(0, row.max_score * 4).map(lambda quarters: quarters / 4) | st.floats(0, row.max_score)


def one_answer(row: Criterion) -> st.SearchStrategy[Any]:
    """An answer to a row, in any form."""
    states = st.sampled_from(["met", "unmet", "unknown"])
    forms: list[st.SearchStrategy[Any]] = [states]
    if row.parts:
        forms.append(st.dictionaries(st.sampled_from(list(row.parts)), states).map(lambda parts: {"parts": parts}))
    if row.max_score is not None:
        points = points_of(row)
        forms.append(points.map(lambda score: {"score": score}))
        forms.append(st.tuples(points, points).map(lambda ends: {"range": sorted(ends)}))
        halves = st.lists(points, min_size=2, max_size=2, unique=True)
        forms.append(halves.map(lambda scores: {"chances": [[score, 0.5] for score in scores]}))
    return st.one_of(forms)


FACTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(NUMBERS, st.integers(0, 30) | st.sampled_from([199, 200, 999, 1000, 1200])),
        **dict.fromkeys(CLAIMS, st.booleans()),
    },
)
READINGS = st.fixed_dictionaries({}, optional={key: st.sampled_from(options) for key, options in OPTIONS.items()})
ROW = st.sampled_from(ROWS)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """Answers to all rows: a plain background, with a few rows in any form on top."""
    dice = random.Random(draw(st.integers(0, 2**16)))
    found: dict[str, Any] = {row.id: dice.choice(["met", "met", "met", "unmet", "unknown"]) for row in ROWS}
    for row in draw(st.lists(ROW, max_size=6, unique_by=lambda row: row.id)):
        found[row.id] = draw(one_answer(row))
    return found


@st.composite
def raised(draw: st.DrawFn, row: Criterion, answer: Any) -> Any:
    """An answer that grants a row at least as much as another one does."""
    rank = ["unmet", "unknown", "met"]
    if isinstance(answer, str):
        return draw(st.sampled_from(rank[rank.index(answer) :]))
    if "parts" in answer:
        given = {part: answer["parts"].get(part, "unknown") for part in row.parts}
        return {"parts": {p: draw(st.sampled_from(rank[rank.index(s) :])) for p, s in given.items()}}
    top = row.max_score
    assert isinstance(top, int)
    if "score" in answer:
        return {"score": draw(st.floats(answer["score"], top))}
    if "range" in answer:
        low, high = (draw(st.floats(end, top)) for end in answer["range"])
        return {"range": sorted((low, high))}
    scores = [draw(st.floats(score, top)) for score, _ in answer["chances"]]
    assume(len(set(scores)) == len(scores))
    return {"chances": [[score, 0.5] for score in scores]}


def rank(grade: str | None) -> int:
    return GRADES.index(grade)


def none_lower(before: Result, after: Result) -> None:
    """No score of the second result is lower than in the first, nor is its grade."""
    assert after.score.secured >= before.score.secured
    assert after.score.possible >= before.score.possible
    for key, row in before.criteria.items():
        assert after.criteria[key].secured >= row.secured, key
        assert after.criteria[key].possible >= row.possible, key
    for lower, higher, score in (
        (before.grade.secured, after.grade.secured, after.score.secured),
        (before.grade.possible, after.grade.possible, after.score.possible),
    ):
        fell_into_a_gap = before.readings["between_bands"] == "none" and bands.between(STANDARD.bands, score)
        assert rank(higher) >= rank(lower) or fell_into_a_gap


# Raising an answer never lowers a score, secured or possible, nor the grade, under any reading. (Only where a score
# between two bands is read as no grade at all can more points lose one: 400.5 has none then, though 400 is AA.)
@law
@given(data=st.data(), given_answers=answers(), facts=FACTS, readings=READINGS, row=ROW)
def test_raising_an_answer_never_lowers_anything(
    assess: Assess, data: st.DataObject, given_answers: dict[str, Any], facts: Any, readings: Any, row: Criterion
) -> None:
    answer = data.draw(one_answer(row), label="answer")
    better = data.draw(raised(row, answer), label="better")
    before, after = (assess({**given_answers, row.id: one}, facts, readings) for one in (answer, better))
    event("the row moved" if before.criteria[row.id] != after.criteria[row.id] else "nothing moved")
    none_lower(before, after)


# Meeting a row in full never lowers anything against any other answer that the facts do not contradict.
@law
@given(data=st.data(), given_answers=answers(), readings=READINGS, row=ROW)
def test_a_row_met_in_full_is_the_best(
    assess: Assess, data: st.DataObject, given_answers: dict[str, Any], readings: Any, row: Criterion
) -> None:
    other = data.draw(one_answer(row))
    before, after = (assess({**given_answers, row.id: one}, None, readings) for one in (other, "met"))
    none_lower(before, after)
    assert after.criteria[row.id].state in ("met", "not_applicable")


# Raising a quantity, or making good a claim, never lowers a score and never ends eligibility (every threshold of this
# standard is a least amount).
@law
@given(data=st.data(), given_answers=answers(), facts=FACTS, readings=READINGS, key=st.sampled_from(NUMBERS + CLAIMS))
def test_raising_a_fact_never_lowers_anything(
    assess: Assess, data: st.DataObject, given_answers: dict[str, Any], facts: Any, readings: Any, key: str
) -> None:
    readings = {**readings, "same_quantity": "suggest"}  # else one value may stand for another fact, or cease to
    least = THRESHOLDS[key]
    amounts = st.sampled_from([False, True] if key in CLAIMS else [0, least - 1, least, least + 1, 3 * least])
    low, high = sorted((data.draw(amounts), data.draw(amounts)))
    before, after = (assess(given_answers, {**facts, key: amount}, readings) for amount in (low, high))
    none_lower(before, after)
    assert ELIGIBLE.index(after.eligible) >= ELIGIBLE.index(before.eligible)


# Learning what was unknown narrows the span of the score and never leaves it.
@law
@given(data=st.data(), given_answers=answers(), readings=READINGS, row=ROW)
def test_learning_narrows_the_span(
    assess: Assess, data: st.DataObject, given_answers: dict[str, Any], readings: Any, row: Criterion
) -> None:
    before = assess({**given_answers, row.id: "unknown"}, None, readings)
    after = assess({**given_answers, row.id: data.draw(one_answer(row))}, None, readings)
    assert before.score.secured <= after.score.secured <= after.score.possible <= before.score.possible


# The order in which answers and facts are written is irrelevant.
@law
@given(given_answers=answers(), facts=FACTS, readings=READINGS, dice=st.randoms(use_true_random=False))
def test_order_is_irrelevant(
    assess: Assess, given_answers: dict[str, Any], facts: Any, readings: Any, dice: random.Random
) -> None:
    shuffled = [dict(dice.sample(list(part.items()), len(part))) for part in (given_answers, facts)]
    one, other = assess(given_answers, facts, readings), assess(*shuffled, readings)
    assert one.to_dict() == other.to_dict()
    assert one.gaps == other.gaps


# At every level 0 ≤ secured ≤ possible ≤ maximum, and every indicator is the sum of what stands under it.
@law
@given(given_answers=answers(), facts=FACTS, readings=READINGS)
def test_levels_add_up(assess: Assess, given_answers: dict[str, Any], facts: Any, readings: Any) -> None:
    result = assess(given_answers, facts, {**readings, "rounding": readings.get("rounding", "none")})
    scores = [*result.criteria.values(), *(node.score for node in result.indicators.values()), result.score]
    for score in scores:
        assert 0 <= score.secured <= score.possible <= score.maximum
    for column in ("secured", "possible", "maximum"):
        for key, node in result.indicators.items():
            below = [getattr(result.indicators[child.id].score, column) for child in STANDARD.children_of[key]]
            below += [getattr(result.criteria[row.id], column) for row in STANDARD.rows_of[key]]
            assert getattr(node.score, column) == total(below)
        if result.readings["rounding"] != "total":
            assert getattr(result.score, column) == total(getattr(row, column) for row in result.criteria.values())


# A row's state says where its points lie: met at the maximum, unmet at zero, partly between, unknown while open.
@law
@given(given_answers=answers(), facts=FACTS, readings=READINGS)
def test_states_follow_points(assess: Assess, given_answers: dict[str, Any], facts: Any, readings: Any) -> None:
    for row in assess(given_answers, facts, readings).criteria.values():
        if row.maximum == 0:
            continue
        if row.possible > row.secured:
            assert row.state == "unknown"
        else:
            assert row.state == {0: "unmet", row.maximum: "met"}.get(row.secured, "partly")


# Nothing that is answered changes what the evaluation was given; the result as JSON is plain and finite.
@law
@given(given_answers=answers(), facts=FACTS, readings=READINGS)
def test_results_are_plain_json(assess: Assess, given_answers: dict[str, Any], facts: Any, readings: Any) -> None:
    result = assess(given_answers, facts, readings)
    again = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert again == result.to_dict()
    assert again["score"]["secured"] == float(result.score.secured)


# A grade is awarded exactly when the conditions and what else withholds it allow, and then it is the secured one.
@law
@given(given_answers=answers(), facts=FACTS, readings=READINGS)
def test_awarded_is_the_secured_grade_or_none(
    assess: Assess, given_answers: dict[str, Any], facts: Any, readings: Any
) -> None:
    result = assess(given_answers, facts, readings)
    held = {"veto", "gate"} & {finding.code for finding in result.findings}
    may = result.eligible is True
    assert result.grade.awarded == (result.grade.secured if may and not held else None)


# Closing every gap brings the maximum; a gap that alone crosses a band does so, and these come first.
@law
@given(given_answers=answers(), facts=FACTS, readings=READINGS)
def test_gaps_lead_to_the_maximum(assess: Assess, given_answers: dict[str, Any], facts: Any, readings: Any) -> None:
    result = assess(given_answers, facts, {**readings, "rounding": "none"})
    assert result.score.secured + total(gap.points for gap in result.gaps) == result.score.maximum
    crossing = [gap.crosses for gap in result.gaps]
    assert crossing == sorted(crossing, reverse=True)
    for gap in result.gaps:
        reached = bands.grade_of(result.bands, result.score.secured + gap.points)
        assert gap.crosses == (reached is not None and reached != result.grade.secured)
    for crosses in (True, False):
        points = [gap.points for gap in result.gaps if gap.crosses is crosses]
        assert points == sorted(points, reverse=True)


# Shares of rows are exact for every standard: a share of every row is that share of 500, to the last digit.
@law
@given(share=st.fractions(0, 1, max_denominator=1000))
def test_a_share_of_every_row_is_that_share_of_the_total(assess: Assess, share: Fraction) -> None:
    scored = assess({row.id: {"score": row.max_score * share} for row in SCORED if row.max_score is not None})
    assert scored.score.secured == scored.score.possible == 500 * share
