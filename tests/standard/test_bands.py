"""Grades from scores: bands with open and closed ends, their gaps, and how far the next line is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsstd import Standard
from lsstd.exact import exact
from lsstd.standard import bands
from lsstd.standard.bands import Band, End

READINGS = ("lower", "none", "upper", "nearest")


def band(grade: str, lower: Any = None, upper: Any = None) -> Band:
    """Make a band from ends such as ``(8.5, True)``: the score, and whether it belongs to the band."""
    ends = [None if end is None else End(value=end[0], closed=end[1]) for end in (lower, upper)]
    return Band(grade=grade, printed=grade, lower=ends[0], upper=ends[1])


# Gold from 8; silver 5 to 7, both ends open; bronze from 2, below 4; tin below 2.
MADE_UP = (
    band("gold", (8, True)),
    band("silver", (5, False), (7, False)),
    band("bronze", (2, True), (4, False)),
    band("tin", None, (2, False)),
)


# A score belongs to a band if it lies between its ends, or on an end that is closed.
@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (8, "gold"),
        (7.99, None),
        (7, None),
        (6.99, "silver"),
        (5, None),
        (5.01, "silver"),
        (4, None),
        (3.99, "bronze"),
        (2, "bronze"),
        (1.99, "tin"),
        (-100, "tin"),
        (10**9, "gold"),
    ],
)
def test_ends_belong_or_do_not(score: float, grade: str | None) -> None:
    assert bands.grade_of(MADE_UP, exact(score)) == grade


# Gaps are found between neighbours: between 7 and 8, and between 4 and 5; bronze and tin meet without one.
def test_gaps() -> None:
    assert [(high.grade, low.grade) for high, low in bands.gaps(MADE_UP)] == [("gold", "silver"), ("silver", "bronze")]


# A point that both neighbours leave out is a gap, too; a point that one of them takes is none.
@pytest.mark.parametrize(
    ("above", "below", "found"),
    [
        ((5, False), (5, False), True),
        ((5, True), (5, False), False),
        ((5, False), (5, True), False),
        ((6, True), (5, True), True),
    ],
)
def test_a_single_point_can_be_a_gap(above: Any, below: Any, found: bool) -> None:
    pair = (band("high", above), band("low", None, below))
    assert bool(bands.gaps(pair)) is found


# Each reading gives the scores of a gap, its ends included where no band has them, to the neighbour that it names.
@pytest.mark.parametrize(
    ("reading", "grades"),
    [
        ("lower", {7: "silver", 7.5: "silver", 7.99: "silver", 4: "bronze", 5: "bronze"}),
        ("upper", {7: "gold", 7.01: "gold", 7.5: "gold", 4: "silver", 5: "silver"}),
        (
            "nearest",
            {7: "silver", 7.5: "silver", 7.51: "gold", 4: "bronze", 4.5: "bronze", 4.51: "silver", 5: "silver"},
        ),
        ("none", {7: None, 7.5: None, 4: None, 5: None}),
    ],
)
def test_readings_complete_the_bands(reading: str, grades: dict[float, str | None]) -> None:
    completed = bands.complete(MADE_UP, reading)
    assert {score: bands.grade_of(completed, exact(score)) for score in grades} == grades


# Completing changes no grade that was there, leaves no gap (but under none), and never lets bands overlap.
@given(score=st.fractions(-5, 15, max_denominator=20), reading=st.sampled_from(READINGS))
def test_completing_only_fills(score: Fraction, reading: str) -> None:
    completed = bands.complete(MADE_UP, reading)
    holders = [one.grade for one in completed if one.holds(score)]
    printed = bands.grade_of(MADE_UP, score)
    assert len(holders) <= 1
    if printed is not None:
        assert holders == [printed]
    elif reading == "none":
        assert holders == []
    else:
        assert len(holders) == 1


# With all gaps filled, a higher score never has a lower grade, for the made-up bands and for Table 2.
@given(one=st.fractions(0, 500, max_denominator=8), other=st.fractions(0, 500, max_denominator=8), data=st.data())
def test_grades_rise_with_scores(standard: Standard, one: Fraction, other: Fraction, data: st.DataObject) -> None:
    reading = data.draw(st.sampled_from(("lower", "upper", "nearest")))
    for printed, scale in ((standard.bands, 1), (MADE_UP, Fraction(1, 50))):
        order = [None, *(one_band.grade for one_band in reversed(printed))]
        completed = bands.complete(printed, reading)
        low, high = (bands.grade_of(completed, score * scale) for score in sorted((one, other)))
        assert order.index(low) <= order.index(high)


# A score is told to lie between two bands exactly where no printed band holds it, though bands lie on both sides.
@pytest.mark.parametrize(
    ("score", "pair"),
    [
        (350, None),
        (350.001, ("AA", "A")),
        (350.5, ("AA", "A")),
        (351, None),
        (400, None),
        (400.5, ("AAA", "AA")),
        (401, None),
        (450, None),
        (450.001, None),
        (299.9, None),
        (500, None),
    ],
)
def test_between_the_bands_of_table_2(standard: Standard, score: float, pair: Any) -> None:
    found = bands.between(standard.bands, exact(score))
    assert (found and tuple(one.grade for one in found)) == pair


# The made-up bands: open ends lie between bands, too.
@pytest.mark.parametrize(
    ("score", "pair"),
    [(7, ("gold", "silver")), (5, ("silver", "bronze")), (4, ("silver", "bronze")), (8, None), (2, None), (0, None)],
)
def test_between_open_ends(score: int, pair: Any) -> None:
    found = bands.between(MADE_UP, score)
    assert (found and tuple(one.grade for one in found)) == pair


# The next line above, and whether it must be passed or only reached.
@pytest.mark.parametrize(
    ("score", "distance"),
    [
        (0, ("bronze", 2, False)),
        (2, ("silver", 3, True)),
        (5, ("silver", 0, True)),
        (6, ("gold", 2, False)),
        (7.5, ("gold", 0.5, False)),
        (8, None),
    ],
)
def test_distance_to_the_next_line(score: float, distance: Any) -> None:
    found = bands.distance_up(MADE_UP, exact(score))
    assert (found and (found.grade, found.points, found.beyond)) == (
        distance and (distance[0], exact(distance[1]), distance[2])
    )


# The cushion above the line of one's own grade; the lowest band, without a line, has none, and a gap has none.
@pytest.mark.parametrize(
    ("score", "cushion"),
    [
        (9, ("gold", 1, False)),
        (8, ("gold", 0, False)),
        (6, ("silver", 1, True)),
        (3, ("bronze", 1, False)),
        (1, None),
        (7.5, None),
    ],
)
def test_cushion_above_the_own_line(score: float, cushion: Any) -> None:
    found = bands.cushion_down(MADE_UP, exact(score))
    assert (found and (found.grade, found.points, found.beyond)) == cushion


# Going up by the distance reaches the grade that it names (a hair more where the line must be passed); less does not.
@given(score=st.fractions(-1, 9, max_denominator=12), reading=st.sampled_from(READINGS))
def test_the_distance_is_just_enough(score: Fraction, reading: str) -> None:
    completed = bands.complete(MADE_UP, reading)
    found = bands.distance_up(completed, score)
    if found is None:
        assert bands.grade_of(completed, score) == "gold"
        return
    hair = Fraction(1, 10**6)
    reached = score + found.points + (hair if found.beyond else 0)
    assert bands.grade_of(completed, reached) == found.grade
    assert bands.grade_of(completed, reached - hair) != found.grade


# A standard without bands has no grades, no gaps, no lines.
def test_without_bands() -> None:
    assert bands.complete((), "lower") == ()
    assert bands.grade_of((), 400) is None
    assert bands.between((), 400) is None
    assert bands.distance_up((), 400) is bands.cushion_down((), 400) is None
