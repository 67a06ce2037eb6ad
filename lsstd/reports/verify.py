"""Checking a printed report: made again from the record that it carries, offline, and compared.

What differs has one of three causes: a printed *figure* was changed, the *input* that the report carries was (or, where
the assessments are at hand, they have since), or the *standard* is another than the one known today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import lsstd
from lsstd.errors import InvalidFile, LsstdError, Problem, Problems, UnknownName
from lsstd.files.cases import Case
from lsstd.files.reading import read_bytes
from lsstd.files.standards import load_standard
from lsstd.files.strict_yaml import parse_json
from lsstd.files.writing import is_own, stamped
from lsstd.pages.blocks import Section
from lsstd.reports.extract import DRAWN, FILE, FRAME, LARGEST, Extract, Line, extract, html_lines
from lsstd.reports.inputs import is_table, read_cases, read_subjects, sources_of
from lsstd.reports.record import PAGE, Basis, Record, basis_of, digest_of, drawn_with, without_unused
from lsstd.reports.render import render, title_of, whole_page
from lsstd.reports.report_types import sections
from lsstd.reports.templates import load_template, names
from lsstd.standard.models import parse
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, msg, noted, same, shorten

if TYPE_CHECKING:
    from lsstd.population.population import Population

Cause: TypeAlias = Literal["figure", "input", "standard"]
CAUSES: dict[Cause, Text] = {
    "figure": msg("the printed text was changed"),
    "input": msg("the data behind it was changed"),
    "standard": msg("the standard has changed since"),
}
_NONE = Line("", "")
_MOST_VALUES = 3_000_000  # of a record: a base has some hundred beside its standard
_ONE_PLACE = 64
"""Bytes: who edits a file by hand changes one place, a program that saves it changes many."""


@dataclass(frozen=True)
class Difference:
    """One difference: where it is, what is printed, what comes out today, and the cause.

    In a difference of cause ``standard`` the printed value is the one that the report's own standard gives.
    """

    where: str
    printed: str
    recomputed: str
    cause: Cause


@dataclass(frozen=True)
class Verification:
    """Whether a report holds."""

    differences: tuple[Difference, ...]
    checked: int  # how many texts were computed again
    notes: tuple[Text, ...] = ()  # what a reader should know besides: what was not checked, another version of lsstd
    failed: bool = False  # whether it could not be checked at all; the notes say why

    @property
    def ok(self) -> bool:
        """Whether it could be checked and nothing differs."""
        return not (self.differences or self.failed)

    def to_dict(self, lang: Lang = "zh") -> dict[str, Any]:
        """Return it as JSON holds it."""
        differences = [asdict(difference) for difference in self.differences]
        notes = [note.to(lang) for note in self.notes]
        return {"ok": self.ok, "differences": differences, "checked": self.checked, "notes": notes}


def verify(report: Path, standard: str | None = None, inputs: Sequence[Path] = ()) -> Verification:
    """Make a report again from what it carries, and compare it with what is printed.

    A report of a user's own template is checked as far as it shows sections of lsstd; what else it prints is named as
    not checked. The index of a folder is passed over. The standard, an id or a file, is compared with the report's;
    without one, that known here by its id. `inputs` are the assessments as they are today, to be compared as well.

    Raises `LsstdError`: it is not a report of lsstd's, carries nothing to compute from, or what cannot be read.
    """
    data = read_bytes(report, LARGEST)
    given = extract(report, data)
    if not given.record and report.stem == "index" and is_own(report):
        return Verification((), 0, (msg("an index, not a report: passed over"),))
    record, basis = _carried(given.record, report, inputs)
    shown = sections(basis, record.lang, record.template)
    if not (is_packaged := record.template in (*names(), PAGE)):
        shown = [section for section in shown if section.key in record.sections]
    differences: list[Difference] = list(_sealed(record))
    template = (
        load_template(basis.kind if record.template == PAGE else record.template).title if is_packaged else same("")
    )
    title, kind = title_of(shown, template, record.lang), report.suffix.lower().removeprefix(".")
    anew = render(kind, shown, title, record.lang, given.record or "", day=basis.day)
    made, notes = extract(report, anew), list[Text]()
    if data not in (anew, whole := stamped(report, anew)):
        cause: Cause = "input" if differences else "figure"
        found, notes = _compared(given, made, record, shown, is_packaged)
        if not (found or notes):
            found = [*_in_one_place(data, anew, record.lang), *_in_one_place(data, whole, record.lang)]
            notes = [] if found else [msg("saved again by another program: its texts and its layout are the same")]
        differences += [replace(difference, cause=cause) for difference in found]
    changed, more = _since(basis, shown, record.lang, inputs)
    known, unknown = _known(basis, standard)
    differences += [*changed, *(_under(basis, known, shown, record.lang) if known else [])]
    return Verification(tuple(differences), len(made.lines), (*notes, *more, *unknown))


def _compared(
    given: Extract, made: Extract, record: Record, shown: Sequence[Section], is_packaged: bool
) -> tuple[list[Difference], list[Text]]:
    """Return what a reader would see otherwise in a file than in the one made again, and notes of what was not checked.

    Texts are compared in every case; all other parts where the same software wrote both.
    """
    notes, keys = list[Text](), {section.key for section in shown}
    lines, anew, names = given.lines, made.lines, list(dict.fromkeys((*made.parts, *given.parts)))
    then, here = record.drawn_with, drawn_with(shown)
    if FRAME in made.parts:  # the charts of a page take its reader's fonts, a picture has its own
        then, here = (name.partition(" · ")[0] for name in (then, here))
    if then != here:
        lines, anew = ([line for line in each if not line.text.startswith(DRAWN)] for each in (lines, anew))
        notes.append(msg("lines of charts not checked: drawn with {then}, here with {here}", then=then, here=here))
    old, new = f"lsstd {record.lsstd}", f"lsstd {lsstd.__version__}"
    if old != new:
        anew, names = [line._replace(text=line.text.replace(new, old)) for line in anew], []
        notes.append(msg("written by another version, layout not checked: {old} → {new}", old=old, new=new))
    elif not is_packaged:  # the frame of a page, and all of an office file, is the template's
        names = [name for name in names if name in keys]
    elif (then != here and FILE in made.parts) or not (
        made.program <= given.program or 2 * sum(given.parts.get(n) == made.parts.get(n) for n in names) >= len(names)
    ):  # whoever edits one by hand leaves most of its parts as they are
        names = []
        notes.append(
            msg("saved or printed by another program: texts, hidden parts and comments were checked, not the layout")
        )
    if (old != new or not is_packaged) and FRAME in made.parts:
        if not is_packaged:
            notes += _not_checked(line.text for line in lines if line.section not in keys)
        lines, anew = ([line for line in each if line.section in keys] for each in (lines, anew))
    found = list(compare(lines, anew, "figure"))
    if not is_packaged:  # a text more is the template's own
        notes += _not_checked(difference.printed for difference in found if not difference.recomputed)
        found = [difference for difference in found if difference.recomputed]
    for name in () if found else names:
        parts = (
            [text for text in each.parts.get(name, ()) if then == here or not text.startswith(DRAWN)]
            for each in (given, made)
        )
        found += _parted(name, *parts)
    return found, notes


def _parted(name: str, given: Sequence[str], made: Sequence[str]) -> Iterator[Difference]:
    """Yield where a part of a file first differs from the one made again, behind which text."""
    pairs = zip_longest(given, made, fillvalue="")
    place = next((place for place, (old, new) in enumerate(pairs) if old != new), None)
    if place is not None:
        texts = made[:place] if made[:1] and made[0].startswith("<") else []
        before = next((text for text in reversed(texts) if text.strip() and text[0] not in "<["), "")
        where = " › ".join(filter(None, (name, shorten(before, 24))))
        old, new = (clip("".join(each[place : place + 4])) for each in (given, made))
        yield Difference(where, old, new, "figure")


def _in_one_place(given: bytes, made: bytes, lang: Lang) -> Iterator[Difference]:
    """Yield the one place in which two files differ that say the same: a program that saves one changes many."""
    head, tail = _alike(given, made)
    old, new = (each[head : len(each) - tail] for each in (given, made))
    if max(len(old), len(new)) <= _ONE_PLACE:
        where = msg("byte {number}", number=head + 1).to(lang)
        yield Difference(where, clip(old.decode("latin-1")), clip(new.decode("latin-1")), "figure")


def _alike(one: Sequence[Any], other: Sequence[Any]) -> tuple[int, int]:
    """Return how long two sequences are alike at their beginning, and behind that at their end."""
    most = min(len(one), len(other))
    head = next((place for place in range(most) if one[place] != other[place]), most)
    return head, next((n for n in range(most - head) if one[-n - 1] != other[-n - 1]), most - head)


def _not_checked(texts: Iterable[str]) -> list[Text]:
    """Return the note of what only a user's own template prints, if it prints anything."""
    lines = list(filter(None, texts))
    shown = clip(" · ".join(lines), 200)
    note = msg(
        "not checked: {count} texts that only the template itself prints ({texts})", count=len(lines), texts=shown
    )
    return [note] if lines else []


