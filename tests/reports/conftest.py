"""What tests of printed reports share: the base report's sections, and a page of them."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from lsstd.files.cases import evaluate_file
from lsstd.files.places import data, example
from lsstd.files.standards import load_standard
from lsstd.pages.base_page import PIECES
from lsstd.pages.blocks import Section
from lsstd.reports.render import whole_page
from lsstd.words import Lang

NAMES = (
    *("near_aaa", "not_eligible", "contradictory", "between_bands", "small_rural"),
    *("studio_good", "studio_partial"),
)


class Report(NamedTuple):
    """A base report: its sections, title and language."""

    sections: list[Section]
    title: str
    lang: Lang

    @property
    def html(self) -> str:
        """The same as a page."""
        return whole_page(self.sections, self.title, self.lang)


def report_of(name: str, lang: Lang) -> Report:
    standard = load_standard(data() / "standards" / "made-up-studio.yaml") if name.startswith("studio") else None
    result = evaluate_file(example(name), standard)
    return Report([piece(result, lang) for piece in PIECES.values()], result.assessment.subject.name, lang)


@pytest.fixture(params=[(name, lang) for name in NAMES for lang in ("zh", "en")], ids="-".join)
def report(request: pytest.FixtureRequest) -> Report:
    """The base report of each example, in both languages."""
    return report_of(*request.param)


@pytest.fixture(scope="session")
def near_aaa() -> Report:
    """A report in which every kind of block has something to tell."""
    return report_of("near_aaa", "zh")


@pytest.fixture(scope="session")
def studio() -> Report:
    """A short one."""
    return report_of("studio_partial", "en")


@pytest.fixture(scope="session")
def hostile(evil: str) -> Callable[[], list[Section]]:
    """Sections in which every text is hostile, control characters and formulas included."""
    from lsstd.pages.blocks import Bar, Pairs, Paragraph, Table, Tiles, bar_figure, section
    from lsstd.words import same

    texts = [evil, "=1+1", "@SUM(A1)", "+1", "-1", "0012", "1,2", "a\x07b_x0041_", "c\r\nd\te", "𠮷 \u202e", "1e5"]
    pairs = tuple((text, text) for text in texts)
    blocks = [Paragraph(text) for text in texts] + [Paragraph(texts[0], "verdict"), Paragraph(texts[0], "status")]
    blocks = [*blocks, Pairs(pairs), Tiles(pairs), Table(("a", evil), pairs, right=(1,)), Table(("a",), ())]
    blocks.append(bar_figure(evil, [Bar(text, 0.25, text, 0.5) for text in texts], (evil, "b")))
    return lambda: [section(same(evil), "en", *blocks, key="x"), section(same("[]:*?/\\" + "长" * 40), "en")]
