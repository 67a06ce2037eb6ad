"""Several parties of one chain: medians, weakest topics, and where their views differ."""

from __future__ import annotations

import pytest

from lsstd import Assessment, Standard, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile
from lsstd.pages.blocks import Paragraph, Table
from lsstd.pages.supply_chain_page import take_away
from lsstd.panel.supply_chain import Chain, chain

SZ = load_standard("sz-supply-chain-collaboration")


def says(**levels: int) -> Assessment:
    answers = {topic: {"level": level} for topic, level in levels.items()}
    return parse_assessment(SZ, {"standard": SZ.standard, "answers": answers})


@pytest.fixture
def seen() -> Chain:
    supplier = says(sales_collaboration=4, supply_collaboration=3, settlement_management=1)
    platform = says(sales_collaboration=1, supply_collaboration=3, settlement_management=2)
    return chain(SZ, {"supplier": supplier, "platform": platform, "bank": says(supply_collaboration=2)})


# The median of 4 and 1 is 2½, of 3, 3 and 2 it is 3, of 1 and 2 it is 1½: settlement is the weakest; on sales the two
# are three levels apart, on nothing else two.
def test_medians_weakest_and_gaps(seen: Chain) -> None:
    by_topic = {topic.topic.id: topic for topic in seen.topics}
    assert float(by_topic["sales_collaboration"].median or 0) == 2.5
    assert by_topic["supply_collaboration"].median == 3
    assert by_topic["digital_management"].median is None
    assert [topic.topic.id for topic in seen.weakest] == ["settlement_management"]
    assert [(topic.topic.id, topic.spread) for topic in seen.gaps()] == [("sales_collaboration", 3)]
    assert len(seen.gaps(1)) == 3


# The table has a line a topic and a column a party, blank where a party did not answer; the chart draws every party.
def test_table_and_chart(seen: Chain) -> None:
    table = seen.table.set_index("topic")
    assert table.loc["sales_collaboration", ["supplier", "platform"]].to_list() == [4, 1]
    assert table["bank"].isna().sum() == len(SZ.topic_leaves) - 1
    ax = seen.plot(lang="en")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["supplier", "platform", "bank"]
    assert "non-normative" in ax.get_xlabel()


# What is taken away says first that it is non-normative, and names the weakest topic and the widest gap.
def test_what_is_taken_away_is_marked(seen: Chain) -> None:
    blocks = take_away(seen).blocks
    notes = [block.text for block in blocks if isinstance(block, Paragraph)]
    (table,) = (block for block in blocks if isinstance(block, Table))
    assert "非规范性" in notes[0]
    assert "结算管理" in notes[3]
    assert "看法相差最大的是销售协同（3 级）" in notes[3]
    assert all(len(row) == len(table.heads) for row in table.rows)


# Nobody having answered is no mistake; a standard of points has nothing to compare in this way.
def test_nobody_answered_and_no_topics(standard: Standard) -> None:
    assert chain(SZ, {}).weakest == ()
    assert chain(SZ, {"supplier": says()}).gaps() == ()
    with pytest.raises(InvalidFile, match="没有主题"):
        chain(standard, {})
