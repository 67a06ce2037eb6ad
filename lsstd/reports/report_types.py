"""The types of reports: how the parameters of each are read, and the sections that are made of what they name.

A reader returns all that its report rests on, or raises an `LsstdError` with everything that is wrong in any of the
files, at once. The sections are made from that basis and nothing else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lsstd.assessment.assessment import Assessment
from lsstd.changes.reform import Reform, apply_all, protecting
from lsstd.engine.result import ConditionFailed
from lsstd.errors import InvalidFile, LsstdError, Problem, ReportError
from lsstd.files.assessments import changed_by, load_reform
from lsstd.files.cases import Case, read_case
from lsstd.files.places import DEFAULT_STANDARD, TABLES, data, example, examples
from lsstd.files.reading import in_folder, read_bytes
from lsstd.files.standards import load_standard
from lsstd.pages.blocks import Block, Figure, Pairs, Section, labelled, numbered
from lsstd.reports.record import PAGE, Basis, SourceFile, digest_of, record_of, without_contacts, without_unused
from lsstd.reports.render import render, title_of
from lsstd.reports.templates import load_template
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, msg, same

if TYPE_CHECKING:
    from lsstd.panel.portfolio import Portfolio
    from lsstd.panel.supply_chain import Chain
    from lsstd.population.impact import Impact

_PAGES = {"base": "base_page", "portfolio": "portfolio_page", "profile": "supply_chain_page", "impact": "impact_page"}


def read_base(
    assessment: str,
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    condition_failed: str = "withhold",
) -> Basis:
    """Return what the report of one subject rests on: a file (an assessment or a scenario), or an example's name.

    An empty standard is the one that the assessment names; readings replace its defaults; reforms are applied in order.
    """
    files = [file_of(assessment)]
    (case,) = read_cases(files, standard, readings, [load_reform(Path(path)) for path in reforms])
    return base_of(case, sources_of([*files, *map(Path, reforms)]), condition_failed)


def base_of(case: Case, sources: tuple[SourceFile, ...], condition_failed: str = "withhold") -> Basis:
    """Return what the report of one subject rests on, by its case."""
    basis = Basis(
        "base", case.standard, case.reforms, case.readings, (case,), (), None, sources, _shown(condition_failed)
    )
    if not basis.reformed.scored_rows:
        title = msg("this report is for standards with points")
        expected = msg("a standard with points")
        raise ReportError(title, [Problem("standard", same(case.standard.standard), expected)])
    return basis


def is_table(file: Path) -> bool:
    """Say whether a file holds a population, one line a subject."""
    return file.suffix.lower() in TABLES


def read_subjects(
    table: Path,
    standard: Standard | str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    condition_failed: str = "withhold",
    **_: object,
) -> dict[str, Callable[[], Basis]]:
    """Return the subjects of a population's table by id, each with a function that reads the basis of its report.

    The source of such a report is the subject's line alone, so that only changed lines need a new report.
    """
    from lsstd.population.partitions import in_memory, open_population
    from lsstd.population.population import assessment_of

    against = load_standard(standard or DEFAULT_STANDARD) if isinstance(standard, str) else standard
    applied, chosen = tuple(load_reform(Path(path)) for path in reforms), dict(readings or {})
    apply_all(against, applied).choose_readings(chosen)
    population = in_memory(open_population(table, against), str(table))
    others = sources_of([Path(path) for path in reforms])

    def read(place: int, name: str) -> Basis:
        case = without_contacts(Case(name, against, assessment_of(population, place), chosen, applied))
        line = SourceFile(f"{table.name} › {name}", digest_of(case.assessment.plain()))
        return base_of(case, (line, *others), condition_failed)

    return {name: partial(read, place, name) for place, name in enumerate(population.ids)}


def read_portfolio(
    assessments: Sequence[str] = (),
    before: Sequence[str] = (),
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[str] = (),
    condition_failed: str = "withhold",
) -> Basis:
    """Return what the report of many subjects rests on: files or folders, of this round and of the one before.

    Where none is given, both rounds of the made-up example are taken; all else holds for both rounds.
    """
    from lsstd.panel.portfolio import portfolio

    now, old = (assessments_in(names) for names in (assessments, before))
    if not now and not old:
        now, old = (assessments_in([str(data() / "portfolio" / year)]) for year in ("2024", "2023"))
    if not now:
        title = msg("no assessments of this round to compare the last one with")
        raise ReportError(title, [Problem("assessments", same("[]"), msg("files of this round"))])
    this, last = _rounds([now, old], standard, readings, [load_reform(Path(path)) for path in reforms])
    first, sources = this[0], sources_of([*now, *old])
    basis = Basis(
        "portfolio", first.standard, first.reforms, first.readings, this, last, None, sources, _shown(condition_failed)
    )
    portfolio(basis.results, basis.earlier_results)  # refuses what cannot stand side by side
    return basis


def read_profile(assessments: str | Sequence[str] = (), standard: str = "") -> Basis:
    """Return what the profile of a supply chain rests on: a file for each party, or folders of them.

    One file is one party's own profile; where none is given, the made-up example is taken.
    """
    from lsstd.panel.supply_chain import chain

    names = [assessments] if isinstance(assessments, str) else list(assessments)
    files = assessments_in(names) or assessments_in([str(data() / "chain")])
    (cases,) = _rounds([files], standard)
    basis = Basis("profile", cases[0].standard, cases=cases, sources=sources_of(files))
    chain(basis.standard, parties_of(cases))  # refuses what has no topics
    return basis


def read_impact(
    reform: str | Sequence[str] = "",
    population: str = "",
    standard: str = "",
    readings: Mapping[str, str] | None = None,
    protect: Sequence[Mapping[str, str]] = (),
) -> Basis:
    """Return what the report of a reform's impact rests on: files of reforms, applied in order, and a population.

    A population is a table (CSV, .xlsx, Parquet) or a folder of assessments; for what is empty, the made-up example
    is taken, and for the standard the one that the first reform names.
    """
    from lsstd.population.partitions import in_memory, open_population

    names = [reform] if isinstance(reform, str) else reform
    files = [Path(name) for name in names if name] or [data() / "reforms" / "aaaa_from_440.yaml"]
    reforms = protecting([load_reform(file) for file in files], protect)
    before = load_standard(standard or changed_by(files[0], reforms[0]))
    apply_all(before, reforms)
    before.choose_readings(dict(readings or {}))
    table = Path(population) if population else data() / "populations" / "made_up_60.csv"
    people = without_unused(in_memory(open_population(table, before), str(table)), reforms)
    sources = sources_of([*files, *([table] if table.is_file() else [])])
    return Basis("impact", before, reforms, dict(readings or {}), population=people, sources=sources)


def _read(read: Callable[..., Basis], issuer: str = "", lang: str = "zh", **values: Any) -> Basis:
    """Return what a report rests on that also says who issues it; all types of reports take issuer and language."""
    check_choice("lang", lang, ("zh", "en"))
    return replace(read(**values), issuer=issuer)


READERS: dict[str, Callable[..., Basis]] = {
    "base": partial(_read, read_base),
    "portfolio": partial(_read, read_portfolio),
    "profile": partial(_read, read_profile),
    "impact": partial(_read, read_impact),
}
"""The reader of each type of report; its parameters are those of the template."""


def read_cases(
    files: Sequence[Path],
    standard: Standard | str = "",
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
) -> tuple[Case, ...]:
    """Return the case of each file, without whatever no number of a report rests on.

    Raises
    ------
    LsstdError
        Every problem of every file, each with its file's name; those of a single file as they are.
    """
    against = load_standard(standard) if isinstance(standard, str) and standard else standard or None
    cases, problems = [], []
    for file, name in zip(files, short_names(files), strict=True):
        try:
            cases.append(without_contacts(read_case(file, against, readings or {}, reforms)))
        except LsstdError as error:
            if len(files) == 1:
                raise
            problems += _named(error, name)
    if problems:
        raise InvalidFile(msg("files that cannot be used"), problems)
    return tuple(cases)


def _named(error: LsstdError, name: str) -> list[Problem]:
    """Return the problems of one file, each with the file's name."""
    if not error.problems:
        return [Problem(name, error.title, msg("a valid assessment"))]
    return [
        replace(problem, where=name if Path(problem.where).name == Path(name).name else f"{name} › {problem.where}")
        for problem in error.problems
    ]


