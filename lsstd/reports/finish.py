"""The last step of a report: from the executed notebook to its files, each format by the means that suit it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsstd.errors import LsstdError
from lsstd.files.writing import write_whole
from lsstd.reports.make import execute, found_in, record_of, temporary_folder, to_html
from lsstd.words import Lang

if TYPE_CHECKING:
    from lsstd.reports.plan import Job


def finish(
    notebook: Any, title: str, lang: Lang, template: str, template_sha256: str, formats: Sequence[str]
) -> dict[str, bytes]:
    """Return a report's files by format, and under ``summary`` and ``record`` what is known of it, as JSON.

    This runs in the process that executed the notebook. A PDF is printed from the HTML, elsewhere.
    """
    rests_on, sections = found_in(notebook)
    title = next((f"{section.title} · {title}" for section in sections if section.is_cover), title)
    record = record_of(rests_on, sections, lang, template, template_sha256) if rests_on else ""
    made = {"summary": json.dumps((rests_on or {}).get("summary", {})).encode(), "record": record.encode()}
    if {"html", "pdf"} & set(formats):
        made["html"] = to_html(notebook, title, lang, record).encode()
    if "docx" in formats:
        from lsstd.reports.word import document_of

        made["docx"] = document_of(sections, title, lang, record)
    if "xlsx" in formats:
        from lsstd.reports.workbook import workbook_of

        made["xlsx"] = workbook_of(sections, title, lang, record)
    return made


def files_of(
    job: Job, formats: Sequence[str], kept: Path | None = None
) -> tuple[dict[str, bytes | LsstdError], dict[str, Any]]:
    """Return the files of a job by format, and its summary; where one format cannot be made, the reason."""
    arguments = {
        "title": job.title,
        "lang": job.lang,
        "template": job.name,
        "template_sha256": job.sha256,
        "formats": list(formats),
    }
    made = execute(job.template, job.parameters, arguments, kept)
    files: dict[str, bytes | LsstdError] = {kind: made[kind] for kind in formats if kind in made}
    if "pdf" in formats:
        files["pdf"] = _printed(made["html"], made["record"].decode(), job.lang)
    return files, json.loads(made["summary"])


def _printed(html: bytes, record: str, lang: Lang) -> bytes | LsstdError:
    """Return the page as PDF, or why it cannot be printed here."""
    from lsstd.reports.pdf import pdf_of

    try:
        with temporary_folder() as folder:
            page = folder / "report.html"
            write_whole(page, html)
            return pdf_of(page, record, lang)
    except LsstdError as error:
        return error
