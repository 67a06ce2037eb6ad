"""Carrying an assessment over to another edition or a reformed standard, never silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from lsstd.assessment.assessment import Answer, Assessment, FactEntry
from lsstd.assessment.check import check
from lsstd.changes.edit import naming
from lsstd.changes.editions import check_same_standard
from lsstd.engine.evaluate import evaluate
from lsstd.engine.result import CriterionResult, Finding
from lsstd.errors import InvalidFile
from lsstd.exact import Exact, plain, shown, total, whole
from lsstd.standard.models import Concise, as_in_file
from lsstd.standard.scoring_table import Criterion, Fact
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, in_turn, msg, msg_in, paired, same

FATES = ("kept", "rescaled", "split", "merged", "orphaned")
_NUMBERS = ("score", "range", "chances")
"""The forms of an answer that give points."""


class Fate(NamedTuple):
    """What became of an answer or a fact: where it went, None for nowhere, and what there is to say of it."""

    what: str
    id: str
    to: str | None
    note: Text = same("")

    def to_dict(self, lang: Lang) -> dict[str, str | None]:
        """Return it as JSON holds it."""
        return {"id": self.id, "to": self.to, "note": self.note.to(lang)}


@dataclass
class Migration(Concise):
    """An assessment as another edition sees it, and what became of every answer and fact.

    `asked` holds, by row or fact, why it is to be asked again.
    """

    before: Assessment
    old: Standard
    new: Standard
    answers: dict[str, Answer] = field(default_factory=dict)
    facts: dict[str, FactEntry] = field(default_factory=dict)
    fates: list[Fate] = field(default_factory=list)
    asked: dict[str, list[Text]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def assessment(self) -> Assessment:
        """The assessment under the new edition."""
        return self.before.model_copy(update={"answers": self.answers, "facts": self.facts})

    @property
    def ask(self) -> list[str]:
        """The rows and facts to be asked again, in the new edition's order."""
        known = [*self.new.criteria, *self.new.topics, *self.new.facts]
        return sorted(self.asked, key=known.index)

    @cached_property
    def takers(self) -> Counter[str]:
        """How many rows, facts and topics of the new edition come from each of the old one."""
        new = (*self.new.criteria, *self.new.facts, *self.new.topics)
        return Counter(source for name in new for source in self.new.sources_of(name))

    @cached_property
    def scored(self) -> Mapping[str, CriterionResult]:
        """The rows of the old edition as they were scored."""
        return evaluate(self.old, self.before).criteria

    @property
    def gone(self) -> list[CriterionResult]:
        """The rows that no longer exist and were answered or earned points."""
        rows = [name for name in self.old.criteria if not self.takers[name]]
        return [self.scored[name] for name in rows if name in self.before.answers or self.scored[name].secured]

    @property
    def lost(self) -> tuple[Exact, Exact]:
        """The secured and possible points of rows that are gone."""
        return total(row.secured for row in self.gone), total(row.possible for row in self.gone)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the migration as JSON holds it, the new assessment with it.

        >>> pair = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2027_made_up.yaml")
        >>> lsstd.migrate("data/assessments/near_aaa.yaml", *pair[:2]).to_dict()["lost"]
        {'secured': 4, 'possible': 8}
        """
        fates = {what: [one.to_dict(lang) for one in self.fates if one.what == what] for what in FATES}
        why = {key: in_turn(reasons, len(reasons)).to(lang) for key, reasons in self.asked.items()}
        points = dict(zip(("secured", "possible"), map(plain, self.lost), strict=True))
        editions = {"standard": self.new.standard, "from": self.old.edition, "to": self.new.edition}
        return {**editions, **fates, "ask": self.ask, "why": why, "lost": points, "assessment": self.assessment.plain()}

    def _again(self, name: str, why: Text) -> None:
        """Note that something has to be asked again."""
        self.asked.setdefault(name, []).append(why)

    def _lose(self, name: str, why: Text) -> None:
        """Note that an answer, part of one, or a fact has no place in the new edition."""
        self.fates.append(Fate("orphaned", name, None, why))


def migrate(assessment: Assessment, old: Standard, new: Standard) -> Migration:
    """Return an assessment made for one edition as another sees it, and what became of each answer and fact.

    States, parts and facts are scored anew. An explicit score, range or chances on a row whose maximum changed
    keeps its share of the maximum. Where rows were split, each keeps the share of the old one; where rows were
    merged whose answers differ, their points are added. Notes and evidence go with the answers. What the new edition
    has no place for is left out, reported, and asked again.

    Parameters
    ----------
    assessment : Assessment
    old, new : Standard
        The edition that it was made for, and the other one, whose `sources_of` says what its rows come from.

    Raises `InvalidFile`: they are editions of different standards.

    Examples
    --------
    >>> old, new, _ = lsstd.edition_pair("hlj-base-evaluation", "data/editions/hlj_2027_made_up.yaml")
    >>> found = lsstd.migrate("data/assessments/near_aaa.yaml", old, new)
    >>> [(fate.id, fate.note.en) for fate in found.fates if fate.what == "orphaned"]
    [('certifications', 'row 21 is no longer there: 4 secured, 8 possible points')]
    """
    found = _carried(assessment, old, new)
    try:
        check(new, found.assessment)
    except InvalidFile as error:
        held: dict[str, dict[str, Any]] = {"answers": found.answers, "facts": found.facts}
        for problem in error.problems:
            section, name, *_ = problem.where.split(".")
            if held.get(section, {}).pop(name, None) is not None:
                found._lose(name, paired(problem.found, problem.expected))
                found._again(name, problem.text)
    return found


def migrate_answers(assessment: Assessment, old: Standard, new: Standard) -> tuple[Assessment, tuple[Finding, ...]]:
    """Return an assessment made for a standard as the reformed standard sees it, and what had to be done to it."""
    found = _carried(assessment, old, new)
    return found.assessment, tuple(found.findings)


def _carried(assessment: Assessment, old: Standard, new: Standard) -> Migration:
    """Return the assessment with everything in its new place, whether or not it fits there."""
    check_same_standard(old, new)
    found = Migration(assessment, old, new)
    for row in new.criteria.values():
        _carry_row(found, row)
    leaves = [topic.id for topic in new.topic_leaves]
    for key, answer in assessment.answers.items():
        if key in leaves:
            found.answers[key] = answer
            found.fates.append(Fate("kept", key, key))
    for one in found.gone:
        row, low, high = one.criterion, shown(one.secured), shown(one.possible)
        gone = msg(
            "row {row} is no longer there: {secured} secured, {possible} possible points",
            row=row.row,
            secured=low,
            possible=high,
        )
        found._lose(row.id, gone)
        found.findings.append(Finding("carried", row.clause, paired(row.gloss, gone)))
    for key in assessment.answers:
        if key in old.topics and key not in leaves:
            found._lose(key, msg("the topic is no longer there"))
    for fact in new.facts.values():
        _carry_fact(found, fact)
    for name in assessment.facts:
        if not found.takers[name]:
            found._lose(name, msg("no longer asked"))
    return found


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _carry_row(found: Migration, row: Criterion) -> None:
    """Answer a row of the new edition by what was answered to those that it comes from."""
    sources = [found.old.criteria[name] for name in found.new.sources_of(row.id) if name in found.old.criteria]
    given = [found.before.answers.get(source.id) for source in sources]
    if not sources:
        found._again(row.id, msg_in("asked", "new"))
    if not any(given):
        return
    if len(sources) == 1 and given[0]:
        answer, notes, again = _adapted(found, given[0], sources[0], row)
    else:
        answer, notes, again = _joined(found, sources, given, row)
    found.answers[row.id] = answer
    is_scaled = _points(answer) not in (None, _points(given[0]))
    is_merged, is_split = len(sources) > 1, found.takers[sources[0].id] > 1
    what = "rescaled" if is_scaled else "kept"
    if is_merged or is_split:
        what = "merged" if is_merged else "split"
    if sources[0].id != row.id and not is_merged:
        notes = [*notes, msg("id now {id}", id=row.id)]
    told = in_turn(notes, len(notes))
    found.fates += [Fate(what, source.id, row.id, told) for source, one in zip(sources, given, strict=True) if one]
    if is_scaled:
        changed = msg(
            "Row {row}, {gloss}: its maximum changed, so the score entered keeps its share of the maximum",
            row=row.row,
            gloss=row.gloss,
        )
        joined = msg(
            "Row {row}, {gloss}: the points of the rows that it was merged from are added", row=row.row, gloss=row.gloss
        )
        found.findings.append(Finding("carried", row.clause, joined if is_merged else changed))
    old_ids = {name: listed[0] for name, listed in found.new.lineage.items() if len(listed) == 1}
    if is_merged or answer.state in ("unknown", "not_applicable"):
        pass  # what has to be asked again of rows that were merged shows where their answers are joined
    elif is_split:
        again += [msg("a share of what the old row was given")] if answer.form in _NUMBERS else []
    elif sources[0].text != row.text:
        again.append(msg("reworded"))
    elif _demands(sources[0], {}) != _demands(row, old_ids):
        again.append(msg("other demands"))
    for why in again:
        found._again(row.id, why)


def _demands(row: Criterion, old_ids: Mapping[str, str]) -> object:
    """Return what a row demands of facts, these by their old ids."""
    return naming({"rule": as_in_file(row.rule), "tests": [as_in_file(p.test) for p in row.parts.values()]}, old_ids)


def _points(answer: Answer | None) -> object:
    """Return the points that an answer gives as numbers, which is all that scaling changes."""
    return (answer.score, answer.range, answer.chances) if answer and answer.form in _NUMBERS else None


def _adapted(found: Migration, answer: Answer, old: Criterion, new: Criterion) -> tuple[Answer, list[Text], list[Text]]:
    """Fit the answer to one row to the row that comes from it; return it, what was done, and what to ask again."""
    if answer.parts is not None:
        return _parts(found, answer, old, new)
    if answer.state == "not_applicable" and not new.optional:
        always = msg("it always applies now")
        return answer.model_copy(update={"state": "unknown"}), [always], [always]
    again: list[Text] = []
    if answer.level is not None and answer.level not in new.levels:
        gone = msg("the level {level} is no longer there", level=str(answer.level))
        answer, again = answer.model_copy(update={"level": None, "range": old.levels[str(answer.level)].points}), [gone]
    if not old.max_score or new.max_score is None or old.max_score == new.max_score or answer.form not in _NUMBERS:
        return answer, [*again], again
    factor = Fraction(new.max_score) / old.max_score

    scaled: dict[str, Any] = {}
    if answer.score is not None:
        scaled["score"] = whole(answer.score * factor)
    if answer.range is not None:
        scaled["range"] = tuple(whole(end * factor) for end in answer.range)
    if answer.chances is not None:
        scaled["chances"] = tuple((whole(score * factor), chance) for score, chance in answer.chances)
    note = msg("the same share of {new} points as of {old}", new=shown(new.max_score), old=shown(old.max_score))
    return answer.model_copy(update=scaled), [*again, note], again


def _parts(found: Migration, answer: Answer, old: Criterion, new: Criterion) -> tuple[Answer, list[Text], list[Text]]:
    """Carry the states of parts, also to those with another id."""
    given, sources = answer.parts or {}, dict[str, str]()
    for part in new.parts.values():
        if was := [one for one in found.new.sources_of(part.id) if one in given]:
            sources[part.id] = was[0]
    states, known = {part: given[source] for part, source in sources.items()}, {*old.parts}
    fresh = [part for key, part in new.parts.items() if not known & {key, *found.new.sources_of(key)}]
    again = [msg("{part} is new", part=part.gloss) for part in fresh]
    for key, state in states.items():
        if state == "not_applicable" and not new.parts[key].optional:
            states[key] = "unknown"
            again.append(msg("{part} always applies now", part=new.parts[key].gloss))
    taken = {one for row in found.new.criteria.values() for part in row.parts for one in found.new.sources_of(part)}
    for key in given:
        if key not in taken | {*sources.values()}:
            found._lose(f"{old.id}.{key}", msg("the part is no longer there"))
    if not states:
        again.append(msg("none of its parts was answered"))
        return answer.model_copy(update={"parts": None, "state": "unknown"}), [], again
    return answer.model_copy(update={"parts": states}), [], again


def _joined(
    found: Migration, sources: list[Criterion], given: list[Answer | None], new: Criterion
) -> tuple[Answer, list[Text], list[Text]]:
    """Join the answers to several rows: one state where they agree, else their parts, else the sum of their points."""
    answered = [answer for answer in given if answer]
    notes = "\n".join(dict.fromkeys(answer.note for answer in answered if answer.note)) or None
    evidence = tuple(dict.fromkeys(piece for answer in answered for piece in answer.evidence))
    kept: dict[str, Any] = {"note": notes, "evidence": evidence}
    states = {answer.state if answer else None for answer in given}
    if len(states) == 1 and None not in states:
        return Answer(state=states.pop(), **kept), [msg("answered alike")], []
    if parts := _joined_parts(found, sources, given, new):
        return Answer(parts=parts, **kept), [msg("the answers to their parts are put together")], []
    rows = [found.scored[source.id] for source in sources]
    top = total(row.maximum for row in rows)
    factor = Fraction(new.max_score or 0) / top if top else Fraction(0)
    low, high = (whole(total(values) * factor) for values in zip(*((r.secured, r.possible) for r in rows), strict=True))
    unlike = msg("the answers differ: {low} to {high} points", low=shown(low), high=shown(high))
    return Answer(range=(low, high), **kept), [unlike], [unlike]


def _joined_parts(
    found: Migration, sources: list[Criterion], given: list[Answer | None], new: Criterion
) -> dict[str, Any] | None:
    """Return the states of all parts of several rows, where each has its part in the new one; else None."""
    states: dict[str, Any] = {}
    for source, answer in zip(sources, given, strict=True):
        if answer and (not source.parts or answer.form not in ("state", "parts") or answer.state == "not_applicable"):
            return None
        if answer:
            states |= answer.parts or dict.fromkeys(source.parts, answer.state)
    origins = {part: [old for old in found.new.sources_of(part) if old in states] for part in new.parts}
    joined = {part: states[old[0]] for part, old in origins.items() if len(old) == 1}
    allowed = all(new.parts[part].optional for part, state in joined.items() if state == "not_applicable")
    lost = set(states) - {old[0] for old in origins.values() if len(old) == 1}
    return joined if allowed and all(states[part] == "unknown" for part in lost) else None


# ── facts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _carry_fact(found: Migration, fact: Fact) -> None:
    """Carry a fact over, from another id as well; what means something else now is asked again."""
    sources = [name for name in found.new.sources_of(fact.id) if name in found.old.facts]
    if not sources and fact.id in found.new.tested_facts:
        found._again(fact.id, msg_in("asked", "new"))
    entry = found.before.facts.get(sources[0]) if sources else None
    if entry is None:
        return
    found.facts[fact.id] = entry
    other = _otherwise(found.old.facts[sources[0]], fact)
    told = [msg("id now {id}", id=fact.id), *other] if sources[0] != fact.id else other
    found.fates.append(Fate("kept", sources[0], fact.id, in_turn(told, 5)))
    for why in other if entry.value is not None else ():
        found._again(fact.id, why)


def _otherwise(old: Fact, new: Fact) -> list[Text]:
    """Say in what a fact is another than before, so that its value may no longer be right."""
    fields = {"kind": msg("another kind of value"), "unit": msg("another unit"), "period": msg("another period")}
    told = [text for name, text in fields.items() if getattr(old, name) != getattr(new, name)]
    return [*told, *([msg("another definition")] if old.label != new.label else [])]
