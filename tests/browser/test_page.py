"""``lsstd page``: one file, opened from the disk with the network cut, that computes what the command line computes."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lsstd import example, examples, load_assessment, load_standard
from lsstd.exact import shown
from lsstd.files.cases import evaluate_file
from lsstd.forms.state import FormDraft
from lsstd.office.application_form import write_application
from lsstd.office.self_score_writer import write_workbook
from lsstd.reports.verify import verify
from lsstd.standard.standard import Standard
from lsstd.widgets.web_page import default_parts, parts_in, write_page

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.slow
STARTED = 60_000  # milliseconds, on a busy machine; alone it takes 4 seconds
REFORM = Path(__file__).parents[2] / "data" / "reforms" / "aaaa_from_440.yaml"


@pytest.fixture(scope="session")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the Heilongjiang standard, built once."""
    path = tmp_path_factory.mktemp("page") / "自评 页面.html"
    write_page(load_standard("hlj-base-evaluation"), path)
    return path


@pytest.fixture
def opened(page: Any, page_file: Path) -> Callable[..., Any]:
    """Open the page from the disk, in a tab whose network is cut; by default wait until its Python is there."""
    page.context.set_offline(True)
    page.on("dialog", lambda dialog: dialog.accept())

    def open_it(file: Path = page_file, tab: Any = page, ready: bool = True) -> Any:
        tab.goto(file.as_uri())
        if ready:
            is_ready(tab)
        return tab

    return open_it


def is_ready(tab: Any) -> None:
    expect(tab.locator("#lsstd-which")).to_be_enabled(timeout=STARTED)


def score(tab: Any) -> Any:
    return tab.locator(".head .score strong")


def taken(tab: Any, kind: str, path: Path) -> Path:
    """Take a file away, as the page gives it."""
    tab.locator("[data-step=take]").click()
    with tab.expect_download() as found:
        tab.locator(f"[data-offer={kind}]").click()
    found.value.save_as(path)
    return path


def loaded(tab: Any, file: Path) -> None:
    """Load a file and take over all that differs."""
    tab.locator("[data-step=take]").click()
    tab.locator("main input[type=file]").set_input_files(file)
    tab.locator("[data-review=load]").get_by_label("全选").check()
    tab.get_by_role("button", name="采用所勾选的值").click()
    expect(tab.locator(".saved")).to_have_text("已保存")


def at_random(standard: Standard, seed: int) -> str:
    """Return a made-up assessment: states, points, parts and facts as a form takes them."""
    draw, draft = random.Random(seed), FormDraft.of(standard).edited("as_of", "2024-12-31")
    for key, row in standard.criteria.items():
        most = int(row.max_score or 0)
        parts = {part: draw.choice(("met", "unmet", "unknown")) for part in row.parts}
        some = [{"state": draw.choice(("met", "unmet"))}, *([{"parts": parts}] if len(parts) > 1 else [])]
        some += [{"score": draw.randint(0, most)}, {"range": [0, most]}] if most else []
        draft = draft.edited(f"answers.{key}", draw.choice([None, *some]))
    for key, fact in standard.facts.items():
        values = {"boolean": [True, False], "count": ["3", "40", "1000"], "number": ["0.5", "600", "1000万"]}
        draft = draft.edited(f"facts.{key}", draw.choice([None, *values.get(fact.kind, [])]))
    return yaml.safe_dump(draft.assessment.plain(), allow_unicode=True)


IN_PAGE = """([text, kind]) => {
  python.open_form("check", JSON.stringify({ "form.yaml": text }));
  const ask = (message) => python.handle(JSON.stringify(message), "").toJs();
  const [answer] = ask({ page: "check", id: Math.random() * 1e9 | 0, do: "open" });
  const [told, , data] = ask({ page: "check", id: 2e9, do: "offer", kind, lang: "zh" });
  return data ? new TextDecoder().decode(data) : answer + told;
}"""


