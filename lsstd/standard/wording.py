"""A standard in words: codes, values, demands, how a row earns its points, how an indicator combines them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsstd.exact import Exact, shown
from lsstd.standard.bands import Demand
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Linear, Measured, Operator, PerUnit, Stage, Steps
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, same

STATES = {
    "met": Text("满足", "met"),
    "partly": Text("部分满足", "partly met"),
    "unmet": Text("未满足", "not met"),
    "unknown": Text("未知", "unknown"),
    "not_applicable": Text("不计", "not counted"),
}
KINDS = {
    "requirement": Text("要求", "requirement"),
    "instruction": Text("指示", "instruction"),
    "recommendation": Text("推荐", "recommendation"),
    "permission": Text("允许", "permission"),
    "statement": Text("陈述", "statement"),
}
PERIODS = {
    "point_in_time": Text("时点", "point in time"),
    "previous_year": Text("上一年度", "previous year"),
    "year": Text("年度", "year"),
    "last_12_months": Text("近一年", "last 12 months"),
}
RELATIONS = {"same": Text("相同", "same"), "part_of": Text("属于", "part of"), "related": Text("相关", "related")}
_SIGNS = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< ", "==": "= "}
_WORDS = {
    ">=": Text("至少", "at least"),
    "<=": Text("至多", "at most"),
    ">": Text("超过", "more than"),
    "<": Text("低于", "less than"),
    "==": Text("等于", "exactly"),
}


def value_text(value: Any, unit: Text | None = None) -> Text:
    """Show a fact's value to a reader, with its unit."""
    if value is None:
        return Text("未填", "not given")
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, tuple | str):
        return same(", ".join(value) if isinstance(value, tuple) else value)
    number = shown(value)
    if unit is None:
        return same(number)
    times = "× " if unit.en[0].isdigit() else ""  # 1000 × 10k yuan
    return Text(f"{number} {unit.zh}", f"{number} {times}{unit.en}")


def required_text(operator: Operator, value: bool | Exact, unit: Text | None) -> Text:
    """Tell what a demand requires: ``≥ 10 rooms``."""
    required = value_text(value, unit)
    sign = "" if isinstance(value, bool) else _SIGNS[operator]
    return Text(sign + required.zh, sign + required.en)


def required_in_words(operator: Operator, value: bool | Exact, unit: Text | None) -> Text:
    """Tell a requirement in a sentence: ``at least 10 rooms``."""
    if isinstance(value, bool):
        return value_text(value)
    how, required = _WORDS[operator], value_text(value, unit)
    return Text(f"{how.zh} {required.zh}", f"{how.en} {required.en}")


def demand_text(fact: Fact, operator: Operator, value: bool | Exact) -> Text:
    """Tell a demand on a fact: ``live rooms ≥ 10 rooms``."""
    required = required_text(operator, value, fact.unit)
    between = Text("：", ": ") if isinstance(value, bool) else same(" ")
    return Text(f"{fact.label.zh}{between.zh}{required.zh}", f"{fact.label.en}{between.en}{required.en}")


def rule_text(standard: Standard, row: Criterion) -> Text | None:
    """Tell the rule of a row; None where it has none of its own."""
    rule, low, top = row.rule, row.lowest, row.max_score or 0
    if rule is None:
        return None
    if rule.measured:
        return _measured(standard, rule.measured, row)
    if rule.levels:
        told = [(level.label, _span(level.points)) for level in rule.levels.values()]
        zh, en = "；".join(f"{t.zh} {p.zh} 分" for t, p in told), "; ".join(f"{t.en} {p.en}" for t, p in told)
        return Text(f"分档：{zh}", f"Levels, in points: {en}")
    if rule.points:
        start, limits = shown(rule.points.start), _span((row.min_score, top))
        return Text(
            f"自 {start} 分起，满足的分项各加减所列分值，限于 {limits.zh} 分",
            f"From {start} points each part that holds adds or takes its own, within {limits.en}",
        )
    if rule.expert:
        step = shown(rule.expert.step) if rule.expert.step else None
        zh, en = (f"，以 {step} 分为单位", f", in steps of {step}") if step else ("", "")
        limits = _span((row.min_score, top))
        return Text(f"由专家给分，{limits.zh} 分{zh}", f"Points given by an expert, {limits.en}{en}")
    if rule.shares:
        return Text(f"各分项按权重分得 {shown(top)} 分", f"The parts share {shown(top)} points by weight")
    worth = Text(f"得 {shown(top)} 分，否则 {shown(low)} 分", f"{shown(top)} points, else {shown(low)}")
    worth = worth if row.max_score is not None else Text("为满足", "met")
    if rule.at_least:
        number, count = rule.at_least.parts, len(row.parts)
        return Text(f"{count} 项中至少 {number} 项{worth.zh}", f"At least {number} of {count} parts: {worth.en}")
    return Text(f"各分项都满足{worth.zh}", f"All parts: {worth.en}")


def _span(ends: tuple[Exact, Exact]) -> Text:
    low, high = (shown(end) for end in ends)
    return same(low) if low == high else Text(f"{low}～{high}", f"{low} to {high}")


def quantity_text(standard: Standard, rule: Measured) -> Text:
    """Name the quantity that decides a row: a fact, or the ratio of two."""
    label = standard.facts[rule.fact].label
    if rule.per is None:
        return label
    below = standard.facts[rule.per].label
    return Text(f"{label.zh} ÷ {below.zh}", f"{label.en} ÷ {below.en}")


