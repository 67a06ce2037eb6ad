"""The evaluation of one assessment under one standard, and what a reader should know of it beyond its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from lsstd.assessment.assessment import Assessment, Evidence
from lsstd.assessment.check import check
from lsstd.engine.facts import Facts, all_of, tell_fact, tell_test
from lsstd.engine.grading import Grader
from lsstd.engine.profile import profile_of
from lsstd.engine.result import ConditionResult, CriterionResult, Finding, Grade, Result, Score
from lsstd.engine.rows import score_row
from lsstd.engine.tree import KNOWN, Tree
from lsstd.exact import Exact, shown
from lsstd.standard import bands
from lsstd.standard.readings import MOVE_POINTS, READINGS, ReadingKey, touching
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.words import Text, half_width, in_turn, msg, msg_in, noted, paired, same


def evaluate(standard: Standard, assessment: Assessment, readings: dict[str, str] | None = None) -> Result:
    """Evaluate an assessment, exactly: conditions, points at every level, grades, findings.

    Parameters
    ----------
    readings : dict of str to str, optional
        Replaces the defaults of the standard's file, for example ``{"compound_rows": "all"}``.

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
    decided = Decided.by(facts)
    answers, rounding = assessment.answers, standard.rounding
    rows = {key: score_row(row, answers.get(key), facts, chosen, rounding) for key, row in standard.criteria.items()}
    tree = Tree(standard, rows, facts.decided())
    grader = Grader(standard, chosen, facts)
    score = grader.total(tree)
    profile = profile_of(standard, assessment)
    secured, possible = grader.grade(tree, "secured"), grader.grade(tree, "possible")
    held = decided.withheld(chosen, rows)
    grade = Grade(secured, possible, decided.award(secured, held))
    found = (
        *held,
        *_contradictions(standard, rows),
        *_between_bands(standard, chosen["between_bands"], score),
        *_between_levels(rows),
        *grader.missed(tree),
        *facts.findings,
        *(Finding("evidence", *unproven) for unproven in (profile.unproven() if profile else ())),
        *_expired(standard, assessment),
        *_left_out(standard, rows, score),
        *(Finding("carried", each.clause, each.message) for each in assessment.carried),
    )
    about = (standard, assessment, chosen, *decided[1:], tree.nodes, rows, score, grade, grader.tables(tree))
    return Result(*about, profile, found)


_BARS = {"veto": msg("applies, so it may not take part"), "gate": msg("not passed, so there is no grade")}
_UNDECIDED = msg("undecided, so there is no grade yet")


class Decided(NamedTuple):
    """What facts alone decide, whatever the points."""

    facts: Facts
    eligible: bool | None
    """Whether the subject may apply (also where nothing is asked); None while undecided, and under topics."""
    conditions: dict[str, ConditionResult]
    vetoes: dict[str, ConditionResult]

    @classmethod
    def by(cls, facts: Facts) -> Decided:
        """Decide conditions and vetoes by facts."""
        standard, conditions = facts.standard, asked(facts.standard, facts)
        state = all_of([found.state for found in conditions.values()])
        eligible = {"met": True, "unmet": False, "unknown": None}[state] if standard.scored_rows else None
        return cls(facts, eligible, conditions, {key: decide(veto, facts) for key, veto in standard.vetoes.items()})

    def withheld(self, readings: Mapping[str, str], rows: Mapping[str, CriterionResult]) -> list[Finding]:
        """Return what withholds the grade: vetoes, and gates where a row without points is read as one."""
        every: list[tuple[str, str, Text, str]] = []
        every += [("veto", veto.condition.clause, veto.condition.label, veto.state) for veto in self.vetoes.values()]
        if readings["unscored_row"] == "gate":
            gates = [row for row in rows.values() if row.criterion.max_score is None]
            every += [("gate", gate.criterion.clause, gate.criterion.gloss, gate.state) for gate in gates]
        return [
            Finding(code, clause, paired(label, _BARS[code] if state == "unmet" else _UNDECIDED))
            for code, clause, label, state in every
            if state != "met"
        ]

    def award(self, grade: str | None, held: list[Finding]) -> str | None:
        """Return the grade where it can be awarded, else None."""
        return grade if self.eligible and not held else None


def decide(condition: Condition | Veto, facts: Facts) -> ConditionResult:
    """Decide a condition or veto by facts alone."""
    tests = tuple(facts.test(demand) for demand in condition.tests)
    if isinstance(condition, Veto) or not condition.is_compound:
        return ConditionResult(condition, all_of([test.state for test in tests]), tests)
    certain = condition.holds(lambda test: KNOWN[facts.test(test).state][0])
    possible = condition.holds(lambda test: KNOWN[facts.test(test).state][1])
    return ConditionResult(condition, "met" if certain else "unknown" if possible else "unmet", tests)


def asked(standard: Standard, facts: Facts) -> dict[str, ConditionResult]:
    """Decide the conditions, but for those that are not asked of this subject."""
    conditions = standard.conditions.items()
    is_asked = {key: not c.applies or facts.test(c.applies).state != "unmet" for key, c in conditions}
    return {key: decide(condition, facts) for key, condition in conditions if is_asked[key]}


