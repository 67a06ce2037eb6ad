"""What a form shows, from a standard alone, as plain JSON: sections, fields, the control that each one takes.

Every text is ``{zh, en}``; an id is a path (``facts.live_rooms``, ``answers.village_rooms``) that an edit names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lsstd.exact import Exact, plain
from lsstd.forms.state import LONGEST, MOST_EVIDENCE
from lsstd.standard.document import FormField, Topic
from lsstd.standard.scoring_table import Criterion, Fact, Test
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import demand_text, rule_text
from lsstd.words import Text, same

_PLACEHOLDERS = {
    "count": Text("整数，如 12", "a whole number, such as 12"),
    "number": Text("数，如 1250.5", "a number, such as 1250.5"),
    "percent": Text("百分数，如 12.5", "per cent, such as 12.5"),
    "text": same(""),
}


def told(text: Text) -> dict[str, str]:
    """Return a text as JSON holds it, in both languages."""
    return {"zh": text.zh, "en": text.en}


def form_schema(standard: Standard) -> dict[str, Any]:
    """Return what a form for a standard shows: facts, conditions, rows or topics, readings, kinds of evidence."""
    return {
        "standard": standard.standard,
        "title": told(standard.title),
        "status": told(standard.status),
        "subject_label": told(standard.subject_label),
        "scored": bool(standard.scored_rows),
        "mark": told(_NON_NORMATIVE) if standard.topics else None,
        "limits": {"text": LONGEST, "evidence": MOST_EVIDENCE},
        "facts": list(_fact_groups(standard)),
        "conditions": [
            _condition(standard, entry, [test.fact for test in entry.tests]) for entry in standard.conditions.values()
        ]
        + [_condition(standard, entry, [entry.test.fact]) for entry in standard.vetoes.values()],
        "rows": list(_row_groups(standard)),
        "indicators": [
            {"id": node.id, "parent": node.parent, "name": told(node.name)} for node in standard.indicators.values()
        ],
        "readings": [
            {
                "id": key,
                "clause": reading.clause,
                "question": told(reading.question),
                "options": [{"id": option, "label": told(label)} for option, label in reading.options.items()],
            }
            for key, reading in standard.readings.items()
        ],
        "evidence_kinds": {kind: told(label) for kind, label in standard.evidence_kinds.items()},
    }


def _fact_groups(standard: Standard) -> Iterator[dict[str, Any]]:
    """Yield the facts in the order of the application form, then those that only conditions or rows ask for."""
    label = standard.subject_label
    about = [
        _field("subject.name", Text(f"{label.zh}名称", f"name of the {label.en}"), "text"),
        _field("subject.region", Text("所在地区", "region"), "text"),
        *([_field("subject.party", Text("在供应链中的角色", "party in the chain"), "text")] if standard.topics else []),
        {**_field("as_of", Text("评价基准日", "reference day"), "day"), "note": told(_AS_OF)},
    ]
    yield {"id": "subject", "label": told(Text("评价对象", "Who is assessed")), "fields": about}
    shown = set()
    for group in standard.form.groups.values() if standard.form else ():
        asked_here = [field for field in group.fields.values() if field.fact and field.fact not in shown]
        shown |= {str(field.fact) for field in asked_here}
        if asked_here:
            label = Text(group.printed or group.gloss.zh, group.gloss.en)
            fields = [_form_field(standard, field) for field in asked_here]
            yield {"id": group.id, "label": told(label), "fields": fields}
    counted = {fact.id for fact in standard.facts.values() if fact.years_since}
    by_condition = [fact for place, fact in standard.questions() if place.split(".")[0] in ("conditions", "vetoes")]
    for key, title, wanted in (
        ("asked_by_conditions", Text("申报条件另需的事实", "Further facts for the conditions"), by_condition),
        ("asked_by_rows", Text("评分另需的事实", "Further facts for the rows"), [f for _, f in standard.questions()]),
        ("others", Text("其他事实", "Other facts"), list(standard.facts)),
    ):
        names = [name for name in dict.fromkeys(wanted) if name not in shown | counted]
        shown |= set(names)
        if names:
            yield {"id": key, "label": told(title), "fields": [fact_field(standard.facts[name]) for name in names]}


_NON_NORMATIVE = Text("非规范性自评，不评等级", "non-normative, without a grade")
_AS_OF = Text(
    "“上一年度”指此日之前最近结束的公历年", "“last year” is the calendar year that ended last on or before it"
)


def _field(path: str, label: Text, control: str) -> dict[str, Any]:
    return {"path": path, "label": told(label), "control": control}


def _form_field(standard: Standard, field: FormField) -> dict[str, Any]:
    """Return a field of the application form: the label as printed, the fact behind it."""
    fact = standard.facts[str(field.fact)]
    of = {"part_of": field.part_of} if field.part_of else {}
    return {**fact_field(fact), "label": told(Text(field.printed.rstrip("：:"), fact.label.en)), **of}


def fact_field(fact: Fact) -> dict[str, Any]:
    """Return the field for a fact: its control follows from its kind."""
    control = {"boolean": "yes_no", "date": "date", "choices": "choices", "text": "text"}.get(fact.kind, "number")
    return {
        "path": f"facts.{fact.id}",
        "label": told(fact.label),
        "control": control,
        "proof": True,
        **({"unit": told(fact.unit)} if fact.unit else {}),
        **({"placeholder": told(_PLACEHOLDERS[fact.kind])} if fact.kind in _PLACEHOLDERS else {}),
        **({"note": told(fact.note)} if fact.note else {}),
        **({"options": {k: told(label) for k, label in fact.options.items()}} if fact.options else {}),
    }


def _condition(standard: Standard, entry: Condition | Veto, facts: list[str]) -> dict[str, Any]:
    """Return a condition or veto: exact wording, the facts that decide it."""
    fields = _fields(standard, facts)
    return {"id": entry.id, "clause": entry.clause, "text": entry.text, "label": told(entry.label), "facts": fields}


def _fields(standard: Standard, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the fields for facts, each once; for a number of years its date."""
    asked = [standard.facts[name].years_since or name for name in names]
    return [fact_field(standard.facts[name]) for name in dict.fromkeys(asked)]


