"""A standard as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from lsstd.core.standard import Standard
from lsstd.text import Lang, Text
from lsstd.views.terminal import table


def standards_table(standards: list[Standard], lang: Lang) -> Table:
    """Return the standards that are encoded."""
    heads = [
        Text(*pair).to(lang) for pair in (("编号", "id"), ("版本", "edition"), ("名称", "title"), ("说明", "status"))
    ]
    made = table(Text("标准", "Standards").to(lang), *heads)
    for standard in standards:
        made.add_row(
            standard.standard,
            standard.edition,
            escape(standard.title.to(lang)),
            escape(standard.status.to(lang)),
        )
    return made


def show_tables(standard: Standard, whole: dict[str, Any], lang: Lang) -> Iterator[RenderableType]:
    """Yield what is encoded, part by part; parts without content are left out."""
    yield f"[bold]{escape(whole['title'])}[/]（{escape(whole['edition'])}）"
    yield f"[dim]{escape(whole['status'])}[/]"
    if whole["conditions"] or whole["vetoes"]:
        yield _conditions(whole, lang)
    if whole["criteria"]:
        yield _criteria(standard, whole, lang)
    if whole["bands"]:
        bands = table(
            _word(lang, "等级与分值", "Grades and bands"),
            _word(lang, "等级", "grade"),
            _word(lang, "分值", "score as printed"),
        )
        for band in whole["bands"]:
            bands.add_row(escape(band["grade"]), escape(band["printed"]))
        yield bands
    if whole["facts"]:
        facts = table(
            _word(lang, "事实", "Facts"),
            _word(lang, "编号", "id"),
            _word(lang, "名称", "label"),
            _word(lang, "类型", "kind"),
            _word(lang, "单位", "unit"),
        )
        for fact in whole["facts"]:
            facts.add_row(fact["id"], escape(fact["label"]), fact["kind"], fact["unit"] or "")
        yield facts
    if whole["readings"]:
        yield _readings(whole, lang)


def _word(lang: Lang, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _demand(test: dict[str, Any], names: dict[str, str]) -> str:
    value = (
        {True: "✓", False: "✗"}.get(test["value"], test["value"]) if isinstance(test["value"], bool) else test["value"]
    )
    return f"{names[test['fact']]} {test['operator']} {value}{' ' + test['unit'] if test['unit'] else ''}"


def _conditions(whole: dict[str, Any], lang: Lang) -> Table:
    names = {fact["id"]: fact["label"] for fact in whole["facts"]}
    made = table(
        _word(lang, "申报条件与否决项", "Application conditions and vetoes"),
        _word(lang, "条款", "clause"),
        _word(lang, "编号", "id"),
        _word(lang, "原文", "wording"),
        _word(lang, "检验", "tests"),
    )
    for entry in (*whole["conditions"], *whole["vetoes"]):
        tests = entry.get("tests") or [entry["test"]]
        made.add_row(
            entry["clause"],
            entry["id"],
            escape(entry["text"]),
            escape("\n".join(_demand(t, names) for t in tests)),
        )
    return made


def _criteria(standard: Standard, whole: dict[str, Any], lang: Lang) -> Table:
    made = table(
        _word(lang, "评价内容与分值", "Criteria and points"),
        _word(lang, "行", "row"),
        _word(lang, "二级指标", "indicator"),
        _word(lang, "编号", "id"),
        _word(lang, "原文", "wording"),
        _word(lang, "分值", "points"),
        right=(0, 4),
    )
    for row in whole["criteria"]:
        points = "—" if row["max_score"] is None else str(row["max_score"])
        indicator = standard.indicators[row["indicator"]].name.to(lang)
        wording = row["text"] if lang == "zh" else f"{row['gloss']}\n{row['text']}"
        made.add_row(str(row["row"]), escape(indicator), row["id"], escape(wording), points)
    return made


def _readings(whole: dict[str, Any], lang: Lang) -> Table:
    made = table(
        _word(lang, "解读（原文未明之处）", "Readings (where the text is silent)"),
        _word(lang, "键", "key"),
        _word(lang, "条款", "clause"),
        _word(lang, "问题", "question"),
        _word(lang, "选项（首个为默认）", "options (default first)"),
    )
    for reading in whole["readings"]:
        options = "\n".join(f"{option['option']}: {option['label']}" for option in reading["options"])
        made.add_row(reading["key"], reading["clause"], escape(reading["question"]), escape(options))
    return made
