"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from lsstd.words import Lang, Text, same

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Changes a result; ambiguous or inconsistent; editorial."""
Subject = TypeVar("Subject")


class Fault(NamedTuple):
    """What a rule finds: where, what, and what would be right."""

    clause: str
    message: Text
    suggestion: Text
    quote: str = ""
    """The passage, by which a waiver knows it again and a page marks it."""
    reading: str | None = None
    """The reading by which the other interpretation is computed, where there is one."""
    line: int | None = None
    """The line of a text; an encoded standard has none."""


@dataclass(frozen=True)
class LintRule(Generic[Subject]):
    """A rule: its stable code and name, what it says, why, and where it is valid."""

    code: str
    name: str
    severity: Severity
    says: Text
    basis: Text
    domain: Text
    find: Callable[[Subject], Iterable[Fault]]

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the rule as JSON holds it."""
        texts = {"says": self.says, "basis": self.basis, "domain": self.domain}
        told = {key: text.to(lang) for key, text in texts.items()}
        return {"code": self.code, "name": self.name, "severity": self.severity, **told}


@dataclass(frozen=True)
class LintFinding:
    """A fault with the rule that found it and the file that it is in."""

    rule: LintRule[Any]
    target: str
    fault: Fault
    bases: int | None = None
    """How many bases of a population would get another grade under the other interpretation."""

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the finding as JSON holds it."""
        clause, message, suggestion, quote, reading, line = self.fault
        told = {"message": message.to(lang), "suggestion": suggestion.to(lang), "quote": quote or None}
        place = {"clause": clause or None, "line": line}
        known = {"code": self.rule.code, "name": self.rule.name, "severity": self.rule.severity}
        return {**known, **place, **told, "target": self.target, "reading": reading, "bases": self.bases}


class RuleBook(Generic[Subject]):
    """The rules on one kind of subject, in the order in which they are declared."""

    def __init__(self, domain: Text) -> None:
        self.domain, self.listed = domain, list[LintRule[Subject]]()

    def rule(
        self, code: str, severity: Severity, says: Text, basis: Text | str, domain: Text | None = None
    ) -> Callable[[Callable[[Subject], Iterable[Fault]]], Callable[[Subject], Iterable[Fault]]]:
        """Return a decorator that declares a function to be a rule; its name is the function's.

        The basis is a reason, or the number of a clause of GB/T 1.1—2020.
        """
        why = same(f"GB/T 1.1—2020, {basis}") if isinstance(basis, str) else basis

        def declared(find: Callable[[Subject], Iterable[Fault]]) -> Callable[[Subject], Iterable[Fault]]:
            name = find.__name__.replace("_", "-")
            self.listed.append(LintRule(code, name, severity, says, why, domain or self.domain, find))
            return find

        return declared

    def apply(self, subject: Subject, target: str) -> Iterator[LintFinding]:
        """Yield what all rules find."""
        for rule in self.listed:
            yield from (LintFinding(rule, target, fault) for fault in rule.find(subject))
