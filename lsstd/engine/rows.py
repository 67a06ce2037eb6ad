"""The score of one row, as a span from what is secured to what is possible.

A row has two witnesses: what is answered, and what the facts say of its parts. Where both can be true, the row
lies where they agree; where they contradict each other, the secured score takes the lower and the possible
score the higher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from lsstd.assessment.assessment import Answer
from lsstd.engine.facts import Facts
from lsstd.engine.result import CriterionResult, Known, PartResult, Quantity, RowState, TestResult
from lsstd.engine.tree import EXACT, KNOWN, Condition
from lsstd.exact import Exact, Rounding, portion, rounded
from lsstd.standard.scoring_table import MEASURED, Criterion, Part

V = TypeVar("V")
State: TypeAlias = tuple[Part, Condition, Condition]
"""A part of a row: whether it is met for certain, and whether it can be."""


class Span(NamedTuple, Generic[V]):
    """From the lowest to the highest that a number can be."""

    low: V
    high: V


# ── the rules, in whatever numbers ───────────────────────────────────────────────────────────────────────────────────


class Rules(NamedTuple, Generic[V]):
    """How one row earns its points, in the numbers of whoever asks: at least, where it is not met, at most."""

    row: Criterion
    kind: str  # its rule, or what a reading makes of a row without one
    points: Any  # what points are counted in, `EXACT` numbers or columns, and what counts conditions and shares by them
    least: Any
    unmet: Any
    top: Any

    @classmethod
    def of(cls, row: Criterion, kind: str, points: Any) -> Rules[V]:
        """Return the rules of a row."""
        return cls(row, kind, points, *map(points.constant, row.ends))

    def by_rule(self, states: Sequence[State], measured: Span[V] | None = None) -> Span[V]:
        """Return what the rule makes of parts, or of what a fact measures."""
        rule = self.row.rule
        if measured is not None:
            return measured
        if rule and rule.levels:
            ends = [self.points.constant(end) for level in rule.levels.values() for end in level.points]
            return Span(min(self.unmet, *ends), max(ends))
        if rule and rule.points:
            return self._added(rule.points.start, states)
        if not states or self.kind == "expert":
            return Span(self.least, self.top)
        if self.kind == "shares":
            return self._shared(states)
        demands = [state for state in states if not state[0].bonus]
        needed = min(rule.at_least.parts, len(demands)) if rule and rule.at_least else len(demands)
        counts = (self.points.count([state[side] for state in demands]) for side in (1, 2))
        pairs = zip(counts, self._with_bonuses(states), strict=True)
        return Span(*(self.points.where(count >= needed, worth, self.unmet) for count, worth in pairs))

    def _with_bonuses(self, states: Sequence[State]) -> Span[V]:
        """Return what a row is worth once its demands are met: everything but the shares of bonuses not earned."""
        if self.row.max_score is None or not any(state[0].bonus for state in states):
            return Span(self.top, self.top)
        return self._shared([state if state[0].bonus else (state[0], True, True) for state in states])

    def _shared(self, states: Sequence[State]) -> Span[V]:
        """Return the span in which each part counts its share of the maximum, but no less than the floor."""
        top, share, weights = self.row.max_score or 0, self.points.share, [state[0].weight for state in states]
        low, high = share(top, weights, [state[1] for state in states]), share(top, weights, [s[2] for s in states])
        return Span(low, high) if self.row.lowest == 0 else self._held(low, high, self.unmet)

    def _added(self, start: Exact, states: Sequence[State]) -> Span[V]:
        """Return the span in which each part that is met adds its points, or takes them."""
        low = high = self.points.constant(start)
        for part, is_met, can_be in states:
            worth = self.points.constant(part.points or 0)
            first, last = (is_met, can_be) if (part.points or 0) > 0 else (can_be, is_met)
            low, high = low + worth * first, high + worth * last
        return self._held(low, high, self.least)

    def _held(self, low: Any, high: Any, least: Any) -> Span[V]:
        return Span(*(self.lower(self.higher(end, least), self.top) for end in (low, high)))

    def left_by_facts(self, tests: Sequence[State]) -> Span[V]:
        """Return the points that facts leave to a row answered in points, whatever the credit for parts.

        Where facts decide every part alike they settle the row. Where they fail one of several, points beyond the
        shares of the others contradict them (so that, among other things, more points never secure less).
        """
        if not tests:
            return Span(self.least, self.top)
        where, every = self.points.where, len(tests)
        met, failed = self.points.count([t[1] for t in tests]), every - self.points.count([t[2] for t in tests])
        high = where(failed > 0, self._shared(tests).high, self.top)
        low = where(met == every, self.top, where(failed == every, self.unmet, self.least))
        return Span(low, where(failed == every, self.unmet, high))

    def points_said(self, said: Span[V], left: Span[V]) -> Span[V]:
        """Hold points answered outright against what facts leave."""
        low, high = self.lower(said.low, left.high), self.higher(said.high, left.low)
        settled: Any = left.low
        lies_within = (settled == left.high) & (said.low <= settled) & (settled <= said.high)
        return Span(self.points.where(lies_within, settled, low), self.points.where(lies_within, settled, high))

    def lower(self, one: Any, other: Any) -> Any:
        """Return the lower of two numbers."""
        return self.points.where(one <= other, one, other)

    def higher(self, one: Any, other: Any) -> Any:
        """Return the higher of two numbers."""
        return self.points.where(one >= other, one, other)


# ── one row of one assessment ────────────────────────────────────────────────────────────────────────────────────────


def agreed(one: tuple[Exact, Exact], other: tuple[Exact, Exact]) -> Span[Exact]:
    """Return where two witnesses agree; where they contradict each other, the span between them."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return Span(low, high) if low <= high else Span(high, low)


