"""Words for codes: states, kinds of provision, periods, relations; and values and demands told to a reader."""

from __future__ import annotations

from typing import Any

from lsstd.exact import Exact, shown
from lsstd.standard.quantities import Fact, Operator
from lsstd.words import Text, same

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


def tell_value(value: Any, unit: Text | None = None) -> Text:
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


def tell_required(operator: Operator, value: bool | Exact, unit: Text | None) -> Text:
    """Tell what a demand requires: ``≥ 10 rooms``."""
    required = tell_value(value, unit)
    sign = "" if isinstance(value, bool) else _SIGNS[operator]
    return Text(sign + required.zh, sign + required.en)


def tell_in_words(operator: Operator, value: bool | Exact, unit: Text | None) -> Text:
    """Tell a requirement in a sentence: ``at least 10 rooms``."""
    if isinstance(value, bool):
        return tell_value(value)
    how, required = _WORDS[operator], tell_value(value, unit)
    return Text(f"{how.zh} {required.zh}", f"{how.en} {required.en}")


def tell_demand(fact: Fact, operator: Operator, value: bool | Exact) -> Text:
    """Tell a demand on a fact: ``live rooms ≥ 10 rooms``."""
    required = tell_required(operator, value, fact.unit)
    between = Text("：", ": ") if isinstance(value, bool) else same(" ")
    return Text(f"{fact.label.zh}{between.zh}{required.zh}", f"{fact.label.en}{between.en}{required.en}")
