"""Rating schemes of other mechanics, encoded from the README alone: every command tells the right thing of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lsstd import evaluate, load_assessment, load_assumptions, load_population, load_standard, synthetic
from lsstd.population.population import as_csv, line_of
from lsstd.population.scoring import scores_of

PERCENT = """
standard: percent-venue
edition: "1"
title: 场馆运营评价
facts:
  accidents: {kind: count, label: 事故次数}
  visitors: {kind: count, label: 观众人次}
  complaints: {kind: count, label: 投诉件数}
  staff: {kind: count, label: 员工数}
  certified: {kind: count, label: 持证员工数}
vetoes:
  accident: {clause: "4.2", text: 无事故, test: {fact: accidents, operator: "==", value: 0}}
indicators:
  total: {name: 总分, not_applicable: rescaled}
  desk: {name: 现场服务, parent: service}
  service: {name: 服务, parent: total, weight: 0.6}
  safety: {name: 安全, parent: total, weight: 0.4}
  bonus: {name: 加分, parent: total, on_top: true, cap: 5}
criteria:
  s1:
    clause: "5.1"
    text: 服务制度
    indicator: desk
    max_score: 60
    rule: {levels: {good: {label: 好, points: [50, 60]}, fair: {label: {zh: 中, en: fair one}, points: [30, 45]}}}
  s2:
    clause: "5.2"
    text: 投诉率
    indicator: service
    max_score: 40
    rule: {steps: {fact: complaints, per: visitors, stages: [{from: 0, share: 1}, {above: 0.001, share: 0.5}]}}
  f1:
    clause: "5.3"
    text: 持证率
    indicator: safety
    max_score: 70
    rule: {linear: {fact: certified, per: staff, from: 0.5, to: 1}}
  f2: {clause: "5.4", text: 设施, indicator: safety, max_score: 30, optional: true}
  f3: {clause: "5.5", text: 应急预案, indicator: safety}
  b1: {clause: "5.6", text: 获奖, indicator: bonus, max_score: 10, rule: points, parts: {city: {text: 市级, points: 3}}}
bands:
  - {grade: 优, lower: 90, requires: [{criteria: [f3], met: 1}]}
  - {grade: 良, lower: 75, upper: {value: 90, closed: false}}
  - {grade: 合格, lower: 60, upper: {value: 75, closed: false}}
below: {zh: 不合格, en: fail}
"""
PERCENT_CASE = """
standard: percent-venue
subject: {name: 甲馆}
facts: {accidents: 0, visitors: 30000, complaints: 12, certified: 9, staff: 10}
answers: {s1: {level: 好}, f2: met, f3: met, b1: {parts: {city: met}}}
"""
STARS = """
standard: star-hall
edition: "1"
title: 星级大厅
facts: {seats: {kind: count, label: 座位数}}
indicators:
  hall: {name: 大厅}
  kitchen: {name: 厨房}
  seating: {name: 座位, parent: hall}
criteria:
  h1:
    clause: "1.1"
    text: 座位
    indicator: seating
    max_score: 20
    rule: {steps: {fact: seats, stages: [{from: 20, points: 5}, {from: 50, points: 12}, {from: 100, points: 20}]}}
  h2: {clause: "1.2", text: 灯光, indicator: hall, max_score: 80, rule: {expert: {step: 2.5}}}
  k1: {clause: "2.1", text: 菜品, indicator: kitchen, max_score: 100}
bands: []
tables:
  hall_table:
    label: 大厅星级
    indicator: hall
    decides: true
    bands: [{grade: 五星, lower: 90}, {grade: 四星, lower: 75, upper: {value: 90, closed: false}}]
  kitchen_table:
    label: 厨房星级
    indicator: kitchen
    decides: true
    bands: [{grade: 五星, lower: 85}, {grade: 四星, lower: 70, upper: {value: 85, closed: false}}]
below: 不定星级
"""
STARS_CASE = """
standard: star-hall
subject: {name: 乙厅}
facts: {seats: 60}
answers: {h2: {score: 77.5}, k1: {range: [80, 95]}}
"""
PENALTIES = """
standard: penal-site
edition: "1"
title: 工地扣分
facts:
  breaches: {kind: count, label: 违规次数}
  profit: {kind: number, label: 利润, signed: true}
