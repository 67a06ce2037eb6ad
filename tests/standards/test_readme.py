"""The table of lsstd/standards/README.md: each line of it parses where it says that it stands, and has its cases."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from worked_cases import MECHANISMS

from lsstd.errors import Problems
from lsstd.files.places import STANDARDS
from lsstd.files.strict_yaml import read_text
from lsstd.standard.bands import Band, Table
from lsstd.standard.models import parse
from lsstd.standard.scoring_table import KINDS, Criterion, Indicator
from lsstd.standard.standard import Condition, Standard

README = (STANDARDS / "README.md").read_text(encoding="utf-8")
LINE = re.compile(r"^\| (?P<told>[^|]+) \| `(?P<case>\w+)` \| (?P<where>\w+) \| `(?P<spelled>.+)` \|$", re.MULTILINE)
LINES = [match.groupdict() for match in LINE.finditer(README)]
ROW = {"id": "row", "row": 1, "clause": "1", "text": "x", "indicator": "node", "max_score": 10}
MODELS: dict[str, tuple[Any, dict[str, Any]]] = {
    "criteria": (Criterion, ROW),
    "indicators": (Indicator, {"id": "node"}),
    "bands": (Band, {}),
    "conditions": (Condition, {"id": "condition"}),
    "tables": (Table, {"id": "table"}),
    "standard": (Standard, {"standard": "x", "edition": "1", "title": "x"}),
}


# What the table spells is what the reader takes, where the table says that it stands.
@pytest.mark.parametrize("line", LINES, ids=lambda line: line["told"])
def test_each_line_parses_where_it_stands(line: dict[str, str]) -> None:
    model, rest = MODELS[line["where"]]
    problems = Problems()
    parsed = parse(model, {**rest, **read_text(line["spelled"], "README.md")}, problems)
    assert parsed is not None, problems.found


# Each mechanism has a file of cases, and each file of cases stands in the table; every kind of rule is spelled.
def test_each_mechanism_has_its_cases() -> None:
    assert {line["case"] for line in LINES} == {path.stem for path in Path(MECHANISMS).glob("*.yaml")}
    section = README.partition("\n## 机制")[2].partition("\n## ")[0]
    assert section.count("\n| ") - 2 == len(LINES), "a line of the table that is not read"
    spelled = " ".join(line["spelled"] for line in LINES)
    assert not [kind for kind in KINDS if f"rule: {kind}" not in spelled and f"rule: {{{kind}:" not in spelled]


# What each cell of the table shows stands in the cases of that name, too: the same keys are at work there.
@pytest.mark.parametrize("line", LINES, ids=lambda line: line["told"])
def test_the_cases_use_what_is_spelled(line: dict[str, str]) -> None:
    held = (MECHANISMS / f"{line['case']}.yaml").read_text(encoding="utf-8")
    keys = set(re.findall(r"\b([a-z_]+):", line["spelled"])) & {
        *Criterion.model_fields, *Indicator.model_fields, *Band.model_fields, *Table.model_fields, *KINDS
    } - {"bands", "row"}  # fmt: skip
    assert not [key for key in keys if not re.search(rf"\b{key}\b", held)]
