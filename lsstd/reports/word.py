"""Reports as Word documents: headings, tables and bars that people may edit; the record travels within the file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lsstd.files.opening import parts_of
from lsstd.files.reading import refused
from lsstd.office import documents
from lsstd.pages.blocks import Bar, Bars, Figure, Heading, Pairs, Paragraph, Section, Table, Tiles
from lsstd.reports.adapted import adapted, in_order
from lsstd.reports.printed import Printed
from lsstd.reports.shown import lines_shown
from lsstd.words import Lang, Text, clip, shorten

_WIDTH_MM = 174.0
_NAMESPACE = "urn:lsstd:record"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ITEM = "{5C0F6E8A-3B1D-4E57-9A64-1D2F0B7C9E31}"
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?><ds:datastoreItem '
    f'xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml" ds:itemID="{_ITEM}">'
    f'<ds:schemaRefs><ds:schemaRef ds:uri="{_NAMESPACE}"/></ds:schemaRefs></ds:datastoreItem>'
)
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SIZES = {"Normal": 10, "Title": 20, "Heading 1": 13, "Heading 2": 11}
_ACCENT, _SOFT, _FULL, _PALE, _TRACK = "005A92", "595959", "0072B2", "8EC6E6", "ECECEC"
_TICKS = 50  # into which a bar's track is divided


def document_of(sections: Sequence[Section], title: str, lang: Lang, record: str) -> bytes:
    """Return a report as a Word document (.docx): A4 upright, headings, tables, page numbers; always the same bytes.

    Parameters
    ----------
    sections : sequence of Section
    title : str
        Stands at the head of each page but the first, and in the document's properties.
    lang : {"zh", "en"}
    record : str
        What the numbers are computed from, as JSON; kept in a part of the file that Word leaves alone.
    """
    document = documents.blank(title, _SIZES)
    document.core_properties.language = "zh-CN" if lang == "zh" else "en"
    _set_up(document, documents.clean(title), lang)
    pen = _Pen(document)
    for section in sections:
        pen.write(section)
    if record:
        _carry(document, record)
    return documents.bytes_of(document)


def _set_up(document: Any, title: str, lang: Lang) -> None:
    """Set styles and margins, the title in the header, the page's number in the footer."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    for name in _SIZES:
        style = document.styles[name]
        style.font.color.rgb = RGBColor.from_string("1B1B1B" if name in ("Normal", "Title") else _ACCENT)
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.space_before = Pt({"Heading 1": 16, "Heading 2": 10}.get(name, 0))
    page = document.sections[0]
    page.left_margin = page.right_margin = page.top_margin = Mm(18)
    page.bottom_margin = Mm(20)
    page.header_distance = page.footer_distance = Mm(9)
    page.different_first_page_header_footer = True
    running = page.header.paragraphs[0]
    running.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _soft(running.add_run(shorten(title, 60)), 8.5)
    words = ("第 ", "PAGE", " 页 / 共 ", "NUMPAGES", " 页") if lang == "zh" else ("Page ", "PAGE", " of ", "NUMPAGES")
    for footer in (page.footer, page.first_page_footer):
        line = footer.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for place, word in enumerate(words):
            _soft(_field(line, word) if place % 2 else line.add_run(word), 9)


def _soft(run: Any, size: float) -> None:
    from docx.shared import Pt, RGBColor

    run.font.size, run.font.color.rgb = Pt(size), RGBColor.from_string(_SOFT)


