"""The commands that start a server on this machine: ``lab`` and ``app``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import lsstd
from lsstd.cli.options import DEFAULT_STANDARD, STANDARD, Options, argument, command, option
from lsstd.cli.output import note
from lsstd.files.places import PACKAGE, notebooks
from lsstd.words import msg


@command(msg("Open the notebooks in JupyterLab"))
def lab() -> None:
    """Open JupyterLab; an installed package's notebooks are copied to a folder of the user's first."""
    import subprocess

    folder = notebooks()
    if folder.is_relative_to(PACKAGE):
        folder = copy_notebooks(folder, Path.home() / "lsstd-notebooks")
        note(msg("the notebooks are in {folder}", folder=folder))
    status = subprocess.run([sys.executable, "-m", "jupyterlab", str(folder)], check=False).returncode
    raise click.exceptions.Exit(status)


def copy_notebooks(source: Path, target: Path) -> Path:
    """Copy what is not there yet; a notebook that the user has changed stays as it is."""
    from lsstd.files.writing import replace_whole

    for path in sorted(source.rglob("*.ipynb")):
        copy = target / path.relative_to(source)
        if not copy.exists():
            replace_whole(copy, path.read_bytes())
    return target


@command(
    msg("Fill in the self-assessment in the browser"),
    argument("[FILE]", msg("assessment; it need not exist yet"), "file"),
    option("--port N", msg("port"), click.IntRange(0, 65535), default=8866),
    option("--no-browser", msg("open no browser")),
    option("--lint", msg("a page to check drafts on, instead of the form"), name="lints"),
    STANDARD,
)
def app(file: Path | None, port: int, no_browser: bool, lints: bool, options: Options) -> None:
    """Serve the form for a file; one that is broken, of another standard, or cannot be written is refused before."""
    if lints:
        from lsstd.cli.app_server import serve

        serve("", None, port, not no_browser)
        return
    from lsstd.files.assessments import load_pair
    from lsstd.forms.keeping import Keeper
    from lsstd.widgets.form import default_file

    name = options.standard or DEFAULT_STANDARD
    if options.standard is None and file is not None and file.exists():
        name = load_pair(file)[0].standard
    loaded = lsstd.load_standard(name)
    path = (file or default_file(loaded.standard)).absolute()
    Keeper(path, loaded).open()
    from lsstd.cli.app_server import serve

    serve(str(Path(name).absolute()) if Path(name).is_file() else name, path, port, not no_browser)
