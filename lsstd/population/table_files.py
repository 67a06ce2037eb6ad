"""Tables as files hold them, to be checked later: CSV, Excel and Parquet, read whole or in part, and written."""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pandas as pd

from lsstd.files.cells import is_total
from lsstd.files.opening import ENCODINGS, SEPARATORS, csv_lines, opened, plain_csv, separator_of
from lsstd.files.reading import read_bytes, refused
from lsstd.files.workbook import AT_MOST_COLUMNS, MOST_COLUMNS
from lsstd.files.writing import MARK, cannot_write, write_streamed
from lsstd.words import Text, listing, msg, same

LARGEST = 2**30  # bytes of a file that is read whole
MOST_CELLS = 100_000_000  # of a table in memory: a million subjects in a hundred columns, 800 MB as numbers
LARGEST_HEADS = 2**20  # characters within which the heads must end
_LARGEST_WORKBOOK = 200 * 2**20  # bytes, unpacked
_HEAD_WITHIN = 20  # lines among which the heads are looked for
_NO_PYARROW = (msg("pyarrow is not installed"), msg("pip install 'lsstd[parquet]', or a CSV file"))
_NAMELESS = "\0"
_KINDS = {".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet"}  # any other is CSV

IsText = Callable[[str], bool]
"""Whether a column of this name holds text, which CSV cannot say: an id such as 007."""


@dataclass(frozen=True)
class Left:
    """What was left out of a table: lines above the heads, lines of totals (their numbers), other sheets."""

    above: int = 0
    totals: tuple[str, ...] = ()
    sheets: Text | None = None

    def __add__(self, other: Left) -> Left:
        return Left(self.above + other.above, self.totals + other.totals, self.sheets or other.sheets)

    @property
    def notes(self) -> tuple[Text, ...]:
        """Notes on this for the reader of the table."""
        count, listed = len(self.totals), ", ".join(self.totals[:5])
        return (
            *((msg("sheets not read: {sheets}", sheets=self.sheets),) if self.sheets else ()),
            *((msg("lines above the heads, not read: {count}", count=self.above),) if self.above else ()),
            *((msg("lines of totals, not read: {count} (line {lines})", count=count, lines=listed),) if count else ()),
        )


class ReadTable(NamedTuple):
    """A table as its file has it, with the number of each line, and what was left out of the file."""

    frame: pd.DataFrame
    lines: Sequence[int]
    left: Left = Left()


def table_of(frame: pd.DataFrame) -> ReadTable:
    """Return a data frame as a table, its lines numbered from 1."""
    return ReadTable(frame, range(1, len(frame) + 1))


def kind_named(path: Path) -> str:
    """Return the kind of table by the name of its file: csv, xlsx or parquet."""
    return _KINDS.get(path.suffix.lower(), "csv")


def _head_of(lines: Sequence[Sequence[Any]]) -> int | None:
    """Return which of the first lines names the columns: the first with an id, or else the first that is not blank."""
    filled = [place for place, line in enumerate(lines) if any(map(_stripped, line))]
    with_id = (place for place in filled if "id" in map(_stripped, lines[place]))
    return next(with_id, filled[0] if filled else None)


