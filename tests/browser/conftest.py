"""Real servers on this machine and a real browser: any request off the machine, or any error of the page, fails a test.

The browser is the system's (LSSTD_CHROMIUM, else Chromium, Chrome or Edge on the path); without one these tests are
skipped, visibly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import FLAGS, Server, found_browser

playwright = pytest.importorskip("playwright.sync_api")

HERE = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(data|blob|about|file):")


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
