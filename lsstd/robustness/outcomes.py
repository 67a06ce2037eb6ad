"""What each unknown can turn out to be, with its chances: facts, parts and rows, each scored by the engine itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise, product
from typing import Any, NamedTuple

from lsstd.assessment.assessment import Answer
from lsstd.engine.facts import COMPARE, Facts
from lsstd.engine.result import CriterionResult, PartResult, Quantity
from lsstd.engine.rows import score_row
from lsstd.exact import Exact, rounded, whole
from lsstd.standard.scoring_table import Criterion, Measured, Test
from lsstd.standard.standard import Standard

MOST_PATTERNS = 50_000
"""So many patterns of the unknown parts of one row are gone through; alike parts are counted, not told apart."""

Supposed = Mapping[str, bool]
"""By event: whether it turned out favourably."""


class TooLarge(Exception):
    """There are more joint outcomes than can be gone through; holds their number."""


class Outcome(NamedTuple):
    """What a row turned out to be."""

    points: Exact
    maximum: Exact
    applies: bool
    met: bool


@dataclass(frozen=True)
class Event:
    """A fact that is not known (or several taken as one quantity): one event, however many places ask for it.

    It turns out favourably, a value that meets as many of the demands upon it as one value can, or unfavourably, one
    that meets as few as one value can (a demand that costs points counts the other way round).
    """

    id: str
    facts: tuple[str, ...]
    values: dict[bool, Any]

    def meets(self, test: Test, favourably: bool) -> bool:
        """Say whether a demand on the fact is met."""
        return bool(COMPARE[test.operator](self.values[favourably], test.value))


def events_of(standard: Standard, facts: Facts, readings: Mapping[str, str]) -> dict[str, Event]:
    """Return, by each fact that something asks for and nobody knows, the event that decides it."""
    asked = {fact for place, fact in standard.questions() if not place.startswith("form.")}
    unknown = [fact for fact in standard.facts if fact in asked and facts.values.get(fact) is None]
    groups: dict[str, tuple[str, ...]] = {fact: (fact,) for fact in unknown}
    for group in standard.same_quantities if readings["same_quantity"] == "equate" else ():
        alike = tuple(fact for fact in group.facts if fact in groups)
        if len(alike) == len([fact for fact in group.facts if fact not in facts.values]) == len(group.facts):
            groups |= dict.fromkeys(alike, alike)
    found = {names: Event(names[0], names, _turns(standard, names)) for names in dict.fromkeys(groups.values())}
    return {fact: found[names] for fact, names in groups.items()}


def _turns(standard: Standard, names: tuple[str, ...]) -> dict[bool, Any]:
    """Return a value that meets the most demands on facts, and one that meets the fewest."""
    tests = [test for _, test in standard.tests() if test.fact in names]
    if not tests:
        return {}
    parts = [p for row in standard.criteria.values() for p in row.parts.values() if (p.points or 0) < 0 and p.test]
    faults = [part.test for part in parts if part.test and part.test.fact in names]  # met, they cost points
    met = {
        value: sum(COMPARE[t.operator](value, t.value) for t in tests)
        - 2 * sum(COMPARE[t.operator](value, t.value) for t in faults)
        for value in _candidates(standard, tests)
    }
    return {True: max(met, key=lambda v: (met[v], v)), False: min(met, key=lambda v: (met[v], v))}


def _candidates(standard: Standard, tests: list[Test]) -> list[Any]:
    """Return a value for each stretch that the demands' thresholds cut a fact's values into."""
    fact = standard.facts[tests[0].fact]
    if fact.kind == "boolean":
        return [True, False]
    lines = sorted({test.value for test in tests})
    found = {lines[0] - 1, lines[-1] + 1, *lines, *(whole(Fraction(a + b) / 2) for a, b in pairwise(lines))}
    if fact.kind == "count":
        found = {math.floor(v) + step for v in found for step in (-1, 0, 1)}
    return sorted(value for value in found if value >= 0 or fact.signed) or [0]


class SupposedFacts(Facts):
    """The facts, those that nobody knows supposed to have turned out one way or the other.

    A row that measures such a fact earns the most or the fewest points that any quantity can (of a ratio, the fact
    above the line decides if it is unknown).
    """

    def __init__(self, facts: Facts, events: Mapping[str, Event], supposed: Supposed) -> None:
        self.standard, self.findings = facts.standard, []
        self._favourable = {fact: supposed[event.id] for fact, event in events.items() if event.id in supposed}
        turned = {fact: events[fact].values.get(way) for fact, way in self._favourable.items()}
        self.values = {**facts.values, **{fact: value for fact, value in turned.items() if value is not None}}

    def quantity(self, rule: Measured, low: Exact, top: Exact) -> Quantity:
        """Return the quantity of a row that measures; where it is supposed, only its points."""
        ways = [self._favourable[name] for name in (rule.fact, rule.per) if name in self._favourable]
        if not ways:
            return super().quantity(rule, low, top)
        return Quantity(((rule.fact, None),), None, rule.ends(low, top)[ways[0]])


@dataclass(frozen=True)
class Chance:
    """How likely the unknown is.

    Parameters
    ----------
    unknown : float
        The chance that an unknown row, part or demand on a fact is met.
    odds : float
        What the odds of everything uncertain are multiplied by (a common factor; 1 changes nothing).
    """

    unknown: float = 0.5
    odds: float = 1.0

    @property
    def met(self) -> float:
        """The chance that an unknown is met."""
        return self.unknown * self.odds / (1 - self.unknown + self.unknown * self.odds)

    def two(self, low: Exact, high: Exact) -> dict[Exact, float]:
        """Return the lower with the chance that an unknown is not met, else the higher."""
        return _without_zeros({low: 1 - self.met, high: self.met})

    def said(self, chances: Mapping[Exact, float]) -> dict[Exact, float]:
        """Return chances of points as given, tilted by the odds in proportion to the place between the ends."""
        if self.odds == 1 or len(chances) < 2:
            return dict(chances)
        low, high = min(chances), max(chances)
        tilted = {
            points: p * self.odds ** float(Fraction(points - low) / (high - low)) for points, p in chances.items()
        }
        together = sum(tilted.values())
        return {points: p / together for points, p in tilted.items()}


def _without_zeros(chances: dict[Any, float]) -> dict[Any, float]:
    return {outcome: p for outcome, p in chances.items() if p > 0}


@dataclass
class RowChances:
    """The chances of one row: which events it hangs on, and its outcomes once those have turned out.

    What an answer or the known facts settle stays, whatever unknown facts turn out to be.
    """

    row: Criterion
    answer: Answer | None
    facts: Facts
    events: Mapping[str, Event]
    readings: dict[str, str]
    left_out: bool = field(init=False)
    uses: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        gate = self.row.applies
        self._applies = gate if gate and gate.fact in self.events else None
        self._bare = self.row.model_copy(update={"applies": None}) if self._applies else self.row
        found = self._found = self._scored(self._bare, self.answer, self.facts)
        self.left_out = found.left_out
        self._tied, self._free = self._by_parts(found)
        asked = [self._applies.fact] if self._applies and not found.left_out else []
        if not found.left_out:
            asked += [part.test.fact for part in self._tied if part.test] + self._measured(found)
        self.uses = frozenset(self.events[fact].id for fact in asked)

    def _scored(self, row: Criterion, answer: Answer | None, facts: Facts) -> CriterionResult:
        return score_row(row, answer, facts, self.readings, facts.standard.rounding_step)

    @property
    def _is_silent(self) -> bool:
        """Whether the answer says nothing of the row as a whole."""
        return self.answer is None or self.answer.form == "parts" or self.answer.state == "unknown"

    def _by_parts(self, found: CriterionResult) -> tuple[list[PartResult], list[PartResult]]:
        """Return the unknown parts that decide the row: those that hang on an event, and the others.

        A row of which nothing at all is said is met or not as a whole.
        """
        unknown = [part for part in found.parts if part.state == "unknown"]
        spoken = (self.answer is not None and self.answer.form == "parts") or any(part.test for part in found.parts)
        kind = self.row.rule.kind if self.row.rule else "parts"
        if found.state != "unknown" or not self._is_silent or not spoken or kind in ("levels", "expert"):
            return [], []
        tied = [part for part in unknown if part.test and part.test.fact in self.events]
        return tied, [part for part in unknown if part not in tied]

    def _measured(self, found: CriterionResult) -> list[str]:
        """Return the unknown fact that a row which measures hangs on."""
        rule = self.row.rule.measured if self.row.rule else None
        if rule is None or found.state != "unknown" or not self._is_silent:
            return []
        return [name for name in (rule.fact, rule.per) if name and name in self.events][:1]

    def given(self, supposed: Supposed, chance: Chance) -> dict[Outcome, float]:
        """Return the chance of each outcome, the events having turned out as supposed (at least those it uses)."""
        own = {event: way for event, way in supposed.items() if event in self.uses}
        if self._applies and not self.left_out:
            event = self.events[self._applies.fact]
            if not event.meets(self._applies, own[event.id]):
                return {Outcome(0, self.row.max_score or 0, False, False): 1.0}
        facts = SupposedFacts(self.facts, self.events, own)
        if self._tied or self._free:
            return self._of_patterns(facts, chance)
        found = self._scored(self._bare, self.answer, facts) if self._measured(self._found) else self._found
        return self._of_span(found, chance)

    def _of_span(self, found: CriterionResult, chance: Chance) -> dict[Outcome, float]:
        """Return the outcomes of a row that is settled, named in points, or unknown as a whole."""
        top = self.row.max_score
        if found.state != "unknown" or not found.applies:
            return {_outcome(found): 1.0}
        if top is None:
            return {
                Outcome(0, 0, True, way): p
                for way, p in _without_zeros({False: 1 - chance.met, True: chance.met}).items()
            }
        said = {} if found.contradiction else self._named()
        points = chance.said(said) if said else chance.two(found.secured, found.possible)
        outcomes: dict[Outcome, float] = defaultdict(float)
        for value, p in points.items():
            outcomes[Outcome(value, top, True, value == top)] += p
        return dict(outcomes)

    def _named(self) -> dict[Exact, float]:
        """Return the chances of the points that an answer names: as given, or equally likely over a range's steps."""
        answer, rule, step = self.answer, self.row.rule, self.facts.standard.rounding_step
        named: dict[Exact, float] = defaultdict(float)
        ends = answer.range if answer else None
        if answer and answer.level is not None and rule and rule.levels:
            ends = rule.levels[str(answer.level)].points
        if answer and answer.chances is not None:
            together = sum(float(p) for _, p in answer.chances)
            pairs = [(points, float(p) / together) for points, p in answer.chances if p > 0]
        elif ends is not None:
            step = rule.expert.step if rule and rule.expert and rule.expert.step else step
            values = list(steps_between(*ends, step))
            pairs = [(value, 1 / len(values)) for value in values]
        else:
            return {}
        for points, p in pairs:
            is_rounded = self.readings["rounding"] == "row"
            named[rounded(points, self.facts.standard.rounding_step) if is_rounded else points] += p
        return dict(named)

    def _of_patterns(self, facts: Facts, chance: Chance) -> dict[Outcome, float]:
        """Return the outcomes over every pattern of unknown parts; parts that count alike are counted."""
        settled = {part.part.id: part.state for part in self._found.parts if part not in self._tied}
        tests = {part.part.id for part in self._tied}
        bare = {key: p if key in tests else p.model_copy(update={"test": None}) for key, p in self.row.parts.items()}
        row = self._bare.model_copy(update={"parts": bare})
        alike: dict[Any, list[str]] = defaultdict(list)
        for part in self._free:
            alike[part.part.weight, part.part.points].append(part.part.id)
        patterns = math.prod(len(group) + 1 for group in alike.values())
        if patterns > MOST_PATTERNS:
            raise TooLarge(patterns)
        outcomes: dict[Outcome, float] = defaultdict(float)
        for counts in product(*(range(len(group) + 1) for group in alike.values())):
            states, p = dict(settled), 1.0
            for group, count in zip(alike.values(), counts, strict=True):
                p *= math.comb(len(group), count) * chance.met**count * (1 - chance.met) ** (len(group) - count)
                fault = (self.row.parts[group[0]].points or 0) < 0  # which is in the subject's favour if not met
                states |= {key: "met" if (i < count) != fault else "unmet" for i, key in enumerate(group)}
            if p > 0:
                outcomes[_outcome(self._scored(row, Answer.model_validate({"parts": states}), facts))] += p
        return dict(outcomes)


def steps_between(low: Exact, high: Exact, step: Exact) -> Iterator[Exact]:
    """Yield the points of a range: from its lower end on by steps, and its upper end."""
    value = low
    while value < high:
        yield value
        value = whole(Fraction(value) + step)
    yield high


def _outcome(found: CriterionResult) -> Outcome:
    return Outcome(found.secured, found.maximum, found.applies, found.state == "met")


def ways(events: Iterable[str], met: float) -> Iterator[tuple[dict[str, bool], float]]:
    """Yield every way in which events can turn out together, with its chance."""
    names = list(events)
    for turned in product((True, False), repeat=len(names)):
        p = math.prod(met if way else 1 - met for way in turned)
        if p > 0:
            yield dict(zip(names, turned, strict=True)), p
