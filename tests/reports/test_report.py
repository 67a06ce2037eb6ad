"""The report as a user gets it: made by a kernel, one file, no network, the same bytes every time."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lsstd import load_standard
from lsstd.files.places import example, notebooks

pytestmark = pytest.mark.slow  # each kernel takes some seconds
SPACED = "带空格 {的} folder"  # papermill would fill the braces in
HOSTILE = "../../x \"'<script>alert(1)</script><img src=x onerror=alert(2)>\n" + "长" * 300
HEADINGS = {
    "zh": ["1 结论", "2 结果说明", "3 申报条件与否决项", "4 得分", "5 待提升项", "6 最省的提升路径", "7 提示",
           "8 逐行得分", "9 所用解读", "10 出处"],
    "en": ["1 Verdict", "2 What the result means", "3 Application conditions and vetoes", "4 Score", "5 Gaps",
           "6 The cheapest way up", "7 Findings", "8 Row by row", "9 Readings", "10 Provenance"],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with spaces, Chinese and braces in its name, where everything happens."""
    folder = tmp_path_factory.mktemp("reports") / SPACED
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(tempfile, "tempdir", str(folder.parent))
        yield folder


@pytest.fixture(scope="module")
def made(folder: Path, lsstd: Callable[..., Any]) -> Any:
    """What became of one run over an example, a broken file and a hostile one."""
    (folder / "good.yaml").write_bytes(example("near_aaa").read_bytes())
    (folder / "broken.yaml").write_text("standard: hlj-base-evaluation\nanswers: {nope: met}\n")
    hostile = {
        "standard": "hlj-base-evaluation",
        "subject": {"name": HOSTILE, "region": HOSTILE},
        "answers": {"certifications": {"score": 5, "note": HOSTILE, "evidence": [{"file": HOSTILE}]}},
    }
    (folder / "con.json").write_text(json.dumps(hostile), encoding="utf-8")
    return lsstd("report", "good.yaml", "broken.yaml", "con.json", "-o", "out", "--json")


@pytest.fixture(scope="module")
def good(folder: Path, made: Any) -> str:
    return (folder / json.loads(made.out)["files"][0]["path"]).read_text(encoding="utf-8")


# The broken file fails with its reason and status 1; the others are made, and nothing half-written is left.
def test_one_failure_leaves_the_others(folder: Path, made: Any) -> None:
    files = json.loads(made.out)["files"]
    assert made.status == 1
    assert [entry["ok"] for entry in files] == [True, False, True]
    assert "answers.nope" in files[1]["message"]
    assert files[0]["path"] == str(Path("out", "good_冰城直播电商共享基地（示例）.html"))
    written = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    assert written == {"out/index.html", *(entry["path"] for entry in files if entry["ok"])}
    assert sorted(path.name for path in folder.iterdir()) == ["broken.yaml", "con.json", "good.yaml", "out"]
    assert {path.name for path in folder.parent.glob("lsstd-*")} <= {f"lsstd-{os.getuid()}"}  # the kernels' are gone


# One file: whatever it needs is in it, nothing is fetched from anywhere, no script runs.
def test_the_report_needs_no_network(good: str, page_of: Callable[[str], Any]) -> None:
    page = page_of(good)
    fetched = [
        value
        for tag, attributes in page.elements
        for key, value in attributes.items()
        if tag != "a" and key in ("src", "href", "xlink:href", "srcset", "data", "poster", "action") and value
    ]
    assert all(value.startswith(("#", "data:")) for value in fetched), fetched
    assert not {"script", "link", "iframe", "object", "embed", "base", "form", "img"} & {
        tag for tag, _ in page.elements
    }
    styles = "".join(page.texts)
    assert "@import" not in good
    assert "url(http" not in good.replace(" ", "").replace('"', "").replace("'", "")
    assert "mathjax" not in good.lower()
    assert "@page" in styles
    assert len(good) < 400_000


# No cell's source is on the page, neither code nor the parameters; no output is left as plain text or an error.
def test_the_code_is_hidden(good: str) -> None:
    template = nbformat.read(notebooks() / "reports" / "base_report.ipynb", as_version=4)
    for cell in template.cells:
        if cell.cell_type == "code":
            assert not any(line.strip() in good for line in cell.source.splitlines() if len(line.strip()) > 6)
    for trace in (str(Path.cwd()), "papermill", "page.cover", "read_base(", "Traceback", "In&nbsp;["):
        assert trace not in good


