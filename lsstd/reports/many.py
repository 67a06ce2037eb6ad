"""Many files read for one report: each problem of each told at once, each file named so that it can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from lsstd.errors import InvalidFile, LsstdError, Problem
from lsstd.words import Text, same

Read = TypeVar("Read")


def each_read(files: Sequence[Path], read: Callable[[Path], Read]) -> list[Read]:
    """Return what each file holds.

    Raises
    ------
    LsstdError
        Files that cannot be read: every problem of every file, with the file's name; of a single file, as it is.
    """
    found: list[Read] = []
    failed: list[tuple[str, LsstdError]] = []
    for file, name in zip(files, short_names(files), strict=True):
        try:
            found.append(read(file))
        except LsstdError as error:
            failed.append((name, error))
    if failed and len(files) == 1:
        raise failed[0][1]
    if failed:
        problems = [problem for name, error in failed for problem in _of(error, name)]
        raise InvalidFile(Text("有文件无法使用", "files that cannot be used"), problems)
    return found


def _of(error: LsstdError, name: str) -> list[Problem]:
    """Return the problems of one file, each with the file's name."""
    if not error.problems:
        return [Problem(name, error.title, Text("有效的评价文件", "a valid assessment"))]
    return [
        replace(problem, where=name if Path(problem.where).name == Path(name).name else f"{name} › {problem.where}")
        for problem in error.problems
    ]


def listed_once(files: Sequence[Path]) -> None:
    """Refuse a file that is given twice: its subject would count twice."""
    count = Counter(file.resolve() for file in files)
    twice = [
        Problem(str(file), Text("出现了不止一次", "given more than once"), same("1 ×"))
        for file in count
        if count[file] > 1
    ]
    if twice:
        raise InvalidFile(Text("同一文件重复给出", "a file is given twice"), twice)


def short_names(files: Sequence[Path]) -> list[str]:
    """Return each file by the end of its path, as long as it takes to tell all apart."""
    longest = max((len(file.parts) for file in files), default=1)
    ends = (["/".join(file.parts[-length:]) for file in files] for length in range(1, longest + 1))
    return next(named for named in ends if len(set(named)) == len(files))
