"""Grades from scores: the bands as printed, and as a reading completes them where they leave gaps."""

from fractions import Fraction
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from lsstd.exact import Exact, shown
from lsstd.standard.models import Clause, Id, Listed, Model, Number, Share, Words, in_long, mistake
from lsstd.standard.scoring_table import Test
from lsstd.words import msg


class End(Model):
    """One end of a band: a score, and whether it belongs to the band."""

    value: Number = Field(description="the value")
    closed: bool = Field(description="whether the value itself belongs to the band")


EndAsGiven = Annotated[End, BeforeValidator(in_long("value", closed=True), Number | End)]
"""An end; a bare score belongs to its band."""


def print_band(low: End | None, high: End | None) -> str:
    """Print a band in the manner of the documents: ``401 ～ 450``, ``≥ 90``, ``60 ≤ x ﹤ 80``."""
    if low and high and low.closed and high.closed:
        return f"{shown(low.value)} ～ {shown(high.value)}"
    if low and high:
        return f"{shown(low.value)} {'≤' if low.closed else '﹤'} x {'≤' if high.closed else '﹤'} {shown(high.value)}"
    if low:
        return f"{'≥' if low.closed else '﹥'} {shown(low.value)}"
    return f"{'≤' if high.closed else '﹤'} {shown(high.value)}" if high else "—"


class Demand(Model):
    """What a grade asks for besides its score; exactly one of an indicator, rows and a fact."""

    clause: Clause | None = Field(None, description='the clause\'s number as printed, as text: "5.10"')
    label: Words | None = Field(None, description="what it is called, in both languages or one")
    indicator: Id | None = Field(None, description="with share or points: what it must reach at least")
    share: Share | None = Field(None, description="of the indicator's maximum")
    points: Number | None = Field(None, description="points; under a rule points: where they start")
    criteria: Listed[Id] = Field((), description="with met: rows of which that number must be met")
    met: int | None = Field(None, ge=1, description="how many must be met")
    test: Test | None = Field(None, description="a demand on a fact; it decides by itself")
    applies: Test | None = Field(None, description="it is asked only where this holds (a kind of subject, a region)")

    @property
    def tests(self) -> dict[str, Test]:
        """The tests on facts within it, by their keys."""
        return {key: test for key, test in (("test", self.test), ("applies", self.applies)) if test}

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        reached = self.share is not None or self.points is not None
        forms = (self.indicator is not None and reached, bool(self.criteria) and self.met is not None, bool(self.test))
        halves = (self.indicator is not None or reached, bool(self.criteria) or self.met is not None, bool(self.test))
        if forms != halves or sum(forms) != 1 or (self.share is not None and self.points is not None):
            raise mistake(msg("exactly one of: indicator with share or points; criteria with met; test"))
        return self


class Band(Model):
    """A grade and the scores that earn it, as printed and as parsed; a missing end is unbounded."""

    grade: str = Field(description="the grade's name")
    lower: EndAsGiven | None = Field(
        None, description="the lowest score: a number, or {value, closed}; none: unbounded"
    )
    upper: EndAsGiven | None = Field(
        None, description="the highest score: a number, or {value, closed}; none: unbounded"
    )
    printed: str = Field(
        default_factory=lambda data: print_band(data.get("lower"), data.get("upper")), description="as printed"
    )
    requires: Listed[Demand] = Field((), description="what the grade asks for besides its score")

    def is_above(self, score: Exact) -> bool:
        """Say whether a score is too low for this band."""
        end = self.lower
        return end is not None and (score < end.value or (score == end.value and not end.closed))

    def is_below(self, score: Exact) -> bool:
        """Say whether a score is too high for this band."""
        end = self.upper
        return end is not None and (score > end.value or (score == end.value and not end.closed))

    def holds(self, score: Exact) -> bool:
        """Say whether a score lies in this band."""
        return not (self.is_above(score) or self.is_below(score))


