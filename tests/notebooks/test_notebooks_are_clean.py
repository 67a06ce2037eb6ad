"""Every committed notebook is what `normalise.py` writes, with no errors, long cells or absolute paths."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest

from lsstd.errors import ReportError
from lsstd.reports.notebook_report import open_study

SCRIPT = Path(__file__).with_name("normalise.py")
_spec = importlib.util.spec_from_file_location("normalise", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
normalise = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(normalise)

NOTEBOOKS = normalise.all_notebooks()
ABSOLUTE = re.compile(r"(?<![\w.:/<])/(home|root|tmp|work|usr|opt|var|mnt|Users)/|\b[A-Za-z]:\\|file://")
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path: Path) -> list[Any]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def texts(value: Any) -> list[str]:
    """All texts in a cell, but for pictures, whose encoding may look like anything."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() if not key.startswith("image/") for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


# There are notebooks, so that the tests below test something.
def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


# Each file is, byte for byte, the one form that `python run.py notebooks` writes.
@every_notebook
def test_is_normalised(path: Path) -> None:
    assert normalise.is_normalised(path), "run: python run.py notebooks"


# A reader on the web sees results: every cell with code was run, in order, and none failed.
@every_notebook
def test_was_run_without_errors(path: Path) -> None:
    cells = [cell for cell in code_cells(path) if cell.source.strip()]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]


# A cell is one idea: at most ten lines of code.
@every_notebook
def test_has_short_cells(path: Path) -> None:
    for cell in code_cells(path):
        lines = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]
        assert len(lines) <= 10, cell.id


# Nothing in a notebook points to a place on the machine that made it.
@every_notebook
def test_names_no_absolute_path(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        assert not [text for text in texts(cell) if ABSOLUTE.search(text)], cell.id


# A cell that draws (`_ = x.plot()`, so that no address of an object is printed) shows what it draws, with a title.
@every_notebook
def test_drawings_are_shown(path: Path) -> None:
    for cell in code_cells(path):
        last = cell.source.rstrip().splitlines()[-1]
        if re.match(r"_ = ", last):
            assert any("image/png" in output.get("data", {}) for output in cell.outputs), last


# Normalising drops what says nothing of the results, notes where a form stood, keeps tags; twice is once.
def test_normalising_is_idempotent() -> None:
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "0f" * 16}, "text/plain": "IntSlider()"}
    run = nbformat.v4.new_output("execute_result", view, execution_count=7)
    cell = nbformat.v4.new_code_cell("x", execution_count=7, outputs=[run])
    cell.metadata = {"tags": ["parameters"], "execution": {"iopub.execute_input": "2026-01-01T00:00:00Z"}}
    book = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}, "papermill": {"duration": 1.5}})
    once = nbformat.reads(normalise.normalised(book), as_version=4)
    (clean,) = once.cells
    assert (clean.id, clean.metadata, clean.execution_count) == ("cell-00", {"tags": ["parameters"]}, 1)
    assert clean.outputs[0].data == {"text/plain": normalise.FORM}
    assert once.metadata == {"kernelspec": normalise.KERNELSPEC, "language_info": {"name": "python"}}
    assert normalise.normalised(once) == normalise.normalised(book)


# `--check` runs nothing, lists what is not normalised, and exits with 1.
def test_check_lists_what_is_not_normalised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "raw.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    assert normalise.main(["--check", str(path)]) == 1
    assert "raw.ipynb: not normalised" in capsys.readouterr().out
    path.write_text(normalise.normalised(nbformat.read(path, as_version=4)), encoding="utf-8")
    assert normalise.main(["--check", str(path)]) == 0


# Every chart of an essay has a title, and no cell ends in the address of an object or a semicolon that hides it.
@every_notebook
def test_charts_have_titles(path: Path) -> None:
    for cell in code_cells(path):
        drawn = re.findall(r"^.*\.plot(?:_\w+)?\(.*$", cell.source, re.MULTILINE)
        assert not [line for line in drawn if not line.startswith("_ = ") or "title=" not in line], cell.id


OWN = {
    "11_score_sensitivity": {"assessment": "small_rural"},
    "12_how_sure_is_a_grade": {"assessment": "contradictory"},
    "20_threshold_laboratory": {"population": "made_up_60", "changes": {"lines.AAA": 410}, "line": "A"},
    "22_two_editions": {"assessment": "small_rural", "population": "made_up_60"},
}


# The essays run for one's own base or population, in English, with no change of code.
@pytest.mark.slow
@pytest.mark.parametrize("name", OWN)
def test_essays_run_for_another_base_in_english(name: str, tmp_path: Path) -> None:
    given, made = NOTEBOOKS[0].with_name(f"{name}.ipynb"), tmp_path / "made.ipynb"
    values = {**OWN[name], "lang": "en"}
    papermill.execute_notebook(str(given), str(made), values, kernel_name="python3", progress_bar=False)
    printed = [out.get("text") or out["data"]["text/plain"] for cell in code_cells(made) for out in cell.outputs]
    assert len(printed) > 4
    own = re.compile(rf"[\u4e00-\u9fff]+（示例）|{re.escape(normalise.FORM)}")  # a base keeps its name
    assert not [text for text in printed if re.search(r"[\u4e00-\u9fff]", own.sub("", text))]


# Papermill only warns of a parameter that an essay does not have: here it is an error that names the nearest.
def test_a_misspelt_parameter_is_refused() -> None:
    cells = {"In": ["", 'assessment: str = "near_aaa"', "# Parameters\nassesment = 'mine.yaml'\n"]}
    with pytest.raises(ReportError, match="did you mean assessment"):
        open_study({**cells, "assessment": "near_aaa", "assesment": "mine.yaml"})
    with pytest.raises(ReportError, match="of type str"):
        open_study({"standard": 4.1})
