"""Chances: distributions on whole numbers; how likely the unknown is; and a common factor behind all of it.

Sums of independent numbers are dense, by direct convolution, so that tails are exact. A common factor is overall
maturity, or how strict the assessor is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lsstd.errors import LsstdError, Problem, Problems
from lsstd.exact import Exact, shown, total
from lsstd.files.reading import read_plain
from lsstd.files.strict_yaml import Parsed
from lsstd.standard.models import Model, Positive, read_model
from lsstd.words import Text, clip, msg, msg_in

Array = NDArray[np.float64]
WIDE = 20_000_000  # above this many products a Fourier transform is far quicker than direct convolution


class Pmf(NamedTuple):
    """The chances of the whole numbers from `start` on."""

    start: int
    chances: Array


NOTHING = Pmf(0, np.ones(1))


def add(pmfs: Iterable[Pmf]) -> Pmf:
    """Return the distribution of the sum of independent numbers."""
    start, chances = 0, NOTHING.chances
    for pmf in pmfs:
        start += pmf.start
        if len(pmf.chances) > 1 or pmf.chances[0] != 1:  # settled ones only shift the sum
            chances = _convolved(chances, pmf.chances)
    return Pmf(start, chances)


def _convolved(one: Array, other: Array) -> Array:
    """Convolve directly; where one has few values, far apart (rows on a fine lattice), by shifted copies."""
    wide, narrow = (one, other) if len(one) >= len(other) else (other, one)
    if len(narrow) == 1:
        return wide if narrow[0] == 1 else np.asarray(wide * narrow[0])
    held = np.flatnonzero(narrow) if len(narrow) > 64 else ()
    if not 0 < 8 * len(held) < len(narrow):
        return np.convolve(wide, narrow)
    found = np.zeros(len(wide) + len(narrow) - 1)
    for place in held:
        found[place : place + len(wide)] += narrow[place] * wide
    return found


def mixed(pmfs: Sequence[Pmf]) -> Pmf:
    """Return the mixture of distributions that are already multiplied by their weights."""
    start = min(pmf.start for pmf in pmfs)
    found = np.zeros(max(pmf.start + len(pmf.chances) for pmf in pmfs) - start)
    for pmf in pmfs:
        found[pmf.start - start : pmf.start - start + len(pmf.chances)] += pmf.chances
    return Pmf(start, found)


def finer(pmf: Pmf, times: int) -> Pmf:
    """Return the same distribution on a lattice finer by this factor."""
    if times == 1:
        return pmf
    found = np.zeros((len(pmf.chances) - 1) * times + 1)
    found[::times] = pmf.chances
    return Pmf(pmf.start * times, found)


def denominator(values: Iterable[Exact]) -> int:
    """Return the smallest number that makes all values whole."""
    return math.lcm(*(value.denominator for value in values))


def on(lattice: int, chances: Mapping[Exact, float]) -> Pmf:
    """Lay chances of exact values on the whole numbers of ``1 / lattice``."""
    units = [value.numerator * (lattice // value.denominator) for value in chances]
    low = min(units)
    dense = np.zeros(max(units) - low + 1)
    for unit, p in zip(units, chances.values(), strict=True):
        dense[unit - low] += p
    return Pmf(low, dense)


def without_each(pmfs: Sequence[Pmf]) -> list[Pmf]:
    """Return, for each of several independent numbers, the distribution of the sum of the others.

    By sums from the front and sums from the back, which are convolved where they meet; very wide ones by Fourier
    transform, exact to 1e-15 of the whole though no longer in the tails.
    """
    front, back = [NOTHING], [NOTHING]
    for pmf in pmfs[:-1]:
        front.append(add([front[-1], pmf]))
    for pmf in reversed(pmfs[1:]):
        back.append(add([back[-1], pmf]))
    return [_met(*pair) for pair in zip(front, reversed(back), strict=True)] if pmfs else []


def _met(front: Pmf, back: Pmf) -> Pmf:
    if len(front.chances) * len(back.chances) <= WIDE:
        return add([front, back])
    from scipy.signal import fftconvolve

    return Pmf(front.start + back.start, np.maximum(fftconvolve(front.chances, back.chances), 0))


# ── the unknown ──────────────────────────────────────────────────────────────────────────────────────────────────


class UnknownChance(NamedTuple):
    """How likely the unknown is.

    Parameters
    ----------
    unknown : float
        The chance that an unknown row, part or demand on a fact is met.
    odds : float
        What the odds of everything uncertain are multiplied by (a common factor; 1 changes nothing).
    """

    unknown: float = 0.5
    odds: float = 1.0

    @property
    def met(self) -> float:
        """The chance that an unknown is met."""
        return self.unknown * self.odds / (1 - self.unknown + self.unknown * self.odds)

    def between(self, low: Exact, high: Exact) -> dict[Exact, float]:
        """Return the lower number with the chance that an unknown is not met, else the higher; none of chance 0."""
        return {points: p for points, p in {low: 1 - self.met, high: self.met}.items() if p > 0}

    def tilted(self, chances: Mapping[Exact, float]) -> dict[Exact, float]:
        """Return chances of points, tilted by the odds in proportion to the place between the lowest and highest."""
        if self.odds == 1 or len(chances) < 2:
            return dict(chances)
        low, high = min(chances), max(chances)
        tilted = {
            points: p * self.odds ** float(Fraction(points - low) / (high - low)) for points, p in chances.items()
        }
        together = sum(tilted.values())
        return {points: p / together for points, p in tilted.items()}


class FactorLevel(Model):
    """One level of the factor: how likely it is, and what it does to the odds of everything uncertain."""

    name: str = ""
    weight: Positive
    odds: Positive = Field(description="2 doubles the odds that an unknown is met, 0.5 halves them")


class Common(Model):
    """A factor that everything uncertain shares; its levels exclude each other and their weights sum to 1."""

    common: str = Field(min_length=1, max_length=200, description="what it is")
    levels: tuple[FactorLevel, ...] = Field(min_length=1, max_length=100, strict=False)


def load_common(path: str | Path | Parsed) -> Common:
    """Return a common factor from a YAML or JSON file.

    Raises
    ------
    FileError, InvalidFile
        The file cannot be read; it has no levels, weights that do not sum to 1, or numbers that are not above 0 (all
        problems at once).

    Examples
    --------
    >>> [str(level.weight) for level in lsstd.load_common("data/factors/maturity.yaml").levels]
    ['3/10', '2/5', '3/10']
    """
    parsed = read_plain(path)
    problems, title = Problems(parsed.lines), msg("{name} is not a valid common factor", name=parsed.path.name)
    factor = read_model(Common, parsed.value, problems, title)
    together = total(level.weight for level in factor.levels)
    if abs(float(together) - 1) > 1e-9:
        found = msg_in("weights", "they sum to {together}", together=shown(together, 6))
        problems.add("levels.weight", found, "1")
    problems.raise_if_any(title)
    return factor


def chances_of(unknown: float, common: Common | None = None) -> list[tuple[UnknownChance, float]]:
    """Return the chance of the unknown at each level of the common factor, with the level's weight.

    Raises `LsstdError`: a chance outside 0 to 1.
    """
    if not 0 <= unknown <= 1:  # NaN included
        problem = Problem("--unknown", Text(*[clip(unknown)] * 2), msg("from 0 to 1"))
        raise LsstdError(msg("invalid chance"), [problem])
    if common is None:
        return [(UnknownChance(unknown), 1.0)]
    together = float(total(level.weight for level in common.levels))
    return [(UnknownChance(unknown, float(level.odds)), float(level.weight) / together) for level in common.levels]
