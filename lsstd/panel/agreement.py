"""How far experts agree, and what their grade depends on.

Krippendorff's alpha, row by row, and who is strict, lenient or erratic; then the disagreements that can flip the grade,
the fewest scores that would change it, and another panel.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from lsstd.exact import Exact, plain_tree, total
from lsstd.panel.combination import Combination
from lsstd.standard.models import fields_of
from lsstd.words import Text, msg

if TYPE_CHECKING:
    from lsstd.engine.result import CriterionResult, Score
    from lsstd.panel.panel_result import PanelResult

Array = npt.NDArray[np.float64]
Verdict = Literal["strict", "lenient", "erratic"]
RESAMPLES, LEVEL, SEED = 2000, 0.95, 0
_ERRATIC = 1.5  # times the noise of the others; with equal noise and 50 rows, chance alone gives that once in 1000
_MATERIAL = 0.01  # of the maximum: less severity than that is nothing to tell, however certain
_FEWEST_ROWS = 10  # by which an expert is called anything


class Alpha(NamedTuple):
    """Krippendorff's alpha of an indicator's rows (None: of all rows), with its interval; None where undefined."""

    indicator: str | None
    rows: int
    alpha: float | None
    low: float | None
    high: float | None


class ExpertView(NamedTuple):
    """What an expert gave, and how that compares with the others.

    `severity` is in points of the total: above 0 where the expert gives less than the middle one. `noise` is how far,
    in shares of a row's maximum, the scores scatter once severity is taken out (a standard deviation).
    """

    expert: str
    severity: float
    standard_error: float
    noise: float
    verdicts: tuple[Verdict, ...]
    rows_scored: int
    score: Score
    grade: str | None


class RowSpread(NamedTuple):
    """A row, its scores in the order of the experts, the combined one, the highest less the lowest."""

    criterion: str
    ratings: tuple[Exact | None, ...]
    combined: Exact
    spread: Exact


@dataclass(frozen=True)
class Agreement:
    """How far the experts of a panel agree."""

    panel: PanelResult

    @cached_property
    def shares(self) -> Array:
        """Scores as shares of each row's maximum: a line an expert, a column a row with points; NaN where none."""
        rows = self.panel.standard.scored_rows
        shares = [[_share(rating) for rating in self.panel.ratings(row.id)] for row in rows]
        return np.array(shares, dtype=float).reshape(len(rows), -1).T

    @cached_property
    def alphas(self) -> tuple[Alpha, ...]:
        """The alpha of each indicator that has rows, and of all rows last."""
        rows = [row.indicator for row in self.panel.standard.scored_rows]
        names: list[str | None] = [*dict.fromkeys(rows), None]
        return tuple(Alpha(name, *alpha_of(self.shares[:, [name in (None, of) for of in rows]])) for name in names)

    @cached_property
    def rows(self) -> tuple[RowSpread, ...]:
        """The rows with points, in order."""
        return tuple(self._row(row.id) for row in self.panel.standard.scored_rows)

    def _row(self, key: str) -> RowSpread:
        ratings = [rating if rating and rating.applies else None for rating in self.panel.ratings(key)]
        ends = [end for rating in ratings if rating for end in (rating.secured, rating.possible)]
        spread = max(ends) - min(ends) if ends else 0
        return RowSpread(key, tuple(r and r.secured for r in ratings), self.panel.rows[key].secured, spread)

    @property
    def disagreements(self) -> tuple[RowSpread, ...]:
        """The rows on which experts differ, the widest first, in points and then as a share of the maximum."""
        tops = {row.id: row.max_score or 1 for row in self.panel.standard.scored_rows}
        differing = (row for row in self.rows if row.spread)
        return tuple(sorted(differing, key=lambda row: (-row.spread, -row.spread / tops[row.criterion])))

    @cached_property
    def experts(self) -> tuple[ExpertView, ...]:
        """Each expert beside the others, by an additive model: a row's level, less the severity of the expert.

        Least squares, each row weighted by its maximum; severity is relative to the middle expert's, whom one who is
        very strict does not move. Where all scored every row, it is the median of the totals less the expert's own.
        """
        panel, views = self.panel, list[ExpertView]()
        maxima = np.array([float(row.max_score or 0) for row in panel.standard.scored_rows])
        severities, errors, noises, counts = additive_model(self.shares, maxima)
        full, scored = float(sum(maxima)), [panel.ratings(row.id) for row in panel.standard.scored_rows]
        severities = (severities - np.median(severities)) * full
        for place, expert in enumerate(panel.experts):
            severity, error = round(float(severities[place]), 9), float(errors[place]) * full
            others = np.array([noise for i, noise in enumerate(noises) if i != place and counts[i]])
            verdicts = list[Verdict]()
            if len(others) > 1 and counts[place] >= _FEWEST_ROWS:
                if noises[place] > _ERRATIC * np.sqrt(np.mean(others**2)) > 0:
                    verdicts.append("erratic")
                if abs(severity) > max(2 * error, _MATERIAL * full):
                    verdicts.append("strict" if severity > 0 else "lenient")
            count = sum(ratings[place] is not None for ratings in scored)
            beside = severity, error, float(noises[place]), tuple(verdicts)
            views.append(ExpertView(expert, *beside, count, panel.totals[place], panel.grades[place]))
        return tuple(views)

    @property
    def method(self) -> tuple[Text, ...]:
        """How all of this is computed, a sentence each."""
        return (
            msg(
                "Alpha: Krippendorff's, interval metric, of scores as shares of each row's maximum; the interval "
                "({level}) by resampling rows ({count} times, seed {seed}). 1: full agreement, 0: as by chance.",
                level=f"{LEVEL:.0%}",
                count=RESAMPLES,
                seed=SEED,
            ),
            msg(
                "Severity: points by which an expert's total lies below that of the middle expert for the same rows "
                "(additive model of row and expert). Strict or lenient: beyond two standard errors and {share} of the "
                "maximum. Erratic: once severity is taken out, the scores scatter more than {times} times as much as "
                "the others'.",
                share=f"{_MATERIAL:.0%}",
                times=_ERRATIC,
            ),
        )

    @property
    def entries(self) -> dict[str, Any]:
        """What JSON holds of it."""
        *indicators, overall = self.alphas
        return {
            "alpha": overall.alpha,
            "interval": [overall.low, overall.high],
            "indicators": [one._asdict() for one in indicators],
            "experts": [fields_of(one, "expert severity standard_error noise verdicts") for one in self.experts],
            "method": self.method,
        }


