"""What a reform does to each subject of a population in memory, and totals that can be added up over many parts.

Subjects are scored anew only where the reform changes something.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cache, cached_property, partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.exact import Exact, nearest
from lsstd.population.columns import Column, change, find_stretch, smallest, sums
from lsstd.population.partitions import First, Summary
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, check_size
from lsstd.population.scoring import GradeLines, Scores, disqualified, eligible, grade_lines, scores_of
from lsstd.standard.readings import MOVE_POINTS
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard

Flags: TypeAlias = NDArray[np.bool_]
Group: TypeAlias = Mapping[str, str]
Cost: TypeAlias = dict[str, Exact]
"""What a reform costs some subjects: their number; how many win, lose, and may no longer apply; and the sums of the
weights of all, of the weights of those who lose, and of weight times change of points."""
Near: TypeAlias = dict[tuple[str, str | None, Exact], tuple[int, int]]
MOST_MOVERS = 1000
"""How many of those who move furthest each part of a population reports."""
NEAR = 5
"""Distance from a line, in points, within which subjects count as close to it."""
SIDES = ("before", "after")


class Mover(NamedTuple):
    """A subject whose grade or points change: the places of its grades, its change, its scores."""

    id: str
    before: int
    after: int
    change: Fraction
    score_before: Fraction
    score_after: Fraction

    @property
    def order(self) -> tuple[Fraction, int]:
        """Sort key: the largest change first, then the furthest in grades; ties keep the order of the table."""
        return -abs(self.change), -abs(self.after - self.before)


@dataclass(frozen=True)
class Side:
    """A population before or after a reform: totals in units of one over the lattice, and the places of grades."""

    standard: Standard
    lines: GradeLines
    total: NDArray[Any]
    grade: NDArray[np.uint8]
    eligible: Flags | None


@dataclass(frozen=True)
class Moves:
    """What a reform does to each subject.

    Parameters
    ----------
    readings : dict of str to str
        Those of the reformed standard.
    lattice : int
        Units to a point.
    grades : tuple
        Highest first; the last, None, is no grade. `Side.grade` holds places in it.
    old, new : dict of str to array
        The points of each row that the reform touches, in units, before and after.
    protect : tuple of mapping
        The groups that the reform must not harm, each by the columns that make it: ``{"region": "绥化"}``.
    """

    population: Population
    readings: dict[str, str]
    lattice: int
    grades: tuple[str | None, ...]
    before: Side
    after: Side
    old: dict[str, NDArray[Any]]
    new: dict[str, NDArray[Any]]
    protect: tuple[Group, ...]

    @property
    def sides(self) -> tuple[Side, Side]:
        """Before and after."""
        return self.before, self.after

    @cached_property
    def winners(self) -> Flags:
        """Who gets a higher grade."""
        return self.after.grade < self.before.grade

    @cached_property
    def losers(self) -> Flags:
        """Who gets a lower grade."""
        return self.after.grade > self.before.grade

    @cached_property
    def units(self) -> NDArray[np.int64]:
        """By how many units each total changes."""
        return self.after.total.astype(np.int64) - self.before.total.astype(np.int64)

    @cached_property
    def _moving(self) -> NDArray[np.intp]:
        return np.flatnonzero((self.units != 0) | self.winners | self.losers)

    # ── what adds up ─────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def flows(self) -> NDArray[np.int64]:
        """How many go from each grade (lines) to each grade (columns)."""
        size = len(self.grades)
        return np.array(sums(self._pairs, size**2)).reshape(size, size)

    @cached_property
    def weighted(self) -> NDArray[Any] | None:
        """The same by weight, as exact numbers; None without weights."""
        size = len(self.grades)
        if self.population.weight is None:
            return None
        return np.array(self.population.weighed(self._pairs, size**2), object).reshape(size, size)

    @property
    def _pairs(self) -> NDArray[Any]:
        size = len(self.grades)
        pairs: NDArray[Any] = self.before.grade * smallest(size**2).type(size) + self.after.grade
        return pairs

    @cached_property
    def rows(self) -> dict[str, tuple[Fraction, ...]]:
        """The change of points from each row: for all, for winners, for losers.

        What rounding or another combination adds has an entry of its own, so that the entries add up to the change of
        totals.
        """
        whom = self.winners + 2 * self.losers.astype(np.intp)

        def summed(column: NDArray[Any]) -> NDArray[Any]:
            still, won, lost = sums(whom, 3, column)
            return np.array([still + won + lost, won, lost], object)

        nothing = np.zeros(1, np.int64)
        found = {
            name: summed(self.new.get(name, nothing).astype(np.int64) - self.old.get(name, nothing).astype(np.int64))
            for name in dict.fromkeys([*self.old, *self.new])
        }
        is_sum = all(side.standard.is_plain for side in self.sides)
        found["rounding" if is_sum else "combination"] = summed(self.units) - sum(found.values())
        return {name: tuple(Fraction(units, self.lattice) for units in row) for name, row in found.items()}

    @property
    def costs(self) -> dict[str, dict[str | None, Cost]]:
        """What the reform costs the subjects with each value of each grouping; None is blank."""
        found = {}
        for name, cells in self.population.groups.items():
            places, values = pd.factorize(cells, use_na_sentinel=False)
            costs = self._costs(places, len(values))
            found[name] = {None if pd.isna(value) else value: cost for value, cost in zip(values, costs, strict=True)}
        return found

    @property
    def protected(self) -> tuple[Cost, ...]:
        """What the reform costs each protected group: the subjects with all the values that define it."""
        members = map(self.population.members, self.protect)
        return tuple(self._costs(each.astype(np.intp), 2)[1] for each in members)

    def _costs(self, places: NDArray[np.intp], size: int) -> list[Cost]:
        weighed, points = self.population.weighed, Fraction(1, self.lattice)
        columns: dict[str, Sequence[Exact]] = {
            "count": sums(places, size),
            "winners": sums(places, size, self.winners),
            "losers": sums(places, size, self.losers),
            "weight": weighed(places, size),
            "lost": weighed(places, size, self.losers),
            "change": [units * points for units in weighed(places, size, self.units)],
        }
        if (before := self.before.eligible) is not None and (after := self.after.eligible) is not None:
            columns["excluded"] = sums(places, size, before & ~after)
        return [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]

    @property
    def near(self) -> Near:
        """How many lie within `NEAR` points below and above each line, by side, grade and line."""
        found, lattice = {}, self.lattice
        for name, side in zip(SIDES, self.sides, strict=True):
            for start, edge, grade in zip(side.lines.starts, side.lines.edges, side.lines.grades[1:], strict=True):
                low, high = math.ceil((start.score - NEAR) * lattice), math.floor((start.score + NEAR) * lattice) + 1
                under = [int(np.count_nonzero(side.total < end)) for end in (max(0, low), edge, max(edge, high))]
                found[name, grade, start.score] = under[1] - under[0], under[2] - under[1]
        return found

    @cached_property
    def moved(self) -> int:
        """How many have another grade or other points."""
        return len(self._moving)

    @cached_property
    def eligible(self) -> dict[str, int] | None:
        """How many may apply, before and after."""
        return _counted([side.eligible for side in self.sides])

    @cached_property
    def disqualified(self) -> dict[str, int] | None:
        """How many a veto bars, before and after."""
        return _counted([disqualified(self.population, side.standard, self.readings) for side in self.sides])

    def movers(self, most: int | None) -> tuple[Mover, ...]:
        """Return those whose grade or points change, the largest change first."""
        units, moving, (before, after) = self.units, self._moving, self.sides
        steps = np.abs(after.grade.astype(np.int16) - before.grade)
        order = moving[np.lexsort((moving, -steps[moving], -np.abs(units[moving])))][:most]
        ids = self.population.ids.to_numpy()[order].tolist()
        grades = (side.grade[order].tolist() for side in self.sides)
        columns = (each[order].tolist() for each in (units, before.total, after.total))
        points = ([Fraction(n, self.lattice) for n in column] for column in columns)
        return tuple(map(Mover, ids, *grades, *points))


def _counted(masks: Sequence[Flags | None]) -> dict[str, int] | None:
    known = [int(np.count_nonzero(mask)) for mask in masks if mask is not None]
    return dict(zip(SIDES, known, strict=True)) if len(known) == len(masks) else None


@dataclass(frozen=True)
class Effects(Summary):
    """The totals of `Moves`, without its arrays: they can be added up, and are small enough to cross processes."""

    flows: NDArray[Any]
    weighted: NDArray[Any] | None
    rows: dict[str, tuple[Fraction, ...]]
    costs: dict[str, dict[str | None, Cost]]
    protected: tuple[Cost, ...]
    moved: int
    eligible: dict[str, int] | None
    disqualified: dict[str, int] | None
    near: Near
    first: First[Mover]

    def movers(self, most: int | None) -> tuple[Mover, ...]:
        """Return those who move furthest, as far as the parts have reported them."""
        return self.first.listed[:most]


def moves_of(
    population: Population, before: Standard, after: Standard, readings: dict[str, str] | None = None
) -> Moves:
    """Return what a reform does to each subject of a population.

    Examples
    --------
    >>> standard = lsstd.load_standard("hlj-base-evaluation")
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", standard)
    >>> after = lsstd.load_reform("data/reforms/aaaa_from_440.yaml").apply(standard)
    >>> moves = moves_of(people, standard, after)
    >>> people.ids[moves.winners].tolist()
    ['synthetic-000059']
    """
    return next(each_moves(population, before, [after], readings))


def each_effects(population: Population, **options: Any) -> list[Effects]:
    """Return the totals of what each of several reforms does; options as in `each_moves`."""
    names = [each.name for each in fields(Effects) if each.name != "first"]
    return [
        Effects(**{name: getattr(moves, name) for name in names}, first=First(MOST_MOVERS, moves.movers(MOST_MOVERS)))
        for moves in each_moves(population, **options)
    ]


def each_moves(
    population: Population,
    before: Standard,
    afters: Iterable[Standard],
    readings: dict[str, str] | None = None,
    protect: tuple[Group, ...] = (),
) -> Iterator[Moves]:
    """Yield what each of several reforms does to a population, scored once, and then only where they change it."""
    base = _Base(scores_of(population, before, readings), readings, protect)
    for after in afters:
        yield _moves(base, after)


class _Base:
    """The baseline, with what every reform needs of it."""

    def __init__(self, scores: Scores, asked: dict[str, str] | None, protect: tuple[Group, ...]) -> None:
        self.scores, self.population, self.standard = scores, scores.population, scores.standard
        self.asked, self.protect, self.unrounded = asked, protect, scores.unrounded
        self.may = _may(scores.population, scores.standard, asked)
        rater = Rater(scores.population, scores.standard, scores.readings)
        self.rows = {name: (scores.standard.criteria[name], _sources(rater, name)) for name in scores.ratings.secured}
        self.side = cache(partial(_side, scores, self.may))  # few units and grades occur, each many times

    def shares(self, after: Standard, *names: str) -> bool:
        """Return whether a reformed standard has left some of its attributes as the baseline has them."""
        return all(getattr(self.standard, name) == getattr(after, name) for name in names)


def _may(population: Population, standard: Standard, readings: dict[str, str] | None) -> Flags | None:
    heard = eligible(population, standard, readings)
    return None if heard is None else heard.low


def _moves(base: _Base, after: Standard) -> Moves:
    are_facts_same = base.shares(after, "facts", "same_quantities")
    is_same = are_facts_same and base.shares(after, "conditions", "default_readings")
    may = base.may if is_same else _may(base.population, after, base.asked)
    if not (base.standard.is_plain and after.is_plain):
        return _moves_anew(base, after, may)
    rater = Rater(base.population, after, after.choose_readings(base.asked))
    rated = base.scores.ratings
    touched = _touched(base, rater, are_facts_same)
    rows = [row for name in touched if (row := after.criteria.get(name)) and row.max_score is not None]
    lattice = math.lcm(rated.lattice, rater.lattice(rows))
    check_size(after, lattice)
    factor = lattice // rated.lattice
    new = rater.rate(rows, lattice).secured
    old = {name: _scaled(rated.secured[name], factor) for name in touched if name in rated.secured}
    most = sum(rater.most(row, lattice) for row in after.scored_rows)
    total = change(_scaled(base.unrounded, factor), list(old.values()), list(new.values()), most)
    if rater.readings["rounding"] == "total":
        step = int(after.rounding_step * lattice)
        total = nearest(total.astype(smallest(most + step)), step, after.rounding.to_even)
    grades = all_grades(base.standard, after)
    own, readings = base.side(lattice, grades), rater.readings
    is_graded_alike = base.shares(after, "bands") and base.scores.readings["between_bands"] == readings["between_bands"]
    lines = own.lines if is_graded_alike else grade_lines(after, readings, lattice)
    side = Side(after, lines, total, lines.codes(grades)[find_stretch(total, lines.edges)], may)
    return Moves(base.population, readings, lattice, grades, own, side, old, new, base.protect)


def _moves_anew(base: _Base, after: Standard, may: Flags | None) -> Moves:
    """Score anew, because the standard is, or was, more than sums."""
    scores, grades = scores_of(base.population, after, base.asked), all_grades(base.standard, after)
    lattice = math.lcm(base.scores.ratings.lattice, scores.ratings.lattice)
    check_size(after, lattice)
    sides = base.side(lattice, grades), _side(scores, may, lattice, grades)
    old, new = (
        {name: _scaled(column, lattice // each.lattice) for name, column in each.secured.items()}
        for each in (base.scores.ratings, scores.ratings)
    )
    return Moves(base.population, scores.readings, lattice, grades, *sides, old, new, base.protect)


def _side(scores: Scores, may: Flags | None, lattice: int, grades: tuple[str | None, ...]) -> Side:
    """Return scores in these units, their grades as places among these grades."""
    lines = grade_lines(scores.standard, scores.readings, lattice)
    places = np.array([grades.index(name) for name in (*scores.standard.grades, None)], np.uint8)
    total = _scaled(scores.secured.total, lattice // scores.ratings.lattice)
    return Side(scores.standard, lines, total, places[scores.grade()], may)


def _touched(base: _Base, rater: Rater, are_facts_same: bool) -> list[str]:
    """Return the rows whose points can differ: all of them where readings or facts differ."""
    rows, after = base.rows, rater.standard.criteria
    names = list(dict.fromkeys([*rows, *(row.id for row in rater.standard.scored_rows)]))
    chosen = all(base.scores.readings[key] == rater.readings[key] for key in MOVE_POINTS)
    if not (are_facts_same and chosen and base.shares(rater.standard, "rounding")):
        return names
    come_from = {*base.standard.lineage, *rater.standard.lineage}
    unchanged = {
        name
        for name, (row, sources) in rows.items()
        if _made_of(row) == _made_of(after.get(name)) and (name not in come_from or sources == _sources(rater, name))
    }
    return [name for name in names if name not in unchanged]


def _sources(rater: Rater, name: str) -> list[str]:
    return [source.id for source in rater.sources_of(name)]


def _made_of(row: Criterion | None) -> object:
    """Return everything that decides a row's points."""
    if row is None or row.max_score is None:
        return None
    parts = [(part.id, part.test, part.bonus, part.optional, part.weight, part.points) for part in row.parts.values()]
    return row.max_score, row.rule, row.provision.kind, parts


def _scaled(column: Column, factor: int) -> Column:
    """Return a column in units that are finer by a factor."""
    if factor == 1 or not len(column):
        return column
    kind = column.dtype if column.dtype.kind == "i" else smallest(int(column.max()) * factor)
    finer: Column = column.astype(kind) * kind.type(factor)
    return finer


def all_grades(before: Standard, after: Standard) -> tuple[str | None, ...]:
    """Return the grades of two standards, highest first, then None; a new grade follows the one above it."""
    merged, second = list(before.grades), after.grades
    for i, grade in enumerate(second):
        if grade not in merged:
            merged.insert(merged.index(second[i - 1]) + 1 if i else 0, grade)
    return *merged, None
