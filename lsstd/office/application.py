"""The application form, filled in Word from the facts that are scored; nothing that is missing is made up."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from lsstd.engine.facts import Facts
from lsstd.engine.result import Result
from lsstd.errors import FileError, InvalidFile, Problem, Problems
from lsstd.exact import shown
from lsstd.files.reading import read_bytes
from lsstd.files.writing import MARK, cannot_write, check_writable, write_whole
from lsstd.office.form import template_of
from lsstd.standard.document import Form, FormField
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, nearest, printable

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

_TICKED, _EMPTY = "☑", "☐"
_BLANK = "\u3000" * 5
"""What stands within a line where a value is missing: underlined in the form, to be written on."""
_NOT_XML = re.compile(r"[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LARGEST = 64 * 2**20
_PLAIN = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Getattr, nodes.Name)


@dataclass(frozen=True, slots=True)
class Missing:
    """A field of the form that is left blank for want of a fact."""

    group: str
    field: FormField


def form_of(standard: Standard) -> Form:
    """Return the standard's form; raise `InvalidFile` if it has none."""
    if standard.form is None:
        found = Text("没有申报表", "it has no application form")
        expected = Text("有申报表的标准，如 hlj-base-evaluation", "one with a form, such as hlj-base-evaluation")
        title = Text("没有可填的申报表", "there is no form to fill in")
        raise InvalidFile(title, [Problem(standard.standard, found, expected)])
    return standard.form


def write_application(
    source: Result | Standard,
    path: Path,
    template: Path | None = None,
    filled_on: str | None = None,
    force: bool = False,
) -> list[Missing]:
    """Write the application form as a Word file.

    Parameters
    ----------
    source : Result or Standard
        What fills it: an assessment's facts, as they are scored; a standard alone gives the blank form.
    path : Path
        The .docx to write.
    template : Path, optional
        A copy of the template (see `write_template`) that somebody has edited, instead of the form as printed.
    filled_on : str, optional
        The date of filling in, ``2025-01-15``; it is never today's by itself.
    force : bool
        Also over a file that lsstd did not write.

    Returns
    -------
    list of Missing
        The fields that stay blank, in the form's order.

    Raises
    ------
    FileError, InvalidFile
        The standard has no form; the template is no Word file, or not one with placeholders of this form.
    """
    standard = source.standard if isinstance(source, Result) else source
    form = form_of(standard)
    _check_name(path)
    values = Facts(standard, source.assessment, source.readings).values if isinstance(source, Result) else {}
    name = source.assessment.subject.name if isinstance(source, Result) else ""
    given = {field.id: _given(field, values, name, filled_on) for _, field in _fields(form)}
    filled = {
        field.id: _filled(
            standard.facts.get(field.fact or ""), field, given[field.id], _is_inline(standard, field, form)
        )
        for _, field in _fields(form)
    }
    data = read_bytes(template) if template else template_of(standard, form)
    check_writable(path, force)
    write_whole(path, _render(data, template.name if template else standard.standard, filled), force)
    blank = [(group, field) for group, field in _fields(form) if given[field.id] is None]
    return [Missing(group, field) for group, field in blank if _is_asked(field, given, form)]


def write_template(standard: Standard, path: Path, force: bool = False) -> None:
    """Write the template of a standard's form, to be edited in Word or WPS and given to `write_application`.

    It carries no mark of lsstd's, so that an edited copy is never written over by accident.
    """
    form = form_of(standard)
    _check_name(path)
    write_whole(path, template_of(standard, form), force)


def _check_name(path: Path) -> None:
    if path.suffix.lower() != ".docx":
        found = Text(f"后缀 {path.suffix or '（无）'}", f"the ending {path.suffix or '(none)'}")
        raise cannot_write(path, found, Text(".docx", ".docx"))


def _fields(form: Form) -> list[tuple[str, FormField]]:
    """Return every field with the name of its group."""
    return [(group.printed, field) for group in form.groups.values() for field in group.fields.values()]


def _is_inline(standard: Standard, field: FormField, form: Form) -> bool:
    """Say whether a field stands within a line: what is asked further of a yes or no."""
    above = next((other for _, other in _fields(form) if other.id == field.part_of), None)
    return above is not None and above.fact is not None and standard.facts[above.fact].kind == "boolean"


def _given(field: FormField, values: dict[str, Any], name: str, filled_on: str | None) -> Any:
    """Return what an assessment says for a field; None where it says nothing."""
    return {"subject_name": name or None, "date": filled_on, "hand": None}.get(
        field.filled_by, values.get(field.fact or "")
    )


def _is_asked(field: FormField, given: dict[str, Any], form: Form) -> bool:
    """Say whether a field is to be filled in; what follows a “no” is not."""
    above = next((other for _, other in _fields(form) if other.id == field.part_of), None)
    if above is not None and (given[above.id] is False or not _is_asked(above, given, form)):
        return False
    return field.filled_by != "hand"


