"""The facts of a population as columns: as given, counted from dates, taken from their like; tests upon them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.assessment.assessment import years_between
from lsstd.engine.rows import Span
from lsstd.engine.tree import SIDES, Condition, Side
from lsstd.population.population import Population
from lsstd.standard.scoring_table import COMPARE, Test
from lsstd.standard.standard import Standard

Mask: TypeAlias = NDArray[np.bool_]


def both_heard(one: Span[Mask], other: Span[Mask]) -> Span[Mask]:
    """Hear two witnesses on a demand: where they contradict each other, it is met at most and not for certain."""
    low, high = one.low | other.low, one.high & other.high
    return Span(low & high, low | high)


class FactColumns:
    """The value of every fact for every subject, NaN where unknown; facts without a column are absent.

    Parameters
    ----------
    standard : Standard
        Whose definitions of facts count (the one reformed, say).
    readings : dict of str to str
        Under ``same_quantity: equate`` a fact that is not given takes the value of its like.
    """

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str]) -> None:
        self.population, self.standard, self.readings = population, standard, readings

    @cached_property
    def values(self) -> dict[str, NDArray[Any]]:
        """The columns by fact; put together when first asked for."""
        standard, columns = self.standard, self.population.columns
        found = {name: columns[was] for name in standard.facts if (was := self._column(name)) in columns}
        for fact in standard.facts.values():
            if (day := self._column(fact.years_since or "")) in self.population.frame and self.population.as_of:
                days = self.population.frame[day]
                years = {day: float(years_between(day, self.population.as_of)) for day in days.dropna().unique()}
                _fill(found, fact.id, days.map(years).to_numpy(np.float64))
        if self.readings["same_quantity"] == "equate":
            for group in standard.same_quantities:
                _equate(found, group.facts)
        return found

    def test(self, test: Test) -> Span[Mask] | None:
        """Hold a fact against a demand; None where it has no column."""
        values = self.values.get(test.fact)
        if values is None and (column := self._column(test.fact)) in self.population.frame:  # texts, options ticked
            cells = self.population.frame[column]
            are_ticked = self.standard.facts[test.fact].kind == "choices"
            given = ((cell, tuple(cell.split(";")) if are_ticked else cell) for cell in cells.dropna().unique())
            meeting = [cell for cell, value in given if test.meets(value)]
            met, unknown = cells.isin(meeting).to_numpy(np.bool_), cells.isna().to_numpy()
        elif values is None:
            return None
        elif test.operator in COMPARE:
            met, unknown = np.asarray(COMPARE[test.operator](values, float(test.value)), np.bool_), np.isnan(values)
        else:
            unknown, listed = np.isnan(values), test.value if isinstance(test.value, tuple) else (test.value,)
            met = (np.isin(values, [float(one) for one in listed]) == (test.operator == "in")) & ~unknown
        return Span(met, met | unknown)

    def has(self, fact: str) -> bool:
        """Whether anything is given of a fact."""
        return fact in self.values or self._column(fact) in self.population.frame

    def _column(self, fact: str) -> str:
        """Return the column of a fact, which a reform may have given another id."""
        return next(iter(self.standard.sources_of(fact)), fact)

    def holds(self, test: Test) -> tuple[Condition, Condition]:
        """Return whether a demand is met for certain, and whether it can be."""
        heard = self.test(test)
        return (False, True) if heard is None else (heard.low, heard.high)

    def on(self, side: Side) -> Callable[[Test], Condition]:
        """Return the values that decide whether a demand is met, on one side."""
        return lambda test: self.holds(test)[SIDES.index(side)]


def _fill(columns: dict[str, NDArray[Any]], fact: str, values: NDArray[np.float64]) -> None:
    """Put values where none are given."""
    given = columns.get(fact)
    columns[fact] = values if given is None else np.where(np.isnan(given), values, given)


def _equate(columns: dict[str, NDArray[Any]], facts: Sequence[str]) -> None:
    """Take facts as one quantity wherever all that are given agree."""
    given = [columns[fact].astype(np.float64) for fact in facts if fact in columns]
    if not given:
        return
    low, high = np.fmin.reduce(given), np.fmax.reduce(given)
    for fact in facts:
        _fill(columns, fact, np.where(low == high, low, np.nan))
