"""Word documents and plain tables: typefaces that suit Chinese, rows that stay whole, heads that repeat."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lsstd.files.cells import Value
from lsstd.files.writing import MARK, check_ending, steady, write_whole
from lsstd.words import Marked, same

_POINTS = 72 / 25.4  # to a millimetre
_WORD = re.compile(r"[^ \t\n\u2e80-\uffef]+|[\u2e80-\uffef]")  # where Word does not break a line
_WITH_NUMBER = re.compile(r"(?<=[≥≤＜＞<>=≈+−±×/]) (?=[\d+−-])|(?<=\d) (?=[/%])")
_MARGINS, _LEAST_SIZE, _NARROWEST, _SHORT = 12.0, 5.0, 4.5, 6.5
"""Points beside a cell's text; the smallest type; in times its size, the narrowest column of text, what is short."""
_TAGS = {"\n": "br", "\t": "tab", "-": "noBreakHyphen"}
_REVISIONS, MARKED_BY = {"deleted": "del", "inserted": "ins"}, "lsstd"
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str, instead: str = "") -> str:
    """Return a text as Word can hold it: without control characters, or with something in their stead."""
    return NOT_IN_XML.sub(instead, text.replace("\r\n", "\n").replace("\r", "\n"))


def element(tag: str, inside: Iterable[Any] = (), **attributes: str) -> Any:
    """Return an element of Word's own, for what python-docx has no words for."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Any = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    made.extend(inside)
    return made


def add_run(paragraph: Any, text: str) -> Any:
    """Add a text to a paragraph, as Word can hold it: at the end of a line no sign parts from its number.

    What is marked becomes a revision where it is tracked, else it is struck through or underlined.
    """
    if not isinstance(text, Marked):
        return _plain_run(paragraph, text)
    run = None
    for kind, piece in text.spans or (("same", ""),):
        run = _plain_run(paragraph, piece)
        if text.is_tracked and kind in _REVISIONS:
            run._r.addprevious(revision := element(_REVISIONS[kind], author=MARKED_BY))
            revision.append(run._r)
            if kind == "deleted":
                for held in run._r.t_lst:
                    held.tag = held.tag.replace("}t", "}delText")
        elif kind in _REVISIONS:
            run.font.strike, run.font.underline = kind == "deleted", kind == "inserted"
    if text.is_tracked and text.only in _REVISIONS and paragraph._p.getparent().tag.endswith("}body"):
        # The end of the paragraph as well: once accepted or rejected, no empty line stays.
        end = element(_REVISIONS[text.only], author=MARKED_BY)
        paragraph._p.get_or_add_pPr().append(element("rPr", [end]))
    return run


def _plain_run(paragraph: Any, text: str) -> Any:
    run = paragraph.add_run()
    for piece in re.split(r"(\n|\t|-(?=\d))", _WITH_NUMBER.sub("\u00a0", clean(text))):
        if tag := _TAGS.get(piece):
            run._r.append(element(tag))
        elif piece:
            run.add_text(piece)
    return run


def runs_of(paragraph: Any) -> list[Any]:
    """Return the runs of a paragraph, those within revisions too."""
    from docx.text.run import Run

    return [Run(run, paragraph) for run in paragraph._p.iter("{*}r")]


def track_rows(table: Any, rows: Iterable[Sequence[str]]) -> None:
    """Make those rows of a table revisions as a whole of which every cell is one."""
    for row, cells in zip(table._tbl.tr_lst, rows, strict=True):
        kinds = {cell.only if isinstance(cell, Marked) and cell.is_tracked else "" for cell in cells if cell}
        if len(kinds) == 1 and (tag := _REVISIONS.get(kinds.pop())):
            row.get_or_add_trPr().append(element(tag, author=MARKED_BY))


def blank(title: str, sizes: Mapping[str, float], is_wide: bool = False) -> Any:
    """Return an empty A4 document by lsstd, its typefaces set: 宋体 for text, 黑体 for headings; each style's size in
    points, landscape with `is_wide`.
    """
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    document = Document()
    properties = document.core_properties
    properties.author, properties.comments, properties.title = MARK, "", clean(title)[:255]
    for style, size in sizes.items():
        _set_typeface(document.styles[style], "宋体" if style == "Normal" else "黑体", size)
    page = document.sections[0]
    page.page_width, page.page_height = (Mm(297), Mm(210)) if is_wide else (Mm(210), Mm(297))
    page.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    return document


def _set_typeface(style: Any, chinese: str, size: float) -> None:
    """Set a style's typeface for both scripts, its size, and the language by which commas are set."""
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style.font.name = "Times New Roman" if chinese == "宋体" else "Arial"
    style.font.size = Pt(size)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]  # a theme's typeface would go before ours
    fonts.set(qn("w:eastAsia"), chinese)
    properties.append(element("lang", eastAsia="zh-CN"))  # else commas are set in the Japanese way


