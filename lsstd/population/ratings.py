"""From a population to whole columns of points, a row of the table each; the same numbers as the exact engine's.

What a row is worth is counted in units of one over a lattice, found from the points and parts of the standard and
the decimals of the data; so all is whole numbers, and comes out exactly as `lsstd.engine.evaluate` has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lsstd.engine.rows import Rules, Span, State
from lsstd.engine.tree import Condition
from lsstd.exact import Exact, exact, nearest, whole
from lsstd.population.columns import Column, smallest, too_fine
from lsstd.population.fact_columns import FactColumns, both_heard
from lsstd.population.population import Counted, Population
from lsstd.population.table_check import NOT_APPLICABLE
from lsstd.standard.scoring_table import Criterion, Measured, Part, Rule
from lsstd.standard.standard import Standard


class UnitColumns(NamedTuple):
    """Points of a row as whole units of one over a lattice, a column of them or one number for all."""

    lattice: int

    def constant(self, value: Exact) -> int:
        """Return exact points in units."""
        return int(value * self.lattice)

    def where(self, condition: Condition, this: Any, other: Any) -> Any:
        """Return the one where a condition holds, else the other."""
        return np.where(condition, this, other)

    def count(self, conditions: Sequence[Condition]) -> Any:
        """Count the conditions that hold, of each subject."""
        return sum(conditions)

    def share(self, top: Exact, weights: Sequence[Exact], conditions: Sequence[Condition]) -> Any:
        """Return the share of a maximum for the conditions that hold: whole units, as the lattice was made."""
        worths = [self.constant(Fraction(top) * weight / sum(weights)) for weight in weights]
        return sum(worth * np.asarray(each, np.int64) for worth, each in zip(worths, conditions, strict=True))


FINEST = 2**5 * 3**3 * 5**5 * 7 * 11 * 13
"""Units of a point to which quotients are rounded if 64 bits do not hold their common denominator."""


class Earned(NamedTuple):
    """What quantities earn: the points of each value that occurs, which subject has which, and for whom it is known."""

    points: list[Fraction]
    place: NDArray[np.intp]
    known: NDArray[np.bool_]

    @property
    def denominator(self) -> int:
        """The common denominator of the points, which may be huge."""
        return math.lcm(*(value.denominator for value in self.points))

    def counted(self, is_rounded: bool) -> Counted:
        """Return each subject's points as whole numbers over their common denominator; if rounded, over `FINEST`."""
        denominator = FINEST if is_rounded and FINEST % self.denominator else self.denominator
        found = np.zeros(len(self.known), np.int64)
        if self.points:
            found[self.known] = np.array([round(value * denominator) for value in self.points], np.int64)[self.place]
        return Counted(denominator, found, self.known)


def earned(values: Mapping[str, NDArray[Any]], rule: Measured, low: Exact, top: Exact, count: int) -> Earned:
    """Return what each subject's quantity earns: the exact engine's rule, once for each quantity that occurs."""
    names = [rule.fact] if rule.per is None else [rule.fact, rule.per]
    columns = [np.asarray(values.get(name, np.full(count, np.nan)), np.float64) for name in names]
    known = ~np.isnan(np.sum(columns, axis=0))
    if rule.per:
        known &= columns[1] != 0
    pairs, place = np.unique(np.stack(columns)[:, known], axis=1, return_inverse=True)
    quantities = (Fraction(exact(pair[0])) / (exact(pair[1]) if rule.per else 1) for pair in pairs.T.tolist())
    return Earned([Fraction(rule.points_at(whole(each), low, top)) for each in quantities], place.ravel(), known)


@dataclass
class Fineness:
    """What parts of a population must agree on: which quotients are rounded because the whole would be too fine.

    Parameters
    ----------
    rounded : frozenset of str
        The quotients that are rounded, even if this part alone would not need it.
    met : dict of str to int
        The common denominators of the quotients in this part.
    """

    rounded: frozenset[str] = frozenset()
    met: dict[str, int] = field(default_factory=dict)

    def meet(self, key: str, denominator: int) -> bool:
        """Note a common denominator; return whether it is too fine, here or together with other parts."""
        self.met[key] = math.lcm(denominator, self.met.get(key, 1))
        return denominator > FINEST or key in self.rounded

    @staticmethod
    def too_fine(parts: Sequence[Mapping[str, int]]) -> frozenset[str]:
        """Return what must be rounded for the whole but was not in some part."""
        unrounded = {key for part in parts for key, denominator in part.items() if denominator <= FINEST}
        return frozenset(key for key in unrounded if math.lcm(*(part.get(key, 1) for part in parts)) > FINEST)


