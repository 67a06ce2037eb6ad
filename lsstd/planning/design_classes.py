"""From a population, in memory or in parts, to the classes in which a design is searched; and back, to confirm it.

The results of parts can be added up: classes are merged by what defines them, counts are fractions, the subjects
nearest to a line are found by total and id, and the fingerprint of a table is a sum over its lines.
"""

from __future__ import annotations

import hashlib
import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact, whole
from lsstd.planning.design_aims import Aim, Scene, Whole, grouped, small
from lsstd.planning.design_goals import Goals, Groupings, allowed
from lsstd.planning.thresholds import Threshold, levels, thresholds_in
from lsstd.population.columns import hold_weights
from lsstd.population.partitions import AnyPopulation, Census, First, Summary, each_part, summed
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, check_size
from lsstd.population.scoring import eligible, scores_of
from lsstd.standard.bands import End
from lsstd.standard.standard import Standard
from lsstd.words import msg

MOST_CELLS = 10_000_000
"""Most numbers that may define classes, one for each class and each row whose points may move; some 500 MB."""
MOST_WITNESSES = 20
_MOST_VALUES = 1000  # of a grouping, to suggest the right one


class Seen(NamedTuple):
    """What a design sees of a population: its census, its classes, and the thresholds that may change.

    `unfit` names rows that are left as they are because their rule names points: a step up does not bring what a step
    down takes.
    """

    census: Census
    scene: Scene
    thresholds: tuple[Threshold, ...]
    groupings: Groupings
    unfit: tuple[str, ...]
    sha256: str


class _Part(NamedTuple):
    scene: Scene
    thresholds: tuple[Threshold, ...]
    values: dict[str, set[str]]
    unfit: set[str]
    hashes: tuple[int, ...]


def see(population: AnyPopulation, standard: Standard, goals: Goals, readings: dict[str, str]) -> Seen:
    """Return a population as a design sees it.

    Raises
    ------
    InvalidFile
        Subjects fall into too many classes, weights have too many decimals, or all weights are 0.
    """
    is_left_out = readings["recommended_rows"] == "left_out"
    rows = [row for row in standard.scored_rows if row.max_score and not (is_left_out and row.is_recommended)]
    asked = Scene(standard, readings, goals, 1, 1, (), pd.DataFrame())
    may = allowed(goals, standard, "criteria") if asked.are_sums else []
    names = tuple(row.id for row in rows if f"criteria.{row.id}.max_score" in may)
    asked = replace(asked, rows=names)
    census, parts = each_part(population, partial(_part, asked=asked))
    if not census.total:
        found = msg("0 for every subject") if census.count else msg("no subjects")
        problem = Problem("weight", found, msg("a weight above 0 for at least one subject"))
        raise InvalidFile(msg("shares of this population cannot be computed"), [problem])
    unfit = [name for name in names if any(name in part.unfit for part in parts)]
    scene = _merged([part.scene for part in parts], unfit)
    values = {name: tuple(sorted(set().union(*(part.values[name] for part in parts)))) for name in parts[0].values}
    sizes = tuple(int(scene.column("count")[scene.members(number)].sum()) for number in range(len(goals.goals)))
    sums = [sum(each) % 2**64 for each in zip(*(part.hashes for part in parts), strict=True)]
    sha256 = hashlib.sha256(repr((census.count, sums)).encode()).hexdigest()
    return Seen(census, scene, parts[0].thresholds, Groupings(values, sizes), tuple(unfit), sha256)


def _part(population: Population, asked: Scene) -> _Part:
    """Return the classes of one part."""
    scene, columns, unfit = _each(population, asked), dict[str, Whole](), set[str]()
    if not asked.standard.is_plain:
        columns |= _enters(population, asked)
    thresholds = thresholds_in(population, asked)
    if "may" in scene.classes:
        columns |= levels(population, asked, thresholds)
    if asked.rows:
        lattice, gains, unfit = _gains(population, asked, scene.lattice)
        scene, columns = scene.in_units(lattice, scene.unit), columns | gains
    classes = pd.DataFrame({**scene.classes, **{name: small(column) for name, column in columns.items()}})
    scene = replace(scene, classes=grouped(classes))
    _hold(scene)
    values = {name: set[str]() for name in population.groups}
    for name in values.keys() & {name for goal in asked.goals.goals for name in goal.group}:
        known, wanted = {*population.groups[name].dropna()}, {goal.group.get(name, "") for goal in asked.goals.goals}
        values[name] = {*heapq.nsmallest(_MOST_VALUES, known), *(known & wanted)}
    return _Part(scene, thresholds, values, unfit, _hashes(population.frame))


