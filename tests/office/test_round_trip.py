"""File → workbook → file loses nothing: every form of answer, any text, notes, evidence, whatever the standard."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsstd import Assessment, load_standard, read_workbook, write_workbook
from lsstd.assessment.check import parse_assessment
from lsstd.files.cells import Shown
from lsstd.numerals import Unclear
from lsstd.office.self_score import Asked, asked, choice_names, choice_words, own_form, spread_form
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Lang

MADE_UP = Path(__file__).resolve().parents[1] / "cases" / "made-up" / "standard.yaml"
STANDARDS = [load_standard(name) for name in ("hlj-base-evaluation", "sz-supply-chain-collaboration")]
STANDARDS += [load_standard(MADE_UP), load_standard("made-up-studio")]
ROW = {"clause": "1", "text": "…", "indicator": "a", "max_score": 5}
LANGS: tuple[Lang, ...] = ("zh", "en")
MISREAD = [
    "满足",
    "不适用",
    "见分项",
    "3",
    "2 分",
    "50%",
    "—",
    "true",
    "好",
    "好",
    "l1",
    "L0",
    "乙；丙",
    "好〔l8〕",
    "无",
    "未知",
]
LEVELS = {f"l{place}": {"label": label, "points": place % 5} for place, label in enumerate(MISREAD)}
OPTIONS = {**{f"o{place}": label for place, label in enumerate(MISREAD)}, "unknown": "未知", "none": "全;无"}
STANDARDS.append(
    Standard.model_validate(
        {
            "standard": "made-up-rules",
            "edition": "1",
            "title": "虚构",
            "indicators": {"a": {"name": "甲", "not_applicable": "rescaled"}},
            "criteria": {
                "signed": {**ROW, "min_score": -5, "optional": True},
                "graded": {**ROW, "rule": {"levels": {"good": {"label": "好", "points": 5}}}},
                "misread": {**ROW, "rule": {"levels": LEVELS}},
            },
            "facts": {"ticked": {"kind": "choices", "label": "设施", "options": OPTIONS}},
        }
    )
)
law = settings(deadline=None, derandomize=True, max_examples=30, suppress_health_check=list(HealthCheck))

TRICKY = [
    "=1+1",
    "+86",
    "-",
    "@x",
    "'",
    '"',
    '""',
    '"""',
    "_x000D_",
    "_x005F_",
    "_x",
    "007",
    "5.10",
    "2024-06",
    "1e5",
    "#N/A",
    "TRUE",
    "未知",
    "无",
    "满足",
    "见分项",
    "🧧",
]
TRICKY += ["", " ", "\t", "\r", "a\r\nb", "\n x \n", "\x00", "\x0b", "\x1b[31m", "\x85", "\u2028", "\ufeff", "\uffff"]
TRICKY += ["合同〔live_rooms〕", "lsstd:x@y#0123456789abcdef"]
TEXT = st.text(max_size=20) | st.sampled_from(TRICKY)
DAY = st.dates().map(str) | st.dates().map(lambda day: str(day)[:7])
NUMBER = st.integers(0, 10**12) | st.floats(0, 1e9, allow_subnormal=False) | st.sampled_from([0.1, 1e-7, 2.5e15, 1 / 3])
FIELDS = {"kind": TEXT, "issuer": TEXT, "issued": DAY, "period": TEXT, "expires": DAY, "sha256": TEXT, "note": TEXT}
EVIDENCE = st.lists(st.fixed_dictionaries({"file": TEXT}, optional=FIELDS), max_size=2)
OPTIONAL = st.none() | TEXT
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

PERIOD = st.sampled_from([2024, "2024", "2025-H1", "2025年第2季度", "2025-06", "2024-07/2025-06", "2025-06-30"])


def long_form(key: str, value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({key: value}, optional={"note": TEXT, "evidence": EVIDENCE})


def answers_to(row: Asked) -> st.SearchStrategy[Any]:
    states = st.sampled_from(list(row.states))
    of_parts = st.sampled_from(["met", "unmet", "unknown"])
    forms = [states, long_form("state", states)]
    if row.levels:
        forms.append(long_form("level", st.sampled_from(list(row.levels))))
    if row.parts:
        forms.append(long_form("parts", st.dictionaries(st.sampled_from([part.id for part in row.parts]), of_parts)))
    if row.points is not None:
        points = st.floats(float(row.least), float(row.points)) | st.integers(int(row.least), int(row.points))
        forms += [long_form("score", points), long_form("range", st.tuples(points, points).map(sorted))]
        two = st.lists(points, min_size=2, max_size=2, unique=True)
        forms.append(long_form("chances", two.map(lambda scores: [[scores[0], 0.3], [scores[1], 0.7]])))
    return st.one_of(forms)


def values_of(fact: Fact) -> st.SearchStrategy[Any]:
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "number": NUMBER,
        "percent": NUMBER if fact.measure is None else st.floats(0, 100) | st.integers(0, 100),
        "count": st.integers(0, 10**30),
        "boolean": st.booleans(),
        "date": DAY,
        "text": TEXT,
        "choices": st.lists(st.sampled_from(list(fact.options)), unique=True) if fact.options else st.just([]),
    }
    value = st.none() | kinds[fact.kind]
    dated = st.fixed_dictionaries({"value": value, "period": PERIOD}, optional={"source": TEXT})
    return value | long_form("value", value) | (dated if fact.measure else value)


