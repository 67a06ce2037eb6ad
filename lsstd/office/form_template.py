"""A standard's application form as a Word template: rows and cells as on paper, a placeholder where a value goes.

Whoever wants other looks edits the whole template in Word (`lsstd application --as-template`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell

from lsstd.office.documents import set_typeface
from lsstd.standard.document import Form, FormField, FormGroup
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard

GRID = 24
"""The table's columns, all alike; every cell spans some of them."""
WIDTH_MM = 170
_LABEL, _VALUE = 7, 5  # half a row
_NUMBERED = re.compile(r"[一二三四五六七八九十]+、")
_PEOPLE = {2: (3, 7, 3, 8), 3: (2, 5, 2, 4, 3, 5)}  # label and value, side by side, right of a group's name
_SIGNS = 39
"""Characters that a line of boxes holds, in its cell of 7/8 of the table's width."""
_MISTAKABLE = re.compile(r"\{(?=[{%#])")
_MARGINS = '<w:tblCellMar {}><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>'
"""Narrow margins for every cell, so that five characters fit beside each other."""


class Slot(str):
    """Where a value goes: its path in what fills the form."""


class Blank(Slot):
    """Where a value goes within a line of text: underlined."""


Line = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: how many columns it spans, its lines, whether it is the first or a later part of a merged one."""

    span: int
    lines: tuple[Line, ...] = ()
    merge: str | None = None
    is_label: bool = False
    is_top: bool = False
    height_mm: int = 8
    """Of its row, at least."""


FormRow = tuple[Cell, ...]


def template_of(standard: Standard, form: Form) -> bytes:
    """Return the form as a Word template: A4 upright, the title, the table, the notes; nothing that is not printed.

    It is signed and stamped, so lsstd says nothing on it: what is to be known of the edition is told beside it.
    """
    document = Document()
    document.core_properties.author = document.core_properties.comments = ""
    for name, typeface, size, space in (("Normal", "宋体", 10, 0), ("Heading 1", "黑体", 16, 6)):
        style: Any = document.styles[name]
        set_typeface(style, typeface, size, latin="Times New Roman")
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(space)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm((210 - WIDTH_MM) / 2)
    page.top_margin = page.bottom_margin = Mm(18)
    document.add_heading(_literal(form.title.zh), level=1).alignment = WD_ALIGN_PARAGRAPH.CENTER
    fields = [field for group in form.groups.values() for field in group.fields.values()]
    for field in fields:
        if field.filled_by == "date":
            year, month, day = (Slot(f"{field.id}.{part}") for part in ("year", "month", "day"))
            _write(document.add_paragraph(), (field.printed, year, "年", month, "月", day, "日"))
    _draw(document, rows_of(standard, form))
    for note in form.notes:
        if note not in {field.note for field in fields}:
            _write(document.add_paragraph(), (note,))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _draw(document: Any, rows: Iterable[FormRow]) -> None:
    table = document.add_table(rows=0, cols=GRID, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    table._tblPr.insert_element_before(parse_xml(_MARGINS.format(nsdecls("w"))), "w:tblLook")
    for column in table.columns:
        column.width = Mm(WIDTH_MM / GRID)
    for row in rows:
        line = table.add_row()
        line.height, line.height_rule = Mm(max(cell.height_mm for cell in row)), WD_ROW_HEIGHT_RULE.AT_LEAST
        if not any(cell.is_top for cell in row):
            line._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))
        for spare in list(line._tr.tc_lst)[len(row) :]:
            line._tr.remove(spare)
        for element, cell in zip(line._tr.tc_lst, row, strict=True):
            _fill(element, cell, table)


def _fill(element: Any, cell: Cell, table: Any) -> None:
    element.width, element.grid_span = Mm(WIDTH_MM * cell.span / GRID), cell.span
    if cell.merge:
        element.vMerge = cell.merge
    drawn = _Cell(element, table)
    drawn.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.TOP if cell.is_top else WD_CELL_VERTICAL_ALIGNMENT.CENTER
    for place, line in enumerate(cell.lines):
        paragraph = drawn.paragraphs[0] if place == 0 else drawn.add_paragraph()
        if cell.is_label:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(paragraph, line)


def _write(paragraph: Any, line: Line) -> None:
    """Write a line: wording as it is, a placeholder where a value goes."""
    for piece in line:
        run = paragraph.add_run(f"{{{{ form.{piece} }}}}" if isinstance(piece, Slot) else _literal(piece))
        run.underline = True if isinstance(piece, Blank) else None


def _literal(wording: str) -> str:
    """Return wording in which no brace is taken for the beginning of a placeholder."""
    return _MISTAKABLE.sub("{{ '{' }}", wording)


def rows_of(standard: Standard, form: Form) -> Iterator[FormRow]:
    """Yield the rows of the printed table, group by group."""
    for group in form.groups.values():
        layout = _Layout(standard.facts, group)
        if group.printed and not _NUMBERED.match(group.printed):
            yield from layout.beside_the_name()
            continue
        if group.printed:
            yield (Cell(GRID, ((group.printed,),)),)
        yield from layout.rows()


class _Layout:
    def __init__(self, facts: dict[str, Fact], group: FormGroup) -> None:
        self.facts, self.name = facts, group.printed
        self.fields = [field for field in group.fields.values() if field.filled_by != "date"]
        self.below: dict[str | None, list[FormField]] = {}
        for field in self.fields:
            self.below.setdefault(field.part_of, []).append(field)

    def rows(self) -> Iterator[FormRow]:
        """Yield rows of two halves, whole rows and boxes, in the printed order."""
        waiting: tuple[Cell, ...] = ()
        for field in self.below.get(None, []):
            half = self._half(field)
            if waiting:
                yield (*waiting, *half) if half else _widened(waiting)
                if half:
                    waiting = ()
                    continue
            waiting = half
            if not half:
                yield from self._whole(field)
        if waiting:
            yield _widened(waiting)

    def beside_the_name(self) -> Iterator[FormRow]:
        """Yield rows of short fields right of their group's name, which goes down all of them."""
        name = Cell(3, ((self.name,),), "restart", is_label=True)
        for cells in self._short_fields():
            yield (name, *cells)
            name = Cell(3, merge="continue", is_label=True)

    def _short_fields(self) -> Iterator[FormRow]:
        """Yield the cells of short fields, several in a row; what is ticked takes a row."""
        ticked = [field for field in self.fields if self._kind(field) == "choices"]
        for field in ticked:
            yield (Cell(GRID - 3, self._ticked(field)),)
        short = [field for field in self.fields if field not in ticked]
        together = 3 if len(short) > 4 else 2
        for start in range(0, len(short), together):
            fields = short[start : start + together]
            cells = [cell for field in fields for cell in (_label(field), Cell(0, (self._value(field),)))]
            sized = [replace(cell, span=span) for cell, span in zip(cells, _PEOPLE[together], strict=False)]
            yield _widened(tuple(sized), GRID - 3)

    def _kind(self, field: FormField) -> str:
        return self.facts[field.fact].kind if field.fact else "text"

    def _half(self, field: FormField) -> tuple[Cell, ...]:
        """Return label and value of a field that takes half a row; nothing if it takes more."""
        by_kind = "full" if self._kind(field) in ("text", "boolean", "choices") else "half"
        if self.below.get(field.id) or field.filled_by == "hand" or (field.width or by_kind) != "half":
            return ()
        return (_label(field, _LABEL), Cell(_VALUE, (self._value(field),)))

    def _whole(self, field: FormField) -> Iterator[FormRow]:
        if field.filled_by == "hand":
            yield self._box(field)
        elif self._kind(field) == "choices":
            yield (Cell(GRID, self._ticked(field)),)
        elif self._kind(field) == "boolean":
            yield self._question(field)
        elif self.below.get(field.id):
            yield from self._sub_totals(field)
        elif field.width == "tall":
            yield (_label(field, 4), Cell(GRID - 4, (self._value(field),), is_top=True, height_mm=45))
        else:
            yield (_label(field, _LABEL), Cell(GRID - _LABEL, (self._value(field),)))

    def _box(self, field: FormField) -> FormRow:
        dates = [field.printed.replace(" ", "\u3000" * 3) for field in self.below.get(field.id, [])]
        dated: tuple[Line, ...] = (*((),) * 8, *(("\u3000" * 28 + date,) for date in dates)) if dates else ()
        return (Cell(GRID, ((field.printed,), *dated), is_top=True, height_mm=50 if dates else 18),)

    def _sub_totals(self, field: FormField) -> Iterator[FormRow]:
        for place, part in enumerate(self._within(field)):
            total = (_label(field, _LABEL), Cell(_VALUE, (self._value(field),)))
            merged = [replace(cell, merge="restart") for cell in total]
            if place:
                merged = [Cell(_LABEL, merge="continue"), Cell(_VALUE, merge="continue")]
            yield (*merged, _label(part, _LABEL), Cell(_VALUE, (self._value(part),)))

    def _within(self, field: FormField) -> Iterator[FormField]:
        for part in self.below.get(field.id, []):
            yield part
            yield from self._within(part)

    def _question(self, field: FormField) -> FormRow:
        parts = self.below.get(field.id, [])
        if not parts:
            return (Cell(17, ((field.printed,),)), Cell(7, (self._value(field),)))
        further = tuple(line for part in parts for line in self._further(part))
        if any(self._kind(part) == "boolean" for part in parts):
            first: Line = ("①" if parts[0].printed.startswith("②") else "", *self._value(field))
            return (_label(field, _LABEL), Cell(GRID - _LABEL, (first, *further)))
        answer = Cell(_VALUE, (self._value(field),))
        return (_label(field, _LABEL), answer, Cell(GRID - _LABEL - _VALUE, further))

    def _further(self, field: FormField) -> Iterator[Line]:
        if self._kind(field) != "boolean":
            yield (field.printed, *self._inline(field), "。")
            return
        yield (field.printed,)
        yes, no = Slot(f"{field.id}.yes"), Slot(f"{field.id}.no")
        parts = [piece for part in self.below.get(field.id, []) for piece in (part.printed, *self._inline(part))]
        yield (yes, "是，", *parts, "；", no, "否。") if parts else self._value(field)

    def _inline(self, field: FormField) -> Line:
        unit = self.facts[field.fact].unit if field.fact else None
        return (Blank(field.id), unit.zh if unit else "")

    def _value(self, field: FormField) -> Line:
        if self._kind(field) == "boolean":
            return (Slot(f"{field.id}.yes"), "是\u3000", Slot(f"{field.id}.no"), "否")
        return (Slot(field.id),)

    def _ticked(self, field: FormField) -> tuple[Line, ...]:
        """Return a question with its boxes, and the note below it; at a line's end no box parts from its word."""
        lines: list[Line] = [(field.printed,)]
        length = len(field.printed)
        for option, label in self.facts[field.fact or ""].options.items():
            boxed: Line = (Slot(f"{field.id}.{option}"), f"{label.zh}\u3000")
            length += len(label.zh) + 2
            if length <= _SIGNS:
                lines[-1] += boxed
            else:
                lines.append(boxed)
                length = len(label.zh) + 2
        return (*lines, *(((field.note,),) if field.note else ()))


def _label(field: FormField, span: int = 0) -> Cell:
    return Cell(span, ((field.printed,),), is_label=True)


def _widened(cells: tuple[Cell, ...], width: int = GRID) -> tuple[Cell, ...]:
    """Let the last cell take what is left of the row."""
    rest = width - sum(cell.span for cell in cells)
    return (*cells[:-1], replace(cells[-1], span=cells[-1].span + rest))