def _each(population: Population, asked: Scene) -> Scene:
    """Return one part with every subject as a separate class, with what decides the goals before any change."""
    standard, readings, goals = asked.standard, asked.readings, asked.goals
    scores, members = scores_of(population, standard, readings), np.zeros(len(population), np.int64)
    one = np.ones(len(population), np.int64)
    for number, goal in enumerate(goals.goals):
        members |= population.members(goal.group).astype(np.int64) << number
    columns = {"total": scores.secured.total, "place": scores.grade(), "members": members}
    if any(goal.is_of_conditions for goal in goals.goals):
        may = eligible(population, standard, readings)
        columns["may"] = one > 0 if may is None else may.low
    weight, unit = one, 1
    if population.weight is not None:
        counted = population.points("weight")
        weight, unit = counted.whole, counted.denominator
        hold_weights(weight, unit, len(goals.goals) + 1)  # over all goals, and counted by edits
    columns |= {"count": one, "weight": weight.astype(np.int64)}
    return replace(asked, lattice=scores.ratings.lattice, unit=unit, classes=pd.DataFrame(columns))


def _gains(population: Population, asked: Scene, lattice: int) -> tuple[int, dict[str, Whole], set[str]]:
    """Return the lattice, what a step of points brings each subject in each row (in units), and the unfit rows."""
    step = asked.goals.step.points or 1

    def version(change: Exact) -> Standard:
        """Return the standard with all these rows' maxima changed, unchecked: each decides its own row alone."""
        criteria = dict(asked.standard.criteria)
        for row in asked.rows:
            most = whole(Fraction((criteria[row].max_score or 0) + change))
            criteria[row] = criteria[row].model_copy(update={"max_score": most})
        return asked.standard.model_copy(update={"criteria": criteria})

    raters = [Rater(population, version(change), asked.readings) for change in (0, step, -step)]
    rows = [[rater.standard.criteria[row] for row in asked.rows] for rater in raters]
    lattice, gains, unfit = math.lcm(lattice, *map(Rater.lattice, raters, rows)), dict[str, Whole](), set[str]()
    check_size(asked.standard, lattice)
    rated = [rater.rate(each, lattice).secured for rater, each in zip(raters, rows, strict=True)]
    for row in asked.rows:
        now, more, less = (points[row].astype(np.int64) for points in rated)
        gains[f"gain.{row}"] = more - now
        unfit |= set() if np.array_equal(more - now, now - less) else {row}
    return lattice, gains, unfit


def _enters(population: Population, asked: Scene) -> dict[str, Whole]:
    """Return the band that each subject must reach for each place, where grades ask for more than a total.

    The population is graded once for each band, as if everyone reached its line: this gives the place that the band's
    demands, and further tables, leave to a subject that reaches that band and none above.
    """
    standard = asked.standard
    places, out_of_reach = len(standard.grades) + 1, End(value=1 + 10 * standard.maximum, closed=True)
    found = np.full((places, len(population)), -1, np.int64)
    beyond = [band.model_copy(update={"lower": out_of_reach, "upper": None}) for band in standard.bands]
    for number, band in enumerate(standard.bands):
        open_ = band.model_copy(update={"lower": None, "upper": None})
        bands = (*beyond[:number], open_, *beyond[number + 1 :])
        scores = scores_of(population, standard.model_copy(update={"bands": bands}), asked.readings)
        place = scores.grade().astype(np.int64)
        for at in range(places):
            found[at, place <= at] = number
    return {f"enters.{at}": column for at, column in enumerate(found)}


def _hashes(frame: pd.DataFrame) -> tuple[int, ...]:
    """Return sums of powers of a hash of each line: the same for the same lines in any order, and adding up.

    All numbers are taken as floats, because their types depend on whether a file has blanks or decimals.
    """
    names = sorted(frame, key=str)
    lines: Any = np.repeat(pd.util.hash_array(np.array([repr(names)], object)), len(frame))
    for name in names:
        is_number = frame[name].dtype.kind in "biuf"
        cells = frame[name].astype(np.float64) + 0.0 if is_number else frame[name]  # 0 for -0
        lines = lines * np.uint64(0x9E3779B97F4A7C15) + pd.util.hash_pandas_object(cells, index=False).to_numpy()
    return tuple(int(power.sum()) for power in (lines, lines * lines, lines * lines * lines))


