"""Integer programs, built row by row and solved by HiGHS, whose word that there is no answer is asked for twice."""

from __future__ import annotations

import ctypes
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

LONGEST = 60.0
"""Seconds after which a solver gives up."""


class Solved(NamedTuple):
    """The values of all variables, what no other values can undercut, and whether the solver came to its end."""

    values: list[float]
    bound: float
    is_optimal: bool


class Program:
    """An integer program that grows variable by variable and row by row; the sum of the costs is to be small."""

    def __init__(self) -> None:
        self.objective: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self._rows: list[tuple[Mapping[int, float], float, float]] = []

    def variable(self, low: float = 0, high: float = 1, cost: float = 0) -> int:
        """Add a variable, whole numbers between two values, and return its place."""
        for column, value in ((self.objective, cost), (self.low, low), (self.high, high)):
            column.append(float(value))
        return len(self.objective) - 1

    def add(self, terms: Mapping[int, float], low: float = -math.inf, high: float = math.inf) -> None:
        """Add a row: the sum of these variables, each times its factor, lies between two values."""
        self._rows.append((terms, low, high))

    def solve(self, seconds: float = LONGEST, presolves: tuple[bool, ...] = (True, False)) -> Solved | None:
        """Return the best values of all variables, or None if none satisfy every row, or none were found in time.

        A solver once called a feasible program infeasible, in its presolve; so that is asked for twice.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        places = [
            (row, column, factor) for row, (terms, *_) in enumerate(self._rows) for column, factor in terms.items()
        ]
        constraints = []
        if places:
            rows, columns, factors = zip(*places, strict=True)
            matrix = coo_array((factors, (rows, columns)), shape=(len(self._rows), len(self.objective))).tocsr()
            constraints = [LinearConstraint(matrix, [r[1] for r in self._rows], [r[2] for r in self._rows])]
        bounds, whole = Bounds(np.array(self.low), np.array(self.high)), np.ones(len(self.objective))
        end = time.perf_counter() + max(seconds, 0.01)
        for presolve in presolves:
            left = end - time.perf_counter()
            if left <= 0:
                return None
            options = {"mip_rel_gap": 0.0, "presolve": presolve, "time_limit": left}
            with _silence():
                found = milp(self.objective, constraints=constraints, bounds=bounds, integrality=whole, options=options)
            if found.x is not None:
                bound = found.mip_dual_bound  # none where time was out before the first; no cost is below 0
                known = bound is not None and math.isfinite(bound)
                return Solved(found.x.tolist(), float(bound) if known else 0.0, found.status == 0)
        return None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what HiGHS (1.12) prints, whatever its options, out of a command's one JSON document."""
    flush = ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush
    flush(None)
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        flush(None)
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
