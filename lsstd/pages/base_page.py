"""A base's result: the sections of its report, each a function of the result and the language; and of commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import lsstd
from lsstd.engine.facts import period_text, tell_fact, tell_test
from lsstd.engine.profile import MeasureFigure
from lsstd.engine.result import IndicatorResult, Result, Score
from lsstd.engine.verdict import disqualification, notices, provenance, self_assessment, shown_grades, verdict
from lsstd.exact import Exact, shown, signed
from lsstd.pages.blocks import (
    NO_NAME,
    Bar,
    Blocks,
    Pairs,
    Paragraph,
    Pieces,
    Section,
    bar_figure,
    cover_of,
    grid,
    paragraphs,
    section,
    tiles,
)
from lsstd.standard.standard import Condition, Standard
from lsstd.standard.wording import STATES, any_of, demand_text, edition_text, named, place_text, rule_text, value_text
from lsstd.words import Lang, Text, in_turn, join, msg, msg_in, noted, paragraph, same, words

if TYPE_CHECKING:
    from lsstd.changes.compare import ComparedResult, Comparison

PIECES = Pieces("base")
FIGURE_HEADS = msg("figure"), msg_in("figure", "period"), msg("source"), msg("counts as evidence")
LEGEND = msg("secured"), msg("with every unknown granted")
MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "partly": "◐", "not_applicable": "–"}
READINGS, SOURCES = msg("Readings"), msg("Provenance")


@PIECES.add()
def cover(result: Result, lang: Lang) -> Section:
    """Return title, subject, reference day, edition and its status."""
    subject, standard, (*first, note) = result.assessment.subject, result.standard, notices(result)
    pairs = [(msg("Standard"), title_of(standard, lang)), (msg("Region"), subject.region or None)]
    pairs.append((msg("Reference day"), result.assessment.as_of))
    return cover_of(lang, msg("Self-assessment report"), subject.name, pairs, [note, standard.status], first)


def notice(result: Result, lang: Lang) -> Section:
    """Return the same as a section without a title, to stand before what a command shows."""
    *first, note = notices(result)
    return Section("", "", (*paragraphs(lang, first, "verdict"), *paragraphs(lang, [note])))


def title_of(standard: Standard, lang: Lang) -> str:
    """Return a standard's title with its edition."""
    return noted(standard.title, edition_text(standard)).to(lang)


@PIECES.add(msg("Verdict"))
def summary(result: Result, lang: Lang) -> Blocks:
    """Return the verdict in one sentence and the key figures."""
    (secured, possible, _), grades = result.standard.points(*result.score), shown_grades(result)
    figures: list[tuple[Text, object]] = [(msg("Secured"), secured), (msg("Possible"), possible)]
    if result.standard.grades and not result.disqualified:
        figures.append((msg("Grade by score"), grades["secured"]))
    if result.standard.grades:
        figures.append((msg("Self-assessed grade"), grades["awarded"]))
    for found in () if result.disqualified else result.tables.values():
        ends = dict.fromkeys(result.standard.named(grade).to(lang) for grade in (found.secured, found.possible))
        figures.append((found.table.label, " – ".join(ends)))
    figures.append((msg("Rows settled"), " / ".join(map(str, result.completeness))))
    return *paragraphs(lang, [verdict(result)], "verdict"), tiles(lang, figures)


@PIECES.add(msg("What the result means"))
def explanation(result: Result, lang: Lang) -> Blocks:
    """Return what the result means, in paragraphs."""
    from lsstd.engine.narrative import narrative  # not loaded by the terminal, which shows no explanation

    return paragraphs(lang, narrative(result), "")


@PIECES.add(msg("Application conditions and vetoes"))
def conditions(result: Result, lang: Lang) -> Blocks:
    """Return the application conditions and vetoes, with the facts that decide them."""
    rows = []
    listed = [(found, _VETO_STATES) for found in result.vetoes.values()]
    for found, states in [*listed, *((found, STATES) for found in result.conditions.values())]:
        is_any = isinstance(found.condition, Condition) and found.condition.any_of
        for tests in [found.tests] if is_any else [(test,) for test in found.tests]:
            named_tests = [(result.standard.facts[test.fact], test) for test in tests]
            demands = [demand_text(fact, test.operator, test.required) for fact, test in named_tests]
            values = join(value_text(named(fact, test.found), test.unit) for fact, test in named_tests)
            demand = any_of(demands) if is_any else demands[0]
            state = found.state if is_any else tests[0].state
            rows.append((found.condition.clause, demand, values, _state(state, lang, states)))
    heads = msg("clause"), msg("demand"), msg("found"), msg("state")
    none = msg("The standard has neither conditions nor vetoes.")
    return grid(lang, heads, rows, tight=(0, 3)) if rows else none


