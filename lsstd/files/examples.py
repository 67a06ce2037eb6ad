"""The example assessments that travel with the package; all of them are made up."""

from __future__ import annotations

from pathlib import Path

from lsstd.errors import Problem, UnknownName
from lsstd.files.places import data
from lsstd.words import Text, nearest


def examples() -> list[str]:
    """Return the names of the made-up examples."""
    return sorted(path.stem for path in (data() / "assessments").glob("*.yaml"))


def example(name: str) -> Path:
    """Return the file of a made-up example, for `load_assessment`.

    Raises
    ------
    UnknownName
        With the nearest name.
    """
    if name not in examples():
        found = Text(f"没有示例 {name}", f"no example {name}")
        raise UnknownName(Text("示例不存在", "no such example"), [Problem("example", found, nearest(name, examples()))])
    return data() / "assessments" / f"{name}.yaml"
