"""A standard as pages to read: every part of it, one row's page, what a search finds, the form against the scoring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lsstd.engine.catalogue import Hit, catalogue, coverage
from lsstd.errors import Problem, UnknownName
from lsstd.pages.base_page import title_of
from lsstd.pages.blocks import NON_NORMATIVE, Block, Heading, Paragraph, Section, grid, section
from lsstd.standard.document import Crosswalk
from lsstd.standard.readings import touching
from lsstd.standard.scoring_table import Criterion, Test
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import KINDS, PERIODS, RELATIONS, condition_texts, demand_text, rule_text
from lsstd.words import Lang, Text, join, msg, msg_in, nearest, noted, paired

# Each part by its key in the catalogue: its title, and the keys of its columns.
PARTS = {
    "conditions": (msg("Application conditions"), "clause id label text tests"),
    "vetoes": (msg("Vetoes"), "clause id label text tests"),
    "criteria": (msg("Criteria and points"), "row indicator id text gloss max_score how"),
    "indicators": (msg("Indicators"), "id name parent printed_score how"),
    "bands": (msg("Grades and bands"), "grade printed how"),
    "tables": (msg("Further tables of bands"), "id label indicator bands"),
    "topics": (msg("Topics"), "clause id label in_scope described covers"),
    "form": (msg("Application form"), "group printed gloss fact"),
    "clauses": (msg("Clauses"), "clause title provision wording note"),
    "terms": (msg("Terms"), "clause term definition gloss"),
    "references": (msg("References"), "title printed"),
    "procedure": (msg("Procedure"), "clause actor action receiver period"),
    "history": (msg("History"), "date clause what names"),
    "background": (msg("Background figures"), "label value unit source"),
    "scale": (msg("Maturity scale"), "level label meaning"),
    "measures": (msg("Measures (not rated where the denominator is zero)"), "topic label formula unit better source"),
    "facts": (msg("Facts"), "id label kind unit"),
    "readings": (msg("Readings (where the text is silent)"), "key clause question options"),
    "bring": (msg("What to bring"), "kind label proves"),
    "crosswalk": (msg("Crosswalk"), "subject row relation topic note"),
}
HEADS = {
    "clause": msg("clause"), "id": msg("id"), "text": msg("wording"), "tests": msg("tests"), "row": msg("row"),
    "indicator": msg("indicator"), "gloss": msg("gloss"), "max_score": msg_in("maximum", "points"),
    "how": msg("how it counts"),
    "name": msg("name"), "parent": msg("under"), "printed_score": msg("points as printed"),
    "grade": msg("grade"), "printed": msg("as printed"), "label": msg("label"), "bands": msg("bands"),
    "in_scope": msg("in the scope"), "described": msg("described"), "covers": msg("covers"),
    "group": msg_in("column", "group"), "fact": msg("fact"), "title": msg("title"), "provision": msg("provision"),
    "wording": msg("wording or gist"), "note": msg("note"), "term": msg("term"),
    "definition": msg("definition"), "actor": msg("who"), "action": msg("action"), "receiver": msg("sent to"),
    "period": msg("time limit"), "date": msg("date"), "what": msg("what"), "names": msg("names"),
    "value": msg_in("column", "value"), "unit": msg("unit"), "source": msg("source"), "level": msg("level"),
    "meaning": msg_in("column", "meaning"), "topic": msg("topic"), "formula": msg("formula"), "better": msg("better"),
    "kind": msg_in("column", "kind"), "key": msg("key"),
    "question": msg("question"), "options": msg("options (default first)"), "proves": msg_in("column", "proves"),
    "subject": msg("subject"), "relation": msg("relation"),
}  # fmt: skip


_OWN = ("scale", "measures", "bring", "crosswalk")
"""The parts that are lsstd's own."""


