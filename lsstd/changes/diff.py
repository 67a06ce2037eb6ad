"""Two editions of a standard beside each other: what a clause said, what it says now, and what that does to points."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lsstd.changes.edit import naming
from lsstd.changes.editions import check_same_standard, continued, in_order, renamed
from lsstd.changes.reform import Reform
from lsstd.exact import Exact, plain, shown, signed
from lsstd.standard import wording
from lsstd.standard.bands import Band, Demand, Table
from lsstd.standard.document import ClauseEntry, Provision
from lsstd.standard.models import Concise, Model, as_in_file
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Part
from lsstd.standard.standard import Condition, Reading, Standard, Veto
from lsstd.words import Lang, Span, Text, half_width, in_turn, join, msg, msg_in, noted, paired, same

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["added", "removed", "moved", "renamed", "reworded", "rescored"]
NOTHING = same("—")
_REWORDED = "text definition printed provision part_texts also_printed action actor receiver working_days every_years"
FIELD_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("id", "name", "label", "title", "term", "gloss"), "renamed"),
    **dict.fromkeys(("clause", "indicator", "parent", "number"), "moved"),
    **dict.fromkeys((*_REWORDED.split(), "question", "note", "evidence", "covers", "meaning"), "reworded"),
}
"""What it means that a field of an entry differs; of any other field, that points or a threshold do."""
KINDS: dict[Kind, Text] = {
    "added": msg("added"),
    "removed": msg("removed"),
    "moved": msg_in("change", "moved"),
    "renamed": msg("renamed"),
    "reworded": msg_in("change", "reworded"),
    "rescored": msg("points or thresholds"),
}
"""The kinds of changes, in the order in which several of one entry are listed."""
_APART = ("standard", "edition", "status", "source", "lineage", "sha256")
_FIRST = ("conditions", "vetoes", "bands", "tables", "indicators", "criteria", "facts", "readings")
_Side = tuple[Standard, Any]  # an edition, and an entry of it
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_]*|[0-9][0-9.,]*|.", re.DOTALL)


class Change(NamedTuple):
    """One change of one entry: the clause, what it is about, how it read and reads (— for nothing), what it does."""

    clause: str
    path: str
    kind: Kind
    subject: Text
    old: Text
    new: Text
    effect: Text = NOTHING
    points: Exact = 0
    """By how much the most that the entry is worth changes."""

    def to_dict(self, lang: Lang) -> dict[str, Any]:
        """Return the change as JSON holds it, None where there is nothing, and the spans of a wording."""
        fields = {key: getattr(self, key) for key in ("subject", "old", "new", "effect")}
        texts = {key: None if text == NOTHING else text.to(lang) for key, text in fields.items()}
        marked = {"spans": spans(self.old.to(lang), self.new.to(lang))} if self.kind == "reworded" else {}
        about = {"clause": self.clause, "path": self.path, "kind": self.kind}
        return {**about, **texts, "points": plain(self.points), **marked}


@dataclass(frozen=True)
class EditionDiff(Concise):
    """What differs between two editions, each change with the reason that a reform gives for it."""

    old: Standard
    new: Standard
    amendments: tuple[tuple[Change, Text], ...]

    @property
    def table(self) -> pd.DataFrame:
        """One line a change, in Chinese."""
        import pandas as pd

        columns = ["clause", "path", "kind", "subject", "old", "new", "effect", "points", "reason"]
        return pd.DataFrame(self.to_list(), columns=columns)

    def to_list(self, lang: Lang = "zh") -> list[dict[str, Any]]:
        """Return the changes as JSON holds them.

        >>> pair = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2027_made_up.yaml")
        >>> lsstd.diff(*pair).to_list("en")[0]["kind"]
        'added'
        """
        return [{**change.to_dict(lang), "reason": why.to(lang)} for change, why in self.amendments]


def diff(old: Standard, new: Standard, reforms: Sequence[tuple[Standard, Reform]] = ()) -> EditionDiff:
    """Return what differs between two editions, with the reasons of the reforms between them (修改对照表).

    A change carries the reason of the reform that touches its path; one that no reform touches carries all reasons.

    Parameters
    ----------
    old, new : Standard
        As `edition_pair` gives them, the new one telling what its rows and facts come from.
    reforms : sequence of (Standard, Reform)
        Those that made the new edition, each with the edition that it made.

    Raises `InvalidFile`: they are editions of different standards.

    Examples
    --------
    >>> pair = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2027_made_up.yaml")
    >>> int((lsstd.diff(*pair).table["kind"] == "removed").sum())
    4
    """

    def reason(change: Change) -> Text:
        touching = [(made, reform) for made, reform in reforms if reform.touches(change.path, made)]
        reasons = dict.fromkeys(reform.reason_for(change.path, made) for made, reform in touching or reforms)
        return in_turn([text for text in reasons if text.zh], len(reasons))

    return EditionDiff(old, new, tuple((change, reason(change)) for change in changes(old, new)))


def changes(old: Standard, new: Standard) -> list[Change]:
    """Return everything that differs between two editions, clause by clause in the document's order.

    Raises `InvalidFile`: they are editions of different standards.

    Examples
    --------
    >>> old = lsstd.load_standard("hlj-base-evaluation")
    >>> new = lsstd.load_reform("data/reforms/aaaa_from_440.yaml").apply(old)
    >>> [(change.path, change.old.en, change.new.en) for change in changes(old, new)]
    [('bands.AAAA', '> 450', '> 440'), ('bands.AAA', '401–450', '401–440')]
    """
    check_same_standard(old, new)
    names = renamed(old, new)
    found = [change for section in _sections(old, new) for change in _section(section, old, new, names)]
    clauses = merged_order([*old.clauses], [*new.clauses])
    return sorted(found, key=lambda change: _place(change.clause, clauses))


def spans(old: str, new: str) -> list[Span]:
    """Return the wording of both sides in one: what stayed, what was deleted, what was inserted.

    Examples
    --------
    >>> spans("不少于 1000m²", "不少于 800m²")
    [('same', '不少于 '), ('deleted', '1000'), ('inserted', '800'), ('same', 'm²')]
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    found: list[Span] = []
    deleted, inserted = "", ""
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for place, (step, a, b, c, d) in enumerate(steps):
        # a single character that happens to be in both means nothing to a reader
        is_chance = step == "equal" and b - a < 2 and 0 < place < len(steps) - 1 and before[a].isalnum()
        if step != "equal" or is_chance:
            deleted, inserted = deleted + "".join(before[a:b]), inserted + "".join(after[c:d])
            continue
        found += [*_changed(deleted, inserted), ("same", "".join(before[a:b]))]
        deleted, inserted = "", ""
    return [*found, *_changed(deleted, inserted)]


