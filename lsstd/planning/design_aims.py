"""A population as a design sees it: totals in whole units, and what each goal asks of them in whole numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, whole
from lsstd.planning.design_goals import Goal, Goals, members
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, check_size
from lsstd.population.scoring import eligible, scores_of
from lsstd.standard.bands import End, gaps
from lsstd.standard.standard import Standard

Whole: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
FOREVER = 2**60
"""An end that no count reaches."""
MOST_WITNESSES = 20


@dataclass(frozen=True)
class Aim:
    """A goal in whole numbers: how much weight of subjects has a place among the grades, from `low` to `high`.

    Parameters
    ----------
    weight : array
        What each subject counts; 0 where the goal is not of it.
    at, above : array of int
        It counts at place `at` or better, and counts off at `above` or better; -1: never.
    """

    goal: Goal
    weight: Whole
    at: Whole
    above: Whole
    low: int
    high: int

    @property
    def is_of_each(self) -> bool:
        """Whether it holds subject by subject: then none is too many, and those that miss it add up."""
        return self.goal.share is None

    def count(self, place: Any) -> Any:
        """Return the weight that counts where subjects have these places; each line of several is one choice."""
        signs = (place <= self.at).view(np.int8) - (place <= self.above).view(np.int8)
        return signs @ self.weight

    def missed(self, count: Any) -> Any:
        """Return by how much a count, or each of several, misses the goal."""
        over = count - self.high if self.high < FOREVER else 0
        return np.maximum(0, np.maximum(self.low - count, over))

    def measured(self, count: int) -> Exact:
        """Return the share that a count is of all; of a goal about nobody, to how many it happens."""
        weight = int(self.weight.sum())
        if self.is_of_each:
            return whole(Fraction((weight - count) * int((self.weight > 0).sum()), weight)) if weight else 0
        return whole(Fraction(count, weight)) if weight else 0

    def witnesses(self, place: Whole, total: Whole) -> Whole:
        """Return who keeps the goal from being reached: those it happens to, or those nearest to the line."""
        counts = (place <= self.at) & ~(place <= self.above) & (self.weight > 0)
        missed, order = int(self.missed(self.count(place))), np.argsort(total, kind="stable")
        if self.is_of_each or int(self.weight[counts].sum()) < self.low:
            order, counts = order[::-1], ~counts & (self.weight > 0)
        listed = order[counts[order]]
        found: Whole = listed[np.cumsum(self.weight[listed]) - self.weight[listed] < missed][:MOST_WITNESSES]
        return found


@dataclass(frozen=True)
class Scene:
    """A population under a standard, as a design sees it.

    Parameters
    ----------
    lattice : int
        Units to a point.
    total : array
        In units, as the readings round it.
    place : array
        Of each grade among the standard's; the last is no grade.
    weight : array
        Whole numbers over `denominator`.
    may_apply : array of bool
        Who meets every condition that has a column, for certain.
    enters : array of int, or None
        By subject (line) and place: the band whose line a total must reach to be graded there or better, -1 where none
        suffices; None where that is always the band of that place.
    rows : tuple of str
        Those whose points may move.
    gains : array
        By such row (line) and subject: what a step of points brings, in units.
    """

    standard: Standard
    readings: dict[str, str]
    goals: Goals
    lattice: int
    total: Whole
    place: Whole
    weight: Whole
    denominator: int
    members: tuple[Mask, ...]
    may_apply: Mask
    enters: Whole | None
    rows: tuple[str, ...]
    gains: Whole

    def __len__(self) -> int:
        return len(self.total)

    def part(self, rows: Any) -> Scene:
        """Return the same for some of the subjects, perhaps repeated."""
        masks = tuple(mask[rows] for mask in self.members)
        enters = None if self.enters is None else self.enters[rows]
        columns = {name: getattr(self, name)[rows] for name in ("total", "place", "weight", "may_apply")}
        return replace(self, **columns, members=masks, enters=enters, gains=self.gains[:, rows])

    def only(self, kept: Sequence[int]) -> Scene:
        """Return the same with some of the goals."""
        goals = self.goals.model_copy(update={"goals": tuple(self.goals.goals[i] for i in kept)})
        return replace(self, goals=goals, members=tuple(self.members[i] for i in kept))

    @cached_property
    def aims(self) -> tuple[Aim, ...]:
        """What the goals on grades ask."""
        return self._aims(False)

    @cached_property
    def entry_aims(self) -> tuple[Aim, ...]:
        """What the goals on conditions ask: place 0 is to be allowed to apply, 1 is not to be."""
        return self._aims(True)

    def _aims(self, are_of_conditions: bool) -> tuple[Aim, ...]:
        pairs = zip(self.goals.goals, self.members, strict=True)
        return tuple(self._aim(goal, mask) for goal, mask in pairs if goal.is_of_conditions == are_of_conditions)

    def _aim(self, goal: Goal, mask: Mask) -> Aim:
        places, nowhere = len(self.standard.grades), np.full(len(self), -1)
        if goal.share is None:
            kept = np.where(self.may_apply, 0, 1) if goal.is_of_conditions else self.place + goal.by - 1
            mask = mask & (kept < (1 if goal.is_of_conditions else places))
            weight = np.where(mask, self.denominator, 0)
            return Aim(goal, weight, np.where(mask, kept, -1), nowhere, int(weight.sum()), FOREVER)
        weight, at = (
            np.where(mask, self.weight, 0),
            0 if goal.eligible else self.standard.grades.index(goal.grade or ""),
        )
        above = nowhere if goal.or_better else np.full(len(self), at - 1)
        everyone, ends = int(weight.sum()), goal.share
        low = math.ceil(ends.at_least * everyone) if ends.at_least is not None else 0
        high = math.floor(ends.at_most * everyone) if ends.at_most is not None else FOREVER
        return Aim(goal, weight, np.full(len(self), at), above, low, high)

    @property
    def missed(self) -> int:
        """By how much the goals on grades are missed as things are."""
        return aims_missed(self.aims, self.place)

    @property
    def are_sums(self) -> bool:
        """Whether totals alone decide grades, without gaps, and are sums: only then rows' gains decide them."""
        bands = self.standard.completed_bands(self.readings["between_bands"])
        is_whole = bands and all(band.lower for band in bands) and not bands[0].upper and not gaps(bands)
        return bool(is_whole and self.standard.is_plain and self.readings["rounding"] == "none")


