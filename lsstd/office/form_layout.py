"""The layout of an application form: rows and cells as the paper has them, and where values go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lsstd.standard.document import Form, FormField, FormGroup
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard

GRID = 24
"""The table's columns, all alike; every cell spans some of them."""
_LABEL, _VALUE = 7, 5  # half a row
_NUMBERED = re.compile(r"[一二三四五六七八九十]+、")
_PEOPLE = {2: (3, 7, 3, 8), 3: (2, 5, 2, 4, 3, 5)}  # label and value, side by side, right of a group's name


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value goes: its path in what fills the form; underlined within a line of text."""

    path: str
    underlined: bool = False


Line = tuple[str | Slot, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: how many columns it spans, its lines, whether it is the first or a later part of a merged one."""

    span: int
    lines: tuple[Line, ...] = ()
    merge: str | None = None
    label: bool = False
    top: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells, and how tall it is at least."""

    cells: tuple[Cell, ...]
    height_mm: int = 8


def rows_of(standard: Standard, form: Form) -> Iterator[Row]:
    """Yield the rows of the printed table, group by group."""
    for group in form.groups.values():
        fields = [field for field in group.fields.values() if field.filled_by != "date"]
        layout = _Layout(standard.facts, fields)
        if _NUMBERED.match(group.printed):
            yield Row((Cell(GRID, ((group.printed,),)),))
            yield from layout.rows()
        elif group.printed:
            yield from _beside(group, layout)
        else:
            yield from layout.rows()


def _beside(group: FormGroup, layout: _Layout) -> Iterator[Row]:
    """Yield rows of short fields right of their group's name, which goes down all of them."""
    merge = "restart"
    for cells in layout.people():
        yield Row((Cell(3, ((group.printed,),) if merge == "restart" else (), merge, label=True), *cells))
        merge = "continue"


