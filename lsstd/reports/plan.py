"""Which reports are to be made, under which names, and which of them are made already."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import lsstd
from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.places import PACKAGE
from lsstd.files.writing import safe_name
from lsstd.reports import input as inputs
from lsstd.reports.basis import Basis
from lsstd.reports.journal import Journal, sha256_of
from lsstd.reports.templates import Template, load_template
from lsstd.words import Lang, Text, same

FORMATS = ("html", "pdf", "docx", "xlsx")
_PATHS = ("assessment", "assessments", "before", "reform", "reforms", "population")
READERS: dict[str, Callable[..., Basis]] = {
    "base": inputs.read_base,
    "portfolio": inputs.read_portfolio,
    "profile": inputs.read_profile,
    "impact": inputs.read_impact,
}


@dataclass(frozen=True)
class Order:
    """What is to be reported, and how.

    Parameters
    ----------
    files : tuple of Path
    folder : Path
        Where the reports are written.
    template : Template, optional
        Without one, that which suits what each file holds.
    parameters : mapping of str to values
        Of the template, typed.
    formats : tuple of str
    lang : {"zh", "en"}
    force : bool
        Make all anew, also over files of others.
    """

    files: tuple[Path, ...]
    folder: Path
    template: Template | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[str, ...] = ("html",)
    lang: Lang = "zh"
    force: bool = False


@dataclass(frozen=True)
class Job:
    """One report to be made: plain values only, so that any process may do it."""

    template: Path
    name: str
    sha256: str
    title: str
    parameters: Mapping[str, Any]
    lang: Lang
    folder: Path
    stem: str
    source: str
    label: str
    key: str
    formats: tuple[str, ...]
    states: Mapping[str, str]
    force: bool

    def path(self, kind: str) -> Path:
        """Return the file of a format."""
        return self.folder / f"{self.stem}.{kind}"

    @property
    def wanted(self) -> tuple[str, ...]:
        """The formats that have to be made."""
        there = ("fresh", "kept", "edited")
        return tuple(kind for kind in self.formats if self.force or self.states[kind] not in there)

    def left(self, state: str) -> tuple[str, ...]:
        """Return the formats whose file is in this state and is left so."""
        return tuple(kind for kind in self.formats if self.states[kind] == state and not self.force)


def plan(order: Order, journal: Journal) -> Iterator[Job | tuple[str, LsstdError]]:
    """Yield a job for each report, or what was wrong with what it should be made from."""
    taken: dict[str, str] = {}
    for files in _together(order):
        try:
            job = job_of(order, files)
        except LsstdError as error:
            yield "、".join(map(str, files)), error
        except Exception as error:  # one report that cannot be planned stops no other
            found, right = same(f"{type(error).__name__}: {error}"), Text("可用的文件与模板", "a file and template")
            told = Problem(" ".join(map(str, files)), found, right)
            yield told.where, ReportError(Text("报告未能生成", "the report could not be made"), [told])
        else:
            yield _named(job, journal, taken)


def _together(order: Order) -> list[tuple[Path, ...]]:
    """Return the files that go into one report each."""
    takes_all = order.template is not None and (order.template.files is None or order.template.files.is_list)
    return [order.files] if takes_all else [(file,) for file in order.files]


def job_of(order: Order, files: Sequence[Path]) -> Job:
    """Return the job of one report, before its name is held against others."""
    values = dict(order.parameters)
    template = order.template or _suited(files[0], values)
    if template.files is not None and files:
        paths = [str(file.absolute()) for file in files]
        values[template.files.name] = paths if template.files.is_list else paths[0]
    lang = values.get("lang", order.lang)
    if "lang" in template.parameters:
        inputs.check_language(lang)
        values["lang"] = lang
    values = {name: _absolute(name, value) for name, value in values.items()}
    template.check(values)
    basis = READERS[template.name](**values) if template.name in READERS else None
    subject = basis.subject if basis else ""
    stem = _stem(template, files, lang)
    return Job(
        template=template.path,
        name=template.name,
        sha256=template.sha256,
        title=template.title.to(lang),
        parameters=values,
        lang=lang,
        folder=order.folder,
        stem=safe_name(stem.format(f"_{safe_name(subject)}" if subject.strip() else "")),
        source=" ".join([template.name, *(_seen_from(order.folder, file) for file in files)]),
        label=subject or "、".join(map(str, files)) or template.name,
        key=_key(template, values, basis, lang),
        formats=order.formats,
        states={},
        force=order.force,
    )


def _stem(template: Template, files: Sequence[Path], lang: Lang) -> str:
    """Return what a report's files are named after, with a place for the subject: file, template, folder, language."""
    name, parents = Path(template.name).stem, {file.absolute().parent.name for file in files}
    if len(files) == 1:
        stem = files[0].stem if template.name in ("base", "profile") else f"{name}_{files[0].stem}"
    else:
        stem = f"{name}_{parents.pop()}" if len(parents) == 1 else name
    ending = "" if lang == "zh" else f"_{lang}"
    return stem.replace("{", "{{").replace("}", "}}") + "{}" + ending


