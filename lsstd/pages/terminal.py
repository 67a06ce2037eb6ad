"""Results as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box, markup
from rich.console import Console, RenderableType
from rich.table import Table

from lsstd.changes.compare import Comparison
from lsstd.engine.catalogue import census
from lsstd.engine.evidence import NOT_NORMATIVE, Register
from lsstd.engine.profile import Profile
from lsstd.engine.provenance import provenance
from lsstd.engine.result import ConditionResult, Gap, Result
from lsstd.engine.verdict import verdict
from lsstd.exact import Exact, shown
from lsstd.pages.evidence import figures, state, suggestions, wanting
from lsstd.standard.standard import Standard
from lsstd.standard.wording import STATES, tell_required, tell_value
from lsstd.words import Lang, Text, printable, words

_MARKS = {
    "met": "[green]✓[/]",
    "unmet": "[red]✗[/]",
    "unknown": "[yellow]?[/]",
    "partly": "[cyan]◐[/]",
    "not_applicable": "–",
}


def escape(text: str) -> str:
    """Return a text that shows as it was typed: no markup, nothing that steers the terminal."""
    return markup.escape(printable(text))


def console(error: bool = False) -> Console:
    """Return a console; what goes into a file or pipe is as wide as the tables need."""
    made = Console(stderr=error, highlight=False)
    return made if made.is_terminal else Console(stderr=error, highlight=False, width=110)


def table(title: str, *columns: str, right: Iterable[int] = ()) -> Table:
    """Return an empty table in the one style used everywhere."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    aligned = set(right)
    for i, column in enumerate(columns):
        made.add_column(column, justify="right" if i in aligned else "left", overflow="fold")
    return made


def score_sheet(result: Result, lang: Lang, most: int = 12) -> Iterator[RenderableType]:
    """Yield the score sheet: verdict, conditions, indicators, gaps, findings, readings, provenance."""
    standard, subject = result.standard, result.assessment.subject
    name = subject.name or Text("（未填名称）", "(no name given)").to(lang)
    yield f"[bold]{escape(name)}[/]  ·  {escape(standard.title.to(lang))}（{escape(standard.edition)}）"
    yield f"[dim]{escape(standard.status.to(lang))}[/]"
    yield f"\n[bold]{escape(verdict(result).to(lang))}[/]\n"
    if result.conditions or result.vetoes:
        yield _conditions(result, lang)
    if result.profile:
        yield profile_table(result, result.profile, lang)
    else:
        yield _indicators(result, lang)
    if result.tables:
        yield _tables(result, lang)
    if result.gaps:
        yield _gaps(result.gaps[:most], len(result.gaps), lang)
    if result.findings:
        findings = table(Text("提示", "Findings").to(lang), *words(lang, "代码|code", "条款|clause", "说明|message"))
        for finding in result.findings:
            findings.add_row(finding.code, finding.clause, escape(finding.message.to(lang)))
        yield findings
    for label, value in provenance(result, lang):
        yield (
            f"[dim]{escape(label)}：{escape(value)}[/]" if lang == "zh" else f"[dim]{escape(label)}: {escape(value)}[/]"
        )


def _conditions(result: Result, lang: Lang) -> Table:
    heads = words(lang, "条款|clause", "申报条件|condition", "现状|found", "要求|required", "|")
    made = table(Text("申报条件与否决项", "Application conditions and vetoes").to(lang), *heads)
    for found in (*result.conditions.values(), *result.vetoes.values()):
        _add_tests(made, result.standard, found, lang)
    return made


def _add_tests(made: Table, standard: Standard, found: ConditionResult, lang: Lang) -> None:
    """Add a condition's tests, its clause beside the first."""
    for i, test in enumerate(found.tests):
        required = tell_required(test.operator, test.required, test.unit).to(lang)
        label = standard.facts[test.fact].label.to(lang)
        value = tell_value(test.found, test.unit).to(lang)
        made.add_row(
            "" if i else found.condition.clause, escape(label), escape(value), escape(required), _MARKS[test.state]
        )


