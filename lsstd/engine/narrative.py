"""The result in plain language: what a reader asks first, answered in paragraphs read off the result.

Nothing is said that the verdict, which stands above it, has said already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lsstd.engine.evidence_register import register
from lsstd.engine.facts import tell_test
from lsstd.engine.grading import Otherwise, closed
from lsstd.engine.result import ConditionResult, Finding, Gap, Result
from lsstd.engine.verdict import gates, named_grade, named_row
from lsstd.exact import Exact, shown
from lsstd.standard import bands
from lsstd.standard.bands import Band
from lsstd.standard.readings import ReadingKey
from lsstd.standard.standard import Standard
from lsstd.words import (
    Text,
    beside,
    counted,
    half_width,
    in_turn,
    listing,
    msg,
    noted,
    paired,
    paragraph,
    quoted,
    sentence,
)

_NOT_STATED = Standard.model_fields["status"].default


def narrative(result: Result) -> tuple[Text, ...]:
    """Explain a result in plain language, in paragraphs, each only where it has something to say.

    They say what rules out a grade, the grade and its lines, where the points come from, the shortest way up,
    what needs care, how the text was read.
    """
    score = [] if result.profile or result.disqualified else [_standing(result), _origin(result), ways(result)]
    subjects = [_barred(result), *score, _care(result), _read(result)]
    return tuple(paragraph(sentences) for subject in subjects if (sentences := list(subject)))


def _barred(result: Result) -> Iterator[Text]:
    """Name the vetoes, conditions and gates that fail or are undecided, with the tests that are not passed."""
    decided = (*result.vetoes.values(), *result.conditions.values())
    every: list[tuple[str, Text]] = [(found.state, _with_tests(result, found)) for found in decided]
    every += [(row.state, named_row(row)) for row in gates(result)]
    for state, head in (
        ("unmet", msg("what rules out a grade")),
        ("unknown", msg("what must be settled before a grade can be given")),
    ):
        if listed := [text for found, text in every if found == state]:
            yield paired(head, in_turn(listed))


def _with_tests(result: Result, found: ConditionResult) -> Text:
    tests = [tell_test(result.standard, test) for test in found.tests if test.state != "met"]
    clause, label = found.condition.clause, found.condition.label
    return msg("{clause} {label}, {tests}", clause=clause, label=label, tests=in_turn(tests, len(tests)))


def _read(result: Result) -> Iterator[Text]:
    """Tell the readings on which the grade hangs, and the standing of the text encoded."""
    keys = [finding.reading for finding in result.findings if finding.reading]
    if texts := [_as_read(result, key) for key in result.standard.readings if key in keys]:
        questions = counted(len(texts), "open question of the text is", "open questions of the text are")
        yield msg("the outcome depends on how {questions} read: {listed}", questions=questions, listed=in_turn(texts))
    if result.standard.status != _NOT_STATED:
        yield result.standard.status


def _as_read(result: Result, key: ReadingKey) -> Text:
    reading, option = result.standard.readings[key], result.readings[key]
    question, chosen = quoted(sentence(reading.question)), reading.in_short(option)
    return msg("{clause}, {question}, read here as {chosen}", clause=reading.clause, question=question, chosen=chosen)


def _origin(result: Result) -> Iterator[Text]:
    """Say how many rows earn their points, and what the unsettled ones can still bring."""
    rows = [row for row in result.criteria.values() if row.criterion.max_score is not None]
    counts = Counter("lost" if row.possible < 0 else row.state for row in rows)
    tallies = {
        "met": msg("{earn} full points", earn=counted(counts["met"], "earns", "earn")),
        "partly": msg("{earn} part of the points", earn=counted(counts["partly"], "earns", "earn")),
        "unmet": msg("{earn} none", earn=counted(counts["unmet"], "earns", "earn")),
        "lost": msg("{lose} points", lose=counted(counts["lost"], "loses", "lose")),
        "unknown": msg("{are} not settled", are=counted(counts["unknown"], "is", "are")),
        "not_applicable": msg("{do} not count", do=counted(counts["not_applicable"], "does", "do")),
    }
    tally = listing((text for state, text in tallies.items() if counts[state]), len(tallies))
    yield msg("of {rows}, {tally}", rows=counted(len(rows), "scored row"), tally=tally)
    more = result.score.possible - result.score.secured
    open_rows = [row for row in result.criteria.values() if row.possible > row.secured and result.has(row)]
    if more > 0 and open_rows:
        names = listing(map(named_row, sorted(open_rows, key=lambda row: row.secured - row.possible)), 3)
        points = counted(shown(more), "further point")
        yield msg("what is not settled can bring up to {points}: {names}", points=points, names=names)


_CARE = ("cross_check", "evidence", "carried", "same_quantity")


def _care(result: Result) -> Iterator[Text]:
    """Say which answers need care: contradictions, ranges, missing evidence."""
    if texts := [_to_check(result, finding) for finding in result.findings if finding.code in _CARE]:
        yield msg("to be checked: {listed}", listed=in_turn(texts))
    rows = result.criteria.values()
    if against := [named_row(row) for row in rows if row.contradiction]:
        yield msg(
            "answers contradict the facts in {names}; the secured score takes the lower, the possible the higher",
            names=listing(against),
        )
    if spans := [named_row(row) for row in rows if row.answer and row.answer.form in ("range", "chances")]:
        names = listing(spans)
        yield msg("answered by a range or by chances, of which only the lower end is secured: {names}", names=names)
    yield from _with_evidence(result)


def _to_check(result: Result, finding: Finding) -> Text:
    if finding.code != "same_quantity" or result.readings["same_quantity"] == "equate":
        return finding.message
    names = listing(quoted(result.standard.facts[fact].label) for fact in finding.facts)
    return msg("whether {names} are one quantity", names=names)


def _with_evidence(result: Result) -> Iterator[Text]:
    """Tell how many of the points evidence bears out, as far as it is registered."""
    if result.score.secured <= 0:
        return
    known = register(result)
    if not known.proofs:
        yield msg("all points rest on the answers; no evidence is registered")
        return
    proven = msg(
        "of {points}, evidence is registered for {borne_out} (not verified here)",
        points=counted(shown(known.claimed), "secured point"),
        borne_out=shown(known.with_evidence),
    )
    is_all = known.with_evidence >= known.claimed
    yield proven if is_all else msg("{proven}; the rest have no evidence yet", proven=proven)


# ── the grade: between which lines the score lies, and which rows are the shortest way up ────────────────────────────

LISTED = 6  # the most rows of a way up that are named


class WayUp(NamedTuple):
    """Rows to be closed, the grade that they bring, what they add to the total; together, or each of them alone."""

    gaps: tuple[Gap, ...]
    grade: str | None
    points: Exact


def is_higher(standard: Standard, grade: str | None, than: str | None) -> bool:
    """Say whether a grade stands above another one, or above none."""
    order = standard.grades
    return grade is not None and (than is None or order.index(grade) < order.index(than))


def way_up(result: Result) -> WayUp | None:
    """Return rows that together bring a higher grade: those with the most points, none to spare; None where none do."""
    otherwise = Otherwise(result)

    def together(gaps: Sequence[Gap]) -> tuple[str | None, Exact]:
        return otherwise.scored(closed(gap.row) for gap in gaps)

    def reaches(gaps: Sequence[Gap]) -> bool:
        return is_higher(result.standard, together(gaps)[0], result.grade.secured)

    gaps = sorted((gap for gap in result.gaps if gap.points > 0), key=lambda gap: -gap.points)
    gaps += [gap for gap in result.gaps if gap.points <= 0]  # a best-of or a demand may need them all the same
    count = next((n for n in range(1, len(gaps) + 1) if reaches(gaps[:n])), None)
    if count is None:
        return None
    chosen = gaps[:count]
    for gap in reversed(chosen[:-1]):
        without = [other for other in chosen if other is not gap]
        chosen = without if reaches(without) else chosen
    return WayUp(tuple(chosen), *together(chosen))


def _standing(result: Result) -> Iterator[Text]:
    """Say between which lines the score lies, or why the grade is not the one for its points."""
    printed, score = result.standard.bands, result.score
    place = next((i for i, band in enumerate(printed) if band.holds(score.secured)), None)
    if told := [finding.message for finding in result.findings if finding.code in ("demand", "between_bands")]:
        yield in_turn(told)
    elif place is not None and printed[place].grade == result.grade.secured:
        yield _within(result, place)
    elif place is None and printed and (line := printed[-1].lower) and score.secured < line.value:
        yield msg("the lowest grade is {lowest}", lowest=_as_printed(printed[-1]))
    if score.possible > score.secured and result.grade.possible == result.grade.secured is not None:
        yield msg("however the open rows turn out, the grade by points stays the same")


def _as_printed(band: Band) -> Text:
    return beside(noted(band.grade, half_width(band.printed)))


def _within(result: Result, place: int) -> Text:
    """Tell how far the secured score is above the line of its band, and the band above."""
    printed, score = result.standard.bands, result.score.secured
    band, cushion = _as_printed(printed[place]), bands.cushion_down(printed, score)
    if cushion is None:
        message = msg("the secured score lies in {band}", band=band)
    elif cushion.points:
        points = counted(shown(cushion.points), "point")
        message = msg("the secured score is {points} above the lower line of {band}", points=points, band=band)
    else:
        message = msg("the secured score is exactly on the lower line of {band}", band=band)
    if place == 0:
        return msg("{place}, which is the highest grade", place=message)
    return msg("{place}; the next grade up is {higher}", place=message, higher=_as_printed(printed[place - 1]))


def ways(result: Result) -> Iterator[Text]:
    """Tell the rows that alone bring a higher grade, else those that together do; else where most points are."""
    standard, now = result.standard, result.grade.secured
    rows = [gap for gap in result.gaps if gap.points > 0]
    if not standard.grades and rows:
        yield msg("points still available, row by row: {names}", names=listing(map(_gain, rows)))
    if not standard.grades or not result.gaps or now == standard.grades[0]:
        return
    alone = [gap for gap in result.gaps if is_higher(standard, gap.grade, now)]
    if alone:
        yield _alone(alone)
        chosen: Sequence[Gap] = alone
    elif way := way_up(result):
        yield from _together(result, way)
        chosen = way.gaps
    else:
        yield msg("even with full points in every row the grade would be no higher")
        return
    yield from _how(result, chosen)


def _alone(gaps: Sequence[Gap]) -> Text:
    first, *others = dict.fromkeys(gap.grade or "" for gap in gaps)
    rows, names = counted(len(gaps), "row"), listing(_gain(gap, bool(others)) for gap in gaps)
    grade = msg("the higher grade in brackets") if others else beside(named_grade(first))
    if len(gaps) == 1:
        return msg("full points in {row} are enough for {grade}", row=_gain(gaps[0]), grade=grade)
    return msg("full points in any one of {rows} are enough for {grade}: {names}", rows=rows, grade=grade, names=names)


def _together(result: Result, way: WayUp) -> Iterator[Text]:
    count, aim = len(way.gaps), msg("a higher grade") if result.grade.secured else msg("any grade")
    yield msg("no single row is enough for {aim}", aim=aim)
    yield msg(
        "full points in these {count} rows, +{points} in all, reach {grade}: {names}",
        count=count,
        points=shown(way.points),
        grade=beside(named_grade(way.grade or "")),
        names=listing((_gain(gap) for gap in way.gaps), LISTED),
    )


def _gain(gap: Gap, with_grade: bool = False) -> Text:
    """Name a row with the points that closing it adds to the total."""
    name, points = named_row(gap.row), shown(gap.points)
    if gap.row.criterion.max_score is None:
        return msg("{name} (to be met; it has no points)", name=name)
    if with_grade:
        return msg("{name} (+{points}, {grade})", name=name, points=points, grade=gap.grade)
    return msg("{name} (+{points})", name=name, points=points)


def _how(result: Result, chosen: Sequence[Gap]) -> Iterator[Text]:
    """Say that rows not settled may need proof only, and that points are not all that a grade asks for."""
    count = sum(gap.row.state == "unknown" for gap in chosen)
    if count == len(chosen) == 1:
        yield msg("that row is not settled yet, and may be met already")
    elif count:
        yield msg("{rows} not settled yet, and may be met already", rows=counted(count, "of them is", "of them are"))
    if result.eligible is not True or any(found.code in ("veto", "gate") for found in result.findings):
        yield msg("this concerns points alone; see above for what rules out a grade")
