"""What must hold within a standard so that anything can be computed from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from lsstd.exact import Exact, shown
from lsstd.standard.bands import Band
from lsstd.standard.readings import READINGS
from lsstd.standard.scoring_table import MEASURED, Criterion, Fact, Indicator, Test
from lsstd.standard.standard import Condition, Standard
from lsstd.words import Text, msg, msg_in, nearest

DEEPEST = 30  # the most levels of indicators
_NUMBERS = ("number", "count", "percent")
_NOT_NEGATIVE = msg("a weight of 0 or more")
_SOME_WEIGHT = msg("a weight above 0 at least once")
Fault = tuple[str, Text | str, Text | str]  # where, what was found, what would be right


def standard_faults(standard: Standard) -> Iterator[Fault]:
    """Yield everything that keeps a standard from being used: dangling names, doubled ids, crossed bands."""
    for find in (_doubled, _dangling, _values, _tree, _rows, _parts, _bands, _readings):
        yield from find(standard)


def _doubled(standard: Standard) -> Iterator[Fault]:
    """Ids stand once over facts, conditions, vetoes, indicators, criteria and parts."""
    seen: dict[str, str] = {}
    sections = ("facts", "conditions", "vetoes", "indicators", "criteria", "topics", "tables")
    places = [(section, key) for section in sections for key in getattr(standard, section)]
    places += [(f"criteria.{row.id}.parts", part) for row in standard.criteria.values() for part in row.parts]
    for section, key in places:
        if key in seen:
            found = msg("the id {key} is used in {seen} already", key=key, seen=seen[key])
            yield f"{section}.{key}", found, msg_in("unique", "an id that is not in use")
        seen.setdefault(key, section)


def _dangling(standard: Standard) -> Iterator[Fault]:
    for place, name, known in _names(standard):
        if name is not None and name not in known:
            yield place, name, nearest(name, known)


def _names(standard: Standard) -> Iterator[tuple[str, str | None, Collection[str]]]:
    """Yield each place that names something, the name, and what may be named there."""
    facts, nodes, rows, topics = standard.facts, standard.indicators, standard.criteria, standard.topics
    numbers = [fact.id for fact in facts.values() if fact.kind in _NUMBERS]
    dates = [fact.id for fact in facts.values() if fact.kind == "date"]
    yield from ((f"{place}.fact", test.fact, facts) for place, test in standard.tests())
    for row in rows.values():
        asked = row.rule.facts() if row.rule else ()
        yield from ((f"criteria.{row.id}.rule.{path}", name, numbers) for path, name in asked)
        yield f"criteria.{row.id}.indicator", row.indicator, nodes
    yield from ((f"facts.{fact.id}.years_since", fact.years_since, dates) for fact in facts.values())
    for i, group in enumerate(standard.same_quantities):
        yield from ((f"same_quantities.{i}.facts", name, facts) for name in group.facts)
    yield from ((f"indicators.{node.id}.parent", node.parent, nodes) for node in nodes.values())
    yield from ((f"tables.{table.id}.indicator", table.indicator, nodes) for table in standard.tables.values())
    for place, demand in standard.demands():
        yield f"{place}.indicator", demand.indicator, nodes
        yield from ((f"{place}.criteria", name, rows) for name in demand.criteria)
    for check in standard.cross_checks.values():
        sides = [side for side in (check.left, check.right) if isinstance(side, str)]
        yield from ((f"cross_checks.{check.id}", side, numbers) for side in sides)
    for group_id, asked_for in ((g.id, g.fields) for g in standard.form.groups.values()) if standard.form else ():
        for field in asked_for.values():
            place = f"form.groups.{group_id}.fields.{field.id}"
            yield f"{place}.fact", field.fact, facts
            yield f"{place}.note", field.note, standard.form.notes if standard.form else ()
            yield from ((f"{place}.bears_on", name, {**standard.conditions, **rows}) for name in field.bears_on)
    fields = [key for group in standard.form.groups.values() for key in group.fields] if standard.form else []
    earlier: list[str] = []
    for step in standard.procedure.values():
        yield from ((f"procedure.{step.id}.{tie}", getattr(step, tie), earlier) for tie in ("after", "during"))
        yield from ((f"procedure.{step.id}.stamps", name, fields) for name in step.stamps)
        earlier.append(step.id)
    proven: dict[str, Mapping[str, Condition | Criterion]] = {"conditions": standard.conditions, "criteria": rows}
    for section, entries in proven.items():
        for key, entry in entries.items():
            yield from ((f"{section}.{key}.evidence", kind, standard.evidence_kinds) for kind in entry.evidence)
    leaves = [topic.id for topic in standard.topic_leaves]
    yield from (
        (f"facts.{fact.id}.measure.topic", fact.measure.topic, leaves) for fact in facts.values() if fact.measure
    )
    yield from ((f"scale.{i}.topics", name, leaves) for i, level in enumerate(standard.scale) for name in level.topics)
    yield from ((f"topics.{topic.id}.parent", topic.parent, topics) for topic in topics.values())


def _values(standard: Standard) -> Iterator[Fault]:
    """A fact is held against a value of its kind; what a grade asks for can be had."""
    for place, test in standard.tests():
        if test.fact in standard.facts and not _suits(standard.facts[test.fact], test):
            yield f"{place}.value", str(test.value), msg("a value of the fact's kind")
    for place, demand in standard.demands():
        if demand.met is not None and demand.met > len(demand.criteria):
            yield f"{place}.met", str(demand.met), msg("at most {most}", most=len(demand.criteria))


def _suits(fact: Fact, test: Test) -> bool:
    """Say whether a demand compares what can be compared."""
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    if isinstance(test.value, tuple) != (test.operator in ("in", "not_in")) or not values:
        return False
    if fact.kind == "boolean":
        return isinstance(test.value, bool) and test.operator in ("==", "!=")
    if fact.kind in ("text", "choices"):
        is_known = all(isinstance(one, str) and (fact.kind == "text" or one in fact.options) for one in values)
        return is_known and test.operator in ("==", "!=", "in", "not_in")
    return fact.kind in _NUMBERS and not any(isinstance(one, bool | str) for one in values)


def _tree(standard: Standard) -> Iterator[Fault]:
    """No indicator is its own ancestor; what they combine can be computed."""
    for node in standard.indicators.values():
        place = f"indicators.{node.id}"
        if (fault := _descent(standard, node)) is not None:
            yield f"{place}.parent", str(node.parent), fault
        if node.best != 1 and node.combine != "best":
            yield f"{place}.best", str(node.best), msg("best only under combine: best")
        if node.divisor <= 0:
            yield f"{place}.divisor", shown(node.divisor), msg("a number above 0")
        if node.cap is not None and node.floor is not None and node.cap < node.floor:
            found = msg("a cap of {cap}", cap=shown(node.cap))
            yield f"{place}.cap", found, msg("the floor, {floor}, or more", floor=shown(node.floor))
        yield from _weights(standard, node)
    tops = standard.children_of[None]
    if tops and not any(node.weight for node in tops):
        yield "indicators", msg("all weights at the top are 0"), _SOME_WEIGHT


def _descent(standard: Standard, node: Indicator) -> Text | None:
    """Return what would be right, where an indicator is its own ancestor or lies too deep."""
    seen, above = {node.id}, node.parent
    while above is not None and above in standard.indicators:
        if above == node.id:
            return msg("no circle of parents")
        if above in seen:  # a circle further up, reported there
            return None
        if len(seen) >= DEEPEST:
            return msg("at most {deepest} levels", deepest=DEEPEST)
        seen.add(above)
        above = standard.indicators[above].parent
    return None


def _weights(standard: Standard, node: Indicator) -> Iterator[Fault]:
    """Weights are not negative, and not all zero under one indicator."""
    below = {f"indicators.{child.id}": child.weight for child in standard.children_of[node.id]}
    below |= {f"criteria.{row.id}": row.weight for row in standard.rows_of[node.id]}
    own = {f"indicators.{node.id}": node.weight} if node.parent is None else {}
    for place, weight in {**below, **own}.items():
        if weight < 0:
            yield f"{place}.weight", shown(weight), _NOT_NEGATIVE
    if below and not any(below.values()):
        yield f"indicators.{node.id}", msg("all weights below it are 0"), _SOME_WEIGHT


def _rows(standard: Standard) -> Iterator[Fault]:
    """Rows have points, a floor below their maximum, and rules that can be computed."""
    for row in standard.criteria.values():
        place, top = f"criteria.{row.id}", row.max_score
        if top is None:
            if row.rule and row.rule.kind not in ("all", "at_least"):
                yield f"{place}.rule", row.rule.kind, msg("all or at_least: the row has no points")
            continue
        if top < 0 or (top == 0 and row.min_score >= 0):
            right = msg("more than 0 points (0, with min_score below 0, for a row that only deducts)")
            yield f"{place}.max_score", shown(top), right
        if row.min_score > top:
            yield f"{place}.min_score", shown(row.min_score), msg("at most the maximum, {top}", top=shown(top))
        if (linear := row.rule.linear if row.rule else None) and linear.start == linear.to:
            yield f"{place}.rule.linear.to", shown(linear.to), msg("a number other than from")
        stages = row.rule.steps.stages if row.rule and row.rule.steps else ()
        for i, (stage, after) in enumerate(pairwise(stages), start=1):
            if stage.line >= after.line:
                right = msg("each stage to begin above the one before")
                yield f"{place}.rule.steps.stages.{i}", shown(after.line[0]), right
        yield from _worths(row, top)


def _worths(row: Criterion, top: Exact) -> Iterator[Fault]:
    """Points named in a rule lie between the row's lowest and highest."""
    rule = row.rule
    named: list[tuple[str, Exact]] = []
    for i, stage in enumerate(rule.steps.stages if rule and rule.steps else ()):
        named.append((f"steps.stages.{i}", stage.worth(top)))
    for name, level in row.levels.items():
        named += [(f"levels.{name}.points", end) for end in dict.fromkeys(level.points)]
    if rule and (counted := rule.points or rule.per_unit):
        named.append((f"{rule.kind}.start", counted.start))
    for path, points in named:
        if not row.min_score <= points <= top:
            within = msg("from {min_score} to {top}", min_score=shown(row.min_score), top=shown(top))
            yield f"criteria.{row.id}.rule.{path}", shown(points), within


