"""A standard as pages to read: overview, one row's page, procedure, terms, coverage, topics; safe HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from lsstd.engine.catalogue import Hit, coverage
from lsstd.errors import Problem, UnknownName
from lsstd.exact import shown
from lsstd.pages.blocks import Block, Heading, Html, Paragraph, Section, section, table
from lsstd.standard.document import Crosswalk
from lsstd.standard.readings import touching
from lsstd.standard.scoring_table import Criterion, Fact, Test
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import KINDS, PERIODS, RELATIONS, tell_demand, tell_rule
from lsstd.words import Lang, Text, nearest, words

OWN = Text("lsstd 自拟，非规范性", "lsstd's own, non-normative")


def overview(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the standards beside each other: what each holds, and its status."""
    heads = words(lang, "标准|standard", "版本|edition", "内容|holds", "说明|status")
    rows = []
    for s in standards:
        holds = Text(
            f"{len(s.clauses)} 个条款，{len(s.conditions)} 项条件，{len(s.criteria)} 行，{len(s.topics)} 个主题",
            f"{len(s.clauses)} clauses, {len(s.conditions)} conditions, {len(s.criteria)} rows, {len(s.topics)} topics",
        )
        rows.append((s.title.to(lang), s.edition, holds.to(lang), s.status.to(lang)))
    return section(Text("标准一览", "The standards"), lang, table(heads, rows))


def conditions(standard: Standard, lang: Lang) -> Section:
    """Return the application conditions and vetoes: wording and demands."""
    heads = words(lang, "条款|clause", "原文|wording", "检验|tests")
    demands: list[tuple[Condition | Veto, tuple[Test, ...]]] = [(c, c.tests) for c in standard.conditions.values()]
    demands += [(veto, (veto.test,)) for veto in standard.vetoes.values()]
    rows = [
        (
            entry.clause,
            _with_gloss(entry.text, entry.label, lang),
            "\n".join(_demand(standard, t, lang) for t in entry.tests),
        )
        for entry in standard.conditions.values()
    ]
    rows += [
        (v.clause, _with_gloss(v.text, v.label, lang), _demand(standard, v.test, lang))
        for v in standard.vetoes.values()
    ]
    return section(Text("申报条件与否决项", "Application conditions and vetoes"), lang, table(heads, rows, tight=(0,)))


def _with_gloss(text: str, gloss: Text, lang: Lang) -> str:
    return text if lang == "zh" else f"{gloss.en}\n{text}"


def _demand(standard: Standard, test: Test, lang: Lang) -> str:
    return tell_demand(standard.facts[test.fact], test.operator, test.value).to(lang)