def keep_rows(table: Any, has_head: bool = True) -> None:
    """Keep each row of a table on one page, and let its head stand on every page."""
    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(element("cantSplit"))
        if place == 0 and has_head:
            properties.append(element("tblHeader"))


def set_widths(table: Any, widths: Sequence[float]) -> None:
    """Fix the widths of a table's columns, in millimetres."""
    from docx.shared import Mm

    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table._tbl.tr_lst:
        for cell, width in zip(row.tc_lst, widths, strict=True):
            cell.width = Mm(width)


def bytes_of(document: Any, day: str) -> bytes:
    """Return a document as a file: the same bytes for the same content, dated the day that it is of (``""``: none)."""
    from docx.oxml.ns import qn

    for number, revision in enumerate(document.element.body.iter("{*}ins", "{*}del")):
        revision.set(qn("w:id"), str(number))
    out = io.BytesIO()
    document.save(out)
    return steady(out.getvalue(), day)


def write_table(
    path: Path,
    title: str,
    notes: Iterable[str],
    heads: Sequence[str],
    rows: Iterable[Sequence[Value]],
    force: bool = False,
    day: str = "",
) -> None:
    """Write a table, below a title and lines of notes, to an .xlsx file.

    Text stays text, whatever it starts with, and numbers stay numbers. The day is what the content is of, for the
    file's properties.

    Raises `FileError`: another ending, or the file cannot be written.
    """
    from lsstd.office.typed_sheet import Column, Page, Sheet, book_of

    check_ending(path, ".xlsx")
    listed = [list(row) for row in rows]
    columns = []
    for place, head in enumerate(heads):
        longest = max(len(_text(row[place])) for row in (heads, *listed))
        columns.append(Column(head, same(head), width=min(36, max(8, 2 * longest))))
    named = [dict(zip(heads, row, strict=True)) for row in listed]
    page = Page(Sheet(same(title), tuple(columns)), named, [title, *notes, ""])
    write_whole(path, book_of([page], "zh", day), force)


def _text(value: Value) -> str:
    if isinstance(value, str):  # its marks with it
        return value
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def column_widths(
    columns: Sequence[Sequence[str]], total: float, size: float, whole: Container[int] = ()
) -> tuple[list[float], float]:
    """Return the widths of a table's columns, in millimetres, and the size of type, in points, at which no word is cut.

    `columns` are the head of each, which is in bold, and its cells; `total` is in millimetres; `size` is the largest.
    A column is at least as wide as its longest word, number or word of its head; those in `whole` as their longest
    cell. What is left goes to short texts first, then to all columns until their lines fit, more to those that lack
    more.
    """
    needs = [_needs(column, place in whole) for place, column in enumerate(columns)]
    room = total * _POINTS - _MARGINS * len(columns)
    size = max(_LEAST_SIZE, min(size, room / sum(word for word, _, _ in needs)))
    made = [size * word for word, _, _ in needs]
    for wanted in zip(*needs, strict=True):
        lacks = {place: size * most - made[place] for place, most in enumerate(wanted)}
        shares = {place: max(0, lack) ** 0.5 for place, lack in lacks.items()}
        for place in sorted(shares, key=lambda place: shares[place]):
            if share := shares.pop(place):
                made[place] += max(0, min(lacks[place], (room - sum(made)) * share / (share + sum(shares.values()))))
    made = [points + _MARGINS for points in made]
    return [total * points / sum(made) for points in made], size


def _needs(column: Sequence[str], is_whole: bool) -> tuple[float, float, float]:
    """Return how wide a column's words, its short texts, and its lines are, each in times the size of its type."""
    lines = [(line, 1.0 if place else 1.1) for place, text in enumerate(column) for line in text.split("\n")]
    full = max(bold * _ems(line) for line, bold in lines)
    words = (
        bold * _ems(word)
        for line, bold in lines
        for word in ([line] if is_whole and bold == 1 else _WORD.findall(_WITH_NUMBER.sub("\u00a0", line)))
    )
    word = max([min(full, _NARROWEST), *words])
    return word, max([word, *(bold * ems for line, bold in lines if (ems := _ems(line)) <= _SHORT)]), full


def _ems(text: str) -> float:
    """Estimate how wide a text is, in times the size of its type."""
    return sum(
        1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.75 if sign.isupper() or sign in "mw%" else 0.52
        for sign in text
    )
