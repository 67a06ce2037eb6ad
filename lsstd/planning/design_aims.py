"""Subjects as a design sees them: classes of those it cannot tell apart, and what each goal asks of them.

Everything is counted in whole numbers, and classes are sorted by what defines them, so that results depend neither on
how the population was cut into parts nor on the order of its subjects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.exact import Exact, whole
from lsstd.planning.design_goals import Goal, Goals
from lsstd.standard.bands import gaps
from lsstd.standard.standard import Standard

Whole: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
FOREVER = 2**60
"""An end that no count reaches."""
OF_CONDITIONS = ("may", "sure.", "maybe.")
"""Prefixes of those columns of classes that only goals on conditions need."""


@dataclass(frozen=True)
class Aim:
    """A goal in whole numbers: the weight at certain places among the grades must lie between `low` and `high`.

    Parameters
    ----------
    number : int
        Its place among the goals.
    weight : array
        What each class counts; 0 where the goal does not concern it.
    at, above : array of int
        A class counts at place `at` or better, but not at `above` or better; -1: never.
    unit : int
        What a weight of 1 counts as or, where the goal concerns each subject, what one subject counts as.
    """

    number: int
    goal: Goal
    weight: Whole
    at: Whole
    above: Whole
    low: int
    high: int
    unit: int

    @property
    def is_of_each(self) -> bool:
        """Whether it holds subject by subject: then none is too many, and those that miss it add up."""
        return self.goal.share is None

    def counting(self, place: Any) -> Any:
        """Return 1 where classes with these places count, else 0; of a matrix, each line is one choice."""
        return (place <= self.at).view(np.int8) - (place <= self.above).view(np.int8)

    def count(self, place: Any) -> Any:
        """Return the weight that counts when classes have these places."""
        return self.counting(place) @ self.weight

    def missed(self, count: Any) -> Any:
        """Return by how much a count, or each of several, misses the goal."""
        over = count - self.high if self.high < FOREVER else 0
        return np.maximum(0, np.maximum(self.low - count, over))

    def measured(self, count: int) -> Exact:
        """Return the share that a count is of all; of a goal about nobody, to how many it happens."""
        weight = int(self.weight.sum())
        if self.is_of_each:
            return whole(Fraction(weight - count, self.unit))
        return whole(Fraction(count, weight)) if weight else 0


@dataclass(frozen=True)
class Scene:
    """A population under a standard, in classes.

    Parameters
    ----------
    lattice : int
        Units to a point.
    unit : int
        What a weight of 1 comes to in the whole numbers that weigh classes.
    rows : tuple of str
        The rows whose points may move.
    classes : DataFrame
        One line a class: its ``total`` in units, as the readings round it; the ``place`` of its grade among the
        standard's, the last of which is no grade; its ``members`` (a bit for each goal that concerns it); where grades
        ask for more than a total, ``enters.PLACE``, the band whose line a total must reach to be graded there or
        better, -1 where none suffices; ``gain.ROW``, what a step of points brings, in units; whether it certainly
        ``may`` apply; how many values of each threshold it meets, ``sure.N`` and ``maybe.N`` (and the other
        conditions). Last, the ``count`` of its subjects and their ``weight``.
    """

    standard: Standard
    readings: dict[str, str]
    goals: Goals
    lattice: int
    unit: int
    rows: tuple[str, ...]
    classes: pd.DataFrame

    def __len__(self) -> int:
        return len(self.classes)

    def column(self, name: str) -> Whole:
        """Return a column of the classes."""
        return self.classes[name].to_numpy(np.int64)

    @cached_property
    def total(self) -> Whole:
        """The total of each class, in units, rising."""
        return self.column("total")

    @cached_property
    def place(self) -> Whole:
        """The place of each class's grade among the standard's."""
        return self.column("place")

    @cached_property
    def gains(self) -> NDArray[Any]:
        """What a step of points brings, in the smallest integers that hold it: a line a row, a column a class."""
        columns = [self.classes[f"gain.{row}"].to_numpy() for row in self.rows]
        return np.stack(columns) if columns else np.zeros((0, len(self)), np.int8)

    @property
    def of_units(self) -> list[str]:
        """The columns that count points."""
        return [str(name) for name in self.classes if str(name).startswith(("total", "gain."))]

    def in_units(self, lattice: int, unit: int) -> Scene:
        """Return the same in other units of points and of weight, in which everything is still whole."""
        columns = {name: small(_scaled(self.column(name), self.lattice, lattice)) for name in self.of_units}
        weight = _scaled(self.column("weight"), self.unit, unit)
        return replace(self, lattice=lattice, unit=unit, classes=self.classes.assign(**columns, weight=weight))

    @property
    def of_grades(self) -> Scene:
        """The same for goals on grades alone, which need fewer classes."""
        names = [name for name in self.classes if str(name).startswith(OF_CONDITIONS)]
        return replace(self, classes=grouped(self.classes.drop(columns=names))) if names else self

    def drawn(self, rng: np.random.Generator) -> Scene:
        """Return a resample of as many subjects, each with the average weight of its class."""
        count, weight = self.column("count"), self.column("weight")
        times = rng.multinomial(count.sum(), count / count.sum())
        drawn = self.classes.assign(count=times, weight=np.rint(weight / count * times).astype(np.int64))
        return replace(self, classes=drawn[times > 0])

    @cached_property
    def every_aim(self) -> tuple[Aim, ...]:
        """What the goals ask, in order; for goals on conditions, place 0 means that a class may apply, 1 that not."""
        return tuple(self._aim(number, goal) for number, goal in enumerate(self.goals.goals))

    @cached_property
    def aims(self) -> tuple[Aim, ...]:
        """What the goals on grades ask."""
        return tuple(self._aim(n, goal) for n, goal in enumerate(self.goals.goals) if not goal.is_of_conditions)

    @cached_property
    def entry_aims(self) -> tuple[Aim, ...]:
        """What the goals on conditions ask."""
        return tuple(self._aim(n, goal) for n, goal in enumerate(self.goals.goals) if goal.is_of_conditions)

    def members(self, number: int) -> Mask:
        """Return which classes a goal concerns."""
        found: Mask = self.column("members") >> number & 1 == 1
        return found

    def _aim(self, number: int, goal: Goal) -> Aim:
        mask, nowhere = self.members(number), np.full(len(self), -1)
        if goal.share is None:
            kept = np.where(self.column("may"), 0, 1) if goal.is_of_conditions else self.place + goal.by - 1
            mask &= kept < (1 if goal.is_of_conditions else len(self.standard.grades))
            weight = np.where(mask, self.column("count") * self.unit, 0)
            return Aim(number, goal, weight, np.where(mask, kept, -1), nowhere, int(weight.sum()), FOREVER, self.unit)
        weight, at = np.where(mask, self.column("weight"), 0), 0
        if not goal.eligible:
            at = self.standard.grades.index(goal.grade or "")
        above = nowhere if goal.or_better else np.full(len(self), at - 1)
        everyone, ends = int(weight.sum()), goal.share
        low = math.ceil(ends.at_least * everyone) if ends.at_least is not None else 0
        high = math.floor(ends.at_most * everyone) if ends.at_most is not None else FOREVER
        return Aim(number, goal, weight, np.full(len(self), at), above, low, high, self.unit)

    @property
    def missed(self) -> int:
        """By how much the goals on grades are missed as things are."""
        return sum(int(aim.missed(aim.count(self.place))) for aim in self.aims)

    @property
    def are_sums(self) -> bool:
        """Whether totals alone decide grades, without gaps, and are sums: only then rows' gains decide them."""
        bands = self.standard.completed_bands(self.readings["between_bands"])
        is_whole = bands and all(band.lower for band in bands) and not bands[0].upper and not gaps(bands)
        return bool(is_whole and self.standard.is_plain and self.readings["rounding"] == "none")


def grouped(classes: pd.DataFrame) -> pd.DataFrame:
    """Return classes with equal ones merged, sorted by what defines them."""
    keys = [name for name in classes if name not in ("count", "weight")]
    return classes.groupby(keys, sort=True, as_index=False)[["count", "weight"]].sum()


def _scaled(values: Whole, old: int, new: int) -> Whole:
    return values * (new // old) if new >= old else values // (old // new)


def small(values: Whole) -> NDArray[Any]:
    """Return whole numbers in the smallest signed type that holds them.

    >>> small(np.array([-3, 127])).dtype, small(np.array([128])).dtype
    (dtype('int8'), dtype('int16'))
    """
    return values.astype(np.min_scalar_type(min(int(values.min(initial=0)), -1 - int(values.max(initial=0)))))


def first(value: Exact, closed: bool, lattice: int) -> int:
    """Return the least number of units that reaches a line (closed) or lies beyond it."""
    return math.ceil(value * lattice) if closed else math.floor(value * lattice) + 1
