"""Sections as a format can hold them: drawings turned into the tables and texts that stand for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from lsstd.pages.blocks import Bars, Block, Figure, Paragraph, Section, Table
from lsstd.reports.printed import Kind


def adapted(sections: Sequence[Section], kind: Kind) -> list[Section]:
    """Return the sections as they are printed in a format; both writing and checking go by it.

    In Word and PDF bars are drawn without their lengths being told, in Excel these are columns of a table. Drawings
    cannot be put into Word and Excel: their texts are told instead. A workbook has the sections without a table first,
    on one sheet.
    """
    if kind == "html":
        return list(sections)
    shown = [dataclasses.replace(section, blocks=tuple(_blocks(section, kind))) for section in sections]
    if kind == "xlsx":
        shown.sort(key=has_table)
    return shown


def has_table(section: Section) -> bool:
    """Say whether a section has a table, and so a sheet of its own in a workbook."""
    return any(isinstance(block, Table | Bars) for block in section.blocks)


def in_order(section: Section) -> tuple[list[Paragraph], list[Block]]:
    """Return what stands above a section's title (on a cover, the kind of report) and what stands below."""
    paragraphs = [block for block in section.blocks if isinstance(block, Paragraph)]
    above = [block for block in paragraphs if section.is_cover and block.kind == "kind"]
    return above, [block for block in section.blocks if block not in above]


def _blocks(section: Section, kind: Kind) -> Iterator[Block]:
    for block in section.blocks:
        if isinstance(block, Bars) and kind == "xlsx":
            yield _lengths(block)
        elif isinstance(block, Bars):
            yield from (Paragraph(name) for name in block.legend)
            yield Table(("", ""), tuple((bar.label, bar.told) for bar in block.rows))
        elif isinstance(block, Figure) and kind != "pdf":
            yield Paragraph(f"[{block.alt}] " + " · ".join(text for _, text in block.lines("")))
        else:
            yield block


def _lengths(bars: Bars) -> Table:
    """Return bars as a table of their lengths."""
    heads = ("", *(*bars.legend, "", "")[:2], "")
    rows = tuple((bar.label, f"{bar.full:.2%}", f"{bar.pale:.2%}", bar.told) for bar in bars.rows)
    return Table(heads, rows, right=(1, 2))
