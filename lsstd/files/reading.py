"""The gate for whatever is read: ordinary files only, never more of them than is accepted, told in clear words."""

from __future__ import annotations

import errno
import hashlib
import stat
from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from lsstd.errors import FileError, Problem
from lsstd.files.strict_yaml import Parsed, parse_json, parse_yaml
from lsstd.words import Text, msg, same

LARGEST = 16 * 2**20
MOST_FILES = 10_000  # most files of a folder that are read one after the other
KINDS = (".yaml", ".yml", ".json")
_PART_IS_A_FILE = msg("a part of the path is a file, not a folder")
_REASONS: dict[int | type[Exception] | None, Text] = {
    errno.ENOSPC: msg("the disk is full"),
    errno.EROFS: msg("the disk is read-only"),
    PermissionError: msg("no permission"),
    IsADirectoryError: msg("it is a folder"),
    NotADirectoryError: _PART_IS_A_FILE,
    FileExistsError: _PART_IS_A_FILE,
}


def in_folder(folder: Path, endings: Container[str] = KINDS) -> list[Path]:
    """Return the files of a folder that have one of some endings, sorted, but for those that programs hide there.

    Raises `FileError`: it is not a folder, or holds more than `MOST_FILES` such files.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in endings and path.name[0] not in ".~")
    except OSError as error:
        found = reason(error) if folder.exists() else msg("there is no such folder")
        raise refused(folder, found, msg("an existing folder")) from None
    if (count := len(paths)) > MOST_FILES:
        raise refused(folder, msg("{count} files", count=count), msg("at most {most} files", most=MOST_FILES))
    return paths


def sha256_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, read piece by piece; None for a folder, a device or an unreadable file."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def read_bytes(path: Path, largest: int = LARGEST, is_cut: bool = False) -> bytes:
    """Return a file's content, reading at most one byte over the limit. If it may be cut, return its beginning.

    Raises `FileError`: a missing file, a folder, a pipe or a device, a file too large or one that may not be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for, a device has no end
            found = msg("it is a folder") if stat.S_ISDIR(status.st_mode) else msg("it is a pipe or a device")
            raise refused(path, found, msg("a file"))
        with path.open("rb") as file:
            data = file.read(largest + (not is_cut)) if is_cut or status.st_size <= largest else b""
        if (size := max(status.st_size, len(data))) > largest and not is_cut:
            found = same(f"{round(size / 2**20, 1):g} MB")
            raise refused(path, found, msg("at most {largest} MB", largest=largest // 2**20))
        return data
    except FileNotFoundError:
        found, right = msg("there is no such file"), msg("an existing file")
        if not path.suffix:
            found, right = msg("there is no such file or folder"), msg("an existing file or folder")
        raise refused(path, found, right) from None
    except (OSError, ValueError) as error:
        raise refused(path, reason(error), msg("a readable file")) from None


def read_plain(source: str | Path | Parsed, largest: int = LARGEST) -> Parsed:
    """Return the plain values of a YAML or JSON file; what has been read already, as it is."""
    return source if isinstance(source, Parsed) else plain_of(read_bytes(Path(source), largest), Path(source))


def plain_of(data: bytes, path: Path) -> Parsed:
    """Return the same as `read_plain`, from a file's bytes."""
    if path.suffix.lower() not in KINDS:
        raise refused(path, ending_of(path), same(" / ".join(KINDS)))
    parse = parse_json if path.suffix.lower() == ".json" else parse_yaml
    return replace(parse(decode(data, path), path.name), path=path, sha256=hashlib.sha256(data).hexdigest())


def decode(data: bytes, path: Path) -> str:
    """Return the text of UTF-8 bytes (a BOM is allowed)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        expected = msg("UTF-8 (choose it when saving the file in an editor)")
        raise refused(path, msg("not UTF-8"), expected, line) from None


def reason(error: Exception) -> Text:
    """Return why a file could not be read or written: common reasons in both languages."""
    known = _REASONS.get(getattr(error, "errno", None)) or _REASONS.get(type(error))
    return known or same(getattr(error, "strerror", None) or error)


def ending_of(path: Path) -> Text:
    """Return a file's ending as what was found."""
    return msg("the ending {suffix}", suffix=path.suffix) if path.suffix else msg("no ending")


def refused(path: Path, found: Text, expected: Text, line: int | None = None) -> FileError:
    """Return the error for a file that cannot be read."""
    name = path.name or path
    return FileError(msg("cannot read {name}", name=name), [Problem(str(path), found, expected, line)])
