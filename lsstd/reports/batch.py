"""Making many reports: nothing is made twice, and one that fails stops no other."""

from __future__ import annotations

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeAlias

from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.reading import read_bytes, sha256_of
from lsstd.files.writing import check_writable, stamped, write_whole
from lsstd.reports.folder import Entry, Journal
from lsstd.reports.plan import Job, Order, plan
from lsstd.reports.record import record_of
from lsstd.reports.render import render, title_of
from lsstd.reports.report_types import render_basis
from lsstd.words import Text, msg, same

FAILED = "failed"
"""The folder, within that of the reports, where the notebooks of failed ones are kept."""
FEW = 64
"""The most work, in pages of HTML, that is done in this process: starting others takes as long."""
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


Note: TypeAlias = Callable[[Job, Made], None]


def make_reports(
    order: Order, executor: Executor | None = None, jobs: int = 1, on_made: Callable[[Made, int], None] | None = None
) -> list[Made]:
    """Make the reports that are missing or whose inputs have changed; return what became of each, in the files' order.

    An executor (a pool of processes, a cluster's client) runs the jobs; what it loses is made here. Without one, `jobs`
    is the number of worker processes where there are many reports to make. `on_made` is called after each report with
    what became of it, and with the number of reports in all.
    """
    journal = Journal(order.folder)
    planned = list(plan(order, journal))
    made: dict[int, Made] = {}
    todo: dict[str, tuple[int, Job]] = {}

    def note(place: int, report: Made) -> None:
        made[place] = report
        if on_made:
            on_made(report, len(planned))

    def note_made(job: Job, report: Made) -> None:
        note(todo[job.stem][0], _noted(job, report, journal))

    for place, job in enumerate(planned):
        if not isinstance(job, Job):
            note(place, Made(job[0], job[0], {}, dict.fromkeys(order.formats, job[1].text)))
        elif not job.wanted or job.stem in todo:
            entry = journal.entries.get(job.stem)
            note(place, _made(job, {}, entry.summary if entry else {}, is_new=False))
        else:
            try:  # before any work is done
                for kind in job.wanted:
                    check_writable(job.path(kind), job.force)
                todo[job.stem] = place, job
            except LsstdError as error:
                note(place, _lost(job, error))
    run([job for _, job in todo.values()], note_made, jobs, executor)
    return [made[place] for place in sorted(made)]


def run(jobs: Sequence[Job], note: Note, width: int = 1, executor: Executor | None = None) -> None:
    """Run jobs, and note what became of each: in this process, in others, or wherever an executor runs them.

    A worker that dies takes a whole pool with it, and nobody knows which job killed it. So those in flight are made
    again, each alone in a fresh pool: whichever dies there has nobody else to blame. All others go on in a new pool.
    """
    waiting = deque(jobs)
    with _Interrupt() as interrupt:
        if executor is not None:
            waiting.extend(_run_in(executor, waiting, note, len(jobs), interrupt))
        work = sum(_WORK[kind] for job in waiting for kind in job.wanted)
        work += sum(_NOTEBOOK for job in waiting if job.basis is None)
        if executor is None and (width < 2 or len(waiting) < 2 or work <= FEW):
            while waiting and not interrupt.came:
                job = waiting.popleft()
                note(job, make(job))
        while waiting and not interrupt.came:
            with _pool(min(width, len(waiting))) as pool:
                suspects = _run_in(pool, waiting, note, 2 * width, interrupt)
            for job in () if interrupt.came else suspects:
                for _attempt in range(2):  # the first death in a pool of its own may be the first that was its own
                    with _pool(1) as pool:
                        lost = _run_in(pool, deque([job]), note, 1, interrupt)
                    if not lost:
                        break
                else:
                    note(job, _lost(job, same("BrokenProcessPool × 2")))


class _Interrupt:
    """Ctrl-C, which waits until the reports in work are whole and noted; a second one goes through."""

    came = False

    def __enter__(self) -> _Interrupt:
        self._is_main = threading.current_thread() is threading.main_thread()
        self._before = signal.signal(signal.SIGINT, self._note) if self._is_main else None
        return self

    def _note(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True

    def __exit__(self, *_: object) -> None:
        if self._is_main:
            signal.signal(signal.SIGINT, self._before)
        if self.came:
            raise KeyboardInterrupt


def _pool(width: int) -> ProcessPoolExecutor:
    """Return worker processes, spawned: a fork would copy locks that other threads hold."""
    return ProcessPoolExecutor(width, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN))


