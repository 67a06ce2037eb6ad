"""Many results of one standard side by side: ranks, grades, regions, common gaps, and the changes since last round."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact, total, whole
from lsstd.panel.rounds import Member, RoundChanges, changes_since, places, rules_of
from lsstd.standard.bands import End
from lsstd.standard.models import fields_of
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.words import Text, msg, noted, same

if TYPE_CHECKING:
    import pandas as pd

_RANGES = 10


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


class Failed(NamedTuple):
    """A condition or veto, the subjects that fail it, and those for which it is undecided."""

    condition: Condition | Veto
    unmet: tuple[Member, ...]
    unknown: tuple[Member, ...]


@dataclass(frozen=True)
class Region:
    """The subjects of one region, by rank."""

    name: str
    members: tuple[Member, ...]

    @property
    def spread(self) -> Spread:
        """The spread of their secured scores."""
        return spread_of(member.result.score.secured for member in self.members)


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
    def regions(self) -> tuple[Region, ...]:
        """The regions by the median of their secured scores, highest first; last, those who name none."""
        named: dict[str, list[Member]] = defaultdict(list)
        for member in self.members:
            named[member.region].append(member)
        regions = [Region(name, tuple(members)) for name, members in named.items()]
        return tuple(sorted(regions, key=lambda region: (not region.name, -region.spread.median)))

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
    def conditions(self) -> tuple[Failed, ...]:
        """The conditions and vetoes, those that most subjects fail first."""
        listed = [
            Failed(condition, *(self._in_state(side, condition.id, state) for state in ("unmet", "unknown")))
            for side in ("conditions", "vetoes")
            for condition in getattr(self.standard, side).values()
        ]
        return tuple(sorted(listed, key=lambda failed: (-len(failed.unmet), -len(failed.unknown))))

    def _in_state(self, side: str, name: str, state: str) -> tuple[Member, ...]:
        asked = ((member, getattr(member.result, side).get(name)) for member in self.members)
        return tuple(member for member, found in asked if found and found.state == state)

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
