"""Opening office files that people hand in: told apart by content, measured before they are parsed, never run."""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lsstd.errors import LsstdError
from lsstd.files.cells import Month, Odd, Percent, Value
from lsstd.files.reading import ending_of, read_bytes, refused
from lsstd.words import msg, same, shorten

MARK = "lsstd"
"""The custom property in which a workbook says what it was made for."""

MOST_ROWS = 10_000
"""Rows read of one sheet; no table that people fill in has more."""

Cells = tuple[int, tuple[Value, ...]]
"""The number of a row, and its cells."""

_LARGEST = 64 * 2**20  # unpacked, of any document but a population
_STEEPEST, _SMALL = 200, 2**20  # real sheets pack to a tenth or a fiftieth
_PIECE = 2**20
_LONGEST_MARK = 40_000  # bytes in which any of the marks below stands; a formula has 8192 characters at most
_DEFINITIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_UNCOMPUTED_CELL = re.compile(
    rb'(<(?:\w+:)?c\s[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>)\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_UNCOMPUTED = Odd(msg("a formula without a computed result"))
_MACROS = re.compile(r"vbaproject|macrosheets/", re.IGNORECASE)
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

SAVE_AS = msg("save it in Excel as .xlsx (no password) or as CSV UTF-8")
_DTD = msg("it contains entities or a DTD")
_SAVE_AGAIN = msg("a file as Excel, WPS or Word saves it")
REALLY = {
    "csv": msg("it is really text (CSV)"),
    "xlsx": msg("it is really an Excel workbook"),
    "parquet": msg("it is really a Parquet file"),
    "macros": msg("a workbook with macros"),
    "locked": msg("a workbook with a password"),
    "xls": msg("an old Excel file (.xls), or a workbook with a password"),
    "docx": msg("it is really a Word document"),
    "ods": msg("it is really an OpenDocument sheet (.ods)"),
    "html": msg("it is really a web page (HTML)"),
    "pdf": msg("it is really a PDF file"),
    "zip": msg("a zip archive, not an Excel workbook"),
}
"""What a file really is, by its content; see `kind_of`."""

_ENDINGS = {".xlsx": "xlsx", ".csv": "csv", ".txt": "csv"}
_BEGINNINGS = {b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf"}
_WITHIN = {
    b"xl/vbaProject": "macros",
    b"xl/workbook": "xlsx",
    b"word/document": "docx",
    b"opendocument": "ods",
    b"xl/worksheets": "xlsx",  # cut off
}


@dataclass(frozen=True)
class Grid:
    """A sheet as it stands: the rows that hold anything, at most `MOST_ROWS`, and which cells are merged."""

    name: str
    rows: tuple[Cells, ...]
    merged: tuple[str, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True)
class Book:
    """The sheets of a file, what it says that it was made for, and whether it is one sheet alone (CSV)."""

    grids: tuple[Grid, ...]
    mark: str | None = None
    is_one_sheet: bool = False


def kind_of(data: bytes) -> str:
    """Return what a file is by its content, whatever it is called; any text is CSV."""
    if data[:4] == b"PK\x03\x04":
        return next((kind for mark, kind in _WITHIN.items() if mark in data), "zip")
    kind = _BEGINNINGS.get(data[:4], "csv")
    if kind == "xls" and "EncryptedPackage".encode("utf-16-le") in data:
        return "locked"
    beginning = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if kind == "csv" and beginning.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")) else kind


def check_kind(data: bytes, path: Path, named: str) -> None:
    """Refuse a file that is of another kind than its name says, or of one that nobody should open."""
    if not data:
        raise refused(path, msg("an empty file"), msg("a table"))
    kind = "macros" if path.suffix.lower() == ".xlsm" else kind_of(data)
    if kind == named:
        return
    name = path.with_suffix(f".{kind}").name
    rename = msg("rename the file to {name}", name=name)
    raise refused(path, REALLY[kind], rename if kind in ("csv", "xlsx", "parquet") else SAVE_AS)


def open_book(path: Path) -> Book:
    """Return the sheets of a workbook (.xlsx), or the one of a CSV file.

    Raises `FileError`: it cannot be read, is too large (packed or unpacked), damaged, locked, carries macros, or is of
    another kind than its name says.
    """
    data = read_bytes(path)
    named = _ENDINGS.get(path.suffix.lower(), "")
    if not named and kind_of(data) == "csv":
        raise refused(path, ending_of(path), same(" / ".join(_ENDINGS)))
    check_kind(data, path, named)
    if named == "csv":
        return Book((_grid(path.name, iter(_csv_rows(data, path))),), is_one_sheet=True)
    with opened(data, path) as workbook:
        grids = tuple(_grid(name, rows, workbook.merged_of(name)) for name, rows in workbook.sheets())
        return Book(grids, workbook.mark)


def _grid(name: str, rows: Iterator[Cells], merged: tuple[str, ...] = ()) -> Grid:
    return Grid(name, tuple(islice(rows, MOST_ROWS)), merged, is_cut=next(rows, None) is not None)


def encoding_of(data: bytes, path: Path) -> str:
    """Return the encoding of a CSV file: UTF-8, UTF-16 (Excel's "Unicode text") or GB 18030 (Chinese Excel's)."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            if "\0" not in data.decode(encoding)[:4096]:
                return encoding
    found = msg("not text in UTF-8, UTF-16 or GB 18030")
    raise refused(path, found, msg("CSV UTF-8, as Excel can save it"))


def separator_of(text: str) -> str:
    """Return what separates the columns of a CSV text: a comma, a semicolon or a tab."""
    return max(",;\t", key=text.count)


def _csv_rows(data: bytes, path: Path) -> list[Cells]:
    text = data.decode(encoding_of(data, path))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text[:4096])))
    except csv.Error as error:
        raise refused(path, same(error), msg("valid CSV")) from None
    return [(place, tuple(cell or None for cell in line)) for place, line in enumerate(lines, 1) if any(line)]


@dataclass
class _Marks:
    """What a look through a part of a workbook tells: which cells are merged, which formulas are not computed."""

    merged: set[str] = field(default_factory=set)
    uncomputed: set[str] = field(default_factory=set)


class Workbook:
    """A workbook that was measured and looked through; its sheets are read one row after the other."""

    def __init__(self, data: bytes, marks: dict[str, _Marks]) -> None:
        from openpyxl import load_workbook

        self._book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets: list[Any] = self._book.worksheets
        parts = {sheet.title: str(sheet._worksheet_path).lstrip("/") for sheet in sheets}
        self._marks = {title: marks.get(part, _Marks()) for title, part in parts.items()}
        self.close = self._book.close

    @property
    def counts_from_1904(self) -> bool:
        """Whether a plain number that means a day would mean another one than elsewhere."""
        return bool(self._book.epoch.year == 1904)

    @property
    def mark(self) -> str | None:
        """What the workbook says that it was made for."""
        return next((str(prop.value) for prop in self._book.custom_doc_props.props if prop.name == MARK), None)

    def merged_of(self, name: str) -> tuple[str, ...]:
        """Return which cells of a sheet are merged."""
        return tuple(sorted(self._marks[name].merged))

    def sheets(self) -> Iterator[tuple[str, Iterator[Cells]]]:
        """Yield each sheet's name and its rows that hold anything."""
        for sheet in self._book.worksheets:
            yield sheet.title, self._rows(sheet)

    def _rows(self, sheet: Any) -> Iterator[Cells]:
        sheet.reset_dimensions()  # not every program writes them right
        uncomputed = self._marks[sheet.title].uncomputed
        for place, line in enumerate(sheet.iter_rows(), 1):
            row = tuple(_value_of(cell, uncomputed) for cell in line)
            if any(value is not None for value in row):
                yield place, row

    def cells(self) -> Iterator[tuple[str, list[list[tuple[Any, str]]]]]:
        """Yield each sheet's name, hidden ones too, and its rows: what each cell holds and how it is formatted."""
        for sheet in self._book.worksheets:
            sheet.reset_dimensions()
            rows = islice(sheet.iter_rows(), MOST_ROWS)
            yield sheet.title, [[(_unescaped(cell.value), cell.number_format) for cell in row] for row in rows]


def _value_of(cell: Any, uncomputed: set[str]) -> Value:
    """Return what a cell holds, with what its format says: a percentage, a month."""
    value: Any = cell.value
    if value is None or value == "":
        # A cell that is not there has no coordinate.
        is_formula = bool(uncomputed) and value is None and getattr(cell, "coordinate", "") in uncomputed
        return _UNCOMPUTED if is_formula else None
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return Odd(same(value)) if cell.data_type == "e" else str(_unescaped(value))
    if isinstance(value, int | float):
        return Percent(value) if "%" in cell.number_format else value
    if isinstance(value, datetime.date):
        shows_day = "d" in re.sub(r'"[^"]*"|\[[^]]*\]|\\.', "", cell.number_format.lower())
        return value if shows_day else Month(value.strftime("%Y-%m"))
    return Odd(msg("the time {value}", value=value))


def _unescaped(value: Any) -> Any:
    """Return a text whose control characters stand in it as OOXML writes them (``_x000D_``); other values as is."""
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), value) if isinstance(value, str) else value


