"""The commands ``certificate`` and ``readings``."""

from __future__ import annotations

from pathlib import Path

from lsstd.cli.options import language, print_all, print_json, readings_of, result_of, standard_of

_TABLES = (".csv", ".xlsx", ".parquet")


def run_certificate(
    file: Path, standard: str | None, reading: list[str] | None, reforms: list[Path] | None, as_json: bool
) -> None:
    """Tell what a grade can bear."""
    from lsstd.robustness.certificate import certificate

    result = result_of(file, standard, reading, reforms)
    found = certificate(result.standard, result.assessment, result.readings)
    if as_json:
        print_json(found.to_dict())
        return
    from lsstd.pages.certainty import certificate_sheet

    print_all(certificate_sheet(found, language()))


def run_readings(
    file: Path, standard: str | None, reading: list[str] | None, reforms: list[Path] | None, as_json: bool
) -> None:
    """Tell the grade, of an assessment or of a population, under every combination of readings."""
    if file.is_dir() or file.suffix.lower() in _TABLES:
        _of_population(file, standard, reading, reforms, as_json)
        return
    from lsstd.robustness.reading_effects import readings_envelope

    result = result_of(file, standard, reading, reforms)
    usual = result.standard.default_readings
    chosen = {key: option for key, option in result.readings.items() if option != usual[key]}  # a scenario's own, too
    found = readings_envelope(result.standard, result.assessment, {**chosen, **readings_of(reading)})
    if as_json:
        print_json(found.to_dict())
        return
    from lsstd.pages.certainty import envelope_sheet

    print_all(envelope_sheet(found, language()))


def _of_population(
    file: Path, standard: str | None, reading: list[str] | None, reforms: list[Path] | None, as_json: bool
) -> None:
    from lsstd.changes.reform import apply_all
    from lsstd.population.population import load_population
    from lsstd.robustness.reading_effects import population_readings

    chosen, loaded = standard_of(standard or "hlj-base-evaluation", reforms)
    assert chosen is not None
    found = population_readings(load_population(file, chosen), apply_all(chosen, loaded), readings_of(reading))
    if as_json:
        print_json(found.to_dict())
        return
    from lsstd.pages.certainty import movers_sheet

    print_all(movers_sheet(found, language()))
