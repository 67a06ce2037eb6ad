"""One round of evaluations beside the round before it: who is who, who is new, whose score and grade changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from lsstd.changes.compare import ComparedResult, compare
from lsstd.engine.result import Result
from lsstd.exact import Exact, whole
from lsstd.standard.standard import Standard

if TYPE_CHECKING:
    from lsstd.panel.portfolio import Member

By: TypeAlias = Literal["id", "name"]
Side: TypeAlias = "Sequence[Member]"


@dataclass(frozen=True, slots=True)
class Change:
    """A subject in both rounds: by what it was found again, and its result beside the one before."""

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


@dataclass(frozen=True, slots=True)
class Doubt:
    """Subjects that were not matched, although an id or a name stands in both rounds.

    It stands there more than once, or (`reason` is ``ids``) one name goes with different ids.
    """

    reason: Literal["id", "name", "ids"]
    now: tuple[Member, ...]
    before: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Cycle:
    """What changed since the round before: subjects in both, in the order of their ranks now; the new; those gone."""

    changes: tuple[Change, ...]
    new: tuple[Member, ...]
    left: tuple[Member, ...]
    doubts: tuple[Doubt, ...]
    other_rules: bool
    """Whether the round before was evaluated under another edition of the standard or under other readings."""


def cycle(now: Side, before: Side) -> Cycle:
    """Return what changed from one round to the next.

    Subjects are matched by ``subject.id``; what has no partner by its id is matched by its name. An id or a name
    that a round holds more than once matches nobody, nor does one name with two different ids: it is a `Doubt`.

    Parameters
    ----------
    now, before : sequence of Member
        Each round by rank.
    """
    pairs, doubts = _matched(now, before)
    changes = tuple(Change(new, old, by, _case(old, new)) for new, old, by in pairs)
    met = {id(member) for change in changes for member in (change.now, change.before)}
    new, left = (tuple(member for member in side if id(member) not in met) for side in (now, before))
    rules = {_rules(member.result) for member in (*now, *before)}
    return Cycle(tuple(sorted(changes, key=lambda change: change.now.rank)), new, left, doubts, len(rules) > 1)


def _matched(now: Side, before: Side) -> tuple[list[tuple[Member, Member, By]], tuple[Doubt, ...]]:
    """Return the pairs, each with what it was matched by, and what could not be matched without a guess."""
    pairs: list[tuple[Member, Member, By]] = []
    doubts: list[Doubt] = []
    done: set[int] = set()
    for by in _BY:
        for new, old in _alike(now, before, _BY[by]):
            free = [[member for member in side if id(member) not in done] for side in (new, old)]
            if not all(free):
                continue
            ids = [member.result.assessment.subject.id for member in (*new, *old)]
            if len(new) > 1 or len(old) > 1:
                doubts.append(Doubt(by, tuple(free[0]), tuple(free[1])))
            elif by == "name" and all(ids) and ids[0] != ids[1]:
                doubts.append(Doubt("ids", new, old))
            else:
                pairs.append((new[0], old[0], by))
            done |= {id(member) for members in free for member in members}
    return pairs, tuple(doubts)


_BY: dict[By, Callable[[Member], str]] = {
    "id": lambda member: (member.result.assessment.subject.id or "").strip(),
    "name": lambda member: member.result.assessment.subject.name.strip(),
}


def _alike(
    now: Side, before: Side, key: Callable[[Member], str]
) -> Iterable[tuple[tuple[Member, ...], tuple[Member, ...]]]:
    """Yield the subjects of both rounds that share a key, for each key that stands in both."""
    sides: list[dict[str, list[Member]]] = [defaultdict(list), defaultdict(list)]
    for side, members in zip(sides, (now, before), strict=True):
        for member in members:
            side[key(member)].append(member)
    return ((tuple(new), tuple(sides[1][name])) for name, new in sides[0].items() if name and name in sides[1])


def _case(before: Member, now: Member) -> ComparedResult:
    return compare(before.result, [("now", now.result)]).cases[1]


def _rules(result: Result) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Return under what a result was found: edition, file, readings."""
    return result.standard.edition, result.standard.sha256, tuple(result.readings.items())


def _place(result: Result) -> int:
    """Return a grade's place, the highest first, none last."""
    standard: Standard = result.standard
    grade = result.grade.secured
    return len(standard.grades) if grade is None else standard.grades.index(grade)
