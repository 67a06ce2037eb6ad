"""What a reform is to reach: the goals that a drafter writes down, checked against a standard and a population."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import partial
from itertools import chain, combinations
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeAlias

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from lsstd.errors import Problems
from lsstd.exact import Exact, exact, shown, whole
from lsstd.files.reading import read_plain
from lsstd.population.impact import GROUPINGS, check_group
from lsstd.standard.models import Listed, Model, Number, Positive, Share, mistake, parse
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, join, msg, nearest, noted, paired, same

MOST_GOALS = 50
MOST_TOGETHER = 8
"""Up to this many goals, every conflict is looked for; beyond it, one is enough."""


class Within(Model):
    """The least and the most share of subjects; one of them may be missing."""

    at_least: Share | None = Field(None, description="the least share, from 0 to 1")
    at_most: Share | None = Field(None, description="the largest share, from 0 to 1")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise mistake(msg("at_least or at_most, or both"))
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise mistake(msg("at_least no larger than at_most"))
        return self

    @property
    def text(self) -> Text:
        """The span in words."""
        low, high = (None if end is None else shown(end * 100) for end in (self.at_least, self.at_most))
        if low is None or high is None:
            return msg("at most {high}%", high=high) if low is None else msg("at least {low}%", low=low)
        return msg("{low}% to {high}%", low=low, high=high)


def _cell(value: object) -> str:
    """Take a value of a group as a table has it."""
    if not isinstance(value, str | int | float):
        raise mistake(msg("one value, as in the table"))
    return str(value).lower() if isinstance(value, bool) else str(value)


Cell = Annotated[str, BeforeValidator(_cell)]


class Goal(Model):
    """One goal: a share of subjects with a grade, or that may apply; or what is to happen to nobody."""

    name: str | None = Field(None, max_length=200, description="what it is called; without it, its own words")
    grade: str | None = Field(None, description="with share: the grade that these subjects have, by score")
    or_better: bool = Field(False, description="the grades above count, too")
    eligible: bool = Field(False, description="with share: the subjects that meet every condition")
    share: Within | None = Field(None, description="of all subjects, or of the group, by weight")
    nobody: Literal["drops", "loses_grade", "loses_eligibility"] | None = Field(
        None, description="what is to happen to nobody"
    )
    by: int = Field(1, ge=1, description="under nobody: drops, by how many grades or more")
    group: dict[str, Cell] = Field({}, description="of whom: the values of columns group.<name>")
    hard: bool = Field(False, description="it must hold even where others are given up")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = (self.grade is not None, self.eligible, self.nobody is not None)
        if sum(forms) != 1 or (self.share is None) != (self.nobody is not None):
            raise mistake(msg("exactly one of: grade with share; eligible with share; nobody"))
        if (self.by != 1 and self.nobody != "drops") or (self.or_better and self.grade is None):
            raise mistake(msg("by with nobody: drops alone, or_better with grade alone"))
        return self

    @property
    def is_of_conditions(self) -> bool:
        """Whether conditions decide it; grades, which are by score, are decided by lines and points."""
        return self.eligible or self.nobody == "loses_eligibility"

    @property
    def text(self) -> Text:
        """The goal in words."""
        if self.name:
            return same(self.name)
        if self.nobody == "loses_eligibility":
            told = msg("nobody loses the right to apply")
        elif self.nobody:
            told = (
                msg("nobody drops by {by} grades or more", by=self.by) if self.by > 1 else msg("nobody drops a grade")
            )
        elif self.share:
            better = msg("{grade} or better", grade=self.grade) if self.or_better else same(self.grade or "")
            told = paired(msg("may apply") if self.eligible else better, self.share.text)
        whom = join(paired(GROUPINGS.get(name, name), value) for name, value in self.group.items())
        return noted(told, whom) if self.group else told


class Keep(Model):
    """What stays as it is; points are only moved from row to row, so that the total always does."""

    total: Number | bool = Field(True, description="the total of the standard, which is kept in any case")
    subtotals: bool = Field(False, description="whether each indicator of the top level keeps its points")


class StepSizes(Model):
    """The steps in which lines and points move; thresholds move in round steps of about a tenth."""

    lines: Positive = Field(1, description="of a line, counted from where it stands")
    points: Positive | None = Field(None, description="of a row; without it, the largest that divides all points")


class Caps(Model):
    """How far each line and row may move at most; thresholds move by five steps."""

    lines: Positive | None = Field(None, description="points of a line; without it, a tenth of the total")
    points: Positive | None = Field(None, description="points of a row; without it, two steps")


class Goals(Model):
    """What a reform is to reach, what it may change, and in which steps."""

    standard: str = Field(description="the standard's id")
    goals: Listed[Goal] = Field(description="what is to be reached")
    may_change: Listed[str] = Field(
        ("lines", "criteria", "conditions"), description="paths, such as lines.AAAA, criteria.*.max_score"
    )
    keep: Keep = Keep()
    step: StepSizes = StepSizes()
    cap: Caps = Caps()


AnyGoals: TypeAlias = Goals | Mapping[str, Any] | str | Path
"""Goals, as they are read: from a file, or from the same as plain values."""


class Groupings(NamedTuple):
    """The groupings of a population, the values of those that goals name, and how many subjects each goal concerns."""

    values: dict[str, tuple[str, ...]]
    sizes: tuple[int, ...]


def load_goals(source: AnyGoals, standard: Standard, groupings: Groupings | None = None) -> Goals:
    """Return goals from a YAML or JSON file, or from plain values, checked against a standard.

    Parameters
    ----------
    groupings : Groupings, optional
        Of the population; if given, the groups that goals name are checked against them.

    Raises
    ------
    FileError, InvalidFile
        It cannot be read; a grade, group or path does not exist; goals contradict each other whatever the population
        (all problems at once).

    Examples
    --------
    >>> standard = lsstd.load_standard("hlj-base-evaluation")
    >>> [goal.text.en for goal in load_goals("data/goals/fewer_aaaa.yaml", standard).goals][:2]
    ['AAAA: at most 10%', 'nobody drops by 2 grades or more']
    """
    name, value, lines = "goals", source, dict[str, int]()
    if isinstance(source, str | Path):
        parsed = read_plain(source)
        name, value, lines = parsed.path.name, parsed.value, parsed.lines
    problems = Problems(lines)
    goals = value if isinstance(value, Goals) else parse(Goals, value, problems)
    if goals is not None:
        _check(goals, standard, groupings, problems)
    if goals is None or problems.found:
        raise problems.error(msg("{name} is not a valid file of goals", name=name))
    return _filled(goals, standard)


def _filled(goals: Goals, standard: Standard) -> Goals:
    """Return goals with the steps and limits that their file leaves open."""
    step = goals.step.points or whole(common(Fraction(row.max_score or 0) for row in standard.scored_rows))
    lines, points = goals.cap.lines or whole(Fraction(standard.maximum) / 10), goals.cap.points or 2 * step
    steps = goals.step.model_copy(update={"points": step})
    caps = goals.cap.model_copy(update={"lines": lines, "points": points})
    return goals.model_copy(update={"step": steps, "cap": caps})


def common(values: Iterable[Fraction]) -> Fraction:
    """Return the largest number of which all others are multiples; 1 of none.

    >>> common([Fraction(15), Fraction(10), Fraction(5, 2)])
    Fraction(5, 2)
    """
    listed = list(values)
    scale = math.lcm(*(value.denominator for value in listed), 1)
    return Fraction(math.gcd(*(int(value * scale) for value in listed)) or scale, scale)


def _check(goals: Goals, standard: Standard, groupings: Groupings | None, problems: Problems) -> None:
    if goals.standard != standard.standard:
        problems.add("standard", goals.standard, standard.standard)
        return
    if not 1 <= len(goals.goals) <= MOST_GOALS:
        problems.add("goals", str(len(goals.goals)), msg("1 to {most} goals", most=MOST_GOALS))
    for place, goal in enumerate(goals.goals):
        if goal.grade is not None and goal.grade not in standard.grades:
            found = msg("there is no grade {grade}", grade=clip(goal.grade))
            problems.add(f"goals.{place}.grade", found, nearest(goal.grade, standard.grades, every=True))
        if goal.nobody == "drops" and goal.by > max(1, len(standard.grades)):
            problems.add(f"goals.{place}.by", str(goal.by), msg("at most {most}", most=len(standard.grades)))
        if goal.nobody in ("drops", "loses_grade") and not standard.grades:
            problems.add(f"goals.{place}.nobody", goal.nobody, msg("a standard with grades"))
        if groupings:
            check_group(goal.group, f"goals.{place}.group", groupings.values, groupings.sizes[place], problems)
    known = [*changeable(standard), *("lines", "criteria", "conditions")]
    for place, pattern in enumerate(goals.may_change):
        if pattern not in known and not any(_matches(path, pattern) for path in known):
            found = msg("there is no path {path} that a design can change", path=clip(pattern))
            problems.add(f"may_change.{place}", found, nearest(pattern, known))
    if not isinstance(goals.keep.total, bool) and goals.keep.total != standard.maximum:
        problems.add("keep.total", shown(goals.keep.total), msg("{total}, the total", total=shown(standard.maximum)))
    elif goals.keep.total is False:
        problems.add("keep.total", "false", msg("true: points are only moved from row to row"))
    if not problems.found:
        _check_shares(goals, standard, problems)


def changeable(standard: Standard) -> dict[str, Exact]:
    """Return the paths that a design can change, with their values: grade lines, rows' points, numbers in conditions.

    >>> [*changeable(lsstd.load_standard("hlj-base-evaluation")).items()][:2]
    [('lines.AAAA', 450), ('lines.AAA', 401)]
    """
    lines = {f"lines.{band.grade}": band.lower.value for band in standard.bands if band.lower}
    rows = {f"criteria.{row.id}.max_score": row.max_score or 0 for row in standard.scored_rows}
    tests = [(f"conditions.{c.id}.tests.{test.fact}", test) for c in standard.conditions.values() for test in c.tests]
    count = Counter(path for path, test in tests if test.is_number)  # of two, a path names neither
    return {**lines, **rows, **{path: exact(test.value) for path, test in tests if count[path] == 1}}


def allowed(goals: Goals, standard: Standard, section: str) -> list[str]:
    """Return the paths of a section that may change, in the document's order."""
    paths = (path for path in changeable(standard) if path.startswith(f"{section}."))
    return [path for path in paths if any(_matches(path, pattern) for pattern in goals.may_change)]


