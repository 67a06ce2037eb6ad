"""The check before handing in: each kind of what is missing, and an application with nothing missing."""

from __future__ import annotations

from typing import Any

from lsstd import Standard, evaluate, example, load_assessment, load_standard
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.engine.application_check import KINDS, ApplicationCheck, application_check
from lsstd.forms.state import FormDraft

HLJ = load_standard("hlj-base-evaluation")
_VALUES: dict[str, Any] = {"boolean": True, "date": "2020-01-01", "text": "made up", "percent": 50}
CODE = "91230100MA0000000M"  # made up, with a check digit that holds


def checked(assessment: Assessment, day: str | None = None) -> ApplicationCheck:
    return application_check(evaluate(HLJ, assessment), day)


def whole_application(standard: Standard) -> Assessment:
    """Return a made-up application with every field filled in, every claim proven and no contradiction."""
    proof = [{"file": "made_up.pdf", "expires": "2026-01-01"}]
    facts: dict[str, Any] = {}
    for key, fact in standard.facts.items():
        value = _VALUES.get(fact.kind, [next(iter(fact.options), "")] if fact.kind == "choices" else 1_000_000)
        facts[key] = {"value": value, "evidence": proof}
    del facts["years_in_operation"]
    facts["operator_code"]["value"] = CODE
    for veto in standard.vetoes.values():  # its test holds where it does not apply
        facts[veto.test.fact]["value"] = veto.test.value
    answers = {key: {"state": "met", "evidence": proof} for key, row in standard.criteria.items() if row.max_score}
    given = {"standard": standard.standard, "subject": {"name": "made up"}, "as_of": "2024-12-31"}
    return parse_assessment(standard, {**given, "facts": facts, "answers": answers})


# With every field filled in, every claim proven and nothing contradicting, nothing is missing on the day of handing in.
def test_a_complete_application() -> None:
    check = checked(whole_application(HLJ), "2025-03-03")
    found = check.to_dict()
    assert [found[kind] for kind in ("contradictions", "conditions", "blanks", "unproven", "expired", "files")] == [
        []
    ] * 6
    assert check.complete


# Each thing taken away from it is told by its place; without a day the form's date is what is missing.
def test_each_lack_is_told() -> None:
    whole = whole_application(HLJ)
    assert [one.where for one in checked(whole).todo] == ["--date"]
    plain = whole.plain()
    plain["facts"]["base_address"] = plain["facts"]["live_rooms"] = None
    del plain["answers"]["village_rooms"]["evidence"]
    check = checked(parse_assessment(HLJ, plain), "2025-03-03")
    found = check.to_dict()
    assert [one["where"] for one in found["blanks"]] == ["facts.base_address", "facts.live_rooms"]
    assert [one["clause"] for one in found["conditions"]] == ["5.1.4"]
    unproven = {one["criterion"]: one["points"] for one in found["unproven"]}
    assert unproven["village_rooms"] == HLJ.criteria["village_rooms"].max_score
    assert not check.complete


# Evidence that is still valid on the reference day and no longer on the day of handing in is told.
def test_expiry_counts_on_the_day_of_handing_in() -> None:
    whole = whole_application(HLJ)
    assert checked(whole, "2026-01-01").complete
    assert len(checked(whole, "2026-01-02").to_dict()["expired"]) > 50


# What follows a “no” in the form is not asked; a hand-written field never is.
def test_only_what_is_asked_is_blank() -> None:
    plain = whole_application(HLJ).plain()
    plain["facts"]["supply_chain_system"] = False
    plain["facts"]["supply_chain_products"] = None
    assert checked(parse_assessment(HLJ, plain), "2025-03-03").to_dict()["blanks"] == []


# Each thing to see to leads to a field that a form has.
def test_each_thing_to_do_has_its_field() -> None:
    for name in ("near_aaa", "contradictory", "not_eligible"):
        todo = list(checked(load_assessment(example(name))).todo)
        draft = FormDraft.of(HLJ)
        for one in todo:
            assert one.where == "--date" or draft.edited(f"{one.where}.note".replace("name.note", "name"), "made up")
        assert {one.kind for one in todo} <= KINDS.keys()
        assert "facts.years_in_operation" not in {one.where for one in todo}  # counted from the day of opening


# The JSON has the contract's keys.
def test_json() -> None:
    found = checked(load_assessment(example("near_aaa"))).to_dict("en")
    assert {"complete", "blanks", "conditions", "contradictions", "unproven", "expired"} < found.keys()
    assert [(one["field"], one["where"]) for one in found["blanks"][:2]] == [
        ("filled_on", "--date"),
        ("base_address", "facts.base_address"),
    ]
    contradictory = checked(load_assessment(example("contradictory"))).to_dict()
    assert {finding["code"] for finding in contradictory["contradictions"]} == {"contradiction"}
