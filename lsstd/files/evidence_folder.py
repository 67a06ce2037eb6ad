"""Evidence in a folder: found by convention, hashed, never looked for outside it.

``evidence/<condition, row, topic or fact>/…`` beside an assessment holds what proves it.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from lsstd.assessment.assessment import Assessment, Evidence
from lsstd.engine.catalogue import uses
from lsstd.engine.evidence_register import (
    TROUBLES,
    EvidenceFile,
    Loose,
    Register,
    Trouble,
    given_with,
    holders_of,
    register,
    with_evidence,
)
from lsstd.engine.result import Result
from lsstd.errors import FileError, Problem
from lsstd.files.reading import sha256_of
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, nearest

FOLDER = "evidence"
MOST = 10_000  # most pieces of evidence of one assessment, and most files and folders of a folder of evidence
_LONGEST_NAME = 255
_LEADS_OUT = re.compile(r"[A-Za-z]:|/|~[^/]*/|~$|(.*/)?\.\.(/|$)")
_HIDDEN = re.compile(r"\.|__MACOSX$")
_LEFTOVER = re.compile(  # of browsers, download managers (迅雷, 百度网盘), Word and WPS, Windows and macOS
    r"\.|~\$|~wr[dl]|Thumbs\.db$|desktop\.ini$|"
    r".*\.(crdownload|part|partial|download|downloading|opdownload|xltd|td|aria2|!\w+|tmp|temp|lnk|url|webloc|desktop)$",
    re.IGNORECASE | re.DOTALL,
)

_OUTSIDE = msg("a link that leads out of the folder; not read")
_ODD_NAME = msg("its name is not valid Unicode")
_NO_ID = msg("not in a folder named by an id")


def evidence(result: Result, file: str | Path | None = None, folder: str | Path | None = None) -> Register:
    """Return the evidence register of a result: what proves what, what is missing, expired or changed.

    Evidence lies in the folder ``evidence`` beside the assessment's file, in the folder given, or beside the file;
    without `file` and `folder` no file is looked at.

    Raises `FileError`: the folder given does not exist, or holds more than 10,000 files.

    >>> found = lsstd.evidence("data/assessments/near_aaa.yaml")
    >>> float(found.claimed), float(found.with_evidence)
    (398.9166666666667, 10.0)
    """
    if file is None and folder is None:
        return register(result)
    shelf = Shelf.of(Path(file) if file else None, Path(folder) if folder else None)
    assessment, found, loose = _gathered(result.standard, result.assessment, shelf)
    return register(replace(result, assessment=assessment), found, loose)


def hashed(standard: Standard, assessment: Assessment, file: Path, folder: Path | None = None) -> Assessment:
    """Return an assessment with the files of its folder, each with the hash that its file has now."""
    gathered, found, _ = _gathered(standard, assessment, Shelf.of(file, folder), every_hash=True)
    named: dict[str, list[Evidence]] = {}
    for holder, piece in ((holder, piece) for holder, listed in given_with(gathered).items() for piece in listed):
        sha256 = found[holder, piece.file].sha256 or piece.sha256
        named.setdefault(holder, []).append(piece.model_copy(update={"sha256": sha256}))
    return with_evidence(standard, gathered, named)


@dataclass(frozen=True)
class Shelf:
    """Where evidence may lie: the folder of evidence, and the folder of the assessment."""

    folder: Path | None
    beside: Path | None
    _listed: dict[Path, dict[str, str]] = field(default_factory=dict)  # the names in each folder, by their normal form

    @classmethod
    def of(cls, file: Path | None, folder: Path | None) -> Shelf:
        """Return where the evidence of a file lies: the folder named, else the one beside the file, if there is one."""
        if folder is not None and not folder.is_dir():
            problem = Problem(str(folder), msg("not a folder, or missing"), msg("the evidence folder"))
            raise FileError(msg("there is no evidence folder"), [problem])
        beside = file.parent if file else None
        usual = beside / FOLDER if beside and (beside / FOLDER).is_dir() else None
        return cls(folder or usual, beside)

    def look(self, name: str, places: list[str], with_hash: bool) -> tuple[Path | None, EvidenceFile]:
        """Find a file by its name in one of the places; return where it lies (None: nowhere), and its hash if asked."""
        slashed = name.replace("\\", "/")
        steps = PurePosixPath(slashed).parts
        if _LEADS_OUT.match(slashed):
            return None, EvidenceFile(trouble="outside")
        roots = [(self.folder, self.folder / place) for place in places] if self.folder else []
        roots += [(root, root) for root in (self.folder, self.beside) if root]
        similar = None
        for root, start in roots:
            path, hint = self._find(root, start, steps)
            similar = similar or hint
            if path is None:
                continue
            if not _is_within(path, root):
                return None, EvidenceFile(trouble="outside")
            sha256 = sha256_of(path) if with_hash else None
            if trouble := _unfit(path) or ("unreadable" if with_hash and sha256 is None else None):
                return path, EvidenceFile(trouble=trouble)
            is_exact = path == start.joinpath(*steps)
            return path, EvidenceFile(sha256) if is_exact else EvidenceFile(sha256, "spelling", path.name)
        return None, EvidenceFile(trouble="missing", instead=similar)

    def _find(self, root: Path, path: Path, steps: tuple[str, ...]) -> tuple[Path | None, str | None]:
        """Return a file by its name, ignoring Unicode form and capitals; else a name that looks alike.

        Windows and macOS, where most assessments are written, take such names for one. Names that differ in full-width
        brackets stay two: both files may exist, and a reader of the list has to find the one that it names.
        """
        for step in steps:
            if not os.path.lexists(path / step):
                hint = self._names_in(path).get(_folded(step, "NFKC")) if _is_within(path, root) else None
                if hint is None or _folded(hint) != _folded(step):
                    return None, hint if step == steps[-1] else None
                step = hint
            path = path / step
        return (path if steps else None), None

    def _names_in(self, folder: Path) -> dict[str, str]:
        """Return the names in a folder, listed once; of names that look alike, the first."""
        if folder not in self._listed:
            with suppress(OSError, ValueError):
                names = sorted((entry.name for entry in folder.iterdir()), reverse=True)
                self._listed[folder] = {_folded(name, "NFKC"): name for name in names}
        return self._listed.setdefault(folder, {})


def _folded(name: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Return what names have in common that Windows and macOS take for one; under NFKC, those of another width, too."""
    return unicodedata.normalize(form, name[:_LONGEST_NAME]).casefold()