def _changed(deleted: str, inserted: str) -> Iterator[Span]:
    if deleted:
        yield "deleted", deleted
    if inserted:
        yield "inserted", inserted


# ── which entries belong together ────────────────────────────────────────────────────────────────────────────────


def _entries(standard: Standard, section: str) -> Mapping[str, Any]:
    """Return the entries of a section by what they go by; fields of the form by group and field; one value as one."""
    held: Any = getattr(standard, section)
    if section == "form":
        return (
            {f"groups.{g.id}.fields.{f.id}": f for g in held.groups.values() for f in g.fields.values()} if held else {}
        )
    if section == "clauses":  # the wording of conditions comes with their demands
        asked: tuple[Condition | Veto, ...] = (*standard.conditions.values(), *standard.vetoes.values())
        own = {entry.clause for entry in asked}
        return {key: entry for key, entry in held.items() if key not in own}
    if section == "bands":
        return {band.grade: band for band in held}
    return held if isinstance(held, dict) else {"": held}


def _sections(old: Standard, new: Standard) -> Iterator[str]:
    """Yield the sections that differ, those that decide first."""
    before, after = as_in_file(old), as_in_file(new)
    for section in dict.fromkeys(("clauses", *_FIRST, *after)):
        if section not in _APART and repr(before[section]) != repr(after[section]):
            yield section


