"""How certain the grades of many subjects are, from assessments or from a population's table, all at once.

The results are those of `uncertainty` for each subject. In a table, settled points are taken from the columns; rows
that are answered alike have their chances once, and subjects with the same open rows the distribution of their sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Assessment
from lsstd.changes.migrate import migrate_answers
from lsstd.engine.facts import Facts
from lsstd.errors import LsstdError, Problem
from lsstd.population.impact import records
from lsstd.population.partitions import AnyPopulation, Census, Partitions, each_part
from lsstd.population.population import Population, assessment_of
from lsstd.population.ratings import Rater, check_size
from lsstd.robustness.distribution import Array, Common, UnknownChance, chances_of
from lsstd.robustness.independent_groups import Reuse, Totals, Unknowns, facts_of, mixture
from lsstd.robustness.row_chances import RowChances, TooLarge, events_of
from lsstd.robustness.uncertainty import checked, factor_line, totals_of
from lsstd.standard.models import Concise, json_object
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, same

Levels: TypeAlias = Sequence[tuple[UnknownChance, float]]
_SHOWN = 20  # subjects listed of those with too much to compute


class Found:
    """Results for many subjects: one line each, and those that are too large.

    A line holds the expected score and the chance of each grade, highest first, no grade last.
    """

    def __init__(self, standard: Standard, count: int) -> None:
        self.grades = standard.grades
        self.lines = np.full((count, len(standard.grades) + 2), math.nan)
        self.too_large: dict[int, TooLarge] = {}

    def add(self, place: int, levels: Iterable[tuple[Totals, float]]) -> None:
        """Add the line of one subject: its totals at each level of a common factor, with the level's weight."""
        try:
            totals = mixture(levels)
        except TooLarge as large:
            self.too_large[place] = large
            return
        self.lines[place, 0] = float(totals.units @ totals.chance) / totals.step
        self.lines[place, 1:] = totals.by_grade(totals.chance, self.grades)

    def add_models(self, models: Iterable[Unknowns], levels: Levels) -> Found:
        """Add the lines of subjects given one by one."""
        for i, model in enumerate(models):
            self.add(i, ((totals_of(model, chance, with_award=False), weight) for chance, weight in levels))
        return self

    def framed(self, own: pd.DataFrame) -> pd.DataFrame:
        """Return the lines as columns beside what else is known of the subjects."""
        columns = pd.Index(["mean", *self.grades, None], dtype=object)
        return pd.concat([own, pd.DataFrame(self.lines, columns=columns, index=own.index)], axis=1)


