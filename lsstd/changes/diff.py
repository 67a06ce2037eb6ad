"""Two editions of a standard beside each other: what a clause said, and what it says now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lsstd.changes.reform import Reform
from lsstd.exact import Exact, shown
from lsstd.standard.bands import Band, Table
from lsstd.standard.scoring import Criterion, Fact, Indicator, Part, Test
from lsstd.standard.standard import Condition, Standard, Veto
from lsstd.standard.wording import tell_applies, tell_asked, tell_combining, tell_demand, tell_rule, tell_weight
from lsstd.words import Lang, Text, join, same

NOTHING = Text("—", "—")


@dataclass(frozen=True, slots=True)
class Change:
    """One change: the clause, what it is about, how it read and how it reads (— where there is nothing)."""

    clause: str
    path: str
    subject: Text
    old: Text
    new: Text

    def to_dict(self, lang: Lang) -> dict[str, str]:
        """Return the change as JSON holds it."""
        told = {"subject": self.subject.to(lang), "old": self.old.to(lang), "new": self.new.to(lang)}
        return {"clause": self.clause, "path": self.path, **told}


def changes(old: Standard, new: Standard) -> list[Change]:
    """Return everything that differs, in the document's order: clauses, conditions, bands, indicators, rows …"""
    return [
        *_clauses(old, new),
        *_conditions(old, new),
        *_bands(old, new),
        *_demands_of_all(old, new),
        *_indicators(old, new),
        *_rows(old, new),
        *_facts(old, new),
        *_readings(old, new),
    ]


def amendments_of(standard: Standard, reforms: Sequence[Reform]) -> list[tuple[Change, str]]:
    """Return what each of several reforms, applied in order, changes, with that reform's reason (修改对照表)."""
    found: list[tuple[Change, str]] = []
    for reform in reforms:
        after = reform.apply(standard)
        found += [(change, reform.reason or "") for change in changes(standard, after)]
        standard = after
    return found


def _demands(standard: Standard, tests: tuple[Test, ...]) -> Text:
    return join(tell_demand(standard.facts[test.fact], test.operator, test.value) for test in tests)


