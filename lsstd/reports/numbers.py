"""Printed numbers as the numbers of a sheet, and back to the letter."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(?P<part>\d{1,10}))?(?P<percent>%?)", re.A
)
_SHAPE = r"(?:#,##0|0)(?:\.0+)?%?"
_OWN = re.compile(rf"General|@|(?P<shape>{_SHAPE})|(?P<plus>\+)(?P<signed>{_SHAPE});-(?P=signed);\+(?P=signed)")
_SIGN = re.compile(r'\\([+-])|"([+-])"')  # as other programs write signs


def number_of(text: str) -> tuple[float, str] | None:
    """Return the number that a text prints, and the format that prints it so; None where there is none.

    Examples
    --------
    >>> number_of("398.92"), number_of("+5"), number_of("12.5%")
    ((398.92, '0.00'), (5, '+0;-0;+0'), (0.125, '0.0%'))
    >>> number_of("4–8"), number_of("007")
    (None, None)
    """
    if not (found := _NUMBER.fullmatch(text)):
        return None
    decimals = f".{'0' * len(found['part'])}" if found["part"] else ""
    shape = f"{'#,##0' if ',' in found['whole'] else '0'}{decimals}{found['percent']}"
    exact = Decimal(text.replace(",", "").rstrip("%")) / (100 if found["percent"] else 1)
    value = int(exact) if exact == int(exact) else float(exact)
    form = f"+{shape};-{shape};+{shape}" if found["sign"] == "+" else shape
    return (value, form) if printed(value, form) == text else None


def printed(value: Any, form: str) -> str:
    """Return what a cell shows; a number with more digits than its format prints is told in full.

    A format that is none of ours may show anything, and so is told beside.

    Examples
    --------
    >>> printed(398.92, "0.00"), printed(398.921, "0.00"), printed(0.125, "0.0%"), printed(None, "General")
    ('398.92', '398.921', '12.5%', '')
    >>> printed(398.92, '"499.5"'), printed("398.92", ";;;")
    ('398.92 ["499.5"]', '398.92 [;;;]')
    """
    if value is None or value == "":
        return ""
    if not (own := _OWN.fullmatch(_SIGN.sub(r"\1\2", form))):
        return f"{value} [{form}]"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    shape = own["shape"] or own["signed"] or ""
    exact = Decimal(repr(value)) * (100 if shape.endswith("%") else 1)
    decimals = len(shape.rstrip("%").partition(".")[2]) if "." in shape else 0
    told = f"{exact:{',' if ',' in shape else ''}.{decimals}f}"
    if Decimal(told.replace(",", "")) != exact:
        told = f"{exact.normalize():f}"
    sign = "+" if own["plus"] and exact >= 0 else ""
    return f"{sign}{told}{'%' if shape.endswith('%') else ''}"
