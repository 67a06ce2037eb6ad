"""Results beside each other: what changed, and what each change brought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lsstd.assessment.assessment import Scenario
from lsstd.engine.charted import Charted, frame_of
from lsstd.engine.result import Result
from lsstd.engine.tree import SIDES
from lsstd.exact import Exact, plain, plain_tree, total
from lsstd.standard.models import fields_of
from lsstd.words import Text

if TYPE_CHECKING:
    import pandas as pd


class RowChange(NamedTuple):
    """A row whose points differ from the baseline's."""

    criterion: str
    row: int
    gloss: Text
    before: Exact
    after: Exact
    possible_before: Exact
    possible_after: Exact

    @property
    def brought(self) -> Exact:
        """The secured points that the change of this row brought."""
        return self.after - self.before


class ComparedResult(NamedTuple):
    """One result beside the baseline.

    The total is the sum of its rows, so that what the rows brought adds up to the change of the total exactly;
    `rest` holds what rounding the total, or weights and caps above the rows, make of it (0 for plain sums).
    """

    name: str
    result: Result
    changed: tuple[RowChange, ...]
    conditions: tuple[tuple[str, str, str], ...]
    rest: Exact


@dataclass(frozen=True)
class Comparison(Charted):
    """The baseline, first, and the cases beside it."""

    cases: tuple[ComparedResult, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One line a case: score, grades, eligibility, change of the secured score."""
        before = "name secured=result.score.secured possible=result.score.possible"
        after = "grade_secured=result.grade.secured grade_possible=result.grade.possible "
        after += "grade_awarded=result.grade.awarded eligible=result.eligible"
        base = self.cases[0].result.score.secured
        return frame_of(
            {**fields_of(case, before), "change": case.result.score.secured - base, **fields_of(case, after)}
            for case in self.cases
        )

    def to_list(self) -> list[dict[str, Any]]:
        """Return the comparison as JSON holds it, the baseline first.

        >>> found = lsstd.compare("data/assessments/near_aaa.yaml", ["data/scenarios/village_and_policy.yaml"])
        >>> [case["name"] for case in found.to_list()]
        ['baseline', 'village_and_policy']
        """
        return [_in_json(case) for case in self.cases]


def compare(baseline: Result, others: Iterable[tuple[str, Result]], name: str = "baseline") -> Comparison:
    """Compare a baseline, and what it is called, with named results of the same standard or of a reform of it.

    Parameters
    ----------
    baseline : Result
    others : iterable of (str, Result)
        Named results of the same standard, or of a reform of it; rows are matched by id, and a row that only one
        side has counts as 0 on the other.
    name : str
        What the baseline is called.

    Examples
    --------
    >>> found = lsstd.compare("data/assessments/near_aaa.yaml", ["data/scenarios/village_and_policy.yaml"])
    >>> [(case.name, case.result.grade.secured) for case in found.cases]
    [('baseline', 'AA'), ('village_and_policy', 'AAA')]
    """
    first = ComparedResult(name, baseline, (), (), 0)
    return Comparison((first, *(_beside(baseline, other, result) for other, result in others)))


def _state_of(condition: str, result: Result) -> str:
    """Return a condition's state; one that is not asked stands in nobody's way."""
    return result.conditions[condition].state if condition in result.conditions else "met"


def _beside(baseline: Result, name: str, result: Result) -> ComparedResult:
    changed = tuple(_changes(baseline, result))
    asked = [key for key in {**baseline.conditions, **result.conditions} if key in result.standard.conditions]
    states = ((key, _state_of(key, baseline), _state_of(key, result)) for key in asked)
    conditions = tuple((key, old, new) for key, old, new in states if old != new)
    rest = result.score.secured - baseline.score.secured - total(change.brought for change in changed)
    return ComparedResult(name, result, changed, conditions, rest)


def _changes(baseline: Result, result: Result) -> Iterable[RowChange]:
    for key, known in {**baseline.criteria, **result.criteria}.items():
        rows = (baseline.criteria.get(key), result.criteria.get(key))
        low, high = ([getattr(row, side) if row else 0 for row in rows] for side in SIDES)
        if low[0] != low[1] or high[0] != high[1]:
            yield RowChange(key, known.criterion.row, known.criterion.gloss, *low, *high)


def _in_json(case: ComparedResult) -> dict[str, Any]:
    whole = case.result.to_dict()
    return {
        "name": case.name,
        **{key: whole[key] for key in ("score", "grade", "eligible", "disqualified")},
        "changed": [{"criterion": c.criterion, "from": plain(c.before), "to": plain(c.after)} for c in case.changed],
        "conditions": [{"condition": key, "from": before, "to": after} for key, before, after in case.conditions],
    }


def meeting(result: Result, rows: Iterable[str], name: str) -> Scenario:
    """Return the named scenario in which some rows, by id, are met, with the facts that their thresholds ask for."""
    wanted = list(rows)
    short = [part.test for row in wanted for part in result.criteria[row].parts if part.test]
    facts = {test.fact: plain_tree(test.required) for test in short if test.state == "unmet"}
    answers = {row: {"state": "met"} for row in wanted}
    return Scenario.model_validate({"scenario": name, "answers": answers, "facts": facts})
