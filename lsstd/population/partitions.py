"""A population that is read part by part: many files, parts of a large one, or the partitions of a Dask data frame."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar

import numpy as np

from lsstd.population.population import Population
from lsstd.standard.standard import Standard
from lsstd.words import Text

Found = TypeVar("Found")


@dataclass(frozen=True)
class Census:
    """What is told of a population as a whole; those of its parts add up.

    Parameters
    ----------
    weight : Fraction, optional
        The sum of all weights, exactly; None where all subjects count alike.
    """

    count: int
    weight: Fraction | None
    is_synthetic: bool
    notes: tuple[Text, ...]

    @property
    def total(self) -> Fraction:
        """The weight of all subjects; where they have none, how many they are."""
        return Fraction(self.count) if self.weight is None else self.weight

    def to_dict(self) -> dict[str, Any]:
        """Return how many there are and what they weigh, as JSON holds it."""
        return {"count": self.count, "weight": self.count if self.weight is None else float(self.weight)}

    def __add__(self, other: Census) -> Census:
        weight = None if self.weight is None or other.weight is None else self.weight + other.weight
        notes = tuple(dict.fromkeys((*self.notes, *other.notes)))
        return Census(self.count + other.count, weight, self.is_synthetic or other.is_synthetic, notes)


@dataclass(frozen=True)
class Partitions:
    """A population in parts, each read when it is its turn.

    Parameters
    ----------
    parts : tuple of callable
        Each returns one part; what an executor has to carry to another process.
    executor : Executor, optional
        Where the parts are worked on; without one, here, one after the other.
    """

    standard: Standard
    parts: tuple[Callable[[], Population], ...]
    executor: Executor | None = None


AnyPopulation: TypeAlias = Population | Partitions


def census_of(population: Population) -> Census:
    """Return what is told of a population in memory."""
    weight = None
    if population.weight is not None:
        (weight,) = population.weighed(np.zeros(len(population), np.uint8), 1)
    return Census(len(population), weight, population.is_synthetic, population.notes)


def each_part(population: AnyPopulation, of: Callable[[Population], Found]) -> tuple[Census, list[Found]]:
    """Return what a function makes of every part, in their order, with the census of the whole.

    Parameters
    ----------
    of : callable
        A function of a module, or a `functools.partial` of one: it may have to travel to another process, and what it
        returns has to travel back, so it is small and can be added up.

    Raises
    ------
    FileError, InvalidFile
        A part that cannot be read, or does not hold what the others hold.
    """
    if isinstance(population, Population):
        return census_of(population), [of(population)]
    whole, found = None, []
    for part in population.parts:
        people = part()
        census = census_of(people)
        whole = census if whole is None else whole + census
        found.append(of(people))
    if whole is None:
        raise ValueError("a population has at least one part")
    return whole, found
