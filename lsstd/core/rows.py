"""The score of one row, as a span from what is secured to what is possible.

A row has two witnesses: what is answered, and what the facts say of its parts. Where both can be true, the row
lies where they agree; where they contradict each other, the secured score takes the lower and the possible
score the higher.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lsstd.core.assessment import Answer
from lsstd.core.exact import Exact, rounded, whole
from lsstd.core.facts import Facts
from lsstd.core.result import CriterionResult, Known, PartResult, RowState
from lsstd.core.standard import Criterion, Part


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


def _span_of(state: str, top: Exact = 1) -> Span:
    span = _OF_STATE.get(state, _OPEN)
    return span if top == 1 else Span(span.low * top, span.high * top)


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
        What decides parts that have a threshold.
    readings : dict of str to str
        ``compound_rows``, ``bonus``, ``recommended_rows`` and ``rounding`` are used here.
    rounding_step : Exact
        What points are rounded to where a reading rounds.
    """
    top = row.max_score
    if readings["recommended_rows"] == "left_out" and row.provision.kind == "recommendation":
        return CriterionResult(row, "not_applicable", 0, 0, 0, answer, (), False)
    counted = [part for part in row.parts.values() if not (part.bonus and readings["bonus"] == "ignored")]
    share = whole(Fraction(1, len(counted) or 1))
    parts = tuple(_score_part(part, share, answer, facts) for part in counted)
    weight = 1 if top is None else top
    every = top is None or readings["compound_rows"] == "all"
    by_parts = _combine(parts, every, weight)
    span, contradicts = by_parts, False
    if answer and answer.state in _OF_STATE:
        span, contradicts = by_parts.agreed(_span_of(answer.state, weight))
    if top is not None and (said := _spoken(answer)):
        span, contradicts = _points_said(said, parts, top)
    if top is not None and readings["rounding"] == "row":
        span = Span(rounded(span.low, rounding_step), rounded(span.high, rounding_step))
    state = _state(span, weight)
    contradicts = contradicts or any(part.contradiction for part in parts)
    low, high = (span.low, span.high) if top is not None else (0, 0)
    return CriterionResult(row, state, low, high, top or 0, answer, parts, contradicts)


def _score_part(part: Part, share: Exact, answer: Answer | None, facts: Facts) -> PartResult:
    """Hear both witnesses on one part."""
    said: Known = "unknown"
    if answer and answer.parts and answer.parts.get(part.id) in _OF_STATE:
        said = "met" if answer.parts[part.id] == "met" else "unmet"
    span = _span_of(said)
    if part.test is None:
        return PartResult(part, share, span.low, span.high, said, None, False)
    test = facts.test(part.test)
    span, contradicts = span.agreed(_span_of(test.state))
    return PartResult(part, share, span.low, span.high, said, test, contradicts)


def _combine(parts: tuple[PartResult, ...], every: bool, top: Exact) -> Span:
    """Return the row's span from its parts: each its share, or all or nothing."""
    if not parts:
        return Span(0, top)
    if every:
        return Span(min(part.low for part in parts) * top, min(part.high for part in parts) * top)
    low, high = sum(part.low for part in parts), sum(part.high for part in parts)
    count = len(parts)  # equal shares
    least = whole(Fraction(low * top, count))
    return Span(least, least if high == low else top if high == count else whole(Fraction(high * top, count)))


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


def _points_said(said: Span, parts: tuple[PartResult, ...], top: Exact) -> tuple[Span, bool]:
    """Hold points answered outright against the facts, whatever the credit for parts; say whether they contradict.

    Where facts decide every part alike they settle the row. Where they fail one of several, points beyond equal
    shares of the others contradict them (so that, among other things, more points never secure less).
    """
    by_fact = {part.test.state if part.test else "unknown" for part in parts}
    if by_fact in ({"met"}, {"unmet"}):
        settled = top if by_fact == {"met"} else 0
        if said.low <= settled <= said.high:
            return Span(settled, settled), False
        return Span(min(said.low, settled), max(said.high, settled)), True
    left = _combine(parts, False, top).high if "unmet" in by_fact else top
    return Span(min(said.low, left), said.high), said.low > left


def _state(span: Span, top: Exact) -> RowState:
    """Name the state of a row."""
    if span.high > span.low:
        return "unknown"
    return "met" if span.low == top else "unmet" if span.high == 0 else "partly"
