"""The readings that the engine knows, in one table: their options, what each can touch, and what it moves there.

Whoever asks whether a reading can matter (to a row, a standard, an assessment) asks this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from lsstd.standard import bands
from lsstd.standard.scoring_table import Criterion
from lsstd.words import msg

if TYPE_CHECKING:
    from lsstd.standard.standard import Standard

ReadingKey = Literal[
    "compound_rows",
    "between_bands",
    "unscored_row",
    "bonus",
    "recommended_rows",
    "rounding",
    "missed_threshold",
    "same_quantity",
]


class KnownReading(NamedTuple):
    """A reading that the engine knows."""

    options: tuple[str, ...]  # the default first; a standard's file may name others first, or fewer
    moves: Literal["points", "grade", "award"]
    """What it changes: the points of rows (and all that follows), the grade by score, only the grade awarded."""
    touches: Callable[[Criterion, Standard], bool]  # whether it has something to change in one row of a standard
    in_standard: Callable[[Standard], bool] = lambda _: False
    """Whether it has something to change elsewhere in a standard."""


def _has_several_parts(row: Criterion, _: Standard) -> bool:
    return row.rule is None and len(row.parts) > 1 and row.max_score is not None


def _asks_for_alike(row: Criterion, standard: Standard) -> bool:
    """Whether a row asks for a fact that may be one quantity with another."""
    asked = {part.test.fact for part in row.parts.values() if part.test}
    asked |= {fact for _, fact in row.rule.facts()} if row.rule else set()
    asked |= {row.applies.fact} if row.applies else set()
    return any(asked.intersection(group.facts) for group in standard.same_quantities)


def _has_gaps(standard: Standard) -> bool:
    deciding = (table.bands for table in standard.tables.values() if table.decides)
    return any(bands.gaps(printed) for printed in (standard.bands, *deciding))


READINGS: dict[ReadingKey, KnownReading] = {
    "compound_rows": KnownReading(("shares", "all"), "points", _has_several_parts),
    "between_bands": KnownReading(("lower", "none", "upper", "nearest"), "grade", lambda *_: False, _has_gaps),
    "unscored_row": KnownReading(("information", "gate"), "award", lambda row, _: row.max_score is None),
    "bonus": KnownReading(("within", "ignored"), "points", lambda row, _: any(p.bonus for p in row.parts.values())),
    "recommended_rows": KnownReading(("scored", "left_out"), "points", lambda row, _: row.is_recommended),
    "rounding": KnownReading(("none", "row", "total"), "points", lambda row, _: row.max_score is not None),
    "missed_threshold": KnownReading(
        ("nothing", "shown"), "points", lambda row, _: any(part.is_number for part in row.parts.values())
    ),
    "same_quantity": KnownReading(
        ("suggest", "equate"), "points", _asks_for_alike, lambda standard: bool(standard.same_quantities)
    ),
}

OPTIONS = {key: reading.options for key, reading in READINGS.items()}

RETIRED = {
    "experts": msg("this reading no longer exists: how the scores of several experts combine belongs to a panel"),
    "failed_condition": msg(
        "this reading no longer exists: no grade is awarded where a condition fails (8.1.1); whether the grade by "
        "score is shown all the same is a choice of display (--condition-failed)"
    ),
}
"""Readings of earlier versions, and why they are gone."""

CHANGED = {
    "bonus": msg("a bonus is no longer a demand: where every demand must be met, its row is not lost without it.")
}
"""Readings that mean something else than in earlier versions, and what."""

MOVE_POINTS = tuple(key for key, reading in READINGS.items() if reading.moves == "points")
"""The readings that can change what a row is worth."""


def touching(row: Criterion, standard: Standard) -> Iterator[ReadingKey]:
    """Yield the readings that have something to change in a row."""
    yield from (key for key, reading in READINGS.items() if reading.touches(row, standard))


def touching_grades(standard: Standard) -> tuple[ReadingKey, ...]:
    """Return the readings that can change a grade by score; last those that leave the points as they are."""
    rows, found = standard.scored_rows, [(key, r) for key, r in READINGS.items() if r.moves != "award"]
    keys = [key for key, r in found if r.in_standard(standard) or any(r.touches(row, standard) for row in rows)]
    return tuple(sorted(keys, key=lambda key: READINGS[key].moves != "points"))


def set_aside(row: Criterion, standard: Standard, readings: Mapping[str, str]) -> tuple[ReadingKey, ...]:
    """Return the readings, other than their defaults, that touch a row's points as chosen.

    Rounding of the total leaves rows as they are.
    """
    keys = [key for key in touching(row, standard) if key in MOVE_POINTS]
    chosen = [key for key in keys if readings[key] not in (READINGS[key].options[0], "total")]
    return ("recommended_rows",) if "recommended_rows" in chosen else tuple(chosen)
