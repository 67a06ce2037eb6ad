"""Making a report: its files' names, what its parameters mean, and what becomes of a template that fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from lsstd.errors import FileError, LsstdError, ReportError, UnknownName
from lsstd.files.cases import evaluate_file
from lsstd.files.places import example
from lsstd.reports.batch import Made
from lsstd.reports.notebook_report import execute, to_html
from lsstd.reports.plan import Order, make_reports
from lsstd.reports.report_types import READERS, read_base

RURAL = example("small_rural")
TEMPLATE = Path("template {x}.ipynb")


def made_of(folder: Path, *files: Path) -> list[Made]:
    return make_reports(Order(files, folder))


def handed_in(folder: Path, name: str, subject: str) -> Path:
    """Write an assessment of a subject of that name."""
    path = folder / name
    escaped = "".join(f"\\U{ord(char):08x}" for char in subject)
    path.write_text(f'standard: hlj-base-evaluation\nsubject: {{name: "{escaped}"}}\n', encoding="utf-8")
    return path


# Whatever a subject is called, its report is one file inside the folder, and its name is text on the page.
@pytest.mark.parametrize(
    "subject",
    [
        "../../x",
        "..\\..\\x",
        "/etc/passwd",
        "CON",
        "...",
        " ",
        "a\nb",
        "a\"b'c",
        "<script>alert(1)</script>",
        "</title><script>alert(1)</script>",
        "&lt;b&gt;",
        "{{ title }} {subject}",
        "长" * 300,
        "冰城\u202elmth.exe",
    ],
)
def test_a_subjects_name_stays_inside(tmp_path: Path, subject: str, page_of: Callable[[str], Any]) -> None:
    file = handed_in(tmp_path, "con.yaml", subject)
    (made,) = made_of(tmp_path / "out", file)
    path = made.files["html"]
    assert made.subject == subject
    assert path.resolve().parent == (tmp_path / "out").resolve()
    assert sorted(entry.name for entry in (tmp_path / "out").iterdir()) == sorted([".lsstd-reports.jsonl", path.name])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["con.yaml", "out"]
    assert path.stem.split(".")[0].lower() != "con"
    page = page_of(path.read_text(encoding="utf-8"))
    assert not page.of("script")
    assert subject in page.text.replace("\r", "")
    assert len(page.of("title")) == 1


# A subject without a name is called after its file; two subjects of one name get two files, in any order of runs.
def test_files_are_named_after_input_and_subject(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    nameless, here = handed_in(tmp_path, "base 01.yaml", ""), handed_in(tmp_path, "base.yaml", "冰城")
    there = handed_in(tmp_path / "other", "base.yaml", "冰城")
    names = [made.files["html"].name for made in made_of(tmp_path / "out", nameless, here, there)]
    assert names == ["base 01.html", "base_冰城.html", "base_冰城-2.html"]
    assert made_of(tmp_path / "out", there)[0].files["html"].name == "base_冰城-2.html"
    assert made_of(tmp_path / "out", there, here)[1].files["html"].name == "base_冰城.html"


# A kernel that dies or hangs is tried once more, unseen; doing so twice is an error.
@pytest.mark.parametrize("error", [DeadKernelError("died"), ConnectionResetError("gone"), CellTimeoutError("hung")])
def test_a_dead_process_is_tried_once_more(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[str] = []

    def hanging(times: int) -> Callable[..., str]:
        def run(path: str, *_: object, **__: object) -> str:
            attempts.append(path)
            if len(attempts) <= times:
                raise error
            return "executed"

        return run

    monkeypatch.setattr(papermill, "execute_notebook", hanging(1))
    assert execute(TEMPLATE, {}) == "executed"
    assert attempts == ["template {{x}}.ipynb"] * 2  # papermill takes single braces for parameters
    attempts.clear()
    monkeypatch.setattr(papermill, "execute_notebook", hanging(2))
    with pytest.raises(ReportError, match=type(error).__name__):
        execute(TEMPLATE, {})


# A cell that fails is told with its number, the error's kind and what it says, shortened.
def test_a_failing_cell_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise papermill.PapermillExecutionError(0, 3, "source", "InvalidFile", "x" * 5000, ["trace"])

    monkeypatch.setattr(papermill, "execute_notebook", failing)
    with pytest.raises(ReportError) as caught:
        execute(TEMPLATE, {})
    told = caught.value.to("en")
    assert "[3] InvalidFile: " in told
    assert TEMPLATE.name in told
    assert len(told) < 700


# --- what the parameters mean ---


# The template's parameters are a file or an example's name, a standard, readings and a language.
def test_parameters_of_the_template(tmp_path: Path) -> None:
    expected = evaluate_file(RURAL).to_dict()
    assert read_base("small_rural").result.to_dict() == expected
    assert (
        READERS["base"](assessment=str(RURAL), standard="hlj-base-evaluation", lang="en").result.to_dict() == expected
    )
    strict = read_base("small_rural", readings={"compound_rows": "all"})
    assert strict.result.readings["compound_rows"] == "all"
    file = handed_in(tmp_path, "base.yaml", "冰城")
    assert read_base(str(file)).subject == "冰城"


# A misspelt language, reading, standard or file stops the report before its first page.
@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"lang": "fr"}, ReportError),
        ({"lang": ""}, ReportError),
        ({"readings": {"compound": "all"}}, UnknownName),
        ({"standard": "hlj"}, UnknownName),
        ({"assessment": "near_aa"}, FileError),
        ({"assessment": "supply_chain"}, ReportError),
    ],
)
def test_wrong_parameters_stop_the_report(parameters: dict[str, Any], error: type[LsstdError]) -> None:
    with pytest.raises(error):
        READERS["base"](**{"assessment": "small_rural", **parameters})


# A file of the user's own goes before an example of the same name, and a missing one is not taken for an example.
def test_examples_do_not_stand_in_for_missing_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (made,) = made_of(tmp_path, Path("near_aaa"))
    assert "near_aaa" in made.failures["html"].en
    assert list(tmp_path.iterdir()) == []


# --- from notebook to page ---


def notebook_of(*cells: Any) -> Any:
    return nbformat.v4.new_notebook(cells=list(cells))


def shown(html: str, source: str = "secret_source()", **metadata: Any) -> Any:
    output = nbformat.v4.new_output("display_data", data={"text/html": html, "text/plain": "secret_plain"})
    return nbformat.v4.new_code_cell(source, outputs=[output], metadata=metadata)


# Sources and prompts are left out, outputs are kept as HTML, cells marked as hidden vanish whole.
def test_only_outputs_reach_the_page() -> None:
    notebook = notebook_of(
        nbformat.v4.new_markdown_cell("## 小结 Summary"),
        shown("<p>kept</p>"),
        shown("<p>hidden output</p>", tags=["hide"]),
        shown("<p>parameters</p>", tags=["parameters"]),
        shown("<p>injected</p>", tags=["injected-parameters"]),
    )
    html = to_html(notebook, "题目", "zh")
    assert "<p>kept</p>" in html
    assert "小结 Summary" in html
    for absent in (
        "secret_source",
        "secret_plain",
        "hidden output",
        "<p>parameters",
        "<p>injected",
        "¶",
        "anchor-link",
    ):
        assert absent not in html


# The title is text whatever it holds, and the page's language is that of the report.
@pytest.mark.parametrize(("lang", "code"), [("zh", "zh-CN"), ("en", "en")])
def test_title_and_language(lang: Any, code: str, evil: str, page_of: Callable[[str], Any]) -> None:
    page = page_of(to_html(notebook_of(shown("<p>kept</p>")), evil, lang))
    assert evil in page.text
    assert not page.of("script")
    assert page.of("html") == [{"lang": code}]
    assert len(page.of("h1")) == 0