def _rounds(
    rounds: Sequence[Sequence[Path]],
    standard: str,
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
) -> list[tuple[Case, ...]]:
    """Return the cases of each round; no file counts twice, and all of a round are of one edition of one standard."""
    files = [file for one in rounds for file in one]
    count = Counter(file.resolve() for file in files)
    found, expected = msg("given more than once"), same("1 ×")
    if problems := [Problem(str(file), found, expected) for file in count if count[file] > 1]:
        raise InvalidFile(msg("a file is given twice"), problems)
    read = iter(zip(short_names(files), read_cases(files, standard, readings, reforms), strict=True))
    cases = []
    for one in rounds:
        named = list(islice(read, len(one)))
        editions = [same(f"{case.standard.standard} {case.standard.edition}") for _, case in named]
        kinds = [(case.standard.standard, case.standard.sha256) for _, case in named]
        problems = [
            Problem(name, edition, editions[0])
            for (name, _), edition, kind in zip(named, editions, kinds, strict=True)
            if kind != kinds[0]
        ]
        if problems:
            raise InvalidFile(msg("the files are of different standards"), problems)
        cases.append(tuple(case for _, case in named))
    return cases


def parties_of(cases: Sequence[Case]) -> dict[str, Assessment]:
    """Return the assessments by party, or by file where none is named; a second of one party bears a number."""
    parties: dict[str, Assessment] = {}
    for case in cases:
        party = name = case.assessment.subject.party or case.name
        number = 1
        while name in parties:
            number += 1
            name = f"{party} {number}"
        parties[name] = case.assessment
    return parties


def assessments_in(names: Sequence[str]) -> list[Path]:
    """Return the files that are named, and in the place of a folder those in it."""
    files: list[Path] = []
    for path in map(Path, names):
        files += in_folder(path) if path.is_dir() else [path]
    return files


