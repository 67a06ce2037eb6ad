"""One round of evaluations beside the round before it: who is who, who is new, whose score and grade changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from lsstd.changes.compare import ComparedResult, compare
from lsstd.engine.result import Result
from lsstd.exact import Exact, whole
from lsstd.words import Text

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
    yield from ((tuple(new), tuple(sides[1][name])) for name, new in sides[0].items() if name and name in sides[1])


def _place(result: Result) -> int:
    """Return a grade's place, the highest first, none last, nor has who is disqualified any."""
    grades, grade = result.standard.grades, None if result.disqualified else result.grade.secured
    return len(grades) if grade is None else grades.index(grade)
