"""JSON Schema of the files that people write: standards, assessments, reforms; made from the models themselves."""

from __future__ import annotations

from typing import Any

from lsstd.assessment.assessment import Assessment
from lsstd.changes.reform import Reform
from lsstd.standard.models import Model
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text

_MODELS: dict[str, tuple[type[Model], Text]] = {
    "standard": (Standard, Text("lsstd 标准文件", "a standard for lsstd")),
    "assessment": (Assessment, Text("lsstd 评价文件", "an assessment for lsstd")),
    "reform": (Reform, Text("lsstd 调整方案", "a reform for lsstd")),
}
KINDS = tuple(_MODELS)
_SAID = {  # of fields that mean the same wherever they stand; all others are described in their models
    "clause": 'the clause\'s number as printed, as text: "5.10"',
    "text": "the wording as printed",
    "label": "what it is called, in both languages or one",
    "gloss": "what it means, in lsstd's own words",
    "title": "the title",
    "unit": "the unit: {zh: 间, en: rooms}",
    "note": "a remark",
    "source": "where it comes from",
    "fact": "the id of a fact",
    "test": "a demand on a fact; it decides by itself",
    "provision": "what kind of provision it is",
    "parent": "the id of what it stands under; none at the top",
    "standard": "the standard's id",
    "edition": "which edition of the text this is",
    "subject_label": "what is assessed: 基地",
    "facts": "what is asked of a subject, by id",
    "conditions": "application conditions, by id",
    "vetoes": "what ends participation, by id",
    "indicators": "the tree of indicators, by id",
    "criteria": "the rows, by id",
    "rounding_step": "to what a reading rounds points",
    "readings": "questions that the text leaves open, by key",
    "same_quantities": "facts that may be one quantity",
    "cross_checks": "what must hold between facts, by id",
    "clauses": "the document's clauses, by number",
    "terms": "terms and definitions, by id",
    "references": "documents cited",
    "procedure": "the steps of the procedure, by id",
    "form": "the application form",
    "topics": "topics of a standard without points, by id",
    "measures": "measures for topics, by id; non-normative",
    "history": "how the text came about",
    "background": "background figures, by id",
    "grade": "the grade's name",
    "lower": "the lowest score: a number, or {value, closed}; none: unbounded",
    "upper": "the highest score: a number, or {value, closed}; none: unbounded",
    "printed": "as printed",
    "requires": "what the grade asks for besides its score",
    "value": "the value",
    "closed": "whether the value itself belongs to the band",
    "tests": "demands on facts; all must hold",
    "operator": "how the fact is compared",
    "row": "its number in the table; counted where not given",
    "indicator": "the id of the indicator that it stands under",
    "max_score": "its points; none for a row without points",
    "parts": "its demands, by id; under a rule at_least: how many of them must be met",
    "rule": "how it earns its points; without one, a reading decides how parts count",
    "name": "the name",
    "combine": "what it makes of what stands under it",
    "bonus": "a bonus within the row's points",
    "kind": "its kind",
    "period": "the time that it covers",
    "points": "points; under a rule points: where they start",
    "share": "a share of the maximum, from 0 to 1",
    "met": "how many must be met",
    "question": "what the text leaves open",
    "options": "what may be chosen, the default first",
    "state": "met, unmet, unknown, not_applicable",
    "score": "points, from 0 to the row's maximum",
    "range": "the fewest and the most points",
    "chances": "points and their chances, which sum to 1",
    "level": "a level of the scale, or a named level of the row",
    "evidence": "what proves it",
    "file": "the file's name",
    "issuer": "who issued it",
    "issued": "the day of issue, or the month",
    "expires": "the last day on which it holds",
    "sha256": "of the file",
    "subject": "who is assessed",
    "as_of": "the reference day",
    "answers": "what is said of each row, by its id",
    "id": "an id of one's own",
    "region": "the region",
    "party": "which party of a chain answers",
    "groups": "groupings of the subject, by name",
    "reason": "why",
    "effective": "from which day",
    "changes": "paths and their new values: lines.AAA: 400",
    "drop": "paths of what is taken out",
    "merge": "rows that become one",
    "restore_total": "how the total is kept",
    "left": "the id of a fact",
    "right": "the id of a fact, or a number",
    "date": "when",
    "what": "what happened",
    "filled_by": "what fills it",
    "fields": "its fields, by id",
    "meaning": "what reaching it means",
    "topic": "the id of a topic",
    "formula": "how it is computed",
    "better": "which way is better",
    "verb": "the verb that makes it one: 应, 宜",
    "document": "the document's name",
    "number": "the standard's number",
    "published": "what became of it",
    "actor": "who does it",
    "action": "what is done",
    "receiver": "to whom it goes",
    "definition": "the definition as printed",
    "in_scope": "whether the scope names it",
    "described": "whether the document describes it",
    "at_least": "n of m parts",
    "linear": "in proportion between two values of a fact",
    "steps": "by stages of a fact",
    "per_unit": "for each unit of a fact",
    "expert": "given by an expert",
    "new_total": "the total announced, where it changes",
}


def json_schema(kind: str, lang: Lang = "en") -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind of file, with descriptions.

    Parameters
    ----------
    kind : {"standard", "assessment", "reform"}
    lang : {"zh", "en"}
        The language of the title; descriptions are in English.
    """
    model, title = _MODELS[kind]
    found = model.model_json_schema(by_alias=True)
    for entry in (found, *found["$defs"].values()):
        required = entry.get("required", [])
        given_by_place = {"id", "row"} if "id" in required else set()  # an entry's key, its place in the table
        set_on_loading = {name for name in ("lineage", "sha256") if entry is found}
        entry["required"] = [name for name in required if name not in given_by_place]
        for name, field in entry.get("properties", {}).items():
            if name in _SAID:
                field.setdefault("description", _SAID[name])
        for name in (given_by_place - {"row"}) | set_on_loading:
            entry.get("properties", {}).pop(name, None)
    _close(found)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": title.to(lang)}


def _close(schema: Any) -> None:
    """Refuse keys that are no ids, wherever entries go by ids."""
    if isinstance(schema, dict):
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
        for entry in schema.values():
            _close(entry)
    elif isinstance(schema, list):
        for entry in schema:
            _close(entry)
