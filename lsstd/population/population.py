"""Many subjects in one table, one line a subject: from CSV, Excel, Parquet, data frames and folders of assessments."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment, years_between
from lsstd.errors import InvalidFile, LsstdError, Problem
from lsstd.exact import Exact, plain, shown
from lsstd.files.assessments import load_assessment
from lsstd.files.cells import Percent, Value, day, number
from lsstd.files.opening import check_kind, encoding_of, opened, separator_of
from lsstd.files.reading import in_folder, read_bytes, refused
from lsstd.population.columns import Column, smallest
from lsstd.population.table_check import NOT_APPLICABLE, validate
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, same

_DENOMINATORS = (1, 2, 4, *(10**digits for digits in range(1, 10)))
_LARGEST = 2**32
_LARGEST_WORKBOOK = 200 * 2**20  # unpacked
_TEXTS = ("date", "text", "choices")
_ENDINGS = {".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet"}  # any other is CSV


def read_table(path: Path, standard: Standard) -> pd.DataFrame:
    """Return the table of a CSV, Excel (its first sheet) or Parquet file as it stands, to be checked.

    Raises
    ------
    FileError
        It cannot be read, is too large, or is of another kind than its name says.
    """
    data = read_bytes(path, _LARGEST)
    kind = _ENDINGS.get(path.suffix.lower(), "csv")
    check_kind(data, path, kind)
    if kind == "xlsx":
        return _read_workbook(data, path)
    return _read_parquet(data, path) if kind == "parquet" else _read_csv(data, path, standard)


def _read_workbook(data: bytes, path: Path) -> pd.DataFrame:
    """Read the first sheet cell by cell: pandas would make blanks of cells that hold errors (#N/A)."""
    with opened(data, path, _LARGEST_WORKBOOK) as opening:
        name, rows = next(opening.sheets())
        lines: list[list[Any]] = []
        for place, row in rows:
            lines += [[]] * (place - 1 - len(lines))  # blank lines count, so that messages name the right one
            lines.append([_cell(value) for value in row])
        merged = opening.merged_of(name)
    if merged:
        found = msg("merged cells {merged}", merged=", ".join(merged[:5]))
        raise refused(path, found, msg("unmerged cells, each with its own value"))
    if not lines or not lines[0]:
        raise refused(path, msg("no head"), msg("a name for each column"))
    width = max(map(len, lines))
    frame = pd.DataFrame([[*line, *[None] * (width - len(line))] for line in lines], dtype=object)
    names = frame.iloc[0].map(lambda name: "" if name is None else str(name).strip())
    named = (names != "") | frame.iloc[1:].notna().any()
    return frame.iloc[1:].loc[:, named].set_axis(list(names[named]), axis=1).reset_index(drop=True)


def _cell(value: Value) -> Any:
    """Return a cell's value as a column of a table holds it: dates and percentages as text."""
    if isinstance(value, Percent):
        return f"{shown(number(value, percent=True), 12)}%"
    return day(value) if isinstance(value, date) else value


def _read_csv(data: bytes, path: Path, standard: Standard) -> pd.DataFrame:
    """Read CSV with pandas' own parser: numbers where it can, so that only faulty columns are looked at as text."""
    encoding = encoding_of(data, path)
    if encoding == "utf-16":
        data, encoding = data.decode(encoding).encode(), "utf-8-sig"
    head = data[: data.find(b"\n") + 1 or len(data)].decode(encoding)
    separator = separator_of(head)
    names = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
    texts = [name for name in names if _is_text(name, standard)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not any(names):
        found = msg("repeated columns {repeated}", repeated=", ".join(repeated))
        raise refused(path, found if repeated else msg("no head"), msg("a name for each column"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                io.BytesIO(data),
                sep=separator,
                encoding=encoding.removesuffix("-sig"),  # the head, with the mark, is not read again
                names=names,
                header=0,
                index_col=False,
                dtype=dict.fromkeys(texts, "str"),
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=True,
                low_memory=False,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())), msg("valid CSV")) from None


def _is_text(name: str, standard: Standard) -> bool:
    return name == "id" or name.startswith("group.") or (name in standard.facts and standard.facts[name].kind in _TEXTS)


def _read_parquet(data: bytes, path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except ImportError:
        expected = msg("pip install 'lsstd[parquet]', or a CSV file")
        raise refused(path, msg("pyarrow is not installed"), expected) from None
    except (OSError, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())[:200]), msg("a Parquet file")) from None


SYNTHETIC = "synthetic-"
"""How the ids of generated subjects begin, so that no table of them passes for real."""

