"""The procedure on the calendar: working days with holidays and days worked instead, what nobody sets, wrong input."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from lsstd import dates, load_standard
from lsstd.errors import InvalidFile
from lsstd.planning.procedure_days import FIRST_YEAR, LAST_YEAR, Schedule

HLJ = load_standard("hlj-base-evaluation")


def days_of(schedule: Schedule, step: str) -> tuple[str, str]:
    one = next(one for one in schedule.to_list() if one["step"] == step)
    return one["from"], one["until"]


# Five working days of public notice, counted by hand over holidays and the Saturdays and Sundays worked instead.
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2025-03-03", "2025-03-10"),  # an ordinary week
        ("2024-09-27", "2024-10-10"),  # Sunday 29 (worked instead) and 30 September, then 8, 9 and 10 October
        ("2025-01-24", "2025-02-07"),  # Sunday 26 and Monday 27 January, then 5, 6 and 7 February
        ("2025-04-28", "2025-05-08"),  # 29 and 30 April, then 6, 7 and 8 May
        ("2025-09-26", "2025-10-10"),  # Sunday 28, 29 and 30 September, then 9 and 10 October
    ],
)
def test_notice_is_counted_in_working_days(first: str, last: str) -> None:
    schedule = dates(HLJ, on={"list_shown": first})
    assert days_of(schedule, "list_shown") == (first, last)


# A step with a time pushes those behind it; one without lets the next begin the same day.
def test_each_step_follows_the_one_before() -> None:
    schedule = dates(HLJ, "2025-03-03", days={"papers_vouched_for": 10}, on={"base_visited": "2025-04-01"})
    assert days_of(schedule, "papers_vouched_for") == ("2025-03-03", "2025-03-17")
    assert days_of(schedule, "papers_gathered") == ("2025-03-18", "2025-03-18")
    assert days_of(schedule, "list_shown") == ("2025-04-01", "2025-04-09")  # 4 April is a holiday
    assert days_of(schedule, "objection_raised") == ("2025-04-01", "2025-04-09")
    assert days_of(schedule, "result_announced") == ("2025-04-10", "2025-04-10")
    assert days_of(schedule, "round_held")[0] == "2027-03-03"
    setters = {one["step"]: one["set_by"] for one in schedule.to_list()}
    assert [setters[step] for step in ("papers_vouched_for", "base_visited", "list_shown", "base_scored")] == [
        *("user", "user", "text", "none")
    ]


# Beyond the years whose holidays are announced, Monday to Friday count, and each such step says so.
def test_years_without_a_calendar_say_so() -> None:
    first = date(LAST_YEAR + 1, 6, 1)
    schedule = dates(HLJ, on={"list_shown": first})
    notice = next(one for one in schedule.steps if one.step.id == "list_shown")
    assert not notice.is_known
    assert notice.ends is not None
    between = (first + timedelta(n) for n in range(1, (notice.ends - first).days + 1))
    assert sum(day.weekday() < 5 for day in between) == 5
    assert FIRST_YEAR <= 2024 <= 2026 <= LAST_YEAR


# Without a start nothing is dated, and the next round of a leap day's start is on the last day of February.
def test_no_start_and_a_leap_day() -> None:
    assert {one.begins for one in dates(HLJ).steps} == {None}
    assert days_of(dates(HLJ, "2024-02-29"), "round_held")[0] == "2026-02-28"


# The calendar file holds every dated step, ends the day after as the format asks, and is the same each time.
def test_the_calendar_file() -> None:
    schedule = dates(HLJ, "2025-04-28")
    made = schedule.calendar("en")
    assert made == dates(HLJ, "2025-04-28").calendar("en")
    events = {str(event["uid"]).partition("-")[0]: event for event in Calendar.from_ical(made).walk("VEVENT")}
    assert len(events) == sum(one.begins is not None for one in schedule.steps) == 12
    assert (events["list_shown"].start, events["list_shown"].end) == (date(2025, 4, 28), date(2025, 5, 9))
    assert all(len(line.encode()) <= 75 for line in made.decode().splitlines())


# What cannot be is told with what would be right.
@pytest.mark.parametrize(
    ("given", "where", "found"),
    [
        ({"start": "2025-02-30"}, "--start", "2025-02-30"),
        ({"start": "20250203"}, "--start", "20250203"),
        ({"days": {"list_shown": 4}}, "--days list_shown", "4"),
        ({"days": {"base_visited": -1}}, "--days base_visited", "-1"),
        ({"days": {"base_visited": "soon"}}, "--days base_visited", "soon"),
        ({"days": {"list_show": 5}}, "list_show", "no such step"),
        (
            {"start": "2025-04-28", "on": {"result_announced": "2025-05-08"}},
            "--on result_announced",
            "before 2025-05-09",
        ),
    ],
)
def test_wrong_days_are_told(given: dict[str, Any], where: str, found: str) -> None:
    with pytest.raises(InvalidFile) as error:
        dates(HLJ, **given)
    (problem,) = error.value.problems
    assert problem.where == where
    assert found in problem.found.en


# A standard without a procedure has no days.
def test_a_standard_without_procedure() -> None:
    with pytest.raises(InvalidFile, match="procedure"):
        dates(load_standard("sz-supply-chain-collaboration"))
