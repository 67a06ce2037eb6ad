"""The command ``app``, before any server: which standard, which file."""

from __future__ import annotations

from pathlib import Path


def start_app(file: Path | None, standard: str | None, port: int, browser: bool) -> None:
    """Find standard and file, hold that the file can be filled in, and serve the form.

    Raises
    ------
    LsstdError
        The file is broken, of another standard, or its folder cannot be written; nothing is changed.
    """
    from lsstd.files.assessments import load_pair
    from lsstd.files.standards import load_standard
    from lsstd.forms.keeping import Keeper
    from lsstd.widgets.form import default_file

    if standard is None and file is not None and file.exists():
        standard = load_pair(file)[0].standard
    name = standard or "hlj-base-evaluation"
    loaded = load_standard(name)
    path = (file or default_file(loaded.standard)).absolute()
    Keeper(path, loaded).open()
    from lsstd.cli.app_server import serve

    serve(str(Path(name).absolute()) if Path(name).is_file() else name, path, port, browser)
