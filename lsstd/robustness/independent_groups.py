"""Rows and unknown facts that hang together, independently of all others, and totals that are a sum of rows.

An unknown fact is one event however many rows ask for it, so such rows form a group. The distribution of a sum is the
convolution of its groups; what bars the award is one of them, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grading
from lsstd.engine.tree import Fold
from lsstd.population.columns import COLUMNS, Amount
from lsstd.robustness import distribution
from lsstd.robustness.common_factor import UnknownChance
from lsstd.robustness.distribution import Array, Pmf
from lsstd.robustness.row_chances import FactEvent, RowChances, Supposed, TooLarge, events_of, ways
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Standard

MOST_EVENTS = 12  # most events of one group whose ways of turning out are enumerated
WIDEST, MOST_PRODUCTS = 5_000_000, 10**10
"""Most points of the lattice that a convolved total may have, and most products (about ten seconds of work)."""


_SAID = attrgetter("state", "score", "range", "chances", "level")


class Reuse:
    """What many assessments under one standard and choice of readings have in common: rows answered alike, events."""

    def __init__(self, standard: Standard, readings: dict[str, str]) -> None:
        self.grades = TotalGrades(standard, readings)
        self.rows: dict[Any, RowChances] = {}
        self.events: dict[Any, FactEvent] = {}
        rows = standard.criteria.values()
        self.order = {key: place for place, key in enumerate(standard.criteria)}
        self.asks = {row.id: tuple(dict.fromkeys(facts_of(row))) for row in rows}


def facts_of(row: Criterion) -> list[str]:
    """Return the facts that a row asks for."""
    tests = [*(part.test for part in row.parts.values()), row.applies]
    return [test.fact for test in tests if test] + [fact for _, fact in (row.rule.facts() if row.rule else ())]


@dataclass(frozen=True)
class Group:
    """Rows and events that turn out together, independently of all others."""

    rows: tuple[str, ...]
    events: tuple[str, ...]

    def ways(self, chance: UnknownChance) -> Iterable[tuple[Supposed, float]]:
        """Yield every way in which the events can turn out, with its chance."""
        if len(self.events) > MOST_EVENTS:
            raise TooLarge(2 ** len(self.events))
        return ways(self.events, chance.met)


def groups_of(
    uses: Mapping[str, Collection[str]], order: Mapping[str, int], events: Iterable[Collection[str]] = ()
) -> list[Group]:
    """Return groups of rows that share events (`uses`: the events of each row), and of further linked events."""
    found = [Group((key,), ()) for key, used in uses.items() if not used]
    groups: list[tuple[list[str], set[str]]] = []
    tied = [([key], set(used)) for key, used in uses.items() if used]
    for names, together in [*tied, *(([], set(each)) for each in events)]:
        for group in [group for group in groups if group[1] & together]:
            groups.remove(group)
            names, together = group[0] + names, group[1] | together
        groups.append((names, together))
    found += (Group(tuple(sorted(names, key=order.__getitem__)), tuple(sorted(each))) for names, each in groups)
    return sorted(found, key=lambda group: order[group.rows[0]] if group.rows else len(order))


Holds: TypeAlias = Callable[[Callable[[Test], Any]], Any]


class Barrier(NamedTuple):
    """A demand that bars an award until it holds: the unknown events that decide it, and how its tests decide it."""

    events: frozenset[str]
    holds: Holds


def _held(test: Test, holds: Callable[[Test], Any]) -> Any:
    return holds(test)


class Unknowns:
    """What is known and unknown of one assessment.

    Parameters
    ----------
    assessment : Assessment
        Checked against the standard.
    readings : dict of str to str
        Every reading with its option.
    reuse : Reuse, optional
        Shared by assessments under the same standard and readings.
    """

    def __init__(
        self, standard: Standard, assessment: Assessment, readings: dict[str, str], reuse: Reuse | None = None
    ) -> None:
        self.standard, self.readings = standard, readings
        self.facts = Facts(standard, assessment, readings)
        self._reuse = reuse or Reuse(standard, readings)
        self.grades = self._reuse.grades
        self.events = events_of(standard, self.facts, readings, self._reuse.events)
        answers = assessment.answers
        rows = ((key, self._row(row, answers.get(key))) for key, row in standard.criteria.items())
        self.rows = {key: row for key, row in rows if not row.left_out}
        conditions, asked_for = standard.conditions.values(), [veto.test for veto in standard.vetoes.values()]
        asked_for += [test for condition in conditions if not condition.is_compound for test in condition.tests]
        bars: list[tuple[tuple[str, ...], Holds]] = [((test.fact,), partial(_held, test)) for test in asked_for]
        bars += [(condition.facts, condition.holds) for condition in conditions if condition.is_compound]
        self.bars = [bar for bar in (Barrier(self._events(facts), holds) for facts, holds in bars) if bar.events]
        self.gates: set[str] = set()
        if readings["unscored_row"] == "gate":
            self.gates = {key for key, row in standard.criteria.items() if row.max_score is None}
        can_hold = all(holds(lambda test: self.facts.test(test).state != "unmet") for _, holds in bars)
        self.may_pass = self.gates <= self.rows.keys() and can_hold

    def _events(self, facts: Iterable[str]) -> frozenset[str]:
        return frozenset(self.events[fact].id for fact in facts if fact in self.events)

    def _row(self, row: Criterion, answer: Answer | None) -> RowChances:
        """Return the chances of a row, the same object for all assessments that answer it alike."""
        events, values = self.events, self.facts.values
        about = ((values.get(fact), fact in events and events[fact].facts) for fact in self._reuse.asks[row.id])
        parts = answer.parts if answer else None
        said = answer and (*_SAID(answer), None if parts is None else tuple(parts.items()))
        key = (row.id, said, *about)
        if key not in self._reuse.rows:
            self._reuse.rows[key] = RowChances(row, answer, self.facts, self.events, self.readings)
        return self._reuse.rows[key]

    # -- what hangs together ------------------------------------------------------------------------------------------

    @cached_property
    def scored(self) -> list[Group]:
        """The independent groups of rows with points: what the uncertainty of a score comes from."""
        return self._groups([key for key in self.rows if self.standard.criteria[key].max_score is not None], ())

    @cached_property
    def groups(self) -> list[Group]:
        """The independent groups of whatever a score, a grade or its award depends on."""
        demands = [demand for _, demand in self.standard.demands()]
        named = self.gates.union(*(demand.criteria for demand in demands))
        nodes = [node.applies for node in self.standard.indicators.values() if node.applies]
        asked = [test.fact for test in (*nodes, *(test for demand in demands for test in demand.tests.values()))]
        events = [self.events[fact].id for fact in asked if fact in self.events]
        rows = [key for key in self.rows if self.standard.criteria[key].max_score is not None or key in named]
        joined = [bar.events for bar in self.bars if len(bar.events) > 1]
        return self._groups(rows, [*({event} for event in dict.fromkeys(events)), *joined])

    def _groups(self, rows: Iterable[str], events: Iterable[Collection[str]]) -> list[Group]:
        return groups_of({key: self.rows[key].uses for key in rows}, self._reuse.order, events)

    @property
    def open_ones(self) -> tuple[int, int, int]:
        """How many rows are not settled, how many of their parts are unknown, and how many facts."""
        rows = [row for row in self.rows.values() if row.is_open]
        return len(rows), sum(row.open_parts for row in rows), len({event.id for event in self.events.values()})

    def passing_share(self, chance: UnknownChance) -> float:
        """Return the chance that nothing bars the award of all that is independent of the groups."""
        tied = {event for group in self.groups for event in group.events}
        alone = dict.fromkeys(event for bar in self.bars for event in bar.events if event not in tied)
        met = (sum(p for turned, p in ways([event], chance.met) if self.passes(turned)) for event in alone)
        return math.prod(met) if self.may_pass else 0.0

    def passes(self, turned: Supposed) -> bool:
        """Say whether events that turned out in a certain way bar no award."""
        return all(bar.holds(partial(self._meets, turned)) for bar in self.bars if bar.events <= turned.keys())

    def _meets(self, turned: Supposed, test: Test) -> bool:
        event = self.events.get(test.fact)
        return event.meets(test, turned[event.id]) if event else self.facts.test(test).state == "met"

    def is_barring(self, group: Group) -> bool:
        """Whether an outcome of the group can bar the award."""
        return any(bar.events <= set(group.events) for bar in self.bars) or not self.gates.isdisjoint(group.rows)

    # -- totals that are sums -----------------------------------------------------------------------------------------

    def laid(self, groups: Sequence[Group], chance: UnknownChance) -> tuple[list[Pmf], int]:
        """Return the distribution of each group's points on a lattice that holds them all, and its steps to a point.

        Raises `TooLarge`: the total would have too many values.
        """
        step = math.lcm(*(steps_of(self.rows, group, chance) for group in groups))
        if step * self.standard.maximum > WIDEST:
            raise TooLarge(int(step * self.standard.maximum))
        pmfs = [pmf_of(self.rows, group, chance, step) for group in groups]
        wide, held = sum(len(pmf.chances) for pmf in pmfs), (np.count_nonzero(pmf.chances) for pmf in pmfs)
        if (products := wide * sum(count for count in held if count > 1)) > MOST_PRODUCTS:
            raise TooLarge(products)
        return pmfs, step


def steps_of(rows: Mapping[str, RowChances], group: Group, chance: UnknownChance) -> int:
    """Return the steps per point of the coarsest lattice that holds the points of a group under all its outcomes."""
    return math.lcm(*(rows[name].steps(turned, chance) for turned, _ in group.ways(chance) for name in group.rows))


def pmf_of(
    rows: Mapping[str, RowChances],
    group: Group,
    chance: UnknownChance,
    step: int,
    passes: Callable[[Supposed], bool] | None = None,
    gates: Collection[str] = (),
) -> Pmf:
    """Return the distribution of a group's points on a lattice, optionally only over outcomes that pass its gates."""
    parts = []
    for turned, p in group.ways(chance):
        p = 0.0 if passes and not passes(turned) else p
        pmfs = [rows[name].pmf(turned, chance, step, name in gates) for name in group.rows]
        start, chances = pmfs[0] if len(pmfs) == 1 else distribution.add(pmfs)
        parts.append(Pmf(start, chances if p == 1 else p * chances))
    return parts[0] if len(parts) == 1 else distribution.mixed(parts)


