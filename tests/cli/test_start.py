"""Starting up and piping: what only a process of its own can show."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd.files.places import STANDARDS, example, notebooks
from lsstd.files.reading import read_plain
from lsstd.reports.folder import Journal
from lsstd.reports.pdf import browser
from lsstd.words import STEERING

NEAR = str(example("near_aaa"))
HEAVY = ("pydantic", "pandas", "matplotlib", "numpy", "yaml", "nbconvert", "papermill", "IPython")
COMMANDS = ("base_commands", "population_commands", "reports")


def started(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``lsstd`` in a process of its own, its output piped."""
    unset = ("LSSTD", "LANG", "LC_", "PYTHONIOENCODING")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unset)}
    command = [sys.executable, "-m", "lsstd", *arguments]
    return subprocess.run(command, env={**kept, **env}, capture_output=True, encoding="utf-8", check=False, timeout=120)


def loaded_by(*arguments: str) -> tuple[str, set[str]]:
    """Run ``lsstd`` in a process of its own; return what it printed and which heavy libraries it loaded."""
    code = f"""
import sys
sys.argv = ["lsstd", *{arguments!r}]
from lsstd.__main__ import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
modules = [*{HEAVY!r}, *map("lsstd.cli.".__add__, {COMMANDS!r})]
print(*[name for name in modules if name in sys.modules], file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, timeout=120)
    return ran.stdout, set(ran.stderr.split())


# Help comes at once: it imports none of the heavy libraries, not even pydantic.
def test_help_imports_nothing_heavy() -> None:
    printed, loaded = loaded_by("--help")
    assert loaded.isdisjoint(HEAVY)
    assert all(command in printed for command in ("standards", "show", "assess", "explain", "facts", "report", "lab"))


# Scoring loads what reads and checks files, and no more, for a program and for a score sheet in the terminal; of the
# commands only those that stand beside the one that was asked for.
def test_commands_load_what_they_use() -> None:
    used = {"pydantic", "yaml", "lsstd.cli.base_commands"}
    assert loaded_by("assess", NEAR, "--json")[1] == used
    assert loaded_by("assess", NEAR)[1] == used


# The module that stands in for one that is slow to load is as good as that one, however it is imported.
def test_metadata_is_loaded_when_used() -> None:
    code = """
import sys
from lsstd.__main__ import _put_off_metadata
_put_off_metadata()
import importlib.metadata
from importlib import metadata
from importlib.metadata import entry_points, version
print("email" in sys.modules, importlib.metadata.version("click") == version("click") == metadata.version("click"))
print(any(point.name == "lsstd" for point in entry_points(group="console_scripts")))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, timeout=120)
    assert ran.stdout.split() == ["True", "True", "True"]


# The language may be set for good by LSSTD_LANG; --lang goes before it; anything else means Chinese.
@pytest.mark.parametrize(
    ("variable", "option", "told"),
    [
        ("en", (), "cannot read missing.yaml"),
        ("en_GB.UTF-8", (), "cannot read missing.yaml"),
        ("en", ("--lang", "zh"), "无法读取 missing.yaml"),
        ("fr", (), "无法读取 missing.yaml"),
    ],
)
def test_language_from_the_environment(variable: str, option: tuple[str, ...], told: str) -> None:
    ran = started("assess", "missing.yaml", *option, LSSTD_LANG=variable)
    assert ran.returncode == 1
    assert ran.stderr.startswith(told)


# What goes into a pipe or a file is UTF-8 (whatever the console's code page) and without colour codes.
def test_piped_output_is_plain_utf_8() -> None:
    ran = started("assess", NEAR, PYTHONIOENCODING="gbk", PYTHONUTF8="0", TERM="xterm-256color", COLORTERM="truecolor")
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert "冰城直播电商共享基地（示例）" in ran.stdout
    assert "✓" in ran.stdout
    assert "\x1b" not in ran.stdout


