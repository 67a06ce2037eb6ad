"""The commands on how certain and how robust a grade is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsstd.cli.language import language
from lsstd.cli.options import DEFAULT_STANDARD, FILE, PATH, SCORED, Options, argument, command, load_named, option
from lsstd.cli.output import emit
from lsstd.words import Lang, msg

if TYPE_CHECKING:
    from lsstd.engine.result import Result
    from lsstd.pages.blocks import Section
    from lsstd.standard.standard import Standard

UNKNOWN = option("--unknown P", msg("chance that an unknown is met"), float, default=0.5)
COMMON = option("--common FILE", msg("common factor: levels, weights, odds"), PATH)
TARGET = option("--target GRADE", msg("a grade, or score"))
_TABLES = (".csv", ".xlsx", ".parquet")


def _emit_graded(
    options: Options,
    file: Path,
    analysis: Callable[[Standard, Result], Any],
    sections: Callable[..., Iterable[Section]],
    *lang: Lang,
) -> None:
    """Print an analysis of the grade; where only tables grade that do not decide, one of the grade of each."""
    from lsstd.pages.base_page import notice
    from lsstd.pages.blocks import section

    result = options.result(file)
    standard = result.standard
    found = {table: analysis(view, result) for table, view in (standard.by_table or {"": standard}).items()}

    def documents() -> Any:
        if "" in found:
            return found[""].to_dict(*lang)
        tables = [{"table": table, **each.to_dict(*lang)} for table, each in found.items()]
        return {"standard": standard.standard, "tables": tables}

    def printed() -> Iterator[Section]:
        yield notice(result, language())
        for table, each in found.items():
            if table:
                yield section(standard.tables[table].label, language())
            yield from sections(each, language())

    emit(options, documents, printed)


@command(msg("How certain score and grade are"), FILE, UNKNOWN, COMMON, *SCORED)
def uncertainty(file: Path, unknown: float, common: Path | None, options: Options) -> None:
    from lsstd.pages.robustness_page import uncertainty_sections
    from lsstd.robustness.common_factor import load_common
    from lsstd.robustness.uncertainty import uncertainty as of

    factor = load_common(common) if common else None

    def analysis(standard: Standard, result: Result) -> Any:
        return of(standard, result.assessment, readings=result.readings, unknown=unknown, common=factor)

    _emit_graded(options, file, analysis, uncertainty_sections, language())


@command(msg("Which rows score and grade depend on"), FILE, TARGET, UNKNOWN, *SCORED)
def sensitivity(file: Path, target: str | None, unknown: float, options: Options) -> None:
    from lsstd.pages.robustness_page import sensitivity_sections
    from lsstd.robustness.sensitivity import sensitivity as of

    def analysis(standard: Standard, result: Result) -> Any:
        return of(standard, result.assessment, target, readings=result.readings, unknown=unknown)

    _emit_graded(options, file, analysis, sensitivity_sections)


@command(msg("What the grade withstands, and which rows guarantee it"), FILE, *SCORED)
def certificate(file: Path, options: Options) -> None:
    from lsstd.pages.robustness_page import certificate_sections
    from lsstd.robustness.certificate import certificate as of

    _emit_graded(options, file, lambda s, result: of(s, result.assessment, result.readings), certificate_sections)


@command(
    msg("The grade under every combination of readings"),
    *(argument("FILE", msg("assessment, or population (CSV, folder)"), "file"), *SCORED),
    details=msg("Readings chosen with --reading are held"),
)
def readings(file: Path, options: Options) -> None:
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

    def analysis(standard: Standard, result: Result) -> Any:
        held = result.readings.items() - result.standard.default_readings.items()  # a scenario's, too
        return readings_envelope(standard, result.assessment, {**dict(held), **options.readings})

    _emit_graded(options, file, analysis, envelope_sections)
