"""A standard in words: codes, values, demands, how a row earns its points, how an indicator combines them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from lsstd.exact import Exact, grouped, shown
from lsstd.standard import scoring_table as table
from lsstd.standard.bands import Demand
from lsstd.standard.document import Topic
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Operator
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.words import Text, in_turn, join, msg, msg_in, noted, paired, same

STATES = {
    "met": msg("met"),
    "partly": msg("partly met"),
    "unmet": msg("not met"),
    "unknown": msg("unknown"),
    "not_applicable": msg("not counted"),
}
SUBJECT = {
    "name": msg("name"),
    "id": msg("id"),
    "region": msg("region"),
    "party": msg("party (role in the supply chain)"),
}
PARTIES = {
    "supplier": msg("supplier"),
    "base": msg("live-streaming base"),
    "live_room": msg("live room or agency"),
    "logistics": msg("logistics"),
    "after_sales": msg("after-sales"),
    "platform": msg("platform"),
}
"""The usual parties of a chain; an assessment may name another one in ``subject.party``."""
STAGES = {
    "self": msg_in("stage", "self-score"),
    "papers": msg("review of papers"),
    "site": msg("visit on site"),
    "final": msg_in("stage", "final"),
}
"""When a score was given."""
KINDS = {
    "requirement": msg("requirement"),
    "instruction": msg("instruction"),
    "recommendation": msg("recommendation"),
    "permission": msg("permission"),
    "statement": msg("statement"),
}
EDITIONS = {"draft": msg("draft"), "review-draft": msg("draft for review")}
PERIODS = {
    "point_in_time": msg("point in time"),
    "previous_year": msg("previous year"),
    "year": msg("year"),
    "last_12_months": msg("last 12 months"),
}
RELATIONS = {"same": msg("same"), "part_of": msg("part of"), "related": msg("related")}
_SIGNS: dict[str, Text | str] = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< ", "==": "= ", "!=": "≠ "}
_SIGNS |= {"in": msg("one of "), "not_in": msg("none of ")}


def edition_text(standard: Standard) -> Text:
    """Name a standard's edition."""
    return EDITIONS.get(standard.edition, same(standard.edition))


def value_text(value: Any, unit: Text | None = None) -> Text:
    """Show a fact's value to a reader, with its unit; every output does it here.

    >>> value_text(1000, Text("万元", "10,000 yuan"))
    Text(zh='1000 万元', en='10 million yuan')
    >>> value_text(1, Text("年", "years")).en, value_text(1200, Text("m²", "m²")).en
    ('1 year', '1,200 m²')
    """
    if value is None:
        return msg("not given")
    if isinstance(value, bool):
        return msg_in("answer", "yes") if value else msg("no")
    if isinstance(value, tuple):
        return join(value_text(one) for one in value)
    if isinstance(value, Text | str):
        return value if isinstance(value, Text) else same(value)
    if unit is None:
        return same(shown(value))
    behind = "" if unit.zh == "%" else " "
    return Text(f"{shown(value)}{behind}{unit.zh}", _in_english(value, unit.en))


