"""Sums and grades of many subjects at once: numbers only, whole numbers only.

Points are counted in units of one over a lattice (12 where a row gives quarters and thirds of a point), one
contiguous column of unsigned integers a row of the table. Columns are added in blocks that stay in the cache,
into the smallest integers that can hold a sum; no float is involved, so every result is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Column: TypeAlias = NDArray[np.unsignedinteger[Any]]
BLOCK = 1 << 17
"""Subjects added up at a time: a column of bytes, and a sum of two bytes each, stay in a core's own cache."""


@dataclass(frozen=True, slots=True)
class Node:
    """A sum: of which columns, of which nodes before it, and the most that it can be."""

    columns: tuple[int, ...]
    nodes: tuple[int, ...]
    largest: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is added up, and where grades begin.

    Parameters
    ----------
    nodes : tuple of Node
        Each after the nodes that it adds; the last is the total.
    edges : tuple of int
        Rising totals at which a new stretch of one grade begins.
    step : int
        What the total is rounded to, a half upwards; 0 leaves it as it is.
    """

    nodes: tuple[Node, ...]
    edges: tuple[int, ...]
    step: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """A column a node, the last the total, and the stretch (number of edges passed) in which each total lies."""

    nodes: tuple[NDArray[Any], ...]
    total: NDArray[Any]
    stretch: NDArray[np.uint8]


def smallest(largest: int) -> np.dtype[Any]:
    """Return the smallest unsigned integer type that holds a number.

    Examples
    --------
    >>> smallest(255), smallest(256)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(largest)


def add_up(columns: Sequence[Column], plan: Plan, largest: Sequence[int] | None = None) -> Sums:
    """Add columns up to every node of a plan, and find the stretch of each total.

    Parameters
    ----------
    columns : sequence of arrays
        Unsigned integers, equally long.
    plan : Plan
    largest : sequence of int, optional
        The most that each column may hold; a larger value raises.

    Raises
    ------
    ValueError
        A value above `largest`: which column, which subject.
    """
    count = len(columns[0]) if columns else 0
    sums = [np.empty(count, smallest(max(node.largest, plan.step))) for node in plan.nodes]
    stretch = np.empty(count, np.uint8)
    if largest is not None and count:
        _check(columns, largest)
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        for node, out in zip(plan.nodes, sums, strict=True):
            _add([columns[i][block] for i in node.columns], [sums[i][block] for i in node.nodes], out[block])
        if plan.step:
            round_to(sums[-1][block], plan.step)
        find_stretch(sums[-1][block], plan.edges, stretch[block])
    return Sums(tuple(sums), sums[-1], stretch)


def _check(columns: Sequence[Column], largest: Sequence[int]) -> None:
    for i, (column, most) in enumerate(zip(columns, largest, strict=True)):
        if np.maximum.reduce(column) > most:
            subject = int(np.argmax(column > most))
            raise ValueError(f"column {i}, subject {subject}: {column[subject]} is more than {most}")


def _add(columns: Sequence[Column], nodes: Sequence[Column], out: Column) -> None:
    """Add columns and sums in place."""
    addends = [*columns, *nodes]
    if not addends:
        out[:] = 0
        return
    if len(addends) == 1:
        out[:] = addends[0]
        return
    np.add(addends[0], addends[1], out=out, dtype=out.dtype)
    for addend in addends[2:]:
        np.add(out, addend, out=out)


def round_to(values: Column, step: int) -> None:
    """Round to the nearest multiple of a step in place, a half upwards."""
    values[:] = (values.astype(np.uint64) * 2 + step) // (2 * step) * step


def find_stretch(total: Column, edges: Sequence[int], out: NDArray[np.uint8]) -> None:
    """Count the edges that each total has passed: one comparison an edge is faster than a search or a table."""
    out[:] = 0
    most = np.iinfo(total.dtype).max
    for edge in edges:
        if edge <= most:
            np.add(out, (total >= total.dtype.type(edge)).view(np.uint8), out=out)


def count_stretches(total: Column, edges: Sequence[int]) -> list[int]:
    """Return how many totals lie in each stretch."""
    passed = [len(total)]
    most = np.iinfo(total.dtype).max
    for edge in edges:
        passed.append(int(np.count_nonzero(total >= total.dtype.type(edge))) if edge <= most else 0)
    return [here - beyond for here, beyond in zip(passed, [*passed[1:], 0], strict=True)]


def change(
    total: Column, old: Sequence[Column], new: Sequence[Column], largest: int, swing: int | None = None
) -> Column:
    """Return totals in which some columns are replaced: what a reform changes is all that is added anew.

    Parameters
    ----------
    total : array
        The sums with the old columns, unrounded.
    old, new : sequence of arrays
        The columns that go and that come, in the units of `total`.
    largest : int
        The most that a new total can be.
    swing : int, optional
        The most that a total can move either way; where a byte holds it, bytes are added up first.
    """
    out = total.astype(smallest(largest))
    is_narrow = swing is not None and swing < 128 and all(column.itemsize == 1 for column in (*old, *new))
    for start in range(0, len(out), BLOCK):  # unsigned integers wrap, so the order does not matter
        block = slice(start, start + BLOCK)
        into = np.zeros(len(out[block]), np.uint8) if is_narrow else out[block]
        for come in new:
            np.add(into, come[block], out=into)
        for gone in old:
            np.subtract(into, gone[block], out=into)
        if is_narrow:
            np.add(out[block], into.view(np.int8).astype(out.dtype), out=out[block])
    return out
