"""``lsstd evidence``: what is missing, expired or changed; checklists that another program opens; hashes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lsstd.files.places import example

Run = Callable[..., Any]
ODD = "=HYPERLINK(1).pdf"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """An assessment with a folder of evidence: one file found, one changed, one expired, one missing."""
    given = tmp_path / "base.yaml"
    text = example("near_aaa").read_text(encoding="utf-8")
    wrong = "waste_rules: {state: met, evidence: [{file: rules.pdf, sha256: '00', issuer: <b>甲</b>}]}"
    late = "safety_rules: {state: met, evidence: [{file: safety.pdf, expires: 2024-06-30}]}"
    text = text.replace("waste_rules: met", wrong).replace("safety_rules: met", late)
    given.write_text(text, encoding="utf-8")
    for name in ("office_area/房屋租赁合同.pdf", "waste_rules/rules.pdf", "safety_rules/safety.pdf", f"scale/{ODD}"):
        path = tmp_path / "evidence" / name
        path.parent.mkdir(parents=True)
        path.write_text("x", encoding="utf-8")
    return given


# On the terminal: the three numbers, then only what is missing, expired or changed, each with its reason.
def test_the_terminal_lists_what_is_wanting(lsstd: Run, base: Path) -> None:
    run = lsstd("evidence", base)
    assert run.status == 0
    for told in (
        "其中有佐证：",
        "尚无（须经评审）",
        "登记哈希后文件已变",
        "数据截止日前已到期",
        "缺佐证",
        "文件不存在",
        "非规范性",
    ):
        assert told in run.out
    assert "房屋租赁合同.pdf" not in run.out
    assert "Of which with evidence: 5 points" in lsstd("evidence", base, "--lang", "en").out


def troubles(found: dict[str, Any], name: str) -> int:
    """Count the files that something is reported about."""
    pieces = {(one["file"], *one["troubles"]) for item in found["items"] for one in item["evidence"]}
    return sum(name in piece[1:] for piece in pieces)


# The JSON has one object: points, an item for each condition and row, files that prove nothing.
def test_the_json(lsstd: Run, base: Path) -> None:
    (base.parent / "evidence" / "loose.pdf").write_text("x", encoding="utf-8")
    found = json.loads(lsstd("evidence", base, "--json").out)
    assert found["points"]["verified"] is None
    assert found["points"]["with_evidence"] == 5  # the live rooms, which the roster of 5.1.4 proves
    assert [troubles(found, name) for name in ("missing", "changed", "expired")] == [1, 1, 1]
    by_id = {item["id"]: item for item in found["items"]}
    assert by_id["area"]["proven"] is True
    assert by_id["waste_rules"]["evidence"][0]["troubles"] == ["changed"]
    assert [loose["path"] for loose in found["loose"]] == ["loose.pdf"]


# The checklist for Excel: every item, text that stays text, whatever it starts with; opened by openpyxl.
def test_the_spreadsheet(lsstd: Run, base: Path, tmp_path: Path) -> None:
    renamed = base.read_text(encoding="utf-8").replace("冰城直播电商共享基地（示例）", '"=1+1 \\a 基地"')
    base.write_text(renamed, encoding="utf-8")
    run = lsstd("evidence", base, "-o", tmp_path / "list.xlsx")
    assert (run.status, run.out) == (0, "")
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    values = [str(cell.value) for cell in cells]
    assert f"scale/{ODD}" in values
    assert any("=1+1" in value for value in values)
    assert sum("已到期" in value for value in values) == 1
    ids = [row[2].value for row in sheet.iter_rows() if row[2].value]
    assert len(set(ids)) == 1 + 6 + 52
    assert lsstd("evidence", base, "-o", tmp_path / "list.xlsx").status == 0  # its own


# The page to print holds every item and nothing that runs; what a file says is text.
def test_the_page(lsstd: Run, base: Path, tmp_path: Path, page_of: Callable[[str], Any]) -> None:
    assert lsstd("evidence", base, "-o", tmp_path / "list.html").status == 0
    page = page_of((tmp_path / "list.html").read_text(encoding="utf-8"))
    assert "<b>甲</b>" in page.text
    assert not page.of("script")
    assert not page.of("b")
    for told in ("非规范性", "已核实", "登记哈希后文件已变", "房屋租赁合同.pdf", "风险预案", "draft"):
        assert told in page.text
    english = lsstd("evidence", base, "-o", tmp_path / "list.html", "--lang", "en")
    assert english.status == 0
    assert "Of which with evidence" in (tmp_path / "list.html").read_text(encoding="utf-8")


# Hashes go into a new file; the one that is read stays byte for byte; afterwards only what is amiss is told.
def test_hashes_go_into_a_new_file(lsstd: Run, base: Path, tmp_path: Path) -> None:
    before = base.read_bytes()
    run = lsstd("evidence", base, "--hash", "-o", tmp_path / "noted.yaml")
    assert run.status == 0
    assert base.read_bytes() == before
    assert "哈希已更新" in run.err
    found = json.loads(lsstd("evidence", tmp_path / "noted.yaml", "--json").out)
    assert [troubles(found, name) for name in ("changed", "missing", "unhashed")] == [0, 1, 1]
    again = lsstd("evidence", tmp_path / "noted.yaml", "--hash", "-o", tmp_path / "two.yaml", "--json")
    assert (json.loads(again.out), "哈希" in again.err) == ({"path": str(tmp_path / "two.yaml")}, False)
    assert lsstd("assess", tmp_path / "noted.yaml").status == 0


# An assessment moved away from its evidence is told where it lies; a missing folder is a mistake.
def test_another_folder(lsstd: Run, base: Path, tmp_path: Path) -> None:
    shutil.move(tmp_path / "evidence", tmp_path / "材料")
    found = json.loads(lsstd("evidence", base, "--folder", tmp_path / "材料", "--json").out)
    assert troubles(found, "missing") == 1
    wrong = lsstd("evidence", base, "--folder", tmp_path / "nonsuch")
    assert (wrong.status, "没有佐证文件夹" in wrong.err) == (1, True)


# Mistakes are told, and nothing is written: no file for the hashes, the same file, another ending.
@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--hash"], 1),
        (["--hash", "-o", "x.xlsx"], 1),
        (["--hash", "-o", "base.yaml"], 1),
        (["-o", "x.csv"], 1),
        (["-o", "x.yaml"], 1),
        (["--hash", "-o", "x.yaml", "--reading", "bonus=ignored"], 2),
    ],
)
def test_mistakes(options: list[str], status: int, lsstd: Run, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(base.parent)
    before = sorted(base.parent.rglob("*"))
    run = lsstd("evidence", "base.yaml", *options)
    assert (run.status, run.out) == (status, "")
    assert run.err
    assert sorted(base.parent.rglob("*")) == before


# Every example can be listed, with points or topics.
@pytest.mark.parametrize("name", ["near_aaa", "supply_chain", "not_eligible"])
def test_the_examples(name: str, lsstd: Run, tmp_path: Path) -> None:
    assert lsstd("evidence", example(name)).status == 0
    for ending in ("xlsx", "docx", "html", "pdf"):
        assert lsstd("evidence", example(name), "-o", tmp_path / f"a.{ending}").status == 0
    refused = lsstd("evidence", example(name), "-o", tmp_path / "a.csv")
    assert refused.status == 1
    assert ".xlsx" in refused.err
