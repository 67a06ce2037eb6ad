"""The shortest way up: which rows, closed alone or together, bring a higher grade."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import Gap, Result
from lsstd.engine.tree import Tree
from lsstd.exact import Exact, whole
from lsstd.standard.standard import Standard


@dataclass(frozen=True, slots=True)
class WayUp:
    """Rows to be closed, the grade that they bring, what they add to the total; together, or each of them alone."""

    gaps: tuple[Gap, ...]
    grade: str | None
    points: Exact
    fewest: bool = False
    """Whether no smaller number of rows can bring a higher grade."""


def adds_up(standard: Standard) -> bool:
    """Say whether the total is the plain sum of the rows, so that their points can be compared."""
    nodes = all(node.is_plain and node.not_applicable == "fixed" for node in standard.indicators.values())
    return nodes and all(row.weight == 1 for row in standard.scored_rows)


def is_higher(standard: Standard, grade: str | None, than: str | None) -> bool:
    """Say whether a grade stands above another one, or above none."""
    order = standard.grades
    return grade is not None and (than is None or order.index(grade) < order.index(than))


def way_up(result: Result) -> WayUp | None:
    """Return rows that together bring a higher grade: those with the most points, none of them to spare.

    Returns
    -------
    WayUp or None
        None where not even all rows together bring one.
    """
    closing = _Closing(result)
    gaps = sorted((gap for gap in result.gaps if gap.points > 0), key=lambda gap: -gap.points)
    gaps += [gap for gap in result.gaps if gap.points <= 0]  # a best-of or a demand may need them all the same
    count = next((n for n in range(1, len(gaps) + 1) if closing.reaches(gaps[:n])), None)
    if count is None:
        return None
    chosen = gaps[:count]
    for gap in reversed(chosen[:-1]):
        without = [other for other in chosen if other is not gap]
        chosen = without if closing.reaches(without) else chosen
    asks_nothing = not result.standard.tables and not any(True for _ in result.standard.demands())
    fewest = adds_up(result.standard) and asks_nothing and result.readings["between_bands"] != "none"
    return WayUp(tuple(chosen), closing.grade(chosen), closing.points(chosen), fewest)


class _Closing:
    """What a result comes to with some of its rows at their maximum."""

    def __init__(self, result: Result) -> None:
        facts = Facts(result.standard, result.assessment, result.readings)
        self.result, self.decided = result, facts.decided()
        self.grader = Grader(result.standard, result.readings, facts)

    def tree(self, gaps: Iterable[Gap]) -> Tree:
        full = {
            gap.row.criterion.id: replace(gap.row, state="met", secured=gap.row.maximum, possible=gap.row.maximum)
            for gap in gaps
        }
        return Tree(self.result.standard, {**self.result.criteria, **full}, self.decided)

    def grade(self, gaps: Iterable[Gap]) -> str | None:
        return self.grader.grade(self.tree(gaps), "secured")

    def points(self, gaps: Iterable[Gap]) -> Exact:
        return whole(self.grader.total(self.tree(gaps)).secured - self.result.score.secured)

    def reaches(self, gaps: Sequence[Gap]) -> bool:
        return is_higher(self.result.standard, self.grade(gaps), self.result.grade.secured)
