"""Many subjects in one table, one line a subject: from CSV, Excel, Parquet, data frames and folders of assessments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment, years_between
from lsstd.assessment.check import parse_assessment
from lsstd.engine.facts import percent_doubt
from lsstd.errors import InvalidFile, LsstdError, Problem
from lsstd.exact import Exact, exact, plain
from lsstd.files.assessments import load_assessment
from lsstd.files.reading import in_folder
from lsstd.population.columns import smallest, sums
from lsstd.population.table_check import NOT_APPLICABLE, is_silent, validate
from lsstd.population.table_files import Left, ReadTable, csv_of, table_of
from lsstd.population.table_parts import read_table
from lsstd.standard.models import Concise
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg

_DENOMINATORS = (1, 2, 4, *(10**digits for digits in range(1, 10)))
_TEXTS = ("date", "text", "choices")

SYNTHETIC = "synthetic-"
"""How the ids of generated subjects begin, so that no table of them passes for real."""

_MADE_UP = msg("the population is synthetic: no such subjects exist")
_STILL_TOLD = msg(
    "the remaining data (dates, areas, sales …) may still identify a subject: check again before publishing"
)


def is_text(standard: Standard, name: str) -> bool:
    """Whether a population's column of this name holds texts."""
    return name == "id" or name.startswith("group.") or (name in standard.facts and standard.facts[name].kind in _TEXTS)


@dataclass(frozen=True, slots=True)
class Counted:
    """Points as whole numbers over a denominator, 0 where unknown."""

    denominator: int
    whole: NDArray[Any]
    known: NDArray[np.bool_]


def _count(values: NDArray[Any]) -> Counted:
    """Return values over the least of 1, 2, 4, 10, 100 … that makes all whole, rounded to nine decimals.

    A value gives the same in whatever column it stands: where the product of a float could differ from that of the
    decimal, each value is converted by itself.
    """
    known, denominator = ~np.isnan(values), 1
    if values.dtype.kind == "f":
        given = values[known]
        denominator = next((d for d in _DENOMINATORS if np.array_equal(np.rint(given * d) / d, given)), 10**9)
    whole = np.rint(np.nan_to_num(values) * denominator)
    if max(whole.max(initial=0), -whole.min(initial=0)) >= 2**51:  # beyond this the product can be wrong by a half
        decimals = (exact(value) for value in np.nan_to_num(values).astype(np.float64).tolist())
        whole = np.array([round(value * denominator) for value in decimals], object)
    kind = smallest(int(whole.max(initial=0))) if whole.min(initial=0) >= 0 else np.dtype(np.int64)
    return Counted(denominator, whole.astype(kind), known)


