"""Everything that is handed in, in numbered folders: form, self-score, evidence by row, register, summary, hashes.

What is stamped or signed (the form) carries no remark of lsstd's.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsstd.engine.application_check import ApplicationCheck, application_check, item_name
from lsstd.engine.catalogue import uses
from lsstd.engine.evidence_register import Item, Proof
from lsstd.engine.result import Result
from lsstd.errors import Problem, ReportError
from lsstd.files.evidence_folder import Shelf, evidence
from lsstd.files.reading import read_bytes, sha256_of
from lsstd.files.writing import cannot_write, check_writable, replace_whole, safe_name, stamp_of, write_whole
from lsstd.office.application_form import write_application
from lsstd.office.self_score_writer import write_workbook
from lsstd.pages.application_page import CONTENTS, SUMMARY, Paper, contents_sections, counted_items, summary_sections
from lsstd.reports.render import render, temporary_folder
from lsstd.words import Lang, Text, msg, noted

LARGEST_PAPER = 2**30
"""Largest file of evidence that is packed, in bytes."""
SUMS = "SHA256SUMS.txt"
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
    """Write everything that is handed in to a new folder, or to a .zip.

    Parameters
    ----------
    result : Result
    file : str or Path
        The assessment's file; evidence lies beside it.
    path : str or Path
        A folder that does not exist yet or is empty; or a name that ends in ``.zip``.
    day : str, optional
        The day of handing in, ``2025-03-03``; the form is dated by it.
    folder : str or Path, optional
        The folder of evidence, if it is another.
    incomplete : bool
        Also where something is missing; the pack is marked then.
    lang : {"zh", "en"}
        The language of names and lists; the form is as printed.
    force : bool
        Also over what is there, which is kept beside it.

    Raises
    ------
    ReportError
        Something is missing, and `incomplete` is off.
    FileError
        The place cannot be written, or something is there already.

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
        raise ReportError(msg("the application is not complete"), list(_missing(check)))
    _check_place(path, force)
    with temporary_folder() as made:
        papers = tuple(_write_all(check, made, Shelf.of(file, folder), lang))
        listed = sorted(one for one in made.rglob("*") if one.is_file())
        files = {one.relative_to(made).as_posix(): sha256_of(one) or "" for one in listed}
        sums = "".join(f"{sha256}  {name}\n" for name, sha256 in files.items())
        (made / SUMS).write_text(sums, encoding="utf-8", newline="\n")
        _place(made, path, force)
    return Pack(path, files, papers, check)


def _missing(check: ApplicationCheck) -> Iterator[Problem]:
    """Yield one problem for each kind of what is missing, under its name in the check's JSON."""
    expected = msg("nothing missing (lsstd check lists it), or --incomplete to pack all the same")
    for kind, count in Counter(one.kind for one in check.todo).items():
        yield Problem(kind, counted_items(count), expected)


def _write_all(check: ApplicationCheck, made: Path, shelf: Shelf, lang: Lang) -> Iterator[Paper]:
    """Write the folders; yield the papers of the evidence in their order."""
    result, files = check.result, list[tuple[str, Text]]()

    def named(number: str, folder: Text, name: Text, ending: str) -> Path:
        path = made / f"{number} {folder.to(lang)}" / f"{name.to(lang)}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        files.append((path.relative_to(made).as_posix(), name))
        return path

    form, scores = msg("Application form"), msg("Self-score")
    if result.standard.form:
        write_application(result, named("01", form, form, ".docx"), filled_on=check.day)
    workbook = named("02", scores, scores, ".xlsx")
    write_workbook(result.standard, workbook, result.assessment, lang)
    day = check.day or result.standard.day
    summary = named("02", scores, SUMMARY, ".docx")
    summary.write_bytes(render("docx", list(summary_sections(check, lang)), SUMMARY.to(lang), lang, day=day))
    papers = list(_papers(check, made, shelf, lang))
    files += [(paper.path, item_name(paper.proves[0])) for paper in papers]
    title = CONTENTS if check.complete else noted(CONTENTS, msg("incomplete"))
    sections = list(contents_sections(check, files, papers, lang))
    contents = made / f"00 {title.to(lang)}.docx"
    contents.write_bytes(render("docx", sections, CONTENTS.to(lang), lang, day=day))
    yield from papers


def _papers(check: ApplicationCheck, made: Path, shelf: Shelf, lang: Lang) -> Iterator[Paper]:
    """Copy each paper once, into the folder of the first item that it proves; yield what the register says of it."""
    standard, evidence_folder = check.result.standard, msg("Evidence").to(lang)
    feeds = {fact: [path.split(".")[1] for path in paths] for fact, paths in uses(standard).items()}
    serving: dict[Path, list[tuple[Item, Proof]]] = {}
    for item in check.register.items:
        for proof in item.proofs:
            found, _ = shelf.look(proof.evidence.file, [proof.holder, *feeds.get(proof.holder, ())], with_hash=False)
            if found is not None and proof not in check.unfit:
                serving.setdefault(found.resolve(), []).append((item, proof))
    for number, (source, uses_of) in enumerate(serving.items(), start=1):
        (first, proof), items = uses_of[0], tuple(dict.fromkeys(item for item, _ in uses_of))
        head = msg("condition {clause}", clause=first.clause)  # sorts before the rows in both languages
        head = msg("row {row}", row=f"{first.row:02d}") if first.row else head
        label = safe_name(f"{head.to(lang)} {first.label.to(lang)}")
        target = made / f"03 {evidence_folder}" / label / f"{number:03d} {safe_name(source.name)}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(read_bytes(source, LARGEST_PAPER))
        piece = proof.evidence
        path = target.relative_to(made).as_posix()
        yield Paper(number, path, items, piece.kind, piece.issued, piece.expires)


def _check_place(path: Path, force: bool) -> None:
    """Refuse a place where something is, unless it may be moved aside."""
    if path.suffix.lower() == ".zip":
        check_writable(path, force)
    elif path.exists() and (not path.is_dir() or any(path.iterdir())) and not force:
        raise cannot_write(path, msg("a file or folder with content is already there"), msg("another name, or --force"))
    else:
        check_writable(path / SUMS, force=True)


def _place(made: Path, path: Path, force: bool) -> None:
    """Put what was made in its place: as one .zip, the same content the same bytes, or as a folder."""
    if path.suffix.lower() == ".zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(one for one in made.rglob("*") if one.is_file()):
                entry = zipfile.ZipInfo(file.relative_to(made).as_posix(), _FIRST_DAY)
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, file.read_bytes())
            archive.comment = stamp_of(archive)
        write_whole(path, out.getvalue(), force)
        return
    if path.exists() and any(path.iterdir()):
        number = next(n for n in range(1, 1000) if not path.with_name(f"{path.name} ({n})").exists())
        path.rename(path.with_name(f"{path.name} ({number})"))
    for file in (one for one in made.rglob("*") if one.is_file()):
        replace_whole(path / file.relative_to(made), file.read_bytes())
