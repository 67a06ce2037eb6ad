"""How sure a score and a grade are: small cases by hand, laws, the sampled fallback, a common factor, many at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from lsstd import Standard, evaluate, example, grade_chances, load_assessment, load_common, uncertainty
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.errors import LsstdError
from lsstd.files.strict_yaml import Parsed
from lsstd.robustness import independent_groups
from lsstd.robustness.uncertainty import Uncertainty
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Condition

FACTS = {"rooms": {"kind": "count", "label": "rooms"}, "running": {"kind": "boolean", "label": "running"}}
PARTS = {f"part_{i}": {"text": f"part {i}"} for i in range(2)}
ROWS: dict[str, Any] = {
    "plain": {"max_score": 10},
    "shared": {"max_score": 6, "parts": PARTS},
    "ten_rooms": {
        "max_score": 4,
        "parts": {"ten": {"text": "t", "test": {"fact": "rooms", "operator": ">=", "value": 10}}},
    },
    "five_rooms": {
        "max_score": 4,
        "parts": {"five": {"text": "f", "test": {"fact": "rooms", "operator": ">=", "value": 5}}},
    },
}
BANDS = [{"grade": "A", "lower": 16}, {"grade": "B", "lower": 8, "upper": {"value": 16, "closed": False}}]


@pytest.fixture(scope="module")
def small() -> Standard:
    """Four rows of 24 points, two of which ask for the same fact, as does the one condition."""
    rows = {key: {"clause": "1", "text": key, "indicator": "all_of_it", **row} for key, row in ROWS.items()}
    values = {
        "standard": "made-up",
        "edition": "1",
        "title": "made up",
        "facts": FACTS,
        "criteria": rows,
        "bands": BANDS,
    }
    standard = Standard.model_validate({**values, "indicators": {"all_of_it": {"name": "all"}}})
    demand = Test(fact="rooms", operator=">=", value=8)
    return standard.model_copy(update={"conditions": {"c": Condition(id="c", clause="1", text="c", tests=(demand,))}})


@pytest.fixture
def sure(small: Standard) -> Callable[..., Uncertainty]:
    def found(
        answers: dict[str, Any] | None = None, facts: dict[str, Any] | None = None, **options: Any
    ) -> Uncertainty:
        given = {"standard": "made-up", "answers": answers or {}, "facts": facts or {}}
        return uncertainty(small, parse_assessment(small, given), **options)

    return found


# One unknown fact behind two rows and a condition is one event: 18 points and an award, or 10 and none.
def test_a_fact_is_one_event_wherever_it_is_asked_for(sure: Callable[..., Uncertainty]) -> None:
    found = sure({"plain": "met", "shared": "unmet"}, unknown=0.3)
    assert found.scores == pytest.approx({10: 0.7, 18: 0.3})
    assert found.grades == pytest.approx({"A": 0.3, "B": 0.7, None: 0})
    assert found.awarded == pytest.approx({"A": 0.3, "B": 0, None: 0.7})
    assert found.method == "exact"


# A row of which nothing is said is met as a whole; of one of which parts are told, each unknown part is for itself.
def test_unknown_rows_and_parts(sure: Callable[..., Uncertainty]) -> None:
    rest = {"plain": "unmet", "ten_rooms": "unmet", "five_rooms": "unmet"}
    assert sure(rest, {"rooms": 0}).scores == {0: 0.5, 6: 0.5}
    assert sure({**rest, "shared": {"parts": {"part_0": "met"}}}, {"rooms": 0}).scores == {3: 0.5, 6: 0.5}


# A range is equally likely on the standard's step; chances hold as given; a contradiction is the lower or the higher.
def test_ranges_chances_and_contradictions(sure: Callable[..., Uncertainty]) -> None:
    rest = {"shared": "unmet", "ten_rooms": "unmet", "five_rooms": "unmet"}
    assert sure({**rest, "plain": {"range": [4, 7]}}, {"rooms": 0}).scores == {4: 0.25, 5: 0.25, 6: 0.25, 7: 0.25}
    assert sure({**rest, "plain": {"chances": [[0, 0.2], [10, 0.8]]}}, {"rooms": 0}).scores == {0: 0.2, 10: 0.8}
    against = sure({**rest, "plain": "unmet", "ten_rooms": "met"}, {"rooms": 0}, unknown=0.25)
    assert against.scores == {0: 0.75, 4: 0.25}


# What an answer settles stays, whatever the unknown fact; the condition that asks for the fact stays open.
def test_answers_that_settle_a_row_stay(sure: Callable[..., Uncertainty]) -> None:
    found = sure({"plain": "met", "shared": "unmet", "ten_rooms": "met", "five_rooms": "met"}, unknown=0.25)
    assert found.scores == {18: 1.0}
    assert found.awarded == {"A": 0.25, "B": 0.0, None: 0.75}


# Chances sum to 1; nothing met is what is secured, everything met what is possible; the JSON keeps its keys.
@pytest.mark.parametrize("name", ["near_aaa", "contradictory", "small_rural", "not_eligible", "between_bands"])
def test_laws_on_the_examples(standard: Standard, name: str) -> None:
    assessment = load_assessment(example(name))
    found = uncertainty(standard, assessment)
    for each in (found.scores, found.grades, found.awarded):
        assert math.fsum(each.values()) == pytest.approx(1, abs=1e-12)
        assert max(each.values()) <= 1
    score = evaluate(standard, assessment).score
    assert min(found.scores) == score.secured
    assert max(found.scores) == score.possible
    told = found.to_dict()
    assert [entry["grade"] for entry in told["grades"]] == [*standard.grades, None]
    assert [entry["p"] for entry in told["quantiles"]] == [0.05, 0.25, 0.5, 0.75, 0.95]
    assert {"awarded", "mean", "sd", "method", "assumptions"} <= told.keys()


# A common factor mixes the exact distributions at its levels; it spreads the score, and odds of 1 change nothing.
def test_a_common_factor_mixes(sure: Callable[..., Uncertainty]) -> None:
    levels = [{"name": "strict", "weight": 0.5, "odds": 0.5}, {"name": "mild", "weight": 0.5, "odds": 2}]
    alone, mixed = sure(), sure(common=load_common(Parsed({"common": "assessor", "levels": levels})))
    assert mixed.sd > alone.sd
    assert mixed.mean == pytest.approx(alone.mean)
    strict, mild = (sure(unknown=p) for p in (1 / 3, 2 / 3))
    expected = {score: (strict.scores[score] + mild.scores[score]) / 2 for score in strict.scores}
    assert mixed.scores == pytest.approx(expected)
    same = load_common(Parsed({"common": "none", "levels": [{"weight": 1, "odds": 1}]}))
    assert sure(common=same).scores == pytest.approx(alone.scores)


# Where too much hangs together it samples, says so with its error and the number, and agrees within that error.
def test_the_fallback_is_never_silent(monkeypatch: pytest.MonkeyPatch, sure: Callable[..., Uncertainty]) -> None:
    exact = sure()
    monkeypatch.setattr(independent_groups, "MOST_EVENTS", 0)
    found = sure(draws=3000, seed=1)
    assert (found.method, found.draws) == ("sampled", 3000)
    assert found.standard_error is not None
    assert found.to_dict()["standard_error"] == found.standard_error > 0
    assert "2" in found.assumptions[-1].en
    assert "sampled" in found.assumptions[-1].en
    for grade, p in exact.awarded.items():
        assert abs(found.awarded[grade] - p) < 5 * math.sqrt(p * (1 - p) / 3000) + 1e-12
    assert abs(found.mean - exact.mean) < 5 * exact.sd / math.sqrt(3000)
    assert sure(draws=3000, seed=1).scores == found.scores


# Many at once are told the same as each alone, also under a common factor.
def test_many_at_once_are_the_same_as_each_alone(standard: Standard) -> None:
    names = ["near_aaa", "contradictory", "small_rural", "not_eligible", "between_bands"]
    assessments = [load_assessment(example(name)) for name in names]
    assessments.append(Assessment(standard=standard.standard))
    common = load_common(Parsed({"common": "x", "levels": [{"weight": 0.4, "odds": 0.5}, {"weight": 0.6, "odds": 3}]}))
    for factor in (None, common):
        table = grade_chances(standard, assessments, common=factor)
        for assessment, line in zip(assessments, table.itertuples(index=False), strict=True):
            alone = uncertainty(standard, assessment, common=factor)
            assert list(line[2:]) == pytest.approx(list(alone.grades.values()), abs=1e-12)
            assert line.mean == pytest.approx(alone.mean)


# The same where rows depend on one unknown fact, and where the tree is no sum.
def test_many_at_once_under_shared_facts_and_other_trees(small: Standard) -> None:
    weakest = small.indicators["all_of_it"].model_copy(update={"combine": "best", "best": 2})
    given = [{}, {"plain": "met"}, {"ten_rooms": "unmet"}]
    assessments = [parse_assessment(small, {"standard": "made-up", "answers": answers}) for answers in given]
    for standard in (small, small.model_copy(update={"indicators": {"all_of_it": weakest}})):
        table = grade_chances(standard, assessments, unknown=0.3)
        for assessment, line in zip(assessments, table.itertuples(index=False), strict=True):
            alone = uncertainty(standard, assessment, unknown=0.3)
            assert list(line[2:]) == pytest.approx(list(alone.grades.values()), abs=1e-12)


# Chances that are none, no draws, no levels, levels that do not make up 1: refused, with what would be right.
@pytest.mark.parametrize("options", [{"unknown": 1.5}, {"unknown": -0.1}, {"unknown": math.nan}, {"draws": 0}])
def test_wrong_numbers_are_refused(sure: Callable[..., Uncertainty], options: dict[str, Any]) -> None:
    with pytest.raises(LsstdError, match=r"0|1"):
        sure(**options)


@pytest.mark.parametrize(
    "value",
    [
        {"common": "x", "levels": []},
        {"common": "x"},
        {"common": "x", "levels": [{"weight": 0.5, "odds": 2}]},
        {"common": "x", "levels": [{"weight": 1, "odds": 0}]},
    ],
)
def test_factors_without_proper_levels_are_refused(value: dict[str, Any]) -> None:
    with pytest.raises(LsstdError, match="levels"):
        load_common(Parsed(value))


# A standard of topics has no points to be sure of.
def test_a_standard_without_points_is_refused() -> None:
    from lsstd import load_standard

    topics = load_standard("sz-supply-chain-collaboration")
    with pytest.raises(LsstdError, match="points"):
        uncertainty(topics, load_assessment(example("supply_chain")))


# The chart names every grade that can be and draws a stroke for each score.
def test_the_chart_shows_every_score(sure: Callable[..., Uncertainty]) -> None:
    found = sure()
    axes = found.plot(lang="en", beside={"another": found})
    legend = axes.get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == sum(p > 0 for p in found.grades.values()) + 2  # two curves
    assert len(axes.collections[0].get_paths()) == len(found.scores)


# Of a row of which nothing is said, nothing is known, in whatever way that is written: it is met or not as a whole.
@pytest.mark.parametrize("row", [{"rule": {"at_least": {"parts": 1}}}, {"rule": "shares"}, {}])
def test_unknown_is_unknown(row: dict[str, Any]) -> None:
    rows = {"r": {"clause": "1", "text": "r", "indicator": "i", "max_score": 8, "parts": PARTS, **row}}
    values: dict[str, Any] = {"standard": "made-up", "edition": "1", "title": "made up", "criteria": rows}
    standard = Standard.model_validate({**values, "indicators": {"i": {"name": "i"}}})
    said: list[Any] = [None, "unknown", {"parts": {"part_0": "unknown"}}, {"parts": dict.fromkeys(PARTS, "unknown")}]
    given = [{"standard": "made-up", "answers": {"r": each} if each else {}} for each in said]
    found = [uncertainty(standard, parse_assessment(standard, each)) for each in given]
    assert [each.scores for each in found] == [{0: 0.5, 8: 0.5}] * 4


# However totals are rounded, many at once have the mean of each alone.
@pytest.mark.parametrize("rounding", ["none", "row", "total"])
def test_means_agree(standard: Standard, rounding: str) -> None:
    listed = [load_assessment(example(name)) for name in ("near_aaa", "small_rural", "between_bands")]
    many = grade_chances(standard, listed, readings={"rounding": rounding})["mean"]
    for mean, assessment in zip(many, listed, strict=True):
        alone = uncertainty(standard, assessment, readings={"rounding": rounding})
        assert mean == pytest.approx(alone.mean)
        assert all(score == round(score) for score in alone.scores if rounding != "none")


# Points given to the billionth settle a row: they shift the score, and nothing has to be sampled for their sake.
def test_settled_points_may_be_fine(standard: Standard) -> None:
    known = load_assessment(example("near_aaa"))
    fine = known.plain()
    fine["answers"] = {**fine["answers"], "certifications": {"score": 0.123456789}}
    found = uncertainty(standard, parse_assessment(standard, fine))
    plain = uncertainty(standard, known.with_answers({"certifications": {"score": 0}}))
    assert found.method == "exact"
    shift = {score + Fraction(123456789, 10**9): p for score, p in plain.scores.items()}
    assert found.scores == pytest.approx(shift)