def _field(paragraph: Any, name: str) -> Any:
    """Add a field that Word computes; return the run that shows it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run("1")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    paragraph._p.append(field)
    field.append(run._r)
    return run


class _Pen:
    """Writes sections into a document, block by block."""

    def __init__(self, document: Any) -> None:
        self.document = document

    def write(self, section: Section) -> None:
        """Write a section: its heading, then its blocks; on a cover the kind of report stands above the title."""
        above, below = in_order(section)
        for paragraph in above:
            self._paragraph(paragraph)
        self.document.add_heading(documents.clean(section.title), level=0 if section.is_cover else 1)
        for block in below:
            match block:
                case Paragraph():
                    self._paragraph(block)
                case Heading():
                    self.document.add_heading(documents.clean(block.text), level=2)
                case Pairs():
                    self._pairs(block)
                case Tiles():
                    self._tiles(block)
                case Table():
                    self._table(block)
                case Bars():
                    self._bars(block)
                case Figure():
                    for shown in adapted([Section("", "", (block,))], "docx")[0].blocks:
                        self._paragraph(shown)

    def _paragraph(self, block: Any) -> None:
        from docx.shared import Mm, Pt, RGBColor

        paragraph = self.document.add_paragraph()
        run = paragraph.add_run(documents.clean(block.text))
        run.bold = block.kind in ("verdict", "kind") or None
        if block.kind == "verdict":
            run.font.size = Pt(11)
        elif block.kind == "kind":
            run.font.color.rgb = RGBColor.from_string(_ACCENT)
        elif block.kind == "status":
            _soft(run, 9)
            paragraph.paragraph_format.space_before = Pt(8)
            paragraph.paragraph_format.left_indent = Mm(3)
            _bordered(paragraph)
        else:
            paragraph.paragraph_format.keep_with_next = True

    def _pairs(self, block: Pairs) -> None:
        table = self.document.add_table(rows=0, cols=2)
        for row in block.rows:
            label, value = table.add_row().cells
            _soft(_fill(label, row[0]), 10)
            _fill(value, row[1])
        documents.set_widths(table, [38, _WIDTH_MM - 38])

    def _tiles(self, block: Tiles) -> None:
        from docx.shared import Pt

        columns = min(5, max(1, len(block.rows)))
        table = self.document.add_table(rows=-(-len(block.rows) // columns), cols=columns, style="Table Grid")
        for place, (label, value) in enumerate(block.rows):
            cell = table.cell(*divmod(place, columns))
            _soft(_fill(cell, label), 8.5)
            run = cell.add_paragraph().add_run(documents.clean(value))
            run.bold, run.font.size = True, Pt(14)
        _line_of(table)
        documents.keep_rows(table, has_head=False)
        documents.set_widths(table, [_WIDTH_MM / columns] * columns)
        self._gap()

    def _gap(self) -> Any:
        """Add a low empty paragraph: Word would else join one table to the next."""
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = Pt(6)
        return paragraph

    def _table(self, block: Table) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        table = self.document.add_table(rows=1 + len(block.rows), cols=len(block.heads), style="Table Grid")
        for line, row in zip(table._tbl.tr_lst, (block.heads, *block.rows), strict=True):
            for place, (cell, text) in enumerate(zip(table_cells(table, line), row, strict=True)):
                run = _fill(cell, text, size=9)
                run.bold = row is block.heads or None
                if place in block.right:
                    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
                if row is block.heads:
                    _shade(cell, "EEF3F7")
        _line_of(table)
        documents.keep_rows(table)
        documents.set_widths(table, widths(block, _WIDTH_MM))
        self._gap()

    def _bars(self, block: Bars) -> None:
        from docx.oxml import parse_xml

        told = 34.0 if block.rows else 0
        label = min(56.0, max([24.0, *(_millimetres(bar.label) for bar in block.rows)]))
        tick = (_WIDTH_MM - told - label) / _TICKS
        key = [_legend(colour, name, label, tick) for colour, name in zip((_FULL, _PALE), block.legend, strict=False)]
        rows = "".join([*key, *(_bar(bar, label, tick, told) for bar in block.rows)])
        grid = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in (label, *[tick] * _TICKS, told))
        margins = '<w:tblCellMar><w:left w:w="40" w:type="dxa"/><w:right w:w="40" w:type="dxa"/></w:tblCellMar>'
        properties = f'<w:tblW w:w="{_twips(_WIDTH_MM)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>{margins}'
        xml = f"<w:tbl {_of_word()}><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        self._gap()._p.addprevious(parse_xml(xml))


def table_cells(table: Any, line: Any) -> list[Any]:
    """Return the cells of a row; python-docx's own way takes as long as the table has cells, for each row."""
    from docx.table import _Cell

    return [_Cell(cell, table) for cell in line.tc_lst]


def _fill(cell: Any, text: str, size: float | None = None) -> Any:
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.space_before = Pt(1)
    run = paragraph.add_run(documents.clean(text))
    if size is not None:
        run.font.size = Pt(size)
    return run


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import parse_xml

    properties = cell._tc.get_or_add_tcPr()
    properties.append(parse_xml(f'<w:shd {_of_word()} w:val="clear" w:color="auto" w:fill="{colour}"/>'))


