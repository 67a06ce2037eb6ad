"""A folder of reports or packs: the journal of what is in it, and the index that leads to each.

The journal has a line for each report, appended once its files are whole. It names what each file was made from and
the hash that it had, so that only what is missing or changed is made, and nothing that somebody has edited since is
overwritten. A run that was killed finds in it what is done; a line that was cut off is ignored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import TypeAdapter

from lsstd.errors import FileError
from lsstd.exact import exact, shown
from lsstd.files.reading import read_bytes, reason, sha256_of
from lsstd.files.writing import cannot_write, is_own, write_whole
from lsstd.pages.blocks import Table, cover_of, section, tiles
from lsstd.reports.render import FOLDER, render, whole_page
from lsstd.words import Lang, Text, msg, msg_in, noted, same, shorten, words

if TYPE_CHECKING:
    from lsstd.reports.batch import Made

JOURNAL = ".lsstd-reports.jsonl"
PACK = "pack"
"""The journal's name for a folder with a packed application, among the formats of files."""
SUMS = "SHA256SUMS.txt"
"""The list of a pack's files with their hashes, which is the last to be written."""
_COLUMNS = {
    "region": msg("region"),
    "as_of": msg("reference day"),
    "disqualified": msg("disqualified"),
    "eligible": msg_in("base", "eligible"),
    "secured": msg("secured"),
    "possible": msg_in("score", "possible"),
    "grade_secured": msg("by score"),
    "grade_awarded": msg("self-assessed"),
    "median": msg("median level"),
    "complete": msg("complete"),
    "to_do": msg("to do"),
}
_SUBJECT, _FAILED, _MADE = msg_in("head", "subject"), msg("failed"), msg("made")
_NUMBERS = ("secured", "possible", "median", "to_do")


@dataclass(frozen=True)
class JournalEntry:
    """A report in the journal: of each format the file's SHA-256 and the key of all that it was made from."""

    stem: str
    source: str
    files: dict[str, tuple[str, str]]
    summary: dict[str, Any] = field(default_factory=dict)


_READER = TypeAdapter(JournalEntry)


