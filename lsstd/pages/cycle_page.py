"""A round as its organiser sees it, and the papers that leave it: public notice, announcement, feedback letters.

None of these papers names who is on the panel or who objects, and none lets a proposed grade look like a result: that
is what the authority announces (HLJ 9.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import lsstd
from lsstd.engine.verdict import shown_grade
from lsstd.errors import Problem
from lsstd.exact import Exact, shown
from lsstd.pages.application_page import schedule_section
from lsstd.pages.base_page import title_of
from lsstd.pages.blocks import Pairs, Paragraph, Section, Table, grid, labelled, section, signed
from lsstd.panel.cycle import Cycle, Effect, Place
from lsstd.panel.cycle_file import Objection
from lsstd.planning.procedure_days import ScheduledStep
from lsstd.standard.wording import STATES, edition_text
from lsstd.words import Lang, Text, counted, in_turn, join, msg, msg_in, noted, paired, paragraph, quoted, same

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
    told = (Paragraph(text.to(lang), "verdict") for text in (_count(cycle), *_open(cycle), *_pending(cycle)))
    yield section(cycle.file.title, lang, *told, Paragraph(proposal(cycle).to(lang), "status"))
    yield list_section(cycle, lang)
    if cycle.file.objections:
        yield section(msg("Objections"), lang, _objections(cycle, lang))
    if cycle.schedule:
        yield schedule_section(cycle.schedule, lang)
    if cycle.faults:
        heads = [msg("file"), msg("where"), msg("found"), msg("expected")]
        rows = [(name, _place_of(problem), problem.found, problem.expected) for name, problem in cycle.faults]
        yield section(msg("Files that were not used"), lang, grid(lang, heads, rows))
    yield section(msg("Provenance"), lang, Pairs(labelled(lang, _provenance(cycle))))


def _count(cycle: Cycle) -> Text:
    ranks = sum(place.rank is not None for place in cycle.current)
    grades = sum(place.standing.grade is not None for place in cycle.current)
    text = msg(
        "{count} take part: {ranked} are ranked, {listed} of them with a proposed grade",
        count=len(cycle.current),
        ranked=ranks,
        listed=grades,
    )
    return paragraph([text])


def _open(cycle: Cycle) -> Iterator[Text]:
    """Yield what keeps the list from being shown to the public."""
    if lacking := [same(place.standing.base.name) for place in cycle.proposed if place.standing.missing]:
        names = in_turn(lacking, 8)
        yield paragraph([msg("sheets are missing, so the list cannot be shown yet: {names}", names=names)])
    if cycle.faults:
        files = counted(len({fault.file for fault in cycle.faults}), "file")
        yield paragraph([msg("{files} could not be used", files=files)])


def _pending(cycle: Cycle) -> Iterator[Text]:
    """Yield what keeps the results from being announced."""
    if pending := sum(one.decision == "pending" and not one.lacks for one in cycle.file.objections):
        yield paragraph([msg("{count} to be decided", count=counted(pending, "objection"))])


def proposal(cycle: Cycle) -> Text:
    """Say that the grades are proposed, and what alone makes them results."""
    if (last := cycle.steps.announced) is None or not last.step.decides:
        return msg("These grades are the panel's proposal, not an official result.")
    decides = noted(last.step.decides, last.step.clause)
    return msg("These grades are the panel's proposal, not a result: only {decides} makes them one.", decides=decides)


def list_section(cycle: Cycle, lang: Lang) -> Section:
    """Return every base by rank, for the organiser: with what the public is not shown."""
    heads = [msg("rank"), msg("name"), msg_in("head", "region"), msg_in("column", "panel"), msg("self-score")]
    heads += [msg("proposed grade"), msg_in("column", "sheets"), msg_in("column", "remark")]
    rows = []
    for place in cycle.current:
        one = place.standing
        scores = (one.panel and one.panel.score, one.own and one.own.score)
        points = [_points(cycle, score and score.secured) for score in scores]
        grade = shown_grade(cycle.standard, one.grade) if place.rank else None
        sheets = f"{one.sheets} / {one.sheets + len(one.missing)}"
        rows.append((rank_of(place), one.base.name, one.base.region, *points, grade, sheets, _remark(cycle, place)))
    return section(msg("List"), lang, grid(lang, heads, rows, right=(3, 4, 6), tight=(0,)))


def _remark(cycle: Cycle, place: Place) -> Text | None:
    """Tell what the organiser must know of a base: what bars it, what is open."""
    one, told = place.standing, list[Text]()
    if one.barred:
        told.append(msg("not ranked: {why}", why=one.barred))
    if one.own is None:
        told.append(msg("no self-assessment, so its conditions are not checked"))
    elif one.own.eligible is None and not one.barred:
        told.append(msg("conditions undecided"))
    if one.panel is None:
        told.append(msg("no sheet"))
    elif blank := sum(rating is None for row in cycle.standard.scored_rows for rating in one.panel.ratings(row.id)):
        told.append(msg("{count} not given", count=counted(blank, "score")))
    if one.panel and one.panel.score.possible > one.panel.score.secured:
        told.append(msg("up to {points} with what is open", points=_points(cycle, one.panel.score.possible)))
    return in_turn(told) if told else None


def _place_of(problem: Problem) -> str:
    line = "" if problem.line is None else msg(" (line {line})", line=problem.line).zh
    return f"{problem.where}{line}"


def rank_of(place: Place) -> Text:
    """Return a rank as a list shows it, a tie as a tie."""
    rank = same("—" if place.rank is None else place.rank)
    return noted(rank, msg("tied")) if place.tied else rank


def _points(cycle: Cycle, score: Exact | None) -> str | None:
    return None if score is None else cycle.standard.points(score)[0]


def _objections(cycle: Cycle, lang: Lang) -> Table:
    """Return what came in, whether it can be admitted, and what it alone would change; never who objects."""
    heads = [msg_in("column", "no."), msg("name"), msg("concerns"), msg("received"), msg_in("column", "claim")]
    heads += [msg("can be admitted"), msg("decision"), msg("if it alone is upheld")]
    names = {key: base.name for key, base in cycle.file.bases.items()}
    rows = [
        (
            str(number),
            names[one.subject],
            _concerned(cycle, one),
            one.received,
            STATES[one.claim] if isinstance(one.claim, str) else one.claim,
            _admitted(cycle, one),
            _DECISIONS[one.decision],
            effect_text(cycle, effect) if effect else None,
        )
        for number, (one, effect) in enumerate(zip(cycle.file.objections, cycle.effects, strict=True), start=1)
    ]
    return grid(lang, heads, rows, right=(0, 4), tight=(3,))


def _concerned(cycle: Cycle, objection: Objection) -> Text:
    """Name the row, condition or veto that an objection concerns."""
    target, standard = objection.target(cycle.standard) or "", cycle.standard
    if row := standard.criteria.get(target):
        return msg("row {row} {gloss}", row=row.row, gloss=quoted(row.gloss))
    condition = {**standard.conditions, **standard.vetoes}[target]
    return noted(condition.label, condition.clause)


def _admitted(cycle: Cycle, objection: Objection) -> Text:
    notice = cycle.steps.noticed
    if not objection.lacks:
        is_late = notice and notice.ends and objection.received > notice.ends.isoformat()
        yes = msg_in("answer", "yes")
        return noted(yes, msg("came in after the notice")) if is_late else yes
    lacks = join(_LACKS[key] for key in objection.lacks)
    return msg(
        "no: {lacks} ({clause})",
        lacks=lacks,
        clause=cycle.steps.objecting.step.clause if cycle.steps.objecting else "—",
    )


def effect_text(cycle: Cycle, effect: Effect) -> Text:
    """Tell what the list would be with one objection upheld: who rises, who falls."""
    if not effect.changes_list:
        return msg("the list stays as it is")
    moves = [_move(cycle, old, new) for old, new in ((effect.before, effect.after), *effect.moved)]
    return in_turn(moves, 5)


def _move(cycle: Cycle, old: Place, new: Place) -> Text:
    name = old.standing.base.name
    if new.stands is None:
        return paired(name, msg("leaves the list"))
    if old.stands is None:
        grade = shown_grade(cycle.standard, new.standing.grade)
        return paired(name, msg("enters the list with rank {rank}, {grade}", rank=rank_of(new), grade=grade))
    told = ([rank_of(place), shown_grade(cycle.standard, place.standing.grade)] for place in (old, new))
    changed = [msg("{old} → {new}", old=a, new=b) for a, b in zip(*told, strict=True) if a != b]
    return paired(name, join(changed))


def notice_sections(cycle: Cycle, lang: Lang) -> Iterator[Section]:
    """Yield the public notice of the proposed grades, as the authority would publish it; a draft until it does."""
    notice, places = cycle.steps.noticed, [place for place in cycle.proposed if place.standing.grade]
    opening = msg(
        "under {standard}, {panel} has scored {count} applicants; the grades proposed for {listed} of them are shown "
        "for comment",
        **_who(cycle), listed=len(places),
    )  # fmt: skip
    title = msg("Public notice of the proposed grades: {title}", title=cycle.file.title)
    told = [paragraph([noted(opening, notice.step.clause) if notice else opening]), *_how_to_object(cycle)]
    yield _paper(cycle, lang, title, notice, told, _public_list(cycle, places, msg("proposed grade"), lang))


def announcement_sections(cycle: Cycle, lang: Lang) -> Iterator[Section]:
    """Yield the announcement of the results, with what became of objections; a draft until it is published."""
    last, places = cycle.steps.announced, [place for place in cycle.current if place.standing.grade]
    count = Counter(one.decision for one in cycle.file.objections if not one.lacks)
    opening = msg(
        "Under {standard}, {panel} has scored {count} applicants, and the grades proposed were shown to the public.",
        **_who(cycle),
    )
    objections = msg(
        "{received} came in during the notice: {admitted} admitted, of which {upheld} upheld, {rejected} rejected, "
        "{open} undecided.",
        received=counted(len(cycle.file.objections), "objection"), admitted=count.total(), upheld=count["upheld"],
        rejected=count["rejected"], open=count["pending"],
    )  # fmt: skip
    title = msg("Announcement of the results: {title}", title=cycle.file.title)
    results = msg("The results of {listed} are announced as follows.", listed=counted(len(places), "base"))
    table = _public_list(cycle, places, msg("grade"), lang)
    yield _paper(cycle, lang, title, last, [opening, objections, results], table, _pending(cycle))


def _who(cycle: Cycle) -> dict[str, object]:
    scoring = cycle.steps.scored
    panel = scoring.step.actor if scoring else msg("the panel")
    standard = noted(msg_in("title", "“{title}”", title=cycle.standard.title), edition_text(cycle.standard))
    return {"standard": standard, "panel": panel, "count": len(cycle.standings)}


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
    actor = step.step.actor if step else msg("the authority")
    organiser = cycle.file.organiser or msg("the organiser of the panel")
    mark = msg("Draft by {organiser}; it counts only once {actor} has published it.", organiser=organiser, actor=actor)
    status = (mark, proposal(cycle), cycle.standard.status, *_open(cycle), *pending)
    marks, texts = ([Paragraph(text.to(lang), kind) for text in ts] for ts, kind in ((status, "status"), (told, "")))
    signed_by = [actor.to(lang), *([_day(step.begins).to(lang)] if step and step.begins else [])]
    end = Paragraph("\n".join(signed_by), "signature")
    return Section("", "", (*marks, Paragraph(title.to(lang), "headline"), *texts, table, end))


def _public_list(cycle: Cycle, places: Sequence[Place], graded: Text, lang: Lang) -> Table:
    """Return the bases with a grade, by rank, and nothing of anybody's person."""
    heads, standard = [msg("rank"), msg("name"), msg_in("head", "region"), msg("score"), graded], cycle.standard
    listed = [(rank_of(place), place.standing) for place in places]
    rows = [(r, s.base.name, s.base.region, _points(cycle, s.score), shown_grade(standard, s.grade)) for r, s in listed]
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
    to = step.receiver or msg("the authority")
    may = msg("during the notice {who} {may}, to {to}", who=step.actor, may=step.action, to=to)
    yield paragraph([noted(may, step.clause)])
    yield _REACHED_AT


