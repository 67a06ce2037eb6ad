"""What stands between an assessment and a complete application: blanks, conditions, contradictions, missing proof.

Pure, so that a form in a web page can show it, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from lsstd.engine.evidence_register import Item, Proof, Register, holders_of, register
from lsstd.engine.facts import Facts, tell_test
from lsstd.engine.result import ConditionResult, Finding, Result
from lsstd.exact import Exact, shown
from lsstd.standard.document import FormField, FormGroup
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.standard import Standard
from lsstd.standard.wording import STATES
from lsstd.words import Lang, Text, msg, paired, printable, same

_CONTRADICTING = ("contradiction", "cross_check")


class BlankField(NamedTuple):
    """A field of the application form that is asked for and has no value."""

    group: FormGroup
    field: FormField

    @property
    def where(self) -> str:
        """The path of what would fill it, ``facts.base_address``; ``--date`` for the day of filling in."""
        others = {"subject_name": "subject.name", "date": "--date"}
        return others.get(self.field.filled_by, f"facts.{self.field.fact}")


def form_values(source: Result | Standard, filled_on: str | None = None) -> dict[str, Any]:
    """Return what fills each field of the application form, by its id; None where nothing does."""
    result = None if isinstance(source, Standard) else source
    facts, name = (Facts.of(result).values, result.assessment.subject.name or None) if result else ({}, None)
    others = {"subject_name": name, "date": filled_on, "hand": None}
    fields = (source if isinstance(source, Standard) else source.standard).form_fields.items()
    return {key: others.get(field.filled_by, facts.get(field.fact or "")) for key, field in fields}


def blanks(standard: Standard, values: Mapping[str, Any]) -> list[BlankField]:
    """Return the fields of the form that stay blank; what is asked only after a “yes” is not, after a “no”."""

    def is_asked(field: FormField) -> bool:
        above = standard.form_fields.get(field.part_of or "")
        is_open = above is None or (values[above.id] is not False and is_asked(above))
        return is_open and field.filled_by != "hand"

    groups = standard.form.groups.values() if standard.form else ()
    listed = (BlankField(group, field) for group in groups for field in group.fields.values())
    return [one for one in listed if values[one.field.id] is None and is_asked(one.field)]


class Todo(NamedTuple):
    """One thing to see to: of which kind, what it is, where it is entered (a path), and a remark."""

    kind: str
    label: Text
    where: str
    remark: Text | None = None


KINDS = {
    "conditions": msg("Conditions that fail or are undecided"),
    "blanks": msg("Blank fields of the form"),
    "contradictions": msg("Contradictions"),
    "unproven": msg("Claimed without valid evidence"),
    "expired": msg("Evidence that expires before the day of handing in"),
    "unfit": msg("Evidence that cannot be handed in"),
}
"""The kinds of what may be left to do, in the order in which it is told."""


class Unproven(NamedTuple):
    """A row, topic or condition that is claimed without valid evidence, and the points at stake, if it has any."""

    item: Item
    points: Exact | None


@dataclass(frozen=True)
class ApplicationCheck:
    """What stands between an assessment and a complete application on the day of handing in."""

    register: Register
    day: str | None
    blanks: tuple[BlankField, ...]

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
        """Claims that no valid evidence supports."""
        claimed = [Unproven(item, item.unproven) for item in self.register.items if item.claimed]
        return tuple(one for one in claimed if (not one.item.is_proven if one.points is None else one.points > 0))

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
    def complete(self) -> bool:
        """Whether nothing is left to do; a row without an answer keeps nothing back."""
        return not any(getattr(self, kind) for kind in KINDS)

    @property
    def todo(self) -> Iterator[Todo]:
        """All that is left to do, kind by kind."""
        standard = self.result.standard
        for found in self.conditions:
            for test in (test for test in found.tests if test.state != "met"):
                label = msg("{clause} {label}", clause=found.condition.clause, label=tell_test(standard, test))
                yield Todo("conditions", label, self._entered(test.fact), STATES[test.state])
        for group, field, where in ((*one, one.where) for one in self.blanks):
            heading = Text(group.printed or group.gloss.zh, group.gloss.en)
            yield Todo("blanks", paired(heading, Text(field.printed, field.gloss.en)), where)
        for finding in self.contradictions:
            label = msg("{clause} {label}", clause=finding.clause, label=finding.message)
            yield Todo("contradictions", label, f"facts.{finding.facts[0]}" if finding.facts else "")
        for item, points in self.unproven:
            points_text = msg("{n} points", n=shown(points)) if points else None
            yield Todo("unproven", item_name(item), self._holder(item), points_text)
        for proof in self.expired:
            yield Todo("expired", same(printable(proof.evidence.file)), self._path(proof), same(proof.evidence.expires))
        for proof in self.unfit:
            yield Todo("unfit", same(printable(proof.evidence.file)), self._path(proof), proof.state)

    def _path(self, proof: Proof) -> str:
        return f"{'facts' if proof.holder in self.result.standard.facts else 'answers'}.{proof.holder}"

    def _holder(self, item: Item) -> str:
        """Return where evidence for an item is entered: with its answer, or with the facts of a condition."""
        holder = holders_of(self.result.standard, item.id)[0]
        return self._entered(holder) if item.kind == "condition" else f"answers.{holder}"

    def _entered(self, fact: str) -> str:
        """Return where a fact is entered: years are counted from their date."""
        return f"facts.{self.result.standard.facts[fact].years_since or fact}"

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the check as JSON holds it.

        >>> result = lsstd.evaluate("hlj-base-evaluation", lsstd.example("near_aaa"))
        >>> len(lsstd.application_check(result, "2025-03-03").to_dict()["blanks"])
        67
        """
        blank = "field=field.id where printed=field.printed group=group.printed"
        proof = "file=evidence.file given_with=holder"
        document = {
            **fields_of(self.result, "standard=standard.standard subject=assessment.subject.name"),
            **fields_of(self, "day complete"),
            "blanks": [fields_of(one, blank) for one in self.blanks],
            "conditions": [found.to_dict() for found in self.conditions],
            "contradictions": [fields_of(finding, "code clause facts message") for finding in self.contradictions],
            "unproven": [fields_of(one, "criterion=item.id kind=item.kind points") for one in self.unproven],
            "expired": [fields_of(one, f"{proof} expires=evidence.expires") for one in self.expired],
            "files": [fields_of(one, f"{proof} troubles") for one in self.unfit],
        }
        return json_object(document, lang)


def item_name(item: Item) -> Text:
    """Return how a list names what is to be proven: ``row 6 live rooms``, ``5.1.1 time in operation``."""
    number = msg("row {row}", row=item.row) if item.row else same(item.clause)
    return msg("{number} {label}", number=number, label=item.label)


def application_check(result: Result, day: str | None = None, found: Register | None = None) -> ApplicationCheck:
    """Check an assessment before it is handed in.

    Parameters
    ----------
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
