"""Holding a printed report against what it rests on: every number computed again, offline.

What differs has one of three causes: a printed *figure* was changed, the *input* that the report carries was (or, where
the assessments are at hand, they have since), or the *standard* is another than the one known today.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import lsstd
from lsstd.core.standard import Standard
from lsstd.errors import InvalidFile, LsstdError, Problem, UnknownName
from lsstd.files.standards import load_standard
from lsstd.reports.basis import Basis, basis_of, digest_of, read_cases, sources_of
from lsstd.reports.compare import differences
from lsstd.reports.formats import read_printed
from lsstd.reports.kinds import pieces
from lsstd.reports.printed import Printed
from lsstd.reports.templates import names
from lsstd.text import Lang, Text, same
from lsstd.views.blocks import Section

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
    record, basis = _carried(printed, report)
    lang: Lang = "en" if record["lang"] == "en" else "zh"
    made = pieces(basis)
    sections = [made[key](lang) for key in record["sections"] if key in made]
    intact = digest_of(record["basis"]) == record["sha256"]
    found: list[Difference] = []
    if not intact:
        now = digest_of(record["basis"])
        place = Text("所载数据的校验值", "check sum of its data").to(lang)
        found.append(Difference(place, record["sha256"][:16], now[:16], "input"))
    cause: Cause = "figure" if intact else "input"
    is_own = record["template"] in names()
    held = printed if is_own else replace(printed, loose=())  # what else a template of one's own prints is its own
    for line in differences(sections, held):
        if (line.printed, line.recomputed) != (f"lsstd {record['lsstd']}", f"lsstd {lsstd.__version__}"):
            found.append(Difference(line.where, line.printed, line.recomputed, cause))
    found += _since(basis, sections, lang, inputs)
    known, notes = _known(basis, standard)
    found += _under(basis, known, sections, lang) if known else []
    notes += _remarks(record, made)
    return Verification(tuple(found), sum(1 for section in sections for _ in section.lines()), tuple(notes))


def _carried(printed: Printed, report: Path) -> tuple[dict[str, Any], Basis]:
    """Return the record that a report carries, and what it rests on."""
    title = Text(f"{report.name} 无法核验", f"{report.name} cannot be verified")
    if not printed.record:
        found = Text("没有所载数据", "it carries no data")
        expected = Text(
            "lsstd 写出的报告（未经其他软件另存）", "a report as lsstd wrote it, not saved by other software"
        )
        raise InvalidFile(title, [Problem(str(report), found, expected)])
    try:
        record = json.loads(printed.record)
        return record, basis_of(record["basis"])
    except LsstdError as error:
        raise InvalidFile(title, error.problems) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        found = same(f"{type(error).__name__}: {error}")
        expected = Text("完整的所载数据", "data that are whole")
        raise InvalidFile(title, [Problem(str(report), found, expected)]) from None


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
    """Yield that the standard has changed, and which lines would be otherwise under it."""
    old = basis.standard
    if known == old or known.sha256 == old.sha256:
        return
    place = Text("标准", "standard").to(lang)
    yield Difference(
        place, f"{old.edition}（{old.sha256[:16]}）", f"{known.edition}（{known.sha256[:16]}）", "standard"
    )
    yield from _against(basis.under(known), sections, lang, "standard", place)


def _since(basis: Basis, sections: Iterable[Section], lang: Lang, inputs: Sequence[Path]) -> Iterator[Difference]:
    """Yield which of the assessments at hand have changed, and which lines would be otherwise."""
    changed = list(basis.cases)
    for file, source in zip(inputs, sources_of(inputs), strict=True):
        place = next((i for i, known in enumerate(basis.sources[: len(changed)]) if known.name == file.name), None)
        if place is None:
            title = Text(f"{file.name} 不是这份报告的依据", f"the report was not made from {file.name}")
            known = ", ".join(name for name, _ in basis.sources)
            raise InvalidFile(title, [Problem("--input", same(file.name), same(known))])
        if source != basis.sources[place]:
            yield Difference(file.name, basis.sources[place].sha256[:16], source.sha256[:16], "input")
            case = changed[place]
            changed[place] = read_cases([file], basis.standard, case.readings, case.reforms)[0]
    if tuple(changed) != basis.cases:
        yield from _against(replace(basis, cases=tuple(changed)), sections, lang, "input", "")


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


def _remarks(record: Mapping[str, Any], made: Mapping[str, Any]) -> list[Text]:
    """Return what a reader should know besides: the version that wrote it, what cannot be checked."""
    notes = []
    if record["lsstd"] != lsstd.__version__:
        told = f"lsstd {record['lsstd']} → {lsstd.__version__}"
        notes.append(Text(f"由另一版本写成：{told}", f"written by another version: {told}"))
    others = [key for key in record["sections"] if key not in made]
    if others:
        listed = ", ".join(others)
        notes.append(Text(f"以下各节无法核验：{listed}", f"sections that cannot be checked: {listed}"))
    return notes
