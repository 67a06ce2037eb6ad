"""Excel workbooks, read as Excel itself reads them: the parts that hold cells, whatever the rest looks like.

Both spellings of Open XML are understood, Transitional and Strict; fills, fonts, properties and drawings, in which
other programs are careless, are not looked at.
"""

from __future__ import annotations

import datetime
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsstd.files.cells import CHINESE, FROM_1900, FROM_1904, Odd, Value, displayed
from lsstd.files.reading import refused
from lsstd.words import msg, same

Cells = tuple[int, tuple[Value, ...]]  # the number of a row, and its cells

MOST_COLUMNS = 2000  # most columns of a table; a population has some hundred
AT_MOST_COLUMNS = msg("at most {most} columns", most=MOST_COLUMNS)
_MOST_READ = 2_000_000  # elements and blank cells; characters and merged ranges are counted with them
_SIGNS, _COST_OF_MERGED = 64, 400
_LAST_ROW, _LAST_COLUMN, _LONGEST_FORMAT = 2**20, 2**14, 255  # as Excel has them
_RANGE = re.compile("([A-Z]{1,3})([0-9]{1,7})(?::([A-Z]{1,3})([0-9]{1,7}))?")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_UNCOMPUTED = Odd(msg("a formula without a computed result"))
_PLACE = re.compile("([A-Z]{1,3})([0-9]*)")
_TRUE = ("1", "true", "on")


@dataclass(frozen=True)
class SheetPart:
    """A sheet of a workbook: its name, whether it is hidden, where it is; once it was read, which cells are merged."""

    name: str
    is_hidden: bool
    path: str
    merged: list[str] = field(default_factory=list)