def file_of(name: str) -> Path:
    """Return the file that a parameter names; an example goes by its name unless a file of that name exists."""
    return example(name) if name in examples() and not Path(name).exists() else Path(name)


def check_choice(name: str, found: str, choices: Sequence[str]) -> None:
    """Refuse an unknown choice before the first page is made."""
    if found not in choices:
        problem = Problem(name, same(clip(found)), same(" / ".join(choices)))
        raise ReportError(msg("an invalid parameter"), [problem])


def _shown(condition_failed: str) -> ConditionFailed:
    """Return whether the grade by score is shown where a condition is not met."""
    check_choice("condition_failed", condition_failed, ("withhold", "report"))
    return cast(ConditionFailed, condition_failed)


def has_points(file: Path, standard: str = "") -> bool:
    """Return whether a file is assessed under a standard with points rather than one of topics."""
    return bool(read_case(file, load_standard(standard) if standard else None).standard.scored_rows)


def sources_of(files: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Return the hash of each file, in order, by a name that distinguishes it from the others."""
    hashes = (hashlib.sha256(read_bytes(file)).hexdigest() for file in files)
    return tuple(SourceFile(name, sha256) for name, sha256 in zip(short_names(files), hashes, strict=True))


def short_names(files: Sequence[Path]) -> list[str]:
    """Return each file by the end of its path, as long as it takes to tell all apart."""
    longest = max((len(file.parts) for file in files), default=1)
    ends = (["/".join(file.parts[-length:]) for file in files] for length in range(1, longest + 1))
    return next(names for names in ends if len(set(names)) == len(files))


def sections(basis: Basis, lang: Lang, template: str = "") -> list[Section]:
    """Return the sections of a report, numbered, in its order; the last says what it was made from.

    One that is made within a page (`PAGE`) is without what needs more than the core: the cheapest way up, and charts,
    whose numbers stand in the tables.
    """
    page: Any = import_module(f"lsstd.pages.{_PAGES[basis.kind]}")  # a base's own needs neither pandas nor matplotlib
    subject, lacking = _subject(basis)
    content = (subject, list(basis.reforms)) if basis.kind == "impact" else subject
    left_out = {f"{basis.kind}.{name}" for name in ("sources", lacking, *(["way_up"] if template == PAGE else []))}
    cover, *pieces = (piece(content, lang) for key, piece in page.PIECES.items() if key not in left_out)
    shown = [_issued(cover, basis, lang), *pieces, page.sources(subject, lang, basis.provenance(lang))]
    if template == PAGE:
        shown = [replace(one, blocks=tuple(b for b in one.blocks if not isinstance(b, Figure))) for one in shown]
    return numbered(shown, lang)


def render_basis(basis: Basis, lang: Lang, kind: str, template: str = "") -> bytes:
    """Return the report of a basis as a file of this format, by the packaged template of its kind, or as `PAGE`."""
    shown = sections(basis, lang, template)
    title = title_of(shown, load_template(basis.kind).title, lang)
    return render(kind, shown, title, lang, record_of(basis, shown, lang, template or basis.kind), day=basis.day)


def _issued(cover: Section, basis: Basis, lang: Lang) -> Section:
    """Return a cover that also says who issues the report, of which day it is, and its id."""
    day = msg("Reference day")
    more: list[tuple[Text, object]] = [(msg("Issued by"), basis.issued_by or msg("(no issuer given)"))]
    blocks: list[Block] = []
    for block in cover.blocks:
        if isinstance(block, Pairs):
            dated = day.to(lang) in (label for label, _ in block.rows)
            more += [(day, basis.day)] if not dated and basis.day else []
            block = Pairs((*block.rows, *labelled(lang, [*more, (msg("Document no."), basis.document_id(lang))])))
        blocks.append(block)
    return replace(cover, blocks=tuple(blocks))


def _subject(basis: Basis) -> tuple[Any, str]:
    """Return what a report is about, and the name of the piece that it lacks, if any."""
    if basis.kind == "base":
        return basis.result, ""
    if basis.kind == "portfolio":
        many = portfolio_of(basis)
        return many, "" if many.change else "change"
    if basis.kind == "profile":
        chain = chain_of(basis)
        return chain, "differences" if len(chain.parties) == 1 else "explanation"
    return impact_of(basis), ""


def portfolio_of(basis: Basis) -> Portfolio:
    """Return the portfolio that a report is about."""
    from lsstd.panel.portfolio import portfolio

    return portfolio(basis.results, basis.earlier_results, dict(basis.sources))


def chain_of(basis: Basis) -> Chain:
    """Return the supply chain, or the one party, that a report is about."""
    from lsstd.panel.supply_chain import chain

    return chain(basis.standard, parties_of(basis.cases), dict(basis.sources))


def impact_of(basis: Basis) -> Impact:
    """Return the impact that a report is about."""
    from lsstd.population.impact import impact

    assert basis.population is not None
    protect = [group for reform in basis.reforms for group in reform.protect]
    return impact(basis.population, basis.standard, basis.reformed, dict(basis.readings), protect)
