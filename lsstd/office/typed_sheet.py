"""Excel sheets: a pen for any of them, and typed ones, declared once by columns: written, found, read and checked.

Text stays text, rows are as tall as their lines, pages print. Whatever is wrong with a sheet is reported by its cell,
all at once.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, NamedTuple, TypeAlias

from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from lsstd.errors import Problems
from lsstd.exact import Exact
from lsstd.files.cells import Value, as_number, as_words, day, number, seen, squeezed, words
from lsstd.files.opening import MOST_ROWS, Book, Grid
from lsstd.files.writing import MARK, steady
from lsstd.numerals import Unclear
from lsstd.words import Lang, Marked, Text, join, msg, nearest, same

LONGEST = 32767
"""Characters (in UTF-16) that a cell of Excel can hold."""

NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_LINE = Side(style="thin", color="BFBFBF")
BORDER = Border(_LINE, _LINE, _LINE, _LINE)
WRAPPED = Alignment(wrap_text=True, vertical="top")
CENTRED = Alignment(wrap_text=True, vertical="center", horizontal="center")
BOLD = Font(bold=True)
HEAD_FILL = PatternFill("solid", fgColor="D9E2F3")
LISTS = "lsstd"  # the hidden sheet that holds the drop-downs' words
ONCE = msg("one row each")
_HEAD_WITHIN = 20  # rows
_MISSING_NAMED = 8
_INPUT_FILL = PatternFill("solid", fgColor="FFF9E5")


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


@dataclass(frozen=True)
class Column:
    """A column of a typed sheet."""

    key: str  # how rows name it; "id" is the column by which `with_ids` knows a row
    head: Text  # either language is understood on reading
    kind: Literal["text", "number", "date", "any"] = "text"
    """What a cell is read as; ``any`` is left to the caller. Cells for text and dates are formatted as text, so that
    Excel leaves 5.10 and 2024-06 alone."""
    width: int = 12  # in characters
    is_input: bool = False  # people fill it in; all other cells are locked
    is_needed: bool = False  # a sheet without it is another sheet
    choices: tuple[Text, ...] = ()  # of a drop-down; what else is typed is judged on reading
    is_hidden: bool = False
    also: tuple[Text, ...] = ()  # other heads by which it is known

    def read(self, value: Value) -> Any:
        """Return what a cell means; raise `Unclear` where that is not certain."""
        return {"any": lambda cell: cell, "number": number, "date": day, "text": words}[self.kind](value)


@dataclass(frozen=True)
class Sheet:
    """What a sheet is: its name and its columns."""

    name: Text
    columns: tuple[Column, ...]

    @classmethod
    def of(cls, name: Text, *columns: Column) -> Sheet:
        """Return a sheet by its name."""
        return cls(name, columns)

    def without(self, keys: Container[str]) -> Sheet:
        """Return the sheet without some columns."""
        return Sheet(self.name, tuple(column for column in self.columns if column.key not in keys))

    @property
    def needed(self) -> list[Column]:
        """The columns by which the sheet is known."""
        return [column for column in self.columns if column.is_needed]

    def letter(self, key: str) -> str:
        """Return the letter of a column."""
        return get_column_letter([column.key for column in self.columns].index(key) + 1)


class Formula(str):
    """A cell that Excel computes, and that reading ignores."""


@dataclass(frozen=True)
class Entry:
    """A cell with a drop-down of its own, or that is formatted as text while others of its column are not."""

    value: Exact | Text | Value
    choices: tuple[Text, ...] = ()
    is_text: bool = False


Content: TypeAlias = Formula | Entry | Exact | Text | Value
Row: TypeAlias = Mapping[str, Content]
"""The cells of a row by their columns' keys: a number, a text that stays as it is, or one in either language."""


@dataclass(frozen=True)
class Page:
    """A sheet to be written, with its rows."""

    sheet: Sheet
    rows: Sequence[Row]
    top: Sequence[str] = ()  # lines above the table, the first as its title
    sums: Row = field(default_factory=dict)  # cells of a row between those and the heads
    spare: int = 0  # empty rows for people to fill in; a sheet with them is not protected

    @property
    def first_row(self) -> int:
        """The number of the first row below the heads."""
        return len(self.top) + bool(self.sums) + 2


def book_of(pages: Iterable[Page], lang: Lang, day: str) -> bytes:
    """Return a workbook; the same pages always give the same cells.

    Its properties name its date, which may be empty.

    Raises `InvalidFile`: texts that are too long for a cell, all at once.
    """
    book: Any = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = MARK
    lists: dict[tuple[str, ...], str] = {}
    problems = Problems()
    for page in pages:
        _SheetPen(book.create_sheet(page.sheet.name.to(lang)[:31]), problems).write(page, lang, lists)
    problems.raise_if_any(msg("Excel cannot hold it"))
    if lists:
        sheet = book.create_sheet(LISTS)
        sheet.sheet_state = "hidden"
        for column, choices in enumerate(lists, 1):
            for row, choice in enumerate(choices, 1):
                put(sheet.cell(row, column), choice)
    out = io.BytesIO()
    book.save(out)
    return steady(out.getvalue(), day)


