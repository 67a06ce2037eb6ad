"""A round of evaluation: its list by hand, its papers, objections, what is frozen, what a folder may hold wrongly."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import Outcome

from lsstd import cycle, load_standard
from lsstd.errors import FileError, InvalidFile, LsstdError
from lsstd.files.places import data
from lsstd.pages.cycle_page import announcement_sections, cycle_sections, letter_sections, notice_sections
from lsstd.panel.cycle import Cycle
from lsstd.panel.cycle_folder import freeze

EXAMPLE = data() / "cycles" / "made_up_2025"
SENDERS = ("某企业", "匿名", "某个人")
EXPERTS = ("甲（虚构）", "乙（虚构）", "丙（虚构）", "丁（虚构）")
Lsstd = Callable[..., Outcome]


@pytest.fixture(scope="module")
def found() -> Cycle:
    return cycle(EXAMPLE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the round with fewer bases, to be spoilt."""
    shutil.copytree(EXAMPLE, tmp_path / "round")
    return tmp_path / "round"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def texts(found: Cycle, lang: str = "zh") -> Iterator[str]:
    """Yield every page that leaves a round, as HTML."""
    pages: list[Any] = [notice_sections(found, lang), announcement_sections(found, lang)]  # type: ignore[arg-type]
    pages += [letter_sections(found, place, lang) for place in found.current]  # type: ignore[arg-type]
    yield from ("".join(section.html for section in page) for page in pages)


# The list is that of plain means of what the sheets say, which PyYAML and fractions give as well.
def test_the_list_is_that_of_the_means(found: Cycle) -> None:
    means: dict[str, Fraction] = {}
    for base in sorted((EXAMPLE / "sheets").iterdir()):
        rows: dict[str, list[Fraction]] = {}
        for path in base.iterdir():
            for row, answer in yaml.safe_load(path.read_text(encoding="utf-8"))["answers"].items():
                if isinstance(answer, dict):
                    rows.setdefault(row, []).append(Fraction(str(answer["score"])))
        means[base.name] = sum((Fraction(sum(given), len(given)) for given in rows.values()), Fraction())
    del means["example-p03"]  # does not meet a condition
    ranked = [place for place in found.proposed if place.rank is not None]
    assert {place.base.id: place.score for place in ranked} == means
    assert [place.rank for place in ranked] == [1 + sum(m > means[p.base.id] for m in means.values()) for p in ranked]
    assert [place.rank for place in ranked] == [1, 2, 3, 3, 5, 6]


# Ties are shown as ties, in the file's order; who does not meet a condition has no rank, and is told why.
def test_ties_and_who_is_not_ranked(found: Cycle) -> None:
    tied = [place.base.id for place in found.proposed if place.tied]
    assert tied == ["example-p04", "example-p07"]
    last = found.proposed[-1]
    assert (last.rank, last.grade, last.base.id) == (None, None, "example-p03")
    assert "5.1.3" in str(last.barred)
    assert "example" not in "".join(cell for page in texts(found) for cell in re.findall("道里短视频[^<]*列入", page))


# What the panel verified counts for conditions, whatever the base claims; where experts differ, the claim stands.
def test_verified_facts_decide_the_conditions(folder: Path) -> None:
    paths = sorted((folder / "sheets" / "example-p05").iterdir())
    edit(paths[0], "answers:", "facts: {office_area: 900}\nanswers:")
    assert cycle(folder).candidates[0].barred is not None
    edit(paths[1], "answers:", "facts: {office_area: 2000}\nanswers:")
    assert cycle(folder).candidates[0].barred is None


# What each objection alone would change: a fall below a line; nothing where it is not admitted; who leaves the list.
def test_what_objections_change(found: Cycle) -> None:
    falls, refused, rises, leaves = found.changes
    assert falls is not None
    assert rises is not None
    assert leaves is not None
    assert [(old.grade, new.grade) for old, new in falls.moves] == [("AAA", "AA")]
    assert refused is None
    assert found.file.objections[1].lacks == ["real_name", "evidence"]
    assert [(old.grade, new.grade) for old, new in rises.moves] == [("AAA", "AAAA")]
    ranks = [(old.rank, new.rank) for old, new in leaves.moves]
    assert ranks == [(3, None), (3, 3), (5, 4), (6, 5)]  # the second is no longer tied


# What was upheld counts in the list of the announcement, and not in that of the public notice, which came before.
def test_upheld_objections_count_in_the_end(found: Cycle) -> None:
    grades = [{p.base.id: p.grade for p in listed} for listed in (found.proposed, found.current)]
    assert [one["example-p02"] for one in grades] == ["AAA", "AAAA"]
    assert [one["example-p04"] for one in grades] == ["AAA", "AAA"]  # a rejected one changes nothing
    notice, announcement, *_ = texts(found)
    assert notice.count("AAAA 级") == 1
    assert announcement.count("AAAA 级") == 2


