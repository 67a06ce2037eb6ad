"""The smallest reform that reaches goals, against trying every reform; its verdicts, refusals and files."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, combinations, product
from typing import Any

import pandas as pd
import pytest

from lsstd import LsstdError, Standard, design
from lsstd.planning.design_goals import load_goals
from lsstd.planning.design_result import Design

POPULATION = "data/populations/made_up_60.csv"
GOALS = "data/goals/fewer_aaaa.yaml"
STUDIO = "data/standards/made-up-studio.yaml"
GRADES = ("gold", "silver", "bronze")


# ── made-up standards, and the judge that knows only their numbers ────────────────────────────────────────────────────


def made_up(rng: random.Random) -> tuple[Standard, pd.DataFrame]:
    """Make up a standard of four rows with equal parts and three lines, and a few subjects."""
    rows = {f"row_{i}": {"clause": "1", "text": "t", "indicator": "all", "max_score": rng.choice([4, 6, 8]),
                         "parts": {f"part_{i}_{j}": {"text": "t"} for j in range(rng.choice([2, 3]))}}
            for i in range(4)}  # fmt: skip
    total = sum(row["max_score"] for row in rows.values())
    lines = sorted(rng.sample(range(4, total - 2), 3), reverse=True)
    gap, is_open = rng.choice([0, 1]), rng.random() < 0.3
    bands: list[dict[str, Any]] = []
    for grade, line, above in zip(GRADES, lines, [None, *lines], strict=False):
        upper = {} if above is None else {"upper": {"value": above - gap, "closed": bool(gap)}}
        if above is not None and above - gap < line:
            upper = {"upper": {"value": above, "closed": False}}
        bands.append({"grade": grade, "lower": {"value": line, "closed": True}, **upper})
    if is_open:
        bands[0]["lower"]["closed"] = False
        if bands[1]["upper"]["value"] == bands[0]["lower"]["value"]:
            bands[1]["upper"]["closed"] = True
    values = {"standard": "made-up", "edition": "1", "title": "made up", "criteria": rows, "bands": bands,
              "indicators": {"all": {"name": "all"}}}  # fmt: skip
    count = rng.randint(5, 11)
    columns: dict[str, Any] = {"id": [f"s{i}" for i in range(count)], "group.kind": rng.choices("ab", k=count)}
    columns["group.kind"][0] = "a"
    if rng.random() < 0.4:
        columns["weight"] = rng.choices([0.5, 1, 2, 3], k=count)
    for row, body in rows.items():
        columns |= {f"{row}.{part}": [int(rng.random() < 0.6) for _ in range(count)] for part in body["parts"]}
    return Standard.model_validate(values), pd.DataFrame(columns)


def some_goals(rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Make up goals of every kind."""
    found: list[dict[str, Any]] = []
    for _ in range(count):
        goal: dict[str, Any] = {"grade": rng.choice(GRADES), "or_better": rng.random() < 0.5}
        end, share = rng.choice(["at_most", "at_least"]), rng.choice([0.1, 0.2, 0.25, 0.4, 0.5])
        goal["share"] = {end: share}
        if rng.random() < 0.4:
            goal = rng.choice([{"nobody": "drops", "by": 2}, {"nobody": "loses_grade"}])
        found.append(goal | ({"group": {"kind": "a"}} if rng.random() < 0.4 else {}))
    return found


