"""Assessments from and to files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile, Problem, UnknownName
from lsstd.files.reading import KINDS, read_plain
from lsstd.files.standards import load_standard
from lsstd.files.strict_yaml import Parsed, to_yaml
from lsstd.files.writing import MARK, write_whole
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, same


def load_assessment(path: str | Path, standard: Standard | None = None) -> Assessment:
    """Return an assessment from a YAML or JSON file.

    Parameters
    ----------
    path : str or Path
    standard : Standard, optional
        Read it against this standard; without it, against the one that the file names.

    Raises
    ------
    FileError, InvalidFile, UnknownName
        The file cannot be read or does not hold an assessment (all problems at once).
    """
    return load_pair(path, standard)[1]


def load_pair(path: str | Path, standard: Standard | None = None, instead: bool = False) -> tuple[Standard, Assessment]:
    """Return an assessment together with the standard that it was read against.

    With `instead` the standard given takes the place of the one that the file names, whatever its id: a drafter
    scores assessments made for one standard under another that was made from it.
    """
    return pair_of(read_plain(Path(path))[0], Path(path), standard, instead)


def pair_of(
    parsed: Parsed, path: Path, standard: Standard | None = None, instead: bool = False
) -> tuple[Standard, Assessment]:
    """Return the same as `load_pair`, from a file that has been read."""
    if standard is None:
        standard = _standard_of(parsed, path)
        parsed.value["standard"] = standard.standard
    elif instead and _speaks_of(standard, parsed.value):
        parsed.value["standard"] = standard.standard
    return standard, parse_assessment(standard, parsed.value, path.name, parsed.lines)


def _speaks_of(standard: Standard, value: object) -> bool:
    """Say whether anything in a file's answers and facts is known to a standard."""
    sections = [value.get(name) for name in ("answers", "facts")] if isinstance(value, dict) else []
    named = [key for section in sections if isinstance(section, dict) for key in section]
    return any(key in known for key in named for known in (standard.criteria, standard.topics, standard.facts))


def _standard_of(parsed: Parsed, path: Path) -> Standard:
    """Return the standard that an assessment names: by its id, or by its file as seen from the assessment's."""
    name = path.name
    title = Text(f"{name} 不是有效的评价文件", f"{name} is not a valid assessment")
    if not isinstance(parsed.value, dict):
        found = Text("空文件", "an empty file") if parsed.value is None else same(clip(parsed.value))
        expected = Text("standard、subject、facts、answers 等键", "keys such as standard, subject, facts, answers")
        raise InvalidFile(title, [Problem(name, found, expected)])
    named, line = parsed.value.get("standard"), parsed.lines.get("standard")
    if not isinstance(named, str):
        found = Text("缺失", "missing") if named is None else same(clip(named))
        expected = Text("standard: 标准编号，如 hlj-base-evaluation", "standard: an id such as hlj-base-evaluation")
        raise InvalidFile(title, [Problem("standard", found, expected, line)])
    try:
        return load_standard(path.parent / named if Path(named).suffix.lower() in KINDS else named)
    except UnknownName as error:
        raise UnknownName(title, [replace(problem, line=line) for problem in error.problems]) from None


def dump_assessment(assessment: Assessment) -> str:
    """Return the YAML text of an assessment; reading it again gives an equal one."""
    return f"# {MARK}\n{to_yaml(assessment.plain())}"


def save_assessment(assessment: Assessment, path: str | Path, force: bool = False) -> None:
    """Write an assessment to a YAML file, whole or not at all."""
    write_whole(Path(path), dump_assessment(assessment).encode(), force)
