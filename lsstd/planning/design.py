"""The smallest reform that reaches goals: lines, rows and thresholds searched, proved, replayed and weighed.

Grades are by score, so that lines and rows decide them and conditions do not; who may apply is decided by conditions
alone. The two are searched apart. Whatever is told has been scored anew by the population's own exact scoring.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations

import numpy as np

from lsstd.changes.reform import Reform
from lsstd.errors import LsstdError, Problem
from lsstd.exact import Exact, plain, whole
from lsstd.planning.design_aims import Aim, Scene, Whole, aims_missed, common, scene_of
from lsstd.planning.design_goals import AnyGoals, Goal, Goals, allowed, load_goals
from lsstd.planning.design_result import Concession, Conflict, Design, Edit, Refit, Standing, Status
from lsstd.planning.line_frontier import Choice, LineSearch
from lsstd.planning.row_points import RowSearch, improved, rows_of
from lsstd.planning.thresholds import Thresholds, thresholds_of
from lsstd.population.impact import Impact, impact
from lsstd.population.population import Population, as_csv
from lsstd.population.scoring import scores_of
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, listing, msg

MOST_TOGETHER = 8
"""Of so many goals all conflicts are searched; of more, one."""
MOST_WITNESSES = 20
MOST_ASKED_AGAIN = 2000
TIME_LIMIT = 30.0
"""Seconds; only programs for rows' points need them."""
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
        What is to be reached and what may change (`Goals`): ``{"standard": …, "goals": [{"grade": "AAAA", "share":
        {"at_most": 0.1}}, {"nobody": "drops", "by": 2}], "may_change": ["lines"]}``.
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
    thresholds = thresholds_of(search.scene, population)
    search.run()
    steps = thresholds.frontier() if thresholds.aims else []
    chosen_steps = steps[-1] if steps else Choice("conditions", {}, 0, 0, 0)
    best, changes = search.best, {**search.best.changes, **chosen_steps.changes}
    status: Status = "infeasible" if chosen_steps.missed else search.status
    reform = _reform(standard, asked, {path: plain(value) for path, value in changes.items()}, status)
    moved = impact(population, standard, reform, chosen)
    standings = tuple(_standings(search.scene, thresholds, chosen_steps, moved))
    if sum(each.short_by for each in standings) * search.scene.denominator != best.missed + chosen_steps.missed:
        problem = Problem("design", msg("the exact scoring counts otherwise"), msg("the same count by both"))
        raise LsstdError(msg("the answer found is not confirmed"), [problem])
    conflicts, is_whole = search.conflicts() if status == "infeasible" and search.best.missed else ((), True)
    conflicts = (*conflicts, *_threshold_conflicts(thresholds))
    refit, returns = search.refitted(moved, refits, seed)
    found = [*_edits(search, best, returns), *_threshold_edits(thresholds, chosen_steps)]
    return Design(
        status,
        asked,
        standard,
        population,
        chosen,
        reform,
        tuple(found),
        best.moved,
        chosen_steps.moved,
        search.bound if status != "infeasible" else None,
        search.excluded,
        standings,
        (*search.curve, *(steps or _still(asked, standard, search))),
        search.scene.denominator,
        tuple(conflicts),
        _hitting(conflicts),
        is_whole,
        moved,
        refit,
        tuple(search.notes),
        search.step,
        time_limit,
        hashlib.sha256(as_csv(population)).hexdigest(),
    )


def _still(goals: Goals, standard: Standard, search: GradeSearch) -> list[Choice]:
    """Return the one point of conditions where they may change and no goal is of them."""
    missed = search.scene.missed
    return [Choice("conditions", {}, 0, missed, missed)] if allowed(goals, standard, "conditions") else []


def _reform(standard: Standard, goals: Goals, changes: Mapping[str, object], status: Status) -> Reform:
    told = join(goal.text for goal in goals.goals)
    reached = status in ("optimal", "best_found")
    why = msg("to reach: {goals}", goals=told) if reached else msg("comes closest to: {goals}", goals=told)
    values = {"reform": "smallest-reform", "standard": standard.standard, "changes": dict(changes)}
    return Reform.model_validate({**values, "reason": {"zh": why.zh, "en": why.en}})


