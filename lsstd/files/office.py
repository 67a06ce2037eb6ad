"""Tables for Excel, WPS and Word; text stays text, whatever it starts with."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lsstd.files.writing import MARK, cannot_write, write_whole
from lsstd.text import Text

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
    clean = [[_CONTROL.sub("", cell) for cell in row] for row in rows]
    write_whole(path, makers[path.suffix.lower()](title, list(notes), heads, clean), force)


def _workbook(title: str, notes: list[str], heads: Sequence[str], rows: list[list[str]]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook()
    book.properties.creator = MARK
    sheet = book.worksheets[0]
    sheet.title = title[:31]
    for line in (title, *notes, ""):
        sheet.append([line])
    sheet["A1"].font = Font(bold=True, size=14)
    for row in (heads, *rows):
        sheet.append(list(row))
    first = len(notes) + 3
    for cells in sheet.iter_rows(min_row=first):
        for cell in cells:
            cell.data_type = "s"  # also for text that starts with = + - @
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == first)
    for column in range(1, len(heads) + 1):
        longest = max((len(str(row[column - 1])) for row in (heads, *rows)), default=10)
        sheet.column_dimensions[get_column_letter(column)].width = min(36, max(8, 2 * longest))
    for place, texts in enumerate(rows, first + 1):  # a row as tall as its longest text needs
        lines = max((-(-2 * len(text) // 36) for text in texts), default=1)
        sheet.row_dimensions[place].height = 15 * min(max(lines, 1), 27)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


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
            cell.text = text
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