def first(value: Exact, closed: bool, lattice: int) -> int:
    """Return the least number of units at a line (closed) or beyond it."""
    return math.ceil(value * lattice) if closed else math.floor(value * lattice) + 1


def scene_of(
    population: Population, standard: Standard, goals: Goals, readings: dict[str, str], rows: Sequence[str]
) -> tuple[Scene, tuple[str, ...]]:
    """Return a population as a design sees it, and those of some rows that are left as they are.

    Where totals are sums, these are rows of which a step more does not bring what a step less takes: their rule names
    points.
    """
    scores = scores_of(population, standard, readings)
    step = goals.step.points or 1
    moved = {row: [_with_points(standard, row, sign * step) for sign in (1, -1)] for row in rows}
    raters = {row: [Rater(population, each, readings) for each in pair] for row, pair in moved.items()}
    needed = (r.lattice([r.standard.criteria[row]]) for row, pair in raters.items() for r in pair)
    lattice = math.lcm(scores.ratings.lattice, *needed)
    check_size(standard, lattice)
    factor, gains, unfit = lattice // scores.ratings.lattice, dict[str, Whole](), []
    for row, pair in raters.items():
        now = scores.ratings.secured[row].astype(np.int64) * factor
        rated = (r.rate([r.standard.criteria[row]], lattice).secured[row].astype(np.int64) for r in pair)
        more, less = (each - now for each in rated)
        gains[row] = more
        unfit += [row] if not np.array_equal(more, -less) else []
    weights = population.points("weight") if population.weight is not None else None
    may = eligible(population, standard, readings)
    scene = Scene(
        standard,
        readings,
        goals,
        lattice,
        scores.secured.total.astype(np.int64) * factor,
        scores.grade().astype(np.int64),
        np.ones(len(population), np.int64) if weights is None else weights.whole.astype(np.int64),
        1 if weights is None else weights.denominator,
        tuple(members(goal, population) for goal in goals.goals),
        np.ones(len(population), np.bool_) if may is None else may.low,
        None if standard.is_plain else _enters(population, standard, readings),
        tuple(gains),
        np.array([*gains.values()], np.int64).reshape(len(gains), len(population)),
    )
    if not (scene.are_sums and unfit):
        return scene, ()
    fit = [i for i, row in enumerate(gains) if row not in unfit]
    return replace(scene, rows=tuple(scene.rows[i] for i in fit), gains=scene.gains[fit]), tuple(unfit)


def _with_points(standard: Standard, row: str, change: Exact) -> Standard:
    """Return a standard with a row's maximum moved, unchecked."""
    criterion = standard.criteria[row]
    points = criterion.model_copy(update={"max_score": whole(Fraction((criterion.max_score or 0) + change))})
    return standard.model_copy(update={"criteria": {**standard.criteria, row: points}})


def _enters(population: Population, standard: Standard, readings: dict[str, str]) -> Whole:
    """Return the band that each subject must reach for each place, where grades ask for more than a total.

    The population is graded once for each band, as if its line were reached by all: what comes out is the place that
    its demands, and further tables, leave to whoever reaches that band and none above.
    """
    places, out_of_reach = len(standard.grades) + 1, End(value=1 + 10 * standard.maximum, closed=True)
    found = np.full((len(population), places), -1, np.int64)
    beyond = [band.model_copy(update={"lower": out_of_reach, "upper": None}) for band in standard.bands]
    for number, band in enumerate(standard.bands):
        open_ = band.model_copy(update={"lower": None, "upper": None})
        bands = (*beyond[:number], open_, *beyond[number + 1 :])
        scores = scores_of(population, standard.model_copy(update={"bands": bands}), readings)
        place = scores.grade().astype(np.int64)
        for at in range(places):
            found[place <= at, at] = number
    return found


def aims_missed(aims: Sequence[Aim], place: Whole) -> int:
    """Return by how much goals are missed where subjects have these places."""
    return sum(int(aim.missed(aim.count(place))) for aim in aims)
