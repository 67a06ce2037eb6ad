"""The result in one sentence, and under what it was computed."""

from __future__ import annotations

import lsstd
from lsstd.engine.profile import Profile
from lsstd.engine.result import CriterionResult, Result
from lsstd.exact import shown
from lsstd.standard.bands import Distance
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, beside, in_turn, join, msg, msg_in, noted, quoted


def verdict(result: Result) -> Text:
    """Tell score, grade, what keeps it from being awarded, and the way to the next one."""
    if result.profile:
        return profile_verdict(result.standard, result.profile)
    asks_more = any(finding.code == "demand" for finding in result.findings)
    asked = msg("by points it would be higher, but that grade asks for more") if asks_more else None
    parts = [_score(result), asked, _award(result), None if asked else _next(result.distance_up)]
    return msg("{parts}.", parts=in_turn((part for part in parts if part is not None), len(parts)))


def profile_verdict(standard: Standard, profile: Profile) -> Text:
    """Tell a profile: how many topics, the median, the weakest; never a grade."""
    if profile.median is None:
        return msg("No topic is answered yet; non-normative, without a grade.")
    weakest = join(standard.topics[topic].label for topic in profile.weakest)
    count, asked, middle, least = len(profile.levels), len(profile.topics), shown(profile.median), min(profile.levels)
    proven = profile.proven
    return msg(
        "{count} of {asked} topics answered: median level {middle}, weakest at {least}: {weakest}; {proven} have "
        "evidence of the last 12 months (median {proven_middle}); non-normative, without a grade.",
        count=count,
        asked=asked,
        middle=middle,
        least=least,
        weakest=weakest,
        proven=len(proven.levels),
        proven_middle=shown(proven.median),
    )


def _score(result: Result) -> Text:
    secured, possible, top = (shown(n) for n in (result.score.secured, result.score.possible, result.score.maximum))
    if not result.standard.grades:
        return _points(secured, possible, top)
    below = result.standard.below
    none = below or msg("no grade")
    grades = (result.grade.secured, result.grade.possible)
    now, then = (none if grade is None else named_grade(grade) for grade in grades)
    if secured == possible:
        return msg("{secured} of {top} points, {now}", secured=secured, top=top, now=now)
    if grades == (None, None):
        then = msg("still {below}", below=below) if below else msg("still no grade")
    return msg(
        "{secured} of {top} points are secured, {now}; with every unknown granted {possible}, {then}",
        secured=secured,
        top=top,
        now=now,
        possible=possible,
        then=then,
    )


def _points(secured: str, possible: str, top: str) -> Text:
    """Tell the points under a standard that knows no grades."""
    if secured == possible:
        return msg("{secured} of {top} points; it has no grades", secured=secured, top=top)
    return msg(
        "{secured} of {top} points are secured, {possible} with every unknown granted; it has no grades",
        secured=secured,
        top=top,
        possible=possible,
    )


def named_grade(grade: str) -> Text:
    """Name a grade in a sentence: ``AAA 级``, but ``三星``."""
    return msg("grade {grade}", grade=grade) if grade.isascii() else msg_in("spelt out", "grade {grade}", grade=grade)


def named_row(row: CriterionResult) -> Text:
    """Name a row in a sentence: its number and its gloss."""
    number, gloss = row.criterion.row, quoted(row.criterion.gloss)
    return msg("row {number} {gloss}", number=number, gloss=gloss)


def _award(result: Result) -> Text | None:
    """Tell whether the grade can be awarded, and if not, why."""
    if result.eligible is False:
        return _failed(result)
    if result.grade.secured is None:
        return None
    barred = [found.condition.label for found in result.vetoes.values() if found.state == "unmet"]
    if barred:
        listed = join(barred)
        return msg("no grade is awarded: {listed}", listed=listed)
    decided = [*result.conditions.values(), *result.vetoes.values()]
    open_items = [found.condition.label for found in decided if found.state == "unknown"]
    if open_items:
        listed = join(open_items)
        return msg("no grade is awarded yet, undecided: {listed}", listed=listed)
    if not result.grade.awarded:
        return msg_in("gate, short", "a gate is not passed, so no grade is awarded")
    if not decided:
        return msg("the grade can be awarded")
    return msg("the conditions hold, so the grade can be awarded")


def _failed(result: Result) -> Text:
    failed = [found.condition for found in result.conditions.values() if found.state == "unmet"]
    listed = join(msg("{clause} {label}", clause=entry.clause, label=entry.label) for entry in failed)
    return msg("not eligible: {listed}", listed=listed)


def _next(distance: Distance | None) -> Text | None:
    if distance is None:
        return None
    points, grade = shown(distance.points), beside(named_grade(distance.grade))
    if distance.beyond:
        return msg("{grade} needs more than {points} further points", points=points, grade=grade)
    return msg("{grade} needs {points} further points", points=points, grade=grade)


def provenance(result: Result, lang: Lang) -> list[tuple[str, str]]:
    """Return label and value of: standard and edition, its file, reference day, readings, version."""
    standard = result.standard
    printed = standard.printed_readings(result.readings)
    readings = ", ".join(f"{key}: {option}" for key, option in printed.items()) if result.criteria else ""
    rows = [
        (msg("Standard"), noted(standard.standard, standard.edition).to(lang)),
        (msg("SHA-256 of its file"), standard.sha256[:16] or "—"),
        (msg("Reference day"), result.assessment.as_of or "—"),
        (msg("Readings used"), readings or "—"),
        (msg("Software"), f"lsstd {lsstd.__version__}"),
    ]
    return [(label.to(lang), value) for label, value in rows]
