"""A result as the sections of a printed page, each a function of the result and the language alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lsstd.engine.facts import tell_fact, tell_test
from lsstd.engine.provenance import provenance
from lsstd.engine.result import Result, TableGrade, TestResult
from lsstd.engine.verdict import verdict
from lsstd.exact import shown
from lsstd.pages.blocks import Pairs, Paragraph, Section, Tiles, section, table
from lsstd.standard.wording import STATES, tell_demand, tell_rule, tell_value
from lsstd.words import Lang, Text, words

_MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "partly": "◐", "not_applicable": "–"}


def cover(result: Result, lang: Lang) -> Section:
    """Return title, subject, reference day, edition and its status."""
    subject, standard = result.assessment.subject, result.standard
    name = subject.name or Text("（未填名称）", "(no name given)").to(lang)
    kind = Text("自评报告", "Self-assessment report").to(lang)
    lines = [
        (Text("标准", "Standard"), f"{standard.title.to(lang)}（{standard.edition}）"),
        (Text("地区", "Region"), subject.region or "—"),
        (Text("评价基准日", "Reference day"), result.assessment.as_of or "—"),
    ]
    return cover_of(
        "base.cover", kind, name, [(label.to(lang), told) for label, told in lines], [standard.status.to(lang)]
    )


def cover_of(key: str, kind: str, title: str, pairs: Sequence[tuple[str, str]], notes: Iterable[str]) -> Section:
    """Return a cover: what kind of report, its title, labels with values, what every reader must know first."""
    below = (Paragraph(note, "status") for note in notes)
    return Section(key, title, (Paragraph(kind, "kind"), Pairs(tuple(pairs)), *below), is_cover=True)


def summary(result: Result, lang: Lang) -> Section:
    """Return the verdict in one sentence and the key figures."""
    score, grade = result.score, result.grade
    none = Text("无", "none").to(lang)
    by_score = result.standard.named(grade.secured).to(lang) if grade.secured or result.standard.below else none
    grades = [
        (Text("按得分的等级", "Grade by score"), by_score),
        (Text("可授予的等级", "Grade awarded"), grade.awarded or none),
    ]
    figures = [
        (Text("确定得分", "Secured"), shown(score.secured)),
        (Text("可能得分", "Possible"), shown(score.possible)),
        *(grades if result.standard.grades else ()),
        *((found.table.label, _spanned(result, found, lang)) for found in result.tables.values()),
        (Text("已确定的行", "Rows settled"), " / ".join(map(str, result.completeness))),
    ]
    tiles = Tiles(tuple((label.to(lang), value) for label, value in figures))
    told = Paragraph(verdict(result).to(lang), "verdict")
    return section(Text("结论", "Verdict"), lang, told, tiles, key="base.summary")


def explanation(result: Result, lang: Lang) -> Section:
    """Return what the result means, in paragraphs."""
    from lsstd.engine.narrative import narrative

    told = (Paragraph(text.to(lang)) for text in narrative(result))
    return section(Text("结果说明", "What the result means"), lang, *told, key="base.explanation")


def _spanned(result: Result, found: TableGrade, lang: Lang) -> str:
    """Tell the grade of a further table, or the two between which it lies."""
    grades = [result.standard.named(grade).to(lang) for grade in (found.secured, found.possible)]
    return " – ".join(dict.fromkeys(grades))


def conditions(result: Result, lang: Lang) -> Section:
    """Return the application conditions and vetoes with what was found."""
    heads = words(lang, "条款|clause", "要求|demand", "现状|found", "|")
    rows = [
        (
            found.condition.clause,
            _demand(result, test, lang),
            tell_value(test.found, test.unit).to(lang),
            _state(test.state, lang),
        )
        for found in (*result.conditions.values(), *result.vetoes.values())
        for test in found.tests
    ]
    none = Paragraph(
        Text("本标准没有申报条件，也没有否决项。", "The standard has neither conditions nor vetoes.").to(lang)
    )
    told = table(heads, rows, tight=(0, 3)) if rows else none
    return section(Text("申报条件与否决项", "Application conditions and vetoes"), lang, told, key="base.conditions")


def _demand(result: Result, test: TestResult, lang: Lang) -> str:
    return tell_demand(result.standard.facts[test.fact], test.operator, test.required).to(lang)


def _state(state: str, lang: Lang) -> str:
    return f"{_MARKS[state]} {STATES[state].to(lang)}"


def scores(result: Result, lang: Lang) -> Section:
    """Return the score profile: bars of the lowest indicators and a table of all."""
    from lsstd.pages.charts import bar_figure, profile_bars  # matplotlib is not loaded by a terminal

    heads = words(lang, "指标|indicator", "确定|secured", "可能|possible", "满分|maximum")
    rows = [
        (
            "　" * (node.level - 1) + node.indicator.name.to(lang),
            *(shown(n) for n in (node.score.secured, node.score.possible, node.score.maximum)),
        )
        for node in result.indicators.values()
    ]
    total = (result.score.secured, result.score.possible, result.score.maximum)
    rows.append((Text("总分", "Total").to(lang), *(shown(n) for n in total)))
    title = Text("得分", "Score")
    alt = Text("各指标得分占满分的比例", "Points of each indicator as a share of its maximum").to(lang)
    bars = bar_figure(alt, *profile_bars(result, lang))
    return section(title, lang, bars, table(heads, rows, right=(1, 2, 3)), key="base.scores")


def gaps(result: Result, lang: Lang) -> Section:
    """Return every row with points to be had, and what closing it would bring."""
    intro = Text(
        "按作用排序：先列单独补足即可升级的，再按可增分由多到少。",
        "Those that alone bring a higher grade first, then by points.",
    )
    if not result.gaps:
        return section(
            Text("差距", "Gaps"),
            lang,
            Paragraph(Text("没有差距：各行均得满分。", "None: every row has its full points.").to(lang)),
            key="base.gaps",
        )
    heads = words(lang, "行|row", "评价内容|criterion", "状态|state", "可增分|gain", "单独补足后|alone reaches")
    rows = [
        (
            str(gap.row.criterion.row),
            gap.row.criterion.gloss.to(lang),
            _state(gap.row.state, lang),
            f"+{shown(gap.points)}",
            (gap.grade or "—") if gap.crosses else "—",
        )
        for gap in result.gaps
    ]
    listed = table(heads, rows, right=(0, 3), tight=(2,))
    return section(Text("差距", "Gaps"), lang, Paragraph(intro.to(lang)), listed, key="base.gaps")


def findings(result: Result, lang: Lang) -> Section:
    """Return what a reader should know beyond the numbers."""
    title = Text("提示", "Findings")
    if not result.findings:
        none = Paragraph(Text("没有需要提示的事项。", "Nothing to report.").to(lang))
        return section(title, lang, none, key="base.findings")
    heads = words(lang, "条款|clause", "说明|message", "代码|code")
    rows = [(f.clause, f.message.to(lang), f.code) for f in result.findings]
    return section(title, lang, table(heads, rows, tight=(2,)), key="base.findings")


def rows(result: Result, lang: Lang) -> Section:
    """Return the whole score sheet: each row's wording, state and points."""
    heads = words(lang, "行|row", "原文|wording", "状态|state", "得分|points", "分值|maximum")
    listed = []
    for row in result.criteria.values():
        points = shown(row.secured) if row.secured == row.possible else f"{shown(row.secured)}–{shown(row.possible)}"
        top = "—" if row.criterion.max_score is None else shown(row.maximum)
        gloss = "" if lang == "zh" else f"{row.criterion.gloss.en}\n"
        found = [tell_rule(result.standard, row.criterion)]
        found += [tell_test(result.standard, part.test) for part in row.parts if part.test]
        found += [tell_fact(result.standard, *named) for named in (row.quantity.found if row.quantity else ())]
        text = gloss + row.criterion.text + "".join(f"\n· {told.to(lang)}" for told in found if told)
        listed.append((str(row.criterion.row), text, _state(row.state, lang), "—" if top == "—" else points, top))
    listed_rows = table(heads, listed, right=(0, 3, 4), tight=(2,))
    return section(Text("逐行得分", "Row by row"), lang, listed_rows, key="base.rows")


