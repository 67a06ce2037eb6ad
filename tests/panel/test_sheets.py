"""Sheets: which belong together, and which are refused, by file or cell, with what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Outcome
from openpyxl import load_workbook
from panel_sheets import BASE, STANDARD, write_sheet

from lsstd import LsstdError, load_assessment, panel, save_assessment
from lsstd.files.assessments import dump_assessment
from lsstd.office.self_score import mark_of
from lsstd.panel.sheets import load_sheet

HOSTS = {"anchor_training": 14}


def told(folder: Path) -> list[str]:
    """Return what is said of each sheet that does not count; those of e1 and e2 always do."""
    found = panel(folder)
    assert {"e1", "e2"} <= set(found.experts)
    return [problem.to("en") for error in found.refused for problem in error.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sound sheets and the self-score."""
    for expert in ("e1", "e2", None):
        write_sheet(tmp_path, expert, HOSTS)
    return tmp_path


# Each sheet that does not belong to the others is refused with its line, what was found and what would be right; the
# good ones are kept.
@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"subject": {"name": "另一基地", "id": "b9"}}, "subject.id (line 93): 另一基地 (b9); expected: 示例基地 (b1)"),
        ({"made_for": "2022"}, f"made_for (line 95): 2022; expected: draft ({mark_of(STANDARD)})"),
        ({"expert": {"conflicts": ["别的基地", "示例基地"]}}, "a conflict of interest that e3 declared: 示例基地"),
        ({"expert": {"conflicts": ["b1"]}}, "a conflict of interest that e3 declared: b1"),
        ({"stage": "self"}, "stage (line 5): self; expected: papers / site / final"),
        ({"stage": "night"}, "stage (line 5): 'night'; expected: one of 'self', 'papers', 'site' or 'final'"),
        ({"answers": {"village_rooms": {"score": 6}}}, "answers.village_rooms.score"),
        ({"answers": {"village_room": "met"}}, "unknown criterion; did you mean village_rooms?"),
        ({"log": [{"when": "2025-03-01", "who": "e3", "row": "village_rooms", "to": 3, "why": "x"}]}, "log.0.to"),
        ({"log": [{"when": "2025-03", "who": "e3", "row": "anchor_training", "to": 14, "why": "x"}]}, "log.0.when"),
        ({"log": [{"when": "2025-03-01", "who": "e3", "row": "hosts", "to": 14, "why": "x"}]}, "log.0.row"),
        ({"expert": {"id": ""}}, "expert.id"),
    ],
)
def test_a_sheet_that_does_not_belong(header: dict[str, Any], said: str, folder: Path) -> None:
    write_sheet(folder, "e3", HOSTS, **header)
    (problem,) = told(folder)
    assert said.split(" (line")[0] in problem
    assert said.rpartition("): ")[2] in problem


# Two sheets of one expert at one stage: neither counts, since nobody can tell which; at two stages both are in order.
def test_two_sheets_of_one_expert(folder: Path) -> None:
    write_sheet(folder, "e3", HOSTS)
    write_sheet(folder, "e3", HOSTS, name="again")
    problems = told(folder)
    assert ["again.yaml, too" in problem or "e3.yaml, too" in problem for problem in problems] == [True, True]
    (folder / "again.yaml").unlink()
    write_sheet(folder, "e3", {"anchor_training": 2}, name="papers", stage="papers")
    found = panel(folder)
    assert (found.refused, list(found.stages), found.experts) == ((), ["self", "papers", "site"], ("e1", "e2", "e3"))
    assert panel(folder, stage="papers").experts == ("e3",)


# A round is named once by most: a sheet of another one is refused; one that names none belongs to it.
def test_another_round(folder: Path) -> None:
    write_sheet(folder, "e3", HOSTS, round="2025")
    write_sheet(folder, "e4", HOSTS, round="2025")
    write_sheet(folder, "e5", HOSTS, round="2023")
    (problem,) = told(folder)
    assert problem.startswith("round (line")
    assert problem.endswith("2023; expected: 2025")
    assert panel(folder, round="2023").experts == ("e1", "e2", "e5")


