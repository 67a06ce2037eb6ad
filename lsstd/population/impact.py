"""Whom a reform moves: a population before and after, scored anew only where the reform changes something."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsstd.changes.reform import Reform
from lsstd.exact import Exact, whole
from lsstd.population.kernel import Column, change, find_stretch, round_to, smallest
from lsstd.population.moved import Flags, Impact, Side
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, check_size
from lsstd.population.scoring import Scores, eligible, grading, score
from lsstd.standard.readings import MOVE_POINTS
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard


def impact(
    population: Population, before: Standard, after: Standard | Reform, readings: dict[str, str] | None = None
) -> Impact:
    """Return what a reform does to a population.

    Parameters
    ----------
    population : Population
    before : Standard
    after : Standard or Reform
        The standard as reformed, or the reform to apply to `before`.
    readings : dict of str to str, optional
        Replaces the defaults of both.
    """
    return impacts(population, before, [after], readings)[0]


def impacts(
    population: Population,
    before: Standard,
    afters: Sequence[Standard | Reform],
    readings: dict[str, str] | None = None,
) -> tuple[Impact, ...]:
    """Return what each of several reforms does to a population, which is scored once: then only what they change."""
    base = _Base(score(population, before, readings), readings)
    reformed = [after.apply(before) if isinstance(after, Reform) else after for after in afters]
    return tuple(_impact(base, after, readings) for after in reformed)


class _Base:
    """The baseline, and what is asked of it for every reform."""

    def __init__(self, scores: Scores, readings: dict[str, str] | None) -> None:
        self.scores, self.population, self.standard = scores, scores.population, scores.standard
        self.unrounded = scores.unrounded
        self.may = _may(scores.population, scores.standard, readings)
        rater = Rater(scores.population, scores.standard, scores.readings)
        self.made_of = {name: _made_of(rater, name) for name in scores.ratings.secured}

    def may_under(self, after: Standard, readings: dict[str, str] | None) -> Flags | None:
        """Return who may apply under a reformed standard."""
        decisive = ("conditions", "facts", "same_quantities", "default_readings")
        if all(getattr(self.standard, name) == getattr(after, name) for name in decisive):
            return self.may
        return _may(self.population, after, readings)


def _may(population: Population, standard: Standard, readings: dict[str, str] | None) -> Flags | None:
    heard = eligible(population, standard, readings)
    return None if heard is None else heard.low


def _impact(base: _Base, after: Standard, readings: dict[str, str] | None) -> Impact:
    if not (base.standard.is_plain and after.is_plain):
        return _impact_whole(base, after, readings)
    rater = Rater(base.population, after, after.choose_readings(readings))
    touched, rated = _touched(base, rater), base.scores.ratings
    rows = [after.criteria[name] for name in touched if _is_scored(after, name)]
    lattice = math.lcm(rated.lattice, rater.lattice(rows))
    check_size(after, lattice)
    factor = lattice // rated.lattice
    new = rater.rate(rows, lattice).secured
    old = {name: _scaled(rated.secured[name], factor) for name in touched if name in rated.secured}
    most = sum(rater.most(row, lattice) for row in after.scored_rows)
    moved = change(_scaled(base.unrounded, factor), list(old.values()), list(new.values()), most)
    if rater.readings["rounding"] == "total":
        step = int(after.rounding_step * lattice)
        moved = moved.astype(smallest(most + step))
        round_to(moved, step)
    grades = (*_together(base.standard.grades, after.grades), None)
    total = _scaled(base.scores.secured.total, factor)
    sides = (
        _side(base.standard, base.scores.readings, total, lattice, grades, base.may),
        _side(after, rater.readings, moved, lattice, grades, base.may_under(after, readings)),
    )
    return Impact(base.population, rater.readings, lattice, grades, *sides, _attributed(*sides, old, new, lattice))


def _impact_whole(base: _Base, after: Standard, readings: dict[str, str] | None) -> Impact:
    """Score anew under a standard that is more than sums, or was."""
    scored = score(base.population, after, readings)
    both = (base.scores, scored)
    lattice = math.lcm(*(scores.ratings.lattice for scores in both))
    check_size(after, lattice)
    grades = (*_together(base.standard.grades, after.grades), None)
    mays = (base.may, base.may_under(after, readings))
    sides, rows = [], []
    for scores, may in zip(both, mays, strict=True):
        factor, names = lattice // scores.ratings.lattice, (*scores.standard.grades, None)
        places = np.array([grades.index(name) for name in names], np.uint8)
        total = scores.secured.total.astype(np.int64) * factor
        found = grading(scores.standard, scores.readings, lattice)
        sides.append(Side(scores.standard, found, total, places[scores.grade()], may))
        rows.append({name: column.astype(np.int64) * factor for name, column in scores.ratings.secured.items()})
    by_row = _attributed(sides[0], sides[1], rows[0], rows[1], lattice)
    return Impact(base.population, scored.readings, lattice, grades, sides[0], sides[1], by_row)


def _is_scored(standard: Standard, row: str) -> bool:
    return row in standard.criteria and standard.criteria[row].max_score is not None


def _touched(base: _Base, rater: Rater) -> list[str]:
    """Return the rows whose points can differ: all of them where readings or facts are others."""
    before, after = base.standard, rater.standard
    names = list(dict.fromkeys([*base.made_of, *(row.id for row in after.scored_rows)]))
    is_other = any(base.scores.readings[key] != rater.readings[key] for key in MOVE_POINTS) or (
        (before.facts, before.same_quantities, before.rounding_step)
        != (after.facts, after.same_quantities, after.rounding_step)
    )
    if is_other:
        return names
    return [name for name in names if base.made_of.get(name) != _made_of(rater, name)]


def _made_of(rater: Rater, name: str) -> object:
    """Return all that decides a row's points."""
    row: Criterion | None = rater.standard.criteria.get(name)
    if row is None or row.max_score is None:
        return None
    parts = [(part.id, part.test, part.bonus, part.weight, part.points) for part in row.parts.values()]
    return row.max_score, row.rule, row.provision.kind, parts, [source.id for source in rater.sources_of(name)]