# Whoever reads only the first line (| head -1) is not told about a broken pipe.
@pytest.mark.skipif(os.name != "posix", reason="pipes of this kind are POSIX")
@pytest.mark.parametrize("arguments", [["assess", NEAR], ["show", "hlj-base-evaluation", "--json"], ["--help"]])
def test_a_broken_pipe_is_quiet(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "lsstd", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
    assert told == b""


# The console script and ``python -m lsstd`` are one, and from any folder.
def test_the_console_script_works_anywhere(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("lsstd.exe" if os.name == "nt" else "lsstd")
    if not script.exists():
        pytest.skip("lsstd is not installed beside this Python")
    ran = subprocess.run(
        [script, "--version"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True, timeout=120
    )
    assert ran.stdout == started("--version").stdout
    assert ran.stdout.startswith("lsstd ")


def many(folder: Path, count: int) -> Path:
    """Return a folder of so many assessments."""
    for number in range(count):
        (folder / "in").mkdir(exist_ok=True)
        (folder / "in" / f"base_{number:02}.yaml").write_bytes(Path(NEAR).read_bytes())
    return folder / "in"


# Whoever closes streams, as a scheduler does, gets reports all the same; the next file opened is not written over.
@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="a shell's closing of streams")
@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-", "; ulimit -n 20"])
def test_closed_streams(closed: str, tmp_path: Path) -> None:
    count = 24 if "ulimit" in closed else 6
    command = f"{sys.executable} -m lsstd report {many(tmp_path, count)} -o {tmp_path / 'out'} -j 2"
    line = f"ulimit -n 20; {command}" if "ulimit" in closed else f"{command} {closed}"
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=120).returncode == 0
    assert len(list((tmp_path / "out").glob("base*.html"))) == count


# Under a locale without Chinese, names of files may be Chinese.
@pytest.mark.skipif(os.name != "posix", reason="Windows has no such locale")
def test_a_plain_c_locale(tmp_path: Path) -> None:
    ran = started("report", NEAR, "-o", str(tmp_path), LC_ALL="C", PYTHONUTF8="0")
    assert ran.returncode == 0, ran.stderr
    assert [path.name for path in tmp_path.glob("*.html")] == ["near_aaa_冰城直播电商共享基地（示例）.html"]


# Nothing appears in the home folder, and none is needed.
@pytest.mark.slow
@pytest.mark.parametrize("to", ["html,docx,xlsx", "pdf", "template"])
def test_nothing_is_left_at_home(to: str, tmp_path: Path) -> None:
    own = ["--template", str(notebooks() / "reports" / "base_report.ipynb")] if to == "template" else ["--to", to]
    if to == "pdf" and not browser():
        pytest.skip("needs a browser")
    (tmp_path / "home").mkdir()
    ran = started("report", NEAR, *own, "-o", str(tmp_path / "out"), HOME=str(tmp_path / "home"))
    assert ran.returncode == 0, ran.stderr
    assert list((tmp_path / "home").iterdir()) == []


# Ctrl-C at any moment is told by the status alone, and every report that is whole is noted in the journal.
@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(os.name != "posix", reason="signals to a group of processes are POSIX")
@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.4, 0.8, 1.6])
def test_an_interrupt_is_quiet(seconds: float, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lsstd", "report", str(many(tmp_path, 70)), "-o", str(tmp_path / "out"), "-j", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(seconds)
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate(timeout=60)[1].decode()
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in told, told
    there = {path.stem for path in (tmp_path / "out").glob("base*.html")}
    assert there == set(Journal(tmp_path / "out").entries)
    assert len(there) < 70


EVIL = "x\x1b[31m\x07\x9b2J\u202ey\u2066z\u061c"


# Nothing that stands in a file, its name or an argument steers the terminal, whatever command tells it, and how.
def test_nothing_steers_a_terminal(tmp_path: Path, lsstd: Callable[..., Any]) -> None:
    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            told = {"zh", "en", "text", "edition"}
            return {k: v + EVIL if k in told and isinstance(v, str) else spoilt(v) for k, v in value.items()}
        return [spoilt(inner) for inner in value] if isinstance(value, list) else value

    evil, base, bad = tmp_path / "evil.json", tmp_path / f"{EVIL}.json", tmp_path / "bad.json"
    evil.write_text(json.dumps(spoilt(read_plain(STANDARDS / "hlj-base-evaluation.yaml").value)))
    base.write_text(json.dumps({"standard": "hlj-base-evaluation", "subject": {"name": EVIL, "region": EVIL}}))
    bad.write_text(json.dumps({"standard": EVIL, EVIL: 1, "answers": {EVIL: EVIL}}))
    runs = [
        ("show", evil), ("show", evil, "--json"), ("assess", base), ("assess", base, "--json"), ("assess", bad),
        ("assess", base, "--standard", evil), ("explain", base), ("explain", base, EVIL), ("facts", base),
        ("evidence", base), (EVIL,), ("assess", f"--{EVIL}"), ("assess", base, "--reading", EVIL), ("search", EVIL),
        ("report", base, "-o", tmp_path / EVIL), ("report", base, "--set", EVIL), ("verify", base),
        ("assess", tmp_path / f"missing{EVIL}"), ("workbook", EVIL, "-o", tmp_path / "x.xlsx"), ("compare", base, base),
    ]  # fmt: skip
    for arguments in runs:
        ran = lsstd(*arguments)
        assert not STEERING.search(ran.out + ran.err), (arguments, ran)
        assert ran.out + ran.err
