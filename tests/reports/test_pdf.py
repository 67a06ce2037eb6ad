"""A report as PDF: what prints it, that it says what the sections say, that its record is attached."""

import io
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from altering import altered
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DecodedStreamObject, NameObject, RectangleObject
from texts import texts_of

import lsstd
from lsstd.errors import ReportError
from lsstd.files.places import data
from lsstd.files.writing import is_own
from lsstd.reports import pdf
from lsstd.reports.pdf import BROWSER, browser, pdf_of
from lsstd.reports.plan import Order, make_reports
from lsstd.reports.record import Record, drawn_with
from lsstd.reports.render import whole_page
from lsstd.reports.report_types import read_base, sections
from lsstd.reports.verify import _compared, _spelled, extract, verify

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


PRINTED: dict[tuple[str, str], bytes] = {}


def printed(printer: str, report: Any) -> bytes:
    """Return a report as printed; this takes seconds, so tests share it."""
    if (key := (printer, report.title)) not in PRINTED:
        PRINTED[key] = pdf_of(report.html, report.title, RECORD, report.lang)
    return PRINTED[key]


# In both languages, by either printer: the PDF says what the sections say.
@pytest.mark.slow
@pytest.mark.parametrize("name", ["near_aaa", "studio"])
def test_a_pdf_says_what_its_sections_say(
    name: str, printer: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path, report = tmp_path / "report.pdf", request.getfixturevalue(name)
    path.write_bytes(printed(printer, report))
    found = "".join(line.text for line in extract(path).lines)
    texts = ["".join(re.findall(r"[0-9A-Za-z.]", text)) for text in texts_of(report.sections)]
    latin = "".join(re.findall(r"[0-9A-Za-z.]", found))
    assert [text for text in texts if text not in latin and len(text) < 20] == []  # a page may break within longer ones
    assert extract(path).record == RECORD


# The contents say on which page each section begins.
@pytest.mark.slow
@pytest.mark.usefixtures("printer")
def test_pages_of_the_contents(tmp_path: Path) -> None:
    shown, path = sections(read_base("studio_partial"), "en"), tmp_path / "report.pdf"
    path.write_bytes(pdf_of(whole_page(shown, "", "en"), "", "", "en"))
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]
    for section in shown[1:]:
        (place,) = [place for place, text in enumerate(pages, 1) if place > 1 and section.heading in text]
        assert re.search(rf"{re.escape(section.heading)} ?{place}\b", pages[0]), pages[0]


# Pages are A4 and numbered, the title runs at their heads, fonts are embedded, the file is ours and says no time.
@pytest.mark.slow
def test_what_a_reader_finds(near_aaa: Any, printer: str, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(printed(printer, near_aaa))
    reader: Any = PdfReader(path)
    assert len(reader.pages) > 4
    for number, sheet in enumerate(reader.pages, 1):
        assert [round(float(length) * 25.4 / 72) for length in sheet.mediabox[2:]] == [210, 297]
        text = "".join(sheet.extract_text().split())
        assert f"{number}/{len(reader.pages)}" in text
        assert ("冰城" in text) or number == 1
        fonts = [font.get_object() for font in sheet["/Resources"]["/Font"].values()]
        assert all("/ToUnicode" in font for font in fonts)
        assert all(font["/Subtype"] == "/Type3" or _is_embedded(font) for font in fonts)
    assert reader.metadata.title == near_aaa.title
    assert reader.root_object["/Lang"] == "zh-CN"
    assert reader.outline
    assert reader.metadata.creation_date is None
    assert is_own(path)
    assert path.read_bytes() == pdf_of(near_aaa.html, near_aaa.title, RECORD, "zh")


def _is_embedded(font: Any) -> bool:
    described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    return any(key.startswith("/FontFile") for key in described)


# A digit changed anywhere is noticed, names of every script and signs that nobody sees hold; printed for real.
@pytest.mark.slow
@pytest.mark.usefixtures("printer")
def test_a_changed_digit_is_found(tmp_path: Path) -> None:
    subject = {"name": "冰城😀\u200b\u200dשלום abc 12\x07"}
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"standard": "made-up-studio", "subject": subject}))
    standard = str(data() / "standards" / "made-up-studio.yaml")
    (made,) = make_reports(Order((file,), tmp_path / "out", formats=("pdf",), parameters={"standard": standard}))
    assert made.ok, made.failures
    path = made.files["pdf"]
    assert verify(path).ok
    basis = read_base(str(file), standard)
    record, shown = extract(path).record or "", sections(basis, "zh")
    for changed in altered(shown[:4], 700):
        path.write_bytes(pdf_of(whole_page(changed, made.subject, "zh"), made.subject, record, "zh"))
        assert not verify(path).ok


def drawn(operators: bytes) -> Callable[[Any], object]:
    """Return what draws something more on a PDF's first page."""

    def change(writer: Any) -> None:
        content = DecodedStreamObject()
        content.set_data(writer.pages[0].get_contents().get_data() + operators)
        writer.pages[0][NameObject("/Contents")] = writer._add_object(content)

    return change


