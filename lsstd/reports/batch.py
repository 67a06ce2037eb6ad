"""Making many reports: any executor runs the jobs, one failure stops no other, and nothing is made twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.writing import check_writable, write_whole
from lsstd.reports import children
from lsstd.reports.finish import files_of
from lsstd.reports.journal import Entry, Journal, sha256_of
from lsstd.reports.make import stopped
from lsstd.reports.plan import Job, Order, plan
from lsstd.words import Text, same

FAILED = "failed"
"""The folder, within that of the reports, where the notebooks of failed ones are kept."""
_EDITED = Text(
    "此文件写成后被人改过，而所依据的内容已变；未覆盖。另存一份后加 --force 重做",
    "somebody edited this file since it was made, and what it rests on has changed; it was left as it is. "
    "Save a copy, then use --force",
)


@dataclass(frozen=True)
class Made:
    """What became of one report.

    Parameters
    ----------
    subject : str
        Whose it is, or what it was to be made from.
    files : mapping of str to Path
        Each format's file that is there and holds.
    failures : mapping of str to Text
        By format, why there is none; all formats share the reason of a report that failed as a whole.
    is_new : bool
        Whether anything was made; if not, all of it was there.
    summary : mapping
        What the table of all reports tells of it.
    notebook : Path, optional
        Where the failed notebook is kept.
    edited : tuple of str
        Formats whose file somebody has edited since; they still hold and were left alone.
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


def make_reports(
    order: Order, executor: Executor | None = None, jobs: int = 1, told: Callable[[Made, int], None] | None = None
) -> list[Made]:
    """Make the reports that are missing or whose inputs have changed.

    Parameters
    ----------
    order : Order
    executor : concurrent.futures.Executor, optional
        Runs the jobs: a pool of processes, a cluster's client; without one, threads of this process.
    jobs : int
        So many at a time, where no executor is given.
    told : callable, optional
        Is called after each report with what became of it, and with the number of reports in all.

    Returns
    -------
    list of Made
        In the order of the files.
    """
    stopped.clear()
    journal = Journal(order.folder)
    planned = list(plan(order, journal))
    made: dict[int, Made] = {}

    def note(place: int, report: Made) -> None:
        made[place] = report
        if told:
            told(report, len(planned))

    waiting: dict[Future[Done], tuple[int, Job]] = {}
    own = None if executor else ThreadPoolExecutor(max(1, jobs))
    pool = executor or own
    assert pool is not None
    try:
        for place, job in enumerate(planned):
            if not isinstance(job, Job):
                note(place, _failed(job[0], job[0], order.formats, job[1]))
            elif problem := _refused(job):
                note(place, _failed(job.label, job.source, job.formats, problem))
            elif not job.wanted:
                note(place, _as_it_is(job, journal))
            else:
                if own and not waiting:
                    children.start_zygote()  # it imports what reports need while this process imports papermill
                waiting[pool.submit(make, job)] = place, job
        for future in as_completed(waiting):
            place, job = waiting[future]
            note(place, _noted(job, future, journal))
    except KeyboardInterrupt:
        if own:
            stopped.set()
            children.stop()  # whoever waits for a report waits no longer
        for future, (place, job) in waiting.items():  # what is whole is noted
            if place not in made and future.done() and not future.cancelled():
                note(place, _noted(job, future, journal))
        raise
    finally:
        for future in waiting:
            future.cancel()
        if own:
            own.shutdown(cancel_futures=True)
    return [made[place] for place in sorted(made)]


@dataclass(frozen=True)
class Done:
    """What a job did: the files that it wrote, why others are not there, what the table of all tells."""

    files: dict[str, str]
    failures: dict[str, Text]
    summary: dict[str, Any]
    notebook: str | None = None


def make(job: Job) -> Done:
    """Make one report's files; this may run in any process that sees the same folders.

    All of a user's mistakes are told in what it returns.
    """
    kept = job.folder / FAILED / f"{job.stem}.ipynb"
    try:
        content, summary = files_of(job, job.wanted, kept)
    except LsstdError as error:
        there = str(kept) if kept.is_file() else None
        return Done({}, dict.fromkeys(job.wanted, error.text), {}, there)
    files, failures = {}, {}
    for kind in job.wanted:
        given = content[kind]
        try:
            if isinstance(given, LsstdError):
                raise given
            if job.states[kind] == "unknown" and not job.force and job.path(kind).read_bytes() != given:
                failures[kind] = _EDITED
                continue
            write_whole(job.path(kind), given, job.force)
            files[kind] = sha256_of(job.path(kind))
        except LsstdError as error:
            failures[kind] = error.text
    kept.unlink(missing_ok=True)
    return Done(files, failures, summary)


def _refused(job: Job) -> LsstdError | None:
    """Return why a job's files cannot be written, before any work is done."""
    try:
        for kind in job.wanted:
            check_writable(job.path(kind), job.force)
    except LsstdError as error:
        return error
    return None


def _as_it_is(job: Job, journal: Journal) -> Made:
    """Return what is there of a report that does not have to be made."""
    failures = dict.fromkeys(job.left("edited"), _EDITED)
    files = {kind: job.path(kind) for kind in job.formats if kind not in failures}
    entry = journal.entries.get(job.stem)
    summary = entry.summary if entry else {}
    return Made(job.label, job.source, files, failures, False, summary, None, job.left("kept"))


def _noted(job: Job, future: Future[Done], journal: Journal) -> Made:
    """Note in the journal what a job made, and return it."""
    try:
        done = future.result()
        there = {kind for kind in job.formats if kind in done.files or job.states[kind] in ("fresh", "kept")}
        if done.files:
            before = journal.entries.get(job.stem)
            new = {kind: [sha256, job.key] for kind, sha256 in done.files.items()}
            journal.add(Entry(job.stem, job.source, {**(before.files if before else {}), **new}, done.summary))
    except LsstdError as error:
        return _failed(job.label, job.source, job.formats, error)
    except (Exception, CancelledError) as error:  # a worker that died, a scheduler that is gone
        told = Problem(
            job.source, same(f"{type(error).__name__}: {error}"), Text("能运行的进程", "a process that runs")
        )
        return _failed(job.label, job.source, job.formats, ReportError(Text("报告未能生成", "no report"), [told]))
    failures = {**done.failures, **dict.fromkeys(job.left("edited"), _EDITED)}
    files = {kind: job.path(kind) for kind in job.formats if kind in there and kind not in failures}
    notebook = Path(done.notebook) if done.notebook else None
    return Made(job.label, job.source, files, failures, True, done.summary, notebook, job.left("kept"))


def _failed(subject: str, source: str, formats: Iterable[str], error: LsstdError) -> Made:
    return Made(subject, source, {}, dict.fromkeys(formats, error.text))
