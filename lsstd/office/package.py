"""The packages that Word and Excel keep their files in: the same content always gives the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from lsstd.errors import FileError, Problem
from lsstd.files.reading import read_bytes
from lsstd.words import Text

_BEGINNING = (1980, 1, 1, 0, 0, 0)  # of the calendar that packages go by
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


_LARGEST = 128 * 2**20  # unpacked


def parts_of(path: Path) -> dict[str, bytes]:
    """Return the parts in XML of a package by their names.

    Raises
    ------
    FileError
        It cannot be read, is damaged, or unpacks to too much.
    """
    data = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = [entry for entry in package.infolist() if entry.filename.endswith((".xml", ".rels"))]
            if sum(entry.file_size for entry in entries) <= _LARGEST:
                return {entry.filename: package.read(entry) for entry in entries}
            found = Text("解压后过大", "it unpacks to too much")
    except Exception as error:  # a damaged package fails in every way that zip can
        found = Text(f"文件不完整或已损坏（{error}）", f"it is incomplete or damaged ({error})")
    raise unsound(path, found)


def unsound(path: Path, found: Text) -> FileError:
    """Return the error for a document that is none."""
    expected = Text("完好的文件", "a sound file")
    title = Text(f"无法读取 {path.name}", f"cannot read {path.name}")
    return FileError(title, [Problem(str(path), found, expected)])


def steady(data: bytes) -> bytes:
    """Return a package without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in package.namelist():
            content = package.read(name)
            if name == "docProps/core.xml":
                content = _MOMENT.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, _BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, content)
    return out.getvalue()