class Journal:
    """The reports of a folder, by the stem of their files: the latest entry of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, JournalEntry] = {}
        self._spelled: dict[str, set[str]] = {}  # stems by the spelling that Windows and macOS treat as the same
        self._taken = {"index": "the page that leads to all of them"}  # in this run: the source of each stem
        for entry in self._read():
            self._hold(entry)

    def _hold(self, entry: JournalEntry) -> None:
        self.entries[entry.stem] = entry
        self._spelled.setdefault(entry.stem.casefold(), set()).add(entry.stem)

    def _read(self) -> Iterator[JournalEntry]:
        with suppress(FileError, UnicodeDecodeError):
            for line in read_bytes(self.folder / JOURNAL, 2**28).decode("utf-8").split("\n"):
                with suppress(ValueError):  # cut off, or not ours
                    entry = _READER.validate_json(line, strict=True)
                    if Path(f"{entry.stem}.").name == f"{entry.stem}.":  # names a file of this folder
                        yield entry

    def add(self, entry: JournalEntry) -> None:
        """Note a report whose files are whole."""
        before = self.entries.get(entry.stem, entry).files
        entry = JournalEntry(entry.stem, entry.source, {**before, **entry.files}, entry.summary)
        self._hold(entry)
        line = json.dumps(asdict(entry), ensure_ascii=False)
        try:
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as file:
                file.write(f"\n{line}")  # a new line after one that was cut off
        except OSError as error:
            raise cannot_write(self.folder / JOURNAL, reason(error)) from None

    def state(self, stem: str, kind: str, key: str) -> str:
        """Return the state of a report's file, or of a pack.

        ``missing``; ``unknown``: noted nowhere; ``fresh`` or ``stale``: as it was made, from what it is to be made
        from or from something else; ``kept`` or ``edited``: the same of one that somebody has changed since.
        """
        path, entry = self.path(stem, kind), self.entries.get(stem)
        if not path.exists():
            return "missing"
        if entry is None or kind not in entry.files:  # a run that was killed had made the whole pack
            return "stale" if kind == PACK and is_as_packed(path) else "unknown"
        sha256, made_from = entry.files[kind]
        is_as_made = is_as_packed(path) if kind == PACK else sha256_of(path) == sha256
        if is_as_made:
            return "fresh" if made_from == key else "stale"
        is_ours = _is_whole(path) if kind == PACK else is_own(path)
        if not is_ours:
            return "stale"  # to be made again; a file is then refused, since lsstd did not write what is there now
        return "kept" if made_from == key else "edited"

    def claim(self, stem: str, source: str) -> str:
        """Return a name that no other source uses, in this run or an earlier one in the folder."""
        found, count = stem, 1
        while (holder := self._taken.get(found.casefold()) or self._holder(found)) and holder != source:
            count += 1
            found = f"{stem}-{count}"
        self._taken[found.casefold()] = source
        return found

    def _holder(self, stem: str) -> str | None:
        """Return the source of the report of this name, as far as any of its files is still there."""
        named = (self.entries[known] for known in self._spelled.get(stem.casefold(), ()))
        return next((entry.source for entry in named if self.formats(entry)), None)

    def formats(self, entry: JournalEntry) -> list[str]:
        """Return the formats of a report whose files are still there."""
        return [kind for kind in entry.files if self.path(entry.stem, kind).exists()]

    def path(self, stem: str, kind: str) -> Path:
        """Return the path of a report of this name and format, or of a pack."""
        return self.folder / f"{stem}{_ending(kind)}"


def packed_files(path: Path) -> dict[str, str]:
    """Return the files of a pack with their hashes, as its own list has them; empty if there is no pack.

    Examples
    --------
    >>> from pathlib import Path
    >>> packed_files(Path("data"))
    {}
    """
    try:
        lines = (path / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def is_as_packed(path: Path) -> bool:
    """Return whether a folder is as lsstd packed it, without edits."""
    files = packed_files(path)
    there = {one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file()}
    return bool(files) and there == {*files, SUMS} and all(sha256_of(path / n) == sha for n, sha in files.items())


def _is_whole(path: Path) -> bool:
    """Return whether all files of a pack are there, changed or not."""
    files = packed_files(path)
    return bool(files) and all((path / name).is_file() for name in files)


def write_index(folder: Path, made: Sequence[Made], lang: Lang, force: bool = False) -> list[Path]:
    """Write the page and the workbook of all reports in a folder, and of those that failed just now."""
    journal, title = Journal(folder), msg("Index of reports").to(lang)
    entries = sorted(filter(journal.formats, journal.entries.values()), key=lambda entry: entry.stem)
    failed = {report.source: report for report in made if not report.ok}
    figures = [(msg("Reports"), len(entries)), (msg("Failed in this run"), len(failed))]
    notes = list(dict.fromkeys(Text(*entry.summary["told"]) for entry in entries if "told" in entry.summary))
    sections = [
        cover_of(lang, same("lsstd"), title, [], notes),
        section(msg("Overview"), lang, tiles(lang, figures)),
        section(msg("All reports"), lang, _table(journal, entries, failed, lang), key="all"),
    ]
    paths = [folder / "index.html", folder / "index.xlsx"]
    page = whole_page(sections, title, lang, tools=_tools(lang)).encode()
    for path, content in zip(paths, (page, render("xlsx", sections, title, lang)), strict=True):
        write_whole(path, content, force)
    return paths


def _tools(lang: Lang) -> str:
    """Return the scripts that search, sort and page long tables, to go at the end of a page."""
    texts = {
        "search": msg("Search"),
        "found": msg("{found} of {total} rows match"),
        "all": msg_in("rows", "all"),
        "pages": msg("Pages of the table"),
        "page": msg("Page {page} of {pages}", page="{page}", pages="{pages}"),
        "previous": msg("Back"),
        "next": msg_in("page", "Next"),
        "rows": msg("Rows a page"),
    }
    held = json.dumps({name: text.to(lang) for name, text in texts.items()}, ensure_ascii=False)
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in ("index.css", "index.js"))
    return (
        f'\n<style>\n{style}</style>\n<script type="application/json" id="lsstd-words">{held}</script>'
        f"\n<script>\n{script}</script>"
    )


def _table(journal: Journal, entries: Sequence[JournalEntry], failed: Mapping[str, Made], lang: Lang) -> Table:
    """Return the table of all reports, with links to the formats of each subject; then those that are not there.

    Where any failed it also has columns of states and reasons; a name leads to the notebook that was kept.
    """
    nowhere = [report for source, report in failed.items() if source not in {entry.source for entry in entries}]
    listed: list[tuple[JournalEntry | None, Made | None]] = [(entry, failed.get(entry.source)) for entry in entries]
    listed += [(None, report) for report in nowhere]
    keys = [key for key in _COLUMNS if any(entry.summary.get(key) is not None for entry in entries)]
    formats = list(dict.fromkeys(kind for entry in entries for kind in entry.files))
    count = Counter(entry.summary.get("subject") for entry in entries)
    rows, links = [], []
    for place, (entry, report) in enumerate(listed):
        summary, there, name = {}, [], ""
        if entry:
            summary, there = entry.summary, journal.formats(entry)
            name = summary.get("subject") or entry.stem
            if count[name] > 1:
                name = noted(name, entry.stem).to(lang)
            links += [(place, 1 + formats.index(kind), _link(f"{entry.stem}{_ending(kind)}")) for kind in there]
        elif report:
            name = report.subject or report.source
        cells = [_label(kind, lang) if kind in there else "—" for kind in formats]
        cells += [_cell(summary.get(key), lang) for key in keys]
        if report and report.notebook:
            links.append((place, 0, _link(report.notebook.relative_to(journal.folder).as_posix())))
        if failed:
            why = dict.fromkeys(failure.to(lang) for failure in report.failures.values()) if report else ()
            cells += [(_FAILED if report else _MADE).to(lang), "\n".join(why) or "—"]
        rows.append((shorten(name, 80), *cells))
    named = [*(_COLUMNS[key] for key in keys), *([msg("state"), msg("why")] if failed else [])]
    heads = (*words(lang, _SUBJECT), *(_label(kind, lang) for kind in formats), *words(lang, *named))
    right = tuple(1 + len(formats) + place for place, key in enumerate(keys) if key in _NUMBERS)
    tight = tuple(range(1, len(heads) - bool(failed)))
    return Table(heads, tuple(rows), right, tight=tight, links=tuple(links))


def _label(kind: str, lang: Lang) -> str:
    return msg("pack").to(lang) if kind == PACK else kind


def _ending(kind: str) -> str:
    return "" if kind == PACK else f".{kind}"


def _link(path: str) -> str:
    """Return a relative link that no name can turn into something else."""
    return "./" + quote(path)


def _cell(value: object, lang: Lang) -> str:
    """Return what the table says of a value: yes and no in words."""
    if isinstance(value, bool):
        return (msg_in("answer", "yes") if value else msg("no")).to(lang)
    if isinstance(value, int | float):
        return shown(exact(value))
    return "—" if value is None else str(value)
