"""What a page that carries its own Python asks of it: forms opened, messages handled; in text, as scripts hold it.

The page keeps each form's files in the browser's store; here they stand in a file system in memory, so that a form is
kept, compared and restored by the very code that keeps it on a disk. Files that another tab has written in the
meantime come with a message, and are merged as if another program had changed them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session, view
from lsstd.standard.standard import Standard
from lsstd.widgets.offers import BESIDE, answered, made_beside

FOLDER = Path("/forms")
_SHOWN_ONCE = {"schema", "review", "about", "loaded", "told", "refused", "conflict", "trouble"}
_standard: Standard
_lang: str
_session: Session
_known: dict[str, str] = {}


def start(page: str) -> None:
    """Take the standard that the page carries, and the language in which it opens."""
    global _standard, _lang
    held = json.loads(page)
    _lang = held["lang"]
    _standard = parse_standard(Parsed(held["in_file"]), held["sha256"], held["in_file"]["standard"])


def open_form(key: str, files: str) -> None:
    """Begin with the form of a key, whose files are a mapping of names to texts, as JSON."""
    global _session
    _session = Session(_standard, Keeper(FOLDER / key / "form.yaml", _standard))
    _write(json.loads(files))


def handle(message: str, files: str = "") -> tuple[str, str | None, bytes | None]:
    """Answer a message of the form.

    Returns the answer, as JSON; the files and what the form shows, as JSON, where anything is to be kept; and the
    file that was asked for.
    """
    if files:
        _write(json.loads(files))
    asked = json.loads(message)
    if asked.get("do") in BESIDE:
        answer, data = made_beside(_session, asked)
        return json.dumps(answer), None, data
    answer = answered(_session, asked)
    return json.dumps(answer | {"lang": _lang} if "schema" in answer else answer), _changed(answer), None


def _changed(answer: dict[str, Any]) -> str | None:
    """Return the form's files, and what it shows of them, if they are others than the page knows."""
    global _known
    found = _read()
    if found == _known:
        return None
    _known = found
    if "head" not in answer:
        answer = view(_session.draft, _session.result)
    opening = {key: value for key, value in answer.items() if key not in _SHOWN_ONCE}
    name = _session.draft.assessment.subject.name
    return json.dumps({"files": found, "name": name, "opening": {**opening, "values": _session.draft.values()}})


def _root() -> Path:
    return _session.keeper.path.parent


def _read() -> dict[str, str]:
    paths = sorted(path for path in _root().rglob("*") if path.is_file())
    return {path.relative_to(_root()).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def _write(files: dict[str, str]) -> None:
    """Make the form's folder hold these files and no others."""
    global _known
    for name in _read().keys() - files.keys():
        (_root() / name).unlink()
    for name, text in files.items():
        path = _root() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _root().mkdir(parents=True, exist_ok=True)
    _known = files
