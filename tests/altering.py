"""Reports with one digit changed, wherever digits stand."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from lsstd.pages.blocks import Figure, Section
from lsstd.words import Marked

_SHOWN = ("title", "text", "rows", "heads", "label", "blocks")


def places_of_digits(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each digit of the texts within a section."""
    if isinstance(value, Figure):
        yield from places_of_digits(value.svg, (*path, "svg"))
    elif isinstance(value, str) and not isinstance(value, Marked):
        yield from ((*path, place) for place, sign in enumerate(value) if sign in "0123456789")
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from places_of_digits(inner, (*path, place))
    elif is_dataclass(value):
        for field in (field.name for field in fields(value) if field.name in _SHOWN):
            yield from places_of_digits(getattr(value, field), (*path, field))


def with_another_digit(value: Any, path: Sequence[Any]) -> Any:
    """Return a section, or a part of one, with the digit at the end of a path changed."""
    first, *rest = path
    if isinstance(value, str):
        return f"{value[:first]}{(int(value[first]) + 3) % 10}{value[first + 1 :]}"
    if isinstance(value, tuple):
        return tuple(with_another_digit(inner, rest) if n == first else inner for n, inner in enumerate(value))
    if isinstance(value, Figure):
        drawn = replace(value)
        vars(drawn).update(svg=with_another_digit(value.svg, rest), png=value.png)
        return drawn
    return replace(value, **{first: with_another_digit(getattr(value, first), rest)})


def altered(sections: Sequence[Section], step: int = 1) -> Iterator[list[Section]]:
    """Yield the sections with another digit in one place, for each of the digits that there are, or every so many."""
    paths = [(place, path) for place, section in enumerate(sections) for path in places_of_digits(section)]
    for place, path in paths[::step]:
        yield [*sections[:place], with_another_digit(sections[place], path), *sections[place + 1 :]]