# A claim that touches no line changes nothing: the public would see the same list.
def test_an_objection_without_effect(folder: Path) -> None:
    edit(folder / "cycle.yaml", "claim: 12 ", "claim: 16 ")
    effect = cycle(folder).changes[0]
    assert effect is not None
    assert not effect.is_seen
    ((old, new),) = effect.moves
    assert new.score != old.score


# No paper and no JSON names who is on the panel or who objects; each says that its grades are no results yet.
def test_papers_name_nobody(found: Cycle) -> None:
    pages = [*texts(found), *texts(found, "en"), json.dumps(found.to_dict(), ensure_ascii=False)]
    pages.append("".join(section.html for section in cycle_sections(found, "zh")))
    assert [name for page in pages for name in (*SENDERS, *EXPERTS) if name in page] == []
    assert all("9.3" in page for page in pages[:-2])
    assert not [page for page in pages if "授予" in page or "awarded" in page]


# A name in a reason, in capitals or not, is taken out of the letter; the reasons stand in no expert's order.
def test_letters_give_reasons_without_names(folder: Path) -> None:
    edit(folder / "cycle.yaml", "e1: {name: 甲（虚构）}", "e1: {name: 赵一鸣}")
    for expert, note in (("e1", "乙见E2表"), ("e2", "赵一鸣认为台账不全"), ("e3", "")):
        path = folder / "sheets" / "example-p06" / f"{expert}.yaml"
        path.write_text(
            re.sub("waste_rules: .*", f"waste_rules: {{score: 1, note: {note}}}", path.read_text("utf-8")), "utf-8"
        )
    found = cycle(folder)
    (place,) = [place for place in found.current if place.base.id == "example-p06"]
    assert {"乙见…表", "…认为台账不全"} <= {*found.reasons(place, "waste_rules")}
    page = "".join(section.html for section in letter_sections(found, place, "zh"))
    assert "认为台账不全" in page
    assert "赵一鸣" not in page


# Dates follow the procedure: the notice takes five working days, and the papers say which.
def test_the_notice_says_its_days(found: Cycle) -> None:
    notice = next(iter(texts(found)))
    assert found.steps.noticed is not None
    assert str(found.steps.noticed.begins) == "2025-05-22"
    assert "2025 年 5 月 22 日至2025 年 5 月 29 日，共 5 个工作日" in notice


# Every bad sheet is told with its place, what was found and what would be right; the good ones are kept.
def test_bad_sheets_are_told_and_the_good_ones_kept(folder: Path, lsstd: Lsstd) -> None:
    sheets = folder / "sheets"
    edit(sheets / "example-p05" / "e1.yaml", "village_rooms: {score: 5}", "village_rooms: {score: 50}")
    edit(sheets / "example-p05" / "e3.yaml", "round: made_up_2025", "round: made_up_2023")
    shutil.copy(sheets / "example-p05" / "e2.yaml", sheets / "example-p05" / "again.yaml")
    shutil.copy(sheets / "example-p04" / "e1.yaml", sheets / "example-p02" / "e1.yaml")
    shutil.copy(sheets / "example-p04" / "e4.yaml", sheets / "example-p07" / "e4.yaml")
    edit(
        sheets / "example-p07" / "e4.yaml",
        "{name: 北林优选直播基地（示例）, id: example-p04, region: 绥化}",
        "{id: example-p07}",
    )
    edit(sheets / "example-p06" / "e1.yaml", "id: e1,", "id: e9,")
    (sheets / "example-p06" / "e2.yaml").write_text("{", encoding="utf-8")
    (sheets / "unknown").mkdir()
    shutil.copy(sheets / "example-p04" / "e1.yaml", sheets / "unknown" / "e1.yaml")
    (sheets / "example-p06" / "old.xls").write_bytes(b"")
    (sheets / "example-p06" / "~$e3.xlsx").write_bytes(b"")  # what Excel leaves beside an open workbook
    outcome = lsstd("cycle", folder, "--json", "--lang", "en")
    assert outcome.status == 1
    faults = {(fault["file"].partition("/")[2], fault["where"]): fault for fault in outcome.parsed["refused"]}
    wrong = {
        ("example-p05/e1.yaml", "answers.village_rooms.score"): "50",
        ("example-p05/e3.yaml", "round"): "made_up_2023",
        ("example-p05/e2.yaml", "expert.id"): "e2 at the stage “visit on site” in again.yaml, too",
        ("example-p05/again.yaml", "expert.id"): "e2 at the stage “visit on site” in e2.yaml, too",
        ("example-p02/e1.yaml", "subject.id"): "北林优选直播基地（示例） (example-p04)",
        ("example-p07/e4.yaml", "expert.conflicts"): "a conflict of interest that e4 declared: example-p07",
        ("example-p06/e1.yaml", "expert.id"): "e9",
        ("example-p06/e2.yaml", "e2.yaml"): None,
        ("unknown/e1.yaml", str(sheets / "unknown" / "e1.yaml")): "unknown is not a base of this round",
        ("example-p06/old.xls", str(sheets / "example-p06" / "old.xls")): "the ending .xls",
    }
    assert faults.keys() == wrong.keys()
    assert {key: fault["found"] for key, fault in faults.items() if wrong[key]} == {k: v for k, v in wrong.items() if v}
    assert faults["example-p05/e1.yaml", "answers.village_rooms.score"]["line"] == 16
    counts = {place["id"]: (place["sheets"], place["missing"]) for place in outcome.parsed["ranking"]}
    assert counts["example-p05"] == (1, 3)
    assert counts["example-p06"] == (2, 2)
    assert counts["example-p07"] == (3, 0)  # whose conflict is declared is not missed
    assert outcome.err.count("\n") == 2 * len(wrong)


