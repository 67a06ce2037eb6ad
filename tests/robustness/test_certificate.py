"""Certificates, held against trying every set of rows, every grid of losses and every line."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd import Standard, certificate, example, load_assessment, load_standard
from lsstd.assessment.check import parse_assessment
from lsstd.changes.reform import Reform
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult
from lsstd.engine.tree import Tree
from lsstd.errors import InvalidFile, UnknownName
from lsstd.exact import whole
from lsstd.robustness.certificate import Certificate, fewest
from lsstd.standard.bands import Band, End

MECHANISMS = runpy.run_path(str(Path(__file__).parents[1] / "population" / "test_mechanisms.py"))
standards, answers_of, READINGS = (MECHANISMS[name] for name in ("standards", "answers_of", "READINGS"))
EXAMPLES = ("near_aaa", "between_bands", "small_rural", "contradictory", "not_eligible")
HAIR = Fraction(1, 10**9)


class Oracle:
    """The engine, asked for the grade of a result of which some rows are changed."""

    def __init__(self, found: Certificate) -> None:
        result = self.result = found.result
        facts = Facts(result.standard, result.assessment, result.readings)
        self.decided, self.grader = facts.decided(), Grader(result.standard, result.readings, facts)
        self.lost = {e.row.criterion.id: e.row._replace(state="unmet", secured=e.lowest) for e in found.losses}

    def tree(self, changed: dict[str, CriterionResult]) -> Tree:
        return Tree(self.result.standard, {**self.result.criteria, **changed}, self.decided)

    def grade(self, lost: Iterable[str]) -> str | None:
        return self.grader.grade(self.tree({name: self.lost[name] for name in lost}), "secured")

    def stays(self, lost: Iterable[str]) -> bool:
        return self.grade(lost) == self.result.grade.secured


def smallest(names: Iterable[str], suffices: Callable[[set[str]], bool]) -> int | None:
    """Return the size of the smallest set that suffices, by trying them all."""
    known = list(names)
    sets = (set(chosen) for size in range(len(known) + 1) for chosen in combinations(known, size))
    return next((len(each) for each in sets if suffices(each)), None)


def drawn(data: st.DataObject) -> Certificate:
    """Return the certificate of a made-up assessment, mostly of one that has something to lose."""
    standard = data.draw(standards())
    values, _ = answers_of(data.draw, standard)
    values["facts"] = {"rooms": 6, "sales": 13.25, "staff": 4, "running": True, **values["facts"]}
    if data.draw(st.booleans()):
        part_of = {row.id: data.draw(st.sampled_from([1, 1, 0.5, 0.75])) for row in standard.scored_rows}
        values["answers"] = {
            row.id: {"score": max(row.max_score * part_of[row.id], row.min_score)} for row in standard.scored_rows
        }
    readings = {key: data.draw(st.sampled_from(options)) for key, options in READINGS.items()}
    assessment = parse_assessment(standard, values)
    points = evaluate(standard, assessment, readings).score.secured
    shares = [data.draw(st.sampled_from(ends)) for ends in ([1, 0.9, 1.25], [0.75, 0.6], [0.5, 0.2])]
    if points > 0:
        standard = standard.model_copy(update={"bands": near(standard, [points * Fraction(share) for share in shares])})
    return certificate(standard, assessment, readings)


def near(standard: Standard, lines: list[Fraction]) -> tuple[Band, ...]:
    """Return the standard's bands, with what they ask for, moved to lines near a total; a gap below the second."""
    high, middle, low = (whole(line) for line in lines)
    gap = Fraction(middle - low) / 4
    ends = [(high, None), (middle, End(value=high, closed=False)), (low, End(value=middle - gap, closed=True))]
    return tuple(
        band.model_copy(
            update={"lower": End(value=lower, closed=band.lower is None or band.lower.closed), "upper": upper}
        )
        for band, (lower, upper) in zip(standard.bands, ends, strict=True)
    )


