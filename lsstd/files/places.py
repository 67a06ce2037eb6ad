"""Where the files are that travel with the package: standards, notebooks, made-up examples."""

from __future__ import annotations

from pathlib import Path

from lsstd.errors import Problem, UnknownName
from lsstd.words import msg, nearest

PACKAGE = Path(__file__).resolve().parent.parent
STANDARDS = PACKAGE / "standards"
TABLES = (".csv", ".xlsx", ".parquet", ".pq")  # how the files end that can hold a population, one line a subject
DEFAULT_STANDARD = "hlj-base-evaluation"  # against which a table of subjects is read, which names none


def _shared(name: str) -> Path:
    """Return a folder beside the package in a checkout, or inside an installed package."""
    installed = PACKAGE / "share" / name
    return installed if installed.is_dir() else PACKAGE.parent / name


def data() -> Path:
    """Return the folder of made-up example data."""
    return _shared("data")


def notebooks() -> Path:
    """Return the folder of the notebooks."""
    return _shared("notebooks")


def examples() -> list[str]:
    """Return the names of the made-up example assessments.

    >>> lsstd.examples()[:3]
    ['between_bands', 'contradictory', 'near_aaa']
    """
    return sorted(path.stem for path in (data() / "assessments").glob("*.yaml"))


def example(name: str) -> Path:
    """Return the file of a made-up example, for `load_assessment`.

    Raises `UnknownName`: with the nearest name.

    >>> lsstd.example("near_aaa").name
    'near_aaa.yaml'
    """
    if name not in examples():
        found = msg("no example {name}", name=name)
        raise UnknownName(msg("no such example"), [Problem("example", found, nearest(name, examples()))])
    return data() / "assessments" / f"{name}.yaml"
