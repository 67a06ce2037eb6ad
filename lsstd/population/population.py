"""Many subjects in one table, one line a subject: from CSV, Excel, Parquet, data frames and folders of assessments."""

from __future__ import annotations

import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.assessment.assessment import Answer, Assessment, years_between
from lsstd.assessment.check import parse_assessment
from lsstd.engine.facts import percent_doubt
from lsstd.errors import InvalidFile, LsstdError, Problem
from lsstd.exact import Exact, exact, plain
from lsstd.files.assessments import load_assessment
from lsstd.files.cells import is_total
from lsstd.files.kinds import check_kind
from lsstd.files.opening import SEPARATORS, csv_lines, opened, plain_csv, separator_of
from lsstd.files.reading import in_folder, read_bytes, refused
from lsstd.files.workbook import AT_MOST_COLUMNS, MOST_COLUMNS
from lsstd.files.writing import cannot_write
from lsstd.population.columns import smallest, sums
from lsstd.population.table_check import NOT_APPLICABLE, validate, with_pieces
from lsstd.standard.models import Concise
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Text, listing, msg, same

_DENOMINATORS = (1, 2, 4, *(10**digits for digits in range(1, 10)))
_LARGEST = 2**30
_LARGEST_WORKBOOK = 200 * 2**20  # unpacked
_MOST_CELLS = 100_000_000  # a million subjects in a hundred columns, as numbers 800 MB
_LARGEST_HEADS = 2**20  # characters; within them, the heads
_TEXTS = ("date", "text", "choices")
_HEAD_WITHIN = 20  # lines
_NO_PYARROW = (msg("pyarrow is not installed"), msg("pip install 'lsstd[parquet]', or a CSV file"))
_NAMELESS = "\0"
_ENDINGS = {".xlsx": "xlsx", ".parquet": "parquet", ".pq": "parquet"}  # any other is CSV


class Table(NamedTuple):
    """A table as its file has it: the number of each line, and notes on what of the file was left out."""

    frame: pd.DataFrame
    lines: Sequence[int]
    notes: tuple[Text, ...] = ()


def read_table(path: Path, is_text: Callable[[str], bool]) -> Table:
    """Return the table of a CSV, Excel (its first visible sheet) or Parquet file as it stands, to be checked.

    Parameters
    ----------
    is_text : callable
        Whether a column of this name holds texts, which CSV does not say: an id such as 007.

    Raises
    ------
    FileError
        It cannot be read, is too large, or is of another kind than its name says.
    """
    data = read_bytes(path, _LARGEST)
    kind = _ENDINGS.get(path.suffix.lower(), "csv")
    check_kind(data, path, kind)
    if kind == "parquet":
        found = _read_parquet(data, path)
        return Table(found, range(2, 2 + len(found)))
    frame, notes = _read_workbook(data, path) if kind == "xlsx" else (_read_csv(data, path, is_text), [])
    if (above := int(frame.index[0]) - 2 if len(frame) else 0) > 0:
        notes.append(msg("lines above the heads, not read: {count}", count=above))
    frame = _tidied(frame, path, notes)
    return Table(frame.reset_index(drop=True), list(frame.index), tuple(notes))


def _head_of(lines: Sequence[Sequence[Any]]) -> int | None:
    """Return which of the first lines names the columns: the first with an id, or else the first with anything."""
    filled = [place for place, line in enumerate(lines) if any(map(_stripped, line))]
    with_id = (place for place in filled if "id" in map(_stripped, lines[place]))
    return next(with_id, filled[0] if filled else None)


