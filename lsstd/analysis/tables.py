"""Tables of subjects from files: CSV in the encodings that occur, Excel workbooks, Parquet; told apart by content."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from lsstd.core.standard import Standard
from lsstd.errors import FileError, Problem
from lsstd.files.reading import read_bytes
from lsstd.text import Text, same

_LARGEST = 2**32
_LARGEST_WORKBOOK = 200 * 2**20  # unpacked
_TEXTS = ("date", "text", "choices")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENDINGS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet", ".pq": "parquet"}  # any other is CSV
_BEGINNINGS = {b"PK\x03\x04": "xlsx", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "xls"}
_REALLY = {
    "csv": Text("其实是文本（CSV）", "it is really text (CSV)"),
    "xlsx": Text("其实是 Excel 工作簿", "it is really an Excel workbook"),
    "parquet": Text("其实是 Parquet 文件", "it is really a Parquet file"),
    "xls": Text("旧版 Excel（.xls）或加密的工作簿", "an old Excel file (.xls), or a workbook with a password"),
    "zip": Text("是压缩包，不是 Excel 工作簿", "a zip archive, not an Excel workbook"),
}
_SAVE_AS = Text(
    "在 Excel 中另存为 .xlsx（不加密码）或“CSV UTF-8”", "save it in Excel as .xlsx (no password) or as CSV UTF-8"
)


def read_table(path: Path, standard: Standard) -> pd.DataFrame:
    """Return the table of a CSV, Excel (its first sheet) or Parquet file as it stands, to be checked.

    Raises
    ------
    FileError
        It cannot be read, is too large, or is of another kind than its name says.
    """
    data = read_bytes(path, _LARGEST)
    if not data:
        raise _cannot(path, Text("空文件", "an empty file"), Text("一张表", "a table"))
    kind, named = _kind(data), _ENDINGS.get(path.suffix.lower(), "csv")
    if kind != named:
        name = path.with_suffix(f".{kind}").name
        rename = Text(f"把文件改名为 {name}", f"rename the file to {name}")
        raise _cannot(path, _REALLY[kind], _SAVE_AS if kind in ("xls", "zip") else rename)
    if kind == "xlsx":
        return _read_workbook(data, path)
    return _read_parquet(data, path) if kind == "parquet" else _read_csv(data, path, standard)


def _kind(data: bytes) -> str:
    """Return what a file is by how it begins, whatever it is called."""
    kind = _BEGINNINGS.get(data[:4], "csv")
    return "zip" if kind == "xlsx" and b"xl/workbook" not in data else kind


def _cannot(path: Path, found: Text, expected: Text) -> FileError:
    return FileError(Text(f"无法读取 {path.name}", f"cannot read {path.name}"), [Problem(str(path), found, expected)])


def _read_workbook(data: bytes, path: Path) -> pd.DataFrame:
    """Read the first sheet with openpyxl itself: pandas would make blanks of cells that hold errors (#N/A)."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            size = sum(entry.file_size for entry in package.infolist())
        if size <= _LARGEST_WORKBOOK:
            with warnings.catch_warnings(), closing(load_workbook(io.BytesIO(data), True, data_only=True)) as book:
                warnings.simplefilter("ignore")  # of styles and checks that openpyxl does not know
                sheet = book.worksheets[0]
                sheet.reset_dimensions()  # not every program writes them right
                lines = [[_cell(value) for value in line] for line in sheet.iter_rows(values_only=True)]
    except Exception as error:  # a damaged workbook fails in every way that XML and zip can
        raise _cannot(
            path, same(" ".join(str(error).split())[:200]), Text("完好的工作簿", "a sound workbook")
        ) from None
    if size > _LARGEST_WORKBOOK:
        found = Text(f"解压后 {size / 2**20:.0f} MB", f"{size / 2**20:.0f} MB when unpacked")
        most = _LARGEST_WORKBOOK // 2**20
        raise _cannot(path, found, Text(f"不超过 {most} MB，或 CSV 文件", f"at most {most} MB, or a CSV file"))
    while lines and all(value is None for value in lines[-1]):
        lines.pop()
    if not lines or all(value is None for value in lines[0]):
        raise _cannot(path, Text("没有表头", "no head"), Text("每列一个列名", "a name a column"))
    width = max(map(len, lines))
    frame = pd.DataFrame([[*line, *[None] * (width - len(line))] for line in lines], dtype=object)
    names = frame.iloc[0].map(lambda name: "" if name is None else str(name).strip())
    named = (names != "") | frame.iloc[1:].notna().any()
    return frame.iloc[1:].loc[:, named].set_axis(list(names[named]), axis=1).reset_index(drop=True)


def _cell(value: Any) -> Any:
    return value.date().isoformat() if isinstance(value, datetime) else value


def _read_csv(data: bytes, path: Path, standard: Standard) -> pd.DataFrame:
    """Read CSV with pandas' own parser: numbers where it can, so that only faulty columns are looked at as text."""
    data, encoding = _decodable(data, path)
    head = data[: data.find(b"\n") + 1 or len(data)].decode(encoding)
    separator = max(",;\t", key=head.count)
    names = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
    texts = [name for name in names if _is_text(name, standard)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not any(names):
        found = Text(f"重复的列 {', '.join(repeated)}", f"repeated columns {', '.join(repeated)}")
        raise _cannot(path, found if repeated else Text("没有表头", "no head"), Text("每列一个列名", "a name a column"))
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
        raise _cannot(path, same(" ".join(str(error).split())), Text("合法的 CSV", "valid CSV")) from None


def _decodable(data: bytes, path: Path) -> tuple[bytes, str]:
    """Return a text's bytes and their encoding; UTF-16 (Excel's "Unicode text") becomes UTF-8."""
    try:
        if data.startswith(_UTF_16):
            return data.decode("utf-16").encode(), "utf-8-sig"
    except UnicodeDecodeError:
        pass
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
            if b"\0" not in data[:4096]:
                return data, encoding
        except UnicodeDecodeError:
            continue
    found = Text("不是 UTF-8、UTF-16 或 GB 18030 文本", "not text in UTF-8, UTF-16 or GB 18030")
    raise _cannot(path, found, Text("CSV UTF-8（Excel 的另存类型）", "CSV UTF-8, as Excel can save it"))


def _is_text(name: str, standard: Standard) -> bool:
    return name == "id" or name.startswith("group.") or (name in standard.facts and standard.facts[name].kind in _TEXTS)


def _read_parquet(data: bytes, path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except ImportError:
        expected = Text("pip install 'lsstd[parquet]'，或 CSV 文件", "pip install 'lsstd[parquet]', or a CSV file")
        raise _cannot(path, Text("未安装 pyarrow", "pyarrow is not installed"), expected) from None
    except (OSError, ValueError) as error:
        raise _cannot(path, same(" ".join(str(error).split())[:200]), Text("Parquet 文件", "a Parquet file")) from None
