"""Linting: drafts as they are read, which rules a target asks for, waivers, what a finding can change in grades."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from defusedxml import ElementTree
from pydantic import Field

from lsstd.assessment.assessment import Day
from lsstd.engine.charted import Charted
from lsstd.errors import Problem, Problems, UnknownName
from lsstd.files.opening import check_kind, is_utf_16, parts_of, sound
from lsstd.files.reading import KINDS, read_bytes, read_plain, refused
from lsstd.files.standards import load_standard, names
from lsstd.lint.draft import Draft, draft_of
from lsstd.lint.number_rules import NUMBERS
from lsstd.lint.rule import SEVERITIES, Fault, LintFinding, LintRule
from lsstd.lint.standard_rules import ENCODED
from lsstd.lint.structure_rules import STRUCTURE
from lsstd.lint.wording_rules import WORDING
from lsstd.standard.models import Model, read_model
from lsstd.standard.standard import Standard
from lsstd.words import Lang, msg, nearest

if TYPE_CHECKING:
    import pandas as pd

    from lsstd.population.population import Population

TEXT_RULES = (STRUCTURE, NUMBERS, WORDING)
RULES: tuple[LintRule[Any], ...] = (*ENCODED.listed, *(rule for rules in TEXT_RULES for rule in rules.listed))
"""Every rule: those on encoded standards, then those on text."""
LARGEST = 8 * 2**20  # largest draft accepted, in bytes; it may hold pictures
_MOST_LINES, _MOST_SIGNS = 100_000, 2_000_000
"""Most lines with text and most characters of a draft: more than any standard has, read in some seconds."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_EXPORT = msg("a text (.txt) or Word file (.docx); export a PDF to one of them")
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
"""The severities as SARIF calls them."""
_STILL_VALID, _PROMISED = msg("a waiver is still valid"), msg("somebody promised to look again")
_OF_WAIVERS = msg("files of waivers"), lambda _: ()
_EXPIRED: LintRule[None] = LintRule("Z901", "waiver-expired", "warning", _STILL_VALID, _PROMISED, *_OF_WAIVERS)


class Waiver(Model):
    """A finding that is let be: its code, its place, why, who said so, until when."""

    code: str = Field(description="the code of a rule, or its name")
    place: str = Field("", description="a clause, or words of the passage; empty: everywhere")
    reason: str = Field(min_length=1, description="why it may stand")
    who: str = Field(min_length=1, description="who decided so")
    until: Day | None = Field(None, description="the last day on which it counts")

    def fits(self, finding: LintFinding) -> bool:
        """Return whether it is about this finding.

        >>> found = lsstd.run_lint("data/drafts/made_up_draft.txt").findings
        >>> waiver = lsstd.load_waivers("data/drafts/waivers.yaml")[0]
        >>> [one.rule.code for one in found if waiver.fits(one)]
        ['C308']
        """
        fault = finding.fault
        is_here = self.place in ("", fault.clause) or (len(self.place) > 3 and self.place in fault.quote)
        return self.code in (finding.rule.code, finding.rule.name) and is_here


class Waivers(Model):
    """A file of waivers."""

    waivers: tuple[Waiver, ...] = Field(strict=False, description="the findings that are let be")


@dataclass(frozen=True)
class Linted(Charted):
    """What was found in one or several targets, worst first within each; what was waived."""

    findings: tuple[LintFinding, ...]
    waived: tuple[tuple[LintFinding, Waiver], ...] = ()
    drafts: Mapping[str, Draft] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """One line a finding: code, severity, clause, line, message, suggestion."""
        import pandas as pd

        return pd.DataFrame(self.to_list("zh"))

    def to_list(self, lang: Lang = "zh") -> list[dict[str, Any]]:
        """Return the findings as JSON holds them.

        >>> found = lsstd.run_lint("hlj-base-evaluation").to_list("en")[0]
        >>> found["code"], found["message"]
        ('E103', 'a total of 400.5 belongs to no grade: AA ends at 400, AAA begins at 401')
        """
        return [finding.to_dict(lang) for finding in self.findings]

    def fails(self, severity: str | None) -> bool:
        """Return whether anything of this severity or worse was found.

        >>> found = lsstd.run_lint("hlj-base-evaluation")
        >>> found.fails("error")
        True
        """
        worst = SEVERITIES[: SEVERITIES.index(severity) + 1] if severity in SEVERITIES else ()
        return any(finding.rule.severity in worst for finding in self.findings)


