"""What looks like YAML and is read as something else: a text cut off at ``#``, full-width signs, unseen characters.

Each is told with its line. Quotes say that a text is meant as it stands, so only what is not quoted is looked at; a
character that nobody sees has to be spelled (``"\\u200B"``) even there.
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
    r"^[ \t]*(?P<dash>\uff0d.*)|(?P<list>[{\[\uff5b\uff3b][^\"']*[\uff0c\uff5d\uff3d]|:[ \t]+[\uff5b\uff3b].*)",
    re.ASCII,
)
_COMMENT = re.compile(r"([ \t]*)#([^\r\n]*)")
_CODE = re.compile(r"[a-z0-9_.:+-]+|A+")
"""An answer, an id, a date, a grade: complete as it stands."""
_BLANKS = msg("half-width blanks, or quotes around the text")

Fault = tuple[Text, Text]
"""What was found, and what would be right."""


def invisible(text: str, name: str) -> Iterator[Problem]:
    """Yield a problem for each line that holds a character which nobody sees; comments may."""
    for number, line in enumerate(_LINE_END.split(text), 1) if _ANY_SIGN.search(text) else ():
        if match := UNSEEN.search(line):
            before = line[: match.start()]
            if not before.lstrip().startswith("#") and (" #" not in before or re.search("[\"']", before)):
                yield Problem(name, _unseen(match[0]), msg("this line typed anew, without it"), number)


def full_width(text: str, last: int, name: str) -> Iterator[Problem]:
    """Yield what was typed with full-width signs or without a blank, up to the line at which YAML gives up."""
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
    """Return what is wrong with a text that is not quoted, by itself."""
    odd = text.strip() != text
    return (_unseen(text[0] if text[0].isspace() else text[-1]), _BLANKS) if odd else None


def of_item(text: str) -> Fault | None:
    """Return what is wrong with an unquoted text that begins where a key could stand."""
    match = _IS_NO_KEY.match(text)
    return _no_colon(match) if match else None


def cut_off(value: str, text: str, end: int) -> Fault | None:
    """Return what is wrong with a text, or with nothing, that ends at this place of the file, at a comment.

    A comment is innocent with a blank behind its ``#``, unless a number follows (冰城 # 1 基地). Behind a code, such as
    an answer or an id (met #附件), it is innocent without the blank, too.
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
    found = msg("to YAML the text ends at {text}: the rest is a comment", text=clip(f"{value}{gap}#".strip()))
    whole = f"{value}{gap}#{comment}".strip()
    return found, msg("the text in quotes ({text}); a comment on a line of its own", text=clip(whole))


def _unseen(sign: str) -> Text:
    return msg("an invisible or unusual character (U+{code})", code=f"{ord(sign):04X}")


def _no_colon(match: re.Match[str]) -> Fault:
    found = msg(
        "no half-width colon with a blank behind it: {text}", text=clip(match[0][match.start("key") - match.start() :])
    )
    return found, same(f"{match['key']}: {match['rest'].strip()}"[:60])
