"""What a reader should know of an assessment beyond its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from lsstd.assessment.assessment import Assessment, Evidence
from lsstd.engine.facts import tell_fact, tell_test
from lsstd.engine.result import CriterionResult, Finding, Score
from lsstd.exact import shown
from lsstd.standard import bands
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import Text, in_turn, msg, msg_in


def held(code: str, clause: str, label: Text, state: str) -> Finding | None:
    """Return the finding that a veto or gate fails or is undecided; None where it is cleared."""
    if state == "met":
        return None
    if state == "unmet":
        message = msg("not passed, so no grade is awarded")
    else:
        message = msg("undecided, so no grade is awarded yet")
    return Finding(code, clause, msg("{label}: {message_}", label=label, message_=message))


def contradictions(standard: Standard, rows: dict[str, CriterionResult]) -> Iterator[Finding]:
    """Tell each row whose answer and facts contradict each other."""
    for row in rows.values():
        if not row.contradiction:
            continue
        texts = [tell_test(standard, part.test) for part in row.parts if part.test and part.test.found is not None]
        texts += [tell_fact(standard, name, value) for name, value in (row.quantity.found if row.quantity else ())]
        message = msg(
            "Row {row}, {gloss}: the answer contradicts the facts ({facts}); it counts as {points} points",
            row=row.criterion.row,
            gloss=row.criterion.gloss,
            facts=in_turn(texts, len(texts)),
            points=f"{shown(row.secured)}–{shown(row.possible)}",
        )
        yield Finding("contradiction", row.criterion.clause, message, _against(row))


def _against(row: CriterionResult) -> tuple[str, ...]:
    """Return the facts that contradict a row's answer: of its parts, else those that fail, else all."""
    found = [part for part in row.parts if part.test and part.test.found is not None]
    parts = [part for part in found if part.contradiction]
    failing = [part for part in found if part.test and part.test.state == "unmet"]
    return tuple(part.test.fact for part in parts or failing or found if part.test)


def between_bands(standard: Standard, reading: str, score: Score) -> Iterator[Finding]:
    """Tell that a score falls between two printed bands, and what the reading makes of it."""
    clause = standard.readings["between_bands"].clause if "between_bands" in standard.readings else ""
    completed = standard.completed_bands(reading)
    called = {score.possible: msg("The possible score"), score.secured: msg("The secured score")}
    for points, name in reversed(called.items()):
        if (pair := bands.between(standard.bands, points)) is None:
            continue
        high, low = pair
        message = msg(
            "{name}, {points}, falls between {low} and {high}; read as between_bands: {reading} it is {grade}",
            name=name,
            points=shown(points),
            low=msg("{grade} ({printed})", grade=low.grade, printed=low.printed),
            high=msg("{grade} ({printed})", grade=high.grade, printed=high.printed),
            reading=reading,
            grade=bands.grade_of(completed, points) or msg_in("label", "no grade"),
        )
        yield Finding("between_bands", clause, message)


def expired(standard: Standard, assessment: Assessment) -> Iterator[Finding]:
    """Report evidence, of an answer or of a fact, that ended before the reference day."""
    for key, answer in assessment.answers.items():
        entry = standard.criteria.get(key) or standard.topics[key]
        label = entry.gloss if isinstance(entry, Criterion) else entry.label
        for piece in answer.evidence if answer.state != "unknown" else ():
            if has_expired(piece, assessment.as_of):
                yield _ended(entry.clause, label, piece, assessment)
    for key, fact in assessment.facts.items():
        for piece in fact.evidence:
            if has_expired(piece, assessment.as_of):
                yield _ended(_clause_of(standard, key), standard.facts[key].label, piece, assessment, (key,))


def has_expired(piece: Evidence, as_of: str | None) -> bool:
    """Say whether evidence ended before the reference day; where only a month is given, on its last day."""
    return piece.expires is not None and as_of is not None and piece.expires < as_of[: len(piece.expires)]


def _clause_of(standard: Standard, fact: str) -> str:
    """Return the clause of the first condition that asks for a fact, else of the first row, else of the form."""
    paths = [path.split(".") for path, name in standard.questions() if name == fact]
    conditions = [standard.conditions[path[1]].clause for path in paths if path[0] == "conditions"]
    rows = [standard.criteria[path[1]].clause for path in paths if path[0] == "criteria"]
    return next(iter([*conditions, *rows]), standard.form.clause if standard.form else "")


def _ended(clause: str, label: Text, piece: Evidence, assessment: Assessment, facts: tuple[str, ...] = ()) -> Finding:
    day, as_of = piece.expires, assessment.as_of
    message = msg(
        "{label}: the evidence {file} ended on {day}, before the reference day {as_of}",
        label=label,
        file=piece.file,
        day=day,
        as_of=as_of,
    )
    return Finding("evidence", clause, message, facts)
