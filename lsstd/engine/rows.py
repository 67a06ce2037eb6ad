"""The score of one row, as a span from what is secured to what is possible.

A row has two witnesses: what is answered, and what the facts say of its parts. Where both can be true, the row
lies where they agree; where they contradict each other, the secured score takes the lower and the possible
score the higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from lsstd.assessment.assessment import Answer
from lsstd.engine.facts import Facts
from lsstd.engine.result import CriterionResult, Known, PartResult, Quantity, RowState
from lsstd.exact import Exact, rounded, whole
from lsstd.standard.scoring_table import MEASURED, Criterion, Part


@dataclass(frozen=True, slots=True)
class Span:
    """From the lowest to the highest that a number can be."""

    low: Exact
    high: Exact

    def agreed(self, other: Span) -> tuple[Span, bool]:
        """Return where two spans agree, or the span from one to the other, and whether they contradict."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return (Span(low, high), False) if low <= high else (Span(high, low), True)


_OPEN = Span(0, 1)
_OF_STATE = {"met": Span(1, 1), "unmet": Span(0, 0)}


@dataclass(frozen=True, slots=True)
class _Scale:
    """What a row can be worth: at least, where it is not met, and at most (0 and 1 of a row without points)."""

    least: Exact
    unmet: Exact
    top: Exact

    def of_state(self, state: str) -> Span:
        return {"met": Span(self.top, self.top), "unmet": Span(self.unmet, self.unmet)}[state]

    def of(self, weight: Exact, weights: Exact) -> Exact:
        """Return a share of the maximum, but no less than the floor."""
        if weight == weights:
            return self.top
        return max(whole(Fraction(weight * self.top) / weights), self.unmet) if weight else self.unmet


def score_row(
    row: Criterion, answer: Answer | None, facts: Facts, readings: dict[str, str], rounding_step: Exact
) -> CriterionResult:
    """Score one row.

    Parameters
    ----------
    row : Criterion
    answer : Answer or None
        What is said of the row; None is unknown.
    facts : Facts
        What decides parts that have a threshold, and rows whose rule measures.
    readings : dict of str to str
        ``compound_rows``, ``bonus``, ``recommended_rows`` and ``rounding`` are used here.
    rounding_step : Exact
        What points are rounded to where a reading rounds.
    """
    if readings["recommended_rows"] == "left_out" and row.provision.kind == "recommendation":
        return CriterionResult(row, "not_applicable", 0, 0, 0, answer, (), False, applies=False, left_out=True)
    applies = facts.test(row.applies).state if row.applies else "met"
    top = row.max_score
    if applies == "unmet" or (answer and answer.state == "not_applicable"):
        return CriterionResult(row, "not_applicable", 0, 0, top or 0, answer, (), False, applies=False)
    scale = _Scale(0, 0, 1) if top is None else _Scale(row.min_score, row.lowest, top)
    kind = row.kind_under(readings["compound_rows"])
    parts = _parts(row, answer, facts, readings)
    quantity = facts.quantity(row.rule.measured, scale.least, scale.top) if row.rule and row.rule.measured else None
    by_rule = _by_rule(row, kind, parts, quantity, scale)
    span, contradicts = by_rule, False
    if answer and answer.state in _OF_STATE:
        span, contradicts = by_rule.agreed(scale.of_state(answer.state))
    elif row.rule and row.rule.levels and answer and answer.level is not None:
        span, contradicts = by_rule.agreed(Span(*row.rule.levels[str(answer.level)].points))
    if top is not None and (said := _spoken(answer)):
        settles = by_rule if kind in ("points", *MEASURED) else _by_facts(parts, scale)
        span, contradicts = _points_said(said, settles)
    if applies == "unknown":
        span = Span(min(0, scale.least), scale.top)
    if top is not None and readings["rounding"] == "row":
        span = Span(rounded(span.low, rounding_step), rounded(span.high, rounding_step))
    settled: RowState = "met" if span.low == scale.top else "unmet" if span.high <= scale.unmet else "partly"
    state: RowState = "unknown" if span.high > span.low else settled
    contradicts = contradicts or any(part.contradiction for part in parts)
    low, high = (span.low, span.high) if top is not None else (0, 0)
    return CriterionResult(row, state, low, high, top or 0, answer, parts, contradicts, quantity)


