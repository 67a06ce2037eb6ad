"""What the parameters of a report mean: each of these reads all that the report rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lsstd.assessment.assessment import Assessment
from lsstd.changes.reform import apply_all
from lsstd.errors import InvalidFile, Problem, ReportError
from lsstd.files.assessments import load_reform
from lsstd.files.cases import Case, read_case
from lsstd.files.places import data, example, examples
from lsstd.files.reading import in_folder
from lsstd.files.standards import load_standard
from lsstd.panel.supply_chain import chain
from lsstd.reports.basis import Basis, read_cases, sources_of, without_more
from lsstd.reports.many import listed_once, short_names
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, same


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


def read_portfolio(
    assessments: Sequence[str] = (),
    before: Sequence[str] = (),
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    lang: str = "zh",
) -> Basis:
    """Return what the report of many subjects rests on.

    Parameters
    ----------
    assessments, before : sequence of str
        Files of assessments, or folders of them: of this round and of the one before; both rounds of the made-up
        example where none is given.
    standard, readings, reforms, lang
        As for `read_base`; they hold for both rounds.

    Raises
    ------
    LsstdError
        With everything that is wrong in any of the files.
    """
    from lsstd.panel.portfolio import portfolio

    check_language(lang)
    now, old = (assessments_in(given) for given in (assessments, before))
    if not now and not old:
        now, old = (assessments_in([str(data() / "portfolio" / year)]) for year in ("2024", "2023"))
    if not now:
        title = Text("没有本轮的评价文件，上一轮无从对照", "no assessments of this round to hold the last one against")
        raise ReportError(title, [Problem("assessments", same("[]"), Text("本轮的文件", "files of this round"))])
    files = [*now, *old]
    listed_once(files)
    chosen = load_standard(standard) if standard else None
    cases = read_cases(files, chosen, readings or {}, [load_reform(path) for path in reforms])
    names, this, last = short_names(files), cases[: len(now)], cases[len(now) :]
    for cases_of_one, named in ((this, names), (last, names[len(now) :])):
        one_standard([case.standard for case in cases_of_one], named)
    first = next(iter((*this, *last)))
    found = Basis("portfolio", first.standard, first.reforms, first.readings, this, last, sources=sources_of(files))
    portfolio(found.results, found.earlier_results)  # what cannot stand side by side is told here
    return found


def read_profile(assessments: str | Sequence[str] = (), standard: str = "", lang: str = "zh") -> Basis:
    """Return what the profile of a supply chain rests on; one file is one party's own profile.

    Parameters
    ----------
    assessments : sequence of str
        A file a party, or folders of them; the made-up example where none is given.
    standard, lang
        As for `read_base`; the standard is one of topics.

    Raises
    ------
    LsstdError
        With everything that is wrong in any of the files.
    """
    check_language(lang)
    given = [assessments] if isinstance(assessments, str) else list(assessments)
    files = assessments_in(given) or assessments_in([str(data() / "chain")])
    listed_once(files)
    cases = read_cases(files, load_standard(standard) if standard else None, {}, ())
    one_standard([case.standard for case in cases], short_names(files))
    found = Basis("profile", cases[0].standard, cases=cases, sources=sources_of(files))
    chain(found.standard, parties_of(cases))
    return found


def parties_of(cases: Sequence[Case]) -> dict[str, Assessment]:
    """Return the assessments by party, or by file where none is named; a second of one party bears a number."""
    found: dict[str, Assessment] = {}
    for case in cases:
        party = name = case.assessment.subject.party or case.name
        number = 1
        while name in found:
            number += 1
            name = f"{party} {number}"
        found[name] = case.assessment
    return found


def one_standard(standards: Sequence[Standard], names: Sequence[str]) -> None:
    """Refuse files of several standards, or of several editions of one."""
    first = standards[0] if standards else None
    problems = [
        Problem(name, same(f"{other.standard} {other.edition}"), same(f"{first.standard} {first.edition}"))
        for name, other in zip(names, standards, strict=False)
        if first and (other.standard, other.sha256) != (first.standard, first.sha256)
    ]
    if problems:
        raise InvalidFile(Text("各文件所用的标准不同", "the files are of different standards"), problems)


def assessments_in(names: Sequence[str]) -> list[Path]:
    """Return the files that are named, and in the place of a folder those in it."""
    found: list[Path] = []
    for name in names:
        path = Path(name)
        found += in_folder(path) if path.is_dir() else [path]
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
    from lsstd.population.population import load_population

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
