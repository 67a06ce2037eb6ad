"""How certain and how robust a grade is, as sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lsstd.assessment.assessment import Assessment
from lsstd.engine.evaluate import evaluate, reachable_without_recommended
from lsstd.engine.verdict import self_assessment, shown_grades
from lsstd.exact import shown
from lsstd.pages.blocks import Paragraph, Section, grid, paragraphs, section
from lsstd.standard.readings import ReadingKey
from lsstd.standard.standard import Standard
from lsstd.standard.wording import listed_text
from lsstd.words import Lang, Text, join, msg, msg_in, paired, quoted, same

if TYPE_CHECKING:
    from lsstd.robustness.certificate import Breakpoint, Certificate
    from lsstd.robustness.population_sensitivity import PopulationSensitivity
    from lsstd.robustness.reading_effects import Envelope, PopulationReadings
    from lsstd.robustness.sensitivity import Sensitivity
    from lsstd.robustness.uncertainty import Uncertainty

_WAYS = {"up": msg_in("line", "up"), "down": msg_in("line", "down")}
READING_NAMES: dict[ReadingKey, Text] = {
    "compound_rows": msg("rows with several demands"),
    "between_bands": msg("scores between two bands"),
    "unscored_row": msg("the row without points"),
    "bonus": msg("bonus"),
    "recommended_rows": msg("recommended rows"),
    "rounding": msg("rounding"),
    "missed_threshold": msg("missed thresholds"),
    "same_quantity": msg("facts that may be one quantity"),
}
"""What each reading is about, in a few words: for labels, where the question does not fit."""

_SCORE = "score"  # the target of a sensitivity that is no grade


def _named_for_both(standard: Standard, grade: str | None) -> Text:
    """Return a grade as the head of a row that covers both the grade by score and the award."""
    if grade is None and standard.below and (standard.conditions or standard.vetoes):
        return msg("{below}, or no grade awarded", below=standard.below)
    return standard.named(grade)


def target_name(found: Sensitivity, lang: Lang) -> str:
    """Return what is measured: the expected score, or the chance of a grade."""
    if found.target == _SCORE:
        return msg("expected score").to(lang)
    return msg("chance of {target} or better", target=found.target).to(lang)


def between_name(found: PopulationSensitivity) -> Text:
    """Return what differs between subjects: the score, or whether a grade is reached."""
    return msg("total score") if found.target == _SCORE else msg("{target} or better", target=found.target)


def uncertainty_sections(found: Uncertainty, lang: Lang) -> Iterator[Section]:
    """Yield the grades with their chances, the spread of the score, and the assumptions."""
    from lsstd.robustness.uncertainty import QUANTILES

    chances = [(grade, f"{p:.2%}", f"{found.awarded[grade]:.2%}") for grade, p in found.grades.items()]
    rows = [(_named_for_both(found.standard, grade), *both) for grade, *both in chances]
    heads = [msg("grade"), msg("by score"), msg("self-assessed")]
    quantiles = join(paired(f"{p:.0%}", found.standard.points(found.quantile(p))[0]) for p in QUANTILES)
    mean, sd = f"{found.mean:.2f}", f"{found.sd:.2f}"
    spread = msg("Score: mean {mean}, sd {sd}; quantiles {quantiles}", mean=mean, sd=sd, quantiles=quantiles)
    sampled = (
        msg("Sampled; standard error at most {error}", error=f"{found.standard_error:.4f}") if found.draws else None
    )
    notes = (Paragraph(f"· {text.to(lang)}", "status") for text in found.assumptions)
    name, listed = found.assessment.subject.name or "—", grid(lang, heads, rows, right=(1, 2))
    if found.standard.grades:
        yield section(msg("{name} · chance of each grade", name=name), lang, listed, spread, sampled, *notes)
    else:
        yield section(msg("{name} · chances of the score", name=name), lang, spread, sampled, *notes)


def sensitivity_sections(found: Sensitivity, lang: Lang, most: int = 15) -> Iterator[Section]:
    """Yield the rows that the target depends on most."""
    is_score = found.target == _SCORE
    value = f"{found.value:.2f}" if is_score else f"{found.value:.2%}"
    heads = [msg("criterion") if found.by == "criteria" else msg("indicator"), msg("nominal"), msg("variance")]
    heads += [msg("first"), msg("total"), msg_in("index", "gain"), same("Shapley")]
    columns = ["gain", "shapley", "nominal_share"]
    order = found.table.sort_values(columns, ascending=False, kind="stable", key=lambda values: values.round(12))
    rows = []
    deciding = (order["variance_share"] > 0) | (order["shapley"] > 0) | (order["gain"] != 0)
    for line in order[deciding].head(most).to_dict("records"):
        cells = [line[key] for key in ("nominal_share", "variance_share", "first_order", "total", "shapley")]
        *indices, shapley = ("—" if cell != cell else f"{cell:.2%}" for cell in cells)
        gain = f"{line['gain']:+.2f}" if is_score else f"{line['gain']:+.2%}"
        rows.append((listed_text(found.standard, next(iter(line.values()))), *indices, gain, shapley))
    legend = msg(
        "nominal: share of the points; variance: share of the score's variance; first, total: Sobol indices of the "
        "target; gain: the target with the row at its highest, less that at its lowest; Shapley: share of the way to "
        "the grade in the game in which a set of rows wins if the secured score and all that they lack reach it"
    )
    notes = [legend, *found.assumptions]
    if not (is_score and found.standard.is_plain):
        pairs = found.pairs()
        decisive = pairs[pairs["second_order"].abs() >= 0.005].head(3).itertuples(index=False)
        named = [(" × ".join(listed_text(found.standard, one).to(lang) for one in two), i) for *two, i in decisive]
        names = join(paired(two, f"{i:.1%}") for two, i in named)
        notes[1:1] = [msg("together beyond each alone (second-order indices): {names}", names=names)] if named else []
    title = f"{found.assessment.subject.name or '—'} · {target_name(found, lang)} {value}"
    yield section(same(title), lang, grid(lang, heads, rows, right=range(1, 7)), *paragraphs(lang, notes))


def certificate_sections(certificate: Certificate, lang: Lang) -> Iterator[Section]:
    """Yield what the grade withstands, the fewest rows, the guarantee."""
    result = certificate.result
    name, (score, *_) = result.assessment.subject.name or "—", result.standard.points(*result.score)
    grade = shown_grades(result)["secured"].to(lang)
    title = msg("{name}: {score} points, {grade}", name=name, score=score, grade=grade)
    yield section(title, lang, *certificate_lines(certificate))
    losses = {loss.row.criterion.id: loss for loss in certificate.losses}
    for heading, names in (
        (msg("The fewest rows whose loss changes the grade"), certificate.rows.names),
        (msg("The fewest rows that guarantee the grade"), certificate.kept.names),
    ):
        lost = [losses[name] for name in names or ()]
        rows = [(each.row.criterion.row, each.row.criterion.gloss, each.points) for each in lost]
        if rows:
            heads = [msg("row"), msg("criterion"), msg("points")]
            yield section(heading, lang, grid(lang, heads, rows, right=(0, 2)))


def certificate_lines(certificate: Certificate) -> Iterator[Text]:
    """Yield what the grade withstands, a sentence each."""
    points, shift, result = certificate.points, certificate.shift, certificate.result
    grade = result.grade.secured
    if grade is None or result.disqualified:
        yield msg("There is no grade to lose or to guarantee")
    elif points is None:
        yield msg("Whatever points are lost, the grade stays {grade}", grade=grade)
    elif points.demand:
        met, names = points.demand.met, [result.criteria[row].criterion.gloss for row in points.demand.criteria]
        if len(names) == 1:
            yield msg("The grade changes as soon as {row} is no longer met: the grade demands it", row=names[0])
        else:
            rows = join(names)
            yield msg(
                "The grade changes as soon as fewer than {met} of {rows} are met: the grade demands them",
                met=met,
                rows=rows,
            )
    else:
        of = result.indicators[points.of].indicator.name if points.of else msg("the total")
        yield msg("The grade changes if {of} loses {amount}", of=of, amount=_amount(points))
    for found, sought in (
        (certificate.rows, msg("which rows change the grade if lost")),
        (certificate.kept, msg("which rows guarantee the grade")),
    ):
        if (most := found.more_than) is not None:
            yield msg(
                "It is not known {which}: the search was stopped; {most} rows or fewer are not enough",
                which=sought,
                most=most,
            )
    if shift:
        way, amount = _WAYS[shift.way], _amount(shift)
        yield msg("The grade changes if the line of {of} moves {way} by {amount}", of=shift.of, way=way, amount=amount)


def _amount(found: Breakpoint) -> Text:
    number = shown(found.points)
    return msg("more than {number}", number=number) if found.beyond else msg_in("points", "{number}", number=number)


def envelope_line(envelope: Envelope) -> Text:
    """Return in a sentence how many combinations agree, and which reading matters most."""
    total, grade = envelope.combinations, envelope.standard.named(envelope.outcome.secured)
    agreement = msg(
        "{grade} under {agreeing} of {total} combinations of readings",
        grade=grade,
        agreeing=envelope.agreeing,
        total=total,
    )
    if envelope.agreeing == total:
        return msg("{agreement}: no reading matters.", agreement=agreement)
    first = envelope.effects[0]
    return msg(
        "{agreement}; the open question that matters most is {question} ({key}): it decides the grade in {changes} of "
        "the {contexts} combinations of the other readings.",
        agreement=agreement,
        question=quoted(envelope.standard.readings[first.key].question),
        key=first.key,
        changes=first.changes,
        contexts=first.contexts,
    )


_COUNTED = msg(
    "Combinations are counted, each once. Readings are not equally likely, so how many agree is no probability."
)


def _without_recommended(standard: Standard, options: Iterable[str]) -> Iterator[Text]:
    """Yield which points remain within reach where a reading leaves the recommended rows out."""
    if "left_out" in options and standard.bands:
        nothing = Assessment(standard=standard.standard)
        bare = evaluate(standard, nothing, {"recommended_rows": "left_out"})
        if bare.score.maximum != standard.maximum:
            yield reachable_without_recommended(standard, bare.score.maximum)


def envelope_sections(envelope: Envelope, lang: Lang) -> Iterator[Section]:
    """Yield the sentence, the grades with their counts, and each reading with its options."""
    yield Section("", envelope.subject or "—", (Paragraph(envelope_line(envelope).to(lang)),))
    heads = [msg("grade"), msg("combinations"), msg("self-assessed")]
    counts = [(grade, n, envelope.awarded[grade]) for grade, n in envelope.grades.items()]
    rows = [(_named_for_both(envelope.standard, grade), *both) for grade, *both in counts]
    title = msg("Combinations of readings by grade")
    yield section(title, lang, grid(lang, heads, rows, right=(1, 2)), *paragraphs(lang, [_COUNTED]))
    heads = [msg("clause"), msg("reading"), msg("option"), msg("grade")]
    heads += [msg("self-assessed"), msg("decides")]
    listed: list[tuple[object, ...]] = []
    with_effect = [effect for effect in envelope.effects if effect.changes or len(set(effect.options.values())) > 1]
    for effect in with_effect:
        clause = envelope.standard.readings[effect.key].clause
        first, share = (clause, str(effect.key)), f"{effect.changes}/{effect.contexts}"
        for option, outcome in effect.options.items():
            chosen = f"{option} *" if option == effect.chosen else option
            awarded = envelope.standard.named(outcome.awarded) if outcome.awarded else msg_in("label", "no grade")
            listed.append((*first, chosen, envelope.standard.named(outcome.secured), awarded, share))
            first, share = ("", ""), ""
    legend = msg("*: the option in use; decides: in how many combinations of the other readings it decides the grade")
    without = ", ".join(effect.key for effect in envelope.effects if effect not in with_effect)
    notes = [legend] if listed else []
    notes += [msg("without effect here: {without}", without=without)] if without else []
    tried = [option for effect in envelope.effects if effect.key == "recommended_rows" for option in effect.options]
    notes += _without_recommended(envelope.standard, (*tried, *envelope.held.values()))
    title = msg("Each reading changed alone")
    options = grid(lang, heads, listed, right=(5,)) if listed else None
    yield section(title, lang, options, *paragraphs(lang, notes))


def movers_sections(found: PopulationReadings, lang: Lang) -> Iterator[Section]:
    """Yield how many subjects keep their grade whatever the reading, and how many each option moves."""
    stable, count = found.stable, found.census.count
    sentence = msg(
        "{stable} of {count} subjects keep their grade under all {combinations} combinations of readings.",
        stable=stable,
        count=count,
        combinations=found.combinations,
    )
    notes = [*found.census.notes, self_assessment(found.standard)]
    notes += _without_recommended(found.standard, [*found.table["option"]])
    heads = [msg("reading"), msg("option"), msg("moved"), msg("up"), msg("down")]
    rows = [*found.table.itertuples(index=False)]
    title = msg_in("heading", "Each reading changed alone")
    yield section(title, lang, sentence, *paragraphs(lang, notes), grid(lang, heads, rows, right=(2, 3, 4)))
