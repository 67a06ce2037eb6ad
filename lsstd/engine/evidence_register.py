"""The evidence register: what proves each condition, row and topic, and what is missing, expired or changed.

Pure: dates are held against the reference day, hashes against those of the files, which are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lsstd.assessment.assessment import Answer, Assessment, Evidence, FactEntry
from lsstd.engine.charted import frame_of
from lsstd.engine.grading import Otherwise
from lsstd.engine.result import CriterionResult, Result
from lsstd.exact import Exact, total, whole
from lsstd.standard.models import Concise, fields_of, in_json, json_object
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, join, msg

if TYPE_CHECKING:
    import pandas as pd

Trouble = Literal[
    "missing", "changed", "expired", "outside", "unreadable", "leftover", "empty", "spelling", "no_day", "unhashed"
]
TROUBLES: dict[Trouble, Text] = {
    "missing": msg("no such file"),
    "changed": msg("changed since it was hashed"),
    "expired": msg("expired by the reference day"),
    "outside": msg("the path leads out of the folder; not read"),
    "unreadable": msg("not a file that can be read"),
    "leftover": msg("an unfinished download, a shortcut, a temporary or system file, not the document itself"),
    "empty": msg("the file is empty"),
    "spelling": msg("the file's name differs in capitals or in its Unicode form"),
    "no_day": msg("no reference day to tell whether it has expired"),
    "unhashed": msg("no hash yet"),
}
_HARMLESS = ("spelling", "no_day", "unhashed")
NOT_NORMATIVE = msg("The kinds of evidence are lsstd's own suggestion, non-normative.")


class EvidenceFile(NamedTuple):
    """What is known of a file: its hash or why it has none, and the name of a similar file found in its place."""

    sha256: str | None = None
    trouble: Trouble | None = None
    instead: str | None = None


class Loose(NamedTuple):
    """A file or folder that proves nothing as it lies, and why."""

    path: str
    reason: Text


class Proof(NamedTuple):
    """A piece of evidence: the fact or answer that it supports, what is known of its file, and what is wrong."""

    holder: str
    evidence: Evidence
    file: EvidenceFile
    troubles: tuple[Trouble, ...]

    @property
    def holds(self) -> bool:
        """Whether it proves anything."""
        return all(trouble in _HARMLESS for trouble in self.troubles)

    @property
    def is_fit(self) -> bool:
        """Whether its file can be handed in, unless it has expired: there, unchanged, and a document."""
        return all(trouble in (*_HARMLESS, "expired") for trouble in self.troubles)

    @property
    def state(self) -> Text:
        """What is wrong with it, in words, with the name of a similar file if there is one."""
        if not self.troubles:
            return msg("valid")
        instead = self.file.instead and msg("a file with a similar name is there: {name}", name=self.file.instead)
        return join([*(TROUBLES[trouble] for trouble in self.troubles), *([instead] if instead else [])])


class Item(NamedTuple):
    """A condition, row or topic: what is claimed, what proves it; points only where the standard has them."""

    kind: Literal["condition", "row", "topic"]
    id: str
    clause: str
    row: int | None
    label: Text
    claimed: bool
    points: Exact | None
    with_evidence: Exact | None
    suggested: tuple[str, ...]
    proofs: tuple[Proof, ...]

    @property
    def unproven(self) -> Exact | None:
        """The points that no evidence bears out; None of what has no points."""
        return None if self.points is None or self.with_evidence is None else self.points - self.with_evidence

    @property
    def is_proven(self) -> bool:
        """Whether any evidence holds."""
        return any(proof.holds for proof in self.proofs)


@dataclass(frozen=True)
class Register(Concise):
    """What proves an assessment: one item a condition, row and topic, in the document's order."""

    result: Result
    items: tuple[Item, ...]
    loose: tuple[Loose, ...] = ()

    @property
    def claimed(self) -> Exact:
        """The points that the assessment secures by what it says."""
        return self.result.score.secured

    @property
    def with_evidence(self) -> Exact:
        """The points that rows earn together as far as evidence bears them out; nobody has verified them."""
        borne_out = ((item.id, item.with_evidence) for item in self.items if item.kind == "row")
        rows = [self.result.criteria[row]._replace(secured=points) for row, points in borne_out if points is not None]
        return whole(self.claimed + Otherwise(self.result).scored(rows)[1])

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """Each piece of evidence once, wherever it serves."""
        return tuple({(p.holder, p.evidence.file): p for item in self.items for p in item.proofs}.values())

    @property
    def rows(self) -> Iterator[tuple[Item, Proof | None]]:
        """Each item with each piece of its evidence, and once where it has none: the lines of every checklist."""
        return ((item, proof) for item in self.items for proof in item.proofs or (None,))

    @property
    def wanting(self) -> Iterator[tuple[Item, Proof | None]]:
        """The rows to see to: evidence that is missing, expired or changed, and claims without any."""
        for item, proof in self.rows:
            if (proof is None and item.claimed) or (proof is not None and not proof.holds):
                yield item, proof

    @property
    def table(self) -> pd.DataFrame:
        """The register as a table: one line a piece of evidence, and one for each item without any."""
        about = "item=kind id clause row label_zh=label.zh label_en=label.en claimed points with_evidence"
        lines = (
            {
                **fields_of(item, about),
                **fields_of(proof and proof.evidence, " ".join(Evidence.model_fields)),
                "holds": proof and proof.holds,
                "troubles": proof and ", ".join(proof.troubles),
            }
            for item, proof in self.rows
        )
        return frame_of(lines).astype({"row": "Int64"})

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return the register as JSON holds it; ``verified`` is null until a panel has looked.

        >>> sorted(lsstd.evidence("data/assessments/near_aaa.yaml").to_dict())
        ['as_of', 'edition', 'items', 'loose', 'note', 'points', 'standard', 'subject']
        """
        standard = self.result.standard
        known = {"claimed": self.claimed, "with_evidence": self.with_evidence}
        points = {**known, "verified": None, "maximum": self.result.score.maximum}
        document = {
            **fields_of(standard, "standard edition"),
            **fields_of(self.result.assessment, "subject=subject.name as_of"),
            "points": points if standard.scored_rows else None,
            "note": NOT_NORMATIVE,
            "items": [_item(standard, item) for item in self.items],
            "loose": [fields_of(loose, "path message=reason") for loose in self.loose],
        }
        return json_object(document, lang)


def _item(standard: Standard, item: Item) -> dict[str, Any]:
    given, found = {proof.evidence.kind for proof in item.proofs}, "sha256_found=file.sha256 file_instead=file.instead"
    return {
        **{name: getattr(item, name) for name in Item._fields if name not in ("suggested", "proofs")},
        "proven": item.is_proven,
        "suggested": [
            {"kind": kind, "label": standard.evidence_kinds[kind], "given": kind in given} for kind in item.suggested
        ],
        "evidence": [
            {"given_with": proof.holder, **in_json(proof.evidence, "zh"), **fields_of(proof, f"{found} troubles")}
            for proof in item.proofs
        ],
    }


def register(
    result: Result, found: Mapping[tuple[str, str], EvidenceFile] | None = None, loose: Iterable[Loose] = ()
) -> Register:
    """Return what proves each condition, row and topic of a result.

    `found` tells of each file given with a fact or answer what was found of it; without it, files count as they are
    registered. `loose` is what else lies in the folder.
    """
    standard, as_of = result.standard, result.assessment.as_of
    proofs: dict[str, tuple[Proof, ...]] = {
        holder: tuple(_proof(holder, piece, as_of, found) for piece in pieces)
        for holder, pieces in given_with(result.assessment).items()
    }
    for fact in standard.facts.values():  # what proves a date proves the years counted from it
        if since := proofs.get(fact.years_since or ""):
            proofs[fact.id] = (*proofs.get(fact.id, ()), *since)
    items: list[Item] = []
    for key, met in result.conditions.items():
        one, given = standard.conditions[key], _given(proofs, (test.fact for test in met.tests))
        about = (key, one.clause, None, one.label, met.state == "met", None, None, one.evidence)
        items.append(Item("condition", *about, given))
    items += [_row(row, proofs, result.readings["compound_rows"] == "all") for row in result.criteria.values()]
    for entry in result.profile.topics if result.profile else ():
        holders = [entry.topic.id, *(figure.fact.id for figure in entry.measures)]
        about = (entry.topic.id, entry.topic.clause, None, entry.topic.label, bool(entry.level), None, None, ())
        items.append(Item("topic", *about, _given(proofs, holders)))
    return Register(result, tuple(items), tuple(loose))


Proofs = Mapping[str, tuple[Proof, ...]]  # the evidence given with each fact and answer


def _row(row: CriterionResult, proofs: Proofs, every: bool) -> Item:
    entry, points, borne_out = row.criterion, None, None
    holders = [entry.id, *(part.test.fact for part in row.parts if part.test)]
    holders += [fact for fact, _ in row.quantity.found] if row.quantity else []
    claimed, given = row.state == "met", _given(proofs, holders)
    if entry.max_score is not None:
        points, borne_out, claimed = row.secured, _borne_out(row, proofs, every), row.secured > 0
    about = (entry.id, entry.clause, entry.row, entry.gloss, claimed, points, borne_out, entry.evidence)
    return Item("row", *about, given)


def _given(proofs: Proofs, holders: Iterable[str]) -> tuple[Proof, ...]:
    """Return the evidence given with several facts and answers, without repeats of the same file."""
    every = [proof for holder in holders for proof in proofs.get(holder, ())]
    return tuple({proof.evidence.file: proof for proof in reversed(every)}.values())[::-1]


def _proof(
    holder: str, piece: Evidence, as_of: str | None, found: Mapping[tuple[str, str], EvidenceFile] | None
) -> Proof:
    """Hold one piece of evidence against the reference day and its file."""
    file = EvidenceFile() if found is None else found.get((holder, piece.file), EvidenceFile(trouble="missing"))
    further: dict[Trouble, bool] = {
        "changed": bool(file.sha256 and piece.sha256 and file.sha256 != piece.sha256.lower()),
        "expired": piece.has_expired(as_of),
        "no_day": piece.expires is not None and as_of is None,
        "unhashed": piece.sha256 is None,
    }
    troubles = [file.trouble] if file.trouble else []
    return Proof(holder, piece, file, (*troubles, *(trouble for trouble, is_so in further.items() if is_so)))


def _borne_out(row: CriterionResult, proofs: Proofs, every: bool) -> Exact:
    """Return the points of a row that evidence bears out: all by the row's own, else those of the parts proven.

    A fact's evidence proves the parts that the fact decides; where all parts are needed, all must be proven.
    """
    if row.secured <= row.criterion.lowest or any(proof.holds for proof in proofs.get(row.criterion.id, ())):
        return row.secured  # what is lost, or taken off, needs no proof
    proven_facts = {fact for fact, given in proofs.items() if any(proof.holds for proof in given)}
    if row.quantity:
        return row.secured if all(fact in proven_facts for fact, _ in row.quantity.found) else 0
    proven = [part for part in row.parts if part.test and part.test.fact in proven_facts]
    if len(proven) == len(row.parts) and proven:
        return row.secured
    by_shares = row.criterion.rule is None or row.criterion.rule.kind == "shares"
    if every or not by_shares:
        return 0
    return min(row.secured, total(part.share * row.maximum for part in proven if part.state == "met"))


def given_with(assessment: Assessment) -> dict[str, tuple[Evidence, ...]]:
    """Return the evidence that is given with each fact and answer."""
    facts = {key: entry.evidence for key, entry in assessment.facts.items()}
    return facts | {key: answer.evidence for key, answer in assessment.answers.items()}


def holders_of(standard: Standard, name: str) -> list[str]:
    """Return the facts or the answer with which evidence for a condition, veto, row, topic or fact is kept."""
    if entry := standard.conditions.get(name) or standard.vetoes.get(name):
        return list(dict.fromkeys(test.fact for test in entry.tests))
    answered = name in standard.criteria or name in (topic.id for topic in standard.topic_leaves)
    return [name] if answered or name in standard.facts else []


def with_evidence(standard: Standard, assessment: Assessment, pieces: Mapping[str, Iterable[Evidence]]) -> Assessment:
    """Return an assessment whose facts and answers have this evidence, by their ids; what is unknown stays so."""
    facts, answers = {}, {}
    for holder, evidence in pieces.items():
        if holder in standard.facts:
            facts[holder] = assessment.facts.get(holder, FactEntry()).model_copy(update={"evidence": tuple(evidence)})
        else:
            answer = assessment.answers.get(holder, Answer(state="unknown"))
            answers[holder] = answer.model_copy(update={"evidence": tuple(evidence)})
    return assessment.with_facts(facts).with_answers(answers)
