"""Typed sheets: columns with heads and kinds, written for Excel and WPS, read back with each mistake at its cell."""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from lsstd.errors import Problems
from lsstd.files.writing import MARK as WRITTEN
from lsstd.office import opening
from lsstd.office.cells import Unclear, Value, day, number, seen, words
from lsstd.office.opening import Grid
from lsstd.text import Lang, Text

if TYPE_CHECKING:
    from openpyxl import Workbook

LONGEST = 32767
"""So many characters (in UTF-16) a cell of Excel's can hold."""

_HEAD_WITHIN = 20  # rows
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LISTS = "lsstd"  # the hidden sheet that holds the drop-downs' words


@dataclass(frozen=True)
class Column:
    """A column: its head, what it holds, and whether people fill it in.

    Parameters
    ----------
    key : str
        How rows name it.
    head : Text
        Either language is understood on reading.
    kind : {"text", "number", "date", "any"}
        What a cell is read as; ``any`` is left to the caller. Cells for text and dates are formatted as text, so
        that Excel leaves 5.10 and 2024-06 alone.
    width : int
        In characters.
    is_input : bool
        Whether people fill it in; all other cells are locked.
    is_needed : bool
        Whether a sheet without it is another sheet.
    choices : sequence of str
        The words of a drop-down; what else is typed is judged on reading.
    is_hidden : bool
        Whether it is there for lsstd alone.
    """

    key: str
    head: Text
    kind: Literal["text", "number", "date", "any"] = "text"
    width: int = 12
    is_input: bool = False
    is_needed: bool = False
    choices: tuple[str, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True)
class Formula:
    """A cell that Excel computes, and that reading ignores."""

    text: str


@dataclass(frozen=True)
class Chosen:
    """A cell with a drop-down of its own."""

    value: Value
    choices: tuple[str, ...]


Content: TypeAlias = Formula | Chosen | Value


@dataclass(frozen=True)
class Sheet:
    """What a sheet is: its name and its columns."""

    name: Text
    columns: tuple[Column, ...]

    @property
    def needed(self) -> list[Column]:
        """The columns by which the sheet is known."""
        return [column for column in self.columns if column.is_needed]


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


@dataclass
class Line:
    """A row as read: the values of its cells by their columns' keys, and where each stands."""

    sheet: str
    row: int
    letters: Mapping[str, str]
    cells: dict[str, Any]

    def where(self, key: str) -> str:
        """Return the place of a cell: ``自评 F12``."""
        return f"{self.sheet} {self.letters.get(key, 'A')}{self.row}"


# Writing


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


def _write_lists(book: Workbook, lists: Mapping[tuple[str, ...], str]) -> None:
    """Write the words of the drop-downs to a hidden sheet, a column each."""
    if lists:
        sheet = book.create_sheet(_LISTS)
        sheet.sheet_state = "hidden"
        for column, choices in enumerate(lists, 1):
            for row, choice in enumerate(choices, 1):
                _put(sheet.cell(row, column), choice)


def _put(cell: Any, value: Value) -> None:
    """Put a value into a cell: text as text, whatever it starts with, its control characters as OOXML writes them."""
    if isinstance(value, str):
        cell.value = _NOT_IN_XML.sub(lambda sign: f"_x{ord(sign[0]):04X}_", value)
        cell.data_type = "s"
    else:
        cell.value = value


def _length(text: str) -> int:
    """Return how long a text is to Excel, and to what writes it."""
    return len(_NOT_IN_XML.sub("_x0000_", text).encode("utf-16-le", "surrogatepass")) // 2