class _Layout:
    """The fields of one group, laid out."""

    def __init__(self, facts: dict[str, Fact], fields: list[FormField]) -> None:
        self.facts = facts
        self.fields = fields
        self.below: dict[str | None, list[FormField]] = {}
        for field in fields:
            self.below.setdefault(field.part_of, []).append(field)

    def rows(self) -> Iterator[Row]:
        """Yield rows of two halves, whole rows and boxes, in the printed order."""
        waiting: tuple[Cell, ...] = ()
        for field in self.below.get(None, []):
            halves = self._half(field)
            if halves and waiting:
                yield Row((*waiting, *halves))
                waiting = ()
                continue
            if waiting:
                yield Row(_widened(waiting))
            waiting = halves
            if not halves:
                yield from self._whole(field)
        if waiting:
            yield Row(_widened(waiting))

    def people(self) -> Iterator[tuple[Cell, ...]]:
        """Yield the cells of short fields, several in a row; what is ticked takes a row."""
        ticked = [field for field in self.fields if self._kind(field) == "choices"]
        for field in ticked:
            yield (Cell(GRID - 3, self._ticked(field)),)
        short = [field for field in self.fields if field not in ticked]
        together = 3 if len(short) > 4 else 2
        spans = _PEOPLE[together]
        for start in range(0, len(short), together):
            fields = short[start : start + together]
            cells = [cell for field in fields for cell in (_label(field), Cell(0, (self._value(field),)))]
            sized = [replace(cell, span=span) for cell, span in zip(cells, spans, strict=False)]
            yield _widened(tuple(sized), GRID - 3)

    def _kind(self, field: FormField) -> str:
        return self.facts[field.fact].kind if field.fact else "text"

    def _half(self, field: FormField) -> tuple[Cell, ...]:
        """Return label and value of a field that takes half a row; nothing if it takes more."""
        by_kind = "full" if self._kind(field) in ("text", "boolean", "choices") else "half"
        if self.below.get(field.id) or field.filled_by == "hand" or (field.width or by_kind) != "half":
            return ()
        return (_label(field, _LABEL), Cell(_VALUE, (self._value(field),)))

    def _whole(self, field: FormField) -> Iterator[Row]:
        """Yield the rows of a field that takes one row or more."""
        if field.filled_by == "hand":
            yield self._box(field)
        elif self._kind(field) == "choices":
            yield Row((Cell(GRID, self._ticked(field)),))
        elif self._kind(field) == "boolean":
            yield self._asked(field)
        elif self.below.get(field.id):
            yield from self._sub_totals(field)
        elif field.width == "tall":
            yield Row((_label(field, 4), Cell(GRID - 4, (self._value(field),), top=True)), 45)
        else:
            yield Row((_label(field, _LABEL), Cell(GRID - _LABEL, (self._value(field),))))

    def _box(self, field: FormField) -> Row:
        """Return the box that is left for a hand: a signature, a seal, an opinion with its date."""
        dates = [field.printed.replace(" ", "\u3000" * 3) for field in self.below.get(field.id, [])]
        gap: tuple[Line, ...] = ((),) * 8
        dated: tuple[Line, ...] = (*gap, *(("\u3000" * 28 + date,) for date in dates)) if dates else ()
        return Row((Cell(GRID, ((field.printed,), *dated), top=True),), 50 if dates else 18)

    def _sub_totals(self, field: FormField) -> Iterator[Row]:
        """Yield a total beside the sub-totals within it, one below the other."""
        merge = "restart"
        for part in self._within(field):
            label, value = _label(field, _LABEL), Cell(_VALUE, (self._value(field),))
            if merge == "continue":
                label, value = Cell(_LABEL), Cell(_VALUE)
            total = (replace(label, merge=merge), replace(value, merge=merge))
            yield Row((*total, _label(part, _LABEL), Cell(_VALUE, (self._value(part),))))
            merge = "continue"

    def _within(self, field: FormField) -> Iterator[FormField]:
        """Yield what is part of a field, and what is part of these."""
        for part in self.below.get(field.id, []):
            yield part
            yield from self._within(part)

    def _asked(self, field: FormField) -> Row:
        """Return a question, its answer, and what is asked further."""
        parts = self.below.get(field.id, [])
        if not parts:
            return Row((Cell(17, ((field.printed,),)), Cell(7, (self._value(field),))))
        further = [line for part in parts for line in self._further(part)]
        if any(self._kind(part) == "boolean" for part in parts):
            first: Line = ("①" if parts[0].printed.startswith("②") else "", *self._value(field))
            return Row((_label(field, _LABEL), Cell(GRID - _LABEL, (first, *further))))
        answer = Cell(_VALUE, (self._value(field),))
        return Row((_label(field, _LABEL), answer, Cell(GRID - _LABEL - _VALUE, tuple(further))))

    def _further(self, field: FormField) -> Iterator[Line]:
        """Yield the lines of a further question within a cell."""
        if self._kind(field) != "boolean":
            yield (field.printed, *self._inline(field), "。")
            return
        yield (field.printed,)
        yes, no = Slot(f"{field.id}.yes"), Slot(f"{field.id}.no")
        parts = [piece for part in self.below.get(field.id, []) for piece in (part.printed, *self._inline(part))]
        yield (yes, "是，", *parts, "；", no, "否。") if parts else self._value(field)

    def _inline(self, field: FormField) -> Line:
        """Return the blank within a line, and the fact's unit behind it."""
        unit = self.facts[field.fact].unit if field.fact else None
        return (Slot(field.id, underlined=True), unit.zh if unit else "")

    def _value(self, field: FormField) -> Line:
        """Return where the value of a field goes."""
        if self._kind(field) == "boolean":
            return (Slot(f"{field.id}.yes"), "是\u3000", Slot(f"{field.id}.no"), "否")
        return (Slot(field.id),)

    def _ticked(self, field: FormField) -> tuple[Line, ...]:
        """Return a question with its boxes, and the note below it."""
        pieces: list[str | Slot] = [field.printed]
        for option, label in self.facts[field.fact or ""].options.items():
            pieces += [Slot(f"{field.id}.{option}"), f"{label.zh}\u3000"]
        return (tuple(pieces), *(((field.note,),) if field.note else ()))


def _label(field: FormField, span: int = 0) -> Cell:
    return Cell(span, ((field.printed,),), label=True)


def _widened(cells: tuple[Cell, ...], width: int = GRID) -> tuple[Cell, ...]:
    """Let the last cell take what is left of the row."""
    rest = width - sum(cell.span for cell in cells)
    return (*cells[:-1], replace(cells[-1], span=cells[-1].span + rest))
