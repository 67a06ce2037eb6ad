"""A report as a Word document: what Word finds in it, that it says what the sections say, that its record stays."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from texts import texts_of

from lsstd.files.writing import is_own
from lsstd.office.documents import clean
from lsstd.pages.blocks import Section
from lsstd.reports.verify import compare, extract
from lsstd.reports.word import document_of

RECORD = '{"name": "<冰城> & \\u0007 \U00020bb7", "long": "' + "x y\n" * 50_000 + '"}'


# Every example in both languages: what the document holds is what its sections say, and the record comes back whole.
def test_a_document_says_what_its_sections_say(report: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(report.sections, report.title, report.lang, RECORD))
    assert texts_of(report.sections) <= {" ".join(line.text.split()) for line in extract(path).lines}
    assert extract(path).record == RECORD
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
    texts = {" ".join(line.text.split()) for line in extract(path).lines}
    assert {" ".join(clean(text).split()) for text in texts_of(hostile())} <= texts
    assert extract(path).record == "\\ufffe"


# Opened and saved again by LibreOffice, the document still says the same and still carries its record.
@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_saved_again_by_another_program(near_aaa: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(document_of(near_aaa.sections, near_aaa.title, "zh", RECORD))
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    again = [*command, "--convert-to", "docx", "--outdir", str(tmp_path / "again"), str(path)]
    subprocess.run(again, check=True, capture_output=True, timeout=120)
    before, again = (extract(file) for file in (path, tmp_path / "again" / "report.docx"))
    assert list(compare(again.lines, before.lines, "figure")) == []
    assert again.record == RECORD
