"""The Heilongjiang standard as data, held against the document that it quotes."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsstd.core.exact import total
from lsstd.core.standard import OPTIONS, Standard
from lsstd.files.strict_yaml import read_text

CHECKOUT = Path(__file__).resolve().parents[2]
FILE = CHECKOUT / "lsstd" / "standards" / "hlj-base-evaluation.yaml"
SEED = "004_c453709685fabcde.txt"


@pytest.fixture(scope="module")
def standard() -> Standard:
    return Standard.model_validate(read_text(FILE.read_text(encoding="utf-8"), FILE.name))


@pytest.fixture(scope="module")
def document() -> str:
    """The text of the source document without white space."""
    folder = Path(os.environ.get("LSSTD_SEEDS") or CHECKOUT.parent / "shared" / "seeds")
    if not (folder / SEED).is_file():
        pytest.skip(f"the source document {SEED} is not in {folder}; name its folder in LSSTD_SEEDS")
    return bare((folder / SEED).read_text(encoding="utf-8"))


def bare(text: str) -> str:
    """Return a text without any white space."""
    return re.sub(r"\s", "", text)


def quoted(standard: Standard) -> Iterator[tuple[str, str]]:
    """Every wording that the file quotes from the document, with its place."""
    for condition in standard.conditions.values():
        yield f"conditions.{condition.id}", condition.clause + condition.text
    for veto in standard.vetoes.values():
        yield f"vetoes.{veto.id}", veto.clause + veto.text
    for node in standard.indicators.values():
        yield f"indicators.{node.id}", node.name.zh
    for row in standard.criteria.values():
        yield f"criteria.{row.id}", row.text + ("" if row.max_score is None else str(row.max_score))
        for part in row.parts.values():
            yield f"criteria.{row.id}.{part.id}", part.text
    for band in standard.bands:
        yield f"bands.{band.grade}", band.grade + band.printed


# Every condition, veto, indicator, row, part and band is worded as in the document (white space aside).
def test_every_quoted_wording_stands_in_the_document(standard: Standard, document: str) -> None:
    missing = {place: text for place, text in quoted(standard) if bare(text) not in document}
    assert not missing


# The rows stand in the document in the order of their numbers, each after the one before.
def test_rows_stand_in_the_order_of_the_document(standard: Standard, document: str) -> None:
    start = document.index("表B.1直播电商共享基地建设与运营评价指标及分值")
    for row in standard.criteria.values():
        start = document.index(bare(row.text), start) + len(bare(row.text))


# Table B.1 has 52 rows, numbered from 1 on; 51 have points, the one on legal compliance has none.
def test_table_has_fifty_two_rows_of_which_one_has_no_points(standard: Standard) -> None:
    assert [row.row for row in standard.criteria.values()] == list(range(1, 53))
    assert [row.id for row in standard.criteria.values() if row.max_score is None] == ["legal_compliance"]
    assert len(standard.scored_rows) == 51


# The rows under each indicator add up to the points printed beside its name, and all of them to 500.
def test_points_add_up_to_the_printed_sums(standard: Standard) -> None:
    def points(node: str) -> object:
        rows = (row.max_score for row in standard.rows_of[node] if row.max_score is not None)
        return total([*rows, *(points(child.id) for child in standard.children_of[node])])

    assert {node.id: points(node.id) for node in standard.indicators.values()} == {
        node.id: node.printed_score for node in standard.indicators.values()
    }
    assert standard.maximum == 500


# There are 4 indicators of the first level and 12 of the second, and rows stand only under the second.
def test_tree_has_four_and_twelve_indicators(standard: Standard) -> None:
    first = standard.children_of[None]
    assert [node.name.zh for node in first] == ["基地建设", "基地管理", "运营服务", "安全保障"]
    assert sum(len(standard.children_of[node.id]) for node in first) == 12
    assert len(standard.indicators) == 16
    assert all(not standard.rows_of[node.id] for node in first)


# Every number in a row's wording (but the name 5G) is the threshold of one of its parts; there are no others.
def test_every_number_of_a_row_is_a_threshold(standard: Standard) -> None:
    for row in standard.criteria.values():
        printed = Counter(int(number) for number in re.findall(r"\d+", row.text.replace("5G", "")))
        assert Counter(part.test.value for part in row.parts.values() if part.test) == printed, row.id
    tests = [part.test for row in standard.criteria.values() for part in row.parts.values() if part.test]
    assert len(tests) == 16


# The text of a part is a piece of its row's text, and a part with a threshold prints the number.
def test_parts_quote_their_row(standard: Standard) -> None:
    for row in standard.criteria.values():
        for part in row.parts.values():
            assert part.text in row.text
            assert part.test is None or str(part.test.value) in part.text


# The numbers in conditions 5.1.3 to 5.1.5 are the values of their tests; 5.1.1 writes its one year as a word.
def test_every_number_of_a_condition_is_tested(standard: Standard) -> None:
    for condition in standard.conditions.values():
        printed = re.findall(r"\d+", condition.text) or (["1"] if "一年以上" in condition.text else [])
        tested = [str(test.value) for test in condition.tests if not isinstance(test.value, bool)]
        assert tested == printed, condition.id
    clauses = [condition.clause for condition in standard.conditions.values()]
    assert clauses == [f"5.1.{n}" for n in range(1, 7)]


# A row's verb stands in its wording, and makes it the kind of provision that GB/T 1.1—2020 ties to it.
def test_verbs_make_the_kind_of_provision(standard: Standard) -> None:
    kinds = {"应": "requirement", "宜": "recommendation"}
    for row in standard.criteria.values():
        verb = row.provision.verb
        assert verb is None or verb in row.text
        assert (row.provision.kind in kinds.values()) == (verb is not None)
        assert verb is None or row.provision.kind == kinds[verb]
        modal = re.search(r"(?<![相供反])应(?!急)|宜", row.text)
        assert (verb is not None) == (modal is not None), row.id


# The ends of a band, as parsed, are the numbers printed.
def test_bands_are_parsed_as_printed(standard: Standard) -> None:
    for band in standard.bands:
        ends = [end.value for end in (band.lower, band.upper) if end is not None]
        assert ends == [int(number) for number in re.findall(r"\d+", band.printed)]
    assert standard.grades == ("AAAA", "AAA", "AA", "A")


# An id names one thing in the whole standard.
def test_ids_are_unique_over_the_standard(standard: Standard) -> None:
    parts = [part for row in standard.criteria.values() for part in row.parts]
    places = [standard.facts, standard.conditions, standard.vetoes, standard.indicators, standard.criteria]
    ids = Counter(id for place in [*places, parts] for id in place)
    assert [id for id, count in ids.items() if count > 1] == []


# Every fact is used by a test, a date or a pair of like quantities, and none is used that does not exist.
def test_facts_named_exist_and_are_used(standard: Standard) -> None:
    tests = [test for condition in standard.conditions.values() for test in condition.tests]
    tests += [veto.test for veto in standard.vetoes.values()]
    tests += [part.test for row in standard.criteria.values() for part in row.parts.values() if part.test]
    dates = {fact.years_since for fact in standard.facts.values() if fact.years_since}
    assert {test.fact for test in tests} | dates == set(standard.facts)
    assert {fact for pair in standard.same_quantities for fact in pair.facts} <= set(standard.facts)
    for test in tests:
        assert isinstance(test.value, bool) == (standard.facts[test.fact].kind == "boolean")


# The file answers every question that the engine can put, with the engine's default first.
def test_readings_are_those_of_the_engine(standard: Standard) -> None:
    assert {key: tuple(reading.options) for key, reading in standard.readings.items()} == OPTIONS


# What lsstd adds in its own words exists in both languages, and a gloss is a label, not the wording again.
def test_glosses_are_short_labels(standard: Standard) -> None:
    for row in standard.criteria.values():
        for thing in (row, *row.parts.values()):
            assert thing.gloss.zh != thing.text.rstrip("。")
            assert 0 < len(thing.gloss.zh) <= 16
            assert 0 < len(thing.gloss.en) <= 70
