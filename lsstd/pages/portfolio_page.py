"""A portfolio as the sections of a report: ranks, grades, scores, common gaps, and changes since the last round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from lsstd.engine.result import Result
from lsstd.engine.verdict import self_assessment, shown_grades
from lsstd.exact import Exact, shown
from lsstd.pages import base_page
from lsstd.pages.base_page import SOURCES, sources_tables, title_of
from lsstd.pages.blocks import Bar, Blocks, Pieces, Section, bar_figure, cover_of, grid, paragraphs, signed, tiles
from lsstd.panel.portfolio import Member, Portfolio, RoundChanges
from lsstd.standard.bands import print_band
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, half_width, join, listing, msg, msg_in, noted, paragraph, quoted, same

PIECES = Pieces("portfolio")
_BARS, _GAPS, _TOLD, _ROWS, _NAMES = 10, 20, 3, 3, 8
_METHOD = msg(
    "Median and quartiles: by linear interpolation between neighbours in order, the ends "
    "included (as QUARTILE.INC of Excel)."
)
_ELIGIBLE = {True: msg_in("answer", "yes"), False: msg("no"), None: msg_in("condition", "undecided")}


@PIECES.add()
def cover(portfolio: Portfolio, lang: Lang) -> Section:
    """Return how many subjects, which standard and edition, the days, what every reader must know first."""
    standard, count = portfolio.standard, len(portfolio.members)
    label = standard.subject_label
    pairs: list[tuple[Text, object]] = [
        (msg("Standard"), title_of(standard, lang)),
        (msg("Number of assessments", label=label), str(count)),
        (msg("Reference day"), _days(portfolio.members, lang)),
    ]
    if portfolio.before:
        number = msg("{count}, reference day ", count=len(portfolio.before))
        pairs.append((msg("Last round"), number.to(lang) + _days(portfolio.before, lang)))
    title = msg("{count} assessments side by side", count=count, label=label).to(lang)
    notes = [self_assessment(standard), standard.status]
    return cover_of(lang, msg("Portfolio report"), title, pairs, notes, _disqualified(portfolio))


def _disqualified(portfolio: Portfolio) -> Iterator[Text]:
    """Yield a sentence that names the subjects that may not take part."""
    if portfolio.disqualified:
        names = _names(portfolio.disqualified)
        yield msg("Disqualified from taking part, and counted in no rank, grade or gap: {names}.", names=names)


def _days(members: Sequence[Member], lang: Lang) -> str:
    """Return the reference days: one, or the first and the last."""
    days = sorted({member.result.assessment.as_of or "" for member in members} - {""})
    missing = sum(not member.result.assessment.as_of for member in members)
    span = msg(" to ").to(lang).join(dict.fromkeys((days[0], days[-1]))) if days else "—"
    return span + (msg(" ({missing} without)", missing=missing).to(lang) if missing and days else "")


@PIECES.add(msg("Verdict"))
def summary(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return the verdict, the key figures, and in words what is notable."""
    standard, spread, count = portfolio.standard, portfolio.spread, len(portfolio.members)
    figures: list[tuple[Text, object]] = []
    if standard.grades:
        figures.append((msg("With a self-assessed grade"), f"{_awarded(portfolio)} / {count}"))
    if standard.conditions:
        figures.append((msg("Eligible"), f"{portfolio.eligible(True)} / {count}"))
    labels = msg("Median score"), msg("Highest score"), msg("Lowest score")
    figures += zip(labels, (spread.median, spread.highest, spread.lowest), strict=True)
    told = paragraph([*_disqualified(portfolio), _verdict(portfolio), self_assessment(standard)])
    words = (paragraph([text]) for text in _in_words(portfolio, standard))
    return [*paragraphs(lang, [told], "verdict"), tiles(lang, figures), *words]


def _awarded(portfolio: Portfolio) -> int:
    return sum(count.awarded for count in portfolio.grades if count.grade is not None)


def _verdict(portfolio: Portfolio) -> Text:
    """Return how many earn a grade, and the median."""
    count, middle = len(portfolio.members), shown(portfolio.spread.median)
    if not portfolio.standard.grades:
        return msg("Of {count} subjects, the median score is {middle} points.", count=count, middle=middle)
    return msg(
        "Of {count} subjects, {graded} reach a grade by score; {awarded} meet every condition as well and so have "
        "a self-assessed grade. The median score is {middle} points.",
        count=count,
        graded=sum(n.by_score for n in portfolio.grades if n.grade is not None),
        awarded=_awarded(portfolio),
        middle=middle,
    )


