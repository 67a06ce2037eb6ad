"""What commands list, as sections: the score sheet, a comparison, facts and their uses, amendments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from lsstd.engine.result import Result
from lsstd.engine.verdict import disqualification, provenance, self_assessment, shown_grades, verdict
from lsstd.exact import Exact, shown
from lsstd.pages.base_page import FIGURE_HEADS, conditions, figure_cells, findings, gaps, named_scores, title_of
from lsstd.pages.blocks import NO_NAME, Pairs, Paragraph, Section, bar, grid, paragraphs, section, signed
from lsstd.standard.standard import Standard
from lsstd.standard.wording import STATES, place_text, value_text
from lsstd.words import Lang, Text, in_turn, join, msg, msg_in, noted, same

if TYPE_CHECKING:
    from lsstd.changes.compare import ComparedResult, Comparison
    from lsstd.changes.reform import Reform


def score_sheet(result: Result, lang: Lang) -> Iterator[Section]:
    """Yield the score sheet: verdict, conditions, score, the gaps that matter most, findings, provenance."""
    standard, subject = result.standard, result.assessment.subject
    name = subject.name or NO_NAME.to(lang)
    first, status = Paragraph(verdict(result).to(lang) + "\n", "verdict"), Paragraph(standard.status.to(lang), "status")
    yield Section("", name, (first, Paragraph(title_of(standard, lang)), status))
    if result.conditions or result.vetoes:
        yield conditions(result, lang)
    yield levels(result, lang) if result.profile else scores(result, lang)
    if result.tables and not result.disqualified:
        heads, tables = [msg("table"), msg_in("column", "secured"), msg("possible")], result.tables.values()
        rows = [(t.table.label, *(standard.named(grade) for grade in (t.secured, t.possible))) for t in tables]
        yield section(msg("Further tables"), lang, grid(lang, heads, rows))
    if result.gaps:
        yield gaps(result, lang)
    if result.findings:
        yield findings(result, lang)
    yield section(msg("Provenance"), lang, Pairs(tuple(provenance(result, lang))))


def scores(result: Result, lang: Lang) -> Section:
    """Return the points of every indicator, with bars."""
    heads = [msg("indicator"), msg_in("column", "secured"), msg("possible"), msg("maximum"), same("")]
    rows = [(name, *result.standard.points(*score), bar(*score)) for name, score in named_scores(result, lang)]
    return section(msg("Score"), lang, grid(lang, heads, rows, right=(1, 2, 3)))


def levels(result: Result, lang: Lang) -> Section:
    """Return each topic's level, its meaning on lsstd's own scale, the level that it counts as; then the figures."""
    standard, topics = result.standard, result.profile.topics if result.profile else ()
    heads = [msg("clause"), msg("topic"), msg("level"), same(""), msg("counts as"), msg("what the level means here")]
    rows: list[tuple[object, ...]] = []
    top = len(standard.scale) - 1
    for entry in topics:
        level = entry.level or 0
        meaning = None if entry.level is None else standard.scale[level].meaning_for(entry.topic)
        shown_level = "?" if entry.level is None else str(level)
        about = entry.topic.clause, entry.topic.label, shown_level, bar(level, level, top, 2 * top)
        rows.append((*about, entry.counted, meaning))
    figures = [(one.fact.label, *figure_cells(one)) for entry in topics for one in entry.measures if one.entry]
    title = msg("Maturity (lsstd's own scale, non-normative)")
    measured = grid(lang, (msg("measure"), *FIGURE_HEADS), figures, right=(1,)) if figures else None
    return section(title, lang, grid(lang, heads, rows, right=(2, 4)), measured)


def comparison_sections(comparison: Comparison, lang: Lang) -> Iterator[Section]:
    """Yield the cases beside each other, and for each case what changed and how many points that brought."""
    heads = [msg("name"), msg_in("column", "secured"), msg("possible"), msg("change"), msg("grade")]
    heads.append(msg_in("column", "self-assessed"))
    baseline, rows = comparison.cases[0].result, []
    for case in comparison.cases:
        score, grades = case.result.score, shown_grades(case.result)
        change = signed(score.secured - baseline.score.secured)
        told = baseline.standard.points(*score[:2])
        rows.append((case.name, *told, change, grades["secured"], grades["awarded"]))
    barred = [noted(case.name, why) for case in comparison.cases if (why := disqualification(case.result))]
    first = paragraphs(lang, [in_turn(barred, len(barred))] if barred else [], "verdict")
    note = paragraphs(lang, [self_assessment(baseline.standard)])
    yield section(msg("Comparison"), lang, *first, grid(lang, heads, rows, right=(1, 2, 3)), *note)
    only_sums = all(case.result.standard.is_plain for case in comparison.cases)
    for case in comparison.cases[1:]:
        heads = [msg("row"), msg("criterion"), msg_in("column", "from"), msg_in("column", "to")]
        heads.append(msg_in("brought", "points"))
        changes = list(_changes(case, only_sums))
        changes.append(("", msg("in all"), "", "", signed(case.result.score.secured - baseline.score.secured)))
        yield Section("", case.name, (grid(lang, heads, changes, right=(0, 2, 3, 4)),))


def _changes(case: ComparedResult, only_sums: bool) -> Iterator[tuple[object, ...]]:
    """Yield the rows that changed, the change that no row explains, and the conditions that changed."""
    for change in case.changed:
        spans = (_span(change.before, change.possible_before), _span(change.after, change.possible_after))
        yield change.row, change.gloss, *spans, signed(change.brought)
    if case.rest:
        combined = msg("weights, caps and combining")
        cause = msg("rounding of the total") if only_sums else combined
        yield "", cause, "", "", signed(case.rest)
    for condition, before, after in case.conditions:
        yield "", case.result.standard.conditions[condition].label, STATES[before], STATES[after], ""


def _span(secured: Exact, possible: Exact) -> str:
    return shown(secured) if secured == possible else f"{shown(secured)}–{shown(possible)}"


def fact_sections(of: Result | Standard, lang: Lang) -> Iterator[Section]:
    """Yield each fact of a standard or a result: its value, its uses; and what contradicts any of them."""
    from lsstd.engine.catalogue import census  # `assess` prints without it

    standard, entries = of if isinstance(of, Standard) else of.standard, census(of)
    heads = [msg("label"), msg("fact"), msg("unit") if of is standard else msg_in("table", "value")]
    heads += [msg("used in"), msg("possibly the same")]
    rows = []
    for entry in entries:
        shown_value: object = entry.fact.unit or ""
        if of is not standard:
            mark = "✗ " if entry.contradictions else ""
            shown_value = mark + value_text(entry.value, entry.fact.unit).to(lang)
        informs = (noted(place_text(standard, path), msg("for reference")) for path in entry.informs)
        places = _lines(lang, (*(place_text(standard, path) for path in entry.used), *informs))
        others = _lines(lang, (standard.facts[name].label for name in entry.same_as))
        rows.append((entry.fact.label, entry.fact.id, shown_value, places, others))
    yield section(msg("Facts"), lang, grid(lang, heads, rows, tight=(1,)))
    against = [(e.fact.label, f.clause, f.message) for e in entries for f in e.contradictions]
    if against:
        heads = [msg("fact"), msg("clause"), msg("message")]
        yield section(msg("Contradictions"), lang, grid(lang, heads, against))


def _lines(lang: Lang, texts: Iterable[Text]) -> str:
    return "\n".join(text.to(lang) for text in texts) or "—"


def named(reforms: Sequence[Reform]) -> Text:
    """Return the names of reforms, each with the day from which it is in force."""
    return join(noted(r.reform, r.effective) if r.effective else same(r.reform) for r in reforms)
