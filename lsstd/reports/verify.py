"""Checking a printed report: made again from the record that it carries, offline, and compared.

A report holds if making it again gives the same bytes. Otherwise the texts of both files are compared, read by the
same reader, and where these agree all that the files are made of, so that nothing else a reader sees passes unnoticed.
What differs has one of three causes: the report itself was changed (*figure*), the *input* that it carries was (or,
where the assessments are at hand, they have since), or the *standard* is another than the one known today.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from html import unescape
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import lsstd
from lsstd.errors import FileError, InvalidFile, LsstdError, Problem, Problems, UnknownName
from lsstd.files.cases import Case
from lsstd.files.cells import Odd
from lsstd.files.opening import MOST_ROWS, opened, parts_of
from lsstd.files.reading import decode, read_bytes, refused
from lsstd.files.standards import load_standard
from lsstd.files.strict_yaml import parse_json
from lsstd.files.writing import is_own, stamped
from lsstd.pages.blocks import Section
from lsstd.pages.drawing import packaged_characters
from lsstd.reports import excel, pdf, word
from lsstd.reports.record import PAGE, Basis, Record, basis_of, digest_of, drawn_with, without_unused
from lsstd.reports.render import render, title_of, whole_page
from lsstd.reports.report_types import is_table, read_cases, read_subjects, sections, sources_of
from lsstd.reports.templates import load_template, names
from lsstd.standard.models import parse
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, counted, msg, noted, same, shorten

if TYPE_CHECKING:
    from lsstd.population.population import Population

Cause: TypeAlias = Literal["figure", "input", "standard"]
CAUSES: dict[Cause, Text] = {
    "figure": msg("the report itself was changed"),
    "input": msg("the data behind it was changed"),
    "standard": msg("the standard has changed since"),
}
LARGEST = 128 * 2**20
"""Largest report that is read, in bytes: a portfolio of thousands as PDF has some tens of megabytes."""
PAGE_PART, PDF_PART = "HTML", "PDF"
"""The parts that are a whole page, and a whole PDF."""
_MOST_TAGS = 750_000  # of a document or workbook
_MOST_PARTS = 3  # named in the output: an edit by hand changes one part, a program that saves the file nearly all
_MOST_VALUES = 3_000_000  # of a record: a base has some hundred beside its standard
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_PIECE = re.compile(r"<!--.*?(?:-->|\Z)|<[^>]*(?:>|\Z)|[^<]+", re.DOTALL)  # of a page: a tag, or a text
_SECTION = re.compile('data-section="([^"]*)"')
_RECORD = re.compile('id="lsstd-record">([^<]*)')
_CHART = re.compile("<svg.*?</svg>", re.DOTALL)
_WORDS = re.compile(r"[0-9A-Za-z.,%+\-]+|\S")
_STAMP = re.compile(rb"(?<=written by lsstd) #[0-9a-f]{16}")


class ReportText(NamedTuple):
    """A text of a report: where it stands, the text, the section that it belongs to (HTML)."""

    where: str
    text: str
    section: str = ""


_NONE = ReportText("", "")


class Content(NamedTuple):
    """What a report's file holds: its texts, the record it carries, and the parts that it is made of."""

    lines: list[ReportText]
    record: str | None
    parts: dict[str, str]  # a page; the parts of a package; a PDF, its pages before the whole
    printer: frozenset[str] = frozenset()  # the program that printed a PDF, and its fonts


