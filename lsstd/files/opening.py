"""Opening tables and office files that people hand in: known by their content, measured before they are parsed.

Another kind of file than was asked for is named, with what to do. CSV is read as Excel, WPS and other programs write
it: in their encodings, with their line ends and separators.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from defusedxml import DefusedXmlException

from lsstd.errors import LsstdError
from lsstd.files.reading import ending_of, read_bytes, refused
from lsstd.files.workbook import AT_MOST_COLUMNS, MOST_COLUMNS, Cells, Workbook
from lsstd.words import Text, msg, same, shorten

MOST_ROWS = 10_000  # rows read of one sheet; no table that people fill in has more

SEPARATORS = ",;\t|"
MOST_TAGS = 4_000_000  # most tags in the XML of a document: two million cells or pieces of text, read in some seconds
_LARGEST = 64 * 2**20  # unpacked, of any document but a population
_STEEPEST, _SMALL = 200, 2**20  # real sheets pack to a tenth or a fiftieth
_PIECE = 2**20
_DEFINITIONS = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MACROS = re.compile(r"vbaproject|macrosheets/", re.IGNORECASE)

_DTD = msg("it contains entities or a DTD")
_SAVE_AGAIN = msg("a file as Excel, WPS or Word saves it")
_UTF_8 = re.compile(rb"(?<![\x80-\xff])(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbf][\x80-\xbf])+(?![\x80-\xff])")
_SIMPLIFIED, _TRADITIONAL = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]"), re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_SEPARATED = re.compile('\ufeff?"?sep=(.)"?[ \t]*(?=\r|\n|$)')
_AS_UTF_8 = msg("CSV UTF-8, as Excel can save it")
_ENDINGS = {".xlsx": "xlsx", ".csv": "csv", ".txt": "csv"}
ENCODINGS = ("utf-8-sig", "gb18030")  # of CSV, in the order in which they are tried

SAVE_AS = msg("save it in Excel as .xlsx (no password) or as CSV UTF-8")
SAVE_AS_WORD = msg("save it in Word or WPS as .docx (no password)")
REALLY = {
    "csv": msg("it is really text (CSV)"),
    "xlsx": msg("it is really an Excel workbook"),
    "parquet": msg("it is really a Parquet file"),
    "macros": msg("a workbook with macros"),
    "locked": msg("a workbook with a password"),
    "protected": msg("a file encrypted by a document protection system (DRM)"),
    "xls": msg("an old Excel file (.xls), or a workbook with a password"),
    "xlsb": msg("a binary Excel workbook (.xlsb)"),
    "docx": msg("it is really a Word document"),
    "docm": msg("a Word document with macros (.docm)"),
    "dotx": msg("a Word template (.dotx)"),
    "doc": msg("an old Word document (.doc)"),
    "rtf": msg("it is really a Rich Text file (.rtf)"),
    "ods": msg("it is really an OpenDocument sheet (.ods)"),
    "odt": msg("it is really an OpenDocument text (.odt)"),
    "html": msg("it is really a web page (HTML)"),
    "xml": msg("it is really an XML file (such as an XML spreadsheet of 2003)"),
    "pdf": msg("it is really a PDF file"),
    "picture": msg("it is really a picture"),
    "zip": msg("a zip archive, not an Excel workbook"),
    "archive": msg("an archive (rar, 7z or gzip)"),
    "zeros": msg("nothing but zero bytes: its content was lost when it was saved or copied"),
    "binary": msg("binary data of no known kind, perhaps encrypted by a document protection system"),
}
"""What a file really is, by its content, whatever it is called; see `kind_of`."""

_ADVICE = {
    "zeros": msg("an earlier copy of the file, or another export"),
    **dict.fromkeys(
        ("protected", "binary"),
        msg("a copy without the protection, saved as .xlsx or .docx where the file can be opened"),
    ),
}
_BEGINNINGS = {
    b"PAR1": "parquet",
    b"%PDF": "pdf",
    b"{\\rt": "rtf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"Rar!": "archive",
    b"7z\xbc\xaf": "archive",
    b"\x1f\x8b": "archive",
}
_OLE = b"\xd0\xcf\x11\xe0"
_STREAMS = {"DRMEncrypted": "protected", "EncryptedPackage": "locked", "WordDocument": "doc"}
_PROTECTED = re.compile(rb"E-SafeNet|%TSD-Header")  # the heads of two systems that are common in Chinese offices
_WITHIN = {
    b"xl/vbaProject": "macros",
    b"word/vbaProject": "docm",
    b"xl/workbook.bin": "xlsb",
    b"xl/workbook": "xlsx",
    b"wordprocessingml.template": "dotx",
    b"word/document": "docx",
    b"opendocument.text": "odt",
    b"opendocument": "ods",
    b"xl/worksheets": "xlsx",  # cut off
}
_TYPES, _LARGEST_TYPES = "[Content_Types].xml", 2**20


@dataclass(frozen=True)
class Grid:
    """A sheet as it stands: the rows that hold anything, at most `MOST_ROWS`, and which cells are merged."""

    name: str
    rows: tuple[Cells, ...]
    is_cut: bool = False
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Book:
    """The sheets of a file, and whether it is one sheet alone (CSV)."""

    grids: tuple[Grid, ...]
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
        text = plain_csv(data, path)
        lines = enumerate(csv_lines(io.StringIO(text, newline=""), separator_of(text[:4096]), path), 1)
        rows = ((place, tuple(cell or None for cell in line)) for place, (_, line) in lines if any(line))
        return Book((_grid(path.name, rows),), is_one_sheet=True)
    with opened(data, path) as workbook:
        return Book(tuple(_grid(sheet.name, workbook.rows(sheet), sheet.merged) for sheet in workbook.sheets))


def _grid(name: str, rows: Iterator[Cells], merged: Sequence[str] = ()) -> Grid:
    """Return a sheet; which cells are merged stands behind its rows and is known once they are read."""
    return Grid(name, tuple(islice(rows, MOST_ROWS)), is_cut=next(rows, None) is not None, merged=tuple(merged))


def csv_lines(
    lines: Iterable[str], separator: str, path: Path, strict: bool = False, first: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each line of a CSV text, with the number of the line where they begin, counted from `first`.

    Raises `FileError`: a line or field longer than any table needs, or (only with `strict`) an unclosed quotation mark.
    """
    reader, start = csv.reader(lines, delimiter=separator, strict=strict), first
    try:
        for fields in reader:
            if len(fields) > MOST_COLUMNS and any(fields[MOST_COLUMNS:]):
                raise refused(path, msg("{count} columns", count=len(fields)), AT_MOST_COLUMNS, start)
            yield start, fields
            start = reader.line_num + first
    except csv.Error as error:
        found, expected = same(error), msg("valid CSV")
        if "limit" in str(error):
            found = msg("a field of more than {most} characters", most=csv.field_size_limit())
            expected = msg("at most 32767 characters, as in Excel")
        elif "end of data" in str(error):
            found = msg("a quotation mark that is not closed")
        raise refused(path, found, expected, start) from None


