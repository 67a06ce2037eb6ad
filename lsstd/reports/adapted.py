"""Sections as a format holds them as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from lsstd.pages.blocks import Block, Figure, Paragraph, Section, Table
from lsstd.reports.printed import Kind


def adapted(sections: Sequence[Section], kind: Kind) -> list[Section]:
    """Return the sections as they are printed in a format; both writing and checking go by it.

    In Word and Excel drawings are pictures, which hold no text. A workbook has the sections without a table first, on
    one sheet.
    """
    if kind == "html":
        return list(sections)
    shown = [dataclasses.replace(section, blocks=tuple(_blocks(section, kind))) for section in sections]
    if kind == "xlsx":
        shown.sort(key=has_table)
    return shown


def has_table(section: Section) -> bool:
    """Say whether a section has a table, and so a sheet of its own in a workbook."""
    return any(isinstance(block, Table) for block in section.blocks)


def in_order(section: Section) -> tuple[list[Paragraph], list[Block]]:
    """Return what stands above a section's title (on a cover, the kind of report) and what stands below."""
    paragraphs = [block for block in section.blocks if isinstance(block, Paragraph)]
    above = [block for block in paragraphs if section.is_cover and block.kind == "kind"]
    return above, [block for block in section.blocks if block not in above]


def _blocks(section: Section, kind: Kind) -> Iterator[Block]:
    for block in section.blocks:
        if not isinstance(block, Figure) or kind == "pdf":
            yield block
        elif kind == "docx":
            yield Paragraph("[drawing]")  # by which name its reader tells a picture