def extract(path: Path, data: bytes | None = None) -> Content:
    """Return what a report's file holds, by the ending of its name; of these bytes, if its content is given.

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


def _html(data: bytes, path: Path) -> Content:
    page = decode(_STAMP.sub(b"", data), path)
    record = _RECORD.search(page)
    return Content(html_lines(page), unescape(record[1]) if record else None, {PAGE_PART: page})


def html_lines(html: str) -> list[ReportText]:
    """Return the texts of a page, each with the headings, the row and the column that it stands under."""
    lines: list[ReportText] = []
    titles, heads = ["", ""], list[str]()
    tag = name = label = key = ""
    column = -1
    for found in _PIECE.finditer(html):
        piece = found[0]
        if piece.startswith("<"):
            tag, name = piece, (piece[1:-1].split() or [""])[0].lower()
            if name.removeprefix("/") in ("section", "header"):
                named = _SECTION.search(tag)
                key = unescape(named[1]) if named else ""
            elif name == "thead":
                heads = []
            if name in ("tr", "div", "dt", "p", "section", "header"):
                label, column = "", -1
            column += name == "td"
        elif (text := unescape(piece).strip()) and name not in ("style", "title") and not _RECORD.search(tag):
            if name in ("h1", "h2", "h3"):
                titles = [titles[0], text] if name == "h3" else [text, ""]
            if name == "th":
                heads.append(text)
            if name in ("td", "dt", "span") and not label and not text.isdigit():
                label = text
            head = heads[column] if label and 0 <= column < len(heads) else ""
            lines.append(ReportText(_place(*titles, "" if label in titles else label, head), text, key))
    return lines


def _place(*names: str) -> str:
    return " › ".join(shorten(name.split("\n")[0], 24) for name in names if name)


def _docx(data: bytes, path: Path) -> Content:
    """Return a document's paragraphs, each with the heading and the row that it stands under."""
    from defusedxml.ElementTree import fromstring

    texts, lines = parts_of(path, data, _MOST_TAGS), list[ReportText]()
    title = label = ""
    for element in fromstring(texts["word/document.xml"]).iter():
        if element.tag in (f"{_W}tbl", f"{_W}tr"):
            label = ""
        elif element.tag == f"{_W}p":
            pieces = (_SIGNS.get(each.tag) or (each.text if each.tag == f"{_W}t" else "") for each in element.iter())
            text = "".join(filter(None, pieces)).replace("\u00a0", " ").strip()
            style = element.find(f"{_W}pPr/{_W}pStyle")
            if style is not None and style.get(f"{_W}val", "").startswith(("Title", "Heading")):
                title = label = text
            if text:
                lines.append(ReportText(_place(*dict.fromkeys((title, label))), text))
            if not label and not text.isdigit():
                label = text
    items = (fromstring(texts[name]) for name in texts if name.startswith("customXml/item"))
    record = next((item.text for item in items if item.tag == f"{{{word.NAMESPACE}}}record"), None)
    return Content(lines, record, _package(data))


def _xlsx(data: bytes, path: Path) -> Content:
    """Return a workbook's cells, each with its format, its sheet and its row."""
    lines, record = list[ReportText](), ""
    with opened(data, path, LARGEST, _MOST_TAGS) as book:
        for sheet in book.sheets:
            for _, row in islice(book.stored(sheet), MOST_ROWS):
                label = next((str(value) for value, _ in row if not str(value).isdigit()), "")
                if sheet.name == excel.RECORD:
                    record += "".join(str(value) for value, _ in row)
                else:
                    lines += [ReportText(_place(sheet.name, label), _cell(*cell)) for cell in row]
    return Content(lines, record or None, _package(data))


def _cell(value: object, form: str) -> str:
    """Return what a cell holds, and its format; other programs put signs into quotes or behind a backslash."""
    shown, plain = value.what.en if isinstance(value, Odd) else str(value), re.sub(r'[\\"]', "", form)
    return shown if plain in ("General", "@") else f"{shown} [{plain}]"


def _package(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: _STAMP.sub(b"", package.read(name)).decode("latin-1") for name in package.namelist()}


def _pdf(data: bytes, _: Path) -> Content:
    """Return the words of each page, Chinese sign by sign: where lines break is up to the printing browser."""
    from pypdf import PdfReader

    reader: Any = PdfReader(io.BytesIO(data))
    boxes, parts, lines = set[str](), dict[str, str](), list[ReportText]()
    printer = {str((reader.metadata or {}).get("/Creator"))}
    for number, page in enumerate(reader.pages, 1):
        text = unicodedata.normalize("NFKC", _spelled(page.extract_text()))
        notes = [note.get_object() for note in page.get("/Annots") or ()]
        said = [f"[{note.get('/Subtype')} {note.get('/Contents', note.get('/A', ''))}]" for note in notes]
        lines += [ReportText(f"p. {number}", found) for found in (*_WORDS.findall(text), *said)]
        sides = {round(float(side)) for box in (page.mediabox, page.cropbox) for side in box}
        boxes.add(f"[page {sorted(sides)} {page.rotation} {page.get('/UserUnit', 1)}]")
        drawn = page.get_contents()
        parts[f"p. {number}"] = "" if drawn is None else drawn.get_data().decode("latin-1")
        fonts = [font.get_object() for font in page.get("/Resources", {}).get("/Font", {}).values()]
        called = (str(font.get("/BaseFont") or font["/FontDescriptor"]["/FontName"]) for font in fonts)
        printer |= {name.rpartition("+")[2] for name in called}
    parts[PDF_PART] = data.decode("latin-1")
    attached = reader.attachments.get(pdf.RECORD)
    lines += [ReportText("pages", box) for box in sorted(boxes)]
    return Content(lines, attached[0].decode("utf-8", "replace") if attached else None, parts, frozenset(printer))


