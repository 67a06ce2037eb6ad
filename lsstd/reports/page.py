"""The frame of every page: no network, the reports' style; and pages of sections that no notebook makes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

import lsstd
from lsstd.pages.blocks import Section
from lsstd.words import Lang

TEMPLATE = Path(__file__).resolve().parent / "template"


def css() -> str:
    """Return how every page is set."""
    return (TEMPLATE / "report.css").read_text(encoding="utf-8")


def opening(title: str, lang: Lang) -> str:
    """Return the beginning of a page, as far as its first section: marked as lsstd's own."""
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if lang == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="generator" content="written by lsstd {lsstd.__version__}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{css()}
</style>
</head>
<body>
<main>
"""


def whole_page(sections: Iterable[Section], title: str, lang: Lang) -> str:
    """Return one HTML file that holds the sections."""
    body = "\n".join(section.html for section in sections)
    return f"{opening(title, lang)}{body}\n</main>\n</body>\n</html>\n"
