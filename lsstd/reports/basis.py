"""What a report's numbers rest on: read once, without whoever is to be called, and embedded in the report.

From it every number that the report prints can be computed again, with nothing else at hand.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import lsstd
from lsstd.assessment.assessment import Evidence, FactEntry
from lsstd.assessment.check import parse_assessment
from lsstd.changes.reform import Reform, apply_all
from lsstd.engine.findings import has_expired
from lsstd.engine.result import Result
from lsstd.errors import Problems
from lsstd.exact import plain_tree
from lsstd.files.cases import Case, read_case
from lsstd.files.reading import read_bytes
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.reports.many import each_read, short_names
from lsstd.standard.models import as_in_file, read_model
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text

if TYPE_CHECKING:
    from lsstd.population.population import Population

Kind = Literal["base", "profile", "portfolio", "impact"]
MIME = "application/vnd.lsstd.record+json"
"""Under this type a notebook's output carries what the report rests on."""
UNNAMED = "—"
LARGEST_TABLE = 2 * 2**20
"""So many bytes may a population's table have to travel within a report."""


class Source(NamedTuple):
    """A file that a report was made from, and the SHA-256 of its content."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Basis:
    """All that a report rests on.

    Parameters
    ----------
    kind : {"base", "profile", "portfolio", "impact"}
        What the report is about.
    standard : Standard
        As it is before any reform.
    reforms : tuple of Reform
    readings : mapping of str to str
        Those that were chosen; the others are the standard's defaults.
    cases : tuple of Case
        The subjects', without notes, names of people and whatever else no number rests on.
    earlier : tuple of Case
        The same of the cycle before.
    population : Population, optional
        Subjects as a table; one that is too large to travel goes by its hash.
    sources : tuple of Source
        The files, by their names alone.
    """

    kind: Kind
    standard: Standard
    reforms: tuple[Reform, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    earlier: tuple[Case, ...] = ()
    population: Population | None = None
    sources: tuple[Source, ...] = ()

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The result of each case; of a single one with the readings that would change it."""
        return tuple(case.evaluate(matters=self.kind == "base") for case in self.cases)

    @cached_property
    def earlier_results(self) -> tuple[Result, ...]:
        """The results of the cycle before."""
        return tuple(case.evaluate(matters=False) for case in self.earlier)

    @property
    def earlier_standard(self) -> Standard:
        """The standard of the cycle before, which may be another edition."""
        return self.earlier[0].standard if self.earlier else self.standard

    @property
    def result(self) -> Result:
        """The result of the one case."""
        return self.results[0]

    @cached_property
    def reformed(self) -> Standard:
        """The standard as reformed."""
        return apply_all(self.standard, self.reforms)

    @property
    def subject(self) -> str:
        """The name of the one subject; empty where there are several."""
        return self.cases[0].assessment.subject.name if len(self.cases) == 1 else ""

    @property
    def summary(self) -> dict[str, Any]:
        """What a table of many reports tells of this one."""
        if len(self.cases) != 1:
            return {"subjects": len(self.cases)}
        result = self.result.to_dict()
        subject = self.cases[0].assessment.subject
        told = {"subject": subject.name, "region": subject.region, "as_of": self.cases[0].assessment.as_of}
        told |= {key: result[key] for key in ("standard", "edition", "eligible")}
        told |= result["score"] or {}
        told |= {f"grade_{key}": grade for key, grade in (result["grade"] or {}).items()}
        told |= {"median": result["median"]} if "median" in result else {}
        return {**told, "findings": len(result["findings"])}

    def under(self, standard: Standard) -> Basis:
        """Return what the same answers would rest on under another edition of the standard."""
        cases, earlier = (
            tuple(replace(case, standard=standard) for case in cases) for cases in (self.cases, self.earlier)
        )
        return replace(self, standard=standard, cases=cases, earlier=earlier)

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same basis can be read again."""
        before = self.earlier_standard
        return {
            "kind": self.kind,
            "standard": _plain_standard(self.standard),
            "reforms": [plain_tree(as_in_file(reform, lean=True)) for reform in self.reforms],
            "readings": dict(self.readings),
            "cases": [_plain_case(case) for case in self.cases],
            "earlier": [_plain_case(case) for case in self.earlier],
            "earlier_standard": None if before == self.standard else _plain_standard(before),
            "population": self.population and _plain_population(self.population),
            "sources": [source._asdict() for source in self.sources],
        }

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its plain values."""
        return digest_of(self.plain())

    def told(self, lang: Lang) -> list[tuple[str, str]]:
        """Return label and value of what a report tells last: its files, reforms, and its own check sum."""
        listed = self.sources if self.kind in ("base", "impact") else ()  # the others list their files themselves
        rows = [(Text("依据的文件", "Made from"), f"{name}（SHA-256 {sha256[:16]}）") for name, sha256 in listed]
        rows.append((Text("所载数据的校验值", "Check sum of its data"), self.sha256[:16]))
        return [(label.to(lang), value) for label, value in rows]

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        count = len(self.cases)
        told = f"<{self.kind}: {self.standard.standard}, {count} assessments>"
        record = {"lsstd": lsstd.__version__, "sha256": self.sha256, "basis": self.plain(), "summary": self.summary}
        return {"text/plain": told, MIME: json.dumps(record, ensure_ascii=False)}


