"""What must hold within a standard so that anything can be computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from lsstd.core.standard import OPTIONS, Condition, Criterion, Fact, Standard, Test
from lsstd.text import Text, nearest

_NUMBERS = ("number", "count", "percent")
Fault = tuple[str, Text | str, Text | str]
"""Where, what was found, what would be right."""


def standard_faults(standard: Standard) -> Iterator[Fault]:
    """Yield everything that keeps a standard from being used: dangling names, doubled ids, crossed bands."""
    yield from _doubled(standard)
    yield from _tests(standard)
    yield from _tree(standard)
    yield from _bands(standard)
    yield from _readings(standard)
    yield from _reference(standard)


def _doubled(standard: Standard) -> Iterator[Fault]:
    """Ids stand once over facts, conditions, vetoes, indicators, criteria and parts."""
    seen: dict[str, str] = {}
    places = [
        (section, key)
        for section in ("facts", "conditions", "vetoes", "indicators", "criteria", "topics")
        for key in getattr(standard, section)
    ]
    places += [(f"criteria.{row.id}.parts", part) for row in standard.criteria.values() for part in row.parts]
    for section, key in places:
        if key in seen:
            found = Text(f"编号 {key} 已用于 {seen[key]}", f"the id {key} is used in {seen[key]} already")
            yield f"{section}.{key}", found, Text("全文唯一的编号", "an id of its own")
        seen.setdefault(key, section)


def _tests(standard: Standard) -> Iterator[Fault]:
    """Demands name facts that exist, with values of the fact's kind."""
    demands: list[tuple[str, Test]] = []
    for condition in standard.conditions.values():
        demands += [(f"conditions.{condition.id}.tests.{i}", test) for i, test in enumerate(condition.tests)]
    demands += [(f"vetoes.{veto.id}.test", veto.test) for veto in standard.vetoes.values()]
    for row in standard.criteria.values():
        demands += [(f"criteria.{row.id}.parts.{p.id}.test", p.test) for p in row.parts.values() if p.test]
    for place, test in demands:
        if test.fact not in standard.facts:
            yield f"{place}.fact", test.fact, nearest(test.fact, standard.facts)
        elif not _suits(standard.facts[test.fact], test):
            yield f"{place}.value", str(test.value), Text("与事实类型相符的值", "a value of the fact's kind")
    dates = [fact.id for fact in standard.facts.values() if fact.kind == "date"]
    for fact in standard.facts.values():
        if fact.years_since and fact.years_since not in dates:
            yield f"facts.{fact.id}.years_since", fact.years_since, nearest(fact.years_since, dates)
    for i, group in enumerate(standard.same_quantities):
        for name in group.facts:
            if name not in standard.facts:
                yield f"same_quantities.{i}.facts", name, nearest(name, standard.facts)


def _suits(fact: Fact, test: Test) -> bool:
    """Say whether a demand compares what can be compared."""
    if fact.kind == "boolean":
        return isinstance(test.value, bool) and test.operator == "=="
    return fact.kind in _NUMBERS and not isinstance(test.value, bool)


def _tree(standard: Standard) -> Iterator[Fault]:
    """Rows stand under indicators that exist; no indicator is its own ancestor."""
    for row in standard.criteria.values():
        if row.indicator not in standard.indicators:
            yield f"criteria.{row.id}.indicator", row.indicator, nearest(row.indicator, standard.indicators)
        if row.max_score is not None and row.max_score <= 0:
            yield (f"criteria.{row.id}.max_score", str(row.max_score), Text("大于 0 的分值", "more than 0 points"))
    for node in standard.indicators.values():
        if node.parent is not None and node.parent not in standard.indicators:
            yield f"indicators.{node.id}.parent", node.parent, nearest(node.parent, standard.indicators)
        seen, above = {node.id}, node.parent
        while above is not None and above in standard.indicators:
            if above in seen:
                yield (f"indicators.{node.id}.parent", str(node.parent), Text("不成环的上级", "no circle of parents"))
                break
            seen.add(above)
            above = standard.indicators[above].parent


def _bands(standard: Standard) -> Iterator[Fault]:
    """Bands come highest first, each with a grade of its own, and do not overlap."""
    grades = standard.grades
    for i, grade in enumerate(grades):
        if grade in grades[:i]:
            yield f"bands.{i}.grade", grade, Text("不重复的等级", "each grade once")
    for i, band in enumerate(standard.bands):
        low, high = band.lower, band.upper
        if low and high and (low.value > high.value or (low.value == high.value and not (low.closed and high.closed))):
            yield f"bands.{i}", band.printed, Text("非空的分数段", "a band that holds a score")
    for i, (high_band, low_band) in enumerate(pairwise(standard.bands)):
        above, below = high_band.lower, low_band.upper
        apart = (
            above
            and below
            and (above.value > below.value or (above.value == below.value and not (above.closed and below.closed)))
        )
        if not apart:
            yield (
                f"bands.{i + 1}",
                low_band.printed,
                Text(f"低于 {high_band.printed}，不重叠", f"below {high_band.printed}, without overlap"),
            )


def _readings(standard: Standard) -> Iterator[Fault]:
    """Options are ones that the engine knows; there is something to round to."""
    if standard.rounding_step <= 0:
        yield "rounding_step", str(standard.rounding_step), Text("大于 0 的数", "a number above 0")
    for key, reading in standard.readings.items():
        for option in reading.options:
            if option not in OPTIONS[key]:
                yield f"readings.{key}.options.{option}", option, nearest(option, OPTIONS[key])


def _reference(standard: Standard) -> Iterator[Fault]:
    """What the reference part names exists: facts of fields and checks, kinds of evidence, topics of measures."""
    named: list[tuple[str, str, Iterable[str]]] = []
    numbers = [fact.id for fact in standard.facts.values() if fact.kind in _NUMBERS]
    for check in standard.cross_checks.values():
        sides = [side for side in (check.left, check.right) if isinstance(side, str)]
        named += [(f"cross_checks.{check.id}", side, numbers) for side in sides]
    if standard.form:
        for group in standard.form.groups.values():
            place = f"form.groups.{group.id}.fields"
            named += [(f"{place}.{f.id}.fact", f.fact, standard.facts) for f in group.fields.values() if f.fact]
    proven: list[Condition | Criterion] = [*standard.conditions.values(), *standard.criteria.values()]
    for entry in proven:
        place = "conditions" if isinstance(entry, Condition) else "criteria"
        named += [(f"{place}.{entry.id}.evidence", kind, standard.evidence_kinds) for kind in entry.evidence]
    named += [(f"measures.{m.id}.topic", m.topic, standard.topics) for m in standard.measures.values()]
    named += [(f"topics.{t.id}.parent", t.parent, standard.topics) for t in standard.topics.values() if t.parent]
    for place, name, known in named:
        if name not in known:
            yield place, name, nearest(name, known)
