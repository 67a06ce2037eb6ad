"""Making one report: a papermill template, executed, and what becomes of its sections."""

from __future__ import annotations

import json
import re
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from lsstd.errors import Problem, ReportError
from lsstd.files.reading import reason
from lsstd.files.writing import cannot_write, write_whole
from lsstd.pages import blocks
from lsstd.reports import basis as record
from lsstd.reports.page import TEMPLATE, opening
from lsstd.words import Lang, Text, clip, same

TIMEOUT_S = 120
stopped = threading.Event()
"""Set once the user has asked for an end: nothing is tried again."""
_HIDDEN = {"parameters", "injected-parameters", "hide"}
_PICTURE = re.compile(r"!\[|<img\b")


def execute(
    template: Path, parameters: Mapping[str, Any], arguments: Mapping[str, Any], kept: Path | None = None
) -> dict[str, bytes]:
    """Execute a template with papermill, and in the same process make its files; a child that died is tried again.

    Parameters
    ----------
    template : Path
    parameters : mapping of str to values
    arguments : mapping of str to values
        For `lsstd.reports.finish.finish`, which makes the files.
    kept : Path, optional
        Where the notebook is kept if one of its cells fails, the cell marked.

    Raises
    ------
    ReportError
        A cell of the template failed; its error is told.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from lsstd.reports.engine import Finish

    with temporary_folder() as folder:
        written = folder / "report.ipynb"
        for attempt in (1, 2):
            finish = Finish("lsstd.reports.finish:finish", arguments)
            try:
                papermill.execute_notebook(
                    _literal(template),
                    _literal(written),
                    parameters=dict(parameters),
                    engine_name="lsstd",
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    execution_timeout=TIMEOUT_S,
                    finish=finish,
                    saved_once=True,
                    resources={"metadata": {"path": str(folder)}},
                )
                return finish.made
            except (CellTimeoutError, DeadKernelError, ConnectionError, RuntimeError) as error:
                if attempt == 2 or isinstance(error, CellTimeoutError) or stopped.is_set():
                    raise _failed(template, f"{type(error).__name__}: {clip(str(error), 200)}", written, kept) from None
            except papermill.PapermillExecutionError as error:
                told = f"[{error.exec_count}] {error.ename}: {clip(error.evalue, 400)}"
                raise _failed(template, told, written, kept) from None
            except OSError as error:
                raise cannot_write(written, reason(error)) from None
            except (papermill.PapermillException, ValueError) as error:
                raise _failed(template, clip(str(error), 400), written, kept) from None
    raise AssertionError


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is gone afterwards.

    Raises
    ------
    FileError
        There is no room or no place for one.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="lsstd-", ignore_cleanup_errors=True)
    except OSError as error:
        raise cannot_write(Path(tempfile.gettempdir()), reason(error)) from None
    with folder as name:
        yield Path(name)


def _literal(path: Path) -> str:
    """Return a path in which papermill expands no braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _failed(template: Path, told: str, written: Path, kept: Path | None) -> ReportError:
    """Return the error of a template that failed; keep the notebook as far as it came."""
    if kept is not None and written.is_file():
        write_whole(kept, written.read_bytes(), force=True)
    expected = Text("能运行到底的模板", "a template that runs to its end")
    return ReportError(
        Text("报告未能生成", "the report could not be made"), [Problem(template.name, same(told), expected)]
    )


def found_in(notebook: Any) -> tuple[dict[str, Any] | None, list[blocks.Section]]:
    """Return what an executed template rests on, as it says, and the sections that it shows."""
    rests_on, sections = None, []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            rests_on = json.loads(data[record.MIME]) if record.MIME in data else rests_on
            if blocks.MIME in data and not _HIDDEN & set(cell["metadata"].get("tags", ())):
                sections.append(blocks.section_of(json.loads(data[blocks.MIME])))
    return rests_on, sections


def record_of(
    rests_on: Mapping[str, Any], sections: Iterable[blocks.Section], lang: Lang, template: str, template_sha256: str
) -> str:
    """Return as JSON what a report embeds, so that its numbers can be computed again."""
    shown = [section.key for section in sections if section.key]
    kept = {key: value for key, value in rests_on.items() if key != "summary"}
    told = {**kept, "template": template, "template_sha256": template_sha256, "lang": lang, "sections": shown}
    return json.dumps({**told, "seal": record.digest_of(told)}, ensure_ascii=False, separators=(",", ":"))


def to_html(notebook: Any, title: str, lang: Lang, embedded: str = "") -> str:
    """Turn an executed notebook into one HTML page: code hidden, no network, its record embedded."""
    visible = [cell for cell in notebook.cells if not _HIDDEN & set(cell.metadata.get("tags", ()))]
    shown = {**notebook, "cells": visible}
    resources = {"opening": opening(title, lang), "record": escape(embedded, quote=False)}
    has_pictures = any(_PICTURE.search(cell.source) for cell in visible if cell.cell_type == "markdown")
    body, _ = _exporter(has_pictures).from_notebook_node(type(notebook)(shown), resources=resources)
    return str(body)


@cache
def _exporter(has_pictures: bool) -> Any:
    """Return nbconvert's exporter with the template compiled; pictures that texts point at are embedded."""
    from nbconvert import HTMLExporter

    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="template",
        extra_template_basedirs=[str(TEMPLATE.parent)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=has_pictures,
    )
