"""Where a look on site pays: the rows whose verification most reduces the chance that the grade told is wrong.

Told is the grade that is secured, before the look and after it; what a row turns out to be counts from then on. So a
look never makes it worse. The chances are exact, as in `uncertainty`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np

from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import evaluate
from lsstd.engine.grading import Otherwise
from lsstd.engine.result import Result
from lsstd.robustness import distribution
from lsstd.robustness.distribution import Array, Pmf, UnknownChance, chances_of
from lsstd.robustness.independent_groups import Group, Unknowns
from lsstd.robustness.row_chances import RowOutcome, TooLarge
from lsstd.robustness.uncertainty import Joint, checked, drawn, enumerated
from lsstd.standard.standard import Standard

NOTHING = 1e-12


class SiteVisit(NamedTuple):
    """The chance that the secured grade is not the true one, and by how much a look at one row alone reduces it."""

    wrong: float
    less_wrong: dict[str, float]


def where_to_look(standard: Standard, assessment: Assessment, readings: dict[str, str] | None = None) -> SiteVisit:
    """Return the rows whose verification on site would most reduce the chance of a wrong grade.

    What is unknown turns out in the subject's favour with a chance of one half, as in `uncertainty`.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As `uncertainty`.

    Examples
    --------
    >>> found = lsstd.where_to_look("hlj-base-evaluation", lsstd.example("near_aaa"))
    >>> round(found.wrong, 3), list(found.less_wrong)[0]
    (0.992, 'party_branch')
    """
    chosen = checked(standard, assessment, readings)
    model, chance = Unknowns(standard, assessment, chosen), chances_of(0.5)[0][0]
    told = _Told(evaluate(standard, assessment, chosen))
    try:
        masses = dict(_of_sum(model, chance) if standard.is_plain else _of_joint(enumerated(model, chance)))
    except TooLarge:
        masses = dict(_of_joint(drawn(model, chance, 100_000, np.random.default_rng(0))))
    known = {row: sum(mass[told.after(row, turned)] for turned, mass in each) for row, each in masses.items()}
    right = next((sum(mass[told.now] for _, mass in each) for each in masses.values()), 1.0)
    gained = {row: float(p - right) for row, p in known.items() if p - right > NOTHING}
    return SiteVisit(max(1 - float(right), 0.0), dict(sorted(gained.items(), key=lambda entry: -entry[1])))


class _Told:
    """The place of the grade reported, now and once a row is known; none comes after all grades."""

    def __init__(self, result: Result) -> None:
        self._result, self._otherwise = result, Otherwise(result)
        self.now = self._place(result.grade.secured)

    def _place(self, grade: str | None) -> int:
        grades = self._result.standard.grades
        return len(grades) if grade is None else grades.index(grade)

    def after(self, row: str, outcome: RowOutcome) -> int:
        """Return the place once a row has turned out in a certain way."""
        scored = self._result.criteria[row]._replace(
            secured=outcome.points, applies=outcome.applies, state="met" if outcome.met else "partly"
        )
        return self._place(self._otherwise.scored([scored])[0])


Masses: TypeAlias = tuple[str, list[tuple[RowOutcome, Array]]]
"""A row that is open, and for each way in which it turns out the chances of the grades with it."""


def _of_joint(joint: Joint) -> Iterator[Masses]:
    """Yield the chances from joint outcomes of all rows."""
    totals, count = joint.totals(), len(joint.model.standard.grades) + 1
    for row, (outcomes, codes) in joint.outcomes.items():
        if len(outcomes) > 1:
            summed = np.bincount(codes * count + totals.grades, totals.chance, len(outcomes) * count)
            yield row, list(zip(outcomes, summed.reshape(-1, count), strict=True))


def _of_sum(model: Unknowns, chance: UnknownChance) -> Iterator[Masses]:
    """Yield the same where a total is a sum, from the distribution of the sum of all other groups."""
    laid = model.laid(model.scored, chance, apart=model.scored)
    pmfs = [*laid.open.values()]

    def by_grade(pmf: Pmf) -> Array:
        return laid.totals(pmf).by_grade(pmf.chances, model.standard.grades)

    for group, rest in zip(laid.open, distribution.without_each(pmfs), strict=True):
        for row in group.rows:
            seen = dict(_seen(model, group, row, chance, laid.step))
            if len(seen) > 1:
                yield row, [(turned, by_grade(distribution.add([rest, pmf]))) for turned, pmf in seen.items()]


def _seen(
    model: Unknowns, group: Group, row: str, chance: UnknownChance, step: int
) -> Iterator[tuple[RowOutcome, Pmf]]:
    """Yield each outcome of a row with the distribution of its group's points, times the outcome's chance."""
    parts: dict[RowOutcome, list[Pmf]] = {}
    for turned, p in group.ways(chance):
        others = [model.rows[name].pmf(turned, chance, step) for name in group.rows if name != row]
        for outcome, q in model.rows[row].given(turned, chance).items():
            start, chances = distribution.add([distribution.on(step, {outcome.points: 1.0}), *others])
            parts.setdefault(outcome, []).append(Pmf(start, p * q * chances))
    yield from ((outcome, distribution.mixed(pmfs)) for outcome, pmfs in parts.items())
