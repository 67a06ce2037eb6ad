"""The commands for Excel, WPS and Word: ``workbook``, ``import``, ``application``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lsstd.cli.language import language
from lsstd.cli.options import (
    FORCE,
    JSON,
    PATH,
    SCORING,
    STANDARD,
    Options,
    argument,
    command,
    full_day,
    option,
    path_to_write,
    tell_what_was_set_aside,
)
from lsstd.cli.output import emit, note, print_json
from lsstd.words import Lang, Text, msg, msg_in, paragraph, same

if TYPE_CHECKING:
    from lsstd.assessment.assessment import Assessment
    from lsstd.engine.result import Result
    from lsstd.standard.standard import Standard


EITHER = msg("standard, or assessment")
WORKBOOK = msg("workbook, or one of its sheets as CSV")
TEMPLATE = msg("write the template itself, to be edited")


@command(
    msg("Write a self-score workbook, blank or filled in"),
    argument("STANDARD|FILE", EITHER, "target", str),
    path_to_write("X.xlsx", msg("workbook to write")),
    *(STANDARD, FORCE),
)
def workbook(target: str, path: Path, options: Options) -> None:
    """Write a self-score workbook."""
    from lsstd.office.self_score_writer import write_workbook

    standard, assessment = _named(target, options)
    write_workbook(standard, path, assessment, language(), options.force)
    note(msg("written to {path}", path=path))


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
        both = msg("{target} is a standard already; remove --standard", target=target)
        raise click.UsageError(both.to(language()))
    return found, None


@command(
    msg("Read a filled-in workbook into an assessment file"),
    argument("X.xlsx", WORKBOOK, "file"),
    path_to_write("Y.yaml", msg("assessment to write"), required=False),
    option("--into OWN.yaml", msg("assessment to merge it into; lists what changes"), PATH),
    *(STANDARD, FORCE, JSON),
    name="import",
)
def import_(file: Path, path: Path | None, into: Path | None, options: Options) -> None:
    """Read a workbook into a new assessment file, or into one that is there."""
    if path is None:
        if into is None:
            raise click.UsageError(msg("name the file: -o for a new one, --into for one to merge into").to(language()))
        _merge(file, into, options)
        return
    if into is not None:
        raise click.UsageError(msg("-o or --into, not both").to(language()))
    from lsstd.files.assessments import save_assessment
    from lsstd.files.writing import cannot_write, check_writable
    from lsstd.office.self_score_reader import read_with_notes

    if path.suffix.lower() not in (".yaml", ".yml"):
        ending = path.suffix or "—"
        raise cannot_write(path, msg("the ending {ending}", ending=ending), same(".yaml"))
    merging = msg("--into {path} to merge, another name, or --force (what is there is kept beside it)", path=path.name)
    check_writable(path, options.force, merging)
    _, assessment, notes = read_with_notes(file, options.against())
    save_assessment(assessment, path, options.force)
    for message in notes:
        note(message)
    answers, facts = len(assessment.answers), len(assessment.facts)
    note(msg("{answers} answers and {facts} facts written to {path}", answers=answers, facts=facts, path=path))
    if options.as_json:
        print_json({"path": str(path), "answers": answers, "facts": facts})


def _merge(file: Path, into: Path, options: Options) -> None:
    """Take what a workbook says into an assessment, and list it; where the workbook is blank, the assessment stays."""
    from lsstd.files.assessments import load_pair
    from lsstd.files.writing import set_aside_here
    from lsstd.forms.differences import FieldChange, differences, merged
    from lsstd.forms.keeping import Keeper
    from lsstd.forms.state import Draft
    from lsstd.office.self_score_reader import read_with_notes
    from lsstd.pages.blocks import Section, grid, section

    standard, assessment, notes = read_with_notes(file, load_pair(into, options.against())[0])
    keeper = Keeper(into.absolute(), standard)
    before = keeper.open()
    changes = differences(before, Draft.of(standard, assessment))
    taken, left = ([one for one in changes if one.clears is blank] for blank in (False, True))
    if taken:
        keeper.keep(merged(before, taken), aside=True)

    def sections(lang: Lang) -> Iterator[Section]:
        def listed(title: Text, found: list[FieldChange], heads: tuple[Text, ...]) -> Section:
            return section(
                title, lang, grid(lang, heads, [(one.label, one.old, one.new)[: len(heads)] for one in found])
            )

        field, there, after = msg_in("column", "field"), msg_in("column", "was"), msg_in("column", "now in the file")
        if taken:
            yield listed(msg("Taken into {path}", path=into.name), taken, (field, there, after))
        if left:
            yield listed(msg("Blank in the workbook, left as it is"), left, (field, msg_in("column", "in the file")))

    for message in notes:
        note(message)
    emit(
        options,
        lambda: {
            "path": str(into),
            "changes": [one.to_dict() for one in taken],
            "left": [one.to_dict() for one in left],
            "kept": [str(path) for path in set_aside_here if path.parent == keeper.beside],
        },
        lambda: sections(language()),
    )
    note(msg("{count} fields of {path} changed", count=len(taken), path=into))
    tell_what_was_set_aside()


@command(
    msg("Fill in the application form (Word)"),
    argument("FILE_OR_STANDARD", msg("assessment, or standard (blank form)"), "file"),
    path_to_write("X.docx", msg("Word file to write")),
    option("--template T.docx", msg("edited template to fill in"), PATH),
    option("--as-template", TEMPLATE),
    option("--date DAY", msg("date on the form, such as 2025-01-15")),
    *(FORCE, *SCORING, JSON),
    details=msg("Fields without data stay blank and are listed"),
)
def application(
    file: Path, path: Path, template: Path | None, as_template: bool, date: str | None, options: Options
) -> None:
    """Write the application form, or its template; list on stderr what stays blank."""
    from lsstd.engine.result import Result
    from lsstd.engine.verdict import disqualification
    from lsstd.office.application_form import blank_lines, write_application, write_template

    source = _source(file, options)
    if as_template:
        write_template(source.standard if isinstance(source, Result) else source, path, options.force)
        note(msg("template written to {path}", path=path))
        return
    missing = write_application(source, path, template, full_day(date), options.force)
    note(msg("application form written to {path}", path=path))
    note((source.standard if isinstance(source, Result) else source).status)
    if isinstance(source, Result) and (reason := disqualification(source)):
        note(paragraph([reason]))
    if options.as_json:
        fields = [(entry.group.printed, entry.field) for entry in missing]
        listed = [{"group": group, "field": f.id, "printed": f.printed, "fact": f.fact} for group, f in fields]
        print_json({"path": str(path), "missing": listed})
    if missing and isinstance(source, Result):
        note(msg("{count} fields have no data and stay blank:", count=len(missing)))
        for line in blank_lines(missing):
            note(line)


def _source(file: Path, options: Options) -> Result | Standard:
    """Return what fills the form: a file's result; or a standard, by its id or file, for the blank form."""
    from lsstd.files.reading import read_plain
    from lsstd.files.standards import names

    is_name = str(file) in names() or not (file.suffix or file.exists())
    value = None if is_name else read_plain(file)[0].value
    if not is_name and not (isinstance(value, dict) and "edition" in value):
        return options.result(file)
    return options.reformed(str(file))
