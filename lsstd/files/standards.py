"""Standards from their files."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.errors import FileError, InvalidFile, LsstdError, Problem, Problems, UnknownName
from lsstd.files.places import STANDARDS, data
from lsstd.files.reading import KINDS, in_folder, plain_of, read_bytes, read_plain
from lsstd.files.strict_yaml import Parsed
from lsstd.standard.checks import standard_faults
from lsstd.standard.document import Crosswalk
from lsstd.standard.models import M, read_model, trusted
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, msg, nearest, same

if TYPE_CHECKING:
    from lsstd.changes.reform import Edition, Reform

FOLDERS = "LSSTD_STANDARDS"
"""The environment variable that names the user's folders of standards, as PATH names those of programs."""
_OTHERS = {"subject", "answers", "scenario", "reform"}  # keys of files of other kinds
LARGEST = 2 * 2**20  # largest standard file accepted, in bytes (ten times the longest known)


def names() -> list[str]:
    """Return the ids of the standards that travel with the package, and of those in the user's folders."""
    return sorted({*own_names(), *(name for name, _ in in_folders())})


def own_names() -> list[str]:
    """Return the ids of the package's own."""
    return sorted(path.stem for path in STANDARDS.glob("*.yaml"))


def in_folders() -> list[tuple[str, Path]]:
    """Return ids and files of the standards in the folders that LSSTD_STANDARDS names.

    A file that cannot be read goes by its name; assessments, scenarios and reforms beside them are passed over.

    Raises `FileError`: there is no such folder.
    """
    folders = [Path(name) for name in os.environ.get(FOLDERS, "").split(os.pathsep) if name]
    try:
        paths = [path for folder in folders for path in in_folder(folder)]
    except FileError as error:
        raise FileError(msg("{folders} is wrong", folders=FOLDERS), error.problems) from None
    return [(name, path) for path in paths if (name := _name_of(path)) is not None]


def _name_of(path: Path) -> str | None:
    """Return the id of a standard's file; None for a file of another kind."""
    try:
        value = read_plain(path, LARGEST).value
    except LsstdError:
        return path.stem
    held = value if isinstance(value, dict) else {}
    return None if held.keys() & _OTHERS else str(held.get("standard", path.stem))


def is_standard(name: str | Path) -> bool:
    """Return whether a name or file is that of a standard, not of an assessment."""
    path = Path(name)
    if path.suffix.lower() not in KINDS:
        return str(name) in names() or (data() / "standards" / f"{name}.yaml").is_file()
    value = read_plain(path, LARGEST).value if path.is_file() else None
    return isinstance(value, dict) and "standard" in value and not value.keys().isdisjoint({"edition", "reform"})


def load_standard(name: str | Path) -> Standard:
    """Return a standard by its id, or from a YAML or JSON file; a reform's file gives the edition that it makes.

    Ids are those of the package, of its made-up examples, and of files in the folders that ``LSSTD_STANDARDS`` names.

    Raises
    ------
    UnknownName, FileError, InvalidFile
        No such standard; or its file cannot be read, or does not hold one (all problems at once).

    Examples
    --------
    >>> load_standard("hlj-base-evaluation").maximum
    500
    """
    return _load_own(str(name)) if str(name) in own_names() else editions(name)[0].standard


def editions(name: str | Path) -> list[Edition]:
    """Return an edition, by its id or file, and those before it, latest first.

    >>> [edition.standard.edition for edition in editions("data/reforms/aaaa_from_440.yaml")]
    ['draft + aaaa-from-440', 'draft']
    """
    return _editions(name, ())


def edition_pair(
    old: str | Path, new: str | Path, reforms: Sequence[Reform] = ()
) -> tuple[Standard, Standard, list[tuple[Standard, Reform]]]:
    """Return two editions, reforms applied to the second one, which tells by `sources_of` what it takes from the first.

    With them come the reforms between the two, each with the edition that it made, in order.

    Raises
    ------
    LsstdError
        One of them cannot be read, or they are editions of different standards.

    Examples
    --------
    >>> old, new, _ = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2029_made_up.yaml")
    >>> new.sources_of("party_work"), new.sources_of("safety_and_risk")
    (('party_branch',), ('safety_rules', 'risk_response_plan'))
    """
    from lsstd.changes.editions import related
    from lsstd.changes.reform import Edition

    before, news = load_standard(old), editions(new)
    for reform in reforms:
        news.insert(0, Edition.made_by(reform, news[0].standard))
    since = takewhile(lambda edition: edition.standard.sha256 != before.sha256, news)
    between = [(edition.standard, edition.reform) for edition in since if edition.reform]
    return before, related(before, news), between[::-1]


