"""The command ``lab``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from lsstd.cli.options import language
from lsstd.files.places import PACKAGE, notebooks
from lsstd.words import Text


def start_lab() -> int:
    """Open JupyterLab with the notebooks; an installed package's are copied to a folder of the user's first."""
    folder = notebooks()
    if folder.is_relative_to(PACKAGE):
        folder = copy_notebooks(folder, Path.home() / "lsstd-notebooks")
        sys.stderr.write(Text(f"笔记本在 {folder}\n", f"the notebooks are in {folder}\n").to(language()))
    return subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False).returncode


def copy_notebooks(source: Path, target: Path) -> Path:
    """Copy what is not there yet; a notebook that the user has changed stays as it is."""
    for path in sorted(source.rglob("*.ipynb")):
        copy = target / path.relative_to(source)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return target
