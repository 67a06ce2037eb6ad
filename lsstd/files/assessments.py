"""Assessments, scenarios and reforms from and to files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.assessment.assessment import Assessment, Scenario
from lsstd.assessment.check import parse_assessment
from lsstd.errors import InvalidFile, Problem, UnknownName
from lsstd.files.reading import KINDS, read_plain
from lsstd.files.standards import load_standard, model_of
from lsstd.files.strict_yaml import Parsed
from lsstd.standard.standard import Standard
from lsstd.words import clip, msg, same

if TYPE_CHECKING:
    from lsstd.changes.reform import Reform

MOST_EDITS = 1000  # most changes of one reform; the longest standard has 51 rows


def load_assessment(path: str | Path | Parsed, standard: Standard | None = None) -> Assessment:
    """Return an assessment from a YAML or JSON file, read against a standard, else against the one that it names.

    Raises
    ------
    FileError, InvalidFile, UnknownName
        The file cannot be read or does not hold an assessment (all problems at once).

    Examples
    --------
    >>> lsstd.load_assessment("data/assessments/near_aaa.yaml").as_of
    '2024-12-31'
    """
    return load_pair(path, standard)[1]


def load_pair(
    source: str | Path | Parsed, standard: Standard | None = None, instead: bool = False
) -> tuple[Standard, Assessment]:
    """Return an assessment together with the standard that it was read against.

    With `instead` the standard given takes the place of the one that the file names, whatever its id: a drafter
    scores assessments made for one standard under another that was made from it.
    """
    parsed = read_plain(source)
    if standard is None:
        standard = _standard_of(parsed)
        parsed.value["standard"] = standard.standard
    elif instead and _answers(standard, parsed.value):
        parsed.value["standard"] = standard.standard
    return standard, parse_assessment(standard, parsed.value, parsed.path.name, parsed.lines)


def _answers(standard: Standard, value: object) -> bool:
    """Return whether a standard knows anything in a file's answers and facts."""
    sections = [value.get(name) for name in ("answers", "facts")] if isinstance(value, dict) else []
    named = {key for section in sections if isinstance(section, dict) for key in section}
    return not named.isdisjoint([*standard.criteria, *standard.topics, *standard.facts])


def standard_named(path: str | Path) -> str | Path:
    """Return the standard that an assessment's file names: an id, or a file, as seen from here.

    >>> standard_named("data/assessments/near_aaa.yaml")
    'hlj-base-evaluation'
    """
    return _named(read_plain(path))


def _named(parsed: Parsed) -> str | Path:
    path, title = parsed.path, msg("{path} is not a valid assessment", path=parsed.path.name)
    if not isinstance(parsed.value, dict):
        found = msg("an empty file") if parsed.value is None else same(clip(parsed.value))
        expected = msg("keys such as standard, subject, facts, answers")
        raise InvalidFile(title, [Problem(path.name, found, expected)])
    name = parsed.value.get("standard")
    if not isinstance(name, str):
        found = msg("missing") if name is None else same(clip(name))
        expected = msg("standard: an id such as hlj-base-evaluation")
        raise InvalidFile(title, [Problem("standard", found, expected, parsed.lines.get("standard"))])
    return path.parent / name if Path(name).suffix.lower() in KINDS else name


def _standard_of(parsed: Parsed) -> Standard:
    """Return the standard that an assessment names: by its id, or by its file as seen from the assessment's."""
    try:
        return load_standard(_named(parsed))
    except UnknownName as error:
        line, title = parsed.lines.get("standard"), msg("{path} is not a valid assessment", path=parsed.path.name)
        raise UnknownName(title, [replace(problem, line=line) for problem in error.problems]) from None


def dump_assessment(assessment: Assessment | Scenario) -> str:
    """Return the YAML text of an assessment or a scenario; reading it again gives an equal one."""
    from lsstd.files.writing import own_yaml

    return own_yaml(assessment.plain())


def save_assessment(assessment: Assessment | Scenario, path: str | Path, force: bool = False) -> None:
    """Write an assessment or a scenario to a YAML file, whole or not at all.

    >>> lsstd.save_assessment("data/assessments/near_aaa.yaml", "mine.yaml")
    >>> lsstd.load_assessment("mine.yaml").as_of
    '2024-12-31'
    """
    from lsstd.files.writing import write_yaml

    write_yaml(Path(path), assessment.plain(), force)


def load_scenario(path: str | Path | Parsed) -> Scenario:
    """Return a scenario from a YAML or JSON file; its `base` becomes a path that holds from anywhere.

    Raises `FileError`, `InvalidFile`: the file cannot be read or does not hold a scenario (all problems at once).

    >>> lsstd.load_scenario("data/scenarios/village_and_policy.yaml").facts
    {'contracted_service_agencies': FactEntry(value=6)}
    """
    parsed = read_plain(path)
    scenario = model_of(parsed, Scenario, msg("{path} is not a valid scenario", path=parsed.path.name))
    return scenario.model_copy(update={"base": str(parsed.path.parent / scenario.base)}) if scenario.base else scenario


def load_reform(path: str | Path) -> Reform:
    """Return a reform from a YAML or JSON file; whether its paths exist shows when it is applied.

    Raises
    ------
    FileError, InvalidFile
        The file cannot be read or does not hold a reform (all problems at once). Whether its paths exist shows
        when it is applied.

    Examples
    --------
    >>> lsstd.load_reform("data/reforms/aaaa_from_440.yaml").changes
    {'lines.AAAA': 440}
    """
    from lsstd.changes.reform import Reform

    path = Path(path)
    title = msg("{path} is not a valid reform", path=path.name)
    reform = model_of(read_plain(path), Reform, title)
    edits = (reform.changes, reform.drop, reform.split, reform.merge, *reform.add.values())
    if (count := sum(map(len, edits))) > MOST_EDITS:
        found, expected = msg("{count} changes", count=count), msg("at most {most} changes", most=MOST_EDITS)
        raise InvalidFile(title, [Problem(path.name, found, expected)])
    return reform


def changed_by(path: Path, reform: Reform) -> str | Path:
    """Return the edition that a reform in a file changes: an id, or a file, as seen from here."""
    if reform.base is None:
        return reform.standard
    return path.parent / reform.base if Path(reform.base).suffix.lower() in KINDS else reform.base