# ── what a reader should know beyond the numbers ──────────────────────────────────────────────────────────────────────


def _contradictions(standard: Standard, rows: dict[str, CriterionResult]) -> Iterator[Finding]:
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


def _between_bands(standard: Standard, reading: str, score: Score) -> Iterator[Finding]:
    """Tell that a score falls between two printed bands, and what the reading makes of it."""
    asked = standard.readings.get("between_bands")
    completed = standard.completed_bands(reading)
    called = {score.possible: msg("The possible score"), score.secured: msg("The secured score")}
    for points, name in reversed(called.items()):
        if (pair := bands.between(standard.bands, points)) is None:
            continue
        high, low = pair
        message = msg(
            "{name}, {points}, falls between {low} and {high}; as read here ({reading}) it is {grade}",
            name=name,
            points=shown(points),
            low=noted(low.grade, half_width(low.printed)),
            high=noted(high.grade, half_width(high.printed)),
            reading=asked.in_short(reading) if asked else same(reading),
            grade=standard.named(bands.grade_of(completed, points)),
        )
        yield Finding("between_bands", asked.clause if asked else "", message)


def _left_out(standard: Standard, rows: dict[str, CriterionResult], score: Score) -> Iterator[Finding]:
    """Tell what counts nothing of an unchanged maximum: rows that a reading leaves out, rows that do not apply."""
    if any(row.left_out for row in rows.values()) and standard.bands:
        told = reachable_without_recommended(standard, score.maximum)
        clause = standard.readings["recommended_rows"].clause if "recommended_rows" in standard.readings else ""
        yield Finding("reading_matters", clause, told)
    for row in rows.values():
        if is_lost(standard, row):
            name = msg("Row {row}, {gloss}", row=row.criterion.row, gloss=row.criterion.gloss)
            yield Finding("reading_matters", row.criterion.clause, paired(name, lost_points(standard, row)))


def reachable_without_recommended(standard: Standard, reachable: Exact) -> Text:
    """Tell which points can be reached without the recommended rows, beside the highest grade's line."""
    best, low = standard.bands[0].grade, standard.bands[0].lower
    line = shown(low.value if low else 0)
    is_open = low is not None and not low.closed
    takes = msg("{best} takes more than {line}", best=best, line=line) if is_open else None
    return msg(
        "with the recommended rows left out, at most {reachable} of {full} points can be reached, while the grade "
        "lines stay those for {full}: {best}",
        reachable=shown(reachable),
        full=shown(standard.maximum),
        best=takes or msg("{best} takes {line} or more", best=best, line=line),
    )


def is_lost(standard: Standard, row: CriterionResult) -> bool:
    """Whether a row was answered not applicable and its points are lost: its indicator scales nothing up."""
    if row.applies or row.left_out or row.answer is None or row.criterion.max_score is None:
        return False
    is_said = row.answer.state == "not_applicable" or row.answer.form == "parts"
    return is_said and standard.indicators[row.criterion.indicator].not_applicable == "fixed"


def lost_points(standard: Standard, row: CriterionResult) -> Text:
    """Tell that a row which does not apply earns nothing of an unchanged maximum."""
    top, full = shown(row.criterion.max_score), shown(standard.maximum)
    return msg("it does not apply and earns none of its {top} points; the maximum stays {full}", top=top, full=full)


def _between_levels(rows: dict[str, CriterionResult]) -> Iterator[Finding]:
    """Tell points that are of none of the tiers within which a rater is free; they count as given."""
    for row in rows.values():
        points = row.answer.score if row.answer else None
        if points is None or points == row.criterion.lowest:
            continue
        spans = [level.points for level in row.criterion.levels.values()]
        if any(low < high for low, high in spans) and not any(low <= points <= high for low, high in spans):
            message = msg(
                "Row {row}, {gloss}: {points} points are of none of its levels; they count as given",
                row=row.criterion.row,
                gloss=row.criterion.gloss,
                points=shown(points),
            )
            yield Finding("between_levels", row.criterion.clause, message)


def _expired(standard: Standard, assessment: Assessment) -> Iterator[Finding]:
    """Report evidence, of an answer or of a fact, that ended before the reference day."""
    given: list[tuple[str, Text, Evidence, tuple[str, ...]]] = []
    for key, answer in assessment.answers.items():
        if answer.evidence and answer.state != "unknown":
            entry = standard.criteria.get(key) or standard.topics[key]
            label = entry.gloss if isinstance(entry, Criterion) else entry.label
            given += [(entry.clause, label, piece, ()) for piece in answer.evidence]
    for key, fact in assessment.facts.items():
        given += [(standard.clause_asking(key), standard.facts[key].label, piece, (key,)) for piece in fact.evidence]
    for clause, label, piece, facts in given:
        if piece.has_expired(assessment.as_of):
            message = msg(
                "{label}: the evidence {file} expired on {day}, before the reference day {as_of}",
                label=label,
                file=piece.file,
                day=piece.expires,
                as_of=assessment.as_of,
            )
            yield Finding("evidence", clause, message, facts)


