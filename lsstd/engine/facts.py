"""The facts of an assessment: as given, counted from dates, or taken from their like under a reading."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from lsstd.assessment.assessment import Assessment, FactEntry, years_between
from lsstd.engine.result import Finding, Known, Quantity, Result, TestResult
from lsstd.exact import Exact, shown, whole
from lsstd.standard.document import CrossCheck
from lsstd.standard.scoring_table import COMPARE, Fact, Measured, Test
from lsstd.standard.standard import SameQuantity, Standard
from lsstd.standard.wording import named, required_text, value_text
from lsstd.words import Text, in_turn, join, msg, noted, paired, printable, same


class Facts:
    """The value of every fact of a standard for one assessment; None is unknown.

    Under the reading ``same_quantity: equate`` a fact that is not given takes the value of its like.
    """

    def __init__(self, standard: Standard, assessment: Assessment, readings: dict[str, str]) -> None:
        self.standard = standard
        self.findings: list[Finding] = []
        self.values: dict[str, Any] = {
            key: entry.value for key, entry in assessment.facts.items() if entry.value is not None
        }
        self._count_years(assessment.as_of)
        for check in standard.cross_checks.values():
            self._cross_check(check)
        told = {key for finding in self.findings for key in finding.facts}
        for key, value in self.values.items():
            if key not in told and (doubt := percent_doubt(standard.facts[key], value)):
                self._note("cross_check", key, doubt)
        for group in standard.same_quantities:
            self._compare(group, equate=readings["same_quantity"] == "equate")

    @classmethod
    def of(cls, result: Result) -> Facts:
        """Return the facts that a result rests on."""
        return cls(result.standard, result.assessment, result.readings)

    def _count_years(self, as_of: str | None) -> None:
        """Count numbers of years from their dates, where they are not given themselves."""
        for fact in self.standard.facts.values():
            start = self.values.get(fact.years_since or "")
            if start is not None and (message := self._counted(fact, start, as_of)):
                self._note("cross_check", fact.id, message)

    def _counted(self, fact: Fact, start: str, as_of: str | None) -> Text | None:
        """Count one number of years; return what is wrong with its date, or with what is given beside it."""
        label, since = fact.label, self.standard.facts[fact.years_since or ""].label
        if not as_of:
            return msg(
                "{fact}: without a reference day (as_of) it cannot be counted from “{since}: {start}”",
                fact=label,
                since=since,
                start=start,
            )
        counted = years_between(start, as_of)
        given = self.values.setdefault(fact.id, counted)
        if counted < 0:
            return msg("{since}, {start}, is after {as_of}", since=since, start=start, as_of=as_of)
        if counted - 1 < given <= counted:
            self._tell_other_days(fact, start, as_of, given)
            return None
        both = [value_text(years, fact.unit) for years in (given, counted)]
        return msg(
            "{fact}: {given} given, {by_date} by “{since}: {start}”",
            fact=label,
            given=both[0],
            by_date=both[1],
            since=since,
            start=start,
        )

    def _tell_other_days(self, fact: Fact, start: str, as_of: str, given: Exact) -> None:
        """Tell where the day up to which, or from which, years are counted decides a demand; no text names it."""
        others = {day: counted for day, counted in other_days(start, as_of) if counted != given}
        tests = [test for _, test in self.standard.tests() if test.fact == fact.id] if others else []
        for day, counted in others.items():
            if any(test.meets(given) != test.meets(counted) for test in tests):
                message = msg(
                    "{fact}: {given}, {how}; counted {day} it would be {other}, which changes the outcome",
                    fact=fact.label,
                    given=value_text(given, fact.unit),
                    how=tell_counting(start, as_of),
                    day=day,
                    other=value_text(counted, fact.unit),
                )
                self._note("reading_matters", fact.id, message)

    def _note(self, code: str, fact: str, message: Text) -> None:
        self.findings.append(Finding(code, self.standard.clause_asking(fact), message, (fact,)))

    def _cross_check(self, check: CrossCheck) -> None:
        """Hold one fact against another, or against a number."""
        left = self.values.get(check.left)
        right = self.values.get(check.right) if isinstance(check.right, str) else check.right
        if left is None or right is None or COMPARE[check.operator](left, right):
            return
        found = {side: value for side, value in ((check.left, left), (check.right, right)) if isinstance(side, str)}
        named = ((self.standard.facts[fact], value) for fact, value in found.items())
        values = in_turn(msg("{fact} {value}", fact=f.label, value=value_text(value, f.unit)) for f, value in named)
        message = msg("{gloss}, but {values}", gloss=check.gloss, values=values)
        self.findings.append(Finding("cross_check", check.clause, message, tuple(found)))

    def _compare(self, group: SameQuantity, equate: bool) -> None:
        """Compare facts that may be one; take them as one only where the reading says so."""
        given = {self.values[fact] for fact in group.facts if fact in self.values}
        missing = [fact for fact in group.facts if fact not in self.values]
        wanted = missing if equate else [fact for fact in missing if fact in self.standard.tested_facts]
        if not given or not (wanted or (equate and len(given) > 1)):
            return
        names = join(self.standard.facts[fact].label for fact in group.facts)
        if equate and len(given) > 1:
            told = msg("{names}: they differ, so are not taken as one", names=names)
        elif equate:
            self.values.update(dict.fromkeys(missing, given.pop()))
            told = msg("{names}: taken as one quantity, as read", names=names)
        else:
            told = msg(
                "{names}: perhaps one quantity, but not all are given; if they are one, give each, or "
                "read them as one (--reading same_quantity=equate)",
                names=names,
            )
        self.findings.append(Finding("same_quantity", ", ".join(group.clauses), told, group.facts))

    def quantity(self, rule: Measured, low: Exact, top: Exact) -> Quantity:
        """Return what decides a row that measures, and the points that it earns; unknown while a fact is."""
        names = (rule.fact,) if rule.per is None else (rule.fact, rule.per)
        found = tuple((name, self.values.get(name)) for name in names)
        given = [value for _, value in found if value is not None]
        if len(given) < len(names) or (rule.per and given[1] == 0):
            return Quantity(found, None, None)
        value: Exact = whole(Fraction(given[0]) / given[1]) if rule.per else given[0]
        return Quantity(found, value, rule.points_at(value, low, top))

    def decided(self) -> dict[str, Known]:
        """Return, by each indicator that counts only under a condition, whether that holds."""
        return {key: self.test(node.applies).state for key, node in self.standard.indicators.items() if node.applies}

    def test(self, test: Test) -> TestResult:
        """Hold a fact against a demand."""
        found = self.values.get(test.fact)
        state: Known = "unknown"
        if found is not None:
            state = "met" if test.meets(found) else "unmet"
        return TestResult(test.fact, found, test.operator, test.value, self.standard.facts[test.fact].unit, state)


def other_days(start: str, as_of: str) -> Iterator[tuple[Text, Exact]]:
    """Yield other days from which, or up to which, years could be counted as well, and the years then."""
    if as_of[5:] != "12-31":  # 上一年度末: the last year that ended on or before the reference day
        year_end = f"{int(as_of[:4]) - 1}-12-31"
        yield msg("up to the end of the previous year, {day},", day=year_end), years_between(start, year_end)
    if len(start) == 7:
        yield msg("from the first day of {month}", month=start), years_between(f"{start}-01", as_of)


def tell_counting(start: str, as_of: str) -> Text:
    """Tell from which day to which years are counted."""
    first = msg("the last day of {month} (no day is given)", month=start) if len(start) == 7 else start
    return msg("counted in whole months from {first} to the reference day, {as_of}", first=first, as_of=as_of)


def tell_test(standard: Standard, test: TestResult) -> Text:
    """Tell a demand and what was found: ``live rooms: 14 (required ≥ 10)``."""
    fact = standard.facts[test.fact]
    label, found = fact.label, value_text(named(fact, test.found), test.unit)
    required = required_text(test.operator, named(fact, test.required), test.unit)
    return msg("{label}: {found} (required: {required})", label=label, found=found, required=required)


def tell_fact(standard: Standard, name: str, value: Any) -> Text:
    """Tell a fact and its value: ``complaints: 3``."""
    fact = standard.facts[name]
    return paired(fact.label, value_text(value, fact.unit))


def tell_figure(fact: Fact, entry: FactEntry) -> Text:
    """Tell a fact's value with the time that it covers and its source, as far as these are given."""
    told = paired(fact.label, value_text(entry.value, fact.unit))
    about = [text for text in (period_text(entry.period), entry.source and same(printable(entry.source))) if text]
    return noted(told, join(about)) if about else told


def period_text(period: str | None) -> Text | None:
    """Tell the time that a figure covers: ``2024-07 to 2025-06``."""
    start, _, end = (period or "").partition("/")
    return msg("{start} to {end}", start=start, end=end) if end else same(start) if start else None


def all_of(states: list[Known]) -> Known:
    """Return the state of several demands together: unmet if one is, met if all are."""
    if "unmet" in states:
        return "unmet"
    return "met" if all(state == "met" for state in states) else "unknown"


def percent_doubt(fact: Fact, value: Any) -> Text | None:
    """Return what to ask where a percentage was probably typed as a share of 1, or is more than the whole."""
    if fact.kind != "percent" or not isinstance(value, int | Fraction):
        return None
    if 0 < value < 1:
        typed, meant = shown(value, 6), shown(value * 100, 6)
        return msg(
            "{fact}: {typed} counts as {typed}%; if {meant}% is meant, enter {meant}",
            fact=fact.label,
            typed=typed,
            meant=meant,
        )
    if value > 100 and not fact.signed:
        return msg("{fact}: {typed}% is more than the whole; check the number", fact=fact.label, typed=shown(value, 6))
    return None
