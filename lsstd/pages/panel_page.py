"""The result of a panel as sections: how it was combined, what its grade depends on, how far its experts agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from lsstd.engine.verdict import deciding, disqualification
from lsstd.exact import Exact, shown, signed
from lsstd.pages.base_page import SOURCES, sources_tables, title_of
from lsstd.pages.blocks import (
    NO_NAME,
    Blocks,
    Pieces,
    Section,
    Table,
    by_columns,
    chart_figure,
    cover_of,
    grid,
    numbered,
    paragraphs,
    tiles,
)
from lsstd.panel.agreement import Way
from lsstd.panel.combination import LEVELS, RULES
from lsstd.standard.wording import STAGES, STATES, listed_text
from lsstd.words import Lang, Text, counted, join, listing, msg, msg_in, noted, paired, paragraph, printable, same

if TYPE_CHECKING:
    from lsstd.panel.agreement import ExpertView
    from lsstd.panel.panel_result import PanelResult

TITLE = msg("Panel report")
PIECES = Pieces("panel")
_EXPERT, _ROW, _SCORE, _GRADE = msg("expert"), msg("row"), msg("score"), msg("grade")
VERDICTS = {"strict": msg("strict"), "lenient": msg("lenient"), "erratic": msg("erratic")}
_WAYS: dict[Way, Text] = {"down": msg_in("grade", "down"), "up": msg_in("grade", "up")}
_MOST, _MOST_SCORES = 12, 6  # lines of a long table in the terminal; scores in one cell


def notices(panel: PanelResult) -> tuple[Text, ...]:
    """Return what comes first: what bars a grade, sheets that do not count; then whose word decides."""
    status = msg("Computed from the experts' sheets. {decides}", decides=deciding(panel.standard))
    messages, standing = list[Text](), panel.standing
    if barred := disqualification(standing):
        messages.append(paragraph([barred]))
    elif standing.eligible is False:
        unmet = [one.condition for one in standing.conditions.values() if one.state == "unmet"]
        listed = join(noted(condition.label, condition.clause) for condition in unmet)
        messages.append(msg("Conditions not met: {listed}. Whatever the score, there is no grade.", listed=listed))
    if panel.refused:
        count = counted(len(panel.refused), "sheet")
        messages.append(msg("Handed in but not counted, for the reasons below: {count}.", count=count))
    return (*messages, status)


def panel_sections(panel: PanelResult, lang: Lang) -> Iterator[Section]:
    """Yield what the terminal shows: everything except the stages row by row."""
    *first, status = notices(panel)
    name = panel.sheets[0].assessment.subject.name or NO_NAME.to(lang)
    yield Section("", name, (*paragraphs(lang, first, "verdict"), *paragraphs(lang, [status])))
    for make in PIECES.values():
        if make not in (cover, stages_of_rows) and (part := make(panel, lang)).blocks:
            yield part


def report_sections(panel: PanelResult, lang: Lang) -> list[Section]:
    """Return the whole report, numbered."""
    sections = (make(panel, lang) for make in PIECES.values())
    return numbered([section for section in sections if section.is_cover or section.blocks], lang)


def _points(panel: PanelResult, *points: Exact) -> str:
    return " – ".join(dict.fromkeys(panel.standard.points(*points)))


@PIECES.add()
def cover(panel: PanelResult, lang: Lang) -> Section:
    """Return whose panel it is, the stage, the experts, how they combine, and whose word decides."""
    sheet = panel.sheets[0].assessment
    pairs: list[tuple[Text, object]] = [
        (msg("Standard"), title_of(panel.standard, lang)),
        (msg("round"), sheet.round),
        (msg("stage"), STAGES[panel.sheets[0].stage]),
        (msg("experts"), same(", ".join(panel.experts))),
        (msg("combined by"), panel.combination.text),
    ]
    *first, status = notices(panel)
    return cover_of(lang, TITLE, sheet.subject.name, pairs, [status, panel.standard.status], first)


@PIECES.add(msg("Sheets that do not count"))
def refused(panel: PanelResult, lang: Lang) -> Blocks:
    """Return what is wrong with each sheet that was refused."""
    rows = [(error.title, printable(problem.text.to(lang))) for error in panel.refused for problem in error.problems]
    return grid(lang, (msg("sheet"), msg("why")), rows) if rows else []


@PIECES.add(msg("Result of the panel"))
def summary(panel: PanelResult, lang: Lang) -> Blocks:
    """Return score and grade, and on what they rest."""
    standard, overall, another = panel.standard, panel.agreement.alphas[-1], panel.flips.another_panel
    figures: list[tuple[Text, object]] = [
        (_SCORE, f"{_points(panel, *panel.score[:2])} / {shown(panel.score.maximum)}"),
        (msg("Grade by score"), standard.named(panel.grade)),
        (msg("number of experts"), str(len(panel.sheets))),
        (msg("Krippendorff's alpha"), _two(overall.alpha)),
    ]
    if panel.grade != panel.grade_possible:
        figures.insert(2, (msg("if all that is open were granted"), standard.named(panel.grade_possible)))
    if another:
        figures.append((msg("same grade from another panel"), f"{another.grades[panel.grade]:.0%}"))
    alt = msg("Total of each expert and of the panel, with the lines of the grades")
    chart = chart_figure(alt.to(lang), "charts.totals", panel, lang)
    return tiles(lang, figures), paired(msg("combined by"), panel.combination.text), chart


@PIECES.add(msg("Experts"))
def experts(panel: PanelResult, lang: Lang) -> Blocks:
    """Return each expert beside the others, and the grade without each."""
    views, every = panel.agreement.experts, len(panel.standard.scored_rows)
    groups = {sheet.expert.id: sheet.expert.group for sheet in panel.sheets}
    columns: list[tuple[Text, Callable[[ExpertView], object]]] = [
        (_EXPERT, lambda view: view.expert),
        (msg("group of raters"), lambda view: groups[view.expert]),
        (msg("rows scored"), lambda view: f"{view.rows_scored} / {every}"),
        (_SCORE, lambda view: _points(panel, *view.score[:2])),
        (_GRADE, lambda view: panel.standard.named(view.grade)),
        (msg("severity"), lambda view: f"{view.severity:+.1f} ± {view.standard_error:.1f}"),
        (msg("scatter"), lambda view: f"{view.noise:.1%}"),
        (msg("remark"), lambda view: join(VERDICTS[verdict] for verdict in view.verdicts)),
    ]
    if panel.without:
        columns.append((msg("panel without"), lambda view: _graded(panel.without[view.expert], lang)))
    short = ", ".join(view.expert for view in views if view.rows_scored < every)
    partly = msg("Partly filled: {names}. What is missing is filled in as the combination says.", names=short)
    notes = paragraphs(lang, [*([partly] if short else []), panel.agreement.method[1]])
    return by_columns(lang, views, columns, right=(2, 3, 5, 6)), *notes


def _graded(panel: PanelResult, lang: Lang) -> str:
    """Return what a panel comes to: its score and grade."""
    return f"{_points(panel, *panel.score[:2])} · {panel.standard.named(panel.grade).to(lang)}"


@PIECES.add(msg("Combined otherwise"))
def combination(panel: PanelResult, lang: Lang) -> Blocks:
    """Return score and grade under each rule at each level, and whether they differ."""
    cells = (f"{_graded(other, lang)}{' *' if other is panel else ''}" for other in panel.otherwise)  # rule by rule
    rows = [(label, *islice(cells, len(LEVELS))) for label in RULES.values()]
    grades = [*dict.fromkeys(panel.standard.named(other.grade) for other in panel.otherwise)]
    message = msg("Every rule at every level gives the same grade.")
    if len(grades) > 1:
        message = msg("The grade depends on how the scores are combined: {grades}.", grades=join(grades))
    star_note = msg("*: as combined here; each also with the same treatment of missing scores, groups and rounding")
    return message, grid(lang, (msg("rule"), *LEVELS.values()), rows), *paragraphs(lang, [star_note])


@PIECES.add(msg("Disagreements that can flip the grade"))
def decisive(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the rows whose disagreement alone can flip the grade."""
    rows = [
        (listed_text(panel.standard, key), lowest, highest, *map(panel.standard.named, grades))
        for key, lowest, highest, *grades in panel.flips.decisive
    ]
    if not rows:
        return msg("No row's disagreement alone can flip the grade.")
    heads = [_ROW, msg("lowest"), msg("highest"), msg("grade if all gave the lowest"), msg("if all gave the highest")]
    return grid(lang, heads, rows, right=(1, 2), most=_MOST)


