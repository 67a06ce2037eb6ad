"""Tables too large to be read at once: which rows of which file form a part, and the reading of a single part."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from lsstd.files.opening import check_kind, is_utf_16, plain_csv
from lsstd.files.places import TABLES
from lsstd.files.reading import KINDS, MOST_FILES, read_bytes, reason, refused
from lsstd.population.table_files import (
    LARGEST,
    LARGEST_HEADS,
    IsText,
    ReadTable,
    csv_head,
    csv_rows,
    kind_named,
    named,
    open_parquet,
    parquet_rows,
    read_workbook,
)
from lsstd.words import msg

CELLS = 1 << 24
"""Cells of one part: some 400 MB while it is read, checked and scored, yet enough for the overhead not to matter."""

_WIDTH = 32  # narrower tables count as this many columns, for the cost of the row itself, such as its id
_GLOB = re.compile(r"[*?\[]")
_DIGITS = re.compile(r"(\d*)(\D*)")
_STEPS = (1 << 12, 1 << 28)  # bytes read at a time when looking for the end of a line
_Columns: TypeAlias = dict[str, str]
_Reader: TypeAlias = Callable[[], ReadTable]


@dataclass(frozen=True)
class TableRows:
    """Some rows of the file of a table, which must not change before they are read.

    Parameters
    ----------
    stamp : tuple of int
        Size and modification time of the file when it was listed.
    columns : dict of str to str
        What each column holds, as far as the file says so: text, number, or "".
    reader : callable
        Reads these rows, even if the file has changed since.
    """

    path: Path
    stamp: tuple[int, int]
    columns: _Columns
    reader: _Reader

    def read(self) -> ReadTable:
        """Return these rows as they are in the file, with their line numbers there.

        Raises `FileError`: the file has vanished, has changed, or cannot be read.
        """
        try:
            found = self.reader() if stamp_of(self.path) == self.stamp else None
            is_changed = stamp_of(self.path) != self.stamp
        except OSError as error:
            is_gone = isinstance(error, FileNotFoundError)
            what = msg("the file does not exist (any more)") if is_gone else reason(error)
            raise refused(self.path, what, msg("a readable file")) from None
        if found is None or is_changed:
            what = msg("the file was changed while it was being read")
            raise refused(self.path, what, msg("a file that does not change while it is read"))
        return found


def read_table(path: Path, is_text: IsText) -> ReadTable:
    """Return the table of a CSV, Excel (its first visible sheet) or Parquet file as it stands, to be checked.

    Raises `FileError`: it cannot be read, is too large, or is not of the kind that its name says.
    """
    (whole,) = rows_of(path, is_text, cells=None)
    return whole.read()


def rows_of(path: Path, is_text: IsText, cells: int | None) -> list[TableRows]:
    """Return the parts of one file, each of about this many cells, or one part; a workbook is always one part.

    Raises `FileError`: it cannot be read, or is of another kind than its name says.
    """
    kind, most = kind_named(path), cells
    data = read_bytes(path, LARGEST_HEADS, is_cut=True)
    if most is None or kind == "xlsx" or is_utf_16(data):
        data, most = read_bytes(path, LARGEST), None
    check_kind(data, path, kind)
    stamp = stamp_of(path)
    if kind == "parquet":
        columns, readers = _of_parquet(path, most)
    elif kind == "csv":
        columns, readers = _of_csv(path, data, most, is_text)
    else:
        names = () if cells is None else tuple(read_workbook(path).frame)
        columns, readers = dict.fromkeys(map(str, names), ""), [partial(read_workbook, path)]
    return [TableRows(path, stamp, columns, reader) for reader in readers]


def stamp_of(path: Path) -> tuple[int, int]:
    """Return a file's size and the time of its last change."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _of_parquet(path: Path, cells: int | None) -> tuple[_Columns, list[_Reader]]:
    """Return the columns and the parts of a Parquet file: small row groups are joined, large ones cut."""
    packed = open_parquet(path)
    metadata, columns = packed.metadata, {each.name: _holds(str(each.type)) for each in packed.schema_arrow}
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    most = max(1, sum(sizes) if cells is None else cells // max(_WIDTH, len(columns)))
    readers: list[_Reader] = []
    groups: list[int] = []
    first, held = 2, 0  # the heads are line 1, as in the other kinds of tables
    for group, (size, following) in enumerate(zip(sizes, [*sizes[1:], most + 1], strict=True)):
        groups.append(group)
        held += size
        if held + following > most:
            spans = [slice(start, min(start + most, held)) for start in range(0, held, most)]
            readers += [partial(parquet_rows, path, tuple(groups), span, first + span.start) for span in spans]
            first, held, groups = first + held, 0, []
    return columns, readers or [partial(parquet_rows, path, (), slice(0, 0), first)]


def _holds(kind: str) -> str:
    if "string" in kind:
        return "text"
    return "number" if re.match(r"u?int|float|double|half|decimal", kind) else ""


def _of_csv(path: Path, data: bytes, cells: int | None, is_text: IsText) -> tuple[_Columns, list[_Reader]]:
    """Return the columns and the parts of a CSV file, cut at the ends of lines, except within quotation marks.

    `data` is its beginning or, if it is not to be cut, all of it.
    """
    end = b"\r" if b"\r" in data and b"\n" not in data else b"\n"
    lines = data if cells is None else data[: data.rfind(end) + 1] or data
    head = csv_head(plain_csv(lines, path), path)
    columns, rows = dict.fromkeys(named(head.names), ""), partial(csv_rows, path, head, is_text)
    if cells is None:
        return columns, [partial(rows, slice(0, len(data)), 1)]
    rows_at_once = cells // max(_WIDTH, len(head.names))
    step = len(data) * rows_at_once // max(1, data.count(end))
    step = min(max(step, _STEPS[0]), _STEPS[1])
    starts, start, line = [], 0, 1
    kept, is_utf_8 = b"", True
    with path.open("rb") as file:
        while (block := file.read(step)) or kept:
            stretch, kept = _at_line_end(kept + block, end) if block else (kept, b"")
            if len(kept) > LARGEST:
                raise refused(path, msg("a quotation mark that is not closed"), msg("valid CSV"), line)
            if stretch:
                starts.append((start, line))
                is_utf_8 = is_utf_8 and (stretch.isascii() or _is_utf_8(stretch))
                line += sum(piece.count(end) for piece in stretch.split(b'"')[::2])
                start += len(stretch)
    encoding, ends = "utf-8-sig" if is_utf_8 else "gb18030", [*(begin for begin, _ in starts[1:]), start]
    spans = ((slice(begin, stop), first) for (begin, first), stop in zip(starts, ends, strict=True))
    return columns, [partial(rows, span, first, (encoding,)) for span, first in spans]


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