def compare(given: Sequence[Line], made: Sequence[Line], cause: Cause) -> Iterator[Difference]:
    """Yield in which lines a report differs from the one made again; an empty text where one of the two has none."""
    ours, theirs = [line.text for line in given], [line.text for line in made]
    head, tail = _alike(ours, theirs)
    matcher = SequenceMatcher(None, ours[head : len(ours) - tail], theirs[head : len(theirs) - tail])
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind != "equal":
            sides = given[start + head : end + head], made[begin + head : stop + head]
            for old, new in zip_longest(*sides, fillvalue=_NONE):
                yield Difference(new.where or old.where, old.text, new.text, cause)


def _carried(carried: str | None, report: Path, inputs: Sequence[Path]) -> tuple[Record, Basis]:
    """Return the record that a report carries, and what it rests on."""
    title = msg("{report} cannot be verified", report=report.name)
    if not carried:
        found = msg("it carries no data")
        expected = msg("a report as lsstd wrote it, not saved again by another program")
        raise InvalidFile(title, [Problem(str(report), found, expected)])
    problems = Problems()
    try:
        record = parse(Record, parse_json(carried, report.name, _MOST_VALUES).value, problems)
        problems.raise_if_any(title)
        assert record is not None
        basis = basis_of(record.basis)
        if basis.kind == "impact" and basis.population is None:
            basis = replace(basis, population=_at_hand(basis, record, inputs, title))
        sections(basis, record.lang)
        return record, basis
    except LsstdError as error:
        raise InvalidFile(title, error.problems) from None
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        found = same(clip(f"{type(error).__name__}: {error}"))
        raise InvalidFile(title, [Problem(str(report), found, msg("intact data"))]) from None


