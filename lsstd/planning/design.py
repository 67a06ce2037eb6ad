"""The smallest reform that reaches goals: searched, proved, replayed and weighed.

Grades are by score, so that lines and rows decide them and conditions do not; who may apply is decided by conditions
alone. The two are searched apart. Whatever is told has been scored anew by the population's own exact scoring.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, combinations

import numpy as np
import pandas as pd

from lsstd.errors import LsstdError, Problem
from lsstd.exact import whole
from lsstd.planning.design_aims import FOREVER, MOST_WITNESSES, Aim, aims_missed
from lsstd.planning.design_goals import AnyGoals, Goal, allowed, changeable, load_goals
from lsstd.planning.design_result import Concession, Conflict, Design, Edit, Refit, Standing
from lsstd.planning.grade_search import LEAST, GradeSearch, Status, changed
from lsstd.planning.line_frontier import Choice
from lsstd.planning.thresholds import Thresholds, thresholds_of
from lsstd.population.impact import impact
from lsstd.population.moves import Moves
from lsstd.population.population import Population
from lsstd.population.scoring import eligible
from lsstd.standard.standard import Standard
from lsstd.words import join, msg

MOST_TOGETHER = 8
"""Up to this many goals, every conflict is looked for; beyond it, one is enough."""
TIME_LIMIT = 30.0
"""Seconds; only rows' points need them."""
REFITS = 20


