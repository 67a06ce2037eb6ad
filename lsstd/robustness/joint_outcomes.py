"""An assessment in which anything may be unknown, as a joint distribution: what hangs together, and all the rest apart.

Two ways lead from it to totals and grades. Where a total is a sum of rows, independent groups of rows are convolved.
Any other tree is scored for all joint outcomes at once, as a population of columns with probabilities, or, where these
are too many, for joint outcomes drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grading
from lsstd.engine.tree import Branch, Fold
from lsstd.errors import LsstdError, Problem
from lsstd.population.columns import COLUMNS, Amount
from lsstd.robustness import distribution
from lsstd.robustness.common_factor import Chance
from lsstd.robustness.distribution import Array, Pmf
from lsstd.robustness.row_chances import FactEvent, RowChances, RowOutcome, Supposed, TooLarge, events_of, ways
from lsstd.standard.quantities import Test
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Text

MOST_EVENTS, MOST_JOINT = 12, 2**18
"""Most events of one group, and most joint outcomes of all, that are enumerated."""
WIDEST = 5_000_000
"""Most points of the lattice that a convolved total may have."""


def too_many(large: TooLarge) -> LsstdError:
    """Return the error that nothing exact is feasible, for what is not sampled."""
    size = Text(f"{large} 种联合结果", f"{large} joint outcomes")
    problem = Problem("answers", size, Text("较少的相互关联的未知项", "fewer unknowns that hang together"))
    return LsstdError(Text("联合结果过多，无法精确计算", "too many joint outcomes to compute exactly"), [problem])


_SAID = attrgetter("state", "score", "range", "chances", "level")


class Reuse:
    """What many assessments under one standard and choice of readings have in common: rows answered alike, events."""

    def __init__(self, standard: Standard, readings: dict[str, str]) -> None:
        self.grades = TotalGrades(standard, readings)
        self.rows: dict[Any, RowChances] = {}
        self.events: dict[Any, FactEvent] = {}
        rows = standard.criteria.values()
        self.asks = {row.id: tuple(dict.fromkeys(_facts_of(row))) for row in rows}


def _facts_of(row: Criterion) -> list[str]:
    tests = [*(part.test for part in row.parts.values()), row.applies]
    return [test.fact for test in tests if test] + [fact for _, fact in (row.rule.facts() if row.rule else ())]


@dataclass(frozen=True)
class Group:
    """Rows and events that turn out together, independently of all others."""

    rows: tuple[str, ...]
    events: tuple[str, ...]

    def ways(self, chance: Chance) -> Iterable[tuple[Supposed, float]]:
        """Yield every way in which the events can turn out, with its chance."""
        if len(self.events) > MOST_EVENTS:
            raise TooLarge(2 ** len(self.events))
        return ways(self.events, chance.met)


class Unknowns:
    """What is known and unknown of one assessment.

    Parameters
    ----------
    standard : Standard
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
        asked_for = [test for veto in standard.vetoes.values() for test in (veto.test,)]
        if readings["failed_condition"] == "withhold":
            asked_for += [test for condition in standard.conditions.values() for test in condition.tests]
        self.bars = [(self.events[test.fact], test) for test in asked_for if test.fact in self.events]
        self.gates: set[str] = set()
        if readings["unscored_row"] == "gate":
            self.gates = {key for key, row in standard.criteria.items() if row.max_score is None}
        self.may_pass = self.gates <= self.rows.keys() and all(self.facts.test(t).state != "unmet" for t in asked_for)

    def _row(self, row: Criterion, answer: Answer | None) -> RowChances:
        """Return the chances of a row, the same object for all assessments that answer it alike."""
        events, values = self.events, self.facts.values
        about = ((values.get(fact), fact in events and events[fact].facts) for fact in self._reuse.asks[row.id])
        parts = answer and answer.parts
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
        asked = [test.fact for test in (*nodes, *(demand.test for demand in demands)) if test]
        events = [event.id for event, _ in self.bars] + [self.events[fact].id for fact in asked if fact in self.events]
        rows = [key for key in self.rows if self.standard.criteria[key].max_score is not None or key in named]
        return self._groups(rows, dict.fromkeys(events))

    def _groups(self, rows: Sequence[str], events: Iterable[str]) -> list[Group]:
        found = [Group((key,), ()) for key in rows if not self.rows[key].uses]
        groups: list[tuple[list[str], set[str]]] = []
        tied = [([key], set(self.rows[key].uses)) for key in rows if self.rows[key].uses]
        for names, uses in [*tied, *(([], {event}) for event in events)]:
            for group in [group for group in groups if group[1] & uses]:
                groups.remove(group)
                names, uses = group[0] + names, group[1] | uses
            groups.append((names, uses))
        order = {key: place for place, key in enumerate(self.standard.criteria)}
        found += (Group(tuple(sorted(names, key=order.__getitem__)), tuple(sorted(uses))) for names, uses in groups)
        return sorted(found, key=lambda group: order[group.rows[0]] if group.rows else len(order))

    def is_barring(self, group: Group) -> bool:
        """Whether an outcome of the group can bar the award."""
        return any(e.id in group.events for e, _ in self.bars) or not self.gates.isdisjoint(group.rows)

    # -- totals that are sums -----------------------------------------------------------------------------------------

    def laid(self, groups: Sequence[Group], chance: Chance) -> tuple[list[Pmf], int]:
        """Return the distribution of each group's points on a lattice that holds them all, and its steps to a point.

        Raises
        ------
        TooLarge
            The total would have too many values.
        """
        alone = {self.rows[group.rows[0]].steps({}, chance) for group in groups if not group.events}
        tied = ((way, group.rows) for group in groups if group.events for way, _ in group.ways(chance))
        step = math.lcm(*alone, *(self.rows[name].steps(way, chance) for way, names in tied for name in names))
        if step * self.standard.maximum > WIDEST:
            raise TooLarge(int(step * self.standard.maximum))
        return [self._pmf(group, chance, step) for group in groups], step

    def passing(self, group: Group, chance: Chance, step: int) -> Pmf:
        """Return the same of a group only where it bars no award."""
        return self._pmf(group, chance, step, is_passing=True)

    def _pmf(self, group: Group, chance: Chance, step: int, is_passing: bool = False) -> Pmf:
        if not group.events:
            return self.rows[group.rows[0]].pmf({}, chance, step, is_passing and group.rows[0] in self.gates)
        parts = []
        for turned, p in group.ways(chance):
            if is_passing and not all(event.meets(t, turned[event.id]) for event, t in self.bars if event.id in turned):
                p = 0.0
            pmfs = [self.rows[name].pmf(turned, chance, step, is_passing and name in self.gates) for name in group.rows]
            start, chances = pmfs[0] if len(pmfs) == 1 else distribution.add(pmfs)
            parts.append(Pmf(start, p * chances))
        return parts[0] if len(parts) == 1 else distribution.mixed(parts)

    # -- any other tree -----------------------------------------------------------------------------------------------

    def enumerated(self, chance: Chance) -> Joint:
        """Return all joint outcomes.

        Raises
        ------
        TooLarge
        """
        tables = [_Table(self, group, chance) for group in self.groups]
        shape = tuple(len(table.chance) for table in tables)
        if (size := math.prod(shape)) > MOST_JOINT:
            raise TooLarge(size)
        places = np.unravel_index(np.arange(size), shape) if shape else ()
        return self._joint(tables, places, shape)

    def drawn(self, chance: Chance, count: int, rng: np.random.Generator) -> Joint:
        """Return joint outcomes drawn at random, all of the same weight."""
        tables = [_Table(self, group, chance, count, rng) for group in self.groups]
        joint = self._joint(tables, [np.arange(count)] * len(tables), ())
        joint.chance = np.full(count, 1 / count)
        return joint

    def _joint(self, tables: list[_Table], places: Sequence[NDArray[np.intp]], shape: tuple[int, ...]) -> Joint:
        chance = np.ones(math.prod(shape))
        outcomes: dict[str, tuple[list[RowOutcome], NDArray[np.intp]]] = {}
        turned: dict[str, NDArray[np.bool_]] = {}
        for table, place in zip(tables, places, strict=True):
            if shape:
                chance = chance * table.chance[place]
            outcomes |= {name: (values, codes[place]) for name, (values, codes) in table.rows.items()}
            turned |= {event: way[place] for event, way in table.turned.items()}
        return Joint(self, chance, outcomes, turned, shape)


