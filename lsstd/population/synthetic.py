"""Made-up populations from stated assumptions: seeded, correlated through one factor, labelled as synthetic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from lsstd.errors import Problems
from lsstd.exact import Exact
from lsstd.files.reading import read_plain
from lsstd.population.population import SYNTHETIC, Population
from lsstd.population.table_check import validate
from lsstd.standard.models import Id, Model, Words, read_model
from lsstd.standard.scoring_table import Criterion, Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, nearest, same

Share = Annotated[float, Field(strict=False, ge=0, le=1)]
Positive = Annotated[float, Field(strict=False, gt=0)]
Loading = Annotated[float, Field(strict=False, ge=-1, le=1)] | None
LOADING = Field(None, description="the correlation with the common factor, where it is not that of all")
Floats = NDArray[np.float64]
BLOCK = 1 << 17
"""Subjects that are drawn together; each block has random numbers of its own."""


class Size(Model):
    """A class of subjects: its share, how mature they are, how large beside the typical one."""

    share: Positive = Field(description="its share of the subjects; shares need not sum to 1")
    maturity: float = Field(
        0, strict=False, ge=-10, le=10, description="added to the common factor, in standard deviations"
    )
    scale: Positive = Field(1, le=1e6, description="the size of its quantities beside the typical one")


class Chance(Model):
    """How likely a demand is met, and how strongly that depends on the common factor."""

    chance: Share = Field(description="how likely it is met, from 0 to 1")
    loading: Loading = LOADING


class Around(Model):
    """How a quantity lies about the threshold that asks for it."""

    around: Positive = Field(le=1e6, description="the median, in multiples of the threshold")
    spread: Positive = Field(le=10, description="the standard deviation of its logarithm")
    loading: Loading = LOADING


class Assumptions(Model):
    """What a made-up population is like; every number in it is an assumption and none is data."""

    population: str = Field(description="its name")
    standard: str = Field(description="the standard's id")
    note: Words = Field(description="says that it is made up, and what for")
    sizes: dict[str, Size] = Field(min_length=1, max_length=1000, description="classes of subjects, by name")
    regions: dict[str, Positive] = Field(min_length=1, max_length=1000, description="the share of each region, by name")
    loading: Share = Field(description="the correlation of whatever is drawn with the common factor, where not said")
    unknown: Share = Field(0, description="the share of cells left blank")
    steps: int = Field(2, ge=1, le=100, description="of equal size between none and all points, on rows without parts")
    rows: Chance = Field(description="for every row that is not named below")
    indicators: dict[Id, Chance] = Field({}, description="otherwise for the rows under an indicator")
    criteria: dict[Id, Chance] = Field({}, description="otherwise for a row")
    quantities: Around = Field(description="for facts with a threshold")
    claims: Chance = Field(description="for facts that are true or false")
    facts: dict[Id, Chance | Around] = Field({}, description="otherwise for a fact")


def load_assumptions(path: str | Path, standard: Standard) -> Assumptions:
    """Read the assumptions of a made-up population from a file; raise `InvalidFile` with all problems at once.

    >>> lsstd.load_assumptions("data/populations/assumptions.yaml", "hlj-base-evaluation").standard
    'hlj-base-evaluation'
    """
    parsed = read_plain(path)
    problems = Problems(parsed.lines)
    title = msg("{name} does not hold assumptions", name=Path(path).name)
    assumptions = read_model(Assumptions, parsed.value, problems, title)
    if assumptions.standard != standard.standard:
        problems.add("standard", assumptions.standard, standard.standard)
    known: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("indicators", standard.indicators),
        ("criteria", standard.criteria),
        ("facts", {name: standard.facts[name] for name in standard.tested_facts}),
    )
    for section, names in known:
        for name in getattr(assumptions, section):
            if name not in names:
                problems.add(f"{section}.{name}", msg("unknown id"), nearest(name, names))
            elif section == "facts" and not isinstance(assumptions.facts[name], _form(standard.facts[name])):
                problems.add(f"facts.{name}", msg("the wrong form"), _FORMS[_form(standard.facts[name])])
    problems.raise_if_any(title)
    return assumptions


_FORMS = {Chance: same("chance"), Around: msg("around, spread")}


def _form(fact: Fact) -> type[Chance | Around]:
    return Chance if fact.kind in ("boolean", "text", "choices") else Around


def synthetic(assumptions: Assumptions, standard: Standard, n: int, seed: int = 0) -> Population:
    """Generate a population; the same assumptions, number and seed give the same one.

    Parameters
    ----------
    n : int
        How many subjects.

    Notes
    -----
    Each subject has one maturity (normal, shifted by its size class). Whatever is met or not is met where a normal
    variable, correlated with maturity by its loading, passes the quantile of its chance; quantities are log-normal
    about their threshold. Ids say that the subjects are synthetic, wherever the table goes.

    Examples
    --------
    >>> people = lsstd.synthetic("data/populations/assumptions.yaml", "hlj-base-evaluation", n=3)
    >>> people.ids.tolist()
    ['synthetic-000001', 'synthetic-000002', 'synthetic-000003']
    """
    frame = pd.concat(list(synthetic_tables(assumptions, standard, n, seed)), ignore_index=True)
    return Population(standard, frame, None, (made_up(assumptions, seed),))


def synthetic_tables(assumptions: Assumptions, standard: Standard, n: int, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Yield the table that `synthetic` returns, block by block, so that it need not be in memory at once."""
    for number, start in enumerate(range(0, max(n, 1), BLOCK)):
        ids = [f"{SYNTHETIC}{place + 1:06d}" for place in range(start, min(start + BLOCK, n))]
        rng = np.random.default_rng([seed, number] if number else seed)
        columns = _columns(standard, _Draw(assumptions, standard, len(ids), rng))
        yield validate(pd.DataFrame({"id": ids, **dict(columns)}), standard)


