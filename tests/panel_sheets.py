"""Sheets for the tests of panels: everything met, but for the rows of interest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsstd import load_standard
from lsstd.files.strict_yaml import to_yaml
from lsstd.panel.sheets import PanelSheet, load_sheet

STANDARD = load_standard("hlj-base-evaluation")
BASE = {"name": "示例基地", "id": "b1"}


def plain_sheet(by: str | None, rows: Mapping[str, Any], **header: Any) -> dict[str, Any]:
    """Return a sheet as a file holds it; a row given as None is not scored."""
    answers: dict[str, Any] = {**dict.fromkeys(STANDARD.criteria, "met"), **rows}
    given = {key: {"score": value} if isinstance(value, int | float) else value for key, value in answers.items()}
    who = {"expert": {"id": by, **header.pop("expert", {})}, "stage": "site"} if by else {}
    held = {key: value for key, value in given.items() if value is not None}
    return {"standard": STANDARD.standard, **who, "subject": BASE, "answers": held, **header}


def write_sheet(folder: Path, by: str | None, rows: Mapping[str, Any], name: str = "", **header: Any) -> Path:
    path = folder / f"{name or by or 'self'}.yaml"
    path.write_text(to_yaml(plain_sheet(by, rows, **header)), encoding="utf-8")
    return path


def sheets(folder: Path, *rows: Mapping[str, Any], groups: str = "") -> list[PanelSheet]:
    """Return a sheet for each expert, e1, e2 and so on; their groups are one letter each."""
    headers = [{"expert": {"group": group}} for group in groups] or [{} for _ in rows]
    return [
        load_sheet(write_sheet(folder, f"e{i}", given, **header))
        for i, (given, header) in enumerate(zip(rows, headers, strict=True), 1)
    ]
