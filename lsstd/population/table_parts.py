"""Tables too large to be read at once: which rows of which file form a part, and the reading of a single part."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from lsstd.files.opening import check_kind, is_utf_16, plain_csv
from lsstd.files.places import TABLES
from lsstd.files.reading import KINDS, MOST_FILES, read_bytes, reason, refused
from lsstd.population.table_files import (
    LARGEST,
    LARGEST_HEADS,
    Head,
    IsText,
    Table,
    csv_frame,
    csv_head,
    kind_named,
    named,
    open_parquet,
    parquet_frame,
    read_table,
    tidied,
)
from lsstd.words import msg

ROWS = 1 << 17
"""Rows of one part: some 400 MB while it is read, checked and scored, yet enough for the overhead not to matter."""

_GLOB = re.compile(r"[*?\[]")
_DIGITS = re.compile(r"(\d*)(\D*)")
_SOME = 1 << 20  # bytes from which the length of a line is estimated
_STEPS = (1 << 12, 1 << 28)  # bytes read at a time when looking for the end of a line


@dataclass(frozen=True)
class TableRows:
    """Some rows of the file of a table, which must not change before they are read.

    Parameters
    ----------
    stamp : tuple of int
        Size and modification time of the file when it was listed.
    columns : dict of str to str
        What each column holds, as far as the file says so: text, number, or "".
    """

    path: Path
    stamp: tuple[int, int]
    columns: dict[str, str]

    def read(self, is_text: IsText) -> Table:
        """Return these rows as they are in the file, with their line numbers there.

        Raises `FileError`: the file has vanished, has changed, or cannot be read.
        """
        before = stamp_of(self.path)
        try:
            found = self._read(is_text) if before == self.stamp else None
        except OSError as error:
            raise refused(self.path, reason(error), msg("a readable file")) from None
        if found is None or stamp_of(self.path) != self.stamp:
            what = msg("the file was changed while it was being read")
            raise refused(self.path, what, msg("a file that does not change while it is read"))
        return found

    def _read(self, is_text: IsText) -> Table:
        return read_table(self.path, is_text)


@dataclass(frozen=True)
class RowGroups(TableRows):
    """Some row groups of a Parquet file, or some rows of one."""

    groups: tuple[int, ...]
    start: int
    stop: int
    first: int

    def _read(self, _: IsText) -> Table:
        packed = open_parquet(self.path, self.path)
        found = parquet_frame(packed, self.path, self.groups, slice(self.start, self.stop))
        return Table(found, range(self.first, self.first + len(found)))


@dataclass(frozen=True)
class Stretch(TableRows):
    """A stretch of lines of a CSV file."""

    head: Head
    encoding: str
    start: int
    stop: int
    first: int
    above: int

    def _read(self, is_text: IsText) -> Table:
        with self.path.open("rb") as file:
            file.seek(self.start)
            data = file.read(self.stop - self.start)
        text = plain_csv(data, self.path, (self.encoding,)) if data else ""
        return tidied(csv_frame(text, self.head, self.first, self.path, is_text), self.path, self.above)


def stamp_of(path: Path) -> tuple[int, int]:
    """Return a file's size and the time of its last change; raise `FileError` where there is no such file."""
    try:
        found = path.stat()
    except OSError as error:
        missing = msg("the file does not exist (any more)")
        told = missing if isinstance(error, FileNotFoundError) else reason(error)
        raise refused(path, told, msg("an existing file")) from None
    if not S_ISREG(found.st_mode):  # reading a pipe would wait for ever
        raise refused(path, msg("it is a folder") if path.is_dir() else msg("it is a pipe or a device"), msg("a file"))
    return found.st_size, found.st_mtime_ns


def rows_of(path: Path, rows: int, is_text: IsText) -> list[TableRows]:
    """Return the parts of one file, of about this many rows; a workbook is one part.

    Raises `FileError`: it cannot be read, or is of another kind than its name says.
    """
    stamp, kind = stamp_of(path), kind_named(path)
    try:
        with path.open("rb") as file:
            beginning = file.read(LARGEST_HEADS)
    except OSError as error:
        raise refused(path, reason(error), msg("a readable file")) from None
    if kind != "xlsx" and stamp[0] > LARGEST_HEADS:
        check_kind(beginning, path, kind)
    else:
        check_kind(read_bytes(path, LARGEST), path, kind)
    if kind == "parquet":
        return list(_row_groups(path, stamp, rows))
    if kind == "csv" and not is_utf_16(beginning):
        return list(_stretches(path, stamp, rows))
    return [TableRows(path, stamp, dict.fromkeys(map(str, read_table(path, is_text).frame), ""))]


