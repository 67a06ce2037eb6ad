"""The commands on the way to a handed-in application: its workbook and form, the check, the pack, the days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import lsstd
from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, PATH, SCORED, STANDARD, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json, tell_what_was_set_aside, wrong_usage
from lsstd.cli.population_commands import DASK, dask_executor
from lsstd.cli.reports import JOBS, entries, expanded, progress_of, sum_up
from lsstd.words import msg, noted, paragraph, same

if TYPE_CHECKING:
    from lsstd.forms.state import FieldChange
    from lsstd.pages.blocks import Section

DAY = option("--date DAY", msg("day of handing in, such as 2025-03-03"), name="day")
FOLDER = option("--folder DIR", msg("folder of evidence (default: evidence)"), PATH)


@command(
    msg("What is missing before handing in"),
    *(FILE, DAY, FOLDER, output("FILE", msg("page (.html, .docx, .pdf, .xlsx)")), FORCE, *SCORED),
)
def check(file: Path, day: str | None, folder: Path | None, options: Options) -> None:
    from lsstd.pages.application_page import CHECK, check_sections

    lang, result = language(), options.result(file)
    found = lsstd.application_check(result, shared.full_day(day), lsstd.evidence(result, file, folder))
    day = found.day or result.standard.day
    emit(options, lambda: found.to_dict(lang), lambda: check_sections(found, lang), CHECK, day)


@command(
    msg("Put everything to be handed in into a folder or .zip"),
    argument("FILE…", msg("assessments (YAML, JSON); several give a folder each and an index"), "files"),
    shared.path_to_write("DIR|X.zip", msg("new folder, or .zip, to write")),
    *(DAY, FOLDER, option("--incomplete", msg("also where something is missing; marks the pack"))),
    *(JOBS, DASK, FORCE, *SCORED),
    details=msg("Form, self-score, evidence by row, register of materials, summary, hashes"),
)
def pack(
    files: tuple[Path, ...],
    path: Path,
    day: str | None,
    folder: Path | None,
    incomplete: bool,
    jobs: int,
    dask: str | None,
    options: Options,
) -> bool:
    """Pack one application, or many with a folder each; return whether all succeeded."""
    from lsstd.files.reading import KINDS
    from lsstd.pages.application_page import check_sections

    lang, day, named = language(), shared.full_day(day), expanded(files, KINDS)
    if len(named) > 1 or named != [*files]:  # a folder or a pattern, even with a single file
        if folder is not None:
            raise wrong_usage(msg("--folder goes with one FILE; with several, evidence is expected beside each"))
        if path.suffix.lower() == ".zip":
            raise wrong_usage(msg("with several files, -o must be a folder"))
        return _pack_all(named, path, day, incomplete, jobs, dask, options)
    (file,), result = named, options.result(named[0])
    made = lsstd.pack(result, file, path, day, folder, incomplete, lang, options.force)
    emit(options, lambda: made.to_dict(lang), lambda: () if made.check.complete else check_sections(made.check, lang))
    written = msg("{count} files written to {path}", count=len(made.files) + 1, path=path)
    note(written if made.check.complete else noted(written, msg("incomplete")))
    return True


def _pack_all(
    files: list[Path], path: Path, day: str | None, incomplete: bool, jobs: int, dask: str | None, options: Options
) -> bool:
    with dask_executor(dask) as executor, progress_of(len(files)) as on_made:
        made = lsstd.pack_all(
            *(files, path, day, incomplete, language(), options.force),
            standard=options.against(),
            readings=options.readings,
            reforms=options.reforms,
            executor=executor,
            jobs=jobs,
            on_made=on_made,
            has_index=False,
        )
    is_whole = sum_up(path, made, options.force)
    if options.as_json:
        more = ({"new": one.is_new, "complete": one.summary.get("complete")} for one in made)
        print_json([entry | extra for one, extra in zip(made, more, strict=True) for entry in entries(one)])
    return is_whole


@command(
    msg("Days of the procedure, in Chinese working days"),
    argument("STANDARD", msg("id or file of a standard"), "name", str),
    option("--start DATE", msg("day of handing in, such as 2025-03-03")),
    option("--days STEP=N", msg("working days that a step takes (repeatable)"), multiple=True),
    option("--on STEP=DATE", msg("day on which a step begins, as announced (repeatable)"), multiple=True),
    output("FILE", msg("calendar (.ics) or table (.html, .docx, .pdf, .xlsx)")),
    *(FORCE, JSON),
    details=msg("Where the text sets no time and you give none, a day is the earliest possible"),
)
def dates(name: str, start: str | None, days: tuple[str, ...], on: tuple[str, ...], options: Options) -> None:
    from lsstd.files.writing import write_whole
    from lsstd.pages.application_page import SCHEDULE, schedule_section

    lang, begins = language(), dict(shared.pairs_of("--on", on, same("STEP=2025-03-03")))
    lengths = {key: _number(value) for key, value in shared.pairs_of("--days", days, same("STEP=10"))}
    schedule = lsstd.dates(options.reformed(name), start, lengths, begins)
    is_calendar = options.output is not None and options.output.suffix.lower() == ".ics"
    if options.output is not None and is_calendar:
        write_whole(options.output, schedule.calendar(lang), options.force)
        note(msg("{title} written to {output}", title=SCHEDULE, output=options.output))
    title, day = None if is_calendar else SCHEDULE, start or ""
    emit(options, lambda: schedule.to_list(lang), lambda: [schedule_section(schedule, lang)], title, day)


def _number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else value


@command(
    msg("Write a self-score workbook, or an expert's sheet"),
    argument("STANDARD|FILE", msg("standard, or assessment"), "target", str),
    shared.path_to_write("X.xlsx", msg("workbook to write")),
    option("--for self|expert", msg("whose sheet it is"), click.Choice(("self", "expert")), "whose", default="self"),
    option("--expert ID", msg("the expert's id; as the next ones with --for expert")),
    option("--name NAME", msg("the expert's name")),
    option("--group GROUP", msg("the expert's group of raters")),
    option("--stage STAGE", msg("papers, site or final"), click.Choice(("papers", "site", "final")), default="papers"),
    option("--round ROUND", msg("the round that the sheet is part of")),
    *(STANDARD, FORCE),
    details=msg("An expert's sheet of FILE names its base and holds none of its answers and facts"),
)
def workbook(
    target: str, path: Path, whose: str, expert: str | None, stage: Any, options: Options, **header: Any
) -> None:
    from lsstd.assessment.assessment import Assessment, PanelExpert
    from lsstd.files.assessments import load_pair
    from lsstd.files.reading import KINDS
    from lsstd.files.standards import is_standard

    if Path(target).suffix.lower() in KINDS and not is_standard(target):
        standard, assessment = load_pair(target, options.against(), instead=True)
    elif options.standard:
        raise wrong_usage(msg("{target} is a standard already; remove --standard", target=target))
    else:
        standard, assessment = lsstd.load_standard(target), None
    own = assessment or Assessment(standard=standard.standard)
    if whose == "expert":
        who = {"id": expert or "", "name": header["name"] or "", "group": header["group"], "conflicts": ()}
        about = {"standard": own.standard, "subject": own.subject, "as_of": own.as_of, "round": header["round"]}
        assessment = Assessment(**about, stage=stage, expert=PanelExpert.model_construct(**who))
    elif expert or any(header.values()):
        raise wrong_usage(msg("--expert, --name, --group and --round need --for expert"))
    lsstd.write_workbook(standard, path, assessment, language(), options.force)
    note(msg("written to {path}", path=path))


@command(
    msg("Read a filled-in workbook into an assessment file"),
    argument("X.xlsx", msg("workbook, or one of its sheets as CSV"), "file"),
    shared.path_to_write("Y.yaml", msg("assessment to write"), required=False),
    option("--into OWN.yaml", msg("assessment to merge it into; lists what changes"), PATH),
    *(STANDARD, FORCE, JSON),
    name="import",
)
def import_(file: Path, path: Path | None, into: Path | None, options: Options) -> None:
    if path is not None and into is not None:
        raise wrong_usage(msg("-o or --into, not both"))
    if into is not None:
        _merge(file, into, options)
        return
    if path is None:
        raise wrong_usage(msg("name the file: -o for a new one, --into for one to merge into"))
    from lsstd.files.writing import check_ending, check_writable
    from lsstd.office.self_score_reader import read_with_notes

    check_ending(path, ".yaml", ".yml")
    merging = msg("--into {path} to merge, another name, or --force (what is there is kept beside it)", path=path.name)
    check_writable(path, options.force, merging)
    _, assessment, notes, _ = read_with_notes(file, options.against())
    lsstd.save_assessment(assessment, path, options.force)
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
    from lsstd.forms.keeping import Keeper
    from lsstd.forms.state import FormDraft, differences
    from lsstd.office.self_score_reader import read_with_notes

    standard, assessment, notes, _ = read_with_notes(file, load_pair(into, options.against())[0])
    keeper = Keeper(into.absolute(), standard)
    draft = keeper.open()
    changes = differences(draft, FormDraft.of(standard, assessment))
    taken, left = ([one for one in changes if one.clears is blank] for blank in (False, True))
    for one in taken:
        draft = draft.edited(one.path, one.value)
    if taken:
        keeper.keep(draft, aside=True)
    for message in notes:
        note(message)
    document = {
        "path": str(into),
        "changes": [one.to_dict() for one in taken],
        "left": [one.to_dict() for one in left],
        "kept": [str(path) for path in set_aside_here if path.parent == keeper.beside],
    }
    emit(options, lambda: document, lambda: _changed(into, taken, left))
    note(msg("{count} fields of {path} changed", count=len(taken), path=into))
    tell_what_was_set_aside()


def _changed(into: Path, taken: list[FieldChange], left: list[FieldChange]) -> Iterator[Section]:
    from lsstd.pages.blocks import grid, section

    lang, field = language(), msg("field")
    if taken:
        heads = (field, msg("was"), msg("now in the file"))
        rows = [(one.label, one.old, one.new) for one in taken]
        yield section(msg("Taken into {path}", path=into.name), lang, grid(lang, heads, rows))
    if left:
        kept = grid(lang, (field, msg("in the file")), [(one.label, one.old) for one in left])
        yield section(msg("Blank in the workbook, left as it is"), lang, kept)


@command(
    msg("Fill in the application form (Word)"),
    argument("FILE_OR_STANDARD", msg("assessment, or standard (blank form)"), "file"),
    shared.path_to_write("X.docx", msg("Word file to write")),
    option("--template T.docx", msg("edited template to fill in"), PATH),
    option("--as-template", msg("write the template itself, to be edited")),
    option("--date DAY", msg("date on the form, such as 2025-01-15")),
    *(FORCE, *SCORED),
    details=msg("Fields without data stay blank and are listed"),
)
def application(
    file: Path, path: Path, template: Path | None, as_template: bool, date: str | None, options: Options
) -> None:
    """Write the application form, or its template; list on stderr what stays blank."""
    from lsstd.engine.result import Result
    from lsstd.engine.verdict import disqualification
    from lsstd.office.application_form import blank_lines, write_application, write_template

    source = options.named(file)
    standard = source.standard if isinstance(source, Result) else source
    if as_template:
        write_template(standard, path, options.force)
        note(msg("template written to {path}", path=path))
        return
    missing = write_application(source, path, template, shared.full_day(date), options.force)
    note(msg("application form written to {path}", path=path))
    note(standard.status)
    if isinstance(source, Result) and (reason := disqualification(source)):
        note(paragraph([reason]))
    if options.as_json:
        listed = [
            {"group": group.printed, "field": field.id, "printed": field.printed, "fact": field.fact}
            for group, field in missing
        ]
        print_json({"path": str(path), "missing": listed})
    if missing and isinstance(source, Result):
        note(msg("{count} fields have no data and stay blank:", count=len(missing)))
        for line in blank_lines(missing):
            note(line)
