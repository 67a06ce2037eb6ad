"""Reports as PDF: printed by an installed browser, or by WeasyPrint; the record travels as an attachment."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import lsstd
from lsstd.errors import Problem, ReportError
from lsstd.files.writing import MARK
from lsstd.pages.drawing import PACKAGED_FONT, missing_characters, packaged_font
from lsstd.reports.render import temporary_folder
from lsstd.words import Lang, clip, msg, same, shorten

BROWSER = "LSSTD_BROWSER"
"""The environment variable that names the browser to print with, or WeasyPrint.

Chromium draws the outlines of fonts in CFF, as Linux has them for Chinese, as Type 3; WeasyPrint embeds them as they
are. To convert them for each report, or all 30,000 once, would cost seconds, or a minute, for a look that is the same.
"""

RECORD = "lsstd-record.json"
TIMEOUT_S = 60
_NODE = re.compile(rb"\(node\d{8}\)")  # an element of the page, which browsers number from wherever they please
_ENTRY = re.compile(r'(?<=<a href="#)([^"]+)"><span>[^<]*</span><i>')
_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge"),
)
_WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe")
_WINDOWS_ROOTS = ("PROGRAMFILES(X86)", "PROGRAMFILES", "LOCALAPPDATA")
_MACOS = ("Microsoft Edge", "Google Chrome", "Chromium")
_FLAGS = (
    *("--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--generate-pdf-document-outline"),
)


def pdf_of(html: str, title: str, record: str, lang: Lang = "zh") -> bytes:
    """Return a page as PDF: A4, fonts embedded, text that can be selected, the record, if there is one, attached.

    Raises `ReportError`: there is nothing to print with, or the browser did not print.
    """
    title = " ".join(title.split())
    page = spelled("".join(sign for sign in html if sign in "\t\n" or not _is_unseen(sign)), without_font(html))
    program, head = browser(), _running_head(spelled(title, without_font(title)))
    page = page.replace("</head>", f"<style>{head}</style></head>", 1)
    data = _printed(page, program)
    if _ENTRY.search(page):  # the pages of the contents are known once they are printed
        data = _printed(_with_pages(page, data), program)
    return _finished(data, title, record, lang)


def _printed(page: str, program: str | None) -> bytes:
    with temporary_folder() as folder:
        copy = folder / "report.html"
        copy.write_bytes(page.encode())
        return _by_browser(program, copy) if program else _by_weasyprint(copy)


def _with_pages(page: str, printed: bytes) -> str:
    """Return a page whose contents say on which printed page each section begins."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(printed))
    places = {key.lstrip("/"): place for key, place in reader.named_destinations.items()}
    numbers = {key: reader.get_destination_page_number(place) for key, place in places.items()}
    return _ENTRY.sub(lambda entry: f"{entry[0]}{1 + (numbers.get(unescape(entry[1])) or 0)}", page)


def _is_unseen(sign: str) -> bool:
    """Return whether a character is a control or format character, which would be printed as an unreadable glyph."""
    return unicodedata.category(sign) in ("Cc", "Cf") or "\ufe00" <= sign <= "\ufe0f"


def without_font(text: str) -> str:
    """Return the characters, such as emoji, that no font here can draw; Windows and macOS have fonts for all in use."""
    if sys.platform in ("win32", "darwin") or not (missing := missing_characters([text])):
        return ""
    if not (program := shutil.which("fc-list")):
        return missing
    ask = partial(subprocess.run, capture_output=True, timeout=TIMEOUT_S, check=False)
    return "".join(sign for sign in missing if not ask([program, f":charset={ord(sign):x}"]).stdout)


def spelled(text: str, signs: str) -> str:
    """Return a text with these characters as their names, which no reader takes for a box: ``[party popper]``."""
    names = {ord(sign): f"[{unicodedata.name(sign, f'U+{ord(sign):X}').lower()}]" for sign in signs}
    return text.translate(names)


def _running_head(title: str) -> str:
    """Return a style that prints the title at the head of each page but the first, in Chinese on any machine."""
    escaped = "".join(f"\\{ord(sign):06x}" for sign in shorten(title, 60))
    font = f'@font-face {{ font-family: "{PACKAGED_FONT}"; src: url("{packaged_font().as_uri()}"); }}'
    return (
        f'{font} @page {{ @top-right {{ content: "{escaped}"; font-size: 8.5pt; color: #595959; }} }}'
        "@page :first { @top-right { content: none; } }"
    )