def _section(section: str, old: Standard, new: Standard, new_ids: Mapping[str, str]) -> Iterator[Change]:
    """Yield what differs in a section, in its order; `new_ids` gives those of entries that have another id now."""
    before, after = _entries(old, section), _entries(new, section)
    sources = {key: [s for s in new.sources_of(key) if s in before] for key in after}
    of = continued(new, before, after)
    if section == "clauses":
        of |= _renumbered(before, after)
    names = {first: key for key, first in of.items()}
    order = [names[key] for key in before if key in names]
    kept = in_order(order, [key for key in after if key in of]) if section in ("criteria", "conditions") else {*after}
    for key in merged_order([names.get(key, key) for key in before], [*after]):
        path = f"{section}.{key}".rstrip(".")
        if key in of:
            first, last = before[of[key]], after[key]
            places = (_where(first), _where(last)) if key not in kept else None
            if section == "clauses" and key != of[key]:
                places = same(of[key]), same(key)
            yield from _differing(path, (old, first), (new, last), places, new_ids)
        elif key in after:
            came = join(_subject_of(before[s], before[s]) for s in sources[key])
            was = msg("[from {sources}]", sources=came) if sources[key] else NOTHING
            yield _change("added", path, None, (new, after[key]), (was, _in_full(new, after[key])))
        else:
            into = [_subject_of(after[name], after[name]) for name, found in sources.items() if key in found]
            now = msg("[now in {rows}]", rows=join(into)) if into else NOTHING
            yield _change("removed", path, (old, before[key]), None, (_in_full(old, before[key]), now))


def _renumbered(before: Mapping[str, ClauseEntry], after: Mapping[str, ClauseEntry]) -> dict[str, str]:
    """Return the clauses that kept their wording under another number, each with its former number."""
    gone = {entry.text: key for key, entry in before.items() if key not in after and entry.text}
    return {key: gone[entry.text] for key, entry in after.items() if key not in before and entry.text in gone}


def merged_order(before: list[str], after: list[str]) -> list[str]:
    """Return what either side has, in the new order, each that went behind what stood before it.

    Examples
    --------
    >>> merged_order(["a", "b", "c"], ["a", "d", "c"])
    ['a', 'b', 'd', 'c']
    """
    order, last = [*after], -1
    for name in before:
        if name not in order:
            order.insert(last + 1, name)
        last = order.index(name)
    return order


def _place(clause: str, clauses: list[str]) -> tuple[int, int, list[tuple[int, str]]]:
    """Return where a clause stands: by its number or that of the clause around it; where none is known, counted."""
    near = [number for number in clauses if f"{clause}.".startswith(f"{number}.")]
    if near and clause:
        return 0, clauses.index(max(near, key=len)), []
    steps = re.findall(r"[0-9]+|[^0-9.]+", clause)
    return (1 if clause else 2), 0, [(int(step), "") if step.isdecimal() else (0, step) for step in steps]


# ── what differs, in words ───────────────────────────────────────────────────────────────────────────────────────


def _change(kind: Kind, path: str, first: _Side | None, last: _Side | None, texts: tuple[Text, Text]) -> Change:
    """Return a change of one kind to an entry that one or both editions have."""
    standard, entry = next(side for side in (last, first) if side)
    points = (_worth_of(last) - _worth_of(first)) if kind in ("added", "removed", "rescored") else 0
    subject = _subject_of(first and first[1], last and last[1], path)
    effect = _effect_of(entry, points, kind, first and first[1])
    return Change(_clause_of(standard, entry, path), path, kind, subject, *texts, effect, points)


def _differing(
    path: str, old: _Side, new: _Side, places: tuple[Text, Text] | None, new_ids: Mapping[str, str]
) -> Iterator[Change]:
    """Yield what differs of an entry that both editions have, a change for each kind; its places where it moved."""
    pairs: dict[str, tuple[Text, Text]] = {}
    one, other = (dict(_fields_of(standard, entry, path)) for standard, entry in (old, new))
    for name in dict.fromkeys([*one, *other]):
        (key, text), (new_key, new_text) = one.get(name, (None, NOTHING)), other.get(name, (None, NOTHING))
        if repr(naming({name: key}, new_ids)) != repr({name: new_key}):  # a fact with another id is the same fact
            pairs[name] = text, new_text
    if "text" in pairs:  # of which the wording of parts is a piece
        pairs.pop("part_texts", None)
    if "gloss" in pairs or "label" in pairs or "name" in pairs:
        pairs.pop("id", None)
    if places:
        pairs["number"] = places
    for kind in KINDS:
        if texts := [pair for name, pair in pairs.items() if FIELD_KINDS.get(name, "rescored") == kind]:
            before, after = (join(dict.fromkeys(side)) for side in zip(*texts, strict=True))
            yield _change(kind, path, old, new, (before, after))


