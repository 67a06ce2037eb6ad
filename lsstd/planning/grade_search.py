"""Lines and rows' points that reach goals on grades: searched family by family, then proved together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from lsstd.changes.reform import Reform
from lsstd.errors import LsstdError
from lsstd.exact import Exact, plain, whole
from lsstd.planning.design_aims import Scene, Whole
from lsstd.planning.design_classes import Seen, goal_counts
from lsstd.planning.design_goals import common
from lsstd.planning.line_frontier import Choice, LineSearch
from lsstd.planning.row_points import RowSearch, improved, rows_of
from lsstd.population.partitions import AnyPopulation
from lsstd.standard.standard import Standard
from lsstd.words import Text, listing, msg, noted

Status: TypeAlias = Literal["optimal", "best_found", "infeasible", "unknown"]
MOST_ASKED_AGAIN = 2000
"""With more classes, designs of lines alone are not checked by a solver as well: their recursion is exact."""
LEAST = 5.0
"""Seconds that conflicts, refits and a second proof have in any case."""


def changed(standard: Standard, changes: Mapping[str, Exact], reason: Text | None = None) -> Reform:
    """Return a reform that makes some changes."""
    values = {path: plain(value) for path, value in changes.items()}
    reform = {"reform": "smallest-reform", "standard": standard.standard, "changes": values}
    return Reform.model_validate({**reform, **({"reason": reason} if reason else {})})


class GradeSearch:
    """The search for lines and rows' points that reach the goals on grades.

    After `run`, `best` is the answer, or the closest reform where none reaches all goals; `curve` tells by how much
    lines alone, and rows alone, fall short as more points are moved.
    """

    def __init__(self, population: AnyPopulation, seen: Seen, seconds: float) -> None:
        self.population, self.scene, scene = population, seen.scene.of_grades, seen.scene
        self.standard, self.goals, self.readings = scene.standard, scene.goals, scene.readings
        self.end, self.seconds = time.perf_counter() + seconds, seconds
        self.notes: list[Text] = []
        if self.standard.sha256 != population.standard.sha256:
            edition = noted(self.standard.standard, self.standard.edition)
            self.notes.append(msg("The reform starts from {edition}; apply it after what led there", edition=edition))
        if seen.unfit:
            listed = listing((self.standard.criteria[name].gloss for name in seen.unfit), 4)
            self.notes.append(msg("Not moved, because a rule sets their points: {rows}", rows=listed))
        self.rows, self.lines = rows_of(self.scene), LineSearch(self.scene)
        self.programs = RowSearch(self.scene, self.rows, self.lines) if self.scene.are_sums else None
        self.everything = whole(self.lines.most + self.rows.most * self.rows.step)
        units = ([self.lines.unit] if self.lines.may_move else []) + ([self.rows.step] if self.rows.most else [])
        self.unit = common(units)  # the least by which two reforms can differ
        self.curve: list[Choice] = []
        self.best = Choice("lines", {}, 0, self.scene.missed, self.scene.missed)
        self.status: Status = "optimal"
        self.bound: Exact | None = 0
        self.excluded: Exact | None = None

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self.end - time.perf_counter()

    def run(self) -> None:
        """Search the families one by one, then prove that nothing smaller reaches the goals, if that is so."""
        if not self.scene.aims:
            return
        by_lines = self.lines.frontier() if self.lines.may_move else []
        by_rows, excluded = self._by_rows(0.4 * self.left) if self.rows.most else ([], None)
        self.curve = [*by_lines, *by_rows]
        if reached := [choice for choice in self.curve if not choice.missed]:
            self.best = min(reached, key=lambda choice: (choice.moved, choice.edits))
        if self.best.missed or self.best.moved:
            self._prove(by_lines, excluded)
        if self.best.missed:
            self.best = self._closest()

    def _by_rows(self, seconds: float) -> tuple[list[Choice], Exact]:
        """Return what rows alone miss, and the points up to which they are proved to miss the goals."""
        if self.programs:
            return RowSearch(self.scene, self.rows).frontier(seconds)
        self.notes.append(msg("Grades depend on more than a sum: points were moved by a search that proves nothing"))
        found = [Choice("rows", {}, 0, self.scene.missed, self.scene.missed)]
        for choice in improved(self.rows, self._rescored, self.scene.missed, seconds, holds=self._can_be):
            found += [choice] if choice.moved > found[-1].moved else []
        return found, 0

    def _rescored(self, many: Whole) -> Whole:
        """Return by how much each of several choices of steps misses the goals, by scoring the population anew."""
        return np.array([sum(each) for each in self._counted([self.rows.changes(steps) for steps in many])], np.int64)

    def _counted(self, choices: Sequence[Mapping[str, Exact]]) -> list[list[int]]:
        """Return by how much each goal is missed after each set of changes, with the population scored anew."""
        afters = []
        for changes in choices:
            lines = {path: value for path, value in changes.items() if path.startswith("lines.")}
            standard = changed(self.standard, lines).apply(self.standard) if lines else self.standard
            rows = {
                key: row.model_copy(update={"max_score": changes.get(f"criteria.{key}.max_score", row.max_score)})
                for key, row in standard.criteria.items()
            }
            afters.append(standard.model_copy(update={"criteria": rows}))
        found = goal_counts(self.population, self.scene, afters, with_witnesses=False)
        return [[each[aim.number].missed(aim) for aim in self.scene.aims] for each in found]

    def _can_be(self, steps: Whole) -> bool:
        try:
            changed(self.standard, self.rows.changes(steps)).apply(self.standard)
        except LsstdError:
            return False
        return True

    def missed_each(self, changes: Mapping[str, Exact]) -> list[int]:
        """Return by how much each goal is missed after some changes."""
        if not any(path.startswith("criteria.") for path in changes):
            return self.lines.missed_each(changes)
        return self.programs.missed_each(changes) if self.programs else self._counted([changes])[0]

    # ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────

    def _prove(self, by_lines: Sequence[Choice], excluded_rows: Exact | None) -> None:
        """Find out whether anything smaller reaches the goals, or anything at all; set status and bounds."""
        program = self.programs
        if program and self.best.missed and by_lines and self.rows.most:
            hints = program.searched(self.left / 4, by_lines[-1])
            self.best = min(hints, key=lambda hint: hint.missed, default=self.best)
        below = self.everything if self.best.missed else whole(self.best.moved - self.unit)
        excluded = self._excluded(by_lines, excluded_rows, below)
        is_proved, budget, is_stuck = excluded >= below, excluded, False
        while program and budget < below and self.left > 0:  # what one budget proves, the next need not prove again
            budget = below if is_stuck else min(below, max(whole(budget + self.rows.step), int(budget * 3 / 2)))
            found = program.best(budget, self.left / (2 if self.best.missed else 1))
            if found and not found.missed:
                self.best = found
                break
            is_stuck = not (found and found.bound)  # then an answer is sought, with all that may move
            excluded, is_proved = (excluded, False) if is_stuck else (budget, budget == below)
        is_open = self.best.edits > 1 or not is_proved
        if program and self.rows.most and is_open and not self.best.missed and self.left > 0:
            self.best, is_proved = program.smallest(self.best, self.left)
            excluded = whole(self.best.moved - self.unit) if is_proved else excluded
        if self.best.missed:
            self.status = "infeasible" if is_proved and self._is_out_of_reach_again() else "unknown"
        else:
            self.status = "optimal" if is_proved else "best_found"
        self.excluded = excluded
        self.bound = self.best.moved if self.status == "optimal" else whole(excluded + self.unit)

    def _excluded(self, by_lines: Sequence[Choice], excluded_rows: Exact | None, below: Exact) -> Exact:
        """Return the points up to which nothing reaches the goals: lines alone, rows alone, and so both together."""
        ends = [below, *(choice.moved - self.lines.unit for choice in by_lines if not choice.missed)]
        ends += [] if all(choice.proved for choice in by_lines) else [0]
        if self.rows.most:
            ends.append(excluded_rows or self.rows.step - self.unit)
            ends += [self.rows.step] if by_lines and excluded_rows else []  # beyond, both may move
        return whole(Fraction(max(0, min(ends))))

    def _is_out_of_reach_again(self) -> bool:
        """Ask a second time, without the solver's presolve, whether no reform reaches the goals."""
        if self.programs is None or (not self.rows.most and len(self.scene) > MOST_ASKED_AGAIN):
            return not self.rows.most  # lines alone are counted without a solver
        again = self.programs.best(self.everything, max(self.left, LEAST), presolves=(False,))
        return bool(again and again.bound)

    def _closest(self) -> Choice:
        """Return what comes closest without breaking a hard goal, if that can be."""
        hard = {i: self.much if aim.goal.hard else 1 for i, aim in enumerate(self.scene.aims)}

        def key(choice: Choice) -> tuple[int, int, Exact, int]:
            missed = self.missed_each(choice.changes)
            return sum(n * hard[i] for i, n in enumerate(missed)), sum(missed), choice.moved, choice.edits

        closest = min([*self.curve, self.best, self.lines.frontier(hard)[-1]], key=key)
        return closest._replace(missed=key(closest)[1], bound=0)

    @property
    def much(self) -> int:
        """More than all goals together can be missed by."""
        return 1 + sum(int(aim.weight.sum()) for aim in self.scene.aims)

    def together(self, aims: Mapping[int, int]) -> Choice | None:
        """Return the choice that misses some goals by least, each counted a number of times; None if time is out."""
        found = self.lines.frontier(aims)[-1]
        if not found.missed or not self.rows.most or self.programs is None:
            return found
        return self.programs.best(self.everything, max(self.left, 1.0), factors=aims)

    def again(self, scene: Scene, seconds: float) -> tuple[bool, set[str]]:
        """Return whether the best reform reaches the goals for another population, and what its own best changes.

        Only lines alone, or rows alone, are searched.
        """
        lines = LineSearch(scene, self.lines.lines)
        rows = RowSearch(scene, self.rows, lines) if self.rows.most and self.programs else None
        found = lines.frontier()[-1:]
        enough = None if found[0].missed else found[0].moved
        if self.rows.most and self.programs and (enough is None or enough > self.rows.step):
            found += RowSearch(scene, self.rows).frontier(seconds, enough)[0][-1:]
        holds = not sum((rows or lines).missed_each(self.best.changes))
        return holds, set(min(found, key=lambda choice: (choice.missed, choice.moved, choice.edits)).changes)
