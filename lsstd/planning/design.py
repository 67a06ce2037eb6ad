"""The smallest reform that reaches goals: searched, proved, replayed and weighed.

Grades are by score, so that lines and rows decide them and conditions do not; who may apply is decided by conditions
alone. The two are searched apart. Every result shown has been rescored exactly.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from lsstd.changes.reform import Reform
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, plain, whole
from lsstd.planning.design_aims import FOREVER, Aim, Scene
from lsstd.planning.design_classes import MOST_WITNESSES, GoalCount, Seen, goal_counts, see
from lsstd.planning.design_goals import AnyGoals, allowed, changeable, common, excluding, load_goals
from lsstd.planning.design_result import Conflict, Design, Edit, Refit, Standing, Status
from lsstd.planning.line_frontier import Choice, LineSearch
from lsstd.planning.row_points import RowSearch, rows_of
from lsstd.planning.thresholds import Thresholds, thresholds_of
from lsstd.population.impact import impact
from lsstd.population.partitions import AnyPopulation
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, listing, msg, noted

TIME_LIMIT = 30.0
"""Seconds; only rows' points need them."""
REFITS = 20
MOST_ASKED_AGAIN = 2000
"""With more classes, designs of lines alone are not checked by a solver as well: their recursion is exact."""
LEAST = 5.0
"""Seconds that conflicts, refits and a second proof have in any case."""


def design(
    population: AnyPopulation,
    standard: Standard,
    goals: AnyGoals,
    readings: dict[str, str] | None = None,
    *,
    time_limit: float = TIME_LIMIT,
    refits: int = REFITS,
    seed: int = 0,
) -> Design:
    """Return the smallest reform that reaches goals: the fewest points moved, then the fewest edits.

    Parameters
    ----------
    population : Population or Partitions
        Whose grades the goals are about. How it is cut into parts does not change the design.
    goals : path or mapping
        What to reach and what may change: ``{"standard": …, "goals": [{"grade": "AAAA", "share": {"at_most":
        0.1}}, {"nobody": "drops", "by": 2}], "may_change": ["lines"]}``.
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file.
    time_limit : float
        Seconds after which the search for points of rows ends, with or without a proof.
    refits : int
        How many resampled populations to repeat the search for.
    seed : int
        Of the resampling.

    Raises
    ------
    FileError, InvalidFile
        Goals that cannot be read, name what does not exist, or contradict each other; more rows whose points may
        move than can be searched for this many subjects.

    Examples
    --------
    >>> goal = {"grade": "AAAA", "share": {"at_most": 0.1}}
    >>> goals = {"standard": "hlj-base-evaluation", "goals": [goal], "may_change": ["lines"]}
    >>> found = lsstd.design("data/populations/made_up_60.csv", "hlj-base-evaluation", goals)
    >>> found.status, found.moved, found.reform.changes
    ('optimal', 10, {'lines.AAAA': 460})
    """
    chosen = standard.choose_readings(readings)
    seen = see(population, standard, load_goals(goals, standard), chosen)
    asked = load_goals(goals, standard, seen.groupings)
    search, thresholds = GradeSearch(seen.scene.of_grades, time_limit), thresholds_of(seen.scene, seen.thresholds)
    search.run()
    by_steps = thresholds.frontier()
    best, eased = search.best, by_steps[-1]
    status: Status = "infeasible" if eased.missed else search.status
    is_reached, told = status in ("optimal", "best_found"), join(goal.text for goal in asked.goals)
    reason = msg("to reach: {goals}", goals=told) if is_reached else msg("comes closest to: {goals}", goals=told)
    reform = _reform(standard, {**best.changes, **eased.changes}, reason)
    clashes, are_all = _clashes(search, thresholds) if status == "infeasible" else ([], True)
    tried = [reform, *(_reform(standard, changes, reason) for _, tries in clashes for _, changes in tries)]
    stands, *after_tries = goal_counts(population, seen.scene, [each.apply(standard) for each in tried])
    standings = tuple(_standing(aim, counts, seen) for aim, counts in zip(seen.scene.every_aim, stands, strict=True))
    if sum(each.short_by for each in standings) * seen.scene.unit != best.missed + eased.missed:
        problem = Problem("design", msg("the exact scoring counts otherwise"), msg("the same count by both"))
        raise LsstdError(msg("the answer found is not confirmed"), [problem])
    later = iter(after_tries)
    conflicts = [_conflict(aims, [(aim, next(later)) for aim, _ in tries]) for aims, tries in clashes]
    refit = _refitted(search, seen, eased, refits, seed) if is_reached and reform.changes else None
    if not thresholds.aims:  # conditions change nothing about goals on grades
        still = Choice("conditions", {}, 0, search.scene.missed, search.scene.missed)
        by_steps = [still] if allowed(asked, standard, "conditions") else []
    return Design(
        status=status,
        goals=asked,
        standard=standard,
        census=seen.census,
        readings=chosen,
        reform=reform,
        edits=tuple(_edits(search, eased, refit)),
        moved=best.moved,
        steps=eased.moved,
        bound=None if status == "infeasible" else search.bound,
        excluded=search.excluded,
        standings=standings,
        curve=(*search.curve, *by_steps),
        denominator=seen.scene.unit,
        conflicts=tuple(conflicts),
        is_whole=are_all,
        impact=impact(population, standard, reform, chosen),
        refit=refit,
        causes=tuple(_causes(search, thresholds, standings)),
        notes=(*_notes(population, seen, search), *thresholds.notes),
        time_limit=time_limit,
        sha256=seen.sha256,
    )


