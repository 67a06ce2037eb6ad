"""The blocks of a page: they travel in a notebook's output and come back the same."""

import json
from collections.abc import Iterator

import pytest

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.files.examples import example, examples
from lsstd.pages import impact_page, page, portfolio_page, profile_page
from lsstd.pages.blocks import MIME, Section, section_of
from lsstd.panel.portfolio import portfolio
from lsstd.reports.inputs import read_impact, read_portfolio, read_profile
from lsstd.reports.report_types import chain_of, impact_of, portfolio_of
from lsstd.words import Lang

LANGS: tuple[Lang, ...] = ("zh", "en")


def sections(hostile: Result) -> Iterator[Section]:
    """Yield every section of every report over examples, a hostile one among them."""
    standard = load_standard("hlj-base-evaluation")
    named = [name for name in examples() if name not in ("supply_chain", "studio_good", "studio_partial")]
    results = [hostile, *(evaluate(standard, load_assessment(example(name))) for name in named)]
    for lang in LANGS:
        yield from (piece(result, lang) for result in results for piece in page.PIECES.values())
        basis = read_impact(lang=lang)
        moved = impact_of(basis), list(basis.reforms)
        yield from (piece(moved, lang) for piece in impact_page.PIECES.values())
        rounds = [portfolio_of(read_portfolio(lang=lang)), portfolio([hostile, hostile], [hostile])]
        yield from (piece(many, lang) for many in rounds for piece in portfolio_page.PIECES.values())
        chains = [chain_of(read_profile(lang=lang)), chain_of(read_profile(str(example("supply_chain"))))]
        yield from (piece(chain, lang) for chain in chains for piece in profile_page.PIECES.values())


@pytest.fixture(scope="module")
def every_section(hostile_result: Result) -> list[Section]:
    return list(sections(hostile_result))


# A section travels as JSON and comes back the same, and its key finds the function that makes it again.
def test_a_section_travels(every_section: list[Section]) -> None:
    for section in every_section:
        plain = json.loads(str(section._repr_mimebundle_()[MIME]))
        assert section_of(plain) == section
        assert section_of(plain).html == section.html
        pages = (page, impact_page, portfolio_page, profile_page)
        assert any(section.key in printed.PIECES for printed in pages)