def letter_sections(cycle: Cycle, place: Place, lang: Lang) -> Iterator[Section]:
    """Yield what a base is told of its evaluation: points by indicator, reasons by row, how to object; no names."""
    one, standard = place.standing, cycle.standard
    pairs = [(msg("Round"), cycle.file.title), (msg("Standard"), title_of(standard, lang))]
    pairs += [(msg("Sheets counted"), str(one.sheets)), (msg("How they combine"), cycle.file.combination.text)]
    marks = [Paragraph(text.to(lang), "status") for text in (proposal(cycle), standard.status)]
    yield section(paired(LETTER, one.base.name), lang, Pairs(labelled(lang, pairs)), *marks)
    if one.panel is None:
        yield section(msg("Score"), lang, msg("No sheet of the panel could be used."))
        return
    points = msg("{score} of {top} points", score=_points(cycle, one.panel.score.secured), top=shown(standard.maximum))
    standing = (
        msg("not ranked: {why}", why=one.barred)
        if one.barred
        else paired(msg("proposed grade"), shown_grade(standard, one.grade))
    )
    yield section(msg("Score"), lang, paragraph([in_turn([points, standing])]), _indicators(cycle, place, lang))
    yield section(msg("Rows and reasons"), lang, _reasons(cycle, place, lang))
    if told := list(_how_to_object(cycle)):
        yield section(msg("If you disagree"), lang, *told)


