"""The smallest reform that reaches goals: searched, proved, replayed and weighed.

Grades are by score, so that lines and rows decide them and conditions do not; who may apply is decided by conditions
alone. The two are searched apart. Whatever is told has been scored anew by the population's own exact scoring.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations
from typing import TypeAlias

import numpy as np

from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, whole
from lsstd.planning.design_aims import FOREVER, Aim
from lsstd.planning.design_classes import MOST_WITNESSES, GoalCount, Seen, goal_counts, see
from lsstd.planning.design_goals import AnyGoals, Goal, allowed, changeable, load_goals
from lsstd.planning.design_result import Concession, Conflict, Design, Edit, Refit, Standing
from lsstd.planning.grade_search import LEAST, GradeSearch, Status, changed
from lsstd.planning.line_frontier import Choice
from lsstd.planning.thresholds import Thresholds, thresholds_of
from lsstd.population.impact import impact
from lsstd.population.partitions import AnyPopulation
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg

MOST_TOGETHER = 8
"""Up to this many goals, every conflict is looked for; beyond it, one is enough."""
TIME_LIMIT = 30.0
"""Seconds; only rows' points need them."""
REFITS = 20


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
    standard : Standard
        The standard to change.
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
    search, thresholds = GradeSearch(population, seen, time_limit), thresholds_of(seen.scene, seen.thresholds)
    search.run()
    by_steps = thresholds.frontier()
    best, eased = search.best, by_steps[-1]
    status: Status = "infeasible" if eased.missed else search.status
    is_reached, told = status in ("optimal", "best_found"), join(goal.text for goal in asked.goals)
    reason = msg("to reach: {goals}", goals=told) if is_reached else msg("comes closest to: {goals}", goals=told)
    reform = changed(standard, {**best.changes, **eased.changes}, reason)
    clashes, are_all = _clashes(search, thresholds) if status == "infeasible" else ([], True)
    tried = [reform, *(changed(standard, changes) for _, tries in clashes for _, changes in tries)]
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
        give_up=_hitting(conflicts),
        is_whole=are_all,
        impact=impact(population, standard, reform, chosen),
        refit=refit,
        causes=tuple(_causes(search, thresholds, standings)),
        notes=(*search.notes, *thresholds.notes),
        time_limit=time_limit,
        sha256=seen.sha256,
    )


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
    was, now, can_be = (
        aim.measured(int(each)) for each in (aim.count(place), counts.count * aim.unit, counts.possible * aim.unit)
    )
    short = whole(Fraction(counts.missed(aim), aim.unit))
    return Standing(aim.goal, was, now, short, tuple(counts.witnesses(aim)), max(now, can_be) - min(now, can_be))


def _edits(search: GradeSearch, eased: Choice, refit: Refit | None) -> Iterator[Edit]:
    """Yield what is changed from and to; for lines that move without rows with the interval of each."""
    old, changes = changeable(search.standard), search.best.changes
    returns = refit.returns if refit else {}
    are_alone = not any(path.startswith("criteria.") for path in changes)
    for path, new in {**changes, **eased.changes}.items():
        if path in changes and are_alone:
            low, high, roundest = search.lines.interval(search.best, path)
            yield Edit(path, old[path], new, (low, high), roundest, returns.get(path))
        else:
            yield Edit(path, old[path], new, None, new, returns.get(path))


def _refitted(search: GradeSearch, seen: Seen, eased: Choice, samples: int, seed: int) -> Refit | None:
    """Search again on resampled populations, as far as time allows."""
    rng, end, done, holds = np.random.default_rng(seed), time.perf_counter() + max(search.seconds, LEAST), 0, 0
    returns = dict.fromkeys([*search.best.changes, *eased.changes], 0)
    if search.programs is None and any(path.startswith("criteria.") for path in returns):
        return None  # what these rows do is known only once all subjects are scored
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

    sets, are_all = _excluding(len(on_grades), can_hold) if search.status == "infeasible" else ([], True)
    further, _ = _excluding(len(on_conditions), lambda kept: not thresholds.missed(kept).min())
    found = []
    for aims, listed, tried in ((on_grades, sets, by_grades), (on_conditions, further, by_conditions)):
        for kept in listed:
            tries = [(aims[i], changes) for i in kept if (changes := tried(kept, i)) is not None]
            found.append(([aims[i] for i in kept], tries))
    return found, are_all


def _excluding(count: int, can_hold: Callable[[Sequence[int]], bool | None]) -> tuple[list[tuple[int, ...]], bool]:
    """Return the smallest sets that cannot hold together, and whether these are all; of many, one set (by deletion)."""
    found: list[tuple[int, ...]] = []
    if count > MOST_TOGETHER:
        kept = tuple(range(count))
        for goal in range(count):
            rest = tuple(other for other in kept if other != goal)
            kept = rest if can_hold(rest) is False else kept
        return [kept], False
    is_whole = True
    for kept in _subsets(range(count)):
        if not any(set(small) <= set(kept) for small in found):
            can = can_hold(kept)
            found += [kept] if can is False else []
            is_whole &= can is not None
    return found, is_whole


def _subsets(of: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(of, size) for size in range(1, len(of) + 1))


def _conflict(aims: Sequence[Aim], tries: Sequence[tuple[Aim, Sequence[GoalCount]]]) -> Conflict:
    """Return a conflict with the subjects behind it, and how far each goal must give way while the others hold."""
    witnesses, yields = dict[str, None](), []
    for aim, stands in tries:
        counts = stands[aim.number]
        if not any(stands[other.number].missed(other) for other in aims if other is not aim):
            witnesses |= dict.fromkeys(counts.witnesses(aim))
            short = whole(Fraction(counts.missed(aim), aim.unit))
            yields.append(Concession(aim.goal, aim.measured(int(counts.count * aim.unit)), short))
    goals = tuple(aim.goal for aim in aims)
    soft = tuple(goal for goal in goals if not goal.hard)
    return Conflict(goals, tuple(witnesses)[:MOST_WITNESSES], soft, tuple(yields))


def _hitting(conflicts: Sequence[Conflict]) -> tuple[tuple[Goal, ...], ...]:
    """Return the smallest sets of goals of which each conflict may give up one."""
    goals = {goal.text: goal for each in conflicts for goal in each.give_up}
    named, found = list(goals), list[tuple[int, ...]]()
    may = [{goal.text for goal in each.give_up} for each in conflicts]
    for kept in _subsets(range(len(named))):
        if not any(set(small) <= set(kept) for small in found) and all({named[i] for i in kept} & each for each in may):
            found.append(kept)
    return tuple(tuple(goals[named[i]] for i in kept) for kept in found)
