"""Where the things lie that travel with the package: standards, notebooks, example data."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
STANDARDS = PACKAGE / "standards"


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
