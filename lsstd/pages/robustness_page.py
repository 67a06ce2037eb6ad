"""How certain and how robust a grade is, as sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lsstd.exact import shown
from lsstd.pages.blocks import Paragraph, Section, bar, grid, section
from lsstd.standard.standard import Standard
from lsstd.standard.wording import required_text, value_text
from lsstd.words import Lang, Text

if TYPE_CHECKING:
    from lsstd.robustness.certificate import Certificate
    from lsstd.robustness.population_readings import PopulationReadings
    from lsstd.robustness.readings import Envelope
    from lsstd.robustness.sensitivity import Sensitivity
    from lsstd.robustness.uncertainty import Uncertainty

_NO_GRADE = Text("无等级", "no grade")
_SCORE = "score"  # the target of a sensitivity that is no grade


def grade_name(grade: str | None, lang: Lang) -> str:
    """Return a grade as shown; none has a name, too."""
    return _NO_GRADE.to(lang) if grade is None else grade


def gloss(standard: Standard, criterion: str, lang: Lang) -> str:
    """Return a row's number and short name."""
    row = standard.criteria[criterion]
    return f"{row.row} {row.gloss.to(lang)}"


def target_name(found: Sensitivity, lang: Lang) -> str:
    """Return what is measured: the expected score, or the chance of a grade."""
    if found.target == _SCORE:
        return Text("预期总分", "expected score").to(lang)
    return Text(f"达到 {found.target} 的概率", f"chance of {found.target} or better").to(lang)


def uncertainty_sections(found: Uncertainty, lang: Lang) -> Iterator[Section]:
    """Yield the grades with their chances, the spread of the score, and the assumptions."""
    from lsstd.robustness.uncertainty import QUANTILES

    rows = [(grade_name(grade, lang), f"{p:.2%}", f"{found.awarded[grade]:.2%}") for grade, p in found.grades.items()]
    heads = ["等级|grade", "按得分|by score", "可授予|awarded"]
    quantiles = "  ".join(f"{p:.0%}: {shown(found.quantile(p))}" for p in QUANTILES)
    mean, sd = f"{found.mean:.2f}", f"{found.sd:.2f}"
    spread = [
        Text(
            f"总分：均值 {mean}，标准差 {sd}；分位数 {quantiles}", f"Score: mean {mean}, sd {sd}; quantiles {quantiles}"
        )
    ]
    if found.draws:
        error = f"{found.standard_error:.4f}"
        spread.append(Text(f"抽样所得，概率的标准误不超过 {error}", f"Sampled; standard error at most {error}"))
    yield Section(
        "",
        f"{found.assessment.subject.name or '—'} · {Text('等级的概率', 'chance of each grade').to(lang)}",
        (
            grid(lang, heads, rows, right=(1, 2)),
            *(Paragraph(text.to(lang)) for text in spread),
            *(Paragraph(f"· {text.to(lang)}", "status") for text in found.assumptions),
        ),
    )


def sensitivity_sections(found: Sensitivity, lang: Lang, most: int = 15) -> Iterator[Section]:
    """Yield the rows that the target depends on most."""
    is_score = found.target == _SCORE
    value = f"{found.value:.2f}" if is_score else f"{found.value:.2%}"
    heads = (
        "评价内容|criterion",
        "名义|nominal",
        "方差|variance",
        "一阶|first",
        "总|total",
        "增益|gain",
        "Shapley|Shapley",
    )
    order = found.table.sort_values(["gain", "shapley", "nominal_share"], ascending=False, kind="stable")
    rows = []
    for line in order[(order["variance_share"] > 0) | (order["shapley"] > 0)].head(most).to_dict("records"):
        cells = [line[key] for key in ("nominal_share", "variance_share", "first_order", "total", "shapley")]
        *indices, shapley = ("—" if cell != cell else f"{cell:.2%}" for cell in cells)
        gain = f"{line['gain']:+.2f}" if is_score else f"{line['gain']:+.2%}"
        rows.append((gloss(found.standard, line["criterion"], lang), *indices, gain, shapley))
    legend = Text(
        "名义：占分值；方差：占总分方差；一阶、总：目标的 Sobol 指数；增益：该行由最低到最高；Shapley：占所差之份额",
        "nominal: share of the points; variance: share of the score's variance; first, total: Sobol indices of the "
        "target; gain: the row from its lowest to its highest; Shapley: share of what the grade still needs",
    )
    yield Section(
        "",
        f"{found.assessment.subject.name or '—'} · {target_name(found, lang)} {value}",
        (grid(lang, heads, rows, right=range(1, 7)), Paragraph(legend.to(lang), "status")),
    )


