"""A standard as lists: what is encoded, where each fact is used, what the form asks for, what an applicant brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from lsstd.engine.facts import Facts
from lsstd.engine.result import Finding, Result
from lsstd.errors import Problem, UnknownName
from lsstd.standard import wording
from lsstd.standard.bands import Band
from lsstd.standard.document import Crosswalk, FormField, Topic
from lsstd.standard.models import fields_of, in_json, json_object
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Part, Test
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.words import Lang, Text, in_turn, join, msg, nearest


def uses(standard: Standard) -> dict[str, list[str]]:
    """Return for each fact the places that ask for it, as paths (``criteria.x.parts.y``)."""
    found: dict[str, list[str]] = {fact: [] for fact in standard.facts}
    for place, name in standard.questions():
        found[name].append(place.partition(".tests.")[0].removesuffix(".test"))
    for fact in standard.facts.values():
        if fact.years_since:
            found[fact.years_since].append(f"facts.{fact.id}")
    return {fact: list(dict.fromkeys(places)) for fact, places in found.items()}


PurposeKind = Literal["decides", "equated", "informs", "contact", "form"]
"""Its fact decides conditions or points; may decide them, under a reading; tells of them; says who applies and whom to
call; serves the form alone."""


class Purpose(NamedTuple):
    """What a field of the application form is for; each place is a path (``conditions.x``, ``criteria.y``)."""

    field: FormField
    kind: PurposeKind
    decides: tuple[str, ...] = ()  # what asks for its fact, or for the years since its date
    equated: tuple[str, ...] = ()
    """What asks for a fact that may be the same quantity: the reading ``same_quantity`` settles it."""
    informs: tuple[str, ...] = ()  # what it informs without being what is counted; nothing is scored by it

    @property
    def places(self) -> tuple[str, ...]:
        """Every place that it bears on, those that it decides first."""
        return (*self.decides, *self.equated, *self.informs)


def purposes(standard: Standard) -> dict[str, Purpose]:
    """Return for each field of the application form what it is for: conditions and points, many to many.

    >>> from lsstd import load_standard
    >>> purposes(load_standard("hlj-base-evaluation"))["live_rooms"].decides
    ('conditions.scale', 'criteria.live_room_count')
    """
    asked = uses(standard)
    sections = {**dict.fromkeys(standard.conditions, "conditions"), **dict.fromkeys(standard.criteria, "criteria")}
    found: dict[str, Purpose] = {}
    for field in standard.form_fields.values():
        decides = _deciding(asked, field.fact)
        alike = [place for fact in same_as(standard, field.fact) for place in _deciding(asked, fact)]
        equated = tuple(place for place in dict.fromkeys(alike) if place not in decides)
        told = [f"{sections[name]}.{name}" for name in field.bears_on]
        informs = tuple(place for place in told if place not in (*decides, *equated))
        names = field.filled_by == "subject_name" or (field.fact and standard.facts[field.fact].identifying)
        kind: PurposeKind = "contact" if names else "form"
        if decides or equated or informs:
            kind = "decides" if decides else "equated" if equated else "informs"
        found[field.id] = Purpose(field, kind, decides, equated, informs)
    return found


_NO_PLACE = {"contact": msg("names and contact details; not scored"), "form": msg("for the form only; not scored")}


def purpose_text(standard: Standard, purpose: Purpose) -> Text:
    """Tell what a field of the form is for: ``decides condition 5.1.4 (size), row 6 (5 points)``."""
    decides = join(wording.worth_text(standard, place) for place in purpose.decides)
    equated, informs = (
        join(wording.place_text(standard, place) for place in places) for places in (purpose.equated, purpose.informs)
    )
    told = [
        msg("decides {places}", places=decides) if decides.en else None,
        msg("may be the same quantity as that of {places} (a reading)", places=equated) if equated.en else None,
        msg("for reference in {places}; not scored itself", places=informs) if informs.en else None,
    ]
    return in_turn(filter(None, told)) if any(told) else _NO_PLACE[purpose.kind]


def _deciding(asked: Mapping[str, list[str]], fact: str | None) -> tuple[str, ...]:
    """Return the places outside the form that a fact decides, itself or as the date of one counted from it."""
    places: list[str] = []
    for place in asked.get(fact or "", ()):
        section, _, name = place.partition(".")
        if section == "facts":
            places += _deciding(asked, name)
        elif section != "form":
            places.append(f"{section}.{name.partition('.')[0]}")
    return tuple(dict.fromkeys(places))


def same_as(standard: Standard, fact: str | None) -> list[str]:
    """Return the facts that may be one quantity with a fact; taken as one only under a reading."""
    groups = [group.facts for group in standard.same_quantities if fact in group.facts]
    return list(dict.fromkeys(other for group in groups for other in group if other != fact))


def fields_for(found: Mapping[str, Purpose], place: str) -> list[Purpose]:
    """Return the fields that bear on a condition or row (``criteria.x``), those that decide it first."""
    bearing = [purpose for purpose in found.values() if place in purpose.places]
    return sorted(bearing, key=lambda p: (place not in p.decides, place not in p.equated))


def not_asked(standard: Standard) -> list[Fact]:
    """Return the facts that conditions, rows or grades hold against a threshold and the form does not ask for."""
    asked: set[str | None] = {purpose.field.fact for purpose in purposes(standard).values() if purpose.field.fact}
    facts = (fact for fact in standard.facts.values() if fact.id in standard.tested_facts)
    return [fact for fact in facts if not {fact.id, fact.years_since} & asked]


def bring(standard: Standard) -> list[dict[str, Any]]:
    """Return what an applicant brings (8.1.3): each kind of evidence, and the conditions and rows that it proves.

    The kinds are lsstd's own suggestion, non-normative; the standard asks for "supporting materials" only.
    """
    proven: list[Condition | Criterion] = [*standard.conditions.values(), *standard.criteria.values()]
    form = [{"kind": "application_form", "label": standard.form.title, "proves": []}] if standard.form else []
    kinds = [
        {"kind": kind, "label": label, "proves": [entry.id for entry in proven if kind in entry.evidence]}
        for kind, label in standard.evidence_kinds.items()
    ]
    return [*form, *kinds]


def catalogue(
    standard: Standard, lang: Lang = "zh", clause: str | None = None, crosswalks: Iterable[Crosswalk] = ()
) -> dict[str, Any]:
    """Return what is encoded of a standard, or of one clause and those below it, as JSON holds it.

    Labels and glosses are in the language asked for; the standard's own wording stays as it is. Raises `UnknownName`
    where nothing is encoded of that clause.
    """
    sections = {key: in_json(getattr(standard, key), lang) for key in Standard.model_fields if key != "lineage"}
    whole: dict[str, Any] = {key: [] if value == {} else value for key, value in sections.items()}
    measured = [fact for fact in standard.facts.values() if fact.measure]
    about = "id label formula=note unit topic=measure.topic better=measure.better source=measure.source"
    whole["measures"] = [json_object(fields_of(fact, about), lang) for fact in measured]
    for section in ("conditions", "vetoes", "criteria", "indicators", "topics", "bands", "facts"):
        held = getattr(standard, section)
        for entry, shown in zip(held.values() if isinstance(held, dict) else held, whole[section], strict=True):
            shown |= in_json(_about(standard, entry), lang)
            shown.pop("test", None)  # of a veto, now among its tests
    for fact, places in zip(whole["facts"], uses(standard).values(), strict=True):
        fact["used"] = places
    found = purposes(standard)
    for section in ("conditions", "vetoes", "criteria"):
        for shown in whole[section]:
            place = f"{section}.{shown['id']}"
            shown["fields"] = [key for key, purpose in found.items() if place in purpose.places]
    for group in whole["form"]["groups"] if standard.form else ():
        for shown in group["fields"]:
            shown |= in_json(_field(standard, found[shown["id"]]), lang)
    whole["clauses"] = [{"clause": key, **in_json(entry, lang)} for key, entry in standard.clauses.items()]
    whole["readings"] = [
        {
            "key": key,
            **in_json(fields_of(reading, "clause question"), lang),
            "default": standard.default_readings[key],
            "options": [{"option": name, "label": label.to(lang)} for name, label in reading.options.items()],
        }
        for key, reading in standard.readings.items()
    ]
    whole["bring"] = in_json(bring(standard), lang)
    walks = [walk for walk in crosswalks if standard.standard in (walk.rows_of, walk.topics_of)]
    links = [(walk.subjects[subject], link) for walk in walks for subject, ls in walk.links.items() for link in ls]
    whole["crosswalk"] = [{"subject": subject.to(lang), **in_json(link, lang)} for subject, link in links]
    return whole if clause is None else _within(whole, clause)


def _about(standard: Standard, entry: Any) -> dict[str, Any]:
    """Return what the lists tell of an entry beyond what its file says."""
    match entry:
        case Condition() | Veto():
            return {"tests": [_test(standard, test) for test in entry.tests]}
        case Criterion():
            rule, told = wording.rule_text(standard, entry), wording.applies_texts(standard, entry)
            parts = [_part(standard, part) for part in entry.parts.values()]
            return {"parts": parts, "how": [*filter(None, [rule]), *wording.weight_texts(entry), *told]}
        case Indicator():
            return {"how": [*wording.combining_texts(entry), *wording.applies_texts(standard, entry)]}
        case Band():
            return {"how": [wording.asked_text(standard, demand) for demand in (*standard.requires, *entry.requires)]}
        case Topic():
            return {"items": [item.zh for item in entry.items]}  # quoted, whatever the language
    return {"unit": wording.code_of(entry.unit)}


def _test(standard: Standard, test: Test) -> dict[str, Any]:
    fact = standard.facts[test.fact]
    return {**fields_of(test, "fact operator value"), "unit": wording.code_of(fact.unit), "period": fact.period}


def _part(standard: Standard, part: Part) -> dict[str, Any]:
    asked = _test(standard, part.test) if part.test else dict.fromkeys(("fact", "operator", "value", "unit", "period"))
    return {**fields_of(part, "id text gloss bonus"), **asked}


def _field(standard: Standard, purpose: Purpose) -> dict[str, Any]:
    """Return what a field of the form is for, and what may be ticked in it."""
    fact, places = standard.facts.get(purpose.field.fact or ""), [place.split(".") for place in purpose.places]
    options = fact.options if fact and fact.kind == "choices" else {}
    return {
        **fields_of(purpose, "purpose=kind decides equated informs"),
        "conditions": [name for section, name in places if section != "criteria"],
        "rows": [name for section, name in places if section == "criteria"],
        "options": [{"id": key, "printed": label.zh, "gloss": label} for key, label in options.items()],
    }


def _within(whole: dict[str, Any], clause: str) -> dict[str, Any]:
    """Keep of each list what belongs to a clause or to one below it."""
    kept = dict(whole)
    places = {section: table["clause"] for table in whole["printed_tables"] for section in table["holds"]}
    for key, items in whole.items():
        if isinstance(items, list):
            entries = [item for item in items if isinstance(item, dict)]
            kept[key] = [item for item in entries if _below(item.get("clause", places.get(key, "")), clause)]
    if not (whole["form"] and _below(whole["form"]["clause"], clause)):
        kept["form"] = None
    if not any(kept[key] for key, items in whole.items() if isinstance(items, list)) and not kept["form"]:
        known = [entry["clause"] for entry in whole["clauses"]]
        problem = Problem("--clause", msg("no clause {clause}", clause=clause), nearest(clause, known))
        raise UnknownName(msg("no such clause"), [problem])
    return kept


def _below(clause: str, above: str) -> bool:
    """Say whether a clause is another or stands below it; 5.10 is not below 5.1."""
    return clause.startswith(above) and not (clause.removeprefix(above)[:1].isdigit() and above[-1:].isdigit())


class FactUse(NamedTuple):
    """A fact, typed once: its value, where it is used, what it informs, what contradicts it, which may be the same."""

    fact: Fact
    value: Any
    used: list[str]
    informs: list[str]
    contradictions: tuple[Finding, ...]
    same_as: tuple[str, ...]


def census(of: Result | Standard) -> list[FactUse]:
    """Return every fact that a standard asks for, as an assessment has it, if its result is given.

    What contradicts a fact are findings about it: a sub-total above its total, a row answered against its own
    number, a code whose check digit is wrong. Facts that may be one are a reading's (``same_quantity``), never
    taken as one silently.
    """
    standard = of if isinstance(of, Standard) else of.standard
    values = {} if isinstance(of, Standard) else Facts.of(of).values
    findings = () if isinstance(of, Standard) else of.findings
    against = [finding for finding in findings if finding.code in ("contradiction", "cross_check")]
    informs: dict[str | None, list[str]] = {}
    for purpose in purposes(standard).values():
        informs.setdefault(purpose.field.fact, []).extend(purpose.informs)
    listed = []
    for key, places in uses(standard).items():
        contradictions = tuple(finding for finding in against if key in finding.facts)
        about = (values.get(key), places, informs.get(key, []), contradictions, tuple(same_as(standard, key)))
        listed.append(FactUse(standard.facts[key], *about))
    return listed


def fact_list(of: Result | Standard, lang: Lang) -> list[dict[str, Any]]:
    """Return each fact of a standard, or of an assessment, as JSON holds it; see `census`."""
    return [json_object(_fact(entry, lang), lang) for entry in census(of)]


def _fact(entry: FactUse, lang: Lang) -> dict[str, Any]:
    known = fields_of(entry, "id=fact.id label=fact.label value unit=fact.unit used informs contradictions same_as")
    against = [finding.to_dict(lang) for finding in entry.contradictions]
    return {**known, "unit": wording.code_of(entry.fact.unit), "contradictions": against}
