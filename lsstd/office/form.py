"""A standard's application form as a Word template: the table as printed, a placeholder where a value goes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from lsstd.office.form_layout import GRID, Cell, Line, Row, Slot, rows_of
from lsstd.standard.document import Form
from lsstd.standard.standard import Standard

WIDTH_MM = 170
_OF_JINJA = re.compile(r"\{(?=[{%#])")


def template_of(standard: Standard, form: Form) -> bytes:
    """Return the form as a Word template: A4 upright, the title, the table, the notes, the status in the footer."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    document = Document()
    document.core_properties.author = ""
    document.core_properties.comments = ""
    _fonts(document)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm((210 - WIDTH_MM) / 2)
    page.top_margin = page.bottom_margin = Mm(18)
    heading = document.add_heading(_literal(form.title.zh), level=1)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for field in (field for group in form.groups.values() for field in group.fields.values()):
        if field.filled_by == "date":
            slots = [Slot(f"{field.id}.{part}") for part in ("year", "month", "day")]
            date: Line = (field.printed, slots[0], "年", slots[1], "月", slots[2], "日")
            _write(document.add_paragraph(), date)
    _table(document, rows_of(standard, form))
    below = {field.note for group in form.groups.values() for field in group.fields.values()}
    for note in form.notes:
        if note not in below:
            _write(document.add_paragraph(), (note,))
    footer = page.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for run in _footer(footer, f"《{standard.title.zh}》{form.clause}。{standard.status.zh}"):
        run.font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _fonts(document: Any) -> None:
    """Set the usual Chinese typefaces, small enough for a dense table."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for style, typeface, size in (("Normal", "宋体", 10), ("Heading 1", "黑体", 16)):
        made = document.styles[style]
        made.font.name, made.font.size = "Times New Roman", Pt(size)
        made.font.color.rgb = RGBColor(0, 0, 0)
        made.paragraph_format.space_before = made.paragraph_format.space_after = Pt(0 if size == 10 else 6)
        properties = made.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[theme]
        fonts.set(qn("w:eastAsia"), typeface)
        language = OxmlElement("w:lang")
        language.set(qn("w:eastAsia"), "zh-CN")
        properties.append(language)


def _table(document: Any, rows: Iterable[Row]) -> None:
    """Write the table: each row on the one grid, cells merged as the paper has them."""
    from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    table = document.add_table(rows=0, cols=GRID, style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    table._tblPr.insert_element_before(_margins(), "w:tblLook")
    for column in table.columns:
        column.width = Mm(WIDTH_MM / GRID)
    for row in rows:
        line = table.add_row()
        line.height, line.height_rule = Mm(row.height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
        if not any(cell.top for cell in row.cells):
            line._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
        for spare in list(line._tr.tc_lst)[len(row.cells) :]:
            line._tr.remove(spare)
        for made, cell in zip(line._tr.tc_lst, row.cells, strict=True):
            _fill(made, cell, table)


def _margins() -> Any:
    """Return narrow margins for every cell, so that five characters fit beside each other."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), "70")
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    return margins


def _fill(made: Any, cell: Cell, table: Any) -> None:
    """Write one cell."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm
    from docx.table import _Cell

    made.width = Mm(WIDTH_MM * cell.span / GRID)
    made.grid_span = cell.span
    if cell.merge:
        made.vMerge = cell.merge
    shown = _Cell(made, table)
    shown.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP if cell.top else WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for place, line in enumerate(cell.lines):
        paragraph = shown.paragraphs[0] if place == 0 else shown.add_paragraph()
        if cell.label:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(paragraph, line)


def _write(paragraph: Any, line: Line) -> None:
    """Write a line: wording as it is, a placeholder where a value goes."""
    for piece in line:
        run = paragraph.add_run(f"{{{{ form.{piece.path} }}}}" if isinstance(piece, Slot) else _literal(piece))
        run.underline = True if isinstance(piece, Slot) and piece.underlined else None


def _literal(wording: str) -> str:
    """Return wording that the template engine leaves as it is, braces and all."""
    return _OF_JINJA.sub("{{ '{' }}", wording)


def _footer(paragraph: Any, status: str) -> list[Any]:
    """Write the status of the edition and the page's number; return the runs."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    runs = [paragraph.add_run(_literal(status)), paragraph.add_run()]
    runs[1].add_break()
    for code in ("PAGE", "NUMPAGES"):
        runs.append(paragraph.add_run("第 " if code == "PAGE" else " 页，共 "))
        for kind in ("begin", None, "end"):
            runs.append(paragraph.add_run())
            element = OxmlElement("w:fldChar" if kind else "w:instrText")
            if kind:
                element.set(qn("w:fldCharType"), kind)
            else:
                element.text = code
            runs[-1]._r.append(element)
    return [*runs, paragraph.add_run(" 页")]
