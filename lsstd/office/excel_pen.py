"""A pen for Excel sheets: text stays text, rows as tall as their lines, pages that print."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from lsstd.errors import Problems
from lsstd.files.cells import Value
from lsstd.words import Marked, msg

LONGEST = 32767
"""Characters (in UTF-16) that a cell of Excel can hold."""

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LINE = Side(style="thin", color="BFBFBF")
BORDER = Border(_LINE, _LINE, _LINE, _LINE)
WRAPPED = Alignment(wrap_text=True, vertical="top")
CENTRED = Alignment(wrap_text=True, vertical="center", horizontal="center")
BOLD = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="D9E2F3")


def put(cell: Any, value: Value) -> None:
    """Put a value into a cell: text as text, whatever it starts with, its control characters as OOXML writes them."""
    if isinstance(value, Marked):
        looks = {"same": InlineFont(), "deleted": InlineFont(strike=True), "inserted": InlineFont(u="single")}
        cell.value = CellRichText(*(TextBlock(looks[kind], _in_xml(text)) for kind, text in value.spans))
    elif isinstance(value, str):
        cell.value = _in_xml(value)
        cell.data_type = "s"
    else:
        cell.value = value


def _in_xml(text: str) -> str:
    return NOT_IN_XML.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)


def lines_of(content: object, width: int) -> int:
    """Return how many lines a cell's text takes: not every program fits the height of rows by itself."""
    text = content if isinstance(content, str) else ""
    wide = (sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in line) for line in text.split("\n"))
    return sum(max(1, math.ceil(signs / (0.85 * width))) for signs in wide)


class Pen:
    """Writes to one sheet; texts that are too long for a cell, which Excel would cut, are noted as problems."""

    def __init__(self, sheet: Any, problems: Problems) -> None:
        self.sheet, self.problems = sheet, problems

    def put(self, row: int, column: int, value: Value, name: object = None) -> Any:
        """Put a value into a cell, which is returned; `name` calls its row by name in a message."""
        cell = self.sheet.cell(row, column)
        written = NOT_IN_XML.sub("_x0000_", value) if isinstance(value, str) else ""
        if (length := len(written.encode("utf-16-le", "surrogatepass")) // 2) > LONGEST:
            expected = msg("at most {longest}, the limit of an Excel cell", longest=LONGEST)
            place = f"{self.sheet.title} {cell.coordinate}{f'（{name}）' if name else ''}"
            self.problems.add(place, msg("{length} characters", length=length), expected)
        else:
            put(cell, value)
        return cell

    def set_up(self, widths: Sequence[int], head: int | None) -> None:
        """Set widths, the row of heads that stays in view, and how the sheet prints: A4 across, as wide as the page."""
        sheet = self.sheet
        for place, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        if head is not None:
            sheet.freeze_panes = f"A{head + 1}"
            sheet.print_title_rows = f"{head}:{head}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.oddFooter.center.text = "&A  &P / &N"
