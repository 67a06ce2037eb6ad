"""The application form, filled in Word from the facts that are scored; nothing that is missing is made up."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Self

from docx.oxml.ns import qn
from docxtpl import DocxTemplate

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
            shown_in[key] = _safe(_written(fact, value))
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


def _safe(text: str) -> str:
    """Return a text that Word shows as it was typed: nothing that XML lacks or that docxtpl would take as its own."""
    typed = escape(printable(clean(text, "�")), quote=False)
    return re.sub(r"(?<=[{}%])_(?=[{}%])", "&#95;", typed)  # {_{ is docxtpl's way to write {{


class _Placeholders:
    """Stands where docxtpl has Jinja: fills placeholders of the form, and refuses all else that a template could do."""

    def __init__(self, values: dict[str, str], name: str) -> None:
        self.values, self.name, self.count = values, name, 0

    def from_string(self, source: str) -> Self:
        """Take a part of the document, as Jinja's environment does."""
        self.source = source
        return self

    def render(self, _: object) -> str:
        """Return that part, filled in."""
        problems = Problems()

        def value(found: re.Match[str]) -> str:
            path = found[1].strip()
            if path == "'{'":
                return "{"
            self.count += 1
            name = path.removeprefix("form.")
            if name not in self.values or name == path:
                unknown = msg("unknown placeholder {path}", path=clip(path))
                problems.add(self.name, unknown, nearest(name, sorted(self.values)))
            return self.values.get(name, "")

        made = _FILLED.sub(value, self.source)
        if left := re.search(r"\{[{%#][^<]{0,60}", _FILLED.sub("", self.source)):
            problems.add(self.name, msg("malformed placeholder: {message}", message=clip(left[0])), _EXPECTED)
        problems.raise_if_any(_unusable(self.name))
        return made


def _render(data: bytes, path: Path, filled: dict[str, str]) -> bytes:
    template, environment = _opened(data, path), _Placeholders(filled, path.name)
    _refuse_other_braces(template, path.name)
    with sound(path):
        template.render({}, environment)
    if environment.count == 0:
        expected = msg("a template written by lsstd application … --as-template")
        raise InvalidFile(_unusable(path.name), [Problem(path.name, msg("it has no placeholders"), expected)])
    template.docx.core_properties.last_modified_by = MARK  # whoever edits the form takes the mark away
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()


def _stories(template: DocxTemplate) -> Iterator[Any]:
    """Yield the elements that hold a document's text: its body, its headers and footers."""
    yield template.docx.element.body
    for part in template.docx.part.package.iter_parts():
        if part.content_type.endswith(("header+xml", "footer+xml")):
            yield part.element


def _refuse_other_braces(template: DocxTemplate, name: str) -> None:
    """Take tracked deletions as done; refuse what looks like a placeholder and would stay in the form as it is."""
    problems = Problems()
    for story in _stories(template):
        for deleted in list(story.iter(qn("w:del"))):
            if deleted.find(f".//{qn('w:delText')}") is not None:
                deleted.getparent().remove(deleted)
        for paragraph in story.iter(qn("w:p")):
            text = _PLACEHOLDER.sub("", "".join(piece.text or "" for piece in paragraph.iter(qn("w:t"))))
            for left in _BRACES.findall(text):
                problems.add(name, clip(left), _EXPECTED)
            if "{{" in text:  # docxtpl would look for its end, again and again
                problems.add(name, msg("malformed placeholder: {message}", message="{{"), _EXPECTED)
    problems.raise_if_any(_unusable(name))


def _opened(data: bytes, path: Path) -> DocxTemplate:
    """Open a template; raise `FileError` if it is not a Word file, or too large when unpacked."""
    check_kind(data, path, "docx", SAVE_AS_WORD)
    parts_of(path, data, _MOST_TAGS)
    try:
        template = DocxTemplate(io.BytesIO(data))
        template.init_docx()
    except (KeyError, ValueError, SyntaxError):
        raise refused(path, msg("not a Word file"), msg("a Word file (.docx)")) from None
    return template


def _unusable(name: str) -> Text:
    return msg("the template {name} cannot be used", name=name)
