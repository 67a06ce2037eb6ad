"""How certain the grades of many subjects are, from assessments or from a population's table, all at once.

The results are those of `uncertainty` for each subject. Groups of rows with the same unknowns have the same
distribution, computed once from the answers of one subject; in a table, settled points are taken from the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

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
from lsstd.robustness.common_factor import Common, chances_of
from lsstd.robustness.distribution import Array
from lsstd.robustness.independent_groups import Reuse, Unknowns, facts_of, groups_of
from lsstd.robustness.many_sums import Found, Levels, OpenGroups, alike, of_models
from lsstd.robustness.row_chances import RowChances, TooLarge, events_of
from lsstd.robustness.uncertainty import checked, factor_line
from lsstd.standard.models import Concise, json_object
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, same

_SHOWN = 20  # subjects listed of those with too much to compute


class _Table:
    """A population's table, with all that is unknown in it."""

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str]) -> None:
        self.population, self.standard, self.readings = population, standard, readings
        self.rater, self.reuse = Rater(population, standard, readings), Reuse(standard, readings)
        self.is_reformed = standard.sha256 != population.standard.sha256

    def chances(self, levels: Levels) -> Found:
        """Return the chances of every subject."""
        return self._of_sums(levels) if self.standard.is_plain else self._of_trees(levels)

    # -- totals that are sums -----------------------------------------------------------------------------------------

    def _of_sums(self, levels: Levels) -> Found:
        standard, count, order = self.standard, len(self.population), self.reuse.order
        rows = standard.scored_rows
        lattice = self.rater.lattice(rows)
        check_size(standard, lattice)
        ratings, found = self.rater.rate(rows, lattice), OpenGroups(standard)
        certain, codes = np.zeros(count, np.int64), np.full((count, len(order)), -1, np.int32)
        answered: dict[str, tuple[list[RowChances], NDArray[np.int32]]] = {}
        for row in rows:
            low, high = ratings.secured[row.id], ratings.possible[row.id]
            is_open = low != high if high is not low else np.zeros(count, np.bool_)
            settled = ~is_open
            if (said := self._said(row)) is not None:  # given points that facts contradict: the lower or the higher
                contradicted = np.flatnonzero(is_open & said)
                gaps, which = np.unique((high - low)[contradicted], return_inverse=True)
                numbers = [found.gap(Fraction(gap, lattice)) for gap in gaps.tolist()]
                codes[contradicted, order[row.id]] = np.array(numbers, np.int32)[which]
                settled, is_open = settled | said, is_open & ~said
            certain += np.where(settled, low, 0).astype(np.int64)
            if (places := np.flatnonzero(is_open)).size:
                answered[row.id] = self._answered(row, places)
        uses = {name: frozenset[str]().union(*(one.uses for one in each)) for name, (each, _) in answered.items()}
        for together in groups_of(uses, order):
            kinds = np.column_stack([answered[name][1] for name in together.rows])
            places = np.flatnonzero((kinds >= 0).any(axis=1))
            first, which = alike(kinds[places])
            by_kind = np.split(places[np.argsort(which, kind="stable")], np.cumsum(np.bincount(which))[:-1])
            for whom, line in zip(by_kind, kinds[places[first]].tolist(), strict=True):
                given = {name: answered[name][0][i] for name, i in zip(together.rows, line, strict=True) if i >= 0}
                for group in groups_of({name: one.uses for name, one in given.items()}, order):
                    codes[whom, order[group.rows[0]]] = found.group(given, group)
        return found.graded(self.readings, certain, lattice, codes, levels)

    def _said(self, row: Criterion) -> NDArray[np.bool_] | None:
        """Return which subjects have points given for a row; None if none has, or if several rows count."""
        sources = self.rater.sources_of(row.id)
        if len(sources) != 1 or sources[0].id not in self.rater.columns:
            return None
        return self.population.points(sources[0].id).known

    def _answered(self, row: Criterion, places: NDArray[np.intp]) -> tuple[list[RowChances], NDArray[np.int32]]:
        """Return the different answers that some subjects give to a row, and which of them is each subject's."""
        names = self._columns_of(row)
        is_merged = len(self.rater.sources_of(row.id)) > 1  # its points may come from facts under the former rows
        first, which = alike(self._key(names if is_merged else self._own([row], names), [row], places))
        kinds = []
        for assessment in self._assessments(places[first], names):
            facts = Facts(self.standard, assessment, self.readings)
            events = events_of(self.standard, facts, self.readings, self.reuse.events)
            kinds.append(RowChances(row, assessment.answers.get(row.id), facts, events, self.readings))
        codes = np.full(len(self.population), -1, np.int32)
        codes[places] = which
        return kinds, codes

    # -- who is answered alike ----------------------------------------------------------------------------------------

    def _key(self, names: Iterable[str], rows: Sequence[Criterion], places: NDArray[np.intp]) -> NDArray[np.int32]:
        """Return codes that are equal for subjects who agree in these columns and in what facts say about the rows."""
        frame, facts = self.population.frame, self.rater.facts
        found: list[NDArray[Any]] = [pd.factorize(frame[name].iloc[places])[0] for name in names]
        for low, high in map(facts.holds, self._tests(rows)):
            if isinstance(low, np.ndarray):
                found.append(low[places].astype(np.int32) + high[places])
        for name in dict.fromkeys(name for row in rows if row.rule for _, name in row.rule.facts()):
            if (values := facts.values.get(name)) is not None:  # in a sum, a measured fact is open only if unknown
                value = values[places]
                is_known = np.isnan(value) + 2 * (value == 0)
                found.append(is_known if self.standard.is_plain else pd.factorize(value)[0])
        for name in self._likes({fact for row in rows for fact in self.reuse.asks[row.id]}) & facts.values.keys():
            found.append(np.isnan(facts.values[name][places]))
        return np.column_stack([np.zeros(len(places), np.int32), *(each.astype(np.int32) for each in found)])

    def _tests(self, rows: Sequence[Criterion]) -> list[Test]:
        """Return the demands on facts that decide rows and, where a total is not a sum, indicators and grades."""
        found = [part.test for row in rows for part in row.parts.values()]
        if not self.standard.is_plain:
            found += [row.applies for row in rows] + [node.applies for node in self.standard.indicators.values()]
            found += [test for _, demand in self.standard.demands() for test in demand.tests.values()]
        return [test for test in dict.fromkeys(found) if test]

    def _likes(self, facts: set[str]) -> set[str]:
        """Return the facts that are equated with any of these."""
        groups = self.standard.same_quantities if self.readings["same_quantity"] == "equate" else ()
        return {fact for group in groups if facts & {*group.facts} for fact in group.facts}

    def _own(self, rows: Iterable[Criterion], names: Iterable[str]) -> list[str]:
        """Return those of the columns that answer rows."""
        own = {source.id for row in rows for source in self.rater.sources_of(row.id)}
        return [name for name in names if name.partition(".")[0] in own]

    def _columns_of(self, row: Criterion) -> list[str]:
        """Return the columns from which a row is scored: its answers, and the facts that it uses."""
        asked = {fact for source in (row, *self.rater.sources_of(row.id)) for fact in facts_of(source)}
        asked |= self._likes(asked)
        asked |= {fact.years_since for fact in self.standard.facts.values() if fact.id in asked and fact.years_since}
        facts = {was for fact in asked for was in (fact, *self.standard.sources_of(fact))}
        columns = [str(name) for name in self.population.frame]
        return [*(name for name in columns if name in facts), *self._own([row], columns)]

    def _assessments(self, places: NDArray[np.intp], columns: Sequence[str] | None = None) -> Iterator[Assessment]:
        """Yield subjects as assessments under the standard, optionally from some of the columns only."""
        frame = self.population.frame if columns is None else self.population.frame[["id", *columns]]
        few = Population(self.population.standard, frame.iloc[places].reset_index(drop=True), self.population.as_of)
        for i in range(len(places)):
            assessment = assessment_of(few, i)
            was = self.population.standard
            yield migrate_answers(assessment, was, self.standard)[0] if self.is_reformed else assessment

    # -- other trees --------------------------------------------------------------------------------------------------

    def _of_trees(self, levels: Levels) -> Found:
        standard, everyone = self.standard, np.arange(len(self.population))
        rows, names = list(standard.criteria.values()), [str(name) for name in self.population.frame]
        if any(len(self.rater.sources_of(row.id)) > 1 for row in rows):
            names = [name for name in names if name.partition(".")[0] not in ("id", "weight", "group")]
        else:
            names = self._own(rows, names)
        first, which = alike(self._key(names, rows, everyone))
        models = (Unknowns(standard, one, self.readings, self.reuse) for one in self._assessments(first))
        mean, chances, too_large = of_models(standard, self.readings, models, self.reuse.order, levels)
        of_kind = {i: too_large[kind] for i, kind in enumerate(which.tolist()) if kind in too_large}
        return Found(mean[which], chances[which], of_kind)


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PopulationChances(Concise):
    """How certain the grades of a population are.

    Parameters
    ----------
    census : Census
        Count, weight and notes of the population as a whole.
    table : DataFrame
        As from `grade_chances`.
    assumptions : tuple of Text
        What the chances are based on.
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

    def surer_than(self, chance: float) -> int:
        """Return how many subjects have one grade with at least this chance."""
        return int((self.chances.max(axis=1) >= chance - 1e-12).sum())

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
    return _framed(population.about, standard, found), found.too_large


def _framed(own: pd.DataFrame, standard: Standard, found: Found) -> pd.DataFrame:
    chances = pd.DataFrame(found.chances, columns=pd.Index([*standard.grades, None], dtype=object), index=own.index)
    return pd.concat([own.assign(mean=found.mean), chances], axis=1)


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
    parts. Where totals are sums, 10⁵ subjects with 5 to 25 blanks each, in different places, take about 0.1 ms each,
    those with the same blanks less than 0.01 ms; other trees are enumerated, once for all subjects that are alike.

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
    reuse, ids = Reuse(standard, chosen), []

    def models() -> Iterator[Unknowns]:
        for assessment in subjects:
            checked(standard, assessment, readings)
            ids.append(assessment.subject.id or assessment.subject.name)
            yield Unknowns(standard, assessment, chosen, reuse)

    found = of_models(standard, chosen, models(), reuse.order, levels)
    _refuse([(ids[i] or str(i + 1), large) for i, large in found.too_large.items()], len(ids))
    return _framed(pd.DataFrame({"id": ids}), standard, found)
