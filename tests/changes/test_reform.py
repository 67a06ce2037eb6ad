"""Reforms: a new standard from an old one, every change where it was asked for and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from lsstd import Reform, Result, Scenario, Standard, compare, evaluate, evaluate_under, load_standard
from lsstd.assessment.assessment import Assessment
from lsstd.assessment.check import parse_assessment
from lsstd.changes.diff import changes, diff
from lsstd.changes.reform import apply_all
from lsstd.engine.catalogue import catalogue
from lsstd.errors import InvalidFile, Problems
from lsstd.exact import exact
from lsstd.standard.bands import Table, with_line
from lsstd.standard.models import parse


def reform(**body: Any) -> Reform:
    problems = Problems()
    made = parse(Reform, {"reform": "r", "standard": "hlj-base-evaluation", **body}, problems)
    assert made is not None, problems.found
    return made


def refused(standard: Standard, **body: Any) -> str:
    with pytest.raises(InvalidFile) as caught:
        reform(**body).apply(standard)
    return caught.value.to("en")


# A reform without changes is no reform: the very same standard comes back.
def test_an_empty_reform_changes_nothing(standard: Standard) -> None:
    assert reform().apply(standard) is standard
    assert reform(changes={}).apply(standard) is standard


# A field of the form bears on what took the place of a row: the parts it was split into, the row it was merged into.
def test_fields_of_the_form_follow_their_rows(standard: Standard) -> None:
    def bears_on(changed: Standard, group: str, field: str) -> tuple[str, ...]:
        assert changed.form is not None
        return changed.form.groups[group].fields[field].bears_on

    halves = [{"id": "plan", "max_score": 4}, {"id": "centre", "max_score": 6, "parts": ["training_centre_built"]}]
    split = reform(split={"criteria.training_centre": halves}).apply(standard)
    assert bears_on(split, "base_figures", "rural_trainees") == ("plan", "centre", "staff_training")
    merged = reform(merge=[{"criteria": ["innovation", "talent_services"], "into": {"id": "future"}}]).apply(standard)
    assert bears_on(merged, "base_practice", "research_partnership") == ("future",)
    dropped = reform(drop=["criteria.certifications"], new_total=490).apply(standard)
    assert bears_on(dropped, "base_figures", "farm_certifications") == ()


# The baseline is data that nobody may have touched, whatever was done to its copy.
def test_the_baseline_stays(standard: Standard) -> None:
    before = catalogue(standard)
    reform(
        changes={"lines.AAAA": 440, "conditions.area.tests.office_area": 800, "readings.compound_rows": "all"},
        drop=["criteria.party_branch"],
        new_total=485,
    ).apply(standard)
    assert catalogue(standard) == before


# DESIGN: moving a line moves both ends that meet there; gap and openness are kept.
@pytest.mark.parametrize(
    ("grade", "line", "printed"),
    [
        ("AAAA", 440, {"AAAA": "﹥ 440", "AAA": "401 ～ 440"}),
        ("AAA", 391, {"AAA": "391 ～ 450", "AA": "351 ～ 390"}),
        ("A", 290.5, {"A": "290.5 ～ 350"}),
    ],
)
def test_a_line_moves_both_ends(standard: Standard, grade: str, line: float, printed: dict[str, str]) -> None:
    moved = reform(changes={f"lines.{grade}": line}).apply(standard)
    old = {band.grade: band for band in standard.bands}
    for band in moved.bands:
        assert band.printed == printed.get(band.grade, old[band.grade].printed)
        for end in ("lower", "upper"):
            before, after = getattr(old[band.grade], end), getattr(band, end)
            assert (before is None) == (after is None)
            assert before is None or before.closed == after.closed


# One end alone can be moved, and leaves a gap where it was.
def test_one_end_alone(standard: Standard) -> None:
    moved = reform(changes={"bands.AAA.upper": 445}).apply(standard)
    assert moved.bands[1].upper is not None
    assert moved.bands[1].upper.value == 445
    assert moved.bands[0] == standard.bands[0]


# Wording, thresholds of conditions and of rows, and defaults of readings are changed by their paths.
def test_other_paths(standard: Standard) -> None:
    new = reform(
        changes={
            "conditions.area.tests.office_area": 800,
            "conditions.area.text": "新文字",
            "criteria.live_room_count.parts.enough_live_rooms.test": 12,
            "criteria.live_room_count.gloss.en": "rooms",
            "readings.compound_rows": "all",
        }
    ).apply(standard)
    assert new.conditions["area"].tests[0].value == 800
    assert new.conditions["area"].text == "新文字"
    part = new.criteria["live_room_count"].parts["enough_live_rooms"]
    assert part.test is not None
    assert part.test.value == 12
    assert new.criteria["live_room_count"].gloss.en == "rooms"
    assert new.default_readings["compound_rows"] == "all"
    assert {change.path for change in changes(standard, new)} == {
        "conditions.area",
        "criteria.live_room_count",
        "readings.compound_rows",
    }


# A changed sum must say how it is restored; rescaling keeps the total exactly, in thirds too.
def test_totals_are_restored_or_announced(standard: Standard) -> None:
    assert "new_total: 495" in refused(standard, drop=["criteria.village_rooms"])
    announced = reform(drop=["criteria.village_rooms"], new_total=495).apply(standard)
    assert announced.maximum == 495
    restored = reform(drop=["criteria.village_rooms"], restore_total={"rescale": ["indicators.live_streaming"]}).apply(
        standard
    )
    assert restored.maximum == 500
    assert restored.criteria["anchor_training"].max_score == Fraction(20 * 75, 70)
    assert "the sum, 495" in refused(standard, drop=["criteria.village_rooms"], new_total=500)


# Rows that are added take clause and indicator from the row before them, and their place in the order.
def test_rows_are_added_in_place(standard: Standard) -> None:
    row = {
        "id": "night_markets",
        "after": "village_rooms",
        "max_score": 5,
        "gloss": {"zh": "夜市", "en": "night markets"},
    }
    new = reform(add={"criteria": [row]}, new_total=505).apply(standard)
    ids = list(new.criteria)
    assert ids.index("night_markets") == ids.index("village_rooms") + 1
    added = new.criteria["night_markets"]
    assert (added.row, added.indicator, added.clause) == (9, "infrastructure", "B.1")
    assert [r.row for r in new.criteria.values()] == list(range(1, 54))


# A split row's parts go where they are told; a merged row holds the points and parts of both.
def test_rows_are_split_and_merged(standard: Standard) -> None:
    halves = [
        {"id": "party_body", "max_score": 6, "parts": ["party_organisation", "party_responsibility"]},
        {"id": "party_practice", "max_score": 9, "parts": ["party_study", "party_life", "party_conduct"]},
    ]
    into = {"id": "safety_and_risk", "gloss": {"zh": "安全", "en": "safety"}}
    new = reform(
        split={"criteria.party_branch": halves},
        merge=[{"criteria": ["safety_rules", "risk_response_plan"], "into": into}],
    ).apply(standard)
    assert new.maximum == 500
    assert set(new.criteria["party_practice"].parts) == {"party_study", "party_life", "party_conduct"}
    assert new.criteria["safety_and_risk"].max_score == 20
    assert new.sources_of("party_body") == ("party_branch",)
    assert new.sources_of("safety_and_risk") == ("safety_rules", "risk_response_plan")


# Answers are carried over: states and parts as they are, points as their share of the maximum, with a finding.
def test_answers_are_carried_over(standard: Standard) -> None:
    given = {
        "standard": "hlj-base-evaluation",
        "answers": {
            "village_rooms": {"score": 4},
            "policy_support": {"range": [2, 6]},
            "farm_product_promotion": {"chances": [[0, 0.5], [10, 0.5]]},
            "party_branch": {"parts": {"party_study": "met", "party_organisation": "met"}},
            "safety_rules": "met",
            "risk_response_plan": {"score": 4},
        },
    }
    assessment = parse_assessment(standard, given)
    halves = [
        {"id": "party_body", "max_score": 6, "parts": ["party_organisation", "party_responsibility"]},
        {"id": "party_practice", "max_score": 9, "parts": ["party_study", "party_life", "party_conduct"]},
    ]
    new = reform(
        changes={
            "criteria.village_rooms.max_score": 10,
            "criteria.policy_support.max_score": 5,
            "criteria.farm_product_promotion.max_score": 20,
        },
        split={"criteria.party_branch": halves},
        merge=[{"criteria": ["safety_rules", "risk_response_plan"], "into": {"id": "safety_and_risk"}}],
        new_total=510,
    )
    result = evaluate_under(standard, assessment, reforms=[new])
    points = {row: (found.secured, found.possible) for row, found in result.criteria.items()}
    assert points["village_rooms"] == (8, 8)
    assert points["policy_support"] == (1, 3)
    assert points["farm_product_promotion"] == (0, 20)
    assert points["party_body"] == (3, 6)
    assert points["party_practice"] == (3, 9)
    assert points["safety_and_risk"] == (14, 14)
    carried = [finding.message.en for finding in result.findings if finding.code == "carried"]
    assert len(carried) == 4


# Reforms are applied one after the other; two that touch one path contradict each other.
def test_reforms_compose_in_order(standard: Standard) -> None:
    first = reform(changes={"lines.AAAA": 440})
    second = reform(reform="s", changes={"lines.AAA": 391})
    both = apply_all(standard, [first, second])
    assert [band.printed for band in both.bands] == ["﹥ 440", "391 ～ 440", "351 ～ 390", "300 ～ 350"]
    assert both.edition == "draft + r + s"
    with pytest.raises(InvalidFile, match=r"lines\.AAAA"):
        apply_all(standard, [first, reform(reform="t", changes={"lines.AAAA": 445})])


# Every mistake is told with its path, all of them at once, and the nearest right path.
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"changes": {"lines.AAAAA": 440}}, "lines.AAAA"),
        ({"changes": {"criteria.vilage_rooms.max_score": 5}}, "criteria.village_rooms"),
        ({"changes": {"criteria.village_rooms.max_scor": 5}}, "criteria.village_rooms.max_score"),
        ({"changes": {"conditions.area.tests.office_aera": 5}}, "conditions.area.tests.office_area"),
        ({"changes": {"criteria.village_rooms": 5}}, "criteria.village_rooms"),
        ({"changes": {"criteria.village_rooms.max_score": -5}, "new_total": 490}, "more than 0"),
        ({"changes": {"criteria.village_rooms.max_score": "viel"}}, "a finite number"),
        ({"changes": {"readings.compound_rows": "some"}}, "shares"),
        ({"changes": {"bands.AAA.middle": 5}}, "bands.AAA.lower"),
        ({"changes": {"lines.AAAA": 600}}, "a grade that can be reached"),
        ({"changes": {"lines.AAAA": 395}}, "a band that holds a score"),
        ({"changes": {"bands.AAA.upper": 460}}, "without overlap"),
        ({"drop": ["criteria.village_room"]}, "criteria.village_rooms"),
        ({"drop": ["criteria.network_security_rules"], "new_total": 490}, "a row, or drop it too"),
        ({"add": {"criteria": [{"id": "village_rooms"}]}}, "an id that is not in use"),
        ({"add": {"rows": [{"id": "x"}]}}, "criteria"),
        ({"split": {"criteria.party": [{"id": "x"}]}}, "party_branch"),
        ({"merge": [{"criteria": ["safety_rules", "risk"], "into": {"id": "x"}}]}, "risk_response_plan"),
        ({"changes": {"lines.AAAA": 440}, "restore_total": {"rescale": ["indicators.social"]}}, "social_service"),
        (
            {"drop": ["indicators.construction"], "restore_total": {"rescale": ["indicators.service"]}},
            "indicators.planning.parent: construction",
        ),
    ],
)
def test_mistakes_are_told_with_what_would_be_right(standard: Standard, body: dict[str, Any], told: str) -> None:
    assert told in refused(standard, **body)


# A reform made for another standard is refused by its name.
def test_another_standard_is_refused(standard: Standard) -> None:
    with pytest.raises(InvalidFile, match="hlj-base-evaluation"):
        reform(changes={"lines.AAAA": 440}).model_copy(update={"standard": "other"}).apply(standard)


# All problems of a reform are told at once.
def test_all_at_once(standard: Standard) -> None:
    message = refused(standard, changes={"lines.B": 1, "criteria.x.max_score": 2}, drop=["criteria.y"])
    assert all(path in message for path in ("lines.B", "criteria.x", "criteria.y"))


# What a scenario names replaces what the base says; nothing else changes, and the rows' changes add up.
def test_scenarios_replace_and_add_up(standard: Standard, assess: Callable[..., Result]) -> None:
    baseline = assess({"village_rooms": "unmet", "policy_support": {"score": 4}}, {"live_rooms": 4})
    scenario = Scenario.model_validate(
        {
            "scenario": "s",
            "answers": {"village_rooms": "met"},
            "facts": {"live_rooms": 12},
            "readings": {"bonus": "ignored"},
        }
    )
    after = evaluate(standard, scenario.apply(baseline.assessment), scenario.read())
    case = compare(baseline, [("s", after)]).cases[1]
    assert {change.criterion for change in case.changed} == {"village_rooms", "live_room_count"}
    assert sum(change.brought for change in case.changed) == after.score.secured - baseline.score.secured == 10
    assert case.conditions == (("scale", "unmet", "unknown"),)
    assert after.readings["bonus"] == "ignored"
    assert Scenario.model_validate(scenario.plain()) == scenario


# Rounding the total is told apart from what the rows brought, so that both together are the change.
def test_rounding_is_a_line_of_its_own(assess: Callable[..., Result]) -> None:
    readings = {"rounding": "total"}
    baseline = assess({"policy_support": {"score": 4.4}}, readings=readings)
    case = compare(baseline, [("s", assess({"policy_support": {"score": 4.5}}, readings=readings))]).cases[1]
    brought = sum(change.brought for change in case.changed)
    assert (brought, case.rest) == (Fraction(1, 10), Fraction(9, 10))


# The table of amendments leaves nothing out: whatever a reform does to the standard stands in it.
@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"drop": ["vetoes.data_falsification"]}, "vetoes.data_falsification"),
        ({"changes": {"indicators.social_service.printed_score": 30}}, "indicators.social_service"),
        ({"drop": ["criteria.site_safety.parts.premises_rules"]}, "criteria.site_safety"),
        ({"changes": {"clauses.6.2.text": "满分为 510 分。"}}, "clauses.6.2"),
        ({"changes": {"conditions.area.text": "新文字"}}, "conditions.area"),
        ({"changes": {"criteria.live_room_count.tests.live_rooms": 12}}, "criteria.live_room_count"),
        ({"changes": {"criteria.live_room_count.provision.verb": "宜"}}, "criteria.live_room_count"),
        ({"changes": {"facts.live_rooms.period": "year"}}, "facts.live_rooms"),
        ({"changes": {"readings.bonus": "ignored"}}, "readings.bonus"),
        ({"changes": {"lines.A": 290}}, "bands.A"),
    ],
)
def test_amendments_are_complete(standard: Standard, body: dict[str, Any], path: str) -> None:
    new = reform(**body).apply(standard)
    found = {change.path: change for change in changes(standard, new)}
    assert path in found
    assert found[path].old != found[path].new
    assert changes(standard, standard) == []


# What is printed twice follows: sums beside indicators, and the clause that is a condition's wording.
def test_what_is_printed_twice_follows(standard: Standard) -> None:
    new = reform(
        changes={"criteria.village_rooms.max_score": 15, "conditions.area.text": "新文字"},
        restore_total={"rescale": ["indicators.social_service"]},
    ).apply(standard)
    printed = {key: node.printed_score for key, node in new.indicators.items()}
    assert (printed["infrastructure"], printed["construction"], printed["social_service"]) == (90, 110, 30)
    assert new.clauses["5.1.3"].text == "新文字"


# A total announced without any change is held against the sum, not ignored.
def test_a_new_total_alone_is_held_against_the_sum(standard: Standard) -> None:
    assert "the sum, 500" in refused(standard, new_total=600)


# Two reforms conflict where their paths meet: a line with an end at it, a row taken out with a value in it.
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"changes": {"lines.AAA": 405}}, {"changes": {"bands.AAA.lower": 410}}),
        ({"changes": {"lines.AAA": 405}}, {"changes": {"bands.AA.upper": 399}}),
        ({"drop": ["criteria.village_rooms"], "new_total": 495}, {"changes": {"criteria.village_rooms.text": "x"}}),
    ],
)
def test_conflicts_are_found_where_paths_meet(
    standard: Standard, first: dict[str, Any], second: dict[str, Any]
) -> None:
    with pytest.raises(InvalidFile, match="change it"):
        apply_all(standard, [reform(**first), reform(reform="s", **second)])


# A reform of any way of scoring is told in full: rules, limits, what grades ask for.
def test_amendments_of_rules_are_told() -> None:
    studio = load_standard("made-up-studio")
    changes = {
        "criteria.quiet.rule.linear.from": 65,
        "indicators.public_good.cap": 6,
        "criteria.hosts_trained.rule.steps.stages": [{"from": 0.5, "share": 1}],
        "bands.三星.requires": [],
    }
    reform = Reform.model_validate({"reform": "r", "standard": "made-up-studio", "changes": changes})
    told = {change.path: (change.old.en, change.new.en) for change, _ in diff(studio, reform.apply(studio)).amendments}
    assert set(told) == {"criteria.quiet", "indicators.public_good", "criteria.hosts_trained", "bands.三星"}
    assert "0 points at 60 dB" in told["criteria.quiet"][0]
    assert "0 points at 65 dB" in told["criteria.quiet"][1]
    assert "At most 6 points" in told["indicators.public_good"][1]
    assert "at least 80%" in told["bands.三星"][0]


# A total that can be reached changes by weights and readings too: it is said, or refused.
@pytest.mark.parametrize(
    ("body", "total"),
    [
        ({"changes": {"indicators.products.weight": 0.5}}, 480),
        ({"changes": {"criteria.village_rooms.weight": 2}}, 505),
        ({"changes": {"readings.recommended_rows": "left_out"}}, 460),
    ],
)
def test_the_total_that_can_be_reached_is_said(standard: Standard, body: dict[str, Any], total: int) -> None:
    assert f"new_total: {total}" in refused(standard, **body)
    reformed = reform(**body, new_total=total).apply(standard)
    assert evaluate(reformed, Assessment(standard=standard.standard)).score.maximum in (total, 500)


# Rescaled points stay multiples of a step, the rest placed by the largest remainders, the total kept to the point.
@pytest.mark.parametrize("step", [1, 0.5])
def test_rescaled_in_steps(standard: Standard, step: float) -> None:
    body = {"changes": {"criteria.village_rooms.max_score": 12}}
    entry = {"rescale": ["indicators.social_service"], "step": step}
    for restored in (entry, [entry], [entry, {"rescale": ["indicators.construction"], "step": step}]):
        reformed = reform(**body, restore_total=restored).apply(standard)
        assert reformed.maximum == 500
        assert all(row.max_score and row.max_score % exact(step) == 0 for row in reformed.scored_rows)
    assert "a multiple of 2" in refused(standard, **body, restore_total={**entry, "step": 2})


# What was wrong with a standard before is no fault of a reform's; what a reform makes wrong stands under its own path.
def test_a_reform_answers_for_what_it_does(standard: Standard) -> None:
    far = standard.model_copy(update={"bands": with_line(standard.bands, "AAAA", 600)})
    lower = reform(changes={"lines.AA": 345}).apply(far).bands[2].lower
    assert lower is not None
    assert lower.value == 345
    assert "changes.lines.AAAA:" in refused(standard, changes={"lines.AAAA": 600})
    assert "changes.lines.AA" in refused(standard, changes={"lines.AA": 420})


# Lines of further tables are lines as well: both ends that meet move, the nearest path is suggested.
def test_lines_of_further_tables(standard: Standard) -> None:
    bands = [{"grade": "good", "lower": 60}, {"grade": "fair", "lower": 30, "upper": {"value": 60, "closed": False}}]
    table = Table.model_validate({"id": "stars", "label": "stars", "bands": bands})
    tabled = standard.model_copy(update={"tables": {"stars": table}})
    moved = reform(changes={"lines.stars.good": 70}).apply(tabled).tables["stars"].bands
    assert [(band.lower and band.lower.value, band.upper and band.upper.value) for band in moved] == [
        (70, None),
        (30, 70),
    ]
    one = reform(changes={"tables.stars.bands.good.lower": 65}).apply(tabled).tables["stars"].bands
    assert [(band.lower and band.lower.value, band.upper and band.upper.value) for band in one] == [
        (65, None),
        (30, 60),
    ]
    assert "lines.stars.good" in refused(tabled, changes={"lines.stars.goood": 70})
    both = (reform(changes={"lines.stars.good": 70}), reform(changes={"tables.stars.bands.fair.upper": 65}))
    with pytest.raises(InvalidFile, match="contradict"):
        apply_all(tabled, both)


# A reform that is not yet in force on the reference day is applied, and told.
def test_not_yet_in_force(standard: Standard) -> None:
    later = reform(changes={"lines.AAAA": 440}, effective="2099-01-01")
    assessment = Assessment(standard=standard.standard, as_of="2024-12-31")
    (told,) = [f.message for f in evaluate_under(standard, assessment, reforms=[later]).findings if f.code == "reform"]
    assert "takes effect on 2099-01-01, after 2024-12-31" in told.en
    now = later.model_copy(update={"effective": "2024-01-01"})
    assert not [f for f in evaluate_under(standard, assessment, reforms=[now]).findings if f.code == "reform"]
