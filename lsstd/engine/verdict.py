"""The result in one sentence, what may be told about its grade, and under what it was computed.

This is the one place that words whether a grade stands: whatever shows one takes its words from here.
"""

from __future__ import annotations

import lsstd
from lsstd.engine.profile import Profile
from lsstd.engine.result import CriterionResult, Grade, Result
from lsstd.exact import shown
from lsstd.standard.bands import Distance
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, beside, counted, in_turn, join, listing, msg, msg_in, noted, paragraph, quoted


def verdict(result: Result) -> Text:
    """Say score, grade, what rules it out, and the way to the next one; and that it is a self-assessment."""
    if result.profile:
        return profile_verdict(result.standard, result.profile)
    if reason := disqualification(result):
        secured, _, top = result.standard.points(*result.score)
        points = msg("{secured} of {top} points are secured, which earn no grade", secured=secured, top=top)
        told = in_turn([reason, points])
    else:
        parts = [_score(result), _standing(result), _next(result.distance_up)]
        if any(finding.code == "demand" for finding in result.findings):
            asked = msg("the points suffice for a higher grade, but its further requirements are not met")
            parts = [_score(result), asked, _standing(result)]
        told = in_turn(filter(None, parts), len(parts))
    return paragraph([told, self_assessment(result.standard)])


def self_assessment(standard: Standard) -> Text:
    """Say that whatever grade is shown is a self-assessment, and whose word decides, as the procedure has it."""
    named = _deciders(standard)
    if not named:
        return msg("This is a self-assessment, not an official result.")
    return msg(
        "This is a self-assessment, not an official result: the grade is decided only by {deciding}.",
        deciding=listing(named),
    )


def deciding(standard: Standard) -> Text:
    """Say whose word decides the grade, where it is not a self-assessment that is shown."""
    named = listing(_deciders(standard))
    return msg("The grade is decided only by {deciding}.", deciding=named) if named.zh else msg("No official result.")


def _deciders(standard: Standard) -> list[Text]:
    return [noted(step.decides, step.clause) for step in standard.procedure.values() if step.decides]


def disqualification(result: Result) -> Text | None:
    """Tell, without a full stop, that a veto ends participation, and which; None where none does."""
    listed = _vetoes(result, "unmet")
    return msg("disqualified from taking part: {listed}", listed=join(listed)) if listed else None


def notices(result: Result) -> tuple[Text, ...]:
    """Return what comes first wherever a result is shown: a veto, and that it is a self-assessment."""
    if not result.standard.scored_rows:
        return ()
    told = [reason] if (reason := disqualification(result)) else _undecided_vetoes(result)
    return (*(paragraph([text]) for text in told), self_assessment(result.standard))


def shown_grades(result: Result) -> dict[str, Text]:
    """Return the words printed for the grade by score, secured and possible, and for the self-assessed grade."""
    standard, grade = result.standard, result.grade
    if result.disqualified or not standard.grades:
        alike = msg("disqualified") if result.disqualified else msg("without grades")
        return dict.fromkeys(Grade._fields, alike)
    secured, possible = shown_grade(standard, grade.secured), shown_grade(standard, grade.possible)
    return {"secured": secured, "possible": possible, "awarded": _shown_award(result) or secured}


def shown_grade(standard: Standard, grade: str | None) -> Text:
    """Return a grade as a table shows it: ``AAA 级`` (``AAA``), ``三星``, or what the standard calls none."""
    return Text(named_grade(grade).zh, grade) if grade else standard.named(None)


def _shown_award(result: Result) -> Text | None:
    """Return why there is no self-assessed grade whatever the score, in the words that stand in its place."""
    if result.eligible is False:
        why = msg("not eligible")
        if result.condition_failed == "report":
            grade = beside(shown_grade(result.standard, result.grade.secured))
            return msg("by score alone {grade}; not met: {listed}", grade=grade, listed=_failed(result))
        return noted(msg_in("label", "no grade"), why)
    if result.grade.awarded or result.grade.secured is None:
        return None
    is_open = result.eligible is None or result.disqualified is None
    if is_open or all(row.state != "unmet" for row in gates(result)):
        return msg_in("grade", "undecided")
    return noted(msg_in("label", "no grade"), msg("a gate is not passed"))