def _merged(scenes: Sequence[Scene], unfit: Sequence[str]) -> Scene:
    """Merge the classes of all parts, in the coarsest units in which all of them are whole."""
    lattice, unit = (math.lcm(*(getattr(scene, name) for scene in scenes)) for name in ("lattice", "unit"))
    rows = tuple(row for row in scenes[0].rows if row not in unfit)
    classes = pd.concat([scene.in_units(lattice, unit).classes for scene in scenes], ignore_index=True)
    hold_weights(classes["weight"].to_numpy(), unit, len(scenes[0].goals.goals) + 1)
    classes = grouped(classes.drop(columns=[f"gain.{row}" for row in unfit], errors="ignore"))
    scene = replace(scenes[0], lattice=lattice, unit=unit, rows=rows, classes=classes)
    _hold(scene)
    shared = math.gcd(lattice, *(int(np.gcd.reduce(scene.column(name))) for name in scene.of_units))
    return scene.in_units(lattice // shared, unit // math.gcd(unit, int(np.gcd.reduce(scene.column("weight")))))


def _hold(scene: Scene) -> None:
    """Refuse more classes than can be searched."""
    most = MOST_CELLS // max(1, len(scene.rows))
    if len(scene) > most:
        found = msg("{count} classes of subjects under {rows} rows", count=len(scene), rows=len(scene.rows))
        right = msg("at most {most}: fewer rows or conditions in may_change, or a sample of the population", most=most)
        raise InvalidFile(msg("may_change is too wide for this many subjects"), [Problem("may_change", found, right)])


# ── back to every subject ─────────────────────────────────────────────────────────────────────────────────────────────


class Witness(NamedTuple):
    """A subject by its total (negative where the highest come first) and id, and its weight."""

    total: Fraction
    id: str
    weight: Fraction

    @property
    def order(self) -> Witness:
        """Sort key: total, then id, then weight."""
        return self


@dataclass(frozen=True)
class GoalCount(Summary):
    """How a goal stands by the exact scoring of every subject: what counts, and who is nearest to changing that.

    Parameters
    ----------
    count, possible : Fraction
        The weight that counts for certain, and the weight that counts if blank facts are granted.
    inside, outside : First of Witness
        Who counts, the lowest total first, and who does not, the highest first.
    """

    count: Fraction
    possible: Fraction
    inside: First[Witness]
    outside: First[Witness]

    def missed(self, aim: Aim) -> int:
        """Return by how much the goal is missed, in the units of its aim; blanks count against it."""
        return max(int(aim.missed(int(count * aim.unit))) for count in (self.count, self.possible))

    def witnesses(self, aim: Aim) -> list[str]:
        """Return who keeps the goal from being reached: those who break it, or those nearest to the line."""
        count, found = int(self.count * aim.unit), []
        missed = Fraction(int(aim.missed(count)), aim.unit)
        for _, name, weight in self.outside if aim.is_of_each or count < aim.low else self.inside:
            if missed <= 0:
                break
            missed -= weight
            found.append(name)
        return found


def goal_counts(population: AnyPopulation, scene: Scene, afters: Sequence[Standard]) -> list[list[GoalCount]]:
    """Return how each goal stands under each of several standards, with all subjects scored anew."""
    asked = replace(scene, classes=pd.DataFrame())
    return summed(population, partial(_counted, asked=asked, afters=afters))[1]


def _counted(population: Population, asked: Scene, afters: Sequence[Standard]) -> list[list[GoalCount]]:
    each, readings, ids = _each(population, asked), asked.readings, population.ids.to_numpy()
    found = []
    for after in afters:
        scores, everyone = scores_of(population, after, readings), np.ones(len(ids), np.bool_)
        total, lattice = scores.secured.total.astype(np.int64), scores.ratings.lattice
        graded = [scores.grade().astype(np.int64)] * 2
        entries = [np.where(may, 0, 1) for may in eligible(population, after, readings) or (everyone, everyone)]
        listed = []
        for aim in each.every_aim:
            sure, at_best = entries if aim.goal.is_of_conditions else graded
            count, possible = (Fraction(int(aim.count(place)), aim.unit) for place in (sure, at_best))
            inside = _nearest(aim, ids, total, aim.counting(sure) == 1, lattice)
            outside = _nearest(aim, ids, -total, aim.counting(sure) == 0, lattice)
            listed.append(GoalCount(count, possible, inside, outside))
        found.append(listed)
    return found


def _nearest(aim: Aim, ids: Any, order: Whole, mask: Any, lattice: int) -> First[Witness]:
    """Return the first of the masked subjects, by order, then by id."""
    places = np.flatnonzero(mask & (aim.weight > 0))
    if len(places) > MOST_WITNESSES:
        last = np.partition(order[places], MOST_WITNESSES - 1)[MOST_WITNESSES - 1]
        places = places[order[places] <= last]
    units, weights = order[places].tolist(), aim.weight[places].tolist()
    all_near = (
        Witness(Fraction(total, lattice), str(name), Fraction(weight, aim.unit))
        for total, name, weight in zip(units, ids[places], weights, strict=True)
    )
    return First(MOST_WITNESSES, tuple(heapq.nsmallest(MOST_WITNESSES, all_near)))