def _reform(standard: Standard, changes: Mapping[str, Exact], reason: Text) -> Reform:
    """Return a reform that makes some changes."""
    values = {path: plain(value) for path, value in changes.items()}
    return Reform(reform="smallest-reform", standard=standard.standard, reason=reason, changes=values)


def _notes(population: AnyPopulation, seen: Seen, search: GradeSearch) -> Iterator[Text]:
    """Yield the edition that a reform starts from, and the rows left unchanged."""
    standard = seen.scene.standard
    if standard.sha256 != population.standard.sha256:
        edition = noted(standard.standard, standard.edition)
        yield msg("The reform starts from {edition}; apply it after what led there", edition=edition)
    if seen.unfit:
        rows = listing((standard.criteria[name].gloss for name in seen.unfit), 4)
        yield msg("Not moved, because a rule sets their points: {rows}", rows=rows)
    if search.is_partial:
        yield msg("Rows' points were not moved: grades depend on more than the sum of points")


def _causes(search: GradeSearch, thresholds: Thresholds, standings: Sequence[Standing]) -> Iterator[Text]:
    """Yield which goals are missed because nothing that they depend on may change."""
    missed = [each.goal for each in standings if not each.met]
    on_grades = join(goal.text for goal in missed if not goal.is_of_conditions)
    on_conditions = join(goal.text for goal in missed if goal.is_of_conditions)
    if on_grades.en and not (search.lines.may_move or search.rows.most):
        yield msg(
            "These goals depend on lines and points, none of which may_change lets move: {goals}", goals=on_grades
        )
    if on_conditions.en and not thresholds.thresholds:
        yield msg(
            "These goals depend on numbers in conditions, and may_change names none with a column: {goals}",
            goals=on_conditions,
        )


def _standing(aim: Aim, counts: GoalCount, seen: Seen) -> Standing:
    """Return how a goal stands before the reform and after it, with all subjects scored anew."""
    place = np.where(seen.scene.column("may"), 0, 1) if aim.goal.is_of_conditions else seen.scene.place
    was, now = (aim.measured(int(each)) for each in (aim.count(place), counts.count * aim.unit))
    return Standing(aim.goal, was, now, whole(Fraction(counts.missed(aim), aim.unit)), tuple(counts.witnesses(aim)))


def _edits(search: GradeSearch, eased: Choice, refit: Refit | None) -> Iterator[Edit]:
    """Yield what is changed from and to; for lines that move without rows with the interval of each."""
    old, changes = changeable(search.standard), search.best.changes
    returns = refit.returns if refit else {}
    are_alone = not any(path.startswith("criteria.") for path in changes)
    for path, new in {**changes, **eased.changes}.items():
        interval = search.lines.interval(search.best, path) if path in changes and are_alone else None
        yield Edit(path, old[path], new, interval, returns.get(path))


