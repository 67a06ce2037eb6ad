"""The result in plain language: what a reader asks first, answered in paragraphs read off the result.

Nothing is said that the verdict, which stands above it, has said already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from lsstd import words
from lsstd.engine.evidence_register import register
from lsstd.engine.grading import Otherwise, closed
from lsstd.engine.profile import Profile
from lsstd.engine.result import ConditionResult, Gap, IndicatorResult, Result, TestResult
from lsstd.engine.verdict import gates, named_grade, named_row
from lsstd.exact import Exact, shown
from lsstd.standard import bands
from lsstd.standard.bands import Band
from lsstd.standard.readings import ReadingKey
from lsstd.standard.standard import Standard
from lsstd.standard.wording import named, required_in_words, value_text
from lsstd.words import Text, beside, counted, in_turn, join, listing, msg, paired, paragraph, quoted, sentence

_NOT_STATED = Standard.model_fields["status"].default


def narrative(result: Result) -> tuple[Text, ...]:
    """Explain a result in plain language, in paragraphs, each only where it has something to say.

    They tell what stands against a grade, the grade and its lines, where the points come from, the shortest way up,
    what needs care, how the text was read.
    """
    if result.profile:
        subjects = [_levels(result, result.profile), _proof(result.profile), _read(result)]
    elif result.disqualified:
        subjects = [_award(result), _care(result), _read(result)]
    else:
        subjects = [_award(result), standing(result), _origin(result), ways(result), _care(result), _read(result)]
    return tuple(paragraph(sentences) for subject in subjects if (sentences := list(subject)))


def _award(result: Result) -> Iterator[Text]:
    """Tell vetoes, conditions and gates that fail or are open, and what that means for the grade."""
    vetoes = [(found.state, _with_reasons(result, found)) for found in result.vetoes.values()]
    applies = msg("a veto applies, so it may not take part, whatever its score")
    yield from _barred(vetoes, applies, msg("a veto is undecided; until then there is no self-assessed grade"))
    if not (result.disqualified and result.eligible):
        yield from _conditions(result)
    closed_gates = [(row.state, named_row(row)) for row in gates(result)]
    failed = msg("a gate is not passed, so there is no self-assessed grade")
    yield from _barred(closed_gates, failed, msg("a gate is undecided, so there is no self-assessed grade yet"))
    grade = result.grade.secured
    if result.eligible is False and grade and not result.disqualified:
        yield msg(
            "the points alone would earn {grade}, but there is no grade while a condition is not met",
            grade=beside(named_grade(grade)),
        )


def _conditions(result: Result) -> Iterator[Text]:
    every, count = list(result.conditions.values()), len(result.conditions)
    met = sum(found.state == "met" for found in every)
    if met == count:
        if count and not result.grade.awarded:  # else the verdict says so
            conditions = counted(count, "application condition is", "application conditions are")
            yield msg("the {conditions} met", conditions=conditions)
        return
    texts = [msg("of {conditions}, none is met", conditions=counted(count, "application condition"))]
    if met:
        texts = [msg("of {count} application conditions, {met} met", count=count, met=counted(met, "is", "are"))]
    entries = [(found.state, _with_reasons(result, found)) for found in every]
    yield in_turn([*texts, *_by_state(entries, msg("not met"), msg("undecided"))])


def _with_reasons(result: Result, found: ConditionResult) -> Text:
    """Name a condition or veto with the tests that keep it from being cleared."""
    condition = found.condition
    wanting = [test for test in found.tests if test.state != "met"]
    claims = [test for test in wanting if test.found is None and isinstance(test.required, bool)]
    reasons = [_reason(result, test) for test in wanting if test not in claims]
    if claims:
        names = join(result.standard.facts[test.fact].label for test in claims)
        reasons.append(msg("not given: {names}", names=names))
    clause, label = condition.clause, condition.label
    return msg("{clause} {label} ({reasons})", clause=clause, label=label, reasons=in_turn(reasons, len(reasons)))


def _reason(result: Result, test: TestResult) -> Text:
    fact = result.standard.facts[test.fact]
    label, found = fact.label, value_text(named(fact, test.found), test.unit)
    required = required_in_words(test.operator, named(fact, test.required), test.unit)
    if isinstance(test.required, bool):
        return msg("{label}: {found}, should be {required}", label=label, found=found, required=required)
    return msg("{label}: {found}, {required} required", label=label, found=beside(found), required=required)


def _barred(entries: Iterable[tuple[str, Text]], failed: Text, undecided: Text) -> Iterator[Text]:
    """Tell, in one sentence, what fails and what is undecided of that which keeps any grade back."""
    if listed := [*_by_state(entries, failed, undecided)]:
        yield in_turn(listed)


def _by_state(entries: Iterable[tuple[str, Text]], failed: Text, undecided: Text) -> Iterator[Text]:
    """List what fails and what is undecided, each under its head."""
    every = list(entries)
    for state, head in (("unmet", failed), ("unknown", undecided)):
        if named := [text for found, text in every if found == state]:
            yield paired(head, listing(named))


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
    """Tell how many rows earn their points, what is not settled, the strongest and the weakest indicators."""
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
    yield from _unsettled(result)
    nodes = [node for key, node in result.indicators.items() if _is_compared(result, key)]
    if len(nodes) > 1 and any(node.score.secured < node.score.maximum for node in nodes):
        yield _extremes(nodes)
        if adds_up(result.standard) and result.score.secured < result.score.maximum:
            yield _missing(result, nodes)


def _unsettled(result: Result) -> Iterator[Text]:
    """Tell what the rows that are not settled can still bring, and which can bring most."""
    more = result.score.possible - result.score.secured
    rows = [row for row in result.criteria.values() if row.possible > row.secured and result.has(row)]
    if more <= 0 or not rows:
        return
    rows.sort(key=lambda row: row.secured - row.possible)
    names = [named_row(row) for row in rows]
    if adds_up(result.standard):
        left = (shown(row.possible - row.secured) for row in rows)
        names = [msg("{name} ({points})", name=name, points=points) for name, points in zip(names, left, strict=True)]
    points = counted(shown(more), "further point")
    yield msg("what is not settled can bring up to {points}: {names}", points=points, names=listing(names, 3))


def _is_compared(result: Result, name: str) -> bool:
    """Whether an indicator holds rows of its own, still has points to gain, and is not a bonus."""
    node = result.indicators[name]
    has_rows = any(row.max_score is not None for row in result.standard.rows_of[name])
    return has_rows and result.counts(name) and node.score.maximum > 0 and not node.indicator.on_top


def _share(node: IndicatorResult) -> Exact:
    return Fraction(node.score.secured) / node.score.maximum


def _extremes(nodes: list[IndicatorResult]) -> Text:
    """Tell the indicators with the highest and the lowest share of their points."""
    high, low = max(map(_share, nodes)), min(map(_share, nodes))
    if high == low:
        return msg("every indicator has the same share of its points, {share}", share=f"{shown(high * 100, 1)}%")
    top, bottom = ([node for node in nodes if _share(node) == end] for end in (high, low))
    shares = msg(
        "the highest share of points is that of {best} ({most}), the lowest that of {worst} ({least})",
        best=listing(node.indicator.name for node in top),
        most=f"{shown(high * 100, 1)}%",
        worst=listing(node.indicator.name for node in bottom),
        least=f"{shown(low * 100, 1)}%",
    )
    if any(node.score.possible > node.score.secured for node in bottom):
        return msg("{shares}, points that are not settled left out", shares=shares)
    return shares


def _missing(result: Result, nodes: list[IndicatorResult]) -> Text:
    short = [node.score.maximum - node.score.secured for node in nodes]
    most, points = max(short), counted(shown(result.score.maximum - result.score.secured), "point")
    names = listing(node.indicator.name for node, gap in zip(nodes, short, strict=True) if gap == most)
    behind = msg("{names} is furthest behind, by {points}", names=names, points=shown(most))
    if short.count(most) > 1:
        behind = msg("{names} are furthest behind, by {points} each", names=names, points=shown(most))
    return msg("the secured score is {points} short of the maximum; {behind}", points=points, behind=behind)


def _care(result: Result) -> Iterator[Text]:
    """Tell what in the answers needs care: contradictions, spans, what does not fit, what has no evidence."""
    rows = list(result.criteria.values())
    if against := [named_row(row) for row in rows if row.contradiction]:
        yield msg(
            "answers contradict the facts in {names}; the secured score takes the lower, the possible the higher",
            names=listing(against),
        )
    if spans := [named_row(row) for row in rows if row.answer and row.answer.form in ("range", "chances")]:
        names = listing(spans)
        yield msg("answered by a range or by chances, of which only the lower end is secured: {names}", names=names)
    yield from _checks(result)
    yield from _with_evidence(result)


def _checks(result: Result) -> Iterator[Text]:
    """Tell facts that do not fit each other, evidence that has expired, and quantities that may be one."""
    labels, texts = result.standard.facts, []
    for finding in result.findings:
        if finding.code == "same_quantity" and result.readings["same_quantity"] == "suggest":
            names = listing(quoted(labels[fact].label) for fact in finding.facts)
            texts.append(msg("whether {names} are one quantity", names=names))
        elif finding.code in ("cross_check", "evidence", "carried", "same_quantity"):
            texts.append(finding.message)
    if texts:
        yield msg("to be checked: {listed}", listed=in_turn(texts))


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


def _levels(result: Result, profile: Profile) -> Iterator[Text]:
    """Tell the strongest topics, what the lowest level given means and what follows it, and what is not answered."""
    given, scale = profile.levels, result.standard.scale
    if given:
        low, high = min(given), max(given)
        names = listing(entry.topic.label for entry in profile.topics if entry.level == high)
        if high > low:
            yield msg("the highest level given, {high}, is that of {names}", high=high, names=names)
        else:
            yield msg("every topic answered is at level {low}", low=low)
        topics = [entry.topic for entry in profile.topics if entry.level == low]
        steps = [level for level in scale if level.level in (low, low + 1)]
        meanings = [step.meaning_for(topics[0]) if len(topics) == 1 else step.meaning for step in steps]
        here = msg("level {level} means {meaning}", level=low, meaning=quoted(sentence(meanings[0])))
        for after in meanings[1:]:
            here = msg("{here}, level {level} {meaning}", here=here, level=low + 1, meaning=quoted(sentence(after)))
        yield here
    missing = [entry.topic.label for entry in profile.topics if entry.level is None]
    if missing and given:
        yield msg("{topics} not answered yet: {names}", topics=counted(len(missing), "topic"), names=listing(missing))


def _proof(profile: Profile) -> Iterator[Text]:
    """Name the topics whose level nothing recent bears out, or that lacks a figure."""
    if bare := [entry.topic.label for entry in profile.topics if entry.level and not entry.evidenced]:
        topics = counted(len(bare), "topic has", "topics have")
        yield msg(
            "{topics} a level that evidence and figures of the last 12 months do not bear out: {names}",
            topics=topics,
            names=listing(bare),
        )


# ── the grade: between which lines the score lies, and which rows are the shortest way up ────────────────────────────

LISTED = 6  # the most rows of a way up that are named


class WayUp(NamedTuple):
    """Rows to be closed, the grade that they bring, what they add to the total; together, or each of them alone."""

    gaps: tuple[Gap, ...]
    grade: str | None
    points: Exact
    fewest: bool = False  # whether no smaller number of rows can bring a higher grade


def adds_up(standard: Standard) -> bool:
    """Say whether the total is the plain sum of the rows, so that their points can be compared."""
    nodes = all(node.is_plain and node.not_applicable == "fixed" for node in standard.indicators.values())
    return nodes and all(row.weight == 1 for row in standard.scored_rows)


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
    asks_nothing = not result.standard.tables and not any(True for _ in result.standard.demands())
    fewest = adds_up(result.standard) and asks_nothing and result.readings["between_bands"] != "none"
    return WayUp(tuple(chosen), *together(chosen), fewest)


def standing(result: Result) -> Iterator[Text]:
    """Tell between which lines the score lies, why its grade is lower than its points, and the further tables."""
    printed, score = result.standard.bands, result.score
    missed = [finding.message for finding in result.findings if finding.code == "demand"]
    place = next((i for i, band in enumerate(printed) if band.holds(score.secured)), None)
    if missed:
        yield in_turn(missed)
    elif pair := bands.between(printed, score.secured):
        yield _between(result, *pair)
    elif place is not None and printed[place].grade == result.grade.secured:
        yield _within(result, place)
    elif place is None and printed and (line := printed[-1].lower) and score.secured < line.value:
        yield msg("the lowest grade is {lowest}", lowest=_as_printed(printed[-1]))
    if result.tables:
        yield _tables(result)
    if score.possible > score.secured and result.grade.possible == result.grade.secured is not None:
        yield msg("however the open rows turn out, the grade by points stays the same")


def _as_printed(band: Band) -> Text:
    return beside(words.noted(band.grade, words.half_width(band.printed)))


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


def _between(result: Result, high: Band, low: Band) -> Text:
    """Tell that the secured score falls between two bands, and what the reading makes of it."""
    reading, option = result.standard.readings.get("between_bands"), result.readings["between_bands"]
    return msg(
        "the secured score, {score}, falls between {below} and {above}, for which the text does "
        "not provide; as read here (“{words}”) that is {grade}",
        score=result.standard.points(result.score.secured)[0],
        below=_as_printed(low),
        above=_as_printed(high),
        words=sentence(reading.options[option] if reading else words.same(option)),
        grade=beside(result.standard.named(result.grade.secured)),
    )


def _tables(result: Result) -> Text:
    texts = []
    for found in result.tables.values():
        score = result.indicators[found.table.indicator].score if found.table.indicator else result.score
        points, grade = counted(result.standard.points(score.secured)[0], "point"), result.standard.named(found.secured)
        texts.append(msg("{label}: {points}, {grade}", label=found.table.label, points=points, grade=grade))
    listed = in_turn(texts)
    if any(found.table.decides for found in result.tables.values()):
        return msg("the grade is the lowest that any table gives: {listed}", listed=listed)
    return msg("further tables, which do not change the grade: {listed}", listed=listed)


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
    if others:
        return msg(
            "full points in any one of {rows} are enough for a higher grade (in brackets): {names}",
            rows=rows,
            names=names,
        )
    grade = beside(named_grade(first))
    if len(gaps) == 1:
        return msg("full points in {row} are enough for {grade}", row=_gain(gaps[0]), grade=grade)
    return msg("full points in any one of {rows} are enough for {grade}: {names}", rows=rows, grade=grade, names=names)


def _together(result: Result, way: WayUp) -> Iterator[Text]:
    count, aim = len(way.gaps), msg("a higher grade") if result.grade.secured else msg("any grade")
    alone = msg("no single row is enough for {aim}", aim=aim)
    yield msg("{alone}, and at least {count} rows are needed", alone=alone, count=count) if way.fewest else alone
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
        yield msg("this concerns points alone; see above for what stands against a grade")
