"""Sections rendered to the formats of reports, each by the means that suit it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path

import lsstd
from lsstd.errors import Problem, ReportError
from lsstd.files.reading import reason
from lsstd.files.writing import MARK, cannot_write, check_ending, check_writable, write_whole
from lsstd.pages.blocks import Paragraph, Section, Table
from lsstd.words import Lang, Text, msg, nearest, same

FORMATS = ("html", "pdf", "docx", "xlsx")
FOLDER = Path(__file__).resolve().parent / "template"
"""The folder of the style sheets and scripts."""


def render(
    kind: str, sections: Sequence[Section], title: str, lang: Lang, record: str = "", page: str = "", day: str = ""
) -> bytes:
    """Return the file of a report in one of `FORMATS`: the same sections always give the same bytes.

    The record, as JSON, is what the numbers are computed from, and travels within the file. `page` is the HTML where
    it is more than these sections: that of a user's own template. `day` is what the report is of, for the properties of
    Word and Excel files.

    Raises `LsstdError`: the format cannot be made here (nothing prints PDF), or cannot hold the texts.
    """
    if kind == "docx":
        from lsstd.reports.word import document_of

        return document_of(sections, title, lang, record, day)
    if kind == "xlsx":
        from lsstd.reports.excel import workbook_of

        return workbook_of(sections, title, lang, record, day)
    html = page or whole_page(sections, title, lang, record)
    if kind == "html":
        return html.encode()
    from lsstd.reports.pdf import pdf_of

    return pdf_of(html, title, record, lang)


def whole_page(sections: Iterable[Section], title: str, lang: Lang, record: str = "", tools: str = "") -> str:
    """Return one HTML file with the sections, the record if it is a report, and at the end its tools (scripts)."""
    return framed("\n".join(section.html for section in sections), title, lang, record, tools)


def framed(body: str, title: str, lang: Lang, record: str = "", tools: str = "") -> str:
    """Return a page around what it shows: marked as lsstd's own, with its style, and the record if it is a report."""
    carried = f'\n<template id="lsstd-record">{escape(record, quote=False)}</template>' if record else ""
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if lang == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="generator" content="{MARK} {lsstd.__version__}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{style_sheet()}
</style>
</head>
<body>
<main class="lsstd">
{body}
</main>{carried}{tools}
</body>
</html>
"""


def write_sections(
    sections: Iterable[Section], path: Path, title: str, lang: Lang, force: bool = False, day: str = ""
) -> None:
    """Write sections by the ending of the file's name: a page, a document; a single table for Excel as a plain one.

    Raises `FileError`: another ending, or the file cannot be written.
    """
    check_ending(path, *(f".{kind}" for kind in FORMATS), ".htm")
    kind, made = path.suffix.lower().removeprefix("."), list(sections)
    tables = [block for section in made for block in section.blocks if isinstance(block, Table)]
    if kind == "xlsx" and len(made) == len(tables) == 1:
        from lsstd.office.documents import write_table

        notes = [block.text for block in made[0].blocks if isinstance(block, Paragraph)]
        write_table(path, title, notes, tables[0].heads, tables[0].rows, force, day)
        return
    check_writable(path, force)
    write_whole(path, render("html" if kind == "htm" else kind, made, title, lang, day=day), force)


def style_sheet() -> str:
    """Return how every page is set."""
    return (FOLDER / "report.css").read_text(encoding="utf-8")


def title_of(sections: Iterable[Section], template: Text, lang: Lang) -> str:
    """Return the title of a report: that of its cover, and what kind of report it is."""
    cover = next((f"{section.title} · " for section in sections if section.is_cover), "")
    return f"{cover}{template.to(lang)}"


def check_formats(formats: Sequence[str]) -> None:
    """Refuse unknown formats, all at once."""
    if unknown := [name for name in formats if name not in FORMATS]:
        problems = [Problem("--to", same(name or '""'), nearest(name, FORMATS)) for name in unknown]
        raise ReportError(msg("no such format"), problems)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards. Raises `FileError`: there is no room or no place for one."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="lsstd-", ignore_cleanup_errors=True)
    except OSError as error:
        raise cannot_write(Path(tempfile.gettempdir()), reason(error)) from None
    with folder as name:
        yield Path(name)
