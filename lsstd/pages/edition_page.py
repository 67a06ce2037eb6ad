"""Two editions as sections: the table of amendments, the text with its changes, an assessment carried over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from lsstd.changes.diff import KINDS, NOTHING, Change, EditionDiff, merged_order, spans
from lsstd.changes.editions import continued, in_order
from lsstd.changes.migrate import FATES, Migration
from lsstd.engine.tree import reachable
from lsstd.exact import shown
from lsstd.pages.blocks import Block, Paragraph, Section, Table, grid, section
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard
from lsstd.standard.wording import edition_text, id_text, row_text
from lsstd.words import Lang, Marked, Span, Text, in_turn, msg, msg_in, noted

AMENDMENTS = msg("Table of amendments")
CONSOLIDATED = msg("Consolidated text")
_FATES = {
    "kept": msg("kept"),
    "rescaled": msg("rescaled"),
    "split": msg("split"),
    "merged": msg("merged"),
    "orphaned": msg("orphaned"),
}


def comparison(found: EditionDiff, lang: Lang) -> Section:
    """Return the table of amendments (修改对照表), to stand alone: it can be sent round as it is."""
    totals = [shown(reachable(standard)) for standard in (found.old, found.new)]
    points = msg("Total: {old} points before, {new} after", old=totals[0], new=totals[1])
    notes = [
        found.new.title,
        _editions(found.old, found.new),
        points if found.new.scored_rows else None,
        found.new.status,
    ]
    if not found.amendments:
        return section(AMENDMENTS, lang, *notes, msg("The editions do not differ."))
    return section(AMENDMENTS, lang, *notes, amendments_table(found.amendments, lang))


def _editions(old: Standard, new: Standard) -> Text:
    return msg("From: {old}. To: {new}", old=edition_text(old), new=edition_text(new))


def amendments_table(amendments: Sequence[tuple[Change, Text]], lang: Lang) -> Table:
    """Return changes with their reasons, an entry a line: where several of its kinds follow each other, as one."""
    rows: list[list[object]] = []
    for _, group in groupby(amendments, lambda one: (one[0].path, one[1])):
        found = list(group)
        first, reason = found[0]
        kinds = in_turn((KINDS[change.kind] for change, _ in found), len(found))
        before, after = ([_side(change, side, lang) for change, _ in found] for side in ("old", "new"))
        effects = dict.fromkeys(c.effect for c, _ in found if c.points or len({one.effect for one, _ in found}) == 1)
        subject = Text(f"{first.subject.zh}\n{kinds.zh}", f"{first.subject.en}\n{kinds.en}")
        effect = in_turn(effects or {found[-1][0].effect}, len(found))
        rows.append([len(rows) + 1, first.clause or "—", subject, _lines(before), _lines(after), effect, reason])
    heads = [msg("No."), msg("clause"), msg("subject"), msg("old"), msg_in("column", "new"), msg("effect on points")]
    if any(reason.zh for _, reason in amendments):
        reasons = [row[-1] for row in rows]
        for place in range(len(rows) - 1, 0, -1):  # told once for all lines that follow each other
            rows[place][-1] = (
                msg("as above") if reasons[place] == reasons[place - 1] and reasons[place] else reasons[place]
            )
        heads.append(msg_in("amendment", "reason"))
    else:
        rows = [row[:-1] for row in rows]
    return grid(lang, heads, rows, tight=(0, 1))


def _side(change: Change, side: str, lang: Lang) -> list[Span]:
    """Return one side of a change as spans: what only this side has is marked, where both have something."""
    text: Text = getattr(change, side)
    if NOTHING in (change.old, change.new) or change.kind in ("added", "removed", "moved"):
        return [("same", text.to(lang))]
    other = {"old": "inserted", "new": "deleted"}[side]
    return [span for span in spans(change.old.to(lang), change.new.to(lang)) if span[0] != other]


def _lines(texts: Iterable[list[Span]]) -> Marked:
    """Join texts, each on a line of its own."""
    listed = [[("same", "\n"), *spans] for spans in texts]
    return Marked([span for spans in listed for span in spans][1:])


# ── the text with its changes ────────────────────────────────────────────────────────────────────────────────────


def consolidated(old: Standard, new: Standard, lang: Lang) -> list[Section]:
    """Return what is encoded of the new edition's text, with each change from the old one as a revision."""
    how = msg(
        "Only what is encoded is given. Deleted and inserted text is marked, "
        "in Word as revisions by lsstd that can be accepted or rejected one by one."
    )
    title = Paragraph(_tracked(old.title.zh, new.title.zh), "verdict")
    head = section(CONSOLIDATED, lang, title, _editions(old, new), how, new.status)
    sections = [head, Section("", "", tuple(_clauses(old, new)))]
    if old.bands or new.bands:
        before, after = ({band.grade: band.printed for band in standard.bands} for standard in (old, new))
        rows = []
        for grade in merged_order([*before], [*after]):
            name = _tracked(*(grade if grade in side else "" for side in (before, after)))
            rows.append((name, _tracked(before.get(grade, ""), after.get(grade, ""))))
        sections.append(section(msg("Grades"), lang, grid(lang, [msg("grade"), msg("points")], rows)))
    if old.criteria or new.criteria:
        sections.append(section(msg("Scoring table"), lang, _rows(old, new, lang)))
    return sections


