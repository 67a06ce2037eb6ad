"""The sheets of a panel: read one by one, and held against each other, so that only those of one matter are combined.

A sheet is an assessment with a header of its own (who scored, at which stage, in which round), as a file or as the
workbook that ``lsstd workbook --for expert`` writes. An assessment without that header is the base's self-score.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from lsstd.assessment.assessment import Assessment, PanelExpert, Rescoring, Stage
from lsstd.errors import InvalidFile, LsstdError, Problem
from lsstd.files.assessments import load_pair
from lsstd.files.reading import KINDS, read_plain, sha256_of
from lsstd.numerals import narrow
from lsstd.office.self_score import mark_of
from lsstd.office.self_score_reader import read_with_notes
from lsstd.standard.models import Concise
from lsstd.standard.standard import Standard
from lsstd.standard.wording import STAGES
from lsstd.words import Text, join, msg, noted, same

STAGE_ORDER: tuple[Stage, ...] = ("self", "papers", "site", "final")


@dataclass(frozen=True)
class PanelSheet(Concise):
    """One sheet: what it says, and the standard that it was read against."""

    path: Path
    standard: Standard
    assessment: Assessment
    sha256: str = ""
    places: Mapping[str, str | int] = field(default_factory=dict)
    """By the path of an entry, its cell, or its line."""

    @property
    def expert(self) -> PanelExpert:
        """Who scored; of a self-score nobody, with an empty id."""
        return self.assessment.expert or PanelExpert.model_construct(id="", name="", group=None, conflicts=())

    @property
    def stage(self) -> Stage:
        """When it was scored."""
        return self.assessment.stage or "self"

    @property
    def log(self) -> tuple[Rescoring, ...]:
        """What was changed after the stage was closed."""
        return self.assessment.log

    def refused(self, entry: str, found: Text, expected: Text) -> InvalidFile:
        """Return the error of a sheet that does not belong to the others, because of one of its entries.

        >>> from lsstd.words import same
        >>> sheet = lsstd.load_sheet("data/panels/flip/e1.yaml")
        >>> print(sheet.refused("expert.id", same("e1"), same("another id")).problems[0].to("en"))
        expert.id (line 3): e1; expected: another id
        """
        place: str | int | None = self.places.get(entry) or self.places.get(entry.partition(".")[0])
        where, line = (entry, place) if isinstance(place, int) else (place or entry, None)
        title = msg("{name} does not count in this panel", name=self.path.name)
        return InvalidFile(title, [Problem(where, found, expected, line)])


def load_sheet(path: str | Path, standard: Standard | None = None) -> PanelSheet:
    """Return the sheet that a file or a workbook holds, read against a standard, else against the one that it names.

    Raises `LsstdError`: it cannot be read, does not fit the standard, or is of another edition.

    >>> lsstd.load_sheet("data/assessments/near_aaa.yaml").stage
    'self'
    """
    path, places = Path(path), dict[str, Any]()
    if path.suffix.lower() not in KINDS:
        standard, assessment, _, places = read_with_notes(path, standard)
    else:
        parsed = read_plain(path)
        standard, assessment = load_pair(parsed, standard)
        places = dict(parsed.lines)
    sheet = PanelSheet(path, standard, assessment, sha256_of(path) or "", places)
    edition = assessment.made_for
    if edition not in (None, standard.edition) and edition != mark_of(standard):
        expected = noted(standard.edition, mark_of(standard))
        raise sheet.refused("made_for", same(edition), expected)
    return sheet


@dataclass(frozen=True)
class Gathered:
    """What a panel rests on: the experts' sheets by stage and expert, the self-score, and what was refused."""

    standard: Standard
    sheets: tuple[PanelSheet, ...]
    self_score: PanelSheet | None
    refused: tuple[LsstdError, ...]

    def at(self, stage: Stage | None = None) -> tuple[PanelSheet, ...]:
        """Return the sheets of a stage; of the last one that any expert has reached, if none is named."""
        last = stage or max((sheet.stage for sheet in self.sheets), key=STAGE_ORDER.index, default="papers")
        return tuple(sheet for sheet in self.sheets if sheet.stage == last)


def gather(
    sources: Iterable[str | Path | PanelSheet], standard: Standard | None = None, round: str | None = None
) -> Gathered:
    """Read the sheets of one base; those that cannot be read, or do not belong to the others, are refused by name.

    Raises `LsstdError`: no sheet of an expert is left: everything that is wrong with any of them.
    """
    sheets, refused = list[PanelSheet](), list[tuple[str, LsstdError]]()
    for source in sources:
        try:
            sheets.append(source if isinstance(source, PanelSheet) else load_sheet(source, standard))
        except LsstdError as error:
            name = Path(str(source)).name
            refused.append((name, error if name in error.title.zh else error.within(name)))
    refused += [(sheet.path.name, mistake) for sheet, mistake in sift(sheets, round)]
    sheets.sort(key=lambda sheet: (STAGE_ORDER.index(sheet.stage), sheet.expert.id))
    experts = tuple(sheet for sheet in sheets if sheet.assessment.expert)
    if not experts:
        problems = [
            replace(problem, where=problem.where if name in problem.where else f"{name} {problem.where}")
            for name, error in refused
            for problem in error.problems
        ]
        none = Problem("SHEET…", msg("no sheet of an expert"), msg("a sheet that lsstd workbook --for expert wrote"))
        raise InvalidFile(msg("there is no panel"), problems or [none])
    self_score = next((sheet for sheet in sheets if not sheet.assessment.expert), None)
    return Gathered(experts[0].standard, experts, self_score, tuple(error for _, error in refused))


