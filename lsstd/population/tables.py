"""Tables of subjects from files: CSV in the encodings that occur, Excel workbooks, Parquet; told apart by content."""

from __future__ import annotations

import csv
import io
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from lsstd.exact import shown
from lsstd.files.cells import Percent, Value, day, number
from lsstd.files.opening import check_kind, encoding_of, opened, separator_of
from lsstd.files.reading import read_bytes, refused
from lsstd.standard.standard import Standard
from lsstd.words import Text, same

_LARGEST = 2**32
_LARGEST_WORKBOOK = 200 * 2**20  # unpacked
_TEXTS = ("date", "text", "choices")
_ENDINGS = {".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet"}  # any other is CSV


def read_table(path: Path, standard: Standard) -> pd.DataFrame:
    """Return the table of a CSV, Excel (its first sheet) or Parquet file as it stands, to be checked.

    Raises
    ------
    FileError
        It cannot be read, is too large, or is of another kind than its name says.
    """
    data = read_bytes(path, _LARGEST)
    kind = _ENDINGS.get(path.suffix.lower(), "csv")
    check_kind(data, path, kind)
    if kind == "xlsx":
        return _read_workbook(data, path)
    return _read_parquet(data, path) if kind == "parquet" else _read_csv(data, path, standard)


def _read_workbook(data: bytes, path: Path) -> pd.DataFrame:
    """Read the first sheet cell by cell: pandas would make blanks of cells that hold errors (#N/A)."""
    with opened(data, path, _LARGEST_WORKBOOK) as opening:
        name, rows = next(opening.sheets())
        lines: list[list[Any]] = []
        for place, row in rows:
            lines += [[]] * (place - 1 - len(lines))  # blank lines count, so that messages name the right one
            lines.append([_cell(value) for value in row])
        merged = opening.merged_of(name)
    if merged:
        found = Text(f"合并的单元格 {', '.join(merged[:5])}", f"merged cells {', '.join(merged[:5])}")
        raise refused(path, found, Text("取消合并，每格填值", "cells by themselves, each with its value"))
    if not lines or not lines[0]:
        raise refused(path, Text("没有表头", "no head"), Text("每列一个列名", "a name a column"))
    width = max(map(len, lines))
    frame = pd.DataFrame([[*line, *[None] * (width - len(line))] for line in lines], dtype=object)
    names = frame.iloc[0].map(lambda name: "" if name is None else str(name).strip())
    named = (names != "") | frame.iloc[1:].notna().any()
    return frame.iloc[1:].loc[:, named].set_axis(list(names[named]), axis=1).reset_index(drop=True)


def _cell(value: Value) -> Any:
    """Return a cell's value as a column of a table holds it: dates and percentages as text."""
    if isinstance(value, Percent):
        return f"{shown(number(value, percent=True), 12)}%"
    return day(value) if isinstance(value, date) else value


def _read_csv(data: bytes, path: Path, standard: Standard) -> pd.DataFrame:
    """Read CSV with pandas' own parser: numbers where it can, so that only faulty columns are looked at as text."""
    encoding = encoding_of(data, path)
    if encoding == "utf-16":
        data, encoding = data.decode(encoding).encode(), "utf-8-sig"
    head = data[: data.find(b"\n") + 1 or len(data)].decode(encoding)
    separator = separator_of(head)
    names = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
    texts = [name for name in names if _is_text(name, standard)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not any(names):
        found = Text(f"重复的列 {', '.join(repeated)}", f"repeated columns {', '.join(repeated)}")
        raise refused(path, found if repeated else Text("没有表头", "no head"), Text("每列一个列名", "a name a column"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.BytesIO(data),
                sep=separator,
                encoding=encoding.removesuffix("-sig"),  # the head, with the mark, is not read again
                names=names,
                header=0,
                index_col=False,
                dtype=dict.fromkeys(texts, "str"),
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=True,
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())), Text("合法的 CSV", "valid CSV")) from None


def _is_text(name: str, standard: Standard) -> bool:
    return name == "id" or name.startswith("group.") or (name in standard.facts and standard.facts[name].kind in _TEXTS)


def _read_parquet(data: bytes, path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except ImportError:
        expected = Text("pip install 'lsstd[parquet]'，或 CSV 文件", "pip install 'lsstd[parquet]', or a CSV file")
        raise refused(path, Text("未安装 pyarrow", "pyarrow is not installed"), expected) from None
    except (OSError, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())[:200]), Text("Parquet 文件", "a Parquet file")) from None
