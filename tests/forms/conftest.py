"""What the tests of forms share: a session over a file, and a page that numbers its messages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import Standard
from lsstd.forms.keeping import Keeper
from lsstd.forms.messages import Session


class Page:
    """Talks to a session as a page does."""

    def __init__(self, standard: Standard, path: Path, name: str = "page") -> None:
        self.session = Session(standard, Keeper(path, standard))
        self.path, self.name, self.number = path, name, 0
        self.opened = self.say(do="open")

    def say(self, **message: Any) -> dict[str, Any]:
        self.number += 1
        return self.session.handle({"page": self.name, "id": self.number, **message})

    def edit(self, path: str, value: Any, **base: Any) -> dict[str, Any]:
        return self.say(do="edit", path=path, value=value, **base)


@pytest.fixture
def page(standard: Standard, tmp_path: Path) -> Callable[..., Page]:
    """Open a form over a file of the test's own: ``page()``, ``page(other_standard)``."""

    def opened(against: Standard = standard, file: Path = tmp_path / "base.yaml", name: str = "page") -> Page:
        return Page(against, file, name)

    return opened
