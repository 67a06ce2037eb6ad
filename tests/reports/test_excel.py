"""A report as a workbook: numbers are numbers, texts texts, and it says what the sections say."""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from texts import texts_of

from lsstd.errors import InvalidFile
from lsstd.files.writing import is_own
from lsstd.pages.blocks import Paragraph, Section, section
from lsstd.reports.excel import RECORD, number_of, workbook_of
from lsstd.reports.verify import extract
from lsstd.words import same

LONG = '{"text": "=1 _x0041_ 冰城\\n' + " <&> \U00020bb7" * 10_000 + '"}'


# Every example in both languages: what the workbook shows is what its sections say, and the record comes back whole.
def test_a_workbook_says_what_its_sections_say(report: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(workbook_of(report.sections, report.title, report.lang, LONG))
    found = extract(path)
    assert texts_of(report.sections) <= {" ".join(as_printed(line.text).split()) for line in found.lines}
    assert found.record == LONG
    assert is_own(path)


# The same sections give the same bytes, whenever they are written.
def test_the_same_bytes(studio: Any) -> None:
    made = {workbook_of(studio.sections, studio.title, "en", LONG) for _ in range(2)}
    assert len(made) == 1


# The first sheet tells verdict and figures, each table has a sheet; figures are numbers that print as in the report.
def test_numbers_are_numbers(near_aaa: Any) -> None:
    book = load_workbook(io.BytesIO(workbook_of(near_aaa.sections, near_aaa.title, "zh", "{}")))
    assert book.sheetnames[:3] == ["概要", "申报条件与否决项", "得分"]
    assert [sheet.sheet_state for sheet in book if sheet.title == RECORD] == ["veryHidden"]
    shown = {(sheet.title, cell.value): cell.number_format for sheet in book for row in sheet for cell in row}
    assert shown["概要", 398.92] == "0.00"
    assert shown["待提升项", 3.75].startswith("+0.0")
    assert shown["逐行得分", "10–12.5"] == "@"
    assert book["逐行得分"].freeze_panes == "A3"
    for sheet in (sheet for sheet in book if sheet.sheet_state == "visible"):
        is_read = sheet is book.worksheets[0]  # without a table: it prints on one upright page
        upright = ("portrait", 9, 1) if is_read else ("landscape", 9, 0)
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == upright
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert not any(cell.data_type == "f" for row in sheet for cell in row)


# A text that looks like a formula, a number or XML stays the text that it is.
def test_hostile_texts_stay_texts(hostile: Callable[[], list[Section]], tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(workbook_of(hostile(), "\x07<b>", "en", "{}"))
    texts = {line.text for line in extract(path).lines}
    assert {"=1+1", "@SUM(A1)", "+1", "-1", "0012", "1,2", "a\x07b_x0041_", "𠮷 \u202e", "1e5"} <= texts


# A printed number becomes a number and back to the letter; what would not come back stays text.
@given(st.from_regex(r"[+-]?[0-9]{1,13}(\.[0-9]{0,6})?%?", fullmatch=True) | st.text("0123456789+-,.%– ", max_size=12))
def test_numbers_come_back_to_the_letter(text: str) -> None:
    if found := number_of(text):
        value, form = found
        assert as_printed(f"{value} [{form}]") == text


def as_printed(text: str) -> str:
    """Return what a cell prints, from its value and format as they are read."""
    if not (found := re.fullmatch(r"(\S+) \[(\+?)([#,0]+)(?:\.(0+))?(%?).*\]", text)):
        return text
    value, plus, whole, part, percent = found.groups()
    exact = Decimal(value) * (100 if percent else 1)
    return f"{exact:{'+' if plus else ''}{',' if ',' in whole else ''}.{len(part or '')}f}{percent}"


# A text that no cell of Excel can hold is told before anything is written.
def test_what_excel_cannot_hold_is_told() -> None:
    with pytest.raises(InvalidFile, match="32767"):
        workbook_of([section(same("x"), "en", Paragraph("长" * 40_000))], "x", "en", "{}")
