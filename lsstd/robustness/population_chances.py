"""How sure the grades of many subjects are: of assessments, or of a population's table, all in one go.

What `uncertainty` finds for each of them. Groups of rows in which the same is open have the same distribution, which is
computed once, from the answers of one subject; of a table, all that is settled comes from its columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Assessment
from lsstd.changes.migrate import migrate_answers
from lsstd.engine.facts import Facts
from lsstd.errors import LsstdError, Problem
from lsstd.population.partitions import AnyPopulation, Census, Partitions, each_part
from lsstd.population.population import Population, assessment_of
from lsstd.population.ratings import Rater, check_size, is_too_fine
from lsstd.population.scoring import grade_lines
from lsstd.robustness.common_factor import Common, UnknownChance, chances_of
from lsstd.robustness.distribution import Array, on
from lsstd.robustness.independent_groups import (
    WIDEST,
    Group,
    Reuse,
    Unknowns,
    facts_of,
    groups_of,
    mixture,
    pmf_of,
    steps_of,
)
from lsstd.robustness.joint_outcomes import totals_of
from lsstd.robustness.many_sums import Lines, ManySums, Spread, Whole, alike
from lsstd.robustness.row_chances import RowChances, TooLarge, events_of
from lsstd.robustness.uncertainty import checked
from lsstd.standard.models import Concise
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Standard
from lsstd.words import msg, same

_SHOWN = 20  # subjects named of all that are too much to compute
_LEAST_SURE = 10


class _Found(NamedTuple):
    """Expected scores, a line of chances a subject (highest grade first, none last), and where it was too much."""

    mean: Array
    chances: Array
    too_large: dict[int, int]


Levels: TypeAlias = Sequence[tuple[UnknownChance, float]]
Answered = Mapping[str, RowChances]


def _of_group(rows: Answered, group: Group, chance: UnknownChance) -> Spread:
    step = steps_of(rows, group, chance)
    if (size := step * sum(rows[name].row.max_score or 0 for name in group.rows)) > WIDEST:
        raise TooLarge(int(size))
    return Spread.of(pmf_of(rows, group, chance, step), step)


def _of_gap(gap: Fraction, chance: UnknownChance) -> Spread:
    """Return the points that an unknown adds if it is met."""
    return Spread.of(on(gap.denominator, chance.between(0, gap)), gap.denominator)


@dataclass
class _Open:
    """What is open in many subjects: each kind of group once, and which of them stands at which row of a subject."""

    standard: Standard
    known: dict[Any, int] = field(default_factory=dict)
    spreads: list[Callable[[UnknownChance], Spread]] = field(default_factory=list)

    def code(self, key: Any, spread: Callable[[UnknownChance], Spread]) -> int:
        """Return the number of a kind of group, which comes in if it is new."""
        code = self.known.setdefault(key, len(self.known))
        if code == len(self.spreads):
            self.spreads.append(spread)
        return code

    def group(self, rows: Answered, group: Group) -> int:
        """Return the number of a group, by the answers to its rows (which `spreads` keeps, so that ids stay)."""
        members = {name: rows[name] for name in group.rows}
        return self.code(tuple(map(id, members.values())), partial(_of_group, members, group))

    def graded(self, readings: dict[str, str], certain: Whole, step: int, codes: Any, levels: Levels) -> _Found:
        """Return what becomes of subjects with so much for certain (whole numbers over a step), and open groups."""
        found = _Found(np.zeros(len(codes)), np.zeros((len(codes), len(self.standard.grades) + 1)), {})
        for chance, weight in levels:
            spreads, failed = [], {}
            for code, spread in enumerate(self.spreads):
                try:
                    spreads.append(spread(chance))
                except TooLarge as large:
                    failed[code] = int(large.args[0])
                    spreads.append(Spread(1, 0, np.zeros(1, np.int64), np.ones(1)))
            for code, size in failed.items():
                found.too_large.update(dict.fromkeys(np.flatnonzero((codes == code).any(axis=1)).tolist(), size))
            one = self._at_level(readings, certain, step, codes, spreads)
            found.mean[:] += one.mean * weight
            found.chances[:] += one.chances * weight
            found.too_large.update(one.too_large)
        return found

    def _at_level(
        self, readings: dict[str, str], certain: Whole, step: int, codes: Any, spreads: Sequence[Spread]
    ) -> _Found:
        standard, unit = self.standard, Fraction(self.standard.rounding_step)
        is_rounded = readings["rounding"] == "total"
        used = [spreads[code] for code in np.unique(codes[codes >= 0])]
        units = math.lcm(step, unit.denominator if is_rounded else 1, *(spread.step for spread in used))
        if is_too_fine(standard, units):
            if len(codes) == 1:
                return _Found(np.zeros(1), np.zeros((1, len(standard.grades) + 1)), {0: units * int(standard.maximum)})
            half = len(codes) // 2
            parts = [slice(half), slice(half, None)]
            one, other = (self._at_level(readings, certain[part], step, codes[part], spreads) for part in parts)
            too_large = one.too_large | {half + i: size for i, size in other.too_large.items()}
            mean, chances = np.concatenate([one.mean, other.mean]), np.concatenate([one.chances, other.chances])
            return _Found(mean, chances, too_large)
        scale = grade_lines(standard, readings, units)
        multiple = int(unit * units) if is_rounded else 0
        lines = Lines(scale.edges, multiple, standard.rounding.to_even)
        means, between, too_much = ManySums(units, certain * (units // step), codes, spreads).between(lines)
        chances = np.zeros((len(codes), len(standard.grades) + 1))
        for stretch, grade in enumerate(scale.codes((*standard.grades, None)).tolist()):
            chances[:, grade] += between[:, stretch]
        return _Found(means, chances, too_much)


def _of_models(
    standard: Standard, readings: dict[str, str], models: Iterable[Unknowns], order: Mapping[str, int], levels: Levels
) -> _Found:
    """Return what becomes of subjects one by one: sums all at once in the end, other trees each by its outcomes."""
    if standard.is_plain:
        found, lines = _Open(standard), []
        for model in models:
            codes = np.full(len(order), -1, np.int32)
            for group in model.scored:
                codes[order[group.rows[0]]] = found.group(model.rows, group)
            lines.append(codes)
        everyone = np.array(lines, np.int32).reshape(-1, len(order))
        return found.graded(readings, np.zeros(len(lines), np.int64), 1, everyone, levels)
    means, chances, too_large = [], [], {}
    for i, model in enumerate(models):
        try:
            totals = mixture((totals_of(model, chance, with_award=False), weight) for chance, weight in levels)
        except TooLarge as large:
            too_large[i] = int(large.args[0])
        means.append(float(totals.units @ totals.chance) / totals.step if i not in too_large else math.nan)
        none = np.full(len(standard.grades) + 1, math.nan)
        chances.append(totals.by_grade(totals.chance, standard.grades) if i not in too_large else none)
    return _Found(np.array(means), np.array(chances).reshape(len(means), -1), too_large)


class _Table:
    """A population's table, with whatever is open in it."""

    def __init__(self, population: Population, standard: Standard, readings: dict[str, str]) -> None:
        self.population, self.standard, self.readings = population, standard, readings
        self.rater, self.reuse = Rater(population, standard, readings), Reuse(standard, readings)
        self.is_reformed = standard.sha256 != population.standard.sha256

    def chances(self, levels: Levels) -> _Found:
        """Return the chances of every subject."""
        return self._of_sums(levels) if self.standard.is_plain else self._of_trees(levels)

    # -- totals that are sums -----------------------------------------------------------------------------------------

    def _of_sums(self, levels: Levels) -> _Found:
        standard, count, order = self.standard, len(self.population), self.reuse.order
        rows = standard.scored_rows
        lattice = self.rater.lattice(rows)
        check_size(standard, lattice)
        ratings, found = self.rater.rate(rows, lattice), _Open(standard)
        certain, codes = np.zeros(count, np.int64), np.full((count, len(order)), -1, np.int32)
        answered: dict[str, tuple[list[RowChances], NDArray[np.int32]]] = {}
        for row in rows:
            low, high = ratings.secured[row.id], ratings.possible[row.id]
            is_open = low != high if high is not low else np.zeros(count, np.bool_)
            settled = ~is_open
            if (said := self._said(row)) is not None:  # points given, which facts contradict: the lower or the higher
                contradicted = np.flatnonzero(is_open & said)
                gaps, which = np.unique((high - low)[contradicted], return_inverse=True)
                points = [Fraction(gap, lattice) for gap in gaps.tolist()]
                numbers = [found.code(gap, partial(_of_gap, gap)) for gap in points]
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
        """Return of whom points are given for a row; None where there are none, or those of several rows count."""
        sources = self.rater.sources_of(row.id)
        if len(sources) != 1 or sources[0].id not in self.rater.columns:
            return None
        return self.population.points(sources[0].id).known

    def _answered(self, row: Criterion, places: NDArray[np.intp]) -> tuple[list[RowChances], NDArray[np.int32]]:
        """Return the different ways in which a row is answered by some subjects, and which is each subject's."""
        names = self._columns_of(row)
        is_merged = len(self.rater.sources_of(row.id)) > 1  # its points may be those that facts earned before
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
        """Return columns that are the same for subjects who are alike in columns and in what facts say of rows."""
        frame, facts = self.population.frame, self.rater.facts
        found: list[NDArray[Any]] = [pd.factorize(frame[name].iloc[places])[0] for name in names]
        for low, high in map(facts.holds, self._tests(rows)):
            if isinstance(low, np.ndarray):
                found.append(low[places].astype(np.int32) + high[places])
        for name in dict.fromkeys(name for row in rows if row.rule for _, name in row.rule.facts()):
            if (values := facts.values.get(name)) is not None:  # of a sum, what is measured is open only if unknown
                value = values[places]
                is_known = np.isnan(value) + 2 * (value == 0)
                found.append(is_known if self.standard.is_plain else pd.factorize(value)[0])
        for name in self._likes({fact for row in rows for fact in self.reuse.asks[row.id]}) & facts.values.keys():
            found.append(np.isnan(facts.values[name][places]))
        return np.column_stack([np.zeros(len(places), np.int32), *(each.astype(np.int32) for each in found)])

    def _tests(self, rows: Sequence[Criterion]) -> list[Test]:
        """Return the demands on facts that decide rows; where a total is no sum, also indicators and grades."""
        found = [part.test for row in rows for part in row.parts.values()]
        if not self.standard.is_plain:
            found += [row.applies for row in rows] + [node.applies for node in self.standard.indicators.values()]
            found += [test for _, demand in self.standard.demands() for test in demand.tests.values()]
        return [test for test in dict.fromkeys(found) if test]

    def _likes(self, facts: set[str]) -> set[str]:
        """Return the facts that may be the same quantity as some."""
        return {fact for group in self.standard.same_quantities if facts & {*group.facts} for fact in group.facts}

    def _own(self, rows: Iterable[Criterion], names: Iterable[str]) -> list[str]:
        """Return those columns that answer rows."""
        own = {source.id for row in rows for source in self.rater.sources_of(row.id)}
        return [name for name in names if name.partition(".")[0] in own]

    def _columns_of(self, row: Criterion) -> list[str]:
        """Return the columns from which a row is scored: its answers, and the facts that it asks for."""
        asked = {fact for source in (row, *self.rater.sources_of(row.id)) for fact in facts_of(source)}
        asked |= self._likes(asked)
        asked |= {fact.years_since for fact in self.standard.facts.values() if fact.id in asked and fact.years_since}
        facts = {was for fact in asked for was in (fact, *self.standard.sources_of(fact))}
        columns = [str(name) for name in self.population.frame]
        return [*(name for name in columns if name in facts), *self._own([row], columns)]

    def _assessments(self, places: NDArray[np.intp], columns: Sequence[str] | None = None) -> Iterator[Assessment]:
        """Yield subjects as assessments under the standard, perhaps only what some columns tell of them."""
        frame = self.population.frame if columns is None else self.population.frame[["id", *columns]]
        few = Population(self.population.standard, frame.iloc[places].reset_index(drop=True), self.population.as_of)
        for i in range(len(places)):
            assessment = assessment_of(few, i)
            was = self.population.standard
            yield migrate_answers(assessment, was, self.standard)[0] if self.is_reformed else assessment

    # -- other trees --------------------------------------------------------------------------------------------------

    def _of_trees(self, levels: Levels) -> _Found:
        standard, everyone = self.standard, np.arange(len(self.population))
        rows, names = list(standard.criteria.values()), [str(name) for name in self.population.frame]
        if any(len(self.rater.sources_of(row.id)) > 1 for row in rows):
            names = [name for name in names if name.partition(".")[0] not in ("id", "weight", "group")]
        else:
            names = self._own(rows, names)
        first, which = alike(self._key(names, rows, everyone))
        models = (Unknowns(standard, one, self.readings, self.reuse) for one in self._assessments(first))
        mean, chances, too_large = _of_models(standard, self.readings, models, self.reuse.order, levels)
        sizes = {int(i): too_large[kind] for i, kind in enumerate(which.tolist()) if kind in too_large}
        return _Found(mean[which], chances[which], sizes)


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PopulationChances(Concise):
    """How sure the grades of a population are.

    Parameters
    ----------
    census : Census
        What is told of the population as a whole.
    table : DataFrame
        As `grade_chances` gives it.
    """

    standard: Standard
    readings: dict[str, str]
    unknown: float
    census: Census
    table: pd.DataFrame

    @property
    def chances(self) -> Array:
        """The chance of each grade, highest first, none last; a line a subject."""
        return self.table.iloc[:, -len(self.standard.grades) - 1 :].to_numpy(np.float64)

    @property
    def weight(self) -> Array | None:
        """The weight of each subject; None where all count alike."""
        return self.table["weight"].to_numpy(np.float64) if "weight" in self.table else None

    @property
    def grades(self) -> pd.DataFrame:
        """Each grade: how many subjects are expected to have it, and their share by weight."""
        names = np.array((*self.standard.grades, None), object)
        shares = np.average(self.chances, axis=0, weights=self.weight)
        counts = self.chances.sum(axis=0)
        return pd.DataFrame({"grade": pd.Series(names, dtype=object), "count": counts, "probability": shares})

    @property
    def mean(self) -> float:
        """The expected mean score, by weight."""
        return float(np.average(self.table["mean"], weights=self.weight))

    def least_sure(self, most: int = _LEAST_SURE) -> pd.DataFrame:
        """Return the subjects whose likeliest grade is the least likely: id, mean, that grade, its chance."""
        names, highest = np.array((*self.standard.grades, None), object), self.chances.max(axis=1)
        order = np.argsort(highest, kind="stable")[:most]
        likeliest = pd.Series(names[self.chances[order].argmax(axis=1)], order, dtype=object)
        return self.table.loc[order, ["id", "mean"]].assign(grade=likeliest, probability=highest[order])

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON holds: the grades, who is least sure, and one object a subject."""
        names, weight = (*self.standard.grades, None), self.census.weight
        own = self.table.iloc[:, : -len(names)].astype(object)
        subjects = own.where(own.notna(), None).to_dict("records")
        for subject, line in zip(subjects, self.chances.tolist(), strict=True):
            subject["grades"] = [{"grade": grade, "probability": p} for grade, p in zip(names, line, strict=True)]
        return {
            "standard": self.standard.standard,
            "edition": self.standard.edition,
            "readings": self.standard.printed_readings(self.readings),
            "population": {"count": self.census.count, "weight": None if weight is None else float(weight)},
            "grades": self.grades.to_dict("records"),
            "mean": self.mean,
            "least_sure": self.least_sure().to_dict("records"),
            "method": "exact",
            "subjects": subjects,
        }


def _of_part(
    population: Population, *, standard: Standard | None, readings: dict[str, str] | None, levels: Levels
) -> tuple[pd.DataFrame, dict[int, int]]:
    """Return the lines of one part of a population, and which of its subjects are too much to compute."""
    standard = standard or population.standard
    found = _Table(population, standard, standard.choose_readings(readings)).chances(levels)
    own = [name for name in population.frame if name in ("id", "weight") or str(name).startswith("group.")]
    return _framed(population.frame[own], standard, found), found.too_large


def _framed(own: pd.DataFrame, standard: Standard, found: _Found) -> pd.DataFrame:
    chances = pd.DataFrame(found.chances, columns=pd.Index([*standard.grades, None], dtype=object), index=own.index)
    return pd.concat([own.assign(mean=found.mean), chances], axis=1)


def _refuse(ids: Sequence[Any], sizes: Sequence[int], count: int) -> None:
    """Raise the error that some subjects are too much to compute, with all of them."""
    if not sizes:
        return
    expected = msg("fewer interdependent unknowns; or lsstd uncertainty of this one, which samples")
    problems = [
        Problem(str(name), msg("{large} joint outcomes", large=size), expected)
        for name, size in zip(ids[:_SHOWN], sizes, strict=False)
    ]
    if (more := len(sizes) - _SHOWN) > 0:
        listed = ", ".join(map(str, ids[_SHOWN : _SHOWN + 200]))
        problems.append(Problem(msg("and {more} more", more=more).en, same(listed), expected))
    title = msg(
        "{count} of {all} subjects have too many joint outcomes to compute exactly", count=len(sizes), all=count
    )
    raise LsstdError(title, problems)


def population_chances(
    population: AnyPopulation,
    standard: Standard | None = None,
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
) -> PopulationChances:
    """Return how sure the grades of a population are, as a whole and for each subject.

    Parameters
    ----------
    standard : Standard, optional
        Perhaps a reformed one; without it, the one that the population was read against.
    readings, unknown, common
        As in `uncertainty`.

    Raises
    ------
    LsstdError
        As `grade_chances`.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", lsstd.load_standard("hlj-base-evaluation"))
    >>> population_chances(people).grades["count"].round(2).tolist()
    []
    """
    standard = standard or population.standard
    of = partial(_of_part, standard=standard, readings=readings, levels=chances_of(unknown, common))
    census, parts = each_part(population, of)
    table = pd.concat([part for part, _ in parts], ignore_index=True)
    ids = [part["id"].iloc[i] for part, sizes in parts for i in sizes]
    _refuse(ids, [size for _, sizes in parts for size in sizes.values()], census.count)
    return PopulationChances(standard, standard.choose_readings(readings), unknown, census, table)


def grade_chances(
    standard: Standard,
    subjects: AnyPopulation | Iterable[Assessment],
    *,
    readings: dict[str, str] | None = None,
    unknown: float = 0.5,
    common: Common | None = None,
) -> pd.DataFrame:
    """Return the expected score and the chance of each grade by score, one line a subject: what `uncertainty` finds.

    Parameters
    ----------
    subjects : Population, or iterable of Assessment
        A population (a table, where blank is unknown), perhaps in parts, or assessments.
    readings, unknown, common
        As in `uncertainty`.

    Returns
    -------
    DataFrame
        ``id`` (of a population also its ``group.<name>`` and ``weight``), ``mean``, and a column for each grade,
        highest first; the last, None, for no grade.

    Raises
    ------
    InvalidFile, UnknownName, LsstdError
        As `uncertainty`; subjects with more joint outcomes than can be enumerated, all at once.

    Notes
    -----
    Sums are convolved, to 1e-12 what `uncertainty` gives; a population in parts gives the same to the last digit
    however it is cut. 10⁵ subjects of whom much is unknown, each of something else, take about … ms each.

    Examples
    --------
    >>> lsstd.grade_chances("hlj-base-evaluation", ["data/assessments/near_aaa.yaml"])["AAA"].round(4).tolist()
    [0.9922]
    >>> lsstd.grade_chances("hlj-base-evaluation", "data/populations/made_up_60.csv")["AAA"].head(3).round(4).tolist()
    []
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

    found = _of_models(standard, chosen, models(), reuse.order, levels)
    _refuse([ids[i] for i in found.too_large], [*found.too_large.values()], len(ids))
    return _framed(pd.DataFrame({"id": ids}), standard, found)
