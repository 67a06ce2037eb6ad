"""The evaluation of one assessment under one standard."""

from __future__ import annotations

from lsstd.core import bands, findings
from lsstd.core.assessment import Assessment
from lsstd.core.exact import Exact, rounded, total
from lsstd.core.facts import Facts, all_of
from lsstd.core.intake import check
from lsstd.core.profile import profile_of
from lsstd.core.result import ConditionResult, CriterionResult, Finding, Grade, IndicatorResult, Result, Score
from lsstd.core.rows import score_row
from lsstd.core.standard import Condition, Standard, Veto


def evaluate(standard: Standard, assessment: Assessment, readings: dict[str, str] | None = None) -> Result:
    """Evaluate an assessment: conditions, points at every level, grades, findings.

    Parameters
    ----------
    standard : Standard
    assessment : Assessment
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file, for example ``{"compound_rows": "all"}``.

    Returns
    -------
    Result
        Exact and immutable; ``secured`` counts what is proven, ``possible`` grants every unknown.

    Raises
    ------
    InvalidFile
        An answer or fact does not fit the standard (all problems at once).
    UnknownName
        A reading or option does not exist.
    """
    chosen = standard.choose_readings(readings)
    check(standard, assessment)
    facts = Facts(standard, assessment, chosen)
    conditions = {key: _decide(condition, facts) for key, condition in standard.conditions.items()}
    vetoes = {key: _decide(veto, facts) for key, veto in standard.vetoes.items()}
    step = standard.rounding_step
    rows = {
        key: score_row(row, assessment.answers.get(key), facts, chosen, step) for key, row in standard.criteria.items()
    }
    indicators = _add_up(standard, rows)
    score = _sum([indicators[node.id].score for node in standard.children_of[None]])
    if chosen["rounding"] == "total":
        score = Score(rounded(score.secured, step), rounded(score.possible, step), score.maximum)
    eligible = _eligible(standard, conditions)
    held = _held(chosen, vetoes, rows)
    profile = profile_of(standard, assessment)
    grade = _grade(standard, chosen, score, eligible, bool(held))
    found = (
        *findings.contradictions(standard, rows),
        *findings.between_bands(standard, chosen["between_bands"], score),
        *held,
        *facts.findings,
        *(Finding("evidence", *unproven) for unproven in (profile.unproven() if profile else ())),
    )
    return Result(
        standard, assessment, chosen, eligible, conditions, vetoes, indicators, rows, score, grade, profile, found
    )


def _decide(condition: Condition | Veto, facts: Facts) -> ConditionResult:
    """Decide a condition or veto by facts alone."""
    demands = condition.tests if isinstance(condition, Condition) else (condition.test,)
    tests = tuple(facts.test(demand) for demand in demands)
    return ConditionResult(condition, all_of([test.state for test in tests]), tests)


def _eligible(standard: Standard, conditions: dict[str, ConditionResult]) -> bool | None:
    """Return whether the subject may apply: also where nothing is asked; None while a condition is undecided.

    A standard of topics grants nothing to apply for: None.
    """
    state = all_of([found.state for found in conditions.values()])
    return {"met": True, "unmet": False, "unknown": None}[state] if standard.scored_rows else None


def _add_up(standard: Standard, rows: dict[str, CriterionResult]) -> dict[str, IndicatorResult]:
    """Add rows up to indicators, and these to the ones above them."""
    found: dict[str, IndicatorResult] = {}

    def visit(node_id: str, level: int) -> Score:
        below = [visit(child.id, level + 1) for child in standard.children_of[node_id]]
        own = [_points(rows[row.id]) for row in standard.rows_of[node_id]]
        score = _sum([*below, *own])
        found[node_id] = IndicatorResult(standard.indicators[node_id], level, score)
        return score

    for top in standard.children_of[None]:
        visit(top.id, 1)
    return {key: found[key] for key in standard.indicators if key in found}


def _points(row: CriterionResult) -> Score:
    return Score(row.secured, row.possible, row.maximum)


def _sum(scores: list[Score]) -> Score:
    """Add scores."""
    columns: list[Exact] = [
        total(getattr(score, name) for score in scores) for name in ("secured", "possible", "maximum")
    ]
    return Score(*columns)


def _held(
    readings: dict[str, str], vetoes: dict[str, ConditionResult], rows: dict[str, CriterionResult]
) -> list[Finding]:
    """Return what withholds the grade: vetoes, and gates where a row without points is read as one."""
    found = [findings.held("veto", v.condition.clause, v.condition.label, v.state) for v in vetoes.values()]
    if readings["unscored_row"] == "gate":
        gates = [row for row in rows.values() if row.criterion.max_score is None]
        found += [findings.held("gate", g.criterion.clause, g.criterion.gloss, g.state) for g in gates]
    return [finding for finding in found if finding]


def _grade(standard: Standard, readings: dict[str, str], score: Score, eligible: bool | None, held: bool) -> Grade:
    """Return the grades by score, and the one awarded."""
    completed = bands.complete(standard.bands, readings["between_bands"])
    secured, possible = (bands.grade_of(completed, points) for points in (score.secured, score.possible))
    may = eligible is True or (eligible is False and readings["failed_condition"] == "report")
    return Grade(secured, possible, secured if may and not held else None)