Sieve: TypeAlias = Iterator[tuple[PanelSheet, str, Text, Text]]
"""Sheets that do not belong to the others: the entry because of which, what it says, what would be right."""


def sift(sheets: list[PanelSheet], round: str | None = None) -> Iterator[tuple[PanelSheet, InvalidFile]]:
    """Take those that do not belong to the others out of a list of sheets of one base; yield each with the reason.

    What most name (a standard, a base, a round) is what the panel is about; where two tie, none of them counts.

    >>> from lsstd.panel.sheets import sift
    >>> sheets = [lsstd.load_sheet(f"data/panels/flip/{name}.yaml") for name in ("e1", "e2", "e1")]
    >>> [sheet.expert.id for sheet, _ in sift(sheets)], [sheet.expert.id for sheet in sheets]
    (['e1', 'e1'], ['e2'])
    """
    of_one_round = partial(_of_one_round, wanted=round)
    for sieve in (_of_one_standard, _of_one_base, of_one_round, _once_each, _without_conflicts):
        for sheet, entry, found, expected in [*sieve(sheets)]:
            sheets.remove(sheet)
            yield sheet, sheet.refused(entry, found, expected)


def _differing(named: Iterable[tuple[PanelSheet, str, str | None]], right: str | None, unclear: Text) -> Sieve:
    """Yield the sheets that name another thing than is right; where nothing is, all."""
    for sheet, entry, name in named:
        if name != right:
            yield sheet, entry, same(name), same(right) if right else unclear


def _most_common(values: Iterable[str | None]) -> str | None:
    """Return the value that most have; None where two tie."""
    first, *others = Counter(values).most_common(2) or [(None, 0)]
    return None if others and others[0][1] == first[1] else first[0]


def _of_one_standard(sheets: list[PanelSheet]) -> Sieve:
    standards = {id(sheet.standard): sheet.standard for sheet in sheets}  # by far the most often one, marked once
    marks = {key: mark_of(standard) for key, standard in standards.items()}
    named = [(sheet, "standard", marks[id(sheet.standard)]) for sheet in sheets]
    return _differing(named, _most_common(mark for *_, mark in named), msg("one standard for all sheets"))


def _of_one_base(sheets: list[PanelSheet]) -> Sieve:
    """Yield the sheets of another base than the self-score's, or than that of most; bases go by id, else by name."""
    subjects = [sheet.assessment.subject for sheet in sheets]
    ids = {subject.name: subject.id for subject in subjects if subject.id}
    keys = [subject.id or ids.get(subject.name) or subject.name for subject in subjects]
    claimed = [key for key, sheet in zip(keys, sheets, strict=True) if not sheet.assessment.expert]
    base = _most_common(claimed or keys)
    names = {key: noted(s.name or "—", s.id or "—") for key, s in zip(keys, subjects, strict=True)}
    for sheet, subject, key in zip(sheets, subjects, keys, strict=True):
        if key != base:
            expected = names[base] if base is not None else msg("one base for all sheets")
            yield sheet, "subject.id" if subject.id else "subject.name", names[key], expected


def _of_one_round(sheets: list[PanelSheet], wanted: str | None) -> Sieve:
    named = [(sheet, "round", sheet.assessment.round) for sheet in sheets if sheet.assessment.round is not None]
    return _differing(named, wanted or _most_common(name for *_, name in named), msg("one round for all sheets"))


def _once_each(sheets: list[PanelSheet]) -> Sieve:
    """Yield both of two sheets of one expert at one stage, or of two self-scores: nobody can tell which one counts."""
    alike = defaultdict[tuple[str, Stage], list[PanelSheet]](list)
    for sheet in sheets:
        alike[narrow(sheet.expert.id), sheet.stage].append(sheet)
    for sheet in sheets:
        if others := [other.path for other in alike[narrow(sheet.expert.id), sheet.stage] if other is not sheet]:
            names = join(same(path if path.name == sheet.path.name else path.name) for path in others)
            stage, who = STAGES[sheet.stage], sheet.expert.id or "—"
            found = msg("{expert} at the stage “{stage}” in {others}, too", expert=who, stage=stage, others=names)
            yield sheet, "expert.id", found, msg("one sheet of each expert at a stage")


def _without_conflicts(sheets: list[PanelSheet]) -> Sieve:
    """Yield the sheets of experts who declared a conflict with the base, or with whom its facts name."""
    names = [name for sheet in sheets for name in (sheet.assessment.subject.id, sheet.assessment.subject.name)]
    facts = [entry.value for sheet in sheets for entry in sheet.assessment.facts.values()]
    involved = {narrow(text) for text in (*names, *facts) if isinstance(text, str) and text.strip()}
    declared = {sheet.expert.id: c for sheet in sheets for c in sheet.expert.conflicts if narrow(c) in involved}
    for sheet in sheets:
        if (who := sheet.expert.id) in declared:  # on one of the expert's sheets: it holds for all of them
            found = msg("a conflict of interest that {expert} declared: {of}", expert=who, of=declared[who])
            yield sheet, "expert.conflicts", found, msg("an expert without one")
