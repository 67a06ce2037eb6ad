"""The form in JupyterLab: the same notebook, the same file, the same saving."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import load_assessment
from lsstd.files.places import notebooks

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.slow, pytest.mark.skipif("sys.platform == 'win32'", reason="process groups of POSIX")]
IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
OPTIONS = ("--no-browser", "--expose-app-in-browser", "--allow-root", "--ip=127.0.0.1", "--port=0")


# The notebook, run in JupyterLab, shows the form; a click reaches the file, the arrow keys stay in the form and do
# not wander off over the cells, and Python sees what was filled in.
def test_the_notebook_in_jupyterlab(serve: Callable[..., Any], page: Any, tmp_path: Path) -> None:
    name = "02_self_assessment.ipynb"
    shutil.copy(notebooks() / name, tmp_path / name)
    address = serve("jupyterlab", *OPTIONS, f"--ServerApp.root_dir={tmp_path}").address
    page.goto(address.replace("/lab?", f"/lab/tree/{name}?") + "&reset")
    page.wait_for_function(IDLE, timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    expect(page.locator(".lsstd-form .saved")).to_have_attribute("data-state", "good", timeout=60_000)
    page.locator("[data-step=rows]").click()
    met = page.locator("[data-row=planning_body]").get_by_label("满足", exact=True).first
    met.check()
    expect(page.locator(".head .score")).to_contain_text("10 / 500")
    page.keyboard.press("ArrowRight")
    expect(met).not_to_be_checked()
    met.check()
    expect(page.locator(".lsstd-form .saved")).to_have_attribute("data-state", "good")
    file = tmp_path / "lsstd" / "hlj-base-evaluation.yaml"
    assert load_assessment(file).answers["planning_body"].state == "met"
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(IDLE)
    expect(page.locator(".jp-RenderedText", has_text="确定得分 10").first).to_be_visible()