def _suited(file: Path, values: Mapping[str, Any]) -> Template:
    """Return the template that suits what a file holds: points or topics."""
    return load_template("base" if inputs.has_points(file, str(values.get("standard", ""))) else "profile")


def _named(job: Job, journal: Journal, taken: dict[str, str]) -> Job:
    """Return the job under a name that no other report has: neither of this run nor of an earlier one in its folder."""
    stem, count = job.stem, 1
    taken["index"] = "the page that leads to all of them"
    while (taken.get(stem.casefold()) or _holder(journal, stem) or job.source) != job.source:
        count += 1
        stem = f"{job.stem}-{count}"
    taken[stem.casefold()] = job.source
    states = {kind: journal.state(stem, kind, job.key) for kind in job.formats}
    return replace(job, stem=stem, states=states)


def _holder(journal: Journal, stem: str) -> str | None:
    """Return what the report of this name was made from, as far as any of its files are still there."""
    entry = next((entry for known, entry in journal.entries.items() if known.casefold() == stem.casefold()), None)
    if entry is None or not any((journal.folder / f"{stem}.{kind}").exists() for kind in entry.files):
        return None
    return entry.source


def _seen_from(folder: Path, file: Path) -> str:
    """Return a path as seen from the folder of reports, so that both may be moved together."""
    try:
        return Path(os.path.relpath(file.absolute(), folder.absolute())).as_posix()
    except ValueError:  # another drive of Windows
        return file.absolute().as_posix()


def _absolute(name: str, value: Any) -> Any:
    """Return a value in which files are named by their full paths: the notebook runs in a folder of its own.

    A text names a file if its parameter is one for files, or if it looks like a path and leads somewhere.
    """
    if isinstance(value, list):
        return [_absolute(name, item) for item in value]
    if not isinstance(value, str) or not value or not _exists(value):
        return value
    is_path = name in _PATHS or Path(value).suffix or len(Path(value).parts) > 1
    return str(Path(value).absolute()) if is_path else value


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


def _key(template: Template, values: Mapping[str, Any], basis: Basis | None, lang: Lang) -> str:
    """Return the hash of all that a report depends on: the software, the template, the content of what it reads."""
    content = basis.sha256 if basis else {name: _content(value) for name, value in values.items()}
    told = json.dumps([_software(), template.sha256, lang, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode()).hexdigest()


def _content(value: Any) -> Any:
    """Return a parameter's value, with the hash of the file or of the files that it names."""
    if isinstance(value, list):
        return [_content(item) for item in value]
    if not (isinstance(value, str) and value and _exists(value)):
        return value
    path = Path(value)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [value, *(sha256_of(file) for file in files if file.is_file())]


@cache
def _software() -> str:
    """Return the hash of the software that makes reports: another version may make other ones."""
    digest = hashlib.sha256(lsstd.__version__.encode())
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in (".py", ".css", ".j2") and path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def check_formats(formats: Sequence[str]) -> None:
    """Refuse formats that there are not, all at once."""
    from lsstd.words import nearest

    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        problems = [Problem("--to", same(name or '""'), nearest(name, FORMATS)) for name in unknown]
        raise ReportError(Text("没有这种格式", "no such format"), problems)
