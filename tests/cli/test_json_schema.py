"""The published schemas: made from the models, so that an editor accepts what lsstd accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lsstd.cli.standard_commands import file_kinds
from lsstd.files.places import STANDARDS, data
from lsstd.files.reading import read_plain
from lsstd.standard.models import json_schema

FILES = [
    *(("standard", path) for path in sorted(STANDARDS.glob("*.yaml"))),
    *(("standard", path) for path in sorted((data() / "standards").glob("*.yaml"))),
    *(("assessment", path) for path in sorted((data() / "assessments").glob("*.yaml"))),
    *(("reform", path) for path in sorted((data() / "reforms").glob("*.yaml"))),
    ("population", data() / "populations" / "assumptions.yaml"),
]


def schema_for(kind: str) -> dict[str, Any]:
    return json_schema(*file_kinds()[kind])


def mistakes(kind: str, value: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema_for(kind))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


# Every file of each kind that travels with lsstd is right in an editor, too.
@pytest.mark.parametrize(("kind", "path"), FILES, ids=lambda value: value if isinstance(value, str) else value.stem)
def test_files_fit_their_schema(kind: str, path: Path) -> None:
    assert mistakes(kind, read_plain(path).value) == []


# Each schema is one, and says of every object and every field what it is.
@pytest.mark.parametrize("kind", [*file_kinds()])
def test_everything_is_described(kind: str) -> None:
    schema = schema_for(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    objects = {"": schema, **schema["$defs"]}
    silent = [
        f"{name}.{field}"
        for name, entry in objects.items()
        for field, told in {"": entry, **entry.get("properties", {})}.items()
        if not told.get("description")
    ]
    assert silent == []


MINIMAL = {"standard": "mine", "edition": "1", "title": "夜市直播间评价"}
ROW = {"clause": "4.1", "text": "…", "indicator": "rooms", "max_score": 10}


# What an editor refuses, and what it lets pass, is what lsstd refuses and lets pass.
@pytest.mark.parametrize(
    ("more", "is_right"),
    [
        ({}, True),
        ({"criteria": {"a": ROW}}, True),
        ({"criteria": {"a": {**ROW, "rule": "all"}}}, True),
        ({"criteria": {"a": {**ROW, "rule": {"at_least": {"parts": 2}}}}}, True),
        ({"bands": [{"grade": "A", "lower": 60}]}, True),
        ({"criteria": {"a": {**ROW, "rule": "linear"}}}, False),
        ({"criteria": {"a": {**ROW, "max_scores": 1}}}, False),
        ({"criteria": {"A": ROW}}, False),
        ({"bands": [{"grade": "A", "lower": "60"}]}, False),
        ({"sha256": "0"}, False),
    ],
)
def test_editors_and_lsstd_agree(more: dict[str, Any], is_right: bool) -> None:
    assert (mistakes("standard", {**MINIMAL, **more}) == []) is is_right


# The command prints the schema and nothing else; a kind that does not exist is wrong usage.
def test_the_command(lsstd: Any) -> None:
    found = lsstd("schema", "reform", "--lang", "en")
    assert json.loads(found.out) == schema_for("reform")
    assert lsstd("schema", "poem").status == 2
