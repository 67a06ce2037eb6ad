"""The grade in plain language: between which lines the score lies, and which rows are the shortest way up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import Gap, Result
from lsstd.engine.tree import Tree
from lsstd.engine.verdict import named_grade, named_row
from lsstd.exact import Exact, shown, whole
from lsstd.standard import bands
from lsstd.standard.bands import Band
from lsstd.standard.standard import Standard
from lsstd.words import Text, beside, counted, in_turn, listing, msg, sentence

LISTED = 6
"""The most rows of a way up that are named."""


@dataclass(frozen=True, slots=True)
class WayUp:
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


def way_up(result: Result) -> WayUp | None:
    """Return rows that together bring a higher grade: those with the most points, none of them to spare.

    Returns
    -------
    WayUp or None
        None where not even all rows together bring one.
    """
    closing = _Closing(result)
    gaps = sorted((gap for gap in result.gaps if gap.points > 0), key=lambda gap: -gap.points)
    gaps += [gap for gap in result.gaps if gap.points <= 0]  # a best-of or a demand may need them all the same
    count = next((n for n in range(1, len(gaps) + 1) if closing.reaches(gaps[:n])), None)
    if count is None:
        return None
    chosen = gaps[:count]
    for gap in reversed(chosen[:-1]):
        without = [other for other in chosen if other is not gap]
        chosen = without if closing.reaches(without) else chosen
    asks_nothing = not result.standard.tables and not any(True for _ in result.standard.demands())
    fewest = adds_up(result.standard) and asks_nothing and result.readings["between_bands"] != "none"
    return WayUp(tuple(chosen), closing.grade(chosen), closing.points(chosen), fewest)


class _Closing:
    """What a result comes to with some of its rows at their maximum."""

    def __init__(self, result: Result) -> None:
        facts = Facts(result.standard, result.assessment, result.readings)
        self.result, self.decided = result, facts.decided()
        self.grader = Grader(result.standard, result.readings, facts)

    def tree(self, gaps: Iterable[Gap]) -> Tree:
        full = {
            gap.row.criterion.id: replace(gap.row, state="met", secured=gap.row.maximum, possible=gap.row.maximum)
            for gap in gaps
        }
        return Tree(self.result.standard, {**self.result.criteria, **full}, self.decided)

    def grade(self, gaps: Iterable[Gap]) -> str | None:
        return self.grader.grade(self.tree(gaps), "secured")

    def points(self, gaps: Iterable[Gap]) -> Exact:
        return whole(self.grader.total(self.tree(gaps)).secured - self.result.score.secured)

    def reaches(self, gaps: Sequence[Gap]) -> bool:
        return is_higher(self.result.standard, self.grade(gaps), self.result.grade.secured)


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
        lowest = _as_printed(printed[-1])
        yield msg("the lowest grade is {lowest}", lowest=lowest, lowest_2=beside(lowest.zh))
    if result.tables:
        yield _tables(result)
    if score.possible > score.secured and result.grade.possible == result.grade.secured is not None:
        yield msg("whatever comes of the rows that are not settled, the grade by points stays the same")


def _as_printed(band: Band) -> Text:
    """Name a band with its scores as printed."""
    return msg("{grade} ({printed})", grade=band.grade, printed=band.printed)


def _within(result: Result, place: int) -> Text:
    """Tell how far the secured score is above the line of its band, and the band above."""
    printed, score = result.standard.bands, result.score.secured
    own, cushion = _as_printed(printed[place]), bands.cushion_down(printed, score)
    if cushion is None:
        message = msg("the secured score lies in {own}", own=own, own_2=beside(own.zh))
    elif cushion.points:
        points = shown(cushion.points)
        above = f"the secured score is {counted(points, 'point')} above the lower line of"
        message = msg("{above} {own}", above=above, own=own, own_2=beside(own.zh), points=points)
    else:
        message = msg("the secured score is exactly on the lower line of {own}", own=own, own_2=beside(own.zh))
    if place == 0:
        return msg("{message_}, which is the highest grade", message_=message)
    higher = _as_printed(printed[place - 1])
    return msg("{message_}; the next grade up is {higher}", message_=message, higher=higher, higher_2=beside(higher.zh))


def _between(result: Result, high: Band, low: Band) -> Text:
    """Tell that the secured score falls between two bands, and what the reading makes of it."""
    reading, option = result.standard.readings.get("between_bands"), result.readings["between_bands"]
    words = reading.options[option] if reading else Text(option, option)
    score, grade = shown(result.score.secured), result.standard.named(result.grade.secured)
    above, below = _as_printed(high), _as_printed(low)
    return msg(
        "the secured score, {score}, falls between {below} and {above}, for which the text does "
        "not provide; as read here (“{words}”) that is {grade}",
        score=score,
        below=below,
        above=above,
        words=sentence(words),
        grade=grade,
        below_2=beside(below.zh),
        above_2=beside(above.zh),
        grade_2=beside(grade.zh),
    )


def _tables(result: Result) -> Text:
    """Tell the grades of the further tables, and whether they decide."""
    texts = []
    for found in result.tables.values():
        score = result.indicators[found.table.indicator].score if found.table.indicator else result.score
        grade, points = result.standard.named(found.secured), shown(score.secured)
        label = found.table.label
        texts.append(
            msg(
                "{label}: {points}, {grade}", label=label, points=counted(points, "point"), grade=grade, points_2=points
            )
        )
    listed = in_turn(texts)
    if any(found.table.decides for found in result.tables.values()):
        return msg("the grade is the lowest that any table gives: {listed}", listed=listed)
    zh = f"另有分表，不影响等级：{listed.zh}"
    return Text(zh, f"further tables, which do not change the grade: {listed.en}")


def ways(result: Result) -> Iterator[Text]:
    """Tell the rows that alone bring a higher grade, else those that together do; else where most points are."""
    standard, now = result.standard, result.grade.secured
    rows = [gap for gap in result.gaps if gap.points > 0]
    if not standard.grades and rows:
        names = listing(_gain(gap) for gap in rows)
        yield msg("points to be had, each row by itself: {names}", names=names)
    if not standard.grades or not result.gaps or now == standard.grades[0]:
        return
    alone = [gap for gap in result.gaps if is_higher(standard, gap.grade, now)]
    if alone:
        yield _alone(alone)
        chosen: Sequence[Gap] = alone
    elif way := way_up(result):
        yield _together(result, way)
        chosen = way.gaps
    else:
        yield msg("even with full points in every row the grade would be no higher")
        return
    yield from _how(result, chosen)


def _alone(gaps: Sequence[Gap]) -> Text:
    """Tell the rows of which any one is enough."""
    grades = list(dict.fromkeys(gap.grade for gap in gaps))
    if len(gaps) == 1:
        grade, names = named_grade(gaps[0].grade) or Text("", ""), _gain(gaps[0])
        zh = f"把{names.zh}补到满分，即可达到{beside(grade.zh)}"
        return Text(zh, f"full points in {names.en} are enough for {grade.en}")
    one = named_grade(grades[0]) if len(grades) == 1 else None
    names, count = listing(_gain(gap, not one) for gap in gaps), len(gaps)
    zh = f"达到{beside(one.zh)}" if one else "升级（括号内为所达等级）"
    en = one.en if one else "a higher grade (named in brackets)"
    return msg(
        "full points in any one of {rows} are enough for {en}: {names}",
        rows=counted(count, "row"),
        en=en,
        names=names,
        count=count,
        zh=zh,
    )


def _together(result: Result, way: WayUp) -> Text:
    """Tell the rows that are enough together."""
    grade, count, points = named_grade(way.grade) or Text("", ""), len(way.gaps), shown(way.points)
    names = listing((_gain(gap) for gap in way.gaps), LISTED)
    least = msg(", and at least {} rows are needed") if way.fewest else Text("", "")
    higher = msg("a higher grade") if result.grade.secured else msg("any grade")
    zh = f"只把一行补到满分不能{higher.zh}{least.zh.format(count)}。以下 {count} 行都补到满分，合计 +{points} 分，"
    en = f"no single row is enough for {higher.en}{least.en.format(count)}. Full points in these {count} rows, "
    return msg(
        "{en}+{points} in all, reach {grade}: {names}",
        en=en,
        points=points,
        grade=grade,
        names=names,
        zh=zh,
        grade_2=beside(grade.zh),
    )


def _gain(gap: Gap, with_grade: bool = False) -> Text:
    """Name a row with the points that closing it adds to the total."""
    name, more = named_row(gap.row), f"+{shown(gap.points)}"
    zh, en = (f"，{gap.grade}", f", {gap.grade}") if with_grade else ("", "")
    return msg("{name} ({more}{en})", name=name, more=more, en=en, zh=zh)


def _how(result: Result, chosen: Sequence[Gap]) -> Iterator[Text]:
    """Say that rows not settled may need proof only, and that points are not all that an award asks for."""
    count = sum(gap.row.state == "unknown" for gap in chosen)
    if count:
        zh = "该行" if count == len(chosen) == 1 else f"其中 {count} 行"
        en = "that row is" if count == len(chosen) == 1 else f"{count} of them {'is' if count == 1 else 'are'}"
        yield msg("{en} not settled yet, and may be met already", en=en, zh=zh)
    if result.eligible is not True or any(found.code in ("veto", "gate") for found in result.findings):
        yield msg("this concerns points alone; what stands against an award is told above")
