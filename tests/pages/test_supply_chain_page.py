"""The profile's pages: non-normative and said so, every level recomputed from the files, one party or many."""

import statistics
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from lsstd import load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile
from lsstd.exact import shown
from lsstd.files.places import data, example
from lsstd.files.reading import read_plain
from lsstd.pages import supply_chain_page as page
from lsstd.pages.blocks import Figure, Paragraph, Section, Table
from lsstd.panel.supply_chain import Chain, chain
from lsstd.reports.report_types import chain_of, read_profile
from lsstd.words import Lang

SZ = load_standard("sz-supply-chain-collaboration")
LANGS: tuple[Lang, ...] = ("zh", "en")
FILES = sorted((data() / "chain").glob("*.yaml"))


@pytest.fixture(scope="module")
def five() -> Chain:
    return chain_of(read_profile())


@pytest.fixture(scope="module")
def alone() -> Chain:
    return chain_of(read_profile([str(example("supply_chain"))]))


@pytest.fixture(scope="module")
def answers() -> list[dict[str, int]]:
    """The levels by topic, a map for each file, as the files hold them."""
    held = [read_plain(file).value["answers"] for file in FILES]
    return [{topic: given["level"] for topic, given in one.items()} for one in held]


def block(section: Section, kind: type) -> Any:
    """Return the first block of a kind."""
    return next(found for found in section.blocks if isinstance(found, kind))


def lengths(section: Section) -> list[tuple[float, float]]:
    """Return how much of each bar is full and pale."""
    boxes, count = list(block(section, Figure).draw().axes[0].patches), len(SZ.topic_leaves)
    parts = zip(*(boxes[i * count : (i + 1) * count] for i in range(3)), strict=True)
    return [(full.get_width() / all_.get_width(), pale.get_width() / all_.get_width()) for all_, full, pale in parts]


def views_of(answers: list[dict[str, int]], topic: str) -> list[int]:
    return [one[topic] for one in answers if topic in one]


# Each topic's line holds what every party says, the median and the spread, and its bar is as long as the median.
@pytest.mark.parametrize("lang", LANGS)
def test_levels_are_the_files(five: Chain, answers: list[dict[str, int]], lang: Lang) -> None:
    section = page.levels(five, lang)
    rows, bars = block(section, Table).rows, lengths(section)
    assert len(rows) == len(bars) == len(SZ.topic_leaves)
    for topic, row, bar in zip(SZ.topic_leaves, rows, bars, strict=True):
        levels = views_of(answers, topic.id)
        median = statistics.median([Fraction(level) for level in levels])
        assert row[0] == topic.label.to(lang)
        assert list(row[1:6]) == [str(one.get(topic.id, "—")) for one in answers]
        assert row[6:] == (shown(median), str(max(levels) - min(levels)))
        assert bar == pytest.approx((float(median) / 5, 0))


# The parties' table counts their answers and those that count as claimed.
@pytest.mark.parametrize("lang", LANGS)
def test_parties(five: Chain, answers: list[dict[str, int]], lang: Lang) -> None:
    rows = block(page.parties(five, lang), Table).rows
    assert [row[5] for row in rows] == [f"{len(one)} / 10" for one in answers]
    assert [row[6] for row in rows] == [shown(Fraction(statistics.median(map(Fraction, o.values())))) for o in answers]
    assert [row[7] for row in rows] == ["0 / 6", "3 / 9", "2 / 7", "0 / 8", "4 / 10"]


# Every level above 0 stands there with its meaning for the topic, as what it counts, and why: evidence bears it out, a
# figure does; a figure without a period or of an earlier year does not, and evidence alone brings level 3.
def test_why_levels_count(five: Chain, answers: list[dict[str, int]]) -> None:
    rows = by_group(block(page.evidence(five, "zh"), Table))
    assert len(rows) == sum(len(one) for one in answers)
    told = {(row[0], row[1]): row[2:] for row in rows}
    assert told["总体要求", "供应商"][0] == "3"
    assert told["总体要求", "供应商"][2:] == ("3", "近 12 个月内的佐证")
    assert "例会、奖惩、数据交换都有记录" in told["总体要求", "供应商"][1]
    assert told["品控管理", "供应商"][2:] == ("4", "近 12 个月的指标数据：到货检验合格率")
    assert told["结算管理", "平台"][2] == "3"
    assert "按期结算率（未注明统计期间）" in told["结算管理", "平台"][3]
    assert told["销售协同", "平台"][2] == "—"
    assert "销量预测准确率（统计期间的截止日不在近 12 个月内）；播前计划共享率（未填报）" in told["销售协同", "平台"][3]
    assert told["数字化管理", "售后"][2:] == ("—", "1 级没有近 12 个月内的佐证材料")


def by_group(table: Table) -> list[tuple[str, ...]]:
    """Return a table's rows, each with what heads its group before it."""
    heads = {
        place: table.rows[max(start for start in table.groups if start <= place)][0] for place in range(len(table.rows))
    }
    return [(heads[place], *row) for place, row in enumerate(table.rows) if place not in table.groups]


# Every measure is listed: with the figures that parties give, and those that nobody gives.
def test_measures(five: Chain) -> None:
    rows = by_group(block(page.measures(five, "en"), Table))
    assert {row[1] for row in rows} == {fact.label.en for fact in SZ.facts.values()}
    assert ("Settlement", "On-time settlement", "platform", "99.2%", "—", "平台结算系统", "without a period") in rows
    shipping = ("logistics", "97.3%", "2025-Q2", "云仓系统", "yes")
    assert ("Logistics collaboration", "On-time shipping", *shipping) in rows
    assert ("Digital management", "Interface coverage", "—", "—", "—", "—", "not filled in") in rows


