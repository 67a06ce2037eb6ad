"""``lsstd diff`` and ``lsstd migrate`` as a drafter and a base use them."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document

from lsstd import load_standard
from lsstd.files.places import data
from lsstd.files.strict_yaml import to_yaml

HLJ = "hlj-base-evaluation"
LATER, LATEST = (data() / "editions" / f"hlj_{year}_made_up.yaml" for year in (2027, 2029))
NEAR = data() / "assessments" / "near_aaa.yaml"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


# The contract of `diff --json`: a list, each change with these keys, of one of these kinds.
def test_diff_as_json(lsstd: Callable[..., Any]) -> None:
    found = lsstd("diff", HLJ, LATER, "--json").parsed
    assert {key for change in found for key in ("clause", "path", "kind", "old", "new", "effect") if key in change} == {
        *("clause", "path", "kind", "old", "new", "effect")
    }
    kinds = {"added", "removed", "moved", "reworded", "rescored", "renamed"}
    assert {change["kind"] for change in found} == kinds
    (area,) = [change for change in found if change["path"] == "conditions.area" and change["kind"] == "reworded"]
    assert ["deleted", "1000"] in area["spans"]
    assert ["inserted", "800"] in area["spans"]
    assert area["reason"] == "照顾县域基地"
    assert lsstd("diff", HLJ, HLJ, "--json").parsed == []


# NEW may be left out where reforms make it; they are applied to NEW where there is one.
def test_reforms_make_an_edition(lsstd: Callable[..., Any]) -> None:
    aaaa = data() / "reforms" / "aaaa_from_440.yaml"
    for arguments in ((HLJ, "--reform", aaaa), (HLJ, HLJ, "--reform", aaaa), (HLJ, aaaa)):
        found = lsstd("diff", *arguments, "--json").parsed
        assert [(one["path"], one["new"]) for one in found] == [("bands.AAAA", "﹥ 440"), ("bands.AAA", "401 ～ 440")]
    more = lsstd("diff", LATER, LATER, "--reform", data() / "reforms" / "rural_weight.yaml")
    assert more.status == 1  # it changes a row that has another id by then
    assert "criteria.village_rooms.max_score" in more.err
    alone = lsstd("diff", HLJ)
    assert (alone.status, "--reform" in alone.err) == (2, True)


# The reform that a diff amounts to is a file that makes the same edition.
def test_a_diff_as_a_reform(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    made = tmp_path / "made.yaml"
    assert lsstd("diff", HLJ, LATEST, "--as-reform", "-o", made).status == 0
    assert lsstd("diff", LATEST, made, "--json").parsed == []
    assert load_standard(made).in_file["criteria"] == load_standard(LATEST).in_file["criteria"]
    assert lsstd("diff", HLJ, LATEST, "--as-reform", "-o", tmp_path / "made.docx").status == 1


# A YAML file can only be the reform between two editions; it is written without further ado, but not with the text.
def test_a_yaml_file_is_the_reform(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    assert lsstd("diff", HLJ, LATER, "-o", tmp_path / "plain.yaml").status == 0
    assert lsstd("diff", HLJ, LATER, "--as-reform", "-o", tmp_path / "asked.yaml").status == 0
    assert (tmp_path / "plain.yaml").read_bytes() == (tmp_path / "asked.yaml").read_bytes()
    for wrong, status in ((("--text", "--as-reform"), 2), (("--text", "-o", tmp_path / "text.yaml"), 1)):
        assert lsstd("diff", HLJ, LATER, *wrong).status == status
    assert not (tmp_path / "text.yaml").exists()


# The table fits to be sent: numbered, with clause, both wordings, effect and reason, changes marked in both columns.
def test_the_table_of_amendments(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    names = [tmp_path / f"table.{kind}" for kind in ("docx", "xlsx", "html")]
    for name in names:
        assert lsstd("diff", HLJ, LATER, "-o", name).status == 0
    table = Document(str(names[0])).tables[0]
    heads = [cell.text for cell in table.rows[0].cells]
    assert heads == ["序号", "条款", "事项", "原条文", "修改后", "对分值的影响", "修改理由"]
    rows = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    assert [row[0] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    (area,) = [row for row in table.rows if row.cells[1].text == "5.1.3"]
    assert [run.text for p in area.cells[3].paragraphs for run in p.runs if run.font.strike][:1] == ["1000"]
    assert [run.text for p in area.cells[4].paragraphs for run in p.runs if run.font.underline][:1] == ["800"]
    sheet = openpyxl.load_workbook(names[1], rich_text=True).active
    assert sheet is not None
    marked = [
        str(cell.value) for row in sheet.iter_rows() for cell in row if type(cell.value).__name__ == "CellRichText"
    ]
    assert any("800" in text and "{+" not in text for text in marked)
    assert "<del>1000</del>" in names[2].read_text(encoding="utf-8")
    assert "[-1000-]" in lsstd("diff", HLJ, LATER).out


# The whole text in Word holds its changes as revisions: rejected they give the old text, accepted the new one.
def test_the_text_with_revisions(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    name = tmp_path / "text.docx"
    assert lsstd("diff", HLJ, LATER, "--text", "-o", name).status == 0
    body = Document(str(name)).element.body
    revisions = [*body.iter(f"{W}ins", f"{W}del")]
    assert {revision.get(f"{W}author") for revision in revisions} == {"lsstd"}
    ids = [revision.get(f"{W}id") for revision in revisions]
    assert len(ids) == len(set(ids))

    def text(without: str) -> str:
        dropped = {run for gone in body.iter(f"{W}{without}") for run in gone.iter(f"{W}t", f"{W}delText")}
        return "".join(run.text for run in body.iter(f"{W}t", f"{W}delText") if run not in dropped)

    old, new = load_standard(HLJ), load_standard(LATER)
    for kept, other in ((text("ins"), old), (text("del"), new)):
        assert all(row.text in kept for row in other.criteria.values())
        assert all((clause.text or "") in kept for clause in other.clauses.values())
    assert new.criteria["virtual_hosts"].text not in text("ins")
    assert old.criteria["certifications"].text not in text("del")
    whole_rows = [row for row in body.iter(f"{W}trPr") if row.find(f"{W}del") is not None]
    assert len(whole_rows) == 5  # one divided, two joined, one gone, one moved
    policy = old.criteria["policy_support"].text
    assert text("ins").index(policy) > text("ins").index(old.criteria["anchor_training"].text)
    assert text("del").index(policy) < text("del").index(new.criteria["anchor_training"].text)


# The contract of `migrate --json`, and the new file: it names its edition, and is read and scored under it.
@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_migrate(lsstd: Callable[..., Any], tmp_path: Path, ending: str) -> None:
    new = tmp_path / "deep" / f"new.{ending}"
    ran = lsstd("migrate", NEAR, "--to", LATER, "-o", new, "--json")
    found = ran.parsed
    fates = ("kept", "rescaled", "split", "merged", "orphaned")
    assert all({"id", "to", "note"} == set(one) for fate in fates for one in found[fate])
    assert [one["id"] for one in found["orphaned"]] == ["certifications"]
    assert found["lost"] == {"secured": 4, "possible": 8}
    assert "virtual_hosts" in found["ask"]
    assessed = lsstd("assess", new, "--json").parsed
    assert assessed["edition"] == "2027-made-up"
    assert assessed["score"]["maximum"] == 500
    text = new.read_text(encoding="utf-8")
    assert ("# certifications:" in text) == (ending == "yaml")
    # From there to the edition after it, and back to the draft, which is the bundled one.
    assert lsstd("migrate", new, "--to", LATEST, "-o", tmp_path / "newest.yaml").status == 0
    back = lsstd("migrate", tmp_path / "newest.yaml", "--to", HLJ, "--json").parsed
    assert back["assessment"]["standard"] == HLJ
    assert ("rural_live_rooms", "village_rooms") in [(one["id"], one["to"]) for one in back["kept"]]


# A file that is there is left alone, the one that is read above all.
def test_nothing_is_overwritten(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.yaml", tmp_path / "other.yaml"
    mine.write_bytes(NEAR.read_bytes())
    other.write_text("precious", encoding="utf-8")
    for name in (mine, other, tmp_path / "new.docx"):
        before = name.read_bytes() if name.exists() else None
        ran = lsstd("migrate", mine, "--to", LATER, "-o", name)
        assert ran.status == 1
        assert name.name in ran.err or "-o" in ran.err
        assert (name.read_bytes() if name.exists() else None) == before
    assert lsstd("migrate", mine, "--to", LATER, "-o", tmp_path / "new.yaml").status == 0


# Editions of different standards, other files, a chain that leads back: a message, status 1, nothing written.
def test_wrong_input(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    loop = tmp_path / "loop.yaml"
    loop.write_text(to_yaml({"reform": "l", "standard": HLJ, "base": "loop.yaml"}), encoding="utf-8")
    missing = tmp_path / "missing_base.yaml"
    missing.write_text(to_yaml({"reform": "l", "standard": HLJ, "base": "none.yaml"}), encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(to_yaml({"reform": "w", "standard": HLJ, "changes": {"lines.AAAAA": 1}}), encoding="utf-8")
    scenario = data() / "scenarios" / "village_and_policy.yaml"
    studio = data() / "assessments" / "studio_good.yaml"
    for arguments, told in (
        (("diff", HLJ, "sz-supply-chain-collaboration"), "different standards"),
        (("diff", HLJ, "hlj-base-evaluatoin"), "hlj-base-evaluation"),
        (("diff", HLJ, NEAR), "edition"),
        (("diff", HLJ, tmp_path / "none.yaml"), "none.yaml"),
        (("diff", HLJ, loop), "leads back to itself"),
        (("diff", HLJ, missing), "none.yaml"),
        (("diff", HLJ, wrong), "lines.AAAA"),
        (("migrate", NEAR, "--to", "sz-supply-chain-collaboration"), "different standards"),
        (("migrate", studio, "--to", LATER), "different standards"),
        (("migrate", tmp_path / "none.yaml", "--to", LATER), "none.yaml"),
        (("migrate", scenario, "--to", LATER), "standard"),
        (("migrate", LATER, "--to", LATER), "reform"),
    ):
        out = tmp_path / "out.yaml"
        ran = lsstd(*arguments, "--lang", "en", "-o", out)
        assert ran.status == 1, arguments
        assert told in ran.err, (arguments, ran.err)
        assert not out.exists()


# A reform that is an edition can be named wherever a standard can.
def test_an_edition_is_a_standard(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    assert lsstd("show", LATEST, "--json").parsed["edition"] == "2029-made-up"
    sheet = tmp_path / "sheet.xlsx"
    assert lsstd("workbook", LATEST, "-o", sheet).status == 0
    assert zipfile.is_zipfile(sheet)
    new = tmp_path / "new.yaml"
    lsstd("migrate", NEAR, "--to", LATEST, "-o", new)
    assert lsstd("report", new, "-o", tmp_path / "reports").status == 0
    (report,) = (tmp_path / "reports").glob("new*.html")
    assert lsstd("verify", report, "--standard", LATEST).status == 0
    assert re.search("2029-made-up", report.read_text(encoding="utf-8"))
    assert json.loads(lsstd("facts", LATEST, "--json").out)
