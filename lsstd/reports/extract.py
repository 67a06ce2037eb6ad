"""What a report's file says, line by line, and the record that it carries; one reader for each format.

A file and the one made again are read by the same reader, so whatever a reader leaves out is alike in both.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from lsstd.errors import FileError, LsstdError, Problem
from lsstd.files.opening import MOST_ROWS, opened, parts_of
from lsstd.files.reading import decode, read_bytes, refused
from lsstd.pages.drawing import packaged_characters
from lsstd.reports import excel, pdf, word
from lsstd.words import Text, clip, msg, same, shorten

LARGEST = 128 * 2**20
"""Largest report that is read, in bytes: a portfolio of thousands as PDF has some tens of megabytes."""
_MOST_TAGS = 500_000  # of a workbook, which openpyxl reads once more, slower
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_AROUND = {"tbl", "tr", "tc", "r", "hyperlink", "smartTag", "sdt", "sdtContent", "customXml"}
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SILENT = {"tblGrid", "proofErr", "bookmarkStart", "bookmarkEnd", "permStart", "permEnd", "softHyphen"} | {
    *("lastRenderedPageBreak", "commentRangeStart", "commentRangeEnd", "commentReference")
}
_TAG = re.compile(r"(<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z))", re.DOTALL)
_SECTION = re.compile('data-section="([^"]*)"')
_RECORD = 'id="lsstd-record"'
_ATTRIBUTE = re.compile(r'([^\s="]+)=("[^"]*")')
_WORDS = re.compile(r"[0-9A-Za-z.,%+\-]+|\S")


class Line(NamedTuple):
    """A text of a report: where it stands, the text, the markup before it, the section that it belongs to (HTML)."""

    where: str
    text: str
    marks: str = ""
    section: str = ""


class Extract(NamedTuple):
    """The lines of a report and its record; None where it carries none."""

    lines: list[Line]
    record: str | None


def _unsound(path: Path, found: Text) -> FileError:
    return refused(path, found, msg("an undamaged file"))


def extract(path: Path) -> Extract:
    """Return what a report's file says, by the ending of its name.

    Raises
    ------
    FileError
        Another ending, or the file cannot be read.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        title = msg("{path} is not a report", path=path.name)
        raise FileError(title, [Problem(str(path), same(path.suffix or "—"), same(" / ".join(READERS)))])
    return reader(path)


def html_lines(html: str) -> list[Line]:
    """Return the lines of a page."""
    return _Page(html).lines


class _Page:
    """A page: each text with every tag and comment before it, so that nothing is shown or run unseen."""

    def __init__(self, html: str) -> None:
        self.lines: list[Line] = []
        self.record: str | None = None
        self._tag, self._marks, self._drawing = "", list[str](), list[str]()
        self._titles, self._heads, self._label, self._column, self._section = ["", ""], list[str](), "", -1, ""
        for place, token in enumerate(_TAG.split(html)):
            if place % 2:
                self._read_tag(token)
            elif _RECORD in self._tag and self.record is None:
                self.record = unescape(token)
            elif text := unescape(token).strip():
                self._read_text(text)
        self._emit("")

    def _read_tag(self, tag: str) -> None:
        self._tag, name = tag, _name_of(tag)
        if name == "svg" or self._drawing:
            self._drawing += _unfolded(tag)
        else:
            if name in ("tr", "section"):
                self._emit("")  # so that a row is the same markup wherever it stands
            self._marks.append(tag)
        if name == "/svg":
            names = sorted({tag.split()[0] for tag in self._drawing})
            digest = _digest("\n".join(self._drawing).encode())
            self._drawing = []
            self._emit(f"[drawing of {' '.join(names)}]")
            self._emit(digest)
        if name.strip("/") in ("section", "header"):
            named = _SECTION.search(tag)
            self._section = unescape(named[1]) if named else ""
        if name == "thead":
            self._heads = []
        if name in ("tr", "div", "dt", "p", "section", "header"):
            self._label, self._column = "", -1
        self._column += name == "td"

    def _read_text(self, text: str) -> None:
        name = _name_of(self._tag)
        if name in ("h1", "h2", "h3"):
            self._titles = [self._titles[0], text] if name == "h3" else [text, ""]
        if name == "th":
            self._heads.append(text)
        if name in ("td", "dt", "span") and not self._label and not text.isdigit():
            self._label = text
        self._emit(text)

    def _emit(self, text: str) -> None:
        head = self._heads[self._column] if 0 <= self._column < len(self._heads) else ""
        label = "" if self._label in self._titles else self._label
        where = _place(*self._titles, label, head if self._label else "")
        self.lines.append(Line(where, text, "".join(self._marks), self._section))
        self._marks = []


