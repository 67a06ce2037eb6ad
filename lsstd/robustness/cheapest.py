"""The fewest rows that bring something about: an exact search, shortest sets first, that owns up where it stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Chains: TypeAlias = list[list[str]]
"""Rows in groups; of a group the first so many always do at least as much as any other so many."""


@dataclass(frozen=True, slots=True)
class Found:
    """The fewest rows, and how far they were sought.

    Parameters
    ----------
    names : tuple of str or None
        None: there are none, or, where `stopped_at` is set, none was found before the search stopped.
    tried : int
        How many sets were tried.
    stopped_at : int
        The number of rows at which the search stopped (fewer do not suffice); 0 where it came to its end.
    """

    names: tuple[str, ...] | None
    tried: int
    stopped_at: int

    def to_dict(self) -> dict[str, Any]:
        """Return how far the search went, as JSON holds it."""
        return {"complete": not self.stopped_at, "tried": self.tried, "more_than": max(self.stopped_at - 1, 0) or None}


class _Stopped(Exception):
    """So many sets were tried."""


def fewest(chains: Chains, suffices: Callable[[set[str]], bool], limit: int) -> Found:
    """Return the fewest rows that suffice.

    Parameters
    ----------
    chains : list of lists of str
    suffices : callable
        Whether a set of rows does; with more rows it still does.
    limit : int
        So many sets are tried at most.
    """
    tried = 0

    def does(names: set[str]) -> bool:
        nonlocal tried
        if tried >= limit:
            raise _Stopped
        tried += 1
        return suffices(names)

    size = 0
    try:
        if not does({name for chain in chains for name in chain}):
            return Found(None, tried, 0)
        longest_first = sorted(chains, key=len, reverse=True)
        for size in range(sum(map(len, chains)) + 1):
            if (found := _of_size(longest_first, size, does)) is not None:
                return Found(found, tried, 0)
    except _Stopped:
        return Found(None, tried, max(size, 1))
    raise AssertionError("all of them suffice")


def _of_size(
    chains: Chains, size: int, does: Callable[[set[str]], bool], chosen: tuple[str, ...] = ()
) -> tuple[str, ...] | None:
    """Return the rows chosen with so many more that together suffice; None if there are none.

    A branch is left as soon as its rows, with the first so many of every further chain, do not suffice.
    """
    hopeful = (*chosen, *(name for chain in chains for name in chain[:size]))
    if len(hopeful) < len(chosen) + size or not does(set(hopeful)):
        return None
    if len(hopeful) == len(chosen) + size:
        return hopeful
    for count in range(min(size, len(chains[0])), -1, -1):
        found = _of_size(chains[1:], size - count, does, (*chosen, *chains[0][:count]))
        if found is not None:
            return found
    return None
