"""The application form, filled in Word from the facts that are scored; nothing that is missing is made up.

The printed form stands ready as a Word template beside its standard (``standards/<id>.docx``), for anyone to edit in
Word; the form of any other standard, or of one that a reform has reworded, is a plain table. A template becomes a
*stencil* first: the same document with a mark where each value goes, since Word splits placeholders over pieces of
text. Filling a stencil takes the standard library alone, so that a web page, which carries the stencil, makes the very
same form.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from lsstd.engine.application_check import BlankField, blanks, form_values
from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.exact import shown
from lsstd.files.opening import SAVE_AS_WORD, check_kind, parts_of, sound
from lsstd.files.places import STANDARDS
from lsstd.files.reading import read_bytes, refused
from lsstd.files.standards import load_standard
from lsstd.files.writing import MARK, check_ending, check_writable, steady, write_whole
from lsstd.office.documents import blank, clean, keep_rows, set_widths
from lsstd.standard.document import Form, FormField
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, msg, nearest, printable

_BOX = {True: "☑", False: "☐"}
_BLANK = "\u3000" * 5
"""What stands within a line where a value is missing: underlined in the form, to be written on."""
_PLACEHOLDER = re.compile(r"\{\{ '\{' \}\}\{?|\{\{.{0,200}?\}\}")
_FILLED = re.compile(r"\{\{(.{0,200}?)\}\}")
_BRACE = "'{'"  # within a placeholder: a brace of the form's own wording
_BRACES = re.compile(r"(?<![{｛])[{｛]++[^{}｛｝%#][^{}｛｝]{0,79}[}｝]+")
_MISTAKABLE = re.compile(r"(?<!\{)\{")
_EXPECTED = msg("{{ form.field }}, such as {{ form.base_name }}")
_BEFORE, _AFTER = "\ufdd0", "\ufdd1"  # no text holds them: they are no characters
_MARKED = re.compile(f"{_BEFORE}(.*?){_AFTER}")
_TAB, _LINE = ('</w:t><w:tab/><w:t xml:space="preserve">', '</w:t><w:br/><w:t xml:space="preserve">')
_WIDTHS_MM, _BOX_MM = (70, 100), 30  # of the columns; of what is signed, stamped or described at length
STENCIL = ".stencil.docx"  # how a web page calls the stencil of its standard
_MOST_TAGS = 200_000  # a form has a few thousand


def blank_lines(missing: Iterable[BlankField]) -> Iterator[Text]:
    """Yield what stays blank, a line each below the name of its group, with what would fill it."""
    for group, entries in groupby(missing, key=lambda entry: entry.group):
        yield Text(printable(group.printed or group.gloss.zh), printable(group.gloss.en))
        for field, source in ((entry.field, entry.where.removeprefix("facts.")) for entry in entries):
            yield Text(printable(f"  · {field.printed} ← {source}"), printable(f"  · {field.gloss.en} ← {source}"))


def form_of(standard: Standard) -> Form:
    """Return the standard's form; raise `InvalidFile` if it has none."""
    if standard.form is None:
        found, expected = msg("it has no application form"), msg("one with a form, such as hlj-base-evaluation")
        raise InvalidFile(msg("there is no form to fill in"), [Problem(standard.standard, found, expected)])
    return standard.form


def write_application(
    source: Result | Standard,
    path: Path,
    template: Path | None = None,
    filled_on: str | None = None,
    force: bool = False,
) -> list[BlankField]:
    """Write the application form as a Word file (.docx); return the fields that stay blank, in the form's order.

    An assessment's facts fill it, as they are scored; a standard alone gives the blank form. The template is a copy of
    that of `write_template` that somebody has edited, instead of the form as printed. `filled_on` is the date on the
    form, ``2025-01-15``; it is never today's by itself.

    Raises `FileError` or `InvalidFile`: the standard has no form; the template is no Word file, or not one with
    placeholders of this form.
    """
    result, standard = (source, source.standard) if isinstance(source, Result) else (None, source)
    form, given = form_of(standard), form_values(source, filled_on)
    check_ending(path, ".docx")
    stencil = _stencil(standard, read_bytes(template), template) if template else stencil_of(standard)
    check_writable(path, force)
    day = filled_on or (result and result.assessment.as_of) or standard.day
    write_whole(path, steady(_filled_in(stencil, _values(standard, form, given)), day), force)
    return blanks(standard, given)


def write_template(standard: Standard, path: Path, force: bool = False) -> None:
    """Write the template of a standard's form, to be edited in Word or WPS and given to `write_application`.

    It carries no mark of lsstd's, so that an edited copy is never written over by accident.
    """
    form = form_of(standard)
    check_ending(path, ".docx")
    write_whole(path, steady(_template_of(standard, form), standard.day), force)


