"""An assessment being written: each valid entry and what is still half typed; how two drafts differ.

Nothing mutates: an edit gives a new draft. What an entry must be is asked of `lsstd.assessment.check`, entry by entry,
so that a form accepts exactly what a file may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from lsstd.assessment.assessment import FORMS, Assessment, Subject
from lsstd.assessment.check import parse_assessment
from lsstd.errors import LsstdError
from lsstd.exact import exact, plain, shown, whole
from lsstd.numerals import Unclear, number_in
from lsstd.standard.standard import Reading, Standard
from lsstd.standard.wording import STATES, SUBJECT, id_text, value_text
from lsstd.words import Text, clip, join, msg, msg_in, noted, paired, same, shorten

LONGEST = 20_000
"""Longest text that a form accepts, in characters; a note is no place for a book."""
MOST_EVIDENCE = 50
_DIGITS = 15  # of which a page's numbers keep all
_POINTS = msg("points")
PERIOD = msg_in("figure", "period")
Edit = Mapping[str, Any]
"""What a page did to one field: ``path``, ``value``, and the ``base`` that it saw there before."""
_SUBJECT = {**SUBJECT, "groups": msg("groups")}
_LONGEST_SHOWN = 200
_BLANK = msg("(blank)")
_ASPECTS = ("period", "source", "note", "evidence")  # the first two of facts alone


@dataclass(frozen=True)
class FormDraft:
    """What was entered so far under one standard."""

    standard: Standard
    given: Mapping[str, Any]  # what is valid, as an assessment file holds it, facts and answers in their long form
    typed: Mapping[str, Any] = field(default_factory=dict)  # by path, what cannot be taken; nothing of it is in `given`
    faults: Mapping[str, Text] = field(default_factory=dict)  # by the same paths, what would be right
    readings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, standard: Standard, assessment: Assessment | None = None) -> FormDraft:
        """Return the draft that an assessment is; an empty one without it."""
        held = assessment.plain(with_carried=True) if assessment else {}
        long = {
            name: {key: e if isinstance(e, dict) else {form: e} for key, e in held.get(name, {}).items()}
            for name, form in (("facts", "value"), ("answers", "state"))
        }
        return cls(standard, {"standard": standard.standard, "subject": {}, **held, **long})

    @cached_property
    def assessment(self) -> Assessment:
        """The valid part, as an assessment."""
        return parse_assessment(self.standard, dict(self.given))

    def edited(self, path: str, value: Any) -> FormDraft:
        """Return the draft after one edit: a value as a page has it, whose numbers may be text; empty is unknown.

        The path is ``as_of``, ``subject.name``, ``facts.<id>``, ``answers.<id>``, either with ``.note`` or
        ``.evidence``, or ``readings.<key>``.

        Raises `LsstdError`: no such path, or a reading that does not exist.
        """
        section, _, rest = path.partition(".")
        if section == "readings":
            chosen = {**self.readings, rest: str(value)}
            self.standard.choose_readings(chosen)
            return replace(self, readings=chosen)
        fault: Text | None = None
        try:
            taken = self._with(section, rest, self._held(section, rest, value))
        except (Unclear, LsstdError) as error:
            if isinstance(error, LsstdError) and not error.problems:
                raise
            fault = error.expected if isinstance(error, Unclear) else error.problems[0].expected
            taken = self._with(section, rest, None)
        typed = {key: held for key, held in self.typed.items() if key != path}
        faults = {key: held for key, held in self.faults.items() if key != path}
        if fault is not None:
            typed, faults = {**typed, path: value}, {**faults, path: fault}
        return replace(self, given=taken, typed=typed, faults=faults)

    def values(self) -> dict[str, Any]:
        """Return by path what each field of a page shows."""
        fields: dict[str, Any] = {f"subject.{key}": value for key, value in self.given["subject"].items()}
        fields["as_of"] = self.given.get("as_of", "")
        for section in ("facts", "answers"):
            for key, entry in self.given[section].items():
                fields |= {f"{section}.{key}.{aspect}": entry[aspect] for aspect in _ASPECTS if aspect in entry}
                rest = {name: value for name, value in entry.items() if name not in _ASPECTS}
                fields[f"{section}.{key}"] = rest.get("value") if section == "facts" else rest
        options = {**self.standard.default_readings, **self.readings}
        return {**fields, **{f"readings.{key}": options[key] for key in self.standard.readings}, **self.typed}

    def value(self, path: str) -> Any:
        """Return what the field of a path shows; None where it is blank."""
        value = self._values.get(path)
        return None if is_blank(value) else value

    def sees(self, path: str, value: Any) -> bool:
        """Return whether a field holds this value, as a page has it: numbers may be text."""
        return bool(self.edited(path, value).value(path) == self.value(path))

    @cached_property
    def _values(self) -> dict[str, Any]:
        return self.values()

    def _held(self, section: str, rest: str, value: Any) -> Any:
        """Return what was typed at a path as a file holds it."""
        key, _, aspect = rest.partition(".")
        known: dict[str, Mapping[str, Any]] = {
            "facts": self.standard.facts,
            "answers": {**self.standard.criteria, **self.standard.topics},
            "subject": dict.fromkeys(Subject.model_fields),
            "as_of": {"": None},
        }
        has_aspects = section in ("facts", "answers") and aspect in _ASPECTS[0 if section == "facts" else 2 :]
        if key not in known.get(section, {}) or (aspect and not has_aspects):
            raise LsstdError(msg("no such field: {path}", path=clip(f"{section}.{rest}")))
        if isinstance(value, str) and len(value) > LONGEST:
            raise Unclear(msg("at most {longest} characters (now {text})", longest=LONGEST, text=len(value)))
        if isinstance(value, str) and value != value.encode(errors="replace").decode():
            raise Unclear(msg("text in valid Unicode"))
        if aspect:
            return _evidence(value) if aspect == "evidence" else value
        if section == "answers":
            return _answer(value)
        if section == "facts" and (fact := self.standard.facts[key]).kind in ("number", "count", "percent"):
            return _number(value, fact.unit, fact.kind == "percent")
        return value.strip().replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value

    def _with(self, section: str, rest: str, value: Any) -> dict[str, Any]:
        """Return the valid part with one value in its place, having asked the core whether it may be."""
        if section in ("as_of", "subject"):
            inner = {"as_of": value} if section == "as_of" else {"subject": _set(self.given["subject"], rest, value)}
            return self._asked({**self.given, **inner}, inner)
        key, _, aspect = rest.partition(".")
        entry = dict(self.given[section].get(key, {}))
        if aspect:
            entry = _set(entry, aspect, value)
        else:
            kept = {name: entry[name] for name in _ASPECTS if name in entry}
            entry = {**kept, **(value or {})} if section == "answers" else _set(kept, "value", value)
        if section == "answers" and entry and not entry.keys() & {*FORMS}:
            entry["state"] = "unknown"
        if entry == {"state": "unknown"}:
            entry = {}
        changed = {section: _set(self.given[section], key, entry or None)}
        return self._asked({**self.given, **changed}, {section: {key: entry}} if entry else {})

    def _asked(self, whole: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
        """Return the valid part with a change, or raise what the core says of the change alone."""
        given = {name: value for name, value in changed.items() if value is not None}
        parse_assessment(self.standard, {"standard": self.standard.standard, **given})
        return {name: value for name, value in whole.items() if value is not None}


def is_blank(value: Any) -> bool:
    """Return whether a field that holds this is blank."""
    return value in (None, "", [], {}, {"state": "unknown"})


def _set(entry: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    """Return a mapping with one key set; without it where there is nothing to hold."""
    rest = {name: held for name, held in entry.items() if name != key}
    return rest if value is None or value in ("", [], {}) else {**rest, key: value}


def _number(value: Any, unit: Text | None = None, percent: bool = False) -> Any:
    """Return a number as typed, in the field's unit: 1000万 is 1000 where 万元 are counted."""
    if not isinstance(value, str):
        return value
    number = number_in("".join(value.split()), unit, percent)
    if sum(sign.isdigit() for sign in value) > _DIGITS:
        raise Unclear(msg("at most {digits} digits", digits=_DIGITS))
    return None if number is None else plain(whole(number))


