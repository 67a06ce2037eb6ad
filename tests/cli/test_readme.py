"""The READMEs' commands run as printed: each is run here, or excused by name with the reason."""

import importlib.util
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.pyplot as plt
import pytest
from templates_here import execute_here

import lsstd as package
from lsstd import load_assessment
from lsstd.reports.notebook_report import to_html
from lsstd.reports.pdf import browser

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
EXCUSED = {
    r"pip install .*": "installs; tests/test_setup.py builds the wheel and installs it",
    r"conda env create .*": "installs; tests/test_setup.py keeps environment.yml in agreement",
    r"lsstd import .*": "reads what the command above it wrote; tests/cli/test_office.py runs both",
    r"lsstd lab": "starts a server; tests/cli/test_lab.py looks at what it would start",
    r"lsstd app( .*)?": "starts a server; tests/browser uses it",
    r"lsstd page .*": "downloads once, and packs for seconds; tests/browser opens what it writes",
    r"lsstd population gather .*": "a folder of the reader's; tests/population gathers one",
    r"lsstd verify( .*)?": "reads what the commands above it wrote; tests/reports/test_verify.py runs them all",
    r"lsstd report FILE .*": "names a template of the reader's; tests/reports/test_templates.py has one",
}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:lsstd|python run\.py|py run\.py|pip|conda)(?: [^`]+)?)`")


def blocks(name: str, *kinds: str) -> list[str]:
    """Return the fenced blocks of these kinds."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [body for kind, body in FENCE.findall(text) if kind in kinds]


def commands(name: str) -> list[str]:
    """Return the commands of a README, those of its blocks first; in a block with prompts, the lines with prompts."""
    found = []
    for block in blocks(name, "bash", "console", "sh", "shell"):
        lines = [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]
        prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        found += [line.split(" #")[0].strip() for line in prompted or lines if not line.startswith("#")]
    text = FENCE.sub("", (ROOT / name).read_text(encoding="utf-8"))
    found += [span for span in INLINE.findall(text) if " " in span]
    return list(dict.fromkeys(found))


# Each command once, however many READMEs show it.
CASES = list({command: name for name in READMES for command in commands(name)}.items())


@pytest.fixture
def run() -> ModuleType:
    """The module run.py."""
    spec = importlib.util.spec_from_file_location("run_of_the_readme", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def elsewhere(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a copy of the data, so that nothing is written into the checkout.

    Where a command makes a report for each of many bases, it holds only a few of them.
    """
    shutil.copytree(ROOT / "data", tmp_path / "data")
    if re.match(r"lsstd report .*(\*|\.csv)", command):
        for file in sorted((tmp_path / "data" / "portfolio").glob("*/*.yaml")):
            if file.stem > "base_04":
                file.unlink()
        for file in (tmp_path / "data" / "populations").glob("*.csv"):
            file.write_text("".join(file.read_text("utf-8-sig").splitlines(keepends=True)[:5]), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# A command is run as printed and ends with status 0; one that nobody knows how to judge fails here.
@pytest.mark.parametrize(("command", "name"), CASES)
def test_commands_run_as_printed(
    command: str,
    name: str,
    lsstd: Callable[..., Any],
    run: ModuleType,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    excuse = next((reason for pattern, reason in EXCUSED.items() if re.fullmatch(pattern, command)), None)
    if excuse:
        pytest.skip(excuse)
    words = shlex.split(command)
    if "pdf" in words and not browser():
        pytest.skip("a PDF needs Edge, Chrome or Chromium here, or WeasyPrint")
    before = set((ROOT / "reports").iterdir())
    if words[0] == "lsstd":
        ran = lsstd(*words[1:])
        assert ran.status == 0, ran.err
        assert ran.out or ran.err
        if words[1] == "report" and "--list" not in words:
            folder = elsewhere / (words[words.index("-o") + 1] if "-o" in words else "reports")
            formats = words[words.index("--to") + 1].split(",") if "--to" in words else ["html"]
            assert all(list(folder.glob(f"*.{kind}")) for kind in formats)
    elif words[:2] in (["python", "run.py"], ["py", "run.py"]):
        called = jobs_called(run, monkeypatch, lsstd, words[2:])
        if not words[2:]:
            assert [call[:3] for call in called] == [("-m", "lsstd", "assess"), ("-m", "lsstd", "report")]
            assert list((elsewhere / "reports").glob("*.html"))
    elif words[0] == "papermill":  # tests/notebooks runs every template in a kernel; here its cells are run in place
        assert "<section" in to_html(execute_here(ROOT / words[1], {}), "", "zh")
    else:
        pytest.fail(f"{name}: no test knows how to judge {command!r}")
    assert set((ROOT / "reports").iterdir()) == before


def jobs_called(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, lsstd: Callable[..., Any], arguments: list[str]
) -> list[tuple[str, ...]]:
    """Run a job of run.py as if installed: lsstd's commands here, scripts only looked for. Return what it called."""
    called: list[tuple[str, ...]] = []

    def call(*words: str) -> int:
        called.append(words)
        if words[:2] == ("-m", "lsstd"):
            return 0 if words[2] in ("app", "lab") else lsstd(*words[2:]).status
        assert (ROOT / words[0]).is_file(), f"run.py calls {words[0]}, which is not there"
        return 0

    monkeypatch.setattr(run, "call", call)
    monkeypatch.setattr(run, "is_complete", lambda *_: True)
    monkeypatch.setattr(run, "install", lambda *_: pytest.fail("run.py would install"))
    assert run.main(arguments) == 0
    assert called
    return called


# Both READMEs show the same commands (but for --lang, since each shows its own language).
def test_both_readmes_show_the_same_commands() -> None:
    shown = [{re.sub(r" --lang \w+", "", command) for command in commands(name)} for name in READMES]
    assert shown[0] == shown[1]
    assert {"python run.py", "python run.py test", "pip install ."} <= shown[0]


# The two commands that a newcomer needs stand on the first screen.
@pytest.mark.parametrize("name", READMES)
def test_the_first_screen_tells_how_to_start(name: str) -> None:
    first_screen = (ROOT / name).read_text(encoding="utf-8").splitlines()[:24]
    assert "python run.py" in first_screen
    assert "python run.py test" in first_screen


# The example file in a README is an assessment, and the Python in it runs.
@pytest.mark.parametrize("name", READMES)
def test_examples_in_the_readme_work(name: str, tmp_path: Path) -> None:
    (example,) = blocks(name, "yaml")
    file = tmp_path / "own.yaml"
    file.write_text(example, encoding="utf-8")
    assessment = load_assessment(file)
    assert assessment.facts
    assert {answer.form for answer in assessment.answers.values()} >= {"state", "score", "parts"}
    (code,) = blocks(name, "python")
    names: dict[str, Any] = {}
    exec(compile(code, name, "exec"), names)
    plt.close("all")
    assert isinstance(names["result"], package.Result)


# What the READMEs point to is there.
@pytest.mark.parametrize("name", READMES)
def test_links_and_paths_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    paths = re.findall(r"`((?:notebooks|data|lsstd|tests|reports)/[\w./-]*)`", text)
    assert links
    assert paths
    assert [path for path in links + paths if not (ROOT / path).exists()] == []


# Both READMEs list every notebook with what it is for; those for reports stand in one line.
@pytest.mark.parametrize("name", READMES)
def test_every_notebook_is_listed(name: str) -> None:
    listed = re.findall(r"^\| `notebooks/([\w.]+)` \| \S", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
