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
from lsstd.population.scoring import score
from lsstd.robustness.distribution import Array
from lsstd.robustness.independent_groups import TotalGrades
from lsstd.robustness.row_chances import candidates
from lsstd.robustness.uncertainty import checked
from lsstd.standard.models import Concise
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import msg, same


@dataclass(frozen=True)
class EffectiveWeights(Charted):
    """Nominal and effective weights of a standard's rows over a population.

    Parameters
    ----------
    table : DataFrame
        One line a row: `nominal_share` of what all rows can bring to the total; `effective_share` of the total's
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


def effective_weights(population: Population, readings: dict[str, str] | None = None) -> EffectiveWeights:
    """Return what each row's weight is in effect: how much of the differences between subjects it makes.

    Raises
    ------
    LsstdError
        Fewer than two subjects.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> lsstd.effective_weights(people).table.columns.tolist()
    ['criterion', 'nominal_share', 'effective_share', 'linear_effect', 'always_met', 'never_met', 'guaranteed']
    """
    standard = population.standard
    if len(population) < 2:
        problem = Problem("population", same(len(population)), msg("two subjects or more"))
        raise LsstdError(msg("nothing to compare"), [problem])
    chosen, rows = standard.choose_readings(readings), standard.scored_rows
    scored, eligible = score(population, standard, chosen), evaluate(standard, _just_eligible(standard), chosen)
    points = np.column_stack([scored.ratings.secured[row.id] for row in rows]) / scored.ratings.lattice
    left_out = chosen["recommended_rows"] == "left_out"
    counted = [not (left_out and row.provision.kind == "recommendation") for row in rows]
    top = np.array([float(row.max_score or 0) for row in rows])
    reach = np.array([float(most) for most in standard.reach.values()])
    reach, total = reach * counted, scored.secured.total / scored.ratings.lattice
    brought = points * np.divide(reach, top, out=np.zeros_like(top), where=top > 0)
    brought, total = (values - np.average(values, 0, population.weight) for values in (brought, total))
    products = (brought * total[:, None], brought**2, total**2)
    both, own, spread = (np.average(values, 0, population.weight) for values in products)
    is_met = points >= top
    columns = {
        "criterion": [row.id for row in rows],
        "nominal_share": reach / reach.sum(),
        "effective_share": both / spread if spread else math.nan,
        "linear_effect": np.divide(both**2, own * spread, out=np.zeros_like(both), where=own * spread > 0),
        "always_met": is_met.all(0),
        "never_met": ~is_met.any(0),
        "guaranteed": [float(eligible.criteria[row.id].secured) for row in rows],
    }
    return EffectiveWeights(population, pd.DataFrame(columns))


def _just_eligible(standard: Standard) -> Assessment:
    """Return an assessment that says nothing but what the conditions and vetoes ask for, and no more of it."""
    tests = [test for c in standard.conditions.values() for test in c.tests[: 1 if c.any_of else None] if not c.applies]
    tests += [veto.test for veto in standard.vetoes.values()]
    facts: dict[str, FactEntry] = {}
    for test in sorted(tests, key=lambda test: (test.fact, test.is_number and test.value)):
        facts[test.fact] = FactEntry(value=_just(standard, test))
    return Assessment(standard=standard.standard, facts=facts)


def _just(standard: Standard, test: Test) -> Any:
    """Return a value that just meets a demand."""
    if standard.facts[test.fact].kind == "choices" or test.operator in ("in", "!=", "not_in"):
        return next((value for value in candidates(standard, [test]) if test.meets(value)), None)
    if test.operator not in (">", "<"):
        return test.value
    step = 1 if standard.facts[test.fact].kind == "count" else Fraction(1, 10**6)
    return test.value + step if test.operator == ">" else test.value - step


@dataclass(frozen=True)
class WeightUncertainty(Concise):
    """What becomes of a score and its grade when the rows' points are drawn around the printed ones.

    Parameters
    ----------
    grades : dict
        The chance of each grade over the draws, highest first, None for none.
    table : DataFrame
        One line a row: the score and grade with its points a share less or more, the others scaled to keep the total.
    """

    grades: dict[str | None, float]
    draws: int
    mean: float
    sd: float
    table: pd.DataFrame = field(repr=False)

    @property
    def standard_error(self) -> float:
        """The greatest standard error of a grade's chance."""
        return max(math.sqrt(p * (1 - p) / self.draws) for p in self.grades.values())


def weight_uncertainty(
    standard: Standard,
    assessment: Assessment,
    *,
    readings: dict[str, str] | None = None,
    concentration: float = 500.0,
    change: float = 0.25,
    draws: int = 10_000,
    seed: int = 0,
) -> WeightUncertainty:
    """Return what becomes of the secured score if rows weighed otherwise, each keeping the share it earned.

    Parameters
    ----------
    standard, assessment, readings
        As in `evaluate`; a standard in which every number is a sum.
    concentration : float
        Of the Dirichlet distribution around the printed points (its mean): the higher, the closer to them.
    change : float
        By which share of its points a row is changed alone.

    Raises
    ------
    LsstdError
        No draws, a concentration or change that is not above 0, a standard that is no sum.

    Examples
    --------
    >>> found = lsstd.weight_uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml", draws=1000)
    >>> list(found.grades), found.draws
    (['AAAA', 'AAA', 'AA', 'A', None], 1000)
    """
    chosen = checked(standard, assessment, readings)
    _refuse(standard, concentration, change, draws)
    rows = [
        row
        for row in evaluate(standard, assessment, chosen).criteria.values()
        if row.criterion.max_score and not row.left_out
    ]
    points = np.array([float(row.criterion.max_score or 0) for row in rows])
    shares = np.array([float(row.secured) for row in rows]) / points
    full, fine, names = float(points.sum()), 10**9, np.array((*standard.grades, None), object)

    def grades_of(totals: Array) -> NDArray[np.intp]:  # by billionths of a point, so without the dust of floats
        return TotalGrades(standard, chosen).of(np.rint(totals * fine).astype(np.int64), fine).grades

    drawn = np.random.default_rng(seed).dirichlet(concentration * points / full, draws) @ shares * full
    often = np.bincount(grades_of(drawn), minlength=len(names)) / draws
    columns: dict[str, Any] = {"criterion": [row.criterion.id for row in rows]}
    for word, factor in (("less", 1 - change), ("more", 1 + change)):
        moved = np.minimum(factor * points, full)
        rest = np.divide(full - moved, full - points, out=np.zeros_like(points), where=points < full)
        totals = rest * (points @ shares - points * shares) + moved * shares
        columns |= {f"score_{word}": totals, f"grade_{word}": pd.Series(names[grades_of(totals)], dtype=object)}
    grades = dict(zip((*standard.grades, None), often.tolist(), strict=True))
    return WeightUncertainty(grades, draws, float(drawn.mean()), float(drawn.std()), pd.DataFrame(columns))


def _refuse(standard: Standard, concentration: float, change: float, draws: int) -> None:
    """Refuse what no weights can be drawn from."""
    above, total = msg("a number above 0"), msg("a total that is a sum of rows")
    numbers = {"concentration": concentration, "change": change, "draws": draws}
    problems = [Problem(name, same(number), above) for name, number in numbers.items() if not number > 0]
    problems += [Problem("change", same(change), msg("less than 1"))] if change >= 1 else []
    problems += [] if standard.is_plain else [Problem("standard", same(standard.standard), total)]
    if problems:
        raise LsstdError(msg("the weights cannot be varied"), problems)