def load_waivers(path: str | Path) -> tuple[Waiver, ...]:
    """Read a file of waivers (YAML or JSON); raise `InvalidFile` for codes that no rule has.

    >>> [waiver.code for waiver in lsstd.load_waivers("data/drafts/waivers.yaml")]
    ['C308']
    """
    parsed, title = read_plain(path), msg("the waivers {path} are invalid", path=Path(path).name)
    problems, known = Problems(parsed.lines), [name for rule in RULES for name in (rule.code, rule.name)]
    found = read_model(Waivers, parsed.value, problems, title).waivers
    for place, waiver in enumerate(found):
        if waiver.code not in known:
            problems.add(f"waivers.{place}.code", waiver.code, nearest(waiver.code, known))
    problems.raise_if_any(title)
    return found


def run_lint(
    *targets: str | Path, waivers: Iterable[Waiver] = (), day: str | None = None, population: Population | None = None
) -> Linted:
    """Look for contradictions, gaps and slips in encoded standards and in the texts of drafts.

    Parameters
    ----------
    *targets : str or Path
        The id of a standard, a standard's file, or the text of a draft (.txt, .docx).
    waivers : iterable of Waiver
        Findings that are let be (see `load_waivers`).
    day : str, optional
        The day on which waivers must still count, ``2025-03-03``; default: today.
    population : Population, optional
        For each finding that a reading can settle another way: how many bases would get another grade.

    Returns
    -------
    Linted
        With ``.findings``, ``.table`` and ``.to_list()``.

    Raises
    ------
    LsstdError
        A target cannot be read, or is neither a standard nor a text.

    Examples
    --------
    >>> found = lsstd.run_lint("hlj-base-evaluation")
    >>> [(one.rule.code, one.fault.clause) for one in found.findings if one.rule.severity == "error"][-1]
    ('E105', '7.2.1')
    """
    found: list[LintFinding] = []
    drafts: dict[str, Draft] = {}
    for target in targets:
        subject = _subject(target)
        if isinstance(subject, Draft):
            drafts[str(target)] = subject
            every = [one for rules in TEXT_RULES for one in rules.apply(subject, str(target))]
        else:
            every = list(ENCODED.apply(subject, str(target)))
            if population is not None:
                every = list(_with_effects(every, subject, population))
        found += sorted(every, key=lambda one: (SEVERITIES.index(one.rule.severity), one.fault.line or 0))
    return Linted(*_waived(found, tuple(waivers), day or datetime.date.today().isoformat()), drafts)


def _subject(target: str | Path) -> Draft | Standard:
    path = Path(target)
    if str(target) in names() or path.suffix.lower() in KINDS:
        return load_standard(target)
    if not path.suffix and not path.exists():
        problem = Problem(str(target), msg("neither a standard's id nor a file"), nearest(str(target), names()))
        raise UnknownName(msg("nothing to lint"), [problem])
    return draft_of(read_draft(path))


def read_draft(path: Path) -> str:
    """Return the text of a draft.

    Parameters
    ----------
    path : Path
        A text (UTF-8, UTF-16 with its mark, GBK or GB 18030), or a Word file: insertions on record count as done,
        deletions and comments are left out, text boxes and nested tables are read where they stand.

    Raises `FileError`: it cannot be read, is empty or too large, or is of another kind (PDF, an old .doc).
    """
    data = read_bytes(path, LARGEST)
    if path.suffix.lower() == ".docx":
        check_kind(data, path, "docx", _EXPORT)
        with sound(path):
            text = "\n".join(_lines_of(ElementTree.fromstring(parts_of(path, data)["word/document.xml"])))
    elif path.suffix.lower() in (".txt", ".text", ""):
        text = _decoded(data, path)
    else:
        raise refused(path, msg("the ending {suffix}", suffix=path.suffix), _EXPORT)
    if not text.strip():
        raise refused(path, msg("it holds no text"), _EXPORT)
    signs, lines = len(text), sum(bool(line.strip()) for line in text.splitlines())
    if signs > _MOST_SIGNS or lines > _MOST_LINES:
        found = msg("{lines} lines, {signs} characters", lines=lines, signs=signs)
        expected = msg("at most {lines} lines and {signs} characters", lines=_MOST_LINES, signs=_MOST_SIGNS)
        raise refused(path, found, expected)
    return text


