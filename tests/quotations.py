"""What the encoded standards quote, and the hashes that guard it where the source documents are not at hand.

``.venv/bin/python tests/quotations.py`` makes ``tests/standards/quotations.json`` anew from the documents. They lie in
the folder that the environment variable ``LSSTD_SEEDS`` names, else in ``shared/seeds`` beside the checkout.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from lsstd.exact import shown
from lsstd.files.standards import load_standard
from lsstd.standard.standard import Standard

CHECKOUT = Path(__file__).resolve().parents[1]
HASHES = CHECKOUT / "tests" / "standards" / "quotations.json"
SOURCES = {
    "hlj-base-evaluation": "004_c453709685fabcde.txt",
    "sz-supply-chain-collaboration": "000_9ed05584774ebc06.txt",
}


def source(standard: str) -> Path:
    """Return where the document that a standard quotes should be."""
    folder = Path(os.environ.get("LSSTD_SEEDS") or CHECKOUT.parent / "shared" / "seeds")
    return folder / SOURCES[standard]


def bare(text: str) -> str:
    """Return a text without any white space: the documents break their lines anywhere."""
    return re.sub(r"\s", "", text)


def digest(text: str) -> str:
    """Return a hash of a text, white space aside; 16 digits are plenty against slips."""
    return hashlib.sha256(bare(text).encode()).hexdigest()[:16]


def quotations(standard: Standard) -> Iterator[tuple[str, str]]:
    """Every wording that a standard quotes from its document, with its place in the file."""
    yield "title", standard.title.zh
    for clause, entry in standard.clauses.items():
        if entry.title:
            yield f"clauses.{clause}.title", entry.title.zh
        if entry.text:
            yield f"clauses.{clause}.text", entry.text
    for i, table in enumerate(standard.printed_tables):
        heads = "".join(table.heads)
        yield f"printed_tables.{i}", table.number + table.title.zh + heads
    for term in standard.terms.values():
        yield f"terms.{term.id}", term.clause + term.term.zh + term.definition
    for i, reference in enumerate(standard.references):
        yield f"references.{i}.title", reference.title.zh
        for clause, number in reference.printed.items():
            yield f"references.{i}.printed.{clause}", number + (reference.title.zh if clause == "2" else "")
    for condition in standard.conditions.values():
        yield f"conditions.{condition.id}", condition.clause + condition.text
    for veto in standard.vetoes.values():
        yield f"vetoes.{veto.id}", veto.clause + veto.text
    for node in standard.indicators.values():
        yield f"indicators.{node.id}", node.name.zh
        for clause, name in node.also_printed.items():
            yield f"indicators.{node.id}.also_printed.{clause}", name
    for row in standard.criteria.values():
        yield f"criteria.{row.id}", row.text + ("" if row.max_score is None else str(row.max_score))
        for part in row.parts.values():
            yield f"criteria.{row.id}.parts.{part.id}", part.text
    for band in standard.bands:
        yield f"bands.{band.grade}", band.grade + band.printed
    yield from _of_the_form(standard)
    for topic in standard.topics.values():
        yield f"topics.{topic.id}.label", topic.label.zh
        for i, item in enumerate(topic.items):
            yield f"topics.{topic.id}.items.{i}", item.zh
    for i, event in enumerate(standard.history):
        for j, name in enumerate(event.names):
            yield f"history.{i}.names.{j}", name
    for figure in standard.background.values():
        yield f"background.{figure.id}.source", figure.source
        yield f"background.{figure.id}.value", shown(figure.value) + figure.unit.zh


def _of_the_form(standard: Standard) -> Iterator[tuple[str, str]]:
    if standard.form is None:
        return
    yield "form.title", f"表{standard.form.clause}{standard.form.title.zh}"
    for i, note in enumerate(standard.form.notes):
        yield f"form.notes.{i}", note
    for group in standard.form.groups.values():
        yield f"form.groups.{group.id}", group.printed
        for field in group.fields.values():
            fact = standard.facts.get(field.fact or "")
            choices = fact.options if fact and fact.kind == "choices" else {}
            yield f"form.groups.{group.id}.{field.id}", field.printed + ("□" if choices else "")
            for key, option in choices.items():
                yield f"facts.{field.fact}.options.{key}", "□" + option.zh


def not_printed(standard: Standard, document: str) -> dict[str, str]:
    """Return the quotations that do not stand in the document."""
    return {place: text for place, text in quotations(standard) if bare(text) not in bare(document)}


def main() -> int:
    """Write the hashes of all quotations, unless one does not stand in its document."""
    hashes = {}
    for name in SOURCES:
        standard = load_standard(name)
        wrong = not_printed(standard, source(name).read_text(encoding="utf-8"))
        if wrong:
            print(f"{name}: not in {source(name)}:", *wrong.items(), sep="\n", file=sys.stderr)
            return 1
        hashes[name] = {place: digest(text) for place, text in quotations(standard)}
    HASHES.write_text(json.dumps(hashes, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
