"""Several parties of one chain: medians, weakest topics, and where their views differ."""

from __future__ import annotations

import pytest

from lsstd import Assessment, Standard, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.profile import TopicLevel, profile_of
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


# A chain needs parties; a standard with points has nothing to compare in this way.
def test_nobody_and_no_topics(standard: Standard) -> None:
    with pytest.raises(InvalidFile, match="No party"):
        chain(SZ, {})
    assert chain(SZ, {"supplier": says()}).gaps() == ()
    with pytest.raises(InvalidFile, match="没有主题"):
        chain(standard, {})


def settled(as_of: str = "2025-06-30", proof: object = (), **figure: object) -> TopicLevel:
    """Return what becomes of level 4 in settlement with one figure, on a day, with or without evidence."""
    answers = {"settlement_management": {"level": 4, "evidence": list(proof)}}
    given = {"standard": SZ.standard, "as_of": as_of, "answers": answers, "facts": {"statement_accuracy": figure}}
    profile = profile_of(SZ, parse_assessment(SZ, given))
    assert profile is not None
    return next(entry for entry in profile.topics if entry.topic.id == "settlement_management")


# Level 4 needs one figure with its value, a period that ended within 12 months of the reference day, and a source or
# evidence; where only that is missing, evidence of the topic carries level 3, and without it nothing counts.
@pytest.mark.parametrize(
    ("figure", "lacks"),
    [
        ({"value": 98, "period": "2025-Q2", "source": "ERP"}, None),
        ({"value": 98, "period": "2024-07/2025-06", "evidence": [{"file": "a.pdf"}]}, None),
        ({"value": 98, "period": "2024", "source": "ERP"}, None),
        ({"value": 98, "period": "2024年上半年", "source": "ERP"}, None),
        ({"value": 0, "period": "2025-06", "source": "ERP"}, None),
        ({"period": "2025-Q2", "source": "ERP"}, "not filled in"),
        ({"value": 98, "source": "ERP"}, "without a period"),
        ({"value": 98, "period": "2023", "source": "ERP"}, "its period does not end"),
        ({"value": 98, "period": "2025", "source": "ERP"}, "its period does not end"),
        ({"value": 98, "period": "2025-Q2"}, "without a source or evidence"),
    ],
)
def test_a_figure_bears_out_level_four(figure: dict[str, object], lacks: str | None) -> None:
    recent = [{"file": "review.pdf", "issued": "2025-05"}]
    with_evidence, without = settled(proof=recent, **figure), settled(**figure)
    assert (with_evidence.counted, without.counted) == ((4, 4) if lacks is None else (3, None))
    assert (lacks is None) or lacks in with_evidence.why.en


# Two topics have no measure: their levels 4 and 5 rest on evidence alone.
def test_a_topic_without_measures() -> None:
    answers = {"strategic_collaboration": {"level": 5, "evidence": [{"file": "a.pdf", "issued": "2025-05-01"}]}}
    profile = profile_of(SZ, parse_assessment(SZ, {"standard": SZ.standard, "as_of": "2025-06-30", "answers": answers}))
    assert profile is not None
    assert [entry.counted for entry in profile.topics if entry.level] == [5]


# What is wrong with a figure is told where it stands, with what would be right.
@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"forecast_acuracy": 71}, "did you mean forecast_accuracy"),
        ({"forecast_accuracy": 171}, "a percentage from 0 to 100"),
        ({"surge_response_time": -1}, "a number, 0 or more"),
        *(
            ({"forecast_accuracy": {"value": 71, "period": period}}, "a period such as 2024")
            for period in (
                "lately",
                "2025-Q5",
                "2025-H3",
                "2025-13",
                "2025-02-30",
                "2025-06/2024-07",
                "0000",
                "",
                [2025],
                True,
            )
        ),
    ],
)
def test_wrong_figures_are_refused(facts: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        parse_assessment(SZ, {"standard": SZ.standard, "facts": facts})
    (problem,) = caught.value.problems
    assert problem.where.startswith("facts.")
    assert problem.expected is not None
    assert told in problem.expected.en


# Parties are known by their key and by their name; figures of one period that differ are told in words.
def test_disagreements_in_words() -> None:
    def party(name: str, level: int, value: int, period: str) -> Assessment:
        answers = {"supply_collaboration": {"level": level}}
        facts = {"supplier_on_time_in_full": {"value": value, "period": period}}
        given = {"standard": SZ.standard, "subject": {"party": name}, "answers": answers, "facts": facts}
        return parse_assessment(SZ, given)

    parties = {"a": ("供应商", 3, 97, "2024"), "b": ("base", 1, 88, "2024"), "c": ("bank", 1, 50, "2023")}
    found = chain(SZ, {key: party(*said) for key, said in parties.items()})
    views, figures = found.disagreements()
    assert views.zh.startswith(
        "供应协同：直播基地、bank自评 1 级（“缺货后才催货，依靠个人关系调货”）；供应商自评 3 级（“"
    )
    assert "supplier says level 3" in views.en
    assert figures.en == "Supplier on time in full (2024): supplier says 97%; live-streaming base says 88%"
