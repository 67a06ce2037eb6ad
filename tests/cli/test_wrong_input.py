"""Wrong input on the command line: a clear message on stderr, status 1, nothing on stdout, nothing written."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd.files.places import data, example

HEAD = "standard: hlj-base-evaluation\n"
CHAIN = "standard: sz-supply-chain-collaboration\n"
GOOD = example("between_bands")
REFORM = data() / "reforms" / "aaaa_from_440.yaml"
WRONG = {
    "empty.yaml": b"",
    "list.yaml": b"- met\n",
    "not_yaml.yaml": b"standard: [hlj\n",
    "gbk.yaml": f"{HEAD}subject: {{name: 冰城}}\n".encode("gbk"),
    "binary.yaml": bytes(range(256)),
    "twice.yaml": f"{HEAD}{HEAD}".encode(),
    "bomb.yaml": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "deep.yaml": f"{HEAD}facts: {'[' * 3000}{']' * 3000}\n".encode(),
    "unknown_standard.yaml": b"standard: hlj-base\n",
    "unknown_fact.yaml": f"{HEAD}facts: {{live_room: 3}}\n".encode(),
    "unknown_measure.yaml": f"{CHAIN}facts: {{forecast_acuracy: 3}}\n".encode(),
    "no_share.yaml": f"{CHAIN}facts: {{forecast_accuracy: 171}}\n".encode(),
    "no_period.yaml": f"{CHAIN}facts: {{forecast_accuracy: {{value: 71, period: lately}}}}\n".encode(),
    "above.yaml": f"{HEAD}answers: {{certifications: {{score: 99}}}}\n".encode(),
    "two_forms.yaml": f"{HEAD}answers: {{certifications: {{score: 1, state: met}}}}\n".encode(),
    "half.json": b'{"standard": ',
    "notes.txt": HEAD.encode(),
}
COMMANDS: dict[str, Callable[[Path], list[object]]] = {
    "assess": lambda file: ["assess", file],
    "assess --json": lambda file: ["assess", GOOD, file, "--json"],
    "explain": lambda file: ["explain", file, "certifications"],
    "facts": lambda file: ["facts", file],
    "report": lambda file: ["report", file, "-o", file.parent / "new"],
    "show": lambda file: ["show", file],
    "--standard": lambda file: ["assess", GOOD, "--standard", file],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of wrong files, and a folder among them that is called like a file."""
    for name, content in WRONG.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.yaml").mkdir()
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(20 * 2**20)
    return tmp_path


