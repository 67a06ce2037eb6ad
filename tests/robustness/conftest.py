"""Made-up standards, reforms and subjects, to compare the population kernel with the engine."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _module(name: str) -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "population" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"population_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="session")
def mechanisms() -> ModuleType:
    """The strategies for standards that combine every rule and every node."""
    return _module("test_mechanisms")


@pytest.fixture(scope="session")
def agreement() -> ModuleType:
    """Reforms of every kind."""
    return _module("test_agreement")


@pytest.fixture(scope="session")
def populations() -> ModuleType:
    """Random subjects, and a made-up standard of another shape."""
    return _module("conftest")
