"""The commands ``report`` and ``verify``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import JSON, PATH, STANDARD, Options, argument, command, option, path_to_write
from lsstd.cli.output import draw_elsewhere, emit, note, one_or_list, print_json, progress, wrong_usage
from lsstd.cli.population_commands import DASK, dask_executor
from lsstd.errors import FileError, LsstdError, Problem, ReportError
from lsstd.words import counted, msg, same, shorten, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsstd.pages.blocks import Section
    from lsstd.reports.batch import Made
    from lsstd.reports.templates import Template
    from lsstd.reports.verify import Verification


_MOST = 40  # differences of a report that are listed on a terminal
_IN_BOTH = re.compile(r"^(.*[^\x00-\x7f]) ([\x20-\x7e]+ [\x20-\x7e]+)$")  # a comment: 中文 and English
JOBS = option("-j --jobs N", msg("reports made in parallel"), click.IntRange(1), default=os.cpu_count())
SET = option("--set NAME=VALUE", msg("parameter of the template (repeatable)"), name="parameters", multiple=True)
NOW = option("--input FILE", msg("assessment as it is now (repeatable)"), PATH, name="inputs", multiple=True)


@command(
    msg("Make one report or hundreds"),
    argument("[FILE…]", msg("assessments, or a table of subjects (impact report: reforms)"), "files"),
    option("--to FORMATS", msg("formats: html,pdf,docx,xlsx"), default="html"),
    path_to_write("DIR", msg("folder to write to"), default=Path("reports")),
    option("--template NAME_OR_FILE", msg("template: name or .ipynb")),
    *(SET, JOBS, DASK, option("--list", msg("list templates and their parameters"), name="list_")),
    *(shared.FORCE, shared.CONDITION_FAILED, *shared.SCORED),
    details=msg("Only missing or changed reports are made"),
)
def report(
    files: tuple[Path, ...],
    to: str,
    path: Path,
    template: str | None,
    parameters: tuple[str, ...],
    jobs: int,
    dask: str | None,
    list_: bool,
    options: Options,
) -> bool:
    """Make reports, or list templates."""
    from lsstd.files.reading import KINDS
    from lsstd.reports.plan import Order
    from lsstd.reports.render import check_formats
    from lsstd.reports.templates import load_template, templates

    chosen = load_template(template) if template else None
    if list_:
        listed, lang = [chosen] if chosen else templates(), language()
        emit(options, lambda: [each.to_dict(lang) for each in listed], lambda: map(_template_section, listed))
        return True
    formats = tuple(dict.fromkeys(name.strip() for name in to.split(",")))
    check_formats(formats)
    if not files and (chosen is None or chosen.files is not None):
        raise wrong_usage(msg("Missing argument 'FILE…'."))
    scoring = {"standard": options.standard, "readings": options.readings, "reforms": list(map(str, options.reform))}
    if options.condition_failed != "withhold":
        scoring["condition_failed"] = options.condition_failed
    values = _parameters(chosen or load_template("base"), parameters, scoring, bool(files))
    order = Order(tuple(expanded(files, KINDS)), path, chosen, values, formats, language(), options.force)
    draw_elsewhere()
    from lsstd.reports.plan import make_reports

    with dask_executor(dask) as executor, progress_of(len(order.files)) as on_made:
        made = make_reports(order, executor, jobs, on_made)
    is_whole = sum_up(order.folder, made, options.force)
    if options.as_json:
        print_json({"files": [entry for report in made for entry in entries(report)]})
    return is_whole


def expanded(files: Sequence[Path], endings: Sequence[str]) -> list[Path]:
    """Return the files, each once; a folder stands for what is in it, a pattern for what a shell left to us.

    Raises `FileError`: a folder or a pattern stands for nothing.
    """
    expanded: dict[Path, Path] = {}
    for file in files:
        paths = [file]
        if file.is_dir() or (any(sign in file.name for sign in "*?[") and not file.exists()):
            listed = file.iterdir() if file.is_dir() else file.parent.glob(file.name)
            paths = sorted(path for path in listed if path.suffix.lower() in endings and path.stem != "index")
        if not paths:
            problem = Problem(str(file), msg("no files"), msg("a folder or pattern with files"))
            raise FileError(msg("there are no files"), [problem])
        expanded |= {path.absolute(): path for path in paths if path.absolute() not in expanded}
    return list(expanded.values())


def _parameters(template: Template, texts: Sequence[str], options: dict[str, Any], has_files: bool) -> dict[str, Any]:
    """Return the template's parameters, typed, from the command line's options; what is unknown is an error here."""
    listed: dict[str, list[str]] = {}
    for name, value in shared.pairs_of("--set", texts, msg("NAME=VALUE, such as lang=en")):
        listed.setdefault(name, []).append(value)
    values = template.read(listed) | {name: value for name, value in options.items() if value}
    template.check(values)
    if has_files and template.files is not None and template.files.name in values:
        found, right = msg("already set by FILE…"), msg("one of the two")
        raise ReportError(msg("a parameter given twice"), [Problem(template.files.name, found, right)])
    return values


def sum_up(folder: Path, made: Sequence[Made], force: bool) -> bool:
    """Write the index if there are several reports, or an index already; say how many were made.

    Return whether nothing failed, the index included.
    """
    from lsstd.files.writing import is_own
    from lsstd.reports.folder import write_index

    failed, new = sum(not report.ok for report in made), sum(report.ok and report.is_new for report in made)
    is_whole = not failed
    if len(made) > 1 or is_own(folder / "index.html"):
        try:
            for path in write_index(folder, made, language(), force):
                note(msg("index written to {path}", path=path))
        except LsstdError as error:
            note(error)
            is_whole = False
    if len(made) > 1:
        count, kept = len(made), len(made) - new - failed
        outcome = msg("{new} made, {kept} unchanged, {failed} failed", new=new, kept=kept, failed=failed)
        if "pack" in {*made[0].files, *made[0].failures}:
            note(msg("{count} packs: {outcome}", count=count, outcome=outcome))
        else:
            note(msg("{count} reports: {outcome}", count=count, outcome=outcome))
    return is_whole


@contextmanager
def progress_of(count: int) -> Iterator[Callable[[Made, int], None]]:
    """Return what reports each report as it is made; on a terminal with a bar and the time that is left."""
    if count < 2 or not sys.stderr.isatty():
        yield lambda report, _: note(same(_message(report)))
        return
    with progress() as advance:

        def on_made(report: Made, total: int) -> None:
            if not report.ok:
                note(same(f"\n{_message(report)}"))
            advance(total)

        yield on_made


def _message(report: Made) -> str:
    lines = []
    for kind, path in report.files.items():
        if kind in report.edited:
            line = msg("edited since it was made, left as it is (see --force): {path}", path=path)
        elif report.is_new and kind == "pack":
            line = msg("packed in {path}", path=path)
        elif report.is_new:
            line = msg("report written to {path}", path=path)
        else:
            line = msg("unchanged, not made again: {path}", path=path)
        lines.append(line.to(language()))
    reasons: dict[str, list[str]] = {}
    for kind, failure in report.failures.items():
        reasons.setdefault(failure.to(language()), []).append(kind)
    lines += [
        f"{shorten(report.subject or report.source, 80)} ({', '.join(kinds)}): {why}" for why, kinds in reasons.items()
    ]
    if report.notebook:
        kept = msg("  the failed notebook is kept as {notebook}", notebook=report.notebook)
        lines.append(kept.to(language()))
    return "\n".join(lines)


def entries(report: Made) -> Iterator[dict[str, Any]]:
    """Yield the outcome of each format of a report, as in the JSON."""
    for kind, path in report.files.items():
        yield {"subject": report.subject, "format": kind, "path": str(path), "ok": True, "message": ""}
    for kind, failure in report.failures.items():
        message = failure.to(language())
        yield {"subject": report.subject, "format": kind, "path": None, "ok": False, "message": message}


def _template_section(template: Template) -> Section:
    from lsstd.pages.blocks import Section, Table

    lang, rows = language(), []
    for parameter in template.parameters.values():
        help = _IN_BOTH.sub(r"\1" if lang == "zh" else r"\2", parameter.help)
        takes = msg(" (takes FILE…)").to(lang) if parameter is template.files else ""
        rows.append((parameter.name, parameter.kind, repr(parameter.default), help + takes))
    heads = words(lang, msg("parameter"), msg("type"), msg("default"), msg("meaning"))
    return Section("", f"{template.name} · {template.title.to(lang)}", (Table(tuple(heads), tuple(rows)),))


@command(
    msg("Verify reports: recompute every number from the data inside"),
    argument("REPORT…", msg("reports: .html, .pdf, .docx, .xlsx"), "reports"),
    *(NOW, STANDARD, JSON),
)
def verify(reports: tuple[Path, ...], inputs: tuple[Path, ...], options: Options) -> bool:
    """Verify reports; one that cannot be checked stops no other."""
    draw_elsewhere()
    from lsstd.reports.verify import READERS

    checked = [(path, _checked(path, options.standard, inputs)) for path in expanded(reports, tuple(READERS))]
    listed = [{"report": str(path), **found.to_dict(language())} for path, found in checked]
    printed = (_verified(path, found) for path, found in checked if not found.failed)
    emit(options, lambda: one_or_list(listed), lambda: printed)
    return all(found.ok for _, found in checked)


def _checked(path: Path, standard: str | None, inputs: Sequence[Path]) -> Verification:
    from lsstd.reports.verify import Verification
    from lsstd.reports.verify import verify as verify_report

    try:
        return verify_report(path, standard, inputs)
    except LsstdError as error:
        note(error)
        return Verification((), 0, (error.text,), failed=True)


def _verified(path: Path, found: Verification) -> Section:
    from lsstd.pages.blocks import Block, Paragraph, Section, Table
    from lsstd.reports.verify import CAUSES

    lang, count, name = language(), len(found.differences), path.name
    differences = counted(count, "difference")
    verdict = msg("{name}: {found} ({checked} texts checked).", name=name, found=differences, checked=found.checked)
    if found.ok and found.notes:
        checked = found.checked
        verdict = msg("{name}: the {checked} texts that were checked match; but note:", name=name, checked=checked)
    elif found.ok:
        verdict = msg("{name}: all {checked} texts match.", name=name, checked=found.checked)
    blocks: list[Block] = [Paragraph(verdict.to(lang))] if count or found.checked else []
    if count:
        heads = words(lang, msg("where"), msg("printed"), msg("recomputed"), msg("cause"))
        listed = map(astuple, found.differences[:_MOST])
        rows = [(where, old or "—", new or "—", CAUSES[cause].to(lang)) for where, old, new, cause in listed]
        blocks.append(Table(tuple(heads), tuple(rows)))
    if (left := count - _MOST) > 0:
        blocks.append(Paragraph(msg("{left} more: see --json", left=left).to(lang)))
    blocks += [Paragraph(f"{name}: {message.to(lang)}", "status") for message in found.notes]
    return Section("", "", tuple(blocks))
