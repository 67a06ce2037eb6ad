"""What a Word document shows: its texts as we write them, and beside them the name of whatever else shows something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_AROUND = {f"{_WORD}{n}" for n in ("tbl", "tr", "tc", "r", "hyperlink", "smartTag", "sdt", "sdtContent", "customXml")}
"""Elements that hold texts or paragraphs, ours and those that Word puts around them."""

_SILENT = {"tblGrid", "proofErr", "bookmarkStart", "bookmarkEnd", "permStart", "permEnd", "softHyphen"} | {
    *("lastRenderedPageBreak", "commentRangeStart", "commentRangeEnd", "commentReference")
}
_SIGNS = {f"{_WORD}tab": "\t", f"{_WORD}br": "\n", f"{_WORD}cr": "\n", f"{_WORD}noBreakHyphen": "-"}


def lines_shown(element: Any) -> Iterator[str]:
    """Yield the texts of all paragraphs within, in order, and the name of whatever we never write beside them."""
    for child in element:
        if child.tag == f"{_WORD}p":
            yield "".join(_shown(child))
            yield from (line for held in child.iter(f"{_WORD}txbxContent") for line in lines_shown(held))
        elif child.tag in _AROUND:
            yield from lines_shown(child)
        else:
            yield from _foreign(child)


def _shown(element: Any) -> Iterator[str]:
    """Yield what a paragraph shows, piece by piece; hidden runs show nothing."""
    for child in element:
        if child.tag == f"{_WORD}t":
            yield child.text or ""
        elif child.tag in _SIGNS:
            yield _SIGNS[child.tag]
        elif child.tag in _AROUND:
            yield from () if _is_hidden(child) else _shown(child)
        elif child.tag == f"{_WORD}pPr":
            yield from ("[numPr]" for number in child.iter(f"{_WORD}numId") if number.get(f"{_WORD}val") != "0")
        else:
            yield from _foreign(child)


def _foreign(element: Any) -> Iterator[str]:
    """Yield the name of an element that shows something in a way of its own."""
    name = element.tag.rpartition("}")[2]
    if name not in _SILENT and not name.endswith(("Pr", "PrEx")):
        yield f"[{name}]"


def _is_hidden(run: Any) -> bool:
    """Say whether a run is set as hidden text."""
    marks = run.findall(f"{_WORD}rPr/{_WORD}vanish")
    return any(mark.get(f"{_WORD}val", "1") not in ("0", "false", "off") for mark in marks)
