"""JSON Schema of the files that people write: standards, assessments, reforms; made from the models themselves."""

from __future__ import annotations

from typing import Any

from lsstd.assessment.assessment import Assessment
from lsstd.changes.reform import Reform
from lsstd.standard.models import Model
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg

MODELS: dict[str, tuple[type[Model], Text]] = {
    "standard": (Standard, msg("a standard for lsstd")),
    "assessment": (Assessment, msg("an assessment for lsstd")),
    "reform": (Reform, msg("a reform for lsstd")),
}


def json_schema(kind: str, lang: Lang = "en") -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind of file, its title in one language, its descriptions in English."""
    return schema_of(*MODELS[kind], lang)


def schema_of(model: type[Model], title: Text, lang: Lang = "en") -> dict[str, Any]:
    """Return the JSON Schema of the files that a model reads."""
    found = model.model_json_schema(by_alias=True)
    for entry in (found, *found["$defs"].values()):
        required = entry.get("required", [])
        given_by_place = {"id", "row"} if "id" in required else set()  # an entry's key, its place in the table
        set_on_loading = {name for name in ("lineage", "sha256") if entry is found}
        entry["required"] = [name for name in required if name not in given_by_place]
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
