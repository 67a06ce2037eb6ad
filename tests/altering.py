"""Reports with one digit changed, wherever digits stand."""

from collections.abc import Iterator, Sequence
from typing import Any

from lsstd.pages.blocks import Section, section_of

_SHOWN = ("title", "text", "rows", "heads", "label", "svg")


def places_of_digits(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each digit of the texts within plain values."""
    if isinstance(value, str):
        yield from ((*path, place) for place, sign in enumerate(value) if sign in "0123456789")
    elif isinstance(value, dict):
        for key in (key for key in value if key in _SHOWN or key == "blocks"):
            yield from places_of_digits(value[key], (*path, key))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from places_of_digits(inner, (*path, place))


def with_another_digit(value: Any, path: Sequence[Any]) -> Any:
    """Return plain values with the digit at the end of a path changed."""
    first, *rest = path
    if isinstance(value, str):
        return f"{value[:first]}{(int(value[first]) + 3) % 10}{value[first + 1 :]}"
    if isinstance(value, dict):
        return {**value, first: with_another_digit(value[first], rest)}
    return [with_another_digit(inner, rest) if n == first else inner for n, inner in enumerate(value)]


def altered(sections: Sequence[Section], step: int = 1) -> Iterator[list[Section]]:
    """Yield the sections with another digit in one place, for each of the digits that there are, or every so many."""
    plains = [section.plain() for section in sections]
    paths = [(place, path) for place, plain in enumerate(plains) for path in places_of_digits(plain)]
    for place, path in paths[::step]:
        changed = section_of(with_another_digit(plains[place], path))
        yield [*sections[:place], changed, *sections[place + 1 :]]
