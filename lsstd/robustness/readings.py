"""The grade under every combination of readings: what a base may expect wherever the text leaves a question open.

Only readings that the standard's file lists are varied. Those that have nothing to change in this assessment are
counted without being tried, and a total is graded once for each way to read the bands (`lsstd.engine.outcomes`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

from lsstd.assessment.assessment import Assessment
from lsstd.engine.outcomes import Outcome, Outcomes
from lsstd.robustness.graded import check_graded
from lsstd.standard.standard import Standard
from lsstd.words import Lang

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class ReadingEffect:
    """What one reading does to the grade.

    Parameters
    ----------
    key, chosen : str
        The reading, and the option that the others are tried beside.
    options : dict of str to Outcome
        The outcome under each option, the other readings as chosen.
    counts : dict of str to Counter
        By option, how many combinations have which grade.
    changes, contexts : int
        Of so many combinations of the other readings (contexts), in so many this one decides the grade.
    """

    key: str
    chosen: str
    options: dict[str, Outcome]
    counts: dict[str, Counter[str | None]]
    changes: int
    contexts: int

    @property
    def is_decisive(self) -> bool:
        """Whether the reading, alone, changes the grade by score."""
        return len({outcome.secured for outcome in self.options.values()}) > 1


@dataclass(frozen=True)
class Envelope:
    """The grades of one assessment under every combination of readings.

    Parameters
    ----------
    standard : Standard
    subject : str
    readings : dict of str to str
        All of them, as chosen.
    held : dict of str to str
        Those that are not varied, because the user chose them.
    outcome : Outcome
        Under the readings as chosen.
    counts : Counter of Outcome
    effects : tuple of ReadingEffect
        The reading first that decides the grade most often.
    """

    standard: Standard
    subject: str
    readings: dict[str, str]
    held: dict[str, str]
    outcome: Outcome
    counts: Counter[Outcome]
    effects: tuple[ReadingEffect, ...]

    @property
    def combinations(self) -> int:
        """How many combinations of readings there are."""
        return self.counts.total()

    @cached_property
    def grades(self) -> dict[str | None, int]:
        """How many combinations earn which grade by score: highest first, zeros included, None last."""
        return self._counted("secured")

    @cached_property
    def awarded(self) -> dict[str | None, int]:
        """How many combinations award which grade."""
        return self._counted("awarded")

    @property
    def agreeing(self) -> int:
        """How many combinations earn the grade that the readings as chosen earn."""
        return self.grades[self.outcome.secured]

    @property
    def matters(self) -> tuple[ReadingEffect, ...]:
        """The readings that, alone, change the grade by score."""
        return tuple(effect for effect in self.effects if effect.is_decisive)

    def _counted(self, which: str) -> dict[str | None, int]:
        found = dict.fromkeys((*self.standard.grades, None), 0)
        for outcome, count in self.counts.items():
            found[getattr(outcome, which)] += count
        return found

    @property
    def table(self) -> pd.DataFrame:
        """One line an option: reading, option, outcomes alone, how often the reading decides, combinations by grade."""
        from lsstd.pages.frames import envelope_frame

        return envelope_frame(self)

    def plot(self, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
        """Draw the share of combinations with each grade: of all, and under each option of readings that matter."""
        from lsstd.pages.robustness_charts import envelope

        return envelope(self, ax=ax, lang=lang)

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope as JSON holds it."""
        return {
            "subject": self.subject,
            "combinations": self.combinations,
            "grade": self.outcome.secured,
            "agreeing": self.agreeing,
            "grades": _listed(self.grades),
            "awarded": _listed(self.awarded),
            "matters": [_told(effect) for effect in self.matters],
            "readings": [_told(effect) for effect in self.effects],
            "held": self.held,
        }


def _listed(counts: Mapping[str | None, int]) -> list[dict[str, Any]]:
    return [{"grade": grade, "count": count} for grade, count in counts.items()]


def _told(effect: ReadingEffect) -> dict[str, Any]:
    return {
        "key": effect.key,
        "options": {option: outcome.secured for option, outcome in effect.options.items()},
        "awarded": {option: outcome.awarded for option, outcome in effect.options.items()},
        "changes": effect.changes,
        "contexts": effect.contexts,
    }


def readings_envelope(
    standard: Standard, assessment: Assessment, readings: Mapping[str, str] | None = None
) -> Envelope:
    """Return the grade under every combination of the readings that the standard's file lists.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    readings : mapping of str to str, optional
        These are held; all others vary.

    Returns
    -------
    Envelope
        Exact counts over all combinations.

    Raises
    ------
    InvalidFile
        The standard awards no grades, or the assessment does not fit it.
    UnknownName
        A reading or option does not exist.
    """
    check_graded(standard)
    held = dict(readings or {})
    chosen = standard.choose_readings(held)
    outcomes = Outcomes(standard, assessment)
    options: dict[str, tuple[str, ...]] = {
        key: tuple(reading.options) for key, reading in standard.readings.items() if key not in held
    }
    known = outcomes.can_matter()
    varied = {key: options[key] for key in options if key in known}
    idle = math.prod(len(options[key]) for key in options if key not in varied)
    found = {
        combination: outcomes.under({**chosen, **dict(zip(varied, combination, strict=True))})
        for combination in product(*varied.values())
    }
    counts = Counter({outcome: count * idle for outcome, count in Counter(found.values()).items()})
    here = outcomes.under(chosen)
    effects = [_effect(key, varied, found, idle, chosen) for key in varied]
    effects += [_without_effect(key, options[key], chosen[key], here, counts) for key in options if key not in varied]
    effects.sort(key=lambda effect: -effect.changes / effect.contexts)
    return Envelope(standard, assessment.subject.name, chosen, held, here, counts, tuple(effects))


def _effect(
    key: str,
    varied: Mapping[str, tuple[str, ...]],
    found: Mapping[tuple[str, ...], Outcome],
    idle: int,
    chosen: Mapping[str, str],
) -> ReadingEffect:
    """Return what a reading does, from the outcomes of all combinations of those that can matter."""
    place = list(varied).index(key)
    usual = tuple(chosen[name] for name in varied)
    alone = {option: found[(*usual[:place], option, *usual[place + 1 :])] for option in varied[key]}
    counts: dict[str, Counter[str | None]] = {option: Counter() for option in varied[key]}
    contexts: dict[tuple[str, ...], set[str | None]] = {}
    for combination, outcome in found.items():
        counts[combination[place]][outcome.secured] += idle
        contexts.setdefault((*combination[:place], *combination[place + 1 :]), set()).add(outcome.secured)
    changes = sum(len(grades) > 1 for grades in contexts.values())
    return ReadingEffect(key, chosen[key], alone, counts, changes * idle, len(contexts) * idle)


def _without_effect(
    key: str, options: tuple[str, ...], chosen: str, here: Outcome, counts: Counter[Outcome]
) -> ReadingEffect:
    """Return the effect of a reading that has nothing to change in this assessment."""
    share: Counter[str | None] = Counter()
    for outcome, count in counts.items():
        share[outcome.secured] += count // len(options)
    outcomes = dict.fromkeys(options, here)
    return ReadingEffect(key, chosen, outcomes, dict.fromkeys(options, share), 0, counts.total() // len(options))
