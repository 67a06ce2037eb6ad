"""A draft: valid entries beside what is half typed, each with its message."""

from __future__ import annotations

from typing import Any

import pytest

from lsstd import Standard, example, load_assessment, load_standard
from lsstd.errors import LsstdError
from lsstd.files.cells import number
from lsstd.forms.state import LONGEST, MOST_EVIDENCE, FormDraft


# Whatever an example holds comes through a draft unchanged, and what its fields show fills it again (an answer that
# says no more than “unknown” is as good as none).
@pytest.mark.parametrize("name", ["near_aaa", "small_rural", "contradictory", "between_bands"])
def test_a_file_comes_through_unchanged(standard: Standard, name: str) -> None:
    given = load_assessment(example(name))
    draft = FormDraft.of(standard, given)
    assert draft.assessment == given
    again = FormDraft.of(standard)
    for path, value in draft.values().items():
        again = again.edited(path, value)
    given_plain = given.plain()
    given_plain["answers"] = {row: answer for row, answer in given_plain["answers"].items() if answer != "unknown"}
    assert again.assessment.plain() == given_plain


# A figure keeps the time that it covers and its source while its value is typed anew, and so the other way round.
def test_a_figure_keeps_its_period_and_source() -> None:
    standard = load_standard("sz-supply-chain-collaboration")
    given = load_assessment(example("supply_chain"))
    again = FormDraft.of(standard)
    for path, value in FormDraft.of(standard, given).values().items():
        again = again.edited(path, value)
    assert again.assessment.facts == given.facts
    path = "facts.forecast_accuracy"
    draft = again.edited(path, "80%").edited(f"{path}.period", "2025年4月至6月").edited(f"{path}.source", "ERP")
    entry = draft.assessment.facts["forecast_accuracy"]
    assert (entry.value, entry.period, entry.source) == (80, "2025-04/2025-06", "ERP")
    wrong = draft.edited(f"{path}.period", "lately")
    assert wrong.values()[f"{path}.period"] == "lately"
    assert "2025-Q2" in wrong.faults[f"{path}.period"].en
    with pytest.raises(LsstdError, match=r"answers\.sales_collaboration\.period"):
        draft.edited("answers.sales_collaboration.period", "2025")


AS_TYPED = [("14", 14), (" １，２００ ", 1200), ("1250.50", 1250.5), ("-3", -3), (7, 7)]


# What is typed as a number is read as people type it: full-width digits, separators, a decimal point.
@pytest.mark.parametrize(("typed", "held"), AS_TYPED)
def test_numbers_as_people_type_them(standard: Standard, typed: Any, held: float) -> None:
    fact = FormDraft.of(standard).edited("facts.profit_10k_yuan", typed).given["facts"]["profit_10k_yuan"]
    assert fact["value"] == held


AS_IN_A_WORKBOOK = [
    ("facts.profit_10k_yuan", "1000万", 1000),
    ("facts.profit_10k_yuan", "1000万元", 1000),
    ("facts.profit_10k_yuan", "0.1亿", 1000),
    ("facts.profit_10k_yuan", "50000元", 5),
    ("facts.profit_10k_yuan", "１，０００．５", 1000.5),
    ("facts.profit_10k_yuan", "-1,000", -1000),
    ("facts.base_area", "1.2万", 12000),
    ("facts.base_area", "3200平方米", 3200),
    ("facts.base_area", "1e3", 1000),
    ("facts.live_rooms", "１４间", 14),
    ("facts.anchor_followers", "1.5亿", 150_000_000),
    ("facts.shared_area_share", "62.5%", 62.5),
    ("facts.shared_area_share", "６２．５％", 62.5),
    ("facts.shared_area_share", "62.5", 62.5),
]


# A form understands numbers wherever a workbook's cell does: 万 and 亿, percents, units, separators.
@pytest.mark.parametrize(("path", "typed", "held"), AS_IN_A_WORKBOOK)
def test_numbers_as_a_workbook_takes_them(standard: Standard, path: str, typed: str, held: float) -> None:
    fact = standard.facts[path.removeprefix("facts.")]
    draft = FormDraft.of(standard).edited(path, typed)
    assert draft.faults == {}
    assert draft.given["facts"][fact.id]["value"] == held
    assert number(typed, fact.unit, fact.kind == "percent") == held


