"""Grades for every place of a line, or of the threshold of a condition: scored once, then looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.engine.charted import Charted
from lsstd.errors import Problem, UnknownName
from lsstd.exact import Exact, exact
from lsstd.population.fact_columns import FactColumns
from lsstd.population.population import Population
from lsstd.population.scoring import Scores, eligible, grade_lines, score
from lsstd.standard.bands import Band, with_line
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import msg, nearest


@dataclass(frozen=True)
class Sweep(Charted):
    """Counts and shares of each grade over the values of one path, or of two.

    Parameters
    ----------
    paths : tuple of str
        ``lines.AAA``, or ``conditions.area.tests.office_area``.
    grades : tuple
        Highest first; None, the last, is no grade.
    table : DataFrame
        One line a value (or pair) and grade: the paths' values, ``grade``, ``count``, ``share`` (weighted where
        there are weights). Under a condition those count who may apply. Missing where lines would cross.
    """

    paths: tuple[str, ...]
    grades: tuple[str | None, ...]
    table: pd.DataFrame
    standard: Standard
    is_synthetic: bool = False


def sweep(
    population: Population,
    standard: Standard,
    over: Mapping[str, Sequence[float]],
    readings: dict[str, str] | None = None,
) -> Sweep:
    """Return the grades that a population would have, for each value of a line or a condition's threshold.

    Parameters
    ----------
    over : dict of str to values
        A path and its values: ``{"lines.AAA": range(380, 431)}``; or two lines, for every pair of their values.

    Raises
    ------
    UnknownName
        A path that does not exist, or two that cannot be swept together.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> found = lsstd.sweep(people, "hlj-base-evaluation", {"lines.AAAA": [430, 450]})
    >>> found.table.query("grade == 'AAAA'")["share"].round(3).tolist()
    [0.233, 0.167]
    """
    scores = score(population, standard, readings)
    paths = tuple(over)
    lines = {f"lines.{band.grade}" for band in standard.bands if band.lower}
    tests = {
        f"conditions.{condition.id}.tests.{test.fact}": test
        for condition in standard.conditions.values()
        for test in condition.tests
        if test.is_number and test.operator not in ("in", "not_in") and not condition.is_compound
    }
    _known(paths, lines, tests)
    values = [[exact(value) for value in over[path]] for path in paths]
    if paths[0] in tests:
        found = _under(scores, tests, paths[0], [float(value) for value in values[0]])
    else:
        found = _over_lines(scores, [path.removeprefix("lines.") for path in paths], values)
    grades = (*standard.grades, None)
    weight = population.weight
    table = _tidy(paths, values, grades, found, len(population) if weight is None else float(weight.sum()))
    return Sweep(paths, grades, table, standard, population.is_synthetic)


def _known(paths: Sequence[str], lines: set[str], tests: Mapping[str, Test]) -> None:
    title = msg("these values cannot be swept")
    allowed = [*sorted(lines), *tests]
    problems = [
        Problem(path, msg("there is no such path"), nearest(path, allowed)) for path in paths if path not in allowed
    ]
    if not problems and not (len(paths) == 1 or (len(paths) == 2 and lines.issuperset(paths))):
        found = msg("{paths} paths", paths=len(paths))
        problems = [Problem("over", found, msg("one path, or two lines"))]
    if problems:
        raise UnknownName(title, problems)


def _over_lines(scores: Scores, names: Sequence[str], values: Sequence[Sequence[Exact]]) -> NDArray[np.float64]:
    """Return counts and weights by grade for every combination of lines."""
    standard, out = scores.standard, []
    order = np.argsort(scores.secured.total, kind="stable")
    total, sums = scores.secured.total[order], _running(scores.population.weight, order)
    for combination in product(*values):
        bands = standard.bands
        for name, value in zip(names, combination, strict=True):
            bands = with_line(bands, name, value)
        moved = standard.model_copy(update={"bands": bands})
        if not _is_sound(bands, standard.maximum):
            out.append(np.full((len(standard.grades) + 1, 2), np.nan))
        elif standard.is_plain:
            out.append(_by_total(scores, moved, total, sums))
        else:
            out.append(_graded_anew(scores, moved))
    return np.array(out)


def _graded_anew(scores: Scores, moved: Standard) -> NDArray[np.float64]:
    """Return counts and weights by grade where grades ask for more than a total."""
    places = score(scores.population, moved, scores.readings).grade()
    columns = [np.bincount(places, weight, len(moved.grades) + 1) for weight in (None, scores.population.weight)]
    return np.stack(columns, axis=1).astype(np.float64)


def _running(weight: NDArray[np.float64] | None, order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how many, and of which weight, come before each place."""
    count = np.arange(len(order) + 1, dtype=np.float64)
    if weight is None:
        return np.stack([count, count])
    return np.stack([count, np.concatenate([[0.0], np.cumsum(weight[order])])])


