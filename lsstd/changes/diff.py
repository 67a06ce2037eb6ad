"""Two editions of a standard beside each other: what a clause said, and what it says now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from lsstd.changes.reform import Reform
from lsstd.exact import shown
from lsstd.standard.bands import Band, Table
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Part
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import applies_texts, asked_text, combining_texts, demand_text, rule_text, weight_texts
from lsstd.words import Lang, Text, half_width, join, msg, noted, paired, same

NOTHING = same("—")


class Change(NamedTuple):
    """One change: the clause, what it is about, how it read and how it reads (— where there is nothing)."""

    clause: str
    path: str
    subject: Text
    old: Text
    new: Text

    def to_dict(self, lang: Lang) -> dict[str, str]:
        """Return the change as JSON holds it."""
        texts = {"subject": self.subject.to(lang), "old": self.old.to(lang), "new": self.new.to(lang)}
        return {"clause": self.clause, "path": self.path, **texts}


def changes(old: Standard, new: Standard) -> list[Change]:
    """Return everything that differs, in the document's order: clauses, conditions, bands, indicators, rows …"""
    compared = partial(_compared, old, new)
    of_bands = old.readings["between_bands"].clause if "between_bands" in old.readings else ""
    asked = [join(asked_text(s, d) for d in s.requires) if s.requires else NOTHING for s in (old, new)]
    of_all = Change("", "requires", msg("asked of every grade"), *asked)

    def grade(band: Band, _: Band) -> tuple[str, Text]:
        return of_bands, msg("grade {grade}", grade=band.grade)

    return [
        *_clauses(old, new),
        *compared("conditions", lambda s: s.conditions, _condition, _named),
        *compared("vetoes", lambda s: s.vetoes, _condition, _named),
        *compared("bands", lambda s: {band.grade: band for band in s.bands}, _band, grade),
        *([of_all] if of_all.old != of_all.new else []),
        *compared("tables", lambda s: s.tables, _table, lambda table, _: (table.clause or "", table.label)),
        *compared("indicators", lambda s: s.indicators, _indicator, lambda n, _: (_clause_of(old, new, n.id), n.name)),
        *compared("criteria", lambda s: s.criteria, _row, _numbered),
        *compared("facts", lambda s: s.facts, _fact, lambda fact, _: ("", fact.label)),
        *_readings(old, new),
    ]


def amendments_of(standard: Standard, reforms: Sequence[Reform]) -> list[tuple[Change, Text]]:
    """Return what each of several reforms, applied in order, changes, with that reform's reason (修改对照表)."""
    amendments: list[tuple[Change, Text]] = []
    for reform in reforms:
        after = reform.apply(standard)
        amendments += [(change, reform.reason or same("")) for change in changes(standard, after)]
        standard = after
    return amendments


def _compared(
    old: Standard,
    new: Standard,
    section: str,
    entries: Callable[[Standard], Mapping[str, Any]],
    words: Callable[[Standard, Any, Any, bool], Text],
    about: Callable[[Any, Any], tuple[str, Text]],
) -> Iterator[Change]:
    """Yield the entries of a section that read otherwise, came or went.

    `words` puts an entry into words, given its standard, the same entry on the other side (None: there is none) and
    whether this is the new side; `about` gives clause and subject, from the latest and the first form of an entry.
    """
    before, after = entries(old), entries(new)
    for key in dict.fromkeys([*before, *after]):
        first, last = before.get(key), after.get(key)
        texts = (
            NOTHING if first is None else words(old, first, last, False),
            NOTHING if last is None else words(new, last, first, True),
        )
        if texts[0] != texts[1]:
            clause, subject = about(last or first, first or last)
            yield Change(clause, f"{section}.{key}", subject, *texts)


def _named(entry: Condition | Veto, _: Condition | Veto) -> tuple[str, Text]:
    return entry.clause, entry.label


def _numbered(row: Criterion, first: Criterion) -> tuple[str, Text]:
    return row.clause, msg("row {row}, {gloss}", row=first.row, gloss=row.gloss)


