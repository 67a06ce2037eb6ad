"""Many reports: which are to be made, under which names, from which files and parameters."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import lsstd
from lsstd.errors import LsstdError
from lsstd.files.places import PACKAGE
from lsstd.files.reading import sha256_of
from lsstd.files.writing import safe_name
from lsstd.reports.batch import Begun, Job, Made, Told, make_all, reason_of
from lsstd.reports.folder import Journal, write_index
from lsstd.reports.record import Basis, digest_of, record_of
from lsstd.reports.render import check_formats, render, temporary_folder, title_of
from lsstd.reports.report_types import READERS, check_choice, has_points, is_table, read_subjects, render_basis
from lsstd.reports.templates import Template, load_template
from lsstd.words import Lang
from lsstd.workers import Workers

_Reads: TypeAlias = Callable[[], Basis | None]
_PATHS = ("assessment", "assessments", "before", "reform", "reforms", "population")
_NOTEBOOK = 60  # the work of executing a template of the user's own, in pages of HTML


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


def report_all(
    files: Sequence[str | Path],
    folder: str | Path,
    template: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    formats: Sequence[str] = ("html",),
    lang: Lang = "zh",
    force: bool = False,
    executor: Workers | None = None,
    jobs: int = 1,
    on_made: Told | None = None,
) -> list[Made]:
    """Make many reports and an index of all; return the outcomes, in the order of the files.

    Parameters
    ----------
    files : sequence of str or Path
        Assessments, scenarios, or the table of a population, where each line is a subject.
    folder : str or Path
        Where the reports go.
    template : str, optional
        The name of a template, or a notebook of your own; by default, the template that suits each file.
    parameters : mapping, optional
        Parameters of the template, such as ``standard``, ``readings``, ``reforms``, ``issuer``.
    formats : sequence of {"html", "pdf", "docx", "xlsx"}
    lang : {"zh", "en"}
    force : bool
        Make all again, replacing even what others wrote, which is kept beside it.
    executor, jobs, on_made
        As in `make_all` of `lsstd.reports.batch`.

    Raises
    ------
    ReportError
        A parameter or format does not exist, or the executor accepts no more work.
    FileError
        The index cannot be written.

    Examples
    --------
    >>> files = [f"data/portfolio/2024/base_0{number}.yaml" for number in (1, 2)]
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor() as pool:
    ...     [one.ok for one in lsstd.report_all(files, "reports", executor=pool)]
    [True, True]
    """
    check_formats(formats)
    chosen = load_template(template) if template else None
    named = tuple(map(Path, files))
    order = Order(named, Path(folder), chosen, dict(parameters or {}), tuple(formats), lang, force)
    made = make_reports(order, executor, jobs, on_made)
    write_index(order.folder, made, lang, force)
    return made


def make_reports(
    order: Order, executor: Workers | None = None, jobs: int = 1, on_made: Told | None = None
) -> list[Made]:
    """Make the reports that are missing or whose inputs have changed, as `make_all` does."""
    journal = Journal(order.folder)
    count, planned = plan(order, journal)
    return make_all(planned, journal, count, executor, jobs, on_made)


def plan(order: Order, journal: Journal) -> tuple[int, Iterator[Job | Made]]:
    """Return the number of reports, and for each its job, or why it has none, read one by one."""
    takes_all = order.template is not None and (order.template.files is None or order.template.files.is_list)
    groups = [order.files] if takes_all else [(file,) for file in order.files]
    subjects = [(files, label, read) for files in groups for label, read in _subjects(order, files)]
    return len(subjects), _planned(order, journal, subjects)


def _planned(
    order: Order, journal: Journal, subjects: Iterable[tuple[Sequence[Path], str, _Reads]]
) -> Iterator[Job | Made]:
    for files, label, read in subjects:
        try:
            job = job_of(order, files, read()).placed(journal)
        except Exception as error:  # a report that cannot be planned stops no other
            yield Made(label, label, {}, dict.fromkeys(order.formats, reason_of(error, label)))
        else:
            yield job


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
    """Return the job of one report, before its name is compared with others; perhaps on a basis read already."""
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
        check_choice("lang", lang, ("zh", "en"))
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
    content = basis.sha256 if basis else {name: _content(value) for name, value in values.items()}
    key = digest_of({"made by": [software(), template.sha256, lang], "of": content})
    begin = partial(_by_notebook, template, values, lang) if basis is None else partial(_of_basis, basis, lang)
    effort = _NOTEBOOK if basis is None else 0
    return Job(begin, order.folder, stem, source, label, key, order.formats, order.force, effort)


def _of_basis(basis: Basis, lang: Lang, _: list[bytes]) -> Begun:
    return partial(render_basis, basis, lang), basis.summary


def _by_notebook(template: Template, parameters: Mapping[str, Any], lang: Lang, kept: list[bytes]) -> Begun:
    """Execute a template of the user's own; what it shows is rendered. Keep the notebook if it fails."""
    from lsstd.reports.notebook_report import execute, outputs_of, to_html

    with temporary_folder() as folder:
        try:
            notebook = execute(template.path, parameters, folder / "failed.ipynb")
        except LsstdError:
            kept += [path.read_bytes() for path in folder.glob("*.ipynb")]
            raise
    basis, shown = outputs_of(notebook, lang)
    title = title_of(shown, template.title, lang)
    record = record_of(basis, shown, lang, template.name) if basis else ""

    def content_of(kind: str) -> bytes:
        page = to_html(notebook, title, lang, record) if kind in ("html", "pdf") else ""
        return render(kind, shown, title, lang, record, page, basis.day if basis else "")

    return content_of, basis.summary if basis else {}


def _stem(template: Template, files: Sequence[Path], subject: str, lang: Lang) -> str:
    """Return what a report's files are named after: file, template or folder, subject, language."""
    name, folders = Path(template.name).stem, {file.absolute().parent.name for file in files}
    if len(files) == 1:
        name = files[0].stem if template.name in ("base", "profile") else f"{name}_{files[0].stem}"
    elif len(folders) == 1:
        name = f"{name}_{folders.pop()}"
    return safe_name(f"{name}{subject}{'' if lang == 'zh' else f'_{lang}'}")


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
        if path.suffix in (".py", ".css") and path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
