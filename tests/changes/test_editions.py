"""Two editions of a standard: what differs, the reform between them, and assessments carried from one to the other."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from command_line import run_lsstd
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd import Reform, Result, Standard, evaluate, example, impact, load_assessment, load_population, load_standard
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check, parse_assessment
from lsstd.changes.diff import changes, spans
from lsstd.changes.editions import reform_between, related
from lsstd.changes.migrate import FATES, Migration, migrate
from lsstd.changes.reform import Edition
from lsstd.errors import InvalidFile
from lsstd.files.places import data
from lsstd.files.standards import editions, parse_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.words import Marked

LATER, LATEST = (data() / "editions" / f"hlj_{year}_made_up.yaml" for year in (2027, 2029))


@pytest.fixture(scope="module")
def chain() -> list[Edition]:
    """The made-up edition of 2029, that of 2027, and the draft."""
    return editions(LATEST)


def step(chain: list[Edition], old: int, new: int) -> Standard:
    """Return one edition of a chain, latest first, as seen from another."""
    return related(chain[old].standard, chain[new:])


def reformed(standard: Standard, **body: Any) -> Standard:
    return Reform.model_validate({"reform": "r", "standard": standard.standard, **body}).apply(standard, False)


def edited(standard: Standard, edit: Callable[[dict[str, Any]], None]) -> Standard:
    """Return a standard as a file of its own, in which something was edited by hand."""
    values = copy.deepcopy(standard.in_file)
    edit(values)
    return parse_standard(Parsed(values), "another", "edited.yaml")


# Equal editions do not differ; editions of different standards are refused by name.
def test_equal_editions_do_not_differ(standard: Standard, made_up: Standard) -> None:
    assert changes(standard, standard) == []
    assert reform_between(standard, standard).is_empty
    assert changes(standard, edited(standard, lambda _: None)) == []
    for compared in (changes, reform_between, lambda old, new: related(old, [Edition(new)])):
        with pytest.raises(InvalidFile, match=made_up.standard):
            compared(standard, made_up)


# Each kind of change is told as what it is, with its clause and what it does to points, in the document's order.
def test_every_kind_of_change_is_told(standard: Standard, chain: list[Edition]) -> None:
    found = changes(standard, step(chain, 2, 1))
    told = {(change.path, change.kind): change for change in found}
    kinds: dict[str, str] = {
        "criteria.virtual_hosts": "added",
        "criteria.certifications": "removed",
        "criteria.policy_support": "moved",
        "criteria.live_room_count": "reworded",
        "criteria.rural_live_rooms": "renamed",
        "facts.service_partners": "renamed",
        "bands.AAAA": "rescored",
        "clauses.3.3": "added",
        "clauses.9.1": "reworded",
        "conditions.area": "reworded",
        "criteria.party_branch": "removed",
        "criteria.party_body": "added",
        "criteria.safety_and_risk": "added",
    }
    assert set(kinds.items()) <= set(told)
    worth = told["criteria.rural_live_rooms", "rescored"]
    assert (worth.old.en, worth.new.en, worth.effect.en, worth.points) == ("5 points", "15 points", "+10 points", 10)
    assert worth.subject.en == "row 8 → 9, live rooms for farmers"
    moved = told["criteria.policy_support", "moved"]
    assert "Planning and layout" in moved.new.en
    assert moved.effect.en == "its points now count there"
    assert told["criteria.party_body", "added"].old.en == "[from row 15, Party organisation]"
    total = sum(change.points for change in found if change.path.startswith("criteria."))
    assert total == 0
    clauses = list(dict.fromkeys(change.clause for change in found))
    assert clauses == ["3.3", "5.1.3", "7.2.2", "9.1", "B.1"]


# The wording is marked span by span: put together, the spans give either side.
@given(old=st.text("甲乙不少于10 m²", max_size=12), new=st.text("甲乙不少于8,00 m²", max_size=12))
def test_spans_give_both_sides(old: str, new: str) -> None:
    found = spans(old, new)
    assert "".join(text for kind, text in found if kind != "inserted") == old
    assert "".join(text for kind, text in found if kind != "deleted") == new
    assert all(text for _, text in found)
    assert all(one[0] != other[0] for one, other in pairwise(found))
    assert Marked(found).spans == copy.deepcopy(Marked(found)).spans


ROWS = ("village_rooms", "live_room_count", "party_branch", "safety_rules", "risk_response_plan", "policy_support")
EDITS = {
    "points": lambda row, n: {"changes": {f"criteria.{row}.max_score": n}},
    "text": lambda row, n: {"changes": {f"criteria.{row}.text": f"新文字{n}"}},
    "place": lambda row, n: {"changes": {f"criteria.{row}.after": ROWS[n % 6] if ROWS[n % 6] != row else None}},
    "indicator": lambda row, n: {"changes": {f"criteria.{row}.indicator": ("hygiene", "planning")[n % 2]}},
    "id": lambda row, n: {"changes": {f"criteria.{row}.id": f"{row}_{n}"}},
    "rule": lambda row, _: {"changes": {f"criteria.{row}.rule": {"expert": {}}}},
    "drop": lambda row, _: {"drop": [f"criteria.{row}"]},
    "split": lambda row, n: {"split": {f"criteria.{row}": [{"id": f"{row}_a", "max_score": n}, {"id": f"{row}_b"}]}},
    "merge": lambda row, n: {"merge": [{"criteria": [row, "live_equipment"], "into": {"id": f"both_{n}"}}]},
    "add": lambda row, n: {"add": {"criteria": [{"id": f"new_{n}", "after": row, "max_score": n, "text": "新行"}]}},
    "line": lambda _, n: {"changes": {"lines.AAA": 380 + n}},
    "reading": lambda _, n: {"changes": {"readings.compound_rows": ("shares", "all")[n % 2]}},
    "condition": lambda _, n: {"changes": {"conditions.area.tests.office_area": 800 + n}},
    "fact": lambda _, n: {"changes": {"facts.live_rooms.id": f"rooms_{n}"}},
    "printed": lambda _, n: {"changes": {"indicators.planning.printed_score": n}},
    "clause": lambda _, n: {"changes": {"clauses.6.2.text": f"满分{n}"}, "drop": ["clauses.9.2"]},
    "part": lambda _, n: {"changes": {"criteria.site_safety.parts.premises_rules.weight": n}},
}


# Applied, the reform between two editions gives the new one, whatever was edited: to the letter, and in its order.
@settings(max_examples=int(os.environ.get("LSSTD_EXAMPLES") or 12), deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(sorted(EDITS)), st.sampled_from(ROWS), st.integers(1, 12)), max_size=4))
def test_a_diff_applied_gives_the_new_edition(steps: list[tuple[str, str, int]]) -> None:
    old = load_standard("hlj-base-evaluation")
    new = old
    for kind, row, number in steps:
        try:
            new = reformed(new, **EDITS[kind](row, number))
        except InvalidFile:  # a row that an earlier edit took away, say
            continue
    made = reform_between(old, new)
    again = made.apply(old)
    assert repr(again.in_file) == repr(new.in_file)
    assert changes(again, new.model_copy(update={"lineage": {}})) == []
    assert bool(changes(old, new)) == (repr(new.in_file | {"edition": ""}) != repr(old.in_file | {"edition": ""}))


# What was edited by hand in a file of its own is found as well; equal wording under another id is a new id.
def test_files_edited_by_hand(standard: Standard) -> None:
    def edit(values: dict[str, Any]) -> None:
        rows = values["criteria"]
        values["criteria"] = {f"{k}_x" if k == "village_rooms" else k: v for k, v in rows.items()}
        values["criteria"]["village_rooms_x"] = {**rows["village_rooms"], "id": "village_rooms_x"}
        values["terms"]["live_streaming_base"]["definition"] = "另一定义"
        values["evidence_kinds"] = {"other": {"zh": "其他", "en": "other"}, **values["evidence_kinds"]}
        values["edition"] = "by hand"

    new = related(standard, [Edition(edited(standard, edit))])
    told = {(change.path, change.kind) for change in changes(standard, new)}
    assert told == {
        ("criteria.village_rooms_x", "renamed"),
        ("terms.live_streaming_base", "reworded"),
        ("evidence_kinds.other", "added"),
    }
    assert repr(reform_between(standard, new).apply(standard).in_file) == repr(new.in_file)


# A standard without clauses of its own is told in the order of their numbers; its rounding changes how answers count.
def test_a_short_standard_in_order() -> None:
    studio = load_standard("made-up-studio")
    edits = {"indicators.public_good.cap": 4, "criteria.quiet.rule.linear.from": 65, "rounding_half": "even"}
    found = changes(studio, reformed(studio, changes={**edits, "vetoes.honest.label": "诚信"}))
    assert [change.clause for change in found] == ["3.3", "4.2", "5.4", ""]
    assert (found[-1].kind, found[-1].effect.en) == ("rescored", "how answers are counted")


# A clause with another number and the same wording has moved, and nothing else.
def test_a_clause_that_moved(standard: Standard) -> None:
    def edit(values: dict[str, Any]) -> None:
        values["clauses"] = {"9.4" if key == "9.2" else key: entry for key, entry in values["clauses"].items()}
        values["edition"] = "by hand"

    new = related(standard, [Edition(edited(standard, edit))])
    told = [(one.path, one.kind, one.old.en, one.new.en) for one in changes(standard, new)]
    assert told == [("clauses.9.4", "moved", "9.2", "9.4")]
    assert repr(reform_between(standard, new).apply(standard).in_file) == repr(new.in_file)


def carried(chain: list[Edition], answers: dict[str, Any], facts: dict[str, Any] | None = None) -> Migration:
    draft = chain[2].standard
    assessment = parse_assessment(draft, {"standard": draft.standard, "answers": answers, "facts": facts or {}})
    return migrate(assessment, draft, step(chain, 2, 1))


# Answers are kept, scaled, divided, joined or told as gone, with their notes and evidence; nothing is silent.
def test_answers_are_carried_over(chain: list[Edition]) -> None:
    found = carried(
        chain,
        {
            "site_and_amenities": {"state": "met", "note": "好", "evidence": [{"file": "a.pdf"}]},
            "village_rooms": {"score": 4, "note": "四分", "evidence": [{"file": "b.pdf"}]},
            "party_branch": {"parts": {"party_study": "met", "party_organisation": "unmet"}, "note": "两项"},
            "safety_rules": {"state": "met", "note": "一"},
            "risk_response_plan": {"score": 4, "note": "二", "evidence": [{"file": "c.pdf"}]},
            "certifications": {"range": [4, 8]},
            "live_room_count": "met",
        },
        {"contracted_service_agencies": 4, "live_rooms": 14},
    )
    new = found.assessment
    assert new.answers["site_and_amenities"].evidence[0].file == "a.pdf"
    rural = new.answers["rural_live_rooms"]
    assert (rural.score, rural.note, rural.evidence[0].file) == (12, "四分", "b.pdf")
    assert new.answers["party_body"].parts == {"party_organisation": "unmet"}
    assert new.answers["party_practice"].parts == {"party_study": "met"}
    both = new.answers["safety_and_risk"]
    assert (both.range, both.note, both.evidence[0].file) == ((14, 14), "一\n二", "c.pdf")
    assert new.facts["service_partners"].value == 4
    fates = {what: [(one.id, one.to) for one in found.fates if one.what == what] for what in FATES}
    kept = fates.pop("kept")
    assert fates == {
        "rescaled": [("village_rooms", "rural_live_rooms")],
        "split": [("party_branch", "party_body"), ("party_branch", "party_practice")],
        "merged": [("safety_rules", "safety_and_risk"), ("risk_response_plan", "safety_and_risk")],
        "orphaned": [("certifications", None)],
    }
    assert ("contracted_service_agencies", "service_partners") in kept
    assert found.lost == (4, 8)
    assert set(found.ask) == {
        "virtual_hosts",
        "safety_and_risk",
        "live_room_count",
        "rural_live_rooms",
        "service_partners",
    } - {"rural_live_rooms"}
    check(found.new, new)


# A row that is split and later merged again is answered as before, whether it went through the edition between or not;
# where a row was given points, and not the states of its parts, the points are added.
@pytest.mark.parametrize(
    ("branch", "parts", "points"),
    [
        ({"parts": {"party_study": "met", "party_organisation": "unmet"}},) * 2 + (None,),
        ("met", {}, None),
        ({"score": 5}, None, (5, 5)),
    ],
)
def test_a_row_split_and_merged_again(
    chain: list[Edition], branch: Any, parts: dict[str, Any] | None, points: tuple[int, int] | None
) -> None:
    between = carried(chain, {"party_branch": branch})
    found = migrate(between.assessment, step(chain, 1, 1), step(chain, 1, 0))
    work = found.assessment.answers["party_work"]
    assert (work.parts, work.range) == ((parts or {}).get("parts"), points)
    assert work.state == ("met" if branch == "met" else None)
    assert ("party_work" in found.ask) == (points is not None)


# Points of a split row are shared out; a chance, a range and a level each keep what they say of the row.
def test_points_of_a_split_row_are_shared(chain: list[Edition]) -> None:
    found = carried(chain, {"party_branch": {"score": 5}})
    assert found.assessment.answers["party_body"].score == 2
    assert found.assessment.answers["party_practice"].score == 3
    assert set(found.ask) >= {"party_body", "party_practice"}


# Through a chain of editions an assessment gets where it gets step by step.
def test_chains_of_editions(chain: list[Edition]) -> None:
    draft, later = chain[2].standard, step(chain, 2, 1)
    assessment = load_assessment(example("near_aaa"))
    straight = migrate(assessment, draft, step(chain, 2, 0)).assessment
    stepwise = migrate(migrate(assessment, draft, later).assessment, chain[1].standard, step(chain, 1, 0)).assessment
    assert straight.answers == stepwise.answers
    assert straight.answers["party_work"].parts == assessment.answers["party_branch"].parts
    assert straight.facts == stepwise.facts
    check(step(chain, 2, 0), straight)


# Forth and back, an unchanged edition gives the same assessment.
@pytest.mark.parametrize("name", ["near_aaa", "contradictory", "between_bands", "supply_chain", "studio_partial"])
def test_forth_and_back(name: str) -> None:
    given_one = load_assessment(example(name))
    standard = load_standard(given_one.standard)
    unchanged = related(standard, [Edition(edited(standard, lambda values: values.update(edition="2030")))])
    there = migrate(given_one, standard, unchanged)
    assert there.assessment == given_one
    assert migrate(there.assessment, unchanged, related(unchanged, [Edition(standard)])).assessment == given_one
    assert {one.what for one in there.fates} <= {"kept"}
    assert not there.ask


# What was decided by facts is scored anew: migrated, an assessment has the score that a reform gives it.
def test_the_score_is_that_of_the_reform(chain: list[Edition]) -> None:
    assessment, later = load_assessment(example("near_aaa")), step(chain, 2, 1)
    result: Result = evaluate(later, migrate(assessment, chain[2].standard, later).assessment)
    assert result.score.maximum == 500
    assert result.standard.edition == "2027-made-up"


# Facts whose unit or period is another are kept and asked again; values that no longer fit are told and left out.
def test_facts_that_mean_something_else(standard: Standard) -> None:
    changed = {
        "facts.live_rooms.unit": {"zh": "处", "en": "places"},
        "facts.office_area.kind": "count",
        "facts.signed_anchors.period": "year",
    }
    facts = {"live_rooms": 14, "office_area": 1000.5, "signed_anchors": 30}
    assessment = parse_assessment(standard, {"standard": standard.standard, "facts": facts})
    found = migrate(assessment, standard, reformed(standard, changes=changed))
    assert set(found.ask) == {"live_rooms", "office_area", "signed_anchors"}
    assert [(one.id, one.to) for one in found.fates if one.what == "orphaned"] == [("office_area", None)]
    assert set(found.assessment.facts) == {"live_rooms", "signed_anchors"}


# Levels that are gone become the points they stood for; what may no longer be set aside is asked again.
def test_levels_and_what_does_not_apply() -> None:
    studio = load_standard("made-up-studio")
    levels = {"high": {"label": "高", "points": [20, 50]}, "fair": {"label": "一般", "points": [0, 19]}}
    new = reformed(studio, changes={"criteria.content.max_score": 50, "criteria.content.rule.levels": levels})
    given_one = Assessment.model_validate({"standard": studio.standard, "answers": {"content": {"level": "good"}}})
    found = migrate(given_one, studio, new)
    assert found.assessment.answers["content"].range == (30, 40)
    assert found.ask == ["content"]
    hlj = load_standard("hlj-base-evaluation")
    strict = reformed(hlj, changes={"criteria.anchor_training.parts.anchors_qualified.optional": False})
    parts = {"anchors_qualified": "not_applicable", "anchors_trained": "met"}
    assessment = parse_assessment(hlj, {"standard": hlj.standard, "answers": {"anchor_training": {"parts": parts}}})
    found = migrate(assessment, hlj, strict)
    assert found.assessment.answers["anchor_training"].parts == {**parts, "anchors_qualified": "unknown"}
    assert found.ask == ["anchor_training"]


# An id is given anew wherever an entry is named; a place is taken after all else; both say what is wrong with them.
def test_other_ids_and_other_places(standard: Standard) -> None:
    paths = {"indicators.planning.id": "layout", "facts.live_rooms.id": "rooms", "criteria.policy_support.after": None}
    new = reformed(standard, changes={**paths, "criteria.policy_support.indicator": "layout"})
    assert new.criteria["site_and_amenities"].indicator == "layout"
    assert [*new.criteria][:2] == ["policy_support", "site_and_amenities"]
    assert "rooms" in new.tested_facts
    assert new.sources_of("rooms") == ("live_rooms",)
    for path, value, told in (
        ("criteria.village_rooms.id", "live_equipment", "an id that is not in use"),
        ("criteria.village_rooms.id", "Not An Id", "an identifier"),
        ("criteria.village_rooms.after", "live_equipmnt", "live_equipment"),
        ("criteria.village_room.after", "live_equipment", "criteria.village_rooms"),
    ):
        with pytest.raises(InvalidFile) as caught:
            reformed(standard, changes={path: value})
        assert told in caught.value.to("en")


# The reform between two editions renames what has another id, so that a population keeps its answers; of rows that were
# divided or joined the command says that they are taken out.
def test_answers_under_the_reform_between(standard: Standard, chain: list[Edition]) -> None:
    made = reform_between(standard, step(chain, 2, 1))
    assert made.apply(standard).sources_of("rural_live_rooms") == ("village_rooms",)
    found = run_lsstd("diff", standard.standard, LATER, "--as-reform", "--lang", "en")
    assert found.parsed["changes"]["facts.contracted_service_agencies.id"] == "service_partners"
    assert "criteria.party_branch, criteria.safety_rules and criteria.risk_response_plan" in found.err
    assert "criteria.village_rooms" not in found.err


# A reason belongs to something that is changed, and is told with it; one that stands for nothing is refused.
def test_reasons_belong_to_changes(standard: Standard) -> None:
    body = {"reform": "r", "standard": standard.standard, "changes": {"lines.AAAA": 440}, "reason": "all"}
    why = Reform.model_validate({**body, "reasons": {"lines.AAAA": "why"}})
    assert [why.reason_for(path, standard).en for path in ("bands.AAA", "bands.AA")] == ["why", "all"]
    with pytest.raises(InvalidFile, match=r"lines\.AAAA"):
        Reform.model_validate({**body, "reasons": {"lines.AAA": "why", "lines.AAAAA": "why"}}).apply(standard)


# Several indicators take up a difference in whole points, the total kept to the point.
def test_the_made_up_edition_keeps_its_total(chain: list[Edition]) -> None:
    for edition in chain[:2]:
        assert edition.standard.maximum == 500
        assert all(Fraction(row.max_score or 0).denominator == 1 for row in edition.standard.scored_rows)


# A population is scored under an edition in which facts and rows have other ids as its bases are, one after the other.
def test_a_population_under_another_edition(chain: list[Edition]) -> None:
    draft, later = chain[2].standard, step(chain, 2, 1)
    folder = data() / "portfolio" / "2024"
    bases = [load_assessment(path) for path in sorted(folder.glob("*.yaml"))]
    alone = [evaluate(later, migrate(base, draft, later).assessment).score.secured for base in bases]
    moved = impact(load_population(folder, draft), draft, later).movers(None)
    assert len(moved) == len(bases)
    assert sorted(moved["to_score"]) == pytest.approx(sorted(map(float, alone)))