def _refitted(search: GradeSearch, seen: Seen, eased: Choice, samples: int, seed: int) -> Refit | None:
    """Search again on resampled populations, as far as time allows."""
    rng, end = np.random.default_rng(seed), time.perf_counter() + max(search.seconds, LEAST)
    done = holds = 0
    returns = dict.fromkeys([*search.best.changes, *eased.changes], 0)
    while done < samples and (left := end - time.perf_counter()) > 0:
        scene = seen.scene.drawn(rng)
        thresholds = thresholds_of(scene, seen.thresholds)
        is_held, changes = search.again(scene.of_grades, left / (samples - done))
        holds += is_held and not thresholds.missed_at(eased)
        for path in returns.keys() & (changes | thresholds.frontier()[-1].changes.keys()):
            returns[path] += 1
        done += 1
    return Refit(done, holds, seed, returns) if done else None


# ── conflicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


Clash: TypeAlias = tuple[list[Aim], list[tuple[Aim, Mapping[str, Exact]]]]
"""Goals that exclude each other; for each, the changes that miss it least while all others hold, if there are any."""


def _clashes(search: GradeSearch, thresholds: Thresholds) -> tuple[list[Clash], bool]:
    """Return the smallest sets of goals that exclude each other, and whether these are all of them."""
    search.end += max(search.seconds, LEAST)
    on_grades, on_conditions = search.scene.aims, thresholds.aims

    def can_hold(kept: Sequence[int]) -> bool | None:
        if len(kept) == len(on_grades):
            return False  # as is known
        found = search.together(dict.fromkeys(kept, 1))
        return None if found is None or (found.missed and not found.bound) else not found.missed

    def by_grades(kept: Sequence[int], i: int) -> Mapping[str, Exact] | None:
        found = search.together({other: 1 if other == i else search.much for other in kept})
        return found and found.changes

    def by_conditions(kept: Sequence[int], i: int) -> Mapping[str, Exact] | None:
        others = thresholds.missed([other for other in kept if other != i])
        missed = np.where(others == 0, thresholds.missed([i]), FOREVER)
        return thresholds.changes(int(missed.argmin())) if missed.min() < FOREVER else None

    sets, are_all = excluding(range(len(on_grades)), can_hold) if search.status == "infeasible" else ([], True)
    further, _ = excluding(range(len(on_conditions)), lambda kept: not thresholds.missed(kept).min())
    found = []
    for aims, listed, tried in ((on_grades, sets, by_grades), (on_conditions, further, by_conditions)):
        for kept in listed:
            tries = [(aims[i], changes) for i in kept if (changes := tried(kept, i)) is not None]
            found.append(([aims[i] for i in kept], tries))
    return found, are_all


def _conflict(aims: Sequence[Aim], tries: Sequence[tuple[Aim, Sequence[GoalCount]]]) -> Conflict:
    """Return a conflict with the subjects behind it: those that keep a goal from being met while the others hold."""
    witnesses = dict[str, None]()
    for aim, stands in tries:
        if not any(stands[other.number].missed(other) for other in aims if other is not aim):
            witnesses |= dict.fromkeys(stands[aim.number].witnesses(aim))
    goals = tuple(aim.goal for aim in aims)
    return Conflict(goals, tuple(witnesses)[:MOST_WITNESSES], tuple(goal for goal in goals if not goal.hard))


# ── lines and rows' points ────────────────────────────────────────────────────────────────────────────────────────────


