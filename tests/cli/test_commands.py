"""The commands' contract: one JSON document with fixed keys and ids, readable text, options, exit status."""

import json
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lsstd import evaluate, load_assessment, load_standard
from lsstd.files.places import STANDARDS, data, example, examples
from lsstd.files.writing import earlier

NEAR, RURAL, BETWEEN = example("near_aaa"), example("small_rural"), example("between_bands")
STANDARD_FILE = Path(__file__).parents[2] / "lsstd" / "standards" / "hlj-base-evaluation.yaml"
TOLD = {"shown", "message", "name", "label", "gloss", "text", "title", "status"}  # what --lang may change


def document(ran: Any) -> Any:
    """Return the one JSON document of a run that went well; NaN and infinities are no JSON."""
    assert (ran.status, ran.err) == (0, "")
    return json.loads(ran.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def codes(value: Any) -> Any:
    """Return a document without the texts that follow the language."""
    if isinstance(value, dict):
        return {key: codes(inner) for key, inner in value.items() if key not in TOLD}
    return [codes(inner) for inner in value] if isinstance(value, list) else value


# --- assess ---


# The keys of a result are those of the design, to the letter and in its order.
def test_assess_has_the_keys_of_the_design(lsstd: Callable[..., Any]) -> None:
    result = document(lsstd("assess", RURAL, "--json"))
    points = ["secured", "possible", "maximum"]
    assert list(result) == [
        "standard", "edition", "subject", "readings", "eligible", "conditions", "score", "grade", "disqualified",
        "indicators", "criteria", "findings",
    ]  # fmt: skip
    assert list(result["score"]) == points
    assert list(result["grade"]) == ["secured", "possible", "awarded", "shown"]
    for condition in result["conditions"]:
        assert list(condition) == ["id", "clause", "state", "tests"]
        for test in condition["tests"]:
            assert list(test) == ["fact", "found", "operator", "required", "unit", "state"]
    for indicator in result["indicators"]:
        assert list(indicator) == ["id", "parent", "name", "level", *points]
    for criterion in result["criteria"]:
        assert list(criterion)[:7] == ["id", "text", "indicator", "state", *points]
    for finding in result["findings"]:
        assert list(finding) == ["code", "clause", "message"]


# One condition a clause (5.1.4 with three tests), 52 rows in order, the indicators above them; numbers add up.
def test_assess_tells_conditions_rows_and_indicators(lsstd: Callable[..., Any]) -> None:
    result = document(lsstd("assess", NEAR, "--json"))
    clauses = {condition["clause"]: condition for condition in result["conditions"]}
    assert list(clauses) == ["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.5", "5.1.6"]
    assert [test["fact"] for test in clauses["5.1.4"]["tests"]] == ["ecommerce_firms", "live_rooms", "signed_anchors"]
    area = {"fact": "office_area", "found": 3200, "operator": ">=", "required": 1000, "unit": "m2", "state": "met"}
    assert clauses["5.1.3"]["tests"] == [area]
    levels = [indicator["level"] for indicator in result["indicators"]]
    assert (levels.count(1), levels.count(2), len(result["criteria"])) == (4, 12, 52)
    for name in ("secured", "possible", "maximum"):
        rows = sum(row[name] for row in result["criteria"])
        tops = sum(node[name] for node in result["indicators"] if node["level"] == 1)
        assert rows == pytest.approx(result["score"][name])
        assert tops == pytest.approx(result["score"][name])
    assert result["score"]["maximum"] == 500
    shown = result["grade"].pop("shown")
    assert (result["eligible"], result["grade"]) == (True, {"secured": "AA", "possible": "AAA", "awarded": "AA"})
    assert (shown, result["disqualified"]) == ({"secured": "AA 级", "possible": "AAA 级", "awarded": "AA 级"}, False)


# Every number is the double nearest to the exact one.
def test_numbers_are_the_nearest_doubles(lsstd: Callable[..., Any]) -> None:
    exact = evaluate(load_standard("hlj-base-evaluation"), load_assessment(NEAR))
    result = document(lsstd("assess", NEAR, "--json"))
    assert exact.score.secured == Fraction(4787, 12)
    assert result["score"]["secured"] == 4787 / 12
    for row in result["criteria"]:
        assert row["secured"] == float(exact.criteria[row["id"]].secured)
        assert row["possible"] == float(exact.criteria[row["id"]].possible)


# One file gives an object, several a list in their order (the same file twice included).
def test_one_file_an_object_several_a_list(lsstd: Callable[..., Any]) -> None:
    files = [RURAL, NEAR, BETWEEN, RURAL]
    several = document(lsstd("assess", *files, "--json"))
    assert several == [document(lsstd("assess", file, "--json")) for file in files]


# Messages and names follow the language, before or after the command; codes, ids, keys and wording never do.
def test_language_changes_words_and_nothing_else(lsstd: Callable[..., Any]) -> None:
    contradictory = example("contradictory")
    zh = document(lsstd("assess", contradictory, "--json"))
    before = document(lsstd("--lang", "en", "assess", contradictory, "--json"))
    after = document(lsstd("assess", contradictory, "--lang", "en", "--json"))
    assert before == after != zh
    assert codes(zh) == codes(before)
    assert [row["text"] for row in zh["criteria"]] == [row["text"] for row in before["criteria"]]
    assert zh["findings"][0]["code"] == "contradiction"
    assert "矛盾" in zh["findings"][0]["message"]
    assert "contradicts" in before["findings"][0]["message"]
    assert zh["indicators"][0]["name"] == "基地建设"
    assert before["indicators"][0]["name"] != "基地建设"


# The order of the two --lang does not matter to which one wins: the last on the line.
def test_the_last_language_wins(lsstd: Callable[..., Any]) -> None:
    assert lsstd("--lang", "en", "assess", "missing.yaml", "--lang", "zh").err.startswith("无法读取")


# A reading chosen replaces the default and is named in the result; several may be chosen.
def test_readings_are_chosen_and_named(lsstd: Callable[..., Any]) -> None:
    default = document(lsstd("assess", NEAR, "--json"))
    chosen = ["--reading", "compound_rows=all", "--reading", "between_bands = none"]
    other = document(lsstd("assess", NEAR, *chosen, "--json"))
    changed = {key for key in default["readings"] if default["readings"][key] != other["readings"][key]}
    assert changed == {"compound_rows", "between_bands"}
    assert other["score"]["secured"] < default["score"]["secured"]


# The standard is chosen by id or by file; what the file says is what counts.
def test_standards_are_chosen_by_id_and_file(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    own = document(lsstd("assess", RURAL, "--json"))
    trial = tmp_path / "试用 trial.yaml"
    text = STANDARD_FILE.read_text(encoding="utf-8")
    assert text.count("\nedition: draft\n") == 1
    trial.write_text(text.replace("\nedition: draft\n", "\nedition: trial\n"), encoding="utf-8")
    assert document(lsstd("assess", RURAL, "--standard", "hlj-base-evaluation", "--json")) == own
    assert document(lsstd("assess", RURAL, "--standard", trial, "--json")) == {**own, "edition": "trial"}


# Findings do not set the exit status, nor does a base that may not apply; both are told.
@pytest.mark.parametrize("name", examples())
def test_examples_are_assessed_with_status_0(lsstd: Callable[..., Any], name: str) -> None:
    told = document(lsstd("assess", example(name), "--json"))
    status = load_standard(told["standard"]).status
    for lang, heading in (("zh", "所用解读"), ("en", "Readings used")):
        ran = lsstd("assess", example(name), "--lang", lang)
        assert (ran.status, ran.err) == (0, "")
        assert heading in ran.out
        assert told["subject"] in ran.out
        assert "".join(status.to("zh" if lang == "zh" else "en").split()) in "".join(ran.out.split())
        listed = document(lsstd("assess", example(name), "--json", "--lang", lang))["findings"]
        assert all("".join(finding["message"].split()) in "".join(ran.out.split()) for finding in listed)


# What each example is for: near AAA with unknowns, not eligible, between two bands, small and rural, contradictory.
def test_examples_show_what_they_are_for(lsstd: Callable[..., Any]) -> None:
    shown = {name: document(lsstd("assess", example(name), "--json")) for name in examples()}
    assert shown["near_aaa"]["grade"]["possible"] == "AAA"
    assert {row["state"] for row in shown["near_aaa"]["criteria"]} >= {"unknown", "partly", "met", "unmet"}
    assert shown["not_eligible"]["eligible"] is False
    assert shown["not_eligible"]["grade"]["secured"] is not None
    assert shown["not_eligible"]["grade"]["awarded"] is None
    assert shown["between_bands"]["score"]["secured"] == 400.5
    assert "between_bands" in {finding["code"] for finding in shown["between_bands"]["findings"]}
    assert shown["small_rural"]["grade"]["secured"] == "A"
    assert "contradiction" in {finding["code"] for finding in shown["contradictory"]["findings"]}


# Under a standard of topics there is a profile and nothing that looks like a grade.
def test_a_standard_of_topics_gives_a_profile(lsstd: Callable[..., Any]) -> None:
    told = document(lsstd("assess", example("supply_chain"), "--json"))
    assert (told["eligible"], told["score"], told["grade"]) == (None, None, None)
    levels = {entry["topic"]: entry["level"] for entry in told["profile"]}
    assert (levels["sales_collaboration"], levels["performance_and_improvement"]) == (4, None)
    assert told["median"] == 2.5  # of 1, 1, 2, 2, 3, 3, 3, 4
    assert set(told["weakest"]) == {"settlement_management", "digital_management"}
    shown = lsstd("assess", example("supply_chain")).out
    assert "非规范性" in shown
    assert "满分" not in shown


# --- explain, facts ---


# Without a criterion the whole result is explained, the verdict on top; as JSON it is a list of paragraphs.
def test_explain_tells_what_the_result_means(lsstd: Callable[..., Any]) -> None:
    for lang in ("zh", "en"):
        told = document(lsstd("explain", NEAR, "--json", "--lang", lang))
        assert list(told) == ["narrative"]
        verdict, *paragraphs = lsstd("explain", NEAR, "--lang", lang).out.rstrip("\n").split("\n\n")
        assert paragraphs == told["narrative"]
        assert "398.92" in verdict


# A row is explained by id or number, with its wording, parts and facts; indicators and conditions likewise.
def test_explain_tells_where_a_number_comes_from(lsstd: Callable[..., Any]) -> None:
    step = document(lsstd("explain", NEAR, "daily_management", "--json"))
    assert step == document(lsstd("explain", NEAR, "34", "--json"))
    assert set(step) >= {"text", "steps"}
    text = lsstd("explain", NEAR, "daily_management").out
    assert "11.25 / 15" in text
    assert "组织园区企业参加由政府或者园区组织的大赛" in text  # the wording
    assert "4 家（要求：≥ 5 家）" in text  # what a fact decided
    english = lsstd("explain", NEAR, "daily_management", "--lang", "en").out
    assert "11.25 of 15 points" in english
    assert "66.67" in lsstd("explain", NEAR, "infrastructure").out
    assert "≥ 1000 m²" in lsstd("explain", NEAR, "area").out


# A note and its evidence are told as typed, without what would steer the terminal.
def test_notes_do_not_steer_the_terminal(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "base.yaml"
    answer = '{score: 5, note: "[red]n\\e[2J[/]", evidence: [{file: "a\\u202efdp.exe"}]}'
    file.write_text(f"standard: hlj-base-evaluation\nanswers: {{certifications: {answer}}}\n", encoding="utf-8")
    told = lsstd("explain", file, "certifications").out
    assert "[red]n\ufffd[2J[/]" in told
    assert "a\ufffdfdp.exe" in told
    assert not set("\x1b\u202e") & set(told)


# The measures of a chain's party are facts of their topics, told by every command that reads the party's file.
@pytest.mark.parametrize("party", ["supplier", "platform"])
def test_measures_are_told(lsstd: Callable[..., Any], party: str) -> None:
    file = data() / "chain" / f"{party}.yaml"
    told = {command: lsstd("--lang", "en", command, file).out for command in ("assess", "facts", "explain")}
    figure = {"supplier": "96.5%", "platform": "99.2%"}[party]
    assert figure in told["assess"]
    assert figure in told["facts"]
    assert "Sales collaboration" in told["explain"]
    given = document(lsstd("assess", file, "--json"))["profile"]
    assert sum(len(topic["measures"]) for topic in given) == 24
    assert {topic["counted"] for topic in given} == {"supplier": {3, 4, None}, "platform": {3, None}}[party]


# Each fact is listed with its value and every place that uses it; one that is not given has none.
def test_facts_tell_values_and_uses(lsstd: Callable[..., Any]) -> None:
    facts = {fact["id"]: fact for fact in document(lsstd("facts", NEAR, "--json"))}
    assert set(facts) == set(load_standard("hlj-base-evaluation").facts)
    assert facts["live_rooms"]["value"] == 14
    assert {"conditions.scale", "criteria.live_room_count.parts.enough_live_rooms"} <= set(facts["live_rooms"]["used"])
    assert facts["shared_area_share"]["value"] == 22.5
    assert facts["partner_colleges"]["value"] is None
    assert facts["opened"]["value"] == "2021-05"
    assert facts["honest_operation"]["value"] is True
    shown = lsstd("facts", NEAR).out
    assert "14 间" in shown
    assert "未填" in shown
    assert "not given" in lsstd("facts", NEAR, "--lang", "en").out


# --- standards, show ---


# Both standards are listed, with edition and what is to be known of it.
def test_standards_are_listed(lsstd: Callable[..., Any]) -> None:
    listed = document(lsstd("standards", "--json"))
    assert [entry["standard"] for entry in listed] == ["hlj-base-evaluation", "sz-supply-chain-collaboration"]
    assert all(list(entry)[:2] == ["standard", "edition"] for entry in listed)
    text = lsstd("standards").out
    assert "hlj-base-evaluation" in text
    assert "…" not in text  # nothing cut off


# What is encoded is shown whole: the keys of the design, 6 conditions, 52 rows with 500 points, bands highest first.
def test_show_has_the_keys_of_the_design(lsstd: Callable[..., Any]) -> None:
    shown = document(lsstd("show", "hlj-base-evaluation", "--json"))
    parts = {"conditions", "indicators", "criteria", "bands", "facts", "form", "readings", "clauses", "terms"}
    assert parts <= set(shown)
    rows = shown["criteria"]
    keys = {"id", "row", "clause", "text", "indicator", "max_score", "provision", "parts"}
    assert all(keys <= set(row) for row in rows)
    assert [row["row"] for row in rows] == list(range(1, 53))
    assert [row["id"] for row in rows if row["max_score"] is None] == ["legal_compliance"]
    assert sum(row["max_score"] or 0 for row in rows) == 500
    assert len(shown["conditions"]) == 6
    assert [band["grade"] for band in shown["bands"]] == ["AAAA", "AAA", "AA", "A"]
    assert {"grade", "printed", "lower", "upper"} <= set(shown["bands"][0])
    assert shown["bands"][0]["lower"] == {"value": 450, "closed": False}
    assert shown["bands"][0]["upper"] is None


# A standard is shown from a file as by its id; in English its labels follow, its wording and ids do not.
def test_show_by_file_and_in_english(lsstd: Callable[..., Any]) -> None:
    by_id = document(lsstd("show", "hlj-base-evaluation", "--json"))
    assert document(lsstd("show", STANDARD_FILE, "--json")) == by_id
    english = document(lsstd("show", "hlj-base-evaluation", "--json", "--lang", "en"))
    assert [row["text"] for row in english["criteria"]] == [row["text"] for row in by_id["criteria"]]
    assert [row["id"] for row in english["criteria"]] == [row["id"] for row in by_id["criteria"]]
    assert [row["gloss"] for row in english["criteria"]] != [row["gloss"] for row in by_id["criteria"]]
    for lang in ("zh", "en"):
        text = lsstd("show", "hlj-base-evaluation", "--lang", lang).out
        assert all(row["id"] in text for row in by_id["criteria"])
        assert "DB23/T 3372—2022" in text


# One clause alone is shown with what stands below it, and 5.1 does not take 5.10 along.
def test_show_one_clause(lsstd: Callable[..., Any]) -> None:
    scale = document(lsstd("show", "hlj-base-evaluation", "--clause", "5.1.4", "--json"))
    assert [condition["clause"] for condition in scale["conditions"]] == ["5.1.4"]
    assert scale["criteria"] == []
    below = document(lsstd("show", "hlj-base-evaluation", "--clause", "5.1", "--json"))
    assert len(below["conditions"]) == 6
    text = lsstd("show", "hlj-base-evaluation", "--clause", "5.1.4").out
    assert "5.1.4" in text
    assert "5.1.3" not in text


# A field shows what it is for, its boxes, the rows with their points; in JSON the rows and conditions, many to many.
def test_show_one_entry(lsstd: Callable[..., Any]) -> None:
    [field] = document(lsstd("show", "hlj-base-evaluation", "professional_services", "--json"))
    assert field["rows"] == ["public_service_zone", "service_system", "daily_management", "third_party_services"]
    assert (field["purpose"], field["conditions"]) == ("informs", [])
    assert field["options"][0] == {"id": "cloud", "printed": "云服务", "gloss": "云服务"}
    shown = lsstd("show", "hlj-base-evaluation", "professional_services").out
    assert "□云服务" in shown
    assert "第 34 行" in shown
    row = lsstd("show", "6").out
    assert "第 6 行" in row
    assert "基地直播间数量（间）（由此判定）" in row
    english = lsstd("show", "5.1.1", "--lang", "en").out
    assert "已建成并正式投入运营一年以上的直播电商共享基地。" in english
    assert "≥ 1 year" in english
    assert "10 million yuan" in lsstd("show", "5.1.5", "--lang", "en").out
    [condition, clause] = document(lsstd("show", "5.1.4", "--json"))
    assert (condition["part"], clause["part"]) == ("condition", "clause")
    assert condition["fields"] == ["ecommerce_firms", "anchors", "live_rooms"]


# No output in English has a unit that no reader knows, and a row shows its parts, thresholds, provision and evidence.
def test_show_in_words(lsstd: Callable[..., Any]) -> None:
    for name in ("hlj-base-evaluation", "sz-supply-chain-collaboration"):
        shown = lsstd("show", name, "--lang", "en").out
        assert not re.search(r"10k yuan|\d a\b|× \d", shown)
    shown = " ".join(lsstd("show", "5", "--lang", "en").out.split())
    for words in ("requirement (应)", "≥ 20%", "floor plan with areas and uses", "应达到总建筑面积 20％以上"):
        assert words in shown
    failed = lsstd("show", "hlj-base-evaluation", "--part", "foo")
    assert failed.status == 1
    assert all(part in failed.err for part in ("conditions", "printed_tables", "crosswalk"))
    failed = lsstd("show", "hlj-base-evaluation", "live_room", "--lang", "en")
    assert failed.status == 1
    assert "did you mean live_rooms?" in failed.err


# A search tells what was found where and in whose words, and which text is silent; nothing found is no error.
def test_search_tells_whose_words(lsstd: Callable[..., Any]) -> None:
    hit = document(lsstd("search", "退货", "--json"))[0]
    assert (hit["kind"], hit["id"], hit["voice"]) == ("measure", "return_rate", "own")
    told = "".join(lsstd("search", "退货").out.split())
    assert "《直播电子商务供应链协同管理规范》：所引述、转述的文本均未提及“退货”；以下为lsstd自拟，非规范性。" in told
    assert "未提及" not in lsstd("search", "信任机制").out
    assert document(lsstd("search", "第6行", "--json"))[0]["row"] == 6
    assert document(lsstd("search", "GB/T", "25103", "--json", "--standard", "hlj-base-evaluation")) == []
    assert lsstd("search", "xyz").status == 0


# The facts of a standard are listed without an assessment: where each is used, and its unit.
def test_facts_of_a_standard(lsstd: Callable[..., Any]) -> None:
    facts = {fact["id"]: fact for fact in document(lsstd("facts", "hlj-base-evaluation", "--json"))}
    assert facts["live_rooms"]["value"] is None
    assert facts["green_plan"]["informs"] == ["criteria.innovation"]
    assert document(lsstd("facts", STANDARD_FILE, "--json")) == list(facts.values())
    shown = lsstd("facts", "hlj-base-evaluation", "--lang", "en").out
    assert "10,000 yuan" in shown
    assert "not given" not in shown


# --- report ---

BESIDES = {".lsstd-reports.jsonl", "index.html", "index.xlsx"}


# Each report is told with subject, format, path and whether it went well; one that fails leaves the others.
def test_reports_are_told_one_by_one(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    ran = lsstd("report", RURAL, "missing.yaml", BETWEEN, "-o", tmp_path, "--json")
    assert ran.status == 1
    files = json.loads(ran.out)["files"]
    assert [list(entry) for entry in files] == [["subject", "format", "path", "ok", "message"]] * 3
    assert [entry["ok"] for entry in files] == [True, False, True]
    assert [entry["format"] for entry in files] == ["html"] * 3
    assert files[0]["subject"] == "青冈县乡村直播共享基地（示例）"
    assert files[1]["path"] is None
    assert "missing.yaml" in files[1]["message"]
    made = {str(path) for path in tmp_path.iterdir()} - {str(tmp_path / name) for name in BESIDES}
    assert made == {files[i]["path"] for i in (0, 2)}
    assert "报告已写入" in ran.err


# The same subject twice in one run makes two files, the same file twice makes one. The next run replaces what has
# changed, and leaves what somebody has edited unless the user says --force; of all these only that edit is kept.
def test_own_reports_are_replaced(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    again = Path(shutil.copy(RURAL, tmp_path))
    command = ["report", RURAL, again, "-o", tmp_path / "新", "--json"]
    first = document(run_quietly(lsstd(*command[:2], *command[1:])))
    paths = [Path(entry["path"]) for entry in first["files"]]
    assert len(set(paths)) == 2
    before = [path.read_text(encoding="utf-8") for path in paths]
    paths[0].write_text("<!-- written by lsstd, and edited -->", encoding="utf-8")
    again.write_text(again.read_text(encoding="utf-8").replace("region: 绥化", "region: 某地"), encoding="utf-8")
    assert document(run_quietly(lsstd(*command))) == first
    assert "edited" in paths[0].read_text(encoding="utf-8")
    assert paths[1].read_text(encoding="utf-8") != before[1]
    assert document(run_quietly(lsstd(*command, "--force"))) == first
    assert paths[0].read_text(encoding="utf-8") == before[0]
    kept = earlier(paths[0])
    assert ["edited" in path.read_text(encoding="utf-8") for path in kept.iterdir()] == [True]
    assert {path.name for path in (tmp_path / "新").iterdir()} - BESIDES == {*(path.name for path in paths), kept.name}


# A file that not written by lsstd is not overwritten, unless the user says --force.
def test_files_of_others_are_kept(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    (entry,) = document(run_quietly(lsstd("report", RURAL, "-o", tmp_path, "--json")))["files"]
    path = Path(entry["path"])
    path.write_text("somebody's own work", encoding="utf-8")
    refused = lsstd("report", RURAL, "-o", tmp_path)
    assert refused.status == 1
    assert refused.out == ""
    assert "--force" in refused.err
    assert path.read_text(encoding="utf-8") == "somebody's own work"
    assert lsstd("report", RURAL, "-o", tmp_path, "--force").status == 0
    assert "自评报告" in path.read_text(encoding="utf-8")


# A report follows readings, standard and language as an assessment does.
def test_reports_follow_the_options(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    chosen = ["--reading", "compound_rows=all", "--standard", STANDARD_FILE, "--lang", "en"]
    (entry,) = document(run_quietly(lsstd("report", NEAR, *chosen, "-o", tmp_path, "--json")))["files"]
    page = Path(entry["path"]).read_text(encoding="utf-8")
    assert "Self-assessment report" in page
    assert "compound_rows: all" in page
    assert 'lang="en"' in page


def run_quietly(ran: Any) -> Any:
    """Take what a report says on stderr (where it was written) as read."""
    told = ("报告已写入", "report written to", "总表已写入", "份报告：新生成", "未重新生成", "未覆盖", "原有内容保留在")
    assert ran.err.count("\n") == sum(ran.err.count(words) for words in told)
    return ran._replace(err="")


# A drafter scores assessments made for one standard under another one made from it, whatever its id.
def test_another_standard_takes_the_place_of_the_one_named(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    text = (STANDARDS / "hlj-base-evaluation.yaml").read_text(encoding="utf-8")
    own = tmp_path / "my-standard.yaml"
    own.write_text(text.replace("standard: hlj-base-evaluation", "standard: my-standard", 1), encoding="utf-8")
    told = document(lsstd("assess", example("near_aaa"), "--standard", own, "--json"))
    assert told["standard"] == "my-standard"
    assert told["score"] == document(lsstd("assess", example("near_aaa"), "--json"))["score"]


# Every command that shows a grade says that it is a self-assessment, and who decides; of who is disqualified it says so
# first, and neither the next grade nor a gap.
@pytest.mark.parametrize("falsified", [True, False])
@pytest.mark.parametrize("command", ["assess", "explain", "compare {}", "certificate", "readings", "uncertainty"])
def test_no_grade_looks_official(lsstd: Callable[..., Any], tmp_path: Path, command: str, falsified: bool) -> None:
    file = tmp_path / "base.yaml"
    text = (
        Path(NEAR).read_text(encoding="utf-8").replace("data_falsified: false", f"data_falsified: {falsified}".lower())
    )
    file.write_text(text, encoding="utf-8")
    words = [word.format(file) for word in command.split()]
    outputs = {lang: "".join(lsstd(*words, file, "--lang", lang).out.split()) for lang in ("zh", "en")}
    assert "本结果为自评，不是正式评定结果；等级以评审专家组的评定（8.3.3）" in outputs["zh"]
    assert "行业主管部门的公告（9.3）为准" in outputs["zh"]
    assert "decidedonlybytheexpertpanel(8.3.3)andtheofficialannouncement(9.3)" in outputs["en"]
    assert not re.search("授予|[Aa]warded", outputs["zh"] + outputs["en"])
    assert ("取消参评资格：数据造假（4.2.2）" in outputs["zh"][:120]) == falsified
    if falsified:
        assert not re.search("furtherpoints|申报条件均已满足|还差|待提升|alonereaches", outputs["zh"] + outputs["en"])
