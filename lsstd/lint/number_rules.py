"""Rules on the numbers of a text: points and their sums, grade bands, units, dates, what scoring leaves open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from lsstd.exact import Exact, shown
from lsstd.lint.draft import Draft, DraftParagraph
from lsstd.lint.rule import WORDS, Fault, RuleBook
from lsstd.words import Text, msg

NUMBERS = RuleBook[Draft](msg("texts with points, grades, amounts or dates"))
rule = NUMBERS.rule

_GROUP = re.compile(r"^(.*?)[（(]\s*(\d{1,4}(?:\.\d)?)\s*分?\s*[)）]$")
_SCORED = re.compile(r"^(.*[^\d.\s])\s+(\d{1,3}(?:\.\d)?)$")
_ALONE = re.compile(r"^(\d{1,3}(?:\.\d)?)$")
_ARITHMETIC = msg("arithmetic; the sums decide which grades can be reached")
# What is said alike of texts and of encoded standards.
BELOW_IS_SAID = msg("say what happens below the lowest grade"), msg("readers will ask how lower scores are treated")
NAME_BELOW = msg("name it, or say that no grade is given")
WITHOUT_GAPS = msg("let each band begin where the next one ends, or say that totals are rounded first")
FORMS_THE_RESULT = msg("GB/T 20001.8—2023: the rule that forms the result")


def gap_text(score: Exact, below: tuple[str, Exact], above: tuple[str, Exact]) -> Text:
    """Tell that a score lies between two grades, each with the line at which it ends or begins."""
    (lower, low), (higher, high) = below, above
    return msg(
        "a total of {score} belongs to no grade: {below} ends at {low}, {above} begins at {high}",
        score=shown(score),
        below=lower,
        low=shown(low),
        above=higher,
        high=shown(high),
    )


class _Group(NamedTuple):
    """A group of rows with the points printed beside its name, and what is below it."""

    name: str
    points: Fraction
    paragraph: DraftParagraph
    rows: list[Fraction]
    groups: list[_Group]

    @property
    def sum(self) -> Fraction:
        return sum((group.points for group in self.groups), Fraction()) or sum(self.rows, Fraction())


def groups_of(rows: tuple[DraftParagraph, ...]) -> list[_Group]:
    """Return the groups of a table of points: a name, points in brackets, then groups or rows with points.

    A group that is printed again on the next page goes on.
    """
    top: list[_Group] = []
    known: dict[tuple[str, str, Fraction], _Group] = {}
    current: _Group | None = None
    before = ""
    for row in rows:
        text = row.text.strip()
        if found := _GROUP.match(text):
            name, points = re.sub(r"\s", "", found[1] or before), Fraction(found[2])
            above = next((group for group in top if current in (group, *group.groups)), None)
            above = None if above is None or above.rows else above
            keys = ((above.name if above else "", name, points), ("", name, points))
            again = [known[key] for key in keys if key in known]
            current = again[0] if again else _Group(name, points, row, [], [])
            if not again:
                full = above is None or sum(group.points for group in above.groups) + points > above.points
                known["" if full or above is None else above.name, name, points] = current
                (top if full or above is None else above.groups).append(current)
        elif current is not None and (scored := _ALONE.match(text) or _SCORED.match(text)):
            current.rows.append(Fraction(scored[scored.re.groups]))
        before = text
    return top


def _scoring_tables(draft: Draft) -> Iterator[tuple[str, list[_Group]]]:
    for number in draft.scored:
        if groups := groups_of(draft.tables[number]):
            yield number, groups


@rule("C303", "error", msg("points add up, row by row and group by group"), _ARITHMETIC)
def points_add_up(draft: Draft) -> Iterator[Fault]:
    """The points printed beside a group are those of its rows, and those of a higher group those of its groups."""
    for _number, top in _scoring_tables(draft):
        for group in (one for each in top for one in (each, *each.groups)):
            if group.sum and group.sum != group.points:
                message = msg(
                    "{name}: {points} points are printed, its parts add up to {sum}",
                    name=group.name,
                    points=shown(group.points),
                    sum=shown(group.sum),
                )
                yield group.paragraph.fault(message, msg("correct a part or the sum"), group.paragraph.text)


@rule("C304", "error", msg("the full score announced is that of the tables"), _ARITHMETIC)
def full_score_is_reached(draft: Draft) -> Iterator[Fault]:
    """满分为500分: the highest groups add up to it."""
    tables = list(_scoring_tables(draft))
    for p in draft.paragraphs:
        if (found := re.search(r"(?:满分|总分)[^。；\d]{0,8}?(\d{2,4})\s?分", p.text)) and len(tables) == 1:
            total = sum((group.points for group in tables[0][1]), Fraction())
            if total and total != int(found[1]):
                message = msg(
                    "{announced} points are announced, {table} has {total}",
                    announced=found[1],
                    table=tables[0][0],
                    total=shown(total),
                )
                yield p.fault(message, msg("correct the table or the announcement"), found[0])


@rule("C305", "warning", msg("every row of a table of points has points"), msg("whether a row counts is left open"))
def rows_have_points(draft: Draft) -> Iterator[Fault]:
    """A sentence in such a table is followed by its points."""
    for number, rows in draft.tables.items():
        if number not in draft.scored:
            continue
        for row, after in pairwise(rows):
            is_whole = row.text.endswith("。") and len(row.text) < 40 and row.lines == 1
            is_row = (after.text[-1:].isdigit() or after.lines > 1) and not re.match("如|例如|注", after.text)
            if is_whole and is_row and not _ALONE.match(after.text):
                message = msg("a row without points: {text}", text=row.text)
                yield row.fault(message, msg("give it points, or make it a condition"), row.text, "unscored_row")


class _Span(NamedTuple):
    grade: str
    low: Fraction | None
    low_closed: bool
    high: Fraction | None
    high_closed: bool
    paragraph: DraftParagraph


_N = r"(\d{1,4}(?:\.\d{1,2})?)\s?分?"
_LABEL = (
    r"^(A{1,5}|[A-E]|[一二三四五]级|[一二三四五]星级?|优秀?|良好?|中等?|合格|不合格|较好|一般|较差|差|[1-5]A|[1-5]星)"
    r"\s*级?\s*[:：]?\s*"
)
_Ends = tuple[Fraction | None, bool, Fraction | None, bool]
_SPANS: tuple[tuple[re.Pattern[str], Callable[[list[Fraction]], _Ends]], ...] = (
    (re.compile(rf"{_LABEL}{_N}\s?(?:[～~—–－-]|至|到)\s?{_N}$"), lambda n: (n[0], True, n[1], True)),
    (re.compile(rf"{_LABEL}[＞>﹥]\s?{_N}$"), lambda n: (n[0], False, None, False)),
    (re.compile(rf"{_LABEL}(?:[≥﹥=≧]|不低于|不少于)\s?{_N}$"), lambda n: (n[0], True, None, False)),
    (re.compile(rf"{_LABEL}{_N}\s?(?:及以上|以上|（含）以上)$"), lambda n: (n[0], True, None, False)),
    (re.compile(rf"{_LABEL}(?:[＜<﹤]|低于)\s?{_N}$"), lambda n: (None, False, n[0], False)),
    (re.compile(rf"{_LABEL}{_N}\s?(?:≤|<=)\s?[A-Za-zX得分]*\s?(?:<|＜)\s?{_N}$"), lambda n: (n[0], True, n[1], False)),
)


def bands_of(rows: tuple[DraftParagraph, ...]) -> list[_Span]:
    """Return the bands of a table of grades, as printed."""
    tried = ([(pattern.match(row.text.strip()), ends, row) for pattern, ends in _SPANS] for row in rows)
    first = (next(((match, ends, row) for match, ends, row in found if match), None) for found in tried)
    return [_Span(m[1], *ends(list(map(Fraction, m.groups()[1:]))), row) for m, ends, row in filter(None, first)]


_NO_GRADE = msg("a score between two bands belongs to no grade")


@rule("C306", "warning", msg("grade bands leave no score between them"), _NO_GRADE)
def bands_without_gaps(draft: Draft) -> Iterator[Fault]:
    """401～450 and 351～400 leave 400.5 out wherever half points can be earned."""
    for rows in draft.tables.values():
        for above, below in pairwise(bands_of(rows)):
            if above.low is not None and below.high is not None and above.low > below.high and above.low_closed:
                between, ends = (above.low + below.high) / 2, (below.grade, below.high)
                message = gap_text(between, ends, (above.grade, above.low))
                yield above.paragraph.fault(message, WITHOUT_GAPS, above.paragraph.text, "between_bands")
                break  # one of a table is enough


@rule("C307", "error", msg("grade bands do not overlap"), msg("a score would have two grades"))
def bands_without_overlap(draft: Draft) -> Iterator[Fault]:
    """300～350 and 350～400 both hold 350."""
    for rows in draft.tables.values():
        for above, below in pairwise(bands_of(rows)):
            if above.low is None or below.high is None:
                continue
            if below.high > above.low or (below.high == above.low and above.low_closed and below.high_closed):
                score, higher, lower = shown(above.low), above.grade, below.grade
                message = msg("{score} belongs to {above} and to {below}", score=score, above=higher, below=lower)
                yield below.paragraph.fault(message, msg("say to which of them the line belongs"), below.paragraph.text)


@rule("C308", "info", *BELOW_IS_SAID)
def nothing_below(draft: Draft) -> Iterator[Fault]:
    """A table whose lowest band has a lower end names what is below it."""
    for rows in draft.tables.values():
        bands = bands_of(rows)
        if len(bands) < 2 or not (lowest := bands[-1]).low:
            continue
        line = shown(lowest.low)
        if not any(draft.finds(rf"不合格|不予|无等级|不达标|不定级|低于\s?{line}|{line}\s?分以下")):
            message = msg("below {low} nothing is said", low=line)
            yield lowest.paragraph.fault(message, NAME_BELOW, lowest.paragraph.text)


_AMOUNT = r"(额|收入|产值|投入|投资|资本|利润|税收?)[^，。；]{0,14}?\d[\d.]*\s?[万亿](?=[，。；、）]|以上|$)"


@rule("U401", "warning", msg("an amount has its unit"), "9.13")
def amounts_have_units(draft: Draft) -> Iterator[Fault]:
    """不少于1000万。: ten thousand of what?"""
    for p, found in draft.finds(_AMOUNT):
        message = msg("an amount without unit: {found}", found=found[0])
        yield p.fault(message, msg("add 元 or what is meant"), found[0])


@rule("U402", "info", msg("points in brackets are written alike"), msg("a reader looks for the difference"))
def bracketed_points_alike(draft: Draft) -> Iterator[Fault]:
    """（40分） beside （40）."""
    for number, rows in draft.tables.items():
        groups = [row for row in rows if _GROUP.match(row.text.strip())]
        bare = [row for row in groups if "分" not in row.text]
        if bare and len(bare) < len(groups) / 2:
            other = next(row.text for row in groups if row not in bare)
            message = msg("{bare} beside {other}", bare=bare[0].text, other=other)
            yield Fault(number, message, msg("write 分 as beside the others"), bare[0].text, line=bare[0].line)


_NOTES = msg("notes on how a text came about")


@rule("D501", "warning", msg("dates follow each other"), msg("a history in order"), _NOTES)
def dates_in_order(draft: Draft) -> Iterator[Fault]:
    """The first month of each step of a history is not before that of the step before it; a year may be left out."""
    latest: tuple[date, str] | None = None
    is_history = False
    for p in draft.paragraphs:
        if p.kind == "heading":
            is_history = (is_history or "阶段" in p.text) if p.style == "1." else "过程" in p.text
            latest = latest if is_history else None
            continue
        if not is_history:
            continue
        found = re.match(r"(20\d{2})\s?年\s?(\d{1,2})\s?月", p.text)
        if found is None or not 1 <= int(found[2]) <= 12:
            continue
        day = date(int(found[1]), int(found[2]), 1)
        if latest and day < latest[0]:
            message = msg("{day} comes after {latest}", day=found[0], latest=latest[1])
            yield p.fault(message, msg("correct a date, or the order"), found[0])
        latest = (day, found[0])


class OpenQuestion(NamedTuple):
    """A question that scoring raises, what to say, and the patterns of what raises it in a text and what answers it."""

    code: str
    name: str
    what: Text
    right: Text
    asks: str
    answers: str


_QUESTIONS = {
    "combining_experts": (
        msg("how the scores of several experts combine"),
        msg("say whether their mean, median or another result counts"),
    ),
    "rounding": (msg("how points are rounded"), msg("say to how many decimals, or that nothing is rounded")),
    "validity": (
        msg("how long a grade is valid, and when it is taken back"),
        msg("give a term, and say when it ends early"),
    ),
    "objection_deadline": (msg("until when an objection may be raised and is answered"), msg("give both times")),
    "ties": (msg("what decides between equal scores"), msg("say what counts where scores are equal")),
    "time_limits": (msg("by when each step of the procedure is done"), msg("give each step its time")),
}
OPEN_QUESTIONS = [
    OpenQuestion(f"X60{number}", name, *texts, **WORDS["open_questions"][name])
    for number, (name, texts) in enumerate(_QUESTIONS.items(), start=1)
]


def _declare(question: OpenQuestion) -> None:

    def find(draft: Draft) -> Iterator[Fault]:
        asking = [p for p, _ in draft.finds(question.asks) if p.clause not in ("", "1")]
        scores = draft.scored or re.search(r"满分|计分|打分|评分", draft.text)
        if asking and scores and draft.is_standard and not re.search(question.answers, draft.text):
            reading = "rounding" if question.name == "rounding" else None
            message = msg("the text does not say {what}", what=question.what)
            yield asking[0].fault(message, question.right, asking[0].text, reading)

    find.__name__, find.__doc__ = f"{question.name}_is_said", f"The text says {question.what.en}."
    says = msg("the text says {what}", what=question.what)
    rule(question.code, "warning", says, FORMS_THE_RESULT, msg("standards that score"))(find)


for _question in OPEN_QUESTIONS:
    _declare(_question)
