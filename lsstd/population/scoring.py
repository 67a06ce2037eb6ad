"""Scores and grades of a population: what `lsstd.engine.evaluate` finds for each subject, for all at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, partial, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.engine.charted import Charted
from lsstd.engine.grading import Grading
from lsstd.engine.rows import Span
from lsstd.engine.tree import SIDES, Branch, Condition, Fold, Side
from lsstd.exact import Exact
from lsstd.population.columns import COLUMNS, Amount, Column, Node, Plan, Sums, add_up
from lsstd.population.fact_columns import FactColumns, Mask
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, Ratings, check_size
from lsstd.standard import bands
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Start(NamedTuple):
    """Where a grade starts: at a score, or just beyond it."""

    score: Exact
    is_beyond: bool

    def units(self, lattice: int) -> int:
        """Return the least number of units at or beyond it; two starts can share it where units are coarse."""
        return math.floor(self.score * lattice) + 1 if self.is_beyond else math.ceil(self.score * lattice)


@dataclass(frozen=True)
class GradeLines:
    """Ranges of scores with one grade each: where each but the first starts, exactly and in units, and the grades."""

    starts: tuple[Start, ...]
    edges: tuple[int, ...]
    grades: tuple[str | None, ...]

    def codes(self, names: tuple[str | None, ...]) -> NDArray[np.uint8]:
        """Return the place of each stretch's grade in a list of names."""
        return np.array([names.index(grade) for grade in self.grades], np.uint8)


def grade_lines(standard: Standard, readings: Mapping[str, str], lattice: int) -> GradeLines:
    """Return the ranges of totals that have one grade in the exact engine; they do not depend on the lattice."""
    completed = bands.complete(standard.bands, readings["between_bands"])
    found = {Start(0, False)}
    found |= {Start(band.upper.value, band.upper.closed) for band in completed if band.upper}
    found |= {Start(band.lower.value, not band.lower.closed) for band in completed if band.lower}
    starts = sorted(start for start in found if start >= (0, False))
    ends = [*(start.score for start in starts[1:]), starts[-1].score + 1]
    within = (Fraction(at + end) / 2 if is_beyond else at for (at, is_beyond), end in zip(starts, ends, strict=True))
    grades = [bands.grade_of(completed, score) for score in within]
    kept = [i for i in range(1, len(starts)) if grades[i] != grades[i - 1]]
    edges = tuple(starts[i].units(lattice) for i in kept)
    return GradeLines(tuple(starts[i] for i in kept), edges, (grades[0], *(grades[i] for i in kept)))


