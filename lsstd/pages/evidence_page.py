"""The evidence register as the sections of a printed page."""

from __future__ import annotations

from lsstd.engine.evidence import NOT_NORMATIVE, Item, Proof, Register
from lsstd.exact import shown
from lsstd.pages.base_page import sources
from lsstd.pages.blocks import Paragraph, Section, cover_of, section, table
from lsstd.pages.evidence import TITLE, figures, state, suggestions, wanting
from lsstd.words import Lang, Text, printable, words


def pieces(register: Register, lang: Lang) -> list[Section]:
    """Return the page: whose it is, the three numbers, what is wanting, every item, what lies loose."""
    shown_first = [_cover(register, lang), _wanting(register, lang), _items(register, lang)]
    return [*shown_first, *_loose(register, lang), sources(register.result, lang)]


def _cover(register: Register, lang: Lang) -> Section:
    standard, subject = register.result.standard, register.result.assessment.subject
    listed = [
        (Text("标准", "Standard"), f"{standard.title.to(lang)}（{standard.edition}）"),
        (Text("评价基准日", "Reference day"), register.result.assessment.as_of or "—"),
        *((label, value.to(lang)) for label, value in figures(register)),
    ]
    notes = (standard.status.to(lang), NOT_NORMATIVE.to(lang))
    pairs = [(label.to(lang), value) for label, value in listed]
    return cover_of("", TITLE.to(lang), printable(subject.name) or "—", pairs, notes)


def _wanting(register: Register, lang: Lang) -> Section:
    """Return what is missing, expired or changed."""
    rows = [
        (
            item.clause,
            str(item.row or ""),
            item.label.to(lang),
            printable(proof.evidence.file) if proof else "—",
            state(item, proof).to(lang),
        )
        for item, proof in wanting(register)
    ]
    title = Text("待补或有问题的佐证", "Missing, expired or changed")
    if not rows:
        return section(title, lang, Paragraph(Text("没有。", "None.").to(lang)))
    heads = words(lang, "条款|clause", "行|row", "事项|item", "文件|file", "状态|status")
    return section(title, lang, table(heads, rows, right=(1,), tight=(0,)))


def _items(register: Register, lang: Lang) -> Section:
    """Return every item with what proves it."""
    heads = words(
        lang,
        "条款|clause",
        "行|row",
        "事项|item",
        "得分|points",
        "佐证|evidence",
        "建议（非规范性）|suggested",
        "核对|✓",
    )
    rows = []
    for item in register.items:
        files = "\n".join(_told(item, proof, lang) for proof in item.proofs)
        points = "" if item.points is None else shown(item.points)
        suggested = suggestions(register.result.standard, item).to(lang)
        rows.append((item.clause, str(item.row or ""), item.label.to(lang), points, files or "—", suggested, "☐"))
    return section(Text("逐项", "Item by item"), lang, table(heads, rows, right=(1, 3), tight=(0, 6)))


def _told(item: Item, proof: Proof, lang: Lang) -> str:
    """Tell a piece of evidence: file, state, who issued it and when, the period, its end, the start of its hash."""
    piece = proof.evidence
    until = piece.expires and Text(f"至 {piece.expires}", f"until {piece.expires}").to(lang)
    details = (piece.issuer, piece.issued, piece.period, until, piece.sha256 and piece.sha256[:12])
    told = (f"{piece.file}（{state(item, proof).to(lang)}）", *(detail for detail in details if detail))
    return printable(" · ".join(told))


def _loose(register: Register, lang: Lang) -> list[Section]:
    """Return the files that prove nothing as they lie."""
    if not register.loose:
        return []
    rows = [(printable(loose.path), loose.reason.to(lang)) for loose in register.loose]
    heads = words(lang, "文件|file", "原因|why")
    return [section(Text("未能归入的文件", "Files that prove nothing"), lang, table(heads, rows))]