class Workbook:
    """A workbook whose package was measured; its sheets are read one row after the other."""

    def __init__(self, package: zipfile.ZipFile, path: Path) -> None:
        self._package, self._path = package, path
        self._read = 0
        self._names = {name.replace("\\", "/").lstrip("/").lower(): name for name in package.namelist()}
        related = self._related("")
        book = next((path for kind, path in related.values() if kind == "officeDocument"), "xl/workbook.xml")
        self.sheets: list[SheetPart] = []
        self.epoch = FROM_1900
        parts = self._related(book)
        by_kind, taken = dict(parts.values()), set[str]()
        for element in self._elements(book):
            name = _name(element)
            if name == "sheet":
                key = next((value for name, value in element.items() if name.endswith("}id")), "")
                kind, part = parts[key]
                is_hidden = element.get("state", "visible") != "visible"
                if part in taken:  # else a small file would be read without end
                    raise ValueError(f"{part} twice")
                taken.add(part)
                if kind == "worksheet":
                    self.sheets.append(SheetPart(_unescaped(element.get("name")), is_hidden, part))
            elif name == "workbookPr" and element.get("date1904") in _TRUE:
                self.epoch = FROM_1904
        self._codes, shared = self._formats(by_kind.get("styles")), self._elements(by_kind.get("sharedStrings"))
        self._strings = [_text(element) for element in shared if _name(element) == "si"]

    def rows(self, sheet: SheetPart) -> Iterator[Cells]:
        """Yield the rows that hold anything, each cell as it shows what it holds."""
        for place, row in self.stored(sheet):
            cells = tuple(
                displayed(value, code, self.epoch) if type(value) in (int, float) else value for value, code in row
            )
            if any(value is not None for value in cells):
                yield place, cells

    def stored(self, sheet: SheetPart) -> Iterator[tuple[int, list[tuple[Any, str]]]]:
        """Yield each row's number and its cells as they are stored, each with its format's code.

        Raises `FileError`: more rows, columns, cells or merged cells than a table has.
        """
        place, column, cells = 0, 0, list[tuple[Any, str]]()
        for element in self._elements(sheet.path):
            name = _name(element)
            if name == "c":
                at = _PLACE.match(element.get("r", ""))
                column = _column(at[1]) if at else column + 1
                if (stored := self._stored(element))[0] is not None:
                    if column > MOST_COLUMNS:
                        found = msg("a cell in column {number}", number=column)
                        raise refused(self._path, found, AT_MOST_COLUMNS)
                    self._count(len(str(stored[0])) // _SIGNS)
                    cells += [(None, "General")] * (column - 1 - len(cells))
                    cells[column - 1 :] = [stored]
            elif name == "row":
                place = int(element.get("r", place + 1))
                if place > _LAST_ROW:
                    raise ValueError(f"row {place}")
                self._count(len(cells))
                yield place, cells
                column, cells = 0, []
            elif name == "mergeCell":
                self._merge(sheet, element.get("ref", ""))
            if name in ("c", "row"):
                element.clear()

    def _count(self, more: int) -> None:
        """Count cells, blank ones before others included, and whatever else is read, however often it is."""
        self._read += more
        if self._read > _MOST_READ:
            found = msg("more than {most} cells, merged cells and other pieces", most=_MOST_READ)
            raise refused(self._path, found, msg("a smaller table without merged cells, or a CSV file"))

    def _merge(self, sheet: SheetPart, ref: str) -> None:
        """Note merged cells; whoever merges very many of them makes other readers compare each with each."""
        if not (ends := _RANGE.fullmatch(ref)):
            raise ValueError(f"mergeCell {ref!r}")
        left, top, right, bottom = _column(ends[1]), int(ends[2]), _column(ends[3] or ends[1]), int(ends[4] or ends[2])
        self._count(_COST_OF_MERGED + (right - left + 1) * (bottom - top + 1))
        sheet.merged.append(ref)

    def _stored(self, cell: Any) -> tuple[Value, str]:
        style = int(cell.get("s", 0))
        code = self._codes[style] if 0 <= style < len(self._codes) else "General"
        kind, is_formula, value = cell.get("t", "n"), False, ""
        for child in cell:
            name = _name(child)
            if name == "v":
                value = child.text or ""
            elif name == "is":
                value = _text(child)
            is_formula = is_formula or name == "f"
        if value == "":
            return (_UNCOMPUTED if is_formula and kind != "str" else None), code
        if kind == "n":
            return (int(value) if value.lstrip("-").isdecimal() else float(value)), code
        if kind == "s":
            return self._strings[int(value)] or None, code
        if kind == "b":
            return value in _TRUE, code
        if kind == "e":
            return Odd(same(value)), code
        if kind == "d":
            moment = datetime.datetime.fromisoformat(value).replace(tzinfo=None)
            since = moment - datetime.datetime.combine(self.epoch, datetime.time())
            return since / datetime.timedelta(1), "yyyy-mm-dd" if code == "General" else code
        return (value if kind == "inlineStr" else _unescaped(value)), code

    def _formats(self, path: str | None) -> list[str]:
        from openpyxl.styles.numbers import BUILTIN_FORMATS

        codes = {key: code.replace("$", "¥") for key, code in BUILTIN_FORMATS.items()} | CHINESE
        styles: list[str] = []
        for element in self._elements(path):
            if _name(element) == "numFmt":
                code = element.get("formatCode", "")
                codes[int(element.get("numFmtId", 0))] = code if len(code) <= _LONGEST_FORMAT else "General"
            elif _name(element) == "cellXfs":
                styles += [codes.get(int(style.get("numFmtId", 0)), "General") for style in element]
        return styles

    def _related(self, path: str) -> dict[str, tuple[str, str]]:
        """Return what a part refers to, by id: the last word of its type, and its path."""
        folder, name = posixpath.split(path)
        related = {}
        for link in self._elements(f"{folder}/_rels/{name}.rels".lstrip("/")):
            if _name(link) == "Relationship" and link.get("TargetMode") != "External":
                target = posixpath.join("/", folder, link.get("Target", "").replace("\\", "/"))
                kind = link.get("Type", "").rpartition("/")[2]
                related[link.get("Id", "")] = kind, posixpath.normpath(target).lstrip("/")
        return related

    def _elements(self, path: str | None) -> Iterator[Any]:
        """Yield the elements of a part as each ends; nothing for a part that is not there."""
        from defusedxml.ElementTree import iterparse

        if path is not None and path.lower() in self._names:
            with self._package.open(self._names[path.lower()]) as part:
                for _, element in iterparse(part, forbid_dtd=True):
                    self._count(1)
                    yield element


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Any) -> str:
    """Return the text of a string, its runs put together, without the phonetic signs above it."""
    pieces = (child if _name(child) == "t" else child.find("{*}t") for child in element if _name(child) in ("t", "r"))
    return _unescaped("".join(piece.text or "" for piece in pieces if piece is not None))


def _unescaped(text: str) -> str:
    """Return a text whose control characters stand in it as Open XML writes them (``_x000D_``)."""
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    if number > _LAST_COLUMN:
        raise ValueError(letters)
    return number