# Weakest are the topics with the lowest median; most differently seen are sales and settlement, three levels apart.
@pytest.mark.parametrize("lang", LANGS)
def test_weakest_and_differences(five: Chain, answers: list[dict[str, int]], lang: Lang) -> None:
    medians = {topic.id: statistics.median(views_of(answers, topic.id)) for topic in SZ.topic_leaves}
    lowest = [key for key, median in medians.items() if median == min(medians.values())]
    assert [row[1] for row in block(page.weakest(five, lang), Table).rows] == [
        SZ.topics[key].label.to(lang) for key in lowest
    ]
    section = page.differences(five, lang)
    rows = block(section, Table).rows
    apart = {t.id: max(views_of(answers, t.id)) - min(views_of(answers, t.id)) for t in SZ.topic_leaves}
    assert [int(row[0]) for row in rows] == sorted((n for n in apart.values() if n >= 2), reverse=True)
    told = {
        "zh": ("销售协同：物流自评 1 级（“", "；供应商自评 2 级；直播间或直播机构、平台自评 4 级（“"),
        "en": ("Sales collaboration: logistics says level 1 (“", "live room or agency and platform say level 4 (“"),
    }[lang]
    assert rows[0][1].startswith(told[0])
    assert told[1] in rows[0][1]
    figures = section.blocks[-1]
    assert isinstance(figures, Paragraph)
    assert "88.3%" in figures.text
    assert "96.5%" in figures.text


# One party's bars are full where evidence is recent, pale where it is not, empty where nothing was answered.
def test_one_party(alone: Chain) -> None:
    section = page.levels(alone, "zh")
    rows = {row[0]: row for row in block(section, Table).rows}
    bars = dict(zip(rows, lengths(section), strict=True))
    assert rows["总体要求"] == ("总体要求", "3 共同执行", "有")
    assert rows["售后服务协同"][2] == "无"
    assert rows["战略协同"] == ("战略协同", "未作答", "—")
    assert bars["总体要求"] == pytest.approx((0.6, 0))
    assert bars["售后服务协同"] == pytest.approx((0, 0.4))
    assert bars["战略协同"] == (0, 0)
    assert page.cover(alone, "zh").title == "鹏城直播电商有限公司（示例）"
    counted = [row[3] for row in block(page.evidence(alone, "zh"), Table).rows]
    assert counted == ["3", "4", "2", "3", "—", "3", "—", "—"]
    assert "已答 8/10 个主题，中位数 2.5 级" in page.summary(alone, "zh").html


# Cover, verdict and levels each say that all of this is non-normative; no grade is to be seen.
@pytest.mark.parametrize("lang", LANGS)
def test_non_normative_is_said(five: Chain, alone: Chain, lang: Lang) -> None:
    for found in (five, alone):
        for piece in (page.cover, page.summary, page.levels):
            assert ("非规范性" if lang == "zh" else "non-normative") in piece(found, lang).html.lower()
        assert Paragraph(SZ.status.to(lang), "status") in page.cover(found, lang).blocks
        assert not any(
            grade in piece(found, lang).html for piece in page.PIECES.values() for grade in (">AAA<", "星级")
        )


# A chain needs parties; parties that answered nothing have every section; with many parties the heads are numbers.
@pytest.mark.parametrize("lang", LANGS)
def test_nobody_and_many(lang: Lang) -> None:
    empty = parse_assessment(SZ, {"standard": SZ.standard})
    many = {f"party {i}": empty for i in range(7)}
    with pytest.raises(InvalidFile, match="No party"):
        chain(SZ, {})
    for parties in ({"platform": empty}, many):
        for piece in page.PIECES.values():
            assert piece(chain(SZ, parties), lang).html
    assert block(page.levels(chain(SZ, many), lang), Table).heads[1:8] == tuple("1234567")


# Two suppliers of one chain are told apart by their names.
def test_two_of_a_kind() -> None:
    given = [{"standard": SZ.standard, "subject": {"party": "supplier", "name": name}} for name in ("甲", "乙")]
    found = chain(SZ, {f"supplier{n}": parse_assessment(SZ, one) for n, one in zip(("", " 2"), given, strict=True)})
    assert [label.to("en") for label in found.parties.values()] == ["supplier (甲)", "supplier (乙)"]


# Nothing that a file holds becomes an element; all of it can be read on the page; notes and evidence are not told.
@pytest.mark.parametrize("lang", LANGS)
def test_hostile_texts_stay_text(evil: str, page_of: Callable[[str], Any], lang: Lang) -> None:
    answer = {"level": 2, "note": "SECRET", "evidence": [{"file": "SECRET", "issued": "2020-01-01"}]}
    subject = {"name": evil, "region": evil, "party": evil, "id": "SECRET"}
    figure = {"value": 1, "source": evil, "note": "SECRET", "evidence": answer["evidence"]}
    given = {"standard": SZ.standard, "subject": subject, "answers": {"sales_collaboration": answer}}
    given["facts"] = {"oversell_rate": figure}
    one = parse_assessment(SZ, given)
    for parties in ({evil: one}, {evil: one, "platform": one}):
        found = chain(SZ, parties, {f"{evil}{i}": evil for i in range(len(parties))})
        pages = [page_of(piece(found, lang).html) for piece in page.PIECES.values()]
        assert not any(attributes.get("id") == "evil" for parsed in pages for _, attributes in parsed.elements)
        assert not any(parsed.of("script") for parsed in pages)
        assert sum(evil in parsed.text for parsed in pages) >= 3
        assert not any("SECRET" in parsed.text for parsed in pages)
