"""Tables for Excel, WPS and Word; text stays text, whatever it starts with."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lsstd.files.writing import MARK, cannot_write, write_whole
from lsstd.office.pages import Page, book_of
from lsstd.office.sheets import Column, Sheet
from lsstd.text import Text, same

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def write_table(
    path: Path,
    title: str,
    notes: Iterable[str],
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    force: bool = False,
) -> None:
    """Write a table to an .xlsx or a .docx file, by the ending of its name.

    Parameters
    ----------
    path : Path
    title : str
    notes : iterable of str
        Lines below the title: of what edition, made how.
    heads : sequence of str
    rows : iterable of sequence of str
    force : bool
        Also over a file that lsstd did not write.

    Raises
    ------
    FileError
        Another ending, or the file cannot be written.
    """
    makers = {".xlsx": _workbook, ".docx": _document}
    if path.suffix.lower() not in makers:
        found = Text(f"后缀 {path.suffix or '（无）'}", f"the ending {path.suffix or '(none)'}")
        expected = Text(" / ".join(makers), " / ".join(makers))
        raise cannot_write(path, found, expected)
    write_whole(path, makers[path.suffix.lower()](title, list(notes), heads, [list(row) for row in rows]), force)


def _workbook(title: str, notes: list[str], heads: Sequence[str], rows: list[list[str]]) -> bytes:
    widths = [min(36, max(8, 2 * max(len(row[place]) for row in (heads, *rows)))) for place in range(len(heads))]
    columns = tuple(Column(head, same(head), width=width) for head, width in zip(heads, widths, strict=True))
    named = [dict(zip(heads, row, strict=True)) for row in rows]
    return book_of([Page(Sheet(same(title), columns), named, [title, *notes, ""])], "zh")


def _document(title: str, notes: list[str], heads: Sequence[str], rows: list[list[str]]) -> bytes:
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document = Document()
    document.core_properties.author = MARK
    for style in ("Normal", "Title", "Heading 1"):
        font = document.styles[style].font
        font.name = "Times New Roman"
        properties = document.styles[style].element.get_or_add_rPr()
        properties.get_or_add_rFonts().set(qn("w:eastAsia"), "宋体" if style == "Normal" else "黑体")
        language = OxmlElement("w:lang")
        language.set(qn("w:eastAsia"), "zh-CN")  # else commas are set in the Japanese way
        properties.append(language)
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    document.add_heading(title, level=1)
    for note in notes:
        document.add_paragraph(note)
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    for row in (heads, *rows):
        cells = table.rows[0].cells if row is heads else table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = _CONTROL.sub("", text)
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))  # a row stays on one page
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))  # the head stands on each page
    longest = [max(len(str(row[i])) for row in (heads, *rows)) for i in range(len(heads))]
    shares = [min(max(length, 6), 40) for length in longest]
    for column, share in zip(table.columns, shares, strict=True):
        for cell in column.cells:
            cell.width = Mm(247 * share / sum(shares))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
