"""What can be improved in an assessment: the smallest changes, and what each brings under a choice of readings."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment, FactEntry, Scenario, years_between
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import Facts
from lsstd.engine.result import CriterionResult, Result
from lsstd.engine.rows import score_row
from lsstd.exact import Exact, whole
from lsstd.robustness.distribution import denominator
from lsstd.robustness.independent_groups import TotalGrades
from lsstd.robustness.row_chances import candidates
from lsstd.standard.scoring_table import Criterion, Fact, Measured
from lsstd.standard.standard import Standard
from lsstd.standard.wording import code_of

LITERAL = {"compound_rows": "shares", "bonus": "within", "missed_threshold": "nothing", "recommended_rows": "scored"}
"""Readings under which every demand that any reading asks for is open."""
MOST_TOGETHER = 12
"""Most changes that one row or group may depend on, of which every combination is tried."""
WIDEST = 5_000_000

Kind = Literal["row", "part", "fact", "time"]


class Improvement(NamedTuple):
    """The smallest improvement: a row or part becomes met, a fact takes a value; of time, on what day it does so."""

    kind: Kind
    id: str
    """``village_rooms``, ``product_selection.selection_rules``, or a fact's id."""
    before: Any
    after: Any
    rows: tuple[str, ...]
    """The rows whose points can depend on it."""
    conditions: tuple[str, ...] = ()
    """Conditions, vetoes and gates that are met only with it."""
    ready: str | None = None
    """The first day on which it can be so, where only time cures it."""


