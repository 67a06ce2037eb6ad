"""Grades for every value of whatever a reform can change: lines, points, weights, thresholds, one or two at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.engine.remarks import unreachable
from lsstd.errors import LsstdError, Problem
from lsstd.exact import exact
from lsstd.population.fact_columns import FactColumns
from lsstd.population.moves import each_moves
from lsstd.population.partitions import AnyPopulation, Census, summed
from lsstd.population.population import Population
from lsstd.population.ranking import ScoreCounts, score_counts
from lsstd.population.scoring import grade_lines, scores_of
from lsstd.standard.bands import with_line
from lsstd.standard.checks import standard_faults
from lsstd.standard.standard import Standard
from lsstd.standard.wording import path_text
from lsstd.words import Text, clip, msg, nearest, same

MOST_VALUES = 10_000
"""Most values, or pairs of them, of one sweep: each that is no line is a reform of its own (about 15 ms)."""
_CANNOT = msg("these values cannot be swept")


@dataclass(frozen=True)
class Sweep(Charted):
    """Counts and shares of each grade over the values of one path, or of two.

    Parameters
    ----------
    paths : tuple of str
        As a reform names them: ``lines.AAA``, ``criteria.village_rooms.max_score``.
    grades : tuple
        Highest first; None, the last, is no grade.
    table : DataFrame
        One line a value (or pair) and grade: the paths' values, ``grade``, ``count``, ``share`` (weighted where
        there are weights) of all subjects. Missing where a reform to these values is refused, as where lines cross.
    is_of_eligible : bool
        Whether those alone are counted who fulfil the conditions: where one of these is swept. Shares are of all, too.
    new_total : bool
        Whether the total that can be reached moves with the values.
    """

    paths: tuple[str, ...]
    grades: tuple[str | None, ...]
    table: pd.DataFrame
    standard: Standard
    census: Census
    is_of_eligible: bool
    new_total: bool

    @property
    def labels(self) -> tuple[Text, ...]:
        """What is varied, in words."""
        return tuple(path_text(self.standard, path) for path in self.paths)

    @property
    def notes(self) -> tuple[Text, ...]:
        """What a reader of the counts should know."""
        of_all = msg("Grades are by score; whether a subject may apply is not considered")
        eligible = msg("Counted are only those who meet every condition that has a column (shares are of all subjects)")
        found = [eligible if self.is_of_eligible else of_all]
        if self.new_total:
            found.append(
                msg("The total that can be reached changes with the value; the grade lines stay where they are")
            )
        if missing := int(self.table["count"].isna().sum()) // len(self.grades):
            found.append(msg("Values that no reform could set (lines would cross or be out of reach): {n}", n=missing))
        return (*found, *self.census.notes)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON holds: one object a value (or pair), grades highest first.

        Examples
        --------
        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.sweep(people, "hlj-base-evaluation", {"lines.AAAA": [440, 450]}).to_dict()
        >>> [value["grades"][0]["count"] for value in found["values"]]
        [11.0, 10.0]
        """
        lines = self.table.astype(object).where(self.table.notna(), None)
        values = [
            {
                "value": dict(zip(self.paths, key if isinstance(key, tuple) else (key,), strict=True)),
                "grades": cells[["grade", "count", "share"]].to_dict("records"),
            }
            for key, cells in lines.groupby(list(self.paths), sort=False)
        ]
        return {
            "standard": self.standard.standard,
            "paths": list(self.paths),
            "counted": "eligible" if self.is_of_eligible else "all",
            "population": self.census.to_dict(),
            "synthetic": self.census.is_synthetic,
            "values": values,
        }


