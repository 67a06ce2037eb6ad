"""What a page asks of its Python, here without a browser: forms opened, edited, kept as files that the page stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd.standard.standard import Standard
from lsstd.widgets import in_page


@pytest.fixture
def ask(standard: Standard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Ask as the page does: an edit of a field, with the files that another tab has kept."""
    monkeypatch.setattr(in_page, "FOLDER", tmp_path)
    in_page.start(json.dumps({"in_file": standard.in_file, "sha256": standard.sha256, "lang": "en"}))
    in_page.open_form("one", "{}")
    numbers = iter(range(1, 100))

    def asked(do: str, files: dict[str, str] | None = None, **more: Any) -> tuple[Any, Any, bytes | None]:
        message = {"page": "p", "id": next(numbers), "do": do, **more}
        answer, kept, data = in_page.handle(json.dumps(message), json.dumps(files) if files else "")
        return json.loads(answer), json.loads(kept) if kept else None, data

    return asked


# Nothing is kept before the first change; then the files and what the form shows of them, which opens the form again.
def test_a_change_is_kept(ask: Callable[..., Any]) -> None:
    opened, kept, _ = ask("open")
    assert (opened["lang"], "report" in opened["offers"], kept) == ("en", True, None)
    answer, kept, _ = ask("edit", path="subject.name", value="冰城", base=None)
    assert answer["saved"] is True
    assert kept["name"] == "冰城"
    assert "name: 冰城" in kept["files"]["form.yaml"]
    assert kept["opening"]["values"]["subject.name"] == "冰城"
    assert ask("edit", path="subject.name", value="冰城", base="冰城")[1] is None
    in_page.open_form("two", json.dumps(kept["files"]))
    assert ask("open")[0]["values"]["subject.name"] == "冰城"


# What another tab has kept in the meantime is merged field by field; where both changed one, the page is asked.
def test_two_tabs_are_merged(ask: Callable[..., Any]) -> None:
    ask("open")
    _, kept, _ = ask("edit", path="subject.name", value="冰城", base=None)
    text = kept["files"]["form.yaml"].replace("name: 冰城", "name: 冰城\n  region: 哈尔滨")
    answer, kept, _ = ask("edit", {"form.yaml": text}, path="facts.live_rooms", value="14", base=None)
    assert answer["values"]["subject.region"] == "哈尔滨"
    assert all(words in kept["files"]["form.yaml"] for words in ("region: 哈尔滨", "live_rooms"))
    text = kept["files"]["form.yaml"].replace("name: 冰城", "name: 雪乡")
    answer, _, _ = ask("edit", {"form.yaml": text}, path="subject.name", value="冰雪", base="冰城")
    assert [one["path"] for one in answer["review"]] == ["subject.name"]


# A file is made and goes with the answer; what cannot be made is refused in words.
def test_files_are_offered(ask: Callable[..., Any]) -> None:
    ask("open")
    answer, kept, data = ask("offer", kind="result", lang="en")
    assert (answer["name"], kept) == ("hlj-base-evaluation-result.json", None)
    assert json.loads(data)["score"]["secured"] == 0
    answer, _, data = ask("offer", kind="nothing")
    assert answer["refused"]["en"]
    assert data is None
    answer, _, _ = ask("check", day="12345-01-01")  # as a browser's field for dates takes it
    assert "12345-01-01" in answer["refused"]["en"]
