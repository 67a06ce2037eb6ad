"""Holding a printed report against what it rests on: every number computed again, offline.

What differs has one of three causes: a printed *figure* was changed, the *input* that the report carries was (or, where
the assessments are at hand, they have since), or the *standard* is another than the one known today.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import lsstd
from lsstd.errors import InvalidFile, LsstdError, Problem, Problems, UnknownName
from lsstd.files.standards import load_standard
from lsstd.pages.blocks import Figure, Section, section_of
from lsstd.reports.basis import Basis, basis_of, digest_of, read_cases, sources_of, without_more
from lsstd.reports.compare import differences
from lsstd.reports.formats import read_printed
from lsstd.reports.kinds import pieces
from lsstd.reports.page import css
from lsstd.reports.printed import Printed, PrintedHtml
from lsstd.reports.templates import names
from lsstd.standard.models import Model, parse
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, same

if TYPE_CHECKING:
    from lsstd.population.population import Population

Cause = Literal["figure", "input", "standard"]
CAUSES: dict[Cause, Text] = {
    "figure": Text("报告上的内容被改动", "what is printed was changed"),
    "input": Text("所依据的数据被改动", "what it rests on was changed"),
    "standard": Text("标准已不是当时的版本", "the standard is another one now"),
}


@dataclass(frozen=True)
class Difference:
    """One thing that does not hold: where, what is printed, what comes out today, and why.

    In a difference of cause ``standard`` the printed value is the one that the report's own standard gives.
    """

    where: str
    printed: str
    recomputed: str
    cause: Cause


@dataclass(frozen=True)
class Verification:
    """Whether a report holds.

    Parameters
    ----------
    differences : tuple of Difference
    checked : int
        So many lines were computed again.
    notes : tuple of Text
        What a reader should know besides: another version of the software, sections that cannot be checked.
    failed : bool
        Whether it could not be checked at all; the notes say why.
    """

    differences: tuple[Difference, ...]
    checked: int
    notes: tuple[Text, ...] = ()
    failed: bool = False

    @property
    def ok(self) -> bool:
        """Whether it could be checked and nothing differs."""
        return not (self.differences or self.failed)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return it as JSON holds it."""
        found = [asdict(difference) for difference in self.differences]
        notes = [note.to(lang) for note in self.notes]
        return {"ok": self.ok, "differences": found, "checked": self.checked, "notes": notes}


def verify(report: Path, standard: str | None = None, inputs: Sequence[Path] = ()) -> Verification:
    """Compute a report's lines again from what it carries, and hold them against what is printed.

    Parameters
    ----------
    report : Path
        HTML, PDF, DOCX or XLSX, as lsstd wrote it.
    standard : str, optional
        An id or file to hold the report's standard against; without it, the standard known here by its id.
    inputs : sequence of Path
        The assessments as they are today, to be held against those that the report carries.

    Raises
    ------
    LsstdError
        It is no report of lsstd's, carries nothing to compute from, or what it carries cannot be read.
    """
    printed = read_printed(report)
    record, basis = _carried(printed, report, inputs)
    is_own = record.template in names()
    made = pieces(basis)
    keys = list(made) if is_own else [key for key in record.sections if key in made]
    sections = [_as_then(made[key](record.lang), record.lsstd) for key in keys]
    found = list(_sealed(record))
    cause: Cause = "input" if found else "figure"
    held = differences(sections, _held(printed, is_own, made))
    found += [Difference(line.where, line.printed, line.recomputed, cause) for line in held]
    if printed.kind == "html" and not found:
        found += [Difference(where, what, "", cause) for where, what in _markup(printed, sections, record, is_own)]
    since, notes = _since(basis, sections, record.lang, inputs)
    found += since
    known, unknown = _known(basis, standard)
    found += _under(basis, known, sections, record.lang) if known else []
    notes += [*unknown, *_remarks(record, made)]
    return Verification(tuple(found), sum(1 for section in sections for _ in section.lines()), tuple(notes))


class Record(Model):
    """What a report carries, in this order: by what it was made, and all that its numbers rest on."""

    lsstd: str
    sha256: str
    basis: dict[str, Any]
    template: str
    template_sha256: str
    lang: Lang
    sections: list[str]
    seal: str


