"""Packs of many bases, a folder each: nothing is packed twice, and a failure stops no other pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsstd.changes.reform import Reform
from lsstd.engine.application_check import ApplicationCheck, application_check
from lsstd.files.cases import evaluate_file
from lsstd.files.evidence_folder import Shelf, evidence
from lsstd.files.reading import sha256_of
from lsstd.files.writing import safe_name
from lsstd.pages.application_page import Paper
from lsstd.reports.application_pack import (
    SUMS,
    check_place,
    documents_of,
    is_as_packed,
    not_complete,
    packed_files,
    papers_of,
    write_pack,
)
from lsstd.reports.batch import Made, make_missing, reason_of
from lsstd.reports.folder import PACK, Entry, Journal, write_index
from lsstd.reports.plan import free_stem, seen_from, software
from lsstd.reports.record import digest_of, row_of
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg
from lsstd.workers import Workers

_EFFORT = 8  # of a pack, in pages of HTML
_NOT_MADE = msg("the pack could not be made")
_WORKED_IN = msg(
    "this pack was edited since it was made, and the data behind it has changed; it was left as it is. "
    "Save a copy, then use --force"
)


@dataclass(frozen=True)
class _Job:
    """A pack to be made: the basis of its documents, its papers of evidence, and what the journal notes about it."""

    check: ApplicationCheck
    papers: Mapping[Path, Paper]
    lang: Lang
    label: str
    source: str
    path: Path
    key: str

    @property
    def summary(self) -> dict[str, Any]:
        """The pack's row in the index."""
        return {**row_of(self.check.result), "complete": self.check.complete, "to_do": len(list(self.check.todo))}

    def made(self, failure: Text | None = None, is_new: bool = True) -> Made:
        """Return its outcome."""
        there, failures = ({}, {PACK: failure}) if failure else ({PACK: self.path}, {})
        return Made(self.label, self.source, there, failures, is_new, self.summary)


def pack_all(
    files: Sequence[str | Path],
    folder: str | Path,
    day: str | None = None,
    incomplete: bool = False,
    lang: Lang = "zh",
    force: bool = False,
    standard: Standard | None = None,
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
    executor: Workers | None = None,
    jobs: int = 1,
    on_made: Callable[[Made, int], None] | None = None,
    has_index: bool = True,
) -> list[Made]:
    """Pack many applications, a folder each, and write an index of all; return the outcomes, in the order of the files.

    Only what is missing or out of date is packed, so that an interrupted run continues where it stopped. Evidence is
    looked for beside each file. This process reads and writes all files; workers make the documents of a pack.

    Parameters
    ----------
    files : sequence of str or Path
        Assessments or scenarios.
    folder : str or Path
        Where the folders of the packs go.
    day, incomplete, lang, force
        As in `lsstd.pack`.
    standard, readings, reforms
        What each file is scored by, if not just by its own standard.
    executor : Executor or Dask client, optional
        Where documents are made; without one, in `jobs` processes on this machine.
    on_made : callable, optional
        Called after each pack with its outcome and the total number of packs.

    Raises
    ------
    ReportError
        The executor accepts no more work; finished packs are kept.
    FileError
        The index cannot be written.

    Examples
    --------
    >>> files = [f"data/portfolio/2024/base_0{number}.yaml" for number in (1, 2)]
    >>> [one.ok for one in lsstd.pack_all(files, "packs", incomplete=True)]
    [True, True]
    """
    folder = Path(folder)
    journal, taken = Journal(folder), dict[str, str]()

    def planned(file: Path) -> _Job | Made:
        try:
            result = evaluate_file(file, standard, readings, reforms)
            check = application_check(result, day, evidence(result, file))
            job = _job_of(check, file, folder, journal, taken, lang)
            state = "forced" if force else _state(job, journal)
            if not check.complete and not incomplete:
                return job.made(not_complete(check).text)
            if state in ("fresh", "edited"):
                return job.made(_WORKED_IN if state == "edited" else None, is_new=False)
            check_place(job.path, force or state == "stale")
        except Exception as error:  # one that cannot be read stops no other
            return Made(str(file), str(file), {}, {PACK: reason_of(error, str(file), _NOT_MADE)})
        return job

    def written(job: _Job, documents: dict[str, bytes] | BaseException) -> Made:
        return _written(job, documents, journal)

    jobs_and_others = (planned(Path(file)) for file in files)
    found = make_missing(jobs_and_others, _documents, written, lambda _: _EFFORT, len(files), executor, jobs, on_made)
    if has_index:
        write_index(folder, found, lang, force)
    return found


def _job_of(
    check: ApplicationCheck, file: Path, folder: Path, journal: Journal, taken: dict[str, str], lang: Lang
) -> _Job:
    result, subject = check.result, check.result.assessment.subject.name
    papers = papers_of(check, Shelf.of(file, None), lang)
    looked = [(paper.path, (stat := source.stat()).st_size, stat.st_mtime_ns) for source, paper in papers.items()]
    held = result.assessment.plain(with_carried=True), result.to_dict(), check.to_dict(lang), looked
    key = digest_of({"made by": [software(), lang, check.day, result.standard.sha256], "of": held})
    source = f"{PACK} {lang} {seen_from(folder, file)}"
    ending = "" if lang == "zh" else f"_{lang}"
    stem = safe_name(f"{file.stem}{f'_{safe_name(subject)}' if subject.strip() else ''}{ending}")
    path = journal.path(free_stem(stem, source, journal, taken), PACK)
    return _Job(check, papers, lang, subject or str(file), source, path, key)


def _state(job: _Job, journal: Journal) -> str:
    """Return the state of a pack's folder: missing (or unknown to the journal), fresh, stale, or edited and stale."""
    entry = journal.entries.get(job.path.name)
    if entry is None or PACK not in entry.files or not job.path.exists():
        return "stale" if is_as_packed(job.path) else "missing"  # noted nowhere because the run was killed
    if entry.files[PACK][1] == job.key:
        files = packed_files(job.path)
        return "fresh" if files and all((job.path / name).is_file() for name in files) else "stale"
    return "stale" if is_as_packed(job.path) else "edited"


def _documents(job: _Job) -> dict[str, bytes] | Exception:
    """Make the documents of a pack, in any process; what goes wrong affects this pack alone."""
    try:
        return documents_of(job.check, [*job.papers.values()], job.lang)
    except Exception as error:
        return error


def _written(job: _Job, documents: dict[str, bytes] | BaseException, journal: Journal) -> Made:
    """Write a pack and note it in the journal; return the outcome."""
    try:
        if isinstance(documents, BaseException):
            raise documents
        write_pack(job.path, documents, job.papers)
        noted = {PACK: (sha256_of(job.path / SUMS) or "", job.key)}
        journal.add(Entry(job.path.name, job.source, noted, job.summary))
    except Exception as error:
        return job.made(reason_of(error, job.source, _NOT_MADE))
    return job.made()
