"""What has been made in a folder of reports: a line for each, appended when its files are whole.

A run that was killed finds here what is done; a line that was cut off counts as not written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lsstd.files.reading import reason
from lsstd.files.writing import cannot_write

EDITABLE = ("docx", "xlsx")
NAME = ".lsstd-reports.jsonl"


@dataclass(frozen=True)
class Entry:
    """One report as it was made.

    Parameters
    ----------
    stem : str
        The name of its files without their endings.
    source : str
        What it was made from, as seen from the folder.
    files : mapping of str to pairs of str
        Each format's file: the SHA-256 of its content, and the key of all that it was made from.
    summary : mapping
        What the table of all reports tells of it.
    """

    stem: str
    source: str
    files: Mapping[str, Sequence[str]]
    summary: Mapping[str, Any] = field(default_factory=dict)


class Journal:
    """The reports of a folder, by the stem of their files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The latest entry of each report."""
        found = {}
        with suppress(OSError, UnicodeDecodeError):
            for line in (self.folder / NAME).read_text(encoding="utf-8").split("\n"):
                with suppress(ValueError, TypeError, KeyError):
                    entry = Entry(**json.loads(line))
                    if _is_sound(entry):
                        found[entry.stem] = entry
        return found

    def add(self, entry: Entry) -> None:
        """Note a report whose files are whole."""
        self.entries[entry.stem] = entry
        line = json.dumps(asdict(entry), ensure_ascii=False)
        try:
            with (self.folder / NAME).open("a", encoding="utf-8") as file:
                file.write(f"\n{line}")  # after a line that was cut off a new one begins
        except OSError as error:
            raise cannot_write(self.folder / NAME, reason(error)) from None

    def state(self, stem: str, kind: str, key: str) -> str:
        """Tell of a report's file: ``fresh``, ``stale`` or ``missing``; of those for editing also what somebody did.

        A file that was edited since is ``kept`` as long as what it was made from is the same, then ``edited``; one
        that is noted nowhere is ``unknown``.
        """
        entry = self.entries.get(stem)
        path = self.folder / f"{stem}.{kind}"
        if not path.exists():
            return "missing"
        if entry is None or kind not in entry.files:
            return "unknown" if kind in EDITABLE else "stale"
        sha256, made_from = entry.files[kind]
        is_same = made_from == key
        if sha256_of(path) == sha256:
            return "fresh" if is_same else "stale"
        return "stale" if kind not in EDITABLE else "kept" if is_same else "edited"


def _is_sound(entry: Entry) -> bool:
    """Say whether a line of the journal holds what one of ours does, and names a file of this folder."""
    files = entry.files.items() if isinstance(entry.files, dict) else [("", "")]
    pairs = all(isinstance(pair, list) and [type(text) for text in pair] == [str, str] for _, pair in files)
    texts = all(isinstance(text, str) for text in (entry.stem, entry.source))
    return pairs and texts and isinstance(entry.summary, dict) and Path(f"{entry.stem}.").name == f"{entry.stem}."


def sha256_of(path: Path) -> str:
    """Return the hash of a file's content; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