def contents(folder: Path) -> dict[str, int | bytes]:
    """Return what a folder holds (of a large file, its size)."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {name: path.stat().st_size if path.name == "large.yaml" else path.read_bytes() if path.is_file() else 0
            for name, path in files.items()}  # fmt: skip


# Every command meets every wrong file alike, in Chinese and in English: status 1, a message that names the file,
# nothing on stdout, nothing written.
@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_files_are_refused_by_every_command(lsstd: Callable[..., Any], folder: Path, command: str) -> None:
    before = contents(folder)
    for name in [*WRONG, "folder.yaml", "large.yaml", "missing.yaml"]:
        zh = lsstd("--lang", "zh", *COMMANDS[command](folder / name))
        en = lsstd("--lang", "en", *COMMANDS[command](folder / name))
        assert (zh.status, en.status) == (1, 1), name
        assert (zh.out, en.out) == ("", ""), name
        assert name in zh.err
        assert name in en.err
        assert "应为：" in zh.err or "是否指" in zh.err
        assert "expected: " in en.err or "did you mean" in en.err
    assert contents(folder) == before


# The message says where, what was found and what would be right, with the line, for each problem of the file.
def test_every_problem_of_a_file_is_told(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    file.write_text(f"{HEAD}facts:\n  live_room: 3\n  office_area: .nan\nanswers: {{innovation: {{score: 99}}}}\n")
    assert lsstd("assess", file).err == (
        "base.yaml 不是有效的评价文件\n"
        "  - facts.live_room（第 3 行）：没有此项数据；是否指 live_rooms？\n"
        "  - facts.office_area.value（第 4 行）：nan；应为：有限的数\n"
        "  - answers.innovation.score（第 5 行）：99；应为：0 至 5 之间\n"
    )
    assert lsstd("assess", file, "--lang", "en").err == (
        "base.yaml is not a valid assessment\n"
        "  - facts.live_room (line 3): unknown fact; did you mean live_rooms?\n"
        "  - facts.office_area.value (line 4): nan; expected: a finite number\n"
        "  - answers.innovation.score (line 5): 99; expected: from 0 to 5\n"
    )


# Names on the command line that do not exist are told with the nearest that does.
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "hlj-base-evalution"], "did you mean hlj-base-evaluation?"),
        (["show", "sz"], "one of hlj-base-evaluation, sz-supply-chain-collaboration"),
        (["show", ""], "one of hlj-base-evaluation, sz-supply-chain-collaboration"),
        (["show", "hlj-base-evaluation", "--clause", "5.1.9"], "did you mean 5.1"),
        (["assess", GOOD, "--standard", "sz-supply-chain"], "did you mean sz-supply-chain-collaboration?"),
        (["assess", GOOD, "--standard", "sz-supply-chain-collaboration"], "expected: sz-supply-chain-collaboration"),
        (["assess", GOOD, "--reading", "compound=all"], "did you mean compound_rows?"),
        (["assess", GOOD, "--reading", "compound_rows=al"], "did you mean all?"),
        (["assess", GOOD, "--reading", "compound_rows"], "expected: KEY=OPTION"),
        (["assess", GOOD, "--reading", "=all"], "unknown reading"),
        (["assess", GOOD, "--reading", "rounding=none=x"], "did you mean none?"),
        (["explain", GOOD, "village_room"], "did you mean village_rooms?"),
        (["explain", GOOD, "53"], "there is no row 53"),
        (["report", GOOD, "--to", "htm"], "did you mean html?"),
        (["report", GOOD, "--to", ""], "one of html"),
        (["report", GOOD, "--reading", "compound=all"], "did you mean compound_rows?"),
        (["impact", REFORM], "--population is required"),
        (["population", "gather", data() / "portfolio" / "2023", "-o", "a.txt"], "expected: .csv"),
        (["show", "hlj-base-evaluation", "--part", "fact"], "did you mean facts?"),
    ],
)
def test_unknown_names_are_told_with_the_nearest(lsstd: Callable[..., Any], arguments: list[str], told: str) -> None:
    ran = lsstd("--lang", "en", *arguments)
    assert ran.status == 1
    assert ran.out == ""
    assert told in ran.err


# Wrong usage is status 2, and says how the command is used; stdout stays empty.
@pytest.mark.parametrize(
    "arguments",
    [
        ["--no_such"],
        ["frobnicate"],
        ["assess"],
        ["assess", GOOD, "--no_such"],
        ["assess", GOOD, "--standard=x", "--json=x"],
        ["uncertainty", GOOD, "--unknown", "half"],
        ["report", GOOD, "--jobs", "0"],
        ["report", GOOD, "--jobs", "many"],
        ["population", "generat"],
        ["population", "generate", GOOD, "-o", "p.csv", "--seed", "-1"],
        ["import", "x.xlsx"],
        ["schema", "nothing"],
        ["assess", GOOD, "--standard"],
        ["explain"],
        ["facts", GOOD, GOOD],
        ["show"],
        ["report"],
    ],
)
def test_wrong_usage_is_status_2(lsstd: Callable[..., Any], arguments: list[object]) -> None:
    for lang, usage, error in (("zh", "用法：", "错误："), ("en", "Usage: ", "Error: ")):
        ran = lsstd("--lang", lang, *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith((usage, error))
        assert error in ran.err
        sentence = ran.err.partition(error)[2]
        assert (lang == "zh") == bool(re.search(r"[\u4e00-\u9fff]", ran.err.replace("FILE…", "")))
        assert lang == "en" or not re.search(r"[a-z]{2,} [a-z]{2,}", sentence), sentence


# An output folder that cannot be written (a file stands in its place) is told; that file stays, no folder appears.
@pytest.mark.parametrize("below", ["", "below", "below/again"])
def test_output_folders_that_cannot_be_written(lsstd: Callable[..., Any], tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    ran = lsstd("report", GOOD, "-o", tmp_path / "file" / below, "--json")
    (told,) = json.loads(ran.out)["files"]
    assert ran.status == 1
    assert (told["ok"], told["path"]) == (False, None)
    assert "路径中有一段是文件" in told["message"]
    assert "无法写入" in ran.err
    assert contents(tmp_path) == {"file": b"mine"}


# A folder that cannot be written is told before the report is computed: nobody waits for nothing.
def test_output_is_checked_first(lsstd: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("lsstd.reports.report_types.render_basis", lambda *_: pytest.fail("computed in vain"))
    assert lsstd("report", GOOD, "-o", tmp_path / "file").status == 1


# A standard of topics has no points to report: without a template its profile is made, the base report is refused.
def test_a_standard_of_topics_has_no_base_report(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "party.yaml"
    file.write_text("standard: sz-supply-chain-collaboration\nanswers: {sales_collaboration: {level: 3}}\n")
    ran = lsstd("--lang", "en", "report", file, "--template", "base", "-o", tmp_path / "new")
    assert ran.status == 1
    assert "standards with points" in ran.err
    assert not (tmp_path / "new").exists()
    assert lsstd("--lang", "en", "report", file, "-o", tmp_path / "new").status == 0
    assert "Supply-chain profile" in (tmp_path / "new" / "party_en.html").read_text(encoding="utf-8")


# An error of lsstd's own is called that, in the user's language, without a traceback (which LSSTD_DEBUG shows).
def test_errors_of_our_own(lsstd: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.delenv("LSSTD_DEBUG", raising=False)
    monkeypatch.setattr("lsstd.files.cases.evaluate", broken)
    monkeypatch.setattr("lsstd.engine.evaluate.evaluate", broken)
    with pytest.raises(AssertionError, match="内部错误（不是您的文件的问题）：ZeroDivisionError: oops"):
        lsstd("assess", GOOD)
    monkeypatch.setenv("LSSTD_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        lsstd("assess", GOOD)


# A path without an ending may have been meant for a folder; a choice between forms names none of lsstd's classes, and
# tells each mistake once.
def test_what_is_missing_is_named_as_what_it_may_be(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    for name, found in (("nothing", "no such file or folder"), ("nothing.csv", "no such file;")):
        ran = lsstd("assess", tmp_path / name, "--lang", "en")
        assert (ran.status, found in ran.err) == (1, True)
        ran = lsstd("population", "gather", tmp_path / name, "-o", tmp_path / "x.csv", "--lang", "en")
        assert (ran.status, "no such folder" in ran.err) == (1, True)
    assumptions = tmp_path / "a.yaml"
    assumptions.write_text("standard: hlj-base-evaluation\nfacts: {live_rooms: {kind: x}}\n", encoding="utf-8")
    ran = lsstd("population", "generate", assumptions, "-o", tmp_path / "x.csv", "--lang", "en")
    assert ran.status == 1
    assert ran.err.count("facts.live_rooms.kind (line 2)") == 1
    assert "Chance" not in ran.err
    assert "Around" not in ran.err
