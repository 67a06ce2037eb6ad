"""Packs of many bases, a folder each: nothing is packed twice, and a failure stops no other pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from lsstd.changes.reform import Reform
from lsstd.engine.application_check import ApplicationCheck, application_check
from lsstd.files.cases import evaluate_file
from lsstd.files.evidence_folder import Shelf, evidence
from lsstd.files.writing import safe_name
from lsstd.pages.application_page import Paper
from lsstd.reports.application_pack import documents_of, not_complete, papers_of
from lsstd.reports.batch import Begun, Job, Made, Told, make_all, reason_of
from lsstd.reports.folder import PACK, Journal, write_index
from lsstd.reports.plan import seen_from, software
from lsstd.reports.record import digest_of, row_of
from lsstd.standard.standard import Standard
from lsstd.words import Lang
from lsstd.workers import Workers


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
    on_made: Told | None = None,
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
    journal = Journal(folder)

    def planned() -> Iterator[Job | Made]:
        for file in map(Path, files):
            try:
                result = evaluate_file(file, standard, readings, reforms)
                check = application_check(result, day, evidence(result, file))
                job = _job_of(check, file, folder, lang, force).placed(journal)
            except Exception as error:  # one that cannot be read stops no other
                yield Made(str(file), str(file), {}, {PACK: reason_of(error, str(file))})
            else:
                is_to_be_made = check.complete or incomplete
                yield job if is_to_be_made else job.made({PACK: not_complete(check).text}, {"complete": False})

    found = make_all(planned(), journal, len(files), executor, jobs, on_made)
    if has_index:
        write_index(folder, found, lang, force)
    return found


def _job_of(check: ApplicationCheck, file: Path, folder: Path, lang: Lang, force: bool) -> Job:
    result, subject = check.result, check.result.assessment.subject.name
    papers = papers_of(check, Shelf.of(file, None), lang)
    looked = [(paper.path, (stat := source.stat()).st_size, stat.st_mtime_ns) for source, paper in papers.items()]
    held = result.assessment.plain(with_carried=True), result.to_dict(), check.to_dict(lang), looked
    key = digest_of({"made by": [software(), lang, check.day, result.standard.sha256], "of": held})
    ending = "" if lang == "zh" else f"_{lang}"
    stem = safe_name(f"{file.stem}{f'_{safe_name(subject)}' if subject.strip() else ''}{ending}")
    source, begin = f"{PACK} {lang} {seen_from(folder, file)}", partial(_begin, check, [*papers.values()], lang)
    return Job(begin, folder, stem, source, subject or str(file), key, (PACK,), force, papers=papers)


def _begin(check: ApplicationCheck, papers: Sequence[Paper], lang: Lang, _: list[bytes]) -> Begun:
    row = {**row_of(check.result), "complete": check.complete, "to_do": len(list(check.todo))}
    return lambda _: documents_of(check, papers, lang), row
