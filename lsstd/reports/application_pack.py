"""Everything that is handed in, in numbered folders: form, self-score, evidence by row, register, summary, hashes.

What is stamped or signed (the form) carries no remark of lsstd's.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsstd.engine.application_check import ApplicationCheck, application_check, item_name
from lsstd.engine.catalogue import uses
from lsstd.engine.evidence_register import Item, Proof
from lsstd.engine.result import Result
from lsstd.errors import Problem, ReportError
from lsstd.files.evidence_folder import Shelf, evidence
from lsstd.files.reading import read_bytes, reason, sha256_of
from lsstd.files.writing import cannot_write, check_writable, replace_whole, safe_name, stamp_of, write_whole
from lsstd.office.application_form import write_application
from lsstd.office.self_score_writer import write_workbook
from lsstd.pages.application_page import CONTENTS, SUMMARY, Paper, contents_sections, counted_items, summary_sections
from lsstd.reports.folder import SUMS, is_as_packed, packed_files
from lsstd.reports.render import render, temporary_folder
from lsstd.words import Lang, Text, msg, noted

LARGEST_PAPER = 2**30
"""Largest file of evidence that is packed, in bytes."""
_EVIDENCE = "03 "
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Pack:
    """A pack as it was written: where, its files with their hashes, and what the check before it found."""

    path: Path
    files: dict[str, str]
    papers: tuple[Paper, ...]
    check: ApplicationCheck

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return what was packed as JSON holds it.

        Examples
        --------
        >>> result = lsstd.evaluate("hlj-base-evaluation", lsstd.example("near_aaa"))
        >>> made = lsstd.pack(result, "data/assessments/near_aaa.yaml", "pack", incomplete=True)
        >>> made.to_dict()["complete"]
        False
        """
        papers = [{**paper._asdict(), "proves": [item.id for item in paper.proves]} for paper in self.papers]
        files = [{"path": path, "sha256": sha256} for path, sha256 in self.files.items()]
        packed = {"path": str(self.path), "complete": self.check.complete, "files": files, "papers": papers}
        return {**packed, "check": self.check.to_dict(lang)}


def pack(
    result: Result,
    file: str | Path,
    path: str | Path,
    day: str | None = None,
    folder: str | Path | None = None,
    incomplete: bool = False,
    lang: Lang = "zh",
    force: bool = False,
) -> Pack:
    """Write everything to be handed in, to a new folder or a .zip.

    Parameters
    ----------
    result : Result
    file : str or Path
        The file of the assessment; evidence is looked for beside it.
    path : str or Path
        A folder that does not exist yet or is empty; or a name that ends in ``.zip``.
    day : str, optional
        The day of submission, such as ``2025-03-03``; it dates the form.
    folder : str or Path, optional
        The folder of evidence, if it is a different one.
    incomplete : bool
        Pack even if something is missing; the pack is then marked as incomplete.
    lang : {"zh", "en"}
        The language of names and lists; the form stays as printed.
    force : bool
        Replace what is there, which is kept beside it unless it can be made again.

    Raises
    ------
    ReportError
        Something is missing, and `incomplete` is False.
    FileError
        The place cannot be written, or is already taken.

    Examples
    --------
    >>> result = lsstd.evaluate("hlj-base-evaluation", lsstd.example("near_aaa"))
    >>> made = lsstd.pack(result, "data/assessments/near_aaa.yaml", "near_aaa.zip", incomplete=True, lang="en")
    >>> made.check.complete, len(made.files)
    (False, 4)
    """
    file, path, folder = Path(file), Path(path), Path(folder) if folder else None
    check = application_check(result, day, evidence(result, file, folder))
    if not check.complete and not incomplete:
        raise not_complete(check)
    check_place(path, force)
    papers = papers_of(check, Shelf.of(file, folder), lang)
    files = write_pack(path, documents_of(check, [*papers.values()], lang), papers)
    return Pack(path, files, tuple(papers.values()), check)


def not_complete(check: ApplicationCheck) -> ReportError:
    """Return the error for an incomplete application: a problem for each kind of gap, named as in the check's JSON."""
    expected = msg("nothing missing (lsstd check lists it), or --incomplete to pack all the same")
    counts = Counter(one.kind for one in check.todo)
    problems = [Problem(kind, counted_items(count), expected) for kind, count in counts.items()]
    return ReportError(msg("the application is not complete"), problems)


