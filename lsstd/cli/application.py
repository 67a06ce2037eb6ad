"""The command ``application``."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.cli.options import language, print_json, result_of, standard_of
from lsstd.errors import InvalidFile, Problem
from lsstd.words import Text, clip, printable, same

if TYPE_CHECKING:
    from lsstd.engine.result import Result
    from lsstd.office.application_form import Missing
    from lsstd.standard.standard import Standard


def source_of(
    file: Path, standard: str | None, reading: list[str] | None, reforms: list[Path] | None
) -> Result | Standard:
    """Return what fills the form: a file's result; or a standard, by its id or file, for the blank form."""
    from lsstd.changes.reform import apply_all
    from lsstd.files.reading import read_plain
    from lsstd.files.standards import load_standard, names

    is_name = str(file) in names() or not (file.suffix or file.exists())
    if not is_name:
        value = read_plain(file)[0].value
        if not (isinstance(value, dict) and "edition" in value):
            return result_of(file, standard, reading, reforms)
    return apply_all(load_standard(str(file)), standard_of(None, reforms)[1])


def write(
    source: Result | Standard,
    output: Path,
    template: Path | None,
    as_template: bool,
    date: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write the form, or its template; list on stderr what stays blank."""
    from lsstd.engine.result import Result
    from lsstd.office.application_form import write_application, write_template

    lang = language()
    if as_template:
        write_template(source.standard if isinstance(source, Result) else source, output, force)
        sys.stderr.write(Text(f"模板已写入 {output}\n", f"template written to {output}\n").to(lang))
        return
    missing = write_application(source, output, template, _day(date), force)
    sys.stderr.write(Text(f"申报表已写入 {output}\n", f"application form written to {output}\n").to(lang))
    if as_json:
        print_json({"path": str(output), "missing": [_entry(entry) for entry in missing]})
    if missing and isinstance(source, Result):
        sys.stderr.write(_told(missing).to(lang))


def _day(date: str | None) -> str | None:
    """Return a full date as typed; raise `InvalidFile` for anything else."""
    from lsstd.assessment.assessment import day_of

    try:
        if date is None or len(str(day_of(date))) == 10:
            return date
    except ValueError:
        pass
    problem = Problem("--date", same(clip(date)), Text("完整日期，如 2025-01-15", "a full date such as 2025-01-15"))
    raise InvalidFile(Text("填表时间写法有误", "a date that cannot be read"), [problem])


def _entry(entry: Missing) -> dict[str, str | None]:
    return {"group": entry.group, "field": entry.field.id, "printed": entry.field.printed, "fact": entry.field.fact}


def _told(missing: list[Missing]) -> Text:
    """Tell what stays blank, group by group, with the id of the fact that would fill it."""
    zh, en = f"以下 {len(missing)} 栏没有资料，留空：\n", f"{len(missing)} fields have no data and stay blank:\n"
    for group, entries in groupby(missing, key=lambda entry: entry.group):
        if group:
            zh, en = f"{zh}{group}\n", f"{en}{group}\n"
        for field in (entry.field for entry in entries):
            source = {"subject_name": "subject.name", "date": "--date"}.get(field.filled_by, field.fact)
            zh, en = f"{zh}  · {field.printed} ← {source}\n", f"{en}  · {field.gloss.en} ← {source}\n"
    return Text(printable(zh), printable(en))
