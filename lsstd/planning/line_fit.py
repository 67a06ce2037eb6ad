"""Grade lines fitted to judgements, as numbers only: the smallest total of grades apart, exactly.

Scores are whole numbers of units, lines whole numbers of a step of some units. Between two neighbouring lines the grade
of a score is fixed, so what lines cost is a sum with a term for each line. A chain of minima over the places at which
a line passes a score finds the least exactly, and every place that attains it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Side: TypeAlias = tuple[int, Literal["left", "right"]]
Run: TypeAlias = tuple[int, int]
"""A stretch of places that a line can take, both ends included."""


class MovingLine(NamedTuple):
    """The line of a grade as it can move, in steps.

    Parameters
    ----------
    printed : int
        Where it stands.
    anchor : int
        Lines a round number of steps away from it are round, too, as printed ones are: 391 where 401 is printed.
    room : int
        How far above the line below it is at least.
    ends : pair of (int, side)
        Which scores pass it, in units from its place: those after the first end are no longer of the grade below,
        those after the second are of its own; in between (where bands leave a gap) they are of none.
    """

    printed: int
    anchor: int
    room: int
    ends: tuple[Side, Side]


class Fit(NamedTuple):
    """The smallest total of grades apart, the places of each line that attain it, and one combination that does."""

    cost: int
    runs: list[list[Run]]
    places: list[int]


Pick: TypeAlias = Callable[[MovingLine, Sequence[Run]], int]


class LineFit:
    """By how many grades judgements and lines are apart, for every place of the lines.

    Parameters
    ----------
    lines : sequence of MovingLine
        The lowest first.
    scores, judged : array
        Of each judgement: the score in units, and the rank judged.
    given : array
        A row a judgement, a column a number of lines passed: the rank that the subject then has; the last column is
        that between two bands.
    step : int
        Units to a step.
    highest : int
        The highest place that the highest line can take.
    """

    def __init__(
        self, lines: Sequence[MovingLine], scores: Whole, judged: Whole, given: Whole, step: int, highest: int
    ) -> None:
        self.lines, self.step, self.order = lines, step, np.argsort(scores, kind="stable")
        self.judged, self.given = judged[self.order], given[self.order]
        self.scores, self.starts = np.unique(scores[self.order], return_index=True)
        # Lines that keep their room are lines in order once each is lowered by the room of all below it.
        self.rooms = list(accumulate(line.room for line in lines))
        self.past = highest - self.rooms[-1] + 1
        shifted = [(line, room, end) for line, room in zip(lines, self.rooms, strict=True) for end, _ in line.ends]
        passes = [(self.scores - end) // step - room for _, room, end in shifted]
        lowest = min(0, int(self.scores[0]) // step)
        places = np.unique(np.concatenate([[lowest], *passes, *(each + 1 for each in passes)]))
        self.places = places[(places >= lowest) & (places < self.past)]
        self.passed = [self._passed(line, self.places + room) for line, room in zip(lines, self.rooms, strict=True)]

    def _passed(self, line: MovingLine, places: Any) -> list[Any]:
        """Return how many of the scores are before each end of a line, wherever it is."""
        return [np.searchsorted(self.scores, places * self.step + end, side) for end, side in line.ends]

    def best(self, weights: Whole, pick: Pick) -> Fit:
        """Return the smallest total of grades apart, and the lines that attain it.

        Parameters
        ----------
        weights : array
            How often each judgement counts.
        pick : callable
            Chooses the place of a line among runs, of the highest line first; the others follow within what is left.
        """
        terms, constant = self._terms(weights)
        up, down = [terms[0]], [terms[-1]]
        for term, back in zip(terms[1:], terms[-2::-1], strict=True):
            up.append(term + np.minimum.accumulate(up[-1]))
            down.append(back + np.minimum.accumulate(down[-1][::-1])[::-1])
        least = up[-1].min()
        together = [u + d - term == least for u, d, term in zip(up, down[::-1], terms, strict=True)]
        runs = [self._runs(mask, room) for mask, room in zip(together, self.rooms, strict=True)]
        chosen: list[int] = []
        cap, mask = self.past - 1, up[-1] == least
        for k in range(len(terms) - 1, -1, -1):
            room = self.rooms[k]
            within = [(low, min(high, cap + room)) for low, high in self._runs(mask, room) if low <= cap + room]
            chosen.insert(0, pick(self.lines[k], within))
            cap = chosen[0] - room
            so_far = up[k - 1][: np.searchsorted(self.places, cap, "right")]
            mask = np.arange(len(self.places)) < 0
            mask[: len(so_far)] = so_far == so_far.min()
        return Fit(constant + int(least), runs, chosen)

    def _terms(self, weights: Whole) -> tuple[list[Whole], int]:
        """Return what each line adds at each place, and what no line changes."""
        each = np.abs(self.given - self.judged[:, None]) * weights[self.order, None]
        sums = np.cumsum(np.add.reduceat(each, self.starts), axis=0)
        before = np.concatenate([np.zeros_like(sums[:1]), sums])
        terms = [
            before[end, k] - before[begin, k + 1] + before[begin, -1] - before[end, -1]
            for k, (end, begin) in enumerate(self.passed)
        ]
        return terms, int(before[-1, len(self.lines)])

    def _runs(self, mask: NDArray[np.bool_], room: int) -> list[Run]:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]])))
        return [
            (int(low), int(high) - 1) for low, high in (np.append(self.places, self.past)[edges] + room).reshape(-1, 2)
        ]


def roundest(top: int) -> Pick:
    """Return what picks the printed place where it is within a run, else the roundest, and of those the nearest to it.

    Round are multiples of 1 and 5 times the powers of ten up to a tenth of `top`, in steps.
    """
    rounds = [digit * 10**power for power in range(len(str(top)) - 2, -1, -1) for digit in (5, 1)]
    sizes = [size for size in rounds if 10 * size <= top] or [1]

    def pick(line: MovingLine, runs: Sequence[Run]) -> int:
        if any(low <= line.printed <= high for low, high in runs):
            return line.printed
        for size in sizes:
            within: list[int] = [
                anchor + size * min(max(round((line.printed - anchor) / size), first), last)
                for low, high in runs
                for anchor in {0, line.anchor}
                if (first := -((anchor - low) // size)) <= (last := (high - anchor) // size)
            ]
            if within:
                return min(within, key=lambda place: abs(place - line.printed))
        raise ValueError("no runs")

    return pick


def middle(_: MovingLine, runs: Sequence[Run]) -> int:
    """Pick the middle of the widest run."""
    low, high = max(runs, key=lambda run: run[1] - run[0])
    return (low + high) // 2
