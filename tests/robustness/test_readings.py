"""The grade under every combination of readings, held against evaluating every combination."""

from __future__ import annotations

import random
import runpy
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd import Standard, example, load_assessment, load_population, load_standard, population_readings
from lsstd import readings_envelope as envelope_of
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import Outcomes, evaluate, reading_matters
from lsstd.errors import InvalidFile, UnknownName
from lsstd.files.cases import evaluate as public_evaluate
from lsstd.files.cases import evaluate_file
from lsstd.standard.readings import OPTIONS

MECHANISMS = runpy.run_path(str(Path(__file__).parents[1] / "population" / "test_mechanisms.py"))
EXAMPLES = ("near_aaa", "between_bands", "small_rural", "contradictory", "not_eligible")
EXTRAS = {
    "conditions": {
        "size": {"clause": "1", "text": "rooms", "tests": [{"fact": "rooms", "operator": ">=", "value": 3}]},
        "staffed": {"clause": "1", "text": "staff", "tests": [{"fact": "staff", "operator": ">=", "value": 3}]},
    },
    "vetoes": {"shut": {"clause": "1", "text": "shut", "test": {"fact": "running", "operator": "==", "value": True}}},
    "same_quantities": [{"facts": ["rooms", "staff"], "clauses": ["1"], "note": "perhaps one"}],
}


@st.composite
def cases(draw: Any) -> tuple[Standard, Assessment]:
    """A made-up standard with some readings, a row without points, conditions, a veto; and an assessment."""
    plain = draw(MECHANISMS["standards"]())
    values = plain.in_file
    keys = draw(st.lists(st.sampled_from(sorted(OPTIONS)), min_size=1, max_size=5, unique=True))
    values["readings"] = {
        key: {"clause": "1", "question": key, "options": {o: o for o in draw(st.permutations(OPTIONS[key]))}}
        for key in keys
    }
    gate = {"clause": "1", "text": "lawful", "indicator": "b", "parts": {"lawful": {"text": "lawful"}}}
    values["criteria"] = {**values["criteria"], "gate": gate}
    standard = Standard.model_validate({**values, **EXTRAS})
    given_values, _ = MECHANISMS["answers_of"](draw, plain)
    given_values["answers"]["gate"] = draw(st.sampled_from(["met", "unmet", "unknown"]))
    return standard, parse_assessment(standard, given_values)


def every(standard: Standard) -> Iterator[dict[str, str]]:
    """Yield every combination of the readings that a standard's file lists."""
    listed = {str(key): tuple(reading.options) for key, reading in standard.readings.items()}
    for combination in product(*listed.values()):
        yield dict(zip(listed, combination, strict=True))


def graded(standard: Standard, assessment: Assessment, readings: dict[str, str]) -> tuple[str | None, str | None]:
    grade = evaluate(standard, assessment, readings).grade
    return grade.secured, grade.awarded


# Grades, awards, options tried alone and how often a reading decides: all as found by trying every combination.
@given(cases())
@settings(max_examples=60, deadline=None)
def test_the_envelope_is_what_every_combination_gives(case: tuple[Standard, Assessment]) -> None:
    standard, assessment = case
    found = envelope_of(standard, assessment)
    tried = {tuple(readings.items()): graded(standard, assessment, readings) for readings in every(standard)}
    assert found.counts == Counter(tried.values())
    assert found.combinations == len(tried)
    assert found.grades == {g: sum(s == g for s, _ in tried.values()) for g in (*standard.grades, None)}
    assert {effect.key for effect in found.effects} == set(standard.readings)
    for effect in found.effects:
        contexts: dict[Any, set[str | None]] = {}
        counts: dict[str, Counter[str | None]] = {option: Counter() for option in effect.options}
        for readings, (secured, _) in tried.items():
            contexts.setdefault(tuple(pair for pair in readings if pair[0] != effect.key), set()).add(secured)
            counts[dict(readings)[effect.key]][secured] += 1
        assert (effect.changes, effect.contexts) == (sum(len(g) > 1 for g in contexts.values()), len(contexts))
        assert effect.counts == counts
        alone = {o: graded(standard, assessment, {effect.key: o}) for o in effect.options}
        assert effect.options == alone


# The finding is reported for those readings, and only those, of which another option alone changes a grade.
@given(cases())
@settings(max_examples=60, deadline=None)
def test_the_finding_says_which_readings_matter(case: tuple[Standard, Assessment]) -> None:
    standard, assessment = case
    here = evaluate(standard, assessment)
    told = [finding.reading for finding in reading_matters(standard, assessment, here.readings)]
    wanted = [
        str(key)
        for key, reading in standard.readings.items()
        if len({graded(standard, assessment, {key: option}) for option in reading.options}) > 1
    ]
    assert told == wanted


