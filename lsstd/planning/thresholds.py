"""Numbers in application conditions: all combinations of round values counted at once.

Whoever meets a threshold meets every easier one. So each subject is counted once, at the strictest values that it
meets, and running sums along each axis give how many meet every combination.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lsstd.exact import Exact, exact, whole
from lsstd.planning.design_aims import Aim, Scene, Whole
from lsstd.planning.design_goals import allowed
from lsstd.planning.line_frontier import Choice, falling
from lsstd.population.fact_columns import FactColumns
from lsstd.population.population import Population
from lsstd.population.scoring import eligible
from lsstd.standard.scoring_table import COMPARE, Test
from lsstd.words import Text, msg

MOST_STEPS = 5
"""Steps by which a threshold may move."""
MOST_COMBINATIONS = 4_000_000
"""Of more combinations, thresholds are given fewer steps."""


@dataclass(frozen=True)
class Threshold:
    """A number in a condition: the values that it may have, the easiest first, and which of them is the present one."""

    path: str
    test: Test
    values: tuple[Exact, ...]
    now: int


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of a scene, with how much weight may apply at each combination of their values.

    Parameters
    ----------
    counts : list of (array, array)
        Of each aim: those who may apply for certain, and those who may where blanks are granted; an axis a threshold.
    """

    aims: tuple[Aim, ...]
    thresholds: tuple[Threshold, ...]
    counts: list[tuple[Whole, Whole]]
    notes: tuple[Text, ...] = ()

    def missed(self, aims: Sequence[int] | None = None) -> Any:
        """Return by how much some goals are missed at each combination; blanks count against the goal."""
        shape = tuple(len(each.values) for each in self.thresholds)
        found = np.zeros(shape, np.int64)
        for i in range(len(self.aims)) if aims is None else aims:
            (sure, possible), aim = self.counts[i], self.aims[i]
            found += np.maximum(aim.missed(sure), aim.missed(possible))
        return found

    def frontier(self) -> list[Choice]:
        """Return the least miss for a rising number of steps moved, as far as it falls; of equals, the fewest edits."""
        missed = self.missed()
        grids = np.ogrid[tuple(slice(len(each.values)) for each in self.thresholds)] if self.thresholds else []
        away = [abs(grid - each.now) for grid, each in zip(grids, self.thresholds, strict=True)]
        moved = sum(away, np.zeros(missed.shape, np.int64))
        edits = sum(((each > 0) * 1 for each in away), np.zeros(missed.shape, np.int64))
        found = falling(missed, moved, edits)
        return [Choice("conditions", self.changes(place), steps, least, least) for steps, least, place in found]

    def changes(self, place: int) -> dict[str, Exact]:
        """Return the values at a combination, counted through all of them, where they are others than now."""
        at = np.unravel_index(place, [len(each.values) for each in self.thresholds]) if self.thresholds else ()
        pairs = zip(self.thresholds, map(int, at), strict=True)
        return {each.path: each.values[i] for each, i in pairs if i != each.now}

    def missed_at(self, choice: Choice) -> int:
        """Return by how much the goals are missed after a choice."""
        values = ((each, choice.changes.get(each.path, each.values[each.now])) for each in self.thresholds)
        return int(self.missed()[tuple(each.values.index(value) for each, value in values)])


def thresholds_of(scene: Scene, listed: tuple[Threshold, ...]) -> Thresholds:
    """Return thresholds with the number of subjects that may apply at every combination of their values."""
    if not scene.entry_aims:
        return Thresholds((), (), [])
    sure, maybe = (
        [scene.column(f"{side}.{number}") for number in (*range(len(listed)), "rest")] for side in ("sure", "maybe")
    )
    is_known = all(map(np.array_equal, sure, maybe))
    counts = []
    for aim in scene.entry_aims:
        certain = _met(sure, listed, aim)
        counts.append((certain, certain if is_known else _met(maybe, listed, aim)))
    most = max((max(each.now, len(each.values) - 1 - each.now) for each in listed), default=0)
    fewer = msg("Too many thresholds may change to try every step: each was moved by at most {most} steps", most=most)
    return Thresholds(scene.entry_aims, listed, counts, (fewer,) if 0 < most < MOST_STEPS else ())