@dataclass(frozen=True)
class Improvements:
    """What can be improved in an assessment.

    Parameters
    ----------
    result : Result
        Under the readings chosen.
    """

    result: Result

    @cached_property
    def standard(self) -> Standard:
        """The standard, for short."""
        return self.result.standard

    @cached_property
    def widest(self) -> Result:
        """The same assessment under readings that leave every demand open."""
        known = {key: option for key, option in LITERAL.items() if option in self.standard.options_of(key)}
        return evaluate(self.standard, self.result.assessment, {**self.result.readings, **known})

    @cached_property
    def changes(self) -> tuple[Improvement, ...]:
        """Every change, in the order of the document: first what conditions ask for."""
        rows, conditions = defaultdict[tuple[Kind, str], list[str]](list), defaultdict[str, list[str]](list)
        for found in (*self.result.conditions.values(), *self.result.vetoes.values()):
            for test in found.tests if found.state != "met" else ():
                if test.state != "met":
                    conditions[test.fact].append(found.condition.id)
                    rows.setdefault(("fact", test.fact), [])
        for row in self.widest.criteria.values():
            if row.applies and self.widest.counts(row.criterion.indicator) and _is_open(row):
                for kind, name in list(self._of_row(row)) or [("row", row.criterion.id)]:  # an answer alone may deny it
                    rows[kind, name].append(row.criterion.id)
                    if row.criterion.id in self._gates:
                        conditions[name].append(row.criterion.id)
        return tuple(self._change(kind, name, found, conditions[name]) for (kind, name), found in rows.items())

    def without_points(self, name: str) -> Improvement | None:
        """Return a part that is open in a row that has all its points: only what comes after it needs it."""
        found = self.widest.criteria.get(name.partition(".")[0])
        is_left = found is not None and not _is_open(found) and ("part", name) in self._of_row(found)
        return self._change("part", name, [name.partition(".")[0]], []) if is_left else None

    @cached_property
    def _gates(self) -> set[str]:
        is_gate = self.result.readings["unscored_row"] == "gate"
        return {key for key, row in self.standard.criteria.items() if is_gate and row.max_score is None}

    def _of_row(self, found: CriterionResult) -> Iterator[tuple[Kind, str]]:
        """Yield what is open in a row: facts that fail, parts that are not met, or the row as a whole."""
        row, answer = found.criterion, found.answer
        if found.quantity and all(
            value for _, value in found.quantity.found[1:]
        ):  # a ratio needs what it is divided by
            yield "fact", found.quantity.found[0][0]
            return
        is_whole = not row.parts or (row.rule is not None and row.rule.kind in ("levels", "expert"))
        is_whole |= answer is not None and answer.form in ("score", "range", "chances", "level")
        tests = [p for p in found.parts if p.test and p.test.state != "met" and (p.part.points or 0) >= 0]
        yield from dict.fromkeys(("fact", part.test.fact) for part in tests if part.test)
        facts_decide = bool(found.parts) and all(part.test for part in found.parts)
        if is_whole:
            if not (answer and answer.state == "met") and not (facts_decide and tests):
                yield "row", row.id
            return
        for part in found.parts:
            wanted = "unmet" if (part.part.points or 0) < 0 else "met"
            is_said = part.test is None or (part.test.state == wanted and part.contradiction)
            if is_said and part.state != wanted and not (answer and answer.state == "met"):
                yield "part", f"{row.id}.{part.part.id}"

    def _change(self, kind: Kind, name: str, rows: Sequence[str], conditions: Sequence[str]) -> Improvement:
        found, where = self.widest.criteria, (tuple(dict.fromkeys(rows)), tuple(dict.fromkeys(conditions)))
        if kind == "row":
            return Improvement(kind, name, found[name].state, "met", *where)
        if kind == "part":
            row, part = name.split(".")
            answer = found[row].answer
            state = next(each.state for each in found[row].parts if each.part.id == part)
            state = "unmet" if answer and answer.state == "unmet" else state
            worth = self.standard.criteria[row].parts[part].points or 0
            return Improvement(kind, name, state, "unmet" if worth < 0 else "met", *where)
        fact = self.standard.facts[name]
        values = Facts(self.standard, self.result.assessment, self.result.readings).values
        value, after = values.get(name), _best_value(self.standard, fact, values)
        ready = _ready(fact, value, after, self.result.assessment)
        is_time = bool(fact.years_since and self.result.assessment.facts.get(fact.years_since))
        return Improvement("time" if is_time and ready else "fact", name, value, after, *where, ready)

    # ── applied ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def scenario(self, changes: Iterable[Improvement], name: str) -> Scenario:
        """Return the scenario in which these changes are made."""
        facts, answers = self._applied(changes)
        return Scenario(scenario=name, facts=facts, answers=answers)

    def after(self, changes: Iterable[Improvement], readings: Mapping[str, str] | None = None) -> Result:
        """Evaluate the assessment with these changes: the exact engine's word on every plan."""
        changed = self.scenario(changes, "plan").apply(self.result.assessment)
        return evaluate(self.standard, changed, dict(readings or self.result.readings))

    def _applied(self, changes: Iterable[Improvement]) -> tuple[dict[str, FactEntry], dict[str, Answer]]:
        made = list(changes)
        facts = {c.id: FactEntry(value=c.after) for c in made if c.kind in ("fact", "time")}
        touched = {row for change in made for row in change.rows}
        answers = {row: answer for row in touched if (answer := self._answer(row, made, facts)) is not None}
        return facts, answers

    def _answer(self, name: str, changes: Iterable[Improvement], facts: Mapping[str, FactEntry]) -> Answer | None:
        """Return how a row is answered after some changes; None where its answer stays."""
        row, answer = self.standard.criteria[name], self.result.assessment.answers.get(name)
        made = {change.id: change.after for change in changes if name in change.rows and change.kind in ("row", "part")}
        # Points said outright stay points: whatever the reading, they never count less than before.
        is_points = answer is not None and answer.form not in ("parts", "state") and row.max_score is not None
        in_full = Answer(score=row.max_score) if is_points else Answer(state="met")
        if name in made:
            return in_full
        parts = {key.partition(".")[2]: state for key, state in made.items()}
        tested = {key: part.test for key, part in row.parts.items() if part.test and part.test.fact in facts}
        now_met = {key for key, test in tested.items() if test and test.meets(facts[test.fact].value)}
        said = dict((answer and answer.parts) or {})
        if answer and answer.form == "state" and answer.state == "unmet" and row.parts:
            said = {key: "unmet" for key, part in row.parts.items() if part.test is None}
        elif answer and answer.form not in ("parts", "state"):  # points: they count in full once facts no longer fail
            met = {part.part.id for part in self.widest.criteria[name].parts if part.test and part.test.state == "met"}
            return in_full if now_met and row.parts.keys() <= met | now_met else None
        parts |= {key: "met" for key in now_met if said.get(key) == "unmet"}
        is_unmet = answer is not None and answer.state == "unmet" and bool(now_met)
        return Answer(parts={**said, **parts}) if parts or is_unmet else None

    # ── what changes bring ──────────────────────────────────────────────────────────────────────────────────────────

    def points(self, row: Criterion, changes: Iterable[Improvement], readings: dict[str, str]) -> Exact:
        """Return what a row is worth after some changes."""
        made = list(changes)
        facts, answers = self._applied(made)
        answer = answers.get(row.id) or self.result.assessment.answers.get(row.id)
        found = score_row(row, answer, self._facts(facts, readings), readings, self.standard.rounding)
        return found.secured if found.applies else 0

    def _facts(self, changed: Mapping[str, FactEntry], readings: dict[str, str]) -> Facts:
        """Return the facts after some changes, counted once for each set of them."""
        key = (frozenset(changed), readings["same_quantity"])
        if key not in self._known_facts:
            now = self.result.assessment
            assessment = now.model_copy(update={"facts": {**now.facts, **changed}})
            self._known_facts[key] = Facts(self.standard, assessment, readings)
        return self._known_facts[key]

    @cached_property
    def _known_facts(self) -> dict[Any, Facts]:
        return {}


