"""Certificates and readings as tables and charts. Charts take an optional `ax`, return it, and never show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from lsstd.exact import plain, shown
from lsstd.pages.charts import FULL, SECURED, grade_colours
from lsstd.pages.drawing import style, warn_missing
from lsstd.robustness.certificate import TOTAL, Certificate
from lsstd.robustness.readings import Envelope
from lsstd.standard.wording import tell_required, tell_value
from lsstd.words import Lang, Text, words

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from lsstd.robustness.population_readings import PopulationReadings

_NONE = Text("无等级", "no grade")
_LOST = "#D55E00"


def _named(grade: str | None, lang: Lang) -> str:
    return grade if grade is not None else _NONE.to(lang)


# ── certificates ─────────────────────────────────────────────────────────────────────────────────────────────────


def certificate_frame(certificate: Certificate) -> pd.DataFrame:
    """Return one line a row that can lose anything: secured, lowest, loss, the grade if it alone is lost."""
    fewest, kept = certificate.rows.names or (), certificate.kept.names or ()
    return pd.DataFrame(
        [
            {
                "row": loss.row.criterion.row,
                "criterion": loss.row.criterion.id,
                "gloss_zh": loss.row.criterion.gloss.zh,
                "gloss_en": loss.row.criterion.gloss.en,
                "secured": plain(loss.row.secured),
                "lowest": plain(loss.lowest),
                "loss": plain(loss.points),
                "grade_alone": loss.alone,
                "fewest": loss.row.criterion.id in fewest,
                "guarantee": loss.row.criterion.id in kept,
            }
            for loss in certificate.losses
        ]
    )


def cushions(certificate: Certificate, ax: Axes | None = None, lang: Lang = "zh", most: int = 10) -> Axes:
    """Draw rows lost one after another, each from where the one above it ends, until the grade can bear no more.

    Parameters
    ----------
    certificate : Certificate
    ax : Axes, optional
    lang : {"zh", "en"}
    most : int
        So many rows: first the fewest whose loss changes the grade, then the largest others.
    """
    fewest = certificate.rows.names or ()
    sized = {loss.row.criterion.id: loss.row.criterion.weight * loss.points for loss in certificate.losses}
    by_size = sorted(certificate.losses, key=lambda each: -sized[each.row.criterion.id])
    losses = sorted(by_size, key=lambda each: each.row.criterion.id not in fewest)[: max(most, len(fewest))]
    sizes = [float(sized[each.row.criterion.id]) for each in losses]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    places = list(range(len(losses)))[::-1]
    with style():
        ax = ax or plt.subplots(figsize=(7, 0.3 * len(losses) + 1.6), layout="constrained")[1]
        colours = [_LOST if each.row.criterion.id in fewest else SECURED for each in losses]
        ax.barh(places, sizes, left=starts, color=colours, height=0.62)
        labels = [f"{each.row.criterion.row}  {each.row.criterion.gloss.to(lang)[:40]}" for each in losses]
        ax.set_yticks(places, labels)
        if certificate.points and certificate.points.of == TOTAL:
            line, number = float(certificate.points.points), shown(certificate.points.points)
            ax.axvline(line, color="#7F7F7F", linewidth=0.8, linestyle="--")
            told = Text(f"等级可承受 {number}", f"the grade bears {number}").to(lang)
            ax.annotate(told, (line, 1.0), (2, 2), ("data", "axes fraction"), "offset points", fontsize=8)
        ax.set_xlabel(Text("逐行失去后累计的失分", "points lost, row after row").to(lang))
        ax.spines[["top", "right"]].set_visible(False)
    warn_missing(label.get_text() for label in (*ax.get_yticklabels(), ax.xaxis.label, *ax.texts))
    return ax


def certificate_sheet(certificate: Certificate, lang: Lang) -> Iterator[RenderableType]:
    """Yield the certificate: what the grade can bear, the fewest rows, the guarantee, conditions with margins."""
    from lsstd.pages.terminal import escape, table

    result = certificate.result
    name = result.assessment.subject.name or "—"
    score = shown(result.score.secured)
    title = Text(f"{name}：{score} 分，{_named(result.grade.secured, 'zh')}", f"{name}: {score} points, ")
    told = title.to(lang) + ("" if lang == "zh" else _named(result.grade.secured, "en"))
    yield f"[bold]{escape(told)}[/]\n"
    for line in certificate_lines(certificate):
        yield f"  {escape(line.to(lang))}"
    losses = {loss.row.criterion.id: loss for loss in certificate.losses}
    for heading, names in (
        (Text("失去即改变等级的最少几行", "The fewest rows whose loss changes the grade"), certificate.rows.names),
        (Text("足以保住等级的最少几行", "The fewest rows that already guarantee the grade"), certificate.kept.names),
    ):
        made = table(heading.to(lang), *words(lang, "行|row", "评价内容|criterion", "分|points"), right=(0, 2))
        for loss in (losses[name] for name in names or ()):
            row = loss.row
            made.add_row(str(row.criterion.row), escape(row.criterion.gloss.to(lang)), shown(loss.points))
        if names:
            yield made
    yield from _margins(certificate, lang)


def _margins(certificate: Certificate, lang: Lang) -> Iterator[Table]:
    """Yield the conditions that hold, each with what its fact may lose or gain."""
    from lsstd.pages.terminal import escape, table

    heads = words(lang, "条款|clause", "条件|condition", "现状|found", "要求|required", "余量|margin")
    made = table(
        Text("任一不再满足，即不能授予等级", "If any one ceases to hold, no grade is awarded").to(lang), *heads
    )
    for _, clause, test, margin in certificate.margins:
        told = tell_value(test.found, test.unit), tell_required(test.operator, test.required, test.unit)
        label = certificate.result.standard.facts[test.fact].label
        left = "—" if margin is None else tell_value(margin, test.unit).to(lang)
        made.add_row(clause, *(escape(text.to(lang)) for text in (label, *told)), left)
    if made.row_count:
        yield made


def certificate_lines(certificate: Certificate) -> Iterator[Text]:
    """Yield what the grade can bear, a sentence each."""
    points, shift = certificate.points, certificate.shift
    grade = certificate.result.grade.secured
    if grade is None:
        yield Text("尚无等级：没有可失去的，也没有可保住的", "There is no grade: nothing to lose, nothing to guarantee")
    elif points is None:
        yield Text(f"失去任何分数，仍为 {grade}", f"Whatever is lost, the grade stays {grade}")
    else:
        nodes = certificate.result.indicators
        same = Text("总分", "the total")
        of = nodes[points.of].indicator.name if points.of in nodes else same
        more = Text("以上", "more than ") if points.beyond else Text("", "")
        number = shown(points.points)
        yield Text(
            f"{of.zh}失去 {number} 分{more.zh}，等级即变", f"The grade changes if {of.en} loses {more.en}{number}"
        )
    for found, zh, en in (
        (certificate.rows, "失去几行会改变等级", "which rows change the grade"),
        (certificate.kept, "哪几行足以保住等级", "which rows guarantee it"),
    ):
        if found.stopped_at:
            number = str(found.stopped_at - 1)
            tried = f"{found.tried}"
            yield Text(
                f"{zh}：试过 {tried} 种组合后停止，{number} 行以内没有",
                f"Not found {en}: stopped after {tried} sets; {number} rows or fewer do not",
            )
    if shift:
        way = Text("上移", "up") if shift.way == "up" else Text("下移", "down")
        more = Text("以上", "more than ") if shift.beyond else Text("", "")
        number = shown(shift.points)
        yield Text(
            f"{shift.of} 的分数线{way.zh} {number} 分{more.zh}，等级即变",
            f"The grade changes if the line of {shift.of} moves {way.en} by {more.en}{number}",
        )


# ── readings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def envelope_frame(envelope: Envelope) -> pd.DataFrame:
    """Return one line an option: reading, option, outcome alone, how often the reading decides, counts by grade."""
    return pd.DataFrame(
        [
            {
                "key": effect.key,
                "option": option,
                "chosen": option == effect.chosen,
                "grade": outcome.secured,
                "awarded": outcome.awarded,
                "decides": effect.changes / effect.contexts,
                **{f"count_{grade or 'none'}": effect.counts[option][grade] for grade in envelope.grades},
            }
            for effect in envelope.effects
            for option, outcome in effect.options.items()
        ]
    )


def envelope(envelope: Envelope, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw the share of combinations with each grade: of all, and under each option of readings that decide."""
    bars: list[tuple[str, Mapping[str | None, int]]] = [(Text("全部组合", "all").to(lang), envelope.grades)]
    for effect in envelope.effects:
        bars += [(f"{effect.key} = {o}", counts) for o, counts in effect.counts.items() if effect.changes]
    colours = grade_colours(envelope.standard.grades)
    places = list(range(len(bars)))[::-1]
    with style():
        ax = ax or plt.subplots(figsize=(7, 0.36 * len(bars) + 1.3), layout="constrained")[1]
        left = [0.0] * len(bars)
        for grade, count in envelope.grades.items():
            if not count:
                continue
            shares = [100 * counts[grade] / sum(counts.values()) for _, counts in bars]
            ax.barh(places, shares, left=left, color=colours[grade], height=0.66, label=_named(grade, lang))
            left = [start + share for start, share in zip(left, shares, strict=True)]
        ax.set_yticks(places, [label for label, _ in bars])
        ax.set_xlim(0, 100)
        ax.set_xlabel(Text("占解读组合的百分比", "% of the combinations of readings").to(lang))
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(length=0)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, frameon=False)
    warn_missing(label.get_text() for label in (*ax.get_yticklabels(), ax.xaxis.label))
    return ax


