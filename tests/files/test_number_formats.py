"""What a cell shows decides what its number means."""

from typing import Any

import pytest

from lsstd.files.cells import CHINESE, FROM_1904, Odd, Shown, day, displayed, number
from lsstd.numerals import Unclear
from lsstd.words import Text

TEN_THOUSAND, YUAN = Text("万元", "10k yuan"), Text("元", "yuan")


# Percentages, by a sign that scales and by signs that only stand there.
@pytest.mark.parametrize(
    ("raw", "code", "meant"),
    [
        (0.12, "0%", 12), (0.07, "0.00%", 7), (12, '0"%"', 12), (12, r"0\%", 12), (33.3, "0.0!%", 33.3),
        (0.333, "0.0%;[Red]-0.0%", 33.3), (12, "General", 12), (12, "0.00", 12),
    ],
)  # fmt: skip
def test_percentages(raw: float, code: str, meant: float) -> None:
    found = number(displayed(raw, code), Text("%", "%"), percent=True)
    assert found is not None
    assert float(found) == meant


# An amount is what the cell shows: 1.5万 in a column of 万元 or of 元, however its format comes to it.
@pytest.mark.parametrize(
    ("raw", "code", "in_ten_thousand", "in_yuan"),
    [
        (15000, '0!.0,"万"', 1.5, 15000), (15000, r'0\.0,"万"', 1.5, 15000), (15432, '0!.0000"万元"', 1.5432, 15432),
        (15, '0"万"', 15, 150000), (15, '0"万元"', 15, 150000), (1.5e8, '0!.00,,"亿"', 15000, 1.5e8),
        (15000, '[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', 1.5, 15000),
        (200000000, '[>=100000000]0!.00,,"亿";[>=10000]0!.0,"万";0', 20000, 200000000),
        (50000, '0"元"', 5, 50000), (-15000, '0!.0,"万";-0!.0,"万"', -1.5, -15000),
    ],
)  # fmt: skip
def test_amounts(raw: float, code: str, in_ten_thousand: float, in_yuan: float) -> None:
    shown = displayed(raw, code)
    assert [float(number(shown, unit) or 0) for unit in (TEN_THOUSAND, YUAN)] == [in_ten_thousand, in_yuan]


# Colours, thousands, money, signs and blanks around a number change nothing.
@pytest.mark.parametrize(
    "code",
    [
        "#,##0", "#,##0.00_);[Red](#,##0.00)", '_ "¥"* #,##0.00_ ;_ "¥"* -#,##0.00_ ;_ "¥"* "-"??_ ;_ @_ ', "0_ ",
        "[$¥-804]#,##0.00", "@", "General", "G/通用格式", "0.00E+00", "# ?/?", "[DBNum1][$-804]General", "# ##0",
        "¥#,##0;¥-#,##0", "[>1000]#,##0;[Blue]0.00",
    ],
)  # fmt: skip
def test_formats_that_change_nothing(code: str) -> None:
    assert [displayed(raw, code) for raw in (1234567, 12.5)] == [1234567, 12.5]


# What nobody could read off the cell for certain is no number.
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (15432, "#,##0,"), (15432, "0,"), (15432, '0.0,"千"'), (14, '0"人"'), (0, "0;-0;"), (12, ";;;"),
        (0, '0;-0;"无"'),
        (14, '"约"0'), (45942, CHINESE[58]), (45261, CHINESE[57]), (0.5, "h:mm"), (1.5, "[h]:mm"),
        (45261, "yyyy"), (15432, '0"万"0000'), (14, "$0"), (45261, "aaaa"),
        (45261, "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy"),
    ],
)  # fmt: skip
def test_numbers_that_no_cell_shows(raw: float, code: str) -> None:
    with pytest.raises(Unclear):
        number(displayed(raw, code), Text("间", "rooms"))


# Days and months as the cell shows them, with the built-in formats of Chinese Excel, which carry no code.
@pytest.mark.parametrize(
    ("raw", "code", "meant"),
    [
        (45261, CHINESE[57], "2023-12"), (45261, CHINESE[27], "2023-12"), (45261, CHINESE[31], "2023-12-01"),
        (45261, CHINESE[30], "2023-12-01"),
        (45444.354, "yyyy/m/d h:mm;@", "2024-06-01"), (45444, "mm-dd-yy", "2024-06-01"),
        (45444, '[DBNum1][$-804]yyyy"年"m"月"d"日";@', "2024-06-01"), (45444, "mmm-yy", "2024-06"),
        (45444, "yyyy/mm", "2024-06"), (45444, "General", "2024-06-01"), (45444, "[$-409]d/mmm/yyyy;@", "2024-06-01"),
        (45444, "[$-F800]dddd, mmmm dd, yyyy", "2024-06-01"),
        (59, "yyyy-mm-dd", "1900-02-28"), (61, "yyyy-mm-dd", "1900-03-01"),
    ],
)  # fmt: skip
def test_days(raw: float, code: str, meant: str) -> None:
    assert day(displayed(raw, code)) == meant


# A day without its year, a time, a number before the calendar begins: no date.
@pytest.mark.parametrize(
    ("raw", "code"),
    [(45942, CHINESE[58]), (45942, "d-mmm"), (0.5, "h:mm"), (45444, "yyyy"), (0, "yyyy-mm-dd"), (-1, "yyyy-mm-dd"),
     (1e9, "yyyy-mm-dd"), (45444.5, "mm:ss"), (45444, CHINESE[34])],
)  # fmt: skip
def test_what_is_no_day(raw: float, code: str) -> None:
    with pytest.raises(Unclear):
        day(displayed(raw, code))


# A workbook of an old Mac counts from 1904: its dates are read by that, a plain number is no date in it.
def test_days_from_1904() -> None:
    assert day(displayed(43982, "yyyy-mm-dd", FROM_1904)) == "2024-06-01"
    assert number(displayed(43982, "General", FROM_1904)) == 43982
    with pytest.raises(Unclear):
        day(displayed(43982, "General", FROM_1904))


# Words that a format puts in place of a number are what the cell says.
@pytest.mark.parametrize(
    ("raw", "code", "shown"),
    [(1, '"是";;"否"', Shown("是")), (0, '"是";;"否"', Shown("否")), (0, '0;-0;"-"', 0), (0, '0;-0;', Odd)],
)  # fmt: skip
def test_words_in_place_of_a_number(raw: float, code: str, shown: Any) -> None:
    found = displayed(raw, code)
    assert isinstance(found, Odd) if shown is Odd else found == shown
