"""Grades from points: by the bands, and by whatever else a grade asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from lsstd.engine.facts import Facts, tell_test
from lsstd.engine.result import Finding, Gap, Result, Score, TableGrade
from lsstd.engine.tree import Tree
from lsstd.exact import Exact, rounded, shown, whole
from lsstd.standard import bands
from lsstd.standard.bands import Band, Demand, Table
from lsstd.standard.standard import Standard
from lsstd.words import Text

Side = Literal["secured", "possible"]


@dataclass(frozen=True)
class Grader:
    """Grades trees of points under one standard.

    Parameters
    ----------
    standard : Standard
    readings : dict of str to str
        ``between_bands`` and ``rounding`` are used here.
    facts : Facts
        What decides demands that ask for a fact.
    """

    standard: Standard
    readings: dict[str, str]
    facts: Facts

    def total(self, tree: Tree) -> Score:
        """Return the total as the readings round it."""
        score, step = tree.score, self.standard.rounding_step
        if self.readings["rounding"] != "total":
            return score
        return Score(rounded(score.secured, step), rounded(score.possible, step), score.maximum)

    def grade(self, tree: Tree, side: Side) -> str | None:
        """Return the grade of the total; where several tables decide, the lowest of theirs."""
        points = getattr(self.total(tree), side)
        found = [self._by(self.standard.bands, points, tree, side)] if self.standard.bands else []
        deciding = [table for table in self.standard.tables.values() if table.decides and _applies(tree, table)]
        found += [getattr(self._table(table.id, tree), side) for table in deciding]
        if None in found or not found:
            return None
        return max((grade for grade in found if grade), key=self.standard.grades.index)

    def tables(self, tree: Tree) -> dict[str, TableGrade]:
        """Return the grades of the further tables."""
        return {key: self._table(key, tree) for key in self.standard.tables}

    def _table(self, name: str, tree: Tree) -> TableGrade:
        table = self.standard.tables[name]
        if not _applies(tree, table):
            return TableGrade(table, None, None)
        score = tree.nodes[table.indicator].score if table.indicator else self.total(tree)
        return TableGrade(
            table,
            self._by(table.bands, score.secured, tree, "secured"),
            self._by(table.bands, score.possible, tree, "possible"),
        )

    def _by(self, printed: tuple[Band, ...], points: Exact, tree: Tree, side: Side) -> str | None:
        completed = bands.complete(printed, self.readings["between_bands"])
        asked = self.standard.requires
        return bands.grade_of(
            completed, points, lambda band: all(self._holds(d, tree, side) for d in (*asked, *band.requires))
        )

    def _holds(self, demand: Demand, tree: Tree, side: Side) -> bool:
        """Say whether a demand is met for certain (secured), or can be (possible)."""
        if demand.test:
            state = self.facts.test(demand.test).state
            return state == "met" or (side == "possible" and state == "unknown")
        if demand.indicator:
            node = tree.nodes[demand.indicator]
            return not node.applies or getattr(node.score, side) >= needed(demand, node.score.maximum)
        return sum(_is_met(tree, row, side) for row in demand.criteria) >= (demand.met or 0)

    def missed(self, tree: Tree) -> Iterator[Finding]:
        """Yield what keeps the secured score from the grade that its points alone would earn."""
        points = self.total(tree).secured
        completed = bands.complete(self.standard.bands, self.readings["between_bands"])
        band = next((band for band in completed if band.holds(points)), None)
        for demand in (*self.standard.requires, *band.requires) if band else ():
            if not self._holds(demand, tree, "secured"):
                told = self.tell(demand, tree)
                zh = f"按得分为 {band.grade if band else ''}，但该等级另有要求未满足：{told.zh}"
                en = f"By points it is {band.grade if band else ''}, but that grade asks for more: {told.en}"
                yield Finding("demand", demand.clause or "", Text(zh, en))

    def tell(self, demand: Demand, tree: Tree) -> Text:
        """Tell what a demand asks for, and what was found."""
        if demand.test:
            return tell_test(self.standard, self.facts.test(demand.test))
        if demand.indicator:
            node = tree.nodes[demand.indicator]
            name, need = node.indicator.name, shown(needed(demand, node.score.maximum))
            found = shown(node.score.secured)
            return Text(f"{name.zh} {found} 分（要求不低于 {need}）", f"{name.en}: {found} points (at least {need})")
        count = sum(_is_met(tree, row, "secured") for row in demand.criteria)
        glosses = [self.standard.criteria[row].gloss for row in demand.criteria]
        zh, en = "、".join(g.zh for g in glosses), ", ".join(g.en for g in glosses)
        return Text(f"{zh} 中满足 {count} 项（要求 {demand.met} 项）", f"{count} met of {en} ({demand.met} required)")


def needed(demand: Demand, maximum: Exact) -> Exact:
    """Return the points that an indicator must reach."""
    return demand.points if demand.points is not None else whole(maximum * (demand.share or 0))


def _applies(tree: Tree, table: Table) -> bool:
    """Say whether there is anything for a table to grade."""
    return table.indicator is None or tree.nodes[table.indicator].applies


def _is_met(tree: Tree, name: str, side: Side) -> bool:
    """Say whether a row is met for certain, or can be."""
    row = tree.rows[name]
    if side == "secured":
        return row.state == "met"
    return row.state in ("met", "unknown") and row.applies and row.possible == row.maximum


def gaps_of(result: Result) -> tuple[Gap, ...]:
    """Return rows with points to be had: first those that alone reach a higher grade, then by points."""
    standard = result.standard
    facts = Facts(standard, result.assessment, result.readings)
    grader, decided = Grader(standard, result.readings, facts), facts.decided()
    found, now = [], Tree(standard, result.criteria, decided).score.secured
    for key, row in result.criteria.items():
        if row.applies and row.maximum > row.secured and result.counts(row.criterion.indicator):
            full = replace(row, state="met", secured=row.maximum, possible=row.maximum)
            then = Tree(standard, {**result.criteria, key: full}, decided)
            alone = grader.grade(then, "secured")
            crosses = alone is not None and alone != result.grade.secured
            found.append(Gap(row, whole(then.score.secured - now), alone, crosses))
    return tuple(sorted(found, key=lambda gap: (not gap.crosses, -gap.points, gap.row.criterion.row)))
