"""Two standards on live-streaming e-commerce as a reference, a calculator and a laboratory.

Everything that ``__init__.pyi`` names is loaded when it is first used, so that importing the package costs next to
nothing.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

_STUB = Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")
_NAMED = re.findall(r"^from lsstd\.(\S+) import (.+)", _STUB, re.MULTILINE)
_HOMES = {name.partition(" as ")[0]: module for module, names in _NAMED for name in names.split(", ")}
"""The module that each public name comes from."""

__version__ = "0.1.0"
__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lsstd' has no attribute {name!r}")
    from lsstd.arguments import taking_files

    globals()[name] = found = taking_files(getattr(import_module(f"lsstd.{_HOMES[name]}"), name))
    return found


def __dir__() -> list[str]:
    return __all__
