"""Sections as a file of their own, by the ending of its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsstd.files.writing import write_whole
from lsstd.pages.blocks import Paragraph, Section, Table
from lsstd.words import Lang


def write_sections(sections: Iterable[Section], path: Path, title: str, lang: Lang, force: bool = False) -> None:
    """Write a page (.html), or paragraphs above one table (.docx, .xlsx).

    Raises
    ------
    FileError
        Another ending, or the file cannot be written.
    """
    if path.suffix.lower() in (".html", ".htm"):
        from lsstd.reports.render import whole_page

        write_whole(path, whole_page(sections, title, lang).encode(), force)
        return
    from lsstd.office.tables import write_table

    blocks = [block for section in sections for block in section.blocks]
    (table,) = (block for block in blocks if isinstance(block, Table))
    notes = [block.text for block in blocks if isinstance(block, Paragraph)]
    write_table(path, title, notes, table.heads, table.rows, force)
