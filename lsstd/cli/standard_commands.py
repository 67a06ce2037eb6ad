"""The commands on standards: ``standards``, ``schema``, ``show``."""

from __future__ import annotations

import click

from lsstd.cli.language import language
from lsstd.cli.options import JSON, REFORM, Options, argument, command, option
from lsstd.cli.output import emit, note, print_json
from lsstd.errors import LsstdError
from lsstd.words import msg

KIND = argument("standard|assessment|reform|population", msg("kind of file"), "kind", str)
NAME = argument("STANDARD", msg("id or file of a standard"), "name", str)
CLAUSE = option("--clause C", msg("only this clause, such as 5.1.3"))
PART = option("--part PART", msg("only this part, such as form or terms"))


@command(msg("List the encoded standards"), JSON)
def standards(options: Options) -> bool:
    """List those of the package and those in the user's folders; note those that cannot be read."""
    from lsstd.files.standards import in_folders, load_standard, own_names
    from lsstd.pages.listings import standard_section

    lang, loaded, all_sound = language(), [load_standard(name) for name in own_names()], True
    for name, path in in_folders():
        try:
            loaded.append(load_standard(path))
            if name in own_names():
                note(msg("{path}: has a bundled standard's id; use its path", path=path))
        except LsstdError as error:
            note(error.within(str(path)).text)
            all_sound = False
    keys = ("standard", "edition", "title", "status")
    values = [(s.standard, s.edition, s.title.to(lang), s.status.to(lang)) for s in loaded]
    document = [dict(zip(keys, line, strict=True)) for line in values]
    emit(options, lambda: document, lambda: (standard_section(standard, lang) for standard in loaded))
    return all_sound


@command(msg("Print a JSON Schema with which editors complete and check"), KIND)
def schema(kind: str) -> None:
    """Print the JSON Schema of one kind of file."""
    from lsstd.changes.json_schema import MODELS, json_schema, schema_of

    if kind == "population":
        from lsstd.population.synthetic import Assumptions

        print_json(schema_of(Assumptions, msg("assumptions of a made-up population for lsstd"), language()))
    elif kind in MODELS:
        print_json(json_schema(kind, language()))
    else:
        raise click.UsageError(f"{kind}: {' / '.join([*MODELS, 'population'])}")


@command(msg("Show what is encoded of a standard"), NAME, CLAUSE, PART, REFORM, JSON)
def show(name: str, clause: str | None, part: str | None, options: Options) -> None:
    """Print what is encoded of a standard."""
    from lsstd.engine.catalogue import catalogue
    from lsstd.files.standards import load_crosswalks
    from lsstd.pages.handbook import parts

    standard = options.reformed(name)
    whole = catalogue(standard, language(), clause, load_crosswalks())
    emit(options, lambda: whole, lambda: parts(standard, whole, language(), part))