class Table(Model):
    """A further table of bands: of the same score, or of one indicator's (a sheet)."""

    id: Id = Field(description="an id of one's own")
    label: Words = Field(description="what it is called, in both languages or one")
    clause: Clause | None = Field(None, description='the clause\'s number as printed, as text: "5.10"')
    indicator: Id | None = Field(None, description="whose score is graded; none: the total")
    bands: Listed[Band] = Field(min_length=1, description="highest first")
    decides: bool = Field(False, description="the lowest grade of the tables that decide is the grade")


class Distance(NamedTuple):
    """How far a score is from a line; beyond it where the line itself does not belong to the grade."""

    grade: str
    points: Exact
    beyond: bool


def gaps(bands: tuple[Band, ...]) -> list[tuple[Band, Band]]:
    """Return the neighbours (higher, lower) between which scores lie that no band holds."""
    return [(high, low) for high, low in pairwise(bands) if _is_gap(high.lower, low.upper)]


def _is_gap(above: End | None, below: End | None) -> bool:
    if above is None or below is None:
        return False
    return below.value < above.value or (below.value == above.value and not (above.closed or below.closed))


def complete(bands: tuple[Band, ...], reading: str) -> tuple[Band, ...]:
    """Return the bands with their gaps given to a neighbour, as the reading ``between_bands`` says.

    Under ``nearest`` a score in the middle of a gap belongs to the lower neighbour.
    """
    done = list(bands)
    for i, (high, low) in enumerate(pairwise(bands)):
        above, below = high.lower, low.upper
        if reading == "none" or above is None or below is None or not _is_gap(above, below):
            continue
        middle = End(value=Fraction(above.value + below.value) / 2, closed=False)
        meets = {"lower": above, "upper": _beside(below), "nearest": middle}[reading]
        done[i] = done[i].model_copy(update={"lower": meets})
        done[i + 1] = done[i + 1].model_copy(update={"upper": _beside(meets)})
    return tuple(done)


def _beside(end: End) -> End:
    return End(value=end.value, closed=not end.closed)


def with_line(bands: tuple[Band, ...], grade: str, line: Exact) -> tuple[Band, ...]:
    """Return bands with the line of a grade moved: both ends that meet there, gap and openness kept.

    A grade without a lower end is a `ValueError`.
    """
    place = [band.grade for band in bands].index(grade)
    lower, out = bands[place].lower, list(bands)
    if lower is None:
        raise ValueError(grade)
    out[place] = moved_to(bands[place], lower=line)
    if place + 1 < len(bands) and (upper := bands[place + 1].upper) is not None:
        out[place + 1] = moved_to(bands[place + 1], upper=upper.value + line - lower.value)
    return tuple(out)


def moved_to(band: Band, **ends: Exact) -> Band:
    """Return a band with an end at another value, printed anew; an end that was not there belongs to the band."""
    moved = {
        name: End(value=value, closed=end.closed if (end := getattr(band, name)) else True)
        for name, value in ends.items()
    }
    changed = band.model_copy(update=moved)
    return changed.model_copy(update={"printed": print_band(changed.lower, changed.upper)})


def between(bands: tuple[Band, ...], score: Exact) -> tuple[Band, Band] | None:
    """Return the two printed bands (higher, lower) that a score falls between, if it does."""
    return next((pair for pair in pairwise(bands) if pair[0].is_above(score) and pair[1].is_below(score)), None)


def grade_of(completed: tuple[Band, ...], score: Exact) -> str | None:
    """Return the grade of a score, None below or outside every band."""
    return next((band.grade for band in completed if band.holds(score)), None)


def distance_up(completed: tuple[Band, ...], score: Exact) -> Distance | None:
    """Return how many points are missing to the next grade, None at the highest (or without bands)."""
    return next((_distance(band, score) for band in reversed(completed) if band.is_above(score)), None)


def cushion_down(completed: tuple[Band, ...], score: Exact) -> Distance | None:
    """Return how many points may be lost before the grade is, None outside every band."""
    return next((_distance(band, score) for band in completed if band.holds(score)), None)


def _distance(band: Band, score: Exact) -> Distance | None:
    if (line := band.lower) is None:
        return None
    return Distance(band.grade, max(score - line.value, line.value - score), not line.closed)
