"""The strict reader: what people type is taken as they mean it, and what could mislead is refused with its line."""

from __future__ import annotations

import json
import math
import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd import load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile, Problems
from lsstd.files.strict_yaml import parse_json, parse_yaml, read_text
from lsstd.standard.document import Term
from lsstd.standard.models import parse


def refused(text: str, kind: str = "yaml") -> InvalidFile:
    reader = {"yaml": parse_yaml, "json": parse_json}[kind]
    with pytest.raises(InvalidFile) as caught:
        reader(text, "a file")
    return caught.value


# Only true and false are booleans: what YAML 1.1 takes for one (the "Norway problem") stays a word.
@pytest.mark.parametrize(
    "word", ["no", "No", "NO", "yes", "Yes", "on", "off", "y", "n", "True", "FALSE", "Null", "NULL", "none"]
)
def test_only_true_and_false_are_booleans(word: str) -> None:
    assert read_text(f"a: {word}", "f") == {"a": word}
    assert read_text("[true, false, null, ~, ]", "f") == [True, False, None, None]


# Times, dates, numbers with leading zeros, octals, sexagesimals and the like stay the text that was typed.
@pytest.mark.parametrize(
    "word",
    [
        "12:30",
        "12:30:45",
        "2024-06-01",
        "2024-06-01 08:00:00",
        "007",
        "0o17",
        "0x1F",
        "1_000",
        "00",
        "1.2.3",
        "+",
        "1e",
        ".",
        "-",
    ],
)
def test_what_is_not_a_plain_number_stays_text(word: str) -> None:
    assert read_text(f"a: {word}" if word != "-" else 'a: "-"', "f") == {"a": word}


# Numbers are read as they are written; a whole number stays whole, however long.
@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("7.50", 7.5),
        (".5", 0.5),
        ("-.5", -0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("2.5E-1", 0.25),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_numbers(word: str, number: float) -> None:
    found = read_text(f"a: {word}", "f")["a"]
    assert found == number
    assert type(found) is type(number)


# What is quoted is text, whatever it looks like.
@pytest.mark.parametrize("word", ["5.10", "true", "null", "7", "~", "", ".nan", "no"])
def test_quoted_is_text(word: str) -> None:
    assert read_text(f"a: '{word}'", "f") == {"a": word}
    assert read_text(f'a: "{word}"', "f") == {"a": word}


# Not-a-number and infinities are read as such, for the models to refuse: they never become text by accident.
@pytest.mark.parametrize("word", [".nan", ".NaN", ".inf", "-.inf", "+.inf", ".Inf", "1e999"])
def test_not_finite_numbers_are_seen(word: str) -> None:
    assert not math.isfinite(read_text(f"a: {word}", "f")["a"])


# A whole number too long for any quantity is text, not an hour of arithmetic.
def test_a_huge_integer_is_not_computed() -> None:
    digits = "9" * 1_000_000
    start = time.perf_counter()
    assert read_text(f"a: {digits}", "f") == {"a": digits}
    assert time.perf_counter() - start < 2


# A clause number without quotes (5.10 would be 5.1) is an error that names the line and says what would be right.
def test_an_unquoted_clause_is_refused_with_its_line() -> None:
    parsed = parse_yaml(
        "id: base\n\nclause: 5.10\nterm: {zh: 基地, en: base}\ndefinition: x\ngloss: {zh: a, en: b}\n", "f"
    )
    problems = Problems(parsed.lines)
    assert parse(Term, parsed.value, problems) is None
    [problem] = problems.found
    assert (problem.where, problem.line) == ("clause", 3)
    assert problem.expected.en.startswith("text (in quotes")
    assert "引号" in problem.expected.zh


# All repeated keys are told at once, each with its own line and that of the first.
def test_repeated_keys_are_all_told_with_both_lines() -> None:
    error = refused("a: 1\nb:\n  c: 1\n  c: 2\na: 2\nb: 3\n")
    told = [(problem.where, problem.line, problem.found.en) for problem in error.problems]
    assert sorted(told) == [("a", 5, "repeats line 1"), ("b", 6, "repeats line 2"), ("b.c", 4, "repeats line 3")]
    assert "第 1 行" in error.to("zh")


# Keys that look alike in different places are not repeated; within one flow mapping they are.
def test_keys_repeat_only_within_one_mapping() -> None:
    assert read_text("- {a: 1}\n- {a: 2}\n", "f") == [{"a": 1}, {"a": 2}]
    assert refused("x: {a: 1, a: 2}").problems[0].where == "x.a"


# Keys are text as typed: 1, true and null do not become something else, and 007 is not 7.
def test_keys_are_text() -> None:
    found = read_text("{1: a, true: b, ~: c, 007: d, 7: e, 0.50: f}", "f")
    assert found == {"1": "a", "true": "b", "~": "c", "007": "d", "7": "e", "0.50": "f"}


# Anchors, aliases, tags, merges of them, second documents and keys that are no text are refused, with the line.
@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("a: 1\nb: &x 2\n", 2, "an anchor or alias"),
        ("a: &x [1]\n", 1, "an anchor or alias"),
        ("a: &x {b: 1}\n", 1, "an anchor or alias"),
        ("a: 1\nb: *x\n", 2, "an anchor or alias"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "the tag"),
        ("a: 1\nb: !!str 5\n", 2, "the tag"),
        ("a: !mine {}\n", 1, "the tag"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("{a: 1, [b]: 2}\n", 1, "a key that is not text"),
        ("a: 1\n? {b: 1}\n: 2\n", 2, "a key that is not text"),
    ],
)
def test_what_could_mislead_is_refused(text: str, line: int, named: str) -> None:
    [problem] = refused(text).problems
    assert named in problem.found.en
    assert problem.line == line


