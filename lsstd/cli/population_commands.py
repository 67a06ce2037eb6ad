"""The commands on populations: ``impact``, ``sweep``, ``cut-scores``, ``design``; ``population score`` and others.

A population comes from one file or many, and is computed here or on a Dask cluster.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsstd.cli.language import language
from lsstd.cli.options import (
    DEFAULT_STANDARD,
    FORCE,
    JSON,
    PATH,
    READING,
    SCORING,
    SEED,
    STANDARD,
    Options,
    argument,
    command,
    load_named,
    option,
    output,
    pairs_of,
    path_to_write,
)
from lsstd.cli.output import Streamed, draw_elsewhere, emit, note, print_json, progress, write_sections, wrong_usage
from lsstd.errors import LsstdError, Problem
from lsstd.files.places import TABLES
from lsstd.words import Text, clip, msg, noted, same

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pandas import DataFrame

    from lsstd.exact import Exact
    from lsstd.population.partitions import AnyPopulation
    from lsstd.population.population import Population
    from lsstd.standard.standard import Standard


WHOM = msg("population: CSV, Excel, Parquet, folder or pattern")
_HELP = msg("compute with Dask: at this address, else locally")
DASK = option("--dask [ADDRESS]", _HELP, str, is_flag=False, flag_value="")
_PATIENCE = 5  # seconds to wait for a cluster to answer
AGAINST = option("--standard PATH_OR_ID", msg("the standard"), name="against", default=DEFAULT_STANDARD)
TABLE = path_to_write("FILE", msg("table to write: .csv, .xlsx, .parquet"))
MOST_EXCEL_ROWS = 1_000_000  # a sheet has 1,048,576, some of them for heads and notes
REFORM_FILES = (".yaml", ".yml")
COUNT = option("-n --count N", msg("number of subjects"), click.IntRange(1, 10_000_000), default=1000)


@contextmanager
def opened_population(
    paths: Path | Sequence[Path], standard: Standard, dask: str | None = None
) -> Iterator[AnyPopulation]:
    """Yield a population, in parts where it is in several files or too large; its parts go to Dask if asked for."""
    from lsstd.population.partitions import Partitions, open_population

    sources = [paths] if isinstance(paths, Path) else list(paths)
    with ExitStack() as open_:
        executor = open_.enter_context(dask_executor(dask))
        people = open_population(sources[0] if len(sources) == 1 else sources, standard, executor=executor)
        if isinstance(people, Partitions) and len(people.parts) > 1:
            people = dataclasses.replace(people, on_part=open_.enter_context(progress()))
        yield people


def whole_population(path: Path, standard: Standard) -> Population:
    """Return a population for what cannot be computed in parts; raise `LsstdError` if it is in several files."""
    from lsstd.population.partitions import in_memory, open_population

    return in_memory(open_population(path, standard), str(path))


@contextmanager
def dask_executor(address: str | None) -> Iterator[Any]:
    """Yield an executor of the Dask cluster at an address; of one that is started here, where that is blank.

    Without any address yield None. Raises `LsstdError`: Dask is not installed, or there is no cluster at the address.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        found = Problem("--dask", msg("distributed is not installed"), msg("pip install 'lsstd[dask]'"))
        raise LsstdError(msg("Dask is missing"), [found]) from None
    from lsstd.workers import deaf_to_interrupts, executor_of

    for handler in logging.getLogger("distributed").handlers:
        handler.setLevel(logging.CRITICAL)  # interrupted, its threads would tell of closed connections at the end
    with ExitStack() as open_:
        if not address:
            quiet: dict[str, Any] = {"dashboard_address": "127.0.0.1:0", "silence_logs": logging.CRITICAL}
            with deaf_to_interrupts():  # what is in work is waited for, not killed with this process
                address = open_.enter_context(LocalCluster(threads_per_worker=1, host="127.0.0.1", **quiet))
        try:
            client = open_.enter_context(Client(address, timeout=_PATIENCE))
        except (OSError, TimeoutError, ValueError):
            expected = msg("the address of a running scheduler, such as tcp://127.0.0.1:8786")
            problem = Problem("--dask", same(address), expected)
            raise LsstdError(msg("no Dask cluster could be reached"), [problem]) from None
        yield executor_of(client)


