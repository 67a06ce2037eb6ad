"""Two editions of a standard beside each other: what a clause said, what it says now, and what that does to points."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lsstd.changes.edit import naming
from lsstd.changes.editions import check_same_standard, in_order
from lsstd.changes.reform import Reform
from lsstd.exact import Exact, plain, shown, signed
from lsstd.standard.bands import Band, Demand, Table
from lsstd.standard.document import ClauseEntry, Provision
from lsstd.standard.models import Concise, Model, as_in_file
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Part
from lsstd.standard.standard import Condition, Reading, Standard, Veto
from lsstd.standard.wording import KINDS as PROVISIONS
from lsstd.standard.wording import (
    PERIODS,
    applies_texts,
    asked_text,
    combining_texts,
    condition_texts,
    demand_text,
    rule_text,
    weight_texts,
)
from lsstd.words import Lang, Span, Text, half_width, in_turn, join, msg, msg_in, noted, paired, same

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["added", "removed", "moved", "renamed", "reworded", "rescored"]
NOTHING = same("—")
KINDS: dict[Kind, Text] = {
    "added": msg_in("change", "added"),
    "removed": msg_in("change", "removed"),
    "moved": msg_in("change", "moved"),
    "renamed": msg_in("change", "renamed"),
    "reworded": msg_in("change", "reworded"),
    "rescored": msg_in("change", "points or thresholds"),
}
"""What a change is, in the order in which several of one entry are told."""
_FIELDS: dict[str, Kind] = {
    **dict.fromkeys(("id", "name", "label", "title", "term", "gloss"), "renamed"),
    **dict.fromkeys(("clause", "indicator", "parent", "number"), "moved"),
    **dict.fromkeys(("text", "definition", "printed", "provision", "part_texts", "also_printed"), "reworded"),
    **dict.fromkeys(
        (
            "action",
            "actor",
            "receiver",
            "working_days",
            "every_years",
            "question",
            "note",
            "evidence",
            "covers",
            "meaning",
        ),
        "reworded",
    ),
}
"""What it means that a field of an entry differs; of any other field, that points or a threshold do."""
_APART = ("standard", "edition", "status", "source", "follows", "came_from", "lineage", "sha256")
_FIRST = ("conditions", "vetoes", "bands", "tables", "indicators", "criteria", "facts", "readings")
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
        """Return the change as JSON holds it, the wording's spans with it."""
        texts = {key: getattr(self, key).to(lang) for key in ("subject", "old", "new", "effect")}
        marked = {"spans": spans(texts["old"], texts["new"])} if self.kind == "reworded" else {}
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
        from lsstd.pages.frames import edition_frame

        return edition_frame(self)

    def to_list(self, lang: Lang = "zh") -> list[dict[str, Any]]:
        """Return the changes as JSON holds them.

        >>> pair = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2027_made_up.yaml")
        >>> lsstd.diff(*pair).to_list("en")[0]["kind"]
        'added'
        """
        return [{**change.to_dict(lang), "reason": why.to(lang)} for change, why in self.amendments]


def diff(old: Standard, new: Standard, reforms: Sequence[tuple[Standard, Reform]] = ()) -> EditionDiff:
    """Return what differs between two editions, with the reasons that the reforms between them give.

    Parameters
    ----------
    old, new : Standard
        As `edition_pair` gives them, the new one telling what its rows and facts come from.
    reforms : sequence of (Standard, Reform)
        Those that made the new edition, each with the edition that it made.

    Raises
    ------
    InvalidFile
        They are editions of different standards.

    Examples
    --------
    >>> pair = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2027_made_up.yaml")
    >>> int((lsstd.diff(*pair).table["kind"] == "removed").sum())
    4
    """

    def reason(change: Change) -> Text:
        told = dict.fromkeys(reform.reason_for(change.path, made) for made, reform in reforms)
        return in_turn([why for why in told if why.zh], len(told))

    return EditionDiff(old, new, tuple((change, reason(change)) for change in changes(old, new)))


