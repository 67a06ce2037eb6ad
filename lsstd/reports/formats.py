"""The formats of reports, by the ending of a file's name: each is read by the module that writes it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast

from lsstd.errors import FileError, Problem
from lsstd.reports.printed import Printed
from lsstd.words import Text, same

READ_BY = {
    ".html": "printed:printed_html",
    ".pdf": "pdf:printed_pdf",
    ".docx": "word:printed_docx",
    ".xlsx": "workbook:printed_xlsx",
}


def read_printed(path: Path) -> Printed:
    """Return what stands in a printed report, by the ending of its name.

    Raises
    ------
    FileError
        Another ending, or the file cannot be read.
    """
    ending = path.suffix.lower()
    if ending not in READ_BY:
        title = Text(f"{path.name} 不是报告", f"{path.name} is no report")
        raise FileError(title, [Problem(str(path), same(ending or "—"), same(" / ".join(READ_BY)))])
    module, _, name = READ_BY[ending].partition(":")
    return cast(Printed, getattr(importlib.import_module(f"lsstd.reports.{module}"), name)(path))
