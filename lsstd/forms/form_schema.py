"""What a form shows, from a standard alone, as plain JSON: sections, fields, the control that each one takes.

Every text is ``{zh, en}``; an id is a path (``facts.live_rooms``, ``answers.village_rooms``) that an edit names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lsstd.engine.catalogue import Purpose, purpose_text, purposes
from lsstd.engine.verdict import self_assessment
from lsstd.forms.state import LONGEST, MOST_EVIDENCE, PERIOD
from lsstd.standard.document import Topic
from lsstd.standard.models import fields_of, in_json
from lsstd.standard.scoring_table import Criterion, Fact, Part
from lsstd.standard.standard import Condition, Reading, Standard, Veto
from lsstd.standard.wording import SUBJECT, demand_text, rule_text
from lsstd.words import Text, msg, noted, paired, same

_PLACEHOLDERS = {
    "count": msg("a whole number, such as 12"),
    "number": msg("a number, such as 1250.5"),
    "percent": msg("a percentage, such as 12.5"),
    "text": same(""),
}


def both(value: Any) -> Any:
    """Return a value as JSON holds it, every text within it in both languages."""
    return in_json(value, None)


def form_schema(standard: Standard) -> dict[str, Any]:
    """Return what a form for a standard shows: facts, conditions, rows or topics, readings, kinds of evidence."""
    asked: dict[str, Condition | Veto] = {**standard.conditions, **standard.vetoes}
    schema: dict[str, Any] = both(
        {
            **fields_of(standard, "standard title status subject_label"),
            "scored": bool(standard.scored_rows),
            "self_assessment": self_assessment(standard) if standard.scored_rows else None,
            "mark": _NON_NORMATIVE if standard.topics else None,
            "limits": {"text": LONGEST, "evidence": MOST_EVIDENCE},
            "facts": list(_fact_groups(standard)),
            "conditions": [_condition(standard, entry) for entry in asked.values()],
            "rows": list(_row_groups(standard)),
            "indicators": [fields_of(node, "id parent name") for node in standard.descent()],
            "readings": [_reading(key, reading) for key, reading in standard.readings.items()],
            "evidence_kinds": standard.evidence_kinds,
        }
    )
    return schema


def _reading(key: str, reading: Reading) -> dict[str, Any]:
    options = [{"id": option, "label": label} for option, label in reading.options.items()]
    return {"id": key, **fields_of(reading, "clause question"), "options": options}


def _fact_groups(standard: Standard) -> Iterator[dict[str, Any]]:
    """Yield the facts in the order of the application form, then those that only conditions or rows ask for."""
    label = standard.subject_label
    about = [
        _field("subject.name", msg("name of the {label}", label=label), "text"),
        _field("subject.region", SUBJECT["region"], "text"),
        *([_field("subject.party", SUBJECT["party"], "text")] if standard.topics else []),
        {**_field("as_of", msg("reference day"), "day"), "note": _AS_OF},
    ]
    yield {"id": "subject", "label": msg("Who is assessed"), "fields": about}
    shown, found = set(), purposes(standard)
    for group in standard.form.groups.values() if standard.form else ():
        asked_here = [field for field in group.fields.values() if field.fact and field.fact not in shown]
        shown |= {str(field.fact) for field in asked_here}
        if asked_here:
            label = Text(group.printed or group.gloss.zh, group.gloss.en)
            fields = [_form_field(standard, found[field.id]) for field in asked_here]
            yield {"id": group.id, "label": label, "fields": fields}
    elsewhere = {fact.id for fact in standard.facts.values() if fact.years_since or fact.measure}
    by_condition = [fact for place, fact in standard.questions() if place.split(".")[0] in ("conditions", "vetoes")]
    for key, title, wanted in (
        ("asked_by_conditions", msg("Further facts for the conditions"), by_condition),
        ("asked_by_rows", msg("Further facts for the rows"), [f for _, f in standard.questions()]),
        ("others", msg("Other facts"), list(standard.facts)),
    ):
        names = [name for name in dict.fromkeys(wanted) if name not in shown | elsewhere]
        shown |= set(names)
        if names:
            yield {"id": key, "label": title, "fields": [fact_field(standard.facts[name]) for name in names]}


_NON_NORMATIVE = msg("non-normative, without a grade")
_AS_OF = msg("“last year” is the last calendar year that ended on or before this day")


def _field(path: str, label: Text, control: str) -> dict[str, Any]:
    return {"path": path, "label": label, "control": control}


def _form_field(standard: Standard, purpose: Purpose) -> dict[str, Any]:
    """Return a field of the application form: the label as printed, the fact behind it, what it is for."""
    field, fact = purpose.field, standard.facts[str(purpose.field.fact)]
    of = {"part_of": field.part_of} if field.part_of else {}
    control = {"control": "paragraphs"} if field.width == "tall" and fact.kind == "text" else {}
    label, told = Text(field.printed.rstrip("：:"), fact.label.en), purpose_text(standard, purpose)
    return {**fact_field(fact), **control, "label": label, "purpose": told, **of}


def fact_field(fact: Fact) -> dict[str, Any]:
    """Return the field for a fact: its control follows from its kind."""
    control = {"boolean": "yes_no", "date": "date", "choices": "choices", "text": "text"}.get(fact.kind, "number")
    more = {**fields_of(fact, "unit note options"), "placeholder": _PLACEHOLDERS.get(fact.kind)}
    held = {key: value for key, value in more.items() if value}
    return {**_field(f"facts.{fact.id}", fact.label, control), "proof": True, **held}


def _condition(standard: Standard, entry: Condition | Veto) -> dict[str, Any]:
    fields = _fields(standard, entry.facts if isinstance(entry, Condition) else [entry.test.fact])
    return {**fields_of(entry, "id clause text label"), "facts": fields}


def _fields(standard: Standard, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the fields for facts, each once; for a number of years its date."""
    asked = [standard.facts[name].years_since or name for name in names]
    return [fact_field(standard.facts[name]) for name in dict.fromkeys(asked)]


