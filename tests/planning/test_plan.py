"""Plans of the examples: replayed by the engine, dated, compared, refused; the table of costs in YAML and Excel."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from command_line import Outcome

from lsstd import (
    ImprovementPlan,
    Standard,
    evaluate,
    example,
    load_assessment,
    load_costs,
    load_standard,
    plan,
    where_to_look,
)
from lsstd.assessment.assessment import Answer
from lsstd.assessment.check import parse_assessment
from lsstd.errors import LsstdError, Problems
from lsstd.files.places import data
from lsstd.office.costs_sheet import write_template
from lsstd.planning.costs import parse_costs
from lsstd.planning.where_to_look import SiteVisit

STANDARD = load_standard("hlj-base-evaluation")
COSTS = data() / "costs" / "near_aaa.yaml"


def of(name: str, target: str | None = None, **options: Any) -> ImprovementPlan:
    assessment = load_assessment(example(name))
    return plan(load_standard(assessment.standard), assessment, target, **options)


# A plan played as a scenario gives exactly the score and grade that it projects; so do its phases and other ways.
@pytest.mark.parametrize("name", ["near_aaa", "small_rural", "not_eligible", "contradictory", "studio_partial"])
@pytest.mark.parametrize("reading", [{}, {"compound_rows": "all"}, {"rounding": "total"}])
def test_a_plan_applied_gives_what_it_projects(name: str, reading: dict[str, str]) -> None:
    assessment = load_assessment(example(name))
    standard = load_standard(assessment.standard)
    if name == "studio_partial" and "compound_rows" in reading:
        return
    for target in standard.grades:
        found = plan(standard, assessment, target, readings=reading)
        assert found.way is not None
        played = evaluate(standard, found.scenario.apply(assessment), reading)
        assert played.score == found.way.after.score
        assert played.grade == found.way.after.grade
        assert standard.grades.index(str(played.grade.awarded)) <= standard.grades.index(target)
        assert found.status == "optimal"
        gained = sum((step.gain for step in found.way.steps), Fraction(0))
        if standard.is_plain and not reading.get("rounding"):
            assert gained == played.score.secured - found.result.score.secured
        if found.phases:
            assert found.phases[-1].result.score == played.score


# What conditions ask for is part of the plan, first of all; what only time cures has its day and costs nothing.
def test_conditions_come_first_and_time_has_its_day() -> None:
    found = of("not_eligible", "AAA")
    assert found.way is not None
    first, second = found.way.steps
    assert (first.task.id, first.task.changes[0].after, first.gain) == ("signed_anchors", 20, 0)
    assert (second.task.id, second.task.kind, second.finish) == ("years_in_operation", "time", "2025-04-15")
    assert {effect.id for effect in second.effects} == {"builder_and_opening", "operation"}  # one step, two effects
    assert found.way.cost == 0
    early = of("not_eligible", "AAA", by="2025-02-01")
    assert (early.status, early.way, early.blocked[0].cured_on) == ("unreachable", None, "2025-04-15")
    assert [blocked.id for blocked in early.blocked] == ["years_in_operation", "by"]


# A video archive kept for two and a half years is three years old in half a year.
def test_what_grows_with_time_is_ready_by_its_day() -> None:
    assessment = load_assessment(example("near_aaa")).with_facts({"video_storage_years": 2.5})
    step = next(s for s in plan(STANDARD, assessment, "AAAA").found.changes if s.id == "video_storage_years")  # type: ignore[union-attr]
    assert (step.after, step.ready) == (3, "2025-06-30")


# Under a veto nothing is planned, and no distance told.
def test_under_a_veto_nothing_is_planned() -> None:
    assessment = load_assessment(example("near_aaa")).with_facts({"data_falsified": True})
    found = plan(STANDARD, assessment, "AAA").to_dict()
    assert (found["status"], found["points_needed"], found["curve"], found["steps"]) == ("unreachable", None, [], [])
    assert [blocked["id"] for blocked in found["blocked_by"]] == ["data_falsification"]


# With costs: prerequisites, capacity and days hold; other ways leave out three steps; the curve never falls.
def test_a_plan_with_costs() -> None:
    costs = load_costs(COSTS, STANDARD)
    found = of("near_aaa", "AAAA", costs=costs, chance=0.8)
    way = found.way
    assert way is not None
    assert (way.cost, found.bound, found.needed) == (Fraction(143, 10), Fraction(143, 10), Fraction(307, 6))
    days = {step.task.id: (step.start, step.finish) for step in way.steps}
    first, second = "product_selection.selection_rules", "product_selection.suppliers_rated"
    assert str(days[first][1]) <= str(days[second][0])
    begun = [str(step.start)[:7] for step in way.steps if step.task.price.owner == "运营部"]
    assert max(begun.count(month) for month in begun) <= 2
    plans = [way, *found.alternatives]
    for i, other in enumerate(plans):
        for earlier in plans[:i]:
            assert len({s.task.id for s in earlier.steps} - {s.task.id for s in other.steps}) >= 3
            assert other.cost >= earlier.cost
    assert all(one.cost <= other.cost for one, other in pairwise(found.curve))
    line = next(point for point in found.curve if point.grade == "AAAA")
    assert (line.points, line.cost) == (found.needed, way.cost)
    assert found.surest is not None
    assert found.surest.chance is not None
    assert found.surest.chance >= Fraction(4, 5)
    assert way.chance is not None
    assert way.chance < Fraction(1, 5)
    assert found.robust is not None
    assert found.robust.cost >= max(each.cost or 0 for each in found.by_reading)
    in_time = of("near_aaa", "AAAA", costs=costs, by="2025-06-30")
    assert in_time.way is not None
    assert str(in_time.way.finish) <= "2025-06-30"
    assert in_time.way.cost > way.cost


# A budget that does not suffice tells what is missing, and the most that it buys; a cushion costs more.
def test_budget_and_cushion() -> None:
    costs = load_costs(COSTS, STANDARD)
    short = of("near_aaa", "AAAA", costs=costs, budget=10)
    assert short.status == "unreachable"
    assert short.best is not None
    assert short.best.cost <= 10
    assert "4.3" in short.blocked[0].why.en
    spare = of("near_aaa", "AAA", cushion=5).way
    assert spare is not None
    assert spare.after.score.secured >= 406
    assert of("near_aaa", "AA", cushion=45).way == of("near_aaa", "AA").way  # there is as much above the line already
    everything = of("near_aaa", "AAA", readings={"recommended_rows": "left_out"}, cushion=200)
    assert everything.status == "unreachable"


# What comes first is done, too, where the table has no cost for it, and where its row has all its points without it.
def test_nothing_that_comes_first_is_forgotten() -> None:
    first = {
        "max_score": 5,
        "rule": {"at_least": {"parts": 1}},
        "parts": {"done": {"text": "t"}, "left": {"text": "t"}},
    }
    rows = {"first": first, "other": {"max_score": 5}, "last": {"max_score": 5}}
    criteria = {key: {"clause": "1", "text": "t", "indicator": "one", **row} for key, row in rows.items()}
    values = {"standard": "made-up", "edition": "1", "title": "t", "indicators": {"one": {"name": "n"}}}
    standard = Standard.model_validate({**values, "criteria": criteria, "bands": [{"grade": "A", "lower": 10}]})
    answers = {"first": {"parts": {"done": "met", "left": "unmet"}}, "other": "unmet", "last": "unmet"}
    assessment = parse_assessment(standard, {"standard": "made-up", "answers": answers})
    table = {"last": {"cost": 1, "after": ["first.left", "other"]}, "first.left": {"cost": 7}}
    made = plan(standard, assessment, costs=parse_costs({"standard": "made-up", "costs": table}, standard, Problems()))
    assert made.way is not None
    assert {step.task.id: step.task.price.cost for step in made.way.steps} == {"other": 0}
    sure = plan(standard, assessment, "A", costs=made.costs, cushion=5).way
    assert sure is not None
    assert {step.task.id for step in sure.steps} == {"first.left", "other", "last"}
    assert made.assumptions[-1].en.endswith("counted as 0: other")


# Whoever has all points and the highest grade has nothing left to do.
def test_nothing_is_left_to_do() -> None:
    answers = {key: Answer(score=row.max_score) for key, row in STANDARD.criteria.items() if row.max_score}
    near = load_assessment(example("near_aaa"))
    assert plan(STANDARD, near.model_copy(update={"answers": answers})).to_dict()["steps"] == []


# What cannot be told is refused, with what would be right.
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"target": "AAAAA"}, "did you mean AAAA"),
        ({"target": "AAA", "budget": 0.1}, "at least"),
        ({"target": "AAA", "budget": -1}, "a number from 0 on"),
        ({"target": "AAA", "by": "2024-01-01"}, "a day from 2024-12-31 on"),
        ({"target": "AAA", "by": "next week"}, "a full date"),
        ({"target": "AAA", "chance": 1.5}, "from 0 to 1"),
    ],
)
def test_what_allows_nothing_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(LsstdError, match=told):
        of("near_aaa", **options)


WRONG: dict[str, tuple[str, str]] = {
    "a negative cost": ("  village_rooms: {cost: -1}", "at least 0"),
    "a missing cost": ("  village_rooms: {lead_days: 3}", "missing"),
    "an unknown id": ("  vilage_rooms: {cost: 1}", "did you mean village_rooms"),
    "an unknown prerequisite": (
        "  village_rooms: {cost: 1, after: [ofice_facilities]}",
        "did you mean office_facilities",
    ),
    "a circle": (
        "  village_rooms: {cost: 1, after: [staff_training]}\n  staff_training: {cost: 1, after: village_rooms}",
        "→",
    ),
    "a chance of nothing": ("  village_rooms: {cost: 1, chance: 0}", "above 0"),
    "a range beside the cost": ("  village_rooms: {cost: 9, range: [1, 2]}", "the cost within it"),
    "an unknown key": ("  village_rooms: {cost: 1, leed_days: 3}", "did you mean lead_days"),
    "an owner who owns nothing": (
        "  village_rooms: {cost: 1}\ncapacity: {owner: we, per_month: 1}",
        "no step has the owner we",
    ),
    "no limit": ("  village_rooms: {cost: 1, owner: we}\ncapacity: {owner: we}", "one of per_quarter and per_month"),
}


# Every mistake in a table of costs is told with its line.
@pytest.mark.parametrize(("lines", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_table_of_costs_is_told_by_line(tmp_path: Path, lines: str, told: str) -> None:
    path = tmp_path / "costs.yaml"
    path.write_text(f"standard: hlj-base-evaluation\ncosts:\n{lines}\n", encoding="utf-8")
    with pytest.raises(LsstdError) as error:
        load_costs(path, STANDARD)
    assert told in error.value.to("en")
    assert error.value.problems[0].line in (3, 4, 5)


# A table of another standard is told as that, not as a hundred unknown ids.
def test_costs_of_another_standard_are_refused() -> None:
    with pytest.raises(LsstdError, match="costs for made-up-studio"):
        load_costs(COSTS, load_standard("made-up-studio"))


# The template holds a line for each step, and is valid as it stands, in YAML and in Excel, with the same plan.
@pytest.mark.parametrize("ending", ["yaml", "xlsx"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_template_is_a_table_of_costs(tmp_path: Path, ending: str, lang: Any) -> None:
    result = evaluate(STANDARD, load_assessment(example("near_aaa")))
    path = tmp_path / f"costs.{ending}"
    write_template(result, path, lang)
    costs = load_costs(path, STANDARD)
    assert len(costs.costs) == 24
    assert costs.costs["village_rooms"].cost == 5
    assert of("near_aaa", "AAA", costs=costs).status == "optimal"


# What is wrong in a workbook is told by its cell; chances may be typed as percentages, several ids with commas.
def test_a_workbook_is_read_by_cells(tmp_path: Path) -> None:
    path = tmp_path / "costs.xlsx"
    write_template(evaluate(STANDARD, load_assessment(example("near_aaa"))), path, "zh")
    edited(
        path,
        lambda sheet: sheet.update({"H4": "工程部", "J4": "90%", "I4": "staff_training， training_centre", "G4": 30}),
    )
    price = load_costs(path, STANDARD).costs["village_rooms"]
    assert (price.owner, price.chance, price.lead_days) == ("工程部", Fraction(9, 10), 30)
    assert price.after == ("staff_training", "training_centre")
    edited(path, lambda sheet: sheet.update({"F4": -3, "F5": None, "A6": "trainig_centre", "J7": "九成"}))
    with pytest.raises(LsstdError) as error:
        load_costs(path, STANDARD)
    told = error.value.to("en")
    assert all(cell in told for cell in ("成本 F4", "成本 F5", "成本 A6", "成本 J7", "did you mean training_centre"))


def edited(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change cells of the first sheet of a workbook."""
    book: Any = openpyxl.load_workbook(path)
    cells: dict[str, Any] = {}
    change(cells)
    for place, value in cells.items():
        book.worksheets[0][place] = value
    book.save(path)


