"""What stands in a printed report: its lines, section by section, and the record that it carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal, TypeAlias

from lsstd.files.reading import decode, read_bytes

Kind: TypeAlias = Literal["html", "docx", "xlsx", "pdf"]
_LARGEST = 64 * 2**20

_BLOCKS = {"p", "h1", "h2", "h3", "dt", "dd", "th", "td", "span", "b", "text"}
"""Elements that hold one line of a section each."""

_UNSEEN = ("script", "style", "title", "metadata", "template")
_AROUND = {"html", "head", "meta", "title", "style", "body", "main", "div", "section", "header"}
"""Elements that a report has around its sections."""
_PLAIN = {"class", "id", "tabindex", "lang", "charset", "name", "content", "data-section"}


@dataclass(frozen=True)
class Printed:
    """What stands in a printed report, whatever its format.

    Parameters
    ----------
    kind : {"html", "docx", "xlsx", "pdf"}
    parts : tuple
        Texts in the order of the page. Of HTML: each section's key with its lines, also of one that stands there
        twice. Of Word and Excel: one part with all lines. Of PDF: one part with the running text of each page.
    record : str or None
        What the numbers were computed from, as JSON; None where it is gone.
    loose : tuple of str
        Of HTML: texts outside of all sections.
    marks : tuple
        Of HTML: the elements and attributes of each part, with what they hold.
    strange : tuple of str
        Of HTML: elements outside of all sections that no report has.
    style : str
        Of HTML: how it is set.
    """

    kind: Kind
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    record: str | None
    loose: tuple[str, ...] = ()
    marks: tuple[tuple[str, ...], ...] = ()
    strange: tuple[str, ...] = ()
    style: str = ""


def printed_html(path: Path) -> Printed:
    """Return what stands in a report as HTML.

    Raises
    ------
    FileError
        It cannot be read.
    """
    page = PrintedHtml(decode(read_bytes(path, _LARGEST), path))
    parts = tuple((key, tuple(lines)) for key, lines in page.parts)
    marks = tuple(tuple(each) for each in page.marks)
    return Printed("html", parts, page.record or None, tuple(page.loose), marks, tuple(page.strange), page.style)


class PrintedHtml(HTMLParser):
    """A report as HTML taken apart: the lines of each section with its key, other texts, the record as text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, list[str]]] = []
        self.loose: list[str] = []
        self.marks: list[list[str]] = []
        self.strange: list[str] = []
        self.style = ""
        self.record = ""
        self._depth = 0
        self._open = ""
        self._line: list[str] | None = None
        self._into: Literal["body", "record", "nowhere"] = "nowhere"
        self.feed(html)
        self.close()

    @property
    def sections(self) -> dict[str, list[str]]:
        """The lines of each section by its key."""
        return dict(self.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a section, a line within one, or the record."""
        given = dict(attrs)
        self._open = tag
        self._mark(tag, given)
        if tag in _UNSEEN:
            self._into = "record" if given.get("id") == "lsstd-record" else "nowhere"
        elif tag == "body":
            self._into = "body"
        elif tag in ("section", "header"):
            if not self._depth:
                self.parts.append((given.get("data-section") or "", []))
                self.marks.append([_mark_of(tag, given)])
            self._depth += 1
        elif tag == "br":
            self._add("\n")
        elif tag == "i" and self._depth:
            self._close_line()
            self.parts[-1][1].append(_width(given))
        elif tag in _BLOCKS and given.get("class") != "track":
            self._close_line()
            self._line = []

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        self._open = ""
        if tag in _UNSEEN:
            self._into = "body"
        elif tag in _BLOCKS:
            self._close_line()
        elif tag in ("section", "header"):
            self._close_line()
            self._depth = max(0, self._depth - 1)

    def _mark(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Note an element: within a section as it is; elsewhere only where no report has such a one."""
        if self._depth:
            self.marks[-1].append(_mark_of(tag, attributes))
        elif tag == "template" and attributes == {"id": "lsstd-record"}:
            return
        elif tag not in _AROUND or set(attributes) - _PLAIN:
            self.strange.append(_mark_of(tag, attributes))

    def handle_data(self, data: str) -> None:
        """Take a text to where it belongs."""
        if self._open == "style" and not self._depth:
            self.style += data
        if self._depth and data.strip():
            self.marks[-1].append(data.strip())
        if self._into == "record":
            self.record += data
        elif self._into == "body":
            if self._line is None and data.strip():  # a text that no element of ours holds
                (self.parts[-1][1] if self._depth else self.loose).append(data.strip())
            self._add(data)

    def _add(self, text: str) -> None:
        if self._line is not None:
            self._line.append(text)

    def _close_line(self) -> None:
        """Take the line that was open to its section."""
        if self._line is None:
            return
        text, self._line = "".join(self._line), None
        if self._depth:
            self.parts[-1][1].append(text)
        elif text.strip():
            self.loose.append(text.strip())


def _mark_of(tag: str, attributes: Mapping[str, str | None]) -> str:
    """Return an element with its attributes, in one form whatever order they stand in."""
    return " ".join([f"<{tag}", *(f"{key}={value!r}" for key, value in sorted(attributes.items()))])


def _width(attributes: Mapping[str, str | None]) -> str:
    """Return how long a bar is drawn."""
    return (attributes.get("style") or "").removeprefix("width:")