def _answer(value: Any) -> dict[str, Any] | None:
    """Return an answer's form; one that still waits for its number is not yet an answer."""
    if value in (None, "", {}):
        return None
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= {*FORMS}:
        raise Unclear(msg("one of {one_of}", one_of=", ".join(FORMS)))
    ((form, inner),) = value.items()
    if form == "score":
        inner = _number(inner, _POINTS)
    elif form == "level" and isinstance(inner, str) and inner.isdecimal():  # of a topic; a row's levels have names
        inner = int(inner)
    elif form == "range" and isinstance(inner, list):
        inner = [_number(end, _POINTS) for end in inner]
    if inner is None or (isinstance(inner, list) and None in inner):
        raise Unclear(msg("enter the points"))
    return {form: inner}


def _evidence(value: Any) -> Any:
    value = [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(piece, dict) for piece in value):
        raise Unclear(msg("a list of evidence"))
    if len(value) > MOST_EVIDENCE:
        raise Unclear(msg("at most {most_evidence} files", most_evidence=MOST_EVIDENCE))
    pieces = [{key: held for key, held in piece.items() if held not in (None, "")} for piece in value]
    if any(piece and "file" not in piece for piece in pieces):
        raise Unclear(msg("enter the file name"))
    return [piece for piece in pieces if piece]


# ── how two drafts differ ────────────────────────────────────────────────────────────────────────────────────────


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


def differences(before: FormDraft, after: FormDraft) -> list[FieldChange]:
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


def difference(before: FormDraft, after: FormDraft, path: str) -> FieldChange | None:
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
    elif section in ("answers", "facts"):
        label = id_text(standard, key)
    elif section == "readings":
        label = _reading(standard, key).question
    else:
        label = _SUBJECT[key] if section == "subject" else msg("reference day")
    aspects = {"period": PERIOD, "source": msg("source"), "note": msg("Note"), "evidence": msg("Evidence")}
    return noted(label, aspects[aspect]) if aspect else label


def _reading(standard: Standard, named: str) -> Reading:
    return next(reading for key, reading in standard.readings.items() if key == named)


def _field_text(draft: FormDraft, path: str) -> Text:
    """Tell what a field holds; what cannot be taken as it is, as it was typed."""
    standard, value = draft.standard, draft.value(path)
    section, _, rest = path.partition(".")
    key, _, aspect = rest.partition(".")
    if is_blank(value):
        return _BLANK
    if path in draft.typed and not isinstance(value, str):
        typed = next(iter(value.values())) if isinstance(value, dict) and len(value) == 1 else value
        return same(shorten(" – ".join(map(str, typed)) if isinstance(typed, list) else str(typed), _LONGEST_SHOWN))
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
    return same(shorten(str(value), _LONGEST_SHOWN))


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