def _indicators(result: Result, lang: Lang) -> Table:
    heads = words(lang, "指标|indicator", "确定|secured", "可能|possible", "满分|maximum", "|")
    made = table(Text("得分", "Score").to(lang), *heads, right=(1, 2, 3))
    for node in result.indicators.values():
        score, indent = node.score, "  " * (node.level - 1)
        bold = "bold" if node.level == 1 else ""
        numbers = (shown(score.secured), shown(score.possible), shown(score.maximum))
        made.add_row(
            f"{indent}{escape(node.indicator.name.to(lang))}",
            *numbers,
            bar(score.secured, score.possible, score.maximum),
            style=bold,
        )
    total = result.score
    made.add_section()
    made.add_row(
        Text("总分", "Total").to(lang),
        shown(total.secured),
        shown(total.possible),
        shown(total.maximum),
        bar(total.secured, total.possible, total.maximum),
        style="bold",
    )
    return made


def _tables(result: Result, lang: Lang) -> Table:
    """Return the grades of the further tables of bands."""
    named = result.standard.named
    made = table(
        Text("其他等级表", "Further tables").to(lang), *words(lang, "表|table", "确定|secured", "可能|possible")
    )
    for found in result.tables.values():
        grades = (named(found.secured).to(lang), named(found.possible).to(lang))
        made.add_row(escape(found.table.label.to(lang)), *map(escape, grades))
    return made


def profile_table(result: Result, profile: Profile, lang: Lang) -> Table:
    """Return the level of each topic, with its name on lsstd's own scale."""
    heads = words(lang, "条款|clause", "主题|topic", "级|level", "|", "含义|meaning", "近期佐证|evidence")
    title = Text("成熟度（lsstd 自拟，非规范性）", "Maturity (lsstd's own scale, non-normative)").to(lang)
    made = table(title, *heads, right=(2,))
    for entry in profile.topics:
        topic, level, top = entry.topic, entry.level, len(result.standard.scale) - 1
        meaning = "—" if level is None else result.standard.scale[level].label.to(lang)
        proven = _MARKS["met" if entry.evidenced else "unmet"] if level else "–"
        drawn = bar(level or 0, level or 0, top, top * 2)
        made.add_row(
            topic.clause,
            escape(topic.label.to(lang)),
            "?" if level is None else str(level),
            drawn,
            escape(meaning),
            proven,
        )
    return made


def bar(secured: Exact, possible: Exact, maximum: Exact, width: int = 20) -> str:
    """Draw a bar: secured full, possible shaded."""
    top = float(maximum) or 1.0
    full, reached = (min(max(round(width * float(points) / top), 0), width) for points in (secured, possible))
    could = reached - full
    return "█" * full + "▒" * could + "·" * (width - full - could)


def _gaps(gaps: tuple[Gap, ...], count: int, lang: Lang) -> Table:
    title = Text(
        f"差距（共 {count} 行，按作用排序，列出 {len(gaps)} 行）",
        f"Gaps ({count} rows, the {len(gaps)} that matter most)",
    )
    heads = words(lang, "行|row", "评价内容|criterion", "状态|state", "可增分|gain", "单独补足后|alone reaches")
    made = table(title.to(lang), *heads, right=(0, 3))
    for gap in gaps:
        row = gap.row
        state = f"{_MARKS[row.state]} {STATES[row.state].to(lang)}"
        grade = f"[bold]→ {escape(gap.grade or '—')}[/]" if gap.crosses else "—"
        made.add_row(
            str(row.criterion.row), escape(row.criterion.gloss.to(lang)), state, f"+{shown(gap.points)}", grade
        )
    return made


def comparison_tables(comparison: Comparison, lang: Lang) -> Iterator[RenderableType]:
    """Yield the cases beside each other, and for each case what changed and what it brought."""
    heads = words(lang, "名称|name", "确定|secured", "可能|possible", "变化|change", "等级|grade", "可授予|awarded")
    made = table(Text("对照", "Comparison").to(lang), *heads, right=(1, 2, 3))
    baseline = comparison.cases[0].result.score.secured
    for case in comparison.cases:
        score, grade = case.result.score, case.result.grade
        points = (shown(score.secured), shown(score.possible), _signed(score.secured - baseline))
        by_score = case.result.standard.named(grade.secured).to(lang) if case.result.standard.grades else "—"
        made.add_row(escape(case.name), *points, escape(by_score), escape(grade.awarded or "—"))
    yield made
    for case in comparison.cases[1:]:
        heads = words(lang, "行|row", "评价内容|criterion", "原得分|from", "现得分|to", "带来|brought")
        changes = table(escape(case.name), *heads, right=(0, 2, 3, 4))
        for change in case.changed:
            spans = (_points(change.before, change.possible_before), _points(change.after, change.possible_after))
            changes.add_row(str(change.row), escape(change.gloss.to(lang)), *spans, _signed(change.brought))
        if case.rest:
            is_sum = all(c.result.standard.is_plain for c in comparison.cases)
            combined = Text("权重、封顶与合并", "weights, caps and combining")
            told = Text("总分取整", "rounding of the total") if is_sum else combined
            changes.add_row("", told.to(lang), "", "", _signed(case.rest))
        for condition, before, after in case.conditions:
            label = case.result.conditions[condition].condition.label.to(lang)
            changes.add_row("", escape(label), STATES[before].to(lang), STATES[after].to(lang), "")
        changes.add_section()
        changes.add_row(
            "", Text("合计", "in all").to(lang), "", "", _signed(case.result.score.secured - baseline), style="bold"
        )
        yield changes


