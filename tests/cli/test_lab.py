"""The command ``lab``: the notebooks in JupyterLab, without ever losing what the user wrote in them."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd.cli import servers as lab
from lsstd.files.places import notebooks


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been started, instead of a server."""
    commands: list[list[str]] = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 3 if check else 0)

    monkeypatch.setattr("subprocess.run", run)
    return commands


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# An installed package's notebooks are copied with their folders; what is not there yet is added later.
def test_notebooks_are_copied_with_their_folders(tmp_path: Path) -> None:
    lab.copy_notebooks(notebooks(), tmp_path / "mine")
    copied = tree(tmp_path / "mine")
    assert {"00_start.ipynb", "reports/base_report.ipynb"} <= set(copied)
    assert all((notebooks() / name).read_bytes() == content for name, content in copied.items())
    (tmp_path / "mine" / "00_start.ipynb").unlink()
    lab.copy_notebooks(notebooks(), tmp_path / "mine")
    assert tree(tmp_path / "mine") == copied


# A notebook that the user has changed stays as it is, and so does whatever else is in the folder.
def test_what_the_user_changed_stays(tmp_path: Path) -> None:
    (tmp_path / "00_start.ipynb").write_text("mine")
    (tmp_path / "own notes.ipynb").write_text("mine too")
    lab.copy_notebooks(notebooks(), tmp_path)
    assert (tmp_path / "00_start.ipynb").read_text() == "mine"
    assert (tmp_path / "own notes.ipynb").read_text() == "mine too"


# From a checkout the notebooks themselves are opened, with this very Python.
def test_a_checkout_opens_its_own_notebooks(lsstd: Callable[..., Any], started: list[list[str]]) -> None:
    assert lsstd("lab").status == 0
    assert started == [[sys.executable, "-m", "jupyterlab", str(notebooks())]]


# From an installed package the copies are opened, and the user is told where they are.
def test_an_installed_package_opens_copies(
    lsstd: Callable[..., Any], started: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "PACKAGE", notebooks().parent)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    ran = lsstd("lab")
    assert started[0][-1] == str(tmp_path / "lsstd-notebooks")
    assert str(tmp_path / "lsstd-notebooks") in ran.err
    assert (tmp_path / "lsstd-notebooks" / "00_start.ipynb").exists()