@command(
    msg("What reforms change, and whom they affect"),
    argument("REFORM…", msg("reforms, applied in order"), "reform"),
    option("--population P", WHOM, PATH),
    option("--table", msg("print the table of amendments only")),
    option("--protect GROUP=VALUE", msg("a group that must not be harmed (repeatable)"), multiple=True),
    output("FILE", msg("report (.html, .docx, .xlsx, .pdf); without a population the table (.docx, .xlsx)")),
    *(STANDARD, READING, DASK, FORCE, JSON),
)
def impact(population: Path | None, table: bool, protect: tuple[str, ...], dask: str | None, options: Options) -> None:
    """Print or write what reforms change and whom they affect."""
    from lsstd.changes.diff import diff
    from lsstd.changes.reform import apply_all, protecting
    from lsstd.files.assessments import changed_by
    from lsstd.files.standards import load_standard
    from lsstd.pages.edition_page import AMENDMENTS, comparison

    groups = [{name: value} for name, value in pairs_of("--protect", protect, msg("GROUP=VALUE, such as size=small"))]
    lang, reforms, output = language(), protecting(options.reforms, groups), options.output
    before = load_standard(options.standard or changed_by(options.reform[0], reforms[0]))
    after = apply_all(before, reforms)
    if table or (output is not None and population is None):
        if protect:
            raise wrong_usage(msg("--protect goes with the report, not with the table of amendments"))
        found = diff(before, after, [(before, reform) for reform in reforms])
        sections = [comparison(found, lang)]
        write_sections(sections, AMENDMENTS, options, str(reforms[-1].effective or before.day))
        emit(options, lambda: found.to_list(lang), lambda: sections)
        return
    if population is None:
        expected = msg("a population, or --table")
        problem = Problem("--population", msg("missing"), expected)
        raise LsstdError(msg("--population is required"), [problem])
    if output is not None:
        _write_report(population, output, groups, options)
        return
    from lsstd.pages.impact_page import overview
    from lsstd.population.impact import impact as of

    protected = [group for reform in reforms for group in reform.protect]
    with opened_population(population, before, dask) as people:
        result = of(people, before, after, options.readings, protected)
    emit(options, lambda: result.to_dict(lang), lambda: overview(result, lang))


def _write_report(population: Path, output: Path, protect: list[dict[str, str]], options: Options) -> None:
    """Write the impact report, in the format that the file's name ends in."""
    from lsstd.files.writing import check_ending, check_writable, write_whole
    from lsstd.reports.report_types import read_impact, render_basis

    check_ending(output, ".html", ".docx", ".xlsx", ".pdf")
    draw_elsewhere()
    check_writable(output, options.force)
    reforms = [str(path) for path in options.reform]
    basis = read_impact(reforms, str(population), options.standard or "", options.readings, protect)
    write_whole(output, render_basis(basis, language(), output.suffix.lower()[1:]), options.force)
    note(msg("report written to {output}", output=output))


@command(
    msg("Grades of a population for each value of a line, a threshold, points or a weight"),
    argument("PATH", msg("what is varied, as a reform names it: lines.AAA"), "varied", str),
    argument("FROM:TO:STEP", msg("its values, both ends included"), "values", str),
    option("--population P", WHOM, PATH, required=True),
    option("--rescale INDICATOR", msg("whose rows keep the total (repeatable): indicators.…"), multiple=True),
    option("--points-step N", msg("these rows' points stay multiples of N"), float),
    option("--new-total", msg("let the total change with the points")),
    output("FILE", msg("page (.html), or table (.csv, .xlsx, .parquet)")),
    *(*SCORING, DASK, FORCE, JSON),
)
def sweep(
    varied: str,
    values: str,
    population: Path,
    rescale: tuple[str, ...],
    points_step: float | None,
    new_total: bool,
    dask: str | None,
    options: Options,
) -> None:
    """Print or write the grades along one path."""
    from lsstd.pages.population_page import sweep_sections
    from lsstd.population.sweep import sweep as of

    output, name = options.output, options.standard or DEFAULT_STANDARD
    restored = {"rescale": rescale, "step": points_step} if rescale else ()
    over, read_against, standard = {varied: _range(values)}, load_named(name), options.reformed(name)
    with opened_population(population, read_against, dask) as people:
        found = of(people, standard, over, options.readings, restore_total=restored, new_total=new_total)
    if output is not None and output.suffix.lower() in TABLES:
        write_frames([found.table], output, msg("Sweep"), found.notes, options)
    elif output is not None:
        write_sections(sweep_sections(found, language()), msg("Sweep"), options)
    emit(options, found.to_dict, lambda: sweep_sections(found, language()))