def _share(rating: CriterionResult | None) -> float:
    """Return a score (the midpoint of a range) as a share of the row's maximum; NaN if there is no score."""
    if rating is None or not rating.applies:
        return float("nan")
    return float(rating.secured + rating.possible) / 2 / float(rating.maximum or 1)


def alpha_of(shares: Array, resamples: int = RESAMPLES) -> tuple[int, float | None, float | None, float | None]:
    """Return how many rows two experts or more scored, and Krippendorff's alpha for interval data with its interval.

    Alpha is the library's. The interval resamples rows, for which the interval metric has a short form: within a row
    of m scores, the sum of squared differences over m - 1; over all scores, the same of all that can be paired. None
    where alpha is undefined: nobody to compare with, or all scores alike.

    >>> import numpy as np
    >>> rows, alpha, *_ = alpha_of(np.array([[1.0, 2, 3, 3], [1, 2, 3, 4]]))
    >>> rows, round(alpha, 3)
    (4, 0.889)
    """
    import krippendorff

    counts = np.sum(~np.isnan(shares), axis=0)
    pairable = shares[:, counts > 1]
    if not pairable.size or np.nanmin(pairable) == np.nanmax(pairable):
        return pairable.shape[1], None, None, None
    alpha = float(krippendorff.alpha(reliability_data=pairable, level_of_measurement="interval"))
    sums, squares, m = np.nansum(pairable, axis=0), np.nansum(pairable**2, axis=0), counts[counts > 1]
    of_rows = np.stack([m, sums, squares, (m * squares - sums**2) / (m - 1)])
    draws = np.random.default_rng(SEED).multinomial(len(m), np.full(len(m), 1 / len(m)), size=resamples)
    n, total, square, within = of_rows @ draws.T
    expected = (n * square - total**2) / (n - 1)
    drawn = 1 - within[expected > 1e-12] / expected[expected > 1e-12]
    tails = (1 - LEVEL) / 2
    if len(m) < 2 or not len(drawn):
        return len(m), alpha, None, None
    low, high = np.quantile(drawn, [tails, 1 - tails])
    return len(m), alpha, float(low), float(high)


