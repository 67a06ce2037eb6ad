"""The public names of the package, each with the module that it comes from: read by type checkers, and at run time."""

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
from lsstd.files.cases import evaluate as evaluate, evaluate_under as evaluate_under
from lsstd.files.evidence_folder import evidence as evidence
from lsstd.files.places import example as example, examples as examples
from lsstd.files.standards import edition_pair as edition_pair, load_crosswalks as load_crosswalks
from lsstd.files.standards import load_standard as load_standard
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
from lsstd.reports.plan import report_all as report_all
from lsstd.reports.packs import pack_all as pack_all
from lsstd.robustness.certificate import Certificate as Certificate, certificate as certificate
from lsstd.robustness.distribution import load_common as load_common
from lsstd.robustness.population_chances import grade_chances as grade_chances
from lsstd.robustness.population_sensitivity import population_sensitivity as population_sensitivity
from lsstd.robustness.reading_effects import Envelope as Envelope, population_readings as population_readings
from lsstd.robustness.reading_effects import readings_envelope as readings_envelope
from lsstd.robustness.sensitivity import sensitivity as sensitivity
from lsstd.robustness.uncertainty import uncertainty as uncertainty
from lsstd.robustness.weights import effective_weights as effective_weights
from lsstd.robustness.weights import weight_uncertainty as weight_uncertainty
from lsstd.standard.standard import Standard as Standard

__version__: str
_HOMES: dict[str, str]
