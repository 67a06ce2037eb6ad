"""The examples in docstrings say what happens."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import lsstd

PACKAGE = Path(lsstd.__file__).parent
WITH_EXAMPLES = sorted(
    "lsstd." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


# Every example in a docstring runs and gives what it shows.
@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_docstring_examples(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name), verbose=False)
    assert (failed, tried > 0) == (0, True)