# Points may have their unit behind them, as in a workbook.
def test_points_with_their_unit(standard: Standard) -> None:
    draft = FormDraft.of(standard).edited("answers.village_rooms", {"score": "４.５分"})
    assert draft.given["answers"]["village_rooms"] == {"score": 4.5}
    draft = draft.edited("answers.village_rooms", {"range": ["1 分", "4"]})
    assert draft.given["answers"]["village_rooms"] == {"range": [1, 4]}


WRONG = [
    ("facts.live_rooms", "十间", "a number"),
    ("facts.live_rooms", "2.5", "a whole number"),
    ("facts.live_rooms", "-1", "0 or more"),
    ("facts.base_area", "1e", "a number"),
    ("facts.base_area", "1,00", "a number"),
    ("facts.base_area", "62.5%", "a number"),
    ("facts.profit_10k_yuan", "5间", "a number"),
    ("facts.base_area", "9" * 16, "15 digits"),
    ("facts.opened", "2021-13", "a date"),
    ("as_of", "2024", "a full date"),
    ("facts.honest_operation", "yes", "true or false"),
    ("facts.professional_services", ["nothing"], "a list of"),
    ("facts.base_address", "a" * (LONGEST + 1), "at most"),
    ("facts.base_address", "\ud800", "Unicode"),
    ("subject.name", "\ud800", "Unicode"),
    ("answers.village_rooms", {"score": "6"}, "from 0 to 5"),
    ("answers.village_rooms", {"score": ""}, "enter the points"),
    ("answers.village_rooms", {"range": ["4", "1"]}, "the lower end first"),
    ("answers.village_rooms", {"state": "not_applicable"}, "met, unmet or unknown"),
    ("answers.village_rooms", {"state": "met", "score": 3}, "one of"),
    ("answers.village_rooms.note", "x" * (LONGEST + 1), "at most"),
    ("answers.village_rooms.evidence", [{"issued": "2024-01-01"}], "enter the file name"),
    ("answers.village_rooms.evidence", [{"file": "a.pdf", "issued": "soon"}], "a date"),
    ("answers.village_rooms.evidence", [{"file": "a"}] * (MOST_EVIDENCE + 1), "at most"),
]


# What cannot be taken is kept as typed, with what would be right; all else stays valid, and mending it clears it.
@pytest.mark.parametrize(("path", "value", "told"), WRONG)
def test_what_is_wrong_is_kept_with_its_message(standard: Standard, path: str, value: Any, told: str) -> None:
    before = FormDraft.of(standard).edited("facts.signed_anchors", "20").edited("answers.site_safety", {"state": "met"})
    draft = before.edited(path, value)
    assert draft.typed == {path: value}
    assert told in draft.faults[path].en
    assert draft.values()[path] == value
    assert draft.assessment == before.assessment
    mended = draft.edited(path, None)
    assert (mended.typed, mended.faults) == ({}, {})


# A wrong value beside a good note and evidence leaves both where they are.
def test_a_wrong_value_leaves_note_and_evidence(standard: Standard) -> None:
    draft = FormDraft.of(standard).edited("answers.village_rooms", {"state": "met"})
    draft = draft.edited("answers.village_rooms.note", "两间")
    draft = draft.edited("answers.village_rooms.evidence", [{"file": "a"}, {}])
    draft = draft.edited("answers.village_rooms", {"score": "99"})
    answer = draft.assessment.answers["village_rooms"]
    assert (answer.state, answer.note, [piece.file for piece in answer.evidence]) == ("unknown", "两间", ["a"])


# An entry emptied again leaves nothing behind.
def test_an_emptied_entry_is_gone(standard: Standard) -> None:
    draft = FormDraft.of(standard).edited("facts.live_rooms", "14").edited("answers.village_rooms.note", "x")
    draft = draft.edited("facts.live_rooms", "").edited("answers.village_rooms.note", "")
    assert draft.given == FormDraft.of(standard).given | {"facts": {}, "answers": {}}


# A path that the standard does not have is refused, as is a reading.
@pytest.mark.parametrize("path", ["facts.nothing", "answers.nothing.note", "subject.sha", "lines.AAAA", "readings.x"])
def test_unknown_paths_are_refused(standard: Standard, path: str) -> None:
    with pytest.raises(LsstdError):
        FormDraft.of(standard).edited(path, "1")
