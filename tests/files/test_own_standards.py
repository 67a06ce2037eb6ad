"""Standards of one's own: by path, by a folder that the environment names, and named by an assessment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lsstd import load_standard
from lsstd.errors import InvalidFile
from lsstd.files import standards
from lsstd.files.places import data
from lsstd.files.reading import read_plain
from lsstd.standard.models import trusted
from lsstd.standard.standard import Standard

MINE = """standard: mine
edition: "1"
title: 夜市直播间评价（虚构）
indicators: {rooms: {name: 直播间}}
criteria:
  light: {clause: "4.1", text: 灯光充足, indicator: rooms, max_score: 6}
  sound: {clause: "4.2", text: 声音清晰, indicator: rooms, max_score: 4}
bands: [{grade: 合格, lower: 6}]
below: 不合格
"""
ANSWERS = "subject: {name: 虚构夜市}\nanswers: {light: met, sound: unmet}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    (tmp_path / "by_path.yaml").write_text("standard: mine.yaml\n" + ANSWERS, encoding="utf-8")
    (tmp_path / "by_id.yaml").write_text("standard: mine\n" + ANSWERS, encoding="utf-8")
    return tmp_path


# An assessment may name its standard's file, as seen from its own place.
def test_by_path(folder: Path, lsstd: Any) -> None:
    found = lsstd("assess", folder / "by_path.yaml", "--json")
    assert (found.status, found.parsed["standard"], found.parsed["grade"]["secured"]) == (0, "mine", "合格")


# What the command line names takes its place wherever an id would.
def test_on_the_command_line(folder: Path, lsstd: Any) -> None:
    chosen = ("--standard", folder / "mine.yaml")
    assert lsstd("assess", folder / "by_id.yaml", *chosen, "--json").parsed["score"]["secured"] == 6
    assert lsstd("show", folder / "mine.yaml", "--json").parsed["standard"] == "mine"
    assert lsstd("explain", folder / "by_id.yaml", "light", *chosen).status == 0


# A folder named by LSSTD_STANDARDS makes its standards known by their ids, beside those of the package.
def test_by_folder(folder: Path, lsstd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lsstd("assess", folder / "by_id.yaml").status == 1
    monkeypatch.setenv("LSSTD_STANDARDS", str(folder))
    assert lsstd("assess", folder / "by_id.yaml", "--json").parsed["score"]["maximum"] == 10
    assert load_standard("mine").below is not None


# A file there that is no standard is told, and keeps none of the others from being listed.
def test_a_broken_file_in_the_folder(folder: Path, lsstd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("by_id", "by_path"):
        (folder / f"{name}.yaml").unlink()
    (folder / "broken.yaml").write_text("standard: [", encoding="utf-8")
    monkeypatch.setenv("LSSTD_STANDARDS", str(folder))
    found = lsstd("standards", "--json")
    assert (found.status, [entry["standard"] for entry in found.parsed][-1]) == (1, "mine")
    assert "broken.yaml" in found.err


# A draft whose sums are broken, or whose highest grade cannot be reached, is scored all the same, with a note.
def test_drafts_are_scored_with_notes(folder: Path, lsstd: Any) -> None:
    draft = MINE.replace("name: 直播间", "name: 直播间, printed_score: 20").replace("lower: 6", "lower: 60")
    (folder / "mine.yaml").write_text(draft, encoding="utf-8")
    found = lsstd("assess", folder / "by_id.yaml", "--standard", folder / "mine.yaml", "--json", "--lang", "en")
    assert (found.status, found.parsed["score"]["secured"], found.parsed["grade"]["secured"]) == (0, 6, None)
    assert "indicators.rooms.printed_score: 20; expected: the sum of its rows, 10" in found.err
    assert "bands.合格: from 60, above 10" in found.err


# What keeps every result from being computed is an error, with its line.
def test_faults_are_errors(folder: Path) -> None:
    (folder / "mine.yaml").write_text(MINE.replace("indicator: rooms, max_score: 4", "indicator: room, max_score: 4"))
    with pytest.raises(InvalidFile, match="did you mean rooms") as caught:
        load_standard(folder / "mine.yaml")
    assert caught.value.problems[0].line == 7


# What is read without validation, since it was validated before, is what validation gives.
@pytest.mark.parametrize("path", [*standards.STANDARDS.glob("*.yaml"), *(data() / "standards").glob("*.yaml")])
def test_trusted_values_give_the_same(path: Path) -> None:
    value = read_plain(path).value
    assert trusted(Standard, value) == Standard.model_validate(value)


# The JSON made at installation stands for its YAML, and no longer once that is edited.
def test_the_yaml_counts_once_it_is_edited(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(standards, "STANDARDS", folder)
    load, source = standards._load_own.__wrapped__, folder / "mine.yaml"
    parsed = read_plain(source)
    built = {"sha256": parsed.sha256, "standard": {**parsed.value, "edition": "as built"}}
    (folder / "mine.json").write_text(json.dumps(built), encoding="utf-8")
    assert load("mine").edition == "as built"
    source.write_text(MINE.replace('edition: "1"', 'edition: "2"'), encoding="utf-8")
    assert load("mine").edition == "2"