# ── results under any choice of readings, with nothing computed twice ────────────────────────────────────────────────
#
# A reading changes a result only where something is there for it to change. So each row is scored once for each choice
# that touches it, the tree added up once for each choice that moves points, and graded once for each way to read bands.

_NONE = msg_in("label", "no grade")


class Outcome(NamedTuple):
    """The grade by score, secured, and the grade awarded (None: none)."""

    secured: str | None
    awarded: str | None


class Outcomes:
    """The outcomes of one assessment, if it fits its standard (else `InvalidFile` is raised), by readings."""

    def __init__(self, standard: Standard, assessment: Assessment) -> None:
        check(standard, assessment)
        self.standard, self.assessment = standard, assessment
        self._rows: dict[tuple[str, ...], CriterionResult] = {}
        self._trees: dict[tuple[str, ...], Tree] = {}
        self._grades: dict[tuple[str, ...], str | None] = {}

    def under(self, readings: Mapping[str, str]) -> Outcome:
        """Return the outcome under one choice of all readings."""
        chosen, decided = dict(readings), self._decided[readings["same_quantity"]]
        choice = tuple(readings[key] for key in MOVE_POINTS)
        if choice not in self._trees:
            rows = {row.id: self._row(row, chosen, decided) for row in self.standard.criteria.values()}
            self._trees[choice] = Tree(self.standard, rows, decided.facts.decided())
        tree, key = self._trees[choice], (*choice, readings["between_bands"])
        if key not in self._grades:
            self._grades[key] = Grader(self.standard, chosen, decided.facts).grade(tree, "secured")
        secured = self._grades[key]
        return Outcome(secured, decided.award(secured, decided.withheld(readings, tree.rows)))

    @cached_property
    def _decided(self) -> dict[str, Decided]:
        """Conditions and vetoes, once for each reading of the facts that changes any."""
        options = ("suggest", "equate")
        apart, alike = (Facts(self.standard, self.assessment, {"same_quantity": option}) for option in options)
        first = Decided.by(apart)
        return {"suggest": first, "equate": first if apart.values == alike.values else Decided.by(alike)}

    def _row(self, row: Criterion, readings: dict[str, str], decided: Decided) -> CriterionResult:
        """Score a row, once for each choice of the readings that can touch it."""
        if readings["rounding"] == "total":
            readings = {**readings, "rounding": "none"}  # which leaves rows unchanged
        key = (row.id, *(readings[key] for key in self._touching[row.id] if key in MOVE_POINTS))
        if key not in self._rows:
            answer = self.assessment.answers.get(row.id)
            self._rows[key] = score_row(row, answer, decided.facts, readings, self.standard.rounding)
        return self._rows[key]

    @cached_property
    def _touching(self) -> dict[str, tuple[ReadingKey, ...]]:
        """The readings that have something to change in each row, given the facts."""
        every = {key: touching(row, self.standard) for key, row in self.standard.criteria.items()}
        return {row: tuple(key for key in keys if self._is_alive(key)) for row, keys in every.items()}

    def _is_alive(self, key: ReadingKey) -> bool:
        """Whether a reading can change anything here: taking facts as one does where a fact takes another's value."""
        return key != "same_quantity" or self._decided["suggest"] is not self._decided["equate"]

    def can_matter(self) -> tuple[str, ...]:
        """Return the readings that have something here to change; no other changes any outcome of this assessment."""
        found = {key for keys in self._touching.values() for key in keys}
        found |= {key for key, known in READINGS.items() if known.in_standard(self.standard) and self._is_alive(key)}
        return tuple(key for key in READINGS if key in found)


def reading_matters(standard: Standard, assessment: Assessment, chosen: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each reading of which another option, alone, changes the secured or the awarded grade."""
    if not standard.grades:
        return
    outcomes = Outcomes(standard, assessment)
    here, known = outcomes.under(chosen), outcomes.can_matter()
    for key, reading in ((key, reading) for key, reading in standard.readings.items() if key in known):
        found = {option: outcomes.under({**chosen, key: option}) for option in reading.options}
        secured = {option: other.secured for option, other in found.items() if other.secured != here.secured}
        awarded = {option: other.awarded for option, other in found.items() if other.awarded != here.awarded}
        none = (standard.below if secured else None) or _NONE
        if others := secured or awarded:
            options = [(reading.in_short(option), grade or none) for option, grade in others.items()]
            read = [msg("read as {option}: {grade}", option=option, grade=grade) for option, grade in options]
            message = msg(
                "{what} depends on how an open question is read. {question} Read as {option}: {before}; {others}",
                what=msg("The grade by score") if secured else msg("The self-assessed grade"),
                question=reading.question,
                option=reading.in_short(chosen[key]),
                before=(here.secured if secured else here.awarded) or none,
                others=in_turn(read, len(read)),
            )
            yield Finding("reading_matters", reading.clause, message, reading=key)
