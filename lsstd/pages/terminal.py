"""Sections in the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from unicodedata import combining, east_asian_width

import click

from lsstd.pages.blocks import Block, Pairs, Paragraph, Section, Table, Tiles
from lsstd.words import printable

_BOLD, _DIM = 1, 2
_STYLES = {"verdict": _BOLD, "status": _DIM}
_COLOURS = {"✗": 31, "✓": 32, "?": 33, "◐": 36}
_PIPED = 110
"""Columns of output that goes into a file or pipe, where there is no terminal to ask."""
_TIGHT = 30
"""The longest cell, in characters, that may keep a column from being wrapped in a narrow terminal."""
_LEAST = 8
"""Columns below which a column is narrowed only where nothing else is left to narrow."""
_OPENING, _CLOSING = "（“《", "，。、；：？）》”…"
"""Punctuation that stays with the character behind it, or before it."""


def print_sections(sections: Iterable[Section]) -> None:
    """Print sections one below the other, coloured where a terminal shows them."""
    click.echo("\n".join(rendered(sections, columns())), color=False if os.environ.get("NO_COLOR") else None)


def columns() -> int:
    """Return the width of the terminal, or of what is written to a file or pipe."""
    if not sys.stdout.isatty():
        return _PIPED
    from shutil import get_terminal_size  # it loads the archive modules

    return get_terminal_size().columns


def rendered(sections: Iterable[Section], width: int) -> Iterator[str]:
    """Yield the lines of sections, none wider than a terminal of this width, with its codes for styles."""
    for i, section in enumerate(sections):
        if section.title:
            yield from _wrapped(("\n" if i else "") + section.title, width, _BOLD)
        for block in section.blocks:
            yield from _block(block, width)


def _block(block: Block, width: int) -> Iterator[str]:
    """Yield the lines of a block; the numbers of a figure stand in a table beside it."""
    match block:
        case Paragraph(text, kind):
            yield from _wrapped(text, width, _STYLES.get(kind))
        case Pairs(rows) | Tiles(rows):
            for label, value in rows:
                yield from _wrapped(f"{label}{': ' if label.isascii() else '：'}{value}", width)
        case Table():
            yield from _table(block, width)


def _wrapped(text: str, width: int, style: int | None = None) -> Iterator[str]:
    for line in wrap(printable(text), width):
        yield _styled(line, style) if style and line else line


def _styled(text: str, style: int) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def cell_width(text: str) -> int:
    """Return how many columns a text takes: two for a Chinese character, none for what combines with the one before.

    Examples
    --------
    >>> cell_width("AAA 级")
    6
    """
    if text.isascii():
        return len(text)
    return sum(map(_columns_of, text))


@cache
def _columns_of(character: str) -> int:
    return 0 if combining(character) else 2 if _is_wide(character) else 1


def _is_wide(character: str) -> bool:
    return east_asian_width(character) in "WF"


def wrap(text: str, width: float, measure: Callable[[str], float] = cell_width) -> list[str]:
    """Return a text in lines of at most this width; only what has no place to break is broken anywhere.

    Examples
    --------
    >>> wrap("电商直播（示例）, live", 10)
    ['电商直播', '（示例）,', 'live']
    >>> wrap("General requirements", 11)
    ['General', 'requirement', 's']
    """
    lines = []
    for paragraph in text.split("\n"):
        if measure(paragraph) <= width:
            lines.append(paragraph)
            continue
        line = ""
        for piece in _pieces(paragraph):
            if line and measure(line + piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            for part in piece if measure(piece.rstrip()) > width else (piece,):
                if line and measure(line + part.rstrip()) > width:
                    lines.append(line.rstrip())
                    line = ""
                line += part
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterator[str]:
    """Yield what a line may be broken after: a word, or a Chinese character with the punctuation that belongs to it."""
    start = 0
    for i, (before, after) in enumerate(pairwise(text), start=1):
        if after.isspace() or after in _CLOSING or before in _OPENING:
            continue
        if before.isspace() or _is_wide(before) or _is_wide(after):
            yield text[start:i]
            start = i
    yield text[start:]


def _table(table: Table, width: int) -> Iterator[str]:
    """Yield a table's lines: an empty one, the heads over a rule, the rows, an empty one."""
    kept = table.rows[: table.most]
    rows = [[printable(text) for text in row] for row in (table.heads, *kept)]
    widths = _widths(table, rows, width - 3 * len(table.heads) + 1)
    whole = sum(widths) + 3 * len(widths) - 1
    yield " " * whole
    for number, row in enumerate(rows):
        if number or any(table.heads):
            lines = _row(row, widths, table.right)
            yield from lines if number else (_styled(line, _BOLD) for line in lines)
        if number == 0 and any(table.heads):
            yield f" {'─' * (whole - 2)} "
    if more := len(table.rows) - len(kept):
        yield f" … +{more} (--json)"
    yield " " * whole


def _widths(table: Table, rows: list[list[str]], room: int) -> list[int]:
    """Return how wide each column is: as its longest cell, the widest narrowed until all have room."""
    lengths = [[max(map(cell_width, text.split("\n"))) for text in column] for column in zip(*rows, strict=True)]
    widths = [max(column) for column in lengths]
    tight = {i for i in table.tight if all(len(row[i]) <= _TIGHT for row in rows[1:])}  # longer ones are wrapped
    while sum(widths) > room and max(widths) > 2:
        loose = [i for i, wide in enumerate(widths) if i not in tight and wide > _LEAST]
        widths[max(loose or range(len(widths)), key=widths.__getitem__)] -= 1
    return widths


def _row(row: list[str], widths: list[int], right: tuple[int, ...]) -> Iterator[str]:
    cells = [wrap(text, width) for text, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, cells))):
        line = []
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            text = cell[number] if number < len(cell) else ""
            blank = " " * (width - cell_width(text))
            line.append(blank + text if i in right else (_marked(text) if number == 0 else text) + blank)
        yield f" {'   '.join(line)} "


def _marked(text: str) -> str:
    """Return a cell's text; a state's mark, with which it begins, in its colour."""
    mark = text[:1]
    return _styled(mark, _COLOURS[mark]) + text[1:] if mark in _COLOURS and text[1:2] in ("", " ") else text