# Whatever a standard combines, no smaller set of rows changes the grade, and none guarantees it, than the one named.
@given(st.data())
@settings(max_examples=100, deadline=None)
def test_the_fewest_rows_are_the_fewest(data: st.DataObject) -> None:
    found = drawn(data)
    if found.result.grade.secured is None:
        assert (found.points, found.rows.names, found.kept.names) == (None, None, ())
        return
    oracle = Oracle(found)
    by_hand = smallest(oracle.lost, lambda lost: not oracle.stays(lost))
    assert by_hand == (None if found.rows.names is None else len(found.rows.names))
    assert found.rows.names is None or not oracle.stays(found.rows.names)
    assert found.kept.names is not None
    everyone = set(oracle.lost)
    assert oracle.stays(everyone - set(found.kept.names))
    met = {name for name in everyone if found.result.criteria[name].state == "met"}
    among = met if oracle.stays(everyone - met) else everyone
    assert set(found.kept.names) <= among
    assert smallest(among, lambda kept: oracle.stays(everyone - kept)) == len(found.kept.names)


# However rows lose points, the grade stays unless a number that decides falls by as much as the certificate says.
@given(st.data())
@settings(max_examples=100, deadline=None)
def test_no_smaller_fall_changes_the_grade(data: st.DataObject) -> None:
    found = drawn(data)
    if found.result.grade.secured is None or (found.points and found.points.of == "criteria"):
        return
    oracle, standard = Oracle(found), found.result.standard
    share = st.fractions(0, 1, max_denominator=8)
    changed = {}
    for name, lost in oracle.lost.items():
        row = found.result.criteria[name]
        points = row.secured - data.draw(share) * (row.secured - lost.secured)
        changed[name] = row._replace(secured=points, state=row.state if points == row.secured else "partly")
    before, after = oracle.tree({}), oracle.tree(changed)
    if oracle.grader.grade(after, "secured") == found.result.grade.secured:
        return
    asked = {demand.indicator for _, demand in standard.demands()} | {t.indicator for t in standard.tables.values()}
    falls = [before.score.secured - after.score.secured]
    falls += [before.nodes[name].score.secured - after.nodes[name].score.secured for name in asked if name]
    assert found.points is not None
    assert max(falls) > found.points.points or (max(falls) == found.points.points and not found.points.beyond)


def scores(standard: Standard, found: Certificate, loss: Fraction) -> str | None:
    """Return the grade of the same assessment, answered in points, with so many points lost from the largest rows."""
    answers: dict[str, Any] = {}
    for row in sorted(found.result.criteria.values(), key=lambda row: -row.secured):
        taken = min(loss, Fraction(row.secured))
        loss -= taken
        if row.maximum:
            answers[row.criterion.id] = {"score": Fraction(row.secured) - taken}
    given_values = {"standard": standard.standard, "facts": {}, "answers": answers}
    return evaluate(standard, parse_assessment(standard, given_values), found.result.readings).grade.secured


