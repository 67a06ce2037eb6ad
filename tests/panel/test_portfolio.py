"""Many results side by side: ranks, spreads, common gaps and change, by hand and recomputed another way."""

import statistics
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsstd import Result, Standard, evaluate, load_assessment, load_population, load_standard
from lsstd.errors import InvalidFile
from lsstd.files.places import data, example
from lsstd.panel.portfolio import Portfolio, portfolio, spread_of
from lsstd.population.scoring import scores_of
from lsstd.reports.report_types import portfolio_of, read_portfolio

Assess = Callable[..., Result]


def scored(assess: Assess, *points: float, **subjects: object) -> list[Result]:
    """Return subjects with so many points on one row and nothing else."""
    return [assess({"certifications": {"score": p}}, **subjects) for p in points]


def subject(assess: Assess, points: float, **given: str) -> Result:
    return assess({"certifications": {"score": points}}, subject=given)


@pytest.fixture(scope="module")
def rounds() -> Portfolio:
    return portfolio_of(read_portfolio())


# Equal scores share a rank and the next is left out; thirds are equal exactly, and 6.67 is not two thirds of ten.
def test_ties_are_exact(assess: Assess) -> None:
    thirds = [
        assess({"live_equipment": {"parts": {"equipment_provided": "met", "equipment_maintained": "met"}}}),
        assess({"training_centre": {"parts": {"training_centre_built": "met", "training_plan": "met"}}}),
    ]
    found = portfolio([*scored(assess, 6.67), *thirds, *scored(assess, 10, 5)])
    assert [member.rank for member in found.members] == [1, 2, 3, 3, 5]
    assert found.members[2].result.score.secured == Fraction(20, 3)
    assert [member.rank for member in portfolio(scored(assess, 5, 10, 5, 1)).members] == [1, 2, 2, 4]


# One, and many alike: there is always a portfolio, its counts add up, and no grade is left out.
@pytest.mark.parametrize("count", [1, 3])
def test_one_and_all_equal(assess: Assess, count: int) -> None:
    found = portfolio(scored(assess, *[4] * count))
    assert [member.rank for member in found.members] == [1] * count
    assert sum(grade.by_score for grade in found.grades) == sum(grade.awarded for grade in found.grades) == count
    assert [found.eligible(state) for state in (True, False, None)] == [0, 0, count]
    assert found.change is None
    assert [grade.grade for grade in found.grades] == ["AAAA", "AAA", "AA", "A", None]
    assert found.spread == spread_of([4])
    assert len(found.table) == count


# A portfolio needs members.
def test_nobody_has_no_portfolio() -> None:
    with pytest.raises(ValueError, match="at least one"):
        portfolio([])


# A score on a line lies in the range above it; the ranges are tenths of the full score, the ends open.
def test_ranges_hold_their_lower_end(assess: Assess, standard: Standard) -> None:
    full = {row.id: {"score": row.max_score} for row in standard.scored_rows}
    tops = [row.id for row in standard.scored_rows if row.max_score == 10][:5]
    fifty = assess({row: full[row] for row in tops})
    found = portfolio([assess(full), fifty, assess({**{row: full[row] for row in tops[1:]}})])
    counts = [(r.lower and r.lower.value, r.upper and r.upper.value, r.count) for r in found.ranges]
    assert [member.result.score.secured for member in found.members] == [500, 50, 40]
    assert counts[0] == (450, None, 1)
    assert counts[-2:] == [(50, 100, 1), (None, 50, 1)]
    assert sum(count for _, _, count in counts) == 3


# Median and quartiles are those of statistics (inclusive) and of NumPy (linear), two other ways to them.
@given(st.lists(st.fractions(-9, 500, max_denominator=12), min_size=1, max_size=30))
def test_quartiles_as_others_take_them(values: list[Fraction]) -> None:
    found = spread_of(values)
    quartiles = [found.lower, found.median, found.upper]
    assert (found.lowest, found.highest, found.median) == (min(values), max(values), statistics.median(values))
    assert np.quantile([float(v) for v in values], [0.25, 0.5, 0.75]) == pytest.approx([float(q) for q in quartiles])
    if len(values) > 1:
        assert statistics.quantiles(values, n=4, method="inclusive") == quartiles


# The kernel for populations, which knows nothing of all this, finds the same scores, grades and eligibility.
def test_the_kernel_agrees(rounds: Portfolio, standard: Standard) -> None:
    people = load_population(data() / "portfolio" / "2024", standard)
    found = scores_of(people, standard)
    totals = sorted(found.secured.total / found.ratings.lattice, reverse=True)
    assert [float(member.result.score.secured) for member in rounds.members] == pytest.approx(totals)
    ranks = [1 + sum(other > total + 1e-9 for other in totals) for total in totals]
    assert [member.rank for member in rounds.members] == ranks
    assert 7 in ranks
    assert 8 not in ranks


# What closing a row would bring is what evaluating it closed brings, subject by subject.
def test_gaps_are_what_closing_brings(rounds: Portfolio, standard: Standard) -> None:
    assert len(rounds.gaps) > 20
    for gap in (*rounds.gaps[:3], rounds.gaps[-1]):
        row, missing, brought, rises = gap.criterion, 0, Fraction(0), 0
        for member in rounds.members:
            was = member.result
            parts = dict.fromkeys([part.test.fact for part in row.parts.values() if part.test])
            closed = was.assessment.with_answers({row.id: {"score": row.max_score}}).with_facts(parts)
            then = evaluate(standard, closed)
            gain = then.criteria[row.id].secured - was.criteria[row.id].secured
            missing += was.criteria[row.id].secured < row.max_score
            brought += gain
            grades = (*standard.grades, None)
            rises += grades.index(then.grade.secured) < grades.index(was.grade.secured)
        assert (gap.missing, gap.count) == (missing, 12)
        assert gap.points == brought / 12
        assert gap.rises == rises