# On the draft, combinations drawn at random come out as the engine evaluates them.
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_draft_agrees_on_a_sample(standard: Standard, name: str) -> None:
    assessment, draw = load_assessment(example(name)), random.Random(name)
    outcomes = Outcomes(standard, assessment)
    for readings in draw.sample(list(every(standard)), 60):
        assert tuple(outcomes.under(standard.choose_readings(readings))) == graded(standard, assessment, readings)


# On the draft, all 768 combinations, of which only those of readings that can matter are tried.
@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_draft_agrees_on_all(standard: Standard, name: str) -> None:
    assessment = load_assessment(example(name))
    found = envelope_of(standard, assessment)
    assert found.counts == Counter(graded(standard, assessment, readings) for readings in every(standard))
    assert found.combinations == 768


# The near_aaa example by hand; bands, gate, thresholds and equating change nothing, so each line stands for 32.
# Shares: 398 11/12, rounded 399, by row 400 (7+8+3+13+11+2 for 20/3, 7.5, 2.5, 40/3, 11.25 and 5/3): AA; with all of
# row 48, 5 more: AAA; without rows 46 and 47, 31 less: AA either way. AAA 3, AA 9 of 12.
# All: rows 10, 13, 15, 19, 25, 26, 31, 34, 35, 36 and 45 lose 95 5/12, row 48 keeps its 5: 303.5 to 309 are A; without
# rows 46 and 47, 31 less, none. A 6, none 6 of 12.
def test_the_example_by_hand(standard: Standard) -> None:
    told = envelope_of(standard, load_assessment(example("near_aaa"))).to_dict()
    assert told["grades"] == [
        {"grade": grade, "count": count}
        for grade, count in (("AAAA", 0), ("AAA", 96), ("AA", 288), ("A", 192), (None, 192))
    ]
    assert [entry["key"] for entry in told["matters"]] == ["compound_rows", "bonus"]
    assert told["matters"][0]["options"] == {"shares": "AA", "all": "A"}
    assert sum(entry["count"] for entry in told["awarded"]) == told["combinations"] == 768


# A reading that the user chooses is held: fewer combinations, and the others are tried beside it.
def test_a_chosen_reading_is_held(standard: Standard) -> None:
    assessment = load_assessment(example("near_aaa"))
    held = envelope_of(standard, assessment, {"compound_rows": "all"})
    whole = envelope_of(standard, assessment)
    assert held.combinations == 384
    assert held.outcome.secured == "A"
    effect = next(effect for effect in whole.effects if effect.key == "compound_rows")
    assert {grade: count for grade, count in held.grades.items() if count} == dict(effect.counts["all"])
    assert "compound_rows" not in {effect.key for effect in held.effects}


# Files tell it (assess, reports); the plain evaluation, which must stay quick, does not.
def test_files_report_readings_that_matter(lsstd: Callable[..., Any], standard: Standard) -> None:
    file = example("between_bands")
    codes = [finding.code for finding in evaluate_file(file).findings]
    assert codes.count("reading_matters") == 2
    told = lsstd("assess", file, "--json").parsed["findings"]
    clauses = [found["clause"] for found in told if found["code"] == "reading_matters"]
    assert clauses == [standard.readings["between_bands"].clause, standard.readings["rounding"].clause]
    plain = public_evaluate(standard, load_assessment(file)).findings
    assert "reading_matters" not in {finding.code for finding in plain}


# Where no reading has anything to change, none is reported; a standard of topics has no grade to change.
def test_no_reading_matters(standard: Standard) -> None:
    assert not [f for f in evaluate_file(example("supply_chain")).findings if f.code == "reading_matters"]
    nothing = parse_assessment(standard, {"standard": standard.standard})
    assert list(reading_matters(standard, nothing, standard.default_readings)) == []
    assert envelope_of(standard, nothing).agreeing == 768


# Each subject of a population has the grades, under as many combinations, that its own envelope has.
def test_a_population_agrees_with_its_assessments(standard: Standard, tmp_path: Path) -> None:
    for name in EXAMPLES:
        shutil.copy(example(name), tmp_path / f"{name}.yaml")
    found = population_readings(load_population(tmp_path, standard))
    own = [envelope_of(standard, load_assessment(example(name))) for name in sorted(EXAMPLES)]
    subjects = found.subjects
    counts = [[count / each.combinations for count in each.grades.values()] for each in own]
    assert subjects.filter(like="share_").to_numpy() == pytest.approx(np.array(counts))
    assert subjects["agreeing"].tolist() == pytest.approx([each.agreeing / each.combinations for each in own])


