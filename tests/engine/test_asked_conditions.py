"""Conditions that are asked of some: what every analysis makes of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from lsstd import Standard, compare, evaluate, explain, load_population, sweep, uncertainty
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.changes.reform import Reform
from lsstd.population.scoring import eligible


@pytest.fixture(scope="module")
def asked() -> Standard:
    """A base of the one kind needs ten rooms; bands of 10 points, 5 more on top."""
    test = {"fact": "rooms", "operator": ">=", "value": 10}
    row = {"clause": "2", "text": "r", "indicator": "i", "max_score": 10}
    return Standard.model_validate(
        {
            "standard": "asked", "edition": "1", "title": "asked",
            "facts": {
                "rooms": {"kind": "count", "label": "rooms"},
                "kind": {"kind": "text", "label": "kind"},
                "opened": {"kind": "date", "label": "opened"},
                "years": {"kind": "number", "label": "years", "years_since": "opened"},
            },
            "conditions": {
                "size": {"clause": "1", "text": "size", "tests": [test],
                         "applies": {"fact": "kind", "operator": "==", "value": "x"}},
                "other": {"clause": "1", "text": "o", "tests": [{"fact": "rooms", "operator": "!=", "value": 3}]},
                "age": {"clause": "1", "text": "a", "tests": [{"fact": "years", "operator": "in", "value": [2, 3]}]},
                "sort": {"clause": "1", "text": "s", "tests": [{"fact": "kind", "operator": "!=", "value": "x"}],
                         "applies": {"fact": "rooms", "operator": ">", "value": 1000}},
            },
            "indicators": {"i": {"name": "i"}, "top": {"name": "top", "on_top": True}},
            "criteria": {"r": row, "s": row, "t": {**row, "indicator": "top", "max_score": 5}},
            "bands": [{"grade": "A", "lower": 8}],
        }
    )  # fmt: skip


def given(standard: Standard, **facts: Any) -> Assessment:
    values = {"standard": "asked", "as_of": "2024-06-30", "facts": {"opened": "2021-08-01", **facts}}
    return parse_assessment(standard, {**values, "answers": {"r": "met"}})


# Nothing unknown is met: the condition that an unknown kind would not be asked stands in the way; all met: it is not.
def test_chances_of_being_asked(asked: Standard) -> None:
    base = given(asked, rooms=5, years=2)
    chances = [uncertainty(asked, base, unknown=chance).awarded["A"] for chance in (0, 1)]
    assert chances == [0, 1]


# Years that are counted are held against any demand; a condition that is not asked is explained, and compared.
def test_what_is_not_asked_is_told(asked: Standard) -> None:
    base, other = (evaluate(asked, given(asked, rooms=5, kind=kind, years=2)) for kind in ("y", "x"))
    assert (base.eligible, other.eligible) == (True, False)
    assert "not asked of this subject" in explain(base, "size").text.en
    assert compare(base, [("x", other)]).cases[1].conditions == (("size", "met", "unmet"),)


# A population holds texts whole, and a threshold that a number must miss can be swept.
def test_columns_of_what_is_asked(asked: Standard) -> None:
    people = load_population(pd.DataFrame({"id": ["p", "q"], "rooms": [5, 3], "kind": ["x;y", "y"]}), asked)
    found = eligible(people, asked)
    assert found is not None
    assert found.low.tolist() == [True, False]
    swept = sweep(people, asked, {"conditions.other.tests.rooms": [3, 5, 7]}).table
    assert swept.groupby("conditions.other.tests.rooms")["count"].sum().tolist() == [1, 1, 2]


# What comes on top of a total takes no part in restoring it.
def test_a_total_with_something_on_top_is_restored(asked: Standard) -> None:
    body = {"changes": {"criteria.r.max_score": 6}, "restore_total": {"rescale": ["indicators.i"]}}
    reformed = Reform.model_validate({"reform": "r", "standard": "asked", **body}).apply(asked)
    assert (reformed.maximum, reformed.criteria["s"].max_score, reformed.criteria["t"].max_score) == (20, 14, 5)