def changes(old: Standard, new: Standard) -> list[Change]:
    """Return everything that differs between two editions, clause by clause in the document's order.

    Raises
    ------
    InvalidFile
        They are editions of different standards.

    Examples
    --------
    >>> old = lsstd.load_standard("hlj-base-evaluation")
    >>> new = lsstd.load_reform("data/reforms/aaaa_from_440.yaml").apply(old)
    >>> [(change.path, change.old.en, change.new.en) for change in changes(old, new)]
    [('bands.AAAA', '> 450', '> 440'), ('bands.AAA', '401–450', '401–440')]
    """
    check_same_standard(old, new)
    uses = Counter(source for name in new.lineage for source in new.sources_of(name))
    names = {found[0]: name for name, found in new.lineage.items() if len(found) == 1 and uses[found[0]] == 1}
    found = [change for section in _sections(old, new) for change in _section(section, old, new, names)]
    clauses = merged_order([*old.clauses], [*new.clauses], {})
    return sorted(found, key=lambda change: _place(change.clause, clauses))


def amendments_of(standard: Standard, reforms: Sequence[Reform]) -> list[tuple[Change, Text]]:
    """Return what each of several reforms, applied in order, changes, with that reform's reason (修改对照表)."""
    amendments: list[tuple[Change, Text]] = []
    for reform in reforms:
        before = standard.model_copy(update={"lineage": {}})
        after = reform.apply(before)
        amendments += [(change, reform.reason_for(change.path, before)) for change in changes(before, after)]
        standard = after
    return amendments


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
        # A single character that happens to stand in both tells a reader nothing.
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
    uses = Counter(source for found in sources.values() for source in found)
    if section == "clauses":
        sources |= _renumbered(before, after)
        uses.update(found[0] for key, found in sources.items() if key not in before and found)
    of = {key: found[0] for key, found in sources.items() if len(found) == 1 and uses[found[0]] == 1}
    names = {first: key for key, first in of.items()}
    order = [names[key] for key in before if key in names]
    kept = in_order(order, [key for key in after if key in of]) if section in ("criteria", "conditions") else {*after}
    for key in merged_order([*before], [*after], names):
        path = f"{section}.{key}".rstrip(".")
        if key in of:
            yield from _differing(path, (old, before[of[key]]), (new, after[key]), key not in kept, new_ids)
        elif key in after:
            yield _come(path, new, after[key], [_subject(before[s], before[s]) for s in sources[key]])
        else:
            into = [_subject(after[name], after[name]) for name, found in sources.items() if key in found]
            yield _gone(path, old, before[key], into)


def _renumbered(before: Mapping[str, ClauseEntry], after: Mapping[str, ClauseEntry]) -> dict[str, list[str]]:
    """Return clauses that have another number and the same wording."""
    gone = {entry.text: key for key, entry in before.items() if key not in after and entry.text}
    return {key: [gone[e.text]] for key, e in after.items() if key not in before and e.text in gone}


def merged_order(before: list[str], after: list[str], names: Mapping[str, str]) -> list[str]:
    """Return what either side has, in the new order, each that went behind what stood before it.

    `names` gives the new ones of those that have another name now.

    Examples
    --------
    >>> merged_order(["a", "b", "c"], ["a", "d", "c"], {})
    ['a', 'b', 'd', 'c']
    """
    order, last = [*after], -1
    for key in before:
        name = names.get(key, key)
        if name not in order:
            order.insert(last + 1, name)
        last = order.index(name)
    return order


def _place(clause: str, clauses: list[str]) -> tuple[int, int]:
    """Return where a clause stands: by its number, else by that of the clause that it belongs to; unknown ones last."""
    near = [number for number in clauses if f"{clause}.".startswith(f"{number}.")]
    return (0, clauses.index(max(near, key=len))) if near and clause else (1, 0)


# ── what differs, in words ───────────────────────────────────────────────────────────────────────────────────────


def _come(path: str, standard: Standard, entry: Any, sources: list[Text]) -> Change:
    worth = _worth(entry)
    old = msg("[from {sources}]", sources=join(sources)) if sources else NOTHING
    clause, effect = _clause(standard, entry, path), _effect(entry, worth, "added")
    return Change(clause, path, "added", _subject(None, entry, path), old, _in_full(standard, entry), effect, worth)