def _run_in(executor: Executor, waiting: deque[Job], note: Note, most: int, interrupt: _Interrupt) -> list[Job]:
    """Run the waiting jobs, `most` at a time, until there are none or a worker dies; return those that were lost."""
    running: dict[Future[Made], Job] = {}
    lost: list[Job] = []
    while running or (waiting and not lost and not interrupt.came):
        while waiting and not lost and not interrupt.came and len(running) < most:
            job = waiting.popleft()
            try:
                running[_submitted(executor, job)] = job
            except RuntimeError:  # the pool broke between two jobs, or was shut down
                lost.append(job)
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job = running.pop(future)
            if future.cancelled() or future.exception() is not None:
                lost.append(job)
            else:
                note(job, future.result())
        if interrupt.came:
            for future in running:
                future.cancel()
    return lost


def _submitted(executor: Executor, job: Job) -> Future[Made]:
    """Give a job to an executor; a worker that starts meanwhile takes Ctrl-C for nothing, from its first moment on."""
    if sys.platform == "win32":
        return executor.submit(make, job)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        return executor.submit(make, job)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def make(job: Job) -> Made:
    """Make one report's files; this may run in any process that sees the same folders.

    Whatever goes wrong is in what it returns, and concerns this report alone.
    """
    kept = job.folder / FAILED / f"{job.stem}.ipynb"
    try:
        drawn, summary = _drawn(job, kept)
    except Exception as error:
        return _lost(job, error, kept if kept.is_file() else None)
    failures = {}
    for kind in job.wanted:
        path = job.path(kind)
        try:
            content = drawn(kind)
            if job.states[kind] == "unknown" and not job.force and read_bytes(path, 2**30) != stamped(path, content):
                failures[kind] = _EDITED
            else:
                write_whole(path, content, job.force)
        except Exception as error:
            failures[kind] = _reason(job, error)
    kept.unlink(missing_ok=True)
    return _made(job, failures, summary)


def _made(job: Job, failures: Mapping[str, Text], summary: Mapping[str, Any], is_new: bool = True) -> Made:
    """Return what became of a job: all that did not fail is there, except stale files that somebody has edited."""
    failures = {**failures, **dict.fromkeys(job.left("edited"), _EDITED)}
    files = {kind: job.path(kind) for kind in job.formats if kind not in failures}
    return Made(job.label, job.source, files, failures, is_new, summary, None, job.left("kept"))


def _lost(job: Job, error: Exception | Text, notebook: Path | None = None) -> Made:
    """Return what became of a job of which nothing could be made."""
    return replace(_made(job, dict.fromkeys(job.wanted, _reason(job, error)), {}), notebook=notebook)


def _reason(job: Job, error: Exception | Text) -> Text:
    """Return why a job failed; what is not in its files is named by its kind."""
    if isinstance(error, LsstdError):
        return error.text
    found = error if isinstance(error, Text) else same(f"{type(error).__name__}: {error}")
    problem = Problem(job.source, found, msg("a process that runs without errors"))
    return ReportError(msg("the report could not be made"), [problem]).text


def _noted(job: Job, report: Made, journal: Journal) -> Made:
    """Note in the journal what a job made; a report that cannot be noted has failed."""
    new = {kind: (sha256_of(path) or "", job.key) for kind, path in report.files.items() if kind in job.wanted}
    try:
        if new:
            journal.add(Entry(job.stem, job.source, new, dict(report.summary)))
        return report
    except LsstdError as error:
        return _lost(job, error)


def _drawn(job: Job, kept: Path) -> tuple[Callable[[str], bytes], dict[str, Any]]:
    """Return what renders a job's report to a format, and its row in the index."""
    if job.basis is not None:
        return partial(render_basis, job.basis, job.lang), job.basis.summary
    from lsstd.reports.notebook_report import execute, outputs_of, to_html

    notebook = execute(job.template.path, job.parameters, kept)
    basis, shown = outputs_of(notebook)
    title = title_of(shown, job.template.title, job.lang)
    record = record_of(basis, shown, job.lang, job.template.name) if basis else ""

    def drawn(kind: str) -> bytes:
        page = to_html(notebook, title, job.lang, record) if kind in ("html", "pdf") else ""
        return render(kind, shown, title, job.lang, record, page, basis.day if basis else "")

    return drawn, basis.summary if basis else {}
