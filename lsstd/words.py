"""Words in two languages: English stands in the code, Chinese in one catalogue (``locale/``).

``msg("the row {row} is unknown", row=...)`` is a message: its English as written, its Chinese from the catalogue, both
filled in. ``python run.py words`` gathers new messages into ``locale/zh/LC_MESSAGES/lsstd.po``, where an official can
proof-read them all, and compiles it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from struct import unpack_from
from typing import Any, Literal, Self, TypeAlias

Lang = Literal["zh", "en"]
_BRIEF = 400  # characters of a text that a message quotes
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Chinese and in English.

    >>> Text("等级", "grade").to("en")
    'grade'
    """

    zh: str
    en: str

    def to(self, lang: Lang) -> str:
        """Return the text in the language asked for."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.zh


class Question(Text):
    """A text that asks back: what may have been meant."""


@cache
def _catalogue() -> dict[str, str]:
    """Load the Chinese messages by their English, once, when the first one is asked for.

    A compiled catalogue holds all keys one after the other, then all texts. The standard library's gettext looks at
    each of them alone, which took 4 ms of every start.
    """
    held = Path(__file__).with_name("locale").joinpath("zh", "LC_MESSAGES", "lsstd.mo").read_bytes()
    tables = unpack_from("<2I", held, 12)  # where the lengths and places of the keys stand, and those of the texts
    keys, texts = (unpack_from("<2I", held, table)[1] for table in tables)
    return dict(zip(held[keys:texts].decode().split("\0"), held[texts:].decode().split("\0"), strict=True))


def msg(message: str, /, **values: object) -> Text:
    """Return a message in both languages, each ``{name}`` filled in with a value.

    A value with a method ``to``, such as a `Text` or a problem, is filled in in the language of the message; everything
    else reads alike in both.

    >>> msg("row {number}", number=7)
    Text(zh='第 7 行', en='row 7')
    """
    return _filled(_catalogue().get(message, message), message, values)


def msg_in(context: str, message: str, /, **values: object) -> Text:
    """Return a message like `msg` where the same English has another Chinese in another context.

    >>> msg_in("maximum", "points").zh
    '分值'
    """
    return _filled(_catalogue().get(f"{context}\4{message}", message), message, values)


def _filled(zh: str, en: str, values: Mapping[str, object]) -> Text:
    if not values:
        return Text(zh, en)
    if not any(hasattr(value, "to") for value in values.values()):
        return Text(zh.format(**values), en.format(**values))
    return Text(zh.format(**_in(values, "zh")), en.format(**_in(values, "en")))


def _in(values: Mapping[str, object], lang: Lang) -> dict[str, object]:
    return {name: value.to(lang) if hasattr(value, "to") else value for name, value in values.items()}


def same(word: object) -> Text:
    """Return a text that reads alike in both languages (an id, a number, a file name)."""
    return Text(str(word), str(word))


def by_word(*texts: Text) -> dict[str, Text]:
    """Return texts by their English, where that is their key as well.

    >>> by_word(Text("条款", "clause"))
    {'clause': Text(zh='条款', en='clause')}
    """
    return {text.en: text for text in texts}


def join(texts: Iterable[Text]) -> Text:
    """Join texts into an enumeration: 、 in Chinese, commas in English."""
    parts = list(texts)
    return Text("、".join(t.zh for t in parts), ", ".join(t.en for t in parts))


def listing(texts: Iterable[Text], most: int = 4) -> Text:
    """Tell an enumeration within a sentence; a long one is cut, and says how many more there are.

    >>> listing(map(same, "ABC")).en, listing(map(same, "ABCDEFG"), most=2).en
    ('A, B and C', 'A, B and 5 more')
    >>> listing(map(same, "ABCDEFG"), most=2).zh
    'A、B，另有 5 项'
    """
    parts = list(texts)
    if len(parts) > most + 1:  # “and 1 more” is longer than what it hides
        shown, more = join(parts[:most]), len(parts) - most
        return msg("{items} and {more} more", items=shown, more=more)
    if len(parts) < 2:
        return join(parts)
    return Text(join(parts).zh, f"{join(parts[:-1]).en} and {parts[-1].en}")


def in_turn(texts: Iterable[Text], most: int = 3) -> Text:
    """Tell long items one after the other, with semicolons; of many, the first."""
    parts = list(texts)
    kept, more = (parts, 0) if len(parts) <= most + 1 else (parts[:most], len(parts) - most)
    zh, en = "；".join(text.zh for text in kept), "; ".join(text.en for text in kept)
    return msg("{items}; and {more} more", items=Text(zh, en), more=more) if more else Text(zh, en)


def either(names: Iterable[object]) -> Text:
    """Name alternatives: ``4 or 5``, in Chinese ``4、5``."""
    listed = [str(name) for name in names]
    return Text("、".join(listed), " or ".join(listed))


def noted(text: object, note: object) -> Text:
    """Return a text with a note in brackets, full-width ones in Chinese.

    >>> noted("base.yaml", Text("示例", "example"))
    Text(zh='base.yaml（示例）', en='base.yaml (example)')
    """
    return msg("{text} ({note})", text=text, note=note)


def paired(label: object, value: object) -> Text:
    """Return a label with its value behind a colon.

    >>> paired(Text("等级", "grade"), "AAA")
    Text(zh='等级：AAA', en='grade: AAA')
    """
    return msg("{label}: {value}", label=label, value=value)


def beside(text: Text) -> Text:
    """Set a text behind a Chinese word: with a space where it begins in Latin letters or digits."""
    return Text(f" {text.zh}", text.en) if text.zh[:1].isascii() else text


def quoted(text: Text) -> Text:
    """Put a text in quotation marks; those within it become single ones."""
    zh, en = (word.replace("“", "‘").replace("”", "’") for word in (text.zh, text.en))
    return Text(f"“{zh}”", f"“{en}”")


def sentence(text: Text) -> Text:
    """Return a sentence without what ends it, to be quoted within another one."""
    return Text(text.zh.rstrip("。？"), text.en.rstrip("."))


_HALF_WIDTH = str.maketrans({"﹥": ">", "﹤": "<", "≦": "≤", "≧": "≥"})


def half_width(printed: str) -> Text:
    """Return a span of scores as printed, in English with the signs of English: ``401 ～ 450`` as ``401–450``."""
    english = re.sub(r" ?～ ?", "–", printed).replace(" 分", " points")
    return Text(printed, english.translate(_HALF_WIDTH))


def first_sentence(text: Text) -> Text:
    """Return the first statement of a text, to be quoted where the rest would be too long.

    >>> first_sentence(Text("不取整，以精确得分为准；下同。", "It is not rounded; the same below.")).zh
    '不取整，以精确得分为准'
    """
    return Text(re.split("[。；]", text.zh, maxsplit=1)[0], re.split(r"[.;](?: |$)", text.en, maxsplit=1)[0])


def counted(number: object, one: str, many: str | None = None) -> Text:
    """Count in English: ``1 row``, ``2.5 points``; in Chinese it is the bare number, whose measure word stands with it.

    >>> counted(2, "row is", "rows are")
    Text(zh='2', en='2 rows are')
    """
    return Text(str(number), f"{number} {one if str(number) == '1' else many or one + 's'}")


def paragraph(sentences: Iterable[Text]) -> Text:
    """Join sentences, written without their full stops, into a paragraph."""
    zh, en = [], []
    for sentence in sentences:
        zh.append(sentence.zh.rstrip("。") + "。")
        en.append(sentence.en[:1].upper() + sentence.en[1:].rstrip(".") + ".")
    return Text("".join(zh), " ".join(en))


def printable(text: str) -> str:
    """Return a text from a file without the characters that steer a terminal or turn the writing round.

    >>> printable("冰城\\x1b[31m 基地")
    '冰城�[31m 基地'
    """
    return STEERING.sub("�", text)


def clip(value: object, length: int = 60) -> str:
    """Show what was found in a file, shortened so that a message stays one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]  # as YAML and JSON write them
    shown = repr(value) if isinstance(value, str) else str(value)
    return shorten(shown, length)


