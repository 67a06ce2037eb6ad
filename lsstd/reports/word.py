"""Reports as Word documents: headings, tables and pictures that people may edit; the record travels within the file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from lsstd.office import documents
from lsstd.pages.blocks import Block, Contents, Figure, Pairs, Paragraph, Section, Table, Tiles
from lsstd.words import Lang, msg, shorten

NAMESPACE = "urn:lsstd:record"
"""The namespace of the part in which the record travels."""

_ITEM = "{5C0F6E8A-3B1D-4E57-9A64-1D2F0B7C9E31}"
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?><ds:datastoreItem '
    f'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" ds:itemID="{_ITEM}">'
    f'<ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
)
_STYLES = {  # points, space before, colour; the styles of Word that a report uses
    "Normal": (10, 0, "1B1B1B"),
    "Title": (20, 0, "1B1B1B"),
    "Heading 1": (13, 16, "005A92"),
    "Heading 2": (11, 10, "005A92"),
    "Subtitle": (11, 0, "005A92"),  # what kind of report it is
    "Intense Quote": (9, 8, "595959"),  # the standing of the standard
    "Caption": (8.5, 3, "595959"),  # labels
}
_PARAGRAPHS = {"kind": "Subtitle", "status": "Intense Quote", "headline": "Title"}
_SIDES = {"headline": 1, "signature": 2}  # WD_ALIGN_PARAGRAPH.CENTER, .RIGHT


def document_of(sections: Sequence[Section], title: str, lang: Lang, record: str, day: str = "") -> bytes:
    """Return a report as a Word document (.docx): A4, headings, tables, page numbers; always the same bytes.

    It stands upright, but for a table alone. The title stands at the head of each page but the first; the record is
    kept in a part that Word leaves alone.
    """
    from docx.shared import Pt

    is_wide = len(sections) == 1 == sum(isinstance(block, Table) for block in sections[0].blocks)
    document = documents.blank(title, {name: size for name, (size, _, _) in _STYLES.items()}, is_wide)
    document.core_properties.language = "zh-CN" if lang == "zh" else "en"
    _set_up(document, documents.clean(title), lang)
    for number, section in enumerate(sections):
        if section.kind:
            _write(document, [Paragraph(section.kind, "kind")])
            document.paragraphs[-1].paragraph_format.space_before = Pt(150)
        heading = document.add_heading(documents.clean(section.heading), level=0 if section.is_cover else 1)
        heading.paragraph_format.page_break_before = section.begins_page or None
        if section.key:  # a place that the contents lead to
            start = documents.element("bookmarkStart", id=str(number), name=_bookmark(section.key))
            heading._p.extend([start, documents.element("bookmarkEnd", id=str(number))])
        _write(document, section.blocks)
    if is_wide and isinstance(sections[0].blocks[-1], Table):  # nothing follows from which to keep it apart
        document.element.body.remove(document.paragraphs[-1]._p)
    if record:
        _carry(document, record)
    return documents.bytes_of(document, day)


def _set_up(document: Any, title: str, lang: Lang) -> None:
    """Set styles and margins, the title in the header, the page's number in the footer."""
    from docx.shared import Mm, Pt, RGBColor

    for name, (_, before, colour) in _STYLES.items():
        style = document.styles[name]
        style.font.color.rgb, style.font.bold = RGBColor.from_string(colour), name.startswith(("Heading", "Title"))
        style.font.italic = False
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(4)
        style.paragraph_format.left_indent = style.paragraph_format.right_indent = 0
    page = document.sections[0]
    page.left_margin = page.right_margin = page.top_margin = Mm(18)
    page.bottom_margin = Mm(20)
    page.header_distance = page.footer_distance = Mm(9)
    page.different_first_page_header_footer = True
    _aligned(page.header.paragraphs[0], "RIGHT").add_run(shorten(title, 60))
    words = re.split("(NUMPAGES|PAGE)", msg("Page {page} of {pages}", page="PAGE", pages="NUMPAGES").to(lang))
    for footer in (page.footer, page.first_page_footer):
        line = _aligned(footer.paragraphs[0], "CENTER")
        for place, word in enumerate(words):
            if place % 2:
                line._p.append(
                    documents.element("fldSimple", [line.add_run("1")._r], instr=word)
                )  # which Word computes
            elif word:
                line.add_run(word)


def _aligned(paragraph: Any, side: str) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    sides: Any = WD_ALIGN_PARAGRAPH
    paragraph.style, paragraph.alignment = "Caption", sides[side]
    return paragraph


def _bookmark(key: str) -> str:
    """Return a section's key as Word takes it: letters, digits and underscores, at most 40."""
    return re.sub(r"\W", "_", key)[:40]


def _write(document: Any, blocks: Iterable[Block]) -> None:
    from docx.shared import Mm

    for block in blocks:
        match block:
            case Paragraph():
                paragraph = document.add_paragraph(style=_PARAGRAPHS.get(block.kind))
                paragraph.alignment = _SIDES.get(block.kind)
                documents.add_run(paragraph, block.text)
                for run in documents.runs_of(paragraph) if block.kind == "verdict" else ():
                    run.bold = True
                paragraph.paragraph_format.keep_with_next = not block.kind
            case Pairs():
                table = document.add_table(rows=len(block.rows), cols=2)
                for row, (label, value) in zip(_rows_of(table), block.rows, strict=True):
                    _fill(row[0], label).style = "Caption"
                    _fill(row[1], value)
                documents.set_widths(table, [38, _width_mm(document) - 38])
            case Tiles():
                _write_tiles(document, block)
            case Table():
                _write_table(document, block)
            case Contents():
                document.add_paragraph(documents.clean(block.title)).runs[0].bold = True
                for heading, key in block.entries:
                    paragraph = document.add_paragraph()
                    run = documents.add_run(paragraph, heading)._r
                    paragraph._p.append(documents.element("hyperlink", [run], anchor=_bookmark(key)))
            case Figure():
                paragraph = document.add_paragraph()
                paragraph.paragraph_format.keep_with_next = bool(block.caption)
                picture = paragraph.add_run().add_picture(io.BytesIO(block.png))
                if (wide := picture.width / Mm(_width_mm(document))) > 1:
                    picture.width, picture.height = Mm(_width_mm(document)), round(picture.height / wide)
                picture._inline.docPr.set("descr", documents.clean(block.alt))
                _add_caption(document, block.caption)


