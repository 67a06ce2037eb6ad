"""Writing files: whole or not at all, and never over what somebody else wrote, or has worked in since.

Each file that lsstd writes bears `MARK`, and behind it a stamp: a hash of all the rest. Whoever edits the file, in
whatever program, leaves a stamp that no longer fits. A form's file has the mark and no stamp: it is a person's work.
Work that is replaced all the same is kept beside it, in the folder ``.<name>.lsstd``, as a form's earlier states are.
A symbolic link is followed; a file that is replaced keeps its owner and mode, which what is kept beside it has, too.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lsstd.errors import FileError, Problem
from lsstd.files.reading import ending_of, read_bytes, reason
from lsstd.files.strict_yaml import to_yaml
from lsstd.words import Text, msg, same

MARK = "written by lsstd"  # stands in the head of each text file that lsstd writes, so that it may be written anew

KEPT = 10  # earlier states kept of a file; the oldest go first
_WRITABLE = msg("a writable folder with free space")
_SPECIAL = msg("a device, a pipe, or a link that leads back to itself")
_FORCED = msg("another name, or --force (what is there is kept as an earlier version)")
_STAMPED = re.compile(re.escape(MARK.encode()) + rb"(?: #([0-9a-f]{16}))?")
_HEAD = 4096
_PACKAGES = (".xlsx", ".docx")  # zip packages, whose mark stands in the document's properties
_LARGEST_REPLACED = 2**30
_PARQUET, _FOOTER = (".parquet", ".pq"), 2**20  # whose mark stands in the last bytes; largest footer looked through
_PROPERTIES = "docProps/core.xml"
set_aside_here: list[Path] = []  # the earlier states that this process has set aside, to be reported to its user
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069<>:"/\\|?*]+')
_MASK = os.umask(0)
os.umask(_MASK)  # read once: threads that read it at the same time would leave the process without it
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of the calendar of zip packages
_MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:(?:created|modified)>)")


def safe_name(name: str, fallback: str = "report") -> str:
    """Return a file name that stays in its folder on every system, close to the given name.

    >>> safe_name("../../etc/passwd"), safe_name("CON"), safe_name("")
    ('etc_passwd', '_CON', 'report')
    """
    cleaned = _UNSAFE.sub("_", name).strip(" ._")
    while len(cleaned.encode()) > 120:
        cleaned = cleaned[:-1]
    cleaned = cleaned.rstrip(" ._") or fallback
    return f"_{cleaned}" if cleaned.split(".")[0].strip().lower() in _RESERVED else cleaned


def write_whole(path: Path, data: bytes, force: bool = False) -> None:
    """Write a file that lsstd alone made, stamped where its format has a place; set aside what others have worked in.

    What it replaces is kept only where it can hold anybody's work: a file that is as lsstd wrote it can be made anew.

    Raises `FileError`: the folder cannot be written, or there stands a file that lsstd did not write, or that has been
    worked in since, and `force` is off.
    """
    check_writable(path, force)
    data = stamped(path, data)
    if path.is_file() and not is_untouched(path) and (before := read_bytes(path, _LARGEST_REPLACED)) != data:
        set_aside(path, before)
    replace_whole(path, data)


def write_streamed(path: Path, write: Callable[[BinaryIO], Any], force: bool = False) -> None:
    """Write a file as `write_whole` does, by a function that writes piece by piece; nothing is left if that fails.

    Raises `FileError`: as `write_whole` does.
    """
    check_writable(path, force)
    if path.is_file() and not is_untouched(path):
        with path.open("rb") as before:
            set_aside(path, partial(shutil.copyfileobj, before))
    _replace(path, write)


def own_yaml(value: Any) -> str:
    """Return plain values as YAML marked as lsstd's own, which lsstd may overwrite."""
    return f"# {MARK}\n{to_yaml(value)}"


def write_yaml(path: Path, value: Any, force: bool = False) -> None:
    """Write plain values as YAML marked as lsstd's own, whole or not at all."""
    write_whole(path, own_yaml(value).encode(), force)


def replace_whole(path: Path, data: bytes, like: Path | None = None) -> None:
    """Write bytes to a file in one step, so that it is never seen half-written, and is there after a power cut.

    It gets the owner and mode of the file it replaces, or of the file `like`; a hard link to the old file stays there.

    Raises `FileError`: the folder cannot be written.
    """
    _replace(path, lambda file: file.write(data), like)


def _replace(path: Path, write: Callable[[BinaryIO], Any], like: Path | None = None) -> None:
    temporary, real, like = None, _real(path), like or path
    try:
        new = [folder.parent for folder in (real.parent, *real.parent.parents) if not folder.exists()]
        real.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=real.parent, prefix=".lsstd-")
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            _permit(Path(temporary), like)
            os.fsync(file.fileno())
        Path(temporary).replace(real)
    except BaseException as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise cannot_write(path, reason(error)) from None
        raise
    for folder in (real.parent, *new):
        with suppress(OSError):  # Windows opens no folders, some network drives sync none
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _permit(path: Path, like: Path) -> None:
    """Give a new file the owner, mode and access list of another, or of any new file where there is no other."""
    if not like.is_file():
        path.chmod(0o666 & ~_MASK)
        return
    with suppress(OSError, AttributeError):  # who is not root may not give a file away; Windows has no chown
        owned = like.stat()
        os.chown(path, owned.st_uid, owned.st_gid)
    shutil.copystat(like, path)
    os.utime(path)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def earlier(path: Path) -> Path:
    """Return the folder of a file's earlier states; a file has one, whatever links lead to it."""
    real = _real(path)
    return real.parent / f".{real.name}.lsstd"


