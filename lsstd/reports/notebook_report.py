"""Reports as notebooks: the packaged templates show the sections of `lsstd report`, one in each cell.

A user's own template is executed by papermill, its outputs turned into a page or taken as sections.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from lsstd.assessment.assessment import Assessment
from lsstd.changes.diff import diff
from lsstd.changes.reform import Reform
from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.places import data
from lsstd.files.reading import plain_of, reason
from lsstd.files.standards import load_standard, model_of
from lsstd.files.writing import cannot_write, replace_whole
from lsstd.pages.blocks import Paragraph, Section
from lsstd.pages.edition_page import amendments_table
from lsstd.population.population import Population, load_population
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.reports.record import Basis, basis_of
from lsstd.reports.render import framed, style_sheet, temporary_folder
from lsstd.reports.report_types import READERS, check_choice, file_of, read_cases, sections
from lsstd.reports.templates import Parameter, Template, load_template
from lsstd.standard.standard import Standard
from lsstd.words import Lang, clip, msg, same

MIME = "application/vnd.lsstd.basis+json"
"""Under this type a notebook's output carries what its report rests on."""
_IN_NOTEBOOK = (  # what Jupyter sets otherwise; our class thrice, to go before its rules
    "& { max-width: 52rem; } h1, h2, h3 { font-weight: 700; } tbody tr { background: none; } "
    "table { table-layout: auto; } dt { float: none; width: auto; font-weight: 400; }"
)
_INJECTED = "# Parameters\n"  # so begins the cell that papermill puts behind the parameters
TIMEOUT_S = 120
"""Longest time for one cell, in seconds: reading 300 assessments takes a tenth of it."""
_HIDDEN = {"parameters", "injected-parameters", "hide"}
_SECTION = re.compile(r'<(?:section|header) data-section="([^"]+)"')
_PICTURE = re.compile(r"!\[|<img\b")


class NotebookReport:
    """The sections of a report by their names: ``report["summary"]``; shown itself, it brings the style sheet."""

    def __init__(self, basis: Basis, lang: Lang) -> None:
        self.basis = basis
        self.sections = {section.key.partition(".")[2]: section for section in sections(basis, lang)}

    def __getitem__(self, name: str) -> Section:
        return self.sections[name]

    def get(self, name: str) -> Section | None:
        """Return a section that not every report of this type has, or None."""
        return self.sections.get(name)

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        css = style_sheet().replace(":root {", "& {").replace("html {", "& {")  # within our own part of the page
        return {
            "text/html": f"<style>.lsstd.lsstd.lsstd {{ {_IN_NOTEBOOK}\n{css}}}</style>",
            "text/plain": f"<{self.basis.kind} report: {len(self.sections)} sections>",
            MIME: json.dumps(self.basis.plain(), ensure_ascii=False),
        }


def open_report(kind: str, namespace: Mapping[str, Any]) -> NotebookReport:
    """Return the report that the parameters in a notebook's namespace, its ``globals()``, describe.

    Papermill only warns of an unknown parameter and guesses types (``-p standard 4.10`` becomes 4.1), and would go
    on to report on the example: here both are errors.

    Raises `LsstdError`: unknown or ill-typed parameters, all at once; or all that is wrong with the files.

    Examples
    --------
    >>> report = open_report("base", {"assessment": "near_aaa", "lang": "en"})
    >>> report["summary"].title
    'Verdict'
    """
    values = _checked(load_template(kind), namespace)
    return NotebookReport(READERS[kind](**values), cast(Lang, values.get("lang", "zh")))