# Ten of the bases were there before, one of them found by its name; what their rows brought adds up to the change.
def test_change_of_the_example(rounds: Portfolio) -> None:
    assert rounds.change
    assert [change.by for change in rounds.change.changes].count("name") == 1
    assert (len(rounds.change.changes), len(rounds.change.new), len(rounds.change.left)) == (10, 2, 1)
    assert not rounds.change.doubts
    assert not rounds.change.other_rules
    for change in rounds.change.changes:
        assert sum(row.brought for row in change.case.changed) + change.case.rest == change.points
        grades = (*change.now.result.standard.grades, None)
        was, now = (grades.index(m.result.grade.secured) for m in (change.before, change.now))
        assert change.steps == was - now
    assert sorted(change.steps for change in rounds.change.changes) == [-1, 0, 0, 0, 0, 0, 0, 1, 1, 1]


# An id finds a subject under another name; without one the name does; blanks match nobody.
def test_matched_by_id_then_by_name(assess: Assess) -> None:
    now = [subject(assess, 9, id="1", name="new name"), subject(assess, 8, name=" 同名 "), subject(assess, 7)]
    before = [subject(assess, 1, id="1", name="old name"), subject(assess, 2, id="2", name="同名"), subject(assess, 3)]
    found = portfolio(now, before).change
    assert found
    assert [(change.by, change.points) for change in found.changes] == [("id", 8), ("name", 6)]
    assert [member.result.score.secured for member in found.new] == [7]
    assert [member.result.score.secured for member in found.left] == [3]
    assert not found.doubts


# One id twice, one name twice, one name with two ids: nobody is matched by a guess, and it is told.
@pytest.mark.parametrize(
    ("now", "before"),
    [
        ([{"id": "1", "name": "a"}, {"id": "1", "name": "b"}], [{"id": "1", "name": "a"}]),
        ([{"name": "a"}], [{"name": "a"}, {"name": "a"}]),
        ([{"id": "1", "name": "a"}], [{"id": "2", "name": "a"}]),
    ],
)
def test_nobody_is_matched_by_a_guess(assess: Assess, now: list[dict[str, str]], before: list[dict[str, str]]) -> None:
    sides = [[subject(assess, 5, **given) for given in side] for side in (now, before)]
    found = portfolio(*sides).change
    assert found
    assert found.changes == ()
    assert (len(found.new), len(found.left)) == (len(now), len(before))
    assert [(len(doubt.now), len(doubt.before)) for doubt in found.doubts] == [(len(now), len(before))]


# A subject of a name that another with an id that is not in use had, too, is not taken for it.
def test_a_name_that_was_taken_finds_nobody(assess: Assess) -> None:
    now = [subject(assess, 9, id="1", name="a")]
    before = [subject(assess, 1, id="1", name="b"), subject(assess, 2, name="a")]
    found = portfolio(now, before).change
    assert found
    assert [(change.by, change.points) for change in found.changes] == [("id", 8)]
    assert [member.label.zh for member in found.left] == ["a"]


# Files name those who have no name, or share it with another; a name of one's own needs none.
def test_labels_tell_subjects_apart(assess: Assess) -> None:
    results = [
        subject(assess, 3, name="a"),
        subject(assess, 2, name="a"),
        subject(assess, 1),
        subject(assess, 0, name="b"),
    ]
    files = {"x.yaml": "0", "y.yaml": "1", "z.yaml": "2", "w.yaml": "3"}
    labels = [member.label.en for member in portfolio(results, names=files).members]
    assert labels == ["a (x.yaml)", "a (y.yaml)", "(no name given) (z.yaml)", "b"]
    assert [member.label.zh for member in portfolio(results).members] == ["a", "a", "（未填名称）", "b"]


# Results of several standards or readings do not go together, nor does one without points; each is told.
def test_a_mix_is_refused(assess: Assess) -> None:
    results = scored(assess, 5, 6)
    other = evaluate(
        load_standard(data() / "standards" / "made-up-studio.yaml"), load_assessment(example("studio_good"))
    )
    profile = evaluate(load_standard("sz-supply-chain-collaboration"), load_assessment(example("supply_chain")))
    read = assess(readings={"compound_rows": "all"})
    with pytest.raises(InvalidFile) as caught:
        portfolio([*results, other, profile, read])
    assert [problem.where for problem in caught.value.problems] == ["#3", "#4", "#5"]
    with pytest.raises(InvalidFile, match="made-up-studio"):
        portfolio(results, [other])
    with pytest.raises(InvalidFile, match="a standard with points"):
        portfolio([profile])
    change = portfolio(results, [read]).change
    assert change
    assert change.other_rules


# A standard of many mechanisms passes through the same code: stars, a bonus on top, a deduction.
def test_a_standard_of_many_mechanisms() -> None:
    studio = load_standard(data() / "standards" / "made-up-studio.yaml")
    results = [evaluate(studio, load_assessment(example(name), studio)) for name in ("studio_partial", "studio_good")]
    found = portfolio(results, results[:1])
    assert [float(member.result.score.secured) for member in found.members] == [90, 20.75]
    assert [(n.grade, n.by_score) for n in found.grades] == [("三星", 1), ("二星", 0), ("一星", 0), (None, 1)]
    assert {gap.criterion.id: gap.missing for gap in found.gaps}["complaint_free"] == 2
    assert found.change
    assert [change.points for change in found.change.changes] == [0]
    assert found.plot(lang="en").get_yticklabels()
