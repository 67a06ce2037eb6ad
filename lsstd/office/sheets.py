"""Typed sheets: columns with heads and kinds, found in a file and read with each mistake at its cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lsstd.errors import Problems
from lsstd.files.cells import Unclear, Value, day, number, seen, words
from lsstd.files.opening import Grid
from lsstd.words import Text

_HEAD_WITHIN = 20  # rows


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
class Sheet:
    """What a sheet is: its name and its columns."""

    name: Text
    columns: tuple[Column, ...]

    @property
    def needed(self) -> list[Column]:
        """The columns by which the sheet is known."""
        return [column for column in self.columns if column.is_needed]


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


def lacking(grid: Grid, sheet: Sheet) -> tuple[int, list[Column]]:
    """Return the row of a grid that is most like a sheet's heads, and which of the needed columns it lacks."""
    rows = [(_places(cells, sheet), row) for row, cells in grid.rows[:_HEAD_WITHIN]] or [({}, 1)]
    places, row = max(rows, key=lambda found: len(found[0]))
    return row, [column for column in sheet.needed if column.key not in places]


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
        if problems.is_long:
            return
        if int(re.sub(r"\D", "", ref.partition(":")[2])) > heads:
            problems.add(
                f"{grid.name} {ref}", Text("合并的单元格", "merged cells"), Text("取消合并", "cells by themselves")
            )
    for row, cells in grid.rows:
        if row <= heads:
            continue
        if problems.is_long:
            return
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
