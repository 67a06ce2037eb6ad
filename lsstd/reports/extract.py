"""What a report's file says, line by line, all else that it is made of, and the record that it carries.

A file and the one made again are read by the same reader, so whatever a reader leaves out is alike in both.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections import deque
from collections.abc import Iterator
from html import unescape
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from lsstd.errors import FileError, LsstdError, Problem
from lsstd.files.cells import Odd
from lsstd.files.opening import MOST_ROWS, opened, parts_of
from lsstd.files.reading import decode, read_bytes, refused
from lsstd.pages.drawing import packaged_characters
from lsstd.reports import excel, pdf, word
from lsstd.words import clip, msg, same, shorten

LARGEST = 128 * 2**20
"""Largest report that is read, in bytes: a portfolio of thousands as PDF has some tens of megabytes."""
FRAME, FILE = "HTML", "PDF"
"""The parts of a page that are outside its sections, and of a PDF that are on none of its pages."""
DRAWN = "[drawn as "
"""So begins the line of a drawing, or of any part that is no text."""
_MOST_TAGS = 500_000  # of a workbook, which openpyxl reads once more, slower; a document may have half as many again
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "sym": "[sign]"}
_BESIDE = re.compile(r"(header|footer|comment|note|drawing|chart)[A-Za-z]*\d*\.xml$")
_TAG = re.compile(r"(<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z))", re.DOTALL)
_SECTION = re.compile('data-section="([^"]*)"')
_RECORD = 'id="lsstd-record"'
_ATTRIBUTE = re.compile(r'(?<![^\s="])([^\s="]++)=("[^"]*")')  # in linear time
_WORDS = re.compile(r"[0-9A-Za-z.,%+\-]+|\S")
_STAMP = re.compile(rb"(?<=written by lsstd) #[0-9a-f]{16}")
_PASSING = re.compile(  # when it was written and by whom; the outline that openpyxl gives to the pictures that it reads
    rb'<(dcterms:modified|cp:lastModifiedBy)(?:[^<>]* xsi:type="dcterms:W3CDTF")?>[^<]*</\1>|<cp:lastModifiedBy/>|'
    rb"<a:ln [^>]*><a:prstDash [^>]*/></a:ln>"
)
_EMPTY = re.compile(rb"<(([^\s<>/]+)[^<>]*)></\2>")
_BY_BROWSER = re.compile(  # what a browser puts into a page that it saves
    r"""<!-- saved from url=\(\d+\)[^<>]*-->|"""
    r"""<meta (charset="utf-8"|http-equiv="content-type" content="text/html; charset=utf-8")>""",
    re.I,
)
_WHITE = {("theme", 0), ("indexed", 1), ("indexed", 9)}  # ink of Excel's that is white
_PACKED = ("/Parent", "/Length", "/Filter", "/DecodeParms")  # how an object is kept, not what it is
_NODE = re.compile(r"\bnode\d{8}\b")  # an element of the page, which browsers number from wherever they please
_FAINTEST, _SMALLEST = 0xD8, 4
"""Ink from this brightness on, and type below these points, is not read on white paper."""


class Line(NamedTuple):
    """A text of a report: where it stands, the text, the section that it belongs to (HTML)."""

    where: str
    text: str
    section: str = ""


class Extract(NamedTuple):
    """What a report's file holds."""

    lines: list[Line]  # what it says, whatever program has saved it
    record: str | None
    parts: dict[str, list[str]]  # all else, piece by piece: sections of a page, parts of a package, pages of a PDF
    program: frozenset[str] = frozenset()  # what saved or printed it, with which fonts; another spells parts anew


