"""The commands on standards: ``standards``, ``schema``, ``show``, ``search``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import lsstd
from lsstd.cli.language import language
from lsstd.cli.options import FORCE, JSON, REFORM, Options, argument, command, option, output
from lsstd.cli.output import emit, note, print_json, wrong_usage
from lsstd.errors import LsstdError, Problem, UnknownName
from lsstd.words import msg, nearest, same

if TYPE_CHECKING:
    from lsstd.engine.search import Hit
    from lsstd.pages.blocks import Section
    from lsstd.standard.document import Crosswalk

KIND = argument("standard|assessment|reform|population", msg("kind of file"), "kind", str)
NAME = argument("STANDARD|ENTRY", msg("id or file of a standard, or what to show of any"), "name", str)
ENTRY = argument("[ENTRY]", msg("a clause, a row's number or an id, such as 5.1.1, 6, live_rooms"), "entry", str)
CLAUSE = option("--clause C", msg("only this clause, such as 5.1.3"))
PART = option("--part PART", msg("only this part, such as form or terms"))
WITHIN = option("--standard PATH_OR_ID", msg("search this standard alone"))


@command(msg("List the encoded standards"), JSON)
def standards(options: Options) -> bool:
    from lsstd.files.standards import in_folders, own_names
    from lsstd.pages.handbook import head

    lang, loaded, all_sound = language(), _own(), True
    for name, path in in_folders():
        try:
            loaded.append(lsstd.load_standard(path))
            if name in own_names():
                note(msg("{path}: has a bundled standard's id; use its path", path=path))
        except LsstdError as error:
            note(error.within(str(path)).text)
            all_sound = False
    keys = ("standard", "edition", "title", "status")
    values = [(s.standard, s.edition, s.title.to(lang), s.status.to(lang)) for s in loaded]
    document = [dict(zip(keys, line, strict=True)) for line in values]
    emit(options, lambda: document, lambda: (head(standard, lang) for standard in loaded))
    return all_sound


def _own() -> list[lsstd.Standard]:
    from lsstd.files.standards import own_names

    return [lsstd.load_standard(name) for name in own_names()]


@command(msg("Print a JSON Schema with which editors complete and check"), KIND)
def schema(kind: str) -> None:
    from lsstd.changes.json_schema import MODELS, json_schema, schema_of

    if kind == "population":
        from lsstd.population.synthetic import Assumptions

        print_json(schema_of(Assumptions, msg("assumptions of a made-up population for lsstd"), language()))
    elif kind in MODELS:
        print_json(json_schema(kind, language()))
    else:
        raise wrong_usage(same(f"{kind}: {' / '.join([*MODELS, 'population'])}"))


@command(
    msg("Show what is encoded of a standard"),
    *(NAME, ENTRY, CLAUSE, PART, REFORM, output("FILE", msg("page (.html, .docx, .pdf, .xlsx)")), FORCE, JSON),
)
def show(name: str, entry: str | None, clause: str | None, part: str | None, options: Options) -> None:
    from lsstd.engine.catalogue import catalogue
    from lsstd.pages.handbook import entry_of, parts

    lang, walks = language(), lsstd.load_crosswalks()
    standards, hits = _entries(name, entry, options)
    if not hits:
        [standard] = standards
        whole = catalogue(standard, lang, clause, walks)
        emit(options, lambda: whole, lambda: parts(standard, whole, lang, part), standard.title)
        return
    by_id = {standard.standard: standard for standard in standards}
    wholes = {key: catalogue(standard, lang, crosswalks=walks) for key, standard in by_id.items()}
    document = [{"standard": h.standard, "part": h.kind, **entry_of(wholes[h.standard], h)} for h in hits]
    emit(options, lambda: document, lambda: _pages(by_id, hits, walks), hits[0].label)


def _entries(name: str, entry: str | None, options: Options) -> tuple[list[lsstd.Standard], list[Hit]]:
    """Return the standards and what is named of them: none where a standard is asked for whole."""
    from lsstd.engine.search import named

    try:
        standards = [options.reformed(name)]
    except UnknownName:
        standards = _own()
        if entry is not None or not named(standards, name):
            raise
        return standards, named(standards, name)
    hits = named(standards, entry) if entry is not None else []
    if entry is not None and not hits:
        near = [hit.id for hit in lsstd.search(standards, entry) or lsstd.search(standards, "")]
        found = msg("nothing is named {name}", name=entry)
        raise UnknownName(msg("no such entry"), [Problem("ENTRY", found, nearest(entry, near))])
    return standards, hits


def _pages(by_id: dict[str, lsstd.Standard], hits: list[Hit], walks: list[Crosswalk]) -> Iterator[Section]:
    """Yield the page of each entry; a clause that has others below it with all of them."""
    from lsstd.engine.catalogue import catalogue
    from lsstd.pages.handbook import head, hit_page, parts

    lang = language()
    for name, found in groupby(hits, lambda hit: hit.standard):
        standard = by_id[name]
        yield head(standard, lang)
        for hit in found:
            if hit.kind == "clause" and sum(key.startswith(hit.id) for key in standard.clauses) > 1:
                yield from list(parts(standard, catalogue(standard, lang, hit.id, walks), lang))[1:]
            else:
                yield hit_page(standard, hit, walks, lang)


@command(
    msg("Search all that is quoted, retold or added"),
    *(argument("WORD…", msg("words, a clause, row 6, an id"), "words", str), WITHIN, JSON),
    name="search",
)
def search_(words: tuple[str, ...], options: Options) -> None:
    from lsstd.pages.handbook import hits_page

    lang, query = language(), " ".join(words)
    standards = [alone] if (alone := options.against()) else _own()
    hits = lsstd.search(standards, query)
    document = [{**hit._asdict(), "label": hit.label.to(lang)} for hit in hits]
    emit(options, lambda: document, lambda: [hits_page(standards, hits, query, lang)])
