"""The pictures of the README, taken from the product: ``python tests/pictures.py`` (needs a browser).

The form as `lsstd app` serves it, the first page of the sample report, the threshold laboratory in JupyterLab.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browsing import FLAGS, Server, found_browser
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "reports" / "sample"
LAB = ("--no-browser", "--expose-app-in-browser", "--allow-root", "--ip=127.0.0.1", "--port=0")
SLIDER = ".jp-OutputArea-output [role=slider]"
IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


@contextmanager
def served(*command: object) -> Iterator[tuple[str, Path]]:
    """Serve a page from a folder of its own and give its address."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        shutil.copytree(ROOT / "data", home / "data")
        shutil.copytree(ROOT / "notebooks", home / "notebooks")
        server = Server(home, *map(str, command))
        try:
            yield server.address, home
        finally:
            server.stop()


def form(page: Any) -> None:
    """The rows of the form, some of them answered."""
    with served("lsstd", "app", "data/assessments/near_aaa.yaml", "--no-browser", "--port", "0") as (address, _):
        page.goto(address)
        page.locator("[data-step=rows]").click(timeout=60_000)
        page.locator("[data-row]").first.wait_for()
        page.screenshot(path=SAMPLE / "form.png")


def report(page: Any) -> None:
    """The top of the sample report."""
    page.goto(next(SAMPLE.glob("*.html")).as_uri())
    page.screenshot(path=SAMPLE / "report.png")


def laboratory(page: Any) -> None:
    """The widgets of notebook 20 over the made-up population."""
    name = "20_threshold_laboratory.ipynb"
    with served("jupyterlab", *LAB) as (address, _):
        page.goto(address.replace("/lab?", f"/lab/tree/notebooks/{name}?") + "&reset")
        page.wait_for_function(IDLE, timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        slider = page.locator(SLIDER).first
        slider.wait_for(timeout=60_000)
        page.wait_for_function(IDLE, timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        for _ in range(10):  # AAAA from 450 down to 440: somebody rises
            slider.press("ArrowLeft")
        page.evaluate(
            "document.querySelector('.jp-OutputArea-output [role=slider]').closest('.jp-Cell').scrollIntoView()"
        )
        page.wait_for_timeout(2000)  # for the chart: the kernel is idle before the page has drawn
        page.screenshot(path=SAMPLE / "laboratory.png")


def main(names: list[str]) -> None:
    """Take the pictures named, or all."""
    pictures = {picture.__name__: picture for picture in (form, report, laboratory)}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found_browser(), headless=True, args=FLAGS)
        for name in names or pictures:
            page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
            pictures[name](page)
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