def _spelled(text: str) -> str:
    """Return a text with each character that a machine may have no font for as its name, as it is printed there."""
    return pdf.spelled(text, "".join(sign for sign in {*text} if ord(sign) not in packaged_characters()))


READERS = {".html": _html, ".pdf": _pdf, ".docx": _docx, ".xlsx": _xlsx}
"""The reader of each format, by the ending of a file's name."""


@dataclass(frozen=True)
class Difference:
    """One difference: where it is, what is printed, what comes out today, and the cause.

    In a difference of cause ``standard`` the printed value is the one that the report's own standard gives.
    """

    where: str
    printed: str
    recomputed: str
    cause: Cause


@dataclass(frozen=True)
class Verification:
    """Whether a report holds."""

    differences: tuple[Difference, ...]
    checked: int  # how many texts were computed again
    notes: tuple[Text, ...] = ()  # what a reader should know besides: what was not checked, another version of lsstd
    failed: bool = False  # whether it could not be checked at all; the notes say why

    @property
    def ok(self) -> bool:
        """Whether it could be checked and nothing differs."""
        return not (self.differences or self.failed)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return it as JSON holds it."""
        differences = [asdict(difference) for difference in self.differences]
        notes = [note.to(lang) for note in self.notes]
        return {"ok": self.ok, "differences": differences, "checked": self.checked, "notes": notes}


def verify(report: Path, standard: str | None = None, inputs: Sequence[Path] = ()) -> Verification:
    """Make a report again from what it carries, and compare it with what is printed.

    A report of a user's own template is checked as far as it shows sections of lsstd; what else it prints is named as
    not checked. The index of a folder is passed over. The standard, an id or a file, is compared with the report's;
    without one, that known here by its id. `inputs` are the assessments as they are today, to be compared as well.

    Raises `LsstdError`: it is not a report of lsstd's, carries nothing to compute from, or what cannot be read.
    """
    data = read_bytes(report, LARGEST)
    given = extract(report, data)
    if not given.record and report.stem == "index" and is_own(report):
        return Verification((), 0, (msg("an index, not a report: passed over"),))
    record, basis = _carried(given.record, report, inputs)
    shown, template = sections(basis, record.lang, record.template), same("")
    is_packaged = record.template in (*names(), PAGE)
    if is_packaged:
        template = load_template(basis.kind if record.template == PAGE else record.template).title
    else:
        shown = [section for section in shown if section.key in record.sections]
    differences: list[Difference] = list(_sealed(record))
    title, kind = title_of(shown, template, record.lang), report.suffix.lower().removeprefix(".")
    anew = render(kind, shown, title, record.lang, given.record or "", day=basis.day)
    made, notes = extract(report, anew), list[Text]()
    if data not in (anew, stamped(report, anew)):
        cause: Cause = "input" if differences else "figure"
        found, notes = _compared(given, made, record, shown, is_packaged)
        differences += [replace(difference, cause=cause) for difference in found]
    differences += _since(basis, shown, record.lang, inputs)
    known, unknown = _known(basis, standard)
    differences += _under(basis, known, shown, record.lang) if known else []
    return Verification(tuple(differences), len(made.lines), (*notes, *unknown))


def _compared(
    given: Content, made: Content, record: Record, shown: Sequence[Section], is_packaged: bool
) -> tuple[list[Difference], list[Text]]:
    """Return how a file differs from the one made again, and notes on what was not checked.

    Texts are compared in every case; all else where the same software wrote both, which it does not within a template
    of a user's own.
    """
    notes, keys = list[Text](), {section.key for section in shown}
    lines, anew = given.lines, made.lines
    old, new = f"lsstd {record.lsstd}", f"lsstd {lsstd.__version__}"
    if old != new:
        anew = [line._replace(text=line.text.replace(new, old)) for line in anew]
        notes.append(msg("written by another version, layout not checked: {old} → {new}", old=old, new=new))
    if not is_packaged and PAGE_PART in made.parts:  # around the sections, nbconvert wrote the page
        notes += _not_checked(line.text for line in lines if line.section not in keys)
        lines, anew = ([line for line in each if line.section in keys] for each in (lines, anew))
    found = list(compare(lines, anew, "figure"))
    if not is_packaged:  # a text more is the template's own
        notes += _not_checked(difference.printed for difference in found if not difference.recomputed)
        notes.append(msg("layout and charts are not checked where the template is your own"))
        found = [difference for difference in found if difference.recomputed]
    elif not found and old == new:
        found, notes = _in_layout(given, made, record, drawn_with(shown))
    return found, notes


def _in_layout(given: Content, made: Content, record: Record, here: str) -> tuple[list[Difference], list[Text]]:
    """Return the parts in which files with the same texts differ, and notes; charts are drawn with `here`."""
    then, sides, notes = record.drawn_with, [given.parts, made.parts], list[Text]()
    if PAGE_PART in made.parts:  # the charts of a page take its reader's fonts, a picture has its own
        then, here = (name.partition(" · ")[0] for name in (then, here))
    if then != here:
        sides = [_without_charts(parts) for parts in sides]
        notes.append(msg("lines of charts not checked: drawn with {then}, here with {here}", then=then, here=here))
    if PDF_PART in made.parts and (then != here or not made.printer <= given.printer):
        notes.append(msg("printed by another program: text, annotations and page sizes were checked, not the layout"))
        return [], notes
    old, new = sides
    differing = [name for name in {**new, **old} if old.get(name) != new.get(name)]
    named = [name for name in differing if name != PDF_PART] or differing
    if named:
        text = msg(
            "all texts are the same; the layout was changed, or another program has saved the file ({parts})",
            parts=counted(len(named), "part differs", "parts differ"),
        )
        notes.append(text)
    return [_parted(name, old.get(name, ""), new.get(name, ""), record.lang) for name in named[:_MOST_PARTS]], notes


def _without_charts(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: _CHART.sub("", part) for name, part in parts.items() if "/media/" not in name}


def _parted(name: str, given: str, made: str, lang: Lang) -> Difference:
    """Return where a part of a file first differs from the one made again."""
    place, _ = _alike(given, made)
    where = msg("{part} › character {number}", part=name, number=place + 1)
    old, new = (clip(each[place : place + 60]) for each in (given, made))
    return Difference(where.to(lang), old, new, "figure")


def _alike(one: Sequence[Any], other: Sequence[Any]) -> tuple[int, int]:
    """Return how long two sequences are alike at their beginning, and behind that at their end."""
    most = min(len(one), len(other))
    head = next((place for place in range(most) if one[place] != other[place]), most)
    return head, next((n for n in range(most - head) if one[-n - 1] != other[-n - 1]), most - head)


def _not_checked(texts: Iterable[str]) -> list[Text]:
    """Return the note of what only a user's own template prints, if it prints anything."""
    lines = list(filter(None, texts))
    shown = clip(" · ".join(lines), 200)
    note = msg(
        "not checked: {count} texts that only the template itself prints ({texts})", count=len(lines), texts=shown
    )
    return [note] if lines else []


