"""A standard as lists: what is encoded, what a search finds, where each fact is used, what an applicant brings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from lsstd.engine.facts import Facts
from lsstd.engine.result import Finding, Result, plain_value
from lsstd.errors import Problem, UnknownName
from lsstd.exact import plain, plain_tree
from lsstd.standard.document import Crosswalk
from lsstd.standard.models import Model
from lsstd.standard.scoring_table import Criterion, Fact, Part, Test
from lsstd.standard.standard import Condition, Standard
from lsstd.standard.wording import applies_texts, asked_text, combining_texts, rule_text, weight_texts
from lsstd.words import Lang, Text, msg, nearest


def uses(standard: Standard) -> dict[str, list[str]]:
    """Return for each fact the places that ask for it, as paths (``criteria.x.parts.y``)."""
    found: dict[str, list[str]] = {fact: [] for fact in standard.facts}
    for place, name in standard.questions():
        shortened = place.partition(".tests.")[0].removesuffix(".test")
        if shortened not in found[name]:
            found[name].append(shortened)
    for fact in standard.facts.values():
        if fact.years_since:
            found[fact.years_since].append(f"facts.{fact.id}")
    return found


def bring(standard: Standard, lang: Lang) -> list[dict[str, Any]]:
    """Return what an applicant brings (8.1.3): each kind of evidence, and the conditions and rows that it proves.

    The kinds are lsstd's own suggestion, non-normative; the standard asks for "supporting materials" only.
    """
    proven: list[Condition | Criterion] = [*standard.conditions.values(), *standard.criteria.values()]
    listed: list[dict[str, Any]] = []
    if standard.form:
        listed.append({"kind": "application_form", "label": standard.form.title.to(lang), "proves": []})
    for kind, label in standard.evidence_kinds.items():
        wanted = [entry for entry in proven if kind in entry.evidence]
        listed.append({"kind": kind, "label": label.to(lang), "proves": [entry.id for entry in wanted]})
    return listed


def catalogue(
    standard: Standard, lang: Lang = "zh", clause: str | None = None, crosswalks: Iterable[Crosswalk] = ()
) -> dict[str, Any]:
    """Return what is encoded of a standard, as JSON holds it.

    Parameters
    ----------
    standard : Standard
    lang : {"zh", "en"}
        The language of labels and glosses; the standard's own wording stays as it is.
    clause : str, optional
        Only what stands in this clause or below it.
    crosswalks : iterable of Crosswalk
        Where the standard meets others.

    Raises
    ------
    UnknownName
        Nothing is encoded of that clause.
    """
    sections = {key: _in_json(getattr(standard, key), lang) for key in Standard.model_fields if key != "lineage"}
    whole: dict[str, Any] = {key: [] if value == {} else value for key, value in sections.items()}
    for key in ("conditions", "vetoes"):
        for entry, shown in zip(getattr(standard, key).values(), whole[key], strict=True):
            tests = entry.tests if isinstance(entry, Condition) else (entry.test,)
            shown["tests"] = [_test(standard, test) for test in tests]
            shown.pop("test", None)
    for row, shown in zip(standard.criteria.values(), whole["criteria"], strict=True):
        shown["parts"] = [_part(standard, part, lang) for part in row.parts.values()]
        how = [rule_text(standard, row), *weight_texts(row), *applies_texts(standard, row)]
        shown["how"] = [text.to(lang) for text in how if text]
    for node, shown in zip(standard.indicators.values(), whole["indicators"], strict=True):
        shown["how"] = [text.to(lang) for text in (*combining_texts(node), *applies_texts(standard, node))]
    for topic, shown in zip(standard.topics.values(), whole["topics"], strict=True):
        shown["items"] = [item.zh for item in topic.items]  # quoted, whatever the language
    for band, shown in zip(standard.bands, whole["bands"], strict=True):
        asked = (*standard.requires, *band.requires)
        shown["how"] = [asked_text(standard, demand).to(lang) for demand in asked]
    for fact, places, shown in zip(standard.facts.values(), uses(standard).values(), whole["facts"], strict=True):
        shown |= {"unit": fact.unit.en if fact.unit else None, "used": places}
    whole["measures"] = [
        {
            "id": fact.id,
            "label": fact.label.to(lang),
            "formula": fact.note.to(lang) if fact.note else None,
            "unit": fact.unit.to(lang) if fact.unit else None,
            **_in_json(fact.measure, lang),
        }
        for fact in standard.facts.values()
        if fact.measure
    ]
    whole["clauses"] = [{"clause": key, **_in_json(entry, lang)} for key, entry in standard.clauses.items()]
    whole["readings"] = [
        {
            "key": key,
            "clause": reading.clause,
            "question": reading.question.to(lang),
            "default": next(iter(reading.options)),
            "options": [{"option": option, "label": label.to(lang)} for option, label in reading.options.items()],
        }
        for key, reading in standard.readings.items()
    ]
    whole["bring"] = bring(standard, lang)
    whole["crosswalk"] = [
        {"subject": walk.subjects[subject].to(lang), **_in_json(link, lang)}
        for walk in crosswalks
        if standard.standard in (walk.rows_of, walk.topics_of)
        for subject, links in walk.links.items()
        for link in links
    ]
    return whole if clause is None else _within(whole, clause)


def _in_json(value: Any, lang: Lang) -> Any:
    """Return any part of a standard as JSON holds it: texts in one language, mappings by id as lists."""
    if isinstance(value, Text):
        return value.to(lang)
    if isinstance(value, Model):
        return {key: _in_json(getattr(value, key), lang) for key in type(value).model_fields}
    if isinstance(value, dict):
        if value and all(isinstance(entry, Model) for entry in value.values()):
            return [{"id": key, **_in_json(entry, lang)} for key, entry in value.items()]
        return {key: _in_json(entry, lang) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [_in_json(entry, lang) for entry in value]
    return plain(value) if isinstance(value, Fraction) else value


def _within(whole: dict[str, Any], clause: str) -> dict[str, Any]:
    """Keep of each list what stands in a clause or below it."""
    kept = dict(whole)
    for key, items in whole.items():
        if isinstance(items, list):
            kept[key] = [item for item in items if isinstance(item, dict) and _below(item.get("clause", ""), clause)]
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


def _test(standard: Standard, test: Test) -> dict[str, Any]:
    fact = standard.facts[test.fact]
    return {
        "fact": test.fact,
        "operator": test.operator,
        "value": plain_tree(test.value),
        "unit": fact.unit.en if fact.unit else None,
        "period": fact.period,
    }


def _part(standard: Standard, part: Part, lang: Lang) -> dict[str, Any]:
    asked = _test(standard, part.test) if part.test else dict.fromkeys(("fact", "operator", "value", "unit", "period"))
    return {"id": part.id, "text": part.text, "gloss": part.gloss.to(lang), "bonus": part.bonus, **asked}


class FactUse(NamedTuple):
    """A fact, typed once: its value, where it is used, what contradicts it, which facts may be the same."""

    fact: Fact
    value: Any
    used: list[str]
    contradictions: tuple[Finding, ...]
    same_as: tuple[str, ...]


def census(result: Result) -> list[FactUse]:
    """Return every fact that the standard asks for, as an assessment has it.

    What contradicts a fact are findings about it: a sub-total above its total, a row answered against its own
    number, a code whose check digit is wrong. Facts that may be one are a reading's (``same_quantity``), never
    taken as one silently.
    """
    standard = result.standard
    values = Facts(standard, result.assessment, result.readings).values
    against = [finding for finding in result.findings if finding.code in ("contradiction", "cross_check")]
    return [
        FactUse(
            standard.facts[key],
            values.get(key),
            places,
            tuple(finding for finding in against if key in finding.facts),
            tuple(dict.fromkeys(o for g in standard.same_quantities if key in g.facts for o in g.facts if o != key)),
        )
        for key, places in uses(standard).items()
    ]


def fact_list(result: Result, lang: Lang) -> list[dict[str, Any]]:
    """Return each fact of an assessment as JSON holds it; see `census`."""
    return [
        {
            "id": entry.fact.id,
            "label": entry.fact.label.to(lang),
            "value": plain_value(entry.value),
            "unit": entry.fact.unit.en if entry.fact.unit else None,
            "used": entry.used,
            "contradictions": [
                {"code": finding.code, "clause": finding.clause, "message": finding.message.to(lang)}
                for finding in entry.contradictions
            ],
            "same_as": list(entry.same_as),
        }
        for entry in census(result)
    ]


class Coverage(NamedTuple):
    """Facts by who asks for them."""

    both: tuple[str, ...]
    form_only: tuple[str, ...]
    scoring_only: tuple[str, ...]


def coverage(standard: Standard) -> Coverage:
    """Return the facts that form and scoring share, and those that only one of them asks for.

    Scoring means conditions, vetoes and thresholds of rows; a fact counted from another (years from an opening
    date) counts as asked where that other is.
    """
    asked: dict[str, list[str]] = {"both": [], "form": [], "scoring": []}
    places = uses(standard)
    for fact in standard.facts.values():
        own = {place.split(".")[0] for place in places[fact.id]}
        source = {place.split(".")[0] for place in places.get(fact.years_since or "", ())}
        derived = {p.split(".")[0] for key in places[fact.id] if key.startswith("facts.") for p in places[key[6:]]}
        on_form = "form" in own | source
        scored = bool((own | derived) & {"conditions", "vetoes", "criteria"})
        if on_form or scored:
            asked["both" if on_form and scored else "form" if on_form else "scoring"].append(fact.id)
    return Coverage(tuple(asked["both"]), tuple(asked["form"]), tuple(asked["scoring"]))


class Hit(NamedTuple):
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
    for measure in (fact for fact in standard.facts.values() if fact.measure):
        yield (
            Hit(name, "measure", measure.id, "", measure.label),
            str(measure.note and f"{measure.note.zh} {measure.note.en}"),
        )
