"""The smallest reform that reaches goals, against trying every reform; its verdicts, refusals and files."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import chain, combinations, pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from command_line import Outcome

import lsstd as package
from lsstd import LsstdError, Population, Standard, design, load_population, load_standard
from lsstd.planning import design_classes
from lsstd.planning.design_classes import see
from lsstd.planning.design_goals import load_goals
from lsstd.planning.design_result import Design
from lsstd.population.partitions import Partitions
from lsstd.population.synthetic import load_assumptions, synthetic

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
            assert upper
            assert lower
            assert bands[high].lower
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


def found_for(
    standard: Standard,
    frame: pd.DataFrame | Partitions,
    goals: list[dict[str, Any]],
    readings: dict[str, str] | None = None,
    **more: Any,
) -> Design | None:
    """Return the design; None where the goals are refused, since no numbers at all satisfy them."""
    values = {"standard": standard.standard, "goals": goals, **more}
    try:
        return design(frame, standard, values, readings, refits=0, time_limit=20)
    except LsstdError as error:
        if "shares that can hold together" not in error.to("en"):
            raise
        return None


# ── the same optimum as trying every reform ───────────────────────────────────────────────────────────────────────────


# Trying every reform of lines, of rows, or of both finds nothing smaller, and the same goals that exclude each other.
@pytest.mark.parametrize("may", [["lines"], ["criteria"], ["lines", "criteria"]], ids="-".join)
@pytest.mark.parametrize("seed", range(6))
def test_the_design_is_the_smallest_of_all_reforms(seed: int, may: list[str]) -> None:
    rng = random.Random(seed)
    standard, frame = made_up(rng)
    goals, cap = some_goals(rng, rng.randint(1, 3)), 3 if may == ["lines"] else 2
    step = {"step": {"points": 2}, "cap": {"points": 4, "lines": cap}, "may_change": may}
    judge = Judge(standard, frame, goals)
    best, clash = smallest(judge, cap, 4, may)
    if (found := found_for(standard, frame, goals, **step)) is None:
        assert best is None
    elif best is None:
        assert found.status == "infeasible"
        texts = [load_goals({"standard": "made-up", "goals": [goal]}, standard) for goal in goals]
        names = [each.goals[0].text for each in texts]
        assert {frozenset(goal.text for goal in each.goals) for each in found.conflicts} == {
            frozenset(names[i] for i in each) for each in clash
        }
    else:
        assert (found.status, (found.moved, len(found.edits))) == ("optimal", best)
        assert all(each.met for each in found.standings)


def places_of(frame: pd.DataFrame, standard: Standard, readings: dict[str, str]) -> list[int]:
    """Return each subject's place among the grades, according to the table of scores."""
    grades = package.score(frame, standard, readings)["grade"]
    return [GRADES.index(grade) if isinstance(grade, str) else len(GRADES) for grade in grades]


# So are those under readings that leave gaps or round totals, with further demands, and with a table that decides.
@pytest.mark.parametrize("readings", [{"between_bands": "none"}, {"rounding": "total", "between_bands": "nearest"}])
@pytest.mark.parametrize("kind", ["requires", "table"])
@pytest.mark.parametrize("seed", range(3))
def test_lines_where_grades_ask_for_more(seed: int, kind: str, readings: dict[str, str]) -> None:
    rng = random.Random(seed)
    plain, frame = made_up(rng)
    goals, values = some_goals(rng, 2), json.loads(json.dumps(plain.in_file, default=float))
    if kind == "requires":
        values["bands"][0]["requires"] = [{"criteria": ["row_0"], "met": 1}]
        values["bands"][1]["requires"] = [{"criteria": ["row_1"], "met": 1}]
    else:
        half = int(plain.maximum) // 2
        bands = [{"grade": "silver", "lower": half}, {"grade": "bronze", "upper": {"value": half, "closed": False}}]
        values["tables"] = {"extra": {"label": "x", "indicator": "all", "decides": True, "bands": bands}}
    standard = Standard.model_validate(values)
    found = found_for(standard, frame, goals, readings, may_change=["lines"], cap={"lines": 2})
    if found is None:
        return
    judge, tried = Judge(standard, frame, goals), []
    judge.before = places_of(frame, standard, readings)
    for shift in product(range(-2, 3), repeat=3):
        lines = {
            f"lines.{b.grade}": float(b.lower.value) + by
            for b, by in zip(standard.bands, shift, strict=True)
            if b.lower
        }
        reform = package.Reform.model_validate({"reform": "x", "standard": "made-up", "changes": lines})
        try:
            places = places_of(frame, reform.apply(standard), readings)
        except LsstdError:
            continue
        missed = sum(judge.missed(goal, places) for goal in goals)
        tried.append((missed * found.denominator, sum(map(abs, shift)), sum(map(bool, shift))))
    assert min((each.missed, each.moved, each.edits) for each in found.curve) == min(tried)


