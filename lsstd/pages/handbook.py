"""A standard as pages to read: every part of it, one row's page, what a search finds, the form against the scoring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lsstd.engine.catalogue import Hit, catalogue, coverage
from lsstd.errors import Problem, UnknownName
from lsstd.exact import exact
from lsstd.pages.base_page import title_of
from lsstd.pages.blocks import NON_NORMATIVE, Block, Heading, Paragraph, Section, grid, section
from lsstd.standard.document import Crosswalk
from lsstd.standard.readings import touching
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Standard
from lsstd.standard.wording import KINDS, PERIODS, RELATIONS, demand_text, rule_text
from lsstd.words import Lang, Text, nearest, words

# Each part by its key in the catalogue: its title, and the keys of its columns.
PARTS = {
    "conditions": (Text("申报条件", "Application conditions"), "clause id label text tests"),
    "vetoes": (Text("否决项", "Vetoes"), "clause id label text tests"),
    "criteria": (Text("评价内容与分值", "Criteria and points"), "row indicator id text gloss max_score how"),
    "indicators": (Text("指标", "Indicators"), "id name parent printed_score how"),
    "bands": (Text("等级与分值", "Grades and bands"), "grade printed how"),
    "tables": (Text("其他等级表", "Further tables of bands"), "id label indicator bands"),
    "topics": (Text("主题", "Topics"), "clause id label in_scope described covers"),
    "form": (Text("申报表", "Application form"), "group printed gloss fact"),
    "clauses": (Text("条款", "Clauses"), "clause title provision wording note"),
    "terms": (Text("术语", "Terms"), "clause term definition gloss"),
    "references": (Text("引用文件", "References"), "title printed"),
    "procedure": (Text("流程", "Procedure"), "clause actor action receiver period"),
    "history": (Text("编制过程", "History"), "date clause what names"),
    "background": (Text("背景数据", "Background figures"), "label value unit source"),
    "scale": (Text("成熟度等级", "Maturity scale"), "level label meaning"),
    "measures": (
        Text("指标建议（分母为零时不评）", "Measures (not rated where the denominator is zero)"),
        "topic label formula unit better source",
    ),
    "facts": (Text("事实", "Facts"), "id label kind unit"),
    "readings": (Text("解读（原文未明之处）", "Readings (where the text is silent)"), "key clause question options"),
    "bring": (Text("申报材料", "What to bring"), "kind label proves"),
    "crosswalk": (Text("与另一标准的对照", "Crosswalk"), "subject row relation topic note"),
}
HEADS = {
    "clause": "条款|clause", "id": "编号|id", "text": "原文|wording", "tests": "检验|tests", "row": "行|row",
    "indicator": "指标|indicator", "gloss": "简称|gloss", "max_score": "分值|points", "how": "说明|how it counts",
    "name": "名称|name", "parent": "上级|under", "printed_score": "分值（如原文）|points as printed",
    "grade": "等级|grade", "printed": "原文|as printed", "label": "名称|label", "bands": "等级|bands",
    "in_scope": "范围提及|in the scope", "described": "正文说明|described", "covers": "内容|covers",
    "group": "组|group", "fact": "事实|fact", "title": "标题|title", "provision": "条款类型|provision",
    "wording": "原文或概述|wording or gist", "note": "说明|note", "term": "术语|term",
    "definition": "定义|definition", "actor": "谁|who", "action": "做什么|action", "receiver": "送交|sent to",
    "period": "时限|time limit", "date": "日期|date", "what": "事项|what", "names": "单位|names",
    "value": "数值|value", "unit": "单位|unit", "source": "来源|source", "level": "级|level",
    "meaning": "含义|meaning", "topic": "主题|topic", "formula": "公式|formula", "better": "方向|better",
    "kind": "类型|kind", "key": "键|key",
    "question": "问题|question", "options": "选项（首个为默认）|options (default first)", "proves": "证明|proves",
    "subject": "事项|subject", "relation": "关系|relation",
}  # fmt: skip


_OWN = ("scale", "measures", "bring", "crosswalk")
"""The parts that are lsstd's own."""