def envelope_line(envelope: Envelope) -> Text:
    """Tell in a sentence how many combinations agree, and which reading matters most."""
    here, total = envelope.outcome.secured, envelope.combinations
    zh = f"{total} 种解读组合中，{envelope.agreeing} 种为 {_named(here, 'zh')}"
    en = f"{_named(here, 'en')} under {envelope.agreeing} of {total} combinations of readings"
    if envelope.agreeing == total:
        return Text(f"{zh}：与解读无关。", f"{en}: no reading matters.")
    first = envelope.effects[0]
    share = f"{100 * first.changes / first.contexts:.0f} %"
    question = envelope.standard.readings[first.key].question  # type: ignore[index]
    return Text(
        f"{zh}；最关键的是 {first.key}（{question.zh}），在其余解读的 {share} 的组合下由它决定等级。",
        f"{en}; what matters most is {first.key} ({question.en}): under {share} of the other readings it decides.",
    )


def envelope_sheet(envelope: Envelope, lang: Lang) -> Iterator[RenderableType]:
    """Yield the sentence, the grades with their counts, and each reading with its options."""
    from lsstd.pages.terminal import bar, escape, table

    yield f"[bold]{escape(envelope.subject or '—')}[/]\n{escape(envelope_line(envelope).to(lang))}\n"
    heads = words(lang, "等级|grade", "组合数|combinations", "可授予|awarded", "|")
    made = table(Text("各等级的解读组合数", "Combinations of readings by grade").to(lang), *heads, right=(1, 2))
    for grade, count in envelope.grades.items():
        drawn = bar(count, count, envelope.combinations)
        made.add_row(escape(_named(grade, lang)), str(count), str(envelope.awarded[grade]), drawn)
    yield made
    heads = words(lang, "条款|clause", "解读|reading", "选项|option", "等级|grade", "可授予|awarded", "左右|decides")
    made = table(Text("每种解读单独改变时", "Each reading changed alone").to(lang), *heads, right=(5,))
    telling = [effect for effect in envelope.effects if effect.changes or len(set(effect.options.values())) > 1]
    for effect in telling:
        clause = envelope.standard.readings[effect.key].clause  # type: ignore[index]
        share = f"{100 * effect.changes / effect.contexts:.0f} %"
        for i, (option, outcome) in enumerate(effect.options.items()):
            own = f"[bold]{option}[/]" if option == effect.chosen else option
            head = ("", "") if i else (clause, effect.key)
            grades = (escape(_named(grade, lang)) for grade in outcome)
            made.add_row(*head, own, *grades, "" if i else share)
    if telling:
        yield made
        zh, en = (
            "“左右”：其余解读的组合中，有多少由它决定等级",
            "decides: in how many of the combinations of the others",
        )
        yield f"[dim]{Text(zh, en).to(lang)}[/]"
    idle = ", ".join(effect.key for effect in envelope.effects if effect not in telling)
    if idle:
        yield f"[dim]{Text(f'对此份评价没有影响：{idle}', f'without effect here: {idle}').to(lang)}[/]"