def is_utf_16(data: bytes) -> bool:
    """Return whether a text is in UTF-16, as Excel's "Unicode text"."""
    return data[:2] in (b"\xff\xfe", b"\xfe\xff")


def _decoded(data: bytes, path: Path, encodings: Sequence[str]) -> str:
    """Return the text of a CSV file in UTF-8, UTF-16 (Excel's "Unicode text") or GB 18030 (Chinese Excel's).

    Raises `FileError`: another encoding (Big5 is named), or UTF-8 and GB 18030 in one file.
    """
    for encoding in ["utf-16"] if is_utf_16(data) else encodings:
        if encoding == "gb18030" and (pasted := _UTF_8.search(data)):
            found = msg("“{text}” is in UTF-8, other text is not", text=pasted[0].decode("utf-8", "replace")[:12])
            raise refused(path, found, _AS_UTF_8, data.count(b"\n", 0, pasted.start()) + 1)
        with suppress(UnicodeDecodeError):
            if "\0" in (text := data.decode(encoding))[:4096]:
                continue
            if encoding == "gb18030" and _is_big5(data, text):
                raise refused(path, msg("text that looks like Big5 (traditional characters)"), _AS_UTF_8)
            return text
    raise refused(path, msg("not text in UTF-8, UTF-16 or GB 18030"), _AS_UTF_8)


def _is_big5(data: bytes, text: str) -> bool:
    """Return whether bytes that can be read as GB 18030 are rather Big5: each has its common characters together."""
    chinese = [sign.encode("gb18030") for sign in text[:100_000] if sign > "\u2e7f"]
    if sum(_SIMPLIFIED.fullmatch(sign) is not None for sign in chinese) >= 0.6 * len(chinese):
        return False
    with suppress(UnicodeDecodeError):
        other = [sign.encode("big5") for sign in data.decode("big5")[:100_000] if sign > "\u2e7f"]
        return sum(_TRADITIONAL.fullmatch(sign) is not None for sign in other) > 0.9 * len(other)
    return False


def plain_csv(data: bytes, path: Path, encodings: Sequence[str] = ENCODINGS) -> str:
    r"""Return the text of a CSV file, its lines ended by ``\n`` or ``\r\n`` (those of an old Mac were ``\r``).

    A first line ``sep=;``, which gives Excel the separator, becomes an empty line.
    """
    text = _decoded(data, path, encodings)
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    return _SEPARATED.sub("", text, 1) if _SEPARATED.match(text) else text


def separator_of(text: str) -> str:
    """Return what separates the columns of a CSV text: a comma, a semicolon, a tab or a bar."""
    return max(SEPARATORS, key=text.count)


@contextmanager
def opened(data: bytes, path: Path, largest: int | None = None, most: int = MOST_TAGS) -> Iterator[Workbook]:
    """Open a workbook's bytes, having measured and looked through every part of it first.

    Raises `FileError`: too large when unpacked (default limit: 64 MB, and `most` tags), hostile, with macros, damaged.
    """
    with sound(path), closing(zipfile.ZipFile(io.BytesIO(data))) as package:
        _look_through(package, path, largest or _LARGEST, most)
        yield Workbook(package, path)


