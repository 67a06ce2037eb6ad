"""The large form's widget, without a browser: what it answers a page, what it gives to take away."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from lsstd import example, load_assessment
from lsstd.errors import UnknownName
from lsstd.office.self_score_reader import read_workbook
from lsstd.widgets.form import AssessmentForm, ChainForms
from lsstd.widgets.offers import OFFERS, offer

SZ = "sz-supply-chain-collaboration"


@pytest.fixture
def form(tmp_path: Path) -> AssessmentForm:
    shutil.copy(example("near_aaa"), tmp_path / "a.yaml")
    return AssessmentForm("hlj-base-evaluation", tmp_path / "a.yaml")


@pytest.fixture
def sent(form: AssessmentForm, monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], list[bytes]]]:
    """What the widget sends to its page."""
    messages: list[tuple[dict[str, Any], list[bytes]]] = []
    monkeypatch.setattr(form, "send", lambda content, buffers=(): messages.append((content, list(buffers))))
    return messages


# A page's messages are answered; a thing to take away comes apart from them, as bytes, or why it cannot be made.
def test_messages_are_answered(form: AssessmentForm, sent: list[Any]) -> None:
    form._answer(form, {"page": "p", "id": 1, "do": "open"}, [])
    assert sent[0][0]["offers"] == [*OFFERS]
    for kind in ("assessment", "nothing"):
        form._send_made(
            {"page": "p", "id": 2, "do": "offer", "kind": kind}
        )  # in a thread of its own, where a page asks
    assert sent[1][0]["name"] == "冰城直播电商共享基地（示例）-assessment.yaml"
    assert b"hlj-base-evaluation" in sent[1][1][0]
    assert "没有 nothing" in sent[2][0]["refused"]["zh"]


# Every step to any grade is a click away from the field in which it is entered.
@pytest.mark.parametrize("name", ["near_aaa", "not_eligible", "small_rural", "contradictory"])
def test_each_step_has_its_field(form: AssessmentForm, sent: list[Any], name: str) -> None:
    shutil.copy(example(name), form.session.keeper.path)
    form._answer(form, {"page": "p", "id": 1, "do": "open"}, [])
    fields = {field["path"] for group in sent[0][0]["schema"]["facts"] for field in group["fields"]}
    fields |= {f"answers.{row['id']}" for group in sent[0][0]["schema"]["rows"] for row in group["rows"]}
    form._send_made({"page": "p", "id": 2, "do": "plan", "target": "AAAA"})
    assert sent[1][0]["target"] == "AAAA"
    assert fields >= {step["path"] for step in sent[1][0]["steps"]} > set()


# Each thing to take away opens in the program that it is for, and says what the standard's edition is worth.
def test_what_is_taken_away_opens(form: AssessmentForm, tmp_path: Path) -> None:
    made = {kind: offer(form.session, kind, "zh", "2025-03-03") for kind in OFFERS if kind != "pdf"}  # needs a browser
    (tmp_path / "b.yaml").write_bytes(made["assessment"][1])
    assert load_assessment(tmp_path / "b.yaml") == load_assessment(example("near_aaa"))
    (tmp_path / "b.xlsx").write_bytes(made["workbook"][1])
    assert read_workbook(tmp_path / "b.xlsx") == load_assessment(example("near_aaa"))
    assert "草案" in made["assessment"][1].decode()
    assert len(Document(io.BytesIO(made["application"][1])).tables) == 1
    assert load_workbook(io.BytesIO(made["evidence"][1])).active.max_row > 50
    assert "398.92" in made["report"][1].decode()
    assert "village_rooms" in [cell.value for cell in load_workbook(io.BytesIO(made["costs"][1])).worksheets[0]["A"]]
    assert load_workbook(io.BytesIO(made["plan"][1])).sheetnames[:2] == ["概要", "步骤"]
    with pytest.raises(UnknownName):
        offer(form.session, "secrets", "zh")


# A form made from what is almost empty says what stays blank in it, by its printed name and where it is filled in.
def test_what_stays_blank_is_told(form: AssessmentForm, sent: list[Any]) -> None:
    form._send_made({"page": "p", "id": 1, "do": "offer", "kind": "application"})
    blank = {entry["label"]["zh"]: entry for entry in sent[0][0]["blank"]}
    assert len(blank) == 68
    assert blank["基地负责人 · 姓名"]["path"] == "facts.head_name"
    assert blank["基地负责人 · 姓名"]["label"]["en"] == "Head of the base · name"
    assert blank["基地主播数量（人）"]["label"]["en"] == "hosts"
    assert blank["填表时间："]["path"] == ""
    form._send_made({"do": "offer", "page": "p", "id": 2, "kind": "application", "filled_on": "2025-01-15"})
    assert len(sent[1][0]["blank"]) == 67
    form._send_made({"do": "offer", "page": "p", "id": 3, "kind": "workbook"})
    assert sent[2][0]["blank"] == []


# Under a standard of topics there is no application form and no report; what there is bears its mark.
def test_topics_bear_their_mark(tmp_path: Path) -> None:
    shutil.copy(example("supply_chain"), tmp_path / "a.yaml")
    form = AssessmentForm(SZ, tmp_path / "a.yaml")
    assert "非规范性" in offer(form.session, "assessment", "zh")[1].decode()
    cells = [str(row[0].value) for row in load_workbook(io.BytesIO(offer(form.session, "evidence", "zh")[1])).active]
    assert any("自拟，非规范性" in cell for cell in cells)


# Each party of a chain fills in a file of its own, which names it; all of them together go into one marked table.
def test_each_party_has_its_file(tmp_path: Path) -> None:
    forms = ChainForms(SZ, tmp_path / "chain")
    assert not (tmp_path / "chain").exists()
    for party, level in (("supplier", "4"), ("platform", "1")):
        forms.party.value = party
        (form,) = forms._form.children
        form.session.handle(
            {"page": "p", "id": 1, "do": "edit", "path": "answers.sales_collaboration", "value": {"level": level}}
        )
    assert load_assessment(tmp_path / "chain" / "platform.yaml").subject.party == "platform"
    assert forms.chain().gaps()[0].levels == {"supplier": 4, "platform": 1}
    forms.write(tmp_path / "chain.xlsx")
    cells = [str(cell.value) for row in load_workbook(tmp_path / "chain.xlsx").active for cell in row]
    assert any("非规范性" in cell for cell in cells)
    assert "供应商" in cells


# The page opens in the language that the form was given; what its user chooses there is the page's own.
def test_the_page_opens_in_the_language_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form = AssessmentForm("hlj-base-evaluation", tmp_path / "a.yaml", lang="en")
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(form, "send", lambda answer, *_: sent.append(answer))
    form._answer(None, {"page": "p", "id": 1, "do": "open"}, None)
    assert sent[-1]["lang"] == "en"
