"""The evidence register as a checklist: in the terminal, for a spreadsheet, for print."""

from __future__ import annotations

from collections.abc import Iterator

from lsstd.engine.evidence import NOT_NORMATIVE, TROUBLES, Item, Proof, Register
from lsstd.exact import shown
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, printable, words

TITLE = Text("佐证材料清单", "Checklist of evidence")
HEADS = (
    *(
        "条款|clause",
        "行|row",
        "编号|id",
        "事项|item",
        "得分|points",
        "有佐证|with evidence",
        "建议佐证（非规范性）|suggested",
    ),
    *("文件|file", "种类|kind", "出具方|issuer", "日期|issued", "期间|period", "到期|expires", "SHA-256|SHA-256"),
    "状态|status",
)


def heads(lang: Lang) -> list[str]:
    """Return the heads of the checklist."""
    return words(lang, *HEADS)


def checklist(register: Register, lang: Lang) -> Iterator[list[str]]:
    """Yield a line for each piece of evidence, and one for each item without any."""
    for item in register.items:
        number = ("" if points is None else shown(points) for points in (item.points, item.with_evidence))
        suggested = suggestions(register.result.standard, item).to(lang)
        told = [item.clause, str(item.row or ""), item.id, item.label.to(lang), *number, suggested]
        for proof in item.proofs or (None,):
            piece = proof.evidence if proof else None
            dates = (
                (piece.issuer, piece.issued, piece.period, piece.expires, (piece.sha256 or "")[:16])
                if piece
                else ("",) * 5
            )
            file, kind = (piece.file, piece.kind) if piece else ("", "")
            status = state(item, proof).to(lang)
            yield [printable(text or "") for text in (*told, file, kind, *dates, status)]


def suggestions(standard: Standard, item: Item) -> Text:
    """Return the kinds of evidence that lsstd suggests for an item."""
    return join(standard.evidence_kinds[kind] for kind in item.suggested)


def state(item: Item, proof: Proof | None) -> Text:
    """Say what is wrong with a piece of evidence, or that there is none."""
    if proof is None:
        return Text("缺佐证", "no evidence") if item.claimed else Text("—", "—")
    return join(TROUBLES[trouble] for trouble in proof.troubles) if proof.troubles else Text("有效", "holds")


def wanting(register: Register) -> Iterator[tuple[Item, Proof | None]]:
    """Yield what is claimed without evidence that holds, and evidence that is missing, expired or changed."""
    for item in register.items:
        bad = [proof for proof in item.proofs if not proof.holds]
        yield from ((item, proof) for proof in bad)
        if item.claimed and not item.proofs:
            yield item, None


def figures(register: Register) -> list[tuple[Text, Text]]:
    """Return the three numbers, kept apart: claimed, with evidence, verified by nobody yet."""
    if not register.result.standard.scored_rows:
        return []
    nobody = Text("尚无（须经评审）", "none yet (a panel's task)")
    points = [Text(f"{shown(n)} 分", f"{shown(n)} points") for n in (register.claimed, register.with_evidence)]
    called = (Text("自称", "Claimed"), Text("自称且有佐证", "Claimed with evidence"), Text("已核实", "Verified"))
    return list(zip(called, (*points, nobody), strict=True))


def notes(register: Register, lang: Lang) -> list[str]:
    """Return what stands above the checklist: whose, of which day and edition, the numbers, what is non-normative."""
    result = register.result
    who = Text(f"评价对象：{result.assessment.subject.name}", f"Subject: {result.assessment.subject.name}")
    day = result.assessment.as_of or "—"
    until = Text(f"评价基准日：{day}", f"Reference day: {day}")
    numbers = [Text(f"{label.zh}：{value.zh}", f"{label.en}: {value.en}") for label, value in figures(register)]
    told = (who, until, *numbers, NOT_NORMATIVE, result.standard.status)
    return [printable(text.to(lang)) for text in told]
