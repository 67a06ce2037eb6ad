"""What the parameters of a supply-chain profile mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsstd.core.assessment import Assessment
from lsstd.core.standard import Standard
from lsstd.drafting.chain import Chain, chain
from lsstd.errors import InvalidFile, Problem
from lsstd.files.assessments import pair_of
from lsstd.files.places import data
from lsstd.files.standards import load_standard
from lsstd.reports.input import check_language
from lsstd.reports.many import each_read, listed_once, short_names
from lsstd.text import Text, same


def seen(assessments: Sequence[str] = (), standard: str = "", lang: str = "zh") -> Chain:
    """Return the chain that a profile is about; one file is one party's own profile.

    Parameters
    ----------
    assessments : sequence of str
        A file a party; the made-up example where none is given.
    standard, lang
        As for `lsstd.reports.input.evaluated`; the standard is one of topics.

    Raises
    ------
    LsstdError
        With everything that is wrong in any of the files.
    """
    check_language(lang)
    files = [Path(file) for file in assessments] or sorted((data() / "chain").glob("*.yaml"))
    listed_once(files)
    chosen = load_standard(standard) if standard else None
    found = each_read(files, lambda parsed, file: pair_of(parsed, file, chosen, instead=True))
    names = short_names(files)
    against = _one_standard([pair[0] for pair, _ in found], names)
    parties = _by_party([pair[1] for pair, _ in found], files)
    return chain(against, parties, dict(zip(names, (sha256 for _, sha256 in found), strict=True)))


def _one_standard(standards: list[Standard], names: list[str]) -> Standard:
    """Return the standard of all parties; refuse those of another."""
    first = standards[0]
    problems = [
        Problem(name, same(f"{other.standard} {other.edition}"), same(f"{first.standard} {first.edition}"))
        for name, other in zip(names, standards, strict=True)
        if (other.standard, other.sha256) != (first.standard, first.sha256)
    ]
    if problems:
        raise InvalidFile(Text("各方所用的标准不同", "the parties answer under different standards"), problems)
    return first


def _by_party(assessments: list[Assessment], files: list[Path]) -> dict[str, Assessment]:
    """Return the assessments by party, or by file where none is named; a second of one party bears a number."""
    found: dict[str, Assessment] = {}
    for assessment, file in zip(assessments, files, strict=True):
        party = name = assessment.subject.party or file.stem
        number = 1
        while name in found:
            number += 1
            name = f"{party} {number}"
        found[name] = assessment
    return found
