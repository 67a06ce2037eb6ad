"""The index of a folder of reports: a page that leads to each, and a table of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lsstd.exact import exact, shown
from lsstd.files.cells import Value
from lsstd.files.writing import is_own, write_whole
from lsstd.office.documents import write_table
from lsstd.pages.blocks import Paragraph, Section, Table, Tiles, cover_of, section
from lsstd.reports.batch import Made
from lsstd.reports.plan import Entry, Journal
from lsstd.reports.render import whole_page
from lsstd.words import Lang, Text, msg, msg_in, shorten, words

TITLE = msg("Index of reports")
_COLUMNS: dict[str, Text] = {
    "subject": msg_in("head", "subject"),
    "region": msg_in("head", "region"),
    "as_of": msg_in("short", "reference day"),
    "eligible": msg_in("base", "eligible"),
    "secured": msg("secured"),
    "possible": msg_in("score", "possible"),
    "maximum": msg("maximum"),
    "grade_secured": msg("by score"),
    "grade_awarded": msg("awarded"),
    "median": msg("median level"),
    "findings": msg("findings"),
}
_ONLY_IN_WORKBOOK = ("as_of", "maximum", "findings")
_NUMBERS = ("secured", "possible", "median")


def write_index(folder: Path, made: Sequence[Made], lang: Lang, force: bool = False) -> list[Path]:
    """Write the page and the workbook of all reports in a folder, and of those that failed just now.

    Raises
    ------
    FileError
        They cannot be written.
    """
    journal = Journal(folder)
    entries = sorted(filter(journal.formats, journal.entries.values()), key=lambda entry: entry.stem)
    failed = [report for report in made if not report.ok]
    keys = [key for key in _COLUMNS if any(entry.summary.get(key) is not None for entry in entries)]
    figures = [(msg("Reports"), len(entries)), (msg("Failed just now"), len(failed))]
    tiles = Tiles(tuple((label.to(lang), str(count)) for label, count in figures))
    page = [cover_of("", "lsstd", TITLE.to(lang), [], []), section(msg("Overview"), lang, tiles)]
    page += [_failures(folder, failed, lang)] if failed else []
    page.append(section(msg("All reports"), lang, _table(journal, entries, keys, lang)))
    paths = [folder / "index.html", folder / "index.xlsx"]
    write_whole(paths[0], whole_page(page, TITLE.to(lang), lang).encode(), force)
    rows: list[list[Value]] = [[*(_value(entry.summary, key, lang) for key in keys), entry.stem] for entry in entries]
    rows += [[report.subject, *[None] * (len(keys) - 1), report.source] for report in failed if keys]
    heads = words(lang, *(_COLUMNS[key] for key in keys), msg("file"))
    write_table(paths[1], TITLE.to(lang), [], heads, rows, force)
    return paths


def has_index(folder: Path) -> bool:
    """Return whether there is an index of ours, which has to be kept true."""
    return is_own(folder / "index.html")


def _failures(folder: Path, failed: Sequence[Made], lang: Lang) -> Section:
    """Return why reports failed; where a notebook was kept, the name leads to it."""
    rows, links = [], []
    for place, report in enumerate(failed):
        reasons = dict.fromkeys(failure.to(lang) for failure in report.failures.values())
        rows.append((report.subject or report.source, ", ".join(report.failures), "\n".join(reasons)))
        links += [(place, 0, _link(report.notebook.relative_to(folder)))] if report.notebook else []
    heads = tuple(words(lang, msg_in("head", "subject"), msg("format"), msg("why")))
    note = msg("A name leads to the notebook kept, its failing cell marked.")
    listed = Table(heads, tuple(rows), tight=(1,), links=tuple(links))
    return section(msg("Failed"), lang, Paragraph(note.to(lang)) if links else None, listed)


def _table(journal: Journal, entries: Sequence[Entry], keys: Sequence[str], lang: Lang) -> Table:
    """Return the table of all reports; beside each subject its formats, leading to the files."""
    formats = list(dict.fromkeys(kind for entry in entries for kind in entry.files))
    others = [key for key in keys if key != "subject" and key not in _ONLY_IN_WORKBOOK]
    names = [shorten(str(entry.summary.get("subject") or entry.stem), 40) for entry in entries]
    count = Counter(names)
    rows, links = [], []
    for place, (entry, name) in enumerate(zip(entries, names, strict=True)):
        there = journal.formats(entry)
        label = name if count[name] == 1 else f"{name}（{entry.stem}）"
        cells = (_cell(_value(entry.summary, key, lang)) for key in others)
        rows.append((label, *(kind if kind in there else "—" for kind in formats), *cells))
        links += [(place, 1 + formats.index(kind), _link(Path(f"{entry.stem}.{kind}"))) for kind in there]
    heads = (*words(lang, _COLUMNS["subject"]), *formats, *words(lang, *(_COLUMNS[key] for key in others)))
    right = tuple(1 + len(formats) + place for place, key in enumerate(others) if key in _NUMBERS)
    return Table(heads, tuple(rows), right, tight=tuple(range(1, len(heads))), links=tuple(links))


def _link(path: Path) -> str:
    """Return a relative link that no name can turn into something else."""
    return "./" + quote(path.as_posix())


def _cell(value: Value) -> str:
    return "—" if value is None else shown(exact(value)) if isinstance(value, int | float) else str(value)


def _value(summary: Mapping[str, Any], key: str, lang: Lang) -> Value:
    """Return a cell: numbers as numbers, yes and no in words."""
    value = summary.get(key)
    if isinstance(value, bool):
        return msg_in("answer", "yes").to(lang) if value else msg("no").to(lang)
    return value
