"""Making a report: its file's name, what its parameters mean, and what becomes of a template that fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from lsstd.errors import FileError, InvalidFile, LsstdError, ReportError, UnknownName
from lsstd.evaluation import evaluate_file
from lsstd.files.examples import example
from lsstd.reports.input import evaluated
from lsstd.reports.make import Order, execute, make_report, to_html

RURAL = example("small_rural")
TEMPLATE = Path("template {x}.ipynb")


def order(file: Path, folder: Path, **more: Any) -> Order:
    return Order(
        **{"file": file, "folder": folder, "standard": None, "readings": {}, "reforms": (), "lang": "zh", **more}
    )


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
@pytest.mark.usefixtures("no_kernel")
def test_a_subjects_name_stays_inside(tmp_path: Path, subject: str, page_of: Callable[[str], Any]) -> None:
    file = handed_in(tmp_path, "con.yaml", subject)
    told, path = make_report(order(file, tmp_path / "out"), set())
    assert told == subject
    assert path.resolve().parent == (tmp_path / "out").resolve()
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == [path.name]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["con.yaml", "out"]
    assert path.stem.split(".")[0].lower() != "con"
    page = page_of(path.read_text(encoding="utf-8"))
    assert not page.of("script")
    assert subject in page.text.replace("\r", "")
    assert len(page.of("title")) == 1


# A subject without a name is called after its file; two subjects of one name in one run get two files.
@pytest.mark.usefixtures("no_kernel")
def test_files_are_named_after_input_and_subject(tmp_path: Path) -> None:
    taken: set[Path] = set()
    nameless = handed_in(tmp_path, "base 01.yaml", "")
    made = [make_report(order(file, tmp_path / "out"), taken)[1].name for file in (nameless, RURAL, RURAL)]
    assert made == [
        "base 01.html",
        "small_rural_青冈县乡村直播共享基地（示例）.html",
        "small_rural_青冈县乡村直播共享基地（示例）-2.html",
    ]


# A report that cannot be made leaves an older one as it was, whether the input or the template is at fault.
def test_an_older_report_survives_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> None:
        raise papermill.PapermillExecutionError(0, 3, "", "ValueError", "it\nbroke", [])

    file = handed_in(tmp_path, "base.yaml", "冰城")
    old = tmp_path / "base_冰城.html"
    old.write_text("<!-- written by lsstd --> old")
    monkeypatch.setattr(papermill, "execute_notebook", lambda *_, **__: failing())
    with pytest.raises(ReportError, match="ValueError"):
        make_report(order(file, tmp_path), set())
    file.write_text("standard: hlj-base-evaluation\nanswers: {nope: met}\n")
    with pytest.raises(InvalidFile):
        make_report(order(file, tmp_path), set())
    assert old.read_text() == "<!-- written by lsstd --> old"


# A client that hangs or dies is tried once more, visibly to nobody; hanging twice is told.
@pytest.mark.parametrize("error", [DeadKernelError("Kernel died"), CellTimeoutError("too long"), RuntimeError("gone")])
def test_a_hung_client_is_tried_once_more(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert evaluated("small_rural").to_dict() == expected
    assert evaluated(str(RURAL), standard="hlj-base-evaluation", lang="en").to_dict() == expected
    strict = evaluated("small_rural", readings={"compound_rows": "all"})
    assert strict.readings["compound_rows"] == "all"
    file = handed_in(tmp_path, "base.yaml", "冰城")
    assert evaluated(str(file)).assessment.subject.name == "冰城"


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
        evaluated(**{"assessment": "small_rural", **parameters})


# A file of the user's own goes before an example of the same name, and a missing one is not taken for an example.
@pytest.mark.usefixtures("no_kernel")
def test_examples_do_not_stand_in_for_missing_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError):
        make_report(order(Path("near_aaa"), tmp_path), set())
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