class _Table:
    """A population's table, with all that is unknown in it."""

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str]) -> None:
        self.population, self.standard, self.readings = population, standard, readings
        self.rater, self.reuse = Rater(population, standard, readings), Reuse(standard, readings)
        self.is_reformed = standard.sha256 != population.standard.sha256

    def chances(self, levels: Levels) -> Found:
        """Return the chances of every subject: of sums from the columns, of other trees one by one."""
        if self.standard.is_plain:
            return self._of_sums(levels)
        everyone = self._assessments(np.arange(len(self.population)), [str(name) for name in self.population.frame])
        models = (Unknowns(self.standard, one, self.readings, self.reuse) for one in everyone)
        return Found(self.standard, len(self.population)).add_models(models, levels)

    def _of_sums(self, levels: Levels) -> Found:
        count, rows = len(self.population), self.standard.scored_rows
        lattice = self.rater.lattice(rows)
        check_size(self.standard, lattice)
        ratings, found = self.rater.rate(rows, lattice), Found(self.standard, count)
        certain, answers = np.zeros(count, np.int64), dict[str, list[RowChances]]()
        codes = np.full((count, len(rows)), -1, np.int32)
        for column, row in enumerate(rows):
            low, high = ratings.secured[row.id], ratings.possible[row.id]
            is_open = low != high if high is not low else np.zeros(count, np.bool_)
            certain += np.where(is_open, 0, low).astype(np.int64)
            if (places := np.flatnonzero(is_open)).size:
                answers[row.id], codes[places, column] = self._answered(row, places)
        lines, kind = np.unique(codes, axis=0, return_inverse=True)
        for line, subjects in zip(lines.tolist(), pd.Series(kind).groupby(kind).indices.values(), strict=True):
            open_rows = {row.id: answers[row.id][code] for row, code in zip(rows, line, strict=True) if code >= 0}
            groups = self.reuse.groups(open_rows)
            try:
                laid = [(self.reuse.laid(groups, chance), weight) for chance, weight in levels]
            except TooLarge as large:
                found.too_large |= dict.fromkeys(map(int, subjects), large)
                continue
            sums = [(each, each.sum(), weight) for each, weight in laid]
            for i in map(int, subjects):
                own = Fraction(int(certain[i]), lattice)
                found.add(i, ((each.totals(pmf, own), weight) for each, pmf, weight in sums))
        return found

    def _answered(self, row: Criterion, places: NDArray[np.intp]) -> tuple[list[RowChances], NDArray[np.intp]]:
        """Return the different answers that some subjects give to a row, and which of them each gives."""
        names = self._columns_of(row)
        is_merged = len(self.rater.sources_of(row.id)) > 1  # its points may come from facts under the former rows
        key = self._key(row, names if is_merged else self._own(row, names), places)
        _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
        kinds = []
        for assessment in self._assessments(places[first], names):
            facts = Facts(self.standard, assessment, self.readings)
            events = events_of(self.standard, facts, self.readings, self.reuse.events)
            kinds.append(RowChances(row, assessment.answers.get(row.id), facts, events, self.readings))
        return kinds, which

    def _key(self, row: Criterion, names: Iterable[str], places: NDArray[np.intp]) -> NDArray[np.int32]:
        """Return codes, equal for subjects with the same values in these columns and the same facts about a row."""
        frame, facts = self.population.frame, self.rater.facts
        found: list[NDArray[Any]] = [pd.factorize(frame[name].iloc[places])[0] for name in names]
        for low, high in (facts.holds(part.test) for part in row.parts.values() if part.test):
            if isinstance(low, np.ndarray):
                found.append(low[places].astype(np.int32) + high[places])
        for _, name in row.rule.facts() if row.rule else ():
            if (values := facts.values.get(name)) is not None:  # a measured fact leaves a row open only if unknown
                found.append(np.isnan(values[places]) + 2 * (values[places] == 0))
        for name in self._likes({*self.reuse.asks[row.id]}) & facts.values.keys():
            found.append(np.isnan(facts.values[name][places]))
        return np.column_stack([np.zeros(len(places), np.int32), *(each.astype(np.int32) for each in found)])

    def _likes(self, facts: set[str]) -> set[str]:
        """Return the facts that are equated with any of these."""
        groups = self.standard.same_quantities if self.readings["same_quantity"] == "equate" else ()
        return {fact for group in groups if facts & {*group.facts} for fact in group.facts}

    def _own(self, row: Criterion, names: Iterable[str]) -> list[str]:
        """Return those of the columns that answer a row."""
        own = {source.id for source in self.rater.sources_of(row.id)}
        return [name for name in names if name.partition(".")[0] in own]

    def _columns_of(self, row: Criterion) -> list[str]:
        """Return the columns from which a row is scored: its answers, and the facts that it uses."""
        asked = {fact for source in (row, *self.rater.sources_of(row.id)) for fact in facts_of(source)}
        asked |= self._likes(asked)
        asked |= {fact.years_since for fact in self.standard.facts.values() if fact.id in asked and fact.years_since}
        facts = {was for fact in asked for was in (fact, *self.standard.sources_of(fact))}
        columns = [str(name) for name in self.population.frame]
        return [*(name for name in columns if name in facts), *self._own(row, columns)]

    def _assessments(self, places: NDArray[np.intp], columns: Iterable[str]) -> Iterator[Assessment]:
        """Yield subjects as assessments under the standard, from some of the columns only."""
        frame = self.population.frame[list(dict.fromkeys(["id", *columns]))]
        few = Population(self.population.standard, frame.iloc[places].reset_index(drop=True), self.population.as_of)
        for i in range(len(places)):
            assessment = assessment_of(few, i)
            was = self.population.standard
            yield migrate_answers(assessment, was, self.standard)[0] if self.is_reformed else assessment


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PopulationChances(Concise):
    """How certain the grades of a population are.

    `table` is that of `grade_chances`; `census` holds count, weight and notes of the population as a whole.
    """

    standard: Standard
    readings: dict[str, str]
    census: Census
    table: pd.DataFrame
    assumptions: tuple[Text, ...]

    @property
    def names(self) -> NDArray[Any]:
        """The grades, highest first, and None for no grade."""
        return np.array((*self.standard.grades, None), object)

    @property
    def chances(self) -> Array:
        """The chance of each grade: an array of subjects by grades."""
        return self.table.iloc[:, -len(self.names) :].to_numpy(np.float64)

    @property
    def _weight(self) -> Array | None:
        """The weight of each subject; None where all count alike, or all weights are 0."""
        return self.table["weight"].to_numpy(np.float64) if self.census.weight else None

    @property
    def grades(self) -> pd.DataFrame:
        """For each grade, the expected number of subjects, and their share by weight."""
        shares = np.average(self.chances, axis=0, weights=self._weight)
        columns = {"count": self.chances.sum(axis=0), "probability": shares}
        return pd.DataFrame({"grade": pd.Series(self.names, dtype=object), **columns})

    @property
    def mean(self) -> float:
        """The expected mean score, by weight."""
        return float(np.average(self.table["mean"], weights=self._weight))

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what the JSON holds: the grades, and one object for each subject."""
        subjects = records(self.table.iloc[:, : -len(self.names)])
        for subject, line in zip(subjects, self.chances.tolist(), strict=True):
            subject["grades"] = [{"grade": grade, "probability": p} for grade, p in zip(self.names, line, strict=True)]
        document = {
            "standard": self.standard.standard,
            "edition": self.standard.edition,
            "readings": self.standard.printed_readings(self.readings),
            "population": self.census.to_dict(),
            "grades": self.grades.to_dict("records"),
            "mean": self.mean,
            "method": "exact",
            "assumptions": self.assumptions,
            "subjects": subjects,
        }
        return json_object(document, lang)


def table_of(found: Mapping[str, PopulationChances]) -> pd.DataFrame:
    """Return the table as it is written to a file, with the grades of every further table if there are several.

    Its heads are texts: ``none`` for no grade, ``<table>.<grade>`` for a grade of a further table.
    """
    first, frames = next(iter(found.values())), []
    frames.append(first.table.iloc[:, : -len(first.names)])
    for table, each in found.items():
        heads = [f"{table}.{grade or 'none'}" if table else grade or "none" for grade in each.names]
        frames.append(pd.DataFrame(each.chances, columns=heads))
    return pd.concat(frames, axis=1)


def _of_part(
    population: Population, *, standard: Standard, readings: dict[str, str], levels: Levels
) -> tuple[pd.DataFrame, dict[int, TooLarge]]:
    """Return the lines of one part of a population, and its subjects with too much to compute."""
    found = _Table(population, standard, readings).chances(levels)
    return found.framed(population.about), found.too_large


def _refuse(too_large: Sequence[tuple[str, TooLarge]], count: int) -> None:
    """Raise the error that some subjects, named by id, have too much to compute: all of them at once."""
    if not too_large:
        return
    expected, problems = msg("fewer interdependent unknowns, or uncertainty of this assessment alone (sampled)"), []
    for name, large in too_large[:_SHOWN]:
        size, *rows = large.args
        found = msg("{large} joint outcomes", large=size)
        found = msg("{found} (rows {rows})", found=found, rows=", ".join(rows)) if rows else found
        problems.append(Problem(name, found, expected))
    if others := [name for name, _ in too_large[_SHOWN:]]:
        problems.append(Problem("…", same(", ".join(others)), expected))
    many = len(too_large)
    title = msg("{many} of {count} subjects: too many joint outcomes to compute exactly", many=many, count=count)
    raise LsstdError(title, problems)


def population_chances(
    population: AnyPopulation,
    standard: Standard | None = None,
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
) -> PopulationChances:
    """Return how certain the grades of a population are, as a whole and for each subject.

    Parameters
    ----------
    standard : Standard, optional
        May be a reformed one; by default, the standard that the population was read against.
    readings, unknown, common
        As in `uncertainty`.

    Raises
    ------
    LsstdError
        As in `grade_chances`.

    Examples
    --------
    >>> from lsstd.robustness.population_chances import population_chances
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> population_chances(people).grades["count"].round(2).tolist()
    [10.12, 10.42, 15.58, 8.44, 15.44]
    """
    standard = standard or population.standard
    chosen = standard.choose_readings(readings)
    of = partial(_of_part, standard=standard, readings=chosen, levels=chances_of(unknown, common))
    census, parts = each_part(population, of)
    table = pd.concat([part for part, _ in parts], ignore_index=True)
    _refuse([(str(part["id"].iloc[i]), large) for part, found in parts for i, large in found.items()], census.count)
    told = [
        msg(
            "a blank row or part is met with a chance of {unknown:g}, independently of all others; a blank fact is one "
            "event, however many rows ask for it; points given are certain unless facts contradict them",
            unknown=unknown,
        )
    ]
    told += [factor_line(common)] if common else []
    return PopulationChances(standard, chosen, census, table, tuple(told))


def grade_chances(
    standard: Standard,
    subjects: AnyPopulation | Iterable[Assessment],
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
) -> pd.DataFrame:
    """Return the expected score and the chance of each grade by score, one line a subject, as from `uncertainty`.

    Parameters
    ----------
    subjects : Population, or iterable of Assessment
        A population (a table, where blank means unknown), in memory or in parts, or assessments.
    readings, unknown, common
        As in `uncertainty`.

    Returns
    -------
    DataFrame
        ``id`` (for a population also ``group.<name>`` and ``weight``), ``mean``, and a column for each grade, highest
        first; the last one, None, is for no grade.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As in `uncertainty`; subjects have more joint outcomes than can be enumerated (all listed at once).

    Notes
    -----
    Chances agree with `uncertainty` to 1e-12, and do not depend, to the last digit, on how a population is cut into
    parts. Where totals are sums, 10⁵ subjects with 5 to 25 blanks each, in different places, take about 0.3 ms each;
    other trees are enumerated subject by subject.

    Examples
    --------
    >>> lsstd.grade_chances("hlj-base-evaluation", ["data/assessments/near_aaa.yaml"])["AAA"].round(4).tolist()
    [0.9922]
    >>> lsstd.grade_chances("hlj-base-evaluation", "data/populations/made_up_60.csv")["AAA"].head(3).round(4).tolist()
    [1.0, 0.0, 0.2969]
    """
    if isinstance(subjects, Population | Partitions):
        return population_chances(subjects, standard, readings=readings, unknown=unknown, common=common).table
    levels, chosen = chances_of(unknown, common), standard.choose_readings(readings)
    reuse, listed = Reuse(standard, chosen), [*subjects]

    def models() -> Iterator[Unknowns]:
        for assessment in listed:
            checked(standard, assessment, readings)
            yield Unknowns(standard, assessment, chosen, reuse)

    found = Found(standard, len(listed)).add_models(models(), levels)
    ids = [one.subject.id or one.subject.name for one in listed]
    _refuse([(ids[i] or str(i + 1), large) for i, large in found.too_large.items()], len(ids))
    return found.framed(pd.DataFrame({"id": ids}))
