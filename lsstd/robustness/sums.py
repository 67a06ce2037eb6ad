"""Independent branches of the tree brought together: sums by convolution, all else pair by pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lsstd.exact import Exact, total, whole
from lsstd.robustness import lattice
from lsstd.robustness.outcomes import TooLarge
from lsstd.robustness.watch import Marks, Watch
from lsstd.standard.scoring_table import Criterion, Indicator

MOST_PAIRS, MOST_WIDE, MOST_DENSE, FEW = 4_000_000, 2_000_000, 4_000_000_000, 400
"""So many pairs of outcomes are combined; dense ones may be so wide, with so many products; up to FEW go by pairs."""


class Branch(NamedTuple):
    """What an indicator turned out to be."""

    points: Exact
    maximum: Exact
    applies: bool
    marks: Marks


class Sum(NamedTuple):
    """Branches added up so far: points within the maximum, on top of it, the maximum; whether any applies."""

    within: Any
    extra: Exact
    maximum: Any
    applies: bool
    marks: Marks


Sides = dict[Sum, dict[Exact, float]]
"""Chances of points, by what else was added up."""


def merged(watch: Watch, node: Indicator | None, one: dict[Sum, float], two: dict[Sum, float]) -> dict[Sum, float]:
    """Combine independent branches: sums densely where there are many, all others pair by pair."""
    if (node is None or node.combine == "sum") and len(one) * len(two) > FEW:
        sides = [_by_rest(side) for side in (one, two)]
        step = lattice.denominator([points for side in sides for held in side.values() for points in held])
        if _fits(sides, step):
            return _convolved(watch, sides[0], sides[1], step)
    if len(one) * len(two) > MOST_PAIRS:
        raise TooLarge(len(one) * len(two))
    keep = _keeper(node)
    found: dict[Sum, float] = defaultdict(float)
    for a, p in one.items():
        for b, q in two.items():
            within, top = keep((*a.within, *b.within)), keep((*a.maximum, *b.maximum))
            marks = watch.merged(a.marks, b.marks)
            found[Sum(within, whole(a.extra + b.extra), top, a.applies or b.applies, marks)] += p * q
    return found


def _convolved(watch: Watch, one: Sides, two: Sides, step: int) -> dict[Sum, float]:
    """Add independent sums on the lattice that holds all their points, a convolution for each pair of the rest."""
    laid = [{rest: lattice.on(step, chances) for rest, chances in side.items()} for side in (one, two)]
    found: dict[Sum, float] = defaultdict(float)
    for a, p in laid[0].items():
        for b, q in laid[1].items():
            top = total((*a.maximum, *b.maximum))
            rest = Sum((), whole(a.extra + b.extra), (top,), a.applies or b.applies, watch.merged(a.marks, b.marks))
            for points, chance in lattice.off(step, lattice.add([p, q])).items():
                found[rest._replace(within=(points,))] += chance
    return found


def components(
    units: Sequence[tuple[Indicator | Criterion, frozenset[str]]],
) -> list[tuple[list[Indicator | Criterion], set[str]]]:
    """Group branches that hang on the same events; return each group with the events that several of it share."""
    groups: list[tuple[list[Indicator | Criterion], set[str], frozenset[str]]] = []
    for unit, events in units:
        touched = [group for group in groups if group[2] & events]
        shared = {event for group in touched for event in group[1] | (group[2] & events)}
        together = ([u for g in touched for u in g[0]] + [unit], shared, events.union(*(g[2] for g in touched)))
        groups = [group for group in groups if group not in touched] + [together]
    return [(members, shared) for members, shared, _ in groups]


def _keeper(node: Indicator | None) -> Callable[[tuple[Exact, ...]], tuple[Exact, ...]]:
    """Return what keeps of several points those that a node may still need."""
    if node is None or node.combine == "sum":
        return lambda values: (total(values),) if values else ()
    if node.combine == "best":
        return lambda values: tuple(sorted(values, reverse=True)[: node.best])
    pick = min if node.combine == "minimum" else max
    return lambda values: (pick(values),) if values else ()


def _by_rest(sums: dict[Sum, float]) -> Sides:
    """Group sums by all but their points."""
    grouped: Sides = defaultdict(lambda: defaultdict(float))
    for found, p in sums.items():
        grouped[found._replace(within=())][total(found.within)] += p
    return grouped


def _fits(sides: list[Sides], step: int) -> bool:
    """Whether sums are best laid densely on a lattice of these steps."""
    wide = [step * float(max(max(s) for s in side.values()) - min(min(s) for s in side.values())) for side in sides]
    return max(wide) <= MOST_WIDE and (1 + wide[0]) * (1 + wide[1]) <= MOST_DENSE
