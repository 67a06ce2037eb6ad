"""The commands on how certain and how robust a grade is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsstd.cli.language import language
from lsstd.cli.options import (
    DEFAULT_STANDARD,
    FILE,
    JSON,
    PATH,
    SCORING,
    SEED,
    Options,
    argument,
    command,
    load_named,
    option,
)
from lsstd.cli.output import emit
from lsstd.files.places import TABLES
from lsstd.words import Lang, msg

if TYPE_CHECKING:
    from lsstd.engine.result import Result
    from lsstd.pages.blocks import Section
    from lsstd.population.population import Population
    from lsstd.standard.standard import Standard

UNKNOWN = option("--unknown P", msg("chance that an unknown is met"), float, default=0.5)
COMMON = option("--common FILE", msg("common factor: levels, weights, odds"), PATH)
TARGET = option("--target GRADE", msg("a grade, or score"))
BY = option("--by criteria|indicators", msg("rows, or indicators"), click.Choice(("criteria", "indicators")),
            default="criteria")  # fmt: skip
RESAMPLES = option("--resamples N", msg("of the bootstrap, for the intervals of a population; 0: none"), int)
PERHAPS_MANY = msg("assessment, or population (CSV, folder)")


def _emit_graded(
    options: Options,
    result: Result,
    of: Callable[[Standard], Any],
    sections: Callable[..., Iterable[Section]],
    *lang: Lang,
) -> None:
    """Print an analysis of the grade; where only tables grade that do not decide, one of the grade of each."""
    standard = result.standard
    found = {table: of(view) for table, view in (standard.by_table or {"": standard}).items()}

    def documents() -> Any:
        if "" in found:
            return found[""].to_dict(*lang)
        tables = [{"table": table, **each.to_dict(*lang)} for table, each in found.items()]
        return {"standard": standard.standard, "tables": tables}

    def told() -> Iterator[Section]:
        yield notice(result, language())
        for table, each in found.items():
            if table:
                yield section(standard.tables[table].label, language())
            yield from sections(each, language())

    from lsstd.pages.base_page import notice
    from lsstd.pages.blocks import section

    emit(options, documents, told)


@command(msg("How certain score and grade are"), FILE, UNKNOWN, COMMON, *SCORING, JSON)
def uncertainty(file: Path, unknown: float, common: Path | None, options: Options) -> None:
    """Print the chance of each grade."""
    from lsstd.pages.robustness_page import uncertainty_sections
    from lsstd.robustness.common_factor import load_common
    from lsstd.robustness.uncertainty import uncertainty as of

    result, factor = options.result(file), load_common(common) if common else None

    def of_grades(standard: Standard) -> Any:
        return of(standard, result.assessment, readings=result.readings, unknown=unknown, common=factor)

    _emit_graded(options, result, of_grades, uncertainty_sections, language())


@command(
    msg("Which rows score and grade depend on"),
    *(argument("FILE", PERHAPS_MANY, "file"), TARGET, BY, UNKNOWN, RESAMPLES, SEED, *SCORING, JSON),
    details=msg("Of an assessment: exactly, by all that is open. Of a population: between its subjects"),
)
def sensitivity(
    file: Path, target: str | None, by: Any, unknown: float, resamples: int | None, seed: int, options: Options
) -> None:
    """Print the rows that the score or a grade depends on, of an assessment or between the subjects of a population."""
    if _is_population(file):
        from lsstd.pages.population_page import between_sections
        from lsstd.robustness.population_sensitivity import population_sensitivity

        people, standard = _population(file, options)
        drawn: Any = {"readings": options.readings, "resamples": resamples, "seed": seed}
        between = population_sensitivity(people, standard, target, by=by, **drawn)
        emit(options, lambda: between.to_dict(language()), lambda: between_sections(between, language()))
        return
    from lsstd.pages.robustness_page import sensitivity_sections
    from lsstd.robustness.sensitivity import sensitivity as of

    result = options.result(file)

    def of_grades(standard: Standard) -> Any:
        return of(standard, result.assessment, target, by=by, readings=result.readings, unknown=unknown, seed=seed)

    _emit_graded(options, result, of_grades, sensitivity_sections, language())


def _is_population(file: Path) -> bool:
    return file.is_dir() or file.suffix.lower() in TABLES


def _population(file: Path, options: Options) -> tuple[Population, Standard]:
    """Return a population, read against the standard that is named, and that standard as reformed."""
    from lsstd.population.population import load_population

    name = options.standard or DEFAULT_STANDARD
    return load_population(file, load_named(name)), options.reformed(name)


@command(msg("What the grade withstands, and which rows guarantee it"), FILE, *SCORING, JSON)
def certificate(file: Path, options: Options) -> None:
    """Print what the grade withstands."""
    from lsstd.pages.robustness_page import certificate_sections
    from lsstd.robustness.certificate import certificate as of

    result = options.result(file)

    def of_grades(standard: Standard) -> Any:
        return of(standard, result.assessment, result.readings)

    _emit_graded(options, result, of_grades, certificate_sections)


@command(
    msg("The grade under every combination of readings"),
    *(argument("FILE", PERHAPS_MANY, "file"), *SCORING, JSON),
    details=msg("Readings chosen with --reading are held"),
)
def readings(file: Path, options: Options) -> None:
    """Print the grade, of an assessment or of a population, under every combination of readings."""
    from lsstd.pages.robustness_page import envelope_sections, movers_sections

    if _is_population(file):
        from lsstd.robustness.reading_effects import population_readings

        people, standard = _population(file, options)
        moved = population_readings(people, standard, options.readings)
        emit(options, moved.to_dict, lambda: movers_sections(moved, language()))
        return
    from lsstd.robustness.reading_effects import readings_envelope

    result = options.result(file)
    default = result.standard.default_readings
    held = {key: option for key, option in result.readings.items() if option != default[key]}  # a scenario's, too

    def of_grades(standard: Standard) -> Any:
        return readings_envelope(standard, result.assessment, {**held, **options.readings})

    _emit_graded(options, result, of_grades, envelope_sections)