# ── an entry field by field ──────────────────────────────────────────────────────────────────────────────────────


def _fields_of(standard: Standard, entry: Any, path: str) -> Iterator[tuple[str, tuple[Any, Text]]]:
    """Yield each field of an entry, by its name: its value, and the value in words."""
    if not isinstance(entry, Model):
        yield _bare(path), (as_in_file(entry), _plainly(entry))
        return
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        if name in ("row", "bears_on") or (isinstance(entry, Band) and name in ("upper", "printed")):
            continue
        if isinstance(entry, Criterion) and name == "parts":
            texts = [(part.text, part.gloss) for part in value.values()]
            yield "part_texts", (texts, join(same(part.text) for part in value.values()) if value else NOTHING)
            value = [as_in_file(part.model_copy(update={"text": "", "gloss": NOTHING})) for part in value.values()]
        if isinstance(entry, Reading) and name == "options":
            yield "default", (next(iter(value)), paired(*next(iter(value.items()))))
            value = dict(sorted(value.items()))
        key = (entry.lower, entry.upper, entry.printed) if isinstance(entry, Band) and name == "lower" else value
        yield name, (as_in_file(key), _told(standard, entry, name))


def _bare(path: str) -> str:
    """Return the field that a value which is no entry counts as: a title as a name, what decides grades as itself."""
    return path if path.startswith(("title", "rounding", "requires")) else "text"


def _told(standard: Standard, entry: Any, name: str) -> Text:
    """Tell one field of an entry."""
    value = getattr(entry, name)
    match entry, name:
        case (_, "max_score" | "min_score" | "printed_score"):
            return msg("{number} points", number=shown(value))
        case (Criterion(), "rule"):
            return wording.rule_text(standard, entry) or msg("no separate rule")
        case (Criterion(), "parts"):
            return join(_part(standard, part) for part in value.values()) if value else NOTHING
        case (Criterion() | Indicator(), "weight"):
            return _or_nothing(wording.weight_texts(entry))
        case (Criterion() | Indicator() | Condition(), "applies"):
            return _or_nothing(wording.applies_texts(standard, entry))
        case (Condition() | Veto(), "tests" | "test" | "any_of"):
            return join(wording.condition_texts(standard, entry))
        case (Indicator(), "combine" | "best" | "cap" | "floor" | "divisor" | "not_applicable" | "on_top"):
            return _or_nothing(wording.combining_texts(entry))
        case (Band(), "lower"):
            return half_width(entry.printed)
        case (_, "indicator" | "parent") if value in standard.indicators:
            return standard.indicators[value].name
        case (Fact(), "period") if value in wording.PERIODS:
            return wording.PERIODS[value]
        case (_, "working_days") if value:
            return msg("{days} working days", days=value)
        case (_, "bands") if isinstance(entry, Table):
            return join(msg("{grade} {asked}", grade=band.grade, asked=_band(standard, band)) for band in value)
    return _plainly(value, standard)


def _plainly(value: Any, standard: Standard | None = None) -> Text:
    """Tell any value."""
    match value:
        case Text():
            return value
        case Provision():
            return join([wording.KINDS[value.kind], *([same(value.verb)] if value.verb else [])])
        case Demand() if standard:
            return wording.asked_text(standard, value)
        case Model():
            held = {name: getattr(value, name) for name in type(value).model_fields}
            return join(paired(same(name), _plainly(one)) for name, one in held.items() if one not in (None, (), {}))
        case dict():
            return join(paired(key, _plainly(one)) for key, one in value.items()) if value else NOTHING
        case list() | tuple():
            return join(_plainly(one, standard) for one in value) if value else NOTHING
        case bool():
            return msg_in("answer", "yes") if value else msg("no")
        case str():
            return same(value)
    return same(shown(value))