# Without a self-score, what most sheets say is what the panel is about; of a tie nobody can tell, and all are named.
def test_what_the_panel_is_about(tmp_path: Path) -> None:
    write_sheet(tmp_path, "e1", HOSTS)
    write_sheet(tmp_path, "e2", HOSTS, subject={"name": "另一基地", "id": "b9"})
    with pytest.raises(LsstdError, match="one base for all sheets") as error:
        panel(tmp_path)
    assert len(error.value.problems) == 2
    write_sheet(tmp_path, "e3", HOSTS, subject={"name": BASE["name"]})  # without an id the name tells
    assert panel(tmp_path).experts == ("e1", "e3")


# Nothing but a self-score is no panel.
def test_no_sheet_of_an_expert(tmp_path: Path) -> None:
    with pytest.raises(LsstdError, match="no sheet of an expert"):
        panel([write_sheet(tmp_path, None, HOSTS)])


# A sheet is an assessment: every other command takes it, and saving keeps all of its header.
def test_a_sheet_is_an_assessment(folder: Path, tmp_path: Path, lsstd: Callable[..., Outcome]) -> None:
    log = [{"when": "2025-03-01", "who": "e3", "row": "anchor_training", "from": 8, "to": 14, "why": "补充材料"}]
    path = write_sheet(folder, "e3", HOSTS, log=log, round="2025", expert={"conflicts": ["别的基地"], "name": "丙"})
    save_assessment(load_assessment(path), tmp_path / "again.yaml")
    assert load_assessment(tmp_path / "again.yaml") == load_assessment(path)
    assert lsstd("assess", path, "--json").status == lsstd("explain", path, "anchor_training").status == 0
    assert load_sheet(path).log[0].after == 14


# ── workbooks ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def workbook(tmp_path: Path, lsstd: Callable[..., Outcome]) -> Path:
    """The sheet of e7 for the base of a made-up assessment, as written."""
    own, path = write_sheet(tmp_path, None, {"anchor_training": 20}, name="own"), tmp_path / "e7.xlsx"
    made = lsstd("workbook", own, "--for", "expert", "--expert", "e7", "--stage", "site", "--round", "2025", "-o", path)
    assert made.status == 0
    return path


def fill(path: Path, cells: dict[tuple[str, str, str], Any]) -> Path:
    """Fill cells in, each by its sheet, the id (or any cell) of its row and the head of its column."""
    book = load_workbook(path)
    for (sheet, name, head), value in cells.items():
        rows = list(book[sheet].iter_rows())
        column = next(cell.column for row in rows for cell in row if cell.value == head)
        line = next(cell.row for row in rows for cell in row if cell.value == name)
        book[sheet].cell(line + (name == head), column).value = value
    book.save(path)
    return path


# A workbook goes out blind (no answer, no fact, no self-score) and comes back with what the expert filled in.
def test_a_workbook_there_and_back(workbook: Path) -> None:
    texts = [str(cell.value) for sheet in load_workbook(workbook) for row in sheet.iter_rows() for cell in row]
    assert not any("自评" in text for text in texts)
    first = "修改日期"
    cells = {
        ("评分", "anchor_training", "评分"): 14,
        ("评分", "anchor_training", "理由"): "现场未见台账",
        ("评分", "village_rooms", "评分"): "满足",
        ("专家", "expert.conflicts", "填写内容"): "甲基地；乙基地",
    }
    fill(workbook, cells)
    book = load_workbook(workbook)
    row = next(c.row for line in book["修改记录"].iter_rows() for c in line if c.value == first) + 1
    for column, value in enumerate(("2025-03-01", "e7", "26 主播素质", 8, 14, "补充材料"), 1):
        book["修改记录"].cell(row, column).value = value
    book.save(workbook)
    sheet = load_sheet(workbook)
    assert (sheet.expert.id, sheet.stage, sheet.assessment.round) == ("e7", "site", "2025")
    assert sheet.expert.conflicts == ("甲基地", "乙基地")
    assert sheet.assessment.answers["anchor_training"].note == "现场未见台账"
    assert (sheet.log[0].row, sheet.log[0].before, sheet.log[0].after) == ("anchor_training", 8, 14)
    assert set(sheet.assessment.answers) == {"anchor_training", "village_rooms"}
    found = panel([workbook])
    assert found.score[:2] == (14 + 5, 500 - 6)  # what was not scored is open


# The sheet written from a filled-in one says the same again.
def test_a_filled_sheet_as_a_workbook(workbook: Path, tmp_path: Path, lsstd: Callable[..., Outcome]) -> None:
    fill(workbook, {("评分", "anchor_training", "评分"): 14})
    assert lsstd("import", workbook, "-o", tmp_path / "s.yaml").status == 0
    assert lsstd("workbook", tmp_path / "s.yaml", "-o", tmp_path / "again.xlsx").status == 0
    one, other = (dump_assessment(load_sheet(path).assessment) for path in (workbook, tmp_path / "again.xlsx"))
    assert one == other


