"""A form from a standard's data alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard, load_standard
from lsstd.files.places import PACKAGE
from lsstd.forms.form_schema import form_schema
from lsstd.forms.state import FormDraft
from lsstd.widgets.offers import form_script

CASES = Path(__file__).resolve().parents[1] / "cases"


def every_path(schema: dict[str, Any]) -> list[str]:
    fields = [field["path"] for group in schema["facts"] for field in group["fields"]]
    return [*fields, *(f"answers.{row['id']}" for group in schema["rows"] for row in group["rows"])]


# The whole of Annex A and of Annex B stands in the form: each fact of the application form, each of the 52 rows.
def test_the_form_of_heilongjiang_is_whole(standard: Standard) -> None:
    schema = form_schema(standard)
    assert standard.form is not None
    printed = [field.fact for group in standard.form.groups.values() for field in group.fields.values() if field.fact]
    paths = every_path(schema)
    assert {f"facts.{fact}" for fact in printed} <= set(paths)
    assert len(paths) == len(set(paths))
    rows = [row for group in schema["rows"] for row in group["rows"]]
    assert [row["text"] for row in rows] == [row.text for row in standard.criteria.values()]
    assert sum(row["max"] or 0 for row in rows) == 500
    assert len(schema["conditions"]) == 7  # six conditions and the veto


# Every fact that decides anything can be typed somewhere, itself or by the date from which it is counted.
def test_every_fact_asked_for_has_a_field(standard: Standard) -> None:
    paths = set(every_path(form_schema(standard)))
    asked = [standard.facts[fact].years_since or fact for _, fact in standard.questions()]
    assert {f"facts.{fact}" for fact in asked} <= paths


# A row is asked in the ways that it allows: parts where it has several, named levels by their names, no points where
# it has none, not applicable only where the standard says so.
def test_a_row_is_asked_in_the_ways_it_allows(standard: Standard) -> None:
    ways = {row["id"]: row["ways"] for group in form_schema(standard)["rows"] for row in group["rows"]}
    assert ways["site_and_amenities"] == ["met", "parts", "unmet", "unknown", "score", "range"]
    assert ways["village_rooms"] == ["met", "unmet", "unknown", "score", "range"]
    assert ways["legal_compliance"] == ["met", "parts", "unmet", "unknown"]
    aside = [row for row, listed in ways.items() if "not_applicable" in listed]
    assert aside == ["advance_approval", "third_party_services"]
    parts = [part for group in form_schema(standard)["rows"] for row in group["rows"] for part in row["parts"]]
    aside = [part["id"] for part in parts if part["states"][3:] == ["not_applicable"]]
    assert aside == ["products_inspected", "anchors_qualified"]


# Each field of the application form says what it is for, in both languages.
def test_fields_say_what_they_are_for(standard: Standard) -> None:
    fields = {field["path"]: field for group in form_schema(standard)["facts"] for field in group["fields"]}
    assert fields["facts.live_rooms"]["purpose"]["en"] == "decides condition 5.1.4 (size), row 6 (5 points)"
    assert fields["facts.green_plan"]["purpose"]["zh"] == "供评第 43 行时参考，不单独计分"
    assert fields["facts.head_phone"]["purpose"]["zh"] == "名称、联系方式等，不计分"


# Topics are answered on the standard's scale, and the status that every output bears says that it is non-normative.
def test_topics_are_answered_on_the_scale() -> None:
    schema = form_schema(load_standard("sz-supply-chain-collaboration"))
    (group,) = schema["rows"]
    assert len(group["rows"]) == 9 + 1
    assert group["rows"][0]["ways"] == [*(f"level:{n}" for n in range(6)), "unknown"]
    assert [len(row["facts"]) for row in group["rows"]] == [3 * n for n in (0, 0, 3, 3, 5, 4, 3, 3, 2, 1)]
    sales = next(row for row in group["rows"] if row["id"] == "sales_collaboration")
    assert sales["levels"]["level:3"]["zh"].startswith("3 共同执行：播前计划和销量预测")
    assert sales["facts"][1]["path"] == "facts.forecast_accuracy.period"
    assert "非规范性" in schema["status"]["zh"]
    assert not schema["scored"]


STANDARDS = sorted([*(PACKAGE / "standards").glob("*.yaml"), *CASES.rglob("*standard.yaml")])


# Any standard gets a form from its data alone: plain JSON, and every way that it offers is one that the core takes.
@pytest.mark.parametrize("path", STANDARDS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_any_standard_gets_a_form(path: Path) -> None:
    standard = load_standard(path)
    schema = form_schema(standard)
    assert json.loads(json.dumps(schema)) == schema
    for group in schema["rows"]:
        for row in group["rows"]:
            for way in row["ways"]:
                form, _, level = way.partition(":")
                ends = [str(row["min"]), str(row["max"])]
                answer = {"parts": {"parts": {}}, "score": {"score": ends[0]}, "range": {"range": ends}}
                value = {"level": level} if level else answer.get(form, {"state": form})
                assert FormDraft.of(standard).edited(f"answers.{row['id']}", value).faults == {}, (row["id"], way)


# The script finds the Chinese of every word that it shows; no Chinese is written in it but a language's name.
def test_the_script_gets_its_words() -> None:
    script = form_script()
    head, _, code = script.partition("const CHINESE = ")[2].partition("; // ")
    texts = json.loads(head)
    said = re.findall(r'\bt(?:In\("(\w+)", |\()"(.*?)"', code)
    assert {f"{sense}|{words}" if sense else words for sense, words in said} == texts.keys()
    assert len(re.findall(r"\bt(?:In)?\(", code)) == len(said)  # each with its words as they are
    assert all(texts.values())
    assert set(re.findall(r"[\u3400-\u9fff，。：、（）]+", code)) == {"中文"}
