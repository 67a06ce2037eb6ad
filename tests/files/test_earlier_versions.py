"""Files of earlier versions: they load, nothing in them is lost, and what became of it is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lsstd import load_assessment
from lsstd.errors import InvalidFile
from lsstd.files.cases import read_case
from lsstd.files.places import data
from lsstd.population.population import load_population
from lsstd.standard.standard import Standard

HEAD = "standard: hlj-base-evaluation\nsubject: {name: 旧}\n"
FORMER = "readings: {experts: mean}\nanswers: {village_rooms: met}\n"


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "old.yaml") -> Path:
        path = tmp_path / name
        path.write_text(HEAD + text if name == "old.yaml" else text, encoding="utf-8")
        return path

    return write


# A report made from one says what became of its readings, and is verified from its own record.
def test_a_report_of_it_verifies(written: Callable[..., Path], lsstd: Callable[..., Any], tmp_path: Path) -> None:
    made = lsstd("report", written(FORMER), "-o", tmp_path / "out", "--lang", "en")
    assert made.status == 0, made.err
    (page,) = (tmp_path / "out").glob("old*.html")
    assert "belongs to a panel" in page.read_text(encoding="utf-8")
    assert lsstd("verify", page).status == 0


# Readings that are gone or mean something else are told by name, in both languages; the rest of the file is scored.
@pytest.mark.parametrize(
    ("readings", "zh", "en"),
    [
        ("{experts: mean}", "评审合成", "belongs to a panel"),
        ("{failed_condition: report}", "--condition-failed", "--condition-failed"),
        ("{bonus: ignored}", "加分不再作为一项要求", "choose with --reading bonus"),
        ("{bonus: within}", "加分不再作为一项要求", "is not lost without it."),
    ],
)
def test_former_readings_are_told(
    written: Callable[..., Path], lsstd: Callable[..., Any], readings: str, zh: str, en: str
) -> None:
    file = written(f"readings: {readings}\nanswers: {{village_rooms: met}}\n")
    for lang, words in (("zh", zh), ("en", en)):
        run = lsstd("assess", file, "--json", "--lang", lang)
        (told,) = [entry["message"] for entry in run.parsed["findings"] if entry["code"] == "carried"]
        assert (run.status, run.err, run.parsed["score"]["secured"]) == (0, "", 5)
        assert words in told
        assert readings.strip("{}").partition(":")[0] in told


# A reading that still decides something is no part of an assessment: refused, with what to write instead.
def test_other_readings_are_refused(written: Callable[..., Path], lsstd: Callable[..., Any]) -> None:
    run = lsstd("assess", written("readings: {experts: mean, compound_rows: all}\n"), "--lang", "en")
    assert (run.status, run.out) == (1, "")
    assert "readings.compound_rows (line 3)" in run.err
    assert "--reading compound_rows=all" in run.err
    with pytest.raises(InvalidFile, match="readings"):
        load_assessment(written("readings: mean\n"))


# In a scenario a reading that is gone is left out, with a note.
def test_a_scenario_of_an_earlier_version(written: Callable[..., Path]) -> None:
    written("answers: {village_rooms: met}\n")
    scenario = written("scenario: what if\nbase: old.yaml\nreadings: {experts: mean, rounding: row}\n", "s.yaml")
    case = read_case(scenario)
    assert case.readings == {"rounding": "row"}
    assert [finding.code for finding in case.evaluate().findings].count("carried") == 1


# A folder says how many of its files are older.
def test_populations_of_an_earlier_version(standard: Standard, written: Callable[..., Path], tmp_path: Path) -> None:
    written(FORMER)
    written(HEAD + "answers: {village_rooms: met}\n", "new.yaml")
    notes = load_population(tmp_path, standard).notes
    assert any(note.en.startswith("files with readings of an earlier version: 1") for note in notes)


# An own standard that still asks a reading which is gone is refused with the reason, in both languages.
def test_an_own_standard_with_a_former_reading(written: Callable[..., Path], lsstd: Callable[..., Any]) -> None:
    text = (data() / "standards" / "made-up-studio.yaml").read_text(encoding="utf-8")
    question = "  experts: {clause: '1', question: 怎样合成, options: {mean: 平均}}\n"
    own = text.replace("\nreadings:\n", f"\nreadings:\n{question}")
    run = lsstd("show", written(own, "own.yaml"), "--lang", "en")
    assert (run.status, run.out, "belongs to a panel" in run.err) == (1, "", True)