indicators: {conduct: {name: 行为, floor: -10}, site: {name: 现场}}
criteria:
  c1:
    {clause: 第一条, text: 违规, indicator: conduct, max_score: 0, min_score: -20,
     rule: {per_unit: {fact: breaches, each: -3}}}
  c2: {clause: 第二条, text: 评委调整, indicator: conduct, max_score: 5, min_score: -5, rule: {expert: {step: 2.5}}}
  c3:
    {clause: 第三条, text: 盈利, indicator: site, max_score: 25, min_score: 5,
     rule: {linear: {fact: profit, from: 0, to: 100}}}
  c4: {clause: 第四条, text: 档案, indicator: site, max_score: 70, min_score: 7}
  c5: {clause: 第五条, text: 培训, indicator: site, parts: {t1: {text: 课程}, t2: {text: 考核}}}
  c6: {clause: 第六条, text: 公示, indicator: site}
bands:
  - {grade: A, lower: 80, requires: [{criteria: [c5, c6], met: 1}]}
  - {grade: B, lower: 60, upper: {value: 80, closed: false}}
"""
PENALTIES_CASE = """
standard: penal-site
subject: {name: 丙工地}
facts: {breaches: 1, profit: 63}
answers: {c2: {score: 2.5}, c4: met}
"""
LOOSE = STARS.replace("    decides: true\n", "").replace("star-hall", "star-loose")
LOOSE_CASE = STARS_CASE.replace("star-hall", "star-loose")
SCHEMES = {
    "percent": (PERCENT, PERCENT_CASE),
    "stars": (STARS, STARS_CASE),
    "penalties": (PENALTIES, PENALTIES_CASE),
    "loose": (LOOSE, LOOSE_CASE),
}
ASSUMED = """
population: made-up
standard: {standard}
note: 虚构
sizes: {{one: {{share: 1}}}}
regions: {{甲: 1}}
loading: 0.3
unknown: 0.05
rows: {{chance: 0.7}}
quantities: {{around: 1.2, spread: 0.6}}
claims: {{chance: 0.9}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, (standard, case) in SCHEMES.items():
        (tmp_path / f"{name}.yaml").write_text(standard, encoding="utf-8")
        (tmp_path / f"{name}_case.yaml").write_text(case, encoding="utf-8")
        assumed = ASSUMED.format(standard=standard.split()[1])
        (tmp_path / f"{name}_assumed.yaml").write_text(assumed, encoding="utf-8")
        (tmp_path / f"{name}_reform.yaml").write_text(
            f"reform: r\nstandard: {standard.split()[1]}\nchanges: {{}}\n", encoding="utf-8"
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


# No command stumbles over any of them; what is generated is read again.
@pytest.mark.parametrize("name", SCHEMES)
def test_every_command(name: str, lsstd: Any) -> None:
    case, standard = f"{name}_case.yaml", ("--standard", f"{name}.yaml")
    commands = [["show", f"{name}.yaml"]]
    row = next(iter(load_standard(f"{name}.yaml").criteria))
    commands += [[c, case, *standard] for c in ("assess", "uncertainty", "sensitivity", "certificate", "readings")]
    commands += [["explain", case, row, *standard], ["report", case, "-o", "out", *standard]]
    commands += [["population", "generate", f"{name}_assumed.yaml", "-n", "60", "-o", "p.csv", *standard]]
    commands += [["impact", f"{name}_reform.yaml", "--population", "p.csv", *standard]]
    for command in commands:
        found = lsstd(*command, "--lang", "en")
        assert found.status == 0, (command, found.err)


# A level may be answered by its label; the file that is kept names its id.
def test_levels_by_their_labels() -> None:
    standard = load_standard("percent.yaml")
    assessment = load_assessment("percent_case.yaml", standard)
    assert assessment.answers["s1"].level == "good"
    for label in ("中", "fair one", "fair"):
        row = evaluate(standard, assessment.with_answers({"s1": {"level": label}})).criteria["s1"]
        assert (row.secured, row.possible) == (30, 45)


# An indicator may be called total: the total of all is told apart from it, in searches and in sentences.
def test_an_indicator_called_total(lsstd: Any) -> None:
    told = lsstd("certificate", "percent_case.yaml", "--standard", "percent.yaml", "--json").parsed
    # 0.6 × (50 + 40) + 0.4 × (56 + 30) + 3 = 91.4; 优 asks for f3, which has no points, so no loss is needed
    assert (told["grade"], told["points_to_lose"], told["points_of"], told["points_rows"]) == (
        "优",
        0,
        "criteria",
        ["f3"],
    )
    text = lsstd("certificate", "percent_case.yaml", "--standard", "percent.yaml", "--lang", "en").out
    assert "as soon as 应急预案 is no longer met" in " ".join(text.split())
    assert "more than 0" not in text


# Indicators stand under their parent, wherever the file has them.
def test_children_stand_under_their_parent(lsstd: Any) -> None:
    found = lsstd("assess", "percent_case.yaml", "--standard", "percent.yaml", "--json").parsed["indicators"]
    assert [(node["id"], node["level"]) for node in found] == [
        ("total", 1),
        ("service", 2),
        ("desk", 3),
        ("safety", 2),
        ("bonus", 2),
    ]


# Rows without points that a grade demands are listed: they alone bring it, and the chance of it depends on them.
def test_demanded_rows_without_points(lsstd: Any) -> None:
    standard = load_standard("penalties.yaml")
    result = evaluate(standard, load_assessment("penalties_case.yaml", standard))
    # −3 + 2.5 + 15.75 + 70 = 85.25: by points A, which demands c5 or c6
    assert (result.score.secured, result.grade.secured) == (Fraction(341, 4), "B")
    assert [(gap.row.criterion.id, gap.grade) for gap in result.gaps[:2]] == [("c5", "A"), ("c6", "A")]
    rows = lsstd("sensitivity", "penalties_case.yaml", "--standard", "penalties.yaml", "--json").parsed["rows"]
    assert {row["criterion"]: row["gain"] for row in rows if row["gain"]} == {"c5": 0.5, "c6": 0.5}


# A floor under a rule in proportion is told as a floor, not as what the lower end earns.
def test_a_floor_under_a_rule_in_proportion(lsstd: Any) -> None:
    told = " ".join(
        lsstd("explain", "penalties_case.yaml", "c3", "--standard", "penalties.yaml", "--lang", "en").out.split()
    )
    assert "0 points at 0, 25 at 100, in proportion between; never less than 5" in told
    assert "It earns 15.75 points" in told


# In a population, too, rows without points are met or not, by their column or by their parts.
def test_rows_without_points_in_a_population() -> None:
    standard = load_standard("penalties.yaml")
    base = {"breaches": 1, "profit": 63, "c2": 2.5, "c4": 70}
    lines = [{}, {"c6": 1}, {"c5.t1": 1, "c5.t2": 1}, {"c5.t1": 1, "c5.t2": 0, "c6": 0}, {"c5.t1": 1}]
    frame = pd.DataFrame([{"id": str(i), **base, **line} for i, line in enumerate(lines)])
    found = scores_of(load_population(frame, standard), standard)
    assert list(found.grades()) == ["B", "A", "A", "B", "B"]
    assert list(found.grades("possible")) == ["A", "A", "A", "B", "A"]
    assessment = load_assessment("penalties_case.yaml", standard).with_answers({"c6": "met"})
    assert line_of(assessment, "x", standard)["c6"] == 1


# What is generated suits each row: tiers, an expert's steps, floors, rows without points; all that is demanded occurs.
def test_generated_values_suit_their_rows() -> None:
    for name in ("percent", "stars", "penalties"):
        standard = load_standard(f"{name}.yaml")
        made = synthetic(load_assumptions(f"{name}_assumed.yaml", standard), standard, 300)
        Path("p.csv").write_bytes(as_csv(made))
        frame = load_population("p.csv", standard).frame
        known = {key: set(frame[key].dropna()) for key in standard.criteria if key in frame}
        grades = {*scores_of(made, standard).grades()} - {None}
        assert grades == set(standard.grades)
        if name == "percent":
            assert known["s1"] <= {0, 30, 45, 50, 60}
            assert known["f3"] == {0, 1}
        elif name == "stars":
            assert all(points % 2.5 == 0 for points in known["h2"])
        else:
            assert known["c2"] == {-5, 0, 5}
            assert known["c4"] == {7, 38.5, 70}


# Without --standard a population is generated for the standard that the assumptions name, which is told.
def test_generating_follows_the_assumptions(lsstd: Any) -> None:
    Path("of_hlj.yaml").write_text(ASSUMED.format(standard="hlj-base-evaluation"), encoding="utf-8")
    found = lsstd("population", "generate", "of_hlj.yaml", "-n", "5", "-o", "h.csv", "--lang", "en")
    assert found.status == 0
    assert "standard: hlj-base-evaluation" in found.err
    other = lsstd("population", "generate", "stars_assumed.yaml", "-n", "5", "-o", "s.csv", "--lang", "en")
    assert other.status == 1
    assert "star-hall" in other.err


# Quotients of many subjects have no common denominator that 64 bits hold; points are right all the same.
def test_quotients_in_a_population() -> None:
    standard, rng = load_standard("percent.yaml"), np.random.default_rng(1)
    staff = rng.integers(100, 5000, 400)
    frame = pd.DataFrame(
        {"id": [str(i) for i in range(400)], "staff": staff, "certified": staff - rng.integers(1, 90, 400)}
    )
    frame["visitors"], frame["complaints"] = 1000, 0
    scores = scores_of(load_population(frame, standard), standard)
    table = scores.table
    for i in (0, 17, 399):
        facts = {key: int(frame[key][i]) for key in ("staff", "certified", "visitors", "complaints")}
        exact = evaluate(standard, load_assessment("percent_case.yaml", standard)._with(answers={}, facts=facts))
        assert table["safety"][i] == pytest.approx(float(exact.indicators["safety"].score.secured), abs=1e-9)


# Where only tables grade and none decides, each has an analysis of its own; nothing is called "no grade 100 %".
def test_tables_that_do_not_decide(lsstd: Any) -> None:
    arguments = ("loose_case.yaml", "--standard", "loose.yaml")
    found = {each["table"]: each for each in lsstd("certificate", *arguments, "--json").parsed["tables"]}
    # hall: 12 + 77.5 = 89.5, 14.5 above 75; kitchen: 80, 10 above 70 and beyond it
    assert (found["hall_table"]["grade"], found["hall_table"]["points_to_lose"]) == ("四星", 14.5)
    assert (found["kitchen_table"]["grade"], found["kitchen_table"]["points_to_lose"]) == ("四星", 10)
    chances = {each["table"]: each["grades"] for each in lsstd("uncertainty", *arguments, "--json").parsed["tables"]}
    assert chances["hall_table"][1] == {"grade": "四星", "probability": 1.0}
    assert chances["kitchen_table"][0] == {"grade": "五星", "probability": pytest.approx(11 / 16)}
    assert lsstd("readings", *arguments).status == 0


# What the standard calls a score below every grade stands wherever none is shown, in JSON too.
def test_the_label_below_all_grades(lsstd: Any) -> None:
    Path("low.yaml").write_text(STARS_CASE.replace("80, 95", "10, 95"), encoding="utf-8")
    arguments = ("low.yaml", "--standard", "stars.yaml")
    told = lsstd("assess", *arguments, "--json").parsed
    assert told["grade"]["secured"] is None
    assert told["grade"]["shown"]["secured"] == "不定星级"
    assert told["tables"][1]["shown"] == {"secured": "不定星级", "possible": "五星"}
    for command in ("assess", "uncertainty", "certificate", "readings"):
        text = lsstd(command, *arguments, "--lang", "en").out
        assert "不定星级" in text
        assert "no grade" not in text.replace("There is no grade to lose", "")


# Tiers that overlap, whole points between tiers, and an answer that is of no tier are told.
def test_tiers_that_overlap_or_leave_gaps(lsstd: Any) -> None:
    told = lsstd("assess", "percent_case.yaml", "--standard", "percent.yaml", "--lang", "en").err
    assert "between 45 and 50 there is no level" in told
    Path("over.yaml").write_text(PERCENT.replace("[30, 45]", "[30, 55]"), encoding="utf-8")
    told = lsstd("show", "over.yaml", "--lang", "en").err
    assert "50 to 55 is also of fair" in told
    standard = load_standard("percent.yaml")
    between = load_assessment("percent_case.yaml", standard).with_answers({"s1": {"score": 47}})
    found = [finding.code for finding in evaluate(standard, between).findings]
    assert found == ["between_levels"]


# An unknown key is answered with the name that a file uses.
def test_keys_by_the_names_that_a_file_uses(lsstd: Any) -> None:
    Path("wrong.yaml").write_text(PERCENT.replace("from: 0.5, to: 1", "start: 0.5, to: 1"), encoding="utf-8")
    told = lsstd("show", "wrong.yaml", "--lang", "en").err
    assert "unknown key start" in told
    assert "from" in told.split("unknown key start")[1].splitlines()[0]
