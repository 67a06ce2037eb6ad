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
from lsstd.pages.blocks import Paragraph, Section, Table, Tiles, section
from lsstd.pages.page import cover_of
from lsstd.reports.batch import Made
from lsstd.reports.journal import Entry, Journal
from lsstd.reports.page import whole_page
from lsstd.words import Lang, Text, shorten, words

TITLE = Text("报告总表", "Index of reports")
_COLUMNS: dict[str, str] = {
    "subject": "对象|subject",
    "region": "地区|region",
    "as_of": "基准日|reference day",
    "eligible": "可申报|eligible",
    "secured": "确定得分|secured",
    "possible": "可能得分|possible",
    "maximum": "满分|maximum",
    "grade_secured": "按得分|by score",
    "grade_awarded": "可授予|awarded",
    "median": "中位级|median level",
    "findings": "提示|findings",
}
_ONLY_IN_TABLE = ("as_of", "maximum", "findings")
_NUMBERS = ("secured", "possible", "median")


def write_index(folder: Path, made: Sequence[Made], lang: Lang, force: bool = False) -> list[Path]:
    """Write the page and the table of all reports in a folder, and of those that failed just now.

    Raises
    ------
    FileError
        They cannot be written.
    """
    journal = Journal(folder)
    entries = [entry for entry in journal.entries.values() if _there(folder, entry)]
    entries.sort(key=lambda entry: entry.stem)
    failed = [report for report in made if not report.ok]
    keys = [key for key in _COLUMNS if any(entry.summary.get(key) is not None for entry in entries)]
    heads = words(lang, *(_COLUMNS[key] for key in keys), "文件|file")
    page = whole_page(_sections(folder, entries, failed, keys, lang), TITLE.to(lang), lang)
    paths = folder / "index.html", folder / "index.xlsx"
    write_whole(paths[0], page.encode(), force)
    rows: list[list[Value]] = [[*(_value(entry.summary, key, lang) for key in keys), entry.stem] for entry in entries]
    rows += [[report.subject, *[None] * (len(keys) - 1), report.source] for report in failed if keys]
    write_table(paths[1], TITLE.to(lang), [], heads, rows, force)
    return list(paths)


def has_index(folder: Path) -> bool:
    """Say whether there is an index of ours, which has to be kept true."""
    return is_own(folder / "index.html")


def _there(folder: Path, entry: Entry) -> list[str]:
    """Return the formats of a report whose files are still there."""
    return [kind for kind in entry.files if (folder / f"{entry.stem}.{kind}").is_file()]


def _sections(
    folder: Path, entries: Sequence[Entry], failed: Sequence[Made], keys: list[str], lang: Lang
) -> list[Section]:
    figures = [(Text("报告", "Reports"), len(entries)), (Text("本次失败", "Failed just now"), len(failed))]
    cover = cover_of("", "lsstd", TITLE.to(lang), [], [])
    tiles = Tiles(tuple((label.to(lang), str(count)) for label, count in figures))
    sections = [cover, section(Text("概况", "Overview"), lang, tiles)]
    if failed:
        rows = tuple((report.subject or report.source, *_reason(report, lang)) for report in failed)
        links = tuple(
            (place, 0, _link(report.notebook.relative_to(folder)))
            for place, report in enumerate(failed)
            if report.notebook
        )
        listed = Table(tuple(words(lang, "对象|subject", "格式|format", "原因|why")), rows, tight=(1,), links=links)
        note = Text(
            "名称指向保留的笔记本，出错的单元格已标出。", "A name leads to the notebook kept, its failing cell marked."
        )
        kept_ones = Paragraph(note.to(lang)) if links else None
        sections.append(section(Text("未能生成", "Failed"), lang, kept_ones, listed))
    return [*sections, section(Text("全部报告", "All reports"), lang, _table(folder, entries, keys, lang))]


def _reason(report: Made, lang: Lang) -> tuple[str, str]:
    messages = dict.fromkeys(failure.to(lang) for failure in report.failures.values())
    return ", ".join(report.failures), "\n".join(messages)


def _table(folder: Path, entries: Sequence[Entry], keys: list[str], lang: Lang) -> Table:
    """Return the table of all reports; beside each subject its formats, leading to the files."""
    formats = list(dict.fromkeys(kind for entry in entries for kind in entry.files))
    others = [key for key in keys if key != "subject" and key not in _ONLY_IN_TABLE]
    count = Counter(map(_name_of, entries))
    rows, links = [], []
    for place, entry in enumerate(entries):
        there = _there(folder, entry)
        told = [_told(entry.summary, key, lang) for key in others]
        name = _name_of(entry)
        rows.append(
            (
                name if count[name] == 1 else f"{name}（{entry.stem}）",
                *(kind if kind in there else "—" for kind in formats),
                *told,
            )
        )
        links += [(place, 1 + formats.index(kind), _link(Path(f"{entry.stem}.{kind}"))) for kind in there]
    heads = (*words(lang, _COLUMNS["subject"]), *formats, *words(lang, *(_COLUMNS[key] for key in others)))
    right = tuple(1 + len(formats) + place for place, key in enumerate(others) if key in _NUMBERS)
    return Table(heads, tuple(rows), right, tight=tuple(range(1, len(heads))), links=tuple(links))


def _name_of(entry: Entry) -> str:
    """Return what a report is called in the table: its subject, else its file, not so long as to fill the table."""
    return shorten(str(entry.summary.get("subject") or entry.stem), 40)


def _link(path: Path) -> str:
    """Return a relative link that no name can turn into something else."""
    return "./" + quote(path.as_posix())


def _told(summary: Mapping[str, Any], key: str, lang: Lang) -> str:
    value = _value(summary, key, lang)
    return "—" if value is None else shown(exact(value)) if isinstance(value, int | float) else str(value)


def _value(summary: Mapping[str, Any], key: str, lang: Lang) -> Value:
    """Return a cell: numbers as numbers, yes and no in words."""
    value = summary.get(key)
    if isinstance(value, bool):
        return Text("是", "yes").to(lang) if value else Text("否", "no").to(lang)
    return value
