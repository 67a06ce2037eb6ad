"""Grades from points: by the bands, and by whatever else a grade asks for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any, Generic, NamedTuple

from lsstd.engine.facts import Facts, tell_test
from lsstd.engine.result import CriterionResult, Finding, Gap, Result, Score, TableGrade
from lsstd.engine.tree import KNOWN, SIDES, Condition, Fold, N, Side, Tree
from lsstd.exact import Exact, shown, total, whole
from lsstd.standard.bands import Band, Demand, Table
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg


class Grading(NamedTuple, Generic[N]):
    """The grades of one side of a tree, in whatever numbers: by bands, and by whatever else a grade asks for."""

    standard: Standard
    readings: Mapping[str, str]
    fold: Fold[N]
    holds: Callable[[Test], Condition]  # whether a demand on a fact is met, on this side
    is_met: Callable[[str], Condition]  # whether a row is met, on this side

    @property
    def total(self) -> N:
        """The total as the readings round it."""
        is_rounded, points = self.readings["rounding"] == "total", self.fold.points
        return self.fold.numbers.rounded(points, self.standard.rounding) if is_rounded else points

    def grade(self) -> Any:
        """Return the place of the grade among the standard's; after them, none. The lowest of several tables counts."""
        grades = self.standard.grades
        found = [(self.graded(t), self.place(grades, t)) for t in self.standard.tables.values() if t.decides]
        if self.standard.bands:
            found.append((True, self.place(grades)))
        return self.fold.numbers.furthest(found, len(grades))

    def graded(self, table: Table) -> Condition:
        """Return whether there is anything for a table to grade."""
        return table.indicator is None or self.fold.nodes[table.indicator].applies

    def place(self, grades: Sequence[str], table: Table | None = None) -> Any:
        """Return the place among some grades that the total earns, or the points that a further table grades.

        Where the band that holds the points asks for more than there is, the next lower one that does not counts.
        """
        points = self.fold.nodes[table.indicator].points if table and table.indicator else self.total
        completed = self.standard.completed_bands(self.readings["between_bands"], table.id if table else None)
        asked, reached, earned = self._all(self.standard.requires), False, []
        for band in completed:
            reached = reached | self._within(band, points)
            earned.append(reached & asked & self._all(band.requires))
        return self.fold.numbers.first(earned, [grades.index(band.grade) for band in completed], len(grades))

    def _within(self, band: Band, points: N) -> Condition:
        numbers, lower, upper = self.fold.numbers, band.lower, band.upper
        above = lower is None or numbers.reaches(points, lower.value, lower.closed)
        return above if upper is None else above & (numbers.reaches(points, upper.value, not upper.closed) ^ True)

    def _all(self, demands: Sequence[Demand]) -> Condition:
        return reduce(operator.and_, map(self.meets, demands), True)

    def meets(self, demand: Demand) -> Condition:
        """Return whether a demand of a grade is met, or is not asked."""
        if demand.applies:
            met = self.meets(demand.model_copy(update={"applies": None}))
            return met | self.holds(demand.applies.negated)
        if demand.test:
            return self.holds(demand.test)
        if demand.indicator:
            node, numbers = self.fold.nodes[demand.indicator], self.fold.numbers
            line = demand.points if demand.points is not None else numbers.times(node.maximum, demand.share or 0)
            return (node.applies ^ True) | numbers.reaches(node.points, line)
        return sum(self.is_met(row) * 1 for row in demand.criteria) >= (demand.met or 0)


