"""Which readings move how many subjects of a population: ambiguities ranked by whom they concern."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.population.population import Population
from lsstd.population.scoring import Scores, grading, score
from lsstd.robustness.graded import check_graded
from lsstd.standard.readings import touching_grades
from lsstd.standard.standard import Standard
from lsstd.words import Lang

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Codes = NDArray[np.uint8]


@dataclass(frozen=True)
class Moved:
    """How many subjects have another grade under an option, alone: higher ones and lower ones."""

    key: str
    option: str
    up: int
    down: int

    @property
    def count(self) -> int:
        """How many move at all."""
        return self.up + self.down


@dataclass(frozen=True)
class PopulationReadings:
    """The grades of a population under every combination of readings.

    Parameters
    ----------
    population : Population
    standard : Standard
    readings : dict of str to str
        All of them, as chosen.
    combinations : int
    counts : array, subjects by grades
        In how many combinations a subject has which grade, highest first, none last.
    grade : array
        The place of each subject's grade under the readings as chosen.
    moved : tuple of Moved
        Every other option of every reading; the reading first that moves most.
    """

    population: Population
    standard: Standard
    readings: dict[str, str]
    combinations: int
    counts: NDArray[np.int64]
    grade: Codes
    moved: tuple[Moved, ...]

    @property
    def agreeing(self) -> NDArray[np.int64]:
        """In how many combinations each subject has the grade that it has under the readings as chosen."""
        return np.take_along_axis(self.counts, self.grade[:, None].astype(np.intp), axis=1)[:, 0]

    @property
    def table(self) -> pd.DataFrame:
        """One line an option: reading, option, how many subjects it moves, up and down."""
        columns = ("key", "option", "count", "up", "down")
        return pd.DataFrame([{name: getattr(each, name) for name in columns} for each in self.moved], columns=columns)

    @property
    def subjects(self) -> pd.DataFrame:
        """One line a subject: id, grade, in what share of combinations it has it, and each grade's share."""
        names = np.array((*self.standard.grades, None), object)
        shares = self.counts / self.combinations
        columns = {f"share_{name or 'none'}": shares[:, i] for i, name in enumerate(names)}
        own = {"id": self.population.ids, "grade": names[self.grade], "agreeing": self.agreeing / self.combinations}
        return pd.DataFrame({**own, **columns})

    def plot(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw how many subjects each option moves, up and down."""
        from lsstd.pages.robustness_charts import movers

        return movers(self, ax=ax, lang=lang)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        weight = self.population.weight
        sizes = np.bincount(self.grade, minlength=len(self.standard.grades) + 1).tolist()
        names = (*self.standard.grades, None)
        keys = dict.fromkeys(each.key for each in self.moved)
        told = {
            key: {m.option: {"count": m.count, "up": m.up, "down": m.down} for m in self.moved if m.key == key}
            for key in keys
        }
        return {
            "population": {"count": len(self.population), "weight": None if weight is None else float(weight.sum())},
            "combinations": self.combinations,
            "grades": [{"grade": grade, "count": size} for grade, size in zip(names, sizes, strict=True)],
            "stable": int((self.agreeing == self.combinations).sum()),
            "matters": [{"key": key, "options": options} for key, options in told.items()],
        }


def population_readings(
    population: Population, standard: Standard | None = None, readings: Mapping[str, str] | None = None
) -> PopulationReadings:
    """Return the grades by score of a population under every combination of the readings that the file lists.

    Parameters
    ----------
    population : Population
    standard : Standard, optional
        Perhaps a reformed one; without it, the one that the population was read against.
    readings : mapping of str to str, optional
        These are held; all others vary.

    Raises
    ------
    InvalidFile
        The standard awards no grades.
    UnknownName
        A reading or option does not exist.
    """
    standard = standard or population.standard
    check_graded(standard)
    held = dict(readings or {})
    chosen = standard.choose_readings(held)
    options = {str(key): tuple(reading.options) for key, reading in standard.readings.items() if key not in held}
    scoring = {key: options[key] for key in touching_grades(standard) if key in options}
    grades = _Grades(population, standard)
    usual = grades.under(chosen)
    counts = np.zeros((len(population), len(standard.grades) + 1), np.int64)
    subjects = np.arange(len(population))
    for combination in product(*scoring.values()):
        found = grades.under({**chosen, **dict(zip(scoring, combination, strict=True))})
        counts[subjects, found] += 1
    combinations = math.prod(len(each) for each in options.values())
    counts *= combinations // math.prod(len(each) for each in scoring.values())
    moved = [
        _moved(key, option, usual, grades.under({**chosen, key: option}))
        for key, each in scoring.items()
        for option in each
        if option != chosen[key]
    ]
    most = {key: max(m.count for m in moved if m.key == key) for key in {m.key for m in moved}}
    moved.sort(key=lambda each: (-most[each.key], each.key))
    return PopulationReadings(population, standard, chosen, combinations, counts, usual, tuple(moved))


def _moved(key: str, option: str, before: Codes, after: Codes) -> Moved:
    return Moved(key, option, int((after < before).sum()), int((after > before).sum()))


class _Grades:
    """The grades of a population under a choice of readings; where only bands are read otherwise, not scored anew."""

    def __init__(self, population: Population, standard: Standard) -> None:
        self.population, self.standard = population, standard
        self._last: tuple[dict[str, str], Scores] | None = None

    def under(self, readings: dict[str, str]) -> Codes:
        """Return the place of each subject's grade."""
        if not self.standard.is_plain:
            return score(self.population, self.standard, readings).grade()
        others = {key: option for key, option in readings.items() if key != "between_bands"}
        if self._last is None or self._last[0] != others:
            self._last = (others, score(self.population, self.standard, readings))
        scores = self._last[1]
        lines = grading(self.standard, readings, scores.ratings.lattice)
        stretch = np.searchsorted(np.array(lines.edges, np.int64), scores.secured.total.astype(np.int64), "right")
        return lines.codes((*self.standard.grades, None))[stretch]