@dataclass(frozen=True)
class Population(Concise):
    """Subjects under a standard.

    Parameters
    ----------
    standard : Standard
        The one that the columns were read against.
    frame : DataFrame
        ``id``, perhaps ``weight``, ``group.<name>``, facts, criteria (points), parts (``<criterion>.<part>``).
    as_of : str, optional
        The reference day, up to which years are counted from dates.
    notes : tuple of Text
        What a reader of any result should know.
    lines : sequence of int
        The line of each subject in its file, if it comes from one.
    left : Left
        What was left out of its file.
    """

    standard: Standard
    frame: pd.DataFrame = field(repr=False)
    as_of: str | None = None
    notes: tuple[Text, ...] = ()
    lines: Sequence[int] = field(default=(), repr=False, compare=False)
    left: Left = field(default_factory=Left, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def ids(self) -> pd.Series[str]:
        """The subjects' ids."""
        return self.frame["id"]

    @property
    def weight(self) -> NDArray[np.float64] | None:
        """The weight of each subject; None where all count alike."""
        return self.frame["weight"].to_numpy(np.float64) if "weight" in self.frame else None

    @property
    def total_weight(self) -> Fraction | None:
        """The exact sum of all weights; None where all count alike."""
        return None if self.weight is None else self.weighed(np.zeros(len(self), np.uint8), 1)[0]

    def weighed(self, places: NDArray[Any], size: int, *factors: NDArray[Any]) -> list[Fraction]:
        """Return exact sums of weights times whole factors; `places` says which sum each subject belongs to.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> people.weighed(people.ids.index.to_numpy() % 2, 2)
        [Fraction(30, 1), Fraction(30, 1)]
        """
        if self.weight is None:
            return [*map(Fraction, sums(places, size, *factors))]
        counted = self.points("weight")
        return [Fraction(whole, counted.denominator) for whole in sums(places, size, counted.whole, *factors)]

    def tally(self, places: NDArray[Any], size: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Return how many subjects belong to each of some places, and their exact weights.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> [each.tolist() for each in people.tally(people.members({"size": "small"}).astype(int), 2)]
        [[31, 29], [Fraction(31, 1), Fraction(29, 1)]]
        """
        return np.array(sums(places, size), np.int64), np.array(self.weighed(places, size), object)

    @property
    def groups(self) -> dict[str, pd.Series[str]]:
        """Columns by which subjects are grouped, by name."""
        return {str(name)[6:]: self.frame[name] for name in self.frame if str(name).startswith("group.")}

    def members(self, group: Mapping[str, str]) -> NDArray[np.bool_]:
        """Return which subjects have all the values of a group: none if one of its groupings does not exist.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> int(people.members({"size": "small"}).sum()), int(people.members({"height": "small"}).sum())
        (29, 0)
        """
        found, groups = np.ones(len(self), np.bool_), self.groups
        for name, value in group.items():
            found &= (groups[name] == value).to_numpy(np.bool_) if name in groups else False
        return found

    @property
    def about(self) -> pd.DataFrame:
        """The columns that identify subjects: ``id``, ``weight`` if there is one, and ``group.<name>``."""
        return self.frame[[name for name in self.frame if name in ("id", "weight") or str(name)[:6] == "group."]]

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns of numbers and truth values, NaN where unknown."""
        arrays = {str(name): cells.to_numpy() for name, cells in self.frame.items()}
        return {name: values for name, values in arrays.items() if values.dtype.kind in "biuf"}

    def points(self, name: str) -> Counted:
        """Return a column of points in whole numbers; it is looked through once for all that ask.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> type(people.points("village_rooms")).__name__
        'Counted'
        """
        if name not in self._counted:
            self._counted[name] = _count(self.columns[name])
        return self._counted[name]

    @cached_property
    def _counted(self) -> dict[str, Counted]:
        return {}

    @property
    def is_synthetic(self) -> bool:
        """Whether subjects were generated."""
        return bool(self.ids.str.startswith(SYNTHETIC).any())

    def part(self, rows: Any) -> Population:
        """Return some of the subjects (positions, a slice or a mask).

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> len(people.part(slice(0, 10)))
        10
        """
        return replace(self, frame=self.frame.iloc[rows].reset_index(drop=True), lines=(), left=Left())


def load_population(source: str | Path | pd.DataFrame, standard: Standard, as_of: str | None = None) -> Population:
    """Return a population from a table or a folder of assessments.

    Parameters
    ----------
    source : path or DataFrame
        A CSV file (UTF-8, or GB 18030 and UTF-16 as Excel writes them), an Excel workbook (its first sheet), a
        Parquet file (with the extra ``parquet``), a folder of assessments, or a data frame (perhaps a part of a
        population); one line a subject, blank is unknown.
    standard : Standard
        What the columns are read against.
    as_of : str, optional
        The reference day, up to which years are counted from dates; assessments bring their own.

    Raises
    ------
    FileError, InvalidFile
        It cannot be read, or does not hold a population (all problems at once).

    Examples
    --------
    >>> len(lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation"))
    60
    """
    if isinstance(source, pd.DataFrame):
        found = of_table(table_of(source), standard, as_of)
    elif (path := Path(source)).is_dir():
        found = _from_folder(path, standard)
    else:
        found = of_table(read_table(path, partial(is_text, standard)), standard, as_of, path.name, is_whole=True)
    return replace(found, notes=tuple(Remarks.on(found).notes(standard)))


def of_table(
    table: ReadTable, standard: Standard, as_of: str | None, name: str = "DataFrame", is_whole: bool = False
) -> Population:
    """Return a table as a population, with every cell checked."""
    checked = validate(table.frame, standard, name, table.lines, is_whole)
    return Population(standard, checked, as_of, (), table.lines, table.left)


@dataclass(frozen=True)
class Remarks:
    """A summary of a table: its size, its origin, its doubtful values. Those of parts can be added.

    Parameters
    ----------
    is_silent : bool
        Whether everything is unknown.
    doubts, first : Counter, dict
        For each percentage, how many values may mean something else, and the first of them.
    unheard : int
        How many of the standard's rows have no column.
    further : dict
        Notes of other kinds, as keys.
    """

    count: int = 0
    weight: Fraction | None = None
    is_silent: bool = True
    is_synthetic: bool = False
    doubts: Counter[str] = field(default_factory=Counter)
    first: dict[str, float] = field(default_factory=dict)
    unheard: int = 0
    left: Left = field(default_factory=Left)
    further: dict[Text, None] = field(default_factory=dict)

    @classmethod
    def on(cls, population: Population) -> Remarks:
        """Return the remarks on a table."""
        standard, doubtful = population.standard, {}
        for fact in standard.facts.values():
            values = population.columns.get(fact.id) if fact.kind == "percent" else None
            if values is not None:
                doubtful[fact.id] = values[(values > 100) & (not fact.signed) | (values > 0) & (values < 1)]
        return cls(
            len(population),
            population.total_weight,
            is_silent(population.frame),
            population.is_synthetic,
            Counter({key: len(values) for key, values in doubtful.items()}),
            {key: float(values[0]) for key, values in doubtful.items() if len(values)},
            sum(not _is_heard(population, row) for row in standard.scored_rows),
            population.left,
            dict.fromkeys(population.notes),
        )

    def __add__(self, other: Remarks) -> Remarks:
        weights = [each for each in (self.weight, other.weight) if each is not None]
        return Remarks(
            self.count + other.count,
            sum(weights, Fraction()) if weights else None,
            self.is_silent and other.is_silent,
            self.is_synthetic or other.is_synthetic,
            self.doubts + other.doubts,
            {**other.first, **self.first},
            max(self.unheard, other.unheard),
            self.left + other.left,
            self.further | other.further,
        )

    def notes(self, standard: Standard) -> Iterator[Text]:
        """Yield the remarks in words."""
        if self.is_synthetic:
            yield _MADE_UP
        for fact in standard.facts.values() if not self.is_synthetic else ():
            count = self.doubts[fact.id]
            if count and (doubt := percent_doubt(fact, exact(self.first[fact.id]))):
                yield doubt if count == 1 else msg("{first} ({count} lines like this)", first=doubt, count=count)
        if self.unheard:
            yield msg(
                "{silent} of the standard's {count} rows have no column at all and count as unknown",
                silent=self.unheard,
                count=len(standard.scored_rows),
            )
        yield from (*self.left.notes, *self.further)


def _is_heard(population: Population, row: Criterion) -> bool:
    """Whether there is a column for a row, for a part of it, or for a fact that decides a part."""
    frame, facts = population.frame, population.standard.facts
    tested = [part.test.fact for part in row.parts.values() if part.test]
    tested += [fact for _, fact in row.rule.facts()] if row.rule else []
    names = [row.id, *(f"{row.id}.{part}" for part in row.parts), *tested]
    dates = [facts[fact].years_since for fact in tested if population.as_of]
    return any(name in frame for name in (*names, *dates))


def _from_folder(folder: Path, standard: Standard) -> Population:
    """Make each assessment of a folder a line; everything wrong with any of them is reported at once."""
    paths = in_folder(folder)
    problems: list[Problem] = []
    lines: list[dict[str, Any]] = []
    uncertain = carried = 0
    for path in paths:
        try:
            assessment = load_assessment(path, standard)
        except LsstdError as error:
            problems += [Problem(f"{path.name}: {p.where}", p.found, p.expected, p.line) for p in error.problems]
            continue
        lines.append(line_of(assessment, path.stem, standard))
        carried += bool(assessment.carried)
        uncertain += sum(answer.form in ("range", "chances") for answer in assessment.answers.values())
    if problems:
        title = msg("{folder} holds invalid assessments", folder=folder.name)
        raise InvalidFile(title, problems)
    if len({line["id"] for line in lines}) < len(lines):  # two of one name: the files tell them apart
        lines = [{**line, "id": path.stem} for line, path in zip(lines, paths, strict=True)]
    lower = msg("{uncertain} answers are ranges or chances: the lower end counts", uncertain=uncertain)
    frame = validate(pd.DataFrame(lines), standard, folder.name, is_whole=True)
    older = msg(
        "files with readings of an earlier version: {carried}; lsstd assess says what became of them", carried=carried
    )
    return Population(standard, frame, None, (*((lower,) if uncertain else ()), *((older,) if carried else ())))


def line_of(assessment: Assessment, stem: str, standard: Standard) -> dict[str, Any]:
    """Return one assessment as a line of a table."""
    subject = assessment.subject
    line: dict[str, Any] = {"id": subject.id or subject.name or stem}
    groups = {**subject.groups, **({"region": subject.region} if subject.region else {})}
    line |= {f"group.{name}": value for name, value in groups.items()}
    for key, entry in assessment.facts.items():
        if entry.value is not None:
            value = entry.value
            number = isinstance(value, int | float) or not isinstance(value, bool | str | tuple)
            line[key] = ";".join(value) if isinstance(value, tuple) else plain(value) if number else value
    for fact in standard.facts.values():
        start = line.get(fact.years_since or "")
        if start is not None and assessment.as_of:
            line.setdefault(fact.id, float(years_between(start, assessment.as_of)))
    for key, answer in assessment.answers.items():
        if key in standard.criteria:
            line |= _cells(standard.criteria[key], answer)
    return line


def _cells(row: Criterion, answer: Answer) -> dict[str, Any]:
    """Return an answer as cells: a state is that of every part, or full points or none; spans their lower end."""
    if answer.parts is not None:
        known = {part: state for part, state in answer.parts.items() if state in ("met", "unmet")}
        gone = {f"{row.id}.{part}.{NOT_APPLICABLE}": 1 for part, s in answer.parts.items() if s == NOT_APPLICABLE}
        return {f"{row.id}.{part}": int(state == "met") for part, state in known.items()} | gone
    if answer.state == "not_applicable":
        return {f"{row.id}.{NOT_APPLICABLE}": 1}
    if answer.state in ("met", "unmet"):
        met = answer.state == "met"
        if row.parts and not (row.rule and row.rule.points):
            return {f"{row.id}.{part}": int(met) for part in row.parts}
        return {row.id: plain(row.ends[2 if met else 1])}
    if answer.level is not None and (level := row.level(answer.level)):
        return {row.id: plain(level.points[0])}
    if row.max_score is None:  # points on a row without points decide nothing
        return {}
    likely = [score for score, chance in answer.chances or () if chance > 0]
    ends: Sequence[Exact] = [answer.score] if answer.score is not None else answer.range or likely
    return {row.id: plain(min(ends))} if ends else {}


def assessment_of(population: Population, place: int) -> Assessment:
    """Return one subject of a population as an assessment, which scores as the table does: the way back of `line_of`.

    Raises
    ------
    InvalidFile
        A cell that a table may hold and an assessment may not.
    """
    standard, cells = population.standard, population.frame.iloc[place].items()
    line = {str(name): cell for name, cell in cells if pd.notna(cell)}
    facts: dict[str, Any] = {}
    answers: dict[str, dict[str, Any]] = {}
    for name, cell in line.items():
        row, _, part = name.partition(".")
        part, _, gone = part.partition(".") if not part.startswith(NOT_APPLICABLE) else ("", "", part)
        state = "met" if cell else "unmet"
        if gone:
            state = NOT_APPLICABLE
        if name in standard.facts:
            facts[name] = _READ.get(standard.facts[name].kind, _number)(cell)
        elif row not in standard.criteria or (gone and not cell):
            continue
        elif part:
            answers.setdefault(row, {"parts": {}})["parts"][part] = state
        elif gone or standard.criteria[row].max_score is None:
            answers[row] = {"state": state}
        else:
            answers[row] = {"score": _number(cell)}
    groups = {name[6:]: str(cell) for name, cell in line.items() if name.startswith("group.")}
    subject = {"id": line["id"], "name": line["id"], "region": groups.pop("region", None), "groups": groups}
    values = {"standard": standard.standard, "subject": subject, "facts": facts, "answers": answers}
    values |= {"as_of": population.as_of} if population.as_of else {}
    return parse_assessment(standard, values, str(line["id"]))


def _number(cell: Any) -> int | float:
    """Return a number as `Population.points` counts it: without dust past nine decimals."""
    return plain(exact(round(float(cell), 9)))


_READ: dict[str, Any] = {"boolean": bool, "choices": lambda cell: cell.split(";"), **dict.fromkeys(_TEXTS[:2], str)}


def anonymise(population: Population, seed: int = 0) -> tuple[Population, tuple[str, ...]]:
    """Return the population without whatever identifies a subject, in a new order, and what was removed.

    Removed are the ids, every fact marked as identifying, free text, and each grouping that tells every subject
    apart. What is left may still give a subject away to someone who knows its figures; a note says so.

    Examples
    --------
    >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
    >>> lsstd.anonymise(people)[0].ids[:2].tolist()
    ['synthetic-000001', 'synthetic-000002']
    """
    standard, frame = population.standard, population.frame
    telling = {key for key, fact in standard.facts.items() if fact.identifying or fact.kind == "text"}
    named = [key for key in frame if key in telling]
    named += [f"group.{key}" for key, cells in population.groups.items() if len(frame) > 1 and cells.is_unique]
    order = np.random.default_rng(seed).permutation(len(frame))
    kept = frame.drop(columns=named).iloc[order].reset_index(drop=True)
    stem = SYNTHETIC if population.is_synthetic else "subject-"
    ids = pd.Series([f"{stem}{number:06d}" for number in range(1, len(frame) + 1)], dtype="str")
    return replace(population, frame=kept.assign(id=ids), notes=(*population.notes, _STILL_TOLD)), ("id", *named)


def as_csv(population: Population) -> bytes:
    """Return the table as CSV for Excel and for reading again: UTF-8 with a byte order mark, its texts no formulas."""
    return csv_of(population.frame)
