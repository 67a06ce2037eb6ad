"""Starting up and piping: what only a process of its own can show."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lsstd.files.places import example

NEAR = str(example("near_aaa"))
HEAVY = ("pydantic", "pandas", "matplotlib", "numpy", "yaml", "nbconvert", "papermill", "IPython")


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
print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, timeout=120)
    return ran.stdout, set(ran.stderr.split())


# Help comes at once: it imports none of the heavy libraries, not even pydantic.
def test_help_imports_nothing_heavy() -> None:
    printed, loaded = loaded_by("--help")
    assert loaded == set()
    assert all(command in printed for command in ("standards", "show", "assess", "explain", "facts", "report", "lab"))


# Scoring loads what reads and checks files, and no more, for a program and for a score sheet in the terminal.
def test_commands_load_what_they_use() -> None:
    assert loaded_by("assess", NEAR, "--json")[1] == {"pydantic", "yaml"}
    assert loaded_by("assess", NEAR)[1] == {"pydantic", "yaml"}


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
