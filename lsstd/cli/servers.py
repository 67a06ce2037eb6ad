"""The commands that bring notebooks and forms to a browser: ``lab``, ``app`` and ``page``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import lsstd
from lsstd.cli import options as shared
from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, PATH, REFORM, STANDARD, Options, argument, command, option
from lsstd.cli.output import note, print_json
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
    option("--pages N", msg("most pages open at once"), click.IntRange(1, 100), default=12),
    option("--lint", msg("a page to check drafts on, instead of the form"), name="lints"),
    STANDARD,
)
def app(file: Path | None, port: int, no_browser: bool, pages: int, lints: bool, options: Options) -> None:
    """Serve the form for a file; one that is broken, of another standard, or cannot be written is refused before."""
    if lints:
        from lsstd.cli.app_server import serve

        serve("", None, port, not no_browser, pages)
        return
    from lsstd.files.assessments import load_pair
    from lsstd.forms.keeping import Keeper
    from lsstd.widgets.form import default_file

    name = options.standard or shared.DEFAULT_STANDARD
    if options.standard is None and file is not None and file.exists():
        name = load_pair(file)[0].standard
    loaded = lsstd.load_standard(name)
    path = (file or default_file(loaded.standard)).absolute()
    Keeper(path, loaded).open()
    from lsstd.cli.app_server import serve

    serve(str(Path(name).absolute()) if Path(name).is_file() else name, path, port, not no_browser, pages)


@command(
    msg("The form as one HTML file: opens by double click, needs nothing installed"),
    argument("STANDARD", msg("id or YAML file"), "name", str),
    shared.path_to_write("X.html", msg("page to write")),
    option("--pyodide DIR", msg("folder of the page's parts; what is missing there is downloaded"), PATH, name="parts"),
    *(REFORM, JSON, FORCE),
)
def page(name: str, path: Path, parts: Path | None, options: Options) -> None:
    """Write the page of a standard; of a reformed one also the standard, against which its files are gathered."""
    from lsstd.files.writing import check_writable, write_yaml
    from lsstd.widgets.web_page import write_page

    of, beside = options.reformed(name), path.with_suffix(".yaml")
    if options.reform:
        check_writable(beside, options.force)
    made = write_page(of, path, parts, language(), options.force)
    note(msg("page written to {path} ({size} MB)", path=path, size=round(made["bytes"] / 1e6, 1)))
    if options.reform:
        write_yaml(beside, of.in_file, options.force)
        note(msg("its standard: {path} (lsstd population gather DIR --standard {path})", path=beside))
    if options.as_json:
        print_json(made)