def _carried(printed: Printed, report: Path, inputs: Sequence[Path]) -> tuple[Record, Basis]:
    """Return the record that a report carries, and what it rests on."""
    title = Text(f"{report.name} 无法核验", f"{report.name} cannot be verified")
    if not printed.record:
        found = Text("没有所载数据", "it carries no data")
        expected = Text("lsstd 写出、未经其他软件另存的报告", "a report as lsstd wrote it, not saved by others")
        raise InvalidFile(title, [Problem(str(report), found, expected)])
    problems = Problems()
    try:
        record = parse(Record, json.loads(printed.record), problems)
        problems.raise_if_any(title)
        assert record is not None
        basis = basis_of(record.basis)
        if basis.kind == "impact" and basis.population is None:
            basis = replace(basis, population=_at_hand(basis, record, inputs, title))
        pieces(basis)
        return record, basis
    except LsstdError as error:
        raise InvalidFile(title, error.problems) from None
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        found = same(clip(f"{type(error).__name__}: {error}"))
        expected = Text("完整的所载数据", "data that are whole")
        raise InvalidFile(title, [Problem(str(report), found, expected)]) from None


def _at_hand(basis: Basis, record: Record, inputs: Sequence[Path], title: Text) -> Population:
    """Return the population that was too large to travel, if it is at hand and the same."""
    from lsstd.population.population import as_csv, load_population

    for path in inputs:
        found = without_more(load_population(path, basis.standard), basis.reforms)
        if hashlib.sha256(as_csv(found)).hexdigest() == record.basis["population"]["sha256"]:
            return found
    told = Text("总体太大，没有随报告携带", "the population was too large to travel with the report")
    right = Text("--input 总体文件（与当时相同）", "--input and the population's file, as it was")
    raise InvalidFile(title, [Problem("population", told, right)])


def _sealed(record: Record) -> Iterator[Difference]:
    """Yield the check sums that do not fit what the report carries."""
    place = Text("所载数据的校验值", "check sum of its data").to(record.lang)
    sums = (record.sha256, digest_of(record.basis)), (record.seal, digest_of(record.model_dump(exclude={"seal"})))
    for old, new in sums:
        if old != new:
            yield Difference(place, old[:16], new[:16], "input")
            return


def _as_then(section: Section, version: str) -> Section:
    """Return a section as the version that wrote the report names itself in it."""
    if not section.key.endswith(".sources"):
        return section
    return section_of(json.loads(section.json.replace(f'"lsstd {lsstd.__version__}"', f'"lsstd {version}"')))


def _held(printed: Printed, is_own: bool, made: Mapping[str, Any]) -> Printed:
    """Return what is to be held against the sections: of a template of one's own, not what else it prints."""
    if is_own or printed.kind != "html":
        return printed
    kept = [place for place, (key, _) in enumerate(printed.parts) if key in made]
    parts, marks = tuple(printed.parts[place] for place in kept), tuple(printed.marks[place] for place in kept)
    return replace(printed, parts=parts, marks=marks, loose=())


def _markup(printed: Printed, sections: Sequence[Section], record: Record, is_own: bool) -> Iterator[tuple[str, str]]:
    """Yield where a page's elements, not its texts, are other than ours: so may what a browser shows be."""
    if is_own:
        yield from (("", mark) for mark in printed.strange)
    if record.lsstd == lsstd.__version__ and is_own and printed.style.strip() != css().strip():
        yield "style", clip(printed.style.strip())
    given = dict(zip((key for key, _ in printed.parts), printed.marks, strict=True))
    for section in sections:
        ours, theirs = PrintedHtml(f"<body>{section.html}</body>").marks[0], given.get(section.key, ())
        if any(isinstance(block, Figure) for block in section.blocks):  # drawn otherwise elsewhere, with the same marks
            known = {mark.split()[0] for mark in ours if mark.startswith("<")}
            strange = [mark for mark in theirs if mark.startswith("<") and mark.split()[0] not in known]
        else:
            strange = [] if list(theirs) == ours else [mark for mark in theirs if mark not in ours] or ["<…"]
        yield from ((section.title, mark) for mark in strange)