def _lines(content: Content, width: int) -> int:
    """Return how many lines a cell's text takes: not every program fits the height of rows by itself."""
    text = content if isinstance(content, str) else ""
    wide = (sum(2 if unicodedata.east_asian_width(sign) in "WFA" else 1 for sign in line) for line in text.split("\n"))
    return sum(max(1, math.ceil(signs / max(width - 1, 1))) for signs in wide)


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
            _put(self.sheet.cell(place, 1), line)
            self.sheet.cell(place, 1).font = Font(bold=True, size=14) if place == 1 else Font(color="595959")
        first = first_row(page)
        for place, column in enumerate(columns, 1):
            if page.sums:
                self._cell(first - 2, place, column, page.sums.get(column.key), is_input=False).font = self.bold
            head = self.sheet.cell(first - 1, place)
            _put(head, column.head.to(self.lang))
            head.font, head.fill, head.border, head.alignment = self.bold, self.dark, self.border, self.centred
        blank: Mapping[str, Content] = {}
        for row, cells in enumerate([*page.rows, *[blank] * page.spare], first):
            for place, column in enumerate(columns, 1):
                self._cell(row, place, column, cells.get(column.key), column.is_input, cells.get("id", cells.get("of")))
            lines = max(_lines(cells.get(column.key), column.width) for column in columns if not column.is_hidden)
            self.sheet.row_dimensions[row].height = min(15 * lines + 1, 400)
        heads = max(_lines(column.head.to(self.lang), column.width) for column in columns)
        self.sheet.row_dimensions[first - 1].height = 15 * heads + 3
        self._drop_down()
        self._set_up(first)

    def _cell(
        self, row: int, place: int, column: Column, content: Content, is_input: bool, name: Content = None
    ) -> Any:
        cell = self.sheet.cell(row, place)
        choices = column.choices
        if isinstance(content, Chosen):
            choices, content = content.choices, content.value
        if isinstance(content, Formula):
            cell.value, cell.number_format = content.text, "0.00"
        else:
            if isinstance(content, str) and (length := _length(content)) > LONGEST:
                told = Text(f"{length} 个字符", f"{length} characters")
                expected = Text(f"Excel 单元格至多 {LONGEST} 个字符", f"at most {LONGEST}, which a cell of Excel holds")
                place_of = f"{self.sheet.title} {cell.coordinate}"
                self.problems.add(f"{place_of}（{name}）" if name else place_of, told, expected)
                return cell
            _put(cell, content)
        cell.border, cell.alignment = self.border, self.wrapped
        if column.kind in ("text", "date"):
            cell.number_format = "@"
        if is_input:
            cell.protection, cell.fill = self.free, self.light
            if choices:
                self.dropdowns.setdefault(choices, []).append(cell.coordinate)
        return cell

    def _drop_down(self) -> None:
        """Give each cell its drop-down; what is typed is judged on import, where it can be told what is wrong."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.cell_range import MultiCellRange
        from openpyxl.worksheet.datavalidation import DataValidation

        for choices, places in self.dropdowns.items():
            column = get_column_letter(len(self.lists) + 1)
            source = self.lists.setdefault(choices, f"'{_LISTS}'!${column}$1:${column}${len(choices)}")
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


# Reading


def find(grids: Iterable[Grid], sheet: Sheet) -> list[tuple[Grid, int, dict[str, int]]]:
    """Return each grid that is such a sheet, whatever it is called: the row of its heads, the place of each column."""
    matched = []
    for grid in grids:
        for row, cells in grid.rows[:_HEAD_WITHIN]:
            places = _places(cells, sheet)
            if all(column.key in places for column in sheet.needed):
                matched.append((grid, row, places))
                break
    return matched


def _places(cells: Sequence[Value], sheet: Sheet) -> dict[str, int]:
    """Return the place of each column whose head stands in a row, the first of several."""
    heads = {"".join(head.split()): c.key for c in sheet.columns for head in (c.head.zh, c.head.en)}
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        key = heads.get("".join(cell.split())) if isinstance(cell, str) else None
        if key:
            places.setdefault(key, place)
    return places


def read_sheet(grid: Grid, heads: int, places: Mapping[str, int], sheet: Sheet, problems: Problems) -> Iterator[Line]:
    """Yield each row below the heads that holds anything in a known column; note what is wrong by its cell."""
    from openpyxl.utils import get_column_letter

    letters = {key: get_column_letter(place + 1) for key, place in places.items()}
    for ref in grid.merged:
        if int(re.sub(r"\D", "", ref.partition(":")[2])) > heads:
            problems.add(
                f"{grid.name} {ref}", Text("合并的单元格", "merged cells"), Text("取消合并", "cells by themselves")
            )
    for row, cells in grid.rows:
        if row <= heads:
            continue
        raw = {key: cells[place] if place < len(cells) else None for key, place in places.items()}
        line = Line(grid.name, row, letters, raw)
        if any(value is not None for value in raw.values()):
            for column in sheet.columns:
                line.cells[column.key] = take(line, column, problems)
            yield line


def take(line: Line, column: Column, problems: Problems) -> Any:
    """Return what a cell means as its column reads it; note what is wrong."""
    value = line.cells.get(column.key)
    if column.kind == "any":
        return value
    try:
        return number(value) if column.kind == "number" else day(value) if column.kind == "date" else words(value)
    except Unclear as error:
        problems.add(line.where(column.key), seen(value), error.expected)
        return None
