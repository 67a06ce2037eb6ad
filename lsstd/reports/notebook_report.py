"""A report inside a notebook: the packaged templates show the sections of `lsstd report`, one in each cell."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lsstd.assessment.assessment import Assessment
from lsstd.changes.diff import amendments_of
from lsstd.changes.reform import Reform
from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.places import data
from lsstd.files.reading import plain_of
from lsstd.files.standards import load_standard, model_of
from lsstd.pages.blocks import Paragraph, Section
from lsstd.pages.edition_page import amendments_table
from lsstd.population.population import Population, load_population
from lsstd.population.synthetic import load_assumptions, synthetic
from lsstd.reports.inputs import READERS, check_language, file_of, read_cases
from lsstd.reports.record import Basis
from lsstd.reports.render import style_sheet
from lsstd.reports.report_types import sections
from lsstd.reports.templates import Template, load_template
from lsstd.standard.standard import Standard
from lsstd.words import Lang, clip, msg, nearest, same

MIME = "application/vnd.lsstd.basis+json"
"""Under this type a notebook's output carries what its report rests on."""
_IN_NOTEBOOK = (  # what Jupyter sets otherwise; our class thrice, to go before its rules
    "& { max-width: 52rem; } h1, h2, h3 { font-weight: 700; } tbody tr { background: none; } "
    "table { table-layout: auto; } dt { float: none; width: auto; font-weight: 400; }"
)
_INJECTED = "# Parameters\n"  # so begins the cell that papermill puts behind the parameters


class NotebookReport:
    """The sections of a report by their names: ``report["summary"]``; shown itself, it brings the style sheet.

    Parameters
    ----------
    basis : Basis
    lang : {"zh", "en"}
    """

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
    """Return the report that the parameters in a notebook's namespace describe.

    Papermill only warns of an unknown parameter and guesses types (``-p standard 4.10`` becomes 4.1), and would go
    on to report on the example: here both are errors.

    Parameters
    ----------
    kind : {"base", "portfolio", "profile", "impact"}
    namespace : mapping
        The notebook's ``globals()``.

    Raises
    ------
    LsstdError
        Unknown or ill-typed parameters, all at once; or all that is wrong with the files.

    Examples
    --------
    >>> report = open_report("base", {"assessment": "near_aaa", "lang": "en"})
    >>> report["summary"].title
    'Verdict'
    """
    template = load_template(kind)
    values = {name: _listed(template, name, namespace[name]) for name in template.parameters if name in namespace}
    template.check({**values, **{name: namespace[name] for name in _unknown(template.parameters, namespace)}})
    return NotebookReport(READERS[kind](**values), cast(Lang, values.get("lang", "zh")))


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
    """Return what the parameters in the namespace of an essay (10 to 20) describe.

    Parameters
    ----------
    namespace : mapping
        The notebook's ``globals()``: ``assessment`` (a file, or an example's name), ``standard`` (an id or a file;
        empty: the one that the assessment names), ``population`` (a table, a folder, a file of assumptions, or the
        name of a made-up one), ``lang``; each a text.

    Raises
    ------
    LsstdError
        Unknown or ill-typed parameters, all at once; or all that is wrong with the assessment's file.
    """
    known = ("assessment", "standard", "population", "lang")
    given = {name: namespace[name] for name in known if name in namespace}
    problems = [Problem(n, msg("no such parameter"), nearest(n, given)) for n in _unknown(given, namespace)]
    for name, value in given.items():
        if not isinstance(value, str):
            problems.append(Problem(name, same(clip(value)), msg("of type {kind}", kind="str")))
    if problems:
        raise ReportError(msg("wrong parameters"), problems)
    check_language(given.get("lang", "zh"))
    if "assessment" not in given:
        return Study(load_standard(given["standard"]), None, given.get("population", ""))
    (case,) = read_cases([file_of(given["assessment"])], given.get("standard", ""))
    return Study(case.standard, case.assessment, given.get("population", ""))


def _listed(template: Template, name: str, value: Any) -> Any:
    """Return a value, a single text as a list where the parameter takes several: papermill's -p has no lists."""
    return [value] if template.parameters[name].kind.startswith("list") and isinstance(value, str) else value


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
        reform = model_of(plain_of(text.encode(), Path("trial.yaml"))[0], Reform, msg("not a valid reform"))
        table = amendments_table(amendments_of(standard, [reform]), lang)
        return Displayed(Section("", "", (table,)))
    except LsstdError as error:
        return Displayed(Section("", "", (Paragraph(error.to(lang), "status"),)))