def _or_nothing(texts: Iterator[Text]) -> Text:
    return join(found) if (found := list(texts)) else NOTHING


def _band(standard: Standard, band: Band) -> Text:
    return join([half_width(band.printed), *(wording.asked_text(standard, demand) for demand in band.requires)])


def _part(standard: Standard, part: Part) -> Text:
    if part.test is None:
        return part.gloss
    return noted(part.gloss, wording.demand_text(standard.facts[part.test.fact], part.test.operator, part.test.value))


def _in_full(standard: Standard, entry: Any) -> Text:
    """Tell an entry that the other edition does not have: its wording, and what it asks for or is worth."""
    match entry:
        case Criterion():
            return noted(entry.text or entry.gloss, msg("{number} points", number=shown(entry.max_score)))
        case Condition() | Veto():
            return noted(entry.text, join(wording.condition_texts(standard, entry)))
        case Band():
            return _band(standard, entry)
        case ClauseEntry():
            return same(entry.text) if entry.text else entry.title or entry.gloss
    named = next(
        (getattr(entry, name) for name in ("definition", "printed", "name", "label") if hasattr(entry, name)), entry
    )
    return _plainly(named)


def _subject_of(first: Any, last: Any, path: str = "") -> Text:
    """Name what a change is about; a row by its number, in both editions where it is another."""
    entry = first if last is None else last
    match entry:
        case Criterion():
            if first is None:
                return msg("new row {row}, {gloss}", row=entry.row, gloss=entry.gloss)
            if last is None:
                return msg("former row {row}, {gloss}", row=entry.row, gloss=entry.gloss)
            numbers = dict.fromkeys(str(row.row) for row in (first, last))
            return msg("row {row}, {gloss}", row=" → ".join(numbers), gloss=entry.gloss)
        case Band():
            return msg("grade {grade}", grade=entry.grade)
        case ClauseEntry():
            return entry.title or msg("wording of the clause")
        case Reading():
            return entry.question
    named = next((getattr(entry, n) for n in ("label", "name", "term", "gloss", "action") if hasattr(entry, n)), None)
    return named if isinstance(named, Text) else _HEADS.get(path.partition(".")[0], same(path))


_HEADS = {"requires": msg("asked of every grade"), "title": msg("title")}


def _where(row: Any) -> Text:
    """Tell where a row or a condition stands."""
    return msg("row {row}", row=row.row) if isinstance(row, Criterion) else same(getattr(row, "clause", "—"))


def _clause_of(standard: Standard, entry: Any, path: str) -> str:
    """Return the clause that a change belongs to."""
    section, _, rest = path.partition(".")
    if section == "clauses":
        return rest
    if section in ("bands", "requires"):
        held = [table.clause for table in standard.printed_tables if "bands" in table.holds]
        return next(iter(held), "")
    if section == "indicators":
        below = [entry.id, *(node.id for node in standard.children_of.get(entry.id, ()))]
        return next((row.clause for name in below for row in standard.rows_of.get(name, ())), "")
    if section == "form":
        return standard.form.clause if standard.form else ""
    return getattr(entry, "clause", None) or (standard.clause_asking(entry.id) if section == "facts" else "")


# ── what it does to points ───────────────────────────────────────────────────────────────────────────────────────


def _worth_of(side: _Side | None) -> Exact:
    """Return the most points that an entry is worth."""
    return (side[1].max_score or 0) if side and isinstance(side[1], Criterion) else 0


def _effect_of(entry: Any, points: Exact, kind: Kind, old: Any) -> Text:
    """Tell what a change does to points, or to what else decides."""
    match entry:
        case Criterion() if points:
            return msg("{change} points", change=signed(points))
        case Band() | Table():
            return msg("a grade line, no row's points")
        case Condition() | Veto() if kind in ("rescored", "added", "removed"):
            return msg("decides who may apply, not the points")
        case Criterion() if kind == "rescored":
            return msg("the same points, earned otherwise")
        case Criterion() if kind == "moved" and entry.indicator != old.indicator:
            return msg("its points now count there")
        case Indicator() if kind == "rescored":
            return msg("the sum of its rows")
        case Reading() | str() | int() | tuple() if kind == "rescored":
            return msg("how answers are counted")
    return msg("does not affect points")
