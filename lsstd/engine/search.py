"""What a search finds in standards: all that they quote, retell or add, each told with whose words they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

from lsstd.standard.bands import Band
from lsstd.standard.document import Topic
from lsstd.standard.models import Model
from lsstd.standard.scoring_table import Fact, Indicator
from lsstd.standard.standard import Standard
from lsstd.words import Text, same, shorten

Voice = Literal["quoted", "retold", "own"]
"""Whose words: the document's; the document's retold; lsstd's own (remarks, readings, measures, evidence, scale)."""
VOICES: tuple[Voice, ...] = ("quoted", "retold", "own")
KINDS = {
    "conditions": "condition",
    "vetoes": "veto",
    "criteria": "criterion",
    "indicators": "indicator",
    "bands": "band",
    "topics": "topic",
    "clauses": "clause",
    "terms": "term",
    "printed_tables": "table",
    "references": "reference",
    "procedure": "step",
    "form": "field",
    "facts": "fact",
    "readings": "reading",
    "evidence_kinds": "evidence",
    "measures": "measure",
    "scale": "level",
    "same_quantities": "same_quantity",
    "cross_checks": "check",
    "background": "figure",
    "history": "event",
}
"""The sections of a standard that are searched, and the kind of their hits; equally near hits come in this order."""
_OWN = ("readings", "evidence_kinds", "measures", "scale", "same_quantities", "cross_checks")
_PRINTED = ("text", "definition", "printed", "also_printed", "grade", "number", "heads", "names", "source", "note")
"""Fields that hold wording as printed where they are plain text; other plain text is an id."""
_PRINTED_ZH = {"title", "term", "items", (Topic, "label"), (Indicator, "name"), (Fact, "options")}
"""Fields in two languages whose Chinese is the wording as printed."""
_LABELS = ("label", "term", "title", "name", "question", "gloss", "action", "what", "note")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_ROW = re.compile(r"(\u7b2c|row|#)?([0-9]+)(\u884c)?")
"""A row's number as it is written: 第6行, row 6, 6."""
_LONGEST = 90


class Hit(NamedTuple):
    """Something that was found: in which standard, what kind of thing, where, how it is called, in whose words."""

    standard: str
    kind: str
    id: str
    clause: str
    label: Text
    position: int  # its place in its section (a field's among all fields of the form)
    row: int | None = None
    voice: Voice = "quoted"
    found: str = ""  # the text in which it was found


def search(standards: Iterable[Standard], query: str) -> list[Hit]:
    """Return what matches a query: names (clauses, ids, 第6行, row 6) first, then the query whole, then word by word.

    Parameters
    ----------
    query : str
        Words apart by blanks, all of which must occur; letter case, width, kinds of dashes and blanks within words
        make no difference. An empty query finds everything.

    Examples
    --------
    >>> [(hit.kind, hit.id) for hit in lsstd.search("hlj-base-evaluation", "450")][:2]
    [('band', 'AAAA'), ('band', 'AAA')]
    """
    whole, words = folded(query), [folded(word) for word in query.split()]
    if (number := _ROW.fullmatch(whole)) and (number[1] or number[3]):
        return named(standards, query)
    found: list[tuple[bool, bool, int, Hit]] = []
    for standard in standards:
        for hit, texts in _things(standard):
            is_named, held = _is_named(hit, whole), [(voice, folded(text), text) for voice, text in texts]
            for rank, last in enumerate(VOICES):
                heard = [entry for entry in held if entry[0] in VOICES[: rank + 1]]
                together = "\n".join(text for _, text, _ in heard)
                if all(word in together for word in words) or (is_named and last == "own"):
                    best = next((text for _, bare, text in heard if words and words[0] in bare), hit.label.zh)
                    hit = hit._replace(voice=last if words and not is_named else held[0][0], found=_around(best, query))
                    found.append((not is_named, whole not in together, rank, hit))
                    break
    return [hit for *_, hit in sorted(found, key=lambda entry: entry[:3])]


def named(standards: Iterable[Standard], name: str) -> list[Hit]:
    """Return what bears exactly this name: an id, a clause's number, a row's number (6, 第6行, row 6)."""
    whole = folded(name)
    every = [entry for standard in standards for entry in _things(standard) if whole and _is_named(entry[0], whole)]
    return [hit._replace(voice=texts[0][0], found=texts[0][1]) for hit, texts in every]


def silent(standards: Iterable[Standard], hits: Iterable[Hit]) -> list[Standard]:
    """Return the standards whose text, as quoted and retold, does not hold what was found: it is lsstd's own."""
    voices: dict[str, set[Voice]] = {}
    for hit in hits:
        voices.setdefault(hit.standard, set()).add(hit.voice)
    return [standard for standard in standards if voices.get(standard.standard) == {"own"}]


