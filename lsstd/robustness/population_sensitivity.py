"""What scores and grades depend on between the subjects of a population, each number with a bootstrap interval.

Correlation ratio: Pearson (1905), as main effect of dependent inputs Paruolo et al. (2013), corrected for chance as by
Kelley (1935). Exchanging one row: Jansen (1999). Interaction of two: Liu and Owen (2006). Leaving an indicator out:
OECD/JRC handbook (2008), step 7. Percentile bootstrap over subjects: Efron (1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from lsstd.changes.reform import Reform
from lsstd.engine.charted import Charted
from lsstd.errors import LsstdError, Problem
from lsstd.exact import nearest
from lsstd.population.impact import records
from lsstd.population.moves import moves_of
from lsstd.population.population import Population
from lsstd.population.ratings import Rater, Ratings
from lsstd.population.scoring import Scores, grade_lines, score_trees, scores_of
from lsstd.robustness.distribution import Array
from lsstd.robustness.sensitivity import KEYS, SCORE, By, check_target, rows_below
from lsstd.standard.models import fields_of
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, same

FEWEST = 10  # fewest subjects from which an interval is estimated: of fewer, resampling repeats the same few
MOST_RESAMPLED = 5_000
"""Above so many subjects no interval is computed unless asked for: it would be narrower than what is printed."""
_DONORS, _OF_PAIRS, _PAIRED = 200, 8, 8  # most distinct points exchanged, alone and of two; rows that are paired
_LEVELS = (0.025, 0.975)


class Resamples:
    """Bootstrap: how often each subject is drawn in each of many samples of the same size, by its weight.

    Raises `LsstdError`: a negative number of resamples; too few subjects for an interval.
    """

    def __init__(self, population: Population, resamples: int | None, seed: int) -> None:
        size = len(population)
        if size < 2:
            raise LsstdError(
                msg("nothing to compare"), [Problem("population", same(size), msg("two subjects or more"))]
            )
        self.count = (1000 if size <= MOST_RESAMPLED else 0) if resamples is None else resamples
        problems = [Problem("resamples", same(self.count), same("≥ 0"))] if self.count < 0 else []
        if self.count and size < FEWEST:
            expected = msg("at least {fewest}, or no intervals (resamples: 0)", fewest=FEWEST)
            problems.append(Problem("population", msg("{size} subjects", size=size), expected))
        if problems:
            raise LsstdError(msg("no interval can be estimated"), problems)
        weight = np.ones(size) if population.weight is None else population.weight
        drawn = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), self.count)
        weights = np.vstack([np.ones(size), drawn]) * weight
        self.weights = weights / weights.sum(1, keepdims=True)
        """The share of each subject (across) in the population itself, and in each sample (down)."""

    def shares(self, place: NDArray[np.intp]) -> Array:
        """Return the share of each place (across) in the population and in every sample, of those with a place."""
        held = np.stack([self.weights[:, place == i].sum(1) for i in range(place.max() + 1)], 1)
        return np.asarray(held / np.maximum(held.sum(1, keepdims=True), 1e-300))

    def interval(self, name: str, values: Array) -> dict[str, float]:
        """Return a number, computed for the population and for every sample, with the ends of its 95 % interval."""
        if not self.count:
            return {name: float(values[0])}
        low, high = np.nanquantile(values[1:], _LEVELS) if not np.isnan(values[1:]).all() else (math.nan, math.nan)
        return {name: float(values[0]), f"{name}_low": float(low), f"{name}_high": float(high)}


@dataclass(frozen=True)
class PopulationSensitivity(Charted):
    """What the score, or having a grade, depends on between subjects.

    Parameters
    ----------
    target : str
        ``score``, or the grade that is reached or surpassed.
    value : dict
        The mean score, or the share of subjects with the grade, with its interval.
    table : DataFrame
        One line a row (or an indicator): `nominal_share` of the points; `first_order`, the correlation ratio: the share
        of the target's variance between subjects who differ on it, corrected for chance; `total`, half the mean square
        of what the target changes by if its points are exchanged for those of a subject drawn at random, by the
        target's variance. Where rows are independent of each other these are Sobol's indices.
    pairs : DataFrame
        Of the rows with the largest totals, each two: `interaction`, what they bring together and neither alone.
    left_out : DataFrame
        One line an indicator: how many grades rise and fall, and how far subjects move in rank, if the standard did
        without it, the other rows rescaled to the same total. Missing where it cannot be taken out.
    """

    population: Population
    standard: Standard
    by: By
    target: str
    value: dict[str, float]
    table: pd.DataFrame = field(repr=False)
    pairs: pd.DataFrame = field(repr=False)
    left_out: pd.DataFrame = field(repr=False)
    resamples: int
    seed: int

    @property
    def assumptions(self) -> tuple[Text, ...]:
        """What the numbers rest on."""
        n, seed = self.resamples, self.seed
        drawn = msg("Intervals: 95 %, bootstrap of subjects, {n} resamples, seed {seed}", n=n, seed=seed)
        return (
            msg("Blank cells count nothing, as in the score; the subjects are taken as a sample drawn at random"),
            msg("Exchanges keep all other rows of a subject unchanged, though rows may be correlated"),
            drawn if n else msg("Without intervals: no resamples were drawn"),
            *self.population.notes,
        )

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found = lsstd.population_sensitivity(people, "hlj-base-evaluation", resamples=20).to_dict("en")
        >>> found["target"], found["resamples"], found["seed"]
        ('AA', 20, 0)
        """
        frames = {"rows": self.table, "pairs": self.pairs, "left_out": self.left_out}
        return {
            "standard": self.standard.standard,
            "population": {"count": len(self.population)},
            **fields_of(self, "by target value resamples seed"),
            **{name: records(frame) for name, frame in frames.items()},
            "assumptions": [text.to(lang) for text in self.assumptions],
        }


