"""Writing: whole or not at all, inside its folder, and never over a file that is somebody else's."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lsstd.errors import FileError
from lsstd.files.assessments import load_assessment, save_assessment
from lsstd.files.places import example as example_file
from lsstd.files.writing import MARK, check_writable, is_own, safe_name, states, write_whole

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³")}
OWN = f"# {MARK}\n".encode()


# Whatever a subject is called, the file's name is one plain step inside its folder, on every system.
@given(st.text(max_size=400))
@example("../../etc/passwd")
@example('"<script>alert(1)</script>"')
@example("CON")
@example("com¹.txt")
@example("nul .x")
@example("...")
@example("a\nb\0c\u202ed")
@example("直" * 300)
@example("C:\\Windows\\system32")
def test_names_stay_in_their_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not set(safe) & set('/\\:*?"<>|')
    assert not {chr(code) for code in (*range(32), *range(127, 160), 0x2028, 0x202E, 0x2066)} & set(safe)
    assert safe == safe.strip(" .")
    assert len(safe.encode("utf-8", "surrogatepass")) <= 121
    assert safe.split(".")[0].strip().lower() not in RESERVED
    assert Path("folder", f"{safe}.html").parent == Path("folder")


# A name that is plain already stays as it is: Chinese, spaces, brackets and all.
@pytest.mark.parametrize("name", ["冰城直播电商共享基地（示例）", "base 01", "Конъюнктура", "a.b-c_d", "contents"])
def test_plain_names_stay(name: str) -> None:
    assert safe_name(name) == name


# A file is written whole, with the folders that it needs, and with the rights that the user's files have.
def test_a_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "新 folder" / "below" / "a.html"
    write_whole(path, b"content")
    beside = tmp_path / "beside"
    beside.touch()
    assert path.read_bytes() == b"content"
    assert [entry.name for entry in path.parent.iterdir()] == ["a.html"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(beside.stat().st_mode)


# lsstd's own file is written anew; another's only if the user insists.
def test_only_own_files_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write_whole(path, OWN + b"1")
    write_whole(path, OWN + b"2")
    assert path.read_bytes().endswith(b"\n2")
    path.write_bytes(b"somebody's own work")
    with pytest.raises(FileError, match="--force"):
        write_whole(path, OWN + b"3")
    assert path.read_bytes() == b"somebody's own work"
    write_whole(path, OWN + b"3", force=True)
    assert path.read_bytes().endswith(b"\n3")


# A file counts as lsstd's only by the mark in its head.
def test_the_mark_stands_in_the_head(tmp_path: Path) -> None:
    head, tail = tmp_path / "head", tmp_path / "tail"
    head.write_bytes(OWN)
    tail.write_bytes(b"x" * 5000 + OWN)
    assert is_own(head)
    assert not is_own(tail)
    assert not is_own(tmp_path)
    assert not is_own(tmp_path / "missing")


# Where the disk gives out half-way, the old file stands as it was and nothing else is left behind.
@pytest.mark.parametrize("failing", ["os.replace", "os.fsync"])
def test_a_broken_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    path = tmp_path / "a.html"
    write_whole(path, OWN + b"old")

    def full(*_: object) -> None:
        raise OSError(28, "the disk is full")

    monkeypatch.setattr(failing, full)
    with pytest.raises(FileError, match="the disk is full"):
        write_whole(path, OWN + b"new")
    monkeypatch.undo()
    assert path.read_bytes().endswith(b"\nold")
    assert [entry.name for entry in tmp_path.rglob("*") if entry.is_file()] == ["a.html"]


# Private work stays private, its copies too, and whoever it belongs to; a link is followed, also to a file yet to come.
@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_mode_owner_and_links_are_kept(tmp_path: Path, mode: int) -> None:
    real, link, coming = tmp_path / "below" / "real.yaml", tmp_path / "link.yaml", tmp_path / "coming.yaml"
    real.parent.mkdir()
    real.write_bytes(b"work")
    owner = (1234, 2345) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(real, *owner)
    real.chmod(mode)
    (tmp_path / "between").symlink_to("below/real.yaml")
    link.symlink_to("between")
    coming.symlink_to("below/new.yaml")
    for number in range(2):
        write_whole(link, OWN + b"%d" % number, force=True)
    write_whole(coming, OWN)
    assert (link.is_symlink(), coming.is_symlink(), real.read_bytes()[-1:]) == (True, True, b"1")
    (copy,) = states(link)
    assert copy.read_bytes() == b"work"
    assert copy.parent == tmp_path / "below" / ".real.yaml.lsstd"
    for path in (real, copy):
        held = path.stat()
        assert (stat.S_IMODE(held.st_mode), held.st_uid, held.st_gid) == (mode, *owner)
    assert (tmp_path / "below" / "new.yaml").read_bytes().startswith(OWN[:-1])


# What is no plain file is neither read, which would wait at a pipe for ever, nor replaced.
@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
@pytest.mark.parametrize("force", [False, True])
def test_pipes_devices_and_circles_are_refused(tmp_path: Path, force: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "null").symlink_to("/dev/null")
    for name in ("pipe", "circle", "null"):
        with pytest.raises(FileError, match="a device, a pipe"):
            write_whole(tmp_path / name, OWN, force)
    assert (tmp_path / "circle").is_symlink()


# What is written is on the disk before it takes the old file's place, then the folders that name it are.
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_what_is_written_survives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, sync, replace = [], os.fsync, os.replace

    def noted_sync(file: int) -> None:
        steps.append(str(Path(f"/proc/self/fd/{file}").resolve()))
        sync(file)

    def noted_replace(old: Path, new: Path) -> None:
        steps.append(f"to {new}")
        replace(old, new)

    monkeypatch.setattr("os.fsync", noted_sync)
    monkeypatch.setattr("os.replace", noted_replace)
    path = tmp_path / "new" / "below" / "a.html"
    write_whole(path, OWN)
    written, *after = steps
    assert Path(written).parent == path.parent
    assert after == [f"to {path}", *map(str, (path.parent, tmp_path / "new", tmp_path))]


# Where a file stands in the place of a folder, or a folder in that of the file, nothing is written and both are told.
@pytest.mark.parametrize("force", [False, True])
def test_places_that_cannot_be_written(tmp_path: Path, force: bool) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "a.html").mkdir()
    for path in (tmp_path / "file" / "a.html", tmp_path / "file" / "below" / "a.html", tmp_path / "a.html"):
        with pytest.raises(FileError) as caught:
            write_whole(path, OWN, force)
        assert caught.value.problems[0].where == str(path)
        assert "无法写入 a.html" in caught.value.to("zh")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.html", "file"]
    assert (tmp_path / "file").read_bytes() == b"x"


# Whether a file can be written is told beforehand, and asking makes nothing.
def test_checking_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    check_writable(tmp_path / "new" / "below" / "a.html")
    with pytest.raises(FileError, match="a part of the path is a file"):
        check_writable(tmp_path / "file" / "a.html")
    with pytest.raises(FileError, match="--force"):
        check_writable(tmp_path / "file")
    check_writable(tmp_path / "file", force=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


# A folder that may not be written is told as that, before the work is done (root may write anywhere, hence the patch).
def test_no_permission_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FileError, match="no permission"):
        check_writable(tmp_path / "a.html")


# A saved assessment is lsstd's own file: it may be saved again, and reads as it was.
def test_assessments_are_saved_as_own_files(tmp_path: Path) -> None:
    assessment = load_assessment(example_file("near_aaa"))
    path = tmp_path / "saved.yaml"
    save_assessment(assessment, path)
    save_assessment(assessment, path)
    assert is_own(path)
    assert load_assessment(path) == assessment


MANY = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
os.umask(0o027)
from lsstd.files.writing import write_whole
sys.setswitchinterval(1e-6)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda n: write_whole(Path(f"{n % 40}.txt"), b"x", force=True), range(800)))
print(oct(os.umask(0o027)), {oct(path.stat().st_mode & 0o777) for path in Path().iterdir()})
"""


# Many threads that write at a time leave the process's umask as it was, and every file goes by it.
@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_threads_leave_the_umask_alone(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", MANY], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    assert told.stdout == "0o27 {'0o640'}\n"