def _is_open(row: CriterionResult) -> bool:
    """Whether anything is left to do in a row."""
    return row.state != "met" if row.criterion.max_score is None else row.secured < row.maximum


def _best_value(standard: Standard, fact: Fact, values: Mapping[str, Any]) -> Any:
    """Return the value nearest to the present one that meets as many of the demands upon a fact as one value can."""
    tests = [test for path, test in standard.tests() if test.fact == fact.id and not path.endswith(".applies")]
    costly = [p for row in standard.criteria.values() for p in row.parts.values() if (p.points or 0) < 0]
    faults = [part.test for part in costly if part.test and part.test.fact == fact.id]
    rules = [(row.rule.measured, row) for row in standard.criteria.values() if row.rule and row.rule.measured]
    measured = [
        (rule, row) for rule, row in rules if rule.fact == fact.id and (rule.per is None or values.get(rule.per))
    ]
    now, known = values.get(fact.id), candidates(standard, tests) if tests else []
    for rule, row in measured:
        divisor = Fraction(values[rule.per] if rule.per else 1)
        best = whole(_full(rule, row, (now or 0) / divisor) * divisor)
        known += [math.floor(best), math.ceil(best)] if fact.kind == "count" else [best]

    def worth(value: Any) -> tuple[Any, ...]:
        met = sum(test.meets(value) for test in tests) - 2 * sum(test.meets(value) for test in faults)
        for rule, row in measured:
            quantity = Fraction(value) / (values[rule.per] if rule.per else 1)
            met += rule.points_at(quantity, row.min_score, row.max_score or 0) == row.max_score
        is_number = not isinstance(value, bool | str | tuple)
        return met, -abs(value - (now or 0)) if is_number else 0

    return max(known, key=worth, default=now)


def _full(rule: Measured, row: Criterion, now: Exact) -> Exact:
    """Return the quantity nearest to the present one that earns a row's maximum, of those at which the points turn."""
    top, low = row.max_score or 0, row.min_score
    tried = {0, rule.near(), 8 * rule.near(), getattr(rule, "to", 0)}
    tried |= {stage.line[0] + extra for stage in getattr(rule, "stages", ()) for extra in (0, 1)}
    if (each := getattr(rule, "each", 0)) > 0:
        tried.add(math.ceil((top - getattr(rule, "start", 0)) / each) * getattr(rule, "unit", 1))
    earned = {value: rule.points_at(value, low, top) for value in tried}
    best = max(earned.values())
    return min((value for value, points in earned.items() if points == best), key=lambda value: abs(value - now))


_MONTHS = {"years": 12, "months": 1}
"""Months in a unit of facts that grow with time."""


