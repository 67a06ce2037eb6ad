"""Evaluating files: an assessment or a scenario, with what can be verified only outside the core (identifiers)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import check, former_reading
from lsstd.engine import evaluate as core
from lsstd.engine.evaluate import reading_matters
from lsstd.engine.result import Finding, Result
from lsstd.errors import InvalidFile, LsstdError, Problem
from lsstd.files.assessments import load_pair, load_scenario
from lsstd.files.reading import read_plain
from lsstd.standard.readings import RETIRED
from lsstd.standard.standard import Standard
from lsstd.words import msg, same

if TYPE_CHECKING:
    from lsstd.changes.compare import Comparison
    from lsstd.changes.reform import Reform


def evaluate(standard: Standard, assessment: Assessment, readings: dict[str, str] | None = None) -> Result:
    """Evaluate an assessment; see `lsstd.engine.evaluate.evaluate`.

    Adds to the core's findings what only a library of identifiers can tell: a credit code
    (统一社会信用代码, GB 32100—2015) whose form or check digit is wrong.

    >>> lsstd.evaluate("hlj-base-evaluation", "data/assessments/near_aaa.yaml").grade.secured
    'AA'
    """
    result, found = core.evaluate(standard, assessment, readings), [*_identifiers(standard, assessment)]
    return replace(result, findings=(*result.findings, *found)) if found else result


def evaluate_under(
    standard: Standard,
    assessment: Assessment,
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
) -> Result:
    """Evaluate an assessment under a standard as reformed; its answers are carried over, and told where changed.

    >>> reform = lsstd.load_reform("data/reforms/aaaa_from_440.yaml")
    >>> lsstd.evaluate_under("hlj-base-evaluation", "data/assessments/near_aaa.yaml", None, reform).standard.edition
    'draft + aaaa-from-440'
    """
    if not reforms:
        return evaluate(standard, assessment, dict(readings or {}))
    from lsstd.changes.migrate import migrate_answers
    from lsstd.changes.reform import apply_all

    reformed = apply_all(standard, reforms)
    check(standard, assessment)
    carried, notes = migrate_answers(assessment, standard, reformed)
    result = evaluate(reformed, carried, dict(readings or {}))
    return replace(result, findings=(*result.findings, *notes, *_not_in_force(reforms, assessment)))


def _not_in_force(reforms: Sequence[Reform], assessment: Assessment) -> Iterator[Finding]:
    """Yield which reforms were applied though they take effect after the reference day only."""
    for reform in reforms:
        if reform.effective and reform.effective > (day := assessment.as_of or date.today().isoformat()):
            told = msg(
                "the reform {reform} takes effect on {effective}, after {day}; it is applied as a trial",
                reform=reform.reform,
                effective=reform.effective,
                day=day,
            )
            yield Finding("reform", "", told)


@dataclass(frozen=True)
class Case:
    """All that one evaluation rests on, as it was read."""

    name: str  # what it is called: a scenario's name, or the file's
    standard: Standard  # as it is before any reform
    assessment: Assessment  # with a scenario's changes, if there is one
    readings: Mapping[str, str]  # those that were chosen; the others are the standard's defaults
    reforms: tuple[Reform, ...] = ()

    def evaluate(self, matters: bool = True) -> Result:
        """Evaluate it; with `matters` find, at the price of several evaluations, which readings change the grade."""
        result = evaluate_under(self.standard, self.assessment, self.readings, self.reforms)
        other = reading_matters(result.standard, result.assessment, result.readings) if matters else ()
        return replace(result, findings=(*result.findings, *other))


def read_case(
    file: Path,
    standard: Standard | None = None,
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
    base: Path | None = None,
) -> Case:
    """Read a file: an assessment, or a scenario on its base.

    A standard takes the place of the one that the file names, and `base` that of a scenario's; a scenario's own
    readings come on top. Raises `LsstdError`: the file cannot be read or does not hold either (all problems at once).
    """
    parsed = read_plain(file)
    readings = dict(readings or {})
    if not isinstance(parsed.value, dict) or "scenario" not in parsed.value:
        against, assessment = load_pair(parsed, standard, instead=True)
        against.choose_readings(readings)
        return Case(file.stem, against, assessment, readings, tuple(reforms))
    scenario = load_scenario(parsed)
    if base is None and scenario.base is None:
        problem = Problem("base", msg("missing"), msg("the base's file"))
        raise InvalidFile(msg("the scenario has no base"), [problem])
    against, assessment = load_pair(base or Path(scenario.base or ""), standard, instead=True)
    try:
        chosen = {key: option for key, option in scenario.read(readings).items() if key not in RETIRED}
        former = (former_reading(against, key, option) for key, option in scenario.readings.items() if key in RETIRED)
        played = scenario.apply(assessment)
        played = played.model_copy(update={"carried": (*played.carried, *filter(None, former))})
        check(against, played)
        against.choose_readings(chosen)
    except LsstdError as error:
        raise error.within(file.name) from None
    return Case(scenario.scenario, against, played, chosen, tuple(reforms))


def evaluate_file(
    file: Path,
    standard: Standard | None = None,
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
) -> Result:
    """Evaluate a file as `read_case` reads it, and find which options of a reading would change its grade."""
    return read_case(file, standard, readings, reforms).evaluate()


def compare_files(
    file: Path,
    others: Sequence[Path],
    standard: Standard | None = None,
    readings: Mapping[str, str] | None = None,
    reforms: Sequence[Reform] = (),
) -> Comparison:
    """Compare an assessment with scenarios on it, or with other assessments of the same standard."""
    from lsstd.changes.compare import compare

    baseline = evaluate_file(file, standard, readings, reforms)
    cases = []
    for other in others:
        case = read_case(other, standard, readings, reforms, base=file)
        result = case.evaluate(matters=False)
        if result.standard.standard != baseline.standard.standard:
            problem = Problem("standard", same(result.standard.standard), same(baseline.standard.standard))
            title = msg("{other} cannot be compared with {file}", other=other.name, file=file.name)
            raise InvalidFile(title, [problem])
        cases.append((case.name, result))
    return compare(baseline, cases, file.stem)


def _identifiers(standard: Standard, assessment: Assessment) -> Iterator[Finding]:
    for fact in standard.facts.values():
        entry = assessment.facts.get(fact.id) if fact.identifier == "credit_code" else None
        if entry is None or not isinstance(entry.value, str):
            continue
        is_older_code = len(entry.value.replace("-", "")) == 9  # 组织机构代码, which the form also accepts
        from stdnum.cn import uscc  # loads much else, and few assessments give a code

        if not is_older_code and not uscc.is_valid(entry.value):
            message = msg("{fact}: the format or check digit of {code} is wrong", fact=fact.label, code=entry.value)
            yield Finding("cross_check", standard.form.clause if standard.form else "", message, (fact.id,))