def _range(text: str) -> list[Exact]:
    """Return the values that FROM:TO:STEP stands for, exactly, both ends included.

    Raises
    ------
    LsstdError
        Other than three numbers, or numbers that lead nowhere.
    """
    from lsstd.exact import whole
    from lsstd.numerals import narrow, number_in
    from lsstd.population.sweep import MOST_VALUES

    count = 0
    with suppress(ValueError, TypeError):  # not three, not numbers, or blank
        start, end, step = map(number_in, narrow(text).split(":"))
        count = (end - start) // step + 1 if step else 0  # type: ignore[operator]
    if not 1 <= count <= MOST_VALUES:
        expected = msg("FROM:TO:STEP, such as 380:430:5, with 1 to {most} values", most=MOST_VALUES)
        raise LsstdError(msg("invalid values"), [Problem("FROM:TO:STEP", same(clip(text)), expected)])
    return [whole(start + i * step) for i in range(count)]  # type: ignore[operator]


@command(
    msg("Grade lines that fit experts' judgements best"),
    argument("JUDGEMENTS", msg("id, expert, grade: CSV or Excel"), "judgements"),
    option("--population P", WHOM, PATH, required=True),
    option("--resamples N", msg("of the bootstrap"), click.IntRange(0, 10_000), default=200),
    output("FILE", msg("reform (.yaml), or page (.html, .docx, .xlsx)")),
    *(SEED, *SCORING, FORCE, JSON),
    name="cut-scores",
)
def cut_scores(judgements: Path, population: Path, resamples: int, seed: int, options: Options) -> None:
    """Print or write the lines that fit judgements best, or write them as a reform."""
    from lsstd.files.strict_yaml import to_yaml
    from lsstd.files.writing import MARK, write_whole
    from lsstd.pages.population_page import CUT_SCORES, cut_score_sections
    from lsstd.planning.cut_scores import cut_scores as of

    name, output = options.standard or DEFAULT_STANDARD, options.output
    people, standard = whole_population(population, load_named(name)), options.reformed(name)
    found = of(people, standard, judgements, options.readings, resamples=resamples, seed=seed)
    is_reform = output is not None and output.suffix.lower() in (".yaml", ".yml")
    if output is not None and is_reform:
        write_whole(output, f"# {MARK}\n{to_yaml(found.to_dict()['reform'])}".encode(), options.force)
        note(msg("{title} written to {output}", title=msg("Reform"), output=output))
    title = None if is_reform else CUT_SCORES
    emit(options, lambda: found.to_dict(language()), lambda: cut_score_sections(found, language()), title)


@command(
    msg("The smallest reform that reaches goals"),
    argument("GOALS", msg("what is to be reached (YAML, JSON)"), "goals"),
    option("--population P", WHOM, PATH, required=True),
    option(
        "--time-limit SECONDS",
        msg("when the search for rows' points ends"),
        click.FloatRange(0, min_open=True),
        default=30.0,
    ),
    option("--refits N", msg("resampled populations to search again"), click.IntRange(0, 1000), default=20),
    output("FILE", msg("reform (.yaml), or page (.html, .docx, .xlsx)")),
    *(SEED, FORCE, *SCORING, DASK, JSON),
)
def design(
    goals: Path, population: Path, time_limit: float, refits: int, seed: int, dask: str | None, options: Options
) -> bool | None:
    """Print the smallest reform that reaches goals, or write it; False where none does that could be written."""
    from lsstd.changes.reform import apply_all
    from lsstd.files.reading import read_plain
    from lsstd.files.writing import check_ending, check_writable, write_yaml
    from lsstd.pages import design_page as page
    from lsstd.pages.terminal import print_sections
    from lsstd.planning.design import design as of

    lang, output = language(), options.output
    if output is not None:
        check_ending(output, *REFORM_FILES, ".html", ".htm", ".docx", ".xlsx", ".pdf")
        check_writable(output, options.force)
    read_against = load_named(options.standard or read_plain(goals).standard or DEFAULT_STANDARD)
    standard = apply_all(read_against, options.reforms)
    with opened_population(population, read_against, dask) as people:
        found = of(people, standard, goals, options.readings, time_limit=time_limit, refits=refits, seed=seed)
    sections = partial(page.design_sections, found, lang)
    if output is None or output.suffix.lower() not in REFORM_FILES:
        emit(options, lambda: found.to_dict(lang), sections, page.TITLE)
        return None
    if found.is_reached:
        write_yaml(output, found.reform_values, options.force)
        note(msg("written to {path}", path=output))
    else:
        note(msg("no reform reaches all goals: nothing was written to {path}", path=output))
    if options.as_json:
        print_json(found.to_dict(lang))
    elif not found.is_reached:
        print_sections(sections())
    return found.is_reached


