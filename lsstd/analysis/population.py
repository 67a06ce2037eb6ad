"""Many subjects in one table, one line a subject: from CSV and Parquet, data frames and folders of assessments."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsstd.analysis.cells import validate
from lsstd.core.assessment import Answer, Assessment
from lsstd.core.dates import years_between
from lsstd.core.exact import Exact, plain
from lsstd.core.standard import Criterion, Standard
from lsstd.errors import FileError, InvalidFile, LsstdError, Problem
from lsstd.files.assessments import load_assessment
from lsstd.files.reading import read_bytes
from lsstd.text import Text, same

SYNTHETIC = "synthetic-"
"""How the ids of generated subjects begin, so that no table of them passes for real."""

LARGEST = 2**32
_TEXTS = ("date", "text", "choices")


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

    @cached_property
    def counted(self) -> dict[str, Any]:
        """Columns of points as whole numbers, kept by those who count them."""
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
        A CSV file (UTF-8, or GB 18030 as Chinese Excel writes it), a Parquet file (with the extra ``parquet``), a
        folder of assessments, or a data frame; one line a subject, blank is unknown.
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
        return Population(standard, validate(source, standard), as_of)
    path = Path(source)
    if path.is_dir():
        return _from_folder(path, standard)
    if path.suffix.lower() in (".parquet", ".pq"):
        return Population(standard, validate(_read_parquet(path), standard, path.name), as_of)
    return Population(standard, validate(_read_csv(path, standard), standard, path.name, first=2), as_of)


def _cannot(path: Path, found: Text, expected: Text) -> FileError:
    return FileError(Text(f"无法读取 {path.name}", f"cannot read {path.name}"), [Problem(str(path), found, expected)])


def _read_csv(path: Path, standard: Standard) -> pd.DataFrame:
    """Read CSV with pandas' own parser: numbers where it can, so that only faulty columns are looked at as text."""
    data = read_bytes(path, LARGEST)
    encoding = _encoding(data, path)
    head = data[: data.find(b"\n") + 1 or len(data)].decode(encoding)
    separator = max(",;\t", key=head.count)
    names = [name.strip() for name in next(csv.reader([head], delimiter=separator), [])]
    texts = [name for name in names if _is_text(name, standard)]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not any(names):
        found = Text(f"重复的列 {', '.join(repeated)}", f"repeated columns {', '.join(repeated)}")
        raise _cannot(path, found if repeated else Text("没有表头", "no head"), Text("每列一个列名", "a name a column"))
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
        raise _cannot(path, same(" ".join(str(error).split())), Text("合法的 CSV", "valid CSV")) from None


def _encoding(data: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            data.decode(encoding)
            if b"\0" not in data[:4096]:
                return encoding
        except UnicodeDecodeError:
            continue
    found = Text("既不是 UTF-8，也不是 GB 18030", "neither UTF-8 nor GB 18030")
    raise _cannot(path, found, Text("CSV UTF-8（Excel 的另存类型）", "CSV UTF-8, as Excel can save it"))


def _is_text(name: str, standard: Standard) -> bool:
    return name == "id" or name.startswith("group.") or (name in standard.facts and standard.facts[name].kind in _TEXTS)


def _read_parquet(path: Path) -> pd.DataFrame:
    data = read_bytes(path, LARGEST)
    try:
        return pd.read_parquet(io.BytesIO(data), engine="pyarrow")
    except ImportError:
        expected = Text("pip install 'lsstd[parquet]'，或 CSV 文件", "pip install 'lsstd[parquet]', or a CSV file")
        raise _cannot(path, Text("未安装 pyarrow", "pyarrow is not installed"), expected) from None
    except (OSError, ValueError) as error:
        raise _cannot(path, same(" ".join(str(error).split())[:200]), Text("Parquet 文件", "a Parquet file")) from None


def _from_folder(folder: Path, standard: Standard) -> Population:
    """Make each assessment of a folder a line; all that is wrong with any of them is told at once."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".yaml", ".yml", ".json"))
    problems: list[Problem] = []
    lines: list[dict[str, Any]] = []
    uncertain = 0
    for path in paths:
        try:
            assessment = load_assessment(path, standard)
        except LsstdError as error:
            problems += [Problem(f"{path.name}: {p.where}", p.found, p.expected, p.line) for p in error.problems]
            continue
        lines.append(_line(assessment, path.stem, standard))
        uncertain += sum(answer.form in ("range", "chances") for answer in assessment.answers.values())
    if problems:
        title = Text(f"{folder.name} 中有无效的评价文件", f"{folder.name} holds invalid assessments")
        raise InvalidFile(title, problems)
    if len({line["id"] for line in lines}) < len(lines):  # two of one name: the files tell them apart
        lines = [{**line, "id": path.stem} for line, path in zip(lines, paths, strict=True)]
    zh = f"{uncertain} 处以范围或概率作答，按下限计"
    en = f"{uncertain} answers are ranges or chances: the lower end counts"
    frame = validate(pd.DataFrame(lines), standard, folder.name)
    return Population(standard, frame, None, (Text(zh, en),) if uncertain else ())


def _line(assessment: Assessment, stem: str, standard: Standard) -> dict[str, Any]:
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
        return {f"{row.id}.{part}": int(state == "met") for part, state in known.items()}
    if answer.state in ("met", "unmet"):
        met = answer.state == "met"
        if row.parts:
            return {f"{row.id}.{part}": int(met) for part in row.parts}
        return {row.id: plain(row.max_score) if met and row.max_score else 0}
    ends: Sequence[Exact] = [answer.score] if answer.score is not None else answer.range or _likely(answer)
    return {row.id: plain(min(ends))} if ends else {}


def _likely(answer: Answer) -> list[Exact]:
    return [score for score, chance in answer.chances or () if chance > 0]


def anonymise(population: Population, seed: int = 0) -> tuple[Population, tuple[str, ...]]:
    """Return the population without whatever tells who a subject is, in a new order, and what was removed.

    Removed are the ids, every fact marked as identifying, free text, and each grouping that tells every subject
    apart. What is left may still give a subject away to someone who knows its figures.
    """
    standard, frame = population.standard, population.frame
    named = [key for key in frame if key in standard.facts and _tells(standard, key)]
    named += [f"group.{key}" for key, cells in population.groups.items() if len(frame) > 1 and cells.is_unique]
    order = np.random.default_rng(seed).permutation(len(frame))
    kept = frame.drop(columns=named).iloc[order].reset_index(drop=True)
    stem = SYNTHETIC if population.is_synthetic else "subject-"
    ids = pd.Series([f"{stem}{number:06d}" for number in range(1, len(frame) + 1)], dtype="str")
    return replace(population, frame=kept.assign(id=ids)), ("id", *named)


def _tells(standard: Standard, fact: str) -> bool:
    return standard.facts[fact].identifying or standard.facts[fact].kind == "text"


def as_csv(population: Population) -> bytes:
    """Return the table as CSV for Excel and for reading again: UTF-8 with a byte order mark."""
    text = population.frame.to_csv(index=False, lineterminator="\r\n", float_format="%.15g")
    return text.encode("utf-8-sig")