def _name_of(tag: str) -> str:
    """Return the name of a tag as it stands, a slash before that of one that closes."""
    return (tag[1:-1].split() or [""])[0].lower()


def _unfolded(tag: str) -> Iterator[str]:
    """Yield a tag of a drawing the same whoever wrote it: nbconvert closes, sorts and puts in small letters."""
    name, *rest = _ATTRIBUTE.sub(" ", tag[1:-1]).lower().split() or [""]
    attributes = sorted(f"{key.lower()}={value}" for key, value in _ATTRIBUTE.findall(tag))
    is_closed = [name, *rest][-1].endswith("/")
    name = name.rstrip("/")
    yield " ".join([name or "/", *(word for word in rest if word != "/"), *attributes])
    if is_closed:
        yield f"/{name}"


def _place(*names: str) -> str:
    return " › ".join(shorten(name.split("\n")[0], 24) for name in names if name)


def _html(path: Path) -> Extract:
    page = _Page(decode(read_bytes(path, LARGEST), path))
    return Extract(page.lines, page.record)


def _docx(path: Path) -> Extract:
    """Return the paragraphs of a document, with the name of whatever shows something in a way that is not ours."""
    from defusedxml.ElementTree import fromstring

    parts = parts_of(path)
    try:
        roots = {name: fromstring(part) for name, part in parts.items() if name.endswith((".xml", ".rels"))}
        links = {link.get("Id"): f"word/{link.get('Target')}" for link in roots["word/_rels/document.xml.rels"]}
        with zipfile.ZipFile(path) as package:
            held = package.namelist()
            pictures = {key: _digest(package.read(name)) for key, name in links.items() if name in held}
        lines = list(_Body(pictures).lines(roots["word/document.xml"]))
    except Exception as error:  # a damaged package fails in every way that zip and XML can
        found = msg("not a sound Word document ({error})", error=clip(error))
        raise _unsound(path, found) from None
    records = (root.text for root in roots.values() if root.tag == f"{{{word.NAMESPACE}}}record")
    return Extract(lines, next(records, None))


def _digest(data: bytes) -> str:
    return f"[drawn as {hashlib.sha256(data).hexdigest()[:12]}]"


