"""What one assessment comes to under any choice of readings, with nothing counted twice.

A reading changes a result only where something is there for it to change. So each row is scored once for each
choice that touches it, the tree added up once for each distinct set of rows, and a total graded once for each way
to read the bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check
from lsstd.engine.evaluate import Decided
from lsstd.engine.facts import Facts
from lsstd.engine.grading import Grader
from lsstd.engine.result import CriterionResult, Finding
from lsstd.engine.rows import score_row
from lsstd.engine.tree import Tree
from lsstd.standard.readings import MOVE_POINTS, READINGS, ReadingKey, touching
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.words import in_turn, msg, msg_in

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
        self._same: dict[tuple[Any, ...], CriterionResult] = {}
        self._trees: dict[tuple[int, ...], Tree] = {}
        self._grades: dict[tuple[Any, ...], str | None] = {}
        self._sets: dict[tuple[str, ...], tuple[dict[str, CriterionResult], Tree]] = {}

    def under(self, readings: Mapping[str, str]) -> Outcome:
        """Return the outcome under one choice of all readings."""
        chosen, decided = dict(readings), self._decided[readings["same_quantity"]]
        choice = tuple(readings[key] for key in MOVE_POINTS)
        rows, tree = self._sets.get(choice) or self._sets.setdefault(choice, self._add_up(chosen, decided))
        key = (id(tree), readings["between_bands"], readings["rounding"] == "total", id(decided))
        if key not in self._grades:
            self._grades[key] = Grader(self.standard, chosen, decided.facts).grade(tree, "secured")
        secured = self._grades[key]
        return Outcome(secured, decided.award(secured, decided.withheld(readings, rows)))

    @cached_property
    def _decided(self) -> dict[str, Decided]:
        """Conditions and vetoes, once for each reading of the facts that changes any."""
        options = ("suggest", "equate")
        apart, alike = (Facts(self.standard, self.assessment, {"same_quantity": option}) for option in options)
        first = Decided.by(apart)
        return {"suggest": first, "equate": first if apart.values == alike.values else Decided.by(alike)}

    def _add_up(self, readings: dict[str, str], decided: Decided) -> tuple[dict[str, CriterionResult], Tree]:
        """Score the rows and add them up, once for each distinct set of them."""
        if readings["rounding"] == "total":
            readings = {**readings, "rounding": "none"}  # which leaves the rows as they are
        rows = {row.id: self._row(row, readings, decided) for row in self.standard.criteria.values()}
        key = (id(decided), *map(id, rows.values()))
        if key not in self._trees:
            self._trees[key] = Tree(self.standard, rows, decided.facts.decided())
        return rows, self._trees[key]

    def _row(self, row: Criterion, readings: dict[str, str], decided: Decided) -> CriterionResult:
        """Score a row, once for each choice of the readings that can touch it."""
        key = (row.id, *(readings[key] for key in self._touching[row.id] if key in MOVE_POINTS))
        if key not in self._rows:
            answer, rounding = self.assessment.answers.get(row.id), self.standard.rounding
            found = score_row(row, answer, decided.facts, readings, rounding)
            alike = (row.id, found.secured, found.state, found.applies, found.left_out)
            self._rows[key] = self._same.setdefault(alike, found)
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
