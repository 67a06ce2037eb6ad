"""A round as its organiser sees it, and the papers that leave it: public notice, announcement, feedback letters.

None of these papers names who is on the panel or who objects, and none lets a proposed grade look like a result: that
is what the authority announces (HLJ 9.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import lsstd
from lsstd.engine.verdict import deciding, shown_grade
from lsstd.exact import Exact, shown
from lsstd.pages.application_page import schedule_section
from lsstd.pages.base_page import title_of
from lsstd.pages.blocks import Pairs, Paragraph, Section, Table, grid, labelled, paragraphs, section
from lsstd.pages.panel_page import points_by_stage
from lsstd.panel.cycle import Candidate, Cycle, ListChange
from lsstd.planning.procedure_days import ScheduledStep
from lsstd.standard.wording import STATES, edition_text, listed_text
from lsstd.words import Lang, Text, counted, in_turn, join, listing, msg, msg_in, noted, paired, paragraph, same

ROUND, NOTICE, ANNOUNCEMENT = msg("Round of evaluation"), msg("Public notice"), msg("Announcement")
LETTER = msg("Feedback to the base")
_LACKS = {
    "in_writing": msg("not in writing"),
    "real_name": msg("not under a real name"),
    "evidence": msg("no proof"),
    "contact": msg("no way to be reached"),
}
_DECISIONS = {"pending": msg_in("objection", "undecided"), "upheld": msg("upheld"), "rejected": msg("rejected")}
_REACHED_AT = msg("Contact: ________  Telephone: ________  Address: ________ (filled in by whoever publishes this)")


def cycle_sections(cycle: Cycle, lang: Lang) -> Iterator[Section]:
    """Yield a round for its organiser: where it stands, the list, objections, days, what was not used, provenance."""
    listed, ranked = len(_listed(cycle.current)), sum(one.rank is not None for one in cycle.current)
    taking_part = msg("{count} take part, {ranked} are ranked", count=len(cycle.current), ranked=ranked)
    count = paragraph([taking_part, msg("a grade is proposed for {listed}", listed=listed)])
    told = paragraphs(lang, (count, *_open(cycle), *_pending(cycle)), "verdict")
    yield section(cycle.file.title, lang, *told, *paragraphs(lang, [proposal(cycle)]))
    yield list_section(cycle, lang)
    if cycle.file.objections:
        yield section(msg("Objections"), lang, _objections(cycle, lang))
    if cycle.schedule:
        yield schedule_section(cycle.schedule, lang)
    if cycle.refused:
        rows = [(name, problem.text) for name, error in cycle.refused.items() for problem in error.problems]
        yield section(msg("Files that do not count"), lang, grid(lang, (msg("file"), msg("why")), rows))
    standard = cycle.standard
    about = [
        (msg("Standard"), noted(standard.standard, edition_text(standard))),
        (msg("SHA-256 of its file"), standard.sha256[:16]),
        (msg("combined by"), cycle.file.combination.text),
        (msg("Readings used"), standard.readings_text(standard.choose_readings(cycle.file.readings))),
        (msg("Rules and files"), msg("frozen") if cycle.is_frozen else msg("not frozen")),
        (msg("Software"), f"lsstd {lsstd.__version__}"),
    ]
    yield section(msg("Provenance"), lang, Pairs(labelled(lang, about)))


def _open(cycle: Cycle) -> Iterator[Text]:
    """Yield what keeps the list from being shown to the public."""
    if lacking := [same(one.base.name) for one in cycle.candidates if one.missing]:
        yield msg("Sheets are missing, so the list cannot be shown yet: {names}.", names=listing(lacking, 8))
    if unchecked := [same(one.base.name) for one in cycle.candidates if one.is_unchecked]:
        yield msg("Whether conditions are met is undecided: {names}.", names=listing(unchecked, 8))
    if cycle.refused:
        yield msg("{files} could not be used.", files=counted(len(cycle.refused), "file"))


def _pending(cycle: Cycle) -> Iterator[Text]:
    """Yield what keeps the results from being announced."""
    if pending := sum(one.decision == "pending" and not one.lacks for one in cycle.file.objections):
        yield msg("{count} to be decided.", count=counted(pending, "objection"))


def proposal(cycle: Cycle) -> Text:
    """Say that the grades are proposed, and whose word makes them results."""
    return msg("These grades are the panel's proposal, not a result. {decides}", decides=deciding(cycle.standard))


def list_section(cycle: Cycle, lang: Lang) -> Section:
    """Return every base by rank, for the organiser: with what the public is not shown."""
    heads = [msg("rank"), msg("name"), msg("region"), msg("panel"), msg("self-score")]
    heads += [msg("proposed grade"), msg("sheets"), msg("remark")]
    rows = []
    for one in cycle.current:
        told = list[Text]()
        if one.barred:
            told.append(msg("not ranked: {why}", why=one.barred))
        if one.is_unchecked:
            told.append(msg("conditions undecided") if one.own else msg("no self-assessment"))
        if one.missing:
            told.append(msg("no sheet of {experts}", experts=listing(map(same, one.missing), 8)))
        ratings = [one.panel.ratings(row.id) for row in cycle.standard.scored_rows] if one.panel else []
        if blank := sum(rating is None for row in ratings for rating in row):
            told.append(msg("{count} not given", count=counted(blank, "score")))
        if one.panel and one.panel.score.possible > one.panel.score.secured:
            told.append(msg("up to {points} with what is open", points=_points(cycle, one.panel.score.possible)))
        points = [_points(cycle, found.score.secured) if found else None for found in (one.panel, one.own)]
        grade = shown_grade(cycle.standard, one.grade) if one.rank else None
        sheets = f"{one.sheets} / {one.sheets + len(one.missing)}"
        rows.append(
            (rank_of(one), one.base.name, one.base.region, *points, grade, sheets, in_turn(told) if told else None)
        )
    return section(msg("List"), lang, grid(lang, heads, rows, right=(3, 4, 6), tight=(0,)))


def rank_of(place: Candidate) -> Text:
    """Return a rank as a list shows it, a tie as a tie."""
    rank = same("—" if place.rank is None else place.rank)
    return noted(rank, msg("tied")) if place.tied else rank


def _points(cycle: Cycle, score: Exact | None) -> str | None:
    return None if score is None else cycle.standard.points(score)[0]


def _objections(cycle: Cycle, lang: Lang) -> Table:
    """Return what came in, whether it can be admitted, and what it alone would change; never who objects."""
    heads = [msg("no."), msg("name"), msg("concerns"), msg("received"), msg("claim")]
    heads += [msg("can be admitted"), msg("decision"), msg("if it alone is upheld")]
    notice, objecting = cycle.steps.noticed, cycle.steps.objecting
    rows: list[tuple[object, ...]] = []
    for one, change in zip(cycle.file.objections, cycle.changes, strict=True):
        name, target = cycle.file.bases[one.subject].name, one.target(cycle.standard) or ""
        concerns = listed_text(cycle.standard, target)
        claim = STATES[one.claim] if isinstance(one.claim, str) else one.claim
        decision = noted(_DECISIONS[one.decision], one.reason) if one.reason else _DECISIONS[one.decision]
        admitted = msg_in("answer", "yes")
        if one.lacks:
            lacking = msg("no: {lacks}", lacks=join(_LACKS[key] for key in one.lacks))
            admitted = noted(lacking, objecting.step.clause) if objecting else lacking
        elif notice and notice.ends and one.received > notice.ends.isoformat():
            admitted = noted(admitted, msg("came in after the notice"))
        effect = change_text(cycle, change) if change else None
        rows.append((str(len(rows) + 1), name, concerns, one.received, claim, admitted, decision, effect))
    return grid(lang, heads, rows, right=(0, 4), tight=(3,))


def change_text(cycle: Cycle, change: ListChange) -> Text:
    """Tell what the list would be with one objection upheld: who rises, who falls."""
    moves = []
    for sides in change.moves:
        ends = [msg("not on the list")] * 2
        for side, place in enumerate(sides):
            if place.on_list is not None:
                ends[side] = join([rank_of(place), shown_grade(cycle.standard, place.grade)])
        moves.append(paired(sides[0].base.name, msg("{old} → {new}", old=ends[0], new=ends[1])))
    return in_turn(moves, 5) if change.is_seen else msg("the list stays as it is")


def notice_sections(cycle: Cycle, lang: Lang) -> Iterator[Section]:
    """Yield the public notice of the proposed grades, as the authority would publish it; a draft until it does."""
    notice, places = cycle.steps.noticed, _listed(cycle.proposed)
    listed = msg("the grades proposed for {count} of them are shown for comment", count=len(places))
    title = msg("Public notice of the proposed grades: {title}", title=cycle.file.title)
    opening = paragraph([_scored(cycle), noted(listed, notice.step.clause) if notice else listed])
    table = _public_list(cycle, places, msg("proposed grade"), lang)
    yield _paper(cycle, lang, title, notice, [opening, *_how_to_object(cycle)], table)


def announcement_sections(cycle: Cycle, lang: Lang) -> Iterator[Section]:
    """Yield the announcement of the results, with what became of objections; a draft until it is published."""
    places, objections = _listed(cycle.current), cycle.file.objections
    states = Counter(msg("not admitted") if one.lacks else _DECISIONS[one.decision] for one in objections)
    told = join(msg("{count} {state}", count=count, state=state) for state, count in states.items())
    received = msg(
        "{count} received during the notice: {told}.", count=counted(len(objections), "objection"), told=told
    )
    title = msg("Announcement of the results: {title}", title=cycle.file.title)
    results = msg("The results of {listed} are announced as follows.", listed=counted(len(places), "base"))
    opening = paragraph([_scored(cycle), msg("the grades proposed were shown to the public")])
    texts = [opening, received if objections else msg("No objection came in during the notice."), results]
    table = _public_list(cycle, places, msg("grade"), lang)
    yield _paper(cycle, lang, title, cycle.steps.announced, texts, table, _pending(cycle))


def _scored(cycle: Cycle) -> Text:
    """Tell who scored how many, under which standard."""
    standard = noted(msg_in("title", "“{title}”", title=cycle.standard.title), edition_text(cycle.standard))
    panel = cycle.steps.scored.step.actor if cycle.steps.scored else msg("expert panel")
    count = len(cycle.candidates)
    return msg(
        "under {standard}, the {panel} has scored {count} applicants", standard=standard, panel=panel, count=count
    )


def _paper(
    cycle: Cycle,
    lang: Lang,
    title: Text,
    step: ScheduledStep | None,
    told: Sequence[Text],
    table: Table,
    pending: Iterable[Text] = (),
) -> Section:
    """Return a paper for the public: what makes it a draft, its text, its list, whose it is and of which day."""
    actor = step.step.actor if step else msg("authority")
    organiser = cycle.file.organiser or msg("the organiser of the panel")
    mark = msg(
        "Draft by {organiser}; it counts only once the {actor} has published it.", organiser=organiser, actor=actor
    )
    status = (mark, proposal(cycle), cycle.standard.status, *_open(cycle), *pending)
    signed_by = [actor.to(lang), *([_day(step.begins).to(lang)] if step and step.begins else [])]
    above = *paragraphs(lang, status), *paragraphs(lang, [title], "headline"), *paragraphs(lang, told, "")
    return Section("", "", (*above, table, Paragraph("\n".join(signed_by), "signature")))


def _listed(ranked: Sequence[Candidate]) -> list[Candidate]:
    """Return the bases that the public sees: those with a grade."""
    return [one for one in ranked if one.on_list]


def _public_list(cycle: Cycle, places: Sequence[Candidate], graded: Text, lang: Lang) -> Table:
    """Return the bases with a grade, by rank, and nothing of anybody's person."""
    heads, standard = [msg("rank"), msg("name"), msg("region"), msg("score"), graded], cycle.standard
    rows = [
        (rank_of(one), one.base.name, one.base.region, _points(cycle, one.score), shown_grade(standard, one.grade))
        for one in places
    ]
    return grid(lang, heads, rows, right=(3,), tight=(0, 4))


