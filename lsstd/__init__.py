"""Two standards on live-streaming e-commerce as a reference, a calculator and a laboratory.

Everything named here is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what type checkers read; a test compares it with the homes below
    # isort: off
    from lsstd.assessment.assessment import Assessment as Assessment, Scenario as Scenario
    from lsstd.changes.compare import Comparison as Comparison, compare as compare
    from lsstd.changes.diff import diff as diff
    from lsstd.changes.editions import reform_between as reform_between
    from lsstd.changes.migrate import migrate as migrate
    from lsstd.changes.reform import Reform as Reform
    from lsstd.engine.application_check import application_check as application_check
    from lsstd.engine.search import search as search
    from lsstd.engine.explain import explain as explain
    from lsstd.engine.result import Result as Result
    from lsstd.errors import LsstdError as LsstdError
    from lsstd.files.assessments import load_assessment as load_assessment, load_reform as load_reform
    from lsstd.files.assessments import load_scenario as load_scenario, save_assessment as save_assessment
    from lsstd.files.assessments import save_scenario as save_scenario
    from lsstd.files.cases import evaluate as evaluate, evaluate_under as evaluate_under
    from lsstd.files.evidence_folder import evidence as evidence
    from lsstd.files.places import example as example, examples as examples
    from lsstd.files.standards import (
        edition_pair as edition_pair,
        load_crosswalks as load_crosswalks,
        load_standard as load_standard,
    )
    from lsstd.lint.linting import run_lint as run_lint, load_waivers as load_waivers
    from lsstd.office.costs_sheet import load_costs as load_costs
    from lsstd.office.self_score_reader import read_workbook as read_workbook
    from lsstd.office.self_score_writer import write_workbook as write_workbook
    from lsstd.panel import panel as panel
    from lsstd.panel.combination import Combination as Combination
    from lsstd.panel.cycle_folder import cycle as cycle
    from lsstd.panel.panel_result import PanelResult as PanelResult, combine as combine
    from lsstd.panel.sheets import load_sheet as load_sheet
    from lsstd.planning.costs import Costs as Costs
    from lsstd.planning.cut_scores import CutScores as CutScores, cut_scores as cut_scores
    from lsstd.planning.design import design as design
    from lsstd.planning.design_result import Design as Design
    from lsstd.planning.improvement_plan import ImprovementPlan as ImprovementPlan
    from lsstd.planning.planner import plan as plan
    from lsstd.planning.procedure_days import dates as dates
    from lsstd.planning.where_to_look import where_to_look as where_to_look
    from lsstd.population.impact import Impact as Impact, impact as impact
    from lsstd.population.partitions import Partitions as Partitions, open_population as open_population
    from lsstd.population.population import Population as Population, anonymise as anonymise
    from lsstd.population.population import load_population as load_population
    from lsstd.population.ranking import score as score
    from lsstd.population.scoring import plot_scores as plot_scores
    from lsstd.population.sweep import sweep as sweep
    from lsstd.population.synthetic import load_assumptions as load_assumptions, synthetic as synthetic
    from lsstd.reports.application_pack import pack as pack
    from lsstd.robustness.certificate import Certificate as Certificate, certificate as certificate
    from lsstd.robustness.common_factor import load_common as load_common
    from lsstd.robustness.population_chances import grade_chances as grade_chances
    from lsstd.robustness.population_sensitivity import population_sensitivity as population_sensitivity
    from lsstd.robustness.reading_effects import Envelope as Envelope, population_readings as population_readings
    from lsstd.robustness.reading_effects import readings_envelope as readings_envelope
    from lsstd.robustness.sensitivity import sensitivity as sensitivity
    from lsstd.robustness.uncertainty import uncertainty as uncertainty
    from lsstd.robustness.weights import effective_weights as effective_weights
    from lsstd.robustness.weights import weight_uncertainty as weight_uncertainty
    from lsstd.standard.standard import Standard as Standard

_HOMES = {
    name: module
    for module, names in {
        "assessment.assessment": "Assessment Scenario",
        "changes.compare": "Comparison compare",
        "changes.diff": "diff",
        "changes.editions": "reform_between",
        "changes.migrate": "migrate",
        "changes.reform": "Reform",
        "engine.application_check": "application_check",
        "engine.search": "search",
        "engine.explain": "explain",
        "engine.result": "Result",
        "errors": "LsstdError",
        "files.assessments": "load_assessment load_reform load_scenario save_assessment save_scenario",
        "files.cases": "evaluate evaluate_under",
        "files.evidence_folder": "evidence",
        "files.places": "example examples",
        "files.standards": "edition_pair load_crosswalks load_standard",
        "lint.linting": "load_waivers run_lint",
        "office.costs_sheet": "load_costs",
        "office.self_score_reader": "read_workbook",
        "office.self_score_writer": "write_workbook",
        "panel": "panel",
        "panel.combination": "Combination",
        "panel.cycle_folder": "cycle",
        "panel.panel_result": "PanelResult combine",
        "panel.sheets": "load_sheet",
        "planning.costs": "Costs",
        "planning.cut_scores": "CutScores cut_scores",
        "planning.design": "design",
        "planning.design_result": "Design",
        "planning.improvement_plan": "ImprovementPlan",
        "planning.planner": "plan",
        "planning.procedure_days": "dates",
        "planning.where_to_look": "where_to_look",
        "population.impact": "Impact impact",
        "population.partitions": "Partitions open_population",
        "population.population": "Population anonymise load_population",
        "population.ranking": "score",
        "population.scoring": "plot_scores",
        "population.sweep": "sweep",
        "population.synthetic": "load_assumptions synthetic",
        "reports.application_pack": "pack",
        "robustness.certificate": "Certificate certificate",
        "robustness.common_factor": "load_common",
        "robustness.population_chances": "grade_chances",
        "robustness.population_sensitivity": "population_sensitivity",
        "robustness.reading_effects": "Envelope population_readings readings_envelope",
        "robustness.sensitivity": "sensitivity",
        "robustness.uncertainty": "uncertainty",
        "robustness.weights": "effective_weights weight_uncertainty",
        "standard.standard": "Standard",
    }.items()
    for name in names.split()
}
"""The module that each public name comes from."""

__version__ = "0.1.0"
__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lsstd' has no attribute {name!r}")
    found = getattr(import_module(f"lsstd.{_HOMES[name]}"), name)
    globals()[name] = found = _taking_files(found) if isinstance(found, FunctionType) else found
    return found


_AGAINST = ("Population", "AnyPopulation", "Assumptions", "Costs")
_NAMED = rf"\b(Standard|Assessment|Scenario|Reform|Result|Common|{'|'.join(_AGAINST)})\b"
"""What a file may stand for; some are read against a standard."""


def _taking_files(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that takes a file wherever it takes one of our objects, and tells what is of a wrong kind."""
    signature = inspect.signature(function)
    listed = {name: re.findall(_NAMED, str(taken.annotation)) for name, taken in signature.parameters.items()}
    asked = {name: kinds for name, kinds in listed.items() if kinds}

    @wraps(function)
    def taking(*values: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*values, **named)
        except TypeError:
            return function(*values, **named)  # which tells what is missing
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


