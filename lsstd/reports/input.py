"""What the parameters of a report mean: each of these reads all that the report rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lsstd.drafting.reform import apply_all
from lsstd.errors import Problem, ReportError
from lsstd.evaluation import read_case
from lsstd.files.changes import load_reform
from lsstd.files.examples import example, examples
from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.reports.basis import Basis, read_cases, sources_of, without_more
from lsstd.text import Text, clip, same


def read_base(
    assessment: str,
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    lang: str = "zh",
) -> Basis:
    """Return what the report of one subject rests on.

    Parameters
    ----------
    assessment : str
        A file (an assessment or a scenario), or the name of an example.
    standard : str
        An id or a file; empty for the one that the assessment names.
    readings : mapping of str to str
        Replaces the standard's defaults.
    reforms : sequence of str
        Files of reforms, applied in order.
    lang : {"zh", "en"}
        Checked here, so that a misspelt language stops the report before its first page.

    Raises
    ------
    LsstdError
        With everything that is wrong.
    """
    check_language(lang)
    files, changes = [file_of(assessment)], [Path(path) for path in reforms]
    chosen = load_standard(standard) if standard else None
    cases = read_cases(files, chosen, readings or {}, [load_reform(path) for path in changes])
    found = Basis(
        "base", cases[0].standard, cases[0].reforms, cases[0].readings, cases, sources=sources_of([*files, *changes])
    )
    if not found.reformed.scored_rows:
        told, expected = same(found.standard.standard), Text("有分值的标准", "a standard with points")
        title = Text("自评报告只适用于计分的标准", "this report is for standards with points")
        raise ReportError(title, [Problem("standard", told, expected)])
    return found


def read_impact(
    reform: str | Sequence[str] = "",
    population: str = "",
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    lang: str = "zh",
) -> Basis:
    """Return what the report of a reform's impact rests on.

    Parameters
    ----------
    reform : str or sequence of str
        Files of reforms, applied in order; empty for the made-up example.
    population : str
        A CSV, .xlsx or Parquet file, or a folder of assessments; empty for the made-up example.
    standard, readings, lang
        As for `read_base`; without a standard, that which the first reform names.

    Raises
    ------
    LsstdError
        With everything that is wrong.
    """
    from lsstd.analysis.population import load_population

    check_language(lang)
    given = [reform] if isinstance(reform, str) else list(reform)
    files = [Path(file) for file in given if file] or [data() / "reforms" / "aaaa_from_440.yaml"]
    reforms = tuple(load_reform(file) for file in files)
    before = load_standard(standard or reforms[0].standard)
    apply_all(before, reforms)
    before.choose_readings(dict(readings or {}))
    people = Path(population) if population else data() / "populations" / "made_up_60.csv"
    found = without_more(load_population(people, before), reforms)
    sources = sources_of([*files, *([people] if people.is_file() else [])])
    return Basis("impact", before, reforms, dict(readings or {}), population=found, sources=sources)


def file_of(name: str) -> Path:
    """Return the file that a parameter names; an example goes by its name where no file of one's own has it."""
    return example(name) if name in examples() and not Path(name).exists() else Path(name)


def check_language(lang: str) -> None:
    """Refuse a language that there is not, before the first page is made."""
    if lang not in ("zh", "en"):
        problem = Problem("lang", Text(clip(lang), clip(lang)), Text("zh 或 en", "zh or en"))
        raise ReportError(Text("参数无效", "an invalid parameter"), [problem])


def has_points(file: Path, standard: str = "") -> bool:
    """Say whether a file is held against a standard with points rather than one of topics."""
    chosen = load_standard(standard) if standard else None
    return bool(read_case(file, chosen).standard.scored_rows)
