"""The pack that is handed in: refused or marked where something is missing, nothing lost."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from docx import Document

from lsstd import evaluate, example, load_assessment, load_standard, pack, read_workbook
from lsstd.errors import FileError, ReportError
from lsstd.reports.application_pack import Pack
from lsstd.reports.folder import SUMS

HLJ = load_standard("hlj-base-evaluation")
DAY = "2025-03-03"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a copy of an example with one paper for a row and a condition, and one for a row alone."""
    folder = tmp_path / "base"
    for name in ("live_rooms/lease.pdf", "village_rooms/photo.pdf"):
        paper = folder / "evidence" / name
        paper.parent.mkdir(parents=True)
        paper.write_text(f"made up {name}", encoding="utf-8")
    file = folder / "base.yaml"
    file.write_bytes(example("near_aaa").read_bytes())
    return file


def packed(file: Path, path: Path, **options: bool) -> Pack:
    return pack(evaluate(HLJ, load_assessment(file)), file, path, DAY, incomplete=True, lang="en", **options)


# Where something is missing nothing is written, and each kind of what is missing is counted.
def test_an_incomplete_application_is_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ReportError) as error:
        pack(evaluate(HLJ, load_assessment(file)), file, tmp_path / "pack", DAY)
    assert {problem.where for problem in error.value.problems} == {"blanks", "files", "unproven"}
    assert not (tmp_path / "pack").exists()


# Every paper lies once under the first item that it proves; the register names all that it proves; the hashes hold.
def test_what_is_in_the_pack(file: Path, tmp_path: Path) -> None:
    made = packed(file, tmp_path / "pack")
    assert [paper.path for paper in made.papers] == [
        "03 Evidence/condition 5.1.4 size/001 lease.pdf",
        "03 Evidence/row 08 shared live rooms in villages and towns/002 photo.pdf",
    ]
    assert [item.id for item in made.papers[0].proves] == ["scale", "live_room_count"]
    sums = (tmp_path / "pack" / SUMS).read_text(encoding="utf-8").splitlines()
    assert len(sums) == len(made.files) == 6
    for line in sums:
        sha256, _, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / "pack" / name).read_bytes()).hexdigest() == sha256
    assert (tmp_path / "pack" / "00 Contents (incomplete).docx").exists()
    assert read_workbook(tmp_path / "pack/02 Self-score/Self-score.xlsx").answers.keys() > {"village_rooms"}


# The form, which is stamped, carries no remark of ours; its date is the day of handing in.
def test_nothing_of_ours_on_what_is_stamped(file: Path, tmp_path: Path) -> None:
    packed(file, tmp_path / "pack")
    document = Document(str(tmp_path / "pack/01 Application form/Application form.docx"))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)
    assert "2025" in text
    assert [word for word in ("lsstd", "自评", "不完整", "草案") if word in text] == []


# As one archive it is the same bytes each time; what is there already is refused, or kept beside it.
def test_the_archive_and_what_is_there(file: Path, tmp_path: Path) -> None:
    packed(file, tmp_path / "one.zip")
    packed(file, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert SUMS in archive.namelist()
    packed(file, tmp_path / "pack")
    packed(file, tmp_path / "one.zip")  # as lsstd wrote it, so it is written anew
    with zipfile.ZipFile(tmp_path / "one.zip", "a") as archive:
        archive.writestr("a note of somebody's", "")
    for place in (tmp_path / "one.zip", tmp_path / "pack"):
        with pytest.raises(FileError):
            packed(file, place)
    packed(file, tmp_path / "pack", force=True)  # which can be made anew
    assert not (tmp_path / "pack (1)").exists()
    for place, work in enumerate(("a note of somebody's", "03 Evidence/condition 5.1.4 size/001 lease.pdf"), start=1):
        if place == 1:
            (tmp_path / "pack" / work).write_text("", encoding="utf-8")
        else:  # the pack holds the only copy
            (file.parent / "evidence/live_rooms/lease.pdf").unlink()
        packed(file, tmp_path / "pack", force=True)
        assert (tmp_path / f"pack ({place})" / work).exists()
    assert not list(tmp_path.glob(".*"))


# A standard of topics has neither form nor grade: its pack is what there is, with the summary.
def test_a_pack_of_a_standard_of_topics(tmp_path: Path) -> None:
    file = example("supply_chain")
    result = evaluate("sz-supply-chain-collaboration", load_assessment(file))
    made = pack(result, file, tmp_path / "pack", DAY, incomplete=True, lang="en")
    assert not made.check.complete
    summary = Document(str(tmp_path / "pack/02 Self-score/Self-assessment summary.docx"))
    assert any("median level 2.5" in paragraph.text for paragraph in summary.paragraphs)
