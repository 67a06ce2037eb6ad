"""What can be asked for its grade."""

from __future__ import annotations

from lsstd.errors import InvalidFile, Problem
from lsstd.standard.standard import Standard
from lsstd.words import Text


def check_graded(standard: Standard) -> None:
    """Refuse a standard that awards no grade: nothing could change it.

    Raises
    ------
    InvalidFile
    """
    if standard.scored_rows and standard.grades:
        return
    rows = Text("没有分值", "no points") if not standard.scored_rows else Text("没有等级分数段", "no bands of grades")
    expected = Text("有分值和等级的标准", "a standard with points and grades")
    title = Text(f"{standard.standard} 不评等级，无从谈其稳固", f"{standard.standard} awards no grade to be sure of")
    raise InvalidFile(title, [Problem("standard", rows, expected)])
