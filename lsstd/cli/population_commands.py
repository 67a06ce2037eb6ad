"""The commands on populations: ``impact``, ``population generate``, ``anonymise``, ``gather``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsstd.cli.language import language
from lsstd.cli.options import (
    DEFAULT_STANDARD,
    FORCE,
    JSON,
    PATH,
    READING,
    STANDARD,
    Options,
    argument,
    command,
    option,
    output,
    path_to_write,
)
from lsstd.cli.output import draw_elsewhere, emit, note, write_sections
from lsstd.errors import LsstdError, Problem
from lsstd.words import msg, noted

if TYPE_CHECKING:
    from lsstd.population.population import Population

WHOM = msg("population: CSV, Parquet or folder")
AGAINST = option("--standard PATH_OR_ID", msg("the standard"), name="against", default=DEFAULT_STANDARD)
CSV = path_to_write("FILE", msg("CSV file to write"))
SEED = option("--seed N", msg("random seed"), click.IntRange(0), default=0)
COUNT = option("-n --count N", msg("number of subjects"), click.IntRange(1, 10_000_000), default=1000)


@command(
    msg("What reforms change, and whom they affect"),
    argument("REFORM…", msg("reforms, applied in order"), "reform"),
    option("--population P", WHOM, PATH),
    option("--table", msg("print the table of amendments only")),
    output("FILE", msg("report (.html), or table (.docx, .xlsx)")),
    *(STANDARD, READING, FORCE, JSON),
)
def impact(population: Path | None, table: bool, options: Options) -> None:
    """Print or write what reforms change and whom they affect."""
    from lsstd.changes.diff import amendments_of
    from lsstd.changes.reform import apply_all
    from lsstd.files.standards import load_standard
    from lsstd.pages.listings import AMENDMENTS, amendments

    lang, reforms, output = language(), options.reforms, options.output
    before = load_standard(options.standard or reforms[0].standard)
    after = apply_all(before, reforms)
    if table or (output is not None and output.suffix.lower() != ".html"):
        changes, sections = amendments_of(before, reforms), [amendments(before, reforms, lang)]
        write_sections(sections, AMENDMENTS, options, str(reforms[-1].effective or before.day))
        listed = [{**each.to_dict(lang), "reason": why.to(lang)} for each, why in changes]
        emit(options, lambda: listed, lambda: sections)
        return
    if population is None:
        expected = msg("a population, or --table")
        problem = Problem("--population", msg("missing"), expected)
        raise LsstdError(msg("--population is required"), [problem])
    if output is not None:
        _write_report(population, output, options)
        return
    from lsstd.pages.impact_page import overview
    from lsstd.population.impact import impact as of
    from lsstd.population.population import load_population

    found = of(load_population(population, before), before, after, options.readings)
    emit(options, found.to_dict, lambda: overview(found, lang))


def _write_report(population: Path, output: Path, options: Options) -> None:
    """Write the impact report as one HTML file."""
    from lsstd.files.writing import check_writable, write_whole
    from lsstd.reports.batch import render_basis
    from lsstd.reports.inputs import read_impact

    draw_elsewhere()
    check_writable(output, options.force)
    reforms = [str(path) for path in options.reform]
    basis = read_impact(reforms, str(population), options.standard or "", options.readings, language())
    write_whole(output, render_basis(basis, language(), "html"), options.force)
    note(msg("report written to {output}", output=output))


@command(
    msg("Generate a synthetic population from assumptions"),
    argument("ASSUMPTIONS", msg("file of assumptions"), "assumptions"),
    *(CSV, COUNT, SEED, STANDARD, FORCE),
)
def generate(assumptions: Path, path: Path, count: int, seed: int, options: Options) -> None:
    """Write a synthetic population of the standard that is named, else of the one that the assumptions name."""
    from lsstd.files.standards import load_standard
    from lsstd.population.synthetic import load_assumptions, standard_of, synthetic

    standard = load_standard(options.standard or standard_of(assumptions))
    note(msg("standard: {standard}", standard=noted(standard.standard, standard.edition)))
    _write(synthetic(load_assumptions(assumptions, standard), standard, count, seed), path, options)


@command(
    msg("Remove whatever identifies a subject, and shuffle"),
    *(argument("POPULATION", WHOM, "population"), CSV, SEED, AGAINST, FORCE),
)
def anonymise(population: Path, path: Path, seed: int, against: str, options: Options) -> None:
    """Write a population without what identifies its subjects."""
    from lsstd.files.standards import load_standard
    from lsstd.population.population import anonymise as anonymised
    from lsstd.population.population import load_population

    safe, removed = anonymised(load_population(population, load_standard(against)), seed)
    _write(safe, path, options)
    note(msg("removed: {removed}", removed=", ".join(removed)))


@command(
    msg("Gather a folder of assessments into one table"),
    argument("FOLDER", msg("folder of assessments"), "folder"),
    *(CSV, AGAINST, FORCE),
)
def gather(folder: Path, path: Path, against: str, options: Options) -> None:
    """Write a folder of assessments as one table."""
    from lsstd.files.standards import load_standard
    from lsstd.population.population import load_population

    _write(load_population(folder, load_standard(against)), path, options)


def _write(population: Population, path: Path, options: Options) -> None:
    from lsstd.files.writing import check_ending, write_whole
    from lsstd.population.population import as_csv

    check_ending(path, ".csv")
    write_whole(path, as_csv(population), options.force)
    for message in population.notes:
        note(message)
    note(msg("{population} rows written to {path}", population=len(population), path=path))
