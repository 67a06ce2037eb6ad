"""What stands between a base and its application, what proves it, the procedure's days, and what is handed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from lsstd.engine.application_check import KINDS, ApplicationCheck, item_name
from lsstd.engine.evidence_register import NOT_NORMATIVE, Item, Proof, Register
from lsstd.engine.narrative import narrative
from lsstd.engine.verdict import notices, verdict
from lsstd.exact import shown
from lsstd.pages.base_page import conditions, gaps, scores, sources, title_of
from lsstd.pages.blocks import Pairs, Paragraph, Section, cover_of, grid, labelled, paragraphs, section
from lsstd.planning.procedure_days import Schedule, remarks
from lsstd.words import Lang, Text, counted, join, msg, msg_in, noted, paired, paragraph, printable, same, words

CHECK = msg("Check before handing in")
COMPLETE = msg("Nothing is missing: the application is complete.")
SCHEDULE = msg("Days of the procedure")
CONTENTS = msg("Contents")
MATERIALS = msg("Register of application materials")
SUMMARY = msg("Self-assessment summary")
CHECKLIST = msg("Checklist of evidence")
_CLAUSE, _ROW, _ITEM, _POINTS = msg("clause"), msg("row"), msg_in("column", "item"), msg_in("score", "points")
_FILE, _STATUS, _SUGGESTED = msg("file"), msg("status"), msg("suggested")
_SOURCE = msg("kind"), msg_in("column", "issuer"), msg_in("column", "issued"), msg_in("column", "period")
_ABOUT = _CLAUSE, _ROW, msg("id"), _ITEM, _POINTS, msg("with evidence"), msg_in("column", "suggested")
HEADS = (*_ABOUT, _FILE, *_SOURCE, msg_in("column", "expires"), same("SHA-256"), _STATUS)


def check_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield what is left to do before handing in, by kind, each with its place."""
    result, left = check.result, list(check.todo)
    verdict = counted_items(len(left)) if left else COMPLETE
    told = *paragraphs(lang, [verdict], "verdict"), *paragraphs(lang, notices(result))
    day = Pairs(labelled(lang, [(msg("Day of handing in"), check.day)])) if check.day else None
    yield section(CHECK, lang, *told, day)
    yield from todo_sections(check, lang)


