"""Populations as sections: scores and ranking, grades along a sweep, what they depend on, lines that fit judgements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lsstd.engine.verdict import self_assessment
from lsstd.exact import exact, shown
from lsstd.pages.blocks import Block, Paragraph, Section, chart_figure, grid, paragraphs, section
from lsstd.pages.robustness_page import between_name
from lsstd.population.impact import records
from lsstd.standard.wording import listed_text
from lsstd.words import Lang, Text, counted, join, listing, msg, msg_in, noted, paired, same

if TYPE_CHECKING:
    from lsstd.planning.cut_scores import CutScores
    from lsstd.population.ranking import Ranking
    from lsstd.population.sweep import Sweep
    from lsstd.robustness.population_chances import PopulationChances
    from lsstd.robustness.population_sensitivity import PopulationSensitivity
    from lsstd.standard.standard import Standard


def scores_sections(ranking: Ranking, lang: Lang) -> Iterator[Section]:
    """Yield the counts by grade, who may apply, and the ranking from the top."""
    standard, census, counts = ranking.standard, ranking.census, ranking.counts
    grades = [(each["grade"], str(each["count"]), each["share"]) for each in ranking.to_dict()["grades"]]
    may = msg(
        "Conditions: met by {met}, not met by {unmet}, not known of {unknown} (grades are by score, whoever may apply)",
        met=counts.eligible[True],
        unmet=counts.eligible[False],
        unknown=counts.eligible[None],
    )
    listed = _by_grade(standard, msg("count"), grades, lang) if grades[1:] else None
    title = msg("{count} subjects by grade", count=census.count)
    weighed = msg("shares are weighted by the subjects' weights")
    told = [*([] if census.weight is None else [weighed]), *census.notes, self_assessment(standard)]
    yield section(title, lang, listed, may if standard.conditions else None, *paragraphs(lang, told))
    answers: dict[bool | None, Text] = {True: msg_in("answer", "yes"), False: msg_in("answer", "no"), None: same("—")}
    lines = []
    for place in counts.first:
        rank, is_tied = counts.totals.place(place.score)
        points, grade = standard.points(place.score)[0], standard.named(place.grade)
        lines.append((f"{rank}=" if is_tied else f"{rank}", place.id, points, grade, answers.get(place.eligible)))
    heads = [msg("rank"), msg_in("head", "subject"), msg("score"), msg("grade"), msg("conditions met")]
    tied = msg("= marks subjects with exactly the same score, which share a rank")
    more = msg("{more} more: -o FILE or --json lists them all", more=census.count - len(lines))
    further = [tied] if counts.totals.are_any_tied else []
    further += [more] if census.count > len(lines) else []
    yield section(msg("Ranking by score"), lang, grid(lang, heads, lines, right=(0, 2)), *paragraphs(lang, further))


def _by_grade(standard: Standard, counted: Text, lines: Iterable[tuple[str | None, str, float]], lang: Lang) -> Block:
    """Return the count and share of each grade."""
    rows = [(standard.named(grade), count, f"{share:.1%}") for grade, count, share in lines]
    return grid(lang, [msg("grade"), counted, msg("share")], rows, right=(1, 2))


def chances_sections(found: PopulationChances, lang: Lang) -> Iterator[Section]:
    """Yield the expected count of each grade, the mean score, and what they rest on."""
    standard, count, is_graded = found.standard, found.census.count, len(found.names) > 1
    grades = [(each["grade"], f"{each['count']:.1f}", each["probability"]) for each in records(found.grades)]
    mean = msg("Expected score: mean {mean}", mean=f"{found.mean:.2f}")
    weighed = msg("shares and mean count each subject by its weight")
    told = [*found.assumptions, *([] if found.census.weight is None else [weighed])]
    told += [*found.census.notes, self_assessment(standard)]
    told.append(msg("-o FILE or --json lists the chances of every subject"))
    listed = [_by_grade(standard, msg("expected"), grades, lang), mean] if is_graded else [mean]
    title = msg("Expected grades of {count} subjects", count=count)
    yield section(title, lang, *listed, *paragraphs(lang, told))


def sweep_sections(sweep: Sweep, lang: Lang) -> Iterator[Section]:
    """Yield the share of each grade for each value, as a chart and as a table, and what is counted."""
    names = [sweep.standard.named(grade) for grade in sweep.grades]
    rows = []
    for key, cells in sweep.table.groupby(list(sweep.paths), sort=False):
        shares = ["—" if share != share else f"{share:.1%}" for share in cells["share"]]
        values = (value if isinstance(value, str) else shown(exact(value), 6) for value in key)
        counted = cells["count"].sum(min_count=1)
        rows.append((*values, *shares, "—" if counted != counted else f"{counted:.0f}"))
    heads, width = [*sweep.labels, *names, msg_in("column", "counted")], len(sweep.paths)
    title = msg("Share of each grade")
    alt = msg("{title}, by {labels}", title=title, labels=join(sweep.labels))
    chart = chart_figure(alt.to(lang), "analysis_charts.sweep", sweep, lang)
    listed = grid(lang, heads, rows, right=range(width, len(heads)))
    yield section(title, lang, chart, listed, *paragraphs(lang, [*sweep.notes, self_assessment(sweep.standard)]))


def between_sections(found: PopulationSensitivity, lang: Lang) -> Iterator[Section]:
    """Yield what a target depends on between subjects: rows or indicators, pairs of them, indicators left out."""
    standard, is_score, kept = found.standard, found.target == "score", found.table.nlargest(15, "total")
    form = ".2f" if is_score else ".1%"
    value = _estimate(found.value, "value", form)
    title = msg("{target}: {value} of the subjects", target=between_name(found), value=value)
    if is_score:
        title = msg("{target}: mean {value}", target=between_name(found), value=value)
    what = msg("criterion") if found.by == "criteria" else msg("indicator")
    heads = [what, msg("nominal"), msg("first"), msg("total")]
    rows = [
        (
            listed_text(standard, next(iter(line.values()))),
            *(_estimate(line, key, ".1%") for key in ("nominal_share", "first_order", "total")),
        )
        for line in records(kept)
    ]
    legend = msg(
        "nominal: share of the points; first: share of the target's variance that its points explain; total: share of "
        "the variance that arises when its points are replaced with those of a random subject"
    )
    yield section(title, lang, grid(lang, heads, rows, right=range(1, len(heads))), *paragraphs(lang, [legend]))
    pairs = found.pairs[found.pairs["interaction"] >= 0.005].head(5)
    if len(pairs):
        lines = [
            (*(listed_text(standard, line[key]) for key in ("first", "second")), _estimate(line, "interaction", ".1%"))
            for line in records(pairs)
        ]
        heads = [msg("first"), msg("second"), msg("together only")]
        yield section(msg("Pairs that decide together"), lang, grid(lang, heads, lines, right=(2,)))
    heads = [msg("indicator"), msg("grades up"), msg("down"), msg("grades changed"), msg("mean shift in rank")]
    heads += [msg("largest")]
    shifts: list[tuple[object, ...]] = []
    for line in records(found.left_out):
        cells = ["—"] * 5
        if line["up"] is not None:
            shift, most_ = _estimate(line, "rank_shift", ".1f"), f"{line['largest_shift']:g}"
            cells = [f"{line['up']:.0f}", f"{line['down']:.0f}", _estimate(line, "moved", ".1%"), shift, most_]
        shifts.append((listed_text(standard, line["indicator"]), *cells))
    notes = paragraphs(lang, [*found.assumptions, self_assessment(standard)])
    title = msg("If the standard did without an indicator (the others rescaled)")
    yield section(title, lang, grid(lang, heads, shifts, right=range(1, 6)), *notes)


CUT_SCORES = msg("Lines that fit the judgements")
_CHART = "analysis_charts.cut_lines"
_LINES = {"printed": msg_in("lines", "printed"), "proposed": msg("proposed")}
_IDS, _DISPUTED = 6, 20  # shown; JSON has all


def cut_score_sections(found: CutScores, lang: Lang) -> Iterator[Section]:
    """Yield the lines that fit judgements best, who is judged otherwise, and how far the experts agree."""
    judged = found.judged
    subjects = counted(judged["id"].nunique(), "subject")
    experts = counted(judged["expert"].nunique(), "expert")
    count = counted(len(judged), "judgement")
    verdict = msg("{count} of {subjects} by {experts}.", count=count, subjects=subjects, experts=experts)
    misfits = [(name, found.misfit(under)) for under, name in _LINES.items()]
    rows = [(name, shown(misfit["count"]), shown(misfit["distance"])) for name, misfit in misfits]
    rows.append((msg("fewest under any lines"), "", shown(found.least)))
    heads = [msg("lines"), msg("judgements that differ"), msg("total grades apart")]
    misfit, chart = grid(lang, heads, rows, right=(1, 2)), chart_figure(CUT_SCORES.to(lang), _CHART, found, lang)
    told = Paragraph(verdict.to(lang), "verdict")
    yield section(CUT_SCORES, lang, told, misfit, chart, _cut_lines(found, lang))
    heads = [msg("lines"), msg("grade given"), msg("judgements"), msg("judged higher"), msg("judged lower")]
    otherwise = (row for under in _LINES for row in _otherwise(found, under))
    yield section(msg("Where experts judge otherwise"), lang, grid(lang, heads, otherwise, right=(2,)))
    yield from _experts(found, lang)
    notes = paragraphs(lang, [*found.notes, self_assessment(found.standard)])
    yield section(msg("What the lines rest on"), lang, *notes)


def _cut_lines(found: CutScores, lang: Lang) -> Block:
    """Return the lines, all others that fit equally well, and their errors by resampling."""
    heads = [msg("grade"), msg("printed line"), msg("proposed line"), msg("lines that fit as well")]
    heads += [msg("midpoint, 90% interval"), msg("standard error")]
    rows = []
    for line in found.lines:
        at = line.estimate
        estimate = _estimate({"at": at.value, "at_low": at.low, "at_high": at.high}, "at", ".1f")
        runs = ", ".join("–".join(dict.fromkeys(map(shown, run))) for run in line.intervals)
        error = "—" if at.error is None else f"{at.error:.1f}"
        rows.append((line.grade, line.printed, line.proposed, runs, estimate, error))
    return grid(lang, heads, rows, right=(1, 2, 5))


def _otherwise(found: CutScores, under: str) -> Iterator[tuple[object, ...]]:
    """Yield each grade that lines give, with who is judged higher and lower, and by how many experts."""
    judged, given = found.judged["judged"], found.judged[under]
    for rank in reversed(range(len(found.grades))):
        cells = []
        for side in (judged > given, judged < given):
            ids = Counter(found.judged["id"][side & (given == rank)])
            names = listing((same(f"{name} ×{n}" if n > 1 else name) for name, n in ids.items()), _IDS)
            cells.append(noted(str(ids.total()), names) if ids else same("—"))
        if count := int((given == rank).sum()):
            yield (_LINES[under], found.standard.named(found.grades[rank]), count, *cells)


def _experts(found: CutScores, lang: Lang) -> Iterator[Section]:
    """Yield each expert's judgements against the proposed lines, their agreement, and whom they differ on."""
    rows: list[tuple[object, ...]] = []
    for name, lines in found.judged.groupby("expert", sort=False):
        higher, lower = (lines["judged"] > lines["proposed"]).sum(), (lines["judged"] < lines["proposed"]).sum()
        rows.append((name, len(lines), len(lines) - higher - lower, higher, lower))
    heads = [msg("expert"), msg("judgements"), msg("as the proposed lines"), msg("higher"), msg("lower")]
    alpha = None
    if found.alpha is not None:
        alpha = msg(
            "Krippendorff's alpha of the judged grades: {alpha} (1: full agreement; 0: no better than chance)",
            alpha=f"{found.alpha:.2f}",
        )
    yield section(msg("Experts"), lang, grid(lang, heads, rows, right=(1, 2, 3, 4)), alpha)
    if found.disputed:
        points = dict(zip(found.judged["id"], found.judged["score"], strict=True))
        rows = [
            (name, f"{points[name]:.2f}", join(paired(e, found.standard.named(g)) for e, g in grades.items()))
            for name, grades in list(found.disputed.items())[:_DISPUTED]
        ]
        title = msg("Subjects on which experts differ ({count})", count=len(found.disputed))
        yield section(title, lang, grid(lang, [msg("id"), msg("score"), msg("grades judged")], rows, right=(1,)))


def _estimate(line: Mapping[str, Any], key: str, form: str) -> str:
    """Return an estimate with its interval, if it has one."""
    low, high = line.get(f"{key}_low"), line.get(f"{key}_high")
    interval = "" if low is None else f" [{low:{form}}, {high:{form}}]"
    return "—" if line[key] is None else f"{line[key]:{form}}{interval}"
