"""How sure a score and a grade are: the exact distribution of both, whatever is unknown, a range or a chance."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, plain, shown
from lsstd.robustness.chances import Model
from lsstd.robustness.common import Common, chances_of
from lsstd.robustness.outcomes import Chance, TooLarge
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, same

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
Chances = dict[Any, float]


def _chances() -> Chances:
    return defaultdict(float)


@dataclass
class Found:
    """Chances of scores, grades, awards and of each indicator's points."""

    scores: Chances = field(default_factory=_chances)
    grades: Chances = field(default_factory=_chances)
    awarded: Chances = field(default_factory=_chances)
    indicators: dict[str, Chances] = field(default_factory=dict)

    def mix(self, other: Found, weight: float) -> None:
        """Add another's chances by a weight."""
        pairs = [(self.scores, other.scores), (self.grades, other.grades), (self.awarded, other.awarded)]
        pairs += [(self.indicators.setdefault(key, _chances()), found) for key, found in other.indicators.items()]
        for own, added in pairs:
            for outcome, p in added.items():
                own[outcome] += weight * p


@dataclass(frozen=True)
class Uncertainty:
    """How sure one subject's score and grade are.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    readings : dict of str to str
    scores : dict
        The chance of each score that can be, lowest first.
    grades, awarded : dict
        The chance of each grade by score, and of each that can be awarded; highest first, None for none.
    indicators : dict of dict
        The chance of each indicator's points.
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
    indicators: dict[str, dict[Exact, float]]
    method: str
    assumptions: tuple[Text, ...]
    draws: int | None = None

    @property
    def mean(self) -> float:
        """The expected score."""
        return _moments(self.scores)[0]

    @property
    def sd(self) -> float:
        """The standard deviation of the score."""
        return _moments(self.scores)[1]

    @property
    def standard_error(self) -> float | None:
        """The greatest standard error of a grade's chance where it was sampled; None where it is exact."""
        if self.draws is None:
            return None
        return max(math.sqrt(p * (1 - p) / self.draws) for p in (*self.grades.values(), *self.awarded.values()))

    def quantile(self, p: float) -> Exact:
        """Return the lowest score that is not exceeded with a chance of at least p."""
        return _quantile(self.scores, p)

    @property
    def table(self) -> pd.DataFrame:
        """Each grade with its chance by score, and with its chance of being awarded."""
        lines = [(grade, p, self.awarded[grade]) for grade, p in self.grades.items()]
        return pd.DataFrame(lines, columns=["grade", "probability", "awarded"])

    @property
    def indicator_table(self) -> pd.DataFrame:
        """Each indicator's expected points, their standard deviation, and the middle 90 percent."""
        lines = []
        for name, chances in self.indicators.items():
            mean, sd = _moments(chances)
            ends = [plain(_quantile(chances, p)) for p in (QUANTILES[0], QUANTILES[-1])]
            lines.append((name, self.standard.indicators[name].name.zh, mean, sd, *ends))
        return pd.DataFrame(lines, columns=["indicator", "name", "mean", "sd", "p05", "p95"])

    def plot(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw the distribution of the score, with the lines of the grades."""
        from lsstd.pages.robustness_charts import distribution

        return distribution(self, ax=ax, lang=lang)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what JSON holds."""
        sampled = {} if self.draws is None else {"draws": self.draws, "standard_error": self.standard_error}
        return {
            "standard": self.standard.standard,
            "subject": self.assessment.subject.name,
            "readings": self.standard.printed_readings(self.readings),
            "grades": [{"grade": grade, "probability": p} for grade, p in self.grades.items()],
            "awarded": [{"grade": grade, "probability": p} for grade, p in self.awarded.items()],
            "mean": self.mean,
            "sd": self.sd,
            "quantiles": [{"p": p, "score": plain(self.quantile(p))} for p in QUANTILES],
            "method": self.method,
            **sampled,
            "assumptions": [text.to(lang) for text in self.assumptions],
        }


def _moments(chances: Mapping[Exact, float]) -> tuple[float, float]:
    mean = math.fsum(float(score) * p for score, p in chances.items())
    return mean, math.sqrt(max(0.0, math.fsum((float(score) - mean) ** 2 * p for score, p in chances.items())))


def _quantile(chances: Mapping[Exact, float], p: float) -> Exact:
    reached = 0.0
    for score in sorted(chances):
        reached += chances[score]
        if reached >= p - 1e-12:
            return score
    return max(chances)


def uncertainty(
    standard: Standard,
    assessment: Assessment,
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Uncertainty:
    """Return the exact distribution of the score, of every indicator, and of the grade.

    What answers and known facts settle stays. An unknown row or part is met with the chance `unknown`, independently;
    a fact that is not known is one event however many rows and conditions ask for it; a range is equally likely on
    the standard's step; chances hold as given; where answer and facts contradict each other the lower and the higher
    points stand against each other.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    readings : dict of str to str, optional
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
    """
    chosen = checked(standard, assessment, readings)
    if draws < 1:
        raise LsstdError(Text("抽样数有误", "a number of draws"), [Problem("draws", same(draws), same("≥ 1"))])
    levels = chances_of(unknown, common)
    base = Model(standard, assessment, chosen, levels[0][0])
    try:
        found, size = _mixed([(_exact(base.with_chance(chance)), p) for chance, p in levels]), None
    except TooLarge as large:
        found, size = _by_draws(base, levels, draws, seed), int(large.args[0])
    grades = (*standard.grades, None)
    return Uncertainty(
        standard,
        assessment,
        chosen,
        {score: found.scores[score] for score in sorted(found.scores) if found.scores[score] > 0},
        {grade: found.grades[grade] for grade in grades},
        {grade: found.awarded[grade] for grade in grades},
        {key: dict(found.indicators[key]) for key in standard.indicators},
        "exact" if size is None else "sampled",
        tuple(_assumptions(standard, unknown, common, size, draws, seed)),
        None if size is None else draws,
    )


def checked(standard: Standard, assessment: Assessment, readings: dict[str, str] | None) -> dict[str, str]:
    """Return the readings chosen, all input checked as an evaluation does."""
    chosen = standard.choose_readings(readings)
    if not standard.scored_rows:
        problem = Problem("standard", same(standard.standard), Text("有分值的标准", "a standard with points"))
        raise LsstdError(Text("没有得分可言", "there is no score to be sure of"), [problem])
    check(standard, assessment)
    return chosen


def _exact(model: Model) -> Found:
    """Return the exact chances."""
    found = Found()
    for (points, marks), p in model.total().items():
        grade = model.watch.grade(points, marks)
        found.scores[points] += p
        found.grades[grade] += p
        found.awarded[None if marks[0] else grade] += p
    found.indicators = {name: model.indicator(name) for name in model.standard.indicators}
    return found


def _mixed(parts: Iterable[tuple[Found, float]]) -> Found:
    whole = Found()
    for found, weight in parts:
        whole.mix(found, weight)
    return whole


def _by_draws(base: Model, levels: list[tuple[Chance, float]], draws: int, seed: int) -> Found:
    """Return sampled chances, the draws shared out among the levels of the common factor."""
    from lsstd.robustness.sampled import sample

    try:
        return _mixed(
            (sample(base.with_chance(chance), max(1, round(draws * p)), seed + i), p)
            for i, (chance, p) in enumerate(levels)
        )
    except TooLarge as large:
        found = Text(f"一行有 {large} 种组合", f"one row has {large} patterns")
        problem = Problem("answers", found, Text("先回答其中一些分项", "answers to some of its parts"))
        raise LsstdError(Text("无法计算", "it cannot be computed"), [problem]) from None


def _assumptions(
    standard: Standard, unknown: float, common: Common | None, size: int | None, draws: int, seed: int
) -> Iterator[Text]:
    """Yield what the chances rest on."""
    yield Text(
        f"未知的行与分项以 {unknown:g} 的概率满足，彼此独立；一项未知的事实只算一次，不论用于几处",
        f"an unknown row or part is met with a chance of {unknown:g}, independently; a fact that is not known is one "
        "event, however many places ask for it",
    )
    step = shown(standard.rounding_step)
    yield Text(
        f"范围内以 {step} 分为步长等可能；概率按所填；答案与事实矛盾时，较低与较高得分二者取一",
        f"within a range, steps of {step} are equally likely; chances hold as given; where answer and facts "
        "contradict, it is the lower or the higher score",
    )
    if common:
        odds = ", ".join(
            f"{level.name or i} {shown(level.weight)} × {shown(level.odds)}" for i, level in enumerate(common.levels, 1)
        )
        yield Text(
            f"共同因素“{common.common}”（权重 × 赔率）：{odds}",
            f"common factor “{common.common}” (weight × odds): {odds}",
        )
    if size is not None:
        yield Text(
            f"联合结果达 {size} 种，无法逐一计算：以抽样代替（{draws} 次，种子 {seed}）",
            f"{size} joint outcomes are too many to go through: sampled instead ({draws} draws, seed {seed})",
        )
