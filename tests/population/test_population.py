"""Populations come from many files; all that is wrong with one is told at once."""

import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from lsstd.engine.evaluate import evaluate
from lsstd.errors import FileError, InvalidFile
from lsstd.files.assessments import load_assessment
from lsstd.files.places import data
from lsstd.population import table_files as tables
from lsstd.population.population import anonymise, as_csv, load_population
from lsstd.population.scoring import scores_of
from lsstd.standard.standard import Standard

HEAD = "id,weight,group.region,opened,live_rooms,data_falsified,village_rooms,live_equipment.maintenance_recorded"
LINES = ["001,2,哈尔滨,2021-05,14,false,5,1", "002,1.5,大庆,,,,,", "003,1,,2024-06-01,0,TRUE,2.5,0"]


def written(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "p.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


def faults(source: Any, standard: Standard) -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(InvalidFile) as caught:
        load_population(source, standard)
    return [(p.where, p.line, p.found.en, p.expected.en) for p in caught.value.problems]


# The same table as UTF-8, with a byte order mark, and as Chinese Excel writes it, separated by tabs too.
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv(encoding: str, separator: str, tmp_path: Path, hlj: Standard) -> None:
    lines = [line.replace(",", separator) for line in (HEAD, *LINES)]
    found = load_population(written(tmp_path, *lines, encoding=encoding), hlj)
    assert list(found.ids) == ["001", "002", "003"]
    assert found.weight is not None
    assert found.weight.tolist() == [2, 1.5, 1]
    assert found.groups["region"].tolist()[:2] == ["哈尔滨", "大庆"]
    np.testing.assert_array_equal(found.frame["village_rooms"], [5, np.nan, 2.5])
    np.testing.assert_array_equal(found.frame["data_falsified"], [0, np.nan, 1])


# Written for Excel and read again, a population is the same; Parquet and a data frame as well.
def test_round_trips(tmp_path: Path, hlj: Standard) -> None:
    found = load_population(written(tmp_path, HEAD, *LINES), hlj)
    content = as_csv(found)
    assert content.startswith(b"\xef\xbb\xbf")
    (tmp_path / "again.csv").write_bytes(content)
    pd.testing.assert_frame_equal(load_population(tmp_path / "again.csv", hlj).frame, found.frame)
    pd.testing.assert_frame_equal(load_population(found.frame, hlj).frame, found.frame)
    pytest.importorskip("pyarrow")
    found.frame.to_parquet(tmp_path / "p.parquet")
    assert load_population(tmp_path / "p.parquet", hlj).frame.equals(found.frame)


# What Excel would compute as a formula is written as a text, and read as it was; numbers stay numbers.
def test_formulas_stay_texts(tmp_path: Path, hlj: Standard) -> None:
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1", "'=1", "''@x", "-5", "+3.5", "a=b", "'quoted'"]
    frame = pd.DataFrame({"id": evil, "group.region": evil, "live_rooms": range(11)})
    found = load_population(frame, hlj)
    (tmp_path / "again.csv").write_bytes(as_csv(found))
    for line in as_csv(found).decode("utf-8-sig").splitlines()[1:]:
        assert all(re.match(r"[^=@＝+-]|[+-][\d.]+$", cell) for cell in line.split(",")), line
    pd.testing.assert_frame_equal(load_population(tmp_path / "again.csv", hlj).frame, found.frame)


# Without PyArrow, Parquet is refused with what to do.
def test_parquet_needs_its_extra(tmp_path: Path, hlj: Standard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(FileError, match=r"pip install 'lsstd\[parquet\]'"):
        load_population(written(tmp_path, "PAR1", name="p.parquet"), hlj)


def workbook(path: Path, *lines: Any) -> Path:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    book.create_sheet("说明").append(["not read"])
    book.save(path)
    return path


# CSV as it comes from elsewhere: ends of lines of an old Mac, `sep=`, a title, blank lines and columns, totals.
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_csv_from_elsewhere(end: str, tmp_path: Path, hlj: Standard) -> None:
    lines = [
        "sep=;",
        "各基地数据;;;;",
        ";;;;",
        "id;village_rooms;opened;;",
        "a;5;2021/5/1 0:00;;",
        ";;;;",
        "",
        "b;2;;;",
        " ; ;;;",
        "合计;7;;;",
    ]
    (tmp_path / "p.csv").write_bytes(end.join([*lines, "", ""]).encode("gb18030"))
    found = load_population(tmp_path / "p.csv", hlj)
    assert found.frame["village_rooms"].tolist() == [5, 2]
    assert found.frame["opened"].tolist()[0] == "2021-05-01"
    assert list(found.frame) == ["id", "village_rooms", "opened"]
    told = [note.en for note in found.notes if "not read" in note.en]
    assert told == ["lines above the heads, not read: 3", "lines of totals, not read: 1 (line 10)"]
    lines[5] = "c;99;;;"
    (tmp_path / "p.csv").write_bytes(end.join(lines).encode("gb18030"))
    assert faults(tmp_path / "p.csv", hlj)[0][:2] == ("village_rooms", 6)
    (tmp_path / "p.csv").write_bytes(end.join([*lines, "d;1;;x;"]).encode("gb18030"))
    with pytest.raises(FileError, match="column 4 has no name"):
        load_population(tmp_path / "p.csv", hlj)


# Lines with more fields than heads are told by the first one's line and by their count, a quotation without end by the
# line where it starts; in both languages, below a title and after a cell of two lines.
def test_lines_too_long(tmp_path: Path, hlj: Standard) -> None:
    lines = ["名单", "id,group.region,village_rooms", 'a,"大庆\n市",1', "b,哈尔滨,南岗,2,3", "c,绥化,2", "d,1,000,5"]
    (tmp_path / "p.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(FileError) as caught:
        load_population(tmp_path / "p.csv", hlj)
    assert "(line 5): 5 fields under 3 heads (and 1 more such lines)" in caught.value.to("en")
    assert "（第 5 行）：有 5 个字段，表头只有 3 列（另有 1 行也是这样）" in caught.value.to("zh")
    (tmp_path / "p.csv").write_text('id,group.region,village_rooms\na,大庆,1\nb,"绥化,2\nc,x,3\n', encoding="utf-8")
    with pytest.raises(FileError, match=r"\(line 3\): a quotation mark that is not closed"):
        load_population(tmp_path / "p.csv", hlj)


# Big5, and UTF-8 pasted into GB 18030, are told: read as GB 18030 they would be other words.
def test_mixed_and_traditional_text(tmp_path: Path, hlj: Standard) -> None:
    gb = "id,group.region,village_rooms\na,大庆,1\nb,".encode("gb18030")
    (tmp_path / "p.csv").write_bytes(gb + "哈尔滨,2\n".encode())
    with pytest.raises(FileError, match=r"\(line 3\): “哈尔滨” is in UTF-8"):
        load_population(tmp_path / "p.csv", hlj)
    (tmp_path / "p.csv").write_bytes("id,group.region,village_rooms\na,臺北市,1\nb,台中縣豐原,2\n".encode("big5"))
    with pytest.raises(FileError, match="Big5"):
        load_population(tmp_path / "p.csv", hlj)


# A workbook's first sheet is read: dates, truth values, blank lines at the end.
def test_a_workbook(tmp_path: Path, hlj: Standard) -> None:
    lines = [
        ["id", "weight", "group.region", "opened", "live_rooms", "data_falsified", "village_rooms", None],
        ["001", 2, "哈尔滨", datetime(2021, 5, 1), 14, False, 2.5, None],
        [2, 1.5, None, "2024-06", None, None, None, None],
        [None, None, " ", None, None, None, 3, None],
    ]
    blank = [None, None, " ", None, None, None, None, None]
    found = load_population(workbook(tmp_path / "p.xlsx", *lines[:3], [None] * 8, blank), hlj).frame
    assert found["id"].tolist() == ["001", "2"]
    assert found["opened"].tolist() == ["2021-05-01", "2024-06"]
    np.testing.assert_array_equal(found["live_rooms"], [14, np.nan])
    np.testing.assert_array_equal(found["data_falsified"], [0, np.nan])
    np.testing.assert_array_equal(found["village_rooms"], [2.5, np.nan])
    assert faults(workbook(tmp_path / "q.xlsx", *lines), hlj)[0][:2] == ("id", 4)


# What is wrong in a workbook is told by column and line; an error in a cell is no blank.
def test_a_wrong_workbook(tmp_path: Path, hlj: Standard) -> None:
    path = workbook(tmp_path / "p.xlsx", ["id", "village_rooms", "id"], ["a", "#N/A", 1], ["b", 7, 2])
    found = {(place, line): right for place, line, _, right in faults(path, hlj)}
    assert found == {
        ("id", None): "each once", ("village_rooms", 2): "a number", ("village_rooms", 3): "from 0 to 5"
    }  # fmt: skip


# A file of another kind than its name says is told as what it is, and what to do.
@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.xlsx", b"id,village_rooms\n1,2\n", r"really text.*rename the file to p.csv"),
        ("p.csv", None, r"really an Excel workbook.*rename the file to p.xlsx"),
        ("p.parquet", None, r"really an Excel workbook.*rename the file to p.xlsx"),
        ("p.csv", b"PAR1", r"really a Parquet file.*rename the file to p.parquet"),
        ("p.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", r"old Excel file.*save it in Excel as .xlsx"),
        ("p.xlsx", b"PK\x03\x04 photos", r"a zip archive.*save it in Excel"),
        ("p.xlsx", b"PK\x03\x04 xl/workbook", "an undamaged file"),
        ("p.xlsx", b"", "an empty file"),
    ],
)
def test_another_kind_of_file(name: str, content: bytes | None, told: str, tmp_path: Path, hlj: Standard) -> None:
    path = workbook(tmp_path / "whole.xlsx", ["id"])
    (tmp_path / name).write_bytes(path.read_bytes() if content is None else content)
    with pytest.raises(FileError, match=told):
        load_population(tmp_path / name, hlj)


# A workbook that unpacks to more than 200 MB, or has no head, is refused.
def test_a_workbook_too_large(tmp_path: Path, hlj: Standard, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileError, match="no head"):
        load_population(workbook(tmp_path / "empty.xlsx"), hlj)
    monkeypatch.setattr(tables, "_LARGEST_WORKBOOK", 1000)
    with pytest.raises(FileError, match="when unpacked"):
        load_population(workbook(tmp_path / "p.xlsx", ["id"]), hlj)


# Excel's "Unicode text", in either order of bytes, is read; half of a character is not.
@pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
def test_utf_16(mark: bytes, encoding: str, tmp_path: Path, hlj: Standard) -> None:
    text = "\r\n".join([HEAD, *LINES]).replace(",", "\t")
    (tmp_path / "p.txt").write_bytes(mark + text.encode(encoding))
    found = load_population(tmp_path / "p.txt", hlj)
    assert found.groups["region"].tolist()[:2] == ["哈尔滨", "大庆"]
    (tmp_path / "p.txt").write_bytes(mark + text.encode(encoding)[:-1])
    with pytest.raises(FileError, match="UTF-16"):
        load_population(tmp_path / "p.txt", hlj)


# A file with one subject, or with nothing but unknowns, is no population; both are told with all else that is wrong.
def test_too_little_for_a_population(tmp_path: Path, hlj: Standard) -> None:
    lone = faults(written(tmp_path, "id,village_room,live_rooms", "a,,"), hlj)
    assert {found for _, _, found, _ in lone} == {
        "only one row", "no answers and no facts: everything is unknown", "unknown column"
    }  # fmt: skip
    assert faults(written(tmp_path, "id,village_rooms", "a,5"), hlj)[0][2] == "only one row"
    blank = faults(written(tmp_path, "id,weight,group.g,village_rooms,opened", "a,1,x,,", "b,1,x, , "), hlj)
    assert [found for _, _, found, _ in blank] == ["no answers and no facts: everything is unknown"]
    folder = tmp_path / "one"
    folder.mkdir()
    written(folder, "standard: hlj-base-evaluation", name="a.yaml")
    assert {found for _, _, found, _ in faults(folder, hlj)} == {
        "only one row",
        "no answers and no facts: everything is unknown",
    }


# Rows of the standard without any column are counted in a note; a part or a fact that decides one is a column.
def test_rows_without_a_column(hlj: Standard) -> None:
    rows, full = len(hlj.scored_rows), {row.id: [0.0] for row in hlj.scored_rows}
    frame = pd.DataFrame({"id": ["a"], "live_rooms": [3], "live_equipment.maintenance_recorded": [1]})
    decided = sum(any(p.test and p.test.fact == "live_rooms" for p in r.parts.values()) for r in hlj.scored_rows)
    assert decided
    told = f"{rows - decided - 1} of the standard's {rows} rows have no column at all"
    assert told in load_population(frame, hlj).notes[0].en
    assert load_population(pd.DataFrame({"id": ["a"], **full}), hlj).notes == ()
    assert "synthetic" in load_population(pd.DataFrame({"id": ["synthetic-1"], **full}), hlj).notes[0].en


# Types of data frames: nullable numbers, truth values, categories, dates, 32-bit floats that mean decimals.
def test_types_of_frames(hlj: Standard) -> None:
    frame = pd.DataFrame(
        {
            "id": [1, 2],
            "live_rooms": pd.array([3, None], "Int64"),
            "data_falsified": [True, False],
            "honest_operation": pd.array([True, None], "boolean"),
            "group.size": pd.Categorical(["big", "small"]),
            "opened": pd.to_datetime(["2021-05-01", None]),
            "certifications": np.array([7.1, np.nan], np.float32),
            "village_rooms": np.array([5, 0], np.uint8),
        }
    )
    found = load_population(frame, hlj).frame
    assert found["id"].tolist() == ["1", "2"]
    np.testing.assert_array_equal(found["live_rooms"], [3, np.nan])
    np.testing.assert_array_equal(found["honest_operation"], [1, np.nan])
    assert found["opened"].iloc[0] == "2021-05-01"
    assert found["certifications"].iloc[0] == 7.1
    assert found["village_rooms"].dtype == np.uint8


# Everything that is wrong is told at once, by column and line, with what would be right.
def test_all_problems_at_once(tmp_path: Path, hlj: Standard) -> None:
    lines = [
        "id,weight,village_room,village_rooms,live_rooms,base_area,opened,data_falsified,waste_rules",
        "a,1,,6,2.5,-1,2024/05/01,yes,3",
        "a,-1,,-1,x,inf,2024-02-30,1,NaN",
        ",,,5,3,7,2024-05,0,1",
    ]
    found = faults(written(tmp_path, *lines), hlj)
    assert ("id", 2, "'a'", "each id once") in found
    assert ("id", 3, "'a'", "each id once") in found
    assert ("id", 4, "blank", "an id") in found
    assert {place for place, *_ in found} == {
        "id", "weight", "village_room", "village_rooms", "live_rooms",
        "base_area", "opened", "data_falsified", "waste_rules",
    }  # fmt: skip
    told = {(place, line): (seen, right) for place, line, seen, right in found}
    assert told["village_room", None] == ("unknown column", "did you mean village_rooms?")
    assert told["village_rooms", 2] == ("6", "from 0 to 5")
    assert told["village_rooms", 3] == ("-1", "from 0 to 5")
    assert told["live_rooms", 2] == ("'2.5'", "a whole number")
    assert told["live_rooms", 3] == ("'x'", "a number")
    assert told["base_area", 3] == ("inf", "a finite number")
    assert told["opened", 3][1] == "a date such as 2024-12-31 or 2024-12"
    assert told["data_falsified", 2] == ("'yes'", "1, 0, true or false")
    assert told["waste_rules", 3] == ("'NaN'", "a number")


# Of very many problems in one column a few are shown, and how many more there are.
def test_many_problems_are_counted(hlj: Standard) -> None:
    found = faults(pd.DataFrame({"id": range(1000), "village_rooms": [99] * 1000}), hlj)
    assert [line for _, line, _, _ in found] == [1, 2, 3, 4, 5, None]
    assert found[-1][2] == "995 more lines like these"


# No id, no rows, an id twice in the head, points and parts for one row: each is told.
def test_other_faults(tmp_path: Path, hlj: Standard) -> None:
    assert faults(pd.DataFrame({"village_rooms": [1]}), hlj)[0][:3] == ("id", None, "no such column")
    assert "no rows" in [found for _, _, found, _ in faults(pd.DataFrame({"id": []}), hlj)]
    assert "no rows" in [found for _, _, found, _ in faults(written(tmp_path, "id,village_rooms"), hlj)]
    both = pd.DataFrame({"id": ["a"], "live_equipment": [3], "live_equipment.maintenance_recorded": [1]})
    assert faults(both, hlj)[0][2] == "live_equipment has points too"
    for name, content in {
        "twice": b"id,id\n1,2\n",
        "empty": b"",
        "wide": b"id,weight\n1,2,3\n",
        "odd": b"\xff\xff\x00",
    }.items():
        (tmp_path / f"{name}.csv").write_bytes(content)
        with pytest.raises(FileError):
            load_population(tmp_path / f"{name}.csv", hlj)
    with pytest.raises(FileError):
        load_population(tmp_path / "none.csv", hlj)


# One subject of whom nothing is known scores nothing and could score everything.
def test_one_subject_all_unknown(hlj: Standard) -> None:
    found = scores_of(load_population(pd.DataFrame({"id": ["a"], "village_rooms": [None]}), hlj))
    assert (found.secured.total[0], found.possible.total[0]) == (0, 500 * found.ratings.lattice)


# A folder of assessments becomes a population that scores as they do (spans count at their lower end).
def test_a_folder(hlj: Standard, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    own = "standard: hlj-base-evaluation"
    paths = [path for path in sorted((data() / "assessments").glob("*.yaml")) if own in path.read_text("utf-8")]
    for path in paths:
        (folder / path.name).write_bytes(path.read_bytes())
    population = load_population(folder, hlj)
    assert set(population.groups["region"]) >= {"哈尔滨"}
    found = scores_of(population)
    for i, path in enumerate(paths):
        exact = evaluate(hlj, load_assessment(path, hlj))
        assert found.secured.total[i] / found.ratings.lattice == pytest.approx(float(exact.score.secured))
    (folder / "bad.yaml").write_text("standard: hlj-base-evaluation\nfacts: {live_rooms: x}\n", encoding="utf-8")
    assert faults(folder, hlj)[0][0] == "bad.yaml: facts.live_rooms"


# What tells who a subject is goes, and the rest stays what it was.
def test_anonymise(hlj: Standard) -> None:
    frame = pd.DataFrame(
        {
            "id": ["冰城", "北国", "龙江"], "head_name": ["张", "李", "王"], "base_address": ["甲", "乙", "丙"],
            "report_cycle": ["月", "月", "年"], "group.firm": ["x", "y", "z"], "group.region": ["a", "a", "b"],
            "village_rooms": [1, 2, 3],
        }
    )  # fmt: skip
    hidden, removed = anonymise(load_population(frame, hlj))
    assert set(removed) == {"id", "head_name", "base_address", "report_cycle", "group.firm"}
    assert list(hidden.frame) == ["id", "group.region", "village_rooms"]
    assert sorted(hidden.frame["village_rooms"]) == [1, 2, 3]
    assert list(hidden.ids) == ["subject-000001", "subject-000002", "subject-000003"]
    assert "may still identify a subject" in hidden.notes[-1].en


# Points as fine as floats come are counted to nine decimals, in 64 bits at the most.
def test_fine_points(hlj: Standard) -> None:
    points = np.random.default_rng(0).random(1000) * 5
    found = scores_of(load_population(pd.DataFrame({"id": range(1000), "village_rooms": points}), hlj))
    assert np.abs(found.secured.total / found.ratings.lattice - points).max() < 1e-8
    coarse = scores_of(load_population(pd.DataFrame({"id": range(500), "village_rooms": np.arange(500) / 100}), hlj))
    assert coarse.ratings.secured["village_rooms"].dtype == np.uint16


# The committed example says in every id that it is made up, and is what its assumptions give.
def test_the_example(hlj: Standard) -> None:
    found = load_population(data() / "populations" / "made_up_60.csv", hlj)
    assert found.is_synthetic
    assert found.ids.str.startswith("synthetic-").all()


# Percentages between 0 and 1, or above 100, are asked about once a column.
def test_percentages_in_doubt(tmp_path: Path, hlj: Standard) -> None:
    lines = ["id,shared_area_share", "a,0.12", "b,0.3", "c,12", "d,0"]
    (note,) = [n.en for n in load_population(written(tmp_path, *lines), hlj).notes if "%" in n.en]
    assert note.endswith("0.12 counts as 0.12%; if 12% is meant, enter 12 (2 lines like this)")
