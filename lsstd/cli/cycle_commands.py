"""The command on a whole round of evaluation: ``cycle``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, PATH, Options, argument, command, option
from lsstd.cli.output import draw_elsewhere, emit, note, progress
from lsstd.words import msg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lsstd.pages.blocks import Section
    from lsstd.panel.cycle import Cycle


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
        base, letter = place.candidate.base, page.LETTER.to(lang)
        name = f"{letter}/{safe_name(f'{base.id} {base.name}')}"
        yield name, f"{letter} · {base.name}", partial(page.letter_sections, found, place, lang)
