"""A report as a Word document: what Word finds in it, that it says what the sections say, that its record stays."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from lsstd.reports.compare import differences

from lsstd.errors import FileError
from lsstd.files.writing import is_own
from lsstd.pages.blocks import Section
from lsstd.reports.word import document_of, printed_docx

RECORD = '{"name": "<冰城> & \\u0007 \U00020bb7", "long": "' + "x y\n" * 50_000 + '"}'


# Every example in both languages: what the document holds is what its sections say, and the record comes back whole.
def test_a_document_says_what_its_sections_say(report: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(report.sections, report.title, report.lang, RECORD))
    printed = printed_docx(path)
    assert differences(report.sections, printed) == []
    assert printed.record == RECORD
    assert is_own(path)


# The same sections give the same bytes, whenever they are written; no part tells the time.
def test_the_same_bytes(studio: Any) -> None:
    made = [document_of(studio.sections, studio.title, "en", RECORD) for _ in range(2)]
    assert made[0] == made[1]
    assert {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(made[0])).infolist()} == {(1980, 1, 1, 0, 0, 0)}


# Headings are headings, tables repeat their heads and keep their rows whole, pages are A4 and numbered by fields.
def test_what_word_finds(near_aaa: Any) -> None:
    document = Document(io.BytesIO(document_of(near_aaa.sections, near_aaa.title, "zh", "{}")))
    titles = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert titles == [section.title for section in near_aaa.sections if not section.is_cover]
    assert [p.text for p in document.paragraphs if p.style.name == "Title"] == [near_aaa.title]
    page = document.sections[0]
    assert [round(length.mm) for length in (page.page_width, page.page_height)] == [210, 297]
    assert near_aaa.title in page.header.paragraphs[0].text
    assert {"PAGE", "NUMPAGES"} <= set(page.footer._element.xpath("//@w:instr"))
    rows = next(table for table in document.tables if table.cell(0, 1).text == "原文")
    assert rows.rows[0]._tr.xpath("w:trPr/w:tblHeader")
    assert all(row._tr.xpath("w:trPr/w:cantSplit") for row in rows.rows)
    assert [column.width.mm < 40 for column in rows.columns] == [True, False, True, True, True]
    assert document.core_properties.title == near_aaa.title


# Texts that would break XML, or that only look like markup, are shown as they are.
def test_hostile_texts_stay_texts(hostile: Callable[[], list[Section]], tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(hostile(), "\x07<b>", "en", "\ufffe"))
    printed = printed_docx(path)
    assert differences(hostile(), printed) == []
    assert printed.record == "\\ufffe"


# What is no Word document is told as such, whatever it is called.
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", b"%PDF-1.7", b"<html>"])
def test_what_is_no_document_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(data)
    with pytest.raises(FileError):
        printed_docx(path)


# A document that holds entities is refused; one whose record was taken out says that it is gone.
def test_entities_are_refused_and_a_lost_record_is_told(studio: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(studio.sections, studio.title, "en", ""))
    assert printed_docx(path).record is None
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(FileError):
        printed_docx(path)


HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>398.92</w:t></w:r>"
SYMBOLS = "".join(f'<w:r><w:sym w:font="Arial" w:char="00{ord(sign):02X}"/></w:r>' for sign in "499.50")
FIELD = '<w:fldSimple w:instr="= 400 + 99.5"><w:r><w:t>499.50</w:t></w:r></w:fldSimple>'
NUMBERED = '<w:r><w:t>398.92</w:t></w:r></w:p><w:p><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'


# A figure that is hidden, with what else shows one beside it, is told; also what stands between paragraphs.
@pytest.mark.parametrize(
    ("put_in", "told"),
    [
        (HIDDEN, []),
        (HIDDEN + SYMBOLS, ["[sym]" * 6]),
        (HIDDEN + FIELD, ["[fldSimple]"]),
        (
            "<w:del><w:r><w:delText>398.92</w:delText></w:r></w:del><w:ins><w:r><w:t>9</w:t></w:r></w:ins>",
            ["[del][ins]"],
        ),
        ("<w:r><w:t>398.92</w:t><w:drawing/></w:r>", ["398.92[drawing]"]),
        ("<w:r><w:t>398.92</w:t></w:r></w:p><w:altChunk/><w:p>", ["[altChunk]"]),
        (NUMBERED, ["[numPr]"]),
    ],
)
def test_what_word_would_show_otherwise(near_aaa: Any, put_in: str, told: list[str], tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(near_aaa.sections, near_aaa.title, "zh", "{}"))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist() if name.endswith((".xml", ".rels"))}
    xml, found = re.subn(
        "<w:r>(?:(?!<w:r>).)*?<w:t>398.92</w:t></w:r>", put_in, parts["word/document.xml"], count=1, flags=re.DOTALL
    )
    assert found == 1
    with zipfile.ZipFile(path, "w") as package:
        for name, content in (parts | {"word/document.xml": xml}).items():
            package.writestr(name, content)
    given = differences(near_aaa.sections, printed_docx(path))
    assert [difference.printed for difference in given if difference.printed] == told
    assert given


# Opened and saved again by LibreOffice, the document still says the same and still carries its record.
@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_saved_again_by_another_program(near_aaa: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(near_aaa.sections, near_aaa.title, "zh", RECORD))
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    again = [*command, "--convert-to", "docx", "--outdir", str(tmp_path / "again"), str(path)]
    subprocess.run(again, check=True, capture_output=True, timeout=120)
    printed = printed_docx(tmp_path / "again" / "report.docx")
    assert differences(near_aaa.sections, printed) == []
    assert printed.record == RECORD