def _by_total(scores: Scores, moved: Standard, total: Any, sums: Any) -> NDArray[np.float64]:
    """Return counts and weights by grade, from the sorted totals."""
    grades = (*moved.grades, None)
    out = np.zeros((len(grades), 2))
    found = grade_lines(moved, scores.readings, scores.ratings.lattice)
    ends = [0, *np.searchsorted(total, np.array(found.edges, np.uint64)).tolist(), len(total)]
    for grade, (start, end) in zip(found.grades, pairwise(ends), strict=True):
        out[grades.index(grade)] += sums[:, end] - sums[:, start]
    return out


def _is_sound(bands: tuple[Band, ...], maximum: Exact) -> bool:
    """Say whether every band holds a score that can be reached, and none overlap."""
    ends = [(end, i) for i, band in enumerate(bands) for end in (band.upper, band.lower) if end]
    for (above, i), (below, j) in pairwise(ends):
        is_one_band, both = i == j, above.closed and below.closed
        if above.value < below.value or (above.value == below.value and (both != is_one_band)):
            return False
    lowers = [band.lower for band in bands if band.lower]
    return all(end.value < maximum or (end.value == maximum and end.closed) for end in lowers)


def _under(scores: Scores, tests: Mapping[str, Test], path: str, values: Sequence[float]) -> NDArray[np.float64]:
    """Return counts and weights by grade of those who may apply, for each value of one threshold."""
    population, swept = scores.population, tests[path]
    facts, condition = FactColumns(population, scores.standard, scores.readings), path.split(".")[1]
    rest = scores.standard.conditions[condition]
    rest = rest.model_copy(update={"tests": tuple(test for test in rest.tests if test != swept)})
    conditions = {**scores.standard.conditions, condition: rest}
    others = eligible(population, scores.standard.model_copy(update={"conditions": conditions}), scores.readings)
    may = np.ones(len(population), np.bool_) if others is None else others.low
    found = np.asarray(facts.values.get(swept.fact, np.full(len(population), np.nan)), np.float64)
    may = may & ~np.isnan(found)
    grades = (*scores.standard.grades, None)
    codes = scores.grade()
    out = np.zeros((len(values), len(grades), 2))
    for place in range(len(grades)):
        chosen = np.flatnonzero(may & (codes == place))
        order = chosen[np.argsort(found[chosen], kind="stable")]
        out[:, place] = _passing(swept.operator, found[order], _running(population.weight, order), values)
    return out


def _passing(operator: str, found: NDArray[np.float64], sums: NDArray[np.float64], values: Any) -> NDArray[np.float64]:
    """Return how many sorted values pass each threshold, and their weight."""
    left, right = (sums[:, np.searchsorted(found, values, side)].T for side in ("left", "right"))
    every = sums[:, -1]
    passing = {">=": every - left, ">": every - right, "<=": right, "<": left, "==": right - left}
    return passing[operator] if operator in passing else every - passing["=="]


def _tidy(
    paths: Sequence[str], values: Sequence[Sequence[Exact]], grades: Sequence[str | None], found: Any, total: float
) -> pd.DataFrame:
    """Return one line a combination and grade."""
    combinations = list(product(*values))
    columns: dict[str, Any] = {
        path: np.repeat([float(combination[i]) for combination in combinations], len(grades))
        for i, path in enumerate(paths)
    }
    columns["grade"] = pd.Series(list(grades) * len(combinations), dtype=object)
    flat = found.reshape(-1, 2)
    return pd.DataFrame({**columns, "count": flat[:, 0], "share": flat[:, 1] / (total or 1)})