@PIECES.add(msg("Smallest re-scoring that changes the grade"))
def rescoring(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the fewest scores of single experts that would cost the grade, or bring a higher one."""
    rows: list[tuple[object, ...]] = []
    if panel.standing.disqualified:  # the disqualified are shown no distance to a grade
        return []
    for way, found in panel.flips.rescoring.items():
        rescored = ((c, listed_text(panel.standard, c.criterion).to(lang)) for c in found.changes)
        scores = [paired(f"{c.expert} · {row}", f"{shown(c.before)} → {shown(c.after)}") for c, row in rescored]
        proof = msg("proved fewest") if found.is_proved else msg("best found")
        about = _WAYS[way], panel.standard.named(found.grade), len(scores), found.points
        rows.append((*about, proof, listing(scores, _MOST_SCORES)))
    if not rows:
        return msg("No change of scores would change the grade.")
    heads = [msg("way"), _GRADE, msg("scores"), msg("points in all"), msg("search")]
    heads.append(msg("scores to change"))
    return grid(lang, heads, rows, right=(2, 3))


@PIECES.add(msg("If another panel of the same kind had scored"))
def another_panel(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the chance of each grade under another panel, and how it is computed."""
    if (another := panel.flips.another_panel) is None:
        return msg("This panel cannot tell: that takes a standard with grades, two experts or more, and no consensus.")
    method = msg(
        "Another panel of as many experts, combined alike: experts' totals are taken as normal, with the spread "
        "of this panel ({spread} points); mean and spread being known from this panel only, Student's t is used. "
        "The papers and the base stay as they are; the grade is that of the total alone.",
        spread=f"{another.spread:.1f}",
    )
    rows = [(panel.standard.named(grade), f"{p:.1%}") for grade, p in another.grades.items()]
    return grid(lang, (_GRADE, msg("chance")), rows, right=(1,)), *paragraphs(lang, [method])


@PIECES.add(msg("Agreement"))
def agreement(panel: PanelResult, lang: Lang) -> Blocks:
    """Return Krippendorff's alpha of each indicator, with its interval."""
    rows = []
    for one in panel.agreement.alphas:
        name = listed_text(panel.standard, one.indicator) if one.indicator else msg("all rows")
        interval = "—" if one.low is None or one.high is None else f"{_two(one.low)} … {_two(one.high)}"
        rows.append((name, one.rows, _two(one.alpha), interval))
    heads = [msg("indicator"), msg("rows"), msg("alpha"), msg("interval")]
    return grid(lang, heads, rows, right=(1, 2, 3)), *paragraphs(lang, [panel.agreement.method[0]])


def _two(value: float | None) -> str:
    return "—" if value is None else f"{round(value, 2) + 0.0:.2f}"  # no -0.00


@PIECES.add(msg("Rows by disagreement"))
def disagreements(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the rows on which experts differ, the widest first: what each gave, combined, spread."""
    rows = []
    for row in panel.agreement.disagreements:
        points = [r and _points(panel, r.secured, r.possible) for r in panel.ratings(row.criterion)]
        rows.append((listed_text(panel.standard, row.criterion), *points, row.combined, row.spread))
    if not rows:
        return msg("The experts gave every row the same.")
    heads = [_ROW, *map(same, panel.experts), msg("combined"), msg_in("scores", "spread")]
    return grid(lang, heads, rows, right=range(1, len(heads)), most=_MOST)


@PIECES.add(msg("Self-score and verified, by indicator"))
def stages(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the points of each indicator at each stage that there is."""
    if len(panel.stages) == 1:
        return []
    return points_by_stage(panel, [*panel.indicators, ""], msg("indicator"), lang)


@PIECES.add(msg("Claims not borne out"))
def claims(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the rows for which the base claims more than the panel found."""
    if panel.self_score is None:
        return []
    if not panel.not_borne_out:
        return msg("Every claim of the self-score was borne out.")
    return points_by_stage(panel, panel.not_borne_out, _ROW, lang, _MOST)


@PIECES.add(msg("Self-score and verified, row by row"))
def stages_of_rows(panel: PanelResult, lang: Lang) -> Blocks:
    """Return the points of each row at each stage that there is."""
    names = [row.id for row in panel.standard.scored_rows]
    return points_by_stage(panel, names, _ROW, lang) if len(panel.stages) > 1 else []


def points_by_stage(
    panel: PanelResult, names: Iterable[str], first: Text, lang: Lang, most: int | None = None
) -> Table:
    """Return the points of some rows or indicators ("": the total) at each stage, and how they changed."""
    heads, rows = [first, *(STAGES[stage] for stage in panel.stages), msg_in("column", "change")], []
    for key in names:
        points = [scores[key] for scores in panel.stages.values()]
        name = listed_text(panel.standard, key) if key else msg("Total")
        change = signed(points[-1].secured - points[0].secured)
        rows.append((name, *(_points(panel, *each[:2]) for each in points), change))
    return grid(lang, heads, rows, right=range(1, len(heads)), most=most)


@PIECES.add(msg("Changes after a stage was closed"))
def changes(panel: PanelResult, lang: Lang) -> Blocks:
    """Return who changed which score when, from what to what, and why."""
    sheets = [sheet for one in (*panel.earlier, panel) for sheet in one.sheets]
    logged = [(sheet.expert.id, entry) for sheet in sheets for entry in sheet.log]
    rows = []
    for expert, entry in sorted(logged, key=lambda pair: (pair[1].when, pair[0])):
        ends = (STATES.get(end, end) if isinstance(end, str) else end for end in (entry.before, entry.after))
        about = listed_text(panel.standard, entry.row) if entry.row in panel.standard.criteria else entry.row
        rows.append((expert, entry.when, printable(entry.who), about, *ends, printable(entry.why)))
    ends_heads = msg_in("column", "from"), msg_in("column", "to")
    heads = [_EXPERT, msg("day of the change"), msg("changed by"), _ROW, *ends_heads, msg_in("column", "reason")]
    return grid(lang, heads, rows, tight=(1,)) if rows else []


@PIECES.add(SOURCES)
def sources(panel: PanelResult, lang: Lang) -> Blocks:
    """Return what the result was computed from: standard, readings, software, the sheets with their check sums."""
    rows: list[tuple[Text, object]] = [
        (msg("Readings used"), panel.standard.readings_text(panel.readings) or None),
        (msg("combined by"), panel.combination.text),
    ]
    every = [(s.expert.id, s.path.name, s.sha256) for one in (*panel.earlier, panel) for s in one.sheets]
    return sources_tables(panel.standard, lang, rows, (), _EXPERT, every)
