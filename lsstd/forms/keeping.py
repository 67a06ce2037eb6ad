"""Where a draft is kept: its file, written whole at every change; earlier states beside it; others' changes noticed.

``base.yaml`` has a folder ``.base.yaml.lsstd``: ``form.json`` holds what is typed but not yet valid and the readings
chosen, ``first.yaml`` the file as it was before lsstd first wrote it, and ``<time>.yaml`` a few earlier states.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lsstd.errors import ChangedElsewhere, FileError, InvalidFile, LsstdError, Problem
from lsstd.files.assessments import dump_assessment, pair_of
from lsstd.files.reading import KINDS, decode, ending_of, plain_of, read_bytes
from lsstd.files.writing import check_writable, is_own, write_whole
from lsstd.forms.state import Draft
from lsstd.standard.standard import Standard
from lsstd.words import msg, same

KEPT = 10
EVERY_S = 300
"""An earlier state is set aside at most once in this time, in seconds, so that ten of them reach back a while."""
LARGEST_LOADED = 2**20
LARGEST_TYPED = 2**20


@dataclass
class Keeper:
    """Keeps the draft of one file.

    Parameters
    ----------
    path : Path
        The assessment's file, YAML or JSON; it need not exist yet, and nothing is written before the first change.
    standard : Standard
        What a new file is written under; a file that exists must be of this standard.
    subject : mapping of str to str
        What a new file says of its subject from the start.
    """

    path: Path
    standard: Standard
    subject: Mapping[str, str] = field(default_factory=dict)
    _known: str | None = None

    @property
    def beside(self) -> Path:
        """The folder of earlier states."""
        return self.path.parent / f".{self.path.name}.lsstd"

    def open(self) -> Draft:
        """Return the draft that the file holds, and what was typed beside it; an empty one without a file.

        Raises `LsstdError`: the file is broken, of another standard, or cannot be read or written; it is left as it
        is.
        """
        if self.path.suffix.lower() not in (".yaml", ".yml"):
            title = msg("a form is kept in a YAML file")
            raise FileError(title, [Problem(str(self.path), ending_of(self.path), same(".yaml"))])
        check_writable(self.path, force=True)
        data = self._on_disk()
        draft = self._new() if data is None else self._draft(data, self.path.name)
        self._known = _hash(data)
        return self._with_typed(draft)

    def keep(self, draft: Draft, aside: bool = False) -> None:
        """Write a draft, whole or not at all; the state before it is set aside now and then, or with `aside` always.

        Raises `ChangedElsewhere`: someone else changed the file; what is here is set aside in ``mine.yaml`` and the
        file left as it is.
        Raises `FileError`: it cannot be written.
        """
        data, before = dump_assessment(draft.assessment).encode(), self._on_disk()
        if _hash(before) != self._known:
            self._write_beside("mine.yaml", data)
            title = msg("{path} was changed elsewhere", path=self.path.name)
            found = msg("not written by this form")
            raise ChangedElsewhere(title, [Problem(str(self.path), found, _CHOOSE)])
        if before != data:
            if before is not None:
                self._set_aside(before, aside)
            write_whole(self.path, data, force=True)
            self._known = _hash(data)
        typed = {"typed": dict(draft.typed), "readings": dict(draft.readings)}
        text = json.dumps(typed, ensure_ascii=True)
        if len(text) > LARGEST_TYPED:
            problem = Problem(self.path.name, msg("too many invalid entries"), _FEWER)
            raise FileError(msg("not saved"), [problem])
        if any(typed.values()) or (self.beside / "form.json").exists():
            self._write_beside("form.json", text.encode())

    def settle(self, which: Literal["mine", "theirs"], draft: Draft) -> Draft:
        """Return the draft to go on with after the file was changed elsewhere: the one here, or the file's."""
        if which == "theirs":
            return self.open()
        data = self._on_disk()
        if data is not None:
            self._write_beside(f"{_stamp()}.yaml", data)
        self._known = _hash(data)
        self.keep(draft)
        return draft

    def loaded(self, name: str, text: str) -> Draft:
        """Return the draft that another file's text holds.

        Raises `LsstdError`: too large, not YAML or JSON, or not an assessment under this standard (all problems at
        once).
        """
        data = text.encode(errors="replace")
        title = msg("{name} cannot be loaded", name=name)
        if len(data) > LARGEST_LOADED:
            expected = msg("at most {largest_loaded} MB", largest_loaded=LARGEST_LOADED // 2**20)
            raise FileError(title, [Problem(name, msg("too large"), expected)])
        if Path(name).suffix.lower() not in KINDS:
            raise FileError(title, [Problem(name, ending_of(Path(name)), same(" / ".join(KINDS)))])
        return self._draft(data, name)

    def states(self) -> list[str]:
        """Return the names of the earlier states, latest first."""
        return sorted((path.name for path in self.beside.glob("*.yaml")), reverse=True)

    def state(self, name: str) -> Draft:
        """Return the draft of an earlier state."""
        if name not in self.states():
            raise FileError(msg("no such earlier version"), [Problem("state", same(name), same("—"))])
        return self.loaded(name, decode(read_bytes(self.beside / name), self.beside / name))

    def _new(self) -> Draft:
        draft = Draft.of(self.standard)
        for key, value in self.subject.items():
            draft = draft.edited(f"subject.{key}", value)
        return draft

    def _draft(self, data: bytes, name: str) -> Draft:
        parsed, _ = plain_of(data, Path(name))
        if isinstance(parsed.value, dict) and (named := parsed.value.get("standard")) != self.standard.standard:
            line, expected = parsed.lines.get("standard"), same(self.standard.standard)
            title = msg("{name} is a file of another standard", name=name)
            raise InvalidFile(title, [Problem("standard", same(named or "—"), expected, line)])
        return Draft.of(self.standard, pair_of(parsed, Path(name), self.standard)[1])

    def _with_typed(self, draft: Draft) -> Draft:
        """Return a draft with what was typed beside it, each entry asked anew; what no longer fits is left."""
        try:
            held: Any = json.loads(read_bytes(self.beside / "form.json"))
            typed, readings = dict(held["typed"]), dict(held["readings"])
        except (LsstdError, ValueError, KeyError, TypeError):
            return draft
        edits = [*typed.items(), *((f"readings.{key}", option) for key, option in readings.items())]
        for path, value in edits:
            try:
                after = draft.edited(path, value)
            except LsstdError:
                continue
            if path in after.typed or path.startswith("readings."):
                draft = after
        return draft

    def _on_disk(self) -> bytes | None:
        return read_bytes(self.path) if self.path.exists() else None

    def _set_aside(self, data: bytes, always: bool) -> None:
        """Keep the state before a change: the first for ever, then one now and then."""
        if not is_own(self.path) and not (self.beside / "first.yaml").exists():
            self._write_beside("first.yaml", data)
            return
        stamped = sorted(self.beside.glob("2*.yaml"))
        if not always and stamped and time.time() - stamped[-1].stat().st_mtime < EVERY_S:
            return
        self._write_beside(f"{_stamp()}.yaml", data)
        for old in stamped[: max(len(stamped) + 1 - KEPT, 0)]:
            old.unlink(missing_ok=True)

    def _write_beside(self, name: str, data: bytes) -> None:
        write_whole(self.beside / name, data, force=True)


_CHOOSE = msg("choose one; the other is kept among the earlier versions")
_FEWER = msg("correct or remove some")


def _stamp() -> str:
    return time.strftime("%Y-%m-%d %H%M%S")


def _hash(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