class _SheetPen(Pen):
    def write(self, page: Page, lang: Lang, lists: dict[tuple[str, ...], str]) -> None:
        """Write the lines above, the sums, the heads, the rows, and set up the page."""
        self.dropdowns: dict[tuple[str, ...], list[str]] = {}
        self.page, self.lang = page, lang
        sheet, columns, first = self.sheet, page.sheet.columns, page.first_row
        seen = [place for place, column in enumerate(columns, 1) if not column.is_hidden]
        width = sum(columns[place - 1].width for place in seen)
        for place, line in enumerate(page.top, 1):
            put(sheet.cell(place, 1), line)
            sheet.cell(place, 1).font = Font(bold=True, size=14) if place == 1 else Font(color="595959")
            if place > 1:  # a line that is wider than the table would make all of it print smaller
                sheet.cell(place, 1).alignment = WRAPPED
                sheet.merge_cells(start_row=place, start_column=1, end_row=place, end_column=seen[-1])
                sheet.row_dimensions[place].height = 15 * lines_of(line, width)
        if page.sums:
            self._height(first - 2, page.sums, 18)  # in bold
        for place, column in enumerate(columns, 1):
            if page.sums:
                self._cell(first - 2, place, column, page.sums.get(column.key), is_input=False).font = BOLD
            head = sheet.cell(first - 1, place)
            put(head, column.head.to(lang))
            head.font, head.fill, head.border, head.alignment = BOLD, HEAD_FILL, BORDER, CENTRED
        for row, cells in enumerate([*page.rows, *[{}] * page.spare], first):
            for place, column in enumerate(columns, 1):
                self._cell(row, place, column, cells.get(column.key), column.is_input, cells.get("id", cells.get("of")))
            self._height(row, cells, 15, 1)
        self._height(first - 1, {column.key: column.head for column in columns}, 15, 3)
        for choices, places in self.dropdowns.items():  # what is typed is judged on import, where a message can say why
            letter = get_column_letter(len(lists) + 1)
            source = lists.setdefault(choices, f"'{LISTS}'!${letter}$1:${letter}${len(choices)}")
            rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
            rule.sqref = MultiCellRange(" ".join(places))
            sheet.add_data_validation(rule)
        self.set_up([column.width for column in columns], first - 1)
        for column in columns:
            sheet.column_dimensions[page.sheet.letter(column.key)].hidden = column.is_hidden
        if any(column.is_input for column in columns) and not page.spare:
            sheet.protection.sheet = True  # without a password
            sheet.protection.formatColumns = sheet.protection.formatRows = False  # these stay allowed

    def _height(self, row: int, cells: Row, line: int, more: int = 0) -> None:
        columns = [column for column in self.page.sheet.columns if not column.is_hidden]
        # what a formula shows is a number, however long it is itself
        shown = [(cell, c.width) for c in columns if not isinstance(cell := cells.get(c.key), Formula)]
        lines = max(lines_of(cell.to(self.lang) if isinstance(cell, Text) else cell, width) for cell, width in shown)
        self.sheet.row_dimensions[row].height = min(line * lines + more, 400)

    def _cell(
        self, row: int, place: int, column: Column, content: Content, is_input: bool, name: Content = None
    ) -> Any:
        entry = content if isinstance(content, Entry | Formula) else Entry(content, column.choices)
        cell = self.sheet.cell(row, place)
        cell.border, cell.alignment = BORDER, WRAPPED
        if isinstance(entry, Formula):
            cell.value, cell.number_format = str(entry), "0.00"
            return cell
        value, is_text = entry.value, column.kind in ("text", "date") or entry.is_text
        if isinstance(value, Text):
            value = value.to(self.lang)
        elif isinstance(value, int | Fraction) and not isinstance(value, bool):
            value = as_number(value)
        self.put(row, place, as_words(value) if is_text and is_input and isinstance(value, str) else value, name)
        if is_text:
            cell.number_format = "@"
        if is_input:
            cell.protection, cell.fill = Protection(locked=False), _INPUT_FILL
            if entry.choices:
                choices = tuple(choice.to(self.lang) for choice in entry.choices)
                self.dropdowns.setdefault(choices, []).append(cell.coordinate)
        return cell


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


class FoundSheet(NamedTuple):
    """Where a table starts in a sheet: its row of heads, the place of each column, the required ones missing."""

    grid: Grid
    heads: int
    places: Mapping[str, int]
    lacking: Sequence[Column]


def find_heads(grid: Grid, sheet: Sheet) -> FoundSheet:
    """Return the row of a grid that best matches the heads of a sheet."""
    heads = ((text, column.key) for column in sheet.columns for text in (column.head, *column.also))
    keys = {squeezed(head): key for text, key in heads for head in (text.zh, text.en)}
    best = FoundSheet(grid, 1, {}, sheet.needed)
    for row, cells in grid.rows[:_HEAD_WITHIN]:
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            if isinstance(cell, str) and (key := keys.get(squeezed(cell))):
                places.setdefault(key, place)
        lacking = [column for column in sheet.needed if column.key not in places]
        if (-len(lacking), len(places)) > (-len(best.lacking), len(best.places)):
            best = FoundSheet(grid, row, places, lacking)
    return best


