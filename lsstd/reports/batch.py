"""Making many reports: nothing is made twice, and one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.reading import read_bytes, sha256_of
from lsstd.files.writing import check_writable, replace_whole, stamped, write_whole
from lsstd.reports.folder import Entry, Journal, write_index
from lsstd.reports.plan import Job, Order, plan
from lsstd.reports.record import record_of
from lsstd.reports.render import check_formats, render, temporary_folder, title_of
from lsstd.reports.report_types import render_basis
from lsstd.reports.templates import load_template
from lsstd.words import Lang, Text, msg, same
from lsstd.workers import Found, Task, Workers, run

FAILED = "failed"
"""The folder, within that of the reports, where the notebooks of failed ones are kept."""
_WORK = {"html": 1, "docx": 6, "xlsx": 6, "pdf": 30}
_NOTEBOOK = 60  # the work of a template of the user's own
_EDITED = msg(
    "this file was (or may have been) edited since it was made, and the data behind it has changed; "
    "it was left as it is. Save a copy, then use --force"
)


@dataclass(frozen=True)
class Made:
    """What became of one report.

    Of a report that failed as a whole, all formats share the reason. What somebody has edited since and still holds
    was left alone. The summary is its row in the index; the notebook is that of a failed one, which was kept.
    """

    subject: str
    source: str
    files: Mapping[str, Path]
    failures: Mapping[str, Text]
    is_new: bool = True
    summary: Mapping[str, Any] = field(default_factory=dict)
    notebook: Path | None = None
    edited: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether all that was asked for is there."""
        return not self.failures


@dataclass(frozen=True)
class Rendered:
    """What a worker returns for a report: each format's bytes or its error, and the report's row in the index.

    If a template of the user's own failed, also the notebook as far as it ran.
    """

    contents: Mapping[str, bytes | Text]
    summary: Mapping[str, Any] = field(default_factory=dict)
    notebook: bytes | None = None


def make_reports(
    order: Order, executor: Workers | None = None, jobs: int = 1, on_made: Callable[[Made, int], None] | None = None
) -> list[Made]:
    """Make the reports that are missing or whose inputs have changed; return the outcomes, in the order of the files.

    Any executor renders them (a pool of processes, the client of a cluster); without one, `jobs` is the number of
    worker processes if there are many reports to make. This process reads and writes all files, so that workers may be
    on other machines; only a template of the user's own reads its files where it runs. `on_made` is called after each
    report with its outcome and the total number of reports.

    Raises `ReportError`: the executor is shut down, or its cluster is gone; finished reports are kept.
    """
    journal = Journal(order.folder)
    count, planned = plan(order, journal)

    def written(job: Job, rendered: Rendered | BaseException) -> Made:
        return _noted(job, _written(job, rendered), journal)

    return make_missing(_missing(planned, order, journal), make, written, _effort, count, executor, jobs, on_made)


def make_missing(
    planned: Iterable[Task | Made],
    work: Callable[[Task], Found],
    written: Callable[[Task, Found | BaseException], Made],
    effort: Callable[[Task], int],
    count: int,
    executor: Workers | None,
    jobs: int,
    on_made: Callable[[Made, int], None] | None,
) -> list[Made]:
    """Do what is missing among all that is planned, each a task or what became of it already.

    The plan is drawn up while others are in work; what a worker made, or why it was lost, is `written` here. Return
    what became of each, in their order.
    """
    made: dict[int, Made] = {}
    places: dict[int, int] = {}

    def tell(place: int, one: Made) -> None:
        made[place] = one
        if on_made:
            on_made(one, count)

    def missing() -> Iterator[Task]:
        for place, each in enumerate(planned):
            if isinstance(each, Made):
                tell(place, each)
            else:
                places[id(each)] = place  # of one object, which is kept while it is in work
                yield each

    def note(task: Task, found: Found | BaseException) -> None:
        tell(places.pop(id(task)), written(task, found))

    run(missing(), work, note, effort, jobs, executor)
    return [made[place] for place in sorted(made)]


def _missing(planned: Iterable[Job | tuple[str, LsstdError]], order: Order, journal: Journal) -> Iterator[Job | Made]:
    """Yield the jobs that have to be done, and what became of all others."""
    stems: set[str] = set()
    for job in planned:
        if not isinstance(job, Job):
            yield Made(job[0], job[0], {}, dict.fromkeys(order.formats, job[1].text))
        elif not job.wanted or job.stem in stems:
            entry = journal.entries.get(job.stem)
            yield _made(job, {}, entry.summary if entry else {}, is_new=False)
        else:
            try:  # before any work is done
                for kind in job.wanted:
                    check_writable(job.path(kind), job.force)
            except LsstdError as error:
                yield _lost(job, error)
            else:
                stems.add(job.stem)
                yield job


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
    on_made: Callable[[Made, int], None] | None = None,
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
        As in `make_reports`.

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


