"""Standards made up by the strategies that hold the population kernel against the engine."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def mechanisms() -> ModuleType:
    """The strategies for standards that combine every rule and every node."""
    path = Path(__file__).resolve().parents[1] / "population" / "test_mechanisms.py"
    spec = importlib.util.spec_from_file_location("mechanisms", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
