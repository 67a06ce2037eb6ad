"""The fallback where nothing exact is feasible: the engine run on seeded draws of the very same model."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult, RowState
from lsstd.engine.tree import Tree
from lsstd.robustness.chances import Model
from lsstd.robustness.outcomes import Outcome, SupposedFacts
from lsstd.robustness.uncertainty import Found


def sample(model: Model, draws: int, seed: int) -> Found:
    """Return what a number of draws found; each draw is scored, added up and graded by the engine."""
    rng = np.random.default_rng(seed)
    found = Found()
    events = sorted({event.id for event in model.events.values()})
    for _ in range(draws):
        supposed = dict(zip(events, (rng.random(len(events)) < model.chance.met).tolist(), strict=True))
        rows = {name: _drawn(model, name, supposed, rng) for name in model.rows}
        facts = SupposedFacts(model.facts, model.events, supposed)
        tree = Tree(model.standard, rows, facts.decided())
        grader = Grader(model.standard, model.readings, facts)
        grade = grader.grade(tree, "secured")
        found.scores[grader.total(tree).secured] += 1 / draws
        found.grades[grade] += 1 / draws
        found.awarded[grade if _may(model, facts, rows) else None] += 1 / draws
        for name, node in tree.nodes.items():
            found.indicators.setdefault(name, defaultdict(float))[node.score.secured] += 1 / draws
    return found


def _drawn(model: Model, name: str, supposed: dict[str, bool], rng: Any) -> CriterionResult:
    """Return a row's result as the engine would hold it, its outcome drawn."""
    chances = model.row(name, supposed)
    point, outcome = rng.random() * sum(chances.values()), Outcome(0, 0, False, False)
    for outcome, p in chances.items():  # noqa: B007
        point -= p
        if point <= 0:
            break
    state: RowState = "met" if outcome.met else "partly" if outcome.points else "unmet"
    state = state if outcome.applies else "not_applicable"
    row, points = model.standard.criteria[name], outcome.points
    left = model.rows[name].left_out
    top = row.max_score or 0
    return CriterionResult(row, state, points, points, top, None, (), False, applies=outcome.applies, left_out=left)


def _may(model: Model, facts: SupposedFacts, rows: dict[str, CriterionResult]) -> bool:
    """Whether conditions, vetoes and gates let a grade be awarded."""
    conditions = model.standard.conditions.values() if model.readings["failed_condition"] == "withhold" else ()
    tests = [test for c in conditions for test in c.tests] + [v.test for v in model.standard.vetoes.values()]
    gates = [row.state for row in rows.values() if row.criterion.max_score is None]
    passed = model.readings["unscored_row"] != "gate" or all(state == "met" for state in gates)
    return passed and all(facts.test(test).state == "met" for test in tests)
