"""An entry of a standard field by field, in words: what two editions of it are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from lsstd.exact import Exact, shown, signed
from lsstd.standard import wording
from lsstd.standard.bands import Band, Demand, Table
from lsstd.standard.document import ClauseEntry, Provision
from lsstd.standard.models import Model, as_in_file
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Part
from lsstd.standard.standard import Condition, Reading, Standard, Veto
from lsstd.words import Text, half_width, join, msg, msg_in, noted, paired, same

Kind = Literal["added", "removed", "moved", "renamed", "reworded", "rescored"]
NOTHING = same("—")
_REWORDED = "text definition printed provision part_texts also_printed action actor receiver working_days every_years"
FIELD_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("id", "name", "label", "title", "term", "gloss"), "renamed"),
    **dict.fromkeys(("clause", "indicator", "parent", "number"), "moved"),
    **dict.fromkeys((*_REWORDED.split(), "question", "note", "evidence", "covers", "meaning"), "reworded"),
}
"""What it means that a field of an entry differs; of any other field, that points or a threshold do."""


def fields_of(standard: Standard, entry: Any, path: str) -> Iterator[tuple[str, tuple[Any, Text]]]:
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
        case (_, "max_score" | "printed_score"):
            return msg("{number} points", number=shown(value))
        case (Criterion(), "min_score"):
            return msg("at least {min_score} points", min_score=shown(value))
        case (Criterion(), "rule"):
            return wording.rule_text(standard, entry) or msg("no rule of its own")
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
        case (_, "decides") if isinstance(entry, Table):
            return msg("decides the grade") if value else NOTHING
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


def in_full(standard: Standard, entry: Any) -> Text:
    """Tell an entry that the other edition does not have: its wording, and what it asks for or is worth."""
    match entry:
        case Criterion():
            return noted(entry.text or entry.gloss, msg("{number} points", number=shown(entry.max_score)))
        case Condition() | Veto():
            return noted(entry.text, join(wording.condition_texts(standard, entry)))
        case Band():
            return _band(standard, entry)
        case Fact():
            unit, period = entry.unit or NOTHING, wording.PERIODS.get(entry.period or "", NOTHING)
            return msg("{fact}, {unit}, {period}", fact=entry.label, unit=unit, period=period)
        case ClauseEntry():
            return same(entry.text) if entry.text else entry.title or entry.gloss
    named = next(
        (getattr(entry, name) for name in ("definition", "printed", "name", "label") if hasattr(entry, name)), entry
    )
    return _plainly(named)


def subject_of(first: Any, last: Any, path: str = "") -> Text:
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


def where(row: Any) -> Text:
    """Tell where a row or a condition stands."""
    return msg("row {row}", row=row.row) if isinstance(row, Criterion) else same(getattr(row, "clause", "—"))


def clause_of(standard: Standard, entry: Any, path: str) -> str:
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


def worth_of(entry: Any) -> Exact:
    """Return the most points that an entry is worth."""
    return (entry.max_score or 0) if isinstance(entry, Criterion) else 0


def effect_of(entry: Any, points: Exact, kind: Kind = "rescored", standard: Standard | None = None) -> Text:
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
        case Reading() | str() | int() | tuple() if kind == "rescored":
            return msg("how answers are counted")
    return msg("does not affect points")