def _matches(path: str, pattern: str) -> bool:
    """Say whether a pattern names a path, or something that the path leads through."""
    steps = path.split(".")
    return any(fnmatchcase(".".join(steps[:end]), pattern) for end in range(1, len(steps) + 1))


# ── contradictions ────────────────────────────────────────────────────────────────────────────────────────────────────


def _check_shares(goals: Goals, standard: Standard, problems: Problems) -> None:
    """Note goals on shares of one group that no numbers at all can satisfy."""
    of_group: dict[tuple[tuple[str, str], ...], list[int]] = {}
    for place, goal in enumerate(goals.goals):
        if goal.share:
            of_group.setdefault((*sorted(goal.group.items()), ("", str(goal.eligible))), []).append(place)
    for places in of_group.values():
        can_hold = partial(_can_hold, goals.goals, ("",) if goals.goals[places[0]].eligible else standard.grades)
        if not can_hold(places):
            involved = excluding(places, can_hold)[0][0]
            found = " ↔ ".join(f"goals.{i}" for i in involved)
            texts = join(goals.goals[i].text for i in involved)
            wrong = noted(found, texts) if len(involved) > 1 else texts
            problems.add(f"goals.{involved[-1]}", wrong, msg("shares that can hold together"))


def _can_hold(goals: Sequence[Goal], grades: Sequence[str], places: Sequence[int]) -> bool:
    """Say whether some shares of the grades, and of those without, satisfy some goals: a small linear program.

    Goals on who may apply have a single "grade", without a name.
    """
    from scipy.optimize import linprog

    everyone, rows, most = np.ones(len(grades) + 1), [], []
    for goal in (goals[place] for place in places):
        at = grades.index(goal.grade or "")
        counted = np.zeros(len(grades) + 1)
        counted[0 if goal.or_better else at : at + 1] = 1
        for sign, end in ((1, goal.share and goal.share.at_most), (-1, goal.share and goal.share.at_least)):
            if isinstance(end, int | Fraction):
                rows.append(sign * counted)
                most.append(sign * float(end))
    is_infeasible = 2
    options = {"presolve": False}  # which once called a feasible program infeasible
    found = linprog(0 * everyone, rows or None, most or None, [everyone], [1.0], options=options)
    return bool(found.status != is_infeasible)


def excluding(
    goals: Sequence[int], can_hold: Callable[[Sequence[int]], bool | None]
) -> tuple[list[tuple[int, ...]], bool]:
    """Return the smallest sets that cannot hold together, and whether these are all; of many, one set (by deletion).

    >>> excluding([1, 2, 3], lambda goals: sum(goals) < 4)
    ([(1, 3), (2, 3)], True)
    """
    found: list[tuple[int, ...]] = []
    if len(goals) > MOST_TOGETHER:
        kept = tuple(goals)
        for goal in goals:
            rest = tuple(other for other in kept if other != goal)
            kept = rest if can_hold(rest) is False else kept
        return [kept], False
    is_whole = True
    for kept in chain.from_iterable(combinations(goals, size) for size in range(1, len(goals) + 1)):
        if not any(set(small) <= set(kept) for small in found):
            can = can_hold(kept)
            found += [kept] if can is False else []
            is_whole &= can is not None
    return found, is_whole
