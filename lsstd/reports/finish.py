"""The last step of a report: from the executed notebook to its files, each format by the means that suit it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsstd.errors import LsstdError
from lsstd.reports.make import found_in, record_of, to_html
from lsstd.text import Lang

if TYPE_CHECKING:
    from lsstd.reports.plan import Job


def finish(
    notebook: Any, title: str, lang: Lang, template: str, template_sha256: str, formats: Sequence[str]
) -> dict[str, bytes]:
    """Return a report's files by format, and under ``summary`` and ``record`` what is known of it, as JSON.

    This runs in the process that executed the notebook. A PDF is printed from the HTML, elsewhere.
    """
    from lsstd.reports.word import document_of
    from lsstd.reports.workbook import workbook_of

    rests_on, sections = found_in(notebook)
    record = record_of(notebook, lang, template, template_sha256)
    made = {"summary": json.dumps((rests_on or {}).get("summary", {})).encode(), "record": record.encode()}
    if {"html", "pdf"} & set(formats):
        made["html"] = to_html(notebook, title, lang, record).encode()
    if "docx" in formats:
        made["docx"] = document_of(sections, title, lang, record)
    if "xlsx" in formats:
        made["xlsx"] = workbook_of(sections, title, lang, record)
    return made


def files_of(
    job: Job, formats: Sequence[str], execute: Callable[..., Mapping[str, bytes]], kept: Path
) -> tuple[dict[str, bytes | LsstdError], dict[str, Any]]:
    """Return the files of a job by format, and its summary; where one format cannot be made, the reason."""
    arguments = {
        "title": f"{job.subject or job.stem} · {job.title.to(job.lang)}",
        "lang": job.lang,
        "template": job.name,
        "template_sha256": job.sha256,
        "formats": list(formats),
    }
    made = execute(job.template, job.parameters, kept, arguments)
    files: dict[str, bytes | LsstdError] = {kind: made[kind] for kind in formats if kind in made}
    if "pdf" in formats:
        files["pdf"] = _printed(made["html"], made["record"].decode())
    return files, json.loads(made["summary"])


def _printed(html: bytes, record: str) -> bytes | LsstdError:
    """Return the page as PDF, or why it cannot be printed here."""
    from lsstd.reports.pdf import pdf_of

    with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
        page = Path(folder) / "report.html"
        page.write_bytes(html)
        try:
            return pdf_of(page, record)
        except LsstdError as error:
            return error
