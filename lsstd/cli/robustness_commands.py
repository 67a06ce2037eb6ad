"""The commands on how certain and how robust a grade is."""

from __future__ import annotations

from pathlib import Path

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
from lsstd.words import Text

UNKNOWN = option("--unknown P", Text("未知项满足的概率", "chance that an unknown is met"), float, default=0.5)
COMMON = option("--common FILE", Text("共同因素：水平、权重、几率", "common factor: levels, weights, odds"), PATH)
TARGET = option("--target GRADE", Text("等级，或 score", "a grade, or score"))
PERHAPS_MANY = Text("评价文件，或总体（CSV、文件夹）", "assessment, or population (CSV, folder)")
_TABLES = (".csv", ".xlsx", ".parquet")


@command(Text("得分与等级有多确定", "How certain score and grade are"), FILE, UNKNOWN, COMMON, *SCORING, JSON)
def uncertainty(file: Path, unknown: float, common: Path | None, options: Options) -> None:
    """Print the chance of each grade."""
    from lsstd.pages.robustness_page import uncertainty_sections
    from lsstd.robustness.common import load_common
    from lsstd.robustness.uncertainty import uncertainty as of

    result, factor = options.result(file), load_common(common) if common else None
    found = of(result.standard, result.assessment, readings=result.readings, unknown=unknown, common=factor)
    emit(options, lambda: found.to_dict(language()), lambda: uncertainty_sections(found, language()))


@command(Text("得分与等级取决于哪些行", "Which rows score and grade depend on"), FILE, TARGET, UNKNOWN, *SCORING, JSON)
def sensitivity(file: Path, target: str | None, unknown: float, options: Options) -> None:
    """Print the rows that the score or a grade depends on."""
    from lsstd.pages.robustness_page import sensitivity_sections
    from lsstd.robustness.sensitivity import sensitivity as of

    result = options.result(file)
    found = of(result.standard, result.assessment, target, readings=result.readings, unknown=unknown)
    emit(options, found.to_dict, lambda: sensitivity_sections(found, language()))


@command(Text("等级有多稳固", "What the grade withstands, and which rows guarantee it"), FILE, *SCORING, JSON)
def certificate(file: Path, options: Options) -> None:
    """Print what the grade withstands."""
    from lsstd.pages.robustness_page import certificate_sections
    from lsstd.robustness.certificate import certificate as of

    result = options.result(file)
    found = of(result.standard, result.assessment, result.readings)
    emit(options, found.to_dict, lambda: certificate_sections(found, language()))


@command(
    Text("各种解读下的等级", "The grade under every combination of readings"),
    *(argument("FILE", PERHAPS_MANY, "file"), *SCORING, JSON),
    details=Text("用 --reading 选定的不再变动", "Readings chosen with --reading are held"),
)
def readings(file: Path, options: Options) -> None:
    """Print the grade, of an assessment or of a population, under every combination of readings."""
    from lsstd.pages.robustness_page import envelope_sections, movers_sections

    if file.is_dir() or file.suffix.lower() in _TABLES:
        from lsstd.population.population import load_population
        from lsstd.robustness.population_readings import population_readings

        name = options.standard or DEFAULT_STANDARD
        population = load_population(file, load_named(name))
        moved = population_readings(population, options.reformed(name), options.readings)
        emit(options, moved.to_dict, lambda: movers_sections(moved, language()))
        return
    from lsstd.robustness.readings import readings_envelope

    result = options.result(file)
    default = result.standard.default_readings
    held = {key: option for key, option in result.readings.items() if option != default[key]}  # a scenario's, too
    found = readings_envelope(result.standard, result.assessment, {**held, **options.readings})
    emit(options, found.to_dict, lambda: envelope_sections(found, language()))
