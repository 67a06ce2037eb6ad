"""A standard as pages to read: every part of it, one row's page, what a search finds, the form against the scoring."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lsstd.engine.catalogue import Purpose, PurposeKind, catalogue, fields_for, not_asked, purpose_text, purposes, uses
from lsstd.engine.search import KINDS as SEARCHED
from lsstd.engine.search import Hit, silent
from lsstd.errors import Problem, UnknownName
from lsstd.pages.base_page import title_of
from lsstd.pages.blocks import NON_NORMATIVE, Block, Pairs, Paragraph, Section, grid, labelled, section
from lsstd.standard import wording
from lsstd.standard.document import Crosswalk
from lsstd.standard.readings import touching
from lsstd.standard.scoring_table import Test
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, by_word, join, msg, msg_in, nearest, noted, same

# Each part by its key in the catalogue: its title, and the keys of its columns.
PARTS = {
    "conditions": (msg("Application conditions"), "clause id text demands evidence fields"),
    "vetoes": (msg("Vetoes"), "clause id text demands fields"),
    "criteria": (msg("Criteria and points"), "row id text max_score demands provision evidence"),
    "indicators": (msg("Indicators"), "id name under printed_score also_printed how"),
    "bands": (msg("Grades and bands"), "grade printed how"),
    "tables": (msg("Further tables of bands"), "id label under bands"),
    "topics": (msg("Topics"), "clause id label in_scope described covers items"),
    "form": (msg("Application form"), "group printed gloss purpose boxes"),
    "clauses": (msg("Clauses"), "clause title provision wording note"),
    "terms": (msg("Terms"), "clause term definition gloss"),
    "printed_tables": (msg("Tables of the document"), "clause number title heads"),
    "references": (msg("References"), "title printed note"),
    "procedure": (msg("Procedure"), "clause actor action receiver period"),
    "history": (msg("History"), "date clause what names"),
    "background": (msg("Background figures"), "label amount source"),
    "scale": (msg("Maturity scale"), "level label meaning"),
    "measures": (msg("Measures"), "topic id label formula unit better source"),
    "facts": (msg("Facts"), "id label unit note"),
    "same_quantities": (msg("Facts that may be one quantity"), "facts clauses note"),
    "cross_checks": (msg("Checks between facts"), "clause gloss"),
    "readings": (msg("Readings"), "key clause question options"),
    "bring": (msg("What to bring"), "label proves"),
    "crosswalk": (msg("Crosswalk"), "subject row relation topic note"),
}
HEADS = by_word(
    *(msg("clause"), msg("id"), msg("name"), msg("demands"), msg("row"), msg("gloss"), msg("under")),
    *(msg("grade"), msg("label"), msg("bands"), msg("described"), msg("covers"), msg("title"), msg("provision")),
    *(msg("note"), msg("term"), msg("heads"), msg("definition"), msg("action"), msg("date"), msg("what")),
    *(msg("names"), msg("unit"), msg("source"), msg("level"), msg("topic"), msg("better")),
    *(msg("key"), msg("number"), msg("facts"), msg("question"), msg("subject"), msg("relation"), msg("clauses")),
) | {
    "text": msg("wording"),
    "max_score": msg_in("maximum", "points"),
    "how": msg("how it counts"),
    "printed_score": msg("points as printed"),
    "also_printed": msg("elsewhere printed as"),
    "fields": msg("form fields"),
    "evidence": msg("suggested evidence"),
    "purpose": msg("what it is for"),
    "printed": msg("as printed"),
    "in_scope": msg("in the scope"),
    "items": msg("it names"),
    "group": msg_in("column", "group"),
    "formula": msg("formula (not rated where the denominator is zero)"),
    "wording": msg("wording or gist"),
    "actor": msg("who"),
    "receiver": msg("sent to"),
    "period": msg("time limit"),
    "amount": msg_in("column", "value"),
    "meaning": msg_in("column", "meaning"),
    "boxes": msg("boxes to tick"),
    "options": msg("options (default first)"),
    "proves": msg_in("column", "proves"),
}
"""The heads of columns, by their keys: most keys are the English of the head."""
VOICE_NAMES = {"quoted": msg("quoted"), "retold": msg("retold"), "own": NON_NORMATIVE}
_CODES: dict[str, Mapping[str, Text]] = {
    "period": wording.PERIODS,
    "relation": wording.RELATIONS,
    "better": {"up": same("↑"), "down": same("↓")},
}
_PURPOSES: dict[PurposeKind, Text] = {
    "decides": msg("decides conditions or points"),
    "equated": msg("may decide them, if read as the same quantity"),
    "informs": msg("for reference in conditions or rows; not scored itself"),
    "form": msg("for the form only"),
    "contact": msg("names and contact details, not scored"),
}
_OWN = ("scale", "measures", "bring", "crosswalk")
"""The parts that are lsstd's own."""


