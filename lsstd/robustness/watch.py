"""What a grade asks for besides the total: noted on the way up the tree, so that it can be told at the top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsstd.engine.grading import needed
from lsstd.exact import Exact, rounded
from lsstd.robustness.outcomes import Outcome
from lsstd.standard import bands
from lsstd.standard.bands import Band, Demand, Table
from lsstd.standard.standard import Standard

Marks = tuple[Any, ...]
"""Failed conditions, missed demands, counts of rows, scores of indicators that tables grade."""


@dataclass
class Watch:
    """What is noted on the way up so that the grade can be told at the top.

    The first mark counts what bars the award; then one for each demand of a grade (misses, or rows met), and one for
    each further table that decides (a score that stands for all in the same band).
    """

    standard: Standard
    readings: dict[str, str]

    def __post_init__(self) -> None:
        self.tables = [table for table in self.standard.tables.values() if table.decides]
        asked = [self.standard.requires, *(b.requires for b in self.standard.bands)]
        asked += [band.requires for table in self.tables for band in table.bands]
        self.demands = list(dict.fromkeys(id(d) for demands in asked for d in demands))
        self.of = {id(d): d for demands in asked for d in demands}
        self.none: Marks = (0, *(0 for _ in self.demands), *(() for _ in self.tables))
        self._most = (1, *(self.of[key].met or 1 for key in self.demands))
        self._stand_in: dict[tuple[str, int], Exact] = {}
        self.completed = {t.id: bands.complete(t.bands, self.readings["between_bands"]) for t in self.tables}
        self.bands = bands.complete(self.standard.bands, self.readings["between_bands"])

    def merged(self, one: Marks, two: Marks) -> Marks:
        """Return the marks of two branches together."""
        if one == self.none or two == self.none:
            return two if one == self.none else one
        counts = (min(a + b, most) for a, b, most in zip(one, two, self._most, strict=False))
        return (*counts, *(a + b for a, b in zip(one[len(self._most) :], two[len(self._most) :], strict=True)))

    def noting(self, noted: Mapping[int, Any]) -> Marks:
        """Return marks at some places."""
        return tuple(noted.get(place, mark) for place, mark in enumerate(self.none))

    def of_node(self, name: str | None, points: Exact, maximum: Exact, applies: bool) -> Marks:
        """Return what an indicator's score means for demands and tables (of the total, under the name None)."""
        noted: dict[int, Any] = {}
        for place, key in enumerate(self.demands, start=1):
            demand = self.of[key]
            if demand.indicator == name and name and applies and points < needed(demand, maximum):
                noted[place] = 1
        for place, table in enumerate(self.tables, start=1 + len(self.demands)):
            if table.indicator == name and applies:
                noted[place] = (self._like(table, points),)
        return self.noting(noted) if noted else self.none

    def _like(self, table: Table, points: Exact) -> Exact:
        """Return the first score seen in the same band: it stands for all of them."""
        completed = self.completed[table.id]
        place = next((i for i, band in enumerate(completed) if band.holds(points)), -1)
        return self._stand_in.setdefault((table.id, place), points)

    def of_row(self, name: str, outcome: Outcome, is_gate: bool) -> Marks:
        """Return what a row means for demands and for the award."""
        noted = {i: 1 for i, key in enumerate(self.demands, 1) if outcome.met and name in self.of[key].criteria}
        if is_gate and not outcome.met:
            noted[0] = 1
        return self.noting(noted) if noted else self.none

    def rounded(self, points: Exact) -> Exact:
        """Return a total as the readings round it."""
        return rounded(points, self.standard.rounding_step) if self.readings["rounding"] == "total" else points

    def grade(self, points: Exact, marks: Marks) -> str | None:
        """Return the grade, as `lsstd.engine.grading.Grader` does on points that are settled."""
        places = {key: place for place, key in enumerate(self.demands, start=1)}

        def holds(demand: Demand) -> bool:
            mark = marks[places[id(demand)]]
            return bool(mark >= (demand.met or 0)) if demand.criteria else not mark

        def may(band: Band) -> bool:
            return all(holds(demand) for demand in (*self.standard.requires, *band.requires))

        found = [bands.grade_of(self.bands, points, may)] if self.standard.bands else []
        for place, table in enumerate(self.tables, start=1 + len(places)):
            for score in (points,) if table.indicator is None else marks[place]:
                found.append(bands.grade_of(self.completed[table.id], score, may))
        if not found or None in found:
            return None
        return max((grade for grade in found if grade), key=self.standard.grades.index)
