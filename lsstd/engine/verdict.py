"""The result in one sentence."""

from __future__ import annotations

from lsstd.engine.profile import Profile
from lsstd.engine.result import CriterionResult, Result
from lsstd.exact import shown
from lsstd.standard.bands import Distance
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, msg, msg_in, quoted


def verdict(result: Result) -> Text:
    """Tell score, grade, what keeps it from being awarded, and the way to the next one."""
    if result.profile:
        return profile_verdict(result.standard, result.profile)
    asked = next(
        (
            msg("by points it would be higher, but that grade asks for more")
            for finding in result.findings
            if finding.code == "demand"
        ),
        None,
    )
    parts = [_score(result), asked, _award(result), None if asked else _next(result.distance_up)]
    texts = [part for part in parts if part is not None]
    return Text("；".join(part.zh for part in texts) + "。", "; ".join(part.en for part in texts) + ".")


def profile_verdict(standard: Standard, profile: Profile) -> Text:
    """Tell a profile: how many topics, the median, the weakest; never a grade."""
    if profile.median is None:
        return msg("No topic is answered yet; non-normative, without a grade.")
    weakest = join(standard.topics[topic].label for topic in profile.weakest)
    count, asked, middle, least = len(profile.levels), len(profile.topics), shown(profile.median), min(profile.levels)
    proven = profile.proven
    counts = f"{len(proven.levels)} 个有近 12 个月内的佐证（中位数 {shown(proven.median)}）"
    counts_en = f"{len(proven.levels)} have evidence of the last 12 months (median {shown(proven.median)})"
    return msg(
        "{count} of {asked} topics answered: median level {middle}, weakest at {least}: "
        "{weakest}; {counts_en}; non-normative, without a grade.",
        count=count,
        asked=asked,
        middle=middle,
        least=least,
        weakest=weakest,
        counts_en=counts_en,
        counts=counts,
    )


def _score(result: Result) -> Text:
    secured, possible, top = (shown(n) for n in (result.score.secured, result.score.possible, result.score.maximum))
    if not result.standard.grades:
        return _points(secured, possible, top)
    below = result.standard.below
    none = below or msg("no grade")
    now = named_grade(result.grade.secured) or none
    if secured == possible:
        return msg("{secured} of {top} points, {now}", secured=secured, top=top, now=now)
    still = msg("still {below}", below=below) if below else msg("still no grade")
    then = named_grade(result.grade.possible) or (still if result.grade.secured is None else none)
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


def named_grade(grade: str | None) -> Text | None:
    """Name a grade in a sentence: ``AAA 级``, but ``三星``."""
    return None if grade is None else Text(f"{grade} 级" if grade.isascii() else grade, f"grade {grade}")


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
    listed = join(
        Text(f"{f.condition.clause} {f.condition.label.zh}", f"{f.condition.clause} {f.condition.label.en}")
        for f in result.conditions.values()
        if f.state == "unmet"
    )
    return msg("not eligible: {listed}", listed=listed)


def _next(distance: Distance | None) -> Text | None:
    if distance is None:
        return None
    points, grade = shown(distance.points), named_grade(distance.grade) or Text("", "")
    space = " " if distance.grade.isascii() else ""
    if distance.beyond:
        return msg(
            "{grade} needs more than {points} further points",
            grade=distance.grade,
            points=points,
            space=space,
            grade_2=grade,
        )
    return msg("{grade} needs {points} further points", grade=distance.grade, points=points, space=space, grade_2=grade)