def browser() -> str | None:
    """Return the program that prints: the one named by LSSTD_BROWSER, else an installed Edge, Chrome or Chromium.

    None is WeasyPrint. Raises `ReportError`: LSSTD_BROWSER names something that is not there.
    """
    if named := os.environ.get(BROWSER):
        if named.lower() == "weasyprint":
            return None
        if program := shutil.which(named):
            return program
        expected = msg("the program of Edge, Chrome or Chromium")
        problem = Problem(BROWSER, msg("no {named}", named=clip(named)), expected)
        raise ReportError(msg("no such browser"), [problem])
    return next(filter(None, map(shutil.which, _candidates())), None)


def _candidates() -> Iterator[str]:
    """Yield where browsers usually are, Edge first on Windows, where every system has it."""
    if sys.platform == "win32":
        roots = [os.environ[root] for root in _WINDOWS_ROOTS if root in os.environ]
        yield from (str(Path(root) / name) for name in _WINDOWS for root in roots)
    if sys.platform == "darwin":
        yield from (f"/Applications/{name}.app/Contents/MacOS/{name}" for name in _MACOS)
    yield from _NAMES[::-1] if sys.platform == "win32" else _NAMES


def _by_browser(program: str, page: Path) -> bytes:
    """Print with a browser that has a profile of its own, so that no other one is in its way."""
    out = page.with_suffix(".pdf")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    command = [program, *_FLAGS, *(["--no-sandbox"] if is_root else []), f"--user-data-dir={page.parent / 'profile'}"]
    try:
        status, message = _run([*command, f"--print-to-pdf={out}", page.as_uri()], page.parent)
    except (OSError, subprocess.TimeoutExpired) as error:
        status, message = -1, f"{type(error).__name__}: {error}"
    if status < 0 or not out.is_file() or not out.stat().st_size:
        last = "".join(message.strip().splitlines()[-1:])
        problem = Problem(program, same(clip(f"status {status} {last}", 300)), msg("a browser that can print"))
        raise ReportError(msg("the browser made no PDF"), [problem])
    return out.read_bytes()


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    """Run a program that notes its crashes and settings in a folder; where its time is up, end all that it started."""
    none, pipe = subprocess.DEVNULL, subprocess.PIPE
    own = {**os.environ, "BREAKPAD_DUMP_LOCATION": str(folder), "GSETTINGS_BACKEND": "memory"}
    with subprocess.Popen(command, stdin=none, stdout=none, stderr=pipe, env=own, start_new_session=True) as running:
        try:
            _, message = running.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            if sys.platform == "win32":
                running.kill()
            else:
                os.killpg(running.pid, signal.SIGKILL)
            raise
    return running.returncode, message.decode("utf-8", "replace")


def _by_weasyprint(page: Path) -> bytes:
    try:
        import weasyprint
    except (ImportError, OSError):  # not installed, or without the libraries that it draws with
        found = msg("no Edge, Chrome, Chromium or WeasyPrint was found")
        expected = msg(
            "install one of them (or name it by {browser}), or open the HTML report and print it as PDF",
            browser=BROWSER,
        )
        raise ReportError(msg("cannot make a PDF"), [Problem("pdf", found, expected)]) from None
    return bytes(weasyprint.HTML(str(page)).write_pdf(pdf_tags=True))


def _finished(data: bytes, title: str, record: str, lang: Lang) -> bytes:
    """Return the PDF with our mark, title, language and record; without the time at which it was made."""
    from pypdf import PdfWriter
    from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

    writer = PdfWriter(clone_from=io.BytesIO(data))
    writer.pdf_header = f"{writer.pdf_header}\n% {MARK}"  # a comment, which stands in the file's head
    printer = str(writer.metadata.producer if writer.metadata else "")  # whose pages are compared with its own alone
    writer.metadata = None
    writer.add_metadata({"/Title": title, "/Producer": f"{MARK} {lsstd.__version__}", "/Creator": printer})
    root: Any = writer.root_object
    root[NameObject("/Lang")] = TextStringObject("zh-CN" if lang == "zh" else "en")
    shows_title = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    root[NameObject("/ViewerPreferences")] = shows_title
    if record:
        writer.add_attachment(RECORD, record.encode())
    out = io.BytesIO()
    writer.write(out)
    numbers = {node: place for place, node in enumerate(sorted({*_NODE.findall(out.getvalue())}))}
    return _NODE.sub(lambda node: b"(node%08d)" % numbers[node[0]], out.getvalue())
