"""Scenarios and reforms from and to files."""

from __future__ import annotations

from pathlib import Path

from lsstd.assessment.assessment import Scenario
from lsstd.changes.reform import Reform
from lsstd.errors import Problems
from lsstd.files.reading import read_plain
from lsstd.files.strict_yaml import Parsed, to_yaml
from lsstd.files.writing import MARK, write_whole
from lsstd.standard.models import M, read_model
from lsstd.words import Text


def is_scenario(parsed: Parsed) -> bool:
    """Say whether a file that has been read holds a scenario rather than an assessment."""
    return isinstance(parsed.value, dict) and "scenario" in parsed.value


def load_scenario(path: str | Path) -> Scenario:
    """Return a scenario from a YAML or JSON file; its `base` becomes a path that holds from anywhere.

    Raises
    ------
    FileError, InvalidFile
        The file cannot be read or does not hold a scenario (all problems at once).
    """
    return scenario_of(read_plain(Path(path))[0], Path(path))


def scenario_of(parsed: Parsed, path: Path) -> Scenario:
    """Return the same as `load_scenario`, from a file that has been read."""
    title = Text(f"{path.name} 不是有效的情景文件", f"{path.name} is not a valid scenario")
    scenario = _held(parsed, Scenario, title)
    if scenario.base is None:
        return scenario
    return scenario.model_copy(update={"base": str(path.parent / scenario.base)})


def save_scenario(scenario: Scenario, path: str | Path, force: bool = False) -> None:
    """Write a scenario to a YAML file, whole or not at all."""
    write_whole(Path(path), f"# {MARK}\n{to_yaml(scenario.plain())}".encode(), force)


def load_reform(path: str | Path) -> Reform:
    """Return a reform from a YAML or JSON file.

    Raises
    ------
    FileError, InvalidFile
        The file cannot be read or does not hold a reform (all problems at once). Whether its paths exist shows
        when it is applied.
    """
    path = Path(path)
    title = Text(f"{path.name} 不是有效的调整方案", f"{path.name} is not a valid reform")
    return _held(read_plain(path)[0], Reform, title)


def _held(parsed: Parsed, model: type[M], title: Text) -> M:
    return read_model(model, parsed.value, Problems(parsed.lines), title)