# On the draft: exactly the points named (or a hair more) change the grade, a hair less does not, under every reading.
@pytest.mark.parametrize("between", ["lower", "none", "upper", "nearest"])
@pytest.mark.parametrize("rounding", ["none", "total"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_points_to_lose_are_exact(standard: Standard, name: str, between: str, rounding: str) -> None:
    readings = {"between_bands": between, "rounding": rounding}
    found = certificate(standard, load_assessment(example(name)), readings)
    if found.points is None:
        assert found.result.grade.secured is None
        return
    grade, points = found.result.grade.secured, Fraction(found.points.points)
    assert (scores(standard, found, points) != grade) is not found.points.beyond
    assert scores(standard, found, points + HAIR) != grade
    assert points == 0 or scores(standard, found, points - HAIR) == grade


# On the draft: a reform that moves the line named so far changes the grade, and no line moved less far does.
@pytest.mark.parametrize("between", ["lower", "none", "upper", "nearest"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_band_shift_is_the_smallest(standard: Standard, name: str, between: str) -> None:
    assessment = load_assessment(example(name))
    found = certificate(standard, assessment, {"between_bands": between})

    def changes(line: str, by: Fraction) -> bool:
        lower = next(band.lower for band in standard.bands if band.grade == line)
        assert lower is not None
        reform = Reform(reform="r", standard=standard.standard, changes={f"lines.{line}": lower.value + by})
        shifted = evaluate(reform.apply(standard), assessment, {"between_bands": between})
        return shifted.grade.secured != found.result.grade.secured

    assert found.shift is not None
    sign = 1 if found.shift.way == "up" else -1
    assert changes(found.shift.of, sign * (found.shift.points + HAIR))
    assert changes(found.shift.of, sign * Fraction(found.shift.points)) is not found.shift.beyond
    for less in (found.shift.points - HAIR, Fraction(found.shift.points) / 2):
        if less > 0:
            assert not any(changes(band.grade, way * less) for band in standard.bands for way in (1, -1))


# Paper and pencil: 398 11/12 points are AA, whose line is 351, AAA's 401; the four largest rows hold 61 points.
def test_the_example_by_hand(standard: Standard) -> None:
    told = certificate(standard, load_assessment(example("near_aaa"))).to_dict()
    assert told["grade"] == "AA"
    assert told["points_to_lose"] == pytest.approx(398 + 11 / 12 - 351)
    assert (told["beyond"], told["points_of"]) == (True, "total")
    assert told["rows_to_lose"] == 4
    assert told["band_shift"] == pytest.approx(401 - 398 - 11 / 12)
    assert told["shift"] == {"line": "AAA", "way": "down", "beyond": False}
    assert len(told["guarantee"]) == 37


# A row that is lost is worth what it secures without its answer.
def test_a_lost_row_is_worth_what_nothing_proves(standard: Standard) -> None:
    assessment = load_assessment(example("near_aaa"))
    found = certificate(standard, assessment)
    for loss in found.losses:
        row = loss.row.criterion
        if not any(part.test for part in row.parts.values()):
            without = assessment.with_answers({row.id: "unknown"})
            assert evaluate(standard, without).criteria[row.id].secured == loss.lowest


def made(rows: dict[str, dict[str, Any]], bands: list[dict[str, Any]], **rest: Any) -> Standard:
    both = {name: {"clause": "1", "text": name, "indicator": "a", "max_score": 10, **row} for name, row in rows.items()}
    values = {"standard": "small", "edition": "1", "title": "small", "indicators": {"a": {"name": "a"}}}
    return Standard.model_validate({**values, "criteria": both, "bands": bands, **rest})


def of(standard: Standard, answers: dict[str, Any], **readings: str) -> Certificate:
    return certificate(standard, parse_assessment(standard, {"standard": "small", "answers": answers}), readings)


TWO = [{"grade": "好", "lower": 8}, {"grade": "中", "upper": {"value": 8, "closed": False}}]


# A grade without a lower end cannot be lost, and needs no row.
def test_a_grade_that_cannot_be_lost() -> None:
    told = of(made({"x": {}, "y": {}}, TWO), {"x": {"score": 3}}).to_dict()
    assert (told["grade"], told["points_to_lose"], told["rows_to_lose"], told["guarantee"]) == ("中", None, None, [])
    assert told["band_shift"] == 5


# A signed row can fall below 0, and so take more than it has brought.
def test_a_signed_row_falls_below_nothing() -> None:
    standard = made({"x": {}, "y": {"min_score": -5, "max_score": 5}}, TWO)
    found = of(standard, {"x": "met", "y": {"score": 1}})
    assert [loss.lowest for loss in found.losses] == [0, -5]
    assert len(found.rows.names or ()) == 1


# Where a grade asks that rows be met, the least loss of one of them ends it.
def test_a_demand_on_rows_bears_nothing() -> None:
    high = {"grade": "好", "lower": 8, "requires": [{"criteria": ["x", "y"], "met": 2}]}
    told = of(made({"x": {}, "y": {}, "z": {}}, [high, TWO[1]]), dict.fromkeys("xyz", "met")).to_dict()
    assert (told["points_to_lose"], told["beyond"], told["points_of"]) == (0, True, "criteria")
    assert (told["rows_to_lose"], sorted(told["guarantee"])) == (1, ["x", "y"])


# A search that is stopped names no rows and says how many are too few, rather than giving a wrong number.
def test_a_search_that_is_stopped_says_so(standard: Standard) -> None:
    told = certificate(standard, load_assessment(example("near_aaa")), limit=4).to_dict()
    assert (told["rows_to_lose"], told["rows"], told["guarantee"]) == (None, None, [])
    assert told["more_than"]["rows"] == 2


# Over chains of which the front always does most, the search finds the size that trying every set finds.
@given(st.lists(st.lists(st.integers(1, 9), max_size=3), max_size=4), st.integers(0, 20), st.booleans())
@settings(max_examples=100, deadline=None)
def test_the_search_over_chains(weights: list[list[int]], need: int, is_smallest: bool) -> None:
    chains = [[f"{i}.{j}" for j in range(len(chain))] for i, chain in enumerate(weights)]
    size = {f"{i}.{j}": w for i, chain in enumerate(weights) for j, w in enumerate(sorted(chain, reverse=True))}

    def suffices(names: set[str]) -> bool:
        sums = [sum(size[name] for name in names if name[0] == str(i)) for i in range(len(weights))]
        return (min(sums, default=0) if is_smallest else sum(sums)) >= need

    found = fewest(chains, suffices, 100_000)
    by_hand = smallest(size, suffices)
    assert by_hand == (None if found.names is None else len(found.names))
    assert found.names is None or suffices(set(found.names))
    assert found.more_than is None


# What awards no grade, and readings that do not exist, are refused in clear words.
def test_wrong_input() -> None:
    topics = load_standard("sz-supply-chain-collaboration")
    with pytest.raises(InvalidFile, match="没有分值"):
        certificate(topics, load_assessment(example("supply_chain")))
    with pytest.raises(InvalidFile, match="没有等级分数段"):
        of(made({"x": {}}, []), {})
    with pytest.raises(UnknownName, match="between_bands"):
        of(made({"x": {}}, TWO), {}, between_band="none")


# The table has a line a row; the chart is drawn on the axes given, in both languages.
def test_table_and_plot(standard: Standard) -> None:
    found = certificate(standard, load_assessment(example("near_aaa")))
    frame = found.table
    assert int(frame["fewest"].sum()) == 4
    assert frame["loss"].sum() == pytest.approx(float(found.result.score.secured))
    for lang in ("zh", "en"):
        figure, ax = plt.subplots()
        assert found.plot(ax=ax, lang=lang) is ax  # type: ignore[arg-type]
        plt.close(figure)


# The command prints one JSON document, or a sheet that tells the same in words.
def test_the_command(lsstd: Callable[..., Any], tmp_path: Path) -> None:
    file = example("near_aaa")
    told = lsstd("certificate", file, "--json").parsed
    assert list(told)[1:6] == ["grade", "points_to_lose", "beyond", "points_of", "rows_to_lose"]
    shown = lsstd("certificate", file, "--lang", "en")
    assert (shown.status, "loses more than 47.92" in shown.out) == (0, True)
    none = lsstd("certificate", example("between_bands"), "--reading", "between_bands=none")
    assert "尚无等级" in none.out
    reform = tmp_path / "r.yaml"
    changes = {"lines.AA": 390}
    reform.write_text(json.dumps({"reform": "r", "standard": "hlj-base-evaluation", "changes": changes}))
    assert lsstd("certificate", file, "--reform", reform, "--json").parsed["points_to_lose"] < 10
    wrong = lsstd("certificate", example("supply_chain"))
    assert (wrong.status, "没有分值" in wrong.err) == (1, True)
