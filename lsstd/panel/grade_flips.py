"""What the panel's grade hangs on: the disagreements that can flip it, the fewest scores, another panel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from lsstd.exact import Exact, plain_tree, total, whole
from lsstd.panel.combination import Combination
from lsstd.panel.panel_result import PanelResult
from lsstd.robustness.certificate import FewestRows, fewest
from lsstd.standard.models import fields_of
from lsstd.words import Text, msg

Way = Literal["down", "up"]
WAYS: tuple[Way, Way] = ("down", "up")
_MOST_SETS = 400
_DRAWS = 20_000


def _amount(change: Exact) -> Exact:
    return max(change, -change)


class Flip(NamedTuple):
    """A row on which experts differ: the grade if all had scored it as the strictest did, and as the most lenient."""

    criterion: str
    lowest: Exact
    highest: Exact
    grade_lowest: str | None
    grade_highest: str | None
    change_lowest: Exact
    """What settling it at the lowest would add to the panel's score, 0 or less."""
    change_highest: Exact

    def change(self, way: Way) -> Exact:
        """Return what settling it at one of its ends would change, as an amount.

        >>> float(lsstd.panel("data/panels/flip").flips.rows[0].change("up"))
        5.4
        """
        return _amount(self.change_lowest if way == "down" else self.change_highest)


class ChangedRating(NamedTuple):
    """One score, changed."""

    expert: str
    criterion: str
    before: Exact | None
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
        return total(_amount(one.after - (one.before or 0)) for one in self.changes)

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
        return tuple(sorted(found, key=lambda f: (not self._flips(f), f.change_lowest - f.change_highest)))

    @property
    def decisive(self) -> tuple[Flip, ...]:
        """The rows whose disagreement alone can flip the grade."""
        return tuple(flip for flip in self.rows if self._flips(flip))

    def _flips(self, flip: Flip) -> bool:
        return {flip.grade_lowest, flip.grade_highest} != {self.panel.grade}

    def _flip(self, key: str) -> Flip:
        ends = self._ends[key]
        low, high = (self.panel.rescored({(e, key): end for e in self.panel.experts}) for end in ends)
        down, up = (whole(other.score.secured - self.panel.score.secured) for other in (low, high))
        return Flip(key, *ends, low.grade, high.grade, down, up)

    @cached_property
    def _ends(self) -> dict[str, tuple[Exact, Exact]]:
        found = {}
        for row in self.panel.agreement.disagreements:
            given = [rating for rating in self.panel.ratings(row.criterion) if rating and rating.applies]
            found[row.criterion] = min(r.secured for r in given), max(r.possible for r in given)
        return found

    @cached_property
    def together(self) -> dict[Way, FewestRows]:
        """The fewest rows that flip the grade once they are settled at their lowest, and at their highest."""
        found = {}
        for side, way in enumerate(WAYS):
            effects = {flip.criterion: flip.change(way) for flip in self.rows}
            names = sorted(effects, key=lambda name: (-effects[name], name))
            chains = [names] if self._is_additive else [[name] for name in names]

            def flips(rows: set[str], side: int = side) -> bool:
                settled = {(e, row): self._ends[row][side] for row in rows for e in self.panel.experts}
                return self.panel.rescored(settled).grade != self.panel.grade

            found[way] = fewest([chain for chain in chains if chain], flips, _MOST_SETS)
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
        found = {}
        for way in WAYS:
            if (changed := self._fewest_scores(way)) is not None:
                found[way] = changed
        return found

    def _fewest_scores(self, way: Way) -> Rescore | None:
        """Take the scores that move the total most, until the grade changes; the last one no further than needed."""
        panel, goals, now = self.panel, dict(self._goals(way)), self.panel.score.secured
        effects = {key: _amount(panel.rescored({key: goal}).score.secured - now) for key, goal in goals.items()}
        order = sorted((key for key in goals if effects[key]), key=lambda key: (-effects[key], key))
        chosen: dict[tuple[str, str], Exact] = {}
        for key in order:
            chosen[key] = goals[key]
            if panel.rescored(chosen).grade != panel.grade:
                chosen[key] = self._just_enough(chosen, key)
                changes = [ChangedRating(e, row, self._given(e, row), after) for (e, row), after in chosen.items()]
                return Rescore(tuple(changes), panel.rescored(chosen).grade, self._is_additive)
        return None

    def _goals(self, way: Way) -> Iterator[tuple[tuple[str, str], Exact]]:
        for row in self.panel.standard.scored_rows:
            for expert, rating in zip(self.panel.experts, self.panel.ratings(row.id), strict=True):
                goal = row.ends[2] if way == "up" else row.ends[1]
                if rating and rating.applies and rating.secured != goal:
                    yield (expert, row.id), goal

    def _given(self, expert: str, row: str) -> Exact | None:
        rating = self.panel.ratings(row)[self.panel.experts.index(expert)]
        return rating.secured if rating else None

    def _just_enough(self, chosen: Mapping[tuple[str, str], Exact], key: tuple[str, str]) -> Exact:
        """Return how little one score must change, in steps of its row, beside the others chosen."""
        rule, start, goal = self.panel.standard.criteria[key[1]].rule, self._given(*key) or 0, chosen[key]
        step = (rule.expert.step if rule and rule.expert else None) or self.panel.standard.rounding.step
        sign = 1 if goal > start else -1
        few, many = 0, math.floor(_amount(goal - start) / Fraction(step))
        if not many or self.panel.rescored({**chosen, key: start + sign * step * many}).grade == self.panel.grade:
            return goal
        while many - few > 1:
            middle = (few + many) // 2
            changes = self.panel.rescored({**chosen, key: start + sign * step * middle}).grade != self.panel.grade
            few, many = (few, middle) if changes else (middle, many)
        return whole(start + sign * step * many)

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
        return {
            "flips": [plain_tree(flip._asdict()) for flip in self.decisive],
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
