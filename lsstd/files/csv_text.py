"""CSV as Excel, WPS and other programs write it: its encoding, its line ends, its separator."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from lsstd.files.reading import refused
from lsstd.words import msg

SEPARATORS = ",;\t|"
_UTF_8 = re.compile(rb"(?<![\x80-\xff])(?:[\xe3-\xe9][\x80-\xbf]{2}|\xef[\xbc-\xbf][\x80-\xbf])+(?![\x80-\xff])")
_SIMPLIFIED, _TRADITIONAL = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]"), re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_SEPARATED = re.compile('\ufeff?"?sep=(.)"?[ \t]*(?=\r|\n|$)')
_AS_UTF_8 = msg("CSV UTF-8, as Excel can save it")


def encoding_of(data: bytes, path: Path) -> str:
    """Return the encoding of a CSV file: UTF-8, UTF-16 (Excel's "Unicode text") or GB 18030 (Chinese Excel's).

    Raises `FileError`: another one (Big5 is told as such), or UTF-8 and GB 18030 in one file.
    """
    encodings = ["utf-16"] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        if encoding == "gb18030" and (pasted := _UTF_8.search(data)):
            text = pasted[0].decode("utf-8", "replace")[:12]
            found, line = (
                msg("“{text}” is in UTF-8, other text is not", text=text),
                data.count(b"\n", 0, pasted.start()),
            )
            raise refused(path, found, _AS_UTF_8, line + 1)
        with suppress(UnicodeDecodeError):
            if "\0" in (text := data.decode(encoding))[:4096]:
                continue
            if encoding == "gb18030" and _is_big5(data, text):
                raise refused(path, msg("text that looks like Big5 (traditional characters)"), _AS_UTF_8)
            return encoding
    raise refused(path, msg("not text in UTF-8, UTF-16 or GB 18030"), _AS_UTF_8)


def _is_big5(data: bytes, text: str) -> bool:
    """Return whether bytes that can be read as GB 18030 are rather Big5: each has its common characters together."""
    chinese = [sign.encode("gb18030") for sign in text[:100_000] if sign > "\u2e7f"]
    if sum(_SIMPLIFIED.fullmatch(sign) is not None for sign in chinese) >= 0.6 * len(chinese):
        return False
    with suppress(UnicodeDecodeError):
        other = [sign.encode("big5") for sign in data.decode("big5")[:100_000] if sign > "\u2e7f"]
        return sum(_TRADITIONAL.fullmatch(sign) is not None for sign in other) > 0.9 * len(other)
    return False


def plain_csv(data: bytes, path: Path) -> str:
    r"""Return the text of a CSV file, its lines ended by ``\n`` or ``\r\n`` (those of an old Mac were ``\r``).

    A first line ``sep=;``, by which Excel is told the separator, becomes an empty line.
    """
    text = data.decode(encoding_of(data, path))
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    return _SEPARATED.sub("", text, 1) if _SEPARATED.match(text) else text


def separator_of(text: str) -> str:
    """Return what separates the columns of a CSV text: a comma, a semicolon, a tab or a bar."""
    return max(SEPARATORS, key=text.count)