@dataclass(frozen=True)
class Scores(Charted):
    """Every subject's points and grade under one standard and one choice of readings."""

    population: Population
    standard: Standard
    readings: dict[str, str]
    ratings: Ratings
    grading: GradeLines
    secured: Sums
    possible: Sums
    plan: Plan | None

    @property
    def unrounded(self) -> Column:
        """The totals before a reading rounds them."""
        if self.plan is None or not self.plan.step:
            return self.secured.total
        return add_up(list(self.ratings.secured.values()), replace(self.plan, step=0)).total

    def units(self, indicator: str | None = None) -> NDArray[Any]:
        """Return each subject's total, or its points of an indicator, in units of one over the ratings' lattice."""
        return self.secured.total if indicator is None else self.secured.nodes[_nodes(self.standard).index(indicator)]

    def grade(self, side: Side = "secured") -> NDArray[np.uint8]:
        """Return the place of each grade among the standard's, highest first; the place after them is no grade."""
        stretch = self.secured.stretch if side == "secured" else self.possible.stretch
        return stretch if self.plan is None else self.grading.codes((*self.standard.grades, None))[stretch]

    def grades(self, side: Side = "secured") -> NDArray[Any]:
        """Return each subject's grade, None for no grade."""
        return np.array((*self.standard.grades, None), object)[self.grade(side)]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a subject, as `lsstd.score` gives it."""
        population, lattice = self.population, self.ratings.lattice
        points = dict(zip(_nodes(self.standard), self.secured.nodes, strict=False))
        names = [name for name in self.standard.indicators if name in points]
        columns: dict[str, Any] = {str(name): cells for name, cells in population.about.items()}
        columns |= {"weight": population.weight} if population.weight is not None else {}  # as floats in every part
        columns |= {name if name not in _NAMES else f"indicator.{name}": points[name] / lattice for name in names}
        columns |= {"score": self.secured.total / lattice, "grade": pd.Series(self.grades(), dtype=object)}
        views = self.standard.by_table or {}
        columns |= {f"grade.{key}": scores_of(population, view, self.readings).grades() for key, view in views.items()}
        return pd.DataFrame({**columns, "eligible": self.eligible})

    @property
    def eligible(self) -> Any:
        """Return who fulfils all conditions, who fails one, and (missing) of whom it is not known."""
        facts = FactColumns(self.population, self.standard, self.readings)
        everyone, conditions = np.ones(len(self.population), np.bool_), self.standard.conditions.values()
        held = ((everyone, *(condition.holds(facts.on(side)) for condition in conditions)) for side in SIDES)
        low, high = (np.asarray(reduce(np.logical_and, each), np.bool_) for each in held)
        return pd.arrays.BooleanArray(low, high & ~low)


_NAMES = ("id", "weight", "score", "grade", "eligible")


def plot_scores(
    population: Population,
    standard: Standard | None = None,
    readings: dict[str, str] | None = None,
    ax: Axes | None = None,
    lang: Lang = "zh",
    title: str | Text = "",
) -> Axes:
    """Draw how the scores of a population are distributed, with the lines of the grades; parameters as in `score`.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> lsstd.plot_scores(people, "hlj-base-evaluation", lang="en").get_xlabel()
    'total score'
    """
    return scores_of(population, standard, readings).plot(ax, lang, title=title)


def scores_of(
    population: Population, standard: Standard | None = None, readings: dict[str, str] | None = None
) -> Scores:
    """Return the same as `score` in whole numbers, with what every unknown granted would bring.

    They are equal to what `lsstd.engine.evaluate` finds for each subject.
    """
    standard = standard or population.standard
    chosen = standard.choose_readings(readings)
    rater = Rater(population, standard, chosen)
    lattice = rater.lattice(standard.scored_rows)
    check_size(standard, lattice)
    ratings = rater.rate(standard.scored_rows, lattice)
    if not standard.is_plain:
        return score_trees(rater, ratings)
    plan = plan_of(rater, lattice)
    secured = add_up(list(ratings.secured.values()), plan)
    is_known = all(low is ratings.possible[name] for name, low in ratings.secured.items())
    possible = secured if is_known else add_up(list(ratings.possible.values()), plan)
    return Scores(
        population, standard, chosen, ratings, grade_lines(standard, chosen, lattice), secured, possible, plan
    )


def score_trees(rater: Rater, ratings: Ratings) -> Scores:
    """Score a population whose trees are more than sums, or whose grades ask for more than a total."""
    standard, readings, lattice = rater.standard, rater.readings, ratings.lattice
    counted = [row for row in standard.scored_rows if not rater.is_left_out(row)]
    applies = {row.id: True if (heard := rater.applies(row)) is None else heard.high for row in counted}
    decided = {key: rater.facts.holds(node.applies) for key, node in standard.indicators.items() if node.applies}
    unscored = [row for row in standard.criteria.values() if row.max_score is None and not rater.is_left_out(row)]
    met = {row.id: rater.met(row) for row in unscored if row.id in standard.demanded_rows}
    gradings = []
    for side, units in zip(SIDES, (ratings.secured, ratings.possible), strict=True):
        leaves = {row.id: _leaf(row, units[row.id], lattice, applies[row.id]) for row in counted}
        fold = Fold(standard, COLUMNS, leaves, decided, side)
        gradings.append(Grading(standard, readings, fold, rater.facts.on(side), partial(_is_met, fold, met)))
    denominators = [
        amount.denominator for g in gradings for amount in (g.total, *(b.points for b in g.fold.nodes.values()))
    ]
    lattice = math.lcm(lattice, *denominators)
    check_size(standard, lattice)
    count = rater.count
    secured, possible = (
        Sums(
            tuple(_spread(_points(grading.fold.nodes[name]).over(lattice), count) for name in _nodes(standard)),
            _spread(grading.total.over(lattice), count),
            _spread(grading.grade(), count),
        )
        for grading in gradings
    )
    factor = lattice // ratings.lattice
    scaled: list[dict[str, NDArray[Any]]] = [
        {name: column.astype(np.int64) * factor for name, column in columns.items()}
        for columns in (ratings.secured, ratings.possible)
    ]
    lines = grade_lines(standard, readings, lattice)
    return Scores(rater.population, standard, readings, Ratings(lattice, *scaled), lines, secured, possible, None)


def _leaf(row: Criterion, units: NDArray[Any], lattice: int, applies: Condition) -> Branch[Amount]:
    top = row.max_score or 0
    return Branch(Amount(units.astype(np.int64), lattice), COLUMNS.constant(top), top, applies, row.weight)


def _points(branch: Branch[Amount]) -> Amount:
    """Return an indicator's points; none where it does not apply."""
    return COLUMNS.where(branch.applies, branch.points, COLUMNS.constant(0))


