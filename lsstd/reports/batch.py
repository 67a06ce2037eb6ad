"""Making many reports or packs: nothing is made twice, and a failure does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lsstd.errors import LsstdError, Problem, ReportError
from lsstd.files.reading import read_bytes, sha256_of
from lsstd.files.writing import check_writable, replace_whole, stamped, write_whole
from lsstd.reports.folder import PACK, SUMS, Journal, JournalEntry
from lsstd.words import Text, msg, same
from lsstd.workers import Workers, run

if TYPE_CHECKING:
    from lsstd.pages.application_page import Paper

FAILED = "failed"
"""The folder, within that of the reports, where the notebooks of failed ones are kept."""
_WORK = {"html": 1, "docx": 6, "xlsx": 6, "pdf": 30, PACK: 8}  # in pages of HTML
_EDITED = msg(
    "the data behind it has changed, but it was (or may have been) edited since it was made, so it was left as it is. "
    "Save a copy, then use --force"
)
Content: TypeAlias = bytes | Mapping[str, bytes]
"""A report in one format; the documents of a pack by their paths."""
Begun: TypeAlias = tuple[Callable[[str], Content], Mapping[str, Any]]
"""What makes the content of a format, and the report's row in the index."""
Told: TypeAlias = Callable[["Made", int], None]
"""Called after each report with its outcome and the total number of reports."""