def _stripped(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _names(head: Sequence[Any], width: int) -> list[str]:
    """Return the names of columns; those without a name are numbered."""
    cells = [*map(_stripped, head), *[""] * (width - len(head))]
    return [name or f"{_NAMELESS}{place}" for place, name in enumerate(cells, 1)]


def _tidied(frame: pd.DataFrame, path: Path, above: int = 0, sheets: Text | None = None) -> ReadTable:
    """Return a table without blank lines, blank columns and lines of totals; its index holds the numbers of lines."""
    totals: list[int] = []
    if list(frame).count("id") == 1:
        ids = frame["id"].astype("str").where(frame["id"].notna(), "").str.strip()
        words = [text for text in ids[~ids.str.contains("[0-9]")].unique() if not text or is_total(text)]
        doubtful = frame[ids.isin(words).to_numpy(bool)]
        texts = doubtful.astype("str").where(doubtful.notna(), "")
        blank = [line for line, *cells in texts.itertuples() if not any(cell.strip() for cell in cells)]
        totals = [line for line, *cells in texts.itertuples() if any(map(is_total, cells))]
        frame = frame.drop(index=[*blank, *totals]) if blank or totals else frame
    nameless = [str(name) for name in frame if str(name).startswith(_NAMELESS)]
    for name in nameless:
        if not (frame[name].isna() | (frame[name].astype("str").str.strip() == "")).all():
            found = msg("column {number} has no name", number=name.removeprefix(_NAMELESS))
            raise refused(path, found, msg("a name for each column"))
    frame = frame.drop(columns=nameless) if nameless else frame
    lines: Any = frame.index if isinstance(frame.index, pd.RangeIndex) else list(frame.index)
    return ReadTable(frame.reset_index(drop=True), lines, Left(above, tuple(map(str, totals)), sheets))


def read_workbook(path: Path) -> ReadTable:
    """Return the first visible sheet, read cell by cell: pandas would make blanks of cells that hold errors (#N/A)."""
    lines: list[Sequence[Any]] = []
    with opened(read_bytes(path, LARGEST), path, _LARGEST_WORKBOOK) as book:
        sheet = next((sheet for sheet in book.sheets if not sheet.is_hidden), book.sheets[0])
        for place, row in book.rows(sheet):
            lines += [()] * (place - 1 - len(lines))  # blank lines count, so that line numbers in messages are right
            lines.append(row)
    head = _head_of(lines[:_HEAD_WITHIN])
    if head is None:
        raise refused(path, msg("no head"), msg("a name for each column"))
    if merged := [ref for ref in sheet.merged if int(re.sub(r"\D", "", ref.partition(":")[2]) or 0) > head]:
        found = msg("merged cells {merged}", merged=", ".join(merged[:5]))
        raise refused(path, found, msg("unmerged cells, each with its own value"))
    width = max(map(len, lines))
    _hold_cells(len(lines), width, path)
    body = [[*map(_unguarded, line), *[None] * (width - len(line))] for line in lines[head + 1 :]]
    index = pd.RangeIndex(head + 2, len(lines) + 1)
    frame = pd.DataFrame(body, columns=_names(lines[head], width), dtype=object, index=index)
    left = listing(same(other.name) for other in book.sheets if other is not sheet)
    return _tidied(frame, path, head if len(frame) else 0, left if left.en else None)


class Head(NamedTuple):
    """The heads of a CSV file: names, what separates them, and how many lines there are down to them."""

    names: list[str]
    separator: str
    lines: int


def csv_head(text: str, path: Path) -> Head:
    """Return the heads of a CSV text, whose beginning is enough.

    Raises `FileError`: it has no heads or too many, or two are the same.
    """
    first = list(islice(io.StringIO(text[:LARGEST_HEADS]), _HEAD_WITHIN))
    split = {sign: list(csv_lines(first, sign, path)) for sign in SEPARATORS}
    fields = {sign: [cells for _, cells in lines] for sign, lines in split.items()}
    heads = {sign: head for sign in SEPARATORS if (head := _head_of(fields[sign])) is not None}
    if not heads:
        raise refused(path, msg("no head"), msg("a name for each column"))
    with_id = (sign for sign, head in heads.items() if "id" in map(_stripped, fields[sign][head]))
    separator = next(with_id, separator_of(first[min(heads.values())]))
    head = heads[separator]
    names = _names(fields[separator][head], 0)
    _hold_cells(0, len(names), path)
    if repeated := sorted(name for name, count in Counter(names).items() if count > 1):
        found = msg("repeated columns {repeated}", repeated=", ".join(repeated))
        raise refused(path, found, msg("a name for each column"))
    return Head(names, separator, next((start - 1 for start, _ in split[separator][head + 1 :]), len(first)))


def named(names: Iterable[str]) -> list[str]:
    """Return the names of the columns that have one."""
    return [name for name in names if not name.startswith(_NAMELESS)]


def csv_rows(
    path: Path, head: Head, is_text: IsText, span: slice, first: int, encodings: Sequence[str] = ENCODINGS
) -> ReadTable:
    """Return the rows of a CSV file within a span of bytes, which may begin with the heads.

    Parameters
    ----------
    first : int
        The number of the first line of the span.

    Raises
    ------
    FileError
        It is not CSV, or too large.
    """
    with path.open("rb") as file:
        file.seek(span.start)
        text = plain_csv(file.read(span.stop - span.start), path, encodings)
    above = head.lines if first == 1 else 0
    text = text[sum(map(len, islice(io.StringIO(text[:LARGEST_HEADS]), above))) :]
    _hold_cells(text.count("\n"), len(head.names), path)
    return _tidied(_csv_frame(text, head, first + above, path, is_text), path, max(0, above - 1))


def _csv_frame(text: str, head: Head, first: int, path: Path, is_text: IsText) -> pd.DataFrame:
    """Return lines of CSV as a table; columns of plain numbers become numbers, others text.

    The index holds the line numbers, counted from that of the first.
    """
    names, separator = head.names, head.separator
    if text.count(separator) > 2 * text.count("\n") * len(names) + LARGEST_HEADS:  # too many fields would fill memory
        _refuse_lines(text, separator, first, len(names), path)
    frame = _read(text, head, first, path, is_text)
    guarded = [name for name in filter(is_text, names) if frame[name].astype("str").str.startswith("'").any()]
    texts = {name: frame[name].map(_unguarded) for name in guarded}
    return frame.assign(**texts).set_axis(pd.RangeIndex(first, first + len(frame)), axis=0)


def _read(text: str, head: Head, first: int, path: Path, is_text: IsText) -> pd.DataFrame:
    """Read CSV by pandas, or raise `FileError` with what is wrong in it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.BytesIO(text.encode()),
                sep=head.separator,
                names=head.names,
                header=None,
                index_col=False,
                dtype=dict.fromkeys(filter(is_text, head.names), "str"),
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=False,  # so that messages name the right one
                low_memory=False,
            )
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=head.names)
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        _refuse_lines(text, head.separator, first, len(head.names), path)
        raise refused(path, same(" ".join(str(error).split())), msg("valid CSV")) from None


def _refuse_lines(text: str, separator: str, first: int, width: int, path: Path) -> None:
    """Raise `FileError` for lines with too many fields, or an unclosed quotation mark."""
    lines = io.StringIO(text, newline="")
    long: list[tuple[int, int]] = []
    for start, cells in csv_lines(lines, separator, path, strict=True, first=first):
        if len(cells) > width:
            long.append((start, len(cells)))
    if long:
        found = msg("{count} fields under {width} heads", count=long[0][1], width=width)
        if len(long) > 1:
            found = msg("{found} (and {more} more such lines)", found=found, more=len(long) - 1)
        raise refused(path, found, msg("a field for each head, and text with commas in quotation marks"), long[0][0])


def _hold_cells(rows: int, columns: int, path: Path) -> None:
    """Refuse a table with more columns, or more cells, than fit into memory."""
    if columns > MOST_COLUMNS:
        raise refused(path, msg("{count} columns", count=columns), AT_MOST_COLUMNS)
    if rows * columns > MOST_CELLS:
        found = msg("{rows} rows of {columns} columns", rows=rows, columns=columns)
        raise refused(path, found, msg("at most {most} cells (several tables, one after the other)", most=MOST_CELLS))


def open_parquet(path: Path) -> Any:
    """Return pyarrow's ParquetFile.

    Raises `FileError`: pyarrow is missing, the file is not Parquet, has too many columns, or columns of lists.
    """
    try:
        import pyarrow.parquet as pq
        from pyarrow.types import is_nested

        packed = pq.ParquetFile(path)
        texts = [each.name for each in packed.schema_arrow if str(each.type) in ("string", "large_string")]
        packed = pq.ParquetFile(path, read_dictionary=texts)
    except ImportError:
        raise refused(path, *_NO_PYARROW) from None
    except (OSError, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())[:200]), msg("a Parquet file")) from None
    _hold_cells(0, packed.metadata.num_columns, path)
    for each in packed.schema_arrow:
        if is_nested(each.type):
            found = msg("column {name} holds {kind}", name=each.name, kind=each.type)
            raise refused(path, found, msg("numbers, texts and dates"))
    return packed


def parquet_rows(path: Path, groups: Sequence[int], span: slice, first: int) -> ReadTable:
    """Return some rows of some row groups of a Parquet file.

    The length of each text is checked before it is repeated: a kilobyte can expand to gigabytes.

    Parameters
    ----------
    span : slice
        Which rows, counted from the first of these row groups.
    first : int
        The number of the first of these rows in the file.

    Raises
    ------
    FileError
        It is damaged, or too large when unpacked.
    """
    packed, count = open_parquet(path), span.stop - span.start
    import pyarrow as pa
    import pyarrow.compute as pc

    _hold_cells(count, packed.metadata.num_columns, path)
    batches: list[Any] = []
    place = size = 0
    try:
        for batch in packed.iter_batches(max(1, count), row_groups=list(groups), use_threads=False):
            begin, end = max(0, span.start - place), min(len(batch), span.stop - place)
            batches += [batch.slice(begin, end - begin)] if begin < end else []
            place += len(batch)
            if place >= span.stop:
                break
        table = pa.Table.from_batches(batches, packed.schema_arrow)
        texts = [each.name for each in table.schema if str(each.type).startswith("dictionary<values=string")]
        for cells in map(table.column, texts):
            for chunk in cells.chunks:
                lengths = pc.take(pc.binary_length(chunk.dictionary), chunk.indices)
                size += pc.sum(pc.cast(lengths, "int64")).as_py() or 0
    except (OSError, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())[:200]), msg("a Parquet file")) from None
    if size > LARGEST:
        found, expected = msg("{size:.0f} MB when unpacked", size=size / 2**20), msg("at most {most} MB", most=1024)
        raise refused(path, found, expected)
    frame = table.to_pandas().astype(dict.fromkeys(texts, "str"))
    frame = frame if frame.index.name == "id" else frame.reset_index(drop=True)
    return ReadTable(frame, range(first, first + len(frame)))


def csv_of(frame: pd.DataFrame, with_head: bool = True) -> bytes:
    """Return a table as CSV that Excel and lsstd can read: UTF-8 with a byte order mark, and no text a formula."""
    frame = frame.apply(lambda cells: cells if cells.dtype.kind in "bif" else cells.map(_guarded))
    text: str = frame.to_csv(index=False, header=with_head, lineterminator="\r\n", float_format="%.15g")
    return text.encode("utf-8-sig" if with_head else "utf-8")


def write_tables(path: Path, tables: Iterable[pd.DataFrame], force: bool = False) -> int:
    """Write tables of the same columns, one below the other, as CSV or Parquet by the file's name; return their length.

    Raises `FileError`: it cannot be written, or pyarrow is missing.
    """
    count = 0

    def counted() -> Iterator[pd.DataFrame]:
        nonlocal count
        for table in tables:
            count += len(table)
            yield table

    write = partial(_write_parquet, path) if kind_named(path) == "parquet" else _write_csv
    write_streamed(path, partial(write, counted()), force)
    return count


def _write_csv(tables: Iterable[pd.DataFrame], file: BinaryIO) -> None:
    for number, table in enumerate(tables):
        file.write(csv_of(table, with_head=not number))


def _write_parquet(path: Path, tables: Iterable[pd.DataFrame], file: BinaryIO) -> None:
    """Write Parquet with our mark at the end; columns have the types of the first table."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise cannot_write(path, *_NO_PYARROW) from None
    rest = iter(tables)
    first = next(rest)
    found = pa.Schema.from_pandas(first, preserve_index=False)
    texts = [each.with_type(pa.string()) if each.type == pa.null() else each for each in found]
    schema = pa.schema(texts, found.metadata)
    with pq.ParquetWriter(file, schema) as writer:
        for table in chain([first], rest):
            writer.write_table(pa.Table.from_pandas(table, schema, preserve_index=False))
        writer.add_key_value_metadata({"lsstd": MARK})


_FORMULA = re.compile(r"(?!'*[+-]?\d+(?:\.\d+)?$)'*[=+\-@\t\r\n＝＋－＠]")


def _guarded(cell: Any) -> Any:
    """Return a cell for Excel's CSV: an apostrophe precedes text that Excel would compute."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _unguarded(cell: Any) -> Any:
    """Return a cell as it was before `_guarded`."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell) else cell
