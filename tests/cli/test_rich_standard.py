"""Every command on one made-up standard that uses weights, conditions, rules, demands and tables at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

RICH = """standard: rich
edition: "1"
title: 各种机制（虚构）
facts:
  sales: {kind: number, label: 销售额, unit: 万元}
  staff: {kind: count, label: 人数}
  faults: {kind: count, label: 违规}
  open: {kind: boolean, label: 已运营}
conditions:
  has_staff: {clause: "3.1", text: 有人员, tests: [{fact: staff, operator: ">=", value: 1}]}
indicators:
  place: {name: 场所, weight: 0.35, combine: best, best: 2}
  trade: {name: 经营, weight: 0.65, cap: 40, not_applicable: rescaled}
  after: {name: 运营期, parent: trade, applies: {fact: open, operator: "==", value: true}}
  extra: {name: 加分, on_top: true, cap: 3}
criteria:
  light: {clause: "4.1", text: 灯光, indicator: place, max_score: 10,
          rule: {levels: {good: {label: 好, points: [8, 10]}, fair: {label: 中, points: 5}}}}
  sound: {clause: "4.2", text: 声音, indicator: place, max_score: 10, optional: true}
  exits: {clause: "4.3", text: 出口, indicator: place, max_score: 10, rule: {at_least: {parts: 1}},
          parts: {front: {text: 前门}, back: {text: 后门}}}
  volume: {clause: "5.1", text: 人均销售, indicator: trade, max_score: 20,
           rule: {linear: {fact: sales, per: staff, from: 10, to: 50, step: 0.05}}}
  clean: {clause: "5.2", text: 无违规, indicator: after, max_score: 20,
          rule: {per_unit: {fact: faults, each: -4, start: 20}}}
  praise: {clause: "5.3", text: 评议, indicator: after, max_score: 5, min_score: -5, rule: expert}
  charity: {clause: "6.1", text: 公益, indicator: extra, max_score: 4}
bands:
  - {grade: 优, lower: 24, requires: [{indicator: trade, share: 0.5}, {test: {fact: faults, operator: "<", value: 3}}]}
  - {grade: 良, lower: 12, upper: {value: 24, closed: false}}
requires: [{criteria: [exits, charity], met: 1}]
tables:
  sheet: {label: 场所表, indicator: place, decides: true,
          bands: [{grade: 优, lower: 12}, {grade: 良, lower: 5, upper: 11.5}]}
below: 不合格
"""
OWN = """standard: rich.yaml
subject: {name: 虚构工作室}
as_of: 2024-12-31
facts:
  sales: {value: 400, evidence: [{file: ledger.pdf, expires: 2024-06-30}]}
  staff: 10
  faults: 1
  open: true
answers:
  light: {level: good}
  sound: not_applicable
  exits: {parts: {front: met, back: unmet}}
  praise: {score: -2, evidence: [{file: jury.pdf}]}
  charity: {chances: [[0, 0.5], [4, 0.5]]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rich.yaml").write_text(RICH, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    scenario = "scenario: cleaner\nbase: own.yaml\nfacts: {faults: 0}\nanswers: {light: {level: fair}}\n"
    (tmp_path / "cleaner.yaml").write_text(scenario, encoding="utf-8")
    reform = "reform: milder\nstandard: rich\nchanges: {lines.优: 22, indicators.trade.cap: 35}\nnew_total: 29.75\n"
    (tmp_path / "milder.yaml").write_text(reform, encoding="utf-8")
    return tmp_path


COMMANDS = [
    "show rich.yaml",
    "assess own.yaml",
    "assess own.yaml --reform milder.yaml",
    "explain own.yaml",
    *(
        f"explain own.yaml {name}"
        for name in ("light", "volume", "clean", "praise", "sound", "trade", "extra", "sheet")
    ),
    "compare own.yaml cleaner.yaml",
    "facts own.yaml",
    "evidence own.yaml",
    "evidence own.yaml -o evidence.xlsx",
    "workbook own.yaml -o own.xlsx",
    "certificate own.yaml",
    "readings own.yaml",
    "impact milder.yaml --standard rich.yaml --table",
]


# No command stumbles over any mechanism, in either language, told to a reader or as JSON.
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_on_a_rich_standard(command: str, folder: Path, lsstd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    for more in ((), ("--lang", "en"), *((("--json",),) if " -o " not in command else ())):
        found = lsstd(*command.split(), *more)
        assert found.status == 0, found.err
        assert found.out or " -o " in command


# What is claimed is the score itself; what evidence bears out is counted through the same tree.
def test_evidence_is_counted_as_the_score_is(folder: Path, lsstd: Any) -> None:
    score = lsstd("assess", folder / "own.yaml", "--json").parsed["score"]["secured"]
    points = lsstd("evidence", folder / "own.yaml", "--json").parsed["points"]
    assert points["claimed"] == score
    assert points["with_evidence"] < points["claimed"]


# What weights and caps make of the points that rows bring is told as that, and not called rounding.
def test_a_comparison_adds_up(folder: Path, lsstd: Any) -> None:
    told = lsstd("compare", folder / "own.yaml", folder / "cleaner.yaml", "--lang", "en").out
    assert "weights, caps and combining" in told
    assert "rounding" not in told


# Two files with one id, and a folder that is not there, are told; a relative folder serves a report's kernel as well.
def test_folders_of_standards(folder: Path, lsstd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LSSTD_STANDARDS", "nowhere")
    assert "nowhere" in lsstd("standards").err
    monkeypatch.setenv("LSSTD_STANDARDS", ".")
    assert lsstd("show", "rich", "--json").status == 0
    (folder / "again.yaml").write_text(RICH, encoding="utf-8")
    found = lsstd("show", "rich", "--lang", "en")
    assert found.status == 1
    assert "several files have the id rich" in found.err
