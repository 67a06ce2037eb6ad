"""``lsstd app`` as a person uses it: a real server, a real browser."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lsstd import example, load_assessment
from lsstd.office.self_score_reader import read_workbook

playwright = pytest.importorskip("playwright.sync_api")
expect, PlaywrightError = playwright.expect, playwright.Error
pytestmark = [pytest.mark.slow, pytest.mark.skipif("sys.platform == 'win32'", reason="process groups of POSIX")]
Serve = Callable[..., Any]

COSTS = Path(__file__).parents[2] / "data" / "costs" / "near_aaa.yaml"
MEASURES = Path(__file__).with_name("measures.js").read_text(encoding="utf-8")


def app(serve: Serve, page: Any, file: Path, *more: object) -> Any:
    """Serve the form for a file and open it."""
    server = serve("lsstd", "app", file, "--no-browser", "--port", 0, *more)
    page.goto(server.address)
    expect(page.locator(".saved")).to_have_text("已保存")
    return server


def saved(page: Any) -> None:
    expect(page.locator(".saved")).to_have_attribute("data-state", "good")


# A base fills in its form: conditions are decided by facts, a row by parts or points, total and grade follow; English
# keeps what is half typed; a reload finds everything; what is taken away opens in Excel and Word.
def test_a_base_fills_in_its_form(serve: Serve, page: Any, tmp_path: Path) -> None:
    from docx import Document
    from openpyxl import load_workbook

    file = tmp_path / "base.yaml"
    shutil.copy(example("near_aaa"), file)
    app(serve, page, file)
    score, grade = page.locator(".head .score"), page.locator(".head .grade")
    expect(score).to_contain_text("398.92 / 500")
    expect(grade).to_contain_text("AA")
    page.get_by_role("button", name="申报条件", exact=True).click()
    scale = page.locator("[data-condition=scale]")
    expect(scale.locator(".badge")).to_have_text("满足")
    scale.locator("summary").first.click()
    scale.get_by_label("直播间数量").fill("9")
    page.keyboard.press("Tab")
    expect(scale.locator(".tests")).to_contain_text("直播间数量：9 间（要求：≥ 10 间）")
    expect(page.locator(".head .eligible")).to_contain_text("有不符合项")
    scale.get_by_label("直播间数量").fill("约 4")
    expect(scale.get_by_text("应为：数")).to_be_visible()

    page.get_by_role("button", name="English").click()
    scale.locator("summary").first.click()
    expect(scale.get_by_label("live-streaming rooms")).to_have_value("约 4")
    scale.get_by_label("live-streaming rooms").fill("40")
    page.get_by_role("button", name="中文").click()

    page.get_by_role("button", name="逐项评分", exact=True).click()
    page.locator("[data-group=infrastructure]").click()
    row = page.locator("[data-row=village_rooms]")
    row.get_by_label("满足", exact=True).check()
    expect(score).to_contain_text("403.92")
    expect(grade).to_contain_text("AAA")
    page.locator("[data-group=planning]").click()
    row = page.locator("[data-row=site_and_amenities]")
    row.get_by_label("部分满足").check()
    row.locator("[data-part=easy_access]").get_by_label("满足", exact=True).check()
    expect(row.locator(".outcome")).to_contain_text("3.33–10 / 10")
    saved(page)

    page.reload()
    expect(score).to_contain_text("397.25")
    page.get_by_role("button", name="逐项评分", exact=True).click()
    expect(row.locator("[data-part=easy_access]").get_by_label("满足", exact=True)).to_be_checked()
    row.get_by_label("满足", exact=True).first.check()
    page.get_by_role("button", name="结果", exact=True).click()
    expect(page.locator("table tbody tr")).to_have_count(16)
    page.locator(".gaps input").first.check()
    expect(page.locator("main .verdict").nth(1)).to_contain_text("若补上所选")

    page.get_by_role("button", name="下载", exact=True).click()
    taken = {}
    for kind in ("assessment", "workbook", "application", "evidence"):
        with page.expect_download() as download:
            page.locator(f"[data-offer={kind}]").click()
        taken[kind] = tmp_path / download.value.suggested_filename
        download.value.save_as(taken[kind])
    assert load_assessment(taken["assessment"]).facts["live_rooms"].value == 40
    assert read_workbook(taken["workbook"]).answers["village_rooms"].state == "met"
    cells = [cell.text for row in Document(str(taken["application"])).tables[0].rows for cell in row.cells]
    assert "40" in cells
    assert load_workbook(taken["evidence"]).active.max_row > 50


# Before handing in, the page lists what is missing, each a click from its field, and the days of the procedure.
def test_what_is_missing_is_a_click_away(serve: Serve, page: Any, tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    shutil.copy(example("near_aaa"), file)
    app(serve, page, file)
    page.get_by_role("button", name="下载", exact=True).click()
    page.locator("input[type=date]").fill("2025-04-28")
    page.locator("[data-check]").click()
    todo = page.locator(".todo")
    expect(todo).to_contain_text("2025-04-28 – 2025-05-08")
    todo.locator("details", has_text="缺少有效佐证").locator("summary").click()
    page.screenshot(path=str(tmp_path / "check.png"), full_page=True)
    todo.get_by_role("button", name="第 5 行").click()
    expect(page.locator("[data-row]").filter(has=page.locator("*:focus"))).to_have_count(1)
    page.get_by_role("button", name="下载", exact=True).click()
    todo.locator("details", has_text="申报表空白项").locator("summary").click()
    todo.get_by_role("button", name="基地地址").click()
    page.keyboard.type("made up street")
    page.keyboard.press("Tab")
    saved(page)
    assert load_assessment(file).facts["base_address"].value == "made up street"
    page.get_by_role("button", name="下载", exact=True).click()
    page.locator("[data-check]").click()
    expect(todo.get_by_role("button", name="基地地址")).to_have_count(0)
    for kind in ("pack", "dates"):
        with page.expect_download() as download:
            page.locator(f"[data-offer={kind}]").click()
        assert download.value.suggested_filename.endswith({"pack": ".zip", "dates": ".ics"}[kind])


# The steps to a grade are listed, each a click from its field; another grade, a table of costs, or what is filled in
# since gives another plan at once.
def test_the_way_to_a_grade_is_a_click_away(serve: Serve, page: Any, tmp_path: Path) -> None:
    file, way = tmp_path / "base.yaml", page.locator(".way")
    shutil.copy(example("near_aaa"), file)
    app(serve, page, file)
    page.get_by_role("button", name="结果", exact=True).click()
    page.locator("[data-plan]").click()
    expect(way.locator("li")).to_have_count(1)
    way.locator("[data-target]").select_option("AAAA")
    expect(way).to_contain_text("完成 9 项")
    way.get_by_role("button", name="诚信制度").click()
    row = page.locator("[data-row=honest_trading]")
    expect(row.filter(has=page.locator("*:focus"))).to_have_count(1)
    row.get_by_label("满足", exact=True).first.check()
    page.get_by_role("button", name="结果", exact=True).click()
    expect(way.get_by_role("button", name="诚信制度")).to_have_count(0)
    way.locator("input[type=file]").set_input_files(COSTS)
    expect(way).to_contain_text("万元")
    expect(way).to_contain_text("综合部")
    way.screenshot(path=str(tmp_path / "way.png"))
    (tmp_path / "wrong.yaml").write_text("standard: hlj-base-evaluation\ncosts: {village_rooms: {cost: -1}}\n")
    way.locator("input[type=file]").set_input_files(tmp_path / "wrong.yaml")
    expect(way.get_by_text("costs.village_rooms.cost（第 2 行）")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(way).to_contain_text("Each point costs the same".lower()[:15])


# Nothing typed is lost: the server and its kernel are killed in the middle; what was acknowledged is in the file, what
# was not is told, kept in the browser and shown beside what the file holds; another's change of another field is taken
# in, of the same field asked about.
def test_nothing_typed_is_lost(serve: Serve, page: Any, tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    server = app(serve, page, file)
    port = urlsplit(server.address).port
    page.locator("[data-group=asked_by_conditions]").click()
    page.get_by_label("签约主播数量").fill("21")
    page.keyboard.press("Tab")
    saved(page)
    server.kill()
    assert load_assessment(file).facts["signed_anchors"].value == 21
    page.get_by_role("group", name="运营企业诚信经营").get_by_label("是").check()
    expect(page.locator(".saved")).to_contain_text("连接中断", timeout=15_000)
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(serve("lsstd", "app", file, "--no-browser", "--port", port).address)
    expect(page.get_by_text("上次有 1 处改动未能保存")).to_be_visible()
    left = page.locator("[data-review=left] [data-path='facts.honest_operation']")
    expect(left).to_contain_text("（空）")
    expect(left).to_contain_text("是")
    page.get_by_role("button", name="采用所勾选的值").click()
    saved(page)
    assert load_assessment(file).facts["honest_operation"].value is True

    file.write_text(file.read_text(encoding="utf-8").replace("21", "25"), encoding="utf-8")
    page.get_by_role("button", name="逐项评分", exact=True).click()
    page.locator("[data-row=planning_body]").get_by_label("满足", exact=True).check()
    saved(page)
    held = load_assessment(file)
    assert (held.facts["signed_anchors"].value, held.answers["planning_body"].state) == (25, "met")

    page.get_by_role("button", name="基地与数据", exact=True).click()
    page.locator("[data-group=asked_by_conditions]").click()
    expect(page.get_by_label("签约主播数量")).to_have_value("25")
    file.write_text(file.read_text(encoding="utf-8").replace("25", "26"), encoding="utf-8")
    page.get_by_label("签约主播数量").fill("30")
    page.keyboard.press("Tab")
    asked = page.locator("[data-review=edit] [data-path='facts.signed_anchors']")
    expect(asked).to_contain_text("26 人")
    expect(asked).to_contain_text("30 人")
    expect(page.locator(".saved")).to_have_text("未保存")
    assert load_assessment(file).facts["signed_anchors"].value == 26
    asked.get_by_role("checkbox").check()
    page.get_by_role("button", name="采用所勾选的值").click()
    saved(page)
    assert load_assessment(file).facts["signed_anchors"].value == 30


def kernels(server: Any) -> int:
    listed = subprocess.run(["ps", "-eo", "ppid,args"], capture_output=True, text=True, check=True).stdout
    return sum("ipykernel" in line and line.split()[0] == str(server.process.pid) for line in listed.splitlines())


# A page that is left takes its kernel with it, and what was typed at the last moment is saved first.
def test_a_page_takes_its_kernel_with_it(serve: Serve, page: Any, tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    server = app(serve, page, file)
    page.locator("[data-group=asked_by_conditions]").click()
    page.get_by_label("签约主播数量").fill("21")
    for _ in range(3):
        page.reload()
        saved(page)
    for _ in range(40):
        if kernels(server) == 1:
            break
        page.wait_for_timeout(500)
    assert kernels(server) == 1
    assert load_assessment(file).facts["signed_anchors"].value == 21
    assert "shutdown" not in server.log.read_text(encoding="utf-8")


# Hasty reloads, whose pages never load, leave a bounded number of kernels, and no page that is open or loading loses
# its kernel: when a browser opens more pages at once than are allowed, some work, and all others say why they do not.
def test_kernels_are_few(serve: Serve, page: Any, tmp_path: Path) -> None:
    server = app(serve, page, tmp_path / "base.yaml", "--pages", 3)
    tabs = [page.context.new_page() for _ in range(4)]
    counts = []
    for _ in range(6):
        with suppress(PlaywrightError):
            tabs[0].goto(server.address, wait_until="commit", timeout=200)
        counts.append(kernels(server))
    tabs[0].goto("about:blank")
    for tab in tabs:
        tab.evaluate("(address) => { location.href = address; }", server.address)
    for tab in tabs:
        tab.locator(".saved[data-state=good], [role=alert]").first.wait_for()
    works = [tab for tab in tabs if tab.locator(".saved").count()]
    assert 1 <= len(works) <= 2  # the page that never loaded may be counted for some seconds
    for tab in set(tabs) - set(works):
        expect(tab.get_by_role("alert")).to_contain_text("请关闭其中一个")
    counts.append(kernels(server))
    assert 2 <= max(counts) <= 4  # one may just be ending
    page.goto("about:blank")
    works[0].reload()  # at once, while the kernel of the page that has gone is still there
    expect(works[0].locator(".saved")).to_have_text("已保存")
    works[0].locator("[data-group=asked_by_conditions]").click()
    works[0].get_by_label("签约主播数量").fill("21")
    works[0].keyboard.press("Tab")
    saved(works[0])
    assert "404 GET" not in server.log.read_text(encoding="utf-8")


# The workbook comes back into the page: what was changed in Excel is shown field by field, and taken when accepted;
# dropped on the page it does the same. The form's date can be set; paragraphs stay paragraphs, in the Word form too.
def test_the_workbook_comes_back(serve: Serve, page: Any, tmp_path: Path) -> None:
    from docx import Document
    from openpyxl import load_workbook

    file, sheet = tmp_path / "base.yaml", tmp_path / "自评.xlsx"
    shutil.copy(example("near_aaa"), file)
    app(serve, page, file)
    page.locator("[data-group=practice], [data-group]").filter(has_text="做法与投入").click()
    text = page.locator("[data-path='facts.base_introduction'] textarea").first
    text.fill("第一段\n\n第二段")
    page.keyboard.press("Tab")
    saved(page)
    assert load_assessment(file).facts["base_introduction"].value == "第一段\n\n第二段"
    page.locator("[data-step=take]").click()
    page.get_by_label("填表时间").fill("2025-01-15")
    for kind, path in (("workbook", sheet), ("application", tmp_path / "form.docx")):
        with page.expect_download() as download:
            page.locator(f"[data-offer={kind}]").click()
        download.value.save_as(path)
    document = Document(str(tmp_path / "form.docx"))
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert any("第一段\n\n第二段" in cell for cell in cells)
    texts = [*cells, *(paragraph.text for paragraph in document.paragraphs)]
    assert any("2025年1月15日" in "".join(text.split()) for text in texts)
    book = load_workbook(sheet)
    (row,) = [row for page_ in book for row in page_.iter_rows() if "live_rooms" in [cell.value for cell in row]]
    next(cell for cell in row if cell.value == 14).value = 33
    book.save(sheet)
    page.locator("main input[type=file]").set_input_files(sheet)
    asked = page.locator("[data-review=load] tbody tr")
    expect(asked).to_have_count(1)
    expect(asked).to_contain_text("14 间")
    expect(asked).to_contain_text("33 间")
    page.get_by_role("button", name="都不采用").click()
    expect(asked).to_have_count(0)
    assert load_assessment(file).facts["live_rooms"].value == 14
    dropped = page.evaluate_handle(
        """async (data) => {
          const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)), transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "自评.xlsx"));
          return transfer;
        }""",
        b64encode(sheet.read_bytes()).decode(),
    )
    page.locator("main").dispatch_event("drop", {"dataTransfer": dropped})
    page.get_by_role("button", name="采用所勾选的值").click()
    expect(asked).to_have_count(0)
    saved(page)
    assert load_assessment(file).facts["live_rooms"].value == 33
    assert load_assessment(file).facts["base_introduction"].value == "第一段\n\n第二段"


# Beside failed conditions no grade is shown; the readings are folded away; on paper every step is open, with nothing
# to click, on A4.
def test_what_a_clerk_sees_and_prints(serve: Serve, page: Any, tmp_path: Path) -> None:
    from pypdf import PdfReader

    file = tmp_path / "base.yaml"
    shutil.copy(example("not_eligible"), file)
    app(serve, page, file)
    assert re.search(r"A级|A 级", page.locator(".head").inner_text()) is None
    expect(page.locator(".head .grade")).to_contain_text("无等级（不符合申报条件）")
    page.locator("[data-step=result]").click()
    expect(page.locator(".readings")).to_be_hidden()
    assert page.locator(".gaps .badge").count() == 0
    page.locator("[data-step=take]").click()
    with page.expect_download():
        page.locator("[data-offer=application]").click()
    expect(page.locator(".made summary")).to_contain_text("栏没有资料，留空")
    page.locator(".made").get_by_role("button", name="基地主播数量（人）").click()
    assert page.evaluate("document.activeElement.closest('[data-path]').dataset.path") == "facts.anchors"
    page.locator("[data-step=rows]").click()
    page.locator("[data-row=site_and_amenities] [type=radio]:checked").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-row]').dataset.row") == "planning_body"
    page.get_by_label("展开所有备注与佐证").check()
    expect(page.locator("[data-row=site_and_amenities]").get_by_label("备注", exact=True)).to_be_visible()
    (tmp_path / "form.pdf").write_bytes(page.pdf(prefer_css_page_size=True))
    pages = PdfReader(tmp_path / "form.pdf").pages
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (595, 842)
    assert 5 < len(pages) < 25
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = page.locator(".lsstd-paper")
    for text in ("三江直播电商共享基地（示例）", "5.1.4", "第 1 行", "第 52 行", "各项得分"):
        expect(paper.get_by_text(text).first).to_be_visible()
    shown = (
        "[...document.querySelectorAll('button, input, textarea, nav')].filter((one) => one.checkVisibility()).length"
    )
    assert page.evaluate(shown) == 0
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".lsstd-paper").count() == 0


HIDDEN = """() => {
  const { bottom } = document.querySelector(".head").getBoundingClientRect(), focused = document.activeElement;
  return focused.closest("main section") && focused.getBoundingClientRect().top < bottom;
}"""


# By keyboard alone, at any width: focus is visible and never under the score, every control has a name, text stands out
# by 4.5 to 1, nothing runs off a phone's screen; what a user types shows as text.
def test_for_everyone(serve: Serve, page: Any, tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    shutil.copy(example("contradictory"), file)
    app(serve, page, file)
    page.locator("[data-step=rows]").focus()
    page.keyboard.press("Enter")
    page.locator("[data-row=site_and_amenities] [type=radio]:checked").focus()
    page.keyboard.press("ArrowRight")
    saved(page)
    page.keyboard.press("Shift+Tab")
    outlined = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outlined == "3px"
    row = page.locator("[data-row=planning_body]")
    row.get_by_text("备注与佐证").click()
    row.get_by_label("备注", exact=True).fill("<img src=x onerror='throw 1'>")
    row.get_by_role("button", name="添加一份佐证").click()
    (tmp_path / "照片.jpg").write_bytes(b"x")
    row.locator("[type=file]").set_input_files(tmp_path / "照片.jpg")
    expect(row.get_by_text("哈希 2d711642b726")).to_be_visible()
    saved(page)
    row.get_by_label("备注", exact=True).fill("长" * 30_000)
    expect(row.get_by_text("至多 20000 个字")).to_be_visible()
    expect(page.locator(".saved")).to_have_text("未保存")
    row.get_by_label("备注", exact=True).fill("短")
    saved(page)
    piece = load_assessment(file).answers["planning_body"].evidence[0]
    assert (piece.file, piece.sha256 and piece.sha256[:8]) == ("照片.jpg", "2d711642")
    for size in ({"width": 1366, "height": 768}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)
        for step in ("facts", "conditions", "rows", "result", "take"):
            page.locator(f"[data-step={step}]").click()
            assert page.evaluate(MEASURES) == {"unnamed": [], "faint": []}, step
            wide = page.evaluate("document.querySelector('.lsstd-form').scrollWidth")
            assert wide <= size["width"], (step, wide)
            expect(page.locator(".head .score")).to_be_in_viewport()
        page.locator("[data-step=rows]").click()
        page.locator("main section button").last.focus()
        for _ in range(12):
            page.keyboard.press("Shift+Tab")
            assert not page.evaluate(HIDDEN), size


# The page is for this user on this machine alone: another host's name is refused, so is who has no token; there is no
# file browser, no notebook, no terminal; a port in use is told and another taken.
def test_served_to_this_user_alone(serve: Serve, tmp_path: Path) -> None:
    server = serve("lsstd", "app", tmp_path / "a.yaml", "--no-browser", "--port", 0)
    address = urlsplit(server.address)

    def asked(path: str, host: str = "127.0.0.1", token: bool = True) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=20)
        headers = {"Host": f"{host}:{address.port}"}
        if token:
            headers["Authorization"] = f"token {address.query.partition('=')[2]}"
        connection.request("GET", path, headers=headers)
        try:
            return connection.getresponse().status
        finally:
            connection.close()

    assert asked("/", host="evil.example") == 403
    assert asked("/", token=False) == 302  # to the login
    assert asked("/api/kernels", token=False) in (302, 403, 404)
    for path in (
        "/lab",
        "/tree",
        "/api/contents",
        "/api/terminals",
        "/terminals/1",
        "/voila/tree",
        "/voila/files/open.html",
    ):
        assert asked(path) in (302, 403, 404), path
    assert asked("/voila/files/lsstd.ipynb") == 403
    second = serve("lsstd", "app", tmp_path / "b.yaml", "--no-browser", "--port", address.port)
    assert urlsplit(second.address).port != address.port
    assert re.search(r"端口 \d+ 已被占用", second.log.read_text(encoding="utf-8"))


# A drafter drops a draft on the page of drafts, or chooses one: the findings stand beside its lines; what is no draft
# is told, and the next file is read all the same.
def test_a_draft_is_dropped(serve: Serve, page: Any) -> None:
    drafts = Path(__file__).parents[2] / "data" / "drafts"
    page.goto(serve("lsstd", "app", "--lint", "--no-browser", "--port", 0).address)
    area = page.locator("label", has_text="拖到此处")
    area.locator("input").set_input_files({"name": "空.txt", "mimeType": "text/plain", "buffer": b""})
    expect(page.locator("pre", has_text="空.txt")).to_be_visible()
    dropped = page.evaluate_handle(
        """([name, text]) => {
            const held = new DataTransfer();
            held.items.add(new File([text], name));
            return held;
        }""",
        ["made_up_draft.txt", (drafts / "made_up_draft.txt").read_text(encoding="utf-8")],
    )
    area.dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.locator(".lsstd table")).to_have_count(2)
    expect(page.locator(".lsstd").get_by_text("C308", exact=False).last).to_be_visible()