_VETO_STATES = {**STATES, "met": msg("does not apply"), "unmet": msg("applies")}


def _state(state: str, lang: Lang, states: Mapping[str, Text] = STATES) -> str:
    return f"{MARKS[state]} {states[state].to(lang)}"


@PIECES.add(msg("Score"))
def scores(result: Result, lang: Lang) -> Blocks:
    """Return the points of the lowest indicators, drawn, and a table of all."""
    rows = [(name, *result.standard.points(*score)) for name, score in named_scores(result, lang)]
    heads = msg("indicator"), msg_in("column", "secured"), msg("possible"), msg("maximum")
    alt = msg("Points of each indicator as a share of its maximum").to(lang)
    figure = bar_figure(alt, *indicator_bars(result, lang))
    return figure, grid(lang, heads, rows, right=(1, 2, 3), caption=msg("Points by indicator"))


def named_scores(result: Result, lang: Lang) -> Iterator[tuple[str, Score]]:
    """Yield the score of each indicator, its name indented by its level, then the total."""
    yield from (("　" * (n.level - 1) + n.indicator.name.to(lang), n.score) for n in result.indicators.values())
    yield msg("Total").to(lang), result.score


def indicator_bars(result: Result, lang: Lang) -> tuple[list[Bar], list[str]]:
    """Return the bars of the lowest indicators, with their legend: secured and possible as shares of the maximum."""
    nodes = [node for node in result.indicators.values() if not result.standard.children_of[node.indicator.id]]
    return [_bar(node, result.standard, lang) for node in nodes], words(lang, *LEGEND)


def _bar(node: IndicatorResult, standard: Standard, lang: Lang) -> Bar:
    top, (*ends, most) = node.score.maximum, standard.points(*node.score)
    full, reached = (min(1.0, max(0.0, float(points) / float(top))) if top else 0.0 for points in node.score[:2])
    return Bar(node.indicator.name.to(lang), full, f"{' – '.join(dict.fromkeys(ends))} / {most}", reached - full)


@PIECES.add(msg("Gaps"))
def gaps(result: Result, lang: Lang) -> Blocks:
    """Return every row with points still to gain, and what closing it would bring."""
    if reason := disqualification(result):
        return paragraph([reason])
    if not result.gaps:
        return msg("None: every row has its full points.")
    intro = msg("First the rows that alone bring a higher grade, then the others, by points to gain.")
    rows: list[tuple[object, ...]] = []
    for gap in result.gaps:
        row, reached = gap.row, (gap.grade or None) if gap.crosses else None
        gain = None if row.criterion.max_score is None else f"+{shown(gap.points)}"
        rows.append((row.criterion.row, row.criterion.gloss, _state(row.state, lang), gain, reached))
    heads = msg("row"), msg("criterion"), msg("state"), msg("gain"), msg("alone reaches")
    caption = msg("Rows with points to gain")
    return intro, grid(lang, heads, rows, right=(0, 3), tight=(2,), caption=caption, most=12)


@PIECES.add(msg("The cheapest way up"))
def way_up(result: Result, lang: Lang) -> Blocks:
    """Return the cheapest steps to the next grade, each point at the same cost."""
    from lsstd.pages.plan_page import cheapest_way  # not loaded by the terminal, which shows no plan

    return cheapest_way(result, lang)


@PIECES.add(msg("Findings"))
def findings(result: Result, lang: Lang) -> Blocks:
    """Return the findings: what a reader should know beyond the numbers."""
    rows = [(found.clause, found.message) for found in result.findings]
    return grid(lang, (msg("clause"), msg("message")), rows) if rows else msg("Nothing to report.")