def _measured(standard: Standard, rule: Measured, row: Criterion) -> Text:
    name, low, top = quantity_text(standard, rule), max(row.min_score, 0), row.max_score or 0
    fact = standard.facts[rule.fact] if rule.per is None else None
    if isinstance(rule, Linear):
        start, to = _amount(rule.start, fact), _amount(rule.to, fact)
        step = shown(rule.step * 100) if rule.step else None
        zh, en = (f"，比例向下取到 {step}% 的整倍数", f", in whole steps of {step}%") if step else ("", "")
        return Text(
            f"{name.zh}为 {start.zh} 得 {shown(low)} 分，{to.zh} 得 {shown(top)} 分，其间按比例{zh}",
            f"{name.en}: {shown(low)} points at {start.en}, {shown(top)} at {to.en}, in proportion between{en}",
        )
    if isinstance(rule, Steps):
        told = [_stage(stage, top, fact) for stage in rule.stages]
        zh, en = "；".join(t.zh for t in told), "; ".join(t.en for t in told)
        return Text(f"{name.zh}：{zh}；以下 {shown(low)} 分", f"{name.en}: {en}; below that {shown(low)}")
    assert isinstance(rule, PerUnit)
    unit, each, limits = _amount(rule.unit, fact), shown(max(rule.each, -rule.each)), _span((row.min_score, top))
    verb = ("扣", "less") if rule.each < 0 else ("加", "more")
    en = "each" if rule.unit == 1 else f"each {unit.en}"
    return Text(
        f"自 {shown(rule.start)} 分起，{name.zh}每满 {unit.zh}，{verb[0]} {each} 分，限于 {limits.zh} 分",
        f"{name.en}: from {shown(rule.start)} points {each} {verb[1]} for {en}, within {limits.en}",
    )


def _amount(value: Exact, fact: Fact | None) -> Text:
    """Show a number in the unit of its fact, if it is one fact's."""
    return value_text(value, fact.unit if fact else None)


def _stage(stage: Stage, top: Exact, fact: Fact | None) -> Text:
    line, beyond = stage.line
    sign, at, worth = ">" if beyond else "≥", _amount(line, fact), shown(stage.worth(top))
    return Text(f"{sign} {at.zh} 得 {worth} 分", f"{sign} {at.en}: {worth} points")


_COMBINED = {
    "minimum": Text("取其中最低的一项", "The lowest of them counts"),
    "maximum": Text("取其中最高的一项", "The highest of them counts"),
}
_APART = {
    "reduced": Text("不适用的行连同其满分去掉", "What does not apply leaves the maximum, too"),
    "rescaled": Text(
        "不适用的行去掉，其余按比例折算到原满分",
        "What does not apply is left out, the rest scaled up to the full maximum",
    ),
}


def combining_texts(node: Indicator) -> Iterator[Text]:
    """Tell, one by one, what an indicator does otherwise than add up what stands under it."""
    if node.combine == "best":
        yield Text(f"只计得分最高的 {node.best} 项", f"Only the {node.best} with the most points count")
    elif node.combine in _COMBINED:
        yield _COMBINED[node.combine]
    if node.not_applicable in _APART:
        yield _APART[node.not_applicable]
    if node.cap is not None:
        yield Text(f"至多 {shown(node.cap)} 分", f"At most {shown(node.cap)} points")
    if node.floor is not None:
        yield Text(f"至少 {shown(node.floor)} 分", f"At least {shown(node.floor)} points")
    if node.divisor != 1:
        yield Text(f"再除以 {shown(node.divisor, 4)}", f"Then divided by {shown(node.divisor, 4)}")
    yield from weight_texts(node)
    if node.on_top:
        yield Text("加在满分之外", "It comes on top of the maximum")


def weight_texts(entry: Criterion | Indicator) -> Iterator[Text]:
    """Tell how often a row or an indicator counts above it, where that is not once."""
    if entry.weight != 1:
        weight = shown(entry.weight, 4)
        yield Text(f"上一级按 {weight} 倍计", f"It counts {weight} times above it")


def asked_text(standard: Standard, demand: Demand) -> Text:
    """Tell what a grade asks for besides its score."""
    if demand.test:
        return demand_text(standard.facts[demand.test.fact], demand.test.operator, demand.test.value)
    if demand.indicator:
        name = standard.indicators[demand.indicator].name
        if demand.points is not None:
            points = shown(demand.points)
            return Text(f"{name.zh}不低于 {points} 分", f"{name.en}: at least {points} points")
        share = shown((demand.share or 0) * 100)
        return Text(f"{name.zh}不低于满分的 {share}%", f"{name.en}: at least {share}% of its points")
    names = join(standard.criteria[row].gloss for row in demand.criteria)
    return Text(f"{names.zh}中至少满足 {demand.met} 项", f"at least {demand.met} met of {names.en}")


def applies_text(standard: Standard, entry: Criterion | Indicator) -> Text:
    """Tell under which condition a row or an indicator counts."""
    assert entry.applies is not None
    demand = demand_text(standard.facts[entry.applies.fact], entry.applies.operator, entry.applies.value)
    return Text(f"只在 {demand.zh} 时计", f"It counts only where {demand.en}")
