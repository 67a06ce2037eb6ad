"""Reading text files that people hand in: bounded, UTF-8, with clear words where something is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

from lsstd.errors import FileError, Problem
from lsstd.files.strict_yaml import Parsed, parse_json, parse_yaml
from lsstd.words import Text, same

LARGEST = 16 * 2**20
KINDS = (".yaml", ".yml", ".json")
_REASONS: dict[type[Exception], Text] = {
    PermissionError: Text("没有权限", "no permission"),
    IsADirectoryError: Text("是文件夹", "it is a folder"),
    NotADirectoryError: Text("路径中有一段是文件，不是文件夹", "a part of the path is a file, not a folder"),
    FileExistsError: Text("路径中有一段是文件，不是文件夹", "a part of the path is a file, not a folder"),
}


def in_folder(folder: Path, endings: Collection[str] = KINDS) -> list[Path]:
    """Return the files of a folder with one of these endings, sorted."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in endings)


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """Return a file's content.

    Raises
    ------
    FileError
        A missing file, a folder, a file too large or one that may not be read.
    """
    try:
        if path.is_dir():
            raise _cannot(path, Text("是文件夹", "it is a folder"), Text("一个文件", "a file"))
        if (size := path.stat().st_size) > largest:
            found = Text(f"{size / 2**20:.0f} MB", f"{size / 2**20:.0f} MB")
            raise _cannot(path, found, Text(f"不超过 {largest // 2**20} MB", f"at most {largest // 2**20} MB"))
        return path.read_bytes()
    except FileNotFoundError:
        raise _cannot(
            path, Text("文件不存在", "there is no such file"), Text("已有的文件", "an existing file")
        ) from None
    except (OSError, ValueError) as error:
        raise _cannot(path, reason(error), Text("可读取的文件", "a file that can be read")) from None


def read_plain(path: Path, largest: int = LARGEST) -> tuple[Parsed, str]:
    """Return the plain values of a YAML or JSON file, and the SHA-256 of its bytes."""
    return plain_of(read_bytes(path, largest), path)


def plain_of(data: bytes, path: Path) -> tuple[Parsed, str]:
    """Return the same as `read_plain`, from a file's bytes."""
    if path.suffix.lower() not in KINDS:
        found = Text(f"后缀 {path.suffix or '（无）'}", f"the ending {path.suffix or '(none)'}")
        raise _cannot(path, found, Text(" / ".join(KINDS), " / ".join(KINDS)))
    text = decode(data, path)
    parsed = parse_json(text, path.name) if path.suffix.lower() == ".json" else parse_yaml(text, path.name)
    return parsed, hashlib.sha256(data).hexdigest()


def decode(data: bytes, path: Path) -> str:
    """Return the text of UTF-8 bytes (a BOM is allowed)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = Text("不是 UTF-8 编码", "not UTF-8")
        expected = Text(
            "UTF-8 编码（在编辑器中“另存为”时选择 UTF-8）", "UTF-8 (choose it when saving the file in an editor)"
        )
        raise FileError(_title(path), [Problem(str(path), found, expected, line)]) from None


def reason(error: Exception) -> Text:
    """Say why a file could not be read or written, where it is a common reason in both languages."""
    for kind, told in _REASONS.items():
        if isinstance(error, kind):
            return told
    return same(getattr(error, "strerror", None) or error)


def _title(path: Path) -> Text:
    return Text(f"无法读取 {path.name or path}", f"cannot read {path.name or path}")


def _cannot(path: Path, found: Text, expected: Text) -> FileError:
    return FileError(_title(path), [Problem(str(path), found, expected)])
