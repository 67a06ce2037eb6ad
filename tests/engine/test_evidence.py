"""The evidence register: three numbers kept apart, dates against the reference day, hashes against files."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd import Result, Standard, evaluate, evidence, example, load_assessment, load_standard
from lsstd.assessment.assessment import Evidence
from lsstd.engine.evidence_register import TROUBLES, EvidenceFile, Item, Register, holders_of, register, with_evidence

Assess = Callable[..., Result]
LEASE = {"file": "lease.pdf", "expires": "2024-06-30", "issued": "2021-03-15", "kind": "lease_or_title"}
DAY = "2024-12-31"


def item(found: Register, name: str) -> Item:
    return next(item for item in found.items if item.id == name)


# Every condition and row stands in the register once, in the document's order, with lsstd's suggestions marked as such.
def test_everything_is_there(standard: Standard, assess: Assess) -> None:
    found = register(assess())
    assert [entry.id for entry in found.items] == [*standard.conditions, *standard.criteria]
    assert item(found, "area").suggested == standard.conditions["area"].evidence
    told = found.to_dict("en")
    assert "non-normative" in told["note"]
    assert told["items"][2]["suggested"][0] == {
        "kind": "lease_or_title",
        "label": "title deed or lease",
        "given": False,
    }


# Claimed, claimed with evidence and verified are three numbers; the last is null, not zero, until somebody verifies.
def test_three_numbers_are_kept_apart(assess: Assess) -> None:
    met = {"state": "met", "evidence": [{"file": "a.pdf"}]}
    found = register(assess(answers={"waste_rules": met, "safety_rules": "met", "training_centre": {"score": 7.5}}))
    assert (found.claimed, found.with_evidence) == (Fraction(55, 2), 10)
    assert found.to_dict()["points"] == {"claimed": 27.5, "with_evidence": 10, "verified": None, "maximum": 500}
    claimed = [entry for entry in found.to_dict()["items"] if entry["claimed"]]
    assert [entry["proven"] for entry in claimed].count(True) == 1
    assert [entry["evidence"] for entry in claimed].count([]) == 2


# A checklist has a line for each piece of evidence and one for each item without any; to see to are claims without
# evidence, and evidence that does not hold.
def test_rows_of_a_checklist(assess: Assess) -> None:
    two = {"state": "met", "evidence": [{"file": "a.pdf"}, {"file": "b.pdf", "expires": "2000-01"}]}
    known = register(assess(answers={"waste_rules": two, "safety_rules": "met"}, as_of="2024-12-31"))
    rows = [(row.id, proof.evidence.file if proof else None) for row, proof in known.rows]
    assert [file for name, file in rows if name == "waste_rules"] == ["a.pdf", "b.pdf"]
    assert ("safety_rules", None) in rows
    assert {row for row, _ in rows} == {entry.id for entry in known.items}
    wanting = [(row.id, proof.evidence.file if proof else None) for row, proof in known.wanting if row.kind == "row"]
    assert wanting == [("waste_rules", "b.pdf"), ("safety_rules", None)]


# A fact's evidence proves the condition and the parts that the fact decides: here 5 of 5, and a third of 15 points.
def test_a_facts_evidence_serves_wherever_the_fact_is_used(assess: Assess) -> None:
    facts = {
        "live_rooms": {"value": 14, "evidence": [{"file": "rooms.pdf"}]},
        "contests_and_campaigns": {"value": 5, "evidence": [{"file": "contests.pdf"}]},
        "contracted_service_agencies": 6,
    }
    found = register(assess(facts=facts))
    assert item(found, "scale").proofs[0].holder == "live_rooms"
    assert (item(found, "live_room_count").points, item(found, "live_room_count").with_evidence) == (5, 5)
    assert item(found, "daily_management").points == Fraction(15, 2)
    assert item(found, "daily_management").with_evidence == Fraction(15, 4)
    every = register(assess(facts=facts, answers={"daily_management": "met"}, readings={"compound_rows": "all"}))
    assert (item(every, "daily_management").points, item(every, "daily_management").with_evidence) == (15, 0)


# Points answered outright are borne out by facts only as far as the facts decide parts.
def test_facts_bear_out_no_more_than_they_decide(assess: Assess) -> None:
    facts = {"base_area": {"value": 4800, "evidence": [{"file": "plan.pdf"}]}}
    found = register(assess(facts=facts, answers={"building_area": {"score": 4}}))
    assert (item(found, "building_area").points, item(found, "building_area").with_evidence) == (4, Fraction(5, 2))


# Evidence has expired when it ended before the reference day; on its last day it holds; a month ends on its last day.
@pytest.mark.parametrize(
    ("expires", "as_of", "expired"),
    [
        ("2024-12-30", DAY, True),
        ("2024-12-31", DAY, False),
        ("2025-01-01", DAY, False),
        ("2024-11", DAY, True),
        ("2024-12", DAY, False),
        (None, DAY, False),
        ("2024-01-01", None, False),
    ],
)
def test_expiry(expires: str | None, as_of: str | None, expired: bool) -> None:
    assert Evidence(file="a.pdf", expires=expires).has_expired(as_of) is expired


# Expired evidence proves nothing; without a reference day nobody can tell, and that is told.
def test_expired_evidence_proves_nothing(assess: Assess) -> None:
    facts = {"office_area": {"value": 1850, "evidence": [LEASE]}}
    found = item(register(assess(facts=facts, as_of=DAY)), "area")
    assert (found.is_proven, found.proofs[0].troubles) == (False, ("expired", "unhashed"))
    found = item(register(assess(facts=facts)), "area")
    assert (found.is_proven, found.proofs[0].troubles) == (True, ("no_day", "unhashed"))


# A file is held against its hash, whichever case it is written in; what was not found proves nothing.
@pytest.mark.parametrize(
    ("given", "found", "troubles", "holds"),
    [
        ("AB12", EvidenceFile("ab12"), (), True),
        ("ab12", EvidenceFile("ff"), ("changed",), False),
        (None, EvidenceFile("ff"), ("unhashed",), True),
        ("ab12", EvidenceFile("ab12", "spelling"), ("spelling",), True),
        ("ab12", EvidenceFile(None, "missing"), ("missing",), False),
        ("ab12", EvidenceFile(None, "outside"), ("outside",), False),
        ("ab12", EvidenceFile(None, "unreadable"), ("unreadable",), False),
        ("ab12", None, ("missing",), False),
    ],
)
def test_files_and_hashes(
    given: str | None, found: EvidenceFile | None, troubles: tuple[str, ...], holds: bool, assess: Assess
) -> None:
    piece = {"file": "a.pdf"} | ({"sha256": given} if given else {})
    result = assess(answers={"waste_rules": {"state": "met", "evidence": [piece]}})
    files = {("waste_rules", "a.pdf"): found} if found else {}
    proof = item(register(result, files), "waste_rules").proofs[0]
    assert (proof.troubles, proof.holds) == (troubles, holds)
    assert set(proof.troubles) <= set(TROUBLES)


# Without a file or folder nothing is looked for: evidence counts as it is registered.
def test_without_files_nothing_is_missing(assess: Assess) -> None:
    found = evidence(assess(answers={"waste_rules": {"state": "met", "evidence": [{"file": "a.pdf"}]}}))
    assert found.with_evidence == 10
    assert not any("missing" in proof.troubles for proof in found.proofs)


# The table has a line for each piece of evidence and for each item without any.
def test_the_table(assess: Assess) -> None:
    pieces = [{"file": "a.pdf", "issuer": "甲"}, {"file": "b.pdf"}]
    table = register(assess(answers={"waste_rules": {"state": "met", "evidence": pieces}})).table
    assert len(table) == 6 + 52 + 1
    mine = table[table["id"] == "waste_rules"]
    assert mine["file"].to_list() == ["a.pdf", "b.pdf"]
    assert mine["with_evidence"].to_list() == [10, 10]
    assert mine["row"].to_list() == [49, 49]


# Topics stand in the register by their level; a standard without points has no points.
def test_topics_have_evidence_but_no_points(assess: Assess) -> None:
    topics = load_standard("sz-supply-chain-collaboration")
    leaf = topics.topic_leaves[0].id
    result = assess({leaf: {"level": 2, "evidence": [{"file": "a.pdf"}]}}, against=topics)
    found = register(result)
    assert (item(found, leaf).claimed, item(found, leaf).is_proven) == (True, True)
    assert found.to_dict()["points"] is None
    assert len(found.table) == len(topics.topic_leaves)


# Evidence for a condition is kept with its facts, for a row with its answer; what is unknown has no place.
def test_where_evidence_is_kept(standard: Standard) -> None:
    assert holders_of(standard, "scale") == ["ecommerce_firms", "live_rooms", "signed_anchors"]
    assert holders_of(standard, "data_falsification") == ["data_falsified"]
    assert holders_of(standard, "waste_rules") == ["waste_rules"]
    assert holders_of(standard, "live_rooms") == ["live_rooms"]
    assert holders_of(standard, "construction") == holders_of(standard, "nonsuch") == []


# An assessment tells of evidence that ended before its reference day, for rows that are answered and for facts.
def test_expired_evidence_is_a_finding(assess: Assess) -> None:
    given: dict[str, Any] = {"state": "met", "evidence": [LEASE]}
    result = assess({"waste_rules": given, "safety_rules": {**given, "state": "unknown"}}, as_of=DAY)
    told = [finding for finding in result.findings if finding.code == "evidence"]
    assert [(finding.clause, finding.facts) for finding in told] == [("B.1", ())]
    assert "lease.pdf" in told[0].message.en
    assert "2024-06-30" in told[0].message.zh
    result = assess(facts={"office_area": {"value": 1850, "evidence": [LEASE]}}, as_of=DAY)
    told = [finding for finding in result.findings if finding.code == "evidence"]
    assert [(finding.clause, finding.facts) for finding in told] == [("5.1.3", ("office_area",))]
    assert set(result.to_dict()["findings"][0]) == {"code", "clause", "message"}
    later = assess({"waste_rules": given}, as_of="2024-06-30")
    assert not [finding for finding in later.findings if finding.code == "evidence"]


HOLDERS = ["live_rooms", "base_area", "contests_and_campaigns", "waste_rules", "training_centre", "daily_management"]


# Evidence bears out no more than is claimed, and more evidence never less, under either credit for parts.
@given(some=st.sets(st.sampled_from(HOLDERS)), more=st.sets(st.sampled_from(HOLDERS)), every=st.booleans())
@settings(max_examples=60, deadline=None)
def test_evidence_bears_out_no_more_than_is_claimed(some: set[str], more: set[str], every: bool) -> None:
    standard = load_standard("hlj-base-evaluation")
    assessment = load_assessment(example("near_aaa"), standard)
    points = []
    for holders in (some, some | more):
        pieces = {holder: [Evidence(file="a.pdf")] for holder in holders}
        proven = with_evidence(standard, assessment, pieces)
        points.append(register(evaluate(standard, proven, {"compound_rows": "all" if every else "shares"})))
    assert 0 <= points[0].with_evidence <= points[1].with_evidence <= points[1].claimed
    assert all(item.with_evidence <= item.points for item in points[1].items if item.points is not None)
