"""A population that is read part by part: many files, parts of a large one, or the partitions of a Dask data frame."""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial, reduce
from itertools import islice
from operator import add
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.errors import FileError, InvalidFile, LsstdError, Problem
from lsstd.population.population import Population, Remarks, is_text, load_population
from lsstd.population.ratings import FINENESS, Fineness
from lsstd.population.table_check import WEIGHTLESS, is_silent, silence, validate, with_pieces
from lsstd.population.table_files import LARGEST, Left, Table, kind_named, open_parquet
from lsstd.population.table_parts import ROWS, TableRows, files_of, names_of, rows_of, stamp_of
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, same

Found = TypeVar("Found")
_HELD_CELLS = 25_000_000  # of a table that is read at once, in some 1.5 GB while it is
_TOLD = 5  # problems of one kind; of the others only how many there are


@dataclass(frozen=True)
class Census:
    """What is told of a population as a whole.

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
        """The weight of all subjects; where they have none, how many they are."""
        return Fraction(self.count) if self.weight is None else self.weight

    def to_dict(self) -> dict[str, Any]:
        """Return how many there are and what they weigh, as JSON holds it."""
        return {"count": self.count, "weight": self.count if self.weight is None else float(self.weight)}


def census_of(population: Population) -> Census:
    """Return what is told of a population in memory."""
    return Census(len(population), _weight(population), population.is_synthetic, population.notes)


def _weight(population: Population) -> Fraction | None:
    if population.weight is None:
        return None
    (weight,) = population.weighed(np.zeros(len(population), np.uint8), 1)
    return weight


@dataclass(frozen=True)
class TablePart:
    """One part of a table, read and checked when it is called; it travels to another process before it is read."""

    standard: Standard
    rows: TableRows | DaskRows
    name: str
    as_of: str | None = None
    is_one_of_several: bool = False

    def __call__(self) -> Population:
        """Return the subjects of this part."""
        return self.read()[0]

    def read(self) -> tuple[Population, Table]:
        """Return the subjects of this part, and their table as it stands in its file."""
        table = self.rows.read(partial(is_text, self.standard))
        frame, former = with_pieces(table.frame, self.standard)
        lines: Any = table.lines
        if len(frame):
            frame = validate(frame, self.standard, self.name, lines)
        return Population(self.standard, frame, self.as_of, former), table

    def left(self, table: Table) -> Left:
        """Return what was left out of the table, its lines named with their file where there are several."""
        left = table.left
        label = f"{self.name} " if self.is_one_of_several else ""
        return Left(left.above, tuple(f"{label}{line}" for line in left.totals), left.sheets)


@dataclass(frozen=True)
class DaskRows:
    """One partition of a Dask data frame, computed where it is read."""

    delayed: Any
    columns: dict[str, str]

    def read(self, _: Callable[[str], bool]) -> Table:
        """Return the partition."""
        frame = self.delayed.compute(scheduler="synchronous")
        return Table(frame, range(1, len(frame) + 1))


@dataclass(frozen=True)
class _Share(Generic[Found]):
    """What one part brings to the whole: its census, hashes of its ids, and what a function made of it."""

    count: int = 0
    weight: Fraction | None = None
    remarks: Remarks = field(default_factory=Remarks)
    left: Left = field(default_factory=Left)
    notes: tuple[Text, ...] = ()
    is_silent: bool = True
    ids: NDArray[np.uint64] | None = None
    made: tuple[Found, ...] = ()
    met: dict[str, tuple[int, int]] = field(default_factory=dict)


def _share(
    part: Callable[[], Population], of: Callable[[Population], Found], with_ids: bool, rounded: frozenset[str]
) -> _Share[Found]:
    """Work on one part, perhaps in another process."""
    if isinstance(part, TablePart):
        people, table = part.read()
        left = part.left(table)
    else:
        people, left = part(), Left()
    if not len(people):
        return _Share(left=left)
    fineness = Fineness(rounded)
    token = FINENESS.set(fineness)
    try:
        remarks, made = Remarks.on(people), (of(people),)
    finally:
        FINENESS.reset(token)
    ids = pd.util.hash_array(people.ids.to_numpy(object)) if with_ids else None
    return _Share(
        len(people), _weight(people), remarks, left, people.notes, is_silent(people.frame), ids, made, fineness.met
    )


@dataclass(frozen=True)
class Partitions:
    """A population in parts, each read, checked and worked on when it is its turn; what `open_population` returns.

    Parameters
    ----------
    standard : Standard
        The one that the columns are read against.
    parts : tuple of callable
        Each returns one part; what an executor has to carry to another process.
    executor : Executor, optional
        Where the parts are worked on; without one, here, one after the other.
    name : str
        How messages call the whole.
    on_part : callable, optional
        Called with the number of parts after each that is done.
    """

    standard: Standard
    parts: tuple[Callable[[], Population], ...]
    executor: Executor | None = None
    name: str = "population"
    on_part: Callable[[int], None] | None = field(default=None, compare=False, repr=False)
    _known: dict[str, Census] = field(default_factory=dict, init=False, compare=False, repr=False)
    _rounded: set[str] = field(default_factory=set, init=False, compare=False, repr=False)

    def each(self, of: Callable[[Population], Found]) -> tuple[Census, list[Found]]:
        """Return what a function makes of every part, in their order, with the census of the whole; see `each_part`.

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
        """Yield what a function makes of every part, in their order, each as soon as it is there.

        Nothing is held beyond a few parts; what spans parts (ids that repeat) is told by `each` alone.

        >>> people = lsstd.open_population("data/populations/made_up_*.csv", "hlj-base-evaluation")
        >>> list(people.stream(len))
        [60]
        """
        for share in self._shares(of, with_ids=False):
            yield from share.made

    def _shares(self, of: Callable[[Population], Found], with_ids: bool) -> Iterator[_Share[Found]]:
        """Yield the share of each part in their order; at any time only some are under way."""
        work = partial(_share, of=of, with_ids=with_ids, rounded=frozenset(self._rounded))
        made = map(work, self.parts) if self.executor is None else _ahead(self.executor, work, self.parts)
        for share in made:
            if self.on_part:
                self.on_part(len(self.parts))
            yield share

    def _census(self, shares: Sequence[_Share[Any]]) -> Census:
        """Add up the census of the whole.

        Raises `InvalidFile`: it holds too little for a population, or one subject twice.
        """
        filled = [share for share in shares if share.count]
        count = sum(share.count for share in filled)
        problems: list[Problem] = []
        if count < 2:
            found = msg("only one row") if count else msg("no rows")
            problems.append(Problem(self.name, found, msg("at least two rows; for one subject use lsstd assess")))
        elif all(share.is_silent for share in filled):
            problems.append(silence(self.name))
        problems += self._repeated([share.ids for share in shares])
        weights = [share.weight for share in filled if share.weight is not None]
        weight = sum(weights, Fraction()) if weights else None
        problems += [WEIGHTLESS] if weight == 0 else []
        if problems:
            raise InvalidFile(msg("{name} is not a valid population", name=self.name), problems)
        remarks: Remarks = reduce(add, (share.remarks for share in filled))
        left: Left = reduce(add, (share.left for share in shares))
        further = dict.fromkeys(note for share in filled for note in share.notes)
        notes = (*remarks.notes(self.standard), *left.notes, *further)
        return Census(count, weight, remarks.is_synthetic, notes)

    def _repeated(self, ids: Sequence[NDArray[np.uint64] | None]) -> Iterator[Problem]:
        """Yield the ids that stand in two parts: suspected by their hashes, then read again."""
        given = [each for each in ids if each is not None]
        ordered = np.sort(np.concatenate(given)) if given else np.array([], np.uint64)
        suspects = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        places: dict[str, tuple[str, int]] = {}
        repeated = 0
        for part, each in zip(self.parts, ids, strict=True):
            if each is None or not len(suspects) or not (rows := np.flatnonzero(np.isin(each, suspects))).size:
                continue
            people, table = part.read() if isinstance(part, TablePart) else (part(), None)
            name = part.name if isinstance(part, TablePart) else self.name
            for row in rows.tolist():
                text, line = str(people.ids.iloc[row]), int(table.lines[row]) if table else row + 1
                if text not in places:
                    places[text] = (name, line)
                    continue
                repeated += 1
                if repeated <= _TOLD:
                    other, at = places[text]
                    found = msg("{id} stands in {other} (line {line}) too", id=text, other=other, line=at)
                    yield Problem(name, found, msg("each id once"), line)
        if (more := repeated - _TOLD) > 0:
            yield Problem(self.name, msg("{more} more lines like these", more=more), msg("each id once"))