# An altered workbook is refused by sheet and cell: changed wording, moved rows, points out of range, a deleted sheet.
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({("评分", "anchor_training", "评价内容"): "改了"}, "评分 E"),
        ({("评分", "anchor_training", "评分"): 21}, "from 0 to 20"),
        ({("评分", "anchor_training", "分值"): 30}, "20, as it was"),
        ({("专家", "stage", "填写内容"): "夜间"}, "夜间'; expected: review of papers, visit on site, final"),
        ({("专家", "stage", "填写内容"): None}, "missing; expected: review of papers, visit on site, final"),
        ({("专家", "expert.id", "填写内容"): None}, "专家 B"),
    ],
)
def test_an_altered_workbook(cells: dict[tuple[str, str, str], Any], said: str, workbook: Path) -> None:
    with pytest.raises(LsstdError) as error:
        load_sheet(fill(workbook, cells))
    assert said in error.value.to("en")


# The lines above a table are no wider than it, or all of it would print smaller.
def test_lines_above_the_table_wrap(workbook: Path) -> None:
    sheet = load_workbook(workbook)["专家"]
    assert {str(cells) for cells in sheet.merged_cells.ranges} == {"A2:C2", "A3:C3"}
    assert sheet["A2"].alignment.wrap_text
    assert sheet.row_dimensions[2].height > sheet.row_dimensions[3].height


# Rows that were moved whole, with their ids and scores, are refused by the first one that stands elsewhere.
def test_whole_rows_moved(workbook: Path) -> None:
    book = load_workbook(workbook)
    sheet = book["评分"]
    for column in range(1, sheet.max_column + 1):
        first, second = sheet.cell(9, column), sheet.cell(12, column)
        first.value, second.value = second.value, first.value
    book.save(workbook)
    with pytest.raises(LsstdError) as error:
        load_sheet(workbook)
    (problem,) = error.value.problems
    assert (problem.where[:2], problem.where[-1]) == ("评分", "9")
    assert problem.found.en.startswith("the row “7 ")
    assert "here “4 " in problem.expected.en


# A date in the log that is none is told once, not as missing, too; a row may be named by its number alone.
def test_the_log_of_a_workbook(workbook: Path) -> None:
    book = load_workbook(workbook)
    for column, value in enumerate(("2025-13-01", "甲", "2", 3, 4, "看错"), 1):
        book["修改记录"].cell(5, column, value)
    book.save(workbook)
    with pytest.raises(LsstdError) as error:
        load_sheet(workbook)
    assert [problem.where for problem in error.value.problems] == ["修改记录 A5"]


# A sheet that is missing is named as the expert's workbook names it.
def test_the_scores_deleted(workbook: Path) -> None:
    book = load_workbook(workbook)
    del book["评分"]
    book.save(workbook)
    with pytest.raises(LsstdError, match=r"评分: there is no sheet “scores”; expected: .*score given"):
        load_sheet(workbook)


# Rows whose scores were moved apart from their wording, and the sheet about the expert deleted, are told.
def test_moved_rows_and_a_missing_sheet(workbook: Path) -> None:
    book = load_workbook(workbook)
    sheet = book["评分"]
    one, other = (
        next(c.row for line in sheet.iter_rows() for c in line if c.value == name)
        for name in ("anchor_training", "village_rooms")
    )
    for column in range(1, 7):  # all but the ids
        first, second = sheet.cell(one, column), sheet.cell(other, column)
        first.value, second.value = second.value, first.value
    book.save(workbook)
    with pytest.raises(LsstdError, match="评分 E"):
        load_sheet(workbook)
    del book["专家"]
    book.save(workbook)
    with pytest.raises(LsstdError, match="there is no sheet “expert”"):
        load_sheet(workbook)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


# One bad sheet of many: it is named on stderr, the result of the others is given and says so, the exit status is 1.
def test_one_bad_sheet(folder: Path, lsstd: Callable[..., Outcome]) -> None:
    write_sheet(folder, "e3", {"anchor_training": 99})
    run = lsstd("panel", *sorted(folder.glob("*.yaml")), "--json", "--lang", "en")
    assert run.status == 1
    assert "e3.yaml is not a valid assessment" in run.err
    assert [each["id"] for each in run.parsed["experts"]] == ["e1", "e2"]
    assert "answers.anchor_training.score" in run.parsed["refused"][0]["problems"][0]
    assert "not counted, for the reasons below: 1 sheet." in lsstd("panel", folder, "--lang", "en").out


