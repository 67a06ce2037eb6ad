"""What stands between an assessment and a complete application: blanks, conditions, contradictions, missing proof.

Pure, so that a form in a web page can show it, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from lsstd.engine.evidence_register import Item, Register, holders_of, register
from lsstd.engine.facts import Facts, tell_test
from lsstd.engine.result import ConditionResult, Result
from lsstd.exact import shown
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
    """One thing to do: its kind, what it is, where it is entered (a path), a remark, its entry in JSON."""

    kind: str
    label: Text
    where: str
    remark: Text | None
    entry: Mapping[str, Any]


KINDS = {
    "conditions": msg("Conditions that fail or are undecided"),
    "blanks": msg("Blank fields of the form"),
    "contradictions": msg("Contradictions"),
    "unproven": msg("Claimed without valid evidence"),
    "expired": msg("Evidence that expires before the day of handing in"),
    "files": msg("Evidence that cannot be handed in"),
}
"""The kinds of things left to do, in the order in which they are listed."""


@dataclass(frozen=True)
class ApplicationCheck:
    """What stands between an assessment and a complete application on the day of handing in, kind by kind."""

    register: Register
    day: str | None
    todo: tuple[Todo, ...]

    @property
    def result(self) -> Result:
        """What is checked."""
        return self.register.result

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do; unanswered rows do not count."""
        return not self.todo

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the check as JSON holds it.

        >>> result = lsstd.evaluate("hlj-base-evaluation", lsstd.example("near_aaa"))
        >>> len(lsstd.application_check(result, "2025-03-03").to_dict()["blanks"])
        67
        """
        document = {
            **fields_of(self.result, "standard=standard.standard subject=assessment.subject.name"),
            **fields_of(self, "day complete"),
            **{kind: [one.entry for one in self.todo if one.kind == kind] for kind in KINDS},
            "conditions": [found.to_dict() for found in _not_met(self.result)],
        }
        return json_object(document, lang)


def _not_met(result: Result) -> list[ConditionResult]:
    return [found for found in (*result.vetoes.values(), *result.conditions.values()) if found.state != "met"]


def _todo(register: Register, day: str | None, blank: Iterable[BlankField]) -> Iterator[Todo]:
    """Yield all that is left to do, kind by kind."""
    result, standard = register.result, register.result.standard

    def entered(fact: str) -> str:  # years are counted from their date
        return f"facts.{standard.facts[fact].years_since or fact}"

    for found in _not_met(result):
        for test in (test for test in found.tests if test.state != "met"):
            label = msg("{clause} {label}", clause=found.condition.clause, label=tell_test(standard, test))
            yield Todo("conditions", label, entered(test.fact), STATES[test.state], {})
    for one in blank:
        heading = Text(one.group.printed or one.group.gloss.zh, one.group.gloss.en)
        label = paired(heading, Text(one.field.printed, one.field.gloss.en))
        entry = fields_of(one, "field=field.id where printed=field.printed group=group.printed")
        yield Todo("blanks", label, one.where, None, entry)
    for finding in (finding for finding in result.findings if finding.code in _CONTRADICTING):
        label = msg("{clause} {label}", clause=finding.clause, label=finding.message)
        where = f"facts.{finding.facts[0]}" if finding.facts else ""
        yield Todo("contradictions", label, where, None, fields_of(finding, "code clause facts message"))
    for item in (item for item in register.items if item.claimed):
        points = item.unproven
        if (points is None and not item.is_proven) or (points is not None and points > 0):
            holder = holders_of(standard, item.id)[0]
            where = entered(holder) if item.kind == "condition" else f"answers.{holder}"
            remark = msg("{n} points", n=shown(points)) if points else None
            entry = {"criterion": item.id, "kind": item.kind, "points": points}
            yield Todo("unproven", item_name(item), where, remark, entry)
    expired = [(proof, same(proof.evidence.expires)) for proof in register.proofs if proof.evidence.has_expired(day)]
    unfit = [(proof, proof.state) for proof in register.proofs if not proof.is_fit]
    for kind, entries, about in (("expired", expired, "expires=evidence.expires"), ("files", unfit, "troubles")):
        for proof, remark in entries:
            section = "facts" if proof.holder in standard.facts else "answers"
            entry = fields_of(proof, f"file=evidence.file given_with=holder {about}")
            yield Todo(kind, same(printable(proof.evidence.file)), f"{section}.{proof.holder}", remark, entry)


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
    >>> check.complete, check.todo[0].where
    (False, 'facts.base_address')
    """
    known, last_day = found or register(result), day or result.assessment.as_of
    blank = blanks(result.standard, form_values(result, day))
    return ApplicationCheck(known, last_day, tuple(_todo(known, last_day, blank)))
