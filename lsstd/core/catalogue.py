"""A standard told as plain lists: what ``show`` prints, and where each fact is used."""

from __future__ import annotations

from typing import Any

from lsstd.core.exact import plain
from lsstd.core.facts import Facts
from lsstd.core.result import Result, plain_value
from lsstd.core.standard import Band, Criterion, End, Part, Standard, Test
from lsstd.text import Lang


def uses(standard: Standard) -> dict[str, list[str]]:
    """Return for each fact the places that ask for it, as paths (``criteria.x.parts.y``)."""
    found: dict[str, list[str]] = {fact: [] for fact in standard.facts}
    for condition in standard.conditions.values():
        for test in condition.tests:
            found[test.fact].append(f"conditions.{condition.id}")
    for veto in standard.vetoes.values():
        found[veto.test.fact].append(f"vetoes.{veto.id}")
    for row in standard.criteria.values():
        for part in row.parts.values():
            if part.test:
                found[part.test.fact].append(f"criteria.{row.id}.parts.{part.id}")
    for fact in standard.facts.values():
        if fact.years_since:
            found[fact.years_since].append(f"facts.{fact.id}")
    return found


def catalogue(standard: Standard, lang: Lang = "zh", clause: str | None = None) -> dict[str, Any]:
    """Return what is encoded of a standard, as JSON holds it.

    Parameters
    ----------
    standard : Standard
    lang : {"zh", "en"}
        The language of labels and glosses; the standard's own wording stays as it is.
    clause : str, optional
        Only what stands in this clause or below it.
    """
    used = uses(standard)
    whole = {
        "standard": standard.standard,
        "edition": standard.edition,
        "title": standard.title.to(lang),
        "status": standard.status.to(lang),
        "sha256": standard.sha256,
        "conditions": [
            {
                "id": condition.id,
                "clause": condition.clause,
                "text": condition.text,
                "label": condition.label.to(lang),
                "tests": [_test(standard, test) for test in condition.tests],
            }
            for condition in standard.conditions.values()
        ],
        "vetoes": [
            {
                "id": veto.id,
                "clause": veto.clause,
                "text": veto.text,
                "label": veto.label.to(lang),
                "test": _test(standard, veto.test),
            }
            for veto in standard.vetoes.values()
        ],
        "indicators": [
            {
                "id": node.id,
                "parent": node.parent,
                "name": node.name.to(lang),
                "printed_score": _number(node.printed_score),
            }
            for node in standard.indicators.values()
        ],
        "criteria": [_row(standard, row, lang) for row in standard.criteria.values()],
        "bands": [_band(band) for band in standard.bands],
        "facts": [
            {
                "id": fact.id,
                "kind": fact.kind,
                "label": fact.label.to(lang),
                "unit": fact.unit.en if fact.unit else None,
                "period": fact.period,
                "used": used[fact.id],
            }
            for fact in standard.facts.values()
        ],
        "readings": [
            {
                "key": key,
                "clause": reading.clause,
                "question": reading.question.to(lang),
                "default": next(iter(reading.options)),
                "options": [{"option": option, "label": text.to(lang)} for option, text in reading.options.items()],
            }
            for key, reading in standard.readings.items()
        ],
    }
    return whole if clause is None else _within(whole, clause)


def _within(whole: dict[str, Any], clause: str) -> dict[str, Any]:
    """Keep of each list what stands in a clause or below it."""
    kept = dict(whole)
    for key, items in whole.items():
        if isinstance(items, list):
            kept[key] = [item for item in items if f"{item.get('clause', '')}.".startswith(f"{clause}.")]
    return kept


def _number(value: Any) -> int | float | None:
    return None if value is None else plain(value)


def _test(standard: Standard, test: Test) -> dict[str, Any]:
    fact = standard.facts[test.fact]
    return {
        "fact": test.fact,
        "operator": test.operator,
        "value": test.value if isinstance(test.value, bool) else plain(test.value),
        "unit": fact.unit.en if fact.unit else None,
        "period": fact.period,
    }


def _part(standard: Standard, part: Part, lang: Lang) -> dict[str, Any]:
    asked = _test(standard, part.test) if part.test else dict.fromkeys(("fact", "operator", "value", "unit", "period"))
    return {"id": part.id, "text": part.text, "gloss": part.gloss.to(lang), "bonus": part.bonus, **asked}


def _row(standard: Standard, row: Criterion, lang: Lang) -> dict[str, Any]:
    return {
        "id": row.id,
        "row": row.row,
        "clause": row.clause,
        "text": row.text,
        "gloss": row.gloss.to(lang),
        "indicator": row.indicator,
        "max_score": _number(row.max_score),
        "provision": {"kind": row.provision.kind, "verb": row.provision.verb},
        "parts": [_part(standard, part, lang) for part in row.parts.values()],
    }


def _end(end: End | None) -> dict[str, Any] | None:
    return None if end is None else {"value": plain(end.value), "closed": end.closed}


def _band(band: Band) -> dict[str, Any]:
    return {
        "grade": band.grade,
        "printed": band.printed,
        "lower": _end(band.lower),
        "upper": _end(band.upper),
    }


def fact_list(result: Result, lang: Lang) -> list[dict[str, Any]]:
    """Return each fact of an assessment: its value, and where the standard uses it."""
    values = Facts(result.standard, result.assessment, result.readings).values
    return [
        {
            "id": key,
            "label": result.standard.facts[key].label.to(lang),
            "value": plain_value(values.get(key)),
            "unit": unit.en if (unit := result.standard.facts[key].unit) else None,
            "used": places,
        }
        for key, places in uses(result.standard).items()
    ]