_OF_STATE = {"met": (1, 1), "unmet": (0, 0)}


def score_row(
    row: Criterion, answer: Answer | None, facts: Facts, readings: dict[str, str], rounding: Rounding
) -> CriterionResult:
    """Score one row by what is said of it, and by the facts that decide parts with a threshold and what is measured.

    The readings ``compound_rows``, ``bonus``, ``missed_threshold``, ``recommended_rows`` and ``rounding`` are at work.
    """
    if readings["recommended_rows"] == "left_out" and row.is_recommended:
        return CriterionResult(row, "not_applicable", 0, 0, 0, answer, (), False, applies=False, left_out=True)
    applies = facts.test(row.applies).state if row.applies else "met"
    top, parts = row.max_score, _parts(row, answer, facts, readings)
    if applies == "unmet" or (answer and answer.state == "not_applicable") or parts is None:
        return CriterionResult(row, "not_applicable", 0, 0, top or 0, answer, (), False, applies=False)
    kind = row.kind_under(readings["compound_rows"])
    rules: Rules[Exact] = Rules(row, kind, EXACT, *row.ends)
    quantity = facts.quantity(row.rule.measured, rules.least, rules.top) if row.rule and row.rule.measured else None
    states = [(p.part, *KNOWN[p.state]) for p in parts]
    left = span = rules.by_rule(states, _measured(row, quantity, rules))
    if said := _settled(rules, answer):
        span = agreed(left, said)
    elif top is not None and (said := _spoken(answer)):
        left = left if kind in ("points", *MEASURED) else rules.left_by_facts(states)
        span = rules.points_said(said, left)
    contradicts = any(part.contradiction for part in parts)
    contradicts |= said is not None and (said.low > left.high or said.high < left.low)
    if applies == "unknown":
        span = Span(min(0, rules.least), rules.top)
    if top is not None and readings["rounding"] == "row":
        span = Span(*(rounded_row(row, end, rounding) for end in span))
    settled: RowState = "met" if span.low == rules.top else "unmet" if span.high <= rules.unmet else "partly"
    state: RowState = "unknown" if span.high > span.low else settled
    low, high = span if top is not None else (0, 0)
    return CriterionResult(row, state, low, high, top or 0, answer, parts, contradicts, quantity)


def rounded_row(row: Criterion, points: Exact, rounding: Rounding) -> Exact:
    """Round a row's points, but never beyond what it can be worth."""
    return min(max(rounded(points, rounding), row.min_score), row.max_score or 0)


def _settled(rules: Rules[Exact], answer: Answer | None) -> Span[Exact] | None:
    """Return what an answer by state or level says that a row is worth, if it is one."""
    if answer and answer.state in _OF_STATE:
        return Span(rules.top, rules.top) if answer.state == "met" else Span(rules.unmet, rules.unmet)
    level = rules.row.level(answer.level) if answer and answer.level is not None else None
    return Span(*level.points) if level else None


def _measured(row: Criterion, quantity: Quantity | None, rules: Rules[Exact]) -> Span[Exact] | None:
    """Return the points that a quantity earns; while it is unknown, the fewest and the most that any can."""
    if row.rule is None or row.rule.measured is None:
        return None
    if quantity and quantity.points is not None:
        return Span(quantity.points, quantity.points)
    return Span(*row.rule.measured.ends(rules.least, rules.top))


def _parts(
    row: Criterion, answer: Answer | None, facts: Facts, readings: dict[str, str]
) -> tuple[PartResult, ...] | None:
    """Hear both witnesses on each part that counts; None where every one is said not to apply."""
    if not (known := row.parts_under(readings["bonus"])):
        return ()
    answers = (answer and answer.parts) or {}
    counted = [part for part in known if answers.get(part.id) != "not_applicable"] if answers else known
    outright = answer is not None and answer.parts is None and answer.state != "unknown"
    weights, found = sum([part.weight for part in counted]) or 1, []
    for part in counted:
        said: Known = answers.get(part.id, "unknown")  # type: ignore[assignment]  # those set aside do not count
        share, test = portion(1, part.weight, weights), facts.test(part.test) if part.test else None
        if test and test.state not in ("unknown", said):
            is_heard = outright or said != "unknown"
            if not (is_heard and test.state == "unmet" and part.is_only_shown(readings["missed_threshold"])):
                found.append(_decided(part, share, said, test))
                continue
        found.append(PartResult(part, share, said, test, False))
    return tuple(found) or None


def _decided(part: Part, share: Exact, said: Known, test: TestResult) -> PartResult:
    """Return a part that its fact decides; if the fact contradicts an answer, the part stays unknown."""
    contradict = said != "unknown"
    return PartResult(part, share, "unknown" if contradict else test.state, test, contradict)


def _spoken(answer: Answer | None) -> Span[Exact] | None:
    """Return the span of points that an answer names outright, if it names any."""
    if answer is None:
        return None
    if answer.score is not None:
        return Span(answer.score, answer.score)
    if answer.range is not None:
        return Span(*answer.range)
    scores = [score for score, chance in answer.chances or () if chance > 0]
    return Span(min(scores), max(scores)) if scores else None
