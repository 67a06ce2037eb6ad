"""A common factor behind all that is uncertain: overall maturity, or how strict the assessor is."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from lsstd.errors import LsstdError, Problem, Problems
from lsstd.exact import shown, total
from lsstd.files.reading import read_plain
from lsstd.robustness.outcomes import Chance
from lsstd.standard.models import Model, Number, parse
from lsstd.words import Text, clip

_BETWEEN = Text("0 至 1", "from 0 to 1")


class Level(Model):
    """One level of the factor: how likely it is, and what it does to the odds of everything uncertain."""

    name: str = ""
    weight: Number
    odds: Number = Field(description="2 doubles the odds that an unknown is met, 0.5 halves them")


class Common(Model):
    """A factor that everything uncertain shares; its levels exclude each other and make up 1."""

    common: str = Field(min_length=1, max_length=200, description="what it is")
    levels: tuple[Level, ...] = Field(min_length=1, strict=False)


def parse_common(value: object, name: str = "common") -> Common:
    """Read a common factor from plain values.

    Raises
    ------
    InvalidFile
        It has no levels, weights that do not sum to 1, or numbers that are not above 0 (all problems at once).
    """
    problems = Problems()
    found = parse(Common, value, problems)
    for i, level in enumerate(found.levels if found else ()):
        for key, given in (("weight", level.weight), ("odds", level.odds)):
            if given <= 0:
                problems.add(f"levels.{i}.{key}", shown(given), Text("大于 0 的数", "a number above 0"))
    if found and abs(float(total(level.weight for level in found.levels)) - 1) > 1e-9:
        together = shown(total(level.weight for level in found.levels), 6)
        problems.add("levels.weight", Text(f"权重之和 {together}", f"they sum to {together}"), "1")
    problems.raise_if_any(Text(f"{name} 不是有效的共同因素", f"{name} is not a valid common factor"))
    assert found is not None
    return found


def load_common(path: str | Path) -> Common:
    """Return a common factor from a YAML or JSON file."""
    return parse_common(read_plain(Path(path))[0].value, Path(path).name)


def chances_of(unknown: float, common: Common | None) -> list[tuple[Chance, float]]:
    """Return the chance of the unknown at each level of the common factor, with the level's weight.

    Raises
    ------
    LsstdError
        A chance outside 0 to 1.
    """
    if not 0 <= unknown <= 1:  # NaN included
        raise LsstdError(Text("不是概率", "not a chance"), [Problem("--unknown", Text(*[clip(unknown)] * 2), _BETWEEN)])
    if common is None:
        return [(Chance(unknown), 1.0)]
    together = float(total(level.weight for level in common.levels))
    return [(Chance(unknown, float(level.odds)), float(level.weight) / together) for level in common.levels]