def _parts(standard: Standard) -> Iterator[Fault]:
    """Parts weigh something, have points where the rule adds points, and are as many as the rule asks for."""
    for row in standard.criteria.values():
        place, kind = f"criteria.{row.id}", row.rule.kind if row.rule else ""
        negative = [part for part in row.parts.values() if part.weight < 0]
        for part in negative:
            yield f"{place}.parts.{part.id}.weight", shown(part.weight), _NOT_NEGATIVE
        if row.parts and not negative and not any(part.weight for part in row.parts.values()):
            yield f"{place}.parts", msg("all weights are 0"), _SOME_WEIGHT
        if kind in ("all", "shares", "at_least", "points") and not row.parts:
            yield f"{place}.parts", msg("no parts"), msg("parts for the rule {kind}", kind=kind)
        if row.parts and kind in ("levels", "expert", *MEASURED):
            yield f"{place}.parts", msg("parts"), msg("none under the rule {kind}", kind=kind)
        for part in row.parts.values():
            if (part.points is not None) != (kind == "points"):
                found = msg("missing") if part.points is None else shown(part.points)
                expected = msg("points a part, under the rule points and no other")
                yield f"{place}.parts.{part.id}.points", found, expected
        if row.rule and row.rule.at_least and row.rule.at_least.parts > len(row.parts) > 0:
            found, most = str(row.rule.at_least.parts), len(row.parts)
            yield f"{place}.rule.at_least.parts", found, msg("at most {most}", most=most)