def _editions(name: str | Path, later: tuple[Path, ...]) -> list[Edition]:
    from lsstd.changes.reform import Edition

    if str(name) in own_names():
        return [Edition(_load_own(str(name)))]
    path = _path_of(name)
    if path in later:
        problem = Problem(path.name, msg("it leads back to itself"), msg("the edition before it"))
        raise InvalidFile(msg("{name} is not a valid edition", name=path.name), [problem])
    held = _load(path, read_bytes(path, LARGEST))
    if isinstance(held, Standard):
        return [Edition(held)]
    before = held.base or held.standard
    place = path.parent / before if Path(before).suffix.lower() in KINDS else before
    try:
        known = _editions(place, (*later, path))
        return [Edition.made_by(held, known[0].standard), *known]
    except LsstdError as error:
        raise error.within(path.name) from None


def _path_of(name: str | Path) -> Path:
    """Return the file of a standard that is not one of the package's own."""
    path = Path(name)
    if (made_up := data() / "standards" / f"{name}.yaml") in made_up.parent.glob("*.yaml"):
        return made_up
    return _in_a_folder(str(name)) if path.suffix.lower() not in KINDS and len(path.parts) <= 1 else path


@lru_cache(maxsize=16)
def _load_own(name: str) -> Standard:
    """Return a standard of the package: from the JSON made at installation, which loads faster, else from YAML."""
    path = STANDARDS / f"{name}.yaml"
    data, built = read_bytes(path), path.with_suffix(".json")
    if built.exists():
        held = json.loads(built.read_bytes())
        if held["sha256"] == hashlib.sha256(data).hexdigest():  # else the YAML has been edited since, in a checkout
            return trusted(Standard, {**held["standard"], "sha256": held["sha256"]})
    parsed = plain_of(data, path)
    return parse_standard(parsed, parsed.sha256, name)


@lru_cache(maxsize=16)
def _load(path: Path, data: bytes) -> Standard | Reform:
    """Return the standard that a file holds, or the reform; the same bytes are parsed once."""
    parsed = plain_of(data, path)
    if isinstance(parsed.value, dict) and "reform" in parsed.value:
        from lsstd.changes.reform import Reform

        return model_of(parsed, Reform, msg("{path} is not a valid reform", path=path.name))
    return parse_standard(parsed, parsed.sha256, path.name)


def _in_a_folder(name: str) -> Path:
    """Return the one file in the user's folders that holds a standard of this id."""
    others = in_folders()
    paths = [path for known, path in others if known == name]
    if len(paths) == 1:
        return paths[0]
    if paths:
        problem = Problem("standard", same(", ".join(map(str, paths))), msg("one file per id"))
        raise UnknownName(msg("several files have the id {name}", name=name), [problem])
    near = nearest(name, sorted({*own_names(), *(other for other, _ in others)}))
    raise UnknownName(msg("no such standard"), [Problem("standard", msg("no standard {name}", name=clip(name)), near)])


def load_crosswalks() -> list[Crosswalk]:
    """Return where the standards of the package meet; lsstd's own, non-normative.

    >>> [walk.topics_of for walk in lsstd.load_crosswalks()]
    ['sz-supply-chain-collaboration']
    """
    title = msg("not a valid crosswalk")
    return [model_of(read_plain(path), Crosswalk, title) for path in in_folder(STANDARDS / "crosswalks")]


def model_of(parsed: Parsed, model: type[M], title: Text) -> M:
    """Return what a file holds, read by a model; raise `InvalidFile` with all problems at once."""
    return read_model(model, parsed.value, Problems(parsed.lines), title)


def parse_standard(parsed: Parsed, sha256: str, name: str) -> Standard:
    """Read a standard from plain values; raise `InvalidFile` with all problems at once."""
    title, problems = msg("{name} is not a valid standard", name=name), Problems(parsed.lines)
    if parsed.value is None:
        right = msg("a file that begins with standard: and an id")
        raise InvalidFile(title, [Problem(name, msg("an empty file"), right)])
    value = {**parsed.value, "sha256": sha256} if isinstance(parsed.value, dict) else parsed.value
    standard = read_model(Standard, value, problems, title)
    for place, found, expected in standard_faults(standard):
        problems.add(place, found, expected)
        if problems.is_long:
            break
    problems.raise_if_any(title)
    return standard