def parts_of(path: Path, data: bytes | None = None, most: int = MOST_TAGS) -> dict[str, bytes]:
    """Return the parts in XML of a package (.xlsx or .docx, perhaps read before) by their names, as `opened` does."""
    content = io.BytesIO(read_bytes(path) if data is None else data)
    with sound(path), closing(zipfile.ZipFile(content)) as package:
        return {part.filename: package.read(part) for part in _look_through(package, path, _LARGEST, most)}


@contextmanager
def sound(path: Path) -> Iterator[None]:
    """Turn whatever a damaged package raises into a `FileError`: it fails in every way that XML and zip can."""
    try:
        yield
    except LsstdError:
        raise
    except DefusedXmlException:
        raise refused(path, _DTD, _SAVE_AGAIN) from None
    except Exception as error:
        found = msg("it is incomplete or damaged ({reason})", reason=shorten(" ".join(str(error).split()), 200))
        raise refused(path, found, msg("an undamaged file")) from None


def _look_through(package: zipfile.ZipFile, path: Path, largest: int, most: int) -> list[zipfile.ZipInfo]:
    """Return the parts in XML of a package.

    Raises `FileError`: it unpacks to too much or much too steeply, carries macros or entities, has too many tags.
    """
    entries, tags = package.infolist(), 0
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > _STEEPEST * max(entry.compress_size, 1):
            found = msg("{name} unpacks to more than {times} times its size", name=entry.filename, times=_STEEPEST)
            raise refused(path, found, _SAVE_AGAIN)
    if (size := sum(entry.file_size for entry in entries)) > largest:
        limit = largest // 2**20
        expected = msg("at most {most} MB", most=limit)
        if any(entry.filename.startswith("xl/") for entry in entries):
            expected = msg(
                "at most {most} MB (delete the empty rows below the table and save it again), or a CSV file", most=limit
            )
        raise refused(path, msg("{size:.0f} MB when unpacked", size=size / 2**20), expected)
    if any(_MACROS.search(entry.filename) for entry in entries):
        raise refused(path, REALLY["macros"], SAVE_AS)
    parts = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
    for entry in parts:
        with package.open(entry) as part:  # to its end, where its checksum is verified
            while piece := part.read(_PIECE):
                tags += piece.count(b"<")
                if _DEFINITIONS.search(piece):
                    raise refused(path, _DTD, _SAVE_AGAIN)
        if tags > most:
            found = msg("more than {most} XML tags (cells, paragraphs, merged ranges …)", most=most)
            raise refused(path, found, msg("a smaller document, or a table as CSV"))
    return parts


def kind_of(data: bytes) -> str:
    """Return what a file is by its content, whatever it is called; any text is CSV."""
    if data[:4] == b"PK\x03\x04":
        content = _contents(data)
        return next((kind for mark, kind in _WITHIN.items() if mark in content), "zip")
    if data[:4] == _OLE:
        return next((kind for name, kind in _STREAMS.items() if name.encode("utf-16-le") in data), "xls")
    if known := next((kind for mark, kind in _BEGINNINGS.items() if data.startswith(mark)), None):
        return known
    head = data[:4096]
    if _PROTECTED.search(head[:128]):
        return "protected"
    if not head.strip(b"\0") and not data.strip(b"\0"):
        return "zeros"
    beginning = head[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if beginning.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"mime-version:")):
        return "xml" if beginning.startswith(b"<?xml") and b"<html" not in beginning else "html"
    return "binary" if b"\0" in head and head[:2] not in (b"\xff\xfe", b"\xfe\xff") else "csv"


def _contents(data: bytes) -> bytes:
    """Return the names of a package's parts and what it says of their types; of a damaged one all its bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = "\n".join(package.namelist()).encode()
            first = _TYPES if _TYPES in package.namelist() else "mimetype"
            return names + (package.read(first) if package.getinfo(first).file_size <= _LARGEST_TYPES else b"")
    except Exception:  # a damaged package fails in every way that zip can
        return data


def check_kind(data: bytes, path: Path, named: str, save_as: Text = SAVE_AS) -> None:
    """Refuse a file that is of another kind than its name says, or of one that nobody should open."""
    if path.name.startswith("~$"):
        found = msg("the lock file of a document that is open in Office, not the document")
        raise refused(path, found, msg("the document itself, whose name does not begin with ~$"))
    if not data:
        raise refused(path, msg("an empty file"), msg("a table") if save_as is SAVE_AS else msg("a Word file (.docx)"))
    kind = "macros" if path.suffix.lower() == ".xlsm" else kind_of(data)
    if kind == named or (named, kind) == ("csv", "binary"):  # the latter is reported with the readable encodings
        return
    rename = msg("rename the file to {name}", name=path.with_suffix(f".{kind}").name)
    can_be_renamed = save_as is SAVE_AS and kind in ("csv", "xlsx", "parquet")
    raise refused(path, REALLY[kind], rename if can_be_renamed else _ADVICE.get(kind, save_as))
