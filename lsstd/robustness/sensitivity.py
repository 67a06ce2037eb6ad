"""What a score and a grade hang on: exact indices of each row, without a single sample.

First-order and total indices: Sobol' (1993), https://doi.org/10.1016/S0378-4754(00)00270-6 for the English text of
2001; estimated from samples as in Saltelli et al. (2010). Shares of the way to a grade: Shapley (1953), of a voting
game as in Shapley and Shubik (1954), by Owen's (1972) integral of the game's multilinear extension.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.exact import Exact, total, whole
from lsstd.robustness import lattice
from lsstd.robustness.chances import Model
from lsstd.robustness.common import chances_of
from lsstd.robustness.lattice import Array, Pmf
from lsstd.robustness.outcomes import Outcome, TooLarge
from lsstd.robustness.sources import Source, sources
from lsstd.robustness.uncertainty import checked
from lsstd.standard.bands import gaps
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from lsstd.robustness.salib import ForSalib

SCORE = "score"
COLUMNS = ("criterion", "nominal_share", "variance_share", "first_order", "total", "gain")
NOTHING: dict[str, float | None] = {"first_order": 0.0, "total": 0.0, "gain": 0.0}


@dataclass(frozen=True)
class Sensitivity:
    """What the score, or reaching a grade, hangs on.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    target : str
        ``score``, or the grade that is reached or surpassed.
    value : float
        The expected score, or the chance of the grade.
    table : DataFrame
        One line a row: `nominal_share` of the points; `variance_share` of the score's variance; indices of
        `first_order` and `total` of the target; `at_lowest` and `at_highest`, the target with the row at either end,
        and their difference `gain`, which for a row met or not is the derivative by its chance; `without`, the target
        if the row earned nothing; `shapley`, its share of the way from the secured score to the grade; `with`, the
        rows that hang on the same unknown fact and share its indices. What cannot be had exactly is missing.
    """

    standard: Standard
    assessment: Assessment
    target: str
    value: float
    table: pd.DataFrame = field(repr=False)
    model: Model = field(repr=False)

    def plot(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw a tornado: the target with each row at its lowest and at its highest."""
        from lsstd.pages.robustness_charts import tornado

        return tornado(self, ax=ax, lang=lang)

    def plot_weights(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw the nominal share of points against the share of variance."""
        from lsstd.pages.robustness_charts import shares

        return shares(self.table, self.standard, "variance_share", ax=ax, lang=lang)

    def to_salib(self) -> ForSalib:
        """Return the same model and results in the frames of SALib."""
        from lsstd.robustness.salib import for_salib

        return for_salib(self)

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON holds."""
        columns = [*COLUMNS, "at_lowest", "at_highest", "without", "shapley", "with"]
        rows = [
            {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in line.items()}
            for line in self.table[columns].astype(object).to_dict("records")
        ]
        subject = self.assessment.subject.name
        return {
            "standard": self.standard.standard,
            "subject": subject,
            "target": self.target,
            "value": self.value,
            "rows": rows,
        }


def sensitivity(
    standard: Standard,
    assessment: Assessment,
    target: str | None = None,
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
) -> Sensitivity:
    """Return what the score, or reaching a grade, hangs on: exact indices for each row.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    target : str, optional
        A grade (reached or surpassed) or ``score``; without it the grade that is least certain.
    readings : dict of str to str, optional
    unknown : float
        As in `uncertainty`.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As `uncertainty`; a target that does not exist.

    Notes
    -----
    Where every number is a sum, each index follows from the distribution of the sum of the other rows, convolved from
    front and back. Elsewhere the whole tree is computed anew for each outcome of a row; total indices are then given
    only where they follow from the rows' order (a grade that more points never lose), and no Shapley shares.
    """
    chosen = checked(standard, assessment, readings)
    known = [SCORE, *standard.grades]
    if target is not None and target not in known:
        problem = Problem("--target", Text(target, target), nearest(target, known))
        raise UnknownName(Text("没有这个目标", "no such target"), [problem])
    model = Model(standard, assessment, chosen, chances_of(unknown, None)[0][0])
    try:
        target = target or _open_grade(model)
        found = sources(model)
        rows = _of_sum(model, found, target) if standard.is_plain else _of_tree(model, found, target)
    except TooLarge as large:
        told = Text(f"{large} 种联合结果", f"{large} joint outcomes")
        fewer = Text("较少的未知项", "fewer unknowns that hang together")
        raise LsstdError(Text("无法精确计算", "no exact way"), [Problem("answers", told, fewer)]) from None
    shapley = shapley_shares(standard, assessment, target, chosen) if target != SCORE and standard.is_plain else {}
    return Sensitivity(
        standard, assessment, target, _value(model, target), _table(standard, found, rows, shapley), model
    )


def reaches(model: Model, target: str) -> Callable[[Exact], float]:
    """Return what of a total is asked for: itself, or whether its points alone reach the grade."""
    watch = model.watch

    def of(points: Exact) -> float:
        points = watch.rounded(points)
        return float(points) if target == SCORE else float(_is_reached(model, watch.grade(points, watch.none), target))

    return of


def _is_reached(model: Model, grade: str | None, target: str) -> bool:
    order = model.standard.grades
    return grade is not None and order.index(grade) <= order.index(target)


def _value(model: Model, target: str, supposed: dict[str, bool] | None = None) -> float:
    """Return the expected score, or the chance of the grade."""
    chances = model.total(supposed).items()
    if target == SCORE:
        return math.fsum(float(points) * p for (points, _), p in chances)
    return math.fsum(
        p for (points, marks), p in chances if _is_reached(model, model.watch.grade(points, marks), target)
    )


def _open_grade(model: Model) -> str:
    """Return the grade that is least certain; where none is open, the next one up, or the highest."""
    chances = {grade: _value(model, grade) for grade in model.standard.grades}
    if not chances:
        return SCORE
    openness = {grade: min(p, 1 - p) for grade, p in chances.items()}
    if max(openness.values()) > 0:
        return max(openness, key=lambda grade: openness[grade])
    missed = [grade for grade, p in chances.items() if p < 0.5]
    return missed[-1] if missed else next(iter(chances))


def _of_sum(model: Model, found: list[Source], target: str) -> dict[str, dict[str, float | None]]:
    """Return the indices where the total is a sum: from the distribution of the others' sum."""
    weights = {row.id: row.weight for row in model.standard.scored_rows}
    points = [source.points(weights) for source in found]
    step = lattice.denominator([value for each in points for value in each])
    pmfs = [lattice.on(step, each) for each in points]
    open_ones = [i for i, pmf in enumerate(pmfs) if len(pmf.chances) > 1]
    base = sum(pmf.start for i, pmf in enumerate(pmfs) if i not in open_ones)
    everything = lattice.add([pmfs[i] for i in open_ones])
    first, count = base + everything.start, len(everything.chances)
    least, most = (pick(0, *(pmf.start for pmf in pmfs)) for pick in (min, max))
    wide = on_lattice(reaches(model, target), first - most, count + most - least, step)

    def along(start: int, places: int) -> Array:
        return wide[start - first + most : start - first + most + places]

    spread = {i: _variance(pmfs[i]) for i in open_ones}
    rows: dict[str, dict[str, float | None]] = {}
    for i, others in zip(open_ones, lattice.without_each([pmfs[i] for i in open_ones]), strict=True):
        index = indices(pmfs[i], others, along(first, count))
        index["variance_share"] = spread[i] / math.fsum(spread.values())
        index["without"] = float(others.chances @ along(base + others.start, len(others.chances)))
        rows[found[i].rows[0]] = index
    value = float(everything.chances @ along(first, count))
    for source, pmf in zip(found, pmfs, strict=True):
        if source.rows[0] not in rows:
            lost = float(everything.chances @ along(first - pmf.start, count))
            ends = {"at_lowest": value, "at_highest": value, "variance_share": 0.0}
            rows[source.rows[0]] = {**NOTHING, **ends, "without": lost}
    return rows


def on_lattice(of: Callable[[Exact], float], start: int, count: int, step: int) -> Array:
    """Return a function of the total at consecutive points of a lattice."""
    return np.array([of(whole(Fraction(start + k, step))) for k in range(count)])


def indices(own: Pmf, others: Pmf, values: Array) -> dict[str, float | None]:
    """Return first-order and total index of one of two independent numbers, for any function of their sum.

    Parameters
    ----------
    own, others : Pmf
    values : array
        The function at every sum that can be, lowest first.
    """
    held = np.flatnonzero(own.chances)
    chance = own.chances[held]
    level = float(values.mean())
    values = values - level  # so that no digits are lost to a large mean
    by_others = np.stack([values[k : k + len(others.chances)] for k in held])  # one line for each own value
    given_own = by_others @ others.chances
    given_others = chance @ by_others
    mean = float(chance @ given_own)
    variance = float(chance @ (by_others**2 @ others.chances)) - mean**2
    first = float(chance @ (given_own - mean) ** 2)
    left = float(others.chances @ (chance @ by_others**2 - given_others**2))
    ends = {"at_lowest": float(given_own[0]) + level, "at_highest": float(given_own[-1]) + level}
    is_open = variance > 1e-15
    shares = {"first_order": first / variance if is_open else 0.0, "total": max(left, 0) / variance if is_open else 0.0}
    return {**shares, "gain": ends["at_highest"] - ends["at_lowest"], **ends}


def _variance(pmf: Pmf) -> float:
    places = np.arange(len(pmf.chances))
    mean = float(places @ pmf.chances)
    return float((places - mean) ** 2 @ pmf.chances)


def _of_tree(model: Model, found: list[Source], target: str) -> dict[str, dict[str, float | None]]:
    """Return the indices in any tree: the whole computed anew for each outcome of a source."""
    scored, graded = _by_outcome(model, found, SCORE), _by_outcome(model, found, target)
    spread = _spread(model, SCORE)
    rows: dict[str, dict[str, float | None]] = {}
    for source, score, value in zip(found, scored, graded, strict=True):
        chances = np.array([joint.chance for joint in source.outcomes])
        mean, variance = float(chances @ value), _spread(model, target)
        first = float(chances @ (value - mean) ** 2) / variance if variance > 1e-15 else 0.0
        share = float(chances @ (score - chances @ score) ** 2) / spread if spread > 1e-15 else 0.0
        brought = source.points(dict.fromkeys(source.rows, 1))
        ends = (value[np.argmin(score)], value[np.argmax(score)]) if brought else (mean, mean)
        nothing = model.with_rows(
            {n: Outcome(0, model.standard.criteria[n].max_score or 0, True, False) for n in source.rows}
        )
        rows[source.rows[0]] = {
            "first_order": first,
            "total": _total_by_order(model, source, value, target, variance),
            "variance_share": share,
            "gain": float(ends[1] - ends[0]),
            "at_lowest": float(ends[0]),
            "at_highest": float(ends[1]),
            "without": _value(nothing, target),
        }
    return rows


def _by_outcome(model: Model, found: list[Source], target: str) -> list[Array]:
    """Return, for each source, the target's expectation at each of its outcomes."""
    whole_value = _value(model, target)
    return [
        np.array([whole_value])
        if source.is_settled
        else np.array([_value(model.with_rows(j.rows), target, dict(j.supposed)) for j in source.outcomes])
        for source in found
    ]


def _spread(model: Model, target: str) -> float:
    """Return the target's variance."""
    mean = _value(model, target)
    if target != SCORE:
        return mean * (1 - mean)
    return math.fsum((float(points) - mean) ** 2 * p for (points, _), p in model.total().items())


def _total_by_order(model: Model, source: Source, value: Array, target: str, variance: float) -> float | None:
    """Return the total index where more points never lose a grade: two outcomes both reach it if the lesser does."""
    if source.is_settled or variance <= 1e-15:
        return 0.0
    outcomes = [next(iter(joint.rows.values())) for joint in source.outcomes]
    bands = model.watch.bands
    top = bands[0].upper if bands else None
    is_closed = bool(bands) and not gaps(bands) and (top is None or top.value >= model.standard.maximum)
    if (
        target == SCORE
        or len(source.rows) > 1
        or not is_closed
        or model.watch.tables
        or not all(o.applies for o in outcomes)
    ):
        return None
    if any(joint.supposed for joint in source.outcomes):
        return None
    order = sorted(range(len(outcomes)), key=lambda k: outcomes[k].points)
    p, v = np.array([source.outcomes[k].chance for k in order]), np.asarray(value)[order]
    both = float(p @ np.minimum.outer(v, v) @ p)
    return (float(p @ v) - both) / variance


def _table(
    standard: Standard, found: list[Source], rows: dict[str, dict[str, float | None]], shapley: dict[str, float]
) -> pd.DataFrame:
    """Return one line a row, in the document's order."""
    full = float(total(row.max_score or 0 for row in standard.scored_rows))
    lines = {}
    for source in found:
        for name in source.rows:
            own = standard.criteria[name]
            others = [row for row in source.rows if row != name]
            share = float(own.max_score or 0) / full
            way = shapley.get(name, 0.0) if shapley else math.nan
            index = {key: math.nan if v is None else v for key, v in rows[source.rows[0]].items()}
            lines[name] = {"criterion": name, "nominal_share": share, **index, "shapley": way, "with": others}
    frame = pd.DataFrame([lines[name] for name in standard.criteria if name in lines])
    return frame[[*COLUMNS, "at_lowest", "at_highest", "without", "shapley", "with"]]


def shapley_shares(
    standard: Standard, assessment: Assessment, target: str, readings: dict[str, str] | None = None
) -> dict[str, float]:
    """Return each row's Shapley share of the way from the secured score to a grade; empty where there is no way.

    The game: a set of rows wins if the secured score and all that these rows lack together reach the grade (a voting
    game, whose values sum to 1). A value is the chance of being decisive, averaged over the chance with which the
    others are won: a polynomial of it, integrated exactly by Gauss and Legendre's rule.
    """
    result = evaluate(standard, assessment, readings)
    model = Model(standard, assessment, result.readings, chances_of(0.0, None)[0][0])
    secured = total(node.score.secured for node in result.indicators.values() if node.indicator.parent is None)
    lacking = {
        key: row.maximum - row.secured
        for key, row in result.criteria.items()
        if row.applies and row.maximum > row.secured
    }
    step = lattice.denominator([secured, *lacking.values()])
    units = {key: int(points * step) for key, points in lacking.items()}
    wins = on_lattice(reaches(model, target), int(secured * step), sum(units.values()) + 1, step)
    if wins[0] or not wins[-1]:
        return {}
    shares: dict[str, float] = defaultdict(float)
    for place, weight in zip(*np.polynomial.legendre.leggauss(len(units) // 2 + 1), strict=True):
        chance = (place + 1) / 2
        others = lattice.without_each([_won(unit, chance) for unit in units.values()])
        for (key, unit), rest in zip(units.items(), others, strict=True):
            count = len(rest.chances)
            shares[key] += weight / 2 * float(rest.chances @ (wins[unit : unit + count] - wins[:count]))
    return dict(shares)


def _won(units: int, chance: float) -> Pmf:
    """Return the distribution of points that are won as a whole, or not."""
    dense = np.zeros(units + 1)
    dense[0], dense[-1] = 1 - chance, chance
    return Pmf(0, dense)
