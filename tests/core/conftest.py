"""What the tests of the core share: the Heilongjiang standard, a made-up one, and a short way to a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from lsstd import Result, Standard, load_standard
from lsstd.core.evaluate import evaluate
from lsstd.core.intake import parse_assessment

# The same examples in every run, however slow the machine: no law fails by chance on somebody's computer.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

CASES = Path(__file__).resolve().parents[1] / "cases"


@pytest.fixture(scope="session")
def standard() -> Standard:
    return load_standard("hlj-base-evaluation")


@pytest.fixture(scope="session")
def made_up() -> Standard:
    """Another standard, with other numbers, operators and bands (see tests/cases/made-up)."""
    return load_standard(CASES / "made-up" / "standard.yaml")


@pytest.fixture(scope="session")
def assess(standard: Standard) -> Callable[..., Result]:
    """Evaluate facts and answers given as plain values, as a file holds them."""

    def evaluated(
        answers: Mapping[str, Any] | None = None,
        facts: Mapping[str, Any] | None = None,
        readings: dict[str, str] | None = None,
        against: Standard = standard,
        **rest: Any,
    ) -> Result:
        given = {"standard": against.standard, "facts": facts or {}, "answers": answers or {}, **rest}
        return evaluate(against, parse_assessment(against, given), readings)

    return evaluated