def _stripped(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def _names(head: Sequence[Any], width: int) -> list[str]:
    """Return the columns' names; those that have none are numbered."""
    cells = [*map(_stripped, head), *[""] * (width - len(head))]
    return [name or f"{_NAMELESS}{place}" for place, name in enumerate(cells, 1)]


def _tidied(frame: pd.DataFrame, path: Path, notes: list[Text]) -> pd.DataFrame:
    """Return a table without blank lines, blank columns and lines of totals."""
    if list(frame).count("id") == 1:
        ids = frame["id"].astype("str").where(frame["id"].notna(), "").str.strip()
        doubtful = frame[((ids == "") | ids.map(is_total).astype(bool)).to_numpy()]
        texts = doubtful.astype("str").where(doubtful.notna(), "")
        blank = [line for line, *cells in texts.itertuples() if not any(cell.strip() for cell in cells)]
        totals = [line for line, *cells in texts.itertuples() if any(map(is_total, cells))]
        if totals:
            listed = ", ".join(map(str, totals[:5]))
            notes.append(msg("lines of totals, not read: {count} (line {lines})", count=len(totals), lines=listed))
        frame = frame.drop(index=[*blank, *totals])
    nameless = [str(name) for name in frame if str(name).startswith(_NAMELESS)]
    for name in nameless:
        if not (frame[name].isna() | (frame[name].astype("str").str.strip() == "")).all():
            found = msg("column {number} has no name", number=name.removeprefix(_NAMELESS))
            raise refused(path, found, msg("a name for each column"))
    return frame.drop(columns=nameless)


def _read_workbook(data: bytes, path: Path) -> tuple[pd.DataFrame, list[Text]]:
    """Read the first visible sheet cell by cell: pandas would make blanks of cells that hold errors (#N/A)."""
    lines: list[Sequence[Any]] = []
    with opened(data, path, _LARGEST_WORKBOOK) as book:
        sheet = next((sheet for sheet in book.sheets if not sheet.is_hidden), book.sheets[0])
        for place, row in book.rows(sheet):
            lines += [()] * (place - 1 - len(lines))  # blank lines count, so that messages name the right one
            lines.append(row)
    head = _head_of(lines[:_HEAD_WITHIN])
    if head is None:
        raise refused(path, msg("no head"), msg("a name for each column"))
    if merged := [ref for ref in sheet.merged if int(re.sub(r"\D", "", ref.partition(":")[2]) or 0) > head]:
        found = msg("merged cells {merged}", merged=", ".join(merged[:5]))
        raise refused(path, found, msg("unmerged cells, each with its own value"))
    width = max(map(len, lines))
    _hold_cells(len(lines), width, path)
    body = [[*map(_unguarded, line), *[None] * (width - len(line))] for line in lines[head + 1 :]]
    index = pd.RangeIndex(head + 2, len(lines) + 1)
    frame = pd.DataFrame(body, columns=_names(lines[head], width), dtype=object, index=index)
    left = listing(same(other.name) for other in book.sheets if other is not sheet)
    return frame, [msg("sheets not read: {sheets}", sheets=left)] if left.en else []


def _read_csv(data: bytes, path: Path, is_text: Callable[[str], bool]) -> pd.DataFrame:
    """Read CSV with pandas' own parser: numbers where it can, so that only faulty columns are looked at as text."""
    text = plain_csv(data, path)
    first = list(islice(io.StringIO(text[:_LARGEST_HEADS]), _HEAD_WITHIN))
    split = {sign: [fields for _, fields in csv_lines(first, sign, path)] for sign in SEPARATORS}
    heads = {sign: head for sign, lines in split.items() if (head := _head_of(lines)) is not None}
    if not heads:
        raise refused(path, msg("no head"), msg("a name for each column"))
    with_id = (sign for sign, head in heads.items() if "id" in map(_stripped, split[sign][head]))
    separator = next(with_id, separator_of(first[min(heads.values())]))
    head = heads[separator]
    names = _names(split[separator][head], 0)
    _hold_cells(rows := text.count("\n"), len(names), path)
    if text.count(separator) > 2 * rows * len(names) + _LARGEST_HEADS:  # many fields beyond the heads take much memory
        _refuse_lines(text, separator, head, len(names), path)
    if repeated := sorted(name for name, count in Counter(names).items() if count > 1):
        found = msg("repeated columns {repeated}", repeated=", ".join(repeated))
        raise refused(path, found, msg("a name for each column"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(text.encode()),
                sep=separator,
                names=names,
                header=None,
                skiprows=head + 1,
                index_col=False,
                dtype=dict.fromkeys(filter(is_text, names), "str"),
                keep_default_na=False,
                na_values=[""],
                skip_blank_lines=False,  # so that messages name the right one
                low_memory=False,
            )
    except pd.errors.EmptyDataError:
        frame = pd.DataFrame(columns=names)
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        _refuse_lines(text, separator, head, len(names), path)
        raise refused(path, same(" ".join(str(error).split())), msg("valid CSV")) from None
    texts = {name: frame[name].map(_unguarded) for name in filter(is_text, names)}
    return frame.assign(**texts).set_index(pd.RangeIndex(head + 2, head + 2 + len(frame)))


def _refuse_lines(text: str, separator: str, head: int, width: int, path: Path) -> None:
    """Raise the `FileError` for lines below the head with too many fields, or for a quotation without end."""
    lines = io.StringIO(text, newline="")
    long: list[tuple[int, int]] = []
    for place, (start, cells) in enumerate(csv_lines(lines, separator, path, strict=True)):
        if place > head and len(cells) > width:
            long.append((start, len(cells)))
    if long:
        found = msg("{count} fields under {width} heads", count=long[0][1], width=width)
        if len(long) > 1:
            found = msg("{found} (and {more} more such lines)", found=found, more=len(long) - 1)
        raise refused(path, found, msg("a field for each head, and text with commas in quotation marks"), long[0][0])


def _is_text(standard: Standard, name: str) -> bool:
    return name == "id" or name.startswith("group.") or (name in standard.facts and standard.facts[name].kind in _TEXTS)


def _hold_cells(rows: int, columns: int, path: Path) -> None:
    """Refuse a table with more columns, or more cells, than fit into memory."""
    if columns > MOST_COLUMNS:
        raise refused(path, msg("{count} columns", count=columns), AT_MOST_COLUMNS)
    if rows * columns > _MOST_CELLS:
        found = msg("{rows} rows of {columns} columns", rows=rows, columns=columns)
        raise refused(path, found, msg("at most {most} cells (several tables, one after the other)", most=_MOST_CELLS))


def _read_parquet(data: bytes, path: Path) -> pd.DataFrame:
    """Read Parquet: of each text how long it is before it is repeated, for a kilobyte can hold gigabytes of it."""
    try:
        import pyarrow.parquet as pq
        from pyarrow.types import is_nested

        packed = pq.ParquetFile(io.BytesIO(data))
        _hold_cells(packed.metadata.num_rows, packed.metadata.num_columns, path)
        for each in packed.schema_arrow:
            if is_nested(each.type):
                found = msg("column {name} holds {kind}", name=each.name, kind=each.type)
                raise refused(path, found, msg("numbers, texts and dates"))
        texts = [each.name for each in packed.schema_arrow if str(each.type) in ("string", "large_string")]
        frame = pd.read_parquet(io.BytesIO(data), engine="pyarrow", read_dictionary=texts)
    except ImportError:
        raise refused(path, *_NO_PYARROW) from None
    except (OSError, ValueError) as error:
        raise refused(path, same(" ".join(str(error).split())[:200]), msg("a Parquet file")) from None
    size = 0
    for _, cells in frame.select_dtypes("category").items():
        lengths = np.array([0, *(len(str(text)) for text in cells.cat.categories)])
        size += int(lengths[cells.cat.codes + 1].sum())
    if size > _LARGEST:
        raise refused(
            path,
            msg("{size:.0f} MB when unpacked", size=size / 2**20),
            msg("at most {most} MB", most=_LARGEST // 2**20),
        )
    return frame.astype(dict.fromkeys(texts, "str"))


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
    whole: NDArray[Any]
    known: NDArray[np.bool_]


def _count(values: NDArray[Any]) -> Counted:
    """Count in the least of 1, 2, 4, 10, 100 … in which all values are whole; dust past nine decimals is dropped.

    A value comes to the same whatever column it stands in: where a float's product could be another whole number than
    the decimal's, each is counted by itself.
    """
    known, denominator = ~np.isnan(values), 1
    if values.dtype.kind == "f":
        given = values[known]
        denominator = next((d for d in _DENOMINATORS if np.array_equal(np.rint(given * d) / d, given)), 10**9)
    whole = np.rint(np.nan_to_num(values) * denominator)
    if max(whole.max(initial=0), -whole.min(initial=0)) >= 2**51:  # beyond it the product can be off by a half
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

    def weighed(self, places: NDArray[Any], size: int, *factors: NDArray[Any]) -> list[Fraction]:
        """Return exact sums of weights, each times whole factors: `places` says to which sum each subject belongs.

        >>> people = lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation")
        >>> people.weighed(people.ids.index.to_numpy() % 2, 2)
        [Fraction(30, 1), Fraction(30, 1)]
        """
        if self.weight is None:
            return [*map(Fraction, sums(places, size, *factors))]
        counted = self.points("weight")
        return [Fraction(whole, counted.denominator) for whole in sums(places, size, counted.whole, *factors)]

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

    Examples
    --------
    >>> len(lsstd.load_population("data/populations/made_up_60.csv", "hlj-base-evaluation"))
    60
    """
    if isinstance(source, pd.DataFrame):
        frame, former = with_pieces(source, standard)
        found = Population(standard, validate(frame, standard), as_of, former)
    elif (path := Path(source)).is_dir():
        found = _from_folder(path, standard)
    else:
        table = read_table(path, partial(_is_text, standard))
        frame, former = with_pieces(table.frame, standard)
        frame = validate(frame, standard, path.name, table.lines, is_whole=True)
        found = Population(standard, frame, as_of, (*table.notes, *former))
    return replace(found, notes=(*_notes(found), *found.notes))


def _notes(population: Population) -> Iterator[Text]:
    """Yield what a reader should know of any table: that it is made up, how many rows it says nothing of."""
    if population.is_synthetic:
        yield _MADE_UP
    for fact in population.standard.facts.values() if not population.is_synthetic else ():
        values = population.columns.get(fact.id) if fact.kind == "percent" else None
        if values is None:
            continue
        doubtful = values[(values > 100) & (not fact.signed) | (values > 0) & (values < 1)]
        if len(doubtful) and (doubt := percent_doubt(fact, exact(float(doubtful[0])))):
            yield (
                doubt
                if len(doubtful) == 1
                else msg("{first} ({count} lines like this)", first=doubt, count=len(doubtful))
            )
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
        "{carried} files are of an earlier version; lsstd assess tells what became of their answers", carried=carried
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
    standard, line = population.standard, population.frame.iloc[place].dropna()
    facts: dict[str, Any] = {}
    answers: dict[str, dict[str, Any]] = {}
    for name, cell in ((str(name), cell) for name, cell in line.items()):
        row, _, part = name.partition(".")
        part, _, gone = part.partition(".") if not part.startswith(NOT_APPLICABLE) else ("", "", part)
        if name in standard.facts:
            facts[name] = _READ.get(standard.facts[name].kind, _number)(cell)
        elif row not in standard.criteria or (gone and not cell):
            continue
        elif part:
            state = NOT_APPLICABLE if gone else "met" if cell else "unmet"
            answers.setdefault(row, {"parts": {}})["parts"][part] = state
        elif gone or standard.criteria[row].max_score is None:
            answers[row] = {"state": NOT_APPLICABLE if gone else "met" if cell else "unmet"}
        else:
            answers[row] = {"score": _number(cell)}
    groups = {name: str(cells.iloc[place]) for name, cells in population.groups.items() if f"group.{name}" in line}
    subject = {"id": line["id"], "name": line["id"], "region": groups.pop("region", None), "groups": groups}
    values = {"standard": standard.standard, "subject": subject, "facts": facts, "answers": answers}
    values |= {"as_of": population.as_of} if population.as_of else {}
    return parse_assessment(standard, values, str(line["id"]))


def _number(cell: Any) -> int | float:
    """Return a number as `Population.points` counts it: without dust past nine decimals."""
    return plain(exact(round(float(cell), 9)))


_READ: dict[str, Any] = {"boolean": bool, "choices": lambda cell: cell.split(";"), **dict.fromkeys(_TEXTS[:2], str)}


def anonymise(population: Population, seed: int = 0) -> tuple[Population, tuple[str, ...]]:
    """Return the population without whatever tells who a subject is, in a new order, and what was removed.

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


def csv_of(frame: pd.DataFrame) -> bytes:
    """Return any table as `as_csv` does that of a population."""
    frame = frame.apply(lambda cells: cells if cells.dtype.kind in "bif" else cells.map(_guarded))
    text: str = frame.to_csv(index=False, lineterminator="\r\n", float_format="%.15g")
    return text.encode("utf-8-sig")


def parquet_of(frame: pd.DataFrame, path: Path) -> bytes:
    """Return a table as Parquet; raise the `FileError` that pyarrow is missing."""
    out = io.BytesIO()
    try:
        frame.to_parquet(out, engine="pyarrow", index=False)
    except ImportError:
        raise cannot_write(path, *_NO_PYARROW) from None
    return out.getvalue()


_FORMULA = re.compile(r"(?!'*[+-]?\d+(?:\.\d+)?$)'*[=+\-@\t\r\n＝＋－＠]")


def _guarded(cell: Any) -> Any:
    """Return a cell as CSV for Excel holds it: a text that Excel would compute has an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _unguarded(cell: Any) -> Any:
    """Return a cell as it was before `_guarded`."""
    return cell[1:] if isinstance(cell, str) and cell[:1] == "'" and _FORMULA.match(cell) else cell
