"""The commands ``report`` and ``verify``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, PATH, SCORING, STANDARD, Options, argument, command, option, path_to_write
from lsstd.cli.output import note, one_or_list, print_json
from lsstd.errors import FileError, LsstdError, Problem, ReportError
from lsstd.words import Text, printable, same, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsstd.pages.blocks import Section
    from lsstd.reports.batch import Made
    from lsstd.reports.plan import Order
    from lsstd.reports.templates import Template
    from lsstd.reports.verify import Verification


_MOST = 40  # differences of a report that are listed on a terminal


MANY = Text("模板参数（可重复）", "parameter of the template (repeatable)")
NOW = Text("现在的评价文件（可重复）", "assessment as it is now (repeatable)")
FILES = argument("[FILE…]", Text("评价文件（影响报告：调整方案）", "assessments (impact report: reforms)"), "files")
JOBS = option(
    "-j --jobs N", Text("同时生成的份数", "reports made in parallel"), click.IntRange(1), default=os.cpu_count()
)


@command(
    Text("生成报告：一份或成百份", "Make reports, one or by the hundred"),
    FILES,
    option("--to FORMATS", Text("格式：html,pdf,docx,xlsx", "formats: html,pdf,docx,xlsx"), default="html"),
    path_to_write("DIR", Text("输出文件夹", "folder to write to"), default=Path("reports")),
    option("--template NAME_OR_FILE", Text("模板：名称或 .ipynb", "template: name or .ipynb")),
    option("--set NAME=VALUE", MANY, name="parameters", multiple=True),
    JOBS,
    option("--list", Text("列出模板及其参数", "list templates and their parameters"), name="list_"),
    *(FORCE, *SCORING, JSON),
    details=Text("只做缺少的和有变化的", "Only what is missing or has changed is made"),
)
def report(
    files: tuple[Path, ...],
    to: str,
    path: Path,
    template: str | None,
    parameters: tuple[str, ...],
    jobs: int,
    list_: bool,
    options: Options,
) -> bool:
    """Make reports; list templates."""
    if list_:
        _list_templates(template, options.as_json)
        return True
    from lsstd.files.reading import KINDS
    from lsstd.reports.plan import Order
    from lsstd.reports.render import check_formats
    from lsstd.reports.templates import load_template

    chosen = load_template(template) if template else None
    formats = tuple(dict.fromkeys(name.strip() for name in to.split(",")))
    check_formats(formats)
    if not files and (chosen is None or chosen.files is not None):
        raise click.UsageError(Text("缺少 FILE…。", "Missing argument 'FILE…'.").to(language()))
    reforms = [str(path) for path in options.reform]
    scoring = {"standard": options.standard, "readings": options.readings, "reforms": reforms}
    values = _parameters(chosen or load_template("base"), parameters, scoring, bool(files))
    order = Order(tuple(_expanded(files, KINDS)), path, chosen, values, formats, language(), options.force)
    made, is_indexed = _made(order, jobs)
    if options.as_json:
        print_json({"files": [entry for report in made for entry in _entries(report)]})
    if len(made) > 1:
        failed, new = sum(not report.ok for report in made), sum(report.ok and report.is_new for report in made)
        note(
            Text(
                f"共 {len(made)} 份：新做 {new}，没有变化 {len(made) - new - failed}，失败 {failed}",
                f"{len(made)} reports: {new} made, {len(made) - new - failed} unchanged, {failed} failed",
            )
        )
    return is_indexed and all(report.ok for report in made)


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
            note(Text(f"总表已写入 {path}", f"index written to {path}"))
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

    from lsstd.pages.terminal import console

    left = TextColumn(Text("还需", "left").to(language()))
    with Progress(BarColumn(), MofNCompleteColumn(), left, TimeRemainingColumn(), console=console(error=True)) as bar:
        task = bar.add_task("", total=None)

        def advance(report: Made, total: int) -> None:
            if not report.ok:
                bar.console.print(printable(_message(report).rstrip()))
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
    from lsstd.pages.blocks import Section, table
    from lsstd.pages.terminal import print_sections

    heads = words(language(), "参数|parameter", "类型|type", "默认值|default", "说明|meaning")
    takes, sections = Text("（由 FILE… 给出）", " (takes FILE…)").to(language()), []
    for template in listed:
        rows = [
            (p.name, p.kind, repr(p.default), p.help + (takes if p is template.files else ""))
            for p in template.parameters.values()
        ]
        title = f"{template.name} · {template.title.to(language())}"
        sections.append(Section("", title, (table(heads, rows),)))
    print_sections(sections)


@command(
    Text("核验报告：由所载数据重算每个数", "Verify reports: recompute every number from the data inside"),
    argument("REPORT…", Text("报告：.html、.pdf、.docx、.xlsx", "reports: .html, .pdf, .docx, .xlsx"), "reports"),
    option("--input FILE", NOW, PATH, name="inputs", multiple=True),
    *(STANDARD, JSON),
)
def verify(reports: tuple[Path, ...], inputs: tuple[Path, ...], options: Options) -> bool:
    """Verify reports; one that cannot be checked stops no other."""
    from lsstd.pages.terminal import print_sections
    from lsstd.reports.extract import READERS

    checked = [(path, _checked(path, options.standard, inputs)) for path in _expanded(reports, tuple(READERS))]
    if options.as_json:
        print_json(one_or_list([{"report": str(path), **found.to_dict(language())} for path, found in checked]))
    else:
        print_sections(_verified(path, found) for path, found in checked if not found.failed)
    return all(found.ok for _, found in checked)


def _checked(path: Path, standard: str | None, inputs: Sequence[Path]) -> Verification:
    """Return whether a report holds; one that cannot be checked does not, and stops no other."""
    from lsstd.reports.verify import Verification
    from lsstd.reports.verify import verify as verify_report

    try:
        return verify_report(path, standard, inputs)
    except LsstdError as error:
        sys.stderr.write(error.to(language()) + "\n")
        return Verification((), 0, (error.text,), failed=True)


def _verified(path: Path, found: Verification) -> Section:
    """Return whether a report holds, a table of what does not, and what was not checked."""
    from lsstd.pages.blocks import Block, Paragraph, Section, table
    from lsstd.reports.verify import CAUSES

    lang, count, name = language(), len(found.differences), path.name
    verdict = Text(
        f"{name}：{count} 处不一致（共核对 {found.checked} 处）。",
        f"{name}: {count} differences ({found.checked} texts checked).",
    )
    if found.ok and found.notes:
        verdict = Text(
            f"{name}：核对的 {found.checked} 处内容一致；另见：",
            f"{name}: the {found.checked} texts that were checked hold; but note:",
        )
    elif found.ok:
        verdict = Text(f"{name}：{found.checked} 处内容全部核对一致。", f"{name}: all {found.checked} texts hold.")
    blocks: list[Block] = [Paragraph(verdict.to(lang))] if count or found.checked else []
    if count:
        heads = words(lang, "位置|where", "报告所印|printed", "重算|recomputed", "原因|cause")
        rows = [
            (where, printed or "—", recomputed or "—", CAUSES[cause].to(lang))
            for where, printed, recomputed, cause in map(astuple, found.differences[:_MOST])
        ]
        blocks.append(table(heads, rows))
    if (left := count - _MOST) > 0:
        blocks.append(Paragraph(Text(f"另有 {left} 处，见 --json", f"{left} more: see --json").to(lang)))
    blocks += [Paragraph(f"{name}: {message.to(lang)}", "status") for message in found.notes]
    return Section("", "", tuple(blocks))
