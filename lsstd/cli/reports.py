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
from lsstd.cli.output import one_or_list, print_json
from lsstd.errors import FileError, LsstdError, Problem, ReportError
from lsstd.words import Text, same, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsstd.pages.blocks import Section
    from lsstd.reports.batch import Made
    from lsstd.reports.plan import Order
    from lsstd.reports.templates import Template
    from lsstd.reports.verify import Verification


_MOST = 40  # differences of a report that are listed on a terminal


@command(
    Text("生成报告：一份或成百份", "Make reports, one or by the hundred"),
    argument("[FILE…]", Text("评价文件（影响报告：调整方案）", "assessments (impact report: reforms)"), "files"),
    option("--to FORMATS", Text("格式：html,pdf,docx,xlsx", "formats: html,pdf,docx,xlsx"), default="html"),
    path_to_write("DIR", Text("输出文件夹", "folder to write to"), default=Path("reports")),
    option("--template NAME_OR_FILE", Text("模板：名称或 .ipynb", "template: name or .ipynb")),
    option(
        "--set NAME=VALUE",
        Text("模板参数（可重复）", "parameter of the template (repeatable)"),
        name="parameters",
        multiple=True,
    ),
    option(
        "-j --jobs N", Text("同时生成的份数", "reports made in parallel"), click.IntRange(min=1), default=os.cpu_count()
    ),
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
    from lsstd.reports.plan import Order, check_formats
    from lsstd.reports.templates import load_template

    chosen = load_template(template) if template else None
    formats = tuple(dict.fromkeys(name.strip() for name in to.split(",")))
    check_formats(formats)
    if not files and (chosen is None or chosen.files is not None):
        raise click.UsageError(Text("缺少 FILE…", "Missing argument 'FILE…'.").to(language()))
    values = _parameters(chosen, parameters, options, bool(files))
    order = Order(tuple(_expanded(files, KINDS)), path, chosen, values, formats, language(), options.force)
    made, indexed = _made(order, jobs)
    if options.as_json:
        print_json({"files": [entry for report in made for entry in _entries(report)]})
    _sum_up(made)
    return indexed and all(report.ok for report in made)


def _expanded(files: Sequence[Path], endings: Sequence[str]) -> list[Path]:
    """Return the files, each once; a folder stands for what is in it, a pattern for what a shell left to us.

    Raises
    ------
    FileError
        A folder or a pattern stands for nothing.
    """
    found: dict[Path, Path] = {}
    for given in files:
        is_pattern = any(sign in given.name for sign in "*?[") and not given.exists()
        if given.is_dir() or is_pattern:
            listed = given.iterdir() if given.is_dir() else given.parent.glob(given.name)
            meant = sorted(path for path in listed if path.suffix.lower() in endings and path.stem != "index")
        else:
            meant = [given]
        if not meant:
            right = Text("其中有文件的文件夹或通配符", "a folder or pattern with files")
            told = Problem(str(given), Text("没有任何文件", "no file at all"), right)
            raise FileError(Text("没有可用的文件", "there are no files"), [told])
        found |= {path.absolute(): path for path in meant if path.absolute() not in found}
    return list(found.values())


def _parameters(template: Template | None, given: Sequence[str], options: Options, given_twice: bool) -> dict[str, Any]:
    """Return the template's parameters, typed, from the command line's options; what is unknown is an error here."""
    from lsstd.reports.templates import load_template

    texts: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise LsstdError(
                Text("参数写法有误", "a parameter that cannot be read"),
                [Problem("--set", same(text), Text("NAME=VALUE，如 lang=en", "NAME=VALUE, such as lang=en"))],
            )
        texts.setdefault(name.strip(), []).append(value)
    against = template or load_template("base")
    values = against.read(texts)
    reforms = [str(path) for path in options.reform]
    chosen = {"standard": options.standard, "readings": options.readings, "reforms": reforms}
    values |= {name: value for name, value in chosen.items() if value}
    against.check(values)
    if given_twice and against.files is not None and against.files.name in values:
        found, right = Text("FILE… 已给出", "FILE… gives it already"), Text("二者之一", "one of the two")
        raise ReportError(Text("参数重复", "a parameter given twice"), [Problem(against.files.name, found, right)])
    return values


def _made(order: Order, jobs: int) -> tuple[list[Made], bool]:
    """Make the reports and tell of each on stderr; write the index where there are several, or one already.

    Return what was made, and whether the index, if there is to be one, could be written.
    """
    from lsstd.reports.batch import make_reports
    from lsstd.reports.index import has_index, write_index

    with _progress(len(order.files)) as told:
        made = make_reports(order, jobs=jobs, told=told)
    if len(made) < 2 and not has_index(order.folder):
        return made, True
    try:
        for path in write_index(order.folder, made, order.lang, order.force):
            sys.stderr.write(Text(f"总表已写入 {path}\n", f"index written to {path}\n").to(language()))
    except LsstdError as error:
        sys.stderr.write(error.to(language()) + "\n")
        return made, False
    return made, True


@contextmanager
def _progress(count: int) -> Iterator[Callable[[Made, int], None]]:
    """Tell of each report as it is made; on a terminal with a bar and the time that is left."""
    if count < 2 or not sys.stderr.isatty():
        yield lambda report, _: print(_line(report), end="", file=sys.stderr, flush=True)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from lsstd.pages.terminal import console
    from lsstd.words import printable

    left = TextColumn(Text("还需", "left").to(language()))
    with Progress(BarColumn(), MofNCompleteColumn(), left, TimeRemainingColumn(), console=console(error=True)) as bar:
        task = bar.add_task("", total=None)

        def told(report: Made, total: int) -> None:
            if not report.ok:
                bar.console.print(printable(_line(report).rstrip()))
            bar.update(task, total=total, advance=1)

        yield told


def _line(report: Made) -> str:
    """Tell what became of one report."""
    lang, lines = language(), []
    for kind, path in report.files.items():
        if kind in report.edited:
            left = Text(
                f"写成后被人改过，未动（--force 重做）{path}\n", f"edited since, left alone (see --force): {path}\n"
            )
            lines.append(left.to(lang))
            continue
        new = Text(f"报告已写入 {path}\n", f"report written to {path}\n")
        old = Text(f"没有变化，未重做 {path}\n", f"unchanged, not made again: {path}\n")
        lines.append((new if report.is_new else old).to(lang))
    for message in dict.fromkeys(failure.to(lang) for failure in report.failures.values()):
        kinds = ", ".join(kind for kind, failure in report.failures.items() if failure.to(lang) == message)
        lines.append(f"{report.subject or report.source} ({kinds}): {message}\n")
    if report.notebook:
        kept = Text(f"  失败的笔记本保留在 {report.notebook}", f"  the failed notebook is kept as {report.notebook}")
        lines.append(kept.to(lang) + "\n")
    return "".join(lines)


def _entries(report: Made) -> Iterator[dict[str, Any]]:
    """Yield what became of each file of a report, as the JSON tells it."""
    for kind, path in report.files.items():
        yield {"subject": report.subject, "format": kind, "path": str(path), "ok": True, "message": ""}
    for kind, failure in report.failures.items():
        told = failure.to(language())
        yield {"subject": report.subject, "format": kind, "path": None, "ok": False, "message": told}


def _sum_up(made: Sequence[Made]) -> None:
    """Tell how many reports were made, were there already, or failed."""
    if len(made) < 2:
        return
    new, old = (sum(report.ok and report.is_new is wanted for report in made) for wanted in (True, False))
    failed = len(made) - new - old
    told = Text(
        f"共 {len(made)} 份：新做 {new}，没有变化 {old}，失败 {failed}",
        f"{len(made)} reports: {new} made, {old} unchanged, {failed} failed",
    )
    sys.stderr.write(told.to(language()) + "\n")


def _list_templates(name: str | None, as_json: bool) -> None:
    """List the templates, or one's own, with their parameters, types, defaults and meanings."""
    from lsstd.reports.templates import load_template, templates

    found = [load_template(name)] if name else templates()
    if as_json:
        print_json(
            [
                {
                    "template": template.name,
                    "title": template.title.to(language()),
                    "parameters": [
                        {
                            "name": p.name,
                            "type": p.kind,
                            "default": p.default,
                            "help": p.help,
                            "files": p is template.files,
                        }
                        for p in template.parameters.values()
                    ],
                }
                for template in found
            ]
        )
        return
    from lsstd.pages.blocks import Section, table
    from lsstd.pages.terminal import print_sections

    heads = words(language(), "参数|parameter", "类型|type", "默认值|default", "说明|meaning")
    takes = Text("（由 FILE… 给出）", " (takes FILE…)").to(language())
    print_sections(
        Section(
            "",
            f"{template.name} · {template.title.to(language())}",
            (
                table(
                    heads,
                    [
                        (p.name, p.kind, repr(p.default), p.help + (takes if p is template.files else ""))
                        for p in template.parameters.values()
                    ],
                ),
            ),
        )
        for template in found
    )


@command(
    Text("核验报告：由所载数据重算每个数", "Verify reports: recompute every number from the data inside"),
    argument("REPORT…", Text("报告：.html、.pdf、.docx、.xlsx", "reports: .html, .pdf, .docx, .xlsx"), "reports"),
    option(
        "--input FILE",
        Text("现在的评价文件（可重复）", "assessment as it is now (repeatable)"),
        PATH,
        name="inputs",
        multiple=True,
    ),
    *(STANDARD, JSON),
)
def verify(reports: tuple[Path, ...], inputs: tuple[Path, ...], options: Options) -> bool:
    """Verify reports; one that cannot be checked stops no other."""
    from lsstd.pages.terminal import print_sections
    from lsstd.reports.formats import READ_BY

    found = [(path, _held(path, options.standard, inputs)) for path in _expanded(reports, tuple(READ_BY))]
    if options.as_json:
        print_json(one_or_list([{"report": str(path), **held.to_dict(language())} for path, held in found]))
    else:
        print_sections(_verified(path, verification) for path, verification in found if not verification.failed)
    return all(verification.ok for _, verification in found)


def _held(path: Path, standard: str | None, inputs: Sequence[Path]) -> Verification:
    """Return whether a report holds; one that cannot be checked does not, and stops no other."""
    from lsstd.reports.verify import Verification
    from lsstd.reports.verify import verify as verify_report

    try:
        return verify_report(path, standard, inputs)
    except LsstdError as error:
        sys.stderr.write(error.to(language()) + "\n")
        return Verification((), 0, (error.text,), failed=True)


def _verified(path: Path, found: Verification) -> Section:
    """Return whether a report holds, and a table of what does not."""
    from lsstd.pages.blocks import Block, Paragraph, Section, table
    from lsstd.reports.verify import CAUSES

    lang = language()
    good = Text(f"{path.name}：{found.checked} 处内容全部核对一致。", f"{path.name}: all {found.checked} texts hold.")
    bad = Text(
        f"{path.name}：{len(found.differences)} 处不一致（共核对 {found.checked} 处）。",
        f"{path.name}: {len(found.differences)} differences ({found.checked} texts checked).",
    )
    blocks: list[Block] = [Paragraph((good if found.ok else bad).to(lang))]
    if found.differences:
        heads = words(lang, "位置|where", "报告所印|printed", "重算|recomputed", "原因|cause")
        rows = [
            (where, printed or "—", recomputed or "—", CAUSES[cause].to(lang))
            for where, printed, recomputed, cause in map(astuple, found.differences[:_MOST])
        ]
        blocks.append(table(heads, rows))
    if (left := len(found.differences) - _MOST) > 0:
        blocks.append(Paragraph(Text(f"另有 {left} 处，见 --json", f"{left} more: see --json").to(lang)))
    blocks += [Paragraph(note.to(lang), "status") for note in found.notes]
    return Section("", "", tuple(blocks))
