"""From a population to whole columns of points, a row of the table each; the same numbers as the exact engine's.

What a row is worth is counted in units of one over a lattice, found from the points and parts of the standard and
the decimals of the data; so all is whole numbers, and comes out exactly as `lsstd.core.evaluate` has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsstd.analysis.facts import FactColumns, Heard
from lsstd.analysis.kernel import Column, smallest
from lsstd.analysis.population import Population
from lsstd.core.exact import Exact
from lsstd.core.scoring_table import Criterion, Part
from lsstd.core.standard import Standard
from lsstd.errors import InvalidFile, Problem
from lsstd.text import Text

_FINEST = 10**9
_DENOMINATORS = (1, 2, 4, *(10**digits for digits in range(1, 10)))
Units = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """From what is secured to what is possible, in units."""

    low: Units
    high: Units


@dataclass(frozen=True, slots=True)
class Counted:
    """Points as whole numbers over a denominator, 0 where not known."""

    denominator: int
    whole: Column
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Ratings:
    """Points of every scored row for every subject, in units of one over `lattice`."""

    lattice: int
    secured: dict[str, Column]
    possible: dict[str, Column]


class Rater:
    """Rates rows of one standard for one population.

    Parameters
    ----------
    population : Population
        Perhaps read against another edition; rows know which of its rows they come from.
    standard : Standard
    readings : dict of str to str
        All of them, chosen.
    """

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str]) -> None:
        self.population, self.standard, self.readings = population, standard, readings
        self.columns, self.count = population.columns, len(population)
        self.facts = FactColumns(population, standard, readings)

    # ── what a row is made of ────────────────────────────────────────────────────────────────────────────────

    def is_left_out(self, row: Criterion) -> bool:
        """Whether a reading keeps the row from counting."""
        return self.readings["recommended_rows"] == "left_out" and row.provision.kind == "recommendation"

    def parts_of(self, row: Criterion) -> list[Part]:
        """Return the parts that count under the readings."""
        return [part for part in row.parts.values() if not (part.bonus and self.readings["bonus"] == "ignored")]

    def sources_of(self, row: str) -> tuple[Criterion, ...]:
        """Return the rows of the population's standard whose points count for a row."""
        known = self.population.standard.criteria
        sources = self.standard.sources_of(row)
        is_same = self.standard.sha256 == self.population.standard.sha256
        if is_same or not sources or any(source not in known for source in sources):
            return (known[row],) if row in known else ()
        return tuple(known[name] for name in sources)

    @cached_property
    def _old(self) -> Rater:
        """Rates the rows that a merged row comes from, as the exact engine does: under the default readings."""
        standard = self.population.standard
        return Rater(self.population, standard, standard.choose_readings())

    # ── lattice ──────────────────────────────────────────────────────────────────────────────────────────────

    def lattice(self, rows: Iterable[Criterion]) -> int:
        """Return the least number of units to a point in which these rows are whole."""
        least = Fraction(self.standard.rounding_step).denominator if self.readings["rounding"] != "none" else 1
        return math.lcm(least, *(self._needed(row) for row in rows if not self.is_left_out(row)))

    def _needed(self, row: Criterion) -> int:
        top, sources = Fraction(row.max_score or 0), self.sources_of(row.id)
        found = math.lcm(top.denominator, (top / max(1, len(self.parts_of(row)))).denominator if row.parts else 1)
        ratio = _ratio(row, sources)
        if len(sources) > 1:
            return math.lcm(found, ratio.denominator * self._old.lattice(sources))
        for source in sources:
            if source.id in self.columns:
                found = math.lcm(found, ratio.denominator * counted(self.population, source.id).denominator)
        return found

    # ── points ───────────────────────────────────────────────────────────────────────────────────────────────

    def rate(self, rows: Iterable[Criterion], lattice: int) -> Ratings:
        """Return the points of rows in units of one over a lattice."""
        secured: dict[str, Column] = {}
        possible: dict[str, Column] = {}
        for row in rows:
            kind = smallest(self.most(row, lattice))
            span = self._row(row, lattice)
            secured[row.id] = possible[row.id] = span.low.astype(kind)
            if span.high is not span.low:
                possible[row.id] = span.high.astype(kind)
        return Ratings(lattice, secured, possible)

    def most(self, row: Criterion, lattice: int) -> int:
        """Return the units that a row can be worth at most (rounded up where rows are rounded)."""
        if self.is_left_out(row):
            return 0
        top = _units(row.max_score or 0, lattice)
        if self.readings["rounding"] != "row":
            return top
        step = _units(self.standard.rounding_step, lattice)
        return (2 * top + step) // (2 * step) * step

    def _row(self, row: Criterion, lattice: int) -> Span:
        if self.is_left_out(row):
            none = np.zeros(self.count, np.int32)
            return Span(none, none)
        span = self._unrounded(row, lattice)
        if self.readings["rounding"] == "row":
            step = _units(self.standard.rounding_step, lattice)
            span = Span(_rounded(span.low, step), _rounded(span.high, step))
        return span

    def _unrounded(self, row: Criterion, lattice: int) -> Span:
        parts, top = self.parts_of(row), _units(row.max_score or 0, lattice)
        said, known = self._said(row, lattice)
        if said is None or known is None:
            return self._by_parts(row, parts, top)
        tests = [self.facts.test(part.test) if part.test else None for part in parts]
        if any(tests):
            said = _held_against(said, [test for test in tests if test], len(parts), top)
        if known.all():
            return said
        if not parts:  # an unknown score stands as 0 already
            return Span(said.low, np.where(known, said.high, top))
        unsaid = self._by_parts(row, parts, top)
        return Span(np.where(known, said.low, unsaid.low), np.where(known, said.high, unsaid.high))

    def _by_parts(self, row: Criterion, parts: list[Part], top: int) -> Span:
        """Return what parts and facts say: each part its share, or all or nothing."""
        heard = [found for part in parts if (found := self._heard(row, part)) is not None]
        silent, count = len(parts) - len(heard), self.count
        if not heard:
            return Span(np.zeros(count, _integer(top)), np.full(count, top, _integer(top)))
        low = np.add.reduce([found.low for found in heard], dtype=_integer(top))
        high = np.add.reduce([found.high for found in heard], dtype=_integer(top)) + silent
        if self.readings["compound_rows"] == "all":
            return Span((low == len(parts)) * top, (high == len(parts)) * top)
        return Span(low * (top // len(parts)), high * (top // len(parts)))

    def _heard(self, row: Criterion, part: Part) -> Heard | None:
        """Hear both witnesses on a part, its column and its fact; None where neither is there."""
        fact = self.facts.test(part.test) if part.test else None
        sources = self.sources_of(row.id)
        name = f"{sources[0].id}.{part.id}" if len(sources) == 1 else ""  # answers to several rows are joined as points
        if name not in self.columns:
            return fact
        answer = _answered(self.columns[name])
        return answer if fact is None else answer.agreed(fact)

    def _said(self, row: Criterion, lattice: int) -> tuple[Span | None, NDArray[np.bool_] | None]:
        """Return the points answered outright, scaled where the maximum changed, and for whom there are any."""
        sources = self.sources_of(row.id)
        ratio = _ratio(row, sources)
        if len(sources) > 1:
            return self._joined(sources, int(lattice * ratio))
        if not sources or sources[0].id not in self.columns:
            return None, None
        points = counted(self.population, sources[0].id)
        if not points.known.any():
            return None, None
        units = points.whole.astype(_integer(_units(row.max_score or 0, lattice))) * int(
            lattice * ratio / points.denominator
        )
        return Span(units, units), points.known

    def _joined(self, sources: tuple[Criterion, ...], lattice: int) -> tuple[Span | None, NDArray[np.bool_] | None]:
        """Return the points of merged rows, added, for subjects that answered one of them."""
        names = [name for s in sources for name in (s.id, *(f"{s.id}.{part}" for part in s.parts))]
        given = [~np.isnan(self.columns[name].astype(np.float64)) for name in names if name in self.columns]
        if not given:
            return None, None
        spans = [self._old._row(source, lattice) for source in sources]
        return Span(sum(s.low for s in spans), sum(s.high for s in spans)), np.logical_or.reduce(given)  # type: ignore[arg-type]


def _held_against(said: Span, tests: list[Heard], count: int, top: int) -> Span:
    """Hold points answered outright against facts (see `lsstd.core.rows`): the engine's rule, for all at once."""
    failed = np.add.reduce([~test.high for test in tests], dtype=np.int64)
    met = np.add.reduce([test.low for test in tests], dtype=np.int64)
    left = np.where(failed > 0, top // count * (count - failed), top)
    low, high = np.minimum(said.low, left), said.high
    for settles, points in ((met == count, top), (failed == count, 0)):
        inside = (said.low <= points) & (points <= said.high)
        low = np.where(settles, np.where(inside, points, np.minimum(said.low, points)), low)
        high = np.where(settles, np.where(inside, points, np.maximum(said.high, points)), high)
    return Span(low, high)


def _answered(values: NDArray[Any]) -> Heard:
    met = values == 1
    return Heard(met, met | np.isnan(values))


def _ratio(row: Criterion, sources: tuple[Criterion, ...]) -> Fraction:
    """Return what a point of the sources is worth in the row."""
    before = sum(Fraction(source.max_score or 0) for source in sources)
    return Fraction(row.max_score or 0) / before if before and row.max_score is not None else Fraction(1)


def _units(points: Exact, lattice: int) -> int:
    return int(points * lattice)


def _integer(top: int) -> type[np.signedinteger[Any]]:
    """Return an integer type in which a row's points can be doubled and rounded."""
    return np.int32 if 4 * top < 2**31 else np.int64


def _rounded(units: Units, step: int) -> Units:
    return (2 * units + step) // (2 * step) * step


def _denominator(values: NDArray[Any]) -> int:
    """Return the least of 1, 2, 4, 10, 100 … in which all values are whole; dust past nine decimals is none."""
    if values.dtype.kind in "iu":
        return 1
    known = values[~np.isnan(values)]
    return next((d for d in _DENOMINATORS if np.array_equal(np.rint(known * d) / d, known)), _FINEST)


def counted(population: Population, name: str) -> Counted:
    """Return a column of points in whole numbers; it is looked through once for all that ask."""
    if name not in population.counted:
        values = population.columns[name]
        denominator = _denominator(values)
        whole = np.rint(np.nan_to_num(values) * denominator)
        kind = smallest(int(whole.max(initial=0)))
        population.counted[name] = Counted(denominator, whole.astype(kind), ~np.isnan(values))
    found: Counted = population.counted[name]
    return found


def check_size(standard: Standard, lattice: int) -> None:
    """Raise where points are so fine that 64 bits do not hold the total."""
    if 4 * lattice * max(1, standard.maximum) >= 2**63:
        found = Text(f"每分 {lattice} 份", f"{lattice} units to a point")
        expected = Text("较少的小数位或较简单的分值比例", "fewer decimals, or points in simpler proportions")
        raise InvalidFile(
            Text("分值过细，无法精确计数", "points too fine to be counted exactly"),
            [Problem(standard.standard, found, expected)],
        )
