"""What one subject says of itself, on one reference day, under one standard; and what would be otherwise (a scenario).

Dates are text, as files hold them: a day, or a month where the day is not known.
"""

import calendar
import datetime
import re
from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lsstd.errors import Problems
from lsstd.exact import Exact, exact, plain_tree, whole
from lsstd.numerals import period_in
from lsstd.standard.models import Listed, Model, Number, Taken, Words, as_in_file, in_long, mistake, read_model
from lsstd.words import msg

State = Literal["met", "unmet", "unknown", "not_applicable"]
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?")
_SPAN_END = r"([0-9]{4})(?:-?([HQ][1-4])|-([0-9]{1,2})(?:-([0-9]{1,2}))?)?"
_PERIOD = msg("a period such as 2024, 2025-H1, 2025-Q2, 2025-06 or 2024-07/2025-06")
_MONTHS = {"H": 6, "Q": 3}  # in a half, in a quarter
FORMS = ("state", "score", "parts", "range", "chances", "level")


def day_of(value: object) -> object:
    """Take a date as the text that it is in a file."""
    text = value.isoformat() if type(value) is datetime.date else value
    try:
        if isinstance(text, str) and _DATE.fullmatch(text):
            datetime.date.fromisoformat(text if len(text) == 10 else f"{text}-01")
            return text
    except ValueError:
        pass
    raise mistake(msg("a date such as 2024-12-31 or 2024-12"))


def _full_day(value: object) -> object:
    with suppress(ValueError):
        if len(str(day := day_of(value))) == 10:
            return day
    raise mistake(msg("a full date such as 2024-12-31"))


Day = Annotated[str, BeforeValidator(day_of)]
"""A date as text: year, month and, if known, day."""
FullDay = Annotated[str, BeforeValidator(_full_day)]
"""A date as text: year, month and day."""


def period_of(value: object) -> object:
    """Take the time that a figure covers, as people write it, as text: a year, half, quarter, month or day, or two.

    >>> period_of("2024年7月至2025年6月"), period_of("2025 Q1"), period_of("2024年上半年"), period_of(2024)
    ('2024-07/2025-06', '2025-Q1', '2024-H1', '2024')
    """
    text = period_in(str(value))
    with suppress(ValueError):
        ends = [_span_end(end) for end in text.split("/")]
        days = [day for _, day in ends]
        if len(days) <= 2 and days == sorted(days):
            return "/".join(form for form, _ in ends)
    raise mistake(_PERIOD)


def _span_end(text: str) -> tuple[str, datetime.date]:
    """Return one end of a period in its standard form, and its last day; raise `ValueError` for any other text."""
    if (found := re.fullmatch(_SPAN_END, text)) is None or found[2] in ("H3", "H4"):
        raise ValueError(text)
    year, part, month, day = found.groups()
    if day:
        last = datetime.date(int(year), int(month), int(day))
        return last.isoformat(), last
    if month:
        last = _date(f"{year}-{int(month):02}")
        return last.isoformat()[:7], last
    if part:
        return f"{year}-{part}", _date(f"{year}-{_MONTHS[part[0]] * int(part[1]):02}")
    return year, _date(f"{year}-12")


def is_recent(period: str | None, as_of: str | None) -> bool:
    """Say whether a day or period ended within the 12 months up to a reference day, whose month may still be running.

    >>> [is_recent(period, "2025-06-30") for period in ("2025-06", "2024-07-01", "2024", "2024-H1", "2025", "2024-05")]
    [True, True, True, True, False, False]
    """
    if period is None or as_of is None:
        return False
    end, day = period.rpartition("/")[2], _date(as_of)
    last = _span_end(end)[1]
    has_ended = last <= day if len(end) == 10 else (last.year, last.month) <= (day.year, day.month)
    return has_ended and (last.year + 1, last.month, last.day) >= (day.year, day.month, day.day)


