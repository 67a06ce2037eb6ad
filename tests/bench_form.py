"""The form in the browser, measured: how soon it can be used, how soon a click is scored, what it weighs.

Held against the same form built of ipywidgets, which stands here only to be compared with.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as ipw

from lsstd import load_standard
from lsstd.forms.form_schema import form_schema
from lsstd.widgets.form import AssessmentForm
from lsstd.widgets.web_page import write_page

NAME = "hlj-base-evaluation"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "microsoft-edge")


def of_ipywidgets() -> list[Any]:
    """Build every control of the form of ipywidgets; return all models, layouts and styles included."""
    schema, made = form_schema(load_standard(NAME)), []
    for group in schema["facts"]:
        for field in group["fields"]:
            label, note = ipw.Label(field["label"]["zh"]), ipw.Text(placeholder="备注")
            control = ipw.Dropdown(options=["是", "否", "待核实"]) if field["control"] == "yes_no" else ipw.Text()
            made += [label, control, note, ipw.HBox([label, control, note])]
    for group in schema["rows"]:
        for row in group["rows"]:
            answer, points = ipw.RadioButtons(options=row["ways"]), ipw.Text()
            parts = [ipw.Dropdown(options=["met", "unmet", "unknown"], description=part["id"]) for part in row["parts"]]
            inner = [ipw.HTML(row["text"]), answer, *parts, points, ipw.Textarea(placeholder="备注")]
            made += [*inner, ipw.VBox(inner)]
    return [model for widget in made for model in (widget, widget.layout, getattr(widget, "style", None)) if model]


def weight(models: list[Any]) -> int:
    """Return the bytes of the models as a page is sent them."""
    return sum(len(json.dumps(model.get_state(), default=str, ensure_ascii=False).encode()) for model in models)


def weights() -> Iterator[str]:
    """Yield what both forms weigh, and how long they take to build."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        form = AssessmentForm(NAME, Path(folder) / "a.yaml")
        opened = form.session.handle({"page": "bench", "id": 2, "do": "open"})
        ours = time.perf_counter() - start
        edit = form.session.handle({"page": "bench", "id": 3, "do": "edit", "path": "facts.live_rooms", "value": "9"})
    sizes = [
        weight([form, form.layout]),
        *(len(json.dumps(sent, ensure_ascii=False).encode()) for sent in (opened, edit)),
    ]
    start = time.perf_counter()
    models = of_ipywidgets()
    theirs = time.perf_counter() - start
    module, opening, answer, other = (size // 1024 for size in (*sizes, weight(models)))
    yield f"  one anywidget: 2 models, {module} KB and {opening} KB of data, {ours * 1000:.0f} ms to build"
    yield f"  the same of ipywidgets: {len(models)} models, {other} KB, {theirs * 1000:.0f} ms to build"
    yield f"  an edit's answer: {answer} KB"


def in_the_browser(path: str) -> Iterator[str]:
    """Yield how soon the form can be used, and how soon a click is scored."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        flags = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        browser = driver.chromium.launch(executable_path=path, headless=True, args=[*flags, "--disable-gpu"])
        page = browser.new_page()
        start = time.perf_counter()
        command = [sys.executable, "-m", "lsstd", "app", f"{folder}/a.yaml", "--no-browser", "--port", "0"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, encoding="utf-8") as server:
            assert server.stderr is not None
            found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stderr)))
            page.goto(found.group())
            page.locator(".lsstd-form .steps").wait_for()
            yield f"  lsstd app to a usable form: {time.perf_counter() - start:.1f} s"
            page.locator("[data-step=rows]").click()
            row = page.locator("[data-row=planning_body]")
            times = [clicked(page, row, way, score) for way, score in [("满足", "10 /"), ("未满足", "0 /")] * 10]
            spread = f"{min(times) * 1000:.0f}–{max(times) * 1000:.0f}"
            yield f"  click to new score: {statistics.median(times) * 1000:.0f} ms (median of {len(times)}; {spread})"
            server.terminate()
        browser.close()


def clicked(page: Any, row: Any, way: str, score: str) -> float:
    start = time.perf_counter()
    row.get_by_label(way, exact=True).first.check()
    page.wait_for_function(
        "score => document.querySelector('.head .score strong').textContent.startsWith(score)", arg=score
    )
    return time.perf_counter() - start


CHANGES = """async (count) => {
  const score = document.querySelector(".head .score"), times = [];
  const shows = (wanted) => new Promise((done) => {
    const watch = new MutationObserver(() => {
      if (!score.querySelector("strong").textContent.startsWith(wanted)) return;
      watch.disconnect();
      done();
    });
    watch.observe(score, { childList: true, subtree: true });
  });
  for (let i = 0; i < count; i++) {
    const [state, wanted] = i % 2 ? ["unmet", "0 /"] : ["met", "10 /"];
    const start = performance.now(), shown = shows(wanted);
    document.querySelector(`[data-row=planning_body] input[value=${state}]`).click();
    await shown;
    times.push(performance.now() - start);
  }
  return times;
}"""


def of_the_page(path: str) -> Iterator[str]:
    """Yield what the page weighs, and how soon it scores, opened from the disk without a network."""
    from playwright.sync_api import expect, sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "page.html"
        start = time.perf_counter()
        size = write_page(load_standard(NAME), file)["bytes"]
        yield f"  {size / 1e6:.1f} MB, built in {time.perf_counter() - start:.1f} s"
        flags = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        browser = driver.chromium.launch(executable_path=path, headless=True, args=[*flags, "--disable-gpu"])
        page = browser.new_page(locale="zh-CN")
        page.context.set_offline(True)
        start = time.perf_counter()
        page.goto(file.as_uri())
        page.locator("[data-step=rows]").click()
        page.locator("[data-row=planning_body] input[value=met]").check()
        yield f"  double click to a form with its first answer: {time.perf_counter() - start:.1f} s"
        expect(page.locator(".head .score strong")).to_contain_text("10 /", timeout=120_000)
        yield f"  to the first score: {time.perf_counter() - start:.1f} s"
        expect(page.locator("#lsstd-which")).to_be_enabled()
        page.locator("[data-row=planning_body] input[value=unmet]").check()
        expect(page.locator(".head .score strong")).to_contain_text("0 /")
        times = page.evaluate(CHANGES, 40)
        median, aim = statistics.median(times), "reached" if statistics.median(times) <= 100 else "NOT REACHED"
        yield f"  a change to its score: {median:.0f} ms (median of 40; most {max(times):.0f}); aim: 100 ms: {aim}"
        processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        sizes = [Path(f"/proc/{one['id']}/statm") for one in processes if one["type"] == "renderer"]
        if memory := [int(size.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") for size in sizes if size.exists()]:
            yield f"  memory of the tab: {max(memory) / 2**20:.0f} MB"
        browser.close()


def page() -> None:
    """The page that carries its own Python."""
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    print("\n".join(of_the_page(path)) if path else "  no browser found")


def form() -> None:
    """The form in the browser."""
    print("\n".join(weights()))
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    print("\n".join(in_the_browser(path)) if path else "  no browser found")