def compare(given: Sequence[ReportText], made: Sequence[ReportText], cause: Cause) -> Iterator[Difference]:
    """Yield in which lines a report differs from the one made again; an empty text where one of the two has none."""
    ours, theirs = [line.text for line in given], [line.text for line in made]
    head, tail = _alike(ours, theirs)
    matcher = SequenceMatcher(None, ours[head : len(ours) - tail], theirs[head : len(theirs) - tail])
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind != "equal":
            sides = given[start + head : end + head], made[begin + head : stop + head]
            for old, new in zip_longest(*sides, fillvalue=_NONE):
                yield Difference(new.where or old.where, old.text, new.text, cause)


def _carried(carried: str | None, report: Path, inputs: Sequence[Path]) -> tuple[Record, Basis]:
    """Return the record that a report carries, and what it rests on."""
    title = msg("{report} cannot be verified", report=report.name)
    if not carried:
        found = msg("it carries no data")
        expected = msg("a report as lsstd wrote it, not saved again by another program")
        raise InvalidFile(title, [Problem(str(report), found, expected)])
    problems = Problems()
    try:
        record = parse(Record, parse_json(carried, report.name, _MOST_VALUES).value, problems)
        problems.raise_if_any(title)
        assert record is not None
        basis = basis_of(record.basis)
        if basis.kind == "impact" and basis.population is None:
            basis = replace(basis, population=_at_hand(basis, record, inputs, title))
        sections(basis, record.lang)
        return record, basis
    except LsstdError as error:
        raise InvalidFile(title, error.problems) from None
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        found = same(clip(f"{type(error).__name__}: {error}"))
        raise InvalidFile(title, [Problem(str(report), found, msg("intact data"))]) from None


