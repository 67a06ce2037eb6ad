"""The commands of ``lsstd``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lsstd.cli import office, population, reports, robustness
from lsstd.cli.options import (
    FileArgument,
    FilesArgument,
    ForceOption,
    JsonOption,
    LangOption,
    ReadingOption,
    ReformOption,
    StandardOption,
    language,
    load_named,
    one_or_list,
    print_all,
    print_json,
    readings_of,
    result_of,
    standard_of,
)

if TYPE_CHECKING:
    from lsstd.engine.result import Result

app = typer.Typer(
    name="lsstd",
    help="直播电商地方标准：查阅、评分、报告。 Two standards on live-streaming e-commerce: reference, score, report.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(population.app, name="population")


def _print_version(wanted: bool) -> None:
    if wanted:
        import lsstd

        typer.echo(f"lsstd {lsstd.__version__}")
        raise typer.Exit


@app.callback()
def main(
    lang: LangOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="版本 the version")
    ] = False,
) -> None:
    """直播电商地方标准：查阅、评分、报告。 Two standards on live-streaming e-commerce: reference, score, report."""


@app.command()
def standards(as_json: JsonOption = False, lang: LangOption = None) -> None:
    """列出已编码的标准 List the standards that are encoded."""
    from lsstd.cli.standards import list_standards

    list_standards(as_json)


@app.command()
def schema(
    of: Annotated[str, typer.Argument(metavar="standard|assessment|reform", help="哪种文件 which kind of file")],
    lang: LangOption = None,
) -> None:
    """输出 JSON Schema，供编辑器补全与核对 JSON Schema, so that editors complete and check the YAML."""
    from lsstd.cli.standards import print_schema

    print_schema(of)


@app.command()
def show(
    standard: Annotated[str, typer.Argument(metavar="STANDARD", help="标准编号或文件 a standard's id or file")],
    clause: Annotated[
        str | None, typer.Option("--clause", metavar="C", help="只看此条 only this clause, such as 5.1.3")
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", metavar="PART", help="只看此部分 only this part, such as form, terms, bring")
    ] = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """查看标准的编码内容 Show what is encoded of a standard."""
    from lsstd.changes.reform import apply_all
    from lsstd.engine.catalogue import catalogue
    from lsstd.files.standards import load_crosswalks

    reformed = apply_all(load_named(standard), standard_of(None, reform)[1])
    whole = catalogue(reformed, language(), clause, load_crosswalks())
    if as_json:
        print_json(whole)
        return
    from lsstd.pages.reference import show_tables

    print_all(show_tables(whole, language(), part))


@app.command()
def assess(
    files: FilesArgument,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """评分：条件、得分、等级、差距 Conditions, score, grade and gaps of each file."""
    results = [result_of(file, standard, reading, reform) for file in files]
    if as_json:
        print_json(one_or_list([result.to_dict(language()) for result in results]))
        return
    from lsstd.pages.terminal import score_sheet

    for result in results:
        print_all(score_sheet(result, language()))


@app.command()
def explain(
    file: FileArgument,
    criterion: Annotated[
        str | None,
        typer.Argument(
            metavar="CRITERION",
            help="评价内容、指标或条件的编号，或行号；不写则说明结果 an id, or a row's number; none: the whole result",
        ),
    ] = None,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """说明一个数从何而来，或整个结果 Tell where one number comes from, or what the whole result means."""
    from lsstd.engine.explain import explain as explain_result
    from lsstd.engine.explain import lines

    result = result_of(file, standard, reading, reform)
    if criterion is None:
        _tell_whole(result, as_json)
        return
    step = explain_result(result, criterion)
    if as_json:
        print_json(step.to_dict(language()))
        return
    typer.echo("\n".join(lines(step, language())))


def _tell_whole(result: Result, as_json: bool) -> None:
    """Print what a result means, in paragraphs; to a reader with the verdict on top."""
    from lsstd.engine.narrative import narrative
    from lsstd.engine.verdict import verdict
    from lsstd.words import printable

    told = narrative(result)
    if as_json:
        print_json({"narrative": [text.to(language()) for text in told]})
        return
    typer.echo("\n\n".join(printable(text.to(language())) for text in (verdict(result), *told)))


@app.command()
def compare(
    file: FileArgument,
    others: Annotated[
        list[Path], typer.Argument(metavar="SCENARIO_OR_FILE…", help="情景或评价文件 scenarios, assessments")
    ],
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """与情景或往年评价对照 Compare with scenarios (played on FILE, whatever base they name), or earlier assessments."""
    from lsstd.files.cases import compare_files

    chosen, reforms = standard_of(standard, reform)
    found = compare_files(file, others, chosen, readings_of(reading), reforms)
    if as_json:
        print_json(found.to_list())
        return
    from lsstd.pages.terminal import comparison_tables

    print_all(comparison_tables(found, language()))


@app.command()
def impact(
    reforms: Annotated[list[Path], typer.Argument(metavar="REFORM…", help="调整方案 reforms, applied in order")],
    people: Annotated[
        Path | None,
        typer.Option("--population", metavar="P", help="总体：CSV、Parquet 或文件夹 CSV, Parquet or a folder"),
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="只出修改对照表 only the table of amendments")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="影响报告 .html，或对照表 .docx、.xlsx: the report, or the table"
        ),
    ] = None,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """调整方案改了什么、影响了谁 What reforms change, and whom they move."""
    from lsstd.cli.impact import run_impact

    run_impact(reforms, people, standard, reading, table, output, force, as_json)


@app.command()
def facts(
    file: FileArgument,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """列出每项事实及其用处 Each fact, and where it is used."""
    result = result_of(file, standard, reading, reform)
    if as_json:
        from lsstd.engine.catalogue import fact_list

        print_json(fact_list(result, language()))
        return
    from lsstd.pages.terminal import fact_census

    print_all(fact_census(result, language()))


@app.command()
def evidence(
    file: FileArgument,
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="佐证文件夹 where evidence lies, if not in evidence/")
    ] = None,
    rehash: Annotated[
        bool, typer.Option("--hash", help="登记文件与哈希，写到 -o Y.yaml note files and hashes, in -o Y.yaml")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="清单 .xlsx、.html: the checklist")
    ] = None,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """佐证材料：缺什么、到期或改动了什么 What proves what; what is missing, expired or changed."""
    from lsstd.cli.evidence import list_evidence, write_hashes

    if rehash:
        if reading or reform:
            raise typer.BadParameter("--hash: 不与 --reading、--reform 合用 not with --reading or --reform")
        write_hashes(file, folder, standard, output, force, as_json)
        return
    list_evidence(result_of(file, standard, reading, reform), file, folder, output, force, as_json)


@app.command()
def application(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE_OR_STANDARD", help="评价文件；或标准编号（空白表） an assessment; or a standard"),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="X.docx", help="输出的 Word 文件 the Word file")],
    template: Annotated[
        Path | None, typer.Option("--template", metavar="T.docx", help="改过的模板 a template that was edited")
    ] = None,
    as_template: Annotated[
        bool, typer.Option("--as-template", help="写出可在 Word、WPS 中改的模板 write the template itself, to edit")
    ] = False,
    date: Annotated[
        str | None, typer.Option("--date", metavar="DAY", help="填表时间，如 2025-01-15 the date of filling in")
    ] = None,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """填写申报表（Word） Fill in the application form; missing fields are listed and stay blank."""
    from lsstd.cli.application import source_of, write

    source = source_of(file, standard, reading, reform)
    write(source, output, template, as_template, date, force, as_json)


app.command()(office.workbook)
app.command("import")(office.import_workbook)
for command in (robustness.uncertainty, robustness.sensitivity, robustness.certificate, robustness.readings):
    app.command()(command)
app.command()(reports.report)
app.command()(reports.verify)


@app.command()
def lab(lang: LangOption = None) -> None:
    """在 JupyterLab 中打开笔记本 Open JupyterLab with the notebooks."""
    from lsstd.cli.lab import start_lab

    raise typer.Exit(start_lab())


@app.command(name="app")
def form(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="要填写的评价文件（可以尚不存在） the assessment, which need not exist yet"
        ),
    ] = None,
    standard: StandardOption = None,
    port: Annotated[int, typer.Option("--port", metavar="N", help="端口 port on this machine")] = 8866,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="不打开浏览器 open no browser")] = False,
    lang: LangOption = None,
) -> None:
    """在浏览器中填写自评表 Fill in the self-assessment in the browser."""
    from lsstd.cli.form import start_app

    start_app(file, standard, port, not no_browser)
