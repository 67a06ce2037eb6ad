"""A standard as pages to read: every part of it, one row's page, what a search finds, the form against the scoring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lsstd.engine.catalogue import catalogue
from lsstd.engine.coverage import coverage
from lsstd.errors import Problem, UnknownName
from lsstd.exact import exact
from lsstd.pages.blocks import NON_NORMATIVE, Block, Cell, Heading, Paragraph, Section, grid, section
from lsstd.standard.document import Crosswalk
from lsstd.standard.readings import touching
from lsstd.standard.scoring import Criterion, Test
from lsstd.standard.search import Hit
from lsstd.standard.standard import Standard
from lsstd.standard.wording import KINDS, PERIODS, RELATIONS, tell_demand, tell_rule
from lsstd.words import Lang, Text, nearest, words


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a standard: its title and its columns, each ``key|zh|en`` with the key of the catalogue."""

    title: Text
    columns: tuple[str, ...]
    is_normative: bool = True


_CLAUSE, _ID, _WORDING = "clause|条款|clause", "id|编号|id", "text|原文|wording"
_HOW, _UNIT, _SOURCE = "how|计分|how it counts", "unit|单位|unit", "source|来源|source"
_LABEL = "label|名称|label"
_CONDITION = (_CLAUSE, _ID, "label|简称|label", _WORDING, "tests|检验|tests")
PARTS = {
    "conditions": Part(Text("申报条件", "Application conditions"), _CONDITION),
    "vetoes": Part(Text("否决项", "Vetoes"), _CONDITION),
    "criteria": Part(
        Text("评价内容与分值", "Criteria and points"),
        ("row|行|row", "indicator|指标|indicator", _ID, _WORDING, "gloss|简称|gloss", "max_score|分值|points", _HOW),
    ),
    "indicators": Part(
        Text("指标", "Indicators"),
        (_ID, "name|名称|name", "parent|上级|under", "printed_score|分值（如原文）|points as printed", _HOW),
    ),
    "bands": Part(
        Text("等级与分值", "Grades and bands"),
        ("grade|等级|grade", "printed|分值|score as printed", "how|另有要求|further demands"),
    ),
    "tables": Part(
        Text("其他等级表", "Further tables of bands"), (_ID, _LABEL, "indicator|指标|indicator", "bands|等级|bands")
    ),
    "topics": Part(
        Text("主题", "Topics"),
        (_CLAUSE, _ID, _LABEL, "in_scope|范围提及|in the scope", "described|正文说明|described", "covers|内容|covers"),
    ),
    "form": Part(
        Text("申报表", "Application form"),
        ("group|组|group", "printed|字段|field", "gloss|简称|gloss", "fact|事实|fact"),
    ),
    "clauses": Part(
        Text("条款", "Clauses"),
        (
            *(_CLAUSE, "title|标题|title", "provision|条款类型|provision"),
            *("wording|原文或概述|wording or gist", "note|注记|remark"),
        ),
    ),
    "terms": Part(Text("术语", "Terms"), (_CLAUSE, "term|术语|term", "definition|定义|definition", "gloss|概述|gist")),
    "references": Part(
        Text("引用文件", "References"), ("title|名称|title", "printed|编号（如原文）|number as printed")
    ),
    "procedure": Part(
        Text("流程", "Procedure"),
        (_CLAUSE, "actor|谁|who", "action|做什么|action", "receiver|送交|sent to", "period|时限|time limit"),
    ),
    "history": Part(Text("编制过程", "History"), ("date|日期|date", _CLAUSE, "what|事项|event", "names|单位|names")),
    "background": Part(
        Text("背景数据", "Background figures"), ("label|指标|figure", "value|数值|value", _UNIT, _SOURCE)
    ),
    "scale": Part(
        Text("成熟度等级", "Maturity scale"), ("level|级|level", _LABEL, "meaning|含义|meaning"), is_normative=False
    ),
    "measures": Part(
        Text("指标建议（分母为零时不评）", "Measures (not rated where the denominator is zero)"),
        ("topic|主题|topic", _LABEL, "formula|公式|formula", _UNIT, "better|方向|better", _SOURCE),
        is_normative=False,
    ),
    "facts": Part(Text("事实", "Facts"), (_ID, _LABEL, "kind|类型|kind", _UNIT)),
    "readings": Part(
        Text("解读（原文未明之处）", "Readings (where the text is silent)"),
        ("key|键|key", _CLAUSE, "question|问题|question", "options|选项（首个为默认）|options (default first)"),
    ),
    "bring": Part(
        Text("申报要带的材料", "What to bring"), ("kind|类别|kind", _LABEL, "proves|证明|proves"), is_normative=False
    ),
    "crosswalk": Part(
        Text("与另一标准的对照", "Crosswalk"),
        ("subject|事项|subject", "row|评价内容|row", "relation|关系|relation", "topic|主题|topic", "note|说明|note"),
        is_normative=False,
    ),
}
"""The parts of a standard, as ``lsstd show`` lists them."""


