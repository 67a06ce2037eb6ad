"""A base's result as the sections of a report, each a function of the result and the language alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import lsstd
from lsstd.engine.facts import period_text, tell_fact, tell_test
from lsstd.engine.profile import MeasureFigure
from lsstd.engine.result import CriterionResult, IndicatorResult, Result, TableGrade
from lsstd.engine.verdict import disqualification, notices, shown_grades, verdict
from lsstd.exact import shown
from lsstd.pages.blocks import (
    NO_NAME,
    Bar,
    Paragraph,
    Section,
    Table,
    Tiles,
    bar_figure,
    cover_of,
    grid,
    labelled,
    report_sections,
    section,
)
from lsstd.standard.standard import Condition, Standard
from lsstd.standard.wording import STATES, any_of, demand_text, edition_text, named, rule_text, value_text
from lsstd.words import Lang, Text, join, msg, msg_in, noted, paragraph, same, words

PIECES: dict[str, Callable[..., Section]] = {}
"""The sections of the base report by their keys, in its order: what a printed report is made again from."""

FIGURE_HEADS = msg("figure"), msg_in("figure", "period"), msg("source"), msg("counts as evidence")
LEGEND = msg("secured"), msg("with every unknown granted")
MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "partly": "◐", "not_applicable": "–"}
READINGS = msg("Readings")


@report_sections("base", PIECES)
def cover(result: Result, lang: Lang) -> Section:
    """Return title, subject, reference day, edition and its status."""
    subject, standard = result.assessment.subject, result.standard
    pairs = [
        (msg("Standard"), title_of(standard, lang)),
        (msg("Region"), subject.region or None),
        (msg("Reference day"), result.assessment.as_of),
    ]
    kind = msg("Self-assessment report").to(lang)
    name = subject.name or NO_NAME.to(lang)
    first, notes = noticed(result, lang)
    return cover_of("", kind, name, labelled(lang, pairs), [*notes, standard.status.to(lang)], first)


def noticed(result: Result, lang: Lang) -> tuple[list[str], list[str]]:
    """Return what is told of a veto before all else, and that the result is a self-assessment."""
    told = words(lang, *notices(result))
    return told[:-1], told[-1:]


def notice(result: Result, lang: Lang) -> Section:
    """Return the same as a section without a title, to stand before what a command shows."""
    first, notes = noticed(result, lang)
    return Section("", "", (*(Paragraph(t, "verdict") for t in first), *(Paragraph(t, "status") for t in notes)))


def title_of(standard: Standard, lang: Lang) -> str:
    """Return a standard's title with its edition."""
    return noted(standard.title, edition_text(standard)).to(lang)


@report_sections("base", PIECES)
def summary(result: Result, lang: Lang) -> Section:
    """Return the verdict in one sentence and the key figures."""
    (secured, possible, _), grades = result.standard.points(*result.score), shown_grades(result)
    figures: list[tuple[Text, object]] = [(msg("Secured"), secured), (msg("Possible"), possible)]
    if result.standard.grades and not result.disqualified:
        figures.append((msg("Grade by score"), grades["secured"]))
    if result.standard.grades:
        figures.append((msg("Self-assessed grade"), grades["awarded"]))
    if not result.disqualified:
        figures += [(found.table.label, _spanned(result, found, lang)) for found in result.tables.values()]
    figures.append((msg("Rows settled"), " / ".join(map(str, result.completeness))))
    message = Paragraph(verdict(result).to(lang), "verdict")
    return section(msg("Verdict"), lang, message, Tiles(labelled(lang, figures)))


def _spanned(result: Result, found: TableGrade, lang: Lang) -> str:
    """Return the grade of a further table, or the two between which it lies."""
    grades = [result.standard.named(grade).to(lang) for grade in (found.secured, found.possible)]
    return " – ".join(dict.fromkeys(grades))


@report_sections("base", PIECES)
def explanation(result: Result, lang: Lang) -> Section:
    """Return what the result means, in paragraphs."""
    from lsstd.engine.narrative import narrative  # not loaded by the terminal, which shows no explanation

    return section(msg("What the result means"), lang, *narrative(result))