# A file whose aliases would unfold into billions of values is refused at its first anchor, at once.
def test_an_alias_bomb_is_refused_at_once() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30))
    start = time.perf_counter()
    assert refused(bomb).problems[0].line == 1
    assert time.perf_counter() - start < 1


# Brackets nested a hundred thousand deep are refused at once, in YAML and in JSON; forty levels are enough for all.
@pytest.mark.parametrize("kind", ["yaml", "json"])
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_a_depth_bomb_is_refused_at_once(kind: str, bracket: str) -> None:
    start = time.perf_counter()
    error = refused(bracket * 100_000, kind)
    assert time.perf_counter() - start < 2
    assert error.problems
    assert read_text("[" * 40 + "]" * 40, "f") is not None


# What is not YAML at all is refused with the line on which it stops making sense.
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\n", 3),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 'open\n", 2),
        ("a: b: c\n", 1),
        ("a: 1\n- b\n", 2),
        ("%YAML 9\n", 1),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, line: int) -> None:
    [problem] = refused(text).problems
    assert problem.line == line
    assert problem.expected.en == "valid YAML"


SYNTAX = [
    ("a: [1, 2\n", "yaml", "缺少逗号或右括号", "',' or ']'"),
    ("a: b: c\n", "yaml", "含冒号的文字要加引号", "mapping values are not allowed"),
    ('a: "b\nc: d\n', "yaml", "引号没有成对", "unexpected end of stream"),
    ("a: 1\n\tb: 2\n", "yaml", "制表符", "tab"),
    ("a: \x00", "yaml", "不可见的控制字符", "control characters"),
    ("%YAML 9\n", "yaml", "第 1 行第 8 列写法有误", "digit or '.'"),  # a message that is not translated
    ('{"a": 1,\n "b" 2}', "json", "键后面缺少冒号", "':' delimiter"),
    ('{"a": 1, b: 2}', "json", "双引号括起的键", "property name"),
    ('{"a": tru}', "json", "此处缺少值", "Expecting value"),
    ("[" * 100_000, "json", "嵌套过深", "at most 40 levels"),
]


# What a parser complains of is said in the language asked for: no English within a Chinese message, nor the reverse.
@pytest.mark.parametrize(("text", "kind", "zh", "en"), SYNTAX)
def test_syntax_errors_in_both_languages(text: str, kind: str, zh: str, en: str) -> None:
    error = refused(text, kind)
    assert zh in error.to("zh")
    assert not re.search("[a-z]{2,}", error.problems[0].found.zh)
    assert en in error.to("en")
    assert error.to("en").isascii()


# A control character, which no editor shows, is refused rather than read.
def test_control_characters_are_refused() -> None:
    assert refused("a: \x00\n").problems[0].expected.en == "valid YAML"


