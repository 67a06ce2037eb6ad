"""The examples in docstrings say what happens, and all that users call has one."""

from __future__ import annotations

import doctest
import inspect
import typing
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes

import lsstd

PACKAGE = Path(lsstd.__file__).parent
WITH_EXAMPLES = sorted(
    "lsstd." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
FUNCTIONS = [inspect.unwrap(f) for f in (getattr(lsstd, name) for name in lsstd.__all__) if isinstance(f, FunctionType)]


def returned() -> set[type]:
    """Return the public classes, and those of the package that public functions return."""
    named = {value for value in (getattr(lsstd, name) for name in lsstd.__all__) if isinstance(value, type)}
    known = {"pd": pd, "Axes": Axes, **{name: getattr(lsstd, name) for name in lsstd.__all__}}
    for function in FUNCTIONS:
        hint = typing.get_type_hints(function, known | vars(import_module(function.__module__)))["return"]
        named |= {kind for kind in (hint, *typing.get_args(hint)) if isinstance(kind, type)}
    return {kind for kind in named if kind.__module__.startswith("lsstd")}


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that remembers its results by argument."""
    kept: dict[str, Any] = {}
    return lambda *given: kept[key] if (key := repr(given)) in kept else kept.setdefault(key, function(*given))


# Every example in a docstring runs and gives what it shows; it may write files, and finds those of the examples.
@pytest.mark.parametrize("name", WITH_EXAMPLES)
@pytest.mark.filterwarnings("ignore:FigureCanvasAgg")
def test_docstring_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").symlink_to(PACKAGE.parent / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(lsstd, "design", once(lsstd.design))  # every example on designs begins with the same one
    failed, tried = doctest.testmod(import_module(name), verbose=False, extraglobs={"lsstd": lsstd})
    assert (failed, tried > 0) == (0, True)


# All public functions, and all methods of what they return, have an example.
def test_every_public_function_has_an_example() -> None:
    methods = [
        method
        for kind in returned()
        for name, method in vars(kind).items()
        if isinstance(method, FunctionType) and not name.startswith("_") and method.__module__ == kind.__module__
    ]
    assert len(methods) > 30
    bare = {f"{each.__module__}.{each.__qualname__}" for each in (*FUNCTIONS, *methods)}
    told = {
        f"{each.__module__}.{each.__qualname__}" for each in (*FUNCTIONS, *methods) if ">>> " in (each.__doc__ or "")
    }
    assert bare - told == set()


# Whatever is shown in one line is short, whatever it holds; what has a section or a table shows it in a notebook.
def test_objects_show_themselves() -> None:
    base, standard = lsstd.example("near_aaa"), "hlj-base-evaluation"
    people = lsstd.load_population(PACKAGE.parent / "data" / "populations" / "made_up_60.csv", standard)
    with_sections = [
        lsstd.load_standard(standard),
        lsstd.evaluate(standard, base),
        lsstd.compare(base, [lsstd.example("small_rural")]),
        lsstd.evidence(base),
        lsstd.certificate(standard, base),
        lsstd.uncertainty(standard, base),
        lsstd.sensitivity(standard, base),
        lsstd.readings_envelope(standard, base),
        lsstd.impact(people, standard, standard),
        lsstd.population_readings(people, standard),
        lsstd.sweep(people, standard, {"lines.AAAA": [440, 450]}),
        lsstd.cycle(PACKAGE.parent / "data" / "cycles" / "made_up_2025"),
    ]
    for shown in with_sections:
        assert "<table" in shown._repr_html_() or "<h2>" in shown._repr_html_()
    for shown in (*with_sections, people, lsstd.load_assessment(base), lsstd.explain(base, "village_rooms")):
        assert len(repr(shown)) < 250
        assert "\n" not in repr(shown)
        assert str(shown) == repr(shown)
