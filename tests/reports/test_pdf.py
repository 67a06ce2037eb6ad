"""A report as PDF: what prints it, that it says what the sections say, that its record is attached."""

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from altering import altered, expected
from lsstd.reports.compare import Difference, differences
from pypdf import PdfReader

from lsstd.errors import FileError, ReportError
from lsstd.files.writing import is_own
from lsstd.pages.blocks import Pairs, Paragraph, Section, section, table
from lsstd.reports import pdf
from lsstd.reports.pdf import BROWSER, browser, pdf_of, plain, printed_pdf
from lsstd.reports.render import whole_page
from lsstd.words import same

RECORD = '{"name": "冰城 & <b>"}'


@pytest.fixture(params=["browser", "weasyprint"])
def printer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two that print."""
    if request.param == "browser" and browser() is None:
        pytest.skip(f"no Edge, Chrome or Chromium is installed, and {BROWSER} names none")
    if request.param == "weasyprint":
        pytest.importorskip("weasyprint", reason="WeasyPrint (the extra `pdf`) is not installed", exc_type=ImportError)
        monkeypatch.setattr(pdf, "browser", lambda: None)
    return str(request.param)


# In both languages, by either printer: the PDF says what the sections say.
@pytest.mark.slow
@pytest.mark.usefixtures("printer")
@pytest.mark.parametrize("report", [("near_aaa", "zh"), ("contradictory", "en")], indirect=True, ids="-".join)
def test_a_pdf_says_what_its_sections_say(report: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_of(report.page(tmp_path), RECORD, report.lang))
    printed = printed_pdf(path)
    assert differences(report.sections, printed) == []
    assert printed.record == RECORD


# Pages are A4 and numbered, the title runs at their heads, fonts are embedded, the file is ours and says no time.
@pytest.mark.slow
@pytest.mark.usefixtures("printer")
def test_what_a_reader_finds(near_aaa: Any, tmp_path: Path) -> None:
    page, path = near_aaa.page(tmp_path), tmp_path / "report.pdf"
    path.write_bytes(pdf_of(page, RECORD, "zh"))
    reader: Any = PdfReader(path)
    assert len(reader.pages) > 4
    for number, sheet in enumerate(reader.pages, 1):
        assert [round(float(length) * 25.4 / 72) for length in sheet.mediabox[2:]] == [210, 297]
        text = plain(sheet.extract_text())
        assert f"{number}/{len(reader.pages)}" in text
        assert (plain(near_aaa.title) in text) or number == 1
        fonts = [font.get_object() for font in sheet["/Resources"]["/Font"].values()]
        assert all("/ToUnicode" in font for font in fonts)
        assert all(font["/Subtype"] == "/Type3" or _is_embedded(font) for font in fonts)
    assert reader.metadata.title == near_aaa.title
    assert reader.root_object["/Lang"] == "zh-CN"
    assert reader.outline
    assert reader.metadata.creation_date is None
    assert is_own(path)
    assert path.read_bytes() == pdf_of(page, RECORD, "zh")


def _is_embedded(font: Any) -> bool:
    described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    return any(key.startswith("/FontFile") for key in described)


NAME = "冰城😀\u200b\u200dשלום abc 12\x07"


# A name of every script, with signs that nobody sees, holds; a figure that is changed beside it or in it is found.
@pytest.mark.slow
@pytest.mark.usefixtures("printer")
def test_unusual_names_hold(tmp_path: Path) -> None:
    def sections(name: str, figure: str) -> list[Section]:
        told = [Paragraph(f"{name} 34"), Pairs(((name, figure),)), table([name, "b"], [(figure, name)])]
        return [section(same(name), "zh", *told, key="x")]

    path, page = tmp_path / "report.pdf", tmp_path / "report.html"
    for name, figure in ((NAME, "398.92"), (NAME, "389.92"), (NAME.replace("12", "21"), "398.92")):
        page.write_text(whole_page(sections(name, figure), name, "zh"), encoding="utf-8")
        path.write_bytes(pdf_of(page, "{}", "zh"))
        holds = not differences(sections(NAME, "398.92"), printed_pdf(path))
        assert holds is ((name, figure) == (NAME, "398.92"))


# A digit changed anywhere is found where it stands; here a few, printed for real.
@pytest.mark.slow
@pytest.mark.usefixtures("printer")
def test_a_changed_digit_is_found(studio: Any, tmp_path: Path) -> None:
    for changed in list(altered(studio.sections))[::70]:
        path = tmp_path / "report.pdf"
        path.write_bytes(pdf_of(studio._replace(sections=changed).page(tmp_path), "", "en"))
        wanted = [
            Difference(found.where, plain(found.printed), found.recomputed)
            for found in expected(studio.sections, changed, "pdf")
        ]
        assert differences(studio.sections, printed_pdf(path)) == wanted


# Two at a time do not disturb each other.
@pytest.mark.slow
@pytest.mark.skipif(browser() is None, reason="no Edge, Chrome or Chromium is installed")
def test_two_print_at_a_time(studio: Any, tmp_path: Path) -> None:
    page = studio.page(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: pdf_of(page, RECORD, "en"), range(4)))
    texts = [[page.extract_text() for page in PdfReader(io.BytesIO(data)).pages] for data in made]
    assert texts == texts[:1] * 4


# The variable that names a browser goes before all; one that is not there is told, not passed over.
def test_a_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER, sys.executable)
    assert browser() == sys.executable
    monkeypatch.setenv(BROWSER, "/nowhere/chrome")
    with pytest.raises(ReportError, match="/nowhere/chrome"):
        browser()


# A program that prints nothing is told with its name; nothing is taken for a PDF.
def test_a_browser_that_fails_is_told(studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER, sys.executable)
    with pytest.raises(ReportError, match="status"):
        pdf_of(studio.page(tmp_path), "", "en")


# One that hangs is ended when its time is up, with all that it started.
@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_browser_that_hangs_is_ended(studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = tmp_path / "browser"
    hanging.write_text("#!/bin/sh\nsleep 30 &\nwait\n")
    hanging.chmod(0o755)
    monkeypatch.setenv(BROWSER, str(hanging))
    monkeypatch.setattr(pdf, "TIMEOUT_S", 0.5)
    began = time.monotonic()
    with pytest.raises(ReportError, match="TimeoutExpired"):
        pdf_of(studio.page(tmp_path), "", "en")
    assert time.monotonic() - began < 10


# Where nothing prints, the message says what to install, and that the HTML can be printed by hand.
def test_nothing_to_print_with(studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: None)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ReportError) as caught:
        pdf_of(studio.page(tmp_path), "", "en")
    assert "Edge" in caught.value.to("en")
    assert "open the HTML report" in caught.value.to("en")


# What is no PDF is told as such.
@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 cut off", b"<html>"])
def test_what_is_no_pdf_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(data)
    with pytest.raises(FileError):
        printed_pdf(path)


# Characters that fonts draw alike are one to the comparison; digits and letters stay what they are.
def test_characters_drawn_alike() -> None:
    assert plain("⾃⻆ 4‒8 …⋯") == plain("自角4–8……")
    assert len({plain(sign) for sign in "0123456789AaBb+-"}) == 16