@report_sections("base", PIECES)
def conditions(result: Result, lang: Lang) -> Section:
    """Return the application conditions and vetoes, with the facts that decide them."""
    rows = []
    told = (
        (found, states)
        for listed, states in ((result.vetoes, _VETO_STATES), (result.conditions, STATES))
        for found in listed.values()
    )
    for found, states in told:
        is_any = isinstance(found.condition, Condition) and found.condition.any_of
        for tests in [found.tests] if is_any else [(test,) for test in found.tests]:
            named_tests = [(result.standard.facts[test.fact], test) for test in tests]
            demands = [demand_text(fact, test.operator, test.required) for fact, test in named_tests]
            values = join(value_text(named(fact, test.found), test.unit) for fact, test in named_tests)
            demand = any_of(demands) if is_any else demands[0]
            state = found.state if is_any else tests[0].state
            rows.append((found.condition.clause, demand, values, _state(state, lang, states)))
    none = msg("The standard has neither conditions nor vetoes.")
    heads = msg("clause"), msg("demand"), msg("found"), same("")
    title = msg("Application conditions and vetoes")
    return section(title, lang, grid(lang, heads, rows, tight=(0, 3)) if rows else none)


_VETO_STATES = {**STATES, "met": msg_in("veto", "does not apply"), "unmet": msg_in("veto", "applies")}


def _state(state: str, lang: Lang, states: Mapping[str, Text] = STATES) -> str:
    return f"{MARKS[state]} {states[state].to(lang)}"


@report_sections("base", PIECES)
def scores(result: Result, lang: Lang) -> Section:
    """Return the points of the lowest indicators, drawn, and a table of all."""
    nodes = [
        ("　" * (node.level - 1) + node.indicator.name.to(lang), node.score) for node in result.indicators.values()
    ]
    nodes.append((msg("Total").to(lang), result.score))
    rows = [(name, *result.standard.points(*score)) for name, score in nodes]
    heads = msg("indicator"), msg_in("column", "secured"), msg("possible"), msg("maximum")
    alt = msg("Points of each indicator as a share of its maximum").to(lang)
    figure = bar_figure(alt, *indicator_bars(result, lang))
    return section(msg("Score"), lang, figure, grid(lang, heads, rows, right=(1, 2, 3)))


def indicator_bars(result: Result, lang: Lang) -> tuple[list[Bar], list[str]]:
    """Return the bars of the lowest indicators, with their legend: secured and possible as shares of the maximum."""
    nodes = [node for node in result.indicators.values() if not result.standard.children_of[node.indicator.id]]
    return [_bar(node, result.standard, lang) for node in nodes], words(lang, *LEGEND)


def _bar(node: IndicatorResult, standard: Standard, lang: Lang) -> Bar:
    top, (*ends, most) = node.score.maximum, standard.points(*node.score)
    full, reached = (min(1.0, max(0.0, float(points) / float(top))) if top else 0.0 for points in node.score[:2])
    return Bar(node.indicator.name.to(lang), full, f"{' – '.join(dict.fromkeys(ends))} / {most}", reached - full)


@report_sections("base", PIECES)
def gaps(result: Result, lang: Lang) -> Section:
    """Return every row with points still to gain, and what closing it would bring."""
    title = msg("Gaps")
    if reason := disqualification(result):
        return section(title, lang, paragraph([reason]))
    if not result.gaps:
        return section(title, lang, msg("None: every row has its full points."))
    intro = msg("First the rows that alone bring a higher grade, then the others, by points to gain.")
    rows = [
        (
            gap.row.criterion.row,
            gap.row.criterion.gloss,
            _state(gap.row.state, lang),
            None if gap.row.criterion.max_score is None else f"+{shown(gap.points)}",
            (gap.grade or None) if gap.crosses else None,
        )
        for gap in result.gaps
    ]
    heads = msg("row"), msg("criterion"), msg("state"), msg("gain"), msg("alone reaches")
    return section(title, lang, intro, grid(lang, heads, rows, right=(0, 3), tight=(2,)))


@report_sections("base", PIECES)
def way_up(result: Result, lang: Lang) -> Section:
    """Return the cheapest steps to the next grade, each point at the same cost."""
    from lsstd.pages.plan_page import cheapest_way  # not loaded by the terminal, which shows no plan

    return cheapest_way(result, lang)


