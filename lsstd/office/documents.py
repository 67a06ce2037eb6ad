"""Word documents: pages and typefaces that suit Chinese, tables whose rows stay whole and whose heads repeat."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lsstd.files.writing import MARK, steady

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Return a text as Word can hold it: without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def blank(title: str, sizes: Mapping[str, float], is_wide: bool = False) -> Any:
    """Return an empty A4 document by lsstd, its typefaces set: 宋体 for text, 黑体 for whatever stands above it.

    Parameters
    ----------
    title : str
    sizes : mapping of a style's name to its size in points
    is_wide : bool
        Whether its pages lie across.
    """
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    document = Document()
    properties = document.core_properties
    properties.author, properties.comments, properties.title = MARK, "", clean(title)[:255]
    for style, size in sizes.items():
        set_typeface(document.styles[style], "宋体" if style == "Normal" else "黑体", size)
    page = document.sections[0]
    page.page_width, page.page_height = (Mm(297), Mm(210)) if is_wide else (Mm(210), Mm(297))
    page.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    return document


def set_typeface(style: Any, chinese: str, size: float) -> None:
    """Set a style's typeface for both scripts, its size, and the language by which commas are set."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style.font.name, style.font.size = "Times New Roman" if chinese == "宋体" else "Arial", Pt(size)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[name]  # a theme's typeface would go before ours
    fonts.set(qn("w:eastAsia"), chinese)
    language = OxmlElement("w:lang")
    language.set(qn("w:eastAsia"), "zh-CN")  # else commas are set in the Japanese way
    properties.append(language)


def keep_rows(table: Any, has_head: bool = True) -> None:
    """Keep each row of a table on one page, and let its head stand on every page."""
    from docx.oxml import OxmlElement

    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0 and has_head:
            properties.append(OxmlElement("w:tblHeader"))


def set_widths(table: Any, widths: Sequence[float]) -> None:
    """Fix the widths of a table's columns, in millimetres."""
    from docx.shared import Mm

    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table._tbl.tr_lst:
        for cell, width in zip(row.tc_lst, widths, strict=True):
            cell.width = Mm(width)


def bytes_of(document: Any) -> bytes:
    """Return a document as a file: the same bytes for the same content."""
    out = io.BytesIO()
    document.save(out)
    return steady(out.getvalue())