def _bands(standard: Standard) -> Iterator[Fault]:
    """Bands come highest first, each with a grade of its own, and do not overlap; tables that decide share an order."""
    yield from _table("bands", standard.bands)
    order = [band.grade for band in standard.bands] or None
    for table in standard.tables.values():
        yield from _table(f"tables.{table.id}.bands", table.bands)
        grades = [band.grade for band in table.bands]
        if table.decides and order is not None and [grade for grade in order if grade in grades] != grades:
            right = msg("grades of {order}, in this order", order=", ".join(order))
            yield f"tables.{table.id}.bands", ", ".join(grades), right
        order = order or (grades if table.decides else None)


def _table(place: str, bands: tuple[Band, ...]) -> Iterator[Fault]:
    grades = [band.grade for band in bands]
    first = {grade: i for i, grade in reversed([*enumerate(grades)])}
    for i, grade in enumerate(grades):
        if first[grade] < i:
            yield f"{place}.{i}.grade", grade, msg("each grade once")
    for i, band in enumerate(bands):
        low, high = band.lower, band.upper
        if low and high and (low.value > high.value or (low.value == high.value and not (low.closed and high.closed))):
            yield f"{place}.{i}", band.printed, msg("a band that holds a score")
    for i, (high_band, low_band) in enumerate(pairwise(bands)):
        above, below = high_band.lower, low_band.upper
        both = above is not None and below is not None and above.closed and below.closed
        if above is None or below is None or above.value < below.value or (both and above.value == below.value):
            expected = msg("below {printed}, without overlap", printed=high_band.printed)
            yield f"{place}.{i + 1}", low_band.printed, expected


def _readings(standard: Standard) -> Iterator[Fault]:
    """Options are ones that the engine knows; there is something to round to."""
    if standard.rounding_step <= 0:
        yield "rounding_step", str(standard.rounding_step), msg("a number above 0")
    for key, reading in standard.readings.items():
        for option in reading.options:
            if option not in READINGS[key].options:
                yield f"readings.{key}.options.{option}", option, nearest(option, READINGS[key].options)