def _ahead(executor: Executor, work: Callable[[Any], Found], parts: Sequence[Any]) -> Iterator[Found]:
    """Yield results in order, twice as many under way as there are workers."""
    waiting: deque[Future[Found]] = deque()
    left = iter(parts)
    try:
        for part in islice(left, 2 * _workers(executor)):
            waiting.append(executor.submit(work, part))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(executor.submit(work, part) for part in islice(left, 1))
            yield made
    except _lost() as error:
        found = same(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}".removesuffix(": "))
        expected = msg("workers with more memory, or smaller parts")
        raise LsstdError(msg("the workers were lost"), [Problem("executor", found, expected)]) from None
    finally:
        for future in waiting:
            future.cancel()


def _lost() -> tuple[type[BaseException], ...]:
    """Return what executors raise when their workers are lost; Dask's only if it is in use at all."""
    lost: tuple[type[BaseException], ...] = (BrokenExecutor, CancelledError)
    if "distributed" in sys.modules:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        lost = (*lost, KilledWorker, FutureCancelledError, CommClosedError)
    return lost


def _workers(executor: Any) -> int:
    """Return how many parts an executor works on at a time."""
    client = getattr(executor, "_client", None)  # of Dask's ClientExecutor
    count = sum(client.nthreads().values()) if client is not None else getattr(executor, "_max_workers", 1)
    return max(1, count)


