"""What stands in a printed report: its lines, section by section, and the record that it carries."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

_BLOCKS = {"p", "h1", "h2", "h3", "dt", "dd", "th", "td", "span", "b", "text"}
"""Elements that hold one line of a section each."""


class PrintedHtml(HTMLParser):
    """A report as HTML taken apart: the lines of each section by its key, other texts, the record as text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sections: dict[str, list[str]] = {}
        self.record = ""
        self._key: str | None = None
        self._depth = 0
        self._line: list[str] | None = None
        self._in_record = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a section, a line within one, or the record."""
        given = dict(attrs)
        if tag == "template" and given.get("id") == "lsstd-record":
            self._in_record = True
        if (key := given.get("data-section")) is not None and self._key is None:
            self._key, self._depth = self._free(key), 0
            self.sections[self._key] = []
        elif self._key is None:
            return
        if tag in ("section", "header"):
            self._depth += 1
        elif tag == "br":
            self._add("\n")
        elif tag == "i":
            self.sections[self._key].append(_width(given))
        elif tag in _BLOCKS and given.get("class") != "track":
            self._line = []

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag == "template":
            self._in_record = False
        if self._key is None:
            return
        if tag in _BLOCKS and self._line is not None:
            self.sections[self._key].append("".join(self._line))
            self._line = None
        elif tag in ("section", "header"):
            self._depth -= 1
            self._key = self._key if self._depth else None

    def handle_data(self, data: str) -> None:
        """Take a text to where it belongs."""
        if self._in_record:
            self.record += data
        elif self._key is not None:
            self._add(data)

    def _add(self, text: str) -> None:
        if self._line is not None:
            self._line.append(text)

    def _free(self, key: str) -> str:
        """Return the key, or for a section that stands there twice one that tells so."""
        return key if key not in self.sections else self._free(f"{key}+")


def _width(attributes: Mapping[str, str | None]) -> str:
    """Return how long a bar is drawn."""
    return (attributes.get("style") or "").removeprefix("width:")
