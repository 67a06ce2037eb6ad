"""A design as sections: the reform first, then how each goal stands, how far one must go, what excludes what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lsstd.engine.verdict import self_assessment
from lsstd.exact import Exact, shown
from lsstd.pages.blocks import Paragraph, Section, Table, by_columns, chart_figure, grid, section, tiles
from lsstd.pages.impact_page import grades as impact_grades
from lsstd.pages.impact_page import summary as impact_summary
from lsstd.planning.design_goals import Goal, changeable
from lsstd.planning.design_result import Conflict, Design, Standing
from lsstd.words import Lang, Text, counted, in_turn, join, listing, msg, msg_in, paragraph, same, words

TITLE = msg("Smallest reform")
_STATUS = {
    "optimal": msg("proved to be the smallest"),
    "best_found": msg("the best found; a smaller one cannot be ruled out"),
    "infeasible": msg("no reform within these limits reaches all goals (checked twice)"),
    "unknown": msg("time ran out before an answer was found"),
}
FAMILIES = {"lines": msg("lines alone"), "rows": msg("rows' points alone"), "conditions": msg("conditions (in steps)")}
_FEW = 5


def design_sections(design: Design, lang: Lang = "zh") -> Iterator[Section]:
    """Yield all sections of a design."""
    notes = words(lang, *design.census.notes, self_assessment(design.standard))
    yield Section("", "", tuple(Paragraph(text, "status") for text in notes))
    yield summary(design, lang)
    yield section(msg("Goals"), lang, goals(design, lang))
    if design.conflicts:
        yield conflicts(design, lang)
    yield curve(design, lang)
    yield replace(impact_summary(design.impact, lang), title=msg("What the reform does").to(lang))
    yield impact_grades(design.impact, lang)
    yield section(msg("What the design rests on"), lang, *_basis(design))


def summary(design: Design, lang: Lang) -> Section:
    """Return the reform in a sentence, its key figures, and every change."""
    told = paragraph([in_a_sentence(design)]).to(lang)
    figures: list[tuple[Text, object]] = [
        (msg("Verdict"), _STATUS[design.status]),
        (msg("Points moved"), design.moved),
        (msg("Edits"), len(design.edits)),
        (msg("At least needed"), design.bound),
        (msg("Ruled out up to (points)"), design.excluded),
    ]
    firmness = design.refit and msg(
        "In {holds} of {samples} populations resampled from this one the reform reaches all goals; the table shows in "
        "how many the best reform of lines alone, or of rows alone (and of conditions), changes the same place. A "
        "reform fitted to one population fits others less well.",
        samples=design.refit.samples,
        holds=design.refit.holds,
    )
    verdict, edits = Paragraph(told, "verdict"), _edits(design, lang)
    return section(TITLE, lang, verdict, *design.causes, tiles(lang, figures), edits, firmness)


def in_a_sentence(design: Design) -> Text:
    """Return what was found in a sentence."""
    told = in_turn((_change(design, edit.path, edit.old, edit.new) for edit in design.edits), _FEW)
    if design.is_reached:
        edits = counted(len(design.edits), "edit")
        reached = msg("All goals are reached by {edits}: {changes}", edits=edits, changes=told)
        return reached if design.edits else msg("The current standard already reaches all goals")
    verdict, missed = _STATUS[design.status], join(each.goal.text for each in design.standings if not each.met)
    closest = msg("The closest: {changes}", changes=told)
    closest = closest if design.edits else msg("Nothing comes closer than no change")
    return msg("{verdict}. {closest}; missed: {goals}", verdict=verdict, closest=closest, goals=missed)


def _change(design: Design, path: str, old: Exact, new: Exact) -> Text:
    return msg("{what} {old} → {new}", what=design.label(path), old=shown(old), new=shown(new))


def _edits(design: Design, lang: Lang) -> Table | None:
    heads = [msg("what"), msg_in("plan", "now"), msg("then"), msg("same grades from–to")]
    heads += [msg("returns in refits")] if design.refit else []
    rows = []
    for edit in design.edits:
        between = "" if edit.interval is None else " – ".join(dict.fromkeys(shown(end) for end in edit.interval))
        returns = [f"{edit.returns} / {design.refit.samples}"] if design.refit else []
        rows.append((design.label(edit.path), edit.old, edit.new, between, *returns))
    return grid(lang, heads, rows, right=(1, 2, 3, 4)) if rows else None


def goals(design: Design, lang: Lang) -> Table:
    """Return the goals with what is asked, how they stand before and after, and by whom they are missed."""
    columns: list[tuple[Text, Callable[[Standing], object]]] = [
        (msg("goal"), lambda one: one.goal.text),
        (msg("hard"), lambda one: _yes(True) if one.goal.hard else ""),
        (msg("before"), lambda one: _measure(one.goal, one.before)),
        (msg("after"), lambda one: _measure(one.goal, one.after)),
        (msg_in("goal", "met"), lambda one: _yes(one.met)),
        (msg("short by"), lambda one: one.short_by or ""),
        (msg("subjects concerned"), lambda one: listing(map(same, one.witnesses), _FEW)),
    ]
    return by_columns(lang, design.standings, columns, right=(2, 3, 5))


def _yes(holds: bool) -> Text:
    return msg_in("answer", "yes") if holds else msg("no")


def _measure(goal: Goal, value: Exact) -> str:
    """Show a share in percent, and of a goal about nobody the number."""
    return shown(value) if goal.share is None else f"{shown(value * 100)}%"


def conflicts(design: Design, lang: Lang) -> Section:
    """Return the goals that exclude each other, the subjects behind it, and which could be dropped."""
    all_hard = msg("none: all are hard")
    columns: list[tuple[Text, Callable[[Conflict], object]]] = [
        (msg("goals that cannot all be reached"), lambda one: join(goal.text for goal in one.goals)),
        (msg("because of"), lambda one: listing(map(same, one.witnesses), _FEW)),
        (msg("drop one of"), lambda one: join(goal.text for goal in one.give_up) if one.give_up else all_hard),
    ]
    more = None if design.is_whole else msg("There may be more conflicts than these.")
    return section(msg("Conflicts"), lang, by_columns(lang, design.conflicts, columns), more)


def curve(design: Design, lang: Lang) -> Section:
    """Return how far goals are missed for a rising number of points moved, drawn and in numbers."""
    title = msg("How far a reform must go")
    figure = chart_figure(title.to(lang), "charts.design_curve", design, lang)
    heads = [msg("what may change"), msg("points moved"), msg("edits"), msg("subjects short"), msg("proved")]
    heads += [msg("by these changes")]
    old = changeable(design.standard)
    rows = []
    for point in design.curve:
        how = [_change(design, path, old[path], new) for path, new in point.changes.items()]
        told = in_turn(how, 3) if how else same("")
        missed = point.missed / design.denominator
        rows.append((FAMILIES[point.family], point.moved, point.edits, f"{missed:g}", _yes(point.proved), told))
    return section(title, lang, figure, grid(lang, heads, rows, right=(1, 2, 3)))


def _basis(design: Design) -> Iterator[Text]:
    """Yield what was minimised, in which steps and within which limits, and what was left aside."""
    goals = design.goals
    yield msg(
        "The search looks for the fewest points moved (what rows gain plus how far lines move), then for the fewest "
        "edits."
    )
    yield msg(
        "Lines move in steps of {lines}, rows' points in steps of {points}; the total stays {total}.",
        lines=shown(goals.step.lines),
        points=shown(goals.step.points),
        total=shown(design.standard.maximum),
    )
    yield msg(
        "Grades are by score and depend on lines and points; who may apply depends on conditions. The two are searched "
        "apart."
    )
    if design.census.weight is not None:
        yield msg("Shares are by weight; goals “nobody …” and the tables of the reform's effects count subjects.")
    yield from design.notes
    yield msg("Readings used: {readings}", readings=design.standard.readings_text(design.readings))
    yield msg("Population: {count} subjects, SHA-256 {sha}", count=design.census.count, sha=design.sha256[:16])
