"""The rules of rows for many subjects at once, in whole numbers of units of one over a lattice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, exact, whole
from lsstd.population.facts import Heard
from lsstd.standard.scoring_table import Criterion, Measured, Part

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
