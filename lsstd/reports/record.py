"""What a report's numbers rest on, and the record of it that every report carries.

From the record every number can be computed again with nothing else at hand; it names nobody who could be called.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import lsstd
from lsstd.assessment.assessment import Assessment, Evidence
from lsstd.assessment.check import parse_assessment
from lsstd.changes.reform import Reform, apply_all
from lsstd.engine.result import ConditionFailed, Result
from lsstd.engine.verdict import self_assessment
from lsstd.errors import Problems
from lsstd.exact import plain_tree
from lsstd.files.cases import Case
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.pages.blocks import Figure, Section
from lsstd.standard.models import Model, as_in_file, read_model
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, msg, noted, same

if TYPE_CHECKING:
    from lsstd.population.population import Population

ReportType: TypeAlias = Literal["base", "profile", "portfolio", "impact"]
UNNAMED = "—"
PAGE = "page"
"""The template of a report that was made within a page which carries its own Python."""
LARGEST_TABLE = 2 * 2**20
"""Largest population table that travels within a report, in bytes; a larger one goes by its hash."""


class SourceFile(NamedTuple):
    """A file that a report was made from, by its name alone, and the SHA-256 of its content."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Basis:
    """All that a report rests on.

    The standard is as it was before any reform; of the readings, those that were chosen. The cases, and those of the
    round before, are without notes, names of people and whatever else no number rests on. The issuer is empty where the
    subject issues its own report.
    """

    kind: ReportType
    standard: Standard
    reforms: tuple[Reform, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    earlier: tuple[Case, ...] = ()
    population: Population | None = None
    sources: tuple[SourceFile, ...] = ()
    condition_failed: ConditionFailed = "withhold"
    issuer: str = ""

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The result of each case; of a base's own report with the readings that would change it."""
        return self._evaluated(self.cases, matters=self.kind == "base")

    @cached_property
    def earlier_results(self) -> tuple[Result, ...]:
        """The results of the round before."""
        return self._evaluated(self.earlier, matters=False)

    def _evaluated(self, cases: tuple[Case, ...], matters: bool) -> tuple[Result, ...]:
        return tuple(replace(case.evaluate(matters), condition_failed=self.condition_failed) for case in cases)

    @property
    def result(self) -> Result:
        """The result of the one case."""
        return self.results[0]

    @cached_property
    def reformed(self) -> Standard:
        """The standard as reformed."""
        return apply_all(self.standard, self.reforms)

    @property
    def day(self) -> str:
        """The day that the report is of: the latest reference day, else that of a reform, else the standard's."""
        days = [case.assessment.as_of for case in self.cases]
        days += [self.population.as_of] if self.population else []
        reformed = (reform.effective for reform in self.reforms[::-1] if reform.effective)
        return max((day for day in days if day), default=None) or next(reformed, None) or self.standard.day

    @property
    def subject(self) -> str:
        """The name of the one subject; empty where there are several."""
        return self.cases[0].assessment.subject.name if len(self.cases) == 1 else ""

    @property
    def issued_by(self) -> str:
        """Who issues the report: as named, else the one subject, who assesses itself."""
        return self.issuer or self.subject

    def document_id(self, lang: Lang) -> str:
        """Return the report's id, the same whenever it is made: its kind, its day, the beginning of its check sum."""
        return f"{self.kind}-{self.day.replace('-', '')}-{self.sha256[:8]}-{lang}".upper()

    @property
    def summary(self) -> dict[str, Any]:
        """The report's row in the index of many."""
        if len(self.cases) != 1:
            return {"subjects": len(self.cases)}
        return row_of(self.result)

    def under(self, standard: Standard) -> Basis:
        """Return what the same answers rest on under another edition of the standard."""
        cases, earlier = (tuple(replace(case, standard=standard) for case in c) for c in (self.cases, self.earlier))
        return replace(self, standard=standard, cases=cases, earlier=earlier)

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same basis can be read again."""
        before = self.earlier[0].standard if self.earlier else self.standard
        cases, earlier = (
            [
                {"name": c.name, "assessment": c.assessment.plain(with_carried=True), "readings": dict(c.readings)}
                for c in cs
            ]
            for cs in (self.cases, self.earlier)
        )
        return {
            "kind": self.kind,
            "standard": _plain_standard(self.standard),
            "reforms": [plain_tree(as_in_file(reform, lean=True)) for reform in self.reforms],
            "readings": dict(self.readings),
            "cases": cases,
            "earlier": earlier,
            "earlier_standard": None if before == self.standard else _plain_standard(before),
            "population": self.population and _plain_population(self.population),
            "sources": [source._asdict() for source in self.sources],
            "condition_failed": self.condition_failed,
            **({"issuer": self.issuer} if self.issuer else {}),
        }

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its plain values."""
        return digest_of(self.plain())

    def provenance(self, lang: Lang) -> list[tuple[str, str]]:
        """Return label and value of the files that it was made from, and of its check sum."""
        listed = self.sources if self.kind in ("base", "impact") else ()  # the others list their files themselves
        rows = [(msg("Made from"), noted(name, f"SHA-256 {sha256[:16]}")) for name, sha256 in listed]
        rows.append((msg("Checksum of its data"), same(self.sha256[:16])))
        return [(label.to(lang), value.to(lang)) for label, value in rows]


class Record(Model):
    """What a report carries, in this order: by what it was made, and all that its numbers rest on.

    The seal is the SHA-256 of everything else. `drawn_with` names what drew the charts: another version of
    matplotlib, or other fonts, draw the same chart with other strokes.
    """

    lsstd: str
    sha256: str
    basis: dict[str, Any]
    template: str
    lang: Lang
    sections: list[str]
    drawn_with: str
    seal: str


def record_of(basis: Basis, sections: Iterable[Section], lang: Lang, template: str) -> str:
    """Return as JSON what a report with these sections embeds."""
    shown = list(sections)
    record: dict[str, Any] = {"lsstd": lsstd.__version__, "sha256": basis.sha256, "basis": basis.plain()}
    record |= {"template": template, "lang": lang, "sections": [section.key for section in shown if section.key]}
    record["drawn_with"] = drawn_with(shown)
    return json.dumps({**record, "seal": digest_of(record)}, ensure_ascii=False, separators=(",", ":"))


def drawn_with(sections: Iterable[Section]) -> str:
    """Return what draws the charts of these sections on this machine; empty where there are none."""
    if not any(isinstance(block, Figure) for section in sections for block in section.blocks):
        return ""
    import matplotlib

    from lsstd.pages.drawing import families

    return " · ".join((f"matplotlib {matplotlib.__version__}", *families()))


def digest_of(plain: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain values; their order counts, for it is the document's."""
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def basis_of(plain: Mapping[str, Any]) -> Basis:
    """Return a basis from its plain values, as `Basis.plain` gives them; raise `LsstdError` if they hold none."""
    standard = _standard_of(plain["standard"])
    before = standard if plain["earlier_standard"] is None else _standard_of(plain["earlier_standard"])
    title = msg("an invalid reform")
    reforms = tuple(read_model(Reform, reform, Problems(), title) for reform in plain["reforms"])
    cases, earlier = (
        tuple(
            Case(case["name"], against, parse_assessment(against, case["assessment"]), case["readings"], reforms)
            for case in plain[name]
        )
        for name, against in (("cases", standard), ("earlier", before))
    )
    sources = tuple(SourceFile(**source) for source in plain["sources"])
    people = plain["population"] and _population_of(plain["population"], standard)
    shown: ConditionFailed = "report" if plain.get("condition_failed") == "report" else "withhold"
    held = plain["kind"], standard, reforms, plain["readings"], cases, earlier, people, sources, shown
    return Basis(*held, plain.get("issuer", ""))


def row_of(result: Result) -> dict[str, Any]:
    """Return the row of a subject in the index of many."""
    found, case = result.to_dict(), result.assessment
    row: dict[str, Any] = {"subject": case.subject.name, "region": case.subject.region, "as_of": case.as_of}
    row |= {key: found[key] for key in ("standard", "edition", "eligible", "median") if key in found}
    row |= found["score"] or {}
    row |= {f"grade_{key}": grade for key, grade in (found["grade"] or {}).items() if key != "shown"}
    if result.standard.scored_rows:
        told = self_assessment(result.standard)
        row |= {"disqualified": result.disqualified or None, "told": [told.zh, told.en]}
    return {**row, "findings": len(found["findings"])}


def _plain_standard(standard: Standard) -> dict[str, Any]:
    return {"sha256": standard.sha256, "in_file": standard.in_file}


def _standard_of(plain: Mapping[str, Any]) -> Standard:
    return parse_standard(Parsed(plain["in_file"]), plain["sha256"], plain["in_file"]["standard"])


def _plain_population(population: Population) -> dict[str, Any]:
    """Return a population's table as CSV, or, where that is too long to travel, its hash."""
    from lsstd.population.population import as_csv

    table = as_csv(population)
    return {
        "csv": table.decode("utf-8-sig") if len(table) <= LARGEST_TABLE else "",
        "sha256": hashlib.sha256(table).hexdigest(),
        "as_of": population.as_of,
        "notes": [[note.zh, note.en] for note in population.notes],
    }


def _population_of(plain: Mapping[str, Any], standard: Standard) -> Population | None:
    """Return the population that travelled; None for one that was too large."""
    from lsstd.population.population import load_population

    if not plain["csv"]:
        return None
    with tempfile.TemporaryDirectory(prefix="lsstd-") as folder:
        table = Path(folder) / "population.csv"
        table.write_text(plain["csv"], encoding="utf-8", newline="")
        population = load_population(table, standard, plain["as_of"])
    return replace(population, notes=tuple(Text(*note) for note in plain["notes"]))


def without_contacts(case: Case) -> Case:
    """Return a case without notes, names of people, addresses and telephone numbers: only what numbers rest on."""
    assessment = case.assessment
    used = used_facts(case.standard) | used_facts(apply_all(case.standard, case.reforms))
    printed = {fact.id for fact in case.standard.facts.values() if fact.measure}  # with the source of each figure

    def bare(entry: Any, **more: object) -> Any:
        evidence = tuple(_dates_of(entry.evidence, assessment))
        return entry.model_copy(update={"note": None, "evidence": evidence, **more})

    given = {key: entry for key, entry in assessment.facts.items() if key in used}
    facts = {key: bare(entry, source=entry.source if key in printed else None) for key, entry in given.items()}
    answers = {key: bare(answer) for key, answer in assessment.answers.items()}
    subject = assessment.subject.model_copy(update={"groups": {}})
    lean = assessment.model_copy(update={"subject": subject, "facts": facts, "answers": answers})
    return replace(case, assessment=lean)


def used_facts(standard: Standard) -> frozenset[str]:
    """Return the facts that anything about a score, a grade or a finding rests on."""
    used = set(standard.tested_facts)
    for check in standard.cross_checks.values():
        used |= {check.left, *([check.right] if isinstance(check.right, str) else [])}
    used |= {fact for group in standard.same_quantities for fact in group.facts}
    used |= {fact.id for fact in standard.facts.values() if fact.identifier}
    used |= {since for fact in used if fact in standard.facts and (since := standard.facts[fact].years_since)}
    return frozenset(used)


def without_unused(population: Population, reforms: Sequence[Reform]) -> Population:
    """Return a population without the columns of facts that no number of a report rests on."""
    standard = population.standard
    used = used_facts(standard) | used_facts(apply_all(standard, reforms))
    others = [name for name in population.frame if name in standard.facts and name not in used]
    return replace(population, frame=population.frame.drop(columns=others))


def _dates_of(evidence: Iterable[Evidence], assessment: Assessment) -> Iterator[Evidence]:
    """Yield what a finding can rest on of each piece: its days; its name only where it has expired and is named."""
    for piece in evidence:
        name = piece.file if piece.has_expired(assessment.as_of) else UNNAMED
        yield Evidence(file=name, issued=piece.issued, expires=piece.expires)
