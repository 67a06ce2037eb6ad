"""What stands between a base and its application, the procedure's days, and what is handed in, as sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lsstd.engine.application_check import ApplicationCheck
from lsstd.engine.evidence_register import Item
from lsstd.engine.facts import tell_test
from lsstd.engine.narrative import narrative
from lsstd.engine.verdict import notices, verdict
from lsstd.exact import shown
from lsstd.pages.base_page import conditions, gaps, noticed, scores, title_of
from lsstd.pages.blocks import Pairs, Paragraph, Section, Table, cover_of, grid, labelled, section
from lsstd.planning.schedule import Schedule, remarks
from lsstd.standard.wording import STATES
from lsstd.words import Lang, Text, counted, join, msg, msg_in, noted, paragraph, printable, same, words

CHECK = msg("Check before handing in")
SCHEDULE = msg("Days of the procedure")
CONTENTS = msg("Contents")
MATERIALS = msg("Register of application materials")
SUMMARY = msg("Self-assessment summary")


def check_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield what is left to do before handing in, each kind with its place; then what keeps nothing back."""
    result = check.result
    done = msg("Nothing is missing: the application is complete.")
    left = counted_items(sum(len(rows) for _, _, rows in _open(check)))
    first = Paragraph((done if check.complete else left).to(lang), "verdict")
    told = (Paragraph(text, "status") for text in words(lang, *notices(result)))
    day = Pairs(labelled(lang, [(msg("Day of handing in"), check.day)])) if check.day else None
    yield section(CHECK, lang, first, *told, day)
    for title, heads, rows in _open(check):
        yield section(title, lang, grid(lang, heads, rows))
    if unanswered := check.unanswered:
        entries = [result.standard.criteria[row] for row in unanswered]
        rows = [(entry.row, entry.clause, entry.gloss) for entry in entries]
        title = msg("Rows without an answer (they bring no points)")
        yield section(title, lang, grid(lang, (msg("row"), msg("clause"), msg("criterion")), rows, right=(0,)))


def counted_items(count: int) -> Text:
    """Count what is left to do."""
    return msg("{items} to do", items=counted(count, "item"))


_Listed = tuple[Text, tuple[Text, ...], list[tuple[object, ...]]]


def _open(check: ApplicationCheck) -> list[_Listed]:
    """Return each kind of what is left to do that there is: its title, heads and rows."""
    standard, where = check.result.standard, msg("where")
    tests = [(found.condition, test) for found in check.conditions for test in found.tests if test.state != "met"]
    kinds: list[_Listed] = [
        (
            msg("Conditions that fail or are undecided"),
            (msg("clause"), msg("demand"), same(""), where),
            [(c.clause, tell_test(standard, test), STATES[test.state], f"facts.{test.fact}") for c, test in tests],
        ),
        (
            msg("Blank fields of the form"),
            (msg("group"), msg("field"), where),
            [
                (Text(one.group.printed or one.group.gloss.zh, one.group.gloss.en),
                 Text(one.field.printed, one.field.gloss.en), one.where)
                for one in check.blanks
            ],
        ),
        (
            msg("Contradictions"),
            (msg("clause"), msg("message"), where),
            [(f.clause, f.message, ", ".join(f"facts.{fact}" for fact in f.facts)) for f in check.contradictions],
        ),
        (
            msg("Claimed without valid evidence"),
            (msg("clause"), msg("row"), msg_in("column", "item"), msg_in("score", "points"), where),
            [
                (one.item.clause, one.item.row or "", one.item.label, one.points and shown(one.points), place(one.item))
                for one in check.unproven
            ],
        ),
        (
            msg("Evidence that expires before the day of handing in"),
            (msg("file"), msg_in("column", "expires"), where),
            [(printable(p.evidence.file), p.evidence.expires, p.holder) for p in check.expired],
        ),
        (
            msg("Evidence that cannot be handed in"),
            (msg("file"), msg("status"), where),
            [(printable(p.evidence.file), p.state, p.holder) for p in check.unfit],
        ),
    ]  # fmt: skip
    return [kind for kind in kinds if kind[2]]


def place(item: Item) -> str:
    """Return where evidence for an item is registered, as a path."""
    return item.id if item.kind == "condition" else f"answers.{item.id}"


def schedule_section(schedule: Schedule, lang: Lang) -> Section:
    """Return the steps with who does what by when; a day is the earliest possible where no text sets one."""
    heads = [msg("clause"), msg_in("column", "who"), msg("action"), msg("received by"), msg_in("column", "from")]
    heads += [msg("until"), msg("working days"), msg_in("column", "remark")]
    rows = [
        (
            one.step.clause,
            one.step.actor,
            one.step.action,
            one.step.receiver,
            one.begins and one.begins.isoformat(),
            one.ends and one.ends.isoformat(),
            one.working_days,
            "\n".join(text.to(lang) for text in remarks(one)),
        )
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
    missing = [] if check.complete else [msg("Incomplete: see the last section.").to(lang)]
    pairs = labelled(lang, [(msg("Standard"), title_of(result.standard, lang)), (msg("Day of handing in"), check.day)])
    yield cover_of("", msg("Application materials").to(lang), name, pairs, [result.standard.status.to(lang)], missing)
    listed = [(path, what) for path, what in files]
    yield section(CONTENTS, lang, grid(lang, (msg("file"), msg_in("column", "content")), listed))
    yield section(MATERIALS, lang, _materials(papers, lang))
    if not check.complete:
        for heading, heads, rows in _open(check):
            yield section(heading, lang, grid(lang, heads, rows))


def _materials(papers: Iterable[Paper], lang: Lang) -> Table | Text:
    heads = [msg_in("column", "no."), msg_in("column", "paper"), msg_in("column", "proves"), msg("copies")]
    heads += [msg_in("column", "issued"), msg_in("column", "expires"), msg("✓")]
    rows = [
        (
            str(paper.number),
            printable(paper.path.rpartition("/")[2]),
            join(item_name(item) for item in paper.proves),
            "1",
            paper.issued,
            paper.expires,
            "☐",
        )
        for paper in papers
    ]
    if not rows:
        return msg("No evidence is registered.")
    return grid(lang, heads, rows, right=(0, 3), tight=(4, 5, 6))


def item_name(item: Item) -> Text:
    """Return how the register names what a paper proves: ``row 6 live rooms``, ``5.1.1 …``."""
    number = msg("row {row}", row=item.row) if item.row else same(item.clause)
    return msg("{number} {label}", number=number, label=item.label)


def summary_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield two to three pages for who leads the base: verdict, conditions, score, gaps, what is open."""
    result = check.result
    name, (first, notes) = printable(result.assessment.subject.name) or "—", noticed(result, lang)
    pairs = labelled(
        lang, [(msg("Standard"), title_of(result.standard, lang)), (msg("Reference day"), result.assessment.as_of)]
    )
    yield cover_of("", SUMMARY.to(lang), name, pairs, [*notes, result.standard.status.to(lang)], first)
    yield section(msg("In short"), lang, verdict(result), *narrative(result))
    yield conditions(result, lang)
    if result.standard.scored_rows:
        yield scores(result, lang)
        yield gaps(result, lang)
    open_items = [paragraph([noted(title, counted_items(len(rows)))]) for title, _, rows in _open(check)]
    yield section(CHECK, lang, *(open_items or [msg("Nothing is missing: the application is complete.")]))
