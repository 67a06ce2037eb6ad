"""Choosing readings: the defaults, the choices, and clear words for a choice that does not exist."""

from __future__ import annotations

from typing import Any

import pytest
from worked_cases import Worked, worked_cases

from lsstd import LsstdError, Standard
from lsstd.assessment.check import parse_assessment
from lsstd.engine.evaluate import evaluate
from lsstd.errors import InvalidFile, UnknownName
from lsstd.files.standards import parse_standard
from lsstd.files.strict_yaml import Parsed
from lsstd.standard.readings import OPTIONS, RETIRED


# The first option of the file is the default; what the file does not name, the engine's first.
def test_defaults_come_first(standard: Standard, made_up: Standard) -> None:
    assert standard.choose_readings() == {key: options[0] for key, options in OPTIONS.items()}
    own = made_up.choose_readings()
    assert (own["between_bands"], own["compound_rows"], own["rounding"]) == ("upper", "all", "none")
    assert set(own) == set(OPTIONS)


# What is chosen replaces the default, and nothing else moves.
def test_choices_replace_defaults(standard: Standard) -> None:
    chosen = standard.choose_readings({"compound_rows": "all"})
    assert chosen == {**standard.default_readings, "compound_rows": "all"}
    assert standard.default_readings["compound_rows"] == "shares"


# Every unknown reading and option is told at once, each with the nearest right one.
def test_unknown_readings_are_all_told(standard: Standard) -> None:
    with pytest.raises(UnknownName) as caught:
        standard.choose_readings({"compound_row": "all", "bonus": "wthin", "rounding": "rows"})
    told = [(problem.where, problem.found.en, problem.expected.en) for problem in caught.value.problems]
    assert told == [
        ("readings.compound_row", "unknown reading compound_row", "did you mean compound_rows?"),
        ("readings.bonus", "unknown option wthin", "did you mean within?"),
        ("readings.rounding", "unknown option rows", "did you mean row?"),
    ]
    assert "是否指 compound_rows？" in caught.value.to("zh")


# An option that another standard's file does not offer is unknown there, and what it offers is listed.
def test_options_are_those_of_the_file(made_up: Standard) -> None:
    assert made_up.options_of("between_bands") == ("upper", "lower", "none")
    with pytest.raises(LsstdError, match="one of upper, lower, none"):
        made_up.choose_readings({"between_bands": "zzz"})


# An option of a wrong kind (True, a number, nothing) is an unknown option, not a crash.
@pytest.mark.parametrize("option", [True, 1, None, ["all"]])
def test_wrong_kinds_of_options(standard: Standard, option: Any) -> None:
    with pytest.raises(UnknownName):
        standard.choose_readings({"compound_rows": option})


# A reading that does not exist has no options.
def test_no_options_of_no_reading(standard: Standard) -> None:
    assert standard.options_of("nothing") == ()


# A reading of an earlier version is refused with the reason why it is gone.
def test_a_retired_reading(standard: Standard) -> None:
    with pytest.raises(UnknownName) as caught:
        standard.choose_readings({"experts": "mean"})
    assert caught.value.problems[0].found == RETIRED["experts"]
    assert "评审合成" in caught.value.to("zh")
    values = {**standard.in_file, "readings": {"experts": {"clause": "1", "question": "?", "options": {"mean": "m"}}}}
    with pytest.raises(InvalidFile, match="belongs to a panel"):
        parse_standard(Parsed(values), "0" * 64, "older.yaml")


# Of readings that its file does not ask a result prints none, unless one was chosen.
def test_only_what_is_asked_is_printed(made_up: Standard) -> None:
    asked = set(made_up.readings)
    assert set(made_up.printed_readings(made_up.choose_readings())) == asked < set(OPTIONS)
    assert set(made_up.printed_readings(made_up.choose_readings({"rounding": "total"}))) == {*asked, "rounding"}


def outcome(worked: Worked, key: str, option: str) -> tuple[object, ...]:
    result = evaluate(
        worked.standard, parse_assessment(worked.standard, worked.given), {**worked.readings, key: option}
    )
    return result.score, result.grade, [found.message for found in result.findings]


# Every option of every reading changes something in one of the worked cases: score, grade, award or findings. None is
# there for nothing.
@pytest.mark.parametrize(("key", "option"), [(key, option) for key, options in OPTIONS.items() for option in options])
def test_every_option_changes_something(key: str, option: str) -> None:
    cases = [worked for worked in worked_cases() if worked.readings.get(key) == option]
    others = [other for other in OPTIONS[key] if other != option]
    assert any(outcome(worked, key, option) != outcome(worked, key, other) for worked in cases for other in others)