def design(
    population: Population,
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
    population : Population
        Whose grades the goals are about.
    standard : Standard
        What is to be changed.
    goals : path or mapping
        What is to be reached and what may change: ``{"standard": …, "goals": [{"grade": "AAAA", "share": {"at_most":
        0.1}}, {"nobody": "drops", "by": 2}], "may_change": ["lines"]}``.
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file.
    time_limit : float
        Seconds after which the search for rows' points ends, proved or not.
    refits : int
        Resampled populations for which the search is made again.
    seed : int
        Of the resampling.

    Raises
    ------
    FileError, InvalidFile
        Goals that cannot be read, name what does not exist, or contradict each other.

    Examples
    --------
    >>> goal = {"grade": "AAAA", "share": {"at_most": 0.1}}
    >>> goals = {"standard": "hlj-base-evaluation", "goals": [goal], "may_change": ["lines"]}
    >>> found = lsstd.design("data/populations/made_up_60.csv", "hlj-base-evaluation", goals)
    >>> found.status, found.moved, found.reform.changes
    ('optimal', 10, {'lines.AAAA': 460})
    """
    chosen = standard.choose_readings(readings)
    asked = load_goals(goals, standard, population)
    search = GradeSearch(population, standard, asked, chosen, time_limit)
    search.run()
    thresholds = thresholds_of(search.scene, population)
    by_steps = thresholds.frontier()
    best, eased = search.best, by_steps[-1]
    status: Status = "infeasible" if eased.missed else search.status
    is_reached, told = status in ("optimal", "best_found"), join(goal.text for goal in asked.goals)
    reason = msg("to reach: {goals}", goals=told) if is_reached else msg("comes closest to: {goals}", goals=told)
    reform = changed(standard, {**best.changes, **eased.changes}, reason)
    moved = impact(population, standard, reform, chosen)
    standings = tuple(_standings(search, thresholds, eased, moved.moves))
    if sum(each.short_by for each in standings) * search.scene.denominator != best.missed + eased.missed:
        problem = Problem("design", msg("the exact scoring counts otherwise"), msg("the same count by both"))
        raise LsstdError(msg("the answer found is not confirmed"), [problem])
    conflicts, is_whole = _conflicts(search, thresholds) if status == "infeasible" else ((), True)
    refit = _refitted(search, eased, moved.moves, refits, seed) if is_reached and reform.changes else None
    if not thresholds.aims:  # conditions change nothing about goals on grades
        still = Choice("conditions", {}, 0, search.scene.missed, search.scene.missed)
        by_steps = [still] if allowed(asked, standard, "conditions") else []
    return Design(
        status=status,
        goals=asked,
        standard=standard,
        population=population,
        readings=chosen,
        reform=reform,
        edits=tuple(_edits(search, eased, refit)),
        moved=best.moved,
        steps=eased.moved,
        bound=None if status == "infeasible" else search.bound,
        excluded=search.excluded,
        standings=standings,
        curve=(*search.curve, *by_steps),
        denominator=search.scene.denominator,
        conflicts=tuple(conflicts),
        give_up=_hitting(conflicts),
        is_whole=is_whole,
        impact=moved,
        refit=refit,
        notes=(*search.notes, *thresholds.notes),
        time_limit=time_limit,
        sha256=_digest(population),
    )


def _digest(population: Population) -> str:
    """Return a fingerprint of a table, in a hundredth of the time that writing it would take."""
    return hashlib.sha256(pd.util.hash_pandas_object(population.frame, index=False).to_numpy().tobytes()).hexdigest()


def _standings(search: GradeSearch, thresholds: Thresholds, eased: Choice, moved: Moves) -> Iterator[Standing]:
    """Yield how each goal stands, in their order, by the exact scoring before and after."""
    scene, ids, total = search.scene, moved.population.ids.to_numpy(), moved.after.total.astype(np.int64)
    on_grades, on_conditions = iter(scene.aims), iter(enumerate(thresholds.aims))
    graded = [side.grade.astype(np.int64) for side in (moved.before, moved.after)]
    entries = [
        np.zeros(len(ids), np.int64) if side.eligible is None else np.where(side.eligible, 0, 1)
        for side in (moved.before, moved.after)
    ]
    for goal in scene.goals.goals:
        number, aim = next(on_conditions) if goal.is_of_conditions else (-1, next(on_grades))
        places = entries if goal.is_of_conditions else graded
        before, after = (int(aim.count(place)) for place in places)
        possible = thresholds.possible(eased, number) if goal.is_of_conditions else after
        short = max(int(aim.missed(after)), int(aim.missed(possible)))
        who = ids[aim.witnesses(places[1], total)].tolist()
        was, now, can_be = (aim.measured(count) for count in (before, after, possible))
        yield Standing(
            goal, was, now, whole(Fraction(short, scene.denominator)), tuple(who), max(now, can_be) - min(now, can_be)
        )


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


def _refitted(search: GradeSearch, eased: Choice, moved: Moves, samples: int, seed: int) -> Refit | None:
    """Search again on resampled populations, as far as time allows."""
    rng, end, done, holds = np.random.default_rng(seed), time.perf_counter() + max(search.seconds, LEAST), 0, 0
    returns, place = dict.fromkeys([*search.best.changes, *eased.changes], 0), moved.after.grade.astype(np.int64)
    while done < samples and (left := end - time.perf_counter()) > 0:
        drawn = rng.integers(len(place), size=len(place))
        scene = search.scene.part(drawn)
        thresholds = thresholds_of(scene, search.population.part(drawn))
        holds += not aims_missed(scene.aims, place[drawn]) and not thresholds.missed_at(eased)
        changes = search.again(scene, left / (samples - done)) | thresholds.frontier()[-1].changes.keys()
        for path in returns.keys() & changes:
            returns[path] += 1
        done += 1
    return Refit(done, holds, seed, returns) if done else None


# ── conflicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _conflicts(search: GradeSearch, thresholds: Thresholds) -> tuple[list[Conflict], bool]:
    """Return the smallest sets of goals that exclude each other, and whether these are all of them."""
    search.end += max(search.seconds, LEAST)

    def can_hold(kept: Sequence[int]) -> bool | None:
        if len(kept) == len(search.scene.aims):
            return False  # as is known
        found = search.together(dict.fromkeys(kept, 1))
        return None if found is None or (found.missed and not found.bound) else not found.missed

    on_grades, is_whole = _excluding(len(search.scene.aims), can_hold) if search.status == "infeasible" else ([], True)
    on_conditions, _ = _excluding(len(thresholds.aims), lambda kept: not thresholds.missed(kept).min())
    found = [_conflict(search, kept) for kept in on_grades]
    return found + [_conflict_of_conditions(search, thresholds, kept) for kept in on_conditions], is_whole


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


def _named(aims: Sequence[Aim], witnesses: Sequence[str] = (), yields: Sequence[Concession] = ()) -> Conflict:
    goals = tuple(aim.goal for aim in aims)
    soft = tuple(goal for goal in goals if not goal.hard)
    return Conflict(goals, tuple(witnesses), soft, tuple(yields))


def _conflict(search: GradeSearch, kept: Sequence[int]) -> Conflict:
    """Return a conflict with who pins it, and what each of its goals must yield where all others hold."""
    scene, ids = search.scene, search.population.ids.to_numpy()
    aims, who, yields = [scene.aims[i] for i in kept], dict[str, None](), []
    for i, aim in zip(kept, aims, strict=True):
        found = search.together({other: 1 if other == i else search.much for other in kept})
        if found is None:
            continue
        scores = search.scored(found)
        place, total = scores.grade().astype(np.int64), scores.secured.total.astype(np.int64)
        if not any(other.missed(other.count(place)) for other in aims if other is not aim):
            count, pinned = int(aim.count(place)), aim.witnesses(place, total)
            who |= dict.fromkeys(ids[pinned].tolist())
            short = whole(Fraction(int(aim.missed(count)), scene.denominator))
            yields.append(Concession(aim.goal, aim.measured(count), short))
    return _named(aims, list(who)[:MOST_WITNESSES], yields)


def _conflict_of_conditions(search: GradeSearch, thresholds: Thresholds, kept: Sequence[int]) -> Conflict:
    """Return the same for goals on conditions, of which those who may apply for certain are told."""
    ids, total = search.population.ids.to_numpy(), search.scene.total
    aims, who, yields = [thresholds.aims[i] for i in kept], dict[str, None](), []
    for i, aim in zip(kept, aims, strict=True):
        others = thresholds.missed([other for other in kept if other != i])
        missed = np.where(others == 0, thresholds.missed([i]), FOREVER)
        after = changed(search.standard, thresholds.changes(int(missed.argmin()))).apply(search.standard)
        may = eligible(search.population, after, search.readings)
        if may is not None and missed.min() < FOREVER:
            place = np.where(may.low, 0, 1)
            who |= dict.fromkeys(ids[aim.witnesses(place, total)].tolist())
            short = whole(Fraction(int(missed.min()), search.scene.denominator))
            yields.append(Concession(aim.goal, aim.measured(int(aim.count(place))), short))
    return _named(aims, list(who)[:MOST_WITNESSES], yields)


def _hitting(conflicts: Sequence[Conflict]) -> tuple[tuple[Goal, ...], ...]:
    """Return the smallest sets of goals of which each conflict may give up one."""
    goals = {goal.text: goal for each in conflicts for goal in each.give_up}
    named, found = list(goals), list[tuple[int, ...]]()
    may = [{goal.text for goal in each.give_up} for each in conflicts]
    for kept in _subsets(range(len(named))):
        if not any(set(small) <= set(kept) for small in found) and all({named[i] for i in kept} & each for each in may):
            found.append(kept)
    return tuple(tuple(goals[named[i]] for i in kept) for kept in found)