# What the page computes is what the command line computes of the exported file, for every example and for assessments
# drawn at random; each comes out of the page as it went in.
def test_it_computes_what_the_command_line_does(opened: Callable[..., Any], tmp_path: Path) -> None:
    (core,) = opened().workers
    standard = load_standard("hlj-base-evaluation")
    texts = [example(name).read_text(encoding="utf-8") for name in examples()]
    texts = [text for text in texts if f"standard: {standard.standard}\n" in text]
    assert len(texts) > 3
    for text in [*texts, *(at_random(standard, seed) for seed in range(12))]:
        file = tmp_path / "form.yaml"
        file.write_text(core.evaluate(IN_PAGE, [text, "assessment"]), encoding="utf-8")
        there = json.loads(core.evaluate(IN_PAGE, [text, "result"]))
        assert there == json.loads(json.dumps(evaluate_file(file).to_dict()))
        before = tmp_path / "before.yaml"
        before.write_text(text, encoding="utf-8")
        assert load_assessment(file) == load_assessment(before)


# A clerk's way: the form is filled in before Python is there, and nothing of it is lost; score, form, report, list and
# workbook are taken away and are what the command line makes of the same file; after a reload all is there.
def test_a_clerk_fills_it_in(opened: Callable[..., Any], page: Any, tmp_path: Path, lsstd: Callable[..., Any]) -> None:
    opened(ready=False)
    page.get_by_label("基地名称").fill("冰城 <img src=x onerror=alert(1)> 基地")
    page.locator("[data-step=rows]").click()
    page.locator("[data-row=planning_body]").get_by_label("满足", exact=True).first.check()
    expect(page.locator(".lsstd-host progress")).to_be_visible()
    expect(score(page)).to_have_text("10 / 500", timeout=STARTED)
    expect(page.locator(".saved")).to_have_text("已保存")
    assert page.locator("img").count() == 0  # what was typed is text
    loaded(page, example("near_aaa"))
    standard, file = load_standard("hlj-base-evaluation"), taken(page, "assessment", tmp_path / "a.yaml")
    result = evaluate_file(file)
    assert json.loads(taken(page, "result", tmp_path / "r.json").read_bytes()) == result.to_dict()
    write_application(result, tmp_path / "here.docx")
    with (
        zipfile.ZipFile(taken(page, "application", tmp_path / "a.docx")) as there,
        zipfile.ZipFile(tmp_path / "here.docx") as here,
    ):
        assert {name: there.read(name) for name in there.namelist()} == {n: here.read(n) for n in here.namelist()}
    checked = verify(taken(page, "report", tmp_path / "report.html"))
    assert (checked.ok, checked.notes) == (True, ())
    report, points = (tmp_path / "report.html").read_text(encoding="utf-8"), shown(result.score.secured, 1)
    assert points in report
    (tmp_path / "report.html").write_text(report.replace(points, "499"), encoding="utf-8")
    assert not verify(tmp_path / "report.html").ok
    assert taken(page, "evidence", tmp_path / "e.xlsx").stat().st_size > 5000
    assert lsstd("import", taken(page, "workbook", tmp_path / "w.xlsx"), "-o", tmp_path / "w.yaml").status == 0
    assert load_assessment(tmp_path / "w.yaml").answers == load_assessment(file).answers
    page.locator("main input[type=file]").set_input_files(tmp_path / "w.xlsx")
    expect(page.locator(".notice pre").last).to_contain_text("w.xlsx")  # nothing in it that is not here already
    expect(page.locator("[data-review]")).to_have_count(0)
    expect(page.locator(".states li").first).to_be_visible()
    page.locator("[data-check]").click()
    expect(page.locator(".todo")).to_contain_text("申报表空白项")
    page.locator(".language").click()
    expect(page.locator(".todo")).to_contain_text("Blank fields of the form")
    assert (page.title(), page.evaluate("document.documentElement.lang")) == (standard.title.en, "en")
    page.locator(".language").click()
    page.locator("[data-step=result]").click()
    page.locator("[data-plan]").click()
    expect(page.locator(".way li").first).to_be_visible()
    page.locator(".lsstd-about summary").click()
    expect(page.locator(".lsstd-about")).to_contain_text(standard.sha256)
    page.reload()
    expect(score(page)).to_contain_text(points)  # before its Python is there


SPOILT = """async () => {
  const after = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
  const database = await after(indexedDB.open("lsstd hlj-base-evaluation", 1));
  const held = database.transaction("assessments", "readwrite").objectStore("assessments");
  const [record] = await after(held.getAll());
  await after(held.put({ ...record, files: { "form.yaml": "standard: another" } }));
}"""


