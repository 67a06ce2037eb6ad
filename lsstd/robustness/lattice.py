"""Distributions on whole numbers: sums of independent ones by direct convolution, exact to the last digits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact, whole

Array = NDArray[np.float64]
WIDE = 20_000_000
"""From so many products on a Fourier transform is far quicker."""


class Pmf(NamedTuple):
    """The chances of the whole numbers from `start` on."""

    start: int
    chances: Array


def add(pmfs: Sequence[Pmf]) -> Pmf:
    """Return the distribution of the sum of independent numbers (direct, so that the tails are exact, too)."""
    start, chances = 0, np.ones(1)
    for pmf in pmfs:
        start += pmf.start
        chances = np.convolve(chances, pmf.chances) if len(pmf.chances) > 1 else chances * pmf.chances[0]
    return Pmf(start, chances)


def denominator(values: Mapping[Exact, float] | Sequence[Exact]) -> int:
    """Return the smallest number that makes all values whole."""
    return math.lcm(*(value.denominator for value in values))


def on(lattice: int, chances: Mapping[Exact, float]) -> Pmf:
    """Lay chances of exact values on the whole numbers of ``1 / lattice``."""
    units = [value.numerator * (lattice // value.denominator) for value in chances]
    low, high = min(units), max(units)
    dense = np.zeros(high - low + 1)
    np.add.at(dense, np.asarray(units) - low, list(chances.values()))
    return Pmf(low, dense)


def off(lattice: int, pmf: Pmf) -> dict[Exact, float]:
    """Return the exact values of a distribution laid on a lattice, with their chances."""
    held = np.flatnonzero(pmf.chances)
    values = [int(unit) + pmf.start for unit in held]
    if lattice > 1:
        return {whole(Fraction(v, lattice)): float(pmf.chances[u]) for v, u in zip(values, held, strict=True)}
    return dict(zip(values, pmf.chances[held].tolist(), strict=True))


def without_each(pmfs: Sequence[Pmf]) -> list[Pmf]:
    """Return, for each of several independent numbers, the distribution of the sum of the others.

    By sums from the front and sums from the back, which are convolved where they meet; very wide ones by Fourier
    transform, exact to 1e-15 of the whole though no longer in the tails.
    """
    if not pmfs:
        return []
    front, back = [Pmf(0, np.ones(1))], [Pmf(0, np.ones(1))]
    for pmf in pmfs[:-1]:
        front.append(add([front[-1], pmf]))
    for pmf in reversed(pmfs[1:]):
        back.append(add([back[-1], pmf]))
    return [_met(*pair) for pair in zip(front, reversed(back), strict=True)]


def _met(front: Pmf, back: Pmf) -> Pmf:
    if len(front.chances) * len(back.chances) <= WIDE:
        return add([front, back])
    from scipy.signal import fftconvolve

    return Pmf(front.start + back.start, np.maximum(fftconvolve(front.chances, back.chances), 0))
