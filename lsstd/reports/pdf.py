"""Reports as PDF: printed by an installed browser, or by WeasyPrint; the record travels as an attachment."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import lsstd
from lsstd.errors import FileError, Problem, ReportError
from lsstd.files.reading import read_bytes
from lsstd.files.writing import MARK
from lsstd.reports.printed import Printed
from lsstd.words import Lang, Text, clip, same, shorten

BROWSER = "LSSTD_BROWSER"
"""The environment variable that names the browser to print with."""

RECORD = "lsstd-record.json"
TIMEOUT_S = 60
_LARGEST = 128 * 2**20
_NAMES = {
    "edge": ("microsoft-edge", "microsoft-edge-stable", "msedge"),
    "chrome": ("google-chrome", "google-chrome-stable", "chrome"),
    "chromium": ("chromium", "chromium-browser"),
}
_WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe")
_WINDOWS_ROOTS = ("PROGRAMFILES(X86)", "PROGRAMFILES", "LOCALAPPDATA")
_MACOS = ("Microsoft Edge", "Google Chrome", "Chromium")
_FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--generate-pdf-document-outline"),
)
_TITLE = re.compile("<title>(.*?)</title>", re.DOTALL)
_HEAD_PT, _FOOT_PT = 18 * 72 / 25.4, 20 * 72 / 25.4  # the margins of report.css, with the running head and page number
# Characters that fonts draw alike: a PDF keeps the drawing and may tell the other one.
_ALIKE = str.maketrans(
    "⺎⺒⺓⺠⺹⻁⻅⻆⻉⻋⻑⻒⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻮⻯⻰⻱⻲戶郞‐‒–—―−•‧・〜│",
    "兀巳幺民耂虎见角贝车長镸长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾斉齐齿竜龙龜亀户郎------···~|",
    "\u00ad",
) | {ord("⋯"): "..."}

_TURNED = ("R", "AL")
_NO_GLYPH = "/g0"  # so is read what no font on the machine could draw


def pdf_of(html_file: Path, record: str, lang: Lang = "zh") -> bytes:
    """Return a report as PDF: A4, fonts embedded, text that can be selected, the record attached.

    Parameters
    ----------
    html_file : Path
        The report as HTML, in one file.
    record : str
        What the numbers are computed from, as JSON; empty for none.
    lang : {"zh", "en"}

    Raises
    ------
    ReportError
        There is nothing to print with, or the browser did not print.
    """
    page = "".join(sign for sign in read_bytes(html_file).decode("utf-8") if sign in "\t\n" or not _is_unseen(sign))
    found = _TITLE.search(page)
    title = " ".join(unescape(found[1]).split()) if found else html_file.stem
    with tempfile.TemporaryDirectory(prefix="lsstd-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "report.html"
        copy.write_bytes(page.replace("</head>", f"<style>{_running_head(title)}</style></head>", 1).encode())
        program = browser()
        printed = _by_weasyprint(copy) if program is None else _by_browser(program, copy)
    return _finished(printed, title, record, lang)


def _running_head(title: str) -> str:
    """Return a style that prints the title at the head of each page but the first."""
    shown = shorten(title, 60)
    escaped = "".join(f"\\{ord(sign):06x}" for sign in shown)
    return (
        f'@page {{ @top-right {{ content: "{escaped}"; font-size: 8.5pt; color: #595959; }} }}'
        "@page :first { @top-right { content: none; } }"
    )


def browser() -> str | None:
    """Return the program that prints: the one named by LSSTD_BROWSER, else an installed Edge, Chrome or Chromium.

    Raises
    ------
    ReportError
        LSSTD_BROWSER names something that is not there.
    """
    if named := os.environ.get(BROWSER):
        if program := shutil.which(named):
            return program
        expected = Text("Edge、Chrome 或 Chromium 的程序文件", "the program of Edge, Chrome or Chromium")
        problem = Problem(BROWSER, Text(f"没有 {clip(named)}", f"no {clip(named)}"), expected)
        raise ReportError(Text("找不到浏览器", "no such browser"), [problem])
    return next(filter(None, map(shutil.which, _candidates())), None)


def _candidates() -> Iterator[str]:
    """Yield where browsers usually are, Edge first on Windows, where every system has it."""
    if sys.platform == "win32":
        roots = [os.environ[root] for root in _WINDOWS_ROOTS if root in os.environ]
        yield from (str(Path(root) / name) for name in _WINDOWS for root in roots)
    if sys.platform == "darwin":
        yield from (f"/Applications/{name}.app/Contents/MacOS/{name}" for name in _MACOS)
    order = ("edge", "chrome", "chromium") if sys.platform == "win32" else ("chromium", "chrome", "edge")
    yield from (name for kind in order for name in _NAMES[kind])


def _by_browser(program: str, page: Path) -> bytes:
    """Print with a browser that has a profile of its own, so that no other one is in its way."""
    out = page.with_suffix(".pdf")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    profile = page.parent / "profile"
    command = [program, *_FLAGS, *(["--no-sandbox"] if is_root else []), f"--user-data-dir={profile}"]
    try:
        status, told = _run([*command, f"--print-to-pdf={out}", page.as_uri()])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unprinted(program, f"{type(error).__name__}: {error}") from None
    if not out.is_file() or not out.stat().st_size:
        raise _unprinted(program, f"status {status} {''.join(told.strip().splitlines()[-1:])}")
    return out.read_bytes()


def _run(command: list[str]) -> tuple[int, str]:
    """Run a program; where its time is up, end it with all that it started."""
    none, pipe = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(command, stdin=none, stdout=none, stderr=pipe, start_new_session=True) as running:
        try:
            _, told = running.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            if sys.platform == "win32":
                running.kill()
            else:
                os.killpg(running.pid, signal.SIGKILL)
            raise
    return running.returncode, told.decode("utf-8", "replace")


def _by_weasyprint(page: Path) -> bytes:
    try:
        import weasyprint
    except (ImportError, OSError):  # not installed, or without the libraries that it draws with
        found = Text("没有找到 Edge、Chrome、Chromium 或 WeasyPrint", "neither Edge, Chrome, Chromium nor WeasyPrint")
        zh = f"安装其中之一（或用环境变量 {BROWSER} 指明程序），或打开 HTML 报告后打印为 PDF"
        en = f"install one of them (or name it by {BROWSER}), or open the HTML report and print it as PDF"
        raise ReportError(Text("无法生成 PDF", "cannot make a PDF"), [Problem("pdf", found, Text(zh, en))]) from None
    return bytes(weasyprint.HTML(str(page)).write_pdf(pdf_tags=True))


def _unprinted(program: str, told: str) -> ReportError:
    expected = Text("能打印的浏览器", "a browser that prints")
    problem = Problem(program, same(clip(told, 300)), expected)
    return ReportError(Text("浏览器未能生成 PDF", "the browser made no PDF"), [problem])


def _finished(data: bytes, title: str, record: str, lang: Lang) -> bytes:
    """Return the PDF with our mark, title, language and record; without the time at which it was made."""
    from pypdf import PdfWriter
    from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

    writer = PdfWriter(clone_from=io.BytesIO(data))
    writer.pdf_header = f"{writer.pdf_header}\n% {MARK}"  # a comment, which stands in the file's head
    writer.metadata = None
    writer.add_metadata({"/Title": title, "/Producer": f"{MARK} {lsstd.__version__}"})
    root: Any = writer.root_object
    root[NameObject("/Lang")] = TextStringObject("zh-CN" if lang == "zh" else "en")
    shows_title = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    root[NameObject("/ViewerPreferences")] = shows_title
    if record:
        writer.add_attachment(RECORD, record.encode())
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def printed_pdf(path: Path) -> Printed:
    """Return what stands in a report as PDF: the running text of each page, its record.

    Raises
    ------
    FileError
        It cannot be read, or is no PDF.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(read_bytes(path, _LARGEST)))
        pages = tuple(_text_of(page) for page in reader.pages)
        attached = reader.attachments.get(RECORD)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        found = Text(f"不是完好的 PDF（{clip(error)}）", f"no sound PDF ({clip(error)})")
        expected = Text("lsstd 生成的 PDF", "a PDF made by lsstd")
        title = Text(f"无法读取 {path.name}", f"cannot read {path.name}")
        raise FileError(title, [Problem(str(path), found, expected)]) from None
    record = attached[0].decode("utf-8", "replace") if attached else None
    return Printed("pdf", (("", pages),), record)


