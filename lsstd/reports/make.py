"""Making a report: a papermill template, executed, turned into one HTML file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lsstd
from lsstd.errors import Problem, ReportError
from lsstd.files.places import notebooks
from lsstd.files.writing import check_writable, safe_name, write_whole
from lsstd.reports.input import evaluated
from lsstd.text import Lang, Text, clip, same

TEMPLATE = Path(__file__).resolve().parent / "template"
TIMEOUT_S = 120
_HIDDEN = {"parameters", "injected-parameters", "hide"}


@dataclass(frozen=True)
class Order:
    """What is to be reported, and how."""

    file: Path
    folder: Path
    standard: str | None
    readings: Mapping[str, str]
    reforms: tuple[Path, ...]
    lang: Lang
    force: bool = False


def make_report(order: Order, taken: set[Path]) -> tuple[str, Path]:
    """Make the base report of one assessment.

    Parameters
    ----------
    order : Order
    taken : set of Path
        Files that this run has written already; another report gets another name.

    Returns
    -------
    subject, path
        The subject's name and the file written.

    Raises
    ------
    LsstdError
        The assessment does not load, the template fails, or the folder cannot be written; nothing is overwritten.
    """
    reforms = [str(path) for path in order.reforms]
    result = evaluated(str(order.file.resolve()), order.standard or "", order.readings, reforms, order.lang)
    subject = result.assessment.subject.name
    path = _free_path(order, subject, taken)
    check_writable(path, order.force)
    parameters = {
        "assessment": str(order.file.resolve()),
        "standard": resolved(order.standard),
        "readings": dict(order.readings),
        "reforms": [str(path.resolve()) for path in order.reforms],
        "lang": order.lang,
    }
    notebook = execute(notebooks() / "reports" / "base_report.ipynb", parameters)
    title = f"{subject or order.file.stem} · {Text('自评报告', 'Self-assessment report').to(order.lang)}"
    write_whole(path, to_html(notebook, title, order.lang).encode(), order.force)
    taken.add(path)
    return subject, path


def resolved(standard: str | None) -> str:
    """Return the standard's id or full path: the notebook runs in a folder of its own."""
    return str(Path(standard).resolve()) if standard and Path(standard).is_file() else standard or ""


def _free_path(order: Order, subject: str, taken: set[Path]) -> Path:
    """Return the file to write: named after the input and the subject, once in a run."""
    stem = safe_name(order.file.stem if not subject else f"{order.file.stem}_{subject}")
    path, count = order.folder / f"{stem}.html", 1
    while path in taken:
        count += 1
        path = order.folder / f"{stem}-{count}.html"
    return path


def execute(template: Path, parameters: Mapping[str, Any]) -> Any:
    """Execute a template with papermill and return the notebook; a hung client is tried once more.

    Raises
    ------
    ReportError
        A cell of the template failed; its error is told.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
        for attempt in (1, 2):
            try:
                return papermill.execute_notebook(
                    _literal(template),
                    _literal(Path(folder) / "report.ipynb"),
                    parameters=dict(parameters),
                    kernel_name="python3",
                    progress_bar=False,
                    execution_timeout=TIMEOUT_S,
                    cwd=folder,
                    extra_arguments=["--log-level=ERROR"],
                )
            except (CellTimeoutError, DeadKernelError, RuntimeError) as error:
                if attempt == 2:
                    raise _failed(template, f"{type(error).__name__}: {clip(str(error), 200)}") from None
            except papermill.PapermillExecutionError as error:
                raise _failed(template, f"[{error.exec_count}] {error.ename}: {clip(error.evalue, 400)}") from None
    raise AssertionError


def _literal(path: Path) -> str:
    """Return a path in which papermill expands no braces."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _failed(template: Path, told: str) -> ReportError:
    found = same(told)
    expected = Text("能运行到底的模板", "a template that runs to its end")
    return ReportError(Text("报告未能生成", "the report could not be made"), [Problem(template.name, found, expected)])


def to_html(notebook: Any, title: str, lang: Lang) -> str:
    """Turn an executed notebook into one HTML page: code hidden, no network."""
    from nbconvert import HTMLExporter

    notebook.cells = [cell for cell in notebook.cells if not _HIDDEN & set(cell.metadata.get("tags", ()))]
    exporter: Any = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="template",
        extra_template_basedirs=[str(TEMPLATE.parent)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=True,
    )
    css = (TEMPLATE / "report.css").read_text(encoding="utf-8")
    resources = {"title": title, "lang": lang, "version": lsstd.__version__, "css": css}
    body, _ = exporter.from_notebook_node(notebook, resources=resources)
    return str(body)
