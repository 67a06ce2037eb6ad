"""Many results of one standard side by side: ranks, grades, scores, common gaps, changes since the last round."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from lsstd.changes.compare import ComparedResult, compare
from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact, total, whole
from lsstd.standard.bands import End
from lsstd.standard.models import fields_of
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, noted, same

if TYPE_CHECKING:
    import pandas as pd

_RANGES = 10
By: TypeAlias = Literal["id", "name"]


class Member(NamedTuple):
    """A subject: its rank, its label, its result; equal secured scores share a rank (1, 2, 2, 4).

    Who is disqualified has no rank, and stands after all others.
    """

    rank: int | None
    label: Text
    result: Result

    @property
    def region(self) -> str:
        """The region; empty where the assessment names none."""
        return (self.result.assessment.subject.region or "").strip()

    def key(self, by: By) -> str:
        """Return the id or the name by which a subject is matched between rounds; empty where it has none."""
        subject = self.result.assessment.subject
        return ((subject.id or "") if by == "id" else subject.name).strip()


class MemberChange(NamedTuple):
    """A subject in both rounds: what it was matched by, and its result beside the one before."""

    now: Member
    before: Member
    by: By
    case: ComparedResult

    @property
    def points(self) -> Exact:
        """The change of the secured score."""
        return whole(self.now.result.score.secured - self.before.result.score.secured)

    @property
    def steps(self) -> int:
        """How many grades the subject rose by score (below 0: fell)."""
        return _place(self.before.result) - _place(self.now.result)


class Doubt(NamedTuple):
    """Subjects that were not matched, although an id or a name occurs in both rounds.

    It occurs more than once in a round, or one name goes with different ids.
    """

    now: tuple[Member, ...]
    before: tuple[Member, ...]


class RoundChanges(NamedTuple):
    """What changed since the round before: subjects in both, by their ranks now; the new; those that left.

    `other_rules`: the round before was evaluated under another edition of the standard or other readings.
    """

    changes: tuple[MemberChange, ...]
    new: tuple[Member, ...]
    left: tuple[Member, ...]
    doubts: tuple[Doubt, ...]
    other_rules: bool


class Spread(NamedTuple):
    """The ends, the quartiles and the median of some numbers."""

    lowest: Exact
    lower: Exact
    median: Exact
    upper: Exact
    highest: Exact


class GradeCount(NamedTuple):
    """How many subjects have a grade (None: none) by score, and how many by their self-assessment as a whole."""

    grade: str | None
    by_score: int
    awarded: int


@dataclass(frozen=True, slots=True)
class ScoreRange:
    """How many secured scores lie from the lower end (included) to below the upper; None leaves a side open."""

    lower: End | None
    upper: End | None
    count: int


@dataclass(frozen=True, slots=True)
class CommonGap:
    """A row: how many subjects miss points on it, of how many to which it applies; what closing it would bring.

    `points` is what it would add to a total, on average over those to which it applies; `rises` counts the subjects
    that it alone would bring to a higher grade.
    """

    criterion: Criterion
    missing: int
    count: int
    points: Exact
    rises: int


@dataclass(frozen=True)
class Portfolio(Charted):
    """Results of one standard, by rank, at least one, and those of the round before."""

    standard: Standard
    readings: dict[str, str]
    members: tuple[Member, ...]
    before: tuple[Member, ...]
    names: Mapping[str, str]
    """The files of both rounds, in the order given, with the SHA-256 of each; may be empty."""

    @property
    def spread(self) -> Spread:
        """The spread of the secured scores."""
        return spread_of(member.result.score.secured for member in self.members)

    @cached_property
    def grades(self) -> tuple[GradeCount, ...]:
        """The grades, highest first and none last, with how many subjects have each."""
        by_score = Counter(member.result.grade.secured for member in self.taking_part)
        awarded = Counter(member.result.grade.awarded for member in self.taking_part)
        return tuple(GradeCount(grade, by_score[grade], awarded[grade]) for grade in (*self.standard.grades, None))

    @cached_property
    def disqualified(self) -> tuple[Member, ...]:
        """The subjects that may not take part: they are listed, and counted in no grade, rank or gap."""
        return tuple(member for member in self.members if member.result.disqualified)

    @cached_property
    def taking_part(self) -> tuple[Member, ...]:
        """All other subjects."""
        return tuple(member for member in self.members if not member.result.disqualified)

    def eligible(self, state: bool | None) -> int:
        """Count the subjects that take part and are eligible (True), are not (False), or undecided (None)."""
        return sum(member.result.eligible is state for member in self.taking_part)

    @cached_property
    def ranges(self) -> tuple[ScoreRange, ...]:
        """Tenths of the full score, highest first, with how many secured scores lie in each."""
        lines = [whole(Fraction(self.standard.maximum * i, _RANGES)) for i in range(1, _RANGES)]
        places = Counter(sum(m.result.score.secured >= line for line in lines) for m in self.members)
        lower = [None, *(End(value=line, closed=True) for line in lines)]
        upper = [*(End(value=line, closed=False) for line in lines), None]
        return tuple(ScoreRange(lower[i], upper[i], places[i]) for i in reversed(range(_RANGES)))

    @cached_property
    def gaps(self) -> tuple[CommonGap, ...]:
        """The rows on which any subject misses points: those that most miss first, then by points."""
        results, gaps = [member.result for member in self.taking_part], []
        for row in self.standard.scored_rows:
            if lacking := [gap for result in results for gap in result.gaps if gap.row.criterion.id == row.id]:
                count = sum(result.has(result.criteria[row.id]) for result in results)
                points = whole(Fraction(total(gap.points for gap in lacking)) / count)
                gaps.append(CommonGap(row, len(lacking), count, points, sum(gap.crosses for gap in lacking)))
        return tuple(sorted(gaps, key=lambda gap: (-gap.missing, -gap.points, gap.criterion.row)))

    @cached_property
    def change(self) -> RoundChanges | None:
        """What changed since the round before; None where none is given."""
        return changes_since(self.before, self.members) if self.before else None

    @property
    def table(self) -> pd.DataFrame:
        """One line a subject, by rank."""
        about = "secured=score.secured possible=score.possible grade_secured=grade.secured grade_awarded=grade.awarded "
        return frame_of(
            {
                "rank": member.rank,
                "name": member.label.zh,
                "region": member.region or None,
                **fields_of(member.result, f"{about} eligible disqualified"),
            }
            for member in self.members
        )


def portfolio(
    results: Sequence[Result], before: Sequence[Result] = (), names: Mapping[str, str] | None = None
) -> Portfolio:
    """Put results of one edition of a standard with points, under one choice of readings, side by side.

    Those of the round before are of the same standard; its edition and readings may differ. `names` holds a file's name
    and its SHA-256 for each result, then for each of the round before, in the same order. There is at least one result
    of this round. `InvalidFile` names every result that is not of one standard with points. Medians and quartiles are
    taken by linear interpolation between neighbours in order, the ends included.
    """
    named = list(names or ())
    if not results:
        raise ValueError("results: at least one")
    if named and len(named) != len(results) + len(before):
        raise ValueError("names: one for each result")
    files = named or [f"#{i + 1}" for i in range(len(results) + len(before))]
    _check(list(zip(files, (*results, *before), strict=True)), len(results))
    first, now, old = results[0], named[: len(results)], named[len(results) :]
    return Portfolio(first.standard, first.readings, _ranked(results, now), _ranked(before, old), dict(names or {}))


def spread_of(values: Iterable[Exact]) -> Spread:
    """Return ends, quartiles and median of some numbers, at least one.

    Examples
    --------
    >>> spread_of([1, 2, 3, 4])
    Spread(lowest=1, lower=Fraction(7, 4), median=Fraction(5, 2), upper=Fraction(13, 4), highest=4)
    """
    ordered = sorted(values)
    places = [Fraction(quarter * (len(ordered) - 1), 4) for quarter in range(5)]
    ends = [(ordered[math.floor(place)], ordered[math.ceil(place)]) for place in places]
    return Spread(*(whole(low + place % 1 * (high - low)) for place, (low, high) in zip(places, ends, strict=True)))


def _ranked(results: Sequence[Result], files: Sequence[str]) -> tuple[Member, ...]:
    """Return the subjects by their secured scores, in the order given where those are equal; last who has no rank."""
    ranks = places(None if result.disqualified else result.score.secured for result in results)
    labels = _labels(results, files)
    members = [Member(rank, label, result) for rank, label, result in zip(ranks, labels, results, strict=True)]
    return tuple(sorted(members, key=lambda member: (member.rank is None, -member.result.score.secured)))


def _labels(results: Sequence[Result], files: Sequence[str]) -> Iterator[Text]:
    """Yield what subjects are called: their names, with the file where there is no name, or another has it too."""
    names = [result.assessment.subject.name.strip() for result in results]
    count = Counter(names)
    for i, name in enumerate(names):
        label = same(name) if name else msg("(no name given)")
        yield label if (name and count[name] == 1) or not files else noted(label, files[i])


def _check(named: Sequence[tuple[str, Result]], count: int) -> None:
    """Refuse results that are not of one standard with points; the first `count` also share edition and readings."""
    problems = []
    for i, (name, result) in enumerate(named):
        first, is_now = named[0][1], i < count
        if not result.standard.scored_rows:
            problems.append(Problem(name, same(result.standard.standard), msg("a standard with points")))
        elif (found := rules_of(result, is_now)) != (rules := rules_of(first, is_now)):
            problems.append(Problem(name, same(found), same(rules)))
    if problems:
        raise InvalidFile(msg("only results of one standard under the same readings can be combined"), problems)


# ── the round before ─────────────────────────────────────────────────────────────────────────────────────────────


def places(scores: Iterable[Exact | None]) -> list[int | None]:
    """Return the rank of each score, the highest first; equal ones share one, and who has none (None) has no rank.

    Examples
    --------
    >>> places([7, 9, None, 7, 5])
    [2, 1, None, 2, 4]
    """
    listed = list(scores)
    ordered = sorted(score for score in listed if score is not None)
    ranks = {score: len(ordered) - place for place, score in enumerate(ordered)}  # of equal ones, the best
    return [None if score is None else ranks[score] for score in listed]


def rules_of(result: Result, exactly: bool = True) -> str:
    """Return under which edition and readings a result was evaluated; not `exactly`, the standard alone."""
    standard = result.standard
    readings, sha = standard.readings_text(result.readings), standard.sha256[:8]
    return f"{standard.standard} {standard.edition} {sha} {readings}" if exactly else standard.standard


def changes_since(before: Sequence[Member], now: Sequence[Member]) -> RoundChanges:
    """Return what changed since the round before.

    Subjects are matched by ``subject.id``; what has no partner by its id is matched by its name. An id or a name
    that a round holds more than once matches nobody, nor does one name with two different ids: it is a `Doubt`. Each
    round comes by rank.
    """
    changes: list[MemberChange] = []
    doubts: list[Doubt] = []
    done: set[int] = set()
    keys: tuple[By, By] = ("id", "name")
    for by in keys:
        for new, old in _alike(now, before, by):
            free = [tuple(member for member in side if id(member) not in done) for side in (new, old)]
            if not all(free):
                continue
            ids = [member.key("id") for member in (*new, *old)]
            if len(new) > 1 or len(old) > 1 or (by == "name" and all(ids) and ids[0] != ids[1]):
                doubts.append(Doubt(*free))
            else:
                case = compare(old[0].result, [("now", new[0].result)]).cases[1]
                changes.append(MemberChange(new[0], old[0], by, case))
            done |= {id(member) for members in free for member in members}
    matched = {id(member) for change in changes for member in (change.now, change.before)}
    arrived, left = (tuple(member for member in side if id(member) not in matched) for side in (now, before))
    rules = {rules_of(member.result) for member in (*now, *before)}
    places = {id(member): place for place, member in enumerate(now)}
    ordered = tuple(sorted(changes, key=lambda change: places[id(change.now)]))
    return RoundChanges(ordered, arrived, left, tuple(doubts), len(rules) > 1)


def _alike(
    now: Sequence[Member], before: Sequence[Member], by: By
) -> Iterator[tuple[tuple[Member, ...], tuple[Member, ...]]]:
    """Yield the subjects of both rounds that share an id or a name, for each that occurs in both."""
    sides: list[dict[str, list[Member]]] = [defaultdict(list), defaultdict(list)]
    for side, members in zip(sides, (now, before), strict=True):
        for member in members:
            side[member.key(by)].append(member)
    for name, new in sides[0].items():
        if name and name in sides[1]:
            yield tuple(new), tuple(sides[1][name])


def _place(result: Result) -> int:
    """Return a grade's place, the highest first, none last, nor has who is disqualified any."""
    grades, grade = result.standard.grades, None if result.disqualified else result.grade.secured
    return len(grades) if grade is None else grades.index(grade)