def _effort(job: Job) -> int:
    return sum(_WORK[kind] for kind in job.wanted) + (_NOTEBOOK if job.basis is None else 0)


def make(job: Job) -> Rendered:
    """Render one report; this may run in any process, without access to our files.

    Whatever goes wrong is part of what it returns, and affects this report alone.
    """
    kept: list[bytes] = []
    try:
        drawn, summary = _drawn(job, kept)
    except Exception as error:
        return Rendered(dict.fromkeys(job.wanted, _reason(job, error)), {}, *kept)
    contents: dict[str, bytes | Text] = {}
    for kind in job.wanted:
        try:
            contents[kind] = drawn(kind)
        except Exception as error:
            contents[kind] = _reason(job, error)
    return Rendered(contents, summary)


def _written(job: Job, rendered: Rendered | BaseException) -> Made:
    """Write the files of a report, each whole or not at all; return the outcome."""
    if isinstance(rendered, BaseException):
        return _lost(job, rendered)
    kept = job.folder / FAILED / f"{job.stem}.ipynb"
    failures: dict[str, Text] = {}
    for kind, content in rendered.contents.items():
        path = job.path(kind)
        try:
            if isinstance(content, Text):
                failures[kind] = content
            elif job.states[kind] == "unknown" and not job.force and read_bytes(path, 2**30) != stamped(path, content):
                failures[kind] = _EDITED
            else:
                write_whole(path, content, job.force)
        except Exception as error:
            failures[kind] = _reason(job, error)
    with suppress(LsstdError, OSError):
        if rendered.notebook is None:
            kept.unlink(missing_ok=True)
        else:
            replace_whole(kept, rendered.notebook)
    return replace(_made(job, failures, rendered.summary), notebook=kept if rendered.notebook else None)


def _made(job: Job, failures: Mapping[str, Text], summary: Mapping[str, Any], is_new: bool = True) -> Made:
    """Return what became of a job: all that did not fail is there, except stale files that somebody has edited."""
    failures = {**failures, **dict.fromkeys(job.left("edited"), _EDITED)}
    files = {kind: job.path(kind) for kind in job.formats if kind not in failures}
    return Made(job.label, job.source, files, failures, is_new, summary, None, job.left("kept"))


def _lost(job: Job, error: BaseException) -> Made:
    """Return what became of a job of which nothing could be made."""
    return _made(job, dict.fromkeys(job.wanted, _reason(job, error)), {})


def _reason(job: Job, error: BaseException) -> Text:
    return reason_of(error, job.source, msg("the report could not be made"))


def reason_of(error: BaseException, source: str, title: Text) -> Text:
    """Return why something could not be made; what is not in its files is named by its kind."""
    if isinstance(error, LsstdError):
        return error.text
    found = same(f"{type(error).__name__}: {error}")
    return ReportError(title, [Problem(source, found, msg("a process that runs without errors"))]).text


def _noted(job: Job, report: Made, journal: Journal) -> Made:
    """Note in the journal what a job made; a report that cannot be noted has failed."""
    new = {kind: (sha256_of(path) or "", job.key) for kind, path in report.files.items() if kind in job.wanted}
    try:
        if new:
            journal.add(Entry(job.stem, job.source, new, dict(report.summary)))
        return report
    except LsstdError as error:
        return _lost(job, error)


def _drawn(job: Job, kept: list[bytes]) -> tuple[Callable[[str], bytes], dict[str, Any]]:
    """Return a function that renders a job's report to a format, and its row in the index; keep a failed notebook."""
    if job.basis is not None:
        return partial(render_basis, job.basis, job.lang), job.basis.summary
    from lsstd.reports.notebook_report import execute, outputs_of, to_html

    with temporary_folder() as folder:
        try:
            notebook = execute(job.template.path, job.parameters, folder / "failed.ipynb")
        except LsstdError:
            kept += [path.read_bytes() for path in folder.glob("*.ipynb")]
            raise
    basis, shown = outputs_of(notebook, job.lang)
    title = title_of(shown, job.template.title, job.lang)
    record = record_of(basis, shown, job.lang, job.template.name) if basis else ""

    def drawn(kind: str) -> bytes:
        page = to_html(notebook, title, job.lang, record) if kind in ("html", "pdf") else ""
        return render(kind, shown, title, job.lang, record, page, basis.day if basis else "")

    return drawn, basis.summary if basis else {}