# The page is marked as lsstd's own within its head, says its language and characters, and names its subject.
def test_the_head(good: str, page_of: Callable[[str], Any]) -> None:
    assert b"written by lsstd" in good.encode()[:4096]
    page = page_of(good)
    assert good.startswith("<!DOCTYPE html>")
    assert page.of("html") == [{"lang": "zh-CN"}]
    assert page.of("meta")[0] == {"charset": "utf-8"}
    assert "<title>冰城直播电商共享基地（示例） · 自评报告</title>" in good
    assert len(page.of("h1")) == len(page.of("title")) == 1


# Headings come in their order, each with something below it; the draft's status stands on the cover, provenance last.
def test_sections_in_order(good: str, page_of: Callable[[str], Any]) -> None:
    assert headings(good, page_of) == HEADINGS["zh"]
    cover, *_, last = good.split("<h2>")
    assert "DB23/T 3372—2022" in cover
    assert "SHA-256" in last
    assert "lsstd 0." in last
    assert "确定得分 398.92（满分 500），AA 级" in good
    lowest = [rows for rows in load_standard("hlj-base-evaluation").rows_of.values() if rows]
    assert good.count(" / ") >= len(lowest)  # the points beside each bar
    assert good.count("<svg") == 1
    assert good.count('<td class="number">') > 52


def headings(html: str, page_of: Callable[[str], Any]) -> list[str]:
    return [page_of(part.split("</h2>")[0]).text for part in html.split("<h2>")[1:]]


# A hostile name, region, note or evidence file is text on the page and stays inside the folder as a file's name.
def test_a_hostile_subject_breaks_out_of_nothing(folder: Path, made: Any, page_of: Callable[[str], Any]) -> None:
    entry = json.loads(made.out)["files"][2]
    path = folder / entry["path"]
    assert entry["subject"] == HOSTILE
    assert path.resolve().parent == (folder / "out").resolve()
    assert len(path.name.encode()) < 255
    html = path.read_text(encoding="utf-8")
    page = page_of(html)
    assert not {"script", "img"} & {tag for tag, _ in page.elements}
    assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
    assert "<script>alert(1)</script>" in page.text
    assert headings(html, page_of) == HEADINGS["zh"]


# The same inputs give the same bytes, in another run, another temporary folder and another time zone.
def test_the_same_inputs_give_the_same_bytes(
    folder: Path, good: str, lsstd: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setattr(tempfile, "tempdir", None)
    again = lsstd("report", "good.yaml", "-o", "again", "--json")
    assert again.status == 0
    assert (folder / json.loads(again.out)["files"][0]["path"]).read_text(encoding="utf-8") == good


# In English every heading, message and label is English; wording is quoted in Chinese. Relative paths of standards
# and readings reach the kernel, which works in a folder of its own.
def test_the_english_report_with_options(
    folder: Path, lsstd: Callable[..., Any], page_of: Callable[[str], Any]
) -> None:
    own = Path(os.fspath(notebooks().parent), "lsstd", "standards", "hlj-base-evaluation.yaml")
    (folder / "mine.yaml").write_text(own.read_text(encoding="utf-8").replace("edition: draft", "edition: trial", 1))
    options = ["--standard", "mine.yaml", "--reading", "compound_rows=all", "--lang", "en"]
    ran = lsstd("report", "good.yaml", "-o", "en", "--json", *options)
    assert ran.status == 0, ran.err
    html = (folder / json.loads(ran.out)["files"][0]["path"]).read_text(encoding="utf-8")
    page = page_of(html)
    assert page.of("html") == [{"lang": "en"}]
    assert headings(html, page_of) == HEADINGS["en"]
    assert "compound_rows: all" in page.text
    assert "(trial)" in page.text
    assert "issued 2022-11-25" in page.text


# The sample in the repository was made from the standard as it is now (`python run.py notebooks` makes it anew).
def test_the_sample_is_of_this_standard() -> None:
    (sample,) = (Path(__file__).parents[2] / "reports" / "sample").glob("*.html")
    assert load_standard("hlj-base-evaluation").sha256[:16] in sample.read_text(encoding="utf-8")
