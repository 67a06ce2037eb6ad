"""Distributions on whole numbers, dense: sums of independent numbers by direct convolution, so that tails are exact."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lsstd.exact import Exact

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
    """Return the same distribution on a lattice that many times as fine."""
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
