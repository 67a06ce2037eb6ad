"""How a command is declared, the options that commands share, and the language of a run."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

import lsstd
from lsstd.cli.language import LocalCommand, language
from lsstd.cli.output import note, tell_what_was_set_aside
from lsstd.errors import InvalidFile, LsstdError, Problem, Problems
from lsstd.files.places import DEFAULT_STANDARD as DEFAULT_STANDARD
from lsstd.files.places import TABLES
from lsstd.words import Text, clip, msg, same

if TYPE_CHECKING:
    from lsstd.engine.result import ConditionFailed, Result

PATH = click.Path(path_type=Path)
Parameter: TypeAlias = Callable[[], click.Parameter]
Command: TypeAlias = Callable[[], click.Command]
"""Both make what click needs anew for each run, its help in the language of that run."""


def option(typed: str, help: Text, kind: Any = None, name: str = "", **settings: Any) -> Parameter:
    """Declare an option as it is typed (``-o --output FILE``); without a value to type it is a flag.

    The kind and the settings are click's; the name is that of the function's parameter, where it is another.
    """
    words = typed.split()
    flags = [word for word in words if word.startswith("-")]
    settings |= {"type": kind, "metavar": words[-1]} if len(flags) < len(words) else {"is_flag": True}
    settings.setdefault("show_default", "default" in settings)
    return lambda: click.Option([*flags, *filter(None, [name])], help=help.to(language()), **settings)


def argument(typed: str, help: Text, name: str, kind: Any = PATH) -> Parameter:
    """Declare an argument as it is typed: in brackets where it may be left out, with ``…`` where it may be repeated."""
    settings = {"type": kind, "nargs": -1 if "…" in typed else 1, "required": not typed.startswith("[")}
    return lambda: click.Argument([name], metavar=typed, help=help.to(language()), **settings)


def output(typed: str, help: Text) -> Parameter:
    """Declare where a command writes its result, if not to the terminal."""
    return option(f"-o --output {typed}", help, PATH)


def path_to_write(typed: str, help: Text, **settings: Any) -> Parameter:
    """Declare where a command writes that always does."""
    return option(f"-o --output {typed}", help, PATH, name="path", **(settings or {"required": True}))


FILE = argument("FILE", msg("assessment (YAML, JSON)"), "file")
JSON = option("--json", msg("print one JSON document only"), name="as_json")
FORCE = option("--force", msg("overwrite files not written by lsstd"))
LANG = option("--lang zh|en", msg("language of the output"), click.Choice(("zh", "en")), expose_value=False)
STANDARD = option("--standard PATH_OR_ID", msg("use this standard, not the file's own"))
READING = option("--reading KEY=OPTION", msg("choose a reading (repeatable)"), multiple=True)
REFORM = option("--reform FILE", msg("apply a reform (repeatable)"), PATH, multiple=True)
SEED = option("--seed N", msg("random seed"), click.IntRange(0), default=0)
SCORING = (STANDARD, READING, REFORM)
SCORED = (*SCORING, JSON)
_WITHHELD: dict[str, Any] = {"kind": click.Choice(("withhold", "report")), "default": "withhold", "show_default": False}
CONDITION_FAILED = option("--condition-failed report", msg("show the grade by score all the same"), **_WITHHELD)


def command(
    summary: Text, *parameters: Parameter, name: str = "", details: Text | None = None
) -> Callable[[Callable[..., bool | None]], Command]:
    """Declare a command: a function of the values of its parameters, those of shared options together as `Options`.

    The function returns whether the check that it makes holds, if it makes one.
    """

    def declared(run: Callable[..., bool | None]) -> Command:
        def called(**values: Any) -> bool | None:
            _hold_apart(values.get("path") or values.get("output"), values)
            shared = {each.name: values.pop(each.name) for each in dataclasses.fields(Options) if each.name in values}
            status = run(**values, **({"options": Options(**shared)} if shared else {}))
            if shared.get("force"):  # without it, nothing is
                tell_what_was_set_aside()
            return status

        def build() -> click.Command:
            help = "\n\n".join(text.to(language()) for text in (summary, details) if text)
            made, short = [make() for make in (*parameters, LANG)], summary.to(language())
            return LocalCommand(name or run.__name__, params=made, callback=called, help=help, short_help=short)

        return build

    return declared


def _hold_apart(target: Path | None, values: dict[str, Any]) -> None:
    """Raise the `FileError` for a file to write that is read too, by its name, within a folder or by a pattern."""
    if target is None or not target.is_file():
        return
    from lsstd.files.writing import cannot_write
    from lsstd.population.table_parts import files_of

    is_table = target.suffix.lower() in TABLES  # what is made of a table never takes its place
    expected = msg("another name") if is_table else msg("another name, or --force")
    given = [each for value in values.values() for each in (value if isinstance(value, tuple) else [value])]
    for path in given if is_table or not values.get("force") else ():
        if isinstance(path, Path) and path is not target:
            files = files_of(path) if is_table else None
            if any(file.is_file() and file.samefile(target) for file in files or [path]):
                raise cannot_write(target, msg("the file being read"), expected)


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """The values of shared options: how to score, under which standard, what to print, where to write."""

    standard: str | None = None
    reading: tuple[str, ...] = ()
    reform: tuple[Path, ...] = ()
    as_json: bool = False
    output: Path | None = None
    force: bool = False
    condition_failed: ConditionFailed = "withhold"

    @property
    def readings(self) -> dict[str, str]:
        """The readings chosen; raise `LsstdError` for one that is not of the form KEY=OPTION."""
        example = msg("KEY=OPTION, such as compound_rows=all")
        return {key: option.strip() for key, option in pairs_of("--reading", self.reading, example)}

    @property
    def reforms(self) -> list[lsstd.Reform]:
        """The reforms to apply, in order."""
        return [lsstd.load_reform(path) for path in self.reform]

    def named(self, name: str | Path) -> Result | lsstd.Standard:
        """Return the result of the assessment or scenario that a file holds, or the standard that is named instead."""
        from lsstd.files.standards import is_standard

        path = Path(name)
        is_named = is_standard(name) or not (path.suffix or path.exists())
        return self.reformed(str(name)) if is_named else self.result(path)

    def against(self) -> lsstd.Standard | None:
        """Return the standard named, None where the file's own counts."""
        return load_named(self.standard) if self.standard else None

    def reformed(self, name: str) -> lsstd.Standard:
        """Return a standard, by its id or file, with the reforms applied."""
        from lsstd.changes.reform import apply_all

        return apply_all(load_named(name), self.reforms)

    def result(self, file: Path) -> Result:
        """Load and evaluate one file, an assessment or a scenario."""
        from lsstd.files.cases import evaluate_file

        return self.displayed(evaluate_file(file, self.against(), self.readings, self.reforms))

    def displayed(self, result: Result) -> Result:
        """Return a result as it is to be shown."""
        return dataclasses.replace(result, condition_failed=self.condition_failed)


def pairs_of(flag: str, texts: Iterable[str], example: Text) -> Iterator[tuple[str, str]]:
    """Yield the pairs that a repeatable option gives; raise `LsstdError` for a text without an equals sign."""
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise LsstdError(msg("{flag} is malformed", flag=flag), [Problem(flag, same(text), example)])
        yield key.strip(), value


def load_named(name: str) -> lsstd.Standard:
    """Load a standard that the command line names; of a user's own, note on stderr what a drafter should know."""
    from lsstd.engine.remarks import standard_remarks
    from lsstd.files.standards import own_names

    standard = lsstd.load_standard(name)
    for where, found, expected in standard_remarks(standard) if name not in own_names() else ():
        remark = Problems()
        remark.add(where, found, expected)
        note(msg("Note: {remark}", remark=remark.found[0].text))
    return standard


def full_day(date: str | None) -> str | None:
    """Return a full date as typed; raise `InvalidFile` for anything else."""
    from lsstd.assessment.assessment import day_of

    with contextlib.suppress(ValueError):
        if date is None or len(str(day_of(date))) == 10:
            return date
    expected = msg("a full date such as 2025-01-15")
    raise InvalidFile(msg("invalid date"), [Problem("--date", same(clip(date)), expected)])
