"""How sure a score and a grade are: the exact distribution of both, whatever is unknown, a range or a chance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check
from lsstd.engine.charted import Charted
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, shown, whole
from lsstd.robustness.common_factor import Common, chances_of
from lsstd.robustness.independent_groups import Unknowns, mixture
from lsstd.robustness.joint_outcomes import drawn, totals_of
from lsstd.robustness.row_chances import TooLarge
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, same

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Uncertainty(Charted):
    """How sure one subject's score and grade are.

    Parameters
    ----------
    scores : dict
        The chance of each score that can be, lowest first.
    grades, awarded : dict
        The chance of each grade by score, and of each that can be awarded; highest first, None for none.
    method : {"exact", "sampled"}
    assumptions : tuple of Text
        What the chances rest on.
    draws : int, optional
        Where sampled, how many.
    """

    standard: Standard
    assessment: Assessment
    readings: dict[str, str]
    scores: dict[Exact, float]
    grades: dict[str | None, float]
    awarded: dict[str | None, float]
    method: str
    assumptions: tuple[Text, ...]
    draws: int | None = None

    @property
    def mean(self) -> float:
        """The expected score."""
        return math.fsum(float(score) * p for score, p in self.scores.items())

    @property
    def sd(self) -> float:
        """The standard deviation of the score."""
        mean = self.mean
        return math.sqrt(math.fsum((float(score) - mean) ** 2 * p for score, p in self.scores.items()))

    @property
    def standard_error(self) -> float | None:
        """The greatest standard error of a grade's chance where it was sampled; None where it is exact."""
        if self.draws is None:
            return None
        return max(math.sqrt(p * (1 - p) / self.draws) for p in (*self.grades.values(), *self.awarded.values()))

    def quantile(self, p: float) -> Exact:
        """Return the lowest score that is not exceeded with a chance of at least p.

        >>> float(lsstd.uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml").quantile(0.5))
        415.5833333333333
        """
        reached = 0.0
        for score, chance in self.scores.items():
            reached += chance
            if reached >= p - 1e-12:
                return score
        return max(self.scores)

    @property
    def table(self) -> pd.DataFrame:
        """Each grade with its chance by score, and with its chance of being awarded."""
        lines = [(grade, p, self.awarded[grade]) for grade, p in self.grades.items()]
        return pd.DataFrame(lines, columns=["grade", "probability", "awarded"])

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> lsstd.uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml").to_dict()["method"]
        'exact'
        """
        document = {
            **fields_of(self, "standard=standard.standard subject=assessment.subject.name"),
            "readings": self.standard.printed_readings(self.readings),
            "grades": [{"grade": grade, "probability": p} for grade, p in self.grades.items()],
            "awarded": [{"grade": grade, "probability": p} for grade, p in self.awarded.items()],
            **fields_of(self, "mean sd"),
            "quantiles": [{"p": p, "score": self.quantile(p)} for p in QUANTILES],
            **fields_of(self, "method" if self.draws is None else "method draws standard_error"),
            "assumptions": self.assumptions,
        }
        return json_object(document, lang)


def uncertainty(
    standard: Standard,
    assessment: Assessment,
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
    draws: int = 100_000,
    seed: int = 0,
) -> Uncertainty:
    """Return the exact distribution of the score and of the grade.

    What answers and known facts settle stays. An unknown row or part is met with the chance `unknown`, independently;
    a fact that is not known is one event however many rows and conditions ask for it; a range is equally likely on
    the standard's step; chances hold as given; where answer and facts contradict each other the lower and the higher
    points stand against each other.

    Parameters
    ----------
    unknown : float
        The chance that an unknown turns out in the subject's favour.
    common : Common, optional
        A factor behind everything uncertain; the exact distributions at its levels are mixed.
    draws, seed : int
        Used where so much hangs together that nothing exact is feasible; the result then says ``sampled``.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As `evaluate`; a standard without points; a chance outside 0 to 1; no draws.

    Examples
    --------
    >>> found = lsstd.uncertainty("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
    >>> {grade: round(p, 4) for grade, p in found.grades.items() if p}
    {'AAA': 0.9922, 'AA': 0.0078}
    """
    chosen = checked(standard, assessment, readings)
    if draws < 1:
        raise LsstdError(msg("invalid number of draws"), [Problem("draws", same(draws), same("≥ 1"))])
    levels, model, size = chances_of(unknown, common), Unknowns(standard, assessment, chosen), None
    try:
        totals = mixture((totals_of(model, chance), weight) for chance, weight in levels)
    except TooLarge as large:
        size, rng = int(large.args[0]), np.random.default_rng(seed)
        samples = ((drawn(model, chance, max(1, round(draws * p)), rng), p) for chance, p in levels)
        totals = mixture((sample.totals(), weight) for sample, weight in samples)
    units, places = np.unique(totals.units, return_inverse=True)
    chances = zip(units.tolist(), np.bincount(places, totals.chance).tolist(), strict=True)
    grades, awarded = (totals.by_grade(chance, standard.grades) for chance in (totals.chance, totals.passing))
    awarded[-1] += max(0.0, float((totals.chance - totals.passing).sum()))  # what is barred has no grade
    scores = {whole(Fraction(unit, totals.step)): p for unit, p in chances if p > 0}
    names = (*standard.grades, None)
    by_grade, of_award = (dict(zip(names, each.tolist(), strict=True)) for each in (grades, awarded))
    told = tuple(assumptions_of(model, unknown, common, size, draws, seed))
    method = "exact" if size is None else "sampled"
    about = (scores, by_grade, of_award, method, told, None if size is None else draws)
    return Uncertainty(standard, assessment, chosen, *about)


def checked(standard: Standard, assessment: Assessment, readings: dict[str, str] | None) -> dict[str, str]:
    """Return the readings chosen, all input checked as an evaluation does."""
    chosen = standard.choose_readings(readings)
    if not standard.scored_rows:
        problem = Problem("standard", same(standard.standard), msg("a standard with points"))
        raise LsstdError(msg("the standard gives no points, so there is no score to analyse"), [problem])
    check(standard, assessment)
    return chosen


def assumptions_of(
    model: Unknowns, unknown: float, common: Common | None, size: int | None, draws: int, seed: int
) -> Iterator[Text]:
    """Yield what chances rest on: how much is open and how likely it is met, and that nothing hangs together."""
    rows, parts, facts = model.open_ones
    yield msg(
        "open rows: {rows} (unknown parts: {parts}), unknown facts: {facts}. An unknown row or part is met with a "
        "chance of {unknown:g}, independently of all others; an unknown fact is one event, however many places ask "
        "for it",
        rows=rows,
        parts=parts,
        facts=facts,
        unknown=unknown,
    )
    step = shown(model.standard.rounding_step)
    yield msg(
        "within a range, steps of {step} are equally likely; chances hold as given; where answer "
        "and facts contradict, it is the lower or the higher score",
        step=step,
    )
    if common:
        yield factor_line(common)
    if size is not None:
        yield msg(
            "{size} joint outcomes are too many to go through: sampled instead ({draws} draws, seed {seed})",
            size=size,
            draws=draws,
            seed=seed,
        )


def factor_line(common: Common) -> Text:
    """Return a common factor on one line: its name, and the weight and odds of each level."""
    odds = ", ".join(
        f"{level.name or i} {shown(level.weight)} × {shown(level.odds)}" for i, level in enumerate(common.levels, 1)
    )
    return msg("common factor “{common}” (weight × odds): {odds}", common=common.common, odds=odds)
