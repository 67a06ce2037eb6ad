"""Results as data frames: the same rows, the same numbers, numbers that pandas can add up."""

import pandas as pd
import pytest

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.files.places import example


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))


# One line a row, in the document's order, with numeric columns that sum to the score.
def test_criteria_sum_to_the_score(result: Result) -> None:
    frame = result.table
    assert list(frame["row"]) == list(range(1, 53))
    assert list(frame["criterion"]) == list(result.criteria)
    for name in ("secured", "possible", "maximum"):
        assert pd.api.types.is_numeric_dtype(frame[name])
        assert frame[name].sum() == pytest.approx(float(getattr(result.score, name)))
    assert set(frame["state"]) <= {"met", "partly", "unmet", "unknown", "not_applicable"}


# Both languages stand in a result's table.
def test_a_results_table(result: Result) -> None:
    assert result.table["gloss_zh"].ne(result.table["gloss_en"]).all()


# Under a standard of topics a result's table has one line a topic, unknown levels blank.
def test_a_table_of_topics() -> None:
    standard = load_standard("sz-supply-chain-collaboration")
    table = evaluate(standard, load_assessment(example("supply_chain"))).table
    assert list(table["topic"]) == [topic.id for topic in standard.topic_leaves]
    assert table.set_index("topic")["level"]["sales_collaboration"] == 4
    assert table["level"].isna().sum() == 2
