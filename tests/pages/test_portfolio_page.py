"""A portfolio's pages: every number recomputed, every text escaped, nobody's contacts, whatever is missing."""

import re
import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from lsstd import Result, evaluate, load_assessment, load_standard
from lsstd.exact import shown
from lsstd.files.places import data, example
from lsstd.pages import portfolio_page as page
from lsstd.pages.blocks import Figure, Section, Table, Tiles
from lsstd.panel.portfolio import Portfolio, portfolio
from lsstd.reports.report_types import portfolio_of, read_portfolio
from lsstd.words import Lang

LANGS: tuple[Lang, ...] = ("zh", "en")
Assess = Callable[..., Result]


@pytest.fixture(scope="module")
def rounds() -> Portfolio:
    return portfolio_of(read_portfolio())


@pytest.fixture(scope="module")
def results() -> dict[str, list[Result]]:
    """The results of both rounds, straight from their files."""
    standard = load_standard("hlj-base-evaluation")
    files = {year: sorted((data() / "portfolio" / year).glob("*.yaml")) for year in ("2024", "2023")}
    return {year: [evaluate(standard, load_assessment(file)) for file in files[year]] for year in files}


def block(section: Section, kind: type) -> Any:
    """Return the first block of a kind."""
    return next(found for found in section.blocks if isinstance(found, kind))


def name_of(result: Result) -> str:
    return result.assessment.subject.name