@command(
    msg("Score, grade and indicators of every subject"),
    argument("POPULATION…", WHOM, "population"),
    output("FILE", msg("table to write: .csv, .xlsx, .parquet")),
    *(*SCORING, DASK, FORCE, JSON),
    name="score",
)
def score_(population: tuple[Path, ...], dask: str | None, options: Options) -> None:
    """Print or write the scores of a population."""
    from lsstd.engine.verdict import self_assessment
    from lsstd.files.writing import check_writable
    from lsstd.pages.population_page import scores_sections
    from lsstd.population.ranking import ranking

    name = options.standard or DEFAULT_STANDARD
    read_against, standard = load_named(name), options.reformed(name)
    if options.output is not None:
        check_writable(options.output, options.force)
    with opened_population(population, read_against, dask) as people:
        found = ranking(people, standard, options.readings)
        if options.output is not None:
            notes = (*found.census.notes, self_assessment(standard))
            write_frames(found.tables(), options.output, msg("Scores"), notes, options)
        subjects = Streamed(found.subjects())
        emit(options, lambda: {**found.to_dict(), "subjects": subjects}, lambda: scores_sections(found, language()))


@command(
    msg("Generate a synthetic population from assumptions"),
    argument("ASSUMPTIONS", msg("file of assumptions"), "assumptions"),
    *(TABLE, COUNT, SEED, STANDARD, FORCE),
)
def generate(assumptions: Path, path: Path, count: int, seed: int, options: Options) -> None:
    """Write a synthetic population of the standard that is named, else of the one that the assumptions name."""
    from lsstd.files.reading import read_plain
    from lsstd.files.standards import load_standard
    from lsstd.files.writing import check_writable
    from lsstd.population.synthetic import load_assumptions, made_up, synthetic_tables

    standard = load_standard(options.standard or read_plain(assumptions).standard or DEFAULT_STANDARD)
    note(msg("standard: {standard}", standard=noted(standard.standard, standard.edition)))
    assumed = load_assumptions(assumptions, standard)
    check_writable(path, options.force)
    tables = synthetic_tables(assumed, standard, count, seed)
    write_frames(tables, path, msg("Population"), (made_up(assumed, seed),), options)


@command(
    msg("Remove whatever identifies a subject, and shuffle"),
    *(argument("POPULATION", WHOM, "population"), TABLE, SEED, AGAINST, FORCE),
)
def anonymise(population: Path, path: Path, seed: int, against: str, options: Options) -> None:
    """Write a population without what identifies its subjects."""
    from lsstd.files.standards import load_standard
    from lsstd.population.population import anonymise as anonymised

    safe, removed = anonymised(whole_population(population, load_standard(against)), seed)
    _write(safe, path, options)
    note(msg("removed: {removed}", removed=", ".join(removed)))


@command(
    msg("Gather a folder of assessments into one table"),
    argument("FOLDER", msg("folder of assessments"), "folder"),
    *(TABLE, AGAINST, FORCE),
)
def gather(folder: Path, path: Path, against: str, options: Options) -> None:
    """Write a folder of assessments as one table."""
    from lsstd.files.reading import in_folder
    from lsstd.files.standards import load_standard
    from lsstd.population.population import load_population

    in_folder(folder)  # what is not a folder is reported as such, a table too
    _write(load_population(folder, load_standard(against)), path, options)


def _write(population: Population, path: Path, options: Options) -> None:
    title = msg("Population")
    write_frames([population.frame], path, title, population.notes, options)


def write_frames(frames: Iterable[DataFrame], path: Path, title: Text, notes: Iterable[Text], options: Options) -> None:
    """Write a table, part by part, by the ending of its file's name: CSV for Excel, a workbook, or Parquet."""
    from lsstd.files.writing import cannot_write, check_ending

    check_ending(path, *TABLES)
    if path.suffix.lower() == ".xlsx":
        from pandas import concat

        from lsstd.office.documents import write_table

        frame = concat(list(frames), ignore_index=True)
        if len(frame) > MOST_EXCEL_ROWS:
            found = msg("{count} rows", count=len(frame))
            raise cannot_write(path, found, msg("at most {most} rows, or .csv / .parquet", most=MOST_EXCEL_ROWS))
        count, told = len(frame), [note_.to(language()) for note_ in notes]
        cells = frame.astype(object).where(frame.notna(), None)
        write_table(path, title.to(language()), told, list(map(str, frame)), cells.to_numpy().tolist(), options.force)
    else:
        from lsstd.population.table_files import write_tables

        count = write_tables(path, frames, options.force)
    for message in notes:
        note(message)
    note(msg("{count} rows written to {path}", count=count, path=path))
