"""The exact distribution of a score through the tree, whatever its nodes do; facts behind several rows are one event.

A node combines independent branches; events that several of its branches hang on are gone through at that node, and
nowhere else, so that the work grows with what really hangs together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from lsstd.assessment.assessment import Assessment
from lsstd.engine.facts import Facts
from lsstd.engine.tree import EXACT, combined, finished
from lsstd.exact import Exact, total, whole
from lsstd.robustness.outcomes import Chance, Event, Outcome, RowChances, TooLarge, events_of, ways
from lsstd.robustness.sums import Branch, Sum, components, merged
from lsstd.robustness.watch import Marks, Watch
from lsstd.standard.scoring_table import Criterion, Indicator
from lsstd.standard.standard import Standard

SHARED, MOST_EVENTS = 4, 12
"""So many events of a plain sum's branches are gone through together, and so many of any node's."""


class Model:
    """An assessment in which anything may be unknown, as a joint distribution.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
        Checked against the standard.
    readings : dict of str to str
        Every reading with its option.
    chance : Chance
        How likely the unknown is.
    """

    def __init__(self, standard: Standard, assessment: Assessment, readings: dict[str, str], chance: Chance) -> None:
        self.standard, self.readings, self.chance = standard, readings, chance
        self.facts = Facts(standard, assessment, readings)
        self.events = events_of(standard, self.facts, readings)
        self.rows = {
            key: RowChances(row, assessment.answers.get(key), self.facts, self.events, readings)
            for key, row in standard.criteria.items()
        }
        self.watch = Watch(standard, readings)
        self.fixed: dict[str, Outcome] = {}
        self._cache: dict[Any, Any] = {}

    def with_chance(self, chance: Chance) -> Model:
        """Return the same under another chance of the unknown."""
        other = object.__new__(Model)
        other.__dict__ = {**self.__dict__, "chance": chance, "_cache": {}}
        return other

    def with_rows(self, fixed: Mapping[str, Outcome]) -> Model:
        """Return the same, some rows having turned out in a certain way."""
        other = self.with_chance(self.chance)
        other.fixed = dict(fixed)
        return other

    # -- which branch hangs on which events ---------------------------------------------------------------------------

    def units(self, name: str | None) -> list[Indicator | Criterion]:
        """Return the branches of a node; of the root, rows without points besides.

        Where every number is a sum, a node whose branches share many events is taken as the sum of its rows, which
        share fewer with each other.
        """
        if name not in self._units:
            branches = self._branches(name)
            if self.standard.is_plain and sum(len(shared) for _, shared in self._hanging(branches)) > SHARED:
                branches = [row for unit in branches for row in self._rows_below(unit)]
            self._units[name] = branches
        return self._units[name]

    def _hanging(self, units: list[Indicator | Criterion]) -> list[tuple[list[Indicator | Criterion], set[str]]]:
        return components([(unit, self.uses(unit)) for unit in units])

    def _rows_below(self, unit: Indicator | Criterion) -> list[Criterion]:
        if isinstance(unit, Criterion):
            return [unit]
        return [row for below in self._branches(unit.id) for row in self._rows_below(below)]

    def _branches(self, name: str | None) -> list[Indicator | Criterion]:
        rows = self.standard.rows_of[name] if name else [r for r in self.standard.criteria.values() if not r.max_score]
        scored = [r for r in rows if not self.rows[r.id].left_out and (r.max_score is not None) == (name is not None)]
        return [*self.standard.children_of[name], *scored]

    def uses(self, unit: Indicator | Criterion) -> frozenset[str]:
        """Return the events that a branch hangs on."""
        if isinstance(unit, Criterion):
            return self.rows[unit.id].uses
        if unit.id not in self._uses:
            own = {self.events[unit.applies.fact].id} if unit.applies and unit.applies.fact in self.events else set()
            self._uses[unit.id] = frozenset(own).union(*(self.uses(below) for below in self.units(unit.id)))
        return self._uses[unit.id]

    @cached_property
    def _units(self) -> dict[str | None, list[Indicator | Criterion]]:
        return {}

    @cached_property
    def _uses(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def owners(self) -> dict[str, list[Event]]:
        """The events that conditions and demands hang on, by the one row or node that notes them ("" for none)."""
        users: list[Indicator | Criterion] = [*self.standard.criteria.values(), *self.standard.indicators.values()]
        found: dict[str, list[Event]] = defaultdict(list)
        for event in {event.id: event for event in self.events.values()}.values():
            by_row = (u.id for u in users if event.id in self.uses(u) and self._is_own(u, event) and self._counts(u))
            found[next(by_row, "")].append(event)
        return found

    def _is_own(self, unit: Indicator | Criterion, event: Event) -> bool:
        """Whether a branch itself, not one below it, asks for an event."""
        return isinstance(unit, Criterion) or bool(unit.applies and unit.applies.fact in event.facts)

    def _counts(self, unit: Indicator | Criterion) -> bool:
        return isinstance(unit, Indicator) or not self.rows[unit.id].left_out

    def marks_of(self, event: Event, way: bool) -> Marks:
        """Return what an event means for conditions, vetoes and demands."""
        conditions = self.standard.conditions.values() if self.readings["failed_condition"] == "withhold" else ()
        tests = [test for c in conditions for test in c.tests] + [v.test for v in self.standard.vetoes.values()]
        noted = {0: 1} if any(t.fact in event.facts and not event.meets(t, way) for t in tests) else {}
        for place, key in enumerate(self.watch.demands, start=1):
            test = self.watch.of[key].test
            if test and test.fact in event.facts and not event.meets(test, way):
                noted[place] = 1
        return self.watch.noting(noted) if noted else self.watch.none

    @cached_property
    def settled(self) -> Marks:
        """What the known facts mean for conditions, vetoes and demands."""
        conditions = self.standard.conditions.values() if self.readings["failed_condition"] == "withhold" else ()
        tests = [test for c in conditions for test in c.tests] + [v.test for v in self.standard.vetoes.values()]
        noted = {0: 1} if any(self.facts.test(test).state == "unmet" for test in tests) else {}
        for place, key in enumerate(self.watch.demands, start=1):
            test = self.watch.of[key].test
            if test and self.facts.test(test).state == "unmet":
                noted[place] = 1
        gates = (row for row in self.rows.values() if row.row.max_score is None and row.left_out)
        if self.readings["unscored_row"] == "gate" and any(gates):
            noted[0] = 1
        return self.watch.noting(noted)

    # -- distributions, from the rows up ------------------------------------------------------------------------------

    def row(self, name: str, supposed: Mapping[str, bool]) -> dict[Outcome, float]:
        """Return the chances of a row's outcomes, the events that it uses having turned out as supposed."""
        if name in self.fixed:
            return {self.fixed[name]: 1.0}
        key = (name, frozenset(item for item in supposed.items() if item[0] in self.rows[name].uses))
        if key not in self._cache:
            self._cache[key] = self.rows[name].given(supposed, self.chance)
        found: dict[Outcome, float] = self._cache[key]
        return found

    def _row(self, row: Criterion, supposed: Mapping[str, bool]) -> dict[Branch, float]:
        """Return a row as a branch, events that nobody supposed gone through."""
        chances: dict[Branch, float] = defaultdict(float)
        open_events = self._few(self.rows[row.id].uses - supposed.keys())
        is_gate = row.max_score is None and self.readings["unscored_row"] == "gate"
        for turned, p in ways(open_events, self.chance.met):
            full = {**supposed, **turned}
            own = self.watch.none
            for event in self.owners.get(row.id, ()):
                own = self.watch.merged(own, self.marks_of(event, full[event.id]))
            for outcome, q in self.row(row.id, full).items():
                marks = self.watch.merged(own, self.watch.of_row(row.id, outcome, is_gate))
                chances[Branch(outcome.points, outcome.maximum, outcome.applies, marks)] += p * q
        return chances

    @staticmethod
    def _few(events: Iterable[str]) -> list[str]:
        """Return events in order, if they are few enough to be gone through."""
        found = sorted(events)
        if len(found) > MOST_EVENTS:
            raise TooLarge(2 ** len(found))
        return found

    def branch(self, unit: Indicator | Criterion, supposed: Mapping[str, bool]) -> dict[Branch, float]:
        """Return the chances of what a branch turns out to be, the events having turned out as supposed so far."""
        if isinstance(unit, Criterion):
            return self._row(unit, supposed)
        key = (unit.id, frozenset(item for item in supposed.items() if item[0] in self.uses(unit)))
        if key not in self._cache:
            self._cache[key] = self._node(unit, supposed)
        found: dict[Branch, float] = self._cache[key]
        return found

    def _node(self, node: Indicator, supposed: Mapping[str, bool]) -> dict[Branch, float]:
        """Combine what stands below a node, whether it applies gone through first."""
        chances: dict[Branch, float] = defaultdict(float)
        event = self.events.get(node.applies.fact) if node.applies else None
        own = [event.id] if event and event.id not in supposed else []
        for turned, p in ways(own, self.chance.met):
            full = {**supposed, **turned}
            marks = self.watch.none
            for owned in self.owners.get(node.id, ()):
                marks = self.watch.merged(marks, self.marks_of(owned, full[owned.id]))
            applies = event.meets(node.applies, full[event.id]) if event and node.applies else True
            if node.applies and event is None:
                applies = self.facts.test(node.applies).state == "met"
            finish = self._finisher(node, applies)
            for found, q in self.combined(node, full).items():
                done = finish(found)
                noted = self.watch.of_node(node.id, done.points, done.maximum if done.applies else 0, done.applies)
                chances[done._replace(marks=self.watch.merged(self.watch.merged(done.marks, marks), noted))] += p * q
        return chances

    def _finisher(self, node: Indicator, applies: bool) -> Callable[[Sum], Branch]:
        """Return what makes a node's own points of what stands below it."""
        way, full = _way(node), self._full(node)
        is_plain = node.is_plain and node.not_applicable == "fixed"

        def finish(found: Sum) -> Branch:
            points, top = way(list(found.within)), way(list(found.maximum))
            if is_plain:
                return Branch(total([points, found.extra]), top, True, found.marks)
            if not applies or not (found.applies or node.not_applicable == "fixed" or not self.units(node.id)):
                leaves = applies and node.not_applicable == "reduced"
                return Branch(0, 0 if leaves else self.full_of(node), False, found.marks)
            if node.not_applicable == "rescaled" and top not in (0, full):
                points, top = whole(points * Fraction(full) / top), full
            points = total([points, found.extra])  # what comes on top is never scaled
            return Branch(finished(EXACT, node, points), finished(EXACT, node, top), True, found.marks)

        return finish

    def _full(self, node: Indicator) -> Exact:
        """Return what a node's branches come to at their maximum, before it is held between cap and floor."""
        worth = [(self.full_of(u) * u.weight, self._is_on_top(u)) for u in self.units(node.id)]
        return _way(node)([whole(points) for points, on_top in worth if not on_top])

    def full_of(self, unit: Indicator | Criterion) -> Exact:
        """Return the maximum of a branch where everything below it applies."""
        if isinstance(unit, Criterion):
            return unit.max_score or 0
        full = self._full(unit)
        return full if unit.is_plain and unit.not_applicable == "fixed" else finished(EXACT, unit, full)

    @staticmethod
    def _is_on_top(unit: Indicator | Criterion) -> bool:
        return isinstance(unit, Indicator) and unit.on_top

    def combined(self, node: Indicator | None, supposed: Mapping[str, bool]) -> dict[Sum, float]:
        """Combine the branches of a node; those that hang on the same event go through its ways together."""
        units = self.units(node.id if node else None)
        done: dict[Sum, float] = {Sum((), 0, (), False, self.watch.none): 1.0}
        for group, shared in components([(u, self.uses(u) - supposed.keys()) for u in units]):
            mixed: dict[Sum, float] = defaultdict(float)
            for turned, p in ways(self._few(shared), self.chance.met):
                full, part = {**supposed, **turned}, None
                for unit in group:
                    one = self._as_sum(node, unit, self.branch(unit, full))
                    part = one if part is None else merged(self.watch, node, part, one)
                for found, q in (part or {}).items():
                    mixed[found] += p * q
            done = merged(self.watch, node, done, mixed)
        return done

    def _as_sum(
        self, node: Indicator | None, unit: Indicator | Criterion, chances: dict[Branch, float]
    ) -> dict[Sum, float]:
        """Return what a branch brings to its node: its points by its weight; what does not apply, as the node says."""
        brought: dict[Sum, float] = defaultdict(float)
        is_fixed = node is None or node.not_applicable == "fixed"
        on_top, weight = self._is_on_top(unit), unit.weight
        is_marked = isinstance(unit, Criterion) and unit.max_score is None
        for branch, p in chances.items():
            points, top = whole(branch.points * weight), whole(branch.maximum * weight)
            if not branch.applies and isinstance(unit, Criterion):
                top = whole(self.full_of(unit) * weight)
            if is_marked or not (branch.applies or is_fixed):
                brought[Sum((), 0, (), False, branch.marks)] += p
            elif on_top:
                brought[Sum((), points, (), branch.applies, branch.marks)] += p
            else:
                brought[Sum((points,), 0, (top,), branch.applies, branch.marks)] += p
        return brought

    # -- the answers --------------------------------------------------------------------------------------------------

    def total(self, supposed: Mapping[str, bool] | None = None) -> dict[tuple[Exact, Marks], float]:
        """Return the chances of the total, rounded as the readings say, and of what a grade asks for besides."""
        key = ("total", frozenset((supposed or {}).items()))
        if key not in self._cache:
            chances: dict[tuple[Exact, Marks], float] = defaultdict(float)
            alone = self._unowned(supposed or {})
            for found, p in self.combined(None, supposed or {}).items():
                points = self.watch.rounded(total((*found.within, found.extra)))
                for marks, q in alone.items():
                    chances[points, self.watch.merged(found.marks, marks)] += p * q
            self._cache[key] = chances
        done: dict[tuple[Exact, Marks], float] = self._cache[key]
        return done

    def _unowned(self, supposed: Mapping[str, bool]) -> dict[Marks, float]:
        """Return the marks of what no row or node hangs on."""
        done: dict[Marks, float] = {self.settled: 1.0}
        for event in self.owners.get("", ()):
            merged: dict[Marks, float] = defaultdict(float)
            for marks, p in done.items():
                for turned, q in ways([event.id], self.chance.met):
                    if supposed.get(event.id, turned[event.id]) != turned[event.id]:
                        continue
                    q = 1.0 if event.id in supposed else q
                    merged[self.watch.merged(marks, self.marks_of(event, turned[event.id]))] += p * q
            done = merged
        return done

    def indicator(self, name: str) -> dict[Exact, float]:
        """Return the chances of an indicator's points."""
        chances: dict[Exact, float] = defaultdict(float)
        for branch, p in self.branch(self.standard.indicators[name], {}).items():
            chances[branch.points] += p
        return chances


def _way(node: Indicator) -> Callable[[list[Exact]], Exact]:
    return lambda values: combined(EXACT, node, values, [True] * len(values))
