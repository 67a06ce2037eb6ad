"""Measurements of designs: the frontier of lines, all combinations of thresholds, the proven curve of rows' points."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import numpy as np
from bench_population import STANDARD, ratio, rounds, told

from lsstd.files.places import data
from lsstd.planning.design import design
from lsstd.planning.design_aims import Scene, scene_of
from lsstd.planning.design_goals import load_goals
from lsstd.planning.line_frontier import LineSearch
from lsstd.planning.row_points import RowSearch, rows_of
from lsstd.planning.thresholds import thresholds_of
from lsstd.population.population import Population
from lsstd.population.synthetic import load_assumptions, synthetic

NONE_LOSES = [{"nobody": "drops", "by": 2}, {"nobody": "loses_grade", "group": {"size": "small"}}]


def people(count: int) -> Population:
    return synthetic(load_assumptions(data() / "populations" / "assumptions.yaml", STANDARD), STANDARD, count, 7)


def scene(population: Population, goals: list[dict[str, Any]], rows: bool = False, **more: Any) -> Scene:
    asked = load_goals({"standard": STANDARD.standard, "goals": goals, **more}, STANDARD, population)
    names = [row.id for row in STANDARD.scored_rows] if rows else []
    return scene_of(population, STANDARD, asked, STANDARD.choose_readings(), names)[0]


def line_frontier() -> None:
    """The frontier of four lines, each within 50 points, for 20,000 bases, against scoring each combination."""
    shares = [{"grade": "AAAA", "share": {"at_most": 0.12}}, {"grade": "AA", "share": {"at_least": 0.25}}]
    seen = scene(people(20_000), [*shares, *NONE_LOSES])
    search = LineSearch(seen)
    some = [np.array(edges) for edges in product((5401, 5411), (4812, 4822), (4212, 4222), (3600, 3610))]

    def naive() -> None:
        for edges in some:
            place = sum((seen.total < edge).astype(np.int8) for edge in edges)
            [aim.missed(aim.count(place)) for aim in seen.aims]

    times = rounds({"lsstd": lambda: LineSearch(seen).frontier(), "naive": naive})
    every = np.prod([len(line.values) for line in search.lines], dtype=float) / len(some)
    told("20,000 bases: the whole frontier", times["lsstd"], "aim ≤ 150 ms (a prototype's 50, times three)")
    faster = ratio(times, "naive", "lsstd", every)
    told(
        f"{every * len(some):.2g} combinations, one by one",
        [each * every for each in times["naive"]],
        f"{faster:.1g} ×",
    )


def thresholds() -> None:
    """All combinations of six thresholds for 20,000 bases and three goals, against counting them one by one."""
    population = people(20_000)
    goals = [{"eligible": True, "share": {"at_least": 0.5}}, {"nobody": "loses_eligibility"},
             {"eligible": True, "group": {"size": "small"}, "share": {"at_least": 0.2}}]  # fmt: skip
    seen = scene(population, goals)
    count = thresholds_of(seen, population).missed().size
    columns = population.columns
    facts = ("years_in_operation", "office_area", "ecommerce_firms", "live_rooms", "signed_anchors")

    def one() -> None:
        np.logical_and.reduce([columns[fact] >= 10 for fact in (*facts, "online_retail_10k_yuan")]).sum()

    times = rounds({"lsstd": lambda: thresholds_of(seen, population), "one": one})
    told(
        f"{count:,} combinations, 3 goals",
        times["lsstd"],
        f"per million {1e9 * np.median(times['lsstd']) / count:.0f} ms",
    )
    faster = ratio(times, "one", "lsstd", count)
    told("counted one by one", [each * count for each in times["one"]], f"lsstd is {faster:.2g} × faster")


def row_points() -> None:
    """Rows' points within ± 10: the whole curve proven for 300 bases; for 2,000 the best found, with its bound."""
    for count, share, limit in ((300, 0.15, 60.0), (2000, 0.15, 20.0)):
        goals = [{"grade": "AAAA", "share": {"at_most": share}}, *NONE_LOSES]
        seen = scene(people(count), goals, rows=True, cap={"points": 10})
        start = time.perf_counter()
        curve, excluded = RowSearch(seen, rows_of(seen)).frontier(limit)
        took = time.perf_counter() - start
        steps = ", ".join(f"{float(c.moved):g}: {c.missed}{'' if c.proved else ' (not proved)'}" for c in curve)
        told(
            f"{count} bases, AAAA at most {share:.0%}", [took], f"points: bases short {steps}; ruled out to {excluded}"
        )


def whole_design() -> None:
    """All that `lsstd design` tells of the example, with and without refits."""
    population = people(60)
    for refits in (0, 20):
        start = time.perf_counter()
        found = design(population, STANDARD, data() / "goals" / "fewer_aaaa.yaml", refits=refits)
        told(f"lsstd.design, {refits} refits", [time.perf_counter() - start], found.status)


sections = (line_frontier, thresholds, row_points, whole_design)
