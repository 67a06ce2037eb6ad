"""Weights: what they are in effect over a population, and what becomes of a grade when they are shaken."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Assessment, FactEntry
from lsstd.engine.charted import Charted
from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError, Problem
from lsstd.population.population import Population
from lsstd.population.scoring import scores_of
from lsstd.robustness.distribution import Array
from lsstd.robustness.independent_groups import TotalGrades
from lsstd.robustness.population_sensitivity import Resamples
from lsstd.robustness.row_chances import candidates
from lsstd.robustness.uncertainty import checked
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, same

ALONG = (0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
"""The spreads of the curve."""


@dataclass(frozen=True)
class EffectiveWeights(Charted):
    """Nominal and effective weights of a standard's rows over a population.

    Parameters
    ----------
    table : DataFrame
        One line a row, estimates with the ends of their bootstrap intervals (`_low`, `_high`: 95 %):
        `nominal_share` of what all rows can bring to the total; `effective_share` of the total's
        variance over the (weighted) subjects, by the row's covariance with it (OECD/JRC handbook, 2008; where the
        total is a sum of rows that all count, they sum to 1); `linear_effect`, the squared correlation with it (the
        linear main effect of Paruolo et al., 2013); `always_met`, `never_met`; `guaranteed`, the points that follow
        from the application conditions.
    """

    population: Population
    table: pd.DataFrame = field(repr=False)

    @property
    def standard(self) -> Standard:
        """The standard whose rows are weighed."""
        return self.population.standard


def effective_weights(
    population: Population, readings: dict[str, str] | None = None, *, resamples: int | None = None, seed: int = 0
) -> EffectiveWeights:
    """Return what each row's weight is in effect: how much of the differences between subjects it makes.

    Parameters
    ----------
    resamples : int, optional
        Of the bootstrap for the intervals, as in `population_sensitivity`.

    Raises
    ------
    LsstdError
        Fewer than two subjects; too few for an interval.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> "effective_share" in lsstd.effective_weights(people).table
    True
    """
    standard, drawn = population.standard, Resamples(population, resamples, seed)
    chosen, rows = standard.choose_readings(readings), standard.scored_rows
    scored, eligible = scores_of(population, standard, chosen), evaluate(standard, _just_eligible(standard), chosen)
    points = np.column_stack([scored.ratings.secured[row.id] for row in rows]) / scored.ratings.lattice
    left_out = chosen["recommended_rows"] == "left_out"
    counted = [not (left_out and row.provision.kind == "recommendation") for row in rows]
    top = np.array([float(row.max_score or 0) for row in rows])
    reach = np.array([float(most) for most in standard.reach.values()]) * counted
    total = scored.secured.total / scored.ratings.lattice
    brought, total = points * np.divide(reach, top, out=np.zeros_like(top), where=top > 0), total - total.mean()
    brought = brought - brought.mean(0)  # so that no digits are lost to large means
    means, mean = drawn.weights @ brought, (drawn.weights @ total)[:, None]
    both = drawn.weights @ (brought * total[:, None]) - means * mean
    own, spread = drawn.weights @ brought**2 - means**2, (drawn.weights @ total**2)[:, None] - mean**2
    share = np.divide(both, spread, out=np.full_like(both, math.nan), where=spread > 1e-12)
    effect = np.divide(both**2, own * spread, out=np.zeros_like(both), where=own * spread > 1e-12)
    is_met = points >= top
    lines = []
    for i, row in enumerate(rows):
        line = {"criterion": row.id, "nominal_share": reach[i] / reach.sum()}
        line |= drawn.interval("effective_share", share[:, i]) | drawn.interval("linear_effect", effect[:, i])
        line |= {"always_met": bool(is_met[:, i].all()), "never_met": not is_met[:, i].any()}
        lines.append(line | {"guaranteed": float(eligible.criteria[row.id].secured)})
    return EffectiveWeights(population, pd.DataFrame(lines))


def _just_eligible(standard: Standard) -> Assessment:
    """Return an assessment that says nothing but what the conditions and vetoes ask for, and no more of it."""
    tests = [test for c in standard.conditions.values() for test in c.tests[: 1 if c.any_of else None] if not c.applies]
    tests += [veto.test for veto in standard.vetoes.values()]
    facts: dict[str, FactEntry] = {}
    for test in sorted(tests, key=lambda test: (test.fact, test.is_number and test.value)):
        facts[test.fact] = FactEntry(value=_just(standard, test))
    return Assessment(standard=standard.standard, facts=facts)


def _just(standard: Standard, test: Test) -> Any:
    if standard.facts[test.fact].kind == "choices" or test.operator in ("in", "!=", "not_in"):
        return next((value for value in candidates(standard, [test]) if test.meets(value)), None)
    if test.operator not in (">", "<"):
        return test.value
    step = 1 if standard.facts[test.fact].kind == "count" else Fraction(1, 10**6)
    return test.value + step if test.operator == ">" else test.value - step


@dataclass(frozen=True)
class WeightUncertainty(Charted):
    """What becomes of a score and its grade when the rows' points lie anywhere around the printed ones.

    Parameters
    ----------
    spread : float
        The standard deviation of each row's points, as a share of the printed ones: 0.1 is ± 10 %.
    grades : dict
        The chance of each grade over the draws, highest first, None for none.
    table : DataFrame
        The same along the spread: ``spread``, ``mean``, ``sd``, and a column for each grade (``none`` for no grade).
    """

    standard: Standard
    spread: float
    grades: dict[str | None, float]
    draws: int
    seed: int
    table: pd.DataFrame = field(repr=False)

    @property
    def standard_error(self) -> float:
        """The greatest standard error of a grade's chance."""
        return max(math.sqrt(p * (1 - p) / self.draws) for p in self.grades.values())

    @property
    def assumptions(self) -> tuple[Text, ...]:
        """What the chances rest on."""
        spread = f"{self.spread:.0%}"
        drawn = msg(
            "each row's points are drawn around the printed ones with a standard deviation of ± {spread} of them "
            "(log-normal), independently of the other rows; then all are scaled to the printed total",
            spread=spread,
        )
        kept = msg("every row keeps the share of its points that it has secured; what is unknown counts nothing")
        return drawn, kept, msg("{draws} draws, seed {seed}", draws=self.draws, seed=self.seed)


