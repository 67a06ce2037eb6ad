"""The blocks of a page: one model, which travels, becomes a frame, and is drawn only where that is needed."""

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.files.places import example, examples
from lsstd.pages import base_page, impact_page, portfolio_page, supply_chain_page
from lsstd.pages.blocks import Bar, Paragraph, Section, Table, bar_figure, grid, section
from lsstd.panel.portfolio import portfolio
from lsstd.reports.report_types import chain_of, impact_of, portfolio_of, read_impact, read_portfolio, read_profile
from lsstd.words import Lang, Text, same

LANGS: tuple[Lang, ...] = ("zh", "en")


def sections(hostile: Result) -> Iterator[Section]:
    """Yield every section of every report over examples, a hostile one among them."""
    standard = load_standard("hlj-base-evaluation")
    named = [name for name in examples() if name not in ("supply_chain", "studio_good", "studio_partial")]
    results = [hostile, *(evaluate(standard, load_assessment(example(name))) for name in named)]
    for lang in LANGS:
        yield from (piece(result, lang) for result in results for piece in base_page.PIECES.values())
        basis = read_impact()
        moved = impact_of(basis), list(basis.reforms)
        yield from (piece(moved, lang) for piece in impact_page.PIECES.values())
        rounds = [portfolio_of(read_portfolio()), portfolio([hostile, hostile], [hostile])]
        yield from (piece(many, lang) for many in rounds for piece in portfolio_page.PIECES.values())
        chains = [chain_of(read_profile()), chain_of(read_profile(str(example("supply_chain"))))]
        yield from (piece(chain, lang) for chain in chains for piece in supply_chain_page.PIECES.values())


@pytest.fixture(scope="module")
def every_section(hostile_result: Result) -> list[Section]:
    return list(sections(hostile_result))


# The key of a section finds the function that makes it again.
def test_a_section_can_be_made_again(every_section: list[Section]) -> None:
    pages = (base_page, impact_page, portfolio_page, supply_chain_page)
    assert all(any(part.key in printed.PIECES for printed in pages) for part in every_section)


# A grid takes texts, numbers and nothing, each as a reader of the language sees it; a text alone is a paragraph.
def test_a_grid_speaks_one_language() -> None:
    rows = [(Text("甲", "a"), Fraction(20, 3), None, "x|y")]
    heads = (Text("名称", "name"), Text("分", "points"), Text("", ""), Text("说明", "note"))
    heads = (Text("名称", "name"), Text("分", "points"), same(""), Text("说明", "note"))
    made = section(Text("题", "title"), "en", Text("段", "paragraph"), None, grid("en", heads, rows, right=(1,)))
    assert made.blocks == (
        Paragraph("paragraph"),
        Table(("name", "points", "", "note"), (("a", "6.67", "—", "x|y"),), right=(1,)),
    )


# A figure is drawn when it is asked for, to the same bytes each time; it fits the page, and its texts are text.
def test_a_figure_is_drawn_once_needed() -> None:
    bars = [Bar("甲 <&> 很长的名称" * 5, 0.5, "1 / 2", 0.25), Bar("b", 0, "0")]
    first, second = (bar_figure("两条", bars, ("满", "淡")) for _ in range(2))
    assert "svg" not in vars(first)
    assert (first.svg, first.png) == (second.svg, second.png)
    assert {"b", "1 / 2", "0", "满", "淡"} < set(re.findall(r">([^<>]+)</text>", first.svg))
    assert "max-width:100%" in first.svg
    assert not re.search(r"font-family:|<metadata|id=\"\w+_\d|Noto Sans CJK SC.*DejaVu", first.svg)
