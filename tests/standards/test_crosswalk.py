"""The crosswalk between the two standards: its ends exist, and it can be walked both ways."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lsstd.files.standards import load_standard
from lsstd.files.strict_yaml import read_text
from lsstd.standard.document import Crosswalk, Link
from lsstd.standard.standard import Standard

STANDARDS = Path(__file__).resolve().parents[2] / "lsstd" / "standards"
FILE = STANDARDS / "crosswalks" / "hlj-sz.yaml"
SUBJECTS = {  # what the issue asks for at least
    "selection_quality",
    "logistics",
    "after_sales",
    "settlement_finance",
    "data_records",
    "training",
    "evaluation_improvement",
}


@pytest.fixture(scope="module")
def crosswalk() -> Crosswalk:
    return Crosswalk.model_validate(read_text(FILE.read_text(encoding="utf-8"), FILE.name))


@pytest.fixture(scope="module")
def rows_of(crosswalk: Crosswalk) -> Standard:
    return load_standard(STANDARDS / f"{crosswalk.rows_of}.yaml")


@pytest.fixture(scope="module")
def topics_of(crosswalk: Crosswalk) -> Standard:
    return load_standard(STANDARDS / f"{crosswalk.topics_of}.yaml")


@pytest.fixture(scope="module")
def links(crosswalk: Crosswalk) -> list[Link]:
    return [link for group in crosswalk.links.values() for link in group]


# It ties the rows of Heilongjiang to the topics of Shenzhen, and says that it is lsstd's own.
def test_crosswalk_names_both_standards_and_its_status(crosswalk: Crosswalk) -> None:
    assert crosswalk.rows_of == "hlj-base-evaluation"
    assert crosswalk.topics_of == "sz-supply-chain-collaboration"
    assert "非规范性" in crosswalk.status.zh
    assert "non-normative" in crosswalk.status.en


# Every subject has links and every group of links a subject; the seven that were asked for are there.
def test_subjects_and_groups_of_links_agree(crosswalk: Crosswalk) -> None:
    assert list(crosswalk.subjects) == list(crosswalk.links)
    assert set(crosswalk.subjects) >= SUBJECTS
    assert all(crosswalk.links.values())


# Both ends of a link exist, and the topic is one that is profiled, not a heading over others.
def test_both_ends_exist(links: list[Link], rows_of: Standard, topics_of: Standard) -> None:
    leaves = set(topics_of.topics) - {topic.parent for topic in topics_of.topics.values()}
    assert {link.row for link in links} <= set(rows_of.criteria)
    assert {link.topic for link in links} <= leaves


# A row and a topic are tied once at most, whatever the subject.
def test_no_link_stands_twice(links: list[Link]) -> None:
    pairs = Counter((link.row, link.topic) for link in links)
    assert [pair for pair, count in pairs.items() if count > 1] == []


# From each row one reaches topics and from each of them the row again; only 战略协同 meets no row.
def test_crosswalk_can_be_walked_both_ways(links: list[Link], topics_of: Standard) -> None:
    forth: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for link in links:
        forth.setdefault(link.row, set()).add(link.topic)
        back.setdefault(link.topic, set()).add(link.row)
    assert all(row in back[topic] for row, topics in forth.items() for topic in topics)
    assert all(topic in forth[row] for topic, rows in back.items() for row in rows)
    leaves = set(topics_of.topics) - {topic.parent for topic in topics_of.topics.values()}
    assert leaves - set(back) == {"strategic_collaboration"}


# A row is the same as one topic at most, and no topic that the note leaves undescribed is called the same as a row.
def test_sameness_is_claimed_sparingly(links: list[Link], topics_of: Standard) -> None:
    same = Counter(link.row for link in links if link.relation == "same")
    assert all(count == 1 for count in same.values())
    undescribed = {topic.id for topic in topics_of.topics.values() if not topic.described}
    assert all(link.relation == "related" for link in links if link.topic in undescribed)


# Every link says in both languages why it is drawn, and each in its own words.
def test_every_link_has_a_note(links: list[Link]) -> None:
    assert all(link.note.zh and link.note.en for link in links)
    assert len({link.note.zh for link in links}) == len(links)