# All combinations of thresholds are counted as the conditions themselves are, blanks for certain and at best.
@pytest.mark.parametrize("seed", range(3))
def test_thresholds_are_counted_as_conditions_are(seed: int) -> None:
    rng = random.Random(seed)
    facts = {"rooms": [rng.choice([None, *range(6, 14)]) for _ in range(20)],
             "open": [rng.random() < 0.8 for _ in range(20)],
             "noise": [rng.choice([None, *range(20, 60, 5)]) for _ in range(20)]}  # fmt: skip
    tests = [{"fact": "rooms", "operator": ">=", "value": 10}, {"fact": "open", "operator": "==", "value": True}]
    quiet = [{"fact": "noise", "operator": "<", "value": 40}]
    conditions = {"c": {"clause": "1", "text": "t", "tests": tests}, "d": {"clause": "2", "text": "t", "tests": quiet}}
    kinds = {"rooms": "count", "open": "boolean", "noise": "number"}
    values = {"standard": "made-up", "edition": "1", "title": "t", "conditions": conditions,
              "indicators": {"all": {"name": "all"}},
              "criteria": {"row": {"clause": "1", "text": "t", "indicator": "all", "max_score": 5}},
              "facts": {name: {"kind": kind, "label": name} for name, kind in kinds.items()}}  # fmt: skip
    standard = Standard.model_validate(values)
    frame = pd.DataFrame({"id": [f"s{i}" for i in range(20)], **facts})
    share = rng.choice([0.3, 0.5, 0.6])
    goals = [{"eligible": True, "share": {rng.choice(["at_least", "at_most"]): share}}]
    found = design(frame, standard, {"standard": "made-up", "goals": goals})
    best = []
    for rooms, noise in product(range(5, 16), range(30, 51, 2)):
        bases = list(zip(facts["rooms"], facts["open"], facts["noise"], strict=True))
        sure = [r is not None and n is not None and r >= rooms and o and n < noise for r, o, n in bases]
        maybe = [(r is None or r >= rooms) and o and (n is None or n < noise) for r, o, n in bases]
        short = math.ceil(share * 20) - sum(sure) if "at_least" in goals[0]["share"] else sum(maybe) - int(share * 20)  # type: ignore[operator]
        best.append((max(0, short), abs(rooms - 10) + abs(noise - 40) // 2))
    assert (found.standings[0].short_by, found.steps) == min(best)
    assert found.status == ("optimal" if not min(best)[0] else "infeasible")
    assert len(found.conflicts) == (1 if min(best)[0] else 0)


# ── one file, as a drafter uses it ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def example() -> Design:
    return design(POPULATION, "hlj-base-evaluation", GOALS, refits=2)


# The example's reform moves lines and rows together: smaller than either alone, as the curve of each shows.
def test_the_example_is_proved(example: Design) -> None:
    assert (example.status, example.moved, len(example.edits), example.bound) == ("optimal", 20, 6, 20)
    least = {family: min(c.missed for c in example.curve if c.family == family) for family in ("lines", "rows")}
    assert least == {"lines": 2, "rows": 0}
    assert all(point.proved for point in example.curve)
    falling = [point.missed for point in example.curve if point.family == "rows"]
    assert falling == sorted(falling, reverse=True)


# The reform is written as a file that impact takes unchanged, and counts what the design says.
def test_the_reform_is_taken_by_impact(lsstd: Callable[..., Outcome], tmp_path: Path, example: Design) -> None:
    out = tmp_path / "reform.yaml"
    asked = ("design", GOALS, "--population", POPULATION, "--refits", "0", "-o", out, "--json")
    found = json.loads(lsstd(*asked).out)
    assert yaml.safe_load(out.read_text(encoding="utf-8")) == found["reform"] == example.reform_values
    impact = json.loads(lsstd("impact", out, "--population", POPULATION, "--json").out)
    assert impact == found["impact"]
    assert found["goals"][0] == {
        "name": "AAAA：至多 10%", "hard": False, "asked": {"at_most": 0.1}, "before": 10 / 60,
        "after": 0.1, "met": True, "short_by": 0, "witnesses": [],
    }  # fmt: skip
    assert {point["family"] for point in found["curve"]} == {"lines", "rows", "conditions"}
    assert len(found["population"]["sha256"]) == 64


# Goals that no reform reaches together are named with those who pin them and what each must yield; nothing is written.
def test_a_conflict_is_named_and_nothing_written(lsstd: Callable[..., Outcome], tmp_path: Path) -> None:
    goals = {
        "standard": "hlj-base-evaluation",
        "goals": [{"grade": "AAAA", "share": {"at_most": 0.05}}, {"nobody": "loses_grade", "hard": True}],
        "may_change": ["lines"],
    }
    path, out = tmp_path / "goals.yaml", tmp_path / "reform.yaml"
    path.write_text(json.dumps(goals), encoding="utf-8")
    told = lsstd("design", path, "--population", POPULATION, "-o", out, "--json", "--lang", "en")
    found = json.loads(told.out)
    assert (told.status, out.exists(), found["status"], found["bound"]) == (1, False, "infeasible", None)
    (conflict,) = found["conflicts"]
    assert conflict["goals"] == ["AAAA: at most 5%", "nobody drops a grade"]
    assert conflict["give_up"] == ["AAAA: at most 5%"]
    assert len(conflict["witnesses"]) >= 7
    assert found["edits"] == []  # the hard goal is not broken to come closer to the other
    assert lsstd("design", path, "--population", POPULATION, "--json").status == 0
    goals["goals"][0]["hard"] = True  # type: ignore[index]
    path.write_text(json.dumps(goals), encoding="utf-8")
    told = lsstd("design", path, "--population", POPULATION, "--json", "--lang", "en")
    assert json.loads(told.out)["conflicts"][0]["give_up"] == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "grade": ({"goals": [{"grade": "AAAAA", "share": {"at_most": 0.1}}]}, "did you mean AAAA"),
    "group": ({"goals": [{"nobody": "drops", "group": {"rural": "x"}}]}, "one of region, size"),
    "column": ({"goals": [{"nobody": "drops", "group": {"rural": "x"}}]}, "no column 'group.rural'"),
    "value": ({"goals": [{"nobody": "drops", "group": {"region": "北京"}}]}, "绥化"),
    "path": ({"may_change": ["lines.B"]}, "did you mean lines.A"),
    "total": ({"keep": {"total": 505}}, "500, the total"),
    "form": ({"goals": [{"grade": "A"}]}, "exactly one of: grade with share"),
    "ends": ({"goals": [{"grade": "A", "share": {"at_least": 0.5, "at_most": 0.4}}]}, "no larger than at_most"),
    "clash": ({"goals": [{"grade": "AAA", "or_better": True, "share": {"at_least": 0.5}},
                         {"grade": "AA", "or_better": True, "share": {"at_most": 0.4}}]}, "goals.0 ↔ goals.1"),
    "sum": ({"goals": [{"grade": "AAA", "share": {"at_least": 0.6}}, {"grade": "AA", "share": {"at_least": 0.5}}]},
            "shares that can hold together"),
    "standard": ({"standard": "made-up-studio"}, "hlj-base-evaluation"),
    "none": ({"goals": []}, "1 to 50 goals"),
    "step": ({"step": {"conditions": {"area": 5}}}, "unknown key conditions"),
}  # fmt: skip


# What does not exist or contradicts itself is refused, with its place and what would be right; nothing is written.
@pytest.mark.parametrize("name", WRONG)
def test_wrong_goals_are_refused(lsstd: Callable[..., Outcome], tmp_path: Path, name: str) -> None:
    changed, expected = WRONG[name]
    plain = {"standard": "hlj-base-evaluation", "goals": [{"nobody": "drops"}], **changed}
    path, out = tmp_path / "goals.yaml", tmp_path / "reform.yaml"
    path.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    told = lsstd(
        "design", path, "--population", POPULATION, "--standard", "hlj-base-evaluation", "-o", out, "--lang", "en"
    )
    assert (told.status, told.out, out.exists()) == (1, "", False)
    assert expected in told.err


# Out of time, what was found is told with its bound, and the limit with it; a population of nobody is refused.
def test_a_time_limit_is_told() -> None:
    goals = {
        "standard": "hlj-base-evaluation",
        "goals": [{"grade": "AAAA", "share": {"at_most": 0.03}}],
        "may_change": ["criteria"],
    }
    found = design(POPULATION, "hlj-base-evaluation", goals, time_limit=0.001, refits=0)
    assert found.status in ("best_found", "unknown")
    assert found.bound is not None
    assert found.to_dict()["time_limit"] == 0.001
    nobody = pd.read_csv(POPULATION).head(0)
    with pytest.raises(LsstdError):
        design(nobody, "hlj-base-evaluation", goals)


# Standards that are more than sums work as well: lines exactly; rows' points stay, and a note says so.
def test_another_standard() -> None:
    rows = {"id": ["a", "b", "c", "d"], "licensed": [1] * 4, "months_open": [9] * 4, "noise_db": [40, 50, 60, 45],
            "complaints": [0, 1, 0, 2], "content": [25, 20, 22, 18], "certified_hosts": [6] * 4,
            "hosts": [8] * 4}  # fmt: skip
    parts = (
        "room.soundproof",
        "room.lighting",
        "room.backup_power",
        "safety.extinguisher",
        "safety.exit_signs",
        "safety.first_aid",
    )
    frame = pd.DataFrame({**rows, **dict.fromkeys(parts, 1)})
    goals = {"standard": "made-up-studio", "goals": [{"grade": "三星", "share": {"at_least": 0.75}}]}
    found = design(frame, STUDIO, goals, refits=0)
    assert (found.status, found.standings[0].after) == ("best_found", Fraction(3, 4))
    alone = design(frame, STUDIO, {**goals, "may_change": ["lines"]}, refits=0)
    assert (alone.status, alone.edits[0].path, alone.standings[0].after) == ("optimal", "lines.三星", Fraction(3, 4))
    assert alone.moved == found.moved
    assert [note.en.startswith("Rows' points were not moved") for note in found.notes] == [True]


# The page is written in every format.
@pytest.mark.parametrize("ending", ["html", "docx", "xlsx"])
def test_the_page_is_written(lsstd: Callable[..., Outcome], tmp_path: Path, ending: str) -> None:
    path, out = tmp_path / "goals.yaml", tmp_path / f"design.{ending}"
    goals = {"standard": "hlj-base-evaluation", "goals": [{"grade": "AAAA", "share": {"at_most": 0.1}}]}
    path.write_text(json.dumps({**goals, "may_change": ["lines"]}), encoding="utf-8")
    told = lsstd("design", path, "--population", POPULATION, "-o", out)
    assert (told.status, told.out) == (0, "")
    assert out.stat().st_size > 5000


# The chart names the families, and the notebook shows the page.
def test_the_chart_and_the_page(example: Design) -> None:
    texts = [text.get_text() for text in example.plot(lang="en").get_legend().get_texts()]  # type: ignore[union-attr]
    assert texts == ["lines alone", "rows' points alone", "conditions (in steps)", "the reform"]
    assert "最小调整方案" in example._repr_html_()
    assert example.table["met"].all()


# ── a population in parts ─────────────────────────────────────────────────────────────────────────────────────────────

NONE_LOSES = [{"nobody": "drops", "by": 2}, {"nobody": "loses_grade", "group": {"size": "small"}}]
GRADED = [{"grade": "AAAA", "share": {"at_most": 0.1}}, {"grade": "AA", "share": {"at_least": 0.25}}, *NONE_LOSES]
ENTERED = [{"eligible": True, "share": {"at_least": 0.45}}, {"nobody": "loses_eligibility", "group": {"size": "small"}}]
SOME_ROWS = ["criteria.*_r*.max_score", "criteria.*train*.max_score"]
CASES: dict[str, dict[str, Any]] = {
    "lines": {"goals": GRADED[:3], "may_change": ["lines"]},
    "rows": {"goals": [{"grade": "AAAA", "share": {"at_most": 0.22}}], "may_change": SOME_ROWS},
    "conditions": {"goals": ENTERED, "may_change": ["conditions"]},
    "both": {"goals": [*GRADED[:1], *ENTERED], "may_change": ["lines", "conditions"]},
    "conflict": {"goals": [{"grade": "AAAA", "share": {"at_most": 0.02}}, *NONE_LOSES], "may_change": ["lines"]},
}


def parts_of(standard: Standard, frame: pd.DataFrame, counts: Sequence[int]) -> Partitions:
    """Return a table in parts of these lengths, each checked separately as if it were a file."""
    ends = np.cumsum(counts)
    frames = [frame.iloc[end - count : end].reset_index(drop=True) for count, end in zip(counts, ends, strict=True)]
    return Partitions(standard, tuple(partial(_loaded, standard, each) for each in frames))


def _loaded(standard: Standard, frame: pd.DataFrame) -> Population:
    if not len(frame):  # a partition of a data frame may be empty
        return load_population(pd.DataFrame({"id": ["x"]}), standard).part([])
    return replace(load_population(frame, standard), notes=())  # notes are those of the whole


def uneven(count: int, parts: int, rng: random.Random) -> list[int]:
    """Return the sizes of so many parts of a whole, some of which may be empty."""
    ends = [0, *sorted(rng.randint(0, count) for _ in range(parts - 1)), count]
    return [end - start for start, end in pairwise(ends)]


def told(found: Design) -> dict[str, Any]:
    """Return the JSON of a design; subjects that its impact moves equally are listed in the order of the table."""
    document = found.to_dict()
    document["impact"]["movers"].sort(key=lambda mover: mover["id"])
    return document


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    standard = load_standard("hlj-base-evaluation")
    frame = synthetic(load_assumptions("data/populations/assumptions.yaml", standard), standard, 120, 3).frame.copy()
    weights = [0.25, 0.3, 1, 2.5, 0]
    frame = frame.assign(weight=[weights[i % 5] for i in range(len(frame))])
    frame.loc[frame.index % 11 == 0, "office_area"] = np.nan
    return frame.sort_values("group.size").reset_index(drop=True)  # so that some parts lack a group


# Parts of any size, some empty, in any order, with weights whose decimals differ: the same JSON as in memory.
@pytest.mark.parametrize("name", CASES)
def test_a_design_does_not_depend_on_the_cut(name: str, people: pd.DataFrame) -> None:
    standard, rng = load_standard("hlj-base-evaluation"), random.Random(name)
    goals = {"standard": standard.standard, **CASES[name]}
    wanted = told(design(people, standard, goals, refits=3, time_limit=60))
    assert wanted["status"] == ("infeasible" if name == "conflict" else "optimal")
    for parts in (2, 7):
        frame = people.sample(frac=1, random_state=parts) if parts == 7 else people
        found = design(parts_of(standard, frame, uneven(120, parts, rng)), standard, goals, refits=3, time_limit=60)
        assert told(found) == wanted


# The same holds for small made-up standards, plain or with demands and gaps, with ties in every total.
@pytest.mark.parametrize("seed", range(12))
def test_small_designs_do_not_depend_on_the_cut(seed: int) -> None:
    rng = random.Random(100 + seed)
    standard, frame = made_up(rng)
    goals, readings = some_goals(rng, 2), {}
    if seed % 3 == 0:
        values = json.loads(json.dumps(standard.in_file, default=float))
        values["bands"][0]["requires"] = [{"criteria": ["row_0"], "met": 1}]
        standard, readings = Standard.model_validate(values), {"between_bands": "none"}
    may = [["lines"], ["criteria"], ["lines", "criteria"]][seed % 3 if seed % 2 else 0]
    more = {"step": {"points": 2}, "cap": {"points": 2, "lines": 2}, "may_change": may}
    whole = found_for(standard, frame, goals, readings, **more)
    shuffled = frame.sample(frac=1, random_state=seed)
    parts = parts_of(standard, shuffled, uneven(len(frame), 4, rng))
    cut = found_for(standard, parts, goals, readings, **more)
    assert (whole and told(whole)) == (cut and told(cut))


# Weights with nine decimals are counted exactly, beyond 64 bits where one goal outweighs the others.
def test_large_weights_are_counted_exactly(people: pd.DataFrame) -> None:
    goals = {"standard": "hlj-base-evaluation", **CASES["conflict"]}
    heavy = people.assign(weight=[1000.000000001 + 3 * i for i in range(len(people))])
    found = design(heavy, "hlj-base-evaluation", goals)
    assert (found.status, found.denominator) == ("infeasible", 10**9)
    weights = [Fraction(str(weight)) for weight in heavy["weight"]]
    grades = package.score(heavy, "hlj-base-evaluation")["grade"]
    counted = sum(weight for weight, grade in zip(weights, grades, strict=True) if grade == "AAAA")
    assert found.standings[0].before == counted / sum(weights)
    with pytest.raises(LsstdError) as refused:
        design(people.assign(weight=[1e-9, *[1e8] * 119]), "hlj-base-evaluation", goals)
    assert "weights in units of 1/1000000000; expected: fewer decimals" in refused.value.to("en")


# The fingerprint of a population depends on its content alone, not on the types or the order of its columns.
def test_the_fingerprint_is_of_what_a_table_holds(people: pd.DataFrame) -> None:
    standard = load_standard("hlj-base-evaluation")
    goals = load_goals({"standard": standard.standard, **CASES["lines"]}, standard)
    floats = people.astype(dict.fromkeys(people.select_dtypes("number"), float))
    tables = people, floats[sorted(floats)][::-1], people.assign(live_rooms=people["live_rooms"] + 1)
    populations = (load_population(table, standard) for table in tables)
    one, same, other = (see(each, standard, goals, standard.choose_readings()).sha256 for each in populations)
    assert one == same != other


# What is too large to search is refused before memory runs out, with the limit and a way out; so are weights of 0.
def test_too_much_and_nothing_are_refused(
    people: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    goals, path = {"standard": "hlj-base-evaluation", **CASES["rows"]}, tmp_path / "weightless.csv"
    people.assign(weight=0).to_csv(path, index=False)
    for population in (path, people.assign(weight=0)):
        with pytest.raises(LsstdError) as refused:
            design(population, "hlj-base-evaluation", goals)
        assert "weight: 0 for every subject; expected: a weight above 0" in refused.value.to("en")
    monkeypatch.setattr(design_classes, "MOST_CELLS", 1000)
    with pytest.raises(LsstdError) as refused:
        design(people, "hlj-base-evaluation", goals)
    found = "120 classes of subjects under 13 rows; expected: at most 76: fewer rows or conditions"
    assert found in refused.value.to("en")


# Goals that nothing in may_change can affect are named beside the verdict.
@pytest.mark.parametrize(
    ("goal", "may", "cause"),
    [
        ({"grade": "AAAA", "share": {"at_most": 0.05}}, "conditions", "These goals depend on lines and points"),
        ({"eligible": True, "share": {"at_least": 0.99}}, "lines", "These goals depend on numbers in conditions"),
    ],
)
def test_goals_that_nothing_may_move_are_told(goal: dict[str, Any], may: str, cause: str) -> None:
    goals = {"standard": "hlj-base-evaluation", "goals": [goal], "may_change": [may]}
    found = design(POPULATION, "hlj-base-evaluation", goals, refits=0)
    assert found.status == "infeasible"
    assert [text.en.startswith(cause) for text in found.causes] == [True]
    assert found.to_dict("en")["notes"][0].startswith(cause)
    freer = design(POPULATION, "hlj-base-evaluation", {**goals, "may_change": ["lines", "conditions"]}, refits=0)
    assert not freer.causes
