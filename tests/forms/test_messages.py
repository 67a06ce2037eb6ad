"""Numbered edits in, acknowledgements out: nothing is done twice, nothing is called saved that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard, evaluate, example, load_assessment, load_standard
from lsstd.forms.state import FormDraft

Open = Callable[..., Any]


# Opening gives all that a page needs, as plain JSON.
def test_opening_gives_all_that_a_page_needs(page: Open) -> None:
    opened = page().opened
    assert json.loads(json.dumps(opened)) == opened
    assert opened["schema"]["standard"] == "hlj-base-evaluation"
    assert (opened["ack"], opened["saved"]) == (1, True)
    assert opened["head"]["of"] == 51


# Each edit is acknowledged with what came of it: the score, the field's message, the conditions.
def test_an_edit_is_acknowledged_with_what_came_of_it(page: Open) -> None:
    form = page()
    answer = form.edit("answers.village_rooms", {"state": "met"})
    assert (answer["ack"], answer["saved"], answer["head"]["secured"]) == (2, True, "5")
    assert form.edit("facts.live_rooms", "x")["faults"].keys() == {"facts.live_rooms"}
    answer = form.edit("facts.live_rooms", "９")
    assert answer["faults"] == {}
    found = next(one for one in answer["conditions"] if one["id"] == "scale")
    assert found["state"] == "unmet"
    assert "9 间（要求：≥ 10 间）" in found["tests"][1]["told"]["zh"]


# A sub-total beyond its total is told at once, at both fields.
def test_sub_totals_are_checked_at_once(page: Open) -> None:
    form = page()
    form.edit("facts.firms", "8")
    notes = form.edit("facts.ecommerce_firms", "12")["notes"]
    assert any("电商企业不多于入驻企业" in note["zh"] for note in notes["facts.firms"])
    assert any("电商企业不多于入驻企业" in note["zh"] for note in notes["facts.ecommerce_firms"])


# A message that comes twice is done once and acknowledged again; each page counts for itself.
def test_a_message_that_comes_twice_is_done_once(page: Open) -> None:
    form = page()
    first = {"page": "page", "id": 2, "do": "edit", "path": "facts.live_rooms", "value": "9"}
    form.session.handle(first)
    form.session.handle({**first, "id": 3, "value": "14"})
    again = form.session.handle(first)
    assert again["ack"] == 2
    assert form.session.draft.values()["facts.live_rooms"] == 14
    assert form.session.handle({**first, "page": "other"})["ack"] == 2
    assert form.session.draft.values()["facts.live_rooms"] == 9


# The answers of a whole file, given one by one, come to what the file comes to.
def test_filling_in_comes_to_what_the_file_comes_to(page: Open, standard: Standard) -> None:
    given = load_assessment(example("near_aaa"))
    form, whole = page(), evaluate(standard, given)
    for section in ("facts", "answers"):
        for key in given.plain()[section]:
            answer = form.edit(f"{section}.{key}", FormDraft.of(standard, given).values()[f"{section}.{key}"])
    answer = form.edit("as_of", given.as_of)
    assert answer["head"]["secured"] == "398.92"
    assert form.session.result.grade == whole.grade
    assert [gap["id"] for gap in answer["gaps"]] == [gap.row.criterion.id for gap in whole.gaps]


# “If these were met” tells the score and keeps nothing.
def test_what_if_keeps_nothing(page: Open) -> None:
    form = page()
    form.edit("facts.live_rooms", "9")
    before = form.path.read_bytes()
    answer = form.say(do="whatif", rows=["live_room_count", "village_rooms", "nothing"])
    assert answer["what_if"]["head"]["secured"] == "10"
    assert answer["what_if"]["rows"] == ["live_room_count", "village_rooms"]
    assert form.path.read_bytes() == before


# A reading is chosen, kept and found again; one that does not exist is refused in words.
def test_readings_are_chosen_and_kept(page: Open) -> None:
    form = page()
    form.edit("answers.site_and_amenities", {"parts": {"easy_access": "met"}})
    assert form.edit("readings.compound_rows", "all")["head"]["secured"] == "0"
    assert "未知的选项" in form.edit("readings.compound_rows", "half")["refused"]["zh"]
    assert page().opened["readings"]["compound_rows"] == "all"


# Nonsense from a page is refused in words, and the form goes on.
@pytest.mark.parametrize("message", [{"do": "edit", "path": "x"}, {"do": "restore", "name": "../x"}, {"do": "load"}])
def test_nonsense_is_refused(page: Open, message: dict[str, Any]) -> None:
    form = page()
    assert form.say(**message)["refused"]["zh"]
    assert form.edit("facts.live_rooms", "1")["saved"]


# A standard without rows, of topics or of nothing but facts, is filled in and scored as far as it goes.
def test_standards_without_rows(page: Open, tmp_path: Path) -> None:
    form = page(load_standard("sz-supply-chain-collaboration"))
    answer = form.edit("answers.sales_collaboration", {"level": "4"})
    assert (answer["head"]["done"], answer["head"]["middle"]) == (1, "4")
    bare = tmp_path / "bare.yaml"
    bare.write_text("standard: bare\nedition: '1'\ntitle: 空\nfacts: {a: {kind: count, label: 甲}}\n")
    form = page(load_standard(bare), tmp_path / "b.yaml")
    assert form.edit("subject.name", "甲")["saved"]


# When many pages edit one file at the same moment, all edits are saved; no page reports a conflict or waits.
def test_many_pages_at_once(page: Open) -> None:
    forms = [page(name=f"page {number}") for number in range(6)]
    facts = ("live_rooms", "firms", "brands", "anchors", "office_area", "signed_anchors")

    def work(form: Any, fact: str) -> list[bool]:
        return [form.edit(f"facts.{fact}", number, base=number - 1 or None)["saved"] for number in range(1, 6)]

    with ThreadPoolExecutor(len(forms)) as together:
        saved = list(together.map(work, forms, facts))
    assert saved == [[True] * 5] * len(forms)
    held = load_assessment(forms[0].path)
    assert [held.facts[fact].value for fact in facts] == [5] * len(facts)