def _is_path(value: object) -> bool:
    return isinstance(value, str | os.PathLike)


def _is_source(value: object) -> bool:
    """Return whether a population can be opened from this: a path, paths, a data frame; or it is one, in parts."""
    return _is_path(value) or isinstance(value, list) or hasattr(value, "columns") or hasattr(value, "each")


def _is_population(value: object) -> bool:
    """Return whether this is a population where assessments may stand as well, one by one."""
    from lsstd.files.places import TABLES

    if isinstance(value, list | tuple):
        return bool(value) and all(_is_path(one) and _is_population(one) for one in value)
    if _is_path(value):
        return Path(value).suffix.lower() in TABLES or Path(value).is_dir()
    return hasattr(value, "columns") or isinstance(value, _classes_of(["AnyPopulation"]))


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _classes_of(kinds: list[str]) -> tuple[type, ...]:
    homes = {"Common": "robustness.common_factor", "Assumptions": "population.synthetic", **_HOMES}
    names = [name for kind in kinds for name in (("Population", "Partitions") if kind == "AnyPopulation" else (kind,))]
    return tuple(getattr(import_module(f"lsstd.{homes[name]}"), name) for name in names)


def _opened(name: str, value: Any, kinds: list[str], standard: Any, is_pair: bool = False) -> Any:
    """Return an object of one of these kinds, read from its file if need be, against a standard if one is given."""
    if is_pair:  # a result with its name, which is that of the file
        title, value = (Path(value).stem, value) if _is_path(value) else value if _is_pair(value) else ("", value)
        return title, _opened(name, value, kinds, standard)
    if isinstance(value, _classes_of(kinds)):
        return value
    kind = kinds[0]
    if kind in ("Population", "AnyPopulation") and _is_source(value):
        from lsstd.population.partitions import Partitions, in_memory, open_population

        is_open = isinstance(value, Partitions)
        found = value if is_open else open_population(value, standard or _default_standard())
        return in_memory(found, name) if kind == "Population" else found
    if kinds == ["Standard", "Reform"] and _is_path(value) and Path(value).suffix:
        from lsstd.files.reading import read_plain

        kind = "Reform" if "reform" in (read_plain(Path(value))[0].value or ()) else kind
    if _is_path(value) and (kind == "Standard" or Path(value).exists() or Path(value).suffix):
        if kind == "Result":
            from lsstd.files.cases import evaluate_file

            return evaluate_file(Path(value), standard)
        load = __getattr__(f"load_{kind.lower()}")
        if kind != "Assumptions":
            return load(value, standard) if kind == "Assessment" else load(value)
        if standard is not None:
            return load(value, standard)
    from lsstd.errors import LsstdError, Problem
    from lsstd.words import msg, same

    load_name = "open_population" if kind == "AnyPopulation" else f"load_{kind.lower()}"
    source = f"{load_name}(…{', standard' if kind in _AGAINST else ''})"
    source = "evaluate(standard, assessment)" if kind == "Result" else source
    expected = msg("an existing file, or what {source} returns", source=source)

    raise LsstdError(msg("wrong kind of argument"), [Problem(name, same(type(value).__name__), expected)])


def _default_standard() -> Any:
    from lsstd.files.places import DEFAULT_STANDARD

    return __getattr__("load_standard")(DEFAULT_STANDARD)


def __dir__() -> list[str]:
    return __all__
