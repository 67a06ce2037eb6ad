"""Sections in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, JustifyMethod, RenderableType
from rich.table import Table as Grid
from rich.text import Text as Line

from lsstd.pages.blocks import Block, Figure, Heading, Pairs, Paragraph, Section, Table, Tiles
from lsstd.words import printable

_COLOURS = {"✓": "green", "✗": "red", "?": "yellow", "◐": "cyan"}
_STYLES = {"verdict": "bold", "status": "dim", "kind": "dim"}
_PIPED = 110
"""Columns of what goes into a file or pipe, where there is no terminal to ask."""
_TIGHT = 30
"""The longest cell, in characters, that may keep a column from being wrapped in a narrow terminal."""


def console(error: bool = False) -> Console:
    """Return a console as wide as the terminal."""
    stream = sys.stderr if error else sys.stdout
    return Console(file=stream, highlight=False, markup=False, width=None if stream.isatty() else _PIPED)


def print_sections(sections: Iterable[Section]) -> None:
    """Print sections one below the other."""
    out = console()
    for item in rendered(sections):
        out.print(item)


def rendered(sections: Iterable[Section]) -> Iterator[RenderableType]:
    """Yield the titles and blocks of sections for a console."""
    for i, section in enumerate(sections):
        if section.title:
            yield Line(("\n" if i else "") + printable(section.title), "bold")
        for block in section.blocks:
            yield from _rendered(block)


def _rendered(block: Block) -> Iterator[RenderableType]:
    match block:
        case Paragraph(text, kind):
            yield Line(printable(text), _STYLES.get(kind, ""))
        case Heading(text):
            yield Line("\n" + printable(text), "bold")
        case Pairs(rows) | Tiles(rows):
            for label, value in rows:
                is_chinese = not label.isascii()
                yield Line(f"{printable(label)}{'：' if is_chinese else ': '}{printable(value)}")
        case Table():
            yield _grid(block)
        case Figure(alt=alt):
            yield Line(printable(alt), "dim")


def _grid(table: Table) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(table.heads))
    for i, head in enumerate(table.heads):
        whole = i in table.tight and all(len(row[i]) <= _TIGHT for row in table.rows)  # longer ones would be cut off
        justify: JustifyMethod = "right" if i in table.right else "left"
        grid.add_column(Line(printable(head)), justify=justify, overflow="fold", no_wrap=whole)
    for row in table.rows:
        grid.add_row(*map(_cell, row))
    return grid


def _cell(text: str) -> Line:
    """Return a cell's text; a state's mark, with which it begins, in its colour."""
    cell = Line(printable(text))
    if text[:1] in _COLOURS and text[1:2] in ("", " "):
        cell.stylize(_COLOURS[text[0]], 0, 1)
    return cell