def sweep(
    population: AnyPopulation,
    standard: Standard,
    over: Mapping[str, Sequence[Any]],
    readings: dict[str, str] | None = None,
    *,
    restore_total: Any = (),
    new_total: bool = False,
) -> Sweep:
    """Return the grades that a population would have, for each value of whatever a reform can change.

    Parameters
    ----------
    over : dict of str to values
        A path and its values: ``{"lines.AAA": range(380, 431)}``; or two, for every pair of their values.
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file.
    restore_total : mapping or list of mappings, optional
        As in a reform: which rows take up the difference where points change, ``{"rescale": ["indicators.x"]}``.
    new_total : bool
        Let the total that can be reached change instead.

    Raises
    ------
    LsstdError
        A path that does not exist; points that change without either of the two above; a condition of which the
        population has no column; too many values.

    Examples
    --------
    >>> found = lsstd.sweep("data/populations/made_up_60.csv", "hlj-base-evaluation", {"lines.AAA": [380, 401]})
    >>> found.table.query("grade == 'AAA'")["count"].astype(int).tolist()
    [17, 10]
    """
    paths, values = tuple(over), [list(each) for each in over.values()]
    combinations = [tuple(map(_exact, each)) for each in product(*values)]
    if not 1 <= len(paths) <= 2 or not 1 <= len(combinations) <= MOST_VALUES:
        found = msg("{paths} paths with {count} values", paths=len(paths), count=len(combinations))
        expected = msg("one path or two, with 1 to {most} values (or pairs of them)", most=MOST_VALUES)
        raise LsstdError(_CANNOT, [Problem("over", found, expected)])
    of_eligible = any(path.startswith("conditions.") for path in paths)
    changed = list(_changed(standard, paths, combinations, restore_total, new_total))
    afters = [after for after in changed if after is not None]
    if standard.is_plain and _are_lines(standard, paths, combinations):
        census, (counts, weights) = _by_lines(population, standard, afters, readings)
    else:
        work = partial(_graded, standard=standard, afters=afters, readings=readings, paths=paths)
        census, (counts, weights) = summed(population, partial(work, of_eligible=of_eligible))
    full, tables, grades = census.total or Fraction(1), [], (*standard.grades, None)
    counted = zip(counts.astype(np.float64), (weights / full).astype(np.float64), strict=True)
    for combination, after in zip(combinations, changed, strict=True):
        count, share = (np.nan, np.nan) if after is None else next(counted)
        named = dict(zip(paths, map(_for_table, combination), strict=True))
        tables.append(pd.DataFrame({**named, "grade": pd.Series(grades, dtype=object), "count": count, "share": share}))
    table = pd.concat(tables, ignore_index=True)
    return Sweep(paths, grades, table, standard, census, of_eligible, new_total)


Counts: TypeAlias = tuple[NDArray[Any], NDArray[Any]]  # how many, and their exact weights


def _by_lines(
    population: AnyPopulation, standard: Standard, afters: Sequence[Standard], readings: dict[str, str] | None
) -> tuple[Census, Counts]:
    """Count by grade where only lines move: subjects are counted once by their score."""
    census, totals = summed(population, partial(_totals, standard=standard, readings=readings))
    grades, found = (*standard.grades, None), np.zeros((2, len(afters), len(standard.grades) + 1), object)
    for i, after in enumerate(afters):
        lines = grade_lines(after, after.choose_readings(readings), totals.lattice)
        for grade, sizes in zip(lines.grades, totals.between(lines.edges), strict=True):
            found[:, i, grades.index(grade)] += sizes
    return census, (found[0], found[1])


def _totals(population: Population, standard: Standard, readings: dict[str, str] | None) -> ScoreCounts:
    return score_counts(scores_of(population, standard, readings))


def _graded(
    population: Population,
    standard: Standard,
    afters: Sequence[Standard],
    readings: dict[str, str] | None,
    paths: Sequence[str],
    of_eligible: bool,
) -> Counts:
    """Count by grade under each standard; where conditions are swept, only those who fulfil them."""
    _check_columns(population, standard, readings, paths)
    size, found = len(standard.grades) + 1, []
    for side in (moves.after for moves in each_moves(population, standard, afters, readings)):
        may = side.eligible if of_eligible else None
        places = side.grade if may is None else np.where(may, side.grade, np.uint8(size))
        found.append([each[:size] for each in population.tally(places, size + 1)])
    return np.array([counts for counts, _ in found]), np.array([weights for _, weights in found])


