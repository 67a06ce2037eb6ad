"""The documents that the standards quote, where they are at hand."""

from collections.abc import Callable

import pytest
from quotations import source


@pytest.fixture(scope="session")
def source_text() -> Callable[[str], str]:
    """Read the document of a standard, or skip the test: ``source_text("hlj-base-evaluation")``."""

    def read(standard: str) -> str:
        path = source(standard)
        if not path.is_file():
            pytest.skip(f"the source document {path.name} is not in {path.parent}; name its folder in LSSTD_SEEDS")
        return path.read_text(encoding="utf-8")

    return read
