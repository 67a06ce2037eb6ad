"""What is saved is what is loaded: every form of answer, any text, notes and evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lsstd
from lsstd import Assessment, load_assessment, load_standard, save_assessment
from lsstd.assessment.check import parse_assessment
from lsstd.errors import FileError
from lsstd.files.assessments import dump_assessment
from lsstd.files.strict_yaml import read_text
from lsstd.standard.scoring_table import Criterion, Fact

STANDARD = load_standard("hlj-base-evaluation")
law = settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))

# Any text that Unicode has; and text that YAML, or a reader of it, could take for something else.
WORDS = "1e5 -.5 12e34 007 12:30 2024-06-01 no yes ~ null true # { [x] *a &a !a | > % @ ` .nan 0x1F 1_000 ... --- = <<"
TRICKY = [
    *WORDS.split(),
    "",
    " ",
    "- a",
    "a: b",
    "a #b",
    "'",
    '"',
    "\\",
    "a\nb",
    "a\n\n b \n",
    "\t",
    "\r\n",
    "\x00",
    "\x85",
]
TRICKY += ["\u2028", "\ufeff", "\u200b", "🧧", "冰城　基地", "#" * 200, "字" * 900]
TEXT = st.text(max_size=40) | st.sampled_from(TRICKY)
OPTIONAL = st.none() | TEXT
DAY = st.dates().map(str) | st.dates().map(lambda day: str(day)[:7])
NUMBER = st.integers(0, 10**12) | st.floats(0, 1e9, allow_subnormal=False) | st.sampled_from([0.1, 1e-7, 2.5e15, 1 / 3])
EVIDENCE = st.lists(
    st.fixed_dictionaries(
        {"file": TEXT},
        optional={
            "kind": TEXT,
            "issuer": TEXT,
            "issued": DAY,
            "period": TEXT,
            "expires": DAY,
            "sha256": TEXT,
            "note": TEXT,
        },
    ),
    max_size=2,
)
SUBJECT = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXT,
        "id": OPTIONAL,
        "region": OPTIONAL,
        "party": OPTIONAL,
        "groups": st.dictionaries(TEXT, TEXT, max_size=3),
    },
)


def long_form(key: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({key: value}, optional={"note": TEXT, "evidence": EVIDENCE})


def answers_to(row: Criterion) -> st.SearchStrategy[Any]:
    states = st.sampled_from(["met", "unmet", "unknown"])
    forms = [states, st.none(), long_form("state", states)]
    if row.parts:
        forms.append(long_form("parts", st.dictionaries(st.sampled_from(list(row.parts)), states)))
    if row.max_score is not None:
        points = st.floats(0, float(row.max_score)) | st.integers(0, int(row.max_score))
        forms += [long_form("score", points), long_form("range", st.tuples(points, points).map(sorted))]
        two = st.lists(points, min_size=2, max_size=2, unique=True)
        forms.append(long_form("chances", two.map(lambda scores: [[scores[0], 0.3], [scores[1], 0.7]])))
        forms.append(long_form("chances", two.map(lambda scores: {str(scores[0]): 0.25, str(scores[1]): 0.75})))
    return st.one_of(forms)


def values_of(fact: Fact) -> st.SearchStrategy[Any]:
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "number": NUMBER,
        "percent": NUMBER,
        "count": st.integers(0, 10**30),
        "boolean": st.booleans(),
        "date": DAY,
        "text": TEXT,
        "choices": st.lists(st.sampled_from(list(fact.options)), unique=True) if fact.options else st.just([]),
    }
    return st.none() | kinds[fact.kind] | long_form("value", st.none() | kinds[fact.kind])


@st.composite
def given_values(draw: st.DrawFn) -> dict[str, Any]:
    """An assessment as plain values, as a file might hold it: a few facts and answers of each kind."""
    facts = draw(st.lists(st.sampled_from(list(STANDARD.facts.values())), max_size=5, unique_by=lambda fact: fact.id))
    rows = draw(st.lists(st.sampled_from(list(STANDARD.criteria.values())), max_size=5, unique_by=lambda row: row.id))
    found: dict[str, Any] = {"standard": STANDARD.standard, "subject": draw(SUBJECT)}
    if draw(st.booleans()):
        found["as_of"] = str(draw(st.dates()))
    found["facts"] = {fact.id: draw(values_of(fact)) for fact in facts}
    found["answers"] = {row.id: draw(answers_to(row)) for row in rows}
    return found


# Load → save → load is identical: the assessment that is read back equals the one that was written.
@law
@given(values=given_values())
@example(values={"standard": STANDARD.standard, "facts": None, "answers": None})
def test_what_is_saved_is_what_is_loaded(values: dict[str, Any]) -> None:
    first = parse_assessment(STANDARD, values)
    text = dump_assessment(first)
    again = parse_assessment(STANDARD, read_text(text, "f"))
    assert again == first
    assert dump_assessment(again) == text


# The same through JSON, which holds the plain values, too.
@law
@given(values=given_values())
def test_plain_values_survive_json(values: dict[str, Any]) -> None:
    first = parse_assessment(STANDARD, values)
    assert parse_assessment(STANDARD, json.loads(json.dumps(first.plain(), allow_nan=False))) == first


# Through a real file: bytes are UTF-8, Chinese stays readable, and numbers keep every digit.
def test_through_a_file(tmp_path: Path) -> None:
    values = {
        "standard": STANDARD.standard,
        "subject": {"name": "冰城直播电商共享基地 🧧", "groups": {"规模": "大"}},
        "as_of": "2024-12-31",
        "facts": {
            "opened": "2021-05",
            "office_area": {
                "value": 1234.56789,
                "note": "核心区\n第二行：不含走廊",
                "evidence": [{"file": "合同.pdf", "issued": "2021-03-15"}],
            },
            "live_rooms": 14,
            "honest_operation": True,
            "base_address": "007",
            "partner_colleges": None,
        },
        "answers": {
            "village_rooms": "met",
            "certifications": {"range": [4, 8.25], "note": "长" * 2000},
            "live_equipment": {"parts": {"equipment_provided": "met", "maintenance_recorded": "unknown"}},
            "farm_product_promotion": {"chances": {"6": 0.1, "10": 0.9}},
            "training_centre": {"score": 7.1},
            "party_branch": "unknown",
        },
    }
    first = parse_assessment(STANDARD, values)
    path = tmp_path / "基地.yaml"
    save_assessment(first, path)
    assert load_assessment(path) == first
    text = path.read_bytes().decode()
    assert "冰城直播电商共享基地 🧧" in text
    assert "1234.56789" in text
    save_assessment(first, path)  # its own file may be written anew
    assert load_assessment(path) == first


# The examples of the package survive, and saving them says what they said.
@pytest.mark.parametrize("name", lsstd.examples())
def test_the_examples_survive(tmp_path: Path, name: str) -> None:
    first = load_assessment(lsstd.example(name))
    path = tmp_path / "again.yaml"
    save_assessment(first, path)
    assert load_assessment(path) == first
    assert load_assessment(path).plain() == first.plain()


# A file of somebody else's is not overwritten, unless that is asked for.
def test_a_strange_file_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("mine", encoding="utf-8")
    assessment = Assessment(standard=STANDARD.standard)
    with pytest.raises(FileError):
        save_assessment(assessment, path)
    assert path.read_text(encoding="utf-8") == "mine"
    save_assessment(assessment, path, force=True)
    assert load_assessment(path) == assessment


# Short forms are written short: a bare value stays a bare value, a bare state a bare state.
def test_short_stays_short() -> None:
    values = {
        "standard": STANDARD.standard,
        "facts": {"live_rooms": 14},
        "answers": {"village_rooms": "met", "certifications": None},
    }
    plain = parse_assessment(STANDARD, values).plain()
    assert plain == {**values, "answers": {"village_rooms": "met", "certifications": "unknown"}}
