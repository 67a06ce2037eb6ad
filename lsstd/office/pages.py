"""Writing typed sheets for Excel and WPS: heads, drop-downs, locked cells, and how they print; text stays text."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lsstd.errors import Problems
from lsstd.files import opening
from lsstd.files.cells import Value
from lsstd.files.writing import MARK as WRITTEN
from lsstd.office.sheets import Column, Sheet
from lsstd.words import Lang, Text

LONGEST = 32767
"""So many characters (in UTF-16) a cell of Excel's can hold."""

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
LISTS = "lsstd"  # the hidden sheet that holds the drop-downs' words


@dataclass(frozen=True)
class Formula:
    """A cell that Excel computes, and that reading ignores."""

    text: str


@dataclass(frozen=True)
class Entry:
    """A cell with a drop-down of its own, or that is formatted as text while others of its column are not."""

    value: Value
    choices: tuple[str, ...] = ()
    is_text: bool = False


Content: TypeAlias = Formula | Entry | Value


@dataclass(frozen=True)
class Page:
    """A sheet as it is to be written.

    Parameters
    ----------
    sheet : Sheet
    rows : sequence of mappings from a column's key to its cell
    top : sequence of str
        Lines above the table, the first as its title.
    sums : mapping
        Cells of a row between those and the heads.
    spare : int
        Empty rows for people to fill in; a sheet with them is not protected.
    """

    sheet: Sheet
    rows: Sequence[Mapping[str, Content]]
    top: Sequence[str] = ()
    sums: Mapping[str, Content] = field(default_factory=dict)
    spare: int = 0


def first_row(page: Page) -> int:
    """Return the number of the first row below the heads."""
    return len(page.top) + bool(page.sums) + 2


def letter(sheet: Sheet, key: str) -> str:
    """Return the letter of a column."""
    from openpyxl.utils import get_column_letter

    return get_column_letter([column.key for column in sheet.columns].index(key) + 1)


def book_of(pages: Iterable[Page], lang: Lang, mark: str | None = None) -> bytes:
    """Return a workbook; the same pages always give the same cells.

    Parameters
    ----------
    pages : iterable of Page
    lang : {"zh", "en"}
        The language of heads and sheets' names.
    mark : str, optional
        What the workbook was made for; kept in a custom property.

    Raises
    ------
    InvalidFile
        Texts that are too long for a cell, all at once.
    """
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty

    book: Any = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = WRITTEN
    if mark:
        book.custom_doc_props.append(StringProperty(name=opening.MARK, value=mark))
    lists: dict[tuple[str, ...], str] = {}
    problems = Problems()
    for page in pages:
        _Pen(book.create_sheet(page.sheet.name.to(lang)[:31]), page, lang, lists, problems).write()
    problems.raise_if_any(Text("写不进 Excel", "Excel cannot hold it"))
    _write_lists(book, lists)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _write_lists(book: Any, lists: Mapping[tuple[str, ...], str]) -> None:
    """Write the words of the drop-downs to a hidden sheet, a column each."""
    if lists:
        sheet = book.create_sheet(LISTS)
        sheet.sheet_state = "hidden"
        for column, choices in enumerate(lists, 1):
            for row, choice in enumerate(choices, 1):
                put(sheet.cell(row, column), choice)


def put(cell: Any, value: Value) -> None:
    """Put a value into a cell: text as text, whatever it starts with, its control characters as OOXML writes them."""
    if isinstance(value, str):
        cell.value = NOT_IN_XML.sub(lambda sign: f"_x{ord(sign[0]):04X}_", value)
        cell.data_type = "s"
    else:
        cell.value = value


def length_of(text: str) -> int:
    """Return how long a text is to Excel, and to what writes it."""
    return len(NOT_IN_XML.sub("_x0000_", text).encode("utf-16-le", "surrogatepass")) // 2


def lines_of(content: Content, width: int) -> int:
    """Return how many lines a cell's text takes: not every program fits the height of rows by itself."""
    text = content if isinstance(content, str) else ""
    wide = (sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in line) for line in text.split("\n"))
    return sum(max(1, math.ceil(signs / (0.85 * width))) for signs in wide)


