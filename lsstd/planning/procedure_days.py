"""The procedure on a calendar: who does what by when, where the text sets a time, and where it sets none.

A period is counted from the day after it begins (Civil Code of the PRC, article 201), in working days of the State
Council's calendar: a Saturday or Sunday worked in place of another day (调休) counts, a public holiday does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from chinese_calendar import is_workday  # type: ignore[import-untyped]
from chinese_calendar.constants import holidays  # type: ignore[import-untyped]

from lsstd.errors import InvalidFile, Problem, Problems
from lsstd.standard.document import Step
from lsstd.standard.models import fields_of, json_object
from lsstd.standard.standard import Standard
from lsstd.words import Lang, Text, clip, msg, nearest, paired, same

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 500
"""Most working days that one step may take: about two years."""
FIRST_YEAR, LAST_YEAR = min(holidays).year, max(holidays).year
"""The years whose holidays and days worked instead are known; before and after them Monday to Friday are counted."""
_TITLE = msg("the days of the procedure cannot be determined")
SetBy = Literal["text", "user", "none"]


class ScheduledStep(NamedTuple):
    """A step on the calendar: from when, until when, how many working days, and who set that number."""

    step: Step
    begins: date | None
    ends: date | None
    working_days: int | None
    set_by: SetBy
    stamps: tuple[str, ...]
    """What is signed or stamped at this step, as the form prints it."""

    @property
    def is_known(self) -> bool:
        """Whether the holidays of all its days have been announced."""
        return all(day is None or FIRST_YEAR <= day.year <= LAST_YEAR for day in (self.begins, self.ends))


@dataclass(frozen=True)
class Schedule:
    """The steps of a standard's procedure in the document's order, the next round last."""

    standard: Standard
    start: date | None
    steps: tuple[ScheduledStep, ...]

    @property
    def table(self) -> pd.DataFrame:
        """One line a step; days as dates, empty where none can be told."""
        import pandas as pd

        frame = pd.DataFrame(self.to_list())
        return frame.assign(**{key: pd.to_datetime(frame[key]) for key in ("from", "until")})

    def to_list(self, lang: Lang = "zh") -> list[dict[str, Any]]:
        """Return the steps as JSON holds them; ``set_by`` says who set a step's time: text, user or nobody.

        Examples
        --------
        >>> [(step["step"], step["set_by"]) for step in lsstd.dates("hlj-base-evaluation", "2025-04-28").to_list()[:3]]
        [('panel_formed', 'none'), ('application_decided', 'none'), ('application_made', 'none')]
        """
        step = "step=step.id clause=step.clause who=step.actor does=step.action to=step.receiver"
        days = "working_days set_by stamps holidays_known=is_known"
        return [
            json_object(
                {**fields_of(one, step), "from": _iso(one.begins), "until": _iso(one.ends), **fields_of(one, days)},
                lang,
            )
            for one in self.steps
        ]

    def calendar(self, lang: Lang = "zh") -> bytes:
        """Return the dated steps as an iCalendar file: the same schedule, the same bytes.

        Examples
        --------
        >>> lsstd.dates("hlj-base-evaluation", "2025-04-28").calendar("en").decode().splitlines()[0]
        'BEGIN:VCALENDAR'
        """
        from icalendar import Calendar, Event

        made = Calendar({"prodid": f"-//lsstd//{self.standard.standard}//", "version": "2.0"})
        for one in self.steps:
            if one.begins is None:
                continue
            event = Event()
            event.add("uid", f"{one.step.id}-{one.begins}@{self.standard.standard}.lsstd")
            event.add("dtstamp", datetime.combine(self.start or one.begins, time(), UTC))  # never the clock's
            event.add("dtstart", one.begins)
            event.add("dtend", (one.ends or one.begins) + timedelta(1))  # the day after, as RFC 5545 counts
            event.add("summary", f"{one.step.clause} {one.step.actor.to(lang)}: {one.step.action.to(lang)}")
            receiver = [paired(msg("received by"), one.step.receiver)] if one.step.receiver else []
            about = [self.standard.title, *receiver, *remarks(one)]
            event.add("description", "\n".join(text.to(lang) for text in about))
            made.add_component(event)
        return bytes(made.to_ical())


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def remarks(one: ScheduledStep) -> Iterator[Text]:
    """Yield what is to be known of a step's days: that they are the user's or nobody's, or count on no calendar."""
    if one.stamps:
        yield msg("signed or stamped: {stamps}", stamps=Text("；".join(one.stamps), "; ".join(one.stamps)))
    if one.set_by == "user":
        yield msg("time set by you, not by the text")
    elif one.step.every_years and one.begins:
        yield msg("once every {years} years: about this day", years=one.step.every_years)
    elif one.set_by == "none" and one.begins:
        yield msg("earliest day: the text sets no time")
    if not one.is_known:
        years = f"{FIRST_YEAR}–{LAST_YEAR}"
        yield msg("holidays are known for {years} only; here Monday to Friday are counted", years=years)