def _line_of(table: Any) -> None:
    """Draw a table's lines in grey, across only."""
    from docx.oxml import parse_xml

    across, none = 'w:val="single" w:sz="4" w:color="BFBFBF"', 'w:val="nil"'
    sides = ("top", across), ("left", none), ("bottom", across), ("right", none), ("insideH", across), ("insideV", none)
    drawn = "".join(f"<w:{side} {line}/>" for side, line in sides)
    borders = parse_xml(f"<w:tblBorders {_of_word()}>{drawn}</w:tblBorders>")
    table._tbl.tblPr.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _bordered(paragraph: Any) -> None:
    """Draw an orange line beside a paragraph."""
    from docx.oxml import parse_xml

    line = '<w:left w:val="single" w:sz="24" w:space="6" w:color="E69F00"/>'
    paragraph._p.get_or_add_pPr().insert_element_before(
        parse_xml(f"<w:pBdr {_of_word()}>{line}</w:pBdr>"), "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _of_word() -> str:
    return f'xmlns:w="{_WORD[1:-1]}"'


def _twips(millimetres: float) -> int:
    return round(millimetres * 1440 / 25.4)


def _millimetres(text: str) -> float:
    """Return how wide the longest line of a text in 9 points is, with the cell's margins."""
    lines = ("".join("xx" if unicodedata.east_asian_width(c) in "WFA" else "x" for c in t) for t in text.split("\n"))
    return max(map(len, lines)) * 9 / 2 * 25.4 / 72 * 1.06 + 4.5


def widths(block: Table, total: float) -> list[float]:
    """Return the widths of a table's columns: those with numbers as wide as needed, the others share the rest."""
    columns = zip(*block.rows, strict=True) if block.rows else [() for _ in block.heads]
    heads = [1.15 * _millimetres(head) for head in block.heads]  # in bold
    needed = [min(max([head, *map(_millimetres, c)]), total) for head, c in zip(heads, columns, strict=True)]
    fixed = {*block.right, *block.tight}
    if not fixed or len(fixed) == len(needed) or sum(needed) <= total:
        capped = [min(width, total / 2) for width in needed]
        return [total * width / sum(capped) for width in capped]
    shares = [min(width, 40.0) if place in fixed else 0.0 for place, width in enumerate(needed)]
    free = [0.0 if place in fixed else min(width, total / 2) for place, width in enumerate(needed)]
    left = max(total - sum(shares), total / 3)
    made = [share or left * width / sum(free) for share, width in zip(shares, free, strict=True)]
    return [total * width / sum(made) for width in made]


def _bar(bar: Bar, label: float, tick: float, told: float) -> str:
    """Return one bar as a row: its label, its track in shaded cells, what is told beside."""
    full = round(bar.full * _TICKS)
    pale = min(_TICKS - full, round((bar.full + bar.pale) * _TICKS) - full)
    parts = ((full, _FULL), (pale, _PALE), (_TICKS - full - pale, _TRACK))
    track = "".join(_box("", ticks * tick, colour, ticks) for ticks, colour in parts if ticks > 0)
    return _line(_box(bar.label, label, align="right") + track + _box(bar.told, told))


def _legend(colour: str, name: str, label: float, tick: float) -> str:
    """Return a row that tells what a colour stands for."""
    rest = _TICKS - 2
    return _line(_box("", label) + _box("", 2 * tick, colour, 2) + _box(name, rest * tick, span=rest + 1))


def _line(cells: str) -> str:
    return f'<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="300"/></w:trPr>{cells}</w:tr>'


def _box(text: str, width: float, colour: str = "", span: int = 1, align: str = "left") -> str:
    white = "".join(f'<w:{side} w:val="single" w:sz="24" w:color="FFFFFF"/>' for side in ("top", "bottom"))
    shade = f'<w:tcBorders>{white}</w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="{colour}"/>'
    place = f'<w:tcW w:w="{_twips(width)}" w:type="dxa"/><w:gridSpan w:val="{span}"/>{shade if colour else ""}'
    set_so = f'<w:spacing w:before="0" w:after="0"/><w:jc w:val="{align}"/><w:rPr><w:sz w:val="8"/></w:rPr>'
    breaks = '</w:t><w:br/><w:t xml:space="preserve">'
    told = escape(documents.clean(text)).replace("\n", breaks)
    run = f'<w:r><w:rPr><w:sz w:val="18"/></w:rPr><w:t xml:space="preserve">{told}</w:t></w:r>' if text else ""
    within = f"<w:pPr>{set_so}</w:pPr>{run}"
    return f'<w:tc><w:tcPr>{place}<w:vAlign w:val="center"/></w:tcPr><w:p>{within}</w:p></w:tc>'


def _carry(document: Any, record: str) -> None:
    """Put the record into a part of its own, as Word keeps data that are not shown."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    package = document.part.package
    held = _NOT_XML.sub(lambda sign: f"\\u{ord(sign[0]):04x}", record)  # within a text of JSON, where alone they may be
    xml = f'<?xml version="1.0" encoding="UTF-8"?><record xmlns="{_NAMESPACE}">{escape(held)}</record>'
    item = Part(PackURI("/customXml/item9.xml"), "application/xml", xml.encode(), package)
    kind = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
    properties = Part(PackURI("/customXml/itemProps9.xml"), kind, _PROPERTIES.encode(), package)
    document.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)
    item.relate_to(properties, RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)


def printed_docx(path: Path) -> Printed:
    """Return what stands in a report as Word document: its texts in order, its record.

    Hidden text is none. What we never write, a symbol, drawing, field or tracked change, is a text by its name.

    Raises
    ------
    FileError
        It cannot be read, or is no Word document.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    parts = parts_of(path)
    try:
        body = fromstring(parts["word/document.xml"])
        held = [parts[name] for name in sorted(parts) if name.startswith("customXml/item")]
        roots = [fromstring(part) for part in held if _NAMESPACE.encode() in part]
    except (LookupError, ParseError, DefusedXmlException, ValueError) as error:
        told = Text(f"不是完好的 Word 文档（{clip(error)}）", f"no sound Word document ({clip(error)})")
        raise refused(path, told, Text("完好的文件", "an undamaged file")) from None
    record = next((root.text for root in roots if root.tag == f"{{{_NAMESPACE}}}record"), None)
    return Printed("docx", (("", tuple(line for part in body for line in lines_shown(part))),), record)