# Folders and files can be named together, in any order: the experts' sheets in one place, the self-score in another.
def test_a_folder_and_a_file(folder: Path, lsstd: Callable[..., Outcome]) -> None:
    whole = lsstd("panel", folder, "--json").parsed
    (folder / "base").mkdir()
    own = (folder / "self.yaml").rename(folder / "base" / "own.yaml")
    assert lsstd("panel", folder, own, "--json").parsed == lsstd("panel", own, folder, "--json").parsed == whole
    assert [stage["stage"] for stage in whole["stages"]] == ["self", "site"]


# The keys of the contract, in JSON; ratings in the order of the experts.
def test_the_json_of_a_panel(lsstd: Callable[..., Outcome]) -> None:
    found = lsstd("panel", "data/panels/flip", "--json").parsed
    assert set(found["experts"][0]) == {"id", "score", "grade", "severity", "rows_scored"}
    assert {"score", "grade", "combination", "rows", "agreement", "flips", "without"} <= set(found)
    assert set(found["rows"][0]) == {"criterion", "ratings", "combined", "spread"}
    assert all(len(row["ratings"]) == len(found["experts"]) for row in found["rows"])
    assert found["score"] == pytest.approx(sum(row["combined"] for row in found["rows"]))
    assert found["flips"][0]["criterion"] == "anchor_training"
    assert [each["expert"] for each in found["without"]] == [each["id"] for each in found["experts"]]


# Options reach the combination; what cannot be is told.
def test_options_of_the_command(lsstd: Callable[..., Outcome]) -> None:
    shares = ("--group", "商务=40", "--group", "技术=60")
    how = ("--rule", "median", "--level", "total", "--rounding", "0.5")
    found = lsstd("panel", "data/panels/flip", *shares, *how, "--json").parsed
    assert found["combination"]["groups"] == {"商务": 40, "技术": 60}
    assert found["score"] == 400.5  # 40 % of (407 + 408) / 2 and 60 % of 396 are 400.6, to the half
    assert lsstd("panel", "data/panels/flip", "--trim-from", "2").status == 1
    assert lsstd("panel", "data/panels/flip", "--group", "商务").status == 1
    assert lsstd("panel", "data/panels/flip", "--group", "商务=x").status == 1
    assert lsstd("panel", "data/panels/flip", "--stage", "final").status == 1
    assert lsstd("panel", "data/panels/nowhere").status == 1
    assert lsstd("workbook", "hlj-base-evaluation", "--expert", "e1", "-o", "x.xlsx").status == 2


# A report holds the same in every format, and whose word decides; nobody's name stands in it.
@pytest.mark.parametrize("ending", ["html", "docx", "xlsx"])
def test_a_report(ending: str, tmp_path: Path, lsstd: Callable[..., Outcome]) -> None:
    path = tmp_path / f"panel.{ending}"
    assert lsstd("panel", "data/panels/one_strict", "-o", path).status == 0
    assert path.stat().st_size > 10_000
    if ending == "html":
        text = path.read_text(encoding="utf-8")
        assert "等级只以评审专家组的评定（8.3.3）、行业主管部门的公告（9.3）为准" in text
        assert "专家1（虚构）" not in text


# What bars a grade is told first: a failed condition, a veto; the facts of the sheets come before those claimed.
def test_what_bars_a_grade(folder: Path, lsstd: Callable[..., Outcome]) -> None:
    write_sheet(folder, None, HOSTS, facts={"office_area": 1200, "data_falsified": False})
    assert panel(folder).standing.eligible is None
    write_sheet(folder, "e3", HOSTS, facts={"office_area": 900})
    assert panel(folder).to_dict()["eligible"] is False
    first = lsstd("panel", folder, "--lang", "en").out.splitlines()[1]
    assert first.startswith("Conditions not met: ")
    assert "(5.1.3)" in first
    write_sheet(folder, "e2", HOSTS, facts={"data_falsified": True})
    out = lsstd("panel", folder, "--lang", "en").out
    assert "Disqualified from taking part" in out.splitlines()[1]
    assert "Smallest re-scoring" not in out