class _Body:
    """The body of a Word document, read paragraph by paragraph."""

    def __init__(self, pictures: dict[str | None, str]) -> None:
        self.pictures, self.title, self.label = pictures, "", ""

    def lines(self, element: Any) -> Iterator[Line]:
        for child in element:
            name = _name(child)
            if name == "p":
                text = "".join(self.inline(child)).replace("\u00a0", " ").strip()
                style = child.find(f"{_W}pPr/{_W}pStyle")
                if style is not None and style.get(f"{_W}val", "").startswith(("Title", "Heading")):
                    self.title = self.label = text
                if text:
                    yield Line(_place(*dict.fromkeys((self.title, self.label))), text)
                if not self.label and not text.isdigit():
                    self.label = text
            elif name in _AROUND or name == "body":
                self.label = "" if name in ("tbl", "tr") else self.label
                yield from self.lines(child)
            else:
                yield from (Line(self.title, text) for text in self.foreign(child))

    def inline(self, element: Any) -> Iterator[str]:
        """Yield what a paragraph shows, piece by piece; hidden runs show nothing."""
        for child in element:
            name = _name(child)
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name in _AROUND:
                hidden = child.findall(f"{_W}rPr/{_W}vanish")
                if all(mark.get(f"{_W}val", "1") in ("0", "false", "off") for mark in hidden):
                    yield from self.inline(child)
            elif name == "drawing" and (blips := [b for b in child.iter() if b.tag.endswith("}blip")]):
                yield from (self.pictures.get(blip.get(_EMBED), "[drawing]") for blip in blips)
            elif name == "pPr":
                yield from ("[numPr]" for number in child.iter(f"{_W}numId") if number.get(f"{_W}val") != "0")
            else:
                yield from self.foreign(child)

    def foreign(self, element: Any) -> Iterator[str]:
        """Yield the name of an element that shows something in a way of its own."""
        name = _name(element)
        if name not in _SILENT and not name.endswith(("Pr", "PrEx")):
            yield f"[{name}]"


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _xlsx(path: Path) -> Extract:
    """Return the cells of a workbook with the formats that shape them, and what of it is hidden."""
    from openpyxl import load_workbook

    data = read_bytes(path, LARGEST)
    lines: list[Line] = []
    pieces: list[str] = []
    with opened(data, path, LARGEST, _MOST_TAGS) as measured:
        for part in measured.sheets:
            name, rows = part.name, [row for _, row in islice(measured.stored(part), MOST_ROWS)]
            if name == excel.RECORD:
                pieces += [str(value) for row in rows for value, _ in row if value is not None]
                continue
            for row in rows:
                label = next((str(value) for value, _ in row if value is not None and not str(value).isdigit()), "")
                lines += [Line(_place(name, label), _cell(*cell)) for cell in row if cell[0] not in (None, "")]
    try:
        sheets: Any = load_workbook(io.BytesIO(data)).worksheets
    except Exception as error:  # as above
        raise _unsound(path, msg("not a sound workbook ({error})", error=clip(error))) from None
    for sheet in sheets:
        if sheet.title != excel.RECORD:
            sizes = (*sheet.row_dimensions.items(), *sheet.column_dimensions.items())
            hidden = " ".join(str(name) for name, size in sizes if size.hidden)
            lines.append(Line(sheet.title, f"[sheet {sheet.title}: {sheet.sheet_state} {hidden}]"))
            lines += [Line(sheet.title, _digest(image._data())) for image in sheet._images]
    return Extract(lines, "".join(pieces) or None)


def _cell(value: object, form: str) -> str:
    """Return what a cell holds, and its format; other programs put signs into quotes or behind a backslash."""
    plain = re.sub(r'[\\"]', "", form)
    return str(value) if plain in ("General", "@") else f"{value} [{plain}]"


def _pdf(path: Path) -> Extract:
    """Return the words of each page, Chinese sign by sign: where lines break is up to the printing browser."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(read_bytes(path, LARGEST)))
        texts = [unicodedata.normalize("NFKC", _spelled(page.extract_text())) for page in reader.pages]
        attached = reader.attachments.get(pdf.RECORD)
    except LsstdError:
        raise
    except Exception as error:  # a damaged PDF fails in more ways than its reader knows
        raise _unsound(path, msg("not a sound PDF ({error})", error=clip(error))) from None
    lines = [Line(f"p. {number}", found) for number, text in enumerate(texts, 1) for found in _WORDS.findall(text)]
    return Extract(lines, attached[0].decode("utf-8", "replace") if attached else None)


def _spelled(text: str) -> str:
    """Return a text with each character that a machine may have no font for as its name, as it is printed there."""
    return pdf.spelled(text, "".join(sign for sign in {*text} if ord(sign) not in packaged_characters()))


READERS = {".html": _html, ".pdf": _pdf, ".docx": _docx, ".xlsx": _xlsx}
"""The reader of each format, by the ending of a file's name."""