# An interrupted folder: a base without any sheet, another without a self-assessment; all others are ranked.
def test_a_folder_that_is_not_complete(folder: Path) -> None:
    shutil.rmtree(folder / "sheets" / "example-p05")
    (folder / "assessments" / "example-p11.yaml").unlink()
    found = cycle(folder)
    assert found.refused == {}
    candidates = {one.base.id: one for one in found.candidates}
    assert candidates["example-p05"].panel is None
    assert candidates["example-p05"].missing == ("e1", "e2", "e3", "e4")
    assert candidates["example-p11"].grade == "AAA"
    page = "".join(section.html for section in cycle_sections(found, "en"))
    assert "Sheets are missing, so the list cannot be shown yet: 鹤乡直播电商基地（示例）" in page
    assert "Whether conditions are met is undecided: 湿地生态直播基地（示例）." in page


# A frozen round refuses by name what was changed, added or removed since; the rest counts as before.
def test_a_frozen_round_refuses_what_changed(folder: Path) -> None:
    freeze(folder)
    assert cycle(folder).is_frozen
    assert cycle(folder).refused == {}
    edit(folder / "sheets" / "example-p05" / "e1.yaml", "score: 10", "score: 9")
    (folder / "sheets" / "example-p05" / "e2.yaml").unlink()
    shutil.copy(folder / "sheets" / "example-p04" / "e4.yaml", folder / "sheets" / "example-p07" / "late.yaml")
    found = cycle(folder)
    told = [(name, error.problems[0].found.en) for name, error in found.refused.items()]
    assert told == [
        ("sheets/example-p05/e1.yaml", "changed since the round was frozen"),
        ("sheets/example-p05/e2.yaml", "there is no such file"),
        ("sheets/example-p07/late.yaml", "added since the round was frozen"),
    ]
    assert [one.sheets for one in found.candidates] == [2, 4, 4, 3, 4, 4, 4]
    with pytest.raises(FileError, match="frozen already"):
        freeze(folder)
    freeze(folder, force=True)
    assert list(cycle(folder).refused) == ["sheets/example-p07/late.yaml"]  # another base's


# Once frozen, neither the rules nor the edition may change; objections and dates may, since they come later.
def test_a_frozen_round_keeps_its_rules(folder: Path) -> None:
    freeze(folder)
    edit(folder / "cycle.yaml", "decision: upheld", "decision: rejected")
    edit(folder / "cycle.yaml", "start: 2025-03-03", "start: 2025-03-04")
    assert cycle(folder).is_frozen
    edit(folder / "cycle.yaml", "{rule: mean}", "{rule: median}")
    with pytest.raises(InvalidFile, match=r"combination: .*, frozen as"):
        cycle(folder)
    edit(folder / "cycle.yaml", "{rule: median}", "{rule: mean}")
    edit(folder / "frozen.yaml", "edition: draft", "edition: published")
    with pytest.raises(InvalidFile, match="edition: draft, frozen as published"):
        cycle(folder)


