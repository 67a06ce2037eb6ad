"""Help: one language at a time, nothing cut off, no line wider than a terminal."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from lsstd.cli.app import build
from lsstd.cli.language import choose_language, language
from lsstd.pages.terminal import cell_width

NAMES = [*build().commands, *(f"population {name}" for name in build().commands["population"].commands)]  # type: ignore[attr-defined]
CHINESE = re.compile(r"[\u3001-\u9fff\uff01-\uff5e]")
ENGLISH = re.compile(r"(?<![-\w./])[a-z]{3,} [a-z]{2,}")


# The help of every command is in the language asked for, whole, and fits a terminal of 80 columns.
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_is_whole_and_in_one_language(lsstd: Callable[..., Any], name: str, lang: str) -> None:
    ran = lsstd("--lang", lang, *name.split(), "--help")
    assert (ran.status, ran.err) == (0, "")
    assert max(map(cell_width, ran.out.splitlines())) <= 80
    assert "..." not in ran.out.replace("[ARGS]...", "")
    listed = [line for line in ran.out.splitlines() if re.match(r"  \S", line)]
    assert all(re.search(r"\S  +\S", line) or not line.startswith("  -") for line in listed)  # each option has a help
    usage, *lines = ran.out.splitlines()
    assert usage.startswith({"zh": "用法：", "en": "Usage: "}[lang])
    assert not (ENGLISH if lang == "zh" else CHINESE).search("\n".join(lines))


# The language may stand before the command or after --help; each command of the list has its sentence there.
def test_the_language_stands_anywhere(lsstd: Callable[..., Any]) -> None:
    before, after = lsstd("--lang", "en", "assess", "--help"), lsstd("assess", "--help", "--lang=en")
    assert before.out == after.out
    assert before.out.startswith("Usage: ")
    listed = lsstd("--help").out
    assert all(re.search(rf"^  {name} +\S", listed, re.MULTILINE) for name in build().commands)
    assert lsstd("-h").out == listed


# The line decides before the variables, LSSTD_LANG before the locale; what names neither language means Chinese.
@pytest.mark.parametrize(
    ("arguments", "variables", "lang"),
    [
        ([], {}, "zh"),
        ([], {"LANG": "C.UTF-8"}, "zh"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "en_GB.UTF-8", "LSSTD_LANG": "zh"}, "zh"),
        (["--lang", "en", "assess"], {"LSSTD_LANG": "zh"}, "en"),
        (["--lang", "en", "assess", "--lang=zh"], {}, "zh"),
        (["assess", "--lang"], {}, "zh"),
    ],
)
def test_what_decides_the_language(arguments: list[str], variables: dict[str, str], lang: str) -> None:
    before = language()
    choose_language(arguments, variables)
    chosen = language()
    choose_language(["--lang", before], {})
    assert chosen == lang


# Templates are listed with what each parameter means, in one language as well.
def test_templates_are_listed_in_one_language(lsstd: Callable[..., Any]) -> None:
    chinese, english = (lsstd("report", "--list", "--lang", lang).out for lang in ("zh", "en"))
    assert "评价、情景的文件，或示例名（由 FILE… 给出）" in chinese
    assert not ENGLISH.search(chinese)
    assert not CHINESE.search(english)