_MULTIPLE = re.compile(r"(?:× *)?([0-9][0-9,]*) *(k|thousand|million|billion)?\b *(.*)")
_SCALES = {"k": 10**3, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SINGULAR = ((r"^people$", "person"), (r"ies$", "y"), (r"(ss|x|ch|sh)es$", r"\1"), (r"([^s])s$", r"\1"))


def code_of(unit: Text | None) -> str | None:
    """Return a unit as JSON has it whatever the language, in plain letters: ``m2``, ``years``, ``10,000 yuan``."""
    return unicodedata.normalize("NFKC", unit.en) if unit else None


def _in_english(value: Exact, unit: str) -> str:
    """Tell a quantity as English does: ``1 year``, ``45%``; a multiple of 10,000 yuan as ``10 million yuan``."""
    if multiple := _MULTIPLE.fullmatch(unit):
        step = int(multiple[1].replace(",", "")) * _SCALES.get(multiple[2], 1)
        amount = Fraction(shown(value)) * step  # as exact as the Chinese beside it
        unit = multiple[3]
        for word in ("trillion", "billion", "million"):
            if abs(amount) >= _SCALES[word]:
                return f"{grouped(amount / _SCALES[word], 12)} {word} {unit}".rstrip()
        return f"{grouped(amount)} {unit}".rstrip()
    if unit == "%":
        return f"{shown(value)}%"
    if value == 1:
        unit = next((re.sub(many, one, unit) for many, one in _SINGULAR if re.search(many, unit)), unit)
    return f"{grouped(value)} {unit}"


def named(fact: Fact, value: Any) -> Any:
    """Return a fact's value, or what it is held against, with options by their labels."""
    if isinstance(value, tuple):
        return tuple(named(fact, one) for one in value)
    return fact.options.get(value, value) if isinstance(value, str) else value


def required_text(operator: Operator, value: Any, unit: Text | None) -> Text:
    """Tell what a demand requires: ``≥ 10 rooms``."""
    sign = "" if isinstance(value, bool) else _SIGNS[operator]
    return msg("{sign}{required}", sign=sign, required=value_text(value, unit))


def demand_text(fact: Fact, operator: Operator, value: Any) -> Text:
    """Return a demand on a fact: ``直播间数量 ≥ 10 间``, ``live-streaming rooms ≥ 10 rooms``."""
    if isinstance(value, bool):
        return paired(fact.label, value_text(value))
    return msg("{fact} {required}", fact=fact.label, required=required_text(operator, named(fact, value), fact.unit))


def rule_text(standard: Standard, row: Criterion) -> Text | None:
    """Tell the rule of a row; None where it has none of its own."""
    rule, low, top = row.rule, row.lowest, row.max_score or 0
    if rule is None:
        return None
    if rule.measured:
        return _measured(standard, rule.measured, row)
    if rule.levels:
        told = [
            msg("{level} {points}", level=level.label, points=_span(level.points)) for level in rule.levels.values()
        ]
        return msg("Levels, in points: {levels}", levels=in_turn(told, len(told)))
    if rule.points:
        start, limits = shown(rule.points.start), _span((row.min_score, top))
        return msg(
            "Starting from {start} points, each part that is met adds or deducts its points, within {limits}",
            start=start,
            limits=limits,
        )
    if rule.expert:
        limits, step = _span((row.min_score, top)), rule.expert.step
        given = msg("Points given by an expert, {limits}", limits=limits)
        return msg("{given}, in steps of {step}", given=given, step=shown(step)) if step else given
    if rule.shares:
        return msg("The parts share {top} points by weight", top=shown(top))
    worth = msg("{top} points, else {low}", top=shown(top), low=shown(low))
    worth = worth if row.max_score is not None else msg_in("clause", "met")
    if rule.at_least:
        number, count = rule.at_least.parts, len(row.parts)
        return msg("At least {number} of {count} parts: {worth}", number=number, count=count, worth=worth)
    return msg("All parts: {worth}", worth=worth)


def _span(ends: tuple[Exact, Exact]) -> Text:
    low, high = (shown(end) for end in ends)
    return same(low) if low == high else msg("{low} to {high}", low=low, high=high)


def quantity_text(standard: Standard, rule: table.Measured) -> Text:
    """Name the quantity that decides a row: a fact, or the ratio of two."""
    label = standard.facts[rule.fact].label
    if rule.per is None:
        return label
    return msg("{above} ÷ {below}", above=label, below=standard.facts[rule.per].label)


def _measured(standard: Standard, rule: table.Measured, row: Criterion) -> Text:
    name, low, top = quantity_text(standard, rule), max(row.min_score, 0), row.max_score or 0
    fact = standard.facts[rule.fact] if rule.per is None else None
    if isinstance(rule, table.Linear):
        line = msg(
            "{name}: 0 points at {start}, {top} at {to}, in proportion between",
            name=name,
            start=_amount(rule.start, fact),
            top=shown(top),
            to=_amount(rule.to, fact),
        )
        line = msg("{line}, in whole steps of {step}%", line=line, step=shown(rule.step * 100)) if rule.step else line
        return msg("{line}; never less than {low}", line=line, low=shown(low)) if low else line
    if isinstance(rule, table.Steps):
        stages = in_turn((_stage(stage, top, fact) for stage in rule.stages), len(rule.stages))
        return msg("{name}: {stages}; below that {low}", name=name, stages=stages, low=shown(low))
    assert isinstance(rule, table.PerUnit)
    each, unit = shown(max(rule.each, -rule.each)), _amount(rule.unit, fact)
    return msg(
        "{name}: from {start} points {change} for each {unit}, within {limits}",
        name=name,
        start=shown(rule.start),
        change=msg("{points} less", points=each) if rule.each < 0 else msg("{points} more", points=each),
        unit=Text(unit.zh, "unit" if rule.unit == 1 else unit.en),
        limits=_span((row.min_score, top)),
    )


def _amount(value: Exact, fact: Fact | None) -> Text:
    return value_text(value, fact.unit if fact else None)


def _stage(stage: table.Stage, top: Exact, fact: Fact | None) -> Text:
    line, beyond = stage.line
    sign, at, worth = ">" if beyond else "≥", _amount(line, fact), shown(stage.worth(top))
    return msg("{sign} {at}: {worth} points", sign=sign, at=at, worth=worth)


_COMBINED = {"minimum": msg("The lowest of them counts"), "maximum": msg("The highest of them counts")}
_APART = {
    "reduced": msg("What does not apply is taken out of the maximum as well"),
    "rescaled": msg("What does not apply is left out, the rest scaled up to the full maximum"),
}


def combining_texts(node: Indicator) -> Iterator[Text]:
    """Say, one by one, what an indicator does other than add up what is below it."""
    if node.combine == "best":
        yield msg("Only the {best} with the most points count", best=node.best)
    elif node.combine in _COMBINED:
        yield _COMBINED[node.combine]
    if node.not_applicable in _APART:
        yield _APART[node.not_applicable]
    if node.cap is not None:
        yield msg("At most {cap} points", cap=shown(node.cap))
    if node.floor is not None:
        yield msg("At least {floor} points", floor=shown(node.floor))
    if node.divisor != 1:
        yield msg("Then divided by {divisor}", divisor=shown(node.divisor, 4))
    yield from weight_texts(node)
    if node.on_top:
        yield msg("It comes on top of the maximum")


def weight_texts(entry: Criterion | Indicator) -> Iterator[Text]:
    """Tell how often a row or an indicator counts above it, where that is not once."""
    if entry.weight != 1:
        yield msg("It counts {weight} times in the level above", weight=shown(entry.weight, 4))


def asked_text(standard: Standard, demand: Demand) -> Text:
    """Tell what a grade asks for besides its score."""
    if test := demand.applies:
        only = demand_text(standard.facts[test.fact], test.operator, test.value)
        asked = asked_text(standard, demand.model_copy(update={"applies": None}))
        return msg("{asked} (only where {only})", asked=asked, only=only)
    if demand.test:
        return demand_text(standard.facts[demand.test.fact], demand.test.operator, demand.test.value)
    if demand.indicator:
        name = standard.indicators[demand.indicator].name
        if demand.points is not None:
            return msg("{name}: at least {points} points", name=name, points=shown(demand.points))
        return msg("{name}: at least {share}% of its points", name=name, share=shown((demand.share or 0) * 100))
    names = join(standard.criteria[row].gloss for row in demand.criteria)
    return msg("at least {met} met of {names}", met=demand.met, names=names)


def condition_texts(standard: Standard, entry: Condition | Veto) -> list[Text]:
    """Tell what a condition asks for, demand by demand, and of whom."""
    demands = [demand_text(standard.facts[test.fact], test.operator, test.value) for test in entry.tests]
    if isinstance(entry, Veto):
        return demands
    demands = [any_of(demands)] if entry.any_of else demands
    return [*demands, *applies_texts(standard, entry)]


def any_of(demands: list[Text]) -> Text:
    """Tell demands of which one is enough."""
    return msg("one of: {demands}", demands=in_turn(demands, len(demands)))


def applies_texts(standard: Standard, entry: Criterion | Indicator | Condition) -> Iterator[Text]:
    """Tell under which condition a row or an indicator counts, if under any."""
    if test := entry.applies:
        demand = demand_text(standard.facts[test.fact], test.operator, test.value)
        yield msg("It counts only where {demand}", demand=demand)


def row_text(row: Criterion) -> Text:
    """Name a row by its number and its gloss."""
    return msg("row {row}, {gloss}", row=row.row, gloss=row.gloss)


def id_text(standard: Standard, name: str) -> Text:
    """Name by its id a row or a part of it, an indicator, a fact, a condition or a topic; anything else as it stands.

    >>> id_text(lsstd.load_standard("hlj-base-evaluation"), "site_and_amenities.easy_access").zh
    '选址与配套：交通'
    """
    row, _, part = name.partition(".")
    if entry := standard.criteria.get(row):
        return paired(entry.gloss, entry.parts[part].gloss) if part else entry.gloss
    if node := standard.indicators.get(name):
        return node.name
    labelled: dict[str, Fact | Condition | Veto | Topic] = {**standard.facts, **standard.topics}
    labelled |= {**standard.conditions, **standard.vetoes}
    return labelled[name].label if name in labelled else same(name)


def listed_text(standard: Standard, name: str) -> Text:
    """Name the same as tables and charts list it: a row by its number and its gloss, without a word between."""
    row = standard.criteria.get(name)
    return Text(f"{row.row} {row.gloss.zh}", f"{row.row} {row.gloss.en}") if row else id_text(standard, name)


def place_text(standard: Standard, path: str) -> Text:
    """Name a place that uses a fact: a condition by its clause, a row by its number, the form."""
    section, name = path.split(".")[:2]
    match section:
        case "criteria":
            return msg("row {number}", number=standard.criteria[name].row)
        case "conditions":
            entry = standard.conditions[name]
            return noted(msg("condition {clause}", clause=entry.clause), entry.label)
        case "vetoes":
            return noted(msg("veto {clause}", clause=standard.vetoes[name].clause), standard.vetoes[name].label)
        case "indicators" | "facts":
            return id_text(standard, name)
        case "form":
            return msg("application form")
    return msg("required for a grade")


def worth_text(standard: Standard, path: str) -> Text:
    """Name a place as `place_text` does, a row with its points."""
    row, text = standard.criteria.get(path.removeprefix("criteria.")), place_text(standard, path)
    return noted(text, msg("{points} points", points=shown(row.max_score))) if row and row.max_score else text


def path_text(standard: Standard, path: str) -> Text:
    """Return what is at a path, in words: the name of a line, a row or a demand instead of its id."""
    section, name, *rest = [*path.split("."), ""]
    fact = next((standard.facts[step] for step in rest if step in standard.facts), None)
    what = next((step for step in reversed(rest) if step), "")
    if section == "lines":
        table = standard.tables[name].label if name in standard.tables and what else msg("points")
        return noted(msg("grade line of {grade}", grade=what or name), table)
    if section == "bands":
        upper, lower = msg("upper end of grade {grade}", grade=name), msg("lower end of grade {grade}", grade=name)
        return upper if what == "upper" else lower
    named = section in ("criteria", "conditions", "vetoes", "indicators", "facts")
    if not named or name not in getattr(standard, section):
        return same(path)
    is_row = section == "criteria"
    place = row_text(standard.criteria[name]) if is_row else place_text(standard, f"{section}.{name}")
    if fact:
        return paired(place, noted(fact.label, fact.unit) if fact.unit else fact.label)
    return paired(place, _WHAT.get(what, same(what))) if what else place


_WHAT = {"max_score": msg("points"), "weight": msg("weight"), "cap": msg("cap"), "divisor": msg("divisor")}