def _ready(fact: Fact, now: Any, after: Any, assessment: Assessment) -> str | None:
    """Return the first day on which a fact can have changed where that is a matter of time, else None."""
    as_of, start = assessment.as_of, assessment.facts.get(fact.years_since or "")
    if as_of is None:
        return None
    if start and start.value is not None:
        return _first_day(start.value, after, as_of)
    if now is None:
        return None  # perhaps it is so already
    if (months := _MONTHS.get(code_of(fact.unit) or "")) and after > now:
        return later(as_of, months=math.ceil((after - now) * months))
    if fact.period == "previous_year":  # 上一年度: the figure is another one only when the year has ended
        return f"{int(as_of[:4]) + (as_of[5:] == '12-31')}-12-31"
    return later(as_of, months=12) if fact.period == "last_12_months" else None


def _first_day(start: str, years: Exact, as_of: str) -> str:
    """Return the first day on which so many years have passed since a start."""
    day = date.fromisoformat(later(start if len(start) == 10 else f"{start}-01", months=max(math.floor(years * 12), 0)))
    day = max(day - timedelta(3), date.fromisoformat(as_of))
    while years_between(start, day.isoformat()) < years:
        day += timedelta(1)
    return day.isoformat()


def later(day: str, *, days: int = 0, months: int = 0) -> str:
    """Return a day some months and then some days later; a month too short for the day ends with its last one.

    Examples
    --------
    >>> later("2024-12-31", months=2), later("2024-12-31", days=60)
    ('2025-02-28', '2025-03-01')
    """
    first = date.fromisoformat(day)
    years, month = divmod(first.month - 1 + months, 12)
    last = date(first.year + years + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(1)
    return (last.replace(day=min(first.day, last.day)) + timedelta(days)).isoformat()


# ── points as whole numbers ───────────────────────────────────────────────────────────────────────────────────────────


class Pattern(NamedTuple):
    """Tasks of one row that bring something only together."""

    points: int
    tasks: frozenset[int]


@dataclass(frozen=True)
class Gains:
    """What tasks bring under one choice of readings, in whole units of a point: the lattice of the standard.

    Parameters
    ----------
    step : int
        Units to a point.
    base : int
        What is secured now.
    alone : tuple of int
        What each task brings by itself, of the rows whose points simply add up.
    joint : tuple of tuple of Pattern
        Of each row whose points do not add up, which tasks together bring what; the best pattern counts.
    reach : tuple of (int, int or None)
        The gains, from and to, with which the total earns the grade; no entry where none does.
    """

    step: int
    base: int
    alone: tuple[int, ...]
    joint: tuple[tuple[Pattern, ...], ...]
    reach: tuple[tuple[int, int | None], ...]

    def of(self, tasks: Iterable[int]) -> int:
        """Return what tasks bring together."""
        done = set(tasks)
        patterns = (max((p.points for p in row if p.tasks <= done), default=0) for row in self.joint)
        return sum(self.alone[i] for i in done) + sum(patterns)

    def suffices(self, gain: int) -> bool:
        """Whether the total earns the grade with a gain."""
        return any(low <= gain and (high is None or gain <= high) for low, high in self.reach)

    def most(self, task: int) -> int:
        """Return the most that a task adds to any others, which bounds what several bring from above."""
        ways = ((p.points, row, p.tasks - {task}) for row in self.joint for p in row if task in p.tasks)
        most = defaultdict[int, int](int)
        for points, row, others in ways:
            without = max((q.points for q in row if q.tasks <= others), default=0)
            most[id(row)] = max(most[id(row)], points - without)
        return self.alone[task] + sum(most.values())

    @property
    def adds_up(self) -> bool:
        """Whether every task brings the same whatever else is done."""
        return not self.joint

    @property
    def is_upward(self) -> bool:
        """Whether whoever earns the grade still does with more points."""
        return len(self.reach) <= 1 and all(high is None for _, high in self.reach)


def gains_of(
    found: Improvements,
    tasks: Sequence[Sequence[Improvement]],
    target: str,
    readings: dict[str, str],
    cushion: Exact = 0,
) -> Gains | None:
    """Return what tasks bring under a choice of readings; None where nothing can be said of a total that is no sum.

    The grade is to be reached with `cushion` points to spare.
    """
    standard = found.standard
    nodes = standard.indicators.values()
    is_bounded = all(n.combine == "sum" and n.not_applicable == "fixed" and n.applies is None for n in nodes)
    is_bounded &= not any(row.min_score or row.applies for row in standard.scored_rows)
    if not standard.is_plain and not (is_bounded and standard.bands):
        return None
    gains = _units(found, tasks, readings)
    if gains is None or (most := gains.of(range(len(tasks)))) > WIDEST:
        return None
    spare = math.ceil(cushion * gains.step)
    totals = np.arange(gains.base - spare, gains.base + most + 1)
    return replace(gains, reach=_reach(standard, readings, target, totals, gains.step, spare))


def _units(found: Improvements, tasks: Sequence[Sequence[Improvement]], readings: dict[str, str]) -> Gains | None:
    """Return what tasks bring, whatever grade is aimed at; None where a row depends on too many of them at once."""
    standard = found.standard
    by_row: dict[str, list[int]] = defaultdict(list)
    alike = _alike(standard) if readings["same_quantity"] == "equate" else {}
    for i, changes in enumerate(tasks):
        for row in dict.fromkeys(row for change in changes for row in (*change.rows, *alike.get(change.id, ()))):
            by_row[row].append(i)
    alone, joint = defaultdict[int, Exact](int), list[list[tuple[Exact, frozenset[int]]]]()
    for name, touching in by_row.items():
        criterion = standard.criteria[name]
        if not criterion.max_score:
            continue
        count = len(touching)  # of too many, shares show in each alone and in all together
        sizes = range(count + 1) if count <= MOST_TOGETHER else sorted({0, 1, count})
        factor = whole(Fraction(standard.reach[name]) / criterion.max_score)
        table = {
            frozenset(some): factor * found.points(criterion, (c for i in some for c in tasks[i]), readings)
            for size in sizes
            for some in combinations(touching, size)
        }
        now = table[frozenset()]
        singles = {i: table[frozenset({i})] - now for i in touching}
        if all(points - now == sum(singles[i] for i in some) for some, points in table.items()):
            for i, gain in singles.items():
                alone[i] += gain
        elif count > MOST_TOGETHER:
            return None
        else:
            needed = [
                (whole(points - now), some)
                for some, points in table.items()
                if all(table[some - {i}] < points for i in some) and points > now
            ]
            joint.append(needed)
    unrounded = {**readings, "rounding": "none"} if readings["rounding"] == "total" else readings
    base = found.after((), unrounded).score.secured
    step = denominator([base, *alone.values(), *(points for row in joint for points, _ in row)])
    units = tuple(int(alone[i] * step) for i in range(len(tasks)))
    patterns = tuple(tuple(Pattern(int(points * step), some) for points, some in row) for row in joint)
    return Gains(step, int(base * step), units, patterns, ())


def _alike(standard: Standard) -> dict[str, list[str]]:
    """Return, by fact, the rows that ask for one that may be the same quantity."""
    asked = [(p.test.fact, row.id) for row in standard.criteria.values() for p in row.parts.values() if p.test]
    groups = [(fact, group.facts) for group in standard.same_quantities for fact in group.facts]
    return {fact: [row for other, row in asked if other in facts] for fact, facts in groups}


def _reach(
    standard: Standard, readings: dict[str, str], target: str, totals: NDArray[np.int_], step: int, spare: int
) -> tuple[tuple[int, int | None], ...]:
    """Return the gains with which a total earns a grade with units to spare, or a higher one, as spans.

    The totals begin as many units below what is secured now as are to spare; the last span is open above.
    """
    wanted = standard.grades.index(target)
    if standard.is_plain:
        grades = TotalGrades(standard, readings).of(totals, step).grades
    else:  # what the total must be at least, whatever else a grade asks for
        slack = standard.rounding_step if readings["rounding"] == "total" else 0
        lines = {band.grade: math.ceil((band.lower.value - slack) * step) for band in standard.bands if band.lower}
        grades = np.full(len(totals), len(standard.grades))
        for grade in reversed([grade for grade in standard.grades if grade in lines]):
            grades[totals >= lines[grade]] = standard.grades.index(grade)
    graded = grades <= wanted
    graded[: int(np.argmax(graded)) + spare] = False
    graded, most = graded[spare:], len(totals) - spare - 1
    edges = np.flatnonzero(np.diff(np.concatenate(([False], graded, [False])).astype(np.int8)))
    pairs = edges.reshape(-1, 2).tolist()
    return tuple((low, None if after > most else after - 1) for low, after in pairs)
