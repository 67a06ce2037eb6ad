"""The grade in plain language: between which lines the score lies, and which rows are the shortest way up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lsstd.engine.grading import Otherwise
from lsstd.engine.result import CriterionResult, Gap, Result
from lsstd.engine.verdict import named_grade, named_row
from lsstd.exact import Exact, shown
from lsstd.standard import bands
from lsstd.standard.bands import Band
from lsstd.standard.standard import Standard
from lsstd.words import Text, beside, counted, half_width, in_turn, listing, msg, noted, same, sentence

LISTED = 6
"""The most rows of a way up that are named."""


class WayUp(NamedTuple):
    """Rows to be closed, the grade that they bring, what they add to the total; together, or each of them alone."""

    gaps: tuple[Gap, ...]
    grade: str | None
    points: Exact
    fewest: bool = False
    """Whether no smaller number of rows can bring a higher grade."""


def adds_up(standard: Standard) -> bool:
    """Say whether the total is the plain sum of the rows, so that their points can be compared."""
    nodes = all(node.is_plain and node.not_applicable == "fixed" for node in standard.indicators.values())
    return nodes and all(row.weight == 1 for row in standard.scored_rows)


def is_higher(standard: Standard, grade: str | None, than: str | None) -> bool:
    """Say whether a grade stands above another one, or above none."""
    order = standard.grades
    return grade is not None and (than is None or order.index(grade) < order.index(than))


def gaps_of(result: Result) -> tuple[Gap, ...]:
    """Return rows with points still to gain: first those that alone reach a higher grade, then by points."""
    otherwise, found, now = Otherwise(result), [], result.grade.secured
    for row in result.criteria.values():
        is_demanded = row.state != "met" and row.criterion.id in result.standard.demanded_rows
        if (row.maximum > row.secured or is_demanded) and result.has(row):
            grade, points = otherwise.scored([_closed(row)])
            found.append(Gap(row, points, grade, crosses=grade is not None and grade != now))
    return tuple(sorted(found, key=lambda gap: (not gap.crosses, -gap.points, gap.row.criterion.row)))


def _closed(row: CriterionResult) -> CriterionResult:
    return row._replace(state="met", secured=row.maximum, possible=row.maximum)


def way_up(result: Result) -> WayUp | None:
    """Return rows that together bring a higher grade: those with the most points, none to spare; None where none do."""
    otherwise = Otherwise(result)

    def together(gaps: Sequence[Gap]) -> tuple[str | None, Exact]:
        return otherwise.scored(_closed(gap.row) for gap in gaps)

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


def _between(result: Result, high: Band, low: Band) -> Text:
    """Tell that the secured score falls between two bands, and what the reading makes of it."""
    reading, option = result.standard.readings.get("between_bands"), result.readings["between_bands"]
    return msg("the secured score, {score}, falls between {below} and {above}, for which the text does "
               "not provide; as read here (“{words}”) that is {grade}",
               score=result.standard.points(result.score.secured)[0], below=_as_printed(low), above=_as_printed(high),
               words=sentence(reading.options[option] if reading else same(option)),
               grade=beside(result.standard.named(result.grade.secured)))  # fmt: skip


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
    yield msg("full points in these {count} rows, +{points} in all, reach {grade}: {names}",
              count=count, points=shown(way.points), grade=beside(named_grade(way.grade or "")),
              names=listing((_gain(gap) for gap in way.gaps), LISTED))  # fmt: skip


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
