"""The Shenzhen standard as data, held against the drafting note that it quotes and retells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from quotations import bare, quotations

from lsstd.engine.catalogue import catalogue
from lsstd.exact import shown
from lsstd.files.standards import load_standard
from lsstd.standard.standard import Standard

CHECKOUT = Path(__file__).resolve().parents[2]
FILE = CHECKOUT / "lsstd" / "standards" / "sz-supply-chain-collaboration.yaml"
LABEL = 60  # characters; what is quoted beyond that is prose, not a label
RUN = 20  # characters in a row that a text in lsstd's own words may share with the note
MISPRINTED = {"四（三）3": "2.", "四（四）": "（五）"}  # clauses whose heading bears another number in print


@pytest.fixture(scope="module")
def standard() -> Standard:
    return load_standard(FILE)


@pytest.fixture(scope="module")
def lines(source_text: Callable[[str], str]) -> list[str]:
    """The lines of the source document without white space."""
    return [bare(line) for line in source_text(FILE.stem).splitlines()]


@pytest.fixture(scope="module")
def document(lines: list[str]) -> str:
    """The text of the source document without white space."""
    return "".join(lines)


def printed_heading(clause: str, title: str) -> str:
    """Return a heading as the note prints it: 四、…, （三）… or 1.…"""
    if clause in MISPRINTED:
        return MISPRINTED[clause] + title
    parts = re.fullmatch(r"([^（]+)(（[^）]+）)?(\d+)?", clause)
    assert parts is not None
    return (f"{parts[3]}." if parts[3] else parts[2] or f"{parts[1]}、") + title


def bilingual(value: Any, place: str = "", lang: str = "zh") -> Iterator[tuple[str, str]]:
    """Every text that the file holds in two languages, in one of them, with its place."""
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        yield place, value[lang]
    elif isinstance(value, dict | list | tuple):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from bilingual(inner, f"{place}.{key}" if place else str(key), lang)


# Each cited document stands, as printed, in the part of the note under whose number it is filed.
def test_documents_are_cited_where_the_file_says(standard: Standard, document: str) -> None:
    numerals = "一二三四五六七八九"
    starts = {n: document.index(bare(f"{n}、{standard.clauses[n].title}")) for n in numerals}
    ends = {**{a: starts[b] for a, b in pairwise(numerals)}, "九": len(document)}
    for reference in standard.references:
        for clause, printed in reference.printed.items():
            assert bare(printed) in document[starts[clause[0]] : ends[clause[0]]], printed


# The clauses are the note's headings with their numbers, in its order; two numbers differ in print, as a note says.
def test_clauses_are_the_headings_in_order(standard: Standard, document: str) -> None:
    start = 0
    for clause, entry in standard.clauses.items():
        heading = bare(printed_heading(clause, str(entry.title)))
        start = document.index(heading, start) + len(heading)
        if clause in MISPRINTED:
            assert entry.note is not None
            assert f"“{MISPRINTED[clause]}”" in entry.note.zh
            assert f"“{MISPRINTED[clause]}”" in entry.note.en


# Every heading of the note has its entry: none is left out.
def test_no_heading_is_left_out(standard: Standard, lines: list[str]) -> None:
    marked = [line for line in lines if re.match(r"[一二三四五六七八九]、|（[一二三四五六]）|\d\.\D", line)]
    assert marked == [bare(printed_heading(c, str(entry.title))) for c, entry in standard.clauses.items()]


# Only the scope is quoted, its two sentences word for word; it is the one provision that the note holds.
def test_only_the_scope_is_quoted(standard: Standard, document: str) -> None:
    assert [clause for clause, entry in standard.clauses.items() if entry.text] == ["四（一）"]
    assert [clause for clause, entry in standard.clauses.items() if entry.provision] == ["四（一）"]
    scope = standard.clauses["四（一）"].text
    assert scope is not None
    assert bare(scope) in document
    assert scope.count("。") == 2


# Whatever is quoted but the scope is a label or a name, not prose.
def test_quotations_are_no_longer_than_a_label(standard: Standard) -> None:
    long = {place for place, text in quotations(standard) if len(bare(text)) > LABEL}
    assert long == {"clauses.四（一）.text"}


# What is told in lsstd's own words shares no longer run of characters with the note, save names.
def test_own_words_are_not_copied(standard: Standard, document: str) -> None:
    quoted = dict(quotations(standard))
    names = {bare(text) for place, text in quoted.items() if not re.match(r"topics|clauses|.*\.value$", place)}
    named = sorted(names, key=len, reverse=True)
    copied = {}
    for place, text in bilingual(standard.model_dump()):
        told = bare(text)
        for name in named:
            told = told.replace(name, "|")
        runs = [told[i : i + RUN + 1] for i in range(len(told) - RUN)]
        if place not in quoted and any(run in document for run in runs):
            copied[place] = text
    assert not copied


# Every text of lsstd's own exists in both languages.
def test_every_text_has_both_languages(standard: Standard) -> None:
    for lang in ("zh", "en"):
        texts = dict(bilingual(standard.model_dump(), lang=lang))
        assert len(texts) > 200
        assert [place for place, text in texts.items() if not text.strip()] == []


# The note sets no conditions, points, grades or readings, and the file says that it is provisional and unnumbered.
def test_note_has_no_scores(standard: Standard) -> None:
    empty = ["conditions", "vetoes", "indicators", "criteria", "bands", "readings", "terms", "procedure"]
    assert all(not getattr(standard, section) for section in empty)
    assert all(fact.measure for fact in standard.facts.values())  # lsstd's own, with no threshold anywhere
    assert standard.form is None
    assert standard.maximum == 0
    assert standard.source.number is None
    assert standard.source.published is None
    assert "送审稿" in standard.status.zh
    assert "非规范性" in standard.status.zh
    assert "sent for review" in standard.status.en
    assert "non-normative" in standard.status.en


# There are ten topics to profile, four of them under 业务协同, each in a clause that exists.
def test_topics_form_the_tree_of_the_note(standard: Standard) -> None:
    parents = {topic.parent for topic in standard.topics.values()}
    assert parents == {None, "business_collaboration"}
    assert [topic.label.zh for topic in standard.topics.values() if topic.id not in parents] == [
        "总体要求",
        "战略协同",
        "销售协同",
        "供应协同",
        "物流协同",
        "售后服务协同",
        "品控管理",
        "结算管理",
        "数字化管理",
        "绩效评价与持续改进",
    ]
    assert {topic.clause for topic in standard.topics.values()} <= set(standard.clauses)


# What a topic names for regulation is quoted in both languages' catalogues; topics without a paragraph name nothing.
def test_topics_quote_what_they_name(standard: Standard) -> None:
    for lang in ("zh", "en"):
        items = {topic["id"]: topic["items"] for topic in catalogue(standard, lang)["topics"]}
        assert items["general_requirements"] == ["协同管理机制", "信任机制", "激励与约束机制", "标准建设", "数据信息"]
        assert items["settlement_management"] == ["周期", "方式", "清单", "账目", "发票"]
        assert items["strategic_collaboration"] == items["digital_management"] == []


# The scope names 战略协同 and 数字化管理, which nothing describes; 结算管理 is described and not in the scope.
def test_scope_and_description_do_not_agree(standard: Standard) -> None:
    topics = standard.topics.values()
    assert [t.label.zh for t in topics if t.in_scope and not t.described] == ["战略协同", "数字化管理"]
    assert [t.label.zh for t in topics if t.described and not t.in_scope] == ["结算管理"]
    scope = standard.clauses["四（一）"]
    assert scope.text is not None
    assert scope.note is not None
    for topic in topics:
        if topic.parent is None:
            assert topic.in_scope == (topic.label.zh in scope.text), topic.id
        else:
            assert topic.in_scope == standard.topics[topic.parent].in_scope, topic.id
        titles = [str(standard.clauses[topic.clause].title), topic.label.zh]
        assert topic.described == (titles[0] == titles[1]), topic.id
        if topic.described != topic.in_scope:
            assert topic.label.zh in scope.note.zh


# The dates of the drafting are those printed.
def test_history_is_dated_as_printed(standard: Standard, document: str) -> None:
    printed = {
        "2024": "2024年深圳市地方标准计划项目",
        "2024-05": "2024年5月，由深圳市标准技术研究院",
        "2024-06/2024-08": "2024年6月—8月",
        "2024-09/2024-12": "2024年9月—12月",
        "2025-01": "1月，起草组邀请了",
        "2025-03/2025-04": "3-4月，通过书面形式",
        "2025-01/2025-05": "2025年1月—5月",
    }
    assert [event.date for event in standard.history] == list(printed)
    assert all(text in document for text in printed.values())
    assert {event.clause for event in standard.history} <= set(standard.clauses)


# Those consulted stand in the order printed: nine bodies at the meeting, two named among those written to.
def test_those_consulted_are_listed_as_printed(standard: Standard, document: str) -> None:
    meeting, letters = (event for event in standard.history if event.date in ("2025-01", "2025-03/2025-04"))
    assert len(meeting.names) == 9
    assert f"邀请了{'、'.join(meeting.names)}等单位专家" in document
    assert f"向{'、'.join(letters.names)}等企业" in document


# Of 18 comments 5 had no opinion, 9 were adopted, 3 in part and 1 not: the tally printed, and it adds up.
def test_tally_of_comments_adds_up(standard: Standard, document: str) -> None:
    tally = [int(number) for number in re.findall(r"\d+", standard.history[-1].what.zh)]
    all_, none, adopted, partly, rejected = tally
    assert (
        f"意见{all_}条（含无意见{none}条），其中，采纳{adopted}条，部分采纳{partly}条，不采纳{rejected}条" in document
    )
    assert all_ == none + adopted + partly + rejected
    assert [int(n) for n in re.findall(r"\d+", standard.history[-1].what.en)] == tally


# The background figures are printed in the note's first part, with their unit.
def test_background_figures_are_printed(standard: Standard, document: str) -> None:
    assert len(standard.background) == 2
    for figure in standard.background.values():
        assert figure.clause == "一"
        assert shown(figure.value) + figure.unit.zh in document


# The maturity scale runs from 0 to 5, and every level above 0 asks for evidence of the last 12 months.
def test_scale_runs_from_nought_to_five(standard: Standard) -> None:
    assert [level.level for level in standard.scale] == list(range(6))
    for level in standard.scale:
        assert ("近 12 个月" in level.meaning.zh) == (level.level > 0)
        assert ("last 12 months" in level.meaning.en) == (level.level > 0)


# A measure belongs to a topic that has no topics below it, and its unit agrees with its formula.
def test_measures_belong_to_topics_that_are_profiled(standard: Standard) -> None:
    leaves = set(standard.topics) - {topic.parent for topic in standard.topics.values()}
    assert len(standard.facts) == 24
    for fact in standard.facts.values():
        assert fact.measure is not None
        assert fact.measure.topic in leaves, fact.id
        assert fact.measure.source
        assert fact.unit is not None
        assert fact.note is not None
        assert fact.kind == ("percent" if fact.unit.zh == "%" else "number")
        for formula in (fact.note.zh, fact.note.en):
            assert ("÷" in formula) == (fact.unit.zh == "%"), fact.id
        assert ("中位数" in fact.note.zh) == (fact.unit.zh != "%"), fact.id
        assert ("median" in fact.note.en) == (fact.unit.zh != "%"), fact.id


# Every level above 0 says of each topic what it means there; figures are asked from level 4 on.
def test_levels_are_described_for_each_topic(standard: Standard) -> None:
    leaves = {topic.id for topic in standard.topic_leaves}
    for step in standard.scale:
        assert set(step.topics) == (leaves if step.level else set())
        assert step.measured == (step.level >= 4)
    for topic in standard.topic_leaves:
        assert len({step.meaning_for(topic).zh for step in standard.scale}) == 6


# The file marks the scale and the measures as lsstd's own where they stand, too.
def test_scale_and_measures_are_marked_in_the_file() -> None:
    text = FILE.read_text(encoding="utf-8")
    for key in ("scale", "facts"):
        heading = text[: text.index(f"\n{key}:\n")].rpartition("\n# ── ")[2]
        assert "lsstd 自拟，非规范性" in heading, key