FINDINGS: dict[str, Text] = {
    "between_bands": msg_in("finding", "between grades"),
    "carried": msg_in("finding", "carried over"),
    "contradiction": msg_in("finding", "contradiction"),
    "cross_check": msg_in("finding", "cross-check"),
    "demand": msg_in("finding", "grade requirement"),
    "evidence": msg_in("finding", "evidence"),
    "gate": msg_in("finding", "gate"),
    "reading_matters": msg_in("finding", "reading"),
    "reform": msg_in("finding", "reform"),
    "same_quantity": msg_in("finding", "same quantity"),
    "veto": msg_in("finding", "veto"),
}


@report_sections("base", PIECES)
def findings(result: Result, lang: Lang) -> Section:
    """Return what a reader should know beyond the numbers."""
    rows = [(found.clause, found.message, FINDINGS.get(found.code, found.code)) for found in result.findings]
    listed = grid(lang, (msg("clause"), msg("message"), msg_in("column", "kind")), rows, tight=(2,))
    return section(msg("Findings"), lang, listed if rows else msg("Nothing to report."))


@report_sections("base", PIECES)
def rows(result: Result, lang: Lang) -> Section:
    """Return the whole score sheet: each row's wording, state and points."""
    listed = []
    for row in result.criteria.values():
        details = "".join(f"\n· {text.to(lang)}" for text in _details(result, row))
        wording = ("" if lang == "zh" else f"{row.criterion.gloss.en}\n") + row.criterion.text + details
        points = "–".join(dict.fromkeys(result.standard.points(row.secured, row.possible)))
        scored = (None, None) if row.criterion.max_score is None else (points, row.maximum)
        listed.append((row.criterion.row, wording, _state(row.state, lang), *scored))
    heads = msg("row"), msg("wording"), msg("state"), msg_in("score", "points"), msg_in("maximum", "maximum")
    return section(msg("Row by row"), lang, grid(lang, heads, listed, right=(0, 3, 4), tight=(2,)))


def _details(result: Result, row: CriterionResult) -> Iterator[Text]:
    """Yield a row's rule, and the facts that decided it."""
    if rule := rule_text(result.standard, row.criterion):
        yield rule
    yield from (tell_test(result.standard, part.test) for part in row.parts if part.test)
    yield from (tell_fact(result.standard, *named) for named in (row.quantity.found if row.quantity else ()))


@report_sections("base", PIECES)
def readings(result: Result, lang: Lang) -> Section:
    """Return each reading used, with the question that it answers."""
    asked = dict(result.standard.readings.items())
    rows = [
        (asked[key].clause, asked[key].question, noted(asked[key].options[option], f"{key}: {option}"))
        for key, option in result.readings.items()
        if key in asked
    ]
    if not rows:
        return section(READINGS, lang, msg("The standard leaves no question open."))
    intro = msg("Where the text leaves a question open, it was read as follows:")
    heads = msg("clause"), msg("question"), msg("reading used")
    return section(READINGS, lang, intro, grid(lang, heads, rows, tight=(0,)))


@report_sections("base", PIECES)
def sources(result: Result, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return what the result was computed from, last of all; `more` holds the files and their check sums."""
    day = (msg("Reference day"), result.assessment.as_of)
    return section(SOURCES, lang, sources_table(result.standard, lang, [day], more))


SOURCES = msg("Provenance")


def sources_table(
    standard: Standard | None, lang: Lang, rows: Iterable[tuple[Text, object]], more: Iterable[tuple[str, str]]
) -> Table:
    """Return what a report was computed from: the standard and its file, `rows`, the software, and `more`."""
    listed: list[tuple[object, object]] = [
        (msg("Standard"), noted(standard.standard, standard.edition) if standard else None),
        (msg("SHA-256 of its file"), (standard.sha256[:16] if standard else None) or None),
        *rows,
        (msg("Software"), f"lsstd {lsstd.__version__}"),
        *more,
    ]
    return grid(lang, (msg("item"), msg("value")), listed)


def figure_cells(one: MeasureFigure | None) -> tuple[object, ...]:
    """Return a figure with its unit, period and source, and what it lacks, if anything."""
    if one is None or one.entry is None:
        return None, None, None, msg("not filled in")
    entry = one.entry
    return (
        value_text(entry.value, one.fact.unit),
        period_text(entry.period),
        entry.source,
        one.lacks or msg_in("answer", "yes"),
    )