# The same where trees are more than sums, so that another reading of the bands is scored anew.
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_population_of_a_made_up_standard(data: st.DataObject) -> None:
    plain = data.draw(MECHANISMS["standards"]())
    listed = {
        key: {"clause": "1", "question": key, "options": {o: o for o in OPTIONS[key]}} for key in MECHANISMS["READINGS"]
    }
    values = plain.in_file
    standard = Standard.model_validate({**values, "readings": listed})
    values, line = MECHANISMS["answers_of"](data.draw, standard)
    found = population_readings(load_population(pd.DataFrame([line]), standard))
    own = envelope_of(standard, parse_assessment(standard, values))
    shares = found.subjects.filter(like="share_").iloc[0].tolist()
    assert shares == pytest.approx([count / own.combinations for count in own.grades.values()])
    moved = {(m.key, m.option) for m in found.table.itertuples(index=False) if m[2]}
    assert moved == {
        (effect.key, option)
        for effect in own.effects
        for option, outcome in effect.options.items()
        if outcome.secured != own.outcome.secured
    }


# Readings of a population are ranked by how many subjects one of their options moves, up and down.
def test_a_population_ranks_the_readings(standard: Standard, lsstd: Callable[..., Any]) -> None:
    people = Path(__file__).parents[2] / "data" / "populations" / "made_up_60.csv"
    found = population_readings(load_population(people, standard))
    assert [*found.table["key"]][:2] == ["compound_rows", "recommended_rows"]
    assert (found.table["count"] == found.table["up"] + found.table["down"]).all()
    assert found.subjects.filter(like="share_").sum(axis=1).tolist() == pytest.approx([1] * 60)
    told = lsstd("readings", people, "--json").parsed
    assert told["stable"] == int((found.subjects["agreeing"] == 1).sum()) == found.stable
    assert sum(entry["count"] for entry in told["grades"]) == told["population"]["count"] == 60
    assert "compound_rows" in lsstd("readings", people).out
    figure, ax = plt.subplots()
    assert found.plot(ax=ax, lang="en") is ax
    plt.close(figure)


# What awards no grade, and readings or options that do not exist, are refused in clear words.
def test_wrong_input(standard: Standard, lsstd: Callable[..., Any]) -> None:
    with pytest.raises(InvalidFile, match="没有分值"):
        envelope_of(load_standard("sz-supply-chain-collaboration"), load_assessment(example("supply_chain")))
    with pytest.raises(UnknownName, match="compound_rows"):
        envelope_of(standard, load_assessment(example("near_aaa")), {"compound_row": "all"})
    wrong = lsstd("readings", example("near_aaa"), "--reading", "rounding=up")
    assert (wrong.status, wrong.out, "rounding" in wrong.err) == (1, "", True)


# The table has a line an option; the chart is drawn on the axes given; the sheet tells the same in words.
def test_table_plot_and_sheet(standard: Standard, lsstd: Callable[..., Any]) -> None:
    found = envelope_of(standard, load_assessment(example("near_aaa")))
    assert len(found.table) == sum(len(reading.options) for reading in standard.readings.values())
    for lang in ("zh", "en"):
        figure, ax = plt.subplots()
        assert found.plot(ax=ax, lang=lang) is ax  # type: ignore[arg-type]
        plt.close(figure)
    assert "AA under 288 of 768" in lsstd("readings", example("near_aaa"), "--lang", "en").out
    told = lsstd("readings", example("near_aaa"), "--json", "--reading", "rounding=row").parsed
    assert (told["held"], told["combinations"]) == ({"rounding": "row"}, 256)


# Combinations are counted and never shown as a share that reads like a probability; what can be reached without the
# recommended rows is told where a reading, tried or held, leaves them out.
def test_no_share_reads_like_a_probability(lsstd: Callable[..., Any]) -> None:
    people = Path(__file__).parents[2] / "data" / "populations" / "made_up_60.csv"
    for file in (example("near_aaa"), people):
        for lang, words in (("en", "at most 460 of 500 points can be reached"), ("zh", "满分 500 分中最多可得 460 分")):
            told = " ".join(lsstd("readings", file, "--lang", lang).out.split())
            assert words.replace(" ", "") in told.replace(" ", "")
            assert "%" not in told
    told = lsstd("readings", example("near_aaa"), "--lang", "en").out
    assert "it decides the grade in 384 of the 384 combinations" in " ".join(told.split())
    assert "no probability" in told
    held = lsstd("readings", example("near_aaa"), "--lang", "en", "--reading", "recommended_rows=scored").out
    assert "460" not in held
    assert "460" in lsstd("readings", example("near_aaa"), "--lang", "en", "--reading", "recommended_rows=left_out").out
