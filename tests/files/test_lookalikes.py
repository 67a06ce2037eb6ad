"""What looks like YAML and is read as something else is told with its line; what is innocent is read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lsstd.errors import InvalidFile
from lsstd.files.strict_yaml import parse_yaml, read_text, to_yaml

ROOT = Path(__file__).resolve().parents[2]

CUT_OFF = [
    ("name: 冰城 #1 基地\n", 1, "冰城 #1 基地"),
    ("a: 1\nname: 冰城 # 1 基地\n", 2, "冰城 # 1 基地"),
    ("name: 冰城\t#①号\n", 1, "冰城"),
    ("name: #1 基地\n", 1, "#1 基地"),
    ("name: studio #2\n", 1, "studio #2"),
    ("name: Studio #B\n", 1, "Studio #B"),
    ("evidence:\n  - 合同 #12.pdf\n", 2, "合同 #12.pdf"),
    ("evidence:\n  - file: 合同 #终稿.pdf\n", 2, "合同 #终稿.pdf"),
    ("evidence: [{file: 合同 #12.pdf, issued: 2024-06-01}]\nname: x\n", 1, "合同 #12.pdf"),
    ("name: 冰城\n  直播 #1 基地\n", 2, "冰城 直播 #1 基地"),
]


# A typed text that YAML cuts off at a # is told, in whole, with its line; never shortened without a word.
@pytest.mark.parametrize(("text", "line", "whole"), CUT_OFF)
def test_a_text_cut_off(text: str, line: int, whole: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse_yaml(text, "f")
    problem = next(problem for problem in caught.value.problems if "comment" in problem.found.en)
    assert problem.line == line
    assert whole.expandtabs(1) in problem.expected.zh.replace("\\t", " ")
    assert whole.expandtabs(1) in problem.expected.en.replace("\\t", " ")


INNOCENT = [
    ("name: 冰城 # 基地名称\n", "冰城"),
    ("name: 冰城  # 2024 年改名\n", "冰城"),  # two blanks: nobody types a name with them
    ("name: 冰城  #\n", "冰城"),
    ("name: 冰城 ####\n", "冰城"),
    ("name: met #附件已核对\n", "met"),
    ("name: 2024-12-31 #基准日\n", "2024-12-31"),
    ("name: AAAA #目标\n", "AAAA"),
    ("name: 14 #间\n", 14),
    ("name: true #已批\n", True),
    ("name:  # 待填\n", None),
    ("name:\n#1 基地\n", None),
    ("name: '冰城 #1 基地' #1\n", "冰城 #1 基地"),
    ("name: 冰城#1\n", "冰城#1"),
    ("name: |\n  冰城 #1 基地\n", "冰城 #1 基地\n"),
    ("name: 抖音：主播\n", "抖音：主播"),
    ("name: app：抖音\n", "app：抖音"),
    ("name: 冰城　基地\n", "冰城　基地"),
    ("name: |\n  　　第一段\n", "　　第一段\n"),
    ("name: https://example.org\n", "https://example.org"),
    ("name: 👨\u200d👩\u200d👧 之家\n", "👨\u200d👩\u200d👧 之家"),
    ('name: "冰城\\u200B"\n', "冰城\u200b"),
    ("# \ufeff 注\nname: 1 # \u200b\n", 1),
]


# Comments behind what is complete, quoted texts, punctuation within Chinese: all this is read as before.
@pytest.mark.parametrize(("text", "value"), INNOCENT)
def test_what_is_innocent(text: str, value: object) -> None:
    assert read_text(text, "f") == {"name": value}


# No file of ours is taken for a mistake.
@pytest.mark.parametrize("folder", ["data", "lsstd", "tests/cases"])
def test_our_own_files_are_innocent(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.yaml"))
    assert files
    for file in files:
        parse_yaml(file.read_text(encoding="utf-8"), file.name)


TYPED = [
    ("standard：hlj\nas_of: 2024-12-31\n", 1, "standard: hlj"),
    ("subject:\n  name：冰城\n  region: 哈尔滨\n", 2, "name: 冰城"),
    ("subject:\n  name: 冰城\n  region：哈尔滨\nas_of: 2024-12-31\n", 3, "region: 哈尔滨"),
    ("subject:\n  name：冰城\n", 2, "name: 冰城"),
    ("answers: {rooms：met}\n", 1, "rooms: met"),
    ("answers:\n  rooms:met\n", 2, "rooms: met"),
    ("answers:\n  rooms:　met\n  shops: met\n", 2, "rooms: met"),
    ("evidence:\n  - file：合同.pdf\n", 2, "file: 合同.pdf"),
    ("name：冰城", 1, "name: 冰城"),
    ("a: 1\n－ b\nc: 2\n", 2, "half-width"),
    ("a: {b: 1，c: 2}\n", 1, "half-width"),
]


# Full-width signs and forgotten blanks are told at the line on which they stand, with the right spelling.
@pytest.mark.parametrize(("text", "line", "right"), TYPED)
def test_full_width_signs(text: str, line: int, right: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse_yaml(text, "f")
    [problem] = caught.value.problems
    assert problem.line == line
    assert right in problem.expected.en


UNSEEN = [
    ("a: 1\n\ufeffb: 2\n", 2, "FEFF"),
    ("a: 1\nb\u200b: 2\n", 2, "200B"),
    ("a: 冰城\u200b基地\n", 1, "200B"),
    ("a: '冰城\u2060'\n", 1, "2060"),
    ("a: '\u202aC:\\合同.pdf'\n", 1, "202A"),
    ("a: 1\u00a0\n", 1, "00A0"),
    ("a: 　冰城\n", 1, "3000"),
    ("a: 1\n　b: 2\n", 2, "3000"),
    ("a: 1\n\u00a0b: 2\n", 2, "00A0"),
    ("a: 1\r\nb: x\u2028y\r\n", 2, "2028"),
    ("a: me\u200dt\n", 1, "200D"),
]


# A character that nobody sees is named by its code and line, in either language.
@pytest.mark.parametrize(("text", "line", "code"), UNSEEN)
@pytest.mark.parametrize("slow", [False, True])
def test_unseen_characters(text: str, line: int, code: str, slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if slow:
        monkeypatch.delattr(yaml, "CSafeLoader")
    with pytest.raises(InvalidFile) as caught:
        parse_yaml(text, "f")
    problem = caught.value.problems[0]
    assert problem.line == line
    assert f"U+{code}" in problem.found.zh
    assert f"U+{code}" in problem.found.en


# What a form holds (a name pasted with whatever clings to it) is written so that it is read back unchanged.
@pytest.mark.parametrize(
    "name",
    [
        "冰城\u200b基地",
        "\u00a0冰城",
        "冰城　",
        "冰城 #1",
        "#1",
        "app：x",
        "a:1",
        "\ufeff",
        "x\\\u200b",
        "👨\u200d👩\u200d👧",
        "a\u200d",
    ],
)
def test_what_is_written_is_read_back(name: str) -> None:
    for value in ({"name": name}, [name], {"answers": {"a": [name, "x"]}}, {name: 1}, {"long": f"{name} " * 60 + name}):
        assert read_text(to_yaml(value), "f") == value
