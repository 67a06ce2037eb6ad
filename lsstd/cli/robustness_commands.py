"""The commands on how certain and how robust a grade is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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
from lsstd.words import msg

if TYPE_CHECKING:
    from lsstd.engine.result import Result
    from lsstd.pages.blocks import Section

UNKNOWN = option("--unknown P", msg("chance that an unknown is met"), float, default=0.5)
COMMON = option("--common FILE", msg("common factor: levels, weights, odds"), PATH)
TARGET = option("--target GRADE", msg("a grade, or score"))
PERHAPS_MANY = msg("assessment, or population (CSV, folder)")
_TABLES = (".csv", ".xlsx", ".parquet")


def _noticed(result: Result, sections: Iterable[Section]) -> Iterator[Section]:
    """Yield what is told before anything on a grade: a veto, that this is a self-assessment; then the sections."""
    from lsstd.pages.base_page import notice

    yield notice(result, language())
    yield from sections


@command(msg("How certain score and grade are"), FILE, UNKNOWN, COMMON, *SCORING, JSON)
def uncertainty(file: Path, unknown: float, common: Path | None, options: Options) -> None:
    """Print the chance of each grade."""
    from lsstd.pages.robustness_page import uncertainty_sections
    from lsstd.robustness.common_factor import load_common
    from lsstd.robustness.uncertainty import uncertainty as of

    result, factor = options.result(file), load_common(common) if common else None
    found = of(result.standard, result.assessment, readings=result.readings, unknown=unknown, common=factor)
    emit(options, lambda: found.to_dict(language()), lambda: _noticed(result, uncertainty_sections(found, language())))


@command(msg("Which rows score and grade depend on"), FILE, TARGET, UNKNOWN, *SCORING, JSON)
def sensitivity(file: Path, target: str | None, unknown: float, options: Options) -> None:
    """Print the rows that the score or a grade depends on."""
    from lsstd.pages.robustness_page import sensitivity_sections
    from lsstd.robustness.sensitivity import sensitivity as of

    result = options.result(file)
    found = of(result.standard, result.assessment, target, readings=result.readings, unknown=unknown)
    emit(options, found.to_dict, lambda: _noticed(result, sensitivity_sections(found, language())))


@command(msg("What the grade withstands, and which rows guarantee it"), FILE, *SCORING, JSON)
def certificate(file: Path, options: Options) -> None:
    """Print what the grade withstands."""
    from lsstd.pages.robustness_page import certificate_sections
    from lsstd.robustness.certificate import certificate as of

    result = options.result(file)
    found = of(result.standard, result.assessment, result.readings)
    emit(options, found.to_dict, lambda: _noticed(result, certificate_sections(found, language())))


@command(
    msg("The grade under every combination of readings"),
    *(argument("FILE", PERHAPS_MANY, "file"), *SCORING, JSON),
    details=msg("Readings chosen with --reading are held"),
)
def readings(file: Path, options: Options) -> None:
    """Print the grade, of an assessment or of a population, under every combination of readings."""
    from lsstd.pages.robustness_page import envelope_sections, movers_sections

    if file.is_dir() or file.suffix.lower() in _TABLES:
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
    found = readings_envelope(result.standard, result.assessment, {**held, **options.readings})
    emit(options, found.to_dict, lambda: _noticed(result, envelope_sections(found, language())))