def extract(path: Path, data: bytes | None = None) -> Extract:
    """Return what a report's file says, by the ending of its name; of these bytes, if its content is given.

    Raises `FileError`: another ending, or the file cannot be read.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        title = msg("{path} is not a report", path=path.name)
        raise FileError(title, [Problem(str(path), same(path.suffix or "—"), same(" / ".join(READERS)))])
    data = read_bytes(path, LARGEST) if data is None else data
    try:
        return reader(data, path)
    except LsstdError:
        raise
    except Exception as error:  # a damaged file fails in every way that zip, XML and PDF can
        found = msg("not a sound {kind} file ({error})", kind=path.suffix[1:].upper(), error=clip(error))
        raise refused(path, found, msg("an undamaged file")) from None


def html_lines(html: str) -> list[Line]:
    """Return the lines of a page."""
    return _Page(html).lines


class _Page:
    """A page: its texts, and in each section every tag as well, so that nothing is shown or run unseen."""

    def __init__(self, html: str) -> None:
        self.lines: list[Line] = []
        self.record: str | None = None
        self.parts: dict[str, list[str]] = {FRAME: []}
        self._tag, self._drawing = "", list[str]()
        self._titles, self._heads, self._label, self._column, self._section = ["", ""], list[str](), "", -1, ""
        end = 0
        for found in _TAG.finditer(html):
            self._read_between(html[end : found.start()])
            self._read_tag(found[0])
            end = found.end()
        self._read_between(html[end:])

    def _read_between(self, text: str) -> None:
        if _RECORD in self._tag and self.record is None:
            self.record = unescape(text)
        elif text := unescape(text).strip():
            self._read_text(text)

    def _read_tag(self, tag: str) -> None:
        if _BY_BROWSER.fullmatch(tag):
            return
        self._tag, name = tag, _name_of(tag)
        if name in ("section", "header"):
            named = _SECTION.search(tag)
            self._section = unescape(named[1]) if named else ""
        is_drawn = name == "svg" or self._drawing
        (self._drawing if is_drawn else self.parts.setdefault(self._section or FRAME, [])).extend(_unfolded(tag))
        if name == "/svg":
            names = sorted({tag.split()[0] for tag in self._drawing})
            self._emit(f"[drawing of {' '.join(names)}]")
            self._emit(_digest("\n".join(self._drawing).encode()))
            self._drawing = []
        if name in ("/section", "/header"):
            self._section = ""
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
        if name in ("title", "style"):
            self.parts[FRAME].append(text)
        else:
            self._emit(text)

    def _emit(self, text: str) -> None:
        head = self._heads[self._column] if 0 <= self._column < len(self._heads) else ""
        label = "" if self._label in self._titles else self._label
        self.lines.append(Line(_place(*self._titles, label, head if self._label else ""), text, self._section))
        self.parts.setdefault(self._section or FRAME, []).append(text)


def _name_of(tag: str) -> str:
    """Return the name of a tag as it stands, a slash before that of one that closes."""
    return (tag[1:-1].split() or [""])[0].lower()


def _unfolded(tag: str) -> Iterator[str]:
    """Yield a tag the same whoever wrote it: browsers and nbconvert close, sort and put in small letters."""
    name, *rest = _ATTRIBUTE.sub(" ", tag[1:-1]).lower().split() or [""]
    attributes = sorted(f"{key.lower()}={unescape(value)}" for key, value in _ATTRIBUTE.findall(tag))
    is_closed = [name, *rest][-1].endswith("/")
    name = name.rstrip("/")
    yield f"<{' '.join([name or '/', *(word for word in rest if word != '/'), *attributes])}>"
    if is_closed and name != "br":
        yield f"</{name}>"


def _place(*names: str) -> str:
    return " › ".join(shorten(name.split("\n")[0], 24) for name in names if name)


def _html(data: bytes, path: Path) -> Extract:
    page = _Page(decode(_STAMP.sub(b"", data), path).replace("\r\n", "\n"))
    return Extract(page.lines, page.record, page.parts)


def _package(data: bytes) -> tuple[dict[str, list[str]], frozenset[str]]:
    """Return the pieces of each part of a package, those of one name together, and the program that saved it."""
    parts: dict[str, list[str]] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for entry in package.infolist():
            content, pieces = package.read(entry), parts.setdefault(entry.filename, [])
            if entry.filename.startswith(("docProps/", "xl/drawings/")):
                content = _PASSING.sub(b"", _STAMP.sub(b"", content))
            if entry.filename.endswith((".xml", ".rels", ".vml")):
                content = _EMPTY.sub(rb"<\1/>", content)
                pieces += filter(None, _TAG.split(content.decode("utf-8", "replace")))
            else:
                pieces.append(_digest(content))
    return parts, frozenset(["".join(parts.get("docProps/app.xml", []))])


def _docx(data: bytes, path: Path) -> Extract:
    """Return the paragraphs of a document that are seen, and what stands beside them."""
    from defusedxml.ElementTree import fromstring

    texts = parts_of(path, data, _MOST_TAGS * 3 // 2)
    roots = {name: fromstring(part) for name, part in texts.items() if name.endswith((".xml", ".rels"))}
    links = {link.get("Id"): f"word/{link.get('Target')}" for link in roots["word/_rels/document.xml.rels"]}
    parts, program = _package(data)
    pictures = {key: "".join(parts[name]) for key, name in links.items() if name in parts}
    lines = [*_paragraphs(roots["word/document.xml"], pictures), *_beside(roots)]
    records = (root.text for root in roots.values() if root.tag == f"{{{word.NAMESPACE}}}record")
    return Extract(lines, next(records, None), parts, program)


def _paragraphs(root: Any, pictures: dict[str | None, str]) -> Iterator[Line]:
    """Yield the paragraphs of a Word document, those of text boxes and tracked changes among them."""
    title = label = ""
    hidden = {id(each) for row in root.iter(f"{_W}tr") if _is_on(row, "trPr/hidden") for each in row.iter(f"{_W}p")}
    for element in root.iter():
        name = _name(element)
        if name in ("tbl", "tr"):
            label = ""
        if name != "p" or id(element) in hidden:
            continue
        text = "".join(_seen(element, pictures)).replace("\u00a0", " ").strip()
        style = element.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and style.get(f"{_W}val", "").startswith(("Title", "Heading")):
            title = label = text
        if text:
            yield Line(_place(*dict.fromkeys((title, label))), text)
        if not label and not text.isdigit():
            label = text


def _seen(paragraph: Any, pictures: dict[str | None, str]) -> Iterator[str]:
    """Yield what the runs of a paragraph show; those that are hidden, or not seen on white paper, show nothing."""
    yield from ("[numbered]" for number in paragraph.iter(f"{_W}numId") if number.get(f"{_W}val") != "0")
    for run in paragraph.iter(f"{_W}r"):
        colour, size = (
            None if found is None else found.get(f"{_W}val")
            for found in (run.find(f"{_W}rPr/{_W}{key}") for key in ("color", "sz"))
        )
        points = float(size) / 2 if size and size.isdigit() else _SMALLEST
        if _is_on(run, "rPr/vanish") or _is_faint(colour, points):
            continue
        for piece in run.iter():
            if (name := _name(piece)) == "t":
                yield piece.text or ""
            elif name == "blip":
                yield pictures.get(piece.get(_EMBED), "[drawing]")
            else:
                yield _SIGNS.get(name, "")


def _beside(roots: dict[str, Any]) -> Iterator[Line]:
    """Yield what headers, footers, notes, comments and drawings say, each once; their numbers may be computed."""
    found = (
        "".join(piece.text or "" for piece in root.iter() if _name(piece) in ("t", "text"))
        for name, root in roots.items()
        if _BESIDE.search(name)
    )
    texts = sorted({re.sub(r"[\d\s]+", "", text) for text in found} - {""})
    return (Line("header / footer / comments", text) for text in texts)


def _digest(data: bytes) -> str:
    return f"{DRAWN}{hashlib.sha256(data).hexdigest()[:12]}]"


def _is_faint(colour: str | None, points: float) -> bool:
    """Return whether type of this colour (hexadecimal) and size is not seen on white paper."""
    ink = re.fullmatch("(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})", colour or "")
    return points < _SMALLEST or (ink is not None and min(bytes.fromhex(ink[1])) >= _FAINTEST)


def _is_on(element: Any, path: str) -> bool:
    """Return whether a property of an element of Word's is set, and not set to no."""
    found = element.findall("/".join(f"{_W}{name}" for name in path.split("/")))
    return any(mark.get(f"{_W}val", "1") not in ("0", "false", "off") for mark in found)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _xlsx(data: bytes, path: Path) -> Extract:
    """Return the cells of a workbook with the formats that shape them, and what is hidden or stands beside them."""
    from defusedxml.ElementTree import fromstring
    from openpyxl import load_workbook

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
    parts, program = _package(data)
    book: Any = load_workbook(io.BytesIO(data))
    roots = {name: fromstring("".join(part)) for name, part in parts.items() if _BESIDE.search(name)}
    for sheet in book.worksheets:
        if sheet.title != excel.RECORD:
            lines.append(Line(sheet.title, " · ".join(_of_sheet(sheet))))
            lines += [Line(sheet.title, _digest(image._data())) for image in sheet._images]
    names = [Line("workbook", f"[name {name}]") for name in book.defined_names]
    return Extract([*lines, *names, *_beside(roots)], "".join(pieces) or None, parts, program)