def _row_groups(standard: Standard) -> Iterator[dict[str, Any]]:
    """Yield the rows under each indicator that has any; or the topics, by the topic above them."""
    for node in standard.indicators.values():
        if rows := standard.rows_of[node.id]:
            above = standard.indicators[node.parent].name if node.parent else None
            listed = [_row(standard, row) for row in rows]
            yield {"id": node.id, "label": told(node.name), "above": told(above) if above else None, "rows": listed}
    if standard.topics:
        topics = [_topic(standard, topic) for topic in standard.topic_leaves]
        yield {"id": "topics", "label": told(Text("主题", "Topics")), "above": None, "rows": topics}


def _row(standard: Standard, row: Criterion) -> dict[str, Any]:
    """Return a row: exact wording, points, the ways in which it can be answered."""
    facts = [part.test.fact for part in row.parts.values() if part.test]
    facts += [fact for _, fact in row.rule.facts()] if row.rule else []
    facts += [row.applies.fact] if row.applies else []
    rule = rule_text(standard, row) if row.rule else None
    step = row.rule.expert.step if row.rule and row.rule.expert else None
    return {
        "id": row.id,
        "row": row.row,
        "clause": row.clause,
        "text": row.text,
        "gloss": told(row.gloss),
        "max": _number(row.max_score),
        "min": _number(row.min_score),
        "step": _number(step),
        "ways": _ways(row),
        "levels": _levels(row),
        "parts": [_part(standard, part.id, part.text, part.gloss, part.test) for part in row.parts.values()],
        "facts": _fields(standard, facts),
        "rule": told(rule) if rule else None,
        "suggested": list(row.evidence),
    }


def _number(value: Exact | None) -> int | float | None:
    return None if value is None else plain(value)


def _ways(row: Criterion) -> list[str]:
    """List the ways to answer a row: what its rule, its parts and its points allow."""
    states = ["unmet", "unknown", *(["not_applicable"] if row.optional else [])]
    if row.max_score is None:
        return ["met", *(["parts"] if row.parts else []), *states]
    if row.rule and row.rule.levels:
        return [*(f"level:{name}" for name in row.rule.levels), *states[1:], "score", "range"]
    split = len(row.parts) > 1 or any(part.points is not None for part in row.parts.values())
    return ["met", *(["parts"] if split else []), *states, "score", "range"]


def _levels(row: Criterion) -> dict[str, Any]:
    named = row.rule.levels if row.rule and row.rule.levels else {}
    return {f"level:{name}": told(level.label) for name, level in named.items()}


def _part(standard: Standard, key: str, text: str, gloss: Text, test: Test | None) -> dict[str, Any]:
    demand = demand_text(standard.facts[test.fact], test.operator, test.value) if test else None
    return {"id": key, "text": text, "gloss": told(gloss), "demand": told(demand) if demand else None}


def _topic(standard: Standard, topic: Topic) -> dict[str, Any]:
    """Return a topic: answered by a level of the scale, from lowest to highest."""
    above = standard.topics[topic.parent].label if topic.parent else None
    title = Text(f"{above.zh} · {topic.label.zh}", f"{above.en} · {topic.label.en}") if above else topic.label
    levels = {}
    for level in standard.scale:
        zh = f"{level.level} {level.label.zh}：{level.meaning.zh}"
        levels[f"level:{level.level}"] = {"zh": zh, "en": f"{level.level} {level.label.en}: {level.meaning.en}"}
    return {
        "id": topic.id,
        "row": None,
        "clause": topic.clause,
        "text": title.zh,
        "gloss": told(topic.covers),
        "max": None,
        "min": 0,
        "step": None,
        "ways": [*levels, "unknown"],
        "levels": levels,
        "parts": [],
        "facts": [],
        "rule": None,
        "suggested": [],
    }