@dataclass(frozen=True)
class Made:
    """What became of one report or pack.

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
    """What a worker returns for a report: each format's content or its error, and the report's row in the index.

    If a template of the user's own failed, also the notebook as far as it ran.
    """

    contents: Mapping[str, Content | Text]
    summary: Mapping[str, Any] = field(default_factory=dict)
    notebook: bytes | None = None


@dataclass(frozen=True)
class Job:
    """One report or pack to be made: plain values only, so that any process may do it.

    `begin` does what all formats have in common; it adds the notebook of a user's own template that failed to the list
    that it is given. The source is what the job is made from, relative to the folder, which distinguishes jobs of one
    name. The label says whose report it is, the key is the hash of all that it depends on, the states are those of
    each format's file (`Journal.state`).
    """

    begin: Callable[[list[bytes]], Begun]
    folder: Path
    stem: str
    source: str
    label: str
    key: str
    formats: tuple[str, ...]
    force: bool
    effort_to_begin: int = 0
    papers: Mapping[Path, Paper] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    def placed(self, journal: Journal) -> Job:
        """Return the job under a name that no other source uses, with the states of its files."""
        stem = journal.claim(self.stem, self.source)
        return replace(self, stem=stem, states={kind: journal.state(stem, kind, self.key) for kind in self.formats})

    def path(self, kind: str) -> Path:
        """Return the file of a format, or the folder of a pack."""
        return self.folder / (self.stem if kind == PACK else f"{self.stem}.{kind}")

    @property
    def wanted(self) -> tuple[str, ...]:
        """The formats that have to be made."""
        left = ("fresh", "kept", "edited")
        return tuple(kind for kind in self.formats if self.force or self.states[kind] not in left)

    @property
    def effort(self) -> int:
        """The work, in pages of HTML."""
        return self.effort_to_begin + sum(_WORK[kind] for kind in self.wanted)

    def check(self) -> None:
        """Raise the `FileError` for a place that cannot be written, before any work is done."""
        for kind in self.wanted:
            if kind == PACK:
                from lsstd.reports.application_pack import check_place  # with what makes packs, which takes a second

                check_place(self.path(kind), self.force or self.states[kind] == "stale")
            else:
                check_writable(self.path(kind), self.force)

    def write(self, kind: str, content: Content) -> None:
        """Write a format, whole or not at all; raise the `LsstdError` for one that somebody may have edited."""
        path = self.path(kind)
        if not isinstance(content, bytes):
            from lsstd.reports.application_pack import write_pack

            write_pack(path, content, self.papers)
        elif self.states[kind] == "unknown" and not self.force and read_bytes(path, 2**30) != stamped(path, content):
            raise LsstdError(_EDITED, [])
        else:
            write_whole(path, content, self.force)

    def made(self, failures: Mapping[str, Text], summary: Mapping[str, Any], is_new: bool = True) -> Made:
        """Return the outcome: all formats are there except those that failed, or are stale and were edited."""
        kept, edited = ([kind for kind in self.formats if self.states[kind] == state] for state in ("kept", "edited"))
        if self.force:
            kept, edited = [], []
        failures = {**failures, **dict.fromkeys(edited, _EDITED)}
        files = {kind: self.path(kind) for kind in self.formats if kind not in failures}
        return Made(self.label, self.source, files, failures, is_new, summary, edited=tuple(kept))

    def lost(self, error: BaseException) -> Made:
        """Return what became of it if nothing could be made."""
        return self.made(dict.fromkeys(self.wanted, reason_of(error, self.source)), {})


def make_all(
    planned: Iterable[Job | Made],
    journal: Journal,
    count: int,
    executor: Workers | None = None,
    jobs: int = 1,
    on_made: Told | None = None,
) -> list[Made]:
    """Make what is missing or out of date among all that is planned, each a job or what became of it already.

    Any executor makes the content (a pool of processes, the client of a cluster); without one, `jobs` is the number of
    worker processes if there is much to make. The plan is drawn up while others are in work. This process reads and
    writes all files, so that workers may be on other machines; only a template of the user's own reads its files where
    it runs. Return what became of each, in their order.

    Raises `ReportError`: the executor is shut down, or its cluster is gone; what is finished is kept.
    """
    made: dict[int, Made] = {}
    places: dict[int, int] = {}

    def tell(place: int, one: Made) -> None:
        made[place] = one
        if on_made:
            on_made(one, count)

    def missing() -> Iterator[Job]:
        stems: set[str] = set()
        for place, job in enumerate(planned):
            if isinstance(job, Made):
                tell(place, job)
            elif not job.wanted or job.stem in stems:
                entry = journal.entries.get(job.stem)
                tell(place, job.made({}, entry.summary if entry else {}, is_new=False))
            else:
                try:
                    job.check()
                except LsstdError as error:
                    tell(place, job.lost(error))
                else:
                    stems.add(job.stem)
                    places[id(job)] = place  # of one object, which is kept while it is in work
                    yield job

    def note(job: Job, rendered: Rendered | BaseException) -> None:
        tell(places.pop(id(job)), _written(job, rendered, journal))

    run(missing(), make, note, lambda job: job.effort, jobs, executor)
    return [made[place] for place in sorted(made)]


def make(job: Job) -> Rendered:
    """Make the content of a job; this may run in any process, without access to our files.

    Whatever goes wrong is part of what it returns, and affects this job alone.
    """
    kept: list[bytes] = []
    contents: dict[str, Content | Text] = {}
    try:
        content_of, summary = job.begin(kept)
    except Exception as error:
        return Rendered(dict.fromkeys(job.wanted, reason_of(error, job.source)), {}, *kept)
    for kind in job.wanted:
        try:
            contents[kind] = content_of(kind)
        except Exception as error:
            contents[kind] = reason_of(error, job.source)
    return Rendered(contents, summary)


def _written(job: Job, rendered: Rendered | BaseException, journal: Journal) -> Made:
    """Write what a worker made, and note it in the journal; what cannot be noted has failed."""
    if isinstance(rendered, BaseException):
        return job.lost(rendered)
    failures: dict[str, Text] = {}
    noted: dict[str, tuple[str, str]] = {}
    for kind, content in rendered.contents.items():
        try:
            if isinstance(content, Text):
                failures[kind] = content
            else:
                job.write(kind, content)
                path = job.path(kind)
                noted[kind] = (sha256_of(path / SUMS if kind == PACK else path) or "", job.key)
        except Exception as error:
            failures[kind] = reason_of(error, job.source)
    kept = job.folder / FAILED / f"{job.stem}.ipynb"
    with suppress(LsstdError, OSError):
        if rendered.notebook is None:
            kept.unlink(missing_ok=True)
        else:
            replace_whole(kept, rendered.notebook)
    try:
        if noted:
            journal.add(JournalEntry(job.stem, job.source, noted, dict(rendered.summary)))
    except LsstdError as error:
        return job.lost(error)
    return replace(job.made(failures, rendered.summary), notebook=kept if rendered.notebook else None)


def reason_of(error: BaseException, source: str) -> Text:
    """Return why something could not be made; what is not in its files is named by its kind."""
    if isinstance(error, LsstdError):
        return error.text
    found = same(f"{type(error).__name__}: {error}")
    problem = Problem(source, found, msg("usable files and a process that runs without errors"))
    return ReportError(msg("it could not be made"), [problem]).text
