"""Wrong input: each mistake in a file is told with where it is, what was found and what would be right."""

import re
from pathlib import Path

import pytest

from lsstd.errors import FileError, InvalidFile, LsstdError, Problem, UnknownName
from lsstd.files.assessments import load_assessment
from lsstd.files.places import example
from lsstd.files.standards import load_standard
from lsstd.words import Text, same

HEAD = "standard: hlj-base-evaluation\n"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]+ [a-z]+ [a-z]+")

# One mistake an entry: the lines after the head (which is line 1), then where, found and right in English.
MISTAKES = {
    "an unknown key at the top level": ("fact: {}", "fact", "unknown key fact", "did you mean facts?"),
    "a list of answers": ("answers: [met]", "answers", "['met']", "a mapping of keys to values"),
    "a list of facts": ("facts: [14]", "facts", "[14]", "a mapping of keys to values"),
    "a number as the subject": ("subject: 7", "subject", "7", "a mapping of keys to values"),
    "a number as a name": ("subject: {name: 7}", "subject.name", "7", "text"),
    "a name too long": (f"subject: {{name: {'长' * 1001}}}", "subject.name", "'长长", "at most 1000 characters"),
    "a day that no calendar has": ("as_of: 2024-02-30", "as_of", "'2024-02-30'", "a full date"),
    "a month as the reference day": ("as_of: 2024-12", "as_of", "'2024-12'", "a full date"),
    "a number as the reference day": ("as_of: 20241231", "as_of", "20241231", "a full date"),
    "an unknown fact": ("facts: {live_room: 3}", "facts.live_room", "unknown fact", "did you mean live_rooms?"),
    "a fact with capitals": ("facts: {Live_Rooms: 3}", "facts.Live_Rooms", "unknown fact", "did you mean live_rooms?"),
    "a fact in Chinese": ("facts: {直播间数量: 3}", "facts.直播间数量", "unknown fact", "one of opened"),
    "a fact below 0": ("facts: {office_area: -0.5}", "facts.office_area", "-0.5", "a number, 0 or more"),
    "a fraction of a room": ("facts: {live_rooms: 9.5}", "facts.live_rooms", "9.5", "a whole number"),
    "text where a number belongs": ("facts: {live_rooms: 14 间}", "facts.live_rooms", "'14 间'", "a number"),
    "a number in quotes": ('facts: {office_area: "1850"}', "facts.office_area", "'1850'", "a number"),
    "a boolean where a number belongs": ("facts: {live_rooms: true}", "facts.live_rooms", "true", "a number"),
    "a list where a number belongs": ("facts: {live_rooms: [14]}", "facts.live_rooms", "[14]", "a number"),
    "a number for a boolean": ("facts: {honest_operation: 1}", "facts.honest_operation", "1", "true or false"),
    "yes for a boolean": ("facts: {honest_operation: yes}", "facts.honest_operation", "'yes'", "true or false"),
    "a fact that is NaN": ("facts: {office_area: .nan}", "facts.office_area.value", "nan", "a finite number"),
    "an infinite fact": ("facts: {office_area: .inf}", "facts.office_area.value", "inf", "a finite number"),
    "a fact past every double": ("facts: {office_area: 1e400}", "facts.office_area.value", "inf", "a finite number"),
    "a month that no year has": ("facts: {opened: 2024-13}", "facts.opened", "'2024-13'", "a date such as"),
    "a fact's long form, misspelt": ("facts: {live_rooms: {valu: 3}}", "facts.live_rooms.valu", "valu", "value?"),
    "an unknown row": ("answers: {village_room: met}", "answers.village_room", "unknown criterion", "village_rooms?"),
    "points on a row without": (
        "answers: {legal_compliance: {score: 5}}",
        "answers.legal_compliance.score",
        "5",
        "from 0 to 0",
    ),
    "a range on a row without points": (
        "answers: {legal_compliance: {range: [0, 0]}}",
        "answers.legal_compliance",
        "range",
        "met or unmet",
    ),
    "an unknown part": (
        "answers: {party_branch: {parts: {party_studies: met}}}",
        "answers.party_branch.parts.party_studies",
        "unknown part",
        "did you mean party_study?",
    ),
    "an unknown state of a part": (
        "answers: {party_branch: {parts: {party_study: 1}}}",
        "answers.party_branch.parts.party_study",
        "1",
        "one of 'met', 'unmet'",
    ),
    "a part that is not applicable": (
        "answers: {party_branch: {parts: {party_study: not_applicable}}}",
        "answers.party_branch",
        "not_applicable",
        "met, unmet or unknown",
    ),
}
# Answers to one row that has 10 points and no parts: the answer, then where below the row, found and right.
ROW = "certifications"
ANSWERS = {
    "an unknown state": ("yes", ".state", "'yes'", "one of 'met', 'unmet'"),
    "a boolean as the answer": ("true", "", "true", "a mapping of keys to values"),
    "a bare number as the answer": ("5", "", "5", "a mapping of keys to values"),
    "not applicable": ("not_applicable", "", "not_applicable", "met, unmet or unknown"),
    "two forms at once": ("{score: 3, state: met}", "", "'score': 3", "exactly one of"),
    "no form at all": ("{note: 待定}", "", "'note': '待定'", "exactly one of"),
    "a level on a scored row": ("{level: 3}", "", "level", "has points, not levels"),
    "a score below 0": ("{score: -1}", ".score", "-1", "from 0 to 10"),
    "a score above the maximum": ("{score: 10.5}", ".score", "10.5", "from 0 to 10"),
    "a score that is NaN": ("{score: .nan}", ".score", "nan", "a finite number"),
    "an infinite score": ("{score: .inf}", ".score", "inf", "a finite number"),
    "a boolean as the score": ("{score: true}", ".score", "true", "a finite number"),
    "text as the score": ('{score: "5"}', ".score", "'5'", "a finite number"),
    "a range upside down": ("{range: [5, 2]}", ".range", "[5, 2]", "the lower end first"),
    "a range above": ("{range: [5, 11]}", ".range", "11", "from 0 to 10"),
    "a range of three": ("{range: [1, 2, 3]}", ".range", "[1, 2, 3]", "at most 2 items"),
    "half a range": ("{range: [1]}", ".range.1", "missing", "a value"),
    "a word in a range": ("{range: [1, 高]}", ".range.1", "'高'", "a finite number"),
    "chances below 1": ("{chances: [[0, 0.2], [5, 0.7]]}", ".chances", "they sum to 0.9", "1"),
    "chances above 1": ("{chances: {0: 0.5, 5: 0.6}}", ".chances", "they sum to 1.1", "1"),
    "no chances": ("{chances: []}", ".chances", "they sum to 0", "1"),
    "a negative chance": ("{chances: [[0, -0.5], [5, 1.5]]}", ".chances", "a negative chance", "from 0 to 1"),
    "a score twice": ("{chances: [[5, 0.5], [5.0, 0.5]]}", ".chances", "a repeated score", "each score once"),
    "a score of chances above": ("{chances: [[11, 1]]}", ".chances", "11", "from 0 to 10"),
    "chances that are NaN": ("{chances: [[5, .nan]]}", ".chances.0.1", "nan", "a finite number"),
    "a chance without its score": ("{chances: [[0.5]]}", ".chances", "[[0.5]]", "a list of [score, chance]"),
    "a word as a score of chances": ("{chances: {高: 1}}", ".chances", "'高'", "scores as keys"),
    "parts on a row without parts": ("{parts: {a: met}}", ".parts.a", "unknown part", "none to choose from"),
    "evidence without its file": ("{state: met, evidence: [{fil: a}]}", ".evidence.0.fil", "unknown key", "mean file?"),
    "evidence of no day": (
        "{state: met, evidence: [{file: a, issued: 2023-02-29}]}",
        ".evidence.0.issued",
        "'2023-02-29'",
        "a date such as",
    ),
}
for _name, (_answer, _below, *_told) in ANSWERS.items():
    MISTAKES[_name] = (f"answers:\n  {ROW}: {_answer}", f"answers.{ROW}{_below}", *_told)


