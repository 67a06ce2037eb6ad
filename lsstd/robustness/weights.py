"""Weights: what they are in effect over a population, and what becomes of a grade when they are shaken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lsstd.assessment.assessment import Assessment, FactEntry
from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError, Problem
from lsstd.population.population import Population
from lsstd.population.scoring import score
from lsstd.robustness.chances import Model
from lsstd.robustness.outcomes import Chance
from lsstd.robustness.uncertainty import checked
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class EffectiveWeights:
    """Nominal and effective weights of a standard's rows over a population.

    Parameters
    ----------
    population : Population
    table : DataFrame
        One line a row: `nominal_share` of the points; `effective_share` of the total's variance, by the row's
        covariance with it (OECD/JRC handbook, 2008; they sum to 1); `linear_effect`, the squared correlation with it
        (the linear main effect of Paruolo et al., 2013); `always_met`, `never_met`; `guaranteed`, the points that
        follow from the application conditions.
    """

    population: Population
    table: pd.DataFrame = field(repr=False)

    def plot(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw nominal against effective weight."""
        from lsstd.pages.robustness_charts import shares

        return shares(self.table, self.population.standard, "effective_share", ax=ax, lang=lang)


def effective_weights(population: Population, readings: dict[str, str] | None = None) -> EffectiveWeights:
    """Return what each row's weight is in effect: how much of the differences between subjects it makes.

    Raises
    ------
    LsstdError
        Fewer than two subjects.
    """
    standard = population.standard
    if len(population) < 2:
        problem = Problem("population", same(len(population)), Text("两个以上对象", "two subjects or more"))
        raise LsstdError(Text("无从比较", "nothing to compare"), [problem])
    chosen = standard.choose_readings(readings)
    scored = score(population, standard, chosen)
    lattice, total = scored.ratings.lattice, scored.secured.total.astype(np.float64)
    guaranteed = {
        key: row.secured for key, row in evaluate(standard, _just_eligible(standard), chosen).criteria.items()
    }
    full = float(sum(row.max_score or 0 for row in standard.scored_rows))
    lines = []
    for row in standard.scored_rows:
        points = scored.ratings.secured[row.id].astype(np.float64)
        both, own, spread = np.cov(points, total, bias=True)[[0, 0, 1], [1, 0, 1]]
        top = float(row.max_score or 0) * lattice
        lines.append(
            {
                "criterion": row.id,
                "nominal_share": float(row.max_score or 0) / full,
                "effective_share": both / spread if spread else math.nan,
                "linear_effect": both**2 / (own * spread) if own * spread else 0.0,
                "always_met": bool((points >= top).all()),
                "never_met": bool((points < top).all()),
                "guaranteed": float(guaranteed[row.id]),
            }
        )
    return EffectiveWeights(population, pd.DataFrame(lines))


def _just_eligible(standard: Standard) -> Assessment:
    """Return an assessment that says nothing but what the conditions and vetoes ask for, and no more of it."""
    tests = [test for condition in standard.conditions.values() for test in condition.tests]
    tests += [veto.test for veto in standard.vetoes.values()]
    facts: dict[str, FactEntry] = {}
    for test in sorted(tests, key=lambda test: (test.fact, test.value)):
        facts[test.fact] = FactEntry(value=_just(standard, test))
    return Assessment(standard=standard.standard, facts=facts)


def _just(standard: Standard, test: Test) -> Any:
    """Return a value that just meets a demand."""
    if test.operator not in (">", "<"):
        return test.value
    step = 1 if standard.facts[test.fact].kind == "count" else Fraction(1, 10**6)
    return test.value + step if test.operator == ">" else test.value - step


@dataclass(frozen=True)
class WeightUncertainty:
    """What becomes of a score and its grade when the rows' points are drawn around the printed ones.

    Parameters
    ----------
    grades : dict
        The chance of each grade over the draws, highest first, None for none.
    draws : int
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
    draws, seed : int

    Raises
    ------
    LsstdError
        No draws, a concentration or change that is not above 0, a standard that is no sum.
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
    full, model = points.sum(), Model(standard, assessment, chosen, Chance())

    def graded(total: float) -> str | None:
        exact = Fraction(total).limit_denominator(10**9)
        return model.watch.grade(model.watch.rounded(exact), model.watch.none)

    drawn = np.random.default_rng(seed).dirichlet(concentration * points / full, draws) @ shares * full
    found = pd.Series([graded(total) for total in drawn], dtype=object)
    grades: dict[str | None, float] = {grade: float((found == grade).mean()) for grade in standard.grades}
    grades[None] = float(found.isna().mean())
    table = pd.DataFrame([_alone(row.criterion.id, i, points, shares, change, graded) for i, row in enumerate(rows)])
    return WeightUncertainty(grades, draws, float(drawn.mean()), float(drawn.std()), table)


def _alone(
    name: str, i: int, points: Any, shares: Any, change: float, graded: Callable[[float], str | None]
) -> dict[str, Any]:
    """Return score and grade with one row's points less and more, the others scaled to keep the total."""
    line: dict[str, Any] = {"criterion": name}
    for word, factor in (("less", 1 - change), ("more", 1 + change)):
        own = points[i] * factor
        rest = (points.sum() - own) / (points.sum() - points[i]) if points.sum() > points[i] else 0.0
        total = float(rest * (points @ shares - points[i] * shares[i]) + own * shares[i])
        line |= {f"score_{word}": total, f"grade_{word}": graded(total)}
    return line


def _refuse(standard: Standard, concentration: float, change: float, draws: int) -> None:
    """Refuse what no weights can be drawn from."""
    above = Text("大于 0 的数", "a number above 0")
    problems = [
        Problem(name, same(v), above)
        for name, v in (("concentration", concentration), ("change", change), ("draws", draws))
        if not v > 0
    ]
    if not standard.is_plain:
        problems.append(
            Problem("standard", same(standard.standard), Text("总分为各行之和", "a total that is a sum of rows"))
        )
    if problems:
        raise LsstdError(Text("无法扰动权重", "weights that cannot be shaken"), problems)
