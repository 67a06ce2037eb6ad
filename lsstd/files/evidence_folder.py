"""Evidence in a folder: found by convention, hashed, never looked for outside it.

``evidence/<condition, row, topic or fact>/…`` beside an assessment holds what proves it.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
MOST = 10_000
_LEADS_OUT = re.compile(r"[A-Za-z]:|/|~[^/]*/|~$|(.*/)?\.\.(/|$)")
_HIDDEN = re.compile(r"\.|__MACOSX$")
_LEFTOVER = re.compile(  # of browsers, download managers (迅雷, 百度网盘), Word and WPS, Windows and macOS
    r"\.|~\$|~wr[dl]|Thumbs\.db$|desktop\.ini$|"
    r".*\.(crdownload|part|partial|download|downloading|opdownload|xltd|td|aria2|!\w+|tmp|temp|lnk|url|webloc|desktop)$",
    re.IGNORECASE | re.DOTALL,
)
_LOOK_ALIKE = str.maketrans(dict.fromkeys("‐‑‒–—―−－_", "-") | dict.fromkeys(map(ord, " \t"), ""))

_OUTSIDE = msg("a link that leads out of the folder; not read")
_ODD_NAME = msg("its name is not valid Unicode")
_TWIN = msg("another name beside it differs only in capitals or in its Unicode form")
_NO_ID = msg("not in a folder named by an id")


def evidence(result: Result, file: str | Path | None = None, folder: str | Path | None = None) -> Register:
    """Return the evidence register of a result: what proves what, what is missing, expired or changed.

    Parameters
    ----------
    result : Result
    file : str or Path, optional
        The assessment's file: evidence lies in the folder ``evidence`` beside it, or beside it.
    folder : str or Path, optional
        The folder of evidence, if it is another. Without `file` and `folder` no file is looked at.

    Raises
    ------
    FileError
        The folder given does not exist, or holds more than 10,000 files.

    Examples
    --------
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
    gathered, found, _ = _gathered(standard, assessment, Shelf.of(file, folder))

    def with_hash(holder: str, piece: Evidence) -> Evidence:
        return piece.model_copy(update={"sha256": found[holder, piece.file].sha256 or piece.sha256})

    named = {holder: [with_hash(holder, piece) for piece in listed] for holder, listed in given_with(gathered).items()}
    return with_evidence(standard, gathered, {holder: listed for holder, listed in named.items() if listed})


@dataclass(frozen=True)
class Shelf:
    """Where evidence may lie: the folder of evidence, and the folder of the assessment."""

    folder: Path | None
    beside: Path | None

    @classmethod
    def of(cls, file: Path | None, folder: Path | None) -> Shelf:
        """Return where the evidence of a file lies: the folder named, else the one beside the file, if there is one."""
        if folder is not None and not folder.is_dir():
            found = msg("not a folder, or missing")
            problem = Problem(str(folder), found, msg("the evidence folder"))
            raise FileError(msg("there is no evidence folder"), [problem])
        beside = file.parent if file else None
        usual = beside / FOLDER if beside and (beside / FOLDER).is_dir() else None
        return cls(folder or usual, beside)

    def look(self, name: str, places: list[str]) -> tuple[Path | None, EvidenceFile]:
        """Find a file by its name in one of the places; return where it lies (None: nowhere), and its hash."""
        slashed = name.replace("\\", "/")
        steps = PurePosixPath(slashed).parts
        if _LEADS_OUT.match(slashed):
            return None, EvidenceFile(trouble="outside")
        roots = [(self.folder, self.folder / place) for place in places] if self.folder else []
        roots += [(root, root) for root in (self.folder, self.beside) if root]
        for root, start in roots:
            if (path := _in_any_spelling(start, steps)) is None:
                continue
            if not _is_within(path, root):
                return None, EvidenceFile(trouble="outside")
            trouble = _unfit(path)
            if trouble or (sha256 := sha256_of(path)) is None:
                return path, EvidenceFile(trouble=trouble or "unreadable")
            is_exact = path == start.joinpath(*steps)
            return path, EvidenceFile(sha256) if is_exact else EvidenceFile(sha256, "spelling", path.name)
        similar = (_similar(root, start.joinpath(*steps)) for root, start in roots)
        return None, EvidenceFile(trouble="missing", instead=next(filter(None, similar), None))