class _Table:
    """The joint outcomes of one group, all or drawn: their chances, events, and the place of each row's outcome."""

    def __init__(
        self, model: Unknowns, group: Group, chance: Chance, count: int = 0, rng: np.random.Generator | None = None
    ) -> None:
        known: dict[str, dict[RowOutcome, int]] = {name: {} for name in group.rows}
        parts = []
        for turned, p, n in self._ways(group, chance, count, rng):
            rows = [model.rows[name].given(turned, chance) for name in group.rows]
            places = [
                np.array([known[name].setdefault(outcome, len(known[name])) for outcome in row], np.intp)
                for name, row in zip(group.rows, rows, strict=True)
            ]
            weights = [np.array(list(row.values())) for row in rows]
            if rng is None:
                if (size := math.prod(map(len, rows))) * 2 ** len(group.events) > MOST_JOINT:
                    raise TooLarge(size * 2 ** len(group.events))
                drawn = [index.ravel() for index in np.indices([len(row) for row in rows])] if rows else []
                n = size
            else:
                drawn = [rng.choice(len(w), n, p=w / w.sum()) for w in weights]
            joint = np.full(n, p)
            for weight, index in zip(weights, drawn, strict=True):
                joint = joint * weight[index]
            codes = [place[index] for place, index in zip(places, drawn, strict=True)]
            parts.append((joint, [np.full(n, turned[event]) for event in group.events], codes))
        order = rng.permutation(count) if rng else slice(None)
        self.chance = np.concatenate([part[0] for part in parts])
        columns = zip(*(part[1] for part in parts), strict=True)
        self.turned = {e: np.concatenate(each)[order] for e, each in zip(group.events, columns, strict=True)}
        codes_of = zip(*(part[2] for part in parts), strict=True)
        self.rows = {
            name: (list(known[name]), np.concatenate(each)[order])
            for name, each in zip(group.rows, codes_of, strict=True)
        }

    @staticmethod
    def _ways(
        group: Group, chance: Chance, count: int, rng: np.random.Generator | None
    ) -> Iterable[tuple[Supposed, float, int]]:
        """Yield the ways in which the events turn out: every one, or those drawn, with how often they were."""
        if rng is None:
            yield from ((turned, p, 0) for turned, p in group.ways(chance))
            return
        drawn = rng.random((count, len(group.events))) < chance.met
        for way, often in zip(*np.unique(drawn, axis=0, return_counts=True), strict=True):
            yield dict(zip(group.events, way.tolist(), strict=True)), 1.0, int(often)


