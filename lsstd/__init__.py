"""Two standards on live-streaming e-commerce as a reference, a calculator and a laboratory.

Everything named here is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsstd.assessment.assessment import Assessment
    from lsstd.changes.compare import Comparison, compare
    from lsstd.changes.reform import Reform
    from lsstd.changes.scenario import Scenario
    from lsstd.engine.explain import explain
    from lsstd.engine.result import Result
    from lsstd.errors import LsstdError
    from lsstd.files.assessments import load_assessment, load_reform, load_scenario, save_assessment, save_scenario
    from lsstd.files.cases import evaluate, evaluate_under
    from lsstd.files.evidence_folder import evidence
    from lsstd.files.places import example, examples
    from lsstd.files.standards import load_crosswalks, load_standard
    from lsstd.office.self_score_reader import read_workbook
    from lsstd.office.self_score_writer import write_workbook
    from lsstd.population.impact import impact
    from lsstd.population.moved import Impact
    from lsstd.population.population import Population, anonymise, load_population
    from lsstd.population.sweep import sweep
    from lsstd.population.synthetic import load_assumptions, synthetic
    from lsstd.robustness.certificate import Certificate, certificate
    from lsstd.robustness.common import load_common
    from lsstd.robustness.many import grade_chances
    from lsstd.robustness.population_readings import population_readings
    from lsstd.robustness.readings import Envelope, readings_envelope
    from lsstd.robustness.sensitivity import sensitivity
    from lsstd.robustness.uncertainty import uncertainty
    from lsstd.robustness.weights import effective_weights, weight_uncertainty
    from lsstd.standard.search import search
    from lsstd.standard.standard import Standard

_HOMES = {
    "Assessment": "assessment.assessment",
    "Certificate": "robustness.certificate",
    "Comparison": "changes.compare",
    "Envelope": "robustness.readings",
    "Impact": "population.moved",
    "LsstdError": "errors",
    "Population": "population.population",
    "Reform": "changes.reform",
    "Result": "engine.result",
    "Scenario": "changes.scenario",
    "Standard": "standard.standard",
    "anonymise": "population.population",
    "certificate": "robustness.certificate",
    "compare": "changes.compare",
    "effective_weights": "robustness.weights",
    "evaluate": "files.cases",
    "evaluate_under": "files.cases",
    "evidence": "files.evidence_folder",
    "example": "files.places",
    "examples": "files.places",
    "explain": "engine.explain",
    "grade_chances": "robustness.many",
    "impact": "population.impact",
    "load_assessment": "files.assessments",
    "load_assumptions": "population.synthetic",
    "load_common": "robustness.common",
    "load_crosswalks": "files.standards",
    "load_population": "population.population",
    "load_reform": "files.assessments",
    "load_scenario": "files.assessments",
    "load_standard": "files.standards",
    "population_readings": "robustness.population_readings",
    "read_workbook": "office.self_score_reader",
    "readings_envelope": "robustness.readings",
    "save_assessment": "files.assessments",
    "save_scenario": "files.assessments",
    "search": "standard.search",
    "sensitivity": "robustness.sensitivity",
    "sweep": "population.sweep",
    "synthetic": "population.synthetic",
    "uncertainty": "robustness.uncertainty",
    "weight_uncertainty": "robustness.weights",
    "write_workbook": "office.self_score_writer",
}

__version__ = "0.1.0"
__all__ = [
    "Assessment",
    "Certificate",
    "Comparison",
    "Envelope",
    "Impact",
    "LsstdError",
    "Population",
    "Reform",
    "Result",
    "Scenario",
    "Standard",
    "__version__",
    "anonymise",
    "certificate",
    "compare",
    "effective_weights",
    "evaluate",
    "evaluate_under",
    "evidence",
    "example",
    "examples",
    "explain",
    "grade_chances",
    "impact",
    "load_assessment",
    "load_assumptions",
    "load_common",
    "load_crosswalks",
    "load_population",
    "load_reform",
    "load_scenario",
    "load_standard",
    "population_readings",
    "read_workbook",
    "readings_envelope",
    "save_assessment",
    "save_scenario",
    "search",
    "sensitivity",
    "sweep",
    "synthetic",
    "uncertainty",
    "weight_uncertainty",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lsstd' has no attribute {name!r}")
    return getattr(import_module(f"lsstd.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
