"""What the parameters of an impact report mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lsstd.analysis.impact import impact
from lsstd.analysis.moved import Impact
from lsstd.analysis.population import load_population
from lsstd.drafting.reform import Reform, apply_all
from lsstd.files.changes import load_reform
from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.reports.input import check_language


def moved(
    reform: str | Sequence[str] = "",
    population: str = "",
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    lang: str = "zh",
) -> tuple[Impact, list[Reform]]:
    """Return the impact that a report is about, and its reforms.

    Parameters
    ----------
    reform : str or sequence of str
        Files of reforms, applied in order; empty for the made-up example.
    population : str
        A CSV, .xlsx or Parquet file, or a folder of assessments; empty for the made-up example.
    standard, readings, lang
        As for `lsstd.reports.input.evaluated`.

    Raises
    ------
    LsstdError
        With everything that is wrong.
    """
    check_language(lang)
    files = [reform] if isinstance(reform, str) else list(reform)
    example_files = [data() / "reforms" / "aaaa_from_440.yaml"]
    reforms = [load_reform(file) for file in (files if any(files) else example_files)]
    before = load_standard(standard or reforms[0].standard)
    people = load_population(population or data() / "populations" / "made_up_60.csv", before)
    return impact(people, before, apply_all(before, reforms), dict(readings or {})), reforms
