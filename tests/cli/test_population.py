"""The commands on populations: what Python finds, printed, as JSON and as tables; clear errors."""

import re
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from command_line import run_lsstd

import lsstd
from lsstd.files.places import data
from lsstd.reports.verify import extract


# Scores, sweeps and sensitivity of a population: the same as from Python, printed, as JSON, and as tables.
def test_a_population_on_the_command_line(tmp_path: Path) -> None:
    people = str(data() / "populations" / "made_up_60.csv")
    found = run_lsstd("population", "score", people, "--json").parsed
    table = lsstd.score(people)
    assert [line["score"] for line in found["subjects"]] == table["score"].tolist()
    assert sum(each["count"] for each in found["grades"]) == found["population"]["count"] == 60
    ranks = table["score"].rank(ascending=False, method="min").astype(int)
    assert [line["rank"] for line in found["subjects"]] == ranks.tolist()
    for kind, read in (("csv", pd.read_csv), ("xlsx", partial(pd.read_excel, header=4)), ("parquet", pd.read_parquet)):
        run_lsstd("population", "score", people, "-o", str(tmp_path / f"scores.{kind}"))
        written = read(tmp_path / f"scores.{kind}")
        assert written["score"].tolist() == pytest.approx(table["score"].tolist())
        assert list(written) == [*table, "rank"]
    swept = run_lsstd("sweep", "lines.AAA", "390:410:10", "--population", people, "--json").parsed
    assert [value["value"]["lines.AAA"] for value in swept["values"]] == [390, 400, 410]
    assert run_lsstd("sweep", "conditions.area.tests.office_area", "0:9:9", "--population", people).status == 0
    for line in ("lines.AAAAA 1:2:1", "lines.AAA 1:2", "lines.AAA 2:1:1", "criteria.village_rooms.max_score 7:8:1"):
        failed = run_lsstd("sweep", *line.split(), "--population", people)
        assert failed.status == 1
        assert failed.err.count("\n") >= 2
    sensitive = run_lsstd("sensitivity", people, "--json", "--by", "indicators", "--resamples", "20").parsed
    assert {line["indicator"] for line in sensitive["rows"]} == {line["indicator"] for line in sensitive["left_out"]}
    assert all(line["total_low"] <= line["total_high"] for line in sensitive["rows"])
    assert run_lsstd("sensitivity", people, "--target", "AAAAA").status == 1


# Subjects with the same score share a rank, which is marked.
def test_ties_are_shown(tmp_path: Path) -> None:
    Path(tmp_path, "p.csv").write_text("id,live_room_count,village_rooms\na,3,1\nb,2,2\nc,5,5\n", "utf-8")
    shown = run_lsstd("population", "score", str(tmp_path / "p.csv"), "--lang", "en").out
    assert re.findall(r"^ +(\d=?) +(\w) ", shown, re.MULTILINE) == [("1", "c"), ("2=", "a"), ("2=", "b")]
    assert "share a rank" in shown


# Who pays for a reform is told in every format of its report; without a population the table of amendments is written.
@pytest.mark.parametrize("kind", ["html", "docx", "xlsx"])
def test_the_impact_in_every_format(kind: str, tmp_path: Path) -> None:
    people, reform = str(data() / "populations" / "made_up_60.csv"), str(data() / "reforms" / "rural_weight.yaml")
    written = tmp_path / f"impact.{kind}"
    assert (
        run_lsstd("impact", reform, "--population", people, "--protect", "size=small", "-o", str(written)).status == 0
    )
    told = run_lsstd("impact", reform, "--population", people, "--protect", "size=small", "--json").parsed["who_pays"]
    text = " ".join(line.text for line in extract(written).lines)
    assert told
    assert all(sentence in text for sentence in told)
    assert run_lsstd("impact", reform, "--population", people, "-o", str(tmp_path / "impact.txt")).status == 1
