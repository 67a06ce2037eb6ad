"""What a reform did to a population: sides, flows, winners and losers, told as tables and as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.exact import Exact, exact, plain
from lsstd.population.population import Population
from lsstd.population.scoring import Grading
from lsstd.standard.standard import Standard
from lsstd.words import Lang

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Flags: TypeAlias = NDArray[np.bool_]
_MOST_MOVERS = 1000


@dataclass(frozen=True)
class Side:
    """A population on one side of a reform: totals in units of one over the impact's lattice, grades by place."""

    standard: Standard
    grading: Grading
    total: NDArray[Any]
    grade: NDArray[np.uint8]
    eligible: Flags | None


@dataclass(frozen=True)
class Impact:
    """What a reform does to a population.

    Parameters
    ----------
    population : Population
    readings : dict of str to str
        Those of the standard as reformed.
    lattice : int
        Units to a point.
    grades : tuple
        Highest first; None, the last, is no grade. Places in it are what `Side.grade` holds.
    before, after : Side
    rows : dict of str to (exact, exact, exact)
        By each row that the reform touches: the change of points over all subjects, over those whose grade rises,
        over those whose grade falls. They add up to the change of all totals.
    """

    population: Population
    readings: dict[str, str]
    lattice: int
    grades: tuple[str | None, ...]
    before: Side
    after: Side
    rows: dict[str, tuple[Exact, Exact, Exact]]

    @cached_property
    def winners(self) -> Flags:
        """Who gets a higher grade."""
        return self.after.grade < self.before.grade

    @cached_property
    def losers(self) -> Flags:
        """Who gets a lower grade."""
        return self.after.grade > self.before.grade

    @cached_property
    def transitions(self) -> pd.DataFrame:
        """How many go from which grade (lines) to which (columns); flows add up to the population."""
        return self._flows(None).astype(np.int64)

    def _flows(self, weight: NDArray[np.float64] | None) -> pd.DataFrame:
        size = len(self.grades)
        pairs = self.before.grade.astype(np.intp) * size + self.after.grade
        counts = np.bincount(pairs, weight, size * size).reshape(size, size)
        names = pd.Index(self.grades, dtype=object)
        return pd.DataFrame(counts, index=names.rename("from"), columns=names.rename("to"))

    @property
    def table(self) -> pd.DataFrame:
        """One line a grade, highest first: how many and which share have it before and after."""
        flows = self._flows(self.population.weight)
        columns = {"before": self.transitions.sum(axis=1), "after": self.transitions.sum(axis=0)}
        shares = {"share_before": flows.sum(axis=1), "share_after": flows.sum(axis=0)}
        total = float(flows.to_numpy().sum()) or 1.0
        out = pd.DataFrame({**columns, **{name: share / total for name, share in shares.items()}})
        out.insert(2, "change", out["after"] - out["before"])
        return out.rename_axis("grade")

    def by_group(self, name: str) -> pd.DataFrame:
        """Return winners, losers, unchanged, and the (weighted) mean change of points by the values of a grouping."""
        weight = np.ones(len(self.population)) if self.population.weight is None else self.population.weight
        flags = pd.DataFrame({"count": 1, "winners": self.winners, "losers": self.losers, "weight": weight})
        flags["change"] = self._units / self.lattice * weight
        grouped = flags.groupby(self.population.groups[name].to_numpy(), dropna=False)
        out = grouped[["count", "winners", "losers"]].sum()
        out["unchanged"] = out["count"] - out["winners"] - out["losers"]
        return out.assign(mean_change=grouped["change"].sum() / grouped["weight"].sum()).rename_axis(name)

    @property
    def _units(self) -> NDArray[np.int64]:
        return self.after.total.astype(np.int64) - self.before.total.astype(np.int64)

    @cached_property
    def moved(self) -> Flags:
        """Whose grade or points change."""
        return np.asarray((self._units != 0) | self.winners | self.losers)

    def movers(self, most: int | None = _MOST_MOVERS) -> pd.DataFrame:
        """Return those whose grade or points change: the largest change first, then the furthest in grades."""
        units, moved = self._units, np.flatnonzero(self.moved)
        steps = np.abs(self.after.grade.astype(np.int16) - self.before.grade)
        order = moved[np.lexsort((moved, -steps[moved], -np.abs(units[moved])))][:most]
        names = np.array(self.grades, object)
        return pd.DataFrame(
            {
                "id": self.population.ids.to_numpy()[order],
                "from": pd.Series(names[self.before.grade[order]], dtype=object),
                "to": pd.Series(names[self.after.grade[order]], dtype=object),
                "change": units[order] / self.lattice,
                "from_score": self.before.total[order] / self.lattice,
                "to_score": self.after.total[order] / self.lattice,
            }
        )

    def cliffs(self, within: float = 5) -> pd.DataFrame:
        """Return how many stand within some points below and above each line, before and after."""
        found = []
        for name, side in (("before", self.before), ("after", self.after)):
            total, lines = np.sort(side.total), side.grading
            for edge, line, grade in zip(lines.edges, lines.lines, lines.grades[1:], strict=True):
                low, high = (line - exact(within)) * self.lattice, (line + exact(within)) * self.lattice
                ends = [max(0, math.ceil(low)), edge, max(edge, math.floor(high) + 1)]
                at = np.searchsorted(total, ends).tolist()
                found.append((name, grade, float(line), at[1] - at[0], at[2] - at[1]))
        return pd.DataFrame(found, columns=["side", "grade", "line", "below", "above"])

    @property
    def responsible(self) -> pd.DataFrame:
        """One line a row that the reform touches: the points that it brings or takes, of all, winners and losers."""
        lines = [(row, *map(float, points)) for row, points in self.rows.items()]
        return pd.DataFrame(lines, columns=["criterion", "change", "change_of_winners", "change_of_losers"])

    def plot(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw who goes from which grade to which."""
        from lsstd.pages import plot

        return plot(self, ax, lang)

    def to_dict(self, lang: Lang = "zh", movers: int | None = _MOST_MOVERS, within: float = 5) -> dict[str, Any]:
        """Return the impact as JSON holds it: grades highest first, zeros and null included."""
        weight, count = self.population.weight, len(self.population)
        won, lost = int(self.winners.sum()), int(self.losers.sum())
        largest = _records(self.movers(movers))
        out: dict[str, Any] = {
            "population": {"count": count, "weight": count if weight is None else float(weight.sum())},
            **_counts(self.transitions),
            "winners": won,
            "losers": lost,
            "unchanged": count - won - lost,
            "eligible": self._eligible,
            "movers": largest,
            "movers_left_out": int(self.moved.sum()) - len(largest),
            "rows": [{"criterion": row, "change": plain(points[0])} for row, points in self.rows.items()],
            "groups": [
                {"group": name, "value": record.pop(name), **record}
                for name in self.population.groups
                for record in _records(self.by_group(name).reset_index())
            ],
            "cliffs": _records(self.cliffs(within)),
            "synthetic": self.population.is_synthetic,
            "notes": [note.to(lang) for note in self.population.notes],
            "readings": self.after.standard.printed_readings(self.readings),
        }
        return out if weight is None else {**out, "weighted": _counts(self._flows(weight))}

    @property
    def _eligible(self) -> dict[str, int] | None:
        before, after = self.before.eligible, self.after.eligible
        return None if before is None or after is None else {"before": int(before.sum()), "after": int(after.sum())}


def _counts(flows: pd.DataFrame) -> dict[str, Any]:
    """Return counts by grade before and after, and every flow, as JSON holds them."""
    names, counts = list(flows.columns), flows.to_numpy()
    sides = {"baseline": counts.sum(axis=1).tolist(), "reform": counts.sum(axis=0).tolist()}
    out: dict[str, Any] = {
        side: [{"grade": name, "count": n} for name, n in zip(names, sums, strict=True)] for side, sums in sides.items()
    }
    out["transitions"] = [
        {"from": names[i], "to": names[j], "count": counts[i, j].item()} for i, j in np.ndindex(*counts.shape)
    ]
    return out


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the lines of a table with None for what is missing."""
    return [
        {str(key): None if value is None or value != value else value for key, value in line.items()}
        for line in frame.to_dict("records")
    ]
