"""Files that are not what they should be: each refused with clear words, within bounds, before it is parsed."""

import csv
import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from office.conftest import cell_of
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from lsstd import Standard, example, load_assessment, load_population, read_workbook
from lsstd.errors import MOST, FileError, InvalidFile
from lsstd.files import opening

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
TRANSITIONAL = b"http://schemas.openxmlformats.org/"
STRICT = b"http://purl.oclc.org/ooxml/"
SHEET = "xl/worksheets/sheet3.xml"


def docx() -> bytes:
    out = io.BytesIO()
    Document().save(out)
    return out.getvalue()


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name in names:
            package.writestr(name, b"x")
    return out.getvalue()


# A file of another kind, locked, cut off or empty is told as what it is, and what to do.
@pytest.mark.parametrize(
    ("name", "content", "found", "expected"),
    [
        ("x.xlsx", OLE, "an old Excel file (.xls)", "save it in Excel as .xlsx"),
        ("x.xls", OLE, "an old Excel file (.xls)", "save it in Excel as .xlsx"),
        ("x.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "a workbook with a password", "no password"),
        ("x.xlsx", docx(), "really a Word document", "save it in Excel"),
        ("x.xlsx", b"a,b\n1,2\n", "really text (CSV)", "rename the file to x.csv"),
        ("x.csv", b"<html><table>", "a web page", "save it in Excel"),
        ("x.xlsx", b"\xef\xbb\xbf<!DOCTYPE html>", "a web page", "save it in Excel"),
        ("x.xlsx", b"%PDF-1.7", "a PDF file", "save it in Excel"),
        ("x.xlsx", b"", "an empty file", "a table"),
        ("x.yaml", b"standard: x", "the ending .yaml", ".xlsx / .csv"),
        ("x.csv", b"\x00\x01\xff", "not text in UTF-8", "CSV UTF-8"),
        ("~$x.xlsx", b"\x0bUser" + bytes(160), "the lock file of a document that is open", "the document itself"),
        ("x.xlsx", bytes(9000), "nothing but zero bytes", "an earlier copy"),
        (
            "x.xlsx",
            b"\x62\x14\x23\x65\x01E-SafeNet   LOCK",
            "encrypted by a document protection system",
            "a copy without",
        ),
        ("x.xlsx", OLE + "DRMEncryptedDataSpace".encode("utf-16-le"), "document protection", "a copy without"),
        ("x.xlsx", b"\x13\x00\x99\xfe" * 99, "binary data of no known kind", "a copy without the protection"),
        ("x.xlsb", packed("xl/workbook.bin"), "a binary Excel workbook (.xlsb)", "save it in Excel as .xlsx"),
        ("x.xlsx", packed("xl/workbook.bin"), "a binary Excel workbook (.xlsb)", "save it in Excel as .xlsx"),
        ("x.xlsx", b"<?xml version='1.0'?><Workbook/>", "really an XML file", "save it in Excel as .xlsx"),
        ("x.csv", "id,名稱\na,直播電商共享基地的評價\n".encode("big5"), "looks like Big5", "CSV UTF-8"),
        ("x.csv", "id,名称\na,".encode("gb18030") + "哈尔滨".encode() + b"\n", "“哈尔滨” is in UTF-8", "CSV UTF-8"),
    ],
)
def test_another_kind_of_file(
    name: str, content: bytes, found: str, expected: str, tmp_path: Path, faults: Callable[..., Any]
) -> None:
    (tmp_path / name).write_bytes(content)
    ((_, told, right),) = faults(tmp_path / name)
    assert found in told
    assert expected in right


# Cut anywhere, or with bytes changed, a workbook is damaged, and no traceback says so.
def test_a_damaged_workbook(whole: Path, tmp_path: Path, faults: Callable[..., Any]) -> None:
    data = whole.read_bytes()
    for place in range(8000, len(data), 6000):
        (tmp_path / "x.xlsx").write_bytes(data[:place])
        assert "damaged" in faults(tmp_path / "x.xlsx")[0][1]
        flipped = data[:place] + bytes(byte ^ 255 for byte in data[place : place + 40]) + data[place + 40 :]
        (tmp_path / "x.xlsx").write_bytes(flipped)
        faults(tmp_path / "x.xlsx")


# What Excel opens without a word is read: odd fills, fonts and styles, dates in the properties, Strict Open XML.
@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/styles.xml", b"<fills", b"<fills><fill/></fills><fills"),
        ("xl/styles.xml", b"<font>", b'<font><family val="34"/>'),
        ("xl/worksheets/sheet3.xml", b' s="1"', b' s="9999"'),
        ("docProps/core.xml", b"Z</dcterms", b"+25:00</dcterms"),
        ("xl/workbook.xml", TRANSITIONAL + b"spreadsheetml/2006/main", STRICT + b"spreadsheetml/main"),
        ("xl/worksheets/sheet3.xml", TRANSITIONAL + b"spreadsheetml/2006/main", STRICT + b"spreadsheetml/main"),
    ],
)  # fmt: skip
def test_what_excel_reads(part: str, old: bytes, new: bytes, repacked: Callable[..., Path]) -> None:
    path = repacked(part, lambda content: content.replace(old, new))
    with zipfile.ZipFile(path) as package:
        assert new in package.read(part)
    assert read_workbook(path) == load_assessment(example("near_aaa"))