def part(standard: Standard, name: str, lang: Lang, crosswalks: Iterable[Crosswalk] = ()) -> Section:
    """Return one part of a standard; raise `UnknownName` if there is no such part."""
    return list(parts(standard, catalogue(standard, lang, crosswalks=crosswalks), lang, name))[-1]


def parts(standard: Standard, whole: Mapping[str, Any], lang: Lang, only: str | None = None) -> Iterator[Section]:
    """Yield a standard's title and status, then those parts of its catalogue, `whole`, that have content.

    The catalogue may be that of one clause alone; `only` is the one part that is wanted.

    Raises `UnknownName`: `only` names no part.
    """
    if only is not None and only not in PARTS:
        problem = Problem("--part", msg("no part {only}", only=only), nearest(only, PARTS, every=True))
        raise UnknownName(msg("no such part"), [problem])
    yield head(standard, lang)
    found = purposes(standard)
    for name in (only,) if only else PARTS:
        entries = _fields(whole[name]) if name == "form" else whole[name]
        if entries:
            title, columns = PARTS[name]
            keys = [key for key in columns.split() if key not in _RARE or any(entry[key] for entry in entries)]
            rows = [[_cell(standard, found, name, entry, key, lang) for key in keys] for entry in entries]
            note = Paragraph(msg("{whose}.", whose=NON_NORMATIVE).to(lang), "status") if name in _OWN else None
            table = grid(lang, [HEADS[key] for key in keys], rows, tight=(keys.index("id"),) if "id" in keys else ())
            printed = standard.form.notes.items() if name == "form" and standard.form else ()
            notes = [[_beside(text, gloss, lang)] for text, gloss in printed]
            below = grid(lang, (msg("notes of the form"),), notes) if notes else None
            yield section(title, lang, note, table, below)


def head(standard: Standard, lang: Lang) -> Section:
    """Return a standard's title, id and edition, and what is to be known of it first."""
    pairs = Pairs(labelled(lang, [(msg("id"), standard.standard), (msg("edition"), wording.edition_text(standard))]))
    return section(standard.title, lang, pairs, Paragraph(standard.status.to(lang), "status"))


_RARE = ("how", "also_printed", "note", "options")
"""Columns that are left out where no entry has anything in them."""


