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

from lsstd.errors import FileError, LsstdError, Problem
from lsstd.files.cells import Month, Odd, Percent, Value
from lsstd.files.reading import read_bytes
from lsstd.words import Text, same

MARK = "lsstd"
"""The custom property in which a workbook says what it was made for."""

MOST_ROWS = 10_000
"""So many rows of one sheet are read; no table that people fill in has more."""

_LARGEST = 64 * 2**20  # unpacked, of a workbook that is imported
_STEEPEST, _SMALL = 200, 2**20  # real sheets pack to a tenth or a fiftieth
_PIECE = 2**20
_LONGEST_MARK = 40_000  # bytes in which any of the marks below stands; a formula has 8192 characters at most
_HOSTILE = re.compile(rb"<!(?:DOCTYPE|ENTITY)|\x00", re.IGNORECASE)
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_UNCOMPUTED_CELL = re.compile(
    rb'(<(?:\w+:)?c\s[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>)\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_MACROS = re.compile(r"vbaproject|macrosheets/", re.IGNORECASE)

SAVE_AS = Text(
    "在 Excel 中另存为 .xlsx（不加密码）或“CSV UTF-8”", "save it in Excel as .xlsx (no password) or as CSV UTF-8"
)
REALLY = {
    "csv": Text("其实是文本（CSV）", "it is really text (CSV)"),
    "xlsx": Text("其实是 Excel 工作簿", "it is really an Excel workbook"),
    "parquet": Text("其实是 Parquet 文件", "it is really a Parquet file"),
    "macros": Text("工作簿带有宏", "a workbook with macros"),
    "locked": Text("设有打开密码的工作簿", "a workbook with a password"),
    "xls": Text("旧版 Excel（.xls）或加密的工作簿", "an old Excel file (.xls), or a workbook with a password"),
    "docx": Text("其实是 Word 文档", "it is really a Word document"),
    "ods": Text("其实是 OpenDocument 表格（.ods）", "it is really an OpenDocument sheet (.ods)"),
    "html": Text("其实是网页（HTML）", "it is really a web page (HTML)"),
    "pdf": Text("其实是 PDF 文件", "it is really a PDF file"),
    "zip": Text("是压缩包，不是 Excel 工作簿", "a zip archive, not an Excel workbook"),
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
    """A sheet as it stands: the rows that hold anything, each with its number, and which cells are merged.

    Of a sheet with more than `MOST_ROWS` of them the others are cut off.
    """

    name: str
    rows: tuple[tuple[int, tuple[Value, ...]], ...]
    merged: tuple[str, ...] = ()
    is_cut: bool = False


@dataclass
class Marks:
    """What a look through a part of a workbook tells: which cells are merged, which formulas nobody computed."""

    merged: set[str] = field(default_factory=set)
    uncomputed: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Book:
    """The sheets of a file, what it says that it was made for, and whether it is one sheet alone (CSV)."""

    grids: tuple[Grid, ...]
    mark: str | None = None
    is_one_sheet: bool = False


def kind_of(data: bytes) -> str:
    """Return what a file is by what it holds, whatever it is called; any text is CSV."""
    if data[:4] == b"PK\x03\x04":
        return next((kind for mark, kind in _WITHIN.items() if mark in data), "zip")
    kind = _BEGINNINGS.get(data[:4], "csv")
    if kind == "xls" and "EncryptedPackage".encode("utf-16-le") in data:
        return "locked"
    beginning = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "html" if kind == "csv" and beginning.startswith((b"<!doctype", b"<html", b"<table", b"<?xml")) else kind


def refused(path: Path, found: Text, expected: Text) -> FileError:
    """Return the error for a file that cannot be read."""
    return FileError(Text(f"无法读取 {path.name}", f"cannot read {path.name}"), [Problem(str(path), found, expected)])


def check_kind(data: bytes, path: Path, named: str) -> None:
    """Refuse a file that is of another kind than its name says, or of one that nobody should open."""
    if not data:
        raise refused(path, Text("空文件", "an empty file"), Text("一张表", "a table"))
    kind = "macros" if path.suffix.lower() == ".xlsm" else kind_of(data)
    if kind == named:
        return
    if kind in ("csv", "xlsx", "parquet") and kind != named:
        name = path.with_suffix(f".{kind}").name
        raise refused(path, REALLY[kind], Text(f"把文件改名为 {name}", f"rename the file to {name}"))
    raise refused(path, REALLY[kind], SAVE_AS)


def open_book(path: Path) -> Book:
    """Return the sheets of a workbook (.xlsx), or the one of a CSV file.

    Raises
    ------
    FileError
        It cannot be read, is too large (packed or unpacked), damaged, locked, carries macros, or is of another kind
        than its name says.
    """
    data = read_bytes(path)
    named = _ENDINGS.get(path.suffix.lower(), "")
    if not named and kind_of(data) == "csv":
        found = Text(f"后缀 {path.suffix or '（无）'}", f"the ending {path.suffix or '(none)'}")
        raise refused(path, found, same(" / ".join(_ENDINGS)))
    check_kind(data, path, named)
    if named == "csv":
        return Book((_grid(path.name, iter(_csv_rows(data, path))),), is_one_sheet=True)
    with opened(data, path, _LARGEST) as opening:
        grids = tuple(_grid(name, rows, opening.merged_of(name)) for name, rows in opening.sheets())
        return Book(grids, opening.mark)


def _grid(name: str, rows: Iterator[tuple[int, tuple[Value, ...]]], merged: tuple[str, ...] = ()) -> Grid:
    return Grid(name, tuple(islice(rows, MOST_ROWS)), merged, is_cut=next(rows, None) is not None)


def encoding_of(data: bytes, path: Path) -> str:
    """Return the encoding of a CSV file: UTF-8, UTF-16 (Excel's "Unicode text") or GB 18030 (Chinese Excel's)."""
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        with suppress(UnicodeDecodeError):
            if "\0" not in data.decode(encoding)[:4096]:
                return encoding
    found = Text("不是 UTF-8、UTF-16 或 GB 18030 文本", "not text in UTF-8, UTF-16 or GB 18030")
    raise refused(path, found, Text("CSV UTF-8（Excel 的另存类型）", "CSV UTF-8, as Excel can save it"))


def separator_of(text: str) -> str:
    """Return what separates the columns of a CSV text: a comma, a semicolon or a tab."""
    return max(",;\t", key=text.count)


def _csv_rows(data: bytes, path: Path) -> tuple[tuple[int, tuple[Value, ...]], ...]:
    text = data.decode(encoding_of(data, path))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text[:4096])))
    except csv.Error as error:
        raise refused(path, same(error), Text("合法的 CSV", "valid CSV")) from None
    rows = ((place, tuple(cell or None for cell in line)) for place, line in enumerate(lines, 1))
    return tuple((place, row) for place, row in rows if any(row))