def _day(day: date) -> Text:
    return msg("{year}-{month:02}-{day:02}", year=day.year, month=day.month, day=day.day)


def _how_to_object(cycle: Cycle) -> Iterator[Text]:
    """Yield from when until when the list is shown; who may object, to whom and how; where they can be reached."""
    notice, objecting = cycle.steps.noticed, cycle.steps.objecting
    if notice is None or objecting is None:
        return
    days = counted(notice.working_days, "working day")
    if notice.begins and notice.ends:
        first, last = _day(notice.begins), _day(notice.ends)
        yield msg("The notice runs from {first} to {last}, {days}.", first=first, last=last, days=days)
    else:
        yield msg("The notice runs for at least {days}, from ________ to ________.", days=days)
    step = objecting.step
    to = step.receiver or msg("authority")
    may = msg("during the notice {who} {may}, to the {to}", who=step.actor, may=step.action, to=to)
    yield paragraph([noted(may, step.clause)])
    yield _REACHED_AT


def letter_sections(cycle: Cycle, one: Candidate, lang: Lang) -> Iterator[Section]:
    """Yield the letter to a base about its evaluation: points by indicator, reasons by row, how to object; no names."""
    standard, panel = cycle.standard, one.panel
    pairs = [(msg("Round"), cycle.file.title), (msg("Standard"), title_of(standard, lang))]
    pairs += [(msg("Sheets counted"), str(one.sheets)), (msg("combined by"), cycle.file.combination.text)]
    marks = paragraphs(lang, (proposal(cycle), standard.status))
    yield section(paired(LETTER, one.base.name), lang, Pairs(labelled(lang, pairs)), *marks)
    if panel is None:
        yield section(msg("Score"), lang, msg("No sheet of the panel could be used."))
        return
    points = msg("{score} of {top} points", score=_points(cycle, panel.score.secured), top=shown(standard.maximum))
    grade = paired(msg("proposed grade"), shown_grade(standard, one.grade))
    standing = msg("not ranked: {why}", why=one.barred) if one.barred else grade
    table = points_by_stage(panel, [*panel.indicators, ""], msg("indicator"), lang)
    yield section(msg("Score"), lang, paragraph([in_turn([points, standing])]), table)
    rows: list[tuple[object, ...]] = []
    for key, row in panel.rows.items():
        reasons = in_turn(map(same, cycle.reasons(one, key)), 6)
        if row.secured < row.maximum or reasons.zh:
            rows.append((row.criterion.row, row.criterion.gloss, _points(cycle, row.secured), row.maximum, reasons))
    heads = [msg("row"), msg("criterion"), msg("panel"), msg("maximum"), msg("reasons")]
    listed = grid(lang, heads, rows, right=(0, 2, 3)) if rows else msg("The panel gave full points on every row.")
    yield section(msg("Rows and reasons"), lang, listed)
    if told := list(_how_to_object(cycle)):
        yield section(msg("If you disagree"), lang, *told)