class GradeSearch:
    """The search for the lines and the rows' points that reach the goals on grades.

    After `run`, `best` is the answer, or the closest where there is none.
    """

    def __init__(
        self, population: Population, standard: Standard, goals: Goals, readings: dict[str, str], seconds: float
    ) -> None:
        self.population, self.standard, self.goals, self.readings = population, standard, goals, readings
        self.end, self.seconds = time.perf_counter() + seconds, seconds
        self.notes: list[Text] = []
        is_left_out = readings["recommended_rows"] == "left_out"
        rows = [row for row in standard.scored_rows if row.max_score and not (is_left_out and row.is_recommended)]
        worths = [Fraction(row.max_score or 0) for row in rows]
        self.step = whole(Fraction(goals.step.points or common(worths)))
        may = {path.split(".")[1] for path in allowed(goals, standard, "criteria")}
        names = [row.id for row in rows if row.id in may] if len(rows) > 1 else []
        self.scene, unfit = scene_of(population, standard, goals, readings, names, self.step)
        if unfit:
            listed = listing((standard.criteria[name].gloss for name in unfit), 4)
            self.notes.append(msg("Not moved, because a rule sets their points: {rows}", rows=listed))
        self.rows, self.lines = rows_of(self.scene, self.step), LineSearch(self.scene)
        are_sums = self.scene.edges is not None
        self.programs = RowSearch(self.scene, self.rows, self.lines) if are_sums else None
        self.everything = whole(self.lines.most + self.rows.most * self.rows.step)
        self.curve: list[Choice] = []
        self.best = Choice("lines", {}, 0, self.scene.missed, self.scene.missed)
        self.status: Status = "optimal"
        self.bound: Exact | None = 0
        self.excluded: Exact | None = None

    @property
    def _left(self) -> float:
        return self.end - time.perf_counter()

    @property
    def _unit(self) -> Fraction:
        """The least by which two reforms can differ in points moved."""
        units = ([self.lines.unit] if self.lines.may_move else []) + ([self.rows.step] if self.rows.most else [])
        return common(units)

    def run(self) -> None:
        """Search the families one by one, then prove that nothing smaller reaches the goals, if that is so."""
        if not self.scene.aims:
            return
        by_lines = self.lines.frontier() if self.lines.may_move else []
        by_rows, excluded_rows = self._by_rows(0.4 * self._left) if self.rows.most else ([], None)
        self.curve = [*by_lines, *by_rows] or [self.best]
        reached = [choice for choice in self.curve if not choice.missed]
        if reached:
            self.best = min(reached, key=lambda choice: (choice.moved, choice.edits))
        if reached and not self.best.moved:
            return
        self._prove(by_lines, excluded_rows)
        if self.best.missed:
            self.best = self._closest()

    def _by_rows(self, seconds: float) -> tuple[list[Choice], Exact]:
        if self.scene.edges is not None:
            return RowSearch(self.scene, self.rows).frontier(seconds)
        self.notes.append(
            msg(
                "Grades depend on more than a sum here: moves of points between rows were only searched, and nothing "
                "about them is proved"
            )
        )
        missed = self.scene.missed
        found = [Choice("rows", {}, 0, missed, missed)]
        for choice in improved(self.rows, self._rescored, missed, seconds, self._can_be):
            found += [choice] if choice.moved > found[-1].moved else []
        return found, 0

    def _rescored(self, many: Whole) -> Whole:
        """Return by how much each of several choices of steps misses the goals, by scoring the population anew."""
        found = []
        for steps in many:
            rows = dict(self.standard.criteria)
            for path, points in self.rows.changes(steps).items():
                row = path.split(".")[1]
                rows[row] = rows[row].model_copy(update={"max_score": points})
            changed = self.standard.model_copy(update={"criteria": rows})
            place = scores_of(self.population, changed, self.readings).grade().astype(np.int64)
            found.append(aims_missed(self.scene.aims, place))
        return np.array(found, np.int64)

    def _can_be(self, steps: Whole) -> bool:
        try:
            self._applied(Choice("rows", self.rows.changes(steps), 0, 0, 0))
        except LsstdError:
            return False
        return True

    def _applied(self, choice: Choice) -> Standard:
        changes = {path: plain(value) for path, value in choice.changes.items()}
        return _reform(self.standard, self.goals, changes, "optimal").apply(self.standard)

    def _prove(self, by_lines: Sequence[Choice], excluded_rows: Exact | None) -> None:
        """Find out whether anything smaller reaches the goals, or anything at all; set status and bounds."""
        is_reached, unit = not self.best.missed, self._unit
        least_line = next((c.moved for c in by_lines if not c.missed), None)
        are_lines_proved = all(choice.proved for choice in by_lines)
        below = self.everything if not is_reached else whole(self.best.moved - unit)
        ends = [below] if least_line is None else [min(below, whole(least_line - self.lines.unit))]
        if by_lines and not are_lines_proved:
            ends.append(0)
        if self.rows.most:
            ends.append(excluded_rows or whole(Fraction(self.step) - unit))
            ends += [whole(Fraction(self.step))] if by_lines and excluded_rows else []
        excluded = max(0, min(ends))
        is_proved = excluded >= below
        program = self.programs
        if not is_proved and program and self._left > 0:
            found = program.best(below, self._left)
            if found and not found.missed:
                self.best, is_reached = found, True
                smaller = program.smallest(found, self._left) if self._left > 0 else None
                if smaller and not smaller.missed:
                    self.best, is_proved = smaller, True
                    excluded = whole(smaller.moved - unit)
            elif found and found.bound:
                excluded, is_proved = below, True
        if is_reached and is_proved and self.best.edits > 1 and self.rows.most and program:
            fewest = program.smallest(self.best, self._left) if self._left > 0 else None
            is_proved = bool(fewest and not fewest.missed)
            self.best = fewest if fewest and not fewest.missed else self.best
        if not is_reached and is_proved and not self._is_out_of_reach_again():
            is_proved = False
        self.status = (
            ("optimal" if is_proved else "best_found") if is_reached else ("infeasible" if is_proved else "unknown")
        )
        self.excluded = excluded
        self.bound = self.best.moved if self.status == "optimal" else whole(excluded + unit)

    def _is_out_of_reach_again(self) -> bool:
        """Ask a second time, without the solver's presolve, whether no reform reaches the goals."""
        program = self.programs
        if program is None or (not self.rows.most and len(self.scene) > MOST_ASKED_AGAIN):
            return not self.rows.most  # lines alone are counted without a solver
        again = program.best(self.everything, max(self._left, 5.0), presolves=(False,))
        return bool(again and again.bound)

    def _closest(self) -> Choice:
        """Return what comes closest without breaking a hard goal, if that can be."""
        hard = {i: 1 + self._much * aim.goal.hard for i, aim in enumerate(self.scene.aims)}
        found = [*self.curve, self.best, *(self.lines.frontier(hard)[-1:] if self.lines.may_move else [])]

        def key(choice: Choice) -> tuple[int, int, Exact, int]:
            place = self._places(choice)
            missed = [int(aim.missed(aim.count(place))) for aim in self.scene.aims]
            broken = sum(n for n, aim in zip(missed, self.scene.aims, strict=True) if aim.goal.hard)
            return broken, sum(missed), choice.moved, choice.edits

        closest = min(found, key=key)
        return closest._replace(missed=key(closest)[1], bound=0)

    @property
    def _much(self) -> int:
        """More than all goals together can be missed by."""
        return 1 + sum(int(aim.weight.sum()) for aim in self.scene.aims)

    def _places(self, choice: Choice) -> Whole:
        """Return the place of each subject after a choice, by the exact scoring."""
        scores = scores_of(self.population, self._applied(choice), self.readings)
        return scores.grade().astype(np.int64)

    # ── conflicts ────────────────────────────────────────────────────────────────────────────────────────────

    def conflicts(self) -> tuple[list[Conflict], bool]:
        """Return the smallest sets of goals that exclude each other, and whether these are all of them."""
        self.end = time.perf_counter() + max(self.seconds, 5.0)
        everything = range(len(self.scene.aims))
        sets, is_whole = self._by_subsets(everything) if len(everything) <= MOST_TOGETHER else self._by_deletion()
        return [self._conflict(kept) for kept in sets], is_whole

    def _by_subsets(self, everything: Sequence[int]) -> tuple[list[tuple[int, ...]], bool]:
        found: list[tuple[int, ...]] = []
        is_whole = True
        for kept in chain.from_iterable(combinations(everything, size) for size in range(1, len(everything) + 1)):
            if any(set(small) <= set(kept) for small in found):
                continue
            if len(kept) == len(everything):  # known already; if nothing smaller is one, this is it
                found += [kept] if not found else []
                continue
            can_be = self._can_hold(kept)
            found += [kept] if can_be is False else []
            is_whole &= can_be is not None
        return found, is_whole

    def _by_deletion(self) -> tuple[list[tuple[int, ...]], bool]:
        kept = list(range(len(self.scene.aims)))
        for goal in list(kept):
            rest = [other for other in kept if other != goal]
            kept = rest if self._can_hold(rest) is False else kept
        return [tuple(kept)], False

    def _can_hold(self, kept: Sequence[int]) -> bool | None:
        """Return whether some goals can all be reached; None where time does not suffice to tell."""
        found = self._together(dict.fromkeys(kept, 1))
        return None if found is None or (found.missed and not found.bound) else not found.missed

    def _together(self, aims: Mapping[int, int]) -> Choice | None:
        """Return the choice that misses some goals by least, each counted a number of times."""
        found = self.lines.frontier(aims)[-1]
        if not found.missed or not self.rows.most or self.programs is None:
            return found
        scene = self.scene.only([self._goal_numbers[i] for i in aims])
        search = RowSearch(scene, self.rows, LineSearch(scene, self.lines.lines))
        factors = dict(enumerate(aims.values()))
        return search.best(self.everything, max(self._left, 1.0), factors=factors)

    @cached_property
    def _goal_numbers(self) -> list[int]:
        """The places of the goals on grades among all goals."""
        return [i for i, goal in enumerate(self.goals.goals) if not goal.is_of_conditions]

    def _conflict(self, kept: Sequence[int]) -> Conflict:
        """Return a conflict with who pins it, and what each of its goals alone must yield to the others."""
        aims, ids = self.scene.aims, self.population.ids.to_numpy()
        witnesses: dict[str, None] = {}
        yields = []
        for goal in kept:
            found = self._together({other: 1 if other == goal else self._much for other in kept})
            if found is None:
                continue
            place = self._places(found)
            if all(other == goal or not aims[other].missed(aims[other].count(place)) for other in kept):
                total = self._totals(found)
                witnesses |= dict.fromkeys(ids[_witnesses(aims[goal], place, total)].tolist())
                count = int(aims[goal].count(place))
                short = whole(Fraction(int(aims[goal].missed(count)), self.scene.denominator))
                yields.append(Concession(aims[goal].goal, _measured(aims[goal], count, self.scene), short))
        goals = tuple(aims[i].goal for i in kept)
        soft = tuple(goal for goal in goals if not goal.hard)
        return Conflict(goals, tuple(list(witnesses)[:MOST_WITNESSES]), soft or goals, tuple(yields))

    def _totals(self, choice: Choice) -> Whole:
        return scores_of(self.population, self._applied(choice), self.readings).secured.total.astype(np.int64)

    # ── how firm it is ───────────────────────────────────────────────────────────────────────────────────────

    def refitted(self, moved: Impact, samples: int, seed: int) -> tuple[Refit | None, dict[str, int]]:
        """Search again on resampled populations; return how often the reform holds, and how often each edit returns."""
        if not samples or not self.best.changes or self.best.missed:
            return None, {}
        rng, end = np.random.default_rng(seed), time.perf_counter() + max(self.seconds, 5.0)
        returns, holds, done = dict.fromkeys(self.best.changes, 0), 0, 0
        for _ in range(samples):
            drawn = rng.integers(len(self.scene), size=len(self.scene))
            scene = self.scene.part(drawn)
            holds += not aims_missed(scene.aims, moved.after.grade[drawn].astype(np.int64))
            for path in self._again(scene, (end - time.perf_counter()) / (samples - done)):
                returns[path] = returns.get(path, 0) + 1
            done += 1
            if time.perf_counter() > end:
                break
        return Refit(done, holds, seed), returns

    def _again(self, scene: Scene, seconds: float) -> Mapping[str, Exact]:
        """Return what the best reform of lines alone, or of rows alone, changes for another population."""
        found = LineSearch(scene, self.lines.lines).frontier()[-1:] if self.lines.may_move else []
        enough = found[0].moved if found and not found[0].missed else None
        if self.rows.most and scene.edges is not None and (enough is None or enough > self.step):
            found += RowSearch(scene, self.rows).frontier(seconds, enough)[0][-1:]
        return min(found, key=lambda choice: (choice.missed, choice.moved, choice.edits)).changes if found else {}


