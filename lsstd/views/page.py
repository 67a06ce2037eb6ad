"""A result as the pieces of a printed page: safe HTML, every text of a user escaped."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from html import escape

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lsstd.core.exact import shown
from lsstd.core.facts import tell_fact, tell_test
from lsstd.core.narrative import narrative
from lsstd.core.provenance import provenance
from lsstd.core.result import Result, TableGrade, TestResult
from lsstd.core.tell import STATES, tell_demand, tell_value
from lsstd.core.tell_rules import tell_rule
from lsstd.core.verdict import verdict
from lsstd.text import Lang, Text, words
from lsstd.views.charts import profile, style

_MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "partly": "◐", "not_applicable": "–"}


class Html:
    """A piece of HTML that a notebook shows; as text it is the page without its tags."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{len(self.html)} characters of HTML>"


def section(title: Text, lang: Lang, *pieces: str) -> Html:
    """Return a section with its heading."""
    return Html(f"<section><h2>{escape(title.to(lang))}</h2>{''.join(pieces)}</section>")


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def html_table(
    heads: Iterable[str], rows: Iterable[Sequence[str]], right: Iterable[int] = (), tight: Iterable[int] = ()
) -> str:
    """Return a table; columns in `right` hold numbers, those in `tight` stay on one line."""
    kinds = {**dict.fromkeys(tight, ' class="tight"'), **dict.fromkeys(right, ' class="number"')}
    head = "".join(f'<th scope="col"{kinds.get(i, "")}>{escape(text)}</th>' for i, text in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(f"<td{kinds.get(i, '')}>{_lines(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def cover(result: Result, lang: Lang) -> Html:
    """Return title, subject, reference day, edition and its status."""
    subject, standard = result.assessment.subject, result.standard
    name = subject.name or Text("（未填名称）", "(no name given)").to(lang)
    kind = Text("自评报告", "Self-assessment report").to(lang)
    lines = [
        (Text("标准", "Standard"), f"{standard.title.to(lang)}（{standard.edition}）"),
        (Text("地区", "Region"), subject.region or "—"),
        (Text("评价基准日", "Reference day"), result.assessment.as_of or "—"),
    ]
    listed = "".join(f"<dt>{escape(label.to(lang))}</dt><dd>{escape(value)}</dd>" for label, value in lines)
    status = f'<p class="status">{escape(standard.status.to(lang))}</p>'
    return Html(
        f'<header class="cover"><p class="kind">{kind}</p><h1>{escape(name)}</h1><dl>{listed}</dl>{status}</header>'
    )


def summary(result: Result, lang: Lang) -> Html:
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
    tiles = "".join(
        f"<div><span>{escape(label.to(lang))}</span><b>{escape(value)}</b></div>" for label, value in figures
    )
    title = Text("结论", "Verdict")
    return section(title, lang, paragraph(verdict(result).to(lang), "verdict"), f'<div class="tiles">{tiles}</div>')


def explanation(result: Result, lang: Lang) -> Html:
    """Return what the result means, in paragraphs."""
    told = (paragraph(text.to(lang)) for text in narrative(result))
    return section(Text("结果说明", "What the result means"), lang, *told)


def _spanned(result: Result, found: TableGrade, lang: Lang) -> str:
    """Tell the grade of a further table, or the two between which it lies."""
    grades = [result.standard.named(grade).to(lang) for grade in (found.secured, found.possible)]
    return " – ".join(dict.fromkeys(grades))


def conditions(result: Result, lang: Lang) -> Html:
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
    none = paragraph(
        Text("本标准没有申报条件，也没有否决项。", "The standard has neither conditions nor vetoes.").to(lang)
    )
    told = html_table(heads, rows, tight=(0, 3)) if rows else none
    return section(Text("申报条件与否决项", "Application conditions and vetoes"), lang, told)


def _demand(result: Result, test: TestResult, lang: Lang) -> str:
    return tell_demand(result.standard.facts[test.fact], test.operator, test.required).to(lang)


def _state(state: str, lang: Lang) -> str:
    return f"{_MARKS[state]} {STATES[state].to(lang)}"


def chart(ax: Axes, alt: str) -> str:
    """Return a chart as inline SVG, named for those who do not see it; the figure is closed."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    out = io.StringIO()
    with style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = out.getvalue()
    return f'<figure role="img" aria-label="{escape(alt, quote=True)}">{svg[svg.index("<svg") :]}</figure>'


def scores(result: Result, lang: Lang) -> Html:
    """Return the score profile: a chart of the lowest indicators and a table of all."""
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
    alt = Text("各末级指标确定得分与可能得分占满分的比例", "secured and possible share of each indicator's points").to(
        lang
    )
    return section(
        Text("得分", "Score"), lang, chart(profile(result, lang=lang), alt), html_table(heads, rows, right=(1, 2, 3))
    )


def gaps(result: Result, lang: Lang) -> Html:
    """Return every row with points to be had, and what closing it would bring."""
    intro = Text(
        "按作用排序：先列单独补足即可升级的，再按可增分由多到少。",
        "Those that alone bring a higher grade first, then by points.",
    )
    if not result.gaps:
        return section(
            Text("差距", "Gaps"),
            lang,
            paragraph(Text("没有差距：各行均得满分。", "None: every row has its full points.").to(lang)),
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
    return section(
        Text("差距", "Gaps"), lang, paragraph(intro.to(lang)), html_table(heads, rows, right=(0, 3), tight=(2,))
    )


def findings(result: Result, lang: Lang) -> Html:
    """Return what a reader should know beyond the numbers."""
    title = Text("提示", "Findings")
    if not result.findings:
        return section(title, lang, paragraph(Text("没有需要提示的事项。", "Nothing to report.").to(lang)))
    heads = words(lang, "条款|clause", "说明|message", "代码|code")
    rows = [(f.clause, f.message.to(lang), f.code) for f in result.findings]
    return section(title, lang, html_table(heads, rows, tight=(2,)))


def rows(result: Result, lang: Lang) -> Html:
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
    return section(Text("逐行得分", "Row by row"), lang, html_table(heads, listed, right=(0, 3, 4), tight=(2,)))


def readings(result: Result, lang: Lang) -> Html:
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
        return section(Text("所用解读", "Readings"), lang, paragraph(none.to(lang)))
    return section(Text("所用解读", "Readings"), lang, paragraph(intro.to(lang)), html_table(heads, listed, tight=(0,)))


def sources(result: Result, lang: Lang) -> Html:
    """Return what the result was computed from, last of all."""
    listed = [row for row in provenance(result, lang) if row[0] not in ("所用解读", "Readings used")]
    return section(Text("出处", "Provenance"), lang, html_table(words(lang, "项目|item", "内容|value"), listed))