def _is_met(fold: Fold[Amount], met: Mapping[str, Span[Condition]], name: str) -> Condition:
    """Return whether a row is met, with or without points; one that is left out is not."""
    if name in met:
        return met[name][SIDES.index(fold.side)]
    if name not in fold.leaves:
        return False
    leaf = fold.leaves[name]
    return leaf.applies & COLUMNS.reaches(leaf.points, leaf.full)


def _spread(values: NDArray[Any], count: int) -> NDArray[Any]:
    """Return a column, of one number for all of them too."""
    return np.broadcast_to(values, (count,))


def plan_of(rater: Rater, lattice: int) -> Plan:
    """Return how the columns of a standard's rows, in its order, are added up."""
    standard, readings = rater.standard, rater.readings
    rows = [row.id for row in standard.scored_rows]
    most = {row.id: rater.most(row, lattice) for row in standard.scored_rows}
    order = _nodes(standard)
    nodes: list[Node] = []
    for name in order:
        own = [row.id for row in standard.rows_of[name] if row.id in most]
        below = [order.index(child.id) for child in standard.children_of[name]]
        largest = sum(most[row] for row in own) + sum(nodes[i].largest for i in below)
        nodes.append(Node(tuple(rows.index(row) for row in own), tuple(below), largest))
    tops = [order.index(top.id) for top in standard.children_of[None]]
    step = int(standard.rounding_step * lattice) if readings["rounding"] == "total" else 0
    nodes.append(Node((), tuple(tops), sum(nodes[i].largest for i in tops) + step))
    return Plan(tuple(nodes), grade_lines(standard, readings, lattice).edges, step, standard.rounding.to_even)


def _nodes(standard: Standard, above: str | None = None) -> list[str]:
    """Return the indicators, each after those below it."""
    found = []
    for node in standard.children_of[above]:
        found += [*_nodes(standard, node.id), node.id]
    return found


def eligible(population: Population, standard: Standard, readings: dict[str, str] | None = None) -> Span[Mask] | None:
    """Return who may apply for certain, and who may at best; None where no condition's fact has a column.

    Of the conditions those tests count whose facts have columns.
    """
    facts, heard = FactColumns(population, standard, standard.choose_readings(readings)), []
    for condition in standard.conditions.values():
        if not condition.is_compound:
            heard += [facts.test(test) for test in condition.tests]
        elif all(facts.has(name) for name in condition.facts):
            heard.append(Span(*(np.asarray(condition.holds(facts.on(side)), np.bool_) for side in SIDES)))
    return _all_of(heard)


def disqualified(population: Population, standard: Standard, readings: dict[str, str] | None = None) -> Mask | None:
    """Return whom a veto bars for certain; None where no veto's fact has a column."""
    facts = FactColumns(population, standard, standard.choose_readings(readings))
    cleared = _all_of([facts.test(veto.test) for veto in standard.vetoes.values()])
    return None if cleared is None else ~cleared.high


def _all_of(heard: list[Span[Mask] | None]) -> Span[Mask] | None:
    """Return where all demands hold whose facts have columns; None where none has."""
    known = [each for each in heard if each is not None]
    lows, highs = [each.low for each in known], [each.high for each in known]
    return Span(np.logical_and.reduce(lows), np.logical_and.reduce(highs)) if known else None
