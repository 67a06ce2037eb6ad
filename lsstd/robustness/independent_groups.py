"""Rows and unknown facts that hang together, independently of all others, and totals that are a sum of rows.

An unknown fact is one event however many rows ask for it, so such rows form a group. The distribution of a sum is the
convolution of its groups; what bars the award is one of them, too.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grading
from lsstd.engine.tree import Fold
from lsstd.exact import Exact
from lsstd.population.columns import COLUMNS, Amount
from lsstd.robustness import distribution
from lsstd.robustness.distribution import Array, Pmf, UnknownChance
from lsstd.robustness.row_chances import FactEvent, RowChances, Supposed, TooLarge, events_of, ways
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Standard

MOST_EVENTS = 12  # most events of one group whose ways of turning out are enumerated
WIDEST, MOST_PRODUCTS = 5_000_000, 10**10
"""Most points of the lattice that a convolved total may have, and most products (about ten seconds of work)."""
_FINEST = 2**62  # the largest total in whole numbers that fits into 64 bits

_SAID = attrgetter("state", "score", "range", "chances", "level")


class Group:
    """Rows and events that turn out together, independently of all others."""

    def __init__(self, rows: Mapping[str, RowChances], events: tuple[str, ...]) -> None:
        self.rows, self.events = rows, events
        self._own: dict[UnknownChance, tuple[int, Pmf]] = {}

    def ways(self, chance: UnknownChance) -> Iterable[tuple[Supposed, float]]:
        """Yield every way in which the events can turn out, with its chance."""
        if len(self.events) > MOST_EVENTS:
            raise TooLarge(2 ** len(self.events), *self.rows)
        return ways(self.events, chance.met)

    def own(self, chance: UnknownChance) -> tuple[int, Pmf]:
        """Return the steps to a point of the coarsest lattice that holds its points, and their distribution on it."""
        if chance not in self._own:
            points: dict[str, set[Exact]] = {name: set() for name in self.rows}
            for turned, _ in self.ways(chance):
                for name, row in self.rows.items():
                    points[name] |= {outcome.points for outcome in row.given(turned, chance)}
            step = distribution.denominator(value for values in points.values() for value in values)
            if (size := step * sum(max(values) - min(values) for values in points.values())) > WIDEST:
                raise TooLarge(int(size), *self.rows)
            self._own[chance] = step, self.pmf(chance, step)
        return self._own[chance]

    def pmf(
        self,
        chance: UnknownChance,
        step: int,
        passes: Callable[[Supposed], bool] | None = None,
        gates: Collection[str] = (),
    ) -> Pmf:
        """Return the distribution of its points on a lattice, optionally only over outcomes that pass its gates."""
        parts = []
        for turned, p in self.ways(chance):
            p = 0.0 if passes and not passes(turned) else p
            start, chances = distribution.add(
                row.pmf(turned, chance, step, name in gates) for name, row in self.rows.items()
            )
            parts.append(Pmf(start, p * chances))
        return parts[0] if len(parts) == 1 else distribution.mixed(parts)


class Laid(NamedTuple):
    """Independent groups: the points that are certain, and the open groups, each with its steps to a point.

    `step` is that of the lattice which holds the points of all.
    """

    grades: TotalGrades
    certain: Exact
    step: int
    own: dict[Group, tuple[int, Pmf]]

    @property
    def open(self) -> dict[Group, Pmf]:
        """The distributions of the open groups on one lattice."""
        return {group: distribution.finer(pmf, self.step // own) for group, (own, pmf) in self.own.items()}

    def sum(self) -> Pmf:
        """Return the distribution of the sum of the open groups: coarse ones first, which is much less work."""
        found, step = distribution.NOTHING, 1
        for own, pmf in sorted(self.own.values(), key=itemgetter(0)):
            before, step = step, math.lcm(step, own)
            found = distribution.add([distribution.finer(found, step // before), distribution.finer(pmf, step // own)])
        return found

    def totals(self, pmf: Pmf, beside: Exact = 0) -> Totals:
        """Grade the totals of some of the groups, the certain points included, and further ones beside them."""
        return self.graded(pmf.start + np.arange(len(pmf.chances)), pmf.chances, beside)

    def graded(self, units: NDArray[np.int64], chance: Array | None = None, beside: Exact = 0) -> Totals:
        """Grade totals, given as whole numbers over the step to which what is certain is added."""
        certain = Fraction(self.certain + beside)
        step = math.lcm(self.step, certain.denominator)
        if (size := step * int(max(1, abs(certain), self.grades.maximum))) >= _FINEST:
            raise TooLarge(size)
        return self.grades.of(units * (step // self.step) + int(certain * step), step, chance)


class Reuse:
    """What many assessments under one standard and choice of readings have in common: rows answered alike, groups."""

    def __init__(self, standard: Standard, readings: dict[str, str]) -> None:
        self.grades = TotalGrades(standard, readings)
        self.rows: dict[Any, RowChances] = {}
        self.events: dict[Any, FactEvent] = {}
        self.asks = {row.id: tuple(dict.fromkeys(facts_of(row))) for row in standard.criteria.values()}
        self._groups: dict[Any, Group] = {}

    def groups(self, rows: Mapping[str, RowChances], events: Iterable[Collection[str]] = ()) -> list[Group]:
        """Return the groups of rows that share events, and of further linked events, in the order of the rows."""
        found = [self._group([key], (), rows) for key, row in rows.items() if not row.uses]
        groups: list[tuple[list[str], set[str]]] = []
        tied = [([key], set(row.uses)) for key, row in rows.items() if row.uses]
        for names, together in [*tied, *(([], set(each)) for each in events)]:
            for group in [group for group in groups if group[1] & together]:
                groups.remove(group)
                names, together = group[0] + names, group[1] | together
            groups.append((names, together))
        order = {key: place for place, key in enumerate(rows)}
        found += (self._group(sorted(names, key=order.__getitem__), sorted(each), rows) for names, each in groups)
        return sorted(found, key=lambda group: order[next(iter(group.rows))] if group.rows else len(order))

    def _group(self, names: Sequence[str], events: Sequence[str], rows: Mapping[str, RowChances]) -> Group:
        key = (*(id(rows[name]) for name in names), *events)  # the group keeps its rows, so that ids stay valid
        if key not in self._groups:
            self._groups[key] = Group({name: rows[name] for name in names}, tuple(events))
        return self._groups[key]

    def laid(self, groups: Iterable[Group], chance: UnknownChance, apart: Collection[Group] = ()) -> Laid:
        """Return groups on a lattice that holds the points of all that are open, and of those to be kept apart.

        Raises `TooLarge`: the total would have too many values.
        """
        settled, open_ones = Counter[int](), dict[Group, tuple[int, Pmf]]()
        for group in groups:
            step, pmf = group.own(chance)
            if len(pmf.chances) > 1 or group in apart:
                open_ones[group] = step, pmf
            else:
                settled[step] += pmf.start
        step = math.lcm(*(step for step, _ in open_ones.values()))
        wide = 1 + sum((len(pmf.chances) - 1) * (step // own) for own, pmf in open_ones.values())
        products = wide * sum(np.count_nonzero(pmf.chances) for _, pmf in open_ones.values())
        if wide > WIDEST or products > MOST_PRODUCTS:
            raise TooLarge(int(max(wide, products)))
        certain = sum(Fraction(units, own) for own, units in settled.items())
        return Laid(self.grades, certain, step, open_ones)


def facts_of(row: Criterion) -> list[str]:
    """Return the facts that a row asks for."""
    tests = [*(part.test for part in row.parts.values()), row.applies]
    return [test.fact for test in tests if test] + [fact for _, fact in (row.rule.facts() if row.rule else ())]


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
        rows = {key: row for key, row in self.rows.items() if row.row.max_score is not None}
        return self._reuse.groups(rows)

    @cached_property
    def groups(self) -> list[Group]:
        """The independent groups of whatever a score, a grade or its award depends on."""
        demands = [demand for _, demand in self.standard.demands()]
        named = self.gates.union(*(demand.criteria for demand in demands))
        nodes = [node.applies for node in self.standard.indicators.values() if node.applies]
        asked = [test.fact for test in (*nodes, *(test for demand in demands for test in demand.tests.values()))]
        events = [self.events[fact].id for fact in asked if fact in self.events]
        rows = {key: row for key, row in self.rows.items() if row.row.max_score is not None or key in named}
        joined = [bar.events for bar in self.bars if len(bar.events) > 1]
        return self._reuse.groups(rows, [*({event} for event in dict.fromkeys(events)), *joined])

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

    def laid(self, groups: Iterable[Group], chance: UnknownChance, apart: Collection[Group] = ()) -> Laid:
        """Return groups on one lattice: see `Reuse.laid`."""
        return self._reuse.laid(groups, chance, apart)


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
        self.maximum = standard.maximum
        self._fold: Fold[Amount] = Fold(standard, COLUMNS, {}, {}, "secured")
        self._grading = Grading(standard, readings, self._fold, bool, bool)

    def of(self, units: NDArray[np.int64], step: int, chance: Array | None = None) -> Totals:
        """Grade totals, given as whole numbers over a step, with their chances if these are asked for."""
        self._fold.points = Amount(units, step)
        chance = np.zeros(len(units)) if chance is None else chance
        return Totals.of(self._grading, chance, chance)
