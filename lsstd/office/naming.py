"""What a word in a cell names: a state, a level, an option; told apart by ids where two would read alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from lsstd.files.cells import Unclear, Value, narrow, number
from lsstd.words import Text

K = TypeVar("K")
POINTS = Text("分", "points")


def with_id(name: str, key: str) -> str:
    """Return a name with its id in brackets."""
    return f"{name}〔{key}〕"


def meaning(words: Mapping[K, Text], value: Value) -> K | None:
    """Return which of some words is meant, named in either language or by its key; None if none of them is."""
    if not isinstance(value, str):
        return None
    wanted = narrow(value).lower()
    return next((key for key, word in words.items() if wanted in _spellings(key, word)), None)


def _spellings(key: object, word: Text) -> set[str]:
    return {narrow(name).lower() for name in (word.zh, word.en, str(key))}


def told_apart(words: Mapping[str, Text], others: Mapping[str, Text]) -> dict[str, Text]:
    """Return a standard's own words for a drop-down, with their ids wherever they could be read as something else.

    Parameters
    ----------
    words : mapping from id to Text
        Labels as the standard gives them.
    others : mapping from id to Text
        What else may stand in the same cell.

    Examples
    --------
    >>> told = told_apart({"good": Text("优", "good"), "fair": Text("满足", "fair")}, {"met": Text("满足", "met")})
    >>> told["good"].zh, told["fair"].zh
    ('优', '满足〔fair〕')
    """
    every = (_spellings(key, word) for listed in (words, others) for key, word in listed.items())
    often = Counter(name for names in every for name in names)

    def is_clear(label: str) -> bool:
        is_word = any(sign.isalpha() for sign in label) and not _is_number(label)
        return is_word and often[narrow(label).lower()] == 1 and not re.search("[〔;；\n]", label)

    return {
        key: word if is_clear(word.zh) and is_clear(word.en) else Text(*(with_id(w, key) for w in (word.zh, word.en)))
        for key, word in words.items()
    }


def _is_number(label: str) -> bool:
    try:
        return number(label, POINTS) is not None
    except Unclear:
        return False