def _template_of(standard: Standard, form: Form) -> bytes:
    """Return the template of a form: the packaged one unless a reform has changed the form, else a table.

    It is signed and stamped, so lsstd says nothing on it: what there is to know about the edition is shown beside it.
    """
    ready = STANDARDS / f"{standard.standard}.docx"
    if ready.exists() and _asks_as_printed(standard, form):
        return ready.read_bytes()
    document = blank("", {"Normal": 10, "Heading 1": 16})
    document.core_properties.author = document.core_properties.comments = ""
    heading = document.add_heading(_literal(form.title.zh), level=1)
    heading.alignment = 1  # WD_ALIGN_PARAGRAPH.CENTER
    heading.style.font.color.rgb = None  # black
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    set_widths(table, _WIDTHS_MM)
    for group in form.groups.values():
        if group.printed:
            label, value = table.add_row().cells
            label.merge(value).text = _literal(group.printed)
        for field in group.fields.values():
            row = table.add_row()
            row.cells[0].text, row.cells[1].text = _literal(field.printed), _slots(standard, field)
            if field.width == "tall" or (field.filled_by == "hand" and not field.part_of):
                row.height = 36_000 * _BOX_MM  # units of Word's to a millimetre
    keep_rows(table, has_head=False)
    for note in form.notes:
        document.add_paragraph(_literal(note))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _asks_as_printed(standard: Standard, form: Form) -> bool:
    """Return whether a form is that of the packaged standard, unchanged by a reform."""
    known = load_standard(standard.standard)
    fields = (field for group in form.groups.values() for field in group.fields.values())
    return form == known.form and all(_fact_of(standard, field) == _fact_of(known, field) for field in fields)


def _slots(standard: Standard, field: FormField) -> str:
    """Return the placeholders of a field, with the words between them."""
    fact = _fact_of(standard, field)
    if field.filled_by == "hand":
        return ""
    if field.filled_by == "date":
        words = {"year": "年", "month": "月", "day": "日"}
        return "".join(f"{{{{ form.{field.id}.{part} }}}}{word}" for part, word in words.items())
    if fact and fact.kind in ("boolean", "choices"):
        options = {"yes": "是", "no": "否"}
        if fact.kind == "choices":
            options = {key: option.zh for key, option in fact.options.items()}
        return "\u3000".join(f"{{{{ form.{field.id}.{key} }}}}{_literal(word)}" for key, word in options.items())
    unit = fact.unit.zh if fact and fact.unit and "（" not in field.printed else ""  # else the label has it
    return f"{{{{ form.{field.id} }}}}{_literal(unit)}"


def _literal(wording: str) -> str:
    """Return wording in which no brace is taken for the beginning of a placeholder."""
    return _MISTAKABLE.sub("{{ '{' }}", wording)


def stencil_of(standard: Standard) -> bytes:
    """Return the stencil of a standard's form; a web page carries it beside the standard.

    Raises `InvalidFile` if the standard has no form.
    """
    if (carried := STANDARDS / f"{standard.standard}{STENCIL}").exists():
        return carried.read_bytes()
    template = _template_of(standard, form_of(standard))
    return steady(_stencil(standard, template, Path(standard.standard)), standard.day)


def _stencil(standard: Standard, template: bytes, path: Path) -> bytes:
    """Return a template with marks instead of placeholders; `path` is how messages call it."""
    paths = _values(standard, form_of(standard), form_values(standard, None))
    return _render(template, path, {key: f"{_BEFORE}{key}{_AFTER}" for key in paths})


def _filled_in(stencil: bytes, values: Mapping[str, str]) -> bytes:
    """Return a stencil with its marks replaced; a value's tabs and line breaks are Word's."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(stencil)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            content = package.read(name)
            if name.endswith(".xml") and _BEFORE.encode() in content:
                content = _MARKED.sub(lambda mark: _in_xml(values[mark[1]]), content.decode()).encode()
            copy.writestr(name, content)
    return out.getvalue()


def _in_xml(value: str) -> str:
    return escape(printable(clean(value, "�")), quote=False).replace("\t", _TAB).replace("\n", _LINE)


def _values(standard: Standard, form: Form, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the value at each placeholder's path: a text, a box of a field, or a part of its date."""
    fields = {key: field for group in form.groups.values() for key, field in group.fields.items()}
    shown_in: dict[str, str] = {}
    for key, field in fields.items():
        fact, value, above = _fact_of(standard, field), given[key], _fact_of(standard, fields.get(field.part_of or ""))
        parts: dict[str, str] = {}
        if field.filled_by == "date":
            date = str(value).split("-") if value else (_BLANK[:3], _BLANK[:2], _BLANK[:2])
            parts = {part: text.lstrip("0") for part, text in zip(("year", "month", "day"), date, strict=True)}
        elif fact is not None and fact.kind == "boolean":
            parts = {"yes": _BOX[value is True], "no": _BOX[value is False]}
        elif fact is not None and fact.kind == "choices":
            parts = {option: _BOX[option in (value or ())] for option in fact.options}
        elif value is not None:
            shown_in[key] = _written(fact, value)
        else:  # what is asked further within a line is written on it
            shown_in[key] = _BLANK if above is not None and above.kind == "boolean" else ""
        shown_in |= {f"{key}.{part}": text for part, text in parts.items()}
    return shown_in