def _at_hand(basis: Basis, record: Record, inputs: Sequence[Path], title: Text) -> Population:
    """Return the population that was too large to travel, if it is at hand and the same."""
    from lsstd.population.population import as_csv, load_population

    for path in inputs:
        people = without_unused(load_population(path, basis.standard), basis.reforms)
        if hashlib.sha256(as_csv(people)).hexdigest() == record.basis["population"]["sha256"]:
            return people
    found = msg("the population was too large to travel with the report")
    expected = msg("--input and the population's file, as it was")
    raise InvalidFile(title, [Problem("population", found, expected)])


def _sealed(record: Record) -> Iterator[Difference]:
    """Yield the checksum that does not match what the report carries."""
    place = msg("checksum of its data").to(record.lang)
    sums = (record.sha256, digest_of(record.basis)), (record.seal, digest_of(record.model_dump(exclude={"seal"})))
    yield from [Difference(place, old[:16], new[:16], "input") for old, new in sums if old != new][:1]


def _known(basis: Basis, name: str | None) -> tuple[Standard | None, list[Text]]:
    """Return the standard that is known today under the report's id, if any."""
    own = basis.standard.standard
    try:
        return load_standard(name or own), []
    except UnknownName:
        if name:
            raise
        note = msg(
            "the standard {own} is not known here and was not compared with today's (--standard names it)", own=own
        )
        return None, [note]