@contextmanager
def opened(data: bytes, path: Path, largest: int | None = None) -> Iterator[Workbook]:
    """Open a workbook's bytes, having measured and looked through every part of it first.

    Raises `FileError`: too large when unpacked (default limit: 64 MB), hostile, with macros, or damaged.
    """
    with _sound(path):
        marks = _look_through(data, path, largest)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and checks that openpyxl does not know
            with closing(Workbook(data, marks)) as workbook:
                if workbook.counts_from_1904:
                    found = msg("it uses the 1904 date system")
                    expected = msg("the 1900 date system (Excel: Options, Advanced)")
                    raise refused(path, found, expected)
                yield workbook


def parts_of(path: Path, data: bytes | None = None) -> dict[str, bytes]:
    """Return the parts in XML of a package (.xlsx or .docx) by their names, having measured it first.

    Parameters
    ----------
    path : Path
    data : bytes, optional
        Its content, if it has been read.

    Raises `FileError`: too large when unpacked, hostile, with macros, or damaged.
    """
    content = io.BytesIO(read_bytes(path) if data is None else data)
    with _sound(path), closing(zipfile.ZipFile(content)) as package:
        _measure(package, path)
        parts = {name: package.read(name) for name in package.namelist() if name.lower().endswith((".xml", ".rels"))}
        for part in parts.values():
            _refuse_definitions(part, path)
        return parts


