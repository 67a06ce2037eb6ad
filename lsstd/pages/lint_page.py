"""What linting found, as sections: the findings, the text beside them, the table of comments that is sent round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsstd.lint.linting import RULES, Linted
from lsstd.lint.rule import LintFinding
from lsstd.pages.blocks import Section, grid, section
from lsstd.words import Lang, Text, counted, msg, msg_in, noted, same

FINDINGS = msg("What a careful reviewer would ask")
COMMENTS = msg("Table of comments and replies")
SEVERITIES = {"error": msg("changes a result"), "warning": msg("ambiguous"), "info": msg("editorial")}
_CLAUSE, _LINE, _SUGGESTION = msg("clause"), msg_in("column", "line"), msg("suggestion")


def finding_sections(linted: Linted, lang: Lang) -> Iterator[Section]:
    """Yield the findings of each target, worst first, and how many were waived."""
    by_target: dict[str, list[LintFinding]] = defaultdict(list)
    for one in linted.findings:
        by_target[one.target].append(one)
    heads = (msg("code"), msg_in("column", "severity"), _CLAUSE, _LINE, msg("message"), _SUGGESTION)
    waived = msg("{count} waived", count=counted(len(linted.waived), "finding")) if linted.waived else None
    if not linted.findings:
        yield section(FINDINGS, lang, msg("Nothing was found."), waived)
    for target, found in by_target.items():
        rows = []
        for one in found:
            rule, fault = one.rule, one.fault
            place = fault.clause, fault.line or ""
            rows.append((rule.code, SEVERITIES[rule.severity], *place, _said(one), fault.suggestion))
        title = FINDINGS if not target else noted(FINDINGS, Path(target).name)
        yield section(title, lang, waived, grid(lang, heads, rows, right=(3,), tight=(0,)))


def _said(one: LintFinding) -> Text:
    """Return what was found, with the number of bases that another interpretation would move."""
    if one.bases is None:
        return one.fault.message
    bases = msg("another interpretation changes the grade of {bases}", bases=counted(one.bases, "base"))
    return noted(one.fault.message, bases)


def marked_sections(linted: Linted, lang: Lang) -> Iterator[Section]:
    """Yield each draft line by line, what was found beside the line that it is about."""
    for target, draft in linted.drafts.items():
        beside: dict[int, list[str]] = defaultdict(list)
        for one in linted.findings:
            if one.target == target and one.fault.line:
                beside[one.fault.line].append(f"▸ {one.rule.code} {one.fault.message.to(lang)}")
        lines = ((line, text.strip()) for line, text in enumerate(draft.lines, start=1))
        rows = [(line, text, "\n".join(beside[line])) for line, text in lines if text]
        heads = (_LINE, msg("text"), msg("findings"))
        yield section(same(Path(target).name), lang, grid(lang, heads, rows, right=(0,)))


def comment_table(linted: Linted, lang: Lang) -> Section:
    """Return the table that drafters send round: clause, comment, suggestion, and columns for the reply."""
    heads = [msg("no."), _CLAUSE, msg("comment"), _SUGGESTION]
    heads += [msg("raised by"), msg("reply"), msg("reason for the reply")]
    rows = [
        (str(number), one.fault.clause, noted(_said(one), one.rule.code), one.fault.suggestion, "", "", "")
        for number, one in enumerate(linted.findings, start=1)
    ]
    return section(COMMENTS, lang, grid(lang, heads, rows, right=(0,)))


def rule_section(lang: Lang) -> Section:
    """Return the list of all rules: code, name, severity, what each says, why, and where it is valid."""
    heads = (msg("code"), msg("name"), msg_in("column", "severity"), msg("rule"), msg("basis"), msg("valid for"))
    rows = [(rule.code, rule.name, SEVERITIES[rule.severity], rule.says, rule.basis, rule.domain) for rule in RULES]
    return section(msg("Rules of lint"), lang, grid(lang, heads, rows, tight=(0,)))


def with_comments(path: Any, linted: Linted, lang: Lang) -> Any:
    """Return a Word document with a comment at each passage: the linted draft itself if it is one, else its text."""
    from docx import Document
    from docx.text.paragraph import Paragraph

    target, draft = next(iter(linted.drafts.items()))
    is_word = path.suffix.lower() == ".docx"
    document = Document(str(path)) if is_word else Document()
    if not is_word:
        for paragraph in draft.paragraphs:
            number = f"{paragraph.number} " if paragraph.style == "1" else ""
            document.add_paragraph(number + paragraph.text)
    found = document.element.body.xpath(".//w:p[not(ancestor::w:txbxContent)]")  # Word comments on no text box
    places = [Paragraph(each, document) for each in found]
    texts = ["".join(place.text.split()) for place in places]
    for one in linted.findings:
        quote = "".join(one.fault.quote.split())[:20]
        at = next((i for i, text in enumerate(texts) if quote and quote in text), None)
        if one.target != target or at is None or not places[at].runs:
            continue
        said = f"[{one.rule.code}] {_said(one).to(lang)} → {one.fault.suggestion.to(lang)}"
        document.add_comment(places[at].runs, said, author="lsstd", initials="ls")
    return document
