"""The commands on several experts and bases: ``panel``, and a whole round of evaluation, ``cycle``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, PATH, SCORED, Options, argument, command, option, output
from lsstd.cli.output import draw_elsewhere, emit, note, progress, write_sections
from lsstd.errors import LsstdError, Problem
from lsstd.words import msg, same

if TYPE_CHECKING:
    from lsstd.pages.blocks import Section
    from lsstd.panel.cycle import Cycle

_RULES = click.Choice(("mean", "median", "trimmed_mean", "consensus"))
_LEVELS, _MISSING = click.Choice(("row", "indicator", "total")), click.Choice(("others", "open"))
_STAGES = click.Choice(("papers", "site", "final"))


@command(
    msg("Combine the sheets of several experts into one result"),
    argument("SHEET…", msg("sheets, self-score (YAML, JSON, Excel), or folders of them"), "files"),
    option("--rule RULE", msg("mean, median, trimmed_mean or consensus"), _RULES, default="mean"),
    option("--level LEVEL", msg("combine by row, indicator or total"), _LEVELS, default="row"),
    option("--trim-from N", msg("trim from N scores on (3 or more)"), int, default=5),
    option("--group GROUP=SHARE", msg("share of a group of raters (repeatable)"), name="shares", multiple=True),
    option("--rounding STEP", msg("round what is combined to STEP, such as 0.01"), float),
    option("--missing HOW", msg("a missing score: left to others, or open"), _MISSING, default="others"),
    option("--stage STAGE", msg("papers, site or final (default: the last)"), _STAGES),
    option("--round ROUND", msg("the round that the sheets are of")),
    output("FILE", msg("report (.html, .docx, .pdf, .xlsx)")),
    *(FORCE, *SCORED),
    details=msg("Sheets that do not belong to the others are named and left out; the exit status is then 1"),
)
def panel(files: tuple[Path, ...], shares: tuple[str, ...], options: Options, **how: Any) -> bool:
    from lsstd.pages import panel_page as page
    from lsstd.panel import combined

    lang, standard = language(), shared.load_named(options.standard) if options.standard else None
    pairs = shared.pairs_of("--group", shares, msg("GROUP=SHARE, such as technical=60"))
    groups = dict(_share(*pair) for pair in pairs)
    result = combined(files, standard, groups=groups, readings=options.readings, reforms=options.reforms, **how)
    for error in result.refused:
        note(error)
    if options.output is not None:
        write_sections(page.report_sections(result, lang), page.TITLE, options, result.standard.day)
    emit(options, lambda: result.to_dict(lang), lambda: page.panel_sections(result, lang))
    return not result.refused


def _share(group: str, share: str) -> tuple[str, float]:
    try:
        return group, float(share)
    except ValueError:
        wrong = Problem("--group", same(f"{group}={share}"), msg("a number above 0"))
        raise LsstdError(msg("scores cannot be combined like this"), [wrong]) from None


@command(
    msg("A whole round: the list, its days, objections, letters"),
    argument("FOLDER", msg("folder with cycle.yaml, assessments, sheets"), "folder"),
    option("-o --output DIR", msg("folder for the papers: notice, announcement, letters"), PATH),
    option("--to FORMATS", msg("formats of the papers: html, docx, pdf, xlsx"), str, default="docx,html"),
    option("--freeze", msg("freeze rules and files: what is changed later is refused")),
    *(FORCE, JSON),
)
def cycle(folder: Path, to: str, freeze: bool, options: Options) -> bool:
    """Print a round, and write its papers; what could not be used keeps nothing back, and is a failure."""
    from lsstd.pages.cycle_page import cycle_sections
    from lsstd.panel import cycle_folder
    from lsstd.reports.render import check_formats

    lang, formats = language(), tuple(dict.fromkeys(name.strip() for name in to.split(",")))
    check_formats(formats)
    if freeze:
        note(msg("frozen: {path}", path=cycle_folder.freeze(folder, options.force)))
    with progress() as advance:
        found = cycle_folder.cycle(folder, lambda _, count: advance(count))
    for name, error in found.refused.items() if options.as_json or options.output else ():
        note(error.within(name))
    if options.output is not None:
        _write_papers(found, options.output, formats, options.force)
    emit(options, lambda: found.to_dict(lang), lambda: cycle_sections(found, lang))
    return not found.refused


def _write_papers(found: Cycle, folder: Path, formats: Sequence[str], force: bool) -> None:
    """Write every paper of a round in every format, all that can be written before anything is refused."""
    from concurrent.futures import ThreadPoolExecutor

    from lsstd.files.writing import check_writable, write_whole
    from lsstd.reports.render import render

    draw_elsewhere()
    lang, day = language(), found.file.start or found.standard.day
    jobs = [(folder / f"{name}.{kind}", kind, title, make) for name, title, make in _papers(found) for kind in formats]
    for path, *_ in jobs:
        check_writable(path, force)

    def write(job: tuple[Path, str, str, Callable[[], Iterable[Section]]]) -> None:
        path, kind, title, make = job
        write_whole(path, render(kind, list(make()), title, lang, day=day), force)

    with progress() as advance, ThreadPoolExecutor() as pool:  # a browser prints beside the others
        for _ in pool.map(write, jobs):
            advance(len(jobs))
    note(msg("{count} files written to {path}", count=len(jobs), path=folder))


def _papers(found: Cycle) -> Iterator[tuple[str, str, Callable[[], Iterable[Section]]]]:
    """Yield the papers of a round: name of the file, title, what makes its sections."""
    from lsstd.files.writing import safe_name
    from lsstd.pages import cycle_page as page

    lang = language()
    whole = ((page.ROUND, page.cycle_sections), (page.NOTICE, page.notice_sections))
    for title, make in (*whole, (page.ANNOUNCEMENT, page.announcement_sections)):
        yield title.to(lang), title.to(lang), partial(make, found, lang)
    for place in found.current:
        base, letter = place.base, page.LETTER.to(lang)
        name = f"{letter}/{safe_name(f'{base.id} {base.name}')}"
        yield name, f"{letter} · {base.name}", partial(page.letter_sections, found, place, lang)
