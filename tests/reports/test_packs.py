"""Packs of many: a folder each and an index; nothing is done twice or lost, and a failure stops no other pack."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lsstd import example, pack_all
from lsstd.reports import packs
from lsstd.reports.batch import Made
from lsstd.reports.folder import PACK, SUMS, Journal

DAY = "2025-03-03"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three bases, one of which cannot be read; only one quick document, the list of contents, is made of each."""
    folder = tmp_path / "in"
    paper = folder / "evidence" / "live_rooms" / "lease.pdf"
    paper.parent.mkdir(parents=True)
    paper.write_text("made up", encoding="utf-8")
    (folder / "broken.yaml").write_text("standard: [", encoding="utf-8")
    for name in ("one", "two"):
        shutil.copy(example("near_aaa"), folder / f"{name}.yaml")
    monkeypatch.setattr(packs, "documents_of", lambda *_: {"00 Contents.docx": b"contents"})
    return sorted(folder.glob("*.yaml"))


def packed(files: list[Path], folder: Path, **more: Any) -> list[Made]:
    return pack_all(files, folder, DAY, incomplete=True, lang="en", **more)


# A finished pack is left alone; one that is missing, out of date, or unnoted because the run was killed is packed.
def test_only_what_is_missing_or_out_of_date_is_packed(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert [(one.ok, one.is_new) for one in packed(files, out)] == [(False, True), (True, True), (True, True)]
    first, second = (journal.path(stem, PACK) for journal in [Journal(out)] for stem in sorted(journal.entries))
    assert [(one.ok, one.is_new) for one in packed(files, out)[1:]] == [(True, False)] * 2
    (first / "note.txt").write_text("somebody's")
    (second / "00 Contents.docx").unlink()
    assert [one.is_new for one in packed(files, out)[1:]] == [False, True]  # edited but up to date: left alone
    assert (second.with_name(f"{second.name} (1)") / SUMS).exists()
    (out / ".lsstd-reports.jsonl").unlink()
    with ThreadPoolExecutor() as pool:
        again = packed(files, out, executor=pool)[1:]
    assert [one.ok for one in again] == [False, True]  # the first has been edited, and what it was made from is unknown
    assert (first / "note.txt").exists()
    assert not list(out.glob("*.part"))


# An edited pack whose data has changed is left alone; an unedited one is packed again.
def test_work_in_a_pack_is_not_lost(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    packed(files[1:], out)
    first, second = (journal.path(stem, PACK) for journal in [Journal(out)] for stem in sorted(journal.entries))
    (first / "00 Contents.docx").write_text("signed")
    for file in files[1:]:
        file.write_text(file.read_text(encoding="utf-8").replace("live_rooms: 14", "live_rooms: 15"), encoding="utf-8")
    (left, made) = packed(files[1:], out)
    assert "--force" in left.failures[PACK].en
    assert made.is_new
    assert (first / "00 Contents.docx").read_text() == "signed"
    assert packed(files[1:], out, force=True)[0].ok
    assert (first.with_name(f"{first.name} (1)") / "00 Contents.docx").read_text() == "signed"
    assert len(list(out.glob(f"{second.name}*"))) == 1  # forced, but unedited: nothing to keep


# The disk is full in the middle of one pack: it fails with the reason, the others are whole, nothing is half-written.
def test_a_full_disk(files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, count = Path.rename, iter(range(10))

    def full(path: Path, target: Path) -> Path:
        if next(count) == 0:
            raise OSError(28, "No space left on device")
        return whole(path, target)

    monkeypatch.setattr(Path, "rename", full)
    made = packed(files[1:], tmp_path / "out", has_index=False)
    assert [one.ok for one in made] == [False, True]
    assert "the disk is full" in made[0].failures[PACK].en
    assert len([path for path in (tmp_path / "out").iterdir() if path.is_dir()]) == 1


# The command packs a folder of bases, links each from an index, says what failed and why, and exits with status 1.
def test_the_command(files: list[Path], tmp_path: Path, lsstd: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    ran = lsstd("pack", files[0].parent, "-o", out, "--incomplete", "--lang", "en", "--json")
    assert ran.status == 1
    assert "3 packs: 2 made, 0 unchanged, 1 failed" in ran.err
    assert [(one["ok"], one["complete"]) for one in ran.parsed] == [(False, None), (True, False), (True, False)]
    assert all(Path(one["path"], SUMS).is_file() for one in ran.parsed if one["ok"])
    index = (out / "index.html").read_text(encoding="utf-8")
    assert index.count('href="./') == 2
    assert "broken.yaml" in index
    ran = lsstd("pack", *files[1:], "-o", tmp_path / "whole", "--lang", "en")
    assert ran.status == 1
    assert ran.err.count("the application is not complete") == 2
    assert not [path for path in (tmp_path / "whole").iterdir() if path.is_dir()]
    for wrong in (("-o", tmp_path / "x.zip"), ("-o", out, "--folder", tmp_path)):
        assert lsstd("pack", *files, *wrong).status == 2