def _filled(fact: Fact | None, field: FormField, value: Any, inline: bool) -> Any:
    """Return what a placeholder shows: text, boxes, or the parts of a date."""
    if field.filled_by == "date":
        year, month, day = str(value).split("-") if value else (_BLANK[:3], _BLANK[:2], _BLANK[:2])
        return SimpleNamespace(year=year, month=month.lstrip("0"), day=day.lstrip("0"))
    if fact is not None and fact.kind == "boolean":
        return SimpleNamespace(yes=_box(value is True), no=_box(value is False))
    if fact is not None and fact.kind == "choices":
        return SimpleNamespace(**{option: _box(option in (value or ())) for option in fact.options})
    return _safe(_told(fact, value)) if value is not None else _BLANK if inline else ""


def _box(ticked: bool) -> str:
    return _TICKED if ticked else _EMPTY


def _told(fact: Fact | None, value: Any) -> str:
    """Write a value as a form has it: the number alone (its unit is printed), a date in Chinese."""
    if fact is not None and fact.kind == "date":
        parts = zip(str(value).split("-"), "年月日", strict=False)
        return "".join(f"{part.lstrip('0')}{unit}" for part, unit in parts)
    return value if isinstance(value, str) else shown(value, 12)


def _safe(text: str) -> Markup:
    """Return a text that Word shows as it was typed: nothing that XML lacks or that docxtpl would take as its own."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    typed = escape(printable(_NOT_XML.sub("�", lines)))
    return Markup(re.sub(r"(?<=[{}%])_(?=[{}%])", "&#95;", typed))  # {_{ is docxtpl's way to write {{


class _Placeholders(SandboxedEnvironment):
    """Reads a template from outside: placeholders of the form, nothing else of what a template could do."""

    def __init__(self, known: dict[str, Any], name: str) -> None:
        super().__init__(autoescape=True)
        self.known = {
            f"{field}.{part}" if part else field
            for field, value in known.items()
            for part in (vars(value) if isinstance(value, SimpleNamespace) else ("",))
        }
        self.called = name
        self.count = 0

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        problems = Problems()
        for node in _all(tree):
            if not isinstance(node, _PLAIN):
                found = Text(f"模板语句（{type(node).__name__}）", f"a statement of a template ({type(node).__name__})")
                problems.add(self.called, found, Text("只用 {{ form.… }} 占位符", "placeholders {{ form.… }} only"))
        for path in [] if problems.found else _paths(tree):
            self.count += 1
            if (inner := path.removeprefix("form.")) not in self.known or inner == path:
                expected = nearest(inner, sorted(self.known))
                problems.add(
                    self.called, Text(f"未知的占位符 {clip(path)}", f"unknown placeholder {clip(path)}"), expected
                )
        problems.raise_if_any(_unusable(self.called))
        return tree


def _all(tree: nodes.Node) -> list[nodes.Node]:
    return [tree, *tree.find_all(nodes.Node)]


def _paths(tree: nodes.Node) -> list[str]:
    """Return each placeholder of a template as a path: ``form.live_rooms``."""
    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    found = []
    for node in tree.find_all((nodes.Getattr, nodes.Name)):
        if id(node) in inner:
            continue
        steps, current = [], node
        while isinstance(current, nodes.Getattr):
            steps.append(current.attr)
            current = current.node
        steps.append(current.name if isinstance(current, nodes.Name) else "?")
        found.append(".".join(reversed(steps)))
    return found


def _render(data: bytes, name: str, filled: dict[str, Any]) -> bytes:
    """Fill a template."""
    template = _opened(data, name)
    environment = _Placeholders(filled, name)
    try:
        template.render({"form": SimpleNamespace(**filled)}, environment, autoescape=True)
    except TemplateError as error:
        found = Text(f"占位符写法有误：{error.message}", f"a placeholder that cannot be read: {error.message}")
        expected = Text(
            "{{ form.字段编号 }}，如 {{ form.base_name }}", "{{ form.field }}, such as {{ form.base_name }}"
        )
        raise InvalidFile(_unusable(name), [Problem(name, found, expected)]) from None
    if environment.count == 0:
        found = Text("没有占位符", "it has no placeholders")
        expected = Text(
            "由 lsstd application … --as-template 写出的模板", "made with lsstd application … --as-template"
        )
        raise InvalidFile(_unusable(name), [Problem(name, found, expected)])
    template.docx.core_properties.last_modified_by = MARK  # whoever edits the form takes the mark away
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()


def _opened(data: bytes, name: str) -> DocxTemplate:
    """Open a template; raise `FileError` if it is not a Word file, or too large when unpacked."""
    from docxtpl import DocxTemplate

    expected = Text("Word 文件（.docx）", "a Word file (.docx)")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if sum(entry.file_size for entry in package.infolist()) > _LARGEST:
                raise FileError(
                    _unusable(name), [Problem(name, Text("展开后过大", "too large when unpacked"), expected)]
                )
        template = DocxTemplate(io.BytesIO(data))
        template.init_docx()
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError):
        raise FileError(_unusable(name), [Problem(name, Text("不是 Word 文件", "not a Word file"), expected)]) from None
    return template


def _unusable(name: str) -> Text:
    return Text(f"模板 {name} 不能使用", f"the template {name} cannot be used")
