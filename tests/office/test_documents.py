"""Word tables and the properties of office files: no word is cut, no sign parts from its number, days are right."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from lsstd.files.places import data, example
from lsstd.office.documents import add_run, column_widths
from lsstd.pages.blocks import Section, Table
from lsstd.reports.word import document_of

LONG = "满足交通便利、网点基础配套冗余可靠，生活服务配套完善等要求。" * 8
HEADS = ("row", "maximum", "responsibility", "无等级", "全文", "change", "share", "region", "points of losers", "id")
CELLS = ("46", "500", "+6.6/7", "哈尔滨", LONG, "-12.75", "100.00%", "4 / 12", "-1,234.5", "synthetic-000009")


def grid(right: tuple[int, ...] = (0, 1, 5, 6, 7, 8)) -> Table:
    return Table(HEADS, (CELLS,) * 4, right)


# Each column is as wide as its longest word, in millimetres by the typeface's own measures: in 9 points of Times,
# "responsibility" takes 19.4 mm in bold, "synthetic-000009" 21.4 mm; the margins of a cell take 3.8 mm.
def test_a_column_is_as_wide_as_its_longest_word() -> None:
    widths, size = column_widths([["responsibility", "x"], ["id", "synthetic-000009"], ["text", LONG]], 174, 9)
    assert (size, round(sum(widths), 6)) == (9, 174)
    assert 23.2 <= widths[0] <= 32
    assert 25.2 <= widths[1] <= 36
    assert widths[2] > 110


# Where not even the longest words fit beside each other, the type becomes smaller until they do.
def test_type_becomes_smaller_rather_than_cut_a_word() -> None:
    widths, size = column_widths([["responsibilities", "1"] for _ in range(8)], 174, 9)
    assert 5 < size < 9
    assert [round(width, 6) for width in widths] == [round(174 / 8, 6)] * 8


# Short texts stay on their line; what is left goes to the long ones, the longest first. In `whole` lines stay whole.
def test_short_texts_stay_whole() -> None:
    widths, _ = column_widths([["地区", "齐齐哈尔"], ["等级", "AAAA 级"], ["说明", LONG]], 120, 9)
    assert widths[0] >= 4 * 9 / 72 * 25.4 + 3.8
    assert widths[1] >= 4.4 * 9 / 72 * 25.4 + 3.8  # four A of 0.72, a blank, 级
    loose, whole = (column_widths([["n", "-1,234.5 / 1,500"], ["t", LONG]], 100, 9, keep)[0] for keep in ((), (0,)))
    assert whole[0] >= loose[0] >= 22


# No sign parts from its number: a no-break space between them, a no-break hyphen before it; Word still finds "-10".
def test_signs_stay_with_their_numbers() -> None:
    paragraph = Document().add_paragraph()
    add_run(paragraph, "第三方服务 -10；（≥ 1000 平方米），4 / 12，e-commerce\nb")
    xml = paragraph._p.xml
    assert xml.count("<w:noBreakHyphen/>") == 1
    assert "（≥\u00a01000 平方米），4\u00a0/\u00a012，e-commerce" in xml
    assert paragraph.text == "第三方服务 -10；（≥\u00a01000 平方米），4\u00a0/\u00a012，e-commerce\nb"


# LibreOffice cuts no head and no number of a table of ten columns on upright A4, nor of an amendments table.
@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("soffice") and shutil.which("pdftotext")), reason="needs LibreOffice, pdftotext")
def test_libreoffice_cuts_no_word(tmp_path: Path) -> None:
    section = Section("key", "Title", (grid(),))
    (tmp_path / "x.docx").write_bytes(document_of([section], "x", "en", ""))
    command = ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"]
    made = [*command, "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "x.docx")]
    subprocess.run(made, check=True, capture_output=True, timeout=120)
    told = subprocess.run(["pdftotext", "-raw", tmp_path / "x.pdf", "-"], capture_output=True, check=True).stdout
    text = told.decode().replace("\u2011", "-").replace("\u00a0", " ")
    for head in ("maximum", "responsibility", "change", "region", "points"):
        assert head in text
    for cell in ("+6.6/7", "哈尔滨", "-12.75", "100.00%", "4 / 12", "-1,234.5", "synthetic-000009"):
        assert text.count(cell) == 4, cell


def dates(path: Path) -> set[str]:
    """The days in a file's properties, and the times."""
    with zipfile.ZipFile(path) as package:
        return set(re.findall(r"<dcterms:\w+ [^>]*>([^<]*)<", package.read("docProps/core.xml").decode()))


# What is written says the day that it is of in its properties: the reference day, that on the form, that of a reform,
# or of the standard; never the clock's, nor 1980; and the same bytes a second later.
@pytest.mark.parametrize(
    ("command", "day"),
    [
        (("workbook", example("near_aaa"), "-o", "x.xlsx"), "2024-12-31"),
        (("workbook", "hlj-base-evaluation", "-o", "x.xlsx"), "2022-11-25"),
        (("application", example("near_aaa"), "-o", "x.docx"), "2024-12-31"),
        (("application", example("near_aaa"), "--date", "2025-01-15", "-o", "x.docx"), "2025-01-15"),
        (("application", "hlj-base-evaluation", "--as-template", "-o", "x.docx"), "2022-11-25"),
        (("evidence", example("near_aaa"), "-o", "x.xlsx"), "2024-12-31"),
        (("impact", data() / "reforms" / "rural_weight.yaml", "--table", "-o", "x.docx"), "2026-01-01"),
    ],
    ids=lambda given: " ".join(str(part).rpartition("/")[2] for part in given) if isinstance(given, tuple) else given,
)
def test_the_day_in_the_properties(
    command: tuple[object, ...], day: str, lsstd: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        monkeypatch.chdir(tmp_path / place)
        assert lsstd(*command).status == 0
        (file,) = (tmp_path / place).glob("x.*")
        made.append(file.read_bytes())
        assert dates(file) == {f"{day}T00:00:00Z"}
        time.sleep(1.1 if place == "a" and file.suffix == ".xlsx" else 0)  # openpyxl writes the second of saving
    assert made[0] == made[1]


# A report's Word and Excel files bear its reference day; of a standard that tells no day nothing is made up.
def test_the_day_of_a_report(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    lsstd("report", example("near_aaa"), "--to", "docx,xlsx", "-o", tmp_path / "out")
    files = [file for file in (tmp_path / "out").iterdir() if file.suffix in (".docx", ".xlsx")]
    assert [dates(file) for file in files] == [{"2024-12-31T00:00:00Z"}] * 2
    assert all(lsstd("verify", file).status == 0 for file in files)
    lsstd("workbook", "sz-supply-chain-collaboration", "-o", tmp_path / "sz.xlsx")
    assert dates(tmp_path / "sz.xlsx") == set()
    assert Document(io.BytesIO(document_of([], "x", "en", ""))).core_properties.created is None