@dataclass(frozen=True)
class Totals:
    """Totals as whole numbers over `step`, the place of each one's grade, its chance, its chance with an award."""

    units: NDArray[np.int64]
    step: int
    grades: NDArray[np.intp]
    chance: Array
    passing: Array

    @classmethod
    def of(cls, grading: Grading[Amount], chance: Array, passing: Array) -> Totals:
        """Return the totals that a fold of columns comes to, as the readings round them."""
        units, grades = (np.broadcast_to(each, chance.shape) for each in (grading.total.whole, grading.grade()))
        return cls(units, grading.total.denominator, grades.astype(np.intp), chance, passing)

    def by_grade(self, chance: Array, grades: Sequence[str]) -> Array:
        """Return the chance of each grade, highest first; the last, of none."""
        return np.bincount(self.grades, chance, len(grades) + 1).astype(np.float64)


def mixture(parts: Iterable[tuple[Totals, float]]) -> Totals:
    """Return totals that come about under one of several circumstances, each with its chance."""
    listed = list(parts)
    if len(listed) == 1:
        return listed[0][0]
    step = math.lcm(*(each.step for each, _ in listed))
    columns = [(one.units * (step // one.step), one.grades, one.chance * p, one.passing * p) for one, p in listed]
    units, grades, chance, passing = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Totals(units, step, grades, chance, passing)


class TotalGrades:
    """Totals graded where everything follows from their points alone."""

    def __init__(self, standard: Standard, readings: dict[str, str]) -> None:
        self._fold: Fold[Amount] = Fold(standard, COLUMNS, {}, {}, "secured")
        self._grading = Grading(standard, readings, self._fold, bool, bool)

    def of(self, units: NDArray[np.int64], step: int, chance: Array | None = None) -> Totals:
        """Grade totals, given as whole numbers over a step, with their chances if these are asked for."""
        self._fold.points = Amount(units, step)
        chance = np.zeros(len(units)) if chance is None else chance
        return Totals.of(self._grading, chance, chance)
