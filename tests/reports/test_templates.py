"""Templates and their parameters: typed, known before anything runs, and told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lsstd.errors import LsstdError
from lsstd.files.places import example
from lsstd.reports.templates import load_template, names, templates


def template(folder: Path, cell: str, heading: str = "# 我的报告 · My report") -> str:
    """Write a template with this cell of parameters; return its file."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(heading, metadata={"tags": ["hide"]}),
        nbformat.v4.new_code_cell(cell, metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print(repr(globals().get('clause')), repr(globals().get('share')))"),
    ]
    path = folder / "mine.ipynb"
    nbformat.write(notebook, path)
    return str(path)


CELL = """clause: str = "5.1.3"  # 条款 a clause
share: float = 0.5
count: int = 3
strict: bool = False
names: list[str] = []  # names, "quoted" # and more
options: dict[str, str] = {}
either: str | list[str] = ""
maybe: str | None = None
plain = 7
"""


# Every template of the package tells each parameter's type and meaning; its defaults are of that type.
def test_templates_tell_their_parameters() -> None:
    assert names()[0] == "base"
    for found in templates():
        assert found.title.zh != found.title.en
        assert found.files is not None
        found.check({name: parameter.default for name, parameter in found.parameters.items()})
        assert all(parameter.help for parameter in found.parameters.values())


# A cell's annotations and comments are read as they stand; without an annotation the default's type counts.
def test_a_cell_of_parameters(tmp_path: Path) -> None:
    found = load_template(template(tmp_path, CELL))
    assert (found.title.zh, found.title.en) == ("我的报告", "My report")
    told = {name: (p.kind, p.default, p.help) for name, p in found.parameters.items()}
    assert told["clause"] == ("str", "5.1.3", "条款 a clause")
    assert told["names"] == ("list[str]", [], 'names, "quoted" # and more')
    assert told["plain"] == ("int", 7, "")
    assert found.files is found.parameters["clause"]


# Values arrive as typed: text stays text whatever it looks like, several make a list, a dot sets one entry.
def test_values_arrive_as_typed(tmp_path: Path) -> None:
    found = load_template(template(tmp_path, CELL))
    given = {
        "clause": ["4.10"], "share": ["4.10"], "count": ["4"], "strict": ["true"], "names": ["4.10", "no"],
        "options.compound_rows": ["all"], "either": ["4.10"], "maybe": ["4.10"],
    }  # fmt: skip
    assert found.read(given) == {
        "clause": "4.10", "share": 4.1, "count": 4, "strict": True, "names": ["4.10", "no"],
        "options": {"compound_rows": "all"}, "either": ["4.10"], "maybe": "4.10",
    }  # fmt: skip
    assert found.read({"names": ['["a", "b"]'], "options": ['{"a": "b"}']}) == {
        "names": ["a", "b"],
        "options": {"a": "b"},
    }


# Whatever is unknown or of another type is told at once, with the nearest name or the right type.
def test_wrong_parameters_are_told_together(tmp_path: Path) -> None:
    found = load_template(template(tmp_path, CELL))
    given = {"shares": ["1"], "share": ["half"], "count": ["4.5"], "strict": ["yes"], "options": ["[1]"], "xyz": [""]}
    with pytest.raises(LsstdError) as caught:
        found.read(given)
    assert {problem.where for problem in caught.value.problems} == set(given)
    told = caught.value.to("en")
    assert "did you mean share?" in told
    assert "of type float" in told
    assert "of type bool" in told


# What is no template is told as such: another file, a cell that computes, an annotation that is no type.
@pytest.mark.parametrize(
    "cell", ["x = open('a')", "import os", "x: int[str] = 1", "x: Path = 'a'", "x: int", "def f(): ...", "x = = 1"]
)
def test_cells_that_compute_are_refused(tmp_path: Path, cell: str) -> None:
    with pytest.raises(LsstdError, match="name: type = literal"):
        load_template(template(tmp_path, cell))


# A notebook without a cell of parameters is no template; one of one's own is not taken for one of the package's, and
# its files go to the parameter with the usual name.
def test_templates_of_ones_own(tmp_path: Path) -> None:
    bare = tmp_path / "bare.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), bare)
    with pytest.raises(LsstdError, match="no cell of parameters"):
        load_template(str(bare))
    (tmp_path / "mine.ipynb").unlink(missing_ok=True)
    found = load_template(template(tmp_path, 'clause: str = ""\nassessment: str = ""'))
    assert found.files is found.parameters["assessment"]
    base = (tmp_path / "mine.ipynb").rename(tmp_path / "base.ipynb")
    assert load_template(str(base)).name == "base.ipynb"


# A file that is no notebook, a missing one, an unknown name.
def test_what_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text('{"cells": 3}')
    (tmp_path / "b.ipynb").write_text("no json")
    for name in (str(tmp_path / "a.ipynb"), str(tmp_path / "b.ipynb"), str(tmp_path / "c.ipynb")):
        with pytest.raises(LsstdError):
            load_template(name)
    with pytest.raises(LsstdError, match="did you mean impact"):
        load_template("impakt")


# The command lists templates and parameters, and refuses wrong ones before anything is started.
def test_the_command_lists_and_refuses(tmp_path: Path, lsstd: Callable[..., Any]) -> None:
    listed = lsstd("report", "--list", "--json").parsed
    assert [entry["template"] for entry in listed] == names()
    assert listed[0]["parameters"][0] == {
        "name": "assessment",
        "type": "str",
        "default": "near_aaa",
        "help": load_template("base").parameters["assessment"].help,
        "files": True,
    }
    assert "compound_rows" not in lsstd("report", "--list").out
    own = lsstd("report", "--list", "--template", template(tmp_path, CELL), "--lang", "en")
    assert "My report" in own.out
    for wrong in (
        ["--set", "langs=en"],
        ["--set", "lang"],
        ["--set", "lang=fr"],
        ["--set", "assessment=x"],
        ["--template", "bass"],
        ["--to", "html,doc"],
    ):
        ran = lsstd("report", example("near_aaa"), *wrong, "-o", tmp_path / "out")
        assert ran.status == 1
        assert not (tmp_path / "out").exists()
    assert lsstd("report", "-o", tmp_path / "out").status == 2


# A template of one's own runs with typed parameters from the command line, for each file.
@pytest.mark.slow
def test_a_template_of_ones_own(tmp_path: Path, lsstd: Callable[..., Any]) -> None:
    mine = template(tmp_path, 'file: str = ""  # a file\nclause: str = "5.1.3"\nshare: float = 0.5')
    ran = lsstd(
        "report", example("near_aaa"), "--template", mine, "--set", "clause=4.10", "--set", "share=4.10",
        "-o", tmp_path / "out", "--json",
    )  # fmt: skip
    (entry,) = json.loads(ran.out)["files"]
    page = Path(entry["path"]).read_text(encoding="utf-8")
    assert Path(entry["path"]).name == "mine_near_aaa.html"
    assert "'4.10' 4.1" in page.replace("&#39;", "'")
    assert "我的报告" in page
