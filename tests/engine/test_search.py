"""A search finds all that a standard quotes, retells or adds, and says in whose words."""

from __future__ import annotations

import time

import pytest
from quotations import quotations

from lsstd import load_standard, search
from lsstd.engine.search import KINDS, Hit, named, silent

STANDARDS = [load_standard("hlj-base-evaluation"), load_standard("sz-supply-chain-collaboration")]
HLJ, SZ = (standard.standard for standard in STANDARDS)


def first(query: str) -> Hit:
    return search(STANDARDS, query)[0]


# What stands anywhere in a standard is found: a box to tick, a band, a veto, a reference, an item of a topic, a table.
@pytest.mark.parametrize(
    ("query", "standard", "kind", "id", "voice"),
    [
        ("云服务", HLJ, "field", "professional_services", "quoted"),
        ("450", HLJ, "band", "AAAA", "quoted"),
        ("数据造假", HLJ, "veto", "data_falsification", "retold"),
        ("篡改数据", HLJ, "veto", "data_falsification", "quoted"),
        ("DB23/T 2953", HLJ, "reference", "reference_2", "quoted"),
        ("GB/T 25103", SZ, "reference", "reference_7", "quoted"),
        ("gb/t25103—2010", SZ, "reference", "reference_7", "quoted"),
        ("信任机制", SZ, "topic", "general_requirements", "quoted"),
        ("mechanism of trust", SZ, "topic", "general_requirements", "retold"),
        ("第6行", HLJ, "criterion", "live_room_count", "quoted"),
        ("row 6", HLJ, "criterion", "live_room_count", "quoted"),
        ("电商直播共享基地", HLJ, "table", "表2", "quoted"),
        ("适用于黑龙江省行政区域", HLJ, "clause", "1", "quoted"),
        ("时点数据为截至上一年度末数据", HLJ, "table", "表A.1", "quoted"),
        ("到现场核查", HLJ, "step", "base_visited", "retold"),
        ("营业执照", HLJ, "evidence", "business_licence", "own"),
        ("compound_rows", HLJ, "reading", "compound_rows", "own"),
        ("平分该行分值", HLJ, "reading", "compound_rows", "own"),
        ("只列了四个", HLJ, "clause", "7.2.1", "own"),
        ("退货", SZ, "measure", "return_rate", "own"),
        ("共同改进", SZ, "level", "level_5", "own"),
        ("水贝运营中心", SZ, "event", "event_5", "quoted"),
        ("5.1.4", HLJ, "condition", "scale", "quoted"),
    ],
)
def test_everything_is_found(query: str, standard: str, kind: str, id: str, voice: str) -> None:
    hit = first(query)
    assert (hit.standard, hit.kind, hit.id, hit.voice) == (standard, kind, id, voice)


# A name that table 1 prints for an indicator is found with the indicator; a row's hit carries its number and clause.
def test_hits_carry_their_place() -> None:
    found = {(hit.kind, hit.id) for hit in search(STANDARDS, "直播管理")}
    assert {("indicator", "management"), ("indicator", "live_streaming"), ("criterion", "honest_trading")} <= found
    assert (first("第6行").row, first("第6行").clause) == (6, "B.1")
    assert first("450").clause == "7.2.2"
    assert [hit.row for hit in search(STANDARDS, "第 6 行")] == [6]


# Where only lsstd's own words hold what is sought, the standard's text is silent: 退货 stands in no Shenzhen clause.
def test_silence_is_told() -> None:
    for query, expected in (("退货", [SZ]), ("信任机制", []), ("选品", [SZ]), ("xyz", [])):
        hits = search(STANDARDS, query)
        assert [standard.standard for standard in silent(STANDARDS, hits)] == expected


# Every quotation that the hashes guard is found by its own words, in the document's voice.
def test_every_quotation_is_found() -> None:
    joined = (
        "printed_tables",
        "references",
        "terms",
        "conditions",
        "vetoes",
        "criteria",
        "bands",
        "form.title",
        "title",
    )
    for standard in STANDARDS:
        for place, text in quotations(standard):
            if not place.startswith(joined) and not place.endswith(
                ".value"
            ):  # those are told with a number beside them
                assert any(hit.voice == "quoted" for hit in search([standard], text.strip("□"))) or not text, place
        for row in standard.criteria.values():
            assert row.id in [hit.id for hit in search([standard], row.text) if hit.voice == "quoted"]


# An empty query finds everything, of every kind of thing that a standard holds; a name is found exactly.
def test_everything_and_names() -> None:
    assert {hit.kind for hit in search(STANDARDS, "")} == set(KINDS.values())
    assert [(hit.kind, hit.id) for hit in named(STANDARDS, "6")] == [("criterion", "live_room_count"), ("clause", "6")]
    assert [hit.id for hit in named(STANDARDS, "AAAA")] == ["AAAA"]
    assert named(STANDARDS, "live_room") == []


# A search is quick enough to follow typing.
def test_a_search_follows_typing() -> None:
    search(STANDARDS, "主播")
    start = time.process_time()
    search(STANDARDS, "主播")
    assert time.process_time() - start < 0.25
