"""The evidence register as sections: what is amiss, a page to print, a checklist for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from lsstd.engine.evidence_register import NOT_NORMATIVE, Item, Proof, Register
from lsstd.exact import shown
from lsstd.pages.base_page import sources, title_of
from lsstd.pages.blocks import Pairs, Paragraph, Section, cover_of, grid, labelled, section
from lsstd.words import Lang, Text, join, msg, msg_in, noted, paired, printable, same

TITLE = msg("Checklist of evidence")
_CLAUSE, _ROW, _ITEM, _POINTS = msg("clause"), msg("row"), msg_in("column", "item"), msg_in("score", "points")
_FILE, _STATUS, _SUGGESTED = msg("file"), msg("status"), msg("suggested")
_SOURCE = msg("kind"), msg_in("column", "issuer"), msg_in("column", "issued"), msg_in("column", "period")
_ABOUT = _CLAUSE, _ROW, msg("id"), _ITEM, _POINTS, msg("with evidence"), msg_in("column", "suggested")
HEADS = (*_ABOUT, _FILE, *_SOURCE, msg_in("column", "expires"), same("SHA-256"), _STATUS)


def amiss(register: Register, lang: Lang) -> Iterator[Section]:
    """Yield the figures, what is missing, expired or changed, and files that belong to no item."""
    yield section(TITLE, lang, Pairs(labelled(lang, figures(register))), Paragraph(NOT_NORMATIVE.to(lang), "status"))
    yield _amiss(register, lang)
    yield from _loose(register, lang)


def pieces(register: Register, lang: Lang) -> list[Section]:
    """Return the page: whose it is, the figures, what is amiss, every item, files that belong to no item."""
    standard, given = register.result.standard, register.result.assessment
    pairs = [(msg("Standard"), title_of(standard, lang)), (msg("Reference day"), given.as_of), *figures(register)]
    name = printable(given.subject.name) or "—"
    cover = cover_of(lang, TITLE, name, pairs, (standard.status, NOT_NORMATIVE))
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
    return section(TITLE, lang, *notes, grid(lang, HEADS, rows))


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
        proofs = "\n".join(_piece(item, proof, lang) for proof in item.proofs) or "—"
        rows.append((item.clause, item.row or "", item.label, points, proofs, _suggested(register, item, lang), "☐"))
    return section(msg("Item by item"), lang, grid(lang, heads, rows, right=(1, 3), tight=(0, 6)))


def _piece(item: Item, proof: Proof, lang: Lang) -> str:
    """Return a piece of evidence on one line: file, state, issuer, dates, the beginning of its hash."""
    piece = proof.evidence
    until = piece.expires and msg("until {expires}", expires=piece.expires).to(lang)
    details = (piece.issuer, piece.issued, piece.period, until, piece.sha256 and piece.sha256[:12])
    return printable(" · ".join([noted(piece.file, _state(item, proof)).to(lang), *filter(None, details)]))


def _loose(register: Register, lang: Lang) -> list[Section]:
    if not register.loose:
        return []
    rows = [(printable(loose.path), loose.reason) for loose in register.loose]
    title = msg("Files not matched to any item")
    return [section(title, lang, grid(lang, (msg("file"), msg("reason")), rows))]
