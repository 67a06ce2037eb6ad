"""Text that does not mean in YAML what it looks like: cut off at ``#``, full-width signs, invisible characters.

Each is reported with its line. A quoted text is meant as it stands, so only unquoted text is checked; an invisible
character must be written as an escape (``"\\u200B"``) even in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsstd.errors import Problem
from lsstd.words import Text, clip, msg, same

_SIGNS = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x85\u2028\u2029"
_ANY_SIGN = re.compile(f"[{_SIGNS}]")  # ten times as fast as the next one, and found in hardly any file
UNSEEN = re.compile(  # joiners hold emoji and some scripts together: between two such signs they are at home
    rf"(?!(?<=[^\x00-\x7f])[\u200c\u200d][^\x00-\x7f])[{_SIGNS}]"
)
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_KEY = r"(?P<key>[A-Za-z][\w.-]*)[^\S\r\n]*(?:\uff1a|:(?!//|[ \t\r\n]|$))(?P<rest>.*)"
_IS_NO_KEY = re.compile(_NO_KEY, re.ASCII)
_FULL_WIDTH = re.compile(
    rf"(?:^|[{{,])[ \t\u00a0\u3000]*(?:- +)*{_NO_KEY}|"
    r"^[ \t]*(?P<dash>\uff0d.*)|(?P<list>[{\[\uff5b\uff3b][^\"']{0,200}[\uff0c\uff5d\uff3d]|:[ \t]+[\uff5b\uff3b].*)",
    re.ASCII,
)
_COMMENT = re.compile(r"([ \t]*)#([^\r\n]*)")
_CODE = re.compile(r"[a-z0-9_.:+-]+|A+")  # an answer, an id, a date, a grade: complete as it stands
_BLANKS = msg("half-width blanks, or quotes around the text")

Fault = tuple[Text, Text]  # what was found, and what would be right


def invisible(text: str, name: str) -> Iterator[Problem]:
    """Yield a problem for each line with an invisible character outside a comment."""
    for number, line in enumerate(_LINE_END.split(text), 1) if _ANY_SIGN.search(text) else ():
        if match := UNSEEN.search(line):
            before = line[: match.start()]
            if not before.lstrip().startswith("#") and (" #" not in before or re.search("[\"']", before)):
                yield Problem(name, _unseen(match[0]), msg("this line retyped without it"), number)


def full_width(text: str, last: int, name: str) -> Iterator[Problem]:
    """Yield a problem for each line with full-width signs or a missing blank, up to where the parser stopped."""
    for number, line in enumerate(_LINE_END.split(text)[:last], 1):
        if match := _FULL_WIDTH.search(line):
            typed = match["dash"] or match["list"]
            signs = msg("half-width signs: - : , [ ] { }")
            fault = (msg("full-width signs: {text}", text=clip(typed)), signs) if typed else _no_colon(match)
            yield Problem(name, *fault, number)


def of_key(key: str) -> Fault | None:
    """Return what is wrong with a key that is not quoted."""
    odd = re.search(r"[^\S ]", key)
    return of_item(key) or ((_unseen(odd[0]), _BLANKS) if odd else None)


def of_value(text: str) -> Fault | None:
    """Return what is wrong with an unquoted text, wherever it stands."""
    odd = text.strip() != text
    return (_unseen(text[0] if text[0].isspace() else text[-1]), _BLANKS) if odd else None


def of_item(text: str) -> Fault | None:
    """Return what is wrong with an unquoted text that begins where a key could stand."""
    match = _IS_NO_KEY.match(text)
    return _no_colon(match) if match else None


def cut_off(value: str, text: str, end: int) -> Fault | None:
    """Return what is wrong with a value (perhaps empty) that ends at this place of the file, before a comment.

    A blank after the ``#`` makes it a comment, unless a number follows (冰城 # 1 基地). After a code, such as an answer
    or an id (met #附件), it is a comment without the blank, too.
    """
    if not (match := _COMMENT.match(text, end)):
        return None
    gap, comment = match.groups()
    first = comment[:1]
    if _CODE.fullmatch(value):
        is_cut = first.isdigit()
    else:
        is_number = gap == " " and comment.lstrip()[:1].isdigit() and bool(value)
        is_cut = is_number or not (not first or first.isspace() or first in "#-=*~!")
    if not is_cut:
        return None
    found = msg("YAML reads the text only up to {text}; the rest is a comment", text=clip(f"{value}{gap}#".strip()))
    whole = f"{value}{gap}#{comment}".strip()
    return found, msg("the text in quotes ({text}); a comment on a line of its own", text=clip(whole))


def _unseen(sign: str) -> Text:
    return msg("an invisible or unusual character (U+{code})", code=f"{ord(sign):04X}")


def _no_colon(match: re.Match[str]) -> Fault:
    typed = match.string[match.start("key") : match.end()]
    found = msg("no half-width colon with a blank behind it: {text}", text=clip(typed))
    return found, same(f"{match['key']}: {match['rest'].strip()}"[:60])