def years_between(start: str, end: str) -> Exact:
    """Return the years from one day to another, counted in whole months.

    Where the start's day is not known, the last day of its month is taken; a month is whole on its last day.

    >>> years_between("2023-05", "2024-12-31"), years_between("2023-12-15", "2024-12-14")
    (Fraction(19, 12), Fraction(11, 12))
    """
    first, last = _date(start), _date(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    month_ends = last.day == calendar.monthrange(last.year, last.month)[1]
    if last.day < first.day and not month_ends:
        months -= 1
    return whole(Fraction(months, 12))


def _date(day: str) -> datetime.date:
    """Return a day, or the last one of a month."""
    if len(day) == 10:
        return datetime.date.fromisoformat(day)
    year, month = int(day[:4]), int(day[5:7])
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


class Subject(Model):
    """Who is assessed."""

    name: str = Field("", max_length=1000, description="the name")
    id: str | None = Field(None, description="an id of one's own")
    region: str | None = Field(None, description="the region")
    party: str | None = Field(None, description="which party of a chain answers")
    groups: dict[str, str] = Field({}, description="groupings of the subject, by name")


class Evidence(Model):
    """What proves an answer or a fact."""

    file: str = Field(description="the file's name")
    kind: str | None = Field(None, description="its kind")
    issuer: str | None = Field(None, description="who issued it")
    issued: Day | None = Field(None, description="the day of issue, or the month")
    period: str | None = Field(None, description="the time that it covers")
    expires: Day | None = Field(None, description="the last day on which it holds")
    sha256: str | None = Field(None, description="of the file")
    note: str | None = Field(None, description="a remark")

    def has_expired(self, as_of: str | None) -> bool:
        """Say whether it ended before the reference day; where only a month is given, on its last day."""
        return self.expires is not None and as_of is not None and self.expires < as_of[: len(self.expires)]


def _fact_value(value: object) -> object:
    """Take what a file can hold as a fact's value; numbers become exact."""
    if type(value) is datetime.date:
        return value.isoformat()
    if value is None or isinstance(value, bool | str):
        return None if value == "" else value
    if isinstance(value, list | tuple):
        return tuple(value)
    try:
        return exact(value)
    except ValueError:
        raise mistake(msg("a finite number") if isinstance(value, float) else msg("one value")) from None


class FactEntry(Model):
    """A fact as given: its value (None is unknown), the time that it covers, where it comes from, what proves it."""

    value: Annotated[Any, Taken(_fact_value, {})] = Field(None, description="the value")
    period: Annotated[str, BeforeValidator(period_of, str | int)] | None = Field(
        None, description="the time that it covers"
    )
    source: str | None = Field(None, max_length=1000, description="where the value comes from")
    note: str | None = Field(None, description="a remark")
    evidence: Listed[Evidence] = Field((), description="what proves it")


def _chance_pairs(value: object) -> object:
    """Take chances as pairs, or as a map whose keys may be quoted numbers."""
    pairs = list(value.items()) if isinstance(value, dict) else value
    if not isinstance(pairs, list | tuple):
        return value
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise mistake(msg("a list of [score, chance]"))
    try:
        return tuple((exact(float(score)) if isinstance(score, str) else score, chance) for score, chance in pairs)
    except ValueError:
        raise mistake(msg("scores as keys")) from None


def _answer_form(value: object) -> object:
    """Take the short form of an answer, a bare state, as the long one; nothing at all is unknown."""
    if value in (None, {}, ""):
        return {"state": "unknown"}
    return {"state": value} if isinstance(value, str) else value


def _part_states(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: "unknown" if state in (None, "") else state for key, state in value.items()}


class Answer(Model):
    """What is said of one row, in exactly one of six forms."""

    state: State | None = Field(None, description="met, unmet, unknown, not_applicable")
    score: Number | None = Field(None, description="points, from 0 to the row's maximum")
    parts: Annotated[dict[str, State] | None, BeforeValidator(_part_states)] = Field(
        None, description="its demands, by id; under a rule at_least: how many of them must be met"
    )
    range: Annotated[tuple[Number, Number], Field(strict=False)] | None = Field(
        None, description="the fewest and the most points"
    )
    chances: Annotated[tuple[tuple[Number, Number], ...], BeforeValidator(_chance_pairs)] | None = Field(
        None, description="points and their chances, which sum to 1"
    )
    level: int | str | None = Field(None, description="a level of the scale, or a named level of the row")
    note: str | None = Field(None, description="a remark")
    evidence: Listed[Evidence] = Field((), description="what proves it")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [form for form in FORMS if getattr(self, form) is not None]
        if len(given) != 1:
            forms, found = ", ".join(FORMS), ", ".join(given) or "—"
            raise mistake(msg("exactly one of {forms} (found: {found})", forms=forms, found=found))
        return self

    @property
    def form(self) -> str:
        """Which of the six forms this answer takes."""
        return next(form for form in FORMS if getattr(self, form) is not None)


FactAsGiven = Annotated[FactEntry, BeforeValidator(in_long("value"), bool | float | str | list[str] | FactEntry | None)]
AnswerAsGiven = Annotated[Answer, BeforeValidator(_answer_form, State | Answer | None)]
Section = BeforeValidator(lambda value: {} if value is None else value)
"""Marks a section of a file that may stand there empty."""


Stage = Literal["self", "papers", "site", "final"]
"""When a score was given: by the base itself, from its papers, on site, or in the end."""


class PanelExpert(Model):
    """Who scored, on the sheet of an expert."""

    id: str = Field(min_length=1, max_length=80, description="how the panel knows the expert")
    name: str = Field("", max_length=200, description="the name; no public page shows it")
    group: str | None = Field(None, description="the group of raters that the expert belongs to")
    conflicts: Listed[str] = Field((), description="bases, by name or id, that the expert may not score")


class Rescoring(Model):
    """A score that was changed after its stage was closed."""

    when: Annotated[str, BeforeValidator(_full_day)] = Field(description="the day")
    who: str = Field(min_length=1, description="who changed it")
    row: str = Field(description="the row's id")
    before: Number | str | None = Field(None, alias="from", description="what stood there")
    after: Number | str | None = Field(None, alias="to", description="what has stood there since")
    why: str = Field(min_length=1, description="the reason")


class Carried(Model):
    """What became of something in a file of an earlier version."""

    clause: str = Field(description="the clause's number, if there is one")
    message: Words = Field(description="what became of it")


class Assessment(Model):
    """Facts and answers of one subject; see `parse_assessment` for reading one.

    The sheet of an expert is one, too: with who scored, at which stage, in which round, under which edition.
    """

    standard: str = Field(description="the standard's id")
    made_for: str | None = Field(None, description="of a sheet: the standard's edition, or its workbook's mark")
    expert: PanelExpert | None = Field(None, description="of a sheet: who scored")
    stage: Stage | None = Field(None, description="of a sheet: when it was scored")
    round: str | None = Field(None, description="of a sheet: the round that it is part of")
    log: Listed[Rescoring] = Field((), description="of a sheet: what was changed after its stage was closed")
    subject: Annotated[Subject, Section] = Field(Subject.model_construct(), description="who is assessed")
    as_of: FullDay | None = Field(None, description="the reference day")
    facts: Annotated[dict[str, FactAsGiven], Section] = Field({}, description="what is asked of a subject, by id")
    answers: Annotated[dict[str, AnswerAsGiven], Section] = Field({}, description="what is said of each row, by its id")
    carried: Listed[Carried] = Field((), exclude=True, description="set on loading")

    def with_answers(self, answers: Mapping[str, object]) -> Self:
        """Return a new assessment in which some rows are answered otherwise (forms as in a file).

        >>> changed = lsstd.load_assessment("data/assessments/near_aaa.yaml").with_answers({"village_rooms": "met"})
        >>> changed.answers["village_rooms"].state
        'met'
        """
        return self._with(answers={**self.answers, **answers})

    def with_facts(self, facts: Mapping[str, object]) -> Self:
        """Return a new assessment in which some facts are otherwise (forms as in a file).

        >>> changed = lsstd.load_assessment("data/assessments/near_aaa.yaml").with_facts({"live_rooms": 20})
        >>> changed.facts["live_rooms"].value
        20
        """
        return self._with(facts={**self.facts, **facts})

    def _with(self, **sections: object) -> Self:
        own = {name: getattr(self, name) for name in type(self).model_fields}
        return read_model(type(self), {**own, **sections}, Problems(), msg("an invalid change"))

    def plain(self, with_carried: bool = False) -> dict[str, Any]:
        """Return plain values from which the same assessment can be read again.

        A file has no need of what was carried over from an earlier version; whatever reports it again keeps that, too.

        >>> sorted(lsstd.load_assessment("data/assessments/near_aaa.yaml").plain())
        ['answers', 'as_of', 'facts', 'standard', 'subject']
        """
        carried = {"carried": as_in_file(self.carried)} if with_carried and self.carried else {}
        return {**_in_short(self), **carried}


def _in_short(model: Model) -> dict[str, Any]:
    """Return plain values as a file holds them, without defaults, facts and answers each in their shortest form."""
    whole: dict[str, Any] = plain_tree(as_in_file(model, lean=True))
    for section, key in (("facts", "value"), ("answers", "state")):
        for name, entry in whole.get(section, {}).items():
            whole[section][name] = entry.get(key) if set(entry) <= {key} else entry
    return whole


class Scenario(Model):
    """Answers, facts and readings that replace what the base assessment says."""

    scenario: str = Field(min_length=1, max_length=200, description="its name")
    base: str | None = Field(None, description="the file of the base assessment, relative to the scenario's own")
    note: str | None = None
    facts: Annotated[dict[str, FactAsGiven], Section] = {}
    answers: Annotated[dict[str, AnswerAsGiven], Section] = {}
    readings: Annotated[dict[str, str], Section] = {}

    def apply(self, assessment: Assessment) -> Assessment:
        """Return the assessment as it would be; the one given stays as it is.

        >>> assessment = lsstd.load_assessment("data/assessments/near_aaa.yaml")
        >>> scenario = lsstd.load_scenario("data/scenarios/village_and_policy.yaml")
        >>> len(scenario.apply(assessment).answers) - len(assessment.answers)
        0
        """
        return assessment.with_answers(self.answers).with_facts(self.facts)

    def read(self, readings: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the readings of the baseline with those of the scenario in their place.

        >>> lsstd.load_scenario("data/scenarios/village_and_policy.yaml").read({"compound_rows": "all"})
        {'compound_rows': 'all'}
        """
        return {**(readings or {}), **self.readings}

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same scenario can be read again.

        >>> sorted(lsstd.load_scenario("data/scenarios/village_and_policy.yaml").plain())
        ['answers', 'base', 'facts', 'scenario']
        """
        return _in_short(self)
