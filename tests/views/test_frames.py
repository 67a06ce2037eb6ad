"""Results as data frames: the same rows, the same numbers, numbers that pandas can add up."""

import pandas as pd
import pytest

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.files.examples import example
from lsstd.views.frames import criteria_frame, indicator_frame


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))


# One line a row, in the document's order, with numeric columns that sum to the score.
def test_criteria_sum_to_the_score(result: Result) -> None:
    frame = criteria_frame(result)
    assert list(frame["row"]) == list(range(1, 53))
    assert list(frame["criterion"]) == list(result.criteria)
    for name in ("secured", "possible", "maximum"):
        assert pd.api.types.is_numeric_dtype(frame[name])
        assert frame[name].sum() == pytest.approx(float(getattr(result.score, name)))
    assert set(frame["state"]) <= {"met", "partly", "unmet", "unknown", "not_applicable"}


# One line an indicator, each the sum of its rows; the highest level sums to the score.
def test_indicators_sum_to_the_score(result: Result) -> None:
    frame = indicator_frame(result).set_index("indicator")
    rows = criteria_frame(result).groupby("indicator")[["secured", "possible", "maximum"]].sum()
    lowest = frame.loc[rows.index, ["secured", "possible", "maximum"]]
    pd.testing.assert_frame_equal(lowest.astype(float), rows.astype(float), check_names=False)
    top = frame[frame["level"] == 1]
    assert (len(frame), len(top)) == (16, 4)
    assert top["secured"].sum() == pytest.approx(float(result.score.secured))
    assert top["maximum"].sum() == 500


# A result's own table is that of its rows; both languages stand in it.
def test_a_results_table(result: Result) -> None:
    pd.testing.assert_frame_equal(result.table, criteria_frame(result))
    assert result.table["gloss_zh"].ne(result.table["gloss_en"]).all()
