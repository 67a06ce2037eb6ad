"""The errors of lsstd.

::

    LsstdError            a user's mistake, told in two languages, with every problem found
    ├── FileError         a file or folder cannot be read or written
    │   └── ChangedElsewhere   somebody else changed a file since it was read
    ├── InvalidFile       what a file holds is not what it should be
    ├── UnknownName       a standard, criterion, reading … that does not exist
    └── ReportError       a report could not be made

A message has three parts: where, what was found, what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lsstd.words import Lang, Question, Text, brief, msg, paired, printable, same, shorten

MOST = 200  # stop after this many problems: a file with more is probably not the one the user meant
_LONGEST_PLACE, _LONGEST_MESSAGE = 200, 20_000  # characters, of a problem's place and of a whole message


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: where it is, what was found there, what would be right."""

    where: str
    found: Text
    expected: Text
    line: int | None = None

    @property
    def text(self) -> Text:
        """The problem in one line."""
        at = same("") if self.line is None else msg(" (line {line})", line=self.line)
        expected = brief(self.expected)
        right = expected if isinstance(self.expected, Question) else msg("expected: {expected}", expected=expected)
        where, found = shorten(self.where, _LONGEST_PLACE), brief(self.found)
        return msg("{where}{at}: {found}; {right}", where=where, at=at, found=found, right=right)

    def to(self, lang: Lang) -> str:
        """Return the problem in one line of one language."""
        return printable(self.text.to(lang))


class LsstdError(Exception):
    """A user's mistake, told in two languages.

    Parameters
    ----------
    title : Text
        What could not be done.
    problems : iterable of Problem
        Everything that stood in the way, all at once.
    """

    def __init__(self, title: Text, problems: Iterable[Problem] = ()) -> None:
        self.title = title
        self.problems = tuple(problems)
        super().__init__(title, self.problems)

    def within(self, name: str) -> LsstdError:
        """Return the same error, told as one in a file of this name.

        >>> from lsstd.words import msg
        >>> lsstd.LsstdError(msg("no such grade")).within("base.yaml").to("en")
        'base.yaml: no such grade'
        """
        return type(self)(paired(name, self.title), self.problems)

    @property
    def text(self) -> Text:
        """The message, in both languages."""
        return Text(self.to("zh"), self.to("en"))

    def to(self, lang: Lang) -> str:
        """Tell the error in one language, a line for each problem, as far as anybody would read.

        >>> from lsstd.words import msg
        >>> lsstd.LsstdError(msg("no such grade")).to("en")
        'no such grade'
        """
        lines, room = [printable(brief(self.title).to(lang))], _LONGEST_MESSAGE
        for place, problem in enumerate(self.problems):
            lines.append(f"  - {problem.to(lang)}")
            if (room := room - len(lines[-1])) < 0 and (more := len(self.problems) - place - 1):
                return "\n".join([*lines, "  - " + msg("{more} more problems", more=more).to(lang)])
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.to("zh") + "\n" + self.to("en")


class FileError(LsstdError):
    """A file or folder cannot be read or written."""


class ChangedElsewhere(FileError):
    """A file was changed by somebody else since it was read; it is left as it is."""


class InvalidFile(LsstdError):
    """What a file holds is not what it should be."""


class UnknownName(LsstdError):
    """A standard, criterion, reading or the like that does not exist."""


class ReportError(LsstdError):
    """A report could not be made."""


class Problems:
    """Collects problems, so that a user learns of all of them at once."""

    def __init__(self, lines: dict[str, int] | None = None) -> None:
        self.found: list[Problem] = []
        self._lines = lines or {}

    def add(self, where: str, found: Text | str, expected: Text | str) -> None:
        """Note one problem; the line is looked up from the place."""
        as_text = [t if isinstance(t, Text) else same(t) for t in (found, expected)]
        problem = Problem(where, as_text[0], as_text[1], self._line(where))
        if problem not in self.found[-3:]:  # each model that may stand there says the same of it
            self.found.append(problem)

    @property
    def is_long(self) -> bool:
        """Whether so much is wrong that nobody would read on; the search for more may end."""
        return len(self.found) >= MOST

    def _line(self, where: str) -> int | None:
        """Return the line of the place, or of the nearest thing around it."""
        while where:
            if where in self._lines:
                return self._lines[where]
            where = where.rpartition(".")[0]
        return None

    def raise_if_any(self, title: Text) -> None:
        """Raise one `InvalidFile` that holds all problems, in the order of their lines, if there are any."""
        if self.found:
            raise self.error(title)

    def error(self, title: Text) -> InvalidFile:
        """Return one `InvalidFile` that holds all problems, in the order of their lines."""
        return InvalidFile(title, sorted(self.found, key=lambda problem: problem.line or 0))
