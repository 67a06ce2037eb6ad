"""The commands on populations: ``impact``, ``population generate``, ``anonymise``, ``gather``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsstd.cli.language import language
from lsstd.cli.options import (
    DEFAULT_STANDARD,
    FORCE,
    JSON,
    PATH,
    READING,
    STANDARD,
    Options,
    argument,
    command,
    option,
    output,
    path_to_write,
)
from lsstd.cli.output import emit, note, write_sections
from lsstd.errors import LsstdError, Problem
from lsstd.words import Text

if TYPE_CHECKING:
    from lsstd.population.population import Population

WHOM = Text("总体：CSV、Parquet 或文件夹", "population: CSV, Parquet or folder")
AGAINST = option("--standard PATH_OR_ID", Text("所依标准", "the standard"), name="against", default=DEFAULT_STANDARD)
CSV = path_to_write("FILE", Text("输出的 CSV 文件", "CSV file to write"))
SEED = option("--seed N", Text("随机种子", "random seed"), int, default=0)
COUNT = option("-n --count N", Text("数量", "number of subjects"), click.IntRange(1, 10_000_000), default=1000)


@command(
    Text("调整方案改了什么、影响了谁", "What reforms change, and whom they affect"),
    argument("REFORM…", Text("调整方案，依次应用", "reforms, applied in order"), "reform"),
    option("--population P", WHOM, PATH),
    option("--table", Text("只出修改对照表", "print the table of amendments only")),
    output("FILE", Text("报告 .html，或对照表 .docx、.xlsx", "report (.html), or table (.docx, .xlsx)")),
    *(STANDARD, READING, FORCE, JSON),
)
def impact(population: Path | None, table: bool, options: Options) -> None:
    """Print or write what reforms change and whom they affect."""
    from lsstd.changes.diff import amendments_of
    from lsstd.changes.reform import apply_all
    from lsstd.files.standards import load_standard
    from lsstd.pages.listings import AMENDMENTS, amendments

    lang, reforms, output = language(), options.reforms, options.output
    before = load_standard(options.standard or reforms[0].standard)
    after = apply_all(before, reforms)
    if table or (output is not None and output.suffix.lower() != ".html"):
        changes, sections = amendments_of(before, reforms), [amendments(before, reforms, lang)]
        write_sections(sections, AMENDMENTS, options)
        emit(options, lambda: [{**each.to_dict(lang), "reason": why} for each, why in changes], lambda: sections)
        return
    if population is None:
        expected = Text("总体文件，或 --table", "a population, or --table")
        problem = Problem("--population", Text("缺失", "missing"), expected)
        raise LsstdError(Text("需要 --population", "--population is required"), [problem])
    if output is not None:
        _write_report(population, output, options)
        return
    from lsstd.pages.impact_page import overview
    from lsstd.population.impact import impact as of
    from lsstd.population.population import load_population

    found = of(load_population(population, before), before, after, options.readings)
    emit(options, found.to_dict, lambda: overview(found, lang))


def _write_report(population: Path, output: Path, options: Options) -> None:
    """Write the impact report as one HTML file."""
    from lsstd.files.writing import check_writable, write_whole
    from lsstd.reports.batch import render_basis
    from lsstd.reports.inputs import read_impact

    check_writable(output, options.force)
    reforms = [str(path) for path in options.reform]
    basis = read_impact(reforms, str(population), options.standard or "", options.readings, language())
    write_whole(output, render_basis(basis, language(), "html"), options.force)
    note(Text(f"报告已写入 {output}", f"report written to {output}"))


@command(
    Text("按假设生成合成总体", "Generate a synthetic population from assumptions"),
    argument("ASSUMPTIONS", Text("假设文件", "file of assumptions"), "assumptions"),
    *(CSV, COUNT, SEED, AGAINST, FORCE),
)
def generate(assumptions: Path, path: Path, count: int, seed: int, against: str, options: Options) -> None:
    """Write a synthetic population."""
    from lsstd.files.standards import load_standard
    from lsstd.population.synthetic import load_assumptions, synthetic

    standard = load_standard(against)
    _write(synthetic(load_assumptions(assumptions, standard), standard, count, seed), path, options)


@command(
    Text("去除身份信息，打乱次序", "Remove whatever identifies a subject, and shuffle"),
    *(argument("POPULATION", WHOM, "population"), CSV, SEED, AGAINST, FORCE),
)
def anonymise(population: Path, path: Path, seed: int, against: str, options: Options) -> None:
    """Write a population without what identifies its subjects."""
    from lsstd.files.standards import load_standard
    from lsstd.population.population import anonymise as anonymised
    from lsstd.population.population import load_population

    safe, removed = anonymised(load_population(population, load_standard(against)), seed)
    _write(safe, path, options)
    note(Text(f"已去除：{', '.join(removed)}", f"removed: {', '.join(removed)}"))


@command(
    Text("把评价文件夹汇成一张表", "Gather a folder of assessments into one table"),
    argument("FOLDER", Text("评价文件夹", "folder of assessments"), "folder"),
    *(CSV, AGAINST, FORCE),
)
def gather(folder: Path, path: Path, against: str, options: Options) -> None:
    """Write a folder of assessments as one table."""
    from lsstd.files.standards import load_standard
    from lsstd.population.population import load_population

    _write(load_population(folder, load_standard(against)), path, options)


def _write(population: Population, path: Path, options: Options) -> None:
    from lsstd.files.writing import write_whole
    from lsstd.population.population import as_csv

    write_whole(path, as_csv(population), options.force)
    for message in population.notes:
        note(message)
    note(Text(f"{len(population)} 行已写入 {path}", f"{len(population)} rows written to {path}"))
