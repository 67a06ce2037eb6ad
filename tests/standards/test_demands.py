"""The demands of each row, as they are listed for signing: the list is the standard's, and applies one rule to all."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from lsstd import load_standard
from lsstd.exact import shown
from lsstd.standard.scoring_table import Criterion
from lsstd.standard.standard import Standard

LISTED = Path(__file__).resolve().parents[1] / "cases" / "hlj-base-evaluation" / "demands.md"
LIST = re.compile("[、和及]")


@pytest.fixture(scope="module")
def hlj() -> Standard:
    return load_standard("hlj-base-evaluation")


def demands_of(row: Criterion) -> list[tuple[str, str]]:
    return [(part.text, part.id) for part in row.parts.values()] or [(row.text, row.id)]


def printed(row: Criterion) -> list[list[str]]:
    demands, top = demands_of(row), row.max_score
    points = ("—", "—") if top is None else (shown(top), shown(Fraction(top) / len(demands)))
    return [[str(row.row), points[0], text, f"`{key}`", points[1]] for text, key in demands]


def lines() -> list[list[str]]:
    cells = (line.strip("|").split("|") for line in LISTED.read_text(encoding="utf-8").splitlines())
    return [[cell.strip() for cell in line] for line in cells if line[0].strip().isdigit()]


# The list for signing holds every demand of all 52 rows as the standard's file has it, in its order.
def test_the_list_is_the_standards(hlj: Standard) -> None:
    assert [line[:5] for line in lines()] == [cells for row in hlj.criteria.values() for cells in printed(row)]
    assert len({line[0] for line in lines()}) == 52


# Parts stand in the row's own words, in its order, and do not overlap.
def test_parts_are_pieces_of_their_rows(hlj: Standard) -> None:
    for row in hlj.criteria.values():
        place = 0
        for part in row.parts.values():
            assert part.text in row.text[place:], (row.row, part.id)
            place = row.text.index(part.text, place) + len(part.text)


# Whatever is divided, or holds a list that stays whole, says by which rule.
def test_every_decision_names_its_rule(hlj: Standard) -> None:
    why = {int(line[0]): line[5] for line in reversed(lines())}
    for row in hlj.criteria.values():
        is_decided = len(row.parts) > 1 or any(LIST.search(text) for text, _ in demands_of(row))
        assert not is_decided or re.search("[a-g]|不分项", why[row.row]), row.row
        assert bool(re.search("g", why[row.row])) == (row.optional or any(p.optional for p in row.parts.values()))
