"""The commands for Excel, WPS and Word: ``workbook``, ``import``, ``application``."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, PATH, SCORING, STANDARD, Options, argument, command, option, path_to_write
from lsstd.cli.output import note, print_json
from lsstd.errors import InvalidFile, Problem
from lsstd.words import Text, clip, printable, same

if TYPE_CHECKING:
    from lsstd.assessment.assessment import Assessment
    from lsstd.engine.result import Result
    from lsstd.office.application import Missing
    from lsstd.standard.standard import Standard


EITHER = Text("标准编号或文件，或评价文件", "standard, or assessment")
WORKBOOK = Text("自评工作簿，或其中一张表的 CSV", "workbook, or one of its sheets as CSV")
TEMPLATE = Text("写出可在 Word、WPS 中修改的模板", "write the template itself, to be edited")


@command(
    Text("生成自评工作簿（空白或已填）", "Write a self-score workbook, blank or filled in"),
    argument("STANDARD|FILE", EITHER, "target", str),
    path_to_write("X.xlsx", Text("要写的工作簿", "workbook to write")),
    *(STANDARD, FORCE),
)
def workbook(target: str, path: Path, options: Options) -> None:
    """Write a self-score workbook."""
    from lsstd.office.workbook import write_workbook

    standard, assessment = _named(target, options)
    write_workbook(standard, path, assessment, language(), options.force)
    note(Text(f"已写入 {path}", f"written to {path}"))


def _named(target: str, options: Options) -> tuple[Standard, Assessment | None]:
    """Return the standard that a workbook is for, and the assessment that fills it in, if one is named."""
    from lsstd.files.assessments import pair_of
    from lsstd.files.reading import KINDS, read_plain
    from lsstd.files.standards import load_standard, parse_standard

    path = Path(target)
    if path.suffix.lower() in KINDS:
        parsed, sha256 = read_plain(path)
        if not (isinstance(parsed.value, dict) and "edition" in parsed.value):
            return pair_of(parsed, path, options.against(), instead=True)
        found = parse_standard(parsed, sha256, path.name)
    else:
        found = load_standard(target)
    if options.standard:
        both = Text(f"{target} 已是标准，不能再用 --standard", f"{target} is a standard already; remove --standard")
        raise click.UsageError(both.to(language()))
    return found, None


@command(
    Text("读入填好的自评工作簿", "Read a filled-in workbook into an assessment file"),
    argument("X.xlsx", WORKBOOK, "file"),
    path_to_write("Y.yaml", Text("要写的评价文件", "assessment to write")),
    *(STANDARD, FORCE),
    name="import",
)
def import_(file: Path, path: Path, options: Options) -> None:
    """Read a workbook into an assessment file."""
    from lsstd.files.assessments import save_assessment
    from lsstd.files.writing import cannot_write, check_writable
    from lsstd.office.intake import take_in

    if path.suffix.lower() not in (".yaml", ".yml"):
        ending = path.suffix or "—"
        raise cannot_write(path, Text(f"后缀 {ending}", f"the ending {ending}"), same(".yaml"))
    check_writable(path, options.force)
    _, assessment, notes = take_in(file, options.against())
    save_assessment(assessment, path, options.force)
    for message in notes:
        note(message)
    answers, facts = len(assessment.answers), len(assessment.facts)
    note(
        Text(f"{answers} 项作答、{facts} 项数据已写入 {path}", f"{answers} answers and {facts} facts written to {path}")
    )


@command(
    Text("填写申报表（Word）", "Fill in the application form (Word)"),
    argument("FILE_OR_STANDARD", Text("评价文件，或标准（空白表）", "assessment, or standard (blank form)"), "file"),
    path_to_write("X.docx", Text("要写的 Word 文件", "Word file to write")),
    option("--template T.docx", Text("改过的模板", "edited template to fill in"), PATH),
    option("--as-template", TEMPLATE),
    option("--date DAY", Text("填表时间（如 2025-01-15）", "date on the form, such as 2025-01-15")),
    *(FORCE, *SCORING, JSON),
    details=Text("没有资料的栏目留空，并逐项列出", "Fields without data stay blank and are listed"),
)
def application(
    file: Path, path: Path, template: Path | None, as_template: bool, date: str | None, options: Options
) -> None:
    """Write the application form, or its template; list on stderr what stays blank."""
    from lsstd.engine.result import Result
    from lsstd.office.application import write_application, write_template

    source = _source(file, options)
    if as_template:
        write_template(source.standard if isinstance(source, Result) else source, path, options.force)
        note(Text(f"模板已写入 {path}", f"template written to {path}"))
        return
    missing = write_application(source, path, template, _day(date), options.force)
    note(Text(f"申报表已写入 {path}", f"application form written to {path}"))
    if options.as_json:
        fields = [(entry.group, entry.field) for entry in missing]
        listed = [{"group": group, "field": f.id, "printed": f.printed, "fact": f.fact} for group, f in fields]
        print_json({"path": str(path), "missing": listed})
    if missing and isinstance(source, Result):
        _list_missing(missing)


def _source(file: Path, options: Options) -> Result | Standard:
    """Return what fills the form: a file's result; or a standard, by its id or file, for the blank form."""
    from lsstd.files.reading import read_plain
    from lsstd.files.standards import names

    is_name = str(file) in names() or not (file.suffix or file.exists())
    value = None if is_name else read_plain(file)[0].value
    if not is_name and not (isinstance(value, dict) and "edition" in value):
        return options.result(file)
    return options.reformed(str(file))


def _day(date: str | None) -> str | None:
    """Return a full date as typed; raise `InvalidFile` for anything else."""
    from lsstd.assessment.assessment import day_of

    try:
        if date is None or len(str(day_of(date))) == 10:
            return date
    except ValueError:
        pass
    expected = Text("完整日期，如 2025-01-15", "a full date such as 2025-01-15")
    raise InvalidFile(Text("填表时间的写法有误", "invalid date"), [Problem("--date", same(clip(date)), expected)])


def _list_missing(missing: list[Missing]) -> None:
    """Note what stays blank, group by group, with the id of the fact that would fill it."""
    count = len(missing)
    note(Text(f"以下 {count} 栏没有资料，留空：", f"{count} fields have no data and stay blank:"))
    for group, entries in groupby(missing, key=lambda entry: entry.group):
        if group:
            note(same(printable(group)))
        for field in (entry.field for entry in entries):
            source = {"subject_name": "subject.name", "date": "--date"}.get(field.filled_by, field.fact)
            note(Text(printable(f"  · {field.printed} ← {source}"), printable(f"  · {field.gloss.en} ← {source}")))
