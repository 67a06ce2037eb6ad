"""What a file is by its content, whatever it is called; another kind than asked for is named, with what to do."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from lsstd.files.reading import refused
from lsstd.words import Text, msg

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
"""What a file really is, by its content; see `kind_of`."""

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
    if kind == named or (named, kind) == ("csv", "binary"):  # the latter is told with the encodings that can be read
        return
    rename = msg("rename the file to {name}", name=path.with_suffix(f".{kind}").name)
    can_be_renamed = save_as is SAVE_AS and kind in ("csv", "xlsx", "parquet")
    raise refused(path, REALLY[kind], rename if can_be_renamed else _ADVICE.get(kind, save_as))