def _text_of(page: Any) -> str:
    """Return the text of a page as it was printed, without what stands in its margins."""
    pieces: list[str] = []
    height = float(page.mediabox.height)

    def take(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        up = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
        if _FOOT_PT - 4 < up < height - _HEAD_PT + 4:
            pieces.append(text)

    page.extract_text(visitor_text=take)
    return "".join(pieces)


def plain(text: str) -> str:
    """Return a text without white space and with one character for all that fonts draw alike.

    Left out is also what no PDF tells faithfully: characters that are not seen, those written from right to left, their
    marks, and those beyond the basic plane, as emoji are.

    Examples
    --------
    >>> plain("⻆ 度⾜ 4‒8"), plain("\u200bשלום 12😀")
    ('角度足4-8', '12')
    """
    signs = "".join(unicodedata.normalize("NFKC", text).translate(_ALIKE).split()).replace(_NO_GLYPH, "")
    is_told = signs.isascii() and signs.isprintable()
    return signs if is_told else "".join(sign for sign in signs if not _is_untold(sign))


def is_turned(text: str) -> bool:
    """Say whether a text has parts that are written from right to left, so that a PDF may tell it in another order."""
    return not text.isascii() and any(unicodedata.bidirectional(sign) in _TURNED for sign in text)


def _is_unseen(sign: str) -> bool:
    """Say whether a character is a control or format character; printed, it would be a glyph that nobody can read."""
    return unicodedata.category(sign) in ("Cc", "Cf")


def _is_untold(sign: str) -> bool:
    turned = unicodedata.bidirectional(sign) in (*_TURNED, "NSM")
    return turned or ord(sign) > 0xFFFF or _is_unseen(sign)
