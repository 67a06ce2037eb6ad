"""Nothing typed is lost: kept whole at every change, earlier states beside it, others' changes noticed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard, example, load_assessment
from lsstd.errors import FileError
from lsstd.forms.keeping import KEPT, LARGEST_LOADED, Keeper
from lsstd.forms.state import Draft

Open = Callable[..., Any]


# Opening writes nothing; each change is in the file once it is acknowledged, and is there when the form comes back.
def test_each_change_is_in_the_file(page: Open) -> None:
    form = page()
    assert not form.path.exists()
    form.edit("facts.live_rooms", "14")
    assert load_assessment(form.path).facts["live_rooms"].value == 14
    form.edit("facts.live_rooms", "十四间")
    back = page().opened
    assert back["values"]["facts.live_rooms"] == "十四间"
    assert back["faults"].keys() == {"facts.live_rooms"}


# A file changed by someone else is noticed and left alone; either side can be chosen, and the other is not lost.
@pytest.mark.parametrize("which", ["mine", "theirs"])
def test_a_change_elsewhere_is_noticed(page: Open, which: str) -> None:
    form, other = page(), page(name="other")
    other.edit("facts.live_rooms", "9")
    answer = form.edit("facts.signed_anchors", "20")
    assert (answer["saved"], answer["conflict"]) == (False, True)
    assert "已在别处改动" in answer["trouble"]["zh"]
    assert "signed_anchors" not in load_assessment(form.path).facts
    answer = form.say(do="settle", which=which)
    assert (answer["saved"], answer["conflict"]) == (True, False)
    held = load_assessment(form.path).facts.keys()
    assert held == ({"signed_anchors"} if which == "mine" else {"live_rooms"})
    lost = {"live_rooms"} if which == "mine" else {"signed_anchors"}
    aside = [form.session.keeper.state(name).given["facts"].keys() for name in answer["states"]]
    assert lost in aside
    assert form.edit("facts.base_area", "1")["saved"]


# A file written by hand is kept as it was, comments and all, before lsstd first writes it.
def test_a_file_written_by_hand_is_kept(page: Open) -> None:
    form = page()
    shutil.copy(example("small_rural"), form.path)
    form = page()
    form.edit("facts.live_rooms", "14")
    assert (form.session.keeper.beside / "first.yaml").read_bytes() == example("small_rural").read_bytes()


# Earlier states are few, the latest kept, and any of them can be had again.
def test_earlier_states_are_few(standard: Standard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, draft, clock = Keeper(tmp_path / "a.yaml", standard), Draft.of(standard), iter(range(100, 200))
    monkeypatch.setattr("lsstd.forms.keeping._stamp", lambda: f"2024-01-01 {next(clock)}")
    keeper.open()
    for rooms in range(1, 30):
        draft = draft.edited("facts.live_rooms", rooms)
        keeper.keep(draft, aside=True)
    assert len(keeper.states()) == KEPT
    assert keeper.state(keeper.states()[0]).values()["facts.live_rooms"] == 28
    keeper.keep(draft.edited("facts.live_rooms", 99))
    assert len(keeper.states()) == KEPT
    assert keeper.state(keeper.states()[0]).values()["facts.live_rooms"] == 28


# Loading another file, and going back to an earlier state, set what is there aside first.
def test_loading_sets_aside_what_is_there(page: Open) -> None:
    form = page()
    form.edit("facts.live_rooms", "14")
    answer = form.say(do="load", name="near_aaa.yaml", text=example("near_aaa").read_text(encoding="utf-8"))
    assert answer["head"]["secured"] == "398.92"
    answer = form.say(do="restore", name=answer["states"][0])
    assert answer["values"] == form.session.draft.values()
    assert load_assessment(form.path).facts.keys() == {"live_rooms"}


BROKEN = {
    "not_yaml.yaml": ("a: [", "不是有效的|无法读取"),
    "list.yaml": ("- 1", "不是有效的"),
    "other.yaml": ("standard: sz-supply-chain-collaboration\n", "另一标准"),
    "wrong.yaml": ("standard: hlj-base-evaluation\nfacts: {live_roms: 1}\n", "live_rooms"),
    "huge.yaml": ("# " + "x" * LARGEST_LOADED, "过大"),
    "script.exe": ("standard: hlj-base-evaluation", "exe"),
}


# A file that is broken, foreign, too large or of another kind is refused in words, and the form stays as it was.
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_not_loaded(page: Open, name: str) -> None:
    form = page()
    form.edit("facts.live_rooms", "14")
    before = form.path.read_bytes()
    text, told = BROKEN[name]
    answer = form.say(do="load", name=name, text=text)
    assert any(word in answer["refused"]["zh"] for word in told.split("|"))
    assert form.path.read_bytes() == before


# A form is not opened over a broken file; the file stays as it is.
@pytest.mark.parametrize("name", ["not_yaml.yaml", "list.yaml", "other.yaml", "wrong.yaml", "script.exe"])
def test_a_broken_file_is_not_opened(page: Open, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(BROKEN[name][0], encoding="utf-8")
    form = page(file=path)
    assert form.opened["failed"]["zh"]
    assert "saved" not in form.edit("facts.live_rooms", "14")
    assert path.read_text(encoding="utf-8") == BROKEN[name][0]


# Where the file cannot be written the page is told that nothing is saved; once it can, all is kept.
def test_what_cannot_be_written_is_told_and_kept_later(page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    form = page()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda *_: False)
        answer = form.edit("facts.live_rooms", "14")
        assert (answer["saved"], answer["conflict"]) == (False, False)
        assert "没有权限" in answer["trouble"]["zh"]
    assert form.say(do="save")["saved"]
    assert load_assessment(form.path).facts["live_rooms"].value == 14


# So much nonsense that it cannot be kept is told; what is valid is kept all the same.
def test_too_much_nonsense_is_told(page: Open) -> None:
    form = page()
    answer = form.edit("answers.village_rooms.note", "x" * 2**21)
    assert not answer["saved"]
    form.edit("facts.live_rooms", "14")
    assert load_assessment(form.path).facts["live_rooms"].value == 14
    assert form.edit("answers.village_rooms.note", "")["saved"]


# A folder in which nothing can be made is refused before anything is typed.
def test_a_folder_that_is_a_file(standard: Standard, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError):
        Keeper(tmp_path / "file" / "a.yaml", standard).open()
