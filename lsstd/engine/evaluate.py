"""The evaluation of one assessment under one standard."""

from __future__ import annotations

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check
from lsstd.engine import findings
from lsstd.engine.facts import Facts, all_of
from lsstd.engine.grading import Grader
from lsstd.engine.profile import profile_of
from lsstd.engine.result import ConditionResult, CriterionResult, Finding, Grade, Result
from lsstd.engine.rows import score_row
from lsstd.engine.tree import Tree
from lsstd.standard.standard import Condition, Standard, Veto


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
    conditions = {key: decide(condition, facts) for key, condition in standard.conditions.items()}
    vetoes = {key: decide(veto, facts) for key, veto in standard.vetoes.items()}
    step = standard.rounding_step
    rows = {
        key: score_row(row, assessment.answers.get(key), facts, chosen, step) for key, row in standard.criteria.items()
    }
    tree = Tree(standard, rows, facts.decided())
    grader = Grader(standard, chosen, facts)
    score = grader.total(tree)
    eligible = eligible_under(standard, conditions)
    held = held_by(chosen, vetoes, rows)
    profile = profile_of(standard, assessment)
    secured, possible = grader.grade(tree, "secured"), grader.grade(tree, "possible")
    grade = Grade(secured, possible, award(chosen, secured, eligible, held))
    found = (
        *findings.contradictions(standard, rows),
        *findings.between_bands(standard, chosen["between_bands"], score),
        *grader.missed(tree),
        *held,
        *facts.findings,
        *(Finding("evidence", *unproven) for unproven in (profile.unproven() if profile else ())),
        *findings.expired(standard, assessment),
    )
    decided = (eligible, conditions, vetoes, tree.nodes, rows)
    return Result(standard, assessment, chosen, *decided, score, grade, grader.tables(tree), profile, found)


def decide(condition: Condition | Veto, facts: Facts) -> ConditionResult:
    """Decide a condition or veto by facts alone."""
    demands = condition.tests if isinstance(condition, Condition) else (condition.test,)
    tests = tuple(facts.test(demand) for demand in demands)
    return ConditionResult(condition, all_of([test.state for test in tests]), tests)


def eligible_under(standard: Standard, conditions: dict[str, ConditionResult]) -> bool | None:
    """Return whether the subject may apply: also where nothing is asked; None while a condition is undecided.

    A standard of topics grants nothing to apply for: None.
    """
    state = all_of([found.state for found in conditions.values()])
    return {"met": True, "unmet": False, "unknown": None}[state] if standard.scored_rows else None


def held_by(
    readings: dict[str, str], vetoes: dict[str, ConditionResult], rows: dict[str, CriterionResult]
) -> list[Finding]:
    """Return what withholds the grade: vetoes, and gates where a row without points is read as one."""
    found = [findings.held("veto", v.condition.clause, v.condition.label, v.state) for v in vetoes.values()]
    if readings["unscored_row"] == "gate":
        gates = [row for row in rows.values() if row.criterion.max_score is None]
        found += [findings.held("gate", g.criterion.clause, g.criterion.gloss, g.state) for g in gates]
    return [finding for finding in found if finding]


def award(readings: dict[str, str], grade: str | None, eligible: bool | None, held: list[Finding]) -> str | None:
    """Return the grade where it can be awarded, else None."""
    may = eligible is True or (eligible is False and readings["failed_condition"] == "report")
    return grade if may and not held else None
