"""The grade under every combination of readings, of one base or of a population, wherever the text leaves one open.

Only readings that the standard's file lists are varied.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Assessment
from lsstd.engine.charted import Charted
from lsstd.engine.evaluate import Outcome, Outcomes
from lsstd.errors import LsstdError
from lsstd.population.impact import records
from lsstd.population.partitions import AnyPopulation, Census, summed
from lsstd.population.population import Population
from lsstd.population.scoring import Scores, grade_lines, scores_of
from lsstd.robustness.certificate import check_graded
from lsstd.standard.models import fields_of
from lsstd.standard.readings import ReadingKey, touching_grades
from lsstd.standard.standard import Standard
from lsstd.words import msg

Codes = NDArray[np.uint8]


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

    key: ReadingKey
    chosen: str
    options: dict[str, Outcome]
    counts: dict[str, Counter[str | None]]
    changes: int
    contexts: int

    @property
    def is_decisive(self) -> bool:
        """Whether the reading, alone, changes the grade by score."""
        return len({outcome.secured for outcome in self.options.values()}) > 1

    def to_dict(self) -> dict[str, Any]:
        """Return the effect as JSON holds it."""
        secured = {option: outcome.secured for option, outcome in self.options.items()}
        awarded = {option: outcome.awarded for option, outcome in self.options.items()}
        return {"key": self.key, "options": secured, "awarded": awarded, **fields_of(self, "changes contexts")}


@dataclass(frozen=True)
class Envelope(Charted):
    """The grades of one assessment under every combination of readings.

    Parameters
    ----------
    readings : dict of str to str
        All of them, as chosen.
    held : dict of str to str
        Those that are not varied, because the user chose them.
    outcome : Outcome
        Under the readings as chosen.
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
        lines = []
        for effect, option, outcome in ((each, *pair) for each in self.effects for pair in each.options.items()):
            line = {"key": effect.key, "option": option, "chosen": option == effect.chosen}
            line |= {"grade": outcome.secured, "awarded": outcome.awarded, "decides": effect.changes / effect.contexts}
            counts = {f"count_{grade or 'none'}": effect.counts[option][grade] for grade in self.grades}
            lines.append(line | counts)
        return pd.DataFrame(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the envelope as JSON holds it.

        >>> found = lsstd.readings_envelope("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
        >>> found.to_dict()["combinations"]
        768
        """
        return {
            **fields_of(self, "subject combinations grade=outcome.secured agreeing"),
            "grades": _listed(self.grades),
            "awarded": _listed(self.awarded),
            "matters": [effect.to_dict() for effect in self.matters],
            "readings": [effect.to_dict() for effect in self.effects],
            "held": self.held,
        }


def _listed(counts: Mapping[str | None, int]) -> list[dict[str, Any]]:
    return [{"grade": grade, "count": count} for grade, count in counts.items()]


def readings_envelope(
    standard: Standard, assessment: Assessment, readings: Mapping[str, str] | None = None
) -> Envelope:
    """Return the grade under every combination of the readings that the standard's file lists.

    Parameters
    ----------
    readings : mapping of str to str, optional
        These are held; all others vary.

    Raises
    ------
    InvalidFile
        The standard awards no grades, or the assessment does not fit it.
    UnknownName
        A reading or option does not exist.

    Examples
    --------
    >>> found = lsstd.readings_envelope("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
    >>> found.agreeing, found.combinations
    (288, 768)
    """
    check_graded(standard)
    held = dict(readings or {})
    chosen, options = standard.choose_readings(held), _varied(standard, held)
    outcomes = Outcomes(standard, assessment)
    found = {
        combination: outcomes.under({**chosen, **dict(zip(options, combination, strict=True))})
        for combination in product(*options.values())
    }
    effects = [_effect(key, options, found, chosen) for key in options]
    idle = options.keys() - set(outcomes.can_matter())
    effects.sort(key=lambda effect: (-effect.changes / effect.contexts, effect.key in idle))
    here, counts = outcomes.under(chosen), Counter(found.values())
    return Envelope(standard, assessment.subject.name, chosen, held, here, counts, tuple(effects))


def _varied(standard: Standard, held: Mapping[str, str]) -> dict[ReadingKey, tuple[str, ...]]:
    """Return the options of the readings that the standard's file lists, but for those that are held."""
    return {key: tuple(reading.options) for key, reading in standard.readings.items() if key not in held}


def _effect(
    key: ReadingKey,
    options: Mapping[ReadingKey, tuple[str, ...]],
    found: Mapping[tuple[str, ...], Outcome],
    chosen: Mapping[str, str],
) -> ReadingEffect:
    place = list(options).index(key)
    usual = tuple(chosen[name] for name in options)
    alone = {option: found[(*usual[:place], option, *usual[place + 1 :])] for option in options[key]}
    counts: dict[str, Counter[str | None]] = {option: Counter() for option in options[key]}
    contexts: dict[tuple[str, ...], set[str | None]] = {}
    for combination, outcome in found.items():
        counts[combination[place]][outcome.secured] += 1
        contexts.setdefault((*combination[:place], *combination[place + 1 :]), set()).add(outcome.secured)
    changes = sum(len(grades) > 1 for grades in contexts.values())
    return ReadingEffect(key, chosen[key], alone, counts, changes, len(contexts))


# ── a population ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PopulationReadings(Charted):
    """The grades of a population under every combination of readings.

    Parameters
    ----------
    readings : dict of str to str
        All readings, as chosen.
    grades : tuple of int
        How many have each grade under the readings as chosen, highest first, no grade last.
    stable : int
        How many have the same grade under all combinations.
    table : DataFrame
        One line for every other option of every reading: how many subjects it alone moves, up and down; the reading
        that moves most first.
    of_subjects : DataFrame, optional
        As `subjects`; None for a population that is read in parts.
    """

    census: Census
    standard: Standard
    readings: dict[str, str]
    combinations: int
    grades: tuple[int, ...]
    stable: int
    table: pd.DataFrame
    of_subjects: pd.DataFrame | None

    @property
    def subjects(self) -> pd.DataFrame:
        """One line a subject: id, grade, in what share of combinations it has it, and each grade's share.

        Raises
        ------
        LsstdError
            The population was read in parts.
        """
        if self.of_subjects is None:
            raise LsstdError(msg("not available for a population read in parts; load it whole"))
        return self.of_subjects

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it.

        >>> found = lsstd.population_readings("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> found.to_dict()["stable"]
        14
        """
        options: dict[str, dict[str, Any]] = {}
        for line in records(self.table):
            options.setdefault(line.pop("key"), {})[line.pop("option")] = line
        return {
            "population": {**self.census.to_dict(), **({"weight": None} if self.census.weight is None else {})},
            "combinations": self.combinations,
            "grades": _listed(dict(zip((*self.standard.grades, None), self.grades, strict=True))),
            "stable": self.stable,
            "matters": [{"key": key, "options": each} for key, each in options.items()],
        }


def population_readings(
    population: AnyPopulation, standard: Standard | None = None, readings: Mapping[str, str] | None = None
) -> PopulationReadings:
    """Return the grades by score of a population under every combination of the readings that the file lists.

    Parameters
    ----------
    standard : Standard, optional
        Perhaps a reformed one; without it, the one that the population was read against.
    readings : mapping of str to str, optional
        These are held; all others vary.

    Raises
    ------
    InvalidFile
        The standard awards no grades.
    UnknownName
        A reading or option does not exist.

    Examples
    --------
    >>> lsstd.population_readings("data/populations/made_up_60.csv", "hlj-base-evaluation").combinations
    768
    """
    standard = standard or population.standard
    check_graded(standard)
    held = dict(readings or {})
    chosen, options = standard.choose_readings(held), _varied(standard, held)
    scoring = {key: options[key] for key in touching_grades(standard) if key in options}
    others = [(key, option) for key, each in scoring.items() for option in each if option != chosen[key]]
    keep = isinstance(population, Population)
    work = partial(_under_all, standard=standard, chosen=chosen, scoring=scoring, others=others, keep=keep)
    census, (grades, stable, moves, of_subjects) = summed(population, work)
    moved = [(*other, up + down, up, down) for other, (up, down) in zip(others, moves.tolist(), strict=True)]
    table = pd.DataFrame(moved, columns=["key", "option", "count", "up", "down"])
    most = table.groupby("key")["count"].transform("max")
    table = table.iloc[np.lexsort((table["key"], -most))].reset_index(drop=True)
    combinations, counted = math.prod(len(each) for each in options.values()), tuple(grades.tolist())
    return PopulationReadings(census, standard, chosen, combinations, counted, stable, table, of_subjects)


def _under_all(
    population: Population,
    standard: Standard,
    chosen: dict[str, str],
    scoring: Mapping[ReadingKey, tuple[str, ...]],
    others: Sequence[tuple[ReadingKey, str]],
    keep: bool,
) -> tuple[NDArray[np.int64], int, NDArray[np.int64], pd.DataFrame | None]:
    """Return counts by grade, of subjects whose grade never changes, and moved by each option; if kept, subjects."""
    under, combinations = _grades_under(population, standard), [*product(*scoring.values())]
    usual, subjects, size = under(chosen), np.arange(len(population)), len(standard.grades) + 1
    counts = np.zeros((len(population), size), np.int64)
    for combination in combinations:
        counts[subjects, under({**chosen, **dict(zip(scoring, combination, strict=True))})] += 1
    moves = np.zeros((len(others), 2), np.int64)
    for i, (key, option) in enumerate(others):
        found = under({**chosen, key: option})
        moves[i] = (found < usual).sum(), (found > usual).sum()
    agreeing, stable = counts[subjects, usual], int((counts.max(axis=1) == len(combinations)).sum())
    frame, names = None, np.array((*standard.grades, None), object)
    if keep:
        shares = {f"share_{name or 'none'}": counts[:, i] / len(combinations) for i, name in enumerate(names)}
        own = {"id": population.ids, "grade": names[usual], "agreeing": agreeing / len(combinations)}
        frame = pd.DataFrame({**own, **shares})
    return np.bincount(usual, minlength=size), stable, moves, frame


def _grades_under(population: Population, standard: Standard) -> Callable[[dict[str, str]], Codes]:
    """Return what grades a population under readings; where only bands are read otherwise, it is not scored anew."""
    latest: dict[tuple[tuple[str, str], ...], Scores] = {}

    def under(readings: dict[str, str]) -> Codes:
        others = tuple((key, option) for key, option in readings.items() if key != "between_bands")
        if others not in latest or not standard.is_plain:
            latest.clear()
            latest[others] = scores_of(population, standard, readings)
        scores = latest[others]
        if not standard.is_plain:
            return scores.grade()
        lines = grade_lines(standard, readings, scores.ratings.lattice)
        stretch = np.searchsorted(np.array(lines.edges, np.int64), scores.secured.total.astype(np.int64), "right")
        return lines.codes((*standard.grades, None))[stretch]

    return under
