"""What a cell means: taken where it is certain, refused where it is not."""

import datetime
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsstd.files.cells import Odd, Shown, as_number, as_words, day, number, words
from lsstd.numerals import Unclear
from lsstd.words import Text

TEN_THOUSAND = Text("万元", "10k yuan")
ROOMS = Text("间", "rooms")


# Numbers as offices write them: full-width digits, thousands, 万 and 亿, percents, the unit behind them, as text.
@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (14, 14), (7.1, Fraction(71, 10)), ("14", 14), (" 14 ", 14), ("１４", 14), ("1,000", 1000),
        ("１，０００．５", Fraction(2001, 2)),
        ("12,345,678", 12345678), ("1000万", 10**7), ("1.5亿", 150_000_000), ("-3", -3), ("−3", -3), ("1e3", 1000),
        (".5", Fraction(1, 2)), ("", None), (None, None), ("　", None),
    ],
)  # fmt: skip
def test_numbers(cell: Any, meant: Any) -> None:
    assert number(cell) == meant


# In a column of 万元, 1000万, 1000万元 and 1000 are one; the unit itself may stand behind a number.
@pytest.mark.parametrize(
    ("cell", "unit", "meant"),
    [
        ("1000", TEN_THOUSAND, 1000), ("1000万", TEN_THOUSAND, 1000), ("1000 万元", TEN_THOUSAND, 1000),
        ("0.1亿元", TEN_THOUSAND, 1000), ("50000元", TEN_THOUSAND, 5), ("14间", ROOMS, 14), ("1.2万间", ROOMS, 12000),
        ("3200㎡", Text("m²", "m2"), 3200), ("1200平方米", Text("m²", "m2"), 1200),
        ("1200平米", Text("㎡", "m2"), 1200),
        ("1200㎡", Text("平方米", "m2"), 1200), ("0.12万m²", Text("平方米", "m2"), 1200),
        ("1.2万平方米", Text("万平方米", "10k m2"), Fraction(6, 5)),
    ],
)  # fmt: skip
def test_units(cell: str, unit: Text, meant: int) -> None:
    assert number(cell, unit) == meant


# What could mean two things, or nothing, is refused.
@pytest.mark.parametrize(
    "cell",
    ["1,00", "0,500", "1.000,5", "1,000,00", "1 000", "12%", "十二", "5-8", "约14", "14人",
     "--3", "1e", "NaN", "inf", "٣",
     True, Shown("12%"), Shown("2024-06"), Shown("2024-06-01"), Shown("10月12日"),
     datetime.datetime(2024, 6, 1), Odd(Text("#N/A", "#N/A")), float("nan")],
)  # fmt: skip
def test_numbers_that_are_not_certain(cell: Any) -> None:
    with pytest.raises(Unclear):
        number(cell, ROOMS)


# Percents: 12% is 12 where percents are counted, typed or as a cell's format, without a float's dust.
def test_percents() -> None:
    assert [number(cell, Text("%", "%"), percent=True) for cell in ("12%", "１２％", Shown("7%"), 12)] == [
        12,
        12,
        7,
        12,
    ]


# Dates as they are typed and as Excel keeps them; a month stays a month.
@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("2024-06-01", "2024-06-01"), ("2024年6月1日", "2024-06-01"), ("2024/6/1", "2024-06-01"),
        ("2024.6.1", "2024-06-01"),
        ("２０２４年６月", "2024-06"), ("2024/6", "2024-06"), (45444, "2024-06-01"), ("45444", "2024-06-01"),
        (20240601, "2024-06-01"), (Shown("2024-06-01"), "2024-06-01"), (Shown("2024-06"), "2024-06"),
        ("2024-06-01 00:00:00", "2024-06-01"), ("2021/5/1 0:00", "2021-05-01"),
        ("2021/5/1 8:30", "2021-05-01"), (None, None), (" ", None),
    ],
)  # fmt: skip
def test_dates(cell: Any, meant: str | None) -> None:
    assert day(cell) == meant
    assert type(day(cell)) in (str, type(None))  # which is all that files hold


# Dates that could be read in two ways, that do not exist, or numbers that are none.
@pytest.mark.parametrize(
    "cell",
    [
        Shown("10月12日"),
        Shown("45444"),
        "3/4/24",
        "2024-02-30",
        "6月1日",
        "2024.1",
        2024.1,
        14,
        "2024",
        2024,
        "24-6-1",
        True,
        "明天",
    ],
)
def test_dates_that_are_not_certain(cell: Any) -> None:
    with pytest.raises(Unclear):
        day(cell)


# A text column takes text alone: Excel has made a number of 5.10 and a date of 3-4, and nobody knows what they were.
@pytest.mark.parametrize(
    "cell", [5.1, 5, Shown("2024-03-04"), Shown("12%"), True, Odd(Text("x", "x")), "9.12301E+17", "1.38361E+10"]
)
def test_text_that_excel_changed(cell: Any) -> None:
    with pytest.raises(Unclear, match="Excel"):
        words(cell)


# Any text stands in a cell so that it is read again, the empty one too; a blank cell is none.
@pytest.mark.parametrize("text", ["", '"', '""', '"""', "=1+1", " x ", "5.10"])
def test_texts_as_they_are(text: str) -> None:
    assert words(as_words(text)) == text
    assert words(as_words(None)) is None


# Numbers that Excel would round to 15 digits stand in their cells as text.
@pytest.mark.parametrize(
    ("value", "cell"),
    [(10**14, 10**14), (10**30, str(10**30)), (Fraction("0.30000000000000004"), "0.30000000000000004"), (7, 7)],
)
def test_numbers_keep_their_digits(value: Any, cell: Any) -> None:
    assert as_number(value) == cell


CELL = st.text(max_size=80) | st.from_regex(r"[-+０-９0-9.,:;~eE%万亿元年月日/ ]{0,70}", fullmatch=True)


# Any text at all either means something finite or is refused; nothing else happens.
@settings(deadline=None, derandomize=True, max_examples=500)
@given(cell=CELL)
def test_any_text_is_meant_or_refused(cell: str) -> None:
    with suppress(Unclear):
        assert abs(float(number(cell, TEN_THOUSAND, percent=True) or 0)) < float("inf")
    with suppress(Unclear):
        found = day(cell)
        assert found is None or len(found) in (7, 10)
