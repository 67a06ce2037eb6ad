"""``lsstd app`` as a person uses it: a real server, a real browser."""

from __future__ import annotations

import http.client
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lsstd import example, load_assessment
from lsstd.office.self_score_reader import read_workbook

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = [pytest.mark.slow, pytest.mark.skipif("sys.platform == 'win32'", reason="process groups of POSIX")]
Serve = Callable[..., Any]

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
    expect(scale.locator(".tests")).to_contain_text("直播间数量：9 间（要求 ≥ 10 间）")
    expect(page.locator(".head .eligible")).to_contain_text("有不满足")
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


# Nothing typed is lost: the server and its kernel are killed in the middle; what was acknowledged is in the file, what
# was not is told, kept in the browser and redone; a file changed elsewhere is noticed, not overwritten.
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
    page.get_by_role("button", name="恢复这些改动").click()
    saved(page)
    assert load_assessment(file).facts["honest_operation"].value is True

    file.write_text(file.read_text(encoding="utf-8").replace("21", "25"), encoding="utf-8")
    page.get_by_role("button", name="逐项评分", exact=True).click()
    page.locator("[data-row=planning_body]").get_by_label("满足", exact=True).check()
    expect(page.locator(".trouble")).to_contain_text("已在别处改动")
    assert load_assessment(file).facts["signed_anchors"].value == 25
    page.get_by_role("button", name="改用文件里的内容").click()
    saved(page)
    page.locator("[data-row=planning_body]").get_by_label("满足", exact=True).check()
    saved(page)
    held = load_assessment(file)
    assert (held.facts["signed_anchors"].value, held.answers["planning_body"].state) == (25, "met")


# By keyboard alone, at any width: focus is visible, every control has a name, text stands out by 4.5 to 1, nothing
# runs off a phone's screen; what a user types shows as text.
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