def _gone(path: str, standard: Standard, entry: Any, into: list[Text]) -> Change:
    worth = -_worth(entry)
    new = msg("[now in {rows}]", rows=join(into)) if into else NOTHING
    clause, effect = _clause(standard, entry, path), _effect(entry, worth, "removed")
    return Change(clause, path, "removed", _subject(entry, None, path), _in_full(standard, entry), new, effect, worth)


def _differing(
    path: str, old: tuple[Standard, Any], new: tuple[Standard, Any], has_moved: bool, new_ids: Mapping[str, str]
) -> Iterator[Change]:
    """Yield what differs of an entry that both editions have, a change for each kind."""
    first, (after, last) = old[1], new
    pairs: dict[str, tuple[Text, Text]] = {}
    one, other = (dict(_fields(standard, entry, path)) for standard, entry in (old, new))
    for name in dict.fromkeys([*one, *other]):
        (key, text), (new_key, new_text) = one.get(name, (None, NOTHING)), other.get(name, (None, NOTHING))
        if repr(naming({name: key}, new_ids)) != repr({name: new_key}):  # a fact with another id is the same fact
            pairs[name] = text, new_text
    if "text" in pairs:  # of which the wording of parts is a piece
        pairs.pop("part_texts", None)
    if "gloss" in pairs or "label" in pairs or "name" in pairs:
        pairs.pop("id", None)
    if has_moved:
        pairs["number"] = pairs.get("number") or (_where(first), _where(last))
    subject, worth = _subject(first, last, path), _worth(last) - _worth(first)
    for kind in KINDS:
        texts = [pair for name, pair in pairs.items() if _FIELDS.get(name, "rescored") == kind]
        if texts:
            old_text, new_text = (_listed(side) for side in zip(*texts, strict=True))
            if (
                kind == "rescored"
                and "text" in one
                and not pairs.keys() & {"text", "part_texts"}
                and _has_demands(pairs)
            ):
                new_text = msg("{words} [wording not yet changed]", words=new_text)
            points = worth if kind == "rescored" else 0
            effect = _effect(last, points, kind, after)
            yield Change(_clause(after, last, path), path, kind, subject, old_text, new_text, effect, points)


def _has_demands(pairs: Mapping[str, Any]) -> bool:
    """Say whether what the wording itself demands differs: a threshold, or the demands of a row."""
    return bool(pairs.keys() & {"tests", "test", "parts"})


def _listed(texts: Iterable[Text]) -> Text:
    return join(dict.fromkeys(texts))


def _fields(standard: Standard, entry: Any, path: str) -> Iterator[tuple[str, tuple[Any, Text]]]:
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
    """Return the field that a value which is no entry counts as: a title as a name, other words as wording."""
    return (
        path if path == "title" else "text" if path.startswith(("evidence_kinds", "below", "subject_label")) else "note"
    )


def _told(standard: Standard, entry: Any, name: str) -> Text:
    """Tell one field of an entry."""
    value = getattr(entry, name)
    match entry, name:
        case (_, "max_score" | "printed_score"):
            return msg("{number} points", number=shown(value))
        case (Criterion(), "min_score"):
            return msg("at least {min_score} points", min_score=shown(value))
        case (Criterion(), "rule"):
            return rule_text(standard, entry) or msg("no rule of its own")
        case (Criterion(), "parts"):
            return join(_part(standard, part) for part in value.values()) if value else NOTHING
        case (Criterion() | Indicator(), "weight"):
            return _or_nothing(weight_texts(entry))
        case (Criterion() | Indicator() | Condition(), "applies"):
            return _or_nothing(applies_texts(standard, entry))
        case (Condition() | Veto(), "tests" | "test" | "any_of"):
            return join(condition_texts(standard, entry))
        case (Indicator(), "combine" | "best" | "cap" | "floor" | "divisor" | "not_applicable" | "on_top"):
            return _or_nothing(combining_texts(entry))
        case (Band(), "lower"):
            return half_width(entry.printed)
        case (_, "indicator" | "parent") if value in standard.indicators:
            return standard.indicators[value].name
        case (Fact(), "period") if value in PERIODS:
            return PERIODS[value]
        case (_, "working_days") if value:
            return msg("{days} working days", days=value)
        case (_, "bands") if isinstance(entry, Table):
            return join(msg("{grade} {asked}", grade=band.grade, asked=_band(standard, band)) for band in value)
        case (_, "decides") if isinstance(entry, Table):
            return msg("decides the grade") if value else NOTHING
    return _plainly(value, standard)