def gates(result: Result) -> list[CriterionResult]:
    """Return the rows without points, where they are read as gates."""
    is_gate = result.readings["unscored_row"] == "gate"
    return [row for row in result.criteria.values() if is_gate and row.criterion.max_score is None]


def profile_verdict(standard: Standard, profile: Profile) -> Text:
    """Tell a profile: how many topics, the median, the weakest; never a grade."""
    if profile.median is None:
        return msg("No topic is answered yet; non-normative, without a grade.")
    return msg(
        "{count} of {asked} topics answered: median level {middle}, weakest at {least}: {weakest}; {proven} "
        "evidence of the last 12 months (median {proven_middle}); non-normative, without a grade.",
        count=len(profile.levels),
        asked=len(profile.topics),
        middle=shown(profile.median),
        least=min(profile.levels),
        weakest=join(standard.topics[topic].label for topic in profile.weakest),
        proven=counted(len(profile.proven.levels), "has", "have"),
        proven_middle=shown(profile.proven.median),
    )


def _score(result: Result) -> Text:
    standard, grades = result.standard, (result.grade.secured, result.grade.possible)
    secured, possible, top = standard.points(*result.score)
    below = (standard.below or msg("no grade")) if standard.grades else msg("without grades")
    now, then = (named_grade(grade) if grade else below for grade in grades)
    if secured == possible:
        return msg("{secured} of {top} points, {now}", secured=secured, top=top, now=now)
    return msg(
        "{secured} of {top} points are secured, {now}; with every unknown granted {possible}, {then}",
        secured=secured,
        top=top,
        now=now,
        possible=possible,
        then=msg("still {below}", below=below) if grades == (None, None) else then,
    )


def named_grade(grade: str) -> Text:
    """Name a grade in a sentence: ``AAA 级``, but ``三星``."""
    return msg("grade {grade}", grade=grade) if grade.isascii() else msg_in("spelt out", "grade {grade}", grade=grade)


def named_row(row: CriterionResult) -> Text:
    """Name a row in a sentence: its number and its gloss."""
    number, gloss = row.criterion.row, quoted(row.criterion.gloss)
    return msg("row {number} {gloss}", number=number, gloss=gloss)


def _standing(result: Result) -> Text | None:
    """Tell whether the grade stands by this self-assessment, and if not, why."""
    veto = _undecided_vetoes(result)
    if result.eligible is False:
        failed = msg("not eligible: {listed}", listed=_failed(result))
        if result.condition_failed == "report" and result.grade.secured:
            grade = beside(named_grade(result.grade.secured))
            failed = msg("{failed}; by score alone it would be {grade}", failed=failed, grade=grade)
        return in_turn([failed, *veto])
    if result.grade.secured is None:
        return veto[0] if veto else None
    if open_items := [found.condition.label for found in result.conditions.values() if found.state == "unknown"]:
        veto.insert(0, msg("no self-assessed grade yet, undecided: {listed}", listed=join(open_items)))
    if veto:
        return in_turn(veto)
    if not result.grade.awarded:
        return msg("a gate is not passed, so there is no self-assessed grade")
    grade = beside(shown_grade(result.standard, result.grade.awarded))
    if result.conditions:
        return msg("the conditions hold, so the self-assessed grade is {grade}", grade=grade)
    return msg("the self-assessed grade is {grade}", grade=grade)


def _vetoes(result: Result, state: str) -> list[Text]:
    found = [veto.condition for veto in result.vetoes.values() if veto.state == state]
    return [noted(veto.label, veto.clause) for veto in found]


def _undecided_vetoes(result: Result) -> list[Text]:
    listed = _vetoes(result, "unknown")
    return [msg("whether it may take part at all is undecided: {listed}", listed=join(listed))] if listed else []


def _failed(result: Result) -> Text:
    failed = [found.condition for found in result.conditions.values() if found.state == "unmet"]
    return join(msg("{clause} {label}", clause=entry.clause, label=entry.label) for entry in failed)


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
    readings = standard.readings_text(result.readings) if result.criteria else ""
    rows = [
        (msg("Standard"), noted(standard.standard, standard.edition).to(lang)),
        (msg("SHA-256 of its file"), standard.sha256[:16] or "—"),
        (msg("Reference day"), result.assessment.as_of or "—"),
        (msg("Readings used"), readings or "—"),
        (msg("Software"), f"lsstd {lsstd.__version__}"),
    ]
    return [(label.to(lang), value) for label, value in rows]
