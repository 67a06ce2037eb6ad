"""The application form, filled in Word from the facts that are scored; nothing that is missing is made up."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from lsstd.engine.application_check import BlankField, blanks, form_values
from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.exact import shown
from lsstd.files.kinds import SAVE_AS_WORD, check_kind
from lsstd.files.opening import parts_of, sound
from lsstd.files.reading import read_bytes, refused
from lsstd.files.writing import MARK, check_ending, check_writable, steady, write_whole
from lsstd.office.documents import clean
from lsstd.office.form_template import template_of
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
_EXPECTED = msg("{{ form.field }}, such as {{ form.base_name }}")


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
    data = read_bytes(template) if template else template_of(standard, form)
    check_writable(path, force)
    made = _render(data, template or Path(standard.standard), _filled(standard, form, given))
    day = filled_on or (result and result.assessment.as_of) or standard.day
    write_whole(path, steady(made, day), force)
    return blanks(standard, given)


def write_template(standard: Standard, path: Path, force: bool = False) -> None:
    """Write the template of a standard's form, to be edited in Word or WPS and given to `write_application`.

    It carries no mark of lsstd's, so that an edited copy is never written over by accident.
    """
    form = form_of(standard)
    check_ending(path, ".docx")
    write_whole(path, steady(template_of(standard, form), standard.day), force)


_MOST_TAGS = 200_000  # a form has a few thousand


def _filled(standard: Standard, form: Form, given: Mapping[str, Any]) -> dict[str, str]:
    """Return what each placeholder shows, by its path: a text, a box of a field, or a part of its date."""
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
    """Return a template filled in; what else looks like a placeholder, or could do more, is refused."""
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
    """Yield the elements that make up each text: a paragraph's of the body, headers and footers, or a property's.

    Tracked deletions are taken as done.
    """
    for part in list(document.part.package.iter_parts()):
        if part.content_type.endswith(("document.main+xml", "header+xml", "footer+xml")):
            for deleted in list(part.element.iter(qn("w:del"))):
                if deleted.find(f".//{qn('w:delText')}") is not None:
                    deleted.getparent().remove(deleted)
            yield from [list(paragraph.iter(qn("w:t"))) for paragraph in part.element.iter(qn("w:p"))]
    yield from ([entry] for entry in document.core_properties._element)


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
            value = printable(clean(values.get(field, ""), "�"))
        start = 0
        for piece in pieces:
            held, end = piece.text or "", start + len(piece.text or "")
            if start < found.end() and end > found.start():
                head, tail = held[: max(0, found.start() - start)], held[found.end() - start :]
                _write(piece, head + (value if start <= found.start() else "") + tail)
            start = end
    rest = _PLACEHOLDER.sub("", text)
    for left in _BRACES.findall(rest):
        problems.add(name, clip(left), _EXPECTED)
    if malformed := re.search(r"\{[{%#].{0,60}", rest):
        problems.add(name, msg("malformed placeholder: {message}", message=clip(malformed[0])), _EXPECTED)
    return count


def _write(piece: Any, text: str) -> None:
    """Write a text as it was typed, its lines and tabs as Word has them."""
    piece.text, *rest = re.split("([\n\t])", text) if piece.tag == qn("w:t") else [text]  # a property
    if piece.tag == qn("w:t"):
        piece.set(qn("xml:space"), "preserve")
    for part in reversed(rest):
        sign = OxmlElement({"\n": "w:br", "\t": "w:tab"}.get(part, "w:t"))
        piece.addnext(sign)
        if sign.tag == qn("w:t"):
            _write(sign, part)


def _opened(data: bytes, path: Path) -> Any:
    """Open a template; raise `FileError` if it is not a Word file, or too large when unpacked."""
    check_kind(data, path, "docx", SAVE_AS_WORD)
    parts_of(path, data, _MOST_TAGS)
    try:
        return Document(io.BytesIO(data))
    except (KeyError, ValueError, SyntaxError):
        raise refused(path, msg("not a Word file"), msg("a Word file (.docx)")) from None