def certificate_sections(certificate: Certificate, lang: Lang) -> Iterator[Section]:
    """Yield what the grade withstands, the fewest rows, the guarantee, conditions with their margins."""
    result = certificate.result
    name, score = result.assessment.subject.name or "—", shown(result.score.secured)
    grade = grade_name(result.grade.secured, lang)
    title = Text(f"{name}：{score} 分，{grade}", f"{name}: {score} points, {grade}")
    yield section(title, lang, *certificate_lines(certificate))
    losses = {loss.row.criterion.id: loss for loss in certificate.losses}
    for heading, names in (
        (Text("失去即改变等级的最少几行", "The fewest rows whose loss changes the grade"), certificate.rows.names),
        (Text("足以保住等级的最少几行", "The fewest rows that guarantee the grade"), certificate.kept.names),
    ):
        lost = [losses[name] for name in names or ()]
        rows = [(each.row.criterion.row, each.row.criterion.gloss, each.points) for each in lost]
        if rows:
            heads = ["行|row", "评价内容|criterion", "分|points"]
            yield section(heading, lang, grid(lang, heads, rows, right=(0, 2)))
    margins = [
        (
            clause,
            result.standard.facts[test.fact].label,
            value_text(test.found, test.unit),
            required_text(test.operator, test.required, test.unit),
            None if margin is None else value_text(margin, test.unit),
        )
        for _, clause, test, margin in certificate.margins
    ]
    if margins:
        heads = ["条款|clause", "条件|condition", "现状|found", "要求|required", "余量|margin"]
        title = Text("任一不再满足，即不能授予等级", "If any of these ceases to hold, no grade is awarded")
        yield section(title, lang, grid(lang, heads, margins))


def certificate_lines(certificate: Certificate) -> Iterator[Text]:
    """Yield what the grade withstands, a sentence each."""
    points, shift = certificate.points, certificate.shift
    grade = certificate.result.grade.secured
    if grade is None:
        yield Text("尚无等级：没有可失去的，也没有可保住的", "There is no grade to lose or to guarantee")
    elif points is None:
        yield Text(f"失去任何分数，仍为 {grade}", f"Whatever points are lost, the grade stays {grade}")
    else:
        nodes, number = certificate.result.indicators, shown(points.points)
        of = nodes[points.of].indicator.name if points.of in nodes else Text("总分", "the total")
        above, more = ("以上", "more than ") if points.beyond else ("", "")
        yield Text(f"{of.zh}失去 {number} 分{above}，等级即变", f"The grade changes if {of.en} loses {more}{number}")
    for found, zh, en in (
        (certificate.rows, "失去几行会改变等级", "which rows change the grade"),
        (certificate.kept, "哪几行足以保住等级", "which rows guarantee it"),
    ):
        if found.stopped_at:
            most = found.stopped_at - 1
            yield Text(
                f"{zh}：试过 {found.tried} 种组合后停止，{most} 行以内没有",
                f"Not found {en}: stopped after {found.tried} sets; no {most} rows or fewer do",
            )
    if shift:
        way, direction = ("上移", "up") if shift.way == "up" else ("下移", "down")
        above, more = ("以上", "more than ") if shift.beyond else ("", "")
        number = shown(shift.points)
        yield Text(
            f"{shift.of} 的分数线{way} {number} 分{above}，等级即变",
            f"The grade changes if the line of {shift.of} moves {direction} by {more}{number}",
        )