class GradeSearch:
    """The search for lines and rows' points that reach the goals on grades: family by family, then proved together.

    After `run`, `best` is the answer, or the closest reform where none reaches all goals; `curve` says by how much
    lines alone, and rows alone, fall short as more points are moved.
    """

    def __init__(self, scene: Scene, seconds: float) -> None:
        self.scene, self.standard = scene, scene.standard
        self.end, self.seconds = time.perf_counter() + seconds, seconds
        self.rows, self.lines = rows_of(scene), LineSearch(scene)
        self.programs = RowSearch(scene, self.rows, self.lines) if scene.are_sums else None
        self.is_partial = not scene.are_sums and bool(allowed(scene.goals, self.standard, "criteria"))
        self.everything = whole(self.lines.most + self.rows.most * self.rows.step)
        units = ([self.lines.unit] if self.lines.may_move else []) + ([self.rows.step] if self.rows.most else [])
        self.unit = common(units)  # the least by which two reforms can differ
        self.curve: list[Choice] = []
        self.best = Choice("lines", {}, 0, scene.missed, scene.missed)
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
        by_lines, known = self.lines.frontier() if self.lines.may_move else [], list[Exact]()
        known += [choice.moved - self.lines.unit for choice in by_lines if not choice.missed]
        self.curve = by_lines
        if self.rows.most:
            by_rows, excluded = RowSearch(self.scene, self.rows).frontier(0.4 * self.left)
            self.curve = [*by_lines, *by_rows]
            known.append(excluded or self.rows.step - self.unit)
            known += [self.rows.step] if by_lines and excluded else []  # beyond, both may move
        if reached := [choice for choice in self.curve if not choice.missed]:
            self.best = min(reached, key=lambda choice: (choice.moved, choice.edits))
        elif by_lines and self.rows.most and self.programs:
            hints = self.programs.searched(self.left / 4, by_lines[-1])
            self.best = min(hints, key=lambda hint: hint.missed, default=self.best)
        if self.best.missed or self.best.moved:
            self._prove(known)
        if self.best.missed:
            self.best = self._closest()

    def _prove(self, known: Sequence[Exact]) -> None:
        """Find out whether anything smaller reaches the goals, or anything at all; set status and bounds.

        Up to known points moved, lines alone, rows alone, and so both together cannot reach them.
        """
        program = self.programs
        below = self.everything if self.best.missed else whole(self.best.moved - self.unit)
        excluded: Exact = 0
        if not self.is_partial:
            excluded = max(0, whole(min(Fraction(each) for each in (below, *known))))
        is_proved = excluded >= below and not self.is_partial
        budget, is_stuck = excluded, False
        while program and budget < below and self.left > 0:  # what one budget proves, the next need not prove again
            budget = below if is_stuck else min(below, max(whole(budget + self.rows.step), int(budget * 3 / 2)))
            found = program.best(budget, self.left / (2 if self.best.missed else 1))
            if found and not found.missed:
                self.best = found
                break
            is_stuck = not (found and found.bound)  # then an answer is sought, with all that may move
            if not is_stuck:
                excluded, is_proved = budget, budget == below
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

    def _is_out_of_reach_again(self) -> bool:
        """Ask a second time, without the solver's presolve, whether no reform reaches the goals."""
        if self.programs is None or (not self.rows.most and len(self.scene) > MOST_ASKED_AGAIN):
            return True  # lines alone are counted without a solver
        again = self.programs.best(self.everything, max(self.left, LEAST), presolves=(False,))
        return bool(again and again.bound)

    def _missed_each(self, changes: Mapping[str, Exact]) -> list[int]:
        """Return by how much each goal is missed after some changes."""
        return (self.programs or self.lines).missed_each(changes)

    def _closest(self) -> Choice:
        """Return what comes closest without breaking a hard goal, if that can be."""
        hard = {i: self.much if aim.goal.hard else 1 for i, aim in enumerate(self.scene.aims)}

        def key(choice: Choice) -> tuple[int, int, Exact, int]:
            missed = self._missed_each(choice.changes)
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
        rows = RowSearch(scene, self.rows, lines) if self.rows.most else None
        found = lines.frontier()[-1:]
        enough = None if found[0].missed else found[0].moved
        if rows and (enough is None or enough > self.rows.step):
            found += RowSearch(scene, self.rows).frontier(seconds, enough)[0][-1:]
        holds = not sum((rows or lines).missed_each(self.best.changes))
        return holds, set(min(found, key=lambda choice: (choice.missed, choice.moved, choice.edits)).changes)