def _clauses(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield clauses whose wording is another (a condition's or veto's wording is told with its demands)."""
    told = {*(c.clause for c in new.conditions.values()), *(veto.clause for veto in new.vetoes.values())}
    for key, clause in new.clauses.items():
        before = old.clauses.get(key)
        if before is not None and key not in told and before.text != clause.text:
            title = clause.title or clause.gloss
            yield Change(key, f"clauses.{key}", title, same(before.text or "—"), same(clause.text or "—"))


def _conditions(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield conditions and vetoes that came, went or ask for something else."""
    for section in ("conditions", "vetoes"):
        sides = [_decided(standard, section) for standard in (old, new)]
        for key in dict.fromkeys([*sides[0], *sides[1]]):
            before, after = sides[0].get(key), sides[1].get(key)
            known: Condition | Veto | None = after or before
            told = [_condition(s, c) if c else NOTHING for s, c in ((old, before), (new, after))]
            if told[0] != told[1]:
                is_stale = before is not None and after is not None and before.text == after.text
                new_text = _stale(told[1]) if is_stale else told[1]
                if known is not None:
                    yield Change(known.clause, f"{section}.{key}", known.label, told[0], new_text)


def _stale(told: Text) -> Text:
    """Say that a threshold changed while the wording did not."""
    return Text(f"{told.zh}【文字尚未修改】", f"{told.en} [wording not yet changed]")


def _decided(standard: Standard, section: str) -> Mapping[str, Condition | Veto]:
    return standard.conditions if section == "conditions" else standard.vetoes


def _condition(standard: Standard, condition: Condition | Veto) -> Text:
    tests = condition.tests if isinstance(condition, Condition) else (condition.test,)
    demands = _demands(standard, tests)
    return Text(f"{condition.text}（{demands.zh}）", f"{condition.text} ({demands.en})")


def _bands(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield grades whose band is another."""
    before, after = ({band.grade: band for band in standard.bands} for standard in (old, new))
    clause = old.readings["between_bands"].clause if "between_bands" in old.readings else ""
    for grade in dict.fromkeys([*before, *after]):
        sides = ((old, before), (new, after))
        told = [_band(standard, bands[grade]) if grade in bands else NOTHING for standard, bands in sides]
        if told[0] != told[1]:
            yield Change(clause, f"bands.{grade}", Text(f"{grade} 级", f"grade {grade}"), *told)


def _band(standard: Standard, band: Band) -> Text:
    asked = [tell_asked(standard, demand) for demand in band.requires]
    return join([same(band.printed), *asked])


def _demands_of_all(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield what every grade asks for, and further tables of bands, where they are others."""
    told = [join(tell_asked(s, demand) for demand in s.requires) if s.requires else NOTHING for s in (old, new)]
    if told[0] != told[1]:
        yield Change("", "requires", Text("各等级的共同要求", "asked of every grade"), *told)
    for key in dict.fromkeys([*old.tables, *new.tables]):
        sides = [standard.tables.get(key) for standard in (old, new)]
        known = sides[1] or sides[0]
        told = [_table(s, table) if table else NOTHING for s, table in zip((old, new), sides, strict=True)]
        if told[0] != told[1] and known:
            yield Change(known.clause or "", f"tables.{key}", known.label, *told)


def _table(standard: Standard, table: Table) -> Text:
    bands = [_band(standard, band) for band in table.bands]
    named = [Text(f"{b.grade} {t.zh}", f"{b.grade} {t.en}") for b, t in zip(table.bands, bands, strict=True)]
    about = [standard.indicators[table.indicator].name] if table.indicator else []
    decides = [Text("参与定级", "decides the grade")] if table.decides else []
    return join([*about, *named, *decides])


def _rows(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield rows that came, went, or differ in wording, points or thresholds."""
    for key in dict.fromkeys([*old.criteria, *new.criteria]):
        before, after = old.criteria.get(key), new.criteria.get(key)
        known = after or before
        if known is None:
            continue
        told = [_row(s, row, before, after) if row else NOTHING for s, row in ((old, before), (new, after))]
        if told[0] != told[1]:
            number = (before or known).row
            subject = Text(f"第 {number} 行 {known.gloss.zh}", f"row {number}, {known.gloss.en}")
            yield Change(known.clause, f"criteria.{key}", subject, *told)


def _row(standard: Standard, row: Criterion, before: Criterion | None, after: Criterion | None) -> Text:
    """Tell of a row what differs; all of it where there is nothing to compare with."""
    points = Text(f"{_points(row.max_score)} 分", f"{_points(row.max_score)} points")
    if before is None or after is None or before.text != after.text:
        return Text(f"{row.text}（{points.zh}）", f"{row.text} ({points.en})")
    pieces = [points] if before.max_score != after.max_score else []
    if before.indicator != after.indicator:
        pieces.append(standard.indicators[row.indicator].name)
    if (before.provision, before.gloss) != (after.provision, after.gloss):
        kind = f"{row.provision.kind} {row.provision.verb or ''}".strip()
        pieces.append(Text(f"{row.gloss.zh}（{kind}）", f"{row.gloss.en} ({kind})"))
    if _scoring(before) != _scoring(after):
        rule = tell_rule(standard, row) or Text("无单独规则", "no rule of its own")
        least = Text(f"至少 {shown(row.min_score)} 分", f"at least {shown(row.min_score)} points")
        pieces += [rule, *tell_weight(row), *([least] if row.min_score else ())]
        pieces += [tell_applies(standard, row)] if row.applies else []
    if before.parts != after.parts:
        parts = join(_part(standard, part) for part in row.parts.values()) if row.parts else NOTHING
        pieces.append(_stale(parts) if row is after else parts)
    return join(pieces)


def _scoring(row: Criterion) -> tuple[object, ...]:
    """Return all that decides a row's points besides its maximum and its parts."""
    return row.rule, row.min_score, row.weight, row.optional, row.applies


def _part(standard: Standard, part: Part) -> Text:
    if part.test is None:
        return part.gloss
    demand = tell_demand(standard.facts[part.test.fact], part.test.operator, part.test.value)
    return Text(f"{part.gloss.zh}（{demand.zh}）", f"{part.gloss.en} ({demand.en})")


def _points(points: Exact | None) -> str:
    return "—" if points is None else shown(points)


def _indicators(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield indicators that came, went, or bear another name or sum."""
    for key in dict.fromkeys([*old.indicators, *new.indicators]):
        sides = (old.indicators.get(key), new.indicators.get(key))
        told = [_indicator(node) if node else NOTHING for node in sides]
        known = sides[1] or sides[0]
        if told[0] != told[1] and known is not None:
            yield Change(_clause_of(old, new, key), f"indicators.{key}", known.name, *told)


def _indicator(node: Indicator) -> Text:
    printed = "" if node.printed_score is None else f" {shown(node.printed_score)}"
    return join([Text(f"{node.name.zh}{printed}", f"{node.name.en}{printed}"), *tell_combining(node)])


def _clause_of(old: Standard, new: Standard, indicator: str) -> str:
    """Return the clause of the rows at or below an indicator."""
    for standard in (old, new):
        below = [indicator, *(node.id for node in standard.children_of.get(indicator, ()))]
        rows = [row.clause for name in below for row in standard.rows_of.get(name, ())]
        if rows:
            return rows[0]
    return ""


def _facts(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield facts that came, went, or are asked for otherwise."""
    for key in dict.fromkeys([*old.facts, *new.facts]):
        sides = (old.facts.get(key), new.facts.get(key))
        if sides[0] != sides[1]:
            told = [_fact(fact) if fact else NOTHING for fact in sides]
            known = sides[1] or sides[0]
            if known is not None:
                yield Change("", f"facts.{key}", known.label, *told)


def _fact(fact: Fact) -> Text:
    unit, period = fact.unit or same("—"), fact.period or "—"
    return Text(f"{fact.label.zh}，{unit.zh}，{period}", f"{fact.label.en}, {unit.en}, {period}")


def _readings(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield readings whose default is another."""
    for key, reading in new.readings.items():
        options = [standard.default_readings[key] for standard in (old, new)]
        if options[0] != options[1]:
            told = [Text(f"{o}：{reading.options[o].zh}", f"{o}: {reading.options[o].en}") for o in options]
            yield Change(reading.clause, f"readings.{key}", reading.question, *told)
