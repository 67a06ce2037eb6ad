"""Calling the roll: a workbook is written with every row of its standard, so none may be lost without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lsstd.errors import Problems
from lsstd.files.cells import seen
from lsstd.office.sheets import Line
from lsstd.words import Text, join, nearest

ONCE = Text("每项一行", "one row each")
_NAMED = 8


class Roll:
    """The rows that a sheet has to hold, ticked off as they are read.

    Parameters
    ----------
    names : mapping from id to Text
        Each row that was written.
    filled : sequence of str
        The columns that people fill in: only a row with something in them needs an id.
    problems : Problems
    """

    def __init__(self, names: Mapping[str, Text], filled: tuple[str, ...], problems: Problems) -> None:
        self.names, self.filled, self.problems = names, filled, problems
        self.found: set[str] = set()
        self.nameless: list[Line] = []
        self.passed: list[Line] = []
        self.strange = 0

    def take(self, line: Line) -> str | None:
        """Return a row's id, if it is one that is known and not yet read."""
        key = line.cells.get("id")
        if key is None:
            is_filled = any(line.cells.get(name) is not None for name in self.filled)
            (self.nameless if is_filled else self.passed).append(line)
        elif key not in self.names:
            self.strange += 1
            self.problems.add(line.where("id"), seen(key), nearest(key, self.names))
        elif key in self.found:
            self.problems.add(line.where("id"), Text(f"重复的编号 {key}", f"{key} again"), ONCE)
        else:
            self.found.add(key)
            return str(key)
        return None

    def settle(self, sheet: str) -> Iterator[Text]:
        """Tell of rows without an id, and of those that are gone; yield a note on lines that were passed over."""
        if self.problems.is_long:
            return  # reading ended early
        if self.nameless:
            self._tell_nameless()
        missing = [name for key, name in self.names.items() if key not in self.found]
        lost = len(self.nameless) + self.strange
        if len(missing) > (lost + len(self.passed) if lost else 0):  # those that lost their ids are told already
            named, count = join(missing[:_NAMED]), len(missing)
            more = ("等", " …") if count > _NAMED else ("", "")
            told = Text(f"少了 {count} 行：{named.zh}{more[0]}", f"rows that are gone ({count}): {named.en}{more[1]}")
            expected = Text(
                "原有的每一行（不作答的留空，不要删去）", "every row as written: leave blank, do not delete"
            )
            self.problems.add(sheet, told, expected)
        if self.passed:
            count, first = len(self.passed), self.passed[0].row
            zh = f"“{sheet}”中 {count} 行没有编号也没有作答，未读入（第 {first} 行起）"
            yield Text(zh, f"rows of “{sheet}” without id or answer that were not read: {count}, from row {first}")

    def _tell_nameless(self) -> None:
        """Tell of all rows without an id at once: they lost it together."""
        first, last, count = self.nameless[0], self.nameless[-1], len(self.nameless)
        expected = Text("原有的编号", "the id that stood there")
        if count == 1:
            return self.problems.add(first.where("id"), Text("缺少编号", "no id"), expected)
        place = f"{first.where('id')}:{last.where('id').rpartition(' ')[2]}"
        self.problems.add(place, Text(f"{count} 行缺少编号", f"{count} rows without an id"), expected)