def made_up(assumptions: Assumptions, seed: int) -> Text:
    """Return the note that subjects are generated, and from what."""
    return msg("synthetic data: {note} (seed {seed})", note=assumptions.note, seed=seed)


def _columns(standard: Standard, draw: _Draw) -> Iterator[tuple[str, Any]]:
    """Yield all columns but the ids."""
    yield "group.region", draw.regions
    yield "group.size", draw.sizes
    for name in (name for name in standard.facts if name in standard.tested_facts):
        yield name, draw.blank(draw.fact(standard.facts[name]))
    for row in standard.criteria.values():
        yield from ((name, draw.blank(values)) for name, values in draw.row(row))


_DENOMINATOR = 100
"""About what the lower fact of a ratio is drawn, where nothing else asks for it."""


class _Draw:
    """Draws columns one after the other from one generator."""

    def __init__(self, assumptions: Assumptions, standard: Standard, n: int, rng: np.random.Generator) -> None:
        self.assumptions, self.standard, self.n, self.rng = assumptions, standard, n, rng
        sizes = list(assumptions.sizes.values())
        size = rng.choice(len(sizes), n, p=_normed([entry.share for entry in sizes]))
        region = rng.choice(len(assumptions.regions), n, p=_normed(list(assumptions.regions.values())))
        self.sizes = np.array(list(assumptions.sizes), object)[size]
        self.regions = np.array(list(assumptions.regions), object)[region]
        self.scale = np.array([entry.scale for entry in sizes])[size]
        self.maturity = rng.standard_normal(n) + np.array([entry.maturity for entry in sizes])[size]

    def latent(self, loading: float | None) -> Floats:
        """Return normal variables that depend on maturity by a loading."""
        share = self.assumptions.loading if loading is None else loading
        noise = self.rng.standard_normal(self.n)
        return np.asarray(share * self.maturity + math.sqrt(1 - share**2) * noise)

    def met(self, chance: Chance) -> Floats:
        """Return 1 where a demand is met."""
        if chance.chance in (0, 1):
            return np.full(self.n, float(chance.chance))
        return (self.latent(chance.loading) > -NormalDist().inv_cdf(chance.chance)).astype(np.float64)

    def blank(self, values: Floats) -> Floats:
        """Leave some cells blank."""
        is_blank = self.rng.random(self.n) < self.assumptions.unknown
        return np.asarray(
            pd.Series(values).mask(is_blank) if values.dtype == object else np.where(is_blank, np.nan, values)
        )

    def fact(self, fact: Fact) -> Floats:
        """Return the values of a fact around the first threshold that asks for it."""
        threshold = self._anchor(fact)
        given = self.assumptions.facts.get(fact.id)
        if fact.kind == "boolean":
            met = self.met(given if isinstance(given, Chance) else self.assumptions.claims)
            return met if threshold else 1 - met
        if fact.kind in ("text", "choices"):
            asked = threshold if isinstance(threshold, tuple) else (threshold,)
            others = [option for option in fact.options if option not in asked] or list(asked)
            met = self.met(given if isinstance(given, Chance) else self.assumptions.claims) == 1
            return np.where(met, self.rng.choice(asked, self.n), self.rng.choice(others, self.n)).astype(object)
        about = given if isinstance(given, Around) else self.assumptions.quantities
        scale = 1.0 if fact.kind == "percent" or fact.years_since else self.scale
        values = float(threshold) * about.around * scale * np.exp(about.spread * self.latent(about.loading))
        if fact.kind == "percent":
            values = np.minimum(values, 100)
        return np.round(values, 0 if fact.kind == "count" else 1)

    def _anchor(self, fact: Fact) -> Any:
        """Return the first threshold of a fact, or where a rule that measures it turns."""
        for _, test in self.standard.tests():
            if test.fact == fact.id:
                return test.value
        for rule in (row.rule.measured for row in self.standard.criteria.values() if row.rule):
            if rule and fact.id == rule.per:
                return _DENOMINATOR
            if rule and fact.id == rule.fact:
                return rule.near() * (_DENOMINATOR if rule.per else 1)
        return 1

    def row(self, row: Criterion) -> Iterator[tuple[str, Floats]]:
        """Yield the columns of a row: its parts that no fact decides, or points that its rule knows, in equal steps."""
        chance = self._chance(row)
        if (row.rule and row.rule.measured) or not (row.max_score is not None or row.id in self.standard.demanded_rows):
            return
        if row.parts:
            yield from ((f"{row.id}.{part.id}", self.met(chance)) for part in row.parts.values() if not part.test)
            return
        steps = self.assumptions.steps if row.max_score is not None else 1
        met = self.met(chance)
        for _ in range(steps - 1):
            met = met + self.met(chance)
        points = np.array([float(_worth(row, Fraction(step, steps))) for step in range(steps + 1)])
        yield row.id, points[met.astype(np.intp)]

    def _chance(self, row: Criterion) -> Chance:
        """Return what is assumed of a row: of itself, of an indicator above it, or of all rows."""
        if row.id in self.assumptions.criteria:
            return self.assumptions.criteria[row.id]
        name: str | None = row.indicator
        while name is not None:
            if name in self.assumptions.indicators:
                return self.assumptions.indicators[name]
            name = self.standard.indicators[name].parent
        return self.assumptions.rows


def _worth(row: Criterion, share: Fraction) -> Exact:
    """Return points of a row about a share of the way up that can be given: of its levels, or whole steps."""
    least, unmet, top = row.ends
    if row.rule and row.rule.levels:
        given = sorted({unmet, *(end for level in row.rule.levels.values() for end in level.points)})
        return given[math.floor(share * (len(given) - 1))]
    expert = row.rule.expert if row.rule else None
    points = (least if expert else unmet) + share * (top - (least if expert else unmet))
    if expert is None or expert.step is None:
        return points
    return max(math.floor(points / expert.step), math.ceil(Fraction(least) / expert.step)) * expert.step


def _normed(shares: list[float]) -> Floats:
    weights = np.array(shares)
    return np.asarray(weights / weights.sum())
