"""The commands ``population generate``, ``anonymise`` and ``gather``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsstd.cli.options import ForceOption, LangOption, language
from lsstd.words import Text

if TYPE_CHECKING:
    from lsstd.population.population import Population
    from lsstd.standard.standard import Standard

app = typer.Typer(
    help="总体：生成、匿名、汇集 Populations: generate, anonymise, gather",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
OutputOption = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="输出的 CSV 文件 the CSV to write")]
StandardOption = Annotated[str, typer.Option("--standard", metavar="PATH_OR_ID", help="所依标准 the standard")]
_DEFAULT = "hlj-base-evaluation"


@app.callback()
def main(lang: LangOption = None) -> None:
    """总体：生成、匿名、汇集 Populations: generate, anonymise, gather."""


@app.command()
def generate(
    assumptions: Annotated[Path, typer.Argument(metavar="ASSUMPTIONS", help="假设文件 the file of assumptions")],
    output: OutputOption,
    count: Annotated[int, typer.Option("-n", "--count", min=1, max=10_000_000, help="多少个 how many")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="随机种子 the seed")] = 0,
    standard: StandardOption = _DEFAULT,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """按假设生成合成总体 A synthetic population from assumptions."""
    from lsstd.population.synthetic import load_assumptions, synthetic

    against = _standard(standard)
    _write(synthetic(load_assumptions(assumptions, against), against, count, seed), output, force)


@app.command()
def anonymise(
    population: Annotated[Path, typer.Argument(metavar="POPULATION", help="总体文件 CSV, .xlsx, Parquet or a folder")],
    output: OutputOption,
    seed: Annotated[int, typer.Option("--seed", help="打乱次序的随机种子 the seed of the new order")] = 0,
    standard: StandardOption = _DEFAULT,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """去除身份信息 Remove whatever tells who a subject is."""
    from lsstd.population.population import anonymise as anonymised
    from lsstd.population.population import load_population

    safe, removed = anonymised(load_population(population, _standard(standard)), seed)
    _write(safe, output, force)
    sys.stderr.write(Text(f"已去除：{', '.join(removed)}\n", f"removed: {', '.join(removed)}\n").to(language()))


@app.command()
def gather(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="评价文件夹 a folder of assessments")],
    output: OutputOption,
    standard: StandardOption = _DEFAULT,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """把评价文件夹汇成一张表 One table from a folder of assessments."""
    from lsstd.population.population import load_population

    _write(load_population(folder, _standard(standard)), output, force)


def _standard(name: str) -> Standard:
    from lsstd.files.standards import load_standard

    return load_standard(name)


def _write(population: Population, output: Path, force: bool) -> None:
    from lsstd.files.writing import write_whole
    from lsstd.population.population import as_csv

    write_whole(output, as_csv(population), force)
    for note in population.notes:
        sys.stderr.write(note.to(language()) + "\n")
    sys.stderr.write(
        Text(f"{len(population)} 行已写入 {output}\n", f"{len(population)} rows in {output}\n").to(language())
    )