def envelope_line(envelope: Envelope) -> Text:
    """Return in a sentence how many combinations agree, and which reading matters most."""
    here, total = envelope.outcome.secured, envelope.combinations
    zh = f"{total} 种解读组合中，{envelope.agreeing} 种为 {grade_name(here, 'zh')}"
    en = f"{grade_name(here, 'en')} under {envelope.agreeing} of {total} combinations of readings"
    if envelope.agreeing == total:
        return Text(f"{zh}：与解读无关。", f"{en}: no reading matters.")
    first = envelope.effects[0]
    share = f"{100 * first.changes / first.contexts:.0f} %"
    question = envelope.standard.readings[first.key].question  # type: ignore[index]
    return Text(
        f"{zh}；最关键的是 {first.key}（{question.zh}），在其余解读的 {share} 的组合下由它决定等级。",
        f"{en}; {first.key} matters most ({question.en}): it decides under {share} of the combinations of the others.",
    )


def envelope_sections(envelope: Envelope, lang: Lang) -> Iterator[Section]:
    """Yield the sentence, the grades with their counts, and each reading with its options."""
    yield Section("", envelope.subject or "—", (Paragraph(envelope_line(envelope).to(lang)),))
    heads = ["等级|grade", "组合数|combinations", "可授予|awarded", "|"]
    rows = [
        (grade_name(grade, lang), n, envelope.awarded[grade], bar(n, n, envelope.combinations))
        for grade, n in envelope.grades.items()
    ]
    title = Text("各等级的解读组合数", "Combinations of readings by grade")
    yield section(title, lang, grid(lang, heads, rows, right=(1, 2)))
    heads = ["条款|clause", "解读|reading", "选项|option", "等级|grade", "可授予|awarded", "左右|decides"]
    listed: list[tuple[str, ...]] = []
    with_effect = [effect for effect in envelope.effects if effect.changes or len(set(effect.options.values())) > 1]
    for effect in with_effect:
        clause = envelope.standard.readings[effect.key].clause  # type: ignore[index]
        first, share = (clause, effect.key), f"{100 * effect.changes / effect.contexts:.0f} %"
        for option, outcome in effect.options.items():
            chosen = f"{option} *" if option == effect.chosen else option
            listed.append((*first, chosen, *(grade_name(grade, lang) for grade in outcome), share))
            first, share = ("", ""), ""
    legend = Text(
        "*：所用选项；左右：其余解读的组合中，有多少由它决定等级",
        "*: the option in use; decides: in how many of the combinations of the others",
    )
    without = ", ".join(effect.key for effect in envelope.effects if effect not in with_effect)
    notes = [legend] if listed else []
    notes += [Text(f"对此份评价没有影响：{without}", f"without effect here: {without}")] if without else []
    title = Text("每种解读单独改变时", "Each reading changed alone")
    options = grid(lang, heads, listed, right=(5,)) if listed else None
    yield section(title, lang, options, *(Paragraph(text.to(lang), "status") for text in notes))


def movers_sections(found: PopulationReadings, lang: Lang) -> Iterator[Section]:
    """Yield how many subjects keep their grade whatever the reading, and how many each option moves."""
    stable, count = found.to_dict()["stable"], len(found.population)
    sentence = Text(
        f"{count} 个对象中，{stable} 个在全部 {found.combinations} 种解读组合下等级不变。",
        f"{stable} of {count} subjects keep their grade under all {found.combinations} combinations of readings.",
    )
    notes = (Paragraph(text.to(lang), "status") for text in found.population.notes)
    heads = ["解读|reading", "选项|option", "等级改变|moved", "升|up", "降|down"]
    rows = [(each.key, each.option, each.count, each.up, each.down) for each in found.moved]
    title = Text("各解读单独改变时", "Each reading changed alone")
    yield section(title, lang, sentence, *notes, grid(lang, heads, rows, right=(2, 3, 4)))