AnyPopulation: TypeAlias = Population | Partitions


def each_part(population: AnyPopulation, of: Callable[[Population], Found]) -> tuple[Census, list[Found]]:
    """Return what a function makes of every part, in their order, with the census of the whole.

    A population in memory is one part. Empty parts are left out; a part's own notes are not those of the whole.

    Parameters
    ----------
    of : callable
        A function of a module, or a `functools.partial` of one: it may have to travel to another process, and what it
        returns has to travel back, so it is small and can be added up.

    Raises
    ------
    FileError, InvalidFile
        A part that cannot be read, or does not hold what the others hold; an id that stands in two parts.
    """
    if isinstance(population, Population):
        return census_of(population), [of(population)]
    return population.each(of)


def in_memory(population: Any, name: str) -> Population:
    """Return a population in memory as it is, for what needs all of it at once; raise `LsstdError` for one in parts."""
    if isinstance(population, Population):
        return population
    files = {getattr(getattr(part, "rows", None), "path", None) for part in population.parts}
    if len(files) == 1 and (file := files.pop()):
        return load_population(file, population.standard, population.parts[0].as_of)
    found, expected = msg("a population in parts"), msg("a population in one file that fits into memory")
    raise LsstdError(msg("this cannot be computed in parts"), [Problem(name, found, expected)])


