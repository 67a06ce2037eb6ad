"""The chances of each grade for many subjects at once; what their rows have in common is computed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from lsstd.assessment.assessment import Answer, Assessment
from lsstd.engine.facts import Facts
from lsstd.exact import Exact
from lsstd.robustness import lattice
from lsstd.robustness.chances import Model
from lsstd.robustness.common import Common, chances_of
from lsstd.robustness.lattice import Array
from lsstd.robustness.outcomes import Chance, Event, RowChances, events_of, ways
from lsstd.robustness.sensitivity import on_lattice
from lsstd.robustness.sums import components
from lsstd.robustness.uncertainty import checked
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard

FINEST = 2000
"""Up to so many steps a point, the grade of every point of the lattice is kept."""


def grade_chances(
    standard: Standard,
    assessments: Iterable[Assessment],
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
) -> pd.DataFrame:
    """Return the expected score and the chance of each grade by score, one line an assessment.

    The same as `uncertainty` tells of each alone.

    Parameters
    ----------
    standard : Standard
    assessments : iterable of Assessment
    readings, unknown, common
        As in `uncertainty`.

    Returns
    -------
    DataFrame
        ``id``, ``mean``, and a column for each grade, highest first; the last, None, for no grade.
    """
    levels, lines, shared = chances_of(unknown, common), [], None
    for assessment in assessments:
        chosen = checked(standard, assessment, readings)
        shared = shared or _Shared(standard, chosen)
        found = np.zeros(2 + len(standard.grades))
        for chance, weight in levels:
            found += weight * shared.line(assessment, chance)
        lines.append([assessment.subject.id or assessment.subject.name, *found.tolist()])
    return pd.DataFrame(lines, columns=["id", "mean", *standard.grades, None])


class _Shared:
    """What is computed once for many assessments: rows answered alike, and the grade of each point of a lattice."""

    def __init__(self, standard: Standard, readings: dict[str, str]) -> None:
        self.standard, self.readings = standard, readings
        self.rows: dict[Any, RowChances] = {}
        self.pmfs: dict[Any, dict[Exact, float]] = {}
        self.graded: dict[int, tuple[int, Array]] = {}
        self.order = (*standard.grades, None)
        self.model: Model | None = None
        asked = {row.id: [t.fact for t in _tests(row)] for row in standard.scored_rows}
        rules = {row.id: [f for _, f in row.rule.facts()] if row.rule else [] for row in standard.scored_rows}
        self.asks = {row.id: tuple(dict.fromkeys([*asked[row.id], *rules[row.id]])) for row in standard.scored_rows}

    def line(self, assessment: Assessment, chance: Chance) -> Array:
        """Return the mean and the chance of each grade."""
        self.model = self.model or Model(self.standard, assessment, self.readings, chance)
        each = list(self._sources(assessment, chance)) if self.standard.is_plain else []
        step = lattice.denominator([points for source in each for points in source])
        if not each or step > FINEST:
            return self._by_tree(assessment, chance)
        pmf = lattice.add([lattice.on(step, source) for source in each])
        start, grades = self._grades(step)
        places = grades[pmf.start - start : pmf.start - start + len(pmf.chances)]
        mean = float(np.arange(pmf.start, pmf.start + len(pmf.chances)) @ pmf.chances) / step
        return np.array([mean, *np.bincount(places, pmf.chances, len(self.order))])

    def _by_tree(self, assessment: Assessment, chance: Chance) -> Array:
        """Return the same through the tree, whatever its nodes do."""
        model = Model(self.standard, assessment, self.readings, chance)
        pairs = [(score, model.watch.grade(score, marks), p) for (score, marks), p in model.total().items()]
        shares = [sum(p for _, grade, p in pairs if grade == each) for each in self.order]
        return np.array([sum(float(score) * p for score, _, p in pairs), *shares])

    def _grades(self, step: int) -> tuple[int, Array]:
        """Return the first point of a lattice that a total can have, and each grade's rank from there on."""
        if step not in self.graded:
            assert self.model is not None
            watch = self.model.watch
            low = int(step * sum(min(row.min_score, 0) for row in self.standard.scored_rows))
            high = int(step * sum(row.max_score or 0 for row in self.standard.scored_rows))

            def rank(points: Exact) -> float:
                return self.order.index(watch.grade(watch.rounded(points), watch.none))

            self.graded[step] = (low, on_lattice(rank, low, high - low + 1, step).astype(np.intp))
        return self.graded[step]

    def _sources(self, assessment: Assessment, chance: Chance) -> Iterator[dict[Exact, float]]:
        """Yield the chances of points of each row, or rows that hang on the same event; settled ones at once."""
        facts = Facts(self.standard, assessment, self.readings)
        events = events_of(self.standard, facts, self.readings)
        rows = [
            (row, self._row(row, assessment.answers.get(row.id), facts, events)) for row in self.standard.scored_rows
        ]
        settled, tied = {0: 1.0}, []
        for row, (key, found) in rows:
            if found.left_out:
                continue
            if found.uses:
                tied.append((row, found.uses))
                continue
            own = self._points(key, found, {}, chance)
            if len(own) == 1:
                settled = {next(iter(settled)) + next(iter(own)): 1.0}  # type: ignore[dict-item]
            else:
                yield own
        of = {row.id: entry for row, entry in rows}
        for group, _ in components(tied):
            mixed: dict[Exact, float] = {}
            for supposed, p in ways(sorted(frozenset().union(*(of[u.id][1].uses for u in group))), chance.met):
                together: dict[Exact, float] = {0: p}
                for unit in group:
                    own = self._points(of[unit.id][0], of[unit.id][1], supposed, chance)
                    together = _sum(together, own)
                for points, q in together.items():
                    mixed[points] = mixed.get(points, 0.0) + q
            yield mixed
        yield settled  # type: ignore[misc]

    def _row(
        self, row: Criterion, answer: Answer | None, facts: Facts, events: dict[str, Event]
    ) -> tuple[Any, RowChances]:
        """Return a row as answered, the same for all who answer alike."""
        said = answer and (answer.form, _hashable(getattr(answer, answer.form)))
        key = (
            row.id,
            said,
            tuple((facts.values.get(fact), events.get(fact) and events[fact].facts) for fact in self.asks[row.id]),
        )
        if key not in self.rows:
            self.rows[key] = RowChances(row, answer, facts, events, self.readings)
        return key, self.rows[key]

    def _points(self, key: Any, row: RowChances, supposed: dict[str, bool], chance: Chance) -> dict[Exact, float]:
        """Return the chances of a row's points."""
        at = (key, chance, frozenset(item for item in supposed.items() if item[0] in row.uses))
        if at not in self.pmfs:
            found: dict[Exact, float] = {}
            for outcome, p in row.given(supposed, chance).items():
                found[outcome.points] = found.get(outcome.points, 0.0) + p
            self.pmfs[at] = found
        return self.pmfs[at]


def _tests(row: Criterion) -> Iterator[Any]:
    yield from (part.test for part in row.parts.values() if part.test)
    yield from (row.applies,) if row.applies else ()


def _hashable(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, dict) else value


def _sum(one: dict[Exact, float], two: dict[Exact, float]) -> dict[Exact, float]:
    """Add two independent numbers of few values."""
    found: dict[Exact, float] = {}
    for a, p in one.items():
        for b, q in two.items():
            found[a + b] = found.get(a + b, 0.0) + p * q
    return found