def weight_uncertainty(
    standard: Standard,
    assessment: Assessment,
    *,
    readings: dict[str, str] | None = None,
    spread: float = 0.1,
    draws: int = 10_000,
    seed: int = 0,
) -> WeightUncertainty:
    """Return what becomes of the secured score if rows weighed otherwise, each keeping the share it earned.

    Parameters
    ----------
    spread : float
        The standard deviation of each row's points as a share of the printed ones, around which they are drawn
        (log-normal), independently; then all are scaled to the printed total.

    Raises
    ------
    LsstdError
        No draws, a spread outside 0 to 1, a standard that is no sum.

    Examples
    --------
    >>> found = lsstd.weight_uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml", draws=1000)
    >>> list(found.grades), found.draws
    (['AAAA', 'AAA', 'AA', 'A', None], 1000)
    """
    chosen = checked(standard, assessment, readings)
    within, total = msg("a share, such as 0.1, from 0 to less than 1"), msg("a total that is a sum of rows")
    problems: list[Problem] = []
    if not 0 <= spread < 1:
        problems.append(Problem("spread", same(spread), within))
    if draws < 1:
        problems.append(Problem("draws", same(draws), same("≥ 1")))
    if not standard.is_plain:
        problems.append(Problem("standard", same(standard.standard), total))
    if problems:
        raise LsstdError(msg("the weights cannot be varied"), problems)
    every = evaluate(standard, assessment, chosen).criteria.values()
    rows = [row for row in every if row.criterion.max_score and not row.left_out]
    points = np.array([float(row.criterion.max_score or 0) for row in rows])
    shares = np.array([float(row.secured) for row in rows]) / points
    full, fine, names = float(points.sum()), 10**9, (*standard.grades, None)
    grading = TotalGrades(standard, chosen)

    def grades_of(totals: Array) -> NDArray[np.intp]:  # by billionths of a point, so without the dust of floats
        return grading.of(np.rint(totals * fine).astype(np.int64), fine).grades

    ways = np.random.default_rng(seed).standard_normal((draws, len(points)))
    curve, heads = [], [name or "none" for name in names]
    for each in (spread, *ALONG):  # with the same draws
        log_sd = math.sqrt(math.log1p(each**2))
        weighed = np.exp(log_sd * ways - log_sd**2 / 2) * points
        drawn = weighed @ shares * full / weighed.sum(1)
        often = np.bincount(grades_of(drawn), minlength=len(names)) / draws
        moments = {"mean": float(drawn.mean()), "sd": float(drawn.std())}
        curve.append({"spread": each, **moments, **dict(zip(heads, often.tolist(), strict=True))})
    found = {name: curve[0][head] for name, head in zip(names, heads, strict=True)}
    return WeightUncertainty(standard, spread, found, draws, seed, pd.DataFrame(curve[1:]))
