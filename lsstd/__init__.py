"""Two standards on live-streaming e-commerce as a reference, a calculator and a laboratory.

Everything named here is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what type checkers read; a test compares it with the homes below
    # isort: off
    from lsstd.assessment.assessment import Assessment as Assessment, Scenario as Scenario
    from lsstd.changes.compare import Comparison as Comparison, compare as compare
    from lsstd.changes.reform import Reform as Reform
    from lsstd.engine.search import search as search
    from lsstd.engine.explain import explain as explain
    from lsstd.engine.result import Result as Result
    from lsstd.errors import LsstdError as LsstdError
    from lsstd.files.assessments import (
        load_assessment as load_assessment,
        load_reform as load_reform,
        load_scenario as load_scenario,
        save_assessment as save_assessment,
        save_scenario as save_scenario,
    )
    from lsstd.files.cases import evaluate as evaluate, evaluate_under as evaluate_under
    from lsstd.files.evidence_folder import evidence as evidence
    from lsstd.files.places import example as example, examples as examples
    from lsstd.files.standards import load_crosswalks as load_crosswalks, load_standard as load_standard
    from lsstd.office.costs_sheet import load_costs as load_costs
    from lsstd.office.self_score_reader import read_workbook as read_workbook
    from lsstd.office.self_score_writer import write_workbook as write_workbook
    from lsstd.planning.costs import Costs as Costs
    from lsstd.planning.improvement_plan import ImprovementPlan as ImprovementPlan
    from lsstd.planning.planner import plan as plan
    from lsstd.planning.where_to_look import where_to_look as where_to_look
    from lsstd.population.impact import Impact as Impact, impact as impact
    from lsstd.population.population import (
        Population as Population,
        anonymise as anonymise,
        load_population as load_population,
    )
    from lsstd.population.sweep import sweep as sweep
    from lsstd.population.synthetic import load_assumptions as load_assumptions, synthetic as synthetic
    from lsstd.robustness.certificate import Certificate as Certificate, certificate as certificate
    from lsstd.robustness.common_factor import load_common as load_common
    from lsstd.robustness.reading_effects import (
        Envelope as Envelope,
        population_readings as population_readings,
        readings_envelope as readings_envelope,
    )
    from lsstd.robustness.sensitivity import sensitivity as sensitivity
    from lsstd.robustness.uncertainty import grade_chances as grade_chances, uncertainty as uncertainty
    from lsstd.robustness.weights import (
        effective_weights as effective_weights,
        weight_uncertainty as weight_uncertainty,
    )
    from lsstd.standard.standard import Standard as Standard

_HOMES = {
    name: module
    for module, names in {
        "assessment.assessment": "Assessment Scenario",
        "changes.compare": "Comparison compare",
        "changes.reform": "Reform",
        "engine.search": "search",
        "engine.explain": "explain",
        "engine.result": "Result",
        "errors": "LsstdError",
        "files.assessments": "load_assessment load_reform load_scenario save_assessment save_scenario",
        "files.cases": "evaluate evaluate_under",
        "files.evidence_folder": "evidence",
        "files.places": "example examples",
        "files.standards": "load_crosswalks load_standard",
        "office.costs_sheet": "load_costs",
        "office.self_score_reader": "read_workbook",
        "office.self_score_writer": "write_workbook",
        "planning.costs": "Costs",
        "planning.improvement_plan": "ImprovementPlan",
        "planning.planner": "plan",
        "planning.where_to_look": "where_to_look",
        "population.impact": "Impact impact",
        "population.population": "Population anonymise load_population",
        "population.sweep": "sweep",
        "population.synthetic": "load_assumptions synthetic",
        "robustness.certificate": "Certificate certificate",
        "robustness.common_factor": "load_common",
        "robustness.reading_effects": "Envelope population_readings readings_envelope",
        "robustness.sensitivity": "sensitivity",
        "robustness.uncertainty": "grade_chances uncertainty",
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
    globals()[name] = found = _with_checked_kinds(found) if isinstance(found, FunctionType) else found
    return found


_SOURCES = {
    "Standard": "load_standard(…)",
    "Assessment": "load_assessment(…)",
    "Population": "load_population(…, standard)",
    "Result": "evaluate(standard, assessment)",
    "Costs": "load_costs(…, standard)",
}


def _with_checked_kinds(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that tells what it works on where it is given something else, such as a file's name."""
    hints = function.__annotations__.items()
    asked = [(i, name, kind) for i, (name, hint) in enumerate(hints) if (kind := hint.partition(" ")[0]) in _SOURCES]

    @wraps(function)
    def checked(*values: Any, **named: Any) -> Any:
        for place, name, kind in asked:
            value = values[place] if place < len(values) else named.get(name)
            if value is not None and not isinstance(value, __getattr__(kind)):
                from lsstd.errors import LsstdError, Problem
                from lsstd.words import msg, same

                expected = msg("what {source} returns", source=_SOURCES[kind])
                problem = Problem(name, same(type(value).__name__), expected)
                raise LsstdError(msg("wrong kind of argument"), [problem])
        return function(*values, **named)

    return checked


def __dir__() -> list[str]:
    return __all__
