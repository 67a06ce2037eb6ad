"""Writing files: whole or not at all, and never over a file that is somebody else's."""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from pathlib import Path

from lsstd.errors import FileError, Problem
from lsstd.files.reading import ending_of, reason
from lsstd.words import Text, msg, same

MARK = "written by lsstd"
"""Stands in the head of each text file that lsstd writes, so that it may be written anew."""

_WRITABLE = msg("a writable folder")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069<>:"/\\|?*]+')
_MASK = os.umask(0)
os.umask(_MASK)  # read once: threads that read it at the same time would leave the process without it
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of the calendar of zip packages
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def safe_name(name: str, fallback: str = "report") -> str:
    """Return a file name that stays in its folder on every system, close to the given name.

    Examples
    --------
    >>> safe_name("../../etc/passwd"), safe_name("CON"), safe_name("")
    ('etc_passwd', '_CON', 'report')
    """
    cleaned = _UNSAFE.sub("_", name).strip(" ._")
    while len(cleaned.encode()) > 120:
        cleaned = cleaned[:-1]
    cleaned = cleaned.rstrip(" ._") or fallback
    return f"_{cleaned}" if cleaned.split(".")[0].strip().lower() in _RESERVED else cleaned


def write_whole(path: Path, data: bytes, force: bool = False) -> None:
    """Write a file in one step, so that it is never seen half-written.

    Raises `FileError`: the folder cannot be written, or a file that lsstd did not write stands there and `force` is
    off.
    """
    check_writable(path, force)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".lsstd-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o666 & ~_MASK)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise cannot_write(path, reason(error)) from None


def check_writable(path: Path, force: bool = False) -> None:
    """Raise the `FileError` that writing would, before any work is done; nothing is made."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir():
        raise cannot_write(path, reason(NotADirectoryError()))
    if not os.access(folder, os.W_OK):
        raise cannot_write(path, reason(PermissionError()))
    if not force and path.exists() and not is_own(path):
        found = msg("a file not written by lsstd is already there")
        if path.suffix.lower() == ".csv":  # a table has no place for a mark
            found = msg("a file is already there (a CSV cannot say who wrote it)")
        raise cannot_write(path, found, msg("another name, or --force"))


def check_ending(path: Path, *endings: str) -> None:
    """Raise a `FileError` where a file to be written has none of these endings."""
    if path.suffix.lower() not in endings:
        raise cannot_write(path, ending_of(path), same(" / ".join(endings)))


def is_own(path: Path) -> bool:
    """Return whether lsstd wrote this file."""
    try:
        if path.suffix.lower() in (".xlsx", ".docx"):  # the mark stands in the document's properties
            with zipfile.ZipFile(path) as package, package.open("docProps/core.xml") as properties:
                return MARK.encode() in properties.read(4096)
        with path.open("rb") as file:
            return MARK.encode() in file.read(4096)
    except Exception:  # a damaged package fails in every way that zip can
        return False


def cannot_write(path: Path, found: Text, expected: Text = _WRITABLE) -> FileError:
    """Return the error for a file that cannot be written."""
    return FileError(msg("cannot write {path}", path=path.name), [Problem(str(path), found, expected)])


def steady(data: bytes) -> bytes:
    """Return a package of Word's or Excel's without the time of its making: the same content, the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == "docProps/core.xml":
                content = _MOMENT.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(entry, content)
    return out.getvalue()
