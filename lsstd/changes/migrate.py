"""Carrying answers over to a reformed standard: kept, scaled, divided or joined, never silently."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lsstd.assessment.assessment import Answer, Assessment
from lsstd.engine.facts import Facts
from lsstd.engine.result import Finding
from lsstd.engine.rows import score_row
from lsstd.exact import total, whole
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import msg


def migrate_answers(assessment: Assessment, old: Standard, new: Standard) -> tuple[Assessment, tuple[Finding, ...]]:
    """Return an assessment made for a standard as the reformed standard sees it, and what had to be done to it.

    States, parts and facts are scored anew. An explicit score, range or chances on a row whose maximum changed
    keeps its share of the maximum. Where rows were split, each keeps the share of the old one; where rows were
    merged whose answers differ, their points are added.
    """
    answers: dict[str, Answer] = {key: answer for key, answer in assessment.answers.items() if key in new.topics}
    findings: list[Finding] = []
    for row in new.criteria.values():
        sources = [old.criteria[name] for name in new.sources_of(row.id)]
        given = [assessment.answers.get(source.id) for source in sources]
        if not any(given):
            continue
        if len(sources) == 1 and given[0]:
            answers[row.id] = _adapted(given[0], sources[0], row)
        else:
            answers[row.id] = _joined(assessment, old, sources, given, row)
        if answers[row.id] != given[0] and answers[row.id].form in ("state", "score", "range", "chances"):
            changed = msg(
                "Row {row}, {gloss}: its maximum changed, so the score entered keeps its share of the maximum",
                row=row.row,
                gloss=row.gloss,
            )
            findings.append(Finding("carried", row.clause, changed))
    facts = {key: entry for key, entry in assessment.facts.items() if key in new.facts}
    return assessment.model_copy(update={"answers": answers, "facts": facts}), tuple(findings)


def _adapted(answer: Answer, old: Criterion, new: Criterion) -> Answer:
    """Fit the answer to one row to the row that comes from it."""
    if answer.parts is not None:
        return answer.model_copy(update={"parts": {k: s for k, s in answer.parts.items() if k in new.parts}})
    if answer.state == "not_applicable" and not new.optional:
        return answer.model_copy(update={"state": "unknown"})
    if answer.level is not None and answer.level not in new.levels:
        answer = answer.model_copy(update={"level": None, "range": old.levels[str(answer.level)].points})
    if not old.max_score or new.max_score is None or old.max_score == new.max_score:
        return answer
    factor = Fraction(new.max_score) / old.max_score

    scaled: dict[str, Any] = {}
    if answer.score is not None:
        scaled["score"] = whole(answer.score * factor)
    if answer.range is not None:
        scaled["range"] = tuple(whole(end * factor) for end in answer.range)
    if answer.chances is not None:
        scaled["chances"] = tuple((whole(score * factor), chance) for score, chance in answer.chances)
    return answer.model_copy(update=scaled)


def _joined(
    assessment: Assessment, old: Standard, sources: list[Criterion], given: list[Answer | None], new: Criterion
) -> Answer:
    """Join the answers to several rows: one state where they agree, else the sum of their points."""
    states = {answer.state if answer else None for answer in given}
    if len(states) == 1 and None not in states:
        return Answer(state=states.pop())
    readings = old.choose_readings()
    facts = Facts(old, assessment, readings)
    answered = zip(sources, given, strict=True)
    rows = [score_row(source, answer, facts, readings, old.rounding) for source, answer in answered]
    top = total(row.maximum for row in rows)
    factor = Fraction(new.max_score or 0) / top if top else Fraction(0)
    low, high = (whole(total(values) * factor) for values in zip(*((r.secured, r.possible) for r in rows), strict=True))
    return Answer(range=(low, high))
