"""All subjects of a population by score: how many have which grade, how scores are spread, and each one's place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.population.partitions import AnyPopulation, Census, Partitions, each_part
from lsstd.population.population import Population
from lsstd.population.scoring import scores_of
from lsstd.standard.standard import Standard

Wholes = NDArray[Any]
"""Whole numbers; those of weights are Python's own, which have no end."""


@dataclass(frozen=True)
class ScoreCounts:
    """How many subjects have each score, and their weight; those of parts add up.

    Parameters
    ----------
    units : array of int
        The scores that occur, rising, in units of one over the lattice.
    weights : array of int, optional
        The weight of each, in units of one over `parts_of_weight`; None where all subjects count alike.
    """

    lattice: int
    units: Wholes
    counts: Wholes
    weights: Wholes | None = None
    parts_of_weight: int = 1

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        lattice = math.lcm(self.lattice, other.lattice)
        parts = math.lcm(self.parts_of_weight, other.parts_of_weight)
        both = [np.asarray(each.units) * (lattice // each.lattice) for each in (self, other)]
        units, place = np.unique(np.concatenate(both), return_inverse=True)
        counts = _added(place, np.concatenate([self.counts, other.counts]), len(units))
        weights = None
        if self.weights is not None and other.weights is not None:
            ours, theirs = self.weights * (parts // self.parts_of_weight), other.weights
            weighed = [ours, theirs * (parts // other.parts_of_weight)]
            weights = _added(place, np.concatenate(weighed), len(units))
        return ScoreCounts(lattice, units, counts, weights, parts)

    @property
    def mass(self) -> Wholes:
        """What each score counts: its weight, or its subjects."""
        return self.counts.astype(object) if self.weights is None else self.weights

    def ranks(self, lattice: int, units: Wholes) -> NDArray[np.int64]:
        """Return the place of scores: 1 for the highest, and equal ones where scores tie."""
        above = np.append(np.cumsum(self.counts[::-1])[::-1][1:], 0) + 1
        asked = np.asarray(units, np.int64) * (self.lattice // lattice)
        return np.asarray(above[np.searchsorted(self.units, asked)], np.int64)

    def place(self, score: Fraction) -> tuple[int, bool]:
        """Return the rank of a score, and whether several have it."""
        units = int(score * self.lattice)
        return int(self.ranks(self.lattice, np.array([units]))[0]), self.counts[np.searchsorted(self.units, units)] > 1

    @property
    def are_any_tied(self) -> bool:
        """Whether two subjects have one score."""
        return bool((self.counts > 1).any())

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation."""
        units, mass = self.units.astype(object), self.mass
        whole = sum(mass) or 1
        mean = Fraction(sum(units * mass), whole)
        variance = Fraction(sum(units * units * mass), whole) - mean**2
        return float(mean / self.lattice), math.sqrt(variance) / self.lattice

    def quantiles(self, levels: Sequence[Fraction]) -> list[float]:
        """Return the least score that so great a share of all reaches at most."""
        below = np.cumsum(self.mass)
        places = [min(int(np.searchsorted(below, level * below[-1])), len(below) - 1) for level in levels]
        return [float(Fraction(int(self.units[place]), self.lattice)) for place in places]


def _added(place: NDArray[Any], values: Wholes, count: int) -> Wholes:
    """Add up whole numbers by their places, exactly."""
    largest = int(values.max(initial=0))
    if largest * max(1, len(values)) < 2**53:  # all sums are floats without loss
        return np.bincount(place, values.astype(np.float64), count).astype(np.int64).astype(values.dtype)
    found = np.zeros(count, object)
    np.add.at(found, place, values.astype(object))
    return found


@dataclass(frozen=True, slots=True)
class Ranked:
    """One subject as the ranking lists it."""

    id: str
    score: Fraction
    grade: str | None
    eligible: bool | None


@dataclass(frozen=True)
class Counts:
    """What is counted of the scores of a part, or of the whole; those of parts add up.

    Parameters
    ----------
    grades : dict
        How many have each grade, the highest first, and their weight.
    first : tuple of Ranked
        The highest, as many as a terminal lists.
    """

    totals: ScoreCounts
    grades: dict[str | None, tuple[int, Fraction]]
    eligible: Counter[bool | None]
    first: tuple[Ranked, ...]

    def __add__(self, other: Counts) -> Counts:
        grades = {
            grade: (count + other.grades[grade][0], weight + other.grades[grade][1])
            for grade, (count, weight) in self.grades.items()
        }
        first = sorted((*self.first, *other.first), key=lambda place: -place.score)[:SHOWN]
        return Counts(self.totals + other.totals, grades, self.eligible + other.eligible, tuple(first))


SHOWN = 20
"""How many subjects a terminal lists from the top."""


def _counts(population: Population, standard: Standard, readings: Mapping[str, str]) -> Counts:
    scores = scores_of(population, standard, dict(readings))
    total, lattice = np.asarray(scores.secured.total, np.int64), scores.ratings.lattice
    units, place = np.unique(total, return_inverse=True)
    ones = np.ones(len(population), np.int64)
    weights, parts, mass = None, 1, ones
    if population.weight is not None:
        counted = population.points("weight")
        mass, parts = counted.whole.astype(object), counted.denominator
        weights = _added(place, mass, len(units))
    names, grade, able = (*standard.grades, None), scores.grade(), scores.eligible
    sizes, masses = (_added(grade, each, len(names)).tolist() for each in (ones, mass))
    grades = {name: (size, Fraction(mass, parts)) for name, size, mass in zip(names, sizes, masses, strict=True)}
    eligible: Counter[bool | None] = Counter(able.tolist())
    eligible[None] = eligible.pop(pd.NA, 0)  # type: ignore[call-overload]
    first = [
        Ranked(
            str(population.ids.iloc[i]),
            Fraction(int(total[i]), lattice),
            names[grade[i]],
            None if pd.isna(able[i]) else bool(able[i]),
        )
        for i in np.argsort(-total, kind="stable")[:SHOWN].tolist()
    ]
    totals = ScoreCounts(lattice, units, _added(place, ones, len(units)), weights, parts)
    return Counts(totals, grades, eligible, tuple(first))


def _table(population: Population, standard: Standard, readings: Mapping[str, str], totals: ScoreCounts | None) -> Any:
    """Return the table of scores of a part, with each subject's place in the whole."""
    scores = scores_of(population, standard, dict(readings))
    if totals is None:
        return scores.table
    return scores.table.assign(rank=totals.ranks(scores.ratings.lattice, scores.secured.total))


@dataclass(frozen=True)
class Ranking:
    """The subjects of a population by score; of a population in parts, the table is made part by part.

    Parameters
    ----------
    counts : Counts
        What is counted of them all.
    """

    population: AnyPopulation
    standard: Standard
    readings: dict[str, str]
    census: Census
    counts: Counts

    def tables(self) -> Iterator[pd.DataFrame]:
        """Yield the table of each part: as `lsstd.score` has it, with each subject's place (``rank``) in the whole."""
        return _each_table(self.population, self.standard, self.readings, self.counts.totals)

    def subjects(self) -> Iterator[dict[str, Any]]:
        """Yield one object a subject, as JSON holds it."""
        for table in self.tables():
            yield from table.astype(object).where(table.notna(), None).to_dict("records")  # type: ignore[misc]

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON holds: how many have which grade; one object a subject comes from `subjects`."""
        count, weight, total = self.census.count, self.census.weight, self.census.total
        return {
            "standard": self.standard.standard,
            "edition": self.standard.edition,
            "readings": self.standard.printed_readings(self.readings),
            "population": {"count": count, "weight": count if weight is None else float(weight)},
            "grades": [
                {"grade": grade, "count": count, "share": float(part / total) if total else 0.0}
                for grade, (count, part) in self.counts.grades.items()
            ],
        }


def ranking(
    population: AnyPopulation, standard: Standard | None = None, readings: Mapping[str, str] | None = None
) -> Ranking:
    """Return the subjects of a population by score; parameters as in `lsstd.score`."""
    standard = standard or population.standard
    chosen = standard.choose_readings(dict(readings or {}))
    census, counts = each_part(population, partial(_counts, standard=standard, readings=chosen))
    return Ranking(population, standard, chosen, census, reduce(add, counts))


def _each_table(
    population: AnyPopulation, standard: Standard, readings: Mapping[str, str], totals: ScoreCounts | None
) -> Iterator[pd.DataFrame]:
    made = partial(_table, standard=standard, readings=readings, totals=totals)
    yield from population.stream(made) if isinstance(population, Partitions) else [made(population)]


def score(
    population: AnyPopulation, standard: Standard | None = None, readings: dict[str, str] | None = None
) -> pd.DataFrame:
    """Return score, grade and points by indicator of every subject of a population.

    Parameters
    ----------
    standard : Standard, optional
        Perhaps a reformed one; without it, the one that the population was read against.
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file.

    Returns
    -------
    DataFrame
        One line a subject: ``id``, ``group.<name>`` and ``weight`` as given; the points of each indicator; ``score``
        and ``grade`` of what the answers prove (blank cells count nothing), None for no grade, or ``grade.<table>``
        where only further tables grade; ``eligible``: True where all conditions are fulfilled, False where one is not,
        missing where that is not known. `plot_scores` draws it. Of a population in parts it is as large as all of
        them; ``lsstd population score`` writes it part by part.

    Examples
    --------
    >>> import lsstd
    >>> table = lsstd.score("data/populations/made_up_60.csv")
    >>> table["score"].head(3).round(2).tolist(), table["grade"].head(3).tolist()
    ([411.0, 460.42, 379.83], ['AAA', 'AAAA', 'AA'])
    """
    standard = standard or population.standard
    chosen = standard.choose_readings(readings)
    if isinstance(population, Partitions):
        ranking(population, standard, chosen)  # tells what spans parts
    return pd.concat(_each_table(population, standard, chosen, None), ignore_index=True)