def digest_of(plain: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain values; their order counts, for it is the document's."""
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def basis_of(plain: Mapping[str, Any]) -> Basis:
    """Return a basis from its plain values, as `Basis.plain` gives them.

    Raises
    ------
    LsstdError
        They do not hold one.
    """
    standard = _standard_of(plain["standard"])
    before = standard if plain["earlier_standard"] is None else _standard_of(plain["earlier_standard"])
    reforms = tuple(_reform_of(reform) for reform in plain["reforms"])
    cases, earlier = (
        tuple(
            Case(case["name"], against, parse_assessment(against, case["assessment"]), case["readings"], reforms)
            for case in plain[name]
        )
        for name, against in (("cases", standard), ("earlier", before))
    )
    sources = tuple(Source(**source) for source in plain["sources"])
    people = plain["population"] and _population_of(plain["population"], standard)
    return Basis(plain["kind"], standard, reforms, plain["readings"], cases, earlier, people, sources)


def _plain_standard(standard: Standard) -> dict[str, Any]:
    return {"sha256": standard.sha256, "in_file": standard.in_file}


def _standard_of(plain: Mapping[str, Any]) -> Standard:
    return parse_standard(Parsed(plain["in_file"]), plain["sha256"], plain["in_file"]["standard"])


def _reform_of(plain: Any) -> Reform:
    return read_model(Reform, plain, Problems(), Text("所载的调整方案无效", "an invalid reform"))


def _plain_case(case: Case) -> dict[str, Any]:
    return {"name": case.name, "assessment": case.assessment.plain(), "readings": dict(case.readings)}


def _plain_population(population: Population) -> dict[str, Any]:
    """Return a population's table as CSV, or, where that is too long to travel, its hash."""
    from lsstd.population.population import as_csv

    table = as_csv(population)
    travels = len(table) <= LARGEST_TABLE
    return {
        "csv": table.decode("utf-8-sig") if travels else "",
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
        found = load_population(table, standard, plain["as_of"])
    return replace(found, notes=tuple(Text(*note) for note in plain["notes"]))


def without_more(population: Population, reforms: Sequence[Reform]) -> Population:
    """Return a population without the columns of facts that no number of a report rests on."""
    standard = population.standard
    used = used_facts(standard) | used_facts(apply_all(standard, reforms))
    others = [name for name in population.frame if name in standard.facts and name not in used]
    return replace(population, frame=population.frame.drop(columns=others))


def read_cases(
    files: Sequence[Path], standard: Standard | None, readings: Mapping[str, str], reforms: Sequence[Reform]
) -> tuple[Case, ...]:
    """Return the case of each file, without whatever no number of a report rests on.

    Raises
    ------
    LsstdError
        All that is wrong with any of the files, at once, each problem under its file's name.
    """
    return tuple(each_read(files, lambda file: without_contacts(read_case(file, standard, readings, reforms))))


def without_contacts(case: Case) -> Case:
    """Return a case without notes, names of people, addresses and telephone numbers: only what numbers rest on."""
    given, reformed = case.assessment, apply_all(case.standard, case.reforms)
    used = used_facts(case.standard) | used_facts(reformed)
    subject = given.subject.model_copy(update={"groups": {}})
    facts = {
        key: FactEntry(value=entry.value, evidence=tuple(_pieces(entry.evidence, given.as_of)))
        for key, entry in given.facts.items()
        if key in used
    }
    answers = {
        key: answer.model_copy(update={"note": None, "evidence": tuple(_pieces(answer.evidence, given.as_of))})
        for key, answer in given.answers.items()
    }
    return replace(case, assessment=given.model_copy(update={"subject": subject, "facts": facts, "answers": answers}))


def used_facts(standard: Standard) -> frozenset[str]:
    """Return the facts that anything about a score, a grade or a finding rests on."""
    used = set(standard.tested_facts)
    for check in standard.cross_checks.values():
        used |= {check.left, *([check.right] if isinstance(check.right, str) else [])}
    used |= {fact for group in standard.same_quantities for fact in group.facts}
    used |= {fact.id for fact in standard.facts.values() if fact.identifier}
    used |= {since for fact in used if fact in standard.facts and (since := standard.facts[fact].years_since)}
    return frozenset(used)


def _pieces(evidence: Iterable[Evidence], as_of: str | None) -> Iterator[Evidence]:
    """Yield what a finding can rest on of each piece: its days; its name only where it has expired and is told."""
    for piece in evidence:
        name = piece.file if has_expired(piece, as_of) else UNNAMED
        yield Evidence(file=name, issued=piece.issued, expires=piece.expires)


def sources_of(files: Sequence[Path]) -> tuple[Source, ...]:
    """Return the hash of each file, in order, by a name that tells it from the others."""
    hashes = (hashlib.sha256(read_bytes(file)).hexdigest() for file in files)
    return tuple(Source(name, sha256) for name, sha256 in zip(short_names(files), hashes, strict=True))
