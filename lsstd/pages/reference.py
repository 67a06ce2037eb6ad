"""What is encoded of a standard, part by part, as sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lsstd.errors import Problem, UnknownName
from lsstd.pages.blocks import Paragraph, Section, section, table
from lsstd.words import Lang, Text, nearest, words

# Each part by its key in the catalogue: its title, and the keys of its columns.
PARTS = {
    "conditions": (Text("申报条件", "Application conditions"), "clause id text tests"),
    "vetoes": (Text("否决项", "Vetoes"), "clause id text tests"),
    "criteria": (Text("评价内容与分值", "Criteria and points"), "row indicator id text gloss max_score how"),
    "indicators": (Text("指标", "Indicators"), "id name parent printed_score how"),
    "bands": (Text("等级与分值", "Grades and bands"), "grade printed how"),
    "tables": (Text("其他等级表", "Further tables of bands"), "id label indicator bands"),
    "topics": (Text("主题", "Topics"), "clause id label in_scope described covers"),
    "form": (Text("申报表", "Application form"), "group printed fact"),
    "clauses": (Text("条款", "Clauses"), "clause title provision wording note"),
    "terms": (Text("术语", "Terms"), "clause term definition"),
    "references": (Text("引用文件", "References"), "title printed"),
    "procedure": (Text("流程", "Procedure"), "clause actor action receiver period"),
    "history": (Text("编制过程", "History"), "date clause what names"),
    "background": (Text("背景数据", "Background figures"), "label value unit source"),
    "scale": (Text("成熟度等级", "Maturity scale"), "level label meaning"),
    "measures": (
        Text("指标建议（分母为零时不评）", "Measures (not rated where the denominator is zero)"),
        "topic label formula unit source",
    ),
    "facts": (Text("事实", "Facts"), "id label kind unit"),
    "readings": (Text("解读（原文未明之处）", "Readings (where the text is silent)"), "key clause question options"),
    "bring": (Text("申报材料", "What to bring"), "kind label proves"),
    "crosswalk": (Text("与另一标准的对照", "Crosswalk"), "subject row relation topic note"),
}
_OWN = ("scale", "measures", "bring", "crosswalk")
_NOT_NORMATIVE = Text("lsstd 自拟，非规范性。", "lsstd's own, non-normative.")
HEADS = {
    "clause": "条款|clause", "id": "编号|id", "text": "原文|wording", "tests": "检验|tests", "row": "行|row",
    "indicator": "指标|indicator", "gloss": "简称|gloss", "max_score": "分值|points", "how": "说明|how it counts",
    "name": "名称|name", "parent": "上级|under", "printed_score": "分值（如原文）|points as printed",
    "grade": "等级|grade", "printed": "原文|as printed", "label": "名称|label", "bands": "等级|bands",
    "in_scope": "范围提及|in the scope", "described": "正文说明|described", "covers": "内容|covers",
    "group": "组|group", "fact": "事实|fact", "title": "标题|title", "provision": "条款类型|provision",
    "wording": "原文或概述|wording or gist", "note": "说明|note", "term": "术语|term",
    "definition": "定义|definition", "actor": "谁|who", "action": "做什么|does what", "receiver": "送交|to whom",
    "period": "时限|in which time", "date": "日期|date", "what": "事项|what", "names": "单位|names",
    "value": "数值|value", "unit": "单位|unit", "source": "来源|source", "level": "级|level",
    "meaning": "含义|meaning", "topic": "主题|topic", "formula": "公式|formula", "kind": "类型|kind", "key": "键|key",
    "question": "问题|question", "options": "选项（首个为默认）|options (default first)", "proves": "证明|proves",
    "subject": "事项|subject", "relation": "关系|relation",
}  # fmt: skip


def catalogue_sections(whole: dict[str, Any], lang: Lang, only: str | None = None) -> Iterator[Section]:
    """Yield what the catalogue of a standard holds; parts without content are left out.

    Raises
    ------
    UnknownName
        `only` names no part.
    """
    if only is not None and only not in PARTS:
        problem = Problem("--part", Text(f"没有 {only} 部分", f"no part {only}"), nearest(only, PARTS))
        raise UnknownName(Text("没有这一部分", "no such part"), [problem])
    yield Section("", f"{whole['title']}（{whole['edition']}）", (Paragraph(whole["status"], "status"),))
    for name, (title, columns) in PARTS.items():
        entries = _fields(whole[name]) if name == "form" else whole[name]
        if entries and only in (None, name):
            keys = [key for key in columns.split() if key != "how" or any(entry["how"] for entry in entries)]
            rows = [[_cell(entry, key) for key in keys] for entry in entries]
            note = Paragraph(_NOT_NORMATIVE.to(lang), "status") if name in _OWN else None
            yield section(title, lang, note, table(words(lang, *(HEADS[key] for key in keys)), rows))


def _fields(form: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the form's fields, each with its group."""
    groups = form["groups"] if form else []
    return [{"group": group["printed"] or group["gloss"], **field} for group in groups for field in group["fields"]]


def _cell(entry: dict[str, Any], key: str) -> str:
    """Return what one cell shows."""
    value = (entry["text"] or entry["gloss"]) if key == "wording" else entry[key]
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
