"""Real servers on this machine and a real browser: any request off the machine, or any error of the page, fails a test.

The browser is the system's (LSSTD_CHROMIUM, else Chromium, Chrome or Edge on the path); without one these tests are
skipped, visibly.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")

FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--lang=zh-CN"]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")
HERE = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob|about):")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*token=\S+")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "microsoft-edge")


def found_browser() -> str | None:
    named = os.environ.get("LSSTD_CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if (path := found_browser()) is None:
        pytest.skip("no browser found: install Chromium, or name one in LSSTD_CHROMIUM")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page at 1366×768 in Chinese, held to this machine."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", accept_downloads=True)
    outside: list[str] = []
    errors: list[str] = []
    context.on("request", lambda request: None if HERE.match(request.url) else outside.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.set_default_timeout(20_000)
    opened = context.new_page()
    yield opened
    context.close()
    assert outside == []
    assert errors == []


class Server:
    """A server in a process group of its own, with a home of its own."""

    def __init__(self, home: Path, *command: str) -> None:
        own = {name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
        environment = {**os.environ, **own, "HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "PYTHONUTF8": "1"}
        self.log = home / "server.log"
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=home,
                start_new_session=True,
            )
        self.address = self._told()

    def _told(self) -> str:
        for _ in range(300):
            if told := ADDRESS.search(self.log.read_text(encoding="utf-8", errors="replace")):
                return told.group()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def kill(self) -> None:
        """End the server and its kernels at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start ``lsstd app``, or another module, on this machine: ``serve("lsstd", "app", file)``."""
    running = []

    def started(*command: object) -> Server:
        running.append(Server(tmp_path, *map(str, command)))
        return running[-1]

    yield started
    for server in running:
        server.stop()
