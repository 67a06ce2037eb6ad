"""What is encoded of a standard, part by part, as sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lsstd.errors import Problem, UnknownName
from lsstd.pages.blocks import Paragraph, Section, section, table
from lsstd.words import Lang, Text, nearest


class Part(NamedTuple):
    """A part of a standard: its key in the catalogue, its title, its columns (``key|zh|en``)."""

    key: str
    title: Text
    columns: tuple[str, ...]


_CLAUSE = "clause|条款|clause"
_ID = "id|编号|id"
_TEXT = "text|原文|wording"
_HOW = "how|计分|how it counts"

PARTS = (
    Part("conditions", Text("申报条件", "Application conditions"), (_CLAUSE, _ID, _TEXT, "tests|检验|tests")),
    Part("vetoes", Text("否决项", "Vetoes"), (_CLAUSE, _ID, _TEXT, "tests|检验|tests")),
    Part(
        "criteria",
        Text("评价内容与分值", "Criteria and points"),
        ("row|行|row", "indicator|指标|indicator", _ID, _TEXT, "gloss|简称|gloss", "max_score|分值|points", _HOW),
    ),
    Part(
        "indicators",
        Text("指标", "Indicators"),
        (_ID, "name|名称|name", "parent|上级|under", "printed_score|分值（如原文）|points as printed", _HOW),
    ),
    Part(
        "bands",
        Text("等级与分值", "Grades and bands"),
        ("grade|等级|grade", "printed|分值|score as printed", "how|另有要求|asks for more"),
    ),
    Part(
        "tables",
        Text("其他等级表", "Further tables of bands"),
        (_ID, "label|名称|label", "indicator|指标|of", "bands|等级|bands"),
    ),
    Part(
        "topics",
        Text("主题", "Topics"),
        (
            _CLAUSE,
            _ID,
            "label|名称|label",
            "in_scope|范围提及|in the scope",
            "described|正文说明|described",
            "covers|内容|covers",
        ),
    ),
    Part("form", Text("申报表", "Application form"), ("group|组|group", "printed|字段|field", "fact|事实|fact")),
    Part(
        "clauses",
        Text("条款", "Clauses"),
        (
            _CLAUSE,
            "title|标题|title",
            "provision|条款类型|provision",
            "told|原文或概述|wording or gist",
            "note|注记|remark",
        ),
    ),
    Part("terms", Text("术语", "Terms"), (_CLAUSE, "term|术语|term", "definition|定义|definition")),
    Part(
        "references", Text("引用文件", "References"), ("title|名称|title", "printed|编号（如原文）|number as printed")
    ),
    Part(
        "procedure",
        Text("流程", "Procedure"),
        (_CLAUSE, "actor|谁|who", "action|做什么|does what", "receiver|送交|to whom", "period|时限|in which time"),
    ),
    Part("history", Text("编制过程", "History"), ("date|日期|date", _CLAUSE, "what|事项|what", "names|单位|names")),
    Part(
        "background",
        Text("背景数据", "Background figures"),
        ("label|指标|figure", "value|数值|value", "unit|单位|unit", "source|来源|source"),
    ),
    Part(
        "scale",
        Text("成熟度等级（lsstd 自拟，非规范性）", "Maturity scale (lsstd's own, non-normative)"),
        ("level|级|level", "label|名称|label", "meaning|含义|meaning"),
    ),
    Part(
        "measures",
        Text(
            "指标建议（分母为零时不评）（lsstd 自拟，非规范性）",
            "Measures (lsstd's own, non-normative; not rated where the denominator is zero)",
        ),
        ("topic|主题|topic", "label|名称|label", "formula|公式|formula", "unit|单位|unit", "source|来源|source"),
    ),
    Part("facts", Text("事实", "Facts"), (_ID, "label|名称|label", "kind|类型|kind", "unit|单位|unit")),
    Part(
        "readings",
        Text("解读（原文未明之处）", "Readings (where the text is silent)"),
        ("key|键|key", _CLAUSE, "question|问题|question", "options|选项（首个为默认）|options (default first)"),
    ),
    Part(
        "bring",
        Text("申报材料（lsstd 自拟，非规范性）", "What to bring (lsstd's own, non-normative)"),
        ("kind|类别|kind", "label|名称|label", "proves|证明|proves"),
    ),
    Part(
        "crosswalk",
        Text("与另一标准的对照（lsstd 自拟，非规范性）", "Crosswalk (lsstd's own, non-normative)"),
        ("subject|事项|subject", "row|评价内容|row", "relation|关系|relation", "topic|主题|topic", "note|说明|note"),
    ),
)


def catalogue_sections(whole: dict[str, Any], lang: Lang, only: str | None = None) -> Iterator[Section]:
    """Yield what the catalogue of a standard holds; parts without content are left out.

    Raises
    ------
    UnknownName
        `only` names no part.
    """
    if only is not None and only not in (keys := [part.key for part in PARTS]):
        problem = Problem("--part", Text(f"没有 {only} 部分", f"no part {only}"), nearest(only, keys))
        raise UnknownName(Text("没有这一部分", "no such part"), [problem])
    yield Section("", f"{whole['title']}（{whole['edition']}）", (Paragraph(whole["status"], "status"),))
    for part in PARTS:
        entries = _fields(whole[part.key]) if part.key == "form" else whole[part.key]
        if entries and only in (None, part.key):
            columns = [column.split("|") for column in part.columns]
            columns = [column for column in columns if column[0] != "how" or any(entry["how"] for entry in entries)]
            rows = [[_cell(entry, key) for key, _, _ in columns] for entry in entries]
            yield section(part.title, lang, table((Text(zh, en).to(lang) for _, zh, en in columns), rows))


def _fields(form: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the form's fields, each with its group."""
    groups = form["groups"] if form else []
    return [{"group": group["printed"] or group["gloss"], **field} for group in groups for field in group["fields"]]


def _cell(entry: dict[str, Any], key: str) -> str:
    """Return what one cell shows."""
    value = (entry["text"] or entry["gloss"]) if key == "told" else entry[key]
    if key == "max_score" and value is None:
        return "—"
    if key == "provision" and value:
        return f"{value['kind']} {value['verb'] or ''}".strip()
    if key == "tests":
        return "\n".join(f"{t['fact']} {t['operator']} {_flag(t['value'])} {t['unit'] or ''}".strip() for t in value)
    if key == "bands":
        return "\n".join(f"{band['grade']} {band['printed']}" for band in value)
    if key == "how":
        return "\n".join(value)
    if key == "options":
        return "\n".join(f"{option['option']}: {option['label']}" for option in value)
    if isinstance(value, dict):
        return "\n".join(f"{where}: {text}" for where, text in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(_flag(value))


def _flag(value: Any) -> Any:
    return {True: "✓", False: "✗"}[value] if isinstance(value, bool) else value