def _of_sheet(sheet: Any) -> Iterator[str]:
    """Yield a sheet's name and state, its hidden rows, columns and cells, and what is set by conditions or printed."""
    yield f"[sheet {sheet.title}: {sheet.sheet_state}"
    sizes = [(name, size, size.height) for name, size in sheet.row_dimensions.items()]
    sizes += [(name, size, size.width) for name, size in sheet.column_dimensions.items()]
    yield from (f"hidden {name}" for name, size, length in sizes if size.hidden or (length is not None and length < 1))
    for cell in sheet._cells.values():
        ink = cell.font.color
        is_white = ink is not None and (ink.type, ink.value) in _WHITE
        if cell.value is not None and _is_faint("FFFFFF" if is_white else ink and str(ink.rgb), cell.font.sz or 11):
            yield f"hidden {cell.coordinate}"
    yield from (f"format by condition {found.sqref}" for found in sheet.conditional_formatting)
    printed = (each for each in (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.firstHeader) if each)
    yield from (side.text for each in printed for side in (each.left, each.center, each.right) if side.text)
    yield f"{len(sheet._charts)} charts]"


def _cell(value: object, form: str) -> str:
    """Return what a cell holds, and its format; other programs put signs into quotes or behind a backslash."""
    plain = re.sub(r'[\\"]', "", form)
    shown = f"[{value.what.en}]" if isinstance(value, Odd) else str(value)
    return shown if plain in ("General", "@") else f"{shown} [{plain}]"