# Everything that is wrong in cycle.yaml is told at once, by line, with the nearest right name.
def test_mistakes_in_the_file_are_told_at_once(folder: Path) -> None:
    path = folder / "cycle.yaml"
    for old, new in (
        ("edition: draft", "edition: published"),
        ("conflicts: [example-p07]", "conflicts: [example-p70]"),
        ("subject: example-p11", "subject: example-p12"),
        ("row: local_product_marketing", "row: local_products"),
        ("claim: 2", "claim: 20"),
        ("claim: unmet", "claim: 3"),
    ):
        edit(path, old, new)
    with pytest.raises(InvalidFile) as caught:
        cycle(folder)
    told = [(problem.where, problem.found.en, problem.line is not None) for problem in caught.value.problems]
    assert told == [
        ("edition", "published", True),
        ("experts.e4.conflicts", "example-p70", True),
        ("objections.0.subject", "'example-p12'", True),
        ("objections.0.row", "'local_products'", True),
        ("objections.1.claim", "20", True),
        ("objections.3.claim", "3", True),
    ]


# What no round can be is refused: unknown keys, an upheld objection that lacks something or has no reason, wrong days.
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("organiser:", "organizer:", "did you mean organiser"),
        ("start: 2025-03-03", "start: 2025-03", "a full date"),
        ("{rule: mean}", "{rule: average}", "mean, median, trimmed_mean, consensus"),
        ("{rule: mean}", "{rules: mean}", "did you mean rule"),
        (
            "evidence: []\n    claim: 2",
            "evidence: []\n    claim: 2\n    decision: upheld\n    reason: r",
            "lacks real_name",
        ),
        ("    reason: 记录表明选品管控制度在现场核查前已经执行\n", "", "a reason, since it is decided"),
        ("papers_gathered: 10", "papers_gatherd: 10", "did you mean papers_gathered"),
        ("edition: draft", "edition: draft\nsha256: 0123456789abcdef", "sha256"),
    ],
)
def test_what_no_round_can_be(folder: Path, old: str, new: str, told: str) -> None:
    edit(folder / "cycle.yaml", old, new)
    with pytest.raises(LsstdError) as caught:
        cycle(folder)
    assert told in caught.value.to("en")


# The command writes the notice, the announcement, the round and a letter for each base, and says so when they exist.
def test_the_command_writes_all_papers(lsstd: Lsstd, tmp_path: Path) -> None:
    outcome = lsstd("cycle", EXAMPLE, "-o", tmp_path / "out", "--to", "html", "--lang", "en")
    assert outcome.status == 0
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.html"))
    assert len(names) == 3 + 7
    assert "Public notice.html" in names
    assert sum(name.startswith("Feedback to the base/example-p") for name in names) == 7
    assert (
        lsstd("cycle", EXAMPLE, "-o", tmp_path / "out", "--to", "html", "--lang", "en").status == 0
    )  # as it wrote them
    (tmp_path / "out" / "Public notice.html").write_text("mine", encoding="utf-8")
    refused = lsstd("cycle", EXAMPLE, "-o", tmp_path / "out", "--to", "html", "--lang", "en")
    assert (refused.status, "not written by lsstd" in refused.err) == (1, True)


# `--freeze` is said, and what is no folder of a round is told as that.
def test_the_command_freezes_and_refuses(lsstd: Lsstd, folder: Path) -> None:
    assert "frozen.yaml" in lsstd("cycle", folder, "--freeze", "--lang", "en").err
    assert lsstd("cycle", folder, "--freeze").status == 1
    outcome = lsstd("cycle", folder / "sheets", "--lang", "en")
    assert (outcome.status, "cycle.yaml" in outcome.err) == (1, True)


# A standard without a procedure has a round as well: a list and objections, no days.
def test_a_standard_without_a_procedure(tmp_path: Path) -> None:
    own = data() / "assessments" / "studio_good.yaml"
    (tmp_path / "assessments").mkdir()
    (tmp_path / "sheets" / "s1").mkdir(parents=True)
    lines = own.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("#", "subject:"))]
    (tmp_path / "assessments" / "s1.yaml").write_text("\n".join(["subject: {name: S}", *kept]), encoding="utf-8")
    head = ["subject: {name: S}", "expert: {id: e1}", "stage: final"]
    (tmp_path / "sheets" / "s1" / "e1.yaml").write_text("\n".join([*head, *kept]), encoding="utf-8")
    parsed = yaml.safe_load("\n".join(kept))
    edition = load_standard(parsed["standard"]).edition
    text = f"round: r\ntitle: t\nstandard: {parsed['standard']}\nedition: {edition}\n"
    (tmp_path / "cycle.yaml").write_text(f"{text}experts: {{e1: {{}}}}\nbases: {{s1: {{name: S}}}}\n", encoding="utf-8")
    found = cycle(tmp_path)
    assert found.refused == {}
    assert found.to_dict()["dates"] == []
    assert found.proposed[0].rank == 1
    assert all("No official result" in page for page in texts(found, "en"))
