"""The pieces of a printed page: every text of a file is text on the page, whatever it holds."""

from collections.abc import Callable
from typing import Any

import pytest

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.exact import shown
from lsstd.files.places import example
from lsstd.pages import base_page as page
from lsstd.pages import blocks
from lsstd.words import Lang, Text

LANGS: tuple[Lang, ...] = ("zh", "en")
PIECES = ("cover", "summary", "explanation", "conditions", "scores", "gaps", "findings", "rows", "readings", "sources")
HARMLESS = {
    "section", "header", "h1", "h2", "p", "div", "span", "b", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th",
    "td", "figure", "svg", "defs", "g", "path",
    "text", "use", "clippath", "rect", "br", "caption",
}  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    return evaluate(load_standard("hlj-base-evaluation"), load_assessment(example("near_aaa")))


# Nothing that a file holds becomes an element, an attribute or a comment; all of it can be read on the page.
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", PIECES)
def test_hostile_texts_stay_text(
    name: str, lang: Lang, hostile_result: Result, evil: str, page_of: Callable[[str], Any]
) -> None:
    html = getattr(page, name)(hostile_result, lang).html
    found = page_of(html)
    assert {tag for tag, _ in found.elements} <= HARMLESS
    assert not any(attributes.get("id") == "evil" for _, attributes in found.elements)
    assert not any(key.startswith("on") for _, attributes in found.elements for key in attributes)
    assert evil in found.text
    assert "<script" not in html.lower()


# Each helper escapes what it is given, in heads, cells, headings and the chart's spoken name alike.
def test_helpers_escape_what_they_are_given(evil: str, page_of: Callable[[str], Any]) -> None:
    pieces = blocks.Table((evil,), ((evil,),)), blocks.Paragraph(evil, "verdict")
    more = blocks.Pairs(((evil, evil),)), blocks.bar_figure("", [blocks.Bar("", 0.5, evil)], (evil,))
    found = page_of(blocks.section(Text(evil, evil), "en", *pieces, *more, key=evil).html)
    assert found.text.count(evil) == 8
    assert not found.of("b")
    assert not found.of("script")


# The spoken name of a chart is one attribute, whatever quotes it holds.
def test_a_charts_spoken_name_is_one_attribute(result: Result, evil: str, page_of: Callable[[str], Any]) -> None:
    (figure,) = page_of(blocks.bar_figure(evil, *page.indicator_bars(result, "zh")).html).of("figure")
    assert figure == {"role": "img", "aria-label": evil}


# The cover says who, what, when and, as every output, that the text is the draft.
@pytest.mark.parametrize("lang", LANGS)
def test_the_cover_names_subject_and_status(result: Result, lang: Lang, page_of: Callable[[str], Any]) -> None:
    told = page_of(page.cover(result, lang).html).text
    assert "冰城直播电商共享基地（示例）" in told
    assert "2024-12-31" in told
    assert result.standard.status.to(lang) in told


# A subject without name, region or day still has a cover.
@pytest.mark.parametrize("lang", LANGS)
def test_an_empty_assessment_has_every_piece(lang: Lang) -> None:
    standard = load_standard("hlj-base-evaluation")
    empty = evaluate(standard, load_assessment(example("near_aaa")).model_validate({"standard": standard.standard}))
    for name in PIECES:
        assert getattr(page, name)(empty, lang).html
    assert ("未填名称" if lang == "zh" else "no name given") in page.cover(empty, lang).html


# The numbers on the page are the result's: tiles, indicators with their total, and each row's points.
@pytest.mark.parametrize("lang", LANGS)
def test_numbers_are_the_results(result: Result, lang: Lang, page_of: Callable[[str], Any]) -> None:
    assert "398.92" in page.summary(result, lang).html
    scores = page_of(page.scores(result, lang).html).texts
    for node in result.indicators.values():
        assert any(node.indicator.name.to(lang) in text for text in scores)
        assert shown(node.score.secured) in scores
    rows = page.rows(result, lang).html
    lowest = {row.criterion.indicator for row in result.criteria.values()}
    assert rows.count("<tr>") == 1 + len(lowest) + len(result.criteria)
    assert rows.count("</tbody>") == len(lowest)
    assert "12–15" in rows  # a row between its secured and its possible points


# Gaps say what closing each alone would bring; without any, the page says so.
def test_gaps_tell_what_each_would_bring(result: Result) -> None:
    html = page.gaps(result, "en").html
    assert html.count("<tr>") == 1 + len(result.gaps)
    assert "+3.75" in html
    assert ">AAA<" in html
    standard = result.standard
    answers = {row.id: "met" for row in standard.criteria.values()}
    full = evaluate(standard, result.assessment.with_answers(answers).with_facts(dict.fromkeys(standard.facts)))
    if not full.gaps:
        assert "None: every row has its full points." in page.gaps(full, "en").html
    else:
        pytest.fail(f"rows answered met leave gaps: {[gap.row.criterion.id for gap in full.gaps]}")


# Provenance tells edition, hash, day and version; the readings stand in a section of their own, with their question.
@pytest.mark.parametrize("lang", LANGS)
def test_provenance_and_readings(result: Result, lang: Lang) -> None:
    sources = page.sources(result, lang).html
    assert result.standard.sha256[:16] in sources
    assert "lsstd 0." in sources
    readings = page.readings(result, lang).html
    for key, reading in result.standard.readings.items():
        assert f"{key}: {result.readings[key]}" in readings
        assert reading.clause in readings