@contextmanager
def _sound(path: Path) -> Iterator[None]:
    """Turn whatever a damaged package raises into a `FileError`: it fails in every way that XML and zip can."""
    try:
        yield
    except LsstdError:
        raise
    except Exception as error:
        reason = shorten(" ".join(str(error).split()), 200)
        damaged = msg("it is incomplete or damaged ({reason})", reason=reason)
        raise refused(path, damaged, msg("an undamaged file")) from None


def _look_through(data: bytes, path: Path, largest: int | None) -> dict[str, _Marks]:
    """Read every part of a workbook once, in pieces, before it is parsed; return what to know of each."""
    marks: dict[str, _Marks] = {}
    with closing(zipfile.ZipFile(io.BytesIO(data))) as package:
        _measure(package, path, largest)
        for entry in package.infolist():
            if not entry.filename.lower().endswith((".xml", ".rels")):
                continue
            noted = marks.setdefault(entry.filename, _Marks())
            for piece in _pieces(package, entry):
                _refuse_definitions(piece, path)
                if b"\0" in piece:  # UTF-16, in which no definition would be seen; Excel writes UTF-8
                    raise refused(path, _DTD, _SAVE_AGAIN)
                noted.merged.update(ref.decode() for ref in _MERGED.findall(piece))
                for cell, place in _UNCOMPUTED_CELL.findall(piece):
                    if b't="str"' not in cell:  # a formula whose result is an empty text
                        noted.uncomputed.add(place.decode())
    return marks


def _refuse_definitions(content: bytes, path: Path) -> None:
    if _DEFINITIONS.search(content):
        raise refused(path, _DTD, _SAVE_AGAIN)


def _measure(package: zipfile.ZipFile, path: Path, largest: int | None = None) -> None:
    """Refuse a package that unpacks to too much, unpacks much too steeply, or carries macros."""
    entries, largest = package.infolist(), largest or _LARGEST
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > _STEEPEST * max(entry.compress_size, 1):
            found = msg("{name} unpacks to more than {times} times its size", name=entry.filename, times=_STEEPEST)
            raise refused(path, found, _SAVE_AGAIN)
    if (size := sum(entry.file_size for entry in entries)) > largest:
        found, most = msg("{size:.0f} MB when unpacked", size=size / 2**20), largest // 2**20
        expected = msg("at most {most} MB", most=most)
        if any(entry.filename.startswith("xl/") for entry in entries):
            expected = msg(
                "at most {most} MB (delete the empty rows below the table and save it again), or a CSV file", most=most
            )
        raise refused(path, found, expected)
    if any(_MACROS.search(entry.filename) for entry in entries):
        raise refused(path, REALLY["macros"], SAVE_AS)


def _pieces(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in pieces, each with the end of the one before; the checksum is verified on the way."""
    end = b""
    with package.open(entry) as part:
        while piece := part.read(_PIECE):
            yield end + piece
            end = piece[-_LONGEST_MARK:]
