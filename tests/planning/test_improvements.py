"""What changes bring, on random assessments: the same as the engine finds, whatever the answers and readings."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lsstd import evaluate, load_standard
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.planning.improvements import Improvements, gains_of
from lsstd.standard.scoring_table import Criterion

STANDARD = load_standard("hlj-base-evaluation")
STATES = ("met", "unmet", "unknown")
CHOSEN = ("compound_rows", "bonus", "missed_threshold", "recommended_rows", "same_quantity")


def answered(row: Criterion, rng: random.Random) -> Any:
    """Answer a row in one of all the ways in which it can be."""
    top = float(row.max_score or 0)
    if row.max_score is None:
        return rng.choice(STATES)
    forms: list[Any] = [
        *STATES,
        {"score": top / 2},
        {"score": top},
        {"range": [0, top]},
        {"chances": [[0, 0.5], [top, 0.5]]},
    ]
    forms += [{"parts": {part: rng.choice(STATES) for part in row.parts}}] * 3 if row.parts else []
    return rng.choice(forms)


def made_up(rng: random.Random) -> Assessment:
    """Make up an assessment: answers of every form, facts at, below and above the lines, or not given."""
    facts: dict[str, Any] = {}
    for _, test in STANDARD.tests():
        if rng.random() < 0.7:
            line = test.value
            facts[test.fact] = line if isinstance(line, bool) else int(line) + rng.choice([-1, 0, 2])
    if rng.random() < 0.5:
        facts |= {"years_in_operation": None, "opened": rng.choice(["2021-05", "2024-03-15"])}
    answers = {row.id: answered(row, rng) for row in STANDARD.criteria.values() if rng.random() < 0.9}
    value = {"standard": STANDARD.standard, "as_of": "2024-12-31", "facts": facts, "answers": answers}
    return parse_assessment(STANDARD, value)


# Any changes together bring exactly what was told of them; all together mend every condition and fill every row.
@pytest.mark.parametrize("seed", range(40))
def test_changes_bring_what_is_told(seed: int) -> None:
    rng = random.Random(seed)
    readings = {key: rng.choice(STANDARD.options_of(key)) for key in CHOSEN} if seed % 2 else {}
    result = evaluate(STANDARD, made_up(rng), readings)
    found = Improvements(result)
    gains = gains_of(found, [(change,) for change in found.changes], "AAA", result.readings)
    assert gains is not None
    for share in (0.2, 0.5, 0.8, 1):
        some = [i for i in range(len(found.changes)) if rng.random() < share]
        after = found.after([found.changes[i] for i in some])
        assert gains.base + gains.of(some) == after.score.secured * gains.step
    full = found.after(found.changes)
    assert full.eligible
    assert all(row.secured == row.maximum for row in full.criteria.values() if row.applies and row.criterion.max_score)