class _Pen:
    """Writes one page to one sheet."""

    def __init__(
        self, sheet: Any, page: Page, lang: Lang, lists: dict[tuple[str, ...], str], problems: Problems
    ) -> None:
        from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

        self.sheet, self.page, self.lang, self.lists, self.problems = sheet, page, lang, lists, problems
        line = Side(style="thin", color="BFBFBF")
        self.border = Border(line, line, line, line)
        self.wrapped = Alignment(wrap_text=True, vertical="top")
        self.centred = Alignment(wrap_text=True, vertical="center", horizontal="center")
        self.bold = Font(bold=True)
        self.dark, self.light = PatternFill("solid", fgColor="D9E2F3"), PatternFill("solid", fgColor="FFF9E5")
        self.free = Protection(locked=False)
        self.dropdowns: dict[tuple[str, ...], list[str]] = {}

    def write(self) -> None:
        """Write the lines above, the sums, the heads, the rows, and set up the page."""
        from openpyxl.styles import Font

        page = self.page
        columns = page.sheet.columns
        for place, line in enumerate(page.top, 1):
            put(self.sheet.cell(place, 1), line)
            self.sheet.cell(place, 1).font = Font(bold=True, size=14) if place == 1 else Font(color="595959")
        first = first_row(page)
        if page.sums:
            lines = max(lines_of(page.sums.get(column.key), column.width) for column in columns)
            self.sheet.row_dimensions[first - 2].height = 18 * lines  # in bold
        for place, column in enumerate(columns, 1):
            if page.sums:
                self._cell(first - 2, place, column, page.sums.get(column.key), is_input=False).font = self.bold
            head = self.sheet.cell(first - 1, place)
            put(head, column.head.to(self.lang))
            head.font, head.fill, head.border, head.alignment = self.bold, self.dark, self.border, self.centred
        blank: Mapping[str, Content] = {}
        for row, cells in enumerate([*page.rows, *[blank] * page.spare], first):
            for place, column in enumerate(columns, 1):
                self._cell(row, place, column, cells.get(column.key), column.is_input, cells.get("id", cells.get("of")))
            lines = max(lines_of(cells.get(column.key), column.width) for column in columns if not column.is_hidden)
            self.sheet.row_dimensions[row].height = min(15 * lines + 1, 400)
        heads = max(lines_of(column.head.to(self.lang), column.width) for column in columns)
        self.sheet.row_dimensions[first - 1].height = 15 * heads + 3
        self._drop_down()
        self._set_up(first)

    def _cell(
        self, row: int, place: int, column: Column, content: Content, is_input: bool, name: Content = None
    ) -> Any:
        cell = self.sheet.cell(row, place)
        entry = content if isinstance(content, Entry | Formula) else Entry(content, column.choices)
        cell.border, cell.alignment = self.border, self.wrapped
        if isinstance(entry, Formula):
            cell.value, cell.number_format = entry.text, "0.00"
            return cell
        self._put_within(cell, entry.value, name)
        if column.kind in ("text", "date") or entry.is_text:
            cell.number_format = "@"
        if is_input:
            cell.protection, cell.fill = self.free, self.light
            if entry.choices:
                self.dropdowns.setdefault(entry.choices, []).append(cell.coordinate)
        return cell

    def _put_within(self, cell: Any, value: Value, name: Content) -> None:
        """Put a value into a cell; note a text that is too long for one, since Excel would cut it."""
        if isinstance(value, str) and (length := length_of(value)) > LONGEST:
            told = Text(f"{length} 个字符", f"{length} characters")
            expected = Text(f"Excel 单元格至多 {LONGEST} 个字符", f"at most {LONGEST}, which a cell of Excel holds")
            place = f"{self.sheet.title} {cell.coordinate}"
            self.problems.add(f"{place}（{name}）" if name else place, told, expected)
        else:
            put(cell, value)

    def _drop_down(self) -> None:
        """Give each cell its drop-down; what is typed is judged on import, where it can be told what is wrong."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.cell_range import MultiCellRange
        from openpyxl.worksheet.datavalidation import DataValidation

        for choices, places in self.dropdowns.items():
            column = get_column_letter(len(self.lists) + 1)
            source = self.lists.setdefault(choices, f"'{LISTS}'!${column}$1:${column}${len(choices)}")
            rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
            rule.sqref = MultiCellRange(" ".join(places))
            self.sheet.add_data_validation(rule)

    def _set_up(self, first: int) -> None:
        """Set widths, fixed heads, protection, and how the sheet prints: A4 across, as wide as the page."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.properties import PageSetupProperties

        sheet = self.sheet
        for place, column in enumerate(self.page.sheet.columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = column.width
            sheet.column_dimensions[get_column_letter(place)].hidden = column.is_hidden
        sheet.freeze_panes = f"A{first}"
        sheet.print_title_rows = f"{first - 1}:{first - 1}"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.oddFooter.center.text = "&A  &P / &N"
        if any(column.is_input for column in self.page.sheet.columns) and not self.page.spare:
            sheet.protection.sheet = True  # without a password
            sheet.protection.formatColumns = sheet.protection.formatRows = False  # these stay allowed