def _fact_of(standard: Standard, field: FormField | None) -> Fact | None:
    return standard.facts.get(field.fact or "") if field else None


def _written(fact: Fact | None, value: Any) -> str:
    """Write a value as a form has it: the number alone (its unit is printed), a date in Chinese."""
    if fact is not None and fact.kind == "date":
        parts = zip(str(value).split("-"), "年月日", strict=False)
        return "".join(f"{part.lstrip('0')}{unit}" for part, unit in parts)
    return value if isinstance(value, str) else shown(value, 12)


def _render(data: bytes, path: Path, values: Mapping[str, str]) -> bytes:
    """Return a template with these values; what else looks like a placeholder, or could do more, is refused."""
    document, problems, count = _opened(data, path), Problems(), 0
    with sound(path):
        for pieces in _texts(document):
            count += _fill(pieces, values, path.name, problems)
    if count == 0 and not problems.found:
        expected = msg("a template written by lsstd application … --as-template")
        problems.add(path.name, msg("it has no placeholders"), expected)
    problems.raise_if_any(msg("the template {name} cannot be used", name=path.name))
    document.core_properties.last_modified_by = MARK  # whoever edits the form takes the mark away
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _texts(document: Any) -> Iterator[list[Any]]:
    """Yield the elements that make up each paragraph of the body, of headers and footers.

    Tracked deletions are taken as done.
    """
    from docx.oxml.ns import qn

    for part in list(document.part.package.iter_parts()):
        if part.content_type.endswith(("document.main+xml", "header+xml", "footer+xml")):
            for deleted in list(part.element.iter(qn("w:del"))):
                if deleted.find(f".//{qn('w:delText')}") is not None:
                    deleted.getparent().remove(deleted)
            yield from [list(paragraph.iter(qn("w:t"))) for paragraph in part.element.iter(qn("w:p"))]


def _fill(pieces: Sequence[Any], values: Mapping[str, str], name: str, problems: Problems) -> int:
    """Fill in the placeholders of a text, over which pieces Word may have split them; return how many there are."""
    text, count = "".join(piece.text or "" for piece in pieces), 0
    for found in reversed(list(_FILLED.finditer(text))):  # from the end, so that what is before stays in its place
        path, value = found[1].strip(), "{"
        if path != _BRACE:
            count, field = count + 1, path.removeprefix("form.")
            if field not in values or field == path:
                unknown = msg("unknown placeholder {path}", path=clip(path))
                problems.add(name, unknown, nearest(field, sorted(values)))
            value = values.get(field, "")
        start = 0
        for piece in pieces:
            held, end = piece.text or "", start + len(piece.text or "")
            if start < found.end() and end > found.start():
                head, tail = held[: max(0, found.start() - start)], held[found.end() - start :]
                piece.text = head + (value if start <= found.start() else "") + tail
                # else Word drops spaces at the ends
                piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            start = end
    rest = _PLACEHOLDER.sub("", text)
    for left in _BRACES.findall(rest):
        problems.add(name, clip(left), _EXPECTED)
    if malformed := re.search(r"\{[{%#].{0,60}", rest):
        problems.add(name, msg("malformed placeholder: {message}", message=clip(malformed[0])), _EXPECTED)
    return count


def _opened(data: bytes, path: Path) -> Any:
    """Open a template; raise `FileError` if it is not a Word file, or too large when unpacked."""
    from docx import Document

    check_kind(data, path, "docx", SAVE_AS_WORD)
    parts_of(path, data, _MOST_TAGS)
    try:
        return Document(io.BytesIO(data))
    except (KeyError, ValueError, SyntaxError):
        raise refused(path, msg("not a Word file"), msg("a Word file (.docx)")) from None