def population_sensitivity(
    population: Population,
    standard: Standard | None = None,
    target: str | None = None,
    *,
    by: By = "criteria",
    readings: dict[str, str] | None = None,
    resamples: int | None = None,
    seed: int = 0,
) -> PopulationSensitivity:
    """Return what the score, or having a grade, depends on between the subjects of a population.

    Parameters
    ----------
    standard : Standard, optional
        Perhaps a reformed one; without it, the one that the population was read against.
    target : str, optional
        ``score``, or a grade (reached or surpassed); without it the grade that divides the subjects most evenly.
    by : {"criteria", "indicators"}
        Rows, or the rows of each indicator together.
    resamples : int, optional
        Of the bootstrap; 0 for no intervals. Without it 1000, but none for more than 5,000 subjects.

    Raises
    ------
    LsstdError
        A target that does not exist; too few subjects for an interval.

    Notes
    -----
    Exchanges that hardly ever change a grade (fewer than about three in as many as there are subjects) have intervals
    that are too narrow: what did not occur in the sample cannot occur in its resamples.

    Examples
    --------
    >>> import lsstd
    >>> found = lsstd.population_sensitivity("data/populations/made_up_60.csv", by="indicators")
    >>> found.target, found.table.nlargest(1, "total")["indicator"].item()
    ('AA', 'operation_service')
    """
    standard = standard or population.standard
    drawn = Resamples(population, resamples, seed)
    check_target(standard, target)
    model, key = _Exchanges(scores_of(population, standard, readings), target, seed), KEYS[by]
    blocks = {row.id: [row.id] for row in standard.scored_rows}
    if by == "indicators":
        below = {name: rows_below(standard, name) for name in standard.indicators}
        blocks = {name: [row for row in rows if row in standard.reach] for name, rows in below.items() if rows}
    full, spread = float(sum(standard.reach.values())), model.variances(drawn)
    lines = []
    for name, rows in blocks.items():
        line = {key: name, "nominal_share": float(sum(standard.reach[row] for row in rows)) / full}
        line |= drawn.interval("first_order", _divided(model.between(rows, drawn), spread))
        half = model.exchanged(model.block(rows), drawn) / 2
        lines.append(line | drawn.interval("total", _divided(half, spread)))
    table = pd.DataFrame(lines)
    is_sum = model.target == SCORE and model.scores.plan is not None  # in which no two rows do anything together
    most = {*table.nlargest(0 if is_sum else _PAIRED, "total")[key]}
    paired = {name: model.block(rows, _OF_PAIRS) for name, rows in blocks.items() if name in most}
    together = []
    for one, other in (two for two in combinations(paired, 2) if {*blocks[two[0]]}.isdisjoint(blocks[two[1]])):
        share = _divided(model.together(paired[one], paired[other], drawn) / 4, spread)
        together.append({"first": one, "second": other} | drawn.interval("interaction", share))
    pairs = pd.DataFrame(together, columns=[*together[0]] if together else ["first", "second", "interaction"])
    pairs = pairs.sort_values("interaction", ascending=False, kind="stable", ignore_index=True)
    value = drawn.interval("value", drawn.weights @ model.values)
    left_out = pd.DataFrame(_left_out(population, standard, readings, drawn))
    frames = table, pairs, left_out
    return PopulationSensitivity(population, standard, by, model.target, value, *frames, drawn.count, seed)


