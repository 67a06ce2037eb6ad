"""Reports as workbooks: the tables, whose numbers are numbers; the record travels in a sheet that nobody sees."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsstd.errors import Problems
from lsstd.files.opening import opened
from lsstd.files.reading import read_bytes
from lsstd.files.writing import MARK
from lsstd.office.documents import clean
from lsstd.office.package import steady
from lsstd.office.pages import LONGEST, length_of, lines_of, put
from lsstd.pages.blocks import Figure, Heading, Pairs, Paragraph, Section, Table, Tiles
from lsstd.reports.adapted import has_table, in_order
from lsstd.reports.numbers import number_of, printed
from lsstd.reports.printed import Printed
from lsstd.words import Lang, Text

RECORD = "lsstd-record"
"""The hidden sheet that holds the record, a piece in each cell of its first column."""

_PIECE = 16_000  # characters; a cell holds twice as many, of which some take two
_LARGEST = 64 * 2**20
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MISREAD = re.compile(r"[=+@-]|[0-9]")  # what Excel would compute, or take for a number or a day, once it is edited
_WIDEST, _NARROWEST, _WHOLE = 68, 8, 110


def workbook_of(sections: Sequence[Section], title: str, lang: Lang, record: str) -> bytes:
    """Return a report as a workbook (.xlsx): what has no table on the first sheet, then a sheet for each section.

    Parameters
    ----------
    sections : sequence of Section
    title : str
        For the workbook's properties.
    lang : {"zh", "en"}
    record : str
        What the numbers are computed from, as JSON.

    Raises
    ------
    InvalidFile
        Texts that are too long for a cell, all at once.
    """
    from openpyxl import Workbook

    book: Any = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator, book.properties.title = MARK, clean(title)[:255]
    book.properties.language = "zh-CN" if lang == "zh" else "en"
    problems = Problems()
    shown = sorted(sections, key=has_table)
    first = [section for section in shown if not has_table(section)]
    if first or not shown:
        _Pen(book.create_sheet(Text("概要", "Summary").to(lang)), problems).write(first)
    for section in shown[len(first) :]:
        name = _NOT_IN_NAMES.sub(" ", section.title)[:31].strip("' ") or RECORD[:5]
        _Pen(book.create_sheet(name), problems).write([section])
    problems.raise_if_any(Text("写不进 Excel", "Excel cannot hold it"))
    _carry(book, record)
    out = io.BytesIO()
    book.save(out)
    return steady(out.getvalue())


def _carry(book: Any, record: str) -> None:
    """Put the record into a sheet that only a program can make visible."""
    if record:
        sheet = book.create_sheet(RECORD)
        sheet.sheet_state = "veryHidden"
        for row, start in enumerate(range(0, len(record), _PIECE), 1):
            put(sheet.cell(row, 1), record[start : start + _PIECE])


class _Pen:
    """Writes sections to one sheet, one below the other."""

    def __init__(self, sheet: Any, problems: Problems) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

        self.sheet, self.problems = sheet, problems
        self.row, self.heads = 1, list[int]()
        line = Side(style="thin", color="BFBFBF")
        self.border = Border(line, line, line, line)
        self.wrapped = Alignment(wrap_text=True, vertical="top")
        self.left = Alignment(wrap_text=True, vertical="top", horizontal="left", indent=1)
        self.right = Alignment(vertical="top", horizontal="right", indent=1)
        self.fill = PatternFill("solid", fgColor="D9E2F3")
        looks = {"title": (16, True, ""), "section": (13, True, "005A92"), "kind": (11, True, "005A92")}
        looks |= {"bold": (11, True, ""), "figure": (12, True, ""), "soft": (11, False, "595959"), "": (11, False, "")}
        self.fonts = {
            name: Font(name="Calibri", size=size, bold=bold, color=colour or "1B1B1B")
            for name, (size, bold, colour) in looks.items()
        }
        self.widths: list[int] = [_NARROWEST]

    def write(self, sections: Sequence[Section]) -> None:
        """Write the sections, then set up the sheet."""
        blocks = [block for section in sections for block in section.blocks]
        for block in blocks:
            if isinstance(block, Table):
                self._widen((block.heads, *block.rows))
            elif isinstance(block, Pairs | Tiles):
                self._widen(block.rows)
        if not any(isinstance(block, Table) for block in blocks):
            self.widths = [24, _WHOLE - 24]
        for section in sections:
            self._section(section)
        self._set_up()

    def _widen(self, rows: Sequence[Sequence[str]]) -> None:
        """Make the columns wide enough for these rows."""
        for place in range(len(rows[0]) if rows else 0):
            lines = (line for row in rows for line in row[place].split("\n"))
            signs = max(sum(2 if sign > "\u2e80" else 1 for sign in line) for line in lines)
            width = min(_WIDEST, max(_NARROWEST, round(signs / 0.85) + 3))
            self.widths[place : place + 1] = [max(width, *self.widths[place : place + 1], 0)]

    def _section(self, section: Section) -> None:
        above, below = in_order(section)
        for paragraph in above:
            self._paragraph(paragraph.text, "kind")
        self._paragraph(section.title, "title" if section.is_cover else "section")
        for block in below:
            match block:
                case Paragraph():
                    self._paragraph(block.text, {"verdict": "bold", "status": "soft"}.get(block.kind, ""))
                case Heading():
                    self._paragraph(block.text, "bold")
                case Pairs() | Tiles():
                    self._pairs(block.rows, "figure" if isinstance(block, Tiles) else "")
                case Table():
                    self._table(block)
                case Figure():
                    self._picture(block)
        self.row += 1

    def _paragraph(self, text: str, font: str) -> None:
        """Write a text across all columns."""
        cell = self._put(1, text)
        cell.font, cell.alignment = self.fonts[font], self.wrapped
        last = max(2, len(self.widths))
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=last)
        height = {"title": 24, "section": 20}.get(font, 16)
        self.sheet.row_dimensions[self.row].height = min(
            400, height * lines_of(text, max(_NARROWEST, sum(self.widths)))
        )
        self.row += 1

    def _pairs(self, rows: Sequence[tuple[str, str]], font: str) -> None:
        for label, value in rows:
            self._put(1, label).font = self.fonts["soft"]
            cell = self._put(2, value, is_number=bool(font))
            cell.font, cell.alignment = self.fonts[font], self.left
            self.sheet.row_dimensions[self.row].height = 16 * lines_of(value, self.widths[1])
            self.row += 1

    def _table(self, block: Table) -> None:
        """Write a table: a head that stays, a border around each cell, numbers as numbers."""
        if any(block.heads):
            self.heads.append(self.row)
        for row in (block.heads, *block.rows):
            is_head = row is block.heads
            for place, text in enumerate(row):
                is_number = place in block.right and not is_head
                cell = self._put(place + 1, text, is_number)
                cell.border, cell.alignment = self.border, self.right if place in block.right else self.left
                if is_head:
                    cell.font, cell.fill = self.fonts["bold"], self.fill
            lines = max(lines_of(text, self.widths[place]) for place, text in enumerate(row))
            self.sheet.row_dimensions[self.row].height = min(15 * lines + 2, 400)
            self.row += 1
        self.row += 1

    def _picture(self, block: Figure) -> None:
        """Put a picture below what was written; the rows beneath it stay free."""
        from openpyxl.drawing.image import Image

        picture = Image(io.BytesIO(block.png))
        scale = 96 / 180  # pixels of a sheet, of the picture
        picture.width, picture.height = round(picture.width * scale), round(picture.height * scale)
        self.sheet.add_image(picture, f"A{self.row}")
        self.row += -(-picture.height // 20) + 1

    def _put(self, column: int, text: str, is_number: bool = False) -> Any:
        """Put a text into a cell of this row, as a number where it prints one and stands for one."""
        cell = self.sheet.cell(self.row, column)
        if is_number and (number := number_of(text)):
            cell.value, cell.number_format = number
            return cell
        if (length := length_of(text)) > LONGEST:
            told = Text(f"{length} 个字符", f"{length} characters")
            expected = Text(f"Excel 单元格至多 {LONGEST} 个字符", f"at most {LONGEST}, which a cell of Excel holds")
            self.problems.add(f"{self.sheet.title} {cell.coordinate}", told, expected)
            return cell
        put(cell, text)
        if _MISREAD.match(text):
            cell.number_format = "@"
        return cell

    def _set_up(self) -> None:
        """Set widths, the head that stays, and how the sheet prints: A4 across, as wide as the page."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.properties import PageSetupProperties

        sheet = self.sheet
        for place, width in enumerate(self.widths, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        if len(self.heads) == 1:
            sheet.freeze_panes = f"A{self.heads[0] + 1}"
            sheet.print_title_rows = f"{self.heads[0]}:{self.heads[0]}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.sheet_view.showGridLines = False
        sheet.oddFooter.center.text = "&A  &P / &N"


def printed_xlsx(path: Path) -> Printed:
    """Return what stands in a report as workbook: its cells in order as they are shown, its record.

    Raises
    ------
    FileError
        It cannot be read, or is no workbook.
    """
    lines: list[str] = []
    pieces: list[str] = []
    with opened(read_bytes(path), path, _LARGEST) as book:
        for name, rows in book.cells():
            told = [printed(*cell) for row in rows for cell in row]
            (pieces if name == RECORD else lines).extend(told)
    return Printed("xlsx", (("", tuple(lines)),), "".join(pieces) or None)