def _fields(form: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the form's fields, each with its group."""
    groups = form["groups"] if form else []
    return [{"group": group["printed"] or group["gloss"], **field} for group in groups for field in group["fields"]]


def _beside(printed: str, gloss: Text, lang: Lang) -> str:
    """Return wording as printed; in English with its gloss below."""
    return printed if lang == "zh" or gloss.en == printed else f"{printed}\n{gloss.en}"


def _cell(
    standard: Standard, found: Mapping[str, Purpose], part: str, entry: Mapping[str, Any], key: str, lang: Lang
) -> object:
    """Return one cell of a part: codes and ids in words, lists line by line."""
    value: Any = entry.get("options" if key == "boxes" else key)
    match key, value:
        case "text", text:
            label = entry.get("label") or entry["gloss"]
            return text if label == text else f"{label}\n{text}"
        case "wording", _:
            told = [entry["text"], entry["gloss"]] if lang == "en" else [entry["text"] or entry["gloss"]]
            return "\n".join(filter(None, told))
        case "demands", _:
            return "\n".join(text.to(lang) for text in _demands(standard, part, entry["id"]))
        case "fields", _:
            return _form_fields(found, f"{part}.{entry['id']}", lang)
        case "purpose", _:
            return purpose_text(standard, found[entry["id"]])
        case "under", _:
            above = entry.get("parent") or entry.get("indicator")
            return standard.indicators[above].name if above else ""
        case "evidence", kinds:
            return join(standard.evidence_kinds[kind] for kind in kinds)
        case "proves", names:
            kinds = {name: "conditions" if name in standard.conditions else "criteria" for name in names}
            return join(wording.place_text(standard, f"{kind}.{name}") for name, kind in kinds.items())
        case "topic", _:
            return wording.id_text(standard, value)
        case "row", str() if value in standard.criteria:
            return noted(wording.place_text(standard, f"criteria.{value}"), standard.criteria[value].gloss)
        case "facts", names:
            return "\n".join(standard.facts[name].label.to(lang) for name in names)
        case "amount", _:
            return wording.value_text(standard.background[entry["id"]].value, standard.background[entry["id"]].unit)
        case "unit", _ if part == "facts":
            return standard.facts[entry["id"]].unit or ""
        case _, str() if value in _CODES.get(key, ()):
            return _CODES[key][value]
        case "items", quoted:
            glosses = standard.topics[entry["id"]].items
            return "\n".join(quoted if lang == "zh" else (noted(item.zh, item.en).en for item in glosses))
        case "provision", {"kind": kind, "verb": verb}:
            return noted(wording.KINDS[kind], verb) if verb else wording.KINDS[kind]
        case "bands", bands:
            return "\n".join(f"{band['grade']} {band['printed']}" for band in bands)
        case "how", rules:
            return "\n".join(rules)
        case "boxes", options:
            boxes = (noted(f"□{o['printed']}", o["gloss"]).en if lang == "en" else f"□{o['printed']}" for o in options)
            return "\n".join(boxes)
        case "options", options:
            return "\n".join(f"{option['option']}: {option['label']}" for option in options)
        case _, dict():
            return "\n".join(f"{name}: {text}" for name, text in value.items())
        case _, list():
            return ", ".join(map(str, value))
        case _, bool():
            return "✓" if value else "✗"
    return "" if value is None else str(value)


def _demands(standard: Standard, part: str, name: str) -> Iterator[Text]:
    """Yield what a condition, veto or row demands, with thresholds; of a row also how it earns its points."""
    if part == "criteria":
        row = standard.criteria[name]
        for demand in row.parts.values():
            text = noted(demand.gloss, _demand(standard, demand.test)) if demand.test else demand.gloss
            text = noted(text, msg("bonus")) if demand.bonus else text
            yield noted(text, msg("where it applies")) if demand.optional else text
        rules = wording.rule_text(standard, row), *wording.weight_texts(row), *wording.applies_texts(standard, row)
        yield from (text for text in rules if text)
        return
    entry = standard.conditions[name] if part == "conditions" else standard.vetoes[name]
    yield from wording.condition_texts(standard, entry)


def terms(standards: Iterable[Standard], lang: Lang) -> Section:
    """Return the terms of the standards, Chinese and English side by side."""
    heads = msg("clause"), msg("term (zh)"), msg("term (en)"), msg("definition"), msg("gist")
    listed = (term for standard in standards for term in standard.terms.values())
    rows = [(term.clause, term.term.zh, term.term.en, term.definition, term.gloss) for term in listed]
    return section(msg("Terms"), lang, grid(lang, heads, rows, tight=(0,)))


def form_coverage(standard: Standard, lang: Lang) -> Section:
    """Return what each field of the form is for, field by field, and what rows and conditions ask beyond the form."""
    blocks: list[Block] = []
    found, used = list(purposes(standard).values()), uses(standard)
    for kind, title in _PURPOSES.items():
        fields = [purpose for purpose in found if purpose.kind == kind]
        rows = [(_beside(p.field.printed, p.field.gloss, lang), purpose_text(standard, p)) for p in fields]
        caption = noted(title, str(len(rows)))
        blocks.append(grid(lang, (HEADS["printed"], HEADS["purpose"]), rows, caption=caption))
    heads = msg("quantity"), msg("unit"), msg_in("table", "period"), msg("used in")
    facts = []
    for fact in not_asked(standard):
        places = join(wording.place_text(standard, path) for path in used[fact.id])
        facts.append((fact.label, fact.unit or "", fact.period and wording.PERIODS[fact.period], places))
    caption = noted(msg("Used by conditions or rows, not asked by the form"), str(len(facts)))
    blocks.append(grid(lang, heads, facts, caption=caption))
    return section(msg("The form against the scoring"), lang, *blocks)


def row_page(standard: Standard, row_id: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return one row's page: wording, verb, parts, facts, form fields, readings, evidence, neighbours.

    Raises `UnknownName`, with the nearest row.
    """
    if row_id not in standard.criteria:
        found = msg("there is no {row_id}", row_id=row_id)
        raise UnknownName(msg("no such row"), [Problem("criterion", found, nearest(row_id, standard.criteria))])
    row = standard.criteria[row_id]
    verb = row.provision.verb or msg("no modal verb").to(lang)
    rule, kinds = wording.rule_text(standard, row), join(standard.evidence_kinds[kind] for kind in row.evidence)
    bearing = set(touching(row, standard)) - {"rounding"}  # which bears on all
    asked = (noted(reading.question, key).to(lang) for key, reading in standard.readings.items() if key in bearing)
    facts: list[tuple[Text, object]] = [
        (msg("Wording"), _beside(row.text, row.gloss, lang)),
        (msg("Place"), f"{row.clause} · {standard.indicators[row.indicator].name.to(lang)} · {row.id}"),
        (msg("Points"), row.max_score),
        *([(msg("Rule"), rule)] if rule else []),
        (msg("Provision"), noted(wording.KINDS[row.provision.kind], verb)),
        (msg("Suggested evidence"), noted(kinds, NON_NORMATIVE) if row.evidence else None),
        (msg("Form fields"), _form_fields(purposes(standard), f"criteria.{row.id}", lang) or None),
        (msg_in("related", "Readings"), "\n".join(asked) or None),
        (msg("Neighbours"), _neighbours(row.id, crosswalks, lang)),
    ]
    title, heads = msg("Row {row}: {gloss}", row=row.row, gloss=row.gloss), (msg("item"), msg("content"))
    parts = [(part.gloss, part.text, part.test and _demand(standard, part.test)) for part in row.parts.values()]
    whole = None if row.rule else msg("One demand: the row is answered as a whole.")
    below = grid(lang, (msg_in("column", "part"), msg("wording"), msg("threshold")), parts) if parts else whole
    return section(title, lang, grid(lang, heads, facts, tight=(0,)), below)


def _demand(standard: Standard, test: Test) -> Text:
    return wording.demand_text(standard.facts[test.fact], test.operator, test.value)


def _form_fields(found: Mapping[str, Purpose], place: str, lang: Lang) -> str:
    """Return the fields of the form that bear on a condition or row, and how."""
    how = {"decides": msg("it decides"), "equated": msg("perhaps the same quantity, a reading")}
    how["informs"] = msg("for reference; not scored itself")
    lines = []
    for purpose in fields_for(found, place):
        kind = "decides" if place in purpose.decides else "equated" if place in purpose.equated else "informs"
        label = _beside(purpose.field.printed, purpose.field.gloss, lang).replace("\n", " ")
        lines.append(noted(label, how[kind]).to(lang))
    return "\n".join(lines)


def _neighbours(name: str, crosswalks: Iterable[Crosswalk], lang: Lang) -> str | None:
    """Return what the other standard says of the same thing, for a row or a topic."""
    found = [
        noted(walk.subjects[subject], wording.RELATIONS[link.relation]).to(lang)
        + f" {link.note.to(lang)} [{link.topic if link.row == name else link.row}]"
        for walk in crosswalks
        for subject, links in walk.links.items()
        for link in links
        if name in (link.row, link.topic)
    ]
    return noted("\n".join(found), NON_NORMATIVE).to(lang) if found else None


def entry_of(whole: Mapping[str, Any], hit: Hit) -> dict[str, Any]:
    """Return what a catalogue holds of something found."""
    part = part_of(hit)
    entries = _fields(whole["form"]) if part == "form" else whole[part]
    if part == "bring":
        return next(entry for entry in entries if entry["kind"] == hit.id)
    return dict(entries[hit.position])


def part_of(hit: Hit) -> str:
    """Return the part of the catalogue to which something found belongs."""
    return {"evidence": "bring"}.get(hit.kind) or next(part for part, kind in SEARCHED.items() if kind == hit.kind)


def hit_page(standard: Standard, hit: Hit, crosswalks: Iterable[Crosswalk], lang: Lang) -> Section:
    """Return the page of what a search found: a row's own page, or its line of the part that it belongs to."""
    if hit.kind == "criterion":
        return row_page(standard, hit.id, crosswalks, lang)
    part, entry, found = part_of(hit), entry_of(catalogue(standard, lang), hit), purposes(standard)
    cells = ((HEADS[key], _cell(standard, found, part, entry, key, lang)) for key in PARTS[part][1].split())
    rows = [(msg("standard"), title_of(standard, lang)), *(cell for cell in cells if cell[1] not in ("", None))]
    if neighbours := _neighbours(hit.id, crosswalks, lang):
        rows.append((msg("neighbours"), neighbours))
    title = Text(f"{hit.clause} {hit.label.zh}".strip(), f"{hit.clause} {hit.label.en}".strip())
    own = Paragraph(NON_NORMATIVE.to(lang), "status") if part in _OWN or hit.kind in ("reading", "check") else None
    return section(title, lang, own, grid(lang, (msg("item"), msg("content")), rows, tight=(0,)))


def hits_page(standards: Iterable[Standard], hits: Sequence[Hit], query: str, lang: Lang) -> Section:
    """Return what a search found: what, where, in whose words; and which text is silent on it."""
    known = list(standards)
    titles = {standard.standard: standard.title for standard in known}
    notes = [
        msg(
            "{title}: the text, as quoted and retold here, is silent on “{query}”; what was found is lsstd's own, "
            "non-normative.",
            title=standard.title,
            query=query,
        )
        for standard in silent(known, hits)
    ]
    heads = msg("standard"), msg_in("column", "kind"), msg("clause"), msg("row"), msg("label and id")
    rows = []
    for hit in hits:
        place = titles[hit.standard], PARTS[part_of(hit)][0], hit.clause, "" if hit.row is None else hit.row
        rows.append((*place, f"{hit.label.to(lang)}\n{hit.id}", hit.found, VOICE_NAMES[hit.voice]))
    count = msg("{matches} found", matches=len(hits))
    table = grid(lang, (*heads, msg("found in"), msg("whose words")), rows, tight=(1, 2)) if rows else None
    return section(msg("Search: {query}", query=query), lang, *notes, count, table)