def _known(basis: Basis, name: str | None) -> tuple[Standard | None, list[Text]]:
    """Return the standard that is known today under the report's id, if any."""
    own = basis.standard.standard
    try:
        return load_standard(name or own), []
    except UnknownName:
        if name:
            raise
        told = Text(
            f"此处没有标准 {own}，未与现行版本核对（可用 --standard 指定）",
            f"the standard {own} is not known here and was not held against today's (--standard names it)",
        )
        return None, [told]


def _under(basis: Basis, known: Standard, sections: Iterable[Section], lang: Lang) -> Iterator[Difference]:
    """Yield that the standard has changed, or what the report carries of it; and which lines would be otherwise."""
    old = basis.standard
    if known.in_file == old.in_file:
        return
    cause: Cause = "input" if known.sha256 == old.sha256 else "standard"
    place = Text("标准", "standard").to(lang)
    editions = [f"{standard.edition}（{digest_of(standard.in_file)[:16]}）" for standard in (old, known)]
    yield Difference(place, editions[0], editions[1], cause)
    yield from _against(basis.under(known), sections, lang, cause, place)


def _since(
    basis: Basis, sections: Iterable[Section], lang: Lang, inputs: Sequence[Path]
) -> tuple[list[Difference], list[Text]]:
    """Return which of the assessments at hand have changed with the lines that would be otherwise; and notes."""
    cases, found, notes = [*basis.cases, *basis.earlier], [], []
    for file, (_, sha256) in zip(inputs, sources_of(inputs), strict=True):
        if basis.kind == "impact" or sha256 in [source.sha256 for source in basis.sources]:
            continue
        place = _source_of(file, basis)
        case = cases[place]
        now = read_cases([file], case.standard, case.readings, case.reforms)[0]
        if now.assessment == case.assessment:
            notes.append(
                Text(f"{file.name}：文件有改动，但不影响任何数", f"{file.name}: changed, but in nothing that counts")
            )
            continue
        found.append(Difference(file.name, basis.sources[place].sha256[:16], sha256[:16], "input"))
        cases[place] = now
    if found:
        count = len(basis.cases)
        other = replace(basis, cases=tuple(cases[:count]), earlier=tuple(cases[count:]))
        found += _against(other, sections, lang, "input", "")
    return found, notes


def _source_of(file: Path, basis: Basis) -> int:
    """Return which of the assessments a file is: by the end of its path, or the only one there is."""
    count = len(basis.cases) + len(basis.earlier)
    names_of = [source.name for source in basis.sources[:count]]
    ends = [place for place, name in enumerate(names_of) if file.absolute().as_posix().endswith(f"/{name}")]
    if len(ends) == 1 or count == 1:
        return (*ends, 0)[0]
    title = Text(f"{file.name} 不是这份报告的依据", f"the report was not made from {file.name}")
    raise InvalidFile(title, [Problem("--input", same(file.name), same(", ".join(names_of)))])


def _against(other: Basis, sections: Iterable[Section], lang: Lang, cause: Cause, place: str) -> Iterator[Difference]:
    """Yield the lines that would be otherwise if the report rested on something else."""
    shown = [section for section in sections if not section.key.endswith((".sources", ".cover"))]
    old = tuple((section.key, tuple(text for _, text in section.lines())) for section in shown)
    try:
        made = pieces(other)
        anew = [made[section.key](lang) for section in shown if section.key in made]
    except LsstdError as error:
        yield Difference(place, "", error.to(lang), cause)
        return
    for line in differences(anew, Printed("html", old, None)):
        yield Difference(line.where, line.printed, line.recomputed, cause)


def _remarks(record: Record, made: Mapping[str, Any]) -> list[Text]:
    """Return what a reader should know besides: the version that wrote it, what cannot be checked."""
    notes = []
    if record.lsstd != lsstd.__version__:
        told = f"lsstd {record.lsstd} → {lsstd.__version__}"
        notes.append(Text(f"由另一版本写成：{told}", f"written by another version: {told}"))
    others = [key for key in record.sections if key not in made]
    if others:
        listed = ", ".join(others)
        notes.append(Text(f"以下各节无法核验：{listed}", f"sections that cannot be checked: {listed}"))
    return notes
