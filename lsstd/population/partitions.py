"""A population that is read part by part: many files, parts of a large one, or the partitions of a Dask data frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from functools import partial, reduce
from heapq import merge
from itertools import islice, starmap
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, NamedTuple, Self, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.errors import FileError, InvalidFile, LsstdError, Problem
from lsstd.population.population import Population, Remarks, is_text, load_population, of_table
from lsstd.population.ratings import FINENESS, Fineness
from lsstd.population.table_check import too_little
from lsstd.population.table_files import ReadTable, kind_named, table_of
from lsstd.population.table_parts import CELLS, TableRows, files_of, names_of, rows_of
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg
from lsstd.workers import executor_of, in_order

Found = TypeVar("Found")
_TOLD = 5  # problems of one kind that are listed; of the others only the number is given


@dataclass(frozen=True)
class Census:
    """Count, weight and notes of a population as a whole.

    Parameters
    ----------
    weight : Fraction, optional
        The sum of all weights, exactly; None where all subjects count alike.
    """

    count: int
    weight: Fraction | None
    is_synthetic: bool
    notes: tuple[Text, ...]

    @property
    def total(self) -> Fraction:
        """The weight of all subjects or, where they have no weights, their number."""
        return Fraction(self.count) if self.weight is None else self.weight

    def to_dict(self) -> dict[str, Any]:
        """Return count and weight, as in the JSON."""
        return {"count": self.count, "weight": self.count if self.weight is None else float(self.weight)}


def census_of(population: Population) -> Census:
    """Return the census of a population in memory."""
    return Census(len(population), population.total_weight, population.is_synthetic, population.notes)


@dataclass(frozen=True)
class TablePart:
    """One part of a table, read and checked when called; it is sent to another process unread."""

    standard: Standard
    rows: TableRows | DaskRows
    name: str
    as_of: str | None = None
    before_lines: str = ""
    """What precedes the numbers of lines in notes: the file, if there are several."""

    def __call__(self) -> Population:
        """Return the subjects of this part."""
        table = self.rows.read()
        totals = tuple(self.before_lines + line for line in table.left.totals)
        table = table._replace(left=replace(table.left, totals=totals))
        if not len(table.frame):
            return Population(self.standard, table.frame, self.as_of, left=table.left)
        return of_table(table, self.standard, self.as_of, self.name)


@dataclass(frozen=True)
class DaskRows:
    """One partition of a Dask data frame, computed where it is read."""

    delayed: Any

    def read(self) -> ReadTable:
        """Return the partition."""
        return table_of(self.delayed.compute(scheduler="synchronous"))


class _Share(NamedTuple, Generic[Found]):
    """The result of one part: its census, hashes of its ids, and what a function returned for it."""

    remarks: Remarks
    ids: NDArray[np.uint64]
    met: dict[str, int]
    made: tuple[Found, ...]


def _share(
    part: Callable[[], Population], of: Callable[[Population], Found], with_ids: bool, rounded: frozenset[str]
) -> _Share[Found]:
    """Compute the share of one part, possibly in another process."""
    people, fineness, ids = part(), Fineness(rounded), np.array([], np.uint64)
    if not len(people):
        return _Share(Remarks(left=people.left), ids, {}, ())
    token = FINENESS.set(fineness)
    try:
        remarks, made = Remarks.on(people), of(people)
    finally:
        FINENESS.reset(token)
    ids = pd.util.hash_array(people.ids.to_numpy(object)) if with_ids else ids
    return _Share(remarks, ids, fineness.met, (made,))


@dataclass(frozen=True)
class Partitions:
    """A population in parts, each read, checked and computed only when it is needed; made by `open_population`.

    Parameters
    ----------
    standard : Standard
        The standard that the columns are read against.
    parts : tuple of callable
        Each returns one part, and can be pickled if an executor is to send it to another process.
    executor : Executor, optional
        Where the parts are computed; without one, in this process, one after the other.
    name : str
        What messages call the whole.
    on_part : callable, optional
        Called with the number of parts after each one that is finished.
    """

    standard: Standard
    parts: tuple[Callable[[], Population], ...]
    executor: Executor | None = None
    name: str = "population"
    on_part: Callable[[int], None] | None = field(default=None, compare=False, repr=False)
    _known: dict[str, Census] = field(default_factory=dict, init=False, compare=False, repr=False)
    _rounded: set[str] = field(default_factory=set, init=False, compare=False, repr=False)

    def each(self, of: Callable[[Population], Found]) -> tuple[Census, list[Found]]:
        """Return the census of the whole and what a function returns for every part, in order; see `each_part`.

        >>> people = lsstd.open_population("data/populations/made_up_*.csv", "hlj-base-evaluation")
        >>> census, counts = people.each(len)
        >>> census.count, counts
        (60, [60])
        """
        shares = list(self._shares(of, with_ids="whole" not in self._known))
        if "whole" not in self._known:
            self._known["whole"] = self._census(shares)
        while further := Fineness.too_fine([share.met for share in shares]) - self._rounded:
            self._rounded.update(further)
            shares = list(self._shares(of, with_ids=False))
        return self._known["whole"], [made for share in shares for made in share.made]

    def stream(self, of: Callable[[Population], Found]) -> Iterator[Found]:
        """Yield what a function returns for every part, in order, each as soon as it is ready.

        Only a few parts are held at a time; what spans parts (repeated ids) is checked by `each` alone.

        >>> people = lsstd.open_population("data/populations/made_up_*.csv", "hlj-base-evaluation")
        >>> list(people.stream(len))
        [60]
        """
        for share in self._shares(of, with_ids=False):
            yield from share.made

    def _shares(self, of: Callable[[Population], Found], with_ids: bool) -> Iterator[_Share[Found]]:
        """Yield the share of each part, in order; only some are in progress at any time."""
        work = partial(_share, of=of, with_ids=with_ids, rounded=frozenset(self._rounded))
        made = map(work, self.parts) if self.executor is None else in_order(self.executor, work, self.parts)
        for share in made:
            if self.on_part:
                self.on_part(len(self.parts))
            yield share

    def _census(self, shares: Sequence[_Share[Any]]) -> Census:
        """Add up the census of the whole.

        Raises `InvalidFile`: there is too little for a population, or one subject occurs twice.
        """
        remarks = sum((share.remarks for share in shares), Remarks())
        problems = [*too_little(self.name, remarks.count, remarks.is_silent, remarks.weight == 0)]
        problems += self._repeated([share.ids for share in shares])
        if problems:
            raise InvalidFile(msg("{name} is not a valid population", name=self.name), problems)
        return Census(remarks.count, remarks.weight, remarks.is_synthetic, tuple(remarks.notes(self.standard)))

    def _repeated(self, ids: Sequence[NDArray[np.uint64]]) -> Iterator[Problem]:
        """Yield the ids that occur in two parts: suspected by their hashes, then confirmed by reading again."""
        ordered = np.sort(np.concatenate(ids))
        suspects = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        places: dict[str, tuple[str, int]] = {}
        repeated = 0
        for part, each in zip(self.parts, ids, strict=True):
            if not (rows := np.flatnonzero(np.isin(each, suspects))).size:
                continue
            people, name = part(), getattr(part, "name", self.name)
            lines = people.lines if len(people.lines) else range(1, len(people) + 1)
            for row in rows.tolist():
                id, line = str(people.ids.iloc[row]), int(lines[row])
                if id not in places:
                    places[id] = (name, line)
                    continue
                repeated += 1
                if repeated <= _TOLD:
                    other, at = places[id]
                    found = msg("{id} is also in {other} (line {line})", id=id, other=other, line=at)
                    yield Problem(name, found, msg("each id once"), line)
        if (more := repeated - _TOLD) > 0:
            yield Problem(self.name, msg("{more} more lines like these", more=more), msg("each id once"))


AnyPopulation: TypeAlias = Population | Partitions


def each_part(population: AnyPopulation, of: Callable[[Population], Found]) -> tuple[Census, list[Found]]:
    """Return the census of the whole and what a function returns for every part, in order.

    A population in memory is one part. Empty parts are left out; the notes of a part are not those of the whole.

    Parameters
    ----------
    of : callable
        A function at module level, or a `functools.partial` of one, as it may be pickled for another process. What it
        returns is sent back, so it should be small; the caller adds it up.

    Raises
    ------
    FileError, InvalidFile
        A part cannot be read, or does not hold what the others hold; an id occurs in two parts.
    """
    if isinstance(population, Population):
        return census_of(population), [of(population)]
    return population.each(of)


def summed(population: AnyPopulation, of: Callable[[Population], Found]) -> tuple[Census, Found]:
    """Return the census of the whole and the sum of a function's results for all parts; parameters as in `each_part`.

    Numbers, arrays and `Summary` objects can be added, also within tuples, lists (by position) and dicts (by key). What
    is unknown (None) in one part is unknown in the whole.

    >>> people = lsstd.open_population("data/populations/made_up_*.csv", "hlj-base-evaluation")
    >>> summed(people, lambda part: {"subjects": len(part), "weight": part.weighed(part.ids.index * 0, 1)})[1]
    {'subjects': 60, 'weight': [Fraction(60, 1)]}
    """
    census, parts = each_part(population, of)
    return census, reduce(_added, parts)


@dataclass(frozen=True)
class Summary:
    """Counts of a part; those of several parts can be added, field by field."""

    def __add__(self, other: Self) -> Self:
        pairs = ((getattr(self, each.name), getattr(other, each.name)) for each in fields(self))
        return type(self)(*starmap(_added, pairs))


@dataclass(frozen=True)
class First(Generic[Found]):
    """The first `most` of many by their ``order``; those of parts can be added, and the earlier part wins ties."""

    most: int
    listed: tuple[Found, ...] = ()

    def __add__(self, other: First[Found]) -> First[Found]:
        both = merge(self.listed, other.listed, key=attrgetter("order"))
        return First(self.most, tuple(islice(both, self.most)))

    def __iter__(self) -> Iterator[Found]:
        return iter(self.listed)


def _added(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return {**one, **other, **{key: _added(one[key], other[key]) for key in one.keys() & other.keys()}}
    if isinstance(one, tuple | list):
        return type(one)(map(_added, one, other))
    return None if one is None or other is None else one + other


def in_memory(population: Any, name: str) -> Population:
    """Return a population in memory, for what needs all of it at once; raise `LsstdError` for one in parts."""
    if isinstance(population, Population):
        return population
    files = {getattr(getattr(part, "rows", None), "path", None) for part in population.parts}
    if len(files) == 1 and (file := files.pop()):
        return load_population(file, population.standard, population.parts[0].as_of)
    found, expected = msg("a population in parts"), msg("a population in one file that fits into memory")
    raise LsstdError(msg("this cannot be computed in parts"), [Problem(name, found, expected)])


def open_population(source: Any, standard: Standard, as_of: str | None = None, executor: Any = None) -> AnyPopulation:
    """Return a population, in parts where it is in several files, or too large to be held at once.

    Parameters
    ----------
    source : path, list of paths, DataFrame, or Dask DataFrame
        Anything that `load_population` takes; a pattern such as ``parts/*.parquet``, a folder or a list of tables with
        the same columns; a Parquet or CSV file of any size; a Dask data frame.
    standard : Standard
        The standard that the columns are read against.
    as_of : str, optional
        The reference day, up to which years are counted from dates; assessments have their own.
    executor : Executor or Dask client, optional
        Computes the parts: any of `concurrent.futures`, or a Dask client; without one, this process does, one after
        the other. With one, a Parquet or CSV file is always opened in parts.

    Returns
    -------
    Population or Partitions
        Parts are read and checked only when something is computed. Every function that takes both gives the same
        result for both.

    Raises
    ------
    FileError, InvalidFile
        It cannot be read, does not hold a population (all problems at once), or the files differ in their columns.

    Examples
    --------
    >>> people = lsstd.open_population("data/populations/made_up_*.csv", "hlj-base-evaluation")
    >>> type(people).__name__, len(lsstd.score(people))
    ('Partitions', 60)
    """
    executor = executor and executor_of(executor)
    if isinstance(source, pd.DataFrame):
        return load_population(source, standard, as_of)
    if hasattr(source, "to_delayed"):
        delayed = enumerate(source.to_delayed())
        parts = [TablePart(standard, DaskRows(each), f"partition {n}", as_of) for n, each in delayed]
        return Partitions(standard, tuple(parts), executor, "DataFrame")
    sources = [Path(each) for each in (source if isinstance(source, list | tuple) else [source])]
    files = [file for each in sources for file in files_of(each) or [each]]
    if not files:
        raise FileError(msg("there are no files"), [Problem("[]", msg("no files"), msg("at least one table"))])
    is_alone = files == sources and len(files) == 1
    if is_alone and (files[0].is_dir() or kind_named(files[0]) == "xlsx"):
        return load_population(files[0], standard, as_of)
    names, pieces = names_of(files), [rows_of(file, partial(is_text, standard), CELLS) for file in files]
    if is_alone and len(pieces[0]) == 1 and not executor:
        return load_population(files[0], standard, as_of)
    _check_alike(files, names, [piece[0].columns for piece in pieces], partial(is_text, standard))
    parts = [
        TablePart(standard, piece, names[file], as_of, f"{names[file]} " if len(files) > 1 else "")
        for file, found in zip(files, pieces, strict=True)
        for piece in found
    ]
    name = sources[0].name if len(sources) == 1 else f"{names[files[0]]} …"
    return Partitions(standard, tuple(parts), executor, name)


def _check_alike(
    files: Sequence[Path], names: dict[Path, str], columns: Sequence[dict[str, str]], is_text: Callable[[str], bool]
) -> None:
    """Raise `InvalidFile` for tables whose columns differ from those of the first, or hold something else."""
    problems: list[Problem] = []
    first, expected = names[files[0]], columns[0]
    right = msg("the columns of {first}", first=first)
    for file, given in zip(files[1:], columns[1:], strict=True):
        differ = [msg("no column {name}", name=name) for name in expected if name not in given]
        differ += [msg("an extra column {name}", name=name) for name in given if name not in expected]
        if (more := len(differ) - _TOLD) > 0:
            differ[_TOLD:] = [msg("{more} more columns like these", more=more)]
        problems += [Problem(names[file], found, right) for found in differ]
        for column in filter(is_text, expected):
            if len({expected[column], given.get(column, "")} - {""}) > 1:  # 007 and 7
                found = msg("{name} holds {kind}", name=column, kind=_HELD[given[column]])
                held = msg("{kind}, as in {first}", kind=_HELD[expected[column]], first=first)
                problems.append(Problem(names[file], found, held))
    if problems:
        counted = Counter(problem.where for problem in problems)
        raise InvalidFile(msg("the tables differ: {names}", names=", ".join(counted)), problems)


_HELD = {"text": msg("text"), "number": msg("numbers")}