def _row_groups(path: Path, stamp: tuple[int, int], rows: int) -> Iterator[RowGroups]:
    """Yield parts of a Parquet file: small row groups are joined, large ones cut."""
    packed = open_parquet(path, path)
    columns = {each.name: _holds(str(each.type)) for each in packed.schema_arrow}
    sizes = [packed.metadata.row_group(group).num_rows for group in range(packed.metadata.num_row_groups)]
    groups: list[int] = []
    first, held = 2, 0
    for group, size in enumerate(sizes):
        groups.append(group)
        held += size
        if group + 1 < len(sizes) and held + sizes[group + 1] <= rows:
            continue
        cuts = max(1, -(-held // rows))
        for cut in range(cuts):
            start, stop = held * cut // cuts, held * (cut + 1) // cuts
            yield RowGroups(path, stamp, columns, tuple(groups), start, stop, first + start)
        first, held, groups = first + held, 0, []
    if not sizes:
        yield RowGroups(path, stamp, columns, (), 0, 0, first)


def _holds(kind: str) -> str:
    if "string" in kind:
        return "text"
    return "number" if re.match(r"u?int|float|double|half|decimal", kind) else ""


def _stretches(path: Path, stamp: tuple[int, int], rows: int) -> Iterator[Stretch]:
    """Yield parts of a CSV file, cut at the ends of lines, except within quotation marks."""
    with path.open("rb") as file:
        beginning = file.read(_SOME)
        end = b"\r" if b"\r" in beginning and b"\n" not in beginning else b"\n"
        step = len(beginning) * rows // max(1, beginning.count(end))
        step = min(max(step, _STEPS[0]), _STEPS[1])
        file.seek(0)
        found, kept, start, line = [], b"", 0, 1
        while (block := file.read(step)) or kept:
            stretch, kept = _at_line_end(kept + block, end) if block else (kept, b"")
            if len(kept) > LARGEST:
                raise refused(path, msg("a quotation mark that is not closed"), msg("valid CSV"), line)
            if stretch:
                found.append((start, line, stretch.isascii() or _is_utf_8(stretch)))
                line += sum(piece.count(end) for piece in stretch.split(b'"')[::2])
                start += len(stretch)
    encoding = "utf-8-sig" if all(is_utf_8 for _, _, is_utf_8 in found) else "gb18030"
    cut = beginning[: beginning.rfind(end) + 1] or beginning
    text = plain_csv(cut, path, (encoding,))
    head = csv_head(text, path)
    lines = io.StringIO(text, newline="")
    for _ in range(head.lines):
        lines.readline()
    # a BOM and a line sep=; are in the bytes only, so the rows below the heads are counted from the end
    body = len(cut) - len(lines.read().encode(encoding.removesuffix("-sig")))
    columns = dict.fromkeys(named(head.names), "")
    for place, (begin, first, _) in enumerate(found):
        stop = found[place + 1][0] if place + 1 < len(found) else start
        if stop > body or stop == start:
            is_first = begin <= body
            line, above = (head.lines + 1, head.lines - 1) if is_first else (first, 0)
            yield Stretch(path, stamp, columns, head, encoding, max(begin, body), stop, line, above)


def _at_line_end(data: bytes, end: bytes) -> tuple[bytes, bytes]:
    """Cut bytes after the last end of a line outside quotation marks."""
    place, is_open = len(data), data.count(b'"') % 2
    while True:
        before = data.rfind(end, 0, place)
        if before < 0:
            return b"", data
        is_open ^= data.count(b'"', before, place) % 2
        if not is_open:
            return data[: before + 1], data[before + 1 :]
        place = before


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def files_of(source: Path) -> list[Path] | None:
    """Return the tables that a folder or a pattern stands for, in the order of their numbers; None for a file.

    A folder of assessments is one table, too. Raises `FileError`: a pattern or folder without any file.
    """
    if source.is_dir():
        paths = [path for path in source.iterdir() if path.name[0] not in ".~_"]
        if any(path.suffix.lower() in KINDS for path in paths):
            return None
        paths = [path for path in paths if path.suffix.lower() in TABLES]
    elif _GLOB.search(str(source)) and not source.exists():
        anchor = Path(source.anchor)
        paths = [path for path in anchor.glob(str(source.relative_to(anchor))) if path.is_file()]
    else:
        return None
    if not paths:
        raise refused(source, msg("no files"), msg("a folder or pattern with files"))
    if len(paths) > MOST_FILES:
        raise refused(source, msg("{count} files", count=len(paths)), msg("at most {most} files", most=MOST_FILES))
    return sorted(paths, key=lambda path: [(int(text or 0), rest) for text, rest in _DIGITS.findall(str(path))])


def names_of(paths: Sequence[Path]) -> dict[Path, str]:
    """Return the names of files for messages, with their folders where two files have the same name."""
    count = len({path.name for path in paths})
    return {path: path.name if count == len(set(paths)) else str(path) for path in paths}