# A byte order mark in the text, Windows and old Macintosh line ends, tabs after values: nothing changes.
@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 2\n",
        "a: 1\r\nb: 2\r\n",
        "a: 1\rb: 2\r",
        "a: 1 \t\nb: 2",
        "\ufeffa: 1\nb: 2\n",
        "---\na: 1\nb: 2\n...\n",
    ],
)
def test_line_ends_do_not_matter(text: str) -> None:
    parsed = parse_yaml(text, "f")
    assert parsed.value == {"a": 1, "b": 2}
    assert parsed.lines["b"] - parsed.lines["a"] == 1


# An empty file, or one of comments alone, holds nothing; an empty value is nothing, too.
@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n"])
def test_an_empty_file_holds_nothing(text: str) -> None:
    assert read_text(text, "f") is None
    assert read_text("a:\nb: ''\n", "f") == {"a": None, "b": ""}


# Every place has its line: keys, items, what stands inside them.
def test_places_have_their_lines() -> None:
    lines = parse_yaml("a:\n  b: 1\n  c:\n    - x\n    - d: 2\n\ne: {f: 3}\n", "f").lines
    assert lines == {"a": 1, "a.b": 2, "a.c": 3, "a.c.0": 4, "a.c.1": 5, "a.c.1.d": 5, "e": 7, "e.f": 7}


# A problem is told at the line of its place, or of the nearest thing around it.
def test_problems_find_their_lines() -> None:
    text = "standard: hlj-base-evaluation\nanswers:\n  certifications:\n    range: [5, 99]\n  vilage_rooms: met\n"
    parsed = parse_yaml(text, "f")
    with pytest.raises(InvalidFile) as caught:
        parse_assessment(load_standard("hlj-base-evaluation"), parsed.value, "f", parsed.lines)
    assert [(p.where, p.line) for p in caught.value.problems] == [
        ("answers.certifications.range", 4),
        ("answers.vilage_rooms", 5),
    ]
    assert "village_rooms" in caught.value.to("zh")


# JSON is read as strictly: repeated keys are all told, at every depth, and what is no JSON with its line.
def test_json_is_as_strict() -> None:
    error = refused('{"a": 1, "b": {"c": 1, "c": 2}, "a": 2}', "json")
    assert sorted(problem.where for problem in error.problems) == ["a", "c"]
    assert refused('{"a": 1,\n "b" 2}', "json").problems[0].line == 2
    assert refused("", "json").problems[0].expected.zh == "合法的 JSON"
    assert refused('{"a": ' + "9" * 100_000 + "}", "json").problems[0].expected.en == "at most 400 digits"
    assert parse_json('{"clause": "5.10", "n": 5.5, "no": null}', "f").value == {"clause": "5.10", "n": 5.5, "no": None}


# NaN and infinities, which Python's JSON lets through, never become a score.
@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_json_without_not_a_number(word: str) -> None:
    text = f'{{"standard": "hlj-base-evaluation", "answers": {{"certifications": {{"score": {word}}}}}}}'
    with pytest.raises(InvalidFile) as caught:
        parse_assessment(load_standard("hlj-base-evaluation"), parse_json(text, "f").value)
    assert [problem.expected.en for problem in caught.value.problems] == ["a finite number"]


_UNSEEN = "\u034f"  # a mark by its category, but nobody sees it, so the reader of YAML asks for it to be spelled
_SEEN = st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters=_UNSEEN)
TEXT = st.text(_SEEN | st.sampled_from("\n\t\0"))
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


# What a program writes as JSON is read back alike, as JSON and (being YAML, too) as YAML.
@settings(deadline=None, derandomize=True)
@given(value=PLAIN)
def test_what_is_written_as_json_is_read_back(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert parse_json(text, "f").value == value
    assert parse_yaml(text, "f").value == value


# The reader that PyYAML has where libyaml is missing gives the same values and lines.
def test_both_of_pyyamls_parsers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: [1, {b: no}]\nc: 'x'\nd:\n  - 12:30\n  - |\n    two\n    lines\n"
    with_libyaml = parse_yaml(text, "f")
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert parse_yaml(text, "f") == with_libyaml
    assert with_libyaml.value == {"a": [1, {"b": "no"}], "c": "x", "d": ["12:30", "two\nlines\n"]}
    assert refused("[" * 100_000).problems[0].found.en == "too deeply nested"