def _witnesses(aim: Aim, place: Whole, total: Whole) -> Whole:
    """Return who keeps a goal from being reached: those it is about and who miss it, or those nearest to the line."""
    counts = (place <= aim.at) & ~(place <= aim.above) & (aim.weight > 0)
    missed, order = int(aim.missed(aim.count(place))), np.argsort(total, kind="stable")
    if aim.is_of_each or int(aim.weight[counts].sum()) < aim.low:
        order = order[::-1]
        listed = order[(~counts & (aim.weight > 0))[order]]
    else:
        listed = order[counts[order]]
    so_far = np.cumsum(aim.weight[listed]) - aim.weight[listed]
    found: Whole = listed[so_far < missed][:MOST_WITNESSES]
    return found


def _measured(aim: Aim, count: int, scene: Scene) -> Exact:
    """Return the share of those that count; of a goal about nobody, how many it happens to."""
    weight = int(aim.weight.sum())
    if aim.is_of_each:
        return whole(Fraction(weight - count, scene.denominator))
    return whole(Fraction(count, weight)) if weight else 0


def _standings(scene: Scene, thresholds: Thresholds, steps: Choice, moved: Impact) -> Iterator[Standing]:
    """Yield how each goal stands, in their order, by the exact scoring before and after."""
    ids, on_grades, on_conditions = moved.population.ids.to_numpy(), iter(scene.aims), iter(range(len(thresholds.aims)))
    now = Choice("conditions", {}, 0, 0, 0)
    for goal in scene.goals.goals:
        if goal.is_of_conditions:
            number = next(on_conditions)
            aim, may = thresholds.aims[number], moved.after.eligible
            weight = int(aim.weight.sum())
            (before, _), (sure, possible) = thresholds.at(now, number), thresholds.at(steps, number)
            if may is not None and int(aim.weight[may].sum()) != sure:
                problem = Problem("design", msg("the exact scoring counts otherwise"), msg("the same count by both"))
                raise LsstdError(msg("the answer found is not confirmed"), [problem])
            missed = max(0, aim.low - sure, possible - aim.high)
            unit = scene.denominator if goal.share is None else weight or 1
            told = [weight - n if goal.share is None else n for n in (before, sure)]
            shares = [whole(Fraction(n, unit)) for n in (*told, possible - sure)]
            lost = (
                np.flatnonzero((aim.weight > 0) & ~may)[:MOST_WITNESSES] if missed and may is not None else slice(0, 0)
            )
            missing = whole(Fraction(missed, scene.denominator))
            yield Standing(goal, shares[0], shares[1], missing, tuple(ids[lost].tolist()), shares[2])
            continue
        yield _standing(next(on_grades), scene, moved)


