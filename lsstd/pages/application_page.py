"""What stands between a base and its application, the procedure's days, and what is handed in, as sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from lsstd.engine.application_check import KINDS, ApplicationCheck, item_name
from lsstd.engine.evidence_register import Item
from lsstd.engine.narrative import narrative
from lsstd.engine.verdict import notices, verdict
from lsstd.pages.base_page import conditions, gaps, scores, title_of
from lsstd.pages.blocks import Pairs, Section, Table, cover_of, grid, labelled, paragraphs, section
from lsstd.planning.procedure_days import Schedule, remarks
from lsstd.words import Lang, Text, counted, join, msg, msg_in, noted, paragraph, printable, words

CHECK = msg("Check before handing in")
COMPLETE = msg("Nothing is missing: the application is complete.")
SCHEDULE = msg("Days of the procedure")
CONTENTS = msg("Contents")
MATERIALS = msg("Register of application materials")
SUMMARY = msg("Self-assessment summary")


def check_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield what is left to do before handing in, each kind with its place; then what is no obstacle."""
    result, left = check.result, list(check.todo)
    verdict = counted_items(len(left)) if left else COMPLETE
    told = *paragraphs(lang, [verdict], "verdict"), *paragraphs(lang, notices(result))
    day = Pairs(labelled(lang, [(msg("Day of handing in"), check.day)])) if check.day else None
    yield section(CHECK, lang, *told, day)
    yield from todo_sections(check, lang)
    if check.unanswered:
        entries = [result.standard.criteria[row] for row in check.unanswered]
        rows = [(entry.row, entry.clause, entry.gloss) for entry in entries]
        title = msg("Rows without an answer (they bring no points)")
        yield section(title, lang, grid(lang, (msg("row"), msg("clause"), msg("criterion")), rows, right=(0,)))


def todo_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield one table for each kind of what is left to do."""
    heads = msg_in("column", "item"), msg_in("column", "remark"), msg("where")
    for kind, listed in groupby(check.todo, lambda one: one.kind):
        rows = [(one.label, one.remark or "", one.where) for one in listed]
        yield section(KINDS[kind], lang, grid(lang, heads, rows))


def counted_items(count: int) -> Text:
    """Count what is left to do."""
    return msg("{items} to do", items=counted(count, "item"))


def schedule_section(schedule: Schedule, lang: Lang) -> Section:
    """Return the steps with who does what by when; a day is the earliest possible where no text sets one."""
    heads = [msg("clause"), msg_in("column", "who"), msg("action"), msg("received by"), msg_in("day", "from")]
    heads += [msg("until"), msg("working days"), msg_in("column", "remark")]
    cells = attrgetter("clause", "actor", "action", "receiver")
    rows = [
        (*cells(one.step), one.begins, one.ends, one.working_days, "\n".join(words(lang, *remarks(one))))
        for one in schedule.steps
    ]
    counting = msg(
        "Working days are those of the State Council's calendar, counted from the day after a step begins "
        "(Civil Code, article 201). Where nobody sets a time, a day is the earliest possible."
    )
    about = (schedule.standard.status, counting)
    return section(SCHEDULE, lang, *about, grid(lang, heads, rows, right=(6,), tight=(0, 4, 5)))


class Paper(NamedTuple):
    """A paper of the pack: its number, its place in it, what it proves, what the register says of it."""

    number: int
    path: str
    proves: tuple[Item, ...]
    kind: str | None
    issued: str | None
    expires: str | None


def contents_sections(
    check: ApplicationCheck, files: Sequence[tuple[str, Text]], papers: Sequence[Paper], lang: Lang
) -> Iterator[Section]:
    """Yield the contents of a pack, the register of its materials with boxes to tick, and what is missing."""
    result, subject = check.result, check.result.assessment.subject
    name = printable(subject.name) or "—"
    missing = [] if check.complete else [msg("Incomplete: see the last section.")]
    pairs = [(msg("Standard"), title_of(result.standard, lang)), (msg("Day of handing in"), check.day)]
    yield cover_of(lang, msg("Application materials"), name, pairs, [result.standard.status], missing)
    yield section(CONTENTS, lang, grid(lang, (msg("file"), msg_in("column", "content")), files))
    yield section(MATERIALS, lang, _materials(papers, lang))
    if not check.complete:
        yield from todo_sections(check, lang)


def _materials(papers: Iterable[Paper], lang: Lang) -> Table | Text:
    heads = [msg_in("column", "no."), msg_in("column", "paper"), msg_in("column", "proves"), msg("copies")]
    heads += [msg_in("column", "issued"), msg_in("column", "expires"), msg("✓")]
    rows = []
    for paper in papers:
        name, proven = printable(paper.path.rpartition("/")[2]), join(map(item_name, paper.proves))
        rows.append((str(paper.number), name, proven, "1", paper.issued, paper.expires, "☐"))
    return grid(lang, heads, rows, right=(0, 3), tight=(4, 5, 6)) if rows else msg("No evidence is registered.")


def summary_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield two to three pages for the head of the base: verdict, conditions, score, gaps, what is still open."""
    result = check.result
    name, (*first, note) = printable(result.assessment.subject.name) or "—", notices(result)
    pairs = [(msg("Standard"), title_of(result.standard, lang)), (msg("Reference day"), result.assessment.as_of)]
    yield cover_of(lang, SUMMARY, name, pairs, [note, result.standard.status], first)
    yield section(msg("In short"), lang, verdict(result), *narrative(result))
    yield conditions(result, lang)
    if result.standard.scored_rows:
        yield scores(result, lang)
        yield gaps(result, lang)
    counts = Counter(one.kind for one in check.todo)
    left = [paragraph([noted(KINDS[kind], counted_items(count))]) for kind, count in counts.items()]
    yield section(CHECK, lang, *(left or [COMPLETE]))