def additive_model(shares: Array, weights: Array) -> tuple[Array, Array, Array, npt.NDArray[np.int_]]:
    """Return each expert's severity and its standard error, noise, and number of rows that can be compared.

    The model is: a share is the level of the row, less the severity of the expert; severities add up to 0.
    """
    known = ~np.isnan(shares) & (np.sum(~np.isnan(shares), axis=0) > 1)
    experts, rows = np.nonzero(known)
    count, design = len(shares), np.zeros((len(experts) + 1, len(shares) + shares.shape[1]))
    design[np.arange(len(experts)), experts] = -1
    design[np.arange(len(experts)), count + rows] = 1
    root = np.append(np.sqrt(weights[rows]), 1.0)
    design[-1, :count] = 1
    design *= root[:, None]
    values = np.append(shares[known], 0.0) * root
    solution = np.linalg.lstsq(design, values, rcond=None)[0]
    residuals = (values - design @ solution)[:-1]
    scored, weight = known.sum(axis=1), np.array([weights[rows[experts == e]].sum() for e in range(count)])
    freedom = max(1, len(experts) - len(set(rows)) - count + 1)
    pooled = float(np.sum(residuals**2)) / freedom  # of the weighted residuals
    squares = np.array([np.sum(residuals[experts == e] ** 2) for e in range(count)])
    weight = np.where(weight, weight, np.inf)  # of an expert with whom nothing can be compared, neither is known
    return solution[:count], np.sqrt(pooled * (1 - 1 / count) / weight), np.sqrt(squares / weight), scored


# ── what the grade depends on ────────────────────────────────────────────────────────────────────────────────────

Way = Literal["down", "up"]
WAYS: tuple[Way, Way] = ("down", "up")
_DRAWS = 20_000


class Flip(NamedTuple):
    """A row on which experts differ: the lowest and highest of their scores, the panel's grade if all gave either."""

    criterion: str
    lowest: Exact
    highest: Exact
    grade_lowest: str | None
    grade_highest: str | None


class ChangedRating(NamedTuple):
    """One score, changed."""

    expert: str
    criterion: str
    before: Exact
    after: Exact


class Rescore(NamedTuple):
    """The fewest scores whose change changes the grade, with the points it takes; `is_proved`: no fewer suffice."""

    changes: tuple[ChangedRating, ...]
    grade: str | None
    points: Exact
    is_proved: bool


class AnotherPanel(NamedTuple):
    """The chance of each grade, highest first, if another panel of the same kind had scored.

    `spread` is the standard deviation of an expert's total within this panel (within its groups).
    """

    grades: dict[str | None, float]
    spread: float