# A whole workbook in Strict Open XML, as Excel can save it, says the same.
def test_strict_open_xml(whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as new:
        for name in old.namelist():
            content = old.read(name).replace(TRANSITIONAL + b"spreadsheetml/2006/main", STRICT + b"spreadsheetml/main")
            content = content.replace(TRANSITIONAL + b"officeDocument/2006/", STRICT + b"officeDocument/")
            new.writestr(name, content)
    assert read_workbook(tmp_path / "x.xlsx") == load_assessment(example("near_aaa"))


# Macros are refused, by the ending or by what is inside.
def test_macros(whole: Path, tmp_path: Path, repacked: Callable[..., Path], faults: Callable[..., Any]) -> None:
    (tmp_path / "x.xlsm").write_bytes(whole.read_bytes())
    assert faults(tmp_path / "x.xlsm")[0][1] == "a workbook with macros"
    for part in ("xl/vbaProject.bin", "xl/VBAPROJECT.bin", "xl/macrosheets/sheet1.xml"):
        assert faults(repacked(part, lambda _: b"x"))[0][1] == "a workbook with macros"


# A workbook that unpacks to too much, or much too steeply, is refused before anything is parsed.
def test_a_zip_bomb(repacked: Callable[..., Path], faults: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = repacked(SHEET, lambda sheet: sheet.replace(b"</sheetData>", b"<row/>" * 2**20 + b"</sheetData>"))
    monkeypatch.setattr("openpyxl.load_workbook", lambda *_, **__: pytest.fail("it was parsed"))
    assert bomb.stat().st_size < 100_000
    assert faults(bomb)[0][1] == f"{SHEET} unpacks to more than 200 times its size"
    monkeypatch.setattr(opening, "_STEEPEST", 10**6)
    monkeypatch.setattr(opening, "_LARGEST", 1000)
    assert "6 MB when unpacked" in faults(bomb)[0][1]
    assert "at most 0 MB" in faults(bomb)[0][2]


# A part that holds more than its head declares is damaged: no more is ever unpacked than was declared.
def test_a_size_that_lies(whole: Path, tmp_path: Path, faults: Callable[..., Any]) -> None:
    data = bytearray(whole.read_bytes())
    with zipfile.ZipFile(whole) as package:
        size = package.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert data.count(size) >= 1
    (tmp_path / "x.xlsx").write_bytes(bytes(data).replace(size, (10).to_bytes(4, "little")))
    assert "damaged" in faults(tmp_path / "x.xlsx")[0][1]


# Entities and definitions are refused, in whatever encoding of Unicode they stand.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities(encoding: str, repacked: Callable[..., Path], faults: Callable[..., Any]) -> None:
    head = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    path = repacked(SHEET, lambda sheet: (head + sheet.decode()).encode(encoding))
    assert faults(path)[0][1] == "it contains entities or a DTD"


# A file of 200 MB is refused by its size alone, unread.
def test_a_huge_csv(tmp_path: Path, faults: Callable[..., Any]) -> None:
    with (tmp_path / "x.csv").open("wb") as file:
        file.truncate(200 * 2**20)
    assert faults(tmp_path / "x.csv")[0][1:] == ("200 MB", "at most 16 MB")


# Very many rows that are formatted and empty cost time in proportion, and change nothing.
def test_many_empty_rows(repacked: Callable[..., Path]) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (row, row) for row in range(200, 50_200))
    path = repacked(SHEET, lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"))
    assert read_workbook(path) == load_assessment(example("near_aaa"))


# Dates of a workbook that counts from 1904 are read by its count; a plain number is no date there.
def test_dates_from_1904(tmp_path: Path, whole: Path, hlj: Standard, faults: Callable[..., Any]) -> None:
    book = load_workbook(whole)
    book.epoch = CALENDAR_MAC_1904
    cell = cell_of(book, "基本情况", "opened", "内容")
    cell.value, cell.number_format = datetime.date(2024, 6, 1), "yyyy/m/d"
    book.save(tmp_path / "x.xlsx")
    assert read_workbook(tmp_path / "x.xlsx").facts["opened"].value == "2024-06-01"
    cell.value, cell.number_format = 43982, "General"
    book.save(tmp_path / "x.xlsx")
    ((_, found, expected),) = faults(tmp_path / "x.xlsx")
    assert (found, expected[:6]) == ("43982", "a date")
    population = Workbook()
    population.epoch = CALENDAR_MAC_1904
    for line in (["id", "opened", "live_rooms"], ["a", datetime.date(2024, 6, 1), 14], ["b", None, 3]):
        population.active.append(line)
    population.save(tmp_path / "p.xlsx")
    assert load_population(tmp_path / "p.xlsx", hlj).frame["opened"].tolist()[0] == "2024-06-01"
    population.active["B3"] = 43982
    population.save(tmp_path / "p.xlsx")
    with pytest.raises(InvalidFile, match=r"opened \(line 3\): 43982"):
        load_population(tmp_path / "p.xlsx", hlj)


# A population counts what its cells show, as a workbook does: amounts, percentages, months; other sheets are told.
def test_populations_count_what_cells_show(tmp_path: Path, hlj: Standard) -> None:
    book = Workbook()
    hidden, sheet = book.active, book.create_sheet("数据")
    hidden.sheet_state = "hidden"
    hidden.append(["id", "village_rooms"])
    sheet.append(["2024 年各基地数据（虚构）"])
    sheet.append([None, "id", "online_retail_10k_yuan", "shared_area_share", "opened"])
    for name, amount in (("a", 10_000_000), ("b", 20_000_000)):
        sheet.append([None, name, amount, 12, 45261])
        for cell, code in zip(sheet[sheet.max_row][2:], ('0!.0,"万"', '0"%"', 'yyyy"年"m"月"'), strict=True):
            cell.number_format = code
    sheet.append([None, None, None, None, None, None])
    sheet.append([None, "合 计", 30_000_000])
    sheet.append(["合计", None, 30_000_000])
    book.save(tmp_path / "p.xlsx")
    found = load_population(tmp_path / "p.xlsx", hlj)
    assert found.frame["online_retail_10k_yuan"].tolist() == [1000, 2000]
    assert found.frame["shared_area_share"].tolist() == [12, 12]
    assert found.frame["opened"].tolist() == ["2023-12", "2023-12"]
    assert [note.en for note in found.notes if "not read" in note.en] == [
        "sheets not read: Sheet", "lines above the heads, not read: 1", "lines of totals, not read: 2 (line 6, 7)"
    ]  # fmt: skip
    sheet["C3"].number_format = 'm"月"d"日"'
    sheet["F3"] = "?"
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(FileError, match="column 6 has no name"):
        load_population(tmp_path / "p.xlsx", hlj)
    sheet["F3"] = None
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(InvalidFile, match=r"online_retail_10k_yuan \(line 3\)"):
        load_population(tmp_path / "p.xlsx", hlj)


# A population's workbook passes the same door: macros, entities, merged cells and uncomputed formulas are refused.
def test_the_same_door_for_populations(tmp_path: Path, hlj: Standard, repacked: Callable[..., Path]) -> None:
    book = Workbook()
    for line in (["id", "village_rooms"], ["a", "=1+1"], ["b", 2]):
        book.active.append(line)
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(InvalidFile, match=r"village_rooms \(line 2\): .*expected: a number"):
        load_population(tmp_path / "p.xlsx", hlj)
    book.active.merge_cells("B2:B3")
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(FileError, match="merged cells B2:B3"):
        load_population(tmp_path / "p.xlsx", hlj)
    with pytest.raises(FileError, match="macros"):
        load_population(repacked("xl/vbaProject.bin", lambda _: b""), hlj)
    with pytest.raises(FileError, match="entities"):
        load_population(repacked(SHEET, lambda sheet: b"<!DOCTYPE x>" + sheet), hlj)


# A population reads numbers and dates as offices write them, from CSV and from cells, and refuses what is not certain.
def test_lenient_populations(tmp_path: Path, hlj: Standard) -> None:
    head = ["id", "online_retail_10k_yuan", "shared_area_share", "opened", "honest_operation", "village_rooms"]
    lines = [["a", "1,000", "12%", "2024年6月1日", "是", "５"], ["b", "1000万", "12", "45444", "否", "2.5"]]
    book = Workbook()
    book.active.append(head)
    for line in lines:
        book.active.append(line)
    book.active["C2"], book.active["C2"].number_format = 0.12, "0%"
    book.save(tmp_path / "p.xlsx")
    with (tmp_path / "p.csv").open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([head, *lines])
    for name in ("p.xlsx", "p.csv"):
        found = load_population(tmp_path / name, hlj).frame
        assert found["online_retail_10k_yuan"].tolist() == [1000, 1000]
        assert found["shared_area_share"].tolist() == [12, 12]
        assert found["opened"].tolist() == ["2024-06-01", "2024-06-01"]
        assert found["honest_operation"].tolist() == [1, 0]
        assert found["village_rooms"].tolist() == [5, 2.5]
    (tmp_path / "p.csv").write_text('id,online_retail_10k_yuan,opened\na,"1,00",3/4/24\nb,5,2024-06-01\n', "utf-8")
    with pytest.raises(InvalidFile) as caught:
        load_population(tmp_path / "p.csv", hlj)
    assert [(p.where, p.line, p.found.en) for p in caught.value.problems] == [
        ("online_retail_10k_yuan", 2, "'1,00'"), ("opened", 2, "'3/4/24'")
    ]  # fmt: skip


# An id that Excel turned into a number or a date is refused; whole numbers are ids.
def test_ids_that_excel_changed(tmp_path: Path, hlj: Standard) -> None:
    book = Workbook()
    for line in (["id", "village_rooms"], [5.1, 1], [6, 2]):
        book.active.append(line)
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(InvalidFile, match=r"id \(line 2\): 5.1; expected: text"):
        load_population(tmp_path / "p.xlsx", hlj)
    sheet = load_workbook(tmp_path / "p.xlsx")
    sheet.active["A2"] = 5
    sheet.save(tmp_path / "p.xlsx")
    assert load_population(tmp_path / "p.xlsx", hlj).ids.tolist() == ["5", "6"]


# However many cells are merged, no more problems are told than anybody reads; of very many, that they are.
def test_very_many_merged_cells(repacked: Callable[..., Path], faults: Callable[..., Any]) -> None:
    merged = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (row, row) for row in range(100, 4000))
    path = repacked(SHEET, lambda sheet: sheet.replace(b"</worksheet>", merged + b"</worksheet>"))
    assert len(faults(path)) == MOST
    path = repacked(SHEET, lambda sheet: sheet.replace(b"</worksheet>", merged * 2 + b"</worksheet>"))
    assert [found for _, found, _ in faults(path)] == ["more than 2000000 cells, merged cells and other pieces"]


# A sheet with far more rows than a table that people fill in is refused, and read no further.
def test_very_many_filled_rows(repacked: Callable[..., Path], faults: Callable[..., Any]) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row) for row in range(200, 12_000))
    path = repacked(SHEET, lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"))
    (problem,) = faults(path)
    assert problem[:2] == ("自评", "more than 10000 rows with content")
