"""The score sheet in the terminal: aligned with Chinese in it, nothing cut off, names shown as typed."""

import io
from collections.abc import Iterable
from dataclasses import replace

import click
import pytest
from wcwidth import wcswidth

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.exact import shown
from lsstd.files.places import example, examples
from lsstd.pages import base_page as page
from lsstd.pages import terminal
from lsstd.pages.blocks import Section
from lsstd.words import Lang

LANGS: tuple[Lang, ...] = ("zh", "en")
SCORED = [name for name in examples() if name != "supply_chain"]


def result_of(name: str) -> Result:
    assessment = load_assessment(example(name))
    return evaluate(load_standard(assessment.standard), assessment)


def printed(sections: Iterable[Section], width: int = 110, colours: bool = False) -> str:
    """Return what a terminal of this width shows."""
    shown = "".join(f"{line}\n" for line in terminal.rendered(sections, width))
    return shown if colours else click.unstyle(shown)


# Chinese counts two columns: within a table every line is equally wide, so that columns stand under each other.
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", [80, 110])
def test_columns_stand_under_each_other(lang: Lang, width: int) -> None:
    result = result_of("near_aaa")
    for part in (page.conditions(result, lang), page.scores(result, lang), *page.fact_sections(result, lang)):
        lines = [line for line in printed([part], width=width).splitlines() if line.strip()]
        widths = {wcswidth(line) for line in lines}
        assert len(widths - {max(widths)}) <= 1  # the title's line may be another
        assert max(widths) <= width


# A line is broken between words and between Chinese characters, whose punctuation stays with them.
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("电商直播，基地（示例）", ["电商直", "播，基地", "（示例）"]),
        ("a live room", ["a live", "room"]),
        ("aaaaaaaaaaa bb", ["aaaaaaaa", "aaa bb"]),
        ("one\n\n二", ["one", "", "二"]),
    ],
)
def test_lines_are_broken_where_readers_expect_it(text: str, lines: list[str]) -> None:
    assert terminal.wrap(text, 8) == lines


# Nothing is cut off, in narrow terminals either: every character of a wide terminal is there, and every message.
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("width", [80, 110])
def test_nothing_is_cut_off(lang: Lang, width: int) -> None:
    result = result_of("contradictory")
    sections = [*page.score_sheet(result, lang), *page.fact_sections(result, lang)]
    sheet, wide = printed(sections, width=width), printed(sections, width=1000)
    assert max(wcswidth(line) for line in sheet.splitlines()) <= width
    assert sorted("".join(sheet.replace("─", "").split())) == sorted("".join(wide.replace("─", "").split()))
    assert all(finding.message.to(lang) in wide for finding in result.findings)


# The sheet tells subject, edition, status, conditions, score, gaps, findings, and provenance last; in each language.
@pytest.mark.parametrize("name", SCORED)
@pytest.mark.parametrize("lang", LANGS)
def test_the_sheet_tells_everything(name: str, lang: Lang) -> None:
    result = result_of(name)
    sheet = printed(page.score_sheet(result, lang))
    headings = {
        "zh": ["申报条件与否决项", "得分", "待提升项", "提示", "标准：", "所用解读："],
        "en": ["Application conditions", "Score", "Gaps", "Findings", "Standard:", "Readings used:"],
    }[lang]
    expected = [heading for heading in headings if result.findings or heading not in ("提示", "Findings")]
    assert [heading for heading in expected if heading not in sheet] == []
    assert result.assessment.subject.name in sheet.splitlines()[0]
    assert sheet.rstrip().splitlines()[-1].startswith(("软件：lsstd", "Software: lsstd"))
    assert all(condition.condition.clause in sheet for condition in result.conditions.values())
    assert shown(result.score.secured) in sheet


# Markup in a name shows as typed, and what would steer the terminal (escape codes, a turned direction) is defused.
def test_names_show_as_typed(hostile_result: Result, evil: str) -> None:
    sheet = printed(page.score_sheet(hostile_result, "en"), width=4000)
    assert f"基地{evil}" in sheet
    result = result_of("small_rural")
    subject = result.assessment.subject.model_copy(update={"name": "[red]x[/] \x1b[31m\x07\u202eabc\\"})
    renamed = replace(result, assessment=result.assessment.model_copy(update={"subject": subject}))
    first = printed(page.score_sheet(renamed, "zh"), width=200, colours=True).splitlines()[0]
    assert "[red]x[/]" in first
    assert "\x1b[31m" not in first
    assert not set("\x07\u202e") & set(first)
    assert "abc\\" in first


# With colours, unmet is red and met is green; without, the marks alone tell.
def test_states_are_marked_with_and_without_colour() -> None:
    table = [page.conditions(result_of("not_eligible"), "zh")]
    assert "\x1b[31m✗" in printed(table, colours=True)
    assert "\x1b[32m✓" in printed(table, colours=True)
    plain = printed(table)
    assert "✗" in plain
    assert "\x1b" not in plain


# Only the gaps that matter most are listed, with the number of all.
def test_the_longest_lists_are_shortened() -> None:
    result = result_of("small_rural")
    sheet = printed(page.score_sheet(result, "en"))
    assert f"… +{len(result.gaps) - 12}" in sheet
    assert sum(gap.row.criterion.gloss.en in sheet for gap in result.gaps) == 12


# Each fact is listed with every place that uses it, in a reader's words: a clause, a row's number, the form.
@pytest.mark.parametrize("lang", LANGS)
def test_facts_are_listed_with_their_uses(lang: Lang) -> None:
    result = result_of("near_aaa")
    listed = printed(page.fact_sections(result, lang), width=240)
    for fact in result.standard.facts.values():
        assert fact.id in listed
        assert fact.label.to(lang) in listed
    rows = printed(page.fact_sections(result, lang), width=240).splitlines()
    at = next(i for i, line in enumerate(rows) if " live_rooms " in line)
    places = {"zh": ["5.1.4", "第 6 行", "申报表"], "en": ["5.1.4", "row 6", "application form"]}[lang]
    assert [place for place, line in zip(places, rows[at : at + 3], strict=True) if place not in line] == []


# What contradicts a fact stands in a table of its own, which is not there where nothing does.
@pytest.mark.parametrize("lang", LANGS)
def test_contradicted_facts_are_told(lang: Lang) -> None:
    against = [finding for finding in result_of("contradictory").findings if finding.code == "contradiction"]
    told = "".join(printed(page.fact_sections(result_of("contradictory"), lang), width=400).split())
    assert against
    assert all("".join(finding.message.to(lang).split()) in told for finding in against)
    assert len(list(page.fact_sections(result_of("near_aaa"), lang))) == 1


# In a pipe the sheet is 110 columns wide whatever the terminal's own width is.
def test_pipes_have_a_width_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert terminal.columns() == 110
