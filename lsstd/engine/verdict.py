"""The result in one sentence."""

from __future__ import annotations

from lsstd.engine.profile import Profile
from lsstd.engine.result import CriterionResult, Result
from lsstd.exact import shown
from lsstd.standard.bands import Distance
from lsstd.standard.standard import Standard
from lsstd.words import Text, join, quoted


def verdict(result: Result) -> Text:
    """Tell score, grade, what keeps it from being awarded, and the way to the next one."""
    if result.profile:
        return profile_verdict(result.standard, result.profile)
    asked = next(
        (
            Text("按分数本可更高，但另有要求未满足", "by points it would be higher, but that grade asks for more")
            for finding in result.findings
            if finding.code == "demand"
        ),
        None,
    )
    parts = [_score(result), asked, _award(result), None if asked else _next(result.distance_up)]
    told = [part for part in parts if part is not None]
    return Text("；".join(part.zh for part in told) + "。", "; ".join(part.en for part in told) + ".")


def profile_verdict(standard: Standard, profile: Profile) -> Text:
    """Tell a profile: how many topics, the median, the weakest; never a grade."""
    if profile.median is None:
        return Text(
            "尚无任何主题作答；非规范性自评，不评等级。", "No topic is answered yet; non-normative, without a grade."
        )
    weakest = join(standard.topics[topic].label for topic in profile.weakest)
    count, asked, middle, least = len(profile.levels), len(profile.topics), shown(profile.median), min(profile.levels)
    proven = profile.proven
    counts = f"{len(proven.levels)} 个有近 12 个月内的佐证（中位数 {shown(proven.median)}）"
    counts_en = f"{len(proven.levels)} have evidence of the last 12 months (median {shown(proven.median)})"
    return Text(
        f"已答 {count}/{asked} 个主题，中位数 {middle} 级，最弱 {least} 级：{weakest.zh}；其中 {counts}；"
        "非规范性自评，不评等级。",
        f"{count} of {asked} topics answered: median level {middle}, weakest at {least}: {weakest.en}; "
        f"{counts_en}; non-normative, without a grade.",
    )


def _score(result: Result) -> Text:
    secured, possible, top = (shown(n) for n in (result.score.secured, result.score.possible, result.score.maximum))
    if not result.standard.grades:
        return _points(secured, possible, top)
    below = result.standard.below
    none = below or Text("未达到任何等级", "no grade")
    now = named_grade(result.grade.secured) or none
    if secured == possible:
        return Text(f"得分 {secured}（满分 {top}），{now.zh}", f"{secured} of {top} points, {now.en}")
    still = Text(f"仍为{below.zh}", f"still {below.en}") if below else Text("仍无等级", "still no grade")
    then = named_grade(result.grade.possible) or (still if result.grade.secured is None else none)
    return Text(
        f"确定得分 {secured}（满分 {top}），{now.zh}；未知项全部得分时 {possible} 分，{then.zh}",
        f"{secured} of {top} points are secured, {now.en}; with every unknown granted {possible}, {then.en}",
    )


def _points(secured: str, possible: str, top: str) -> Text:
    """Tell the points under a standard that knows no grades."""
    if secured == possible:
        return Text(f"得分 {secured}（满分 {top}），本标准不分等级", f"{secured} of {top} points; it has no grades")
    return Text(
        f"确定得分 {secured}（满分 {top}），未知项全部得分时 {possible} 分，本标准不分等级",
        f"{secured} of {top} points are secured, {possible} with every unknown granted; it has no grades",
    )


def named_grade(grade: str | None) -> Text | None:
    """Name a grade in a sentence: ``AAA 级``, but ``三星``."""
    return None if grade is None else Text(f"{grade} 级" if grade.isascii() else grade, f"grade {grade}")


def named_row(row: CriterionResult) -> Text:
    """Name a row in a sentence: its number and its gloss."""
    number, gloss = row.criterion.row, quoted(row.criterion.gloss)
    return Text(f"第 {number} 行{gloss.zh}", f"row {number} {gloss.en}")


def _award(result: Result) -> Text | None:
    """Tell whether the grade can be awarded, and if not, why."""
    if result.eligible is False:
        return _failed(result)
    if result.grade.secured is None:
        return None
    barred = [found.condition.label for found in result.vetoes.values() if found.state == "unmet"]
    if barred:
        listed = join(barred)
        return Text(f"否决项：{listed.zh}，不授予等级", f"no grade is awarded: {listed.en}")
    decided = [*result.conditions.values(), *result.vetoes.values()]
    open_items = [found.condition.label for found in decided if found.state == "unknown"]
    if open_items:
        listed = join(open_items)
        return Text(f"尚待确定：{listed.zh}，暂不授予等级", f"no grade is awarded yet, undecided: {listed.en}")
    if not result.grade.awarded:
        return Text("因门槛项未通过或未确定，暂不授予等级", "a gate is not passed, so no grade is awarded")
    if not decided:
        return Text("可授予该等级", "the grade can be awarded")
    return Text("申报条件与否决项均已满足，可授予该等级", "the conditions hold, so the grade can be awarded")


def _failed(result: Result) -> Text:
    listed = join(
        Text(f"{f.condition.clause} {f.condition.label.zh}", f"{f.condition.clause} {f.condition.label.en}")
        for f in result.conditions.values()
        if f.state == "unmet"
    )
    return Text(f"不符合申报条件：{listed.zh}", f"not eligible: {listed.en}")


def _next(distance: Distance | None) -> Text | None:
    if distance is None:
        return None
    points, grade = shown(distance.points), named_grade(distance.grade) or Text("", "")
    space = " " if distance.grade.isascii() else ""
    if distance.beyond:
        return Text(
            f"距{space}{grade.zh}还差 {points} 分以上（须超过该线）",
            f"{distance.grade} needs more than {points} further points",
        )
    return Text(f"距{space}{grade.zh}还差 {points} 分", f"{distance.grade} needs {points} further points")
