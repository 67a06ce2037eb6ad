"""The result: immutable, ranked gaps, findings in words, and the JSON that others rely on to the letter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lsstd import Result, Standard, evaluate, example, load_assessment, load_standard
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile

Assess = Callable[..., Result]


@pytest.fixture(scope="module")
def near_aaa() -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))


# The JSON of a result has exactly the keys that are promised, at every level.
def test_json_keeps_its_promise(near_aaa: Result) -> None:
    told = json.loads(json.dumps(near_aaa.to_dict(), allow_nan=False))
    assert list(told) == [
        "standard",
        "edition",
        "subject",
        "readings",
        "eligible",
        "conditions",
        "score",
        "grade",
        "disqualified",
        "indicators",
        "criteria",
        "findings",
    ]
    points = {"secured", "possible", "maximum"}
    assert set(told["conditions"][0]) == {"id", "clause", "state", "tests"}
    assert set(told["conditions"][0]["tests"][0]) == {"fact", "found", "operator", "required", "unit", "state"}
    assert set(told["score"]) == points
    assert set(told["grade"]) == {"secured", "possible", "awarded", "shown"}
    assert set(told["indicators"][0]) == {"id", "parent", "name", "level"} | points
    assert set(told["criteria"][0]) == {"id", "text", "indicator", "state"} | points
    assert (len(told["conditions"]), len(told["indicators"]), len(told["criteria"])) == (6, 16, 52)
    assert [len(condition["tests"]) for condition in told["conditions"]] == [1, 2, 1, 3, 1, 3]
    assert (told["eligible"], told["standard"], told["edition"]) == (True, "hlj-base-evaluation", "draft")


# The numbers in JSON are the nearest doubles of the exact ones; indicators name their parents and levels.
def test_json_numbers(near_aaa: Result) -> None:
    told = near_aaa.to_dict()
    assert told["score"] == {"secured": 4787 / 12, "possible": 5189 / 12, "maximum": 500}
    by_id = {node["id"]: node for node in told["indicators"]}
    assert (by_id["planning"]["parent"], by_id["planning"]["level"]) == ("construction", 2)
    assert (by_id["construction"]["parent"], by_id["construction"]["level"]) == (None, 1)
    assert told["criteria"][0]["text"].startswith("满足交通便利")
    unscored = next(row for row in told["criteria"] if row["id"] == "legal_compliance")
    assert (unscored["state"], unscored["maximum"]) == ("met", 0)


# Codes, ids and states are never translated; names and messages are.
def test_only_words_are_translated(near_aaa: Result) -> None:
    zh, en = (near_aaa.to_dict(lang) for lang in ("zh", "en"))
    assert zh["indicators"][0]["name"] == "基地建设"
    assert en["indicators"][0]["name"] == "Construction"
    for told in (zh, en):
        for node in told["indicators"]:
            del node["name"]
        for finding in told["findings"]:
            del finding["message"]
        assert told["grade"].pop("shown")
    assert zh == en


# Nothing of a result can be changed, and evaluating again gives an equal one.
def test_results_are_immutable(near_aaa: Result) -> None:
    for thing, name in (
        (near_aaa, "score"),
        (near_aaa.score, "secured"),
        (near_aaa.grade, "awarded"),
        (near_aaa.criteria["village_rooms"], "state"),
    ):
        with pytest.raises(AttributeError):
            setattr(thing, name, None)
    again = evaluate(near_aaa.standard, near_aaa.assessment)
    assert again == near_aaa
    assert again.score is not near_aaa.score


# Gaps come with what closing each alone would bring: first those that reach a higher grade, then by points.
def test_gaps_are_ranked(near_aaa: Result) -> None:
    gaps = near_aaa.gaps
    assert near_aaa.score.secured < 401  # 2 1/12 points below AAA
    assert [gap.row.criterion.id for gap in gaps if gap.crosses] == [
        gap.row.criterion.id for gap in gaps if gap.points >= 401 - near_aaa.score.secured
    ]
    assert gaps[0].points == max(gap.points for gap in gaps)
    assert all(gap.grade == ("AAA" if gap.crosses else "AA") for gap in gaps)
    assert {gap.row.criterion.id for gap in gaps} == {
        key for key, row in near_aaa.criteria.items() if row.secured < row.maximum
    }


# A gap that alone reaches a higher grade comes before one of more points that does not (here: 3 more come to exactly 5,
# which no band of the made-up standard holds, while 2.5 more reach bronze).
def test_gaps_that_cross_come_first(assess: Assess, made_up: Standard) -> None:
    answers = {"charm": {"score": 2}, "quiet": "unmet"}
    gaps = assess(answers, {"stalls": 3}, {"between_bands": "none"}, against=made_up).gaps
    assert [(gap.row.criterion.id, gap.points, gap.grade) for gap in gaps] == [
        ("enough_stalls", 2.5, "铜"),
        ("quiet", 2.5, "铜"),
        ("charm", 3, None),
    ]


# How far the sheet is filled in: rows that are settled, of those with points.
def test_completeness(assess: Assess, standard: Standard, near_aaa: Result) -> None:
    assert assess().completeness == (0, 51)
    assert assess({row.id: "met" for row in standard.criteria.values()}).completeness == (51, 51)
    unknown = [row for row in near_aaa.criteria.values() if row.state == "unknown"]
    assert near_aaa.completeness == (51 - len(unknown), 51)


# A contradiction is told with the row, the facts and the points it counts as.
def test_contradictions_are_told(assess: Assess) -> None:
    result = assess(
        {"live_room_count": "met", "resident_bodies": {"parts": {"enough_residents": "unmet"}}},
        {"live_rooms": 9, "resident_agencies": 10},
    )
    first, second = (finding for finding in result.findings if finding.code == "contradiction")
    assert first.clause == "B.1"
    told = "第 6 行“直播间规模”所答与填报数据矛盾：直播间数量：9 间（要求：≥ 10 间）。"
    assert first.message.zh == told + "确定得分取低、可能得分取高：0–5 分"
    assert "Row 6, number of live-streaming rooms" in first.message.en
    assert "Row 16" in second.message.en


# A score between two bands is told once for each end that lies there, with the bands as printed and the reading used.
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"score": 0.5}, ["确定得分 400.5"]),
        ({"range": [0, 0.5]}, ["可能得分 400.5"]),
        ({"range": [0.25, 0.75]}, ["确定得分 400.25", "可能得分 400.75"]),
        ({"score": 1}, []),
    ],
)
def test_scores_between_bands_are_told(assess: Assess, standard: Standard, answer: Any, told: list[str]) -> None:
    missed = [
        "public_welfare_broadcasts",
        "local_product_marketing",
        "honest_trading",
        "anchor_training",
        "waste_rules",
    ]
    answers = {row.id: "unmet" if row.id in missed else "met" for row in standard.criteria.values()}
    result = assess({**answers, "certifications": answer})
    found = [finding for finding in result.findings if finding.code == "between_bands"]
    assert [finding.message.zh.split(" 落在")[0] for finding in found] == told
    for finding in found:
        assert "AA（351 ～ 400）与 AAA（401 ～ 450）之间；此处按“归入较低的等级”处理，为 AA" in finding.message.zh
        assert "it is AA" in finding.message.en
        assert finding.clause == "7.2.2"


# A veto or gate is told as failed or as undecided, in words that differ.
def test_what_withholds_a_grade_is_told(assess: Assess) -> None:
    failed, open_ = (assess(facts={"data_falsified": value}).findings[0] for value in (True, None))
    assert (failed.code, failed.clause, open_.code) == ("veto", "4.2.2", "veto")
    assert "取消参评资格" in failed.message.zh
    assert "待核实" in open_.message.zh
    [gate] = [f for f in assess(readings={"unscored_row": "gate"}).findings if f.code == "gate"]
    assert gate.clause == "B.1"
    assert "undecided" in gate.message.en


# An assessment is changed into a new one; the first stays as it was.
def test_changing_gives_a_new_assessment(standard: Standard) -> None:
    first = parse_assessment(standard, {"standard": standard.standard, "answers": {"village_rooms": "met"}})
    second = first.with_answers({"village_rooms": {"score": 2}, "waste_rules": None}).with_facts({"live_rooms": 12})
    assert (first.answers["village_rooms"].state, first.facts) == ("met", {})
    assert second.answers["village_rooms"].score == 2
    assert second.answers["waste_rules"].state == "unknown"
    assert second.facts["live_rooms"].value == 12
    assert evaluate(standard, second).score.secured == 2 + 5
    with pytest.raises(InvalidFile, match=r"answers\.village_rooms"):
        first.with_answers({"village_rooms": {"score": 2, "range": [1, 2]}})
    with pytest.raises(ValueError, match="frozen"):
        first.answers = {}


# An assessment made in Python is held against the standard when it is evaluated: all that does not fit, at once.
def test_what_does_not_fit_is_told_when_evaluated(standard: Standard) -> None:
    wrong = Assessment.model_validate(
        {
            "standard": standard.standard,
            "facts": {"live_rooms": 9.5, "rooms": 1},
            "answers": {"village_rooms": {"score": 6}, "x": "met"},
        }
    )
    with pytest.raises(InvalidFile) as caught:
        evaluate(standard, wrong)
    assert {problem.where for problem in caught.value.problems} == {
        "facts.live_rooms",
        "facts.rooms",
        "answers.village_rooms.score",
        "answers.x",
    }


# What a gap would reach is found as the engine finds it: a total that is rounded is rounded after the gap is closed.
def test_gaps_reach_what_closing_them_brings(assess: Assess, standard: Standard) -> None:
    answers: dict[str, object] = {
        row.id: {"score": float(row.max_score) * 0.8} for row in standard.scored_rows if row.max_score
    }
    answers["policy_support"] = {"score": 9.6}
    answers["village_rooms"] = {"score": 2.9}
    for readings in ({"rounding": "total"}, {"rounding": "row"}, {"rounding": "none"}):
        result = assess(answers, readings=readings)
        for gap in result.gaps:
            closed = assess({**answers, gap.row.criterion.id: "met"}, readings=readings)
            assert gap.grade == closed.grade.secured, (gap.row.criterion.id, readings)
