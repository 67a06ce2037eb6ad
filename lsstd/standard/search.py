"""Finding things in the standards: Chinese wording, clause numbers, ids, English glosses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lsstd.standard.standard import Standard
from lsstd.words import Text


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: in which standard, what kind of thing, where, and how it is called."""

    standard: str
    kind: str
    id: str
    clause: str
    label: Text


def search(standards: Iterable[Standard], query: str) -> list[Hit]:
    """Return what matches a query, exact clause numbers and ids first.

    Parameters
    ----------
    standards : iterable of Standard
    query : str
        Words apart by spaces, all of which must occur (case aside); an empty query finds everything.
    """
    words = query.lower().split()
    found: list[tuple[bool, int, Hit]] = []
    for standard in standards:
        for hit, haystack in _things(standard):
            text = f"{haystack} {hit.id} {hit.clause} {hit.label.zh} {hit.label.en}".lower()
            if all(word in text for word in words):
                exact = query.strip() in (hit.clause, hit.id)
                found.append((not exact, len(found), hit))
    return [hit for _, _, hit in sorted(found, key=lambda entry: entry[:2])]


def _things(standard: Standard) -> Iterator[tuple[Hit, str]]:
    """Yield everything that can be found, with the text to look through."""
    name = standard.standard
    for condition in standard.conditions.values():
        yield Hit(name, "condition", condition.id, condition.clause, condition.label), condition.text
    for row in standard.criteria.values():
        parts = " ".join(f"{part.gloss.zh} {part.gloss.en}" for part in row.parts.values())
        yield Hit(name, "criterion", row.id, row.clause, row.gloss), f"{row.text} {parts}"
    for topic in standard.topics.values():
        yield Hit(name, "topic", topic.id, topic.clause, topic.label), f"{topic.covers.zh} {topic.covers.en}"
    for number, clause in standard.clauses.items():
        label = clause.title or clause.gloss
        yield Hit(name, "clause", number, number, label), f"{clause.text or ''} {clause.gloss.zh} {clause.gloss.en}"
    for term in standard.terms.values():
        yield Hit(name, "term", term.id, term.clause, term.term), term.definition
    for group in standard.form.groups.values() if standard.form else ():
        for field in group.fields.values():
            clause_of_form = standard.form.clause if standard.form else ""
            yield Hit(name, "field", field.id, clause_of_form, Text(field.printed, field.gloss.en)), group.printed
    for measure in standard.measures.values():
        yield Hit(name, "measure", measure.id, "", measure.label), f"{measure.formula.zh} {measure.formula.en}"
