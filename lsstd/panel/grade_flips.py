"""What the panel's grade hangs on: the disagreements that can flip it, the fewest scores, another panel."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from lsstd.exact import Exact, plain_tree, total
from lsstd.panel.combination import Combination
from lsstd.panel.panel_result import PanelResult
from lsstd.robustness.certificate import FewestRows, fewest
from lsstd.standard.models import fields_of
from lsstd.standard.scoring_table import Criterion
from lsstd.words import Text, msg

Way = Literal["down", "up"]
_Key: TypeAlias = tuple[str, str]  # of an expert and a row
WAYS: tuple[Way, Way] = ("down", "up")
_MOST_SETS = 400
_DRAWS = 20_000


class Flip(NamedTuple):
    """A row on which experts differ: what it, and with it the panel, comes to if all score it as one of them did."""

    criterion: str
    ends: tuple[Exact, Exact]
    """The lowest and the highest that an expert gave, or left possible."""
    grades: tuple[str | None, str | None]
    """The panel's grade with all at the lowest, and with all at the highest."""
    changes: tuple[Exact, Exact]
    """What either adds to the panel's score."""


class ChangedRating(NamedTuple):
    """One score, changed."""

    expert: str
    criterion: str
    before: Exact
    after: Exact


@dataclass(frozen=True)
class Rescore:
    """The fewest scores that, changed, change the grade; `is_proved`: no fewer do."""

    changes: tuple[ChangedRating, ...]
    grade: str | None
    is_proved: bool

    @property
    def points(self) -> Exact:
        """By how many points the scores change in all."""
        return total(max(one.after - one.before, one.before - one.after) for one in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the changes as JSON holds them.

        >>> lsstd.panel("data/panels/flip").flips.rescoring["down"].to_dict()["points"]
        4
        """
        names = "expert criterion from=before to=after"
        made = {"grade": self.grade, "points": self.points, "proved": self.is_proved}
        found: dict[str, Any] = plain_tree({**made, "changes": [fields_of(one, names) for one in self.changes]})
        return found


@dataclass(frozen=True)
class AnotherPanel:
    """The chance of each grade, highest first, if another panel of the same kind had scored; what that rests on."""

    grades: dict[str | None, float]
    spread: float
    """The standard deviation of an expert's total within this panel (within its groups)."""

    @property
    def method(self) -> Text:
        """How it is computed, and what is assumed."""
        return msg(
            "Another panel of as many experts, combined alike: experts' totals are taken as normal, with the spread "
            "of this panel ({spread} points); mean and spread being known from this panel only, Student's t is used. "
            "The papers and the base stay as they are; the grade is that of the total alone.",
            spread=f"{self.spread:.1f}",
        )


@dataclass(frozen=True)
class GradeFlips:
    """What the grade of a panel hangs on."""

    panel: PanelResult

    @cached_property
    def rows(self) -> tuple[Flip, ...]:
        """Every row on which experts differ; those that alone can flip the grade first, then by what hangs on them."""
        found = [self._flip(row.criterion) for row in self.panel.agreement.disagreements]
        return tuple(sorted(found, key=lambda f: (not self._is_decisive(f), f.changes[0] - f.changes[1])))

    @property
    def decisive(self) -> tuple[Flip, ...]:
        """The rows whose disagreement alone can flip the grade."""
        return tuple(filter(self._is_decisive, self.rows))

    def _is_decisive(self, flip: Flip) -> bool:
        return {*flip.grades} != {self.panel.grade}

    def _flip(self, key: str) -> Flip:
        given = [rating for rating in self.panel.ratings(key) if rating and rating.applies]
        ends = min(rating.secured for rating in given), max(rating.possible for rating in given)
        low, high = (self._settled({key: end}) for end in ends)
        now = self.panel.score.secured
        return Flip(key, ends, (low.grade, high.grade), (low.score.secured - now, high.score.secured - now))

    def _settled(self, rows: Mapping[str, Exact]) -> PanelResult:
        """Return the panel in which all experts score some rows alike."""
        return self.panel.rescored({(e, key): points for key, points in rows.items() for e in self.panel.experts})

    @cached_property
    def together(self) -> dict[Way, FewestRows]:
        """The fewest rows that flip the grade once they are settled at their lowest, and at their highest."""
        found, flips = {}, {flip.criterion: flip for flip in self.rows}
        for side, way in enumerate(WAYS):
            names = sorted(flips, key=lambda name: abs(float(flips[name].changes[side])), reverse=True)
            chains = [names] if self._is_additive and names else [[name] for name in names]

            def changes_the_grade(rows: set[str], side: int = side) -> bool:
                return self._settled({row: flips[row].ends[side] for row in rows}).grade != self.panel.grade

            found[way] = fewest(chains, changes_the_grade, _MOST_SETS)
        return found

    @property
    def _is_additive(self) -> bool:
        """Whether each score moves the total by itself alone."""
        combination, standard = self.panel.combination, self.panel.standard
        is_mean = combination.rule == "mean" and combination.rounding is None
        return is_mean and standard.is_plain and self.panel.readings["rounding"] == "none"

    @cached_property
    def rescoring(self) -> dict[Way, Rescore]:
        """The fewest scores of single experts that, changed, cost the grade or bring a higher one, where any do."""
        found = {way: self._fewest_scores(way) for way in WAYS}
        return {way: rescore for way, rescore in found.items() if rescore}

    def _fewest_scores(self, way: Way) -> Rescore | None:
        """Take the scores that move the total most, until the grade changes; the last one no further than needed."""
        panel, now, chosen = self.panel, self.panel.score.secured, dict[_Key, Exact]()
        given = {
            (expert, row.id): (rating.secured, row.ends[2] if way == "up" else row.ends[1], row)
            for row in panel.standard.scored_rows
            for expert, rating in zip(panel.experts, panel.ratings(row.id), strict=True)
            if rating and rating.applies
        }
        moved = {key: panel.rescored({key: goal}).score.secured - now for key, (_, goal, _) in given.items()}
        for key in sorted(filter(moved.__getitem__, moved), key=lambda key: abs(float(moved[key])), reverse=True):
            start, goal, row = given[key]
            if self._changes({**chosen, key: goal}):
                chosen[key] = self._just_enough(chosen, key, start, goal, row)
                changes = [ChangedRating(*key, given[key][0], after) for key, after in chosen.items()]
                return Rescore(tuple(changes), panel.rescored(chosen).grade, self._is_additive)
            chosen[key] = goal
        return None

    def _changes(self, scores: Mapping[_Key, Exact]) -> bool:
        return self.panel.rescored(scores).grade != self.panel.grade

    def _just_enough(self, chosen: Mapping[_Key, Exact], key: _Key, start: Exact, goal: Exact, row: Criterion) -> Exact:
        """Return how little one score must change, in steps of its row, beside the others chosen."""
        step = (row.rule.expert.step if row.rule and row.rule.expert else None) or self.panel.standard.rounding.step
        step = step if goal > start else -step
        tried = [start + step * n for n in range(1, math.ceil(Fraction(goal - start) / step))]
        return [*tried, goal][bisect_left(tried, True, key=lambda points: self._changes({**chosen, key: points}))]

    @cached_property
    def another_panel(self) -> AnotherPanel | None:
        """The chance of each grade under another panel; None where this one cannot tell, having no spread to go by."""
        panel, combination = self.panel, self.panel.combination
        groups = dict[str | None, list[float]]()
        for sheet, score in zip(panel.sheets, panel.totals, strict=True):
            group = sheet.expert.group if combination.groups else None
            groups.setdefault(group, []).append(float(score.secured))
        freedom = sum(len(totals) - 1 for totals in groups.values())
        if not freedom or combination.rule == "consensus" or not panel.standard.bands:
            return None
        spread = float(np.sqrt(sum(np.var(totals) * len(totals) for totals in groups.values()) / freedom))
        every = float(sum(combination.groups.get(group or "", 1) for group in groups))
        parts = [
            (float(combination.groups.get(group or "", 1)) / every) ** 2 * _variance(combination, len(totals))
            for group, totals in groups.items()
        ]
        return AnotherPanel(self._chances(spread * np.sqrt(2 * sum(parts)), freedom), spread)

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
        names = ("criterion", "lowest", "highest", "grade_lowest", "grade_highest")
        return {
            "flips": [plain_tree(dict(zip(names, (f[0], *f.ends, *f.grades), strict=True))) for f in self.decisive],
            "together": {w: {"rows": list(found.names or ()), **found.to_dict()} for w, found in self.together.items()},
            "rescoring": {way: found.to_dict() for way, found in self.rescoring.items()},
            "another_panel": [{"grade": grade, "probability": p} for grade, p in chances],
        }


def _variance(combination: Combination, count: int) -> float:
    """Return the variance of what normal scores (of variance 1) combine to: of a mean 1/n, of other rules by draws."""
    if combination.rule == "mean" or (combination.rule == "trimmed_mean" and count < combination.trim_from):
        return 1 / count
    draws = np.sort(np.random.default_rng(0).standard_normal((_DRAWS, count)))
    combined = np.median(draws, axis=1) if combination.rule == "median" else draws[:, 1:-1].mean(axis=1)
    return float(np.var(combined))