@dataclass(frozen=True)
class GradeFlips:
    """What the grade of a panel depends on."""

    panel: PanelResult

    @cached_property
    def decisive(self) -> tuple[Flip, ...]:
        """The rows whose disagreement alone can flip the grade; those that move the panel's score most first."""
        panel, flips = self.panel, list[tuple[Exact, Flip]]()
        for key in (row.criterion for row in panel.agreement.disagreements):
            ratings = [rating for rating in panel.ratings(key) if rating and rating.applies]
            ends = min(rating.secured for rating in ratings), max(rating.possible for rating in ratings)
            low, high = (panel.rescored({(expert, key): end for expert in panel.experts}) for end in ends)
            if {low.grade, high.grade} != {panel.grade}:
                flips.append((high.score.secured - low.score.secured, Flip(key, *ends, low.grade, high.grade)))
        return tuple(flip for _, flip in sorted(flips, key=lambda each: -each[0]))

    @property
    def _is_additive(self) -> bool:
        """Whether each score moves the total by itself alone."""
        combination, standard = self.panel.combination, self.panel.standard
        is_mean = combination.rule == "mean" and combination.rounding is None
        return is_mean and standard.is_plain and self.panel.readings["rounding"] == "none"

    @cached_property
    def rescoring(self) -> dict[Way, Rescore]:
        """The fewest scores of single experts that, changed, cost the grade or bring a higher one, where any do."""
        return {way: rescore for way in WAYS if (rescore := self._fewest_scores(way))}

    def _fewest_scores(self, way: Way) -> Rescore | None:
        """Take the scores that move the total most, until the grade changes; the last one no further than needed."""
        panel, now, chosen = self.panel, self.panel.score.secured, list[ChangedRating]()
        furthest = [
            ChangedRating(expert, row.id, rating.secured, row.ends[2 if way == "up" else 1])
            for row in panel.standard.scored_rows
            for expert, rating in zip(panel.experts, panel.ratings(row.id), strict=True)
            if rating and rating.applies
        ]
        moved = [(abs(float(self._changed([one]).score.secured - now)), one) for one in furthest]
        for _, one in sorted((each for each in moved if each[0]), key=lambda each: -each[0]):
            if self._changed([*chosen, one]).grade != panel.grade:
                chosen.append(self._just_enough(chosen, one))
                points = total(max(each.after - each.before, each.before - each.after) for each in chosen)
                return Rescore(tuple(chosen), self._changed(chosen).grade, points, self._is_additive)
            chosen.append(one)
        return None

    def _changed(self, changes: Iterable[ChangedRating]) -> PanelResult:
        return self.panel.rescored({(one.expert, one.criterion): one.after for one in changes})

    def _just_enough(self, chosen: Sequence[ChangedRating], last: ChangedRating) -> ChangedRating:
        """Return how little the last score must change, in steps of its row, beside the others chosen."""
        standard, way = self.panel.standard, last.after - last.before
        row = standard.criteria[last.criterion]
        step = (row.rule.expert.step if row.rule and row.rule.expert else None) or standard.rounding.step
        step = step if way > 0 else -step
        nearer = [last._replace(after=last.before + step * n) for n in range(1, math.ceil(Fraction(way) / step))]
        place = bisect_left(nearer, True, key=lambda one: self._changed([*chosen, one]).grade != self.panel.grade)
        return [*nearer, last][place]

    @cached_property
    def another_panel(self) -> AnotherPanel | None:
        """The chance of each grade under another panel; None where this one cannot tell, having no spread to go by."""
        panel, combination = self.panel, self.panel.combination
        groups = defaultdict[str, list[float]](list)
        for sheet, score in zip(panel.sheets, panel.totals, strict=True):
            group = sheet.expert.group if combination.groups else None
            groups[group or ""].append(float(score.secured))
        freedom = len(panel.sheets) - len(groups)
        if not freedom or combination.rule == "consensus" or not panel.standard.bands:
            return None
        spread = float(np.sqrt(sum(np.var(totals) * len(totals) for totals in groups.values()) / freedom))
        shares = {group: float(combination.groups.get(group, 1)) for group in groups}
        parts = [shares[group] ** 2 * _variance(combination, len(totals)) for group, totals in groups.items()]
        scale = spread * np.sqrt(2 * sum(parts)) / sum(shares.values())
        return AnotherPanel(self._chances(scale, freedom), spread)

    def _chances(self, scale: float, freedom: int) -> dict[str | None, float]:
        from scipy.stats import t

        centre, standard = float(self.panel.score.secured), self.panel.standard
        grades: dict[str | None, float] = dict.fromkeys(standard.grades, 0.0)
        for band in standard.completed_bands(self.panel.readings["between_bands"]):
            if scale == 0:
                grades[band.grade] += float(band.holds(self.panel.score.secured))
                continue
            ends = (
                float(end.value) if end else default for end, default in ((band.lower, -np.inf), (band.upper, np.inf))
            )
            low, high = (t.cdf((end - centre) / scale, freedom) for end in ends)
            grades[band.grade] += float(high - low)
        return {**grades, None: max(0.0, 1 - sum(grades.values()))}

    def to_dict(self) -> dict[str, Any]:
        """Return the flips, the smallest re-scoring and the chances as JSON holds them.

        >>> panel = lsstd.panel("data/panels/flip")
        >>> panel.flips.to_dict()["flips"][0]["criterion"]
        'anchor_training'
        """
        chances = self.another_panel.grades.items() if self.another_panel else ()
        changed = "expert criterion from=before to=after"
        entries: dict[str, Any] = {
            "flips": [flip._asdict() for flip in self.decisive],
            "rescoring": {
                way: {
                    **fields_of(rescore, "grade points proved=is_proved"),
                    "changes": [fields_of(one, changed) for one in rescore.changes],
                }
                for way, rescore in self.rescoring.items()
            },
            "another_panel": [{"grade": grade, "probability": p} for grade, p in chances],
        }
        return {key: plain_tree(entry) for key, entry in entries.items()}


def _variance(combination: Combination, count: int) -> float:
    """Return the variance of what normal scores (of variance 1) combine to: of a mean 1/n, of other rules by draws."""
    if combination.rule == "mean" or (combination.rule == "trimmed_mean" and count < combination.trim_from):
        return 1 / count
    draws = np.sort(np.random.default_rng(0).standard_normal((_DRAWS, count)))
    combined = np.median(draws, axis=1) if combination.rule == "median" else draws[:, 1:-1].mean(axis=1)
    return float(np.var(combined))