class Judge:
    """Grades subjects and counts goals in fractions, from the printed numbers alone."""

    def __init__(self, standard: Standard, frame: pd.DataFrame, goals: list[dict[str, Any]]) -> None:
        self.standard, self.frame, self.goals = standard, frame, goals
        self.shares = {
            row.id: [Fraction(int(n), len(row.parts)) for n in frame[[f"{row.id}.{p}" for p in row.parts]].sum(axis=1)]
            for row in standard.scored_rows
        }
        self.weight = [Fraction(w) for w in frame["weight"]] if "weight" in frame else [Fraction(1)] * len(frame)
        self.before = self.places({}, {})

    def places(self, lines: dict[str, Fraction], points: dict[str, int]) -> list[int]:
        """Return each subject's place among the grades: the first whose line it reaches."""
        found = []
        for i in range(len(self.frame)):
            total = sum(
                share[i] * points.get(row, self.standard.criteria[row].max_score) for row, share in self.shares.items()
            )
            reached = []
            for place, band in enumerate(self.standard.bands):
                assert band.lower
                line = lines.get(band.grade, Fraction(band.lower.value))
                reached += [place] if total > line or (total == line and band.lower.closed) else []
            found.append(min(reached, default=len(GRADES)))
        return found

    def missed(self, goal: dict[str, Any], places: list[int]) -> Fraction:
        """Return by how many subjects, or weights, a goal is missed."""
        wanted = goal.get("group", {}).get("kind")
        whom = [i for i in range(len(places)) if wanted is None or self.frame["group.kind"][i] == wanted]
        if "nobody" in goal:
            return Fraction(sum(places[i] - self.before[i] >= goal.get("by", 1) for i in whom))
        at = GRADES.index(goal["grade"])
        count = sum(self.weight[i] for i in whom if places[i] == at or (goal["or_better"] and places[i] < at))
        everyone = sum(self.weight[i] for i in whom)
        low, high = (goal["share"].get(end) for end in ("at_least", "at_most"))
        if low is not None:  # whole weights: as many as there are steps of the smallest weight
            return max(
                Fraction(0), math.ceil(Fraction(str(low)) * everyone * self.steps) / Fraction(self.steps) - count
            )
        return max(Fraction(0), count - math.floor(Fraction(str(high)) * everyone * self.steps) / Fraction(self.steps))

    @property
    def steps(self) -> int:
        return 2 if any(weight.denominator > 1 for weight in self.weight) else 1

    def clear(self, lines: dict[str, Fraction]) -> bool:
        """Say whether the bands still hold scores, one below the other."""
        bands = self.standard.bands
        moved = [lines.get(band.grade, Fraction(band.lower.value)) for band in bands if band.lower]
        for high, low in zip(range(2), range(1, 3), strict=True):
            upper, lower = bands[low].upper, bands[low].lower
            assert upper and lower and bands[high].lower
            top = upper.value + moved[high] - bands[high].lower.value
            if not (top > moved[low] or (top == moved[low] and upper.closed and lower.closed)):
                return False
        return moved[0] <= self.standard.maximum - (not bands[0].lower.closed) and moved[-1] >= 0  # type: ignore[union-attr]

    def reforms(self, cap: int, points: int, is_of_rows: bool, is_of_lines: bool) -> Iterator[Any]:
        """Yield every reform with what it moves, its edits, its lines and its points."""
        band_lines = {band.grade: int(band.lower.value) for band in self.standard.bands if band.lower}
        shifts = list(product(range(-cap, cap + 1), repeat=3)) if is_of_lines else [(0, 0, 0)]
        tops = {row.id: int(row.max_score or 0) for row in self.standard.scored_rows}
        span = range(-points, points + 1, 2) if is_of_rows else [0]
        moves = [each for each in product(span, repeat=len(tops)) if sum(each) == 0]
        moves = [m for m in moves if all(top + by >= 2 for top, by in zip(tops.values(), m, strict=True) if by < 0)]
        for shift in shifts:
            lines = {grade: Fraction(line + by) for (grade, line), by in zip(band_lines.items(), shift, strict=True)}
            if not self.clear(lines):
                continue
            for move in moves:
                rows = {row: top + by for (row, top), by in zip(tops.items(), move, strict=True)}
                moved = sum(map(abs, shift)) + sum(by for by in move if by > 0)
                yield moved, sum(map(bool, (*shift, *move))), lines, rows


def smallest(judge: Judge, cap: int, points: int, may: list[str]) -> tuple[tuple[int, int] | None, set[frozenset[int]]]:
    """Try every reform: return the least moved and edits that reach all goals, and the smallest sets that none does."""
    held: set[frozenset[int]] = set()
    best: tuple[int, int] | None = None
    seen: dict[tuple[int, ...], frozenset[int]] = {}
    for moved, edits, lines, rows in judge.reforms(cap, points, "criteria" in may, "lines" in may):
        places = tuple(judge.places(lines, rows))
        if places not in seen:
            met = (i for i, goal in enumerate(judge.goals) if not judge.missed(goal, list(places)))
            seen[places] = frozenset(met)
        held.add(seen[places])
        if len(seen[places]) == len(judge.goals) and (best is None or (moved, edits) < best):
            best = (moved, edits)
    everything = range(len(judge.goals))
    sets = chain.from_iterable(combinations(everything, size) for size in range(1, len(everything) + 1))
    clash: set[frozenset[int]] = set()
    for kept in map(frozenset, sets):
        if not any(kept <= met for met in held) and not any(small <= kept for small in clash):
            clash.add(kept)
    return best, clash


def found_for(standard: Standard, frame: pd.DataFrame, goals: list[dict[str, Any]], **more: Any) -> Design:
    values = {"standard": standard.standard, "goals": goals, **more}
    return design(frame, standard, values, refits=0, time_limit=20)


# ── the same optimum as trying every reform ───────────────────────────────────────────────────────────────────────────


# Trying every reform of lines, of rows, or of both finds nothing smaller, and the same goals that exclude each other.
@pytest.mark.parametrize("may", [["lines"], ["criteria"], ["lines", "criteria"]], ids="-".join)
@pytest.mark.parametrize("seed", range(14))
def test_the_design_is_the_smallest_of_all_reforms(seed: int, may: list[str]) -> None:
    rng = random.Random(seed)
    standard, frame = made_up(rng)
    goals, cap = some_goals(rng, rng.randint(1, 3)), 3 if may == ["lines"] else 2
    step = {"step": {"points": 2}, "cap": {"points": 4, "lines": cap}, "may_change": may}
    judge = Judge(standard, frame, goals)
    best, clash = smallest(judge, cap, 4, may)
    try:
        found = found_for(standard, frame, goals, **step)
    except LsstdError as error:
        assert "cannot" in error.to("en") or "shares that can hold together" in error.to("en")
        assert best is None
        return
    if best is None:
        assert found.status == "infeasible"
        texts = [load_goals({"standard": "made-up", "goals": [goal]}, standard, found.population) for goal in goals]
        names = [each.goals[0].text for each in texts]
        assert {frozenset(goal.text for goal in each.goals) for each in found.conflicts} == {
            frozenset(names[i] for i in each) for each in clash
        }
    else:
        assert (found.status, (found.moved, len(found.edits))) == ("optimal", best)
        assert all(each.met for each in found.standings)
