"""From a population to whole columns of points, a row of the table each; the same numbers as the exact engine's.

What a row is worth is counted in units of one over a lattice, found from the points and parts of the standard and
the decimals of the data; so all is whole numbers, and comes out exactly as `lsstd.engine.evaluate` has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, exact, whole
from lsstd.population.columns import Column, smallest, too_fine
from lsstd.population.fact_columns import FactColumns, Heard
from lsstd.population.population import Population
from lsstd.population.table_check import NOT_APPLICABLE
from lsstd.standard.scoring_table import Criterion, Measured, Part, Rule
from lsstd.standard.standard import Standard

Units = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class Span:
    """From what is secured to what is possible, in units."""

    low: Units
    high: Units

    def held(self, least: int, most: int) -> Span:
        """Return the span held between two ends."""
        return Span(np.clip(self.low, least, most), np.clip(self.high, least, most))


@dataclass(frozen=True, slots=True)
class Earned:
    """Points that a measuring rule gives, as whole numbers over a denominator; 0 where the quantity is not known."""

    denominator: int
    whole: NDArray[np.int64]
    known: NDArray[np.bool_]


def count_met(heard: list[Heard | None], weights: Sequence[int], kind: Any) -> Span:
    """Add up the weights of parts that are met for certain, and of those that can be."""
    told = [(found, weight) for found, weight in zip(heard, weights, strict=True) if found is not None]
    silent = sum(weights) - sum(weight for _, weight in told)
    if all(weight == 1 for _, weight in told):
        low = np.add.reduce([found.low for found, _ in told], dtype=kind)
        return Span(low, np.add.reduce([found.high for found, _ in told], dtype=kind) + silent)
    low = np.add.reduce([found.low * np.int64(weight) for found, weight in told])
    return Span(low, np.add.reduce([found.high * np.int64(weight) for found, weight in told]) + silent)


def shared(parts: list[Part], heard: list[Heard | None], top: int, unmet: int) -> Span:
    """Return the span in which each part counts its share."""
    scale = math.lcm(*(Fraction(part.weight).denominator for part in parts))
    weights = [int(part.weight * scale) for part in parts]
    span, every = count_met(heard, weights, integer(top)), sum(weights)
    if top % every == 0:
        low, high = span.low * (top // every), span.high * (top // every)
    else:  # whole numbers of units all the same: the lattice was made so
        low, high = (end.astype(np.int64) * top // every for end in (span.low, span.high))
    return Span(np.maximum(low, unmet), np.maximum(high, unmet)) if unmet else Span(low, high)


def added(start: Exact, parts: list[Part], heard: list[Heard | None], lattice: int, count: int) -> Span:
    """Return the span in which each part that is met adds its points, or takes them."""
    low = high = np.full(count, units(start, lattice), np.int64)
    nobody, everybody = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    for part, found in zip(parts, heard, strict=True):
        worth, known = units(part.points or 0, lattice), found or Heard(nobody, everybody)
        ends = (known.low, known.high) if worth > 0 else (known.high, known.low)
        low, high = low + worth * ends[0], high + worth * ends[1]
    return Span(low, high)


def left_by_facts(row: Criterion, parts: list[Part], tests: list[Heard | None], lattice: int) -> Span:
    """Return the points that facts leave to rows answered in points (see `lsstd.engine.rows`)."""
    top, least, unmet = (units(points, lattice) for points in (row.max_score or 0, row.min_score, row.lowest))
    known = [test for test in tests if test]
    failed = np.add.reduce([~test.high for test in known], dtype=np.int64)
    met = np.add.reduce([test.low for test in known], dtype=np.int64)
    high = np.where(failed > 0, shared(parts, tests, top, unmet).high, top)
    low = np.where(met == len(parts), top, np.where(failed == len(parts), unmet, least))
    return Span(low, np.where(failed == len(parts), unmet, high))


def held_against(said: Span, left: Span) -> Span:
    """Hold points answered outright against what facts leave: the engine's rule, for all at once."""
    low, high = np.minimum(said.low, left.high), np.maximum(said.high, left.low)
    inside = (left.low == left.high) & (said.low <= left.low) & (left.low <= said.high)
    return Span(np.where(inside, left.low, low), np.where(inside, left.low, high))


def earned(values: Mapping[str, NDArray[Any]], rule: Measured, low: Exact, top: Exact, count: int) -> Earned:
    """Return the points of every subject's quantity, in whole numbers over their common denominator."""
    names = [rule.fact] if rule.per is None else [rule.fact, rule.per]
    columns = [np.asarray(values.get(name, np.full(count, np.nan)), np.float64) for name in names]
    known = ~np.isnan(np.sum(columns, axis=0))
    if rule.per:
        known &= columns[1] != 0
    pairs, place = np.unique(np.stack(columns)[:, known], axis=1, return_inverse=True)
    points = [
        Fraction(rule.points_at(whole(Fraction(exact(pair[0])) / (exact(pair[1]) if rule.per else 1)), low, top))
        for pair in pairs.T.tolist()
    ]
    denominator = math.lcm(*(value.denominator for value in points))
    found = np.zeros(count, np.int64)
    if points:
        found[known] = np.array([int(value * denominator) for value in points], np.int64)[place.ravel()]
    return Earned(denominator, found, known)


def units(points: Exact, lattice: int) -> int:
    """Return points in whole units."""
    return int(points * lattice)


def integer(top: int) -> type[np.signedinteger[Any]]:
    """Return an integer type in which a row's points can be doubled and rounded."""
    return np.int32 if 4 * top < 2**31 else np.int64


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
                found = math.lcm(found, ratio.denominator * self.population.points(source.id).denominator)
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
        points = self.population.points(sources[0].id)
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


def check_size(standard: Standard, lattice: int) -> None:
    """Raise where points are so fine that 64 bits do not hold the total."""
    if 4 * lattice * max(1, standard.maximum) >= 2**63:
        raise too_fine(lattice, standard.standard)