def _parts(row: Criterion, answer: Answer | None, facts: Facts, readings: dict[str, str]) -> tuple[PartResult, ...]:
    """Hear both witnesses on each part that counts."""
    counted = [part for part in row.parts.values() if not (part.bonus and readings["bonus"] == "ignored")]
    weights = sum(part.weight for part in counted) or 1
    return tuple(_score_part(part, _share(part.weight, weights), answer, facts) for part in counted)


@cache
def _share(weight: Exact, weights: Exact) -> Exact:
    return whole(Fraction(weight) / weights)


def _score_part(part: Part, share: Exact, answer: Answer | None, facts: Facts) -> PartResult:
    """Hear both witnesses on one part."""
    said: Known = "unknown"
    if answer and answer.parts and answer.parts.get(part.id) in _OF_STATE:
        said = "met" if answer.parts[part.id] == "met" else "unmet"
    span = _OF_STATE.get(said, _OPEN)
    if part.test is None:
        return PartResult(part, share, span.low, span.high, said, None, False)
    test = facts.test(part.test)
    span, contradicts = span.agreed(_OF_STATE.get(test.state, _OPEN))
    return PartResult(part, share, span.low, span.high, said, test, contradicts)


def _by_rule(
    row: Criterion, kind: str, parts: tuple[PartResult, ...], quantity: Quantity | None, scale: _Scale
) -> Span:
    """Return what the rule makes of parts and facts."""
    if row.rule and row.rule.measured:
        if quantity and quantity.points is not None:
            return Span(quantity.points, quantity.points)
        return Span(*row.rule.measured.ends(scale.least, scale.top))
    if row.rule and row.rule.levels:
        ends = [end for level in row.rule.levels.values() for end in level.points]
        return Span(min(scale.unmet, *ends), max(ends))
    if row.rule and row.rule.points:
        return _added(row.rule.points.start, parts, scale)
    if not parts or kind == "expert":
        return Span(scale.least, scale.top)
    if kind == "shares":
        return _shared(parts, scale)
    needed = row.rule.at_least.parts if row.rule and row.rule.at_least else len(parts)
    counts = (sum(part.low for part in parts), sum(part.high for part in parts))
    return Span(*(scale.top if count >= needed else scale.unmet for count in counts))


def _shared(parts: tuple[PartResult, ...], scale: _Scale) -> Span:
    """Return the span in which each part counts its share."""
    low, high = sum(p.part.weight * p.low for p in parts), sum(p.part.weight * p.high for p in parts)
    weights = sum(part.part.weight for part in parts)
    least = scale.of(low, weights)
    return Span(least, least if high == low else scale.of(high, weights))


def _added(start: Exact, parts: tuple[PartResult, ...], scale: _Scale) -> Span:
    """Return the span in which each part that is met adds its points, or takes them."""
    low = high = start
    for part in parts:
        points = part.part.points or 0
        low += points * (part.low if points > 0 else part.high)
        high += points * (part.high if points > 0 else part.low)
    return Span(*(whole(min(max(end, scale.least), scale.top)) for end in (low, high)))


def _spoken(answer: Answer | None) -> Span | None:
    """Return the span of points that an answer names outright, if it names any."""
    if answer is None:
        return None
    if answer.score is not None:
        return Span(answer.score, answer.score)
    if answer.range is not None:
        return Span(*answer.range)
    scores = [score for score, chance in answer.chances or () if chance > 0]
    return Span(min(scores), max(scores)) if scores else None


def _by_facts(parts: tuple[PartResult, ...], scale: _Scale) -> Span:
    """Return the points that facts leave to a row answered in points, whatever the credit for parts.

    Where facts decide every part alike they settle the row. Where they fail one of several, points beyond the shares
    of the others contradict them (so that, among other things, more points never secure less).
    """
    by_fact = {part.test.state if part.test else "unknown" for part in parts}
    if by_fact in ({"met"}, {"unmet"}):
        return scale.of_state(by_fact.pop())
    return Span(scale.least, _shared(parts, scale).high if "unmet" in by_fact else scale.top)


def _points_said(said: Span, left: Span) -> tuple[Span, bool]:
    """Hold points answered outright against what facts leave; say whether they contradict."""
    if left.low == left.high:
        settled = left.low
        if said.low <= settled <= said.high:
            return left, False
        return Span(min(said.low, settled), max(said.high, settled)), True
    return Span(min(said.low, left.high), max(said.high, left.low)), said.low > left.high or said.high < left.low
