"""A report inside a notebook: the packaged templates show the sections of `lsstd report`, one in each cell."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from lsstd.pages.blocks import Section
from lsstd.reports.inputs import READERS
from lsstd.reports.record import Basis
from lsstd.reports.render import style_sheet
from lsstd.reports.report_types import sections
from lsstd.reports.templates import Template, load_template
from lsstd.words import Lang

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
    template.check({**values, **{name: namespace[name] for name in _unknown(template, namespace)}})
    return NotebookReport(READERS[kind](**values), cast(Lang, values.get("lang", "zh")))


def _listed(template: Template, name: str, value: Any) -> Any:
    """Return a value, a single text as a list where the parameter takes several: papermill's -p has no lists."""
    return [value] if template.parameters[name].kind.startswith("list") and isinstance(value, str) else value


def _unknown(template: Template, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters that papermill injected although no cell before them sets one of that name."""
    cells = list(namespace.get("In", ()))  # IPython's record of the cells that were executed
    place = max((place for place, cell in enumerate(cells) if cell.startswith(_INJECTED)), default=0)
    known = {*template.parameters, *(name for cell in cells[:place] for name in _assigned(cell))}
    return (name for name in _assigned(cells[place]) if name not in known) if place else iter(())


def _assigned(cell: str) -> Iterator[str]:
    try:
        steps = ast.parse(cell).body
    except SyntaxError:  # a cell of IPython's own commands
        return
    for step in steps:
        targets = step.targets if isinstance(step, ast.Assign) else [getattr(step, "target", None)]
        yield from (target.id for target in targets if isinstance(target, ast.Name))