def overview(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the standards side by side: what each holds, and its status."""
    heads = msg("standard"), msg("edition"), msg_in("column", "holds"), msg_in("column", "status")
    rows = [(s.title, s.edition, _size(s), s.status) for s in standards]
    return section(msg("The standards"), lang, grid(lang, heads, rows))


def _size(standard: Standard) -> Text:
    counts = (len(held) for held in (standard.clauses, standard.conditions, standard.criteria, standard.topics))
    clauses, conditions, rows, topics = counts
    return msg(
        "{clauses} clauses, {conditions} conditions, {rows} rows, {topics} topics",
        clauses=clauses,
        conditions=conditions,
        rows=rows,
        topics=topics,
    )


def part(standard: Standard, name: str, lang: Lang, crosswalks: Iterable[Crosswalk] = ()) -> Section:
    """Return one part of a standard, with the standard's status.

    Raises
    ------
    UnknownName
        There is no such part.
    """
    return list(parts(standard, catalogue(standard, lang, crosswalks=crosswalks), lang, name))[-1]


def parts(standard: Standard, whole: Mapping[str, Any], lang: Lang, only: str | None = None) -> Iterator[Section]:
    """Yield a standard's title and status, then its parts; of all, those without content are left out.

    Parameters
    ----------
    whole : mapping
        The standard's catalogue, perhaps of one clause alone.
    only : str, optional
        The one part that is wanted.

    Raises
    ------
    UnknownName
        `only` names no part.
    """
    if only is not None and only not in PARTS:
        problem = Problem("--part", msg("no part {only}", only=only), nearest(only, PARTS))
        raise UnknownName(msg("no such part"), [problem])
    yield Section("", title_of(standard, lang), (Paragraph(standard.status.to(lang), "status"),))
    for name in (only,) if only else PARTS:
        entries = _fields(whole[name]) if name == "form" else whole[name]
        if entries:
            title, columns = PARTS[name]
            keys = [key for key in columns.split() if key != "how" or any(entry["how"] for entry in entries)]
            rows = [[_cell(standard, entry, key) for key in keys] for entry in entries]
            note = Paragraph(msg("{whose}.", whose=NON_NORMATIVE).to(lang), "status")
            yield section(title, lang, note if name in _OWN else None, grid(lang, (HEADS[key] for key in keys), rows))


def _fields(form: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the form's fields, each with its group."""
    groups = form["groups"] if form else []
    return [{"group": group["printed"] or group["gloss"], **field} for group in groups for field in group["fields"]]


def _cell(standard: Standard, entry: Mapping[str, Any], key: str) -> object:
    """Return one cell: codes in words, lists line by line."""
    value = (entry["text"] or entry["gloss"]) if key == "wording" else entry[key]
    match key, value:
        case "max_score", None:
            return None
        case "tests", _:
            places: dict[str, Condition | Veto] = {**standard.conditions, **standard.vetoes}
            texts = condition_texts(standard, places[entry["id"]])
            return Text("\n".join(text.zh for text in texts), "\n".join(text.en for text in texts))
        case "provision", {"kind": kind, "verb": verb}:
            return _provision(kind, verb)
        case "bands", bands:
            return "\n".join(f"{band['grade']} {band['printed']}" for band in bands)
        case "how", rules:
            return "\n".join(rules)
        case "options", options:
            return "\n".join(f"{option['option']}: {option['label']}" for option in options)
        case "better", better:
            return {"up": "↑", "down": "↓"}[better]
        case "relation", relation:
            return RELATIONS[relation]
        case _, dict():
            return "\n".join(f"{name}: {text}" for name, text in value.items())
        case _, list():
            return ", ".join(map(str, value))
        case _, bool():
            return "✓" if value else "✗"
    return "" if value is None else str(value)


def _provision(kind: str, verb: str | None) -> Text:
    return noted(KINDS[kind], verb) if verb else KINDS[kind]


def terms(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the terms of the standards, Chinese and English side by side."""
    heads = msg("clause"), msg("term (zh)"), msg("term (en)"), msg("definition"), msg("gist")
    rows = [
        (term.clause, term.term.zh, term.term.en, term.definition, term.gloss)
        for standard in standards
        for term in standard.terms.values()
    ]
    return section(msg("Terms"), lang, grid(lang, heads, rows, tight=(0,)))


def form_coverage(standard: Standard, lang: Lang) -> Section:
    """Return what the form asks and no row uses, and what rows use and the form does not ask."""
    found = coverage(standard)
    blocks: list[Block] = []
    for title, names in (
        (msg("Asked by the form, used by no condition or row"), found.form_only),
        (msg("Used by conditions or rows, not asked by the form"), found.scoring_only),
        (msg("Asked and used"), found.both),
    ):
        facts = [standard.facts[name] for name in names]
        rows = [(f.label, f.id, f.unit or "", PERIODS[f.period] if f.period else "") for f in facts]
        heads = msg("quantity"), msg("fact"), msg("unit"), msg_in("table", "period")
        blocks += [Heading(f"{title.to(lang)} · {len(rows)}"), grid(lang, heads, rows)]
    return section(msg("The form against the scoring"), lang, *blocks)


def row_page(standard: Standard, row_id: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return one row's page: wording, verb, parts, facts, form fields, readings, evidence, neighbours.

    Raises
    ------
    UnknownName
        With the nearest row.
    """
    if row_id not in standard.criteria:
        found = msg("there is no {row_id}", row_id=row_id)
        raise UnknownName(msg("no such row"), [Problem("criterion", found, nearest(row_id, standard.criteria))])
    row = standard.criteria[row_id]
    verb = row.provision.verb or msg("no verb").to(lang)
    rule = rule_text(standard, row)
    facts: list[tuple[Text, object]] = [
        (msg("Wording"), row.text),
        (msg("Place"), f"{row.clause} · {standard.indicators[row.indicator].name.to(lang)} · {row.id}"),
        (msg("Points"), row.max_score),
        *([(msg("Rule"), rule)] if rule else []),
        (msg("Provision"), _provision(row.provision.kind, verb)),
        (msg("Suggested evidence"), _evidence(standard, row, lang)),
        (msg("Form fields"), _form_fields(standard, row, lang)),
        (msg_in("related", "Readings"), "\n".join(_readings(standard, row, lang)) or None),
        (msg("Neighbours"), _neighbours(row.id, crosswalks, lang)),
    ]
    title = msg("Row {row}: {gloss}", row=row.row, gloss=row.gloss)
    return section(
        title, lang, grid(lang, (msg("item"), msg("content")), facts, tight=(0,)), _demands(standard, row, lang)
    )


def _demands(standard: Standard, row: Criterion, lang: Lang) -> Block | Text | None:
    """Return the parts of a row with their thresholds."""
    if not row.parts:
        return None if row.rule else msg("One demand: the row is answered as a whole.")
    rows = [(part.gloss, part.text, part.test and _demand(standard, part.test)) for part in row.parts.values()]
    return grid(lang, (msg_in("column", "part"), msg("wording"), msg("threshold")), rows)


def _demand(standard: Standard, test: Test) -> Text:
    return demand_text(standard.facts[test.fact], test.operator, test.value)


def _marked(text: object, lang: Lang) -> str:
    """Return a text marked as lsstd's own."""
    return noted(text, NON_NORMATIVE).to(lang)


def _evidence(standard: Standard, row: Criterion, lang: Lang) -> str | None:
    kinds = join(standard.evidence_kinds[kind] for kind in row.evidence)
    return _marked(kinds, lang) if row.evidence else None


def _form_fields(standard: Standard, row: Criterion, lang: Lang) -> str | None:
    """Return the fields of the form that ask for what a row needs."""
    asked = {part.test.fact for part in row.parts.values() if part.test}
    asked |= {fact for _, fact in row.rule.facts()} if row.rule else set()
    asked |= {since for fact in asked if (since := standard.facts[fact].years_since)}
    groups = standard.form.groups.values() if standard.form else ()
    fields = [field for group in groups for field in group.fields.values() if field.fact in asked]
    return "\n".join(f.printed if lang == "zh" else f"{f.gloss.en}\n{f.printed}" for f in fields) or None


def _readings(standard: Standard, row: Criterion, lang: Lang) -> Iterable[str]:
    """Yield the readings that bear on a row."""
    bearing = set(touching(row, standard)) - {"rounding"}  # which bears on all
    for key, reading in standard.readings.items():
        if key in bearing:
            yield paired(key, reading.question).to(lang)


def _neighbours(name: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> str | None:
    """Return what the other standard says of the same thing, for a row or a topic."""
    found = [
        noted(link.topic if link.row == name else link.row, RELATIONS[link.relation]).to(lang)
        + " "
        + link.note.to(lang)
        for walk in crosswalks
        for links in walk.links.values()
        for link in links
        if name in (link.row, link.topic)
    ]
    return _marked("\n".join(found), lang) if found else None


_PART_OF = {"condition": "conditions", "clause": "clauses", "topic": "topics", "term": "terms", "measure": "measures"}


def hit_page(standard: Standard, hit: Hit, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return the page of what a search found: a row's own page, or its line of the part that it belongs to."""
    if hit.kind == "criterion":
        return row_page(standard, hit.id, crosswalks, lang)
    whole = catalogue(standard, lang)
    name = _PART_OF.get(hit.kind, "form")
    entries = _fields(whole["form"]) if name == "form" else whole[name]
    entry = next(
        entry for entry in entries if hit.id in (entry.get("id"), entry["clause"] if name == "clauses" else "")
    )
    rows: list[tuple[Text, object]] = [(msg("standard"), title_of(standard, lang))]
    rows += [(HEADS[key], _cell(standard, entry, key)) for key in PARTS[name][1].split() if entry[key]]
    if hit.kind == "topic":
        rows.append((msg("neighbours"), _neighbours(hit.id, crosswalks, lang)))
    title = Text(f"{hit.clause} {hit.label.zh}", f"{hit.clause} {hit.label.en}")
    note = Paragraph(NON_NORMATIVE.to(lang), "status") if name in _OWN else None
    return section(title, lang, note, grid(lang, (msg("item"), msg("content")), rows, tight=(0,)))
