"""Two editions of a standard beside each other: what a clause said, and what it says now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lsstd.core.exact import Exact, shown
from lsstd.core.standard import Condition, Criterion, Standard, Test
from lsstd.core.tell import tell_demand
from lsstd.text import Lang, Text, join, same

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
    """Return what differs in conditions, rows, bands and default readings, in the document's order."""
    return [*_conditions(old, new), *_bands(old, new), *_rows(old, new), *_readings(old, new)]


def _demands(standard: Standard, tests: tuple[Test, ...]) -> Text:
    return join(tell_demand(standard.facts[test.fact], test.operator, test.value) for test in tests)


def _conditions(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield conditions that came, went or ask for something else."""
    for key in dict.fromkeys([*old.conditions, *new.conditions]):
        before, after = old.conditions.get(key), new.conditions.get(key)
        told = [_condition(s, c) if c else NOTHING for s, c in ((old, before), (new, after))]
        known = after or before
        if told[0] != told[1] and known:
            stale = before is not None and after is not None and before.text == after.text
            yield Change(known.clause, f"conditions.{key}", known.label, told[0], _stale(told[1]) if stale else told[1])


def _stale(told: Text) -> Text:
    """Say that a threshold changed while the wording did not."""
    return Text(f"{told.zh}【文字尚未修改】", f"{told.en} [wording not yet changed]")


def _condition(standard: Standard, condition: Condition) -> Text:
    demands = _demands(standard, condition.tests)
    return Text(f"{condition.text}（{demands.zh}）", f"{condition.text} ({demands.en})")


def _bands(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield grades whose band is another."""
    before, after = ({band.grade: band for band in standard.bands} for standard in (old, new))
    clause = old.readings["between_bands"].clause if "between_bands" in old.readings else ""
    for grade in dict.fromkeys([*before, *after]):
        told = [same(bands[grade].printed) if grade in bands else NOTHING for bands in (before, after)]
        if told[0] != told[1]:
            yield Change(clause, f"bands.{grade}", Text(f"{grade} 级", f"grade {grade}"), *told)


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
    tests = tuple(part.test for part in row.parts.values() if part.test)
    demands = _demands(standard, tests)
    if before is None or after is None or before.text != after.text:
        return Text(f"{row.text}（{points.zh}）", f"{row.text} ({points.en})")
    pieces = [points] if before.max_score != after.max_score else []
    if [part.test for part in before.parts.values()] != [part.test for part in after.parts.values()]:
        pieces.append(demands)
    return join(pieces)


def _points(points: Exact | None) -> str:
    return "—" if points is None else shown(points)


def _readings(old: Standard, new: Standard) -> Iterator[Change]:
    """Yield readings whose default is another."""
    for key, reading in new.readings.items():
        options = [standard.default_readings[key] for standard in (old, new)]
        if options[0] != options[1]:
            told = [Text(f"{o}：{reading.options[o].zh}", f"{o}: {reading.options[o].en}") for o in options]
            yield Change(reading.clause, f"readings.{key}", reading.question, *told)