def overview(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the standards side by side: what each holds, and its status."""
    heads = "编号|id", "标准|standard", "版本|edition", "内容|holds", "说明|status"
    rows = [(s.standard, s.title, s.edition, _size(s), s.status) for s in standards]
    return section(Text("标准一览", "The standards"), lang, grid(lang, heads, rows))


def _size(standard: Standard) -> Text:
    counts = (len(held) for held in (standard.clauses, standard.conditions, standard.criteria, standard.topics))
    clauses, conditions, rows, topics = counts
    return Text(
        f"{clauses} 个条款，{conditions} 项条件，{rows} 行，{topics} 个主题",
        f"{clauses} clauses, {conditions} conditions, {rows} rows, {topics} topics",
    )


def part(standard: Standard, key: str, lang: Lang, crosswalks: Iterable[Crosswalk] = ()) -> Section:
    """Return one part of a standard, with the standard's status.

    Raises
    ------
    UnknownName
        There is no such part.
    """
    (found,) = parts(standard, lang, only=key, crosswalks=crosswalks, keep_empty=True)
    return replace(found, blocks=(Paragraph(standard.status.to(lang), "status"), *found.blocks))


def parts(
    standard: Standard,
    lang: Lang,
    clause: str | None = None,
    crosswalks: Iterable[Crosswalk] = (),
    only: str | None = None,
    keep_empty: bool = False,
) -> list[Section]:
    """Return what is encoded of a standard, part by part; without `keep_empty` only parts that hold something.

    Parameters
    ----------
    clause : str, optional
        Only what stands in this clause or below it.
    crosswalks : iterable of Crosswalk
        Where the standard meets others.
    only : str, optional
        The key of the one part that is wanted.

    Raises
    ------
    UnknownName
        There is no such part or clause.
    """
    if only is not None and only not in PARTS:
        problem = Problem("--part", Text(f"没有 {only} 部分", f"no part {only}"), nearest(only, PARTS))
        raise UnknownName(Text("没有这一部分", "no such part"), [problem])
    whole = catalogue(standard, lang, clause, crosswalks)
    groups = whole["form"]["groups"] if whole["form"] else []
    whole["form"] = [{"group": g["printed"] or g["gloss"], **entry} for g in groups for entry in g["fields"]]
    wanted = [key for key in PARTS if only in (None, key) and (whole[key] or keep_empty)]
    return [_part(standard, PARTS[key], whole[key], lang) for key in wanted]


def _part(standard: Standard, part: Part, entries: Sequence[Mapping[str, Any]], lang: Lang) -> Section:
    columns = [column.split("|") for column in part.columns]
    columns = [column for column in columns if column[0] != "how" or any(entry["how"] for entry in entries)]
    rows = [[_cell(standard, entry, key, lang) for key, *_ in columns] for entry in entries]
    numbers = [
        place for place, (key, *_) in enumerate(columns) if key in ("row", "max_score", "printed_score", "value")
    ]
    tight = [place for place, (key, *_) in enumerate(columns) if key == "clause"]
    title = part.title
    if not part.is_normative:
        title = Text(f"{title.zh}（{NON_NORMATIVE.zh}）", f"{title.en} ({NON_NORMATIVE.en})")
    heads = [Text(zh, en) for _, zh, en in columns]
    return section(title, lang, grid(lang, heads, rows, numbers, tight))


def _cell(standard: Standard, entry: Mapping[str, Any], key: str, lang: Lang) -> Cell:
    """Return one cell: codes in words, lists line by line."""
    value = (entry["text"] or entry["gloss"]) if key == "wording" else entry[key]
    match key, value:
        case "max_score", None:
            return None
        case "tests", tests:
            demands = ((standard.facts[t["fact"]], t["operator"], t["value"]) for t in tests)
            return "\n".join(
                tell_demand(fact, sign, value if isinstance(value, bool) else exact(value)).to(lang)
                for fact, sign, value in demands
            )
        case "provision", {"kind": kind, "verb": verb}:
            return _provision(kind, verb, lang)
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


def _provision(kind: str, verb: str | None, lang: Lang) -> str:
    word = KINDS[kind].to(lang)
    return f"{word}（{verb}）" if verb else word


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
    rule = tell_rule(standard, row)
    facts: list[tuple[Text, Cell]] = [
        (Text("原文", "Wording"), row.text),
        (Text("位置", "Place"), f"{row.clause} · {standard.indicators[row.indicator].name.to(lang)} · {row.id}"),
        (Text("分值", "Points"), row.max_score),
        *([(Text("计分", "Rule"), rule)] if rule else []),
        (Text("条款类型", "Provision"), _provision(row.provision.kind, verb, lang)),
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
    return tell_demand(standard.facts[test.fact], test.operator, test.value)


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


def hit_page(standard: Standard, hit: Hit, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return the page of what a search found: a row's own page, or what is encoded of it."""
    if hit.kind == "criterion":
        return row_page(standard, hit.id, crosswalks, lang)
    rows: list[tuple[str, Cell]] = [("标准|standard", f"{standard.title.to(lang)}（{standard.edition}）")]
    if hit.kind == "condition":
        condition = standard.conditions[hit.id]
        rows.append(("原文|wording", condition.text))
        rows += [("检验|test", _demand(standard, test)) for test in condition.tests]
    elif hit.kind == "clause":
        clause = standard.clauses[hit.id]
        rows += [("原文|wording", clause.text), ("概述|gist", clause.gloss)]
        rows += [("条款类型|provision", KINDS[clause.provision.kind])] if clause.provision else []
        rows += [("注记|remark", _marked(clause.note.to(lang), lang))] if clause.note else []
    elif hit.kind == "topic":
        rows.append(("内容|covers", standard.topics[hit.id].covers))
        rows.append(("相邻内容|neighbours", _neighbours(hit.id, crosswalks, lang)))
    elif hit.kind == "term":
        rows.append(("定义|definition", standard.terms[hit.id].definition))
    elif hit.kind == "measure":
        measure = standard.measures[hit.id]
        rows.append(("公式|formula", _marked(measure.formula.to(lang), lang)))
        rows.append(("单位与来源|unit and source", f"{measure.unit.to(lang)} · {measure.source}"))
    title = Text(f"{hit.clause} {hit.label.zh}", f"{hit.clause} {hit.label.en}")
    named = [(words(lang, label)[0], value) for label, value in rows]
    return section(title, lang, grid(lang, ("项目|item", "内容|content"), named, tight=(0,)))
