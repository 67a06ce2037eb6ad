"""What the standards quote is what their documents print: by hash on every machine, in full where they are at hand."""

import json
from collections.abc import Callable

import pytest
from quotations import HASHES, SOURCES, digest, not_printed, quotations

from lsstd import load_standard
from lsstd.files.places import STANDARDS

COMMITTED: dict[str, dict[str, str]] = json.loads(HASHES.read_text(encoding="utf-8"))


# Every standard of the package has a document that it is held against.
def test_every_standard_has_its_document() -> None:
    assert {path.stem for path in STANDARDS.glob("*.yaml")} == set(SOURCES) == set(COMMITTED)


# No character of a quotation has changed since it was held against the document, and none came or went.
@pytest.mark.parametrize("name", SOURCES)
def test_no_quotation_has_changed(name: str) -> None:
    quoted = dict(quotations(load_standard(name)))
    changed = {place: text for place, text in quoted.items() if COMMITTED[name].get(place) != digest(text)}
    assert not changed, f"{name}.yaml quotes its document otherwise than when the hashes were made"
    assert list(quoted) == list(COMMITTED[name])


# Every quotation stands in the document, word for word (white space aside), and so the committed hashes are right.
@pytest.mark.parametrize("name", SOURCES)
def test_every_quotation_stands_in_the_document(name: str, source_text: Callable[[str], str]) -> None:
    standard, document = load_standard(name), source_text(name)
    assert not not_printed(standard, document)
    assert COMMITTED[name] == {place: digest(text) for place, text in quotations(standard)}