def _in_words(portfolio: Portfolio, standard: Standard) -> Iterator[Text]:
    """Yield a sentence each on grades, gaps, and what changed."""
    if standard.grades:
        counts = join(noted(standard.named(n.grade), n.by_score) for n in portfolio.grades)
        yield msg("Subjects by grade, by score alone: {counts}", counts=counts)
    if found := portfolio.gaps[:_TOLD]:
        names = join(noted(quoted(gap.criterion.gloss), f"{gap.missing} / {gap.count}") for gap in found)
        yield msg("Points are most often missed on {names}", names=names)
    if portfolio.change:
        if standard.grades:
            steps = [change.steps for change in portfolio.change.changes]
            up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
            yield msg("since the last round {up} rose, {down} fell in grade", up=up, down=down)
        yield _moved(portfolio.change)


@PIECES.add(msg("Grades"))
def grades(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return how many have which grade by score, drawn; and how many by their self-assessment as a whole."""
    standard, count = portfolio.standard, len(portfolio.taking_part)
    if not standard.grades:
        return msg("The standard has no grades.")
    rows = [(standard.named(n.grade), n.by_score, _percent(n.by_score, count), n.awarded) for n in portfolio.grades]
    bars = [Bar(name.to(lang), _part(n, count), noted(n, share).to(lang)) for name, n, share, _ in rows]
    alt = msg("Number of subjects by grade").to(lang)
    heads = msg("grade"), msg("by score"), msg("share"), msg("self-assessed")
    return bar_figure(alt, bars), grid(lang, heads, rows, right=(1, 2, 3))


@PIECES.add(msg("Ranking"))
def ranking(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return every subject by rank, with ties marked as ties."""
    standard = portfolio.standard
    intro = msg("By secured score; equal scores share a rank, and the next ranks are skipped (as in 1, 2, 2, 4).")
    heads = [msg("rank"), msg("name"), msg("region"), msg("secured"), msg_in("score", "possible")]
    heads += [msg("by score"), msg("self-assessed")] if standard.grades else []
    heads += [msg("eligible")] if standard.conditions else []
    rows = []
    for member in portfolio.members:
        result, grades = member.result, shown_grades(member.result)
        line: list[object] = [member.rank, member.label, member.region or None, *standard.points(*result.score[:2])]
        line += [grades["secured"], grades["awarded"]] if standard.grades else []
        rows.append(
            [*line, grades["awarded"] if result.disqualified else _eligible(result)] if standard.conditions else line
        )
    return intro, grid(lang, heads, rows, right=(0, 3, 4), tight=range(5, len(heads)))


def _eligible(result: Result) -> Text:
    """Tell whether a subject may apply, and if not or perhaps not, by which clauses."""
    state = {False: "unmet", None: "unknown"}.get(result.eligible)
    clauses = [same(found.condition.clause) for found in result.conditions.values() if found.state == state]
    return noted(_ELIGIBLE[result.eligible], join(clauses)) if clauses else _ELIGIBLE[result.eligible]


@PIECES.add(msg("Scores"))
def scores(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return how many scores lie in each tenth of the full score, drawn, and the quartiles."""
    spread, count = portfolio.spread, len(portfolio.members)
    most = max(r.count for r in portfolio.ranges)
    ranges = [(half_width(print_band(r.lower, r.upper)), r.count, _percent(r.count, count)) for r in portfolio.ranges]
    bars = [Bar(name.to(lang), _part(number, most), str(number)) for name, number, _ in ranges]
    alt = msg("Number of secured scores in each range").to(lang)
    counts = grid(lang, (msg("secured score"), msg("number"), msg("share")), ranges, right=(1, 2))
    heads = msg("lowest"), msg("lower quartile"), msg("median"), msg("upper quartile"), msg("highest")
    quartiles = grid(lang, heads, [spread], right=range(5), caption=msg("Median and quartiles of the scores"))
    return bar_figure(alt, bars), counts, quartiles, _METHOD


@PIECES.add(msg("Common gaps"))
def gaps(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return the rows on which most miss points, drawn; what closing each would bring."""
    found = portfolio.gaps
    if not found:
        return msg("None: every row has its full points.")
    rows = [(g.criterion.row, g.criterion.gloss, f"{g.missing} / {g.count}", g.points, g.rises) for g in found[:_GAPS]]
    shares = [_part(gap.missing, gap.count) for gap in found[:_BARS]]
    bars = [Bar(gloss.to(lang), share, part) for share, (_, gloss, part, *_) in zip(shares, rows, strict=False)]
    alt = msg("Share of subjects that miss points on each row").to(lang)
    heads = msg("row"), msg("criterion"), msg_in("column", "missing"), msg("mean gain"), msg("rise by this row alone")
    more = len(found) - _GAPS
    omitted = msg("{more} more rows are not listed.", more=more) if more > 0 else None
    note = msg(
        "The mean gain is over all subjects to which the row applies; the last column counts those that would rise if "
        "only this row were met."
    )
    return bar_figure(alt, bars), grid(lang, heads, rows, right=(0, 2, 3, 4)), omitted, note


def _names(members: Sequence[Member]) -> Text:
    """Return the names of subjects, and how many more there are."""
    names, more = join(member.label for member in members[:_NAMES]), len(members) - _NAMES
    return msg("{names} and {more} more", names=names, more=more, members=len(members)) if more > 0 else names


@PIECES.add(msg("Since the last round"))
def change(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return what changed since the last round: scores, grades, the rows that made it; who is new, who has left."""
    found = portfolio.change
    if found is None:
        return msg("No last round is given.")
    heads = [msg("name"), msg_in("column", "before"), msg("now"), msg("change"), msg("grade")]
    rows: list[tuple[object, ...]] = []
    for one in found.changes:
        was, now = one.before.result, one.now.result
        named = [shown_grades(result)["secured"].to(lang) for result in (was, now) if now.standard.grades]
        changed = sorted((row for row in one.case.changed if row.brought), key=lambda row: -abs(Fraction(row.brought)))
        reasons = [noted(row.gloss, signed(row.brought)) for row in changed]
        scored = was.score.secured, now.score.secured, signed(one.points)
        grade = " → ".join(dict.fromkeys(named)) or None
        rows.append((one.now.label, *scored, grade, listing(reasons, _ROWS) if reasons else None))
    listed = grid(lang, [*heads, msg("rows that moved most")], rows, right=(1, 2, 3), tight=(4,))
    return _moved(found), listed if rows else None, *_notes(found)


def _moved(found: RoundChanges) -> Text:
    """Return how many were matched and by what, and how their scores moved."""
    count, by_id = len(found.changes), sum(one.by == "id" for one in found.changes)
    up, down = (sum(sign * one.points > 0 for one in found.changes) for sign in (1, -1))
    return msg(
        "{count} are in both rounds ({by_id} matched by id, {by_name} by name): {up} scores "
        "rose, {down} fell, {stayed} stayed.",
        count=count,
        by_id=by_id,
        by_name=count - by_id,
        up=up,
        down=down,
        stayed=count - up - down,
    )


def _notes(found: RoundChanges) -> Iterator[Text]:
    """Yield who is new, who has left, who could not be matched for certain, and whether the rules changed."""
    for label, members in ((msg("New"), found.new), (msg("No longer taking part"), found.left)):
        if members:
            names = _names(members)
            yield msg("{label}: {names}.", label=label, names=names)
    for doubt in found.doubts:
        now, before = _names(doubt.now), _names(doubt.before)
        yield msg("Not matched, since id or name is not unique: now {now}; before {before}.", now=now, before=before)
    if found.other_rules:
        yield msg(
            "Note: the last round was evaluated under another edition or other readings; not every change is theirs."
        )


@PIECES.add(base_page.READINGS)
def readings(portfolio: Portfolio, lang: Lang) -> Blocks:
    """Return each reading used, with the question that it answers."""
    return base_page.readings(portfolio.members[0].result, lang).blocks


@PIECES.add(SOURCES)
def sources(portfolio: Portfolio, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Blocks:
    """Return what the portfolio was computed from, last of all: the standard, and every file."""
    rounds, count = (msg("this"), msg("last")), len(portfolio.members)
    files = [(rounds[place >= count], *named) for place, named in enumerate(portfolio.names.items())]
    return sources_tables(portfolio.standard, lang, (), more, msg("round"), files)


def _part(number: Exact, whole: Exact) -> float:
    """Return how much of a bar's track is full."""
    return min(1.0, max(0.0, float(Fraction(number) / whole))) if whole else 0.0


def _percent(number: Exact, whole: Exact) -> str:
    return f"{shown(Fraction(100 * number) / whole if whole else 0, 0)}%"