# ── readings of a population ─────────────────────────────────────────────────────────────────────────────────────


def movers(found: PopulationReadings, ax: Axes | None = None, lang: Lang = "zh") -> Axes:
    """Draw how many subjects each option moves: to a higher grade (right), to a lower one (left)."""
    places = list(range(len(found.moved)))[::-1]
    with style():
        ax = ax or plt.subplots(figsize=(7, 0.36 * len(found.moved) + 1.3), layout="constrained")[1]
        ax.barh(places, [m.up for m in found.moved], color=SECURED, height=0.62, label=Text("升", "up").to(lang))
        ax.barh(places, [-m.down for m in found.moved], color=_LOST, height=0.62, label=Text("降", "down").to(lang))
        ax.axvline(0, color=FULL)
        ax.set_yticks(places, [f"{m.key} = {m.option}" for m in found.moved])
        ax.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        if found.population.is_synthetic:
            ax.set_title(Text("合成数据", "synthetic data").to(lang))
        ax.set_xlabel(Text("等级改变的对象数（左降右升）", "subjects whose grade falls (left), rises (right)").to(lang))
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.legend(frameon=False)
    warn_missing(label.get_text() for label in (*ax.get_yticklabels(), ax.xaxis.label, ax.title))
    return ax


def movers_sheet(found: PopulationReadings, lang: Lang) -> Iterator[RenderableType]:
    """Yield how many subjects keep their grade whatever the reading, and whom each option moves."""
    from lsstd.pages.terminal import table

    told = found.to_dict()
    stable, count = told["stable"], len(found.population)
    yield Text(
        f"{count} 个对象中，{stable} 个在全部 {found.combinations} 种解读组合下等级不变。",
        f"{stable} of {count} subjects keep their grade under all {found.combinations} combinations of readings.",
    ).to(lang)
    for note in found.population.notes:
        yield f"[dim]{note.to(lang)}[/]"
    heads = words(lang, "解读|reading", "选项|option", "等级改变|moved", "升|up", "降|down")
    made = table(Text("各解读单独改变时", "Each reading changed alone").to(lang), *heads, right=(2, 3, 4))
    for each in found.moved:
        made.add_row(each.key, each.option, str(each.count), str(each.up), str(each.down))
    yield made
