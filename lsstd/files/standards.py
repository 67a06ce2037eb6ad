"""Standards from their files."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from lsstd.errors import FileError, LsstdError, Problem, Problems, UnknownName
from lsstd.files.places import STANDARDS, data
from lsstd.files.reading import KINDS, plain_of, read_bytes, read_plain
from lsstd.files.strict_yaml import Parsed
from lsstd.standard.checks import standard_faults
from lsstd.standard.document import Crosswalk
from lsstd.standard.models import read_model
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, nearest, same

FOLDERS = "LSSTD_STANDARDS"
"""The environment variable that names folders of one's own standards, as PATH names those of programs."""
_OTHERS = {"subject", "answers", "scenario", "reform"}  # keys of files of other kinds
LARGEST = 2 * 2**20
"""So many bytes may a standard's file have: ten times the longest one that is known."""


def names() -> list[str]:
    """Return the ids of the standards that travel with the package, and of those in one's own folders."""
    return sorted({*own_names(), *(name for name, _ in in_folders())})


def own_names() -> list[str]:
    """Return the ids of the standards that travel with the package."""
    return sorted(path.stem for path in STANDARDS.glob("*.yaml"))


def in_folders() -> list[tuple[str, Path]]:
    """Return ids and files of the standards in the folders that LSSTD_STANDARDS names.

    A file that cannot be read goes by its name; assessments, scenarios and reforms beside them are passed over.

    Raises
    ------
    FileError
        There is no such folder.
    """
    found = []
    for folder in (Path(name) for name in os.environ.get(FOLDERS, "").split(os.pathsep) if name):
        if not folder.is_dir():
            told, right = Text("没有这个文件夹", "there is no such folder"), Text("已有的文件夹", "an existing folder")
            raise FileError(Text(f"{FOLDERS} 有误", f"{FOLDERS} is wrong"), [Problem(str(folder), told, right)])
        for path in sorted(folder.glob("*")):
            if path.suffix.lower() in KINDS and (name := _name_of(path)) is not None:
                found.append((name, path))
    return found


def _name_of(path: Path) -> str | None:
    """Return the id of a standard's file; None for a file of another kind."""
    try:
        value = read_plain(path, LARGEST)[0].value
    except LsstdError:
        return path.stem
    keys = set(value) if isinstance(value, dict) else set()
    return None if keys & _OTHERS else str(value["standard"]) if "standard" in keys else path.stem


def load_standard(name: str | Path) -> Standard:
    """Return a standard by its id (of the package, or the made-up one of its examples), or from a file.

    Parameters
    ----------
    name : str or Path
        An id such as ``hlj-base-evaluation``, that of a file in a folder named by ``LSSTD_STANDARDS``, or the path
        of a YAML or JSON file.

    Raises
    ------
    UnknownName, FileError, InvalidFile
        No such standard; or its file cannot be read, or does not hold one (all problems at once).

    Examples
    --------
    >>> load_standard("hlj-base-evaluation").maximum
    500
    """
    path = Path(name)
    if str(name) in own_names():
        return _loaded_own(str(name))
    if (made_up := data() / "standards" / f"{name}.yaml") in made_up.parent.glob("*.yaml"):
        path = made_up
    elif path.suffix.lower() not in KINDS and len(path.parts) <= 1:
        path = _in_a_folder(str(name))
    return _loaded(path, read_bytes(path, LARGEST))


@lru_cache(maxsize=16)
def _loaded_own(name: str) -> Standard:
    parsed, sha256 = _own(name)
    return parse_standard(parsed, sha256, name)


@lru_cache(maxsize=16)
def _loaded(path: Path, data: bytes) -> Standard:
    """Return the standard that a file holds; the same bytes are taken apart once."""
    parsed, sha256 = plain_of(data, path)
    return parse_standard(parsed, sha256, path.name)


def _in_a_folder(name: str) -> Path:
    """Return the one file in one's own folders that holds a standard of this id."""
    others = in_folders()
    paths = [path for known, path in others if known == name]
    if len(paths) == 1:
        return paths[0]
    if paths:
        told = ", ".join(map(str, paths))
        problem = Problem("standard", same(told), Text("每个编号一个文件", "one file an id"))
        raise UnknownName(Text(f"编号 {name} 有几个文件", f"several files have the id {name}"), [problem])
    known = sorted({*own_names(), *(other for other, _ in others)})
    found = Text(f"没有标准 {clip(name)}", f"no standard {clip(name)}")
    raise UnknownName(Text("标准不存在", "no such standard"), [Problem("standard", found, nearest(name, known))])


def load_crosswalks() -> list[Crosswalk]:
    """Return where the standards of the package meet; lsstd's own, non-normative."""
    found = []
    for path in sorted((STANDARDS / "crosswalks").glob("*.yaml")):
        parsed, _ = read_plain(path)
        title = Text(f"{path.name} 不是有效的对照文件", f"{path.name} is not a valid crosswalk")
        found.append(read_model(Crosswalk, parsed.value, Problems(parsed.lines), title))
    return found


def parse_standard(parsed: Parsed, sha256: str, name: str) -> Standard:
    """Read a standard from plain values; raise `InvalidFile` with all problems at once."""
    title = Text(f"{name} 不是有效的标准文件", f"{name} is not a valid standard")
    problems = Problems(parsed.lines)
    if parsed.value is None:
        problems.add(
            name, Text("空文件", "an empty file"), Text("以 standard: 编号 开头", "standard: and an id, to begin")
        )
        problems.raise_if_any(title)
    value = {**parsed.value, "sha256": sha256} if isinstance(parsed.value, dict) else parsed.value
    standard = read_model(Standard, value, problems, title)
    for place, found, expected in standard_faults(standard):
        problems.add(place, found, expected)
        if problems.is_long:
            break
    problems.raise_if_any(title)
    return standard


def _own(name: str) -> tuple[Parsed, str]:
    """Read a standard of the package: from the JSON made at release time, if it is there, else from YAML."""
    built = STANDARDS / f"{name}.json"
    if built.exists():
        held = json.loads(built.read_text(encoding="utf-8"))
        return Parsed(held["standard"]), held["sha256"]
    return read_plain(STANDARDS / f"{name}.yaml")
