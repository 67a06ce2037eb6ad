"""From a population to whole columns of points, a row of the table each; the same numbers as the exact engine's.

What a row is worth is counted in units of one over a lattice, found from the points and parts of the standard and
the decimals of the data; so all is whole numbers, and comes out exactly as `lsstd.engine.evaluate` has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact
from lsstd.population.cells import NOT_APPLICABLE
from lsstd.population.facts import FactColumns, Heard
from lsstd.population.kernel import Column, smallest
from lsstd.population.population import Population
from lsstd.population.rules import (
    Earned,
    Span,
    Units,
    added,
    count_met,
    earned,
    held_against,
    integer,
    left_by_facts,
    shared,
    units,
)
from lsstd.standard.scoring_table import Criterion, Measured, Part, Rule
from lsstd.standard.standard import Standard
from lsstd.words import Text

_FINEST = 10**9
_DENOMINATORS = (1, 2, 4, *(10**digits for digits in range(1, 10)))


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
    secured: dict[str, NDArray[Any]]
    possible: dict[str, NDArray[Any]]


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
        self._earned: dict[str, Earned] = {}

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
        parts = self.parts_of(row)
        weights = sum(part.weight for part in parts) or 1
        worths = [top, row.min_score, *(top * part.weight / weights for part in parts)]
        worths += [part.points for part in parts if part.points is not None]
        worths += self._worths(row.rule, top) if row.rule else ()
        found = math.lcm(*(Fraction(worth).denominator for worth in worths))
        if row.rule and row.rule.measured:
            found = math.lcm(found, self._measured(row, row.rule.measured).denominator)
        ratio = _ratio(row, sources)
        if len(sources) > 1:
            return math.lcm(found, ratio.denominator * self._old.lattice(sources))
        for source in sources:
            if source.id in self.columns:
                found = math.lcm(found, ratio.denominator * counted(self.population, source.id).denominator)
        return found

    @staticmethod
    def _worths(rule: Rule, top: Exact) -> Iterator[Exact]:
        """Yield the points that a rule names."""
        yield from (rule.points.start,) if rule.points else ()
        yield from (end for level in (rule.levels or {}).values() for end in level.points)
        yield from rule.measured.ends(0, top) if rule.measured else ()

    def _measured(self, row: Criterion, rule: Measured) -> Earned:
        """Return what each subject's quantity earns: the exact engine's rule, once for each quantity that occurs."""
        if row.id not in self._earned:
            self._earned[row.id] = earned(self.facts.values, rule, row.min_score, row.max_score or 0, self.count)
        return self._earned[row.id]

    # ── points ───────────────────────────────────────────────────────────────────────────────────────────────

    def rate(self, rows: Iterable[Criterion], lattice: int) -> Ratings:
        """Return the points of rows in units of one over a lattice."""
        secured: dict[str, Column] = {}
        possible: dict[str, Column] = {}
        for row in rows:
            kind = np.dtype(np.int64) if row.min_score < 0 else smallest(self.most(row, lattice))
            span = self._row(row, lattice)
            secured[row.id] = possible[row.id] = span.low.astype(kind)
            if span.high is not span.low:
                possible[row.id] = span.high.astype(kind)
        return Ratings(lattice, secured, possible)

    def most(self, row: Criterion, lattice: int) -> int:
        """Return the units that a row can be worth at most (rounded up where rows are rounded)."""
        if self.is_left_out(row):
            return 0
        top = units(row.max_score or 0, lattice)
        if self.readings["rounding"] != "row":
            return top
        step = units(self.standard.rounding_step, lattice)
        return (2 * top + step) // (2 * step) * step

    def _row(self, row: Criterion, lattice: int) -> Span:
        if self.is_left_out(row):
            none = np.zeros(self.count, np.int32)
            return Span(none, none)
        span = self._unrounded(row, lattice)
        if self.readings["rounding"] == "row":
            step = units(self.standard.rounding_step, lattice)
            span = Span(_rounded(span.low, step), _rounded(span.high, step))
        return span

    def applies(self, row: Criterion) -> Heard | None:
        """Return for whom a row applies for certain, and for whom it can; None where it always does."""
        found = self.facts.test(row.applies) if row.applies else None
        if row.applies and found is None:
            found = Heard(np.zeros(self.count, np.bool_), np.ones(self.count, np.bool_))
        name = f"{row.id}.{NOT_APPLICABLE}"
        if name in self.columns:
            said = self.columns[name] != 1
            found = Heard(said, said) if found is None else Heard(found.low & said, found.high & said)
        return found

    def _unrounded(self, row: Criterion, lattice: int) -> Span:
        span = self._answered(row, lattice)
        if (applies := self.applies(row)) is None:
            return span
        least, top = units(min(0, row.min_score), lattice), units(row.max_score or 0, lattice)
        low, high = np.where(applies.low, span.low, least), np.where(applies.low, span.high, top)
        return Span(np.where(applies.high, low, 0), np.where(applies.high, high, 0))

    def _answered(self, row: Criterion, lattice: int) -> Span:
        parts, top = self.parts_of(row), units(row.max_score or 0, lattice)
        said, known = self._said(row, lattice)
        if said is None or known is None:
            return self._by_rule(row, parts, lattice)
        if row.rule and (row.rule.measured or row.rule.points):
            said = held_against(said, self._by_rule(row, parts, lattice, is_heard=False))
        elif any(tests := [self.facts.test(part.test) if part.test else None for part in parts]):
            said = held_against(said, left_by_facts(row, parts, tests, lattice))
        if known.all():
            return said
        if row.is_plain and not (parts or row.rule):  # an unknown score stands as 0 already
            return Span(said.low, np.where(known, said.high, top))
        unsaid = self._by_rule(row, parts, lattice)
        return Span(np.where(known, said.low, unsaid.low), np.where(known, said.high, unsaid.high))

    def _by_rule(self, row: Criterion, parts: list[Part], lattice: int, is_heard: bool = True) -> Span:
        """Return what the rule makes of facts, and of answers part by part if they are heard."""
        rule, top = row.rule, units(row.max_score or 0, lattice)
        least, unmet = units(row.min_score, lattice), units(row.lowest, lattice)
        if rule and rule.measured:
            return self._by_measure(row, rule.measured, lattice)
        heard = [self._heard(row, part, is_heard) for part in parts]
        if rule and rule.points:
            return added(rule.points.start, parts, heard, lattice, self.count).held(least, top)
        if rule and rule.levels:
            ends = [end for level in rule.levels.values() for end in level.points]
            least, top = min(unmet, units(min(ends), lattice)), units(max(ends), lattice)
        if not any(heard) or (rule and rule.kind in ("levels", "expert")):
            low = least if not parts else unmet
            return Span(np.full(self.count, low, integer(top)), np.full(self.count, top, integer(top)))
        kind = rule.kind if rule else self.readings["compound_rows"]
        if kind == "shares":
            return shared(parts, heard, top, unmet)
        needed = rule.at_least.parts if rule and rule.at_least else len(parts)
        span = count_met(heard, [1] * len(parts), integer(top))
        if unmet:
            return Span(np.where(span.low >= needed, top, unmet), np.where(span.high >= needed, top, unmet))
        return Span((span.low >= needed) * top, (span.high >= needed) * top)

    def _by_measure(self, row: Criterion, rule: Measured, lattice: int) -> Span:
        points = self._measured(row, rule)
        found = points.whole * (lattice // points.denominator)
        low, high = (units(end, lattice) for end in rule.ends(row.min_score, row.max_score or 0))
        return Span(np.where(points.known, found, low), np.where(points.known, found, high))

    def _heard(self, row: Criterion, part: Part, is_heard: bool = True) -> Heard | None:
        """Hear both witnesses on a part, its fact and its column (if that is heard); None where neither is there."""
        fact = self.facts.test(part.test) if part.test else None
        if not is_heard:
            return fact
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
        found = points.whole.astype(integer(units(row.max_score or 0, lattice))) * int(
            lattice * ratio / points.denominator
        )
        return Span(found, found), points.known

    def _joined(self, sources: tuple[Criterion, ...], lattice: int) -> tuple[Span | None, NDArray[np.bool_] | None]:
        """Return the points of merged rows, added, for subjects that answered one of them."""
        names = [name for s in sources for name in (s.id, *(f"{s.id}.{part}" for part in s.parts))]
        given = [~np.isnan(self.columns[name].astype(np.float64)) for name in names if name in self.columns]
        if not given:
            return None, None
        spans = [self._old._row(source, lattice) for source in sources]
        return Span(sum(s.low for s in spans), sum(s.high for s in spans)), np.logical_or.reduce(given)  # type: ignore[arg-type]


def _answered(values: NDArray[Any]) -> Heard:
    met = values == 1
    return Heard(met, met | np.isnan(values))


def _ratio(row: Criterion, sources: tuple[Criterion, ...]) -> Fraction:
    """Return what a point of the sources is worth in the row."""
    before = sum(Fraction(source.max_score or 0) for source in sources)
    return Fraction(row.max_score or 0) / before if before and row.max_score is not None else Fraction(1)


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
        kind = smallest(int(whole.max(initial=0))) if whole.min(initial=0) >= 0 else np.dtype(np.int64)
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
