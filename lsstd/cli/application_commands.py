"""The commands on the way to a handed-in application: ``check``, ``pack``, ``dates``."""

from __future__ import annotations

from pathlib import Path

import lsstd
from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, PATH, SCORED, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json, write_sections, wrong_usage
from lsstd.cli.reports import JOBS, entries, expanded, progress_of, sum_up
from lsstd.words import msg, noted, same

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
    sections = list(check_sections(found, lang))
    write_sections(sections, CHECK, options, found.day or result.standard.day)
    emit(options, lambda: found.to_dict(lang), lambda: sections)


@command(
    msg("Put everything to be handed in into a folder or .zip"),
    argument("FILE…", msg("assessments (YAML, JSON); several make a folder each, and an index"), "files"),
    shared.path_to_write("DIR|X.zip", msg("new folder, or .zip, to write")),
    *(DAY, FOLDER, option("--incomplete", msg("also where something is missing; marks the pack"))),
    *(JOBS, FORCE, *SCORED),
    details=msg("Form, self-score, evidence by row, register of materials, summary, hashes"),
)
def pack(
    files: tuple[Path, ...],
    path: Path,
    day: str | None,
    folder: Path | None,
    incomplete: bool,
    jobs: int,
    options: Options,
) -> bool:
    from lsstd.files.reading import KINDS
    from lsstd.pages.application_page import check_sections

    lang, day, named = language(), shared.full_day(day), expanded(files, KINDS)
    if len(named) > 1 or named != [*files]:  # a folder or a pattern, be there one file or many
        return _pack_all(named, path, day, folder, incomplete, jobs, options)
    (file,), result = named, options.result(named[0])
    made = lsstd.pack(result, file, path, day, folder, incomplete, lang, options.force)
    emit(options, lambda: made.to_dict(lang), lambda: () if made.check.complete else check_sections(made.check, lang))
    written = msg("{count} files written to {path}", count=len(made.files) + 1, path=path)
    note(written if made.check.complete else noted(written, msg("incomplete")))
    return True


def _pack_all(
    files: list[Path], path: Path, day: str | None, folder: Path | None, incomplete: bool, jobs: int, options: Options
) -> bool:
    """Pack several applications, a folder each; return whether none failed."""
    if folder is not None:
        raise wrong_usage(msg("--folder is for one FILE; of several, evidence lies beside each"))
    if path.suffix.lower() == ".zip":
        raise wrong_usage(msg("-o is a folder where there are several files"))
    with progress_of(len(files)) as on_made:
        made = lsstd.pack_all(
            *(files, path, day, incomplete, language(), options.force),
            standard=options.against(),
            readings=options.readings,
            reforms=options.reforms,
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
    if options.output is not None and options.output.suffix.lower() == ".ics":
        write_whole(options.output, schedule.calendar(lang), options.force)
        note(msg("{title} written to {output}", title=SCHEDULE, output=options.output))
    else:
        write_sections([schedule_section(schedule, lang)], SCHEDULE, options, start or "")
    emit(options, lambda: schedule.to_list(lang), lambda: [schedule_section(schedule, lang)])


def _number(value: str) -> int | str:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else value
