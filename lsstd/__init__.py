"""Two standards on live-streaming e-commerce as a reference, a calculator and a laboratory.

Everything named here is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lsstd.analysis.impact import impact
    from lsstd.analysis.moved import Impact
    from lsstd.analysis.population import Population, anonymise, load_population
    from lsstd.analysis.sweep import sweep
    from lsstd.analysis.synthetic import load_assumptions, synthetic
    from lsstd.core.assessment import Assessment
    from lsstd.core.explain import explain
    from lsstd.core.result import Result
    from lsstd.core.search import search
    from lsstd.core.standard import Standard
    from lsstd.drafting.compare import Comparison, compare
    from lsstd.drafting.reform import Reform
    from lsstd.drafting.scenario import Scenario
    from lsstd.errors import LsstdError
    from lsstd.evaluation import evaluate, evaluate_under
    from lsstd.files.assessments import load_assessment, save_assessment
    from lsstd.files.changes import load_reform, load_scenario, save_scenario
    from lsstd.files.evidence import evidence
    from lsstd.files.examples import example, examples
    from lsstd.files.standards import load_crosswalks, load_standard
    from lsstd.office.intake import read_workbook
    from lsstd.office.workbook import write_workbook
    from lsstd.robustness.certificate import Certificate, certificate
    from lsstd.robustness.population_readings import population_readings
    from lsstd.robustness.readings import Envelope, readings_envelope

_HOMES = {
    "Assessment": "core.assessment",
    "Certificate": "robustness.certificate",
    "Comparison": "drafting.compare",
    "Envelope": "robustness.readings",
    "Impact": "analysis.moved",
    "LsstdError": "errors",
    "Population": "analysis.population",
    "Reform": "drafting.reform",
    "Result": "core.result",
    "Scenario": "drafting.scenario",
    "Standard": "core.standard",
    "anonymise": "analysis.population",
    "certificate": "robustness.certificate",
    "compare": "drafting.compare",
    "evaluate": "evaluation",
    "evaluate_under": "evaluation",
    "evidence": "files.evidence",
    "example": "files.examples",
    "examples": "files.examples",
    "explain": "core.explain",
    "impact": "analysis.impact",
    "load_assessment": "files.assessments",
    "load_assumptions": "analysis.synthetic",
    "load_crosswalks": "files.standards",
    "load_population": "analysis.population",
    "load_reform": "files.changes",
    "load_scenario": "files.changes",
    "load_standard": "files.standards",
    "population_readings": "robustness.population_readings",
    "read_workbook": "office.intake",
    "readings_envelope": "robustness.readings",
    "save_assessment": "files.assessments",
    "save_scenario": "files.changes",
    "search": "core.search",
    "sweep": "analysis.sweep",
    "synthetic": "analysis.synthetic",
    "write_workbook": "office.workbook",
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
    "evaluate",
    "evaluate_under",
    "evidence",
    "example",
    "examples",
    "explain",
    "impact",
    "load_assessment",
    "load_assumptions",
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
    "sweep",
    "synthetic",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'lsstd' has no attribute {name!r}")
    return getattr(import_module(f"lsstd.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
