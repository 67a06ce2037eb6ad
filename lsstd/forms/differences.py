"""What differs between two drafts, field by field and in words: what a person is shown before anything is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsstd.exact import exact, shown
from lsstd.forms.form_schema import PERIOD
from lsstd.forms.state import Draft, is_blank
from lsstd.standard.standard import Reading, Standard
from lsstd.standard.wording import STATES, SUBJECT, value_text
from lsstd.words import Text, join, msg, msg_in, noted, paired, same, shorten

Edit = Mapping[str, Any]
"""What a page did to one field: ``path``, ``value``, and the ``base`` that it saw there before."""
_SUBJECT = {**SUBJECT, "groups": msg("groups")}
_LONGEST = 200
_BLANK = msg_in("field", "(blank)")


@dataclass(frozen=True)
class FieldChange:
    """One field of two drafts: the values as a page has them, and in words."""

    path: str
    label: Text
    old: Text
    new: Text
    base: Any
    value: Any

    @property
    def clears(self) -> bool:
        """Whether the field is blank afterwards."""
        return is_blank(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON holds it."""
        return {"path": self.path, "from": None if is_blank(self.base) else self.base, "to": self.value}


def differences(before: Draft, after: Draft) -> list[FieldChange]:
    """Return every field whose value differs, in the order of the standard."""
    standard = before.standard
    ids = [*(f"subject.{key}" for key in _SUBJECT), "as_of", *(f"facts.{key}" for key in standard.facts)]
    ids += [f"answers.{key}" for key in (*standard.criteria, *standard.topics)]
    found = (
        difference(before, after, f"{key}{aspect}")
        for key in ids
        for aspect in ("", ".period", ".source", ".note", ".evidence")
    )
    return [one for one in found if one]


def difference(before: Draft, after: Draft, path: str) -> FieldChange | None:
    """Return how two drafts differ in one field; None where they do not."""
    base, value = before.value(path), after.value(path)
    if base == value:
        return None
    label = field_label(before.standard, path)
    return FieldChange(path, label, _field_text(before, path), _field_text(after, path), base, value)


def field_label(standard: Standard, path: str) -> Text:
    """Name a field as its reader knows it."""
    section, _, rest = path.partition(".")
    key, _, aspect = rest.partition(".")
    if section == "answers" and key in standard.criteria:
        row = standard.criteria[key]
        label = msg("row {row} {gloss}", row=row.row, gloss=row.gloss)
    elif section == "answers" and key in standard.topics:
        label = standard.topics[key].label
    elif section == "facts":
        label = standard.facts[key].label
    elif section == "readings":
        label = _reading(standard, key).question
    else:
        label = _SUBJECT[key] if section == "subject" else msg("reference day")
    aspects = {"period": PERIOD, "source": msg("source"), "note": msg("Note"), "evidence": msg("Evidence")}
    return noted(label, aspects[aspect]) if aspect else label


def _reading(standard: Standard, named: str) -> Reading:
    return next(reading for key, reading in standard.readings.items() if key == named)


def _field_text(draft: Draft, path: str) -> Text:
    """Tell what a field holds; what cannot be taken as it is, as it was typed."""
    standard, value, section, _, rest = draft.standard, draft.value(path), *path.partition(".")
    key, _, aspect = rest.partition(".")
    if is_blank(value):
        return _BLANK
    if path in draft.typed and not isinstance(value, str):
        ((_, typed),) = value.items() if isinstance(value, dict) and len(value) == 1 else [("", value)]
        return same(shorten(" – ".join(map(str, typed)) if isinstance(typed, list) else str(typed), _LONGEST))
    if section == "readings":
        return _reading(standard, rest).options[value]
    if aspect == "evidence":
        return join(same(piece.get("file", "—")) for piece in value)
    if section == "answers" and isinstance(value, dict):
        return _answer_text(standard, key, value)
    if section == "facts" and not aspect and isinstance(value, list):
        return join(standard.facts[key].options[option] for option in value)
    if section == "facts" and not aspect and not isinstance(value, str):
        return value_text(value if isinstance(value, bool) else exact(value), standard.facts[key].unit)
    return same(shorten(str(value), _LONGEST))


def _answer_text(standard: Standard, key: str, answer: Mapping[str, Any]) -> Text:
    """Tell an answer's form: its state, its points, its parts, its level."""
    ((form, inner),) = answer.items()
    if form == "state":
        return STATES[inner]
    if form == "parts":
        parts = standard.criteria[key].parts
        return join(paired(parts[part].gloss, STATES[state]) for part, state in inner.items())
    if form == "range":
        return msg("{low} to {high} points", low=shown(exact(inner[0])), high=shown(exact(inner[1])))
    if form == "level" and key in standard.criteria and (rule := standard.criteria[key].rule) and rule.levels:
        return rule.levels[inner].label
    if form == "score":
        return msg("{score} points", score=shown(exact(inner)))
    return paired(msg("Level") if form == "level" else msg("Chances (from the file)"), inner)
