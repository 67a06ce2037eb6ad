"""The commands on how certain and how robust a grade is, and on the cheapest way to another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import lsstd
from lsstd.cli.language import language
from lsstd.cli.options import (
    DEFAULT_STANDARD,
    FILE,
    FORCE,
    JSON,
    PATH,
    SCORED,
    SCORING,
    SEED,
    Options,
    argument,
    command,
    load_named,
    option,
    output,
)
from lsstd.cli.output import emit, note, wrong_usage
from lsstd.cli.population_commands import DASK, opened_population, whole_population, write_frames
from lsstd.files.places import TABLES
from lsstd.words import Lang, msg

if TYPE_CHECKING:
    from lsstd.pages.blocks import Section

UNKNOWN = option("--unknown P", msg("chance that an unknown is met"), float, default=0.5)
COMMON = option("--common FILE", msg("common factor: levels, weights, odds"), PATH)
TARGET = option("--target GRADE", msg("a grade, or score"))
_BY = click.Choice(("criteria", "indicators"))
BY = option("--by criteria|indicators", msg("rows, or indicators"), _BY, default="criteria")
RESAMPLES = option("--resamples N", msg("of the bootstrap, for the intervals of a population; 0: none"), int)
PERHAPS_MANY = msg("assessment, or population (CSV, folder)")


def _emit_graded(
    options: Options, result: lsstd.Result, analysis: Any, sections: Callable[..., Iterable[Section]], *lang: Lang
) -> None:
    """Print an analysis of the grade, below what must be said first about the result."""
    from lsstd.pages.base_page import notice

    found = _by_table(result.standard, lambda view: analysis(view, result.assessment, readings=result.readings))
    _emit_by_table(options, result.standard, found, sections, [notice(result, language())], *lang)


def _by_table(standard: lsstd.Standard, analysis: Callable[[lsstd.Standard], Any]) -> dict[str, Any]:
    """Return an analysis of the grade, or one for each table where only tables that do not decide give grades."""
    return {table: analysis(view) for table, view in (standard.by_table or {"": standard}).items()}


def _emit_by_table(
    options: Options,
    standard: lsstd.Standard,
    found: dict[str, Any],
    sections: Callable[..., Iterable[Section]],
    first: list[Section],
    *lang: Lang,
) -> None:
    from lsstd.pages.blocks import section

    def documents() -> Any:
        if "" in found:
            return found[""].to_dict(*lang)
        tables = [{"table": table, **each.to_dict(*lang)} for table, each in found.items()]
        return {"standard": standard.standard, "tables": tables}

    def printed() -> Iterator[Section]:
        yield from first
        for table, each in found.items():
            if table:
                yield section(standard.tables[table].label, language())
            yield from sections(each, language())

    emit(options, documents, printed)


@command(
    msg("How certain score and grade are"),
    *(argument("FILE", PERHAPS_MANY, "file"), UNKNOWN, COMMON),
    output("FILE", msg("for a population: table to write (.csv, .xlsx, .parquet)")),
    *(DASK, FORCE, *SCORED),
    details=msg("For a population: chances of each subject, expected number at each grade"),
)
def uncertainty(file: Path, unknown: float, common: Path | None, dask: str | None, options: Options) -> None:
    factor = lsstd.load_common(common) if common else None
    if _is_population(file):
        _uncertain_population(file, unknown, factor, dask, options)
        return
    from lsstd.pages.robustness_page import uncertainty_sections

    if options.output is not None:
        raise wrong_usage(msg("-o writes the table of a population, but FILE is a single assessment"))
    analysis = partial(lsstd.uncertainty, unknown=unknown, common=factor)
    _emit_graded(options, options.result(file), analysis, uncertainty_sections, language())


def _uncertain_population(file: Path, unknown: float, common: Any, dask: str | None, options: Options) -> None:
    """Print how sure the grades of a population are, or write the chances of each subject."""
    from lsstd.engine.verdict import self_assessment
    from lsstd.files.writing import check_ending, check_writable
    from lsstd.pages.population_page import chances_sections
    from lsstd.robustness.population_chances import population_chances, table_of

    name, output = options.standard or DEFAULT_STANDARD, options.output
    if output is not None:
        check_ending(output, *TABLES)
        check_writable(output, options.force)
    read_against, standard = load_named(name), options.reformed(name)
    chances = partial(population_chances, readings=options.readings, unknown=unknown, common=common)
    with opened_population(file, read_against, dask) as people:
        found = _by_table(standard, lambda view: chances(people, view))
    if output is not None:
        first = next(iter(found.values()))
        notes = (*first.census.notes, *first.assumptions, self_assessment(standard))
        write_frames([table_of(found)], output, msg("Chances of the grades"), notes, options)
    _emit_by_table(options, standard, found, chances_sections, [], language())


@command(
    msg("Which rows score and grade depend on"),
    *(argument("FILE", PERHAPS_MANY, "file"), TARGET, BY, UNKNOWN, RESAMPLES, SEED, *SCORED),
    details=msg("Of an assessment: exactly, by all that is open. Of a population: between its subjects"),
)
def sensitivity(
    file: Path, target: str | None, by: Any, unknown: float, resamples: int | None, seed: int, options: Options
) -> None:
    if _is_population(file):
        from lsstd.pages.population_page import between_sections

        people, standard = _population(file, options)
        drawn: Any = {"readings": options.readings, "resamples": resamples, "seed": seed}
        between = lsstd.population_sensitivity(people, standard, target, by=by, **drawn)
        emit(options, lambda: between.to_dict(language()), lambda: between_sections(between, language()))
        return
    from lsstd.pages.robustness_page import sensitivity_sections

    analysis = partial(lsstd.sensitivity, target=target, by=by, unknown=unknown, seed=seed)
    _emit_graded(options, options.result(file), analysis, sensitivity_sections, language())


def _is_population(file: Path) -> bool:
    return file.is_dir() or "*" in file.name or file.suffix.lower() in TABLES


def _population(file: Path, options: Options) -> tuple[lsstd.Population, lsstd.Standard]:
    """Return a population, read against the standard that is named, and that standard as reformed."""
    name = options.standard or DEFAULT_STANDARD
    return whole_population(file, load_named(name)), options.reformed(name)


@command(msg("What the grade withstands, and which rows guarantee it"), FILE, *SCORED)
def certificate(file: Path, options: Options) -> None:
    from lsstd.pages.robustness_page import certificate_sections

    _emit_graded(options, options.result(file), lsstd.certificate, certificate_sections)


@command(
    msg("The grade under every combination of readings"),
    *(argument("FILE", PERHAPS_MANY, "file"), DASK, *SCORED),
    details=msg("Readings chosen with --reading stay fixed"),
)
def readings(file: Path, dask: str | None, options: Options) -> None:
    from lsstd.pages.robustness_page import envelope_sections, movers_sections

    if _is_population(file):
        name = options.standard or DEFAULT_STANDARD
        read_against, standard = load_named(name), options.reformed(name)
        with opened_population(file, read_against, dask) as people:
            moved = lsstd.population_readings(people, standard, options.readings)
        emit(options, moved.to_dict, lambda: movers_sections(moved, language()))
        return

    result = options.result(file)
    chosen = dict(result.readings.items() - result.standard.default_readings.items())  # a scenario's, too
    held = {**chosen, **options.readings}
    _emit_graded(options, result, lambda view, base, **_: lsstd.readings_envelope(view, base, held), envelope_sections)


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
