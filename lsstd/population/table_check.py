"""The table of a population, checked against a standard: every problem at once, by column and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.errors import MOST, InvalidFile, Problem
from lsstd.exact import LARGEST, plain
from lsstd.files.cells import DATE, TEXT, TRUTH, Odd, Shown, day, number, seen
from lsstd.numerals import Unclear
from lsstd.standard.scoring_table import Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, msg_in, nearest

NOT_APPLICABLE = "not_applicable"
"""How the column ends that says of whom an optional row or part does not hold (``<criterion>.not_applicable``)."""
_NUMBERS = ("number", "count", "percent")
_SHOWN = 5  # problems told of each column; of the others only how many there are


def validate(
    frame: pd.DataFrame,
    standard: Standard,
    name: str = "DataFrame",
    lines: Sequence[int] | None = None,
    is_whole: bool = False,
) -> pd.DataFrame:
    """Return a population's table with a number, truth value, date or text in every cell that is not blank.

    Parameters
    ----------
    standard : Standard
        Says which columns there may be and what they may hold.
    name : str
        What messages call the table.
    lines : sequence of int, optional
        The line of each subject in its file.
    is_whole : bool
        Whether this is a whole population, not a part of one: then a single subject, subjects about whom nothing is
        known, and weights that are all 0 are refused.

    Raises
    ------
    InvalidFile
        All problems at once: column, line, found, expected; for many in one column, the first few and their number.
    """
    problems: list[Problem] = []
    lines = range(1, len(frame) + 1) if lines is None else lines
    if not standard.scored_rows:
        found, expected = msg("it has no points"), msg("a standard with points")
        problems.append(Problem(standard.standard, found, expected))
    if "id" not in frame and frame.index.name == "id":
        frame = frame.reset_index()
    frame = frame.reset_index(drop=True)  # the index of a part may begin anywhere
    for column in ("id",) if "id" not in frame else ():
        problems.append(Problem(column, msg("no such column"), msg("an id for each subject")))
    if not len(frame):
        problems.append(Problem(name, msg("no rows"), msg("at least one row")))
    columns: dict[str, Any] = {}
    for position, column in enumerate(map(str, frame.columns)):
        if column in columns:
            problems.append(Problem(column, msg("a repeated column"), msg("each once")))
            continue
        cells = Cells(column, frame.iloc[:, position], lines, problems)
        columns[column] = _column(column, cells, standard)
        if len(problems) > MOST:
            break
    if is_whole and len(frame):
        weight = columns.get("weight")
        problems += too_little(name, len(frame), is_silent(frame), weight is not None and not weight.any())
    problems += _two_forms(columns, standard, lines)
    if problems:
        raise InvalidFile(msg("{name} is not a valid population", name=name), problems)
    return pd.DataFrame(columns)


def too_little(name: str, count: int, is_silent: bool, is_weightless: bool) -> Iterator[Problem]:
    """Yield why this many subjects are not a population: fewer than two, nothing but unknowns, or no weight."""
    if count < 2:
        found = msg("only one row") if count else msg("no rows")
        yield Problem(name, found, msg("at least two rows; for one subject use lsstd assess"))
    if count and is_silent:
        yield Problem(name, msg("no answers and no facts: everything is unknown"), msg("at least one answer or fact"))
    if is_weightless:
        yield Problem("weight", msg("0 for every subject"), msg("a weight above 0 for at least one subject"))


def is_silent(frame: pd.DataFrame) -> bool:
    """Return whether a table holds neither answers nor facts."""
    given = (cells for key, cells in frame.items() if str(key).partition(".")[0] not in ("id", "weight", "group"))
    return all(_is_blank(cells) for cells in given)


def _is_blank(given: pd.Series[Any]) -> bool:
    if given.isna().all():
        return True
    return given.dtype.kind not in "biufM" and bool(Cells("", given, (), []).text().isna().all())


@dataclass
class Cells:
    """One column as given, and where its problems go."""

    column: str
    given: pd.Series[Any]
    lines: Sequence[int]
    problems: list[Problem]

    def refuse(self, bad: NDArray[np.bool_], expected: Text) -> None:
        """Note each bad cell; of many the first few, and how many more there are."""
        places = np.flatnonzero(bad)
        for place in places[:_SHOWN]:
            given = self.given.iloc[int(place)]
            cell = msg("blank") if pd.isna(given) else seen(_plain(given))
            self.problems.append(Problem(self.column, cell, expected, self.lines[int(place)]))
        if (more := len(places) - _SHOWN) > 0:
            others = msg("{more} more lines like these", more=more)
            self.problems.append(Problem(self.column, others, expected))

    def text(self) -> pd.Series[Any]:
        """Return the cells as text without blanks around it; blank cells are missing."""
        stripped = self.given.astype("str").str.strip()
        return stripped.mask(self.given.isna() | (stripped == ""))

    def words(self) -> pd.Series[Any]:
        """Return the same, where nothing but text (or a whole number) may stand: 5.10 may have become 5.1."""
        if self.given.dtype == object:
            self.refuse(self.given.map(_is_no_text).to_numpy(np.bool_), TEXT)
        found = self.text()
        # whole numbers that stand beside a blank come as 2020.0, and from another part of the table as 2020
        return found.str.removesuffix(".0") if self.given.dtype.kind == "f" else found

    def read(self, texts: pd.Series[Any], read: Callable[[str], Any], expected: Text) -> pd.Series[Any]:
        """Return what texts mean, each that occurs read once; refuse those whose meaning is not certain."""
        meant: dict[str, Any] = {}
        for text in texts.dropna().unique():
            with suppress(Unclear):
                meant[text] = read(text)
        self.refuse((texts.notna() & ~texts.isin(list(meant))).to_numpy(), expected)
        return texts.map(meant)


def _is_no_text(value: Any) -> bool:
    return isinstance(value, Odd | Shown) or (
        isinstance(value, float) and value != np.floor(value) and not np.isnan(value)
    )


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _column(name: str, cells: Cells, standard: Standard) -> Any:
    """Check one column and return it as it is kept."""
    row, _, part = name.partition(".")
    if name == "id":
        return _ids(cells)
    if name == "weight":
        return _weights(cells)
    if row == "group" and part:
        return cells.words()
    if name in standard.facts:
        return _fact(cells, standard, name)
    if name in standard.criteria and standard.criteria[name].max_score is None:
        return _truth(cells)
    if name in standard.criteria:
        least, top = plain(standard.criteria[name].min_score), plain(standard.criteria[name].max_score or 0)
        found = _numbers(cells)
        cells.refuse((found < least) | (found > top), msg_in("range", "from {least} to {top}", least=least, top=top))
        return found
    if name.endswith(f".{NOT_APPLICABLE}") and name in _may_not_apply(standard):
        return _truth(cells)
    if row in standard.criteria and part in standard.criteria[row].parts:
        return _truth(cells)
    cells.problems.append(Problem(name, msg("unknown column"), nearest(name, _known(standard))))
    return None


def _known(standard: Standard) -> Iterator[str]:
    yield from ("id", "weight", *standard.facts, *standard.criteria)
    yield from (f"{row.id}.{part}" for row in standard.criteria.values() for part in row.parts)
    yield from _may_not_apply(standard)


def _may_not_apply(standard: Standard) -> Iterator[str]:
    """Yield the columns that can say of whom a row, or a part of one, does not hold."""
    for row in standard.criteria.values():
        names = [row.id] if row.optional else []
        names += [f"{row.id}.{part.id}" for part in row.parts.values() if part.optional]
        yield from (f"{name}.{NOT_APPLICABLE}" for name in names)


def _ids(cells: Cells) -> Any:
    ids = cells.words()
    cells.refuse(ids.isna().to_numpy(), msg("an id"))
    cells.refuse((ids.duplicated(keep=False) & ids.notna()).to_numpy(), msg("each id once"))
    return ids


def _weights(cells: Cells) -> Any:
    weights = _numbers(cells)
    cells.refuse(~(weights >= 0), msg("a number, 0 or more"))
    return weights


def _fact(cells: Cells, standard: Standard, name: str) -> Any:
    fact = standard.facts[name]
    if fact.kind == "boolean":
        return _truth(cells)
    if fact.kind == "date":
        return _dates(cells)
    if fact.kind not in _NUMBERS:
        return cells.words()
    found = _numbers(cells, fact)
    if not fact.signed:
        cells.refuse(found < 0, msg("a number, 0 or more"))
    if fact.kind == "count" and found.dtype.kind == "f":
        cells.refuse(np.isfinite(found) & (found != np.floor(found)), msg("a whole number"))
    return found


def _numbers(cells: Cells, fact: Fact | None = None) -> NDArray[Any]:
    """Return the numbers of a column, NaN where blank; whole ones keep their type, text is read as offices write it."""
    given = cells.given
    if given.dtype == np.float32:  # 7.1 stays 7.1
        given = given.astype("str")
    if given.dtype.kind in "iuf" and not isinstance(given.dtype, pd.api.extensions.ExtensionDtype):
        found = given.to_numpy()
    elif given.dtype.kind in "iuf" or isinstance(given.dtype, pd.ArrowDtype):
        found = given.to_numpy(np.float64, na_value=np.nan)
    else:
        text = Cells(cells.column, given, cells.lines, []).text()
        truth = given.map(lambda value: isinstance(value, bool | np.bool_ | Odd)).to_numpy(np.bool_)
        cells.refuse(truth, msg("a number"))
        found = pd.to_numeric(text.astype(object), errors="coerce").to_numpy(np.float64)
        odd = text.where(np.isnan(found) & ~truth)
        unit, percent = (fact.unit, fact.kind == "percent") if fact else (None, False)
        read = cells.read(odd, lambda cell: float(number(cell, unit, percent) or 0), msg("a number"))
        found = np.where(odd.notna(), read.to_numpy(np.float64, na_value=np.nan), found)
    if found.dtype.kind == "f":
        cells.refuse(np.abs(found) >= float(LARGEST), msg("a finite number"))
    return found


def _truth(cells: Cells) -> NDArray[Any]:
    """Return 1, 0, and NaN where blank."""
    if cells.given.dtype == np.bool_:
        return cells.given.to_numpy().astype(np.uint8)
    if cells.given.dtype.kind in "iuf" and not isinstance(cells.given.dtype, pd.api.extensions.ExtensionDtype):
        found = cells.given.to_numpy()
        bad = (found != 0) & (found != 1) & ~np.isnan(found)
    else:
        text = cells.text().str.lower()
        found = text.map(TRUTH).to_numpy(np.float64)
        bad = np.isnan(found) & text.notna().to_numpy()
    cells.refuse(bad, msg("1, 0, true or false"))
    return found


def _dates(cells: Cells) -> Any:
    """Return days or months as text; each that occurs is looked at once."""
    given = cells.given
    if given.dtype.kind == "M":
        cells.given = given.dt.strftime("%Y-%m-%d")
    if given.dtype == object:  # plain numbers of a workbook that counts from 1904 are no dates
        serial = given.map(lambda value: isinstance(value, Shown) and value.text.isdecimal()).to_numpy(np.bool_)
        cells.refuse(serial, DATE)
    return cells.read(cells.text(), day, msg("a date such as 2024-12-31 or 2024-12"))


def _two_forms(columns: dict[str, Any], standard: Standard, lines: Sequence[int]) -> Iterator[Problem]:
    """Yield subjects for which one row has points and parts at once."""
    for name in standard.criteria:
        if columns.get(name) is None:
            continue
        for part in (key for key in columns if key.startswith(f"{name}.") and columns[key] is not None):
            both = ~np.isnan(columns[name]) & ~np.isnan(columns[part])
            for place in np.flatnonzero(both)[:_SHOWN]:
                found = msg("{name} has points too", name=name)
                expected = msg("either points or parts, not both")
                yield Problem(part, found, expected, lines[int(place)])