def set_aside(path: Path, data: bytes | Callable[[BinaryIO], Any]) -> Path:
    """Keep an earlier state of a file under the time of now and a running number; return where."""
    number = max((_order(state)[0] for state in states(path)), default=0) + 1
    aside = earlier(path) / f"{time.strftime('%Y-%m-%d %H%M%S')} #{number}{path.suffix}"
    _replace(aside, (lambda file: file.write(data)) if isinstance(data, bytes) else data, path)
    set_aside_here.append(aside)
    for old in [state for state in states(path) if state.name.startswith("2")][KEPT:]:
        old.unlink(missing_ok=True)
    return aside


def states(path: Path) -> list[Path]:
    """Return the earlier states of a file, latest first."""
    return sorted(earlier(path).glob(f"*{path.suffix}"), key=_order, reverse=True)


def _order(state: Path) -> tuple[int, str]:
    """Return the number of a state, since a clock may be set back; ``first.yaml`` comes before all others."""
    moment, _, number = state.stem.partition(" #")
    return int(number) if number.isdecimal() else 0, moment.removeprefix("first")


def stamped(path: Path, data: bytes) -> bytes:
    """Return a file's bytes with the stamp behind the mark, if they bear one where their format keeps it."""
    if path.suffix.lower() in _PACKAGES:
        return steady(data, None, stamp_of)
    head, tail = data[:_HEAD], data[_HEAD:]
    if path.suffix.lower() == ".pdf" or not (mark := _STAMPED.search(head)):
        return data
    bare = _STAMPED.sub(MARK.encode(), head, 1) + tail
    return head[: mark.start()] + _with_stamp(hashlib.sha256(bare)) + head[mark.end() :] + tail


def _with_stamp(digest: Any) -> bytes:
    return f"{MARK} #{digest.hexdigest()[:16]}".encode()


def check_writable(path: Path, force: bool = False, instead: Text | None = None) -> None:
    """Raise the `FileError` that writing would, before any work is done; `instead` says what else could be done."""
    real = _real(path).absolute()
    folder = next(parent for parent in real.parents if parent.exists())
    if not folder.is_dir():
        raise cannot_write(path, reason(NotADirectoryError()))
    if os.path.lexists(real) and not real.is_file():
        found = reason(IsADirectoryError()) if real.is_dir() else _SPECIAL
        raise cannot_write(path, found, msg("the name of a file"))
    if not all(os.access(place, os.W_OK) for place in (folder, real) if place.exists()):
        raise cannot_write(path, reason(PermissionError()))
    if not force and path.exists() and not is_untouched(path):
        found = msg("a file not written by lsstd is already there")
        if path.suffix.lower() == ".csv":  # a table has no place for a mark
            found = msg("a file is already there (a CSV cannot say who wrote it)")
        elif is_own(path):
            found = msg("the file there has been worked in since lsstd wrote it")
        raise cannot_write(path, found, instead or _FORCED)


def check_ending(path: Path, *endings: str) -> None:
    """Raise a `FileError` where a file to be written has none of these endings."""
    if path.suffix.lower() not in endings:
        raise cannot_write(path, ending_of(path), same(" / ".join(endings)))


def is_own(path: Path) -> bool:
    """Return whether lsstd wrote this file, be it worked in since or not."""
    return _mark_of(path) is not None


def is_untouched(path: Path) -> bool:
    """Return whether this file is as lsstd wrote it, with nobody's work in it."""
    if (mark := _mark_of(path)) is None:
        return False
    if path.suffix.lower() in (".pdf", *_PARQUET):
        return True
    if mark[1] is not None and path.suffix.lower() in (*_PACKAGES, ".zip"):
        with zipfile.ZipFile(path) as package:  # however its parts are packed
            return stamp_of(package) == mark[0]
    data = path.read_bytes()
    return mark[1] is not None and stamped(path, data) == data


def _mark_of(path: Path) -> re.Match[bytes] | None:
    """Return the mark in a file's head or properties, its stamp as a group; None without one."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as package:
                return _STAMPED.search(package.comment)
        if path.suffix.lower() in _PACKAGES:
            with zipfile.ZipFile(path) as package, package.open(_PROPERTIES) as properties:
                return _STAMPED.search(properties.read(_HEAD))
        with path.open("rb") as file:
            if path.suffix.lower() in _PARQUET:
                file.seek(max(-_FOOTER, -path.stat().st_size), os.SEEK_END)
                return _STAMPED.search(file.read())
            return _STAMPED.search(file.read(_HEAD))
    except Exception:  # a damaged package fails in every way that zip can
        return None


def cannot_write(path: Path, found: Text, expected: Text = _WRITABLE) -> FileError:
    """Return the error for a file that cannot be written."""
    return FileError(msg("cannot write {path}", path=path.name), [Problem(str(path), found, expected)])


def steady(data: bytes, day: str | None, mark: Callable[[zipfile.ZipFile], bytes] = lambda _: MARK.encode()) -> bytes:
    """Return a package of Word's or Excel's without the time of its making: the same content, the same bytes.

    Its properties name the day that its content is of, ``2024-12-31``; ``""``: none; None: the one that they name.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == _PROPERTIES:
                content = _STAMPED.sub(mark(package), content)
                if day is not None:
                    moment = rb"\g<1>%sT00:00:00Z\g<2>" % f"{day}-01-01"[:10].encode() if day else b""
                    content = _MOMENT.sub(moment, content)
            entry = zipfile.ZipInfo(name, _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            copy.writestr(entry, content)
    return out.getvalue()


def stamp_of(package: zipfile.ZipFile) -> bytes:
    """Return the mark with the stamp of a package: of the names and checksums of all parts but the properties."""
    parts = sorted((part.filename, part.CRC) for part in package.infolist() if part.filename != _PROPERTIES)
    return _with_stamp(hashlib.sha256(repr(parts).encode()))