def _clauses(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield clauses whose wording is another (that of conditions and vetoes comes with their demands)."""
    elsewhere = {*(c.clause for c in new.conditions.values()), *(veto.clause for veto in new.vetoes.values())}
    for key, clause in new.clauses.items():
        before = old.clauses.get(key)
        if before is not None and key not in elsewhere and before.text != clause.text:
            title = clause.title or clause.gloss
            yield Change(key, f"clauses.{key}", title, same(before.text or "—"), same(clause.text or "—"))


def _stale(words: Text) -> Text:
    """Say that a threshold changed while the wording did not."""
    return msg("{words} [wording not yet changed]", words=words)


def _condition(standard: Standard, entry: Condition | Veto, other: Condition | Veto | None, is_new: bool) -> Text:
    demands = join(demand_text(standard.facts[test.fact], test.operator, test.value) for test in entry.tests)
    words = noted(entry.text, demands)
    return _stale(words) if is_new and other and other.text == entry.text and other.tests != entry.tests else words


def _band(standard: Standard, band: Band, *_: object) -> Text:
    return join([half_width(band.printed), *(asked_text(standard, demand) for demand in band.requires)])


def _table(standard: Standard, table: Table, *_: object) -> Text:
    bands = (msg("{grade} {asked}", grade=band.grade, asked=_band(standard, band)) for band in table.bands)
    about = [standard.indicators[table.indicator].name] if table.indicator else []
    decides = [msg("decides the grade")] if table.decides else []
    return join([*about, *bands, *decides])


def _row(standard: Standard, row: Criterion, other: Criterion | None, is_new: bool) -> Text:
    """Tell of a row what differs; all of it where there is nothing to compare with."""
    points = msg("{number} points", number="—" if row.max_score is None else shown(row.max_score))
    if other is None or other.text != row.text:
        return noted(row.text, points)
    pieces = [points] if other.max_score != row.max_score else []
    if other.indicator != row.indicator:
        pieces.append(standard.indicators[row.indicator].name)
    if (other.provision, other.gloss) != (row.provision, row.gloss):
        kind = f"{row.provision.kind} {row.provision.verb or ''}".strip()
        pieces.append(noted(row.gloss, kind))
    if _scoring(other) != _scoring(row):
        rule = rule_text(standard, row) or msg("no rule of its own")
        least = msg("at least {min_score} points", min_score=shown(row.min_score))
        pieces += [rule, *weight_texts(row), *([least] if row.min_score else ()), *applies_texts(standard, row)]
    if other.parts != row.parts:
        parts = join(_part(standard, part) for part in row.parts.values()) if row.parts else NOTHING
        pieces.append(_stale(parts) if is_new else parts)
    return join(pieces)


def _scoring(row: Criterion) -> tuple[object, ...]:
    """Return all that decides a row's points besides its maximum and its parts."""
    return row.rule, row.min_score, row.weight, row.optional, row.applies


def _part(standard: Standard, part: Part) -> Text:
    if part.test is None:
        return part.gloss
    demand = demand_text(standard.facts[part.test.fact], part.test.operator, part.test.value)
    return noted(part.gloss, demand)


def _indicator(_: Standard, node: Indicator, *__: object) -> Text:
    printed = "" if node.printed_score is None else f" {shown(node.printed_score)}"
    return join([msg("{name}{printed}", name=node.name, printed=printed), *combining_texts(node)])


def _clause_of(old: Standard, new: Standard, indicator: str) -> str:
    """Return the clause of the first row at or below an indicator."""
    for standard in (old, new):
        below = [indicator, *(node.id for node in standard.children_of.get(indicator, ()))]
        if rows := [row for name in below for row in standard.rows_of.get(name, ())]:
            return rows[0].clause
    return ""


def _fact(_: Standard, fact: Fact, *__: object) -> Text:
    unit, period = fact.unit or same("—"), fact.period or "—"
    return msg("{fact}, {unit}, {period}", fact=fact.label, unit=unit, period=period)


def _readings(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield readings whose default is another."""
    for key, reading in new.readings.items():
        options = [standard.default_readings[key] for standard in (old, new)]
        if options[0] != options[1]:
            texts = [paired(option, reading.options[option]) for option in options]
            yield Change(reading.clause, f"readings.{key}", reading.question, *texts)