def _divided(part: Array, whole: Array) -> Array:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), math.nan), where=whole > 1e-12))


class _Block(NamedTuple):
    """Rows that are exchanged together."""

    rows: Sequence[str]
    points: NDArray[np.int64]
    """The distinct points that occur, one a column; in a standard that is a sum only those of all rows together."""
    place: NDArray[np.intp]  # which of them each subject has; -1 for one that was not drawn
    own: NDArray[np.int64]  # what each subject has on all rows together


class _Exchanges:
    """A population's target, as it is and with some rows' points exchanged for those of others."""

    def __init__(self, scores: Scores, target: str | None, seed: int) -> None:
        self.scores, self.standard, self.seed = scores, scores.standard, seed
        self.points = scores.ratings.secured
        self.rater = Rater(scores.population, scores.standard, scores.readings)
        self.lines = grade_lines(scores.standard, scores.readings, scores.ratings.lattice)
        self.codes = self.lines.codes((*scores.standard.grades, None))
        self.unrounded = scores.unrounded.astype(np.int64)
        shares = {name: (scores.grade() <= i).mean() for i, name in enumerate(self.standard.grades)}
        self.target = target or min(shares, key=lambda grade: abs(shares[grade] - 0.5), default=SCORE)
        self.values = self.of(scores.secured.total, scores.grade())

    def of(self, total: NDArray[Any], codes: NDArray[np.uint8]) -> Array:
        """Return the target: the score, or whether the grade is reached."""
        if self.target == SCORE:
            return total / self.scores.ratings.lattice
        return np.asarray(codes <= self.standard.grades.index(self.target), np.float64)

    def given(self, *chosen: tuple[_Block, int]) -> Array:
        """Return the target of every subject if all had one of the points that occur on some rows."""
        if self.scores.plan is None:
            columns = {
                row: np.full(len(self.values), units, np.int64)
                for block, i in chosen
                for row, units in zip(block.rows, block.points[:, i], strict=True)
            }
            lattice = self.scores.ratings.lattice
            scores = score_trees(self.rater, Ratings(lattice, {**self.points, **columns}, self.points))
            return self.of(scores.secured.total * lattice / scores.ratings.lattice, scores.grade())
        total = self.unrounded + sum(block.points[:, i].sum() - block.own for block, i in chosen)
        if step := self.scores.plan.step:
            total = nearest(total, step, self.scores.plan.to_even)
        return self.of(total, self.codes[np.searchsorted(self.lines.edges, total, "right")])

    def block(self, rows: Sequence[str], most: int = _DONORS) -> _Block:
        """Return the points that occur on some rows; of too many, some drawn at random."""
        columns = np.stack([self.points[row].astype(np.int64) for row in rows])
        own = columns.sum(0)
        distinct, place = np.unique(columns if self.scores.plan is None else own[None], axis=1, return_inverse=True)
        if (size := distinct.shape[1]) > most:
            kept, new = np.random.default_rng(self.seed).choice(size, most, replace=False), np.full(size, -1)
            new[kept] = np.arange(most)
            distinct, place = distinct[:, kept], new[place.ravel()]
        return _Block(rows, distinct, place.ravel(), own)

    def variances(self, drawn: Resamples) -> Array:
        """Return the target's variance in the population and in every sample."""
        means: Array = drawn.weights @ self.values
        return np.asarray(np.maximum(drawn.weights @ self.values**2 - means**2, 0))

    def between(self, rows: Sequence[str], drawn: Resamples) -> Array:
        """Return the variance between subjects with other points on some rows, without what chance alone brings.

        Where more than a fifth of the subjects have points of their own, neighbouring ones are put into classes.
        """
        size = len(self.values)
        points = sum(self.points[row].astype(np.float64) for row in rows)
        distinct, places = np.unique(points, return_inverse=True)
        if len(distinct) > (most := max(2, size // 5)):
            ranks = rankdata(points, "average")
            distinct, places = np.unique(np.floor(ranks / (size + 1) * min(most, 20)), return_inverse=True)
        weights, count = drawn.weights, len(distinct)
        held, summed = np.zeros((2, len(weights), count))
        for code in range(count):
            members = places.ravel() == code
            held[:, code] = weights[:, members].sum(1)
            summed[:, code] = weights[:, members] @ self.values[members]
        classes = (held > 0).sum(1)
        mean = weights @ self.values
        explained = np.divide(summed**2, held, out=np.zeros_like(held), where=held > 0).sum(1) - mean**2
        left = np.maximum(self.variances(drawn) - explained, 0)
        return np.asarray(np.maximum(explained - left * (classes - 1) / np.maximum(size - classes, 1), 0))

    def exchanged(self, block: _Block, drawn: Resamples) -> Array:
        """Return the mean square of what the target changes by if rows are exchanged for those of another subject."""
        changes = np.stack([self.values - self.given((block, i)) for i in range(block.points.shape[1])], 1)
        return np.asarray((drawn.shares(block.place) * (drawn.weights @ changes**2)).sum(1))

    def together(self, one: _Block, other: _Block, drawn: Resamples) -> Array:
        """Return the mean square of what two exchanges change together and neither alone."""
        seconds = range(other.points.shape[1])
        alone = np.stack([self.given((other, j)) for j in seconds], 1)
        firsts, found = drawn.shares(one.place), np.zeros(len(drawn.weights))
        for i in range(one.points.shape[1]):
            both = np.stack([self.given((one, i), (other, j)) for j in seconds], 1)
            changes = self.values[:, None] - self.given((one, i))[:, None] - alone + both
            found += firsts[:, i] * (drawn.shares(other.place) * (drawn.weights @ changes**2)).sum(1)
        return found


def without(standard: Standard, indicator: str) -> Standard | None:
    """Return the standard without an indicator, all other rows rescaled to the same total; None if that cannot be."""
    nodes = [indicator]
    for node in nodes:
        nodes += [child.id for child in standard.children_of[node]]
    rows = [row.id for node in nodes for row in standard.rows_of[node]]
    rest = [f"indicators.{top.id}" for top in standard.children_of[None] if top.id != indicator]
    dropped = [*(f"criteria.{row}" for row in rows), *(f"indicators.{node}" for node in reversed(nodes))]
    reform = {"standard": standard.standard, "drop": dropped, "restore_total": {"rescale": rest}}
    try:
        return Reform.model_validate({"reform": "without", **reform}).apply(standard) if rest else None
    except LsstdError:
        return None


def _left_out(
    population: Population, standard: Standard, readings: dict[str, str] | None, drawn: Resamples
) -> Iterator[dict[str, Any]]:
    """Yield what leaving out each indicator does to grades and ranks."""
    for name in standard.indicators:
        line: dict[str, Any] = {"indicator": name, "up": None}
        try:
            after = without(standard, name)
            moves = moves_of(population, standard, after, readings) if after else None
        except LsstdError:  # points too fine to be counted
            moves = None
        if moves is None:
            yield line
            continue
        before, now = (rankdata(-side.total.astype(np.float64), "average") for side in moves.sides)
        moved, shift = moves.winners | moves.losers, np.abs(now - before)
        line |= {"up": int(moves.winners.sum()), "down": int(moves.losers.sum())}
        line |= drawn.interval("moved", drawn.weights @ moved) | drawn.interval("rank_shift", drawn.weights @ shift)
        yield line | {"largest_shift": float(shift.max())}