def readings(result: Result, lang: Lang) -> Section:
    """Return each reading used, with the question that it answers."""
    intro = Text("原文未明之处按以下解读处理：", "Where the text is silent, it was read as follows:")
    heads = words(lang, "条款|clause", "问题|question", "所用解读|reading used")
    listed = []
    for key, option in result.readings.items():
        reading = next((r for k, r in result.standard.readings.items() if k == key), None)
        if reading is not None:
            listed.append(
                (reading.clause, reading.question.to(lang), f"{reading.options[option].to(lang)}（{key}: {option}）")
            )
    if not listed:
        none = Text("本标准没有留待解读之处。", "The standard leaves nothing to be read in.")
        return section(Text("所用解读", "Readings"), lang, Paragraph(none.to(lang)), key="base.readings")
    told = (Paragraph(intro.to(lang)), table(heads, listed, tight=(0,)))
    return section(Text("所用解读", "Readings"), lang, *told, key="base.readings")


def sources(result: Result, lang: Lang, more: Iterable[tuple[str, str]] = ()) -> Section:
    """Return what the result was computed from, last of all; `more` tells the files and their check sums."""
    listed = [row for row in provenance(result, lang) if row[0] not in ("所用解读", "Readings used")]
    heads = words(lang, "项目|item", "内容|value")
    return section(Text("出处", "Provenance"), lang, table(heads, [*listed, *more]), key="base.sources")


PIECES: dict[str, Callable[[Result, Lang], Section]] = {
    f"base.{piece.__name__}": piece
    for piece in (cover, summary, explanation, conditions, scores, gaps, findings, rows, readings, sources)
}
"""The sections of the base report by their keys: what a printed report is made again from."""
