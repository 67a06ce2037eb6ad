"""How much a grade can bear: what may be lost, which line may move, and what alone already guarantees it.

A row is *lost* when nothing of it is proven any more: it falls to what it would secure if its answer, and every fact
that decides it, were unknown (0; its floor; below 0 where it is signed). Which rows apply, and what conditions and
grades ask of facts, stays as it is. Losing more never raises a grade, so the searches below are exact.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from lsstd.assessment.assessment import Assessment, Subject
from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.evaluate import evaluate
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Otherwise, needed
from lsstd.engine.result import CriterionResult, Result
from lsstd.engine.rows import score_row
from lsstd.engine.tree import Tree
from lsstd.errors import InvalidFile, Problem
from lsstd.exact import Exact, rounded, whole
from lsstd.standard.bands import Band, Demand, Table, with_line
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import msg

if TYPE_CHECKING:
    import pandas as pd


Chains: TypeAlias = list[list[str]]
"""Rows in groups: of each group the first few always do at least as much as any other of that number."""


class FewestRows(NamedTuple):
    """The smallest set of rows that causes a change; None if no set does, or if the search stopped early.

    `more_than` is set if it stopped early: sets of up to this many rows are not enough.
    """

    names: tuple[str, ...] | None
    more_than: int | None = None


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """The least amount that changes the grade; where `beyond`, the amount itself does not, and anything more does."""

    points: Exact
    beyond: bool
    of: str | None  # the indicator that loses them or the grade whose line moves; None: the total
    way: str
    demand: Demand | None = None
    """The rows of which a grade asks that they be met, where losing any of them is what changes the grade."""

    @property
    def name(self) -> str:
        """What it is called in JSON."""
        return "criteria" if self.demand else self.of or "total"


class RowLoss(NamedTuple):
    """A row, and what it falls to if it is lost."""

    row: CriterionResult
    lowest: Exact

    @property
    def points(self) -> Exact:
        """The points that are lost with the row."""
        return self.row.secured - self.lowest


@dataclass(frozen=True)
class Certificate(Charted):
    """What the secured grade of one assessment can bear.

    Parameters
    ----------
    losses : tuple of RowLoss
        The rows that could lose anything, in order.
    points : Breakpoint or None
        The smallest fall, of the total or of an indicator that a grade asks about, that changes the grade; None
        where no loss does.
    rows : FewestRows
        The fewest rows whose loss changes it.
    shift : Breakpoint or None
        The smallest shift of a line that changes it.
    kept : FewestRows
        The fewest rows that guarantee it: met ones where these suffice, else partly met ones too.
    """

    result: Result
    losses: tuple[RowLoss, ...]
    points: Breakpoint | None
    rows: FewestRows
    shift: Breakpoint | None
    kept: FewestRows

    @property
    def table(self) -> pd.DataFrame:
        """One line a row: secured, lowest, whether it is among the fewest rows that change or guarantee the grade."""
        about = "row=row.criterion.row criterion=row.criterion.id gloss_zh=row.criterion.gloss.zh "
        about += "gloss_en=row.criterion.gloss.en secured=row.secured lowest loss=points"
        frame = frame_of(fields_of(loss, about) for loss in self.losses)
        for column, names in (("fewest", self.rows.names), ("guarantee", self.kept.names)):
            frame[column] = [loss.row.criterion.id in (names or ()) for loss in self.losses]
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as JSON holds it.

        >>> found = lsstd.certificate("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
        >>> found.to_dict()["points_to_lose"]
        47.916666666666664
        """
        points, shift, rows = self.points, self.shift, self.rows.names
        document = {
            **fields_of(self.result, "subject=assessment.subject.name grade=grade.secured"),
            **fields_of(points, "points_to_lose=points beyond points_of=name"),
            **({"points_rows": points.demand.criteria} if points and points.demand else {}),
            "rows_to_lose": None if rows is None else len(rows),
            "rows": rows,
            **fields_of(shift, "band_shift=points"),
            "shift": shift and fields_of(shift, "line=of way beyond"),
            "guarantee": self.kept.names or (),
            "disqualified": self.result.disqualified,
            "more_than": {"rows": self.rows.more_than, "guarantee": self.kept.more_than},
        }
        return json_object(document, "zh")


