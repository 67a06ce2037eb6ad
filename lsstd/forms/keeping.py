"""Where a draft is kept: its file, written whole at every change; earlier states beside it; others' changes noticed.

``base.yaml`` has a folder ``.base.yaml.lsstd``: ``form.json`` holds what is typed but not yet valid and the readings
chosen, ``first.yaml`` the file as it was before lsstd first wrote it, and ``<time> #<n>.yaml`` a few earlier states.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsstd.errors import ChangedElsewhere, FileError, InvalidFile, LsstdError, Problem
from lsstd.files import writing
from lsstd.files.assessments import dump_assessment, load_assessment
from lsstd.files.reading import KINDS, ending_of, plain_of, read_bytes
from lsstd.files.strict_yaml import parse_json
from lsstd.files.writing import check_writable, earlier, is_own, replace_whole, safe_name
from lsstd.forms.state import FormDraft
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, same

SHEETS = (".xlsx", ".csv")
EVERY_S = 300
"""An earlier state is set aside at most once in this time, in seconds, so that ten of them reach back a while."""
LARGEST_LOADED = 8 * 2**20
LARGEST_TYPED = 2**20
PATIENCE_S = 3.0


@dataclass
class Keeper:
    """Keeps the draft of one file."""

    path: Path  # a YAML file; it need not exist yet, and nothing is written before the first change
    standard: Standard  # of a new file; a file that exists must be of it
    subject: Mapping[str, str] = field(default_factory=dict)  # what a new file says of its subject from the start
    _known: str = ""
    _is_alone: bool = False

    @property
    def beside(self) -> Path:
        """The folder of earlier states."""
        return earlier(self.path)

    def open(self) -> FormDraft:
        """Return the draft that the file holds, and what was typed beside it; an empty one without a file.

        Raises `LsstdError`: the file is broken, of another standard, or cannot be read or written; it is left as it
        is.
        """
        if self.path.suffix.lower() not in (".yaml", ".yml"):
            title = msg("a form is kept in a YAML file")
            raise FileError(title, [Problem(str(self.path), ending_of(self.path), same(".yaml"))])
        check_writable(self.path, force=True)
        return self._read()

    def moved(self) -> FormDraft | None:
        """Return the draft that the file holds now, if somebody else has changed it; None if nobody has.

        Raises `LsstdError`: the file is gone, or no longer one that a form can be of.
        """
        return None if self._state() == self._known else self._read(must_exist=True)

    def keep(self, draft: FormDraft, aside: bool = False, force: bool = False) -> None:
        """Write a draft, whole or not at all; the state before it is set aside now and then, or with `aside` always.

        Raises `ChangedElsewhere`: someone else changed the file, which is left as it is unless `force` is on.
        Raises `FileError`: it cannot be written.
        """
        data = dump_assessment(draft.assessment).encode()
        entries = {"typed": dict(draft.typed), "readings": dict(draft.readings)}
        typed = json.dumps(entries).encode()
        check_writable(self.path, force=True)
        with self.alone():
            before, kept = self._on_disk(), self._beside("form.json")
            if _state_of(before, kept) != self._known and not force:
                title = msg("{path} was changed elsewhere", path=self.path.name)
                raise ChangedElsewhere(title, [Problem(str(self.path), msg("not written by this form"), _CHOOSE)])
            if before is not None and before != data:
                self._set_aside(before, aside or force)
            if before != data:
                replace_whole(self.path, data)
            self._known = _state_of(data, kept)
            if len(typed) > LARGEST_TYPED:
                expected = msg("correct or remove some")
                raise FileError(msg("not saved"), [Problem(self.path.name, msg("too many invalid entries"), expected)])
            if (any(entries.values()) or kept) and kept != typed:
                replace_whole(self.beside / "form.json", typed, self.path)
                self._known = _state_of(data, typed)

    def loaded(self, name: str, data: bytes) -> tuple[FormDraft, tuple[Text, ...]]:
        """Return the draft that another file holds, an assessment or a filled-in workbook, and notes on its reading.

        Raises `LsstdError`: too large, of another kind, or not of this standard (all problems at once).
        """
        title = msg("{name} cannot be loaded", name=name)
        if len(data) > LARGEST_LOADED:
            most = msg("at most {largest_loaded} MB", largest_loaded=LARGEST_LOADED // 2**20)
            raise FileError(title, [Problem(name, msg("too large"), most)])
        if (ending := Path(name).suffix.lower()) in KINDS:
            return self._draft(data, name), ()
        if ending not in SHEETS:
            raise FileError(title, [Problem(name, ending_of(Path(name)), same(" / ".join((*KINDS, *SHEETS))))])
        from lsstd.office.self_score_reader import read_with_notes

        with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
            path = Path(folder) / safe_name(name)
            path.write_bytes(data)
            try:
                _, assessment, notes, _ = read_with_notes(path, self.standard)
            except FileError as error:  # told by the name under which its owner knows it
                raise FileError(error.title, [replace(one, where=name) for one in error.problems]) from None
            return FormDraft.of(self.standard, assessment), notes

    def states(self) -> list[str]:
        """Return the names of the earlier states, latest first."""
        return [path.name for path in writing.states(self.path)]

    def state(self, name: str) -> FormDraft:
        """Return the draft of an earlier state."""
        if name not in self.states():
            raise FileError(msg("no such earlier version"), [Problem("state", same(name), same("—"))])
        return self._draft(read_bytes(self.beside / name), name)

    def _new(self) -> FormDraft:
        draft = FormDraft.of(self.standard)
        for key, value in self.subject.items():
            draft = draft.edited(f"subject.{key}", value)
        return draft

    def _draft(self, data: bytes, name: str) -> FormDraft:
        parsed = plain_of(data, Path(name))
        if isinstance(parsed.value, dict) and (named := parsed.value.get("standard")) != self.standard.standard:
            line, expected = parsed.lines.get("standard"), same(self.standard.standard)
            title = msg("{name} is a file of another standard", name=name)
            raise InvalidFile(title, [Problem("standard", same(named or "—"), expected, line)])
        return FormDraft.of(self.standard, load_assessment(parsed, self.standard))

    def _with_typed(self, draft: FormDraft) -> FormDraft:
        """Return a draft with what was typed beside it, each entry asked anew; what no longer fits is left."""
        try:
            held = parse_json(self._beside("form.json").decode("utf-8"), "form.json").value
            typed, readings = dict(held["typed"]), dict(held["readings"])
        except (LsstdError, ValueError, KeyError, TypeError):
            return draft
        for path, value in (typed | {f"readings.{key}": option for key, option in readings.items()}).items():
            try:
                after = draft.edited(path, value)
            except LsstdError:
                continue
            if path in after.typed or path.startswith("readings."):
                draft = after
        return draft

    def _read(self, must_exist: bool = False) -> FormDraft:
        """Return the draft as it is on the disk, which is known from now on."""
        state, data = self._state(), self._on_disk()
        if data is None and must_exist and self._known != state:
            title = msg("{path} is no longer there", path=self.path.name)
            raise ChangedElsewhere(title, [Problem(str(self.path), msg("moved, renamed or deleted"), _CHOOSE)])
        draft = self._with_typed(self._new() if data is None else self._draft(data, self.path.name))
        self._known = state
        return draft

    def _on_disk(self) -> bytes | None:
        return read_bytes(self.path) if self.path.exists() else None

    def _beside(self, name: str) -> bytes:
        path = self.beside / name
        return read_bytes(path) if path.exists() else b""

    def _state(self) -> str:
        """Return what identifies the state of the file and of what was typed beside it."""
        return _state_of(self._on_disk(), self._beside("form.json"))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep forms of this file in other processes from writing between our reading it and our saving it."""
        if self._is_alone:
            yield
            return
        named = hashlib.sha256(str(self.beside).encode()).hexdigest()[:16]
        lock, until = Path(tempfile.gettempdir()) / f"lsstd-{named}.lock", time.monotonic() + PATIENCE_S
        while True:
            try:
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL))
                break
            except FileExistsError:
                if time.monotonic() > until:  # of a process that was killed
                    break
                time.sleep(0.02)
            except OSError:  # no room for a lock; the check of the file's state remains
                break
        self._is_alone = True
        try:
            yield
        finally:
            self._is_alone = False
            lock.unlink(missing_ok=True)

    def _set_aside(self, data: bytes, always: bool) -> None:
        """Keep the state before a change: the first for ever, then one now and then."""
        first = self.beside / f"first{self.path.suffix}"
        if not is_own(self.path) and not first.exists():
            replace_whole(first, data, self.path)
            writing.set_aside_here.append(first)
            return
        latest = next((path.stat().st_mtime for path in writing.states(self.path) if path != first), 0.0)
        if always or abs(time.time() - latest) >= EVERY_S:  # before it, if the clock was set back
            writing.set_aside(self.path, data)


_CHOOSE = msg("put it right and try again, or keep what is here (the other is kept among the earlier versions)")


def _state_of(data: bytes | None, typed: bytes) -> str:
    return " ".join(hashlib.sha256(held).hexdigest() for held in (data or b"", typed))