def _exact(value: Any) -> Any:
    """Return a number as an exact one; options and truth values as they are."""
    try:
        return value if isinstance(value, str | bool) else exact(value)
    except (TypeError, ValueError):
        raise LsstdError(_CANNOT, [Problem("over", same(clip(value)), msg("a number"))]) from None


def _for_table(value: Any) -> Any:
    return value if isinstance(value, str | bool) else float(value)


def _check_columns(
    population: Population, standard: Standard, readings: dict[str, str] | None, paths: Sequence[str]
) -> None:
    """Refuse to sweep a condition of which nothing is known: its counts would all be the same."""
    facts = FactColumns(population, standard, standard.choose_readings(readings))
    for path in paths:
        section, _, rest = path.partition(".")
        entry = standard.conditions.get(rest.partition(".")[0]) if section == "conditions" else None
        if entry and not any(facts.has(fact) for fact in entry.facts):
            found = msg("the population has no column for it")
            expected = msg("a column of {facts}", facts=" / ".join(entry.facts))
            raise LsstdError(_CANNOT, [Problem(path, found, expected)])


def _are_lines(standard: Standard, paths: Sequence[str], combinations: Sequence[tuple[Any, ...]]) -> bool:
    lines = {f"lines.{band.grade}" for band in standard.bands if band.lower}
    return lines.issuperset(paths) and not any(isinstance(value, str) for each in combinations for value in each)


def _changed(
    standard: Standard, paths: tuple[str, ...], combinations: Sequence[tuple[Any, ...]], restored: Any, new_total: bool
) -> Iterator[Standard | None]:
    """Yield the standard at each combination of values; None where it cannot be changed so.

    What is refused everywhere, or for its total, is the caller's mistake and raised.
    """
    are_lines, changed, refused = _are_lines(standard, paths, combinations), False, None
    for combination in combinations:
        after, bands, changes = None, standard.bands, dict(zip(paths, combination, strict=True))
        if are_lines:  # bands alone: a tenth of the time, for maps of thousands of pairs
            for path, value in changes.items():
                bands = with_line(bands, path.removeprefix("lines."), value)
            after = standard.model_copy(update={"bands": bands})
            after = None if [*standard_faults(after)] or [*unreachable(after)] else after
        if after is None and (refused is None or not are_lines):
            reform = {"reform": "sweep", "standard": standard.standard, "changes": changes}
            reform |= {"restore_total": restored} if restored else {}
            try:
                after = Reform.model_validate(reform).apply(standard, holds_total=not new_total)
            except LsstdError as error:
                refused = refused or error
                if any(problem.where == "restore_total" for problem in error.problems):
                    break
        changed |= after is not None
        yield after
    else:
        if changed or refused is None:
            return
    raise LsstdError(_CANNOT, [_told(problem, standard) for problem in refused.problems])


def _told(problem: Problem, standard: Standard) -> Problem:
    """Return a reform's problem as one of a sweep: the nearest path, or what to do about the total."""
    if problem.where == "restore_total":
        expected = msg("restore_total (--rescale indicators.…), or new_total (--new-total)")
        return Problem(problem.where, problem.found, expected)
    path = problem.where.removeprefix("changes.")
    usual = list(_usual(standard))
    is_section = path in usual or path.partition(".")[0] in Standard.model_fields
    return replace(problem, where=path, expected=problem.expected if is_section else nearest(path, usual))


def _usual(standard: Standard) -> Iterator[str]:
    """Yield the paths that are swept most."""
    yield from (f"lines.{band.grade}" for band in standard.bands if band.lower)
    yield from (f"criteria.{row.id}.max_score" for row in standard.scored_rows)
    yield from (f"conditions.{c.id}.tests.{test.fact}" for c in standard.conditions.values() for test in c.tests)