def dates(
    standard: Standard,
    start: str | date | None = None,
    days: Mapping[str, int | str] | None = None,
    on: Mapping[str, str | date] | None = None,
) -> Schedule:
    """Put a standard's procedure on the calendar.

    Each step begins when the one before it may be over: the next working day after a step that takes time, the same
    day after one for which neither the text nor the user sets any. So a day is the earliest possible one.

    Parameters
    ----------
    start : str or date, optional
        The day on which the base hands in its papers, ``2025-03-03``; without it no dates are given.
    days : mapping of step to int, optional
        Working days that steps take, where the text sets none or fewer.
    on : mapping of step to date, optional
        Days on which steps begin, as announced.

    Raises
    ------
    InvalidFile
        The standard has no procedure; no such step; fewer days than the text asks; a day before the step may begin.

    Examples
    --------
    >>> from lsstd import load_standard
    >>> plan = dates(load_standard("hlj-base-evaluation"), "2025-04-28")
    >>> notice = next(one for one in plan.steps if one.step.id == "list_shown")
    >>> notice.working_days, str(notice.ends)  # 1 to 5 May are holidays, Sunday 27 April was worked instead
    (5, '2025-05-08')
    """
    if not standard.procedure:
        problem = Problem(standard.standard, msg("it has no procedure"), same("hlj-base-evaluation"))
        raise InvalidFile(_TITLE, [problem])
    begin, fixed = _checked(standard, start, days or {}, on or {})
    form = standard.form.groups.values() if standard.form else ()
    printed = {key: field.printed.rstrip("：") for group in form for key, field in group.fields.items()}
    made: dict[str, ScheduledStep] = {}
    for key, step in standard.procedure.items():
        wanted = int(days[key]) if days and key in days else None
        length = step.working_days if wanted is None else wanted
        by_text = step.working_days or step.every_years
        set_by: SetBy = "user" if wanted is not None or key in fixed else "text" if by_text else "none"
        first = begin and _earliest(step, made, begin)
        if key in fixed:
            if first and fixed[key] < first:
                found = msg("{day}, before {first}", day=str(fixed[key]), first=str(first))
                raise InvalidFile(_TITLE, [Problem(f"--on {key}", found, msg("no earlier than the step may begin"))])
            first = fixed[key]
        last = first and (made[step.during].ends if step.during else _after(first, length or 0))
        stamps = tuple(printed[field] for field in step.stamps)
        made[key] = ScheduledStep(step, first, last, length, set_by, stamps)
    later = [key for key, one in made.items() if one.step.every_years]
    steps = [made[key] for key in (*(key for key in made if key not in later), *later)]
    return Schedule(standard, begin, tuple(steps))


def _earliest(step: Step, made: Mapping[str, ScheduledStep], start: date) -> date | None:
    """Return the first day on which a step may begin; None where the text ties it to no other step."""
    if step.every_years:
        return _years_later(start, step.every_years)
    if step.during:
        return made[step.during].begins
    if step.after is None:
        return start if step.starts else None
    before = made[step.after]
    if before.ends is None:
        return None
    return _after(before.ends, 1) if before.working_days else _after(before.ends - timedelta(1), 1)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)


def _after(day: date, working_days: int) -> date:
    """Return the day by which so many working days have passed, the day itself not counted."""
    while working_days > 0:
        day += timedelta(1)
        working_days -= is_working(day)
    return day


def is_working(day: date) -> bool:
    """Return whether a day is a working day in China; beyond the calendar's years, whether it is Monday to Friday.

    Examples
    --------
    >>> is_working(date(2025, 1, 26)), is_working(date(2025, 10, 6))  # a Sunday worked instead; a holiday
    (True, False)
    """
    return bool(is_workday(day)) if FIRST_YEAR <= day.year <= LAST_YEAR else day.weekday() < 5


def _checked(
    standard: Standard, start: str | date | None, days: Mapping[str, int | str], on: Mapping[str, str | date]
) -> tuple[date | None, dict[str, date]]:
    """Return the day of the start and the days that are fixed, as dates; raise all that is wrong with them."""
    problems, fixed = Problems(), dict[str, date]()
    for key in (*days, *on):
        if key not in standard.procedure:
            problems.add(key, msg("no such step"), nearest(key, standard.procedure))
    for key, length in days.items():
        step = standard.procedure.get(key)
        least = (step.working_days if step else None) or 0
        if not isinstance(length, int) or not least <= length <= LONGEST:
            expected = msg("a whole number of working days from {least} to {most}", least=least, most=LONGEST)
            problems.add(f"--days {key}", same(clip(str(length))), expected)
    begin = None
    for where, value in (("--start", start), *((f"--on {key}", value) for key, value in on.items())):
        day = value if isinstance(value, date) else None
        with suppress(ValueError):
            day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else day
        if value is not None and (day is None or not 1900 <= day.year <= 2200):
            problems.add(where, same(clip(value)), msg("a full date such as 2025-01-15"))
        elif where == "--start":
            begin = day
        elif day:
            fixed[where.removeprefix("--on ")] = day
    problems.raise_if_any(_TITLE)
    return begin, fixed