@dataclass
class Joint:
    """Joint outcomes as columns: their chances, and what each row and event turned out to be; scored all at once.

    Where all are enumerated, `shape` holds the number of outcomes of each group, in order.
    """

    model: Unknowns
    chance: Array
    outcomes: dict[str, tuple[list[RowOutcome], NDArray[np.intp]]]
    turned: dict[str, NDArray[np.bool_]]
    shape: tuple[int, ...]

    def with_rows(self, names: Iterable[str], outcome: RowOutcome) -> Joint:
        """Return the same, some rows having turned out in a certain way."""
        always = ([outcome], np.zeros(len(self.chance), np.intp))
        return replace(self, outcomes={**self.outcomes, **dict.fromkeys(names, always)})

    @property
    def passes(self) -> NDArray[np.bool_]:
        """Where conditions, vetoes and gates let a grade be awarded."""
        found = np.full(len(self.chance), self.model.may_pass)
        for _, test in self.model.bars:
            found &= self.holds(test)
        for name in self.model.gates & self.outcomes.keys():
            found &= self.of_row(name, "met")
        return found

    def _of_row(self, name: str, what: str) -> NDArray[Any]:
        return np.array([getattr(outcome, what) for outcome in self.outcomes[name][0]])

    def of_row(self, name: str, what: str) -> NDArray[Any]:
        """Return a field of a row's outcomes as a column; nothing of a row that is left out is met."""
        if name not in self.outcomes:
            return np.zeros(len(self.chance), np.bool_)
        return self._of_row(name, what)[self.outcomes[name][1]]

    def holds(self, test: Test) -> NDArray[np.bool_]:
        """Hold a fact against a demand."""
        event = self.model.events.get(test.fact)
        if event is None:
            return np.full(len(self.chance), self.model.facts.test(test).state == "met")
        return np.where(self.turned[event.id], event.meets(test, True), event.meets(test, False))

    def totals(self) -> Totals:
        """Add up and grade every joint outcome."""
        standard, readings = self.model.standard, self.model.readings
        leaves = {}
        for row in standard.scored_rows:
            if row.id in self.outcomes:
                points, top = self._of_row(row.id, "points"), row.max_score or 0
                lattice = distribution.denominator(points.tolist())
                amount = Amount((points * lattice).astype(np.int64)[self.outcomes[row.id][1]], lattice)
                leaves[row.id] = Branch(amount, COLUMNS.constant(top), top, self.of_row(row.id, "applies"), row.weight)
        nodes = [node for node in standard.indicators.values() if node.applies]
        decided = {node.id: (self.holds(node.applies),) * 2 for node in nodes if node.applies}
        fold = Fold(standard, COLUMNS, leaves, decided, "secured")
        grading = Grading(standard, readings, fold, self.holds, lambda name: self.of_row(name, "met"))
        return Totals.of(grading, self.chance, self.chance * self.passes)


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


def totals_of(model: Unknowns, chance: Chance, *, with_award: bool = True) -> Totals:
    """Return the exact chances of totals and grades: by convolution where a total is a sum, else by enumeration.

    Parameters
    ----------
    model : Unknowns
    chance : Chance
    with_award : bool
        Whether `passing` is asked for.

    Raises
    ------
    TooLarge
    """
    if not model.standard.is_plain:
        return model.enumerated(chance).totals()
    groups = model.groups if with_award else model.scored
    pmfs, step = model.laid(groups, chance)
    barring = [i for i, group in enumerate(groups) if with_award and model.is_barring(group)]
    common = distribution.add(pmf for i, pmf in enumerate(pmfs) if i not in barring)
    start, everything = distribution.add([common, *(pmfs[i] for i in barring)])
    passing = distribution.add([common, *(model.passing(groups[i], chance, step) for i in barring)]).chances
    totals = model.grades.of(np.arange(start, start + len(everything)), step, everything)
    return replace(totals, passing=passing * model.may_pass)
