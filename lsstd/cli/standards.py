"""What ``standards`` and ``schema`` do."""

from __future__ import annotations

import sys

import typer

from lsstd.cli.options import language, print_all, print_json
from lsstd.errors import LsstdError
from lsstd.files.standards import in_folders, load_standard, own_names
from lsstd.words import Text


def list_standards(as_json: bool) -> None:
    """List the standards of the package, and those in one's own folders; one that cannot be read is told on stderr."""
    loaded, is_sound = [load_standard(name) for name in own_names()], True
    for name, path in in_folders():
        try:
            loaded.append(load_standard(path))
            if name in own_names():
                told = Text("与随附的标准同一编号，只能用路径", "an id of the package: use its path")
                sys.stderr.write(f"{path}: {told.to(language())}\n")
        except LsstdError as error:
            sys.stderr.write(error.within(str(path)).to(language()) + "\n")
            is_sound = False
    if as_json:
        texts = [(s.standard, s.edition, s.title.to(language()), s.status.to(language())) for s in loaded]
        print_json([dict(zip(("standard", "edition", "title", "status"), line, strict=True)) for line in texts])
    else:
        from lsstd.pages.reference import standards_table

        print_all([standards_table(loaded, language())])
    if not is_sound:
        raise typer.Exit(1)


def print_schema(kind: str) -> None:
    """Print the JSON Schema of one kind of file."""
    from lsstd.changes.json_schema import KINDS, json_schema

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind}: {' / '.join(KINDS)}")
    print_json(json_schema(kind, language()))