def _scaled(column: Column, factor: int) -> Column:
    """Return a column in units finer by a factor."""
    if factor == 1 or not len(column):
        return column
    finer: Column = column.astype(smallest(int(column.max()) * factor)) * smallest(factor).type(factor)
    return finer


def _together(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Merge two lists of grades, each highest first: one that is new stands behind the one before it."""
    merged = list(first)
    for i, grade in enumerate(second):
        if grade not in merged:
            merged.insert(merged.index(second[i - 1]) + 1 if i else 0, grade)
    return merged


def _side(
    standard: Standard,
    readings: dict[str, str],
    total: NDArray[Any],
    lattice: int,
    grades: tuple[str | None, ...],
    may: Flags | None,
) -> Side:
    found = grading(standard, readings, lattice)
    stretch = np.empty(len(total), np.uint8)
    find_stretch(total, found.edges, stretch)
    return Side(standard, found, total, found.codes(grades)[stretch], may)


def _attributed(
    before: Side, after: Side, old: dict[str, NDArray[Any]], new: dict[str, NDArray[Any]], lattice: int
) -> dict[str, tuple[Exact, Exact, Exact]]:
    """Return the change of points that each row brings; what rounding of the total adds stands under its name."""
    winners, losers = (np.flatnonzero(mask) for mask in (after.grade < before.grade, after.grade > before.grade))

    def summed(column: NDArray[Any] | None) -> list[int]:
        return [0, 0, 0] if column is None else [_sum(column), _sum(column[winners]), _sum(column[losers])]

    names = dict.fromkeys([*old, *new])
    found = {name: [b - a for a, b in zip(summed(old.get(name)), summed(new.get(name)), strict=True)] for name in names}
    whole_change = [b - a for a, b in zip(summed(before.total), summed(after.total), strict=True)]
    rest = [w - sum(row[i] for row in found.values()) for i, w in enumerate(whole_change)]
    if any(rest):
        found["rounding" if before.standard.is_plain and after.standard.is_plain else "combination"] = rest
    points = {name: [whole(Fraction(units, lattice)) for units in row] for name, row in found.items()}
    return {name: (row[0], row[1], row[2]) for name, row in points.items() if any(row)}


def _sum(column: NDArray[Any]) -> int:
    """Add up exactly, whatever the sum comes to."""
    if column.dtype.kind == "i":
        return int(column.sum())
    if column.dtype.itemsize <= 4:
        return int(column.sum(dtype=np.uint64))
    return (int((column >> np.uint64(32)).sum()) << 32) + int((column & np.uint64(2**32 - 1)).sum())
