"""The command ``impact``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.changes.diff import amendments_of
from lsstd.changes.reform import apply_all
from lsstd.cli.options import language, print_all, print_json, readings_of, standard_of
from lsstd.errors import LsstdError, Problem
from lsstd.words import Text, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsstd.changes.reform import Reform
    from lsstd.standard.standard import Standard


def run_impact(
    files: list[Path],
    population: Path | None,
    standard: str | None,
    reading: list[str] | None,
    as_table: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Tell what reforms change, and whom they move."""
    from lsstd.files.standards import load_standard

    reforms = standard_of(None, files)[1]
    before = load_standard(standard or reforms[0].standard)
    after = apply_all(before, reforms)
    if as_table or (output is not None and output.suffix.lower() != ".html"):
        _amendments(before, reforms, output, force, as_json)
        return
    if population is None:
        problem = Problem(
            "--population", Text("缺失", "missing"), Text("总体文件，或 --table", "a population, or --table")
        )
        raise LsstdError(Text("不知对谁产生影响", "an impact on whom?"), [problem])
    if output is not None:
        _report(files, population, standard, readings_of(reading), output, force)
        return
    from lsstd.population.impact import impact
    from lsstd.population.population import load_population

    found = impact(load_population(population, before), before, after, readings_of(reading))
    if as_json:
        print_json(found.to_dict())
        return
    from lsstd.pages.impact import impact_tables

    print_all(impact_tables(found, language()))


def _report(
    files: list[Path], population: Path, standard: str | None, readings: dict[str, str], output: Path, force: bool
) -> None:
    """Write the impact report as one HTML file."""
    from lsstd.files.writing import check_writable, write_whole
    from lsstd.reports.batch import render_basis
    from lsstd.reports.inputs import read_impact

    check_writable(output, force)
    basis = read_impact([str(file) for file in files], str(population), standard or "", readings, language())
    write_whole(output, render_basis(basis, language(), "html"), force)
    sys.stderr.write(Text(f"报告已写入 {output}\n", f"report written to {output}\n").to(language()))


def _amendments(before: Standard, reforms: Sequence[Reform], output: Path | None, force: bool, as_json: bool) -> None:
    """Print or write the table of amendments (修改对照表): clause, subject, old, new, reason."""
    lang, found = language(), amendments_of(before, reforms)
    if as_json:
        print_json([{**change.to_dict(lang), "reason": reason} for change, reason in found])
        return
    heads = words(lang, "条款|clause", "事项|subject", "原条文|old", "修改后|new", "理由|reason")
    rows = [(c.clause, c.subject.to(lang), c.old.to(lang), c.new.to(lang), reason) for c, reason in found]
    title = Text("修改对照表", "Table of amendments").to(lang)
    if output is None:
        from rich.markup import escape

        from lsstd.pages.terminal import table

        made = table(title, *heads)
        for row in rows:
            made.add_row(*map(escape, row))
        print_all([made])
        return
    from lsstd.office.tables import write_table

    names = ", ".join(f"{r.reform}（{r.effective}）" if r.effective else r.reform for r in reforms)
    write_table(output, title, [before.title.to(lang), before.status.to(lang), names], heads, rows, force)
    sys.stderr.write(Text(f"{title}已写入 {output}\n", f"{title} written to {output}\n").to(lang))
