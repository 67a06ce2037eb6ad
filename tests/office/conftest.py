"""What the suites of this room share: a workbook to spoil, and the messages that reading it gives."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from lsstd import Standard, example, load_assessment, load_standard, read_workbook, write_workbook
from lsstd.errors import LsstdError


@pytest.fixture(scope="session")
def hlj() -> Standard:
    return load_standard("hlj-base-evaluation")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, hlj: Standard) -> Path:
    """The workbook of a made-up base, as written."""
    path = tmp_path_factory.mktemp("whole") / "whole.xlsx"
    write_workbook(hlj, path, load_assessment(example("near_aaa")))
    return path


def cell_of(book: Any, sheet: str, name: str, head: str) -> Any:
    """Return the cell in the column of a head, in the row of an id (or of any cell that says so)."""
    rows = list(book[sheet].iter_rows(max_row=120))
    column = next(cell.column for row in rows for cell in row if cell.value == head)
    row = next(cell.row for row in rows for cell in row if cell.value == name)
    return book[sheet].cell(row, column)


@pytest.fixture
def edited(whole: Path, tmp_path: Path) -> Callable[..., Path]:
    """Fill cells in as people would: ``edited({("自评", "village_rooms", "自评"): "满足"})``."""

    def edit(cells: dict[tuple[str, str, str], Any], name: str = "edited.xlsx") -> Path:
        book = load_workbook(whole)
        for (sheet, row, head), value in cells.items():
            cell = cell_of(book, sheet, row, head)
            cell.value = value
            if isinstance(value, str) and not value.startswith("=("):
                cell.data_type = "s"
        book.save(tmp_path / name)
        return tmp_path / name

    return edit


@pytest.fixture
def repacked(whole: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write the workbook's parts anew, one of them changed or another added."""

    def repack(part: str, change: Callable[[bytes], bytes]) -> Path:
        path = tmp_path / "repacked.xlsx"
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, change(old.read(name)) if name == part else old.read(name))
            if part not in old.namelist():
                new.writestr(part, change(b""))
        return path

    return repack


@pytest.fixture
def faults() -> Callable[..., list[tuple[str, str, str]]]:
    """Return where, found and expected (in English) of each problem that reading a file gives."""

    def told(path: Path, standard: Standard | None = None) -> list[tuple[str, str, str]]:
        with pytest.raises(LsstdError) as caught:
            read_workbook(path, standard)
        assert all(problem.found.zh and problem.expected.zh for problem in caught.value.problems)
        return [(problem.where, problem.found.en, problem.expected.en) for problem in caught.value.problems]

    return told