def open_population(
    source: Any, standard: Standard, as_of: str | None = None, executor: Any = None, rows: int | None = None
) -> AnyPopulation:
    """Return a population, in parts where it is in several files, or too large to be held at once.

    Parameters
    ----------
    source : path, list of paths, DataFrame, or Dask DataFrame
        What `load_population` takes; a pattern such as ``parts/*.parquet``, a folder of tables, or a list of tables,
        all with the same columns; a Parquet or CSV file of any size; a Dask data frame.
    standard : Standard
        What the columns are read against.
    as_of : str, optional
        The reference day, up to which years are counted from dates; assessments bring their own.
    executor : Executor or Dask client, optional
        Works on the parts: any of `concurrent.futures`, or a client of Dask; without one they are worked on here, one
        after the other. With one, a Parquet or CSV file is always opened in parts.
    rows : int, optional
        About how many subjects a part of a file has; if given, a Parquet or CSV file is always opened in parts.

    Returns
    -------
    Population or Partitions
        Parts are read, and checked, when something is computed of them; all that takes either gives the same result.

    Raises
    ------
    FileError, InvalidFile
        It cannot be read, does not hold a population (all problems at once), or one file has other columns than the
        others.

    Examples
    --------
    >>> people = lsstd.open_population("data/populations/made_up_*.csv", "hlj-base-evaluation")
    >>> type(people).__name__, len(lsstd.score(people))
    ('Partitions', 60)
    """
    executor = executor.get_executor(pure=False) if hasattr(executor, "get_executor") else executor
    if isinstance(source, pd.DataFrame):
        return load_population(source, standard, as_of)
    if hasattr(source, "to_delayed"):
        columns = dict.fromkeys(map(str, source.columns), "")
        delayed = enumerate(source.to_delayed())
        parts = [TablePart(standard, DaskRows(each, columns), f"partition {n}", as_of) for n, each in delayed]
        return Partitions(standard, tuple(parts), executor, "DataFrame")
    listed = isinstance(source, list | tuple)
    sources = [Path(each) for each in (source if listed else [source])]
    files = [file for each in sources for file in files_of(each) or [each]]
    if not files:
        raise FileError(msg("there are no files"), [Problem("[]", msg("no files"), msg("at least one table"))])
    if not listed and files == sources and not _is_in_parts(files[0], executor or rows):
        return load_population(files[0], standard, as_of)
    names, pieces = names_of(files), [rows_of(file, rows or ROWS, partial(is_text, standard)) for file in files]
    _check_alike(files, names, [piece[0].columns for piece in pieces], partial(is_text, standard))
    several = len(files) > 1
    parts = [
        TablePart(standard, piece, names[file], as_of, several)
        for file, found in zip(files, pieces, strict=True)
        for piece in found
    ]
    name = names[files[0]] if not several else sources[0].name if len(sources) == 1 else f"{names[files[0]]} …"
    return Partitions(standard, tuple(parts), executor, name)


def _is_in_parts(file: Path, is_asked: object) -> bool:
    """Return whether a file is to be opened in parts: a table that is too large, or if so asked."""
    if not file.is_file() or kind_named(file) == "xlsx":
        return False
    if is_asked or stamp_of(file)[0] > LARGEST:
        return True
    if kind_named(file) == "parquet":
        with file.open("rb") as opened:
            if opened.read(4) != b"PAR1":
                return False  # told by whoever reads it
        metadata = open_parquet(file, file).metadata
        return bool(metadata.num_rows * metadata.num_columns > _HELD_CELLS)
    if stamp_of(file)[0] <= _HELD_CELLS:  # a cell takes a byte at least
        return False
    with file.open("rb") as opened:
        blocks = iter(partial(opened.read, 1 << 24), b"")
        return sum(max(map(block.count, (b",", b";", b"\t"))) for block in blocks) > _HELD_CELLS


def _check_alike(
    files: Sequence[Path], names: dict[Path, str], columns: Sequence[dict[str, str]], is_text: Callable[[str], bool]
) -> None:
    """Raise the `InvalidFile` for tables that have not the columns of the first, or hold something else in one."""
    problems: list[Problem] = []
    first, expected = names[files[0]], columns[0]
    right = msg("the columns of {first}", first=first)
    for file, given in zip(files[1:], columns[1:], strict=True):
        differ = [msg("no column {name}", name=name) for name in expected if name not in given]
        differ += [msg("a further column {name}", name=name) for name in given if name not in expected]
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


_HELD = {"text": msg("texts"), "number": msg("numbers")}