def certificate(
    standard: Standard, assessment: Assessment, readings: Mapping[str, str] | None = None, limit: int = 5_000
) -> Certificate:
    """Return how robust the secured grade of an assessment is.

    Parameters
    ----------
    limit : int
        So many sets of rows are tried at most; where that is too few the result says so, and names none.

    Returns
    -------
    Certificate
        Without a grade there is nothing to lose and nothing to guarantee; the shift is then the smallest that brings
        one.

    Raises
    ------
    InvalidFile
        The standard awards no grades, or the assessment does not fit it.
    UnknownName
        A reading or option does not exist.

    Examples
    --------
    >>> found = lsstd.certificate("hlj-base-evaluation", "data/assessments/near_aaa.yaml")
    >>> str(found.points.points), found.rows.names[:2]
    ('575/12', ('public_welfare_broadcasts', 'honest_trading'))
    """
    check_graded(standard)
    case = _Case(evaluate(standard, assessment, dict(readings or {})))
    losses = tuple(RowLoss(case.result.criteria[key], row.secured) for key, row in case.lost.items())
    if case.grade is None or case.result.disqualified:
        shift = None if case.result.disqualified else case.shift()
        return Certificate(case.result, losses, None, FewestRows(None), shift, FewestRows(()))
    rows = fewest(case.chains(case.lost), lambda names: not case.holds(names), limit)
    return Certificate(case.result, losses, case.fall(), rows, case.shift(), case.guarantee(limit))


def check_graded(standard: Standard) -> None:
    """Refuse a standard that awards no grade: nothing could change it.

    Raises
    ------
    InvalidFile
    """
    if standard.scored_rows and standard.grades:
        return
    missing = msg("no points") if not standard.scored_rows else msg("no bands of grades")
    expected = msg("a standard with points and grades")
    if standard.by_table:
        expected = msg("one of its tables: standard.by_table[…], of {tables}", tables=", ".join(standard.by_table))
    title = msg("{standard} has no grades, so none can be tested", standard=standard.standard)
    raise InvalidFile(title, [Problem("standard", missing, expected)])


