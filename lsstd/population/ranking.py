"""The subjects of a population by score: how many have each grade, how scores are spread, and each subject's rank."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.population.impact import records
from lsstd.population.partitions import AnyPopulation, Census, First, Partitions, Summary, each_part, summed
from lsstd.population.population import Population
from lsstd.population.scoring import Scores, scores_of
from lsstd.standard.standard import Standard


@dataclass(frozen=True)
class ScoreCounts:
    """How many subjects have each score; counts of parts can be added.

    Parameters
    ----------
    sizes : DataFrame
        ``count`` and exact ``weight`` by score, rising, in units of one over the lattice.
    """

    lattice: int
    sizes: pd.DataFrame

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        lattice = math.lcm(self.lattice, other.lattice)
        ours, theirs = (each.sizes.set_axis(each.sizes.index * (lattice // each.lattice)) for each in (self, other))
        return ScoreCounts(lattice, ours.add(theirs, fill_value=0).astype({"count": np.int64}))

    def ranks(self, lattice: int, units: NDArray[Any]) -> NDArray[np.int64]:
        """Return the ranks of scores: 1 for the highest; tied scores share a rank."""
        counts = self.sizes["count"]
        above = (counts.sum() - counts.cumsum() + 1).to_numpy()
        asked = np.asarray(units, np.int64) * (self.lattice // lattice)
        return np.asarray(above[self.sizes.index.searchsorted(asked)], np.int64)

    def place(self, score: Fraction) -> tuple[int, bool]:
        """Return the rank of a score, and whether several have it."""
        units = int(score * self.lattice)
        return int(self.ranks(self.lattice, np.array([units]))[0]), bool(self.sizes["count"].loc[units] > 1)

    @property
    def are_any_tied(self) -> bool:
        """Whether any two subjects have the same score."""
        return bool((self.sizes["count"] > 1).any())

    def between(self, edges: Sequence[int]) -> list[tuple[int, Fraction]]:
        """Return count and weight of those below the first of some rising edges, from it to the next, and so on."""
        ends = [0, *self.sizes.index.searchsorted(list(edges)), len(self.sizes)]
        counts, weights = ([0, *np.cumsum(self.sizes[name].to_numpy())] for name in self.sizes)
        return [(int(counts[end] - counts[start]), weights[end] - weights[start]) for start, end in pairwise(ends)]


def score_counts(scores: Scores) -> ScoreCounts:
    """Return how many subjects have each score."""
    units, place = np.unique(scores.secured.total.astype(np.int64), return_inverse=True)
    counts, weights = scores.population.tally(place, len(units))
    return ScoreCounts(scores.ratings.lattice, pd.DataFrame({"count": counts, "weight": weights}, index=units))


@dataclass(frozen=True, slots=True)
class Ranked:
    """One subject as listed in the ranking."""

    id: str
    score: Fraction
    grade: str | None
    eligible: bool | None

    @property
    def order(self) -> Fraction:
        """Sort key: the highest score first; ties keep the order of the table."""
        return -self.score


@dataclass(frozen=True)
class Counts(Summary):
    """Counts of the scores of a part, or of the whole.

    Parameters
    ----------
    grades : dict
        How many have each grade, and their weight, the highest grade first.
    eligible : dict
        How many fulfil all conditions, how many fail one, and for how many (None) it is unknown.
    first : First of Ranked
        The highest subjects, as many as a terminal lists.
    """

    totals: ScoreCounts
    grades: dict[str | None, tuple[int, Fraction]]
    eligible: dict[bool | None, int]
    first: First[Ranked]


SHOWN = 20
"""How many subjects a terminal lists from the top."""


def _counts(population: Population, standard: Standard, readings: Mapping[str, str]) -> Counts:
    scores = scores_of(population, standard, dict(readings))
    total, lattice = np.asarray(scores.secured.total, np.int64), scores.ratings.lattice
    names, grade, able = (*standard.grades, None), scores.grade(), scores.eligible
    sizes = zip(*(each.tolist() for each in population.tally(grade, len(names))), strict=True)
    eligible = {True: int(able.sum()), False: int((~able).sum()), None: int(able.isna().sum())}
    first = [
        Ranked(
            str(population.ids.iloc[i]),
            Fraction(int(total[i]), lattice),
            names[grade[i]],
            None if pd.isna(able[i]) else bool(able[i]),
        )
        for i in np.argsort(-total, kind="stable")[:SHOWN].tolist()
    ]
    return Counts(score_counts(scores), dict(zip(names, sizes, strict=True)), eligible, First(SHOWN, tuple(first)))


def _table(
    population: Population, standard: Standard, readings: Mapping[str, str], totals: ScoreCounts | None = None
) -> pd.DataFrame:
    """Return the table of scores of a part, with each subject's rank in the whole."""
    scores = scores_of(population, standard, dict(readings))
    if totals is None:
        return scores.table
    return scores.table.assign(rank=totals.ranks(scores.ratings.lattice, scores.secured.total))


@dataclass(frozen=True)
class Ranking:
    """The subjects of a population by score; for a population in parts, the table is made part by part.

    Parameters
    ----------
    counts : Counts
        Counts of all subjects.
    """

    population: AnyPopulation
    standard: Standard
    readings: dict[str, str]
    census: Census
    counts: Counts

    def tables(self) -> Iterator[pd.DataFrame]:
        """Yield the table of each part: as from `lsstd.score`, with each subject's ``rank`` in the whole."""
        made = partial(_table, standard=self.standard, readings=self.readings, totals=self.counts.totals)
        yield from self.population.stream(made) if isinstance(self.population, Partitions) else [made(self.population)]

    def subjects(self) -> Iterator[dict[str, Any]]:
        """Yield one object for each subject, as in the JSON."""
        for table in self.tables():
            yield from records(table)

    def to_dict(self) -> dict[str, Any]:
        """Return what the JSON holds: how many have each grade; the subjects come from `subjects`."""
        total = self.census.total
        return {
            "standard": self.standard.standard,
            "edition": self.standard.edition,
            "readings": self.standard.printed_readings(self.readings),
            "population": self.census.to_dict(),
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
    return Ranking(
        population, standard, chosen, *summed(population, partial(_counts, standard=standard, readings=chosen))
    )


def score(
    population: AnyPopulation, standard: Standard | None = None, readings: dict[str, str] | None = None
) -> pd.DataFrame:
    """Return score, grade and points by indicator of every subject of a population.

    Parameters
    ----------
    standard : Standard, optional
        May be a reformed one; by default, the standard that the population was read against.
    readings : dict of str to str, optional
        Override the defaults of the standard's file.

    Returns
    -------
    DataFrame
        One line a subject: ``id``, ``group.<name>`` and ``weight`` as given; the points of each indicator; ``score``
        and ``grade`` of what the answers prove (blank cells count nothing), None for no grade, or ``grade.<table>``
        where only further tables grade; ``eligible``: True where all conditions are fulfilled, False where one is not,
        missing where that is unknown. `plot_scores` draws it. For a population in parts this is one table in memory;
        ``lsstd population score`` writes it part by part.

    Examples
    --------
    >>> import lsstd
    >>> table = lsstd.score("data/populations/made_up_60.csv")
    >>> table["score"].head(3).round(2).tolist(), table["grade"].head(3).tolist()
    ([411.0, 460.42, 379.83], ['AAA', 'AAAA', 'AA'])
    """
    standard = standard or population.standard
    chosen = standard.choose_readings(readings)
    _, tables = each_part(population, partial(_table, standard=standard, readings=chosen))
    return pd.concat(tables, ignore_index=True)