def find_sheet(book: Book, sheet: Sheet, problems: Problems) -> FoundSheet | None:
    """Return where a sheet is in a book, by its heads, else (if some are missing) by its name; note a second one."""
    found = [find_heads(grid, sheet) for grid in book.grids]
    whole = [each for each in found if not each.lacking]
    if len(whole) > 1:
        names = join(same(each.grid.name) for each in whole)
        problems.add(names.zh, msg("the same sheet twice"), msg("only one sheet “{sheet}”", sheet=sheet.name))
    named = (each for each in found if each.grid.name in (sheet.name.zh, sheet.name.en))
    return whole[0] if whole else next(named, None)


def read_sheet(found: FoundSheet, sheet: Sheet, problems: Problems, notes: list[Text]) -> list[Line] | None:
    """Return each row below the heads with anything in a known column; None for a sheet that is too long.

    Mistakes are noted by cell, as are the columns that were not read.
    """
    grid, heads, places, _ = found
    letters = {key: get_column_letter(place + 1) for key, place in places.items()}
    below = [cells for row, cells in grid.rows if row > heads]
    filled = {place for cells in below for place, cell in enumerate(cells) if cell is not None} - {*places.values()}
    headed = dict(enumerate(dict(grid.rows)[heads]))
    if left := [same(headed.get(place) or get_column_letter(place + 1)) for place in sorted(filled)]:
        notes.append(msg("columns of “{sheet}” not read: {columns}", sheet=grid.name, columns=join(left)))
    if grid.is_cut:
        expected = msg("delete what is below the table and save it again")
        problems.add(grid.name, msg("more than {most_rows} rows with content", most_rows=MOST_ROWS), expected)
        return None
    for ref in grid.merged:
        if int(re.sub(r"\D", "", ref.partition(":")[2])) > heads and not problems.is_long:
            problems.add(f"{grid.name} {ref}", msg("merged cells"), msg("unmerged cells"))
    lines: list[Line] = []
    for row, cells in grid.rows:
        if problems.is_long:
            break
        raw = {key: cells[place] if place < len(cells) else None for key, place in places.items()}
        if row <= heads or all(value is None for value in raw.values()):
            continue
        line = Line(grid.name, row, letters, raw)
        lines.append(line)
        for column in sheet.columns:
            value = raw.get(column.key)
            try:
                line.cells[column.key] = column.read(value)
            except Unclear as error:
                problems.add(line.where(column.key), seen(value), error.expected)
                line.cells[column.key] = None
    return lines


def nearest_cell(place: str, cells: Mapping[str, str], otherwise: str) -> str:
    """Return the cell from which a value came (``costs.owner``), or that of the nearest thing around it."""
    while place and place not in cells:
        place = place.rpartition(".")[0]
    return cells.get(place, otherwise)


def with_ids(
    lines: Iterable[Line], sheet: Sheet, names: Mapping[str, Text], problems: Problems, notes: list[Text]
) -> Iterator[tuple[str, Line]]:
    """Yield each row with its id; the sheet was written with every one of `names`, so none may be lost silently.

    Only a row with something in one of the columns that people fill in needs an id. Rows without an id and missing
    rows are reported at the end, all at once; lines that were skipped are noted.
    """
    filled = [column.key for column in sheet.columns if column.is_input]
    read, unknown, title = set[str](), 0, sheet.name.zh
    nameless, skipped = list[Line](), list[Line]()
    for line in lines:
        key, title = line.cells.get("id"), line.sheet
        if key is None:
            is_answered = any(line.cells.get(name) is not None for name in filled)
            (nameless if is_answered else skipped).append(line)
        elif key not in names:
            unknown += 1
            problems.add(line.where("id"), seen(key), nearest(key, names))
        elif key in read:
            problems.add(line.where("id"), msg("{key} again", key=key), ONCE)
        else:
            read.add(key)
            yield key, line
    if problems.is_long:
        return  # reading ended early
    if nameless:
        place, found, count = nameless[0].where("id"), msg("no id"), len(nameless)
        if count > 1:
            place += f":{nameless[-1].where('id').rpartition(' ')[2]}"
            found = msg("{count} rows without an id", count=count)
        problems.add(place, found, msg("the original id"))
    missing = [name for key, name in names.items() if key not in read]
    reported = len(nameless) + unknown
    if len(missing) > (reported + len(skipped) if reported else 0):  # rows without their ids are reported
        listed = [*missing[:_MISSING_NAMED], *([same("…")] if len(missing) > _MISSING_NAMED else [])]
        found = msg("missing rows ({count}): {names}", count=len(missing), names=join(listed))
        problems.add(title, found, msg("every row as written (leave it blank rather than delete it)"))
    if skipped:
        told = msg(
            "rows of “{sheet}” with neither id nor answer, not read: {count}, from row {row}",
            sheet=title,
            count=len(skipped),
            row=skipped[0].row,
        )
        notes.append(told)
