"""The self-score workbook as people get it, fill it in and hand it back; seen by other programs than its writer."""

import csv
import datetime
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document
from openpyxl import load_workbook

from lsstd import Assessment, Standard, example, load_assessment, load_standard, read_workbook, write_workbook
from lsstd.errors import FileError, InvalidFile
from lsstd.office.self_score import mark_of
from lsstd.office.self_score_reader import read_with_notes
from lsstd.pages import blocks
from lsstd.reports.render import write_sections

ROOT = Path(__file__).parents[2]
SCORES, FACTS, PARTS, EVIDENCE = "自评", "基本情况", "分项", "材料"
office = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def converted(path: Path, to: str, folder: Path) -> Path:
    """Open a file in LibreOffice and save it as another kind."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / f"{path.stem}.{to.partition(':')[0]}"


# One row a criterion, in order, with clause, exact wording and points; heads in either language, wording as printed.
@pytest.mark.parametrize(("lang", "sheet"), [("zh", "自评"), ("en", "self-score")])
def test_a_row_a_criterion(lang: Any, sheet: str, tmp_path: Path, hlj: Standard) -> None:
    write_workbook(hlj, tmp_path / "blank.xlsx", lang=lang)
    rows = [list(row) for row in load_workbook(tmp_path / "blank.xlsx")[sheet].iter_rows(min_row=6, values_only=True)]
    assert [(row[0], row[1], row[4], row[5], row[13]) for row in rows] == [
        (str(row.row), row.clause, row.text, row.max_score, row.id) for row in hlj.criteria.values()
    ]
    assert {row[6] for row in rows} == {None}
    assert read_workbook(tmp_path / "blank.xlsx") == Assessment(standard=hlj.standard)


# Without a library for workbooks: no macros, totals that Excel computes, locked cells, A4 across, heads on each page.
def test_what_stands_in_the_package(whole: Path) -> None:
    with zipfile.ZipFile(whole) as package:
        assert not [name for name in package.namelist() if "vba" in name.lower()]
        sheet = package.read("xl/worksheets/sheet3.xml").decode()
        book = package.read("xl/workbook.xml").decode()
    ElementTree.fromstring(sheet)
    assert re.search(r"<f>SUM\(I6:I57\)</f>", sheet)
    assert "sheetProtection" in sheet
    assert re.search(r'<pageSetup[^>]*orientation="landscape"[^>]*paperSize="9"[^>]*fitToHeight="0"', sheet)
    assert sheet.count("<dataValidation ") >= 2
    assert "_xlnm.Print_Titles" in book
    assert "$5:$5" in book


# LibreOffice opens it, counts what secured answers give, and saves it so that nothing is lost.
@office
@pytest.mark.slow
def test_through_another_program(whole: Path, tmp_path: Path) -> None:
    again = converted(whole, "xlsx", tmp_path)
    assert read_workbook(again) == load_assessment(example("near_aaa"))
    counted = load_workbook(again, data_only=True)[SCORES]
    assert counted["I4"].value == pytest.approx(335.6666667)
    assert counted["F4"].value == 500
    options = "44,34,76,1,,0,false,true,false,false,false,3"
    converted(whole, f"csv:Text - txt - csv (StarCalc):{options}", tmp_path)
    _, found, notes, _ = read_with_notes(tmp_path / f"whole-{SCORES}.csv")
    assert len(found.answers) == len(load_assessment(example("near_aaa")).answers)
    assert {f"没有工作表“{name}”" for name in (FACTS, PARTS, EVIDENCE)} <= {note.zh for note in notes}
    assert converted(whole, "pdf", tmp_path).read_bytes().startswith(b"%PDF")


# A workbook of topics has levels to choose from, and no points.
def test_a_standard_of_topics(tmp_path: Path) -> None:
    shenzhen = load_standard("sz-supply-chain-collaboration")
    write_workbook(shenzhen, tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    heads = [cell.value for cell in book[SCORES][4]]
    assert "自评" in heads
    assert not {"分值", "计分", "初审"} & set(heads)
    assert PARTS not in book.sheetnames
    book[SCORES].cell(5, heads.index("自评") + 1).value = "3"
    book[SCORES].cell(6, heads.index("自评") + 1).value = 0
    book.save(tmp_path / "t.xlsx")
    assert [answer.level for answer in read_workbook(tmp_path / "t.xlsx").answers.values()] == [3, 0]


# Where rules count, no sum is promised; each row tells its rule, and which of them a fact decides.
def test_a_standard_with_rules(tmp_path: Path) -> None:
    write_workbook(load_standard("made-up-studio"), tmp_path / "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    assert "计分" not in [cell.value for cell in book[SCORES][4]]
    assert "“计分”" not in str(list(book["填写说明"].values))
    hints = {row[-1]: row[6] for row in book[SCORES].iter_rows(min_row=5, values_only=True)}
    assert hints["quiet"].startswith("由数据判定，不必作答。室内噪声为 60 dB")
    assert hints["content"].startswith("分档：优 21～25 分")
    assert hints["charity"] is None


# Beside the total stands that it knows nothing of parts that facts decide.
def test_what_the_total_leaves_out(whole: Path) -> None:
    assert "由数据判定的分项未计在内" in load_workbook(whole)[SCORES]["E4"].value


# Filled in as people type: words, points, a range, full-width digits, a percentage, dates, units, a number as text.
def test_filled_in_by_hand(edited: Callable[..., Path]) -> None:
    path = edited(
        {
            (SCORES, "village_rooms", "自评"): "未满足",
            (SCORES, "training_centre", "自评"): "７．５分",
            (SCORES, "certifications", "区间或可能"): "4－8",
            (SCORES, "waste_rules", "佐证材料（一行一个文件名）"): "制度.pdf\n照片.zip ",
            (FACTS, "opened", "内容"): datetime.datetime(2021, 5, 3),
            (FACTS, "online_retail_10k_yuan", "内容"): "5,200万元",
            (FACTS, "shared_area_share", "内容"): "22.5%",
            (FACTS, "live_rooms", "内容"): "１４间",
            (FACTS, "honest_operation", "内容"): True,
            (FACTS, "taxes_paid_lawfully", "内容"): "√",
            (FACTS, "office_area", "内容"): "1200平方米",
            (FACTS, "professional_services", "内容"): "云服务；法律支持",
            (FACTS, "as_of", "内容"): "2024年12月31日",
        }
    )
    found = read_workbook(path)
    assert (found.answers["village_rooms"].state, found.answers["training_centre"].score) == ("unmet", 7.5)
    assert found.answers["certifications"].range == (4, 8)
    assert [item.file for item in found.answers["waste_rules"].evidence] == ["制度.pdf", "照片.zip"]
    values = {key: found.facts[key].value for key in found.facts}
    assert (values["opened"], values["online_retail_10k_yuan"], values["live_rooms"]) == ("2021-05-03", 5200, 14)
    assert (float(values["shared_area_share"]), values["honest_operation"]) == (22.5, True)
    assert (values["taxes_paid_lawfully"], values["office_area"]) == (True, 1200)
    assert values["professional_services"] == ("cloud", "legal")
    assert found.as_of == "2024-12-31"


# Each mistake is told by sheet and cell, with what was found and what would be right, all at once.
def test_mistakes_by_their_cells(edited: Callable[..., Path], faults: Callable[..., Any]) -> None:
    path = edited(
        {
            (SCORES, "village_rooms", "自评"): "很好",
            (SCORES, "certifications", "自评"): 99,
            (SCORES, "waste_rules", "条款"): 5.1,
            (SCORES, "safety_rules", "分值"): 20,
            (SCORES, "live_equipment", "自评"): "满足",
            (SCORES, "innovation", "区间或可能"): datetime.datetime(2024, 4, 8),
            (SCORES, "honest_trading", "编号（请勿改动）"): "honest_tradin",
            (FACTS, "live_rooms", "内容"): "1,00",
            (FACTS, "opened", "内容"): "3/4/24",
            (FACTS, "signed_anchors", "内容"): "#N/A",
            (PARTS, "training_centre.training_plan", "自评"): "大概",
        }
    )
    told = {where: (found, expected) for where, found, expected in faults(path)}
    where = {place.partition(" ")[0] for place in told}
    assert where == {SCORES, FACTS, PARTS}
    cells = dict(told.values())
    assert cells["'很好'"] == "met, not met, unknown, or a number from 0 to 5"
    assert cells["5.1"].startswith("text (Excel made a number or a date of it")
    assert cells["20"] == "10, as it was"
    assert cells["2024-04-08"].startswith("text (Excel")
    assert cells["'满足'"].endswith("its parts are answered one by one")
    assert cells["'honest_tradin'"] == "did you mean honest_trading?"
    assert cells["'1,00'"].startswith("a number")
    assert cells["'3/4/24'"].startswith("a date")
    assert cells["'大概'"] == "met, not met, unknown"
    assert ("99", "from 0 to 10") in told.values()
    assert all(re.fullmatch(r"\S+ [A-Z]+\d+", place) for place in told)


# Formulas that nobody computed, merged cells, a sheet twice: each is told.
def test_other_mistakes(edited: Callable[..., Path], faults: Callable[..., Any]) -> None:
    path = edited({(SCORES, "village_rooms", "自评"): None})
    book = load_workbook(path)
    book[SCORES]["G13"] = "=2+3"
    book[SCORES].merge_cells("G14:G15")
    book.copy_worksheet(book[PARTS])
    book.save(path)
    told = {found: where for where, found, _ in faults(path)}
    assert told["a formula without a computed result"] == f"{SCORES} G13"
    assert told["merged cells"] == f"{SCORES} G14:G15"
    assert told["the same sheet twice"] == f"{PARTS}、{PARTS} Copy"


# Reviews by evaluators are theirs: reading says that they were left out, and so are columns that nobody knows, by their
# letter where they have no head.
def test_what_is_left_out_is_told(edited: Callable[..., Path]) -> None:
    path = edited({(SCORES, "village_rooms", "初审"): 3, (SCORES, "innovation", "终审"): 5})
    book = load_workbook(path)
    book[SCORES].cell(5, 15).value, book[SCORES].cell(9, 15).value = "负责人", "张三"
    book[SCORES].cell(12, 17).value = "待议"
    book.create_sheet("草稿").append(["未定"])
    book.save(path)
    _, found, notes, _ = read_with_notes(path)
    assert found == load_assessment(example("near_aaa"))
    assert [note.zh for note in notes] == [
        "“自评”中未读入的列：初审、终审、负责人、Q", "未读入的工作表：草稿"
    ]  # fmt: skip


# Evidence may name what it proves as people do; a name that nobody or several bear is told with the full ones.
def test_what_evidence_proves(edited: Callable[..., Path], faults: Callable[..., Any], hlj: Standard) -> None:
    path = edited({})
    book = load_workbook(path)
    first = next(row for row in range(5, 99) if book[EVIDENCE].cell(row, 1).value is None)

    def add(*names: str) -> None:
        for row, name in enumerate(names, first):
            book[EVIDENCE].cell(row, 1).value, book[EVIDENCE].cell(row, 2).value = name, "新.pdf"
        book.save(path)

    number, name = hlj.criteria["village_rooms"].row, hlj.criteria["village_rooms"].gloss.zh
    add(f"{number} {name}", f" {name}", "village_rooms", f"{number}　{name}〔village_rooms〕")
    found = read_workbook(path).answers["village_rooms"].evidence
    assert [item.file for item in found] == ["新.pdf"] * 4
    add("某项", f"{number} {name}们")
    (_, _, some), (_, _, near) = faults(path)
    assert some.startswith("one of 1 location and amenities, ")
    assert near == f"did you mean {number} {name}?"


# A sheet that was deleted, or whose heads were renamed, is a mistake: its answers would be lost without a word.
def test_a_missing_sheet(edited: Callable[..., Path], faults: Callable[..., Any]) -> None:
    path = edited({})
    book = load_workbook(path)
    book[SCORES]["G5"] = "自评分"
    del book[PARTS]
    book.save(path)
    told = {where: (found, expected) for where, found, expected in faults(path)}
    columns = "a header row with criterion, own score, id (leave as it is)"
    assert told[f"{SCORES} A5"] == ("missing columns: own score", columns)
    assert told[PARTS][0] == "there is no sheet “parts”"


# Rows that were deleted are told by sheet and name: their answers would be lost without a word.
def test_deleted_rows(edited: Callable[..., Path], faults: Callable[..., Any]) -> None:
    path = edited({})
    book = load_workbook(path)
    book[SCORES].delete_rows(20, 3)
    book[FACTS].delete_rows(12, 2)
    book[PARTS].delete_rows(6)
    book.save(path)
    told = {where: found for where, found, _ in faults(path)}
    assert told[SCORES].startswith("missing rows (3): ")
    assert told[FACTS].startswith("missing rows (2): ")
    assert told[PARTS].startswith("missing rows (1): ")


# Ids that were cleared are told once for all rows; a line below the table that answers nothing is only noted.
def test_rows_without_an_id(edited: Callable[..., Path], faults: Callable[..., Any]) -> None:
    path = edited({})
    book = load_workbook(path)
    book[SCORES]["E60"] = "填表人："
    book.save(path)
    assert "“自评”中 1 行没有编号也没有作答，未读入（第 60 行起）" in [note.zh for note in read_with_notes(path)[2]]
    for row in range(6, 58):
        book[SCORES].cell(row, 7).value = "满足" if row % 2 else None
        book[SCORES].cell(row, 8).value = book[SCORES].cell(row, 12).value = book[SCORES].cell(row, 13).value = None
        book[SCORES].cell(row, 14).value = None
    book.save(path)
    assert [problem[:2] for problem in faults(path)] == [(f"{SCORES} N7:N57", "26 rows without an id")]


# A CSV file is one of the sheets, in any of the encodings that Excel writes; one without known heads is none.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_sheet_as_csv(encoding: str, tmp_path: Path, hlj: Standard, faults: Callable[..., Any]) -> None:
    lines = [[f"工作簿标识（请勿改动）：{mark_of(hlj)}"], ["评价内容", "自评", "区间或可能", "编号（请勿改动）"]]
    given = {"village_rooms": ["５", ""], "innovation": ["满足", ""], "certifications": ["", "4～8"]}
    lines += [["", *given.get(key, ["", ""]), key] for key in hlj.criteria]
    with (tmp_path / "x.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)
    answers = read_workbook(tmp_path / "x.csv").answers
    assert (answers["village_rooms"].score, answers["innovation"].state) == (5, "met")
    assert answers["certifications"].range == (4, 8)
    (tmp_path / "x.csv").write_text(f"{mark_of(hlj)}\na,b\n1,2\n", encoding)
    assert faults(tmp_path / "x.csv")[0][1] == "no known column heads"


# A workbook of another standard, edition or content is refused; so is one that does not say what it is for.
def test_another_standard(
    edited: Callable[..., Path], faults: Callable[..., Any], made_up: Standard, hlj: Standard
) -> None:
    path = edited({})
    assert "the standard made-up" in faults(path, made_up)[0][2]
    reformed = hlj.model_copy(update={"edition": "2022"})
    assert "edition draft" in faults(path, reformed)[0][1]
    rows = {**hlj.criteria, "waste_rules": hlj.criteria["waste_rules"].model_copy(update={"max_score": 20})}
    assert "content" in faults(path, hlj.model_copy(update={"criteria": rows}))[0][1]
    book = load_workbook(path)
    book[PARTS]["A3"] = "lsstd:hlj-base-evaluation@2022#0123456789abcdef"
    book.save(path)
    assert faults(path)[0][0] == PARTS
    for sheet in book.worksheets:
        sheet["A3"] = None
    book.save(path)
    assert faults(path)[0][1] == "it does not say which standard it was written for"


# Whatever text starts with = + - @ is text in the file; text that Excel cannot hold is refused, and nothing written.
def test_text_stays_text(tmp_path: Path, hlj: Standard) -> None:
    first = load_assessment(example("near_aaa")).with_answers({"innovation": {"state": "met", "note": "=HYPERLINK(1)"}})
    write_workbook(hlj, tmp_path / "t.xlsx", first)
    with zipfile.ZipFile(tmp_path / "t.xlsx") as package:
        assert "<t>=HYPERLINK(1)</t>" in package.read("xl/worksheets/sheet3.xml").decode()
    long = first.with_answers({"innovation": {"state": "met", "note": "长" * 40000}})
    with pytest.raises(InvalidFile, match=r"自评 M48（innovation）：40000 个字符；应为：Excel 单元格至多 32767 个字符"):
        write_workbook(hlj, tmp_path / "long.xlsx", long)
    assert not (tmp_path / "long.xlsx").exists()
    write_workbook(
        hlj, tmp_path / "fits.xlsx", first.with_answers({"innovation": {"state": "met", "note": "长" * 32767}})
    )
    assert read_workbook(tmp_path / "fits.xlsx").answers["innovation"].note == "长" * 32767


# Only .xlsx is written, never over a stranger's file, and only what fits the standard.
def test_what_is_not_written(tmp_path: Path, hlj: Standard) -> None:
    with pytest.raises(FileError, match="扩展名"):
        write_workbook(hlj, tmp_path / "t.xls")
    (tmp_path / "t.xlsx").write_bytes(b"mine")
    with pytest.raises(FileError, match="--force"):
        write_workbook(hlj, tmp_path / "t.xlsx")
    with pytest.raises(InvalidFile):
        write_workbook(hlj, tmp_path / "u.xlsx", Assessment(standard=hlj.standard).with_facts({"live_rooms": "x"}))
    assert (tmp_path / "t.xlsx").read_bytes() == b"mine"
    write_workbook(hlj, tmp_path / "t.xlsx", force=True)
    write_workbook(hlj, tmp_path / "t.xlsx")  # its own may be written anew


# What sorting some of the columns does: values beside another label, unit or wording are refused, each cell named.
@pytest.mark.parametrize(
    ("sheet", "one", "other", "columns"),
    [(FACTS, "office_area", "online_retail_10k_yuan", 6), (SCORES, "village_rooms", "live_equipment", 6)],
)
def test_swapped_columns(
    sheet: str, one: str, other: str, columns: int, whole: Path, tmp_path: Path, faults: Callable[..., Any]
) -> None:
    book = load_workbook(whole)
    rows = [next(row for row in book[sheet].iter_rows() if row[-1].value == key) for key in (one, other)]
    for first, second in zip(*(row[:columns] for row in rows), strict=True):
        first.value, second.value = second.value, first.value
    book.save(tmp_path / "x.xlsx")
    told = faults(tmp_path / "x.xlsx")
    for row in rows:
        assert [place for place, _, right in told if place == f"{sheet} A{row[0].row}" and right.endswith("as it was")]


# A unit, a label or a wording that was changed is refused; one taken away, or in English, is not.
def test_what_stands_beside_a_value(edited: Callable[..., Path], faults: Callable[..., Any], hlj: Standard) -> None:
    told = faults(
        edited(
            {
                (FACTS, "online_retail_10k_yuan", "单位"): "元",
                (FACTS, "live_rooms", "项目"): "直播间面积",
                (FACTS, "subject.name", "项目"): "联系人",
                (SCORES, "village_rooms", "评价内容"): "其他内容",
                (PARTS, "training_centre.training_plan", "分项内容"): "没有",
            }
        )
    )
    assert {(place.partition(" ")[0], found) for place, found, _ in told} == {
        (FACTS, "'元'"), (FACTS, "'直播间面积'"), (FACTS, "'联系人'"), (SCORES, "'其他内容'"), (PARTS, "'没有'")
    }  # fmt: skip
    assert all(right.endswith(", as it was") for *_, right in told)
    label = hlj.facts["live_rooms"].label.en
    path = edited({(FACTS, "online_retail_10k_yuan", "单位"): None, (FACTS, "live_rooms", "项目"): f" {label}\n"})
    assert read_workbook(path) == load_assessment(example("near_aaa"))


# A percentage that was probably typed as a share of 1 is read as typed, and asked about.
def test_a_percentage_in_doubt(edited: Callable[..., Path]) -> None:
    path = edited({(FACTS, "shared_area_share", "内容"): 0.12})
    _, assessment, notes, _ = read_with_notes(path)
    assert assessment.facts["shared_area_share"].value == Fraction(12, 100)
    assert any("if 12% is meant, enter 12" in note.en for note in notes)


# The columns of a Word table are as wide as their longest words, which are never split.
def test_the_columns_of_a_word_table(tmp_path: Path) -> None:
    heads = ("clause", "item", "a very long text that may be broken", "maximum", "+6.6/7")
    table = blocks.Table(heads, (("5.1.3", "i", "long words " * 40, "maximum", "+6.6/7"),))
    write_sections([blocks.Section("", "x", (table,))], tmp_path / "x.docx", "x", "en")
    widths = [cell.width.mm for cell in Document(str(tmp_path / "x.docx")).tables[0].rows[0].cells]
    assert sum(widths) == pytest.approx(261, abs=1)  # A4 across
    longest = ["clause", "item", "broken", "maximum", "+6.6/7"]
    assert all(width > 2.2 * len(word) for width, word in zip(widths, longest, strict=True))
