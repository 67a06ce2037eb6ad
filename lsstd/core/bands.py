"""Grades from scores: the bands as printed, and as a reading completes them where they leave gaps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from lsstd.core.exact import Exact
from lsstd.core.standard import Band, End


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a score is from a line; beyond it where the line itself does not belong to the grade."""

    grade: str
    points: Exact
    beyond: bool


def gaps(bands: tuple[Band, ...]) -> list[tuple[Band, Band]]:
    """Return the neighbours (higher, lower) between which scores lie that no band holds."""
    return [(high, low) for high, low in pairwise(bands) if _is_gap(high.lower, low.upper)]


def _is_gap(above: End | None, below: End | None) -> bool:
    if above is None or below is None:
        return False
    return below.value < above.value or (below.value == above.value and not (above.closed or below.closed))


def complete(bands: tuple[Band, ...], reading: str) -> tuple[Band, ...]:
    """Return the bands with their gaps given to a neighbour, as the reading ``between_bands`` says.

    Parameters
    ----------
    bands : tuple of Band
        Highest first.
    reading : {"lower", "none", "upper", "nearest"}
        Which neighbour a score in a gap belongs to; a score in the middle counts as nearest to the lower.
    """
    done = list(bands)
    if reading == "none":
        return bands
    for i, (high, low) in enumerate(pairwise(bands)):
        above, below = high.lower, low.upper
        if above is None or below is None or not _is_gap(above, below):
            continue
        if reading == "lower":
            done[i + 1] = done[i + 1].model_copy(update={"upper": End(value=above.value, closed=not above.closed)})
        elif reading == "upper":
            done[i] = done[i].model_copy(update={"lower": End(value=below.value, closed=not below.closed)})
        else:
            middle = Fraction(above.value + below.value) / 2
            done[i + 1] = done[i + 1].model_copy(update={"upper": End(value=middle, closed=True)})
            done[i] = done[i].model_copy(update={"lower": End(value=middle, closed=False)})
    return tuple(done)


def between(bands: tuple[Band, ...], score: Exact) -> tuple[Band, Band] | None:
    """Return the two printed bands (higher, lower) that a score falls between, if it does."""
    for high, low in gaps(bands):
        assert high.lower is not None
        assert low.upper is not None
        above = score > low.upper.value or (score == low.upper.value and not low.upper.closed)
        below = score < high.lower.value or (score == high.lower.value and not high.lower.closed)
        if above and below:
            return high, low
    return None


def grade_of(completed: tuple[Band, ...], score: Exact) -> str | None:
    """Return the grade of a score, None below or outside every band."""
    return next((band.grade for band in completed if band.holds(score)), None)


def distance_up(completed: tuple[Band, ...], score: Exact) -> Distance | None:
    """Return how many points are missing to the next grade, None at the highest (or without bands)."""
    for band in reversed(completed):
        line = band.lower
        if line is not None and (score < line.value or (score == line.value and not line.closed)):
            return Distance(band.grade, line.value - score, not line.closed)
    return None


def cushion_down(completed: tuple[Band, ...], score: Exact) -> Distance | None:
    """Return how many points may be lost before the grade is, None outside every band."""
    for band in completed:
        if band.holds(score):
            return None if band.lower is None else Distance(band.grade, score - band.lower.value, not band.lower.closed)
    return None
