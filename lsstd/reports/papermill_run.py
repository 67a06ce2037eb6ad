"""A user's own template: executed by papermill, its outputs turned into a page or taken as sections."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from lsstd.errors import Problem, ReportError
from lsstd.files.reading import reason
from lsstd.files.writing import cannot_write, replace_whole
from lsstd.pages import blocks
from lsstd.reports.notebook_report import MIME
from lsstd.reports.record import Basis, basis_of
from lsstd.reports.render import FOLDER, opening, temporary_folder
from lsstd.words import Lang, clip, msg, same

TIMEOUT_S = 120
"""Longest time for one cell, in seconds: reading 300 assessments takes a tenth of it."""
_HIDDEN = {"parameters", "injected-parameters", "hide"}
_PICTURE = re.compile(r"!\[|<img\b")


def execute(template: Path, parameters: Mapping[str, Any], kept: Path | None = None) -> Any:
    """Execute a template and return the notebook; a kernel that dies or hangs is tried once more.

    Parameters
    ----------
    template : Path
    parameters : mapping of str to values
    kept : Path, optional
        Where the notebook is kept if one of its cells fails, the cell marked.

    Raises
    ------
    ReportError
        A cell of the template failed, with its error.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    with temporary_folder() as folder, _environment(IPYTHONDIR=folder / "ipython", JUPYTER_RUNTIME_DIR=folder):
        written = folder / "report.ipynb"
        for _ in range(2):
            try:
                return papermill.execute_notebook(
                    _literal(template),
                    _literal(written),
                    parameters=dict(parameters),
                    kernel_name="python3",
                    language="python",
                    progress_bar=False,
                    execution_timeout=TIMEOUT_S,
                    extra_arguments=["--IPKernelApp.log_level=ERROR"],  # its warnings are none of the user's
                    resources={"metadata": {"path": str(folder)}},  # where the kernel works
                )
            except (CellTimeoutError, DeadKernelError, ConnectionError, RuntimeError) as error:
                message = f"{type(error).__name__}: {clip(str(error), 200)}"
                continue
            except papermill.PapermillExecutionError as error:
                message = f"[{error.exec_count}] {error.ename}: {clip(error.evalue, 400)}"
            except OSError as error:
                raise cannot_write(written, reason(error)) from None
            except (papermill.PapermillException, ValueError) as error:
                message = clip(str(error), 400)
            break
        raise _failed(template, message, written, kept)


@contextmanager
def _environment(**folders: Path) -> Iterator[None]:
    """Have what is started keep its own files in these folders, not in the user's home; nor follow what is there."""
    before = {name: os.environ.get(name) for name in folders}
    os.environ.update({name: str(folder) for name, folder in folders.items()})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({name: value} if value is not None else {})


def _literal(path: Path) -> str:
    """Return a path in which papermill expands no braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _failed(template: Path, message: str, written: Path, kept: Path | None) -> ReportError:
    """Return the error of a template that failed; keep the notebook as far as it came."""
    if kept is not None and written.is_file():
        replace_whole(kept, written.read_bytes())
    expected = msg("a template that runs without errors")
    title = msg("the report could not be made")
    return ReportError(title, [Problem(template.name, same(message), expected)])


def outputs_of(notebook: Any) -> tuple[Basis | None, list[blocks.Section]]:
    """Return the basis that an executed template shows, if any, and the sections on its page."""
    basis, sections = None, []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if MIME in data:
                basis = basis_of(json.loads(data[MIME]))
            if blocks.MIME in data and not _HIDDEN & set(cell["metadata"].get("tags", ())):
                sections.append(blocks.section_of(json.loads(data[blocks.MIME])))
    return basis, sections


def to_html(notebook: Any, title: str, lang: Lang, record: str = "") -> str:
    """Turn an executed notebook into one HTML page: code hidden, no network, its record embedded."""
    visible = [cell for cell in notebook.cells if not _HIDDEN & set(cell.metadata.get("tags", ()))]
    resources = {"opening": opening(title, lang), "record": escape(record, quote=False)}
    has_pictures = any(_PICTURE.search(cell.source) for cell in visible if cell.cell_type == "markdown")
    page = type(notebook)({**notebook, "cells": visible})
    body, _ = _exporter(has_pictures).from_notebook_node(page, resources=resources)
    return str(body)


@cache
def _exporter(has_pictures: bool) -> Any:
    """Return nbconvert's exporter with the template compiled; pictures that texts point at are embedded."""
    from nbconvert import HTMLExporter

    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name=FOLDER.name,
        extra_template_basedirs=[str(FOLDER.parent)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=has_pictures,
    )