# The key figures, the grades and the ranges are those of the results, counted here by hand.
@pytest.mark.parametrize("lang", LANGS)
def test_figures_and_grades(rounds: Portfolio, results: dict[str, list[Result]], lang: Lang) -> None:
    now = results["2024"]
    scores = [Fraction(result.score.secured) for result in now]
    told = [value for _, value in block(page.summary(rounds, lang), Tiles).rows]
    awarded = sum(result.grade.awarded is not None for result in now)
    eligible = sum(result.eligible is True for result in now)
    numbers = [shown(number) for number in (statistics.median(scores), max(scores), min(scores))]
    assert told == [f"{awarded} / 12", f"{eligible} / 12", *numbers]
    by_score, by_award = (Counter(getattr(r.grade, side) for r in now) for side in ("secured", "awarded"))
    grades = ("AAAA", "AAA", "AA", "A", None)
    rows = block(page.grades(rounds, lang), Table).rows
    assert [(int(row[1]), int(row[3])) for row in rows] == [(by_score[grade], by_award[grade]) for grade in grades]
    assert [row[2] for row in rows] == [f"{100 * by_score[grade] / 12:.0f}%" for grade in grades]
    scored = page.scores(rounds, lang)
    boxes = list(block(scored, Figure).draw().axes[0].patches)
    track, drawn = boxes[:10], boxes[10:20]
    tenths = Counter(min(int(number // 50), 9) for number in scores)
    assert [int(row[1]) for row in block(scored, Table).rows] == [tenths[i] for i in reversed(range(10))]
    shares = [bar.get_width() / full.get_width() for bar, full in zip(drawn, track, strict=True)]
    assert shares == pytest.approx([tenths[i] / max(tenths.values()) for i in reversed(range(10))])


# The verdict counts those with a grade, and those who rose and fell since the last round.
def test_the_verdict(rounds: Portfolio) -> None:
    told = page.summary(rounds, "en").html
    assert "Of 12 subjects, 11 reach a grade by score; 8 meet every condition as well" in told
    assert "The median score is 415.17 points." in told
    assert "Since the last round 3 rose, 1 fell in grade." in told


# The ranking holds everyone once, by score; two share the seventh rank and nobody has the eighth.
@pytest.mark.parametrize("lang", LANGS)
def test_the_ranking(rounds: Portfolio, results: dict[str, list[Result]], lang: Lang) -> None:
    rows = block(page.ranking(rounds, lang), Table).rows
    by_score = sorted(results["2024"], key=lambda result: -result.score.secured)
    assert sorted(row[1] for row in rows) == sorted(name_of(result) for result in by_score)
    assert [row[3] for row in rows] == [shown(result.score.secured) for result in by_score]
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6", "7", "7", "9", "10", "11", "12"]
    printed = {row[1]: row for row in rows}
    for result in by_score:
        row, grade = printed[name_of(result)], result.grade
        assert row[2] == result.assessment.subject.region
        assert row[4] == shown(result.score.possible)
        level = " 级" if lang == "zh" and grade.secured else ""
        assert row[5] == result.standard.named(grade.secured).to(lang) + level
        assert grade.awarded is None or row[6] == row[5]
        assert row[6] != row[5] or grade.awarded == grade.secured
    yes, no, undecided = ["是", "否", "待核实"] if lang == "zh" else ["yes", "no", "undecided"]
    brackets = "（{}）" if lang == "zh" else " ({})"
    told = [yes] * 8 + [no + brackets.format(clause) for clause in ("5.1.1", "5.1.3", "5.1.4")]
    assert sorted(row[7] for row in rows) == sorted([*told, undecided + brackets.format("5.1.5")])


# The rows of common gaps are counted from the rows.
@pytest.mark.parametrize("lang", LANGS)
def test_gaps(rounds: Portfolio, results: dict[str, list[Result]], lang: Lang) -> None:
    now = results["2024"]
    for row, _, missing, mean, rises in block(page.gaps(rounds, lang), Table).rows:
        found = [next(r for r in result.criteria.values() if r.criterion.row == int(row)) for result in now]
        lost = [r.maximum - r.secured for r in found]
        assert missing == f"{sum(points > 0 for points in lost)} / 12"
        assert mean == shown(Fraction(sum(lost)) / 12)
        alone = [gap for result in now for gap in result.gaps if gap.row.criterion.row == int(row) and gap.crosses]
        assert int(rises) == len(alone)


# Every subject of both rounds is told with both scores; the new and the one that left are named.
@pytest.mark.parametrize("lang", LANGS)
def test_the_change(rounds: Portfolio, results: dict[str, list[Result]], lang: Lang) -> None:
    found = page.change(rounds, lang)
    scores = {year: {name_of(r): r.score.secured for r in results[year]} for year in results}
    rows = block(found, Table).rows
    assert {row[0] for row in rows} == set(scores["2024"]) & set(scores["2023"])
    for name, before, now, change, *_ in rows:
        assert (before, now) == (shown(scores["2023"][name]), shown(scores["2024"][name]))
        gained = scores["2024"][name] - scores["2023"][name]
        assert change == ("+" if gained > 0 else "") + shown(gained)
    for name in (*(set(scores["2024"]) - set(scores["2023"])), *(set(scores["2023"]) - set(scores["2024"]))):
        assert name in found.html


# What cannot be matched for certain, and that the rules were others, stands on the page.
@pytest.mark.parametrize("lang", LANGS)
def test_doubts_are_told(assess: Assess, lang: Lang) -> None:
    twins = [assess(subject={"name": "甲"}), assess(subject={"name": "甲"})]
    told = page.change(portfolio(twins, [assess(subject={"name": "甲"}, readings={"rounding": "row"})]), lang).html
    assert ("编号或名称不唯一" if lang == "zh" else "since id or name is not unique") in told
    assert ("标准版本或解读与本轮不同" if lang == "zh" else "another edition or other readings") in told


# The cover tells the standard, that it is the draft, and the days; provenance names every file with its hash.
@pytest.mark.parametrize("lang", LANGS)
def test_cover_and_provenance(rounds: Portfolio, lang: Lang) -> None:
    cover = page.cover(rounds, lang).html
    assert rounds.standard.status.to(lang) in cover
    assert "2024-12-31" in cover
    assert "2023-12-31" in cover
    sources = page.sources(rounds, lang).html
    assert len(re.findall(r"202[34]/base_\d\d\.yaml", sources)) == 23
    assert all(sha256[:16] in sources for sha256 in rounds.names.values())
    assert rounds.standard.sha256[:16] in sources


# One without name, region or day, and a standard of many mechanisms have every section.
@pytest.mark.parametrize("lang", LANGS)
def test_every_section_of_anybody(assess: Assess, lang: Lang) -> None:
    studio = load_standard(data() / "standards" / "made-up-studio.yaml")
    stars = [evaluate(studio, load_assessment(example(name), studio)) for name in ("studio_good", "studio_partial")]
    bare = replace(stars[0], standard=studio.model_copy(update={"bands": (), "conditions": {}, "vetoes": {}}))
    for given in ([assess()], stars, [bare]):
        for piece in page.PIECES.values():
            assert piece(portfolio(given), lang).html
    told = "\n".join(piece(portfolio(stars, stars[:1]), lang).html for piece in page.PIECES.values())
    assert "三星" in told
    assert studio.below
    assert studio.below.to(lang) in told
    assert ("不分等级" if lang == "zh" else "no grades") in page.grades(portfolio([bare]), lang).html


# Nothing that a file holds becomes an element; all of it can be read on the page.
@pytest.mark.parametrize("lang", LANGS)
def test_hostile_texts_stay_text(hostile_result: Result, evil: str, page_of: Callable[[str], Any], lang: Lang) -> None:
    found = portfolio([hostile_result, hostile_result], [hostile_result], {evil: evil, "b": evil, "c": ""})
    for name in ("cover", "ranking", "change", "sources"):
        parsed = page_of(page.PIECES[f"portfolio.{name}"](found, lang).html)
        assert not any(attributes.get("id") == "evil" for _, attributes in parsed.elements)
        assert not parsed.of("script")
        assert evil[:16] in parsed.text


# Of a subject, name and region are told; no person, number, note or file of its evidence is.
@pytest.mark.parametrize("lang", LANGS)
def test_nobodys_contacts_are_told(assess: Assess, lang: Lang) -> None:
    standard = load_standard("hlj-base-evaluation")
    private = {key: "SECRET" for key, fact in standard.facts.items() if fact.kind == "text"}
    assert private
    answers = {"certifications": {"score": 3, "note": "SECRET", "evidence": [{"file": "SECRET"}]}}
    known = {"name": "甲", "region": "乙", "id": "SECRET", "party": "SECRET"}
    given = [assess(answers, private, subject=known), assess(answers, private, subject=known)]
    told = "\n".join(piece(portfolio(given, given), lang).html for piece in page.PIECES.values())
    assert "甲" in told
    assert "SECRET" not in told


# Who is disqualified is named first, has no rank, comes last, and is counted in no grade and no gap.
def test_who_is_disqualified_has_no_rank(results: dict[str, list[Result]]) -> None:
    best, *others = sorted(results["2024"], key=lambda result: -result.score.secured)
    facts = best.assessment.with_facts({"data_falsified": True})
    barred = evaluate(best.standard, facts, best.readings)
    many = portfolio([*others, barred])
    assert many.members[0].rank == 1
    assert (many.members[-1].rank, many.disqualified) == (None, many.members[-1:])
    assert sum(count.by_score for count in many.grades) == len(others)
    assert max(gap.count for gap in many.gaps) == len(others)
    row = block(page.ranking(many, "zh"), Table).rows[-1]
    assert (row[0], row[1], *row[5:]) == ("—", name_of(best), *["取消参评资格"] * 3)
    for section in (page.cover(many, "zh"), page.summary(many, "zh")):
        texts = [part.text for part in section.blocks if getattr(part, "kind", "") == "verdict"]
        assert texts[0].startswith(f"取消参评资格，不计入排名、等级和待提升项：{name_of(best)}。")
    assert "8.3.3" in page.cover(many, "en").html


# A range of scores has the signs of the page's language.
@pytest.mark.parametrize(("lang", "printed"), [("zh", "400 ≤ x ﹤ 450"), ("en", "400 ≤ x < 450")])
def test_ranges_have_the_signs_of_the_language(rounds: Portfolio, lang: Lang, printed: str) -> None:
    assert printed in [row[0] for row in block(page.scores(rounds, lang), Table).rows]