def _pdf(data: bytes, _: Path) -> Extract:
    """Return the words of each page, Chinese sign by sign: where lines break is up to the printing browser."""
    from pypdf import PdfReader

    reader: Any = PdfReader(io.BytesIO(data))
    boxes, lines = set[str](), list[Line]()
    for number, page in enumerate(reader.pages, 1):
        text = unicodedata.normalize("NFKC", _spelled(page.extract_text()))
        notes = [note.get_object() for note in page.get("/Annots") or ()]
        said = [f"[{note.get('/Subtype')} {note.get('/Contents', note.get('/A', ''))}]" for note in notes]
        lines += [Line(f"p. {number}", found) for found in (*_WORDS.findall(text), *said)]
        sides = {round(float(side)) for box in (page.mediabox, page.cropbox) for side in box}
        boxes.add(f"[page {sorted(sides)} {page.rotation} {page.get('/UserUnit', 1)}]")
    parts, printer = _objects_of(reader)
    attached = reader.attachments.get(pdf.RECORD)
    lines += [Line("pages", box) for box in sorted(boxes)]
    return Extract(lines, attached[0].decode("utf-8", "replace") if attached else None, parts, printer)


def _objects_of(reader: Any) -> tuple[dict[str, list[str]], frozenset[str]]:
    """Return all objects of a PDF, under the first page that needs them or the last; and its printer with the fonts."""
    from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

    pages = [page.indirect_reference for page in reader.pages]
    numbers = {(page.idnum, page.generation): place for place, page in enumerate(pages)}
    printer = {str((reader.metadata or {}).get("/Creator"))}
    todo: deque[Any] = deque()

    def spelled(value: Any) -> str:
        if isinstance(value, IndirectObject):
            if (key := (value.idnum, value.generation)) not in numbers:
                todo.append(value)
            return f"#{numbers.setdefault(key, len(numbers))}"
        if isinstance(value, list):
            return f"[{' '.join(map(spelled, value))}]"
        if not isinstance(value, DictionaryObject):
            return _NODE.sub("node", str(value))
        printer.update(str(value[key]).rpartition("+")[2] for key in ("/FontName",) if key in value)
        inner = [f"{key} {spelled(value.raw_get(key))}" for key in sorted(value) if key not in _PACKED]
        return f"<<{' '.join(inner)}>>" + (_digest(value.get_data()) if isinstance(value, StreamObject) else "")

    parts: dict[str, list[str]] = {}
    for number, page in enumerate(reader.pages, 1):
        drawn = page.get_contents()
        parts[f"p. {number}"] = [] if drawn is None else drawn.get_data().decode("latin-1").splitlines()
    parts[FILE] = [f"{(reader.metadata or {}).get('/Title')}"]
    for pieces, start in zip(parts.values(), [*pages, reader.root_object], strict=True):
        todo.append(start)
        while todo:
            pieces.append(spelled(todo.popleft().get_object()))
    return parts, frozenset(printer)


def _spelled(text: str) -> str:
    """Return a text with each character that a machine may have no font for as its name, as it is printed there."""
    return pdf.spelled(text, "".join(sign for sign in {*text} if ord(sign) not in packaged_characters()))


READERS = {".html": _html, ".pdf": _pdf, ".docx": _docx, ".xlsx": _xlsx}
"""The reader of each format, by the ending of a file's name."""
