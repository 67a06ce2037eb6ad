"""The command ``report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from lsstd.cli.options import language, readings_of
from lsstd.errors import LsstdError, Problem
from lsstd.text import Text, nearest

FORMATS = ("html",)


def make_reports(
    files: list[Path],
    to: str,
    folder: Path,
    standard: str | None,
    reading: list[str] | None,
    reforms: list[Path] | None,
    force: bool,
) -> list[dict[str, Any]]:
    """Make a report of each file; one failure does not stop the others. Return what became of each."""
    chosen = readings_of(reading)
    for name in to.split(","):
        if name not in FORMATS:
            problem = Problem("--to", Text(f"未知格式 {name}", f"unknown format {name}"), nearest(name, FORMATS))
            raise LsstdError(Text("无法生成报告", "no report can be made"), [problem])
    from lsstd.reports.make import Order, make_report

    taken: set[Path] = set()
    made = []
    for file in files:
        try:
            subject, path = make_report(
                Order(file, folder, standard, chosen, tuple(reforms or ()), language(), force), taken
            )
            sys.stderr.write(Text(f"报告已写入 {path}\n", f"report written to {path}\n").to(language()))
            made.append({"subject": subject, "format": "html", "path": str(path), "ok": True, "message": ""})
        except LsstdError as error:
            told = error.to(language())
            sys.stderr.write(f"{file}: {told}\n")
            made.append({"subject": str(file), "format": "html", "path": None, "ok": False, "message": told})
    return made