def overview(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the standards side by side: what each holds, and its status."""
    heads = "标准|standard", "版本|edition", "内容|holds", "说明|status"
    rows = [(s.title, s.edition, _size(s), s.status) for s in standards]
    return section(Text("标准一览", "The standards"), lang, grid(lang, heads, rows))


def _size(standard: Standard) -> Text:
    counts = (len(held) for held in (standard.clauses, standard.conditions, standard.criteria, standard.topics))
    clauses, conditions, rows, topics = counts
    return Text(
        f"{clauses} 个条款，{conditions} 项条件，{rows} 行，{topics} 个主题",
        f"{clauses} clauses, {conditions} conditions, {rows} rows, {topics} topics",
    )


def part(standard: Standard, name: str, lang: Lang, crosswalks: Iterable[Crosswalk] = ()) -> Section:
    """Return one part of a standard, with the standard's status.

    Raises
    ------
    UnknownName
        There is no such part.
    """
    return list(parts(standard, catalogue(standard, lang, crosswalks=crosswalks), lang, name))[-1]


def parts(standard: Standard, whole: Mapping[str, Any], lang: Lang, only: str | None = None) -> Iterator[Section]:
    """Yield a standard's title and status, then its parts; of all, those without content are left out.

    Parameters
    ----------
    whole : mapping
        The standard's catalogue, perhaps of one clause alone.
    only : str, optional
        The one part that is wanted.

    Raises
    ------
    UnknownName
        `only` names no part.
    """
    if only is not None and only not in PARTS:
        problem = Problem("--part", Text(f"没有 {only} 部分", f"no part {only}"), nearest(only, PARTS))
        raise UnknownName(Text("没有这一部分", "no such part"), [problem])
    yield Section("", title_of(standard, lang), (Paragraph(standard.status.to(lang), "status"),))
    for name in (only,) if only else PARTS:
        entries = _fields(whole[name]) if name == "form" else whole[name]
        if entries:
            title, columns = PARTS[name]
            keys = [key for key in columns.split() if key != "how" or any(entry["how"] for entry in entries)]
            rows = [[_cell(standard, entry, key) for key in keys] for entry in entries]
            note = Paragraph(f"{NON_NORMATIVE.to(lang)}{'。' if lang == 'zh' else '.'}", "status")
            yield section(title, lang, note if name in _OWN else None, grid(lang, (HEADS[key] for key in keys), rows))


def _fields(form: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the form's fields, each with its group."""
    groups = form["groups"] if form else []
    return [{"group": group["printed"] or group["gloss"], **field} for group in groups for field in group["fields"]]


def _cell(standard: Standard, entry: Mapping[str, Any], key: str) -> object:
    """Return one cell: codes in words, lists line by line."""
    value = (entry["text"] or entry["gloss"]) if key == "wording" else entry[key]
    match key, value:
        case "max_score", None:
            return None
        case "tests", tests:
            demands = ((standard.facts[t["fact"]], t["operator"], t["value"]) for t in tests)
            told = [demand_text(f, sign, v if isinstance(v, bool) else exact(v)) for f, sign, v in demands]
            return Text("\n".join(text.zh for text in told), "\n".join(text.en for text in told))
        case "provision", {"kind": kind, "verb": verb}:
            return _provision(kind, verb)
        case "bands", bands:
            return "\n".join(f"{band['grade']} {band['printed']}" for band in bands)
        case "how", rules:
            return "\n".join(rules)
        case "options", options:
            return "\n".join(f"{option['option']}: {option['label']}" for option in options)
        case "better", better:
            return {"up": "↑", "down": "↓"}[better]
        case "relation", relation:
            return RELATIONS[relation]
        case _, dict():
            return "\n".join(f"{name}: {text}" for name, text in value.items())
        case _, list():
            return ", ".join(map(str, value))
        case _, bool():
            return "✓" if value else "✗"
    return "" if value is None else str(value)


def _provision(kind: str, verb: str | None) -> Text:
    zh, en = KINDS[kind].zh, KINDS[kind].en
    return Text(f"{zh}（{verb}）", f"{en} ({verb})") if verb else KINDS[kind]


def terms(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the terms of the standards, Chinese and English side by side."""
    heads = "条款|clause", "术语|term (zh)", "英文|term (en)", "定义|definition", "概述|gist"
    rows = [
        (term.clause, term.term.zh, term.term.en, term.definition, term.gloss)
        for standard in standards
        for term in standard.terms.values()
    ]
    return section(Text("术语", "Terms"), lang, grid(lang, heads, rows, tight=(0,)))


def form_coverage(standard: Standard, lang: Lang) -> Section:
    """Return what the form asks and no row uses, and what rows use and the form does not ask."""
    found = coverage(standard)
    blocks: list[Block] = []
    for title, names in (
        (Text("申报表要填、评分不用的", "Asked by the form, used by no condition or row"), found.form_only),
        (Text("评分要用、申报表不问的", "Used by conditions or rows, not asked by the form"), found.scoring_only),
        (Text("两处都用的", "Asked and used"), found.both),
    ):
        facts = [standard.facts[name] for name in names]
        rows = [(f.label, f.id, f.unit or "", PERIODS[f.period] if f.period else "") for f in facts]
        heads = "名称|quantity", "事实|fact", "单位|unit", "时间|period"
        blocks += [Heading(f"{title.to(lang)} · {len(rows)}"), grid(lang, heads, rows)]
    return section(Text("申报表与评分的对照", "The form against the scoring"), lang, *blocks)


def row_page(standard: Standard, row_id: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return one row's page: wording, verb, parts, facts, form fields, readings, evidence, neighbours.

    Raises
    ------
    UnknownName
        With the nearest row.
    """
    if row_id not in standard.criteria:
        found = Text(f"没有 {row_id}", f"there is no {row_id}")
        raise UnknownName(
            Text("没有这一行", "no such row"), [Problem("criterion", found, nearest(row_id, standard.criteria))]
        )
    row = standard.criteria[row_id]
    verb = row.provision.verb or Text("无助动词", "no verb").to(lang)
    rule = rule_text(standard, row)
    facts: list[tuple[Text, object]] = [
        (Text("原文", "Wording"), row.text),
        (Text("位置", "Place"), f"{row.clause} · {standard.indicators[row.indicator].name.to(lang)} · {row.id}"),
        (Text("分值", "Points"), row.max_score),
        *([(Text("计分", "Rule"), rule)] if rule else []),
        (Text("条款类型", "Provision"), _provision(row.provision.kind, verb)),
        (Text("建议的佐证", "Suggested evidence"), _evidence(standard, row, lang)),
        (Text("申报表字段", "Form fields"), _form_fields(standard, row, lang)),
        (Text("相关解读", "Readings"), "\n".join(_readings(standard, row, lang)) or None),
        (Text("另一标准中的相邻内容", "Neighbours"), _neighbours(row.id, crosswalks, lang)),
    ]
    title = Text(f"第 {row.row} 行 {row.gloss.zh}", f"Row {row.row}: {row.gloss.en}")
    return section(
        title, lang, grid(lang, ("项目|item", "内容|content"), facts, tight=(0,)), _demands(standard, row, lang)
    )


def _demands(standard: Standard, row: Criterion, lang: Lang) -> Block | Text | None:
    """Return the parts of a row with their thresholds."""
    if not row.parts:
        return None if row.rule else Text("只有一项要求，整行作答。", "One demand: the row is answered as a whole.")
    rows = [(part.gloss, part.text, part.test and _demand(standard, part.test)) for part in row.parts.values()]
    return grid(lang, ("分项|part", "原文|wording", "门槛|threshold"), rows)


def _demand(standard: Standard, test: Test) -> Text:
    return demand_text(standard.facts[test.fact], test.operator, test.value)


def _marked(text: str, lang: Lang) -> str:
    """Return a text marked as lsstd's own."""
    return f"{text}（{NON_NORMATIVE.to(lang)}）"


def _evidence(standard: Standard, row: Criterion, lang: Lang) -> str | None:
    kinds = "、".join(standard.evidence_kinds[kind].to(lang) for kind in row.evidence)
    return _marked(kinds, lang) if kinds else None


def _form_fields(standard: Standard, row: Criterion, lang: Lang) -> str | None:
    """Return the fields of the form that ask for what a row needs."""
    asked = {part.test.fact for part in row.parts.values() if part.test}
    asked |= {fact for _, fact in row.rule.facts()} if row.rule else set()
    asked |= {since for fact in asked if (since := standard.facts[fact].years_since)}
    groups = standard.form.groups.values() if standard.form else ()
    fields = [field for group in groups for field in group.fields.values() if field.fact in asked]
    return "\n".join(f.printed if lang == "zh" else f"{f.gloss.en}\n{f.printed}" for f in fields) or None


def _readings(standard: Standard, row: Criterion, lang: Lang) -> Iterable[str]:
    """Yield the readings that bear on a row."""
    bearing = set(touching(row, standard)) - {"rounding"}  # which bears on all
    for key, reading in standard.readings.items():
        if key in bearing:
            yield Text(f"{key}：{reading.question.zh}", f"{key}: {reading.question.en}").to(lang)


def _neighbours(name: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> str | None:
    """Return what the other standard says of the same thing, for a row or a topic."""
    found = [
        f"{link.topic if link.row == name else link.row}（{RELATIONS[link.relation].to(lang)}）{link.note.to(lang)}"
        for walk in crosswalks
        for links in walk.links.values()
        for link in links
        if name in (link.row, link.topic)
    ]
    return _marked("\n".join(found), lang) if found else None


_PART_OF = {"condition": "conditions", "clause": "clauses", "topic": "topics", "term": "terms", "measure": "measures"}


def hit_page(standard: Standard, hit: Hit, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return the page of what a search found: a row's own page, or its line of the part that it belongs to."""
    if hit.kind == "criterion":
        return row_page(standard, hit.id, crosswalks, lang)
    whole = catalogue(standard, lang)
    name = _PART_OF.get(hit.kind, "form")
    entries = _fields(whole["form"]) if name == "form" else whole[name]
    entry = next(
        entry for entry in entries if hit.id in (entry.get("id"), entry["clause"] if name == "clauses" else "")
    )
    rows: list[tuple[str, object]] = [(words(lang, "标准|standard")[0], title_of(standard, lang))]
    rows += [(words(lang, HEADS[key])[0], _cell(standard, entry, key)) for key in PARTS[name][1].split() if entry[key]]
    if hit.kind == "topic":
        rows.append((words(lang, "相邻内容|neighbours")[0], _neighbours(hit.id, crosswalks, lang)))
    title = Text(f"{hit.clause} {hit.label.zh}", f"{hit.clause} {hit.label.en}")
    note = Paragraph(NON_NORMATIVE.to(lang), "status") if name in _OWN else None
    return section(title, lang, note, grid(lang, ("项目|item", "内容|content"), rows, tight=(0,)))
