"""Nothing typed is lost: kept whole at every change, earlier states beside it, others' changes noticed."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard, example, load_assessment
from lsstd.errors import FileError
from lsstd.files import writing
from lsstd.files.writing import KEPT
from lsstd.forms.keeping import LARGEST_LOADED, Keeper
from lsstd.forms.state import FormDraft

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


# Two pages of one file: what each enters in fields of its own is kept, and each is shown what the other entered.
def test_edits_of_two_pages_are_merged(page: Open) -> None:
    form, other = page(), page(name="other")
    other.edit("facts.live_rooms", "9", base=None)
    answer = form.edit("facts.signed_anchors", "20", base=None)
    assert (answer["saved"], answer["review"]) == (True, [])
    assert answer["values"]["facts.live_rooms"] == 9
    assert other.say(do="save")["values"]["facts.signed_anchors"] == 20
    form.edit("facts.live_rooms", "", base=9)
    assert "facts.live_rooms" not in other.say(do="save")["values"]
    assert load_assessment(form.path).facts.keys() == {"signed_anchors"}


# Two pages change the same field: the second is asked, with both values; nothing is overwritten before it has chosen.
def test_the_same_field_asks(page: Open) -> None:
    form, other = page(), page(name="other")
    other.edit("facts.live_rooms", "9", base=None)
    answer = form.edit("facts.live_rooms", "１4", base=None)
    (asked,) = answer["review"]
    assert (asked["label"]["zh"], asked["old"]["zh"], asked["new"]["zh"]) == ("直播间数量", "9 间", "14 间")
    assert asked["moved"]
    assert load_assessment(form.path).facts["live_rooms"].value == 9
    assert form.edit("facts.live_rooms", asked["value"], base=asked["base"])["review"] == []
    assert load_assessment(form.path).facts["live_rooms"].value == 14
    assert form.edit("facts.live_rooms", "14", base="nonsense")["review"] == []  # both want the same


# What is half typed on one page stays beside what is half typed on another.
def test_half_typed_entries_of_two_pages(page: Open) -> None:
    form, other = page(), page(name="other")
    form.edit("facts.live_rooms", "约 4", base=None)
    other.edit("facts.signed_anchors", "十几", base=None)
    values = page().opened["values"]
    assert (values["facts.live_rooms"], values["facts.signed_anchors"]) == ("约 4", "十几")


# Edits that a page kept through a crash are compared with the file: what is so already is left out, what the file
# holds anew since is marked, each with both values in words.
def test_edits_from_before_a_crash_are_compared(page: Open) -> None:
    form = page()
    form.edit("facts.live_rooms", "123")
    form.edit("answers.village_rooms", {"state": "met"})
    left = [
        {"path": "facts.live_rooms", "value": "1", "base": None, "at": 1_700_000_000_000},
        {"path": "facts.signed_anchors", "value": "21", "base": None, "at": 1_700_000_000_000},
        {"path": "answers.village_rooms", "value": {"state": "met"}, "base": None},
        {"path": "facts.no_such", "value": "1", "base": None},
    ]
    asked = form.say(do="compare", edits=left)["review"]
    assert [(one["path"], one["old"]["zh"], one["new"]["zh"], one["moved"]) for one in asked] == [
        ("facts.live_rooms", "123 间", "1 间", True),
        ("facts.signed_anchors", "（空）", "21 人", False),
    ]
    assert load_assessment(form.path).facts.keys() == {"live_rooms"}


# A file that is gone or broken is not written over: the page goes on, is told, and chooses; the other state is kept.
@pytest.mark.parametrize("damage", ["gone", "broken"])
def test_a_file_that_is_gone_or_broken(page: Open, damage: str) -> None:
    form = page()
    form.edit("facts.live_rooms", "9")
    if damage == "gone":
        form.path.unlink()
    else:
        form.path.write_text("facts: [", encoding="utf-8")
    answer = form.edit("facts.signed_anchors", "20")
    assert (answer["saved"], answer["conflict"]) == (False, True)
    assert damage == "broken" or not form.path.exists()
    assert form.say(do="settle")["saved"]
    assert load_assessment(form.path).facts.keys() == {"live_rooms", "signed_anchors"}
    kept = [path.read_text(encoding="utf-8") for path in form.session.keeper.beside.glob("*.yaml")]
    assert damage == "gone" or "facts: [" in kept
    form.path.write_text(form.path.read_text(encoding="utf-8").replace("9", "10"), encoding="utf-8")
    assert form.edit("facts.base_area", "1")["saved"]
    assert load_assessment(form.path).facts["live_rooms"].value == 10


# A file written by hand is kept as it was, comments and all, before lsstd first writes it.
def test_a_file_written_by_hand_is_kept(page: Open) -> None:
    form = page()
    shutil.copy(example("small_rural"), form.path)
    form = page()
    form.edit("facts.live_rooms", "14")
    assert (form.session.keeper.beside / "first.yaml").read_bytes() == example("small_rural").read_bytes()


# States go by their number, within one second and over a clock that was set back; the very first comes at the end.
def test_states_of_one_second(standard: Standard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.time, "strftime", lambda _: f"20{99 - number}-01-01 101010" if number < 6 else "2024")
    keeper = Keeper(tmp_path / "a.yaml", standard)
    for number in range(1, 12):
        writing.set_aside(keeper.path, f"{number}".encode())
    (keeper.beside / "first.yaml").write_text("0")
    (keeper.beside / "2023-12-31 235959 (3).yaml").write_text("0")  # of an earlier version
    kept = [int((keeper.beside / name).read_text()) for name in keeper.states()]
    assert kept == [*range(11, 1, -1), 0, 0]
    assert keeper.states()[0] == "2024 #11.yaml"
    assert keeper.states()[-2:] == ["2023-12-31 235959 (3).yaml", "first.yaml"]


# After the clock was set back states are still set aside, and no oftener than before.
@pytest.mark.parametrize("back", [0, 3600, 10**8])
def test_a_clock_that_is_set_back(standard: Standard, tmp_path: Path, back: int) -> None:
    keeper, draft, now = Keeper(tmp_path / "a.yaml", standard), FormDraft.of(standard), time.time
    keeper.open()
    for rooms in range(1, 6):
        draft = draft.edited("facts.live_rooms", rooms)
        keeper.keep(draft, aside=rooms == 3)
    assert [keeper.state(name).value("facts.live_rooms") for name in keeper.states()] == [2, 1]
    os.utime(keeper.beside / keeper.states()[0], (now() + back, now() + back))
    for rooms in range(6, 9):
        draft = draft.edited("facts.live_rooms", rooms)
        keeper.keep(draft)
    held = [keeper.state(name).value("facts.live_rooms") for name in keeper.states()]
    assert held == ([5, 2, 1] if back else [2, 1])


# A private file stays private, with all that is kept beside it.
@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_private_file_stays_private(page: Open, tmp_path: Path) -> None:
    file, link = tmp_path / "base.yaml", tmp_path / "link.yaml"
    shutil.copy(example("near_aaa"), file)
    file.chmod(0o600)
    link.symlink_to(file)
    form = page(file=link)
    form.edit("facts.live_rooms", "15")
    form.edit("facts.live_rooms", "about 20")
    assert form.say(do="restore", name="first.yaml")["values"]["facts.live_rooms"] == 14
    kept = [*tmp_path.glob(".base.yaml.lsstd/*"), file]
    assert len(kept) == 5
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert link.is_symlink()


# Earlier states are few, the latest kept, and any of them can be had again.
def test_earlier_states_are_few(standard: Standard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, draft, clock = Keeper(tmp_path / "a.yaml", standard), FormDraft.of(standard), iter(range(100, 200))
    monkeypatch.setattr(writing.time, "strftime", lambda _: f"2024-01-01 {next(clock)}")
    keeper.open()
    for rooms in range(1, 30):
        draft = draft.edited("facts.live_rooms", rooms)
        keeper.keep(draft, aside=True)
    assert len(keeper.states()) == KEPT
    assert keeper.state(keeper.states()[0]).values()["facts.live_rooms"] == 28
    keeper.keep(draft.edited("facts.live_rooms", 99))
    assert len(keeper.states()) == KEPT
    assert keeper.state(keeper.states()[0]).values()["facts.live_rooms"] == 28


# A reading that was left over is compared with the option that holds, the default too.
def test_readings_are_compared(page: Open) -> None:
    form = page()
    edit = {"path": "readings.compound_rows", "value": "all", "base": "shares"}
    (asked,) = form.say(do="compare", edits=[edit])["review"]
    assert (asked["moved"], asked["seen"], "全部做到" in asked["new"]["zh"]) == (False, "shares", True)
    form.edit("readings.compound_rows", "all", base="shares")
    assert form.say(do="compare", edits=[edit])["review"] == []
    (asked,) = form.edit("readings.compound_rows", "shares", base="shares")["review"]
    assert asked["moved"]


# Paragraphs are kept as they were typed, in the file, in the form and in the workbook; a line end is one, whoever
# wrote it.
def test_paragraphs_are_kept(page: Open, tmp_path: Path) -> None:
    from lsstd.office.self_score_reader import read_workbook
    from lsstd.office.self_score_writer import write_workbook

    form = page()
    form.edit("facts.base_introduction", " 一\r\n\r\n  二\n三 \n")
    text = "一\n\n  二\n三"
    assert load_assessment(form.path).facts["base_introduction"].value == text
    assert page().opened["values"]["facts.base_introduction"] == text
    write_workbook(form.session.standard, tmp_path / "b.xlsx", form.session.draft.assessment, "zh")
    assert read_workbook(tmp_path / "b.xlsx").facts["base_introduction"].value == text
    fields = [field for group in form.opened["schema"]["facts"] for field in group["fields"]]
    tall = {field["path"] for field in fields if field["control"] == "paragraphs"}
    assert "facts.base_introduction" in tall
    assert "facts.base_address" not in tall


# Another file that is loaded shows how it differs, field by field, and changes nothing by itself; going back to an
# earlier state sets what is there aside first.
def test_loading_shows_the_differences(page: Open) -> None:
    form = page()
    form.edit("facts.live_rooms", "14")
    asked = form.say(do="load", name="near_aaa.yaml", data=example("near_aaa").read_bytes())["review"]
    assert form.session.draft.value("facts.live_rooms") == 14
    assert {"facts.live_rooms", "subject.name", "answers.village_rooms"} > {asked[0]["path"], "facts.live_rooms"}
    answer = form.say(do="edit", edits=asked[:1])
    assert len(answer["states"]) == 1  # the state before, even of one field
    answer = form.say(do="edit", edits=asked[1:])
    assert answer["head"]["secured"] == "398.92"
    assert form.say(do="load", name="near_aaa.yaml", data=example("near_aaa").read_bytes())["review"] == []
    answer = form.say(do="restore", name=answer["states"][0])
    assert answer["values"] == form.session.draft.values()
    assert load_assessment(form.path).facts.keys() == {"live_rooms"}


# The workbook comes back as it went out, but for what was changed in Excel; a cell that was emptied clears the field.
def test_the_workbook_comes_back(page: Open, tmp_path: Path) -> None:
    from lsstd.office.self_score_writer import write_workbook

    form = page()
    form.edit("facts.live_rooms", "14")
    form.edit("facts.signed_anchors", "20")
    changed = form.session.draft.edited("facts.live_rooms", 15).edited("facts.signed_anchors", "")
    write_workbook(form.session.standard, tmp_path / "b.xlsx", changed.assessment, "zh")
    asked = form.say(do="load", name="自评表.xlsx", data=(tmp_path / "b.xlsx").read_bytes())["review"]
    assert [(one["path"], one["new"]["zh"], one["clears"]) for one in asked] == [
        ("facts.live_rooms", "15 间", False),
        ("facts.signed_anchors", "（空）", True),
    ]


BROKEN = {
    "not_yaml.yaml": ("a: [", "不是有效的|无法读取"),
    "list.yaml": ("- 1", "不是有效的"),
    "other.yaml": ("standard: sz-supply-chain-collaboration\n", "另一标准"),
    "wrong.yaml": ("standard: hlj-base-evaluation\nfacts: {live_roms: 1}\n", "live_rooms"),
    "huge.yaml": ("# " + "x" * LARGEST_LOADED, "过大"),
    "script.exe": ("standard: hlj-base-evaluation", "exe"),
    "picture.xlsx": ("\x89PNG", "xlsx"),
}


# A file that is broken, foreign, too large or of another kind is refused in words, and the form stays as it was.
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_not_loaded(page: Open, name: str) -> None:
    form = page()
    form.edit("facts.live_rooms", "14")
    before = form.path.read_bytes()
    text, told = BROKEN[name]
    answer = form.say(do="load", name=name, data=text.encode())
    assert any(word in answer["refused"]["zh"] for word in told.split("|"))
    assert tempfile.gettempdir() not in answer["refused"]["zh"]  # a place that its owner does not know
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
