"""The commands ``report`` and ``verify``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lsstd.cli.options import (
    ForceOption,
    JsonOption,
    LangOption,
    ReadingOption,
    ReformOption,
    StandardOption,
    language,
    one_or_list,
    print_all,
    print_json,
    readings_of,
)
from lsstd.errors import FileError, LsstdError, Problem, ReportError
from lsstd.words import Text, same, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsstd.reports.batch import Made
    from lsstd.reports.plan import Order
    from lsstd.reports.templates import Template
    from lsstd.reports.verify import Verification


_MOST = 40  # differences of a report that are listed on a terminal


def report(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE…", help="评价文件（影响报告：调整方案） assessments (impact: reforms)"),
    ] = None,
    to: Annotated[
        str, typer.Option("--to", metavar="FORMATS", help="格式，逗号分隔 formats: html,pdf,docx,xlsx")
    ] = "html",
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="输出文件夹 the folder to write to")
    ] = Path("reports"),
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="NAME_OR_FILE", help="模板：名称或 .ipynb a template's name or notebook"),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="模板参数，可重复 a parameter of the template (repeatable)"),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", metavar="N", min=1, help="同时生成几份 so many at a time")
    ] = os.cpu_count() or 1,
    list_: Annotated[bool, typer.Option("--list", help="列出模板及其参数 list templates and their parameters")] = False,
    standard: StandardOption = None,
    reading: ReadingOption = None,
    reform: ReformOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """生成报告：一份或成百份；只做缺少的和有变化的 Reports, one or by the hundred; only what is missing or changed."""
    if list_:
        _list_templates(template, as_json)
        return
    from lsstd.files.reading import KINDS
    from lsstd.reports.plan import Order
    from lsstd.reports.render import check_formats
    from lsstd.reports.templates import load_template

    chosen = load_template(template) if template else None
    formats = tuple(dict.fromkeys(name.strip() for name in to.split(",")))
    check_formats(formats)
    if not files and (chosen is None or chosen.files is not None):
        raise typer.BadParameter("FILE…: 缺失 missing")
    options = {"standard": standard, "readings": readings_of(reading), "reforms": [str(path) for path in reform or ()]}
    values = _parameters(chosen or load_template("base"), parameters or (), options, bool(files))
    order = Order(tuple(_expanded(files or (), KINDS)), output, chosen, values, formats, language(), force)
    made, is_indexed = _made(order, jobs)
    if as_json:
        print_json({"files": [entry for report in made for entry in _entries(report)]})
    if len(made) > 1:
        failed, new = sum(not report.ok for report in made), sum(report.ok and report.is_new for report in made)
        _say(
            f"共 {len(made)} 份：新做 {new}，没有变化 {len(made) - new - failed}，失败 {failed}",
            f"{len(made)} reports: {new} made, {len(made) - new - failed} unchanged, {failed} failed",
        )
    if not (is_indexed and all(report.ok for report in made)):
        raise typer.Exit(1)


def _say(zh: str, en: str) -> None:
    sys.stderr.write(Text(zh, en).to(language()) + "\n")


def _expanded(files: Sequence[Path], endings: Sequence[str]) -> list[Path]:
    """Return the files, each once; a folder stands for what is in it, a pattern for what a shell left to us.

    Raises
    ------
    FileError
        A folder or a pattern stands for nothing.
    """
    expanded: dict[Path, Path] = {}
    for file in files:
        paths = [file]
        if file.is_dir() or (any(sign in file.name for sign in "*?[") and not file.exists()):
            listed = file.iterdir() if file.is_dir() else file.parent.glob(file.name)
            paths = sorted(path for path in listed if path.suffix.lower() in endings and path.stem != "index")
        if not paths:
            expected = Text("其中有文件的文件夹或通配符", "a folder or pattern with files")
            problem = Problem(str(file), Text("没有任何文件", "no file at all"), expected)
            raise FileError(Text("没有可用的文件", "there are no files"), [problem])
        expanded |= {path.absolute(): path for path in paths if path.absolute() not in expanded}
    return list(expanded.values())


def _parameters(template: Template, texts: Sequence[str], options: dict[str, Any], has_files: bool) -> dict[str, Any]:
    """Return the template's parameters, typed, from the command line's options; what is unknown is an error here."""
    listed: dict[str, list[str]] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            problem = Problem("--set", same(text), Text("NAME=VALUE，如 lang=en", "NAME=VALUE, such as lang=en"))
            raise LsstdError(Text("参数写法有误", "a parameter that cannot be read"), [problem])
        listed.setdefault(name.strip(), []).append(value)
    values = template.read(listed) | {name: value for name, value in options.items() if value}
    template.check(values)
    if has_files and template.files is not None and template.files.name in values:
        found, right = Text("FILE… 已给出", "FILE… gives it already"), Text("二者之一", "one of the two")
        raise ReportError(Text("参数重复", "a parameter given twice"), [Problem(template.files.name, found, right)])
    return values


def _made(order: Order, jobs: int) -> tuple[list[Made], bool]:
    """Make the reports; write the index where there are several, or one already.

    Return what was made, and whether the index, if there is to be one, could be written.
    """
    from lsstd.reports.batch import make_reports
    from lsstd.reports.index import has_index, write_index

    with _progress(len(order.files)) as on_made:
        made = make_reports(order, jobs=jobs, on_made=on_made)
    if len(made) < 2 and not has_index(order.folder):
        return made, True
    try:
        for path in write_index(order.folder, made, order.lang, order.force):
            _say(f"总表已写入 {path}", f"index written to {path}")
    except LsstdError as error:
        sys.stderr.write(error.to(language()) + "\n")
        return made, False
    return made, True


@contextmanager
def _progress(count: int) -> Iterator[Callable[[Made, int], None]]:
    """Give what tells of each report as it is made; on a terminal with a bar and the time that is left."""
    if count < 2 or not sys.stderr.isatty():
        yield lambda report, _: print(_message(report), end="", file=sys.stderr, flush=True)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from lsstd.pages.terminal import console, escape

    left = TextColumn(Text("还需", "left").to(language()))
    with Progress(BarColumn(), MofNCompleteColumn(), left, TimeRemainingColumn(), console=console(error=True)) as bar:
        task = bar.add_task("", total=None)

        def advance(report: Made, total: int) -> None:
            if not report.ok:
                bar.console.print(escape(_message(report).rstrip()))
            bar.update(task, total=total, advance=1)

        yield advance


def _message(report: Made) -> str:
    """Return what became of one report, in lines."""
    lines = []
    for kind, path in report.files.items():
        if kind in report.edited:
            line = Text(
                f"写成后被人改过，未动（--force 重做）{path}", f"edited since, left alone (see --force): {path}"
            )
        elif report.is_new:
            line = Text(f"报告已写入 {path}", f"report written to {path}")
        else:
            line = Text(f"没有变化，未重做 {path}", f"unchanged, not made again: {path}")
        lines.append(line.to(language()))
    reasons: dict[str, list[str]] = {}
    for kind, failure in report.failures.items():
        reasons.setdefault(failure.to(language()), []).append(kind)
    lines += [f"{report.subject or report.source} ({', '.join(kinds)}): {why}" for why, kinds in reasons.items()]
    if report.notebook:
        kept = Text(f"  失败的笔记本保留在 {report.notebook}", f"  the failed notebook is kept as {report.notebook}")
        lines.append(kept.to(language()))
    return "".join(f"{line}\n" for line in lines)


def _entries(report: Made) -> Iterator[dict[str, Any]]:
    """Yield what became of each file of a report, as JSON holds it."""
    for kind, path in report.files.items():
        yield {"subject": report.subject, "format": kind, "path": str(path), "ok": True, "message": ""}
    for kind, failure in report.failures.items():
        message = failure.to(language())
        yield {"subject": report.subject, "format": kind, "path": None, "ok": False, "message": message}


def _list_templates(name: str | None, as_json: bool) -> None:
    """List the packaged templates, or the user's own, with their parameters, types, defaults and meanings."""
    from lsstd.reports.templates import load_template, templates

    listed = [load_template(name)] if name else templates()
    if as_json:
        print_json([template.to_dict(language()) for template in listed])
        return
    from rich.markup import escape

    from lsstd.pages.terminal import table

    heads = words(language(), "参数|parameter", "类型|type", "默认值|default", "说明|meaning")
    tables = []
    for template in listed:
        rows = table(f"{template.name} · {template.title.to(language())}", *heads)
        for p in template.parameters.values():
            takes = Text("（FILE… 给它）", " (takes FILE…)").to(language()) if p is template.files else ""
            rows.add_row(*(escape(text) for text in (p.name, p.kind, repr(p.default), p.help + takes)))
        tables.append(rows)
    print_all(tables)