FINENESS: ContextVar[Fineness] = ContextVar("fineness")
"""Set while a part of a population is computed."""


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
    readings : dict of str to str
        All of them, chosen.
    """

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str]) -> None:
        self.population, self.standard, self.readings = population, standard, readings
        self.columns, self.count = population.columns, len(population)
        self.facts = FactColumns(population, standard, readings)
        self._known: dict[str, Earned] = {}
        self._is_rounded = False

    # ── what a row is made of ────────────────────────────────────────────────────────────────────────────────

    def is_left_out(self, row: Criterion) -> bool:
        """Whether a reading keeps the row from counting."""
        return self.readings["recommended_rows"] == "left_out" and row.provision.kind == "recommendation"

    def parts_of(self, row: Criterion) -> list[Part]:
        """Return the parts that count under the readings."""
        return row.parts_under(self.readings["bonus"])

    def set_aside(self, row: Criterion) -> Iterator[tuple[frozenset[str], Column]]:
        """Yield each set of parts that do not apply to some subjects, with those subjects."""
        names = {part.id: f"{self._column_of(row, part)}.{NOT_APPLICABLE}" for part in self.parts_of(row)}
        said = {part: self.columns[name] == 1 for part, name in names.items() if name in self.columns}
        patterns = np.unique(np.stack([*said.values()]), axis=1).T if said else ()
        for pattern in patterns:
            whom = np.logical_and.reduce([(said[part] == gone) for part, gone in zip(said, pattern, strict=True)])
            if pattern.any():
                yield frozenset(part for part, gone in zip(said, pattern, strict=True) if gone), whom

    def _column_of(self, row: Criterion, part: Part) -> str:
        """Return the column of a part, to which a reform may have given another id or row."""
        old = next(iter(self.standard.sources_of(part.id)), part.id)
        return next((f"{source.id}.{old}" for source in self.sources_of(row.id) if old in source.parts), "")

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
        """Return the least number of units to a point in which these rows are whole (nearly, if too many)."""
        least = Fraction(self.standard.rounding_step).denominator if self.readings["rounding"] != "none" else 1
        counted = [row for row in rows if not self.is_left_out(row)]
        measured = [row for row in counted if row.rule and row.rule.measured]
        if measured:
            key = f"{[(row.id, row.ends, row.rule) for row in measured]!r} {self.readings['same_quantity']}"
            finest = math.lcm(*(self._earned(row).denominator for row in measured))
            self._is_rounded = (FINENESS.get(None) or Fineness()).meet(key, finest)
        return math.lcm(least, *map(self._needed, counted))

    def _needed(self, row: Criterion) -> int:
        top, sources = Fraction(row.max_score or 0), self.sources_of(row.id)
        parts = self.parts_of(row)
        worths = [top, row.min_score]
        for gone in (frozenset[str](), *(gone for gone, _ in self.set_aside(row))):
            counted = [part.weight for part in parts if part.id not in gone]
            worths += [top * weight / (sum(counted) or 1) for weight in counted]
        worths += [part.points for part in parts if part.points is not None]
        worths += self._worths(row.rule, top) if row.rule else ()
        found = math.lcm(*(Fraction(worth).denominator for worth in worths))
        if row.rule and row.rule.measured:
            found = math.lcm(found, self._earned(row).counted(self._is_rounded).denominator)
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

    def _earned(self, row: Criterion) -> Earned:
        """Return what each subject's quantity earns on a row that measures it."""
        if row.id not in self._known and row.rule and row.rule.measured:
            ends = row.min_score, row.max_score or 0
            self._known[row.id] = earned(self.facts.values, row.rule.measured, *ends, self.count)
        return self._known[row.id]

    # ── points ───────────────────────────────────────────────────────────────────────────────────────────────

    def rate(self, rows: Iterable[Criterion], lattice: int) -> Ratings:
        """Return the points of rows in units of one over a lattice."""
        secured: dict[str, Column] = {}
        possible: dict[str, Column] = {}
        for row in rows:
            kind = np.dtype(np.int64) if row.min_score < 0 else smallest(self.most(row, lattice))
            low, high = self._row(row, lattice)
            secured[row.id] = possible[row.id] = self._column(low, kind)
            if high is not low:
                possible[row.id] = self._column(high, kind)
        return Ratings(lattice, secured, possible)

    def _column(self, values: Any, kind: np.dtype[Any]) -> Column:
        return np.broadcast_to(np.asarray(values).astype(kind), (self.count,))

    def most(self, row: Criterion, lattice: int) -> int:
        """Return the units that a row can be worth at most."""
        return 0 if self.is_left_out(row) else int((row.max_score or 0) * lattice)

    def _row(self, row: Criterion, lattice: int) -> Span[Any]:
        if self.is_left_out(row):
            return Span(0, 0)
        kind = row.kind_under(self.readings["compound_rows"])
        rules: Rules[Any] = Rules.of(row, kind, UnitColumns(lattice))
        span, applies = self._answered(rules, lattice), self.applies(row)
        if applies is not None:
            low, high = (
                np.where(applies.low, span.low, min(0, rules.least)),
                np.where(applies.low, span.high, rules.top),
            )
            span = Span(low, high)
        if self.readings["rounding"] == "row":
            step, to_even = int(self.standard.rounding_step * lattice), self.standard.rounding.to_even
            ends = (nearest(np.asarray(end, np.int64), step, to_even) for end in span)
            span = Span(*(np.clip(end, rules.least, rules.top) for end in ends))
        return span if applies is None else Span(*(np.where(applies.high, end, 0) for end in span))

    def applies(self, row: Criterion) -> Span[Condition] | None:
        """Return for whom a row applies for certain, and for whom it can; None where it always does."""
        found = Span(*self.facts.holds(row.applies)) if row.applies else None
        gone = [whom for parts, whom in self.set_aside(row) if len(parts) == len(self.parts_of(row))]
        names = [f"{source.id}.{NOT_APPLICABLE}" for source in self.sources_of(row.id)] if row.optional else []
        if names and all(name in self.columns for name in names):
            gone.append(np.logical_and.reduce([self.columns[name] == 1 for name in names]))
        for whom in gone:
            found = Span(~whom, ~whom) if found is None else Span(found.low & ~whom, found.high & ~whom)
        return found

    def met(self, row: Criterion) -> Span[Condition]:
        """Return of whom a row without points is met for certain, and of whom it can be."""
        rules: Rules[Any] = Rules.of(row, row.kind_under(self.readings["compound_rows"]), UnitColumns(1))
        found = self._by_rule(rules, self.parts_of(row), 1)
        if (given := self.columns.get(row.id)) is not None:
            found = Span(*(np.where(np.isnan(given), end, given) for end in found))
        applies = self.applies(row) or Span(True, True)
        return Span((found.low >= 1) & applies.low, (found.high >= 1) & applies.high)

    def _answered(self, rules: Rules[Any], lattice: int) -> Span[Any]:
        row, parts = rules.row, self.parts_of(rules.row)
        said, known = self._said(row, lattice)
        if said is None or known is None:
            return self._by_rule(rules, parts, lattice)
        if row.rule and (row.rule.measured or row.rule.points):
            said = rules.points_said(said, self._by_rule(rules, parts, lattice, is_heard=False))
        elif any(part.test and self.facts.has(part.test.fact) for part in parts):
            said = rules.points_said(said, rules.left_by_facts([self._heard(row, part, False) for part in parts]))
        if known.all():
            return said
        if row.is_plain and not (parts or row.rule):  # an unknown score stands as 0 already
            return Span(said.low, np.where(known, said.high, rules.top))
        unsaid = self._by_rule(rules, parts, lattice)
        return Span(np.where(known, said.low, unsaid.low), np.where(known, said.high, unsaid.high))

    def _by_rule(self, rules: Rules[Any], parts: list[Part], lattice: int, is_heard: bool = True) -> Span[Any]:
        """Return what the rule makes of facts, and of answers part by part if they are heard."""
        row, measured = rules.row, None
        if row.rule and row.rule.measured:
            points, ends = (
                self._earned(row).counted(self._is_rounded),
                row.rule.measured.ends(row.min_score, row.max_score or 0),
            )
            found = points.whole * (lattice // points.denominator)
            measured = Span(*(np.where(points.known, found, int(end * lattice)) for end in ends))
        states = [self._heard(row, part, is_heard) for part in parts]
        span = rules.by_rule(states, measured)
        for gone, whom in self.set_aside(row):
            rest = rules.by_rule([state for state in states if state[0].id not in gone])
            span = Span(np.where(whom, rest.low, span.low), np.where(whom, rest.high, span.high))
        return span

    def _heard(self, row: Criterion, part: Part, is_heard: bool = True) -> State:
        """Hear both witnesses on a part: its fact, and its column or (if that is not heard) points for the row."""
        fact: Span[Any] = Span(*self.facts.holds(part.test)) if part.test else Span(False, True)
        name, stays = self._column_of(row, part), part.is_only_shown(self.readings["missed_threshold"])
        if not is_heard:
            return (part, fact.low, stays or fact.high)
        if name not in self.columns:
            return (part, *fact)
        values = self.columns[name]
        met, blank = values == 1, np.isnan(values)
        answer, can_be = Span(met, met | blank), fact.high | ~blank if stays else fact.high
        return (part, *(answer if fact.low is False else both_heard(answer, Span(fact.low, can_be))))

    def _said(self, row: Criterion, lattice: int) -> tuple[Span[Any] | None, NDArray[np.bool_] | None]:
        """Return the points answered outright, scaled where the maximum changed, and for whom there are any."""
        sources = self.sources_of(row.id)
        ratio = _ratio(row, sources)
        if len(sources) > 1:
            return self._joined(row, int(lattice * ratio))
        if not sources or sources[0].id not in self.columns:
            return None, None
        points = self.population.points(sources[0].id)
        if not points.known.any():
            return None, None
        found = points.whole.astype(np.int64) * int(lattice * ratio / points.denominator)
        return Span(found, found), points.known

    def _joined(self, row: Criterion, lattice: int) -> tuple[Span[Any] | None, NDArray[np.bool_] | None]:
        """Return the points of the rows merged into one, added, and for whom: who answered more than parts of it."""
        sources = self.sources_of(row.id)
        names = {part: self._column_of(row, part) for part in row.parts.values()}
        by_parts = {*names.values(), *(f"{name}.{NOT_APPLICABLE}" for part, name in names.items() if part.optional)}
        own = [name for name in self.columns if name.partition(".")[0] in [source.id for source in sources]]
        known = [self._is_given(name) for name in own if name not in by_parts]
        if not known:
            return None, None
        spans = [self._old._row(source, lattice) for source in sources]
        return Span(sum(s.low for s in spans), sum(s.high for s in spans)), np.logical_or.reduce(known)

    def _is_given(self, name: str) -> NDArray[np.bool_]:
        """Return for whom a column says something; that a row or a part applies does not count."""
        values = self.columns[name]
        return np.asarray(values == 1 if name.endswith(NOT_APPLICABLE) else ~np.isnan(values), np.bool_)


def _ratio(row: Criterion, sources: tuple[Criterion, ...]) -> Fraction:
    """Return what a point of the sources is worth in the row."""
    before = sum(Fraction(source.max_score or 0) for source in sources)
    return Fraction(row.max_score or 0) / before if before and row.max_score is not None else Fraction(1)


def is_too_fine(standard: Standard, lattice: int) -> bool:
    """Say whether points are so fine that 64 bits do not hold the total."""
    return 4 * lattice * max(1, standard.maximum) >= 2**63


def check_size(standard: Standard, lattice: int) -> None:
    """Raise where points are so fine that 64 bits do not hold the total."""
    if is_too_fine(standard, lattice):
        raise too_fine(lattice, standard.standard)