def _is_within(path: Path, root: Path) -> bool:
    """Return whether a path, its links followed, stays in a folder."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself, a name that no disk can hold
        return False


def _gathered(
    standard: Standard, assessment: Assessment, shelf: Shelf, every_hash: bool = False
) -> tuple[Assessment, dict[tuple[str, str], EvidenceFile], list[Loose]]:
    """Return the assessment with the folder's files, what is known of each, and those matched to no item.

    A file is read through for its hash only where one is registered, or with `every_hash`.
    """
    feeds = {fact: [path.split(".")[1] for path in paths] for fact, paths in uses(standard).items()}
    found: dict[tuple[str, str], EvidenceFile] = {}
    known: set[Path] = set()
    pieces = {holder: list(named) for holder, named in given_with(assessment).items()}
    _hold(assessment.subject.name, sum(map(len, pieces.values())))
    for holder, named in pieces.items():
        for piece in named:
            places = [holder, *feeds.get(holder, ())]
            path, found[holder, piece.file] = shelf.look(piece.file, places, every_hash or piece.sha256 is not None)
            known |= {path.resolve()} if path else set()
    loose: list[Loose] = []
    for place, path, reason in _files_in(shelf.folder):
        name = path.relative_to(shelf.folder or path).as_posix()
        holders = holders_of(standard, place) if place else []
        if reason is None and path.resolve() in known:
            continue
        if reason is None and not holders:
            near = nearest(place, [*standard.conditions, *standard.criteria, *standard.topics, *standard.facts])
            reason = msg("unknown id {place}; {near}", place=place, near=near) if place else _NO_ID
        if reason is not None:
            loose.append(Loose(name.encode("utf-8", "replace").decode(), reason))
            continue
        for holder in holders:
            pieces.setdefault(holder, []).append(Evidence(file=name))
            found[holder, name] = shelf.look(name, [], every_hash)[1]
    filled = {holder: listed for holder, listed in pieces.items() if listed}
    return with_evidence(standard, assessment, filled), found, loose


def _hold(where: str, count: int) -> None:
    if count > MOST:
        problem = Problem(where, msg("{count} files", count=count), msg("at most {most} files", most=MOST))
        raise FileError(msg("too much evidence"), [problem])


def _files_in(folder: Path | None) -> Iterator[tuple[str, Path, Text | None]]:
    """Yield each file of a folder with the id that it lies under, and why it cannot serve, if it cannot."""
    if folder is None:
        return
    count, closed = 0, list[OSError]()
    for where, folders, files in os.walk(folder, onerror=closed.append):
        count += len(folders) + len(files)
        _hold(str(folder), count)
        folders[:] = sorted(name for name in folders if not _HIDDEN.match(name))
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        for name in (*links, *sorted(files)):
            path = Path(where) / name
            steps = path.relative_to(folder).parts
            yield steps[0] if len(steps) > 1 else "", path, _misplaced(path, folder)
    yield from (("", Path(error.filename), TROUBLES["unreadable"]) for error in closed)


def _misplaced(path: Path, folder: Path) -> Text | None:
    """Return why a file in the folder cannot serve as evidence, or None."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return _ODD_NAME
    if not _is_within(path, folder):
        return _OUTSIDE
    trouble = _unfit(path)
    return TROUBLES[trouble] if trouble else None


def _unfit(path: Path) -> Trouble | None:
    """Return what keeps a file, by its name or its content, from proving anything."""
    if not path.is_file() or not os.access(path, os.R_OK):
        return "unreadable"
    if _LEFTOVER.match(path.name):
        return "leftover"
    try:
        with path.open("rb") as file:  # a copy that was broken off is filled with zeros
            head, size = file.read(4096), path.stat().st_size
            file.seek(max(0, size - 4096))
            return None if head.strip(b"\0") or file.read().strip(b"\0") else "empty"
    except OSError:  # Windows keeps a file locked while a program has it open
        return "unreadable"