def folded(text: str) -> str:
    """Return a text as it is compared: without blanks, case, width and kinds of dashes.

    >>> folded("ＧＢ／T 25103—2010"), folded("20 ％")
    ('gb/t25103-2010', '20%')
    """
    return _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", text).split())).casefold()


def _is_named(hit: Hit, whole: str) -> bool:
    if hit.row is not None and (number := _ROW.fullmatch(whole)) and int(number[2]) == hit.row:
        return True
    return whole == folded(hit.id) or (hit.kind in ("clause", "condition", "veto") and whole == folded(hit.clause))


def _around(text: str, query: str) -> str:
    """Return the piece of a text around the first word of a query."""
    first = query.split()[0] if query.split() else ""
    start = max(text.casefold().find(first.casefold()) - _LONGEST // 3, 0)
    return ("…" if start else "") + shorten(text[start:], _LONGEST)


def _things(standard: Standard) -> Iterator[tuple[Hit, list[tuple[Voice, str]]]]:
    """Yield everything that can be found, with its texts and whose words they are."""
    clauses: dict[str, str] = {section: table.clause for table in standard.printed_tables for section in table.holds}
    on_form = set()
    for section, kind in KINDS.items():
        if section == "form":
            for number, (hit, texts, fact) in enumerate(_fields(standard)):
                on_form.add(fact)
                yield hit._replace(position=number), texts
            continue
        held: Any = standard.facts if section == "measures" else getattr(standard, section)
        if section in ("facts", "measures"):
            held = {key: fact for key, fact in held.items() if (fact.measure is None) == (section == "facts")}
        for number, (key, entry) in enumerate(held.items() if isinstance(held, dict) else enumerate(held, start=1)):
            if section == "facts" and key in on_form:
                continue
            texts = list(_texts(section, entry, section in _OWN))
            if section == "printed_tables" and "form" in entry.holds and standard.form:
                for note, gloss in standard.form.notes.items():
                    texts += [("quoted", note), ("retold", gloss.zh), ("retold", gloss.en)]
            if section == "measures":
                clause = standard.topics[entry.measure.topic].clause
            else:
                clause = getattr(entry, "clause", None) or clauses.get(section) or _first_clause(section, key, entry)
            numbered = f"{kind}_{getattr(entry, 'level', key)}"
            name = key if isinstance(key, str) else getattr(entry, "grade", getattr(entry, "number", numbered))
            yield Hit(standard.standard, kind, name, clause, _label(entry), number, getattr(entry, "row", None)), texts


def _first_clause(section: str, key: str | int, entry: Any) -> str:
    """Return the clause of what bears none of its own: that of its first mention."""
    if section == "clauses":
        return str(key)
    return next(iter(getattr(entry, "printed", None) or getattr(entry, "clauses", None) or ()), "")


def _label(entry: Any) -> Text:
    if isinstance(entry, Band):
        return same(f"{entry.grade} {entry.printed}")
    labels = (getattr(entry, name, None) for name in _LABELS)
    return entry if isinstance(entry, Text) else next(label for label in labels if isinstance(label, Text))


def _fields(standard: Standard) -> Iterator[tuple[Hit, list[tuple[Voice, str]], str | None]]:
    """Yield the fields of the form, with their groups' headings, their facts' options and the notes below them."""
    form = standard.form
    for group in form.groups.values() if form else ():
        for field in group.fields.values() if form else ():
            texts = list(_texts("form", field, False))
            texts += _texts("facts", standard.facts[field.fact], False) if field.fact else ()
            texts += [("quoted", group.printed), *_spoken(Fact, "gloss", group.gloss, False)]
            if form and field.note in form.notes:
                texts += _spoken(Fact, "gloss", form.notes[field.note], False)
            label = Text(field.printed, field.gloss.en)
            yield Hit(standard.standard, "field", field.id, form.clause if form else "", label, 0), texts, field.fact


def _texts(section: str, entry: Any, own: bool) -> Iterator[tuple[Voice, str]]:
    if isinstance(entry, Text):
        yield from _spoken(type(entry), section, entry, own)
    else:
        for name in type(entry).model_fields:
            yield from _spoken(type(entry), name, getattr(entry, name), own)


def _spoken(model: type, name: str, value: Any, own: bool) -> Iterator[tuple[Voice, str]]:
    if isinstance(value, Text):
        others: Voice = "own" if own or name == "note" else "retold"
        is_quoted = others == "retold" and (name in _PRINTED_ZH or (model, name) in _PRINTED_ZH)
        yield "quoted" if is_quoted else others, value.zh
        yield others, value.en
    elif isinstance(value, str):
        if name in _PRINTED:
            yield "own" if own else "quoted", value
    elif isinstance(value, Model):
        yield from _texts(name, value, own)
    elif isinstance(value, dict | tuple):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _spoken(model, name, entry, own)