@PIECES.add(msg("Row by row"))
def rows(result: Result, lang: Lang) -> Blocks:
    """Return the whole score sheet: each row's wording, state and points, by indicator."""
    listed: list[tuple[object, ...]] = []
    groups, above = [], ""
    for row in result.criteria.values():
        if row.criterion.indicator != above:
            above = row.criterion.indicator
            groups.append(len(listed))
            bar = _bar(result.indicators[above], result.standard, lang)
            listed.append((f"{bar.label} · {bar.text}", *[""] * 4))
        rule, found = rule_text(result.standard, row.criterion), row.quantity.found if row.quantity else ()
        told = [*([rule] if rule else []), *(tell_test(result.standard, p.test) for p in row.parts if p.test)]
        told += [tell_fact(result.standard, *named) for named in found]
        details = "".join(f"\n· {text.to(lang)}" for text in told)
        wording = ("" if lang == "zh" else f"{row.criterion.gloss.en}\n") + row.criterion.text + details
        points = "–".join(dict.fromkeys(result.standard.points(row.secured, row.possible)))
        scored = (None, None) if row.criterion.max_score is None else (points, row.maximum)
        listed.append((row.criterion.row, wording, _state(row.state, lang), *scored))
    heads = msg("row"), msg("wording"), msg("state"), msg_in("score", "points"), msg_in("maximum", "maximum")
    return grid(lang, heads, listed, right=(0, 3, 4), tight=(2,), groups=groups)


@PIECES.add(READINGS)
def readings(result: Result, lang: Lang) -> Blocks:
    """Return each reading used, with the question that it answers."""
    asked, rows = {str(key): reading for key, reading in result.standard.readings.items()}, []
    for key, option in result.readings.items():
        if reading := asked.get(key):
            rows.append((reading.clause, reading.question, noted(reading.options[option], f"{key}: {option}")))
    if not rows:
        return msg("The standard leaves no question open.")
    intro = msg("Where the text leaves a question open, it was read as follows:")
    heads = msg("clause"), msg("question"), msg("reading used")
    return intro, grid(lang, heads, rows, tight=(0,))


@PIECES.add(SOURCES)
def sources(result: Result, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Blocks:
    """Return what the result was computed from, last of all; `more` holds the files and their check sums."""
    return sources_tables(result.standard, lang, [(msg("Reference day"), result.assessment.as_of)], more)


def sources_tables(
    standard: Standard,
    lang: Lang,
    rows: Iterable[tuple[Text, object]],
    more: Iterable[tuple[str, str]],
    whose: Text | None = None,
    files: Sequence[tuple[object, str, str]] = (),
) -> Blocks:
    """Return what a report was computed from: the standard, `rows`, the software, `more`; and whose files."""
    listed: list[tuple[object, object]] = [
        (msg("Standard"), noted(standard.standard, standard.edition)),
        (msg("SHA-256 of its file"), standard.sha256[:16] or None),
        *rows,
        (msg("Software"), f"lsstd {lsstd.__version__}"),
        *more,
    ]
    table = grid(lang, (msg("item"), msg("value")), listed)
    if whose is None or not files:
        return table
    heads, read = (whose, msg("file"), same("SHA-256")), [(who, name, sum[:16] or None) for who, name, sum in files]
    return table, grid(lang, heads, read, tight=(0, 2), caption=msg("Files read"))


def figure_cells(one: MeasureFigure | None) -> tuple[object, ...]:
    """Return a figure with its unit, period and source, and what it lacks, if anything."""
    if one is None or one.entry is None:
        return None, None, None, msg("not filled in")
    value, period = value_text(one.entry.value, one.fact.unit), period_text(one.entry.period)
    return value, period, one.entry.source, one.lacks or msg_in("answer", "yes")


# ── what commands show in the terminal ──────────────────────────────────────────────────────────────────────────────


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


def levels(result: Result, lang: Lang) -> Section:
    """Return each topic's level, its meaning on lsstd's own scale, the level that it counts as; then the figures."""
    standard, topics = result.standard, result.profile.topics if result.profile else ()
    heads = [msg("clause"), msg("topic"), msg("level"), msg("counts as"), msg("what the level means here")]
    rows: list[tuple[object, ...]] = []
    for entry in topics:
        meaning = None if entry.level is None else standard.scale[entry.level].meaning_for(entry.topic)
        level = "?" if entry.level is None else str(entry.level)
        rows.append((entry.topic.clause, entry.topic.label, level, entry.counted, meaning))
    figures = [(one.fact.label, *figure_cells(one)) for entry in topics for one in entry.measures if one.entry]
    title = msg("Maturity (lsstd's own scale, non-normative)")
    measured = grid(lang, (msg("measure"), *FIGURE_HEADS), figures, right=(1,)) if figures else None
    return section(title, lang, grid(lang, heads, rows, right=(2, 3)), measured)


def comparison_sections(comparison: Comparison, lang: Lang) -> Iterator[Section]:
    """Yield the cases beside each other, and for each case what changed and how many points that brought."""
    heads = [msg("name"), msg_in("column", "secured"), msg("possible"), msg("change"), msg("grade")]
    heads.append(msg("self-assessed"))
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