def written(folder: Path, content: str | bytes, name: str = "base.yaml") -> Path:
    """Write a file as somebody handed it in."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path) -> LsstdError:
    """Return the error that loading a file ends with; it must speak both languages."""
    with pytest.raises(LsstdError) as caught:
        load_assessment(path)
    zh, en = caught.value.to("zh"), caught.value.to("en")
    assert CHINESE.search(zh)
    assert "expected: " in en or "did you mean" in en
    assert "应为：" in zh or "是否指" in zh
    return caught.value


# Each mistake is told where it stands, with its line, what was found and what would be right; Chinese messages hold no
# English sentence, English ones no Chinese but what the file itself holds.
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_place_line_found_and_right(tmp_path: Path, mistake: str) -> None:
    lines, where, found, right = MISTAKES[mistake]
    error = refused(written(tmp_path, f"{HEAD}{lines}\n"))
    (problem,) = [problem for problem in error.problems if problem.where == where]
    assert problem.line == 2 + lines.count("\n")
    assert found in problem.found.en
    assert right in problem.expected.en
    assert not ENGLISH.search(error.to("zh"))
    assert not set(CHINESE.findall(error.to("en"))) - set(lines)


# All problems of a file are told at once and in the order of its lines: malformed entries and unknown names alike.
def test_all_problems_come_at_once_in_order(tmp_path: Path) -> None:
    text = """\
