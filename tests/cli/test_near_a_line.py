"""A score beside a grade's line is never shown as if it stood on it, whatever shows it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

STANDARD = """
standard: near
edition: "1"
title: near
indicators: {a: {name: a}}
criteria:
  r: {clause: "1", text: r, indicator: a, max_score: 100}
  s: {clause: "1", text: s, indicator: a, max_score: 10}
bands:
  - {grade: P, lower: 90}
  - {grade: Q, lower: 62.25, upper: {value: 90, closed: false}}
"""


@pytest.mark.parametrize("score", ["89.996", "90.0004", "62.2496", "62.2504", "89.9999999"])
@pytest.mark.parametrize(
    "command", ["assess {}", "explain {}", "certificate {}", "compare {0} {0}", "report {} -o out"]
)
def test_a_score_beside_a_line(
    command: str, score: str, tmp_path: Path, lsstd: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("near.yaml").write_text(STANDARD, encoding="utf-8")
    Path("base.yaml").write_text(f"standard: near\nanswers: {{r: {{score: {score}}}, s: unmet}}\n", encoding="utf-8")
    ran = lsstd(*command.format("base.yaml").split(), "--standard", "near.yaml", "--lang", "en")
    assert ran.status == 0, ran.err
    told = ran.out if not command.startswith("report") else next(Path("out").glob("*.html")).read_text(encoding="utf-8")
    assert score in told
    assert " 0 further points" not in told
    assert not any(f"{line} of 110" in told or f">{line}<" in told for line in ("90", "62.25"))
