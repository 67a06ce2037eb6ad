"""What stands between an assessment and a complete application: blanks, conditions, contradictions, missing proof.

Pure, so that a form in a web page can show it, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from lsstd.engine.evidence_register import Item, Proof, Register, register
from lsstd.engine.facts import Facts
from lsstd.engine.result import ConditionResult, Finding, Result, tested
from lsstd.exact import Exact, plain
from lsstd.standard.document import FormField, FormGroup
from lsstd.standard.standard import Standard
from lsstd.words import Lang

_CONTRADICTING = ("contradiction", "cross_check")


class Blank(NamedTuple):
    """A field of the application form that is asked for and has no value."""

    group: FormGroup
    field: FormField

    @property
    def where(self) -> str:
        """The path of what would fill it, ``facts.base_address``; ``--date`` for the day of filling in."""
        return {"subject_name": "subject.name", "date": "--date"}.get(
            self.field.filled_by, f"facts.{self.field.fact}"
        )  # fmt: skip


def form_values(source: Result | Standard, filled_on: str | None = None) -> dict[str, Any]:
    """Return what fills each field of the application form, by its id; None where nothing does."""
    standard, facts, name = (source, {}, None) if isinstance(source, Standard) else _known(source)
    others = {"subject_name": name, "date": filled_on, "hand": None}
    groups = standard.form.groups.values() if standard.form else ()
    fields = {key: field for group in groups for key, field in group.fields.items()}
    return {key: others.get(field.filled_by, facts.get(field.fact or "")) for key, field in fields.items()}


def _known(result: Result) -> tuple[Standard, Mapping[str, Any], str | None]:
    facts = Facts(result.standard, result.assessment, result.readings).values
    return result.standard, facts, result.assessment.subject.name or None


def blanks(standard: Standard, values: Mapping[str, Any]) -> list[Blank]:
    """Return the fields of the form that stay blank; what is asked only after a “yes” is not, after a “no”."""
    groups = standard.form.groups.values() if standard.form else ()
    fields = {key: field for group in groups for key, field in group.fields.items()}

    def is_asked(field: FormField) -> bool:
        above = fields.get(field.part_of or "")
        if above is not None and (values[above.id] is False or not is_asked(above)):
            return False
        return field.filled_by != "hand"

    listed = ((group, field) for group in groups for field in group.fields.values())
    return [Blank(group, field) for group, field in listed if values[field.id] is None and is_asked(field)]


class Unproven(NamedTuple):
    """A row, topic or condition that is claimed without valid evidence, and the points at stake, if it has any."""

    item: Item
    points: Exact | None


@dataclass(frozen=True)
class ApplicationCheck:
    """What stands between an assessment and a complete application on the day of handing in."""

    register: Register
    day: str | None
    blanks: tuple[Blank, ...]

    @property
    def result(self) -> Result:
        """What is checked."""
        return self.register.result

    @cached_property
    def conditions(self) -> tuple[ConditionResult, ...]:
        """Conditions and vetoes that fail or are undecided."""
        every = (*self.result.vetoes.values(), *self.result.conditions.values())
        return tuple(found for found in every if found.state != "met")

    @cached_property
    def contradictions(self) -> tuple[Finding, ...]:
        """Findings that one statement of the assessment contradicts another."""
        return tuple(finding for finding in self.result.findings if finding.code in _CONTRADICTING)

    @cached_property
    def unproven(self) -> tuple[Unproven, ...]:
        """What is claimed and not borne out by evidence."""
        return tuple(self._unproven())

    def _unproven(self) -> Iterator[Unproven]:
        for item in self.register.items:
            if not item.claimed:
                continue
            if item.points is None or item.with_evidence is None:
                if not item.is_proven:
                    yield Unproven(item, None)
            elif item.with_evidence < item.points:
                yield Unproven(item, item.points - item.with_evidence)

    @cached_property
    def expired(self) -> tuple[Proof, ...]:
        """Evidence that will have expired on the day of handing in."""
        return tuple(proof for proof in self.register.proofs if proof.evidence.has_expired(self.day))

    @cached_property
    def unfit(self) -> tuple[Proof, ...]:
        """Evidence whose file is missing, changed or no document."""
        wrong = {"expired", "spelling", "no_day", "unhashed"}
        return tuple(proof for proof in self.register.proofs if not wrong.issuperset(proof.troubles))

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Scored rows that are not settled; they keep nothing back, and bring nothing."""
        rows = self.result.criteria.values()
        return tuple(row.criterion.id for row in rows if row.state == "unknown" and row.criterion.max_score is not None)

    @property
    def complete(self) -> bool:
        """Whether nothing of this is left to do; unanswered rows do not count."""
        left = (self.blanks, self.conditions, self.contradictions, self.unproven, self.expired, self.unfit)
        return not any(left)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the check as JSON holds it."""
        return {
            "standard": self.result.standard.standard,
            "subject": self.result.assessment.subject.name,
            "day": self.day,
            "complete": self.complete,
            "blanks": [
                {"field": one.field.id, "where": one.where, "printed": one.field.printed, "group": one.group.printed}
                for one in self.blanks
            ],
            "conditions": [
                {
                    "id": found.condition.id,
                    "clause": found.condition.clause,
                    "state": found.state,
                    "tests": [tested(test) for test in found.tests],
                }
                for found in self.conditions
            ],
            "contradictions": [
                {"code": f.code, "clause": f.clause, "facts": list(f.facts), "message": f.message.to(lang)}
                for f in self.contradictions
            ],
            "unproven": [
                {"criterion": one.item.id, "kind": one.item.kind, "points": one.points and plain(one.points)}
                for one in self.unproven
            ],
            "expired": [
                {"file": proof.evidence.file, "given_with": proof.holder, "expires": proof.evidence.expires}
                for proof in self.expired
            ],
            "files": [
                {"file": proof.evidence.file, "given_with": proof.holder, "troubles": list(proof.troubles)}
                for proof in self.unfit
            ],
            "unanswered": list(self.unanswered),
        }


def application_check(result: Result, day: str | None = None, found: Register | None = None) -> ApplicationCheck:
    """Check an assessment before it is handed in.

    Parameters
    ----------
    result : Result
    day : str, optional
        The day of handing in, ``2025-03-03``, by which evidence must not have expired and which fills the form's date;
        without it the reference day counts, and the date stays blank.
    found : Register, optional
        What `lsstd.evidence` found of the files; without it, files count as they are registered.

    Examples
    --------
    >>> from lsstd import evaluate, example, load_assessment, load_standard
    >>> result = evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))
    >>> check = application_check(result, "2025-03-03")
    >>> check.complete, check.blanks[0].where
    (False, 'facts.base_address')
    """
    blank = blanks(result.standard, form_values(result, day))
    return ApplicationCheck(found or register(result), day or result.assessment.as_of, tuple(blank))