# A look on site tells the secured grade from a higher one: by hand, one open row that alone lifts the grade.
def test_where_to_look() -> None:
    sure = load_assessment(example("between_bands"))
    open_row = sure.with_answers({"village_rooms": "unknown"})
    assert where_to_look(STANDARD, sure) == SiteVisit(0.0, {})
    visit = where_to_look(STANDARD, open_row)
    assert visit.wrong == pytest.approx(0.5)
    assert visit.less_wrong == {"village_rooms": pytest.approx(0.5)}
    told = of("near_aaa").to_dict()["look"]
    assert told == sorted(told, key=lambda each: -each["less_wrong"])
    assert told[0]["less_wrong"] > 0.4


# The command prints one JSON document with what the contract names, and writes each kind of file.
def test_the_command(lsstd: Callable[..., Outcome], tmp_path: Path) -> None:
    file = str(example("near_aaa"))
    found = json.loads(lsstd("plan", file, "--target", "AAA", "--json").out)
    named = "target reachable points_needed status bound cost chance steps after alternatives curve by_reading"
    assert {*named.split(), *["price_of_robustness", "look", "blocked_by", "not_used"]} <= found.keys()
    assert (found["reachable"], found["status"], found["cost"]) == (True, "optimal", 2.5)
    step = "kind id from to gain cost owner lead_days start finish after chance evidence effects"
    assert {*step.split()} <= found["steps"][0].keys()
    for ending in ("html", "docx", "xlsx"):
        run = lsstd("plan", file, "--costs", str(COSTS), "-o", str(tmp_path / f"plan.{ending}"))
        assert run.status == 0
        assert (tmp_path / f"plan.{ending}").stat().st_size > 5000
    sheets = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert sum(len(sheet._images) for sheet in sheets.worksheets) == 2  # the timetable and the curve
    assert lsstd("plan", file, "--target", "B").status == 1


# In Python a plan has a table, a cost curve and a timetable to draw.
def test_a_plan_in_python() -> None:
    found = plan(STANDARD, load_assessment(example("near_aaa")), "AAA")
    assert list(found.table["id"]) == ["supervision_and_sales.full_supervision"]
    assert found.plot().get_xlabel()
    assert found.plot_schedule(lang="en") is not None
    assert "AAA" in repr(found)