def _indicators(cycle: Cycle, place: Place, lang: Lang) -> Table:
    """Return the points of each indicator: the base's own, the panel's, the maximum."""
    one, rows = place.standing, list[tuple[object, ...]]()
    for key, node in one.panel.indicators.items() if one.panel else ():
        own = one.own.indicators[key].score.secured if one.own else None
        name = "　" * (node.level - 1) + node.indicator.name.to(lang)
        rows.append((name, _points(cycle, own), _points(cycle, node.score.secured), node.score.maximum))
    heads = [msg("indicator"), msg("self-score"), msg_in("column", "panel"), msg("maximum")]
    return grid(lang, heads, rows, right=(1, 2, 3))


def _reasons(cycle: Cycle, place: Place, lang: Lang) -> Table | Text:
    """Return the rows on which the panel did not give full points, with what its members wrote there."""
    one, rows = place.standing, list[tuple[object, ...]]()
    for key, row in one.panel.rows.items() if one.panel else ():
        reasons = one.reasons(key)
        if row.criterion.max_score is None or (row.secured == row.maximum and not reasons):
            continue
        own = one.own.criteria[key].secured if one.own else None
        change = signed(row.secured - own) if own is not None and row.secured != own else None
        told = (row.criterion.row, row.criterion.gloss, _points(cycle, row.secured), row.maximum, change)
        rows.append((*told, in_turn(map(same, reasons), 6) if reasons else None))
    if not rows:
        return msg("The panel gave full points on every row.")
    heads = [msg("row"), msg("criterion"), msg_in("column", "panel"), msg("maximum"), msg("against the self-score")]
    return grid(lang, [*heads, msg_in("column", "reasons")], rows, right=(0, 2, 3, 4))


def _provenance(cycle: Cycle) -> Iterator[tuple[Text, object]]:
    standard = cycle.standard
    readings = standard.printed_readings(standard.choose_readings(cycle.file.readings))
    yield msg("Standard"), noted(standard.standard, edition_text(standard))
    yield msg("SHA-256 of its file"), standard.sha256[:16]
    yield msg("How the scores combine"), cycle.file.combination.text
    yield msg("Readings used"), ", ".join(f"{key}: {option}" for key, option in readings.items())
    yield msg("Rules and files"), msg("frozen") if cycle.is_frozen else msg("not frozen")
    yield msg("Software"), f"lsstd {lsstd.__version__}"