def verify(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT…", help="报告 reports: .html, .pdf, .docx, .xlsx")],
    standard: StandardOption = None,
    inputs: Annotated[
        list[Path] | None,
        typer.Option("--input", metavar="FILE", help="现在的评价文件，可重复 the assessment as it is now (repeatable)"),
    ] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """核验报告：由所载数据重算每个数 Compute every number of a report again, offline, and say which line differs."""
    from lsstd.reports.extract import READERS

    checked = [(path, _checked(path, standard, inputs or ())) for path in _expanded(reports, tuple(READERS))]
    if as_json:
        print_json(one_or_list([{"report": str(path), **found.to_dict(language())} for path, found in checked]))
    else:
        for path, found in checked:
            print_all(_verified(path, found))
    if not all(found.ok for _, found in checked):
        raise typer.Exit(1)


def _checked(path: Path, standard: str | None, inputs: Sequence[Path]) -> Verification:
    """Return whether a report holds; one that cannot be checked does not, and stops no other."""
    from lsstd.reports.verify import Verification
    from lsstd.reports.verify import verify as verify_report

    try:
        return verify_report(path, standard, inputs)
    except LsstdError as error:
        sys.stderr.write(error.to(language()) + "\n")
        return Verification((), 0, (error.text,), failed=True)


def _verified(path: Path, found: Verification) -> Iterator[Any]:
    """Yield whether a report holds, a table of what does not, and what was not checked."""
    from rich.markup import escape

    from lsstd.pages.terminal import table
    from lsstd.reports.verify import CAUSES

    lang = language()
    if found.failed:
        return
    if not found.ok:
        count = len(found.differences)
        zh = f"{path.name}：{count} 处不一致（共核对 {found.checked} 处）。"
        yield escape(Text(zh, f"{path.name}: {count} differences ({found.checked} texts checked).").to(lang))
        rows = table("", *words(lang, "位置|where", "报告所印|printed", "重算|recomputed", "原因|cause"))
        for where, printed, recomputed, cause in map(astuple, found.differences[:_MOST]):
            rows.add_row(*map(escape, (where, printed or "—", recomputed or "—", CAUSES[cause].to(lang))))
        yield rows
        if count > _MOST:
            yield Text(f"另有 {count - _MOST} 处，见 --json", f"{count - _MOST} more: see --json").to(lang)
    elif found.checked and not found.notes:
        zh = f"{path.name}：{found.checked} 处内容全部核对一致。"
        yield escape(Text(zh, f"{path.name}: all {found.checked} texts hold.").to(lang))
    elif found.checked:
        zh = f"{path.name}：核对的 {found.checked} 处内容一致；另见："
        yield escape(Text(zh, f"{path.name}: the {found.checked} texts that were checked hold; but note:").to(lang))
    yield from (f"[dim]{escape(f'{path.name}: {note.to(lang)}')}[/]" for note in found.notes)