def documents_of(check: ApplicationCheck, papers: Sequence[Paper], lang: Lang) -> dict[str, bytes]:
    """Return the documents of a pack that lsstd writes, by path: form, self-score, summary, contents."""
    result, files, made = check.result, list[tuple[str, Text]](), dict[str, bytes]()
    form, scores = msg("Application form"), msg("Self-score")
    day = check.day or result.standard.day

    def add(number: str, folder: Text, name: Text, ending: str, content: Callable[[Path], object] | bytes) -> None:
        path = f"{number} {folder.to(lang)}/{name.to(lang)}{ending}"
        files.append((path, name))
        if not isinstance(content, bytes):
            with temporary_folder() as place:
                content(place / f"made{ending}")
                content = (place / f"made{ending}").read_bytes()
        made[path] = content

    if result.standard.form:
        add("01", form, form, ".docx", lambda path: write_application(result, path, filled_on=check.day))
    add("02", scores, scores, ".xlsx", lambda path: write_workbook(result.standard, path, result.assessment, lang))
    summary = render("docx", list(summary_sections(check, lang)), SUMMARY.to(lang), lang, day=day)
    add("02", scores, SUMMARY, ".docx", summary)
    files += [(paper.path, item_name(paper.proves[0])) for paper in papers]
    title = CONTENTS if check.complete else noted(CONTENTS, msg("incomplete"))
    sections = list(contents_sections(check, files, papers, lang))
    made[f"00 {title.to(lang)}.docx"] = render("docx", sections, CONTENTS.to(lang), lang, day=day)
    return made


def papers_of(check: ApplicationCheck, shelf: Shelf, lang: Lang) -> dict[Path, Paper]:
    """Return the papers of evidence by their location, each to go to the folder of the first item that it proves."""
    standard, evidence_folder = check.result.standard, msg("Evidence").to(lang)
    feeds = {fact: [path.split(".")[1] for path in paths] for fact, paths in uses(standard).items()}
    serving: dict[Path, list[tuple[Item, Proof]]] = {}
    for item in check.register.items:
        for proof in item.proofs:
            found, _ = shelf.look(proof.evidence.file, [proof.holder, *feeds.get(proof.holder, ())], with_hash=False)
            if found is not None and proof.is_fit:
                serving.setdefault(found.resolve(), []).append((item, proof))
    papers = {}
    for number, (source, uses_of) in enumerate(serving.items(), start=1):
        (first, proof), items = uses_of[0], tuple(dict.fromkeys(item for item, _ in uses_of))
        head = msg("condition {clause}", clause=first.clause)  # sorts before the rows in both languages
        head = msg("row {row}", row=f"{first.row:02d}") if first.row else head
        label = safe_name(f"{head.to(lang)} {first.label.to(lang)}")
        path = f"{_EVIDENCE}{evidence_folder}/{label}/{number:03d} {safe_name(source.name)}"
        piece = proof.evidence
        papers[source] = Paper(number, path, items, piece.kind, piece.issued, piece.expires)
    return papers


def check_place(path: Path, force: bool) -> None:
    """Refuse a place where something is, unless it may be moved aside."""
    if path.suffix.lower() == ".zip":
        check_writable(path, force)
    elif path.exists() and (not path.is_dir() or any(path.iterdir())) and not force:
        raise cannot_write(path, msg("a file or folder with content is already there"), msg("another name, or --force"))
    else:
        check_writable(path / SUMS, force=True)


def write_pack(path: Path, documents: Mapping[str, bytes], papers: Mapping[Path, Paper]) -> dict[str, str]:
    """Write a pack, as a folder or one .zip, and return the hashes of its files by path.

    It is written whole or not at all: it is assembled beside its place, then moved there.

    Raises `FileError`: a paper cannot be read, or the place cannot be written.
    """
    made = path.with_name(f".{path.name}.part")
    try:
        shutil.rmtree(made, ignore_errors=True)  # left by a run that was killed
        made.mkdir(parents=True)
        for name, content in documents.items():
            replace_whole(made / name, content)
        for source, paper in papers.items():
            replace_whole(made / paper.path, read_bytes(source, LARGEST_PAPER))
        listed = sorted(one for one in made.rglob("*") if one.is_file())
        files = {one.relative_to(made).as_posix(): sha256_of(one) or "" for one in listed}
        sums = "".join(f"{sha256}  {name}\n" for name, sha256 in files.items())
        replace_whole(made / SUMS, sums.encode())
        if path.suffix.lower() == ".zip":
            write_whole(path, _zipped(made), force=True)
        else:
            _move_aside(path, files)
            made.rename(path)
    except OSError as error:
        raise cannot_write(path, reason(error)) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return files


def _zipped(made: Path) -> bytes:
    """Return a folder as one .zip; equal contents give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(one for one in made.rglob("*") if one.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(made).as_posix(), _FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
        archive.comment = stamp_of(archive)
    return out.getvalue()


def _move_aside(path: Path, files: Mapping[str, str]) -> None:
    """Make room for a folder of these files: what is there is deleted if it can be made again, else kept beside it."""
    papers = {sha256 for name, sha256 in packed_files(path).items() if name.startswith(_EVIDENCE)}
    if (is_as_packed(path) and papers <= {*files.values()}) or (path.is_dir() and not any(path.iterdir())):
        shutil.rmtree(path)
    elif path.exists():
        number = next(n for n in range(1, 1000) if not path.with_name(f"{path.name} ({n})").exists())
        path.rename(path.with_name(f"{path.name} ({number})"))
