"""How likely the unknown is, and a common factor behind all of it: overall maturity, or how strict the assessor is."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from lsstd.errors import LsstdError, Problem, Problems
from lsstd.exact import Exact, shown, total
from lsstd.files.reading import read_plain
from lsstd.standard.models import Model, Positive, read_model
from lsstd.words import Text, clip, msg, msg_in


class UnknownChance(NamedTuple):
    """How likely the unknown is.

    Parameters
    ----------
    unknown : float
        The chance that an unknown row, part or demand on a fact is met.
    odds : float
        What the odds of everything uncertain are multiplied by (a common factor; 1 changes nothing).
    """

    unknown: float = 0.5
    odds: float = 1.0

    @property
    def met(self) -> float:
        """The chance that an unknown is met."""
        return self.unknown * self.odds / (1 - self.unknown + self.unknown * self.odds)

    def between(self, low: Exact, high: Exact) -> dict[Exact, float]:
        """Return the lower number with the chance that an unknown is not met, else the higher; none of chance 0."""
        return {points: p for points, p in {low: 1 - self.met, high: self.met}.items() if p > 0}

    def tilted(self, chances: Mapping[Exact, float]) -> dict[Exact, float]:
        """Return chances of points, tilted by the odds in proportion to the place between the lowest and highest."""
        if self.odds == 1 or len(chances) < 2:
            return dict(chances)
        low, high = min(chances), max(chances)
        tilted = {
            points: p * self.odds ** float(Fraction(points - low) / (high - low)) for points, p in chances.items()
        }
        together = sum(tilted.values())
        return {points: p / together for points, p in tilted.items()}


class FactorLevel(Model):
    """One level of the factor: how likely it is, and what it does to the odds of everything uncertain."""

    name: str = ""
    weight: Positive
    odds: Positive = Field(description="2 doubles the odds that an unknown is met, 0.5 halves them")


class Common(Model):
    """A factor that everything uncertain shares; its levels exclude each other and their weights sum to 1."""

    common: str = Field(min_length=1, max_length=200, description="what it is")
    levels: tuple[FactorLevel, ...] = Field(min_length=1, max_length=100, strict=False)


def parse_common(value: object, name: str = "common") -> Common:
    """Read a common factor from plain values.

    Raises
    ------
    InvalidFile
        It has no levels, weights that do not sum to 1, or numbers that are not above 0 (all problems at once).
    """
    problems, title = Problems(), msg("{name} is not a valid common factor", name=name)
    factor = read_model(Common, value, problems, title)
    together = total(level.weight for level in factor.levels)
    if abs(float(together) - 1) > 1e-9:
        found = msg_in("weights", "they sum to {together}", together=shown(together, 6))
        problems.add("levels.weight", found, "1")
    problems.raise_if_any(title)
    return factor


def load_common(path: str | Path) -> Common:
    """Return a common factor from a YAML or JSON file.

    >>> [str(level.weight) for level in lsstd.load_common("data/factors/maturity.yaml").levels]
    ['3/10', '2/5', '3/10']
    """
    return parse_common(read_plain(Path(path))[0].value, Path(path).name)


def chances_of(unknown: float, common: Common | None = None) -> list[tuple[UnknownChance, float]]:
    """Return the chance of the unknown at each level of the common factor, with the level's weight.

    Raises `LsstdError`: a chance outside 0 to 1.
    """
    if not 0 <= unknown <= 1:  # NaN included
        problem = Problem("--unknown", Text(*[clip(unknown)] * 2), msg("from 0 to 1"))
        raise LsstdError(msg("invalid chance"), [problem])
    if common is None:
        return [(UnknownChance(unknown), 1.0)]
    together = float(total(level.weight for level in common.levels))
    return [(UnknownChance(unknown, float(level.odds)), float(level.weight) / together) for level in common.levels]
