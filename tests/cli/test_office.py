"""Excel out and back from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from lsstd import example, examples, load_assessment

MADE_UP = Path(__file__).parents[1] / "cases" / "made-up"


# From a file to a workbook and back: the same assessment, and what was done is told on stderr alone.
@pytest.mark.parametrize("name", examples())
def test_out_and_back(name: str, lsstd: Callable[..., Any], tmp_path: Path) -> None:
    out = lsstd("workbook", example(name), "-o", tmp_path / "x.xlsx")
    assert (out.status, out.out) == (0, "")
    back = lsstd("import", tmp_path / "x.xlsx", "-o", tmp_path / "y.yaml", "--lang", "en")
    assert (back.status, back.out) == (0, "")
    first = load_assessment(example(name))
    assert f"{len(first.answers)} answers and {len(first.facts)} facts" in back.err
    assert load_assessment(tmp_path / "y.yaml") == first


# A blank workbook from a standard's id or file; a standard of one's own is named again on the way back.
def test_blank_workbooks(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    for target in ("sz-supply-chain-collaboration", MADE_UP / "standard.yaml"):
        assert lsstd("workbook", target, "-o", tmp_path / "x.xlsx", "--lang", "en").status == 0
        assert "self-score" in load_workbook(tmp_path / "x.xlsx").sheetnames
    lost = lsstd("import", tmp_path / "x.xlsx", "-o", tmp_path / "y.yaml")
    assert lost.status == 1
    assert "用 --standard 指定该标准的文件" in lost.err
    own = ("--standard", MADE_UP / "standard.yaml")
    assert lsstd("import", tmp_path / "x.xlsx", "-o", tmp_path / "y.yaml", *own).status == 0
    (tmp_path / "base.yaml").write_text("standard: made-up\nfacts: {stalls: 30}\n", "utf-8")
    filled = lsstd("workbook", tmp_path / "base.yaml", "-o", tmp_path / "z.xlsx", *own)
    assert filled.status == 0, filled.err
    assert lsstd("workbook", "hlj-base-evaluation", "-o", tmp_path / "z.xlsx", *own).status == 2


# What was left out is told, and the rest is read.
def test_reviews_are_told(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    lsstd("workbook", example("near_aaa"), "-o", tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    book["自评"]["J6"] = 8
    book.save(tmp_path / "x.xlsx")
    read = lsstd("import", tmp_path / "x.xlsx", "-o", tmp_path / "y.yaml", "--lang", "en")
    assert read.status == 0
    assert "columns of “自评” not read: 初审" in read.err


# Into a file that has been worked in: what the workbook says is taken and listed, what it leaves blank stays and is
# told, and the state before is kept; the same again changes nothing.
def test_a_workbook_is_merged(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    own, sheet = tmp_path / "own.yaml", tmp_path / "x.xlsx"
    before = load_assessment(example("near_aaa"))
    lsstd("workbook", example("near_aaa"), "-o", sheet)
    book = load_workbook(sheet)
    rows = [row for page in book for row in page.iter_rows()]
    for fact, old, new in (("live_rooms", 14, 33), ("signed_anchors", 45, None)):
        (row,) = [row for row in rows if fact in [cell.value for cell in row]]
        next(cell for cell in row if cell.value == old).value = new
    book.save(sheet)
    own.write_text(example("near_aaa").read_text(encoding="utf-8") + "# 手写的备注\n", encoding="utf-8")
    merged = lsstd("import", sheet, "--into", own, "--json")
    assert (merged.status, merged.err.count(".own.yaml.lsstd")) == (0, 1)
    told = json.loads(merged.out)
    assert told["changes"] == [{"path": "facts.live_rooms", "from": 14, "to": 33}]
    assert [one["path"] for one in told["left"]] == ["facts.signed_anchors"]
    assert "# 手写的备注" in Path(told["kept"][0]).read_text(encoding="utf-8")
    after = load_assessment(own)
    assert (after.facts["live_rooms"].value, after.facts["signed_anchors"].value) == (33, 45)
    assert after.answers == before.answers
    again = lsstd("import", sheet, "--into", own)
    assert (again.status, "改动 0 处" in again.err, "签约主播数量" in again.out) == (0, True, True)
    assert load_assessment(own) == after


# Over a file that has been worked in nothing goes without --force: the message says how to merge; with it the state
# before is kept, and told. A file that lsstd wrote and nobody touched is simply written anew.
def test_import_keeps_what_was_worked_in(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    own, sheet = tmp_path / "own.yaml", tmp_path / "x.xlsx"
    lsstd("workbook", example("near_aaa"), "-o", sheet)
    for _ in range(2):
        assert lsstd("import", sheet, "-o", own).status == 0
    assert not (tmp_path / ".own.yaml.lsstd").exists()
    edited = own.read_text(encoding="utf-8").replace("live_rooms: 14", "live_rooms: 15")
    own.write_text(edited, encoding="utf-8")
    refused = lsstd("import", sheet, "-o", own, "--lang", "en")
    assert refused.status == 1
    assert "--into own.yaml to merge" in refused.err
    assert own.read_text(encoding="utf-8") == edited
    forced = lsstd("import", sheet, "-o", own, "--force")
    assert (forced.status, ".own.yaml.lsstd" in forced.err) == (0, True)
    (kept,) = (tmp_path / ".own.yaml.lsstd").iterdir()
    assert kept.read_text(encoding="utf-8") == edited
    for wrong in ((), ("-o", tmp_path / "a.yaml", "--into", own)):
        assert lsstd("import", sheet, *wrong).status == 2
    assert lsstd("import", sheet, "--into", tmp_path / "none.yaml").status == 1


# A mistake leaves the file at the output as it was, with status 1 and the cell.
def test_mistakes_leave_the_output_alone(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    lsstd("workbook", example("near_aaa"), "-o", tmp_path / "x.xlsx")
    lsstd("import", tmp_path / "x.xlsx", "-o", tmp_path / "y.yaml")
    before = (tmp_path / "y.yaml").read_bytes()
    book = load_workbook(tmp_path / "x.xlsx")
    book["自评"]["G6"] = 1000
    book.save(tmp_path / "x.xlsx")
    read = lsstd("import", tmp_path / "x.xlsx", "-o", tmp_path / "y.yaml")
    assert read.status == 1
    assert "自评 G6：1000；应为：0 至 10 之间" in read.err
    assert (tmp_path / "y.yaml").read_bytes() == before
    (tmp_path / "mine.yaml").write_text("mine")
    for output in (tmp_path / "mine.yaml", tmp_path / "y.json"):
        assert lsstd("import", tmp_path / "x.xlsx", "-o", output).status == 1
    assert (tmp_path / "mine.yaml").read_text() == "mine"
    for missing in (tmp_path / "none.xlsx", tmp_path / "none.csv", tmp_path):
        assert lsstd("import", missing, "-o", tmp_path / "z.yaml").status == 1
    for target in ("hlj-base", tmp_path / "none.yaml"):
        assert lsstd("workbook", target, "-o", tmp_path / "z.xlsx").status == 1
