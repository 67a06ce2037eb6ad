"""The commands ``uncertainty`` and ``sensitivity``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import example

FILE = example("near_aaa")


# One JSON document, with the promised keys; the chances follow the readings.
def test_uncertainty_in_json(lsstd: Callable[..., Any]) -> None:
    told = lsstd("uncertainty", FILE, "--json").parsed
    assert {"grades", "awarded", "mean", "sd", "quantiles", "method", "assumptions"} <= told.keys()
    strict = lsstd("uncertainty", FILE, "--json", "--reading", "compound_rows=all", "--unknown", "0.2").parsed
    assert strict["mean"] < told["mean"]


# A common factor is read from a file.
def test_uncertainty_under_a_common_factor(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "common.yaml"
    file.write_text("common: maturity\nlevels:\n- {weight: 0.5, odds: 0.25}\n- {weight: 0.5, odds: 4}\n", "utf-8")
    told = lsstd("uncertainty", FILE, "--common", file, "--json").parsed
    assert told["sd"] > lsstd("uncertainty", FILE, "--json").parsed["sd"]


# The rows of a target, each with its indices; the tables name the target.
def test_sensitivity(lsstd: Callable[..., Any]) -> None:
    told = lsstd("sensitivity", FILE, "--target", "AAA", "--json").parsed
    keys = {"criterion", "nominal_share", "variance_share", "first_order", "total", "gain"}
    assert len(told["rows"]) == 51
    assert all(keys <= row.keys() for row in told["rows"])
    assert "AAA" in lsstd("sensitivity", FILE).out
    assert "415.67" in lsstd("uncertainty", FILE, "--lang", "en").out


# Wrong input ends with status 1 and what would be right.
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["uncertainty", FILE, "--unknown", "1.2"], "0 至 1"),
        (["sensitivity", FILE, "--target", "B"], "AAAA"),
        (["uncertainty", FILE, "--common", "missing.yaml"], "missing.yaml"),
        (["uncertainty", example("supply_chain")], "分值"),
    ],
)
def test_wrong_input(lsstd: Callable[..., Any], arguments: list[str], told: str) -> None:
    outcome = lsstd(*arguments)
    assert outcome.status == 1
    assert told in outcome.err
