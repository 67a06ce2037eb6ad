"""What a score and a grade depend on: exact indices of each row, without a single sample.

First-order and total indices: Sobol' (1993), https://doi.org/10.1016/S0378-4754(00)00270-6 for the English text of
2001; estimated from samples as in Saltelli et al. (2010). Shares of the way to a grade: Shapley (1953), of a voting
game as in Shapley and Shubik (1954), by Owen's (1972) integral of the game's multilinear extension.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Assessment
from lsstd.engine.charted import Charted
from lsstd.engine.evaluate import evaluate
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.exact import Exact, total
from lsstd.population.impact import records
from lsstd.robustness import distribution
from lsstd.robustness.distribution import Array, Pmf, UnknownChance, chances_of
from lsstd.robustness.independent_groups import Group, TotalGrades, Totals, Unknowns
from lsstd.robustness.row_chances import RowOutcome, TooLarge
from lsstd.robustness.uncertainty import Joint, assumptions_of, checked, drawn, enumerated, totals_of
from lsstd.standard.models import fields_of
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, nearest, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORE = "score"
INDICES = ("variance_share", "first_order", "total", "gain", "at_lowest", "at_highest", "without")
By: TypeAlias = Literal["criteria", "indicators"]
KEYS = {"criteria": "criterion", "indicators": "indicator"}
"""How the first column of a table is called whose lines are rows, or indicators."""
NOTHING = {"variance_share": 0.0, "first_order": 0.0, "total": 0.0, "gain": 0.0}


@dataclass(frozen=True)
class Sensitivity(Charted):
    """What the score, or reaching a grade, depends on.

    Parameters
    ----------
    target : str
        ``score``, or the grade that is reached or surpassed.
    value : float
        The expected score, or the chance of the grade.
    table : DataFrame
        One line a row (or an indicator): `nominal_share` of the points; `variance_share` of the score's; indices of
        `first_order` and `total` of the target; `at_lowest` and `at_highest`, the target with the row at either end,
        and their difference `gain`, which for a row met or not is the derivative by its chance; `without`, the target
        if the row earned nothing; `shapley`, its share of the way from the secured score to the grade; `with`, the
        rows that depend on the same unknown fact and share its indices. What cannot be computed is missing.
    draws, standard_error : optional
        Where joint outcomes were too many: how many were drawn, and the standard error of `value`.
    """

    standard: Standard
    assessment: Assessment
    by: By
    target: str
    value: float
    model: Unknowns = field(repr=False)
    chance: UnknownChance
    blocks: dict[str, list[Group]] = field(repr=False)
    joint: Joint | None = field(repr=False)
    totals: Totals = field(repr=False)
    assumptions: tuple[Text, ...] = field(repr=False)
    draws: int | None = None
    standard_error: float | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a row, or an indicator, in the document's order."""
        standard, key, shares = self.standard, KEYS[self.by], dict[str, float]()
        if self.target != SCORE and standard.is_plain:
            shares = shapley_shares(standard, self.assessment, self.target, self.model.readings)
        full, lines = float(total(standard.reach.values())), []
        order = [name for name in getattr(standard, self.by) if name in self.blocks]
        for name, index in zip(order, self.indices_of([self.blocks[name] for name in order]), strict=True):
            own = [name] if self.by == "criteria" else rows_below(standard, name)
            tied = dict.fromkeys(row for group in self.blocks[name] for row in _deciding_rows(self.model, group))
            nominal = float(sum(standard.reach.get(row, 0) for row in own)) / full
            shapley = sum(shares.get(row, 0.0) for row in own) if shares else math.nan
            others = [row for row in tied if row not in own]
            lines.append([name, nominal, *(index[kind] for kind in INDICES), shapley, others])
        return pd.DataFrame(lines, columns=[key, "nominal_share", *INDICES, "shapley", "with"])

    def plot_weights(self, ax: Axes | None = None, lang: Lang = "zh", title: str | Text = "") -> Axes:
        """Draw the nominal share of points beside the share of variance.

        >>> found = lsstd.sensitivity("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
        >>> bool(found.plot_weights(lang="en").get_xlabel())
        True
        """
        from lsstd.pages import plot

        return plot(self, ax, lang, title, chart="analysis_charts.weights")

    def indices_of(self, blocks: Sequence[Sequence[Group]]) -> list[dict[str, float]]:
        """Return the indices of groups of unknowns taken together, a block each.

        >>> found = lsstd.sensitivity("hlj-base-evaluation", lsstd.example("near_aaa"))
        >>> (both,) = found.indices_of([[*found.blocks["certifications"], *found.blocks["party_branch"]]])
        >>> round(both["first_order"], 3)
        0.027
        """
        if self.joint:
            return joint_indices(self.joint, self.totals, self.target, blocks)
        return _of_sum(self.model, self.chance, self.target, blocks)

    def pairs(self, most: int = 8) -> pd.DataFrame:
        """Return the second-order indices of the lines with the largest total indices, each two: largest first.

        What two bring together beyond what each brings alone; 0 for the score of a sum. Lines that depend on the same
        unknown have none.

        >>> found = lsstd.sensitivity("hlj-base-evaluation", lsstd.example("near_aaa")).pairs(3)
        >>> [*found.columns], len(found)
        (['first', 'second', 'second_order'], 3)
        """
        kept = _largest(self.table.dropna(subset="total"), "total").head(most)
        kept, key = kept[kept["total"] > 0], KEYS[self.by]
        first = dict(zip(kept[key], kept["first_order"], strict=True))
        both = [
            (one, other) for one, other in combinations(first, 2) if not set(self.blocks[one]) & set(self.blocks[other])
        ]
        found = self.indices_of([[*self.blocks[one], *self.blocks[other]] for one, other in both])
        lines = [
            (one, other, index["first_order"] - first[one] - first[other])
            for (one, other), index in zip(both, found, strict=True)
        ]
        frame = pd.DataFrame(lines, columns=["first", "second", "second_order"])
        return _largest(frame, "second_order").reset_index(drop=True)

    def to_salib(self) -> ForSalib:
        """Return the same model and results in the frames of SALib.

        >>> lsstd.sensitivity("hlj-base-evaluation", "data/assessments/near_aaa.yaml").to_salib().problem["num_vars"]
        7
        """
        from SALib.util import ResultDict

        model = self.model
        if not self.standard.is_plain or self.by != "criteria":
            expected = msg("a total that is a sum of rows, by criteria")
            problem = Problem("standard", same(self.standard.standard), expected)
            raise LsstdError(msg("it cannot be converted"), [problem])
        laid = model.laid(model.scored, self.chance)
        open_ones = {next(iter(group.rows)): pmf for group, pmf in laid.open.items()}

        def evaluate_sample(sample: Array) -> Array:
            units = np.zeros(len(sample), np.int64)
            for column, pmf in zip(sample.T, open_ones.values(), strict=True):
                held = np.flatnonzero(pmf.chances)
                units += pmf.start + held[np.searchsorted(np.cumsum(pmf.chances[held])[:-1], column, "right")]
            return _values(self.standard, laid.graded(units), self.target)

        names, exact = list(open_ones), self.table.set_index("criterion").loc[list(open_ones)]
        shares = {"S1": exact["first_order"].to_numpy(), "ST": exact["total"].to_numpy()}
        results = ResultDict(**shares, **{f"{key}_conf": np.zeros(len(names)) for key in shares}, names=names)
        results.problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
        return ForSalib(results.problem, evaluate_sample, results)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds.

        >>> lsstd.sensitivity("hlj-base-evaluation", "data/assessments/near_aaa.yaml").to_dict()["target"]
        'AAA'
        """
        sampled = {} if self.draws is None else {"method": "sampled", **fields_of(self, "draws standard_error")}
        return {
            **fields_of(self, "standard=standard.standard subject=assessment.subject.name target value"),
            **sampled,
            "rows": records(self.table),
            "pairs": records(self.pairs()) if self.target != SCORE or not self.standard.is_plain else [],
            "assumptions": [text.to(lang) for text in self.assumptions],
        }


def sensitivity(
    standard: Standard,
    assessment: Assessment,
    target: str | None = None,
    *,
    by: By = "criteria",
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    draws: int = 100_000,
    seed: int = 0,
) -> Sensitivity:
    """Return what the score, or reaching a grade, depends on: exact indices for each row.

    Parameters
    ----------
    target : str, optional
        A grade (reached or surpassed) or ``score``; without it the grade that is least certain.
    by : {"criteria", "indicators"}
        Rows, or the rows of each indicator together.
    unknown, draws, seed
        As in `uncertainty`.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As `uncertainty`; a target that does not exist.

    Notes
    -----
    Where every number is a sum, each index follows from the distribution of the sum of the other rows, convolved from
    front and back. In any other tree all joint outcomes are scored at once; there are no Shapley shares then. Where
    these are too many, some are drawn, and there are no total indices.

    Examples
    --------
    >>> found = lsstd.sensitivity("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
    >>> found.target, round(found.value, 4)
    ('AAA', 0.9922)
    """
    chosen = checked(standard, assessment, readings)
    check_target(standard, target)
    model, chance = Unknowns(standard, assessment, chosen), chances_of(unknown)[0][0]
    joint, totals, size = _joint(model, chance, draws, seed)
    target = target or _open_grade(standard, totals)
    groups = [group for group in model.groups if _deciding_rows(model, group)] if joint else model.scored
    blocks: dict[str, list[Group]] = {}
    for group in groups:
        for name in _deciding_rows(model, group):
            above = standard.above(standard.criteria[name].indicator)
            for key in [name] if by == "criteria" else [node.id for node in above]:
                if group not in blocks.setdefault(key, []):
                    blocks[key].append(group)
    values = _values(standard, totals, target)
    value = math.fsum((values * totals.chance).tolist())
    sampled = (None, None) if size is None else (draws, math.sqrt(_spread(totals.chance, values) / draws))
    told = tuple(assumptions_of(model, unknown, None, size, draws, seed))
    about = (by, target, value, model, chance, blocks, joint, totals, told, *sampled)
    return Sensitivity(standard, assessment, *about)


def _largest(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the lines by a column, the largest first; ties, which the last digits must not break, as they stood."""
    return frame.sort_values(column, ascending=False, kind="stable", key=lambda values: values.round(12))


def check_target(standard: Standard, target: str | None) -> None:
    """Raise the `UnknownName` of a target that is neither the score nor a grade."""
    known = [SCORE, *standard.grades]
    if target is not None and target not in known:
        raise UnknownName(msg("no such target"), [Problem("--target", same(target), nearest(target, known))])


def _joint(model: Unknowns, chance: UnknownChance, draws: int, seed: int) -> tuple[Joint | None, Totals, int | None]:
    """Return the joint outcomes, unless a sum needs none, their totals, and the number of which some were drawn."""
    try:
        joint = None if model.standard.is_plain else enumerated(model, chance)
        return joint, joint.totals() if joint else totals_of(model, chance, with_award=False), None
    except TooLarge as large:
        joint = drawn(model, chance, draws, np.random.default_rng(seed))
        return joint, joint.totals(), int(large.args[0])


def _values(standard: Standard, totals: Totals, target: str) -> Array:
    """Return the target at each total: the score, or whether the grade is reached."""
    if target == SCORE:
        return totals.units / totals.step
    return np.asarray(totals.grades <= standard.grades.index(target), np.float64)


def reaching(standard: Standard, readings: dict[str, str], target: str) -> Callable[[NDArray[np.int64], int], Array]:
    """Return the target as a function of totals, which are whole numbers over a step, where a total is a sum."""
    grades = TotalGrades(standard, readings)
    return lambda units, step: _values(standard, grades.of(units, step), target)


def _open_grade(standard: Standard, totals: Totals) -> str:
    """Return the grade that is least certain; where none is open, the next one up, or the highest."""
    if not standard.grades:
        return SCORE
    chances = {grade: float(_values(standard, totals, grade) @ totals.chance) for grade in standard.grades}
    openness = {grade: min(p, 1 - p) for grade, p in chances.items()}
    if max(openness.values()) > 1e-12:
        return max(openness, key=lambda grade: openness[grade])
    missed = [grade for grade, p in chances.items() if p < 0.5]
    return missed[-1] if missed else next(iter(chances))


def _of_sum(
    model: Unknowns, chance: UnknownChance, target: str, blocks: Sequence[Sequence[Group]]
) -> list[dict[str, float]]:
    """Return the indices of blocks of groups where the total is a sum: from the distribution of the others' sum."""
    laid = model.laid(model.scored, chance)
    open_ones = laid.open
    everything = distribution.add(open_ones.values())

    def along(pmf: Pmf, lost: Exact = 0) -> Array:
        return _values(model.standard, laid.totals(pmf, -lost), target)

    spread = {group: _spread(pmf.chances, np.arange(len(pmf.chances))) for group, pmf in open_ones.items()}
    values = along(everything)
    value = float(everything.chances @ values)
    alone = dict(zip(open_ones, distribution.without_each([*open_ones.values()]), strict=True))
    rows = []
    for block in blocks:
        varied, settled = [group for group in block if group in open_ones], []
        for step, pmf in (group.own(chance) for group in block if group not in open_ones):
            settled.append(Fraction(pmf.start, step))
        others = everything if not varied else alone[varied[0]]
        if len(varied) > 1:
            others = distribution.add(pmf for group, pmf in open_ones.items() if group not in varied)
        index = {**NOTHING, "at_lowest": value, "at_highest": value}
        if varied:
            index = indices(distribution.add(open_ones[group] for group in varied), others, values)
            index["variance_share"] = sum(spread[group] for group in varied) / math.fsum(spread.values())
        index["without"] = float(others.chances @ along(others, sum(settled)))
        rows.append(index)
    return rows


def indices(own: Pmf, others: Pmf, values: Array) -> dict[str, float]:
    """Return first-order and total index of one of two independent numbers, for any function of their sum.

    Parameters
    ----------
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


def joint_indices(
    joint: Joint, totals: Totals, target: str, blocks: Sequence[Sequence[Group]]
) -> list[dict[str, float]]:
    """Return the same in any tree, from joint outcomes; total indices only from all of them."""
    model, p = joint.model, joint.chance
    value, score = _values(model.standard, totals, target), _values(model.standard, totals, SCORE)
    mean, variance, spread = float(p @ value), _spread(p, value), _spread(p, score)
    rows = []
    for block in blocks:
        names = [name for group in block for name in _deciding_rows(model, group)]
        lost = joint.with_rows(names, RowOutcome(0, True, False)).totals()
        index = {**NOTHING, "at_lowest": mean, "at_highest": mean}
        index["without"] = float(_values(model.standard, lost, target) @ p)
        codes = joint.codes(block)
        if codes.any():
            chances = np.bincount(codes, p)
            by_value, by_score = (np.bincount(codes, p * each) / chances for each in (value, score))
            order = np.lexsort((by_value, by_score))  # rows without points tell their ends by the target alone
            ends = float(by_value[order[0]]), float(by_value[order[-1]])
            index |= {"gain": ends[1] - ends[0], "at_lowest": ends[0], "at_highest": ends[1]}
            if variance > 1e-15:
                index["first_order"] = float(chances @ (by_value - mean) ** 2) / variance
                index["total"] = _left_open(joint, block, value) / variance
            if spread > 1e-15:
                index["variance_share"] = float(chances @ (by_score - chances @ by_score) ** 2) / spread
        rows.append(index)
    return rows


def _left_open(joint: Joint, block: Sequence[Group], value: Array) -> float:
    """Return the variance that is left where all but one block are known; missing where outcomes were drawn."""
    axes = tuple(joint.axes.index(group) for group in block if group in joint.axes)
    if not axes:
        return math.nan if not joint.axes else 0.0
    p = joint.chance.reshape(joint.shape)
    explained = ((p * value.reshape(joint.shape)).sum(axes) ** 2 / p.sum(axes)).sum()
    return max(float(joint.chance @ value**2 - explained), 0.0)


def _spread(p: Array, values: NDArray[Any]) -> float:
    return float(p @ (values - p @ values) ** 2)


def _deciding_rows(model: Unknowns, group: Group) -> list[str]:
    """Return the rows of a group that have points, or of which a grade asks that they be met."""
    standard = model.standard
    return [key for key in group.rows if key in standard.reach or key in standard.demanded_rows]


def rows_below(standard: Standard, indicator: str) -> list[str]:
    """Return the rows of an indicator and of all below it that have points, or of which a grade asks."""
    rows = [row for row in standard.criteria.values() if row.id in {*standard.reach, *standard.demanded_rows}]
    return [row.id for row in rows if indicator in (node.id for node in standard.above(row.indicator))]


def shapley_shares(
    standard: Standard, assessment: Assessment, target: str, readings: dict[str, str] | None = None
) -> dict[str, float]:
    """Return each row's Shapley share of the way from the secured score to a grade; empty where there is no way.

    The game: a set of rows wins if the secured score and all that these rows lack together reach the grade (a voting
    game, whose values sum to 1). A value is the chance of being decisive, averaged over the chance with which the
    others are won: a polynomial of it, integrated exactly by Gauss and Legendre's rule.
    """
    result = evaluate(standard, assessment, readings)
    secured = total(node.score.secured for node in result.indicators.values() if node.indicator.parent is None)
    lacking = {key: row.maximum - row.secured for key, row in result.criteria.items() if row.applies}
    lacking = {key: points for key, points in lacking.items() if points > 0}
    step = distribution.denominator([secured, *lacking.values()])
    units = {key: int(points * step) for key, points in lacking.items()}
    totals = int(secured * step) + np.arange(sum(units.values()) + 1)
    wins = reaching(standard, result.readings, target)(totals, step)
    if wins[0] or not wins[-1]:
        return {}
    shares: dict[str, float] = defaultdict(float)
    for place, weight in zip(*np.polynomial.legendre.leggauss(len(units) // 2 + 1), strict=True):
        chance = (place + 1) / 2
        others = distribution.without_each([_won(unit, chance) for unit in units.values()])
        for (key, unit), rest in zip(units.items(), others, strict=True):
            count = len(rest.chances)
            shares[key] += weight / 2 * float(rest.chances @ (wins[unit : unit + count] - wins[:count]))
    return dict(shares)


def _won(units: int, chance: float) -> Pmf:
    dense = np.zeros(units + 1)
    dense[0], dense[-1] = 1 - chance, chance
    return Pmf(0, dense)


class ForSalib(NamedTuple):
    """A problem as SALib poses it, one variable for each open group of rows, named after its first row.

    `evaluate` takes a sample, one line a point of the unit cube, to the target's values; `results` holds our exact
    ``S1`` and ``ST`` as SALib's own ResultDict, with ``to_df()`` and ``plot()``.
    """

    problem: dict[str, Any]
    evaluate: Callable[[Array], Array]
    results: Any