_MADE_UP = msg("the population is synthetic: no such subjects exist")
_STILL_TOLD = msg(
    "the remaining data (dates, areas, sales …) may still identify a subject: check again before publishing"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """Points as whole numbers over a denominator, 0 where not known."""

    denominator: int
    whole: Column
    known: NDArray[np.bool_]


def _count(values: NDArray[Any]) -> Counted:
    """Count in the least of 1, 2, 4, 10, 100 … in which all values are whole; dust past nine decimals is dropped."""
    known, denominator = ~np.isnan(values), 1
    if values.dtype.kind == "f":
        given = values[known]
        denominator = next((d for d in _DENOMINATORS if np.array_equal(np.rint(given * d) / d, given)), 10**9)
    whole = np.rint(np.nan_to_num(values) * denominator)
    kind = smallest(int(whole.max(initial=0))) if whole.min(initial=0) >= 0 else np.dtype(np.int64)
    return Counted(denominator, whole.astype(kind), known)


@dataclass(frozen=True)
class Population:
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
    """

    standard: Standard
    frame: pd.DataFrame = field(repr=False)
    as_of: str | None = None
    notes: tuple[Text, ...] = ()

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
    def groups(self) -> dict[str, pd.Series[str]]:
        """Columns by which subjects are grouped, by name."""
        return {str(name)[6:]: self.frame[name] for name in self.frame if str(name).startswith("group.")}

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns of numbers and truth values, NaN where unknown."""
        arrays = {str(name): cells.to_numpy() for name, cells in self.frame.items()}
        return {name: values for name, values in arrays.items() if values.dtype.kind in "biuf"}

    def points(self, name: str) -> Counted:
        """Return a column of points in whole numbers; it is looked through once for all that ask."""
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
        """Return some of the subjects (positions, a slice or a mask)."""
        return replace(self, frame=self.frame.iloc[rows].reset_index(drop=True))


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
    """
    if isinstance(source, pd.DataFrame):
        found = Population(standard, validate(source, standard), as_of)
    elif (path := Path(source)).is_dir():
        found = _from_folder(path, standard)
    else:
        frame = validate(read_table(path, standard), standard, path.name, first=2, is_whole=True)
        found = Population(standard, frame, as_of)
    return replace(found, notes=(*_notes(found), *found.notes))


def _notes(population: Population) -> Iterator[Text]:
    """Yield what a reader should know of any table: that it is made up, how many rows it says nothing of."""
    if population.is_synthetic:
        yield _MADE_UP
    silent = sum(not _is_heard(population, row) for row in population.standard.scored_rows)
    if silent:
        count = len(population.standard.scored_rows)
        yield msg(
            "{silent} of the standard's {count} rows have no column at all and count as unknown",
            silent=silent,
            count=count,
        )


def _is_heard(population: Population, row: Criterion) -> bool:
    """Whether there is a column for a row, for a part of it, or for a fact that decides a part."""
    frame, facts = population.frame, population.standard.facts
    tested = [part.test.fact for part in row.parts.values() if part.test]
    tested += [fact for _, fact in row.rule.facts()] if row.rule else []
    names = [row.id, *(f"{row.id}.{part}" for part in row.parts), *tested]
    dates = [facts[fact].years_since for fact in tested if population.as_of]
    return any(name in frame for name in (*names, *dates))


def _from_folder(folder: Path, standard: Standard) -> Population:
    """Make each assessment of a folder a line; all that is wrong with any of them is told at once."""
    paths = in_folder(folder)
    problems: list[Problem] = []
    lines: list[dict[str, Any]] = []
    uncertain = 0
    for path in paths:
        try:
            assessment = load_assessment(path, standard)
        except LsstdError as error:
            problems += [Problem(f"{path.name}: {p.where}", p.found, p.expected, p.line) for p in error.problems]
            continue
        lines.append(line_of(assessment, path.stem, standard))
        uncertain += sum(answer.form in ("range", "chances") for answer in assessment.answers.values())
    if problems:
        title = msg("{folder} holds invalid assessments", folder=folder.name)
        raise InvalidFile(title, problems)
    if len({line["id"] for line in lines}) < len(lines):  # two of one name: the files tell them apart
        lines = [{**line, "id": path.stem} for line, path in zip(lines, paths, strict=True)]
    lower = msg("{uncertain} answers are ranges or chances: the lower end counts", uncertain=uncertain)
    frame = validate(pd.DataFrame(lines), standard, folder.name, is_whole=True)
    return Population(standard, frame, None, (lower,) if uncertain else ())


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
    ends: Sequence[Exact] = [answer.score] if answer.score is not None else answer.range or _likely(answer)
    return {row.id: plain(min(ends))} if ends else {}


def _likely(answer: Answer) -> list[Exact]:
    return [score for score, chance in answer.chances or () if chance > 0]


def anonymise(population: Population, seed: int = 0) -> tuple[Population, tuple[str, ...]]:
    """Return the population without whatever tells who a subject is, in a new order, and what was removed.

    Removed are the ids, every fact marked as identifying, free text, and each grouping that tells every subject
    apart. What is left may still give a subject away to someone who knows its figures; a note says so.
    """
    standard, frame = population.standard, population.frame
    named = [key for key in frame if key in standard.facts and _tells(standard, key)]
    named += [f"group.{key}" for key, cells in population.groups.items() if len(frame) > 1 and cells.is_unique]
    order = np.random.default_rng(seed).permutation(len(frame))
    kept = frame.drop(columns=named).iloc[order].reset_index(drop=True)
    stem = SYNTHETIC if population.is_synthetic else "subject-"
    ids = pd.Series([f"{stem}{number:06d}" for number in range(1, len(frame) + 1)], dtype="str")
    return replace(population, frame=kept.assign(id=ids), notes=(*population.notes, _STILL_TOLD)), ("id", *named)


def _tells(standard: Standard, fact: str) -> bool:
    return standard.facts[fact].identifying or standard.facts[fact].kind == "text"


def as_csv(population: Population) -> bytes:
    """Return the table as CSV for Excel and for reading again: UTF-8 with a byte order mark."""
    text = population.frame.to_csv(index=False, lineterminator="\r\n", float_format="%.15g")
    return text.encode("utf-8-sig")