def thresholds_in(population: Population, asked: Scene) -> tuple[Threshold, ...]:
    """Return the thresholds that may change and whose facts have columns, if any goal is on conditions."""
    standard, goals, found = asked.standard, asked.goals, []
    facts = FactColumns(population, standard, asked.readings)
    for path in allowed(goals, standard, "conditions") if any(goal.is_of_conditions for goal in goals.goals) else ():
        condition = standard.conditions[path.split(".")[1]]
        test = next(test for test in condition.tests if test.fact == path.rpartition(".")[2])
        if not condition.is_compound and test.operator in (">=", ">", "<=", "<") and test.fact in facts.values:
            found.append((path, test))
    most = MOST_STEPS
    while most > 1 and (2 * most + 1) ** len(found) > MOST_COMBINATIONS:
        most -= 1
    return tuple(_threshold(path, test, standard.facts[test.fact].kind == "count", most) for path, test in found)


def _threshold(path: str, test: Test, is_count: bool, most: int) -> Threshold:
    now = exact(test.value)
    size = round_step(now, is_count)
    values = sorted({whole(Fraction(now + i * size)) for i in range(-most, most + 1) if now + i * size > 0 or i == 0})
    values = values[::-1] if test.operator in ("<=", "<") else values
    return Threshold(path, test, tuple(values), values.index(now))


def round_step(value: Exact, is_whole: bool = False) -> Exact:
    """Return a round step of about a tenth of a value: 100 of 1000, 1 of 10.

    >>> round_step(1000), round_step(10), round_step(30), round_step(2)
    (100, 1, 2, Fraction(1, 5))
    """
    if not value:
        return 1
    tenth = abs(Fraction(value)) / 10
    power = Fraction(10) ** math.floor(math.log10(tenth))
    step = whole(max(power * times for times in (1, 2, 5) if power * times <= tenth or times == 1))
    return max(1, step) if is_whole else step


def levels(population: Population, asked: Scene, thresholds: Sequence[Threshold]) -> dict[str, Whole]:
    """Return the columns that separate classes where conditions matter.

    They hold how many values of each threshold a subject meets (the easiest first, for certain and at best), and
    whether it meets all other conditions.
    """
    standard, readings, found = asked.standard, asked.readings, dict[str, Whole]()
    facts = FactColumns(population, standard, readings)
    for number, each in enumerate(thresholds):
        values, compare = facts.values[each.test.fact], COMPARE[each.test.operator]
        met = np.zeros(len(values), np.int64)
        for value in each.values:
            met += np.asarray(compare(values, float(value)))
        found |= {f"sure.{number}": met, f"maybe.{number}": np.where(np.isnan(values), len(each.values), met)}
    loose = {}
    for key, condition in standard.conditions.items():
        moved = [each.test for each in thresholds if each.path.split(".")[1] == key]
        tests = tuple(test for test in condition.tests if test not in moved)
        if tests:
            loose[key] = condition.model_copy(update={"tests": tests})
    heard = eligible(population, standard.model_copy(update={"conditions": loose}), readings)
    everyone = np.ones(len(population), np.bool_)
    sure, maybe = (everyone, everyone) if heard is None else heard
    return {**found, "sure.rest": sure.astype(np.int64), "maybe.rest": maybe.astype(np.int64)}


def _met(met: Sequence[Whole], thresholds: Sequence[Threshold], aim: Aim) -> Any:
    """Return the weight of the classes that meet each combination of values, and the other conditions."""
    *each, rest = met
    shape, weight = tuple(len(threshold.values) + 1 for threshold in thresholds), np.where(rest, aim.weight, 0)
    if not shape:
        return np.array(weight.sum())
    kind = np.int32 if weight.sum() < 2**31 else np.int64  # half the memory, twice the speed
    sums = np.zeros(math.prod(shape), kind)
    np.add.at(sums, np.ravel_multi_index(tuple(each), shape), weight.astype(kind))
    sums = sums.reshape(shape)
    for axis in range(len(shape)):
        along = np.moveaxis(sums, axis, 0)
        for place in range(len(along) - 2, -1, -1):
            along[place] += along[place + 1]
    return sums[tuple(slice(1, None) for _ in shape)]
