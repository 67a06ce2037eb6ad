"""Reports as workbooks: the tables, whose numbers are numbers; the record travels in a sheet that nobody sees."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, Font

from lsstd.errors import Problems
from lsstd.files.writing import MARK, steady
from lsstd.office.documents import clean
from lsstd.office.typed_sheet import BORDER, HEAD_FILL, WRAPPED, Pen, lines_of, put
from lsstd.pages.blocks import Block, Contents, Figure, Pairs, Paragraph, Section, Table, Tiles
from lsstd.words import Lang, msg

RECORD = "lsstd-record"
"""The hidden sheet that holds the record, a piece in each cell of its first column."""

_PIECE = 16_000  # characters; a cell holds twice as many, of which some take two
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MISREAD = re.compile(r"[=+@-]|[0-9]")  # what Excel would compute, or take for a number or a day, once it is edited
_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>(?:0|[1-9]\d{0,2})(?:,\d{3})*|[1-9]\d{3,11})(?:\.(?P<part>\d{1,10}))?(?P<percent>%?)",
    re.ASCII,
)
_WIDEST, _NARROWEST, _WHOLE = 68, 8, 110  # of columns and of a sheet without a table, in characters
_LOOKS = {
    "title": (16, True, "1B1B1B"),
    "section": (13, True, "005A92"),
    "kind": (11, True, "005A92"),
    "bold": (11, True, "1B1B1B"),
    "figure": (12, True, "1B1B1B"),
    "soft": (11, False, "595959"),
    "": (11, False, "1B1B1B"),
}
_FONTS = {n: Font(name="Calibri", size=s, bold=b, color=colour) for n, (s, b, colour) in _LOOKS.items()}
_LEFT = Alignment(wrap_text=True, vertical="top", horizontal="left", indent=1)
_RIGHT = Alignment(vertical="top", horizontal="right", indent=1)
_PARAGRAPHS = {"verdict": "bold", "status": "soft", "kind": "kind", "headline": "title", "signature": ""}


def workbook_of(sections: Sequence[Section], title: str, lang: Lang, record: str, day: str = "") -> bytes:
    """Return a report as a workbook (.xlsx): what has no table on the first sheet, then a sheet for each section.

    Raises `InvalidFile`: texts that are too long for a cell, all at once.
    """
    book: Any = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator, book.properties.title = MARK, clean(title)[:255]
    book.properties.language = "zh-CN" if lang == "zh" else "en"
    problems = Problems()
    first = [section for section in sections if not _has_table(section)]
    if first or not sections:
        _Sheet(book.create_sheet(msg("Summary").to(lang)), problems).write(first)
    for section in filter(_has_table, sections):
        name = _NOT_IN_NAMES.sub(" ", section.title)[:31].strip("' ") or RECORD[:5]
        _Sheet(book.create_sheet(name), problems).write([section])
    problems.raise_if_any(msg("Excel cannot hold it"))
    if record:
        sheet = book.create_sheet(RECORD)
        sheet.sheet_state = "veryHidden"  # only a program can make it visible
        for row, start in enumerate(range(0, len(record), _PIECE), 1):
            put(sheet.cell(row, 1), record[start : start + _PIECE])
    out = io.BytesIO()
    book.save(out)
    return steady(out.getvalue(), day)


def _has_table(section: Section) -> bool:
    return any(isinstance(block, Table | Figure) for block in section.blocks)


def number_of(text: str) -> tuple[float, str] | None:
    """Return the number in a text and the format that prints it that way; None if the text is not a number.

    Examples
    --------
    >>> number_of("398.92"), number_of("+5"), number_of("12.5%")
    ((398.92, '0.00'), (5, '+0;-0;+0'), (0.125, '0.0%'))
    >>> number_of("4–8"), number_of("007"), number_of("-0")
    (None, None, None)
    """
    if not (found := _NUMBER.fullmatch(text)):
        return None
    exact = Decimal(text.replace(",", "").rstrip("%")) / (100 if found["percent"] else 1)
    value = int(exact) if exact == int(exact) else float(exact)
    if (not exact and found["sign"]) or Decimal(repr(value)) != exact:  # a double does not hold so many digits
        return None
    decimals = f".{'0' * len(found['part'])}" if found["part"] else ""
    shape = f"{'#,##0' if ',' in found['whole'] else '0'}{decimals}{found['percent']}"
    return value, f"+{shape};-{shape};+{shape}" if found["sign"] == "+" else shape


class _Sheet(Pen):
    """Writes sections to one sheet, one below the other."""

    def __init__(self, sheet: Any, problems: Problems) -> None:
        super().__init__(sheet, problems)
        self.row = 1
        self.heads: list[int] = []
        self.widths: list[int] = []

    def write(self, sections: Sequence[Section]) -> None:
        """Write the sections, then set up the sheet."""
        blocks = [block for section in sections for block in section.blocks]
        tables = [block for block in blocks if isinstance(block, Table)]
        rows = [row for t in tables for place, row in enumerate(t.rows) if place not in t.groups]
        self.widths = _widths([*(table.heads for table in tables), *rows])
        if not tables:
            self.widths = [24, _WHOLE - 24]
        for section in sections:
            head = Paragraph(section.heading, "title" if section.is_cover else "section")
            above = [Paragraph(section.kind, "kind")] if section.kind else []
            for block in (*above, head, *section.blocks):
                self._block(block)
            self.row += 1
        self.set_up(self.widths, self.heads[0] if len(self.heads) == 1 else None)
        if not tables:  # what is read rather than looked up prints on one upright page
            self.sheet.page_setup.orientation, self.sheet.page_setup.fitToHeight = "portrait", 1
        self.sheet.sheet_view.showGridLines = False

    def _block(self, block: Block) -> None:
        match block:
            case Paragraph():
                self._paragraph(block.text, _PARAGRAPHS.get(block.kind, block.kind))
            case Contents():
                self._paragraph(block.title, "bold")
                for heading, _ in block.entries:
                    self._paragraph(heading, "")
            case Pairs() | Tiles():
                for label, value in block.rows:
                    self._put(1, label).font = _FONTS["soft"]
                    cell = self._put(2, value, isinstance(block, Tiles))
                    cell.font, cell.alignment = _FONTS["figure" if isinstance(block, Tiles) else ""], _LEFT
                    self._set_height(16 * lines_of(value, self.widths[1]))
            case Table():
                self._table(block)
            case Figure():
                self._picture(block)

    def _paragraph(self, text: str, look: str) -> None:
        """Write a text across all columns."""
        cell = self._put(1, text)
        cell.font, cell.alignment = _FONTS[look], WRAPPED
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=1, end_column=len(self.widths))
        self._set_height({"title": 24, "section": 20}.get(look, 16) * lines_of(text, sum(self.widths)))

    def _table(self, block: Table) -> None:
        """Write a table: a head that stays, a border around each cell, numbers as numbers."""
        if block.caption:
            self._paragraph(block.caption, "soft")
        self.heads.append(self.row)
        for number, row in enumerate((block.heads, *block.rows), start=-1):
            is_head = number < 0
            if number in block.groups:
                self._paragraph(row[0], "bold")
                continue
            for place, text in enumerate(row):
                cell = self._put(place + 1, text, place in block.right and not is_head)
                cell.border, cell.alignment = BORDER, _RIGHT if place in block.right else _LEFT
                if is_head:
                    cell.font, cell.fill = _FONTS["bold"], HEAD_FILL
            self._set_height(15 * max(lines_of(text, self.widths[place]) for place, text in enumerate(row)) + 2)
        self.row += 1

    def _picture(self, block: Figure) -> None:
        """Put a chart over rows of its height, 640 pixels wide."""
        image: Any = Image(io.BytesIO(block.png))
        image.width, image.height = 640, round(640 * image.height / image.width)
        self.sheet.add_image(image, f"A{self.row}")
        self.row += image.height // 20 + 1  # a row is 20 pixels high
        self._paragraph(block.caption, "soft")

    def _put(self, column: int, text: str, is_number: bool = False) -> Any:
        """Put a text into a cell of this row, as a number where it prints one and stands for one."""
        number = number_of(text) if is_number else None
        cell = self.put(self.row, column, number[0] if number else text)
        cell.number_format = number[1] if number else "@" if _MISREAD.match(text) else "General"
        return cell

    def _set_height(self, points: int) -> None:
        """Set the height of this row, at most the 409 points that Excel knows, and go on to the next."""
        self.sheet.row_dimensions[self.row].height = min(points, 400)
        self.row += 1


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return widths of columns that suit these rows, at least two, since a section may have labels with values."""
    columns: list[int] = [_NARROWEST, _NARROWEST]
    for row in rows:
        columns += [_NARROWEST] * (len(row) - len(columns))
        for place, text in enumerate(row):
            signs = max(sum(2 if sign > "\u2e80" else 1 for sign in line) for line in text.split("\n"))
            columns[place] = max(columns[place], min(_WIDEST, round(signs / 0.85) + 3))
    return columns
