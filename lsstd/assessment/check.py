"""An assessment read from plain values and checked against its standard, with all problems reported at once."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from lsstd.assessment.assessment import Answer, Assessment, Carried, day_of
from lsstd.errors import Problems
from lsstd.exact import Exact, plain, plain_tree, shown, total
from lsstd.standard.models import parse
from lsstd.standard.readings import CHANGED, RETIRED
from lsstd.standard.scoring_table import Criterion, Fact
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, msg, nearest, paired, shorten

_ALWAYS = msg("met, unmet or unknown; this always applies")


def parse_assessment(
    standard: Standard, value: object, name: str = "assessment", lines: dict[str, int] | None = None
) -> Assessment:
    """Read an assessment from plain values, as a YAML or JSON file holds them, against its standard.

    `name` is how messages call the source, `lines` the line of each place. `InvalidFile` reports all problems at once:
    place, found, expected.
    """
    problems = Problems(lines)
    title = msg("{name} is not a valid assessment", name=name)
    notes: list[Carried] = []
    if isinstance(value, dict) and isinstance(value.get("readings"), dict):
        notes = [*_former_readings(standard, value["readings"], problems)]
        value = {key: section for key, section in value.items() if key != "readings"}
    assessment = parse(Assessment, value, problems)
    checked = assessment
    if assessment is None and isinstance(value, dict):  # check the rest as well, so that all is reported at once
        checked = parse(Assessment, _sound(value, problems), Problems())
    if checked is not None:
        checked = checked.model_copy(update={"carried": (*checked.carried, *notes)})
        _check(standard, checked, problems)
    if checked is None or problems.found:
        raise problems.error(title)
    return _with_level_ids(standard, checked)


def _former_readings(standard: Standard, readings: dict[Any, Any], problems: Problems) -> Iterator[Carried]:
    """Yield what became of readings that no longer decide anything; an assessment never carries those that do."""
    for key, option in readings.items():
        if (message := former_reading(standard, str(key), str(option))) is not None:
            yield message
        else:
            name, choice = shorten(str(key), 40), shorten(f"--reading {key}={option}", 80)
            found = msg("readings are not part of an assessment")
            problems.add(f"readings.{name}", found, msg("{choice}, or readings in a scenario", choice=choice))


def former_reading(standard: Standard, key: str, option: str) -> Carried | None:
    """Return what became of a reading of an earlier version; None where it is as it was."""
    if key in RETIRED:
        return Carried(clause="", message=paired(f"readings.{key}", RETIRED[key]))
    if key not in CHANGED:
        return None
    clause = standard.readings["bonus"].clause if "bonus" in standard.readings else ""
    chosen = msg("“{option}” is not applied here; choose with --reading {key}", option=shorten(option, 40), key=key)
    is_default = option == standard.default_readings[key]
    message = CHANGED[key] if is_default else msg("{changed} {chosen}", changed=CHANGED[key], chosen=chosen)
    return Carried(clause=clause, message=paired(f"readings.{key}", message))


def _with_level_ids(standard: Standard, assessment: Assessment) -> Assessment:
    """Return an assessment in which levels answered by their labels are named by their ids."""
    answers = dict(assessment.answers)
    for key, answer in assessment.answers.items():
        row = standard.criteria.get(key)
        if row and answer.level is not None and (name := row.level_id(answer.level)) != answer.level:
            answers[key] = answer.model_copy(update={"level": name})
    return assessment.model_copy(update={"answers": answers}) if answers != assessment.answers else assessment


def _sound(value: dict[str, Any], problems: Problems) -> dict[str, Any]:
    """Return an assessment without the entries in which a problem was found."""
    bad = {_entry(problem.where) for problem in problems.found}
    sound = {name: value[name] for name in Assessment.model_fields if name in value and name not in bad}
    for name, section in sound.items():
        if isinstance(section, dict):
            sound[name] = {key: entry for key, entry in section.items() if _entry(f"{name}.{key}") not in bad}
    return sound


def _entry(place: str) -> str:
    """Return the fact, answer or the like in which a place lies."""
    return ".".join(place.split(".")[:2])


def check(standard: Standard, assessment: Assessment) -> None:
    """Check facts and answers against the standard; raise `InvalidFile` with all problems at once."""
    problems = Problems()
    _check(standard, assessment, problems)
    problems.raise_if_any(msg("invalid assessment"))


def _check(standard: Standard, assessment: Assessment, problems: Problems) -> None:
    """Note what does not fit the standard (of another standard, only that it is another)."""
    if assessment.standard != standard.standard:
        problems.add("standard", clip(assessment.standard), standard.standard)
        return
    for key, entry in assessment.facts.items():
        if problems.is_long:
            return
        if key not in standard.facts:
            problems.add(f"facts.{key}", msg("unknown fact"), nearest(key, standard.facts))
        elif entry.value is not None and (expected := _fact_fault(standard.facts[key], entry.value)):
            problems.add(f"facts.{key}", clip(plain_tree(entry.value)), expected)
    is_told = any(problem.where == "stage" for problem in problems.found)
    if assessment.expert and assessment.stage in (None, "self") and not is_told:
        problems.add("stage", assessment.stage or msg("missing"), "papers / site / final")
    _check_log(standard, assessment, problems)
    leaves = [topic.id for topic in standard.topic_leaves]
    for key, answer in assessment.answers.items():
        if problems.is_long:
            return
        if key in leaves:
            top = len(standard.scale) - 1
            if answer.state != "unknown" and not (isinstance(answer.level, int) and 0 <= answer.level <= top):
                found = str(answer.level) if answer.form == "level" else answer.form
                problems.add(f"answers.{key}", found, msg("{{level: 0 to {top}}}", top=top))
        elif key not in standard.criteria:
            problems.add(f"answers.{key}", msg("unknown criterion"), nearest(key, [*standard.criteria, *leaves]))
        else:
            _check_answer(standard.criteria[key], answer, f"answers.{key}", problems)


def _check_log(standard: Standard, assessment: Assessment, problems: Problems) -> None:
    """Check that changes are of rows that exist, and that the last of each row ends in what the sheet says."""
    for key, entry in {entry.row: (i, entry) for i, entry in enumerate(assessment.log)}.values():
        answer = assessment.answers.get(entry.row)
        now = getattr(answer, answer.form) if answer and answer.form in ("score", "state", "level") else None
        if entry.row not in standard.criteria:
            problems.add(f"log.{key}.row", clip(entry.row), nearest(entry.row, standard.criteria))
        elif now is not None and now != entry.after:
            found = msg(
                "{after}, but the row says {now}", after=clip(plain_tree(entry.after)), now=clip(plain_tree(now))
            )
            problems.add(f"log.{key}.to", found, msg("what the row says since its last change"))


def _fact_fault(fact: Fact, value: Any) -> Text | None:
    """Return what would be right, if the value does not suit the fact."""
    match fact.kind:
        case "boolean":
            return None if isinstance(value, bool) else msg("true or false")
        case "date":
            try:
                day_of(value)
            except ValueError:
                return msg("a date such as 2024-12-31 or 2024-12")
        case "text":
            return None if isinstance(value, str) else msg("text (in quotes)")
        case "choices":
            ok = isinstance(value, tuple) and all(item in fact.options for item in value)
            return None if ok else msg("a list of {options}", options=", ".join(fact.options))
        case _:
            if isinstance(value, bool) or not isinstance(value, int | Fraction):
                return msg("a number")
            if value < 0 and not fact.signed:
                return msg("a number, 0 or more")
            if fact.kind == "count" and not isinstance(value, int):
                return msg("a whole number")
            if fact.measure and fact.kind == "percent" and value > 100:  # every one of them is a share
                return msg("a percentage from 0 to 100")
    return None


def _check_answer(row: Criterion, answer: Answer, place: str, problems: Problems) -> None:
    if answer.parts is not None:
        for part, state in answer.parts.items():
            if part not in row.parts:
                problems.add(f"{place}.parts.{part}", msg("unknown part"), nearest(part, row.parts))
            elif state == "not_applicable" and not row.parts[part].optional:
                problems.add(place, "not_applicable", _ALWAYS)
    elif answer.state is not None:
        if answer.state == "not_applicable" and not row.optional:
            problems.add(place, "not_applicable", _ALWAYS)
    elif answer.level is not None:
        if not row.levels:
            problems.add(place, "level", msg("met, unmet or {score: …}; this row has points, not levels"))
        elif row.level(answer.level) is None:
            problems.add(f"{place}.level", str(answer.level), nearest(str(answer.level), row.levels))
    else:
        _check_points(row, answer, place, problems)


def _check_points(row: Criterion, answer: Answer, place: str, problems: Problems) -> None:
    """Check points named outright: one number, a range, or several with their chances."""
    if answer.range is not None and answer.range[0] > answer.range[1]:
        problems.add(f"{place}.range", str(plain_tree(answer.range)), msg("the lower end first"))
    if answer.chances is not None:
        _check_chances(answer.chances, f"{place}.chances", problems)
    numbers = answer.range or [score for score, _ in answer.chances or ()]
    numbers = numbers if answer.score is None else [answer.score]
    if row.max_score is None and answer.score is None:
        problems.add(place, answer.form, msg("a row without points: met or unmet"))
    least, top = (0, 0) if row.max_score is None else (row.min_score, row.max_score)
    for number in numbers:
        if not least <= number <= top:
            within = msg("from {least} to {top}", least=plain(least), top=plain(top))
            problems.add(f"{place}.{answer.form}", clip(plain(number)), within)
        elif row.rule and row.rule.expert and row.rule.expert.step and number % row.rule.expert.step:
            expected = msg("a whole number of {step}", step=plain(row.rule.expert.step))
            problems.add(f"{place}.{answer.form}", clip(plain(number)), expected)


def _check_chances(chances: tuple[tuple[Exact, Exact], ...], place: str, problems: Problems) -> None:
    """Check that chances are chances: none below 0, scores once each, 1 in all."""
    if any(chance < 0 for _, chance in chances):
        problems.add(place, msg("a negative chance"), msg("from 0 to 1"))
    if len({score for score, _ in chances}) != len(chances):
        problems.add(place, msg("a repeated score"), msg("each score once"))
    together = total(chance for _, chance in chances)
    dust = Fraction(1, 10**9)
    if not 1 - dust <= together <= 1 + dust:
        problems.add(place, msg("they sum to {together}", together=shown(together, 6)), "1")