def _standing(aim: Aim, scene: Scene, moved: Impact) -> Standing:
    """Return how a goal on grades stands."""
    places = [side.grade.astype(np.int64) for side in (moved.before, moved.after)]
    counts = [int(aim.count(place)) for place in places]
    before, after = (_measured(aim, count, scene) for count in counts)
    short_by = whole(Fraction(int(aim.missed(counts[1])), scene.denominator))
    who = moved.population.ids.to_numpy()[_witnesses(aim, places[1], moved.after.total.astype(np.int64))]
    return Standing(aim.goal, before, after, short_by, tuple(who.tolist()))


def _edits(search: GradeSearch, best: Choice, returns: Mapping[str, int]) -> Iterator[Edit]:
    """Yield what lines and rows change from and to, with the interval of each line."""
    standard, is_alone = search.standard, not any(path.startswith("criteria.") for path in best.changes)
    lines = {f"lines.{band.grade}": band.lower.value for band in standard.bands if band.lower}
    for path, new in best.changes.items():
        times = returns.get(path) if returns else None
        if path in lines:
            *ends, roundest = search.lines.interval(best, path) if is_alone else (new, new, new)
            yield Edit(path, lines[path], new, (ends[0], ends[1]) if is_alone else None, roundest, times)
        else:
            yield Edit(path, standard.criteria[path.split(".")[1]].max_score or 0, new, None, new, times)


