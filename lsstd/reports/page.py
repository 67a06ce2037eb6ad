"""A page of its own from sections: no network, the reports' style."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import lsstd
from lsstd.reports.make import TEMPLATE
from lsstd.text import Lang
from lsstd.views.blocks import Section


def whole_page(sections: Iterable[Section], title: str, lang: Lang) -> str:
    """Return one HTML file that holds the sections."""
    css = (TEMPLATE / "report.css").read_text(encoding="utf-8")
    body = "\n".join(section.html for section in sections)
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if lang == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="generator" content="written by lsstd {lsstd.__version__}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>
{css}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
