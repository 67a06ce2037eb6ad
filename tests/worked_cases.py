"""The worked cases of tests/cases as plain values, for every suite that computes them (see the README there)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lsstd import Standard, example, load_standard
from lsstd.exact import exact
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed, parse_yaml

FOLDER = Path(__file__).resolve().parent / "cases"
MECHANISMS = FOLDER / "mechanisms"
FOLDERS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and path != MECHANISMS)
MERGED = ("facts", "answers", "readings")  # a case adds to what stands above it
HANDED_DOWN = (*MERGED, "clause", "start", "as_of", "every_row", "unmet", "expect", "case", "cases")


class Worked(NamedTuple):
    """A case: its standard, the assessment as a file would hold it, the readings chosen, what must come of it."""

    name: str
    standard: Standard
    given: dict[str, Any]
    readings: dict[str, str]
    expect: dict[str, Any]
    case: dict[str, Any]


def worked_cases() -> Iterator[Worked]:
    """Every case of every folder, each with what was handed down to it."""
    for folder in FOLDERS:
        base = read(FOLDER / folder / "base.yaml")
        above = {key: value for key, value in base.items() if key != "cases"}
        for path in sorted((FOLDER / folder).glob("*.yaml")):
            if path.stem == "standard":
                continue
            for case in unfold(base if path.stem == "base" else read(path), above):
                yield worked(f"{folder}/{path.stem}", standard_of(folder), case)
    yield from mechanism_cases()


def mechanism_cases() -> Iterator[Worked]:
    """The cases of the mechanisms: each file holds a small standard of its own."""
    for path in sorted(MECHANISMS.glob("*.yaml")):
        held = read(path)
        standard = parse_standard(Parsed(held.pop("standard")), "0" * 64, path.name)
        for case in unfold(held, {}):
            yield worked(path.stem, standard, case)


def worked(name: str, standard: Standard, case: dict[str, Any]) -> Worked:
    given = given_in(standard, case)
    return Worked(f"{name}: {case['case']}", standard, given, case["readings"], case["expect"], case)


def read(path: Path) -> Any:
    return parse_yaml(path.read_text(encoding="utf-8"), str(path)).value


@cache
def standard_of(folder: str) -> Standard:
    own = FOLDER / folder / "standard.yaml"
    return load_standard(own if own.exists() else folder)


def unfold(case: dict[str, Any], above: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Hand down what stands above each case; ``expect`` is a case's own."""
    assert not set(case) - set(HANDED_DOWN), f"{case.get('case')}: unknown keys {set(case) - set(HANDED_DOWN)}"
    own = {**above, **case, **{key: {**above.get(key, {}), **case.get(key, {})} for key in MERGED}}
    if case.get("start", "base") != "base":  # a fresh start leaves the base behind
        own = {**case, **{key: case.get(key, {}) for key in MERGED}, "clause": own["clause"]}
    for below in case.get("cases", ()):
        yield from unfold(below, {key: value for key, value in own.items() if key not in ("cases", "expect", "case")})
    if "expect" in case:
        yield own


def number(value: Any) -> Any:
    """Read a number, or a fraction written as text: ``20/3``, ``66 2/3``."""
    return sum(Fraction(part) for part in value.split()) if isinstance(value, str) else exact(value)


def answers_of(standard: Standard, case: dict[str, Any]) -> dict[str, Any]:
    """Return the answers that a case comes to: those for every row, rows not met, then its own."""
    found: dict[str, Any] = {}
    every = case.get("every_row", "nothing")
    for row in standard.criteria.values():
        by_hand = {part.id: "met" for part in row.parts.values() if part.test is None}
        if every == "met":
            found[row.id] = {"parts": by_hand} if len(by_hand) < len(row.parts) else "met"
        elif every != "nothing" and row.max_score is not None:
            found[row.id] = {"score": float(row.max_score * number(every))}
    return {**found, **dict.fromkeys(case.get("unmet", ()), "unmet"), **case["answers"]}


def given_in(standard: Standard, case: dict[str, Any]) -> dict[str, Any]:
    """Return the assessment of a case as plain values."""
    start = case.get("start", "base")
    given = {"standard": standard.standard, "facts": {}, "answers": {}}
    if start not in ("base", "nothing"):
        given = read(example(start))
    else:
        given["as_of"] = case.get("as_of")
    given["facts"] = {**given["facts"], **case["facts"]}
    given["answers"] = {**given["answers"], **answers_of(standard, case)}
    return given