class _Case(Otherwise):
    """One result, and what its grade would be if rows, numbers or lines were others."""

    def __init__(self, result: Result) -> None:
        super().__init__(result)
        self.standard, self.grade = result.standard, result.grade.secured

    def differs(self, tree: Tree) -> bool:
        """Say whether a tree earns another grade."""
        return self.grader.grade(tree, "secured") != self.grade

    def holds(self, lost: Iterable[str]) -> bool:
        """Say whether the grade stays if these rows are lost."""
        return self.scored(self.lost[name] for name in lost)[0] == self.grade

    @cached_property
    def lost(self) -> dict[str, CriterionResult]:
        """Each row that can lose anything, as it would be if it were lost."""
        standard, readings = self.standard, self.result.readings
        nothing = Assessment(standard=standard.standard, subject=Subject())
        facts, rounding = Facts(standard, nothing, readings), standard.rounding
        found = {}
        for key, row in self.result.criteria.items():
            if not row.applies:
                continue
            always = row.criterion.model_copy(update={"applies": None})
            lowest = min(row.secured, score_row(always, None, facts, readings, rounding).secured)
            if lowest < row.secured or (row.state == "met" and key in self.standard.demanded_rows):
                found[key] = row._replace(state="unmet", secured=lowest)
        return found

    @cached_property
    def demands(self) -> tuple[Demand, ...]:
        return tuple(demand for _, demand in self.standard.demands())

    @cached_property
    def _asked(self) -> frozenset[str]:
        """The indicators whose points decide a grade."""
        tables = [table.indicator for table in self.standard.tables.values() if table.decides]
        return frozenset(name for name in (*tables, *(demand.indicator for demand in self.demands)) if name)

    # ── the fewest rows ──────────────────────────────────────────────────────────────────────────────────────

    def chains(self, rows: Iterable[str]) -> Chains:
        """Return rows in chains: of those in one sum, whichever has more to lose always does at least as much.

        So where all is one sum of which only the total counts there is one chain, and sorting it is enough. Of the
        rows of any other node those that would fall to the same points are a chain: losing the higher of two leaves
        the lower one and these points, losing the lower leaves more.
        """
        groups: dict[tuple[str | None, Exact], list[tuple[Exact, str]]] = {}
        for name in rows:
            row = self.result.criteria[name]
            loss = row.criterion.weight * (row.secured - self.lost[name].secured)
            groups.setdefault(self._group_of(row.criterion), []).append((loss, name))
        ordered = (sorted(group, key=lambda entry: -entry[0]) for group in groups.values())
        return [[name for _, name in group] for group in ordered]

    def _group_of(self, row: Criterion) -> tuple[str | None, Exact]:
        """Return the widest sum that a row's points only enter as its points; else its node, and what it falls to."""
        node = self.standard.indicators[row.indicator]
        if row.id in self.standard.demanded_rows:
            return row.id, 0
        if node.combine != "sum":
            return node.id, row.weight * self.lost[row.id].secured
        while node.is_plain and node.not_applicable == "fixed" and node.id not in self._asked:
            if node.parent is None:
                return None, 0
            if self.standard.indicators[node.parent].combine != "sum":
                break
            node = self.standard.indicators[node.parent]
        return node.id, 0

    def guarantee(self, limit: int) -> FewestRows:
        """Return the fewest rows with which the grade stays though all others are lost; met ones where they do."""
        met = [name for name in self.lost if self.result.criteria[name].state == "met"]
        enough = self.holds(set(self.lost) - set(met))
        return fewest(self.chains(met if enough else self.lost), lambda kept: self.holds(set(self.lost) - kept), limit)

    # ── the fewest points ────────────────────────────────────────────────────────────────────────────────────

    def fall(self) -> Breakpoint | None:
        """Return the smallest fall of one of the numbers that decide, which changes the grade."""
        low = Tree(self.standard, {**self.result.criteria, **self.lost}, self.decided)
        falls = [self._first(self.tree.score.secured, low.score.secured, self.tree.with_points, None)]
        for name in self._asked:
            ends = (self.tree.nodes[name].score.secured, low.nodes[name].score.secured)
            falls.append(self._first(*ends, partial(self.tree.with_points, name=name), name))
        for demand in self.demands:
            broken = {name: self.lost[name] for name in demand.criteria if name in self.lost}
            other = copy.copy(self.tree)
            other.rows = {**self.tree.rows, **broken}
            if broken and self.differs(other):
                falls.append(Breakpoint(0, True, None, "down", demand))
        return min((fall for fall in falls if fall), key=_order, default=None)

    def _first(
        self, start: Exact, lowest: Exact, tree_at: Callable[[Exact], Tree], of: str | None
    ) -> Breakpoint | None:
        stops = {start - value for value in self._turns() if lowest <= value <= start} | {0, start - lowest}
        return first_breakpoint(stops, lambda loss: self.differs(tree_at(whole(start - loss))), of, "down")

    def _turns(self) -> Iterator[Exact]:
        """Yield the points at which a grade can turn, by bands or by demands; also as totals are rounded."""
        rounding, rounds = self.standard.rounding, self.result.readings["rounding"] == "total"
        for value in {line for table in self._tables for line in self._lines(table)}:
            yield value
            near = rounded(value, rounding)
            yield from (whole(near + Fraction(rounding.step * k) / 2) for k in (-3, -1, 1, 3) if rounds)
        for demand in self.demands:
            if demand.indicator:
                yield needed(demand, self.tree.nodes[demand.indicator].score.maximum)

    @property
    def _tables(self) -> Iterator[Table | None]:
        """The tables of bands that decide; None for the standard's own."""
        yield None
        yield from (table for table in self.standard.tables.values() if table.decides)

    def _lines(self, table: Table | None) -> Iterator[Exact]:
        """Yield the points at which bands end, as the reading of gaps completes them."""
        between = self.result.readings["between_bands"]
        for band in self.standard.completed_bands(between, table.id if table else None):
            yield from (end.value for end in (band.lower, band.upper) if end)

    # ── the smallest shift of a line ─────────────────────────────────────────────────────────────────────────

    def shift(self) -> Breakpoint | None:
        """Return the smallest shift of one line, the ends that meet there together, that changes the grade."""
        found: list[Breakpoint | None] = []
        for table in self._tables:
            indicator = table.indicator if table else None
            score = self.tree.nodes[indicator].score if indicator else self.grader.total(self.tree)
            distances = [line - score.secured for line in self._lines(table)]
            stops = [0, *(max(distance, -distance) for distance in distances)]
            printed, prefix = (table.bands, f"{table.id}.") if table else (self.standard.bands, "")
            for grade, line in ((band.grade, band.lower.value) for band in printed if band.lower):
                for way, sign in (("up", 1), ("down", -1)):
                    changes = partial(self._turns_at, table, printed, grade, line, sign)
                    found.append(first_breakpoint(stops, changes, f"{prefix}{grade}", way))
        return min((change for change in found if change), key=_order, default=None)

    def _turns_at(
        self, table: Table | None, printed: tuple[Band, ...], grade: str, line: Exact, sign: int, amount: Exact
    ) -> bool:
        """Say whether the grade changes as one line moves by an amount."""
        update: dict[str, Any] = {"bands": with_line(printed, grade, whole(line + sign * amount))}
        if table:
            update = {"tables": {**self.standard.tables, table.id: table.model_copy(update=update)}}
        shifted = self.standard.model_copy(update=update)
        return self.grader._replace(standard=shifted).grade(self.tree, "secured") != self.grade


