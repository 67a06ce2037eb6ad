"""The notebooks of reports show the very sections of `lsstd report`, cell by cell, under stock papermill."""

import json
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from templates_here import execute_here

from lsstd.errors import LsstdError
from lsstd.files.places import example, notebooks
from lsstd.pages.blocks import Section
from lsstd.reports.notebook_report import open_report, outputs_of
from lsstd.reports.record import Basis
from lsstd.reports.report_types import READERS, sections

QUIET = {"progress_bar": False, "extra_arguments": ["--IPKernelApp.log_level=ERROR"]}


def of_example(kind: str) -> Basis:
    """Return the basis of a template's example."""
    return READERS[kind](**({"assessment": "near_aaa"} if kind == "base" else {}))


def executed(kind: str, parameters: Any, folder: Path) -> Any:
    """Execute a template with stock papermill."""
    return papermill.execute_notebook(str(template(kind)), str(folder / "out.ipynb"), parameters, **QUIET)


def template(kind: str) -> Path:
    return notebooks() / "reports" / f"{kind}_report.ipynb"


def html_of(notebook: Any) -> str:
    """Return what a notebook's cells show."""
    outputs = (output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", ()))
    return "".join(data.get("text/html", "") for data in outputs)


def html_of_sections(made: list[Section]) -> str:
    return "".join(f'<div class="lsstd">{section.html}</div>' for section in made)


# Each template in both languages: the cells show the sections of the report, in its order, and nothing else.
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", READERS)
def test_cells_show_the_sections(kind: str, lang: Any) -> None:
    notebook = execute_here(template(kind), {"lang": lang})
    basis, shown = outputs_of(notebook, lang)
    assert basis is not None
    assert basis.plain() == of_example(kind).plain()
    assert html_of(notebook).partition("</style>")[2] == html_of_sections(sections(of_example(kind), lang))
    assert [section.key for section in shown] == [section.key for section in sections(of_example(kind), lang)]


# The profile of one party and a round without one before it lack a section each; their cells show nothing.
def test_sections_that_not_every_report_has() -> None:
    one = {"assessments": [str(example("supply_chain"))]}
    shown = html_of(execute_here(template("profile"), one)).partition("</style>")[2]
    assert shown == html_of_sections(sections(READERS["profile"](**one), "zh"))


# A list of files may be given as one text, as papermill's -p has no lists.
def test_one_text_stands_for_a_list() -> None:
    report = open_report("profile", {"assessments": str(example("supply_chain"))})
    assert len(report.basis.cases) == 1


# In a notebook a misspelt parameter is an error with the nearest name, wherever papermill put it; a template made from
# ours may have more of them; a number where a text belongs is an error, too.
def test_wrong_parameters() -> None:
    names = {"assessment": "near_aaa", "asessment": "x.yaml", "standard": "", "share": 0.5}
    cells = ["", 'assessment: str = "near_aaa"\nshare = 0.1', '# Parameters\nasessment = "x.yaml"\nshare = 0.5\n']
    with pytest.raises(LsstdError, match="did you mean assessment"):
        open_report("base", {**names, "In": cells})
    assert open_report("base", {**names, "In": [*cells[:2], "# Parameters\nshare = 0.5\n"]})["cover"]
    with pytest.raises(LsstdError, match="of type str"):
        open_report("base", {**names, "standard": 4.1})


# Stock papermill makes the same outputs; the style sheet comes with them; code is hidden.
@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
def test_under_stock_papermill(kind: str, tmp_path: Path) -> None:
    made = executed(kind, {"lang": "en"}, tmp_path)
    style, _, shown = html_of(made).partition("</style>")
    assert style.startswith("<style>.lsstd")
    assert shown == html_of_sections(sections(of_example(kind), "en"))  # in the class that the style sheet is for
    assert all(
        cell.metadata.jupyter.source_hidden for cell in made.cells if "injected-parameters" not in cell.metadata.tags
    )


# Stock papermill fails on a misspelt parameter instead of reporting on the example; names in Chinese arrive whole.
@pytest.mark.slow
def test_parameters_of_stock_papermill(tmp_path: Path) -> None:
    with pytest.raises(papermill.PapermillExecutionError, match="did you mean assessment"):
        executed("base", {"asessment": "x.yaml"}, tmp_path)
    file = tmp_path / "冰城 基地.json"
    file.write_text(json.dumps({"standard": "hlj-base-evaluation", "subject": {"name": "冰城"}}), encoding="utf-8")
    made = papermill.execute_notebook(
        str(template("base")), str(tmp_path / "out.ipynb"), {"assessment": str(file)}, **QUIET
    )
    assert "<h1>冰城</h1>" in html_of(made)
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).metadata.title == "自评报告 · Self-assessment report"
