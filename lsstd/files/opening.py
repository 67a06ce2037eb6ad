"""Opening office files that people hand in: told apart by content, measured before they are parsed, never run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from defusedxml import DefusedXmlException

from lsstd.errors import LsstdError
from lsstd.files.csv_text import plain_csv, separator_of
from lsstd.files.kinds import REALLY, SAVE_AS, check_kind, kind_of
from lsstd.files.reading import ending_of, read_bytes, refused
from lsstd.files.workbook import Cells, Workbook
from lsstd.words import msg, same, shorten

MOST_ROWS = 10_000
"""Rows read of one sheet; no table that people fill in has more."""

_LARGEST = 64 * 2**20  # unpacked, of any document but a population
_STEEPEST, _SMALL = 200, 2**20  # real sheets pack to a tenth or a fiftieth
_PIECE = 2**20
_DEFINITIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MACROS = re.compile(r"vbaproject|macrosheets/", re.IGNORECASE)

_DTD = msg("it contains entities or a DTD")
_SAVE_AGAIN = msg("a file as Excel, WPS or Word saves it")
_ENDINGS = {".xlsx": "xlsx", ".csv": "csv", ".txt": "csv"}


@dataclass(frozen=True)
class Grid:
    """A sheet as it stands: the rows that hold anything, at most `MOST_ROWS`, and which cells are merged."""

    name: str
    rows: tuple[Cells, ...]
    is_cut: bool = False
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Book:
    """The sheets of a file, what it says that it was made for, and whether it is one sheet alone (CSV)."""

    grids: tuple[Grid, ...]
    mark: str | None = None
    is_one_sheet: bool = False


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
        grids = tuple(_grid(sheet.name, workbook.rows(sheet), sheet.merged) for sheet in workbook.sheets)
        return Book(grids, workbook.mark)


def _grid(name: str, rows: Iterator[Cells], merged: Sequence[str] = ()) -> Grid:
    """Return a sheet; which cells are merged stands behind its rows and is known once they are read."""
    return Grid(name, tuple(islice(rows, MOST_ROWS)), is_cut=next(rows, None) is not None, merged=tuple(merged))


def _csv_rows(data: bytes, path: Path) -> list[Cells]:
    text = plain_csv(data, path)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text[:4096])))
    except csv.Error as error:
        raise refused(path, same(error), msg("valid CSV")) from None
    return [(place, tuple(cell or None for cell in line)) for place, line in enumerate(lines, 1) if any(line)]


@contextmanager
def opened(data: bytes, path: Path, largest: int | None = None) -> Iterator[Workbook]:
    """Open a workbook's bytes, having measured and looked through every part of it first.

    Raises `FileError`: too large when unpacked (default limit: 64 MB), hostile, with macros, or damaged.
    """
    with _sound(path), closing(zipfile.ZipFile(io.BytesIO(data))) as package:
        _measure(package, path, largest)
        for entry in package.infolist():
            if entry.filename.lower().endswith((".xml", ".rels")):
                with package.open(entry) as part:  # to its end, where its checksum is verified
                    while piece := part.read(_PIECE):
                        _refuse_definitions(piece, path)
        yield Workbook(package)


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
    except DefusedXmlException:
        raise refused(path, _DTD, _SAVE_AGAIN) from None
    except Exception as error:
        reason = shorten(" ".join(str(error).split()), 200)
        damaged = msg("it is incomplete or damaged ({reason})", reason=reason)
        raise refused(path, damaged, msg("an undamaged file")) from None


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