def _in_any_spelling(start: Path, steps: tuple[str, ...]) -> Path | None:
    """Return a file by its name, in whichever Unicode form or capitals the disk has it.

    Windows and macOS, where most assessments are written, take such names for one. Names that differ in full-width
    brackets stay two: both files may exist, and a reader of the list has to find the one that it names.
    """
    path = start
    for step in steps:
        if not os.path.lexists(path / step):
            try:
                names, wanted = sorted(entry.name for entry in path.iterdir()), _folded(step)
                step = next((name for name in names if _folded(name) == wanted), "")
            except OSError:
                return None
            if not step:
                return None
        path = path / step
    return path if steps else None


def _folded(name: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Return what names have in common that Windows and macOS take for one; under NFKC, those of another width, too."""
    return unicodedata.normalize(form, name).casefold()


def _similar(root: Path, path: Path) -> str | None:
    """Return the name of a file that differs in width, blanks or dashes, or by an ending that was left off or added."""
    try:
        names = sorted(entry.name for entry in path.parent.iterdir()) if _is_within(path.parent, root) else []
    except (OSError, ValueError):
        return None
    alike = {name: _folded(name, "NFKC").translate(_LOOK_ALIKE) for name in (path.name, *names)}
    wanted = alike[path.name]
    fits = [name for name in names if alike[name] == wanted]
    fits += [name for name in names if f"{alike[name]}.".startswith(f"{wanted}.")]
    fits += [name for name in names if f"{wanted}.".startswith(f"{alike[name]}.")]
    return next(iter(fits), None) if wanted else None


def _is_within(path: Path, root: Path) -> bool:
    """Return whether a path, its links followed, stays in a folder."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def _gathered(
    standard: Standard, assessment: Assessment, shelf: Shelf
) -> tuple[Assessment, dict[tuple[str, str], EvidenceFile], list[Loose]]:
    """Return the assessment with the folder's files, what is known of each, and those matched to no item."""
    feeds = {fact: [path.split(".")[1] for path in paths] for fact, paths in uses(standard).items()}
    found: dict[tuple[str, str], EvidenceFile] = {}
    known: set[Path] = set()
    pieces: dict[str, list[Evidence]] = {}
    for holder, named in given_with(assessment).items():
        pieces[holder] = list(named)
        for piece in named:
            path, found[holder, piece.file] = shelf.look(piece.file, [holder, *feeds.get(holder, ())])
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
            found[holder, name] = shelf.look(name, [])[1]
    filled = {holder: listed for holder, listed in pieces.items() if listed}
    return with_evidence(standard, assessment, filled), found, loose


def _files_in(folder: Path | None) -> Iterator[tuple[str, Path, Text | None]]:
    """Yield each file of a folder with the id that it lies under, and why it cannot serve, if it cannot."""
    if folder is None:
        return
    count, closed = 0, list[OSError]()
    for where, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not _HIDDEN.match(name))
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        alike = Counter(map(_folded, files))
        for name in (*links, *sorted(files)):
            path = Path(where) / name
            if (count := count + 1) > MOST:
                problem = Problem(str(folder), msg("over {most} files", most=MOST), msg("fewer files"))
                raise FileError(msg("the evidence folder is too large"), [problem])
            steps = path.relative_to(folder).parts
            twins = alike[_folded(name)] - (name not in links)
            yield steps[0] if len(steps) > 1 else "", path, _misplaced(path, twins, folder)
    yield from (("", Path(error.filename), TROUBLES["unreadable"]) for error in closed)


def _misplaced(path: Path, twins: int, folder: Path) -> Text | None:
    """Return why a file of the folder cannot serve as evidence, if it cannot; twins are other spellings of its name."""
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return _ODD_NAME
    if twins:
        return _TWIN
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
