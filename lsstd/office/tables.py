"""Tables for Excel, WPS and Word; text stays text, whatever it starts with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lsstd.files.cells import Value
from lsstd.files.writing import cannot_write, write_whole
from lsstd.office.pages import Page, book_of
from lsstd.office.sheets import Column, Sheet
from lsstd.words import Text, same


def write_table(
    path: Path,
    title: str,
    notes: Iterable[str],
    heads: Sequence[str],
    rows: Iterable[Sequence[Value]],
    force: bool = False,
) -> None:
    """Write a table to an .xlsx or a .docx file, by the ending of its name.

    Parameters
    ----------
    path : Path
    title : str
    notes : iterable of str
        Lines below the title: of what edition, made how.
    heads : sequence of str
    rows : iterable of sequence of values
        Numbers stay numbers where the file knows any; None is an empty cell.
    force : bool
        Also over a file that lsstd did not write.

    Raises
    ------
    FileError
        Another ending, or the file cannot be written.
    """
    makers = {".xlsx": _workbook, ".docx": _document}
    if path.suffix.lower() not in makers:
        found = Text(f"后缀 {path.suffix or '（无）'}", f"the ending {path.suffix or '(none)'}")
        expected = Text(" / ".join(makers), " / ".join(makers))
        raise cannot_write(path, found, expected)
    write_whole(path, makers[path.suffix.lower()](title, list(notes), heads, [list(row) for row in rows]), force)


def _workbook(title: str, notes: list[str], heads: Sequence[str], rows: list[list[Value]]) -> bytes:
    widths = [min(36, max(8, 2 * max(len(_text(row[place])) for row in (heads, *rows)))) for place in range(len(heads))]
    columns = tuple(Column(head, same(head), width=width) for head, width in zip(heads, widths, strict=True))
    named = [dict(zip(heads, row, strict=True)) for row in rows]
    return book_of([Page(Sheet(same(title), columns), named, [title, *notes, ""])], "zh")


def _document(title: str, notes: list[str], heads: Sequence[str], rows: list[list[Value]]) -> bytes:
    from lsstd.office import documents

    document = documents.blank(title, {"Normal": 11, "Title": 26, "Heading 1": 14}, is_wide=True)
    document.add_heading(title, level=1)
    for note in notes:
        document.add_paragraph(note)
    table = document.add_table(rows=1, cols=len(heads), style="Table Grid")
    for row in (heads, *rows):
        cells = table.rows[0].cells if row is heads else table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = documents.clean(_text(text))
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    documents.keep_rows(table)
    longest = [max(len(_text(row[i])) for row in (heads, *rows)) for i in range(len(heads))]
    shares = [min(max(length, 6), 40) for length in longest]
    documents.set_widths(table, [247 * share / sum(shares) for share in shares])
    return documents.bytes_of(document)


def _text(value: Value) -> str:
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)