def _checked(template: Template, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a namespace sets; refuse ill-typed ones and those that only papermill knows."""
    values = {name: namespace[name] for name in template.parameters if name in namespace}
    for name, value in values.items():  # papermill's -p has no lists
        if isinstance(value, str) and template.parameters[name].is_list:
            values[name] = [value]
    template.check({**values, **{name: namespace[name] for name in _unknown(template.parameters, namespace)}})
    return values


@dataclass(frozen=True)
class Study:
    """What an essay is about: a standard, a base (none where there is no such parameter), and a population."""

    standard: Standard
    assessment: Assessment | None
    table: str

    def population(self, n: int = 2000) -> Population:
        """Return the population: a table or folder, or `n` subjects made from a file of assumptions (.yaml)."""
        made_up = [*(data() / "populations").glob(f"{self.table}.*")] if "." not in self.table else []
        path = made_up[0] if made_up and not Path(self.table).exists() else Path(self.table)
        if path.suffix == ".yaml":
            return synthetic(load_assumptions(path, self.standard), self.standard, n=n, seed=1)
        return load_population(path, self.standard)


class Displayed:
    """One section or several in an essay, as HTML alone: nothing of what a report's template carries along."""

    def __init__(self, sections: Section | Iterable[Section]) -> None:
        self.sections = [sections] if isinstance(sections, Section) else [*sections]

    def __repr__(self) -> str:
        return f"<{' | '.join(section.title for section in self.sections)}>"

    def _repr_html_(self) -> str:
        return f'<div class="lsstd">{"".join(section.html for section in self.sections)}</div>'


def open_study(namespace: Mapping[str, Any]) -> Study:
    """Return what the parameters in the namespace of an essay (10 to 20), its ``globals()``, describe.

    They are ``assessment`` (a file, or an example's name), ``standard`` (an id or a file; empty: the one that the
    assessment names), ``population`` (a table, a folder, a file of assumptions, or the name of a made-up one) and
    ``lang``; each a text.

    Raises `LsstdError`: unknown or ill-typed parameters, all at once; or all that is wrong with the assessment's file.
    """
    names = ("assessment", "standard", "population", "lang")
    parameters = {name: Parameter(name, "str", str, "", "") for name in names if name in namespace}
    given = _checked(Template(Path(), "study", same(""), parameters, ""), namespace)
    check_choice("lang", given.get("lang", "zh"), ("zh", "en"))
    if "assessment" not in given:
        return Study(load_standard(given["standard"]), None, given.get("population", ""))
    (case,) = read_cases([file_of(given["assessment"])], given.get("standard", ""))
    return Study(case.standard, case.assessment, given.get("population", ""))


def _unknown(parameters: Iterable[str], namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that papermill injected although no cell before them sets one of that name."""
    cells = list(namespace.get("In", ()))  # IPython's record of the cells that were executed
    place = max((place for place, cell in enumerate(cells) if cell.startswith(_INJECTED)), default=0)
    known = {*parameters, *(name for cell in cells[:place] for name in _assigned(cell))}
    return (name for name in _assigned(cells[place]) if name not in known) if place else iter(())


def _assigned(cell: str) -> Iterator[str]:
    try:
        steps = ast.parse(cell).body
    except SyntaxError:  # a cell of IPython's own commands
        return
    for step in steps:
        targets = step.targets if isinstance(step, ast.Assign) else [getattr(step, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def execute(template: Path, parameters: Mapping[str, Any], kept: Path | None = None) -> Any:
    """Execute a template and return the notebook; a kernel that dies or hangs is tried once more.

    Raises `ReportError`: a cell failed; the notebook, with that cell marked, is kept as `kept`.
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
        if kept is not None and written.is_file():
            replace_whole(kept, written.read_bytes())
        problem = Problem(template.name, same(message), msg("a template that runs without errors"))
        raise ReportError(msg("the report could not be made"), [problem])


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


def outputs_of(notebook: Any, lang: Lang) -> tuple[Basis | None, list[Section]]:
    """Return the basis that an executed template shows, if any, and which of its report's sections it shows."""
    basis, keys = None, list[str]()
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if MIME in data:
                basis = basis_of(json.loads(data[MIME]))
            if not _HIDDEN & set(cell["metadata"].get("tags", ())):
                keys += _SECTION.findall(data.get("text/html", ""))
    made = {one.key: one for one in sections(basis, lang)} if basis else {}
    return basis, [made[key] for key in keys if key in made]


def to_html(notebook: Any, title: str, lang: Lang, record: str = "") -> str:
    """Turn an executed notebook into one HTML page: code hidden, no network, its record embedded."""
    visible = [cell for cell in notebook.cells if not _HIDDEN & set(cell.metadata.get("tags", ()))]
    has_pictures = any(_PICTURE.search(cell.source) for cell in visible if cell.cell_type == "markdown")
    page = type(notebook)({**notebook, "cells": visible})
    body, _ = _exporter(has_pictures).from_notebook_node(page)
    return framed(str(body), title, lang, record)


@cache
def _exporter(has_pictures: bool) -> Any:
    """Return nbconvert's exporter with the template compiled; pictures that texts point at are embedded."""
    from nbconvert import HTMLExporter

    return HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=has_pictures,
    )


def try_reform(body: str, standard: Standard, lang: Lang = "zh") -> Displayed:
    """Return what a reform would change, given as in its file but for its name and its standard; or why it cannot be.

    Examples
    --------
    >>> standard = load_standard("hlj-base-evaluation")
    >>> "441" in try_reform("changes: {lines.AAAA: 441}", standard)._repr_html_()
    True
    >>> "lines.AAAA" in try_reform("changes: {lines.AAAAA: 441}", standard)._repr_html_()
    True
    """
    text = f"reform: trial\nstandard: {standard.standard}\n{body}"
    try:
        reform = model_of(plain_of(text.encode(), Path("trial.yaml")), Reform, msg("not a valid reform"))
        found = diff(standard, reform.apply(standard), [(standard, reform)])
        return Displayed(Section("", "", (amendments_table(found.amendments, lang),)))
    except LsstdError as error:
        return Displayed(Section("", "", (Paragraph(error.to(lang), "status"),)))