def _under(basis: Basis, known: Standard, shown: Sequence[Section], lang: Lang) -> Iterator[Difference]:
    """Yield that the standard has changed, or what the report carries of it; and which lines would differ."""
    old = basis.standard
    if known.in_file == old.in_file:
        return
    cause: Cause = "input" if known.sha256 == old.sha256 else "standard"
    place = msg("standard").to(lang)
    editions = [noted(each.edition, digest_of(each.in_file)[:16]).to(lang) for each in (old, known)]
    yield Difference(place, editions[0], editions[1], cause)
    yield from _against(basis.under(known), shown, lang, cause, place)


def _since(
    basis: Basis, shown: Sequence[Section], lang: Lang, inputs: Sequence[Path]
) -> tuple[list[Difference], list[Text]]:
    """Return which of the assessments at hand have changed with the lines that would differ; and notes."""
    cases, differences, notes = [*basis.cases, *basis.earlier], [], []
    for file, (_, sha256) in zip(inputs, sources_of(inputs), strict=True):
        if basis.kind == "impact" or sha256 in [source.sha256 for source in basis.sources]:
            continue
        place = _place_of(file, basis)
        case = cases[place]
        now = _now(file, case)
        if now.assessment == case.assessment and is_table(file):
            continue  # of which the report rests on one line
        if now.assessment == case.assessment:
            notes.append(msg("{file} has changed, but in nothing that counts", file=file.name))
            continue
        differences.append(Difference(file.name, basis.sources[place].sha256[:16], sha256[:16], "input"))
        cases[place] = now
    if differences:
        count = len(basis.cases)
        other = replace(basis, cases=tuple(cases[:count]), earlier=tuple(cases[count:]))
        differences += _against(other, shown, lang, "input", "")
    return differences, notes


def _now(file: Path, case: Case) -> Case:
    """Return the same case as a file holds it today; in a table it is the line of the subject's id."""
    if not is_table(file):
        return read_cases([file], case.standard, case.readings, case.reforms)[0]
    if read := read_subjects(file, case.standard).get(case.assessment.subject.id or ""):
        return replace(case, assessment=read().cases[0].assessment)
    found = msg("there is no line of {id}", id=case.assessment.subject.id or case.name)
    raise InvalidFile(
        msg("the report was not made from {file}", file=file.name), [Problem("--input", found, same("—"))]
    )


def _place_of(file: Path, basis: Basis) -> int:
    """Return which of the assessments a file is: by the end of its path, or the only one there is."""
    sources = [source.name for source in basis.sources[: len(basis.cases) + len(basis.earlier)]]
    ends = [place for place, name in enumerate(sources) if file.absolute().as_posix().endswith(f"/{name}")]
    if len(ends) == 1 or len(sources) == 1:
        return (*ends, 0)[0]
    title = msg("the report was not made from {file}", file=file.name)
    raise InvalidFile(title, [Problem("--input", same(file.name), same(", ".join(sources)))])


def _against(other: Basis, shown: Iterable[Section], lang: Lang, cause: Cause, place: str) -> Iterator[Difference]:
    """Yield the lines that would differ if the report rested on something else."""
    kept = {section.key: section for section in shown if not section.key.endswith((".sources", ".cover"))}
    try:
        anew = [section for section in sections(other, lang) if section.key in kept]
    except LsstdError as error:
        yield Difference(place, "", error.to(lang), cause)
        return
    old, new = (
        [line for line in html_lines(whole_page(page, "", lang)) if line.section] for page in (kept.values(), anew)
    )
    yield from compare(old, new, cause)