def todo_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield one table for each kind of what is left to do."""
    heads = msg_in("column", "item"), msg("remark"), msg("where")
    for kind, listed in groupby(check.todo, lambda one: one.kind):
        rows = [(one.label, one.remark or "", one.where) for one in listed]
        yield section(KINDS[kind], lang, grid(lang, heads, rows))


def counted_items(count: int) -> Text:
    """Count what is left to do."""
    return msg("{items} to do", items=counted(count, "item"))


def schedule_section(schedule: Schedule, lang: Lang) -> Section:
    """Return the steps with who does what by when; a day is the earliest possible where no text sets one."""
    heads = [msg("clause"), msg("who"), msg("action"), msg("received by"), msg_in("day", "from")]
    heads += [msg("until"), msg("working days"), msg("remark")]
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
    yield section(CONTENTS, lang, grid(lang, (msg("file"), msg("content")), files))
    heads = [msg("no."), msg("paper"), msg_in("column", "proves"), msg("copies")]
    heads += [msg_in("column", "issued"), msg_in("column", "expires"), msg("✓")]
    rows = []
    for paper in papers:
        name, proven = printable(paper.path.rpartition("/")[2]), join(map(item_name, paper.proves))
        rows.append((str(paper.number), name, proven, "1", paper.issued, paper.expires, "☐"))
    materials = grid(lang, heads, rows, right=(0, 3), tight=(4, 5, 6))
    yield section(MATERIALS, lang, materials if rows else msg("No evidence is registered."))
    if not check.complete:
        yield from todo_sections(check, lang)


def summary_sections(check: ApplicationCheck, lang: Lang) -> Iterator[Section]:
    """Yield two to three pages for the head of the base: verdict, conditions, score, gaps, what is still open."""
    result = check.result
    name, told = printable(result.assessment.subject.name) or "—", notices(result)
    pairs = [(msg("Standard"), title_of(result.standard, lang)), (msg("Reference day"), result.assessment.as_of)]
    yield cover_of(lang, SUMMARY, name, pairs, [*told[-1:], result.standard.status], told[:-1])
    yield section(msg("In short"), lang, verdict(result), *narrative(result))
    yield conditions(result, lang)
    if result.standard.scored_rows:
        yield scores(result, lang)
        yield gaps(result, lang)
    counts = Counter(one.kind for one in check.todo)
    left = [paragraph([noted(KINDS[kind], counted_items(count))]) for kind, count in counts.items()]
    yield section(CHECK, lang, *(left or [COMPLETE]))


# ── the register of evidence ────────────────────────────────────────────────────────────────────────────────────────


def register_sections(register: Register, lang: Lang) -> Iterator[Section]:
    """Yield the figures, what is missing, expired or changed, and files that belong to no item."""
    about = Pairs(labelled(lang, figures(register)))
    yield section(CHECKLIST, lang, about, Paragraph(NOT_NORMATIVE.to(lang), "status"))
    yield _amiss(register, lang)
    yield from _loose(register, lang)


def register_page(register: Register, lang: Lang) -> list[Section]:
    """Return the page: whose it is, the figures, what is amiss, every item, files that belong to no item."""
    standard, given = register.result.standard, register.result.assessment
    pairs = [(msg("Standard"), title_of(standard, lang)), (msg("Reference day"), given.as_of), *figures(register)]
    name = printable(given.subject.name) or "—"
    cover = cover_of(lang, CHECKLIST, name, pairs, (standard.status, NOT_NORMATIVE))
    first = [cover, _amiss(register, lang), _items(register, lang)]
    return [*first, *_loose(register, lang), sources(register.result, lang)]


def checklist(register: Register, lang: Lang) -> Section:
    """Return a line for each piece of evidence, and one for each item without any, below what they are about."""
    result, rows = register.result, []
    for item, proof in register.rows:
        points = ("" if n is None else shown(n) for n in (item.points, item.with_evidence))
        about = (item.clause, str(item.row or ""), item.id, item.label.to(lang), *points)
        suggested, piece = _suggested(register, item, lang), proof.evidence if proof else None
        file = (piece.file, piece.kind, piece.issuer, piece.issued, piece.period, piece.expires) if piece else ("",) * 6
        sha256 = (piece.sha256 or "")[:16] if piece else ""
        rows.append(
            [printable(cell or "") for cell in (*about, suggested, *file, sha256, _state(item, proof).to(lang))]
        )
    name, day = result.assessment.subject.name, result.assessment.as_of or "—"
    about_all = [msg("Subject: {name}", name=name), msg("Reference day: {day}", day=day)]
    about_all += [*(paired(*figure) for figure in figures(register)), NOT_NORMATIVE, result.standard.status]
    notes = (Paragraph(printable(text.to(lang))) for text in about_all)
    return section(CHECKLIST, lang, *notes, grid(lang, HEADS, rows))


def figures(register: Register) -> list[tuple[Text, Text]]:
    """Return the three scores, kept apart: claimed, with evidence, and verified (by nobody yet)."""
    if not register.result.standard.scored_rows:
        return []
    nobody = msg("none yet (verification is the panel's task)")
    points = [msg("{n} points", n=shown(n)) for n in (register.claimed, register.with_evidence)]
    labels = (msg("Self-assessed score"), msg("Of which with evidence"), msg("Verified"))
    return list(zip(labels, (*points, nobody), strict=True))


def _suggested(register: Register, item: Item, lang: Lang) -> str:
    return join(register.result.standard.evidence_kinds[kind] for kind in item.suggested).to(lang)


def _state(item: Item, proof: Proof | None) -> Text:
    return proof.state if proof else msg("no evidence") if item.claimed else same("—")


def _amiss(register: Register, lang: Lang) -> Section:
    """Return what is claimed without evidence, and evidence that is missing, expired or changed."""
    rows = []
    for item, proof in register.wanting:
        file = printable(proof.evidence.file) if proof else None
        told = file, _state(item, proof), _suggested(register, item, lang)
        rows.append((item.clause, item.row or "", item.label, *told))
    title = msg("Missing, expired or changed")
    if not rows:
        return section(title, lang, msg("Everything that earns points has valid evidence."))
    heads = (_CLAUSE, _ROW, _ITEM, _FILE, _STATUS, _SUGGESTED)
    return section(title, lang, grid(lang, heads, rows, right=(1,), tight=(0,)))


def _items(register: Register, lang: Lang) -> Section:
    """Return every item with what proves it, and a box to tick."""
    heads = (_CLAUSE, _ROW, _ITEM, _POINTS, msg("evidence"), _SUGGESTED, msg("✓"))
    rows = []
    for item in register.items:
        points = "" if item.points is None else item.points
        proofs = []
        for proof in item.proofs:
            piece, state = proof.evidence, noted(proof.evidence.file, _state(item, proof)).to(lang)
            until = piece.expires and msg("until {expires}", expires=piece.expires).to(lang)
            details = (piece.issuer, piece.issued, piece.period, until, piece.sha256 and piece.sha256[:12])
            proofs.append(printable(" · ".join([state, *filter(None, details)])))
        proven, suggested = "\n".join(proofs) or "—", _suggested(register, item, lang)
        rows.append((item.clause, item.row or "", item.label, points, proven, suggested, "☐"))
    return section(msg("Item by item"), lang, grid(lang, heads, rows, right=(1, 3), tight=(0, 6)))


def _loose(register: Register, lang: Lang) -> list[Section]:
    if not register.loose:
        return []
    rows = [(printable(loose.path), loose.reason) for loose in register.loose]
    title = msg("Files not matched to any item")
    return [section(title, lang, grid(lang, (msg("file"), msg("reason")), rows))]
