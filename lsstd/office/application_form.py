"""The application form, filled in Word from the facts that are scored; nothing that is missing is made up.

A template becomes a *stencil* first: the same document with a mark where each value goes. docxtpl sees to that, since
Word splits placeholders over pieces of text. Filling a stencil takes the standard library alone, so that a web page,
which carries the stencil, makes the very same form.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

from lsstd.engine.application_check import BlankField, blanks, form_values
from lsstd.engine.result import Result
from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.exact import shown
from lsstd.files.kinds import SAVE_AS_WORD, check_kind
from lsstd.files.opening import parts_of, sound
from lsstd.files.places import STANDARDS
from lsstd.files.reading import read_bytes, refused
from lsstd.files.writing import MARK, check_ending, check_writable, steady, write_whole
from lsstd.standard.document import Form, FormField
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, msg, nearest, printable

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

_BOX = {True: "☑", False: "☐"}
_BLANK = "\u3000" * 5
"""What stands within a line where a value is missing: underlined in the form, to be written on."""
_NOT_XML = re.compile(r"[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACEHOLDER = re.compile(r"\{\{ '\{' \}\}\{?|\{\{.{0,200}?\}\}")
_FILLED = re.compile(r"\{\{(.{0,200}?)\}\}")
_BRACES = re.compile(r"(?<![{｛])[{｛]++[^{}｛｝%#][^{}｛｝]{0,79}[}｝]+")
_EXPECTED = msg("{{ form.field }}, such as {{ form.base_name }}")
_BEFORE, _AFTER = "\ufdd0", "\ufdd1"  # no text holds them: they are no characters
_MARKED = re.compile(f"{_BEFORE}(.*?){_AFTER}")
_TAB, _LINE = ('</w:t><w:tab/><w:t xml:space="preserve">', '</w:t><w:br/><w:t xml:space="preserve">')


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
    filling = _Filling(source, filled_on)
    check_ending(path, ".docx")
    standard = filling.standard
    stencil = filling.stencil(read_bytes(template), template) if template else stencil_of(standard)
    check_writable(path, force)
    write_whole(path, steady(_filled_in(stencil, filling.values()), filling.day), force)
    return blanks(standard, filling.given)


def write_template(standard: Standard, path: Path, force: bool = False) -> None:
    """Write the template of a standard's form, to be edited in Word or WPS and given to `write_application`.

    It carries no mark of lsstd's, so that an edited copy is never written over by accident.
    """
    from lsstd.office.form_template import template_of

    form = form_of(standard)
    check_ending(path, ".docx")
    write_whole(path, steady(template_of(standard, form), standard.day), force)


def stencil_of(standard: Standard) -> bytes:
    """Return the stencil of a standard's form as printed; a web page carries it beside the standard.

    Raises `InvalidFile` if the standard has no form.
    """
    if (carried := STANDARDS / f"{standard.standard}.docx").exists():
        return carried.read_bytes()
    from lsstd.office.form_template import template_of

    filling = _Filling(standard, None)
    return steady(filling.stencil(template_of(standard, filling.form), Path(standard.standard)), standard.day)


def _filled_in(stencil: bytes, values: Mapping[str, str]) -> bytes:
    """Return a stencil with its marks replaced; a value's tabs and line breaks are Word's."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(stencil)) as package, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in package.namelist():
            content, is_text = package.read(name), name.startswith("word/")
            if name.endswith(".xml") and _BEFORE.encode() in content:
                content = _MARKED.sub(lambda mark: _shown(values[mark[1]], is_text), content.decode()).encode()  # noqa: B023
            copy.writestr(name, content)
    return out.getvalue()


def _shown(value: str, is_text: bool) -> str:
    safe = escape(value, quote=False)
    return safe.replace("\t", _TAB).replace("\n", _LINE) if is_text else safe


_MOST_TAGS = 200_000  # a form has a few thousand


class _Filling:
    def __init__(self, source: Result | Standard, filled_on: str | None) -> None:
        self.standard = source.standard if isinstance(source, Result) else source
        self.form = form_of(self.standard)
        self.day = filled_on or (isinstance(source, Result) and source.assessment.as_of) or self.standard.day
        self.fields = {key: field for group in self.form.groups.values() for key, field in group.fields.items()}
        self.given = form_values(source, filled_on)

    def values(self) -> dict[str, str]:
        """Return what stands at each placeholder's path: text, or a part of a field with boxes or of a date."""
        found: dict[str, str] = {}
        for key, field in self.fields.items():
            shown = self._shown(field, self.given[key])
            found |= {key: shown} if isinstance(shown, str) else {f"{key}.{part}": t for part, t in vars(shown).items()}
        return found

    def stencil(self, template: bytes, path: Path) -> bytes:
        """Return a template with marks instead of placeholders; `path` is how messages call it."""
        return _render(template, path, {key: f"{_BEFORE}{key}{_AFTER}" for key in self.values()})

    def _fact(self, field: FormField | None) -> Fact | None:
        return self.standard.facts.get(field.fact or "") if field else None

    def _shown(self, field: FormField, value: Any) -> Any:
        fact = self._fact(field)
        if field.filled_by == "date":
            year, month, day = str(value).split("-") if value else (_BLANK[:3], _BLANK[:2], _BLANK[:2])
            return SimpleNamespace(year=year, month=month.lstrip("0"), day=day.lstrip("0"))
        if fact is not None and fact.kind == "boolean":
            return SimpleNamespace(yes=_BOX[value is True], no=_BOX[value is False])
        if fact is not None and fact.kind == "choices":
            return SimpleNamespace(**{option: _BOX[option in (value or ())] for option in fact.options})
        if value is not None:
            return _safe(_written(fact, value))
        above = self._fact(self.fields.get(field.part_of or ""))
        return _BLANK if above is not None and above.kind == "boolean" else ""  # asked further, within a line


def _written(fact: Fact | None, value: Any) -> str:
    """Write a value as a form has it: the number alone (its unit is printed), a date in Chinese."""
    if fact is not None and fact.kind == "date":
        parts = zip(str(value).split("-"), "年月日", strict=False)
        return "".join(f"{part.lstrip('0')}{unit}" for part, unit in parts)
    return value if isinstance(value, str) else shown(value, 12)


def _safe(text: str) -> str:
    """Return a text that Word shows as it was typed: nothing that XML lacks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return printable(_NOT_XML.sub("�", lines))


class _Placeholders:
    """Stands where docxtpl has Jinja: fills placeholders of the form, and refuses all else that a template could do."""

    def __init__(self, values: Mapping[str, str], name: str) -> None:
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
            return str(self.values.get(name, ""))

        made = _FILLED.sub(value, self.source)
        if left := re.search(r"\{[{%#][^<]{0,60}", _FILLED.sub("", self.source)):
            problems.add(self.name, msg("malformed placeholder: {message}", message=clip(left[0])), _EXPECTED)
        problems.raise_if_any(_unusable(self.name))
        return made


def _render(data: bytes, path: Path, values: Mapping[str, str]) -> bytes:
    template, environment = _opened(data, path), _Placeholders(values, path.name)
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
    from docx.oxml.ns import qn

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
    from docxtpl import DocxTemplate

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