def _at_hand(basis: Basis, record: Record, inputs: Sequence[Path], title: Text) -> Population:
    """Return the population that was too large to travel, if it is at hand and the same."""
    from lsstd.population.population import as_csv, load_population

    for path in inputs:
        people = without_unused(load_population(path, basis.standard), basis.reforms)
        if hashlib.sha256(as_csv(people)).hexdigest() == record.basis["population"]["sha256"]:
            return people
    found = msg("the population was too large to travel with the report")
    expected = msg("--input and the population's file, as it was")
    raise InvalidFile(title, [Problem("population", found, expected)])


def _sealed(record: Record) -> Iterator[Difference]:
    """Yield the checksum that does not match what the report carries."""
    place = msg("checksum of its data").to(record.lang)
    sums = (record.sha256, digest_of(record.basis)), (record.seal, digest_of(record.model_dump(exclude={"seal"})))
    for old, new in sums:
        if old != new:
            yield Difference(place, old[:16], new[:16], "input")
            return


def _known(basis: Basis, name: str | None) -> tuple[Standard | None, list[Text]]:
    """Return the standard that is known today under the report's id, if any."""
    own = basis.standard.standard
    try:
        return load_standard(name or own), []
    except UnknownName:
        if name:
            raise
        note = msg(
            "the standard {own} is not known here and was not compared with today's (--standard names it)", own=own
        )
        return None, [note]


def _under(basis: Basis, known: Standard, shown: Sequence[Section], lang: Lang) -> Iterator[Difference]:
    """Yield that the standard has changed, or what the report carries of it; and which lines would differ."""
    old = basis.standard
    if known.in_file == old.in_file:
        return
    cause: Cause = "input" if known.sha256 == old.sha256 else "standard"
    place = msg("standard").to(lang)
    editions = [noted(each.edition, digest_of(each.in_file)[:16]).to(lang) for each in (old, known)]
    yield Difference(place, editions[0], editions[1], cause)
    yield from _against(basis.under(known), shown, lang, cause, place)


def _since(basis: Basis, shown: Sequence[Section], lang: Lang, inputs: Sequence[Path]) -> Iterator[Difference]:
    """Yield which of the assessments at hand have changed in what counts, and the lines that would differ."""
    cases, known = [*basis.cases, *basis.earlier], {source.sha256 for source in basis.sources}
    for file, (_, sha256) in zip(inputs, sources_of(inputs), strict=True):
        if basis.kind == "impact" or sha256 in known:
            continue
        place = _place_of(file, basis)
        now = _now(file, cases[place])
        if now.assessment != cases[place].assessment:
            yield Difference(file.name, basis.sources[place].sha256[:16], sha256[:16], "input")
            cases[place] = now
    if cases != [*basis.cases, *basis.earlier]:
        count = len(basis.cases)
        other = replace(basis, cases=tuple(cases[:count]), earlier=tuple(cases[count:]))
        yield from _against(other, shown, lang, "input", "")


def _now(file: Path, case: Case) -> Case:
    """Return the same case as a file holds it today; in a table it is the line of the subject's id."""
    if not is_table(file):
        return read_cases([file], case.standard, case.readings, case.reforms)[0]
    if read := read_subjects(file, case.standard).get(case.assessment.subject.id or ""):
        return replace(case, assessment=read().cases[0].assessment)
    found = msg("there is no line of {id}", id=case.assessment.subject.id or case.name)
    raise InvalidFile(
        msg("the report was not made from {file}", file=file.name), [Problem("--input", found, same("—"))]
    )


def _place_of(file: Path, basis: Basis) -> int:
    """Return which of the assessments a file is: by the end of its path, or the only one there is."""
    sources = [source.name for source in basis.sources[: len(basis.cases) + len(basis.earlier)]]
    ends = [place for place, name in enumerate(sources) if file.absolute().as_posix().endswith(f"/{name}")]
    if len(ends) == 1 or len(sources) == 1:
        return ends[0] if ends else 0
    title = msg("the report was not made from {file}", file=file.name)
    raise InvalidFile(title, [Problem("--input", same(file.name), same(", ".join(sources)))])


def _against(other: Basis, shown: Iterable[Section], lang: Lang, cause: Cause, place: str) -> Iterator[Difference]:
    """Yield the lines that would differ if the report rested on something else."""
    kept = {section.key: section for section in shown if not section.key.endswith((".sources", ".cover"))}
    try:
        anew = [section for section in sections(other, lang) if section.key in kept]
    except LsstdError as error:
        yield Difference(place, "", error.to(lang), cause)
        return
    old, new = (
        [line for line in html_lines(whole_page(page, "", lang)) if line.section] for page in (kept.values(), anew)
    )
    yield from compare(old, new, cause)