def _tracked(before: str, after: str) -> Marked:
    return Marked(spans(before, after), is_tracked=True)


def _clauses(old: Standard, new: Standard) -> Iterator[Block]:
    """Yield the clauses in their order, each with its number, its heading, its wording or its definition."""
    for key in merged_order([*old.clauses], [*new.clauses]):
        lines = []
        for standard in (old, new):
            clause, text = standard.clauses.get(key), ""
            if clause is not None:
                term = next((term.definition for term in standard.terms.values() if term.clause == key), "")
                heading = f"{key}  {clause.title.zh if clause.title else ''}".rstrip()
                text = "\n".join(filter(None, (heading, clause.text or term)))
            lines.append(text)
        yield Paragraph(_tracked(*lines))


def _rows(old: Standard, new: Standard, lang: Lang) -> Table:
    """Return the rows of both editions; what was divided, joined or moved is deleted here and inserted there."""
    of = continued(new, old.criteria, new.criteria)
    names = {first: name for name, first in of.items()}
    kept = in_order([names[key] for key in old.criteria if key in names], [*of])
    before = [names[key] if names.get(key) in kept else f"-{key}" for key in old.criteria]
    rows = []
    for key in merged_order(before, [*new.criteria]):
        source = key[1:] if key.startswith("-") else of[key] if key in kept else ""
        sides = _cells(old, old.criteria.get(source)), _cells(new, new.criteria.get(key))
        rows.append([_tracked(*pair) for pair in zip(*sides, strict=True)])
    heads = [msg("row"), msg("indicator"), msg("criterion"), msg_in("maximum", "points")]
    return grid(lang, heads, rows)


def _cells(standard: Standard, row: Criterion | None) -> list[str]:
    if row is None:
        return [""] * 4
    above = [node.name.zh for node in standard.above(row.indicator)][::-1]
    return [str(row.row), " · ".join(above), row.text, "" if row.max_score is None else shown(row.max_score)]


# ── an assessment carried over ───────────────────────────────────────────────────────────────────────────────────


def migration_sections(found: Migration, lang: Lang) -> list[Section]:
    """Return what became of an assessment: in numbers, what needs a look, what to ask again."""
    counts = ((text, sum(one.what == what for one in found.fates)) for what, text in _FATES.items())
    told = in_turn((noted(text, number) for text, number in counts), 5)
    secured, possible = map(shown, found.lost)
    lost = msg(
        "With rows that are gone {secured} secured and {possible} possible points vanish.",
        secured=secured,
        possible=possible,
    )
    about = found.new.title, _editions(found.old, found.new), Paragraph(told.to(lang), "verdict")
    head = section(msg("Carried over"), lang, *about, lost if any(found.lost) else None, found.new.status)
    rows = []
    for one in sorted(found.fates, key=lambda one: FATES.index(one.what)):
        if one.what != "kept" or one.note.en:
            to = _name(found.new, one.to) if one.to else NOTHING
            rows.append((_FATES[one.what], _name(found.old, one.id), to, one.note))
    heads = [msg("what became of it"), msg_in("carried", "from"), msg_in("carried", "to"), msg("note")]
    asked = [(_name(found.new, key), key, in_turn(found.asked[key], 5)) for key in found.ask]
    again = [msg("what to ask again"), msg("id"), msg("why")]
    tables = ((msg("What was changed"), heads, rows), (msg("To ask again"), again, asked))
    return [head, *(section(title, lang, grid(lang, columns, lines)) for title, columns, lines in tables if lines)]


def _name(standard: Standard, key: str) -> Text:
    """Name what was carried over, a row with its number."""
    name, _, part = key.partition(".")
    if row := standard.criteria.get(name):
        return noted(row_text(row), row.parts[part].gloss) if part in row.parts else row_text(row)
    return id_text(standard, key)