def made_up(title: Text, is_synthetic: bool = True) -> Text:
    """Return a title that says so where the content below it is made up."""
    if not is_synthetic:
        return title
    return msg("{title} (synthetic data)", title=title) if title.en else msg("Synthetic data")


def shorten(text: str, longest: int) -> str:
    """Return a text that is at most so long; one that was cut ends in an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def brief(text: Text) -> Text:
    """Return a text that a message can quote, whatever a file put into it."""
    return text if len(text.zh) + len(text.en) <= _BRIEF else Text(shorten(text.zh, _BRIEF), shorten(text.en, _BRIEF))


def nearest(word: str, names: Iterable[str], every: bool = False) -> Text:
    """Say which known name was probably meant, or list the known ones; with `every`, all of them in either case."""
    import difflib  # needed only after a mistyped word

    known = list(islice(names, 1000))  # nobody types more; comparing with each takes its time
    close = difflib.get_close_matches(word[:200], known, n=1, cutoff=0.5)
    close = close or [name for name in known if len(word) > 2 and word in name][:1]
    listed = ", ".join(known if every else known[:12]) + (" …" if len(known) > 12 and not every else "")
    if close:
        asked = msg("did you mean {name}?", name=close[0])
        if every:
            asked = msg("did you mean {name}? All there are: {names}", name=close[0], names=listed)
        return Question(asked.zh, asked.en)
    if not known:
        return msg("none to choose from")
    return msg("one of {names}", names=listed)


Span: TypeAlias = tuple[Literal["same", "deleted", "inserted"], str]


class Marked(str):
    """A text whose deleted and inserted spans are marked, as each format can; as plain text by brackets.

    Those that are tracked become revisions in Word, which can be accepted or rejected there.

    Examples
    --------
    >>> print(Marked((("same", "不少于 "), ("deleted", "1000"), ("inserted", "800"))))
    不少于 [-1000-]{+800+}
    """

    spans: tuple[Span, ...]
    is_tracked: bool

    def __new__(cls, spans: Iterable[Span], is_tracked: bool = False) -> Self:
        """Return the text of these spans."""
        listed = tuple(spans)
        signs = {"same": "{}", "deleted": "[-{}-]", "inserted": "{{+{}+}}"}
        made = super().__new__(cls, "".join(signs[kind].format(text) for kind, text in listed))
        made.spans, made.is_tracked = listed, is_tracked
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.spans, self.is_tracked

    @property
    def only(self) -> str:
        """The one kind of all its spans, empty where there are several."""
        kinds = {kind for kind, _ in self.spans}
        return kinds.pop() if len(kinds) == 1 else ""


def words(lang: Lang, *texts: Text) -> list[str]:
    """Return short words such as a table's heads in one language."""
    return [text.to(lang) for text in texts]