def row_page(standard: Standard, row_id: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return one row's page: wording, verb, parts, facts, form fields, readings, evidence, neighbours.

    Raises
    ------
    UnknownName
        With the nearest row.
    """
    if row_id not in standard.criteria:
        problem = Problem(
            "criterion", Text(f"没有 {row_id}", f"there is no {row_id}"), nearest(row_id, standard.criteria)
        )
        raise UnknownName(Text("没有这一行", "no such row"), [problem])
    row = standard.criteria[row_id]
    title = Text(f"第 {row.row} 行 {row.gloss.zh}", f"Row {row.row}: {row.gloss.en}")
    points = "—" if row.max_score is None else shown(row.max_score)
    above = standard.indicators[row.indicator]
    kind, verb = KINDS[row.provision.kind], row.provision.verb or Text("无助动词", "no verb").to(lang)
    facts = [
        (Text("原文", "Wording").to(lang), row.text),
        (Text("位置", "Place").to(lang), f"{row.clause} · {above.name.to(lang)} · {row.id}"),
        (Text("分值", "Points").to(lang), points),
        *((Text("计分", "Rule").to(lang), rule.to(lang)) for rule in [tell_rule(standard, row)] if rule),
        (Text("条款类型", "Provision").to(lang), f"{kind.to(lang)}（{verb}）"),
        (Text("建议的佐证", "Suggested evidence").to(lang), _evidence(standard, row, lang)),
        (Text("申报表字段", "Form fields").to(lang), _form_fields(standard, row, lang)),
        (Text("相关解读", "Readings").to(lang), "\n".join(_readings(standard, row, lang)) or "—"),
        (Text("另一标准中的相邻内容", "Neighbours").to(lang), _near(row.id, crosswalks, lang)),
    ]
    sheet = table(words(lang, "项目|item", "内容|content"), facts, tight=(0,))
    return section(title, lang, sheet, _parts(standard, row, lang))


def _parts(standard: Standard, row: Criterion, lang: Lang) -> Block | None:
    if not row.parts and row.rule:
        return None
    if not row.parts:
        return Paragraph(Text("只有一项要求，整行作答。", "One demand: the row is answered as a whole.").to(lang))
    heads = words(lang, "分项|part", "原文|wording", "门槛|threshold")
    rows = [
        (part.gloss.to(lang), part.text, _demand(standard, part.test, lang) if part.test else "—")
        for part in row.parts.values()
    ]
    return table(heads, rows)


def _evidence(standard: Standard, row: Criterion, lang: Lang) -> str:
    listed = "、".join(standard.evidence_kinds[kind].to(lang) for kind in row.evidence)
    return f"{listed}（{OWN.to(lang)}）" if listed else "—"


def _form_fields(standard: Standard, row: Criterion, lang: Lang) -> str:
    asked = {part.test.fact for part in row.parts.values() if part.test}
    asked |= {fact for _, fact in row.rule.facts()} if row.rule else set()
    asked |= {since for fact in asked if (since := standard.facts[fact].years_since)}
    groups = standard.form.groups.values() if standard.form else ()
    fields = [f for group in groups for f in group.fields.values() if f.fact in asked]
    return "\n".join(_with_gloss(f.printed, f.gloss, lang) for f in fields) or "—"


def _readings(standard: Standard, row: Criterion, lang: Lang) -> Iterable[str]:
    """Yield the readings that bear on a row."""
    bears = set(touching(row, standard)) - {"rounding"}  # which touches every row alike
    for key, reading in standard.readings.items():
        if key in bears:
            yield f"{key}：{reading.question.to(lang)}" if lang == "zh" else f"{key}: {reading.question.to(lang)}"


def terms(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the terms of the standards, Chinese and English side by side."""
    heads = words(lang, "条款|clause", "术语|term (zh)", "英文|term (en)", "定义|definition", "概述|gist")
    rows = [
        (term.clause, term.term.zh, term.term.en, term.definition, term.gloss.to(lang))
        for standard in standards
        for term in standard.terms.values()
    ]
    return section(Text("术语", "Terms"), lang, table(heads, rows, tight=(0,)))


def procedure(standard: Standard, lang: Lang) -> Html:
    """Return the procedure drawn as a chain of boxes: who does what, to whom it goes, in which time."""
    boxes = []
    for step in standard.procedure.values():
        goes = f" → {step.receiver.to(lang)}" if step.receiver else ""
        period = f"<br><i>{escape(step.period.to(lang))}</i>" if step.period else ""
        boxes.append(
            f'<li style="border:1px solid #005a92;border-radius:6px;padding:.5em .8em;margin:0 0 .5em;list-style:none">'
            f"<small>{escape(step.clause)}</small> <b>{escape(step.actor.to(lang))}</b>{escape(goes)}<br>"
            f"{escape(step.action.to(lang))}{period}</li>"
        )
    arrow = '<li aria-hidden="true" style="list-style:none;text-align:center;margin:0 0 .5em">↓</li>'
    chain = f'<ol style="max-width:36em;padding:0">{arrow.join(boxes)}</ol>'
    title = Text("评价流程", "The procedure").to(lang)
    return Html(f"<section><h2>{escape(title)}</h2>{chain}</section>")


def form_coverage(standard: Standard, lang: Lang) -> Section:
    """Return what the form asks and no row uses, and the other way round."""
    found = coverage(standard)
    heads = words(lang, "名称|quantity", "事实|fact", "单位|unit", "时间|period")
    pieces: list[Block] = []
    for title, names in (
        (Text("申报表要填、评分不用的", "Asked by the form, used by no condition or row"), found.form_only),
        (Text("评分要用、申报表不问的", "Used by conditions or rows, not asked by the form"), found.scoring_only),
        (Text("两处都用的", "Asked and used"), found.both),
    ):
        rows = [_fact_row(standard.facts[name], lang) for name in names]
        pieces += [Heading(f"{title.to(lang)} · {len(rows)}"), table(heads, rows)]
    return section(Text("申报表与评分的对照", "The form against the scoring"), lang, *pieces)


def _fact_row(fact: Fact, lang: Lang) -> tuple[str, str, str, str]:
    unit = fact.unit.to(lang) if fact.unit else ""
    return fact.label.to(lang), fact.id, unit, PERIODS[fact.period].to(lang) if fact.period else ""


def topics(standard: Standard, lang: Lang) -> Section:
    """Return the topics as described, with the scope as printed and where they differ."""
    heads = words(lang, "条款|clause", "主题|topic", "范围提及|in the scope", "正文说明|described", "内容|covers")
    rows = []
    for topic in standard.topics.values():
        indent = "　" if topic.parent else ""
        flags = tuple("✓" if flag else "✗" for flag in (topic.in_scope, topic.described))
        rows.append((topic.clause, indent + topic.label.to(lang), *flags, topic.covers.to(lang)))
    return section(
        Text("主题", "Topics"), lang, Paragraph(standard.status.to(lang), "status"), table(heads, rows, tight=(0, 1))
    )


def measures(standard: Standard, lang: Lang) -> Section:
    """Return the measures that lsstd proposes for the topics."""
    heads = words(lang, "主题|topic", "名称|measure", "公式|formula", "单位|unit", "方向|better", "来源|source")
    rows = [
        (
            standard.topics[m.topic].label.to(lang),
            m.label.to(lang),
            m.formula.to(lang),
            m.unit.to(lang),
            "↑" if m.better == "up" else "↓",
            m.source,
        )
        for m in standard.measures.values()
    ]
    note = Text("分母为零时不评，既不是 0 也不是 100%。", "A zero denominator means not rated: neither 0 nor 100 %.")
    title = Text(f"指标建议（{OWN.zh}）", f"Measures ({OWN.en})")
    return section(title, lang, Paragraph(note.to(lang)), table(heads, rows))


def crosswalk(walk: Crosswalk, standard: Standard, other: Standard, lang: Lang) -> Section:
    """Return where the rows of one standard and the topics of the other speak of the same thing."""
    heads = words(lang, "事项|subject", "评价内容|row", "关系|relation", "主题|topic", "说明|note")
    rows = [
        (
            walk.subjects[subject].to(lang),
            f"{standard.criteria[link.row].row} {standard.criteria[link.row].gloss.to(lang)}",
            RELATIONS[link.relation].to(lang),
            other.topics[link.topic].label.to(lang),
            link.note.to(lang),
        )
        for subject, links in walk.links.items()
        for link in links
    ]
    title = Text("两份标准的对照", "Where the two standards meet")
    return section(title, lang, Paragraph(walk.status.to(lang), "status"), table(heads, rows))


def hit_page(standard: Standard, hit: Hit, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return the page of something that a search found: a row's own page, or what is encoded of it."""
    if hit.kind == "criterion":
        return row_page(standard, hit.id, crosswalks, lang)
    heads = words(lang, "项目|item", "内容|content")
    title = Text(f"{hit.clause} {hit.label.zh}", f"{hit.clause} {hit.label.en}")
    rows = [(words(lang, "标准|standard")[0], f"{standard.title.to(lang)}（{standard.edition}）")]
    if hit.kind == "condition":
        condition = standard.conditions[hit.id]
        rows.append((words(lang, "原文|wording")[0], condition.text))
        rows += [(words(lang, "检验|test")[0], _demand(standard, test, lang)) for test in condition.tests]
    elif hit.kind == "clause":
        clause = standard.clauses[hit.id]
        rows.append((words(lang, "原文|wording")[0], clause.text or "—"))
        rows.append((words(lang, "概述|gist")[0], clause.gloss.to(lang)))
        if clause.provision:
            rows.append((words(lang, "条款类型|provision")[0], KINDS[clause.provision.kind].to(lang)))
        if clause.note:
            rows.append((f"{words(lang, '注记|remark')[0]}（{OWN.to(lang)}）", clause.note.to(lang)))
    elif hit.kind == "topic":
        rows.append((words(lang, "内容|covers")[0], standard.topics[hit.id].covers.to(lang)))
        rows.append((words(lang, "相邻内容|neighbours")[0], _near(hit.id, crosswalks, lang)))
    elif hit.kind == "term":
        rows.append((words(lang, "定义|definition")[0], standard.terms[hit.id].definition))
    elif hit.kind == "measure":
        measure = standard.measures[hit.id]
        rows.append((f"{words(lang, '公式|formula')[0]}（{OWN.to(lang)}）", measure.formula.to(lang)))
        rows.append((words(lang, "单位与来源|unit and source")[0], f"{measure.unit.to(lang)} · {measure.source}"))
    return section(title, lang, table(heads, rows, tight=(0,)))


def _near(name: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> str:
    """Tell what the other standard says of the same thing, for a row or a topic."""
    found = [
        f"{link.topic if link.row == name else link.row}（{RELATIONS[link.relation].to(lang)}）{link.note.to(lang)}"
        for walk in crosswalks
        for links in walk.links.values()
        for link in links
        if name in (link.row, link.topic)
    ]
    return "\n".join(found) + f"（{OWN.to(lang)}）" if found else "—"
