"""What each unknown fact, part and row can turn out to be, with its chances; rows are scored by the engine itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise, product
from typing import Any, NamedTuple

from lsstd.assessment.assessment import Answer
from lsstd.engine.facts import Facts
from lsstd.engine.result import CriterionResult, PartResult, Quantity
from lsstd.engine.rows import rounded_row, score_row
from lsstd.exact import Exact, whole
from lsstd.robustness.distribution import Pmf, UnknownChance, on
from lsstd.standard.scoring_table import Criterion, Measured, Test
from lsstd.standard.standard import Standard

MOST_PATTERNS = 50_000
"""Most patterns of the unknown parts of one row that are scored (parts that count alike are counted together)."""

Supposed = Mapping[str, bool]  # by event: whether it turned out favourably


class TooLarge(Exception):
    """There are more joint outcomes than can be enumerated; holds their number."""


class RowOutcome(NamedTuple):
    """What a row turned out to be."""

    points: Exact
    applies: bool
    met: bool


@dataclass(frozen=True)
class FactEvent:
    """An unknown fact (or several read as one quantity): one event, however many places ask for it.

    Favourable is a value that meets as many of the demands upon the fact as one value can, unfavourable one that
    meets as few as one value can; a demand that costs points counts the other way round.
    """

    id: str
    facts: tuple[str, ...]
    values: dict[bool, Any]

    def meets(self, test: Test, favourably: bool) -> bool:
        """Say whether a demand on the fact is met."""
        return test.meets(self.values[favourably])


def events_of(
    standard: Standard, facts: Facts, readings: Mapping[str, str], known: dict[Any, Any]
) -> dict[str, FactEvent]:
    """Return, by each fact that is asked for and unknown, the event that decides it; `known` keeps events for reuse."""
    unknown = [fact for fact in standard.facts if fact in standard.tested_facts and facts.values.get(fact) is None]
    groups: dict[str, tuple[str, ...]] = {fact: (fact,) for fact in unknown}
    for group in standard.same_quantities if readings["same_quantity"] == "equate" else ():
        if all(fact in groups and fact not in facts.values for fact in group.facts):
            groups |= dict.fromkeys(group.facts, group.facts)
    for names in groups.values():
        if names not in known:
            known[names] = FactEvent(names[0], names, _extremes(standard, names))
    return {fact: known[names] for fact, names in groups.items()}


def _extremes(standard: Standard, names: tuple[str, ...]) -> dict[bool, Any]:
    """Return a value that meets the most demands on facts, and one that meets the fewest."""
    tests = [test for _, test in standard.tests() if test.fact in names]
    if not tests:
        return {}
    parts = [p for row in standard.criteria.values() for p in row.parts.values() if (p.points or 0) < 0 and p.test]
    faults = [part.test for part in parts if part.test and part.test.fact in names]  # met, they cost points
    faults += [  # where these hold, more is asked
        test
        for place, test in standard.tests()
        if test.fact in names and place.endswith(".applies") and not place.startswith(("criteria.", "indicators."))
    ]
    met = {
        value: sum(t.meets(value) for t in tests) - 2 * sum(t.meets(value) for t in faults)
        for value in candidates(standard, tests)
    }
    return {True: max(met, key=lambda v: (met[v], v)), False: min(met, key=lambda v: (met[v], v))}


def candidates(standard: Standard, tests: list[Test]) -> list[Any]:
    """Return one value from each interval into which the demands' thresholds cut a fact's values."""
    fact = standard.facts[tests[0].fact]
    if fact.kind == "boolean":
        return [True, False]
    if fact.kind in ("text", "choices"):
        asked = {one for test in tests for one in (test.value if isinstance(test.value, tuple) else (test.value,))}
        return [(), *((option,) for option in fact.options)] if fact.kind == "choices" else ["", *sorted(asked)]
    lines = sorted({one for test in tests for one in (test.value if isinstance(test.value, tuple) else (test.value,))})
    values = {lines[0] - 1, lines[-1] + 1, *lines, *(whole(Fraction(a + b) / 2) for a, b in pairwise(lines))}
    if fact.kind == "count":
        values = {math.floor(v) + step for v in values for step in (-1, 0, 1)}
    return sorted(value for value in values if value >= 0 or fact.signed) or [0]


class SupposedFacts(Facts):
    """The facts, unknown ones supposed to have turned out one way or the other.

    A row that measures such a fact earns the most or the fewest points that any quantity can (of a ratio, the fact
    above the line decides if it is unknown).
    """

    def __init__(self, facts: Facts, events: Mapping[str, FactEvent], supposed: Supposed) -> None:
        self.standard, self.findings = facts.standard, []
        self._favourable = {fact: supposed[event.id] for fact, event in events.items() if event.id in supposed}
        turned = {fact: events[fact].values.get(way) for fact, way in self._favourable.items()}
        self.values = {**facts.values, **{fact: value for fact, value in turned.items() if value is not None}}

    def quantity(self, rule: Measured, low: Exact, top: Exact) -> Quantity:
        """Return the quantity of a row that measures; where it is supposed, only its points."""
        turned = [self._favourable[name] for name in (rule.fact, rule.per) if name in self._favourable]
        if not turned:
            return super().quantity(rule, low, top)
        return Quantity(((rule.fact, None),), None, rule.ends(low, top)[turned[0]])


@dataclass
class RowChances:
    """The chances of one row: which events it depends on, and its outcomes once those have turned out.

    What an answer or the known facts settle stays, whatever unknown facts turn out to be.
    """

    row: Criterion
    answer: Answer | None
    facts: Facts
    events: Mapping[str, FactEvent]
    readings: dict[str, str]
    left_out: bool = field(init=False)
    uses: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        gate = self.row.applies
        self._applies = gate if gate and gate.fact in self.events else None
        self._bare = self.row.model_copy(update={"applies": None}) if self._applies else self.row
        self._scored = self._score(self._bare, self.facts)
        self.left_out = self._scored.left_out
        self._tied, self._free = self._unknown_parts()
        self._known: dict[Any, dict[RowOutcome, float]] = {}
        asked = [self._applies.fact] if self._applies else []
        asked += [part.test.fact for part in self._tied if part.test] + self._measured
        self.uses = frozenset(self.events[fact].id for fact in asked if not self.left_out)
        self._events = tuple(self.uses)

    def _score(self, row: Criterion, facts: Facts, answer: Answer | None = None) -> CriterionResult:
        return score_row(row, answer or self.answer, facts, self.readings, facts.standard.rounding)

    @property
    def is_open(self) -> bool:
        """Whether the row can turn out in more than one way."""
        return bool(self.uses or self._free or self._named()) or self._scored.secured != self._scored.possible

    @property
    def open_parts(self) -> int:
        """How many of its parts are unknown."""
        return len(self._tied) + len(self._free)

    @property
    def _is_silent(self) -> bool:
        return self.answer is None or self.answer.form == "parts" or self.answer.state == "unknown"

    def _unknown_parts(self) -> tuple[list[PartResult], list[PartResult]]:
        """Return the unknown parts that decide the row: those that depend on an event, and the others.

        A row of which nothing at all is said, in whatever way, is met or not as a whole.
        """
        unknown = [part for part in self._scored.parts if part.state == "unknown"]
        said = (self.answer.parts if self.answer else None) or {}
        spoken = {*said.values()} - {"unknown"} or any(part.test for part in self._scored.parts)
        kind = self.row.rule.kind if self.row.rule else "parts"
        if self._scored.state != "unknown" or not self._is_silent or not spoken or kind in ("levels", "expert"):
            return [], []
        tied = [part for part in unknown if part.test and part.test.fact in self.events]
        return tied, [part for part in unknown if part not in tied]

    @property
    def _measured(self) -> list[str]:
        rule = self.row.rule.measured if self.row.rule else None
        if rule is None or self._scored.state != "unknown" or not self._is_silent:
            return []
        return [name for name in (rule.fact, rule.per) if name and name in self.events][:1]

    def given(self, supposed: Supposed, chance: UnknownChance) -> dict[RowOutcome, float]:
        """Return the chance of each outcome, the events having turned out as supposed (at least those it uses)."""
        key = (chance, tuple([supposed[event] for event in self._events]))
        if key not in self._known:
            self._known[key] = self._outcomes(dict(zip(self._events, key[1], strict=True)), chance)
        return self._known[key]

    def pmf(self, supposed: Supposed, chance: UnknownChance, step: int, is_gate: bool = False) -> Pmf:
        """Return the distribution of the points on a lattice; of a gate, only where it is met."""
        chances: dict[Exact, float] = defaultdict(float)
        for outcome, p in self.given(supposed, chance).items():
            chances[outcome.points] += p if outcome.met or not is_gate else 0.0
        return on(step, chances)

    def _outcomes(self, turned: Supposed, chance: UnknownChance) -> dict[RowOutcome, float]:
        if self._applies and not self.left_out:
            event = self.events[self._applies.fact]
            if not event.meets(self._applies, turned[event.id]):
                return {RowOutcome(0, False, False): 1.0}
        facts = SupposedFacts(self.facts, self.events, turned)
        if self._tied or self._free:
            return self._of_patterns(facts, chance)
        return self._of_span(self._score(self._bare, facts) if self._measured else self._scored, chance)

    def _of_span(self, scored: CriterionResult, chance: UnknownChance) -> dict[RowOutcome, float]:
        """Return the outcomes of a row that is settled, answered in points, or unknown as a whole."""
        top = self.row.max_score
        if scored.state != "unknown" or not scored.applies:
            return {_outcome(scored): 1.0}
        if top is None:
            return {RowOutcome(0, True, bool(met)): p for met, p in chance.between(0, 1).items()}
        named = {} if scored.contradiction else self._named()
        points = chance.tilted(named) if named else chance.between(scored.secured, scored.possible)
        return {RowOutcome(value, True, value == top): p for value, p in points.items()}

    def _named(self) -> dict[Exact, float]:
        """Return the chances of the points that an answer names: as given, or equally likely over a range's steps."""
        answer, rule, rounding = self.answer, self.row.rule, self.facts.standard.rounding
        ends = answer.range if answer else None
        if answer and answer.level is not None and (level := self.row.level(answer.level)):
            ends = level.points
        if answer and answer.chances is not None:
            together = sum(float(p) for _, p in answer.chances)
            pairs = [(points, float(p) / together) for points, p in answer.chances if p > 0]
        elif ends is not None:
            values = list(_steps_between(*ends, (rule and rule.expert and rule.expert.step) or rounding.step))
            pairs = [(value, 1 / len(values)) for value in values]
        else:
            return {}
        named: dict[Exact, float] = defaultdict(float)
        for points, p in pairs:
            named[rounded_row(self.row, points, rounding) if self.readings["rounding"] == "row" else points] += p
        return dict(named)

    def _of_patterns(self, facts: Facts, chance: UnknownChance) -> dict[RowOutcome, float]:
        """Return the outcomes over every pattern of unknown parts; parts that count alike are counted together."""
        said = (self.answer.parts if self.answer else None) or {}
        settled: dict[str, str] = {key: state for key, state in said.items() if state == "not_applicable"}
        settled |= {part.part.id: part.state for part in self._scored.parts if part not in self._tied}
        tests = {part.part.id for part in self._tied}
        bare = {key: p if key in tests else p.model_copy(update={"test": None}) for key, p in self.row.parts.items()}
        row = self._bare.model_copy(update={"parts": bare})
        alike: dict[Any, list[str]] = defaultdict(list)
        for part in self._free:
            alike[part.part.weight, part.part.points, part.part.bonus].append(part.part.id)
        patterns = math.prod(len(group) + 1 for group in alike.values())
        if patterns > MOST_PATTERNS:
            raise TooLarge(patterns)
        outcomes: dict[RowOutcome, float] = defaultdict(float)
        for counts in product(*(range(len(group) + 1) for group in alike.values())):
            states, p = dict(settled), 1.0
            for group, count in zip(alike.values(), counts, strict=True):
                p *= math.comb(len(group), count) * chance.met**count * (1 - chance.met) ** (len(group) - count)
                is_fault = (self.row.parts[group[0]].points or 0) < 0  # which is in the subject's favour if not met
                states |= {key: "met" if (i < count) != is_fault else "unmet" for i, key in enumerate(group)}
            if p > 0:
                outcomes[_outcome(self._score(row, facts, Answer.model_validate({"parts": states})))] += p
        return dict(outcomes)


def _steps_between(low: Exact, high: Exact, step: Exact) -> Iterator[Exact]:
    """Yield the points of a range: from its lower end on by steps, and its upper end."""
    value = low
    while value < high:
        yield value
        value = whole(Fraction(value) + step)
    yield high


def _outcome(scored: CriterionResult) -> RowOutcome:
    return RowOutcome(scored.secured, scored.applies, scored.state == "met")


def ways(events: Iterable[str], met: float) -> Iterator[tuple[dict[str, bool], float]]:
    """Yield every way in which events can turn out together, with its chance; none of chance 0."""
    names = list(events)
    for turned in product((True, False), repeat=len(names)):
        p = math.prod(met if way else 1 - met for way in turned)
        if p > 0:
            yield dict(zip(names, turned, strict=True)), p