# What was typed on the first visit into a page that was closed before its Python was there is offered on the next.
def test_a_page_that_is_closed_early(opened: Callable[..., Any], page: Any) -> None:
    opened(ready=False)
    page.get_by_label("基地名称").fill("冰城")
    page.keyboard.press("Tab")
    opened()
    expect(page.locator("[data-review=left]")).to_contain_text("冰城")
    page.get_by_role("button", name="采用所勾选的值").click()
    expect(page.get_by_label("基地名称")).to_have_value("冰城")
    expect(page.locator("#lsstd-which option")).to_contain_text(["冰城"])


# Several assessments, each with its earlier states; a new one does not touch the others; two tabs of one are merged.
# One that this page cannot open, of another edition perhaps, can be taken away as it is.
def test_several_assessments_and_two_tabs(opened: Callable[..., Any], page: Any) -> None:
    opened()
    page.get_by_label("基地名称").fill("甲基地")
    page.keyboard.press("Tab")
    expect(page.locator("#lsstd-which option")).to_contain_text(["甲基地"])
    page.get_by_role("button", name="新建评价").click()
    expect(page.get_by_label("基地名称")).to_have_value("")
    page.get_by_label("基地名称").fill("乙基地")
    page.keyboard.press("Tab")
    expect(page.locator("#lsstd-which option")).to_contain_text(["乙基地", "甲基地"])
    other = opened(tab=page.context.new_page())
    expect(other.get_by_label("基地名称")).to_have_value("乙基地")
    other.get_by_label("地区").fill("哈尔滨")
    other.keyboard.press("Tab")
    expect(other.locator(".saved")).to_have_text("已保存")
    page.locator("[data-step=rows]").click()
    page.locator("[data-row=planning_body]").get_by_label("满足", exact=True).first.check()
    expect(score(page)).to_have_text("10 / 500")
    page.locator("[data-step=facts]").click()
    expect(page.get_by_label("地区")).to_have_value("哈尔滨")
    page.locator("#lsstd-which").select_option(index=1)
    expect(page.get_by_label("基地名称")).to_have_value("甲基地")
    expect(score(page)).to_have_text("0 / 500")
    page.get_by_role("button", name="删除").click()
    expect(page.get_by_label("基地名称")).to_have_value("乙基地")
    expect(page.locator("#lsstd-which option")).to_have_count(1)
    page.evaluate(SPOILT)
    opened()
    expect(page.get_by_role("alert")).to_contain_text("无法打开")
    with page.expect_download() as found:
        page.get_by_role("link", name="YAML").click()
    assert Path(found.value.path()).read_text(encoding="utf-8") == "standard: another"


FULL = """const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  if (window.isFull) throw new DOMException("", "QuotaExceededError");
  return put.apply(this, given);
};"""
REFUSED = "indexedDB.open = () => { throw new DOMException('', 'SecurityError'); }"


# Storage that is full, a workbook of another standard, a damaged one: told, and nothing is lost; once there is room
# again, what was entered is saved by itself.
def test_what_goes_wrong_is_told(opened: Callable[..., Any], page: Any, tmp_path: Path) -> None:
    page.context.add_init_script(FULL)
    opened().evaluate("() => { window.isFull = true; }")
    page.get_by_label("地区").fill("哈尔滨")
    page.keyboard.press("Tab")
    expect(page.locator(".trouble")).to_contain_text("存储空间已满")
    expect(page.locator(".saved")).to_have_text("未保存")
    assert "region: 哈尔滨" in taken(page, "assessment", tmp_path / "a.yaml").read_text(encoding="utf-8")
    write_workbook(load_standard("sz-supply-chain-collaboration"), tmp_path / "other.xlsx", None, "zh")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 and then nothing")
    for name in ("other.xlsx", "broken.xlsx"):
        page.locator("main input[type=file]").set_input_files(tmp_path / name)
        expect(page.locator(".notice[role=alert] pre").last).to_contain_text(name)
    page.evaluate("() => { window.isFull = false; }")
    expect(page.locator(".saved")).to_have_text("已保存", timeout=20_000)
    expect(page.locator(".trouble")).to_have_count(0)