@st.composite
def assessments(draw: st.DrawFn) -> tuple[Standard, Assessment]:
    """A standard and an assessment under it: a few facts and answers of each kind."""
    standard = STANDARDS[draw(st.integers(0, len(STANDARDS) - 1))]
    found: dict[str, Any] = {"standard": standard.standard, "subject": draw(SUBJECT)}
    if draw(st.booleans()):
        found["as_of"] = str(draw(st.dates()))
    if standard.facts:
        facts = draw(st.lists(st.sampled_from(list(standard.facts)), max_size=6, unique=True))
        found["facts"] = {fact: draw(values_of(standard.facts[fact])) for fact in facts}
    rows = asked(standard)
    answered = draw(st.lists(st.sampled_from(list(rows)), max_size=6, unique=True))
    found["answers"] = {row: draw(answers_to(rows[row])) for row in answered}
    return standard, parse_assessment(standard, found)


# What is written to a workbook is what is read from it, in either language.
@law
@given(given_assessment=assessments(), lang=st.sampled_from(["zh", "en"]))
def test_nothing_is_lost(given_assessment: tuple[Standard, Assessment], lang: Any, tmp_path_factory: Any) -> None:
    standard, assessment = given_assessment
    path = tmp_path_factory.mktemp("w") / "w.xlsx"
    write_workbook(standard, path, assessment, lang)
    assert read_workbook(path, standard) == assessment


# A label that is also a state, a number or another's label stands with its id; alone it is not taken for the level.
def test_labels_that_could_be_misread() -> None:
    row, fact = asked(STANDARDS[-1])["misread"], STANDARDS[-1].facts["ticked"]
    assert {"满足〔l0〕", "3〔l3〕", "好〔l8〕", "true", "满足"} <= {word.zh for word in row.choices}
    assert own_form(row, "满足") == {"state": "met"}
    assert own_form(row, 3) == own_form(row, "3") == {"score": 3}
    with pytest.raises(Unclear):
        own_form(row, "好")
    names = choice_names(fact)
    for lang in LANGS:
        told: dict[Any, Any] = {level: own_form(row, name.to(lang)) for level, name in row.levels.items()}
        assert told == {level: {"level": level} for level in LEVELS}
        assert [choice_words(fact, name.to(lang)) for name in names.values()] == [[option] for option in OPTIONS]
        assert choice_words(fact, "；".join(name.to(lang) for name in names.values())) == list(OPTIONS)


# A row's own score is a word of its drop-down, in either language, as today or as in older workbooks, or points; a
# topic's is a level.
def test_own_scores(hlj: Any) -> None:
    row = asked(hlj)["live_equipment"]
    assert {own_form(row, former)["state"] for former in ("未知", "待核实", "unknown")} == {"unknown"}
    assert {own_form(row, former)["state"] for former in ("未满足", "不满足", "not met")} == {"unmet"}
    told = [own_form(row, cell) for cell in ("满足", "unmet", "未知", "见分项", 7.5, "７.５分", None, " ")]
    points = {"score": Fraction(15, 2)}
    assert told == [{"state": "met"}, {"state": "unmet"}, {"state": "unknown"}, {"parts": {}}, points, points, {}, {}]
    for cell in ("很好", "不适用", Shown("50%"), True, "5-8"):
        with pytest.raises(Unclear, match="0 至 10 的数"):
            own_form(row, cell)


# A range or chances in one cell, however the signs are typed.
def test_ranges_and_chances() -> None:
    assert spread_form("4-8") == spread_form("4 ～ 8") == spread_form("4至8") == {"range": [4, 8]}
    pairs = [[6, Fraction(1, 2)], [10, Fraction(1, 2)]]
    assert spread_form("6: 0.5; 10: 0.5") == spread_form("6：50%；10：50%") == {"chances": pairs}
    assert spread_form(None) == spread_form("") == {}
    for cell in ("4", "4~", "4~8~9", "6:", "a~b", "6:0.5:1"):
        with pytest.raises(Unclear, match="区间"):
            spread_form(cell)


# Any text at all is a range, chances, or refused.
@law
@given(cell=st.text(max_size=30) | st.from_regex(r"[0-9.,:;~至 %-]{0,30}", fullmatch=True))
def test_any_text_is_a_range_chances_or_refused(cell: str) -> None:
    with suppress(Unclear):
        assert set(spread_form(cell)) <= {"range", "chances"}