class Grader(NamedTuple):
    """Grades trees of one assessment; its facts decide demands that ask for one."""

    standard: Standard
    readings: dict[str, str]
    facts: Facts

    def side(self, tree: Tree, side: Side) -> Grading[Exact]:
        """Return the grading of one side of a tree."""

        def holds(test: Test) -> bool:
            return KNOWN[self.facts.test(test).state][side == "possible"]

        fold = tree.secured if side == "secured" else tree.possible
        return Grading(self.standard, self.readings, fold, holds, lambda row: _is_met(tree, row, side))

    def total(self, tree: Tree) -> Score:
        """Return the total as the readings round it."""
        return Score(self.side(tree, "secured").total, self.side(tree, "possible").total, tree.secured.maximum)

    def grade(self, tree: Tree, side: Side) -> str | None:
        """Return the grade of the total; where several tables decide, the lowest of theirs."""
        return _named(self.standard.grades, self.side(tree, side).grade())

    def tables(self, tree: Tree) -> dict[str, TableGrade]:
        """Return the grades of the further tables."""
        sides, found = [self.side(tree, side) for side in SIDES], {}
        for key, table in self.standard.tables.items():
            grades = [band.grade for band in table.bands]
            places = (side.place(grades, table) if side.graded(table) else len(grades) for side in sides)
            found[key] = TableGrade(table, *(_named(grades, place) for place in places))
        return found

    def missed(self, tree: Tree) -> Iterator[Finding]:
        """Yield what keeps the secured score from the grade that its points alone would earn."""
        grading = self.side(tree, "secured")
        completed = self.standard.completed_bands(self.readings["between_bands"])
        band = next((band for band in completed if band.holds(grading.total)), None)
        for demand in (*self.standard.requires, *band.requires) if band else ():
            if not grading.meets(demand):
                message = msg(
                    "The points suffice for {grade}, but that grade has further requirements: {wanting}",
                    grade=band.grade if band else "",
                    wanting=self._tell(demand, tree),
                )
                yield Finding("demand", demand.clause or "", message)

    def _tell(self, demand: Demand, tree: Tree) -> Text:
        if demand.test:
            return tell_test(self.standard, self.facts.test(demand.test))
        if demand.indicator:
            node = tree.nodes[demand.indicator]
            found, need = shown(node.score.secured), shown(needed(demand, node.score.maximum))
            return msg("{name}: {found} points (at least {need})", name=node.indicator.name, found=found, need=need)
        count = sum(_is_met(tree, row, "secured") for row in demand.criteria)
        rows = join(self.standard.criteria[row].gloss for row in demand.criteria)
        return msg("{count} met of {rows} ({met} required)", count=count, rows=rows, met=demand.met)


def _named(grades: Sequence[str], place: int) -> str | None:
    return grades[place] if place < len(grades) else None


def needed(demand: Demand, maximum: Exact) -> Exact:
    """Return the points that an indicator must reach."""
    return demand.points if demand.points is not None else whole(maximum * (demand.share or 0))


def _is_met(tree: Tree, name: str, side: Side) -> bool:
    row = tree.rows[name]
    if side == "secured":
        return row.state == "met"
    return row.state in ("met", "unknown") and row.applies and row.possible == row.maximum


class Otherwise:
    """What a result comes to where some of its rows are scored otherwise."""

    def __init__(self, result: Result) -> None:
        facts = Facts.of(result)
        self.result, self.decided = result, facts.decided()
        self.grader = Grader(result.standard, result.readings, facts)
        self.tree = Tree(result.standard, result.criteria, self.decided)

    def scored(self, rows: Iterable[CriterionResult]) -> tuple[str | None, Exact]:
        """Return the grade with these rows in the place of the result's, and the points that they add to its total."""
        standard, now, changed = self.result.standard, self.result.criteria, {row.criterion.id: row for row in rows}
        if standard.is_plain:  # the total alone decides, and it is a plain sum: no need to walk the tree
            added = total(row.secured - now[key].secured for key, row in changed.items() if not row.left_out)
            tree = self.tree.with_points(total((self.tree.secured.points, added)))
        else:
            tree = Tree(standard, {**now, **changed}, self.decided)
        grading = self.grader.side(tree, "secured")
        return _named(standard.grades, grading.grade()), whole(grading.total - self.result.score.secured)


def gaps_of(result: Result) -> tuple[Gap, ...]:
    """Return rows with points still to gain: first those that alone reach a higher grade, then by points."""
    otherwise, found, now = Otherwise(result), [], result.grade.secured
    for row in result.criteria.values():
        is_demanded = row.state != "met" and row.criterion.id in result.standard.demanded_rows
        if (row.maximum > row.secured or is_demanded) and result.has(row):
            grade, points = otherwise.scored([closed(row)])
            found.append(Gap(row, points, grade, crosses=grade is not None and grade != now))
    return tuple(sorted(found, key=lambda gap: (not gap.crosses, -gap.points, gap.row.criterion.row)))


def closed(row: CriterionResult) -> CriterionResult:
    """Return a row as it would be with full points."""
    return row._replace(state="met", secured=row.maximum, possible=row.maximum)