def _points(secured: Exact, possible: Exact) -> str:
    return shown(secured) if secured == possible else f"{shown(secured)}–{shown(possible)}"


def _signed(points: Exact) -> str:
    return f"+{shown(points)}" if points > 0 else shown(points)


def fact_census(result: Result, lang: Lang) -> Iterator[RenderableType]:
    """Yield each fact, its value, where it is used, which may be the same; and what contradicts any of them."""
    heads = words(lang, "事实|fact", "名称|label", "值|value", "用于|used in", "可能相同|perhaps the same")
    made = table(Text("事实", "Facts").to(lang), *heads)
    heads = words(lang, "事实|fact", "条款|clause", "说明|message")
    against = table(Text("矛盾", "Contradictions").to(lang), *heads)
    for entry in census(result):
        value = escape(tell_value(entry.value, entry.fact.unit).to(lang))
        mark = f"{_MARKS['unmet']} " if entry.contradictions else ""
        places = "\n".join(_place(result.standard, path).to(lang) for path in entry.used) or "—"
        label = escape(entry.fact.label.to(lang))
        made.add_row(entry.fact.id, label, mark + value, escape(places), "\n".join(entry.same_as))
        for finding in entry.contradictions:
            against.add_row(entry.fact.id, finding.clause, escape(finding.message.to(lang)))
    yield made
    if against.row_count:
        yield against


def _place(standard: Standard, path: str) -> Text:
    """Name a place that uses a fact: a condition by its clause, a row by its number, the form."""
    kind, name = path.split(".")[:2]
    if kind in ("requires", "bands", "tables"):
        return Text("等级要求", "asked of a grade")
    if kind == "indicators":
        return standard.indicators[name].name
    if kind == "criteria":
        number = standard.criteria[name].row
        return Text(f"第 {number} 行", f"row {number}")
    if kind == "form":
        return Text("申报表", "application form")
    if kind == "facts":
        return standard.facts[name].label
    entry = standard.conditions[name] if kind == "conditions" else standard.vetoes[name]
    return Text(f"{entry.clause} {entry.label.zh}", f"{entry.clause} {entry.label.en}")


def evidence_tables(register: Register, lang: Lang) -> Iterator[RenderableType]:
    """Yield the three numbers, what is missing, expired or changed, and what lies loose."""
    for label, value in figures(register):
        yield f"{label.to(lang)}：[bold]{value.to(lang)}[/]" if lang == "zh" else f"{label.en}: [bold]{value.en}[/]"
    heads = words(lang, "条款|clause", "行|row", "编号|id", "事项|item", "状态|status", "建议|suggested")
    made = table(Text("待补或有问题的佐证", "Evidence missing, expired or changed").to(lang), *heads, right=(1,))
    for item, proof in wanting(register):
        file = f"{escape(proof.evidence.file)}\n" if proof else ""
        suggested = escape(suggestions(register.result.standard, item).to(lang))
        told = (escape(item.label.to(lang)), file + state(item, proof).to(lang), suggested)
        made.add_row(item.clause, str(item.row or ""), item.id, *told)
    yield made if made.row_count else Text("所有自称项均有佐证。", "All that is claimed has evidence.").to(lang)
    if register.loose:
        loose = table(
            Text("未能归入的文件", "Files that prove nothing").to(lang), *words(lang, "文件|file", "原因|why")
        )
        for entry in register.loose:
            loose.add_row(escape(entry.path), escape(entry.reason.to(lang)))
        yield loose
    yield f"[dim]{escape(NOT_NORMATIVE.to(lang))}[/]"