class Opening:
    """A workbook that was measured and looked through; its sheets are read one row after the other."""

    def __init__(self, data: bytes, marks: dict[str, Marks]) -> None:
        from openpyxl import load_workbook

        self._book: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        self._marks = {sheet.title: marks.get(_part_of(sheet), Marks()) for sheet in self._book.worksheets}

    @property
    def counts_from_1904(self) -> bool:
        """Whether a plain number that means a day would mean another one than elsewhere."""
        return bool(self._book.epoch.year == 1904)

    @property
    def mark(self) -> str | None:
        """What the workbook says that it was made for."""
        marks = [prop.value for prop in self._book.custom_doc_props.props if prop.name == MARK]
        return str(marks[0]) if marks else None

    def merged_of(self, name: str) -> tuple[str, ...]:
        """Return which cells of a sheet are merged."""
        return tuple(sorted(self._marks[name].merged))

    def sheets(self) -> Iterator[tuple[str, Iterator[tuple[int, tuple[Value, ...]]]]]:
        """Yield each sheet's name and its rows that hold anything."""
        for sheet in self._book.worksheets:
            yield sheet.title, self._rows(sheet)

    def _rows(self, sheet: Any) -> Iterator[tuple[int, tuple[Value, ...]]]:
        sheet.reset_dimensions()  # not every program writes them right
        uncomputed = self._marks[sheet.title].uncomputed
        for place, line in enumerate(sheet.iter_rows(), 1):
            row = tuple(_settled(cell) for cell in line)
            if uncomputed:
                row = tuple(
                    _UNCOMPUTED if value is None and cell.value is None and _coordinate(cell) in uncomputed else value
                    for cell, value in zip(line, row, strict=True)
                )
            if any(value is not None for value in row):
                yield place, row

    def cells(self) -> Iterator[tuple[str, list[list[tuple[Any, str]]]]]:
        """Yield each sheet's name, hidden ones too, and its rows: what each cell holds and how it is formatted."""
        for sheet in self._book.worksheets:
            sheet.reset_dimensions()
            rows = islice(sheet.iter_rows(), MOST_ROWS)
            yield sheet.title, [[(_unescaped_value(cell.value), cell.number_format) for cell in row] for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._book.close()


_UNCOMPUTED = Odd(Text("没有计算结果的公式", "a formula that nobody computed"))


def _coordinate(cell: Any) -> str:
    return str(getattr(cell, "coordinate", ""))  # a cell that is not there has none


def _part_of(sheet: Any) -> str:
    return str(sheet._worksheet_path).lstrip("/")


def _settled(cell: Any) -> Value:
    """Return what a cell holds, with what its format tells: a percentage, a month."""
    value: Any = cell.value
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return Odd(same(value)) if cell.data_type == "e" else _unescaped(value)
    if isinstance(value, int | float):
        return Percent(value) if "%" in cell.number_format else value
    if isinstance(value, datetime.date):
        shows_day = "d" in re.sub(r'"[^"]*"|\[[^]]*\]|\\.', "", cell.number_format.lower())
        return value if shows_day else Month(value.strftime("%Y-%m"))
    return Odd(Text(f"时刻 {value}", f"the time {value}"))


_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def _unescaped(text: str) -> str:
    """Return a text whose control characters stand in it as OOXML writes them (``_x000D_``)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _unescaped_value(value: Any) -> Any:
    return _unescaped(value) if isinstance(value, str) else value


@contextmanager
def opened(data: bytes, path: Path, largest: int) -> Iterator[Opening]:
    """Open a workbook's bytes, having measured and looked through every part of it first.

    Raises
    ------
    FileError
        Too large when unpacked, hostile, with macros, or damaged.
    """
    try:
        marks = _look_through(data, path, largest)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and checks that openpyxl does not know
            with closing(Opening(data, marks)) as opening:
                if opening.counts_from_1904:
                    found = Text("使用 1904 日期系统", "it counts dates from 1904")
                    expected = Text("1900 日期系统（Excel 选项、高级）", "dates from 1900 (Excel: Options, Advanced)")
                    raise refused(path, found, expected)
                yield opening
    except LsstdError:
        raise
    except Exception as error:  # a damaged workbook fails in every way that XML and zip can
        told = " ".join(str(error).split())[:200]
        damaged = Text(f"文件不完整或已损坏（{told}）", f"it is incomplete or damaged ({told})")
        raise refused(path, damaged, Text("完好的工作簿", "a sound workbook")) from None


def _look_through(data: bytes, path: Path, largest: int) -> dict[str, Marks]:
    """Read every part of a workbook once, in pieces, before it is parsed; return what to know of each."""
    marks: dict[str, Marks] = {}
    with closing(zipfile.ZipFile(io.BytesIO(data))) as package:
        _measure(package, path, largest)
        for entry in package.infolist():
            if not entry.filename.lower().endswith((".xml", ".rels")):
                continue
            found = marks.setdefault(entry.filename, Marks())
            for piece in _pieces(package, entry):
                if _HOSTILE.search(piece):
                    expected = Text("普通的工作簿", "an ordinary workbook")
                    raise refused(path, Text("含有外部实体或定义（DTD）", "it holds entities or a DTD"), expected)
                found.merged.update(ref.decode() for ref in _MERGED.findall(piece))
                for cell, place in _UNCOMPUTED_CELL.findall(piece):
                    if b't="str"' not in cell:  # a formula whose result is an empty text
                        found.uncomputed.add(place.decode())
    return marks


def _measure(package: zipfile.ZipFile, path: Path, largest: int) -> None:
    """Refuse a package that unpacks to too much, unpacks much too steeply, or carries macros."""
    entries = package.infolist()
    size = sum(entry.file_size for entry in entries)
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > _STEEPEST * max(entry.compress_size, 1):
            steep = Text(f"是压缩时的 {_STEEPEST} 倍以上", f"to more than {_STEEPEST} times its size")
            found = Text(f"{entry.filename} 解压后{steep.zh}", f"{entry.filename} unpacks {steep.en}")
            expected = Text("在 Excel 或 WPS 中打开后另存的工作簿", "a workbook as Excel or WPS saves it")
            raise refused(path, found, expected)
    if size > largest:
        found = Text(f"解压后 {size / 2**20:.0f} MB", f"{size / 2**20:.0f} MB when unpacked")
        most = largest // 2**20
        zh = f"不超过 {most} MB（删除表格下方的空行后另存），或 CSV 文件"
        en = f"at most {most} MB (delete empty rows below the table, save it again), or a CSV file"
        raise refused(path, found, Text(zh, en))
    if any(_MACROS.search(entry.filename) for entry in entries):
        raise refused(path, REALLY["macros"], SAVE_AS)


def _pieces(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a part in pieces, each with the end of the one before; the checksum is verified on the way."""
    end = b""
    with package.open(entry) as part:
        while piece := part.read(_PIECE):
            yield end + piece
            end = piece[-_LONGEST_MARK:]