def _row_groups(standard: Standard) -> Iterator[dict[str, Any]]:
    """Yield the rows under each indicator that has any; or the topics, by the topic above them."""
    for node in standard.descent():
        if rows := standard.rows_of[node.id]:
            above = standard.indicators[node.parent].name if node.parent else None
            listed = [_row(standard, row) for row in rows]
            yield {"id": node.id, "label": node.name, "above": above, "rows": listed}
    if standard.topics:
        topics = [_topic(standard, topic) for topic in standard.topic_leaves]
        yield {"id": "topics", "label": msg("Topics"), "above": None, "rows": topics}


_OF_ROW = "id row clause text gloss max=max_score min=min_score suggested=evidence"


def _row(standard: Standard, row: Criterion) -> dict[str, Any]:
    facts = [part.test.fact for part in row.parts.values() if part.test]
    facts += [fact for _, fact in row.rule.facts()] if row.rule else []
    facts += [row.applies.fact] if row.applies else []
    levels = row.rule.levels if row.rule and row.rule.levels else {}
    return {
        **fields_of(row, _OF_ROW),
        "step": row.rule.expert.step if row.rule and row.rule.expert else None,
        "ways": _ways(row),
        "levels": {f"level:{name}": level.label for name, level in levels.items()},
        "parts": [_part(standard, part) for part in row.parts.values()],
        "facts": _fields(standard, facts),
        "rule": rule_text(standard, row) if row.rule else None,
    }


def _ways(row: Criterion) -> list[str]:
    states = ["unmet", "unknown", *(["not_applicable"] if row.optional else [])]
    if row.max_score is None:
        return ["met", *(["parts"] if row.parts else []), *states]
    if row.rule and row.rule.levels:
        return [*(f"level:{name}" for name in row.rule.levels), *states[1:], "score", "range"]
    split = len(row.parts) > 1 or any(part.points is not None for part in row.parts.values())
    return ["met", *(["parts"] if split else []), *states, "score", "range"]


def _part(standard: Standard, part: Part) -> dict[str, Any]:
    test = part.test
    demand = demand_text(standard.facts[test.fact], test.operator, test.value) if test else None
    states = ["met", "unmet", "unknown", *(["not_applicable"] if part.optional else [])]
    return {**fields_of(part, "id text gloss"), "demand": demand, "states": states}


def _topic(standard: Standard, topic: Topic) -> dict[str, Any]:
    above = standard.topics[topic.parent].label if topic.parent else None
    title = f"{above.zh} · {topic.label.zh}" if above else topic.label.zh
    levels: dict[str, Text] = {}
    for level in standard.scale:
        name = Text(f"{level.level} {level.label.zh}", f"{level.level} {level.label.en}")
        levels[f"level:{level.level}"] = paired(name, level.meaning_for(topic))
    fields = [field for fact in standard.measures_of[topic.id] for field in _figure(fact)]
    ways = [*levels, "unknown"]
    of_rows: dict[str, Any] = dict.fromkeys(("row", "max", "step", "rule"))
    about = {**fields_of(topic, "id clause gloss=covers"), **of_rows, "text": title, "min": 0}
    return {**about, "ways": ways, "levels": levels, "facts": fields, "parts": [], "suggested": []}


def _figure(fact: Fact) -> Iterator[dict[str, Any]]:
    yield fact_field(fact)
    for aspect, label in (("period", PERIOD), ("source", msg("source"))):
        yield _field(f"facts.{fact.id}.{aspect}", noted(fact.label, label), "text")