def _order(point: Breakpoint) -> tuple[Exact, bool]:
    return point.points, point.beyond


def first_breakpoint(
    stops: Iterable[Exact], changes: Callable[[Exact], bool], of: str | None, way: str
) -> Breakpoint | None:
    """Return the least amount with a change: at one of the amounts where a grade can change, or right after it.

    Between two neighbouring amounts nothing changes, so the middle stands for all that lies there.
    """
    ordered = sorted(set(stops))
    for amount, following in zip(ordered, [*ordered[1:], None], strict=True):
        if changes(amount):
            return Breakpoint(whole(amount), False, of, way)
        if following is not None and changes(whole(Fraction(amount + following) / 2)):
            return Breakpoint(whole(amount), True, of, way)
    return None


# ── the fewest rows: an exact search that says where it stopped ─────────────────────────────────────────────────────
# A solver of integer programs would serve a total that is a sum, where sorting is already exact; minima, best-of and
# demands would need more lines to be encoded for it than this search has.


class _LimitReached(Exception):
    """As many sets were tried as may be."""


def fewest(chains: Chains, suffices: Callable[[set[str]], bool], limit: int) -> FewestRows:
    """Return the fewest rows that suffice, by an exact search, smallest sets first.

    Parameters
    ----------
    suffices : callable
        Whether a set of rows does; with more rows it still does.
    limit : int
        Most sets that are tried.
    """
    left_to_try, size = limit, 0
    longest_first = sorted(chains, key=len, reverse=True)

    def does(names: Iterable[str]) -> bool:
        nonlocal left_to_try
        left_to_try -= 1
        if left_to_try < 0:
            raise _LimitReached
        return suffices(set(names))

    def search(chains: Chains, left: int, chosen: tuple[str, ...] = ()) -> tuple[str, ...] | None:
        """Choose some more rows; leave a branch if even the first of every further chain do not suffice with it."""
        hopeful = (*chosen, *(name for chain in chains for name in chain[:left]))
        if len(hopeful) < len(chosen) + left or not does(hopeful):
            return None
        if len(hopeful) == len(chosen) + left:
            return hopeful
        counts = range(min(left, len(chains[0])), -1, -1)
        found = (search(chains[1:], left - count, (*chosen, *chains[0][:count])) for count in counts)
        return next((names for names in found if names is not None), None)

    try:
        names = None
        if does(name for chain in chains for name in chain):
            while (names := search(longest_first, size)) is None:
                size += 1
        return FewestRows(names)
    except _LimitReached:
        return FewestRows(None, max(size - 1, 0))
