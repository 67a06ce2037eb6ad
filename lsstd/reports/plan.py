"""Which reports are to be made, under which names, and which of them are there already."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import lsstd
from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.places import PACKAGE
from lsstd.files.reading import sha256_of
from lsstd.files.writing import safe_name
from lsstd.reports.folder import Journal
from lsstd.reports.inputs import READERS, check_language, has_points, is_table, read_subjects
from lsstd.reports.record import Basis
from lsstd.reports.templates import Template, load_template
from lsstd.words import Lang, msg, same

_Reads: TypeAlias = Callable[[], Basis | None]
_PATHS = ("assessment", "assessments", "before", "reform", "reforms", "population")


@dataclass(frozen=True)
class Order:
    """What is to be reported, and how: into which folder, by which template and parameters (typed), in which formats.

    Without a template, the one that suits what each file holds; with force, all is made anew, over files of others too.
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
    """One report to be made: plain values only, so that any process may do it.

    The basis is None for a template of the user's own, which reads its files itself. The source is what it is made
    from, as seen from the folder; it tells reports of one name apart. The label says whose report it is, the key is the
    hash of all that it depends on, the states are those of each format's file (`Journal.state`).
    """

    template: Template
    basis: Basis | None
    parameters: Mapping[str, Any]
    lang: Lang
    folder: Path
    stem: str
    source: str
    label: str
    key: str
    formats: tuple[str, ...]
    force: bool
    states: Mapping[str, str] = field(default_factory=dict)

    def path(self, kind: str) -> Path:
        """Return the file of a format."""
        return self.folder / f"{self.stem}.{kind}"

    @property
    def wanted(self) -> tuple[str, ...]:
        """The formats that have to be made."""
        left = ("fresh", "kept", "edited")
        return tuple(kind for kind in self.formats if self.force or self.states[kind] not in left)

    def left(self, state: str) -> tuple[str, ...]:
        """Return the formats whose file is in this state and is left so."""
        return tuple(kind for kind in self.formats if self.states[kind] == state and not self.force)


def plan(order: Order, journal: Journal) -> tuple[int, Iterator[Job | tuple[str, LsstdError]]]:
    """Return the number of reports, and for each its job, or its label and why it has none, read one by one."""
    takes_all = order.template is not None and (order.template.files is None or order.template.files.is_list)
    groups = [order.files] if takes_all else [(file,) for file in order.files]
    subjects = [(files, label, read) for files in groups for label, read in _subjects(order, files)]
    return len(subjects), _jobs(order, journal, subjects)


def _jobs(
    order: Order, journal: Journal, subjects: Iterable[tuple[Sequence[Path], str, _Reads]]
) -> Iterator[Job | tuple[str, LsstdError]]:
    taken: dict[str, str] = {}
    for files, label, read in subjects:
        try:
            job = job_of(order, files, read())
        except LsstdError as error:
            yield label, error
        except Exception as error:  # a report that cannot be planned stops no other
            problem = Problem(label, same(f"{type(error).__name__}: {error}"), msg("a usable file"))
            yield label, ReportError(msg("the report could not be made"), [problem])
        else:
            stem = free_stem(job.stem, job.source, journal, taken)
            yield replace(job, stem=stem, states={kind: journal.state(stem, kind, job.key) for kind in job.formats})


def _subjects(order: Order, files: Sequence[Path]) -> Iterator[tuple[str, _Reads]]:
    """Yield the label of each report, or each subject of a table, and a function that reads its basis (or None)."""
    label = "、".join(map(str, files))
    if not files or not is_table(files[0]) or (order.template and order.template.name != "base"):
        yield label, lambda: None
        return
    try:
        listed = read_subjects(files[0], **order.parameters)
    except LsstdError as error:
        yield label, partial(_fail, error)
    else:
        yield from ((f"{label} › {name}", read) for name, read in listed.items())


def _fail(error: LsstdError) -> None:
    raise error


def job_of(order: Order, files: Sequence[Path], basis: Basis | None = None) -> Job:
    """Return the job of one report, before its name is compared with others; perhaps on a basis of its own."""
    values = dict(order.parameters)
    template = order.template
    if template is None:  # that which suits what the file holds: points or topics
        is_base = basis is not None or has_points(files[0], str(values.get("standard", "")))
        template = load_template("base" if is_base else "profile")
    if template.files is not None and files:
        paths = [str(file.absolute()) for file in files]
        values[template.files.name] = paths if template.files.is_list else paths[0]
    lang = values.get("lang", order.lang)
    if "lang" in template.parameters:
        check_language(lang)
        values["lang"] = lang
    values = {name: _absolute(name, value) for name, value in values.items()}
    template.check(values)
    of_line = f" › {basis.subject}" if basis else ""
    if basis is None and template.name in READERS:
        basis = READERS[template.name](**values)
    subject = basis.subject if basis else ""
    stem = _stem(template, files, f"_{safe_name(subject)}" if subject.strip() else "", lang)
    source = " ".join([template.name, *(seen_from(order.folder, file) for file in files)]) + of_line
    label = subject or "、".join(map(str, files)) or template.name
    key = _key(template, values, basis, lang)
    return Job(template, basis, values, lang, order.folder, stem, source, label, key, order.formats, order.force)


def _stem(template: Template, files: Sequence[Path], subject: str, lang: Lang) -> str:
    """Return what a report's files are named after: file, template or folder, subject, language."""
    name, folders = Path(template.name).stem, {file.absolute().parent.name for file in files}
    if len(files) == 1:
        name = files[0].stem if template.name in ("base", "profile") else f"{name}_{files[0].stem}"
    elif len(folders) == 1:
        name = f"{name}_{folders.pop()}"
    return safe_name(f"{name}{subject}{'' if lang == 'zh' else f'_{lang}'}")


def free_stem(stem: str, source: str, journal: Journal, taken: dict[str, str]) -> str:
    """Return a name that no other source uses, in this run or an earlier one in the folder."""
    found, count = stem, 1
    taken["index"] = "the page that leads to all of them"
    while (taken.get(found.casefold()) or journal.holder(found) or source) != source:
        count += 1
        found = f"{stem}-{count}"
    taken[found.casefold()] = source
    return found


def seen_from(folder: Path, file: Path) -> str:
    """Return a path as seen from the folder of reports, so that both may be moved together."""
    try:
        return Path(os.path.relpath(file.absolute(), folder.absolute())).as_posix()
    except ValueError:  # another drive of Windows
        return file.absolute().as_posix()


def _absolute(name: str, value: Any) -> Any:
    """Return a value in which files are named by their full paths: a user's notebook runs in a folder of its own.

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
    text = json.dumps([software(), template.sha256, lang, content], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


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
def software() -> str:
    """Return the hash of the software that makes reports: another version may make other ones."""
    digest = hashlib.sha256(lsstd.__version__.encode())
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in (".py", ".css", ".j2") and path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