# A browser that refuses to store anything (a private window): told from the first change on, with what to do.
def test_a_browser_that_keeps_nothing(opened: Callable[..., Any], page: Any, tmp_path: Path) -> None:
    page.context.add_init_script(REFUSED)
    opened(ready=False)
    page.get_by_label("地区").fill("哈尔滨")
    expect(page.locator(".trouble")).to_contain_text("浏览器不为本页保存", timeout=STARTED)
    expect(page.get_by_label("地区")).to_be_focused()  # the form was not drawn anew under who is typing
    assert "region: 哈尔滨" in taken(page, "assessment", tmp_path / "a.yaml").read_text(encoding="utf-8")


# A drafter's way: the page of a reformed standard is sent out; what comes back is gathered against the same standard.
def test_a_reformed_standard_goes_out_and_comes_back(
    opened: Callable[..., Any], page: Any, tmp_path: Path, lsstd: Callable[..., Any]
) -> None:
    sent = tmp_path / "draft.html"
    made = lsstd("page", "hlj-base-evaluation", "-o", sent, "--reform", REFORM, "--json", "--lang", "en")
    assert json.loads(made.out)["edition"] == "draft + aaaa-from-440"
    opened(sent)
    expect(page.locator(".language")).to_have_text("中文")
    page.locator(".language").click()
    loaded(page, example("near_aaa"))
    (tmp_path / "back").mkdir()
    file = taken(page, "assessment", tmp_path / "back" / "one.yaml")
    assert load_assessment(file, load_standard(sent.with_suffix(".yaml"))).answers
    (file.parent / "two.yaml").write_bytes(file.read_bytes())
    gathered = lsstd(
        "population", "gather", file.parent, "-o", tmp_path / "all.csv", "--standard", sent.with_suffix(".yaml")
    )
    assert gathered.status == 0, gathered.err
    assert (tmp_path / "all.csv").read_text(encoding="utf-8-sig").count("\n") == 3


# A page holds no script but its own, whatever is typed into it, and lets nothing out; any standard gets one, the same
# bytes each time.
def test_any_standard_gets_a_page(tmp_path: Path) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        write_page(load_standard("sz-supply-chain-collaboration"), tmp_path / name)
        pages.append((tmp_path / name).read_bytes())
    assert hashlib.sha256(pages[0]).digest() == hashlib.sha256(pages[1]).digest()
    text = pages[0].decode()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "connect-src" not in policy[0]
    assert "unsafe-inline" not in policy[0]
    assert re.findall(r"<script(?! type=\"text/plain\"| type=\"module\")", text) == []
    assert len(pages[0]) < 14_000_000


# Why npm could not fetch is told in its own words: no network, a mirror that does not answer.
@pytest.mark.skipif(os.name == "nt", reason="stands in for npm as a script of the shell")
def test_what_npm_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lsstd: Callable[..., Any]) -> None:
    npm = tmp_path / "npm"
    npm.write_text(
        '#!/bin/sh\ncase "$*" in *silent*) ;; *) echo "npm error ENOTFOUND" >&2;; esac\nexit 1\n', encoding="utf-8"
    )
    npm.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    answer = lsstd("page", "hlj-base-evaluation", "-o", tmp_path / "x.html", "--pyodide", tmp_path / "parts")
    assert (answer.status, "npm error ENOTFOUND" in answer.err) == (1, True)


# A part that is another file than it should be, or that nothing can fetch, is named, and no page is written.
def test_parts_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lsstd: Callable[..., Any]) -> None:
    for name, data in parts_in(default_parts()).items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    pyodide = next(tmp_path.glob("pyodide-*"))
    content = pyodide.read_bytes()
    for change, told in ((lambda: pyodide.unlink(), "npm"), (lambda: pyodide.write_bytes(content + b" "), "SHA-256")):
        change()
        answer = lsstd("page", "hlj-base-evaluation", "-o", tmp_path / "x.html", "--pyodide", tmp_path)
        assert answer.status == 1
        assert pyodide.name in answer.err
        assert told in answer.err
    assert not (tmp_path / "x.html").exists()
