"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from lsstd.files.places import PACKAGE
from lsstd.files.reading import read_plain
from lsstd.standard.models import fields_of, json_object
from lsstd.words import Lang, Text, msg, same

WORDS: dict[str, Any] = read_plain(PACKAGE / "lint" / "words.yaml").value  # what the rules on text look for
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Changes a result; ambiguous or inconsistent; editorial."""
# What is said alike of texts and of encoded standards.
BONUS = msg("a bonus has its amount and its limit"), msg("how much it earns is left to the scorer")
THRESHOLD = msg("a quantity that is scored has a threshold"), msg("who meets it cannot be said")
Subject = TypeVar("Subject")


class Fault(NamedTuple):
    """What a rule finds: where, what, and what would be right."""

    clause: str
    message: Text
    suggestion: Text
    quote: str = ""  # the passage, by which a waiver knows it again and a page marks it
    reading: str | None = None  # the reading by which the other interpretation is computed, where there is one
    line: int | None = None  # the line of a text; an encoded standard has none


Find: TypeAlias = Callable[[Subject], Iterable[Fault]]  # what yields each place at which a rule is broken


@dataclass(frozen=True)
class LintRule(Generic[Subject]):
    """A rule: its stable code and name, what it says, why, and where it is valid."""

    code: str
    name: str
    severity: Severity
    says: Text
    basis: Text
    domain: Text
    find: Find[Subject]

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the rule as JSON holds it."""
        return json_object(fields_of(self, "code name severity says basis domain"), lang)


@dataclass(frozen=True)
class LintFinding:
    """A fault with the rule that found it and the file that it is in."""

    rule: LintRule[Any]
    target: str
    fault: Fault
    bases: int | None = None  # how many bases of a population would get another grade under the other interpretation

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the finding as JSON holds it."""
        held = fields_of(self.rule, "code name severity") | fields_of(
            self.fault, "clause line message suggestion quote"
        )
        held |= fields_of(self, "target reading=fault.reading bases")
        return json_object({**held, "clause": held["clause"] or None, "quote": held["quote"] or None}, lang)


class RuleBook(Generic[Subject]):
    """The rules on one kind of subject, in the order in which they are declared."""

    def __init__(self, domain: Text) -> None:
        self.domain, self.listed = domain, list[LintRule[Subject]]()

    def rule(
        self, code: str, severity: Severity, says: Text, basis: Text | str, domain: Text | None = None
    ) -> Callable[[Find[Subject]], Find[Subject]]:
        """Return a decorator that declares a function to be a rule; its name is the function's.

        The basis is a reason, or the number of a clause of GB/T 1.1—2020.
        """
        why = same(f"GB/T 1.1—2020, {basis}") if isinstance(basis, str) else basis

        def declared(find: Find[Subject]) -> Find[Subject]:
            name = find.__name__.replace("_", "-")
            self.listed.append(LintRule(code, name, severity, says, why, domain or self.domain, find))
            return find

        return declared

    def apply(self, subject: Subject, target: str) -> Iterator[LintFinding]:
        """Yield what all rules find."""
        for rule in self.listed:
            yield from (LintFinding(rule, target, fault) for fault in rule.find(subject))
