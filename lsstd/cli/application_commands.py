"""The commands on the way to a handed-in application: ``check``, ``pack``, ``dates``."""

from __future__ import annotations

from pathlib import Path

import lsstd
from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, PATH, SCORED, Options, argument, command, option, output
from lsstd.cli.output import emit, note, write_sections
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
    FILE,
    shared.path_to_write("DIR|X.zip", msg("new folder, or .zip, to write")),
    *(DAY, FOLDER, option("--incomplete", msg("also where something is missing; marks the pack"))),
    *(FORCE, *SCORED),
    details=msg("Form, self-score, evidence by row, register of materials, summary, hashes"),
)
def pack(file: Path, path: Path, day: str | None, folder: Path | None, incomplete: bool, options: Options) -> None:
    from lsstd.pages.application_page import check_sections

    lang, result = language(), options.result(file)
    made = lsstd.pack(result, file, path, shared.full_day(day), folder, incomplete, lang, options.force)
    emit(options, lambda: made.to_dict(lang), lambda: () if made.check.complete else check_sections(made.check, lang))
    written = msg("{count} files written to {path}", count=len(made.files) + 1, path=path)
    note(written if made.check.complete else noted(written, msg("incomplete")))


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
