"""The fewest rows that bring something about: an exact search that says where it stopped.

A solver of integer programs would serve a total that is a sum, where sorting is already exact; minima, best-of and
demands would need more lines to be encoded for it than this search has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

Chains: TypeAlias = list[list[str]]
"""Rows in groups: of each group the first few always do at least as much as any other of that number."""


@dataclass(frozen=True, slots=True)
class FewestRows:
    """The fewest rows that bring something about, and how far they were sought.

    Parameters
    ----------
    names : tuple of str or None
        None: there are none, or, where `stopped_at` is set, none was found before the search stopped.
    tried : int
        How many sets were tried.
    stopped_at : int
        The number of rows at which the search stopped (fewer do not suffice); 0 where it was completed.
    """

    names: tuple[str, ...] | None
    tried: int
    stopped_at: int

    def to_dict(self) -> dict[str, Any]:
        """Return how far the search went, as JSON holds it."""
        return {"complete": not self.stopped_at, "tried": self.tried, "more_than": max(self.stopped_at - 1, 0) or None}


class _LimitReached(Exception):
    """As many sets were tried as may be."""


def fewest(chains: Chains, suffices: Callable[[set[str]], bool], limit: int) -> FewestRows:
    """Return the fewest rows that suffice, by an exact search, smallest sets first.

    Parameters
    ----------
    suffices : callable
        Whether a set of rows does; with more rows it still does.
    limit : int
        Most sets that are tried.
    """
    tried, size = 0, 0
    longest_first = sorted(chains, key=len, reverse=True)

    def does(names: Iterable[str]) -> bool:
        nonlocal tried
        if tried >= limit:
            raise _LimitReached
        tried += 1
        return suffices(set(names))

    def search(chains: Chains, left: int, chosen: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Choose some more rows; leave a branch if even the first of every further chain do not suffice with it."""
        hopeful = (*chosen, *(name for chain in chains for name in chain[:left]))
        if len(hopeful) < len(chosen) + left or not does(hopeful):
            return None
        if len(hopeful) == len(chosen) + left:
            return hopeful
        counts = range(min(left, len(chains[0])), -1, -1)
        found = (search(chains[1:], left - count, (*chosen, *chains[0][:count])) for count in counts)
        return next((names for names in found if names is not None), None)

    try:
        names = None
        if does(name for chain in chains for name in chain):
            while (names := search(longest_first, size)) is None:
                size += 1
        return FewestRows(names, tried, 0)
    except _LimitReached:
        return FewestRows(None, tried, max(size, 1))