def _threshold_edits(thresholds: Thresholds, steps: Choice) -> Iterator[Edit]:
    for each in thresholds.thresholds:
        if each.path in steps.changes:
            new = steps.changes[each.path]
            yield Edit(each.path, each.values[each.now], new, None, new, None)


def _threshold_conflicts(thresholds: Thresholds) -> Iterator[Conflict]:
    """Yield the smallest sets of goals on conditions that exclude each other."""
    found: list[tuple[int, ...]] = []
    everything = range(min(len(thresholds.aims), MOST_TOGETHER))
    for kept in chain.from_iterable(combinations(everything, size) for size in range(1, len(everything) + 1)):
        if not any(set(small) <= set(kept) for small in found) and thresholds.missed(kept).min() > 0:
            found.append(kept)
            goals = tuple(thresholds.aims[i].goal for i in kept)
            yield Conflict(goals, (), tuple(goal for goal in goals if not goal.hard) or goals, ())


def _hitting(conflicts: Sequence[Conflict]) -> tuple[tuple[Goal, ...], ...]:
    """Return the smallest sets of goals of which each conflict may give up one."""
    named = list(dict.fromkeys(goal.text for each in conflicts for goal in each.give_up))
    goals = {goal.text: goal for each in conflicts for goal in each.give_up}
    may = [{goal.text for goal in each.give_up} for each in conflicts]
    found: list[tuple[Text, ...]] = []
    for kept in chain.from_iterable(combinations(named, size) for size in range(1, len(named) + 1)):
        if not any(set(small) <= set(kept) for small in found) and all(each & set(kept) for each in may):
            found.append(kept)
    return tuple(tuple(goals[name] for name in kept) for kept in found)
