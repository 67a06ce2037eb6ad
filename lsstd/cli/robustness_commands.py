"""The commands on how certain and how robust a grade is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsstd.cli.language import language
from lsstd.cli.options import (
    DEFAULT_STANDARD,
    FILE,
    JSON,
    PATH,
    SCORING,
    Options,
    argument,
    command,
    load_named,
    option,
)
from lsstd.cli.output import emit
from lsstd.files.reading import TABLES
from lsstd.words import Lang, msg

if TYPE_CHECKING:
    from lsstd.engine.result import Result
    from lsstd.pages.blocks import Section
    from lsstd.standard.standard import Standard

UNKNOWN = option("--unknown P", msg("chance that an unknown is met"), float, default=0.5)
COMMON = option("--common FILE", msg("common factor: levels, weights, odds"), PATH)
TARGET = option("--target GRADE", msg("a grade, or score"))
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


@command(msg("Which rows score and grade depend on"), FILE, TARGET, UNKNOWN, *SCORING, JSON)
def sensitivity(file: Path, target: str | None, unknown: float, options: Options) -> None:
    """Print the rows that the score or a grade depends on."""
    from lsstd.pages.robustness_page import sensitivity_sections
    from lsstd.robustness.sensitivity import sensitivity as of

    result = options.result(file)

    def of_grades(standard: Standard) -> Any:
        return of(standard, result.assessment, target, readings=result.readings, unknown=unknown)

    _emit_graded(options, result, of_grades, sensitivity_sections)


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

    if file.is_dir() or file.suffix.lower() in TABLES:
        from lsstd.population.population import load_population
        from lsstd.robustness.reading_effects import population_readings

        name = options.standard or DEFAULT_STANDARD
        population = load_population(file, load_named(name))
        moved = population_readings(population, options.reformed(name), options.readings)
        emit(options, moved.to_dict, lambda: movers_sections(moved, language()))
        return
    from lsstd.robustness.reading_effects import readings_envelope

    result = options.result(file)
    default = result.standard.default_readings
    held = {key: option for key, option in result.readings.items() if option != default[key]}  # a scenario's, too

    def of_grades(standard: Standard) -> Any:
        return readings_envelope(standard, result.assessment, {**held, **options.readings})

    _emit_graded(options, result, of_grades, envelope_sections)