def _width_mm(document: Any) -> int:
    """Return how wide the text of a document is."""
    page = document.sections[0]
    return int(page.page_width - page.left_margin - page.right_margin) // 36_000  # units of Word's to a millimetre


def _add_caption(document: Any, caption: str, is_above: bool = False) -> None:
    """Add the caption of a figure, or that of a table, which stays with it."""
    if caption:
        paragraph = document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = is_above
        documents.add_run(paragraph, caption)


def _write_tiles(document: Any, block: Tiles) -> None:
    """Write key figures side by side, each below its label."""
    from docx.shared import Pt

    columns = min(5, max(1, len(block.rows)))
    table = document.add_table(rows=-(-len(block.rows) // columns), cols=columns, style="Table Grid")
    for place, (label, value) in enumerate(block.rows):
        cell = table.cell(*divmod(place, columns))
        _fill(cell, label).style = "Caption"
        run = documents.add_run(cell.add_paragraph(), value)
        run.bold, run.font.size = True, Pt(14)
    documents.keep_rows(table, has_head=False)
    documents.set_widths(table, [_width_mm(document) / columns] * columns)
    _draw_lines(table, range(len(table.rows)))
    _add_gap(document)


def _write_table(document: Any, block: Table) -> None:
    _add_caption(document, block.caption, is_above=True)
    table = document.add_table(rows=1 + len(block.rows), cols=len(block.heads), style="Table Grid")
    columns = list(zip(block.heads, *(r for i, r in enumerate(block.rows) if i not in block.groups), strict=True))
    widths, size = documents.column_widths(columns, _width_mm(document), 9, block.right)
    documents.set_widths(table, widths)
    ends = {len(block.rows) - 1, *(place - 1 for place in block.groups)}
    for number, (cells, row) in enumerate(zip(_rows_of(table), (block.heads, *block.rows), strict=True), start=-1):
        is_group = number in block.groups
        if is_group:
            cells[0].merge(cells[-1])
            cells, row = cells[:1], row[:1]
        for place, (cell, text) in enumerate(zip(cells, row, strict=True)):
            paragraph = _fill(cell, text, size)
            if number < 0 or is_group:
                paragraph.runs[0].bold = True
            if place in block.right and not is_group:
                paragraph.alignment = 2  # WD_ALIGN_PARAGRAPH.RIGHT
            # A head stays with its first row, and a group of rows together.
            paragraph.paragraph_format.keep_with_next = number < 0 or (bool(block.groups) and number not in ends)
    documents.keep_rows(table)
    documents.track_rows(table, (block.heads, *block.rows))
    _draw_lines(table, [0, *(1 + place for place in block.groups)])
    _add_gap(document)


def _draw_lines(table: Any, heads: Iterable[int]) -> None:
    """Draw thin lines between rows only, and a ground below heads: black boxes around all cells are hard to read."""
    sides = {"top": "single", "left": "nil", "bottom": "single", "right": "nil", "insideH": "single", "insideV": "nil"}
    lines = [documents.element(side, val=kind, sz="4", color="BFBFBF") for side, kind in sides.items()]
    table._tbl.tblPr.append(documents.element("tblBorders", lines))
    for row in heads:
        for cell in table._tbl.tr_lst[row].tc_lst:
            cell.get_or_add_tcPr().append(documents.element("shd", val="clear", color="auto", fill="F2F6FA"))


def _rows_of(table: Any) -> Iterable[list[Any]]:
    """Return the cells of each row; python-docx's own way takes as long as the table has cells, for each row."""
    from docx.table import _Cell

    return ([_Cell(cell, table) for cell in row.tc_lst] for row in table._tbl.tr_lst)


def _fill(cell: Any, text: str, size: float | None = None) -> Any:
    """Write a text into a cell; return its paragraph."""
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(1)
    documents.add_run(paragraph, text)
    for run in documents.runs_of(paragraph):
        run.font.size = Pt(size) if size else None
    return paragraph


def _add_gap(document: Any) -> None:
    """Add a low empty paragraph: Word would else join one table to the next."""
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after, paragraph.paragraph_format.line_spacing = Pt(0), Pt(6)


def _carry(document: Any, record: str) -> None:
    """Put the record into a part of its own, as Word keeps data that are not shown."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    package = document.part.package
    escaped = documents.NOT_IN_XML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", record)  # which are within JSON's texts
    xml = f'<?xml version="1.0" encoding="UTF-8"?><record xmlns="{NAMESPACE}">{escape(escaped)}</record>'
    item = Part(PackURI("/customXml/item9.xml"), "application/xml", xml.encode(), package)
    kind = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
    properties = Part(PackURI("/customXml/itemProps9.xml"), kind, _PROPERTIES.encode(), package)
    document.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)
    item.relate_to(properties, RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)
