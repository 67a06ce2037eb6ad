"""What the panel's grade hangs on: the disagreements that can flip it, the fewest scores, another panel."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from lsstd.exact import Exact, plain_tree, total
from lsstd.panel.combination import Combination
from lsstd.panel.panel_result import PanelResult
from lsstd.standard.models import fields_of

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
    """What the grade of a panel hangs on."""

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
            groups[sheet.expert.group or "" if combination.groups else ""].append(float(score.secured))
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
