"""The commands that plan: the cheapest way to a grade, and the smallest reform that reaches goals."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

import lsstd
from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, PATH, SCORING, SEED, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json
from lsstd.cli.populations import DASK, WHOM, opened_population
from lsstd.words import msg

REFORMS = (".yaml", ".yml")


@command(
    msg("The cheapest way to a grade"),
    FILE,
    option("--target GRADE", msg("a grade (default: the next one up)")),
    option("--costs FILE", msg("costs, lead times, owners (YAML, Excel)"), PATH),
    option("--budget N", msg("the most that may be spent"), float),
    option("--by DATE", msg("the day by which all is done")),
    option("--chance P", msg("reach it with this chance at least"), float),
    option("--cushion N", msg("points to spare above the line"), float, default=0, show_default=False),
    option("--costs-template FILE", msg("write a table of costs to fill in"), PATH, name="template"),
    output("FILE", msg("plan (.xlsx, .docx, .html)")),
    *(FORCE, *SCORING, JSON),
    details=msg("Without --costs each point costs the same"),
)
def plan(file: Path, costs: Path | None, template: Path | None, options: Options, **asked: Any) -> None:
    """Print the cheapest way to a grade, or write the table of costs to be filled in for it."""
    from lsstd.office.costs_sheet import load_costs, write_template
    from lsstd.pages import plan_page as page

    lang, result = language(), options.result(file)
    if template is not None:
        write_template(result, template, lang, options.force)
        note(msg("written to {path}", path=template))
        return
    table = load_costs(costs, result.standard) if costs else None
    found = lsstd.plan(result.standard, result.assessment, costs=table, readings=result.readings, **asked)
    sections, day = partial(page.plan_sections, found, lang), result.assessment.as_of or result.standard.day
    emit(options, lambda: found.to_dict(lang), sections, page.title_of(found), day)


@command(
    msg("The smallest reform that reaches goals"),
    argument("GOALS", msg("what is to be reached (YAML, JSON)"), "goals"),
    option("--population P", WHOM, PATH, required=True),
    option(
        "--time-limit SECONDS",
        msg("when the search for rows' points ends"),
        click.FloatRange(0, min_open=True),
        default=30.0,
    ),
    option("--refits N", msg("resampled populations to search again"), click.IntRange(0, 1000), default=20),
    output("FILE", msg("reform (.yaml), or page (.html, .docx, .xlsx)")),
    *(SEED, FORCE, *SCORING, DASK, JSON),
)
def design(
    goals: Path, population: Path, time_limit: float, refits: int, seed: int, dask: str | None, options: Options
) -> bool | None:
    """Print the smallest reform that reaches goals, or write it; False where none does that could be written."""
    from lsstd.changes.reform import apply_all
    from lsstd.files.reading import read_plain
    from lsstd.files.writing import check_ending, check_writable, write_yaml
    from lsstd.pages import design_page as page
    from lsstd.pages.terminal import print_sections
    from lsstd.planning.design import design as of

    lang, output = language(), options.output
    if output is not None:
        check_ending(output, *REFORMS, ".html", ".htm", ".docx", ".xlsx", ".pdf")
        check_writable(output, options.force)
    value = read_plain(goals)[0].value
    name = options.standard or (value.get("standard") if isinstance(value, dict) else None)
    read_against = shared.load_named(name if isinstance(name, str) else shared.DEFAULT_STANDARD)
    standard = apply_all(read_against, options.reforms)
    with opened_population(population, read_against, dask) as people:
        found = of(people, standard, goals, options.readings, time_limit=time_limit, refits=refits, seed=seed)
    sections = partial(page.design_sections, found, lang)
    if output is None or output.suffix.lower() not in REFORMS:
        emit(options, lambda: found.to_dict(lang), sections, page.TITLE)
        return None
    if found.is_reached:
        write_yaml(output, found.reform_values, options.force)
        note(msg("written to {path}", path=output))
    else:
        note(msg("no reform reaches all goals: nothing was written to {path}", path=output))
    if options.as_json:
        print_json(found.to_dict(lang))
    elif not found.is_reached:
        print_sections(sections())
    return found.is_reached
