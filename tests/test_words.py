"""The catalogue of Chinese messages: complete, compiled, its placeholders those of the code, and nothing beside it."""

from __future__ import annotations

import ast
import io
import re
import string
from collections.abc import Iterator
from pathlib import Path

import catalogue
from babel.messages.pofile import read_po

import lsstd
from lsstd.words import Text, msg

PACKAGE = Path(lsstd.__file__).parent
PO = read_po(io.BytesIO(catalogue.PO.read_bytes()))
MESSAGES = [message for message in PO if message.id]
CHINESE = re.compile(r"[\u3400-\u9fff\uff0c\u3002]")
# What is no sentence: numbers, dates and full stops as offices write them, typefaces, the words of a printed form,
# where a line may break, the examples and patterns of a standard's file.
NOT_SENTENCES = {
    *("files/cells.py", "files/number_formats.py", "numerals.py", "words.py", "office/documents.py"),
    *("office/application_form.py", "office/self_score.py"),
    *("lint/draft.py", "lint/structure_rules.py", "lint/number_rules.py", "lint/wording_rules.py"),  # patterns of texts
    "lint/standard_rules.py",
    *("pages/terminal.py", "reports/pdf.py", "standard/document.py"),
    *("standard/models.py", "standard/scoring_table.py", "standard/standard.py"),
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield each module's path in the package, and its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Yield every call of a message with its English."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("msg", "msg_in"):
            yield node, ast.literal_eval(node.args[-1])


# The catalogue holds exactly what the code says, in its order, and is what `python run.py words` would write.
def test_the_catalogue_is_as_the_code_says() -> None:
    renewed = catalogue.renewed()
    assert catalogue.PO.read_bytes() == catalogue.as_po(renewed), "run: python run.py words"
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.as_mo(renewed), "run: python run.py words"


# Every message has its Chinese.
def test_every_message_has_its_chinese() -> None:
    assert [message.id for message in MESSAGES if not message.string] == []
    assert len(MESSAGES) > 500


# Whatever a translation names in braces, the code gives a value for, and no value goes unused.
def test_placeholders_have_values() -> None:
    for call, english in (found for _, tree in modules() for found in calls(tree)):
        values = {keyword.arg for keyword in call.keywords}
        context = ast.literal_eval(call.args[0]) if len(call.args) == 2 else None
        message = PO.get(english, context)
        assert message is not None, english
        if values:
            assert placeholders(english) | placeholders(message.string) == values, english


# Chinese sentences stand in the catalogue alone: none is written in the code.
def test_no_chinese_is_written_in_the_code() -> None:
    found = {place: text for place, tree in modules() if place not in NOT_SENTENCES for text in chinese_in(tree)}
    assert found == {}


def chinese_in(tree: ast.Module) -> list[str]:
    """Return the Chinese texts in code, except in docstrings."""
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef))
    notes = {id(line.value) for body in bodies for line in body if isinstance(line, ast.Expr)}
    written = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes
    ]
    return [text for text in written if CHINESE.search(text)]


# A value that is itself a text is filled in in the language of the message.
def test_values_follow_the_language() -> None:
    inner = Text("基地", "base")
    filled = msg("{name}: {count}", name=inner, count=3)
    assert (filled.zh, filled.en) == ("基地: 3", "base: 3")