def _decoded(data: bytes, path: Path) -> str:
    for encoding in ("utf-16",) if is_utf_16(data) else ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if not any(ord(sign) < 32 and sign not in "\t\n\r\f\x0b" for sign in text):
                return text
    raise refused(path, msg("it is not text"), _EXPORT)


def _lines_of(element: Any) -> Iterator[str]:
    """Yield the paragraphs of a part of a Word file, the cells of a table's row one behind the other."""
    for child in element:
        if child.tag == f"{_W}p":
            yield _text_of(child)
        if child.tag == f"{_W}tr":
            cells = [" ".join(filter(None, _lines_of(cell))) for cell in child.iterfind(f"{_W}tc")]
            yield " ".join(filter(None, cells))
        elif child.tag not in (f"{_W}del", f"{_W}sectPr"):
            yield from _lines_of(child)


def _text_of(paragraph: Any) -> str:
    signs = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}noBreakHyphen": "-"}
    pieces, within = [], [paragraph]
    while within:
        node = within.pop()
        if node.tag == f"{_W}t":
            pieces.append(node.text or "")
        elif node.tag in signs:
            pieces.append(signs[node.tag])
        elif node.tag not in (f"{_W}del", f"{_W}txbxContent", f"{_W}instrText"):
            within += reversed(node)
    return "".join(pieces)


def _waived(
    found: list[LintFinding], waivers: tuple[Waiver, ...], day: str
) -> tuple[tuple[LintFinding, ...], tuple[tuple[LintFinding, Waiver], ...]]:
    """Return the findings that stand and those waived; an expired waiver is itself a finding."""
    valid = [waiver for waiver in waivers if waiver.until is None or waiver.until >= day[: len(waiver.until)]]
    pairs = [(finding, next((w for w in valid if w.fits(finding)), None)) for finding in found]
    kept = [finding for finding, waiver in pairs if waiver is None]
    for waiver in (waiver for waiver in waivers if waiver not in valid):
        message = msg("{code}: waived until {until} by {who}", code=waiver.code, until=waiver.until, who=waiver.who)
        kept.append(LintFinding(_EXPIRED, "", Fault(waiver.place, message, msg("look again, or extend it"))))
    return tuple(kept), tuple((finding, waiver) for finding, waiver in pairs if waiver)


def _with_effects(found: list[LintFinding], standard: Standard, population: Population) -> Iterator[LintFinding]:
    """Yield the findings, those that a reading settles with the number of bases that it would move."""
    from lsstd.robustness.reading_effects import population_readings

    most = population_readings(population, standard).table.groupby("key")["count"].max().to_dict()
    for finding in found:
        yield replace(finding, bases=most.get(finding.fault.reading or ""))


def sarif(linted: Linted, lang: Lang = "zh") -> dict[str, Any]:
    """Return the findings as SARIF 2.1.0, which editors and code hosts show."""
    import lsstd

    rules = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.says.to(lang)},
            "fullDescription": {"text": rule.basis.to(lang)},
            "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        }
        for rule in {one.rule.code: one.rule for one in linted.findings}.values()
    ]
    results = [_sarif_result(one, lang) for one in linted.findings]
    driver = {"name": "lsstd", "version": lsstd.__version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _sarif_result(one: LintFinding, lang: Lang) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": Path(one.target).as_posix() or "."}}
    if one.fault.line:
        place["region"] = {"startLine": one.fault.line}
    return {
        "ruleId": one.rule.code,
        "level": _LEVELS[one.rule.severity],
        "message": {"text": f"{one.fault.message.to(lang)}. {one.fault.suggestion.to(lang)}"},
        "locations": [{"physicalLocation": place}],
    }