subject: {name: 冰城, city: 哈尔滨}
as_of: 2024-02-30
colour: red
facts:
  live_room: 3
  live_rooms: -1
  office_area: .nan
answers:
  village_room: met
  innovation: {score: 99}
  certifications: {score: true}
  after_sales: {chances: [[0, 0.2], [5, 0.7]]}
  site_and_amenities: maybe
"""
    problems = refused(written(tmp_path, HEAD + text)).problems
    assert [(problem.line, problem.where) for problem in problems] == [
        (2, "subject.city"),
        (3, "as_of"),
        (4, "colour"),
        (6, "facts.live_room"),
        (7, "facts.live_rooms"),
        (8, "facts.office_area.value"),
        (10, "answers.village_room"),
        (11, "answers.innovation.score"),
        (12, "answers.certifications.score"),
        (13, "answers.after_sales.chances"),
        (14, "answers.site_and_amenities.state"),
    ]


# What cannot be read at all says so, in the words of a user, and names the file.
@pytest.mark.parametrize(
    ("content", "found", "right"),
    [
        ("", "an empty file", "keys such as standard"),
        ("# 待填\n", "an empty file", "keys such as standard"),
        ("- met\n- unmet\n", "['met', 'unmet']", "keys such as standard"),
        ("冰城直播基地\n", "'冰城直播基地'", "keys such as standard"),
        (f"{HEAD}subject: {{name: 冰城}}\n".encode("gbk"), "not UTF-8", "UTF-8"),
        (f"{HEAD}subject: {{name: 冰城}}\n".encode("utf-16"), "not UTF-8", "UTF-8"),
        (b"PK\x03\x04" + bytes(range(256)), "not UTF-8", "UTF-8"),
        ("standard: [hlj\nfacts: }", "expected", "valid YAML"),
        (f"{HEAD}\tfacts: {{}}\n", "tab", "valid YAML"),
        (f'{HEAD}subject: {{name: "a\0b"}}\n', "control characters", "valid YAML"),
        (f"{HEAD}---\n{HEAD}", "a second document", "one document"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "an anchor or alias", "the content written out in full"),
        ("a: !!python/object/apply:os.system [id]\n", "the tag", "no tags"),
        (f"{HEAD}facts: {'[' * 100}{']' * 100}\n", "too deeply nested", "40 levels"),
        (f"{HEAD}? [a]\n: 3\n", "a key that is not text", "a key that is text"),
        ("facts: {live_rooms: 1}\n", "missing", "hlj-base-evaluation"),
        ("standard: 3\n", "3", "hlj-base-evaluation"),
        ("standard: [hlj-base-evaluation, sz-supply-chain-collaboration]\n", "['hlj", "hlj-base-evaluation"),
        ("standard: hlj-base-evaluaton\n", "no standard 'hlj-base-evaluaton'", "did you mean hlj-base-evaluation?"),
        (f"standard: {Path(__file__).as_posix()}\n", "the ending .py", ".yaml"),
    ],
)  # fmt: skip
def test_what_is_no_assessment_is_refused(tmp_path: Path, content: str | bytes, found: str, right: str) -> None:
    error = refused(written(tmp_path, content))
    (problem,) = error.problems
    assert found in problem.found.en
    assert right in problem.expected.en
    assert "base.yaml" in error.to("en") or Path(__file__).name in error.to("en")
    assert "\n" not in problem.to("en")


# Of wrong encoding, the line at which it begins is told.
def test_wrong_encoding_names_its_line(tmp_path: Path) -> None:
    (problem,) = refused(
        written(tmp_path, f"{HEAD}as_of: 2024-12-31\nsubject: {{name: 冰城}}\n".encode("gbk"))
    ).problems
    assert problem.line == 3


# Every repeated key is told with the line of its first mention: the later one never silently wins.
def test_repeated_keys_are_refused_all_at_once(tmp_path: Path) -> None:
    text = f"{HEAD}answers:\n  village_rooms: met\n  innovation: met\n  village_rooms: unmet\n{HEAD}"
    problems = refused(written(tmp_path, text)).problems
    assert [(problem.where, problem.line) for problem in problems] == [("answers.village_rooms", 5), ("standard", 6)]
    assert problems[0].found.en == "repeats line 3"
    assert problems[1].found.en == "repeats line 1"


# JSON is read as strictly as YAML: NaN, repeated keys, half a file, lone surrogates, numbers of 5000 digits.
@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"standard": "hlj-base-evaluation", "facts": {"office_area": NaN}}', "nan"),
        ('{"standard": "hlj-base-evaluation", "answers": {"innovation": {"score": Infinity}}}', "inf"),
        ('{"standard": "hlj-base-evaluation", "standard": "other"}', "a repeated key"),
        ('{"standard": ', "Expecting value"),
        ('{"standard": "hlj-base-evaluation", "subject": {"name": "\\ud800"}}', "\\ud800"),
        ('{"standard": "hlj-base-evaluation", "facts": {"office_area": ' + "9" * 5000 + "}}", "5000 digits"),
        ('{"standard": ' + "[" * 100_000 + "]" * 100_000 + "}", "deeply nested"),
        ("[]", "[]"),
    ],
)
def test_json_is_read_as_strictly(tmp_path: Path, content: str, found: str) -> None:
    (problem,) = refused(written(tmp_path, content, "base.json")).problems
    assert found in problem.found.en


# A missing file, a folder, a file of another kind, one too large and a name that no system takes are refused plainly.
def test_paths_that_hold_no_assessment(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    written(tmp_path, HEAD, "base.txt")
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(20 * 2**20)
    expected = {
        "missing.yaml": "there is no such file",
        "folder.yaml": "it is a folder",
        "base.txt": "the ending .txt",
        "large.yaml": "20 MB",
        "base.yaml/below.yaml": "there is no such file",
        "base.txt/below.yaml": "a part of the path is a file",
        f"{'long' * 100}.yaml": "too long",
        "nul\0.yaml": "null",
    }
    for name, found in expected.items():
        error = refused(tmp_path / name)
        assert isinstance(error, FileError)
        assert found in error.problems[0].found.en
        assert error.problems[0].where.startswith(str(tmp_path))


# An assessment read against another standard than its own is told that, and not forty unknown names.
def test_another_standard_than_the_file_names(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEAD}facts: {{live_rooms: 3}}\nanswers: {{innovation: met}}\n")
    with pytest.raises(InvalidFile) as caught:
        load_assessment(path, load_standard("sz-supply-chain-collaboration"))
    (problem,) = caught.value.problems
    assert (problem.where, problem.line) == ("standard", 1)
    assert problem.expected.en == "sz-supply-chain-collaboration"


# A standard that does not exist is told with the nearest one, a file that holds none with all that it lacks.
def test_standards_that_do_not_load(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"did you mean hlj-base-evaluation\?"):
        load_standard("hlj-base-evalution")
    with pytest.raises(UnknownName, match="one of hlj-base-evaluation, sz-supply-chain-collaboration"):
        load_standard("")
    with pytest.raises(FileError, match="there is no such file"):
        load_standard(tmp_path / "missing.yaml")
    with pytest.raises(InvalidFile) as caught:
        load_standard(written(tmp_path, "standard: mine\nedition: 1\nbands: {}\nfact: {}\n", "mine.yaml"))
    told = {problem.where: problem for problem in caught.value.problems}
    assert {"edition", "title", "bands", "fact"} <= set(told)
    assert told["edition"].line == 2
    assert told["fact"].expected.en == "did you mean facts?"


# Characters that would steer a terminal do not come out of a file in a message, nor does a message break its line.
def test_messages_do_not_steer_the_terminal(tmp_path: Path) -> None:
    text = HEAD + 'answers: {"\\e[31mred": met, innovation: "\\e]0;title\\a"}\n'
    told = refused(written(tmp_path, text)).to("zh")
    assert "\x1b" not in told
    assert "\a" not in told
    assert "[31mred" in told


# What was found is shortened, so that a page of text in the wrong place stays one line.
def test_long_values_are_shortened(tmp_path: Path) -> None:
    (problem,) = refused(written(tmp_path, f"{HEAD}answers: {{innovation: {'x' * 5000}}}\n")).problems
    assert len(problem.to("en")) < 250


# An example that does not exist is told with the nearest name.
def test_unknown_examples() -> None:
    with pytest.raises(UnknownName, match=r"did you mean near_aaa\?"):
        example("near_aa")


# Where a line is known, it stands beside the place, in either language.
def test_a_problem_tells_its_line() -> None:
    problem = Problem("as_of", same("'x'"), Text("日期", "a date"), 3)
    assert problem.to("zh") == "as_of（第 3 行）：'x'；应为：日期"
    assert problem.to("en") == "as_of (line 3): 'x'; expected: a date"
