"""Arguments of the public functions: a file may stand for any of our objects; a wrong kind gets a clear message."""

from __future__ import annotations

import inspect
import os
import re
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, TypeGuard

import lsstd
from lsstd.errors import LsstdError, Problem
from lsstd.files.places import DEFAULT_STANDARD, TABLES
from lsstd.words import msg, same

_AGAINST = ("Population", "AnyPopulation", "Assumptions", "Costs")
_NAMED = rf"\b(Standard|Assessment|Scenario|Reform|Result|Common|{'|'.join(_AGAINST)})\b"
"""What a file may stand for; some are read against a standard."""


def taking_files(function: Any) -> Any:
    """Return a function that takes a file wherever it takes one of our objects, and refuses arguments of a wrong kind.

    Anything but a function is returned as it is.
    """
    if not isinstance(function, FunctionType):
        return function
    signature = inspect.signature(function)
    listed = {name: re.findall(_NAMED, str(taken.annotation)) for name, taken in signature.parameters.items()}
    asked = {name: kinds for name, kinds in listed.items() if kinds}

    @wraps(function)
    def taking(*values: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*values, **named)
        except TypeError:
            return function(*values, **named)  # which says which one is missing
        standard = None
        # The standard first: populations are read against it.
        for name in sorted(filter(bound.arguments.__contains__, asked), key=lambda name: asked[name][0] != "Standard"):
            value, kinds, kind = bound.arguments[name], asked[name], str(signature.parameters[name].annotation)
            if "| Iterable[" in kind:  # a population, or assessments one by one
                kinds, kind = (kinds[:1], "") if _is_population(value) else (kinds[1:], "Iterable")
            if kind.startswith(("Iterable", "Sequence")):
                listed = [value] if _is_path(value) or isinstance(value, _classes_of(kinds)) else value
                value = [_opened(name, one, kinds, standard, is_pair="tuple[" in kind) for one in listed]
            elif value is not None or "None" not in kind:
                value = _opened(name, value, kinds, standard)
            bound.arguments[name] = value
            if kinds == ["Standard"] and standard is None and not isinstance(value, list):
                standard = value
        return function(*bound.args, **bound.kwargs)

    return taking


def _is_path(value: object) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(value, str | os.PathLike)


def _is_source(value: object) -> bool:
    """Return whether a population can be opened from this: a path, paths, a data frame, or a population in parts."""
    return _is_path(value) or isinstance(value, list) or hasattr(value, "columns") or hasattr(value, "each")


def _is_population(value: object) -> bool:
    """Return whether this is a population, where an iterable of assessments would do as well."""
    if isinstance(value, list | tuple):
        return bool(value) and all(_is_path(one) and _is_population(one) for one in value)
    if _is_path(value):
        return Path(value).suffix.lower() in TABLES or Path(value).is_dir()
    return hasattr(value, "columns") or isinstance(value, _classes_of(["AnyPopulation"]))


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _classes_of(kinds: list[str]) -> tuple[type, ...]:
    homes = {"Common": "robustness.distribution", "Assumptions": "population.synthetic", **lsstd._HOMES}
    names = [name for kind in kinds for name in (("Population", "Partitions") if kind == "AnyPopulation" else (kind,))]
    return tuple(getattr(import_module(f"lsstd.{homes[name]}"), name) for name in names)


def _opened(name: str, value: Any, kinds: list[str], standard: Any, is_pair: bool = False) -> Any:
    """Return an object of one of these kinds, read from its file if necessary, against a standard if one is given."""
    if is_pair:  # a result with its name, which is that of the file
        title = Path(value).stem if _is_path(value) else ""
        if _is_pair(value):
            title, value = value
        return title, _opened(name, value, kinds, standard)
    if isinstance(value, _classes_of(kinds)):
        return value
    kind = kinds[0]
    if kind in ("Population", "AnyPopulation") and _is_source(value):
        partitions = import_module("lsstd.population.partitions")
        if not isinstance(value, partitions.Partitions):
            value = partitions.open_population(value, standard or lsstd.load_standard(DEFAULT_STANDARD))
        return partitions.in_memory(value, name) if kind == "Population" else value
    if kinds == ["Standard", "Reform"] and _is_path(value) and Path(value).suffix:
        from lsstd.files.reading import read_plain

        kind = "Reform" if "reform" in (read_plain(Path(value)).value or ()) else kind
    if _is_path(value) and (kind == "Standard" or Path(value).exists() or Path(value).suffix):
        if kind == "Result":
            from lsstd.files.cases import evaluate_file

            return evaluate_file(Path(value), standard)
        load = getattr(lsstd, f"load_{kind.lower()}")
        if kind != "Assumptions":
            return load(value, standard) if kind == "Assessment" else load(value)
        if standard is not None:
            return load(value, standard)
    load_name = "open_population" if kind == "AnyPopulation" else f"load_{kind.lower()}"
    source = f"{load_name}(…{', standard' if kind in _AGAINST else ''})"
    source = "evaluate(standard, assessment)" if kind == "Result" else source
    expected = msg("an existing file, or what {source} returns", source=source)
    raise LsstdError(msg("wrong kind of argument"), [Problem(name, same(type(value).__name__), expected)])
