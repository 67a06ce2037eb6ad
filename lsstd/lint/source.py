"""Reading a draft to be linted: text in the encodings that offices save, or a Word file as a reader sees it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from defusedxml import ElementTree

from lsstd.files.kinds import check_kind
from lsstd.files.opening import parts_of, sound
from lsstd.files.reading import read_bytes, refused
from lsstd.words import msg

LARGEST = 8 * 2**20  # largest file accepted, in bytes; it may hold pictures
_MOST_LINES, _MOST_SIGNS = 100_000, 2_000_000
"""Most lines with text and most characters of a draft: more than any standard has, read in some seconds."""
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_EXPORT = msg("a text (.txt) or Word file (.docx); export a PDF to one of them")


def read_draft(path: Path) -> str:
    """Return the text of a draft.

    Parameters
    ----------
    path : Path
        A text (UTF-8, UTF-16 with its mark, GBK or GB 18030), or a Word file: insertions on record count as done,
        deletions and comments are left out, text boxes and nested tables are read where they stand.

    Raises `FileError`: it cannot be read, is empty or too large, or is of another kind (PDF, an old .doc).
    """
    data = read_bytes(path, LARGEST)
    if path.suffix.lower() == ".docx":
        check_kind(data, path, "docx", _EXPORT)
        with sound(path):
            text = "\n".join(_lines_of(ElementTree.fromstring(parts_of(path, data)["word/document.xml"])))
    elif path.suffix.lower() in (".txt", ".text", ""):
        text = _decoded(data, path)
    else:
        raise refused(path, msg("the ending {suffix}", suffix=path.suffix), _EXPORT)
    if not text.strip():
        raise refused(path, msg("it holds no text"), _EXPORT)
    signs, lines = len(text), sum(bool(line.strip()) for line in text.splitlines())
    if signs > _MOST_SIGNS or lines > _MOST_LINES:
        found = msg("{lines} lines, {signs} characters", lines=lines, signs=signs)
        expected = msg("at most {lines} lines and {signs} characters", lines=_MOST_LINES, signs=_MOST_SIGNS)
        raise refused(path, found, expected)
    return text


def _decoded(data: bytes, path: Path) -> str:
    named = next((encoding for bom, encoding in _BOMS.items() if data.startswith(bom)), None)
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(sign) < 32 and sign not in "\t\n\r\f\x0b" for sign in text):
            break
        return text
    raise refused(path, msg("it is no text"), _EXPORT)


def _lines_of(element: Any) -> Iterator[str]:
    """Yield the paragraphs of a part of a Word file, the cells of a table's row one behind the other."""
    for child in element:
        if child.tag == f"{_W}p":
            yield _text_of(child)
        if child.tag == f"{_W}tr":
            cells = [" ".join(filter(None, _lines_of(cell))) for cell in child.iterfind(f"{_W}tc")]
            yield " ".join(filter(None, cells))
        elif child.tag not in (f"{_W}del", f"{_W}sectPr"):
            yield from _lines_of(child)


def _text_of(paragraph: Any) -> str:
    signs = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}noBreakHyphen": "-"}
    pieces, within = [], [paragraph]
    while within:
        node = within.pop()
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        elif node.tag in signs:
            pieces.append(signs[node.tag])
        elif node.tag not in (f"{_W}del", f"{_W}txbxContent", f"{_W}instrText"):
            within += reversed(node)
    return "".join(pieces)