def _plainly(value: Any, standard: Standard | None = None) -> Text:
    """Tell any value."""
    match value:
        case Text():
            return value
        case Provision():
            return join([PROVISIONS[value.kind], *([same(value.verb)] if value.verb else [])])
        case Demand() if standard:
            return asked_text(standard, value)
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
    return join([half_width(band.printed), *(asked_text(standard, demand) for demand in band.requires)])


def _part(standard: Standard, part: Part) -> Text:
    if part.test is None:
        return part.gloss
    return noted(part.gloss, demand_text(standard.facts[part.test.fact], part.test.operator, part.test.value))


def _in_full(standard: Standard, entry: Any) -> Text:
    """Tell an entry that the other edition does not have: its wording, and what it asks for or is worth."""
    match entry:
        case Criterion():
            return noted(entry.text or entry.gloss, msg("{number} points", number=shown(entry.max_score)))
        case Condition() | Veto():
            return noted(entry.text, join(condition_texts(standard, entry)))
        case Band():
            return _band(standard, entry)
        case Fact():
            unit, period = entry.unit or NOTHING, PERIODS.get(entry.period or "", NOTHING)
            return msg("{fact}, {unit}, {period}", fact=entry.label, unit=unit, period=period)
        case ClauseEntry():
            return same(entry.text) if entry.text else entry.title or entry.gloss
    named = next(
        (getattr(entry, name) for name in ("definition", "printed", "name", "label") if hasattr(entry, name)), entry
    )
    return _plainly(named)


def _subject(first: Any, last: Any, path: str = "") -> Text:
    """Name what a change is about; a row by its number, in both editions where it is another (or there is none)."""
    entry = first if last is None else last
    match entry:
        case Criterion():
            numbers = dict.fromkeys("—" if row is None else str(row.row) for row in (first, last))
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
    return msg("row {row}", row=row.row) if isinstance(row, Criterion) else same(getattr(row, "clause", "—"))


def _clause(standard: Standard, entry: Any, path: str) -> str:
    """Return the clause that a change belongs to."""
    section, _, rest = path.partition(".")
    if section == "clauses":
        return rest
    if section in ("bands", "requires"):
        held = [table.clause for table in standard.printed_tables if "bands" in table.holds]
        return next(
            iter(held), standard.readings["between_bands"].clause if "between_bands" in standard.readings else ""
        )
    if section == "indicators":
        below = [entry.id, *(node.id for node in standard.children_of.get(entry.id, ()))]
        return next((row.clause for name in below for row in standard.rows_of.get(name, ())), "")
    if section == "form":
        return standard.form.clause if standard.form else ""
    return getattr(entry, "clause", None) or (standard.clause_asking(entry.id) if section == "facts" else "")


# ── what it does to points ───────────────────────────────────────────────────────────────────────────────────────


def _worth(entry: Any) -> Exact:
    return (entry.max_score or 0) if isinstance(entry, Criterion) else 0


def _effect(entry: Any, points: Exact, kind: Kind = "rescored", standard: Standard | None = None) -> Text:
    """Tell what a change does to points, or to what else decides."""
    match entry:
        case Criterion() if points:
            return msg("{change} points", change=signed(points))
        case Criterion() if kind == "moved" and standard:
            of = standard.indicators[entry.indicator].name
            return msg("{points} points, now under {indicator}", points=shown(entry.max_score), indicator=of)
        case Criterion() if kind == "rescored":
            return msg("the same points, earned otherwise")
        case Indicator() if kind == "rescored":
            return msg("the sum of its rows")
        case Band() | Table():
            return msg("a grade line, no row's points")
        case Condition() | Veto():
            return (
                msg("decides who may apply, not the points")
                if kind in ("rescored", "added", "removed")
                else msg("does not affect points")
            )
        case Reading() if kind == "rescored":
            return msg("how answers are counted")
    return msg("does not affect points")