# Whatever a reader would see besides the words is noticed, and by which page; so is that another program saved it.
@pytest.mark.slow
def test_what_else_a_reader_would_see(studio: Any, printer: str) -> None:
    sound, path = printed(printer, studio), Path("report.pdf")
    plain = {"lsstd": lsstd.__version__, "sha256": "", "basis": {}, "template": "base", "lang": "en", "sections": []}
    record = Record.model_validate({**plain, "drawn_with": drawn_with(studio.sections), "seal": ""})
    made, changes = (
        extract(path, sound),
        {
            "PDF  ": lambda _: None,
            "p. 1": lambda writer: writer.add_annotation(0, FreeText(text="AAAA 500", rect=(50, 550, 200, 650))),
            "p. 1 ": drawn(b"\nq 1 1 1 rg 100 400 300 200 re f Q"),
            "p. 1  ": drawn(b"\nBT 3 Tr /F4 12 Tf 5 5 Td <0102> Tj ET"),
            "pages": lambda writer: setattr(writer.pages[0], "cropbox", RectangleObject((0, 300, 595, 842))),
            "pages ": lambda writer: writer.pages[0].rotate(180),
            "PDF": lambda writer: writer.add_metadata({"/Title": "AAAA"}),
            "PDF ": lambda writer: writer.add_attachment("x.txt", b"AAAA"),
        },
    )
    for where, change in changes.items():
        writer, out = PdfWriter(clone_from=io.BytesIO(sound)), io.BytesIO()
        change(writer)
        writer.write(out)
        found, _ = _compared(extract(path, out.getvalue()), made, record, studio.sections, is_packaged=True)
        assert {difference.where.partition(" ›")[0] for difference in found} == {where.strip()}, where


# Two at a time do not disturb each other.
@pytest.mark.slow
@pytest.mark.skipif(browser() is None, reason="no Edge, Chrome or Chromium is installed")
def test_two_print_at_a_time(studio: Any, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.pdf" for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda file: file.write_bytes(pdf_of(studio.html, "x", RECORD, "en")), files))
    texts = [extract(file).lines for file in files]  # a browser may name 示 by its look-alike, the radical
    assert len(texts[0]) > 50
    assert texts == texts[:1] * 2


# The variable that names a browser goes before all; one that is not there is told, not passed over.
def test_a_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER, sys.executable)
    assert browser() == sys.executable
    monkeypatch.setenv(BROWSER, "/nowhere/chrome")
    with pytest.raises(ReportError, match="/nowhere/chrome"):
        browser()


# A program that prints nothing is told with its name; nothing is taken for a PDF.
def test_a_browser_that_fails_is_told(studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER, sys.executable)
    with pytest.raises(ReportError, match="status"):
        pdf_of(studio.html, "x", "", "en")


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
        pdf_of(studio.html, "x", "", "en")
    assert time.monotonic() - began < 10


# Where nothing prints, the message says what to install, and that the HTML can be printed by hand.
def test_nothing_to_print_with(studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: None)
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ReportError) as caught:
        pdf_of(studio.html, "x", "", "en")
    assert "Edge" in caught.value.to("en")
    assert "open the HTML report" in caught.value.to("en")


# What no font here can draw, such as an emoji, is spelled, and no box; the file still verifies, here and where it can
# be drawn, since its name is read either way.
@pytest.mark.skipif(not browser(), reason="needs a browser")
def test_an_emoji_is_spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "without_font", lambda _: "\U0001f389")
    page = "<html><head></head><body>冰城\U0001f389\ufe0f</body></html>"
    (tmp_path / "x.pdf").write_bytes(pdf_of(page, "x", ""))
    assert [line.text for line in extract(tmp_path / "x.pdf").lines][:6] == ["冰", "城", "[", "party", "popper", "]"]
    assert _spelled("冰城\U0001f389≥\n") == "冰城[party popper]≥\n"


# Only what no font has is spelled: neither Chinese nor the marks of a report, of which every font list has one.
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a font for each")
def test_only_what_no_font_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf.without_font("冰城 AAAA ≥ 400 ✓") == ""
    monkeypatch.setattr(pdf.shutil, "which", lambda _: None)
    assert pdf.without_font("冰\U0001f9cb城") == "\U0001f9cb"


# WeasyPrint can be asked for: it embeds Chinese fonts as fonts, not as drawings (Type 3).
def test_weasyprint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER, "WeasyPrint")
    assert browser() is None


# On a machine without any Chinese font, the packaged one is printed with: boxes would look alike for all words.
@pytest.mark.skipif(not (browser() and shutil.which("pdftoppm")), reason="needs a browser and pdftoppm")
def test_without_a_chinese_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    latin = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    config = f"<fontconfig><dir>{latin}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>"
    (tmp_path / "fonts.conf").write_text(config, encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    style = '<style>html { font-family: "Microsoft YaHei", "Noto Sans SC", sans-serif; }</style>'
    looks = []
    for words in ("直播电商", "共享基地"):
        page = f"<!DOCTYPE html><html><head>{style}</head><body><p>{words}</p></body></html>"
        (tmp_path / "x.pdf").write_bytes(pdf_of(page, "x", ""))
        looks.append(subprocess.run(["pdftoppm", "-png", tmp_path / "x.pdf"], capture_output=True, check=True).stdout)
    assert looks[0] != looks[1]
